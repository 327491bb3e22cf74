/* SPDX-License-Identifier: MIT */
/* geojson_read: features as rows (RFC 7946, and RFC 8142 sequences).
 *
 *  1. One feature is in memory at a time, of EXCHANGE_FEATURE_MAX at most and
 *     EXCHANGE_DEPTH_MAX deep, checked before jansson recurses into it.
 *  2. Columns are the union of all features' properties; a property that a
 *     feature lacks is absent there, null is NULL.
 *  3. The geometry's bytes go to twin's own decoder as they stand, so that no
 *     digit is lost on the way through a tree.
 *  4. A nested object or array is kept as its JSON text.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/geojson_internal.h"

enum { COLUMN_GEOMETRY = 0, COLUMN_ID = 1 };

typedef struct geojson_source {
    source base;
    geojson_scan scan;
    json_t *names;      /* property -> index of its column */
    json_t *feature;    /* the present one; cells borrow from it */
    buffer rest;        /* its text without the geometry */
    buffer geometry;    /* blob */
    arena *texts;       /* nested values, as JSON */
    source_cell *cells; /* cell_capacity of them */
    size_t cell_capacity;
    char reason[EXCHANGE_REASON_SIZE];
} geojson_source;

static int wrong(geojson_source *s, source_row *row, const char *column,
                 const char *why)
{
    if (why != s->reason)
        snprintf(s->reason, sizeof s->reason, "%s", why);
    row->wrong = s->reason;
    row->column = column;
    return 1;
}

/* Cells for all columns known, absent; more are added as they are met. */
static int reserve_cells(geojson_source *s)
{
    size_t had = s->cell_capacity;
    if (memory_reserve((void **)&s->cells, &s->cell_capacity,
                       s->base.column_count, sizeof *s->cells) < 0)
        return TAWAM_EMEMORY;
    for (size_t i = had; i < s->cell_capacity; i++)
        s->cells[i] = (source_cell){.absent = 1};
    return TAWAM_OK;
}

static int property_column(geojson_source *s, size_t *index, const char *name)
{
    const json_t *known = json_object_get(s->names, name);
    int result = TAWAM_OK;
    if (known) {
        *index = (size_t)json_integer_value(known);
        return TAWAM_OK;
    }
    result = source_add_column(&s->base, index, name, strlen(name), ROLE_DATA);
    if (result < 0)
        return error_add(_("line %lld"), (long long)s->scan.feature_line);
    if (json_object_set_new(s->names, name, json_integer((json_int_t)*index)) <
        0)
        return error_memory();
    return reserve_cells(s);
}

static int set_nested(geojson_source *s, source_cell *cell, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t length = text ? strlen(text) : 0;
    cell->type = TWIN_TEXT;
    cell->value.kind = TWIN_KIND_TEXT;
    cell->value.bytes = text ? arena_copy(s->texts, text, length + 1) : NULL;
    cell->value.length = length;
    free(text);
    return cell->value.bytes ? TAWAM_OK : error_memory();
}

static int set_cell(geojson_source *s, source_cell *cell, const json_t *value)
{
    twin_value *v = &cell->value;
    memset(cell, 0, sizeof *cell);
    switch (json_typeof(value)) {
    case JSON_STRING:
        cell->type = TWIN_TEXT;
        v->kind = TWIN_KIND_TEXT;
        v->bytes = json_string_value(value);
        v->length = json_string_length(value);
        return TAWAM_OK;
    case JSON_INTEGER:
        cell->type = TWIN_INTEGER;
        v->kind = TWIN_KIND_INTEGER;
        v->integer = json_integer_value(value);
        return TAWAM_OK;
    case JSON_REAL:
        cell->type = TWIN_DECIMAL;
        v->kind = TWIN_KIND_REAL;
        v->real = json_real_value(value);
        return TAWAM_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        cell->type = TWIN_BOOLEAN;
        v->kind = TWIN_KIND_INTEGER;
        v->integer = json_is_true(value);
        return TAWAM_OK;
    case JSON_NULL:
        return TAWAM_OK;
    default:
        return set_nested(s, cell, value);
    }
}

/* Parse the feature without its geometry, which is returned as a slice. */
static int parse(geojson_source *s, const char **geometry, size_t *length,
                 json_error_t *error)
{
    const char *text = (const char *)s->scan.feature.data;
    size_t size = s->scan.feature.length, from = size, to = size;

    buffer_clear(&s->rest);
    *geometry = NULL;
    if (geojson_find_member(text, size, "geometry", &from, &to)) {
        *geometry = text + from;
        *length = to - from;
        buffer_bytes(&s->rest, text, from);
        buffer_text(&s->rest, "null");
        buffer_bytes(&s->rest, text + to, size - to);
    } else {
        buffer_bytes(&s->rest, text, size);
    }
    if (buffer_check(&s->rest) < 0)
        return TAWAM_EMEMORY;
    s->feature = json_loadb((const char *)s->rest.data, s->rest.length,
                            JSON_REJECT_DUPLICATES, error);
    return TAWAM_OK;
}

static int set_geometry(geojson_source *s, source_row *row, const char *text,
                        size_t length)
{
    source_cell *cell = &s->cells[COLUMN_GEOMETRY];
    int result = TAWAM_OK;
    memset(cell, 0, sizeof *cell);
    if (!text || (length >= 4 && memcmp(text, "null", 4) == 0))
        return TAWAM_OK;
    buffer_clear(&s->geometry);
    result = geometry_from_geojson(&s->geometry, text, length);
    if (result == TAWAM_EMEMORY)
        return result;
    if (result < 0) {
        wrong(s, row, "geometry", error_message());
        error_clear();
        return TAWAM_OK;
    }
    cell->type = TWIN_GEOMETRY;
    cell->value.kind = TWIN_KIND_BYTES;
    cell->value.bytes = (const char *)s->geometry.data;
    cell->value.length = s->geometry.length;
    return TAWAM_OK;
}

