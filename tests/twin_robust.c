/* SPDX-License-Identifier: MIT */
/* What goes wrong: no memory at every allocation, two processes at once, a
 * file that is no replica, a newer one, a full disk, a kill half-way. Nothing
 * acknowledged is lost, nothing is half-written, the words are plain. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "tests/tap.h"
#include "tests/twin_support.h"

/* One small working day, wherever it fails. */
static int day(const char *directory)
{
    twin *t = NULL;
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    int drifted = 0;
    twin_pending_counts c = {0};
    const twin_column_definition columns[] = {{"name", TWIN_TEXT}};
    int code = twin_create(&t, directory);
    if (code == TAWAM_OK)
        code = twin_layer_declare(t, "well", TWIN_POINT, columns, 1);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t, "well");
    if (code == TAWAM_OK) {
        twin_cell one = {.column = layer->columns[1].id,
                         .value = text_value("Aïn")};
        code = twin_row_insert(&fid, t, layer, &one, 1);
        if (code == TAWAM_OK)
            code = twin_pending_prepare(t, &drifted);
        if (code == TAWAM_OK)
            code = twin_pending_clear(t);
        one.value = text_value("Zegzel");
        if (code == TAWAM_OK)
            code = twin_row_update(NULL, t, layer, fid, &one, 1);
        if (code == TAWAM_OK)
            code = twin_pending_count(t, &c);
    }
    if (code == TAWAM_OK && c.updated != 1)
        code = TAWAM_EDAMAGED;
    twin_close(t);
    return code;
}

/* Fails the Nth allocation for N = 1, 2, 3 … until the day gets through. What
 * is on disk after a failure opens and checks. */
static void no_memory(void)
{
    char *directory = scratch_folder("memory");
    int wrong = 0, damaged = 0;
    long n = 1;
    for (; n < 5000; n++) {
        twin *t = NULL;
        file_remove_tree(directory);
        memory_fail_at(n);
        int code = day(directory);
        memory_fail_at(0);
        if (code == TAWAM_OK)
            break;
        wrong += code != TAWAM_EMEMORY;
        if (code != TAWAM_EMEMORY)
            diag("allocation %ld: %d %s", n, code, error_message());
        if (n % 7)
            continue;
        char *file = file_join(directory, TWIN_FILE);
        if (file_exists(file))
            damaged += twin_open(&t, directory, 0) != TAWAM_OK ||
                       twin_check(t) != TAWAM_OK;
        twin_close(t);
        free(file);
    }
    ok(n > 50 && n < 5000, "the day gets through after %ld failures", n - 1);
    ok(wrong == 0, "each failure says that memory was short");
    ok(damaged == 0, "and leaves a replica that checks, or none");
    remove_folder(directory);
}

/* Insert COUNT rows, each its own transaction. */
static int insert_many(const char *directory, int count)
{
    twin *t = NULL;
    const twin_layer *layer = NULL;
    int code = twin_open(&t, directory, 0);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t, "household");
    for (int i = 0; code == TAWAM_OK && i < count; i++) {
        int64_t fid = 0;
        code = twin_row_insert(&fid, t, layer, NULL, 0);
    }
    twin_close(t);
    return code;
}

static void two_at_once(void)
{
    char *directory = scratch_folder("two");
    twin *t = NULL;
    int status = 0;
    ok_code(twin_create(&t, directory), "create");
    household(t);
    int64_t before = twin_change_counter(t);
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(insert_many(directory, 40) == TAWAM_OK ? 0 : 1);
    }
    for (int i = 0; i < 2; i++) {
        waitpid(children[i], &status, 0);
        ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "process %d wrote its rows", i + 1);
    }
    const twin_layer *layer = NULL;
    twin_layer_find(&layer, t, "household");
    is_int(twin_row_count(t, layer), 80, "all rows are there");
    ok(twin_change_counter(t) > before, "and a third process notices");
    ok_code(twin_check(t), "the replica checks");
    twin_close(t);
    remove_folder(directory);
}

