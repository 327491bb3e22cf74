/* SPDX-License-Identifier: MIT */
/* Operations done to the world by the program's own calls, and to the view by
 * the model's rules. Where the program decides what is written (undo, revert,
 * import) the view takes over what it then shows, and the rules that it must
 * keep are checked here. */
#include "tests/merge/sim.h"
#include "exchange/exchange.h"
#include "tests/merge/crash.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- reading ---- */

static int row_of(int64_t fid)
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
    int row = row_of(sqlite3_column_int64(s, 0)), column;
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
static void take_over(sim_replica *r)
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
static void check_claims(int commit)
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

/* Commits of our line up to HEAD that the model does not know yet. */
static void book_line(sim_replica *r, int head)
{
    sim_set known;
    int list[8], count = 0, at = head;
    while (count < 8 && at >= 0 && !sim_commits[at].booked) {
        list[count++] = at;
        at = sim_commits[at].parent_count ? sim_commits[at].parents[0] : -1;
    }
    while (count--) {
        sim_commit *c = &sim_commits[list[count]];
        if (!sim_pending(&r->view))
            sim_fail("commit %.8s records what nobody wrote", c->id);
        sim_book(&r->view, list[count]);
        check_claims(list[count]);
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
    if (!sim_within(&now, &r->view.known)) {
        if (sim_pending(&r->view))
            sim_fail("merged before the pending edits were recorded");
        sim_show(&r->view, &now);
    }
    sim_check_view(r);
}

/* ---- edits ---- */

static int has_row(const sim_replica *r, int row)
{
    return sim_fids[row] && r->view.there[row];
}

static twin_value text_value(int value)
{
    const char *text = sim_value_text(value);
    return (twin_value){.kind = text ? TWIN_KIND_TEXT : TWIN_KIND_NULL,
                        .bytes = text,
                        .length = text ? strlen(text) : 0};
}

static sim_value typed_value(int value, twin_type type)
{
    twin_value v = text_value(value);
    sim_value own = sim_value_from(&v);
    return sim_value_as(&own, type);
}

static void add(sim_replica *r, int row, int value)
{
    twin_cell cell = {sim_column_id(r, COLUMN_NAME), text_value(value)};
    twin_value uuid = {.kind = TWIN_KIND_TEXT, .length = 36};
    char text[37];
    int64_t fid = 0;
    if (sim_fids[row] || row >= SIM_NAMED_ROWS)
        return;
    SIM_MUST(edit_add(&fid, r->edits, sim_layer(r), &cell, 1));
    sim_fids[row] = fid;
    twin_uuid_from_fid(text, fid);
    uuid.bytes = text;
    memset(r->view.now[row], 0, sizeof r->view.now[row]);
    r->view.there[row] = 1;
    r->view.now[row][COLUMN_NAME] = sim_value_from(&cell.value);
    r->view.now[row][COLUMN_UUID] = sim_value_from(&uuid);
}

static void set_one(sim_replica *r, int row, int column, int value)
{
    const twin_column *c = NULL;
    sim_value seen = r->view.now[row][column], new;
    twin_value a = sim_value_view(&seen), b;
    if (!r->view.types[column])
        return;
    new = typed_value(value, r->view.types[column]);
    b = sim_value_view(&new);
    SIM_MUST(twin_column_find(&c, sim_layer(r), sim_columns[column]));
    SIM_MUST(edit_set(r->edits, sim_layer(r), sim_fids[row], c, &a, &b));
    r->view.now[row][column] = new;
}

static void set_some(sim_replica *r, const sim_op *op, int count)
{
    twin_cell cells[3];
    int i, k, used = 0, row = op->a[1];
    for (i = 0; i < count; i++) {
        int column = op->a[2 + 2 * i], value = op->a[3 + 2 * i], doubled = 0;
        for (k = 0; k < i; k++)
            doubled = doubled || op->a[2 + 2 * k] == column;
        if (doubled || !r->view.types[column])
            continue;
        cells[used++] =
            (twin_cell){sim_column_id(r, column), text_value(value)};
        r->view.now[row][column] = typed_value(value, r->view.types[column]);
    }
    if (used)
        SIM_MUST(twin_row_update(NULL, r->t, sim_layer(r), sim_fids[row], cells,
                                 (size_t)used));
}

static void set_point(sim_replica *r, int row, int x, int y)
{
    buffer blob = {0};
    twin_cell cell = {sim_column_id(r, COLUMN_GEOM), {0}};
    SIM_MUST(geometry_from_point(&blob, x, y));
    cell.value.kind = TWIN_KIND_BYTES;
    cell.value.bytes = (char *)blob.data;
    cell.value.length = blob.length;
    SIM_MUST(
        twin_row_update(NULL, r->t, sim_layer(r), sim_fids[row], &cell, 1));
    r->view.now[row][COLUMN_GEOM] = sim_value_from(&cell.value);
    buffer_free(&blob);
}

static void delete_row(sim_replica *r, int row)
{
    size_t gone = 0;
    SIM_MUST(edit_delete(&gone, r->edits, sim_layer(r), &sim_fids[row], 1));
    r->view.there[row] = 0;
}

static void new_form(sim_replica *r, int column, twin_type type)
{
    twin_column_definition c = {sim_columns[column], type};
    twin_type was = r->view.types[column];
    twin_type now = was ? twin_type_join(was, type) : type;
    int row;
    SIM_MUST(twin_layer_declare(r->t, sim->step % 2 ? "well" : "WELL",
                                TWIN_NO_GEOMETRY, &c, 1));
    if (was == now)
        return;
    r->view.types[column] = now;
    r->view.declared[column] = 1;
    for (row = 0; row < SIM_ROWS; row++)
        r->view.now[row][column] = sim_value_as(&r->view.now[row][column], now);
}

static void undo(sim_replica *r, int redo)
{
    int code = redo ? edit_redo(NULL, r->edits) : edit_undo(NULL, r->edits);
    if (code < 0 && code != TAWAM_ENO && code != TAWAM_ECONFLICT &&
        code != TAWAM_ENOTFOUND)
        sim_fail("undo: %s", error_message());
    if (code == TAWAM_ECONFLICT)
        edit_undo_drop(r->edits);
    take_over(r);
}

static void import(sim_replica *r, const sim_op *op)
{
    exchange_import_options options = {.layer = "well", .key = "name"};
    exchange_result result = {0};
    char path[240], rejects[260], text[200];
    const char *v[4];
    int i;
    for (i = 0; i < 4; i++) {
        v[i] = sim_value_text(op->a[1 + i]);
        v[i] = v[i] ? v[i] : "";
    }
    snprintf(path, sizeof path, "%s.csv", r->dir);
    snprintf(rejects, sizeof rejects, "%s.rejects.csv", r->dir);
    snprintf(text, sizeof text, "name,note\n%s,%s\n%s,%s\n", v[0], v[1], v[2],
             v[3]);
    options.reject_file = rejects;
    SIM_MUST(file_write_atomic(path, text, strlen(text)));
    SIM_MUST(exchange_import(&result, r->t, path, &options));
    exchange_result_clear(&result);
    unlink(rejects);
    take_over(r);
}

/* ---- settling ---- */

typedef struct chosen {
    int wanted, seen;
    char id[17];
    int row, column; /* -1: the row */
    size_t count;
    sim_value values[2];
    int is_delete[2];
} chosen;

static int choose(void *context, const sync_conflict *c)
{
    chosen *x = context;
    size_t i;
    int column;
    if (c->kind > SYNC_CONFLICT_DELETE || x->seen++ != x->wanted)
        return 0;
    snprintf(x->id, sizeof x->id, "%s", c->id);
    x->row = row_of(c->fid);
    x->column = -1;
    for (column = 0; c->column && column < SIM_COLUMNS; column++)
        if (text_equal_nocase(c->column->name, sim_columns[column]))
            x->column = column;
    x->count = c->value_count;
    for (i = 0; i < c->value_count && i < 2; i++) {
        x->values[i] = sim_value_from(&c->values[i].value);
        x->is_delete[i] = c->values[i].is_delete;
    }
    return 0;
}

static void settled_row(sim_replica *r, int row, int keep)
{
    if (keep)
        r->view.affirmed_row[row] = 1;
    else
        r->view.there[row] = 0;
}

static void settled_cell(sim_replica *r, const chosen *x, sim_value value)
{
    r->view.now[x->row][x->column] = value;
    r->view.affirmed[x->row][x->column] = 1;
}

static void settle(sim_replica *r, const sim_op *op)
{
    chosen x = {.wanted = -1};
    int how = op->a[2];
    twin_value v = text_value(op->a[3]);
    SIM_MUST(sync_conflicts(r->s, choose, &x));
    if (!x.seen)
        return;
    x.wanted = abs(op->a[1]) % x.seen;
    x.seen = 0;
    SIM_MUST(sync_conflicts(r->s, choose, &x));
    if (how < 2 && (size_t)how < x.count) {
        SIM_MUST(sync_settle_take(r->s, x.id, (size_t)how + 1));
        if (x.column < 0)
            settled_row(r, x.row, !x.is_delete[how]);
        else
            settled_cell(r, &x, x.values[how]);
    } else if (how == 2 && x.column >= 0 && x.column != COLUMN_GEOM) {
        SIM_MUST(sync_settle_value(r->s, x.id, &v));
        settled_cell(r, &x, typed_value(op->a[3], r->view.types[x.column]));
    } else if (how == 3) {
        SIM_MUST(sync_settle_row(r->s, x.id, 1));
        if (x.column < 0)
            settled_row(r, x.row, 1);
        else
            settled_cell(r, &x, x.values[0]);
    } else if (how == 4) {
        SIM_MUST(sync_settle_row(r->s, x.id, 0));
        settled_row(r, x.row, 0);
    }
}

/* ---- reverting ---- */

typedef struct nth {
    int left;
    char id[SYNC_ID_SIZE];
} nth;

static int find_nth(void *context, const sync_commit *c)
{
    nth *x = context;
    if (c->published)
        return 0;
    memcpy(x->id, c->id, SYNC_ID_SIZE);
    return x->left-- <= 0;
}

/* 1 if of the writes that stand in the cell only COMMIT's does. */
static int stands_alone(const sim_view *v, int row, int column, int commit)
{
    const sim_write *list[4];
    int n = sim_standing(list, 4, &v->known, row, column);
    return n == 1 && list[0]->commit == commit;
}

/* What was undone of COMMIT must have stood, and what stood is undone. */
static void check_revert(const sim_view *was, const sim_view *now, int commit)
{
    static sim_state before;
    sim_set seen = sim_commits[commit].seen;
    int row, column;
    seen.bits[commit / 64] &= ~(UINT64_C(1) << (commit % 64));
    sim_evaluate(&before, &seen, was->types);
    for (row = 0; row < SIM_ROWS; row++)
        for (column = 0; column < SIM_COLUMNS; column++) {
            const sim_value *a = &was->now[row][column];
            const sim_value *b = &now->now[row][column];
            if (!was->there[row] || !now->there[row])
                continue;
            if (stands_alone(was, row, column, commit) && before.there[row]
                    ? !sim_value_equal(b, &before.now[row][column])
                    : !sim_value_equal(a, b))
                sim_fail("revert: %s of row%d is not what it should be",
                         sim_columns[column], row);
        }
    for (row = 0; row < SIM_ROWS; row++)
        if (was->there[row] && !now->there[row])
            for (column = sim_first_write(row, WRITES_ROW); column >= 0;
                 column = sim_writes[column].next)
                if (sim_has(&was->known, sim_writes[column].commit) &&
                    !sim_has(&sim_commits[commit].seen,
                             sim_writes[column].commit))
                    sim_fail("revert removed row%d, which others wrote to",
                             row);
}

static void revert(sim_replica *r, int back)
{
    static sim_view was;
    nth x = {back, ""};
    char id[SYNC_ID_SIZE];
    int64_t kept = 0;
    int code, commit;
    SIM_MUST(sync_record(id, NULL, r->s, NULL));
    sim_account(r, 0);
    SIM_MUST(sync_log(r->s, find_nth, &x));
    commit = x.id[0] ? sim_find_commit(x.id) : -1;
    if (commit < 0 || sim->failure[0])
        return;
    was = r->view;
    code = sync_revert(id, &kept, r->s, x.id, NULL, NULL);
    if (code < 0 && code != TAWAM_ENO && code != TAWAM_EDAMAGED)
        sim_fail("revert: %s", error_message());
    if (code == TAWAM_EDAMAGED && !sim_commits[commit].refused)
        sim_fail("revert: %s", error_message());
    take_over(r);
    if (!code && !sim_commits[commit].refused)
        check_revert(&was, &r->view, commit);
}

/* ---- meeting ---- */

static void check_sent(sim_replica *r, const sync_result *result, int remote)
{
    char ref[80];
    int there, head = r->view.head[0] ? sim_find_commit(r->view.head) : -1;
    if (head < 0 || head < sim->base_commits)
        return;
    sync_own_ref(ref, r->s);
    there = sim_wire_ref(remote, ref);
    if ((result->sent == SYNC_SENT || result->sent == SYNC_NOTHING_TO_SEND) &&
        (there < 0 || !sim_has(&sim_commits[there].ancestors, head)))
        sim_fail("said to be sent: %.8s, but the remote does not show it",
                 r->view.head);
}

static int may_fail(const sim_plan *p, int code)
{
    if (code == TAWAM_EUNREACHABLE)
        return p->down != DOWN_OK || (p->up != UP_OK && p->up != UP_TWICE);
    if (code == TAWAM_EDAMAGED)
        return p->down == DOWN_TORN || p->down == DOWN_WITHHELD;
    return 0;
}

/* 1 when it went through. */
static int meet(sim_replica *r, const sim_plan *p)
{
    static const char *const names[] = {"hq", "stick", "stick2"};
    sync_result result = {0};
    int code;
    sim_wire_plan(p);
    code = sync_run(&result, r->s, names[p->remote], "ssh://sim/x", NULL);
    if (code < 0 && !may_fail(p, code))
        sim_fail("sync: %d %s", code, error_message());
    if (!code && result.sent != SYNC_SENT &&
        result.sent != SYNC_NOTHING_TO_SEND)
        sim_fail("sync: not sent (%d) %s", result.sent,
                 result.why ? result.why : "");
    sim_account(r, code == 0);
    if (!code)
        check_sent(r, &result, p->remote);
    sync_result_clear(&result);
    return code == 0;
}

/* A child does it and is gone in the middle. */
static void crash(sim_replica *r, int remote, int at)
{
    sim_plan p = {.remote = remote, .up = UP_DEAD};
    pid_t child;
    int status;
    sim_close(r);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        sync_result result = {0};
        if (twin_open(&r->t, r->dir, 0) || sync_open(&r->s, r->t))
            _exit(3);
        sim_wire_plan(&p);
        crash_at_write(at);
        sync_run(&result, r->s, "hq", "ssh://sim/x", NULL);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
        (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CRASHED))
        sim_fail("the child that should crash did otherwise");
    random_seed_for_tests(sim->history->seed * 31 + (uint64_t)sim->step + 7777);
    sim_open(r);
    sim_account(r, 0);
}

