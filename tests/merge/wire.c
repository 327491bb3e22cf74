/* SPDX-License-Identifier: MIT */
/* The network under sync_run(), in place of its child process.
 *
 * A remote is a folder of loose objects and a list of refs, with a plain git
 * server's manners: objects that the refs lead to are taken for held, a ref
 * moves by compare-and-swap, forward only, and only when all it needs is there.
 * An object travels as a second name of its file. What was sent is also kept
 * in a pool, for messages that arrive late.
 */
#include "tests/merge/sim.h"
#include "sync/log_private_internal.h"
#include "sync/remote_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFS 64
#define MESSAGES 32

typedef struct ref {
    char name[100];
    int commit;
} ref;

typedef struct remote {
    char objects[160];
    ref refs[REFS];
    int count;
} remote;

typedef struct message {     /* a push under way */
    int remote, commit, was; /* was: what the sender saw there, -1 nothing */
    char name[100];
} message;

static const char *const names[SIM_REMOTES] = {"hq", "stick", "stick2"};
static char folder[120], pool[140];
static remote remotes[SIM_REMOTES], kept[SIM_REMOTES], copies[SIM_REMOTES];
static message messages[MESSAGES];
static int message_count;
static sim_plan plan;
static uint64_t chance;

static int dice(int sides)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (int)((chance >> 33) % (uint64_t)sides);
}

/* ---- objects ---- */

static void object_path(char out[400], const char *objects, const char *id)
{
    snprintf(out, 400, "%s/%.2s/%s", objects, id, id + 2);
}

static int holds(const char *objects, const char *id)
{
    char path[400];
    object_path(path, objects, id);
    return access(path, F_OK) == 0;
}

/* Its bytes; -1 where FROM has it not. */
static long move(const char *to, const char *from, const char *id)
{
    char a[400], b[400];
    struct stat st;
    object_path(a, from, id);
    object_path(b, to, id);
    if (stat(a, &st) != 0)
        return -1;
    if (link(a, b) != 0 && access(b, F_OK) != 0) {
        snprintf(b, sizeof b, "%s/%.2s", to, id);
        mkdir(b, 0777);
        object_path(b, to, id);
        if (link(a, b) != 0)
            sim_fail("link %s", b);
    }
    return st.st_size;
}

/* All commits that REFS lead to, as far as OBJECTS has each. */
static void closure(sim_set *out, const remote *r)
{
    int i;
    memset(out, 0, sizeof *out);
    for (i = 0; i < r->count; i++)
        sim_join(out, &sim_commits[r->refs[i].commit].ancestors);
}

typedef struct list {
    const char *ids[4 * SIM_COMMITS];
    int count;
} list;

/* Objects of WANTED that are not of HELD; parents first, a commit last. */
static void list_objects(list *out, const sim_set *wanted, const sim_set *held,
                         int order)
{
    int i, k;
    out->count = 0;
    for (i = 0; i < sim_commit_count; i++)
        for (k = 0; sim_has(wanted, i) && !sim_has(held, i) &&
                    k < sim_commits[i].file_count;
             k++)
            if (out->count < 4 * SIM_COMMITS)
                out->ids[out->count++] = sim_commits[i].files[k];
    for (i = 0; order && i < out->count; i++) {
        const char *id = out->ids[i];
        k = order == 1 ? out->count - 1 - i : dice(out->count);
        if (order == 1 && k <= i)
            break;
        out->ids[i] = out->ids[k];
        out->ids[k] = id;
    }
}

/* Move until CUT bytes have (negative: all). SKIP: a part of the commits is
 * withheld. 1 if all came. */
static int carry(const char *to, const char *from, const list *what, long cut)
{
    long bytes = 0;
    int i, whole = 1;
    for (i = 0; i < what->count; i++) {
        long n = move(to, from, what->ids[i]);
        if (n < 0) {
            whole = 0;
            continue;
        }
        bytes += n;
        if (cut >= 0 && bytes > cut)
            return 0;
    }
    return whole;
}

/* ---- refs of a log ---- */

static sim_replica *owner(const char *gitdir)
{
    int i;
    for (i = 0; i < SIM_REPLICAS; i++)
        if (sim->replicas[i].s &&
            strcmp(gitlog_path(sim->replicas[i].s->log), gitdir) == 0)
            return &sim->replicas[i];
    return NULL;
}

typedef struct tips {
    gitlog *log;
    sim_set *held;
} tips;

static int add_tip(void *context, const char *name, const char *id)
{
    tips *t = context;
    int number = sim_find_commit(id);
    (void)name;
    if (number < 0)
        number = sim_commit_number(t->log, id);
    if (number >= 0 && gitlog_has(t->log, id))
        sim_join(t->held, &sim_commits[number].ancestors);
    return 0;
}

