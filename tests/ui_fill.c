/* SPDX-License-Identifier: MIT */
/* Forms filled on the screen: each kind of question as cells and roles, at
 * three sizes and in three languages, and whole records typed key by key. The
 * form is tests/ui_fill.md.
 *
 * With arguments STEPS COLUMNSxROWS LANGUAGE it only runs those steps, for a
 * look at a screen (:save-screen /dev/stdout). */
#include <sqlite3.h>
#include "form/draft.h"
#include "tests/ui_fill_form.h"

#define BEGIN ":forms\n<Enter>\n"

static territory *t;

/* ---- screens ---- */

static const struct {
    const char *name, *steps;
} pages[] = {
    {"note", ""},
    {"text", ":question name\n"},
    {"one", ":question water\n2\n"},
    {"many", ":question power\n2 \n4 \n"},
    {"letters", ":question commune\ntype si\n"},
    {"date", ":question visited\ntype 010526\n"},
    {"list", ":question rooms\n3\n<Enter>\n1\n<Enter>\n"},
    {"grid", ":question radio\n1\n<Right>\n"},
    {"repeat", ":question first_name\ntype Ali\n<Enter><Enter>a\ntype فاطمة\n"
               "<Enter>\n<Enter>\n"},
    {"roster", ":question first_name\ntype Ali\n<Enter>\ntype 41\n<Enter>\na\n"
               "type فاطمة\n<Enter>\n<Enter>\nt\n<Down><Tab>\ntype 12\n"},
    {"outline", ":question water\n2\n<Enter>\n<F4>\n"},
    {"closing", ":question water\n2\n<Enter>\n<F2>\n"},
};

static void golden_pages(int columns, int rows, const char *language)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char name[64];
        char *steps = memory_format(BEGIN "%s", pages[i].steps);
        snprintf(name, sizeof name, "fill_%s_%dx%d_%s", pages[i].name, columns,
                 rows, language);
        ui_golden(t, name, steps, columns, rows, language);
        free(steps);
    }
}

