/* SPDX-License-Identifier: MIT */
/* The audit's bytes: FORMAT.md, "Audit". */
#include "form/audit.h"
#include <stdlib.h>
#include <string.h>

#define VERSION_PLAIN 1 /* no places, no reasons */
#define VERSION_PLACES 2
#define TENTH 100 /* ms */
/* The upper half of an event's first byte. */
#define STEP_LEAST (-1)
#define STEP_MOST 10
#define CODE_STEP 12      /* the step follows */
#define CODE_INSTANCES 13 /* the step and the instances follow */
#define CODE_NONE 14      /* no item */
#define CODE_MORE 15 /* not an item: one of these, in the place of a kind */
/* 0 to 3: no event, but a text of the one before */
#define MORE_PLACE 4   /* no event: from the one before on there */
#define MORE_NOWHERE 5 /* no event: from the one before on without a place */
#define MORE_KIND 15   /* an event without an item; its kind follows */
#define WORD_MOST 15   /* the last kind that has room in four bits */
#define INSTANCE_MOST 10000000

/* What an event is written against: the one before. */
typedef struct audit_state {
    int64_t number; /* of its item */
    int64_t end;    /* tenths of a second since 1970 */
    uint32_t instances[AUDIT_DEPTH];
    size_t instance_count;
    int has_place;
    audit_place place; /* the last that was told */
} audit_state;

/* ---- items and their numbers: elements alone, from 1 ---- */

static uint32_t number_of(const form_item *item)
{
    uint32_t number = 1;
    const form_item *up = item;
    if (!item)
        return 0;
    while (up->parent)
        up = up->parent;
    for (const form_item *at = up; at != item;) {
        number += !at->is_attribute;
        if (at->first)
            at = at->first;
        else {
            while (!at->next && at->parent)
                at = at->parent;
            at = at->next;
        }
    }
    return number;
}

void audit_event_at(audit_event *event, const form_node *node)
{
    const form_node *around[AUDIT_DEPTH];
    size_t count = 0;
    event->item = node->item;
    event->number = number_of(node->item);
    for (const form_node *n = node; n; n = n->parent)
        if (n->is_repeat && count < AUDIT_DEPTH)
            around[count++] = n;
    event->instance_count = count;
    for (size_t i = 0; i < count; i++) {
        const form_node *n = around[count - 1 - i];
        event->instances[i] = 1;
        for (n = n->previous; n; n = n->previous)
            event->instances[i] += n->item == around[count - 1 - i]->item;
    }
}

/* ---- numbers ---- */

static void put_unsigned(buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buffer_byte(out, (uint8_t)(value | 0x80));
    buffer_byte(out, (uint8_t)value);
}

static void put_signed(buffer *out, int64_t value)
{
    put_unsigned(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

struct audit_reader {
    const uint8_t *at, *end;
    unsigned version;
    audit_state state;
    const form_item **items; /* by number; NULL without a form */
    size_t item_count;
    buffer texts[AUDIT_TEXTS]; /* of the event read last */
};

static int take_unsigned(uint64_t *out, audit_reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; r->at < r->end && shift < 63; shift += 7) {
        uint8_t byte = *r->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80)) {
            *out = value;
            return 1;
        }
    }
    return 0;
}

static int take_signed(int64_t *out, audit_reader *r)
{
    uint64_t value;
    if (!take_unsigned(&value, r))
        return 0;
    *out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    return 1;
}

/* ---- writing ---- */

struct audit_writer {
    buffer bytes;
    audit_state state;
};

static int same_instances(const audit_state *s, const audit_event *e)
{
    return s->instance_count == e->instance_count &&
           memcmp(s->instances, e->instances,
                  e->instance_count * sizeof *e->instances) == 0;
}

/* What an older tawam does not know makes the whole a newer version. */
static void put_more(audit_writer *w, unsigned which)
{
    if (which >= AUDIT_CHANGED_FOR && w->bytes.length)
        w->bytes.data[0] = VERSION_PLACES;
    buffer_byte(&w->bytes, (uint8_t)(CODE_MORE << 4 | which));
}

