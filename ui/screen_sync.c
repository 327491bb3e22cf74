/* SPDX-License-Identifier: MIT */
/* screen_sync: meets a remote and shows how it goes. work_sync() blocks; its
 * progress callback draws and looks at the keys, so Esc stops it at any time,
 * which is always safe. What was done stays on screen as a log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/listing.h"
#include "work/files.h"
#include "work/workflow.h"

typedef enum phase { WAITING, RUNNING, DONE } phase;

typedef struct sync_state {
    phase phase;
    int error;                   /* of the last run */
    char why[512];               /* its message, "" when all went well */
    int files_wait;              /* 1: attachments did not all go through */
    char remote[64];             /* name, or "" for the usual one */
    char cell[FILES_VALUE_SIZE]; /* the one attachment to fetch, or "" */
    listing log;
    sync_stage stage; /* the last one seen */
    uint64_t done, total, bytes_in, bytes_out;
    double rate;
    char text[128];  /* the remote's words */
    int64_t wait_ms; /* until the next try */
    int retry, retries;
} sync_state;

static int sync_open_screen(screen *s, const screen_target *target)
{
    sync_state *state = s->state;
    copy_text(state->remote, sizeof state->remote, target->id);
    copy_text(state->cell, sizeof state->cell, target->text);
    return TAWAM_OK;
}

/* One line of the log with the time; LINE is taken over. */
static void say(sync_state *state, role r, char *line)
{
    char when[32], left[32];
    clock_format_local(when, clock_now());
    snprintf(left, sizeof left, "%s",
             strchr(when, ' ') ? strchr(when, ' ') + 1 : when);
    state->log.left_width = 7;
    state->log.left_role = ROLE_DIM;
    listing_add_pair(&state->log, left, line, r);
    state->log.list.cursor = state->log.list.count - 1;
}

static const char *stage_name(sync_stage stage)
{
    switch (stage) {
    case SYNC_CONNECTING:
        return _("connecting");
    case SYNC_FETCHING:
        return _("receiving");
    case SYNC_MERGING:
        return _("merging");
    case SYNC_PUSHING:
        return _("sending");
    case SYNC_CHECKING:
        return _("checking that it arrived");
    case SYNC_WAITING:
        return _("waiting for the next try");
    case SYNC_FILES_SENDING:
        return _("sending attachments");
    case SYNC_FILES_RECEIVING:
        return _("receiving attachments");
    }
    return "";
}

/* Called by sync several times a second, also while it waits for the link. */
static int on_progress(void *context, const sync_progress *p)
{
    screen *s = context;
    sync_state *state = s->state;
    if (p->stage == SYNC_WAITING && state->stage != SYNC_WAITING)
        say(state, ROLE_WARNING, memory_string(p->text));
    if (p->stage != state->stage)
        say(state, ROLE_NORMAL, memory_string(stage_name(p->stage)));
    state->stage = p->stage;
    state->done = p->done;
    state->total = p->total;
    state->bytes_in = p->bytes_in;
    state->bytes_out = p->bytes_out;
    state->rate = p->rate;
    state->wait_ms = p->wait_ms;
    state->retry = p->retry;
    state->retries = p->retries;
    copy_text(state->text, sizeof state->text, p->text ? p->text : "");
    return ui_breathe(s->ui);
}

/* ---- the result in words ---- */

static void say_recorded(sync_state *state, const sync_result *r)
{
    if (*r->recorded)
        say(state, ROLE_NORMAL,
            memory_format(_("recorded %.8s: rows new %lld, changed %lld, "
                            "deleted %lld"),
                          r->recorded, (long long)r->recorded_counts.inserted,
                          (long long)r->recorded_counts.updated,
                          (long long)r->recorded_counts.deleted));
}

