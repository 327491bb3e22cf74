/* SPDX-License-Identifier: MIT */
/* Edits can be undone, and never overwrite what changed meanwhile. */
#include <sqlite3.h>
#include "tests/ui_support.h"
#include "work/edit.h"

static territory *t;
static edit_stack *edits;

static const twin_layer *household(void)
{
    const twin_layer *layer = NULL;
    ui_must(twin_layer_find(&layer, t->twin, "household"), "household");
    return layer;
}

static const twin_column *column(const char *name)
{
    const twin_column *found = NULL;
    ui_must(twin_column_find(&found, household(), name), name);
    return found;
}

/* The text of a cell; caller frees. */
static char *cell_now(int64_t fid, const char *name)
{
    arena *a = NULL;
    twin_cell *cells = NULL;
    buffer out = {0};
    int id = column(name)->id;
    ui_must(arena_new(&a), "arena");
    if (twin_row_read(&cells, t->twin, household(), fid, a) == TAWAM_OK)
        for (size_t i = 0; i < household()->column_count; i++)
            if (cells[i].column == id)
                twin_value_text(&out, column(name)->type, &cells[i].value);
    arena_free(a);
    buffer_text(&out, "");
    return buffer_take(&out);
}

static void cell_is(int64_t fid, const char *name, const char *wanted,
                    const char *what)
{
    char *got = cell_now(fid, name);
    is_str(got ? got : "", wanted, "%s", what);
    free(got);
}

static int64_t pending(void)
{
    twin_pending_counts counts = {0};
    ui_must(twin_pending_count(t->twin, &counts), "count");
    return counts.inserted + counts.updated + counts.deleted;
}

static int set(int64_t fid, const char *seen, const char *to)
{
    twin_value before = ui_text(seen), after = ui_text(to);
    return edit_set(edits, household(), fid, column("name"), &before, &after);
}

static void set_and_undo(int64_t fid)
{
    is_int(set(fid, "Fatima Aït Lahcen 1", "Amina"), TAWAM_OK, "a cell is set");
    cell_is(fid, "name", "Amina", "it holds the new value");
    is_int((long)pending(), 1, "one row is pending");
    is_int(edit_undo(NULL, edits), TAWAM_OK, "undone");
    cell_is(fid, "name", "Fatima Aït Lahcen 1", "it holds the old value");
    is_int((long)pending(), 0, "an edit put back leaves nothing pending");
    is_int(edit_redo(NULL, edits), TAWAM_OK, "done again");
    cell_is(fid, "name", "Amina", "it holds the new value again");
    is_int(edit_undo(NULL, edits), TAWAM_OK, "and undone again");
    is_int(edit_undo(NULL, edits), TAWAM_ENO, "then there is nothing to undo");
}

static void same_value(int64_t fid)
{
    size_t before = edit_undo_count(edits);
    is_int(set(fid, "Fatima Aït Lahcen 1", "Fatima Aït Lahcen 1"), TAWAM_OK,
           "storing what is there is no error");
    is_int((long)edit_undo_count(edits), (long)before, "and no step");
}

static void changed_meanwhile(int64_t fid)
{
    is_int(set(fid, "what it never was", "Zahra"), TAWAM_ECONFLICT,
           "an edit that saw something else is refused");
    ok(strstr(error_message(), "Fatima") != NULL,
       "and the message says what stands there: %s", error_message());
    cell_is(fid, "name", "Fatima Aït Lahcen 1", "nothing was overwritten");
}

static void undo_of_what_others_changed(int64_t fid)
{
    ui_must(set(fid, "Fatima Aït Lahcen 1", "Mine"), "set");
    twin_cell theirs = {column("name")->id, ui_text("Theirs")};
    ui_must(twin_row_update(NULL, t->twin, household(), fid, &theirs, 1),
            "their edit");
    is_int(edit_undo(NULL, edits), TAWAM_ECONFLICT,
           "an undo does not overwrite another's edit");
    cell_is(fid, "name", "Theirs", "which stands");
    edit_undo_drop(edits);
    twin_cell back = {column("name")->id, ui_text("Fatima Aït Lahcen 1")};
    ui_must(twin_row_update(NULL, t->twin, household(), fid, &back, 1), "back");
}

static void add_and_undo(void)
{
    int64_t fid = 0;
    twin_cell cells[] = {{column("name")->id, ui_text("New")},
                         {column("members")->id, ui_whole(3)}};
    is_int(edit_add(&fid, edits, household(), cells, 2), TAWAM_OK,
           "a row is added");
    is_int(twin_row_exists(t->twin, household(), fid), 1, "it is there");
    is_int(edit_undo(NULL, edits), TAWAM_OK, "undone");
    is_int(twin_row_exists(t->twin, household(), fid), 0, "it is gone");
    is_int((long)pending(), 0, "nothing is pending");
    is_int(edit_redo(NULL, edits), TAWAM_OK, "done again");
    cell_is(fid, "name", "New", "it is there under the same id");
    ui_must(edit_undo(NULL, edits), "undo");
}

