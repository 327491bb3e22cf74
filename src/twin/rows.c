/* SPDX-License-Identifier: MIT */
/* rows: insert, update, delete, read. The edits of this desk; the triggers
 * capture them like anybody's.
 *
 * Invariants:
 *  1. What is stored went through twin_value_convert; a geometry through
 *     geometry_normalize, and is of a type its layer may hold.
 *  2. An update writes only the cells whose value differs.
 */
#include "twin/twin_internal.h"

/* ---- binding ------------------------------------------------------------- */

static int wrong_geometry(const twin_layer *layer, twin_geometry type)
{
    return error_set(TAWAM_EUSAGE,
                     _("layer '%s' holds geometries of type %s; this is a %s"),
                     layer->name, twin_geometry_name(layer->geometry),
                     twin_geometry_name(type));
}

/* A geometry as it will be stored: VALUE itself, or its canonical form in
 * BLOB. */
static int take_geometry(twin_value *value, buffer *blob,
                         const twin_layer *layer)
{
    static const char POINT_HEAD[] = "GP\0\1\xE6\x10\0\0\1\1\0\0";
    twin_geometry type = TWIN_NO_GEOMETRY;
    if (value->kind == TWIN_KIND_NULL)
        return TAWAM_OK;
    if (value->kind != TWIN_KIND_BYTES)
        return error_set(TAWAM_EUSAGE, _("a geometry was expected"));
    int code = geometry_type(&type, value->bytes, value->length);
    if (code != TAWAM_OK)
        return code;
    if (!geometry_fits(layer->geometry, type))
        return wrong_geometry(layer, type);
    /* Nearly all are points that are canonical already. */
    if (value->length == 29 && memcmp(value->bytes, POINT_HEAD, 12) == 0)
        return TAWAM_OK;
    buffer_clear(blob);
    code = geometry_normalize(blob, value->bytes, value->length);
    value->bytes = (const char *)blob->data;
    value->length = blob->length;
    return code;
}

/* CELL as COLUMN stores it, in VALUE; may borrow from STORAGE and BLOB. */
static int stored_value(twin_value *value, char storage[64], buffer *blob,
                        const twin_layer *layer, const twin_column *column,
                        const twin_cell *cell)
{
    *value = twin_value_convert(&cell->value, column->type, storage);
    if (column->type != TWIN_GEOMETRY)
        return TAWAM_OK;
    int code = take_geometry(value, blob, layer);
    return code == TAWAM_OK ? code : error_add("%s.geom", layer->name);
}

/* Bind a value whose bytes may not outlive this call. */
static int bind_copy(sqlite3_stmt *statement, int index,
                     const twin_value *value, const char *storage)
{
    int text = value->kind == TWIN_KIND_TEXT;
    if (value->kind < TWIN_KIND_TEXT || value->bytes != storage)
        return twin_value_bind(statement, index, value);
    int code = text ? sqlite3_bind_text(statement, index, value->bytes,
                                        (int)value->length, SQLITE_TRANSIENT)
                    : sqlite3_bind_blob(statement, index, value->bytes,
                                        (int)value->length, SQLITE_TRANSIENT);
    return code == SQLITE_OK ? TAWAM_OK : error_memory();
}

/* Column number in the layer's order, from an id; -1 and a message. */
static int column_index(const twin_layer *layer, int id)
{
    for (size_t i = 0; i < layer->column_count; i++)
        if (layer->columns[i].id == id)
            return (int)i;
    error_set(TAWAM_EUSAGE, _("layer '%s' has no column with the number %d"),
              layer->name, id);
    return -1;
}

/* ---- insert ---- */

static int bind_row(sqlite3_stmt *statement, buffer *blob,
                    const twin_layer *layer, const twin_cell *cells,
                    size_t count)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        char storage[64];
        twin_value value;
        int index = column_index(layer, cells[i].column);
        if (index < 0)
            return TAWAM_EUSAGE;
        if (index == 0 && cells[i].value.kind == TWIN_KIND_NULL)
            continue; /* the derived uuid stays */
        code = stored_value(&value, storage, blob, layer,
                            &layer->columns[index], &cells[i]);
        if (code == TAWAM_OK)
            code = bind_copy(statement, index + 2, &value, storage);
    }
    return code;
}

/* Says that the row is ours before the trigger would say it is not. One that
 * was deleted since the last record is pending already. */
