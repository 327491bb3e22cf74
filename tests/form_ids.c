/* SPDX-License-Identifier: MIT */
/* Ids of what records make: they follow from the record's, so that they cost
 * no bytes and two replicas that read one submission make the same rows. */
#include "form/layout.h"
#include "form/submission.h"
#include "tests/form_store.h"

static const char *const HOUSE =
    "| survey |\n"
    "| | type | name | label | relevant | calculation | save_to |\n"
    "| | text | head | Head | | | head |\n"
    "| | csv-external | household | | | | |\n"
    "| | select_one yn | new | New? | | | |\n"
    "| | calculate | new_id | | ${new} = 'yes' | once(uuid()) | |\n"
    "| | calculate | other | | | once(concat('x-', uuid(), '-y')) | |\n"
    "| | begin repeat | member | Member | | | |\n"
    "| | text | name | Name | | | |\n"
    "| | begin repeat | job | Job | | | |\n"
    "| | text | title | Title | | | |\n"
    "| | end repeat | | | | | |\n"
    "| | end repeat | | | | | |\n"
    "| choices |\n"
    "| | list_name | name | label |\n"
    "| | yn | yes | Yes |\n"
    "| | yn | no | No |\n"
    "| settings |\n"
    "| | form_id | version |\n"
    "| | house | 1 |\n"
    "| entities |\n"
    "| | list_name | label | entity_id | create_if | update_if |\n"
    "| | household | ${head} | ${new_id} | ${new} = 'yes' | false() |\n";

/* Every row of REPLICA's layers of the form: fid, uuid and the rest. */
static const char *const LAYERS[] = {"household", "house_record",
                                     "house_record_member",
                                     "house_record_member_job"};

static form_layout *layout;

static size_t replicas;

static twin *open_replica(char **folder)
{
    static const char *const names[] = {"ids-one", "ids-two"};
    twin *t = NULL;
    *folder = scratch_folder(names[replicas++ % 2]);
    if (twin_create(&t, *folder) || form_layout_declare(t, layout))
        bail("%s", error_message());
    return t;
}

static void close_replica(twin *t, char *folder)
{
    ok_code(twin_check(t), "the replica is whole");
    twin_close(t);
    remove_folder(folder);
}

static int64_t number_of(twin *t, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(twin_database(t), sql, -1, &s, NULL))
        bail("%s: %s", sql, sqlite3_errmsg(twin_database(t)));
    if (sqlite3_step(s) == SQLITE_ROW)
        number = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return number;
}

static void dump(buffer *out, twin *t)
{
    buffer_clear(out);
    for (size_t i = 0; i < sizeof LAYERS / sizeof *LAYERS; i++) {
        sqlite3_stmt *s = NULL;
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY fid", LAYERS[i]);
        if (sqlite3_prepare_v2(twin_database(t), sql, -1, &s, NULL))
            bail("%s", sqlite3_errmsg(twin_database(t)));
        while (sqlite3_step(s) == SQLITE_ROW) {
            buffer_text(out, LAYERS[i]);
            for (int k = 0; k < sqlite3_column_count(s); k++) {
                const char *text = (const char *)sqlite3_column_text(s, k);
                buffer_format(out, "|%s", text ? text : "");
            }
            buffer_text(out, "\n");
        }
        sqlite3_finalize(s);
    }
    buffer_text(out, "");
}

static draft *house(twin *t, const form *f, int members, int jobs)
{
    draft *d = NULL;
    char path[64];
    if (draft_new(&d, t, f, &STORE_AROUND))
        bail("%s", error_message());
    store_say(d, "/data/head", "Fatima");
    store_say(d, "/data/new", "yes");
    for (int i = 1; i <= members; i++) {
        snprintf(path, sizeof path, "/data/member[%d]", i);
        if (!record_find(draft_record(d), path))
            store_add(d, "/data", "member");
        for (int k = 1; k <= jobs; k++) {
            char job[80];
            snprintf(job, sizeof job, "%s/job[%d]", path, k);
            if (!record_find(draft_record(d), job))
                store_add(d, path, "job");
        }
    }
    return d;
}

