/* SPDX-License-Identifier: MIT */
/* What a crash, a restored copy, a cloned laptop or a bad commit leave is
 * mended or refused by itself, and nothing acknowledged is lost. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

#include <sqlite3.h>

static char hq[256];

static void shell(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
    char command[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (system(command) != 0)
        bail("failed: %s", command);
}

static const char *head_of(desk *d)
{
    static char ids[4][SYNC_ID_SIZE];
    static int next;
    next = (next + 1) % 4;
    MUST(sync_head(ids[next], d->s));
    return ids[next];
}

static void test_ref_behind(desk *a)
{
    char before[SYNC_ID_SIZE], ref[80], at[SYNC_ID_SIZE];
    int64_t fid = desk_add(a, "one");
    sync_own_ref(ref, a->s);
    MUST(sync_record(before, NULL, a->s, NULL));
    MUST(desk_set(a, fid, "note", "two"));
    MUST(sync_record(at, NULL, a->s, NULL));
    MUST(gitlog_set_ref(a->s->log, ref, before));
    desk_close(a);
    desk_open(a);
    MUST(gitlog_ref(at, a->s->log, ref));
    is_str(at, head_of(a), "a ref behind the replica's head is moved");
}

static void test_restored_copy(desk *a)
{
    int64_t fid = desk_add(a, "old"), later;
    char id[SYNC_ID_SIZE];
    desk_sync(a, hq);
    desk_close(a);
    shell("cp %s/twin.gpkg %s.copy", a->dir, a->dir);
    desk_open(a);
    MUST(desk_set(a, fid, "note", "after the copy"));
    later = desk_add(a, "later");
    desk_sync(a, hq);
    snprintf(id, sizeof id, "%s", head_of(a));
    desk_close(a);
    shell("cp %s.copy %s/twin.gpkg", a->dir, a->dir);
    desk_open(a);
    is_str(desk_get(a, later, "name"), "later",
           "a restored replica takes up what its own log has beyond it");
    is_str(head_of(a), id, "and goes on from there");
    is_str(desk_get(a, fid, "note"), "after the copy", "edits too");
}

/* The copy held edits not yet recorded: they are a fork, and are not lost. */
static void test_restored_with_edits(desk *a)
{
    desk all = {0};
    int64_t pending, later;
    desk_sync(a, hq);
    pending = desk_add(a, "pending in the copy");
    desk_close(a);
    shell("cp %s/twin.gpkg %s.copy", a->dir, a->dir);
    desk_open(a);
    MUST(desk_delete(a, pending)); /* it is in the copy alone */
    later = desk_add(a, "recorded after the copy");
    desk_sync(a, hq);
    desk_close(a);
    shell("cp %s.copy %s/twin.gpkg", a->dir, a->dir);
    desk_open(a);
    is_str(desk_get(a, pending, "name"), "pending in the copy",
           "a restored replica keeps what was pending in it");
    desk_sync(a, hq);
    is_str(desk_get(a, later, "name"), "recorded after the copy",
           "takes up what came after");
    desk_clone(&all, "after-edits", hq);
    is_str(desk_get(&all, pending, "name"), "pending in the copy",
           "and sends the first");
    is_str(desk_hash(&all), desk_hash(a), "to one state");
    desk_close(&all);
}

/* Following published versions only, a replica still follows its own line. */
static void test_published(desk *a)
{
    desk b = {0};
    int64_t ours, own;
    desk_clone(&b, "publisher", hq);
    desk_sync(a, hq);
    MUST(twin_set_setting(a->t, "follow", "published"));
    ours = desk_add(&b, "not published");
    desk_sync(&b, hq);
    desk_close(a);
    shell("cp %s/twin.gpkg %s.copy", a->dir, a->dir);
    desk_open(a);
    own = desk_add(a, "own");
    desk_sync(a, hq);
    is_str(desk_get(a, ours, "name"), "(gone)",
           "what is not published is not followed");
    desk_close(a);
    shell("cp %s.copy %s/twin.gpkg", a->dir, a->dir);
    desk_open(a);
    is_str(desk_get(a, own, "name"), "own", "but the own line is");
    MUST(twin_set_setting(a->t, "follow", "all"));
    desk_sync(a, hq);
    is_str(desk_get(a, ours, "name"), "not published", "until all are again");
    desk_sync(&b, hq);
    is_str(desk_hash(a), desk_hash(&b), "one state");
    desk_close(&b);
}