static int fail_commit(void *left)
{
    return --*(int *)left == 0;
}

static int interrupt_once(void *left)
{
    return --*(int *)left == 0;
}

/* A disk that is full at some COMMIT, or in the middle of a statement. */
static void full(sim_replica *r, int remote, int n)
{
    sim_plan p = {.remote = remote};
    sync_result result = {0};
    sqlite3 *db = twin_database(r->t);
    sim_wire_plan(&p);
    if (n <= 3)
        sqlite3_commit_hook(db, fail_commit, &n);
    else
        sqlite3_progress_handler(db, 5, interrupt_once, &n);
    sync_run(&result, r->s, remote ? "stick" : "hq", "ssh://sim/x", NULL);
    sqlite3_commit_hook(db, NULL, NULL);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    sync_result_clear(&result);
    sim_account(r, 0);
}

/* ---- strangers' commits ---- */

static void arrive(sim_replica *r, const void *bytes, size_t length, int bad,
                   const char *device)
{
    char(*heads)[SYNC_ID_SIZE] = NULL, id[SYNC_ID_SIZE], message[160], ref[120];
    const char *parents[64];
    int64_t logical = (sim->now + r->clock) / 1000;
    size_t count = 0, i;
    gitlog_new commit = {"Stranger", "s@example.org", logical * 1000, 0,
                         0,          message,         parents,        0};
    int number;
    SIM_MUST(merge_heads(&heads, &count, r->s->m));
    for (i = 0; i < count && i < 32; i++) {
        number = sim_find_commit(heads[i]);
        parents[i] = heads[i];
        if (number >= 0 && sim_commits[number].logical >= logical)
            logical = sim_commits[number].logical + 1;
    }
    commit.parent_count = i;
    commit.logical = logical;
    snprintf(message, sizeof message, "x\n\nDevice: %s\nSequence: 1\n", device);
    SIM_MUST(gitlog_write_changes(id, r->s->log, bytes, length, &commit));
    number = sim_commit_number(r->s->log, id);
    snprintf(ref, sizeof ref, "refs/remotes/stick/device/%s", device);
    if (number >= 0) {
        sim_commits[number].booked = 1;
        sim_commits[number].refused = bad;
        sim_commits[number].seen = r->view.known;
        sim_put(&sim_commits[number].seen, number);
        check_claims(number);
        sim_wire_plant(r, ref, number);
    }
    free(heads);
}

