/* SPDX-License-Identifier: MIT */
/* Audits as ODK's audit.csv (ODK documentation, "Form Audit Log"): a line an
 * event, times in ms since 1970. */
#include "form/audit.h"
#include "form/record.h"
#include "form/workbook.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of two kinds with one word the first is what the word is read as. */
static const struct {
    const char *event;
    audit_kind kind;
    int lasts; /* 1: it has an end */
} EVENTS[] = {{"question", AUDIT_SEEN, 1},
              {"question", AUDIT_ANSWERED, 1},
              {"question", AUDIT_CHANGED, 1},
              {"group questions", AUDIT_SEEN, 1},
              {"constraint error", AUDIT_REFUSED, 0},
              {"warning", AUDIT_WARNED, 0},
              {"jump", AUDIT_JUMP, 0},
              {"add repeat", AUDIT_ADDED, 0},
              {"delete repeat", AUDIT_REMOVED, 0},
              {"form start", AUDIT_START, 0},
              {"form resume", AUDIT_RESUME, 0},
              {"form resume", AUDIT_EDIT, 0},
              {"form exit", AUDIT_EXIT, 0},
              {"end screen", AUDIT_CLOSING, 1},
              {"form finalize", AUDIT_FINALIZE, 0},
              {"language", AUDIT_LANGUAGE, 0},
              {"pause", AUDIT_PAUSE, 0},
              {"change reason", AUDIT_REASON, 0}};
#define EVENT_COUNT (sizeof EVENTS / sizeof *EVENTS)

/* ---- writing ---- */

/* "/data/member[2]/age" of EVENT's item. */
static void write_path(buffer *out, const audit_event *event,
                       const form_item *item)
{
    size_t around = 0;
    for (const form_item *up = item->parent; up; up = up->parent)
        around += up->is_repeat != 0;
    if (item->parent)
        write_path(out, event, item->parent);
    buffer_format(out, "/%s", item->name);
    if (item->is_repeat && around < event->instance_count)
        buffer_format(out, "[%" PRIu32 "]", event->instances[around]);
}

static void write_text(buffer *csv, const char *text)
{
    buffer_byte(csv, ',');
    if (text)
        table_csv_field(csv, text, strlen(text));
}

/* A comma and VALUE, of which PER are one, as a decimal without an exponent. */
static void write_scaled(buffer *csv, int64_t value, int64_t per)
{
    int64_t size = value < 0 ? -value : value, rest = size % per;
    buffer_format(csv, ",%s%" PRId64 "%s", value < 0 ? "-" : "", size / per,
                  rest ? "." : "");
    for (; rest; rest %= per) {
        per /= 10;
        buffer_byte(csv, (uint8_t)('0' + rest / per));
    }
}

static void write_place(buffer *csv, const audit_event *e)
{
    if (!e->has_place) {
        buffer_text(csv, ",,,");
        return;
    }
    write_scaled(csv, e->place.latitude, AUDIT_DEGREE);
    write_scaled(csv, e->place.longitude, AUDIT_DEGREE);
    write_scaled(csv, e->place.accuracy, 100);
}

/* USER: who it was last. */
static int write_event(buffer *csv, const form *f, const audit_event *e,
                       const char *user)
{
    buffer path = {0};
    size_t i = 0;
    int code;
    while (i < EVENT_COUNT && EVENTS[i].kind != e->kind)
        i++;
    if (i == EVENT_COUNT)
        return TAWAM_OK;
    if (e->item)
        write_path(&path, e, e->item);
    buffer_text(&path, "");
    code = buffer_check(&path);
    if (code == TAWAM_OK) {
        buffer_text(csv, EVENTS[i].event);
        write_text(csv, (const char *)path.data);
        buffer_format(csv, ",%" PRId64 ",", e->start);
        if (EVENTS[i].lasts)
            buffer_format(csv, "%" PRId64, e->end);
        if (f->audit_places)
            write_place(csv, e);
        if (f->audit_values) {
            write_text(csv, e->texts[AUDIT_OLD]);
            write_text(csv, e->texts[AUDIT_NEW]);
        }
        if (f->audit_user)
            write_text(csv, user);
        if (f->audit_reasons)
            write_text(csv, e->texts[AUDIT_CHANGED_FOR]);
        buffer_byte(csv, '\n');
    }
    buffer_free(&path);
    return code;
}

