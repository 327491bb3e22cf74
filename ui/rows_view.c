/* SPDX-License-Identifier: MIT */
/* rows_view: the stages by which a view is made.
 *
 *   READING    ids by fid, 4,096 a query; with a sort also each row's key
 *   SORTING    once, when all keys are in
 *   FILTERING  each row of base looked up and its cells compared
 *   DONE
 *
 * READING fills base_next, which takes base's place when it is whole (at once
 * the first time, so that the first screen shows early); FILTERING likewise
 * with matches. Sort keys live only until the order is made. */
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include "ui/rows_view.h"

#define SLICE_ROWS 4096
#define SLICE_MS 8

typedef enum stage { DONE, READING, SORTING, FILTERING } stage;

typedef struct id_list {
    int64_t *ids;
    size_t count, capacity;
} id_list;

/* What a row is sorted by: numbers before text before nothing. */
typedef struct sort_key {
    int64_t fid;
    int kind; /* 0 number, 1 text, 2 nothing */
    double number;
    const char *text; /* folded, in the arena */
} sort_key;

struct rows_view {
    twin *twin;
    const fields *fields;
    stage stage;
    int sort_column; /* id, 0: by fid */
    int descending;
    char *filter;       /* folded; NULL: none */
    char *choice_match; /* a flag for each choice of each field */
    int quiet;          /* 1: the old lists are shown until the new are made */
    id_list base, base_next;
    id_list matches, matches_next;
    int64_t last_fid;   /* READING: the last one read */
    size_t filtered_to; /* FILTERING: rows of base looked at */
    arena *key_memory;
    sort_key *keys;
    size_t key_count, key_capacity;
    sqlite3_stmt *read, *look; /* a slice of ids; one row */
};

static int add_id(id_list *list, int64_t fid)
{
    int error = memory_reserve((void **)&list->ids, &list->capacity,
                               list->count + 1, sizeof *list->ids);
    if (error == TAWAM_OK)
        list->ids[list->count++] = fid;
    return error;
}

/* FROM's memory becomes TO's. */
static void take_list(id_list *to, id_list *from)
{
    free(to->ids);
    *to = *from;
    memset(from, 0, sizeof *from);
}

/* The keys are the one thing whose size follows the text in a column. */
static void drop_keys(rows_view *v)
{
    arena_free(v->key_memory);
    free(v->keys);
    v->key_memory = NULL;
    v->keys = NULL;
    v->key_count = v->key_capacity = 0;
}

/* Whatever was under way is given up. Where there is an old list, it is shown
 * until the new one is whole. */
static void start_reading(rows_view *v)
{
    drop_keys(v);
    v->base_next.count = 0;
    v->last_fid = INT64_MIN;
    v->stage = READING;
    v->quiet = v->base.count > 0;
}

/* Without a filter the base is what is shown, and all is done. */
static void start_filtering(rows_view *v)
{
    v->matches_next.count = 0;
    v->filtered_to = 0;
    v->stage = v->filter ? FILTERING : DONE;
}

int rows_view_open(rows_view **out, twin *t, const fields *f)
{
    rows_view *v = memory_new(sizeof *v);
    if (!v)
        return TAWAM_EMEMORY;
    v->twin = t;
    v->fields = f;
    start_reading(v);
    *out = v;
    return TAWAM_OK;
}

void rows_view_close(rows_view *v)
{
    if (!v)
        return;
    sqlite3_finalize(v->read);
    sqlite3_finalize(v->look);
    drop_keys(v);
    free(v->base.ids);
    free(v->base_next.ids);
    free(v->matches.ids);
    free(v->matches_next.ids);
    free(v->filter);
    free(v->choice_match);
    free(v);
}

/* ---- what is asked for ---- */

void rows_view_sort(rows_view *v, int column, int descending)
{
    v->sort_column = column;
    v->descending = descending;
    sqlite3_finalize(v->read);
    v->read = NULL;
    start_reading(v);
}

