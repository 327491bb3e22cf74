/* SPDX-License-Identifier: MIT */
/* Filling: what can't be written is refused with words, addresses of layers
 * hold, limits of the reader are kept. */
#include "tests/tap.h"
#include "tests/bench/workload.h"
#include "tests/changeset_support.h"

static const workload CENSUS = {.seed = 7, .rows = 10000};

static int encodes(changeset *c)
{
    buffer out = {0};
    int code = changeset_encode(&out, c);

    buffer_free(&out);
    return code;
}

/* A changeset of one layer and column, with rows and cells as FILL does. */
static void refuse(const char *what,
                   void (*fill)(changeset *c, changeset_layer *layer))
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t column = 0;

    changeset_new(&c);
    changeset_add_layer(&layer, c, "a", TWIN_NO_GEOMETRY);
    changeset_add_column(&column, c, layer, "b", TWIN_TEXT);
    fill(c, layer);
    error_clear();
    is_int(encodes(c), TAWAM_EUSAGE, "%s is not written", what);
    ok(strlen(error_message()) > 10, "and it is said why");
    changeset_free(c);
}

static void row_twice(changeset *c, changeset_layer *layer)
{
    changeset_add_row(c, layer, 5, CHANGESET_DELETE);
    changeset_add_row(c, layer, 5, CHANGESET_UPDATE);
}

static void cell_twice(changeset *c, changeset_layer *layer)
{
    twin_value value = integer_value(1);

    changeset_add_row(c, layer, 5, CHANGESET_UPDATE);
    changeset_add_cell(c, layer, 0, &value);
    changeset_add_cell(c, layer, 0, &value);
}

static void delete_with_cell(changeset *c, changeset_layer *layer)
{
    twin_value value = integer_value(1);

    changeset_add_row(c, layer, 5, CHANGESET_DELETE);
    changeset_add_cell(c, layer, 0, &value);
}

static void id_zero(changeset *c, changeset_layer *layer)
{
    changeset_add_row(c, layer, 0, CHANGESET_INSERT);
}

static void not_a_number(changeset *c, changeset_layer *layer)
{
    twin_value value = real_value(NAN);

    changeset_add_row(c, layer, 5, CHANGESET_UPDATE);
    changeset_add_cell(c, layer, 0, &value);
}

static void bad_name(changeset *c, changeset_layer *layer)
{
    changeset_add_layer(&layer, c, "tawam_x", TWIN_POINT);
}

static void check_addresses(void)
{
    changeset *c = NULL;
    changeset_layer *first = NULL, *again = NULL, *other = NULL;
    uint32_t a = 9, b = 9;
    char name[32];

    changeset_new(&c);
    changeset_add_layer(&first, c, "Street", TWIN_NO_GEOMETRY);
    for (int i = 0; i < 200; i++) {
        sprintf(name, "layer_%d", i);
        changeset_add_layer(&other, c, name, TWIN_POINT);
    }
    changeset_add_layer(&again, c, "STREET", TWIN_POINT);
    ok(first == again, "a layer's name has no case, its address holds");
    is_int(first->geometry, TWIN_POINT, "a geometry said later is taken");
    changeset_add_column(&a, c, first, "Lamp", TWIN_TEXT);
    changeset_add_column(&b, c, first, "lamp", TWIN_TEXT);
    ok(a == 0 && b == 0 && first->column_count == 1, "so have columns");
    is_int(changeset_add_column(&b, c, first, "lamp", TWIN_INTEGER),
           TAWAM_EUSAGE, "a column has one type");
    changeset_free(c);
}

/* The day, read under LIMITS: damaged, since it is more than they allow. */
static void check_limit(const buffer *day, const char *what,
                        changeset_limits limits)
{
    changeset *c = NULL;

    is_int(changeset_decode(&c, day->data, day->length, &limits),
           TAWAM_EDAMAGED, "a reader that allows fewer %s refuses", what);
    changeset_free(c);
}

