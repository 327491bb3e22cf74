/* SPDX-License-Identifier: MIT */
/* plan: which column of the file goes where in the layer, and as what.
 *
 *  1. Every column of the file has one target; what is left out is said.
 *  2. A column that the layer has keeps its type; only --types widens it.
 *  3. Names are compared ASCII case-insensitively, and the layer's spelling
 *     wins. Two columns of the file never meet in one column of the layer.
 *  4. An incoming fid is another program's row id: it is kept as fid_source
 *     and never becomes ours. That column is made by the first row that needs
 *     it, so that our own export comes back without one.
 */
#include <stdlib.h>
#include <string.h>
#include "exchange/exchange_internal.h"

static const char *const LATITUDES[] = {"lat", "latitude", "y", NULL};
static const char *const LONGITUDES[] = {"lon",       "lng", "long",
                                         "longitude", "x",   NULL};
static const char *const GEOMETRIES[] = {"geom", "geometry", "wkt", NULL};

static int is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (text_equal_nocase(name, *names))
            return 1;
    return 0;
}

int plan_wants_wkt(const char *name)
{
    return is_one_of(name, GEOMETRIES);
}

/* Index of the data column NAME of the file, or SIZE_MAX. */
static size_t file_column(const source *s, const char *name)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (s->columns[i].role == ROLE_DATA &&
            text_equal_nocase(s->columns[i].name, name))
            return i;
    return SIZE_MAX;
}

static int set_name(plan_column *c, size_t index, const char *name,
                    const char *in_file)
{
    int result = twin_name_check(name, 1);
    if (result == TAWAM_OK && text_equal_nocase(name, "geom") &&
        c->target != TARGET_GEOMETRY)
        result = error_set(TAWAM_EUSAGE, _("'geom' is the geometry"));
    if (result < 0) {
        char *safe = text_safe(in_file, strlen(in_file), 0);
        result = error_add(_("column %zu, '%.80s': give it another name in "
                             "the file"),
                           index + 1, safe ? safe : "");
        free(safe);
        return result;
    }
    snprintf(c->name, sizeof c->name, "%s", name);
    return TAWAM_OK;
}

/* ---- --types "code=text,pop=integer" ---- */

static int unknown_column(const source *s, const char *name, const char *what)
{
    const char **names = memory_array(s->column_count + 1, sizeof *names);
    const char *nearest = NULL;
    size_t count = 0;
    if (!names)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < s->column_count; i++)
        if (s->columns[i].role == ROLE_DATA)
            names[count++] = s->columns[i].name;
    nearest = text_nearest(name, names, count);
    if (nearest)
        error_set(TAWAM_EUSAGE,
                  _("%s: the file has no column '%s'; nearest: '%s'"), what,
                  name, nearest);
    else
        error_set(TAWAM_EUSAGE, _("%s: the file has no column '%s'"), what,
                  name);
    free(names);
    return TAWAM_EUSAGE;
}

static int apply_type(plan *p, const source *s, char *entry)
{
    char *equals = strrchr(entry, '=');
    twin_type type = TWIN_TEXT;
    size_t index = SIZE_MAX;
    int result = TAWAM_OK;

    if (!equals)
        return error_set(TAWAM_EUSAGE,
                         _("types: '%s' is not COLUMN=TYPE, as in "
                           "\"code=text,pop=integer\""),
                         entry);
    *equals = 0;
    index = file_column(s, entry);
    if (index == SIZE_MAX)
        return unknown_column(s, entry, "types");
    result = twin_type_parse(&type, equals + 1);
    if (result < 0)
        return error_add(_("types, column '%s'"), entry);
    p->columns[index].forced = 1;
    p->columns[index].type = type;
    return TAWAM_OK;
}

