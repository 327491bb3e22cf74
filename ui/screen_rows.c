/* SPDX-License-Identifier: MIT */
/* screen_rows: the rows of a layer. However many there are, only their ids are
 * held (rows_view.h) and only those on screen are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/record_form_internal.h"
#include "ui/rows_internal.h"

enum { TAG_FILTER = 1, TAG_SEARCH, TAG_DELETE, TAG_ADDED };
#define SEARCH_MS 8

/* ---- sets of row ids ---- */

/* Index of FID, or where it would stand. */
static size_t fid_place(const fid_set *s, int64_t fid)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->fids[middle] < fid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int fid_set_has(const fid_set *s, int64_t fid)
{
    size_t at = fid_place(s, fid);
    return at < s->count && s->fids[at] == fid;
}

int fid_set_toggle(fid_set *s, int64_t fid)
{
    size_t at = fid_place(s, fid);
    if (at < s->count && s->fids[at] == fid) {
        memmove(s->fids + at, s->fids + at + 1,
                (s->count - at - 1) * sizeof *s->fids);
        s->count--;
        return 0;
    }
    if (memory_reserve((void **)&s->fids, &s->capacity, s->count + 1,
                       sizeof *s->fids) < 0)
        return 0;
    memmove(s->fids + at + 1, s->fids + at, (s->count - at) * sizeof *s->fids);
    s->fids[at] = fid;
    s->count++;
    return 1;
}

void fid_set_clear(fid_set *s)
{
    s->count = 0;
}

/* ---- opening and reading ---- */

static int rows_open(screen *s, const screen_target *target)
{
    rows_state *r = s->state;
    twin *t = s->ui->territory->twin;
    int error = arena_new(&r->memory);
    if (error == TAWAM_OK)
        error = fields_load(&r->fields, t, target->layer, s->ui->language);
    if (error == TAWAM_OK)
        error = rows_view_open(&r->view, t, r->fields);
    /* of most layers none does */
    if (error == TAWAM_OK &&
        record_form_find(r->made_by, sizeof r->made_by, t, target->layer) < 0)
        error_clear();
    r->conflicts_old = 1;
    r->keep = target->fid;
    return error;
}

static void rows_close(screen *s)
{
    rows_state *r = s->state;
    rows_view_close(r->view);
    fields_free(r->fields);
    arena_free(r->memory);
    free(r->wanted);
    free(r->widths);
    free(r->marked.fids);
    free(r->conflicts.fids);
    free(r->needle);
}

static int64_t current_fid(const rows_state *r)
{
    return rows_view_fid(r->view, r->list.cursor);
}

/* Called for each open conflict of the territory. */
static int add_conflict(void *context, const sync_conflict *conflict)
{
    rows_state *r = context;
    if (conflict->layer && conflict->layer->id == r->fields->layer &&
        !fid_set_has(&r->conflicts, conflict->fid))
        fid_set_toggle(&r->conflicts, conflict->fid);
    return 0;
}

/* Once a change, not once a frame. */
static void read_conflicts(screen *s)
{
    rows_state *r = s->state;
    r->conflicts_old = 0;
    fid_set_clear(&r->conflicts);
    if (s->ui->territory->sync && s->ui->status.conflicts)
        sync_conflicts(s->ui->territory->sync, add_conflict, r);
}

/* The layer or the language changed: labels, order and filter are made again,
 * the cursor stays on its row. */
static void rows_changed(screen *s)
{
    rows_state *r = s->state;
    fields *fresh = NULL;
    if (fields_load(&fresh, s->ui->territory->twin, r->fields->layer_name,
                    s->ui->language) < 0) {
        ui_say_error(s->ui);
        return;
    }
    if (!r->keep)
        r->keep = current_fid(r);
    fields *old = r->fields;
    r->fields = fresh;
    if (rows_view_again(r->view, fresh) < 0)
        ui_say_error(s->ui);
    fields_free(old);
    r->conflicts_old = 1;
    if (r->focus >= fresh->table_count)
        r->focus = 0;
    free(r->wanted);
    r->wanted = NULL;
}

/* ---- search ---- */

/* Rows are looked at from the one beside the cursor on, around the end. */
static void start_search(rows_state *r, int step)
{
    if (!r->needle)
        return;
    r->search_step = step;
    r->search_left = rows_view_count(r->view);
    r->search_at = r->list.cursor + step;
}

/* Look at rows for some milliseconds; 1 if there is more to look at. */
static int search_slice(screen *s)
{
    rows_state *r = s->state;
    int64_t end = clock_monotonic() + SEARCH_MS;
    int64_t count = rows_view_count(r->view);
    while (r->search_left > 0 && count > 0) {
        r->search_left--;
        int64_t at = (r->search_at % count + count) % count;
        int found =
            rows_view_holds(r->view, rows_view_fid(r->view, at), r->needle);
        r->search_at = at + r->search_step;
        if (found < 0)
            ui_say_error(s->ui);
        if (found) {
            r->search_step = 0;
            if (found > 0)
                r->list.cursor = at;
            return 0;
        }
        if (clock_monotonic() >= end)
            return 1;
    }
    r->search_step = 0;
    ui_say(s->ui, ROLE_WARNING, _("'%s' is not found"), r->sought);
    return 0;
}

