/* SPDX-License-Identifier: MIT */
/* layer: declaring a layer, which makes or widens it.
 *
 * Invariants:
 *  1. The present type of a column is the join of all that was declared, the
 *     recorded type the join of what commits declared; likewise geometry.
 *  2. The catalogue's rows change first; the table is then made to agree with
 *     the difference between the old and the new catalogue.
 */
#include "twin/twin_internal.h"

/* ---- what is asked ------------------------------------------------------- */

static int check_definition(const twin_column_definition *column)
{
    int code = twin_name_check(column->name, 1);
    if (code != TAWAM_OK)
        return code;
    int uuid = text_equal_nocase(column->name, "uuid");
    int geom = text_equal_nocase(column->name, "geom");
    if (column->type < TWIN_BOOLEAN || column->type > TWIN_GEOMETRY)
        return error_set(TAWAM_EUSAGE, _("column '%s' has an unknown type"),
                         column->name);
    if (uuid && column->type != TWIN_TEXT)
        return error_set(TAWAM_EUSAGE, _("the column uuid holds text"));
    if (geom != (column->type == TWIN_GEOMETRY))
        return error_set(TAWAM_EUSAGE,
                         _("a geometry stands in the column geom, and only "
                           "there ('%s' is %s)"),
                         column->name, twin_type_name(column->type));
    return TAWAM_OK;
}

static int check_declaration(twin_geometry *geometry, const char *name,
                             const twin_column_definition *columns,
                             size_t count)
{
    int code = twin_name_check(name, 0);
    if (code == TAWAM_OK &&
        (*geometry < TWIN_NO_GEOMETRY || *geometry > TWIN_ANY_GEOMETRY))
        code = error_set(TAWAM_EUSAGE, _("layer '%s' has an unknown geometry"),
                         name);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        code = check_definition(&columns[i]);
        if (columns[i].type == TWIN_GEOMETRY && *geometry == TWIN_NO_GEOMETRY)
            *geometry = TWIN_ANY_GEOMETRY;
    }
    return code;
}

/* A table, view or index of that name which is no layer. The layer, which may
 * come from elsewhere, is not to blame. */
static int check_free(twin *t, const char *name)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT 1 FROM main.sqlite_schema WHERE"
                            " name = ?1 COLLATE NOCASE",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    code = twin_step(t, statement);
    twin_release(statement);
    if (code > 0)
        return error_set(TAWAM_EENVIRONMENT,
                         _("another program has made a table '%s' in the "
                           "replica that is no layer; rename or drop it "
                           "first"),
                         name);
    return code;
}

/* ---- the catalogue's rows ---- */

static int insert_layer(twin *t, const char *name)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "INSERT INTO main.tawam_layer (name, geometry)"
                            " VALUES (?1, 0)",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    return sql_finish(t, statement);
}

static int store_geometry(twin *t, int layer, twin_geometry geometry,
                          int recorded)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "UPDATE main.tawam_layer SET geometry = ?2,"
                            " recorded_geometry = ?3 WHERE id = ?1",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int(statement, 2, (int)geometry);
    if (recorded >= 0)
        sqlite3_bind_int(statement, 3, recorded);
    return sql_finish(t, statement);
}

static int store_column(twin *t, int layer, const char *name, twin_type type,
                        twin_type recorded)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(
        &statement, t,
        "INSERT INTO main.tawam_column (layer, id, name, type, recorded_type,"
        " position) SELECT ?1, n, ?2, ?3, ?4, n FROM (SELECT"
        " coalesce(max(id), 0) + 1 AS n FROM main.tawam_column"
        " WHERE layer = ?1)",
        1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 3, (int)type);
    sqlite3_bind_int(statement, 4, (int)recorded);
    return sql_finish(t, statement);
}

static int store_type(twin *t, int layer, int column, twin_type type,
                      twin_type recorded)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "UPDATE main.tawam_column SET type = ?3,"
                            " recorded_type = ?4 WHERE layer = ?1 AND id = ?2",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer);
    sqlite3_bind_int(statement, 2, column);
    sqlite3_bind_int(statement, 3, (int)type);
    sqlite3_bind_int(statement, 4, (int)recorded);
    return sql_finish(t, statement);
}

