/* SPDX-License-Identifier: MIT */
/* Each screen as cells and roles, at three sizes and in three languages; and
 * what is done on them is done to the replica. */
#include "tests/ui_support.h"

static territory *t;

static void golden_sizes(void)
{
    static const struct {
        int width, height;
    } sizes[] = {{80, 24}, {60, 16}, {120, 40}, {40, 12}};
    static const struct {
        const char *name, *steps;
    } screens[] = {{"home", ""},
                   {"layers", ":layers\n"},
                   {"rows", ":layer household\n<Down><Down>\n"},
                   {"row", ":layer household\n<Enter><Down>H\n"},
                   {"help", ":layer household\n?\n"},
                   {"log", ":log\n"}};
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s_%dx%d", screens[i].name,
                     sizes[k].width, sizes[k].height);
            ui_golden(t, name, screens[i].steps, sizes[k].width,
                      sizes[k].height, "en");
        }
}

static void golden_languages(void)
{
    ui_golden(t, "home_fr", "", 80, 24, "fr");
    ui_golden(t, "rows_fr", ":layer household\n<Right><Right>\n", 80, 24, "fr");
    ui_golden(t, "row_fr", ":layer household\n<Enter>\n", 80, 24, "fr");
    ui_golden(t, "home_ar", "", 80, 24, "ar");
    ui_golden(t, "rows_ar", ":layer household\n<Right><Right>\n", 80, 24, "ar");
    ui_golden(t, "row_ar", ":layer household\n<Down><Enter>\n", 80, 24, "ar");
    ui_golden(t, "rows_ar_terminal",
              ":set bidi=terminal\n:layer household\n<Right>\n", 80, 24, "ar");
}

static void golden_states(void)
{
    ui_golden(t, "filter", ":layer household\nf\ntype ait\n", 80, 24, "en");
    ui_golden(t, "filter_arabic", ":layer household\nf\ntype عايشه\n<Enter>\n",
              80, 24, "ar");
    ui_golden(t, "sorted", ":layer household\n:sort -members\n", 80, 24, "en");
    ui_golden(t, "marked", ":layer household\n<Space><Space><Down><Space>d\n",
              80, 24, "en");
    ui_golden(t, "edit", ":layer household\n<Enter><Down><Enter>\ntype  é\n",
              80, 24, "en");
    ui_golden(t, "edit_arabic",
              ":layer household\n<Down><Enter><Enter>\ntype  سلام\n", 80, 24,
              "ar");
    ui_golden(t, "choices",
              ":layer household\n<Enter><Down><Down><Down><Enter>\n", 80, 24,
              "fr");
    ui_golden(t, "add", ":layer household\na<Enter>\ntype Nouveau\n<Enter>\n",
              80, 24, "fr");
    ui_golden(t, "command", ":layer household\n<:>\ntype so\n<Tab>\n", 80, 24,
              "en");
    ui_golden(t, "completion", "<:>\ntype s\n<Tab>\n", 80, 24, "en");
    ui_golden(t, "too_small", ":resize 39x11\n", 80, 24, "en");
    ui_golden(t, "ascii", ":set ascii=yes\n:layer household\n", 80, 24, "en");
    ui_golden(t, "conflicts_none", ":conflicts\n", 80, 24, "en");
    ui_golden(t, "put_back",
              ":layer household\n<Enter><Enter><^U>\ntype Maryam\n<Enter>\n"
              "qu\n",
              80, 24, "en");
    ui_golden(t, "unknown_key", "Z\n", 80, 24, "en");
}

static void script_is(const char *script, int wanted, const char *what)
{
    int error = ui_script(t, script, NULL);
    if (error != wanted)
        diag("%s", error_message());
    is_int(error, wanted, "%s", what);
}

static void scripts_say_no(void)
{
    script_is(":assert Households are nowhere\n", TAWAM_ENO,
              "a false assertion ends a script");
    ok(strstr(error_message(), "line 1") != NULL, "and names the line: %s",
       error_message());
    script_is("<NoSuchKey>\n", TAWAM_EUSAGE, "so does a key that is none");
    script_is("# comment\n\n:assert Ménages\n", TAWAM_OK,
              "a true one does not");
}

