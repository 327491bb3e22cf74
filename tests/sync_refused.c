/* SPDX-License-Identifier: MIT */
/* A commit that an older program refused as of a newer format: it is
 * remembered, this program, which reads it, says so, and repair's replay takes
 * it up. */
#include "sync/remote.h"
#include "sync/repair.h"
#include "sync/sync_internal.h"
#include "tests/sync_fixture.h"

/* What an older program would have done with commit ID. */
static void refuse(desk *d, const char *id)
{
    gitlog_commit *c = NULL;
    const char *parents[8];
    working w = {0};
    MUST(gitlog_read(&c, d->s->log, id));
    for (size_t i = 0; i < c->parent_count && i < 8; i++)
        parents[i] = c->parents[i];
    MUST(twin_begin(d->t));
    MUST(twin_capture_off(d->t));
    MUST(merge_begin_commit(&w, d->s->m, parents, c->parent_count, c->device,
                            c->logical));
    snprintf(w.place.id, sizeof w.place.id, "%s", id);
    MUST(merge_enter_commit(d->s->m, &w, c, COMMIT_REFUSED, "format 9"));
    MUST(merge_note_newer(d->s->m, id));
    MUST(twin_commit(d->t));
    working_clear(&w);
    gitlog_commit_free(c);
}

int main(void)
{
    char hq[256], id[SYNC_ID_SIZE], hash[DIGEST_HEX_SIZE];
    desk a = {0}, b = {0};
    sync_status status;
    sync_verification v = {0};
    sync_repair_result r = {0};
    sync_repair_options o = {0};
    sync_result merged = {0};
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "old");
    desk_declare(&a);
    int64_t fid = desk_add(&a, "first");
    desk_sync(&a, hq);
    desk_clone(&b, "newer", hq);
    MUST(desk_set(&b, fid, "note", "from a newer one"));
    MUST(sync_record(id, NULL, b.s, NULL));
    snprintf(hash, sizeof hash, "%s", desk_hash(&b));
    desk_sync(&b, hq);
    MUST(remote_fetch(NULL, NULL, gitlog_path(a.s->log), "hq", hq, NULL));
    refuse(&a, id);
    MUST(sync_merge(&merged, a.s, NULL));
    is_str(desk_get(&a, fid, "note"), "(null)", "refused, it did nothing");
    MUST(desk_set(&a, fid, "name", "pending here"));
    MUST(sync_get_status(&status, a.s));
    is_int(status.readable_again, 1, "the status says it can be read now");
    is_int(sync_verify(&v, a.s, NULL, NULL, NULL), TAWAM_ENO,
           "verify says so, and that it is no damage");
    desk_close(&a);
    is_int(sync_repair(&r, a.dir, &o), TAWAM_OK, "repair %s", error_message());
    is_int(r.rebuilt, 1, "makes the replica anew");
    is_int(r.lost, 0, "and loses nothing");
    desk_open(&a);
    is_str(desk_get(&a, fid, "note"), "from a newer one", "it is taken up");
    is_str(desk_get(&a, fid, "name"), "pending here", "the edit is kept");
    is_str(desk_hash(&a), hash, "the recorded state is the other's");
    MUST(sync_get_status(&status, a.s));
    is_int(status.readable_again, 0, "nothing is left to take up");
    is_int(sync_verify(&v, a.s, NULL, NULL, NULL), TAWAM_OK,
           "verify is content");
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
