/* SPDX-License-Identifier: MIT */
/* Submissions: written from rows, read into another replica, written again. */
#include "form/submission.h"
#include "tests/form_store.h"

static const char *const FAMILY =
    "| survey |\n"
    "| | type | name | label | relevant | calculation | save_to |\n"
    "| | start | start | | | | |\n"
    "| | note | hello | Hello | | | |\n"
    "| | text | head | Head | | | head |\n"
    "| | integer | people | People | | | |\n"
    "| | decimal | income | Income | | | |\n"
    "| | date | born | Born | | | |\n"
    "| | time | wakes | Wakes | | | |\n"
    "| | acknowledge | agreed | Agreed | | | |\n"
    "| | geopoint | home | Home | | | geometry |\n"
    "| | geoshape | field | Field | | | |\n"
    "| | geotrace | way | Way | | | |\n"
    "| | select_one yn | water | Water? | | | |\n"
    "| | text | source | Source | ${water} = 'yes' | | |\n"
    "| | begin group | more | More | ${water} = 'no' | | |\n"
    "| | text | why | Why | | | |\n"
    "| | end group | | | | | |\n"
    "| | begin repeat | member | Member | | | |\n"
    "| | text | name | Name | | | |\n"
    "| | integer | age | Age | | | |\n"
    "| | geoshape | plot | Plot | | | |\n"
    "| | begin repeat | job | Job | ${age} > 14 | | |\n"
    "| | text | title | Title | | | |\n"
    "| | end repeat | | | | | |\n"
    "| | end repeat | | | | | |\n"
    "| | calculate | sum | | | sum(${age}) | |\n"
    "| choices |\n"
    "| | list_name | name | label |\n"
    "| | yn | yes | Yes |\n"
    "| | yn | no | No |\n"
    "| settings |\n"
    "| | form_id | version | instance_name |\n"
    "| | family | 3 | ${head} |\n"
    "| entities |\n"
    "| | list_name | label |\n"
    "| | household | ${head} |\n";

static twin *open_replica(char **folder, const char *name)
{
    twin *t = NULL;
    *folder = scratch_folder(name);
    if (twin_create(&t, *folder))
        bail("%s", error_message());
    return t;
}

static draft *family(twin *t, const form *f)
{
    draft *d = store_draft(t, f);
    store_say_all(d, (const store_answer[]){
                         {"/data/head", "Fatima <\"&'> فاطمة"},
                         {"/data/people", "3"},
                         {"/data/income", "12.5"},
                         {"/data/born", "1970-05-01"},
                         {"/data/wakes", "05:30:00.000+01:00"},
                         {"/data/agreed", "OK"},
                         {"/data/home", "34.9 -2.3 560.5 4.5"},
                         {"/data/field", "34.9 -2.3 0 0; 34.8 -2.2 1.5 0;"
                                         " 34.8 -2.3 0 0; 34.9 -2.3 0 0"},
                         {"/data/way", "34.9 -2.3 0 0; 34.8 -2.2 0 0"},
                         {"/data/water", "yes"},
                         {"/data/source", "the well\nbehind the house"},
                         {NULL, NULL}});
    store_first(d, "/data", "member");
    store_add(d, "/data", "member");
    store_say(d, "/data/member[1]/name", "Ali");
    store_say(d, "/data/member[1]/age", "40");
    store_say(d, "/data/member[1]/plot",
              "34.9 -2.3 0 0; 34.8 -2.2 0 0; 34.8 -2.3 0 0; 34.9 -2.3 0 0");
    store_first(d, "/data/member[1]", "job");
    store_say(d, "/data/member[1]/job[1]/title", "farmer");
    store_say(d, "/data/member[2]/name", "Zohra");
    store_say(d, "/data/member[2]/age", "12");
    return d;
}

/* What RECORD would be as a submission, if its end were now. */
static void write_now(buffer *out, draft *d)
{
    record_finish(draft_record(d));
    record_write(out, draft_record(d));
}

static int64_t count_rows(twin *t, const char *layer)
{
    const twin_layer *found = NULL;
    return twin_layer_find(&found, t, layer) ? -1 : twin_row_count(t, found);
}