/* What git takes for held: all that a ref leads to. */
static void held_by_refs(sim_set *out, gitlog *log)
{
    tips t = {log, out};
    memset(out, 0, sizeof *out);
    SIM_MUST(gitlog_refs(log, "refs/*", add_tip, &t));
}

/* Of AMONG what LOG has with all it needs. */
static void whole_commits(sim_set *out, gitlog *log, const sim_set *among)
{
    char objects[300];
    int i, k;
    snprintf(objects, sizeof objects, "%s/objects", gitlog_path(log));
    memset(out, 0, sizeof *out);
    for (i = 0; i < sim_commit_count; i++) { /* parents have lower numbers */
        const sim_commit *c = &sim_commits[i];
        int whole = sim_has(among, i);
        for (k = 0; whole && k < c->parent_count; k++)
            whole = sim_has(out, c->parents[k]);
        for (k = 0; whole && k < c->file_count; k++)
            whole = holds(objects, c->files[k]) || gitlog_has(log, c->files[k]);
        if (whole)
            sim_put(out, i);
    }
}

void sim_wire_reachable(sim_set *out, sim_replica *r)
{
    sim_set held;
    held_by_refs(&held, r->s->log);
    whole_commits(out, r->s->log, &held);
}

static int find_ref(const remote *r, const char *name)
{
    int i;
    for (i = 0; i < r->count; i++)
        if (strcmp(r->refs[i].name, name) == 0)
            return i;
    return -1;
}

int sim_wire_ref(int number, const char *name)
{
    int i = find_ref(&remotes[number], name);
    return i < 0 ? -1 : remotes[number].refs[i].commit;
}

static char *list_refs(const remote *r)
{
    buffer out = {0};
    int i;
    buffer_text(&out, "");
    for (i = 0; i < r->count; i++)
        buffer_format(&out, "%s %s\n", sim_commits[r->refs[i].commit].id,
                      r->refs[i].name);
    return buffer_take(&out);
}

/* refs/remotes/NAME/ shows what came. CLOSED: only lines that came whole. */
static void track(gitlog *log, const char *name, const remote *from,
                  const sim_set *complete, int closed)
{
    remote_heads heads = {0};
    remote_line line = {0};
    file_lock *lock = NULL;
    int i;
    SIM_MUST(remote_lock_gitdir(&lock, gitlog_path(log), &line));
    for (i = 0; i < from->count; i++) {
        const sim_commit *c = &sim_commits[from->refs[i].commit];
        git_oid id;
        git_oid_fromstr(&id, c->id);
        SIM_MUST(remote_heads_add(&heads, &id, from->refs[i].name));
        heads.list[heads.count - 1].withheld =
            closed && !sim_has(complete, from->refs[i].commit);
    }
    SIM_MUST(remote_heads_track(log->repository, name, &heads));
    remote_heads_clear(&heads);
    file_lock_release(lock);
}

/* ---- down ---- */

static int unreachable(void)
{
    return error_set(TAWAM_EUNREACHABLE, "the line dropped");
}

/* Leave out the objects of some commit, the newest of a line most often. */
static void withhold(list *objects, const remote *from, const sim_replica *r)
{
    char own_ref[80];
    const sim_commit *c =
        &sim_commits[dice(3) ? from->refs[dice(from->count)].commit
                             : dice(sim_commit_count)];
    int i, k, used = 0, own;
    sync_own_ref(own_ref, r->s);
    own = find_ref(from, own_ref);
    if (plan.cut % 2 && own >= 0) /* or of our own line */
        c = &sim_commits[from->refs[own].commit];
    for (i = 0; i < objects->count; i++) {
        int gone = 0;
        for (k = 0; k < c->file_count; k++)
            gone = gone || strcmp(objects->ids[i], c->files[k]) == 0;
        if (!gone)
            objects->ids[used++] = objects->ids[i];
    }
    objects->count = used;
}

/* Into an empty repository beside the log: asked for again. */
static int fetch_anew(remote_answer *answer, const remote_job *job,
                      const remote *from)
{
    char objects[300];
    sim_set wanted, none = {{0}};
    list what;
    snprintf(objects, sizeof objects, "%s/objects", job->gitdir);
    closure(&wanted, from);
    list_objects(&what, &wanted, &none, 0);
    carry(objects, from->objects, &what, -1);
    answer->refs = list_refs(from);
    return TAWAM_OK;
}

