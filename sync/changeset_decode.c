/* SPDX-License-Identifier: MIT */
/* The bytes of changes.zst into a changeset: the one place where foreign bytes
 * become structures. Every count is checked before room for it is made; every
 * byte has to be used; see changeset_internal.h for the bounds.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

#define FLAGS_KNOWN (CHANGESET_FLAG_LETTERS | CHANGESET_FLAG_DICTIONARY)

static int read_header(const buffer *content, size_t *position)
{
    const uint8_t *bytes = content->data;

    if (content->length < CHANGESET_MAGIC_SIZE || memcmp(bytes, "TC", 2) != 0)
        return changeset_damaged(_("no changeset is in its zstd frame"));
    if (bytes[2] > CHANGESET_VERSION)
        return error_set(TAWAM_ENEWER,
                         _("the changeset has format %d; this tawam reads up "
                           "to %d: take a newer one"),
                         bytes[2], CHANGESET_VERSION);
    if (bytes[2] == 0)
        return changeset_damaged(_("there is no format 0"));
    if (bytes[3] & ~FLAGS_KNOWN)
        return error_set(TAWAM_ENEWER,
                         _("the changeset uses features 0x%02x, which this "
                           "tawam does not know: take a newer one"),
                         bytes[3]);
    *position = CHANGESET_MAGIC_SIZE;
    return TAWAM_OK;
}

/* The text part, which the values go on pointing into. */
static int read_text(codec *x, const buffer *content, size_t *position)
{
    uint64_t length = 0;
    int result = varint_read(&length, content->data, content->length, position,
                             _("the size of the text"));

    if (result < 0)
        return result;
    if (length > content->length - *position)
        return changeset_damaged(_("its text is longer than the file"));
    if (codec_take(x, (size_t)length) < 0)
        return error_code();
    x->text_in =
        arena_copy(x->set->memory, content->data + *position, (size_t)length);
    if (!x->text_in)
        return TAWAM_EMEMORY;
    x->text_length = (size_t)length;
    *position += (size_t)length;
    return TAWAM_OK;
}

/* The dictionary whose id stands at *POSITION. */
static int read_dictionary(codec *x, const buffer *content, size_t *position,
                           changeset_find_dictionary find, void *context)
{
    uint64_t id = 0;
    int result = TAWAM_ENOTFOUND;

    if (content->length - *position < DICTIONARY_ID_BYTES)
        return changeset_damaged(_("it ends within the id of a dictionary"));
    for (size_t i = 0; i < DICTIONARY_ID_BYTES; i++)
        id = id << 8 | content->data[(*position)++];
    if (find)
        result = find(&x->dictionary, context, id);
    if (result == TAWAM_ENOTFOUND)
        return error_set(TAWAM_ENOTFOUND,
                         _("the changeset needs dictionary %016llx, which is "
                           "not here: fetch, and it can be read"),
                         (unsigned long long)id);
    return result;
}

static int decode_content(codec *x, const buffer *content, size_t length,
                          changeset_find_dictionary find, void *context)
{
    size_t position = 0;
    int result = read_header(content, &position);

    if (result == TAWAM_OK && content->data[3] & CHANGESET_FLAG_DICTIONARY)
        result = read_dictionary(x, content, &position, find, context);
    if (result < 0 || (result = codec_take(x, content->length)) < 0 ||
        (result = codec_open(x, x->set)) < 0)
        return result;
    x->coder.reading = 1; /* before it has anything to read */
    if (content->data[3] & CHANGESET_FLAG_LETTERS)
        result = letters_new(&x->letters,
                             x->dictionary ? x->dictionary->letters : NULL);
    else
        result = read_text(x, content, &position);
    if (result < 0)
        return result;
    coder_read(&x->coder, content->data + position, content->length - position,
               changeset_work_bound(length));
    if ((result = codec_run(x)) < 0 || (result = coder_finish(&x->coder)) < 0)
        return result;
    if (x->text_position != x->text_length)
        return changeset_damaged(_("%zu bytes of its text belong to nothing"),
                                 x->text_length - x->text_position);
    return TAWAM_OK;
}

int changeset_decode_open(codec *x, changeset **set, const void *bytes,
                          size_t length, changeset_find_dictionary find,
                          void *context)
{
    buffer content = {0};
    int result = TAWAM_OK;

    x->memory_limit = x->limits->memory;
    x->grown_bound = changeset_memory_bound(length);
    if (length > x->limits->compressed)
        return changeset_damaged(_("its %zu bytes are more than the %zu "
                                   "allowed"),
                                 length, x->limits->compressed);
    if ((result = changeset_unpack(&content, bytes, length,
                                   x->limits->uncompressed)) == TAWAM_OK &&
        (result = changeset_new(&x->set)) == TAWAM_OK)
        result = decode_content(x, &content, length, find, context);
    buffer_free(&content);
    if (result < 0) {
        changeset_free(x->set);
        x->set = NULL;
        return result;
    }
    changeset_close_filling(x->set);
    *set = x->set;
    return TAWAM_OK;
}

int changeset_decode_with(changeset **out, const void *bytes, size_t length,
                          const changeset_limits *limits,
                          changeset_find_dictionary find, void *context)
{
    codec x = {.limits = limits ? limits : &CHANGESET_LIMITS};
    int result = changeset_decode_open(&x, out, bytes, length, find, context);

    codec_close(&x);
    return result;
}

int changeset_decode(changeset **out, const void *bytes, size_t length,
                     const changeset_limits *limits)
{
    return changeset_decode_with(out, bytes, length, limits, NULL, NULL);
}
