/* SPDX-License-Identifier: MIT */
/* The territory's dictionary in main: trained, published, used by those who
 * have it, kept for ever, waited for where it is not there, and what a main
 * that somebody broke does. */
#include "sync/sync_internal.h"
#include "tests/sync_fixture.h"

static char hq[256];

/* The most memory this process has had since peak_reset(), in kB; 0 where the
 * kernel does not tell. */
static long peak(void)
{
    char line[200];
    long kilobytes = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1)
            break;
    if (f)
        fclose(f);
    return kilobytes;
}

static long peak_reset(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (f) {
        fputs("5", f);
        fclose(f);
    }
    return peak();
}

/* The dictionary that a desk's last commit needs, 0 for none; its bytes. */
static uint64_t needed(desk *d, const char *id, size_t *length)
{
    buffer bytes = {0};
    char head[SYNC_ID_SIZE];
    uint64_t needs = 0;
    MUST(sync_head(head, d->s));
    MUST(gitlog_changes(&bytes, d->s->log, id ? id : head, 1u << 24));
    MUST(changeset_dictionary_needed(&needs, bytes.data, bytes.length));
    if (length)
        *length = bytes.length;
    buffer_free(&bytes);
    return needs;
}

static const char *const SAID[] = {
    "pompe solaire en panne depuis la semaine derniere",
    "l'association paie le gardien chaque trimestre",
    "eau trouble apres les pluies, a verifier encore",
    "margelle cassee, enfants en danger pres du puits"};

/* A day's work: wells added and remarked on, the same words again and again. */
static void day(desk *d, int n)
{
    char text[120], name[40];
    int i;
    for (i = 0; i < 6; i++) {
        int64_t fid;
        snprintf(name, sizeof name, "Puits %d du douar %d", i, n % 7);
        snprintf(text, sizeof text, "%s (%d)", SAID[(n + i) % 4], n * 31 + i);
        fid = desk_add(d, name);
        MUST(desk_set(d, fid, "note", text));
    }
}

static void record(char id[SYNC_ID_SIZE], desk *d)
{
    MUST(sync_record(id, NULL, d->s, NULL));
}

/* Train and publish as `tawam publish --retrain` does; 0: nothing better. */
static int publish_trained(char dictionary[17], desk *d)
{
    sync_training t;
    sync_published made;
    buffer bytes = {0};
    char path[64], current[20];
    MUST(sync_train(&t, &bytes, d->s, 1));
    snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%s", t.id);
    snprintf(current, sizeof current, "%s\n", t.id);
    if (t.id[0]) {
        sync_file files[] = {{path, bytes.data, bytes.length},
                             {SYNC_DICTIONARY_CURRENT, current, 17}};
        sync_publication p = {NULL, NULL, files, 2};
        diag("%d bytes: %lld commits, %lld bytes before, %lld after",
             (int)bytes.length, (long long)t.tried, (long long)t.before,
             (long long)t.after);
        ok(t.after < t.before, "it saves");
        MUST(sync_publish(&made, d->s, &p));
    }
    memcpy(dictionary, t.id, 17);
    buffer_free(&bytes);
    return t.id[0] != 0;
}

static int count_changes(void *context, const sync_change *change)
{
    (void)change;
    ++*(int *)context;
    return 0;
}

static void all_read(desk *d, const char *id, const char *where)
{
    sync_verification v;
    twin *then = NULL;
    int shown = 0;
    is_int(sync_verify(&v, d->s, NULL, NULL, NULL), TAWAM_OK, "%s: verify %s",
           where, error_message());
    MUST(sync_show(d->s, id, count_changes, &shown));
    ok(shown > 0, "%s: show", where);
    MUST(sync_checkout(&then, d->s, id));
    twin_close(then);
}

/* ---- used by those who have it ---- */

