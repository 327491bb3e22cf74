/* SPDX-License-Identifier: MIT */
/* The merge simulator: some replicas, an HQ, two sticks, a network and clocks
 * that misbehave, all in one process and all following from one seed.
 *
 *   history.c   what happens, as data: made from a seed, printed, read back
 *   world.c     replicas in a scratch folder, their copies, clones and crashes
 *   act*.c      each operation done to the world through the program's own
 * calls account.c   what a replica shows; its new commits booked calls wire.c
 * the network under sync_run(): which objects and refs arrive commits.c   every
 * commit that was made, read from git alone model.c     what has to come out:
 * knows only who wrote what, having seen what check.c     the twelve properties
 * (issue 3, section 2) against the model shrink.c    a failing history made as
 * short as it fails
 *
 * What the model believes of a replica is its *view*. An operation changes
 * world and view, each by its own rules, and then they are compared. */
#ifndef TAWAM_TESTS_MERGE_SIM_H
#define TAWAM_TESTS_MERGE_SIM_H

#include <stdio.h>
#include "sync/sync_internal.h"
#include "work/edit.h"

#define SIM_REPLICAS 10 /* 8 and two clones */
#define SIM_REMOTES 3   /* hq, stick, stick2 */
#define SIM_ROWS 20     /* 0 to 7 by name, the rest made by imports */
#define SIM_NAMED_ROWS 8
#define SIM_COLUMNS 7
#define SIM_COMMITS 640
#define SIM_WRITES 16384
#define SIM_OPS 400
#define SIM_ARGUMENTS 8
#define SIM_NOW INT64_C(1700000000000)

/* ---- history.c ------------------------------------------------------------
 */

typedef enum sim_verb {
    SIM_WAIT,
    SIM_CLOCK,
    SIM_ADD,
    SIM_SET,
    SIM_SET2,
    SIM_SET3,
    SIM_GEOM,
    SIM_DELETE,
    SIM_FORM,
    SIM_UNDO,
    SIM_REDO,
    SIM_IMPORT,
    SIM_SETTLE,
    SIM_REVERT,
    SIM_RECORD,
    SIM_SYNC,
    SIM_SAVE,
    SIM_RESTORE,
    SIM_CLONE,
    SIM_REOPEN,
    SIM_CRASH,
    SIM_FULL,
    SIM_DELIVER,
    SIM_BAD,
    SIM_CRAFT,
    SIM_MAIN,
    SIM_BACKUP,
    SIM_COMEBACK,
    SIM_VERBS
} sim_verb;

typedef struct sim_op {
    sim_verb verb;
    int a[SIM_ARGUMENTS]; /* as the verb's signature in history.c says */
} sim_op;

typedef struct sim_history {
    uint64_t seed; /* of random bytes; the operations stand below */
    int replicas;  /* 2 to 8 */
    int count;
    sim_op ops[SIM_OPS];
} sim_history;

/* Columns, values, types and faults go by number; these are their words. */
extern const char *const sim_columns[SIM_COLUMNS];
const char *sim_value_text(int value); /* NULL for NULL */
twin_type sim_type(int type);
enum {
    COLUMN_NAME,
    COLUMN_NOTE,
    COLUMN_DEPTH,
    COLUMN_EXTRA,
    COLUMN_OTHER,
    COLUMN_UUID,
    COLUMN_GEOM
};
enum { DOWN_OK, DOWN_DEAD, DOWN_CUT, DOWN_TORN, DOWN_WITHHELD };
enum { UP_OK, UP_DEAD, UP_CUT, UP_LOST, UP_LATE, UP_TWICE };

/* PLAIN: only operations whose effect no clock can change. */
void sim_make_history(sim_history *h, uint64_t seed, int plain);
void sim_print_op(char out[160], const sim_op *op);
void sim_write_history(FILE *out, const sim_history *h);
/* 0, or -1 with the wrong line in error_message(). */
int sim_read_history(sim_history *h, FILE *in);

/* ---- values and sets (model.c) ---------------------------------------------
 */