static int apply_types(plan *p, const source *s, const char *types)
{
    char *copy = memory_string(types ? types : "");
    char *rest = copy, *entry = NULL;
    int result = copy ? TAWAM_OK : TAWAM_EMEMORY;
    while (result == TAWAM_OK && (entry = strsep(&rest, ",")) != NULL) {
        while (*entry == ' ')
            entry++;
        if (*entry)
            result = apply_type(p, s, entry);
    }
    free(copy);
    return result;
}

/* ---- targets ---- */

static void find_geometry(plan *p, const source *s, const inference *inferred)
{
    for (size_t i = 0; i < p->count; i++) {
        plan_column *c = &p->columns[i];
        int declared = s->columns[i].role == ROLE_GEOMETRY &&
                       (inferred[i].filled || s->columns[i].geometry);
        int named = s->columns[i].role == ROLE_DATA && !c->forced &&
                    plan_wants_wkt(s->columns[i].name) &&
                    (inferred[i].seen & FORM_WKT);
        int forced = c->forced && c->type == TWIN_GEOMETRY;
        if ((declared || named || forced) && p->geometry_column == SIZE_MAX) {
            p->geometry_column = i;
            c->target = TARGET_GEOMETRY;
            p->geometry = inferred[i].geometry     ? inferred[i].geometry
                          : s->columns[i].geometry ? s->columns[i].geometry
                                                   : TWIN_ANY_GEOMETRY;
        }
    }
}

static size_t first_named(const source *s, const char *const *names)
{
    size_t index = SIZE_MAX;
    for (; *names && index == SIZE_MAX; names++)
        index = file_column(s, *names);
    return index;
}

/* A layer that has them as columns keeps them so. */
static void find_point(plan *p, const source *s, const twin_layer *layer)
{
    size_t latitude = first_named(s, LATITUDES);
    size_t longitude = first_named(s, LONGITUDES);
    if (latitude == SIZE_MAX || longitude == SIZE_MAX ||
        p->geometry_column != SIZE_MAX ||
        twin_column_named(layer, s->columns[latitude].name) ||
        twin_column_named(layer, s->columns[longitude].name))
        return;
    p->latitude = latitude;
    p->longitude = longitude;
    p->columns[latitude].target = TARGET_LATITUDE;
    p->columns[longitude].target = TARGET_LONGITUDE;
    p->geometry = TWIN_POINT;
}

static int target_feature_id(plan *p, const source *s, size_t i,
                             const inference *inferred)
{
    plan_column *c = &p->columns[i];
    c->target = TARGET_NONE;
    if (inferred[i].filled == 0)
        return TAWAM_OK;
    c->target = TARGET_COLUMN;
    if ((inferred[i].common & FORM_UUID) && file_column(s, "uuid") == SIZE_MAX)
        return set_name(c, i, "uuid", "id");
    if (file_column(s, "id") == SIZE_MAX)
        return set_name(c, i, "id", "id");
    c->target = TARGET_NONE;
    c->remark = N_("there is a property 'id' too");
    return TAWAM_OK;
}

static int target_data(plan *p, const source *s, size_t i)
{
    plan_column *c = &p->columns[i];
    const char *name = s->columns[i].name;

    if (text_equal_nocase(name, "fid")) {
        if (file_column(s, "fid_source") != SIZE_MAX) {
            c->target = TARGET_NONE;
            c->remark = N_("the file has fid_source");
            return TAWAM_OK;
        }
        c->target = TARGET_OWN_FID;
        return set_name(c, i, "fid_source", name);
    }
    c->target = TARGET_COLUMN;
    if (text_equal_nocase(name, "geom") &&
        file_column(s, "geom_source") == SIZE_MAX)
        return set_name(c, i, "geom_source", name);
    return set_name(c, i, name, name);
}

static int choose_targets(plan *p, const source *s, const inference *inferred)
{
    int result = TAWAM_OK;
    for (size_t i = 0; i < p->count && result == TAWAM_OK; i++) {
        plan_column *c = &p->columns[i];
        if (c->target == TARGET_GEOMETRY)
            result = set_name(c, i, "geom", s->columns[i].name);
        else if (c->target != TARGET_NONE)
            continue; /* a latitude or longitude */
        else if (s->columns[i].role == ROLE_FEATURE_ID)
            result = target_feature_id(p, s, i, inferred);
        else if (s->columns[i].role == ROLE_DATA)
            result = target_data(p, s, i);
    }
    return result;
}

