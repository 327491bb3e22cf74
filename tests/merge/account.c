/* SPDX-License-Identifier: MIT */
/* What a replica shows, read; and after anything was done to it, its new
 * commits booked and their claims checked. */
#include "tests/merge/act.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

int act_row_of(int64_t fid)
{
    int i;
    for (i = 0; i < SIM_ROWS; i++)
        if (sim_fids[i] == fid)
            return i;
    for (i = SIM_NAMED_ROWS; i < SIM_ROWS; i++)
        if (!sim_fids[i]) {
            sim_fids[i] = fid;
            return i;
        }
    sim_fail("more than %d rows", SIM_ROWS);
    return 0;
}

static void read_row(sim_view *out, const twin_layer *layer, sqlite3_stmt *s)
{
    int row = act_row_of(sqlite3_column_int64(s, 0)), column;
    size_t i;
    out->there[row] = 1;
    for (column = 0; column < SIM_COLUMNS; column++)
        for (i = 0; i < layer->column_count; i++)
            if (text_equal_nocase(layer->columns[i].name,
                                  sim_columns[column])) {
                twin_value v = twin_value_column(s, (int)i + 1);
                out->now[row][column] = sim_value_from(&v);
            }
}

void sim_read(sim_view *out, sim_replica *r)
{
    const twin_layer *layer = sim_layer(r);
    sqlite3_stmt *s = NULL;
    buffer sql = {0};
    size_t i;
    int column;
    memset(out->there, 0, sizeof out->there);
    memset(out->now, 0, sizeof out->now);
    memset(out->types, 0, sizeof out->types);
    buffer_text(&sql, "SELECT fid");
    for (i = 0; i < layer->column_count; i++) {
        buffer_byte(&sql, ',');
        twin_quote(&sql, layer->columns[i].name);
        for (column = 0; column < SIM_COLUMNS; column++)
            if (text_equal_nocase(layer->columns[i].name, sim_columns[column]))
                out->types[column] = layer->columns[i].type;
    }
    buffer_text(&sql, " FROM well");
    SIM_MUST(buffer_check(&sql));
    SIM_MUST(twin_prepare(&s, r->t, (char *)sql.data, 0));
    while (s && twin_step(r->t, s) == 1)
        read_row(out, layer, s);
    sqlite3_finalize(s);
    buffer_free(&sql);
}

/* The view shows what the program shows. */
void act_take_over(sim_replica *r)
{
    static sim_view seen;
    sim_read(&seen, r);
    memcpy(r->view.there, seen.there, sizeof seen.there);
    memcpy(r->view.now, seen.now, sizeof seen.now);
}

/* ---- new commits ---- */

/* Committer's time: the wall clock, or one second past the latest parent. */
static void check_times(const sim_commit *c, const sim_replica *r)
{
    int64_t wall = (sim->now + r->clock) / 1000, least = wall;
    int i;
    for (i = 0; i < c->parent_count; i++)
        if (sim_commits[c->parents[i]].logical >= least)
            least = sim_commits[c->parents[i]].logical + 1;
    if (c->logical != least || c->time != wall)
        sim_fail("a commit at %lld (logical %lld), not %lld (%lld)",
                 (long long)c->time, (long long)c->logical, (long long)wall,
                 (long long)least);
}

/* What COMMIT wrote to ROW, or others did as far as its writer saw. */
static void check_row_claims(const sim_commit *c, int commit, int row)
{
    int column, i, writes = 0;
    for (column = WRITES_DELETE; column < SIM_COLUMNS; column++)
        for (i = sim_first_write(row, column); i >= 0; i = sim_writes[i].next)
            writes = writes || sim_writes[i].commit == commit;
    for (column = WRITES_DELETE; writes && column < SIM_COLUMNS; column++)
        for (i = sim_first_write(row, column); i >= 0; i = sim_writes[i].next)
            if (sim_has(&c->seen, sim_writes[i].commit) &&
                !sim_has(&c->ancestors, sim_writes[i].commit))
                sim_fail("commit %.8s does not say that its writer had seen "
                         "row%d as %.8s left it",
                         c->id, row, sim_commits[sim_writes[i].commit].id);
}

