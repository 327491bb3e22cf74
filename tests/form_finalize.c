/* SPDX-License-Identifier: MIT */
/* Finishing: a draft becomes rows and entities, all or nothing. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include "form/layout.h"
#include "tests/form_store.h"

static const char *const FAMILY =
    "| survey |\n"
    "| | type | name | label | relevant | calculation | required | constraint"
    " |\n"
    "| | start | start | | | | | |\n"
    "| | end | end | | | | | |\n"
    "| | text | head | Head | | | yes | |\n"
    "| | integer | people | People | | | yes | . < 100 |\n"
    "| | decimal | income | Income | | | | |\n"
    "| | date | born | Born | | | | |\n"
    "| | dateTime | met | Met | | | | |\n"
    "| | time | wakes | Wakes | | | | |\n"
    "| | select_multiple yn | both | Both | | | | |\n"
    "| | geopoint | home | Home | | | | |\n"
    "| | geotrace | way | Way | | | | |\n"
    "| | select_one yn | water | Water? | | | | |\n"
    "| | text | source | Source | ${water} = 'yes' | | | |\n"
    "| | begin repeat | member | Member | | | | |\n"
    "| | text | name | Name | | | | |\n"
    "| | integer | age | Age | | | | |\n"
    "| | geopoint | spot | Spot | | | | |\n"
    "| | begin repeat | job | Job | | | | |\n"
    "| | text | title | Title | | | | |\n"
    "| | end repeat | | | | | | |\n"
    "| | end repeat | | | | | | |\n"
    "| | calculate | sum | | | sum(${age}) | | |\n"
    "| choices |\n"
    "| | list_name | name | label |\n"
    "| | yn | yes | Yes |\n"
    "| | yn | no | No |\n"
    "| settings |\n"
    "| | form_id | version | instance_name |\n"
    "| | family | 3 | concat('Family ', ${head}) |\n";

static char *folder;
static twin *t;

/* What SQL's first row has, its columns with "|" between. */
static const char *one(const char *sql)
{
    static char text[4096];
    sqlite3_stmt *s = NULL;
    size_t used = 0;
    text[0] = '\0';
    if (sqlite3_prepare_v2(twin_database(t), sql, -1, &s, NULL))
        bail("%s: %s", sql, sqlite3_errmsg(twin_database(t)));
    while (sqlite3_step(s) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            const char *v = (const char *)sqlite3_column_text(s, i);
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                     used ? "|" : "", v ? v : "NULL");
        }
    sqlite3_finalize(s);
    return text;
}

static int64_t finish(draft *d, const char *what)
{
    int64_t fid = 0;
    ok_code(draft_finalize(&fid, d), "finished: %s", what);
    draft_free(d);
    return fid;
}

static draft *family(const form *f)
{
    draft *d = store_draft(t, f);
    store_say_all(d, (const store_answer[]){
                         {"/data/head", "Fatima"},
                         {"/data/people", "3"},
                         {"/data/income", "12.5"},
                         {"/data/born", "1970-05-01"},
                         {"/data/met", "2026-05-31T14:30:00.000+01:00"},
                         {"/data/wakes", "05:30:00.000+01:00"},
                         {"/data/both", "yes no"},
                         {"/data/home", "34.9 -2.3 560.5 4.5"},
                         {"/data/way", "34.9 -2.3 0 0; 34.8 -2.2 0 0"},
                         {"/data/water", "yes"},
                         {"/data/source", "the well"},
                         {NULL, NULL}});
    store_first(d, "/data", "member");
    store_add(d, "/data", "member");
    store_say(d, "/data/member[1]/name", "Ali");
    store_say(d, "/data/member[1]/age", "40");
    store_say(d, "/data/member[2]/name", "Zohra");
    store_say(d, "/data/member[2]/age", "12");
    store_say(d, "/data/member[2]/spot", "35.1 -2.1 0 0");
    store_first(d, "/data/member[2]", "job");
    store_say(d, "/data/member[2]/job[1]/title", "pupil");
    return d;
}