static int check_doubled(const plan *p, const source *s)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < i; k++) {
            int same_file =
                s->columns[i].role == s->columns[k].role &&
                text_equal_nocase(s->columns[i].name, s->columns[k].name);
            int same_layer =
                p->columns[i].name[0] &&
                text_equal_nocase(p->columns[i].name, p->columns[k].name);
            if (same_file || same_layer)
                return error_set(TAWAM_EUSAGE,
                                 _("columns %zu and %zu are both called "
                                   "'%s' (capitals don't tell them apart): "
                                   "rename one in the file"),
                                 k + 1, i + 1,
                                 p->columns[i].name[0] ? p->columns[i].name
                                                       : s->columns[i].name);
        }
    return TAWAM_OK;
}

/* ---- types ---- */

static void set_type(plan_column *c, const source_column *from,
                     const inference *inferred, const twin_layer *layer)
{
    const twin_column *there = twin_column_named(layer, c->name);
    c->in_layer = there != NULL;
    if (there)
        snprintf(c->name, sizeof c->name, "%s", there->name);
    if (c->target == TARGET_GEOMETRY) {
        c->type = TWIN_GEOMETRY;
    } else if (strcmp(c->name, "uuid") == 0) {
        c->type = TWIN_TEXT;
        c->in_layer = 1;
    } else if (c->forced) {
        twin_type wanted = c->type;
        c->type = there ? twin_type_join(there->type, wanted) : wanted;
        if (c->type != wanted)
            c->remark = N_("the layer's type is never narrowed");
    } else if (there) {
        c->type = there->type;
    } else if (from->type) {
        c->type = from->type;
    } else {
        c->type = inference_type(inferred);
        c->remark = inference_remark(inferred);
    }
}

static void set_types(plan *p, const source *s, const inference *inferred,
                      const twin_layer *layer)
{
    for (size_t i = 0; i < p->count; i++) {
        plan_column *c = &p->columns[i];
        if (c->target == TARGET_COLUMN || c->target == TARGET_OWN_FID ||
            c->target == TARGET_GEOMETRY)
            set_type(c, &s->columns[i], &inferred[i], layer);
    }
}

static int find_key(plan *p, const source *s, const char *key)
{
    size_t index = SIZE_MAX;
    if (!key)
        return TAWAM_OK;
    index = file_column(s, key);
    for (size_t i = 0; i < p->count && index == SIZE_MAX; i++)
        if (p->columns[i].target == TARGET_COLUMN &&
            text_equal_nocase(p->columns[i].name, key))
            index = i;
    if (index == SIZE_MAX)
        return unknown_column(s, key, "key");
    if (p->columns[index].target != TARGET_COLUMN &&
        p->columns[index].target != TARGET_OWN_FID)
        return error_set(TAWAM_EUSAGE,
                         _("key: '%s' becomes the geometry or is left out, "
                           "so it can't tell rows apart"),
                         key);
    p->key = index;
    return TAWAM_OK;
}

int plan_make(plan *out, const source *s, const inference *inferred,
              const twin_layer *layer, const exchange_import_options *options)
{
    plan p = {.count = s->column_count,
              .latitude = SIZE_MAX,
              .longitude = SIZE_MAX,
              .geometry_column = SIZE_MAX,
              .key = SIZE_MAX};
    int result = TAWAM_OK;

    p.columns = memory_array(p.count, sizeof *p.columns);
    if (!p.columns)
        return TAWAM_EMEMORY;
    result = apply_types(&p, s, options->types);
    if (result == TAWAM_OK) {
        find_geometry(&p, s, inferred);
        if (!options->no_geometry)
            find_point(&p, s, layer);
        result = choose_targets(&p, s, inferred);
    }
    if (result == TAWAM_OK)
        result = check_doubled(&p, s);
    if (result == TAWAM_OK) {
        set_types(&p, s, inferred, layer);
        result = find_key(&p, s, options->key);
    }
    if (result == TAWAM_OK && layer && layer->geometry)
        p.geometry = p.geometry
                         ? twin_geometry_join(layer->geometry, p.geometry)
                         : layer->geometry;
    if (result < 0)
        plan_clear(&p);
    else
        *out = p;
    return result;
}

