/* SPDX-License-Identifier: MIT */
#include "form/xml_memory_internal.h"
#include <libxml/xmlmemory.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int failed;

static void *noted(void *memory)
{
    failed |= memory == NULL;
    return memory;
}

static void *noted_malloc(size_t bytes)
{
    return noted(malloc(bytes));
}

/* libxml2 asks for none to free. */
static void *noted_realloc(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    failed |= memory == NULL && bytes > 0;
    return memory;
}

static char *noted_strdup(const char *text)
{
    return noted(strdup(text));
}

static void set_up(void)
{
    xmlMemSetup(free, noted_malloc, noted_realloc, noted_strdup);
}

void xml_memory_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
    failed = 0;
}

int xml_memory_failed(void)
{
    return failed;
}