static void check_limits(void)
{
    changeset *c = NULL, *back = NULL;
    changeset_counts counts;
    changeset_layer *layer = NULL;
    buffer day = {0};
    changeset_limits limits = CHANGESET_LIMITS;

    changeset_new(&c);
    workload_changes(c, &CENSUS, &WORKLOAD_DAY);
    changeset_encode(&day, c);
    changeset_count(&counts, c);
    ok(counts.updated == 1000 && counts.inserted == 200 &&
           counts.deleted == 50 && counts.affirmed == 0 &&
           counts.cells == (int64_t)c->layers[0].cell_count,
       "operations and cells are counted");
    limits.compressed = day.length - 1;
    check_limit(&day, "bytes", limits);
    limits = CHANGESET_LIMITS;
    limits.uncompressed = 1000;
    check_limit(&day, "bytes inside", limits);
    limits = CHANGESET_LIMITS;
    limits.memory = 100000;
    check_limit(&day, "bytes of memory", limits);
    limits = CHANGESET_LIMITS;
    limits.rows = 1249;
    check_limit(&day, "rows", limits);
    limits = CHANGESET_LIMITS;
    limits.cells = 1250;
    check_limit(&day, "cells", limits);
    limits = CHANGESET_LIMITS;
    limits.columns = 21;
    check_limit(&day, "columns", limits);
    limits = CHANGESET_LIMITS;
    limits.layers = 0;
    check_limit(&day, "layers", limits);
    changeset_decode(&back, day.data, day.length, NULL);
    is_int(changeset_add_layer(&layer, back, "x", TWIN_POINT), TAWAM_EUSAGE,
           "what was read can't be added to");
    changeset_free(c);
    changeset_free(back);
    buffer_free(&day);
}

/* C is written and comes back the same. */
static void check_back(changeset *c, const char *what)
{
    changeset *back = NULL;
    buffer out = {0};
    int same =
        changeset_encode(&out, c) == TAWAM_OK &&
        changeset_decode(&back, out.data, out.length, NULL) == TAWAM_OK &&
        same_changeset(c, back);

    ok(same, "%s come back from %zu bytes", what, out.length);
    changeset_free(c);
    changeset_free(back);
    buffer_free(&out);
}

/* A value that packs to nothing still has to come back. */
static void check_large_value(void)
{
    size_t length = (size_t)12 << 20;
    char *zeros = calloc(1, length);
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t column = 0;
    twin_value value = bytes_value(zeros, length);

    changeset_new(&c);
    changeset_add_layer(&layer, c, "photo", TWIN_NO_GEOMETRY);
    changeset_add_column(&column, c, layer, "bytes", TWIN_BLOB);
    changeset_add_row(c, layer, 1, CHANGESET_INSERT);
    changeset_add_cell(c, layer, column, &value);
    check_back(c, "12 MiB of zeros");
    free(zeros);
}

/* 200,000 equal cells of neighbouring rows: what a record's part may be. */
static void check_even_part(void)
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t column = 0;
    twin_value value = integer_value(2);

    changeset_new(&c);
    changeset_add_layer(&layer, c, "household", TWIN_NO_GEOMETRY);
    changeset_add_column(&column, c, layer, "wave", TWIN_INTEGER);
    for (int64_t i = 1; i <= 200000; i++) {
        changeset_add_row(c, layer, i, CHANGESET_UPDATE);
        changeset_add_cell(c, layer, column, &value);
    }
    check_back(c, "200,000 equal cells");
}

int main(void)
{
    refuse("a row that stands twice", row_twice);
    refuse("a cell that stands twice", cell_twice);
    refuse("a deletion with cells", delete_with_cell);
    refuse("a row with id 0", id_zero);
    refuse("a real that is not a number", not_a_number);
    refuse("a layer with a name of ours", bad_name);
    check_addresses();
    check_limits();
    check_large_value();
    check_even_part();
    return done_testing();
}
