/* SPDX-License-Identifier: MIT */
/* geojson_scan: cuts the features out of a GeoJSON without holding the file.
 *
 *      TOP --"features": [--> FEATURES --]--> TOP --}--> END
 *      TOP --"geometry" or type Feature--> SEQUENCE, from the start again
 *
 * It knows strings, brackets and lines, nothing else; each feature it cuts out
 * is parsed whole by jansson, which says what is wrong inside. A file whose
 * brackets don't close, or that is no GeoJSON, is refused as a whole.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/geojson_internal.h"

enum { END_OF_FILE = -1, FAILED = -2, MEMBER_MAX = 4096 };

/* The next byte without taking it, END_OF_FILE, or FAILED with the error. */
static int peek(geojson_scan *g)
{
    if (g->in.at == g->in.filled) {
        int result = input_fill(&g->in);
        if (result <= 0)
            return result < 0 ? FAILED : END_OF_FILE;
    }
    return g->in.text[g->in.at];
}

static void take(geojson_scan *g)
{
    if (g->in.text[g->in.at++] == '\n')
        g->line++;
}

static int peek_past_blanks(geojson_scan *g)
{
    int c = 0;
    while ((c = peek(g)) == ' ' || c == '\n' || c == '\r' || c == '\t')
        take(g);
    return c;
}

static int broken(const geojson_scan *g, int c, const char *expected)
{
    if (c == FAILED)
        return error_code();
    if (c == END_OF_FILE)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld: the file ends where %s should follow; "
                           "was it copied whole?"),
                         (long long)g->line, expected);
    return error_set(TAWAM_EUSAGE,
                     _("line %lld: %s expected: this is no "
                       "GeoJSON"),
                     (long long)g->line, expected);
}

static int expect(geojson_scan *g, int wanted, const char *expected)
{
    int c = peek_past_blanks(g);
    if (c != wanted)
        return broken(g, c, expected);
    take(g);
    return TAWAM_OK;
}

/* Where one is inside a JSON value. */
typedef struct nesting {
    int depth, quoted, escaped;
} nesting;

/* Step over C; 1 when the value that began with a bracket or quote ended. */
static int nesting_step(nesting *n, int c)
{
    if (n->quoted) {
        if (n->escaped)
            n->escaped = 0;
        else if (c == '\\')
            n->escaped = 1;
        else if (c == '"')
            n->quoted = 0;
        return !n->quoted && n->depth == 0;
    }
    if (c == '"')
        n->quoted = 1;
    else if (c == '{' || c == '[')
        n->depth++;
    else if (c == '}' || c == ']')
        n->depth--;
    return !n->quoted && n->depth == 0;
}

/* Append up to the chunk's end or the value's: 1 it ended, 0 go on. */
static int take_chunk(geojson_scan *g, nesting *n, buffer *out)
{
    const uint8_t *text = g->in.text;
    size_t from = g->in.at, at = from;
    int ended = 0;
    while (at < g->in.filled && !ended) {
        int c = text[at++];
        if (c == '\n')
            g->line++;
        ended = nesting_step(n, c);
        if (n->depth > g->deepest)
            g->deepest = n->depth;
    }
    g->in.at = at;
    if (out)
        buffer_bytes(out, text + from, at - from);
    return ended;
}

/* One JSON value, from the next byte, into OUT (cleared; NULL: dropped). More
 * than LIMIT bytes is an error that calls it WHAT. */
static int take_value(geojson_scan *g, buffer *out, size_t limit,
                      const char *what)
{
    nesting n = {0};
    int64_t line = g->line;
    int c = peek_past_blanks(g);
    if (c == ',' || c == '}' || c == ']' || c == ':')
        return broken(g, c, what); /* not one byte of a value */
    int scalar = c != '{' && c != '[' && c != '"';

    g->deepest = 0;
    if (out)
        buffer_clear(out);
    for (;;) {
        c = peek(g);
        if (c < 0)
            return broken(g, c, what);
        if (scalar && (c == ',' || c == '}' || c == ']' || c == '\n'))
            break;
        if (scalar) {
            if (out)
                buffer_byte(out, (uint8_t)c);
            take(g);
        } else if (take_chunk(g, &n, out)) {
            break;
        }
        if (out && out->length > limit)
            return error_set(TAWAM_EUSAGE,
                             _("line %lld: %s is longer than %zu MiB; "
                               "simplify it first"),
                             (long long)line, what, limit >> 20);
    }
    return out ? buffer_check(out) : TAWAM_OK;
}

