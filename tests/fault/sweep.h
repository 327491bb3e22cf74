/* SPDX-License-Identifier: MIT */
/* An operation of tawam is disturbed at one point after another, and each time
 * everything that must be true afterwards is looked at. For
 * tests/cmd_kill_sweep.c, cmd_disk_sweep.c and cmd_memory_sweep.c.
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
 * Only children run tawam's code: this process forks, and reads a page it
 * shares with them. So a child starts as a fresh program does, but for the
 * dynamic linker's work (which costs more than many of these commands). */
#ifndef TAWAM_TESTS_FAULT_SWEEP_H
#define TAWAM_TESTS_FAULT_SWEEP_H

#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <git2.h>
#include <sqlite3.h>
#include "base/base.h"
#include "sync/sync.h"
#include "sync/sync_internal.h"
#include "tests/fault/shim.h"
#include "tests/reliability.h"
#include "tests/tap.h"
#include "twin/twin.h"
#include "work/territory.h"
#include "work/workflow.h"

#ifndef TAWAM_PREFIX
#define TAWAM_PREFIX "/usr/local"
#endif
int tawam_main(int count, char **words);
#define main tawam_main
#include "src/main.c"
#undef main

#define VERSION "version-1" /* what "publish" calls it */
enum { WORDS = 16, DUMP = 1 << 16, PATIENCE_MS = 120000 };

/* ---- what a look finds, on a page shared with the child that looks ---- */

typedef struct sight {
    int whole;     /* opened, verified; all replicas synced */
    char why[600]; /* if not */
    char hash[DIGEST_HEX_SIZE];
    char head[SYNC_ID_SIZE];  /* of its own line */
    char there[SYNC_ID_SIZE]; /* the same line at the remote */
    int64_t conflicts;
    char dump[DUMP]; /* rows, labels, what is pending: one text */
} sight;

typedef struct operation {
    const char *name;
    const char *state;        /* what it starts from: a name of states[] */
    const char *who;          /* "field", "desk", … in work/ */
    const char *words[WORDS]; /* of the command, without -C */
    int once;      /* twice would be two rows: not repeated if it was done */
    int merges;    /* what the log has and the replica not is merged first: what
                      the next command does, as sync/publish.c says */
    int damaged;   /* before it the replica need not open */
    int only_full; /* only with TAWAM_FULL=1: others disturb most of it */
    int meets;     /* its line is at the remote when it says yes */
    const char *remote;            /* folder in work/; NULL: hq.git */
    const char *between[3][WORDS]; /* commands that lead to states between */
    const char *file;              /* a file it makes, whole or absent */
} operation;

static struct shim {
    void (*arm)(fault_mode, uint64_t);
    uint64_t (*writes)(void);
    uint64_t (*allocations)(void);
    uint64_t (*bitten)(void);
    const char *(*kinds)(void);
    void (*note_sites)(void);
    uint64_t (*sites)(const uint32_t **);
} shim;

static char sweep_top[64]; /* the scratch folder; the present one */
static sight *seen;        /* what the last look found */
static int said_fd = -1, complained_fd = -1; /* output of the last command */

/* ---- files ---- */

static void copy_file(int from_folder, int to_folder, const char *name)
{
    char block[65536];
    struct stat s = {0};
    ssize_t n = 0;
    int from = openat(from_folder, name, O_RDONLY | O_CLOEXEC);
    int to = -1;

    if (from < 0 || fstat(from, &s) < 0)
        bail("cannot read %s", name);
    to = openat(to_folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, s.st_mode);
    while ((n = read(from, block, sizeof block)) > 0)
        if (write(to, block, (size_t)n) != n)
            bail("cannot copy %s", name);
    close(from);
    close(to);
}

