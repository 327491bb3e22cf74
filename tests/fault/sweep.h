/* SPDX-License-Identifier: MIT */
/* An operation of tawam is disturbed at one point after another, and each time
 * everything that must be true afterwards is looked at. For
 * tests/cmd_kill_sweep.c, cmd_disk_sweep.c, cmd_memory_sweep.c and
 * cmd_read_sweep.c.
 *
 * A trial:
 *   1. work/ is made anew from the prepared state;
 *   2. the command runs in a forked child, which is the whole program (main.c
 *      is part of this test), with the library of shim.h armed;
 *   3. when it and all its children are gone, a look at the replica: it opens,
 *      `verify` passes, its rows are those from before the command or those
 *      from after it (or a state between that the operation names), those from
 *      after it if the command said yes; what was said to be sent is at HQ;
 *   4. the same command again succeeds (left out where it was done and twice
 *      would be more than once);
 *   5. all replicas sync in turn and end with one hash, the expected rows and
 *      conflicts, each verified.
 *
 * What 3 to 5 find follows from the bytes in work/ alone: it is found out once
 * for each state that is left there, and judges each trial that left it
 * (memo.h).
 */
#ifndef TAWAM_TESTS_FAULT_SWEEP_H
#define TAWAM_TESTS_FAULT_SWEEP_H

#include "tests/fault/memo.h"

/* ---- the sweep ---- */

typedef struct expectation {
    char *before, *after, *end; /* dumps */
    char *between[3];
    int64_t conflicts; /* at the end */
    uint64_t writes, allocations, reads, sites;
} expectation;

typedef struct tally {
    long trials, losses;
    long dead;   /* ended by the fault's kill */
    long failed; /* ended with an exit status */
    long done;   /* said yes in spite of it */
    long silent; /* the fault did not happen: fewer operations than before */
    long own;    /* died of itself: a crash */
    long states; /* that they left, each looked into once (memo.h) */
} tally;

static int faulty;           /* checks that failed in this trial */
static int expected_to_fail; /* a control run: don't tell */

static void wrong(const operation *o, fault_mode mode, uint64_t at, int status,
                  const char *what, const char *text)
{
    if (expected_to_fail) {
        faulty++;
        return;
    }
    if (!faulty++)
        diag("%s, %s at %llu: status %d, signal %d, said '%s', '%s'", o->name,
             FAULT_NAMES[mode], (unsigned long long)at, WEXITSTATUS(status),
             WTERMSIG(status), output(said_fd), output(complained_fd));
    diag("  %s%s%s", what, *text ? ": " : "", text);
}

/* What there is now. A replica that was damaged may still be. */
static int look_now(const operation *o)
{
    if (!in_child(look, o) && o->damaged) {
        seen->whole = 1;
        snprintf(seen->dump, DUMP, "damaged\n");
    }
    return seen->whole;
}

static char *look_dump(const operation *o)
{
    if (!look_now(o))
        bail("%s: cannot look: %s", o->name, seen->why);
    return strdup(seen->dump);
}

/* The command, with the fault, from the state that work/ is in. Its random
 * numbers follow from the operation and TRY, its clock stands where it stood
 * when the operation's sweep began, past all commits there are: so what it
 * writes up to a fault is the same in each trial, and the same states are met
 * (memo.h). TAWAM_SEED=N: other numbers. */
static int run_settled(const operation *o, fault_mode mode, uint64_t at,
                       int try)
{
    const char *seed = getenv("TAWAM_SEED");
    int status;

    settled.seed = seed ? strtoull(seed, NULL, 10) : 1;
    settled.seed = settled.seed * 1000 + (uint64_t)try;
    for (const char *c = o->name; *c; c++)
        settled.seed = settled.seed * 31 + (unsigned char)*c;
    status = run_tawam(o->who, o->words, mode, at);
    settled.seed = 0;
    return status;
}

/* Runs the operation undisturbed and learns what each state looks like, and the
 * places of what MODE is of. */
