/* SPDX-License-Identifier: MIT */
/* tawam form check | convert | run: forms without a screen. */
#include "cmd/cmd.h"
#include "form/form.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"attach", 0, "FOLDER", VERB_FOLDER,
     N_("where the form's attachments are")},
    {"to", 0, "xform", VERB_FORMAT, N_("what to convert to: xform, its XML")},
    {"tz", 0, "ZONE", VERB_TEXT, N_("time zone, as Africa/Casablanca")},
    {"now", 0, "TIME", VERB_TEXT, N_("what now() is, in ISO 8601")},
    {"seed", 0, "NUMBER", VERB_TEXT, N_("makes what is random the same again")},
    {"dump", 0, "each|end", VERB_FORMAT,
     N_("print the record after each step, or at the end alone")},
    {NULL, 0, NULL, 0, NULL}};

const verb CMD_FORM = {
    .name = "form",
    .forms = "check FILE\nconvert FILE --to xform\nrun FILE STEPS.json",
    .summary = N_("check a form, convert it, or fill it from a file"),
    .help = N_("FILE is an XLSForm (.xlsx, .md, or a folder with survey.csv, "
               "choices.csv, settings.csv and entities.csv) or an XForm "
               "(.xml).\n\n"
               "check says, as JSON, whether it is accepted and what is "
               "wrong, by sheet, row and column. convert prints the XForm "
               "that an XLSForm stands for.\n\n"
               "run takes the steps of a JSON file ({\"steps\":[{\"op\":"
               "\"answer\",\"ref\":\"/data/name\",\"value\":\"A\"}]}) and "
               "prints one line of JSON a step. Steps: answer, newRepeat, "
               "ensureRepeat, removeRepeat, get, choices, setLanguage, "
               "validate, finalize; references count from 1."),
    .options = OPTIONS,
    .least = 2,
    .most = 3,
    .words = {VERB_TEXT, VERB_FILE, VERB_FILE},
    .run = run};

/* ---- check, convert ---- */

static void write_messages(json_writer *w, const char *key,
                           const form_messages *m, int warnings)
{
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < m->count; i++) {
        if (m->list[i].is_warning != warnings)
            continue;
        json_write_object(w);
        json_write_pair(w, "sheet", m->list[i].sheet);
        json_write_pair_integer(w, "row", (int64_t)m->list[i].row);
        json_write_pair(w, "column", m->list[i].column);
        json_write_pair(w, "message", m->list[i].text);
        json_write_end(w);
    }
}

/* An error of the XForm itself, which is of no sheet, is one of the list. */
static void write_outcome(buffer *out, const form_messages *m, int code)
{
    json_writer w = {.out = out};
    json_write_object(&w);
    json_write_key(&w, "accept");
    json_write_boolean(&w, code == TAWAM_OK);
    write_messages(&w, "errors", m, 0);
    if (code != TAWAM_OK && !m->errors) {
        json_write_object(&w);
        json_write_pair(&w, "message", error_message());
        json_write_end(&w);
    }
    json_write_end(&w);
    write_messages(&w, "warnings", m, 1);
    json_write_end(&w);
    json_write_end(&w);
}

static int check(const verb_arguments *a)
{
    form *f = NULL;
    form_messages *m = NULL;
    buffer out = {0};
    int code = form_messages_new(&m), flushed;
    if (code == TAWAM_OK)
        code = form_file_read(&f, m, verb_word(a, 1));
    if (code == TAWAM_OK || code == TAWAM_EUSAGE) {
        write_outcome(&out, m, code);
        flushed = cmd_flush_json(&out);
        code = flushed != TAWAM_OK ? flushed
               : code == TAWAM_OK
                   ? code
                   : error_set(TAWAM_ENO, _("the form is not accepted"));
    }
    buffer_free(&out);
    form_free(f);
    form_messages_free(m);
    return code;
}

