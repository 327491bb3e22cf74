/* SPDX-License-Identifier: MIT */
/* Memory and disk that run out: for N = 1, 2, 3 … the Nth allocation fails,
 * until one import, one export gets through. Whatever happens before, an error
 * is returned with words, the replica is sound, nothing is half there. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "exchange/exchange_internal.h"
#include "tests/exchange_support.h"

enum { TRIES_MAX = 5000, MANY = 500 };

static const char CSV[] = "code,lat,lon,day,v\n01,1,2,2024-01-01,x\n"
                          "02,3,4,2024-01-02T10:00,\"y,z\"\n03,99,4,,w\n";
static const char GEOJSON[] =
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
    "\"id\":\"x\",\"properties\":{\"code\":\"01\",\"v\":[1]},\"geometry\":"
    "{\"type\":\"Point\",\"coordinates\":[1,2]}},{\"type\":\"Feature\","
    "\"properties\":{\"code\":5},\"geometry\":null}]}";

static int is_sound(desk *d)
{
    int sound =
        twin_check(d->twin) == TAWAM_OK && !twin_in_transaction(d->twin);
    if (!sound)
        diag("%s", error_message());
    return sound;
}

static void import_without_memory(const char *name, const void *bytes,
                                  size_t length)
{
    long n = 0;
    int right = 1;
    int64_t rejected = 0;
    for (n = 0; n < TRIES_MAX && right; n++) {
        desk d;
        desk_open(&d);
        const char *path = put(&d, name, bytes, length);
        long before = memory_allocations();
        memory_fail_at(n);
        int code = import_path(&d, path, "a", "code");
        memory_fail_at(0);
        int reached = memory_allocations() - before >= n;
        if (n == 0) /* undisturbed */
            rejected = d.result.rejected;
        right = is_sound(&d) &&
                ((code == TAWAM_OK && d.result.rejected == rejected) ||
                 (code == TAWAM_EMEMORY && d.message[0]));
        if (!right)
            diag("allocation %ld: code %d, %s", n, code, d.message);
        if (code < 0 && twin_layer_count(d.twin) != 0) {
            right = 0;
            diag("allocation %ld: half a layer is there", n);
        }
        desk_close(&d);
        if (!reached)
            break;
    }
    ok(right && n < TRIES_MAX,
       "%s: %ld allocations failed in turn, none did harm", name, n);
}

/* ---- the memory of SQLite itself ---- */

static sqlite3_mem_methods system_memory;
static long asked, refuse_at; /* one of SQLite's allocations; 0 none */

static int is_refused(void)
{
    return ++asked == refuse_at;
}

static void *refuse_malloc(int bytes)
{
    return is_refused() ? NULL : system_memory.xMalloc(bytes);
}

static void *refuse_realloc(void *memory, int bytes)
{
    return is_refused() ? NULL : system_memory.xRealloc(memory, bytes);
}

/* Before any other use of SQLite; with no lookaside, each allocation asks. */
static void replace_memory(void)
{
    sqlite3_mem_methods ours;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory) != SQLITE_OK)
        bail("SQLite's memory");
    ours = system_memory;
    ours.xMalloc = refuse_malloc;
    ours.xRealloc = refuse_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
        bail("SQLite's memory");
}

/* All of the GeoPackage as text, rows as a reject file would have them. */
static int read_all(buffer *out, const char *path)
{
    source *s = NULL;
    source_row row = {0};
    int result = gpkg_source_open(&s, path, NULL);
    for (size_t i = 0; result == TAWAM_OK && i < s->column_count; i++)
        buffer_format(out, "%s %d %d %d\n", s->columns[i].name,
                      (int)s->columns[i].type, (int)s->columns[i].role,
                      (int)s->columns[i].geometry);
    while (result >= 0 && (result = s->class->next(s, &row)) == 1) {
        s->class->raw(s, out);
        if (row.wrong)
            buffer_format(out, "wrong: %s\n", row.wrong);
        result = buffer_check(out);
    }
    source_close(s);
    return result;
}

