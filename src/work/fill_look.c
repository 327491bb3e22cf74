/* SPDX-License-Identifier: MIT */
/* The page it stands at, with all that its questions have. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

/* 1 if CODE is a fault of the form or its attachments, which must not keep a
 * person from the other questions. */
static int is_of_form(int code)
{
    return code == TAWAM_EUSAGE || code == TAWAM_ENOTFOUND || code == TAWAM_ENO;
}

/* TEXT with its values, as plain text in MEMORY; without them "". */
static int words_of(const char **out, fill *f, const form_text *text,
                    form_node *node, arena *memory)
{
    const char *words = "";
    int code = record_text(&words, f->record, text, node);
    if (is_of_form(code)) {
        error_clear();
        words = "";
        code = TAWAM_OK;
    }
    return code == TAWAM_OK ? fill_plain(out, words, memory) : code;
}

int fill_label(const char **out, fill *f, form_node *node, arena *memory)
{
    const form_control *c = node->item->control;
    int code = TAWAM_OK;
    *out = "";
    if (c)
        code = words_of(out, f, &c->label, node, memory);
    if (code == TAWAM_OK && !**out)
        *out = node->item->name;
    return code;
}

int fill_group_label(const char **out, fill *f, const form_element *e,
                     form_node *node, arena *memory)
{
    int code = words_of(out, f, &e->label, node, memory);
    /* pyxform puts a repeat's label on the group around it. */
    if (code == TAWAM_OK && !**out && e->kind == FORM_REPEAT && e->parent &&
        e->parent->item == e->item)
        code = words_of(out, f, &e->parent->label, node, memory);
    if (code == TAWAM_OK && !**out && e->kind == FORM_REPEAT)
        *out = e->item->name;
    return code;
}

/* ---- state ---- */

/* A ranking is made one by one, so that the record has parts of it too; as an
 * answer it names every choice. Asked of what the record allows, whose choices
 * are all there. */
static int check_ranking(record_outcome *outcome, fill *f, form_node *node)
{
    const record_choice *list = NULL;
    size_t count = 0, ranked = 0;
    int code;
    for (const char *at = node->value; *(at += strspn(at, " "));
         at += strcspn(at, " "))
        ranked++;
    code = record_choices(&list, &count, f->record, node);
    if (is_of_form(code)) { /* a list that is not at hand */
        error_clear();
        return TAWAM_OK;
    }
    if (code == TAWAM_OK && ranked < count) {
        *outcome = RECORD_CONSTRAINT;
        error_set(TAWAM_ENO, _("a ranking names all %zu choices, best first"),
                  count);
    }
    return code;
}

int fill_state_of(fill_state *state, const char **words, fill *f,
                  form_node *node, arena *memory)
{
    record_outcome outcome = RECORD_OK;
    int code = TAWAM_OK;
    *state = *node->value ? FILL_DONE : FILL_EMPTY;
    if (*node->value || node->is_required)
        code = record_check(&outcome, f->record, node);
    if (is_of_form(code)) { /* its rule can't be asked */
        outcome = RECORD_CONSTRAINT;
        code = TAWAM_OK;
    }
    if (code == TAWAM_OK && outcome == RECORD_OK && *node->value &&
        fill_kind_of(node) == FILL_RANK && !node->is_readonly)
        code = check_ranking(&outcome, f, node);
    if (code != TAWAM_OK || outcome == RECORD_OK)
        return code;
    *state = outcome == RECORD_REQUIRED ? FILL_OPEN : FILL_WRONG;
    if (words) {
        *words = arena_string(memory, error_message());
        code = *words ? TAWAM_OK : TAWAM_EMEMORY;
    }
    error_clear();
    return code;
}

/* ---- what appearances and attributes ask for ---- */

