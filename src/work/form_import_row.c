/* SPDX-License-Identifier: MIT */
/* A row of answers typed into a record, in the form's order: what a question
 * allows depends on those before it. One that is hidden at its turn waits,
 * since a later answer may bring it. */
#include "work/fill_internal.h"
#include "work/form_import_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct typing {
    import_fault *fault;
    draft *d;
    record *r;
    const import_plan *p;
} typing;

/* ---- faults ---- */

/* COLUMN of T (of a repeat with its file and row) is wrong for REASON. */
static void set_fault(typing *y, const import_table *t, size_t row,
                      const char *column, const char *reason)
{
    char *safe = text_safe(reason, strlen(reason), 0);
    y->fault->is_wrong = 1;
    snprintf(y->fault->column, sizeof y->fault->column, "%.120s", column);
    if (t && t->parent)
        snprintf(y->fault->reason, sizeof y->fault->reason,
                 _("%.100s, row %zu: %.400s"), t->name,
                 t->sheet->rows[row].number, safe ? safe : "");
    else
        snprintf(y->fault->reason, sizeof y->fault->reason, "%.590s",
                 safe ? safe : "");
    free(safe);
}

void import_fault_at(import_fault *fault, const import_plan *p,
                     const form_node *node)
{
    const char *column = node->item->name;
    char *safe;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->tables[i].count; k++)
            if (p->tables[i].columns[k].item == node->item)
                column =
                    p->tables[i].sheet->headers[p->tables[i].columns[k].index];
    safe = text_safe(error_message(), strlen(error_message()), 0);
    fault->is_wrong = 1;
    snprintf(fault->column, sizeof fault->column, "%.120s", column);
    snprintf(fault->reason, sizeof fault->reason, "%.590s", safe ? safe : "");
    free(safe);
}

/* ---- nodes ---- */

/* The node of ITEM below INSTANCE, in no other repeat. */
static form_node *node_below(form_node *instance, const form_item *item)
{
    form_node *parent;
    if (instance->item == item)
        return instance;
    parent = item->parent ? node_below(instance, item->parent) : NULL;
    for (form_node *n = parent ? parent->first : NULL; n; n = n->next)
        if (n->item == item)
            return n;
    return NULL;
}

/* ---- values ---- */

/* What the column holds in ROW: a place in parts becomes one. */
static int value_of(buffer *out, const import_table *t, const import_column *c,
                    size_t row)
{
    const char *const *cells = t->sheet->rows[row].cells;
    buffer_clear(out);
    if (!c->parts[0])
        buffer_text(out, cells[c->index]);
    else if (c->parts[IMPORT_LATITUDE] && *cells[c->parts[IMPORT_LATITUDE] - 1])
        for (int i = IMPORT_LATITUDE; i <= IMPORT_ACCURACY; i++) {
            const char *part = c->parts[i] ? cells[c->parts[i] - 1] : "";
            buffer_format(out, "%s%s", i > IMPORT_LATITUDE ? " " : "",
                          *part ? part : "0");
        }
    buffer_text(out, "");
    return buffer_check(out);
}

/* As a person would write it: 12,5, ١٢, 1/5/26, 14h30, yes; TAWAM_ENO. */
static int as_typed(buffer *out, const form_node *node, const char *value)
{
    fill_question q = {.node = (form_node *)(uintptr_t)node,
                       .item = node->item,
                       .kind = fill_kind_of(node)};
    buffer_clear(out);
    switch (q.kind) {
    case FILL_INTEGER:
    case FILL_DECIMAL:
    case FILL_RANGE:
    case FILL_DATE:
    case FILL_TIME:
    case FILL_DATETIME:
    case FILL_POINT:
    case FILL_ACKNOWLEDGE:
        return fill_typed(out, NULL, &q, value);
    default:
        return TAWAM_ENO;
    }
}

/* A choice that is none is not left to be taken back. */
static int check_choices(record_outcome *outcome, typing *y, form_node *node)
{
    form_control_kind kind =
        node->item->control ? node->item->control->kind : FORM_INPUT;
    return kind == FORM_SELECT_ONE || kind == FORM_SELECT_MANY ||
                   kind == FORM_RANK
               ? record_check(outcome, y->r, node)
               : TAWAM_OK;
}

static int answer(record_outcome *outcome, typing *y, form_node *node,
                  const char *value)
{
    buffer typed = {0};
    int code = record_answer(outcome, y->r, node, value);
    if (code == TAWAM_OK && *outcome == RECORD_WRONG_TYPE) {
        char *why = memory_string(error_message());
        if (as_typed(&typed, node, value) == TAWAM_OK &&
            buffer_check(&typed) == TAWAM_OK)
            code = record_answer(outcome, y->r, node, (char *)typed.data);
        else
            error_set(TAWAM_ENO, "%s", why ? why : "");
        free(why);
    }
    if (code == TAWAM_OK && *outcome == RECORD_OK)
        code = check_choices(outcome, y, node);
    buffer_free(&typed);
    return code;
}

/* 1 if the read-only NODE has not got VALUE, and will not: what is calculated
 * may yet change, and places have several spellings. */
static int is_other(const form_node *node, const char *value)
{
    return !node->item->calculate && node->item->control &&
           (node->item->type < FORM_GEOPOINT ||
            node->item->type > FORM_GEOSHAPE) &&
           strcmp(node->value, value) != 0;
}

