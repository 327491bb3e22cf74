/* SPDX-License-Identifier: MIT */
/* What the tests of the replica share: a throw-away folder, a small layer,
 * values by hand. */
#ifndef TAWAM_TESTS_TWIN_SUPPORT_H
#define TAWAM_TESTS_TWIN_SUPPORT_H

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/tap.h"
#include "twin/twin.h"

/* A check that says why it failed. */
#define ok_code(call, ...)                                                     \
    do {                                                                       \
        int code_ = (call);                                                    \
        if (!ok(code_ == TAWAM_OK, __VA_ARGS__))                               \
            diag("%d: %s", code_, error_message());                            \
    } while (0)

__attribute__((unused)) static char *scratch_folder(const char *name)
{
    const char *base = getenv("TMPDIR");
    /* In memory where there is such a place: thousands of flushes a test. */
    if (!base)
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *path = memory_format("%s/tawam-%s-%d", base, name, (int)getpid());
    file_remove_tree(path);
    return path;
}

__attribute__((unused)) static void remove_folder(char *path)
{
    file_remove_tree(path);
    free(path);
}

__attribute__((unused)) static twin_value text_value(const char *text)
{
    return (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = text, .length = strlen(text)};
}

__attribute__((unused)) static twin_value integer_value(int64_t integer)
{
    return (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer};
}

__attribute__((unused)) static twin_value real_value(double real)
{
    return (twin_value){.kind = TWIN_KIND_REAL, .real = real};
}

__attribute__((unused)) static twin_cell
cell(const twin_layer *layer, const char *column, twin_value value)
{
    const twin_column *found = NULL;
    twin_column_find(&found, layer, column);
    return (twin_cell){.column = found ? found->id : -1, .value = value};
}

/* household(name text, people integer), without geometry. */
__attribute__((unused)) static const twin_layer *household(twin *t)
{
    const twin_column_definition columns[] = {{"name", TWIN_TEXT},
                                              {"people", TWIN_INTEGER}};
    const twin_layer *layer = NULL;
    if (twin_layer_declare(t, "household", TWIN_NO_GEOMETRY, columns, 2) ==
        TAWAM_OK)
        twin_layer_find(&layer, t, "household");
    return layer;
}

/* water_point(name text, flow decimal, seen date), with points. */
__attribute__((unused)) static const twin_layer *water_point(twin *t)
{
    const twin_column_definition columns[] = {
        {"name", TWIN_TEXT}, {"flow", TWIN_DECIMAL}, {"seen", TWIN_DATE}};
    const twin_layer *layer = NULL;
    if (twin_layer_declare(t, "water_point", TWIN_POINT, columns, 3) ==
        TAWAM_OK)
        twin_layer_find(&layer, t, "water_point");
    return layer;
}

#endif
