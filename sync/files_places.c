/* SPDX-License-Identifier: MIT */
/* files: which cells name files, and what follows from that: what is to be
 * sent, what is missing. Layers are read whole, one statement each; nothing is
 * kept, so what another program wrote counts at once. */
#include "sync/files_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIKE_A_FILE "GLOB '" FILES_FOLDER "/*-*-*'"

/* ---- rows ---- */

typedef struct reading {
    sync_desk *s;
    int (*call)(void *context, files_place *place);
    void *context;
} reading;

/* SELECT fid, each text column FROM layer WHERE one of them looks like it.
 * Returns the number of columns. */
static size_t layer_query(buffer *sql, const twin_layer *layer)
{
    buffer where = {0};
    size_t count = 0;
    buffer_text(sql, "SELECT fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        const twin_column *column = &layer->columns[i];
        if (column->type != TWIN_TEXT || strcmp(column->name, "uuid") == 0)
            continue;
        buffer_text(sql, ", ");
        twin_quote(sql, column->name);
        buffer_text(&where, count ? " OR " : " WHERE ");
        twin_quote(&where, column->name);
        buffer_text(&where, " " LIKE_A_FILE);
        count++;
    }
    buffer_text(sql, " FROM ");
    twin_quote(sql, layer->name);
    if (where.data)
        buffer_bytes(sql, where.data, where.length);
    buffer_text(sql, " ORDER BY fid");
    sql->failed |= where.failed;
    buffer_free(&where);
    return count;
}

/* The files that one row names. */
static int row_files(reading *r, sqlite3_stmt *statement,
                     const twin_layer *layer)
{
    int at = 1, code = TAWAM_OK;
    for (size_t i = 0; !code && i < layer->column_count; i++) {
        const twin_column *column = &layer->columns[i];
        files_place place = {.layer = layer, .column = column, .shown = 1};
        twin_value value;
        if (column->type != TWIN_TEXT || strcmp(column->name, "uuid") == 0)
            continue;
        value = twin_value_column(statement, at++);
        place.fid = sqlite3_column_int64(statement, 0);
        if (files_key_of(&place.key, &value))
            code = r->call(r->context, &place);
    }
    return code;
}

static int layer_files(reading *r, const twin_layer *layer)
{
    buffer sql = {0};
    sqlite3_stmt *statement = NULL;
    int step = 0, code = TAWAM_OK;
    size_t count = layer_query(&sql, layer);
    code = buffer_check(&sql);
    if (!code && count)
        code = twin_prepare(&statement, r->s->t, (const char *)sql.data, 0);
    while (!code && statement && (step = twin_step(r->s->t, statement)) == 1)
        code = row_files(r, statement, layer);
    sqlite3_finalize(statement);
    buffer_free(&sql);
    return code ? code : step < 0 ? step : TAWAM_OK;
}

/* ---- answers that are not shown ---- */

static const char OTHER_ANSWERS[] =
    "SELECT DISTINCT c.layer, c.fid, c.\"column\", c.value"
    " FROM tawam_conflict k JOIN tawam_cell c USING (layer, fid, \"column\")"
    " WHERE c.value " LIKE_A_FILE " ORDER BY 1, 2, 3, 4";

/* 1 if the row shows KEY in that column. */
static int is_shown(sync_desk *s, const files_place *place)
{
    twin_cell *cells = NULL;
    arena *a = NULL;
    files_key key;
    int shown = 0;
    if (arena_new(&a) < 0)
        return 0;
    if (twin_row_exists(s->t, place->layer, place->fid) > 0 &&
        twin_row_read(&cells, s->t, place->layer, place->fid, a) == TAWAM_OK)
        shown =
            files_key_of(&key,
                         &cells[place->column - place->layer->columns].value) &&
            strcmp(key.hash, place->key.hash) == 0;
    arena_free(a);
    return shown;
}

static int conflict_files(reading *r)
{
    sqlite3_stmt *statement = NULL;
    int step = 0, code = twin_prepare(&statement, r->s->t, OTHER_ANSWERS, 0);
    while (!code && (step = twin_step(r->s->t, statement)) == 1) {
        files_place place = {.fid = sqlite3_column_int64(statement, 1)};
        twin_value value = twin_value_column(statement, 3);
        place.layer =
            twin_layer_by_id(r->s->t, sqlite3_column_int(statement, 0));
        place.column = place.layer
                           ? twin_column_by_id(place.layer,
                                               sqlite3_column_int(statement, 2))
                           : NULL;
        if (place.column && files_key_of(&place.key, &value) &&
            !is_shown(r->s, &place))
            code = r->call(r->context, &place);
    }
    sqlite3_finalize(statement);
    return code ? code : step < 0 ? step : TAWAM_OK;
}

