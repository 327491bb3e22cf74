/* SPDX-License-Identifier: MIT */
/* shell: the stack of screens and what keys, actions and requests do to it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ui/shell_internal.h"
#include "work/workflow.h"

/* ---- for screens ---- */

void ui_say(ui_context *ui, role r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ui->message, sizeof ui->message, format, arguments);
    va_end(arguments);
    ui->message_role = r;
}

void ui_say_error(ui_context *ui)
{
    ui_say(ui, ROLE_ERROR, "%s", error_message());
}

void ui_say_deleted(ui_context *ui, size_t rows, size_t parts)
{
    if (parts)
        ui_say(ui, ROLE_GOOD,
               ngettext("Deleted: %zu, and %zu row of repeats; u takes it back",
                        "Deleted: %zu, and %zu rows of repeats; u takes it "
                        "back",
                        parts),
               rows, parts);
    else
        ui_say(ui, ROLE_GOOD, _("Deleted: %zu; u takes it back"), rows);
}

void ui_status_changed(ui_context *ui)
{
    ui->shell->status_old = 1;
}

int ui_breathe(ui_context *ui)
{
    shell *sh = ui->shell;
    int stop = 0;
    for (int key = 0; !stop && key != UI_KEY_NONE && !sh->script;) {
        key = sh->backend->key(sh->backend, 0);
        if (key == UI_KEY_END_OF_INPUT)
            sh->done = 1;
        if (key == UI_KEY_RESIZE)
            sh->drawn_at = 0;
        stop = sh->done || key == UI_KEY_ESCAPE || key == 'C' - '@' ||
               ui_key_by_place(key) == 'q';
    }
    if (clock_monotonic() - sh->drawn_at >= 500)
        shell_draw(sh);
    return stop;
}

/* A letter that would be cut is left out whole. */
void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strlen(from), at = 0;
    uint32_t point = 0;
    while (at < length) {
        size_t bytes = text_decode(&point, from + at, length - at);
        if (at + bytes >= size)
            break;
        at += bytes;
    }
    memcpy(to, from, at);
    to[at] = '\0';
}

int request_open(request *out, unsigned screen_id, const char *layer,
                 int64_t fid)
{
    out->kind = REQUEST_OPEN;
    out->screen = screen_id;
    if (layer)
        copy_text(out->target.layer, sizeof out->target.layer, layer);
    out->target.fid = fid;
    return SCREEN_HANDLED;
}

int request_prompt(request *out, int tag, const char *question,
                   const char *text, int live)
{
    out->kind = REQUEST_PROMPT;
    out->tag = tag;
    out->live = live;
    copy_text(out->question, sizeof out->question, question);
    copy_text(out->text, sizeof out->text, text);
    return SCREEN_HANDLED;
}

int request_confirm(request *out, int tag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->question, sizeof out->question, format, arguments);
    va_end(arguments);
    out->kind = REQUEST_CONFIRM;
    out->tag = tag;
    return SCREEN_HANDLED;
}

/* ---- the stack ---- */

screen *shell_top(shell *sh)
{
    return &sh->stack[sh->depth - 1];
}

/* The only place that knows all screens. */
static const screen_class *class_of(unsigned id)
{
    static const screen_class *const classes[] = {
        &screen_home,     &screen_layers,  &screen_rows,    &screen_row,
        &screen_add,      &screen_choices, &screen_sync,    &screen_conflicts,
        &screen_conflict, &screen_log,     &screen_changes, &screen_help,
        &screen_forms,    &screen_fill,    &screen_outline};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i]->id == id)
            return classes[i];
    return NULL;
}

/* When open() fails, nothing is on the stack and the reason is the message. */
int shell_open(shell *sh, unsigned id, const screen_target *target)
{
    const screen_class *class = class_of(id);
    if (!class || sh->depth == STACK_MAX) {
        error_set(TAWAM_EUSAGE, _("too many screens are open; q closes one"));
        ui_say_error(&sh->ui);
        return TAWAM_EUSAGE;
    }
    /* In its place from the start: a state may keep the pointer. */
    screen *s = &sh->stack[sh->depth];
    *s = (screen){.class = class, .ui = &sh->ui};
    s->state = memory_new(class->state_size);
    int error = s->state ? TAWAM_OK : TAWAM_EMEMORY;
    s->seen = twin_change_counter(sh->ui.territory->twin);
    if (error == TAWAM_OK && class->open)
        error = class->open(s, target);
    if (error < 0) {
        if (s->state && class->close)
            class->close(s);
        free(s->state);
        ui_say_error(&sh->ui);
        return error;
    }
    sh->depth++;
    return TAWAM_OK;
}

