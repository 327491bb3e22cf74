/* SPDX-License-Identifier: MIT */
/* What a commit overwrote in a row, as this replica saw it: `before` of
 * tawam_touch. With it a row as it stood at a version follows from the row of
 * now and the touches since (row_at.c); from the log alone the commits that
 * first wrote its cells would have to be decoded, which for a day of edits all
 * over a table are most of the history.
 *
 *   ""                            the row was as it is afterwards
 *   01                            it was not in its table
 *   02 (column kind value)*       it was, and these cells held that
 *
 * column is the local id, a varint; kind a twin_kind. An integer is a zig-zag
 * varint, a real its 8 bytes (low first), text and bytes a length and
 * themselves. Values stand as the column's type held them then; as a wider type
 * holds them they are the same by whatever way (twin.h).
 */
#include "sync/changeset_internal.h"
#include "sync/merge_row_internal.h"

#include <string.h>

/* ---- writing ---- */

static void write_real(buffer *out, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        buffer_byte(out, (uint8_t)(bits >> 8 * i));
}

static void write_cell(buffer *out, int column, const twin_value *value)
{
    varint_write(out, (uint64_t)column);
    buffer_byte(out, (uint8_t)value->kind);
    switch (value->kind) {
    case TWIN_KIND_NULL:
        break;
    case TWIN_KIND_INTEGER:
        varint_write(out, zigzag(value->integer));
        break;
    case TWIN_KIND_REAL:
        write_real(out, value->real);
        break;
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        varint_write(out, value->length);
        buffer_bytes(out, value->bytes, value->length);
        break;
    }
}

/* A cell of the table, if it will show something else. */
static void note_cell(row_state *r, const twin_cell *cell)
{
    const twin_column *c = twin_column_by_id(r->layer, cell->column);
    const entry *shown = row_shown_entry(r, cell->column);
    twin_value now = {.kind = TWIN_KIND_NULL};
    char storage[64];
    if (c && shown)
        now = twin_value_convert(&shown->value, c->type, storage);
    if (!twin_value_equal(&cell->value, &now))
        write_cell(&r->m->former, cell->column, &cell->value);
}

/* Of a row that stays in its table: the columns written. */
static int note_written(row_state *r, const merge_cell *cells, size_t count)
{
    twin_cell *old = arena_alloc(r->m->memory, (count + 1) * sizeof *old);
    size_t i;
    int code = old ? TAWAM_OK : TAWAM_EMEMORY;
    for (i = 0; !code && i < count; i++)
        old[i].column = cells[i].column;
    if (!code && count)
        code =
            twin_row_peek(old, count, r->m->t, r->layer, r->fid, r->m->memory);
    for (i = 0; !code && i < count; i++)
        note_cell(r, &old[i]);
    return code;
}

/* Of a row that leaves it: whatever is not NULL. */
static int note_whole(row_state *r)
{
    size_t i;
    int code = row_read_table(r);
    for (i = 0; !code && i < r->layer->column_count; i++)
        if (r->table[i].value.kind != TWIN_KIND_NULL)
            write_cell(&r->m->former, r->table[i].column, &r->table[i].value);
    return code;
}

int row_note_former(row_state *r, const merge_cell *cells, size_t count,
                    const merge_cell *before, size_t before_count)
{
    buffer *out = &r->m->former;
    size_t i;
    int code = TAWAM_OK;
    buffer_clear(out);
    if (r->m->filter || (!r->was_alive && !r->alive))
        return TAWAM_OK;
    if (!r->was_alive) {
        buffer_byte(out, FORMER_ABSENT);
        return buffer_check(out);
    }
    buffer_byte(out, FORMER_CELLS);
    if (!r->w->local)
        code = r->alive ? note_written(r, cells, count) : note_whole(r);
    for (i = 0; r->w->local && i < before_count; i++)
        write_cell(out, before[i].column, &before[i].value);
    if (r->alive && out->length == 1) /* nothing is shown differently */
        buffer_clear(out);
    return code ? code : buffer_check(out);
}

/* ---- reading ---- */

typedef struct source {
    const uint8_t *bytes;
    size_t length, at;
} source;

static int take(const char **out, source *s, uint64_t length)
{
    if (length > s->length - s->at)
        return TAWAM_EDAMAGED;
    *out = (const char *)s->bytes + s->at;
    s->at += (size_t)length;
    return TAWAM_OK;
}

static int take_varint(uint64_t *out, source *s)
{
    int shift = 0;
    *out = 0;
    while (s->at < s->length && shift < 64) {
        uint8_t byte = s->bytes[s->at++];
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return TAWAM_OK;
        shift += 7;
    }
    return TAWAM_EDAMAGED;
}

static int read_real(double *out, source *s)
{
    const char *bytes = NULL;
    uint64_t bits = 0;
    int code = take(&bytes, s, 8);
    for (int i = 0; !code && i < 8; i++)
        bits |= (uint64_t)(uint8_t)bytes[i] << 8 * i;
    memcpy(out, &bits, sizeof bits);
    return code;
}

static int read_value(twin_value *value, source *s)
{
    uint64_t number = 0;
    int code = TAWAM_OK;
    switch (value->kind) {
    case TWIN_KIND_NULL:
        return TAWAM_OK;
    case TWIN_KIND_INTEGER:
        code = take_varint(&number, s);
        value->integer = unzigzag(number);
        return code;
    case TWIN_KIND_REAL:
        return read_real(&value->real, s);
    case TWIN_KIND_TEXT:
    case TWIN_KIND_BYTES:
        code = take_varint(&number, s);
        value->length = (size_t)number;
        return code ? code : take(&value->bytes, s, number);
    }
    return TAWAM_EDAMAGED;
}

int former_read(former_kind *kind, const void *bytes, size_t length,
                int (*call)(void *context, int column, const twin_value *value),
                void *context)
{
    source s = {bytes, length, 1};
    int code = TAWAM_OK;
    *kind = length ? (former_kind)s.bytes[0] : FORMER_SAME;
    if (length && (*kind < FORMER_ABSENT || *kind > FORMER_CELLS ||
                   (*kind == FORMER_ABSENT && length > 1)))
        return TAWAM_EDAMAGED;
    while (!code && s.at < length) {
        twin_value value = {.kind = TWIN_KIND_NULL};
        uint64_t column = 0;
        code = take_varint(&column, &s);
        if (!code && s.at < length && column <= INT32_MAX)
            value.kind = (twin_kind)s.bytes[s.at++];
        else
            code = TAWAM_EDAMAGED;
        if (!code)
            code = read_value(&value, &s);
        if (!code)
            code = call(context, (int)column, &value);
    }
    return code;
}