/* One declared column joined into what LAYER has. */
static int join_column(int *changed, twin *t, const twin_layer *layer,
                       const twin_column_definition *definition)
{
    const twin_column *column = twin_column_named(layer, definition->name);
    twin_type type = definition->type;
    int recording = t->capture_off || t->scratch;
    if (!column) {
        *changed = t->catalogue_stale = 1;
        return store_column(t, layer->id, definition->name, type,
                            recording ? type : 0);
    }
    twin_type joined = twin_type_join(column->type, type);
    twin_type recorded = column->recorded_type;
    if (recording)
        recorded = recorded ? twin_type_join(recorded, type) : type;
    if (joined == column->type && recorded == column->recorded_type)
        return TAWAM_OK;
    *changed = t->catalogue_stale = 1;
    return store_type(t, layer->id, column->id, joined, recorded);
}

static int join_geometry(int *changed, twin *t, const twin_layer *layer,
                         twin_geometry geometry)
{
    twin_geometry joined = twin_geometry_join(layer->geometry, geometry);
    int before = entry_of(layer)->recorded_geometry, recorded = before;
    if (t->capture_off || t->scratch)
        recorded = (int)twin_geometry_join(
            before < 0 ? TWIN_NO_GEOMETRY : (twin_geometry)before, geometry);
    if (joined == layer->geometry && recorded == before)
        return TAWAM_OK;
    *changed = t->catalogue_stale = 1;
    return store_geometry(t, layer->id, joined, recorded);
}

/* Columns called TARGET_fid hold row ids of the layer TARGET. */
static int store_references(twin *t)
{
    return twin_execute(
        t, "INSERT INTO main.tawam_reference (layer, column, target)"
           " SELECT c.layer, c.id, l.id FROM main.tawam_column c"
           " JOIN main.tawam_layer l ON lower(c.name) = lower(l.name) || '_fid'"
           " WHERE c.type = 2 AND NOT EXISTS (SELECT 1 FROM"
           " main.tawam_reference r WHERE r.layer = c.layer AND"
           " r.column = c.id)");
}

/* ---- the table ---- */

int layer_make_table(twin *t, const twin_layer *layer)
{
    int code = table_create(t, layer);
    if (code == TAWAM_OK)
        code = gpkg_register(t, layer);
    if (code == TAWAM_OK)
        code = gpkg_make_rtree(t, layer);
    if (code == TAWAM_OK)
        code = triggers_install(t, layer);
    return code;
}

/* What was kept as "before" is compared with what stands there now. */
int layer_convert_pending(twin *t, const twin_layer *layer,
                          const twin_column *column)
{
    return sql_run(t,
                   "UPDATE main.tawam_pending_cell SET"
                   " before = tawam_convert(before, %d)"
                   " WHERE layer = %d AND column = %d",
                   (int)column->type, layer->id, column->id);
}

static int rebuild_wider(twin *t, const twin_layer *old,
                         const twin_layer *layer)
{
    column_source *sources = memory_array(layer->column_count, sizeof *sources);
    if (!sources)
        return error_memory();
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        const twin_column *now = &layer->columns[i];
        const twin_column *was = twin_column_by_id(old, now->id);
        sources[i] =
            (column_source){.from = was ? was->name : NULL, .type = now->type};
        if (was && was->type != now->type)
            code = layer_convert_pending(t, layer, now);
    }
    if (code == TAWAM_OK)
        code = table_rebuild(t, layer, "fid", sources, 0);
    free(sources);
    return code;
}

static int alter_table(twin *t, const twin_layer *old, const twin_layer *layer)
{
    int code = TAWAM_OK, rebuild = 0, added = 0;
    for (size_t i = 0; i < layer->column_count; i++) {
        const twin_column *was = twin_column_by_id(old, layer->columns[i].id);
        added |= !was;
        rebuild |= was && was->type != layer->columns[i].type;
    }
    rebuild |=
        old->geometry != TWIN_NO_GEOMETRY && old->geometry != layer->geometry;
    if (rebuild)
        return rebuild_wider(t, old, layer);
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++)
        if (!twin_column_by_id(old, layer->columns[i].id))
            code = table_add_column(t, layer, &layer->columns[i]);
    if (code == TAWAM_OK && old->geometry != layer->geometry) {
        code = gpkg_register(t, layer);
        if (code == TAWAM_OK)
            code = gpkg_make_rtree(t, layer);
    }
    if (code == TAWAM_OK && added)
        code = triggers_install(t, layer);
    return code;
}