static void test_used(desk *a, desk *b, char first[17])
{
    char id[SYNC_ID_SIZE], late[SYNC_ID_SIZE], text[17];
    size_t alone = 0, with = 0;
    int n;
    sync_training t;
    buffer bytes = {0};

    day(a, 0);
    record(id, a);
    MUST(sync_train(&t, &bytes, a->s, 1));
    ok(t.tried == 0 && t.id[0] == 0, "too few commits to tell");
    buffer_free(&bytes);
    for (n = 1; n < 24; n++) {
        day(a, n);
        record(id, a);
    }
    is_int((int)needed(a, NULL, &alone), 0, "no dictionary at first");
    desk_sync(a, hq);
    desk_sync(b, hq);
    ok(publish_trained(first, a), "one is worth it after 24 days");
    day(b, 30);
    record(late, b);
    is_int((int)needed(b, NULL, NULL), 0,
           "who has not that main yet does without");
    day(a, 30);
    record(id, a);
    snprintf(text, sizeof text, "%016llx",
             (unsigned long long)needed(a, NULL, &with));
    is_str(text, first, "the next commit of who has it is written with it");
    ok(with < alone, "%zu bytes, %zu without", with, alone);
    desk_sync(a, hq);
    desk_sync(b, hq);
    desk_sync(a, hq);
    is_str(desk_hash(a), desk_hash(b), "one state");
    all_read(b, id, "at the other");
    day(b, 31);
    record(id, b);
    ok(needed(b, NULL, NULL) != 0, "now the other uses it too");
    desk_sync(b, hq);
    desk_sync(a, hq);
    all_read(a, id, "at the first");
}

static void test_old_one_kept(desk *a, desk *b, const char *first)
{
    char second[17], id[SYNC_ID_SIZE], path[64];
    buffer file = {0};
    int n, i;
    for (n = 0; n < 16; n++) { /* the work becomes another */
        for (i = 0; i < 5; i++) {
            char name[100];
            snprintf(name, sizeof name,
                     "Lampadaire no %d, avenue des Orangers, poteau %d", i,
                     1000 + n * 7);
            desk_add(a, name);
        }
        record(id, a);
    }
    ok(publish_trained(second, a) && strcmp(first, second) != 0,
       "another one when the work has changed");
    snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%s", first);
    is_int(sync_read_main(&file, a->s, path), TAWAM_OK, "the old one stays");
    buffer_free(&file);
    day(a, 50);
    record(id, a);
    snprintf(path, sizeof path, "%016llx",
             (unsigned long long)needed(a, NULL, NULL));
    is_str(path, second, "the new one is used");
    desk_sync(a, hq);
    desk_sync(b, hq);
    is_str(desk_hash(a), desk_hash(b), "both are read");
    all_read(b, id, "with both");
}

/* A clone over a stick has it: main is among the commits' ancestors. */
static void test_stick(desk *a)
{
    char stick[256], id[SYNC_ID_SIZE];
    desk c = {{0}, NULL, NULL};
    snprintf(stick, sizeof stick, "%s/stick", fixture_folder);
    MUST(sync_create_bare(stick));
    desk_sync(a, stick);
    desk_clone(&c, "carried", stick);
    is_str(desk_hash(&c), desk_hash(a), "a stick carries it");
    day(&c, 60);
    record(id, &c);
    ok(needed(&c, NULL, NULL) != 0, "who came by it uses it");
    desk_close(&c);
}

/* ---- not there, or broken ---- */

/* A commit of line NAME, written with D (NULL: without), on main. */
static void foreign_commit(char id[SYNC_ID_SIZE], desk *d, const char *name,
                           const buffer *bytes)
{
    char message[100], main_id[SYNC_ID_SIZE], ref[80];
    const char *parents[1] = {main_id};
    gitlog_new commit = {"X",        "x@example.org", 1700000000000, 0,
                         1700000000, message,         parents,       1};
    snprintf(message, sizeof message, "x\n\nDevice: %s\nSequence: 1\n", name);
    snprintf(ref, sizeof ref, "refs/remotes/x/device/%s", name);
    MUST(gitlog_ref(main_id, d->s->log, MAIN_REF));
    MUST(gitlog_write_changes(id, d->s->log, bytes->data, bytes->length,
                              &commit));
    MUST(gitlog_set_ref(d->s->log, ref, id));
}

/* A changeset that adds well FID, sixty rows long so that a dictionary helps.
 */
static void changes_with(buffer *out, int64_t fid,
                         const changeset_dictionary *d)
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t column = 0;
    int i;
    MUST(changeset_new(&c));
    MUST(changeset_add_layer(&layer, c, "well", TWIN_NO_GEOMETRY));
    MUST(changeset_add_column(&column, c, layer, "note", TWIN_TEXT));
    for (i = 0; i < 4; i++) {
        twin_value value = text_value(SAID[i]);
        MUST(changeset_add_row(c, layer, fid + i, CHANGESET_INSERT));
        MUST(changeset_add_cell(c, layer, column, &value));
    }
    MUST(changeset_encode_with(out, c, d));
    changeset_free(c);
}

