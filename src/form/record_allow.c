/* SPDX-License-Identifier: MIT */
/* What a question itself allows, beside its constraint: a range what lies on
 * its scale, a trace or shape enough points, a select what is among its
 * choices. */
#include "form/lists_internal.h"
#include "form/record_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- a range ---- */

static const char *parameter(const form_control *c, const char *name)
{
    const form_node *a = form_attribute(c->node, name);
    return a ? a->value : "";
}

/* 1 if VALUE is one that the control's attribute `missing` ("dk=-88 rf=-99")
 * names: no answer, and on no scale. */
static int is_missing(const form_control *c, const char *value)
{
    const char *at = parameter(c, "missing");
    size_t length = strlen(value);
    while (*(at += strspn(at, " "))) {
        size_t word = strcspn(at, " "), key = strcspn(at, "= ");
        if (at[key] == '=' && word - key - 1 == length &&
            memcmp(at + key + 1, value, length) == 0)
            return 1;
        at += word;
    }
    return 0;
}

/* The scale may fall: from 10 to 0. Steps count from the start. */
void record_in_range(record_outcome *outcome, const form_item *item,
                     const char *value)
{
    const form_control *c = item->control;
    const char *first, *last, *by;
    double number, start, end, steps;
    if (!*value || !c || c->kind != FORM_RANGE || is_missing(c, value))
        return;
    first = parameter(c, "start");
    last = parameter(c, "end");
    by = parameter(c, "step");
    number = text_to_number(value);
    start = text_to_number(first);
    end = text_to_number(last);
    steps = (number - start) / fabs(text_to_number(by));
    if (number < fmin(start, end) || number > fmax(start, end)) {
        *outcome = RECORD_CONSTRAINT;
        error_set(TAWAM_ENO, _("from %.20s to %.20s is what it may be"), first,
                  last);
    } else if (isfinite(steps) && fabs(steps - nearbyint(steps)) > 1e-6) {
        *outcome = RECORD_CONSTRAINT;
        error_set(TAWAM_ENO, _("it goes from %.20s on by steps of %.20s"),
                  first, by);
    }
}

/* ---- a trace, a shape ---- */

typedef struct point {
    const char *text; /* latitude, a blank, longitude */
    size_t length;
} point;

static int same_point(const point *a, const point *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* The point at *TEXT, in the one spelling that places have, which moves behind
 * it; 0 at the end. */
static int next_point(point *out, const char **text)
{
    const char *at = *text + strspn(*text, " ;");
    out->text = at;
    at += strcspn(at, " ");
    at += strspn(at, " ");
    at += strcspn(at, " ;");
    out->length = (size_t)(at - out->text);
    *text = at + strcspn(at, ";");
    return out->length > 0;
}

/* What ITEM's points lack, or NULL. A trace has two points and more; a shape
 * three different ones and more, and ends where it began (ODK XForms, "Data
 * types"). */
static const char *points_lack(const form_item *item, const char *value)
{
    point first = {0}, second = {0}, last = {0}, one;
    size_t count = 0, different = 0;
    while (next_point(&one, &value)) {
        if (!count++)
            first = one;
        if (!different || (different == 1 && !same_point(&one, &first)) ||
            (different == 2 && !same_point(&one, &first) &&
             !same_point(&one, &second))) {
            second = one;
            different++;
        }
        last = one;
    }
    if (item->type == FORM_GEOTRACE)
        return count >= 2 ? NULL : _("a line has two points or more");
    if (different < 3)
        return _("a shape has three different points or more");
    return same_point(&first, &last)
               ? NULL
               : _("a shape ends where it began: its first point stands at the "
                   "end, too");
}

void record_has_points(record_outcome *outcome, const form_item *item,
                       const char *value)
{
    const char *lack =
        *value && (item->type == FORM_GEOTRACE || item->type == FORM_GEOSHAPE)
            ? points_lack(item, value)
            : NULL;
    if (lack) {
        *outcome = RECORD_CONSTRAINT;
        error_set(TAWAM_ENO, "%s", lack);
    }
}

/* ---- choices ---- */

typedef struct lookup {
    record *r;
    form_node *node;
    xpath_value set; /* the list's nodes, where it is no table */
    int is_read;
} lookup;

static int read_set(lookup *l)
{
    int code = record_evaluate(&l->set, l->r, l->node->item->control->itemset,
                               l->node);
    l->is_read = 1;
    return code == TAWAM_OK && l->set.kind != XPATH_NODESET ? TAWAM_EUSAGE
                                                            : code;
}

/* Is WORD a choice? One row is asked for where the list is a table. */
static int offers(int *is, lookup *l, const char *word)
{
    const form_control *c = l->node->item->control;
    int done = 0, code = TAWAM_OK;
    *is = 0;
    for (size_t i = 0; !c->itemset && i < c->choice_count && !*is; i++)
        *is = strcmp(c->choices[i].value, word) == 0;
    if (c->itemset && !l->is_read) {
        code = record_table_offers(&done, is, l->r, l->node, word);
        if (code == TAWAM_OK && !done)
            code = read_set(l);
    }
    for (size_t i = 0; code == TAWAM_OK && i < l->set.count && !*is; i++) {
        const char *choice =
            record_value_below(l->set.nodes[i], c->value_path, l->r->memory);
        code = choice ? TAWAM_OK : TAWAM_EMEMORY;
        *is = choice && strcmp(choice, word) == 0;
    }
    return code;
}

/* The first word of the value that is no choice; NULL: all are. */
static int find_lost(const char **out, lookup *l)
{
    const char *at = l->node->value;
    int one = l->node->item->control->kind == FORM_SELECT_ONE;
    int code = TAWAM_OK, is = 1;
    *out = NULL;
    while (code == TAWAM_OK && is && *(at += one ? 0 : strspn(at, " "))) {
        size_t length = one ? strlen(at) : strcspn(at, " ");
        char *word = arena_alloc(l->r->memory, length + 1);
        if (!word)
            return TAWAM_EMEMORY;
        memcpy(word, at, length);
        code = offers(&is, l, word);
        if (!is)
            *out = word;
        at += length;
    }
    return code;
}

int record_among_choices(record_outcome *outcome, record *r, form_node *node)
{
    const form_control *c = node->item->control;
    lookup l = {.r = r, .node = node};
    const char *lost = NULL;
    int code;
    if (!*node->value || !c || c->kind < FORM_SELECT_ONE ||
        c->kind > FORM_RANK || strstr(c->appearance, "search("))
        return TAWAM_OK;
    code = find_lost(&lost, &l);
    if (code == TAWAM_ENOTFOUND || code == TAWAM_EUSAGE) {
        error_clear(); /* a list that is not at hand has nothing to say */
        code = TAWAM_OK;
    } else if (code == TAWAM_OK && lost) {
        char *safe = text_safe(lost, strlen(lost), 0);
        *outcome = RECORD_CONSTRAINT;
        error_set(TAWAM_ENO, _("'%.60s' is none of its choices here"),
                  safe ? safe : "?");
        free(safe);
    }
    record_forget(r);
    return code;
}
