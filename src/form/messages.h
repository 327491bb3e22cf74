/* SPDX-License-Identifier: MIT */
/* messages: what is wrong with a form, or likely a mistake, all of it that can
 * be found in one go, each with its place. */
#ifndef TAWAM_FORM_MESSAGES_H
#define TAWAM_FORM_MESSAGES_H

#include "base/base.h"

#define FORM_MESSAGES_MOST 2000 /* more are counted, not kept */

typedef struct form_message {
    const char *sheet;  /* "" when it is about none */
    size_t row;         /* in the file, 0 none */
    const char *column; /* header as written, "" none */
    const char *text;
    int is_warning;
} form_message;

typedef struct form_messages {
    arena *memory;
    form_message *list;
    size_t count, capacity, errors;
} form_messages;

int form_messages_new(form_messages **out);
void form_messages_free(form_messages *m);
/* One message more; its words are made safe for a terminal. */
int form_message_add(form_messages *m, const form_message *place,
                     const char *format, va_list arguments);
/* One that is of no sheet. */
int form_messages_add(form_messages *m, int is_warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
