/* SPDX-License-Identifier: MIT */
/* Random changesets: every operation, kind and type, and values that are easy
 * to get wrong (0 against 0.0, "" against NULL, NUL in text, texts that look
 * like dates, geometries that are nearly ours). Few names and ids, so that
 * collisions are common. */
#ifndef TAWAM_TESTS_CHANGESET_RANDOM_H
#define TAWAM_TESTS_CHANGESET_RANDOM_H

#include "tests/changeset_support.h"

/* A column's habit: most of its cells look alike, as in life. */
enum habit {
    HABIT_SMALL,
    HABIT_ANY_INTEGER,
    HABIT_DECIMAL,
    HABIT_ANY_REAL,
    HABIT_FLOAT,
    HABIT_COMPUTED,
    HABIT_DATE,
    HABIT_DATETIME,
    HABIT_UUID,
    HABIT_DERIVED,
    HABIT_REFERENCE,
    HABIT_WORD,
    HABIT_PHONE,
    HABIT_CODE,
    HABIT_TEXT,
    HABIT_POINT,
    HABIT_RAW_POINT,
    HABIT_LINE,
    HABIT_RAW_LINE,
    HABIT_BLOB,
    HABIT_CHAOS,
    HABITS
};

/* Storage for one random value. */
typedef struct random_value {
    char bytes[1024];
    twin_value value;
} random_value;

