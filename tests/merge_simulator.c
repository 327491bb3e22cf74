/* SPDX-License-Identifier: MIT */
/* Random histories of up to eight replicas hold what issue 3, section 2 asks
 * (tests/merge/check.c numbers it), and so do those that once failed.
 *
 *   merge_simulator.t                   as `make test` runs it
 *   merge_simulator.t COUNT [FIRST]     COUNT seeds from FIRST on
 *   merge_simulator.t FILE.history      that one, each step told
 *   TAWAM_HISTORIES=COUNT               the same as COUNT
 *   TAWAM_EVERY=N                       each Nth in 20 orders, run twice, and
 *                                       with other clocks (takes four times as
 *                                       long); 20, with TAWAM_FULL=1 1
 *
 * A history that fails is made short and put into tests/histories/.
 */
#include "tests/merge/sim.h"
#include "tests/reliability.h"
#include "tests/tap.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT 1000 /* in make test */
#define COUNT_FULL 4000
#define GROUP 100 /* seeds a line of TAP */
#define EVERY 20  /* of so many, one gets 20 orders, a second run, ... */
#define EVERY_FULL 1

typedef struct tally {
    long histories, failures, checks, commits, orders, replayed;
} tally;

/* Of the children that did the histories. */
static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static const char *top(void)
{
    const char *path = getenv("TOP");
    return path ? path : ".";
}

/* ---- failures ---- */

static void keep(const sim_history *failed, const char *why)
{
    static sim_history h;
    char path[1024], first[400];
    FILE *out;
    h = *failed;
    snprintf(first, sizeof first, "%s", why);
    sim_shrink(&h, 400);
    sim_fails(&h, first, sizeof first);
    snprintf(path, sizeof path, "%s/tests/histories/seed-%llu.history", top(),
             (unsigned long long)h.seed);
    out = fopen(path, "w");
    diag("seed %llu: %s", (unsigned long long)h.seed, why);
    diag("as %s, %d operations: %s", path, h.count, first);
    if (!out)
        return;
    fprintf(out, "# %s\n", first);
    sim_write_history(out, &h);
    fclose(out);
}

/* ---- one seed, with what a part of them gets besides ---- */

static int fails_twice(const sim_history *h, sim_result *result, char *why,
                       size_t room)
{
    static sim_history plain;
    char first[DIGEST_HEX_SIZE];
    memcpy(first, result->digest, sizeof first);
    sim_run(result, h, 0);
    if (strcmp(first, result->digest) != 0) {
        snprintf(why, room, "the same seed gives other bytes (12)");
        return 1;
    }
    sim_make_history(&plain, h->seed, 1);
    return !sim_same_kept(&plain, why, room);
}

/* Runs in a child; 0 if all held. */
static int run_seed(uint64_t seed, tally *t, char *why, size_t room)
{
    static sim_history h;
    static sim_result result;
    const char *wanted = getenv("TAWAM_EVERY");
    uint64_t every = wanted ? strtoull(wanted, NULL, 10) : 0;
    int special;
    if (!every)
        every = getenv("TAWAM_FULL") ? EVERY_FULL : EVERY;
    special = seed % every == 0;
    sim_make_history(&h, seed, 0);
    sim_run(&result, &h, special ? 20 : 1);
    t->histories++;
    t->checks += result.checks;
    t->commits += result.commits;
    t->orders += result.orders;
    snprintf(why, room, "%s", result.failure);
    if (!result.failed && special)
        result.failed = fails_twice(&h, &result, why, room);
    return result.failed;
}

/* ---- many seeds: a child does them and tells each over a pipe ---- */

typedef struct news {
    uint64_t seed;
    int failed;
    tally sum;
    char why[400];
} news;

static void work(int line, uint64_t first, uint64_t last)
{
    static news n;
    for (n.seed = first; n.seed <= last; n.seed++) {
        alarm(120);
        n.failed = run_seed(n.seed, &n.sum, n.why, sizeof n.why);
        if (write(line, &n, sizeof n) != sizeof n || n.failed)
            break; /* the folder is wanted for making it short */
    }
    _exit(0);
}

static void add_tally(tally *sum, const tally *part)
{
    sum->histories += part->histories;
    sum->checks += part->checks;
    sum->commits += part->commits;
    sum->orders += part->orders;
}

static void failed_seed(uint64_t seed, const char *why, tally *sum)
{
    static sim_history h;
    char again[400];
    int kind, found = 0;
    sum->failures++;
    for (kind = 0; sum->failures <= 3 && !found && kind < 3; kind++) {
        sim_make_history(&h, seed, kind > 0);
        if (kind == 2)
            sim_other_clocks(&h);
        found = sim_fails(&h, again, sizeof again);
    }
    if (found)
        keep(&h, why);
    else
        diag("seed %llu: %s", (unsigned long long)seed, why);
}

