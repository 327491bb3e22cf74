/* SPDX-License-Identifier: MIT */
/* What uuid() gives while a draft is filled: uuids that follow from the ids of
 * the draft's run, so that an entity which gets one costs no bytes for it, nor
 * the record for naming it (FORMAT.md, "Ids").
 *
 * Invariants:
 *  1. No two of one draft are equal. Which were given is not stored: the last
 *     that stands somewhere in the record tells it. One that stands nowhere
 *     has named nothing, since entities are made when the draft ends.
 *  2. An edit draws others: the record may have used its run. */
#include "form/draft_internal.h"
#include <string.h>

/* 1 if UUID stands in a value of NODE or its attributes. */
static int holds(const form_node *node, const char *uuid)
{
    if (!node->first && strstr(node->value, uuid))
        return 1;
    for (const form_node *a = node->attributes; a; a = a->next)
        if (strstr(a->value, uuid))
            return 1;
    return 0;
}

static int is_used(const draft *d, const char *uuid)
{
    form_node *root = record_root(d->r);
    for (form_node *n = root; n; n = form_node_after(n, root, 1))
        if (holds(n, uuid))
            return 1;
    return 0;
}

static void count_given(draft *d)
{
    char uuid[37];
    d->ids_given = STORE_RUN_UUIDS;
    for (; d->ids_given; d->ids_given--) {
        twin_uuid_from_fid(uuid, d->fid + STORE_RUN_ROWS + d->ids_given - 1);
        if (is_used(d, uuid))
            break;
    }
    d->ids_counted = 1;
}

static int draw_uuid(char out[37], void *drawing)
{
    draft *d = drawing;
    int64_t fid = 0;
    int code = TAWAM_OK;
    if (!d->ids_counted && d->r)
        count_given(d);
    if (!d->edits && store_has_run(d->fid, d->instance_id) && d->ids_counted &&
        d->ids_given < STORE_RUN_UUIDS)
        fid = d->fid + STORE_RUN_ROWS + d->ids_given++;
    else
        code = twin_draw_fid(&fid, d->t, 0);
    if (code == TAWAM_OK)
        twin_uuid_from_fid(out, fid);
    return code;
}

void draft_surroundings(record_surroundings *s, draft *d)
{
    s->instance_id = d->instance_id;
    s->twin = s->twin ? s->twin : d->t;
    s->uuid = draw_uuid;
    s->drawing = d;
}
