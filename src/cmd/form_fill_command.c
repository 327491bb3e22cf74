/* SPDX-License-Identifier: MIT */
/* Line mode's commands: what begins with a colon. */
#include "cmd/form_fill_internal.h"
#include "cmd/terminal.h"
#include <stdlib.h>
#include <string.h>

typedef int command_call(line_mode *m, const fill_question *q,
                         const char *words);

static int needs_question(const fill_question *q)
{
    return q ? TAWAM_OK : error_set(TAWAM_ENO, _("there is no question here"));
}

/* An answer by CODE and OUTCOME: said, or why not. */
static int say_outcome(line_mode *m, int code, record_outcome outcome)
{
    if (code == TAWAM_OK && outcome != RECORD_OK)
        line_say_error(m);
    return code;
}

/* ---- moving ---- */

static int do_go(line_mode *m, const fill_question *q, const char *words)
{
    const char *path = NULL;
    int code = fill_find(&path, m->fill, words);
    (void)q;
    m->said = NULL;
    if (code == TAWAM_OK) {
        char *copy = memory_string(path);
        code = copy ? fill_go(m->fill, copy) : TAWAM_EMEMORY;
        m->asked = code == TAWAM_OK ? record_find(fill_record(m->fill), copy)
                                    : m->asked;
        free(copy);
    }
    return code;
}

static int do_open(line_mode *m, const fill_question *q, const char *words)
{
    form_node *found = NULL;
    int code = fill_to_open(&found, m->fill, q ? q->node : NULL,
                            *words == '-' ? -1 : 1);
    m->said = NULL;
    if (code == TAWAM_OK)
        m->asked = found;
    return code;
}

static int do_end(line_mode *m, const fill_question *q, const char *words)
{
    (void)q;
    (void)words;
    m->asked = NULL;
    return fill_to_closing(m->fill);
}

static int do_outline(line_mode *m, const fill_question *q, const char *words)
{
    (void)q;
    (void)words;
    return line_say_outline(m);
}

/* ---- answers ---- */

static int do_clear(line_mode *m, const fill_question *q, const char *words)
{
    int code = needs_question(q);
    (void)words;
    return code == TAWAM_OK ? fill_clear(m->fill, q->node) : code;
}

/* An answer that needs no words. */
static int answer_by(line_mode *m, const fill_question *q,
                     int (*call)(record_outcome *, fill *, form_node *))
{
    record_outcome outcome = RECORD_OK;
    int code = needs_question(q);
    if (code == TAWAM_OK)
        code = call(&outcome, m->fill, q->node);
    return say_outcome(m, code, outcome);
}

static int do_ditto(line_mode *m, const fill_question *q, const char *words)
{
    (void)words;
    return answer_by(m, q, fill_ditto);
}

static int do_not_know(line_mode *m, const fill_question *q, const char *words)
{
    (void)words;
    return answer_by(m, q, fill_not_know);
}

static int do_refuse(line_mode *m, const fill_question *q, const char *words)
{
    (void)words;
    return answer_by(m, q, fill_refuse);
}

static int do_note(line_mode *m, const fill_question *q, const char *words)
{
    int code = needs_question(q);
    if (code == TAWAM_OK)
        code = fill_set_note(m->fill, q->node, words, q->flagged);
    if (code == TAWAM_OK && *words) {
        buffer_format(&m->out, "%s: ", _("note"));
        line_say(m, words);
    } else if (code == TAWAM_OK)
        line_say(m, _("without a note"));
    return code;
}

static int do_flag(line_mode *m, const fill_question *q, const char *words)
{
    int code = needs_question(q);
    (void)words;
    if (code == TAWAM_OK)
        code = fill_set_note(m->fill, q->node, q->note, !q->flagged);
    if (code == TAWAM_OK)
        line_say(m, q->flagged ? _("not flagged") : _("flagged"));
    return code;
}