static void merge_arrived(sim_replica *r)
{
    sync_result result = {0};
    SIM_MUST(sync_merge(&result, r->s, NULL));
    sync_result_clear(&result);
    sim_account(r, 1);
}

/* 2,100 columns: found out only when half of it is done. */
static void fill_too_much(changeset *c)
{
    changeset_layer *layer = NULL;
    uint32_t index;
    char name[16];
    int i;
    SIM_MUST(changeset_add_layer(&layer, c, "aaa", TWIN_NO_GEOMETRY));
    SIM_MUST(changeset_add_column(&index, c, layer, "name", TWIN_TEXT));
    SIM_MUST(changeset_add_layer(&layer, c, "wide", TWIN_NO_GEOMETRY));
    for (i = 0; i < 2100; i++) {
        snprintf(name, sizeof name, "c%d", i);
        SIM_MUST(changeset_add_column(&index, c, layer, name, TWIN_TEXT));
    }
}

static void fill_bad_geometry(changeset *c, int row)
{
    twin_value v = {.kind = TWIN_KIND_BYTES, .bytes = "GPxx", .length = 4};
    changeset_layer *layer = NULL;
    uint32_t index = 0;
    SIM_MUST(changeset_add_layer(&layer, c, "well", TWIN_POINT));
    SIM_MUST(changeset_add_column(&index, c, layer, "geom", TWIN_GEOMETRY));
    SIM_MUST(changeset_add_row(c, layer, sim_fids[row] ? sim_fids[row] : 77,
                               CHANGESET_UPDATE));
    SIM_MUST(changeset_add_cell(c, layer, index, &v));
}