static void test_round(const form *f)
{
    char *here = NULL, *there = NULL;
    twin *t = open_replica(&here, "submit"), *u = open_replica(&there, "read");
    draft *d = family(t, f);
    int64_t fid = 0, other = 0, again = 0;
    buffer wanted = {0}, xml = {0}, second = {0}, last = {0};
    submission_report report;
    submission_head head;
    arena *a = NULL;
    arena_new(&a);
    write_now(&wanted, d);
    ok_code(draft_finalize(&fid, d), "a record");
    draft_free(d);
    ok_code(submission_write(&xml, t, f, fid), "written");
    is_str((char *)xml.data, (char *)wanted.data,
           "from its rows as from the record itself");
    ok_code(submission_last(&last, t, f), "the one finished last");
    is_str((char *)last.data, (char *)xml.data, "is that");
    ok_code(submission_identify(&head, (char *)xml.data, xml.length, a),
            "identified");
    is_str(head.form, "family", "its form");
    is_str(head.version, "3", "its version");
    ok_code(
        submission_read(&other, &report, u, f, (char *)xml.data, xml.length, a),
        "read in another replica");
    is_int(report.count, 0, "with nothing to say");
    for (size_t i = 0; i < report.count; i++)
        diag("%s", report.lines[i]);
    is_int(other, fid, "as the same row, by its uuid");
    ok_code(submission_write(&second, u, f, other), "written there");
    is_str((char *)second.data, (char *)xml.data, "to the same bytes");
    is_int(count_rows(u, "household"), 1, "its entity is there");
    ok_code(
        submission_read(&again, &report, u, f, (char *)xml.data, xml.length, a),
        "read once more");
    is_int(report.was_there, 1, "it is there");
    is_int(again, other, "that row");
    is_int(count_rows(u, "family_record"), 1, "one row");
    is_int(count_rows(u, "family_record_member"), 2, "two members");

    /* An edit, as ODK has it: a new instanceID, the old one beside it. */
    draft_edit(&d, t, f, fid, &STORE_AROUND);
    store_say(d, "/data/member[2]/age", "13");
    draft_remove_repeat(d,
                        record_find(draft_record(d), "/data/member[1]/job[1]"));
    ok_code(draft_finalize(&fid, d), "edited");
    draft_free(d);
    buffer_clear(&xml);
    submission_write(&xml, t, f, fid);
    ok(strstr((char *)xml.data, "deprecatedID>uuid:") != NULL,
       "its instanceID before is named");
    ok_code(
        submission_read(&again, &report, u, f, (char *)xml.data, xml.length, a),
        "the edit read there");
    is_int(report.was_edit, 1, "an edit");
    is_int(again, other, "of that row");
    is_int(count_rows(u, "family_record_member"), 2, "no member twice");
    buffer_clear(&second);
    submission_write(&second, u, f, other);
    is_str((char *)second.data, (char *)xml.data, "to the same bytes");
    ok_code(submission_read(&again, &report, u, f, (char *)wanted.data,
                            wanted.length, a),
            "the one before the edit");
    is_int(report.was_there, 1, "is known");
    ok_code(twin_check(u), "the replica is whole");
    twin_close(t);
    twin_close(u);
    remove_folder(here);
    remove_folder(there);
    arena_free(a);
    buffer_free(&wanted);
    buffer_free(&xml);
    buffer_free(&second);
    buffer_free(&last);
}

/* As Collect writes it: prefixes, a version that differs, a foreign id. */
static const char *const COLLECT =
    "<?xml version='1.0' ?><data id=\"family\" version=\"2\""
    " xmlns:ev=\"http://www.w3.org/2001/xml-events\""
    " xmlns:orx=\"http://openrosa.org/xforms\""
    " xmlns:odk=\"http://www.opendatakit.org/xforms\">"
    "<start>2026-05-31T14:30:00.000+01:00</start><head>Ali</head>"
    "<people>three</people><gone>7</gone><water>no</water>"
    "<source>should be hidden, but was there</source>"
    "<member><name>Zohra</name><age>13</age><shoe>38</shoe></member>"
    "<orx:meta><orx:instanceID>collect-17</orx:instanceID></orx:meta></data>";

static void test_foreign(const form *f)
{
    char *here = NULL;
    twin *t = open_replica(&here, "foreign");
    int64_t fid = 0, again = 0;
    submission_report report;
    buffer xml = {0};
    arena *a = NULL;
    static const char *const encrypted =
        "<data id='family' version='3' encrypted='yes'/>";
    static const char *const other = "<data id='other'/>";
    arena_new(&a);
    ok_code(submission_read(&fid, &report, t, f, COLLECT, strlen(COLLECT), a),
            "from another tool");
    is_int(report.count, 3, "three things to say");
    is_str(report.lines[0],
           "/data/people: 'three' is not a whole number; kept as it is",
           "a wrong type");
    is_str(report.lines[1], "/data: there is no 'gone' in the form; left out",
           "a node that the form has not");
    is_str(report.lines[2],
           "/data/member: there is no 'shoe' in the form; left out",
           "one in a repeat");
    submission_write(&xml, t, f, fid);
    ok(strstr((char *)xml.data, ">collect-17<") != NULL, "its own instanceID");
    ok(strstr((char *)xml.data, "<people>three</people>") != NULL,
       "a value of a wrong type is kept");
    ok(strstr((char *)xml.data, "version=\"2\"") != NULL, "its version");
    is_int(count_rows(t, "household"), 0, "no entity where none was meant");
    submission_read(&again, &report, t, f, COLLECT, strlen(COLLECT), a);
    is_int(again, fid, "read once");
    is_int(submission_read(&fid, &report, t, f, other, strlen(other), a),
           TAWAM_EUSAGE, "another form's record");
    is_str(error_message(),
           "this is a record of the form 'other', not of 'family'",
           "is refused");
    is_int(
        submission_read(&fid, &report, t, f, encrypted, strlen(encrypted), a),
        TAWAM_EUSAGE, "so is an encrypted one");
    is_int(submission_read(&fid, &report, t, f, "<data", 5, a), TAWAM_EUSAGE,
           "and what is no XML");
    is_int(count_rows(t, "family_record"), 1, "nothing came of these");
    twin_close(t);
    remove_folder(here);
    buffer_free(&xml);
    arena_free(a);
}

static void test_uuid(void)
{
    int wrong = 0;
    int64_t fid = 1, back = 0;
    char uuid[37];
    for (int i = 0; i < 1000; i++) {
        fid = (int64_t)((uint64_t)fid * 6364136223846793005u +
                        1442695040888963407u) &
              INT64_MAX;
        twin_uuid_from_fid(uuid, fid);
        wrong += !twin_fid_from_uuid(&back, uuid) || back != fid;
    }
    is_int(wrong, 0, "a fid from its uuid");
    uuid[35] = uuid[35] == '0' ? '1' : '0';
    is_int(twin_fid_from_uuid(&back, uuid), 0, "and none from another uuid");
    is_int(twin_fid_from_uuid(&back, "x"), 0, "nor from none");
}

int main(void)
{
    form *f = store_form(FAMILY);
    test_round(f);
    test_foreign(f);
    test_uuid();
    form_free(f);
    return done_testing();
}
