/* SPDX-License-Identifier: MIT */
/* Bytes of changesets, beside SQLite's session changesets and the limit:
 *
 *   bytes                 prints the table
 *   bytes shapes SEEDS    the days of shapes.h beside the limit
 *   bytes databases DIR   writes DIR/before.db and DIR/day.db, for rsync
 */
#define SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include <sqlite3.h>
#include <time.h>
#include <zlib.h>
#include "tests/bench/shapes.h"
#include "tests/bench/limit.h"

static workload census = {.seed = 1, .rows = WORKLOAD_ROWS};
static limit the_limit;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", what, error_message());
    exit(3);
}

/* ---- SQLite ---- */

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    exit(3);
}

static void bind(sqlite3_stmt *s, int place, const twin_value *value)
{
    int length = (int)value->length;

    switch (value->kind) {
    case TWIN_KIND_INTEGER:
        sqlite3_bind_int64(s, place, value->integer);
        break;
    case TWIN_KIND_REAL:
        sqlite3_bind_double(s, place, value->real);
        break;
    case TWIN_KIND_TEXT:
        sqlite3_bind_text(s, place, value->bytes, length, SQLITE_TRANSIENT);
        break;
    case TWIN_KIND_BYTES:
        sqlite3_bind_blob(s, place, value->bytes, length, SQLITE_TRANSIENT);
        break;
    case TWIN_KIND_NULL:
        sqlite3_bind_null(s, place);
        break;
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *start, const char *each,
                             const char *end)
{
    buffer sql = {0};
    sqlite3_stmt *s = NULL;

    buffer_text(&sql, start);
    for (int i = 0; i < WORKLOAD_COLUMNS; i++)
        buffer_format(&sql, each, i ? ", " : "", WORKLOAD[i].name);
    buffer_text(&sql, end);
    must(sqlite3_prepare_v2(db, (const char *)sql.data, -1, &s, NULL) ==
             SQLITE_OK,
         sqlite3_errmsg(db));
    buffer_free(&sql);
    return s;
}

/* C's rows into the table; cells that are not told stay as they are. */
static void apply(sqlite3 *db, const changeset *c)
{
    const changeset_layer *layer = &c->layers[0];
    sqlite3_stmt *insert =
        prepare(db, "INSERT INTO household VALUES (?", ", ?%.0s%.0s", ")");
    char sql[128];

    run(db, "BEGIN");
    for (size_t i = 0; i < layer->row_count; i++) {
        const changeset_row *row = &layer->rows[i];
        const changeset_cell *cells = &layer->cells[row->first_cell];
        if (row->operation == CHANGESET_INSERT) {
            sqlite3_clear_bindings(insert);
            sqlite3_bind_int64(insert, 1, row->fid);
            for (uint32_t k = 0; k < row->cell_count; k++)
                bind(insert, (int)cells[k].column + 2, &cells[k].value);
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
        for (uint32_t k = 0;
             row->operation == CHANGESET_UPDATE && k < row->cell_count; k++) {
            sqlite3_stmt *s = NULL;
            snprintf(sql, sizeof sql,
                     "UPDATE household SET %s = ? WHERE fid = ?",
                     WORKLOAD[cells[k].column].name);
            sqlite3_prepare_v2(db, sql, -1, &s, NULL);
            bind(s, 1, &cells[k].value);
            sqlite3_bind_int64(s, 2, row->fid);
            sqlite3_step(s);
            sqlite3_finalize(s);
        }
        if (row->operation == CHANGESET_DELETE) {
            snprintf(sql, sizeof sql, "DELETE FROM household WHERE fid = %lld",
                     (long long)row->fid);
            run(db, sql);
        }
    }
    run(db, "COMMIT");
    sqlite3_finalize(insert);
}

static sqlite3 *open_table(const char *path)
{
    sqlite3 *db = NULL;
    buffer sql = {0};

    remove(path);
    must(sqlite3_open(path, &db) == SQLITE_OK, path);
    buffer_text(&sql, "CREATE TABLE household(fid INTEGER PRIMARY KEY");
    for (int i = 0; i < WORKLOAD_COLUMNS; i++)
        buffer_format(&sql, ", %s", WORKLOAD[i].name);
    buffer_text(&sql, ")");
    run(db, (const char *)sql.data);
    buffer_free(&sql);
    return db;
}

static size_t gzip_size(const void *bytes, size_t length)
{
    uLongf size = compressBound((uLong)length);
    void *out = malloc(size);

    compress2(out, &size, bytes, (uLong)length, 9);
    free(out);
    return size + 12; /* gzip's header and trailer are longer than zlib's */
}

static size_t zstd_size(const void *bytes, size_t length, int level)
{
    size_t room = ZSTD_compressBound(length), size = 0;
    void *out = malloc(room);

    size = ZSTD_compress(out, room, bytes, length, level);
    free(out);
    return size;
}

/* What the session extension records while C is applied to DB. */
static void session(sqlite3 *db, const changeset *c, int level)
{
    sqlite3_session *s = NULL;
    void *bytes = NULL;
    int length = 0;

    must(sqlite3session_create(db, "main", &s) == SQLITE_OK, "session");
    sqlite3session_attach(s, "household");
    apply(db, c);
    must(sqlite3session_changeset(s, &length, &bytes) == SQLITE_OK, "session");
    printf("  %-48s %9d B\n", "SQLite session changeset", length);
    printf("  %-48s %9zu B\n", "  with gzip -9",
           gzip_size(bytes, (size_t)length));
    printf("  with zstd -%-37d %9zu B\n", level,
           zstd_size(bytes, (size_t)length, level));
    sqlite3_free(bytes);
    sqlite3session_delete(s);
}

/* ---- tawam ---- */

static changeset *changes(const workload_day *day)
{
    changeset *c = NULL;

    changeset_new(&c);
    workload_changes(c, &census, day);
    return c;
}

static changeset *import(size_t from, size_t to)
{
    changeset *c = NULL;

    changeset_new(&c);
    workload_import(c, &census, from, to);
    return c;
}

static changeset_dictionary *train(void)
{
    changeset *samples[6] = {0};
    changeset_dictionary *d = NULL;
    buffer bytes = {0};

    for (unsigned i = 0; i < 3; i++) {
        workload_day before = {10 + i, 1000, 200, 50};
        samples[i] = import(2000 + 30000 * i, 4000 + 30000 * i);
        samples[i + 3] = changes(&before);
    }
    must(changeset_dictionary_train(&bytes, (const changeset *const *)samples,
                                    6, 16384) == TAWAM_OK &&
             changeset_dictionary_open(&d, bytes.data, bytes.length) ==
                 TAWAM_OK,
         "dictionary");
    for (int i = 0; i < 6; i++)
        changeset_free(samples[i]);
    buffer_free(&bytes);
    return d;
}

static size_t encoded(changeset *c, const changeset_dictionary *d)
{
    buffer bytes = {0};
    size_t size = 0;

    must(changeset_encode_with(&bytes, c, d) == TAWAM_OK, "encode");
    size = bytes.length;
    buffer_free(&bytes);
    return size;
}

static void line(const char *what, size_t size)
{
    printf("  %-48s %9zu B", what, size);
    if (the_limit.total)
        printf("   %.3f of the limit", (double)size / (double)the_limit.total);
    putchar('\n');
}

/* As tests/bench_bars.sh says them. */
static void bar(const char *what, double value, double most, const char *unit)
{
    int digits = *unit == 'B' ? 0 : 3;

    printf("  bar: %-52s %9.*f <= %-6.*f %s %s\n", what, digits, value,
           digits ? 2 : 0, most, unit, value <= most ? "holds" : "OVER");
}

/* SIZE, against MOST times the limit. */
static void bar_of_limit(const char *what, size_t size, double most)
{
    if (the_limit.total)
        bar(what, (double)size / (double)the_limit.total, most, "x limit");
}

static void find_limit(const changeset *c)
{
    the_limit.total = 0;
    if (limit_of(&the_limit, c) < 0)
        puts("  no xz here, so no limit");
    else
        printf("  %-48s %9zu B   (ids %zu, which cells %zu, values %zu)\n",
               "the limit: typed columns, xz -9e or zstd -22", the_limit.total,
               the_limit.keys, the_limit.presence, the_limit.values);
}

static void day(sqlite3 *db, const char *name, const workload_day *which,
                const changeset_dictionary *d)
{
    changeset *c = changes(which);
    size_t alone = encoded(c, NULL), with = encoded(c, d);

    puts(name);
    find_limit(c);
    line("tawam, no dictionary", alone);
    line("tawam, with the dictionary", with);
    session(db, c, 22);
    if (which == &WORKLOAD_DAY) {
        bar_of_limit("day of 1,250 edits, no dictionary", alone, 1.15);
    } else {
        bar("small day of 20, no dictionary", (double)alone, 500, "B");
        bar("small day of 20, trained dictionary", (double)with, 350, "B");
    }
    putchar('\n');
    changeset_free(c);
}

#define PART 700

/* As it is recorded: files of some 11 kB, the first teaching the others, or
 * all with D. */
static size_t in_parts(const changeset_dictionary *d, double *cpu)
{
    changeset_dictionary *first = NULL;
    size_t sum = 0;

    *cpu = 0;
    for (size_t i = 0; i < census.rows; i += PART) {
        changeset *c =
            import(i, i + PART < census.rows ? i + PART : census.rows);
        buffer bytes = {0};
        double start = seconds();
        changeset_encode_with(&bytes, c, d ? d : first);
        *cpu += seconds() - start;
        if (!d && !first)
            changeset_dictionary_open(&first, bytes.data, bytes.length);
        sum += bytes.length;
        buffer_free(&bytes);
        changeset_free(c);
    }
    changeset_dictionary_free(first);
    return sum;
}

static void whole_import(sqlite3 *db, const changeset_dictionary *d)
{
    changeset *c = import(0, census.rows);
    double cpu = 0;
    size_t parts = 0;

    printf("import of %zu households\n", census.rows);
    find_limit(c);
    line("tawam, one file", encoded(c, NULL));
    parts = in_parts(NULL, &cpu);
    line("tawam, 143 files, the first teaches the others", parts);
    printf("  %-48s %9.2f s CPU\n", "  writing them", cpu);
    line("tawam, 143 files, with the dictionary", in_parts(d, &cpu));
    session(db, c, 12);
    bar_of_limit("the rows in files of 11 kB, no dictionary", parts, 1.10);
    putchar('\n');
    changeset_free(c);
}

static int write_databases(const char *folder)
{
    char path[256];
    changeset *c = import(0, census.rows);

    for (int i = 0; i < 2; i++) {
        sqlite3 *db = NULL;
        snprintf(path, sizeof path, "%s/%s.db", folder, i ? "day" : "before");
        db = open_table(path);
        apply(db, c);
        if (i) {
            changeset *edits = changes(&WORKLOAD_DAY);
            apply(db, edits);
            changeset_free(edits);
        }
        sqlite3_close(db);
    }
    changeset_free(c);
    return 0;
}

/* ---- other days ---- */

/* The worst small day of SEEDS territories, four days in each; the dictionary
 * is of the days before. */
static void small_days(uint64_t seeds)
{
    size_t alone = 0, with = 0;

    for (census.seed = 1; census.seed <= seeds; census.seed++) {
        changeset_dictionary *d = train();
        for (unsigned i = 0; i < 4; i++) {
            workload_day which = {2 + i, 16, 3, 1};
            changeset *c = changes(&which);
            size_t a = encoded(c, NULL), w = encoded(c, d);
            alone = a > alone ? a : alone;
            with = w > with ? w : with;
            changeset_free(c);
        }
        changeset_dictionary_free(d);
    }
    census.seed = 1;
    bar("small days of 20, no dictionary", (double)alone, 500, "B");
    bar("small days of 20, trained dictionary", (double)with, 350, "B");
}

/* The worst of SEEDS days of each shape. */
static int shapes(uint64_t seeds)
{
    puts("days of other shapes, no dictionary, the worst of several seeds");
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        double worst = 0;
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            changeset *c = NULL;
            double ratio = 0;
            changeset_new(&c);
            SHAPES[i].fill(c, seed);
            if (limit_of(&the_limit, c) == 0)
                ratio = (double)encoded(c, NULL) / (double)the_limit.total;
            worst = ratio > worst ? ratio : worst;
            changeset_free(c);
        }
        bar(SHAPES[i].name, worst, 1.15, "x limit");
        fflush(stdout);
    }
    small_days(seeds);
    putchar('\n');
    return 0;
}

int main(int count, char **words)
{
    sqlite3 *db = NULL;
    changeset_dictionary *d = NULL;

    if (count == 3 && strcmp(words[1], "databases") == 0)
        return write_databases(words[2]);
    if (count == 3 && strcmp(words[1], "shapes") == 0)
        return shapes(strtoul(words[2], NULL, 10));
    d = train();
    puts("dictionary: of 6,000 households and three days\n");
    db = open_table(":memory:");
    whole_import(db, d);
    day(db, "a day: 1,000 edited, 200 new, 50 deleted", &WORKLOAD_DAY, d);
    day(db, "a small day: 16 edited, 3 new, 1 deleted", &WORKLOAD_SMALL_DAY, d);
    sqlite3_close(db);
    changeset_dictionary_free(d);
    return 0;
}