typedef struct sim_value { /* a value that owns its bytes */
    twin_kind kind;
    int64_t integer;
    double real;
    size_t length;
    char bytes[64];
} sim_value;
sim_value sim_value_from(const twin_value *value);
twin_value sim_value_view(const sim_value *value); /* borrows from it */
int sim_value_equal(const sim_value *a, const sim_value *b);
sim_value sim_value_as(const sim_value *value, twin_type type);
void sim_value_print(char out[80], const sim_value *value);

typedef struct sim_set { /* of commits, by number in sim_commits */
    uint64_t bits[SIM_COMMITS / 64];
} sim_set;
int sim_has(const sim_set *s, int commit);
void sim_put(sim_set *s, int commit);
void sim_join(sim_set *s, const sim_set *other);
int sim_within(const sim_set *a, const sim_set *b); /* a is part of b */
int sim_size(const sim_set *s);

/* ---- commits.c ---- */

enum { WRITES_ROW = -1, WRITES_DELETE = -2 };
typedef struct sim_write {
    int commit, row;
    int column;     /* or one of the above */
    int insert;     /* a WRITES_ROW that makes the row */
    twin_type type; /* of the column at the writer */
    sim_value value;
    int next; /* another of this row and column, -1 none */
} sim_write;

typedef struct sim_commit {
    char id[SYNC_ID_SIZE];
    int parents[32], parent_count;
    char files[12][SYNC_ID_SIZE]; /* tree and blobs, then the commit itself */
    int file_count;
    sim_set ancestors; /* with itself; as git's parents say */
    /* below: what the model knows. Booked: it was told of it. */
    int booked, refused, published;
    sim_set seen; /* what its writer had seen, and itself */
    char device[48];
    int64_t time, logical;
    twin_type declared[SIM_COLUMNS]; /* 0: says nothing of the column */
} sim_commit;

extern sim_commit sim_commits[SIM_COMMITS];
extern int sim_commit_count;
extern sim_write sim_writes[SIM_WRITES];
extern int sim_write_count;
extern int64_t sim_fids[SIM_ROWS]; /* 0: no such row yet */

void sim_forget_commits(int keep); /* all but the first KEEP, and the writes */
/* Number of commit ID, read with its ancestors from LOG if new. -1: some
 * object of it is missing there. */
int sim_commit_number(gitlog *log, const char *id);
int sim_find_commit(const char *id); /* -1 if it was never read */
sim_write *sim_add_write(int commit, int row, int column);
int sim_first_write(int row, int column); /* -1 none; then its `next` */

/* ---- model.c ---- */

typedef struct sim_view {
    sim_set known; /* commits whose effect the replica shows */
    char there[SIM_ROWS];
    sim_value now[SIM_ROWS][SIM_COLUMNS]; /* what it shows, edits included */
    char affirmed_row[SIM_ROWS];
    char affirmed[SIM_ROWS][SIM_COLUMNS];
    twin_type types[SIM_COLUMNS]; /* 0: no such column here */
    char declared[SIM_COLUMNS];   /* since the last record */
    char head[SYNC_ID_SIZE];
} sim_view;

typedef struct sim_state { /* what a set of commits comes to */
    char there[SIM_ROWS];
    sim_value now[SIM_ROWS][SIM_COLUMNS];
    char conflict[SIM_ROWS][SIM_COLUMNS];
    char row_conflict[SIM_ROWS];
} sim_state;

void sim_evaluate(sim_state *out, const sim_set *known,
                  const twin_type types[SIM_COLUMNS]);
/* Writes of a cell (or WRITES_ROW, WRITES_DELETE) that stand within KNOWN;
 * their number. Deletes count against writes of the row, cells among
 * themselves. */
int sim_standing(const sim_write *out[], int room, const sim_set *known,
                 int row, int column);
/* What is pending in V becomes writes of COMMIT (if anything is). */
void sim_book(sim_view *v, int commit);
/* V has nothing pending any more and shows KNOWN. */
void sim_show(sim_view *v, const sim_set *known);
int sim_pending(const sim_view *v);

/* ---- world.c ---- */

typedef struct sim_replica {
    int used;
    char dir[200];
    twin *t; /* NULL while closed */
    sync_desk *s;
    edit_stack *edits;
    int64_t clock; /* ms beside the world's */
    sim_view view;
    int saved; /* a copy of the folder and of the view stands */
    sim_view copy;
} sim_replica;

