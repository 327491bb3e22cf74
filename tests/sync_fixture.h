/* SPDX-License-Identifier: MIT */
/* Replicas for tests of sync/: made in a scratch folder, meeting at a bare
 * repository beside them. */
#ifndef TAWAM_TESTS_SYNC_FIXTURE_H
#define TAWAM_TESTS_SYNC_FIXTURE_H

#include "sync/sync.h"
#include "tests/tap.h"

#include <unistd.h>

typedef struct desk {
    char dir[256];
    twin *t;
    sync_desk *s;
} desk;

static char fixture_folder[200];

__attribute__((unused)) static const char *fixture_make(void)
{
    snprintf(fixture_folder, sizeof fixture_folder, "/tmp/tawam-sync-XXXXXX");
    if (!mkdtemp(fixture_folder))
        bail("no scratch folder");
    return fixture_folder;
}

__attribute__((unused)) static void fixture_remove(void)
{
    file_remove_tree(fixture_folder);
}

#define MUST(call)                                                             \
    do {                                                                       \
        int must_code_ = (call);                                               \
        if (must_code_ < 0)                                                    \
            bail("%s:%d %s: %s", __FILE__, __LINE__, #call, error_message());  \
    } while (0)

/* A replica NAME with a territory's main. */
__attribute__((unused)) static void desk_make(desk *d, const char *name)
{
    sync_identity who = {name, "Tester", "tester@example.org"};
    snprintf(d->dir, sizeof d->dir, "%s/%s", fixture_folder, name);
    MUST(twin_create(&d->t, d->dir));
    MUST(sync_create(&d->s, d->t, &who));
}

__attribute__((unused)) static void desk_found(desk *d, const char *name)
{
    char conf[200]; /* another for each: two roots of one second are one root */
    sync_file file = {"territory.conf", conf, 0};
    snprintf(conf, sizeof conf, "[territory]\n\tname = %.99s\n", name);
    file.length = strlen(conf);
    desk_make(d, name);
    MUST(sync_write_main(d->s, &file, 1, "Territory"));
}

__attribute__((unused)) static void desk_clone(desk *d, const char *name,
                                               const char *url)
{
    sync_result r = {0};
    desk_make(d, name);
    MUST(sync_clone(&r, d->s, "hq", url, NULL));
    sync_result_clear(&r);
}

__attribute__((unused)) static void desk_close(desk *d)
{
    sync_free(d->s);
    twin_close(d->t);
    d->s = NULL;
    d->t = NULL;
}

__attribute__((unused)) static void desk_open(desk *d)
{
    MUST(twin_open(&d->t, d->dir, 0));
    MUST(sync_open(&d->s, d->t));
}

__attribute__((unused)) static void desk_sync(desk *d, const char *url)
{
    sync_result r = {0};
    MUST(sync_run(&r, d->s, "hq", url, NULL));
    if (r.sent != SYNC_SENT && r.sent != SYNC_NOTHING_TO_SEND)
        bail("not sent: %d %s", r.sent, r.why ? r.why : "");
    sync_result_clear(&r);
}

__attribute__((unused)) static const char *desk_hash(desk *d)
{
    static char hashes[8][DIGEST_HEX_SIZE];
    static int next;
    next = (next + 1) % 8;
    MUST(sync_state_hash(hashes[next], d->s));
    return hashes[next];
}

__attribute__((unused)) static const twin_layer *desk_layer(desk *d,
                                                            const char *name)
{
    const twin_layer *layer = NULL;
    MUST(twin_layer_find(&layer, d->t, name));
    return layer;
}

/* Layer "well" with text columns name, note and an integer, depth. */
__attribute__((unused)) static void desk_declare(desk *d)
{
    twin_column_definition columns[] = {
        {"name", TWIN_TEXT}, {"note", TWIN_TEXT}, {"depth", TWIN_INTEGER}};
    MUST(twin_layer_declare(d->t, "well", TWIN_POINT, columns, 3));
}

__attribute__((unused)) static int desk_column(desk *d, const char *name)
{
    const twin_column *c = NULL;
    MUST(twin_column_find(&c, desk_layer(d, "well"), name));
    return c->id;
}

__attribute__((unused)) static twin_value text_value(const char *text)
{
    twin_value v = {.kind = text ? TWIN_KIND_TEXT : TWIN_KIND_NULL,
                    .bytes = text,
                    .length = text ? strlen(text) : 0};
    return v;
}

__attribute__((unused)) static int64_t desk_add(desk *d, const char *name)
{
    twin_cell cell = {desk_column(d, "name"), text_value(name)};
    int64_t fid = 0;
    MUST(twin_row_insert(&fid, d->t, desk_layer(d, "well"), &cell, 1));
    return fid;
}

__attribute__((unused)) static int
desk_set(desk *d, int64_t fid, const char *column, const char *text)
{
    twin_cell cell = {desk_column(d, column), text_value(text)};
    return twin_row_update(NULL, d->t, desk_layer(d, "well"), fid, &cell, 1);
}

__attribute__((unused)) static int desk_delete(desk *d, int64_t fid)
{
    return twin_row_delete(d->t, desk_layer(d, "well"), fid);
}

/* The text in a cell, "(null)", or "(gone)" when there is no row. */
__attribute__((unused)) static const char *desk_get(desk *d, int64_t fid,
                                                    const char *column)
{
    static char out[8][256];
    static int next;
    const twin_layer *layer = desk_layer(d, "well");
    twin_cell *cells = NULL;
    arena *a = NULL;
    size_t i;
    int id = desk_column(d, column);
    char *text = out[next = (next + 1) % 8];

    if (!twin_row_exists(d->t, layer, fid))
        return "(gone)";
    MUST(arena_new(&a));
    MUST(twin_row_read(&cells, d->t, layer, fid, a));
    snprintf(text, 256, "(null)");
    for (i = 0; i < layer->column_count; i++)
        if (cells[i].column == id && cells[i].value.kind == TWIN_KIND_TEXT)
            snprintf(text, 256, "%.*s", (int)cells[i].value.length,
                     cells[i].value.bytes);
    arena_free(a);
    return text;
}

#endif
