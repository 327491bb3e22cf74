/* SPDX-License-Identifier: MIT */
/* The properties of issue 3, section 2, by their numbers there:
 *
 *   after each operation      5 a conflict stays as long as it should (list)
 *                             9 unknown columns are carried (types)
 *                             what is shown is what the model shows
 *   when all have met         1 11 one hash, in other orders, from nothing
 *                             2 3 4 each write by itself (check_write)
 *                             6 meeting again changes nothing
 *                             10 the GeoPackage's own check
 *                             12 a digest, to be had again
 *   of two runs               7 sim_same_kept: other clocks, same kept
 * (8, crashes, are operations of the history.)
 */
#include "tests/merge/sim.h"

#include <stdlib.h>
#include <string.h>

/* ---- conflicts as listed ---- */

typedef struct listing {
    int rows[SIM_ROWS], cells[SIM_ROWS][SIM_COLUMNS]; /* values listed */
    sim_value values[SIM_ROWS][SIM_COLUMNS][8];
    int count;
    const sim_view *view;
} listing;

/* Author's time and device are those of the commit that wrote it, and the
 * value is what that commit wrote. */
static void check_listed(const listing *l, const sync_conflict_value *v,
                         int row, int column)
{
    int n = sim_find_commit(v->commit), i;
    sim_value value = sim_value_from(&v->value);
    if (n < 0) {
        sim_fail("a conflict names commit %.8s, which is nobody's", v->commit);
        return;
    }
    if (v->time != sim_commits[n].time * 1000 ||
        strcmp(v->device, sim_commits[n].device) != 0)
        sim_fail("a conflict names the wrong device or time");
    i = sim_first_write(row, v->is_delete ? WRITES_DELETE
                             : column < 0 ? WRITES_ROW
                                          : column);
    for (; i >= 0; i = sim_writes[i].next) {
        sim_value own = sim_value_as(&sim_writes[i].value, sim_writes[i].type);
        if (column >= 0)
            own = sim_value_as(&own, l->view->types[column]);
        if (sim_writes[i].commit == n &&
            (column < 0 || sim_value_equal(&own, &value)))
            return;
    }
    sim_fail("a conflict of row%d lists what %.8s did not write", row,
             v->commit);
}

static int list(void *context, const sync_conflict *c)
{
    listing *l = context;
    int row, column = -1, i;
    size_t k;
    if (c->kind > SYNC_CONFLICT_DELETE)
        return 0;
    l->count++;
    for (row = 0; row < SIM_ROWS && sim_fids[row] != c->fid; row++)
        ;
    for (i = 0; c->column && i < SIM_COLUMNS; i++)
        if (text_equal_nocase(c->column->name, sim_columns[i]))
            column = i;
    if (row == SIM_ROWS || (c->column && column < 0)) {
        sim_fail("a conflict of what is nobody's");
        return 0;
    }
    for (k = 0; k < c->value_count; k++)
        check_listed(l, &c->values[k], row, column);
    if (column < 0) {
        l->rows[row] = (int)c->value_count;
        return 0;
    }
    l->cells[row][column] = (int)c->value_count;
    for (k = 0; k < c->value_count && k < 8; k++)
        l->values[row][column][k] = sim_value_from(&c->values[k].value);
    return 0;
}

static void check_conflicts(sim_replica *r)
{
    static listing l;
    static sim_state s;
    int row, column, expected = 0;
    sim_evaluate(&s, &r->view.known, r->view.types);
    for (row = 0; row < SIM_ROWS; row++) {
        expected += s.row_conflict[row];
        for (column = 0; column < SIM_COLUMNS; column++)
            expected += s.conflict[row][column];
    }
    sim->checks++;
    if (sync_conflict_count(r->s) != expected)
        sim_fail("%d conflicts counted, %d expected",
                 (int)sync_conflict_count(r->s), expected);
    if (!expected)
        return;
    memset(&l, 0, sizeof l);
    l.view = &r->view;
    SIM_MUST(sync_conflicts(r->s, list, &l));
    if (l.count != expected)
        sim_fail("%d conflicts listed, %d expected", l.count, expected);
    for (row = 0; row < SIM_ROWS; row++) {
        if ((l.rows[row] > 0) != s.row_conflict[row])
            sim_fail("row%d is %slisted as a conflict", row,
                     l.rows[row] ? "" : "not ");
        for (column = 0; column < SIM_COLUMNS; column++)
            if ((l.cells[row][column] > 1) != s.conflict[row][column])
                sim_fail("%s of row%d is %slisted as a conflict",
                         sim_columns[column], row,
                         l.cells[row][column] ? "" : "not ");
    }
}