/* The layer as the catalogue has it, a new and empty one if it has none. */
static int find_or_insert(const twin_layer **out, int *is_new, twin *t,
                          const char *name)
{
    int code = catalogue_refresh(t);
    const twin_layer *layer =
        code == TAWAM_OK ? catalogue_lookup(t, name) : NULL;
    *is_new = !layer;
    if (code == TAWAM_OK && !layer) {
        code = insert_layer(t, name);
        t->catalogue_stale = 1;
        if (code == TAWAM_OK)
            code = catalogue_refresh(t);
        if (code == TAWAM_OK)
            layer = catalogue_lookup(t, name);
    }
    *out = layer;
    return code;
}

int layer_join(layer_change *out, twin *t, const char *name,
               twin_geometry geometry, const twin_column_definition *columns,
               size_t count)
{
    layer_change change = {0};
    int code = find_or_insert(&change.old, &change.is_new, t, name);
    if (code == TAWAM_OK)
        code = join_geometry(&change.changed, t, change.old, geometry);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = join_column(&change.changed, t, change.old, &columns[i]);
    if (code == TAWAM_OK)
        code = catalogue_refresh(t);
    if (code != TAWAM_OK)
        return code;
    change.now = catalogue_lookup(t, name);
    if (change.changed)
        code = store_references(t);
    *out = change;
    return code;
}

static int declare(twin *t, const char *name, twin_geometry geometry,
                   const twin_column_definition *columns, size_t count)
{
    layer_change change = {0};
    int code = catalogue_refresh(t);
    if (code == TAWAM_OK && !catalogue_lookup(t, name))
        code = check_free(t, name);
    if (code == TAWAM_OK)
        code = layer_join(&change, t, name, geometry, columns, count);
    if (code != TAWAM_OK || !change.changed)
        return code;
    return change.is_new ? layer_make_table(t, change.now)
                         : alter_table(t, change.old, change.now);
}

/* COLUMNS with uuid before and geom after them, each name once and its types
 * joined. The caller frees *out, whose names are borrowed. */
static int merge_definitions(twin_column_definition **out, size_t *merged,
                             twin_geometry geometry,
                             const twin_column_definition *columns,
                             size_t count)
{
    twin_column_definition *list = memory_array(count + 2, sizeof *list);
    size_t used = 0;
    if (!list)
        return error_memory();
    list[used++] = (twin_column_definition){"uuid", TWIN_TEXT};
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < used && !text_equal_nocase(list[k].name, columns[i].name))
            k++;
        if (columns[i].type == TWIN_GEOMETRY)
            continue;
        if (k == used)
            list[used++] = columns[i];
        else
            list[k].type = twin_type_join(list[k].type, columns[i].type);
    }
    if (geometry != TWIN_NO_GEOMETRY)
        list[used++] = (twin_column_definition){"geom", TWIN_GEOMETRY};
    *out = list;
    *merged = used;
    return TAWAM_OK;
}

int twin_layer_declare(twin *t, const char *name, twin_geometry geometry,
                       const twin_column_definition *columns, size_t count)
{
    twin_column_definition *list = NULL;
    size_t merged = 0;
    int code = check_declaration(&geometry, name, columns, count);
    if (code == TAWAM_OK)
        code = merge_definitions(&list, &merged, geometry, columns, count);
    if (code == TAWAM_OK)
        code = twin_begin(t);
    if (code != TAWAM_OK) {
        free(list);
        return code;
    }
    code = declare(t, name, geometry, list, merged);
    free(list);
    if (code != TAWAM_OK) {
        twin_rollback(t);
        return code;
    }
    return twin_commit(t);
}
