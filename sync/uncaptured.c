/* SPDX-License-Identifier: MIT */
/* uncaptured: layers where another program took our triggers away or wrote the
 * table anew. Until the next record takes up what it wrote, their rows differ
 * from the log without a note of it, which is no damage.
 */
#include "sync/merge_internal.h"
#include "sync/sync_internal.h"

#include <sqlite3.h>

int uncaptured_layer(const twin_layer **out, twin *t)
{
    size_t count = twin_layer_count(t);
    for (size_t i = 0; i < count; i++) {
        const twin_layer *layer = twin_layer_at(t, i);
        int whole = layer ? twin_capture_whole(t, layer) : 1;
        if (whole < 0)
            return whole;
        if (!whole) {
            *out = twin_layer_by_id(t, layer->id);
            return *out ? 1 : 0;
        }
    }
    return 0;
}

/* 1 if every layer has a table, <0 error. */
static int tables_there(twin *t)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT 1 FROM tawam_layer l WHERE NOT EXISTS"
                            " (SELECT 1 FROM sqlite_schema s WHERE"
                            " s.type='table' AND s.name=l.name COLLATE NOCASE)",
                            0);
    if (code)
        return code;
    code = twin_step(t, statement);
    sqlite3_finalize(statement);
    return code < 0 ? code : !code;
}

static int take(sync_desk *s)
{
    int drifted = 0;
    int code = twin_pending_prepare(s->t, &drifted);
    return !code && drifted ? sync_compare_drift(s) : code;
}

int uncaptured_take(sync_desk *s)
{
    int code = twin_check_file(s->t);
    if (!code)
        code = tables_there(s->t);
    if (code <= 0)
        return code;
    code = twin_begin(s->t);
    if (code)
        return code;
    code = take(s);
    if (!code)
        code = twin_commit(s->t);
    if (code)
        twin_rollback(s->t);
    return code ? code : 1;
}
