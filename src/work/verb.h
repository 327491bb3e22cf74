/* SPDX-License-Identifier: MIT */
/* verb: the table of verbs and options, and what is made from it: the reading
 * of a command line, --help, the man page, completion for bash and zsh.
 *
 * Invariants:
 *  1. What a verb accepts is in its table entry and nowhere else; a verb's
 *     code only asks verb_value() and verb_word().
 *  2. Global options are accepted before and after the verb; "--" ends all
 *     options; a word that begins with '-' and no letter is a word.
 *  3. Nothing here prints: all texts go to buffers.
 */
#ifndef TAWAM_WORK_VERB_H
#define TAWAM_WORK_VERB_H

#include "base/base.h"

/* Options of one verb; global ones as many again. */
#define VERB_OPTION_MAX 24

/* What a word or an option's value is, for completion. */
typedef enum verb_kind {
    VERB_TEXT = 0,
    VERB_FILE = 1,
    VERB_FOLDER = 2,
    VERB_LAYER = 3,
    VERB_VERB = 4,
    VERB_FORMAT = 5 /* one of those the option's `value` lists: "csv|json" */
} verb_kind;

typedef struct verb_option {
    const char *name;  /* "limit"; NULL ends a list */
    char letter;       /* 'n' or 0 */
    const char *value; /* "NUMBER": it takes a value; NULL: a flag */
    verb_kind kind;    /* of the value */
    const char *help;  /* one sentence, marked N_() */
} verb_option;

struct verb_arguments;

typedef struct verb {
    const char *name;    /* "sync" */
    const char *forms;   /* "[REMOTE|URL|PATH]"; several: one a line */
    const char *summary; /* one line, marked N_() */
    const char *help;    /* paragraphs, marked N_(); blank line between */
    const verb_option *options; /* may be NULL */
    int least, most;            /* words; most < 0: any number */
    verb_kind words[4];         /* for completion; the last repeats */
    /* Does it. TAWAM_OK or an error, whose message main() prints. */
    int (*run)(const struct verb_arguments *arguments);
} verb;

typedef struct verb_table {
    const verb *const *verbs; /* in the order of --help */
    size_t count;
} verb_table;

typedef struct verb_arguments {
    const verb_table *table;
    const verb *verb;                    /* NULL: none was named */
    const char *values[VERB_OPTION_MAX]; /* of verb->options; "" for a flag */
    const char *globals[VERB_OPTION_MAX];
    const char **words; /* borrowed from argv; the array is ours */
    size_t word_count;
} verb_arguments;

/* Options every command line accepts; ended by name NULL. */
extern const verb_option VERB_GLOBALS[];

/* Read a command line (without the program's name). TAWAM_EUSAGE says what is
 * wrong and names the nearest verb or option; then OUT still holds the verb
 * when one was recognised. Free with verb_arguments_clear in any case. */
int verb_parse(verb_arguments *out, const verb_table *verbs, int count,
               char *const *words);
void verb_arguments_clear(verb_arguments *a);

/* Value of an option of the verb or a global one, by long name; "" for a flag
 * that was given; NULL when it was not. */
const char *verb_value(const verb_arguments *a, const char *option);
/* The Nth word after the verb (from 0), or NULL. */
const char *verb_word(const verb_arguments *a, size_t nth);
/* An option as a whole number at least LEAST; ELSEWISE when not given. */
int verb_number(int64_t *out, const verb_arguments *a, const char *option,
                int64_t elsewise, int64_t least);
/* The verb of that name, or NULL. */
const verb *verb_find(const verb_table *verbs, const char *name);
/* TAWAM_EUSAGE "no verb 'x'; did you mean 'y'?" */
int verb_unknown(const verb_table *verbs, const char *name);

/* Text of `tawam --help` / `tawam VERB --help`, translated. */
void verb_help_all(buffer *out, const verb_table *verbs);
void verb_help_one(buffer *out, const verb *v);
/* The man page (mdoc), in the language of the locale. */
void verb_man(buffer *out, const verb_table *verbs);
/* Completion scripts. */
void verb_complete_bash(buffer *out, const verb_table *verbs);
void verb_complete_zsh(buffer *out, const verb_table *verbs);

#endif