int files_named_each(sync_desk *s,
                     int (*call)(void *context, files_place *place),
                     void *context)
{
    reading r = {s, call, context};
    size_t count = twin_layer_count(s->t);
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < count; i++) {
        const twin_layer *layer = twin_layer_at(s->t, i);
        if (layer)
            code = layer_files(&r, layer);
    }
    return code ? code : conflict_files(&r);
}

/* ---- what is to move ---- */

typedef struct sorting {
    sync_desk *s;
    const char *remote;
    const files_follow *follow;
    files_list here, *out;
    files_list named;    /* by hash, once all rows were read */
    files_list unneeded; /* attached here, and in no commit */
    files_key key;       /* looked for in a history */
    int found;
} sorting;

static int collect_named(void *context, files_place *place)
{
    sorting *x = context;
    return files_list_add(&x->named, &place->key);
}

static int read_named(sorting *x)
{
    int code = files_named_each(x->s, collect_named, x);
    if (!code)
        code = files_list_here(&x->here, x->s);
    files_list_by_hash(&x->named);
    return code;
}

static int is_version(void *context, const sync_change *change)
{
    sorting *x = context;
    for (size_t i = 0; i < change->cell_count; i++) {
        files_key key;
        if (change->cells[i].has_after &&
            files_key_of(&key, &change->cells[i].after) &&
            strcmp(key.hash, x->key.hash) == 0)
            return x->found = 1;
    }
    return 0;
}

/* Attached here and no longer named: it goes too if a commit names it, since
 * a revert or a look at that version needs it. */
static int add_version(void *context, const files_key *key, const char *name,
                       int64_t fid)
{
    sorting *x = context;
    const twin_layer *layer = NULL;
    if (files_list_has(&x->named, key->hash) ||
        !files_list_has(&x->here, key->hash) ||
        files_state_at(x->s, key, x->remote) == FILES_AT)
        return TAWAM_OK;
    x->found = 0;
    x->key = *key;
    if (twin_layer_find(&layer, x->s->t, name) ||
        sync_history(x->s, layer, fid, is_version, x) < 0)
        error_clear(); /* no such history: nobody can need it */
    return files_list_add(x->found ? x->out : &x->unneeded, key);
}

/* Attached and taken back before it was recorded: nobody waits for it. Its
 * bytes stay until they are dropped by hand. */
static int forget_unneeded(sorting *x)
{
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < x->unneeded.count; i++)
        code = files_forget_own(x->s, x->unneeded.keys[i].hash);
    files_list_free(&x->unneeded);
    return code;
}

int files_to_send(files_list *out, sync_desk *s, const char *remote)
{
    sorting x = {.s = s, .remote = remote, .out = out};
    int code = read_named(&x);
    for (size_t i = 0; !code && i < x.named.count; i++)
        if (files_list_has(&x.here, x.named.keys[i].hash) &&
            !files_state_at(s, &x.named.keys[i], remote))
            code = files_list_add(out, &x.named.keys[i]);
    if (!code)
        code = files_own_each(s, add_version, &x);
    if (!code && !twin_is_read_only(s->t))
        code = forget_unneeded(&x);
    files_list_by_size(out);
    files_list_free(&x.here);
    files_list_free(&x.named);
    return code;
}

static int is_followed(const sorting *x, const files_key *key)
{
    switch (x->follow->what) {
    case FILES_ALL:
        return 1;
    case FILES_UP_TO:
        return key->size <= x->follow->size;
    case FILES_MINE:
        return files_is_own(x->s, key->hash);
    default:
        return 0;
    }
}

int files_to_receive(files_list *out, sync_desk *s, const char *remote,
                     const files_follow *follow)
{
    sorting x = {.s = s, .remote = remote, .follow = follow, .out = out};
    int code = follow->what == FILES_NONE ? TAWAM_OK : read_named(&x);
    for (size_t i = 0; !code && i < x.named.count; i++)
        if (!files_list_has(&x.here, x.named.keys[i].hash) &&
            is_followed(&x, &x.named.keys[i]) &&
            files_state_at(s, &x.named.keys[i], remote) != FILES_WRONG)
            code = files_list_add(out, &x.named.keys[i]);
    files_list_by_size(out);
    files_list_free(&x.here);
    files_list_free(&x.named);
    return code;
}

