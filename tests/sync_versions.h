/* SPDX-License-Identifier: MIT */
/* Rows at versions, and differences between versions, against whole replays of
 * the log: for tests that have a history at hand. */
#ifndef TAWAM_TESTS_SYNC_VERSIONS_H
#define TAWAM_TESTS_SYNC_VERSIONS_H

#include "sync/row_at_internal.h"
#include "tests/sync_fixture.h"

typedef struct versions_count {
    int rows;    /* at some version, each looked at */
    int told;    /* of them, without a replay */
    int changes; /* between versions */
} versions_count;

/* A cell of scratch T as LAYER's column I, in the replica, holds it now. */
static twin_value versions_cell(twin *t, const twin_layer *layer, size_t i,
                                int64_t fid, arena *a)
{
    const twin_layer *then = NULL;
    const twin_column *c = NULL;
    twin_cell *cells = NULL;
    twin_value none = {.kind = TWIN_KIND_NULL};
    char *storage = arena_alloc(a, 64);
    if (twin_layer_find(&then, t, layer->name) ||
        !twin_row_exists(t, then, fid) ||
        twin_column_find(&c, then, layer->columns[i].name)) {
        error_clear();
        return none;
    }
    MUST(twin_row_read(&cells, t, then, fid, a));
    return twin_value_convert(&cells[c - then->columns].value,
                              layer->columns[i].type, storage);
}

static int versions_there(twin *t, const twin_layer *layer, int64_t fid)
{
    const twin_layer *then = NULL;
    if (twin_layer_find(&then, t, layer->name)) {
        error_clear();
        return 0;
    }
    return twin_row_exists(t, then, fid);
}

/* What sync_diff tells, as text, and what two replays say. */
typedef struct versions_text {
    buffer told, expected;
    int changes;
} versions_text;

static void versions_print(buffer *out, int64_t fid, int had, int has)
{
    buffer_format(out, "\n%lld %d%d", (long long)fid, had, has);
}

static void versions_print_cell(buffer *out, const char *column, twin_type type,
                                const twin_value *before,
                                const twin_value *after)
{
    buffer_format(out, " %s:%d", column, (int)before->kind);
    twin_value_text(out, type, before);
    buffer_format(out, ">%d", (int)after->kind);
    twin_value_text(out, type, after);
}

static int versions_tell(void *context, const sync_change *c)
{
    versions_text *x = context;
    size_t i;
    versions_print(&x->told, c->fid, c->operation != CHANGESET_INSERT,
                   c->operation != CHANGESET_DELETE);
    for (i = 0; i < c->cell_count; i++)
        versions_print_cell(&x->told, c->cells[i].column, c->cells[i].type,
                            &c->cells[i].before, &c->cells[i].after);
    x->changes++;
    return 0;
}

static void versions_expect(versions_text *x, twin *before, twin *after,
                            const twin_layer *layer, int64_t fid, arena *a)
{
    int had = versions_there(before, layer, fid);
    int has = versions_there(after, layer, fid), first = 1;
    size_t i;
    if (had != has) {
        versions_print(&x->expected, fid, had, has);
        first = 0;
    }
    for (i = 0; i < layer->column_count; i++) {
        twin_value b = versions_cell(before, layer, i, fid, a);
        twin_value v = versions_cell(after, layer, i, fid, a);
        if (twin_value_equal(&b, &v))
            continue;
        if (first)
            versions_print(&x->expected, fid, had, has);
        first = 0;
        versions_print_cell(&x->expected, layer->columns[i].name,
                            layer->columns[i].type, &b, &v);
    }
}

/* Rows of LAYER told from what the replica keeps are as T has them. */
static int versions_rows_agree(versions_count *count, desk *d, twin *t,
                               const char *id, const twin_layer *layer,
                               const int64_t *fids, size_t fid_count, arena *a)
{
    row_at *row = NULL;
    version v = {0};
    version_part part = {&v.seen, 0};
    int agree = 1;
    size_t i, k;
    MUST(version_resolve(&v, d->s, id));
    MUST(row_at_new(&row, d->s));
    for (k = 0; k < fid_count; k++) {
        const twin_cell *cells = NULL;
        int there;
        MUST(row_at_load(row, layer, fids[k]));
        there = row_at_version(&cells, row, &part);
        MUST(there);
        count->rows++;
        if (there == ROW_AT_UNKNOWN)
            continue;
        count->told++;
        agree = agree && there == versions_there(t, layer, fids[k]);
        for (i = 0; there && i < layer->column_count; i++) {
            twin_value value = versions_cell(t, layer, i, fids[k], a);
            agree = agree && twin_value_equal(&value, &cells[i].value);
        }
    }
    row_at_free(row);
    version_clear(&v);
    return agree;
}

/* 1 if D tells of LAYER's rows FIDS (ascending) at versions FROM and TO, and
 * of what differs between them, what two replays of the log say. */
__attribute__((unused)) static int
versions_agree(versions_count *count, desk *d, const char *from, const char *to,
               const char *layer_name, const int64_t *fids, size_t fid_count)
{
    const twin_layer *layer = desk_layer(d, layer_name);
    versions_text x = {0};
    twin *before = NULL, *after = NULL;
    arena *a = NULL;
    size_t i;
    int agree;
    MUST(arena_new(&a));
    MUST(sync_checkout(&before, d->s, from));
    MUST(sync_checkout(&after, d->s, to));
    for (i = 0; i < fid_count; i++)
        versions_expect(&x, before, after, layer, fids[i], a);
    MUST(sync_diff(d->s, from, to, versions_tell, &x));
    buffer_byte(&x.told, 0);
    buffer_byte(&x.expected, 0);
    agree = strcmp((char *)x.told.data, (char *)x.expected.data) == 0;
    if (!agree)
        diag("%.8s..%.8s: told%s\nexpected%s", from, to, (char *)x.told.data,
             (char *)x.expected.data);
    if (!versions_rows_agree(count, d, before, from, layer, fids, fid_count,
                             a)) {
        diag("rows at %.8s", from);
        agree = 0;
    }
    count->changes += x.changes;
    buffer_free(&x.told);
    buffer_free(&x.expected);
    twin_close(before);
    twin_close(after);
    arena_free(a);
    return agree;
}

#endif