static void copy_tree(int from, int to)
{
    DIR *d = fdopendir(from);
    struct dirent *entry = NULL;

    while (d && (entry = readdir(d)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (entry->d_type != DT_DIR) {
            copy_file(dirfd(d), to, entry->d_name);
            continue;
        }
        mkdirat(to, entry->d_name, 0777);
        copy_tree(openat(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY),
                  openat(to, entry->d_name, O_RDONLY | O_DIRECTORY));
    }
    closedir(d);
    close(to);
}

static void copy_folder(const char *from, const char *to)
{
    file_remove_tree(to);
    if (mkdir(to, 0777) < 0)
        bail("cannot make %s", to);
    copy_tree(open(from, O_RDONLY | O_DIRECTORY),
              open(to, O_RDONLY | O_DIRECTORY));
}

static void restore(const char *state)
{
    char from[80];

    snprintf(from, sizeof from, "state-%s", state);
    copy_folder(from, "work");
}

static void keep(const char *state)
{
    char to[80];

    snprintf(to, sizeof to, "state-%s", state);
    copy_folder("work", to);
}

/* ---- children ---- */

/* Wait for CHILD and whatever it leaves behind (this process is made their
 * parent). The status of waitpid(), or -1 for one that hung and was killed. */
static int await(pid_t child)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0),
                         .events = POLLIN};
    int status = 0, one = 0;
    int hung = poll(&end, 1, PATIENCE_MS) == 0;

    if (hung)
        kill(-child, SIGKILL);
    waitpid(child, &status, 0);
    close(end.fd);
    while (waitpid(-1, &one, 0) > 0)
        ;
    return hung ? -1 : status;
}

static void take_output(void)
{
    int null = open("/dev/null", O_RDONLY);

    if (ftruncate(said_fd, 0) < 0 || ftruncate(complained_fd, 0) < 0)
        abort();
    lseek(said_fd, 0, SEEK_SET);
    lseek(complained_fd, 0, SEEK_SET);
    dup2(null, 0);
    dup2(said_fd, 1);
    dup2(complained_fd, 2);
}

/* What a careless program would do, so that a sweep is seen to notice: two
 * cells that belong together in two transactions, without a journal. */
static int careless(const char *folder)
{
    twin *t = NULL;
    int failed = twin_open(&t, folder, 0) ||
                 sqlite3_exec(twin_database(t),
                              "PRAGMA journal_mode = OFF;"
                              "UPDATE water_point SET name = 'Swept' "
                              "WHERE code = 'WP02';"
                              "UPDATE water_point SET state = 'broken' "
                              "WHERE code = 'WP02'",
                              NULL, NULL, NULL);

    twin_close(t);
    return failed ? 3 : 0;
}

/* A crash says where, in what the command complained. */
static void on_crash(int number)
{
    void *frames[24];

    backtrace_symbols_fd(frames, backtrace(frames, 24), 2);
    signal(number, SIG_DFL);
    raise(number);
}

/* Run tawam with -C work/WHO and WORDS; MODE and AT as of fault_arm(). */
static int run_tawam(const char *who, const char *const *words, fault_mode mode,
                     uint64_t at, int note)
{
    static char program[] = "tawam", directory[] = "-C";
    char folder[80], *arguments[WORDS + 4] = {NULL};
    int count = 0;
    pid_t child;

    snprintf(folder, sizeof folder, "work/%s", who);
    arguments[count++] = program;
    if (strcmp(words[0], "init") != 0 && strcmp(words[0], "clone") != 0) {
        arguments[count++] = directory;
        arguments[count++] = folder;
    }
    for (int i = 0; i < WORDS && words[i]; i++)
        arguments[count++] = (char *)(uintptr_t)words[i];
    fflush(NULL);
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        take_output();
        signal(SIGSEGV, on_crash);
        signal(SIGABRT, on_crash);
        if (note) {
            shim.arm(FAULT_MEMORY, 0);
            shim.note_sites();
        }
        shim.arm(mode, at);
        if (strcmp(words[0], "careless") == 0)
            exit(careless(folder));
        exit(tawam_main(count, arguments));
    }
    setpgid(child, child);
    return await(child);
}

/* What the last command printed. */
static const char *output(int fd)
{
    static char text[2][4096];
    char *to = text[fd == said_fd];
    ssize_t n = pread(fd, to, sizeof text[0] - 1, 0);

    to[n > 0 ? n : 0] = '\0';
    return to;
}

static void must_run(const char *who, const char *const *words)
{
    int status = run_tawam(who, words, FAULT_KILL, 0, 0);

    if (status != 0)
        bail("cannot prepare: %s %s, status %d: %s", who, words[0], status,
             output(complained_fd));
}
#define PREPARE(who, ...) must_run(who, (const char *const[WORDS]){__VA_ARGS__})

/* ---- looking, in a child ---- */

/* Ids are random, and so are references. A layer without rows, which a form
 * that is not published yet may have, tells nothing. */