/* *WAITS 1: the question is hidden as yet. */
static int type_cell(int *waits, typing *y, const import_table *t, size_t row,
                     const import_column *c, form_node *instance)
{
    record_outcome outcome = RECORD_OK;
    buffer value = {0};
    form_node *node = node_below(instance, c->item);
    int code = value_of(&value, t, c, row);
    *waits = 0;
    if (code == TAWAM_OK && value.length) {
        if (!node || node->is_hidden)
            *waits = 1;
        else if (!node->is_readonly)
            code = answer(&outcome, y, node, (char *)value.data);
        else if (is_other(node, (char *)value.data)) {
            outcome = RECORD_CONSTRAINT;
            error_set(TAWAM_ENO, _("it is read-only, and takes no answer"));
        }
        if (code == TAWAM_OK && outcome != RECORD_OK)
            set_fault(y, t, row, t->sheet->headers[c->index], error_message());
    }
    buffer_free(&value);
    return code;
}

/* ---- repeats ---- */

static int type_instance(typing *y, const import_table *t, size_t row,
                         form_node *instance);

static form_node *nth(form_node *parent, const form_item *item, size_t n)
{
    for (form_node *c = parent->first; c; c = c->next)
        if (c->item == item && n-- == 0)
            return c;
    return NULL;
}

/* COUNT instances of ITEM below PARENT: as many as there are rows, or as the
 * form's count says, which must not be fewer. */
static int fit_instances(typing *y, form_node *parent, form_item *item,
                         size_t count)
{
    form_node *node = NULL;
    size_t have = 0, wanted = count;
    long counted = -1;
    int code = record_repeat_count(&counted, y->r, parent, item);
    if (counted >= 0)
        wanted = (size_t)counted;
    while (nth(parent, item, have))
        have++;
    for (; code == TAWAM_OK && have < wanted; have++)
        code = record_add_repeat(&node, y->r, parent, item);
    for (; code == TAWAM_OK && have > wanted; have--)
        code = record_remove_repeat(y->r, nth(parent, item, have - 1));
    if (code == TAWAM_OK && count > wanted) {
        char *words =
            memory_format(_("repeat %s has %zu rows, the form asks for %zu"),
                          item->name, count, wanted);
        set_fault(y, NULL, 0, item->name, words ? words : "");
        free(words);
    }
    return code;
}

static int type_repeat(typing *y, form_item *item, const import_table *t,
                       const char *key, form_node *instance)
{
    form_node *parent = node_below(instance, item->parent);
    size_t first = 0, count = 0;
    int code;
    if (!parent)
        return TAWAM_OK;
    if (t)
        import_plan_rows(&first, &count, t, key);
    code = fit_instances(y, parent, item, count);
    for (size_t i = 0; code == TAWAM_OK && i < count && !y->fault->is_wrong;
         i++) {
        form_node *one = nth(parent, item, i);
        if (one->is_hidden)
            set_fault(y, t, t->keys[first + i].row, item->name,
                      _("it is not asked here: its condition does not hold"));
        else
            code = type_instance(y, t, t->keys[first + i].row, one);
    }
    return code;
}

/* The table of repeat ITEM, or NULL. */
static const import_table *table_of(const import_plan *p, const form_item *item)
{
    for (size_t i = 1; i < p->count; i++)
        if (p->tables[i].item == item)
            return &p->tables[i];
    return NULL;
}

/* 1 if ITEM stands directly in the level of LEVEL. */
static int is_of_level(const form_item *item, const form_item *level)
{
    for (item = item->parent; item && item != level; item = item->parent)
        if (item->is_repeat)
            return 0;
    return item != NULL;
}

/* ---- a level ---- */

/* Cells that waited, until no further one finds its question. */
static int type_waiting(typing *y, const import_table *t, size_t row,
                        form_node *instance, unsigned char *waits)
{
    int code = TAWAM_OK, progress = 1;
    while (code == TAWAM_OK && progress && !y->fault->is_wrong) {
        progress = 0;
        for (size_t i = 0;
             code == TAWAM_OK && i < t->count && !y->fault->is_wrong; i++) {
            int still = 0;
            if (!waits[i])
                continue;
            code = type_cell(&still, y, t, row, &t->columns[i], instance);
            progress |= !still;
            waits[i] = (unsigned char)still;
        }
    }
    for (size_t i = 0; code == TAWAM_OK && i < t->count; i++)
        if (waits[i] && !y->fault->is_wrong)
            set_fault(y, t, row, t->sheet->headers[t->columns[i].index],
                      _("it is not asked here: its condition does not hold"));
    return code;
}

static int type_instance(typing *y, const import_table *t, size_t row,
                         form_node *instance)
{
    unsigned char *waits = memory_array(t->count + 1, 1);
    size_t column = 0;
    int code = waits ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = t->item->number + 1;
         code == TAWAM_OK && i < t->item->end && !y->fault->is_wrong; i++) {
        form_item *item = y->p->f->items[i];
        int still = 0;
        if (item->is_repeat && is_of_level(item, t->item)) {
            const import_table *of = table_of(y->p, item);
            code = type_repeat(y, item, of,
                               of ? t->sheet->rows[row].cells[of->key] : "",
                               instance);
        }
        if (column < t->count && t->columns[column].item == item) {
            code = type_cell(&still, y, t, row, &t->columns[column], instance);
            waits[column++] = (unsigned char)still;
        }
    }
    if (code == TAWAM_OK && !y->fault->is_wrong)
        code = type_waiting(y, t, row, instance, waits);
    free(waits);
    return code;
}

int form_import_row(import_fault *fault, draft *d, const import_plan *p,
                    size_t row)
{
    typing y = {fault, d, draft_record(d), p};
    fault->is_wrong = 0;
    return type_instance(&y, &p->tables[0], row, record_root(y.r));
}