static void read_looks(fill_question *q, const char *looks)
{
    const char *columns = strstr(looks, "columns-");
    q->multiline = fill_has_word(looks, "multiline") || q->rows > 1;
    q->masked = !!fill_has_word(looks, "masked");
    q->quick = strstr(looks, "quick") != NULL;
    q->search =
        fill_has_word(looks, "search") || fill_has_word(looks, "autocomplete");
    q->minimal = !!fill_has_word(looks, "minimal");
    q->likert = !!fill_has_word(looks, "likert");
    q->thousands = !!fill_has_word(looks, "thousands-sep");
    q->digits = !!fill_has_word(looks, "numbers");
    q->counter = !!fill_has_word(looks, "counter");
    q->rating = !!fill_has_word(looks, "rating");
    q->columns = columns ? (int)strtol(columns + 8, NULL, 10) : 0;
    q->detail = fill_has_word(looks, "month-year") ? FILL_MONTH
                : fill_has_word(looks, "year")     ? FILL_YEAR
                                                   : FILL_DAY;
    q->calendar = fill_has_word(looks, "islamic") ? 'i' : '\0';
}

static void read_control(fill_question *q, const form_control *c)
{
    q->range_start = fill_attribute(c->node, "start");
    q->range_end = fill_attribute(c->node, "end");
    q->range_step = fill_attribute(c->node, "step");
    q->rows = (int)strtol(fill_attribute(c->node, "rows"), NULL, 10);
    if (strcmp(c->node->name, "secret") == 0)
        q->masked = 1;
    read_looks(q, c->appearance);
    if (strcmp(c->node->name, "secret") == 0)
        q->masked = 1;
    q->barcode = q->item->type == FORM_BARCODE;
    q->capture_accuracy =
        strtod(fill_attribute(c->node, "accuracyThreshold"), NULL);
    q->warning_accuracy =
        strtod(fill_attribute(c->node, "unacceptableAccuracyThreshold"), NULL);
}

/* ---- choices ---- */

/* The place from 1 of VALUE among the words of LIST; 0: it isn't there. */
static size_t place_in(const char *list, const char *value)
{
    size_t length = strlen(value), place = 1;
    for (const char *at = list; *(at += strspn(at, " ")); place++) {
        size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, value, length) == 0)
            return place;
        at += word;
    }
    return 0;
}

static void mark_chosen(fill_question *q)
{
    for (size_t i = 0; i < q->choice_count; i++) {
        size_t place =
            q->kind == FILL_ONE
                ? (*q->value && strcmp(q->value, q->choices[i].value) == 0)
                : place_in(q->value, q->choices[i].value);
        q->chosen[i] = (unsigned char)(place < 255 ? place : 255);
        if (q->kind == FILL_MANY && place)
            q->chosen[i] = 1;
    }
}

static int read_choices(fill_question *q, fill *f, arena *memory)
{
    const record_choice *list = NULL;
    record_choice *copy = NULL;
    size_t count = 0;
    char *kept = memory_string(q->node->value);
    int code = kept ? record_choices(&list, &count, f->record, q->node)
                    : TAWAM_EMEMORY;
    if (is_of_form(code)) { /* none then, and why */
        q->message = arena_string(memory, error_message());
        error_clear();
        code = q->message ? TAWAM_OK : TAWAM_EMEMORY;
        count = 0;
    }
    if (code == TAWAM_OK) {
        copy = arena_alloc(memory, (count + 1) * sizeof *copy);
        q->chosen = arena_alloc(memory, count + 1);
        code = copy && q->chosen ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        copy[i].value = arena_string(memory, list[i].value);
        code = copy[i].value ? fill_plain(&copy[i].label, list[i].label, memory)
                             : TAWAM_EMEMORY;
        if (code == TAWAM_OK && !*copy[i].label)
            copy[i].label = copy[i].value;
    }
    q->choices = copy;
    q->choice_count = code == TAWAM_OK ? count : 0;
    if (code == TAWAM_OK && strcmp(kept, q->node->value) != 0) {
        fill_touch(f); /* a choice that is no more was taken back */
        code = fill_store_save(f);
    }
    free(kept);
    return code;
}

/* ---- a question ---- */

