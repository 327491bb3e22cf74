/* SPDX-License-Identifier: MIT */
/* labels: what people call layers, columns and choices, by language. Kept in
 * tawam_label, and in the first language given also in GeoPackage's schema
 * extension (gpkg_data_columns, …_constraints), where QGIS looks. */
#include "twin/twin_internal.h"

static int prepare_text(sqlite3_stmt **out, twin *t, const char *sql,
                        const char *const *texts, int count)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    for (int i = 0; i < count; i++)
        sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
    *out = statement;
    return TAWAM_OK;
}

static int run_text(twin *t, const char *sql, const char *const *texts,
                    int count)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare_text(&statement, t, sql, texts, count);
    return code == TAWAM_OK ? sql_finish(t, statement) : code;
}

/* 1 if some other language gave this thing its label first. */
static int has_earlier(int *out, twin *t, const char *const texts[4])
{
    sqlite3_stmt *statement = NULL;
    int code = prepare_text(
        &statement, t,
        "SELECT 1 FROM main.tawam_label WHERE layer = ?1 AND column = ?2"
        " AND choice = ?3 AND position < coalesce((SELECT position FROM"
        " main.tawam_label WHERE layer = ?1 AND column = ?2 AND choice = ?3"
        " AND language = ?4), 9e18)",
        texts, 4);
    if (code != TAWAM_OK)
        return code;
    code = twin_step(t, statement);
    twin_release(statement);
    *out = code > 0;
    return code < 0 ? code : TAWAM_OK;
}

static int store_label(twin *t, const char *const texts[5])
{
    int code = run_text(t,
                        "UPDATE main.tawam_label SET text = ?5 WHERE"
                        " layer = ?1 AND column = ?2 AND choice = ?3 AND"
                        " language = ?4",
                        texts, 5);
    if (code != TAWAM_OK || sqlite3_changes(t->database) > 0)
        return code;
    return run_text(t,
                    "INSERT INTO main.tawam_label (layer, column, choice,"
                    " language, text, position) SELECT ?1, ?2, ?3, ?4, ?5,"
                    " coalesce(max(position), 0) + 1 FROM main.tawam_label",
                    texts, 5);
}

/* ---- GeoPackage's own places ---- */

/* A code list is called after its layer and column, in lower case. */
static char *constraint_name(const twin_layer *layer, const twin_column *column)
{
    return memory_format("tawam_%d_%d", layer->id, column->id);
}

static int title_column(twin *t, const twin_layer *layer,
                        const twin_column *column, const char *title)
{
    const char *texts[] = {layer->name, column->name, title};
    int code = run_text(t,
                        "INSERT INTO main.gpkg_data_columns (table_name,"
                        " column_name) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT"
                        " 1 FROM main.gpkg_data_columns WHERE table_name = ?1"
                        " AND column_name = ?2)",
                        texts, 2);
    if (code == TAWAM_OK && title)
        code = run_text(t,
                        "UPDATE main.gpkg_data_columns SET title = ?3"
                        " WHERE table_name = ?1 AND column_name = ?2",
                        texts, 3);
    return code;
}

static int describe_choice(twin *t, const twin_layer *layer,
                           const twin_column *column, const char *choice,
                           const char *text)
{
    char *name = constraint_name(layer, column);
    if (!name)
        return error_memory();
    const char *link[] = {layer->name, column->name, name};
    const char *row[] = {name, choice, text};
    int code = title_column(t, layer, column, NULL);
    if (code == TAWAM_OK)
        code = run_text(t,
                        "UPDATE main.gpkg_data_columns SET"
                        " constraint_name = ?3 WHERE table_name = ?1 AND"
                        " column_name = ?2",
                        link, 3);
    if (code == TAWAM_OK)
        code = run_text(t,
                        "DELETE FROM main.gpkg_data_column_constraints WHERE"
                        " constraint_name = ?1 AND constraint_type = 'enum'"
                        " AND value = ?2",
                        row, 2);
    if (code == TAWAM_OK)
        code = run_text(t,
                        "INSERT INTO main.gpkg_data_column_constraints"
                        " (constraint_name, constraint_type, value,"
                        " description) VALUES (?1, 'enum', ?2, ?3)",
                        row, 3);
    free(name);
    return code;
}

