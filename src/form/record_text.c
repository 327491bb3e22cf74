/* SPDX-License-Identifier: MIT */
/* Texts and choices, in the language of the record. */
#include "form/lists_internal.h"
#include "form/record_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

static int by_id(const void *key, const void *element)
{
    const struct form_translation *t = element;
    return strcmp(key, t->id);
}

/* In the record's language, else in the default one; NULL. */
static const struct form_translation *translation(const record *r,
                                                  const char *id)
{
    size_t order[2] = {r->language, 0};
    for (int i = 0; i < 2; i++) {
        const form_language *l = &r->f->languages[order[i]];
        const struct form_translation *t =
            order[i] < r->f->language_count && l->count
                ? bsearch(id, l->texts, l->count, sizeof *l->texts, by_id)
                : NULL;
        if (t)
            return t;
    }
    return NULL;
}

static int append_parts(buffer *out, record *r, const form_text *text,
                        form_node *node)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < text->count; i++) {
        xpath_value v;
        const char *words = text->parts[i].words;
        if (!words) {
            code = record_evaluate(&v, r, text->parts[i].output, node);
            if (code == TAWAM_OK)
                code = xpath_to_text(&words, &v, r->memory);
        }
        if (code == TAWAM_OK)
            buffer_text(out, words);
    }
    return code;
}

int record_text(const char **out, record *r, const form_text *text,
                form_node *node)
{
    buffer all = {0};
    xpath_value v;
    const char *words = "";
    int code = TAWAM_OK;
    if (text->itext) {
        const struct form_translation *t = translation(r, text->itext);
        if (t)
            code = append_parts(&all, r, &t->text, node);
        else
            buffer_text(&all, text->itext);
    } else if (text->itext_expression) {
        code = record_evaluate(&v, r, text->itext_expression, node);
        if (code == TAWAM_OK)
            code = xpath_to_text(&words, &v, r->memory);
        buffer_text(&all, words);
    } else
        code = append_parts(&all, r, text, node);
    if (code == TAWAM_OK)
        code = buffer_check(&all);
    if (code == TAWAM_OK) {
        *out = arena_copy(r->answers, all.data ? (char *)all.data : "",
                          all.length + 1);
        code = *out ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&all);
    return code;
}

int record_guidance(const char **out, record *r, const form_text *hint,
                    form_node *node)
{
    const struct form_translation *t =
        hint->itext ? translation(r, hint->itext) : NULL;
    *out = "";
    return t && t->guidance.count ? record_text(out, r, &t->guidance, node)
                                  : TAWAM_OK;
}

const char *record_language(const record *r)
{
    return r->f->language_count ? r->f->languages[r->language].name : "";
}

int record_set_language(record *r, const char *name)
{
    for (size_t i = 0; i < r->f->language_count; i++)
        if (strcmp(r->f->languages[i].name, name) == 0) {
            r->language = i;
            return TAWAM_OK;
        }
    return error_set(TAWAM_ENOTFOUND, _("the form has no language '%.60s'"),
                     name);
}

/* ---- choices ---- */

/* Value of the path REFERENCE below NODE: children by name only. */
const char *record_value_below(const form_node *node, const char *reference,
                               arena *memory)
{
    const char *at = reference;
    while (node && *at) {
        size_t length = strcspn(at, "/");
        const form_node *c;
        if (node->is_row && list_row_need(node, at, length) != TAWAM_OK)
            return NULL;
        c = node->first;
        if (length != 1 || *at != '.') {
            while (c && (strncmp(c->name, at, length) != 0 || c->name[length]))
                c = c->next;
            node = c;
        }
        at += length + (at[length] == '/');
    }
    return node && !node->is_hidden ? node_value(node, memory) : "";
}

/* TEXT, which came from NODE, for as long as the answers live: rows of a table
 * may go before. */
static const char *lasting(const char *text, const form_node *node,
                           arena *memory)
{
    return text && *text && node->is_row ? arena_string(memory, text) : text;
}

static int choice_label(const char **out, record *r, const form_control *c,
                        const form_node *node)
{
    *out = "";
    if (c->label_itext) {
        form_text t = {
            .itext = record_value_below(node, c->label_itext, r->answers)};
        return t.itext ? record_text(out, r, &t, NULL) : TAWAM_EMEMORY;
    }
    if (c->label_path)
        *out = lasting(record_value_below(node, c->label_path, r->answers),
                       node, r->answers);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

static int choices_of_nodes(record_choice **list, size_t *count, record *r,
                            const form_control *c, const xpath_value *set)
{
    int code = TAWAM_OK;
    *list = arena_alloc(r->answers, (set->count + 1) * sizeof **list);
    if (!*list)
        return TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < set->count; i++) {
        record_choice *choice = &(*list)[*count];
        choice->value = lasting(
            record_value_below(set->nodes[i], c->value_path, r->answers),
            set->nodes[i], r->answers);
        if (!choice->value)
            return TAWAM_EMEMORY;
        if (!*choice->value) /* a repeat's instance without a name yet */
            continue;
        code = choice_label(&choice->label, r, c, set->nodes[i]);
        ++*count;
    }
    return code;
}

/* ---- choices that are rows of a table ---- */

typedef struct row_choices {
    record *r;
    const form_control *c;
    record_choice *list;
    size_t count, capacity;
} row_choices;

