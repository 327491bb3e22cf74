/* SPDX-License-Identifier: MIT */
/* Random histories of three replicas: whatever happened, all end with one
 * state, which is what the definition says (an oracle that knows only the
 * commits and git's ancestry), in any topological order.
 *
 * TAWAM_FULL=1: more histories. TAWAM_SEED=N: that one only. */
#include "tests/sync_fixture.h"
#include "sync/sync_internal.h"

#define DESKS 3
#define ROWS 64
#define COMMITS 256
#define WRITES 4096

static char hq[256];
static uint64_t seed_state;

static uint32_t dice(uint32_t sides)
{
    seed_state = seed_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed_state >> 33) % sides;
}

/* ---- the history ------------------------------------------------------------ */

static desk desks[DESKS];
static int64_t rows[ROWS];
static int row_count;
static int64_t now;

static void edit(desk *d)
{
    static const char *const columns[] = {"name", "note"};
    char text[32];
    int64_t fid;
    if (!row_count || dice(6) == 0) {
        if (row_count < 6)
            rows[row_count++] = desk_add(d, "new");
        return;
    }
    fid = rows[dice((uint32_t)row_count)];
    if (!twin_row_exists(d->t, desk_layer(d, "well"), fid))
        return;
    if (dice(7) == 0) {
        MUST(desk_delete(d, fid));
        return;
    }
    snprintf(text, sizeof text, "v%u", dice(4));
    MUST(desk_set(d, fid, columns[dice(2)], dice(8) ? text : NULL));
}

static int settle_first(void *context, const sync_conflict *c)
{
    snprintf(context, 17, "%s", c->id);
    return 1;
}

static void settle(desk *d)
{
    char id[17] = "";
    sync_conflicts(d->s, settle_first, id);
    if (!id[0])
        return;
    if (dice(3) == 0)
        sync_settle_row(d->s, id, dice(2) == 0);
    else
        sync_settle_take(d->s, id, 1 + dice(2));
}

static void undo_a_commit(desk *d)
{
    char head[SYNC_ID_SIZE], id[SYNC_ID_SIZE];
    int64_t kept;
    if (sync_head(head, d->s) == 0 && head[0])
        sync_revert(id, &kept, d->s, head, NULL, NULL);
}

static void step(void)
{
    desk *d = &desks[dice(DESKS)];
    uint32_t what = dice(20);
    char id[SYNC_ID_SIZE];
    now += 1000 * (int64_t)dice(100);
    /* clocks years apart that jump */
    clock_fix(now + (int64_t)(d - desks) * 1000000000000 -
              (dice(9) == 0 ? 300000000000 : 0));
    if (what < 12)
        edit(d);
    else if (what < 14)
        MUST(sync_record(id, NULL, d->s, NULL));
    else if (what < 15)
        settle(d);
    else if (what < 16)
        undo_a_commit(d);
    else
        desk_sync(d, hq);
}

/* ---- the oracle -------------------------------------------------------------- */

typedef struct cell_write {
    int commit, row, column; /* column -1: existence; -2: delete */
    int insert;
    char value[32];
} cell_write;

static char ids[COMMITS][SYNC_ID_SIZE];
static int64_t logical[COMMITS];
static char ancestor[COMMITS][COMMITS]; /* [a][b]: a has seen b */
static int commit_count;
static cell_write writes[WRITES];
static int write_count;

static int row_number(int64_t fid)
{
    int i;
    for (i = 0; i < row_count; i++)
        if (rows[i] == fid)
            return i;
    bail("row %lld is nobody's", (long long)fid);
    return -1;
}

static void add_write(int commit, const changeset_layer *layer,
                      const changeset_row *row, int column,
                      const twin_value *value)
{
    cell_write *w = &writes[write_count++];
    (void)layer;
    w->commit = commit;
    w->row = row_number(row->fid);
    w->column = column;
    w->insert = row->operation == CHANGESET_INSERT;
    snprintf(w->value, sizeof w->value, "%.*s",
             value && value->kind ? (int)value->length : 6,
             value && value->kind ? value->bytes : "(null)");
}

