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

static void add_entry(xlsform *x, text_language *l, const char *id,
                      const char *form, const char *text)
{
    if (!l || memory_reserve((void **)&l->list, &l->capacity, l->count + 1,
                             sizeof *l->list) != TAWAM_OK) {
        x->failed = 1;
        return;
    }
    l->list[l->count++] = (text_entry){id, form, text};
}

static void add_texts(xlsform *x, const char *id, const char *form,
                      const char *before, const translations *t)
{
    for (size_t i = 0; i < t->count; i++)
        add_entry(x, get_language(x, t->list[i].language), id, form,
                  *before ? xlsform_format(x, "%s%s", before, t->list[i].text)
                          : t->list[i].text);
}

static void add_media(xlsform *x, const char *id,
                      const translations media[MEDIA_COUNT])
{
    static const struct {
        const char *form, *folder;
    } kinds[MEDIA_COUNT] = {{"image", "jr://images/"},
                            {"big-image", "jr://images/"},
                            {"audio", "jr://audio/"},
                            {"video", "jr://video/"}};
    for (int i = 0; i < MEDIA_COUNT; i++)
        add_texts(x, id, kinds[i].form, kinds[i].folder, &media[i]);
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
            const char *id = xlsform_format(x, "%s-%zu", l->name, i);
            add_texts(x, id, NULL, "", &l->list[i].label);
            add_media(x, id, l->list[i].media);
        }
    }
}

static void collect_message(xlsform *x, const element *e, const translations *t,
                            const char *ending)
{
    if (is_translated(t) || (t->count && has_reference(t->list[0].text)))
        add_texts(x, xlsform_format(x, "%s:%s", element_path(x, e), ending),
                  NULL, "", t);
}

static void collect_element(xlsform *x, const element *e)
{
    const char *path = element_path(x, e);
    collect_message(x, e, &e->constraint_message, "jr:constraintMsg");
    collect_message(x, e, &e->required_message, "jr:requiredMsg");
    collect_message(x, e, &e->no_app_message, "jr:noAppErrorString");
    if (label_in_itext(e)) {
        const char *id = xlsform_format(x, "%s:label", path);
        add_texts(x, id, NULL, "", &e->label);
        add_media(x, id, e->media);
    }
    if (is_translated(&e->hint) || e->guidance.count) {
        const char *id = xlsform_format(x, "%s:hint", path);
        add_texts(x, id, NULL, "", &e->hint);
        add_texts(x, id, "guidance", "", &e->guidance);
    }
}

static int has_entry(const text_language *l, const text_entry *entry)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->list[i].id, entry->id) == 0 &&
            (l->list[i].form == entry->form ||
             (l->list[i].form && entry->form &&
              strcmp(l->list[i].form, entry->form) == 0)))
            return 1;
    return 0;
}

/* What one language has and another lacks. */
static void fill_gaps(xlsform *x)
{
    for (size_t i = 0; i < x->language_count; i++)
        for (size_t k = 0; k < x->language_count; k++)
            for (size_t n = 0; i != k && n < x->languages[i].count; n++) {
                text_entry entry = x->languages[i].list[n];
                if (!has_entry(&x->languages[k], &entry) &&
                    (!entry.form || strcmp(entry.form, "guidance") == 0))
                    add_entry(x, &x->languages[k], entry.id, entry.form, "-");
            }
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
    fill_gaps(x);
    check_languages(x);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}

/* ---- writing ---- */

/* The element that an id "/data/q:label" is about, for relative paths. */
static const element *owner_of(xlsform *x, const char *id)
{
    const char *colon = strchr(id, ':');
    for (element *e = x->root.first; colon && e;
         e = element_after(e, &x->root)) {
        const char *path = element_path(x, e);
        if (strncmp(path, id, (size_t)(colon - id)) == 0 && !path[colon - id])
            return e;
    }
    return &x->root;
}

static int is_first(const text_language *l, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(l->list[i].id, l->list[at].id) == 0)
            return 0;
    return 1;
}

static void write_values(buffer *out, xlsform *x, const text_language *l,
                         const char *id)
{
    const element *owner = owner_of(x, id);
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->list[i].id, id) != 0)
            continue;
        buffer_text(out, "<value");
        if (l->list[i].form)
            buffer_format(out, " form=\"%s\"", l->list[i].form);
        buffer_byte(out, '>');
        write_expression(out, x, l->list[i].text, owner, REFERENCE_TEXT,
                         "label");
        buffer_text(out, "</value>");
    }
}

void write_itext(buffer *out, xlsform *x)
{
    if (!x->language_count)
        return;
    buffer_text(out, "<itext>");
    for (size_t i = 0; i < x->language_count; i++) {
        const text_language *l = &x->languages[i];
        buffer_text(out, "<translation lang=\"");
        form_write_text(out, l->name, 1);
        buffer_text(out, strcmp(l->name, x->default_language) == 0
                             ? "\" default=\"true()\">"
                             : "\">");
        for (size_t n = 0; n < l->count; n++) {
            if (!is_first(l, n))
                continue;
            buffer_text(out, "<text id=\"");
            form_write_text(out, l->list[n].id, 1);
            buffer_text(out, "\">");
            write_values(out, x, l, l->list[n].id);
            buffer_text(out, "</text>");
        }
        buffer_text(out, "</translation>");
    }
    buffer_text(out, "</itext>");
}