static void bad(sim_replica *r, int kind)
{
    changeset *c = NULL;
    buffer bytes = {0};
    char device[40];
    snprintf(device, sizeof device, "bad%d", sim->step);
    SIM_MUST(changeset_new(&c));
    if (kind == 1)
        fill_too_much(c);
    else if (kind == 2)
        fill_bad_geometry(c, 0);
    if (kind == 0)
        buffer_text(&bytes, "no changeset");
    else
        SIM_MUST(changeset_encode(&bytes, c));
    arrive(r, bytes.data, bytes.length, 1, device);
    buffer_free(&bytes);
    changeset_free(c);
    merge_arrived(r);
}

static void craft_cells(changeset *c, changeset_layer *layer, sim_replica *r,
                        const sim_op *op, int commit)
{
    int i, row = op->a[1];
    for (i = 0; i < 2; i++) {
        int column = op->a[3 + 2 * i];
        twin_type type =
            r->view.types[column] ? r->view.types[column] : TWIN_INTEGER;
        sim_value value = typed_value(op->a[4 + 2 * i], type);
        twin_value v = sim_value_view(&value);
        uint32_t index = 0;
        if (i && column == op->a[3])
            break;
        if (c) {
            SIM_MUST(changeset_add_column(&index, c, layer, sim_columns[column],
                                          type));
            SIM_MUST(changeset_add_cell(c, layer, index, &v));
        } else {
            sim_write *w = sim_add_write(commit, row, column);
            w->type = type;
            w->value = value;
            sim_commits[commit].declared[column] = type;
        }
    }
}