/* The kinds that look alike at every size. */
static void golden_kinds(void)
{
    static const struct {
        const char *name, *steps;
    } kinds[] = {
        {"guidance", ":question name\n<F1>\n"},
        {"needed", ":question name\n<Enter>\n"},
        {"constraint", ":question members\ntype 50\n<Enter>\n"},
        {"exclusive", ":question power\n1 \n5 \n"},
        {"wiped", ":question power\ntype zz\n<Enter>\n<^U>\n"},
        {"decimal", ":question income\ntype 12 500,5\n"},
        {"time", ":question at\ntype 1430\n"},
        {"range", ":question satisfied\n++\n"},
        {"rank", ":question ranked\n3 \n1 \n-\n"},
        {"point", ":question place\ntype 34 55 N 2 19 W\n"},
        {"file", ":question paper\ntype /nowhere/at.all\n<Enter>\n"},
        {"acknowledge", ":question consent\n \n"},
        {"multiline", ":question remark\ntype un\n<^O>\ntype deux\n"},
        {"masked", ":question secret\ntype abc\n"},
        {"noted", ":question members\n:note à revoir\n:flag\n"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char name[64];
        char *steps = memory_format(BEGIN "%s", kinds[i].steps);
        snprintf(name, sizeof name, "fill_%s", kinds[i].name);
        ui_golden(t, name, steps, 80, 24, "fr");
        free(steps);
    }
}

/* ---- keys ---- */

static void script_is(const char *script, const char *what)
{
    char *whole = memory_format(BEGIN "%s", script);
    int error = ui_script(t, whole, &(ui_options){.language = "fr"});
    if (error < 0)
        diag("%s", error_message());
    is_int(error, TAWAM_OK, "%s", what);
    free(whole);
}

static void moving(void)
{
    script_is(":question water\n<BackTab>\n:assert 1/24\n<Down>\n:assert 2/24\n"
              "<PageDown>\n:assert 3/24\n<PageUp>\n:assert 2/24\n<Up>\n"
              ":assert 1/24\n",
              "back and forth without an answer");
    script_is(":question name\n<Enter>\n:assert An answer is needed\n<Enter>\n"
              ":assert 2/24\n",
              "an answer that is needed is asked for once more, no longer");
    script_is("<F6>\ntype 8\n<Enter>\n:assert Date de la visite\n<F6>\n"
              "type revenu\n<Enter>\n:assert 7/24\n<^G>\ntype no such thing\n"
              "<Enter>\n:assert 7/24\n",
              "a question is gone to by number, by a word, or not at all");
    script_is(":question name\ntype Fatima\n<F11>\n:assert 2/24\n<F11>\n"
              ":assert 6/24\n<F11><F11>\n:assert 18/24\n",
              "the next one that is open");
    script_is(":question name\ntype Fatima\n<Up>\n:assert Bonjour\n<Enter>\n"
              ":assert Fatima\n",
              "what is typed is handed in before one goes elsewhere");
    script_is(":question members\ntype 90\n<Up>\n:assert 6/24\n:assert 90\n"
              ":assert De 1\n<Esc>\n<Up>\n:assert 5/24\n",
              "what is refused stays and says why; Esc gives it up");
}

static void choosing(void)
{
    script_is(":question water\n<Enter><Enter>\n:assert 3/24\n<BackTab>\n"
              ":assert ( ) R\n",
              "leaning on Enter chooses nothing");
    script_is(":question water\n<Down><Down><Enter>\n:assert 3/24\n<BackTab>\n"
              ":assert (x) Puits\n:assert ( ) Source\n",
              "arrows choose as well");
    script_is(":question quick\n1\n:assert 5/24\n<BackTab>\n:assert (x) Oui\n",
              "where the form says quick, a number goes on by itself");
    script_is(":question commune\n1\n:assert 5/24\n4\n<Enter>\n<BackTab>\n"
              ":assert (x) Tafoughalt\n",
              "a number of two digits waits for the second");
    script_is(":question water\n2\n<Tab>\n:assert 3/24\n<BackTab>\n"
              ":assert (x) Puits\n3\n<F2>\n:question water\n"
              ":assert (x) Source\n1\n<PageDown>\n:assert 3/24\n<PageUp>\n"
              ":assert (x) R\n2\n<F11>\n:question water\n"
              ":assert (x) Puits\n2 <F4>\n:assert Outline\n",
              "a number goes in whatever key leads away");
    script_is(":question commune\ntype zegz\n<Tab>\n<BackTab>\n"
              ":assert (x) Zegzel\ntype bou\n<Tab>\n<BackTab>\n"
              ":assert (x) Zegzel\ntype zz\n<Tab>\n:assert no choice is\n"
              ":assert 5/24\n",
              "so do letters that one choice has; of several none is meant");
    script_is(":question power\n1 \n3\n<Tab>\n<BackTab>\n:assert [x] Butane\n"
              ":assert [x] R\nn\n<Tab>\n<BackTab>\n:assert [x] Butane\n"
              ":assert [x] R\n:assert [ ] Pann\n",
              "of several choices likewise, and none is taken out");
    script_is(":question water\n9\n:assert no choice\n2\n<Enter>\n"
              ":assert 3/24\n<BackTab>\n:assert (x) Puits\n8\n<Enter>\n"
              ":assert no choice\n1\n<Enter>\n<BackTab>\n:assert (x) R\n",
              "after a number that no choice has, another begins");
    script_is(":question commune\ntype aghbal\n:assert 1/15\n<Backspace>\n"
              "<Backspace><Backspace><Backspace>\n:assert 2/15\n<Esc>\n"
              ":assert Zegzel\n:assert 5/24\n",
              "letters narrow the list, Backspace widens it, Esc empties");
    script_is(":form-language ar\n:question commune\ntype السعيديه\n<Enter>\n"
              ":form-language fr\n<BackTab>\n:assert (x) Sa\n",
              "Arabic letters are folded");
    script_is(":question power\n1 \n2\n<Enter>\n<BackTab>\n:assert [x] Pann\n"
              ":assert [x] R\n1 \n:assert [ ] R\n",
              "several: Space in and out, a number before Enter goes in too");
    script_is(":question power\n1 \n5 \n:assert [ ] Aucun\n2 \n"
              ":assert [x] Pann\n",
              "a choice that was refused leaves no number to type behind");
    script_is(":question ranked\n2 \n1 \n:assert 2  1. La route\n-\n"
              ":assert 1  1. L'eau\n",
              "ranks are given by Space and changed by + and -");
}

static void typing(void)
{
    script_is(":question members\ntype \xd9\xa5\n<Enter>\n<BackTab>\n"
              ":assert    5\n",
              "Arabic digits are stored as ASCII ones");
    script_is(":question income\ntype 200000\n<Enter>\n:assert 7/24\n"
              ":assert Est-ce bien le revenu\n<Enter>\n:assert 8/24\n"
              "<BackTab>\n:assert 200\n",
              "what is unusual is asked about, and kept by Enter again");
    script_is(":question income\ntype 12 500,5\n:assert 12 500,5\n<Enter>\n"
              ":assert 8/24\n",
              "a comma is a decimal sign");
    script_is(":question satisfied\n+++-\n:assert 1\n", "+ and - count");
    script_is(":question consent\n<Enter>\n<BackTab>\n:assert [x]\n \n"
              ":assert [x]\n",
              "Enter agrees; what is needed can't be taken back");
    script_is(":question place\n<F5>\n:assert letters of the place\n"
              "type zeg\n:assert no place has\n<Esc>\n:assert a point\n",
              "where no place is found it is said, Esc leaves the list");
}

static void lists(void)
{
    script_is(":question rooms\n3\n<Enter>\n:assert 19/24\n1\n<Enter>\n"
              ":assert 20/25\n:assert Le toit\n<Up>\n:assert 19/25\n2\n"
              "<Enter>\n:assert 20/24\n:assert Une radio\n",
              "a question of a list appears and goes with an answer");
    script_is(":question radio\n211\n:assert Membre\n<BackTab>\n"
              ":assert 22/24\n",
              "a number in a table chooses and goes down");
}

static void repeats(void)
{
    script_is(":question first_name\ntype Ali\n<Enter><Enter>\n:assert 1  Ali\n"
              "a\ntype Fatima\n<Enter>\n<Enter>\n:assert 2  Fatima\n"
              "<Up><Up>-\n:assert 1  Fatima\nd\n:assert Delete Fatima\n"
              "d\n:assert 1  Fatima\nd\ny\n:assert 1  Ali\n",
              "members are added, moved and deleted, never by one key");
    script_is(":question first_name\ntype Ali\n<Enter><Enter><Enter>\n"
              ":assert The end\n",
              "Enter goes on behind the last");
}

static void rosters(void)
{
    script_is(":question first_name\ntype Ali\n<Enter><Enter>a\ntype Sara\n"
              "<Enter>\n<Enter>\nt\n<Tab>\ntype 41\n<Enter>\n<Tab>\n"
              "type 900\n<Enter>\n:assert Moins de 120\n:assert 900\n<Esc>\n"
              "<F7>\n:assert 2 Sara   41\n<BackTab>\n<^U>\ntype Sarra\n"
              "<F4>\n:assert Outline\n<Esc>\n:assert 2  Sarra\nt<Esc>\n"
              ":assert No more\n",
              "members are typed into a table, and refused there too");
}

static void languages(void)
{
    script_is(":question water\n<F9>\n:assert 2/24\n<F9>\n"
              ":assert Where does your\n<F9>\n:assert vient l'eau\n",
              "the language changes where one is");
}

static void outline(void)
{
    script_is("<F4>\n/\ntype commune\n<Enter><Enter>\n:assert 5/24\n<F4>\n"
              "<Esc>\n:assert 5/24\n",
              "Enter in the outline goes there, Esc back");
    script_is("<F2>\n:assert open 7\n<Enter>\n:assert 1/24\n",
              "the last page counts what is open and goes there");
    script_is("<F2>\n:assert open 7\n:question power\n<Down><Down><Down>\n"
              "<F2>\n:assert open 7\n<Enter>\n:assert 1/24\n",
              "whatever choice the cursor was on before");
}

/* ---- whole records ---- */

/* COLUMN of the layer's only row, as text. Caller frees. */
static char *stored(const char *layer_name, const char *column)
{
    const twin_layer *layer = NULL;
    sqlite3_stmt *statement = NULL;
    buffer out = {0};
    ui_must(twin_layer_find(&layer, t->twin, layer_name), layer_name);
    char *sql = memory_format("SELECT \"%s\" FROM \"%s\" ORDER BY fid DESC",
                              column, layer_name);
    ui_must(twin_prepare(&statement, t->twin, sql, 0), sql);
    if (twin_step(t->twin, statement) == 1 && sqlite3_column_text(statement, 0))
        buffer_text(&out, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    free(sql);
    return out.data ? buffer_take(&out) : memory_string("");
}

static void stored_is(const char *layer, const char *column, const char *wanted)
{
    char *got = stored(layer, column);
    is_str(got, wanted, "%s.%s", layer, column);
    free(got);
}

/* Every key of an interview, as a person with the form on paper types it. */
static void whole_record(void)
{
    script_is("<Enter>\n"
              "type Fatima Aït Lahcen\n<Enter>\n"
              "2\n<Enter>\n"
              "1 3\n<Enter>\n"
              "1\n"
              "type zegz\n<Enter>\n"
              "type 50\n<Enter>\n<^U>\ntype 2\n<Enter>\n"
              "type 3 200,5\n<Enter>\n"
              "type 010526\n<Enter>\n"
              "type 1430\n<Enter>\n"
              "<Enter>\n"
              "type 8\n<Enter>\n"
              "2 1 3 \n<Enter>\n"
              "type 34.92 -2.32\n<Enter>\n"
              "<Enter>\n"
              "<Enter>\n"
              "type une ligne\n<^O>\ntype et une autre\n<Enter>\n"
              "<Enter>\n"
              "4\n<Enter>\n2\n<Enter>\n"
              "112\n"
              "type Ali\n<Enter>\ntype 41\n<Enter>\n"
              "a\ntype Sara\n<Enter>\ntype 9\n<Enter>\n"
              "<Enter>\n"
              ":assert The end\n:assert open 0, wrong 0\n<Enter>\n"
              ":assert Saved\n:assert Form\n",
              "a record is typed from its first question to the last");
    stored_is("kinds_record", "name", "Fatima Aït Lahcen");
    stored_is("kinds_record", "water", "well");
    stored_is("kinds_record", "power", "grid gas");
    stored_is("kinds_record", "quick", "yes");
    stored_is("kinds_record", "commune", "1131319");
    stored_is("kinds_record", "members", "2");
    stored_is("kinds_record", "income", "3200.5");
    stored_is("kinds_record", "visited", "2026-05-01");
    stored_is("kinds_record", "satisfied", "8");
    stored_is("kinds_record", "ranked", "road water school");
    stored_is("kinds_record", "consent", "OK");
    stored_is("kinds_record", "remark", "une ligne\net une autre");
    stored_is("kinds_record", "rooms", "4");
    stored_is("kinds_record", "fridge", "yes");
    stored_is("kinds_record", "car", "no");
    stored_is("kinds_record_member", "first_name", "Sara");
    stored_is("kinds_record_member", "age", "9");
}

/* From the row of its layer and from the list of them; the edit is of that
 * row. */
static void edit_a_record(void)
{
    ui_must(ui_script(t,
                      ":layer kinds_record\n<Enter>E\n:question members\n"
                      "<^U>\ntype 5\n<Enter>\n<Esc>\n:forms\n:assert (edit)\n"
                      "<Tab><Enter>\n<F2>\n<Enter>\n:assert Saved\n"
                      ":home\n:layer kinds_record\n:assert E form\nE\n"
                      ":question members\n:assert    5\n<Esc>\n"
                      ":assert Nothing was changed\n",
                      &(ui_options){.language = "fr"}),
            "edit");
    stored_is("kinds_record", "members", "5");
    stored_is("kinds_record", "name", "Fatima Aït Lahcen");
    ui_must(
        ui_script(t, ":layer household\n<Enter>E\n:assert no record\n", NULL),
        "a row of another layer");
}

static void discarding(void)
{
    script_is(":question name\ntype A jeter\n<Enter>\n<Esc>\n"
              ":assert Kept as a draft\n:assert A jeter\n<Tab>d\n"
              ":assert Discard for ever: A jeter\nd\n:assert A jeter\n"
              "d\ny\n:assert Discarded\n/\ntype A jeter\n<Enter>\n"
              ":assert not found\n",
              "a draft is discarded, never by one key");
}

/* A look at a form is no record. */
static void looking(void)
{
    ui_options o = {.language = "fr"};
    size_t before = 0, after = 0;
    draft_entry *list = NULL;
    arena *memory = NULL;
    ui_must(arena_new(&memory), "arena");
    ui_must(draft_list(&list, &before, t->twin, memory), "drafts");
    is_int(ui_script(t,
                     BEGIN "<PageDown>\n<PageDown>\n<Esc>\n"
                           ":assert Nothing was changed: no draft\n",
                     &o),
           TAWAM_OK, "a form looked at and left");
    is_int(ui_script(t,
                     BEGIN "<F8>\n<Esc>\n<F8>\n<Enter>\n<Esc>\n"
                           ":assert Nothing was changed: no draft\n",
                     &o),
           TAWAM_OK, "a note looked at, too");
    ui_must(draft_list(&list, &after, t->twin, memory), "drafts");
    is_int((long)after, (long)before, "leaves no draft behind");
    arena_free(memory);
}

/* Help leads to all other screens, so to the list of forms too. */
static void one_at_a_time(void)
{
    script_is(":question name\ntype Une\n<Enter>\n:help\n:forms\n<Enter>\n"
              ":assert a form is being filled below\n<Tab><Enter>\n"
              ":assert a form is being filled below\nqq\n:assert 2/24\n"
              "<F4>\n:assert Outline\n",
              "no second form above one that is being filled");
}

static void special_answers(void)
{
    script_is(":question water\n<^Q>\n:assert 3/24\n<BackTab>\n"
              ":assert (x) Ne sait pas\n<^R>\n:assert no such answer\n"
              ":assert 2/24\n",
              "not known is a key where the form has such an answer");
}

static void read_only(void)
{
    ui_options o = {.language = "fr", .read_only = 1};
    is_int(ui_script(t,
                     ":forms\n<Enter>\n:assert Read-only\nr\n"
                     ":assert Fatima\n",
                     &o),
           TAWAM_OK, "read-only: no form is filled, its records are shown");
}

/* The first letter typed on a number or date that stands takes its place. */
static void typed_over(void)
{
    script_is(":question visited\ntype 010526\n<Enter>\n:question visited\n"
              ":assert vendredi 1er mai\ntype 2/5/26\n<Enter>\n"
              ":question visited\n:assert samedi 2 mai\n",
              "a date is typed over");
    script_is(":question visited\ntype 010526\n<Enter>\n:question visited\n"
              "<Backspace>\ntype 5\n<Enter>\n:question visited\n"
              ":assert jeudi 1er mai 2025\n",
              "after any other key it is mended");
    script_is(":question name\ntype Une\n<Enter>\n<BackTab>\ntype  autre\n"
              "<Enter>\n<BackTab>\n:assert Une autre\n",
              "a text is gone on with");
}

/* ---- what can't be filled ---- */

static void unusable(void)
{
    shelf_form f = {.id = "newer",
                    .version = "2",
                    .title = "A form of next year",
                    .source = "",
                    .problem = "entities of 2031 are newer than this program",
                    .current = 1};
    ui_must(shelf_put(t->twin, &f, NULL, 0, NULL, 0), "shelf");
    is_int(ui_script(t,
                     ":forms\n/\ntype next year\n<Enter><Enter>\n"
                     ":assert can't be used\n:assert entities of 2031\n"
                     "a\n:assert Forms\n",
                     NULL),
           TAWAM_OK, "a form that this program can't use says why");
}

/* ---- appearances ---- */

static void golden_looks(void)
{
    static const struct {
        const char *name, *steps;
    } looks[] = {
        {"likert", ":question agree\n4\n"},
        {"columns", ":question colour\n<Down><Down><Right>\n"},
        {"packed", ":question colours\n"},
        {"long", ":question long\n"},
    };
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        char name[64];
        char *steps = memory_format(":forms\n<Enter>\n%s", looks[i].steps);
        snprintf(name, sizeof name, "fill_%s_80x24", looks[i].name);
        ui_golden(t, name, steps, 80, 24, "en");
        snprintf(name, sizeof name, "fill_%s_40x12", looks[i].name);
        ui_golden(t, name, steps, 40, 12, "en");
        free(steps);
    }
}

static void appearances(void)
{
    script_is(":question agree\n<Right><Right>\n:assert > 2\n4\n<Enter>\n"
              "<BackTab>\n:assert (x) R\n",
              "choices side by side: arrows and numbers");
    script_is(":question colour\n<Down><Down>\n:assert > 3\n<Right>\n"
              ":assert > 4\n<Up>\n:assert > 2\n",
              "in columns, arrows go by rows");
    script_is(":question cows\n++++-\n<Enter>\n:question twice\n:assert 6\n"
              "<Enter>\n:question cows\n:assert 3\n",
              "a counter counts, and what depends on it follows");
    script_is(":question stars\n+++++++\n:assert 5\n-\n:assert 4\n",
              "a range stays within its ends");
    script_is(":question built\n:assert Built in *\n"
              "<Enter>\n:assert ! Ask the owner when\n"
              ":assert leaves it open\n<Enter>\n:assert 7/9\n",
              "the form says why an answer is needed, once one goes on");
    script_is(":question built\ntype 1987\n<Enter>\ntype 3/99\n<Enter>\n"
              ":assert 8/9\n",
              "a year and a month are dates");
}

int main(int argc, char **argv)
{
    ui_set_up();
    t = ui_territory(ui_path("a"), 12);
    ui_record(t, "twelve households");
    put_form(t, "ui_fill.md", "kinds", "Toutes les questions");
    if (argc > 3) {
        int width = 80, height = 24;
        sscanf(argv[2], "%dx%d", &width, &height);
        ui_options o = {.language = argv[3], .width = width, .height = height};
        return ui_script(t, argv[1], &o) < 0;
    }
    golden_pages(80, 24, "fr");
    golden_pages(80, 24, "ar");
    golden_pages(40, 12, "fr");
    golden_pages(40, 12, "ar");
    golden_pages(120, 40, "en");
    golden_kinds();
    moving();
    typed_over();
    choosing();
    typing();
    lists();
    repeats();
    rosters();
    languages();
    outline();
    looking();
    special_answers();
    one_at_a_time();
    discarding();
    whole_record();
    edit_a_record();
    read_only();
    territory_close(t);
    t = ui_territory(ui_path("b"), 0);
    put_form(t, "ui_fill_looks.md", "looks", "Looks");
    golden_looks();
    appearances();
    unusable();
    territory_close(t);
    return done_testing();
}
