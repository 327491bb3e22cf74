/* SPDX-License-Identifier: MIT */
#include "form/messages.h"
#include <stdlib.h>
#include <string.h>

int form_messages_new(form_messages **out)
{
    form_messages *m = memory_new(sizeof *m);
    int code = m ? arena_new(&m->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        *out = m;
    else
        form_messages_free(m);
    return code;
}

void form_messages_free(form_messages *m)
{
    if (!m)
        return;
    arena_free(m->memory);
    free(m->list);
    free(m);
}

int form_message_add(form_messages *m, const form_message *place,
                     const char *format, va_list arguments)
{
    buffer words = {0};
    char *safe = NULL;
    form_message one = *place;
    int code;
    m->errors += !place->is_warning;
    if (m->count >= FORM_MESSAGES_MOST && place->is_warning)
        return TAWAM_OK;
    buffer_vformat(&words, format, arguments);
    code = buffer_check(&words);
    if (code == TAWAM_OK)
        safe = text_safe(words.data ? (char *)words.data : "", words.length, 0);
    one.text = safe ? arena_string(m->memory, safe) : NULL;
    one.column = arena_string(m->memory, place->column);
    if (code == TAWAM_OK)
        code = one.text && one.column
                   ? memory_reserve((void **)&m->list, &m->capacity,
                                    m->count + 1, sizeof *m->list)
                   : TAWAM_EMEMORY;
    if (code == TAWAM_OK && m->count < 2 * FORM_MESSAGES_MOST)
        m->list[m->count++] = one;
    buffer_free(&words);
    free(safe);
    return code;
}

int form_messages_add(form_messages *m, int is_warning, const char *format, ...)
{
    form_message place = {"", 0, "", "", is_warning};
    va_list arguments;
    int code;
    va_start(arguments, format);
    code = form_message_add(m, &place, format, arguments);
    va_end(arguments);
    return code;
}
