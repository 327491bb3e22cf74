/* SPDX-License-Identifier: MIT */
/* What the sweeps disturb, and the states it starts from. */
#ifndef TAWAM_TESTS_FAULT_OPERATIONS_H
#define TAWAM_TESTS_FAULT_OPERATIONS_H

#include "tests/fault/sweep.h"

/* The conflict that "settle" settles: its id is made of random row ids. */
static char conflict_id[17] = "?";

static const operation OPERATIONS[] = {
    {.name = "set",
     .state = "start",
     .who = "field",
     .words = {"set", "water_point", "code=WP02", "name=Swept",
               "state=broken"}},
    {.name = "add",
     .state = "start",
     .who = "field",
     .words = {"add", "water_point", "code=NEW", "name=Added", "state=good"},
     .once = 1},
    {.name = "delete",
     .state = "start",
     .who = "field",
     .words = {"delete", "water_point", "code=WP39"},
     .once = 1},
    {.name = "record",
     .state = "edited",
     .who = "field",
     .words = {"commit", "-m", "edited in the field"}},
    {.name = "push",
     .state = "recorded",
     .who = "field",
     .words = {"sync"},
     .meets = 1},
    {.name = "stick",
     .state = "recorded",
     .who = "field",
     .words = {"sync", "work/stick"},
     .meets = 1,
     .remote = "stick"},
    {.name = "pull",
     .state = "pushed",
     .who = "desk",
     .words = {"sync"},
     .meets = 1,
     .between = {{"commit"}}},
    {.name = "import",
     .state = "start",
     .who = "field",
     .words = {"import", "more.csv", "--layer", "water_point", "--key",
               "code"}},
    {.name = "layer", /* a layer made, another form's */
     .state = "start",
     .who = "field",
     .words = {"import", "lamp.csv", "--layer", "street_light", "--key",
               "code"}},
    {.name = "widen", /* a form with more columns reaches a replica */
     .state = "widened",
     .who = "desk",
     .words = {"sync"},
     .meets = 1,
     .between = {{"commit"}}},
    {.name = "settle",
     .state = "conflict",
     .who = "desk",
     .words = {"settle", conflict_id, "--take", "1"},
     .once = 1},
    {.name = "revert",
     .state = "recorded",
     .who = "field",
     .words = {"revert", "HEAD"},
     .once = 1},
    {.name = "labels",
     .state = "start",
     .who = "desk",
     .words = {"labels", "labels.csv"}},
    {.name = "export",
     .state = "start",
     .who = "field",
     .words = {"export", "water_point", "-o", "work/out/points.csv"},
     .file = "work/out/points.csv"},
    {.name = "save",
     .state = "start",
     .who = "field",
     .words = {"save", "work/out/whole.gpkg"},
     .once = 1,
     .file = "work/out/whole.gpkg"},
    {.name = "publish",
     .state = "start",
     .who = "desk",
     .words = {"publish", "--version", VERSION, "-m", "the first"},
     .once = 1,
     .merges = 1,
     .between = {{"commit"}}},
    {.name = "publish-push",
     .state = "published",
     .who = "desk",
     .words = {"sync"},
     .meets = 1},
    {.name = "form-publish",
     .state = "start",
     .who = "desk",
     .words = {"form", "publish", "well.md"}},
    {.name = "form-pull", /* the form, and what its layers are called */
     .state = "formed",
     .who = "field",
     .words = {"sync"},
     .only_full = 1,
     .meets = 1,
     .between = {{"commit"}}},
    {.name = "form-import", /* records, rows of a repeat, entities */
     .state = "formed",
     .who = "desk",
     .words = {"form", "import", "well", "wells.csv", "--repeat",
               "user=users.csv"}},
    {.name = "attach",
     .state = "attached", /* another one: the column is there */
     .who = "field",
     .words = {"attach", "water_point", "code=WP02", "photo=photo.bin"}},
    {.name = "attach-push", /* the row, then the file on its own branch */
     .state = "attached",
     .who = "field",
     .words = {"sync"},
     .meets = 1,
     .between = {{"commit"}}},
    {.name = "repair-log",
     .state = "log-damaged",
     .who = "field",
     .words = {"repair"},
     .damaged = 1},
    {.name = "repair-replica",
     .state = "replica-damaged",
     .who = "field",
     .words = {"repair"},
     .damaged = 1},
    {.name = "clone",
     .state = "start",
     .who = "third",
     .words = {"clone", "work/hq.git", "work/third", "--device", "third",
               "--author", "Third <third@example.org>"},
     .once = 1,
     .remote = "hq.git"},
};
static const operation CARELESS = {.name = "careless",
                                   .state = "start",
                                   .who = "field",
                                   .words = {"careless"}};
