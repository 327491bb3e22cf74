/* SPDX-License-Identifier: MIT */
/* Replicas in a scratch folder, in memory where the system has such a one.
 * What every history begins with is made once and then copied: a territory,
 * its layer, and eight devices that have cloned it. */
#include "tests/merge/sim.h"

#include <dirent.h>
#include <fcntl.h>
#include <git2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

sim_world *sim;
int64_t sim_fids[SIM_ROWS];
static char scratch[100];
static sim_view base[8];
static int base_commits;

void sim_fail(const char *format, ...)
{
    va_list arguments;
    if (!sim || sim->failure[0])
        return;
    va_start(arguments, format);
    vsnprintf(sim->failure, sizeof sim->failure, format, arguments);
    va_end(arguments);
}

/* ---- folders ---- */

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    int in = open(from, O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0666);
    ssize_t n;
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n)
            sim_fail("no room for %s", to);
    if (in < 0 || out < 0)
        sim_fail("copying %s", from);
    close(in);
    close(out);
}

/* Objects never change: a second name will do. */
static void copy_entries(const char *from, const char *to, int objects)
{
    DIR *list = opendir(from);
    struct dirent *e;
    char a[600], b[600];
    mkdir(to, 0777);
    while (list && (e = readdir(list))) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(a, sizeof a, "%s/%s", from, e->d_name);
        snprintf(b, sizeof b, "%s/%s", to, e->d_name);
        if (e->d_type == DT_DIR)
            copy_entries(a, b, objects || strcmp(e->d_name, "objects") == 0);
        else if (!objects || link(a, b) != 0)
            copy_file(a, b);
    }
    if (list)
        closedir(list);
}

void sim_copy_tree(const char *from, const char *to)
{
    file_remove_tree(to);
    copy_entries(from, to, 0);
}

/* ---- a replica ---- */

void sim_set_clock(const sim_replica *r)
{
    uint64_t z = sim->history->seed * 1000003u + (uint64_t)sim->step * 131u +
                 (uint64_t)(r - sim->replicas) + 1;
    clock_fix(sim->now + r->clock);
    random_seed_for_tests(z * UINT64_C(0x9E3779B97F4A7C15) | 1);
}

void sim_open(sim_replica *r)
{
    if (r->t)
        return;
    SIM_MUST(twin_open(&r->t, r->dir, 0));
    if (!r->t)
        return;
    /* Nothing is flushed here; the crashes of this test are exits, and their
     * process keeps the journal on disk. */
    SIM_MUST(twin_execute(r->t, "PRAGMA synchronous=OFF;"
                                "PRAGMA journal_mode=MEMORY;"
                                "PRAGMA locking_mode=EXCLUSIVE"));
    SIM_MUST(sync_open(&r->s, r->t));
    SIM_MUST(edit_stack_new(&r->edits, r->t));
}

void sim_close(sim_replica *r)
{
    edit_stack_free(r->edits);
    sync_free(r->s);
    twin_close(r->t);
    r->edits = NULL;
    r->s = NULL;
    r->t = NULL;
}

const twin_layer *sim_layer(sim_replica *r)
{
    const twin_layer *layer = NULL;
    SIM_MUST(twin_layer_find(&layer, r->t, "well"));
    return layer;
}

int sim_column_id(sim_replica *r, int column)
{
    const twin_column *c = NULL;
    if (twin_column_find(&c, sim_layer(r), sim_columns[column]))
        return 0;
    return c->id;
}

static void copy_name(char out[220], const sim_replica *r)
{
    snprintf(out, 220, "%s.copy", r->dir);
}

void sim_save(sim_replica *r)
{
    char to[220];
    copy_name(to, r);
    sim_close(r);
    sim_copy_tree(r->dir, to);
    r->copy = r->view;
    r->saved = 1;
    sim_open(r);
}

void sim_restore(sim_replica *r, int replica_only)
{
    char from[220], a[300], b[300];
    if (!r->saved)
        return;
    copy_name(from, r);
    sim_close(r);
    if (replica_only) {
        snprintf(a, sizeof a, "%s/" TWIN_FILE, from);
        snprintf(b, sizeof b, "%s/" TWIN_FILE, r->dir);
        unlink(b);
        copy_file(a, b);
    } else {
        sim_copy_tree(from, r->dir);
    }
    r->view = r->copy;
    sim_open(r);
}

int sim_clone(sim_replica *r)
{
    sim_replica *copy = &sim->replicas[sim->replica_count];
    if (sim->replica_count == SIM_REPLICAS)
        return -1;
    sim_close(r);
    snprintf(copy->dir, sizeof copy->dir, "%s/world/d%d", scratch,
             sim->replica_count);
    sim_copy_tree(r->dir, copy->dir);
    copy->view = r->view;
    copy->used = 1;
    copy->clock = r->clock;
    sim_open(r);
    sim_open(copy);
    return sim->replica_count++;
}