static int set_id(geojson_source *s, source_row *row)
{
    const json_t *id = json_object_get(s->feature, "id");
    if (!id || json_is_null(id))
        return TAWAM_OK;
    if (!json_is_string(id) && !json_is_number(id)) {
        wrong(s, row, "id", _("an id is a text or a number"));
        return TAWAM_OK;
    }
    return set_cell(s, &s->cells[COLUMN_ID], id);
}

static int set_properties(geojson_source *s, source_row *row)
{
    json_t *properties = json_object_get(s->feature, "properties");
    const char *name = NULL;
    json_t *value = NULL;

    if (!properties || json_is_null(properties))
        return TAWAM_OK;
    if (!json_is_object(properties)) {
        wrong(s, row, NULL, _("\"properties\" is not an object"));
        return TAWAM_OK;
    }
    json_object_foreach(properties, name, value)
    {
        size_t index = 0;
        int result = property_column(s, &index, name);
        if (result == TAWAM_OK)
            result = set_cell(s, &s->cells[index], value);
        if (result < 0)
            return result;
    }
    return TAWAM_OK;
}

static int read_feature(geojson_source *s, source_row *row)
{
    json_error_t error = {0};
    const char *geometry = NULL;
    const char *type = NULL;
    size_t length = 0;
    int result = TAWAM_OK;

    if (s->scan.deepest > EXCHANGE_DEPTH_MAX)
        return wrong(s, row, NULL, _("its brackets are nested too deep"));
    result = parse(s, &geometry, &length, &error);
    if (result < 0)
        return result;
    if (!s->feature)
        return wrong(s, row, NULL, error.text);
    type = json_string_value(json_object_get(s->feature, "type"));
    if (!type || strcmp(type, "Feature") != 0)
        return wrong(s, row, NULL, _("not of type Feature"));
    if (!json_is_null(json_object_get(s->feature, "geometry")) &&
        json_object_get(s->feature, "geometry"))
        return wrong(s, row, NULL, _("\"geometry\" is written with escapes"));
    result = set_geometry(s, row, geometry, length);
    if (result == TAWAM_OK)
        result = set_id(s, row);
    if (result == TAWAM_OK)
        result = set_properties(s, row);
    return result < 0 ? result : 1;
}

static int geojson_next(source *base, source_row *row)
{
    geojson_source *s = (geojson_source *)base;
    int result = geojson_scan_next(&s->scan);
    if (result <= 0)
        return result;
    json_decref(s->feature);
    s->feature = NULL;
    arena_reset(s->texts);
    memset(row, 0, sizeof *row);
    for (size_t i = 0; i < s->base.column_count; i++)
        s->cells[i] = (source_cell){.absent = 1};
    row->line = s->scan.feature_line;
    result = read_feature(s, row);
    row->cells = s->cells;
    row->count = s->base.column_count;
    return result;
}

static int geojson_rewind(source *base)
{
    geojson_source *s = (geojson_source *)base;
    s->scan.feature_line = 0;
    return geojson_scan_rewind(&s->scan);
}

static void geojson_progress(const source *base, uint64_t *done,
                             uint64_t *total)
{
    const geojson_source *s = (const geojson_source *)base;
    *done = s->scan.in.done;
    *total = s->scan.in.total;
}

static void geojson_raw(source *base, buffer *out)
{
    geojson_source *s = (geojson_source *)base;
    buffer_bytes(out, s->scan.feature.data, s->scan.feature.length);
}

static void geojson_raw_frame(source *base, buffer *out, int place)
{
    static const char *const frame[] = {
        "{\"type\":\"FeatureCollection\",\"features\":[\n", ",\n", "\n]}\n"};
    (void)base;
    buffer_text(out, frame[place]);
}

static void geojson_close(source *base)
{
    geojson_source *s = (geojson_source *)base;
    geojson_scan_close(&s->scan);
    json_decref(s->feature);
    json_decref(s->names);
    buffer_free(&s->rest);
    buffer_free(&s->geometry);
    arena_free(s->texts);
    free(s->cells);
    source_clear(base);
    free(s);
}

static const source_class geojson_class = {geojson_next,      geojson_rewind,
                                           geojson_progress,  geojson_raw,
                                           geojson_raw_frame, geojson_close};

static int geojson_start(geojson_source *s)
{
    int result = arena_new(&s->texts);
    s->names = json_object();
    if (result < 0 || !s->names)
        return error_memory();
    result = source_add_column(&s->base, NULL, "geom", 4, ROLE_GEOMETRY);
    if (result == TAWAM_OK)
        result = source_add_column(&s->base, NULL, "id", 2, ROLE_FEATURE_ID);
    return result == TAWAM_OK ? reserve_cells(s) : result;
}

int geojson_source_open_descriptor(source **out, int fd, const char *name)
{
    geojson_source *s = memory_new(sizeof *s);
    int result = s ? geojson_scan_open(&s->scan, fd, name) : TAWAM_EMEMORY;
    if (!s)
        return result;
    s->base.class = &geojson_class;
    s->base.reject_suffix = ".rejects.geojson";
    if (result == TAWAM_OK)
        result = geojson_start(s);
    if (result < 0) {
        geojson_close(&s->base);
        return error_add("%s", name);
    }
    *out = &s->base;
    return TAWAM_OK;
}

int geojson_source_open(source **out, const char *path)
{
    int fd = -1;
    int result = input_descriptor(&fd, path);
    return result < 0 ? result : geojson_source_open_descriptor(out, fd, path);
}