static int expect(expectation *e, const operation *o, fault_mode mode)
{
    int status;

    memset(e, 0, sizeof *e);
    settled.clock = clock_now();
    for (int i = 0; i < 3 && o->between[i][0]; i++) {
        restore(o->state);
        must_run(o->who, o->between[i]);
        e->between[i] = look_dump(o);
    }
    restore(o->state);
    e->before = look_dump(o);
    restore(o->state);
    status = run_settled(o, mode, 0, 0);
    e->writes = shim.writes();
    e->allocations = shim.allocations();
    e->reads = fault_is_read(mode) ? shim.reads() : 0;
    e->sites = shim.sites(&(const uint32_t *){NULL}, &(const uint64_t *){NULL});
    if (status != 0)
        return status;
    e->after = look_dump(o);
    if (o->meets && strcmp(seen->head, seen->there) != 0)
        bail("%s: undisturbed, and not at the remote", o->name);
    if (!in_child(meet, o))
        bail("%s: undisturbed, and %s", o->name, seen->why);
    e->end = strdup(seen->dump);
    e->conflicts = seen->conflicts;
    return 0;
}

static void forget(expectation *e)
{
    outcomes_forget();
    free(e->before);
    free(e->after);
    free(e->end);
    for (int i = 0; i < 3; i++)
        free(e->between[i]);
}

static int one_of(const expectation *e, const char *text)
{
    int found = strcmp(text, e->before) == 0 || strcmp(text, e->after) == 0;

    for (int i = 0; i < 3 && e->between[i]; i++)
        found |= strcmp(text, e->between[i]) == 0;
    return found;
}

/* The first line in which TEXT differs from WANTED. */
static const char *difference(const char *text, const char *wanted)
{
    static char line[500];
    size_t at = 0;

    while (text[at] && text[at] == wanted[at])
        at++;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    snprintf(line, sizeof line, "%.*s instead of %.*s",
             (int)strcspn(text + at, "\n"), text + at,
             (int)strcspn(wanted + at, "\n"), wanted + at);
    return line;
}

static int is_death(fault_mode mode)
{
    return mode <= FAULT_TORN;
}

/* How the command ended: killed as asked, or with a status of its own. */
static void judge_end(tally *t, const operation *o, fault_mode mode,
                      uint64_t at, int status)
{
    const char *said = output(complained_fd);
    int exited = status >= 0 && WIFEXITED(status);

    if (!shim.bitten())
        t->silent++;
    if (status < 0)
        wrong(o, mode, at, 0, "it hung", "");
    else if (!exited && is_death(mode))
        t->dead++;
    else if (!exited) {
        t->own++;
        wrong(o, mode, at, status, "it crashed", "");
    } else if (WEXITSTATUS(status) == 0)
        t->done++;
    else
        t->failed++;
    if (exited && WEXITSTATUS(status) && strlen(said) < 20)
        wrong(o, mode, at, status, "it failed without words", "");
    /* what a repair finds when its disk fails may be "no remote reached" */
    if (exited && WEXITSTATUS(status) && !is_death(mode) &&
        WEXITSTATUS(status) != 3 && !(o->damaged && WEXITSTATUS(status) == 4))
        wrong(o, mode, at, status, "not exit status 3", "");
}

static void judge_state(const operation *o, const expectation *e,
                        fault_mode mode, uint64_t at, int status,
                        const outcome *left)
{
    int said_yes = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    if (!left->whole) {
        wrong(o, mode, at, status, "afterwards", left->why);
        return;
    }
    if (!one_of(e, left->dump))
        wrong(o, mode, at, status, "a state that is neither",
              difference(left->dump, e->after));
    if (said_yes && strcmp(left->dump, e->after) != 0)
        wrong(o, mode, at, status, "it said yes, and",
              difference(left->dump, e->after));
    if (o->meets && !left->sent &&
        (said_yes || strstr(output(said_fd), "Sent ") != NULL))
        wrong(o, mode, at, status, "said to be sent, and is not", "");
}

/* Temporary files of ours that a command which ended by itself left, though
 * it could remove them. */
