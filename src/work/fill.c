/* SPDX-License-Identifier: MIT */
/* The interview from its beginning to its end, and its languages. */
#include "work/fill_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- begin, end ---- */

int fill_make(fill **out, const form *f, territory *t)
{
    fill *made = memory_new(sizeof *made);
    int code = made ? arena_new(&made->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = arena_new(&made->outline);
    if (code == TAWAM_OK) {
        made->form = f;
        made->territory = t;
        made->is_stale = 1;
        strcpy(made->fallback, "en");
        made->languages =
            memory_array(f->language_count + 1, sizeof *made->languages);
        code = made->languages ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < f->language_count; i++)
        made->languages[i] = f->languages[i].name;
    if (code == TAWAM_OK)
        *out = made;
    else
        fill_free(made);
    return code;
}

void fill_learn_language(fill *f)
{
    fill_language_find(f->code, record_language(f->record));
}

int fill_new_form(fill **out, const form *f, const record_surroundings *s,
                  territory *t)
{
    fill *made = NULL;
    int code = fill_make(&made, f, t);
    if (code == TAWAM_OK)
        code = record_new(&made->own_record, f, s);
    if (code == TAWAM_OK) {
        made->record = made->own_record;
        record_take_parts(made->record);
        fill_learn_language(made);
        code = fill_to_start(made);
    }
    if (code == TAWAM_OK)
        *out = made;
    else
        fill_free(made);
    return code;
}

void fill_free(fill *f)
{
    if (!f)
        return;
    if (f->draft && !f->is_over && f->audit.writer &&
        (fill_audit_leave(f) != TAWAM_OK ||
         fill_audit_event(f, AUDIT_EXIT, NULL) != TAWAM_OK))
        error_clear(); /* the answers are on disk, the audit's end is not */
    fill_audit_free(f);
    fill_where_free(f);
    fill_who_free(f);
    fill_store_free(f);
    fill_begin_free(f);
    form_free(f->own_form);
    arena_free(f->memory);
    arena_free(f->outline);
    free(f->languages);
    free(f->steps);
    free(f->found);
    free(f);
}

const form *fill_form(const fill *f)
{
    return f->form;
}

record *fill_record(fill *f)
{
    return f->record;
}

int64_t fill_draft(const fill *f)
{
    return f->draft ? draft_id(f->draft) : 0;
}

int fill_is_touched(const fill *f)
{
    return f->is_touched;
}

/* ---- languages ---- */

size_t fill_languages(const char *const **names, fill *f)
{
    *names = f->languages;
    return f->form->language_count == 1 &&
                   strcmp(f->languages[0], "default") == 0
               ? 0
               : f->form->language_count;
}

const char *fill_language(const fill *f)
{
    return record_language(f->record);
}

const char *fill_language_code(const fill *f)
{
    return f->code;
}

void fill_set_fallback(fill *f, const char *code)
{
    snprintf(f->fallback, sizeof f->fallback, "%s", code);
    f->is_looked = 0;
}

int fill_is_rtl(const fill *f)
{
    static const char *const codes[] = {"ar", "fa", "he", "ur", "ckb", "ps"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t length = strlen(codes[i]);
        if (strncmp(f->code, codes[i], length) == 0 &&
            (!f->code[length] || f->code[length] == '-'))
            return 1;
    }
    return 0;
}

/* How well NAME means the language FULL: 3 it is it, 2 its code, 1 its
 * beginning. */
static int language_fit(const char *full, const char *name)
{
    char code[16], *a = text_fold(full), *b = text_fold(name);
    int fit = 0;
    fill_language_find(code, full);
    if (a && b)
        fit = strcmp(full, name) == 0               ? 3
              : text_equal_nocase(code, name)       ? 2
              : *b && strncmp(a, b, strlen(b)) == 0 ? 1
                                                    : 0;
    free(a);
    free(b);
    return fit;
}

int fill_set_language(fill *f, const char *name)
{
    const char *best = NULL;
    int fit = 0, code;
    for (size_t i = 0; i < f->form->language_count; i++) {
        int now = language_fit(f->languages[i], name);
        if (now > fit) {
            fit = now;
            best = f->languages[i];
        }
    }
    code = fill_store_language(f, best ? best : name);
    if (code == TAWAM_OK)
        fill_learn_language(f);
    f->is_looked = 0;
    return code == TAWAM_OK ? fill_audit_event(f, AUDIT_LANGUAGE, NULL) : code;
}