static void put_item(audit_writer *w, const audit_event *e, uint32_t number)
{
    int64_t step = (int64_t)number - w->state.number;
    int same = same_instances(&w->state, e);
    int small = step >= STEP_LEAST && step <= STEP_MOST;
    unsigned code = number == 0 ? CODE_NONE
                    : !same     ? CODE_INSTANCES
                    : !small    ? CODE_STEP
                                : (unsigned)(step - STEP_LEAST);
    buffer_byte(&w->bytes, (uint8_t)(code << 4 | (unsigned)e->kind));
    if (code == CODE_STEP || code == CODE_INSTANCES)
        put_signed(&w->bytes, step);
    if (code == CODE_INSTANCES) {
        put_unsigned(&w->bytes, e->instance_count);
        for (size_t i = 0; i < e->instance_count; i++)
            put_unsigned(&w->bytes, e->instances[i]);
        w->state.instance_count = e->instance_count;
        memcpy(w->state.instances, e->instances, sizeof e->instances);
    }
    if (number)
        w->state.number = number;
}

static void put_texts(audit_writer *w, const audit_event *event)
{
    for (unsigned i = 0; i < AUDIT_TEXTS; i++) {
        size_t length = event->texts[i] ? strlen(event->texts[i]) : 0;
        if (!event->texts[i])
            continue;
        if (length > AUDIT_TEXT_MOST) /* whole letters */
            for (length = AUDIT_TEXT_MOST;
                 length && (event->texts[i][length] & 0xC0) == 0x80;)
                length--;
        put_more(w, i);
        put_unsigned(&w->bytes, length);
        buffer_bytes(&w->bytes, event->texts[i], length);
    }
}

static int same_place(const audit_place *a, const audit_place *b)
{
    return a->latitude == b->latitude && a->longitude == b->longitude &&
           a->accuracy == b->accuracy;
}

/* Only where it is another than that of the event before. */
static void put_place(audit_writer *w, const audit_event *e)
{
    audit_place *last = &w->state.place;
    if (!e->has_place && w->state.has_place)
        put_more(w, MORE_NOWHERE);
    if (e->has_place && (!w->state.has_place || !same_place(&e->place, last))) {
        put_more(w, MORE_PLACE);
        put_signed(&w->bytes, (int64_t)e->place.latitude - last->latitude);
        put_signed(&w->bytes, (int64_t)e->place.longitude - last->longitude);
        put_unsigned(&w->bytes, e->place.accuracy);
        *last = e->place;
    }
    w->state.has_place = e->has_place;
}

static int is_on_earth(const audit_place *p)
{
    return p->latitude >= -90 * AUDIT_DEGREE &&
           p->latitude <= 90 * AUDIT_DEGREE &&
           p->longitude >= -180 * AUDIT_DEGREE &&
           p->longitude <= 180 * AUDIT_DEGREE;
}

int audit_add(audit_writer *w, const audit_event *event)
{
    int64_t start = event->start / TENTH, end = event->end / TENTH;
    uint32_t number = event->item ? number_of(event->item) : event->number;
    if (event->kind >= AUDIT_KINDS || event->instance_count > AUDIT_DEPTH ||
        (event->has_place && !is_on_earth(&event->place)))
        return error_set(TAWAM_EUSAGE, _("no such event of an audit"));
    if (!w->bytes.length)
        buffer_byte(&w->bytes, VERSION_PLAIN);
    if (event->kind > WORD_MOST) {
        put_more(w, MORE_KIND);
        buffer_byte(&w->bytes, (uint8_t)event->kind);
    } else
        put_item(w, event, number);
    put_signed(&w->bytes, start - w->state.end);
    put_unsigned(&w->bytes, end > start ? (uint64_t)(end - start) : 0);
    w->state.end = end > start ? end : start;
    put_texts(w, event);
    put_place(w, event);
    return buffer_check(&w->bytes);
}

int audit_writer_new(audit_writer **out, const void *bytes, size_t length)
{
    audit_writer *w = memory_new(sizeof *w);
    audit_reader *r = NULL;
    audit_event e;
    int code = w ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        buffer_bytes(&w->bytes, bytes, length);
        code = buffer_check(&w->bytes);
    }
    if (code == TAWAM_OK)
        code = audit_reader_new(&r, NULL, bytes, length);
    while (code == TAWAM_OK && (code = audit_next(&e, r)) > 0)
        code = TAWAM_OK;
    if (code == TAWAM_OK) {
        w->state = r->state;
        *out = w;
    } else
        audit_writer_free(w);
    audit_reader_free(r);
    return code;
}

void audit_writer_free(audit_writer *w)
{
    if (!w)
        return;
    buffer_free(&w->bytes);
    free(w);
}