static void schema_seen_by_another(void)
{
    char *directory = scratch_folder("schema");
    twin *a = NULL, *b = NULL;
    const twin_layer *layer = NULL;
    const twin_column_definition more[] = {{"phone", TWIN_TEXT}};
    ok_code(twin_create(&a, directory), "create");
    household(a);
    ok_code(twin_open(&b, directory, 0), "open a second time");
    ok_code(twin_layer_find(&layer, b, "household"), "the layer");
    size_t columns = layer->column_count;
    ok_code(twin_layer_declare(a, "household", TWIN_NO_GEOMETRY, more, 1),
            "the first widens it");
    ok(layer->column_count == columns, "a pointer held stays readable");
    ok_code(twin_layer_find(&layer, b, "household"), "ask again");
    ok(layer->column_count == columns + 1, "the second sees it");
    ok_code(twin_begin(a), "the first begins");
    sqlite3_busy_timeout(twin_database(b), 50);
    ok(twin_begin(b) == TAWAM_EBUSY, "the second is told: %s", error_message());
    ok_code(twin_commit(a), "the first ends");
    ok_code(twin_begin(b), "the second may");
    ok_code(twin_commit(b), "and ends");
    twin_close(a);
    twin_close(b);
    remove_folder(directory);
}

static void write_text(const char *path, const char *text)
{
    file_write_atomic(path, text, strlen(text));
}

static uint64_t checksum(const char *path)
{
    buffer b = {0};
    uint64_t sum = 0;
    file_read(&b, path, 1 << 24);
    for (size_t i = 0; i < b.length; i++)
        sum = sum * 31 + b.data[i];
    buffer_free(&b);
    return sum;
}

static void refused(const char *what, const char *directory, const char *file,
                    int wanted)
{
    twin *t = NULL;
    uint64_t before = checksum(file);
    int code = twin_open(&t, directory, 0);
    if (!ok(code == wanted, "%s: %s", what, error_message()))
        diag("code %d", code);
    ok(checksum(file) == before, "and it is not touched");
    twin_close(t);
}

static void copy_file(const char *from, const char *to)
{
    buffer b = {0};
    file_read(&b, from, 1 << 24);
    file_write_atomic(to, b.data, b.length);
    buffer_free(&b);
}

/* FILE is open in WAL mode elsewhere; a copy of it and its WAL is what a
 * program that crashed leaves. Merging that WAL would be to write. */
static void stranger_in_wal(const char *file)
{
    char *directory = scratch_folder("wal");
    char *copy = file_join(directory, TWIN_FILE);
    char *log = memory_format("%s-wal", file);
    char *log_copy = memory_format("%s-wal", copy);
    file_make_folders(directory);
    copy_file(file, copy);
    copy_file(log, log_copy);
    int64_t size = file_size(log_copy);
    refused("one with a WAL left by a crash", directory, copy, TAWAM_EUSAGE);
    ok(size > 0 && file_size(log_copy) == size, "nor is its WAL");
    free(copy);
    free(log);
    free(log_copy);
    remove_folder(directory);
}

static void strangers(void)
{
    char *directory = scratch_folder("strangers");
    char *file = file_join(directory, TWIN_FILE);
    twin *t = NULL;
    ok(twin_open(&t, directory, 0) == TAWAM_EENVIRONMENT, "no folder: %s",
       error_message());
    file_make_folders(directory);
    write_text(file, "id,name\n1,a\n");
    refused("a CSV file", directory, file, TAWAM_EUSAGE);
    unlink(file);
    sqlite3 *db = NULL;
    sqlite3_open(file, &db);
    sqlite3_exec(db, "CREATE TABLE a(b)", NULL, NULL, NULL);
    sqlite3_close(db);
    refused("a SQLite file", directory, file, TAWAM_EUSAGE);
    sqlite3_open(file, &db);
    sqlite3_exec(db, "PRAGMA application_id = 1196444487", NULL, NULL, NULL);
    sqlite3_close(db);
    refused("someone's GeoPackage", directory, file, TAWAM_EUSAGE);
    sqlite3_open(file, &db);
    sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE c(d)", NULL, NULL,
                 NULL);
    stranger_in_wal(file);
    sqlite3_close(db);
    unlink(file);
    ok_code(twin_create(&t, directory), "a replica");
    ok_code(twin_set_setting(t, "format", "99"), "of a newer format");
    twin_close(t);
    t = NULL;
    refused("a newer one", directory, file, TAWAM_ENEWER);
    free(file);
    remove_folder(directory);
}

