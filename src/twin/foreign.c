/* SPDX-License-Identifier: MIT */
/* foreign: what other programs did to tables. Before each record every layer
 * is compared with what was installed:
 *
 *   a column was added (QGIS)          taken up; its values are pending
 *   a column was dropped or renamed    made again, empty; drift
 *   triggers are gone or altered       installed again; drift
 *   the table was replaced             rebuilt as ours; drift
 *   (ogr2ogr -overwrite)
 *   the table is gone                  made again, empty; drift
 *   a new table in gpkg_contents       becomes a layer, its rows are new
 *
 * Drift: the rows can no longer be trusted to have been captured; sync/ then
 * compares them with the last recorded state.
 */
#include "twin/twin_internal.h"

/* ---- what the table holds ---- */

/* 1 if every value of FROM is one of TYPE after conversion: then a column
 * that came back as text (ogr2ogr from CSV) need not widen ours. */
static int values_fit(twin *t, const foreign_table *seen, const char *from,
                      twin_type type)
{
    static const char *const WRONG[] = {
        [TWIN_BOOLEAN] = "typeof(v) <> 'integer' OR v NOT IN (0, 1)",
        [TWIN_INTEGER] = "typeof(v) <> 'integer'",
        [TWIN_DECIMAL] = "typeof(v) <> 'real'",
        [TWIN_DATE] = "v NOT GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'",
        [TWIN_DATETIME] = "v NOT GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3]"
                          "[0-9]T[0-2][0-9]:[0-5][0-9]:[0-9.]*Z'",
        [TWIN_TEXT] = "typeof(v) <> 'text'",
        [TWIN_BLOB] = "typeof(v) <> 'blob'",
        [TWIN_GEOMETRY] = "typeof(v) <> 'blob'",
    };
    buffer sql = {0};
    int64_t wrong = 1;
    buffer_text(&sql, "SELECT count(*) FROM (SELECT tawam_convert(");
    twin_quote(&sql, from);
    buffer_format(&sql, ", %d) AS v FROM main.", (int)type);
    twin_quote(&sql, seen->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, from);
    buffer_format(&sql, " IS NOT NULL) WHERE %s", WRONG[type]);
    if (buffer_check(&sql) != TAWAM_OK ||
        sql_integer(&wrong, t, 1, (const char *)sql.data) != TAWAM_OK)
        wrong = 1;
    buffer_free(&sql);
    return wrong == 0;
}

/* What to declare for TABLE, given the layer as it was (NULL: none). */
static int definitions_of(twin_column_definition **out, size_t *count, twin *t,
                          const foreign_table *seen, const twin_layer *old,
                          arena *a)
{
    size_t used = 0;
    int has_uuid = 0;
    twin_column_definition *list =
        arena_alloc(a, (seen->count + 1) * sizeof *list);
    if (!list)
        return error_memory();
    for (size_t i = 0; i < seen->count; i++) {
        const foreign_column *c = &seen->columns[i];
        const twin_column *known = twin_column_named(old, c->to);
        twin_type type = c->type;
        if (text_equal_nocase(c->to, "uuid")) {
            has_uuid = 1;
            type = TWIN_TEXT;
        } else if (known && known->type != type &&
                   (twin_type_join(known->type, type) == known->type ||
                    values_fit(t, seen, c->from, known->type))) {
            type = known->type;
        }
        list[used++] = (twin_column_definition){c->to, type};
    }
    if (!has_uuid)
        list[used++] = (twin_column_definition){"uuid", TWIN_TEXT};
    *out = list;
    *count = used;
    return TAWAM_OK;
}

/* ---- is a rebuild needed? ---- */

static const foreign_column *source_of(const foreign_table *seen,
                                       const char *column)
{
    for (size_t i = 0; i < seen->count; i++)
        if (text_equal_nocase(seen->columns[i].to, column))
            return &seen->columns[i];
    return NULL;
}

/* 1 if the table, as it stands, is not LAYER's in names, types or rules;
 * *lost gets 1 if a column is missing. */
static int must_rebuild(int *lost, const foreign_table *seen,
                        const twin_layer *layer)
{
    int rebuild = seen->strict || strcmp(seen->key, "fid") != 0 ||
                  seen->geometry != layer->geometry;
    for (size_t i = 0; i < seen->count; i++) {
        const foreign_column *c = &seen->columns[i];
        rebuild |= c->fixed || strcmp(c->from, c->to) != 0;
    }
    for (size_t i = 0; i < layer->column_count; i++) {
        const foreign_column *c = source_of(seen, layer->columns[i].name);
        *lost |= !c;
        rebuild |= !c || c->type != layer->columns[i].type;
    }
    return rebuild;
}

