/* SPDX-License-Identifier: MIT */
/* Translations: which texts are in itext, under which names, in which
 * languages. A text that a language lacks is "-" there. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

int is_translated(const translations *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].language)
            return 1;
    return 0;
}

static int has_media(const translations media[MEDIA_COUNT])
{
    for (int i = 0; i < MEDIA_COUNT; i++)
        if (media[i].count)
            return 1;
    return 0;
}

int label_in_itext(const element *e)
{
    return is_translated(&e->label) || has_media(e->media);
}

const char *plain_text(const xlsform *x, const translations *t)
{
    (void)x;
    return t->count ? t->list[0].text : "";
}

/* ---- collecting ---- */

static text_language *get_language(xlsform *x, const char *name)
{
    const char *own = name ? name : x->default_language;
    for (size_t i = 0; i < x->language_count; i++)
        if (strcmp(x->languages[i].name, own) == 0)
            return &x->languages[i];
    if (memory_reserve((void **)&x->languages, &x->language_capacity,
                       x->language_count + 1,
                       sizeof *x->languages) != TAWAM_OK) {
        x->failed = 1;
        return NULL;
    }
    x->languages[x->language_count] = (text_language){.name = own};
    return &x->languages[x->language_count++];
}

static const text_id *new_id(xlsform *x, const element *owner, const char *text)
{
    text_id *id = arena_alloc(x->memory, sizeof *id);
    if (id)
        *id = (text_id){text, owner, x->text_count++};
    else
        x->failed = 1;
    return id;
}

static void add_entry(xlsform *x, text_language *l, const text_id *id,
                      const char *form, const char *text)
{
    if (!l || !id ||
        memory_reserve((void **)&l->list, &l->capacity, l->count + 1,
                       sizeof *l->list) != TAWAM_OK) {
        x->failed = 1;
        return;
    }
    l->list[l->count++] = (text_entry){id, form, text, SIZE_MAX};
}

static void add_texts(xlsform *x, const text_id *id, const char *form,
                      const char *before, const translations *t)
{
    for (size_t i = 0; i < t->count; i++)
        add_entry(x, get_language(x, t->list[i].language), id, form,
                  *before ? xlsform_format(x, "%s%s", before, t->list[i].text)
                          : t->list[i].text);
}

/* In the order of their columns in S. */
static void add_media(xlsform *x, const text_id *id, const sheet *s,
                      const translations media[MEDIA_COUNT])
{
    static const struct {
        const char *form, *folder;
    } kinds[MEDIA_COUNT] = {{"image", "jr://images/"},
                            {"big-image", "jr://images/"},
                            {"audio", "jr://audio/"},
                            {"video", "jr://video/"}};
    int done[MEDIA_COUNT] = {0};
    for (size_t k = 0; k < s->column_count; k++)
        for (int i = 0; i < MEDIA_COUNT; i++)
            if (!done[i] && strcmp(s->columns[k].base, kinds[i].form) == 0) {
                add_texts(x, id, kinds[i].form, kinds[i].folder, &media[i]);
                done[i] = 1;
            }
}

static int list_is_translated(const choice_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (is_translated(&l->list[i].label) || has_media(l->list[i].media) ||
            has_reference(plain_text(NULL, &l->list[i].label)))
            return 1;
    return 0;
}

static void collect_choices(xlsform *x)
{
    for (choice_list *l = x->lists; l; l = l->next) {
        l->translated = list_is_translated(l);
        for (size_t i = 0; l->translated && i < l->count; i++) {
            const text_id *id =
                new_id(x, &x->root, xlsform_format(x, "%s-%zu", l->name, i));
            add_texts(x, id, NULL, "", &l->list[i].label);
            add_media(x, id, &x->choices, l->list[i].media);
        }
    }
}

int is_message_in_itext(const char *attribute, const translations *t)
{
    return is_translated(t) || (t->count && has_reference(t->list[0].text) &&
                                strcmp(attribute, "jr:noAppErrorString") != 0);
}

static void collect_message(xlsform *x, const element *e, const translations *t,
                            const char *ending)
{
    if (is_message_in_itext(ending, t))
        add_texts(
            x,
            new_id(x, e,
                   xlsform_format(x, "%s:%s", element_path(x, e), ending)),
            NULL, "", t);
}

static void collect_element(xlsform *x, element *e)
{
    const char *path = element_path(x, e);
    collect_message(x, e, &e->constraint_message, "jr:constraintMsg");
    collect_message(x, e, &e->required_message, "jr:requiredMsg");
    collect_message(x, e, &e->no_app_message, "jr:noAppErrorString");
    if (label_in_itext(e)) {
        e->label_id = new_id(x, e, xlsform_format(x, "%s:label", path));
        add_texts(x, e->label_id, NULL, "", &e->label);
    }
    if (is_translated(&e->hint) || e->guidance.count) {
        const text_id *id = new_id(x, e, xlsform_format(x, "%s:hint", path));
        add_texts(x, id, NULL, "", &e->hint);
        add_texts(x, id, "guidance", "", &e->guidance);
    }
}

