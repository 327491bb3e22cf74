/* SPDX-License-Identifier: MIT */
/* Places as ODK writes them, "latitude longitude altitude accuracy; …", and as
 * GeoPackage does. */
#include "form/store_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct place_point {
    double numbers[4]; /* latitude, longitude, altitude, accuracy */
} place_point;

/* The point at *AT, which goes behind its ";"; 0 if there is none. */
static int read_point(place_point *p, const char **at)
{
    char *end;
    int count = 0;
    *p = (place_point){{0}};
    for (; count < 4; count++) {
        double number = strtod(*at, &end);
        if (end == *at)
            break;
        p->numbers[count] = number;
        *at = end;
    }
    *at += strspn(*at, " \t\r\n");
    if (count < 2 || (**at && **at != ';'))
        return 0;
    *at += **at == ';';
    *at += strspn(*at, " \t\r\n");
    return 1;
}

static int read_points(place_point **list, size_t *count, const char *text)
{
    size_t capacity = 0;
    *list = NULL;
    *count = 0;
    while (*text) {
        int code =
            memory_reserve((void **)list, &capacity, *count + 1, sizeof **list);
        if (code != TAWAM_OK)
            return code;
        if (!read_point(&(*list)[*count], &text))
            return TAWAM_ENO;
        ++*count;
    }
    return *count ? TAWAM_OK : TAWAM_ENO;
}

static int is_closed(const place_point *list, size_t count)
{
    return list[0].numbers[0] == list[count - 1].numbers[0] &&
           list[0].numbers[1] == list[count - 1].numbers[1];
}

static void write_wkt(buffer *wkt, const char *head, const char *tail,
                      const place_point *list, size_t count)
{
    char x[32], y[32];
    buffer_text(wkt, head);
    for (size_t i = 0; i < count; i++) {
        text_from_decimal(x, list[i].numbers[1]);
        text_from_decimal(y, list[i].numbers[0]);
        buffer_format(wkt, "%s%s %s", i ? ", " : "", x, y);
    }
    buffer_text(wkt, tail);
}

int store_geometry(buffer *blob, form_type type, const char *text)
{
    place_point *list = NULL;
    size_t count = 0;
    buffer wkt = {0};
    int code = read_points(&list, &count, text);
    if (code == TAWAM_OK && type != FORM_GEOTRACE && type != FORM_GEOSHAPE &&
        type != FORM_GEOPOINT) /* a text: what it looks like */
        type = count == 1                             ? FORM_GEOPOINT
               : count >= 4 && is_closed(list, count) ? FORM_GEOSHAPE
                                                      : FORM_GEOTRACE;
    if (code == TAWAM_OK &&
        ((type == FORM_GEOPOINT && count != 1) ||
         (type == FORM_GEOTRACE && count < 2) ||
         (type == FORM_GEOSHAPE && (count < 4 || !is_closed(list, count)))))
        code = TAWAM_ENO;
    if (code == TAWAM_OK && type == FORM_GEOPOINT)
        code =
            geometry_from_point(blob, list[0].numbers[1], list[0].numbers[0]);
    else if (code == TAWAM_OK) {
        write_wkt(&wkt, type == FORM_GEOTRACE ? "LINESTRING(" : "POLYGON((",
                  type == FORM_GEOTRACE ? ")" : "))", list, count);
        code = buffer_check(&wkt);
        if (code == TAWAM_OK)
            code = geometry_from_wkt(blob, (const char *)wkt.data);
    }
    if (code == TAWAM_EUSAGE) { /* a latitude of 95 */
        error_clear();
        code = TAWAM_ENO;
    }
    buffer_free(&wkt);
    free(list);
    return code;
}

void store_heights(double *altitude, double *accuracy, const char *text)
{
    place_point p;
    int is = read_point(&p, &text);
    *altitude = is ? p.numbers[2] : 0;
    *accuracy = is ? p.numbers[3] : 0;
}

/* ---- and back ---- */

static void write_number(buffer *out, double number, arena *memory)
{
    const char *digits = "0";
    if (xpath_number_text(&digits, number, memory) == TAWAM_OK)
        buffer_format(out, "%s%s", digits, strchr(digits, '.') ? "" : ".0");
    else
        out->failed = 1;
}

typedef struct path_text {
    buffer *out;
    arena *memory;
} path_text;

static int write_path(void *context, const double *points, size_t count,
                      int closed)
{
    path_text *p = context;
    (void)closed;
    for (size_t i = 0; i < count; i++) {
        if (p->out->length)
            buffer_text(p->out, "; ");
        write_number(p->out, points[2 * i + 1], p->memory);
        buffer_byte(p->out, ' ');
        write_number(p->out, points[2 * i], p->memory);
        buffer_text(p->out, " 0.0 0.0");
    }
    return TAWAM_OK;
}

int store_place_text(buffer *out, const void *blob, size_t length,
                     double altitude, double accuracy)
{
    double longitude, latitude;
    arena *memory = NULL;
    int code = arena_new(&memory);
    if (code != TAWAM_OK)
        return code;
    code = geometry_point(&longitude, &latitude, blob, length);
    if (code == TAWAM_OK) {
        write_number(out, latitude, memory);
        buffer_byte(out, ' ');
        write_number(out, longitude, memory);
        buffer_byte(out, ' ');
        write_number(out, altitude, memory);
        buffer_byte(out, ' ');
        write_number(out, accuracy, memory);
    } else if (code == TAWAM_ENO) {
        buffer path = {0};
        path_text p = {&path, memory};
        error_clear();
        code = geometry_paths(blob, length, write_path, &p);
        buffer_bytes(out, path.data, path.length);
        buffer_free(&path);
    }
    arena_free(memory);
    return code == TAWAM_OK ? buffer_check(out) : code;
}
