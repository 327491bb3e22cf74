/* SPDX-License-Identifier: MIT */
/* Values: the lattice of types, conversion that SQLite's affinity agrees with
 * and that does not depend on the way, what people type, and uuids. */
#include <math.h>
#include "tests/tap.h"
#include "tests/twin_support.h"

static void lattice_holds(void)
{
    int commutes = 1, associates = 1;
    for (int a = TWIN_BOOLEAN; a <= TWIN_GEOMETRY; a++)
        for (int b = TWIN_BOOLEAN; b <= TWIN_GEOMETRY; b++)
            for (int c = TWIN_BOOLEAN; c <= TWIN_GEOMETRY; c++) {
                twin_type ab = twin_type_join((twin_type)a, (twin_type)b);
                twin_type bc = twin_type_join((twin_type)b, (twin_type)c);
                commutes &= ab == twin_type_join((twin_type)b, (twin_type)a);
                associates &= twin_type_join(ab, (twin_type)c) ==
                              twin_type_join((twin_type)a, bc);
            }
    ok(commutes && associates, "joining types is commutative, associative");
    ok(twin_type_join(TWIN_BOOLEAN, TWIN_DECIMAL) == TWIN_DECIMAL &&
           twin_type_join(TWIN_DATE, TWIN_INTEGER) == TWIN_TEXT &&
           twin_type_join(TWIN_DATE, TWIN_DATETIME) == TWIN_DATETIME &&
           twin_type_join(TWIN_TEXT, TWIN_BLOB) == TWIN_BLOB,
       "and is the lattice of DESIGN §3");
    ok(twin_geometry_join(TWIN_POINT, TWIN_POLYGON) == TWIN_ANY_GEOMETRY &&
           twin_geometry_join(TWIN_NO_GEOMETRY, TWIN_POINT) == TWIN_POINT,
       "geometries join to GEOMETRY");
}

static const char *const DECLARED[] = {
    [TWIN_BOOLEAN] = "BOOLEAN",   [TWIN_INTEGER] = "INTEGER",
    [TWIN_DECIMAL] = "DOUBLE",    [TWIN_DATE] = "DATE",
    [TWIN_DATETIME] = "DATETIME", [TWIN_TEXT] = "TEXT",
    [TWIN_BLOB] = "BLOB",         [TWIN_GEOMETRY] = "POINT"};

/* clang-format off */
static const char *const ODD_TEXTS[] = {
    "", "0", "-0", "00", "5", " 5 ", "5.", ".5", "5.0", "05", "1e3", "1e400",
    "-1e400", "1e-400", "0x10", "12abc", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "123456789012345678901234",
    "0.1", "2026-11-22", "2026-11-22T00:00:00.000Z",
    "2026-11-22T10:00:00.000Z", "true", "+7", "+", "-", ".", "e5", "1e", "inf",
    "nan", "1 2", "\t8\n", "9007199254740993", "1e15", "1.5e15", "١٢"};

static const double ODD_REALS[] = {0,     -0.0,   1,      0.5,   1e15, 1e17,
                                   1e300, 1e-300, -5,     2.675, 9e15, 1e19,
                                   9007199254740992.0, 9223372036854775808.0};
static const int64_t ODD_INTEGERS[] = {
    0,         1, -1, 5, INT64_MAX, INT64_MIN, INT64_C(9007199254740993),
    INT64_C(1) << 53, (INT64_C(1) << 53) - 1, -(INT64_C(1) << 53)};
/* clang-format on */

/* The Nth odd value; 0 past the last. */
static int odd_value(twin_value *out, size_t n)
{
    const size_t texts = sizeof ODD_TEXTS / sizeof *ODD_TEXTS;
    const size_t reals = sizeof ODD_REALS / sizeof *ODD_REALS;
    const size_t integers = sizeof ODD_INTEGERS / sizeof *ODD_INTEGERS;
    if (n < texts) {
        *out = text_value(ODD_TEXTS[n]);
    } else if (n < texts + reals) {
        *out = real_value(ODD_REALS[n - texts]);
    } else if (n < texts + reals + integers) {
        *out = integer_value(ODD_INTEGERS[n - texts - reals]);
    } else if (n == texts + reals + integers) {
        *out = text_value("\x01\xff");
        out->kind = TWIN_KIND_BYTES;
    } else {
        return 0;
    }
    return 1;
}