const buffer *audit_bytes(const audit_writer *w)
{
    return &w->bytes;
}

/* ---- reading ---- */

int audit_reader_new(audit_reader **out, const form *f, const void *bytes,
                     size_t length)
{
    audit_reader *r = memory_new(sizeof *r);
    int code = r ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        r->at = length ? bytes : (const uint8_t *)"";
        r->end = r->at + length;
        if (f)
            r->items = memory_array(f->item_count + 1, sizeof *r->items);
        code = !f || r->items ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && f && i < f->item_count; i++)
        if (!f->items[i]->is_attribute)
            r->items[++r->item_count] = f->items[i];
    if (code == TAWAM_OK && length)
        r->version = *r->at++;
    if (code == TAWAM_OK && length && r->version != VERSION_PLAIN &&
        r->version != VERSION_PLACES)
        code = error_set(TAWAM_ENEWER,
                         _("this audit was written by a newer tawam; update "
                           "it"));
    if (code == TAWAM_OK)
        *out = r;
    else
        audit_reader_free(r);
    return code;
}

void audit_reader_free(audit_reader *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < AUDIT_TEXTS; i++)
        buffer_free(&r->texts[i]);
    free(r->items);
    free(r);
}

static int take_instances(audit_reader *r)
{
    uint64_t count, value;
    if (!take_unsigned(&count, r) || count > AUDIT_DEPTH)
        return 0;
    r->state.instance_count = (size_t)count;
    for (size_t i = 0; i < count; i++) {
        if (!take_unsigned(&value, r) || value > INSTANCE_MOST)
            return 0;
        r->state.instances[i] = (uint32_t)value;
    }
    return 1;
}

static int take_item(audit_event *e, audit_reader *r, unsigned code)
{
    int64_t step = (int64_t)code + STEP_LEAST;
    if (code == CODE_NONE)
        return 1;
    if (code > CODE_INSTANCES)
        return 0;
    if (code >= CODE_STEP && !take_signed(&step, r))
        return 0;
    if (code == CODE_INSTANCES && !take_instances(r))
        return 0;
    if (step < -INSTANCE_MOST || step > INSTANCE_MOST)
        return 0;
    r->state.number += step;
    if (r->state.number < 1 || r->state.number > INSTANCE_MOST)
        return 0;
    e->number = (uint32_t)r->state.number;
    e->item = e->number <= r->item_count ? r->items[e->number] : NULL;
    e->instance_count = r->state.instance_count;
    memcpy(e->instances, r->state.instances, sizeof e->instances);
    return 1;
}

/* Start and end; times of the years 1 to 9999. */
static int take_times(audit_event *e, audit_reader *r)
{
    const int64_t most = INT64_C(253402300800) * 10;
    int64_t gap;
    uint64_t lasting;
    if (!take_signed(&gap, r) || !take_unsigned(&lasting, r) ||
        gap > 2 * most || gap < -2 * most || lasting > (uint64_t)most)
        return 0;
    gap += r->state.end;
    if (gap > most || gap < -most || gap + (int64_t)lasting > most)
        return 0;
    r->state.end = gap + (int64_t)lasting;
    e->start = gap * TENTH;
    e->end = r->state.end * TENTH;
    return 1;
}

static int take_text(audit_event *e, audit_reader *r, unsigned which)
{
    uint64_t length;
    if (e->texts[which] || !take_unsigned(&length, r) ||
        length > AUDIT_TEXT_MOST || length > (uint64_t)(r->end - r->at) ||
        memchr(r->at, '\0', (size_t)length))
        return 0;
    buffer_clear(&r->texts[which]);
    buffer_bytes(&r->texts[which], r->at, (size_t)length);
    buffer_byte(&r->texts[which], '\0');
    e->texts[which] = (const char *)r->texts[which].data;
    r->at += length;
    return 1;
}

static int take_place(audit_reader *r)
{
    audit_place *last = &r->state.place;
    const int64_t most = 360 * (int64_t)AUDIT_DEGREE;
    int64_t latitude, longitude;
    uint64_t accuracy;
    if (!take_signed(&latitude, r) || !take_signed(&longitude, r) ||
        !take_unsigned(&accuracy, r) || accuracy > UINT32_MAX ||
        latitude > most || latitude < -most || longitude > most ||
        longitude < -most)
        return 0;
    latitude += last->latitude;
    longitude += last->longitude;
    if (latitude < INT32_MIN || latitude > INT32_MAX || longitude < INT32_MIN ||
        longitude > INT32_MAX)
        return 0;
    *last = (audit_place){(int32_t)latitude, (int32_t)longitude,
                          (uint32_t)accuracy};
    return is_on_earth(last);
}

