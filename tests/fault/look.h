/* SPDX-License-Identifier: MIT */
/* For sweep.h: the folder of a trial, the program in a forked child, and looks
 * at what it left.
 *
 * Only children run tawam's code: this process forks, and reads a page it
 * shares with them. So a child starts as a fresh program does, but for the
 * dynamic linker's work (which costs more than many of these commands). */
#ifndef TAWAM_TESTS_FAULT_LOOK_H
#define TAWAM_TESTS_FAULT_LOOK_H

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
    uint64_t (*reads)(void);
    uint64_t (*bitten)(void);
    const char *(*kinds)(void);
    void (*under)(const char *);
    void (*note_sites)(fault_mode);
    uint64_t (*sites)(const uint32_t **, const uint64_t **);
    void (*seed)(uint64_t);
    void (*stop_clock)(int64_t);
} shim;

/* With a seed, what the next commands draw at random follows from it, and their
 * clock stands still. */
static struct {
    uint64_t seed;
    int64_t clock; /* milliseconds */
} settled;

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

/* Run tawam with -C work/WHO and WORDS; MODE and AT as of fault_arm(). With AT
 * 0 the places of what MODE is of are noted, where it is of what has such. */
static int run_tawam(const char *who, const char *const *words, fault_mode mode,
                     uint64_t at)
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
        if (settled.seed) {
            shim.seed(settled.seed);
            shim.stop_clock(settled.clock);
        }
        shim.arm(mode, at);
        if (at == 0 && mode >= FAULT_MEMORY)
            shim.note_sites(mode);
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
    int status = run_tawam(who, words, FAULT_KILL, 0);

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

#endif
