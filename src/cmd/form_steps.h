/* SPDX-License-Identifier: MIT */
/* What form run and form bench share: a form, a record of it, and steps. */
#ifndef TAWAM_CMD_FORM_STEPS_H
#define TAWAM_CMD_FORM_STEPS_H

#include "cmd/cmd.h"
#include "form/form.h"
#include <jansson.h>

typedef struct form_session {
    const verb_arguments *a;
    form *f;
    record *r;
    form_lists *lists;
    territory *territory; /* of -C, or NULL */
    json_writer w;        /* of the line that answers a step */
    const char *result;   /* "ok", "constraint", "required", "error" */
} form_session;

/* The form in FILE, of any kind. */
int form_read_file(form **out, const char *file);
/* The form and the steps that A's words name, without a record yet. Close it
 * also after a failure. */
int form_session_open(form_session *s, json_t **steps, const verb_arguments *a);
/* A new record, in place of the one before. */
int form_session_begin(form_session *s);
void form_session_close(form_session *s, json_t *steps);
/* One step; what it tells goes to s->w, in an object that is open. */
int form_step(form_session *s, json_t *step);

/* The words after `form`. */
int form_run(const verb_arguments *a);
int form_bench(const verb_arguments *a);

#endif