/* Texts and place that follow an event; 0: what follows is neither. */
static int take_more(audit_event *e, audit_reader *r)
{
    while (r->at < r->end && *r->at >> 4 == CODE_MORE &&
           *r->at != (CODE_MORE << 4 | MORE_KIND)) {
        unsigned which = *r->at++ & 0xF;
        int is_right = which < AUDIT_TEXTS     ? take_text(e, r, which)
                       : which == MORE_PLACE   ? take_place(r)
                       : which == MORE_NOWHERE ? 1
                                               : 0;
        if (!is_right ||
            (which >= AUDIT_CHANGED_FOR && r->version < VERSION_PLACES))
            return 0;
        if (which >= AUDIT_TEXTS)
            r->state.has_place = which == MORE_PLACE;
    }
    e->has_place = r->state.has_place;
    if (e->has_place)
        e->place = r->state.place;
    return 1;
}

/* The kind and item that FIRST and what follows it are of. */
static int take_kind(audit_event *e, audit_reader *r, unsigned first)
{
    e->kind = first & 0xF;
    if (first != (CODE_MORE << 4 | MORE_KIND))
        return take_item(e, r, first >> 4);
    if (r->version < VERSION_PLACES || r->at == r->end || *r->at <= WORD_MOST ||
        *r->at >= AUDIT_KINDS)
        return 0;
    e->kind = *r->at++;
    return 1;
}

int audit_next(audit_event *event, audit_reader *r)
{
    audit_event e = {0};
    if (r->at == r->end)
        return 0;
    unsigned first = *r->at++;
    if (!take_kind(&e, r, first) || !take_times(&e, r) || !take_more(&e, r))
        return error_set(TAWAM_EDAMAGED, _("the audit of a record is damaged"));
    for (size_t i = 0; i < AUDIT_TEXTS; i++)
        if (buffer_check(&r->texts[i]) != TAWAM_OK)
            return TAWAM_EMEMORY;
    *event = e;
    return 1;
}

/* ---- another version of the form ---- */

int audit_convert(buffer *out, const form *from, const form *to,
                  const void *bytes, size_t length)
{
    audit_reader *r = NULL;
    audit_writer *w = NULL;
    audit_event e;
    int code = audit_reader_new(&r, from, bytes, length);
    if (code == TAWAM_OK)
        code = audit_writer_new(&w, NULL, 0);
    while (code == TAWAM_OK && (code = audit_next(&e, r)) > 0) {
        e.item = e.item ? form_find(to, e.item->path) : NULL;
        e.number = 0;
        if (!e.item)
            e.instance_count = 0;
        code = audit_add(w, &e);
    }
    if (code == TAWAM_OK) {
        buffer_bytes(out, w->bytes.data, w->bytes.length);
        code = buffer_check(out);
    }
    audit_reader_free(r);
    audit_writer_free(w);
    return code;
}

/* ---- reasons ---- */

/* Those of BYTES after the first SKIP ones to OUT (NULL: none); *COUNT all. */
static int read_reasons(size_t *count, buffer *out, size_t skip,
                        const void *bytes, size_t length)
{
    audit_reader *r = NULL;
    audit_event e;
    int code = audit_reader_new(&r, NULL, bytes, length);
    *count = 0;
    while (code == TAWAM_OK && (code = audit_next(&e, r)) > 0) {
        const char *reason = e.texts[AUDIT_CHANGED_FOR];
        code = TAWAM_OK;
        if (reason && (*count)++ >= skip && out)
            buffer_format(out, "%s%s", *count - 1 > skip ? "; " : "", reason);
    }
    audit_reader_free(r);
    return code;
}

int audit_new_reasons(buffer *out, const void *before, size_t before_length,
                      const void *after, size_t after_length)
{
    size_t had = 0, has = 0;
    int code = read_reasons(&had, NULL, 0, before, before_length);
    if (code == TAWAM_OK)
        code = read_reasons(&has, out, had, after, after_length);
    return code == TAWAM_OK ? buffer_check(out) : code;
}
