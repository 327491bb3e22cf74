/* SPDX-License-Identifier: MIT */
/* Below which commits a repair takes everything to be here. What it takes for
 * sound is not asked for, so nothing may be below that is missing. And: what
 * gets a second name gets one also on a disk that knows no links. */
#include "sync/repair_internal.h"
#include "tests/sync_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int without_links; /* as on exFAT */

int link(const char *from, const char *to)
{
    if (without_links) {
        errno = EPERM;
        return -1;
    }
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static const char *packs; /* where no half of a file may lie */
static int renamed_within_packs;

int rename(const char *from, const char *to)
{
    renamed_within_packs |= packs && strncmp(from, packs, strlen(packs)) == 0;
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static salvage old; /* a replica that names no commit */
static repair fixing = {.old = &old};

/* A commit on PARENTS whose changes are TEXT. */
static void write_commit(char id[SYNC_ID_SIZE], const char *text,
                         const char *const *parents, size_t count)
{
    gitlog_new commit = {"T",  "t@example.org", 1000000, 0,
                         1000, "a\n",           parents, count};

    MUST(gitlog_write_changes(id, fixing.log, text, strlen(text), &commit));
}

/* The file TEXT of a commit is lost. */
static void lose(const char *text)
{
    char path[400], id[SYNC_ID_SIZE];
    git_oid blob;

    git_odb_hash(&blob, text, strlen(text), GIT_OBJECT_BLOB);
    git_oid_tostr(id, sizeof id, &blob);
    snprintf(path, sizeof path, "%s/objects/%.2s/%s", gitlog_path(fixing.log),
             id, id + 2);
    if (unlink(path) < 0)
        bail("no %s", path);
}

static int is_among(const repair_ids *ids, const char *id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (strcmp(ids->ids[i], id) == 0)
            return 1;
    return 0;
}

static void sound(repair_ids *heads)
{
    repair_known known = {.r = &fixing};

    MUST(repair_find_missing(&known));
    MUST(repair_sound_heads(heads, &known));
    repair_known_clear(&known);
}

/* first - second - third, second's file lost: first is sound. */
static void try_hole(void)
{
    char ids[3][SYNC_ID_SIZE];
    const char *first = ids[0], *second = ids[1];
    repair_ids heads = {0};

    write_commit(ids[0], "first", NULL, 0);
    write_commit(ids[1], "second", &first, 1);
    write_commit(ids[2], "third", &second, 1);
    MUST(gitlog_set_ref(fixing.log, "refs/heads/device/a", ids[2]));
    sound(&heads);
    ok(heads.count == 1 && is_among(&heads, ids[2]), "all is here: the last");
    repair_ids_clear(&heads);
    lose("second");
    sound(&heads);
    ok(heads.count == 1 && is_among(&heads, ids[0]), "what is below the hole");
    repair_ids_clear(&heads);
}

/* A commit of more parents than one of ours has, and one above it, are whole by
 * themselves; one of those parents has lost its file. */
static void try_unknown(void)
{
    static char ids[GITLOG_PARENTS_MAX + 1][SYNC_ID_SIZE];
    static const char *parents[GITLOG_PARENTS_MAX + 1];
    char many[SYNC_ID_SIZE], above[SYNC_ID_SIZE], text[20];
    const char *below = many;
    repair_ids heads = {0};

    gitlog_batch_begin(fixing.log);
    for (size_t i = 0; i <= GITLOG_PARENTS_MAX; i++) {
        snprintf(text, sizeof text, "p%zu", i);
        write_commit(ids[i], text, NULL, 0);
        parents[i] = ids[i];
    }
    MUST(gitlog_batch_write(fixing.log));
    gitlog_batch_drop(fixing.log);
    write_commit(many, "many", parents, GITLOG_PARENTS_MAX + 1);
    write_commit(above, "above", &below, 1);
    MUST(gitlog_set_ref(fixing.log, "refs/heads/device/b", above));
    is_int(repair_whole(fixing.log, many), 1, "it is whole");
    sound(&heads);
    ok(!is_among(&heads, many), "of too many parents: not taken for sound");
    ok(!is_among(&heads, above), "nor what is above it");
    repair_ids_clear(&heads);
}

static void is_pack(const char *name, const char *wanted, const char *what)
{
    char path[400];
    buffer bytes = {0};

    snprintf(path, sizeof path, "%s/objects/pack/%s", gitlog_path(fixing.log),
             name);
    is_int(file_read(&bytes, path, 100), TAWAM_OK, "%s: there", what);
    buffer_byte(&bytes, 0);
    is_str((char *)bytes.data, wanted, "%s: its bytes", what);
    buffer_free(&bytes);
}

static void try_packs(const char *what)
{
    char from[300], path[400];

    snprintf(from, sizeof from, "%s/%s.git", fixture_folder, what);
    snprintf(path, sizeof path, "%s/objects/pack", from);
    MUST(file_make_folders(path));
    snprintf(path, sizeof path, "%s/objects/pack/%s.pack", from, what);
    MUST(file_write_atomic(path, what, strlen(what)));
    snprintf(path, sizeof path, "%s/objects/pack/%s.idx", from, what);
    MUST(file_write_atomic(path, "an index", 8));
    fixing.log_path = (char *)gitlog_path(fixing.log);
    is_int(repair_take_packs(&fixing, from), TAWAM_OK, "%s", what);
    snprintf(path, sizeof path, "%s.pack", what);
    is_pack(path, what, what);
    snprintf(path, sizeof path, "%s.idx", what);
    is_pack(path, "an index", what);
    is_int(repair_take_packs(&fixing, from), TAWAM_OK, "%s: again", what);
}

/* What was put aside before is never written over. */
static void try_taken(const char *what)
{
    char one[300], two[300];
    buffer bytes = {0};

    snprintf(one, sizeof one, "%s/one", fixture_folder);
    snprintf(two, sizeof two, "%s/two", fixture_folder);
    MUST(file_write_atomic(one, "one", 3));
    MUST(file_write_atomic(two, "two", 3));
    ok(repair_second_name(&fixing, one, two) < 0, "%s: a name that is taken",
       what);
    is_int(file_read(&bytes, two, 100), TAWAM_OK, "%s: is there", what);
    buffer_byte(&bytes, 0);
    is_str((char *)bytes.data, "two", "%s: as it was", what);
    buffer_free(&bytes);
}

int main(void)
{
    char path[300], temp[300];

    fixture_make();
    snprintf(path, sizeof path, "%s/log.git", fixture_folder);
    MUST(gitlog_create(&fixing.log, path));
    try_hole();
    try_unknown();
    snprintf(temp, sizeof temp, "%s/repair.tmp", fixture_folder);
    MUST(file_make_folders(temp));
    fixing.temp = temp;
    try_packs("linked");
    try_taken("linked");
    without_links = 1;
    snprintf(path, sizeof path, "%s/objects/pack", gitlog_path(fixing.log));
    packs = path;
    try_packs("copied");
    try_taken("copied");
    ok(!renamed_within_packs, "a copy that is cut off is no rubbish there");
    gitlog_free(fixing.log);
    fixture_remove();
    return done_testing();
}