/* First the view, then a search in it. When a view has been made anew, the
 * cursor goes back to its row. */
static int rows_load(screen *s)
{
    rows_state *r = s->state;
    if (r->conflicts_old)
        read_conflicts(s);
    if (rows_view_busy(r->view)) {
        int more = rows_view_load(r->view);
        if (more)
            return more;
        int64_t at = r->keep ? rows_view_index(r->view, r->keep) : -1;
        if (at >= 0)
            r->list.cursor = at;
        r->keep = 0;
    }
    return r->search_step ? search_slice(s) : 0;
}

/* ---- actions ---- */

/* Called for every letter typed. The cursor returns to its row when the filter
 * is taken away. */
static void set_filter(screen *s, const char *text)
{
    rows_state *r = s->state;
    copy_text(r->filter, sizeof r->filter, text);
    r->search_step = 0;
    if (!*text)
        r->keep = current_fid(r);
    if (rows_view_filter(r->view, text) < 0)
        ui_say_error(s->ui);
    if (*text)
        r->list.cursor = r->list.top = 0;
    else if (!rows_view_busy(r->view) && r->keep) {
        int64_t at = rows_view_index(r->view, r->keep);
        r->list.cursor = at < 0 ? 0 : at;
        r->keep = 0;
    }
}

/* A column named, "-name" for the other way, or the one in focus: up, down,
 * not at all. */
static void set_sort(screen *s, const char *name)
{
    rows_state *r = s->state;
    const field *f = &r->fields->items[r->focus];
    int descending = *name == '-';
    if (*name) {
        f = fields_by_name(r->fields, name + descending);
        if (!f) {
            ui_say(s->ui, ROLE_WARNING, _("no column '%s'"), name);
            return;
        }
    } else if (r->sort_column == f->column) {
        descending = 1;
        if (r->descending)
            f = NULL;
    }
    r->sort_column = f ? f->column : 0;
    r->descending = f ? descending : 0;
    r->list.cursor = r->list.top = 0;
    r->keep = 0;
    rows_view_sort(r->view, r->sort_column, r->descending);
}

/* A number is a place in the list where there is such a place, else a fid. */
static void go_to_row(screen *s, const char *row)
{
    rows_state *r = s->state;
    twin *t = s->ui->territory->twin;
    const twin_layer *layer = NULL;
    int64_t number = 0, fid = 0;
    if (text_integer(&number, row) == TAWAM_OK && number >= 1 &&
        number <= rows_view_count(r->view)) {
        r->list.cursor = number - 1;
        return;
    }
    if (twin_layer_find(&layer, t, r->fields->layer_name) < 0 ||
        twin_row_find(&fid, t, layer, row) < 0) {
        ui_say_error(s->ui);
        return;
    }
    int64_t at = rows_view_index(r->view, fid);
    if (at >= 0)
        r->list.cursor = at;
    else
        ui_say(s->ui, ROLE_WARNING, "%s", _("the filter hides this row"));
}

/* Marking goes down a row, so that several are marked by one key. */
static void mark(rows_state *r)
{
    if (!current_fid(r))
        return;
    fid_set_toggle(&r->marked, current_fid(r));
    list_act(&r->list, ACTION_DOWN);
}

static void move_focus(rows_state *r, int step)
{
    if (step < 0 && r->focus > 0)
        r->focus--;
    if (step > 0 && r->focus + 1 < r->fields->table_count)
        r->focus++;
}

/* The question names what would go. */
static int ask_delete(screen *s, request *out)
{
    rows_state *r = s->state;
    twin *t = s->ui->territory->twin;
    const twin_layer *layer = NULL;
    char *caption = NULL;
    if (!current_fid(r))
        return SCREEN_HANDLED;
    if (r->marked.count)
        return request_confirm(out, TAG_DELETE,
                               _("Delete the marked rows (%zu)?"),
                               r->marked.count);
    if (twin_layer_find(&layer, t, r->fields->layer_name) == TAWAM_OK)
        twin_row_caption(&caption, t, layer, current_fid(r));
    request_confirm(out, TAG_DELETE, _("Delete %s?"), caption ? caption : "");
    free(caption);
    return SCREEN_HANDLED;
}

/* The marked rows, else the one under the cursor, as one step. */
static void delete_rows(screen *s)
{
    rows_state *r = s->state;
    const twin_layer *layer = NULL;
    int64_t one = current_fid(r);
    size_t deleted = 0, parts = 0;
    int error =
        twin_layer_find(&layer, s->ui->territory->twin, r->fields->layer_name);
    if (error == TAWAM_OK)
        error = edit_delete(&deleted, &parts, s->ui->edits, layer,
                            r->marked.count ? r->marked.fids : &one,
                            r->marked.count ? r->marked.count : 1);
    if (error < 0) {
        ui_say_error(s->ui);
        return;
    }
    fid_set_clear(&r->marked);
    /* The cursor goes to the row that comes up. */
    r->keep = rows_view_fid(r->view, r->list.cursor + 1);
    ui_say_deleted(s->ui, deleted, parts);
}

