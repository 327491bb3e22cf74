/* SPDX-License-Identifier: MIT */
/* The parents of our line's next commit: which heads it says it has seen.
 *
 * Each costs some 25 bytes on the wire, and with sixty devices that sync every
 * evening the last of them would list fifty-nine. What a commit must have seen
 * is what touched the rows it touches itself: those writes it supersedes. So
 * heads are listed that hold these, main if it is a head, and others only as
 * far as FEW. A head that is left out is not denied, only not mentioned: no
 * merge depends on it, and main, once published, holds it.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 4 }; /* parents that are listed whether needed or not */

typedef struct head {
    int64_t number;
    int taken, published;
    vector seen;
    commit_place place;
} head;

typedef struct choice {
    head *heads; /* applied here and no one's ancestor; not our own last */
    size_t count;
    vector seen; /* by our last commit and the heads taken */
    size_t taken;
} choice;

static void choice_clear(choice *c)
{
    size_t i;
    for (i = 0; i < c->count; i++)
        vector_free(&c->heads[i].seen);
    free(c->heads);
    vector_free(&c->seen);
}

static int load_heads(choice *c, sync_desk *s, int64_t own)
{
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    int code = twin_prepare(&statement, s->t,
                            "SELECT number, published, vector FROM tawam_commit"
                            " WHERE is_head=1 ORDER BY logical DESC, id",
                            0);
    while (!code && (code = twin_step(s->t, statement)) == 1) {
        head h = {.number = sqlite3_column_int64(statement, 0),
                  .published = sqlite3_column_int(statement, 1)};
        code = TAWAM_OK;
        if (h.number == own)
            continue;
        code = memory_reserve((void **)&c->heads, &capacity, c->count + 1,
                              sizeof *c->heads);
        if (!code)
            code = vector_decode(&h.seen, sqlite3_column_blob(statement, 2),
                                 (size_t)sqlite3_column_bytes(statement, 2));
        if (!code)
            code = merge_place(&h.place, s->m, h.number);
        if (!code)
            c->heads[c->count++] = h;
        else
            vector_free(&h.seen);
    }
    sqlite3_finalize(statement);
    return code;
}

static int take(choice *c, size_t at)
{
    c->heads[at].taken = 1;
    c->taken++;
    return vector_join(&c->seen, &c->heads[at].seen);
}

/* Commit NUMBER has touched a row that is about to be recorded. */
static int need(choice *c, sync_desk *s, int64_t number)
{
    commit_place place;
    size_t i;
    int code = merge_place(&place, s->m, number);
    if (code || vector_covers(&c->seen, &place))
        return code;
    for (i = 0; i < c->count; i++)
        if (!c->heads[i].taken && vector_covers(&c->heads[i].seen, &place))
            return take(c, i);
    return error_set(TAWAM_EDAMAGED,
                     _("commit %s is applied here but no head holds it"),
                     place.id);
}

static int take_needed(choice *c, sync_desk *s)
{
    static const char SQL[] =
        "WITH p(layer, fid) AS (SELECT layer, fid FROM tawam_pending_row"
        " UNION SELECT layer, fid FROM tawam_pending_affirm)"
        " SELECT t.\"commit\" FROM p CROSS JOIN tawam_touch t"
        " ON t.layer=p.layer AND t.fid=p.fid"
        " UNION SELECT r.origin FROM p CROSS JOIN tawam_row r"
        " ON r.layer=p.layer AND r.fid=p.fid WHERE r.origin<>0"
        " UNION SELECT c.\"commit\" FROM p CROSS JOIN tawam_cell c"
        " ON c.layer=p.layer AND c.fid=p.fid"
        " UNION SELECT d.\"commit\" FROM p CROSS JOIN tawam_delete d"
        " ON d.layer=p.layer AND d.fid=p.fid"
        " ORDER BY 1 DESC";
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t, SQL, 0);
    while (!code && (code = twin_step(s->t, statement)) == 1)
        code = need(c, s, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return code;
}

/* main first, since it holds the most; then the latest. */
static int take_others(choice *c, size_t few)
{
    size_t i;
    int code = TAWAM_OK;
    for (i = 0; !code && i < c->count; i++)
        if (c->heads[i].published && !c->heads[i].taken)
            code = take(c, i);
    for (i = 0; !code && i < c->count && c->taken < few; i++)
        if (!c->heads[i].taken)
            code = take(c, i);
    return code;
}

static int write_list(char (**out)[SYNC_ID_SIZE], size_t *count,
                      const choice *c, const char *own)
{
    char(*list)[SYNC_ID_SIZE] = memory_array(c->taken + 2, sizeof *list);
    size_t i, used = 0;
    if (!list)
        return TAWAM_EMEMORY;
    if (own[0])
        memcpy(list[used++], own, SYNC_ID_SIZE);
    for (i = 0; i < c->count; i++)
        if (c->heads[i].taken && !(TEETH(OWN_PARENT_ONLY) && used))
            memcpy(list[used++], c->heads[i].place.id, SYNC_ID_SIZE);
    *out = list;
    *count = used;
    return TAWAM_OK;
}

int sync_choose_parents(char (**out)[SYNC_ID_SIZE], size_t *count, sync_desk *s,
                        const char *own)
{
    choice c = {0};
    int64_t number = own[0] ? merge_number(s->m, own) : 0;
    int code = number < 0 ? (int)number : TAWAM_OK;
    if (!code && number)
        code = merge_vector(&c.seen, s->m, number);
    if (!code)
        code = load_heads(&c, s, number);
    if (!code && c.count >= FEW)
        code = take_needed(&c, s);
    if (!code)
        code = take_others(&c, FEW - 1);
    if (!code)
        code = write_list(out, count, &c, own);
    choice_clear(&c);
    return code;
}
