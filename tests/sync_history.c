/* SPDX-License-Identifier: MIT */
/* What happened to a row is told as its writers saw it, by any name of layer
 * or version; revert undoes what still stands, however often. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

static char hq[256];

/* "insert name=a | update name:a>b | delete" */
static char told[4096];

static void append_value(const twin_value *v)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%.*s",
             v->kind == TWIN_KIND_TEXT ? (int)v->length : 1,
             v->kind == TWIN_KIND_TEXT ? v->bytes : "-");
}

static int tell(void *context, const sync_change *c)
{
    static const char *const words[] = {"?", "insert", "update", "delete",
                                        "affirm"};
    size_t i, used = strlen(told);
    (void)context;
    snprintf(told + used, sizeof told - used, "%s%s", used ? " | " : "",
             words[c->operation]);
    for (i = 0; i < c->cell_count; i++) {
        if (strcmp(c->cells[i].column, "uuid") == 0)
            continue;
        used = strlen(told);
        snprintf(told + used, sizeof told - used, " %s:", c->cells[i].column);
        append_value(&c->cells[i].before);
        strcat(told, ">");
        append_value(&c->cells[i].after);
    }
    return 0;
}

static const char *history_of(desk *d, int64_t fid)
{
    told[0] = 0;
    MUST(sync_history(d->s, desk_layer(d, "WELL"), fid, tell, NULL));
    return told;
}

static const char *show(desk *d, const char *id)
{
    told[0] = 0;
    MUST(sync_show(d->s, id, tell, NULL));
    return told;
}

static const char *diff(desk *d, const char *a, const char *b)
{
    told[0] = 0;
    MUST(sync_diff(d->s, a, b, tell, NULL));
    return told;
}

static const char *record(desk *d)
{
    static char ids[8][SYNC_ID_SIZE];
    static int next;
    next = (next + 1) % 8;
    MUST(sync_record(ids[next], NULL, d->s, NULL));
    return ids[next];
}

static const char *undo(desk *d, const char *id, int64_t *kept)
{
    static char ids[8][SYNC_ID_SIZE];
    static int next;
    next = (next + 1) % 8;
    is_int(sync_revert(ids[next], kept, d->s, id, NULL, NULL), TAWAM_OK,
           "revert %.8s %s", id, error_message());
    return ids[next];
}

static void test_back_and_forth(desk *a)
{
    int64_t fid = desk_add(a, "spring"), kept = 0;
    const char *made = record(a), *gone, *back, *again;
    MUST(desk_delete(a, fid));
    gone = record(a);
    back = undo(a, gone, &kept);
    is_str(desk_get(a, fid, "name"), "spring",
           "a delete undone brings the row back with its fid");
    is_int(kept, 0, "whole");
    is_str(history_of(a, fid),
           "insert name:->spring | delete name:spring>- |"
           " insert name:->spring",
           "its history tells all three");
    is_str(show(a, back), "insert name:->spring", "show tells the return");
    again = undo(a, back, &kept);
    is_str(desk_get(a, fid, "name"), "(gone)", "the return can be undone");
    back = undo(a, again, &kept);
    is_str(desk_get(a, fid, "name"), "spring", "and that too");
    MUST(desk_set(a, fid, "note", "edited since"));
    is_int(sync_revert((char[SYNC_ID_SIZE]){0}, &kept, a->s, back, NULL, NULL),
           TAWAM_ENO, "not after an edit, even one not recorded yet");
    is_str(desk_get(a, fid, "note"), "edited since", "which stays");
    record(a);
    is_str(diff(a, made, "HEAD"), "update note:->edited since",
           "between two versions only what differs is told");
}

static void test_pending(desk *a)
{
    int64_t fid = desk_add(a, "one"), kept = 0;
    const char *first, *second;
    char note[64];
    record(a);
    MUST(desk_set(a, fid, "name", "two"));
    MUST(desk_set(a, fid, "note", "n"));
    first = record(a);
    MUST(desk_set(a, fid, "note", "pending"));
    second = undo(a, first, &kept);
    is_str(desk_get(a, fid, "name"), "one", "what stands is undone");
    is_str(desk_get(a, fid, "note"), "pending", "what is pending stays");
    is_int(kept, 1, "and is counted");
    is_str(show(a, second), "update name:two>one", "in a commit of its own");
    undo(a, second, &kept);
    snprintf(note, sizeof note, "%s", desk_get(a, fid, "name"));
    is_str(note, "two", "a revert can be reverted");
}