/* Esc: the innermost of what is under way. */
static int cancel(screen *s)
{
    rows_state *r = s->state;
    if (r->search_step)
        r->search_step = 0;
    else if (r->filter[0])
        set_filter(s, "");
    else if (r->marked.count)
        fid_set_clear(&r->marked);
    else
        return SCREEN_IGNORED;
    return SCREEN_HANDLED;
}

static void search_for(screen *s, const char *text)
{
    rows_state *r = s->state;
    free(r->needle);
    r->needle = *text ? text_fold(text) : NULL;
    copy_text(r->sought, sizeof r->sought, text);
    start_search(r, 1);
}

/* Actions that look for rows; those with an argument ask nothing. */
static int act_find(screen *s, const screen_call *call, request *out)
{
    rows_state *r = s->state;
    const char *argument = call->argument;
    switch (call->action->id) {
    case ACTION_FILTER:
        if (!*argument)
            return request_prompt(out, TAG_FILTER, _("Filter:"), r->filter, 1);
        set_filter(s, argument);
        break;
    case ACTION_SEARCH:
        if (!*argument)
            return request_prompt(out, TAG_SEARCH, _("Search:"), "", 0);
        search_for(s, argument);
        break;
    case ACTION_SEARCH_NEXT:
        start_search(r, 1);
        break;
    case ACTION_SEARCH_PREVIOUS:
        start_search(r, -1);
        break;
    case ACTION_SORT:
        set_sort(s, argument);
        break;
    case ACTION_GO:
        go_to_row(s, argument);
        break;
    default:
        return SCREEN_IGNORED;
    }
    return SCREEN_HANDLED;
}

static int rows_act(screen *s, const screen_call *call, request *out)
{
    rows_state *r = s->state;
    action_id id = call->action->id;
    if (list_act(&r->list, id)) {
        r->keep = 0;
        return SCREEN_HANDLED;
    }
    switch (id) {
    case ACTION_OPEN:
        return current_fid(r)
                   ? request_open(out, ACTION_ON_ROW, r->fields->layer_name,
                                  current_fid(r))
                   : SCREEN_HANDLED;
    case ACTION_EDIT_RECORD:
        return current_fid(r)
                   ? record_form_open(out, s->ui, r->made_by, current_fid(r))
                   : SCREEN_HANDLED;
    case ACTION_ADD:
        out->tag = TAG_ADDED;
        return request_open(out, ACTION_ON_ADD, r->fields->layer_name, 0);
    case ACTION_LEFT:
    case ACTION_RIGHT:
        move_focus(r, id == ACTION_LEFT ? -1 : 1);
        return SCREEN_HANDLED;
    case ACTION_MARK:
        mark(r);
        return SCREEN_HANDLED;
    case ACTION_DELETE:
        return ask_delete(s, out);
    case ACTION_CANCEL:
        return cancel(s);
    default:
        return act_find(s, call, out);
    }
}

/* A cancelled filter is answered with "": all rows again. */
static void rows_answer(screen *s, const screen_answer *answer, request *out)
{
    rows_state *r = s->state;
    (void)out;
    switch (answer->tag) {
    case TAG_FILTER:
        set_filter(s, answer->text);
        break;
    case TAG_SEARCH:
        if (answer->how == INPUT_ACCEPTED)
            search_for(s, answer->text);
        break;
    case TAG_DELETE:
        if (answer->how == INPUT_ACCEPTED)
            delete_rows(s);
        break;
    default: /* a row was added: its fid */
        if (text_integer(&r->keep, answer->text) < 0)
            r->keep = 0;
    }
}

static int rows_offers(screen *s, action_id id)
{
    const rows_state *r = s->state;
    return id != ACTION_EDIT_RECORD || *r->made_by;
}

/* "Household 12/300 ~ filter"; … while there is more to load. */
static void rows_title(screen *s, buffer *out)
{
    const rows_state *r = s->state;
    int64_t count = rows_view_count(r->view);
    buffer_format(out, "%s %lld/%lld%s", r->fields->layer_label,
                  (long long)(count ? r->list.cursor + 1 : 0), (long long)count,
                  rows_view_busy(r->view) ? "…" : "");
    if (r->filter[0])
        buffer_format(out, " ~ %s", r->filter);
}

const screen_class screen_rows = {
    .id = ACTION_ON_ROWS,
    .state_size = sizeof(rows_state),
    .open = rows_open,
    .load = rows_load,
    .draw = rows_draw,
    .act = rows_act,
    .offers = rows_offers,
    .answer = rows_answer,
    .changed = rows_changed,
    .title = rows_title,
    .close = rows_close,
};
