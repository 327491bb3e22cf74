/* SPDX-License-Identifier: MIT */
/* How many bytes changesets take on the workload of tests/bench, against the
 * limit (tests/bench/limit.h), and that what is counted still reads back.
 *
 * Besides the bars, each size is held to what it was when last looked
 * at and little more, so that wasting a tenth is seen: who makes one larger
 * says why, who makes one smaller lowers the figure. */
#include "tests/tap.h"
#include "tests/changeset_support.h"
#include "tests/bench/shapes.h"
#include "tests/bench/limit.h"

static limit the_limit;
static const workload CENSUS = {.seed = 1, .rows = WORKLOAD_ROWS};
static changeset_dictionary *dictionary;

static int find(const changeset_dictionary **out, void *context, uint64_t id)
{
    const changeset_dictionary *d = context;

    *out = d;
    return d && changeset_dictionary_id(d) == id ? TAWAM_OK : TAWAM_ENOTFOUND;
}

static changeset *import(const workload *w, size_t from, size_t to)
{
    changeset *c = NULL;

    changeset_new(&c);
    workload_import(c, w, from, to);
    return c;
}

static changeset *changes(const workload_day *day)
{
    changeset *c = NULL;

    changeset_new(&c);
    workload_changes(c, &CENSUS, day);
    return c;
}

/* Bytes of C with D (or NULL) known; SIZE_MAX if it does not come back. */
static size_t size_of(changeset *c, changeset_dictionary *d)
{
    buffer bytes = {0};
    changeset *again = NULL;
    size_t size = SIZE_MAX;

    if (changeset_encode_with(&bytes, c, d) == TAWAM_OK &&
        changeset_decode_with(&again, bytes.data, bytes.length, NULL, find,
                              d) == TAWAM_OK &&
        same_changeset(c, again))
        size = bytes.length;
    if (getenv("TAWAM_KEEP")) {
        char path[256];
        snprintf(path, sizeof path, "%s/%zu.zst", getenv("TAWAM_KEEP"), size);
        file_write_atomic(path, bytes.data, bytes.length);
    }
    changeset_free(again);
    buffer_free(&bytes);
    return size;
}

/* What a publisher would train: parts of the import and days before. */
static void train(void)
{
    changeset *samples[6] = {0};
    buffer bytes = {0};

    for (unsigned i = 0; i < 3; i++) {
        workload_day before = {10 + i, 1000, 200, 50};
        samples[i] = import(&CENSUS, 2000 + 30000 * i, 4000 + 30000 * i);
        samples[i + 3] = changes(&before);
    }
    changeset_dictionary_train(&bytes, (const changeset *const *)samples, 6,
                               16384);
    if (changeset_dictionary_open(&dictionary, bytes.data, bytes.length) < 0)
        bail("%s", error_message());
    for (int i = 0; i < 6; i++)
        changeset_free(samples[i]);
    buffer_free(&bytes);
}

/* SIZE is at most three in a hundred and 4 bytes more than MEASURED. */
static void is_no_more(size_t size, size_t measured, const char *what)
{
    ok(size <= measured + measured * 3 / 100 + 4, "%s: %zu bytes, as %zu", what,
       size, measured);
}

static void check_shapes(void)
{
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        changeset *c = NULL;
        changeset_new(&c);
        SHAPES[i].fill(c, 1);
        is_no_more(size_of(c, NULL), SHAPES[i].bytes, SHAPES[i].name);
        changeset_free(c);
    }
}

static void check_small_day(void)
{
    changeset *c = changes(&WORKLOAD_SMALL_DAY);
    size_t alone = size_of(c, NULL), with = size_of(c, dictionary);

    ok(alone <= 500, "20 edits without a dictionary: %zu bytes", alone);
    ok(with <= 350, "20 edits with one: %zu bytes", with);
    is_no_more(alone, 478, "20 edits");
    is_no_more(with, 197, "20 edits with a dictionary");
    changeset_free(c);
}

static void check_day(void)
{
    changeset *c = changes(&WORKLOAD_DAY);
    size_t alone = size_of(c, NULL), with = size_of(c, dictionary);

    is_no_more(alone, 8382, "1,250 edits");
    is_no_more(with, 7163, "1,250 edits with a dictionary");
    if (limit_of(&the_limit, c) < 0) {
        skip("no xz here");
    } else {
        diag("1,250 edits: limit %zu bytes, %zu of them keys", the_limit.total,
             the_limit.keys);
        ok(alone * 100 <= the_limit.total * 115,
           "1,250 edits without a dictionary: %zu bytes, %.3f of the limit",
           alone, (double)alone / (double)the_limit.total);
    }
    changeset_free(c);
}

#define PART 700 /* households in some 11 kB, as recording cuts them */