static int fetch(remote_answer *answer, const remote_job *job,
                 const remote *from)
{
    sim_replica *r = owner(job->gitdir);
    char objects[300];
    sim_set wanted, held, complete;
    list what;
    int down = plan.down, whole;
    if (!r)
        return fetch_anew(answer, job, from);
    if (down == DOWN_DEAD)
        return unreachable();
    snprintf(objects, sizeof objects, "%s/objects", job->gitdir);
    closure(&wanted, from);
    held_by_refs(&held, r->s->log);
    list_objects(&what, &wanted, &held, plan.order);
    if (down == DOWN_WITHHELD && from->count)
        withhold(&what, from, r);
    whole = carry(objects, from->objects, &what,
                  down == DOWN_CUT || down == DOWN_TORN ? plan.cut : -1);
    whole_commits(&complete, r->s->log, &wanted);
    track(r->s->log, job->name, from, &complete, down == DOWN_CUT);
    answer->refs = list_refs(from);
    if (down == DOWN_CUT && !whole)
        return unreachable();
    if (down == DOWN_TORN && !whole)
        return error_set(TAWAM_EDAMAGED, "the stick is damaged");
    return TAWAM_OK;
}

/* ---- up ---- */

static int has_all(const remote *r, int commit)
{
    int i, k;
    for (i = 0; i < sim_commit_count; i++)
        for (k = 0; sim_has(&sim_commits[commit].ancestors, i) &&
                    k < sim_commits[i].file_count;
             k++)
            if (!holds(r->objects, sim_commits[i].files[k]))
                return 0;
    return 1;
}

/* The remote's answer to one ref: NULL when it moved. */
static const char *move_ref(remote *r, const message *m)
{
    int at = find_ref(r, m->name);
    int present = at < 0 ? -1 : r->refs[at].commit;
    sim_set held;
    list what;
    if (present == m->commit)
        return NULL;
    if (present != m->was)
        return "fetch first";
    if (present >= 0 && !sim_has(&sim_commits[m->commit].ancestors, present))
        return "non-fast-forward";
    closure(&held, r);
    list_objects(&what, &sim_commits[m->commit].ancestors, &held, 0);
    carry(r->objects, pool, &what, -1);
    if (!has_all(r, m->commit))
        return "missing necessary objects";
    if (at < 0) {
        if (r->count == REFS)
            sim_fail("more than %d refs", REFS);
        at = r->count < REFS ? r->count++ : 0;
        snprintf(r->refs[at].name, sizeof r->refs[at].name, "%s", m->name);
    }
    r->refs[at].commit = m->commit;
    return NULL;
}

void sim_wire_deliver(int n, int keep)
{
    message m;
    if (!message_count)
        return;
    n %= message_count;
    m = messages[n];
    if (!keep) {
        message_count--;
        memmove(&messages[n], &messages[n + 1],
                (size_t)(message_count - n) * sizeof *messages);
    }
    move_ref(&remotes[m.remote], &m);
}

static void send_late(const message *m)
{
    if (message_count < MESSAGES)
        messages[message_count++] = *m;
}

/* "SOURCE:DESTINATION" as a message; its objects go to the pool. */
static int read_spec(message *m, sim_replica *r, const char *line)
{
    const char *colon = strchr(line, ':');
    char source[140], id[SYNC_ID_SIZE], objects[300];
    sim_set held;
    list what;
    snprintf(source, sizeof source, "%.*s", (int)(colon - line), line);
    snprintf(m->name, sizeof m->name, "%.*s", (int)strcspn(colon + 1, "\n"),
             colon + 1);
    m->remote = plan.remote;
    m->was = sim_wire_ref(plan.remote, m->name);
    if (gitlog_ref(id, r->s->log, source) != TAWAM_OK)
        return error_set(TAWAM_EUSAGE, "no ref %s", source);
    m->commit = sim_commit_number(r->s->log, id);
    if (m->commit < 0)
        return error_set(TAWAM_EDAMAGED, "objects of %s are missing", source);
    closure(&held, &remotes[plan.remote]);
    snprintf(objects, sizeof objects, "%s/objects", gitlog_path(r->s->log));
    list_objects(&what, &sim_commits[m->commit].ancestors, &held, plan.order);
    if (plan.up == UP_CUT &&
        !carry(remotes[plan.remote].objects, objects, &what, plan.cut))
        return unreachable(); /* what came is there, but no ref moves */
    carry(pool, objects, &what, -1);
    return TAWAM_OK;
}

static void push_one(remote_answer *answer, buffer *report, const message *m,
                     int first)
{
    const char *reason = NULL;
    if (plan.up == UP_LATE || plan.up == UP_TWICE)
        send_late(m);
    if (plan.up != UP_LATE)
        reason = move_ref(&remotes[plan.remote], m);
    if (reason)
        buffer_format(report, "ng %s %s\n", m->name, reason);
    else
        buffer_format(report, "ok %s\n", m->name);
    if (first)
        answer->outcome = reason ? SYNC_REFUSED : SYNC_SENT;
}