enum { OPERATION_COUNT = sizeof OPERATIONS / sizeof *OPERATIONS };

static void write_csv(const char *path, const char *head, const char *prefix,
                      int first, int last, const char *rest)
{
    FILE *file = fopen(path, "w");

    fprintf(file, "%s\n", head);
    for (int i = first; i <= last; i++)
        fprintf(file, "%s%02d,Point %d,%s,34.%03d,-2.%03d\n", prefix, i, i,
                rest, 800 + i, 300 + i);
    if (fclose(file) != 0)
        bail("cannot write %s", path);
}

static const char LABELS[] = "layer,column,choice,fr\n"
                             "water_point,,,Point d'eau\n"
                             "water_point,state,good,Bon\n"
                             "water_point,state,broken,En panne\n";

static const char FORM[] = "| survey |\n"
                           "| | type | name | label | save_to |\n"
                           "| | text | name | Nom | title |\n"
                           "| | select_one s | state | Etat | state |\n"
                           "| | begin_repeat | user | Usager | |\n"
                           "| | text | first | Nom | |\n"
                           "| | end_repeat | | | |\n"
                           "| choices |\n"
                           "| | list_name | name | label |\n"
                           "| | s | good | Bon |\n"
                           "| | s | broken | En panne |\n"
                           "| settings |\n"
                           "| | form_id | version |\n"
                           "| | well | 1 |\n"
                           "| entities |\n"
                           "| | list_name | label |\n"
                           "| | well | ${name} |\n";
static const char WELLS[] = "id,name,state\n1,Ain,good\n2,Bir,broken\n"
                            "3,Oued,good\n";
static const char USERS[] = "id,first\n1,Ali\n1,Sara\n3,Nour\n";

static void write_text(const char *path, const char *text)
{
    if (file_write_atomic(path, text, strlen(text)) < 0)
        bail("cannot write %s", path);
}

static void find_conflict(void)
{
    static const char *const words[WORDS] = {"conflicts", "--json"};
    const char *id;

    must_run("desk", words);
    id = strstr(output(said_fd), "\"id\":\"");
    if (!id)
        bail("no conflict in %s", output(said_fd));
    snprintf(conflict_id, sizeof conflict_id, "%.16s", id + 6);
}

static void make_files(void)
{
    char photo[20000];

    write_csv("points.csv", "code,name,state,latitude,longitude", "WP", 1, 40,
              "good");
    write_csv("more.csv", "code,name,state,depth,latitude,longitude", "WP", 30,
              50, "poor,7");
    write_csv("lamp.csv", "code,name,watts,latitude,longitude", "L", 1, 9,
              "40");
    for (size_t i = 0; i < sizeof photo; i++)
        photo[i] = (char)(i * i * 31 + i / 7);
    if (file_write_atomic("photo.bin", photo, sizeof photo) < 0)
        bail("cannot write photo.bin");
    write_text("labels.csv", LABELS);
    write_text("well.md", FORM);
    write_text("wells.csv", WELLS);
    write_text("users.csv", USERS);
}

/* The field's log loses the files of a folder of objects, or half of each
 * pack: what it had fetched, and HQ still has. */
static void damage_log(void)
{
    if (system("cd work/field/log.git/objects && for f in pack/*.pack; do "
               "[ ! -e $f ] || truncate -s 300 $f; done; "
               "keep=$(cat ../refs/heads/device/field | cut -c1-2); "
               "for d in ??; do [ $d = $keep ] || { rm -r $d; break; }; done"))
        bail("cannot damage the log");
}