/* Children are found without reading all of them. */
static void like_plan(void)
{
    sqlite3_stmt *s = NULL;
    const char *plan = "";
    sqlite3_prepare_v2(twin_database(t),
                       "EXPLAIN QUERY PLAN SELECT fid FROM"
                       " family_record_member WHERE family_record_uuid = ?1",
                       -1, &s, NULL);
    if (sqlite3_step(s) == SQLITE_ROW)
        plan = (const char *)sqlite3_column_text(s, 3);
    ok(strstr(plan, "INDEX") != NULL, "children are found by an index: %s",
       plan);
    sqlite3_finalize(s);
}

static void test_row(const form *f)
{
    draft *d = family(f);
    int64_t fid;
    char uuid[37];
    store_say(d, "/data/water", "no");
    draft_set_note(d, "/data/head", "asked\ntwice", 1);
    draft_audit_set(d, "\1abc", 4);
    twin_uuid_from_fid(uuid, draft_row(NULL, d));
    is_str(strchr(store_value(draft_record(d), "/data/meta/instanceID"), ':') +
               1,
           uuid, "the instanceID is that of the row to be");
    fid = finish(d, "a family");
    is_str(one("SELECT head, people, income, typeof(income), born, met, wakes,"
               " \"both\", home, home_altitude, home_accuracy,"
               " ST_AsText(geom), way, water, source, sum, instanceName,"
               " form_version, instance_id, deprecated_id, typeof(audit),"
               " start IS NOT NULL, \"end\" >= start"
               " FROM family_record"),
           "Fatima|3|12.5|real|1970-05-01|2026-05-31T13:30:00.000Z"
           "|05:30:00.000+01:00|yes no|NULL|560.5|4.5|POINT (-2.3 34.9)"
           "|34.9 -2.3 0.0 0.0; 34.8 -2.2 0.0 0.0|no|NULL|52|Family Fatima|3"
           "|NULL|NULL|blob|1|1",
           "each answer by its type, what is hidden is not there");
    is_str(one("SELECT note FROM family_record"), "! /data/head: asked\n twice",
           "its note");
    is_str(one("SELECT uuid FROM family_record"), uuid, "its uuid");
    is_str(
        one("SELECT m.position, m.name, m.age, m.family_record_uuid = r.uuid,"
            " ST_AsText(m.geom), spot FROM family_record_member m,"
            " family_record r ORDER BY m.position"),
        "1|Ali|40|1|NULL|NULL|2|Zohra|12|1|POINT (-2.1 35.1)|NULL",
        "a row each member");
    is_str(one("SELECT j.title, m.name FROM family_record_member_job j JOIN"
               " family_record_member m ON m.uuid ="
               " j.family_record_member_uuid WHERE j.title IS NOT NULL"),
           "pupil|Zohra", "and each job of a member");
    is_str(one("SELECT count(*) FROM tawam_draft"), "0", "the draft is gone");
    is_str(one("SELECT count(*) FROM tawam_draft_value"), "0", "all of it");
    {
        int drifted = 1;
        ok_code(twin_begin(t), "a record of what is pending");
        ok_code(twin_pending_prepare(t, &drifted), "finds the layers as they "
                                                   "should be");
        is_int(drifted, 0, "none has drifted");
        twin_commit(t);
    }
    like_plan();
    (void)fid;
}

static void test_open(const form *f)
{
    draft *d = NULL;
    draft_faults faults;
    int64_t fid = 0;
    draft_new(&d, t, f, &STORE_AROUND);
    is_int(draft_finalize(&fid, d), TAWAM_ENO, "what is open is not finished");
    is_str(error_message(),
           "2 answers are missing and 0 are wrong; the first, /data/head: an "
           "answer is required",
           "it says what");
    ok_code(draft_check(&faults, d), "checked");
    is_int(faults.required, 2, "two");
    ok(faults.first == record_find(draft_record(d), "/data/head"),
       "and which first");
    store_say(d, "/data/head", "Ali");
    store_say(d, "/data/people", "2");
    finish(d, "then it is");
}

/* ---- edits ---- */