static void dump_layer(buffer *out, sqlite3 *db, const char *layer)
{
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf(
        "SELECT 'SELECT ' || group_concat('quote(\"' || name || '\")', "
        "'||''|''||') || ' FROM \"%w\" ORDER BY 1' FROM pragma_table_info(%Q) "
        "WHERE name NOT IN ('fid', 'uuid') AND name NOT LIKE '%%\\_uuid' "
        "ESCAPE '\\'",
        layer, layer);
    char *select = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
        select = memory_string((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    if (select && sqlite3_prepare_v2(db, select, -1, &s, NULL) == SQLITE_OK) {
        for (int first = 1; sqlite3_step(s) == SQLITE_ROW; first = 0)
            buffer_format(out, "%s%s%s%s\n", first ? "[" : "",
                          first ? layer : "", first ? "]\n" : "",
                          (const char *)sqlite3_column_text(s, 0));
        sqlite3_finalize(s);
    }
    sqlite3_free(sql);
    free(select);
}

static void dump(buffer *out, territory *t)
{
    twin_pending_counts p = {0};
    char id[SYNC_ID_SIZE];

    for (size_t i = 0; i < twin_layer_count(t->twin); i++)
        dump_layer(out, twin_database(t->twin),
                   twin_layer_at(t->twin, i)->name);
    twin_pending_count(t->twin, &p);
    buffer_format(out, "pending %lld %lld %lld\nconflicts %lld\n",
                  (long long)p.inserted, (long long)p.updated,
                  (long long)p.deleted,
                  (long long)sync_conflict_count(t->sync));
    sync_read_main(out, t->sync, "labels/water_point.csv");
    sync_read_main(out, t->sync, "forms/well/current");
    if (sync_resolve(id, t->sync, VERSION) == TAWAM_OK)
        buffer_text(out, "published\n");
    error_clear();
}

/* The line of WHO at REMOTE, "" if there is none. */
static void read_remote(char id[SYNC_ID_SIZE], const char *remote,
                        const char *device)
{
    git_repository *r = NULL;
    git_oid oid;
    char path[80], ref[128];

    snprintf(path, sizeof path, "work/%s", remote);
    snprintf(ref, sizeof ref, "refs/heads/device/%s", device);
    git_libgit2_init();
    id[0] = '\0';
    if (git_repository_open_bare(&r, path) == 0 &&
        git_reference_name_to_id(&oid, r, ref) == 0)
        git_oid_tostr(id, SYNC_ID_SIZE, &oid);
    git_repository_free(r);
}

static int look_at_replica(const char *who, const char *remote, int with_dump,
                           int merges)
{
    char folder[80];
    territory *t = NULL;
    sync_verification v;
    sync_identity me = {0};
    sync_result met = {0};
    buffer text = {0};
    int code;

    snprintf(folder, sizeof folder, "work/%s", who);
    code = territory_open(&t, folder, 0);
    if (code == TAWAM_OK && merges)
        code = sync_merge(&met, t->sync, NULL);
    sync_result_clear(&met);
    if (code == TAWAM_OK)
        code = sync_verify(&v, t->sync, NULL, NULL, NULL);
    if (code == TAWAM_OK)
        code = sync_state_hash(seen->hash, t->sync);
    if (code == TAWAM_OK)
        code = sync_head(seen->head, t->sync);
    if (code == TAWAM_OK) {
        seen->conflicts = sync_conflict_count(t->sync);
        sync_who(&me, t->sync);
        read_remote(seen->there, remote ? remote : "hq.git", me.device);
    }
    if (code == TAWAM_OK && with_dump) {
        dump(&text, t);
        if (text.length >= DUMP)
            code = error_set(TAWAM_EUSAGE, "the dump is too long");
        else
            snprintf(seen->dump, DUMP, "%s", (char *)text.data);
    }
    buffer_free(&text);
    territory_close(t);
    return code;
}

/* In a child: CALL, whose failure is told on the page. */
static int in_child(int (*call)(const operation *), const operation *o)
{
    int status = 0;
    pid_t child;

    memset(seen, 0, offsetof(sight, dump) + 1);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        seen->whole = call(o) == TAWAM_OK;
        snprintf(seen->why, sizeof seen->why, "%s",
                 seen->whole ? "" : error_message());
        _exit(0);
    }
    setpgid(child, child);
    status = await(child);
    if (status != 0) {
        seen->whole = 0;
        snprintf(seen->why, sizeof seen->why, "the look ended with %d", status);
    }
    return seen->whole;
}

/* How many rows a saved copy has, if it is sound. */
static int look_at_copy(buffer *out, const char *file)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int code = TAWAM_EDAMAGED;

    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "SELECT count(*), integrity_check FROM "
                           "water_point, pragma_integrity_check",
                           -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        buffer_format(out, "a copy with %d rows, %s\n",
                      sqlite3_column_int(s, 0),
                      (const char *)sqlite3_column_text(s, 1));
        code = TAWAM_OK;
    } else {
        error_set(code, "%s is no replica: %s", file, sqlite3_errmsg(db));
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    return code;
}

