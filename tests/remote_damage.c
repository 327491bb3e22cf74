/* SPDX-License-Identifier: MIT */
/* A damaged stick: a bit flipped, or a file cut, at places spread over every
 * file of a bare repository in a folder (loose objects, packs, indexes, refs,
 * packed refs, HEAD, config). A fetch from it and a push to it must end by
 * themselves (no signal, no stall), leave our own log sound, and say why when
 * they took or sent less than all. 120 places; TAWAM_FULL=1: 600, or as many
 * as TAWAM_PLACES says.
 *
 * What can't be seen: damage that changes nothing anybody reads. Those trials
 * are counted. */
#include "tests/remote_test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#define FILES 300

static char files[FILES][200]; /* below stick.git */
static size_t file_count;

static int note_file(const char *path, const struct stat *st, int type,
                     struct FTW *place)
{
    (void)place;
    const char *name = strstr(path, "sound.git/");
    if (type == FTW_F && st->st_size > 0 && name && file_count < FILES &&
        !strstr(path, "/hooks/") && !strstr(path, "description"))
        snprintf(files[file_count++], sizeof files[0], "%.199s", name + 10);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Three lines: one in a pack with packed refs, one loose, one in both. */
static void make_stick(void)
{
    sh("git init -q --bare -b main sound.git");
    commits("sound.git", "device/a", 12, 400);
    commits("sound.git", "main", 2, 90);
    sh("git -C sound.git repack -adq; git -C sound.git pack-refs --all");
    commits("sound.git", "device/b", 4, 300);
    commits("sound.git", "device/a", 3, 900);
    nftw(at("sound.git"), note_file, 16, FTW_PHYS);
    qsort(files, file_count, sizeof files[0], by_name);
    sh("git init -q --bare -b main ours.git");
    commits("ours.git", "device/us", 3, 500);
    sh("git -C ours.git fetch -q ../sound.git "
       "refs/heads/main:refs/remotes/hq/main");
}

static void damage(char *what, size_t size, size_t nth)
{
    char path[600];
    const char *name = files[next_random() % file_count];
    snprintf(path, sizeof path, "%s/stick.git/%s", scratch, name);
    int64_t length = file_size(path);
    int64_t place = (int64_t)(next_random() % (uint64_t)length);
    uint8_t byte = 0, bit = (uint8_t)(1u << next_random() % 8);
    chmod(path, 0600);
    snprintf(what, size, "%s, %s %lld of %lld", name,
             nth % 4 == 3 ? "cut at" : "byte", (long long)place,
             (long long)length);
    int fd = open(path, O_RDWR);
    if (fd < 0 || pread(fd, &byte, 1, place) != 1)
        bail("cannot damage %s", path);
    byte ^= bit;
    if (nth % 4 == 3 ? ftruncate(fd, place) < 0
                     : pwrite(fd, &byte, 1, place) != 1)
        bail("cannot damage %s", path);
    close(fd);
}

typedef struct tally {
    int said, unseen, wrong;
} tally;

static const sync_options PATIENT = {.stall_ms = 8000};
static const remote_options HOW = {.sync = &PATIENT};

/* CODE is what a transfer said. A death or a stall is never right. */
static int died(int code)
{
    return code < 0 && (strstr(error_message(), "signal") ||
                        strstr(error_message(), "no answer"));
}

/* 1 if everything the log's refs lead to is there and whole. */
static int log_sound(void)
{
    return sh("git -C log.git fsck --connectivity-only --no-dangling && "
              "git -C log.git fsck --no-dangling") == 0;
}

static void try_place(tally *n, size_t nth)
{
    char what[300];
    sync_sent outcome = SYNC_NOTHING_TO_SEND;
    char *report = NULL, *refs = NULL;
    int fetched, pushed, whole;
    sh("rm -rf stick.git log.git; cp -a sound.git stick.git; "
       "cp -a ours.git log.git");
    damage(what, sizeof what, nth);
    error_clear();
    fetched =
        remote_fetch(&refs, NULL, at("log.git"), "hq", at("stick.git"), &HOW);
    int bad = died(fetched) || (fetched < 0 && !*error_message());
    if (bad)
        diag("%s: fetch: %s", what, error_message());
    error_clear();
    pushed = remote_push(&outcome, &report, NULL, at("log.git"), "hq",
                         at("stick.git"),
                         "refs/heads/device/us:refs/heads/device/us\n", &HOW);
    bad |= died(pushed) || (pushed < 0 && !*error_message());
    if (bad)
        diag("%s: push: %s", what, error_message());
    if (!log_sound()) {
        bad = 1;
        diag("%s: our log is not sound afterwards", what);
    }
    if (pushed == TAWAM_OK && outcome == SYNC_SENT &&
        sh("git -C stick.git cat-file -e refs/heads/device/us") != 0) {
        bad = 1;
        diag("%s: called sent, but is not there", what);
    }
    whole = refs && strstr(refs, "/device/a\n") && strstr(refs, "/main\n") &&
            strstr(refs, "/device/b\n");
    n->wrong += bad;
    n->said += fetched < 0 || pushed < 0 || !whole;
    n->unseen += fetched == TAWAM_OK && pushed == TAWAM_OK && whole;
    free(refs);
    free(report);
}

int main(void)
{
    const char *given = getenv("TAWAM_PLACES");
    size_t count = given                  ? (size_t)atoi(given)
                   : getenv("TAWAM_FULL") ? 600
                                          : 120;
    tally n = {0};
    scratch_begin();
    make_stick();
    for (size_t i = 0; i < count; i++)
        try_place(&n, i);
    diag("%zu places: %d said, %d changed nothing that was read", count, n.said,
         n.unseen);
    is_int(n.wrong, 0, "a damaged stick kills, stalls and spoils nothing");
    ok(n.said > (int)count / 5, "the damage does bite");
    scratch_end();
    return done_testing();
}