/* ---- what is shown ---- */

static void compare_row(const sim_view *is, const sim_view *v, int row)
{
    char a[80], b[80];
    int column;
    if (is->there[row] != v->there[row]) {
        sim_fail("row%d is %s", row,
                 is->there[row] ? "there and should be gone"
                                : "gone and should be there");
        return;
    }
    for (column = 0; is->there[row] && column < SIM_COLUMNS; column++)
        if (!sim_value_equal(&is->now[row][column], &v->now[row][column])) {
            sim_value_print(a, &is->now[row][column]);
            sim_value_print(b, &v->now[row][column]);
            sim_fail("row%d %s is %s, should be %s", row, sim_columns[column],
                     a, b);
        }
}

void sim_check_view(sim_replica *r)
{
    static sim_view is;
    int row, column;
    if (sim->failure[0])
        return;
    sim_read(&is, r);
    sim->checks++;
    for (column = 0; column < SIM_COLUMNS; column++)
        if (is.types[column] != r->view.types[column])
            sim_fail("column %s has type %d, should have %d",
                     sim_columns[column], is.types[column],
                     r->view.types[column]);
    for (row = 0; row < SIM_ROWS; row++)
        compare_row(&is, &r->view, row);
    if (!sim_pending(&r->view))
        check_conflicts(r);
}

/* ---- each write by itself (2, 3, 4) ---- */

static int seen_by(const sim_set *known, int row, int column, int commit)
{
    int i = sim_first_write(row, column);
    for (; i >= 0; i = sim_writes[i].next)
        if (sim_writes[i].commit != commit &&
            !sim_commits[sim_writes[i].commit].refused &&
            sim_has(known, sim_writes[i].commit) &&
            sim_has(&sim_commits[sim_writes[i].commit].seen, commit))
            return 1;
    return 0;
}

static void check_cell_write(const sim_view *v, const listing *l,
                             const sim_write *w)
{
    sim_value own = sim_value_as(&w->value, w->type);
    int i;
    own = sim_value_as(&own, v->types[w->column]);
    if (seen_by(&v->known, w->row, w->column, w->commit) || !v->there[w->row] ||
        sim_value_equal(&own, &v->now[w->row][w->column]))
        return;
    for (i = 0; i < l->cells[w->row][w->column] && i < 8; i++)
        if (sim_value_equal(&own, &l->values[w->row][w->column][i]))
            return;
    sim_fail("what %.8s wrote to %s of row%d is lost",
             sim_commits[w->commit].id, sim_columns[w->column], w->row);
}

static void check_row_write(const sim_view *v, const listing *l,
                            const sim_write *w)
{
    int deleted = seen_by(&v->known, w->row, WRITES_DELETE, w->commit);
    if (w->column == WRITES_ROW) {
        if (!deleted && !v->there[w->row] && w->insert)
            sim_fail("row%d, made by %.8s, is lost", w->row,
                     sim_commits[w->commit].id);
        return;
    }
    if (v->there[w->row] && !l->rows[w->row] && !deleted &&
        !seen_by(&v->known, w->row, WRITES_ROW, w->commit))
        sim_fail("that %.8s deleted row%d is lost", sim_commits[w->commit].id,
                 w->row);
}

static void check_written(const sim_view *v, int row, int column)
{
    int i;
    if (!v->there[row] || v->now[row][column].kind == TWIN_KIND_NULL)
        return;
    for (i = sim_first_write(row, column); i >= 0; i = sim_writes[i].next) {
        sim_value own = sim_value_as(&sim_writes[i].value, sim_writes[i].type);
        own = sim_value_as(&own, v->types[column]);
        if (sim_value_equal(&own, &v->now[row][column]))
            return;
    }
    sim_fail("nobody wrote what %s of row%d shows", sim_columns[column], row);
}