/* A byte of a recorded row in the field's replica is another. */
static void damage_replica(void)
{
    if (system("cd work/field && at=$(grep -abo 'Point 20' twin.gpkg | "
               "head -n 1 | cut -d: -f1) && printf X | dd of=twin.gpkg bs=1 "
               "seek=$at conv=notrunc 2>/dev/null"))
        bail("cannot damage the replica");
}

/* What is recorded later is shown first, by the second, and each commit is at
 * least a second past its parents: wait until the wall clock is past them all,
 * so that what the trials record is the latest, however fast they come. */
static void await_clock(void)
{
    if (system("while [ $(git --git-dir=work/hq.git log --all --format=%ct | "
               "sort -n | tail -n 1) -ge $(date +%s) ]; do sleep 0.1; done"))
        bail("cannot read the times of commits");
}

/* 40 rows at HQ's desk, cloned by the field; then as the names say. */
static void make_states(void)
{
    make_files();
    PREPARE("desk", "init", "work/desk", "--name", "Sweep", "--device", "desk",
            "--author", "Desk <desk@example.org>", "--bare-remote",
            "work/hq.git");
    PREPARE("desk", "import", "points.csv", "--layer", "water_point");
    PREPARE("desk", "sync");
    PREPARE("field", "clone", "work/hq.git", "work/field", "--device", "field",
            "--author", "Field <field@example.org>");
    PREPARE("field", "set", "water_point", "code=WP01", "name=Before all",
            "state=broken");
    keep("start"); /* one answer saved, nothing recorded */
    PREPARE("desk", "set", "water_point", "code=WP05", "name=For version one");
    PREPARE("desk", "publish", "--version", VERSION, "-m", "the first");
    keep("published");
    restore("start");
    PREPARE("desk", "form", "publish", "well.md");
    PREPARE("desk", "sync");
    keep("formed");
    restore("start");
    PREPARE("field", "attach", "water_point", "code=WP01", "photo=photo.bin",
            "--create");
    keep("attached");
    restore("start");
    PREPARE("field", "import", "more.csv", "--layer", "water_point", "--key",
            "code");
    PREPARE("field", "sync");
    PREPARE("desk", "set", "water_point", "code=WP03", "name=Pending");
    keep("widened");
    restore("start");
    PREPARE("field", "set", "water_point", "code=WP02", "name=Swept",
            "state=broken");
    PREPARE("field", "delete", "water_point", "code=WP39");
    keep("edited");
    PREPARE("field", "commit", "-m", "edited in the field");
    mkdir("work/stick", 0777);
    keep("recorded");
    PREPARE("field", "sync");
    PREPARE("desk", "set", "water_point", "code=WP02", "name=Desk has it");
    PREPARE("desk", "set", "water_point", "code=WP03", "name=Pending");
    keep("pushed");
    damage_log();
    keep("log-damaged");
    restore("pushed");
    damage_replica();
    keep("replica-damaged");
    restore("pushed");
    PREPARE("desk", "sync");
    find_conflict();
    keep("conflict");
    await_clock();
}

/* Each of OPERATIONS that the run is of, disturbed as sweep() says. */
static void sweep_all(tally *sum, const fault_mode *modes, size_t mode_count,
                      size_t most)
{
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (sweep_wanted(OPERATIONS[i].name))
            sweep(sum, &OPERATIONS[i], modes, mode_count, most);
}

/* The main() of a sweep of faults that the program must survive or answer with
 * an error. REPORT names the sweep; its figures are filled in here. */
__attribute__((unused)) static int
sweep_of_faults(char **words, const fault_mode *modes, size_t mode_count,
                size_t most, reliability report)
{
    tally sum = {0};
    char controls[200];

    sweep_begin(words);
    make_states();
    shim.under(sweep_top);
    sweep_all(&sum, modes, mode_count, most);
    snprintf(controls, sizeof controls,
             "%ld of %ld ended the command with an error, %ld were survived, "
             "leaving %ld states",
             sum.failed, sum.trials, sum.done, sum.states);
    report.trials = sum.trials;
    report.losses = sum.losses;
    report.controls = controls;
    reliability_report(&report);
    sweep_end();
    return done_testing();
}

#endif
