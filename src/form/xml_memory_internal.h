/* SPDX-License-Identifier: MIT */
/* xml_memory: did libxml2 run out of memory? It goes on without what it had no
 * room for, or calls the text wrong, and seldom says why. So its allocations
 * pass through here, where one that failed is remembered. */
#ifndef TAWAM_FORM_XML_MEMORY_INTERNAL_H
#define TAWAM_FORM_XML_MEMORY_INTERNAL_H

/* Before a document is read: nothing has failed on this thread yet. */
void xml_memory_begin(void);
/* 1 if some allocation of libxml2's failed on this thread since then. */
int xml_memory_failed(void);

#endif
