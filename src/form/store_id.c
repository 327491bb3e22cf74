/* SPDX-License-Identifier: MIT */
/* Ids that follow from what a row is of, so that two replicas which make a row
 * of the same submission make the same row, and that most cost no bytes. */
#include "form/draft.h"
#include "form/store_internal.h"
#include <stdio.h>
#include <string.h>

/* 63 bits of the digest of COUNT texts with NULs between. */
static int digest_of(int64_t *out, const char *const *texts, size_t count)
{
    uint8_t sum[DIGEST_SIZE];
    uint64_t bits = 0;
    digest *d = NULL;
    int code = digest_new(&d);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        digest_add(d, texts[i], strlen(texts[i]) + (i + 1 < count));
    digest_finish(d, sum);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | sum[i];
    *out = (int64_t)(bits >> 1);
    return TAWAM_OK;
}

int store_id_of(int64_t *fid, const char *text)
{
    const char *uuid = strncmp(text, "uuid:", 5) == 0 ? text + 5 : text;
    if (twin_fid_from_uuid(fid, uuid) && *fid)
        return TAWAM_OK;
    return digest_of(fid, &text, 1);
}

int store_has_run(int64_t fid, const char *instance_id)
{
    int64_t of = 0;
    const char *uuid = store_uuid_of(instance_id);
    return fid % TWIN_RUN == 0 && uuid && twin_fid_from_uuid(&of, uuid) &&
           of == fid;
}

int draft_key(char out[42], const char *form_id, const char *key)
{
    const char *texts[] = {"key", form_id, key};
    int64_t fid = 0;
    int code = digest_of(&fid, texts, 3);
    memcpy(out, "uuid:", 5);
    twin_uuid_from_fid(out + 5, fid - fid % TWIN_RUN);
    return code;
}

/* The id of the next new row of CHILD; 0: any will do. */
static int next_id(int64_t *fid, store_job *j, const form_layer *child)
{
    size_t place = j->made[child - j->l->layers]++;
    char block[24];
    const char *texts[] = {j->made_by, child->item->path, block};
    int code;
    if (j->has_run && place < STORE_RUN_ROWS - 1) {
        *fid = j->fid + 1 + (int64_t)place;
        return TAWAM_OK;
    }
    *fid = 0;
    if (!*j->made_by)
        return TAWAM_OK;
    place -= j->has_run ? STORE_RUN_ROWS - 1 : 0;
    snprintf(block, sizeof block, "%zu", place / TWIN_RUN);
    code = digest_of(fid, texts, 3);
    *fid -= *fid % TWIN_RUN;
    if (*fid)
        *fid += (int64_t)(place % TWIN_RUN);
    return code;
}

int store_choose_id(int64_t *fid, int *exists, store_job *j,
                    const form_layer *child, const char *parent)
{
    int64_t *below = NULL;
    size_t count = 0;
    const twin_layer *rows = NULL;
    int code = store_layer(&rows, j, child);
    if (code == TAWAM_OK)
        code = next_id(fid, j, child);
    if (code == TAWAM_OK && *fid)
        code = twin_row_exists(j->t, rows, *fid);
    if (code <= 0)
        return code;
    code = store_children(&below, &count, j->t, child, parent, j->memory);
    for (size_t i = 0; code == TAWAM_OK && i < count && !*exists; i++)
        *exists = below[i] == *fid;
    if (!*exists)
        *fid = 0;
    return code;
}