static void test_edit(const form *f)
{
    draft *d = family(f), *again = NULL;
    int64_t fid, id;
    char sql[256];
    const char *text = NULL;
    int flagged = 0, edits = 0;
    record_outcome outcome;
    buffer before = {0}, after = {0};
    draft_set_note(d, "/data/member[2]/age", "a\nguess", 1);
    fid = finish(d, "one to edit");
    twin_pending_clear(t);
    d = NULL;
    ok_code(draft_edit(&d, t, f, fid, &STORE_AROUND), "edited");
    is_int(draft_row(&edits, d), fid, "the same row");
    is_int(edits, 1, "is there");
    draft_note(&text, &flagged, d, "/data/member[2]/age");
    is_str(text, "a\nguess", "its notes are there");
    store_dump(&before, draft_record(d));
    id = draft_id(d);
    draft_free(d);
    ok_code(draft_edit(&again, t, f, fid, &STORE_AROUND), "once more");
    is_int(draft_id(again), id, "that is the draft under way");
    store_dump(&after, draft_record(again));
    is_str((char *)after.data, (char *)before.data, "as it was");
    d = again;
    store_say(d, "/data/member[2]/age", "13");
    ok_code(
        draft_remove_repeat(d, record_find(draft_record(d), "/data/member[1]")),
        "a member leaves");
    draft_answer(&outcome, d, record_find(draft_record(d), "/data/income"), "");
    finish(d, "the edit");
    snprintf(sql, sizeof sql,
             "SELECT people, income, sum, deprecated_id = 'uuid:' || uuid,"
             " instance_id LIKE 'uuid:%%-4%%', (SELECT group_concat(name || age"
             " || position) FROM family_record_member m WHERE"
             " m.family_record_uuid = r.uuid) FROM family_record r WHERE"
             " fid = %lld",
             (long long)fid);
    is_str(one(sql), "3|NULL|13|1|1|Zohra131", "cells that differ");
    is_str(one("SELECT count(*) FROM tawam_pending_cell WHERE before = 12.5"),
           "1", "the value before is there for the log");
    is_str(one("SELECT group_concat(existed) FROM tawam_pending_row"),
           "1,1,1,1", "no row was made anew");
    twin_pending_clear(t);
    clock_fix(clock_now() + 1000);
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    finish(d, "an edit of nothing");
    clock_source(NULL);
    {
        twin_pending_counts counts;
        twin_pending_count(t, &counts);
        /* `end` is the time of its end, another than before. */
        is_int(counts.inserted + counts.deleted, 0, "makes no rows");
    }
    is_str(one(sql), "3|NULL|13|0|1|Zohra131",
           "the instanceID before is that of the first edit");
    buffer_free(&before);
    buffer_free(&after);
}

/* Somebody else changes the row while it is edited. */
static void test_meanwhile(const form *f)
{
    draft *d = family(f);
    int64_t fid = finish(d, "one that two change");
    size_t count = 0;
    const char *const *warnings;
    char sql[1024];
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    store_say(d, "/data/people", "7");
    store_say(d, "/data/member[2]/age", "20");
    snprintf(
        sql, sizeof sql,
        "UPDATE family_record SET people = 5, income = 99 WHERE fid = %lld;"
        "UPDATE family_record_member SET name = 'Zahra' WHERE name ="
        " 'Zohra' AND family_record_uuid = (SELECT uuid FROM"
        " family_record WHERE fid = %lld);"
        "DELETE FROM family_record_member WHERE name = 'Ali' AND"
        " family_record_uuid = (SELECT uuid FROM family_record WHERE"
        " fid = %lld);"
        "INSERT INTO family_record_member (uuid, name, position,"
        " family_record_uuid) SELECT 'u', 'new', 3, uuid FROM"
        " family_record WHERE fid = %lld",
        (long long)fid, (long long)fid, (long long)fid, (long long)fid);
    ok_code(twin_execute(t, sql), "changed meanwhile");
    ok_code(draft_finalize(&fid, d), "the edit");
    warnings = draft_warnings(&count, d);
    is_int(count, 1, "says one thing");
    is_str(count ? warnings[0] : "",
           "changed by somebody else meanwhile, to '5'; this edit stands",
           "what both changed");
    draft_free(d);
    snprintf(sql, sizeof sql,
             "SELECT people, income, (SELECT group_concat(name || ' ' ||"
             " coalesce(age, '-')) FROM (SELECT * FROM family_record_member m"
             " WHERE m.family_record_uuid = r.uuid ORDER BY name)) FROM"
             " family_record r WHERE fid = %lld",
             (long long)fid);
    is_str(one(sql), "7|99.0|Zahra 20,new -",
           "all that the other changed and this edit did not stays");
    twin_execute(t, "DELETE FROM family_record_member WHERE uuid = 'u'");
}