static void judge_rest(const operation *o, fault_mode mode, uint64_t at,
                       int status)
{
    DIR *d = opendir("work/out");
    struct dirent *entry = NULL;

    while (d && !is_death(mode) && mode != FAULT_EIO_ON &&
           (entry = readdir(d)) != NULL)
        if (strstr(entry->d_name, ".tawam-"))
            wrong(o, mode, at, status, "left behind", entry->d_name);
    if (d)
        closedir(d);
}

/* The look after a trial, then, when the trial is judged, the rest. */
static void fill_look(outcome *left, const operation *o)
{
    left->whole = look_now(o);
    left->why = strdup(seen->why);
    left->dump = strdup(seen->dump);
    left->sent = strcmp(seen->head, seen->there) == 0;
}

static void fill_meeting(outcome *left, const operation *o,
                         const expectation *e)
{
    if (!o->once || strcmp(left->dump, e->after) != 0)
        left->repeated = run_tawam(o->who, o->words, FAULT_KILL, 0);
    left->met = in_child(meet, o);
    left->met_why = strdup(seen->why);
    left->met_dump = strdup(seen->dump);
    left->conflicts = seen->conflicts;
}

static void judge_meeting(const operation *o, const expectation *e,
                          fault_mode mode, uint64_t at, const outcome *left)
{
    if (left->repeated != 0)
        wrong(o, mode, at, left->repeated, "the repeat fails", "");
    if (!left->met)
        wrong(o, mode, at, left->repeated, "after the repeat", left->met_why);
    else if (strcmp(left->met_dump, e->end) != 0)
        wrong(o, mode, at, left->repeated, "after the repeat",
              difference(left->met_dump, e->end));
    else if (left->conflicts != e->conflicts)
        wrong(o, mode, at, left->repeated, "other conflicts", "");
}

/* 1 if TAWAM_POINTS, "FROM-TO", is unset or AT lies in it: to look at a few
 * again (without BUILD, so that it leaves no record). */
static int point_wanted(uint64_t at)
{
    const char *range = getenv("TAWAM_POINTS");
    char *end = NULL;
    uint64_t from = range ? strtoull(range, &end, 10) : 0;
    uint64_t to = range && *end == '-' ? strtoull(end + 1, NULL, 10) : from;

    return !range || (at >= from && at <= to);
}

/* The command, disturbed. Two processes take turns as they like, and ids are
 * random and with them the pages that a row meets ("add" writes 25 or 29
 * times): where the fault did not happen it is tried again with other numbers,
 * so that chance is not what a trial ends with. */
static int run_disturbed(const operation *o, fault_mode mode, uint64_t at)
{
    int status = 0, tries = 0;

    do {
        restore(o->state);
        status = run_settled(o, mode, at, tries);
    } while (status >= 0 && !shim.bitten() && ++tries < 12);
    return status;
}

static void trial(tally *t, const operation *o, const expectation *e,
                  fault_mode mode, uint64_t at)
{
    int status, known;
    outcome *left;

    if (!point_wanted(at))
        return;
    faulty = 0;
    status = run_disturbed(o, mode, at);
    judge_end(t, o, mode, at, status);
    judge_rest(o, mode, at, status);
    left = outcome_of_now(&known);
    if (!known)
        fill_look(left, o);
    judge_state(o, e, mode, at, status, left);
    if (!known)
        fill_meeting(left, o, e);
    judge_meeting(o, e, mode, at, left);
    t->states += !known;
    t->trials++;
    t->losses += faulty > 0;
}

/* ---- which points ---- */

/* The points of WRITES at which something becomes final (a rename, a link, the
 * end of a journal) and those beside them, then others spread evenly, MOST at
 * most; all of them with MOST 0. Returned sorted; caller frees. */