/* Copy of a whole folder: the log is old too, HQ is ahead. */
static void test_restored_folder(desk *a)
{
    int64_t later;
    desk_sync(a, hq);
    desk_close(a);
    shell("cp -r %s %s.folder", a->dir, a->dir);
    desk_open(a);
    later = desk_add(a, "lost?");
    desk_sync(a, hq);
    desk_close(a);
    shell("rm -rf %s && mv %s.folder %s", a->dir, a->dir, a->dir);
    desk_open(a);
    is_str(desk_get(a, later, "name"), "(gone)", "an old folder lacks a row");
    desk_sync(a, hq);
    is_str(desk_get(a, later, "name"), "lost?", "HQ gives it back");
    is_str(a->s->device, "a", "without a new name");
}

static void test_cloned_laptop(desk *a)
{
    desk twin_of_a = {0};
    sync_result r = {0};
    int64_t x, y;
    desk_sync(a, hq);
    desk_close(a);
    shell("cp -r %s %s-clone", a->dir, a->dir);
    desk_open(a);
    snprintf(twin_of_a.dir, sizeof twin_of_a.dir, "%.240s-clone", a->dir);
    desk_open(&twin_of_a);
    x = desk_add(a, "first laptop");
    y = desk_add(&twin_of_a, "second laptop");
    desk_sync(a, hq);
    MUST(sync_run(&r, twin_of_a.s, "hq", hq, NULL));
    is_str(r.renamed_to, "a-2", "a cloned laptop gets a new name");
    is_int(r.sent, SYNC_SENT, "and what it has is sent");
    sync_result_clear(&r);
    desk_sync(a, hq);
    is_str(desk_get(a, y, "name"), "second laptop", "both keep both: one");
    is_str(desk_get(&twin_of_a, x, "name"), "first laptop", "and two");
    is_str(desk_hash(a), desk_hash(&twin_of_a), "one state");
    MUST(desk_set(a, y, "note", "n"));
    MUST(desk_set(&twin_of_a, x, "note", "m"));
    desk_sync(a, hq);
    desk_sync(&twin_of_a, hq);
    desk_sync(a, hq);
    is_str(desk_hash(a), desk_hash(&twin_of_a), "and goes on so");
    desk_close(&twin_of_a);
}

/* A commit of a peer that can't be read is refused; the rest goes on. */
static void test_refused(desk *a)
{
    static const char bad[] = "this is no changeset";
    desk evil = {0};
    gitlog_new commit = {"Evil",        "e@example.org",
                         1700000000000, 0,
                         1700000000,    "bad\n\nDevice: evil\nSequence: 1\n",
                         NULL,          0};
    char id[SYNC_ID_SIZE], head[SYNC_ID_SIZE];
    const char *parents[1] = {head};
    sync_status status;
    sync_result r = {0};
    int64_t fid;
    desk_clone(&evil, "evil", hq);
    MUST(gitlog_ref(head, evil.s->log, MAIN_REF));
    commit.parents = parents;
    commit.parent_count = 1;
    MUST(gitlog_write_changes(id, evil.s->log, bad, sizeof bad, &commit));
    MUST(gitlog_set_ref(evil.s->log, "refs/heads/device/evil", id));
    desk_close(&evil);
    desk_open(&evil);
    fid = desk_add(&evil, "good");
    desk_sync(&evil, hq);
    MUST(sync_run(&r, a->s, "hq", hq, NULL));
    is_int(r.commits_refused, 1, "a corrupt changeset is refused");
    sync_result_clear(&r);
    is_str(desk_get(a, fid, "name"), "good", "what follows it is applied");
    MUST(sync_get_status(&status, a->s));
    is_int(status.refused, 1, "and it is counted");
    is_str(desk_hash(a), desk_hash(&evil), "alike on both");
    desk_close(&evil);
}