/* ---- entities ---- */

static const char *const REGISTER =
    "| survey |\n"
    "| | type | name | label | save_to |\n"
    "| | text | called | Name | called |\n"
    "| | decimal | flow | Flow | flow |\n"
    "| | geopoint | place | Where | geometry |\n"
    "| settings |\n"
    "| | form_id |\n"
    "| | wp_new |\n"
    "| entities |\n"
    "| | list_name | label |\n"
    "| | wp | ${called} |\n";

static const char *const VISIT =
    "| survey |\n"
    "| | type | name | label | save_to | relevant |\n"
    "| | csv-external | wp | | | |\n"
    "| | text | which | Which | | |\n"
    "| | text | why | Why | | |\n"
    "| | decimal | flow | Flow | flow | |\n"
    "| | text | state | State | state | ${why} != 'nothing' |\n"
    "| settings |\n"
    "| | form_id |\n"
    "| | wp_visit |\n"
    "| entities |\n"
    "| | list_name | entity_id | label |\n"
    "| | wp | ${which} | |\n";

static const char *const UPSERT =
    "| survey |\n"
    "| | type | name | label | save_to |\n"
    "| | csv-external | wp | | |\n"
    "| | text | which | Which | |\n"
    "| | text | really | Really | |\n"
    "| | text | state | State | state |\n"
    "| settings |\n"
    "| | form_id |\n"
    "| | wp_upsert |\n"
    "| entities |\n"
    "| | list_name | entity_id | create_if | update_if | label |\n"
    "| | wp | ${which} | ${really} = 'yes' | ${really} != 'no' |"
    " ${which} |\n";

static const char *const SEVERAL =
    "| survey |\n"
    "| | type | name | label | save_to |\n"
    "| | text | street | Street | road#street |\n"
    "| | begin repeat | lamp | Lamp | |\n"
    "| | text | code | Code | lamp#code |\n"
    "| | integer | watts | Watts | lamp#watts |\n"
    "| | end repeat | | | |\n"
    "| settings |\n"
    "| | form_id |\n"
    "| | street |\n"
    "| entities |\n"
    "| | list_name | label | repeat |\n"
    "| | road | ${street} | |\n"
    "| | lamp | ${code} | ${lamp} |\n";

static void test_create(void)
{
    form *f = store_form(REGISTER);
    draft *d = NULL;
    int64_t fid;
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/called", "Ain Sfa");
    store_say(d, "/data/flow", "2.5");
    store_say(d, "/data/place", "34.9 -2.3 0 0");
    fid = finish(d, "an entity made");
    is_str(one("SELECT w.label, w.called, w.flow, ST_AsText(w.geom),"
               " w.uuid = r.wp_uuid, r.wp_action, r.wp_label FROM wp w,"
               " wp_new_record r"),
           "Ain Sfa|Ain Sfa|2.5|POINT (-2.3 34.9)|1|create|Ain Sfa",
           "it is in its list");
    /* Someone measures the flow; then the record's spelling is mended. */
    twin_execute(t, "UPDATE wp SET flow = 9.5");
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    store_say(d, "/data/called", "Ain Sfaa");
    finish(d, "the record that made it, edited");
    is_str(one("SELECT label, called, flow, count(*) OVER () FROM wp"),
           "Ain Sfaa|Ain Sfaa|9.5|1",
           "changes what the edit changed, nothing else");
    form_free(f);
}

