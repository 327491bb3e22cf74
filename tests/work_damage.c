/* SPDX-License-Identifier: MIT */
/* A flipped bit or a cut in any file of a replica changes nothing unseen: at
 * 300 places, spread over twin.gpkg, loose objects, packs, refs, HEAD and
 * config, `verify` says what is damaged (exit status 6 or 3), without a crash
 * or a hang, or all that is recorded or pending is provably as it was.
 *
 * Then `repair`: what it calls whole is verified, and the state, the rows as
 * shown and what is pending are as before the damage, or it said what was lost.
 * At every fourth place; at each with TAWAM_FULL=1.
 *
 * What can't be seen: the new value of a cell that is not recorded yet stands
 * once on the disk and nowhere else; likewise settings and labels. Such
 * passes are counted and told. */
#include "sync/repair.h"
#include "tests/reliability.h"
#include "tests/sync_fixture.h"
#include "work/territory.h"
#include "work/workflow.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILES 512

typedef struct place {
    char path[200]; /* below the replica's folder */
    off_t size;
} place;

static place files[FILES];
static size_t file_count;
static char sound[256], work[256]; /* the replica as it was; the copy hurt */

/* What the child found out about a replica. */
typedef struct finding {
    int status;                      /* exit status of verify */
    char hash[DIGEST_HEX_SIZE];      /* of what is recorded */
    char witness[DIGEST_HEX_SIZE];   /* our tables and what is pending */
    char bystander[DIGEST_HEX_SIZE]; /* rows as shown, settings, labels */
    char shown[DIGEST_HEX_SIZE];     /* rows and what is pending, by name */
    int64_t objects;
    int64_t lost; /* things that repair said are lost */
    char message[400];
} finding;

/* ---- the territory ------------------------------------------------------- */

static void fill(desk *a, desk *b, const char *hq)
{
    int64_t fids[60];
    char name[40];
    int i, round;
    for (i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "Well number %d", i);
        fids[i] = desk_add(a, name);
    }
    desk_sync(a, hq);
    desk_clone(b, "field", hq);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 6; i++) {
            snprintf(name, sizeof name, "desk %d %d", round, i);
            MUST(desk_set(a, fids[round * 8 + i], "note", name));
            snprintf(name, sizeof name, "field %d %d", round, i);
            MUST(desk_set(b, fids[round * 8 + i + 3], "note", name));
        }
        MUST(desk_delete(a, fids[40 + round]));
        MUST(desk_set(b, fids[40 + round], "name", "not gone"));
        MUST(desk_delete(b, fids[50 + round]));
        desk_sync(a, hq);
        desk_sync(b, hq);
    }
    MUST(desk_set(b, fids[30], "note", "recorded, not sent"));
    MUST(sync_record((char[SYNC_ID_SIZE]){0}, NULL, b->s, "not sent"));
    MUST(desk_set(b, fids[31], "note", "pending"));
    MUST(desk_set(b, fids[32], "name", NULL));
    MUST(desk_delete(b, fids[33]));
    desk_add(b, "pending and new");
}

static void make_territory(void)
{
    char hq[256];
    desk a = {0}, b = {0};
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    desk_found(&a, "desk");
    desk_declare(&a);
    MUST(sync_create_bare(hq));
    fill(&a, &b, hq);
    MUST(twin_set_setting(b.t, "remote.hq.url", hq));
    desk_close(&a);
    desk_close(&b);
}

/* ---- files ---- */

static int note_file(const char *path, const struct stat *st, int type,
                     struct FTW *at)
{
    (void)at;
    if (type == FTW_F && st->st_size > 0 && file_count < FILES &&
        !strstr(path, "/hooks/") && !strstr(path, ".lock") &&
        !strstr(path, "/logs/") && !strstr(path, "/info/") &&
        !strstr(path, "description")) {
        snprintf(files[file_count].path, sizeof files[0].path, "%s",
                 path + strlen(sound) + 1);
        files[file_count++].size = st->st_size;
    }
    return 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const place *)a)->path, ((const place *)b)->path);
}

static void copy_tree(const char *from, const char *to)
{
    char command[600];
    file_remove_tree(to);
    snprintf(command, sizeof command, "cp -a '%s' '%s'", from, to);
    if (system(command))
        bail("cannot copy");
}

