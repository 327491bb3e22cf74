/* SPDX-License-Identifier: MIT */
/* Random histories of three replicas: whatever happened, all end with one
 * state, which is what the definition says (an oracle that knows only the
 * commits and git's ancestry), in any topological order; and what any replica
 * tells of its rows at any version, and between two, is what replays say.
 *
 * TAWAM_FULL=1: more histories. TAWAM_SEED=N: that one only.
 *
 * What notices a change of the code (tests/sync_*.c), each tried:
 *   entries a writer saw kept, or all dropped       merge random history
 *   deletes always win; a write counts as deleted   merge random
 *   all deletes dropped by a write                  merge random
 *   shown by number, or by clock without the id     merge random
 *   conflict not asked again after a widening       merge
 *   conflicts never removed; equal values in one    merge random
 *   values never in conflict                        merge random history
 *   values of a deleted row lost                    merge random
 *   head of a parent not cleared; late clock        merge
 *   vector of one parent; own head as only parent   merge random
 *   chain continued past a fork                     recover random
 *   NULL of a row that comes back not said          merge
 *   capture on while applying                       merge random recover
 *   a batch does not record what is pending first   recover
 *   an affirm writes nothing                        random
 *   commits applied twice; refs moved too early;
 *   the stored name not read again                  processes
 *   a touch not written                             history
 *   a layer whose capture broke is not compared     recover
 * Those that nothing here noticed, and thirty more, are in
 * tests/teeth_merge.c; the filter of a replay in sync_history.c. What this test
 * has and the simulator (tests/merge/) lacks: the real network processes,
 * uuids edited by hand, flushing to disk.
 */
#include "tests/sync_fixture.h"
#include "tests/sync_versions.h"
#include "sync/sync_internal.h"

#define DESKS 4 /* the last is a copy of another's folder, if it is made */
#define ROWS 64
#define COLUMNS 8
#define COMMITS 256
#define WRITES 4096

static char hq[256], stick[256];
static uint64_t seed_state;

static uint32_t dice(uint32_t sides)
{
    seed_state = seed_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed_state >> 33) % sides;
}

/* ---- the history ---- */

static desk desks[DESKS];
static int desk_count, backed_up;
static int64_t rows[ROWS];
static int row_count;
static int64_t now;

static void set_geometry(desk *d, int64_t fid)
{
    const twin_layer *layer = desk_layer(d, "well");
    buffer blob = {0};
    twin_cell cell = {desk_column(d, "geom"), {0}};
    MUST(geometry_from_point(&blob, dice(3), dice(2)));
    cell.value.kind = TWIN_KIND_BYTES;
    cell.value.bytes = (char *)blob.data;
    cell.value.length = blob.length;
    MUST(twin_row_update(NULL, d->t, layer, fid, &cell, 1));
    buffer_free(&blob);
}

static int has_column(desk *d, const char *name)
{
    const twin_column *c = NULL;
    return twin_column_find(&c, desk_layer(d, "well"), name) == TAWAM_OK;
}

/* One replica alone widens a column or adds one. */
static void widen(desk *d)
{
    static const twin_column_definition wider[] = {{"depth", TWIN_DECIMAL},
                                                   {"Depth", TWIN_TEXT},
                                                   {"extra", TWIN_INTEGER},
                                                   {"EXTRA", TWIN_TEXT}};
    MUST(twin_layer_declare(d->t, dice(2) ? "well" : "WELL", TWIN_NO_GEOMETRY,
                            &wider[dice(4)], 1));
}

static void set_number(desk *d, int64_t fid, const char *column)
{
    static const char *const values[] = {
        "1", "2", "2.0", "007", "9007199254740992", "9007199254740993", "x"};
    MUST(desk_set(d, fid, column, values[dice(7)]));
}