static void check_writes(sim_replica *r)
{
    static listing l;
    static sim_view v;
    int i, row, column;
    v = r->view;
    sim_read(&v, r);
    memset(&l, 0, sizeof l);
    l.view = &v;
    SIM_MUST(sync_conflicts(r->s, list, &l));
    for (i = 0; i < sim_write_count; i++) {
        const sim_write *w = &sim_writes[i];
        if (!sim_has(&v.known, w->commit) || sim_commits[w->commit].refused)
            continue;
        sim->checks++;
        if (w->column >= 0)
            check_cell_write(&v, &l, w);
        else
            check_row_write(&v, &l, w);
    }
    for (row = 0; row < SIM_ROWS; row++)
        for (column = 0; column < SIM_COLUMNS; column++)
            check_written(&v, row, column);
}

/* ---- other orders (1, 11) ---- */

static uint64_t chance;

static int dice(int sides)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (int)((chance >> 33) % (uint64_t)sides);
}

static int ready(const sim_set *known, const sim_set *done, int n)
{
    sim_set others = sim_commits[n].ancestors;
    if (!sim_has(known, n) || sim_has(done, n))
        return 0;
    others.bits[n / 64] &= ~(UINT64_C(1) << (n % 64));
    return sim_within(&others, done);
}

static int apply_ready(merge *m, const sim_set *known, sim_set *done)
{
    int n = dice(sim_commit_count), code;
    while (!ready(known, done, n))
        n = (n + 1) % sim_commit_count;
    code = merge_apply(m, sim_commits[n].id, NULL, NULL);
    if (code == 1)
        sim_put(done, n);
    return code;
}

/* All in one transaction, which is left open; a commit that fails half-way ends
 * it, and it begins again, as the contract of merge_apply says. */
static int replay(twin *t, merge *m, const sim_set *known)
{
    sim_set done = {{0}};
    int left = sim_size(known), code = 1;
    SIM_MUST(twin_begin(t));
    SIM_MUST(twin_capture_off(t));
    while (code == 1 && left--)
        code = apply_ready(m, known, &done);
    if (code != 1)
        twin_rollback(t);
    return code;
}

/* A replica with nothing in it, on which orders are tried. */
typedef struct scratch_replica {
    twin *t;
    merge *m;
} scratch_replica;

static void scratch_close(scratch_replica *s)
{
    merge_free(s->m);
    twin_close(s->t);
    s->m = NULL;
    s->t = NULL;
}

/* LAST: the replica is not wanted afterwards, and the transaction is committed;
 * else it is rolled back, which leaves nothing there, as at first. Where a
 * commit was refused half-way, the next order finds that out by itself, in a
 * new one. */
static void check_order(scratch_replica *s, sim_replica *r,
                        const char *expected, int last)
{
    char hash[DIGEST_HEX_SIZE] = "";
    int code = TAWAM_EREFUSED, tries;
    if (!s->t) {
        SIM_MUST(twin_open_scratch(&s->t));
        SIM_MUST(merge_new(&s->m, s->t, r->s->log));
    }
    for (tries = 0; code == TAWAM_EREFUSED && tries < 9; tries++)
        code = replay(s->t, s->m, &r->view.known);
    last = last || tries > 1 || code != 1;
    if (code == 1 && last)
        SIM_MUST(twin_commit(s->t));
    if (code != 1)
        sim_fail("another order: %d %s", code, error_message());
    else
        SIM_MUST(state_hash(hash, s->t, s->m));
    if (strcmp(hash, expected) != 0)
        sim_fail("another order of the same commits gives another state");
    sim->checks++;
    if (code == 1 && !last)
        twin_rollback(s->t);
    if (last)
        scratch_close(s);
}

/* The first and the last are committed. */
static void check_orders(sim_replica *r, const char *expected, int orders)
{
    scratch_replica s = {0};
    int i;
    for (i = 0; i < orders && !sim->failure[0]; i++)
        check_order(&s, r, expected, i == 0 || i == orders - 1);
    scratch_close(&s);
}

