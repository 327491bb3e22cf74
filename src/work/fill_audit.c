/* SPDX-License-Identifier: MIT */
/* The audit: of each page that is left, an event a question, from when it was
 * shown (of a list: from the answer before it) to when it was answered or the
 * page left; and what else happens. The draft has it with the next change, so
 * that it costs no write of its own. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* Before it is known who is at it nothing happens. */
static int put(fill *f, audit_event *event)
{
    int code;
    if (!f->audit.writer || fill_asks_user(f))
        return TAWAM_OK;
    event->has_place = fill_where_now(&event->place, f);
    code = audit_add(f->audit.writer, event);
    return code == TAWAM_OK ? fill_store_audit(f, audit_bytes(f->audit.writer))
                            : code;
}

int fill_audit_event(fill *f, audit_kind kind, const form_node *node)
{
    audit_event event = {.kind = kind, .start = clock_now()};
    event.end = event.start;
    if (node)
        audit_event_at(&event, node);
    if (kind == AUDIT_START || kind == AUDIT_RESUME || kind == AUDIT_EDIT)
        event.texts[AUDIT_USER] = f->user;
    if (kind == AUDIT_REASON)
        event.texts[AUDIT_CHANGED_FOR] = f->reason;
    return put(f, &event);
}

int fill_audit_begin(fill *f, audit_kind kind)
{
    buffer before = {0};
    int code = draft_audit(&before, f->draft);
    if (code == TAWAM_OK)
        code = audit_writer_new(&f->audit.writer, before.data, before.length);
    buffer_free(&before);
    f->audit.began_by = kind;
    return code == TAWAM_OK ? fill_audit_event(f, kind, NULL) : code;
}

/* ---- a page ---- */

void fill_audit_forget(fill *f)
{
    for (size_t i = 0; i < f->audit.count; i++)
        free(f->audit.asked[i].before);
    f->audit.count = 0;
    f->audit.shown = 0;
}

static fill_asked *find_asked(fill *f, const form_node *node)
{
    for (size_t i = 0; i < f->audit.count; i++)
        if (f->audit.asked[i].node == node)
            return &f->audit.asked[i];
    return NULL;
}

/* Questions that became relevant on a page already shown come to the others. */
int fill_audit_page(fill *f)
{
    int64_t now = clock_now();
    int code = TAWAM_OK;
    if (!f->audit.writer)
        return TAWAM_OK;
    fill_where_ask(f);
    if (!f->audit.shown) {
        f->audit.shown = f->audit.last = now;
        if (f->page.kind == FILL_CLOSING)
            return fill_audit_event(f, AUDIT_CLOSING, NULL);
    }
    for (size_t i = 0; code == TAWAM_OK && i < f->page.count; i++) {
        const fill_question *q = &f->page.questions[i];
        if (q->kind == FILL_NOTE || find_asked(f, q->node))
            continue;
        code = memory_reserve((void **)&f->audit.asked, &f->audit.capacity,
                              f->audit.count + 1, sizeof *f->audit.asked);
        if (code == TAWAM_OK) {
            fill_asked a = {.node = q->node, .before = memory_string(q->value)};
            code = a.before ? TAWAM_OK : TAWAM_EMEMORY;
            if (a.before)
                f->audit.asked[f->audit.count++] = a;
        }
    }
    return code;
}

/* The answer that NODE got on the page is one that the form warns about. */
static int leave_warned(fill *f, form_node *node)
{
    const char *words = "";
    int code = node->item->control && node->item->control->warning
                   ? record_warning(&words, f->record, node)
                   : TAWAM_OK;
    if (code != TAWAM_OK && code != TAWAM_EMEMORY) {
        error_clear(); /* its rule can't be asked, and warned of nothing */
        code = TAWAM_OK;
    }
    return code == TAWAM_OK && *words ? fill_audit_event(f, AUDIT_WARNED, node)
                                      : code;
}

/* NODE's value became another than BEFORE, or not, from START to END. */
static int put_answer(fill *f, form_node *node, const char *before,
                      int64_t start, int64_t end)
{
    int code;
    audit_event event = {.start = start, .end = end};
    audit_event_at(&event, node);
    event.kind = strcmp(before, node->value) == 0 ? AUDIT_SEEN
                 : *before                        ? AUDIT_CHANGED
                                                  : AUDIT_ANSWERED;
    if (f->form->audit_values && event.kind != AUDIT_SEEN) {
        event.texts[AUDIT_OLD] = before;
        event.texts[AUDIT_NEW] = node->value;
    }
    code = put(f, &event);
    return code == TAWAM_OK && event.kind != AUDIT_SEEN ? leave_warned(f, node)
                                                        : code;
}

int fill_audit_answered(fill *f, form_node *node, const char *before)
{
    fill_asked *a = find_asked(f, node);
    int64_t now = clock_now(), from = f->audit.shown ? f->audit.last : now;
    f->audit.last = now;
    if (!a && strcmp(before, node->value) != 0)
        return put_answer(f, node, before, from < now ? from : now, now);
    if (a)
        a->answered = now;
    return TAWAM_OK;
}

int fill_audit_leave(fill *f)
{
    int64_t now = clock_now(), from = f->audit.shown;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < f->audit.count; i++) {
        fill_asked *a = &f->audit.asked[i];
        int64_t start = from, end = now;
        if (a->answered && f->audit.count > 1)
            from = end = a->answered > from ? a->answered : from;
        code = put_answer(f, a->node, a->before, start, end);
    }
    fill_audit_forget(f);
    return code;
}

int fill_audit_copy(buffer *out, const fill *f)
{
    const buffer *bytes = f->audit.writer ? audit_bytes(f->audit.writer) : NULL;
    if (bytes)
        buffer_bytes(out, bytes->data, bytes->length);
    return buffer_check(out);
}

void fill_audit_back(fill *f, const buffer *before)
{
    audit_writer *w = NULL;
    if (!f->audit.writer ||
        audit_writer_new(&w, before->data, before->length) != TAWAM_OK)
        return; /* then what failed stands there too */
    audit_writer_free(f->audit.writer);
    f->audit.writer = w;
    fill_store_audit(f, audit_bytes(w));
}

void fill_audit_free(fill *f)
{
    fill_audit_forget(f);
    free(f->audit.asked);
    audit_writer_free(f->audit.writer);
}

int fill_pause(fill *f)
{
    audit_event event = {.kind = AUDIT_PAUSE};
    int code = fill_audit_leave(f);
    event.start = event.end = clock_now();
    if (code == TAWAM_OK)
        code = put(f, &event);
    f->is_looked = 0;
    return code == TAWAM_OK ? fill_store_save(f) : code;
}
