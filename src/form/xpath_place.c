/* SPDX-License-Identifier: MIT */
/* Functions on places: points "lat lon altitude accuracy", traces and shapes of
 * points joined by ";" (ODK XForms, "Geographic functions"). Degrees in, metres
 * and square metres out, on a sphere of 6,378,100 m.
 */
#include "form/xpath_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIUS 6378100.0
#define PI 3.14159265358979323846
#define DEGREE (PI / 180)
#define POINTS_MOST 100000

typedef struct point {
    double latitude, longitude;
} point;

typedef struct point_list {
    point *points; /* in the arena */
    size_t count, capacity;
} point_list;

/* ---- reading ---- */

static int add_point(point_list *l, evaluation *e, point p)
{
    if (l->count == POINTS_MOST)
        return error_set(TAWAM_EUSAGE, _("a line of more than %d points"),
                         POINTS_MOST);
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 16;
        point *larger = arena_alloc(e->memory, capacity * sizeof *larger);
        if (!larger)
            return TAWAM_EMEMORY;
        if (l->count)
            memcpy(larger, l->points, l->count * sizeof *larger);
        l->points = larger;
        l->capacity = capacity;
    }
    l->points[l->count++] = p;
    return TAWAM_OK;
}

/* "lat lon …" of LENGTH bytes. */
static int read_point(point *out, const char *text, size_t length)
{
    char word[160], *end;
    if (length >= sizeof word)
        return 0;
    memcpy(word, text, length);
    word[length] = '\0';
    out->latitude = strtod(word, &end);
    if (end == word)
        return 0;
    text = end;
    out->longitude = strtod(text, &end);
    return end != text && fabs(out->latitude) <= 90 &&
           fabs(out->longitude) <= 180;
}

static int bad_place(const char *name, const char *text)
{
    char *safe = text_safe(text, strlen(text), 0);
    function_error(name,
                   _("'%.60s' is no place; a point is \"34.92 -2.32 0 "
                     "0\", points of a line are joined by ;"),
                   safe ? safe : "");
    free(safe);
    return TAWAM_EUSAGE;
}

static int read_line(point_list *l, evaluation *e, const char *name,
                     const char *text)
{
    int code = TAWAM_OK;
    const char *at = text;
    while (code == TAWAM_OK && *at) {
        size_t length = strcspn(at, ";");
        point p;
        if (strspn(at, " \t\r\n") < length) {
            if (!read_point(&p, at, length))
                return bad_place(name, text);
            code = add_point(l, e, p);
        }
        at += length;
        at += *at == ';';
    }
    return code;
}

/* All of the arguments: a set's nodes, a line, or points one by one. */
static int read_places(point_list *l, evaluation *e, const char *name,
                       const xpath_value *arguments, size_t count)
{
    int code = TAWAM_OK;
    const char *text = "";
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        const xpath_value *v = &arguments[i];
        size_t nodes = v->kind == XPATH_NODESET ? v->count : 1;
        for (size_t k = 0; code == TAWAM_OK && k < nodes; k++) {
            if (v->kind == XPATH_NODESET)
                text = node_value(v->nodes[k], e->memory);
            else
                code = value_text(&text, e, v);
            if (code == TAWAM_OK)
                code = text ? read_line(l, e, name, text) : TAWAM_EMEMORY;
        }
    }
    return code;
}

/* ---- measuring ---- */

/* By the law of cosines as the other engines do, so that values agree; it is
 * too coarse for what is near, where haversines serve. */
#define NEAR 1.6e-6 /* radians: some 10 m */

static double between(const point *a, const point *b)
{
    double one = a->latitude * DEGREE, two = b->latitude * DEGREE;
    double cosine =
        sin(one) * sin(two) +
        cos(one) * cos(two) * cos((a->longitude - b->longitude) * DEGREE);
    double angle = acos(fmin(1, fmax(-1, cosine)));
    double up = sin((b->latitude - a->latitude) * DEGREE / 2);
    double across = sin((b->longitude - a->longitude) * DEGREE / 2);
    double h;
    if (angle > NEAR)
        return angle * RADIUS;
    h = up * up +
        cos(a->latitude * DEGREE) * cos(b->latitude * DEGREE) * across * across;
    return 2 * RADIUS * asin(h > 1 ? 1 : sqrt(h));
}

static int call_distance(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    point_list l = {0};
    double sum = 0;
    int code = read_places(&l, e, "distance", arguments, count);
    for (size_t i = 1; code == TAWAM_OK && i < l.count; i++)
        sum += between(&l.points[i - 1], &l.points[i]);
    set_number(out, sum);
    return code;
}

/* The shoelace on a plane that touches at the first point, each length along a
 * parallel taken at its own latitude. */