static int convert(const verb_arguments *a)
{
    const char *to = verb_value(a, "to");
    form_messages *m = NULL;
    buffer xml = {0};
    int code;
    if (to && strcmp(to, "xform") != 0)
        return error_set(TAWAM_EUSAGE, _("--to is xform"));
    code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_file_xform(&xml, m, verb_word(a, 1));
    for (size_t i = 0; m && code == TAWAM_EUSAGE && i < m->count; i++)
        if (!m->list[i].is_warning) {
            code = error_set(TAWAM_ENO, _("sheet %s, row %zu, %s: %s"),
                             m->list[i].sheet, m->list[i].row,
                             m->list[i].column, m->list[i].text);
            break;
        }
    if (code == TAWAM_OK)
        code = cmd_flush(&xml);
    buffer_free(&xml);
    form_messages_free(m);
    return code;
}

static int read_form(form **out, const char *file)
{
    form_messages *m = NULL;
    int code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_file_read(out, m, file);
    form_messages_free(m);
    return code;
}

/* ---- one step ---- */

typedef struct session {
    const verb_arguments *a;
    record *r;
    form *f;
    json_writer w;
    const char *result; /* "ok", "constraint", "required", "error" */
} session;

static const char *word(json_t *step, const char *key)
{
    const char *text = json_string_value(json_object_get(step, key));
    return text ? text : "";
}

/* The path of the repeat that PATH names, without its last number, which goes
 * to *number (0: none); in PATH itself. */
static void split_number(char *path, long *number)
{
    size_t length = strlen(path);
    char *open = strrchr(path, '[');
    *number = 0;
    if (open && length && path[length - 1] == ']') {
        *number = strtol(open + 1, NULL, 10);
        *open = '\0';
    }
}

/* Instances of the repeat at PATH up to NUMBER (0: one more). */
static int ensure(session *s, const char *path, long number)
{
    char *parent_path = memory_string(path), *slash;
    form_node *parent, *node = NULL;
    form_item *item;
    long have = 0;
    int code = TAWAM_OK;
    if (!parent_path)
        return TAWAM_EMEMORY;
    slash = strrchr(parent_path, '/');
    if (slash)
        *slash = '\0';
    parent =
        slash && slash != parent_path ? record_find(s->r, parent_path) : NULL;
    item = parent ? form_item_child(parent->item, slash + 1) : NULL;
    if (!item || !item->is_repeat)
        code = error_set(TAWAM_EUSAGE, _("%.100s is no repeat"), path);
    for (form_node *n = code == TAWAM_OK ? parent->first : NULL; n; n = n->next)
        have += n->item == item;
    for (number = number ? number : have + 1; code == TAWAM_OK && have < number;
         have++)
        code = record_add_repeat(&node, s->r, parent, item);
    free(parent_path);
    return code;
}

static int ensure_path(session *s, const char *path)
{
    char *copy = memory_string(path);
    long number = 0;
    int code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        split_number(copy, &number);
        code = ensure(s, copy, number);
    }
    free(copy);
    return code;
}

/* 1 if the repeat instance PATH is one that a count asks for. */
static int is_counted(session *s, const char *path)
{
    char *copy = memory_string(path), *slash = NULL;
    form_node *parent = NULL;
    form_item *item = NULL;
    long number = 0, wanted = -1;
    if (copy) {
        split_number(copy, &number);
        slash = strrchr(copy, '/');
    }
    if (slash && slash != copy) {
        *slash = '\0';
        parent = record_find(s->r, copy);
    }
    if (parent)
        item = form_item_child(parent->item, slash + 1);
    if (item && record_repeat_count(&wanted, s->r, parent, item) != TAWAM_OK)
        error_clear();
    free(copy);
    return number <= wanted;
}

/* Repeats on the way to PATH come into being when it is gone to: those that a
 * count asks for, and with ANY 1 others as well. */
static int reach(form_node **out, session *s, const char *path, int any)
{
    size_t end = 0, length = strlen(path);
    char *copy = memory_string(path);
    int code = copy ? TAWAM_OK : TAWAM_EMEMORY;
    *out = record_find(s->r, path);
    while (code == TAWAM_OK && !*out && end < length) {
        end += 1 + strcspn(path + end + 1, "/");
        copy[end] = '\0';
        if (!record_find(s->r, copy) && copy[end - 1] == ']' &&
            (any || is_counted(s, copy)))
            code = ensure_path(s, copy);
        copy[end] = path[end];
        *out = end >= length ? record_find(s->r, path) : NULL;
    }
    free(copy);
    if (code == TAWAM_OK && !*out)
        code = error_set(TAWAM_EUSAGE, _("%.100s is not in the record"), path);
    return code;
}