/* A column wider than when the row was deleted. */
static void test_back_into_wider(desk *a, desk *b)
{
    twin_column_definition day[] = {{"day", TWIN_DATE}};
    twin_column_definition moment[] = {{"day", TWIN_DATETIME}};
    int64_t fid, kept = 0;
    const char *gone;
    MUST(twin_layer_declare(a->t, "well", TWIN_NO_GEOMETRY, day, 1));
    fid = desk_add(a, "dated");
    MUST(desk_set(a, fid, "day", "2026-01-02"));
    record(a);
    MUST(desk_delete(a, fid));
    gone = record(a);
    MUST(twin_layer_declare(a->t, "well", TWIN_NO_GEOMETRY, moment, 1));
    record(a);
    undo(a, gone, &kept);
    desk_sync(a, hq);
    desk_sync(b, hq);
    is_str(desk_get(a, fid, "day"), desk_get(b, fid, "day"),
           "a row comes back into a wider column as it does elsewhere");
    is_str(desk_hash(a), desk_hash(b), "one state");
}

static int first_id(void *context, const sync_conflict *c)
{
    snprintf(context, 17, "%s", c->id);
    return 1;
}

static void test_settled(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "x");
    char id[17] = "";
    const char *settled;
    desk_sync(a, hq);
    desk_sync(b, hq);
    MUST(desk_set(a, fid, "note", "left"));
    MUST(desk_set(b, fid, "note", "right"));
    desk_sync(a, hq);
    desk_sync(b, hq);
    MUST(sync_conflicts(b->s, first_id, id));
    MUST(sync_settle_take(b->s, id, 1));
    settled = record(b);
    is_str(show(b, settled), "affirm", "settling on what is shown is told");
    is_int((int)strlen(history_of(b, fid)) > 0 &&
               strstr(told, "| affirm") != NULL,
           1, "in the history too");
    is_int(
        sync_revert((char[SYNC_ID_SIZE]){0}, NULL, b->s, settled, NULL, NULL),
        TAWAM_ENO, "and cannot be undone");
    desk_sync(b, hq);
    desk_sync(a, hq);
}

static void test_versions(desk *a)
{
    char id[SYNC_ID_SIZE], head[SYNC_ID_SIZE], upper[9];
    int i;
    MUST(sync_head(head, a->s));
    MUST(sync_resolve(id, a->s, "HEAD"));
    is_str(id, head, "HEAD");
    MUST(sync_resolve(id, a->s, "a"));
    is_str(id, head, "a device");
    snprintf(upper, sizeof upper, "%.8s", head);
    for (i = 0; upper[i]; i++)
        if (upper[i] >= 'a')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    MUST(sync_resolve(id, a->s, upper));
    is_str(id, head, "the start of an id, in capitals too");
    MUST(gitlog_set_ref(a->s->log, "refs/tags/v1", head));
    MUST(sync_resolve(id, a->s, "v1"));
    is_str(id, head, "a tag");
    is_int(sync_resolve(id, a->s, "1999-01-01"), TAWAM_ENOTFOUND,
           "a date before all");
    is_int(sync_resolve(id, a->s, "deadbeefdeadbeef"), TAWAM_ENOTFOUND,
           "an unknown id");
    is_int(sync_resolve(id, a->s, "what is~this^"), TAWAM_ENOTFOUND,
           "no name at all");
    is_int(
        sync_show(a->s, "0123456789012345678901234567890123456789", tell, NULL),
        TAWAM_ENOTFOUND, "show of an unknown id");
    is_str(diff(a, "HEAD", "HEAD"), "", "nothing between HEAD and itself");
}

/* A replay that is about one row applies no other, though one commit holds
 * both: half of what a commit wrote to another row would else stand there. */
static void test_filter(desk *a)
{
    int64_t wanted = desk_add(a, "wanted"), other = desk_add(a, "other");
    char id[SYNC_ID_SIZE];
    row_filter *filter = NULL;
    vector seen = {0};
    twin *t = NULL;
    MUST(sync_record(id, NULL, a->s, NULL));
    MUST(desk_set(a, wanted, "note", "x"));
    MUST(desk_set(a, other, "note", "y"));
    MUST(sync_record(id, NULL, a->s, NULL));
    MUST(row_filter_new(&filter));
    MUST(row_filter_add(filter, "WELL", wanted));
    MUST(merge_present(&seen, a->s->m));
    MUST(replay_version(&t, NULL, a->s, &seen, 0, filter));
    {
        desk scratch = {.t = t};
        is_str(desk_get(&scratch, wanted, "note"), "x",
               "a replay about one row has it whole");
        is_int(twin_row_count(t, desk_layer(&scratch, "well")), 1,
               "and no other");
    }
    twin_close(t);
    row_filter_free(filter);
    vector_free(&seen);
}