static void show(const char *what, const twin_value *v)
{
    diag("%s: kind %d, %lld, %.17g, '%.*s'", what, (int)v->kind,
         (long long)v->integer, v->real, (int)v->length,
         v->bytes ? v->bytes : "");
}

/* SQLite keeps a converted value as it is: its affinity is the judge. */
static void affinity_agrees(void)
{
    sqlite3 *db = NULL;
    int agree = 1;
    sqlite3_open(":memory:", &db);
    for (int type = TWIN_BOOLEAN; type <= TWIN_GEOMETRY; type++) {
        char sql[100];
        sqlite3_stmt *insert = NULL, *read = NULL;
        twin_value odd;
        snprintf(sql, sizeof sql, "CREATE TABLE t%d(c %s)", type,
                 DECLARED[type]);
        sqlite3_exec(db, sql, NULL, NULL, NULL);
        snprintf(sql, sizeof sql, "INSERT INTO t%d VALUES (?)", type);
        sqlite3_prepare_v2(db, sql, -1, &insert, NULL);
        snprintf(sql, sizeof sql,
                 "SELECT c FROM t%d ORDER BY rowid DESC LIMIT 1", type);
        sqlite3_prepare_v2(db, sql, -1, &read, NULL);
        for (size_t i = 0; odd_value(&odd, i); i++) {
            char storage[64];
            twin_value v = twin_value_convert(&odd, (twin_type)type, storage);
            twin_value_bind(insert, 1, &v);
            sqlite3_step(insert);
            sqlite3_reset(insert);
            sqlite3_step(read);
            twin_value stored = twin_value_column(read, 0);
            if (!twin_value_equal(&v, &stored)) {
                agree = 0;
                diag("under %s", DECLARED[type]);
                show("odd", &odd);
                show("converted", &v);
                show("stored", &stored);
            }
            sqlite3_reset(read);
        }
        sqlite3_finalize(insert);
        sqlite3_finalize(read);
    }
    sqlite3_close(db);
    ok(agree, "what is converted is stored as it is, in every type");
}

static int is_above(twin_type low, twin_type high)
{
    return twin_type_join(low, high) == high;
}

static void way_does_not_matter(void)
{
    int same = 1, stable = 1;
    for (int a = TWIN_BOOLEAN; a <= TWIN_BLOB; a++)
        for (int b = a; b <= TWIN_BLOB; b++)
            for (int c = b; c <= TWIN_BLOB; c++) {
                twin_value odd;
                if (!is_above((twin_type)a, (twin_type)b) ||
                    !is_above((twin_type)b, (twin_type)c))
                    continue;
                for (size_t i = 0; odd_value(&odd, i); i++) {
                    char s[4][64];
                    twin_value in_a =
                        twin_value_convert(&odd, (twin_type)a, s[0]);
                    twin_value in_b =
                        twin_value_convert(&in_a, (twin_type)b, s[1]);
                    twin_value by_b =
                        twin_value_convert(&in_b, (twin_type)c, s[2]);
                    twin_value direct =
                        twin_value_convert(&in_a, (twin_type)c, s[3]);
                    if (!twin_value_equal(&by_b, &direct)) {
                        same = 0;
                        diag("%s %s %s", DECLARED[a], DECLARED[b], DECLARED[c]);
                        show("odd", &odd);
                        show("by the way", &by_b);
                        show("direct", &direct);
                    }
                    twin_value again =
                        twin_value_convert(&in_a, (twin_type)a, s[1]);
                    stable &= twin_value_equal(&again, &in_a);
                }
            }
    ok(same, "widening in steps gives what widening at once gives");
    ok(stable, "converting twice changes nothing");
}

