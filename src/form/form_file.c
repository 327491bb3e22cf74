/* SPDX-License-Identifier: MIT */
/* A form from a file of any kind. */
#include "form/form.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int form_messages_add(form_messages *m, int is_warning, const char *format, ...)
{
    buffer words = {0};
    va_list arguments;
    char *text, *copy;
    int code;
    va_start(arguments, format);
    buffer_vformat(&words, format, arguments);
    va_end(arguments);
    text = words.data ? text_safe((char *)words.data, words.length, 0) : NULL;
    copy = text ? arena_string(m->memory, text) : NULL;
    code = copy ? memory_reserve((void **)&m->list, &m->capacity, m->count + 1,
                                 sizeof *m->list)
                : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        m->list[m->count++] = (form_message){"", 0, "", copy, is_warning};
        m->errors += !is_warning;
    }
    free(text);
    buffer_free(&words);
    return code;
}

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
        code = form_read_xform(out, xml.data ? (const char *)xml.data : "",
                               xml.length);
    buffer_free(&xml);
    return code;
}
