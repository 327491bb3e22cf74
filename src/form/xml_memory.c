/* SPDX-License-Identifier: MIT */
#include "form/xml_memory_internal.h"
#include "base/base.h"
#include <libxml/xmlmemory.h>
#include <libxml/xmlreader.h>
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

/* Without a context it is of no document. */
static void on_fault(void *context, xmlErrorPtr error)
{
    xml_fault *f = context;
    const char *message = error && error->message ? error->message : "?";
    if (!f || f->text || !error || error->level < XML_ERR_ERROR)
        return;
    f->text = text_safe(message, strcspn(message, "\n"), 0);
    f->line = error->line;
}

void xml_listen(xmlTextReader *reader, xml_fault *f)
{
    xmlTextReaderSetStructuredErrorHandler(reader, on_fault, f);
}

int xml_not_read(const xml_fault *f)
{
    return error_set(TAWAM_EUSAGE, _("not XML: line %d: %s"), f->line,
                     f->text ? f->text : "?");
}

int xml_no_doctype(xmlTextReader *reader)
{
    return error_set(TAWAM_EUSAGE,
                     _("line %d: a DOCTYPE or an entity of one's own is "
                       "not allowed here: take it out"),
                     xmlTextReaderGetParserLineNumber(reader));
}

void xml_memory_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
    xmlSetStructuredErrorFunc(NULL, on_fault);
    failed = 0;
}

int xml_memory_failed(void)
{
    return failed;
}