/* A limit on the size of files stands for a full disk. */
static void full_disk(void)
{
    char *directory = scratch_folder("full");
    twin *t = NULL;
    struct rlimit limit, old;
    char *file = file_join(directory, TWIN_FILE);
    int64_t fid = 0;
    int code = TAWAM_OK;
    ok_code(twin_create(&t, directory), "create");
    const twin_layer *layer = household(t);
    twin_cell name = cell(layer, "name", text_value("a name of some length"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = (rlim_t)file_size(file) + 20000;
    setrlimit(RLIMIT_FSIZE, &limit);
    int64_t kept = 0;
    for (; kept < 2000 && code == TAWAM_OK; kept += code == TAWAM_OK)
        code = twin_row_insert(&fid, t, layer, &name, 1);
    ok(code == TAWAM_EFULL || code == TAWAM_EENVIRONMENT, "%s",
       error_message());
    setrlimit(RLIMIT_FSIZE, &old);
    is_int(twin_row_count(t, layer), kept, "what was acknowledged is there");
    ok_code(twin_row_insert(&fid, t, layer, &name, 1), "with room it goes on");
    ok_code(twin_check(t), "and checks");
    twin_close(t);
    free(file);
    remove_folder(directory);
}

/* A process killed in mid-transaction leaves no half change behind, and no
 * capture switched off. */
static void killed(void)
{
    char *directory = scratch_folder("killed");
    twin *t = NULL;
    int status = 0;
    ok_code(twin_create(&t, directory), "create");
    household(t);
    twin_close(t);
    pid_t child = fork();
    if (child == 0) {
        const twin_layer *layer = NULL;
        int64_t fid = 0;
        twin_open(&t, directory, 0);
        twin_begin(t);
        twin_capture_off(t);
        twin_layer_find(&layer, t, "household");
        for (int i = 0; i < 30000; i++)
            twin_row_insert(&fid, t, layer, NULL, 0);
        raise(SIGKILL);
    }
    waitpid(child, &status, 0);
    ok(WIFSIGNALED(status), "killed");
    ok_code(twin_open(&t, directory, 0), "open");
    const twin_layer *layer = NULL;
    twin_layer_find(&layer, t, "household");
    is_int(twin_row_count(t, layer), 0, "nothing of it is there");
    int64_t fid = 0;
    twin_pending_counts c = {0};
    ok_code(twin_row_insert(&fid, t, layer, NULL, 0), "insert");
    twin_pending_count(t, &c);
    is_int(c.inserted, 1, "capture is on");
    twin_close(t);
    remove_folder(directory);
}

static void read_only(void)
{
    char *directory = scratch_folder("readonly");
    twin *t = NULL;
    ok_code(twin_create(&t, directory), "create");
    household(t);
    twin_close(t);
    ok_code(twin_open(&t, directory, TWIN_READ_ONLY), "open for reading");
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    ok_code(twin_layer_find(&layer, t, "household"), "read");
    ok(twin_row_insert(&fid, t, layer, NULL, 0) == TAWAM_EENVIRONMENT,
       "writing is refused: %s", error_message());
    char *copy = memory_format("%s/copy.gpkg", directory);
    ok_code(twin_save_copy(t, copy), "a copy can be saved");
    ok(twin_save_copy(t, copy) == TAWAM_EENVIRONMENT, "never over another");
    free(copy);
    twin_close(t);
    remove_folder(directory);
}

int main(void)
{
    no_memory();
    two_at_once();
    schema_seen_by_another();
    strangers();
    full_disk();
    killed();
    read_only();
    return done_testing();
}
