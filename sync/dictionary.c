/* SPDX-License-Identifier: MIT */
/* The territory's dictionary: which one a commit is written with, and whether
 * a new one would be worth its bytes.
 *
 *   main's tree:  dictionary/ID        the bytes, for ever: old commits need it
 *                 dictionary/current   the ID new commits are written with
 *
 * A new one is made of the older of the recent changesets and tried on the
 * newest, which it has not seen: how it does on them is how it will do.
 */
#include "sync/sync_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOKED_AT = 128,     /* commits, newest first */
    CELLS_MOST = 400000, /* of all of them, so that memory stays bounded */
    SMALL = 20000,       /* cells of a commit that a dictionary is tried on */
    TRIED_LEAST = 3      /* fewer tell nothing */
};

/* ---- writing ---- */

/* The newest commit of main among those SEEN; ID "" if there is none. */
static int newest_main(char id[SYNC_ID_SIZE], sync_desk *s, const vector *seen)
{
    char(*ids)[SYNC_ID_SIZE] = NULL;
    size_t count = 0, i;
    int code = merge_ids(&ids, &count, s->m,
                         "SELECT id FROM tawam_commit WHERE published=1"
                         " ORDER BY number DESC");
    id[0] = 0;
    for (i = 0; !code && i < count; i++) {
        commit_place place;
        int64_t number = merge_number(s->m, ids[i]);
        code = number < 0 ? (int)number : merge_place(&place, s->m, number);
        if (!code && vector_covers(seen, &place)) {
            memcpy(id, ids[i], SYNC_ID_SIZE);
            break;
        }
    }
    free(ids);
    return code;
}

