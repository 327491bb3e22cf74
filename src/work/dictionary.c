/* SPDX-License-Identifier: MIT */
/* dictionary: see dictionary_internal.h. Reads with libcsv; a header names the
 * columns in any order. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include "work/dictionary_internal.h"

enum { FIELDS_MAX = 40 };

int dictionary_new(dictionary **out)
{
    dictionary *d = memory_new(sizeof *d);

    if (d == NULL || arena_new(&d->memory) != TAWAM_OK) {
        free(d);
        return TAWAM_EMEMORY;
    }
    *out = d;
    return TAWAM_OK;
}

void dictionary_free(dictionary *d)
{
    if (d == NULL)
        return;
    arena_free(d->memory);
    free(d->labels);
    free(d);
}

/* 1 if A and B label the same thing, whatever the language. */
static int same_place(const dictionary_label *a, const dictionary_label *b)
{
    return strcmp(a->choice, b->choice) == 0 &&
           text_equal_nocase(a->column, b->column) &&
           text_equal_nocase(a->layer, b->layer);
}

int dictionary_put(dictionary *d, const dictionary_label *label)
{
    dictionary_label *to = NULL;
    char *text = arena_string(d->memory, label->text);

    if (text == NULL)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < d->count && to == NULL; i++)
        if (strcmp(d->labels[i].language, label->language) == 0 &&
            same_place(&d->labels[i], label))
            to = &d->labels[i];
    if (to != NULL) {
        to->text = text;
        to->line = label->line;
        return TAWAM_OK;
    }
    if (d->count >= DICTIONARY_LABELS_MAX)
        return error_set(TAWAM_EUSAGE, _("more than %d labels"),
                         DICTIONARY_LABELS_MAX);
    if (memory_reserve((void **)&d->labels, &d->capacity, d->count + 1,
                       sizeof *d->labels) != TAWAM_OK)
        return TAWAM_EMEMORY;
    to = &d->labels[d->count];
    to->layer = arena_string(d->memory, label->layer);
    to->column = arena_string(d->memory, label->column);
    to->choice = arena_string(d->memory, label->choice);
    to->language = arena_string(d->memory, label->language);
    to->text = text;
    to->line = label->line;
    if (!to->layer || !to->column || !to->choice || !to->language)
        return TAWAM_EMEMORY;
    d->count++;
    return TAWAM_OK;
}

/* ---- reading ---- */

/* One line as libcsv hands it over, and what the header said. */
typedef struct csv_reader {
    dictionary *into;
    arena *line_memory;
    char *fields[FIELDS_MAX];
    size_t count;
    char *languages[FIELDS_MAX]; /* NULL where a field is no language */
    size_t header_count;
    int layer, column, choice; /* places; -1 when absent */
    int64_t line;
    int code;
} csv_reader;

/* "fr", "ar-MA", "zgh": letters, digits and '-', 2 to 12, a letter first. */
static int is_language(const char *text)
{
    size_t length = strlen(text);

    return length >= 2 && length <= 12 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length &&
           strspn(text, "0123456789-_") == 0;
}

/* The first line: which field is what. Fields that are languages are
 * remembered by their place. */
static int read_header(csv_reader *r)
{
    r->layer = r->column = r->choice = -1;
    for (size_t i = 0; i < r->count; i++) {
        char *name = r->fields[i];
        if (text_equal_nocase(name, "layer"))
            r->layer = (int)i;
        else if (text_equal_nocase(name, "column"))
            r->column = (int)i;
        else if (text_equal_nocase(name, "choice"))
            r->choice = (int)i;
        else if (is_language(name))
            r->languages[i] = arena_string(r->into->memory, name);
        else
            return error_set(TAWAM_EUSAGE,
                             _("line 1: column %zu is neither layer, column, "
                               "choice nor a language (fr, ar, en)"),
                             i + 1);
    }
    r->header_count = r->count;
    if (r->layer < 0 || r->column < 0)
        return error_set(TAWAM_EUSAGE, _("line 1: a dictionary begins with "
                                         "layer,column,choice and languages"));
    return TAWAM_OK;
}

/* A later line: one label for each language with a text. */
static int read_row(csv_reader *r)
{
    dictionary_label label = {.line = r->line};
    int code = TAWAM_OK;

    if (r->count != r->header_count)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld: %zu fields where the header has %zu"),
                         (long long)r->line, r->count, r->header_count);
    label.layer = r->fields[r->layer];
    label.column = r->fields[r->column];
    label.choice = r->choice >= 0 ? r->fields[r->choice] : "";
    if (label.layer[0] == 0)
        return error_set(TAWAM_EUSAGE, _("line %lld: no layer"),
                         (long long)r->line);
    for (size_t i = 0; i < r->count && code == TAWAM_OK; i++) {
        label.language = r->languages[i];
        label.text = r->fields[i];
        if (label.language != NULL && label.text[0] != 0)
            code = dictionary_put(r->into, &label);
    }
    r->into->rows++;
    return code;
}