static int64_t finish(draft *d)
{
    int64_t fid = 0;
    ok_code(draft_finalize(&fid, d), "finished");
    draft_free(d);
    return fid;
}

/* ---- what follows from the record's id ---- */

static void test_run(const form *f)
{
    char *here = NULL;
    twin *t = open_replica(&here);
    int64_t fid = finish(house(t, f, 3, 2)), entity;
    int64_t first = number_of(t, "SELECT min(fid) FROM house_record_member");
    is_int(fid % TWIN_RUN, 0, "a record begins a run of ids");
    is_int(first, fid + 1, "rows of its repeat follow");
    is_int(number_of(t, "SELECT max(fid) - min(fid) FROM house_record_member"),
           2, "in their order");
    is_int(number_of(t, "SELECT count(*) FROM house_record_member_job j"
                        " WHERE j.fid = (SELECT r.fid FROM house_record r) +"
                        " 2 * (SELECT m.position FROM house_record_member m"
                        " WHERE m.uuid = j.house_record_member_uuid) - 2 +"
                        " j.position"),
           6, "those of a repeat within it too, through all of the record");
    entity = number_of(t, "SELECT fid FROM household");
    ok(entity > fid + 15 && entity < fid + TWIN_RUN, "its entity's is there");
    is_int(number_of(t, "SELECT h.uuid = r.new_id AND h.uuid ="
                        " r.household_uuid FROM household h, house_record r"),
           1, "which is what uuid() gave");
    is_int(number_of(t, "SELECT instr(r.other, h.uuid) FROM household h,"
                        " house_record r"),
           0, "another uuid() is another id");
    close_replica(t, here);
}

/* A draft that is opened again gives no id a second time. */
static void test_again(const form *f)
{
    char *here = NULL, first[64], second[64];
    twin *t = open_replica(&here);
    draft *d = NULL, *other = NULL;
    int64_t id, fid;
    if (draft_new(&d, t, f, &STORE_AROUND))
        bail("%s", error_message());
    id = draft_id(d);
    snprintf(first, sizeof first, "%s",
             store_value(draft_record(d), "/data/other"));
    draft_free(d);
    if (draft_open(&d, t, id, f, &STORE_AROUND))
        bail("%s", error_message());
    other = house(t, f, 0, 0);
    store_say(d, "/data/new", "yes");
    store_say(d, "/data/head", "Zohra");
    is_str(store_value(draft_record(d), "/data/other"), first, "kept");
    snprintf(second, sizeof second, "x-%s-y",
             store_value(draft_record(d), "/data/new_id"));
    ok(strcmp(first, second) != 0, "opened again it gives another: %s, %s",
       first, second);
    fid = finish(d);
    finish(other);
    is_int(number_of(t, "SELECT count(DISTINCT uuid) FROM household"), 2,
           "two drafts at once make two entities");
    d = house(t, f, 0, 0);
    ok_code(draft_discard(t, draft_id(d)), "one is given up");
    draft_free(d);
    finish(house(t, f, 0, 0));
    is_int(number_of(t, "SELECT count(DISTINCT fid) FROM household"), 3,
           "the next makes another");
    is_int(number_of(t, "SELECT count(*) FROM household h JOIN house_record r"
                        " ON h.uuid = r.household_uuid"
                        " AND h.fid / 32 = r.fid / 32"),
           3, "each of its record's run");
    (void)fid;
    close_replica(t, here);
}

/* 1 if the new_id in T is of the run of FID. */
static int follows(twin *t, int64_t fid)
{
    int found = 0;
    for (int64_t of = fid; of < fid + TWIN_RUN; of++) {
        char uuid[37], sql[128];
        twin_uuid_from_fid(uuid, of);
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM house_record WHERE new_id = '%s'", uuid);
        found += number_of(t, sql) != 0;
    }
    return found;
}

