/* SPDX-License-Identifier: MIT */
/* The tables of the merge compared with those of a replay.
 *
 * The state hash proves what is shown now; what a later merge decides by lies
 * in tawam_commit, tawam_row, tawam_cell, tawam_delete, tawam_touch and
 * tawam_conflict. A replay in the order in which this replica applied its
 * commits gives them number by number, but for ids of layers and columns,
 * which go by name here. (Texts of `reason` are in somebody's language and
 * are left out.)
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const char COMMITS[] =
    "SELECT number, id, chain, position, logical, vector, is_head, published,"
    " state, device, sequence, author, time FROM tawam_commit ORDER BY number";

/* A layer's part of each table; the last two columns of tawam_cell are its
 * value and its column's type, which may be wider here and not recorded; the
 * last of tawam_touch is what was overwritten, in former.c's bytes. */
static const struct {
    const char *table, *sql;
} PARTS[] = {
    {"tawam_row", "SELECT fid, origin, made, alive FROM tawam_row"
                  " WHERE layer=? ORDER BY fid"},
    {"tawam_delete", "SELECT fid, \"commit\" FROM tawam_delete"
                     " WHERE layer=? ORDER BY 1, 2"},
    {"tawam_touch", "SELECT fid, \"commit\", before FROM tawam_touch"
                    " WHERE layer=? ORDER BY 1, 2"},
    {"tawam_conflict",
     "SELECT fid, (SELECT lower(name) FROM tawam_column x WHERE x.layer="
     "c.layer AND x.id=c.\"column\") FROM tawam_conflict c"
     " WHERE layer=? ORDER BY 1, 2"},
    {"tawam_cell",
     "SELECT fid, lower(x.name), c.\"commit\", c.value, x.type"
     " FROM tawam_cell c LEFT JOIN tawam_column x ON x.layer=c.layer"
     " AND x.id=c.\"column\" WHERE c.layer=? ORDER BY 1, 2, 3"},
};

#define CELL_VALUE 3
#define CELL_TYPE 4
#define TOUCH_BEFORE 2

typedef struct pair {
    twin *here, *replayed;
    const twin_layer *const *layers; /* of here and of the replay, or NULL */
    const char *table, *sql;
    sqlite3_stmt *a, *b;
} pair;

static int differs(const pair *p, const char *layer)
{
    if (!layer)
        return error_set(TAWAM_EDAMAGED,
                         _("the replica's %s is not what its log says, at "
                           "entry %lld"),
                         p->table, (long long)sqlite3_column_int64(p->a, 0));
    return error_set(TAWAM_EDAMAGED,
                     _("the replica's %s is not what its log says, at row %lld "
                       "of layer '%s'"),
                     p->table, (long long)sqlite3_column_int64(p->a, 0), layer);
}

/* A value of tawam_cell counts as its column's type holds it. */
static int equal_at(const pair *p, int column, int is_cell)
{
    twin_value a = twin_value_column(p->a, column);
    twin_value b = twin_value_column(p->b, column);
    twin_type type;
    char storage[2][64];
    if (twin_value_equal(&a, &b))
        return 1;
    if (!is_cell || column != CELL_VALUE ||
        sqlite3_column_type(p->a, CELL_TYPE) == SQLITE_NULL)
        return 0;
    type = (twin_type)sqlite3_column_int(p->a, CELL_TYPE);
    a = twin_value_convert(&a, type, storage[0]);
    b = twin_value_convert(&b, type, storage[1]);
    return twin_value_equal(&a, &b);
}

/* ---- what a touch overwrote ---- */

/* Cells of one side, by the present column's place in the layer here. */
typedef struct former_cells {
    const pair *p;
    const twin_layer *from; /* whose column ids they have */
    twin_value *values;     /* one a column; borrowed, or in STORAGE */
    uint8_t *held;          /* 1: among the cells */
    char (*storage)[64];
} former_cells;

static int put_former(void *context, int column, const twin_value *value)
{
    former_cells *f = context;
    const twin_layer *here = f->p->layers[0];
    const twin_column *c = twin_column_by_id(f->from, column);
    const twin_column *now = c ? twin_column_named(here, c->name) : NULL;
    size_t i;
    if (!now)
        return TAWAM_EDAMAGED;
    i = (size_t)(now - here->columns);
    f->values[i] = twin_value_convert(value, now->type, f->storage[i]);
    f->held[i] = 1;
    return TAWAM_OK;
}

static int read_former(former_kind *kind, former_cells *f, sqlite3_stmt *s,
                       size_t columns)
{
    f->values = memory_array(columns + 1, sizeof *f->values);
    f->held = memory_array(columns + 1, 1);
    f->storage = memory_array(columns + 1, sizeof *f->storage);
    if (!f->values || !f->held || !f->storage)
        return TAWAM_EMEMORY;
    return former_read(kind, sqlite3_column_blob(s, TOUCH_BEFORE),
                       (size_t)sqlite3_column_bytes(s, TOUCH_BEFORE),
                       put_former, f);
}