/* ---- the end ---- */

static void meet_quietly(sim_replica *r, int remote, int nothing_new)
{
    static const char *const names[] = {"hq", "stick", "stick2"};
    sim_plan plan = {.remote = remote};
    sync_result result = {0};
    sim->now += 300;
    sim->step++;
    sim_set_clock(r);
    sim_wire_plan(&plan);
    SIM_MUST(sync_run(&result, r->s, names[remote], "ssh://sim/x", NULL));
    if (result.sent != SYNC_SENT && result.sent != SYNC_NOTHING_TO_SEND)
        sim_fail("at the end: not sent (%d) %s", result.sent,
                 result.why ? result.why : "");
    if (nothing_new && (result.commits_applied || result.recorded[0]))
        sim_fail("meeting again, %lld commits came and '%.8s' was recorded",
                 (long long)result.commits_applied, result.recorded);
    sync_result_clear(&result);
    sim_account(r, 1);
}

/* What only a stick or a message had comes to HQ by one of them, then to all.
 */
static void meet_all(const sim_set *expected)
{
    int round, i;
    for (i = 0; i < 64; i++)
        sim_wire_deliver(0, 0);
    for (i = 1; i < SIM_REMOTES; i++)
        meet_quietly(&sim->replicas[0], i, 0);
    for (round = 0; round < 2; round++)
        for (i = 0; i < sim->replica_count && !sim->failure[0]; i++) {
            sim_replica *r = &sim->replicas[i];
            sim_set all = *expected;
            int k;
            for (k = 0; k < sim->replica_count; k++)
                sim_join(&all, &sim->replicas[k].view.known);
            if (round == 0 || !sim_within(&all, &r->view.known))
                meet_quietly(r, 0, 0);
        }
}

/* Every commit that some replica or remote held is in the end with all. */
static void expect(sim_set *out)
{
    sim_set one;
    int i;
    sim_wire_held(out);
    for (i = 0; i < sim->replica_count; i++) {
        sim_wire_reachable(&one, &sim->replicas[i]);
        sim_join(out, &one);
    }
}

static void check_replica(sim_replica *r, const sim_set *expected,
                          const char *hash)
{
    char own[DIGEST_HEX_SIZE] = "";
    int i;
    SIM_MUST(sync_state_hash(own, r->s));
    if (strcmp(own, hash) != 0)
        sim_fail("replica %d has another state", (int)(r - sim->replicas));
    for (i = 0; i < sim_commit_count; i++)
        if (sim_has(expected, i) && !sim_has(&r->view.known, i))
            sim_fail("commit %.8s never came to replica %d", sim_commits[i].id,
                     (int)(r - sim->replicas));
    if (twin_check(r->t))
        sim_fail("replica %d: %s", (int)(r - sim->replicas), error_message());
    sim->checks += 3;
}

static void check_again(const char *hash)
{
    sim_replica *r = &sim->replicas[sim->replica_count - 1];
    char own[DIGEST_HEX_SIZE] = "";
    meet_quietly(r, 0, 1);
    meet_quietly(r, 1, 0); /* the stick may lack what came since */
    meet_quietly(r, 1, 1);
    SIM_MUST(sync_state_hash(own, r->s));
    if (strcmp(own, hash) != 0)
        sim_fail("meeting again changed the state");
}

void sim_check_end(sim_result *out, int orders)
{
    sim_set expected;
    char hash[DIGEST_HEX_SIZE] = "";
    sync_verification v;
    int i;
    expect(&expected);
    meet_all(&expected);
    if (sim->failure[0])
        return;
    SIM_MUST(sync_state_hash(hash, sim->replicas[0].s));
    for (i = 0; i < sim->replica_count; i++)
        check_replica(&sim->replicas[i], &expected, hash);
    check_writes(&sim->replicas[0]);
    check_again(hash);
    chance = sim->history->seed;
    check_orders(&sim->replicas[0], hash, orders);
    if (sim->history->seed % 8 == 0)
        SIM_MUST(sync_verify(&v, sim->replicas[1].s, NULL, NULL, NULL));
    out->orders += orders;
    memcpy(out->digest, hash, sizeof hash);
}

