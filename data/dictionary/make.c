/* SPDX-License-Identifier: MIT */
/* Makes forms.dict, the dictionary that `tawam init` gives a new territory:
 * what the coder should know of our own forms before the first commit.
 *
 *   make_dictionary DIR BYTES OUT     DIR: a replica of the demonstration
 *   make_dictionary DIR 0 FILE        only says what FILE saves
 *
 * Its samples are the rows of three of the demonstration's registers, added a
 * few at a time, and days of edits in which a cell takes what the same column
 * holds in another row. The same demonstration gives the same bytes: rows stand
 * in the order of their code, and chance is a fixed sequence. Prints what other
 * days of the same kind come to, without and with it.
 */
#include "sync/sync.h"
#include "twin/twin.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDED_AT_ONCE = 20,
    DAYS = 60,  /* of edits, a form each in turn */
    TRIED = 12, /* more of them, to see what it saves */
    EDITS = 12, /* rows a day */
    SAMPLES_MOST = 400
};

static const char *const FORMS[] = {"household", "water_point", "street_light"};
enum { FORM_COUNT = 3 };

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) < 0) {                                                      \
            fprintf(stderr, "make_dictionary: %s: %s\n", #call,                \
                    error_message());                                          \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

/* A form's rows, by code. */
typedef struct form {
    const twin_layer *layer;
    twin_cell **rows; /* each all columns, in the layer's order */
    size_t count, capacity;
} form;

typedef struct maker {
    twin *t;
    arena *memory;
    form forms[FORM_COUNT];
    changeset *samples[SAMPLES_MOST];
    size_t count;
    uint64_t chance;
} maker;

static size_t chance(maker *m, size_t below)
{
    m->chance = m->chance * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(m->chance >> 33) % below;
}

static void read_form(maker *m, form *f, const char *name)
{
    sqlite3_stmt *statement = NULL;
    char sql[100];
    MUST(twin_layer_find(&f->layer, m->t, name));
    snprintf(sql, sizeof sql, "SELECT fid FROM \"%s\" ORDER BY code", name);
    MUST(twin_prepare(&statement, m->t, sql, 0));
    while (twin_step(m->t, statement) == 1) {
        MUST(memory_reserve((void **)&f->rows, &f->capacity, f->count + 1,
                            sizeof *f->rows));
        MUST(twin_row_read(&f->rows[f->count++], m->t, f->layer,
                           sqlite3_column_int64(statement, 0), m->memory));
    }
    sqlite3_finalize(statement);
}

static changeset *new_sample(maker *m)
{
    changeset *c = NULL;
    MUST(changeset_new(&c));
    if (m->count < SAMPLES_MOST)
        m->samples[m->count++] = c;
    return c;
}

static void add_cell(changeset *c, changeset_layer *layer, const form *f,
                     size_t column, const twin_value *value)
{
    uint32_t index = 0;
    MUST(changeset_add_column(&index, c, layer, f->layer->columns[column].name,
                              f->layer->columns[column].type));
    MUST(changeset_add_cell(c, layer, index, value));
}

/* Rows FROM to TO of F, as if they had just been added. */
static void add_rows(maker *m, const form *f, size_t from, size_t to)
{
    changeset *c = new_sample(m);
    changeset_layer *layer = NULL;
    MUST(changeset_add_layer(&layer, c, f->layer->name, f->layer->geometry));
    for (size_t i = from; i < to; i++) {
        char uuid[37];
        MUST(changeset_add_row(c, layer, (int64_t)i + 1, CHANGESET_INSERT));
        twin_uuid_from_fid(uuid, (int64_t)i + 1);
        for (size_t k = 0; k < f->layer->column_count; k++) {
            twin_value value = f->rows[i][k].value;
            if (strcmp(f->layer->columns[k].name, "uuid") == 0)
                value = (twin_value){
                    .kind = TWIN_KIND_TEXT, .bytes = uuid, .length = 36};
            if (value.kind != TWIN_KIND_NULL)
                add_cell(c, layer, f, k, &value);
        }
    }
}

/* What a visit doesn't change. */
static int stays(const char *column)
{
    static const char *const names[] = {
        "uuid", "code", "commune_code", "douar_code", "demonstration", "geom"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], column) == 0)
            return 1;
    return 0;
}

