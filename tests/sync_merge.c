/* SPDX-License-Identifier: MIT */
/* Replicas that meet at a bare repository agree, whatever was edited where and
 * in whatever order; contradictions are listed and settled, never lost. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

static char hq[256];

typedef struct seen_conflict {
    char id[17];
    sync_conflict_kind kind;
    size_t values;
    char first[64], second[64];
    int second_is_delete;
    int count;
} seen_conflict;

static int see_conflict(void *context, const sync_conflict *c)
{
    seen_conflict *x = context;
    x->count++;
    snprintf(x->id, sizeof x->id, "%s", c->id);
    x->kind = c->kind;
    x->values = c->value_count;
    snprintf(x->first, sizeof x->first, "%.*s", (int)c->values[0].value.length,
             c->values[0].value.bytes ? c->values[0].value.bytes : "");
    if (c->value_count > 1) {
        snprintf(x->second, sizeof x->second, "%.*s",
                 (int)c->values[1].value.length,
                 c->values[1].value.bytes ? c->values[1].value.bytes : "");
        x->second_is_delete = c->values[1].is_delete;
    }
    return 0;
}

static seen_conflict conflicts(desk *d)
{
    seen_conflict x = {0};
    MUST(sync_conflicts(d->s, see_conflict, &x));
    return x;
}

/* Everyone syncs twice: all then hold the same commits. */
static void meet(desk *a, desk *b)
{
    desk_sync(a, hq);
    desk_sync(b, hq);
    desk_sync(a, hq);
    desk_sync(b, hq);
}

static void test_walk(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "Ain Zebda");
    desk_sync(a, hq);
    desk_sync(b, hq);
    is_str(desk_get(b, fid, "name"), "Ain Zebda", "a row arrives");
    MUST(desk_set(b, fid, "note", "dry"));
    MUST(desk_set(a, fid, "name", "Ain Zebda 2"));
    meet(a, b);
    is_str(desk_get(a, fid, "note"), "dry", "edits of two columns merge: a");
    is_str(desk_get(b, fid, "name"), "Ain Zebda 2", "and b");
    is_int(conflicts(a).count, 0, "without a conflict");
    is_str(desk_hash(a), desk_hash(b), "and one state");
    MUST(desk_delete(a, fid));
    meet(a, b);
    is_str(desk_get(b, fid, "name"), "(gone)", "a delete arrives");
    is_str(desk_hash(a), desk_hash(b), "one state after a delete");
}

static void test_values(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "one");
    seen_conflict x, y;
    meet(a, b);
    MUST(desk_set(a, fid, "name", "from a"));
    MUST(desk_set(b, fid, "name", "from b"));
    meet(a, b);
    x = conflicts(a);
    y = conflicts(b);
    is_int(x.count, 1, "two answers in one cell are one conflict");
    is_int((int)x.kind, SYNC_CONFLICT_VALUES, "of values");
    is_str(x.id, y.id, "with one id on both");
    is_str(desk_get(a, fid, "name"), desk_get(b, fid, "name"),
           "both show the same one");
    is_str(x.first, desk_get(a, fid, "name"), "which is listed first");
    ok(strcmp(x.first, x.second) != 0 && x.values == 2, "both are kept");
    is_str(desk_hash(a), desk_hash(b), "one state with the conflict");

    MUST(sync_settle_take(a->s, x.id, 2));
    is_int(conflicts(a).count, 0, "settled: listed no more at once");
    is_str(desk_get(a, fid, "name"), x.second, "the taken value stands");
    meet(a, b);
    is_int(conflicts(b).count, 0, "the settlement travels");
    is_str(desk_get(b, fid, "name"), x.second, "with its value");
    is_str(desk_hash(a), desk_hash(b), "one state after settling");
}

static void test_affirm(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "x");
    seen_conflict x;
    meet(a, b);
    MUST(desk_set(a, fid, "note", "left"));
    MUST(desk_set(b, fid, "note", "right"));
    meet(a, b);
    x = conflicts(b);
    MUST(sync_settle_take(b->s, x.id, 1));
    meet(a, b);
    is_int(conflicts(a).count, 0, "affirming the shown value settles it");
    is_str(desk_get(a, fid, "note"), x.first, "and changes nothing");

    MUST(desk_set(a, fid, "note", "same"));
    MUST(desk_set(b, fid, "note", "same"));
    meet(a, b);
    is_int(conflicts(a).count, 0, "equal answers are no conflict");
}