static void test_stick(desk *a)
{
    char stick[300];
    desk b = {0};
    sync_result r = {0};
    int64_t fid = desk_add(a, "by stick");
    snprintf(stick, sizeof stick, "%s/stick", fixture_folder);
    MUST(file_make_folders(stick));
    MUST(sync_run(&r, a->s, "stick", stick, NULL));
    is_int(r.sent, SYNC_SENT, "an empty folder becomes a remote");
    sync_result_clear(&r);
    desk_clone(&b, "b", stick);
    is_str(desk_get(&b, fid, "name"), "by stick", "and can be cloned from");
    is_str(desk_hash(a), desk_hash(&b), "with one state");
    MUST(desk_set(&b, fid, "note", "back"));
    MUST(sync_run(&r, b.s, "stick", stick, NULL));
    sync_result_clear(&r);
    MUST(sync_run(&r, a->s, "stick", stick, NULL));
    sync_result_clear(&r);
    is_str(desk_get(a, fid, "note"), "back", "there and back");
    desk_sync(a, hq);
    desk_close(&b);
    desk_clone(&b, "c", hq);
    is_str(desk_get(&b, fid, "note"), "back",
           "a line learnt from a stick reaches HQ");
    desk_close(&b);
}

/* Of what came an object is missing (a disk, a cut): WHAT of the commit before
 * the last one. The commits wait, all else goes on, the next sync asks. */
static void test_missing(desk *a, const char *what)
{
    desk b = {0}, c = {0};
    char name[40], id[SYNC_ID_SIZE];
    int64_t first, second, other;
    sync_result r = {0};
    snprintf(name, sizeof name, "lost-%s", what);
    desk_clone(&b, name, hq);
    snprintf(name, sizeof name, "beside-%s", what);
    desk_clone(&c, name, hq);
    desk_sync(a, hq);
    first = desk_add(&b, "first");
    MUST(sync_record(id, NULL, b.s, NULL));
    second = desk_add(&b, "second");
    desk_sync(&b, hq);
    other = desk_add(&c, "other");
    MUST(sync_record((char[SYNC_ID_SIZE]){0}, NULL, c.s, NULL));
    desk_sync(&c, hq);
    shell("git -C %s/log.git fetch -q %s"
          " '+refs/heads/device/*:refs/remotes/hq/device/*'",
          a->dir, hq);
    shell("cd %s/log.git && o=$(git rev-parse %s%s) && rm -f"
          " objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)",
          a->dir, id,
          strcmp(what, "commit") == 0 ? ""
          : strcmp(what, "tree") == 0 ? "^{tree}"
                                      : ":changes.zst");
    desk_close(a);
    desk_open(a);
    memset(&r, 0, sizeof r);
    is_int(sync_merge(&r, a->s, NULL), TAWAM_OK,
           "a missing %s stops no merge %s", what, error_message());
    sync_result_clear(&r);
    is_str(desk_get(a, first, "name"), "(gone)", "its commit waits");
    is_str(desk_get(a, other, "name"), "other", "others are applied");
    is_int(sync_run(&r, a->s, "hq", hq, NULL), TAWAM_OK,
           "a sync asks for it again %s", error_message());
    sync_result_clear(&r);
    is_str(desk_get(a, first, "name"), "first", "and applies it");
    is_str(desk_get(a, second, "name"), "second", "with what hung on it");
    desk_close(&b);
    desk_close(&c);
}