static void parses(twin_type type, const char *typed, const char *wanted)
{
    arena *a = NULL;
    twin_value value = {0};
    buffer text = {0};
    arena_new(&a);
    int code = twin_value_parse(&value, type, typed, a);
    if (code == TAWAM_OK)
        twin_value_text(&text, type, &value);
    is_str(code == TAWAM_OK ? (text.data ? (char *)text.data : "") : "refused",
           wanted, "'%s' as %s", typed, twin_type_name(type));
    if (code == TAWAM_OK && text.length) {
        twin_value again = {0};
        ok(twin_value_parse(&again, type, (char *)text.data, a) == TAWAM_OK &&
               twin_value_equal(&again, &value),
           "and its text is read back as the same");
    }
    buffer_free(&text);
    arena_free(a);
}

static void people_type(void)
{
    static const struct {
        twin_type type;
        const char *typed, *wanted;
    } CASES[] = {
        {TWIN_BOOLEAN, "Oui", "1"},
        {TWIN_BOOLEAN, "no", "0"},
        {TWIN_BOOLEAN, "نعم", "1"},
        {TWIN_BOOLEAN, "لا", "0"},
        {TWIN_BOOLEAN, "maybe", "refused"},
        {TWIN_INTEGER, "١٢٣", "123"},
        {TWIN_INTEGER, "-7", "-7"},
        {TWIN_INTEGER, "12.5", "refused"},
        {TWIN_INTEGER, "9223372036854775808", "refused"},
        {TWIN_DECIMAL, "12,5", "12.5"},
        {TWIN_DECIMAL, "١٢٫٥", "12.5"},
        {TWIN_DECIMAL, "1,234.5", "refused"},
        {TWIN_DECIMAL, "nan", "refused"},
        {TWIN_DECIMAL, "inf", "refused"},
        {TWIN_DATE, "31/12/2026", "2026-12-31"},
        {TWIN_DATE, "2026-02-30", "refused"},
        {TWIN_DATE, "2026-1-5", "2026-01-05"},
        {TWIN_DATETIME, "2026-11-22T20:30", "2026-11-22T20:30:00.000Z"},
        {TWIN_DATETIME, "22/11/2026 20:30", "2026-11-22T20:30:00.000Z"},
        {TWIN_DATETIME, "2026-11-22T20:30:00+01:00",
         "2026-11-22T19:30:00.000Z"},
        {TWIN_TEXT, "Aïn", "Aïn"},
        {TWIN_TEXT, "\xff", "refused"},
        {TWIN_BLOB, "aGVq", "aGVq"},
        {TWIN_BLOB, "a*b=", "refused"},
        {TWIN_GEOMETRY, "34.92, -2.31", "POINT (-2.31 34.92)"},
        {TWIN_GEOMETRY, "34,92; -2,31", "POINT (-2.31 34.92)"},
        {TWIN_GEOMETRY, "34.92 -2.31", "POINT (-2.31 34.92)"},
        {TWIN_GEOMETRY, "-2.31", "refused"},
        {TWIN_GEOMETRY, "134.92, -2.31", "refused"},
        {TWIN_GEOMETRY, "34.92, -202.31", "refused"},
        {TWIN_GEOMETRY, "LINESTRING (0 0, 1 1)", "LINESTRING (0 0,1 1)"},
        {TWIN_INTEGER, "", ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        parses(CASES[i].type, CASES[i].typed, CASES[i].wanted);
}

static void uuids_follow(void)
{
    char a[37], b[37];
    twin_uuid_from_fid(a, 1);
    twin_uuid_from_fid(b, 2);
    ok(strlen(a) == 36 && a[14] == '8' && strchr("89ab", a[19]),
       "a uuid of version 8: %s", a);
    ok(strcmp(a, b) != 0, "another fid, another uuid");
    is_str(a, "910a2dec-8902-85cc-8720-3e9039f4a821",
           "the rule is fixed for ever");
}

int main(void)
{
    lattice_holds();
    affinity_agrees();
    way_does_not_matter();
    people_type();
    uuids_follow();
    return done_testing();
}