static int title_layer(twin *t, const twin_layer *layer, const char *text)
{
    /* description, not identifier: that one must differ among layers. */
    const char *texts[] = {layer->name, text};
    return run_text(t,
                    "UPDATE main.gpkg_contents SET description = ?2"
                    " WHERE table_name = ?1 COLLATE NOCASE",
                    texts, 2);
}

static int publish(twin *t, const char *layer, const char *column,
                   const char *choice, const char *text)
{
    const twin_column *found = NULL;
    const twin_layer *known = catalogue_lookup(t, layer);
    if (!known)
        return TAWAM_OK; /* labels may come before the layer */
    if (!*column)
        return *choice ? TAWAM_OK : title_layer(t, known, text);
    found = twin_column_named(known, column);
    if (!found || found->type == TWIN_GEOMETRY)
        return TAWAM_OK;
    if (*choice)
        return describe_choice(t, known, found, choice, text);
    return title_column(t, known, found, text);
}

int twin_set_label(twin *t, const char *layer, const char *column,
                   const char *choice, const char *language, const char *text)
{
    const char *texts[] = {layer, column, choice, language, text};
    int earlier = 0;
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = store_label(t, texts);
    if (code == TAWAM_OK)
        code = has_earlier(&earlier, t, texts);
    if (code == TAWAM_OK && !earlier)
        code = publish(t, layer, column, choice, text);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

/* Rows are read one at a time by position, since publishing writes. */
int labels_publish(twin *t, const twin_layer *layer)
{
    sqlite3_stmt *statement = NULL;
    int64_t position = 0;
    int code = twin_prepare(
        &statement, t,
        "SELECT position, column, choice, text FROM main.tawam_label a WHERE"
        " layer = ?1 AND position > ?2 AND NOT EXISTS (SELECT 1 FROM"
        " main.tawam_label b WHERE b.layer = ?1 AND b.column = a.column AND"
        " b.choice = a.choice AND b.position < a.position)"
        " ORDER BY position LIMIT 1",
        0);
    while (code == TAWAM_OK) {
        sqlite3_bind_text(statement, 1, layer->name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, position);
        code = twin_step(t, statement);
        if (code <= 0)
            break;
        position = sqlite3_column_int64(statement, 0);
        code = publish(t, layer->name,
                       (const char *)sqlite3_column_text(statement, 1),
                       (const char *)sqlite3_column_text(statement, 2),
                       (const char *)sqlite3_column_text(statement, 3));
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

/* ---- reading ---- */

const char *twin_label(twin *t, const char *layer, const char *column,
                       const char *choice, const char *language)
{
    const char *name = *choice ? choice : *column ? column : layer;
    const char *texts[] = {layer, column, choice, language};
    sqlite3_stmt *statement = NULL;
    buffer_clear(&t->label);
    int code = prepare_text(
        &statement, t,
        "SELECT text FROM main.tawam_label WHERE layer = ?1 AND column = ?2"
        " AND choice = ?3 ORDER BY language <> ?4, language <> 'en', position"
        " LIMIT 1",
        texts, 4);
    if (code == TAWAM_OK && twin_step(t, statement) > 0)
        buffer_text(&t->label, (const char *)sqlite3_column_text(statement, 0));
    else
        buffer_text(&t->label, name);
    twin_release(statement);
    return t->label.failed ? name : (const char *)t->label.data;
}

int twin_choices(twin *t, const char *layer, const char *column,
                 const char *language,
                 int (*call)(void *context, const char *choice,
                             const char *label),
                 void *context)
{
    const char *texts[] = {layer, column, language};
    sqlite3_stmt *statement = NULL;
    int code = prepare_text(
        &statement, t,
        "SELECT choice, (SELECT text FROM main.tawam_label b WHERE"
        " b.layer = ?1 AND b.column = ?2 AND b.choice = a.choice ORDER BY"
        " b.language <> ?3, b.language <> 'en', b.position LIMIT 1)"
        " FROM main.tawam_label a WHERE layer = ?1 AND column = ?2 AND"
        " choice <> '' GROUP BY choice ORDER BY min(position)",
        texts, 3);
    if (code != TAWAM_OK)
        return code;
    while ((code = twin_step(t, statement)) > 0) {
        code = call(context, (const char *)sqlite3_column_text(statement, 0),
                    (const char *)sqlite3_column_text(statement, 1));
        if (code != TAWAM_OK)
            break;
    }
    twin_release(statement);
    return code;
}