static void test_other_territory(desk *a)
{
    desk other = {0};
    sync_result r = {0};
    clock_fix(1500000000000); /* else main may be the very same commit */
    desk_found(&other, "stranger");
    clock_source(NULL);
    is_int(sync_run(&r, other.s, "hq", hq, NULL), TAWAM_EREFUSED,
           "another territory's remote is refused");
    sync_result_clear(&r);
    is_int((int)twin_layer_count(other.t), 0, "and nothing of it taken");
    desk_close(&other);
    (void)a;
}

/* HQ says our line is at a commit that it has not. */
static void test_line_without_commit(desk *a)
{
    sync_result r = {0};
    char ref[80], at[SYNC_ID_SIZE];
    int code;
    sync_own_ref(ref, a->s);
    desk_add(a, "unsent");
    snprintf(at, sizeof at, "%s", head_of(a));
    shell("echo 1234567812345678123456781234567812345678 > %s/%s", hq, ref);
    code = sync_run(&r, a->s, "hq", hq, NULL);
    ok(code < 0 && r.sent == SYNC_NOT_SENT,
       "a line whose commit the remote lacks: nothing is called sent (%s)",
       error_message());
    sync_result_clear(&r);
    shell("echo %s > %s/%s", at, hq, ref);
    desk_sync(a, hq);
    ok(1, "mended there, it goes on");
}

/* Another program dropped the capture and edited: the layer is compared with
 * what was recorded. */
static void test_drift(desk *a)
{
    desk b = {0};
    sqlite3_stmt *s = NULL;
    char drops[16][200];
    int64_t kept = desk_add(a, "kept"), changed = desk_add(a, "before"),
            deleted = desk_add(a, "deleted");
    int count = 0, i;
    desk_sync(a, hq);
    MUST(twin_prepare(&s, a->t,
                      "SELECT 'DROP TRIGGER \"' || name || '\"' FROM"
                      " sqlite_master WHERE type='trigger' AND"
                      " tbl_name='well' AND name LIKE 'tawam%'",
                      0));
    while (count < 16 && twin_step(a->t, s) == 1)
        snprintf(drops[count++], 200, "%s",
                 (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    ok(count > 0, "the layer had %d triggers of ours", count);
    for (i = 0; i < count; i++)
        MUST(twin_execute(a->t, drops[i]));
    snprintf(drops[0], 200, "UPDATE well SET name='behind us' WHERE fid=%lld",
             (long long)changed);
    MUST(twin_execute(a->t, drops[0]));
    snprintf(drops[0], 200, "DELETE FROM well WHERE fid=%lld",
             (long long)deleted);
    MUST(twin_execute(a->t, drops[0]));
    desk_close(a);
    desk_open(a);
    desk_sync(a, hq);
    desk_clone(&b, "drift", hq);
    is_str(desk_get(&b, changed, "name"), "behind us",
           "an edit that nothing captured is found and sent");
    is_str(desk_get(&b, deleted, "name"), "(gone)", "a delete too");
    is_str(desk_get(&b, kept, "name"), "kept", "the rest stays");
    is_str(desk_hash(a), desk_hash(&b), "one state");
    desk_close(&b);
}

int main(void)
{
    desk a = {0};
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    desk_declare(&a);
    desk_sync(&a, hq);
    test_ref_behind(&a);
    test_restored_copy(&a);
    test_restored_folder(&a);
    test_published(&a);
    test_cloned_laptop(&a);
    test_refused(&a);
    test_stick(&a);
    test_missing(&a, "blob");
    test_missing(&a, "tree");
    test_missing(&a, "commit");
    test_other_territory(&a);
    test_restored_with_edits(&a);
    test_line_without_commit(&a);
    test_drift(&a);
    shell("git -C %s fsck --strict --no-dangling 2>/dev/null", hq);
    ok(1, "git fsck agrees with HQ");
    desk_close(&a);
    fixture_remove();
    return done_testing();
}