static void free_former(former_cells *f)
{
    free(f->values);
    free(f->held);
    free(f->storage);
}

/* 1 if both say the same; what one of them does not keep is not compared. */
static int former_equal(const pair *p)
{
    former_cells a = {.p = p, .from = p->layers[0]};
    former_cells b = {.p = p, .from = p->layers[1]};
    size_t columns = p->layers[0]->column_count, i;
    former_kind kinds[2] = {FORMER_SAME, FORMER_SAME};
    int code, equal;
    if (sqlite3_column_type(p->a, TOUCH_BEFORE) == SQLITE_NULL ||
        sqlite3_column_type(p->b, TOUCH_BEFORE) == SQLITE_NULL)
        return 1;
    if (sqlite3_column_type(p->a, TOUCH_BEFORE) != SQLITE_BLOB)
        return 0; /* its bytes, but a damaged type */
    code = read_former(&kinds[0], &a, p->a, columns);
    if (!code)
        code = read_former(&kinds[1], &b, p->b, columns);
    equal = !code && kinds[0] == kinds[1];
    for (i = 0; equal && i < columns; i++)
        equal = a.held[i] == b.held[i] &&
                (!a.held[i] || twin_value_equal(&a.values[i], &b.values[i]));
    free_former(&a);
    free_former(&b);
    error_clear();
    return code == TAWAM_EMEMORY ? TAWAM_EMEMORY : equal;
}

/* ---- comparing ---- */

/* Both statements to their ends, in step. */
static int compare_rows(pair *p, const char *layer, int is_cell, int is_touch)
{
    int columns = is_cell    ? CELL_TYPE
                  : is_touch ? TOUCH_BEFORE
                             : sqlite3_column_count(p->a);
    for (;;) {
        int equal = 1, i;
        int a = twin_step(p->here, p->a);
        int b = a < 0 ? a : twin_step(p->replayed, p->b);
        if (b < 0)
            return b;
        if (a != b)
            return differs(p, layer);
        if (!a)
            return TAWAM_OK;
        for (i = 0; equal > 0 && i < columns; i++)
            equal = equal_at(p, i, is_cell);
        if (equal > 0 && is_touch)
            equal = former_equal(p);
        if (equal <= 0)
            return equal ? equal : differs(p, layer);
    }
}

/* LAYERS NULL: the table has none. */
static int compare(pair *p, const twin_layer *const *layers)
{
    int code = twin_prepare(&p->a, p->here, p->sql, 0);
    p->layers = layers;
    if (!code)
        code = twin_prepare(&p->b, p->replayed, p->sql, 0);
    if (!code && layers) {
        sqlite3_bind_int(p->a, 1, layers[0]->id);
        sqlite3_bind_int(p->b, 1, layers[1]->id);
    }
    if (!code)
        code = compare_rows(p, layers ? layers[0]->name : NULL,
                            sqlite3_column_count(p->a) == CELL_TYPE + 1,
                            layers && strcmp(p->table, "tawam_touch") == 0);
    sqlite3_finalize(p->a);
    sqlite3_finalize(p->b);
    p->a = p->b = NULL;
    return code;
}

static int compare_layer(pair *p, const twin_layer *layer)
{
    const twin_layer *layers[2] = {layer, NULL};
    size_t i;
    int code = twin_layer_find(&layers[1], p->replayed, layer->name);
    if (code == TAWAM_ENOTFOUND)
        return error_set(TAWAM_EDAMAGED, _("no commit declares layer '%s'"),
                         layer->name);
    for (i = 0; !code && i < sizeof PARTS / sizeof *PARTS; i++) {
        p->table = PARTS[i].table;
        p->sql = PARTS[i].sql;
        code = compare(p, layers);
    }
    return code;
}

/* Entries of layers that there are not are in no layer's part. */
static int compare_totals(pair *p)
{
    p->table = "history";
    p->sql = "SELECT (SELECT count(*) FROM tawam_row),"
             " (SELECT count(*) FROM tawam_cell),"
             " (SELECT count(*) FROM tawam_delete),"
             " (SELECT count(*) FROM tawam_touch),"
             " (SELECT count(*) FROM tawam_conflict)";
    return compare(p, NULL);
}

int compare_merge_tables(twin *here, twin *replayed)
{
    pair p = {.here = here,
              .replayed = replayed,
              .table = "tawam_commit",
              .sql = COMMITS};
    size_t i, count = twin_layer_count(here);
    int code = compare(&p, NULL);
    for (i = 0; !code && i < count; i++) {
        const twin_layer *layer = twin_layer_at(here, i);
        if (layer->recorded)
            code = compare_layer(&p, layer);
    }
    return code ? code : compare_totals(&p);
}