static int note_drawn(twin *t, const twin_layer *layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    if (t->capture_off || t->scratch)
        return TAWAM_OK;
    int code = twin_prepare(&statement, t,
                            "INSERT INTO main.tawam_pending_row"
                            " (layer, fid, existed, drawn) SELECT ?1, ?2, 0, 1"
                            " WHERE NOT EXISTS (SELECT 1 FROM"
                            " main.tawam_pending_row WHERE layer = ?1"
                            " AND fid = ?2)",
                            1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int(statement, 1, layer->id);
    sqlite3_bind_int64(statement, 2, fid);
    return sql_finish(t, statement);
}

/* UUID: what it is where no cell says, or NULL. */
static int insert_row(int64_t fid, const char *uuid, twin *t,
                      const twin_layer *layer, const twin_cell *cells,
                      size_t count)
{
    sqlite3_stmt *statement = NULL;
    buffer blob = {0};
    int code = note_drawn(t, layer, fid);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t, entry_of(layer)->insert_sql, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(statement, 1, fid);
    sqlite3_bind_text(statement, 2, uuid, uuid ? 36 : 0, SQLITE_STATIC);
    code = bind_row(statement, &blob, layer, cells, count);
    if (code == TAWAM_OK) {
        code = twin_step(t, statement);
        code = code < 0 ? code : TAWAM_OK;
    }
    twin_release(statement);
    buffer_free(&blob);
    return code;
}

/* Ends the transaction of one edit, as CODE says. */
static int end_edit(twin *t, int code)
{
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

int twin_row_insert(int64_t *fid, twin *t, const twin_layer *layer,
                    const twin_cell *cells, size_t count)
{
    int64_t drawn = 0;
    char uuid[37];
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = twin_draw_row(&drawn, t, layer);
    if (code == TAWAM_OK) {
        twin_uuid_from_fid(uuid, drawn);
        code = insert_row(drawn, uuid, t, layer, cells, count);
    }
    code = end_edit(t, code);
    if (code == TAWAM_OK)
        *fid = drawn;
    return code;
}

int twin_row_insert_drawn(twin *t, const twin_layer *layer, int64_t fid,
                          const twin_cell *cells, size_t count)
{
    char uuid[37];
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    twin_uuid_from_fid(uuid, fid);
    return end_edit(t, insert_row(fid, uuid, t, layer, cells, count));
}

int twin_row_put_back(twin *t, const twin_layer *layer, int64_t fid,
                      const twin_cell *cells, size_t count)
{
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = insert_row(fid, NULL, t, layer, cells, count);
    if (code == TAWAM_OK)
        code = pending_forget_equal(t, layer, fid);
    return end_edit(t, code);
}

/* ---- update ---- */

static int no_row(const twin_layer *layer, int64_t fid)
{
    return error_set(TAWAM_ENOTFOUND, _("layer '%s' has no row %lld"),
                     layer->name, (long long)fid);
}

/* One bit a cell: 1 if its value differs from what READ has. */
static int mark_changed(uint8_t *differs, size_t *changed, sqlite3_stmt *read,
                        buffer *blob, const twin_layer *layer,
                        const twin_cell *cells, size_t count)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        char storage[64];
        twin_value value;
        int index = column_index(layer, cells[i].column);
        if (index < 0)
            return TAWAM_EUSAGE;
        code = stored_value(&value, storage, blob, layer,
                            &layer->columns[index], &cells[i]);
        twin_value present = twin_value_column(read, index);
        differs[i] = code == TAWAM_OK && !twin_value_equal(&value, &present);
        *changed += differs[i];
    }
    return code;
}

static int write_update_sql(buffer *sql, const twin_layer *layer,
                            const twin_cell *cells, const uint8_t *differs,
                            size_t count)
{
    const char *separator = " SET ";
    buffer_text(sql, "UPDATE main.");
    twin_quote(sql, layer->name);
    for (size_t i = 0; i < count; i++) {
        if (!differs[i])
            continue;
        buffer_text(sql, separator);
        twin_quote(sql,
                   layer->columns[column_index(layer, cells[i].column)].name);
        buffer_text(sql, " = ?");
        separator = ", ";
    }
    buffer_text(sql, " WHERE fid = ?");
    return buffer_check(sql);
}

static int write_cells(twin *t, const twin_layer *layer, int64_t fid,
                       const twin_cell *cells, const uint8_t *differs,
                       size_t count)
{
    buffer sql = {0}, blob = {0};
    sqlite3_stmt *statement = NULL;
    int place = 1;
    int code = write_update_sql(&sql, layer, cells, differs, count);
    if (code == TAWAM_OK)
        code = twin_prepare_update(&statement, t, (const char *)sql.data);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        char storage[64];
        twin_value value;
        if (!differs[i])
            continue;
        int index = column_index(layer, cells[i].column);
        code = stored_value(&value, storage, &blob, layer,
                            &layer->columns[index], &cells[i]);
        if (code == TAWAM_OK)
            code = bind_copy(statement, place++, &value, storage);
    }
    if (code == TAWAM_OK) {
        sqlite3_bind_int64(statement, place, fid);
        code = twin_step(t, statement);
        code = code < 0 ? code : TAWAM_OK;
    }
    twin_release(statement);
    buffer_free(&sql);
    buffer_free(&blob);
    return code;
}

/* *READ, for the caller's twin_release(), on row FID with every column: 1; 0
 * there is none; <0 error. */