typedef struct sim_world {
    const sim_history *history;
    int step; /* of the operation being done, from 0 */
    int64_t now;
    sim_replica replicas[SIM_REPLICAS];
    int replica_count;
    int base_commits; /* those of the beginning, the same in every history */
    /* A failure: what broke. The first one only. */
    char failure[400];
    long checks; /* comparisons made */
} sim_world;

extern sim_world *sim; /* the one there is */

/* The scratch folder and the replicas all histories begin with; once. */
void sim_found(void);
void sim_leave(void); /* remove it */
void sim_begin(sim_world *w, const sim_history *h);
void sim_end(sim_world *w);
void sim_open(sim_replica *r);
void sim_close(sim_replica *r);
void sim_save(sim_replica *r);
void sim_restore(sim_replica *r, int replica_only);
int sim_clone(sim_replica *r); /* number of the new one, -1 if none is free */
/* The clock as R has it, and random numbers of this step. */
void sim_set_clock(const sim_replica *r);
const twin_layer *sim_layer(sim_replica *r);
int sim_column_id(sim_replica *r, int column); /* 0: it has none */
/* Note a failure (unless one is noted). */
void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A call that must not fail in the simulator itself. */
#define SIM_MUST(call)                                                         \
    do {                                                                       \
        if ((call) < 0)                                                        \
            sim_fail("%s:%d %s: %s", __FILE__, __LINE__, #call,                \
                     error_message());                                         \
    } while (0)

/* ---- wire.c ---- */

typedef struct sim_plan { /* of the next meeting */
    int remote, down, up;
    long cut;  /* bytes of objects after which it breaks */
    int order; /* of objects: 0 parents first, 1 last, else shuffled */
} sim_plan;

void sim_wire_found(const char *folder); /* put in place, remotes empty */
void sim_wire_keep(void);  /* what the remotes hold now is the beginning */
void sim_wire_begin(void); /* back to it */
void sim_wire_plan(const sim_plan *plan);
/* Objects and refs R's folder holds (not the program's word for it): every
 * commit with all it needs that some ref of R leads to. */
void sim_wire_reachable(sim_set *out, sim_replica *r);
/* Commit that REMOTE shows at REF; -1. */
int sim_wire_ref(int remote, const char *ref);
/* The Nth message under way arrives (KEEP: and stays under way). */
void sim_wire_deliver(int n, int keep);
/* Every commit some remote, or a message to one, holds. */
void sim_wire_held(sim_set *out);
/* REF of REMOTE is set by hand to COMMIT, with its objects in R's log. */
void sim_wire_plant(sim_replica *r, const char *ref, int commit);
/* A copy of REMOTE is made; REMOTE is what it was then, or, without one, in
 * the beginning. */
void sim_wire_back_up(int remote);
void sim_wire_come_back(int remote);
void sim_copy_tree(const char *from, const char *to);

/* ---- act.c ---- */

void sim_act(const sim_op *op);
/* After anything was done to R: new commits are booked, and what R shows is
 * compared with its view. WHOLE: a meeting went through to its end. */
void sim_account(sim_replica *r, int whole);
/* R's table as it is: THERE and NOW of OUT. New rows get numbers. */
void sim_read(sim_view *out, sim_replica *r);

/* ---- check.c ---- */

typedef struct sim_result {
    int failed;
    char failure[400];
    long checks, commits, conflicts, orders;
    char digest[DIGEST_HEX_SIZE]; /* over commit ids and the final state */
} sim_result;

/* ORDERS: random topological orders replayed. */
void sim_run(sim_result *out, const sim_history *h, int orders);
/* Properties at the end, when all have met. */
void sim_check_end(sim_result *out, int orders);
void sim_check_view(sim_replica *r);
/* What is kept of every cell and row, whoever's clock was how (property 7). */
void sim_other_clocks(sim_history *h); /* the same with clocks off elsewhere */
int sim_same_kept(const sim_history *h, char *why, size_t room);

/* ---- shrink.c ---- */

/* Drop operations while it still fails (in a child process each, so that a
 * crash counts); H becomes the shortest found. Tries: how many runs at most. */
void sim_shrink(sim_history *h, int tries);
/* Run H in a child: 0 it held, 1 it failed (WHY), for whatever reason. */
int sim_fails(const sim_history *h, char *why, size_t room);

#endif