/* Each allocation of SQLite's fails in turn: the file is not said to be wrong,
 * and what is read is all of it. */
static void read_without_memory(const char *path)
{
    buffer whole = {0};
    long n = 0, wrong = 0, refused = 0;
    must(read_all(&whole, path), "a GeoPackage");
    for (n = 1, asked = 0; asked >= n - 1 && n < TRIES_MAX; n++) {
        buffer some = {0};
        asked = 0;
        refuse_at = n;
        int code = read_all(&some, path);
        int right = code == TAWAM_OK
                        ? some.length == whole.length &&
                              memcmp(some.data, whole.data, some.length) == 0
                        : code == TAWAM_EMEMORY;
        refuse_at = 0;
        refused += code != TAWAM_OK;
        wrong += !right;
        if (!right)
            diag("allocation %ld of SQLite's: %d, %s", n, code,
                 error_message());
        buffer_free(&some);
    }
    ok(wrong == 0 && refused > 100 && n < TRIES_MAX,
       "%ld of SQLite's allocations failed in turn, %ld ended the reading, "
       "for lack of memory",
       n, refused);
    buffer_free(&whole);
}

static void export_without_memory(desk *d, const char *name,
                                  exchange_format format)
{
    long n = 0;
    int right = 1, reached = 1;
    const char *path = at(d, name);
    for (n = 1; n < TRIES_MAX && right && reached; n++) {
        exchange_export_options o = {
            .format = format, .layer = "a", .limit = -1};
        error_clear();
        unlink(path);
        long before = memory_allocations();
        memory_fail_at(n);
        int code = exchange_export(NULL, d->twin, path, NULL, &o);
        memory_fail_at(0);
        reached = memory_allocations() - before >= n;
        right = code == TAWAM_OK || (error_message()[0] && !file_exists(path));
    }
    ok(right && n < TRIES_MAX,
       "%s: %ld allocations failed in turn, no half file", name, n);
}

static void full_disk(desk *d)
{
    buffer many = {0};
    FILE *full = fopen("/dev/full", "w");
    exchange_export_options o = {
        .format = EXCHANGE_CSV, .layer = "big", .limit = -1};
    if (!full) {
        skip("no /dev/full");
        return;
    }
    buffer_text(&many, "n,text\n");
    for (int i = 0; i < 5000; i++)
        buffer_format(&many, "%d,some words that fill a line\n", i);
    import_path(d, put(d, "big.csv", many.data, many.length), "big", NULL);
    buffer_free(&many);
    is_int(exchange_export(NULL, d->twin, "-", full, &o), TAWAM_EFULL,
           "a full disk is said: %s", error_message());
    o.format = EXCHANGE_GEOJSON;
    is_int(exchange_export(NULL, d->twin, "-", full, &o), TAWAM_EFULL,
           "in GeoJSON too");
    fclose(full);
    d->options.reject_file = "/dev/full";
    buffer_text(&many, "n,text\n1,2,3\n");
    import_path(d, put(d, "wrong.csv", many.data, many.length), "big", NULL);
    d->options.reject_file = NULL;
    is_int(d->code, TAWAM_EFULL, "rejects that can't be kept: %s", d->message);
    buffer_free(&many);
}

static void read_only_stick(desk *d)
{
    const char *path = at(d, "stick/x.csv");
    if (geteuid() == 0) {
        skip("root writes anywhere");
        return;
    }
    must(file_make_folders(at(d, "stick")), "folder");
    put(d, "stick/x.csv", "a,b\n1\n2,3\n", 10);
    chmod(at(d, "stick"), 0555);
    import_path(d, path, "stick", NULL);
    chmod(at(d, "stick"), 0755);
    ok(has(d->result.reject_file, "replica/x.csv.rejects.csv"),
       "rejects go beside the replica where they can't beside the file");
}

