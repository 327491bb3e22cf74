/* SPDX-License-Identifier: MIT */
/* tawam form export: a form, or its records, as files. */
#include "cmd/form_internal.h"
#include "work/form_export.h"
#include "work/forms.h"
#include <string.h>

/* The XForm to FILE, or to standard output. */
static int export_xform(territory *t, const verb_arguments *a)
{
    const char *file = verb_word(a, 2);
    buffer xml = {0};
    int code = work_form_export_xform(&xml, t, verb_word(a, 1),
                                      verb_value(a, "version"));
    if (code == TAWAM_OK)
        code = file && strcmp(file, "-") != 0
                   ? file_write_atomic(file, xml.data, xml.length)
                   : cmd_flush(&xml);
    buffer_free(&xml);
    return code;
}

static int say(const verb_arguments *a, const char *format, int64_t count)
{
    buffer out = {0};
    int code = TAWAM_OK;
    if (!cmd_quiet(a)) {
        buffer_format(&out, format, (long long)count);
        cmd_safe(&out, verb_word(a, 2));
        buffer_text(&out, ".\n");
        code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

static int want_folder(const verb_arguments *a)
{
    return verb_word(a, 2)
               ? TAWAM_OK
               : error_set(TAWAM_EUSAGE, _("say into which folder"));
}

static int export_sheets(territory *t, const verb_arguments *a)
{
    int64_t files = 0;
    int code = want_folder(a);
    if (code == TAWAM_OK)
        code =
            work_form_export_sheets(&files, t, verb_word(a, 1),
                                    verb_value(a, "version"), verb_word(a, 2));
    if (code != TAWAM_OK)
        return code;
    return say(
        a, ngettext("%lld file in ", "%lld files in ", (unsigned long)files),
        files);
}

static int export_records(territory *t, const verb_arguments *a,
                          int (*call)(int64_t *records, territory *t,
                                      const char *id, const char *folder))
{
    int64_t records = 0;
    int code = want_folder(a);
    if (code == TAWAM_OK)
        code = call(&records, t, verb_word(a, 1), verb_word(a, 2));
    if (code != TAWAM_OK)
        return code;
    return say(
        a,
        ngettext("%lld record in ", "%lld records in ", (unsigned long)records),
        records);
}

int cmd_form_export(const verb_arguments *a)
{
    const char *to = verb_value(a, "to");
    int records = verb_value(a, "records") != NULL;
    territory *t = NULL;
    int code = cmd_open(&t, a, 0);
    if (code == TAWAM_OK && !twin_is_read_only(t->twin))
        code = work_forms_refresh(NULL, t);
    if (code != TAWAM_OK)
        return code;
    if (!to)
        to = records ? "csv" : "xform";
    if (!records && strcmp(to, "xform") == 0)
        code = export_xform(t, a);
    else if (!records && strcmp(to, "sheets") == 0)
        code = export_sheets(t, a);
    else if (records && strcmp(to, "csv") == 0)
        code = export_records(t, a, work_form_export_csv);
    else if (records && strcmp(to, "xml") == 0)
        code = export_records(t, a, work_form_export_submissions);
    else
        code = error_set(TAWAM_EUSAGE,
                         records ? _("records go --to csv or xml")
                                 : _("a form goes --to xform or sheets; with "
                                     "--records its records to csv or xml"));
    territory_close(t);
    return code;
}