static const char *outcome_name(record_outcome outcome)
{
    static const char *const names[] = {"ok", "constraint", "required",
                                        "error"};
    return names[outcome];
}

static int step_answer(session *s, json_t *step)
{
    record_outcome outcome = RECORD_OK;
    form_node *node = NULL;
    int code = reach(&node, s, word(step, "ref"), 1);
    if (code == TAWAM_OK)
        code = record_answer(&outcome, s->r, node, word(step, "value"));
    s->result = outcome_name(outcome);
    return code;
}

static int step_get(session *s, json_t *step)
{
    form_node *node = NULL;
    if (reach(&node, s, word(step, "ref"), 0) == TAWAM_EMEMORY)
        return TAWAM_EMEMORY;
    json_write_key(&s->w, "value");
    json_write_string(&s->w, node && !node->is_hidden ? node->value : NULL);
    return TAWAM_OK;
}

static int step_choices(session *s, json_t *step)
{
    const record_choice *list = NULL;
    size_t count = 0;
    form_node *node = NULL;
    int code = reach(&node, s, word(step, "ref"), 0);
    if (code == TAWAM_OK)
        code = record_choices(&list, &count, s->r, node);
    json_write_key(&s->w, "choices");
    json_write_array(&s->w);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        json_write_string(&s->w, list[i].value);
    json_write_end(&s->w);
    return code;
}

static int step_remove(session *s, json_t *step)
{
    form_node *node = record_find(s->r, word(step, "ref"));
    if (!node)
        return error_set(TAWAM_EUSAGE, _("%.100s is not in the record"),
                         word(step, "ref"));
    return record_remove_repeat(s->r, node);
}

static int step_new_repeat(session *s, json_t *step)
{
    return ensure(s, word(step, "ref"), 0);
}

static int step_ensure_repeat(session *s, json_t *step)
{
    form_node *node = NULL;
    return reach(&node, s, word(step, "ref"), 1);
}

static int step_language(session *s, json_t *step)
{
    return record_set_language(s->r, word(step, "lang"));
}

/* The first node that does not satisfy its rules decides. */
static int step_validate(session *s, json_t *step)
{
    form_node *root = record_root(s->r);
    record_outcome outcome = RECORD_OK;
    int code = TAWAM_OK;
    (void)step;
    for (form_node *n = root; code == TAWAM_OK && n && outcome == RECORD_OK;
         n = form_node_after(n, root, !n->is_hidden))
        if (n->item && !n->first) {
            code = record_check(&outcome, s->r, n);
            if (code == TAWAM_OK && outcome != RECORD_OK)
                json_write_pair(&s->w, "ref", n->item->path);
        }
    s->result = outcome_name(outcome);
    return code;
}

static const struct {
    const char *name;
    int (*call)(session *s, json_t *step);
} STEPS[] = {{"answer", step_answer},
             {"newRepeat", step_new_repeat},
             {"ensureRepeat", step_ensure_repeat},
             {"removeRepeat", step_remove},
             {"get", step_get},
             {"choices", step_choices},
             {"setLanguage", step_language},
             {"validate", step_validate},
             {"finalize", step_validate}};

static int do_step(session *s, json_t *step)
{
    const char *op = word(step, "op");
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (strcmp(STEPS[i].name, op) == 0)
            return STEPS[i].call(s, step);
    return error_set(TAWAM_EUSAGE, _("there is no step '%.40s'"), op);
}

/* One line of JSON: what came of STEP (NULL: there is none), and the record.
 */