/* A replica or file that is not there is a state too. */
static int look(const operation *o)
{
    char folder[80];
    buffer text = {0};
    int code = TAWAM_OK;

    snprintf(folder, sizeof folder, "work/%s/twin.gpkg", o->who);
    if (!file_exists(folder))
        snprintf(seen->dump, DUMP, "no replica\n");
    else
        code = look_at_replica(o->who, o->remote, 1, o->merges);
    if (code == TAWAM_OK && o->file) {
        buffer_text(&text, seen->dump);
        if (!file_exists(o->file))
            buffer_text(&text, "no file\n");
        else if (strcmp(file_extension(o->file), "gpkg") == 0)
            code = look_at_copy(&text, o->file);
        else
            code = file_read(&text, o->file, DUMP);
        snprintf(seen->dump, DUMP, "%s", (char *)text.data);
    }
    buffer_free(&text);
    return code;
}

static int sync_one(const char *who)
{
    char folder[80];
    territory *t = NULL;
    sync_result r = {0};
    int code;

    snprintf(folder, sizeof folder, "work/%s", who);
    if (!file_exists(folder))
        return TAWAM_OK;
    code = territory_open(&t, folder, 0);
    if (code == TAWAM_OK)
        code = work_sync(&r, t, NULL, NULL);
    if (code == TAWAM_OK && r.sent != SYNC_SENT &&
        r.sent != SYNC_NOTHING_TO_SEND)
        code = error_set(TAWAM_EREFUSED, "%s: not sent, %d", who, (int)r.sent);
    sync_result_clear(&r);
    territory_close(t);
    return code;
}

static const char *const replicas[] = {"field", "desk", "third"};

/* All meet, and end alike; the page then shows the operation's replica. */
static int meet(const operation *o)
{
    static const char *const order[] = {"field", "desk", "third", "field"};
    char hash[DIGEST_HEX_SIZE] = "", folder[80];
    int code = TAWAM_OK;

    for (int i = 0; i < 4 && code == TAWAM_OK; i++)
        code = sync_one(order[i]);
    for (int i = 0; i < 3 && code == TAWAM_OK; i++) {
        snprintf(folder, sizeof folder, "work/%s", replicas[i]);
        if (!file_exists(folder))
            continue;
        code = look_at_replica(replicas[i], NULL, 0, 0);
        if (code == TAWAM_OK && hash[0] && strcmp(hash, seen->hash) != 0)
            code =
                error_set(TAWAM_EDAMAGED, "%s has another state", replicas[i]);
        snprintf(hash, sizeof hash, "%s", seen->hash);
    }
    return code == TAWAM_OK ? look(o) : code;
}

/* ---- the sweep ---- */

typedef struct expectation {
    char *before, *after, *end; /* dumps */
    char *between[3];
    int64_t conflicts; /* at the end */
    uint64_t writes, allocations, sites;
} expectation;