/* Only a longitude-latitude GeoJSON is one; the member "crs" was of 2008. */
static int check_crs(const geojson_scan *g)
{
    json_t *crs = json_loadb((const char *)g->member.data, g->member.length,
                             JSON_DECODE_ANY, NULL);
    const char *name = json_string_value(
        json_object_get(json_object_get(crs, "properties"), "name"));
    int result = TAWAM_OK;
    size_t length = name ? strlen(name) : 0;
    int known = json_is_null(crs) ||
                (length >= 5 && strcmp(name + length - 5, "CRS84") == 0) ||
                (length >= 5 && strcmp(name + length - 5, ":4326") == 0);
    if (!known)
        result = error_set(TAWAM_EUSAGE,
                           _("its coordinates are in '%s', not in degrees of "
                             "WGS 84: ogr2ogr -t_srs EPSG:4326 OUT IN"),
                           name ? name : "?");
    json_decref(crs);
    return result;
}

static int check_type(geojson_scan *g, int *sequence)
{
    const char *type = (const char *)g->member.data;
    if (strcmp(type, "\"FeatureCollection\"") == 0)
        return TAWAM_OK;
    if (strcmp(type, "\"Feature\"") == 0) {
        *sequence = 1;
        return TAWAM_OK;
    }
    if (strcmp(type, "\"Topology\"") == 0)
        return error_set(TAWAM_EUSAGE,
                         _("this is TopoJSON: ogr2ogr OUT.geojson IN first"));
    return error_set(TAWAM_EUSAGE,
                     _("line %lld: a GeoJSON of features is needed, this is "
                       "of type %s"),
                     (long long)g->line, type);
}

/* The value of a top-level member, of which some are looked at. */
static int take_member(geojson_scan *g, const char *key, int *sequence)
{
    int is_type = strcmp(key, "\"type\"") == 0;
    int is_crs = strcmp(key, "\"crs\"") == 0;
    int result = TAWAM_OK;

    if (strcmp(key, "\"geometry\"") == 0 || strcmp(key, "\"properties\"") == 0)
        *sequence = 1;
    if (*sequence)
        return TAWAM_OK;
    result = take_value(g, is_type || is_crs ? &g->member : NULL,
                        EXCHANGE_FEATURE_MAX, _("a value"));
    if (result == TAWAM_OK && is_type)
        result = check_type(g, sequence);
    if (result == TAWAM_OK && is_crs)
        result = check_crs(g);
    return result;
}

/* Top-level members up to "features": [ or the last }. */
static int scan_top(geojson_scan *g, int *sequence)
{
    while (!*sequence) {
        int c = peek_past_blanks(g);
        if (c == ',') {
            take(g);
            continue;
        }
        if (c == '}') {
            take(g);
            g->place = GEOJSON_END;
            return TAWAM_OK;
        }
        if (c != '"')
            return broken(g, c, _("a name in quotes"));
        int result = take_value(g, &g->key, MEMBER_MAX, _("a name"));
        if (result == TAWAM_OK)
            result = expect(g, ':', "':'");
        if (result < 0)
            return result;
        if (strcmp((const char *)g->key.data, "\"features\"") == 0) {
            if (g->found)
                return error_set(TAWAM_EUSAGE,
                                 _("line %lld: \"features\" stands twice"),
                                 (long long)g->line);
            g->found = 1;
            g->place = GEOJSON_FEATURES;
            return expect(g, '[', "'['");
        }
        result = take_member(g, (const char *)g->key.data, sequence);
        if (result < 0)
            return result;
    }
    return TAWAM_OK;
}

static void start(geojson_scan *g)
{
    g->line = 1;
    g->found = 0;
    g->place = GEOJSON_TOP;
}

