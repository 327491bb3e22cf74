/* SPDX-License-Identifier: MIT */
/* A history as data: one operation a line, `#` begins a comment.
 *
 *     seed 17
 *     replicas 3
 *     add 0 row2 v1            replica 0 adds row 2, its name is v1
 *     set 1 row2 note v3
 *     sync 1 hq ok lost 0 0    fetched whole; sent, but the reply was lost
 *
 * An operation that makes no sense when its turn comes (a row that is not
 * there) does nothing, so that any line may be taken out.
 */
#include "tests/merge/sim.h"

#include <stdlib.h>
#include <string.h>

const char *const sim_columns[SIM_COLUMNS] = {"name",  "note", "depth", "extra",
                                              "other", "uuid", "geom"};

static const char *const values[] = {"-",
                                     "v1",
                                     "v2",
                                     "v3",
                                     "1",
                                     "2",
                                     "2.0",
                                     "5",
                                     "05",
                                     "007",
                                     "9007199254740992",
                                     "9007199254740993",
                                     "x"};
#define VALUES ((int)(sizeof values / sizeof *values))
#define UNIQUE 100 /* value 100 + N is "uN": written once */

static const twin_type types[] = {TWIN_INTEGER, TWIN_DECIMAL, TWIN_TEXT,
                                  TWIN_BOOLEAN, TWIN_DATE};
static const char *const type_words[] = {"integer", "decimal", "text",
                                         "boolean", "date"};
static const char *const remotes[] = {"hq", "stick", "stick2"};
static const char *const downs[] = {"ok", "dead", "cut", "torn", "withheld"};
static const char *const ups[] = {"ok", "dead", "cut", "lost", "late", "twice"};

/* r replica, w row, c column, v value, t type, m remote, d u faults of the
 * way down and up, n a number */
static const struct {
    const char *word, *signature;
} verbs[SIM_VERBS] = {
    [SIM_WAIT] = {"wait", "n"},      /* seconds */
    [SIM_CLOCK] = {"clock", "rn"},   /* days it is off from now on */
    [SIM_ADD] = {"add", "rwv"},      /* its name */
    [SIM_SET] = {"set", "rwcv"},     /* with a step to undo */
    [SIM_SET2] = {"set2", "rwcvcv"}, /* two columns at once */
    [SIM_SET3] = {"set3", "rwcvcvcv"},
    [SIM_GEOM] = {"geom", "rwnn"}, /* a point */
    [SIM_DELETE] = {"delete", "rw"},
    [SIM_FORM] = {"form", "rct"}, /* a new version adds or widens */
    [SIM_UNDO] = {"undo", "r"},
    [SIM_REDO] = {"redo", "r"},
    [SIM_IMPORT] = {"import", "rvvvv"}, /* name note name note, key name */
    [SIM_SETTLE] = {"settle",
                    "rnnv"},         /* which; take 1, 2, VALUE, keep, delete */
    [SIM_REVERT] = {"revert", "rn"}, /* the Nth newest commit */
    [SIM_RECORD] = {"record", "r"},
    [SIM_SYNC] = {"sync", "rmdunn"},   /* cut at byte; order of objects */
    [SIM_SAVE] = {"save", "r"},        /* a copy of the folder */
    [SIM_RESTORE] = {"restore", "rn"}, /* 1: the replica without its log */
    [SIM_CLONE] = {"clone", "r"},
    [SIM_REOPEN] = {"reopen", "r"},
    [SIM_CRASH] = {"crash", "rmn"},      /* a sync killed at the Nth write */
    [SIM_FULL] = {"full", "rmn"},        /* a sync whose Nth COMMIT fails; from
                                             4 on, that is interrupted */
    [SIM_DELIVER] = {"deliver", "nn"},   /* a late message; 1: again later */
    [SIM_BAD] = {"bad", "rn"},           /* a commit nobody can apply arrives */
    [SIM_CRAFT] = {"craft", "rwncvcv"},  /* of another program: insert, update,
                                            delete, affirm */
    [SIM_MAIN] = {"main", "r"},          /* published anew */
    [SIM_BACKUP] = {"backup", "rm"},     /* of a remote, as it is now */
    [SIM_COMEBACK] = {"comeback", "rm"}, /* the remote is what it was then, or
                                            at the beginning */
};

const char *sim_value_text(int value)
{
    static char unique[16][16];
    static int next;
    if (value >= UNIQUE) {
        next = (next + 1) % 16;
        snprintf(unique[next], sizeof *unique, "u%d", value - UNIQUE);
        return unique[next];
    }
    return value > 0 && value < VALUES ? values[value] : NULL;
}