/* Two versions of one row, and what differs, however it has to be found. */
static const char *two_versions(desk *a, int64_t *fid, const char **second)
{
    const char *first;
    *fid = desk_add(a, "before");
    first = record(a);
    MUST(desk_set(a, *fid, "name", "after"));
    *second = record(a);
    return first;
}

/* What the replica keeps of what commits overwrote is looked after. */
static void test_kept(desk *a)
{
    sync_verification v;
    int64_t fid = 0;
    const char *second, *first = two_versions(a, &fid, &second);
    char sql[200];
    is_str(diff(a, first, "HEAD"), "update name:before>after",
           "what differs, told without the log");
    MUST(desk_set(a, fid, "name", "pending"));
    is_str(diff(a, first, "HEAD"), "update name:before>after",
           "a pending edit is no part of it");
    MUST(desk_set(a, fid, "name", "after"));
    snprintf(sql, sizeof sql,
             "UPDATE tawam_touch SET before=CAST(replace(CAST(before AS TEXT),"
             " 'before', 'befoul') AS BLOB) WHERE fid=%lld",
             (long long)fid);
    MUST(twin_execute(a->t, sql));
    is_int(sync_verify(&v, a->s, NULL, NULL, NULL), TAWAM_EDAMAGED,
           "verify finds one that is not what the log says: %s",
           error_message());
    snprintf(sql, sizeof sql,
             "UPDATE tawam_touch SET before=x'02ff' WHERE fid=%lld",
             (long long)fid);
    MUST(twin_execute(a->t, sql));
    is_str(diff(a, first, second), "update name:before>after",
           "where it can't be read, the log is");
    snprintf(sql, sizeof sql,
             "UPDATE tawam_touch SET before=NULL WHERE fid=%lld",
             (long long)fid);
    MUST(twin_execute(a->t, sql));
    is_str(diff(a, first, second), "update name:before>after",
           "or where nothing was kept");
    is_int(sync_verify(&v, a->s, NULL, NULL, NULL), TAWAM_OK,
           "which is no damage %s", error_message());
}

/* A table whose triggers another program took away may hold anything. */
static void test_triggers_gone(desk *a)
{
    int64_t fid = 0;
    const char *second, *first = two_versions(a, &fid, &second);
    char sql[200];
    snprintf(sql, sizeof sql, "DROP TRIGGER tawam_%d_change_%d",
             desk_layer(a, "well")->id, desk_column(a, "name"));
    MUST(twin_execute(a->t, sql));
    MUST(desk_set(a, fid, "name", "behind our back"));
    is_str(diff(a, first, second), "update name:before>after",
           "a table that nothing watches is not asked");
    record(a);
}

static void test_older_replica(desk *a)
{
    int64_t fid = 0;
    const char *second, *first = two_versions(a, &fid, &second);
    MUST(twin_execute(a->t, "ALTER TABLE tawam_touch DROP COLUMN before"));
    desk_close(a);
    MUST(twin_open(&a->t, a->dir, TWIN_READ_ONLY));
    MUST(sync_open(&a->s, a->t));
    is_str(diff(a, first, second), "update name:before>after",
           "a replica of an earlier tawam, read-only");
    desk_close(a);
    desk_open(a);
    is_str(diff(a, first, second), "update name:before>after",
           "and open for writing");
    MUST(desk_set(a, fid, "name", "later"));
    record(a);
    is_str(diff(a, second, "HEAD"), "update name:after>later",
           "which keeps it from now on");
}

int main(void)
{
    desk a = {0}, b = {0};
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    desk_declare(&a);
    desk_sync(&a, hq);
    desk_clone(&b, "b", hq);
    test_back_and_forth(&a);
    test_pending(&a);
    test_back_into_wider(&a, &b);
    test_settled(&a, &b);
    test_versions(&a);
    test_filter(&a);
    test_kept(&a);
    test_triggers_gone(&a);
    test_older_replica(&a);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