/* Seeds FIRST to LAST; a child that dies is replaced behind the seed. */
static void run_seeds(uint64_t first, uint64_t last, tally *sum)
{
    while (first <= last) {
        static news n;
        int line[2], status = 0;
        pid_t child;
        memset(&n, 0, sizeof n);
        fflush(NULL);
        if (pipe(line) < 0 || (child = fork()) < 0)
            return;
        if (child == 0)
            work(line[1], first, last);
        close(line[1]);
        while (read(line[0], &n, sizeof n) == sizeof n)
            first = n.seed + 1;
        close(line[0]);
        waitpid(child, &status, 0);
        add_tally(sum, &n.sum);
        if (n.failed)
            failed_seed(n.seed, n.why, sum);
        else if (first <= last)
            failed_seed(first++, "it ended the process", sum);
    }
}

static void test_seeds(uint64_t first, uint64_t count, tally *sum)
{
    uint64_t from;
    for (from = first; from < first + count; from += GROUP) {
        uint64_t to = from + GROUP - 1;
        long before = sum->failures;
        if (to > first + count - 1)
            to = first + count - 1;
        run_seeds(from, to, sum);
        ok(sum->failures == before, "histories %llu to %llu hold",
           (unsigned long long)from, (unsigned long long)to);
    }
}

/* ---- those that once failed ---- */

static int run_file(const char *path, int tell)
{
    static sim_history h;
    char why[400] = "", line[160];
    FILE *in = fopen(path, "r");
    int i;
    if (!in || sim_read_history(&h, in) < 0) {
        diag("%s: %s", path, in ? error_message() : "cannot be read");
        return 1;
    }
    fclose(in);
    for (i = 0; tell && i < h.count; i++) {
        sim_print_op(line, &h.ops[i]);
        diag("%3d %s", i, line);
    }
    i = sim_fails(&h, why, sizeof why);
    if (i)
        diag("%s: %s", path, why);
    return i;
}

static void test_kept(tally *sum)
{
    char folder[900], path[1200];
    struct dirent **list = NULL;
    int count, i;
    snprintf(folder, sizeof folder, "%s/tests/histories", top());
    count = scandir(folder, &list, NULL, alphasort);
    for (i = 0; i < count; i++) {
        const char *name = list[i]->d_name;
        if (strcmp(file_extension(name), ".history") == 0 ||
            strcmp(file_extension(name), "history") == 0) {
            snprintf(path, sizeof path, "%s/%s", folder, name);
            sum->replayed++;
            if (!ok(run_file(path, 0) == 0, "%s holds", name))
                sum->failures++;
        }
        free(list[i]);
    }
    free(list);
}

/* A history printed and read is the same. */
static void test_script(void)
{
    static sim_history a, b;
    FILE *file = tmpfile();
    uint64_t seed;
    int same = 1;
    for (seed = 1; file && seed <= 50; seed++) {
        rewind(file);
        sim_make_history(&a, seed, seed % 2);
        sim_write_history(file, &a);
        if (fflush(file) || ftruncate(fileno(file), ftell(file)))
            same = 0;
        rewind(file);
        same = same && sim_read_history(&b, file) == 0 && a.count == b.count &&
               a.seed == b.seed && a.replicas == b.replicas &&
               memcmp(a.ops, b.ops, sizeof a.ops) == 0;
    }
    ok(file && same, "a history is read back as it was printed");
    if (file)
        fclose(file);
}

static void report(const tally *sum)
{
    char controls[120];
    snprintf(controls, sizeof controls,
             "%ld comparisons; tests/teeth_merge.c: known bugs are found",
             sum->checks);
    reliability_report(&(reliability){
        .name = "merge-simulator",
        .tried = "random histories: 2 to 8 replicas, a network that drops, "
                 "delays, doubles and cuts, restored copies, clones, crashes, "
                 "full disks, clocks years apart",
        .trials = sum->histories + sum->replayed,
        .losses = sum->failures,
        .controls = controls,
        .blind = "flushing to disk; two processes at once; packs; "
                 "what model and program both misread in FORMAT.md"});
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : getenv("TAWAM_HISTORIES");
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t count = getenv("TAWAM_FULL") ? COUNT_FULL : COUNT;
    static tally sum;
    double began;
    sim_found();
    if (wanted && strchr(wanted, '.')) {
        ok(run_file(wanted, 1) == 0, "%s holds", wanted);
        sim_leave();
        return done_testing();
    }
    if (wanted)
        count = strtoull(wanted, NULL, 10);
    test_script();
    test_kept(&sum);
    began = cpu_seconds();
    test_seeds(first, count, &sum);
    began = cpu_seconds() - began;
    diag("%ld histories, %ld commits, %ld orders, %ld comparisons; %.1f"
         " histories a second of CPU",
         sum.histories, sum.commits, sum.orders, sum.checks,
         began > 0 ? (double)sum.histories / began : 0.0);
    report(&sum);
    sim_leave();
    return done_testing();
}