twin_type sim_type(int type)
{
    return types[type];
}

/* ---- made from a seed ---- */

typedef struct maker {
    sim_history *h;
    uint64_t state, other; /* other: of backups alone, which came later: what
                              a seed had made before stays as it was */
    int rows, plain, replicas;
    int reliable; /* of ten meetings, how many go well */
} maker;

static int dice(maker *m, int sides)
{
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((m->state >> 33) % (uint64_t)sides);
}

static sim_op *push(maker *m, sim_verb verb, int replica)
{
    static sim_op spare;
    sim_op *op = m->h->count < SIM_OPS ? &m->h->ops[m->h->count++] : &spare;
    memset(op, 0, sizeof *op);
    op->verb = verb;
    op->a[0] = replica;
    return op;
}

static int some_value(maker *m)
{
    return m->plain     ? UNIQUE + m->h->count * 4 + dice(m, 4)
           : dice(m, 3) ? dice(m, 4)
                        : dice(m, VALUES);
}

static void put_cells(maker *m, sim_op *op, int from, int count)
{
    static const int likely[] = {COLUMN_NAME,  COLUMN_NOTE,  COLUMN_NOTE,
                                 COLUMN_NAME,  COLUMN_DEPTH, COLUMN_DEPTH,
                                 COLUMN_EXTRA, COLUMN_OTHER};
    int i;
    for (i = 0; i < count; i++) {
        op->a[from + 2 * i] = likely[dice(m, 8)];
        op->a[from + 2 * i + 1] = some_value(m);
    }
}

static void make_sync(maker *m, int replica)
{
    sim_op *op = push(m, SIM_SYNC, replica);
    op->a[1] = dice(m, 4) ? 0 : 1 + dice(m, SIM_REMOTES - 1);
    if (dice(m, 10) < m->reliable)
        return;
    if (dice(m, 2))
        op->a[2] = m->plain ? dice(m, 2) : dice(m, 5);
    else
        op->a[3] = m->plain && dice(m, 6) == UP_CUT ? UP_LATE : dice(m, 6);
    op->a[4] = dice(m, 3) ? dice(m, 600) : dice(m, 6000);
    op->a[5] = dice(m, 6);
}

static void make_edit(maker *m, int replica)
{
    int row = dice(m, m->rows), what = dice(m, 40);
    sim_op *op;
    if (what < 8) {
        push(m, SIM_ADD, replica)->a[1] = row;
        m->h->ops[m->h->count - 1].a[2] = some_value(m);
    } else if (what < 22) {
        op = push(m, SIM_SET, replica);
        op->a[1] = row;
        put_cells(m, op, 2, 1);
    } else if (what < 28) {
        int count = 2 + dice(m, 2);
        op = push(m, count == 2 ? SIM_SET2 : SIM_SET3, replica);
        op->a[1] = row;
        put_cells(m, op, 2, count);
    } else if (what < 31) {
        op = push(m, SIM_GEOM, replica);
        op->a[1] = row;
        op->a[2] = m->plain ? m->h->count % 90 : dice(m, 3);
        op->a[3] = m->plain ? m->h->count / 90 : dice(m, 2);
    } else if (what < 36) {
        push(m, SIM_DELETE, replica)->a[1] = row;
    } else if (what < 37) {
        op = push(m, SIM_FORM, replica);
        op->a[1] = COLUMN_DEPTH + dice(m, 3);
        op->a[2] = dice(m, 5);
    } else if (!m->plain && what < 39) {
        push(m, dice(m, 3) ? SIM_UNDO : SIM_REDO, replica);
    } else if (!m->plain) {
        op = push(m, SIM_IMPORT, replica);
        for (row = 1; row < 5; row++)
            op->a[row] = row % 2 ? 1 + dice(m, 3) : dice(m, 4);
    }
}

static void make_settle(maker *m, int replica)
{
    sim_op *op = push(m, SIM_SETTLE, replica);
    op->a[1] = dice(m, 3);
    op->a[2] = dice(m, 5);
    op->a[3] = some_value(m);
}

static void make_stranger(maker *m, int replica)
{
    sim_op *op;
    if (dice(m, 3) == 0) {
        push(m, SIM_BAD, replica)->a[1] =
            dice(m, 8) ? 2 * dice(m, 2) : 1; /* 1 takes long */
        return;
    }
    op = push(m, SIM_CRAFT, replica);
    op->a[1] = dice(m, m->rows);
    op->a[2] = dice(m, 4);
    put_cells(m, op, 3, 2);
}

