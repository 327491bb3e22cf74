/* SPDX-License-Identifier: MIT */
/* Dictionaries: trained, opened, used where they make a file smaller, waited
 * for where they are not there; and what hostile ones may cost. */
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

    is_int(changeset_dictionary_train(out, (const changeset *const *)samples,
                                      4, limit),
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
    changeset_dictionary_free(the_dictionary);
    buffer_free(&bytes);
    buffer_free(&again);
    return done_testing();
}
