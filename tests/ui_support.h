/* SPDX-License-Identifier: MIT */
/* What the tests of the screens share: a small territory whose content never
 * changes, scripts run against it in memory, and screens compared with
 * tests/golden/NAME.txt and NAME.roles (UPDATE_GOLDEN=1 writes them anew).
 *
 * Words are the program's own, English: no catalogue is bound. Labels and data
 * are English, French and Arabic. Clock and randomness stand still. Runs of
 * hexadecimal digits (ids) are masked, since a commit's id depends on the zstd
 * library. */
#ifndef TAWAM_TESTS_UI_SUPPORT_H
#define TAWAM_TESTS_UI_SUPPORT_H

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/tap.h"
#include "ui/ui.h"
#include "work/territory.h"

#define UNUSED __attribute__((unused))

static char ui_folder[64]; /* of this test, removed at its end */

/* 2026-11-22 12:00 UTC */
#define UI_NOW INT64_C(1795348800000)

UNUSED static void ui_remove_folder(void)
{
    if (ui_folder[0])
        file_remove_tree(ui_folder);
}

UNUSED static void ui_set_up(void)
{
    setenv("TZ", "UTC", 1);
    unsetenv("LANGUAGE");
    unsetenv("NO_COLOR");
    setlocale(LC_ALL, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
    clock_fix(UI_NOW);
    random_seed_for_tests(7);
    strcpy(ui_folder, "/tmp/tawam-ui-XXXXXX");
    if (!mkdtemp(ui_folder))
        bail("no folder under /tmp");
    atexit(ui_remove_folder);
}

/* A path in the test's folder; good until the next but three. */
UNUSED static const char *ui_path(const char *name)
{
    static char paths[4][160];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", ui_folder, name);
    return path;
}

UNUSED static void ui_must(int error, const char *what)
{
    if (error < 0) {
        diag("%s: %s", what, error_message());
        bail("%s", what);
    }
}

UNUSED static void ui_label(twin *t, const char *layer, const char *column,
                            const char *choice, const char *fr, const char *ar)
{
    ui_must(twin_set_label(t, layer, column, choice, "fr", fr), "label");
    ui_must(twin_set_label(t, layer, column, choice, "ar", ar), "label");
}

UNUSED static void ui_declare_household(twin *t)
{
    const twin_column_definition columns[] = {
        {"name", TWIN_TEXT},       {"douar", TWIN_TEXT},
        {"members", TWIN_INTEGER}, {"water_source", TWIN_TEXT},
        {"power", TWIN_BOOLEAN},   {"visited", TWIN_DATE},
        {"income", TWIN_DECIMAL},  {"note", TWIN_TEXT}};
    ui_must(twin_layer_declare(t, "household", TWIN_POINT, columns, 8),
            "declare household");
    ui_label(t, "household", "", "", "Ménages", "الأسر");
    ui_label(t, "household", "name", "", "Nom", "الاسم");
    ui_label(t, "household", "douar", "", "Douar", "الدوار");
    ui_label(t, "household", "members", "", "Membres", "عدد الأفراد");
    ui_label(t, "household", "water_source", "", "Eau", "مصدر الماء");
    ui_label(t, "household", "water_source", "piped", "réseau", "شبكة");
    ui_label(t, "household", "water_source", "well", "puits", "بئر");
    ui_label(t, "household", "water_source", "tanker", "citerne", "صهريج");
    ui_label(t, "household", "power", "", "Électricité", "الكهرباء");
    ui_label(t, "household", "visited", "", "Visite", "تاريخ الزيارة");
}

UNUSED static twin_value ui_text(const char *text)
{
    return (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = text, .length = strlen(text)};
}

UNUSED static twin_value ui_whole(int64_t number)
{
    return (twin_value){.kind = TWIN_KIND_INTEGER, .integer = number};
}

UNUSED static int ui_column(const twin_layer *layer, const char *name)
{
    const twin_column *column = NULL;
    ui_must(twin_column_find(&column, layer, name), name);
    return column->id;
}

/* Household I, wholly determined by I. */
UNUSED static int64_t ui_add_household(twin *t, int i)
{
    static const char *const names[] = {"Fatima Aït Lahcen",  "محمد بن علي",
                                        "Hassan El Idrissi",  "عائشة لالة",
                                        "Youssef Berrada",    "خديجة الزهراوي",
                                        "Zahra N'Aït Ouaraïn"};
    static const char *const douars[] = {"Zegzel", "تافوغالت", "Aghbal",
                                         "أولاد بوعبد السيد"};
    static const char *const sources[] = {"piped", "well", "tanker"};
    const twin_layer *layer = NULL;
    char name[96], day[16];
    int64_t fid = 0;
    ui_must(twin_layer_find(&layer, t, "household"), "household");
    snprintf(name, sizeof name, "%s %d", names[i % 7], i + 1);
    snprintf(day, sizeof day, "2026-%02d-%02d", i % 12 + 1, i % 28 + 1);
    twin_cell cells[] = {
        {ui_column(layer, "name"), ui_text(name)},
        {ui_column(layer, "douar"), ui_text(douars[i % 4])},
        {ui_column(layer, "members"), ui_whole(i % 9 + 1)},
        {ui_column(layer, "water_source"), ui_text(sources[i % 3])},
        {ui_column(layer, "power"), ui_whole(i % 2)},
        {ui_column(layer, "visited"), ui_text(day)},
        {ui_column(layer, "income"),
         {.kind = TWIN_KIND_REAL, .real = 1250.5 * (i % 5 + 1)}},
        {ui_column(layer, "note"), ui_text(i % 6 ? "" : "à revoir")}};
    size_t count = i % 6 ? 7 : 8;
    ui_must(twin_row_insert(&fid, t, layer, cells, count), "insert");
    return fid;
}

/* A new replica in FOLDER with COUNT households, nothing recorded. */
UNUSED static territory *ui_territory(const char *folder, int count)
{
    static const sync_identity who = {.device = "laptop-1",
                                      .author_name = "Amina Berrada",
                                      .author_mail = "amina@example.org"};
    territory *t = memory_new(sizeof *t);
    ui_must(t ? twin_create(&t->twin, folder) : TAWAM_EMEMORY, "create");
    ui_must(sync_create(&t->sync, t->twin, &who), "log");
    t->directory = memory_string(folder);
    ui_declare_household(t->twin);
    ui_must(twin_begin(t->twin), "begin");
    for (int i = 0; i < count; i++)
        ui_add_household(t->twin, i);
    ui_must(twin_commit(t->twin), "commit");
    return t;
}

/* Record what is pending, so that the territory starts out at rest. */
UNUSED static void ui_record(territory *t, const char *message)
{
    char id[SYNC_ID_SIZE];
    ui_must(sync_record(id, NULL, t->sync, message), "record");
}

/* Run SCRIPT on T in memory; OPTIONS (may be NULL) for all else. */
UNUSED static int ui_script(territory *t, const char *script,
                            const ui_options *options)
{
    ui_options o = options ? *options : (ui_options){.language = "en"};
    ui_must(file_write_atomic(ui_path("script"), script, strlen(script)),
            "script");
    o.territory = t;
    o.backend = UI_MEMORY;
    o.script = ui_path("script");
    return ui_run(&o);
}

/* Digits of ids become '#'. */
UNUSED static void ui_mask(char *text)
{
    for (char *at = text; *at;) {
        size_t run = strspn(at, "0123456789abcdef");
        if (run >= 8)
            memset(at, '#', run);
        at += run ? run : 1;
    }
}

UNUSED static char *ui_read(const char *path)
{
    buffer b = {0};
    if (file_read(&b, path, 1 << 20) < 0) {
        buffer_free(&b);
        return memory_string("");
    }
    return buffer_take(&b);
}

/* Compare one saved file with its golden one. */
UNUSED static void ui_golden_file(const char *saved, const char *name,
                                  const char *extension)
{
    const char *top = getenv("TOP");
    char path[256];
    char *got = ui_read(saved);
    snprintf(path, sizeof path, "%s/tests/golden/%s.%s", top ? top : ".", name,
             extension);
    ui_mask(got);
    if (getenv("UPDATE_GOLDEN"))
        ui_must(file_write_atomic(path, got, strlen(got)), "golden");
    char *wanted = ui_read(path);
    if (!ok(strcmp(got, wanted) == 0 && *got, "%s.%s is as it was", name,
            extension)) {
        char *line = got, *other = wanted;
        for (int y = 1; *line || *other; y++) {
            size_t a = strcspn(line, "\n"), b = strcspn(other, "\n");
            if (a != b || memcmp(line, other, a) != 0) {
                diag("line %d is      |%.*s|", y, (int)a, line);
                diag("line %d was     |%.*s|", y, (int)b, other);
            }
            line += a + (line[a] == '\n');
            other += b + (other[b] == '\n');
        }
    }
    free(got);
    free(wanted);
}

/* Run STEPS at COLUMNS x ROWS, then compare the screen and its roles. */
UNUSED static void ui_golden(territory *t, const char *name, const char *steps,
                             int columns, int rows, const char *language)
{
    ui_options o = {.language = language, .width = columns, .height = rows};
    char *script = memory_format("%s:save-screen %s\n:save-roles %s\n:quit\n",
                                 steps, ui_path("screen"), ui_path("roles"));
    int error = ui_script(t, script, &o);
    if (error < 0)
        diag("%s", error_message());
    ok(error == TAWAM_OK, "the script of %s runs", name);
    ui_golden_file(ui_path("screen"), name, "txt");
    ui_golden_file(ui_path("roles"), name, "roles");
    free(script);
}

#endif