static int do_choices(line_mode *m, const fill_question *q, const char *words)
{
    size_t *indexes = NULL, count = 0;
    int code = needs_question(q);
    if (code == TAWAM_OK && !q->choice_count)
        code = error_set(TAWAM_ENO, _("this question has no choices"));
    if (code == TAWAM_OK && !*words)
        line_say_choices(m, q, NULL, q->choice_count);
    else if (code == TAWAM_OK) {
        code = fill_match_choices(&indexes, &count, q, words);
        if (code == TAWAM_OK)
            line_say_choices(m, q, indexes, count);
        free(indexes);
    }
    return code;
}

/* ---- gpsd ---- */

static int stop_gps(void *context, double accuracy, int64_t waited)
{
    (void)context;
    (void)accuracy;
    (void)waited;
    return terminal_interrupted();
}

/* --gpsd as "HOST:PORT", "HOST" or ":PORT"; nothing where it is not given. */
int line_gpsd(fill_gps *gps, char **host, const line_mode *m)
{
    const char *address = verb_value(m->arguments, "gpsd");
    const char *colon = address ? strrchr(address, ':') : NULL;
    int64_t port = 0;
    if (!address)
        return TAWAM_OK;
    *host = memory_string_length(address, colon ? (size_t)(colon - address)
                                                : strlen(address));
    if (!*host)
        return TAWAM_EMEMORY;
    if (colon && (text_integer(&port, colon + 1) != TAWAM_OK || port < 1 ||
                  port > 65535))
        return error_set(TAWAM_EUSAGE, _("--gpsd is HOST:PORT"));
    gps->port = (int)port;
    gps->host = **host ? *host : NULL;
    return TAWAM_OK;
}

/* A point that is not as good as the form wants is taken, and that is said. */
static void say_accuracy(line_mode *m, const fill_question *q,
                         const char *point)
{
    double accuracy = strtod(strrchr(point, ' '), NULL);
    if (q->warning_accuracy > 0 && accuracy > q->warning_accuracy)
        buffer_format(&m->out,
                      _("! good to %.0f m only; the form asks for %.0f m\n"),
                      accuracy, q->warning_accuracy);
}

static int do_gps(line_mode *m, const fill_question *q, const char *words)
{
    fill_gps gps = {.progress = stop_gps};
    record_outcome outcome = RECORD_OK;
    char *host = NULL, point[96];
    int code = needs_question(q);
    (void)words;
    if (code == TAWAM_OK && q->kind != FILL_POINT && q->kind != FILL_TRACE &&
        q->kind != FILL_SHAPE)
        code = error_set(TAWAM_ENO, _("this question asks for no point"));
    if (code == TAWAM_OK)
        code = line_gpsd(&gps, &host, m);
    if (code == TAWAM_OK) {
        line_say(m, _("waiting for a position, half a minute at most …"));
        code = cmd_flush(&m->out);
    }
    if (code == TAWAM_OK) {
        gps.accuracy = q->capture_accuracy;
        code = fill_point_from_gpsd(point, &gps);
    }
    if (code == TAWAM_OK)
        say_accuracy(m, q, point);
    if (code == TAWAM_OK)
        code = fill_enter(&outcome, m->fill, q->node, point);
    free(host);
    return say_outcome(m, code, outcome);
}

/* ---- repeats, languages ---- */

static int do_add(line_mode *m, const fill_question *q, const char *words)
{
    int code = fill_add(
        m->fill, m->page->kind == FILL_REPEAT ? NULL : m->page->instance);
    (void)q;
    (void)words;
    m->asked = code == TAWAM_OK ? NULL : m->asked;
    return code;
}

/* Behind the last of an inner repeat the instance around it is not meant. */
static int needs_instance(const line_mode *m)
{
    if (m->page->kind == FILL_REPEAT)
        return error_set(TAWAM_ENO,
                         _("go to the one that is meant first: < or :go"));
    return m->page->instance ? TAWAM_OK
                             : error_set(TAWAM_ENO, _("this is in no repeat"));
}

