/* SPDX-License-Identifier: MIT */
/* What has to come out, from FORMAT.md's words alone: a list of writes, and of
 * each commit the set of commits its writer had seen. No clock decides but
 * which of several values is shown. */
#include "tests/merge/sim.h"

#include <string.h>

/* ---- values ---- */

sim_value sim_value_from(const twin_value *value)
{
    sim_value v = {.kind = value->kind};
    if (value->kind == TWIN_KIND_INTEGER)
        v.integer = value->integer;
    if (value->kind == TWIN_KIND_REAL)
        v.real = value->real;
    if (value->kind == TWIN_KIND_TEXT || value->kind == TWIN_KIND_BYTES) {
        v.length = value->length;
        if (v.length > sizeof v.bytes) {
            sim_fail("a value of %zu bytes", v.length);
            v.length = sizeof v.bytes;
        }
        memcpy(v.bytes, value->bytes, v.length);
    }
    return v;
}

twin_value sim_value_view(const sim_value *v)
{
    return (twin_value){.kind = v->kind,
                        .integer = v->integer,
                        .real = v->real,
                        .bytes = v->bytes,
                        .length = v->length};
}

int sim_value_equal(const sim_value *a, const sim_value *b)
{
    return a->kind == b->kind && a->integer == b->integer &&
           memcmp(&a->real, &b->real, sizeof a->real) == 0 &&
           a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

sim_value sim_value_as(const sim_value *value, twin_type type)
{
    char storage[64];
    twin_value v = sim_value_view(value);
    if (!type)
        return *value;
    v = twin_value_convert(&v, type, storage);
    return sim_value_from(&v);
}

void sim_value_print(char out[80], const sim_value *v)
{
    size_t i;
    if (v->kind == TWIN_KIND_INTEGER)
        snprintf(out, 80, "%lld", (long long)v->integer);
    else if (v->kind == TWIN_KIND_REAL)
        snprintf(out, 80, "%.17gr", v->real);
    else if (v->kind == TWIN_KIND_TEXT)
        snprintf(out, 80, "\"%.*s\"", (int)v->length, v->bytes);
    else
        snprintf(out, 80, "NULL");
    if (v->kind == TWIN_KIND_BYTES)
        for (i = 0; i < v->length && i < 38; i++)
            snprintf(out + 2 * i, 80 - 2 * i, "%02x", (uint8_t)v->bytes[i]);
}

/* ---- sets ---- */

int sim_has(const sim_set *s, int commit)
{
    return (s->bits[commit / 64] >> (commit % 64)) & 1;
}

void sim_put(sim_set *s, int commit)
{
    s->bits[commit / 64] |= UINT64_C(1) << (commit % 64);
}

void sim_join(sim_set *s, const sim_set *other)
{
    size_t i;
    for (i = 0; i < SIM_COMMITS / 64; i++)
        s->bits[i] |= other->bits[i];
}

int sim_within(const sim_set *a, const sim_set *b)
{
    size_t i;
    for (i = 0; i < SIM_COMMITS / 64; i++)
        if (a->bits[i] & ~b->bits[i])
            return 0;
    return 1;
}

int sim_size(const sim_set *s)
{
    size_t i;
    int n = 0;
    for (i = 0; i < SIM_COMMITS / 64; i++)
        n += __builtin_popcountll(s->bits[i]);
    return n;
}

/* ---- standing writes ---- */

static int counts(const sim_write *w, const sim_set *known)
{
    return sim_has(known, w->commit) && !sim_commits[w->commit].refused;
}

/* Has a known write to COLUMN of A's row seen A? */
static int answered(const sim_write *a, const sim_set *known, int column)
{
    int i;
    for (i = sim_first_write(a->row, column); i >= 0; i = sim_writes[i].next) {
        const sim_write *b = &sim_writes[i];
        if (b->commit != a->commit && counts(b, known) &&
            sim_has(&sim_commits[b->commit].seen, a->commit))
            return 1;
    }
    return 0;
}

int sim_standing(const sim_write *out[], int room, const sim_set *known,
                 int row, int column)
{
    int i, count = 0;
    for (i = sim_first_write(row, column); i >= 0; i = sim_writes[i].next) {
        const sim_write *a = &sim_writes[i];
        int stands = counts(a, known) &&
                     (column >= 0 ? !answered(a, known, column)
                                  : !answered(a, known, WRITES_ROW) &&
                                        !answered(a, known, WRITES_DELETE));
        if (stands && count < room)
            out[count++] = a;
    }
    return count;
}

/* ---- a state ---- */

static int is_made(const sim_set *known, int row)
{
    int i = sim_first_write(row, WRITES_ROW);
    for (; i >= 0; i = sim_writes[i].next)
        if (sim_writes[i].insert && counts(&sim_writes[i], known))
            return 1;
    return 0;
}

/* There is a write to the row that no delete has seen; *CONFLICT if a delete
 * stands besides. A write may be answered by a later write: that one is. */
static int is_there(char *conflict, const sim_set *known, int row)
{
    const sim_write *list[64];
    int deletes = sim_standing(list, 64, known, row, WRITES_DELETE);
    int there = is_made(known, row) &&
                sim_standing(list, 64, known, row, WRITES_ROW) > 0;
    *conflict = (char)(there && deletes > 0);
    return there;
}

static int later(const sim_write *a, const sim_write *b)
{
    const sim_commit *x = &sim_commits[a->commit], *y = &sim_commits[b->commit];
    return x->logical != y->logical ? x->logical > y->logical
                                    : strcmp(x->id, y->id) > 0;
}

static sim_value shown_value(char *conflict, const sim_set *known, int row,
                             int column, twin_type type)
{
    const sim_write *list[64], *best = NULL;
    sim_value first = {0}, shown = {0};
    int count = sim_standing(list, 64, known, row, column), i;
    *conflict = 0;
    for (i = 0; i < count; i++) {
        sim_value v = sim_value_as(&list[i]->value, list[i]->type);
        v = sim_value_as(&v, type);
        if (i == 0)
            first = v;
        else if (!sim_value_equal(&first, &v))
            *conflict = 1;
        if (!best || later(list[i], best)) {
            best = list[i];
            shown = v;
        }
    }
    return shown;
}

void sim_evaluate(sim_state *out, const sim_set *known,
                  const twin_type types[SIM_COLUMNS])
{
    int row, column;
    memset(out, 0, sizeof *out);
    for (row = 0; row < SIM_ROWS; row++) {
        out->there[row] = (char)(sim_fids[row] &&
                                 is_there(&out->row_conflict[row], known, row));
        for (column = 0; out->there[row] && column < SIM_COLUMNS; column++)
            if (types[column])
                out->now[row][column] =
                    shown_value(&out->conflict[row][column], known, row, column,
                                types[column]);
    }
}

/* ---- what is pending ---- */

static void book_insert(const sim_view *v, int commit, int row)
{
    const sim_write *list[64];
    int column, i;
    sim_add_write(commit, row, WRITES_ROW)->insert = 1;
    for (column = 0; column < SIM_COLUMNS; column++) {
        sim_value now = v->now[row][column];
        int written = now.kind != TWIN_KIND_NULL;
        int count =
            written ? 0 : sim_standing(list, 64, &v->known, row, column);
        sim_write *w;
        /* NULL is said where a value is kept aside */
        for (i = 0; i < count; i++)
            written = written || list[i]->value.kind != TWIN_KIND_NULL;
        if (!written)
            continue;
        w = sim_add_write(commit, row, column);
        w->type = v->types[column];
        w->value = now;
    }
}

/* 1 if anything was written. */
static int book_update(const sim_view *v, const sim_state *before, int commit,
                       int row)
{
    int column, any = v->affirmed_row[row];
    for (column = 0; column < SIM_COLUMNS; column++)
        if (v->affirmed[row][column] ||
            !sim_value_equal(&v->now[row][column], &before->now[row][column])) {
            any = 1;
            if (commit >= 0) {
                sim_write *w = sim_add_write(commit, row, column);
                w->type = v->types[column];
                w->value = v->now[row][column];
            }
        }
    if (any && commit >= 0)
        sim_add_write(commit, row, WRITES_ROW);
    return any;
}

/* Writes of COMMIT, or with -1 only whether there are any. */
static int book_rows(const sim_view *v, int commit)
{
    sim_state before;
    int row, any = 0;
    sim_evaluate(&before, &v->known, v->types);
    for (row = 0; row < SIM_ROWS; row++) {
        if (v->there[row] && before.there[row]) {
            any = book_update(v, &before, commit, row) || any;
        } else if (v->there[row] || before.there[row]) {
            any = 1;
            if (commit >= 0 && v->there[row])
                book_insert(v, commit, row);
            else if (commit >= 0)
                sim_add_write(commit, row, WRITES_DELETE);
        }
    }
    return any;
}

int sim_pending(const sim_view *v)
{
    int column, any = book_rows(v, -1);
    for (column = 0; column < SIM_COLUMNS; column++)
        any = any || v->declared[column];
    return any;
}

void sim_book(sim_view *v, int commit)
{
    sim_commit *c = &sim_commits[commit];
    int column;
    c->booked = 1;
    c->seen = v->known;
    sim_put(&c->seen, commit);
    for (column = 0; column < SIM_COLUMNS; column++)
        c->declared[column] = v->types[column];
    book_rows(v, commit);
}

void sim_show(sim_view *v, const sim_set *known)
{
    sim_state state;
    int i, column;
    v->known = *known;
    memset(v->affirmed_row, 0, sizeof v->affirmed_row);
    memset(v->affirmed, 0, sizeof v->affirmed);
    memset(v->declared, 0, sizeof v->declared);
    for (i = 0; i < sim_commit_count; i++)
        for (column = 0; sim_has(known, i) && column < SIM_COLUMNS; column++) {
            twin_type type = sim_commits[i].declared[column];
            if (type && !sim_commits[i].refused)
                v->types[column] = v->types[column]
                                       ? twin_type_join(v->types[column], type)
                                       : type;
        }
    sim_evaluate(&state, known, v->types);
    memcpy(v->there, state.there, sizeof v->there);
    memcpy(v->now, state.now, sizeof v->now);
}
