/* SPDX-License-Identifier: MIT */
/* progress: one line on the terminal's stderr, drawn four times a second at
 * most and wiped at the end. Nothing where stderr is no terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/terminal.h"

const char CMD_HELP_STALL[] =
    N_("give a link up that moved no byte for so long; else as tawam config "
       "sync.stall says (60)");
const char CMD_HELP_RETRIES[] =
    N_("how often to try again after a link broke; else as tawam config "
       "sync.retries says (5)");
const char CMD_HELP_PAUSE[] =
    N_("wait before the first of these tries, more before each further one; "
       "else 1");

enum { DRAW_EVERY_MS = 250, BAR = 20 };

void cmd_progress_begin(cmd_progress *p, const verb_arguments *a)
{
    memset(p, 0, sizeof *p);
    p->quiet = cmd_quiet(a) || !terminal_is_error();
    p->plain = !cmd_quiet(a) && !terminal_is_error();
    terminal_catch_interrupt();
}

void cmd_progress_end(cmd_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = 0;
}

/* 1 if it is time to draw again. */
static int due(cmd_progress *p)
{
    int64_t now = clock_monotonic();

    if (p->quiet || (p->shown && now - p->last < DRAW_EVERY_MS))
        return 0;
    p->last = now;
    return 1;
}

/* Put LINE in the place of the one before it, cut to the terminal. */
static void draw(cmd_progress *p, buffer *line)
{
    char *cut = NULL;

    if (buffer_check(line) == TAWAM_OK)
        cut = text_ellipsis((const char *)line->data, terminal_width() - 1);
    if (cut != NULL) {
        fprintf(stderr, "\r\033[K%s", cut);
        fflush(stderr);
        p->shown = 1;
    }
    free(cut);
}

/* [####......]  40 %, or nothing while the whole is unknown. */
static void bar(buffer *out, uint64_t done, uint64_t total)
{
    int filled = total ? (int)((double)done / (double)total * BAR) : 0;

    if (total == 0)
        return;
    filled = filled > BAR ? BAR : filled;
    buffer_byte(out, '[');
    for (int i = 0; i < BAR; i++)
        buffer_byte(out, i < filled ? '#' : '.');
    buffer_format(out, "] %3d %%  ",
                  (int)((double)done / (double)total * 100.0));
}

static const char *stage_name(sync_stage stage)
{
    switch (stage) {
    case SYNC_CONNECTING:
        return _("connecting");
    case SYNC_FETCHING:
        return _("fetching");
    case SYNC_MERGING:
        return _("merging");
    case SYNC_PUSHING:
        return _("sending");
    case SYNC_CHECKING:
        return _("checking");
    case SYNC_WAITING:
        return _("waiting");
    case SYNC_FILES_SENDING:
        return _("sending attachments");
    case SYNC_FILES_RECEIVING:
        return _("receiving attachments");
    }
    return "";
}

/* The link broke: when and how often it is tried again. */
static void say_waiting(buffer *line, const sync_progress *s)
{
    buffer_format(line, _("next try in %lld s (%d of %d): "),
                  (long long)((s->wait_ms + 999) / 1000), s->retry, s->retries);
}

/* Where no line is drawn, each wait is still said once. */
static void tell_plainly(cmd_progress *p, const sync_progress *s)
{
    buffer line = {0};

    if (s->stage != SYNC_WAITING) {
        p->told = 0;
        return;
    }
    if (p->told == s->retry)
        return;
    p->told = s->retry;
    say_waiting(&line, s);
    cmd_safe(&line, s->text);
    if (buffer_check(&line) == TAWAM_OK)
        fprintf(stderr, "%s\n", (const char *)line.data);
    buffer_free(&line);
}

/* --NAME in seconds, as milliseconds; 0 when it is not given. */
static int seconds_option(int64_t *out, const verb_arguments *a,
                          const char *name)
{
    const char *text = verb_value(a, name);
    double seconds = 0;

    if (text != NULL && (text_decimal(&seconds, text) != TAWAM_OK ||
                         !(seconds >= 0.001 && seconds <= 3600)))
        return error_set(TAWAM_EUSAGE,
                         _("--%s wants a number of seconds, at most 3600"),
                         name);
    *out = (int64_t)(seconds * 1000 + 0.5);
    return TAWAM_OK;
}

int cmd_link_options(sync_options *out, const verb_arguments *a)
{
    int64_t retries = -1;
    int code = verb_number(&retries, a, "retries", -1, 0);

    if (code == TAWAM_OK)
        code = seconds_option(&out->stall_ms, a, "stall");
    if (code == TAWAM_OK)
        code = seconds_option(&out->retry_ms, a, "pause");
    out->retries = retries > 100000 ? 100000 : (int)retries;
    return code;
}

int cmd_sync_progress(void *context, const sync_progress *s)
{
    cmd_progress *p = context;
    buffer line = {0};
    char in[32], out[32], rate[32];

    if (p->plain)
        tell_plainly(p, s);

    if (due(p)) {
        text_from_bytes(in, s->bytes_in);
        text_from_bytes(out, s->bytes_out);
        text_from_bytes(rate, s->rate > 0 ? (uint64_t)s->rate : 0);
        if (s->stage == SYNC_WAITING)
            say_waiting(&line, s);
        else
            buffer_format(&line, "%s  ", stage_name(s->stage));
        bar(&line, s->done, s->total);
        if (s->stage != SYNC_WAITING)
            buffer_format(&line, "↓ %s  ↑ %s  %s/s  ", in, out, rate);
        if (s->text != NULL)
            cmd_safe(&line, s->text);
        draw(p, &line);
    }
    buffer_free(&line);
    return terminal_interrupted();
}

int cmd_exchange_progress(void *context, const exchange_progress *e)
{
    cmd_progress *p = context;
    buffer line = {0};

    if (due(p)) {
        bar(&line, e->done, e->total);
        if (e->scanning)
            buffer_text(&line, _("reading types"));
        else
            buffer_format(&line, _("%lld rows, %.0f a second"),
                          (long long)e->rows, e->rate);
        if (!e->scanning && e->remaining >= 0)
            buffer_format(&line, _(", %.0f s left"), e->remaining);
        if (e->rejected > 0)
            buffer_format(&line, _(", %lld rejected"), (long long)e->rejected);
        draw(p, &line);
    }
    buffer_free(&line);
    return terminal_interrupted();
}
