/* SPDX-License-Identifier: MIT */
/* functions: what SQL on a replica can call. GeoPackage's R-tree triggers need
 * ST_IsEmpty and ST_Min/MaxX/Y on every connection that writes; with
 * trusted_schema off only functions marked innocuous may stand in a trigger.
 * ST_AsText and ST_GeomFromText are for `tawam query`. */
#include "twin/twin_internal.h"

/* User data of the four bounds: which of x0, y0, x1, y1. */
static const int SIDES[4] = {0, 1, 2, 3};

static int bounds_of(double box[4], sqlite3_value *value)
{
    if (sqlite3_value_type(value) != SQLITE_BLOB)
        return TAWAM_EUSAGE;
    const void *blob = sqlite3_value_blob(value);
    size_t length = (size_t)sqlite3_value_bytes(value);
    if (!blob)
        return TAWAM_EUSAGE;
    return geometry_bounds(box, blob, length);
}

/* NULL for what is no geometry, as the extension's annex asks. */
static void st_side(sqlite3_context *context, int count, sqlite3_value **values)
{
    double box[4];
    (void)count;
    if (bounds_of(box, values[0]) == TAWAM_OK)
        sqlite3_result_double(context,
                              box[*(const int *)sqlite3_user_data(context)]);
    else
        sqlite3_result_null(context);
}

/* What is no geometry counts as empty: it must not enter an R-tree. */
static void st_is_empty(sqlite3_context *context, int count,
                        sqlite3_value **values)
{
    double box[4];
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        sqlite3_result_null(context);
    else
        sqlite3_result_int(context, bounds_of(box, values[0]) != TAWAM_OK);
}

static void st_as_text(sqlite3_context *context, int count,
                       sqlite3_value **values)
{
    buffer wkt = {0};
    (void)count;
    const void *blob = sqlite3_value_type(values[0]) == SQLITE_BLOB
                           ? sqlite3_value_blob(values[0])
                           : NULL;
    if (blob &&
        geometry_to_wkt(&wkt, blob, (size_t)sqlite3_value_bytes(values[0])) ==
            TAWAM_OK)
        sqlite3_result_text(context, (const char *)wkt.data, (int)wkt.length,
                            SQLITE_TRANSIENT);
    else
        sqlite3_result_null(context);
    buffer_free(&wkt);
}

static void st_from_text(sqlite3_context *context, int count,
                         sqlite3_value **values)
{
    buffer blob = {0};
    (void)count;
    const char *wkt = (const char *)sqlite3_value_text(values[0]);
    if (!wkt)
        sqlite3_result_null(context);
    else if (geometry_from_wkt(&blob, wkt) == TAWAM_OK)
        sqlite3_result_blob(context, blob.data, (int)blob.length,
                            SQLITE_TRANSIENT);
    else
        sqlite3_result_error(context, error_message(), -1);
    buffer_free(&blob);
}

static void result_value(sqlite3_context *context, const twin_value *value)
{
    switch (value->kind) {
    case TWIN_KIND_NULL:
        sqlite3_result_null(context);
        break;
    case TWIN_KIND_INTEGER:
        sqlite3_result_int64(context, value->integer);
        break;
    case TWIN_KIND_REAL:
        sqlite3_result_double(context, value->real);
        break;
    case TWIN_KIND_TEXT:
        sqlite3_result_text(context, value->bytes, (int)value->length,
                            SQLITE_TRANSIENT);
        break;
    case TWIN_KIND_BYTES:
        sqlite3_result_blob(context, value->bytes, (int)value->length,
                            SQLITE_TRANSIENT);
        break;
    }
}

static twin_value argument(sqlite3_value *value)
{
    twin_value out = {.kind = TWIN_KIND_NULL, .bytes = ""};
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        out.kind = TWIN_KIND_INTEGER;
        out.integer = sqlite3_value_int64(value);
        break;
    case SQLITE_FLOAT:
        out.kind = TWIN_KIND_REAL;
        out.real = sqlite3_value_double(value);
        break;
    case SQLITE_TEXT:
        out.kind = TWIN_KIND_TEXT;
        out.bytes = (const char *)sqlite3_value_text(value);
        break;
    case SQLITE_BLOB:
        out.kind = TWIN_KIND_BYTES;
        out.bytes = sqlite3_value_blob(value);
        break;
    default:
        return out;
    }
    if (out.kind >= TWIN_KIND_TEXT)
        out.length = (size_t)sqlite3_value_bytes(value);
    if (!out.bytes)
        out.bytes = "";
    return out;
}

/* tawam_convert(value, type): twin_value_convert, and for a geometry its
 * canonical form. Never stands in a schema. */
static void convert(sqlite3_context *context, int count, sqlite3_value **values)
{
    char storage[64];
    (void)count;
    twin_type type = (twin_type)sqlite3_value_int(values[1]);
    twin_value value = argument(values[0]);
    twin_value out = twin_value_convert(&value, type, storage);
    buffer blob = {0};
    if (type == TWIN_GEOMETRY && out.kind == TWIN_KIND_BYTES &&
        geometry_normalize(&blob, out.bytes, out.length) == TAWAM_OK) {
        out.bytes = (const char *)blob.data;
        out.length = blob.length;
    }
    result_value(context, &out);
    buffer_free(&blob);
}

typedef void (*sql_function)(sqlite3_context *, int, sqlite3_value **);

static int add(twin *t, const char *name, int arguments, sql_function call,
               const int *data, int flags)
{
    if (sqlite3_create_function_v2(t->database, name, arguments,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | flags,
                                   (void *)(intptr_t)data, call, NULL, NULL,
                                   NULL) != SQLITE_OK)
        return twin_sql_error(t, _("opening the replica"));
    return TAWAM_OK;
}

int functions_register(twin *t)
{
    static const struct {
        const char *name;
        int arguments;
        sql_function call;
        const int *data;
        int flags;
    } ALL[] = {
        {"ST_IsEmpty", 1, st_is_empty, NULL, SQLITE_INNOCUOUS},
        {"ST_MinX", 1, st_side, &SIDES[0], SQLITE_INNOCUOUS},
        {"ST_MinY", 1, st_side, &SIDES[1], SQLITE_INNOCUOUS},
        {"ST_MaxX", 1, st_side, &SIDES[2], SQLITE_INNOCUOUS},
        {"ST_MaxY", 1, st_side, &SIDES[3], SQLITE_INNOCUOUS},
        {"ST_AsText", 1, st_as_text, NULL, SQLITE_INNOCUOUS},
        {"ST_GeomFromText", 1, st_from_text, NULL, SQLITE_INNOCUOUS},
        {"tawam_convert", 2, convert, NULL, SQLITE_DIRECTONLY},
    };
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < sizeof ALL / sizeof *ALL; i++)
        code = add(t, ALL[i].name, ALL[i].arguments, ALL[i].call, ALL[i].data,
                   ALL[i].flags);
    return code;
}
