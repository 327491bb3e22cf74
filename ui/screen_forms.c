/* SPDX-License-Identifier: MIT */
/* screen_forms: the forms that can be filled, and below them the records begun
 * and not finished. Enter begins or goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "form/draft.h"
#include "form/layout.h"
#include "form/shelf.h"
#include "ui/fill_internal.h"
#include "ui/listing.h"

enum { TAG_DISCARD = 1 };

typedef struct form_entry {
    const shelf_form *form;
    const char *title;             /* in the user's language */
    char layer[TWIN_NAME_MAX + 1]; /* of its records; "" none yet */
    int64_t records;               /* -1: not counted yet */
    int64_t drafts;
} form_entry;

/* Line I of the listing is form I, then draft I - form_count. */
typedef struct forms_state {
    listing listing;
    arena *memory; /* of all below */
    form_entry *forms;
    size_t form_count, counted;
    draft_entry *drafts;
    size_t draft_count;
} forms_state;

/* ---- reading ---- */

/* Current ones; those that can't be used are shown too, and say why. */
static int read_forms(forms_state *f, twin *t)
{
    shelf_form *all = NULL;
    size_t count = 0;
    int error = shelf_list(&all, &count, t, f->memory);
    if (error < 0)
        return error;
    f->forms = arena_alloc(f->memory, (count + 1) * sizeof *f->forms);
    if (!f->forms)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < count; i++) {
        if (!all[i].current || all[i].withdrawn)
            continue;
        form_entry *entry = &f->forms[f->form_count++];
        *entry = (form_entry){.form = &all[i], .records = -1};
        for (size_t d = 0; d < f->draft_count; d++)
            entry->drafts += strcmp(f->drafts[d].form, all[i].id) == 0;
        buffer layer = {0};
        error = form_record_layer(&layer, all[i].id);
        if (error == TAWAM_OK)
            copy_text(entry->layer, sizeof entry->layer, (char *)layer.data);
        buffer_free(&layer);
        if (error < 0)
            return error;
    }
    return TAWAM_OK;
}

char *form_shown_title(ui_context *ui, const char *id, const char *title)
{
    buffer layer = {0};
    const char *label = title;
    if (form_record_layer(&layer, id) == TAWAM_OK) {
        label = twin_label(ui->territory->twin, (char *)layer.data, "", "",
                           ui->language);
        if (strcmp(label, (char *)layer.data) == 0)
            label = title;
    }
    char *copy = memory_string(label);
    buffer_free(&layer);
    return copy;
}

/* In the user's language, in the arena. */
static int set_title(const char **title, forms_state *f, screen *s,
                     const char *id)
{
    char *shown = form_shown_title(s->ui, id, *title);
    *title = shown ? arena_string(f->memory, shown) : NULL;
    free(shown);
    return *title ? TAWAM_OK : TAWAM_EMEMORY;
}

static int set_titles(forms_state *f, screen *s)
{
    int error = TAWAM_OK;
    for (size_t i = 0; error == TAWAM_OK && i < f->form_count; i++) {
        f->forms[i].title = f->forms[i].form->title;
        error = set_title(&f->forms[i].title, f, s, f->forms[i].form->id);
    }
    for (size_t i = 0; error == TAWAM_OK && i < f->draft_count; i++)
        error = set_title(&f->drafts[i].title, f, s, f->drafts[i].form);
    return error;
}

/* The lines hold what is searched. */
static int make_lines(forms_state *f)
{
    int error = TAWAM_OK;
    listing_clear(&f->listing);
    for (size_t i = 0; i < f->form_count && error == TAWAM_OK; i++)
        error = listing_add(
            &f->listing,
            memory_format("%s %s", f->forms[i].title, f->forms[i].form->id), 0,
            ROLE_NORMAL);
    for (size_t i = 0; i < f->draft_count && error == TAWAM_OK; i++)
        error = listing_add(
            &f->listing,
            memory_format("%s %s", f->drafts[i].caption, f->drafts[i].title), 0,
            ROLE_NORMAL);
    return error;
}

static int forms_read(screen *s)
{
    forms_state *f = s->state;
    twin *t = s->ui->territory->twin;
    arena_reset(f->memory);
    f->form_count = f->draft_count = f->counted = 0;
    int error = draft_list(&f->drafts, &f->draft_count, t, f->memory);
    if (error == TAWAM_OK)
        error = read_forms(f, t);
    if (error == TAWAM_OK)
        error = set_titles(f, s);
    return error < 0 ? error : make_lines(f);
}

static int forms_open(screen *s, const screen_target *target)
{
    forms_state *f = s->state;
    (void)target;
    int error = arena_new(&f->memory);
    return error < 0 ? error : forms_read(s);
}

