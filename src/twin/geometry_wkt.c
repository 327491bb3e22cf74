/* SPDX-License-Identifier: MIT */
/* geometry_wkt: well-known text (OGC 06-103r4), as GDAL writes it:
 * "POINT (-2.31 34.92)", "POLYGON ((0 0,1 0,1 1,0 0))". Numbers are the
 * shortest that read back the same. Z and M are read and dropped. */
#include "twin/geometry_internal.h"
#include "twin/twin_internal.h"

/* ---- out ---------------------------------------------------------------- */

typedef struct wkt_writer {
    buffer *out;
    /* Of the geometry open at each depth: its type, and 1 once it has a
     * member, so that the next one is preceded by a comma. */
    twin_geometry type[GEOMETRY_DEPTH_MAX + 1];
    int filled[GEOMETRY_DEPTH_MAX + 1];
    uint32_t count[GEOMETRY_DEPTH_MAX + 1];
    int depth;
} wkt_writer;

static void separate(wkt_writer *w, int depth)
{
    if (w->filled[depth])
        buffer_byte(w->out, ',');
    w->filled[depth] = 1;
}

static int wkt_begin(void *context, twin_geometry type, uint32_t count,
                     int depth)
{
    wkt_writer *w = context;
    if (depth > 0)
        separate(w, depth - 1);
    if (depth == 0 || w->type[depth - 1] == TWIN_GEOMETRYCOLLECTION)
        buffer_format(w->out, "%s ", twin_geometry_name(type));
    buffer_text(w->out, count ? "(" : "EMPTY");
    w->depth = depth;
    w->type[depth] = type;
    w->filled[depth] = 0;
    w->count[depth] = count;
    return TAWAM_OK;
}

static void append_number(buffer *out, double value)
{
    char text[32];
    text_from_decimal(text, value);
    buffer_text(out, text);
}

static int wkt_run(void *context, const point_run *run)
{
    wkt_writer *w = context;
    int ring = run->owner == TWIN_POLYGON;
    if (ring) {
        separate(w, w->depth);
        buffer_text(w->out, run->count ? "(" : "EMPTY");
    }
    for (size_t i = 0; i < run->count; i++) {
        double xy[2];
        run_point(xy, run, i);
        if (i)
            buffer_byte(w->out, ',');
        append_number(w->out, xy[0]);
        buffer_byte(w->out, ' ');
        append_number(w->out, xy[1]);
    }
    if (ring && run->count)
        buffer_byte(w->out, ')');
    return TAWAM_OK;
}

static int wkt_end(void *context, twin_geometry type, int depth)
{
    wkt_writer *w = context;
    (void)type;
    if (w->count[depth])
        buffer_byte(w->out, ')');
    w->depth = depth - 1;
    return TAWAM_OK;
}

int geometry_to_wkt(buffer *out, const void *blob, size_t length)
{
    wkt_writer w = {.out = out};
    geometry_visitor v = {
        .begin = wkt_begin, .run = wkt_run, .end = wkt_end, .context = &w};
    int code = geometry_walk(blob, length, &v);
    return code == TAWAM_OK ? buffer_check(out) : code;
}

/* ---- in ----------------------------------------------------------------- */

typedef struct wkt_reader {
    const char *at;
    const char *start;
    buffer *wkb;
    double first[2], last[2]; /* of the run being read */
} wkt_reader;

static int wkt_wrong(const wkt_reader *r, const char *wanted)
{
    return error_set(TAWAM_EUSAGE,
                     _("not well-known text: %s expected at character %zu; "
                       "write it like POINT (-2.3149 34.9297)"),
                     wanted, (size_t)(r->at - r->start) + 1);
}

static void skip_blanks(wkt_reader *r)
{
    while (*r->at == ' ' || (*r->at >= '\t' && *r->at <= '\r'))
        r->at++;
}

static int accept(wkt_reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return 0;
    r->at++;
    return 1;
}

static int is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The next word into WORD, upper or lower case as it is; "" if none. */
static void read_word(wkt_reader *r, char word[24])
{
    size_t length = 0;
    skip_blanks(r);
    while (is_letter(r->at[length]))
        length++;
    if (length > 23)
        length = 0;
    memcpy(word, r->at, length);
    word[length] = '\0';
    r->at += length;
}

/* EMPTY -> 1; goes past Z, M or ZM first. */
static int accept_empty(wkt_reader *r)
{
    char word[24];
    const char *before = r->at;
    read_word(r, word);
    if (text_equal_nocase(word, "Z") || text_equal_nocase(word, "M") ||
        text_equal_nocase(word, "ZM")) {
        before = r->at;
        read_word(r, word);
    }
    if (text_equal_nocase(word, "EMPTY"))
        return 1;
    r->at = before;
    return 0;
}

static int read_number(double *out, wkt_reader *r)
{
    skip_blanks(r);
    const char *end = r->at;
    while ((*end >= '0' && *end <= '9') || (*end && strchr("+-.eE", *end)))
        end++;
    if (!number_parse(out, r->at, end))
        return wkt_wrong(r, _("a number"));
    r->at = end;
    return TAWAM_OK;
}