/* ---- a whole history ---- */

static void digest_commits(sim_result *out)
{
    digest *d = NULL;
    uint8_t bytes[DIGEST_SIZE];
    int i;
    SIM_MUST(digest_new(&d));
    for (i = 0; i < sim_commit_count; i++)
        digest_add(d, sim_commits[i].id, SYNC_ID_SIZE);
    digest_add(d, out->digest, strlen(out->digest));
    digest_finish(d, bytes);
    digest_hex(out->digest, bytes);
}

/* For a second merge in another language (tests/merge_peer.py). */
static void keep_folder(const sim_world *w)
{
    const char *folder = getenv("TAWAM_KEEP");
    char to[600];
    if (!folder)
        return;
    snprintf(to, sizeof to, "%s/seed-%llu", folder,
             (unsigned long long)w->history->seed);
    sim_copy_tree(w->replicas[0].dir, to);
}

static char *kept; /* filled by the end of a run where it is asked for */
static void write_kept(buffer *out, sim_replica *r);

void sim_run(sim_result *out, const sim_history *h, int orders)
{
    static sim_world w;
    memset(out, 0, sizeof *out);
    sim_begin(&w, h);
    for (w.step = 0; w.step < h->count && !w.failure[0]; w.step++)
        sim_act(&h->ops[w.step]);
    if (!w.failure[0])
        sim_check_end(out, orders);
    else
        snprintf(w.failure + strlen(w.failure),
                 sizeof w.failure - strlen(w.failure), " (step %d)", w.step);
    if (!w.failure[0] && kept) {
        buffer b = {0};
        write_kept(&b, &w.replicas[0]);
        free(kept);
        kept = buffer_take(&b);
    }
    digest_commits(out);
    out->failed = w.failure[0] != 0;
    memcpy(out->failure, w.failure, sizeof w.failure);
    out->checks = w.checks;
    out->commits = sim_commit_count;
    sim_end(&w);
    keep_folder(&w);
}

/* ---- other clocks (7) ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Of every cell the values kept, sorted. */
static void write_kept(buffer *out, sim_replica *r)
{
    static listing l;
    static sim_view v;
    char texts[8][80];
    int row, column, i, count;
    v = r->view;
    sim_read(&v, r);
    memset(&l, 0, sizeof l);
    l.view = &v;
    SIM_MUST(sync_conflicts(r->s, list, &l));
    for (row = 0; row < SIM_ROWS; row++) {
        if (!v.there[row])
            continue;
        buffer_format(out, "row%d%s\n", row, l.rows[row] ? " in conflict" : "");
        for (column = 0; column < SIM_COLUMNS; column++) {
            count = l.cells[row][column];
            for (i = 0; i < count && i < 8; i++)
                sim_value_print(texts[i], &l.values[row][column][i]);
            if (!count) {
                sim_value_print(texts[0], &v.now[row][column]);
                count = 1;
            }
            qsort(texts, (size_t)(count < 8 ? count : 8), sizeof *texts,
                  compare_texts);
            for (i = 0; i < count && i < 8; i++)
                buffer_format(out, " %s=%s", sim_columns[column], texts[i]);
        }
        buffer_text(out, "\n");
    }
}

void sim_other_clocks(sim_history *h)
{
    int i;
    for (i = 0; i < h->count; i++)
        if (h->ops[i].verb == SIM_CLOCK)
            h->ops[i].a[1] = -h->ops[i].a[1] * 3 + 400;
}

int sim_same_kept(const sim_history *h, char *why, size_t room)
{
    static sim_history other;
    static sim_result result;
    char *first;
    int same;
    kept = memory_string("");
    sim_run(&result, h, 0);
    first = kept;
    kept = memory_string("");
    other = *h;
    sim_other_clocks(&other);
    if (!result.failed)
        sim_run(&result, &other, 0);
    same = !result.failed && strcmp(first, kept) == 0;
    if (!same)
        snprintf(why, room, "%s",
                 result.failed ? result.failure : "other values are kept");
    free(first);
    free(kept);
    kept = NULL;
    return same;
}
