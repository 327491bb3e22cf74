/* SPDX-License-Identifier: MIT */
/* What is done on screen with others at work: sync, conflicts, and values that
 * change while they are being edited. */
#include "tests/ui_support.h"
#include "work/workflow.h"

static territory *desk, *field;

static void both(void)
{
    work_new desk_new = {.directory = ui_path("desk"),
                         .name = "Berkane",
                         .device = "desk",
                         .author_name = "Desk",
                         .author_mail = "desk@example.org",
                         .bare_remote = ui_path("hq.git")};
    ui_must(work_init(&desk, &desk_new), "init");
    ui_declare_household(desk->twin);
    for (int i = 0; i < 5; i++)
        ui_add_household(desk->twin, i);
    sync_result result = {0};
    ui_must(work_sync(&result, desk, NULL, NULL), "sync of the desk");
    sync_result_clear(&result);
    work_new field_new = {.directory = ui_path("field"),
                          .device = "field",
                          .author_name = "Field",
                          .author_mail = "field@example.org",
                          .remote = ui_path("hq.git")};
    ui_must(work_clone(&field, &result, &field_new, NULL), "clone");
    sync_result_clear(&result);
}

static void set_in(territory *t, const char *row, const char *column,
                   twin_value value)
{
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    ui_must(twin_layer_find(&layer, t->twin, "household"), "layer");
    ui_must(twin_row_find(&fid, t->twin, layer, row), row);
    twin_cell change = {ui_column(layer, column), value};
    ui_must(twin_row_update(NULL, t->twin, layer, fid, &change, 1), "set");
}

static char *get_in(territory *t, const char *row, const char *column)
{
    arena *a = NULL;
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    int64_t fid = 0;
    buffer out = {0};
    ui_must(arena_new(&a), "arena");
    ui_must(twin_layer_find(&layer, t->twin, "household"), "layer");
    if (twin_row_find(&fid, t->twin, layer, row) == TAWAM_OK &&
        twin_row_read(&cells, t->twin, layer, fid, a) == TAWAM_OK)
        for (size_t i = 0; i < layer->column_count; i++)
            if (cells[i].column == ui_column(layer, column))
                twin_value_text(&out, layer->columns[i].type, &cells[i].value);
    buffer_text(&out, "");
    arena_free(a);
    return buffer_take(&out);
}

static void script_is(territory *t, const char *script, const char *what)
{
    int error = ui_script(t, script, NULL);
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
}

static void value_is(territory *t, const char *row, const char *column,
                     const char *wanted, const char *what)
{
    char *got = get_in(t, row, column);
    is_str(got, wanted, "%s", what);
    free(got);
}

static void sync_on_screen(void)
{
    script_is(field,
              ":layer household\n<Enter><Down><Down><Enter><^U>\ntype 8\n"
              "<Enter>\n:assert unsynced 1\ns\n:assert sent: commits 1\n"
              ":assert all sent\nq\n:assert all sent\n",
              "an edit is sent with s");
    script_is(desk, "s\n:assert received: commits 1\n:assert all sent\n",
              "the other desk receives it with s");
    value_is(desk, "name=Fatima Aït Lahcen 1", "members", "8",
             "and has the value");
    script_is(desk, ":log\n:assert Field\n<Enter>\n:assert Membres: 1 → 8\n",
              "the log shows who, before and after");
    script_is(desk,
              ":layer household\n<Enter>H\n:assert Field\n:assert 1 → 8\n",
              "so does the row's history");
}

static void conflict_on_screen(void)
{
    set_in(desk, "name=Fatima Aït Lahcen 1", "members", ui_whole(20));
    set_in(field, "name=Fatima Aït Lahcen 1", "members", ui_whole(30));
    script_is(desk, "s\n:assert sent\n", "the desk sends 20");
    clock_fix(clock_now() + 20000); /* which is shown is not left to ids */
    script_is(field, "s\n:assert new conflicts: 1\n:assert ! conflicts 1\n",
              "the field, with 30, hears of a conflict");
    ui_golden(field, "conflicts", ":conflicts\n", 80, 24, "fr");
    ui_golden(field, "conflict", ":conflicts\n<Enter>\n", 80, 24, "fr");
    ui_golden(field, "conflict_row", ":layer household\n<Enter>\n", 80, 24,
              "fr");
    script_is(field,
              ":conflicts\n<Enter><Enter>\n:assert Settle with this: 30\n"
              "<Enter>\n:assert different values\n:assert ! conflicts 1\n",
              "Enter names the value under the cursor; twice settles nothing");
    script_is(field,
              ":conflicts\n<Enter><Down><Enter>\n:assert with this: 20\n"
              "<Enter>\n<Down><Enter>\n:assert with this: 20\n"
              "<Enter>\n<Up><Enter>\n:assert with this: 30\n",
              "Down goes to the next value");
    script_is(field, ":conflicts\n<Enter>\n9\n:assert values 1 to 2\n",
              "a number that is none is refused");
    script_is(field,
              ":conflicts\n<Enter>\ne\ntype 25\n<Enter>\n:assert Settled\n"
              ":assert No conflict\ns\n:assert sent\n",
              "a third value settles it");
    script_is(desk, "s\n:assert all sent\n", "the desk receives that");
    value_is(desk, "name=Fatima Aït Lahcen 1", "members", "25",
             "and has the third value");
    script_is(desk, ":conflicts\n:assert No conflict\n", "and no conflict");
}