int sync_dictionary_for(const changeset_dictionary **out, sync_desk *s,
                        const vector *seen)
{
    char id[SYNC_ID_SIZE];
    int code = newest_main(id, s, seen);
    *out = NULL;
    if (!code && id[0])
        code = gitlog_main_dictionary(out, s->log, id);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

int sync_read_changes(changeset **out, const void *bytes, size_t length,
                      const char *path)
{
    gitlog *log = NULL;
    int code = gitlog_open(&log, path);
    if (!code)
        code = gitlog_decode(out, log, bytes, length);
    gitlog_free(log);
    return code;
}

/* ---- samples ---- */

typedef struct samples {
    changeset *list[LOOKED_AT]; /* owned; newest first */
    int small[LOOKED_AT];
    size_t count, small_count;
    size_t cells;
} samples;

static void samples_clear(samples *x)
{
    size_t i;
    for (i = 0; i < x->count; i++)
        changeset_free(x->list[i]);
    memset(x, 0, sizeof *x);
}

static size_t cells_of(const changeset *c)
{
    size_t i, cells = 0;
    for (i = 0; i < c->layer_count; i++)
        cells += c->layers[i].cell_count + c->layers[i].row_count;
    return cells;
}

/* One more, unless it would be too much; what can't be read is passed over. */
static int add_sample(samples *x, sync_desk *s, const char *id)
{
    changeset *c = NULL;
    size_t cells;
    int code = gitlog_load(&c, s->log, id);
    if (code) {
        code = code == TAWAM_EMEMORY ? code : TAWAM_OK;
        error_clear();
        return code;
    }
    cells = cells_of(c);
    if (!cells || x->cells + cells > CELLS_MOST) {
        changeset_free(c);
        return TAWAM_OK;
    }
    x->small[x->count] = cells <= SMALL;
    x->small_count += cells <= SMALL;
    x->list[x->count++] = c;
    x->cells += cells;
    return TAWAM_OK;
}

static int load_samples(samples *x, sync_desk *s)
{
    char(*ids)[SYNC_ID_SIZE] = NULL;
    size_t count = 0, i;
    int code = merge_ids(&ids, &count, s->m,
                         "SELECT id FROM tawam_commit WHERE published=0 AND"
                         " state=1 ORDER BY logical DESC, number DESC"
                         " LIMIT 128");
    for (i = 0; !code && i < count && x->count < LOOKED_AT; i++)
        code = add_sample(x, s, ids[i]);
    free(ids);
    return code;
}

/* ---- trying ---- */

/* Bytes of the first TRIED small samples, written with D. */
static int measure(int64_t *bytes, samples *x, size_t tried,
                   const changeset_dictionary *d)
{
    buffer out = {0};
    size_t i, done = 0;
    int code = TAWAM_OK;
    *bytes = 0;
    for (i = 0; !code && done < tried && i < x->count; i++) {
        if (!x->small[i])
            continue;
        buffer_clear(&out);
        code = changeset_encode_with(&out, x->list[i], d);
        *bytes += (int64_t)out.length;
        done++;
    }
    buffer_free(&out);
    return code;
}

/* Samples that are not among the first TRIED small ones; TRIED 0: all. */
static size_t older(const changeset **out, const samples *x, size_t tried)
{
    size_t i, done = 0, count = 0;
    for (i = 0; i < x->count; i++) {
        if (x->small[i] && done < tried)
            done++;
        else
            out[count++] = x->list[i];
    }
    return count;
}

/* A dictionary from the older ones, of at most LIMIT bytes, and what the
 * newest come to with it. */
static int try_size(int64_t *after, buffer *bytes, samples *x, size_t tried,
                    size_t limit)
{
    const changeset *list[LOOKED_AT];
    changeset_dictionary *d = NULL;
    size_t count = older(list, x, tried);
    int code;
    buffer_clear(bytes);
    code = changeset_dictionary_train(bytes, list, count, limit);
    if (!code)
        code = changeset_dictionary_open(&d, bytes->data, bytes->length);
    if (!code)
        code = measure(after, x, tried, d);
    changeset_dictionary_free(d);
    return code;
}

/* What a dictionary of LENGTH bytes wins in as many commits as were looked
 * at, less itself. */
static int64_t gain(const samples *x, const sync_training *t, int64_t after,
                    size_t length)
{
    return (t->before - after) * (int64_t)x->small_count / t->tried -
           (int64_t)length;
}

/* The size that wins most; 0 if none is worth it. */
static int choose_size(size_t *best, samples *x, sync_training *t, int eager)
{
    /* a link that is cut every 30 kB must carry it in one piece */
    static const size_t sizes[] = {2048, 4096, 8192, 16384};
    int64_t most = 0, after = 0;
    buffer bytes = {0};
    size_t i;
    int code = TAWAM_OK;
    *best = 0;
    t->after = t->before;
    for (i = 0; !code && i < sizeof sizes / sizeof *sizes; i++) {
        int64_t won;
        code = try_size(&after, &bytes, x, (size_t)t->tried, sizes[i]);
        if (code == TAWAM_EUSAGE) { /* the names alone are longer */
            code = TAWAM_OK;
            error_clear();
            continue;
        }
        won = gain(x, t, after, eager ? 0 : bytes.length);
        if (code || won <= most ||
            (!eager && (t->before - after) * 20 < t->before))
            continue;
        most = won;
        *best = sizes[i];
        t->after = after;
    }
    buffer_free(&bytes);
    return code;
}

/* The one to be kept is made of all of them, the newest too. */
static int make_final(sync_training *t, buffer *bytes, samples *x, size_t limit)
{
    const changeset *list[LOOKED_AT];
    changeset_dictionary *d = NULL;
    size_t count = older(list, x, 0);
    int code = changeset_dictionary_train(bytes, list, count, limit);
    if (!code)
        code = changeset_dictionary_open(&d, bytes->data, bytes->length);
    if (!code) {
        snprintf(t->id, sizeof t->id, "%016llx",
                 (unsigned long long)changeset_dictionary_id(d));
        t->length = bytes->length;
    }
    changeset_dictionary_free(d);
    return code;
}

int sync_train(sync_training *out, buffer *bytes, sync_desk *s, int eager)
{
    const changeset_dictionary *present = NULL;
    char main_id[SYNC_ID_SIZE];
    sync_training t = {{0}, 0, 0, 0, 0};
    samples *x = memory_new(sizeof *x);
    size_t best = 0;
    int code = x ? load_samples(x, s) : TAWAM_EMEMORY;

    if (!code && x->small_count / 4 >= TRIED_LEAST)
        t.tried = (int64_t)x->small_count / 4;
    if (!code && t.tried) {
        code = gitlog_ref(main_id, s->log, MAIN_REF);
        if (!code)
            code = gitlog_main_dictionary(&present, s->log, main_id);
        code = code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    }
    if (!code && t.tried)
        code = measure(&t.before, x, (size_t)t.tried, present);
    if (!code && t.tried)
        code = choose_size(&best, x, &t, eager);
    if (!code && best)
        code = make_final(&t, bytes, x, best);
    if (x)
        samples_clear(x);
    free(x);
    if (!code)
        *out = t;
    return code;
}