static int add_row_choice(void *context, const char *value, const char *label)
{
    row_choices *all = context;
    arena *answers = all->r->answers;
    record_choice *choice;
    if (!*value)
        return TAWAM_OK;
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? 2 * all->capacity : 32;
        record_choice *larger = arena_alloc(answers, capacity * sizeof *larger);
        if (!larger)
            return TAWAM_EMEMORY;
        if (all->count)
            memcpy(larger, all->list, all->count * sizeof *larger);
        all->list = larger;
        all->capacity = capacity;
    }
    choice = &all->list[all->count++];
    choice->value = arena_string(answers, value);
    if (all->c->label_itext) {
        form_text t = {.itext = label};
        return record_text(&choice->label, all->r, &t, NULL);
    }
    choice->label = *label ? arena_string(answers, label) : "";
    return choice->value && choice->label ? TAWAM_OK : TAWAM_EMEMORY;
}

/* "./name" and "name" -> "name"; NULL: more than a column's name. */
static const char *column_of(const char *reference)
{
    reference += strncmp(reference, "./", 2) == 0 ? 2 : 0;
    return reference[strcspn(reference, "/.:@ ")] ? NULL : reference;
}

/* Without nodes for the rows; ONLY: of that value, NULL all. *done 0: they are
 * no rows, or not to be had so. */
static int choices_of_rows(int *done, row_choices *all, form_node *node,
                           const char *only)
{
    const form_control *c = all->c;
    const char *label = c->label_itext  ? c->label_itext
                        : c->label_path ? c->label_path
                                        : "";
    list_pull p = {column_of(c->value_path), column_of(label), only,
                   add_row_choice, all};
    *done = 0;
    return p.value && p.label ? record_pull(done, all->r, c->itemset, node, &p)
                              : TAWAM_OK;
}

static int choices_of_itemset(record_choice **list, size_t *count, record *r,
                              const form_control *c, form_node *node)
{
    row_choices rows = {.r = r, .c = c};
    xpath_value set;
    int done = 0, code = choices_of_rows(&done, &rows, node, NULL);
    *list = rows.list;
    *count = rows.count;
    if (code != TAWAM_OK || done)
        return code;
    *count = 0;
    code = record_evaluate(&set, r, c->itemset, node);
    if (code == TAWAM_OK && set.kind != XPATH_NODESET)
        code = error_set(TAWAM_EUSAGE, _("its itemset leads to no nodes"));
    return code == TAWAM_OK ? choices_of_nodes(list, count, r, c, &set) : code;
}

int record_table_offers(int *done, int *is, record *r, form_node *node,
                        const char *value)
{
    row_choices rows = {.r = r, .c = node->item->control};
    int code = choices_of_rows(done, &rows, node, value);
    *is = rows.count > 0;
    return code;
}

int record_choice_label(const char **out, record *r, form_node *node,
                        const char *value)
{
    row_choices rows = {.r = r, .c = node->item->control};
    const record_choice *list = NULL;
    size_t count = 0;
    int done = 0, code = TAWAM_OK;
    *out = "";
    if (rows.c->itemset)
        code = choices_of_rows(&done, &rows, node, value);
    if (code == TAWAM_OK && done) {
        *out = rows.count ? rows.list[0].label : "";
        return TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = record_choices(&list, &count, r, node);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (strcmp(list[i].value, value) == 0) {
            *out = list[i].label;
            break;
        }
    return code;
}

static int static_choices(record_choice **list, size_t *count, record *r,
                          const form_control *c, form_node *node)
{
    int code = TAWAM_OK;
    *list = arena_alloc(r->answers, (c->choice_count + 1) * sizeof **list);
    if (!*list)
        return TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < c->choice_count; i++) {
        (*list)[i].value = c->choices[i].value;
        code = record_text(&(*list)[i].label, r, &c->choices[i].label, node);
    }
    *count = c->choice_count;
    return code;
}

static int is_choice(const record_choice *list, size_t count, const char *word,
                     size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(list[i].value, word, length) == 0 && !list[i].value[length])
            return 1;
    return 0;
}

/* Takes back what was chosen from choices that are no more. */
static int clear_lost(record *r, form_node *node, const record_choice *list,
                      size_t count)
{
    buffer kept = {0};
    const char *at = node->value;
    record_outcome outcome;
    int code;
    if (node->item->control->kind == FORM_SELECT_ONE) {
        if (!*at || is_choice(list, count, at, strlen(at)))
            return TAWAM_OK;
    } else
        while (*(at += strspn(at, " "))) {
            size_t length = strcspn(at, " ");
            if (is_choice(list, count, at, length)) {
                if (kept.length)
                    buffer_byte(&kept, ' ');
                buffer_bytes(&kept, at, length);
            }
            at += length;
        }
    code = buffer_check(&kept);
    if (code == TAWAM_OK &&
        strcmp(kept.data ? (char *)kept.data : "", node->value) != 0)
        code =
            record_take(&outcome, r, node, kept.data ? (char *)kept.data : "");
    buffer_free(&kept);
    return code;
}

int record_choices(const record_choice **list, size_t *count, record *r,
                   form_node *node)
{
    const form_control *c = node->item ? node->item->control : NULL;
    record_choice *found = NULL;
    int code = TAWAM_OK;
    *count = 0;
    if (!r->inside)
        arena_reset(r->answers);
    if (!c || (c->kind != FORM_SELECT_ONE && c->kind != FORM_SELECT_MANY &&
               c->kind != FORM_RANK))
        return error_set(TAWAM_EUSAGE, _("%s has no choices"),
                         node->item ? node->item->path : "?");
    if (c->itemset) {
        code = choices_of_itemset(&found, count, r, c, node);
        record_forget(r);
    } else
        code = static_choices(&found, count, r, c, node);
    if (code == TAWAM_OK && !r->inside)
        code = clear_lost(r, node, found, *count);
    *list = found;
    return code == TAWAM_OK ? code : error_add("%s", node->item->path);
}