static void test_delete(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "kept"), other;
    seen_conflict x;
    meet(a, b);
    MUST(desk_delete(a, fid));
    MUST(desk_set(b, fid, "note", "still used"));
    meet(a, b);
    is_str(desk_get(a, fid, "name"), "kept",
           "an edit against a delete keeps the row, with its old values");
    is_str(desk_get(a, fid, "note"), "still used", "and the edit");
    x = conflicts(a);
    is_int((int)x.kind, SYNC_CONFLICT_DELETE, "and is listed");
    is_int(x.second_is_delete, 1, "the deletion second");
    is_str(desk_hash(a), desk_hash(b), "one state meanwhile");
    MUST(sync_settle_row(b->s, x.id, 0));
    meet(a, b);
    is_str(desk_get(a, fid, "name"), "(gone)", "settled as deleted");
    is_int(conflicts(a).count, 0, "not listed any more");

    other = desk_add(a, "again");
    meet(a, b);
    MUST(desk_delete(a, other));
    MUST(desk_set(b, other, "note", "edit"));
    meet(a, b);
    x = conflicts(a);
    MUST(sync_settle_row(a->s, x.id, 1));
    meet(a, b);
    is_str(desk_get(b, other, "note"), "edit", "settled as kept");
    is_int(conflicts(b).count, 0, "not listed any more");
    is_str(desk_hash(a), desk_hash(b), "one state");
}

static void test_schema(desk *a, desk *b)
{
    twin_column_definition wide[] = {{"depth", TWIN_DECIMAL},
                                     {"pump", TWIN_TEXT}};
    twin_column_definition text[] = {{"DEPTH", TWIN_TEXT}};
    const twin_column *c = NULL;
    MUST(twin_layer_declare(a->t, "well", TWIN_NO_GEOMETRY, wide, 2));
    MUST(twin_layer_declare(b->t, "Well", TWIN_POLYGON, text, 1));
    meet(a, b);
    MUST(twin_column_find(&c, desk_layer(a, "well"), "depth"));
    is_int((int)c->type, TWIN_TEXT, "types join, whoever widened");
    is_int((int)desk_layer(b, "well")->geometry, TWIN_ANY_GEOMETRY,
           "geometry types too");
    is_str(desk_hash(a), desk_hash(b), "one state after widening");
}

static void set_depth(desk *d, int64_t fid, int64_t depth)
{
    twin_cell cell = {desk_column(d, "depth"),
                      {.kind = TWIN_KIND_INTEGER, .integer = depth}};
    MUST(twin_row_update(NULL, d->t, desk_layer(d, "well"), fid, &cell, 1));
}

static void verified(desk *d, const char *when)
{
    sync_verification v;
    is_int(sync_verify(&v, d->s, NULL, NULL, NULL), TAWAM_OK, "%s: verified %s",
           when, error_message());
}

/* Integers that differ are one decimal: widening settles that conflict, also
 * where the widening is recorded. */
static void test_widened_conflict(desk *a, desk *b)
{
    twin_column_definition decimal[] = {{"depth", TWIN_DECIMAL}};
    int64_t fid = desk_add(a, "deep");
    meet(a, b);
    set_depth(a, fid, 9007199254740992);
    set_depth(b, fid, 9007199254740993);
    meet(a, b);
    is_int(conflicts(a).count, 1, "two integers differ");
    verified(a, "an open conflict");
    MUST(twin_layer_declare(a->t, "well", TWIN_NO_GEOMETRY, decimal, 1));
    verified(a, "a wider type that is not recorded yet");
    is_str(desk_hash(a), desk_hash(b), "which changes no state");
    meet(a, b);
    is_int(conflicts(a).count, 0, "as decimals they agree, where it was");
    is_int(conflicts(b).count, 0, "recorded and where it was merged");
    is_str(desk_hash(a), desk_hash(b), "one state after widening");
    verified(a, "widened");
}

/* Parents are heads that no other parent contains; and a commit is later than
 * all of them, whatever its writer's clock says. */
