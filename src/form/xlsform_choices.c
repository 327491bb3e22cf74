/* SPDX-License-Identifier: MIT */
/* Rows of the sheets choices and osm -> lists. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

choice_list *choice_list_find(xlsform *x, const char *name)
{
    choice_list *l = x->lists;
    while (l && strcmp(l->name, name) != 0)
        l = l->next;
    return l;
}

static choice_list *get_list(xlsform *x, choice_list **end, const char *name)
{
    while (*end && strcmp((*end)->name, name) != 0)
        end = &(*end)->next;
    if (!*end) {
        *end = arena_alloc(x->memory, sizeof **end);
        if (*end)
            (*end)->name = name;
        else
            x->failed = 1;
    }
    return *end;
}

static void add_choice(xlsform *x, choice_list *l, const choice *c)
{
    if ((l->count & (l->count - 1)) == 0) { /* room doubles */
        choice *larger = arena_alloc(x->memory, (l->count ? 2 * l->count : 1) *
                                                    sizeof *larger);
        if (!larger) {
            x->failed = 1;
            return;
        }
        if (l->count)
            memcpy(larger, l->list, l->count * sizeof *larger);
        l->list = larger;
    }
    l->list[l->count++] = *c;
}

static void read_choice(xlsform *x, const sheet *s, choice_list **lists,
                        const workbook_row *row)
{
    static const char *const media[MEDIA_COUNT] = {"image", "big-image",
                                                   "audio", "video"};
    const char *list = sheet_cell(s, row, "list_name");
    choice c = {.name = sheet_cell(s, row, "name"), .row = row};
    choice_list *l;
    if (!*list)
        return; /* a remark beside the lists */
    if (!*c.name) {
        xlsform_error(x, s, row->number, "name", _("the choice has no name"));
        return;
    }
    l = get_list(x, lists, list);
    c.label = sheet_texts(x, s, row, "label");
    for (int i = 0; i < MEDIA_COUNT; i++)
        c.media[i] = sheet_texts(x, s, row, media[i]);
    if (!c.label.count)
        xlsform_warning(x, s, row->number, "label",
                        _("the choice '%s' has no label"), c.name);
    if (l)
        add_choice(x, l, &c);
}

/* Of external_choices only the lists' names are needed: its rows are read by
 * what shows the form, from a file. */
static void read_outside(xlsform *x, const workbook_row *row)
{
    const char *list = sheet_cell(&x->external, row, "list_name");
    if (*list)
        get_list(x, &x->outside, list);
}

static int compare_choices(const void *a, const void *b)
{
    const choice *one = *(const choice *const *)a;
    const choice *two = *(const choice *const *)b;
    int order = strcmp(one->name, two->name);
    return order ? order : (one > two) - (one < two);
}

/* Equal names stand side by side once they are sorted. */
static void check_doubles(xlsform *x, const choice_list *l)
{
    const choice **sorted =
        arena_alloc(x->memory, (l->count + 1) * sizeof *sorted);
    if (!sorted) {
        x->failed = 1;
        return;
    }
    for (size_t i = 0; i < l->count; i++)
        sorted[i] = &l->list[i];
    if (l->count)
        qsort(sorted, l->count, sizeof *sorted, compare_choices);
    for (size_t i = 1; i < l->count; i++)
        if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
            xlsform_error(x, &x->choices, sorted[i]->row->number, "name",
                          _("the list '%s' has the choice '%s' already in row "
                            "%zu"),
                          l->name, sorted[i]->name, sorted[i - 1]->row->number);
}

int xlsform_read_choices(xlsform *x)
{
    const workbook_sheet *t = x->choices.table;
    int doubles =
        x->settings.table && x->settings.table->row_count &&
        text_equal_nocase(
            yes_no(sheet_cell(&x->settings, &x->settings.table->rows[0],
                              "allow_choice_duplicates")),
            "true()");
    for (size_t i = 0; t && i < t->row_count; i++)
        read_choice(x, &x->choices, &x->lists, &t->rows[i]);
    for (const choice_list *l = x->lists; l && !doubles; l = l->next)
        check_doubles(x, l);
    t = x->osm.table;
    for (size_t i = 0; t && i < t->row_count; i++)
        read_choice(x, &x->osm, &x->tags, &t->rows[i]);
    t = x->external.table;
    for (size_t i = 0; t && i < t->row_count; i++)
        read_outside(x, &t->rows[i]);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}