static void delete_and_undo(const int64_t *fids)
{
    size_t deleted = 0;
    is_int(edit_delete(&deleted, NULL, edits, household(), fids, 3), TAWAM_OK,
           "three rows are deleted");
    is_int((long)deleted, 3, "all were there");
    is_int((long)twin_row_count(t->twin, household()), 7, "seven are left");
    is_int(edit_undo(NULL, edits), TAWAM_OK, "undone in one step");
    is_int((long)twin_row_count(t->twin, household()), 10, "ten again");
    cell_is(fids[1], "name", "محمد بن علي 2", "with their values");
    is_int((long)pending(), 0, "nothing is pending");
}

static void too_many_steps(int64_t fid)
{
    char before[32] = "Fatima Aït Lahcen 1", after[32];
    for (int i = 0; i < EDIT_STEPS + 5; i++) {
        snprintf(after, sizeof after, "name %d", i);
        ui_must(set(fid, before, after), "set");
        memcpy(before, after, sizeof before);
    }
    is_int((long)edit_undo_count(edits), EDIT_STEPS,
           "the oldest steps fall off");
    int undone = 0;
    while (edit_undo(NULL, edits) == TAWAM_OK)
        undone++;
    is_int(undone, EDIT_STEPS, "all others can be undone");
    cell_is(fid, "name", "name 4", "back to the oldest kept");
}

static int64_t add_row(const char *layer, const char *reference,
                       const char *whole)
{
    const twin_layer *l = NULL;
    const twin_column *c = NULL;
    twin_cell cells[2];
    int64_t fid = 0;
    ui_must(twin_layer_find(&l, t->twin, layer), "layer");
    if (reference) {
        ui_must(twin_column_find(&c, l, reference), "column");
        cells[0] = (twin_cell){c->id, ui_text(whole)};
        ui_must(twin_column_find(&c, l, "position"), "position");
        cells[1] = (twin_cell){c->id, ui_whole(1)};
    }
    ui_must(twin_row_insert(&fid, t->twin, l, cells, reference ? 2 : 0), "row");
    return fid;
}

static int64_t rows_of(const char *layer)
{
    const twin_layer *l = NULL;
    ui_must(twin_layer_find(&l, t->twin, layer), "layer");
    return twin_row_count(t->twin, l);
}

/* A form's record goes with the rows of its repeats, and comes back so. */
static void delete_with_repeats(void)
{
    const twin_column_definition record = {"form_version", TWIN_TEXT};
    const twin_column_definition outer[] = {{"v_record_uuid", TWIN_TEXT},
                                            {"position", TWIN_INTEGER}};
    const twin_column_definition inner[] = {{"v_record_a_uuid", TWIN_TEXT},
                                            {"position", TWIN_INTEGER}};
    const twin_layer *layer = NULL;
    size_t deleted = 0, parts = 0;
    int64_t fids[2], before = pending();
    char uuid[37];
    ui_must(
        twin_layer_declare(t->twin, "v_record", TWIN_NO_GEOMETRY, &record, 1),
        "records");
    ui_must(
        twin_layer_declare(t->twin, "v_record_a", TWIN_NO_GEOMETRY, outer, 2),
        "repeats");
    ui_must(
        twin_layer_declare(t->twin, "v_record_a_b", TWIN_NO_GEOMETRY, inner, 2),
        "repeats in them");
    for (int i = 0; i < 2; i++) {
        fids[i] = add_row("v_record", NULL, NULL);
        for (int k = 0; k < 2; k++) {
            twin_uuid_from_fid(uuid, fids[i]);
            twin_uuid_from_fid(uuid,
                               add_row("v_record_a", "v_record_uuid", uuid));
            add_row("v_record_a_b", "v_record_a_uuid", uuid);
        }
    }
    ui_must(twin_layer_find(&layer, t->twin, "v_record"), "layer");
    is_int(edit_delete(&deleted, &parts, edits, layer, fids, 1), TAWAM_OK,
           "a record is deleted");
    is_int((long)(deleted * 10 + parts), 14, "with four rows of repeats");
    is_int((long)(rows_of("v_record") * 100 + rows_of("v_record_a") * 10 +
                  rows_of("v_record_a_b")),
           122, "the other has its own");
    is_int(edit_undo(NULL, edits), TAWAM_OK, "undone in one step");
    is_int((long)(rows_of("v_record") * 100 + rows_of("v_record_a") * 10 +
                  rows_of("v_record_a_b")),
           244, "all are back");
    is_int(edit_redo(NULL, edits), TAWAM_OK, "done again");
    is_int((long)(rows_of("v_record_a") + rows_of("v_record_a_b")), 4,
           "with them");
    is_int(edit_delete(NULL, NULL, edits, layer, fids, 2), TAWAM_OK,
           "what is gone is passed over");
    is_int((long)pending(), (long)before, "and nothing is left");
}

int main(void)
{
    int64_t fids[10];
    ui_set_up();
    t = ui_territory(ui_path("a"), 0);
    for (int i = 0; i < 10; i++)
        fids[i] = ui_add_household(t->twin, i);
    ui_record(t, "start");
    ui_must(edit_stack_new(&edits, t->twin), "stack");
    set_and_undo(fids[0]);
    same_value(fids[0]);
    changed_meanwhile(fids[0]);
    undo_of_what_others_changed(fids[0]);
    add_and_undo();
    delete_and_undo(fids);
    delete_with_repeats();
    too_many_steps(fids[0]);
    edit_stack_free(edits);
    territory_close(t);
    return done_testing();
}