static void edit_row(desk *d, int64_t fid)
{
    static const char *const columns[] = {"name", "note"};
    char text[32];
    uint32_t what = dice(16);
    if (what < 2) {
        MUST(desk_delete(d, fid));
    } else if (what < 4) {
        set_geometry(d, fid);
    } else if (what < 6) {
        set_number(d, fid, "depth");
    } else if (what < 7 && has_column(d, "extra")) {
        set_number(d, fid, "extra");
    } else if (what < 8) {
        snprintf(text, sizeof text, "uuid-%u", dice(3));
        MUST(desk_set(d, fid, "uuid", text));
    } else {
        snprintf(text, sizeof text, "v%u", dice(4));
        MUST(desk_set(d, fid, columns[dice(2)], dice(8) ? text : NULL));
    }
}

static void edit(desk *d)
{
    int64_t fid;
    if (!row_count || dice(6) == 0) {
        if (row_count < 6)
            rows[row_count++] = desk_add(d, "new");
        return;
    }
    if (dice(16) == 0) {
        widen(d);
        return;
    }
    fid = rows[dice((uint32_t)row_count)];
    if (twin_row_exists(d->t, desk_layer(d, "well"), fid))
        edit_row(d, fid);
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

typedef struct choice {
    char id[SYNC_ID_SIZE];
    uint32_t seen;
} choice;

static int maybe_this(void *context, const sync_commit *c)
{
    choice *x = context;
    if (!c->published && dice(++x->seen) == 0)
        memcpy(x->id, c->id, SYNC_ID_SIZE);
    return x->seen >= 6;
}

/* One of the last six: a row deleted by it comes back with its fid, maybe on
 * two replicas at once. */
static void undo_a_commit(desk *d)
{
    choice x = {"", 0};
    char id[SYNC_ID_SIZE];
    int64_t kept;
    MUST(sync_log(d->s, maybe_this, &x));
    if (x.id[0])
        sync_revert(id, &kept, d->s, x.id, NULL, NULL);
}

static void shell(const char *format, const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, format, a, b);
    if (system(command))
        bail("failed: %s", command);
}

/* The first time a copy of the folder is kept; then it comes back, or only
 * its replica does, beside a log that went on. */
static void restore(desk *d)
{
    char copy[300];
    snprintf(copy, sizeof copy, "%s.copy", desks[1].dir);
    if (d != &desks[1])
        return;
    desk_close(d);
    if (!backed_up)
        shell("cp -r %s %s", d->dir, copy);
    else if (dice(2))
        shell("rm -rf %2$s && cp -r %1$s %2$s", copy, d->dir);
    else
        shell("cp %s/twin.gpkg %s/twin.gpkg", copy, d->dir);
    backed_up = 1;
    desk_open(d);
}

static void clone_folder(desk *d)
{
    desk *copy = &desks[DESKS - 1];
    if (desk_count == DESKS)
        return;
    snprintf(copy->dir, sizeof copy->dir, "%s/cloned", fixture_folder);
    desk_close(d);
    shell("cp -r %s %s", d->dir, copy->dir);
    desk_open(d);
    desk_open(copy);
    desk_count = DESKS;
}

static void sync_stick(desk *d)
{
    sync_result r = {0};
    MUST(sync_run(&r, d->s, "stick", stick, NULL));
    if (r.sent != SYNC_SENT && r.sent != SYNC_NOTHING_TO_SEND)
        bail("not sent to the stick: %d %s", r.sent, r.why ? r.why : "");
    sync_result_clear(&r);
}

static void step(void)
{
    desk *d = &desks[dice((uint32_t)desk_count)];
    uint32_t what = dice(30);
    char id[SYNC_ID_SIZE];
    now += 1000 * (int64_t)dice(100);
    /* clocks years apart that jump */
    clock_fix(now + (int64_t)(d - desks) * 1000000000000 -
              (dice(9) == 0 ? 300000000000 : 0));
    if (what < 16)
        edit(d);
    else if (what < 19)
        MUST(sync_record(id, NULL, d->s, NULL));
    else if (what < 21)
        settle(d);
    else if (what < 23)
        undo_a_commit(d);
    else if (what < 24)
        restore(d);
    else if (what < 25 && dice(3) == 0)
        clone_folder(d);
    else if (what < 27)
        sync_stick(d);
    else
        desk_sync(d, hq);
}

/* ---- the oracle ---- */

typedef struct cell_write {
    int commit, row, column; /* column -1: existence; -2: delete */
    int insert;
    char value[64];
} cell_write;

