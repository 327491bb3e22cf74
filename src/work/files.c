/* SPDX-License-Identifier: MIT */
/* files: attachments, as verbs and screens name them. */
#include <stdlib.h>
#include <string.h>
#include "work/files.h"

int work_attach(files_key *out, territory *t, const char *layer, int64_t fid,
                const char *column, const char *path, int create)
{
    const twin_layer *found = NULL;
    const twin_column *cell = NULL;
    twin_column_definition wanted = {column, TWIN_TEXT};
    int code = twin_layer_find(&found, t->twin, layer);

    if (code == TAWAM_OK && create)
        code = twin_layer_declare(t->twin, layer, found->geometry, &wanted, 1);
    if (code == TAWAM_OK)
        code = twin_layer_find(&found, t->twin, layer);
    if (code == TAWAM_OK)
        code = twin_column_find(&cell, found, column);
    if (code == TAWAM_OK) {
        code = twin_row_exists(t->twin, found, fid);
        if (!code)
            code = error_set(TAWAM_ENOTFOUND, _("the row is not there"));
    }
    if (code >= 0)
        code = files_take_in(out, t->sync, path);
    if (code == TAWAM_OK)
        code = files_attach(t->sync, found, fid, cell, out);
    return code;
}

int work_files_exchange(files_result *result, territory *t, const char *to,
                        const sync_options *options)
{
    char *remote = NULL, *url = NULL;
    int code = work_remote(&remote, &url, t, to);

    memset(result, 0, sizeof *result);
    if (code == TAWAM_OK)
        code = files_exchange(result, t->sync, remote, url, options);
    free(remote);
    free(url);
    return code;
}

int work_files_get(files_result *result, territory *t, const char *to,
                   const files_key *keys, size_t count,
                   const sync_options *options)
{
    char *remote = NULL, *url = NULL;
    int code = work_remote(&remote, &url, t, to);

    memset(result, 0, sizeof *result);
    if (code == TAWAM_OK)
        code = files_get(result, t->sync, remote, url, keys, count, options);
    free(remote);
    free(url);
    return code;
}

int work_files_drop(int64_t *dropped, int64_t *bytes, territory *t,
                    const char *to, const files_key *keys, size_t count,
                    const sync_options *options,
                    void (*kept)(void *context, const files_key *key),
                    void *context)
{
    char *remote = NULL, *url = NULL;
    int code = work_remote(&remote, &url, t, to);

    *dropped = *bytes = 0;
    if (code == TAWAM_OK)
        code = files_drop(dropped, bytes, t->sync, remote, url, keys, count,
                          options, kept, context);
    free(remote);
    free(url);
    return code;
}

/* ---- picking ---- */

typedef struct picking {
    const twin_layer *layer; /* NULL: all */
    int64_t fid;             /* 0: all */
    int column;              /* 0: all */
    files_key *keys;
    size_t count, capacity;
} picking;

static int pick(void *context, const files_place *place)
{
    picking *p = context;
    int code;

    if ((p->layer != NULL &&
         (place->layer == NULL || place->layer->id != p->layer->id)) ||
        (p->fid != 0 && place->fid != p->fid) ||
        (p->column != 0 &&
         (place->column == NULL || place->column->id != p->column)))
        return 0;
    code = memory_reserve((void **)&p->keys, &p->capacity, p->count + 1,
                          sizeof *p->keys);
    if (code == TAWAM_OK)
        p->keys[p->count++] = place->key;
    return code;
}

static int find_place(picking *p, territory *t, const char *const *words,
                      size_t count)
{
    const twin_column *column = NULL;
    int code = twin_layer_find(&p->layer, t->twin, words[0]);

    if (code == TAWAM_OK && count > 1)
        code = twin_row_find(&p->fid, t->twin, p->layer, words[1]);
    if (code == TAWAM_OK && count > 2)
        code = twin_column_find(&column, p->layer, words[2]);
    if (column != NULL)
        p->column = column->id;
    return code;
}

int work_files_pick(files_key **keys, size_t *count, territory *t,
                    const char *const *words, size_t word_count)
{
    picking p = {0};
    int code = TAWAM_OK;
    files_key key;

    if (word_count == 1 && files_key_read(&key, words[0], strlen(words[0]))) {
        p.keys = memory_new(sizeof key);
        if (p.keys == NULL)
            return TAWAM_EMEMORY;
        p.keys[0] = key;
        p.count = 1;
    } else {
        if (word_count > 0)
            code = find_place(&p, t, words, word_count);
        if (code == TAWAM_OK)
            code = files_each(t->sync, "hq", pick, &p);
    }
    if (code == TAWAM_OK && p.count == 0)
        code = error_set(TAWAM_ENOTFOUND, _("no attachment is named there"));
    if (code != TAWAM_OK) {
        free(p.keys);
        return code;
    }
    *keys = p.keys;
    *count = p.count;
    return TAWAM_OK;
}