/* The files of an import of ROWS, the first being the dictionary of others. */
static size_t size_of_parts(const workload *w, size_t rows)
{
    changeset_dictionary *first = NULL;
    size_t sum = 0;

    for (size_t i = 0; i < rows && sum < SIZE_MAX; i += PART) {
        changeset *c = import(w, i, i + PART < rows ? i + PART : rows);
        size_t size = size_of(c, first);
        buffer bytes = {0};
        if (!first) {
            changeset_encode(&bytes, c);
            changeset_dictionary_open(&first, bytes.data, bytes.length);
        }
        sum = size == SIZE_MAX ? size : sum + size;
        buffer_free(&bytes);
        changeset_free(c);
    }
    changeset_dictionary_free(first);
    return sum;
}

static void check_import(size_t rows)
{
    changeset *c = import(&CENSUS, 0, rows);
    size_t parts = size_of_parts(&CENSUS, rows);

    is_no_more(parts, rows == 7000 ? 98351 : 1436339, "an import");
    if (limit_of(&the_limit, c) < 0)
        skip("no xz here");
    else
        ok(parts * 100 <= the_limit.total * 110,
           "%zu households in files of 11 kB: %zu bytes, %.3f of the limit",
           rows, parts, (double)parts / (double)the_limit.total);
    changeset_free(c);
}

static void check_uuids(void)
{
    workload random = {.seed = 1, .rows = WORKLOAD_ROWS, .random_uuids = 1};
    changeset *derived = import(&CENSUS, 0, PART),
              *c = import(&random, 0, PART);
    changeset_layer *layer = &c->layers[0];
    size_t without = 0, with = 0;

    /* The same households, so that only the uuids differ. */
    without = size_of(derived, dictionary);
    for (size_t i = 0; i < layer->cell_count; i++)
        if (layer->cells[i].column != W_UUID)
            layer->cells[i].value = derived->layers[0].cells[i].value;
    with = size_of(c, dictionary);
    ok(with - without <= PART * 16 + 16 && with - without > PART * 15,
       "a random uuid takes %.2f bytes more than one that follows from the id",
       (double)(with - without) / PART);
    for (size_t i = 0; i < derived->layers[0].cell_count; i++)
        if (derived->layers[0].cells[i].column == W_UUID)
            derived->layers[0].cells[i].value =
                (twin_value){.kind = TWIN_KIND_TEXT, .bytes = "", .length = 0};
    with = size_of(derived, dictionary);
    ok(without <= with + 8, "and one that does takes none: %zu, %zu", without,
       with);
    changeset_free(derived);
    changeset_free(c);
}

/* Records, each in a run of ids of its own, with what they name: an entity of
 * the run, the record that a row belongs to, one row for all, any row. */
static void check_references(void)
{
    enum { OF_RUN, OF_PARENT, OF_ONE, OF_ANY, KINDS };
    static const char *const names[] = {
        "a row of the same run", "the row that begins the run",
        "the same as the row before", "any row"};
    static const double most[] = {0.05, 0.05, 0.05, 8.2};
    char texts[PART][37];
    for (int kind = 0; kind < KINDS; kind++) {
        size_t sizes[2] = {0, 0};
        for (int with = 0; with < 2; with++) {
            changeset *c = NULL;
            changeset_layer *layer = NULL;
            uint32_t index = 0;
            uint64_t any = 1;
            changeset_new(&c);
            changeset_add_layer(&layer, c, "visit", TWIN_NO_GEOMETRY);
            changeset_add_column(&index, c, layer, "of", TWIN_TEXT);
            for (int64_t i = 0; i < PART; i++) {
                int64_t run = (int64_t)1 << 61 | i * 32, fid = run;
                twin_value text = {0};
                any = any * 0x5851f42d4c957f2d + 1;
                if (kind == OF_RUN)
                    twin_uuid_from_fid(texts[i], run + 16);
                else if (kind == OF_PARENT)
                    fid = run + 3, twin_uuid_from_fid(texts[i], run);
                else
                    twin_uuid_from_fid(
                        texts[i], kind == OF_ONE ? 7 : (int64_t)(any >> 1));
                if (with)
                    text = text_value(texts[i], 36);
                changeset_add_row(c, layer, fid, CHANGESET_INSERT);
                changeset_add_cell(c, layer, index, &text);
            }
            sizes[with] = size_of(c, NULL);
            changeset_free(c);
        }
        ok(sizes[1] < sizes[0] + 24 + (size_t)(most[kind] * PART),
           "a reference to %s takes %.2f bytes", names[kind],
           (double)(sizes[1] - sizes[0]) / PART);
    }
}

int main(void)
{
    train();
    check_small_day();
    check_day();
    check_shapes();
    check_import(getenv("TAWAM_FULL") ? WORKLOAD_ROWS : 7000);
    check_uuids();
    check_references();
    changeset_dictionary_free(dictionary);
    return done_testing();
}