void plan_clear(plan *p)
{
    free(p->columns);
    memset(p, 0, sizeof *p);
}

/* ---- saying it ---- */

static void describe(buffer *line, const plan *p, const source *s, size_t i)
{
    const plan_column *c = &p->columns[i];
    const char *name = s->columns[i].name;
    switch (c->target) {
    case TARGET_NONE:
        if (c->remark)
            buffer_format(line, _("%s  left out"), name);
        break;
    case TARGET_GEOMETRY:
        buffer_format(line, "%s → %s", name, twin_geometry_name(p->geometry));
        break;
    case TARGET_LATITUDE:
        buffer_format(line, _("%s, %s → point"), name,
                      s->columns[p->longitude].name);
        break;
    case TARGET_LONGITUDE:
        break;
    case TARGET_OWN_FID:
    case TARGET_COLUMN:
        if (text_equal_nocase(name, c->name))
            buffer_format(line, "%s  %s", name, twin_type_name(c->type));
        else
            buffer_format(line, _("%s  %s, kept as %s"), name,
                          twin_type_name(c->type), c->name);
        break;
    }
    if (line->length && c->remark)
        buffer_format(line, " (%s)", _(c->remark));
}

void plan_note(const plan *p, const source *s,
               const exchange_import_options *options)
{
    buffer line = {0};
    if (!options->note)
        return;
    if (s->remark)
        options->note(options->context, s->remark);
    for (size_t i = 0; i < p->count; i++) {
        buffer_clear(&line);
        describe(&line, p, s, i);
        if (line.length && !line.failed)
            options->note(options->context, (const char *)line.data);
    }
    buffer_free(&line);
}

/* ---- the layer ---- */

static int look_up_ids(plan *p, twin *t, const char *name)
{
    const twin_layer *layer = NULL;
    int result = twin_layer_find(&layer, t, name);
    if (result < 0)
        return result;
    for (size_t i = 0; i < p->count; i++) {
        plan_column *c = &p->columns[i];
        const twin_column *there =
            c->name[0] ? twin_column_named(layer, c->name) : NULL;
        c->id = there ? there->id : 0;
        if (there)
            c->type = there->type;
    }
    const twin_column *geometry = twin_column_named(layer, "geom");
    p->geometry_id = geometry ? geometry->id : 0;
    return TAWAM_OK;
}

int plan_declare(plan *p, twin *t, const char *layer)
{
    twin_column_definition *wanted = memory_array(p->count, sizeof *wanted);
    size_t count = 0;
    int result = TAWAM_OK;

    if (!wanted)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < p->count; i++) {
        const plan_column *c = &p->columns[i];
        if (c->target == TARGET_COLUMN && (!c->in_layer || c->forced) &&
            strcmp(c->name, "uuid") != 0)
            wanted[count++] = (twin_column_definition){c->name, c->type};
    }
    result = twin_layer_declare(t, layer, p->geometry, wanted, count);
    free(wanted);
    return result < 0 ? result : look_up_ids(p, t, layer);
}

int plan_declare_fid_source(plan *p, twin *t, const char *layer, size_t index)
{
    const plan_column *c = &p->columns[index];
    twin_column_definition wanted = {c->name, c->type};
    int result = twin_layer_declare(t, layer, p->geometry, &wanted, 1);
    return result < 0 ? result : look_up_ids(p, t, layer);
}