/* Which choices' labels hold the filter, so that rows needn't ask. */
static int match_choices(rows_view *v)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < v->fields->count; i++)
        total += v->fields->items[i].choice_count;
    free(v->choice_match);
    v->choice_match = memory_new(total + 1);
    if (!v->choice_match)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < v->fields->count; i++)
        for (size_t c = 0; c < v->fields->items[i].choice_count; c++) {
            char *label = text_fold(v->fields->items[i].choices[c].label);
            v->choice_match[at++] =
                label && text_contains(label, v->filter) != 0;
            free(label);
        }
    return TAWAM_OK;
}

int rows_view_again(rows_view *v, const fields *f)
{
    /* The layer may have columns it had not: prepare anew. */
    sqlite3_finalize(v->read);
    sqlite3_finalize(v->look);
    v->read = v->look = NULL;
    v->fields = f;
    start_reading(v);
    return v->filter ? match_choices(v) : TAWAM_OK;
}

int rows_view_filter(rows_view *v, const char *text)
{
    char *folded = *text ? text_fold(text) : NULL;
    if (*text && !folded)
        return TAWAM_EMEMORY;
    free(v->filter);
    v->filter = folded;
    int error = folded ? match_choices(v) : TAWAM_OK;
    if (v->stage == DONE || v->stage == FILTERING) {
        v->quiet = 0;
        start_filtering(v);
    }
    return error;
}

/* ---- slices ---- */

