/* SPDX-License-Identifier: MIT */
/* Dictionaries: trained, opened, used where they make a file smaller, waited
 * for where they are not there; and what hostile ones may cost. */
#include <zstd.h>
#include "tests/tap.h"
#include "tests/changeset_random.h"
#include "tests/bench/workload.h"

static const workload CENSUS_W = {.seed = 7, .rows = 20000};

static changeset_dictionary *the_dictionary;

static int find(const changeset_dictionary **out, void *context, uint64_t id)
{
    int *asked = context;

    (*asked)++;
    if (id != changeset_dictionary_id(the_dictionary))
        return TAWAM_ENOTFOUND;
    *out = the_dictionary;
    return TAWAM_OK;
}

static changeset *import(size_t from, size_t to)
{
    changeset *c = NULL;

    changeset_new(&c);
    workload_import(c, &CENSUS_W, from, to);
    return c;
}

static changeset *day_of(unsigned day, size_t edited)
{
    workload_day d = {day, edited, edited / 5, edited / 20};
    changeset *c = NULL;

    changeset_new(&c);
    workload_changes(c, &CENSUS_W, &d);
    return c;
}

/* What publishing does: samples of an import and of days before. */
static void train(buffer *out, size_t limit)
{
    changeset *samples[4] = {import(0, 2000), import(9000, 11000),
                             day_of(20, 500), day_of(21, 500)};

    is_int(changeset_dictionary_train(out, (const changeset *const *)samples, 4,
                                      limit),
           TAWAM_OK, "a dictionary of %zu bytes is made", limit);
    ok(out->length <= limit, "it is no longer: %zu", out->length);
    for (int i = 0; i < 4; i++)
        changeset_free(samples[i]);
}

/* C with the dictionary and without: it reads back, *alone and *with bytes. */
static void both(changeset *c, const char *what, size_t *alone, size_t *with)
{
    buffer a = {0}, b = {0};
    changeset *back = NULL;
    uint64_t needed = 1;
    int asked = 0;

    changeset_encode(&a, c);
    ok(changeset_encode_with(&b, c, the_dictionary) == TAWAM_OK,
       "%s is written", what);
    ok(changeset_decode_with(&back, b.data, b.length, NULL, find, &asked) ==
               TAWAM_OK &&
           same_changeset(back, c),
       "and reads back the same");
    ok(b.length <= a.length, "%zu bytes instead of %zu", b.length, a.length);
    ok(changeset_dictionary_needed(&needed, b.data, b.length) == TAWAM_OK &&
           (needed != 0) == (asked != 0),
       "whether it needs the dictionary can be told");
    *alone = a.length;
    *with = b.length;
    changeset_free(back);
    buffer_free(&a);
    buffer_free(&b);
}

static void check_missing(void)
{
    changeset *c = day_of(1, 40), *back = NULL;
    buffer b = {0};

    changeset_encode_with(&b, c, the_dictionary);
    is_int(changeset_decode(&back, b.data, b.length, NULL), TAWAM_ENOTFOUND,
           "a dictionary that is not there is no damage");
    ok(strstr(error_message(), "dictionary") != NULL, "and is named: %s",
       error_message());
    changeset_free(c);
    buffer_free(&b);
}

static void check_refused(const buffer *bytes)
{
    changeset *c = day_of(1, 40);
    changeset_dictionary *d = NULL;
    buffer b = {0};

    changeset_encode_with(&b, c, the_dictionary);
    is_int(changeset_dictionary_open(&d, b.data, b.length), TAWAM_EDAMAGED,
           "a dictionary that needs one is none");
    is_int(changeset_dictionary_open(&d, bytes->data, bytes->length - 1),
           TAWAM_EDAMAGED, "a cut one is refused");
    changeset_free(c);
    buffer_free(&b);
}

/* ---- hostile and damaged ---- */

static int find_wrong(const changeset_dictionary **out, void *context,
                      uint64_t id)
{
    const changeset_dictionary **wrong = context;

    (void)id;
    *out = *wrong;
    return TAWAM_OK;
}

/* Read BYTES as a dictionary and FILE with it: whatever comes is refused with
 * words or a changeset that can be written again. 1 if it was a dictionary. */
static int look(const void *bytes, size_t length, const buffer *file,
                int *wrong)
{
    changeset_dictionary *d = NULL;
    changeset *c = NULL;
    buffer again = {0};
    int code = changeset_dictionary_open(&d, bytes, length);

    if (code < 0) {
        *wrong += code != TAWAM_EDAMAGED && code != TAWAM_ENEWER &&
                  code != TAWAM_ENOTFOUND;
        return 0;
    }
    code = changeset_decode_with(&c, file->data, file->length, NULL, find_wrong,
                                 &d);
    if (code < 0)
        *wrong += code != TAWAM_EDAMAGED && code != TAWAM_ENEWER;
    else
        *wrong += changeset_encode(&again, c) < 0;
    buffer_free(&again);
    changeset_free(c);
    changeset_dictionary_free(d);
    return 1;
}