/* The R-tree of a geometry column that is not called geom. */
static int drop_other_rtree(twin *t, const foreign_table *seen)
{
    if (!seen->geometry_column ||
        text_equal_nocase(seen->geometry_column, "geom"))
        return TAWAM_OK;
    buffer sql = {0};
    char *tree =
        memory_format("rtree_%s_%s", seen->name, seen->geometry_column);
    if (!tree)
        return error_memory();
    buffer_text(&sql, "DROP TABLE IF EXISTS main.");
    twin_quote(&sql, tree);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    free(tree);
    return code;
}

static int rebuild(twin *t, const foreign_table *seen, const twin_layer *layer,
                   int captured)
{
    column_source *sources = memory_array(layer->column_count, sizeof *sources);
    if (!sources)
        return error_memory();
    for (size_t i = 0; i < layer->column_count; i++) {
        const foreign_column *c = source_of(seen, layer->columns[i].name);
        sources[i] = (column_source){.from = c ? c->from : NULL,
                                     .type = layer->columns[i].type};
    }
    int code = table_rebuild(t, layer, seen->key, sources, captured);
    if (code == TAWAM_OK)
        code = drop_other_rtree(t, seen); /* its triggers are gone */
    if (code == TAWAM_OK)
        code = labels_publish(t, layer);
    free(sources);
    return code;
}

/* ---- columns that came ---- */

/* A column nobody had declared was NULL in every recorded row. */
static int note_new_column(twin *t, const twin_layer *layer,
                           const twin_column *column)
{
    buffer sql = {0};
    buffer_format(&sql,
                  "INSERT INTO main.tawam_pending_row"
                  " (layer, fid, existed, drawn) SELECT %d, fid, 1, 0"
                  " FROM main.",
                  layer->id);
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, column->name);
    buffer_format(&sql,
                  " IS NOT NULL AND fid NOT IN (SELECT fid FROM"
                  " main.tawam_pending_row WHERE layer = %d);"
                  "INSERT INTO main.tawam_pending_cell"
                  " (layer, fid, column, before) SELECT %d, fid, %d, NULL"
                  " FROM main.",
                  layer->id, layer->id, column->id);
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, column->name);
    buffer_format(&sql,
                  " IS NOT NULL AND fid IN (SELECT fid FROM"
                  " main.tawam_pending_row WHERE layer = %d AND existed = 1)"
                  " AND fid NOT IN (SELECT fid FROM main.tawam_pending_cell"
                  " WHERE layer = %d AND column = %d)",
                  layer->id, layer->id, column->id);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_execute(t, (const char *)sql.data);
    buffer_free(&sql);
    return code;
}

static int note_changes(twin *t, const layer_change *change)
{
    int code = TAWAM_OK;
    const twin_layer *now = change->now;
    for (size_t i = 0; code == TAWAM_OK && i < now->column_count; i++) {
        const twin_column *was =
            twin_column_by_id(change->old, now->columns[i].id);
        if (!was)
            code = note_new_column(t, now, &now->columns[i]);
        else if (was->type != now->columns[i].type)
            code = layer_convert_pending(t, now, &now->columns[i]);
    }
    return code;
}

/* ---- mending a layer ---- */

static int mark_drift(twin *t, const twin_layer *layer)
{
    t->catalogue_stale = 1;
    return sql_run(t, "UPDATE main.tawam_layer SET drift = 1 WHERE id = %d",
                   layer->id);
}

/* EPSG:4979 is 4326 with a height, which is dropped. */
static int is_ours(const foreign_table *seen)
{
    return !seen->geometry_column || seen->srs == TWIN_SRS || seen->srs == 4979;
}

static int check_srs(const foreign_table *seen)
{
    if (is_ours(seen))
        return TAWAM_OK;
    return error_set(TAWAM_EUSAGE,
                     _("another program wrote layer '%s' anew in reference "
                       "system %d; write it in EPSG:4326 (ogr2ogr -t_srs "
                       "EPSG:4326), so that it can be recorded"),
                     seen->name, seen->srs);
}

/* Triggers, R-tree and GeoPackage rows of a table that is right otherwise. */
static int mend_around(twin *t, const twin_layer *layer, int capture, int other)
{
    int code = TAWAM_OK;
    if (layer->geometry != TWIN_NO_GEOMETRY) {
        int tree = gpkg_has_rtree(t, layer->name);
        if (tree < 0)
            return tree;
        if (!tree || capture || other)
            code = gpkg_make_rtree(t, layer);
    }
    if (code == TAWAM_OK)
        code = triggers_install(t, layer);
    return code;
}

