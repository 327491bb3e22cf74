/* SPDX-License-Identifier: MIT */
/* JSON, tables, CSV, digests, random bytes. */
#include "base/base.h"
#include "tests/tap.h"

#include <jansson.h>
#include <math.h>

static void json_is(buffer *b, const char *wanted, const char *what)
{
    is_str((char *)b->data, wanted, "%s", what);
    buffer_clear(b);
}

static void json_nests(void)
{
    buffer b = {0};
    json_writer w = {.out = &b};

    json_write_object(&w);
    json_write_key(&w, "empty");
    json_write_array(&w);
    json_write_end(&w);
    json_write_key(&w, "list");
    json_write_array(&w);
    json_write_integer(&w, INT64_MIN);
    json_write_decimal(&w, 0.1);
    json_write_decimal(&w, NAN);
    json_write_boolean(&w, 1);
    json_write_null(&w);
    json_write_fid(&w, INT64_MAX);
    json_write_object(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_pair(&w, "name", NULL);
    json_write_pair_integer(&w, "n", 3);
    json_write_end(&w);
    json_is(&b,
            "{\"empty\":[],\"list\":[-9223372036854775808,0.1,null,true,null,"
            "\"9223372036854775807\",{}],\"name\":null,\"n\":3}",
            "objects and arrays nest, with commas where they belong");
    w = (json_writer){.out = &b, .indent = 2};
    json_write_array(&w);
    json_write_object(&w);
    json_write_pair(&w, "a", "b");
    json_write_end(&w);
    json_write_end(&w);
    json_is(&b, "[\n  {\n    \"a\": \"b\"\n  }\n]\n", "indented");
    buffer_free(&b);
}

static void json_text_is(const char *in, size_t length, const char *wanted)
{
    buffer b = {0};
    json_writer w = {.out = &b};

    json_write_string_length(&w, in, length);
    is_str((char *)b.data, wanted, "the JSON text %s", wanted);
    buffer_free(&b);
}

static void json_escapes(void)
{
    json_text_is("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    json_text_is("\n\t\r\b\f", 5, "\"\\n\\t\\r\\b\\f\"");
    json_text_is("\0\033\x7F", 3, "\"\\u0000\\u001b\\u007f\"");
    json_text_is("\xC2\x9B", 2, "\"\\u009b\"");
    json_text_is("\xE2\x80\xAE", 3, "\"\\u202e\"");
    json_text_is("\xF3\xA0\x81\x81", 4, "\"\\udb40\\udc41\"");
    json_text_is("\xFF", 1, "\"\xEF\xBF\xBD\"");
    json_text_is("ماء 水 💧", strlen("ماء 水 💧"), "\"ماء 水 💧\"");
}

/* jansson reads back each code point as it was. */
static void json_reads_back_elsewhere(void)
{
    long wrong = 0;

    for (uint32_t point = 1; point <= 0x10FFFF;
         point += point < 0x3000 ? 1 : 97) {
        buffer b = {0};
        json_writer w = {.out = &b};
        char text[5] = "";
        size_t size = text_encode(text, point);
        json_t *read = NULL;

        if (size == 0)
            continue;
        json_write_array(&w);
        json_write_string(&w, text);
        json_write_end(&w);
        read = json_loads((char *)b.data, 0, NULL);
        wrong += !read ||
                 strcmp(json_string_value(json_array_get(read, 0)), text) != 0;
        json_decref(read);
        buffer_free(&b);
    }
    is_int(wrong, 0, "jansson reads back what was written");
}

static void json_too_deep_is_an_error(void)
{
    buffer b = {0};
    json_writer w = {.out = &b};

    for (int i = 0; i < 64; i++)
        json_write_array(&w);
    is_int(b.failed, 0, "64 levels are allowed");
    json_write_array(&w);
    is_int(b.failed, 1, "65 are not");
    buffer_free(&b);
}

static const char *const headings[] = {"name", "households", "note"};

static table *new_table(enum table_style style, int width)
{
    table *t = NULL;

    if (table_new(&t, style, headings, 3, width) < 0)
        bail("no memory");
    table_right(t, 1);
    return t;
}

static void add(table *t, const char *a, const char *b, const char *c)
{
    const char *const row[] = {a, b, c};

    if (table_row(t, row) < 0)
        bail("no memory");
}

static void take_is(table *t, int last, const char *wanted, const char *what)
{
    buffer b = {0};

    is_int(table_take(t, &b, last), TAWAM_OK, "%s", what);
    is_str(b.data ? (char *)b.data : "", wanted, "%s: the text", what);
    buffer_free(&b);
}

static void tables_align(void)
{
    table *t = new_table(TABLE_ALIGNED, 0);

    add(t, "Zegzel", "12", "x");
    add(t, "بركان", "4321", NULL);
    add(t, "水", NULL, "a\033b");
    take_is(t, 0, "", "an aligned table waits for its end");
    take_is(t, 1,
            "name    households  note\n"
            "------  ----------  ------\n"
            "Zegzel          12  x\n"
            "بركان         4321\n"
            "水                  a\\x1bb\n",
            "columns align by width, not bytes");
    table_free(t);

    t = new_table(TABLE_ALIGNED, 30);
    add(t, "a very long name of a place", "5", "and a long remark");
    take_is(t, 1,
            "name      househol…  note\n"
            "--------  ---------  ---------\n"
            "a very …          5  and a lo…\n",
            "the widest columns are cut to fit");
    table_free(t);
    table_free(NULL);
}

static void tables_as_csv(void)
{
    static const char *const one[] = {"only"};
    static const char *const nothing[] = {NULL};
    table *t = new_table(TABLE_CSV, 0);

    add(t, "a,b", "\"q\"", "two\nlines");
    take_is(t, 0,
            "name,households,note\n\"a,b\",\"\"\"q\"\"\",\"two\nlines\"\n",
            "CSV quotes where it must");
    add(t, " x", NULL, "\033");
    take_is(t, 1, "\" x\",,\033\n", "rows come as they are added");
    table_free(t);
    if (table_new(&t, TABLE_CSV, one, 1, 0) < 0 || table_row(t, nothing) < 0)
        bail("no memory");
    take_is(t, 1, "only\n\"\"\n", "an empty single cell is no blank line");
    table_free(t);
}

static void tables_bare(void)
{
    table *t = new_table(TABLE_BARE, 0);

    add(t, "a\tb", "1\n2", "c\\d\r");
    take_is(t, 1, "a\\tb\t1\\n2\tc\\\\d\\r\n", "bare rows escape, no heading");
    table_free(t);
}

static void digest_is(const char *text, size_t piece, const char *wanted)
{
    digest *d = NULL;
    uint8_t sum[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    size_t length = strlen(text);

    if (digest_new(&d) < 0)
        bail("no memory");
    for (size_t at = 0; at < length; at += piece)
        digest_add(d, text + at, piece < length - at ? piece : length - at);
    digest_finish(d, sum);
    digest_hex(hex, sum);
    is_str(hex, wanted, "SHA-256 of '%s' in pieces of %zu", text, piece);
}

/* The examples of FIPS 180-2, appendix B. */
static void digests_match_the_standard(void)
{
    const char *two_blocks =
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

    digest_is("", 1,
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
              "7852b855");
    digest_is("abc", 3,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff"
              "61f20015ad");
    digest_is(two_blocks, 1,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f"
              "6ecedd419db06c1");
    digest_is(two_blocks, 60,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167"
              "f6ecedd419db06c1");
    digest_free(NULL);
}

static void random_bytes_can_be_seeded(void)
{
    uint8_t a[20], b[20], c[20], d[20];

    random_seed_for_tests(1);
    random_bytes(a, sizeof a);
    random_seed_for_tests(1);
    random_bytes(b, sizeof b);
    random_bytes(c, sizeof c);
    ok(memcmp(a, b, sizeof a) == 0, "a seed gives the same bytes");
    ok(memcmp(b, c, sizeof b) != 0, "then others");
    is_int(a[0], 0xC1, "and the same on every machine");
    random_seed_for_tests(0);
    is_int(random_bytes(c, sizeof c), TAWAM_OK, "the kernel's bytes");
    random_bytes(d, sizeof d);
    ok(memcmp(c, d, sizeof c) != 0, "differ each time");
}

int main(void)
{
    json_nests();
    json_escapes();
    json_reads_back_elsewhere();
    json_too_deep_is_an_error();
    tables_align();
    tables_as_csv();
    tables_bare();
    digests_match_the_standard();
    random_bytes_can_be_seeded();
    return done_testing();
}