static double area_of(const point_list *l)
{
    double circumference = 2 * PI * RADIUS, sum = 0, x = 0, y = 0;
    for (size_t i = 1; i <= l->count; i++) {
        const point *p = &l->points[i % l->count], *o = &l->points[0];
        double next_y = (p->latitude - o->latitude) * circumference / 360;
        double next_x = (p->longitude - o->longitude) * circumference *
                        cos(p->latitude * DEGREE) / 360;
        sum += (y * next_x - x * next_y) / 2;
        x = next_x;
        y = next_y;
    }
    return fabs(sum);
}

static int call_area(xpath_value *out, evaluation *e,
                     const xpath_value *arguments, size_t count)
{
    point_list l = {0};
    int code = read_places(&l, e, "area", arguments, count);
    set_number(out, code == TAWAM_OK && l.count > 2 ? area_of(&l) : 0);
    return code;
}

/* ---- inside, across ---- */

/* A ray to the east crosses the edge of a shape an odd number of times. */
static int is_inside(const point *p, const point_list *shape)
{
    int inside = 0;
    for (size_t i = 0, k = shape->count - 1; i < shape->count; k = i++) {
        const point *a = &shape->points[i], *b = &shape->points[k];
        if ((a->latitude > p->latitude) != (b->latitude > p->latitude) &&
            p->longitude < (b->longitude - a->longitude) *
                                   (p->latitude - a->latitude) /
                                   (b->latitude - a->latitude) +
                               a->longitude)
            inside = !inside;
    }
    return inside;
}

static int call_geofence(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    point_list where = {0}, shape = {0};
    int code = read_places(&where, e, "geofence", arguments, 1);
    (void)count;
    if (code == TAWAM_OK)
        code = read_places(&shape, e, "geofence", arguments + 1, 1);
    if (code == TAWAM_OK && where.count == 0)
        code = function_error("geofence", _("the point is empty"));
    if (code == TAWAM_OK && shape.count < 3)
        code = function_error("geofence",
                              _("the shape has fewer than three points"));
    if (code == TAWAM_OK)
        set_boolean(out, is_inside(&where.points[0], &shape));
    return code;
}

/* Above 0: C lies to the left of the way from A to B. */
static double side(const point *a, const point *b, const point *c)
{
    return (b->longitude - a->longitude) * (c->latitude - a->latitude) -
           (b->latitude - a->latitude) * (c->longitude - a->longitude);
}

static int is_on(const point *a, const point *b, const point *c)
{
    return c->longitude >= fmin(a->longitude, b->longitude) &&
           c->longitude <= fmax(a->longitude, b->longitude) &&
           c->latitude >= fmin(a->latitude, b->latitude) &&
           c->latitude <= fmax(a->latitude, b->latitude);
}

static int segments_meet(const point *a, const point *b, const point *c,
                         const point *d)
{
    double one = side(a, b, c), two = side(a, b, d), three = side(c, d, a),
           four = side(c, d, b);
    if (((one > 0) != (two > 0)) && one != 0 && two != 0 &&
        ((three > 0) != (four > 0)) && three != 0 && four != 0)
        return 1;
    return (one == 0 && is_on(a, b, c)) || (two == 0 && is_on(a, b, d)) ||
           (three == 0 && is_on(c, d, a)) || (four == 0 && is_on(c, d, b));
}

/* 1 if parts that are no neighbours meet. Ends may meet: a closed shape. */
static int crosses_itself(const point_list *l)
{
    size_t last = l->count - 1;
    int closed = l->points[0].latitude == l->points[last].latitude &&
                 l->points[0].longitude == l->points[last].longitude;
    for (size_t i = 0; i + 1 < l->count; i++)
        for (size_t k = i + 2; k + 1 < l->count; k++) {
            if (closed && i == 0 && k + 2 == l->count)
                continue;
            if (segments_meet(&l->points[i], &l->points[i + 1], &l->points[k],
                              &l->points[k + 1]))
                return 1;
        }
    return 0;
}

#define CROSSING_MOST 5000 /* points: pairs grow with the square */

static int call_intersects(xpath_value *out, evaluation *e,
                           const xpath_value *arguments, size_t count)
{
    point_list l = {0};
    int code = read_places(&l, e, "intersects", arguments, count);
    if (code == TAWAM_OK && l.count > CROSSING_MOST)
        code = function_error("intersects", _("more than %d points"),
                              CROSSING_MOST);
    if (code == TAWAM_OK)
        set_boolean(out, l.count > 3 && crosses_itself(&l));
    return code;
}

const function FUNCTIONS_PLACE[] = {{"distance", 1, -1, call_distance, NULL},
                                    {"area", 1, 1, call_area, NULL},
                                    {"enclosed-area", 1, 1, call_area, NULL},
                                    {"geofence", 2, 2, call_geofence, NULL},
                                    {"intersects", 1, 1, call_intersects, NULL},
                                    {NULL, 0, 0, NULL, NULL}};
