/* SPDX-License-Identifier: MIT */
/* document: XML as a tree of nodes that lives in memory and can be changed: the
 * record being filled, a list of choices, a form.
 *
 * Invariants:
 *  1. Names of elements, attributes and namespaces are interned in the names
 *     of the document: equal names have equal addresses.
 *  2. The top node has no name and at most one element below it, the root.
 *  3. A node belongs to its document and dies with it.
 */
#ifndef TAWAM_FORM_DOCUMENT_H
#define TAWAM_FORM_DOCUMENT_H

#include "base/base.h"

#define FORM_XML_MOST ((size_t)64 << 20) /* bytes of one document */
#define FORM_DEPTH_MOST 500              /* elements within each other */

/* Names in use, each once. Shared by the documents and expressions of a form;
 * must outlive them. */
typedef struct form_names form_names;
int form_names_new(form_names **out);
void form_names_free(form_names *names);
/* The one address of TEXT (LENGTH bytes); NULL when memory is out. */
const char *form_name(form_names *names, const char *text, size_t length);

struct form_item; /* what the form says of a node: definition.h */

typedef struct form_node form_node;
struct form_node {
    const char *name;  /* local part; "" of the top node and of text */
    const char *space; /* namespace address; "" none */
    const char *value; /* own text, "" none; owned by the document */
    form_node *parent;
    form_node *first, *last;    /* children */
    form_node *previous, *next; /* siblings */
    form_node *attributes;      /* a list by `next`; of an attribute NULL */
    struct form_item *item;     /* of a record's node; else NULL */
    unsigned is_attribute : 1;
    unsigned is_text : 1;       /* text beside elements: no path leads to it */
    unsigned is_repeat : 1;     /* one instance of a repeat */
    unsigned is_hidden : 1;     /* not relevant, or below what isn't: no path
                                   leads to it */
    unsigned is_irrelevant : 1; /* by its own rule */
    unsigned is_required : 1;
    unsigned is_locked : 1;   /* read-only by its own rule */
    unsigned is_readonly : 1; /* so, or below what is */
    unsigned is_noted : 1;    /* record_listen()'s listener was told of it */
    unsigned is_list : 1;  /* children are rows of a table, not below it here */
    unsigned is_row : 1;   /* one of them, while it is looked at: lists.h */
    unsigned is_given : 1; /* an answer was the last to change the value, no
                              default, action or calculation */
    unsigned is_counted : 1; /* the places of repeats below it are known */
    unsigned place : 17;     /* of a repeat among its instances, from 1; 0 not
                                known: form_node_place() */
    uint32_t number;         /* its owner's: drafts number repeat instances */
};

typedef struct form_document form_document;
int form_document_new(form_document **out, form_names *names);
void form_document_free(form_document *d);
/* Read XML (LENGTH bytes). TAWAM_EUSAGE says the line and what is wrong there.
 * Text beside elements becomes nodes of their own, blanks alone do not. */
int form_document_read(form_document **out, form_names *names, const char *xml,
                       size_t length);
form_node *form_document_top(const form_document *d);
form_node *form_document_root(const form_document *d); /* NULL: empty */

/* A new last child of PARENT. */
int form_node_add(form_node **out, form_document *d, form_node *parent,
                  const char *name, const char *space);
int form_node_set(form_document *d, form_node *node, const char *value);
/* A copy of NODE and all below it, of any document, with the same names; not
 * yet below a parent. Items go with it. */
int form_node_copy(form_node **out, form_document *d, const form_node *node);
/* NODE, which has no parent, becomes PARENT's child before BEFORE (NULL: the
 * last one). */
void form_node_insert(form_node *node, form_node *parent, form_node *before);
void form_node_remove(form_node *node); /* from its parent */
/* The place of NODE among its parent's children of that name, from 1. Known
 * without counting where NODE is a repeat that was asked before. */
size_t form_node_place(form_node *node);
/* The node after NODE below TOP, depth first; NULL at the end. ENTER 0: not
 * what is below NODE. */
form_node *form_node_after(const form_node *node, const form_node *top,
                           int enter);
int form_attribute_set(form_document *d, form_node *node, const char *name,
                       const char *space, const char *value);
/* NULL when NODE has none of that local name (as interned or not). */
const form_node *form_attribute(const form_node *node, const char *name);
/* Text of NODE and all below it that is not hidden, appended. */
void form_node_text(buffer *out, const form_node *node);
/* TEXT as XML has it: its own signs escaped; in an attribute's value, which
 * stands in double quotes, also those and ends of lines. */
void form_write_text(buffer *out, const char *text, int in_attribute);
/* -1, 0, 1: where A stands relative to B in document order. */
int form_node_order(const form_node *a, const form_node *b);

#endif
