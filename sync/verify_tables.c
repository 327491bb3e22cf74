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

static const char COMMITS[] =
    "SELECT number, id, chain, position, logical, vector, is_head, published,"
    " state, device, sequence, author, time FROM tawam_commit ORDER BY number";

/* A layer's part of each table; the last two columns of tawam_cell are its
 * value and its column's type, which may be wider here and not recorded. */
static const struct {
    const char *table, *sql;
} PARTS[] = {
    {"tawam_row", "SELECT fid, origin, made, alive FROM tawam_row"
                  " WHERE layer=? ORDER BY fid"},
    {"tawam_delete", "SELECT fid, \"commit\" FROM tawam_delete"
                     " WHERE layer=? ORDER BY 1, 2"},
    {"tawam_touch", "SELECT fid, \"commit\" FROM tawam_touch"
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

typedef struct pair {
    twin *here, *replayed;
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

/* Both statements to their ends, in step. */
static int compare_rows(pair *p, const char *layer, int is_cell)
{
    int columns = is_cell ? CELL_TYPE : sqlite3_column_count(p->a), i;
    for (;;) {
        int a = twin_step(p->here, p->a);
        int b = a < 0 ? a : twin_step(p->replayed, p->b);
        if (b < 0)
            return b;
        if (a != b)
            return differs(p, layer);
        if (!a)
            return TAWAM_OK;
        for (i = 0; i < columns; i++)
            if (!equal_at(p, i, is_cell))
                return differs(p, layer);
    }
}

/* LAYERS NULL: the table has none. */
static int compare(pair *p, const twin_layer *const *layers)
{
    int code = twin_prepare(&p->a, p->here, p->sql, 0);
    if (!code)
        code = twin_prepare(&p->b, p->replayed, p->sql, 0);
    if (!code && layers) {
        sqlite3_bind_int(p->a, 1, layers[0]->id);
        sqlite3_bind_int(p->b, 1, layers[1]->id);
    }
    if (!code)
        code = compare_rows(p, layers ? layers[0]->name : NULL,
                            sqlite3_column_count(p->a) == CELL_TYPE + 1);
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
    if (code)
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