/* SQLite's pread64() is this one: the Nth of file UNREAD fails. */
static struct stat unread; /* st_ino 0: none */
static long reads, fail_at;

ssize_t pread64(int fd, void *bytes, size_t length, off_t place)
{
    struct stat s;
    if (unread.st_ino && fstat(fd, &s) == 0 && s.st_ino == unread.st_ino &&
        s.st_dev == unread.st_dev && ++reads == fail_at) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, bytes, length, place);
}

/* One page of GeoPackage PATH does not read: no layer that lacks its geometry,
 * or some of its rows, is said to be imported. */
static void import_unread(const char *path, int64_t rows)
{
    struct stat s;
    long n = 0, wrong = 0, refused = 0;
    if (stat(path, &s) < 0)
        bail("no %s", path);
    for (n = 1, reads = 0; n < TRIES_MAX && reads >= n - 1; n++) {
        const twin_layer *layer = NULL;
        desk d;
        int code, whole;
        desk_open(&d);
        unread = s;
        reads = 0;
        fail_at = n;
        code = import_path(&d, path, "a", NULL);
        unread.st_ino = 0;
        whole = twin_layer_find(&layer, d.twin, "a") == TAWAM_OK &&
                layer->geometry == TWIN_POINT &&
                twin_row_count(d.twin, layer) == rows;
        wrong += code == TAWAM_OK ? !whole : code != TAWAM_EENVIRONMENT;
        refused += code != TAWAM_OK;
        if (code != TAWAM_OK && code != TAWAM_EENVIRONMENT)
            diag("read %ld: %d, %s", n, code, d.message);
        else if (code == TAWAM_OK && !whole)
            diag("read %ld: it said yes, and not all is there", n);
        desk_close(&d);
    }
    ok(refused > 3 && wrong == 0,
       "%ld of %ld reads of a GeoPackage failed it, with this machine's error",
       refused, n - 1);
}

/* Into many.gpkg: points in a table of several pages, most of which are read
 * when the rows are. */
static void import_many(desk *d)
{
    buffer many = {0};
    exchange_export_options o = {
        .format = EXCHANGE_GPKG, .layer = "many", .limit = -1};
    buffer_text(&many, "lat,lon,text\n");
    for (int i = 0; i < MANY; i++)
        buffer_format(&many, "1,2,some words that fill line %d\n", i);
    import_path(d, put(d, "many.csv", many.data, many.length), "many", NULL);
    buffer_free(&many);
    must(exchange_export(NULL, d->twin, at(d, "many.gpkg"), NULL, &o),
         "many rows");
}

int main(void)
{
    desk d;
    buffer geopackage = {0};
    replace_memory();
    if (access("/dev/shm", W_OK) == 0)
        desk_root = "/dev/shm";
    import_without_memory("a.csv", CSV, sizeof CSV - 1);
    import_without_memory("a.geojson", GEOJSON, sizeof GEOJSON - 1);
    desk_open(&d);
    import_text(&d, "a.csv", CSV, "a", NULL);
    export_without_memory(&d, "x.csv", EXCHANGE_CSV);
    export_without_memory(&d, "x.geojson", EXCHANGE_GEOJSON);
    export_without_memory(&d, "x.gpkg", EXCHANGE_GPKG);
    must(file_read(&geopackage, at(&d, "x.gpkg"), 1u << 20), "a GeoPackage");
    import_without_memory("a.gpkg", geopackage.data, geopackage.length);
    buffer_free(&geopackage);
    read_without_memory(at(&d, "x.gpkg"));
    import_unread(at(&d, "x.gpkg"), 2);
    import_many(&d);
    read_without_memory(at(&d, "many.gpkg"));
    import_unread(at(&d, "many.gpkg"), MANY);
    full_disk(&d);
    read_only_stick(&d);
    desk_close(&d);
    return done_testing();
}