/* ---- listing ---- */

typedef struct showing {
    sync_desk *s;
    const char *remote;
    files_list here, named;
    int (*call)(void *context, const files_place *place);
    void *context;
} showing;

static int show(showing *x, files_place *place)
{
    int state = files_state_at(x->s, &place->key, x->remote);
    place->here = files_list_has(&x->here, place->key.hash);
    place->at_remote = state == FILES_AT;
    place->refused = state == FILES_WRONG;
    place->own = files_is_own(x->s, place->key.hash);
    return x->call(x->context, place);
}

static int show_named(void *context, files_place *place)
{
    showing *x = context;
    int code = files_list_add(&x->named, &place->key);
    return code ? code : show(x, place);
}

int files_each(sync_desk *s, const char *remote,
               int (*call)(void *context, const files_place *place),
               void *context)
{
    showing x = {.s = s, .remote = remote, .call = call, .context = context};
    int code = files_list_here(&x.here, s);
    if (!code)
        code = files_named_each(s, show_named, &x);
    files_list_by_hash(&x.named);
    for (size_t i = 0; !code && i < x.here.count; i++) {
        files_place place = {.key = x.here.keys[i]};
        if (!files_list_has(&x.named, place.key.hash))
            code = show(&x, &place);
    }
    files_list_free(&x.here);
    files_list_free(&x.named);
    return code;
}

/* ---- counting ---- */

typedef struct counting {
    files_counts *out;
    files_list seen; /* unsorted: counted once at the end */
    sync_desk *s;
    const char *remote;
} counting;

static int collect(void *context, files_place *place)
{
    counting *c = context;
    return files_list_add(&c->seen, &place->key);
}

static int add_own(void *context, const files_key *key, const char *layer,
                   int64_t fid)
{
    counting *c = context;
    (void)layer;
    (void)fid;
    int here = files_state_at(c->s, key, c->remote) == FILES_AT
                   ? 0
                   : files_here(c->s, key);
    if (here <= 0)
        return here;
    c->out->unsent++;
    c->out->unsent_bytes += key->size;
    return TAWAM_OK;
}

int files_count(files_counts *out, sync_desk *s, const char *remote)
{
    files_counts counts = {0};
    counting c = {.out = &counts, .s = s, .remote = remote};
    files_list here = {0}, send = {0};
    int code = files_list_here(&here, s);
    if (!code)
        code = files_named_each(s, collect, &c);
    if (!code)
        code = files_to_send(&send, s, remote);
    files_list_by_hash(&c.seen);
    for (size_t i = 0; i < c.seen.count; i++)
        if (!files_list_has(&here, c.seen.keys[i].hash)) {
            counts.missing++;
            counts.missing_bytes += c.seen.keys[i].size;
        }
    for (size_t i = 0; i < here.count; i++) {
        counts.here++;
        counts.here_bytes += here.keys[i].size;
    }
    for (size_t i = 0; i < send.count; i++) {
        counts.unsent++;
        counts.unsent_bytes += send.keys[i].size;
    }
    files_list_free(&here);
    files_list_free(&send);
    files_list_free(&c.seen);
    if (!code)
        *out = counts;
    return code;
}

/* "MISSING BYTES" as of the last meeting. */
#define GLANCE_SETTING "files_missing"

void files_keep_glance(sync_desk *s, const files_counts *counts)
{
    char text[64], *old = NULL;
    snprintf(text, sizeof text, "%lld %lld", (long long)counts->missing,
             (long long)counts->missing_bytes);
    if (twin_setting(&old, s->t, GLANCE_SETTING) != TAWAM_OK ||
        strcmp(old, text) != 0)
        twin_set_setting(s->t, GLANCE_SETTING, text);
    free(old);
}

int files_glance(files_counts *out, sync_desk *s, const char *remote)
{
    files_counts counts = {0};
    counting c = {.out = &counts, .s = s, .remote = remote};
    long long missing = 0, bytes = 0;
    char *text = NULL;
    int code = files_own_each(s, add_own, &c);
    if (twin_setting(&text, s->t, GLANCE_SETTING) == TAWAM_OK &&
        sscanf(text, "%lld %lld", &missing, &bytes) == 2) {
        counts.missing = missing;
        counts.missing_bytes = bytes;
    }
    free(text);
    if (!code)
        *out = counts;
    return code;
}
