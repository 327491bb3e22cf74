/* SPDX-License-Identifier: MIT */
/* Version vectors: of each chain, how many of its commits had been seen. */
#include "sync/merge_internal.h"

#include <stdlib.h>
#include <string.h>

void vector_free(vector *v)
{
    free(v->entries);
    memset(v, 0, sizeof *v);
}

/* Where CHAIN stands or would stand. */
static size_t vector_slot(const vector *v, int64_t chain)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->entries[middle].chain < chain)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t vector_position(const vector *v, int64_t chain)
{
    size_t slot = vector_slot(v, chain);
    if (slot < v->count && v->entries[slot].chain == chain)
        return v->entries[slot].position;
    return 0;
}

int vector_raise(vector *v, int64_t chain, int64_t position)
{
    size_t slot = vector_slot(v, chain);
    if (slot < v->count && v->entries[slot].chain == chain) {
        if (v->entries[slot].position < position)
            v->entries[slot].position = position;
        return TAWAM_OK;
    }
    if (memory_reserve((void **)&v->entries, &v->capacity, v->count + 1,
                       sizeof *v->entries) < 0)
        return TAWAM_EMEMORY;
    memmove(v->entries + slot + 1, v->entries + slot,
            (v->count - slot) * sizeof *v->entries);
    v->entries[slot] = (vector_entry){chain, position};
    v->count++;
    return TAWAM_OK;
}

int vector_join(vector *v, const vector *other)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < other->count; i++)
        code = vector_raise(v, other->entries[i].chain,
                            other->entries[i].position);
    return code;
}

static void put_varint(buffer *out, uint64_t value)
{
    while (value >= 0x80) {
        buffer_byte(out, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    buffer_byte(out, (uint8_t)value);
}

static int get_varint(uint64_t *value, const uint8_t **at, const uint8_t *end)
{
    int shift = 0;
    *value = 0;
    while (*at < end && shift < 64) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return TAWAM_OK;
        shift += 7;
    }
    return error_set(TAWAM_EDAMAGED, _("a version vector is cut off"));
}

/* Chains as differences, positions plain, all varints. */
void vector_encode(buffer *out, const vector *v)
{
    size_t i;
    int64_t last = 0;
    for (i = 0; i < v->count; i++) {
        put_varint(out, (uint64_t)(v->entries[i].chain - last));
        put_varint(out, (uint64_t)v->entries[i].position);
        last = v->entries[i].chain;
    }
}

int vector_decode(vector *out, const void *bytes, size_t length)
{
    const uint8_t *at = bytes, *end = at + length;
    uint64_t chain = 0;
    int code = TAWAM_OK;
    out->count = 0;
    while (!code && at < end) {
        uint64_t step = 0, position = 0;
        code = get_varint(&step, &at, end);
        if (!code)
            code = get_varint(&position, &at, end);
        /* chains grow and positions begin at 1: so it was written */
        if (!code && ((!step && out->count) || step > INT64_MAX - chain ||
                      !position || position > INT64_MAX))
            code = error_set(TAWAM_EDAMAGED, _("a version vector is damaged"));
        chain += step;
        if (!code)
            code = vector_raise(out, (int64_t)chain, (int64_t)position);
    }
    return code;
}

int vector_covers(const vector *v, const commit_place *place)
{
    return vector_position(v, place->chain) >= place->position;
}