static int push(remote_answer *answer, const remote_job *job)
{
    sim_replica *r = owner(job->gitdir);
    const char *line = job->refspecs;
    buffer report = {0};
    int code = TAWAM_OK, first = 1;
    answer->outcome = plan.up == UP_DEAD ? SYNC_NOTHING_TO_SEND : SYNC_UNKNOWN;
    if (plan.up == UP_DEAD || !r)
        return unreachable();
    for (; !code && *line; line = strchr(line, '\n') + 1) {
        message m = {0};
        code = read_spec(&m, r, line);
        if (!code)
            push_one(answer, &report, &m, first);
        first = 0;
    }
    if (code || plan.up == UP_LOST || plan.up == UP_LATE) {
        buffer_free(&report);
        answer->outcome = SYNC_UNKNOWN;
        return code ? code : unreachable();
    }
    track(r->s->log, job->name, &remotes[plan.remote], NULL, 0);
    answer->report = buffer_take(&report);
    return TAWAM_OK;
}

/* ---- the stand-in ---- */

static int stand_in(remote_answer *answer, const remote_job *job)
{
    const remote *r = &remotes[plan.remote];
    if (job->wanted) { /* what a sync of data does not ask for */
        answer->refs = memory_string("");
        return TAWAM_OK;
    }
    if (job->task == REMOTE_PUSH)
        return push(answer, job);
    if (job->task == REMOTE_FETCH)
        return fetch(answer, job, r);
    answer->refs = list_refs(r);
    return TAWAM_OK;
}

void sim_wire_plan(const sim_plan *p)
{
    plan = *p;
    chance = sim->history->seed * 77 + (uint64_t)sim->step;
}

void sim_wire_found(const char *where)
{
    int i;
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(pool, sizeof pool, "%s/pool", where);
    mkdir(pool, 0777);
    for (i = 0; i < SIM_REMOTES; i++) {
        snprintf(remotes[i].objects, sizeof remotes[i].objects, "%s/%s", where,
                 names[i]);
        mkdir(remotes[i].objects, 0777);
    }
    remote_stand_in_for_tests(stand_in);
}

void sim_wire_keep(void)
{
    char to[200];
    int i;
    memcpy(kept, remotes, sizeof kept);
    for (i = 0; i < SIM_REMOTES; i++) {
        snprintf(to, sizeof to, "%s/objects/%s", folder, names[i]);
        file_make_folders(to);
        sim_copy_tree(remotes[i].objects, to);
    }
}

void sim_wire_begin(void)
{
    char from[200];
    int i;
    memcpy(remotes, kept, sizeof kept);
    memcpy(copies, kept, sizeof kept);
    message_count = 0;
    memset(&plan, 0, sizeof plan);
    file_remove_tree(pool);
    mkdir(pool, 0777);
    for (i = 0; i < SIM_REMOTES; i++) {
        snprintf(from, sizeof from, "%s/objects/%s", folder, names[i]);
        sim_copy_tree(from, remotes[i].objects);
    }
}

void sim_wire_held(sim_set *out)
{
    sim_set one;
    int i;
    memset(out, 0, sizeof *out);
    for (i = 0; i < SIM_REMOTES; i++) {
        closure(&one, &remotes[i]);
        sim_join(out, &one);
    }
}

/* ---- copies of a remote ---- */

void sim_wire_back_up(int number)
{
    copies[number] = remotes[number];
}

static int is_needed(const sim_set *held, const char *id)
{
    int i, k;
    for (i = 0; i < sim_commit_count; i++)
        for (k = 0; sim_has(held, i) && k < sim_commits[i].file_count; k++)
            if (strcmp(sim_commits[i].files[k], id) == 0)
                return 1;
    return 0;
}

void sim_wire_come_back(int number)
{
    remote *r = &remotes[number];
    char path[400];
    sim_set held;
    int i, k;
    *r = copies[number];
    closure(&held, r);
    for (i = 0; i < sim_commit_count; i++)
        for (k = 0; !sim_has(&held, i) && k < sim_commits[i].file_count; k++)
            if (!is_needed(&held, sim_commits[i].files[k])) {
                object_path(path, r->objects, sim_commits[i].files[k]);
                unlink(path);
            }
}

void sim_wire_plant(sim_replica *r, const char *name, int commit)
{
    SIM_MUST(gitlog_set_ref(r->s->log, name, sim_commits[commit].id));
}