static void craft(sim_replica *r, const sim_op *op)
{
    static const changeset_operation operations[] = {
        CHANGESET_INSERT, CHANGESET_UPDATE, CHANGESET_DELETE, CHANGESET_AFFIRM};
    changeset_operation what = operations[op->a[2] & 3];
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    buffer bytes = {0};
    char device[40];
    int commit, row = op->a[1];
    if (!sim_fids[row]) {
        if (what != CHANGESET_INSERT || row >= SIM_NAMED_ROWS)
            return;
        SIM_MUST(random_bytes(&sim_fids[row], sizeof sim_fids[row]));
        sim_fids[row] &= INT64_MAX;
    }
    snprintf(device, sizeof device, "craft%d", sim->step);
    SIM_MUST(changeset_new(&c));
    SIM_MUST(changeset_add_layer(&layer, c, "Well", TWIN_NO_GEOMETRY));
    SIM_MUST(changeset_add_row(c, layer, sim_fids[row], what));
    if (what != CHANGESET_DELETE)
        craft_cells(c, layer, r, op, -1);
    SIM_MUST(changeset_encode(&bytes, c));
    arrive(r, bytes.data, bytes.length, 0, device);
    commit = sim_commit_count - 1;
    if (what == CHANGESET_DELETE) {
        sim_add_write(commit, row, WRITES_DELETE);
    } else {
        sim_add_write(commit, row, WRITES_ROW)->insert =
            what == CHANGESET_INSERT;
        craft_cells(NULL, NULL, r, op, commit);
    }
    buffer_free(&bytes);
    changeset_free(c);
    merge_arrived(r);
}