static void test_update(void)
{
    form *f = store_form(VISIT);
    draft *d = NULL;
    size_t count = 0;
    int64_t fid = 0;
    char uuid[64];
    const char *const *warnings;
    snprintf(uuid, sizeof uuid, "%s", one("SELECT uuid FROM wp"));
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/which", uuid);
    store_say(d, "/data/flow", "1.5");
    store_say(d, "/data/state", "broken");
    finish(d, "an entity updated");
    is_str(one("SELECT label, flow, state FROM wp"), "Ain Sfaa|1.5|broken",
           "what is saved to it, its label stays");
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/which", uuid);
    store_say(d, "/data/why", "nothing");
    finish(d, "another visit");
    is_str(one("SELECT flow, state FROM wp"), "NULL|broken",
           "an empty answer empties, one that is not relevant does nothing");
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/which", "7f3f3f3f-0000-4000-8000-000000000001");
    store_say(d, "/data/flow", "3");
    ok_code(draft_finalize(&fid, d), "a visit to one that is gone is finished");
    warnings = draft_warnings(&count, d);
    is_int(count, 1, "it says so");
    ok(count && strstr(warnings[0], "7f3f3f3f-0000-4000-8000-000000000001") &&
           strstr(warnings[0], "wp"),
       "with its list and number");
    is_str(one("SELECT count(*) FROM wp"), "1", "none is made instead");
    is_str(one("SELECT note LIKE '! /data/meta/entity: wp 7f3f%' FROM"
               " wp_visit_record WHERE flow = 3"),
           "1", "and it stands with the record");
    draft_free(d);
    form_free(f);
}

static void test_upsert(void)
{
    form *f = store_form(UPSERT);
    static const char *const id = "7f3f3f3f-0000-4000-8000-000000000002";
    static const char *const really[] = {"no", "yes", "perhaps"};
    static const char *const want[] = {"", "s1", "s2"};
    for (int i = 0; i < 3; i++) {
        draft *d = NULL;
        char state[16], sql[128];
        snprintf(state, sizeof state, "s%d", i);
        draft_new(&d, t, f, &STORE_AROUND);
        store_say(d, "/data/which", id);
        store_say(d, "/data/really", really[i]);
        store_say(d, "/data/state", state);
        finish(d, really[i]);
        snprintf(sql, sizeof sql, "SELECT state FROM wp WHERE uuid = '%s'", id);
        is_str(one(sql), want[i], "an upsert, %s", really[i]);
    }
    form_free(f);
}

/* A record that made nothing says "new" when it is edited. */
static void test_made_by_edit(void)
{
    form *f = store_form(UPSERT);
    draft *d = NULL;
    int64_t fid;
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/which", "7f3f3f3f-0000-4000-8000-000000000003");
    store_say(d, "/data/really", "no");
    store_say(d, "/data/state", "dry");
    fid = finish(d, "a record that makes nothing");
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    store_say(d, "/data/really", "yes");
    finish(d, "it makes one after all");
    is_str(one("SELECT label, state FROM wp WHERE uuid LIKE '%-000000000003'"),
           "7f3f3f3f-0000-4000-8000-000000000003|dry",
           "the edit makes the entity, with all that it says");
    twin_execute(t, "DELETE FROM wp WHERE uuid LIKE '%-000000000003'");
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    store_say(d, "/data/state", "wet");
    finish(d, "another edit, once it was deleted");
    is_str(one("SELECT count(*) FROM wp WHERE uuid LIKE '%-000000000003'"), "0",
           "what the record made once is not made again");
    form_free(f);
}

static void test_several(void)
{
    form *f = store_form(SEVERAL);
    draft *d = NULL;
    draft_new(&d, t, f, &STORE_AROUND);
    store_say(d, "/data/street", "Rue 1");
    store_first(d, "/data", "lamp");
    store_add(d, "/data", "lamp");
    store_say(d, "/data/lamp[1]/code", "L1");
    store_say(d, "/data/lamp[1]/watts", "60");
    store_say(d, "/data/lamp[2]/code", "L2");
    finish(d, "two lists, one in a repeat");
    is_str(one("SELECT label, street FROM road"), "Rue 1|Rue 1", "a road");
    is_str(one("SELECT label, code, watts FROM lamp ORDER BY code"),
           "L1|L1|60|L2|L2|NULL", "a lamp each instance");
    is_str(one("SELECT count(*) FROM street_record_lamp r JOIN lamp l ON"
               " l.uuid = r.lamp_uuid"),
           "2", "each row of the repeat knows its lamp");
    is_str(one("SELECT count(DISTINCT uuid) FROM lamp"), "2", "two ids");
    form_free(f);
}

/* ---- kills ---- */