/* f, u and q by their places. */
static void arabic_keyboard(void)
{
    script_is(":layer household\n<Enter><Enter><^U>\ntype Maryam\n<Enter>\n"
              "ع\n:assert Taken back\nض\n:assert 1/40\nب\ntype puits\n"
              "<Enter>\n:assert /13\n",
              TAWAM_OK, "keys work while the keyboard is Arabic");
}

static void editing_reaches_the_replica(void)
{
    script_is(":layer household\n<Enter><Enter>^\n<^U>\ntype Maryam\n<Enter>\n"
              ":assert Maryam\n:assert unsynced 1\nu\n:assert Taken back\n"
              ":assert to send 1\n",
              TAWAM_OK, "a cell is changed, counted, and taken back");
    script_is(":layer household\n<Enter><Down><Down><Enter><^U>\ntype many\n"
              "<Enter>\n:assert many\n<Esc>\n:assert to send 1\n",
              TAWAM_OK, "a wrong number is refused, nothing changed");
    script_is(":layer household\na<Enter>\ntype Nouveau\n<Enter><^S>\n"
              ":assert Added\n:assert Nouveau\n:assert unsynced 1\nu\n"
              ":assert to send 1\n",
              TAWAM_OK, "a row is added and taken back");
    script_is(":layer household\nd\n:assert Delete\nd\n:assert 1/40\n",
              TAWAM_OK, "pressing d twice deletes nothing");
    script_is(":layer household\nd\ny\n:assert 1/39\nu\n:assert /40\n",
              TAWAM_OK, "y deletes, u brings back");
    script_is(
        ":layer household\n<Enter><Down><Down><Down><Enter><Down><Enter>\n"
        ":assert unsynced 1\nu\n",
        TAWAM_OK, "a choice is picked from its list");
}

static void finding_rows(void)
{
    script_is(":layer household\n/\ntype idrissi\n<Enter>\n:assert 3/40\nn\n"
              ":assert 10/40\nN\n:assert 3/40\n",
              TAWAM_OK, "search goes to a row, n and N to the next ones");
    script_is(":layer household\n:go 17\n:assert 17/40\n", TAWAM_OK,
              "go takes a number");
    script_is(":layer household\n:filter نورخ\n:assert No row\n<Esc>\n"
              ":assert 1/40\n",
              TAWAM_OK, "Esc takes the filter away");
    script_is(":layer household\n:filter puits\n:assert /13\n", TAWAM_OK,
              "a filter knows choices by their labels");
}

static void read_only(void)
{
    ui_options o = {.language = "en", .read_only = 1};
    int error = ui_script(t,
                          ":layer household\nd\n:assert Read-only\n"
                          "a\n:assert Read-only\n:set readonly=no\n"
                          ":assert read-only\n",
                          &o);
    is_int(error, TAWAM_OK, "read-only changes nothing");
}

static void views_keep_their_place(void)
{
    script_is(":layer household\n:go 30\n<Enter>q\n:assert 30/40\n", TAWAM_OK,
              "coming back finds the cursor where it was");
    script_is(":layer household\n:go 30\n:resize 40x12\n:assert 30/40\n"
              ":resize 80x24\n:assert 30/40\n",
              TAWAM_OK, "and so does another size");
    script_is(":layer household\n:go 30\n?\n<Esc>\n<Down>\n:assert 31/40\n",
              TAWAM_OK, "Esc leaves the help as q does");
    script_is("q\n:assert nothing\n", TAWAM_OK,
              "q on the first screen leaves: what follows never runs");
}

int main(void)
{
    ui_set_up();
    t = ui_territory(ui_path("a"), 40);
    ui_record(t, "first forty households");
    golden_sizes();
    golden_languages();
    golden_states();
    scripts_say_no();
    arabic_keyboard();
    editing_reaches_the_replica();
    finding_rows();
    read_only();
    views_keep_their_place();
    territory_close(t);
    return done_testing();
}