static int print_step(session *s, json_t *step, int with_record)
{
    buffer out = {0}, xml = {0};
    int code;
    s->w = (json_writer){.out = &out};
    s->result = "ok";
    json_write_object(&s->w);
    error_clear();
    code = step ? do_step(s, step) : TAWAM_OK;
    if (code != TAWAM_OK)
        s->result = "error";
    json_write_pair(&s->w, "result", s->result);
    if (strcmp(s->result, "ok") != 0)
        json_write_pair(&s->w, "message", error_message());
    if (code == TAWAM_EMEMORY)
        goto cleanup;
    code = TAWAM_OK;
    if (with_record) {
        code = record_write(&xml, s->r);
        if (code == TAWAM_OK)
            json_write_pair(&s->w, "xml", (const char *)xml.data);
    }
    json_write_end(&s->w);
    if (code == TAWAM_OK)
        code = cmd_flush_json(&out);
cleanup:
    buffer_free(&out);
    buffer_free(&xml);
    return code;
}

/* ---- the whole ---- */

static const char *find_property(void *caller, const char *name)
{
    (void)caller;
    return strcmp(name, "deviceid") == 0 ? "tawam" : "";
}

static int read_steps(json_t **out, const char *file)
{
    json_error_t error;
    json_t *all = json_load_file(file, 0, &error);
    json_t *steps = json_object_get(all, "steps");
    char *safe;
    if (steps && json_is_array(steps)) {
        *out = all;
        return TAWAM_OK;
    }
    safe = text_safe(all ? "" : error.text, all ? 0 : strlen(error.text), 0);
    if (all)
        error_set(TAWAM_EUSAGE, _("%s: an object with \"steps\" was expected"),
                  file);
    else
        error_set(TAWAM_EUSAGE, _("%s: line %d: %s"), file, error.line,
                  safe ? safe : "?");
    free(safe);
    json_decref(all);
    return TAWAM_EUSAGE;
}

static int run_all(session *s, json_t *steps)
{
    const char *dump = verb_value(s->a, "dump");
    int each = !dump || strcmp(dump, "each") == 0;
    size_t count = json_array_size(steps);
    int code = count ? TAWAM_OK : print_step(s, NULL, 1);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = print_step(s, json_array_get(steps, i), each || i + 1 == count);
    return code;
}

static int run_steps(const verb_arguments *a)
{
    session s = {.a = a};
    record_surroundings around = {.property = find_property};
    form_lists_source source = {.folder = verb_value(a, "attach")};
    json_t *steps = NULL;
    int code;
    if (!verb_word(a, 2))
        return error_set(TAWAM_EUSAGE,
                         _("use: tawam form run FILE STEPS.json"));
    code = read_steps(&steps, verb_word(a, 2));
    if (code == TAWAM_OK)
        code = read_form(&s.f, verb_word(a, 1));
    if (code == TAWAM_OK)
        code = form_lists_new(&around.lists, &source);
    if (code == TAWAM_OK)
        code = record_new(&s.r, s.f, &around);
    if (code == TAWAM_OK)
        code = run_all(&s, json_object_get(steps, "steps"));
    record_free(s.r);
    form_lists_free(around.lists);
    form_free(s.f);
    json_decref(steps);
    return code;
}

static int set_chance_and_clock(const verb_arguments *a)
{
    const char *zone = verb_value(a, "tz"), *now = verb_value(a, "now");
    int64_t time = 0, seed = 0;
    int code = verb_number(&seed, a, "seed", 0, 1);
    if (code == TAWAM_OK && seed)
        random_seed_for_tests((uint64_t)seed);
    if (zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    if (code == TAWAM_OK && now) {
        code = clock_parse(&time, now);
        if (code == TAWAM_OK)
            clock_fix(time);
    }
    return code;
}

static int run(const verb_arguments *a)
{
    const char *what = verb_word(a, 0);
    int code = set_chance_and_clock(a);
    if (code != TAWAM_OK)
        return code;
    if (strcmp(what, "check") == 0)
        return check(a);
    if (strcmp(what, "convert") == 0)
        return convert(a);
    if (strcmp(what, "run") == 0)
        return run_steps(a);
    return error_set(TAWAM_EUSAGE, _("after form comes check, convert or run"));
}
