/* SPDX-License-Identifier: MIT */
/* What is being typed, in words, before it is handed in. */
#include "work/fill_internal.h"

/* A file would be copied by being understood; choices have their list. */
static int has_words(fill_kind kind)
{
    switch (kind) {
    case FILL_INTEGER:
    case FILL_DECIMAL:
    case FILL_DATE:
    case FILL_TIME:
    case FILL_DATETIME:
    case FILL_RANGE:
    case FILL_POINT:
    case FILL_TRACE:
    case FILL_SHAPE:
        return 1;
    default:
        return 0;
    }
}

int fill_preview(buffer *out, fill *f, const fill_question *q,
                 const char *typed)
{
    fill_question meant = *q;
    buffer value = {0};
    arena *memory = NULL;
    const char *words = "";
    if (!has_words(q->kind) || !*typed)
        return TAWAM_OK;
    int error = arena_new(&memory);
    int understood = error == TAWAM_OK &&
                     fill_typed(&value, f, q, typed) == TAWAM_OK &&
                     buffer_check(&value) == TAWAM_OK && value.length;
    if (understood) {
        meant.value = (const char *)value.data;
        error = fill_echo(&words, f, &meant, memory);
    }
    if (error == TAWAM_OK) {
        error_clear(); /* of what is not understood yet */
        buffer_text(out, words);
    }
    arena_free(memory);
    buffer_free(&value);
    return error;
}
