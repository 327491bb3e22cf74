/* SPDX-License-Identifier: MIT */
/* Commits of other programs, good and bad, and of main. */
#include "tests/merge/act.h"

#include <stdlib.h>
#include <string.h>

/* ---- strangers' commits ---- */

static void arrive(sim_replica *r, const void *bytes, size_t length, int bad,
                   const char *device)
{
    char(*heads)[SYNC_ID_SIZE] = NULL, id[SYNC_ID_SIZE], message[160], ref[120];
    const char *parents[64];
    int64_t logical = (sim->now + r->clock) / 1000;
    size_t count = 0, i;
    gitlog_new commit = {"Stranger", "s@example.org", logical * 1000, 0,
                         0,          message,         parents,        0};
    int number;
    SIM_MUST(merge_heads(&heads, &count, r->s->m));
    for (i = 0; i < count && i < 32; i++) {
        number = sim_find_commit(heads[i]);
        parents[i] = heads[i];
        if (number >= 0 && sim_commits[number].logical >= logical)
            logical = sim_commits[number].logical + 1;
    }
    commit.parent_count = i;
    commit.logical = logical;
    snprintf(message, sizeof message, "x\n\nDevice: %s\nSequence: 1\n", device);
    SIM_MUST(gitlog_write_changes(id, r->s->log, bytes, length, &commit));
    number = sim_commit_number(r->s->log, id);
    snprintf(ref, sizeof ref, "refs/remotes/stick/device/%s", device);
    if (number >= 0) {
        sim_commits[number].booked = 1;
        sim_commits[number].refused = bad;
        sim_commits[number].seen = r->view.known;
        sim_put(&sim_commits[number].seen, number);
        act_check_claims(number);
        sim_wire_plant(r, ref, number);
    }
    free(heads);
}

static void merge_arrived(sim_replica *r)
{
    sync_result result = {0};
    SIM_MUST(sync_merge(&result, r->s, NULL));
    sync_result_clear(&result);
    sim_account(r, 1);
}

/* 2,100 columns: found out only when half of it is done. */
static void fill_too_much(changeset *c)
{
    changeset_layer *layer = NULL;
    uint32_t index;
    char name[16];
    int i;
    SIM_MUST(changeset_add_layer(&layer, c, "aaa", TWIN_NO_GEOMETRY));
    SIM_MUST(changeset_add_column(&index, c, layer, "name", TWIN_TEXT));
    SIM_MUST(changeset_add_layer(&layer, c, "wide", TWIN_NO_GEOMETRY));
    for (i = 0; i < 2100; i++) {
        snprintf(name, sizeof name, "c%d", i);
        SIM_MUST(changeset_add_column(&index, c, layer, name, TWIN_TEXT));
    }
}

static void fill_bad_geometry(changeset *c, int row)
{
    twin_value v = {.kind = TWIN_KIND_BYTES, .bytes = "GPxx", .length = 4};
    changeset_layer *layer = NULL;
    uint32_t index = 0;
    SIM_MUST(changeset_add_layer(&layer, c, "well", TWIN_POINT));
    SIM_MUST(changeset_add_column(&index, c, layer, "geom", TWIN_GEOMETRY));
    SIM_MUST(changeset_add_row(c, layer, sim_fids[row] ? sim_fids[row] : 77,
                               CHANGESET_UPDATE));
    SIM_MUST(changeset_add_cell(c, layer, index, &v));
}

void act_bad(sim_replica *r, int kind)
{
    changeset *c = NULL;
    buffer bytes = {0};
    char device[40];
    snprintf(device, sizeof device, "bad%d", sim->step);
    SIM_MUST(changeset_new(&c));
    if (kind == 1)
        fill_too_much(c);
    else if (kind == 2)
        fill_bad_geometry(c, 0);
    if (kind == 0)
        buffer_text(&bytes, "no changeset");
    else
        SIM_MUST(changeset_encode(&bytes, c));
    arrive(r, bytes.data, bytes.length, 1, device);
    buffer_free(&bytes);
    changeset_free(c);
    merge_arrived(r);
}

static void craft_cells(changeset *c, changeset_layer *layer, sim_replica *r,
                        const sim_op *op, int commit)
{
    int i, row = op->a[1];
    for (i = 0; i < 2; i++) {
        int column = op->a[3 + 2 * i];
        twin_type type =
            r->view.types[column] ? r->view.types[column] : TWIN_INTEGER;
        sim_value value = act_typed_value(op->a[4 + 2 * i], type);
        twin_value v = sim_value_view(&value);
        uint32_t index = 0;
        if (i && column == op->a[3])
            break;
        if (c) {
            SIM_MUST(changeset_add_column(&index, c, layer, sim_columns[column],
                                          type));
            SIM_MUST(changeset_add_cell(c, layer, index, &v));
        } else {
            sim_write *w = sim_add_write(commit, row, column);
            w->type = type;
            w->value = value;
            sim_commits[commit].declared[column] = type;
        }
    }
}

void act_craft(sim_replica *r, const sim_op *op)
{
    static const changeset_operation operations[] = {
        CHANGESET_INSERT, CHANGESET_UPDATE, CHANGESET_DELETE, CHANGESET_AFFIRM};
    changeset_operation what = operations[op->a[2] & 3];
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    buffer bytes = {0};
    char device[40];
    int commit, row = op->a[1];
    int bare = what == CHANGESET_DELETE || op->a[2] > 3; /* no cells */
    if (!sim_fids[row]) {
        if (what != CHANGESET_INSERT || row >= SIM_NAMED_ROWS)
            return;
        SIM_MUST(random_bytes(&sim_fids[row], sizeof sim_fids[row]));
        sim_fids[row] &= INT64_MAX;
    }
    snprintf(device, sizeof device, "craft%d", sim->step);
    SIM_MUST(changeset_new(&c));
    SIM_MUST(changeset_add_layer(&layer, c, "Well", TWIN_NO_GEOMETRY));
    SIM_MUST(changeset_add_row(c, layer, sim_fids[row], what));
    if (!bare)
        craft_cells(c, layer, r, op, -1);
    SIM_MUST(changeset_encode(&bytes, c));
    arrive(r, bytes.data, bytes.length, 0, device);
    commit = sim_commit_count - 1;
    if (what == CHANGESET_DELETE) {
        sim_add_write(commit, row, WRITES_DELETE);
    } else {
        sim_add_write(commit, row, WRITES_ROW)->insert =
            what == CHANGESET_INSERT;
        if (!bare)
            craft_cells(NULL, NULL, r, op, commit);
    }
    buffer_free(&bytes);
    changeset_free(c);
    merge_arrived(r);
}

void act_write_main(sim_replica *r)
{
    char text[40];
    sync_file file = {"README", text, 0};
    int code;
    file.length = (size_t)snprintf(text, sizeof text, "step %d\n", sim->step);
    code = sync_write_main(r->s, &file, 1, "Published");
    if (code < 0 && code != TAWAM_ENO)
        sim_fail("main: %s", error_message());
    sim_account(r, 0);
}
