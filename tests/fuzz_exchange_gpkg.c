/* SPDX-License-Identifier: MIT */
/* Fuzzing of reading another program's GeoPackage: the input is the whole file
 * or, since mutations rarely leave one whole, patches to a good one: the first
 * byte says which, then (place of two bytes, byte) each. Both passes see the
 * same rows or end in an error with words. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char GOOD[] =
    "PRAGMA page_size=1024; PRAGMA application_id=1196444487;"
    "PRAGMA user_version=10300;"
    "CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT, srs_id INTEGER PRIMARY"
    " KEY, organization TEXT, organization_coordsys_id INTEGER, definition"
    " TEXT);"
    "INSERT INTO gpkg_spatial_ref_sys VALUES('WGS 84',4326,'EPSG',4326,'x');"
    "CREATE TABLE gpkg_contents(table_name TEXT PRIMARY KEY, data_type TEXT,"
    " identifier TEXT, srs_id INTEGER);"
    "INSERT INTO gpkg_contents VALUES('well','features','well',4326);"
    "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT,"
    " geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);"
    "INSERT INTO gpkg_geometry_columns VALUES('well','geom','POINT',4326,0,0);"
    "CREATE TABLE well(fid INTEGER PRIMARY KEY, name TEXT, depth DOUBLE, geom"
    " BLOB);"
    "INSERT INTO well VALUES(1,'a',1.5,x'47500001'),(2,'b',NULL,NULL),"
    "(3,'c',3,x'47500001e61000000101000000000000000000f03f0000000000000040');";

static uint8_t *good;
static sqlite3_int64 good_size;

static void make_good(void)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_exec(db, GOOD, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    good = sqlite3_serialize(db, "main", &good_size, 0);
    sqlite3_close(db);
    if (!good)
        abort();
}

static long pass(source *s)
{
    source_row row;
    long count = 0;
    int result;
    while (count < 100000 && (result = s->class->next(s, &row)) == 1)
        count++;
    return count;
}

static void try_file(int fd)
{
    char path[40];
    source *s = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (gpkg_source_open(&s, path, NULL) < 0) {
        if (!error_message()[0])
            abort();
        return;
    }
    long first = pass(s);
    if (s->class->rewind(s) == 0 && pass(s) != first)
        abort();
    source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", 0);
    if (!good)
        make_good();
    if (fd < 0)
        abort();
    if (size && data[0] % 2) {
        if (write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
            abort();
    } else {
        if (write(fd, good, (size_t)good_size) != good_size)
            abort();
        for (size_t i = 1; i + 2 < size; i += 3)
            if (pwrite(fd, &data[i + 2], 1,
                       (data[i] << 8 | data[i + 1]) % good_size) != 1)
                abort();
    }
    try_file(fd);
    close(fd);
    return 0;
}