int geojson_scan_rewind(geojson_scan *g)
{
    int sequence = 0;
    int result = input_rewind(&g->in);
    start(g);
    if (result < 0 || g->place_at_start == GEOJSON_SEQUENCE) {
        g->place = GEOJSON_SEQUENCE;
        return result;
    }
    result = expect(g, '{', "'{'");
    return result == TAWAM_OK ? scan_top(g, &sequence) : result;
}

int geojson_scan_open(geojson_scan *g, int fd, const char *name)
{
    int sequence = 0;
    int result = input_open_descriptor(&g->in, fd, name);
    if (result < 0)
        return result;
    start(g);
    if (peek_past_blanks(g) == 0x1E) /* RFC 8142 */
        sequence = 1;
    else
        result = expect(g, '{', "'{'");
    if (result == TAWAM_OK && !sequence)
        result = scan_top(g, &sequence);
    if (result == TAWAM_OK && sequence) {
        g->place_at_start = GEOJSON_SEQUENCE;
        result = geojson_scan_rewind(g);
    }
    if (result == TAWAM_OK && g->place == GEOJSON_END)
        result = error_set(TAWAM_EUSAGE, _("no \"features\" in it: a GeoJSON "
                                           "FeatureCollection is needed"));
    return result;
}

void geojson_scan_close(geojson_scan *g)
{
    input_close(&g->in);
    buffer_free(&g->feature);
    buffer_free(&g->key);
    buffer_free(&g->member);
}

/* What follows the features: other members, and then nothing. */
static int scan_rest(geojson_scan *g)
{
    int ignored = 0;
    int result = TAWAM_OK;
    g->place = GEOJSON_TOP;
    result = scan_top(g, &ignored);
    if (result < 0)
        return result;
    int c = peek_past_blanks(g);
    return c == END_OF_FILE ? 0 : broken(g, c, _("the end of the file"));
}

int geojson_scan_next(geojson_scan *g)
{
    int result = TAWAM_OK;
    int c = peek_past_blanks(g);
    if (g->place == GEOJSON_END)
        return 0;
    if (g->place == GEOJSON_SEQUENCE) {
        while (c == 0x1E) {
            take(g);
            c = peek_past_blanks(g);
        }
        if (c == END_OF_FILE)
            return 0;
    } else {
        if (c == ',' && g->feature_line) {
            take(g);
            c = peek_past_blanks(g);
        } else if (c == ']') {
            take(g);
            return scan_rest(g);
        }
    }
    if (c != '{')
        return broken(g, c, _("a feature in { }"));
    g->feature_line = g->line;
    result = take_value(g, &g->feature, EXCHANGE_FEATURE_MAX, _("a feature"));
    return result < 0 ? result : 1;
}

/* ---- inside one feature ---- */

static size_t past_blanks(const char *text, size_t length, size_t at)
{
    while (at < length && strchr(" \n\r\t", text[at]) && text[at])
        at++;
    return at;
}

/* End of the value that begins at AT. */
static size_t value_end(const char *text, size_t length, size_t at)
{
    nesting n = {0};
    if (at < length && !strchr("{[\"", text[at])) {
        while (at < length && !strchr(",}]", text[at]))
            at++;
        return at;
    }
    while (at < length)
        if (nesting_step(&n, text[at++]))
            break;
    return at;
}

int geojson_find_member(const char *text, size_t length, const char *key,
                        size_t *from, size_t *to)
{
    size_t at = past_blanks(text, length, 1);
    while (at < length && text[at] == '"') {
        size_t name = at;
        size_t end = value_end(text, length, at);
        at = past_blanks(text, length, end);
        if (at >= length || text[at] != ':')
            return 0;
        at = past_blanks(text, length, at + 1);
        *from = at;
        *to = value_end(text, length, at);
        if (end - name == strlen(key) + 2 &&
            memcmp(text + name + 1, key, end - name - 2) == 0)
            return 1;
        at = past_blanks(text, length, *to);
        if (at < length && text[at] == ',')
            at = past_blanks(text, length, at + 1);
    }
    return 0;
}