static void say_received(sync_state *state, const sync_result *r)
{
    say(state, ROLE_NORMAL,
        memory_format(_("received: commits %lld; rows new %lld, changed "
                        "%lld, deleted %lld"),
                      (long long)r->commits_received,
                      (long long)r->applied_counts.inserted,
                      (long long)r->applied_counts.updated,
                      (long long)r->applied_counts.deleted));
    if (r->commits_waiting)
        say(state, ROLE_WARNING,
            memory_format(_("commits that wait for others before them: %lld"),
                          (long long)r->commits_waiting));
    if (r->commits_refused)
        say(state, ROLE_ERROR,
            memory_format(_("commits refused: %lld; the log says why"),
                          (long long)r->commits_refused));
    if (r->conflicts_new)
        say(state, ROLE_CONFLICT,
            memory_format(_("new conflicts: %lld; c shows them"),
                          (long long)r->conflicts_new));
}

static void say_sent(sync_state *state, const sync_result *r)
{
    switch (r->sent) {
    case SYNC_NOTHING_TO_SEND:
        say(state, ROLE_NORMAL, memory_string(_("nothing to send")));
        break;
    case SYNC_SENT:
        say(state, ROLE_GOOD,
            memory_format(_("sent: commits %lld; the remote shows them"),
                          (long long)r->commits_sent));
        if (r->lines_sent)
            say(state, ROLE_GOOD,
                memory_format(_("lines of other devices sent: %lld"),
                              (long long)r->lines_sent));
        if (r->read_back)
            say(state, ROLE_GOOD,
                memory_string(_("read back from there: a stick is safe to "
                                "remove")));
        break;
    case SYNC_REFUSED:
        say(state, ROLE_ERROR,
            memory_format(_("the remote refused: %s"), r->why ? r->why : ""));
        break;
    case SYNC_NOT_SENT:
        break; /* the error says it */
    case SYNC_UNKNOWN:
        say(state, ROLE_WARNING,
            memory_string(_("the reply was lost; s tries again, which is "
                            "harmless")));
        break;
    }
    if (r->sent == SYNC_SENT && r->why)
        say(state, ROLE_ERROR,
            memory_format(_("the remote refused: %s"), r->why));
    if (r->moved_back) {
        say(state, ROLE_WARNING,
            memory_string(_("the remote has less than it once had: it is from "
                            "a backup, or another")));
        say(state, ROLE_WARNING,
            memory_string(_("what it lacks and is here goes there again")));
    }
    if (*r->renamed_to)
        say(state, ROLE_WARNING,
            memory_format(_("another machine uses this device's name; this "
                            "one is %s now"),
                          r->renamed_to));
}

/* A line for each line of FORMS, which may be NULL. */
static void say_forms(sync_state *state, const char *forms)
{
    while (forms && *forms) {
        size_t length = strcspn(forms, "\n");
        say(state, ROLE_NORMAL, memory_string_length(forms, length));
        forms += length + (forms[length] != 0);
    }
}

/* In the order in which it was done. */
static void say_result(sync_state *state, const sync_result *r, int error)
{
    char in[32], out[32];
    say_recorded(state, r);
    if (error == TAWAM_OK || r->commits_received)
        say_received(state, r);
    if (error == TAWAM_OK)
        say_sent(state, r);
    say_forms(state, r->forms);
    text_from_bytes(in, r->bytes_in);
    text_from_bytes(out, r->bytes_out);
    say(state, ROLE_DIM, memory_format(_("%s received, %s sent"), in, out));
    if (error == TAWAM_ECANCELLED)
        say(state, ROLE_WARNING,
            memory_string(_("stopped; what was done stays, s goes on")));
    else if (error < 0)
        say(state, ROLE_ERROR, memory_string(error_message()));
    copy_text(state->why, sizeof state->why, error < 0 ? error_message() : "");
}

static void say_moved(sync_state *state, role r, const char *format,
                      int64_t count, int64_t bytes)
{
    char size[32];
    text_from_bytes(size, (uint64_t)bytes);
    if (count)
        say(state, r, memory_format(format, (long long)count, size));
}

/* Attachments: what moved, what waits and why. */
static void say_files(sync_state *state, const files_result *r, int error)
{
    say_moved(state, ROLE_GOOD, _("attachments sent: %lld, %s"), r->sent,
              r->sent_bytes);
    say_moved(state, ROLE_GOOD, _("attachments received: %lld, %s"),
              r->received, r->received_bytes);
    if (r->refused)
        say(state, ROLE_ERROR,
            memory_format(_("%s is not what its row says: kept aside"),
                          r->refused_name));
    say_moved(state, ROLE_WARNING, _("attachments that wait: %lld, %s"),
              r->left, r->left_bytes);
    if (error < 0)
        say(state, ROLE_WARNING, memory_string(error_message()));
    state->files_wait = error < 0 || r->left;
}