/* A layer counted a slice; one that is not there has no rows yet. */
static int forms_load(screen *s)
{
    forms_state *f = s->state;
    const twin_layer *layer = NULL;
    twin *t = s->ui->territory->twin;
    if (f->counted >= f->form_count)
        return 0;
    form_entry *entry = &f->forms[f->counted++];
    entry->records = 0;
    if (twin_layer_find(&layer, t, entry->layer) == TAWAM_OK)
        entry->records = twin_row_count(t, layer);
    else
        entry->layer[0] = '\0';
    error_clear();
    return f->counted < f->form_count;
}

static void forms_changed(screen *s)
{
    if (forms_read(s) < 0)
        ui_say_error(s->ui);
}

static void forms_close(screen *s)
{
    forms_state *f = s->state;
    listing_free(&f->listing);
    arena_free(f->memory);
}

/* ---- what the cursor is on ---- */

static const form_entry *form_here(const forms_state *f)
{
    size_t at = (size_t)f->listing.list.cursor;
    return at < f->form_count ? &f->forms[at] : NULL;
}

static const draft_entry *draft_here(const forms_state *f)
{
    size_t at = (size_t)f->listing.list.cursor - f->form_count;
    return at < f->draft_count ? &f->drafts[at] : NULL;
}

/* ---- actions ---- */

static int fill_request(screen *s, request *out, const char *id, int64_t number)
{
    if (s->ui->read_only) {
        ui_say(s->ui, ROLE_WARNING, "%s",
               _("Read-only: no form can be filled here; r shows the records"));
        return SCREEN_HANDLED;
    }
    request_open(out, ACTION_ON_FILL, NULL, number);
    copy_text(out->target.text, sizeof out->target.text, id);
    return SCREEN_HANDLED;
}

static int open_here(screen *s, request *out)
{
    const forms_state *f = s->state;
    const form_entry *of = form_here(f);
    const draft_entry *begun = draft_here(f);
    if (of && *of->form->problem) {
        ui_say(s->ui, ROLE_WARNING, "%s", of->form->problem);
        return SCREEN_HANDLED;
    }
    if (of)
        return fill_request(s, out, of->form->id, 0);
    return begun ? fill_request(s, out, "", begun->id) : SCREEN_HANDLED;
}

/* On a draft: another record of its form. */
static int add_here(screen *s, request *out)
{
    const forms_state *f = s->state;
    const form_entry *of = form_here(f);
    const draft_entry *begun = draft_here(f);
    const char *id = of ? of->form->id : begun ? begun->form : NULL;
    return id ? fill_request(s, out, id, 0) : SCREEN_HANDLED;
}

static int records_here(screen *s, request *out)
{
    const forms_state *f = s->state;
    const form_entry *of = form_here(f);
    if (of && *of->layer)
        return request_open(out, ACTION_ON_ROWS, of->layer, 0);
    ui_say(s->ui, ROLE_WARNING, "%s",
           of ? _("No record was made with this form yet")
              : _("The cursor is on a record begun, not on a form"));
    return SCREEN_HANDLED;
}

static int ask_discard(screen *s, request *out)
{
    const draft_entry *begun = draft_here(s->state);
    if (!begun) {
        ui_say(s->ui, ROLE_WARNING, "%s",
               _("Only a record begun can be discarded here"));
        return SCREEN_HANDLED;
    }
    return request_confirm(out, TAG_DISCARD,
                           _("Discard for ever: %s, %lld answers?"),
                           *begun->caption ? begun->caption : begun->title,
                           (long long)begun->answers);
}

static void discard(screen *s)
{
    const draft_entry *begun = draft_here(s->state);
    if (!begun)
        return;
    if (draft_discard(s->ui->territory->twin, begun->id) < 0)
        ui_say_error(s->ui);
    else
        ui_say(s->ui, ROLE_GOOD, "%s", _("Discarded"));
    forms_changed(s);
}

static int forms_act(screen *s, const screen_call *call, request *out)
{
    forms_state *f = s->state;
    int64_t first_draft = (int64_t)f->form_count;
    switch (call->action->id) {
    case ACTION_OPEN:
        return open_here(s, out);
    case ACTION_ADD:
        return add_here(s, out);
    case ACTION_RECORDS:
        return records_here(s, out);
    case ACTION_DELETE:
        return ask_discard(s, out);
    case ACTION_NEXT_PART:
        f->listing.list.cursor =
            f->listing.list.cursor < first_draft && f->draft_count ? first_draft
                                                                   : 0;
        return SCREEN_HANDLED;
    default:
        return listing_act(&f->listing, s->ui, call, out);
    }
}

static void forms_answer(screen *s, const screen_answer *answer, request *out)
{
    forms_state *f = s->state;
    (void)out;
    if (listing_answer(&f->listing, s->ui, answer))
        return;
    if (answer->tag == TAG_DISCARD && answer->how == INPUT_ACCEPTED)
        discard(s);
}

/* ---- drawing ---- */

/* Where the columns stand: a name, then numbers or a time and a number. */
typedef struct columns {
    int x, name,
        other;  /* column and width of the name, width of what follows */
    int number; /* column of the number at the end */
} columns;