static int do_delete(line_mode *m, const fill_question *q, const char *words)
{
    int code = needs_instance(m);
    (void)q;
    if (code == TAWAM_OK && strcmp(words, "yes") != 0) {
        line_say(m, m->page->heading);
        line_say(m, _("all its answers will be gone; :delete yes does it"));
        return TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = fill_remove(m->fill, m->page->instance);
    m->asked = code == TAWAM_OK ? NULL : m->asked;
    return code;
}

static int do_move(line_mode *m, const fill_question *q, const char *words)
{
    int64_t by = 0;
    int code = needs_instance(m);
    (void)q;
    if (code == TAWAM_OK &&
        (text_integer(&by, words) != TAWAM_OK || by < -1000 || by > 1000))
        code = error_set(TAWAM_ENO, _(":move is followed by -1 or 1"));
    return code == TAWAM_OK ? fill_move(m->fill, m->page->instance, (int)by)
                            : code;
}

static int do_language(line_mode *m, const fill_question *q, const char *words)
{
    const char *const *names = NULL;
    size_t count = fill_languages(&names, m->fill);
    (void)q;
    m->said = NULL;
    if (*words)
        return fill_set_language(m->fill, words);
    for (size_t i = 0; i < count; i++)
        line_say(m, names[i]);
    return TAWAM_OK;
}

/* ---- the end ---- */

static int do_save(line_mode *m, const fill_question *q, const char *words)
{
    (void)q;
    (void)words;
    m->end = FILL_LEFT;
    return TAWAM_OK;
}

static int do_pause(line_mode *m, const fill_question *q, const char *words)
{
    (void)q;
    (void)words;
    line_say(m, _("paused; Enter goes on"));
    m->is_paused = 1;
    return fill_pause(m->fill);
}

static int do_finish(line_mode *m, const fill_question *q, const char *words)
{
    char *caption = NULL;
    int code = fill_asks_reason(&m->asks_reason, m->fill);
    (void)q;
    (void)words;
    m->asked = NULL;
    if (code != TAWAM_OK || m->asks_reason)
        return code;
    caption = memory_string(fill_caption(m->fill));
    code = caption ? fill_finish(&m->row, m->fill) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        free(m->caption);
        m->caption = caption;
        caption = NULL;
    }
    free(caption);
    if (code == TAWAM_OK)
        m->end = FILL_FINISHED;
    return code;
}

static int do_discard(line_mode *m, const fill_question *q, const char *words)
{
    int code = TAWAM_OK;
    (void)q;
    if (strcmp(words, "yes") != 0) {
        line_say(m, _("all answers will be gone; :discard yes does it"));
        return TAWAM_OK;
    }
    code = fill_discard(m->fill);
    if (code == TAWAM_OK)
        m->end = FILL_GONE;
    return code;
}

/* ---- the table ---- */

static const struct {
    const char *name;
    command_call *call;
} COMMANDS[] = {
    {"go", do_go},           {"open", do_open},       {"end", do_end},
    {"outline", do_outline}, {"clear", do_clear},     {"ditto", do_ditto},
    {"dk", do_not_know},     {"rf", do_refuse},       {"note", do_note},
    {"flag", do_flag},       {"choices", do_choices}, {"gps", do_gps},
    {"add", do_add},         {"delete", do_delete},   {"move", do_move},
    {"lang", do_language},   {"save", do_save},       {"quit", do_save},
    {"pause", do_pause},     {"finish", do_finish},   {"discard", do_discard}};

static int unknown(const char *command)
{
    const char *names[sizeof COMMANDS / sizeof *COMMANDS], *nearest;
    char *safe = text_safe(command, strlen(command), 0);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        names[i] = COMMANDS[i].name;
    nearest = text_nearest(command, names, sizeof names / sizeof *names);
    if (nearest)
        error_set(TAWAM_ENO,
                  _("there is no command :%.40s; :%s? (? lists them)"),
                  safe ? safe : "", nearest);
    else
        error_set(TAWAM_ENO, _("there is no command :%.40s (? lists them)"),
                  safe ? safe : "");
    free(safe);
    return TAWAM_ENO;
}

int line_command(line_mode *m, const fill_question *q, const char *command)
{
    char name[16] = "";
    size_t length = strcspn(command, " \t");
    const char *words = command + length + strspn(command + length, " \t");
    if (length < sizeof name) {
        memcpy(name, command, length);
        name[length] = '\0';
    }
    for (size_t i = 0; *name && i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return COMMANDS[i].call(m, q, words);
    return unknown(command);
}
