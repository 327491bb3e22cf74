/* SPDX-License-Identifier: MIT */
/* Places of the territory by name: rows of layers that have geometry and a
 * column for names, in any language. A look at each row's names: some 20,000
 * rows take a few hundredths of a second. */
#include "work/fill_internal.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PLACES_ROWS_MOST 200000 /* a larger layer is no gazetteer */

typedef struct search {
    fill *f;
    const char *folded;
    arena *memory;
    struct found {
        fill_place place;
        int fit; /* 3 it is that, 2 it begins so, 1 it has it */
    } * list;
    size_t count, capacity;
} search;

/* ---- which layers, which columns ---- */

static int is_name(const twin_column *c)
{
    static const char *const words[] = {"name",    "nom",   "label", "libelle",
                                        "libellé", "title", "titre", "اسم"};
    if (c->type != TWIN_TEXT)
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if (strncasecmp(c->name, words[i], length) == 0 &&
            (!c->name[length] || c->name[length] == '_'))
            return 1;
    }
    return 0;
}

/* "SELECT geom, names… FROM layer"; 0: it has no names. */
static int write_query(buffer *sql, const twin_layer *layer)
{
    size_t names = 0;
    buffer_text(sql, "SELECT geom");
    for (size_t i = 0; i < layer->column_count; i++)
        if (is_name(&layer->columns[i])) {
            buffer_text(sql, ", ");
            twin_quote(sql, layer->columns[i].name);
            names++;
        }
    buffer_text(sql, " FROM ");
    twin_quote(sql, layer->name);
    buffer_text(sql, " WHERE geom IS NOT NULL");
    return names > 0;
}

/* ---- rows ---- */

static int fit_of(const char *name, const char *folded)
{
    char *own = text_fold(name);
    int fit = !own                                        ? 0
              : strcmp(own, folded) == 0                  ? 3
              : strncmp(own, folded, strlen(folded)) == 0 ? 2
              : text_contains(own, folded)                ? 1
                                                          : 0;
    free(own);
    return fit;
}

static int centre(double *longitude, double *latitude, const void *blob,
                  size_t length)
{
    double box[4];
    int code = geometry_point(longitude, latitude, blob, length);
    if (code == TAWAM_OK)
        return code;
    code = geometry_bounds(box, blob, length);
    if (code == TAWAM_OK) {
        *longitude = (box[0] + box[2]) / 2;
        *latitude = (box[1] + box[3]) / 2;
    }
    error_clear();
    return code;
}

static int add_found(search *s, const char *layer, const char *name, int fit,
                     double longitude, double latitude)
{
    int code = memory_reserve((void **)&s->list, &s->capacity, s->count + 1,
                              sizeof *s->list);
    fill_place place = {arena_string(s->memory, name),
                        arena_string(s->memory, layer), latitude, longitude};
    if (code == TAWAM_OK && (!place.name || !place.layer))
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        s->list[s->count].place = place;
        s->list[s->count++].fit = fit;
    }
    return code;
}

static int read_row(search *s, const twin_layer *layer, sqlite3_stmt *statement)
{
    const char *name = NULL;
    double longitude, latitude;
    int fit = 0;
    for (int i = 1; i < sqlite3_column_count(statement); i++) {
        const char *text = (const char *)sqlite3_column_text(statement, i);
        int now = text ? fit_of(text, s->folded) : 0;
        if (now > fit) {
            fit = now;
            name = text;
        }
    }
    if (!fit || centre(&longitude, &latitude, sqlite3_column_blob(statement, 0),
                       (size_t)sqlite3_column_bytes(statement, 0)) != TAWAM_OK)
        return TAWAM_OK;
    return add_found(s, layer->name, name, fit, longitude, latitude);
}

static int search_layer(search *s, const twin_layer *layer)
{
    twin *t = s->f->territory->twin;
    sqlite3_stmt *statement = NULL;
    buffer sql = {0};
    int row = 0, code = TAWAM_OK;
    if (layer->geometry != TWIN_NO_GEOMETRY && write_query(&sql, layer) &&
        twin_row_count(t, layer) <= PLACES_ROWS_MOST) {
        code = buffer_check(&sql);
        if (code == TAWAM_OK)
            code = twin_prepare(&statement, t, (const char *)sql.data, 0);
        while (code == TAWAM_OK && (row = twin_step(t, statement)) == 1)
            code = read_row(s, layer, statement);
        if (row < 0)
            code = row;
    }
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return code;
}

/* ---- all ---- */

static int by_fit(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = y->fit - x->fit;
    if (!order)
        order = text_compare(x->place.name, y->place.name);
    return order ? order : strcmp(x->place.layer, y->place.layer);
}

int fill_places(fill_place **list, size_t *count, fill *f, const char *words,
                size_t most, arena *a)
{
    char *folded = text_fold(words);
    search s = {.f = f, .folded = folded, .memory = a};
    size_t kept, best = 0;
    int code = folded ? TAWAM_OK : TAWAM_EMEMORY;
    *count = 0;
    *list = NULL;
    if (code == TAWAM_OK && f->territory && *folded)
        for (size_t i = 0;
             code == TAWAM_OK && i < twin_layer_count(f->territory->twin); i++)
            code = search_layer(&s, twin_layer_at(f->territory->twin, i));
    if (s.count)
        qsort(s.list, s.count, sizeof *s.list, by_fit);
    /* Where some are called just so, those are meant. */
    while (best < s.count && s.list[best].fit == 3)
        best++;
    kept = best ? best : s.count;
    kept = kept < most ? kept : most;
    if (code == TAWAM_OK && kept) {
        *list = arena_alloc(a, kept * sizeof **list);
        code = *list ? TAWAM_OK : TAWAM_EMEMORY;
    }
    for (size_t i = 0; code == TAWAM_OK && i < kept; i++)
        (*list)[i] = s.list[i].place;
    if (code == TAWAM_OK)
        *count = kept;
    free(s.list);
    free(folded);
    return code;
}

int fill_say_places(fill *f, const fill_place *list, size_t count)
{
    buffer names = {0};
    for (size_t i = 0; i < count && i < 9; i++) {
        const char *layer =
            twin_label(f->territory->twin, list[i].layer, "", "", f->fallback);
        char *safe = text_safe(list[i].name, strlen(list[i].name), 0);
        char *kind = text_safe(layer, strlen(layer), 0);
        buffer_format(&names, "%s%zu %s (%s)", i ? ", " : "", i + 1,
                      safe ? safe : "", kind ? kind : "");
        free(safe);
        free(kind);
    }
    error_set(TAWAM_ENO,
              _("several places: %s; type more of the name, or #1, #2 … "
                "behind it"),
              names.data ? (char *)names.data : "");
    buffer_free(&names);
    return TAWAM_ENO;
}