/* With IS_RAW all bits of its coordinates matter. */
static void random_line(random_value *r, int is_raw)
{
    /* 'GP', little-endian, XY envelope; WKB line string. */
    uint32_t points = 1 + (uint32_t)below(12);
    double box[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    char *p = r->bytes;

    memcpy(p, "GP\0\3\xe6\x10\0\0", 8);
    memcpy(p + 40, "\1\2\0\0\0", 5);
    memcpy(p + 45, &points, 4);
    for (uint32_t i = 0; i < points; i++)
        for (int k = 0; k < 2; k++) {
            double x = is_raw ? (double)(draw() >> below(60)) / 3e18 - 1
                              : (double)((int64_t)below(400000) - 200000) / 1e5;
            memcpy(p + 49 + 16 * i + 8 * k, &x, 8);
            if (x < box[2 * k])
                box[2 * k] = x;
            if (x > box[2 * k + 1])
                box[2 * k + 1] = x;
        }
    memcpy(p + 8, box, 32);
    if (below(8) == 0) /* an envelope, or anything, that is not as we write */
        p[below(48)] ^= 1;
    r->value = bytes_value(r->bytes, 49 + 16 * points);
}

static void random_bytes_value(random_value *r)
{
    size_t length = below(4) ? below(20) : below(600);

    for (size_t i = 0; i < length; i++)
        r->bytes[i] = (char)(below(3) ? 'a' + below(4) : below(256));
    r->value =
        below(2) ? text_value(r->bytes, length) : bytes_value(r->bytes, length);
}

static void random_chaos(random_value *r)
{
    static const double reals[] = {0.0,
                                   -0.0,
                                   1.0,
                                   -1.0,
                                   0.1,
                                   1e300,
                                   5e-324,
                                   12.5,
                                   1e15,
                                   1e16,
                                   -2.3149,
                                   3.0,
                                   1e-15,
                                   0.3,
                                   1.0 / 3,
                                   1e22,
                                   -1.7976931348623157e308,
                                   123.4,
                                   2e-9,
                                   4503599627370497.5};
    static const int64_t integers[] = {0,  1,         -1,        INT64_MIN,
                                       -2, INT64_MAX, 1LL << 53, 5};
    static const char *const texts[] = {"",
                                        "1",
                                        "1.0",
                                        "2026-02-29",
                                        "2024-02-29",
                                        "0000-01-01",
                                        "9999-12-31",
                                        "2026-1-1",
                                        "2026-11-22T20:30:05.123Z",
                                        "2026-11-22T24:00:00.000Z",
                                        "2026-11-22T20:30:05Z",
                                        "é",
                                        "\xff\xfe",
                                        "0012",
                                        "007",
                                        "12 34 056",
                                        "-5",
                                        "99999999999999999999999",
                                        "123e4567-e89b-12d3-a456-426614174000",
                                        "123E4567-e89b-12d3-a456-426614174000",
                                        "a\tb\nc",
                                        "x"};
    size_t i = 0;

    switch (below(6)) {
    case 0:
        r->value = (twin_value){0};
        break;
    case 1:
        r->value = integer_value(integers[below(8)]);
        break;
    case 2:
        r->value = real_value(reals[below(sizeof reals / sizeof *reals)]);
        break;
    case 3:
        i = below(sizeof texts / sizeof *texts);
        /* one in four with its final NUL as a part of it */
        r->value = text_value(texts[i], strlen(texts[i]) + (below(4) == 0));
        break;
    default:
        random_bytes_value(r);
    }
}

static void random_text(random_value *r, enum habit habit, int64_t fid)
{
    static const char *const words[] = {"well", "tap",   "spring",
                                        "",     "puits", "عين"};
    size_t length = 0;

    if (habit == HABIT_DATE)
        sprintf(r->bytes, "%04llu-%02llu-%02llu",
                (unsigned long long)(1990 + below(40)),
                (unsigned long long)(1 + below(12)),
                (unsigned long long)(1 + below(29)));
    else if (habit == HABIT_DATETIME)
        sprintf(r->bytes, "20%02llu-%02llu-%02lluT%02llu:%02llu:%02llu.%03lluZ",
                (unsigned long long)below(100),
                (unsigned long long)(1 + below(12)),
                (unsigned long long)(1 + below(29)),
                (unsigned long long)below(24), (unsigned long long)below(60),
                (unsigned long long)below(60), (unsigned long long)below(1000));
    else if (habit == HABIT_UUID)
        sprintf(r->bytes, "%08llx-%04llx-4%03llx-a%03llx-%012llx",
                (unsigned long long)below(1ull << 32),
                (unsigned long long)below(65536),
                (unsigned long long)below(4096),
                (unsigned long long)below(4096),
                (unsigned long long)below(1ull << 48));
    else if (habit == HABIT_DERIVED)
        twin_uuid_from_fid(r->bytes, fid);
    else if (habit == HABIT_REFERENCE) /* of a row beside, or of few, or any */
        twin_uuid_from_fid(r->bytes, below(3) ? (fid | 31) - (int64_t)below(32)
                                     : below(3) ? 1000 + 500 * (int64_t)below(2)
                                                : (int64_t)below(INT64_MAX));
    else if (habit == HABIT_WORD)
        strcpy(r->bytes, words[below(6)]);
    else if (habit == HABIT_PHONE)
        sprintf(r->bytes, "+212 6%02llu %06llu", (unsigned long long)below(100),
                (unsigned long long)below(1000000));
    else
        sprintf(r->bytes, "HH-%llu/%03llu%s", (unsigned long long)below(5000),
                (unsigned long long)below(1000), below(9) ? "" : "b");
    length = strlen(r->bytes);
    r->value = text_value(r->bytes, length);
}

static void random_value_of(random_value *r, enum habit habit, int64_t fid)
{
    if (below(12) == 0)
        habit = HABIT_CHAOS;
    switch (habit) {
    case HABIT_SMALL:
        r->value = integer_value((int64_t)below(5));
        return;
    case HABIT_ANY_INTEGER:
        r->value = integer_value((int64_t)(draw() >> below(64)));
        return;
    case HABIT_DECIMAL:
        r->value = real_value((double)((int64_t)below(4000) - 2000) / 100);
        return;
    case HABIT_ANY_REAL:
        r->value = real_value((double)draw() / (double)(draw() | 1));
        return;
    case HABIT_FLOAT:
        r->value = real_value((float)((double)draw() / 4e18 - 1));
        return;
    case HABIT_COMPUTED:
        r->value = real_value(20 + (double)draw() / 1e19);
        return;
    case HABIT_TEXT:
        random_bytes_value(r);
        return;
    case HABIT_POINT:
        point_bytes(r->bytes, (double)below(100000) / 1e6 - 2,
                    (double)below(100000) / 1e6 + 34);
        r->value = bytes_value(r->bytes, 29);
        return;
    case HABIT_RAW_POINT:
        point_bytes(r->bytes, (double)draw() / 1e19 - 2,
                    (double)draw() / 1e19 + 34);
        r->value = bytes_value(r->bytes, 29);
        return;
    case HABIT_LINE:
    case HABIT_RAW_LINE:
        random_line(r, habit == HABIT_RAW_LINE);
        return;
    case HABIT_BLOB:
        random_bytes_value(r);
        r->value.kind = TWIN_KIND_BYTES;
        return;
    case HABIT_CHAOS:
        random_chaos(r);
        return;
    default:
        random_text(r, habit, fid);
    }
}

/* One row of a random layer, with its cells in any order. */
static void random_row(changeset *c, changeset_layer *layer, int64_t fid,
                       const enum habit *habits)
{
    changeset_operation operation = (changeset_operation)(1 + below(4));
    uint32_t columns = (uint32_t)layer->column_count;
    uint32_t start = columns ? (uint32_t)below(columns) : 0;
    unsigned likely = (unsigned)below(101);
    random_value r;

    changeset_add_row(c, layer, fid, operation);
    if (operation == CHANGESET_DELETE)
        return;
    for (uint32_t i = 0; i < columns; i++) {
        uint32_t column = (i + start) % columns;
        if (below(100) >= likely)
            continue;
        random_value_of(&r, habits[column], fid);
        changeset_add_cell(c, layer, column, &r.value);
    }
}

static void random_layer(changeset *c, const char *name)
{
    changeset_layer *layer = NULL;
    enum habit habits[30];
    size_t columns = below(30), rows = below(4) ? below(12) : below(150);
    int64_t fid = 0;

    changeset_add_layer(&layer, c, name, (twin_geometry)below(9));
    for (size_t i = 0; i < columns; i++) {
        char column[32];
        uint32_t index = 0;
        sprintf(column, "column_%zu", i);
        habits[i] = (enum habit)below(HABITS);
        changeset_add_column(&index, c, layer, column,
                             (twin_type)(1 + below(7)));
    }
    for (size_t i = 0; i < rows; i++) {
        uint64_t gap = below(5) ? 1 + below(4) : draw() >> (1 + below(63));
        if (gap > (uint64_t)(INT64_MAX - fid))
            break;
        fid += (int64_t)(gap ? gap : 1);
        random_row(c, layer, fid, habits);
    }
}

/* Hundreds of columns, a cell or two a row: presence is told by lists. */
static void random_wide_layer(changeset *c)
{
    changeset_layer *layer = NULL;
    random_value r;

    changeset_add_layer(&layer, c, "wide", TWIN_NO_GEOMETRY);
    for (int i = 0; i < 600; i++) {
        char column[32];
        uint32_t index = 0;
        sprintf(column, "w%d", i);
        changeset_add_column(&index, c, layer, column, TWIN_TEXT);
    }
    for (int64_t fid = 1; fid <= 300; fid++) {
        uint32_t column = (uint32_t)below(600);
        changeset_add_row(c, layer, fid, (changeset_operation)(1 + below(2)));
        random_chaos(&r);
        changeset_add_cell(c, layer, column, &r.value);
        if (column > 0 && below(3) == 0)
            changeset_add_cell(c, layer, (uint32_t)below(column), &r.value);
    }
}

/* The changeset that SEED stands for. */
static changeset *random_changeset(uint64_t seed)
{
    static const char *const names[] = {"household", "Water_point", "دوار", "a",
                                        "b"};
    changeset *c = NULL;
    size_t layers = 0;

    support_state = seed;
    layers = below(4);
    if (changeset_new(&c) < 0)
        return NULL;
    for (size_t i = 0; i < layers; i++)
        random_layer(c, names[(i + seed) % 5]);
    if (seed % 50 == 7)
        random_wide_layer(c);
    return c;
}

#endif