static int open_row(sqlite3_stmt **read, twin *t, const twin_layer *layer,
                    int64_t fid)
{
    int code = twin_prepare(read, t, entry_of(layer)->read_sql, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(*read, 1, fid);
    return twin_step(t, *read);
}

static int find_changed(uint8_t *differs, size_t *changed, twin *t,
                        const twin_layer *layer, int64_t fid,
                        const twin_cell *cells, size_t count)
{
    sqlite3_stmt *read = NULL;
    buffer blob = {0};
    int code = open_row(&read, t, layer, fid);
    if (code == 0)
        code = no_row(layer, fid);
    else if (code > 0)
        code = mark_changed(differs, changed, read, &blob, layer, cells, count);
    twin_release(read);
    buffer_free(&blob);
    return code;
}

int twin_row_update(size_t *changed, twin *t, const twin_layer *layer,
                    int64_t fid, const twin_cell *cells, size_t count)
{
    size_t different = 0;
    uint8_t *differs = memory_array(count, 1);
    if (!differs)
        return error_memory();
    int code = twin_begin(t);
    if (code == TAWAM_OK) {
        code = find_changed(differs, &different, t, layer, fid, cells, count);
        if (code == TAWAM_OK && different)
            code = write_cells(t, layer, fid, cells, differs, count);
        code = end_edit(t, code);
    }
    free(differs);
    if (code == TAWAM_OK && changed)
        *changed = different;
    return code;
}

/* ---- delete, read ---- */

/* "HEAD main."layer" WHERE fid = ?1", prepared and bound. */
static int prepare_by_fid(sqlite3_stmt **out, twin *t, const char *head,
                          const twin_layer *layer, int64_t fid)
{
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    buffer_text(&sql, head);
    twin_quote(&sql, layer->name);
    buffer_text(&sql, " WHERE fid = ?1");
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&statement, t, (const char *)sql.data, 1);
    if (code == TAWAM_OK) {
        sqlite3_bind_int64(statement, 1, fid);
        *out = statement;
    }
    buffer_free(&sql);
    return code;
}

int twin_row_delete(twin *t, const twin_layer *layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = prepare_by_fid(&statement, t, "DELETE FROM main.", layer, fid);
    if (code == TAWAM_OK)
        code = sql_finish(t, statement);
    if (code == TAWAM_OK && sqlite3_changes(t->database) == 0)
        code = no_row(layer, fid);
    return end_edit(t, code);
}

int twin_row_exists(twin *t, const twin_layer *layer, int64_t fid)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare_by_fid(&statement, t, "SELECT 1 FROM main.", layer, fid);
    if (code == TAWAM_OK)
        code = twin_step(t, statement);
    twin_release(statement);
    return code;
}

int row_read_into(twin_cell *list, twin *t, const twin_layer *layer,
                  int64_t fid, arena *a)
{
    sqlite3_stmt *read = NULL;
    int found = open_row(&read, t, layer, fid);
    int code = found < 0 ? found : TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->column_count; i++) {
        twin_value value = {.kind = TWIN_KIND_NULL};
        if (found)
            value = twin_value_column(read, (int)i);
        list[i].column = layer->columns[i].id;
        code = twin_value_copy(&list[i].value, &value, a);
    }
    twin_release(read);
    return code != TAWAM_OK ? code : found;
}

int twin_row_read(twin_cell **cells, twin *t, const twin_layer *layer,
                  int64_t fid, arena *a)
{
    twin_cell *list = arena_alloc(a, layer->column_count * sizeof *list);
    int found = list ? row_read_into(list, t, layer, fid, a) : error_memory();
    if (found == 0)
        return no_row(layer, fid);
    if (found < 0)
        return found;
    *cells = list;
    return TAWAM_OK;
}

int twin_row_peek(twin_cell *cells, size_t count, twin *t,
                  const twin_layer *layer, int64_t fid, arena *a)
{
    sqlite3_stmt *read = NULL;
    int found = open_row(&read, t, layer, fid);
    int code = found < 0 ? found : TAWAM_OK;
    for (size_t i = 0; found && code == TAWAM_OK && i < count; i++)
        for (size_t k = 0; code == TAWAM_OK && k < layer->column_count; k++)
            if (layer->columns[k].id == cells[i].column) {
                twin_value value = twin_value_column(read, (int)k);
                code = twin_value_copy(&cells[i].value, &value, a);
            }
    twin_release(read);
    if (code == TAWAM_OK && !found)
        return no_row(layer, fid);
    return code;
}

int64_t twin_row_count(twin *t, const twin_layer *layer)
{
    buffer sql = {0};
    int64_t count = -1;
    buffer_text(&sql, "SELECT count(*) FROM main.");
    twin_quote(&sql, layer->name);
    int code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = sql_integer(&count, t, -1, (const char *)sql.data);
    buffer_free(&sql);
    return code == TAWAM_OK ? count : -1;
}