void shell_close_top(shell *sh)
{
    screen *s = shell_top(sh);
    if (s->class->close)
        s->class->close(s);
    free(s->state);
    sh->depth--;
}

/* ---- requests and answers ---- */

/* Only one prompt at a time: a second replaces the first. */
static void start_prompt(shell *sh, prompt_kind kind, const request *r)
{
    prompt *p = &sh->prompt;
    p->kind = kind;
    p->tag = r->tag;
    p->live = r->live;
    copy_text(p->question, sizeof p->question, r->question);
    input_set(&p->input, r->text);
}

/* Give an answer to the top screen and do what it requests in turn. */
static void answer(shell *sh, int tag, input_result how, const char *text)
{
    request next = {0};
    screen_answer a = {.tag = tag, .how = how, .text = text};
    screen *s = shell_top(sh);
    if (s->class->answer)
        s->class->answer(s, &a, &next);
    shell_carry_out(sh, &next);
}

/* An answer goes to the screen below the one that closes. */
void shell_carry_out(shell *sh, request *r)
{
    switch (r->kind) {
    case REQUEST_NONE:
        break;
    case REQUEST_OPEN:
        shell_open(sh, r->screen, &r->target);
        break;
    case REQUEST_REPLACE:
        shell_close_top(sh);
        shell_open(sh, r->screen, &r->target);
        break;
    case REQUEST_BACK:
        if (sh->depth > 1)
            shell_close_top(sh);
        else
            sh->done = 1;
        break;
    case REQUEST_ANSWER:
        shell_close_top(sh);
        answer(sh, r->tag, INPUT_ACCEPTED, r->text);
        break;
    case REQUEST_PROMPT:
        start_prompt(sh, PROMPT_LINE, r);
        break;
    case REQUEST_CONFIRM:
        start_prompt(sh, PROMPT_CONFIRM, r);
        break;
    }
}

/* ---- actions that are the same everywhere ---- */

/* "Households › H-0300 › Members": where the step was done, as far as that is
 * still there. */
static void step_place(buffer *out, const shell *sh, const edit_step *step)
{
    twin *t = sh->ui.territory->twin;
    const char *language = sh->ui.language;
    const twin_layer *layer = twin_layer_by_id(t, step->layer);
    if (!layer)
        return;
    const twin_column *column =
        step->column ? twin_column_by_id(layer, step->column) : NULL;
    char *caption = NULL;
    buffer_text(out, twin_label(t, layer->name, "", "", language));
    if (step->rows > 1)
        buffer_format(out, " (%zu)", step->rows);
    else if (twin_row_caption(&caption, t, layer, step->fid) == TAWAM_OK &&
             caption)
        buffer_format(out, " › %s", caption);
    if (column)
        buffer_format(out, " › %s",
                      twin_label(t, layer->name, column->name, "", language));
    free(caption);
}

/* A step that can't be undone since someone else changed the same is dropped,
 * or it would bar the way to those below it. */
static void undo_or_redo(shell *sh, action_id id)
{
    edit_step step = {0};
    edit_stack *e = sh->ui.edits;
    int error = id == ACTION_UNDO ? edit_undo(&step, e) : edit_redo(&step, e);
    if (error < 0) {
        ui_say_error(&sh->ui);
        /* It can't be undone any more; the step below it perhaps. */
        if (id == ACTION_UNDO &&
            (error == TAWAM_ECONFLICT || error == TAWAM_ENOTFOUND))
            edit_undo_drop(e);
        return;
    }
    buffer where = {0};
    step_place(&where, sh, &step);
    const char *what = step.change == TWIN_INSERTED   ? _("the new row")
                       : step.change == TWIN_DELETED  ? _("the deletion")
                       : step.change == TWIN_AFFIRMED ? _("the settlement")
                                                      : _("the change");
    ui_say(&sh->ui, ROLE_GOOD,
           id == ACTION_UNDO ? _("Taken back: %s, %s")
                             : _("Done again: %s, %s"),
           what, where.data ? (char *)where.data : "");
    buffer_free(&where);
}