static void edit_row(maker *m, changeset *c, changeset_layer *layer,
                     const form *f, size_t row)
{
    size_t cells = 1 + chance(m, 3);
    unsigned char done[256] = {0};
    MUST(changeset_add_row(c, layer, (int64_t)row + 1, CHANGESET_UPDATE));
    while (cells > 0) {
        size_t k = chance(m, f->layer->column_count);
        if (k >= sizeof done || done[k] || stays(f->layer->columns[k].name))
            continue;
        done[k] = 1;
        cells--;
        add_cell(c, layer, f, k, &f->rows[chance(m, f->count)][k].value);
    }
}

static changeset *edit_day(maker *m, const form *f)
{
    changeset *c = new_sample(m);
    changeset_layer *layer = NULL;
    size_t row = chance(m, f->count / (EDITS + 1));
    MUST(changeset_add_layer(&layer, c, f->layer->name, TWIN_NO_GEOMETRY));
    for (int i = 0; i < EDITS && row < f->count; i++) {
        edit_row(m, c, layer, f, row);
        row += 1 + chance(m, 2 * f->count / EDITS);
    }
    return c;
}

static void make_samples(maker *m)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        read_form(m, &m->forms[i], FORMS[i]);
        for (size_t from = 0; from < m->forms[i].count; from += ADDED_AT_ONCE)
            add_rows(m, &m->forms[i], from,
                     from + ADDED_AT_ONCE < m->forms[i].count
                         ? from + ADDED_AT_ONCE
                         : m->forms[i].count);
    }
    for (size_t day = 0; day < DAYS; day++)
        edit_day(m, &m->forms[day % FORM_COUNT]);
}

/* Days that it has not seen, and the first rows of each form. */
static void report(maker *m, const buffer *file)
{
    changeset_dictionary *d = NULL;
    size_t known = m->count;
    buffer with = {0}, alone = {0};
    MUST(changeset_dictionary_open(&d, file->data, file->length));
    for (size_t day = 0; day < TRIED; day++)
        edit_day(m, &m->forms[day % FORM_COUNT]);
    for (size_t i = known; i < m->count; i++) {
        MUST(changeset_encode(&alone, m->samples[i]));
        MUST(changeset_encode_with(&with, m->samples[i], d));
    }
    printf("%zu bytes; a day of %d edits: %zu bytes alone, %zu with it\n",
           file->length, (int)EDITS, alone.length / TRIED, with.length / TRIED);
    changeset_dictionary_free(d);
    buffer_free(&with);
    buffer_free(&alone);
}

int main(int count, char **words)
{
    static maker m;
    buffer file = {0};
    int64_t limit = 0;
    if (count != 4 || text_integer(&limit, words[2]) < 0 || limit < 0) {
        fprintf(stderr, "usage: make_dictionary DIR BYTES OUT\n");
        return 2;
    }
    m.chance = 20261126;
    MUST(arena_new(&m.memory));
    MUST(twin_open(&m.t, words[1], TWIN_READ_ONLY));
    make_samples(&m);
    if (limit == 0) {
        MUST(file_read(&file, words[3], CHANGESET_DICTIONARY_MOST));
    } else {
        MUST(changeset_dictionary_train(&file,
                                        (const changeset *const *)m.samples,
                                        m.count, (size_t)limit));
        MUST(file_write_atomic(words[3], file.data, file.length));
    }
    report(&m, &file);
    for (size_t i = 0; i < m.count; i++)
        changeset_free(m.samples[i]);
    for (size_t i = 0; i < FORM_COUNT; i++)
        free(m.forms[i].rows);
    buffer_free(&file);
    arena_free(m.memory);
    twin_close(m.t);
    return 0;
}