static int copy_texts(fill_question *q, fill *f, arena *memory)
{
    const form_control *c = q->item->control;
    const char *note = "";
    int flagged = 0;
    char *path = fill_path(q->node);
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        q->path = arena_string(memory, path);
        q->value = arena_string(memory, q->node->value);
        code = q->path && q->value ? TAWAM_OK : TAWAM_EMEMORY;
    }
    free(path);
    if (code == TAWAM_OK)
        code = fill_label(&q->label, f, q->node, memory);
    if (code == TAWAM_OK && c)
        code = words_of(&q->hint, f, &c->hint, q->node, memory);
    if (code == TAWAM_OK && c) {
        code = record_guidance(&note, f->record, &c->hint, q->node);
        if (code == TAWAM_OK)
            code = fill_plain(&q->guidance, note, memory);
    }
    if (code == TAWAM_OK)
        code = fill_store_note(&note, &flagged, f, q->node);
    if (code == TAWAM_OK) {
        q->note = arena_string(memory, note);
        q->flagged = flagged != 0;
        code = q->note ? TAWAM_OK : TAWAM_EMEMORY;
    }
    return code;
}

static int read_warning(fill_question *q, fill *f, arena *memory)
{
    const char *words = "";
    int code = record_warning(&words, f->record, q->node);
    if (is_of_form(code)) {
        error_clear();
        return TAWAM_OK;
    }
    return code == TAWAM_OK ? fill_plain(&q->warning, words, memory) : code;
}

/* That an answer is needed is no fault yet: it is said when one goes on. */
static int read_state(fill_question *q, fill *f, arena *memory)
{
    const char *words = NULL;
    int code = fill_state_of(&q->state, &words, f, q->node, memory);
    if (words && q->state == FILL_WRONG)
        q->message = words;
    else if (words && *q->item->required_message)
        q->needed = words;
    return code;
}

int fill_question_read(fill_question *q, fill *f, form_node *node,
                       const form_element *e, arena *memory)
{
    int code = TAWAM_OK;
    (void)e;
    *q = (fill_question){.node = node,
                         .item = node->item,
                         .kind = fill_kind_of(node),
                         .name = node->item->name,
                         .path = "",
                         .label = "",
                         .hint = "",
                         .guidance = "",
                         .group = "",
                         .value = "",
                         .echo = "",
                         .message = "",
                         .needed = "",
                         .warning = "",
                         .note = "",
                         .range_start = "",
                         .range_end = "",
                         .range_step = "",
                         .required = node->is_required,
                         .readonly = node->is_readonly};
    if (node->item->control)
        read_control(q, node->item->control);
    if (q->kind == FILL_ONE || q->kind == FILL_MANY || q->kind == FILL_RANK ||
        fill_is_header(node->item))
        code = read_choices(q, f, memory);
    if (code == TAWAM_OK)
        code = copy_texts(q, f, memory);
    if (code == TAWAM_OK && q->choice_count) {
        mark_chosen(q);
        fill_specials(q);
    }
    if (code == TAWAM_OK && node->item->control)
        code = fill_specials_of_control(q, memory);
    if (code == TAWAM_OK)
        code = fill_echo(&q->echo, f, q, memory);
    if (code == TAWAM_OK)
        code = read_warning(q, f, memory);
    return code == TAWAM_OK && q->kind != FILL_NOTE ? read_state(q, f, memory)
                                                    : code;
}

/* ---- a page ---- */

typedef struct list_read {
    fill *f;
    size_t capacity;
    int has_rows; /* a question whose choices are columns of a grid */
} list_read;

static int add_question(void *context, const form_element *e, form_node *node,
                        const form_element *group)
{
    list_read *l = context;
    fill_page *p = &l->f->page;
    fill_question *larger;
    int code;
    if (node->is_hidden || fill_is_header(node->item))
        return TAWAM_OK;
    if (p->count == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 8;
        larger = arena_alloc(l->f->memory, l->capacity * sizeof *larger);
        if (!larger)
            return TAWAM_EMEMORY;
        if (p->count)
            memcpy(larger, p->questions, p->count * sizeof *larger);
        p->questions = larger;
    }
    code = fill_question_read(&p->questions[p->count], l->f, node, e,
                              l->f->memory);
    if (code == TAWAM_OK && group && group != l->f->here.element)
        code = fill_group_label(&p->questions[p->count].group, l->f, group,
                                node->parent, l->f->memory);
    l->has_rows |=
        fill_has_word(node->item->control->appearance, "list-nolabel") ||
        fill_has_word(node->item->control->appearance, "list");
    p->count += code == TAWAM_OK;
    return code;
}