/* A dictionary of our own making, not in any log. */
static void make_dictionary(buffer *bytes, changeset_dictionary **d)
{
    buffer sample = {0};
    changeset *c = NULL;
    const changeset *list[1];
    changes_with(&sample, 1, NULL);
    MUST(changeset_decode(&c, sample.data, sample.length, NULL));
    list[0] = c;
    MUST(changeset_dictionary_train(bytes, list, 1, 8192));
    MUST(changeset_dictionary_open(d, bytes->data, bytes->length));
    changeset_free(c);
    buffer_free(&sample);
}

static void test_waits(desk *a)
{
    buffer dictionary = {0}, bytes = {0};
    changeset_dictionary *d = NULL;
    char id[SYNC_ID_SIZE], path[64];
    sync_result r = {0};
    sync_file file = {path, NULL, 0};

    make_dictionary(&dictionary, &d);
    changes_with(&bytes, 900001, d);
    foreign_commit(id, a, "early", &bytes);
    MUST(sync_merge(&r, a->s, NULL));
    is_int((int)r.commits_waiting, 1, "a commit without its dictionary waits");
    is_int((int)r.commits_refused, 0, "and is not refused");
    is_str(desk_get(a, 900001, "note"), "(gone)", "nor applied");
    sync_result_clear(&r);
    snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%016llx",
             (unsigned long long)changeset_dictionary_id(d));
    file.bytes = dictionary.data;
    file.length = dictionary.length;
    MUST(sync_write_main(a->s, &file, 1, "Dictionary"));
    is_str(desk_get(a, 900001, "note"), SAID[0],
           "when main brings the dictionary it is applied");
    all_read(a, id, "after waiting");
    changeset_dictionary_free(d);
    buffer_free(&dictionary);
    buffer_free(&bytes);
}

/* B's disk has lost the dictionary's blob: what needs it waits, and the same
 * sync asks for it again. */
static void test_lost_object(desk *a, desk *b)
{
    char id[SYNC_ID_SIZE], main_id[SYNC_ID_SIZE], blob[SYNC_ID_SIZE];
    char command[1600], current[20] = "", path[64], log[300];
    buffer text = {0};
    desk_sync(a, hq);
    desk_sync(b, hq);
    MUST(sync_read_main(&text, b->s, SYNC_DICTIONARY_CURRENT));
    snprintf(current, 17, "%s", (char *)text.data);
    buffer_free(&text);
    snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%s", current);
    MUST(gitlog_ref(main_id, b->s->log, MAIN_REF));
    MUST(gitlog_file_id(blob, b->s->log, main_id, path));
    snprintf(log, sizeof log, "%s/" SYNC_LOG_FOLDER, b->dir);
    desk_close(b);
    snprintf(command, sizeof command,
             "cd %s && mkdir -p old && if ls objects/pack/*.pack >/dev/null "
             "2>&1; then mv objects/pack/* old/ && for p in old/*.pack; do "
             "git --git-dir=. unpack-objects -q <$p || exit 1; done; fi && "
             "rm -rf old && rm -f objects/%.2s/%s && "
             "! git --git-dir=. cat-file -e %s 2>/dev/null",
             log, blob, blob + 2, blob);
    if (system(command) != 0)
        bail("the object can't be removed");
    day(a, 70);
    record(id, a);
    ok(needed(a, NULL, NULL) != 0, "a commit that needs it");
    desk_sync(a, hq);
    desk_open(b);
    desk_sync(b, hq);
    is_str(desk_hash(b), desk_hash(a), "a lost dictionary is fetched again");
    is_int(gitlog_has(b->s->log, blob), 1, "and is there again");
    all_read(b, id, "then");
}

/* Its id names a blob that is no dictionary: the same everywhere, so refused.
 */