static void read_changes(int commit)
{
    changeset *c = NULL;
    size_t i, k, j;
    MUST(sync_load_changes(&c, desks[0].s, ids[commit]));
    for (i = 0; i < c->layer_count; i++)
        for (k = 0; k < c->layers[i].row_count; k++) {
            const changeset_layer *layer = &c->layers[i];
            const changeset_row *row = &layer->rows[k];
            add_write(commit, layer, row,
                      row->operation == CHANGESET_DELETE ? -2 : -1, NULL);
            for (j = 0; j < row->cell_count; j++) {
                const changeset_cell *cell =
                    &layer->cells[row->first_cell + j];
                const char *name = layer->columns[cell->column].name;
                int column = strcmp(name, "name") == 0   ? 0
                             : strcmp(name, "note") == 0 ? 1
                                                         : 2;
                add_write(commit, layer, row, column, &cell->value);
            }
        }
    changeset_free(c);
}

static void read_history(void)
{
    char(*heads)[SYNC_ID_SIZE] = NULL, (*list)[SYNC_ID_SIZE] = NULL;
    const char *include[64];
    size_t count = 0, n = 0, i, k;
    MUST(merge_heads(&heads, &count, desks[0].s->m));
    for (i = 0; i < count && i < 64; i++)
        include[i] = heads[i];
    MUST(gitlog_walk(&list, &n, desks[0].s->log, include, count, NULL, 0));
    if (n > COMMITS)
        bail("too many commits");
    commit_count = (int)n;
    write_count = 0;
    memset(ancestor, 0, sizeof ancestor);
    for (i = 0; i < n; i++) {
        gitlog_commit *c = NULL;
        memcpy(ids[i], list[i], SYNC_ID_SIZE);
        MUST(gitlog_read(&c, desks[0].s->log, ids[i]));
        logical[i] = c->logical;
        ancestor[i][i] = 1;
        for (k = 0; k < c->parent_count; k++) {
            size_t p, q;
            for (p = 0; strcmp(ids[p], c->parents[k]) != 0; p++)
                ;
            for (q = 0; q < n; q++)
                ancestor[i][q] = ancestor[i][q] || ancestor[p][q];
        }
        if (!c->published)
            read_changes((int)i);
        gitlog_commit_free(c);
    }
    free(heads);
    free(list);
}

/* Is write A superseded by a later write to the same register? */
static int superseded(const cell_write *a, int deletes_count)
{
    int i;
    for (i = 0; i < write_count; i++) {
        const cell_write *b = &writes[i];
        int same = b->row == a->row &&
                   (a->column >= 0 ? b->column == a->column
                                   : b->column == -1 ||
                                         (deletes_count && b->column == -2));
        if (same && b->commit != a->commit && ancestor[b->commit][a->commit])
            return 1;
    }
    return 0;
}

static int oracle_row(int row, int *delete_conflict)
{
    int i, made = 0, alive = 0, deletes = 0;
    for (i = 0; i < write_count; i++) {
        const cell_write *w = &writes[i];
        if (w->row != row || w->column > -1)
            continue;
        made = made || w->insert;
        if (superseded(w, 1))
            continue;
        if (w->column == -1)
            alive = 1;
        else
            deletes++;
    }
    *delete_conflict = made && alive && deletes;
    return made && alive;
}

static const char *oracle_cell(int row, int column, int *conflict)
{
    const cell_write *best = NULL;
    int i;
    *conflict = 0;
    for (i = 0; i < write_count; i++) {
        const cell_write *w = &writes[i];
        if (w->row != row || w->column != column || superseded(w, 0))
            continue;
        if (best && strcmp(best->value, w->value) != 0)
            *conflict = 1;
        if (!best || logical[w->commit] > logical[best->commit] ||
            (logical[w->commit] == logical[best->commit] &&
             strcmp(ids[w->commit], ids[best->commit]) > 0))
            best = w;
    }
    return best ? best->value : "(null)";
}