/* ---- the beginning ---- */

static void make_layer(sim_replica *r)
{
    static const twin_column_definition columns[] = {
        {"name", TWIN_TEXT}, {"note", TWIN_TEXT}, {"depth", TWIN_INTEGER}};
    char id[SYNC_ID_SIZE];
    SIM_MUST(twin_layer_declare(r->t, "well", TWIN_POINT, columns, 3));
    SIM_MUST(sync_record(id, NULL, r->s, NULL));
}

/* The first one founds the territory, the others clone it. */
static void make_base(sim_replica *r, int number)
{
    static const char conf[] = "[territory]\n\tname = Test\n";
    sync_file file = {"territory.conf", conf, sizeof conf - 1};
    char name[16];
    sync_identity who = {name, "Tester", "tester@example.org"};
    sync_result result = {0};
    snprintf(name, sizeof name, "d%d", number);
    snprintf(r->dir, sizeof r->dir, "%s/base%d", scratch, number);
    sim_set_clock(r);
    SIM_MUST(twin_create(&r->t, r->dir));
    SIM_MUST(sync_create(&r->s, r->t, &who));
    if (number == 0) {
        SIM_MUST(sync_write_main(r->s, &file, 1, "Territory"));
        make_layer(r);
        SIM_MUST(sync_run(&result, r->s, "hq", "ssh://sim/hq", NULL));
    } else {
        SIM_MUST(sync_clone(&result, r->s, "hq", "ssh://sim/hq", NULL));
    }
    sync_result_clear(&result);
}

static void book_base(void)
{
    static const twin_type types[SIM_COLUMNS] = {[COLUMN_NAME] = TWIN_TEXT,
                                                 [COLUMN_NOTE] = TWIN_TEXT,
                                                 [COLUMN_DEPTH] = TWIN_INTEGER,
                                                 [COLUMN_UUID] = TWIN_TEXT,
                                                 [COLUMN_GEOM] = TWIN_GEOMETRY};
    int i;
    for (i = 0; i < sim_commit_count; i++) {
        sim_commits[i].booked = 1;
        sim_commits[i].seen = sim_commits[i].ancestors;
        if (!sim_commits[i].published)
            memcpy(sim_commits[i].declared, types, sizeof types);
    }
    base_commits = sim_commit_count;
}

void sim_found(void)
{
    static sim_world w;
    static sim_history none;
    int i;
    setenv("TZ", "UTC", 1);
    w.history = &none;
    w.now = SIM_NOW;
    sim = &w;
    snprintf(scratch, sizeof scratch, "%s/tawam-merge-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(scratch))
        sim_fail("no scratch folder");
    SIM_MUST(gitlog_initialise());
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
    sim_wire_found(scratch);
    sim_forget_commits(0);
    for (i = 0; i < 8; i++) {
        make_base(&w.replicas[i], i);
        sim_wire_reachable(&base[i].known, &w.replicas[i]);
        SIM_MUST(sync_head(base[i].head, w.replicas[i].s));
    }
    book_base();
    for (i = 0; i < 8; i++) {
        sim_show(&base[i], &base[i].known);
        sim_close(&w.replicas[i]);
    }
    sim_wire_keep();
    if (w.failure[0]) {
        fprintf(stderr, "Bail out! %s\n", w.failure);
        exit(1);
    }
}

void sim_leave(void)
{
    random_seed_for_tests(0);
    clock_source(NULL);
    file_remove_tree(scratch);
}

void sim_begin(sim_world *w, const sim_history *h)
{
    char path[220];
    int i;
    memset(w, 0, sizeof *w);
    sim = w;
    w->history = h;
    w->now = SIM_NOW + 1000000;
    w->base_commits = base_commits;
    w->replica_count = h->replicas;
    memset(sim_fids, 0, sizeof sim_fids);
    sim_forget_commits(base_commits);
    snprintf(path, sizeof path, "%s/world", scratch);
    file_remove_tree(path);
    mkdir(path, 0777);
    sim_wire_begin();
    for (i = 0; i < h->replicas; i++) {
        sim_replica *r = &w->replicas[i];
        snprintf(r->dir, sizeof r->dir, "%s/world/d%d", scratch, i);
        snprintf(path, sizeof path, "%s/base%d", scratch, i);
        copy_entries(path, r->dir, 0);
        r->view = base[i];
        r->used = 1;
        sim_set_clock(r);
        sim_open(r);
    }
}

void sim_end(sim_world *w)
{
    int i;
    for (i = 0; i < w->replica_count; i++)
        if (w->replicas[i].used)
            sim_close(&w->replicas[i]);
}