/* "x y [z [m]]" */
static int read_position(wkt_reader *r)
{
    double xy[2] = {0}, dropped = 0;
    int code = read_number(&xy[0], r);
    if (code == TAWAM_OK)
        code = read_number(&xy[1], r);
    for (int i = 0; code == TAWAM_OK && i < 2; i++) {
        skip_blanks(r);
        if (*r->at == ',' || *r->at == ')')
            break;
        code = read_number(&dropped, r);
    }
    if (code == TAWAM_OK)
        code = position_check(xy[0], xy[1]);
    if (code != TAWAM_OK)
        return code;
    wkb_number(r->wkb, xy[0]);
    wkb_number(r->wkb, xy[1]);
    memcpy(r->last, xy, sizeof xy);
    return TAWAM_OK;
}

/* Positions up to ")", whose "(" was taken, and their count at PLACE. */
static int read_run(wkt_reader *r, size_t place, uint32_t least, int closed)
{
    uint32_t count = 0;
    do {
        int code = read_position(r);
        if (code != TAWAM_OK)
            return code;
        if (count++ == 0)
            memcpy(r->first, r->last, sizeof r->first);
    } while (accept(r, ','));
    if (!accept(r, ')'))
        return wkt_wrong(r, ")");
    if (count < least)
        return error_set(TAWAM_EUSAGE,
                         closed ? _("a ring needs four points or more")
                                : _("a line needs two points or more"));
    if (closed && (r->first[0] != r->last[0] || r->first[1] != r->last[1]))
        return error_set(TAWAM_EUSAGE,
                         _("a ring must end at the point it began with"));
    wkb_count(r->wkb, place, count);
    return TAWAM_OK;
}

static int read_ring(wkt_reader *r)
{
    size_t place = r->wkb->length;
    buffer_bytes(r->wkb, "\0\0\0\0", 4);
    if (!accept(r, '('))
        return wkt_wrong(r, "(");
    return read_run(r, place, 4, 1);
}

static int read_body(wkt_reader *r, twin_geometry type, int depth);

static twin_geometry member_type(twin_geometry collection)
{
    switch (collection) {
    case TWIN_MULTIPOINT:
        return TWIN_POINT;
    case TWIN_MULTILINESTRING:
        return TWIN_LINESTRING;
    default:
        return TWIN_POLYGON;
    }
}

/* A type's name, perhaps with Z or M stuck to it ("POINTZ"). */
static int read_type(twin_geometry *out, wkt_reader *r)
{
    char word[24];
    const char *before = r->at;
    read_word(r, word);
    for (size_t length = strlen(word), cut = 0; cut <= 2; cut++) {
        if (length > cut + 3)
            word[length - cut] = '\0';
        for (int i = TWIN_POINT; i <= TWIN_GEOMETRYCOLLECTION; i++) {
            if (text_equal_nocase(word, twin_geometry_name((twin_geometry)i))) {
                *out = (twin_geometry)i;
                return TAWAM_OK;
            }
        }
    }
    r->at = before;
    return wkt_wrong(r, _("the name of a geometry type"));
}

static int read_tagged(wkt_reader *r, int depth)
{
    twin_geometry type = TWIN_NO_GEOMETRY;
    int code = read_type(&type, r);
    return code == TAWAM_OK ? read_body(r, type, depth) : code;
}

/* MULTIPOINT (1 2, 3 4): the older spelling without inner parentheses. */
static int read_bare_point(wkt_reader *r)
{
    wkb_begin(r->wkb, TWIN_POINT);
    return read_position(r);
}

static int read_member(wkt_reader *r, twin_geometry type, int depth)
{
    if (type == TWIN_POLYGON)
        return read_ring(r);
    if (type == TWIN_GEOMETRYCOLLECTION)
        return read_tagged(r, depth + 1);
    skip_blanks(r);
    if (type == TWIN_MULTIPOINT && *r->at != '(' && !is_letter(*r->at))
        return read_bare_point(r);
    return read_body(r, member_type(type), depth + 1);
}

/* What stands after the type's name. */
static int read_body(wkt_reader *r, twin_geometry type, int depth)
{
    if (depth > GEOMETRY_DEPTH_MAX)
        return error_set(TAWAM_EUSAGE, _("collections are nested too deeply"));
    size_t place = wkb_begin(r->wkb, type);
    if (accept_empty(r)) {
        if (type == TWIN_POINT)
            wkb_empty_point(r->wkb);
        return TAWAM_OK;
    }
    if (!accept(r, '('))
        return wkt_wrong(r, "(");
    if (type == TWIN_LINESTRING)
        return read_run(r, place, 2, 0);
    uint32_t count = 0;
    do {
        int code =
            type == TWIN_POINT ? read_position(r) : read_member(r, type, depth);
        if (code != TAWAM_OK)
            return code;
        count++;
    } while (type != TWIN_POINT && accept(r, ','));
    if (type != TWIN_POINT)
        wkb_count(r->wkb, place, count);
    return accept(r, ')') ? TAWAM_OK : wkt_wrong(r, ")");
}

int geometry_from_wkt(buffer *out, const char *wkt)
{
    buffer wkb = {0};
    wkt_reader r = {.at = wkt, .start = wkt, .wkb = &wkb};
    int code = read_tagged(&r, 0);
    skip_blanks(&r);
    if (code == TAWAM_OK && *r.at != '\0')
        code = wkt_wrong(&r, _("the end"));
    if (code == TAWAM_OK)
        code = geometry_finish(out, &wkb);
    buffer_free(&wkb);
    return code;
}
