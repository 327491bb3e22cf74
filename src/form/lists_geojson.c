/* SPDX-License-Identifier: MIT */
/* GeoJSON attachments (RFC 7946): a FeatureCollection of points, lines and
 * polygons. A feature becomes a row: `geometry` as "lat lon 0 0; …" (of a
 * polygon its outer ring), its properties, `id`.
 *
 * Invariant: one feature is in memory at a time, FORM_LIST_ROW_MOST bytes of
 * it; it is cut out by its brackets first and read by jansson then.
 */
#include "form/lists_internal.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 65536
#define DEPTH_MOST 64 /* brackets within each other, in a feature */

typedef struct json_source {
    const list_input *in;
    const list_output *out;
    char *piece;
    size_t length, at; /* of the piece */
    int ended;
    buffer text;    /* what is cut out */
    size_t feature; /* from 1 */
    char **names;   /* of the columns */
    size_t count, capacity;
    char **cells; /* owned; by column */
    size_t cell_capacity;
    int is_collection, has_features;
} json_source;

/* ---- bytes ---- */

/* The next byte without taking it; -1 at the end, below that an error. */
static int peek(json_source *s)
{
    int code;
    if (s->at < s->length)
        return (unsigned char)s->piece[s->at];
    if (s->ended)
        return -1;
    s->at = 0;
    code = s->in->read(&s->length, s->in->context, s->piece, PIECE);
    s->ended = code != TAWAM_OK || s->length == 0;
    if (code != TAWAM_OK)
        return code - 1;
    return s->length ? (unsigned char)s->piece[0] : -1;
}

static int skip_blanks(json_source *s)
{
    int c = peek(s);
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        s->at++;
        c = peek(s);
    }
    return c;
}

static int broken(const json_source *s)
{
    return error_set(TAWAM_EUSAGE,
                     _("feature %zu: not GeoJSON, or the file is cut off"),
                     s->feature);
}

/* The value that begins here into s->text: a string, an object, a list, or a
 * word. KEPT 0: it is passed over. */
static int cut_value(json_source *s, int kept)
{
    int depth = 0, in_string = 0, c;
    size_t length = 0;
    buffer_clear(&s->text);
    for (c = skip_blanks(s); c >= 0; c = peek(s)) {
        if (!depth && !in_string && length &&
            (c == ',' || c == '}' || c == ']' || c == ':'))
            break;
        s->at++;
        length++;
        if (kept)
            buffer_byte(&s->text, (uint8_t)c);
        if (kept && length > FORM_LIST_ROW_MOST)
            return error_set(TAWAM_EUSAGE, _("feature %zu is too long"),
                             s->feature);
        if (in_string && c == '\\' && peek(s) >= 0) {
            if (kept)
                buffer_byte(&s->text, (uint8_t)peek(s));
            s->at++;
        } else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
        if (kept && depth > DEPTH_MOST)
            return error_set(TAWAM_EUSAGE,
                             _("feature %zu: brackets stand too deep within "
                               "each other"),
                             s->feature);
        if (depth < 0)
            return broken(s);
        if (!depth && !in_string && (c == '}' || c == ']' || c == '"'))
            break;
    }
    if (c < -1)
        return error_code();
    return length && !depth && !in_string ? buffer_check(&s->text) : broken(s);
}

/* ---- cells ---- */

static int find_column(size_t *column, json_source *s, const char *name)
{
    int code;
    for (*column = 0; *column < s->count; ++*column)
        if (strcmp(s->names[*column], name) == 0)
            return TAWAM_OK;
    code = memory_reserve((void **)&s->names, &s->capacity, s->count + 1,
                          sizeof *s->names);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&s->cells, &s->cell_capacity,
                              s->count + 1, sizeof *s->cells);
    if (code == TAWAM_OK && !(s->names[s->count] = memory_string(name)))
        code = TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    s->cells[s->count++] = NULL;
    return s->out->column(s->out->context, name);
}

/* TEXT is the cell's from here on. */
static int set_cell(json_source *s, const char *name, char *text)
{
    size_t column = 0;
    int code = text ? find_column(&column, s, name) : TAWAM_EMEMORY;
    if (code != TAWAM_OK) {
        free(text);
        return code;
    }
    free(s->cells[column]);
    s->cells[column] = text;
    return TAWAM_OK;
}

static char *text_of(const json_t *value)
{
    char number[32];
    if (json_is_string(value))
        return memory_string(json_string_value(value));
    if (json_is_integer(value))
        return memory_format("%" JSON_INTEGER_FORMAT,
                             json_integer_value(value));
    if (json_is_boolean(value))
        return memory_string(json_is_true(value) ? "true" : "false");
    if (json_is_real(value)) {
        text_from_decimal(number, json_real_value(value));
        return memory_string(number);
    }
    return json_is_null(value) ? memory_string("")
                               : json_dumps(value, JSON_COMPACT);
}

/* ---- places ---- */

