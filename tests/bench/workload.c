/* SPDX-License-Identifier: MIT */
/* The workload as CSV, for programs and for git:
 *
 *   workload census            the table before any day, in order of code
 *   workload after DAY         the whole table after the day
 *   workload changed DAY       edited and new rows, for `import --key code`
 *   workload deleted DAY       codes of deleted rows, one a line, no header
 *
 * DAY is `day` (1,250 edits), `small` (20) or `next` (20 others). Options
 * before the word:
 * --rows N (100,000), --seed S (1), --uuids (a column of random ones).
 * Columns: 21 and latitude, longitude in place of geom; uuid only on demand.
 */
#include "tests/bench/workload.h"

static void print_text(const char *text)
{
    int quoted = strpbrk(text, ",\"\n") != NULL;

    if (quoted)
        putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    if (quoted)
        putchar('"');
}

static void print_cell(const workload_cell *c, int column)
{
    double xy[2];

    switch (c->value.kind) {
    case TWIN_KIND_TEXT:
        print_text(c->storage);
        break;
    case TWIN_KIND_INTEGER:
        if (WORKLOAD[column].type == TWIN_BOOLEAN)
            fputs(c->value.integer ? "true" : "false", stdout);
        else
            printf("%lld", (long long)c->value.integer);
        break;
    case TWIN_KIND_REAL:
        printf(c->value.real == floor(c->value.real) ? "%.0f" : "%.1f",
               c->value.real);
        break;
    case TWIN_KIND_BYTES:
        memcpy(xy, c->storage + 13, 16);
        printf("%.7f,%.7f", xy[1], xy[0]);
        break;
    case TWIN_KIND_NULL:
        break;
    }
}

static void print_row(const workload *w, const workload_cell *cells)
{
    for (int k = w->random_uuids ? W_UUID : W_CODE; k < WORKLOAD_COLUMNS; k++) {
        print_cell(&cells[k], k);
        putchar(k + 1 < WORKLOAD_COLUMNS ? ',' : '\n');
    }
}

static void print_header(const workload *w)
{
    for (int k = w->random_uuids ? W_UUID : W_CODE; k < W_GEOM; k++)
        printf("%s,", WORKLOAD[k].name);
    puts("latitude,longitude");
}

static void print_table(const workload *w, const workload_day *day)
{
    workload_cell cells[WORKLOAD_COLUMNS];
    workload_edit *edits = day ? workload_edits(w, day) : NULL, *e = edits;

    for (size_t i = 0; i < w->rows; i++) {
        int edited =
            day && e < edits + day->edited + day->deleted && e->row == i;
        if (edited)
            workload_edited(cells, w, day, e, 1);
        else
            workload_row(cells, w, i, 1, 0);
        if (!edited || !e->deleted)
            print_row(w, cells);
        e += edited;
    }
    free(edits);
}

static void print_edits(const workload *w, const workload_day *day, int deleted)
{
    workload_cell cells[WORKLOAD_COLUMNS];
    workload_edit *edits = workload_edits(w, day);

    for (size_t i = 0; i < day->edited + day->deleted; i++) {
        if (edits[i].deleted != deleted)
            continue;
        workload_edited(cells, w, day, &edits[i], 1);
        if (deleted)
            puts(cells[W_CODE].storage);
        else
            print_row(w, cells);
    }
    free(edits);
}

static void print_new(const workload *w, const workload_day *day)
{
    workload_cell cells[WORKLOAD_COLUMNS];

    for (size_t i = 0; i < day->inserted; i++) {
        workload_row(cells, w, workload_inserted(w, day, i), 1, 0);
        print_row(w, cells);
    }
}

static const workload_day *day_named(const char *name)
{
    static const workload_day next = {3, 16, 3, 1};

    if (strcmp(name, "next") == 0)
        return &next;
    if (strcmp(name, "small") == 0)
        return &WORKLOAD_SMALL_DAY;
    return strcmp(name, "day") == 0 ? &WORKLOAD_DAY : NULL;
}

static int usage(void)
{
    fputs("usage: workload [--rows N] [--seed S] [--uuids] census | "
          "after DAY | changed DAY | deleted DAY   (DAY: day, small, next)\n",
          stderr);
    return 2;
}

int main(int count, char **words)
{
    workload w = {.seed = 1, .rows = WORKLOAD_ROWS};
    const workload_day *day = NULL;
    int i = 1;

    for (; i < count && strncmp(words[i], "--", 2) == 0; i++) {
        if (strcmp(words[i], "--uuids") == 0)
            w.random_uuids = 1;
        else if (strcmp(words[i], "--rows") == 0 && i + 1 < count)
            w.rows = strtoul(words[++i], NULL, 10);
        else if (strcmp(words[i], "--seed") == 0 && i + 1 < count)
            w.seed = strtoul(words[++i], NULL, 10);
        else
            return usage();
    }
    if (i >= count)
        return usage();
    if (i + 1 < count && !(day = day_named(words[i + 1])))
        return usage();
    if (strcmp(words[i], "deleted") == 0 && day) {
        print_edits(&w, day, 1);
        return 0;
    }
    print_header(&w);
    if (strcmp(words[i], "census") == 0)
        print_table(&w, NULL);
    else if (strcmp(words[i], "changed") == 0 && day)
        print_edits(&w, day, 0);
    else if (strcmp(words[i], "after") == 0 && day)
        print_table(&w, day);
    else
        return usage();
    if (day)
        print_new(&w, day);
    return fflush(stdout) == 0 ? 0 : 3;
}