/* What seldom happens and is worst. */
static void make_trouble(maker *m, int replica)
{
    sim_op *op;
    switch (m->plain ? 8 + dice(m, 2) : dice(m, 14)) {
    case 0:
    case 1:
        push(m, SIM_SAVE, replica);
        break;
    case 2:
    case 3:
        push(m, SIM_RESTORE, replica)->a[1] = dice(m, 2);
        break;
    case 4:
        push(m, SIM_CLONE, replica);
        break;
    case 5:
    case 6:
    case 7:
        op = push(m, dice(m, 2) ? SIM_CRASH : SIM_FULL, replica);
        op->a[1] = dice(m, 4) ? 0 : 1 + dice(m, 2);
        op->a[2] = 1 + dice(m, op->verb == SIM_CRASH ? 120
                               : dice(m, 2)          ? 3
                                                     : 600);
        break;
    case 8:
    case 9:
        op = push(m, SIM_DELIVER, dice(m, 4));
        op->a[1] = dice(m, 3) == 0;
        break;
    case 10:
        push(m, SIM_REOPEN, replica);
        break;
    case 11:
        push(m, SIM_MAIN, 0);
        break;
    default:
        make_stranger(m, replica);
        break;
    }
}

static void meet_both(maker *m, int a, int b)
{
    push(m, SIM_SYNC, a);
    push(m, SIM_SYNC, b);
    push(m, SIM_SYNC, a);
}

/* ---- short scenes, each of which some bug needs ---- */

static sim_op *push_set(maker *m, int replica, int row, int column, int value)
{
    sim_op *op = push(m, SIM_SET, replica);
    op->a[1] = row;
    op->a[2] = column;
    op->a[3] = value;
    return op;
}

/* Two who hold the same do to one row what contradicts, and then settle it in
 * two ways at once. */
static void make_duel(maker *m, int a, int b, int row)
{
    int column = dice(m, 2), i;
    meet_both(m, a, b);
    if (dice(m, 2))
        push_set(m, a, row, column, some_value(m));
    else
        push(m, SIM_DELETE, a)->a[1] = row;
    push_set(m, b, row, column, some_value(m));
    meet_both(m, a, b);
    for (i = 0; i < 2; i++) {
        sim_op *op = push(m, SIM_SETTLE, i ? b : a);
        op->a[1] = dice(m, 4) == 0;
        op->a[2] = dice(m, 5);
        op->a[3] = some_value(m);
    }
    meet_both(m, a, b);
}

/* A commit is reverted, part of which was written over since. */
static void make_second_thoughts(maker *m, int a, int row)
{
    sim_op *op = push(m, SIM_SET2, a);
    op->a[1] = row;
    op->a[2] = COLUMN_NAME;
    op->a[3] = 1 + dice(m, 3);
    op->a[4] = COLUMN_NOTE;
    op->a[5] = 1 + dice(m, 3);
    push(m, SIM_RECORD, a);
    push_set(m, a, row, COLUMN_NAME + dice(m, 2), some_value(m));
    push(m, SIM_RECORD, a);
    push(m, SIM_REVERT, a)->a[1] = 1;
}

/* One row made in two places: a copied disk, another program. */
static void make_twins(maker *m, int a, int b, int row)
{
    sim_op *op = push(m, SIM_ADD, a);
    op->a[1] = row;
    op->a[2] = some_value(m);
    push(m, SIM_RECORD, a);
    op = push(m, SIM_CRAFT, b);
    op->a[1] = row;
    op->a[3] = dice(m, 2);
    op->a[4] = dice(m, 3);
    op->a[5] = !op->a[3];
    op->a[6] = dice(m, 3);
    meet_both(m, a, b);
}

/* A folder comes back from a copy, and the remote gives its line in part. */
static void make_amnesia(maker *m, int a, int row)
{
    push(m, SIM_SAVE, a);
    push_set(m, a, row, COLUMN_NOTE, some_value(m));
    push_set(m, a, row, COLUMN_NAME, some_value(m));
    push(m, SIM_SYNC, a);
    push(m, SIM_RESTORE, a);
    push(m, SIM_SYNC, a)->a[2] = DOWN_WITHHELD;
}

/* A row with two answers is deleted and comes back. */
static void make_return(maker *m, int a, int b, int row)
{
    int who = dice(m, 2);
    meet_both(m, a, b);
    push_set(m, a, row, COLUMN_NOTE, who ? 0 : 1 + dice(m, 3));
    push_set(m, b, row, COLUMN_NOTE, who ? 1 + dice(m, 3) : 0);
    meet_both(m, a, b);
    push(m, SIM_DELETE, a)->a[1] = row;
    push(m, SIM_RECORD, a);
    push(m, SIM_REVERT, a);
    meet_both(m, a, b);
}

