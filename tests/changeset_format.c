/* SPDX-License-Identifier: MIT */
/* What FORMAT.md shows is so: its examples read as it says and are written so,
 * and the strings it lists are those that prediction begins with. */
#include <ctype.h>
#include "tests/tap.h"
#include "tests/changeset_support.h"

/* The lines between <!-- NAME --> and <!-- /NAME --> and their fences. */
static char *part(const buffer *text, const char *name)
{
    char *opening = memory_format("<!-- %s -->\n```\n", name);
    char *closing = memory_format("```\n<!-- /%s -->", name);
    const char *start = strstr((const char *)text->data, opening);
    const char *end = start ? strstr(start, closing) : NULL;
    char *copy = NULL;

    if (end) {
        start += strlen(opening);
        copy = memory_string_length(start, (size_t)(end - start));
    }
    free(opening);
    free(closing);
    return copy;
}

static void read_hex(buffer *out, const char *text)
{
    unsigned byte = 0;
    int used = 0;

    for (; text && sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
        buffer_byte(out, (uint8_t)byte);
}

/* The example in words. */
static changeset *example(void)
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t code = 0, members = 0;
    twin_value text = text_value("H-07", 4), four = integer_value(4),
               six = integer_value(6);

    changeset_new(&c);
    changeset_add_layer(&layer, c, "household", TWIN_NO_GEOMETRY);
    changeset_add_column(&code, c, layer, "code", TWIN_TEXT);
    changeset_add_column(&members, c, layer, "members", TWIN_INTEGER);
    changeset_add_row(c, layer, 5, CHANGESET_INSERT);
    changeset_add_cell(c, layer, code, &text);
    changeset_add_cell(c, layer, members, &four);
    changeset_add_row(c, layer, 9, CHANGESET_UPDATE);
    changeset_add_cell(c, layer, members, &six);
    changeset_add_row(c, layer, 12, CHANGESET_DELETE);
    return c;
}

static void check_example(const buffer *format, const char *name)
{
    char *hex = part(format, name);
    buffer bytes = {0}, printed = {0};
    changeset *wanted = example(), *c = NULL;

    read_hex(&bytes, hex);
    ok(changeset_decode(&c, bytes.data, bytes.length, NULL) == TAWAM_OK &&
           same_changeset(c, wanted),
       "%s reads as it says", name);
    if (c)
        changeset_print(&printed, c);
    is_str((const char *)printed.data,
           "+ household 5 code=H-07 members=4\n"
           "~ household 9 members=6\n"
           "- household 12\n",
           "%s is printed as lines", name);
    free(hex);
    changeset_free(c);
    changeset_free(wanted);
    buffer_free(&bytes);
    buffer_free(&printed);
}

static void check_written(const buffer *format)
{
    char *hex = part(format, "example");
    buffer bytes = {0}, written = {0};
    changeset *c = example();

    read_hex(&bytes, hex);
    ok(changeset_encode(&written, c) == TAWAM_OK &&
           written.length == bytes.length &&
           memcmp(written.data, bytes.data, bytes.length) == 0,
       "the example is what the writer writes");
    free(hex);
    changeset_free(c);
    buffer_free(&bytes);
    buffer_free(&written);
}

/* Words of FORMAT.md against the string literals of KNOWN in the source. */
static void check_known(const buffer *format)
{
    char *words = part(format, "known");
    buffer source = {0}, known = {0};
    const char *at = NULL;
    int inside = 0;

    file_read(&source, "sync/changeset_letters.c", 1 << 20);
    at = strstr((const char *)source.data, "KNOWN[] =");
    for (; at && *at != ';'; at++) {
        if (*at == '"')
            inside = !inside;
        else if (inside && *at == '\\')
            buffer_byte(&known, ' '), at++;
        else if (inside)
            buffer_byte(&known, (uint8_t)*at);
    }
    for (char *p = words; p && *p; p++)
        if (isspace((unsigned char)*p))
            *p = ' ';
    is_str(words, (const char *)known.data,
           "FORMAT.md lists the strings known at first");
    free(words);
    buffer_free(&source);
    buffer_free(&known);
}

/* Lines stay lines and nothing foreign reaches the terminal. */
static void check_printing(void)
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t a = 0, b = 0;
    twin_value bad = text_value("x\x1b[2J\ny", 7), none = {0};
    twin_value blank = text_value("", 0), two = text_value("Ali Ben", 7);
    buffer printed = {0};

    changeset_new(&c);
    changeset_add_layer(&layer, c, "point", TWIN_POINT);
    changeset_add_column(&a, c, layer, "a", TWIN_TEXT);
    changeset_add_column(&b, c, layer, "b", TWIN_TEXT);
    changeset_add_row(c, layer, 1, CHANGESET_UPDATE);
    changeset_add_cell(c, layer, a, &bad);
    changeset_add_cell(c, layer, b, &none);
    changeset_add_row(c, layer, 2, CHANGESET_AFFIRM);
    changeset_add_cell(c, layer, a, &blank);
    changeset_add_cell(c, layer, b, &two);
    changeset_print(&printed, c);
    is_str((const char *)printed.data,
           "~ point 1 a=x\\x1b[2J\\ny b=\n"
           "! point 2 a=\"\" b=\"Ali Ben\" (affirmed)\n",
           "printing escapes what is foreign and tells NULL from empty");
    buffer_free(&printed);
    changeset_free(c);
}

int main(void)
{
    buffer format = {0};

    if (file_read(&format, "sync/FORMAT.md", 1 << 20) < 0)
        bail("run me from the top of the tree: %s", error_message());
    check_example(&format, "example");
    check_example(&format, "example-text");
    check_written(&format);
    check_known(&format);
    check_printing();
    buffer_free(&format);
    return done_testing();
}