/* The commit never claims to have seen what its writer had not, and says all
 * that matters to the rows it writes (sync/parents.c). From then on it counts
 * as having seen what it says. */
void act_check_claims(int commit)
{
    sim_commit *c = &sim_commits[commit];
    int row;
    sim->checks++;
    if (!sim_within(&c->ancestors, &c->seen))
        sim_fail("commit %.8s claims to have seen what its writer had not",
                 c->id);
    for (row = 0; row < SIM_ROWS; row++)
        check_row_claims(c, commit, row);
    c->seen = c->ancestors;
}

/* A copy that came back has recorded, in the same second, just what was
 * recorded before: that is one commit. */
static int recorded_again(const sim_view *v, int head)
{
    const sim_commit *c = &sim_commits[head];
    int before = v->head[0] ? sim_find_commit(v->head) : -1;
    int line_goes_on =
        before < 0 || (c->parent_count && c->parents[0] == before);
    return c->booked && line_goes_on && !sim_has(&v->known, head) &&
           sim_pending(v);
}

/* Commits of our line up to HEAD that the model does not know yet. */
static void book_line(sim_replica *r, int head)
{
    sim_set known;
    int list[8], count = 0, at = head;
    if (recorded_again(&r->view, head)) {
        known = r->view.known;
        sim_put(&known, head);
        sim_show(&r->view, &known);
    }
    while (count < 8 && at >= 0 && !sim_commits[at].booked) {
        list[count++] = at;
        at = sim_commits[at].parent_count ? sim_commits[at].parents[0] : -1;
    }
    while (count--) {
        sim_commit *c = &sim_commits[list[count]];
        if (!sim_pending(&r->view))
            sim_fail("commit %.8s records what nobody wrote", c->id);
        sim_book(&r->view, list[count]);
        act_check_claims(list[count]);
        check_times(c, r);
        known = r->view.known;
        sim_put(&known, list[count]);
        sim_show(&r->view, &known);
        edit_stack_clear(r->edits);
    }
}

/* What the replica says it has applied. */
static void applied(sim_set *out, sim_replica *r)
{
    char(*ids)[SYNC_ID_SIZE] = NULL;
    size_t count = 0, i;
    memset(out, 0, sizeof *out);
    SIM_MUST(merge_ids(&ids, &count, r->s->m,
                       "SELECT id FROM tawam_commit ORDER BY number"));
    for (i = 0; i < count; i++) {
        int n = sim_commit_number(r->s->log, ids[i]);
        if (n >= 0 && sim_commits[n].published && !sim_commits[n].booked) {
            sim_commits[n].booked = 1;
            sim_commits[n].seen = sim_commits[n].ancestors;
        }
        if (n < 0 || !sim_commits[n].booked)
            sim_fail("applied commit %.8s is nobody's", ids[i]);
        else
            sim_put(out, n);
    }
    free(ids);
}

void sim_account(sim_replica *r, int whole)
{
    char head[SYNC_ID_SIZE] = "";
    sim_set now, reachable;
    if (!r->s || sim->failure[0])
        return;
    SIM_MUST(sync_head(head, r->s));
    if (strcmp(head, r->view.head) != 0) {
        int number = sim_commit_number(r->s->log, head);
        if (number < 0)
            sim_fail("objects of the head %.8s are missing", head);
        else
            book_line(r, number);
        memcpy(r->view.head, head, sizeof head);
    }
    applied(&now, r);
    if (!sim_within(&r->view.known, &now))
        sim_fail("commits were forgotten");
    sim_wire_reachable(&reachable, r);
    if (!sim_within(&now, &reachable))
        sim_fail("commits are applied that no ref leads to whole");
    if (whole && !sim_within(&reachable, &now))
        sim_fail("of %d commits that are here %d are applied",
                 sim_size(&reachable), sim_size(&now));
    if (getenv("TAWAM_TRACE"))
        fprintf(stderr, "# %d: replica %d head %.8s applied %d pending %d\n",
                sim->step, (int)(r - sim->replicas), head, sim_size(&now),
                sim_pending(&r->view));
    if (!sim_within(&now, &r->view.known)) {
        if (sim_pending(&r->view))
            sim_fail("merged before the pending edits were recorded");
        sim_show(&r->view, &now);
    }
    sim_check_view(r);
}
