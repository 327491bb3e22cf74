/* SPDX-License-Identifier: MIT */
/* xml_memory: what libxml2 has to say, and what it does not. It would print
 * errors; the first is kept instead. And did it run out of memory? It goes on
 * without what it had no room for, or calls the text wrong, and seldom says
 * why. So its allocations pass through here, where one that failed is
 * remembered. */
#ifndef TAWAM_FORM_XML_MEMORY_INTERNAL_H
#define TAWAM_FORM_XML_MEMORY_INTERNAL_H

struct _xmlTextReader;

/* Before a document is read: nothing has failed on this thread yet, and what
 * has no reader, such as a wrong encoding, is not printed. */
void xml_memory_begin(void);
/* 1 if some allocation of libxml2's failed on this thread since then. */
int xml_memory_failed(void);

/* The first error of a document. */
typedef struct xml_fault {
    char *text; /* made safe; the caller frees it; NULL: none */
    int line;
} xml_fault;
/* READER's errors go to F, which must outlive it; NULL: nowhere. */
void xml_listen(struct _xmlTextReader *reader, xml_fault *f);
/* TAWAM_EUSAGE: it is not XML, where and why. */
int xml_not_read(const xml_fault *f);
/* TAWAM_EUSAGE: READER came to a DOCTYPE or an entity of one's own. */
int xml_no_doctype(struct _xmlTextReader *reader);

#endif
