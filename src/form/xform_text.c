/* SPDX-License-Identifier: MIT */
/* Texts: labels with values in them, and their translations. */
#include "form/definition_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- a text ---- */

/* "jr:itext('id')" -> id, else NULL. */
static const char *literal_id(form *f, const char *reference)
{
    const char *from, *to;
    const char *at = reference + strspn(reference, " \t\r\n");
    if (strncmp(at, "jr:itext(", 9) != 0)
        return NULL;
    from = at + 9 + strspn(at + 9, " ");
    if (*from != '\'' && *from != '"')
        return NULL;
    to = strchr(from + 1, *from);
    return to ? form_name(f->names, from + 1, (size_t)(to - from - 1)) : NULL;
}

static int add_part(form_text *out, form *f, const char *words,
                    const xpath *output)
{
    size_t count = out->count;
    if ((count & (count - 1)) == 0) { /* room doubles */
        struct form_text_part *larger =
            arena_alloc(f->memory, (count ? 2 * count : 1) * sizeof *larger);
        if (!larger)
            return TAWAM_EMEMORY;
        if (count)
            memcpy(larger, out->parts, count * sizeof *larger);
        out->parts = larger;
    }
    out->parts[out->count++] = (struct form_text_part){words, output};
    return TAWAM_OK;
}

static int add_output(form_text *out, form *f, const form_node *node,
                      const char *where)
{
    const char *value = attribute_of(node, "value");
    const xpath *x = NULL;
    int code;
    if (!value)
        value = attribute_of(node, "ref");
    if (!value)
        return TAWAM_OK;
    code = form_compile(&x, f, value, where, "output");
    if (code == TAWAM_EUSAGE) { /* a label is no reason to refuse a form */
        error_clear();
        return add_part(out, f, value, NULL);
    }
    return code == TAWAM_OK ? add_part(out, f, NULL, x) : code;
}

int form_read_words(form_text *out, form *f, const char *words)
{
    *out = (form_text){.itext = literal_id(f, words)};
    return out->itext ? TAWAM_OK : add_part(out, f, words, NULL);
}

/* Other elements inside (spans, breaks) count for their text. */
int form_read_text(form_text *out, form *f, const form_node *node,
                   const char *where)
{
    const char *reference = attribute_of(node, "ref");
    int code = TAWAM_OK;
    *out = (form_text){0};
    if (reference) {
        out->itext = literal_id(f, reference);
        if (!out->itext)
            code = form_compile(&out->itext_expression, f, reference, where,
                                "label");
        return code;
    }
    for (const form_node *n = node; code == TAWAM_OK && n;
         n = form_node_after(n, node, 1)) {
        if (strcmp(n->name, "output") == 0 && n != node)
            code = add_output(out, f, n, where);
        else if (n->value[0])
            code = add_part(out, f, n->value, NULL);
    }
    return code;
}

/* ---- translations ---- */

/* Of several values of a text (long, image, …) the plain one, and a hint's
 * guidance. */
static int read_one(form *f, form_language *language, const form_node *text)
{
    const form_node *value = text->first, *plain = NULL, *guidance = NULL;
    struct form_translation t = {.id = attribute_of(text, "id")};
    int code;
    for (; value; value = value->next) {
        const char *kind = attribute_of(value, "form");
        if (strcmp(value->name, "value") == 0 && !kind)
            plain = value;
        else if (kind && strcmp(kind, "guidance") == 0)
            guidance = value;
    }
    if (!t.id)
        return error_set(TAWAM_EUSAGE,
                         _("a text of the translation '%.40s' has no id"),
                         language->name);
    code = plain ? form_read_text(&t.text, f, plain, t.id) : TAWAM_OK;
    if (code == TAWAM_OK && guidance)
        code = form_read_text(&t.guidance, f, guidance, t.id);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&language->texts, &language->capacity,
                              language->count + 1, sizeof *language->texts);
    if (code == TAWAM_OK)
        language->texts[language->count++] = t;
    return code;
}

static int by_id(const void *a, const void *b)
{
    const struct form_translation *x = a, *y = b;
    return strcmp(x->id, y->id);
}

static int read_language(form *f, const form_node *node)
{
    form_language *language;
    const char *name = attribute_of(node, "lang");
    int code = memory_reserve((void **)&f->languages, &f->language_capacity,
                              f->language_count + 1, sizeof *f->languages);
    if (code != TAWAM_OK)
        return code;
    language = &f->languages[f->language_count++];
    *language = (form_language){.name = name ? name : ""};
    for (const form_node *n = node->first; code == TAWAM_OK && n; n = n->next)
        if (strcmp(n->name, "text") == 0)
            code = read_one(f, language, n);
    if (language->count)
        qsort(language->texts, language->count, sizeof *language->texts, by_id);
    if (code == TAWAM_OK && attribute_of(node, "default")) {
        form_language first = f->languages[0];
        f->languages[0] = *language;
        *language = first;
    }
    return code;
}

int form_read_itext(form *f, const form_node *model)
{
    const form_node *itext = child_of(model, "itext");
    int code = TAWAM_OK;
    for (const form_node *n = itext ? itext->first : NULL;
         code == TAWAM_OK && n; n = n->next)
        if (strcmp(n->name, "translation") == 0)
            code = read_language(f, n);
    return code;
}