static uint64_t *choose_points(size_t *count, uint64_t writes, size_t most)
{
    const char *kinds = shim.kinds();
    char *wanted = calloc(writes + 2, 1);
    uint64_t *points = malloc((writes + 1) * sizeof *points);
    size_t n = 0;

    for (uint64_t i = 1; i <= writes && i < FAULT_KINDS; i++)
        if (most && strchr("rlu", kinds[i - 1]) && n + 3 < most / 2 * 3)
            for (uint64_t j = i > 1 ? i - 1 : 1; j <= i + 1; j++) {
                n += !wanted[j];
                wanted[j] = 1;
            }
    for (size_t i = 0; i < most / 2; i++)
        wanted[1 + i * writes / (most / 2)] = 1;
    *count = 0;
    for (uint64_t i = 1; i <= writes; i++)
        if (!most || wanted[i])
            points[(*count)++] = i;
    free(wanted);
    return points;
}

/* 1 if TAWAM_ACTIONS, a list of names, is unset or holds NAME. */
static int sweep_wanted(const char *name)
{
    const char *list = getenv("TAWAM_ACTIONS");
    const char *at = list && *list ? strstr(list, name) : name;
    size_t length = strlen(name);

    return at && (at == name || ((at == list || at[-1] == ' ') &&
                                 (at[length] == '\0' || at[length] == ' ')));
}

/* The last of WRITES that takes room on the disk: a disk that is full from a
 * later one on is no fault. */
static uint64_t last_with_room(uint64_t writes)
{
    const char *kinds = shim.kinds();
    uint64_t last = writes < FAULT_KINDS ? writes : FAULT_KINDS;

    if (writes > last)
        return writes;
    while (last > 0 && !strchr("wpolsd", kinds[last - 1]))
        last--;
    return last;
}

/* 1 if MODE at AT can happen. */
static int can_happen(fault_mode mode, uint64_t at, uint64_t last_room)
{
    return at <= last_room || (mode != FAULT_FULL && mode != FAULT_FULL_ONCE);
}

/* The first allocation of each call stack; of them MOST: the sites in their
 * order are cut into so many parts, and of each that one is taken whose stack
 * has the least name. So all parts of a command are met, and each run of one
 * build meets the same places, though a sync's two processes take turns as
 * they like and ids are random; another build meets others. */
static uint64_t *choose_sites(size_t *count, size_t most)
{
    const uint32_t *numbers = NULL;
    const uint64_t *names = NULL;
    uint64_t sites = shim.sites(&numbers, &names);
    size_t wanted = most < sites ? most : (size_t)sites;
    uint64_t *points = malloc((wanted + 1) * sizeof *points);

    for (size_t i = 0; i < wanted; i++) {
        uint64_t best = i * sites / wanted;
        for (uint64_t k = best; k < (i + 1) * sites / wanted; k++)
            if (names[k] < names[best])
                best = k;
        points[i] = numbers[best];
    }
    *count = wanted;
    return points;
}

/* Of what MODE is of: how many operations, or places of them, there are. */
static uint64_t points_of(const expectation *e, fault_mode mode)
{
    if (fault_is_memory(mode))
        return e->sites;
    return fault_is_read(mode) ? e->reads : e->writes;
}

/* The points at which MODE is tried, MOST or so, or ALL; *COUNT of them. Caller
 * frees. */
static uint64_t *points_for(size_t *count, const expectation *e,
                            fault_mode mode, size_t most, int all)
{
    const char *sites = getenv("TAWAM_SITES");

    if (sites && *sites)
        return choose_sites(count, 100000);
    if (fault_is_memory(mode) || (fault_is_read(mode) && !all))
        return choose_sites(count, all ? most * 20 : most);
    return choose_points(count, points_of(e, mode), all ? 0 : most);
}

/* Disturb O in the ways of MODES, at MOST points or so, each in one way; with
 * TAWAM_FULL=1 at all writes or reads (of allocations at twenty times as many),
 * in every way. Adds to SUM. */