static void write_main(sim_replica *r)
{
    char text[40];
    sync_file file = {"README", text, 0};
    int code;
    file.length = (size_t)snprintf(text, sizeof text, "step %d\n", sim->step);
    code = sync_write_main(r->s, &file, 1, "Published");
    if (code < 0 && code != TAWAM_ENO)
        sim_fail("main: %s", error_message());
    sim_account(r, 0);
}

/* ---- all ---- */

static void act_on_row(sim_replica *r, const sim_op *op)
{
    if (!has_row(r, op->a[1]))
        return;
    switch (op->verb) {
    case SIM_SET:
        set_one(r, op->a[1], op->a[2], op->a[3]);
        break;
    case SIM_SET2:
        set_some(r, op, 2);
        break;
    case SIM_SET3:
        set_some(r, op, 3);
        break;
    case SIM_GEOM:
        set_point(r, op->a[1], op->a[2], op->a[3]);
        break;
    default:
        delete_row(r, op->a[1]);
        break;
    }
}

static void act_on_edits(sim_replica *r, const sim_op *op)
{
    switch (op->verb) {
    case SIM_ADD:
        add(r, op->a[1], op->a[2]);
        break;
    case SIM_FORM:
        new_form(r, op->a[1], sim_type(op->a[2]));
        break;
    case SIM_UNDO:
        undo(r, 0);
        break;
    case SIM_REDO:
        undo(r, 1);
        break;
    case SIM_IMPORT:
        import(r, op);
        break;
    case SIM_SETTLE:
        settle(r, op);
        break;
    default:
        act_on_row(r, op);
        break;
    }
    sim_check_view(r);
}

static void record(sim_replica *r)
{
    char id[SYNC_ID_SIZE];
    SIM_MUST(sync_record(id, NULL, r->s, NULL));
    sim_account(r, 0);
    if (sim_pending(&r->view))
        sim_fail("recorded, but edits are still pending");
}

static void act_on_folder(sim_replica *r, const sim_op *op)
{
    int copy;
    switch (op->verb) {
    case SIM_SAVE:
        sim_save(r);
        break;
    case SIM_RESTORE:
        sim_restore(r, op->a[1]);
        break;
    case SIM_CLONE:
        copy = sim_clone(r);
        if (copy >= 0)
            sim_account(&sim->replicas[copy], 0);
        break;
    default:
        sim_close(r);
        sim_open(r);
        break;
    }
    sim_account(r, 0);
}

static void act_on_replica(sim_replica *r, const sim_op *op)
{
    sim_plan plan = {op->a[1], op->a[2], op->a[3], op->a[4], op->a[5]};
    sim_set_clock(r);
    switch (op->verb) {
    case SIM_REVERT:
        revert(r, op->a[1]);
        sim_account(r, 0);
        break;
    case SIM_RECORD:
        record(r);
        break;
    case SIM_SYNC:
        meet(r, &plan);
        break;
    case SIM_CRASH:
        crash(r, op->a[1], op->a[2]);
        break;
    case SIM_FULL:
        full(r, op->a[1], op->a[2]);
        break;
    case SIM_BAD:
        bad(r, op->a[1]);
        break;
    case SIM_CRAFT:
        craft(r, op);
        break;
    case SIM_MAIN:
        if (r == sim->replicas)
            write_main(r);
        break;
    case SIM_SAVE:
    case SIM_RESTORE:
    case SIM_CLONE:
    case SIM_REOPEN:
        act_on_folder(r, op);
        break;
    default:
        act_on_edits(r, op);
        break;
    }
}

void sim_act(const sim_op *op)
{
    sim->now += 300;
    if (op->verb == SIM_WAIT) {
        sim->now += 1000 * (int64_t)abs(op->a[0]);
    } else if (op->verb == SIM_DELIVER) {
        sim_wire_deliver(abs(op->a[0]), op->a[1]);
    } else if (op->a[0] < sim->replica_count) {
        sim_replica *r = &sim->replicas[op->a[0]];
        if (op->verb == SIM_CLOCK)
            r->clock = (int64_t)op->a[1] * 86400000;
        else
            act_on_replica(r, op);
    }
}
