/* SPDX-License-Identifier: MIT */
/* The functions of all tables, by name. */
#include "form/xpath_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const function *const TABLES[] = {
    FUNCTIONS_TEXT, FUNCTIONS_LOGIC, FUNCTIONS_NUMBER, FUNCTIONS_NODES,
    FUNCTIONS_DATE, FUNCTIONS_PLACE, FUNCTIONS_CODE};
#define TABLE_COUNT (sizeof TABLES / sizeof *TABLES)

const function *function_at(size_t at)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (const function *f = TABLES[i]; f->name; f++)
            if (at-- == 0)
                return f;
    return NULL;
}

const function *function_find(const char *name, size_t length)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (const function *f = TABLES[i]; f->name; f++)
            if (strncmp(f->name, name, length) == 0 && f->name[length] == '\0')
                return f;
    return NULL;
}

const char *function_nearest(const char *name)
{
    const char *names[200];
    size_t count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (const function *f = TABLES[i];
             f->name && count < sizeof names / sizeof *names; f++)
            names[count++] = f->name;
    return text_nearest(name, names, count);
}

int function_error(const char *name, const char *format, ...)
{
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(TAWAM_EUSAGE, "%s(): %s", name, text);
}