/* An edit that makes an entity takes none of the run's. */
static void test_edit(const form *f)
{
    char *here = NULL;
    twin *t = open_replica(&here);
    draft *d = NULL;
    int64_t fid;
    if (draft_new(&d, t, f, &STORE_AROUND))
        bail("%s", error_message());
    store_say(d, "/data/head", "Ali");
    store_say(d, "/data/new", "no");
    fid = finish(d);
    ok(!follows(t, fid), "nothing drawn for what is not asked");
    if (draft_edit(&d, t, f, fid, &STORE_AROUND))
        bail("%s", error_message());
    store_say(d, "/data/new", "yes");
    finish(d);
    is_int(number_of(t, "SELECT length(new_id) FROM house_record"), 36,
           "an edit draws an id");
    ok(!follows(t, fid), "of another run");
    close_replica(t, here);
}

/* ---- two replicas ---- */

static void read_into(twin *t, const form *f, const char *xml)
{
    submission_report report;
    arena *a = NULL;
    int64_t fid = 0;
    if (arena_new(&a) ||
        submission_read(&fid, &report, t, f, xml, strlen(xml), a))
        bail("%s", error_message());
    arena_free(a);
}

/* U reads F's record FID of T, and has the same rows then. */
static void is_same_read(twin *u, twin *t, const form *f, int64_t fid,
                         const char *what)
{
    buffer xml = {0}, ours = {0}, theirs = {0};
    submission_write(&xml, t, f, fid);
    read_into(u, f, (char *)xml.data);
    dump(&ours, t);
    dump(&theirs, u);
    is_str((char *)theirs.data, (char *)ours.data, "%s", what);
    buffer_free(&xml);
    buffer_free(&ours);
    buffer_free(&theirs);
}

/* A replica that never met the record reads it. */
static void is_same_elsewhere(twin *t, const form *f, int64_t fid,
                              const char *what)
{
    char *there = NULL;
    twin *u = open_replica(&there);
    is_same_read(u, t, f, fid, what);
    close_replica(u, there);
}

static void test_elsewhere(const form *f)
{
    char *here = NULL;
    twin *t = open_replica(&here);
    int64_t fid = finish(house(t, f, 3, 2));
    is_same_elsewhere(t, f, fid, "a record read elsewhere is the same rows");
    close_replica(t, here);
    t = open_replica(&here);
    fid = finish(house(t, f, 90, 2));
    is_int(number_of(t, "SELECT count(DISTINCT fid) FROM house_record_member"),
           90, "more rows than a run has places");
    ok(number_of(t, "SELECT count(DISTINCT fid / 32) FROM"
                    " house_record_member_job") <= 7,
       "are of few runs");
    is_same_elsewhere(t, f, fid, "and the same elsewhere");
    close_replica(t, here);
}

/* As another program sends them, ID being no id of ours. */
static void foreign(buffer *out, const char *id)
{
    buffer_clear(out);
    buffer_format(out,
                  "<data id='house' version='1'><head>Ali</head><new>yes</new>"
                  "<new_id>5b1c1f0e-52c6-4b7a-9d0c-2f0f3c1f2a11</new_id>"
                  "<member><name>A</name><job><title>t</title></job></member>"
                  "<member><name>B</name></member>"
                  "<meta><instanceID>%s</instanceID>"
                  "<entity dataset='household' create='true'"
                  " id='5b1c1f0e-52c6-4b7a-9d0c-2f0f3c1f2a11'>"
                  "<label>Ali</label></entity></meta></data>",
                  id);
    buffer_text(out, "");
}