static int mend_existing(twin *t, const twin_layer *layer,
                         const foreign_table *seen, arena *a)
{
    int capture = 0, other = 0, lost = 0;
    twin_column_definition *definitions = NULL;
    size_t count = 0;
    layer_change change = {0};
    int code = check_srs(seen);
    if (code == TAWAM_OK)
        code = triggers_compare(&capture, &other, t, layer);
    if (code == TAWAM_OK)
        code = definitions_of(&definitions, &count, t, seen, layer, a);
    if (code == TAWAM_OK)
        code = layer_join(&change, t, layer->name, seen->geometry, definitions,
                          count);
    if (code != TAWAM_OK)
        return code;
    int broken = must_rebuild(&lost, seen, change.now);
    if (broken)
        code = rebuild(t, seen, change.now, 0);
    else if (capture || other || change.changed)
        code = mend_around(t, change.now, capture, other);
    if (code == TAWAM_OK && change.changed)
        code = note_changes(t, &change);
    if (code == TAWAM_OK && !gpkg_is_registered(t, change.now))
        code = gpkg_register(t, change.now);
    if (code == TAWAM_OK && (capture || lost))
        code = mark_drift(t, change.now);
    return code;
}

int foreign_layer_mend(twin *t, const twin_layer *layer)
{
    arena *a = NULL;
    foreign_table seen = {0};
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = foreign_table_read(&seen, t, layer->name, a);
    if (code == TAWAM_OK && seen.exists) {
        code = mend_existing(t, layer, &seen, a);
    } else if (code == TAWAM_OK) {
        code = layer_make_table(t, layer);
        if (code == TAWAM_OK)
            code = labels_publish(t, layer);
        if (code == TAWAM_OK)
            code = mark_drift(t, layer);
    }
    arena_free(a);
    return code;
}

/* ---- new layers ---- */

static int adopt(twin *t, const foreign_table *seen, arena *a)
{
    twin_column_definition *definitions = NULL;
    size_t count = 0;
    layer_change change = {0};
    int code = definitions_of(&definitions, &count, t, seen, NULL, a);
    if (code == TAWAM_OK)
        code = layer_join(&change, t, seen->name, seen->geometry, definitions,
                          count);
    if (code == TAWAM_OK)
        code = rebuild(t, seen, change.now, 1);
    return code;
}

/* Adopts NAME, or says in SKIPPED why it is left alone. */
static int consider(twin *t, const char *name, buffer *skipped, arena *a)
{
    foreign_table seen = {0};
    if (twin_name_check(name, 0) != TAWAM_OK) {
        buffer_format(skipped, "%s: %s\n", name, error_message());
        error_clear();
        return TAWAM_OK;
    }
    int code = foreign_table_read(&seen, t, name, a);
    if (code != TAWAM_OK || !seen.exists)
        return code;
    if (!is_ours(&seen)) {
        buffer_format(skipped,
                      _("%s: it is in reference system %d, not in EPSG:4326\n"),
                      name, seen.srs);
        return TAWAM_OK;
    }
    return adopt(t, &seen, a);
}

/* Names in gpkg_contents that are no layers yet. */
static int strangers(char ***out, size_t *count, twin *t, arena *a)
{
    sqlite3_stmt *statement = NULL;
    char **list = NULL;
    size_t used = 0, capacity = 0;
    int code = twin_prepare(
        &statement, t,
        "SELECT table_name FROM main.gpkg_contents WHERE data_type IN"
        " ('features', 'attributes', 'aspatial') AND table_name COLLATE NOCASE"
        " NOT IN (SELECT name FROM main.tawam_layer) ORDER BY table_name",
        1);
    while (code == TAWAM_OK && (code = twin_step(t, statement)) > 0) {
        code =
            memory_reserve((void **)&list, &capacity, used + 1, sizeof *list);
        if (code != TAWAM_OK)
            break;
        list[used] =
            arena_string(a, (const char *)sqlite3_column_text(statement, 0));
        if (!list[used++])
            code = error_memory();
    }
    twin_release(statement);
    if (code == TAWAM_OK && used) {
        *out = arena_copy(a, list, used * sizeof *list);
        code = *out ? TAWAM_OK : error_memory();
    }
    if (code == TAWAM_OK)
        *count = used;
    free(list);
    return code;
}

/* The setting is written only when it changes: a record that finds nothing
 * must write nothing. */
static int remember_skipped(twin *t, const buffer *skipped)
{
    char *known = NULL;
    const char *text = skipped->length ? (const char *)skipped->data : NULL;
    int code = twin_setting(&known, t, "skipped_layers");
    int same = code == TAWAM_OK ? text && strcmp(known, text) == 0
                                : code == TAWAM_ENOTFOUND && !text;
    free(known);
    if (same || (code != TAWAM_OK && code != TAWAM_ENOTFOUND))
        return same ? TAWAM_OK : code;
    return twin_set_setting(t, "skipped_layers", text);
}

int foreign_tables_adopt(twin *t)
{
    arena *a = NULL;
    char **names = NULL;
    size_t count = 0;
    buffer skipped = {0};
    int code = arena_new(&a);
    if (code == TAWAM_OK)
        code = strangers(&names, &count, t, a);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = consider(t, names[i], &skipped, a);
    if (code == TAWAM_OK)
        code = buffer_check(&skipped);
    if (code == TAWAM_OK)
        code = remember_skipped(t, &skipped);
    buffer_free(&skipped);
    arena_free(a);
    return code;
}