/* A commit without network; what is recorded is not undone here. */
static void record(shell *sh, const char *message)
{
    char id[SYNC_ID_SIZE] = "";
    changeset_counts counts = {0};
    if (!sh->ui.territory->sync)
        return;
    int error = sync_record(id, &counts, sh->ui.territory->sync,
                            *message ? message : NULL);
    sh->status_old = 1;
    if (error < 0) {
        ui_say_error(&sh->ui);
        return;
    }
    edit_stack_clear(sh->ui.edits);
    if (*id)
        ui_say(&sh->ui, ROLE_GOOD, _("Recorded as %.8s; cells: %lld"), id,
               (long long)counts.cells);
    else
        ui_say(&sh->ui, ROLE_NORMAL, _("Nothing to record"));
}

static void publish(shell *sh, const char *version)
{
    const work_publish_options o = {*version ? version : NULL, NULL, -1};
    work_publication done = {0};
    if (!sh->ui.territory->sync)
        return;
    int error = work_publish(&done, sh->ui.territory, &o);
    sh->status_old = 1;
    if (error < 0) {
        ui_say_error(&sh->ui);
        return;
    }
    edit_stack_clear(sh->ui.edits);
    if (*done.made.id)
        ui_say(&sh->ui, ROLE_GOOD,
               _("Published as %.8s; commits: %lld. It travels at the next "
                 "sync"),
               done.made.id, (long long)done.made.commits);
    else
        ui_say(&sh->ui, ROLE_NORMAL, _("Nothing new to publish"));
}

/* A device such as /dev/stdout can't be replaced by a new file. */
static int write_file(const char *path, const buffer *bytes)
{
    if (strncmp(path, "/dev/", 5) != 0)
        return file_write_atomic(path, bytes->data, bytes->length);
    FILE *file = fopen(path, "w");
    size_t wrote = file ? fwrite(bytes->data, 1, bytes->length, file) : 0;
    if (!file || fclose(file) != 0 || wrote != bytes->length)
        return error_system(_("cannot write %s"), path);
    return TAWAM_OK;
}

/* In a script a file that can't be written ends it, with its exit code. */
static void save_grid(shell *sh, const char *path, int roles)
{
    buffer out = {0};
    shell_draw(sh);
    if (roles)
        grid_roles(&out, &sh->grid);
    else
        grid_text(&out, &sh->grid);
    int error = buffer_check(&out);
    if (error == TAWAM_OK)
        error = write_file(path, &out);
    buffer_free(&out);
    if (error < 0) {
        ui_say_error(&sh->ui);
        if (sh->script) {
            sh->error = error;
            sh->done = 1;
        }
    }
}

/* Looks at text only, in visual order as it is shown. */
static void assert_text(shell *sh, const char *text)
{
    buffer out = {0};
    shell_draw(sh);
    grid_text(&out, &sh->grid);
    int found = out.data && strstr((const char *)out.data, text);
    buffer_free(&out);
    if (found)
        return;
    int error = error_set(TAWAM_ENO,
                          _("line %d of the script: '%s' is not on "
                            "the screen"),
                          sh->script ? script_line(sh->script) : 0, text);
    ui_say_error(&sh->ui);
    if (sh->script) {
        sh->error = error;
        sh->done = 1;
    }
}

/* Only the memory backend can; a terminal says that it decides itself. */
static void resize(shell *sh, const char *size)
{
    int width = 0, height = 0;
    char end = 0;
    int error = TAWAM_OK;
    if (sscanf(size, "%dx%d%c", &width, &height, &end) != 2 || width < 1 ||
        height < 1 || width > 1000 || height > 1000)
        error = error_set(TAWAM_EUSAGE, _("a size is written 80x24"));
    else
        error = sh->backend->resize(sh->backend, width, height);
    if (error < 0)
        ui_say_error(&sh->ui);
}

/* Open SCREEN unless it is on top already. */
static void go(shell *sh, unsigned id, const char *layer, const char *remote)
{
    screen_target target = {.about = shell_top(sh)->class->id};
    if (shell_top(sh)->class->id == id && id != ACTION_ON_ROWS &&
        id != ACTION_ON_SYNC)
        return;
    copy_text(target.layer, sizeof target.layer, layer);
    copy_text(target.id, sizeof target.id, remote);
    if (id == ACTION_ON_SYNC && shell_top(sh)->class->id == id)
        shell_close_top(sh);
    shell_open(sh, id, &target);
}

