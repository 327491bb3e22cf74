/* SPDX-License-Identifier: MIT */
/* What the changeset tests share: a seeded generator, random changesets of
 * every kind of value, and exact comparison. */
#ifndef TAWAM_TESTS_CHANGESET_SUPPORT_H
#define TAWAM_TESTS_CHANGESET_SUPPORT_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sync/changeset.h"

/* splitmix64: a test must not hang on the C library's rand(). */
static uint64_t support_state = 1;

__attribute__((unused)) static uint64_t draw(void)
{
    uint64_t z = support_state += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

__attribute__((unused)) static uint64_t below(uint64_t limit)
{
    return draw() % limit;
}

__attribute__((unused)) static twin_value text_value(const char *text,
                                                     size_t length)
{
    return (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = text, .length = length};
}

__attribute__((unused)) static twin_value bytes_value(const void *bytes,
                                                      size_t length)
{
    return (twin_value){
        .kind = TWIN_KIND_BYTES, .bytes = bytes, .length = length};
}

__attribute__((unused)) static twin_value integer_value(int64_t integer)
{
    return (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer};
}

__attribute__((unused)) static twin_value real_value(double real)
{
    return (twin_value){.kind = TWIN_KIND_REAL, .real = real};
}

/* A GeoPackage point: 'GP' 0 flags srs, then WKB. OUT has 29 bytes. */
__attribute__((unused)) static void point_bytes(char *out, double x, double y)
{
    memcpy(out, "GP\0\1\xe6\x10\0\0\1\1\0\0\0", 13);
    memcpy(out + 13, &x, 8);
    memcpy(out + 21, &y, 8);
}

/* Same names, rows and values, bit for bit, in the same order. */
__attribute__((unused)) static int same_value(const twin_value *a,
                                              const twin_value *b)
{
    if (a->kind != b->kind)
        return 0;
    switch (a->kind) {
    case TWIN_KIND_INTEGER:
        return a->integer == b->integer;
    case TWIN_KIND_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        return a->length == b->length &&
               (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
    default:
        return 1;
    }
}

__attribute__((unused)) static int same_row(const changeset_layer *a,
                                            const changeset_layer *b, size_t i)
{
    const changeset_row *x = &a->rows[i], *y = &b->rows[i];

    if (x->fid != y->fid || x->operation != y->operation ||
        x->cell_count != y->cell_count)
        return 0;
    for (uint32_t j = 0; j < x->cell_count; j++) {
        const changeset_cell *c = &a->cells[x->first_cell + j];
        const changeset_cell *d = &b->cells[y->first_cell + j];
        if (c->column != d->column || !same_value(&c->value, &d->value))
            return 0;
    }
    return 1;
}

__attribute__((unused)) static int same_changeset(const changeset *a,
                                                  const changeset *b)
{
    if (a->layer_count != b->layer_count)
        return 0;
    for (size_t i = 0; i < a->layer_count; i++) {
        const changeset_layer *x = &a->layers[i], *y = &b->layers[i];
        if (strcmp(x->name, y->name) != 0 || x->geometry != y->geometry ||
            x->column_count != y->column_count ||
            x->row_count != y->row_count || x->cell_count != y->cell_count)
            return 0;
        for (size_t j = 0; j < x->column_count; j++)
            if (strcmp(x->columns[j].name, y->columns[j].name) != 0 ||
                x->columns[j].type != y->columns[j].type)
                return 0;
        for (size_t j = 0; j < x->row_count; j++)
            if (!same_row(x, y, j))
                return 0;
    }
    return 1;
}

#endif