static int add_position(buffer *out, const json_t *position)
{
    const json_t *x = json_array_get(position, 0);
    const json_t *y = json_array_get(position, 1);
    char latitude[32], longitude[32];
    if (!json_is_number(x) || !json_is_number(y))
        return 0;
    text_from_decimal(latitude, json_number_value(y));
    text_from_decimal(longitude, json_number_value(x));
    buffer_format(out, "%s%s %s 0 0", out->length ? "; " : "", latitude,
                  longitude);
    return 1;
}

static int add_positions(buffer *out, const json_t *list)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++)
        if (!add_position(out, json_array_get(list, i)))
            return 0;
    return count > 0;
}

static int add_geometry(json_source *s, const json_t *geometry)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *where = json_object_get(geometry, "coordinates");
    buffer text = {0};
    int good = !geometry || json_is_null(geometry);
    if (!good && type)
        good = strcmp(type, "Point") == 0        ? add_position(&text, where)
               : strcmp(type, "LineString") == 0 ? add_positions(&text, where)
               : strcmp(type, "Polygon") == 0
                   ? add_positions(&text, json_array_get(where, 0))
                   : 0;
    if (!good) {
        buffer_free(&text);
        return error_set(TAWAM_EUSAGE,
                         _("feature %zu: its geometry is no Point, LineString "
                           "or Polygon with coordinates"),
                         s->feature);
    }
    return set_cell(s, "geometry",
                    text.data ? buffer_take(&text) : memory_string(""));
}

/* ---- features ---- */

static int add_feature(json_source *s, json_t *feature)
{
    json_t *properties = json_object_get(feature, "properties"), *value;
    json_t *id = json_object_get(feature, "id");
    const char *name;
    int code;
    if (!json_is_object(feature))
        return broken(s);
    for (size_t i = 0; i < s->count; i++) {
        free(s->cells[i]);
        s->cells[i] = NULL;
    }
    code = add_geometry(s, json_object_get(feature, "geometry"));
    json_object_foreach(properties, name, value)
    {
        if (code == TAWAM_OK && strcmp(name, "geometry") != 0)
            code = set_cell(s, name, text_of(value));
    }
    if (code == TAWAM_OK && id && !json_is_null(id))
        code = set_cell(s, "id", text_of(id));
    return code == TAWAM_OK
               ? s->out->row(s->out->context, (const char *const *)s->cells,
                             s->count)
               : code;
}

static int read_features(json_source *s)
{
    int code = TAWAM_OK, c = skip_blanks(s);
    if (c != '[')
        return broken(s);
    s->at++;
    s->has_features = 1;
    for (c = skip_blanks(s); code == TAWAM_OK && c != ']'; c = skip_blanks(s)) {
        json_error_t error;
        json_t *feature = NULL;
        s->feature++;
        code = c == '{' ? cut_value(s, 1) : broken(s);
        if (code == TAWAM_OK) {
            feature = json_loadb((const char *)s->text.data, s->text.length, 0,
                                 &error);
            code = feature ? add_feature(s, feature) : broken(s);
        }
        json_decref(feature);
        c = code == TAWAM_OK ? skip_blanks(s) : 0;
        if (code == TAWAM_OK && c == ',')
            s->at++;
        else if (code == TAWAM_OK && c != ']')
            code = broken(s);
    }
    s->at++;
    return code;
}

/* A key of the collection, and its value. */
static int read_member(json_source *s)
{
    int code = cut_value(s, 1), is_features, is_type;
    if (code != TAWAM_OK)
        return code;
    is_features = strcmp((char *)s->text.data, "\"features\"") == 0;
    is_type = strcmp((char *)s->text.data, "\"type\"") == 0;
    if (skip_blanks(s) != ':')
        return broken(s);
    s->at++;
    if (is_features)
        return read_features(s);
    code = cut_value(s, is_type);
    if (code == TAWAM_OK && is_type)
        s->is_collection =
            strcmp((char *)s->text.data, "\"FeatureCollection\"") == 0;
    return code;
}

static int read_collection(json_source *s)
{
    int code = TAWAM_OK, c = skip_blanks(s);
    if (c == 0xef) { /* a byte order mark */
        s->at += 3;
        c = skip_blanks(s);
    }
    if (c != '{')
        return broken(s);
    s->at++;
    for (c = skip_blanks(s); code == TAWAM_OK && c != '}'; c = skip_blanks(s)) {
        code = c == '"' ? read_member(s) : broken(s);
        c = code == TAWAM_OK ? skip_blanks(s) : 0;
        if (code == TAWAM_OK && c == ',')
            s->at++;
        else if (code == TAWAM_OK && c != '}')
            code = broken(s);
    }
    if (code == TAWAM_OK && (!s->is_collection || !s->has_features))
        code = error_set(TAWAM_EUSAGE,
                         _("it is no FeatureCollection with features"));
    return code;
}

int list_read_geojson(const list_output *out, const list_input *in)
{
    json_source s = {.in = in, .out = out};
    int code;
    s.piece = memory_array(PIECE, 1);
    code = s.piece ? read_collection(&s) : TAWAM_EMEMORY;
    for (size_t i = 0; i < s.count; i++) {
        free(s.names[i]);
        free(s.cells[i]);
    }
    free(s.names);
    free(s.cells);
    free(s.piece);
    buffer_free(&s.text);
    return code;
}