/* Two numbers that are one when they are decimals. */
static void make_widening(maker *m, int a, int b, int row)
{
    sim_op *op;
    meet_both(m, a, b);
    push_set(m, a, row, COLUMN_DEPTH, 10);
    push_set(m, b, row, COLUMN_DEPTH, 11);
    meet_both(m, a, b);
    op = push(m, SIM_FORM, dice(m, 2) ? a : b);
    op->a[1] = COLUMN_DEPTH;
    op->a[2] = 1; /* decimal */
    meet_both(m, a, b);
}

/* HQ comes back from a backup, and a device from a copy as old: what it had
 * sent since, only the other holds. It goes on as if it had never been. */
static void make_comeback(maker *m, int a, int b, int row)
{
    push(m, SIM_SYNC, a);
    push(m, SIM_SAVE, a);
    push(m, SIM_BACKUP, 0);
    push_set(m, a, row, COLUMN_NOTE, some_value(m));
    push(m, SIM_SYNC, a);
    push(m, SIM_SYNC, b);
    push(m, SIM_RESTORE, a);
    push(m, SIM_COMEBACK, 0);
    if (dice(m, 2))
        push_set(m, a, row, COLUMN_NAME, some_value(m));
    push(m, SIM_SYNC, dice(m, 2) ? a : b);
}

/* Now and then a remote is copied, or is again what it was. */
static void make_backup(maker *m)
{
    uint64_t state = m->state;
    int a, what;
    m->state = m->other;
    a = dice(m, m->replicas);
    what = dice(m, 100);
    if (what < 1)
        make_comeback(m, a, (a + 1) % m->replicas, dice(m, m->rows));
    else if (what < 4)
        push(m, what < 3 ? SIM_BACKUP : SIM_COMEBACK, 0)->a[1] =
            dice(m, 4) ? 0 : 1 + dice(m, SIM_REMOTES - 1);
    m->other = m->state;
    m->state = state;
}

static void make_scene(maker *m)
{
    int a = dice(m, m->replicas), b = (a + 1) % m->replicas;
    int row = dice(m, m->rows);
    switch (dice(m, 7)) {
    case 0:
    case 1:
        make_duel(m, a, b, row);
        break;
    case 2:
        make_second_thoughts(m, a, row);
        break;
    case 3:
        make_twins(m, a, b, dice(m, SIM_NAMED_ROWS));
        break;
    case 4:
        make_amnesia(m, a, row);
        break;
    case 5:
        make_widening(m, a, b, row);
        break;
    default:
        make_return(m, a, b, row);
        break;
    }
}

static void make_step(maker *m)
{
    int replica = dice(m, m->replicas), what = dice(m, 100);
    if (what < 56)
        make_edit(m, replica);
    else if (what < 60)
        push(m, SIM_RECORD, replica);
    else if (what < 64 && !m->plain)
        make_settle(m, replica);
    else if (what < 66 && !m->plain)
        push(m, SIM_REVERT, replica)->a[1] = dice(m, 6);
    else if (what < 69)
        push(m, SIM_CLOCK, replica)->a[1] =
            dice(m, 2) ? (dice(m, 9) - 4) * 800 : 0;
    else if (what < 71)
        push(m, SIM_WAIT, dice(m, 100));
    else if (what < 78)
        make_trouble(m, replica);
    else if (what < 82 && !m->plain)
        make_scene(m);
    else
        make_sync(m, replica);
}

void sim_make_history(sim_history *h, uint64_t seed, int plain)
{
    maker m = {.h = h,
               .state = seed * 2654435761u + 99,
               .other = seed * 2246822519u + 7,
               .plain = plain};
    int i, steps;
    memset(h, 0, sizeof *h);
    h->seed = seed;
    dice(&m, 2);
    h->replicas = m.replicas = dice(&m, 3) ? 2 + dice(&m, 2) : 2 + dice(&m, 7);
    m.rows = 1 + dice(&m, 5);
    m.reliable = 4 + dice(&m, 6);
    steps = 14 + dice(&m, 12) + 5 * h->replicas;
    for (i = 0; i < h->replicas; i++)
        push(&m, SIM_CLOCK, i)->a[1] =
            dice(&m, 2) ? (dice(&m, 9) - 4) * 1500 : 0;
    push(&m, SIM_ADD, 0)->a[2] = some_value(&m);
    for (i = 0; i < h->replicas; i++)
        push(&m, SIM_SYNC, i);
    for (i = 0; i < steps; i++) {
        make_step(&m);
        if (!plain)
            make_backup(&m);
    }
}

/* ---- printed and read ---- */

