/* SPDX-License-Identifier: MIT */
/* verb: reads a command line by the table. The parse is one pass over the
 * words; the first word that is no option is the verb, and from there on its
 * own options count too. */
#include <stdlib.h>
#include <string.h>
#include "work/verb.h"

const verb_option VERB_GLOBALS[] = {
    {"directory", 'C', "DIR", VERB_FOLDER, N_("work on the replica in DIR")},
    {"json", 0, NULL, VERB_TEXT, N_("print the answer as JSON")},
    {"quiet", 'q', NULL, VERB_TEXT, N_("print only what was asked for")},
    {"no-color", 0, NULL, VERB_TEXT, N_("no colours")},
    {"lang", 0, "LANGUAGE", VERB_TEXT,
     N_("language of the words: en, fr or ar")},
    {"plain", 0, NULL, VERB_TEXT,
     N_("screens: draw in memory; without --script, print the first one")},
    {"script", 0, "FILE", VERB_FILE,
     N_("screens: take the actions from FILE instead of the keyboard")},
    {"size", 0, "COLUMNSxROWS", VERB_TEXT,
     N_("screens: the size to draw, for --plain and --script")},
    {"bidi", 0, "MODE", VERB_TEXT,
     N_("screens: who orders Arabic: auto, app, terminal or off")},
    {"theme", 0, "NAME", VERB_TEXT,
     N_("screens: colours: default, mono or sun")},
    {"help", 'h', NULL, VERB_TEXT, N_("say how it is used")},
    {"version", 0, NULL, VERB_TEXT, N_("print the version")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

/* ---- looking up --------------------------------------------------------- */

const verb *verb_find(const verb_table *verbs, const char *name)
{
    for (size_t i = 0; i < verbs->count; i++)
        if (strcmp(verbs->verbs[i]->name, name) == 0)
            return verbs->verbs[i];
    return NULL;
}

int verb_unknown(const verb_table *verbs, const char *name)
{
    const char *names[64];
    size_t count = 0;
    char *safe = text_safe(name, strlen(name), 0);
    const char *nearest;

    for (; count < verbs->count && count < 64; count++)
        names[count] = verbs->verbs[count]->name;
    nearest = text_nearest(name, names, count);
    if (nearest != NULL)
        error_set(TAWAM_EUSAGE, _("no verb '%s'; did you mean '%s'?"),
                  safe ? safe : "?", nearest);
    else
        error_set(TAWAM_EUSAGE, _("no verb '%s'; see tawam --help"),
                  safe ? safe : "?");
    free(safe);
    return TAWAM_EUSAGE;
}

/* Place of the option called NAME (LENGTH bytes) or LETTER in LIST; -1. */
static int option_place(const verb_option *list, const char *name,
                        size_t length, char letter)
{
    if (list == NULL)
        return -1;
    for (int i = 0; list[i].name != NULL; i++) {
        if (letter != 0 && list[i].letter == letter)
            return i;
        if (letter == 0 && strlen(list[i].name) == length &&
            memcmp(list[i].name, name, length) == 0)
            return i;
    }
    return -1;
}

/* TAWAM_EUSAGE with the nearest option of the verb or of all verbs. */
static int unknown_option(const verb *v, const char *word)
{
    const char *names[2 * VERB_OPTION_MAX];
    size_t count = 0;
    const char *nearest;
    char *safe = text_safe(word, strlen(word), 0);

    for (const verb_option *o = v ? v->options : NULL; o && o->name; o++)
        names[count++] = o->name;
    for (const verb_option *o = VERB_GLOBALS; o->name; o++)
        names[count++] = o->name;
    nearest = text_nearest(word + strspn(word, "-"), names, count);
    if (nearest != NULL)
        error_set(TAWAM_EUSAGE, _("no option %s; did you mean --%s?"),
                  safe ? safe : "?", nearest);
    else
        error_set(TAWAM_EUSAGE, _("no option %s; see tawam %s%s--help"),
                  safe ? safe : "?", v ? v->name : "", v ? " " : "");
    free(safe);
    return TAWAM_EUSAGE;
}

/* ---- one option --------------------------------------------------------- */

/* Where the words are read from. */
typedef struct reader {
    verb_arguments *out;
    char *const *words;
    int count, at;
} reader;

/* Store option PLACE of the verb's or the global list; VALUE is what stood
 * after '=' or the letter, or NULL: then the next word is taken. */
static int store(reader *r, int global, int place, const char *value)
{
    const verb_option *o =
        (global ? VERB_GLOBALS : r->out->verb->options) + place;
    const char **slot = (global ? r->out->globals : r->out->values) + place;

    if (o->value == NULL) {
        if (value != NULL)
            return error_set(TAWAM_EUSAGE, _("--%s takes no value"), o->name);
        *slot = "";
        return TAWAM_OK;
    }
    if (value == NULL) {
        if (r->at + 1 >= r->count)
            return error_set(TAWAM_EUSAGE, _("--%s wants a value: %s"), o->name,
                             o->value);
        value = r->words[++r->at];
    }
    *slot = value;
    return TAWAM_OK;
}

/* "--name", "--name=value", "--name value": the verb's own goes first. */
static int read_long(reader *r, const char *word)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const verb *v = r->out->verb;
    int place = option_place(v ? v->options : NULL, name, length, 0);
    int global = 0;

    if (place < 0) {
        global = 1;
        place = option_place(VERB_GLOBALS, name, length, 0);
    }
    if (place < 0)
        return unknown_option(v, word);
    return store(r, global, place, equals ? equals + 1 : NULL);
}

/* The first word is the verb, the others are its words. */
static int read_word(reader *r, const char *word)
{
    verb_arguments *out = r->out;

    if (out->verb == NULL) {
        out->verb = verb_find(out->table, word);
        return out->verb ? TAWAM_OK : verb_unknown(out->table, word);
    }
    out->words[out->word_count++] = word;
    return TAWAM_OK;
}

/* "-C DIR", "-CDIR", "-q"; letters are not bundled. "-abs(3)" is a word: an
 * expression. */
static int read_short(reader *r, const char *word)
{
    const verb *v = r->out->verb;
    int place = option_place(v ? v->options : NULL, NULL, 0, word[1]);
    int global = 0;

    if (place < 0) {
        global = 1;
        place = option_place(VERB_GLOBALS, NULL, 0, word[1]);
    }
    if (place < 0)
        return strchr(word, '(') ? read_word(r, word) : unknown_option(v, word);
    return store(r, global, place, word[2] ? word + 2 : NULL);
}

/* ---- the whole line ------------------------------------------------------ */

/* "-" alone is a file (standard input), "-5" a number, "--5" an expression. */
static int looks_like_option(const char *word)
{
    const char *name = word + (word[0] == '-' && word[1] == '-' ? 2 : 1);
    return word[0] == '-' && word[1] != 0 &&
           (name[0] == 0 || (name[0] >= 'a' && name[0] <= 'z') ||
            (name[0] >= 'A' && name[0] <= 'Z'));
}

/* The number of words, unless only help is wanted. */
static int check_words(const verb_arguments *a)
{
    const verb *v = a->verb;

    if (v == NULL || verb_value(a, "help") != NULL)
        return TAWAM_OK;
    if ((int)a->word_count < v->least ||
        (v->most >= 0 && (int)a->word_count > v->most)) {
        size_t length = strcspn(v->forms, "\n");
        return error_set(TAWAM_EUSAGE, _("use: tawam %s %.*s"), v->name,
                         (int)length, v->forms);
    }
    return TAWAM_OK;
}

int verb_parse(verb_arguments *out, const verb_table *verbs, int count,
               char *const *words)
{
    reader r = {.out = out, .words = words, .count = count};
    int options = 1;
    int code = TAWAM_OK;

    memset(out, 0, sizeof *out);
    out->table = verbs;
    out->words = memory_array((size_t)count + 1, sizeof *out->words);
    if (out->words == NULL)
        return TAWAM_EMEMORY;
    for (; r.at < count && code == TAWAM_OK; r.at++) {
        const char *word = words[r.at];
        if (options && strcmp(word, "--") == 0)
            options = 0;
        else if (options && looks_like_option(word))
            code = word[1] == '-' ? read_long(&r, word) : read_short(&r, word);
        else
            code = read_word(&r, word);
    }
    return code == TAWAM_OK ? check_words(out) : code;
}

void verb_arguments_clear(verb_arguments *a)
{
    free(a->words);
    memset(a, 0, sizeof *a);
}

/* ---- what was given ------------------------------------------------------ */

const char *verb_value(const verb_arguments *a, const char *option)
{
    size_t length = strlen(option);
    int place =
        option_place(a->verb ? a->verb->options : NULL, option, length, 0);

    if (place >= 0)
        return a->values[place];
    place = option_place(VERB_GLOBALS, option, length, 0);
    return place >= 0 ? a->globals[place] : NULL;
}

const char *verb_word(const verb_arguments *a, size_t nth)
{
    return nth < a->word_count ? a->words[nth] : NULL;
}

int verb_number(int64_t *out, const verb_arguments *a, const char *option,
                int64_t elsewise, int64_t least)
{
    const char *text = verb_value(a, option);
    int64_t number = elsewise;

    if (text != NULL &&
        (text_integer(&number, text) != TAWAM_OK || number < least))
        return error_set(TAWAM_EUSAGE,
                         _("--%s wants a whole number, at least %lld"), option,
                         (long long)least);
    *out = number;
    return TAWAM_OK;
}