/* ---- running ---- */

/* After the data: what stops the attachments is no fault of the sync. */
static void run_files(screen *s, const char *to, const sync_options *options)
{
    files_result files = {0};
    int error = work_files_exchange(&files, s->ui->territory, to, options);
    say_files(s->state, &files, error);
}

/* One attachment, asked for on a row's screen. */
static int run_fetch(screen *s)
{
    sync_state *state = s->state;
    files_result files = {0};
    sync_options options = {
        .progress = on_progress, .context = s, .retries = -1};
    files_key key;
    int error = TAWAM_OK;
    work_link_settings(&options, s->ui->territory);
    if (files_key_read(&key, state->cell, strlen(state->cell))) {
        say(state, ROLE_LABEL, memory_string(key.name));
        error =
            work_files_get(&files, s->ui->territory, NULL, &key, 1, &options);
    }
    copy_text(state->why, sizeof state->why, error < 0 ? error_message() : "");
    say_files(state, &files, error);
    return error;
}

/* Blocks until all is done or the person stops it. Afterwards nothing is left
 * to undo: it is recorded. */
static int run(screen *s)
{
    sync_state *state = s->state;
    territory *t = s->ui->territory;
    sync_result result = {.sent = SYNC_NOTHING_TO_SEND};
    sync_options options = {
        .progress = on_progress, .context = s, .wake_fd = 0, .retries = -1};
    const char *to = *state->remote ? state->remote : NULL;
    char *remote = NULL, *url = NULL;
    int error = work_remote(&remote, &url, t, to);
    work_link_settings(&options, t);
    if (error == TAWAM_OK) {
        say(state, ROLE_LABEL, memory_string(url));
        error = work_sync(&result, t, to, &options);
    }
    free(remote);
    free(url);
    say_result(state, &result, error);
    if (error == TAWAM_OK) {
        error = work_sync_outcome(&result); /* the log has said it */
        copy_text(state->why, sizeof state->why,
                  error < 0 ? error_message() : "");
    }
    sync_result_clear(&result);
    if (error == TAWAM_OK)
        run_files(s, to, &options);
    if (error == TAWAM_OK)
        edit_stack_clear(s->ui->edits);
    ui_status_changed(s->ui);
    return error;
}

/* The first call only lets the screen be drawn. */
static int sync_load(screen *s)
{
    sync_state *state = s->state;
    if (state->phase == DONE || !s->ui->territory->sync)
        return 0;
    if (state->phase == WAITING) {
        state->phase = RUNNING;
        return 1;
    }
    state->error = *state->cell ? run_fetch(s) : run(s);
    state->phase = DONE;
    return 0;
}

/* ---- drawing ---- */

/* An empty bar while the total is not known. */
static void draw_bar(const sync_state *state, grid *g, int y, area a)
{
    int width = a.width > 64 ? 60 : a.width - 4;
    int full =
        state->total
            ? (int)((double)width * (double)state->done / (double)state->total)
            : 0;
    for (int x = 0; x < width; x++) {
        uint32_t sign = x < full ? '#' : '-';
        grid_put(g, y, a.x + 2 + x, &sign, 1, 1,
                 x < full ? ROLE_GOOD : ROLE_DIM);
    }
}

/* What is done of how much: objects, or bytes of attachments. */
static void draw_stage(char line[256], const sync_state *state)
{
    char done[32], total[32];
    snprintf(done, sizeof done, "%llu", (unsigned long long)state->done);
    snprintf(total, sizeof total, "%llu", (unsigned long long)state->total);
    if (state->stage == SYNC_FILES_SENDING ||
        state->stage == SYNC_FILES_RECEIVING) {
        text_from_bytes(done, state->done);
        text_from_bytes(total, state->total);
    }
    if (state->total)
        snprintf(line, 256, "%s  %s / %s", stage_name(state->stage), done,
                 total);
    else
        snprintf(line, 256, "%s", stage_name(state->stage));
}