static columns columns_in(area a)
{
    columns c = {.x = a.x + 2};
    int room = a.width - 3 - 10;
    c.other = a.width >= 72 ? 36 : a.width >= 56 ? 18 : 0;
    c.name = room - c.other - 1;
    if (c.name > 48)
        c.name = 48;
    c.number = c.x + c.name + 1 + c.other;
    return c;
}

static void draw_form(const form_entry *e, const columns *c, grid *g, int y,
                      int here)
{
    char records[32], begun[64] = "";
    snprintf(records, sizeof records, e->records < 0 ? "…" : "%lld",
             (long long)e->records);
    if (*e->form->problem)
        copy_text(begun, sizeof begun, _("can't be used"));
    else if (e->drafts)
        snprintf(begun, sizeof begun, _("begun: %lld"), (long long)e->drafts);
    cell_text(g, y, c->x, c->name, e->title, ALIGN_START,
              here                ? ROLE_CURSOR
              : *e->form->problem ? ROLE_DIM
                                  : ROLE_NORMAL);
    if (c->other > 18)
        cell_text(g, y, c->x + c->name + 1, 18, e->form->version, ALIGN_LEFT,
                  ROLE_DIM);
    if (c->other)
        cell_text(g, y, c->number - 17, 16, begun, ALIGN_LEFT, ROLE_PENDING);
    cell_text(g, y, c->number, 10, records, ALIGN_RIGHT, ROLE_NORMAL);
}

/* On narrow screens the form is more than the time: many a caption is a date,
 * and drafts are listed by time. */
static void draw_draft(const draft_entry *d, const columns *c, grid *g, int y,
                       int here)
{
    char when[32], answers[32];
    const char *first = d->caption + strspn(d->caption, " ");
    /* of a record that was finished before */
    char *caption = memory_format("%s%s", *first ? first : d->title,
                                  d->edits ? _(" (edit)") : "");
    clock_format_local(when, d->changed);
    snprintf(answers, sizeof answers, "%lld", (long long)d->answers);
    cell_text(g, y, c->x, c->name, caption ? caption : d->title, ALIGN_START,
              here ? ROLE_CURSOR : ROLE_NORMAL);
    if (c->other)
        cell_text(g, y, c->x + c->name + 1, 18, d->title, ALIGN_START,
                  ROLE_DIM);
    if (c->other > 18)
        cell_text(g, y, c->number - 17, 16, when, ALIGN_LEFT, ROLE_NORMAL);
    cell_text(g, y, c->number, 10, answers, ALIGN_RIGHT, ROLE_NORMAL);
    free(caption);
}

static void draw_headings(const columns *c, grid *g, int y, int of_drafts)
{
    cell_text(g, y, c->x, c->name,
              of_drafts ? _("Begun, not finished") : _("Form"), ALIGN_LEFT,
              ROLE_HEADING);
    cell_text(g, y, c->number, 10, of_drafts ? _("Answers") : _("Records"),
              ALIGN_RIGHT, ROLE_HEADING);
}

static void draw_none(const forms_state *f, grid *g, area a)
{
    a.y += 2;
    a.x += 2;
    a.width -= 3;
    a.height -= 2;
    if (!f->form_count)
        draw_paragraph(g, a,
                       _("No form yet: HQ publishes them with tawam form "
                         "publish, and the next sync (s) brings them."),
                       ROLE_NORMAL);
}

/* Before the first draft shown stand a blank and a heading. */
static void forms_draw(screen *s, grid *g, area a)
{
    forms_state *f = s->state;
    list *l = &f->listing.list;
    columns c = columns_in(a);
    int y = a.y, end = a.y + a.height, headed = 0;
    int forms = (int)f->form_count;
    list_fit(l, (int64_t)f->listing.count,
             a.height - 1 - (f->draft_count ? 2 : 0));
    draw_none(f, g, a);
    if (l->top < forms || !f->draft_count)
        draw_headings(&c, g, y++, 0);
    if (!forms && f->draft_count)
        y += 4;
    for (int64_t i = l->top; i < l->count && y < end; i++) {
        if (i >= forms && !headed++) {
            y += y > a.y;
            draw_headings(&c, g, y++, 1);
        }
        int here = list_mark(l, g, y, a.x, i);
        if (i < forms)
            draw_form(&f->forms[i], &c, g, y++, here);
        else
            draw_draft(&f->drafts[i - forms], &c, g, y++, here);
    }
}

static void forms_title(screen *s, buffer *out)
{
    (void)s;
    buffer_text(out, action_screen_title(ACTION_ON_FORMS));
}

const screen_class screen_forms = {
    .id = ACTION_ON_FORMS,
    .state_size = sizeof(forms_state),
    .open = forms_open,
    .load = forms_load,
    .draw = forms_draw,
    .act = forms_act,
    .answer = forms_answer,
    .changed = forms_changed,
    .title = forms_title,
    .close = forms_close,
};