/* Bits flipped inside the frame of a dictionary: mostly it is refused; where
 * it is one still, the file made with the right one reads as anything. */
static void check_damaged(void)
{
    changeset *c = import(100, 160);
    buffer bytes = {0}, file = {0};
    size_t size = 0, room = 0, used = 0;
    uint8_t *content = NULL, *frame = NULL;
    changeset_dictionary *d = NULL;
    int wrong = 0, trials = 600;

    changeset_encode(&bytes, c);
    changeset_dictionary_open(&d, bytes.data, bytes.length);
    changeset_free(c);
    c = day_of(5, 30);
    changeset_encode_with(&file, c, d);
    changeset_free(c);
    changeset_dictionary_free(d);
    size = (size_t)ZSTD_getFrameContentSize(bytes.data, bytes.length);
    content = malloc(size);
    room = ZSTD_compressBound(size);
    frame = malloc(room);
    ZSTD_decompress(content, size, bytes.data, bytes.length);
    support_state = 99;
    for (int i = 0; i < trials; i++) {
        /* the ends are where a flip leaves most standing */
        size_t at = i % 3 ? size - 1 - below(40) : below(size);
        uint8_t bit = (uint8_t)(1u << below(8));
        content[at] ^= bit;
        used += (size_t)look(
            frame, ZSTD_compress(frame, room, content, size, 1), &file, &wrong);
        content[at] ^= bit;
    }
    is_int(wrong, 0, "%d damaged dictionaries: %zu of them still are some",
           trials, used);
    /* And any other dictionary under that id. */
    used = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        buffer other = {0};
        c = random_changeset(seed);
        changeset_encode(&other, c);
        used += (size_t)look(other.data, other.length, &file, &wrong);
        changeset_free(c);
        buffer_free(&other);
    }
    ok(wrong == 0 && used > 20, "%zu others in its place do no harm", used);
    free(content);
    free(frame);
    buffer_free(&bytes);
    buffer_free(&file);
}

/* Each allocation fails once; what is left is whole and nothing leaks (under
 * SANITIZE=1 that is a proof). */
static void check_memory(const buffer *bytes)
{
    changeset *c = day_of(6, 6), *back = NULL;
    buffer file = {0};
    changeset_dictionary *d = NULL;
    int asked = 0, wrong = 0;
    long n = 0;
    int code = TAWAM_EMEMORY;

    for (n = 1; code == TAWAM_EMEMORY && n < 100000; n += 1 + n / 50) {
        memory_fail_at(n);
        code = changeset_dictionary_open(&d, bytes->data, bytes->length);
        memory_fail_at(0);
    }
    is_int(code, TAWAM_OK, "opening gets through after %ld allocations", n);
    changeset_dictionary_free(d);
    for (n = 1, code = TAWAM_EMEMORY; code == TAWAM_EMEMORY && n < 100000;
         n++) {
        buffer_free(&file);
        memory_fail_at(n);
        code = changeset_encode_with(&file, c, the_dictionary);
        memory_fail_at(0);
    }
    is_int(code, TAWAM_OK, "writing with it, after %ld", n);
    for (n = 1, code = TAWAM_EMEMORY; code == TAWAM_EMEMORY && n < 100000;
         n++) {
        memory_fail_at(n);
        code = changeset_decode_with(&back, file.data, file.length, NULL, find,
                                     &asked);
        memory_fail_at(0);
        wrong += code != TAWAM_OK && code != TAWAM_EMEMORY;
    }
    ok(code == TAWAM_OK && wrong == 0 && same_changeset(c, back),
       "reading with it, after %ld", n);
    changeset_free(back);
    changeset_free(c);
    buffer_free(&file);
}

int main(void)
{
    buffer bytes = {0}, again = {0};
    size_t alone = 0, with = 0;
    changeset *c = NULL;

    train(&bytes, 16384);
    train(&again, 16384);
    ok(bytes.length == again.length &&
           memcmp(bytes.data, again.data, bytes.length) == 0,
       "the same samples give the same bytes");
    if (changeset_dictionary_open(&the_dictionary, bytes.data, bytes.length))
        bail("%s", error_message());
    both(c = day_of(3, 16), "a small day", &alone, &with);
    ok(with < alone * 3 / 5, "two fifths less at least");
    changeset_free(c);
    both(c = day_of(4, 400), "a day", &alone, &with);
    changeset_free(c);
    both(c = import(5000, 5700), "a part of an import", &alone, &with);
    changeset_free(c);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        both(c = random_changeset(seed), "what it knows nothing of", &alone,
             &with);
        changeset_free(c);
    }
    check_missing();
    check_refused(&bytes);
    check_damaged();
    check_memory(&bytes);
    changeset_dictionary_free(the_dictionary);
    buffer_free(&bytes);
    buffer_free(&again);
    return done_testing();
}