static void deleted_against_changed(void)
{
    script_is(desk,
              ":layer household\n:filter Youssef\nd\ny\n:assert Deleted\n"
              "s\n:assert sent\n",
              "the desk deletes a row");
    set_in(field, "name=Youssef Berrada 5", "members", ui_whole(4));
    script_is(field, "s\n:assert new conflicts: 1\n",
              "the field had changed it");
    script_is(field,
              ":conflicts\n:assert deleted and changed\n<Enter>\n"
              ":assert the row is deleted\n:assert the row is kept\n1\n"
              ":assert Settled\n",
              "the row or its deletion can be taken");
}

/* Someone else's edit, at the Nth time that the screens wait. */
static int calls_left;
static void edit_elsewhere(void *context)
{
    territory *other = NULL;
    (void)context;
    if (--calls_left)
        return;
    ui_must(territory_open(&other, ui_path("field"), 0), "open");
    set_in(other, "name=محمد بن علي 2", "members", ui_whole(77));
    territory_close(other);
}

static void changed_while_editing(void)
{
    ui_options o = {.language = "fr", .idle = edit_elsewhere};
    const char *begin = ":layer household\n:go name=محمد بن علي 2\n"
                        "<Enter><Down><Down><Enter>\n";
    calls_left = 7; /* after the edit box was opened, before it is saved */
    char *script = memory_format("%s<^U>9<Enter>\n:assert 77\n"
                                 ":assert Changed meanwhile\n<Esc>\n",
                                 begin);
    int error = ui_script(field, script, &o);
    free(script);
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "a value that changed meanwhile is shown");
    is_int(calls_left < 0 ? 1 : 0, 1, "it did change meanwhile");
    value_is(field, "name=محمد بن علي 2", "members", "77",
             "and was not overwritten");
    set_in(field, "name=محمد بن علي 2", "members", ui_whole(2));
    calls_left = 7;
    script = memory_format("%s<^U>9<Enter>\n:assert 77\n<Enter>\n", begin);
    error = ui_script(field, script, &o);
    free(script);
    is_int(error, TAWAM_OK, "a second Enter");
    value_is(field, "name=محمد بن علي 2", "members", "9",
             "stores one's own knowingly");
}

static void delete_elsewhere(void *context)
{
    territory *other = NULL;
    const twin_layer *layer = NULL;
    int64_t fid = 0;
    (void)context;
    if (--calls_left)
        return;
    ui_must(territory_open(&other, ui_path("field"), 0), "open");
    ui_must(twin_layer_find(&layer, other->twin, "household"), "layer");
    ui_must(twin_row_find(&fid, other->twin, layer, "name=محمد بن علي 2"),
            "row");
    ui_must(twin_row_delete(other->twin, layer, fid), "delete");
    territory_close(other);
}

static void deleted_while_editing(void)
{
    ui_options o = {.language = "fr", .idle = delete_elsewhere};
    calls_left = 7;
    int error = ui_script(field,
                          ":layer household\n:go name=محمد بن علي 2\n"
                          "<Enter><Down><Down><Enter>\n<^U>9<Enter>\n"
                          ":assert deleted meanwhile\n",
                          &o);
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "a row that is gone says so in plain words");
}

static void unreachable(void)
{
    script_is(field,
              ":sync /nowhere/at/all\n:assert Not done\n:assert nowhere\n",
              "a remote that is not there is an error in the log, no crash");
}

/* The meeting took place, and yet nothing was sent: that is not "done". */
static void refused(void)
{
    char command[1000];
    snprintf(command, sizeof command,
             "git -c advice.detachedHead=false clone -q -b device/field "
             "'%s' '%s'",
             ui_path("hq.git"), ui_path("checked"));
    ui_must(system(command), "a clone that has our line checked out");
    set_in(field, "name=Fatima Aït Lahcen 1", "members", ui_whole(3));
    snprintf(command, sizeof command,
             ":sync %s\n:assert Not done\n:assert checked out there\n"
             ":assert to send\n",
             ui_path("checked"));
    script_is(field, command, "a refusal is not said to be done");
}

int main(void)
{
    ui_set_up();
    both();
    sync_on_screen();
    conflict_on_screen();
    deleted_against_changed();
    changed_while_editing();
    deleted_while_editing();
    unreachable();
    refused();
    territory_close(desk);
    territory_close(field);
    return done_testing();
}