/* Keyset paging: the slice after ?1. Each slice ends its read transaction. */
static int prepare_read(rows_view *v)
{
    buffer sql = {0};
    const field *f = fields_by_column(v->fields, v->sort_column);
    buffer_text(&sql, "SELECT fid");
    if (f) {
        buffer_text(&sql, ", ");
        twin_quote(&sql, f->name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, v->fields->layer_name);
    buffer_text(&sql, " WHERE fid > ?1 ORDER BY fid LIMIT ?2");
    int error = buffer_check(&sql);
    if (error == TAWAM_OK)
        error = twin_prepare(&v->read, v->twin, (const char *)sql.data, 0);
    buffer_free(&sql);
    return error;
}

/* Text of a cell as shown, folded, in the keys' arena. */
static const char *key_text(rows_view *v, const field *f,
                            const twin_value *value)
{
    buffer text = {0};
    field_text(&text, f, value);
    char *folded = text_fold(text.data ? (const char *)text.data : "");
    const char *kept = folded ? arena_string(v->key_memory, folded) : NULL;
    free(folded);
    buffer_free(&text);
    return kept ? kept : "";
}

/* Choices and rows sort by their labels, as a person sees them. */
static int add_key(rows_view *v, int64_t fid)
{
    const field *f = fields_by_column(v->fields, v->sort_column);
    twin_value value = twin_value_column(v->read, 1);
    int error = memory_reserve((void **)&v->keys, &v->key_capacity,
                               v->key_count + 1, sizeof *v->keys);
    if (error < 0)
        return error;
    if (!v->key_memory && (error = arena_new(&v->key_memory)) < 0)
        return error;
    sort_key *key = &v->keys[v->key_count++];
    *key = (sort_key){.fid = fid, .text = ""};
    if (value.kind == TWIN_KIND_NULL || !f) {
        key->kind = 2;
    } else if (!f->choice_count && value.kind == TWIN_KIND_INTEGER) {
        key->number = (double)value.integer;
    } else if (!f->choice_count && value.kind == TWIN_KIND_REAL) {
        key->number = value.real;
    } else {
        key->kind = 1;
        key->text = key_text(v, f, &value);
    }
    return TAWAM_OK;
}

/* For qsort(). Ties are broken by id, so that an order is always the same. */
static int compare_keys(const void *left, const void *right)
{
    const sort_key *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind - b->kind;
    int order = a->kind == 1
                    ? strcmp(a->text, b->text)
                    : (a->number > b->number) - (a->number < b->number);
    return order ? order : (a->fid > b->fid) - (a->fid < b->fid);
}

/* The base is whole: it takes its place, and the filter is next. */
static void base_made(rows_view *v)
{
    take_list(&v->base, &v->base_next);
    start_filtering(v);
}

/* Not a slice at all: 300,000 keys take some 150 ms, once, after all slices. */
static int sort_slice(rows_view *v)
{
    qsort(v->keys, v->key_count, sizeof *v->keys, compare_keys);
    int error = TAWAM_OK;
    v->base_next.count = 0;
    for (size_t i = 0; i < v->key_count && error == TAWAM_OK; i++) {
        size_t at = v->descending ? v->key_count - 1 - i : i;
        error = add_id(&v->base_next, v->keys[at].fid);
    }
    drop_keys(v);
    if (error == TAWAM_OK)
        base_made(v);
    return error;
}

/* A short slice is the last one. */
static int read_slice(rows_view *v)
{
    int error = v->read ? TAWAM_OK : prepare_read(v);
    int got = 0, row = 0;
    if (error < 0)
        return error;
    sqlite3_bind_int64(v->read, 1, v->last_fid);
    sqlite3_bind_int(v->read, 2, SLICE_ROWS);
    while (error == TAWAM_OK && (row = twin_step(v->twin, v->read)) == 1) {
        v->last_fid = sqlite3_column_int64(v->read, 0);
        error = v->sort_column ? add_key(v, v->last_fid)
                               : add_id(&v->base_next, v->last_fid);
        got++;
    }
    sqlite3_reset(v->read);
    if (error < 0 || row < 0)
        return error < 0 ? error : row;
    if (got < SLICE_ROWS && v->sort_column)
        v->stage = SORTING;
    else if (got < SLICE_ROWS)
        base_made(v);
    return TAWAM_OK;
}

/* The columns of the table in the order of the fields, so that the nth field
 * is column n; what can't hold text is NULL. */
static int prepare_look(rows_view *v)
{
    buffer sql = {0};
    buffer_text(&sql, "SELECT fid");
    for (size_t i = 0; i < v->fields->table_count; i++) {
        if (v->fields->items[i].type >= TWIN_BLOB) {
            buffer_text(&sql, ", NULL");
            continue;
        }
        buffer_text(&sql, ", ");
        twin_quote(&sql, v->fields->items[i].name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, v->fields->layer_name);
    buffer_text(&sql, " WHERE fid = ?1");
    int error = buffer_check(&sql);
    if (error == TAWAM_OK)
        error = twin_prepare(&v->look, v->twin, (const char *)sql.data, 0);
    buffer_free(&sql);
    return error;
}

/* 1 if folded TEXT stands in TEXT of LENGTH bytes. Plain ASCII, the most
 * frequent case, is lowered on the stack. */
static int holds(const char *text, size_t length, const char *folded)
{
    char small[256];
    size_t i = 0;
    if (length < sizeof small) {
        for (; i < length && (unsigned char)text[i] < 0x80; i++)
            small[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32)
                                                        : text[i];
        small[i] = '\0';
    }
    if (i == length)
        return text_contains(small, folded);
    char *copy = memory_string_length(text, length);
    char *whole = copy ? text_fold(copy) : NULL;
    int found = whole && text_contains(whole, folded);
    free(whole);
    free(copy);
    return found;
}

/* 1 if the cell, as shown, holds folded TEXT. FLAGS: which of the field's
 * choices do, or NULL to compare their labels. */
static int cell_holds(const field *f, const twin_value *value,
                      const char *folded, const char *flags)
{
    if (value->kind == TWIN_KIND_NULL)
        return 0;
    if (flags && value->kind == TWIN_KIND_TEXT)
        for (size_t c = 0; c < f->choice_count; c++)
            if (strlen(f->choices[c].name) == value->length &&
                memcmp(f->choices[c].name, value->bytes, value->length) == 0)
                return flags[c];
    if (value->kind == TWIN_KIND_TEXT && !field_is_named(f))
        return holds(value->bytes, value->length, folded);
    buffer text = {0};
    field_text(&text, f, value);
    int found =
        text.data && holds((const char *)text.data, text.length, folded);
    buffer_free(&text);
    return found;
}

/* 1 the row holds FOLDED, 0 not or gone, negative error. FLAGS as
 * match_choices() made them, one after the other for all fields, or NULL. */
static int look(rows_view *v, int64_t fid, const char *folded,
                const char *flags)
{
    int error = v->look ? TAWAM_OK : prepare_look(v);
    if (error < 0)
        return error;
    sqlite3_bind_int64(v->look, 1, fid);
    int row = twin_step(v->twin, v->look);
    int found = 0;
    for (size_t i = 0; row == 1 && i < v->fields->table_count && !found; i++) {
        const field *f = &v->fields->items[i];
        twin_value value = twin_value_column(v->look, (int)i + 1);
        found = cell_holds(f, &value, folded, flags);
        if (flags)
            flags += f->choice_count;
    }
    sqlite3_reset(v->look);
    return row < 0 ? row : found;
}

int rows_view_holds(rows_view *v, int64_t fid, const char *folded)
{
    return look(v, fid, folded, NULL);
}

/* A statement that is not reset holds the read lock, so that the look-ups of a
 * slice needn't take it each. */
static int filter_slice(rows_view *v, int64_t end)
{
    int error = v->read ? TAWAM_OK : prepare_read(v);
    if (error < 0)
        return error;
    sqlite3_bind_int64(v->read, 1, INT64_MIN);
    sqlite3_bind_int(v->read, 2, 1);
    int held = twin_step(v->twin, v->read);
    if (held < 0)
        error = held;
    while (error == TAWAM_OK && v->filtered_to < v->base.count) {
        int64_t fid = v->base.ids[v->filtered_to++];
        int found = look(v, fid, v->filter, v->choice_match);
        if (found < 0)
            error = found;
        else if (found)
            error = add_id(&v->matches_next, fid);
        if (v->filtered_to % 64 == 0 && clock_monotonic() >= end)
            break;
    }
    sqlite3_reset(v->read);
    if (error == TAWAM_OK && v->filtered_to == v->base.count) {
        take_list(&v->matches, &v->matches_next);
        v->stage = DONE;
    }
    return error;
}

/* An error ends the work: what there is stays shown, the caller tells. */
int rows_view_load(rows_view *v)
{
    int64_t end = clock_monotonic() + SLICE_MS;
    int error = TAWAM_OK;
    do {
        if (v->stage == READING)
            error = read_slice(v);
        else if (v->stage == SORTING)
            error = sort_slice(v);
        else if (v->stage == FILTERING)
            error = filter_slice(v, end);
    } while (error == TAWAM_OK && v->stage != DONE && clock_monotonic() < end);
    if (error < 0)
        v->stage = DONE;
    return error < 0 ? error : v->stage != DONE;
}

int rows_view_busy(const rows_view *v)
{
    return v->stage != DONE;
}

/* ---- what is shown ---- */

/* The list that answers now; see the stages at the top. */
static const id_list *shown(const rows_view *v)
{
    if (v->stage == READING && !v->quiet)
        return &v->base_next;
    if (v->filter && v->stage == FILTERING && !v->quiet)
        return &v->matches_next;
    return v->filter ? &v->matches : &v->base;
}

int64_t rows_view_total(const rows_view *v)
{
    size_t count =
        v->stage == READING && !v->quiet ? v->base_next.count : v->base.count;
    return (int64_t)count;
}

int64_t rows_view_count(const rows_view *v)
{
    return (int64_t)shown(v)->count;
}

int64_t rows_view_fid(const rows_view *v, int64_t index)
{
    const id_list *list = shown(v);
    return index >= 0 && (size_t)index < list->count ? list->ids[index] : 0;
}

/* Linear, some 0.1 ms for 300,000: only after a reload and for :go. */
int64_t rows_view_index(const rows_view *v, int64_t fid)
{
    const id_list *list = shown(v);
    for (size_t i = 0; i < list->count; i++)
        if (list->ids[i] == fid)
            return (int64_t)i;
    return -1;
}