static void print_argument(char *out, size_t room, char kind, int value)
{
    switch (kind) {
    case 'w':
        snprintf(out, room, " row%d", value);
        break;
    case 'c':
        snprintf(out, room, " %s", sim_columns[value]);
        break;
    case 't':
        snprintf(out, room, " %s", type_words[value]);
        break;
    case 'm':
        snprintf(out, room, " %s", remotes[value]);
        break;
    case 'd':
        snprintf(out, room, " %s", downs[value]);
        break;
    case 'u':
        snprintf(out, room, " %s", ups[value]);
        break;
    case 'v':
        snprintf(out, room, " %s", value ? sim_value_text(value) : values[0]);
        break;
    default:
        snprintf(out, room, " %d", value);
        break;
    }
}

void sim_print_op(char out[160], const sim_op *op)
{
    const char *kinds = verbs[op->verb].signature;
    size_t used = (size_t)snprintf(out, 160, "%s", verbs[op->verb].word);
    int i;
    for (i = 0; kinds[i]; i++) {
        print_argument(out + used, 160 - used, kinds[i], op->a[i]);
        used += strlen(out + used);
    }
}

void sim_write_history(FILE *out, const sim_history *h)
{
    char line[160];
    int i;
    fprintf(out, "seed %llu\nreplicas %d\n", (unsigned long long)h->seed,
            h->replicas);
    for (i = 0; i < h->count; i++) {
        sim_print_op(line, &h->ops[i]);
        fprintf(out, "%s\n", line);
    }
}

static int word_number(const char *word, const char *const *words, int count)
{
    int i;
    for (i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static int number_in(const char *text, int below)
{
    char *end = NULL;
    long n = strtol(text, &end, 10);
    return *text && !*end && n < below ? (int)n : -1;
}

/* Argument of KIND from WORD; -1 below its least value. */
static int read_argument(int *out, char kind, const char *word)
{
    int n = -1;
    switch (kind) {
    case 'r':
        n = number_in(word, SIM_REPLICAS);
        break;
    case 'w':
        n = strncmp(word, "row", 3) == 0 ? number_in(word + 3, SIM_ROWS) : -1;
        break;
    case 'c':
        n = word_number(word, sim_columns, COLUMN_UUID);
        break;
    case 't':
        n = word_number(word, type_words, 5);
        break;
    case 'm':
        n = word_number(word, remotes, SIM_REMOTES);
        break;
    case 'd':
        n = word_number(word, downs, 5);
        break;
    case 'u':
        n = word_number(word, ups, 6);
        break;
    case 'v':
        n = word_number(word, values, VALUES);
        if (n < 0 && word[0] == 'u' && number_in(word + 1, 1 << 20) >= 0)
            n = UNIQUE + number_in(word + 1, 1 << 20);
        break;
    default:
        *out = atoi(word);
        return strspn(word, "-0123456789") == strlen(word) && *word ? 0 : -1;
    }
    *out = n;
    return n < 0 ? -1 : 0;
}

static int read_op(sim_op *op, char *line)
{
    char *save = NULL, *word = strtok_r(line, " \t", &save);
    int i;
    memset(op, 0, sizeof *op);
    for (op->verb = 0; op->verb < SIM_VERBS; op->verb++)
        if (strcmp(verbs[op->verb].word, word) == 0)
            break;
    if (op->verb == SIM_VERBS)
        return -1;
    for (i = 0; verbs[op->verb].signature[i]; i++) {
        word = strtok_r(NULL, " \t", &save);
        if (!word ||
            read_argument(&op->a[i], verbs[op->verb].signature[i], word))
            return -1;
    }
    return strtok_r(NULL, " \t", &save) ? -1 : 0;
}

static int read_line(sim_history *h, char *line)
{
    unsigned long long seed;
    line[strcspn(line, "#\r\n")] = 0;
    if (strspn(line, " \t") == strlen(line))
        return 0;
    if (sscanf(line, "seed %llu", &seed) == 1) {
        h->seed = seed;
        return 0;
    }
    if (sscanf(line, "replicas %d", &h->replicas) == 1)
        return h->replicas >= 1 && h->replicas <= 8 ? 0 : -1;
    return h->count < SIM_OPS ? read_op(&h->ops[h->count++], line) : -1;
}

int sim_read_history(sim_history *h, FILE *in)
{
    char line[256], copy[256];
    int number = 0;
    memset(h, 0, sizeof *h);
    h->replicas = 2;
    while (fgets(line, sizeof line, in)) {
        number++;
        snprintf(copy, sizeof copy, "%s", line);
        if (read_line(h, line))
            return error_set(-1, "line %d: %s", number, copy);
    }
    return 0;
}
