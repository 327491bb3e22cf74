/* SPDX-License-Identifier: MIT */
/* The thread's one error message. It lives in a fixed array, so that setting
 * it can't itself fail for want of memory. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"

#define MESSAGE_SIZE 1024

static _Thread_local struct {
    int code;
    char message[MESSAGE_SIZE];
} last;

/* A cut message must not end inside a character. */
static void trim_to_character(char *text)
{
    size_t end = strlen(text);
    size_t start = end;

    if (end + 1 < MESSAGE_SIZE)
        return;
    while (start > 0 && end - start < 4) {
        start--;
        if (((unsigned char)text[start] & 0xC0) != 0x80)
            break;
    }
    if (!text_valid(text + start, end - start))
        text[start] = '\0';
}

/* Formatted apart first: an argument may be error_message() itself. */
static void set_message(const char *format, va_list arguments)
{
    char fresh[MESSAGE_SIZE];

    if (vsnprintf(fresh, sizeof fresh, format, arguments) < 0)
        fresh[0] = '\0';
    trim_to_character(fresh);
    memcpy(last.message, fresh, sizeof last.message);
}

int error_set(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_message(format, arguments);
    va_end(arguments);
    last.code = code;
    return code;
}

int error_add(const char *format, ...)
{
    char context[MESSAGE_SIZE];
    char before[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(context, sizeof context, format, arguments) < 0)
        context[0] = '\0';
    va_end(arguments);
    memcpy(before, last.message, sizeof before);
    return error_set(last.code, "%s: %s", context, before);
}

static int code_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TAWAM_EFULL;
    case ENOMEM:
        return TAWAM_EMEMORY;
    default:
        return TAWAM_EENVIRONMENT;
    }
}

int error_system(const char *format, ...)
{
    int number = errno;
    char what[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(what, sizeof what, format, arguments) < 0)
        what[0] = '\0';
    va_end(arguments);
    return error_set(code_of_errno(number), _("cannot %s: %s"), what,
                     strerror(number));
}

int error_memory(void)
{
    return error_set(TAWAM_EMEMORY, "%s", _("not enough memory"));
}

const char *error_message(void)
{
    return last.message;
}

int error_code(void)
{
    return last.code;
}

void error_clear(void)
{
    last.code = TAWAM_OK;
    last.message[0] = '\0';
}

int error_exit_status(int code)
{
    switch (code) {
    case TAWAM_OK:
        return 0;
    case TAWAM_EUSAGE:
        return 2;
    case TAWAM_EENVIRONMENT:
    case TAWAM_EMEMORY:
    case TAWAM_EBUSY:
    case TAWAM_ENEWER:
    case TAWAM_EFULL:
        return 3;
    case TAWAM_EUNREACHABLE:
        return 4;
    case TAWAM_EREFUSED:
        return 5;
    case TAWAM_EDAMAGED:
        return 6;
    default: /* ENO, ECANCELLED, ENOTFOUND, ECONFLICT */
        return 1;
    }
}