int audit_write_csv(buffer *csv, const form *f, const void *bytes,
                    size_t length)
{
    audit_reader *r = NULL;
    audit_event e;
    char *user = NULL;
    int code = audit_reader_new(&r, f, bytes, length);
    buffer_format(csv, "event,node,start,end%s%s%s%s\n",
                  f->audit_places ? ",latitude,longitude,accuracy" : "",
                  f->audit_values ? ",old-value,new-value" : "",
                  f->audit_user ? ",user" : "",
                  f->audit_reasons ? ",change-reason" : "");
    while (code == TAWAM_OK && (code = audit_next(&e, r)) > 0) {
        code = TAWAM_OK;
        if (e.texts[AUDIT_USER]) {
            free(user);
            user = memory_string(e.texts[AUDIT_USER]);
            code = user ? TAWAM_OK : TAWAM_EMEMORY;
        }
        if (code == TAWAM_OK)
            code = write_event(csv, f, &e, user);
    }
    audit_reader_free(r);
    free(user);
    return code == TAWAM_OK ? buffer_check(csv) : code;
}

/* ---- reading ---- */

enum {
    EVENT,
    NODE,
    START,
    END,
    LATITUDE,
    LONGITUDE,
    ACCURACY,
    OLD,
    NEW,
    USER,
    REASON,
    COLUMNS
};

typedef struct csv_reading {
    const form *f;
    record *r;
    const workbook_sheet *sheet;
    size_t columns[COLUMNS]; /* from 1; 0: it has not that column */
    audit_writer *writer;
    const char *user; /* who the line before was */
} csv_reading;

static const char *cell(const csv_reading *c, const workbook_row *row,
                        int column)
{
    return c->columns[column] ? row->cells[c->columns[column] - 1] : "";
}

static int find_columns(csv_reading *c)
{
    static const char *const names[] = {"event",    "node",         "start",
                                        "end",      "latitude",     "longitude",
                                        "accuracy", "old-value",    "new-value",
                                        "user",     "change-reason"};
    for (size_t i = 0; i < c->sheet->column_count; i++)
        for (int k = 0; k < COLUMNS; k++)
            if (strcmp(c->sheet->headers[i], names[k]) == 0)
                c->columns[k] = i + 1;
    return c->columns[EVENT] && c->columns[NODE] && c->columns[START]
               ? TAWAM_OK
               : error_set(TAWAM_EUSAGE,
                           _("this is no audit: it begins with the names "
                             "event, node, start and end"));
}

/* PATH without the numbers of instances, in place. */
static void drop_numbers(char *path)
{
    char *to = path;
    for (; *path; path++)
        if (*path == '[')
            path += strcspn(path, "]") - (strchr(path, ']') == NULL);
        else
            *to++ = *path;
    *to = '\0';
}

/* An item that is gone from the record (an instance taken out) is one of the
 * form still. */
static int find_item(audit_event *e, const csv_reading *c, const char *path)
{
    const form_node *node = *path ? record_find(c->r, path) : NULL;
    char *plain;
    if (node && node->item && !node->is_attribute) {
        audit_event_at(e, node);
        return TAWAM_OK;
    }
    if (!*path)
        return TAWAM_OK;
    plain = memory_string(path);
    if (!plain)
        return TAWAM_EMEMORY;
    drop_numbers(plain);
    e->item = form_find(c->f, plain);
    free(plain);
    return TAWAM_OK;
}

/* Which of a question's three events it was. */
static audit_kind kind_of(const csv_reading *c, const audit_event *e,
                          const char *path)
{
    const form_node *node = record_find(c->r, path);
    if (e->texts[AUDIT_NEW])
        return *e->texts[AUDIT_OLD] ? AUDIT_CHANGED : AUDIT_ANSWERED;
    return !c->columns[NEW] && node && !node->first && *node->value
               ? AUDIT_ANSWERED
               : AUDIT_SEEN;
}

