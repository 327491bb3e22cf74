/* SPDX-License-Identifier: MIT */
/* Steps taken on a record, out of a JSON file. */
#include "cmd/form_steps.h"
#include <stdlib.h>
#include <string.h>

int form_read_file(form **out, const char *file)
{
    form_messages *m = NULL;
    int code = form_messages_new(&m);
    if (code == TAWAM_OK)
        code = form_file_read(out, m, file);
    form_messages_free(m);
    return code;
}

/* ---- one step ---- */

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
static int ensure(form_session *s, const char *path, long number)
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

static int ensure_path(form_session *s, const char *path)
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
static int is_counted(form_session *s, const char *path)
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
static int reach(form_node **out, form_session *s, const char *path, int any)
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

static int step_answer(form_session *s, json_t *step)
{
    record_outcome outcome = RECORD_OK;
    form_node *node = NULL;
    int code = reach(&node, s, word(step, "ref"), 1);
    if (code == TAWAM_OK)
        code = record_answer(&outcome, s->r, node, word(step, "value"));
    s->result = outcome_name(outcome);
    return code;
}

static int step_get(form_session *s, json_t *step)
{
    form_node *node = NULL;
    if (reach(&node, s, word(step, "ref"), 0) == TAWAM_EMEMORY)
        return TAWAM_EMEMORY;
    json_write_key(&s->w, "value");
    json_write_string(&s->w, node && !node->is_hidden ? node->value : NULL);
    return TAWAM_OK;
}

static int step_choices(form_session *s, json_t *step)
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

static int step_remove(form_session *s, json_t *step)
{
    form_node *node = record_find(s->r, word(step, "ref"));
    if (!node)
        return error_set(TAWAM_EUSAGE, _("%.100s is not in the record"),
                         word(step, "ref"));
    return record_remove_repeat(s->r, node);
}

static int step_new_repeat(form_session *s, json_t *step)
{
    return ensure(s, word(step, "ref"), 0);
}

static int step_ensure_repeat(form_session *s, json_t *step)
{
    form_node *node = NULL;
    return reach(&node, s, word(step, "ref"), 1);
}

static int step_language(form_session *s, json_t *step)
{
    return record_set_language(s->r, word(step, "lang"));
}

/* The first node that does not satisfy its rules decides. */
static int step_validate(form_session *s, json_t *step)
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
    int (*call)(form_session *s, json_t *step);
} STEPS[] = {{"answer", step_answer},
             {"newRepeat", step_new_repeat},
             {"ensureRepeat", step_ensure_repeat},
             {"removeRepeat", step_remove},
             {"get", step_get},
             {"choices", step_choices},
             {"setLanguage", step_language},
             {"validate", step_validate},
             {"finalize", step_validate}};

int form_step(form_session *s, json_t *step)
{
    const char *op = word(step, "op");
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        if (strcmp(STEPS[i].name, op) == 0)
            return STEPS[i].call(s, step);
    return error_set(TAWAM_EUSAGE, _("there is no step '%.40s'"), op);
}

/* One line of JSON: what came of STEP (NULL: there is none), and the record.
 */
static int print_step(form_session *s, json_t *step, int with_record)
{
    buffer out = {0}, xml = {0};
    int code;
    s->w = (json_writer){.out = &out};
    s->result = "ok";
    json_write_object(&s->w);
    error_clear();
    code = step ? form_step(s, step) : TAWAM_OK;
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

static int form_read_steps(json_t **out, const char *file)
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

static int run_all(form_session *s, json_t *steps)
{
    const char *dump = verb_value(s->a, "dump");
    int each = !dump || strcmp(dump, "each") == 0;
    size_t count = json_array_size(steps);
    int code = count ? TAWAM_OK : print_step(s, NULL, 1);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = print_step(s, json_array_get(steps, i), each || i + 1 == count);
    return code;
}

static int steps_missing(const verb_arguments *a)
{
    return error_set(TAWAM_EUSAGE, _("use: tawam form %s FILE STEPS.json"),
                     verb_word(a, 0));
}

int form_session_open(form_session *s, json_t **steps, const verb_arguments *a)
{
    form_lists_source source = {.folder = verb_value(a, "attach")};
    int code = verb_word(a, 2) ? TAWAM_OK : steps_missing(a);
    *s = (form_session){.a = a};
    if (code == TAWAM_OK)
        code = form_read_steps(steps, verb_word(a, 2));
    if (code == TAWAM_OK)
        code = form_read_file(&s->f, verb_word(a, 1));
    /* With -C its layers are entity lists; a replica somewhere near is none. */
    if (code == TAWAM_OK && verb_value(a, "directory")) {
        code = cmd_open(&s->territory, a, 0);
        if (code == TAWAM_OK)
            source.twin = s->territory->twin;
    }
    return code == TAWAM_OK ? form_lists_new(&s->lists, &source) : code;
}

int form_session_begin(form_session *s)
{
    record_surroundings around = {.property = find_property, .lists = s->lists};
    record_free(s->r);
    s->r = NULL;
    return record_new(&s->r, s->f, &around);
}

void form_session_close(form_session *s, json_t *steps)
{
    record_free(s->r);
    form_lists_free(s->lists);
    territory_close(s->territory);
    form_free(s->f);
    json_decref(steps);
}

int form_run(const verb_arguments *a)
{
    form_session s;
    json_t *steps = NULL;
    int code = form_session_open(&s, &steps, a);
    if (code == TAWAM_OK)
        code = form_session_begin(&s);
    if (code == TAWAM_OK)
        code = run_all(&s, json_object_get(steps, "steps"));
    form_session_close(&s, steps);
    return code;
}
