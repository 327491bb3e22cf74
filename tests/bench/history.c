/* SPDX-License-Identifier: MIT */
/* A long history, made quickly: history LOG.git COMMITS DEVICES ROWS.
 *
 * ROWS wells are inserted by the first device; then the devices commit in
 * turn, one edit a commit, most of them having seen the commit before (they
 * met at HQ), one in eight not. Made through gitlog, in packs of some thousand
 * objects. Refs: refs/heads/device/dNNN.
 */
#include "sync/sync_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIANTS 2000 /* different edits; commits beyond share their files */
#define BATCH 600     /* commits a pack */
#define FIRST_FID 1000000

typedef struct history {
    gitlog *log;
    buffer edits[VARIANTS];
    char (*heads)[SYNC_ID_SIZE]; /* by device */
    int64_t *sequences;
    int devices, rows;
} history;

static void check(int code, const char *doing)
{
    if (code >= 0)
        return;
    fprintf(stderr, "%s: %s\n", doing, error_message());
    exit(3);
}

static void add_row(changeset *c, int64_t fid, changeset_operation operation,
                    int number)
{
    char text[40];
    changeset_layer *layer = NULL;
    uint32_t name = 0, depth = 0;
    twin_value word = {.kind = TWIN_KIND_TEXT, .bytes = text};
    twin_value deep = {.kind = TWIN_KIND_INTEGER, .integer = number % 97};
    word.length = (size_t)snprintf(text, sizeof text, "well %d", number);
    check(changeset_add_layer(&layer, c, "well", TWIN_NO_GEOMETRY), "layer");
    check(changeset_add_column(&name, c, layer, "name", TWIN_TEXT), "name");
    check(changeset_add_column(&depth, c, layer, "depth", TWIN_INTEGER),
          "depth");
    check(changeset_add_row(c, layer, fid, operation), "row");
    if (operation == CHANGESET_INSERT || number % 2)
        check(changeset_add_cell(c, layer, name, &word), "cell");
    check(changeset_add_cell(c, layer, depth, &deep), "cell");
}

static void commit(history *h, int device, int64_t time, const buffer *bytes,
                   const char *other)
{
    const char *parents[2];
    char name[20], message[200];
    gitlog_new new = {name, "d@example.org", time * 1000, 0,
                      time, message,         parents,     0};
    snprintf(name, sizeof name, "d%03d", device);
    snprintf(message, sizeof message,
             "well 1 changed\n\nDevice: %s\nSequence: %lld\n"
             "Changes: +0 ~1 -0 !0 =1\n",
             name, (long long)++h->sequences[device]);
    if (h->heads[device][0])
        parents[new.parent_count++] = h->heads[device];
    if (other && other[0] && strcmp(other, h->heads[device]) != 0)
        parents[new.parent_count++] = other;
    check(gitlog_write_changes(h->heads[device], h->log, bytes->data,
                               bytes->length, &new),
          "commit");
}

static void first_commit(history *h)
{
    buffer bytes = {0};
    changeset *c = NULL;
    int i;
    check(changeset_new(&c), "changeset");
    for (i = 0; i < h->rows; i++)
        add_row(c, FIRST_FID + i, CHANGESET_INSERT, i);
    check(changeset_encode(&bytes, c), "encode");
    commit(h, 0, 1700000000, &bytes, NULL);
    changeset_free(c);
    buffer_free(&bytes);
}

static void make_edits(history *h)
{
    int i;
    for (i = 0; i < VARIANTS; i++) {
        changeset *c = NULL;
        check(changeset_new(&c), "changeset");
        add_row(c, FIRST_FID + (int64_t)i * 7919 % h->rows, CHANGESET_UPDATE,
                i);
        check(changeset_encode(&h->edits[i], c), "encode");
        changeset_free(c);
    }
}

static void flush(history *h)
{
    check(gitlog_batch_write(h->log), "pack");
}

int main(int count, char **arguments)
{
    history h = {0};
    char last[SYNC_ID_SIZE], ref[80];
    int i, commits;
    if (count != 5)
        return 2;
    commits = atoi(arguments[2]);
    h.devices = atoi(arguments[3]);
    h.rows = atoi(arguments[4]);
    check(gitlog_create(&h.log, arguments[1]), "create");
    h.heads = calloc((size_t)h.devices, sizeof *h.heads);
    h.sequences = calloc((size_t)h.devices, sizeof *h.sequences);
    make_edits(&h);
    gitlog_batch_begin(h.log);
    first_commit(&h);
    memcpy(last, h.heads[0], sizeof last);
    for (i = 1; i < commits; i++) {
        int device = i % h.devices;
        commit(&h, device, 1700000000 + i, &h.edits[i % VARIANTS],
               i % 8 == 7 && h.heads[device][0] ? NULL : last);
        memcpy(last, h.heads[device], sizeof last);
        if (i % BATCH == 0)
            flush(&h);
    }
    flush(&h);
    gitlog_batch_drop(h.log);
    for (i = 0; i < h.devices; i++) {
        snprintf(ref, sizeof ref, "refs/heads/device/d%03d", i);
        if (h.heads[i][0])
            check(gitlog_set_ref(h.log, ref, h.heads[i]), "ref");
    }
    check(gitlog_consolidate(h.log), "consolidate");
    gitlog_free(h.log);
    return 0;
}