static void test_wrong_id(desk *a)
{
    static const char readme[] = "no dictionary at all\n";
    sync_file file = {"README.md", readme, sizeof readme - 1};
    buffer dictionary = {0}, bytes = {0};
    changeset_dictionary *d = NULL;
    char id[SYNC_ID_SIZE], main_id[SYNC_ID_SIZE], blob[SYNC_ID_SIZE];
    sync_result r = {0};
    uint64_t present;
    uint8_t *at, old[8];
    int i;

    MUST(sync_write_main(a->s, &file, 1, "Readme"));
    MUST(gitlog_ref(main_id, a->s->log, MAIN_REF));
    MUST(gitlog_file_id(blob, a->s->log, main_id, "README.md"));
    make_dictionary(&dictionary, &d);
    changes_with(&bytes, 900101, d);
    present = changeset_dictionary_id(d);
    for (i = 0; i < 8; i++)
        old[i] = (uint8_t)(present >> (56 - 8 * i));
    at = memmem(bytes.data, bytes.length, old, 8);
    if (!at)
        bail("the id does not stand in the file");
    for (i = 0; i < 8; i++) {
        char two[3] = {blob[2 * i], blob[2 * i + 1], 0};
        at[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    foreign_commit(id, a, "wrong", &bytes);
    MUST(sync_merge(&r, a->s, NULL));
    is_int((int)r.commits_refused, 1,
           "an id that names no dictionary: refused");
    sync_result_clear(&r);
    MUST(gitlog_delete_ref(a->s->log, "refs/remotes/x/device/wrong"));
    changeset_dictionary_free(d);
    buffer_free(&dictionary);
    buffer_free(&bytes);
}

/* What main may say of its dictionary, and that one still can record. */
static void test_hostile_main(desk *a)
{
    enum { HUGE_FILE = 48 << 20 };
    static const char *const currents[] = {
        "",
        "x",
        "0000000000000000\n",
        "zzzzzzzzzzzzzzzz\n",
        "0123456789abcdef\n",
        "../../../../etc\n",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\n"};
    char *huge = memory_new(HUGE_FILE), id[SYNC_ID_SIZE], path[64];
    long before, after;
    sync_file files[2] = {{SYNC_DICTIONARY_CURRENT, NULL, 0},
                          {path, "rubbish", 7}};
    size_t i;

    for (i = 0; i < sizeof currents / sizeof *currents; i++) {
        files[0].bytes = currents[i];
        files[0].length = strlen(currents[i]);
        snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/0123456789abcdef");
        MUST(sync_write_main(a->s, files, 2, "Broken"));
        desk_add(a, "still recording");
        is_int(sync_record(id, NULL, a->s, NULL), TAWAM_OK, "current %zu: %s",
               i, error_message());
        is_int((int)needed(a, NULL, NULL), 0, "without a dictionary");
    }
    /* a blob as its id says, but no dictionary; then one that is huge */
    for (i = 0; i < 2; i++) {
        char main_id[SYNC_ID_SIZE], blob[SYNC_ID_SIZE], current[18];
        sync_file file = {"big", i ? huge : "rubbish", i ? HUGE_FILE : 7};
        MUST(sync_write_main(a->s, &file, 1, "Big"));
        MUST(gitlog_ref(main_id, a->s->log, MAIN_REF));
        MUST(gitlog_file_id(blob, a->s->log, main_id, "big"));
        snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%.16s", blob);
        snprintf(current, sizeof current, "%.16s\n", blob);
        files[0] = (sync_file){SYNC_DICTIONARY_CURRENT, current, 17};
        files[1] = (sync_file){path, file.bytes, file.length};
        MUST(sync_write_main(a->s, files, 2, "Broken"));
        if (i) {
            free(huge);
            huge = NULL;
        }
        before = peak_reset();
        desk_add(a, "still recording");
        is_int(sync_record(id, NULL, a->s, NULL), TAWAM_OK, "%s: %s",
               i ? "huge" : "rubbish", error_message());
        after = peak();
        is_int((int)needed(a, NULL, NULL), 0, "without a dictionary");
        ok(after - before < 8 << 10, "and without reading it: %ld kB",
           after - before);
    }
    all_read(a, id, "after all that");
}

int main(void)
{
    desk a = {0}, b = {0};
    char first[17];
    fixture_make();
    snprintf(hq, sizeof hq, "%s/hq.git", fixture_folder);
    MUST(sync_create_bare(hq));
    desk_found(&a, "a");
    desk_declare(&a);
    desk_sync(&a, hq);
    desk_clone(&b, "b", hq);
    test_used(&a, &b, first);
    test_old_one_kept(&a, &b, first);
    test_stick(&a);
    test_lost_object(&a, &b);
    test_waits(&a);
    test_wrong_id(&a);
    test_hostile_main(&a);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    return done_testing();
}