static tally sweep(tally *sum, const operation *o, const fault_mode *modes,
                   size_t mode_count, size_t most)
{
    const char *full = getenv("TAWAM_FULL");
    int all = full && *full, writes = modes[0] < FAULT_MEMORY;
    expectation e;
    tally t = {0};
    size_t count = 0;
    uint64_t *points, last_room;
    int status = 0;

    if (o->only_full && !all)
        return t;
    status = expect(&e, o, modes[0]);

    ok(status == 0 && e.writes >= 5,
       "%s: %llu writes, %llu allocations, %llu reads, %llu places", o->name,
       (unsigned long long)e.writes, (unsigned long long)e.allocations,
       (unsigned long long)e.reads, (unsigned long long)e.sites);
    last_room = writes ? last_with_room(e.writes) : 0;
    points = points_for(&count, &e, modes[0], most, all);
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < mode_count; m++) {
            if (!all && i % mode_count != m)
                continue;
            if (!writes || can_happen(modes[m], points[i], last_room))
                trial(&t, o, &e, modes[m], points[i]);
            else if (!all) /* with all, it has its turn there anyway */
                trial(&t, o, &e, FAULT_EIO, points[i]);
        }
    ok(t.losses == 0, "%s: nothing lost at %ld points of %llu, in %ld states",
       o->name, t.trials,
       (unsigned long long)(points_of(&e, modes[0]) * mode_count), t.states);
    ok(t.silent <= 1 + t.trials / 5,
       "%s: killed at %ld, failed at %ld, said yes at %ld, no fault at %ld",
       o->name, t.dead, t.failed, t.done, t.silent);
    sum->trials += t.trials;
    sum->losses += t.losses;
    sum->dead += t.dead;
    sum->failed += t.failed;
    sum->done += t.done;
    sum->states += t.states;
    free(points);
    forget(&e);
    return t;
}

/* ---- the start ---- */

static int load_shim(void)
{
    *(void **)&shim.arm = dlsym(RTLD_DEFAULT, "fault_arm");
    *(void **)&shim.writes = dlsym(RTLD_DEFAULT, "fault_writes");
    *(void **)&shim.allocations = dlsym(RTLD_DEFAULT, "fault_allocations");
    *(void **)&shim.reads = dlsym(RTLD_DEFAULT, "fault_reads");
    *(void **)&shim.under = dlsym(RTLD_DEFAULT, "fault_under");
    *(void **)&shim.bitten = dlsym(RTLD_DEFAULT, "fault_bitten");
    *(void **)&shim.kinds = dlsym(RTLD_DEFAULT, "fault_kinds");
    *(void **)&shim.note_sites = dlsym(RTLD_DEFAULT, "fault_note_sites");
    *(void **)&shim.sites = dlsym(RTLD_DEFAULT, "fault_sites");
    *(void **)&shim.seed = dlsym(RTLD_DEFAULT, "fault_seed");
    *(void **)&shim.stop_clock = dlsym(RTLD_DEFAULT, "fault_stop_clock");
    return shim.arm && shim.sites && shim.kinds;
}

/* Begin again with the library loaded before all others. */
static void preload(char **words)
{
    char path[4096];
    const char *build = getenv("BUILD");

    snprintf(path, sizeof path, "%s/tests/kill_at_write.so",
             build ? build : "build");
    if (getenv("LD_PRELOAD") || access(path, R_OK) < 0)
        skip_all("no kill_at_write.so in this build");
    setenv("LD_PRELOAD", path, 1);
    execv("/proc/self/exe", words);
    skip_all("cannot start again with the library");
}

static void sweep_end(void)
{
    if (chdir("/") == 0)
        file_remove_tree(sweep_top);
}

static void sweep_begin(char **words)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    if (!load_shim())
        preload(words);
    unsetenv("LD_PRELOAD");
    backtrace(&(void *){NULL}, 1); /* loads what on_crash() needs */
    shim.arm(FAULT_KILL, 0);       /* makes the counters that children share */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    snprintf(sweep_top, sizeof sweep_top, "%s/tawam-sweep-XXXXXX", root);
    if (!mkdtemp(sweep_top) || chdir(sweep_top) < 0)
        bail("no scratch folder");
    setenv("HOME", sweep_top, 1);
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    said_fd = memfd_create("said", 0);
    complained_fd = memfd_create("complained", 0);
    if (seen == MAP_FAILED || said_fd < 0 || complained_fd < 0)
        bail("no memory to share");
    mkdir("work", 0777);
    mkdir("work/out", 0777);
}

#endif