/* Ctrl-C asks, since it is also what stops a job; Q doesn't. */
static void leave(shell *sh, const char *key)
{
    request ask = {0};
    if (strcmp(key, "^C") != 0) {
        sh->done = 1;
        return;
    }
    request_confirm(&ask, -1, "%s", _("Leave tawam?"));
    shell_carry_out(sh, &ask);
}

/* Actions of the program: 1 if A was one. */
static int act_program(shell *sh, const action *a, const char *argument)
{
    request command = {.question = ":"};
    switch (a->id) {
    case ACTION_HELP:
        go(sh, ACTION_ON_HELP, "", "");
        break;
    case ACTION_COMMAND:
        start_prompt(sh, PROMPT_COMMAND, &command);
        sh->history_at = sh->history_count;
        break;
    case ACTION_SET:
        if (shell_set(sh, argument) < 0)
            ui_say_error(&sh->ui);
        break;
    case ACTION_REDRAW:
        sh->draw_anew = 1;
        break;
    case ACTION_SUSPEND:
        sh->backend->suspend(sh->backend);
        break;
    case ACTION_BACK:
        shell_carry_out(sh, &(request){.kind = REQUEST_BACK});
        break;
    case ACTION_CANCEL:
        break;
    case ACTION_QUIT:
        leave(sh, argument);
        break;
    case ACTION_SAVE_SCREEN:
    case ACTION_SAVE_ROLES:
        save_grid(sh, argument, a->id == ACTION_SAVE_ROLES);
        break;
    case ACTION_RESIZE:
        resize(sh, argument);
        break;
    case ACTION_ASSERT:
        assert_text(sh, argument);
        break;
    default:
        return 0;
    }
    return 1;
}

/* Actions that go to another screen or change the replica as a whole. */
static void act_general(shell *sh, const action *a, const char *argument)
{
    switch (a->id) {
    case ACTION_HOME:
        while (sh->depth > 1)
            shell_close_top(sh);
        break;
    case ACTION_LAYERS:
        go(sh, ACTION_ON_LAYERS, "", "");
        break;
    case ACTION_LAYER:
        go(sh, ACTION_ON_ROWS, argument, "");
        break;
    case ACTION_CONFLICTS:
        go(sh, ACTION_ON_CONFLICTS, "", "");
        break;
    case ACTION_LOG:
        go(sh, ACTION_ON_LOG, "", "");
        break;
    case ACTION_FORMS:
        go(sh, ACTION_ON_FORMS, "", "");
        break;
    case ACTION_SYNC:
        go(sh, ACTION_ON_SYNC, "", argument);
        break;
    case ACTION_RECORD:
        record(sh, argument);
        break;
    case ACTION_PUBLISH:
        publish(sh, argument);
        break;
    case ACTION_UNDO:
    case ACTION_REDO:
        undo_or_redo(sh, a->id);
        break;
    default:
        break;
    }
}

/* Only these understand the name of their key as an argument. */
static int takes_key(const action *a, const char *name)
{
    return a->id == ACTION_QUIT ||
           (a->id == ACTION_TAKE && *name >= '1' && *name <= '9');
}

/* The top screen is asked first: what it handles is its own. Then the actions
 * that mean the same everywhere. */
void shell_act(shell *sh, const action *a, const char *argument)
{
    request next = {0};
    screen *s = shell_top(sh);
    screen_call call = {.action = a, .argument = argument};
    if ((a->flags & ACTION_WRITES) && sh->ui.read_only) {
        ui_say(&sh->ui, ROLE_WARNING, "%s",
               _("Read-only: nothing can be changed or sent here"));
        return;
    }
    if ((a->flags & ACTION_NEEDS_ARGUMENT) && !*argument) {
        ui_say(&sh->ui, ROLE_WARNING,
               _("'%s' needs something after it: :%s %s"), a->name, a->name,
               a->argument);
        return;
    }
    if (s->class->act && s->class->act(s, &call, &next) == SCREEN_HANDLED)
        shell_carry_out(sh, &next);
    else if (!act_program(sh, a, argument))
        act_general(sh, a, argument);
}