enum { HAS_PLAIN = 1, HAS_GUIDANCE = 2, HAS_OTHER = 4 };

static unsigned kind_of(const text_entry *entry)
{
    return !entry->form                           ? HAS_PLAIN
           : strcmp(entry->form, "guidance") == 0 ? HAS_GUIDANCE
                                                  : HAS_OTHER;
}

/* Language INTO gets "-" for what FROM has and it lacks; of an id that has an
 * image and the like only, nothing but the id. HAS is by id. */
static void fill_from(xlsform *x, text_language *into,
                      const text_language *from, uint8_t *has)
{
    for (size_t i = 0; i < x->text_count; i++)
        has[i] = 0;
    for (size_t i = 0; i < into->count; i++)
        has[into->list[i].id->number] |= (uint8_t)kind_of(&into->list[i]);
    for (size_t i = 0; i < from->count; i++) {
        const text_entry *entry = &from->list[i];
        unsigned kind = kind_of(entry);
        if (kind != HAS_OTHER && !(has[entry->id->number] & kind))
            add_entry(x, into, entry->id, entry->form, "-");
        else if (!has[entry->id->number])
            add_entry(x, into, entry->id, entry->form, NULL);
        has[entry->id->number] |= (uint8_t)kind;
    }
}

/* What one language has and another lacks. */
static void fill_gaps(xlsform *x)
{
    uint8_t *has = arena_alloc(x->memory, x->text_count + 1);
    if (!has) {
        x->failed = 1;
        return;
    }
    for (size_t i = 0; i < x->language_count; i++)
        for (size_t k = 0; k < x->language_count; k++)
            if (i != k)
                fill_from(x, &x->languages[k], &x->languages[i], has);
}

/* A name like "fr" or "French (fr)" tells a machine which language it is. */
static void check_languages(xlsform *x)
{
    for (size_t i = 0; i < x->language_count; i++) {
        const char *name = x->languages[i].name;
        size_t length = strlen(name);
        int coded =
            (length > 3 && name[length - 1] == ')' && strchr(name, '(')) ||
            length == 2 || length == 3 || (length > 3 && name[2] == '-');
        if (!coded && strcmp(name, "default") != 0)
            xlsform_warning(x, NULL, 0, NULL,
                            _("the language '%s' has no code; write it as "
                              "French (fr)"),
                            name);
    }
}

int xlsform_collect_texts(xlsform *x)
{
    collect_choices(x);
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->kind != ELEMENT_EXTERNAL)
            collect_element(x, e);
    for (element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->label_id)
            add_media(x, e->label_id, &x->survey, e->media);
    fill_gaps(x);
    check_languages(x);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}

/* ---- writing ---- */

/* The first entry of each id of L, by number (SIZE_MAX none), the others of it
 * behind it; NULL when memory is out. */
static size_t *chain_entries(xlsform *x, text_language *l)
{
    size_t *first =
        arena_alloc(x->memory, 2 * (x->text_count + 1) * sizeof *first);
    size_t *last = first ? first + x->text_count + 1 : NULL;
    for (size_t i = 0; first && i < x->text_count; i++)
        first[i] = SIZE_MAX;
    for (size_t i = 0; first && i < l->count; i++) {
        size_t number = l->list[i].id->number;
        if (first[number] == SIZE_MAX)
            first[number] = i;
        else
            l->list[last[number]].next = i;
        last[number] = i;
    }
    return first;
}

static void write_values(buffer *out, xlsform *x, const text_language *l,
                         size_t at)
{
    for (; at != SIZE_MAX; at = l->list[at].next) {
        const text_entry *entry = &l->list[at];
        if (!entry->text)
            continue;
        buffer_text(out, "<value");
        if (entry->form)
            buffer_format(out, " form=\"%s\"", entry->form);
        buffer_byte(out, '>');
        write_expression(out, x, entry->text, entry->id->owner, REFERENCE_TEXT,
                         "label");
        buffer_text(out, "</value>");
    }
}

static void write_language(buffer *out, xlsform *x, text_language *l)
{
    const size_t *first = chain_entries(x, l);
    if (!first)
        x->failed = 1;
    for (size_t i = 0; first && i < l->count; i++) {
        const text_id *id = l->list[i].id;
        if (first[id->number] != i)
            continue;
        buffer_text(out, "<text id=\"");
        form_write_text(out, id->text, 1);
        buffer_text(out, "\">");
        write_values(out, x, l, i);
        buffer_text(out, "</text>");
    }
}

void write_itext(buffer *out, xlsform *x)
{
    if (!x->language_count)
        return;
    buffer_text(out, "<itext>");
    for (size_t i = 0; i < x->language_count; i++) {
        text_language *l = &x->languages[i];
        buffer_text(out, "<translation lang=\"");
        form_write_text(out, l->name, 1);
        buffer_text(out, strcmp(l->name, x->default_language) == 0
                             ? "\" default=\"true()\">"
                             : "\">");
        write_language(out, x, l);
        buffer_text(out, "</translation>");
    }
    buffer_text(out, "</itext>");
}