/* All its choice questions have the choices of the first. */
static int is_grid(const fill_page *p)
{
    const fill_question *first = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const fill_question *q = &p->questions[i];
        if (q->kind != FILL_ONE && q->kind != FILL_MANY) {
            if (q->kind != FILL_NOTE)
                return 0;
            continue;
        }
        if (!first)
            first = q;
        if (q->choice_count != first->choice_count)
            return 0;
        for (size_t c = 0; c < q->choice_count; c++)
            if (strcmp(q->choices[c].value, first->choices[c].value) != 0)
                return 0;
    }
    return first != NULL;
}

static int look_at_questions(fill *f, const fill_step *s)
{
    fill_page *p = &f->page;
    list_read l = {.f = f};
    int code;
    p->kind = FILL_QUESTIONS;
    p->is_list = s->kind == STEP_LIST;
    if (p->is_list)
        code = fill_list_each(s->element, s->node, add_question, &l);
    else
        code = add_question(&l, s->element, s->node, NULL);
    p->is_grid = p->is_list && l.has_rows && is_grid(p);
    p->instance = fill_instance_of(s->node);
    return code;
}

static int look_at_repeat(fill *f, const fill_step *s)
{
    fill_page *p = &f->page;
    p->kind = FILL_REPEAT;
    p->repeat = s->element->item;
    p->parent = s->node;
    p->instances = fill_instances(s->node, p->repeat);
    p->instance = fill_instance_of(s->node);
    return fill_group_label(&p->repeat_label, f, s->element, s->node,
                            f->memory);
}

static int look_at_closing(fill *f)
{
    fill_page *p = &f->page;
    fill_ref *list = NULL;
    size_t count = 0;
    int code = fill_refs(&list, &count, f);
    p->kind = FILL_CLOSING;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        fill_state state = FILL_EMPTY;
        const char *note = "";
        int flagged = 0;
        code = fill_store_note(&note, &flagged, f, list[i].node);
        if (code == TAWAM_OK && list[i].number)
            code = fill_state_of(&state, NULL, f, list[i].node, NULL);
        p->flagged += flagged != 0;
        if (!list[i].number)
            continue;
        *(state == FILL_OPEN    ? &p->open
          : state == FILL_WRONG ? &p->wrong
          : state == FILL_DONE  ? &p->done
                                : &p->empty) +=
            state != FILL_DONE || list[i].node->is_given;
    }
    free(list);
    return code;
}

static int look(fill *f)
{
    const fill_step *s = &f->here;
    int code = TAWAM_OK;
    arena_reset(f->memory);
    f->page = (fill_page){.title = f->form->title ? f->form->title : "",
                          .heading = "",
                          .repeat_label = "",
                          .number = f->steps[f->at].number,
                          .total = f->total};
    if (s->kind == STEP_CLOSING)
        code = look_at_closing(f);
    else if (s->kind == STEP_REPEAT)
        code = look_at_repeat(f, s);
    else
        code = look_at_questions(f, s);
    if (code == TAWAM_OK && s->kind != STEP_CLOSING)
        code =
            fill_heading(&f->page.heading, f, s->element, s->node, f->memory);
    return code;
}

int fill_look(const fill_page **page, fill *f)
{
    int code = TAWAM_OK;
    /* Fetching choices may take an answer back, which may hide questions: then
     * once more. */
    for (int tries = 0; code == TAWAM_OK && !f->is_looked && tries < 5;
         tries++) {
        code = fill_settle(f);
        f->is_looked = 1;
        if (code == TAWAM_OK)
            code = look(f);
    }
    if (code == TAWAM_OK)
        code = fill_audit_page(f);
    if (code != TAWAM_OK)
        f->is_looked = 0;
    else
        *page = &f->page;
    return code;
}

int fill_question_at(fill_question *out, fill *f, form_node *node, arena *a)
{
    return fill_question_read(out, f, node, NULL, a);
}