static int take_time(int64_t *out, const char *text)
{
    const int64_t most = INT64_C(253402300800000); /* the year 9999 */
    return text_integer(out, text) == TAWAM_OK && *out >= 0 && *out < most;
}

/* TEXT in units of which one is 1 / PER; 0: it is no number up to MOST. */
static int take_scaled(int64_t *out, const char *text, double per, double most)
{
    double value;
    if (text_decimal(&value, text) != TAWAM_OK || !(fabs(value) <= most))
        return 0;
    *out = llround(value * per);
    return 1;
}

/* A place that is none is left out. */
static void take_place(audit_event *e, const csv_reading *c,
                       const workbook_row *row)
{
    int64_t latitude, longitude, accuracy;
    e->has_place =
        take_scaled(&latitude, cell(c, row, LATITUDE), AUDIT_DEGREE, 90) &&
        take_scaled(&longitude, cell(c, row, LONGITUDE), AUDIT_DEGREE, 180) &&
        take_scaled(&accuracy, cell(c, row, ACCURACY), 100, 1e7) &&
        accuracy >= 0;
    if (e->has_place)
        e->place = (audit_place){(int32_t)latitude, (int32_t)longitude,
                                 (uint32_t)accuracy};
}

static void take_texts(audit_event *e, csv_reading *c, const workbook_row *row)
{
    const char *user = cell(c, row, USER);
    if (*cell(c, row, OLD) || *cell(c, row, NEW)) {
        e->texts[AUDIT_OLD] = cell(c, row, OLD);
        e->texts[AUDIT_NEW] = cell(c, row, NEW);
    }
    if (*cell(c, row, REASON))
        e->texts[AUDIT_CHANGED_FOR] = cell(c, row, REASON);
    if (*user && (!c->user || strcmp(user, c->user) != 0))
        e->texts[AUDIT_USER] = c->user = user;
}

static int read_row(csv_reading *c, const workbook_row *row)
{
    audit_event e = {0};
    const char *path = cell(c, row, NODE);
    size_t i = 0;
    int code;
    while (i < EVENT_COUNT && strcmp(EVENTS[i].event, cell(c, row, EVENT)) != 0)
        i++;
    if (i == EVENT_COUNT)
        return TAWAM_OK;
    if (!take_time(&e.start, cell(c, row, START)))
        return error_set(TAWAM_EUSAGE,
                         _("audit, row %zu: '%.40s' is no time in ms since "
                           "1970"),
                         row->number, cell(c, row, START));
    if (!*cell(c, row, END) || !take_time(&e.end, cell(c, row, END)))
        e.end = e.start;
    e.kind = EVENTS[i].kind;
    code = find_item(&e, c, path);
    take_texts(&e, c, row);
    take_place(&e, c, row);
    if (e.kind == AUDIT_SEEN)
        e.kind = kind_of(c, &e, path);
    return code == TAWAM_OK ? audit_add(c->writer, &e) : code;
}

int audit_read_csv(buffer *out, const form *f, record *r, const char *csv,
                   size_t length)
{
    csv_reading c = {.f = f, .r = r};
    workbook *w = NULL;
    int code = workbook_new(&w);
    if (code == TAWAM_OK)
        code = workbook_read_csv(w, "audit", csv, length);
    if (code == TAWAM_OK) {
        c.sheet = &w->sheets[0];
        code = find_columns(&c);
    }
    if (code == TAWAM_OK)
        code = audit_writer_new(&c.writer, NULL, 0);
    for (size_t i = 0; code == TAWAM_OK && i < c.sheet->row_count; i++)
        code = read_row(&c, &c.sheet->rows[i]);
    if (code == TAWAM_OK) {
        const buffer *bytes = audit_bytes(c.writer);
        buffer_bytes(out, bytes->data, bytes->length);
        code = buffer_check(out);
        error_clear(); /* of ends that are no times, places that are none */
    }
    audit_writer_free(c.writer);
    workbook_free(w);
    return code;
}