static void test_foreign(const form *f)
{
    static const char *const ids[] = {
        "uuid:0a1c1f0e-52c6-4b7a-9d0c-2f0f3c1f2a11", "collect-17"};
    buffer xml = {0}, ours = {0}, theirs = {0};
    for (size_t i = 0; i < 2; i++) {
        char *here = NULL, *there = NULL;
        twin *t = open_replica(&here), *u = open_replica(&there);
        finish(house(u, f, 1, 1)); /* ids drawn before */
        twin_execute(u, "DELETE FROM house_record");
        twin_execute(u, "DELETE FROM house_record_member");
        twin_execute(u, "DELETE FROM house_record_member_job");
        twin_execute(u, "DELETE FROM household");
        foreign(&xml, ids[i]);
        read_into(t, f, (char *)xml.data);
        read_into(u, f, (char *)xml.data);
        read_into(u, f, (char *)xml.data);
        dump(&ours, t);
        dump(&theirs, u);
        is_str((char *)theirs.data, (char *)ours.data,
               "%s of another program is the same rows in two replicas",
               ids[i]);
        is_int(number_of(u, "SELECT count(*) FROM house_record_member"), 2,
               "its repeat's once");
        close_replica(t, here);
        close_replica(u, there);
    }
    buffer_free(&xml);
    buffer_free(&ours);
    buffer_free(&theirs);
}

/* ---- edits that add rows ---- */

static void add_member(twin *t, const form *f, int64_t fid, const char *name)
{
    draft *d = NULL;
    form_node *node;
    record_outcome outcome = RECORD_OK;
    if (draft_edit(&d, t, f, fid, &STORE_AROUND))
        bail("%s", error_message());
    node = store_add(d, "/data", "member");
    if (draft_answer(&outcome, d, node->first, name) || outcome)
        bail("%s", error_message());
    finish(d);
}

static void test_added(const form *f)
{
    char *here = NULL, *there = NULL;
    twin *t = open_replica(&here), *u = open_replica(&there);
    int64_t fid = finish(house(t, f, 2, 0));
    is_same_read(u, t, f, fid, "a record read elsewhere before its edit");
    add_member(t, f, fid, "new");
    is_same_read(u, t, f, fid, "a row that an edit adds is the same elsewhere");
    /* Somebody else's edit of the same record adds one too. */
    add_member(u, f, fid, "theirs");
    is_int(number_of(u, "SELECT count(DISTINCT fid) FROM house_record_member"),
           4, "another edit's is another");
    /* As after a merge: two of one position. */
    twin_execute(u, "UPDATE house_record_member SET position = 3"
                    " WHERE position = 4");
    add_member(u, f, fid, "last");
    is_int(number_of(u, "SELECT count(*) = 5 AND count(DISTINCT position) = 5"
                        " AND max(position) = 5 FROM house_record_member"),
           1, "two at one position stay both and are numbered anew");
    close_replica(t, here);
    close_replica(u, there);
}

/* Rows that a deleted record left, and the record read again. */
static void test_left(const form *f)
{
    char *here = NULL;
    twin *t = open_replica(&here);
    int64_t fid = finish(house(t, f, 2, 1));
    buffer xml = {0}, before = {0}, after = {0};
    submission_write(&xml, t, f, fid);
    dump(&before, t);
    twin_execute(t, "DELETE FROM house_record");
    twin_execute(t, "DELETE FROM house_record_member WHERE position = 1");
    read_into(t, f, (char *)xml.data);
    dump(&after, t);
    is_str((char *)after.data, (char *)before.data,
           "a record read again takes up the rows that are left");
    close_replica(t, here);
    buffer_free(&xml);
    buffer_free(&before);
    buffer_free(&after);
}

int main(void)
{
    form *f = store_form(HOUSE);
    if (form_layout_new(&layout, f))
        bail("%s", error_message());
    test_run(f);
    test_again(f);
    test_edit(f);
    test_elsewhere(f);
    test_foreign(f);
    test_added(f);
    test_left(f);
    form_layout_free(layout);
    form_free(f);
    return done_testing();
}