/* libcsv hands over one field; the first fault is kept in r->code and the
 * rest of the file passed over. */
static void on_field(void *bytes, size_t length, void *context)
{
    csv_reader *r = context;
    char *field;

    if (r->code != TAWAM_OK)
        return;
    field = arena_alloc(r->line_memory, length + 1);
    if (field == NULL) {
        r->code = TAWAM_EMEMORY;
    } else if (r->count >= FIELDS_MAX) {
        r->code = error_set(TAWAM_EUSAGE, _("line %lld: too many fields"),
                            (long long)r->line);
    } else if (!text_valid(bytes, length) || memchr(bytes, 0, length)) {
        r->code = error_set(TAWAM_EUSAGE, _("line %lld: not UTF-8"),
                            (long long)r->line);
    } else {
        memcpy(field, bytes, length);
        r->fields[r->count++] = field;
    }
}

/* libcsv says that a line ended. */
static void on_line(int end, void *context)
{
    csv_reader *r = context;
    int empty = r->count == 0 || (r->count == 1 && r->fields[0][0] == 0);

    (void)end;
    if (r->code == TAWAM_OK && !empty)
        r->code = r->header_count == 0 ? read_header(r) : read_row(r);
    r->count = 0;
    r->line++;
    arena_reset(r->line_memory);
}

int dictionary_read(dictionary *d, const char *text, size_t length)
{
    struct csv_parser parser;
    csv_reader r = {.into = d, .line = 1};
    int code = arena_new(&r.line_memory);

    if (code != TAWAM_OK)
        return code;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
        arena_free(r.line_memory);
        return error_memory();
    }
    if (csv_parse(&parser, text, length, on_field, on_line, &r) != length ||
        csv_fini(&parser, on_field, on_line, &r) != 0)
        if (r.code == TAWAM_OK)
            r.code = error_set(TAWAM_EUSAGE, _("line %lld: quotes don't match"),
                               (long long)r.line);
    csv_free(&parser);
    arena_free(r.line_memory);
    if (r.code == TAWAM_OK && r.header_count == 0)
        return error_set(TAWAM_EUSAGE, _("the dictionary is empty"));
    return r.code;
}

/* ---- writing ---- */

/* The languages in use, in the order of first use. */
static size_t languages_of(const char *out[FIELDS_MAX], const dictionary *d)
{
    size_t count = 0;

    for (size_t i = 0; i < d->count; i++) {
        size_t at = 0;
        while (at < count && strcmp(out[at], d->labels[i].language) != 0)
            at++;
        if (at == count && count < FIELDS_MAX)
            out[count++] = d->labels[i].language;
    }
    return count;
}

static void csv_text(buffer *out, const char *text)
{
    table_csv_field(out, text, strlen(text));
}

/* The line of what label FIRST labels, in every language. */
static void write_line(buffer *out, const dictionary *d, size_t first,
                       const char *const *languages, size_t count)
{
    const dictionary_label *place = &d->labels[first];

    csv_text(out, place->layer);
    buffer_byte(out, ',');
    csv_text(out, place->column);
    buffer_byte(out, ',');
    csv_text(out, place->choice);
    for (size_t l = 0; l < count; l++) {
        buffer_byte(out, ',');
        for (size_t i = first; i < d->count; i++)
            if (strcmp(d->labels[i].language, languages[l]) == 0 &&
                same_place(place, &d->labels[i])) {
                csv_text(out, d->labels[i].text);
                break;
            }
    }
    buffer_byte(out, '\n');
}

void dictionary_write(buffer *out, const dictionary *d, const char *layer)
{
    const char *languages[FIELDS_MAX];
    size_t count = languages_of(languages, d);

    buffer_text(out, "layer,column,choice");
    for (size_t l = 0; l < count; l++)
        buffer_format(out, ",%s", languages[l]);
    buffer_byte(out, '\n');
    for (size_t i = 0; i < d->count; i++) {
        size_t before = 0;
        if (!text_equal_nocase(d->labels[i].layer, layer))
            continue;
        while (before < i && !same_place(&d->labels[before], &d->labels[i]))
            before++;
        if (before == i)
            write_line(out, d, i, languages, count);
    }
}
