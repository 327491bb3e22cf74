/* SPDX-License-Identifier: MIT */
/* Steps of the form engine that the command line has no measure for, each
 * beside a peer in the same run; processor time, the median of many.
 *
 *   form parse FORM.xml         reading it, and libxml2's tree of it
 *   form lists FORM.xml FOLDER  filters of a list that is FOLDER/douars.csv,
 *                               then of the same rows as a layer of a replica,
 *                               and SQLite asked for the same by hand
 */
#include "form/form.h"
#include "twin/twin.h"

#include <libxml/parser.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TIMES 21
#define FILTERS 500

#define MUST(call)                                                             \
    do {                                                                       \
        if ((call) != TAWAM_OK) {                                              \
            fprintf(stderr, "%s: %s\n", #call, error_message());               \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double say(const char *name, double *times, size_t count)
{
    qsort(times, count, sizeof *times, by_time);
    printf("%-44s median %9.3f ms   worst %9.3f ms\n", name, times[count / 2],
           times[count - 1]);
    return times[count / 2];
}

static void say_memory(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%-44s %7.1f MB\n", "memory at most",
           (double)used.ru_maxrss * 1024 / 1e6);
}

/* ---- parse ---- */

static void parse(const char *path)
{
    double ours[TIMES], theirs[TIMES], since;
    buffer xml = {0};
    MUST(file_read(&xml, path, FORM_XML_MOST));
    for (int i = 0; i < TIMES; i++) {
        form *f = NULL;
        xmlDocPtr tree;
        since = now();
        MUST(form_read_xform(&f, (char *)xml.data, xml.length));
        ours[i] = now() - since;
        form_free(f);
        since = now();
        tree = xmlReadMemory((char *)xml.data, (int)xml.length, NULL, NULL,
                             XML_PARSE_NONET);
        theirs[i] = now() - since;
        xmlFreeDoc(tree);
    }
    printf("%-44s %9.2f MB\n", path, (double)xml.length / 1e6);
    since = say("form compiled", ours, TIMES);
    printf("%-44s %9.2f times\n", "  of libxml2's tree of the same file",
           since / say("libxml2's tree", theirs, TIMES));
    buffer_free(&xml);
}

/* ---- lists ---- */

static form *f;
static record *r;

static void answer(const char *path, const char *format, int number)
{
    char value[40];
    record_outcome outcome;
    snprintf(value, sizeof value, format, number);
    MUST(record_answer(&outcome, r, record_find(r, path), value));
}

/* Row N of region N % 12, province N % 144, commune N % 1440. */
static void choose(int n)
{
    answer("/data/region", "r%d", n % 12);
    answer("/data/province", "p%d", n % 144);
    answer("/data/commune", "c%d", n % 1440);
    answer("/data/least", "%d", 900);
}

static size_t choices(const char *path)
{
    const record_choice *list;
    size_t count = 0;
    MUST(record_choices(&list, &count, r, record_find(r, path)));
    return count;
}

static double filters(const char *name, const char *path)
{
    double times[FILTERS];
    size_t found = 0;
    for (int i = 0; i < FILTERS; i++) {
        double since;
        choose(i * 37);
        since = now();
        found += choices(path);
        times[i] = now() - since;
    }
    printf("%-44s %9.1f rows\n", name, (double)found / FILTERS);
    return say("  a filter", times, FILTERS);
}

static void ask_lists(const form_surroundings *around, const char *kind)
{
    double since = now();
    MUST(record_new(&r, f, form_surroundings_record(around)));
    choose(5);
    choices("/data/douar");
    printf("%-44s        %9.3f ms\n", kind, now() - since);
    since = now();
    choices("/data/many");
    printf("%-44s        %9.3f ms\n", "  the first filter of another kind",
           now() - since);
    filters("  region, province, commune", "/data/douar");
    filters("  region, number, beginning, 50 at most", "/data/many");
    record_free(r);
}

/* What the evaluation of the first filter comes to in the end. */
static void ask_sqlite(const char *folder)
{
    static const char sql[] =
        "SELECT rowid, name, label, region, province, commune, population"
        " FROM d WHERE region = ? AND province = ? AND commune = ?"
        " ORDER BY rowid";
    char command[1000];
    double times[FILTERS];
    sqlite3 *db;
    sqlite3_stmt *statement;
    snprintf(command, sizeof command,
             "sqlite3 '%s/peer.db' '.mode csv' '.import %s/douars.csv d'"
             " 'CREATE INDEX i ON d(region, province, commune)'",
             folder, folder);
    if (system(command))
        exit(1);
    snprintf(command, sizeof command, "%s/peer.db", folder);
    sqlite3_open(command, &db);
    sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    for (int i = 0; i < FILTERS; i++) {
        static const char *const formats[] = {"r%d", "p%d", "c%d"};
        static const int modulus[] = {12, 144, 1440};
        double since = now();
        for (int k = 0; k < 3; k++) {
            char value[40];
            snprintf(value, sizeof value, formats[k], i * 37 % modulus[k]);
            sqlite3_bind_text(statement, k + 1, value, -1, SQLITE_TRANSIENT);
        }
        while (sqlite3_step(statement) == SQLITE_ROW)
            for (int k = 0; k < 7; k++)
                sqlite3_column_text(statement, k);
        sqlite3_reset(statement);
        times[i] = now() - since;
    }
    say("SQLite by hand: region, province, commune", times, FILTERS);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static twin *make_layer(const char *folder)
{
    static const char *const names[] = {"label", "region", "province",
                                        "commune", "population"};
    twin_column_definition columns[5];
    const twin_layer *layer = NULL;
    char *home = file_join(folder, "twin"),
         *file = file_join(folder, "douars.csv");
    char line[500], *rest;
    FILE *csv = fopen(file, "r");
    twin *t = NULL;
    for (int i = 0; i < 5; i++)
        columns[i] = (twin_column_definition){names[i], i == 4 ? TWIN_INTEGER
                                                               : TWIN_TEXT};
    MUST(twin_create(&t, home));
    MUST(twin_layer_declare(t, "douars", TWIN_NO_GEOMETRY, columns, 5));
    MUST(twin_begin(t));
    MUST(twin_layer_find(&layer, t, "douars"));
    while (csv && fgets(line, sizeof line, csv)) {
        twin_cell cells[5];
        int64_t fid, number = 0;
        char *word = strtok_r(line, ",\n", &rest);
        if (strcmp(word, "name") == 0)
            continue;
        for (int i = 0; i < 5; i++) {
            const twin_column *c = NULL;
            MUST(twin_column_find(&c, layer, names[i]));
            word = strtok_r(NULL, ",\n", &rest);
            if (i == 4)
                number = atoi(word);
            cells[i] = (twin_cell){
                c->id,
                {.kind = i == 4 ? TWIN_KIND_INTEGER : TWIN_KIND_TEXT,
                 .integer = number,
                 .bytes = word,
                 .length = strlen(word)}};
        }
        MUST(twin_row_insert(&fid, t, layer, cells, 5));
    }
    MUST(twin_commit(t));
    if (csv)
        fclose(csv);
    free(home);
    free(file);
    return t;
}

static void lists(const char *path, const char *folder)
{
    buffer xml = {0};
    form_surroundings *around = NULL;
    twin *t;
    MUST(file_read(&xml, path, FORM_XML_MOST));
    MUST(form_read_xform(&f, (char *)xml.data, xml.length));
    MUST(form_file_surroundings(&around, folder, NULL));
    ask_lists(around, "a CSV read, and the first filter");
    form_surroundings_free(around);
    say_memory();
    t = make_layer(folder);
    MUST(form_file_surroundings(&around, NULL, t));
    ask_lists(around, "a live layer: an index, and the first filter");
    form_surroundings_free(around);
    twin_close(t);
    ask_sqlite(folder);
    form_free(f);
    buffer_free(&xml);
}

int main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "parse") == 0)
        parse(words[2]);
    else if (count == 4 && strcmp(words[1], "lists") == 0)
        lists(words[2], words[3]);
    else
        return 2;
    return 0;
}