static void flip(const char *path, off_t at, int bit)
{
    uint8_t byte;
    int file;
    chmod(path, 0600);
    file = open(path, O_RDWR);
    if (file < 0 || pread(file, &byte, 1, at) != 1)
        bail("cannot damage %s", path);
    byte ^= (uint8_t)(1 << bit);
    if (pwrite(file, &byte, 1, at) != 1)
        bail("cannot damage %s", path);
    close(file);
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Half of the places in the database, the others over all other files. Every
 * sixth is a cut. WHAT says it. */
static void damage(char *what, size_t size, size_t nth)
{
    size_t i = 0;
    char path[800];
    off_t at;
    int cut = nth % 6 == 5, bit = (int)(next_random() % 8);
    if (nth % 2)
        i = next_random() % file_count;
    else
        while (i < file_count && strcmp(files[i].path, TWIN_FILE) != 0)
            i++;
    at = (off_t)(next_random() % (uint64_t)files[i].size);
    snprintf(path, sizeof path, "%s/%.199s", work, files[i].path);
    snprintf(what, size, "%.200s, %s %lld of %lld%s%d", files[i].path,
             cut ? "cut at" : "byte", (long long)at, (long long)files[i].size,
             cut ? " #" : " bit ", bit);
    if (!cut)
        flip(path, at, bit);
    else if (chmod(path, 0600) || truncate(path, at))
        bail("cannot cut %s", path);
}

/* ---- looking ---- */

static void add_table(digest *d, twin *t, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int i;
    if (twin_prepare(&s, t, sql, 0))
        return;
    while (twin_step(t, s) == 1)
        for (i = 0; i < sqlite3_column_count(s); i++) {
            int type = sqlite3_column_type(s, i);
            digest_add(d, &type, sizeof type);
            digest_add(d, sqlite3_column_blob(s, i),
                       (size_t)sqlite3_column_bytes(s, i));
        }
    sqlite3_finalize(s);
}

static void add_tables(char *hex, twin *t, const char *const *sql)
{
    uint8_t bytes[DIGEST_SIZE];
    digest *d = NULL;
    MUST(digest_new(&d));
    for (; *sql; sql++)
        add_table(d, t, *sql);
    digest_finish(d, bytes);
    digest_hex(hex, bytes);
}

static void look(finding *f, const char *directory)
{
    static const char *const kept[] = {"SELECT * FROM tawam_commit",
                                       "SELECT * FROM tawam_row",
                                       "SELECT * FROM tawam_cell",
                                       "SELECT * FROM tawam_delete",
                                       "SELECT * FROM tawam_touch",
                                       "SELECT * FROM tawam_conflict",
                                       "SELECT * FROM tawam_pending_row",
                                       "SELECT * FROM tawam_pending_cell",
                                       "SELECT * FROM tawam_pending_affirm",
                                       "SELECT * FROM tawam_layer",
                                       "SELECT * FROM tawam_column",
                                       NULL};
    static const char *const others[] = {"SELECT * FROM well",
                                         "SELECT * FROM tawam_setting",
                                         "SELECT * FROM tawam_label", NULL};
    static const char *const shown[] = {
        "SELECT l.name, fid, existed FROM tawam_pending_row p JOIN"
        " tawam_layer l ON l.id=p.layer ORDER BY 1, 2",
        "SELECT l.name, fid, c.name, before FROM tawam_pending_cell p JOIN"
        " tawam_layer l ON l.id=p.layer JOIN tawam_column c ON"
        " c.layer=p.layer AND c.id=p.\"column\" ORDER BY 1, 2, 3",
        "SELECT fid, uuid, name, note, depth, geom FROM well ORDER BY fid",
        NULL};
    territory *t = NULL;
    sync_verification v = {0};
    int code = territory_open(&t, directory, 0);
    if (!code)
        code = sync_verify(&v, t->sync, NULL, NULL, NULL);
    f->status = error_exit_status(code);
    if (code)
        snprintf(f->message, sizeof f->message, "%s", error_message());
    if (!code) {
        add_tables(f->witness, t->twin, kept);
        add_tables(f->bystander, t->twin, others);
        add_tables(f->shown, t->twin, shown);
    }
    memcpy(f->hash, v.hash, sizeof f->hash);
    f->objects = v.objects;
    territory_close(t);
}

static void say(void *context, sync_repair_word word, const char *text)
{
    finding *f = context;
    if (word == SYNC_REPAIR_LOST)
        snprintf(f->message, sizeof f->message, "%s", text);
}

/* Repair, look, and repair again, which must find nothing. */
static void mend(finding *f, const char *directory)
{
    sync_repair_result r = {0}, again = {0};
    sync_repair_options o = {.tell = say, .context = f};
    int code = work_repair(&r, directory, &o);
    f->status = error_exit_status(code);
    f->lost = r.lost;
    if (code) {
        snprintf(f->message, sizeof f->message, "%s", error_message());
        return;
    }
    look(f, directory);
    if (!f->status && (work_repair(&again, directory, &o) || again.found)) {
        f->status = 99;
        snprintf(f->message, sizeof f->message, "a second repair found more");
    }
}

/* In a child, so that a crash or a hang is a finding. 0, or the signal. */
static int do_apart(finding *f, const char *directory,
                    void (*work_at)(finding *f, const char *directory))
{
    int way[2], status = 0;
    pid_t child;
    ssize_t got;
    memset(f, 0, sizeof *f);
    if (pipe(way))
        bail("no pipe");
    child = fork();
    if (child == 0) {
        alarm(20);
        close(way[0]);
        work_at(f, directory);
        _exit(write(way[1], f, sizeof *f) != sizeof *f);
    }
    close(way[1]);
    got = read(way[0], f, sizeof *f);
    close(way[0]);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return WTERMSIG(status);
    return got == (ssize_t)sizeof *f ? 0 : -1;
}

static int look_apart(finding *f, const char *directory)
{
    return do_apart(f, directory, look);
}

/* ---- the places ---- */

typedef struct tally {
    int noticed, harmless, bystanders, wrong;
    int repaired, lost, unrepaired; /* lost: with something said to be */
} tally;

static void judge(tally *n, const finding *was, const finding *f, int signal,
                  const char *what)
{
    if (signal) {
        n->wrong++;
        diag("%s: ended by signal %d", what, signal);
    } else if (f->status) {
        n->noticed++;
        if ((f->status != 6 && f->status != 3) || !f->message[0]) {
            n->wrong++;
            diag("%s: status %d: %s", what, f->status, f->message);
        }
    } else if (strcmp(f->hash, was->hash) || f->objects != was->objects ||
               strcmp(f->witness, was->witness)) {
        n->wrong++;
        diag("%s: not noticed", what);
    } else {
        n->harmless++;
        if (strcmp(f->bystander, was->bystander)) {
            n->bystanders++;
            diag("%s: has no second copy, passes", what);
        }
    }
}

/* All is as it was, or what is not was named. */
static void judge_repair(tally *n, const finding *was, const char *what)
{
    finding f;
    int signal = do_apart(&f, work, mend);
    n->repaired++;
    n->lost += !signal && !f.status && f.lost;
    if (signal || f.status ||
        (!f.lost &&
         (strcmp(f.hash, was->hash) || strcmp(f.shown, was->shown)))) {
        n->unrepaired++;
        diag("%s: repair: signal %d, status %d: %s", what, signal, f.status,
             f.message);
    } else if (f.lost) {
        diag("%s: %lld lost: %s", what, (long long)f.lost, f.message);
    }
}

static void report(const tally *n, size_t count)
{
    char controls[80];
    snprintf(controls, sizeof controls, "%d of %zu damages are noticed",
             n->noticed, count);
    reliability_report(&(reliability){
        .name = "damage",
        .tried = "a bit flipped or a file cut in replica, objects, packs, "
                 "refs: noticed by verify",
        .trials = (long)count,
        .losses = n->wrong,
        .controls = controls,
        .blind = "values not recorded yet, settings, labels: they stand once"});
    reliability_report(&(reliability){
        .name = "damage-repair",
        .tried = "the same, then repaired: all as before, or named as lost",
        .trials = n->repaired,
        .losses = n->unrepaired,
        .controls = controls,
        .blind = "two damages at once, but for those of cmd_repair.t"});
}

static void test_places(size_t count)
{
    finding was, f;
    tally n = {0};
    size_t i;
    int full = getenv("TAWAM_FULL") != NULL;
    is_int(look_apart(&was, work), 0, "the sound replica can be looked at");
    is_int(was.status, 0, "and is sound %s", was.message);
    for (i = 0; i < count; i++) {
        char what[300];
        int signal;
        copy_tree(sound, work);
        damage(what, sizeof what, i);
        signal = look_apart(&f, work);
        judge(&n, &was, &f, signal, what);
        if (f.status && (full || n.noticed % 4 == 0))
            judge_repair(&n, &was, what);
    }
    diag("%zu places: %d noticed, %d changed nothing recorded or pending "
         "(%d of them a value that stands once)",
         count, n.noticed, n.harmless, n.bystanders);
    is_int(n.wrong, 0, "every damage is noticed or changed nothing");
    ok(n.noticed > (int)count / 4, "the damage does bite");
    diag("%d repairs, %d of them with something lost", n.repaired, n.lost);
    is_int(n.unrepaired, 0, "each is repaired, or says what is lost");
    ok(n.repaired > n.lost * 3, "most lose nothing");
    report(&n, count);
}

int main(void)
{
    const char *count = getenv("TAWAM_PLACES");
    snprintf(fixture_folder, sizeof fixture_folder,
             "/dev/shm/tawam-damage-XXXXXX");
    if (!mkdtemp(fixture_folder))
        fixture_make();
    make_territory();
    snprintf(sound, sizeof sound, "%s/field", fixture_folder);
    snprintf(work, sizeof work, "%s/hurt", fixture_folder);
    copy_tree(sound, work);
    nftw(sound, note_file, 16, FTW_PHYS);
    qsort(files, file_count, sizeof *files, by_path);
    test_places(count ? (size_t)atoi(count) : 300);
    fixture_remove();
    return done_testing();
}