static char ids[COMMITS][SYNC_ID_SIZE];
static int64_t logical[COMMITS];
static char ancestor[COMMITS][COMMITS]; /* [a][b]: a has seen b */
static int commit_count;
static cell_write writes[WRITES];
static int write_count;

/* The final layer's columns; a value counts as the writer's type holds it,
 * then as the final one does. */
static char columns[COLUMNS][TWIN_NAME_MAX + 1];
static twin_type types[COLUMNS];
static int column_count;

static void read_columns(desk *d)
{
    const twin_layer *layer = desk_layer(d, "well");
    size_t i;
    column_count = (int)layer->column_count;
    for (i = 0; i < layer->column_count; i++) {
        snprintf(columns[i], sizeof columns[i], "%s", layer->columns[i].name);
        types[i] = layer->columns[i].type;
    }
}

static int column_number(const char *name)
{
    int i;
    for (i = 0; i < column_count; i++)
        if (text_equal_nocase(columns[i], name))
            return i;
    bail("column %s is nobody's", name);
    return -1;
}

static void value_text(char out[64], twin_type type, const twin_value *value)
{
    buffer text = {0};
    twin_value_text(&text, type, value);
    snprintf(out, 64, "%s",
             value->kind && text.data ? (char *)text.data : "(null)");
    buffer_free(&text);
}

static int row_number(int64_t fid)
{
    int i;
    for (i = 0; i < row_count; i++)
        if (rows[i] == fid)
            return i;
    bail("row %lld is nobody's", (long long)fid);
    return -1;
}

static void add_write(int commit, const changeset_row *row, int column,
                      twin_type type, const twin_value *value)
{
    cell_write *w = &writes[write_count++];
    char storage[2][64];
    if (write_count == WRITES)
        bail("too many writes");
    w->commit = commit;
    w->row = row_number(row->fid);
    w->column = column;
    w->insert = row->operation == CHANGESET_INSERT;
    if (value) {
        twin_value v = twin_value_convert(value, type, storage[0]);
        v = twin_value_convert(&v, types[column], storage[1]);
        value_text(w->value, types[column], &v);
    }
}

static void read_row(int commit, const changeset_layer *layer,
                     const changeset_row *row)
{
    size_t j;
    add_write(commit, row, row->operation == CHANGESET_DELETE ? -2 : -1,
              TWIN_TEXT, NULL);
    for (j = 0; j < row->cell_count; j++) {
        const changeset_cell *cell = &layer->cells[row->first_cell + j];
        const changeset_column *c = &layer->columns[cell->column];
        add_write(commit, row, column_number(c->name), c->type, &cell->value);
    }
}

