/* SPDX-License-Identifier: MIT */
/* tawam form, private: what comes after the verb, a file each. Every one gets
 * the words of the command line with its own name as word 0. */
#ifndef TAWAM_CMD_FORM_INTERNAL_H
#define TAWAM_CMD_FORM_INTERNAL_H

#include "cmd/cmd.h"
#include "form/form.h"

int cmd_form_check(const verb_arguments *a);   /* form_check.c */
int cmd_form_convert(const verb_arguments *a); /* form_check.c */
int cmd_form_list(const verb_arguments *a);    /* form_list.c */
int cmd_form_publish(const verb_arguments *a); /* form_publish.c */
int cmd_form_fill(const verb_arguments *a);    /* form_fill.c */
int cmd_form_export(const verb_arguments *a);  /* form_export.c */
int cmd_form_import(const verb_arguments *a);  /* form_import.c */

/* ---- shared ---- */
/* The messages of M that are (or are not) warnings, as an array under KEY. */
void cmd_form_json_messages(json_writer *w, const char *key,
                            const form_messages *m, int warnings);
/* The same in sentences, a line each: "error: sheet survey, row 3, …". */
void cmd_form_say_messages(buffer *out, const form_messages *m);

#endif
