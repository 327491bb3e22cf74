/* SPDX-License-Identifier: MIT */
/* Attachments below the command line: what is a cell and what is only a text,
 * how pieces and lists follow from the bytes, files of several lists, and a
 * remote that lacks pieces or holds wrong lists. */
#include "sync/files_internal.h"
#include "tests/sync_fixture.h"

#include <sys/stat.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID "0123456789abcdef0123456789abcdef01234567"
#define TAIL "-12-" HASH "-" ID ".jpg"

/* ---- cells ---- */

static int is_cell(const char *text)
{
    files_key key;
    return files_key_read(&key, text, strlen(text));
}

static void test_cells(void)
{
    files_key key = {0};
    char value[FILES_VALUE_SIZE];
    const char *good = "attachments/my-well_2" TAIL;
    ok(files_key_read(&key, good, strlen(good)), "a cell");
    is_str(key.name, "my-well_2.jpg", "its name");
    is_int(key.size, 12, "its size");
    is_str(key.hash, HASH, "its hash");
    is_str(key.id, ID, "its id");
    is_str(files_key_value(value, &key), good, "and back");
    ok(is_cell("attachments/بئر" TAIL), "Arabic letters");
    ok(is_cell("attachments/x-1-" HASH "-" ID), "without extension");
    ok(is_cell("attachments/a-1-2" TAIL), "numbers in the stem");
    static const char *const others[] = {
        "",
        "attachments/",
        "attachments/photo.jpg",
        "DCIM/x" TAIL,
        "attachments/../x" TAIL,
        "attachments/a/b" TAIL,
        "attachments/.x" TAIL,
        "attachments/" TAIL,
        "attachments/a b" TAIL,
        "attachments/a\nb" TAIL,
        "attachments/a\x1b[2J" TAIL,
        "attachments/a\xff" TAIL,
        "attachments/a\xe2\x80\xae" TAIL,
        "attachments/x-012-" HASH "-" ID,
        "attachments/x-0-" HASH "-" ID,
        "attachments/x-268435457-" HASH "-" ID,
        "attachments/x-99999999999-" HASH "-" ID,
        "attachments/x--5-" HASH "-" ID ".sh ",
        "attachments/x" TAIL "xx9zzz",
        "attachments/x-12-" HASH "-" ID ".JPG",
        "attachments/x-12-" HASH "-" ID ".",
        "attachments/x-12-" HASH "-" ID ".tar.gz",
        "attachments/X-12-" HASH "0-" ID,
        " attachments/x" TAIL,
        "attachments/x" TAIL "\n",
        "attachments/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxx" TAIL};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!is_cell(others[i]), "no cell: number %zu", i);
    ok(!files_key_read(&key, "attachments/x\0y" TAIL,
                       sizeof "attachments/x\0y" TAIL - 1),
       "nor one with a NUL");
}

static void name_is(const char *path, const char *name)
{
    char out[FILES_NAME_SIZE], cell[FILES_VALUE_SIZE];
    files_key key = {.size = 12, .hash = HASH, .id = ID};
    MUST(files_name(out, path));
    is_str(out, name, "the name of %s", path);
    snprintf(key.name, sizeof key.name, "%s", out);
    ok(is_cell(files_key_value(cell, &key)), "which a cell may hold");
}

static void test_names(void)
{
    name_is("/tmp/a/My well (2).JPG", "My_well_2_.jpg");
    name_is("../../etc/passwd", "passwd");
    name_is("...", "file");
    name_is("a/.hidden", "file.hidden");
    name_is("x.tar.gz", "x_tar.gz");
    name_is("\x1b[2J\xff.png", "2J_.png");
    name_is("بئر ١.jpg", "بئر_١.jpg");
    name_is("x.superlongextension", "x_superlongextension");
    name_is("wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
            "wwwwwwww.jpg",
            "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww.jpg");
}

/* ---- files of all sizes, there and back ---- */

/* SIZE bytes that no packer shortens, and no two pieces alike. */
static void write_file(const char *path, size_t size)
{
    uint8_t *bytes = memory_new(size);
    uint64_t x = size * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        bytes[i] = (uint8_t)(x >> 32);
    }
    MUST(file_write_atomic(path, bytes, size));
    free(bytes);
}

static char *in_folder(const char *name)
{
    static char paths[4][300];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fixture_folder, name);
    return path;
}

static files_key attach(desk *d, int64_t fid, size_t size)
{
    const twin_layer *layer = desk_layer(d, "well");
    const twin_column *column = NULL;
    files_key key;
    write_file(in_folder("photo.jpg"), size);
    MUST(files_take_in(&key, d->s, in_folder("photo.jpg")));
    MUST(twin_column_find(&column, layer, "note"));
    MUST(files_attach(d->s, layer, fid, column, &key));
    return key;
}

static int same_bytes(desk *d, const files_key *key)
{
    char *path = NULL;
    int same = files_path(&path, d->s, key) == TAWAM_OK && files_is(key, path);
    free(path);
    return same;
}

static void exchange(files_result *r, desk *d, int code, const char *what)
{
    is_int(files_exchange(r, d->s, "hq", in_folder("hq.git"), NULL), code,
           "%s: %s", what, error_message());
}