static long count_of(const char *sql)
{
    return strtol(one(sql), NULL, 10);
}

/* A child finishes; it is killed somewhere in between. */
static long test_kill(const form *f, long after)
{
    draft *d = family(f);
    int64_t id = draft_id(d);
    long before, rows, members;
    pid_t child;
    draft_free(d);
    before = count_of("SELECT count(*) FROM family_record");
    members = count_of("SELECT count(*) FROM family_record_member");
    twin_close(t);
    child = fork();
    if (child < 0)
        bail("no child");
    if (!child) {
        int64_t fid;
        struct timespec wait = {after / 1000000, after % 1000000 * 1000};
        pid_t victim = getpid(), killer = fork();
        if (!killer) {
            nanosleep(&wait, NULL);
            kill(victim, SIGKILL);
            _exit(0);
        }
        if (twin_open(&t, folder, 0) ||
            draft_open(&d, t, id, f, &STORE_AROUND) || draft_finalize(&fid, d))
            _exit(1);
        pause();
    }
    waitpid(child, NULL, 0);
    if (twin_open(&t, folder, 0))
        bail("after a kill: %s", error_message());
    rows = count_of("SELECT count(*) FROM family_record") - before;
    members = count_of("SELECT count(*) FROM family_record_member") - members;
    ok((rows == 0 && members == 0) || (rows == 1 && members == 2),
       "killed after %ld us: all or nothing (%ld)", after, rows);
    is_int(count_of("SELECT count(*) FROM tawam_draft"), 1 - rows,
           "and the draft is there just then when its row is not");
    if (!rows)
        draft_discard(t, id);
    return rows;
}

/* Later and later, then around the end. */
static void test_kills(const form *f)
{
    long after = 500, late = 0, early = 0;
    while (late < 4 && early + late < 40) {
        long rows = test_kill(f, after);
        late += rows;
        early += !rows;
        after += rows ? -after / 12 : after / (late ? 14 : 4) + 100;
    }
    ok(early && late, "killed %ld times before the end, %ld after it", early,
       late);
}

/* ---- out of memory ---- */

/* The Nth allocation of finishing fails: then there is no row and the draft is
 * whole, or the row is there and it is gone. *through 1: it was not reached. */
static int fail_at(int *through, const form *f, int64_t *id, long nth)
{
    draft *d = NULL;
    int64_t fid = 0;
    long rows = count_of("SELECT count(*) FROM family_record"), now;
    int code, good;
    long made;
    if (draft_open(&d, t, *id, f, &STORE_AROUND))
        bail("after a failure at %ld: %s", nth, error_message());
    made = memory_allocations();
    memory_fail_at(nth);
    code = draft_finalize(&fid, d);
    memory_fail_at(0);
    *through = memory_allocations() - made < nth;
    draft_free(d);
    now = count_of("SELECT count(*) FROM family_record");
    good = now - rows == (code == TAWAM_OK) &&
           count_of("SELECT count(*) FROM tawam_draft") == (code != TAWAM_OK);
    if (!good)
        diag("allocation %ld: %d, %ld rows", nth, code, now - rows);
    if (code == TAWAM_OK) {
        d = family(f);
        *id = draft_id(d);
        draft_free(d);
    }
    return good;
}

static void test_memory(const form *f)
{
    draft *d = family(f);
    int64_t id = draft_id(d);
    int through = 0, good = 1;
    long nth = 1, tried = 0;
    draft_free(d);
    for (; !through && good; tried++, nth += 1 + nth / 12)
        good = fail_at(&through, f, &id, nth);
    ok(good && through && tried > 20,
       "memory out at %ld places of finishing: all or nothing", tried);
}

int main(void)
{
    form *f = store_form(FAMILY);
    folder = scratch_folder("finalize");
    if (twin_create(&t, folder))
        bail("%s", error_message());
    test_row(f);
    test_open(f);
    test_edit(f);
    test_meanwhile(f);
    test_create();
    test_update();
    test_upsert();
    test_made_by_edit();
    test_several();
    test_kills(f);
    test_memory(f);
    ok_code(twin_check(t), "the replica is whole");
    twin_close(t);
    form_free(f);
    remove_folder(folder);
    return done_testing();
}