typedef struct tally {
    long trials, losses;
    long dead;   /* ended by the fault's kill */
    long failed; /* ended with an exit status */
    long done;   /* said yes in spite of it */
    long silent; /* the fault did not happen: fewer operations than before */
    long own;    /* died of itself: a crash */
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

/* Runs the operation undisturbed and learns what each state looks like. */
static int expect(expectation *e, const operation *o, int note)
{
    int status;

    memset(e, 0, sizeof *e);
    for (int i = 0; i < 3 && o->between[i][0]; i++) {
        restore(o->state);
        must_run(o->who, o->between[i]);
        e->between[i] = look_dump(o);
    }
    restore(o->state);
    e->before = look_dump(o);
    restore(o->state);
    status = run_tawam(o->who, o->words, FAULT_KILL, 0, note);
    e->writes = shim.writes();
    e->allocations = shim.allocations();
    e->sites = note ? shim.sites(&(const uint32_t *){NULL}) : 0;
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
                        fault_mode mode, uint64_t at, int status)
{
    int said_yes = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    int sent = strcmp(seen->head, seen->there) == 0;

    if (!one_of(e, seen->dump))
        wrong(o, mode, at, status, "a state that is neither",
              difference(seen->dump, e->after));
    if (said_yes && strcmp(seen->dump, e->after) != 0)
        wrong(o, mode, at, status, "it said yes, and",
              difference(seen->dump, e->after));
    if (o->meets && !sent &&
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

static void repeat(const operation *o, const expectation *e, fault_mode mode,
                   uint64_t at)
{
    int status = 0;

    if (!o->once || strcmp(seen->dump, e->after) != 0)
        status = run_tawam(o->who, o->words, FAULT_KILL, 0, 0);
    if (status != 0)
        wrong(o, mode, at, status, "the repeat fails", "");
    if (!in_child(meet, o))
        wrong(o, mode, at, status, "after the repeat", seen->why);
    else if (strcmp(seen->dump, e->end) != 0)
        wrong(o, mode, at, status, "after the repeat",
              difference(seen->dump, e->end));
    else if (seen->conflicts != e->conflicts)
        wrong(o, mode, at, status, "other conflicts", "");
}

static void trial(tally *t, const operation *o, const expectation *e,
                  fault_mode mode, uint64_t at)
{
    int status;

    faulty = 0;
    restore(o->state);
    status = run_tawam(o->who, o->words, mode, at, 0);
    judge_end(t, o, mode, at, status);
    judge_rest(o, mode, at, status);
    if (!look_now(o))
        wrong(o, mode, at, status, "afterwards", seen->why);
    else
        judge_state(o, e, mode, at, status);
    repeat(o, e, mode, at);
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

/* The first allocation of each call stack; of them MOST, spread. */
static uint64_t *choose_sites(size_t *count, size_t most)
{
    const uint32_t *numbers = NULL;
    uint64_t sites = shim.sites(&numbers);
    size_t wanted = most < sites ? most : (size_t)sites;
    uint64_t *points = malloc((wanted + 1) * sizeof *points);

    for (size_t i = 0; i < wanted; i++)
        points[i] = numbers[i * sites / wanted];
    *count = wanted;
    return points;
}

/* Disturb O in the ways of MODES, at MOST points or so, each in one way; with
 * TAWAM_FULL=1 at all writes (of allocations at twenty times as many), in every
 * way. Adds to SUM. */
static tally sweep(tally *sum, const operation *o, const fault_mode *modes,
                   size_t mode_count, size_t most)
{
    const char *full = getenv("TAWAM_FULL");
    int all = full && *full, memory = modes[0] >= FAULT_MEMORY;
    expectation e;
    tally t = {0};
    size_t count = 0;
    uint64_t *points, last_room;
    int status = 0;

    if (o->only_full && !all)
        return t;
    status = expect(&e, o, memory);

    ok(status == 0 && e.writes >= 5, "%s: %llu writes, %llu allocations",
       o->name, (unsigned long long)e.writes,
       (unsigned long long)e.allocations);
    last_room = memory ? 0 : last_with_room(e.writes);
    points = memory ? choose_sites(&count, all ? most * 20 : most)
                    : choose_points(&count, e.writes, all ? 0 : most);
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < mode_count; m++) {
            if (!all && i % mode_count != m)
                continue;
            if (memory || can_happen(modes[m], points[i], last_room))
                trial(&t, o, &e, modes[m], points[i]);
            else if (!all) /* with all, it has its turn there anyway */
                trial(&t, o, &e, FAULT_EIO, points[i]);
        }
    ok(t.losses == 0, "%s: nothing lost at %ld points of %llu", o->name,
       t.trials,
       memory ? (unsigned long long)e.sites * mode_count
              : (unsigned long long)e.writes * mode_count);
    ok(t.silent <= 1 + t.trials / 5,
       "%s: killed at %ld, failed at %ld, said yes at %ld, no fault at %ld",
       o->name, t.dead, t.failed, t.done, t.silent);
    sum->trials += t.trials;
    sum->losses += t.losses;
    sum->dead += t.dead;
    sum->failed += t.failed;
    sum->done += t.done;
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
    *(void **)&shim.bitten = dlsym(RTLD_DEFAULT, "fault_bitten");
    *(void **)&shim.kinds = dlsym(RTLD_DEFAULT, "fault_kinds");
    *(void **)&shim.note_sites = dlsym(RTLD_DEFAULT, "fault_note_sites");
    *(void **)&shim.sites = dlsym(RTLD_DEFAULT, "fault_sites");
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
