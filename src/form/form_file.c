/* SPDX-License-Identifier: MIT */
/* A form from a file of any kind. */
#include "form/form.h"
#include <stdlib.h>
#include <string.h>

static int is_xml(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && text_equal_nocase(path + length - 4, ".xml");
}

char *form_file_name(const char *path)
{
    size_t length = strlen(path);
    const char *from, *dot;
    while (length > 1 && path[length - 1] == '/')
        length--;
    for (from = path + length; from > path && from[-1] != '/';)
        from--;
    length -= (size_t)(from - path);
    dot = file_is_folder(path) ? NULL : strrchr(from, '.');
    if (dot && dot > from && dot < from + length)
        length = (size_t)(dot - from);
    return memory_string_length(from, length);
}

int form_file_xform(buffer *xml, form_messages *m, const char *path)
{
    workbook *w = NULL;
    char *name;
    int code;
    if (is_xml(path) && !file_is_folder(path))
        return file_read(xml, path, FORM_XML_MOST);
    code = workbook_read(&w, path);
    if (code != TAWAM_OK)
        return code;
    name = form_file_name(path);
    code = name ? xlsform_convert(xml, m, w, name) : TAWAM_EMEMORY;
    free(name);
    workbook_free(w);
    return code;
}

int form_file_read(form **out, form_messages *m, const char *path)
{
    buffer xml = {0};
    int code = form_file_xform(&xml, m, path);
    if (code == TAWAM_OK)
        code = form_check_xform(out, m, xml.data ? (const char *)xml.data : "",
                                xml.length);
    buffer_free(&xml);
    return code;
}
