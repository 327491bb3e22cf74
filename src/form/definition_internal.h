/* SPDX-License-Identifier: MIT */
/* definition, private: what its files share. */
#ifndef TAWAM_FORM_DEFINITION_INTERNAL_H
#define TAWAM_FORM_DEFINITION_INTERNAL_H

#include "form/definition.h"
#include "form/xpath_internal.h"

#define SPACE_XFORMS "http://www.w3.org/2002/xforms"
#define SPACE_XHTML "http://www.w3.org/1999/xhtml"
#define SPACE_JAVAROSA "http://openrosa.org/javarosa"
#define SPACE_OPENROSA "http://openrosa.org/xforms"
#define SPACE_ODK "http://www.opendatakit.org/xforms"
#define SPACE_ENTITIES "http://www.opendatakit.org/xforms/entities"

/* Compile TEXT; WHERE and WHAT (a path, "calculate") stand before an error. */
int form_compile(const xpath **out, form *f, const char *text,
                 const char *where, const char *what);
/* Attribute NAME of NODE, or NULL. */
const char *attribute_of(const form_node *node, const char *name);
/* First child of that local name; NULL. */
form_node *child_of(const form_node *node, const char *name);
/* The item that REFERENCE leads to from CONTEXT; NULL. Without predicates. */
form_item *form_resolve(form *f, const char *reference,
                        const form_item *context);
int form_read_text(form_text *out, form *f, const form_node *node,
                   const char *where);
/* Words of an attribute: as they stand, or of a translation (jr:itext). */
int form_read_words(form_text *out, form *f, const char *words);

/* A warning about WHERE, a path or an element's name. */
int form_warning(form *f, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Warnings for all that was read: xform_warn.c. */
int form_warn(form *f);
/* What NODE, a control or an action, is about: by its ref (from CONTEXT) or its
 * bind's id; NULL. *REFERENCE is how it says so. */
form_item *form_target(const char **reference, form *f, const form_node *node,
                       const form_item *context);

/* ---- the parts of reading, in this order ---- */
int form_read_items(form *f, form_node *instance);      /* xform_read.c */
int form_read_binds(form *f, const form_node *model);   /* xform_bind.c */
int form_read_itext(form *f, const form_node *model);   /* xform_text.c */
int form_read_actions(form *f, const form_node *model); /* xform_action.c */
int form_read_action(form *f, const form_node *node, form_item *context,
                     form_item *repeat);
int form_read_body(form *f, const form_node *body); /* xform_body.c */
int form_make_graph(form *f);                       /* graph.c */

#endif
