/* SPDX-License-Identifier: MIT */
/* The whole of an XLSForm: settings, checks across rows, the XForm. */
#include "form/xlsform_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static const char *first_of(const char *a, const char *b)
{
    return *a ? a : b;
}

/* Rows of the survey may set them too: read again after those. */
static void read_identity(xlsform *x, const char *name)
{
    const char *old = xlsform_setting(x, "id_string");
    x->id = first_of(first_of(xlsform_setting(x, "form_id"), old), name);
    x->title = first_of(xlsform_setting(x, "form_title"), x->id);
}

static void read_settings(xlsform *x, const char *name)
{
    read_identity(x, name);
    x->version = xlsform_setting(x, "version");
    x->default_language =
        first_of(xlsform_setting(x, "default_language"), "default");
    x->instance_name = xlsform_setting(x, "instance_name");
    x->root.name = first_of(xlsform_setting(x, "name"), "data");
    x->root.path = xlsform_format(x, "/%s", x->root.name);
    if (!is_xml_name(x->root.name))
        xlsform_error(x, &x->settings, 2, "name",
                      _("'%s' can't be a name: begin with a letter or _, go on "
                        "with letters, digits, - _ and ."),
                      x->root.name);
    if (xlsform_omits_id(x) && *xlsform_setting(x, "public_key"))
        xlsform_error(x, &x->settings, 2, "omit_instanceid",
                      _("encrypted records need their instanceID"));
    for (size_t i = 0; x->settings.table && i < x->settings.column_count; i++)
        if (strncmp(x->settings.columns[i].base, "attribute::", 11) == 0)
            pair_add(x, &x->root.attributes, x->settings.columns[i].base + 11,
                     xlsform_setting(x, x->settings.columns[i].base));
    if (*xlsform_setting(x, "form_id") && *xlsform_setting(x, "id_string"))
        xlsform_warning(x, &x->settings, 0, "form_id",
                        _("form_id and id_string are both there: form_id "
                          "counts"));
}

/* ---- the whole ---- */

static void write_all(buffer *out, xlsform *x)
{
    buffer body = {0};
    write_body(&body, x); /* first: it may ask for a last saved record */
    buffer_text(out, "<?xml version=\"1.0\"?><h:html "
                     "xmlns=\"http://www.w3.org/2002/xforms\" "
                     "xmlns:h=\"http://www.w3.org/1999/xhtml\" "
                     "xmlns:ev=\"http://www.w3.org/2001/xml-events\" "
                     "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
                     "xmlns:jr=\"http://openrosa.org/javarosa\" "
                     "xmlns:orx=\"http://openrosa.org/xforms\" "
                     "xmlns:odk=\"http://www.opendatakit.org/xforms\"");
    if (x->entities)
        buffer_text(out, " xmlns:entities="
                         "\"http://www.opendatakit.org/xforms/entities\"");
    write_namespaces(out, xlsform_setting(x, "namespaces"));
    buffer_text(out, "><h:head><h:title>");
    form_write_text(out, x->title, 0);
    buffer_text(out, "</h:title>");
    write_model(out, x);
    buffer_text(out, "</h:head>");
    buffer_bytes(out, body.data, body.length);
    buffer_text(out, "</h:html>");
    x->failed |= body.failed;
    buffer_free(&body);
}

static void no_survey(xlsform *x)
{
    const char *near = nearest_sheet(x, SHEET_SURVEY);
    if (near)
        xlsform_error(x, NULL, 0, NULL,
                      _("there is no sheet survey; is it the one called '%s'?"),
                      near);
    else
        xlsform_error(x, NULL, 0, NULL, _("there is no sheet survey"));
}

static int open_sheets(xlsform *x)
{
    int code = sheet_open(&x->survey, x, SHEET_SURVEY);
    if (code == TAWAM_OK)
        code = sheet_open(&x->choices, x, SHEET_CHOICES);
    if (code == TAWAM_OK)
        code = sheet_open(&x->settings, x, SHEET_SETTINGS);
    if (code == TAWAM_OK)
        code = sheet_open(&x->entities_sheet, x, SHEET_ENTITIES);
    if (code == TAWAM_OK)
        code = sheet_open(&x->osm, x, SHEET_OSM);
    if (code == TAWAM_OK)
        code = sheet_open(&x->external, x, SHEET_EXTERNAL);
    if (code == TAWAM_OK && !x->survey.table)
        no_survey(x);
    else if (code == TAWAM_OK && !sheet_has(&x->survey, "type"))
        xlsform_error(x, &x->survey, 1, "type", _("there is no column type"));
    return code;
}

/* Blanks in a row become one, unless the settings forbid it; of the survey
 * alone: other sheets are kept as they are written. */
static void collapse_blanks(const workbook_sheet *t)
{
    for (size_t k = 0; t && k < t->row_count; k++)
        for (size_t n = 0; n < t->column_count; n++) {
            char *at = (char *)(uintptr_t)t->rows[k].cells[n];
            char *to = at;
            for (; *at; at++)
                if (at[0] != ' ' || at[1] != ' ')
                    *to++ = *at;
            if (to != at)
                *to = '\0';
        }
}

static int read_sheets(xlsform *x, const char *name)
{
    int code = open_sheets(x);
    if (code != TAWAM_OK || x->m->errors)
        return code;
    if (strcmp(yes_no(xlsform_setting(x, "clean_text_values")), "false()") != 0)
        collapse_blanks(x->survey.table);
    sheet_plain_quotes(&x->survey);
    sheet_plain_quotes(&x->entities_sheet);
    sheet_plain_quotes(&x->settings);
    read_settings(x, name);
    code = xlsform_read_choices(x);
    if (code == TAWAM_OK)
        code = xlsform_read_rows(x);
    read_identity(x, name);
    if (code == TAWAM_OK)
        code = xlsform_read_entities(x);
    if (code == TAWAM_OK)
        xlsform_join(x);
    if (code == TAWAM_OK)
        xlsform_check_cells(x);
    if (code == TAWAM_OK)
        xlsform_check_prefixes(x);
    if (code == TAWAM_OK)
        code = xlsform_collect_texts(x);
    if (code == TAWAM_OK)
        xlsform_warn(x);
    return code;
}

int xlsform_convert(buffer *xml, form_messages *m, const workbook *w,
                    const char *name)
{
    xlsform x = {.w = w, .m = m};
    int code = arena_new(&x.memory);
    if (code == TAWAM_OK)
        code = read_sheets(&x, name);
    if (code == TAWAM_OK && !m->errors)
        write_all(xml, &x);
    if (code == TAWAM_OK && x.failed)
        code = error_memory();
    if (code == TAWAM_OK)
        code = buffer_check(xml);
    if (code == TAWAM_OK && m->errors) {
        size_t first = 0;
        while (m->list[first].is_warning)
            first++;
        code = error_set(TAWAM_EUSAGE, "%s", m->list[first].text);
    }
    for (size_t i = 0; i < x.language_count; i++)
        free(x.languages[i].list);
    free(x.languages);
    arena_free(x.memory);
    return code;
}