/* ---- keys ---- */

/* Yes is y, or the first letter of the language's word for it. Everything else,
 * Enter too, is no: the key that asked can't confirm. */
static void confirm_key(shell *sh, int key)
{
    uint32_t yes = 'y';
    const char *word = _("yes");
    text_decode(&yes, word, strlen(word));
    int agreed = key == 'y' || key == 'Y' || key == (int)yes;
    int tag = sh->prompt.tag;
    sh->prompt.kind = PROMPT_NONE;
    if (tag < 0)
        sh->done = agreed;
    else
        answer(sh, tag, agreed ? INPUT_ACCEPTED : INPUT_CANCELLED,
               agreed ? "y" : "");
}

/* The text is copied before the prompt closes: the answer may open another. */
static void line_key(shell *sh, int key)
{
    prompt *p = &sh->prompt;
    input_result how = input_key(&p->input, key);
    if (how == INPUT_CHANGED && p->live)
        answer(sh, p->tag, how, input_text(&p->input));
    if (how != INPUT_ACCEPTED && how != INPUT_CANCELLED)
        return;
    char *text =
        memory_string(how == INPUT_ACCEPTED ? input_text(&p->input) : "");
    p->kind = PROMPT_NONE;
    answer(sh, p->tag, how, text ? text : "");
    free(text);
}

/* One past the newest is an empty line. */
static void recall(shell *sh, int step)
{
    int to = sh->history_at + step;
    if (to < 0 || to > sh->history_count)
        return;
    sh->history_at = to;
    input_set(&sh->prompt.input, to < sh->history_count ? sh->history[to] : "");
}

/* Erasing an empty line leaves the prompt, as in vi. */
static void command_key(shell *sh, int key)
{
    prompt *p = &sh->prompt;
    sh->candidates[0] = '\0';
    if (key == UI_KEY_UP || key == UI_KEY_DOWN) {
        recall(sh, key == UI_KEY_UP ? -1 : 1);
        return;
    }
    if (key == UI_KEY_TAB) {
        shell_complete(sh);
        return;
    }
    input_result how = input_key(&p->input, key);
    int emptied = key == UI_KEY_BACKSPACE && how == INPUT_MOVED;
    if (how == INPUT_CANCELLED || emptied)
        p->kind = PROMPT_NONE;
    if (how != INPUT_ACCEPTED)
        return;
    p->kind = PROMPT_NONE;
    char *line = memory_string(input_text(&p->input));
    if (line && *line)
        shell_command(sh, line);
    free(line);
}

/* A screen that is being typed into gets the key itself; all else are actions,
 * as is what it makes nothing of, but for letters. */
static void plain_key(shell *sh, int key)
{
    char name[24];
    screen *s = shell_top(sh);
    request next = {0};
    int typing = s->class->typing && s->class->typing(s);
    if (typing) {
        int handled = s->class->key(s, key, &next);
        shell_carry_out(sh, &next);
        if (handled == SCREEN_HANDLED || ui_key_is_letter(key))
            return;
    }
    const action *a = action_for_key(ui_key_name(name, key), s->class->id);
    if (!a && !typing && ui_key_by_place(key) != key)
        a = action_for_key(ui_key_name(name, ui_key_by_place(key)),
                           s->class->id);
    if (a)
        shell_act(sh, a, takes_key(a, name) ? name : "");
    else
        ui_say(&sh->ui, ROLE_NORMAL,
               _("%s does nothing here; ? shows the keys"), ui_key_label(name));
}

/* One key from wherever it comes. A message stays until the next one. */
void shell_key(shell *sh, int key)
{
    sh->changed = 1;
    if (key == UI_KEY_END_OF_INPUT) {
        sh->done = 1;
        return;
    }
    if (key == UI_KEY_RESIZE || key == UI_KEY_NONE)
        return;
    sh->ui.message[0] = '\0';
    switch (sh->prompt.kind) {
    case PROMPT_NONE:
        plain_key(sh, key);
        break;
    case PROMPT_LINE:
        line_key(sh, key);
        break;
    case PROMPT_CONFIRM:
        confirm_key(sh, key);
        break;
    case PROMPT_COMMAND:
        command_key(sh, key);
        break;
    }
}