static void test_sizes(desk *a, desk *b)
{
    static const size_t sizes[] = {1,     16383,       16384,
                                   16385, 512 * 16384, 512 * 16384 + 1};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    files_key keys[COUNT];
    files_result r;
    for (size_t i = 0; i < COUNT; i++)
        keys[i] = attach(a, desk_add(a, "x"), sizes[i]);
    desk_sync(a, in_folder("hq.git"));
    exchange(&r, a, TAWAM_OK, "sending");
    is_int(r.sent, COUNT, "all sizes go");
    desk_sync(b, in_folder("hq.git"));
    MUST(twin_set_setting(b->t, FILES_FOLLOW_SETTING, "all"));
    exchange(&r, b, TAWAM_OK, "receiving");
    is_int(r.received, COUNT, "all sizes come");
    for (size_t i = 0; i < COUNT; i++)
        ok(same_bytes(b, &keys[i]), "%zu bytes are the same", sizes[i]);
    exchange(&r, a, TAWAM_OK, "again");
    ok(!r.sent && !r.received && !r.left, "nothing more to move");
    exchange(&r, b, TAWAM_OK, "the other way");
    ok(!r.sent, "what came from there does not go back");
}

/* ---- a remote that lies ---- */

static int sh(const char *format, const char *a)
{
    char command[1000];
    int n = snprintf(command, sizeof command, "cd '%s' && { ", fixture_folder);
    n += snprintf(command + n, sizeof command - (size_t)n, format, a);
    snprintf(command + n, sizeof command - (size_t)n, "; } >/dev/null 2>&1");
    return system(command);
}

/* A row that names SIZE bytes, whose id is the blob of TEXT. */
static files_key lie(desk *d, int64_t size, const char *text)
{
    static int number;
    files_key key = {.size = size, .name = "lie.jpg"};
    char value[FILES_VALUE_SIZE], command[300];
    uint8_t id[FILES_ID];
    MUST(files_blob_id(id, text, strlen(text)));
    files_hex(key.id, id);
    snprintf(key.hash, sizeof key.hash, "%064d", ++number);
    snprintf(command, sizeof command,
             "printf '%%s' '%s' | git -C hq.git hash-object -w --stdin", text);
    is_int(sh("%s", command), 0, "a blob at hq");
    desk_set(d, desk_add(d, "lie"), "note", files_key_value(value, &key));
    return key;
}

static void test_lies(desk *a, desk *b)
{
    files_result r;
    files_key keys[4] = {lie(a, 5, "other"), lie(a, 100, "short"),
                         lie(a, 40000, "no list"),
                         lie(a, 40000,
                             "60 bytes that name three pieces that "
                             "are nowhere at all, no.")};
    files_key honest = attach(a, desk_add(a, "y"), 3000);
    desk_sync(a, in_folder("hq.git"));
    exchange(&r, a, TAWAM_OK, "sending");
    desk_sync(b, in_folder("hq.git"));
    exchange(&r, b, TAWAM_OK, "a remote that lies");
    ok(same_bytes(b, &honest), "the honest one comes all the same");
    for (int i = 0; i < 4; i++)
        ok(!files_here(b->s, &keys[i]), "lie %d is not taken", i);
    is_int(r.refused, 3, "three are refused");
    is_int(r.absent, 1, "one has pieces that are not there");
    for (int i = 0; i < 3; i++)
        is_int(files_state_at(b->s, &keys[i], "hq"), FILES_WRONG, "noted: %d",
               i);
    is_int(files_get(&r, b->s, "hq", in_folder("hq.git"), keys, 1, NULL),
           TAWAM_EDAMAGED, "asked for by name it says why: %s",
           error_message());
    is_int(files_get(&r, b->s, "hq", in_folder("hq.git"), keys + 3, 1, NULL),
           TAWAM_ENOTFOUND, "and of the other: %s", error_message());
}

/* Of a changed file nothing goes, and the others do. */
static void test_changed(desk *a)
{
    files_key bad = attach(a, desk_add(a, "z"), 70000);
    files_key good = attach(a, desk_add(a, "z"), 80000);
    char *path = NULL;
    files_result r;
    MUST(files_path(&path, a->s, &bad));
    chmod(path, 0644);
    write_file(path, 70000 - 1);
    is_int(truncate(path, 70000), 0, "a file is changed here");
    free(path);
    desk_sync(a, in_folder("hq.git"));
    exchange(&r, a, TAWAM_EDAMAGED, "is said");
    is_int(r.sent, 1, "the other goes");
    is_int(files_state_at(a->s, &good, "hq"), FILES_AT, "and is there");
    is_int(files_state_at(a->s, &bad, "hq"), 0, "the changed one is not");
}

/* Both answers of a conflict are named and fetched. */
static void test_conflict(desk *a, desk *b)
{
    files_key one, two;
    files_result r;
    int64_t fid = desk_add(a, "c");
    desk_sync(a, in_folder("hq.git"));
    desk_sync(b, in_folder("hq.git"));
    one = attach(a, fid, 20001);
    two = attach(b, fid, 20002);
    desk_sync(a, in_folder("hq.git"));
    files_exchange(&r, a->s, "hq", in_folder("hq.git"), NULL);
    desk_sync(b, in_folder("hq.git"));
    exchange(&r, b, TAWAM_OK, "a conflict of two photos");
    ok(same_bytes(b, &one) && same_bytes(b, &two), "both are here");
    desk_sync(a, in_folder("hq.git"));
    MUST(twin_set_setting(a->t, FILES_FOLLOW_SETTING, "all"));
    files_exchange(&r, a->s, "hq", in_folder("hq.git"), NULL);
    ok(same_bytes(a, &two), "and there");
}

int main(void)
{
    desk a, b;
    fixture_make();
    test_cells();
    test_names();
    desk_found(&a, "field-1");
    desk_declare(&a);
    MUST(sync_create_bare(in_folder("hq.git")));
    desk_sync(&a, in_folder("hq.git"));
    desk_clone(&b, "field-2", in_folder("hq.git"));
    test_sizes(&a, &b);
    test_lies(&a, &b);
    test_conflict(&a, &b);
    test_changed(&a);
    desk_close(&a);
    desk_close(&b);
    fixture_remove();
    done_testing();
}