static void test_parents(desk *a, desk *b)
{
    gitlog_commit *before = NULL, *after = NULL;
    char(*heads)[SYNC_ID_SIZE] = NULL;
    char id[SYNC_ID_SIZE];
    size_t count = 0;
    int64_t fid = desk_add(a, "parents");
    meet(a, b);
    clock_fix(4000000000000);
    MUST(desk_set(b, fid, "name", "from the future"));
    MUST(sync_record(id, NULL, b->s, NULL));
    MUST(gitlog_read(&before, b->s->log, id));
    desk_sync(b, hq);
    desk_sync(a, hq);
    clock_fix(1000000000000);
    MUST(desk_set(a, fid, "name", "after it"));
    MUST(sync_record(id, NULL, a->s, NULL));
    MUST(gitlog_read(&after, a->s->log, id));
    clock_source(NULL);
    is_int((int)after->parent_count, 2, "one's own and the one head beside");
    is_str(after->parents[1], before->id, "which is the other's");
    ok(after->logical > before->logical, "later, with a clock years behind");
    MUST(merge_heads(&heads, &count, a->s->m));
    is_int((int)count, 1, "then one head is left");
    meet(a, b);
    is_str(desk_get(b, fid, "name"), "after it", "and it wins");
    MUST(desk_set(a, fid, "note", "pending"));
    is_str(desk_hash(a), desk_hash(b), "what is pending is not in the hash");
    gitlog_commit_free(before);
    gitlog_commit_free(after);
    free(heads);
}

/* A row that comes back with less than it had: what is NULL now is said. */
static void test_back_with_less(desk *a, desk *b)
{
    int64_t fid = desk_add(a, "had a note");
    char sql[256];
    MUST(desk_set(a, fid, "note", "old"));
    meet(a, b);
    MUST(desk_delete(a, fid));
    meet(a, b);
    snprintf(sql, sizeof sql,
             "INSERT INTO well(fid, uuid, name) VALUES(%lld, 'back', 'back');"
             "UPDATE tawam_pending_row SET drawn=1",
             (long long)fid);
    MUST(twin_execute(a->t, sql));
    meet(a, b);
    is_str(desk_get(b, fid, "name"), "back", "a row comes back elsewhere");
    is_str(desk_get(a, fid, "note"), "(null)", "without what it has no more");
    is_str(desk_get(b, fid, "note"), "(null)", "here and there");
    is_str(desk_hash(a), desk_hash(b), "one state");
    verified(a, "back with less");
}

/* A commit by a writer whose depth was an integer and held the text "05". */
static void test_writers_type(desk *a)
{
    gitlog_new commit = {"Old",         "o@example.org",
                         1700000000000, 0,
                         1700000000,    "old\n\nDevice: old\nSequence: 1\n",
                         NULL,          0};
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    buffer bytes = {0};
    uint32_t column = 0;
    twin_value value = text_value("05");
    char id[SYNC_ID_SIZE], main_id[SYNC_ID_SIZE];
    const char *parents[1] = {main_id};
    sync_result r = {0};
    MUST(changeset_new(&c));
    MUST(changeset_add_layer(&layer, c, "well", TWIN_NO_GEOMETRY));
    MUST(changeset_add_column(&column, c, layer, "depth", TWIN_INTEGER));
    MUST(changeset_add_row(c, layer, 4711, CHANGESET_INSERT));
    MUST(changeset_add_cell(c, layer, column, &value));
    MUST(changeset_encode(&bytes, c));
    MUST(gitlog_ref(main_id, a->s->log, MAIN_REF));
    commit.parents = parents;
    commit.parent_count = 1;
    MUST(
        gitlog_write_changes(id, a->s->log, bytes.data, bytes.length, &commit));
    MUST(gitlog_set_ref(a->s->log, "refs/remotes/hq/device/old", id));
    MUST(sync_merge(&r, a->s, NULL));
    is_str(desk_get(a, 4711, "depth"), "5",
           "a value counts as its writer's type holds it");
    sync_result_clear(&r);
    changeset_free(c);
    buffer_free(&bytes);
}

static void test_verify(desk *a)
{
    sync_verification v;
    int code = sync_verify(&v, a->s, NULL, NULL, NULL);
    is_int(code, TAWAM_OK, "the log gives the replica again: %s",
           error_message());
    is_str(v.hash, v.replayed, "hash for hash");
    MUST(twin_begin(a->t));
    MUST(twin_capture_off(a->t));
    MUST(twin_execute(a->t, "UPDATE well SET name='tampered' WHERE fid ="
                            " (SELECT min(fid) FROM well)"));
    MUST(twin_commit(a->t));
    is_int(sync_verify(&v, a->s, NULL, NULL, NULL), TAWAM_EDAMAGED,
           "a row changed behind the log is found");
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
    is_str(desk_hash(&a), desk_hash(&b), "a clone has the state");
    test_walk(&a, &b);
    test_values(&a, &b);
    test_affirm(&a, &b);
    test_delete(&a, &b);
    test_parents(&a, &b);
    test_back_with_less(&a, &b);
    test_widened_conflict(&a, &b);
    test_schema(&a, &b);
    test_writers_type(&a);
    test_verify(&b);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