static int compare_with_oracle(desk *d)
{
    static const char *const columns[] = {"name", "note"};
    int row, column, conflicts = 0, wrong = 0, differ;
    for (row = 0; row < row_count; row++) {
        int alive = oracle_row(row, &differ);
        conflicts += differ;
        for (column = 0; column < 2; column++) {
            const char *expect = oracle_cell(row, column, &differ);
            const char *got = desk_get(d, rows[row], columns[column]);
            if (!alive)
                expect = "(gone)";
            else
                conflicts += differ;
            if (strcmp(got, expect) != 0) {
                diag("row %d %s: %s, expected %s", row, columns[column], got,
                     expect);
                wrong++;
            }
        }
    }
    if (sync_conflict_count(d->s) != conflicts) {
        diag("%d conflicts, expected %d", (int)sync_conflict_count(d->s),
             conflicts);
        wrong++;
    }
    return wrong == 0;
}

/* ---- other orders ------------------------------------------------------------- */

static int ready(const char *done, int i)
{
    int k;
    for (k = 0; k < commit_count; k++)
        if (k != i && ancestor[i][k] && !done[k])
            return 0;
    return 1;
}

static int any_order_agrees(const char *expect)
{
    char done[COMMITS] = {0}, hash[DIGEST_HEX_SIZE];
    twin *scratch = NULL;
    merge *m = NULL;
    int left = commit_count;
    MUST(twin_open_scratch(&scratch));
    MUST(merge_new(&m, scratch, desks[0].s->log));
    MUST(twin_begin(scratch));
    MUST(twin_capture_off(scratch));
    while (left) {
        int i = (int)dice((uint32_t)commit_count);
        while (done[i] || !ready(done, i))
            i = (i + 1) % commit_count;
        if (merge_apply(m, ids[i], NULL, NULL) != 1)
            bail("commit %s: %s", ids[i], error_message());
        done[i] = 1;
        left--;
    }
    MUST(twin_commit(scratch));
    MUST(state_hash(hash, scratch, m));
    merge_free(m);
    twin_close(scratch);
    return strcmp(hash, expect) == 0;
}

/* ---- one history ---------------------------------------------------------------- */

static void meet_all(void)
{
    int round, i;
    for (round = 0; round < 2; round++)
        for (i = 0; i < DESKS; i++)
            desk_sync(&desks[i], hq);
}

static int orders_agree(const char *hash)
{
    int i, agree = 1;
    for (i = 0; i < 5; i++)
        agree = agree && any_order_agrees(hash);
    return agree;
}

static void history(uint64_t seed)
{
    sync_verification v;
    int i, steps;
    char hash[DIGEST_HEX_SIZE];
    seed_state = seed;
    row_count = 0;
    now = 1700000000000;
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&desks[0], "d0");
    desk_declare(&desks[0]);
    desk_sync(&desks[0], hq);
    desk_clone(&desks[1], "d1", hq);
    desk_clone(&desks[2], "d2", hq);
    steps = 30 + (int)dice(30);
    for (i = 0; i < steps; i++)
        step();
    meet_all();
    snprintf(hash, sizeof hash, "%s", desk_hash(&desks[0]));
    ok(strcmp(hash, desk_hash(&desks[1])) == 0 &&
           strcmp(hash, desk_hash(&desks[2])) == 0,
       "seed %d: one state everywhere", (int)seed);
    read_history();
    ok(compare_with_oracle(&desks[1]), "seed %d: as the oracle says",
       (int)seed);
    ok(orders_agree(hash), "seed %d: in other orders too", (int)seed);
    is_int(sync_verify(&v, desks[2].s, NULL, NULL, NULL), TAWAM_OK,
           "seed %d: verified %s", (int)seed, error_message());
    for (i = 0; i < DESKS; i++)
        desk_close(&desks[i]);
    clock_source(NULL);
    fixture_remove();
}

int main(void)
{
    const char *one = getenv("TAWAM_SEED");
    int count = getenv("TAWAM_FULL") ? 200 : 12, i;
    if (one)
        history((uint64_t)atoi(one));
    for (i = 1; !one && i <= count; i++)
        history((uint64_t)i);
    return done_testing();
}
