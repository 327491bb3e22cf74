/* SPDX-License-Identifier: MIT */
#include "form/source.h"
#include "form/document.h"
#include <stdlib.h>
#include <string.h>

/* Sheets that make a form; others are notes of whoever wrote it. */
static const char *const SHEETS[] = {"survey",   "choices",          "settings",
                                     "entities", "external_choices", "osm"};

int form_source_new(form_source **out)
{
    form_source *s = memory_new(sizeof *s);
    int code = s ? arena_new(&s->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        *out = s;
    else
        form_source_free(s);
    return code;
}

void form_source_free(form_source *s)
{
    if (!s)
        return;
    free(s->parts);
    arena_free(s->memory);
    free(s);
}

int form_source_add(form_source *s, const char *name, const void *bytes,
                    size_t length)
{
    form_part *p;
    int code = memory_reserve((void **)&s->parts, &s->capacity, s->count + 1,
                              sizeof *s->parts);
    if (code != TAWAM_OK)
        return code;
    p = &s->parts[s->count];
    p->name = arena_string(s->memory, name);
    p->bytes = arena_copy(s->memory, length ? bytes : "", length ? length : 1);
    p->length = length;
    if (!p->name || !p->bytes)
        return TAWAM_EMEMORY;
    s->count++;
    return TAWAM_OK;
}

/* ---- from a file ---- */

static int ends_with_nocase(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);
    return length > size && text_equal_nocase(text + length - size, ending);
}

static int add_sheets(form_source *s, const workbook *w)
{
    buffer text = {0};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < sizeof SHEETS / sizeof *SHEETS;
         i++) {
        const workbook_sheet *sheet = workbook_find(w, SHEETS[i]);
        char *name;
        if (!sheet || !sheet->headers)
            continue;
        buffer_clear(&text);
        workbook_write_csv(&text, sheet);
        name = memory_format("%s.csv", SHEETS[i]);
        code = name ? buffer_check(&text) : TAWAM_EMEMORY;
        if (code == TAWAM_OK)
            code = form_source_add(s, name, text.data, text.length);
        free(name);
    }
    buffer_free(&text);
    return code;
}

static int add_workbook(form_source *s, const char *path)
{
    workbook *w = NULL;
    int code = workbook_read(&w, path);
    if (code == TAWAM_OK)
        code = add_sheets(s, w);
    workbook_free(w);
    if (code == TAWAM_OK && !s->count)
        code = error_set(TAWAM_EUSAGE,
                         _("there is no sheet survey: a form needs one, with "
                           "the columns type, name and label"));
    return code;
}

static int add_xml(form_source *s, const char *path)
{
    buffer xml = {0};
    int code = file_read(&xml, path, FORM_XML_MOST);
    if (code == TAWAM_OK)
        code = form_source_add(s, FORM_SOURCE_XML, xml.data, xml.length);
    buffer_free(&xml);
    return code;
}

int form_source_read(form_source **out, const char *path)
{
    form_source *s = NULL;
    int code = form_source_new(&s);
    if (code == TAWAM_OK)
        code = ends_with_nocase(path, ".xml") && !file_is_folder(path)
                   ? add_xml(s, path)
                   : add_workbook(s, path);
    if (code == TAWAM_OK)
        *out = s;
    else
        form_source_free(s);
    return code;
}

/* ---- to an XForm ---- */

static int convert_sheets(buffer *xml, form_messages *m, const form_source *s,
                          const char *id)
{
    workbook *w = NULL;
    int code = workbook_new(&w);
    for (size_t i = 0; code == TAWAM_OK && i < s->count; i++) {
        const form_part *p = &s->parts[i];
        char *name;
        if (!ends_with_nocase(p->name, ".csv"))
            continue;
        name = memory_string_length(p->name, strlen(p->name) - 4);
        code =
            name ? workbook_read_csv(w, name, (const char *)p->bytes, p->length)
                 : TAWAM_EMEMORY;
        free(name);
    }
    if (code == TAWAM_OK)
        code = xlsform_convert(xml, m, w, id);
    workbook_free(w);
    return code;
}

int form_source_xform(buffer *xml, form_messages *m, const form_source *s,
                      const char *id)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->parts[i].name, FORM_SOURCE_XML) == 0) {
            buffer_bytes(xml, s->parts[i].bytes, s->parts[i].length);
            return buffer_check(xml);
        }
    return convert_sheets(xml, m, s, id);
}