static void draw_running(const sync_state *state, grid *g, area a)
{
    char in[32], out[32], rate[32], line[256];
    text_from_bytes(in, state->bytes_in);
    text_from_bytes(out, state->bytes_out);
    text_from_bytes(rate, (uint64_t)(state->rate > 0 ? state->rate : 0));
    if (state->stage == SYNC_WAITING)
        snprintf(line, sizeof line, _("next try in %lld s (%d of %d)"),
                 (long long)((state->wait_ms + 999) / 1000), state->retry,
                 state->retries);
    else
        draw_stage(line, state);
    cell_text(g, a.y, a.x + 2, a.width - 3, line, ALIGN_LEFT, ROLE_HEADING);
    draw_bar(state, g, a.y + 1, a);
    snprintf(line, sizeof line, _("%s received, %s sent, %s/s   Esc stops"), in,
             out, rate);
    cell_text(g, a.y + 2, a.x + 2, a.width - 3, line, ALIGN_LEFT, ROLE_NORMAL);
    cell_text(g, a.y + 3, a.x + 2, a.width - 3, state->text, ALIGN_LEFT,
              ROLE_DIM);
}

/* How it went, whole: the log may cut it. Returns the rows taken. */
static int draw_result(const sync_state *state, grid *g, area a)
{
    area first = {a.y, a.x + 2, a.height, a.width - 3};
    if (state->error >= 0 && state->files_wait)
        return draw_paragraph(g, first,
                              _("The data is synced, attachments not all. s "
                                "goes on, q goes back."),
                              ROLE_WARNING);
    if (state->error >= 0)
        return draw_paragraph(g, first, _("Done. s syncs again, q goes back."),
                              ROLE_HEADING);
    int rows = draw_paragraph(
        g, first,
        state->error == TAWAM_ECANCELLED
            ? _("Stopped; what was done stays. s goes on, q goes back.")
            : _("Not done; nothing is lost. s tries again, q goes back."),
        ROLE_WARNING);
    if (state->error == TAWAM_ECANCELLED)
        return rows;
    first.y += rows;
    first.height = a.height / 2;
    return rows + draw_paragraph(g, first, state->why, ROLE_ERROR);
}

/* While it runs, progress stands above the log; then the result. */
static void sync_draw(screen *s, grid *g, area a)
{
    sync_state *state = s->state;
    int above = 5;
    if (state->phase == DONE)
        above = draw_result(state, g, a) + 1;
    else if (!s->ui->territory->sync)
        cell_text(g, a.y, a.x + 2, a.width - 3, _("This replica has no log."),
                  ALIGN_LEFT, ROLE_WARNING);
    else
        draw_running(state, g, a);
    area log = {a.y + above, a.x, a.height - above, a.width};
    listing_draw(&state->log, g, log);
}

/* `s` on this screen runs it again, below what the log says already. */
static int sync_act(screen *s, const screen_call *call, request *out)
{
    sync_state *state = s->state;
    if (call->action->id == ACTION_SYNC && !*call->argument) {
        state->phase = WAITING;
        state->files_wait = 0;
        if (state->error == TAWAM_OK)
            *state->cell = '\0'; /* it is here: now it syncs */
        state->stage = 0;
        state->done = state->total = 0;
        return SCREEN_HANDLED;
    }
    return listing_act(&state->log, s->ui, call, out);
}

static void sync_title(screen *s, buffer *out)
{
    const sync_state *state = s->state;
    buffer_text(out, action_screen_title(ACTION_ON_SYNC));
    if (*state->remote)
        buffer_format(out, " %s", state->remote);
}

static void sync_close(screen *s)
{
    sync_state *state = s->state;
    listing_free(&state->log);
}

const screen_class screen_sync = {
    .id = ACTION_ON_SYNC,
    .state_size = sizeof(sync_state),
    .open = sync_open_screen,
    .load = sync_load,
    .draw = sync_draw,
    .act = sync_act,
    .title = sync_title,
    .close = sync_close,
};