static void read_changes(int commit)
{
    changeset *c = NULL;
    size_t i, k;
    MUST(sync_load_changes(&c, desks[0].s, ids[commit]));
    for (i = 0; i < c->layer_count; i++)
        for (k = 0; k < c->layers[i].row_count; k++)
            read_row(commit, &c->layers[i], &c->layers[i].rows[k]);
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
    read_columns(&desks[0]);
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

static void table_value(char out[64], desk *d, int64_t fid, int column)
{
    const twin_layer *layer = desk_layer(d, "well");
    const twin_column *c = NULL;
    twin_cell *cells = NULL;
    arena *a = NULL;
    size_t i;
    snprintf(out, 64, "(gone)");
    if (!twin_row_exists(d->t, layer, fid))
        return;
    MUST(twin_column_find(&c, layer, columns[column]));
    MUST(arena_new(&a));
    MUST(twin_row_read(&cells, d->t, layer, fid, a));
    for (i = 0; i < layer->column_count; i++)
        if (cells[i].column == c->id)
            value_text(out, c->type, &cells[i].value);
    arena_free(a);
}

static int compare_with_oracle(desk *d)
{
    int row, column, conflicts = 0, wrong = 0, differ;
    char got[64];
    for (row = 0; row < row_count; row++) {
        int alive = oracle_row(row, &differ);
        conflicts += differ;
        for (column = 0; column < column_count; column++) {
            const char *expect = oracle_cell(row, column, &differ);
            table_value(got, d, rows[row], column);
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

/* ---- other orders ---- */

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

/* ---- versions ---- */

static versions_count versions;

static int compare_fids(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A commit that D has applied, or HEAD. */
static void any_version(char id[SYNC_ID_SIZE], desk *d)
{
    char(*list)[SYNC_ID_SIZE] = NULL;
    size_t count = 0;
    MUST(merge_ids(&list, &count, d->s->m,
                   "SELECT id FROM tawam_commit ORDER BY number"));
    if (!count || dice(4) == 0)
        snprintf(id, SYNC_ID_SIZE, "HEAD");
    else
        memcpy(id, list[dice((uint32_t)count)], SYNC_ID_SIZE);
    free(list);
}

/* Some pairs, each way; pending edits are none of their business. */
static int any_versions_agree(desk *d, int pairs)
{
    int64_t sorted[ROWS];
    int agree = 1;
    memcpy(sorted, rows, sizeof *rows * (size_t)row_count);
    qsort(sorted, (size_t)row_count, sizeof *sorted, compare_fids);
    while (pairs-- > 0) {
        char from[SYNC_ID_SIZE], to[SYNC_ID_SIZE];
        any_version(from, d);
        any_version(to, d);
        agree = versions_agree(&versions, d, from, to, "well", sorted,
                               (size_t)row_count) &&
                agree;
    }
    return agree;
}

/* ---- one history ---- */

static void meet_all(void)
{
    int round, i;
    for (round = 0; round < 3; round++)
        for (i = 0; i < desk_count; i++) {
            sync_stick(&desks[i]);
            desk_sync(&desks[i], hq);
        }
}

static int all_agree(const char *hash)
{
    int i, agree = 1;
    for (i = 0; i < desk_count; i++)
        agree = agree && strcmp(hash, desk_hash(&desks[i])) == 0;
    return agree;
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
    int i, steps, agree = 1;
    char hash[DIGEST_HEX_SIZE];
    seed_state = seed;
    row_count = backed_up = 0;
    desk_count = DESKS - 1;
    now = 1700000000000;
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    snprintf(stick, sizeof stick, "%s/stick", fixture_folder);
    MUST(file_make_folders(stick));
    MUST(sync_create_bare(hq));
    desk_found(&desks[0], "d0");
    desk_declare(&desks[0]);
    desk_sync(&desks[0], hq);
    desk_clone(&desks[1], "d1", hq);
    desk_clone(&desks[2], "d2", hq);
    steps = 40 + (int)dice(50);
    for (i = 0; i < steps; i++) {
        step();
        if (i > 20 && i % 8 == 0)
            agree = any_versions_agree(&desks[i / 8 % desk_count], 2) && agree;
    }
    meet_all();
    snprintf(hash, sizeof hash, "%s", desk_hash(&desks[0]));
    ok(all_agree(hash), "seed %d: one state everywhere", (int)seed);
    read_history();
    ok(compare_with_oracle(&desks[1]), "seed %d: as the oracle says",
       (int)seed);
    ok(orders_agree(hash), "seed %d: in other orders too", (int)seed);
    for (i = 0; i < desk_count; i++)
        agree = any_versions_agree(&desks[i], 6) && agree;
    ok(agree, "seed %d: rows and differences of versions as replays say",
       (int)seed);
    is_int(sync_verify(&v, desks[2].s, NULL, NULL, NULL), TAWAM_OK,
           "seed %d: verified %s", (int)seed, error_message());
    for (i = 0; i < desk_count; i++)
        desk_close(&desks[i]);
    clock_source(NULL);
    fixture_remove();
}

int main(void)
{
    const char *one = getenv("TAWAM_SEED");
    int count = getenv("TAWAM_FULL") ? 200 : 5, i;
    if (one)
        history((uint64_t)atoi(one));
    for (i = 1; !one && i <= count; i++)
        history((uint64_t)i);
    ok(versions.changes > 100 && versions.told * 2 > versions.rows,
       "%d changes between versions; %d of %d rows told without a replay",
       versions.changes, versions.told, versions.rows);
    return done_testing();
}
