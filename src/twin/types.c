/* SPDX-License-Identifier: MIT */
/* types: names of column and geometry types, and the lattice they join in.
 *
 * Invariants:
 *  1. twin_type_join and twin_geometry_join are commutative, associative and
 *     idempotent, so the schema is a function of the set of declarations.
 *  2. BLOB is above everything; geometry joins only through it.
 */
#include "twin/twin_internal.h"

typedef struct type_row {
    const char *name;     /* as commands and JSON say it */
    const char *declared; /* in CREATE TABLE, from GeoPackage's table 1 */
} type_row;

static const type_row TYPES[] = {
    [TWIN_BOOLEAN] = {"boolean", "BOOLEAN"},
    [TWIN_INTEGER] = {"integer", "INTEGER"},
    [TWIN_DECIMAL] = {"decimal", "DOUBLE"},
    [TWIN_DATE] = {"date", "DATE"},
    [TWIN_DATETIME] = {"datetime", "DATETIME"},
    [TWIN_TEXT] = {"text", "TEXT"},
    [TWIN_BLOB] = {"blob", "BLOB"},
    [TWIN_GEOMETRY] = {"geometry", "GEOMETRY"},
};

static const char *const GEOMETRIES[] = {
    [TWIN_NO_GEOMETRY] = "NONE",
    [TWIN_POINT] = "POINT",
    [TWIN_LINESTRING] = "LINESTRING",
    [TWIN_POLYGON] = "POLYGON",
    [TWIN_MULTIPOINT] = "MULTIPOINT",
    [TWIN_MULTILINESTRING] = "MULTILINESTRING",
    [TWIN_MULTIPOLYGON] = "MULTIPOLYGON",
    [TWIN_GEOMETRYCOLLECTION] = "GEOMETRYCOLLECTION",
    [TWIN_ANY_GEOMETRY] = "GEOMETRY",
};

const char *twin_type_name(twin_type type)
{
    if (type < TWIN_BOOLEAN || type > TWIN_GEOMETRY)
        return "unknown";
    return TYPES[type].name;
}

const char *type_declared(twin_type type)
{
    return TYPES[type].declared;
}

int twin_type_parse(twin_type *out, const char *name)
{
    for (int i = TWIN_BOOLEAN; i <= TWIN_GEOMETRY; i++) {
        if (text_equal_nocase(TYPES[i].name, name)) {
            *out = (twin_type)i;
            return TAWAM_OK;
        }
    }
    return error_set(TAWAM_EUSAGE,
                     _("no type '%s'; there are boolean, integer, decimal, "
                       "date, datetime, text, blob and geometry"),
                     name);
}

/* boolean < integer < decimal is one chain, date < datetime another; both end
 * in text, and everything ends in blob. The enum's order is each chain's. */
twin_type twin_type_join(twin_type a, twin_type b)
{
    if (a == b)
        return a;
    if (a == TWIN_GEOMETRY || b == TWIN_GEOMETRY || a == TWIN_BLOB ||
        b == TWIN_BLOB)
        return TWIN_BLOB;
    if (a <= TWIN_DECIMAL && b <= TWIN_DECIMAL)
        return a > b ? a : b;
    if (a >= TWIN_DATE && b >= TWIN_DATE)
        return a > b ? a : b;
    return TWIN_TEXT;
}

const char *twin_geometry_name(twin_geometry geometry)
{
    if (geometry < TWIN_NO_GEOMETRY || geometry > TWIN_ANY_GEOMETRY)
        return "NONE";
    return GEOMETRIES[geometry];
}

int twin_geometry_parse(twin_geometry *out, const char *name)
{
    for (int i = TWIN_NO_GEOMETRY; i <= TWIN_ANY_GEOMETRY; i++) {
        if (text_equal_nocase(GEOMETRIES[i], name)) {
            *out = (twin_geometry)i;
            return TAWAM_OK;
        }
    }
    return error_set(TAWAM_EUSAGE,
                     _("no geometry type '%s'; there are POINT, LINESTRING, "
                       "POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON, "
                       "GEOMETRYCOLLECTION and GEOMETRY"),
                     name);
}

twin_geometry twin_geometry_join(twin_geometry a, twin_geometry b)
{
    if (a == b || b == TWIN_NO_GEOMETRY)
        return a;
    return a == TWIN_NO_GEOMETRY ? b : TWIN_ANY_GEOMETRY;
}

/* The first word of a declared type, "TEXT(30)" -> 4 letters. */
static size_t word_length(const char *declared)
{
    size_t n = 0;
    while (declared[n] && declared[n] != '(' && declared[n] != ' ')
        n++;
    return n;
}

/* What GeoPackage's and SQLite's spelling of a column's type is to us. A type
 * nobody knows is text: nothing is lost in it. */
twin_type type_from_declared(const char *declared)
{
    static const struct {
        const char *word;
        twin_type type;
    } WORDS[] = {
        {"BOOLEAN", TWIN_BOOLEAN},   {"TINYINT", TWIN_INTEGER},
        {"SMALLINT", TWIN_INTEGER},  {"MEDIUMINT", TWIN_INTEGER},
        {"INT", TWIN_INTEGER},       {"INTEGER", TWIN_INTEGER},
        {"BIGINT", TWIN_INTEGER},    {"FLOAT", TWIN_DECIMAL},
        {"DOUBLE", TWIN_DECIMAL},    {"REAL", TWIN_DECIMAL},
        {"NUMERIC", TWIN_DECIMAL},   {"DATE", TWIN_DATE},
        {"DATETIME", TWIN_DATETIME}, {"BLOB", TWIN_BLOB},
    };
    char word[16] = "";
    size_t length = declared ? word_length(declared) : 0;
    if (length >= sizeof word)
        return TWIN_TEXT;
    memcpy(word, declared ? declared : "", length);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (text_equal_nocase(word, WORDS[i].word))
            return WORDS[i].type;
    return TWIN_TEXT;
}
