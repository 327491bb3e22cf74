/* SPDX-License-Identifier: MIT */
/* What a form's audit asks for: who fills it, why a record is changed, and
 * where; a gpsd of our own tells the last, a clock of our own when. */
#include <netinet/in.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/fill_support.h"
#include "form/submission.h"
#include "work/fill_internal.h"

static const char FORM[] =
    "| survey |\n"
    "| | type | name | label | parameters |\n"
    "| | audit | | | location-priority=balanced location-min-interval=60 "
    "location-max-age=120 track-changes=true identify-user=true "
    "track-changes-reasons=on-form-edit |\n"
    "| | text | a | A | |\n"
    "| | text | b | B | |\n"
    "| | begin repeat | r | R | |\n"
    "| | text | c | C | |\n"
    "| | end repeat | | | |\n";

#define START INT64_C(1777640400000)
#define NO_PORT 1 /* nobody listens there */

static territory here_t;

#define ok_code(code, what) ok((code) == TAWAM_OK, "%s", what)

/* An interview of a new record (NUMBER 0) or a draft, with gpsd at PORT. */
static void open_at(int64_t number, int port)
{
    open_draft(&here_t, number);
    if (fill_set_gpsd(i, "127.0.0.1", port))
        bail("%s", error_message());
}

static void set(const char *path, const char *value)
{
    record_outcome outcome;
    form_node *node = record_find(fill_record(i), path);
    if (!node || fill_set(&outcome, i, node, value) || outcome != RECORD_OK)
        bail("%s: %s", path, error_message());
}

/* The last events so far, as their kinds, items, texts and places. */
static const char *events(size_t last)
{
    static char words[2048];
    const buffer *bytes = audit_bytes(i->audit.writer);
    audit_reader *r = NULL;
    audit_event e;
    char *at = words;
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        audit_reader_new(&r, i->form, bytes->data, bytes->length);
        while (audit_next(&e, r) > 0) {
            count += !pass;
            if (!pass || n++ + last < count)
                continue;
            at += sprintf(at, "%d %s", e.kind, e.item ? e.item->name : "-");
            for (int k = 0; k < AUDIT_TEXTS; k++)
                if (e.texts[k])
                    at += sprintf(at, " %d:%s", k, e.texts[k]);
            if (e.has_place)
                at += sprintf(at, " @%d,%d±%u", e.place.latitude,
                              e.place.longitude, e.place.accuracy);
            at += sprintf(at, "; ");
        }
        audit_reader_free(r);
        r = NULL;
    }
    *at = '\0';
    return words;
}

static void run(const char *sql)
{
    if (twin_execute(here_t.twin, sql))
        bail("%s: %s", sql, error_message());
}

/* ---- who ---- */

static void test_who(void)
{
    const char *const *names = NULL;
    size_t count = 9;
    record_outcome outcome;
    form_node *a;
    open_at(0, NO_PORT);
    a = record_find(fill_record(i), "/data/a");
    here();
    ok(fill_asks_user(i), "who it is is asked");
    is_int(fill_set(&outcome, i, a, "x"), TAWAM_ENO, "before, no answer");
    is_int(fill_set_note(i, a, "x", 0), TAWAM_ENO, "no note");
    is_int(fill_add(i, record_find(fill_record(i), "/data/r[1]")), TAWAM_ENO,
           "no instance");
    is_int(fill_finish(&(int64_t){0}, i), TAWAM_ENO, "and no end");
    is_str(a->value, "", "is taken");
    ok(!i->audit.writer || !audit_bytes(i->audit.writer)->length,
       "the audit has not begun");
    ok_code(fill_users(&names, &count, i), "those offered");
    is_int(count, 0, "nobody, of a replica without an author");
    is_int(fill_set_user(i, " \t"), TAWAM_ENO, "a blank is no name");
    ok(fill_asks_user(i), "it is still asked");
    run("PRAGMA query_only = 1");
    ok(fill_set_user(i, "Hind A") < 0, "a disk that fails is told");
    run("PRAGMA query_only = 0");
    ok(fill_asks_user(i), "it is asked again");
    ok_code(fill_set_user(i, " Hind A "), "a name");
    is_str(events(9), "7 - 2:Hind A; ", "begins the audit, without its blanks");
    set("/data/a", "x");
    is_str(next(), "/data/b", "and answers are taken");
    is_str(events(1), "1 a 0: 1:x; ", "with what they were");
    open_at(fill_draft(i), NO_PORT);
    ok(fill_asks_user(i), "opened again, it is asked again");
    ok_code(fill_users(&names, &count, i), "those offered now");
    ok(count == 1 && strcmp(names[0], "Hind A") == 0,
       "the one of the last time");
    fill_discard(i);
}

/* ---- cells of a table ---- */

static void test_cells(void)
{
    int64_t start = START + 1000000;
    open_at(0, NO_PORT);
    fill_set_user(i, "Hind");
    here();
    set("/data/r[1]/c", "Amina");
    is_str(events(1), "1 c 0: 1:Amina; ",
           "an answer to what the page does not ask is in the audit");
    clock_fix(start);
    here();
    fill_clear(i, record_find(fill_record(i), "/data/r[1]/c"));
    is_str(events(1), "2 c 0:Amina 1:; ", "and that it is taken back");
    set("/data/r[1]/c", "");
    set("/data/a", "x");
    next();
    is_str(events(2), "2 c 0:Amina 1:; 1 a 0: 1:x; ",
           "what changes nothing is not, and the page's is once");
    fill_discard(i);
    clock_fix(START);
}

/* ---- why ---- */

static int is_gone;

static void gone(void *context, int what, const char *database, const char *of,
                 sqlite3_int64 row)
{
    (void)context, (void)database, (void)row;
    is_gone |= what == SQLITE_DELETE && strcmp(of, "tawam_draft") == 0;
}

static int refuse_gone(void *context)
{
    (void)context;
    return is_gone;
}

/* The transaction in which a draft goes does not get through. */
static void fail_commits(int fails)
{
    sqlite3_stmt *any = NULL;
    sqlite3 *database;
    if (twin_prepare(&any, here_t.twin, "SELECT 1", 0))
        bail("%s", error_message());
    database = sqlite3_db_handle(any);
    sqlite3_finalize(any);
    is_gone = 0;
    sqlite3_update_hook(database, fails ? gone : NULL, NULL);
    sqlite3_commit_hook(database, fails ? refuse_gone : NULL, NULL);
}

static int asks(void)
{
    int is = 9;
    if (fill_asks_reason(&is, i))
        bail("%s", error_message());
    return is;
}

static void edit(int64_t row)
{
    fill_free(i);
    i = NULL;
    if (fill_edit(&i, &here_t, "test", row) || fill_set_user(i, "Omar"))
        bail("%s", error_message());
}

/* The reasons in ROW's audit. */
static int reasons(int64_t row)
{
    buffer csv = {0};
    form *own = NULL;
    int count = 0;
    if (shelf_open(&own, here_t.twin, "test", NULL) ||
        submission_audit_write(&csv, here_t.twin, own, row) ||
        buffer_check(&csv))
        bail("%s", error_message());
    buffer_byte(&csv, '\0');
    for (char *at = (char *)csv.data; (at = strstr(at, "change reason,,"));
         at++)
        count++;
    buffer_free(&csv);
    form_free(own);
    return count;
}

static int64_t drafts(void)
{
    sqlite3_stmt *read = NULL;
    int64_t count;
    if (twin_prepare(&read, here_t.twin,
                     "SELECT count(*) FROM main.tawam_draft", 0) ||
        twin_step(here_t.twin, read) <= 0)
        bail("%s", error_message());
    count = sqlite3_column_int64(read, 0);
    sqlite3_finalize(read);
    return count;
}

static void test_why(void)
{
    int64_t row = 0, again = 0;
    open_at(0, NO_PORT);
    fill_set_user(i, "Hind");
    set("/data/a", "x");
    set("/data/r[1]/c", "Amina");
    is_int(asks(), 0, "of a new record it is not asked");
    ok_code(fill_finish(&row, i), "finished");
    edit(row);
    is_int(asks(), 0, "nor of one that was not changed");
    set("/data/b", "y");
    is_int(asks(), 1, "of one that was it is");
    is_int(fill_finish(&again, i), TAWAM_ENO, "and it is not finished before");
    is_int(fill_set_reason(i, "  "), TAWAM_ENO, "a blank is no reason");
    set("/data/b", "");
    is_int(asks(), 0, "put back, it was not changed");
    fill_go(i, "/data/r[1]/c");
    fill_add(i, record_find(fill_record(i), "/data/r[1]"));
    is_int(asks(), 1, "another instance is a change");
    fill_remove(i, record_find(fill_record(i), "/data/r[2]"));
    is_int(asks(), 0, "taken out again");
    fill_remove(i, record_find(fill_record(i), "/data/r[1]"));
    is_int(asks(), 1, "one less is one");
    ok_code(fill_set_half_reason(i, "elle a dém"), "half a reason");
    open_at(fill_draft(i), NO_PORT);
    fill_set_user(i, "Omar");
    is_str(fill_half_reason(i), "elle a dém", "stands there again");
    ok(!fill_typed_for(i, record_root(fill_record(i))), "as no answer");
    is_int(asks(), 1, "what was changed before is changed");
    ok_code(fill_set_reason(i, "elle a déménagé\n"), "a reason");
    is_int(asks(), 0, "is enough");
    run("CREATE TEMP TRIGGER full BEFORE DELETE ON main.tawam_draft"
        " BEGIN SELECT RAISE(FAIL, 'full'); END");
    ok(fill_finish(&again, i) < 0, "its end fails on the disk");
    run("DROP TRIGGER temp.full");
    fail_commits(1);
    ok(fill_finish(&again, i) < 0, "or its transaction does");
    fail_commits(0);
    ok_code(fill_finish(&again, i), "finished");
    is_int(again, row, "the same record");
    is_int(reasons(row), 1, "with one reason in its audit");
    is_int(drafts(), 0, "and its draft is gone");
    edit(row);
    set("/data/a", "z");
    is_int(asks(), 1, "the next change wants another");
    fill_discard(i);
}

/* ---- where ---- */

static int listener, client = -1;

static int start_gpsd(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) ||
        listen(listener, 4) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        bail("no socket");
    return ntohs(address.sin_port);
}

/* What was asked since the last time; looks go on until it is something. */
static const char *asked(void)
{
    static char words[512];
    struct pollfd ready = {client, POLLIN, 0};
    ssize_t got;
    for (int tries = 0; client < 0 && tries < 3000; tries++) {
        ready.fd = listener;
        here();
        if (poll(&ready, 1, 10) == 1)
            ready.fd = client = accept(listener, NULL, NULL);
    }
    for (int tries = 0; tries < 3000 && poll(&ready, 1, 10) != 1; tries++)
        here();
    got = recv(client, words, sizeof words - 1, MSG_DONTWAIT);
    words[got > 0 ? got : 0] = '\0';
    return words;
}

/* gpsd's answer has come: there are COUNT fixes, or it was none (-1). */
static void answer(const char *line, size_t count)
{
    size_t length = strlen(line);
    audit_place place;
    if (send(client, line, length, MSG_NOSIGNAL) != (ssize_t)length)
        bail("nobody listens to our gpsd");
    for (int tries = 0; tries < 3000 && i->where.count != count; tries++) {
        poll(NULL, 0, 10);
        fill_where_now(&place, i);
    }
    is_int(i->where.count, count, "the answer is heard");
}

/* Whoever talks on and on stops nothing: a look takes some of it. */
static void flood(void)
{
    static char lines[100000];
    audit_place place;
    int left = 0;
    memset(lines, '\n', sizeof lines);
    if (send(client, lines, sizeof lines, 0) != (ssize_t)sizeof lines)
        bail("our gpsd can't talk");
    for (int tries = 0; left <= 16 * 4096 && tries < 3000; tries++) {
        poll(NULL, 0, tries > 0);
        ioctl(i->where.socket, FIONREAD, &left);
    }
    ok(left > 16 * 4096, "a flood came: %d", left);
    fill_where_now(&place, i);
    ioctl(i->where.socket, FIONREAD, &left);
    ok(left > 0 && left < (int)sizeof lines, "of which a look takes some");
}

#define POLL(time, latitude, accuracy)                                         \
    "{\"class\":\"POLL\",\"active\":1,\"tpv\":[{\"class\":\"TPV\","            \
    "\"mode\":3,\"time\":\"" time "\",\"lat\":" latitude                       \
    ",\"lon\":-2.3201234,\"eph\":" accuracy "}],\"sky\":[]}\r\n"

static void turn(int64_t seconds, const char *want, const char *what)
{
    clock_fix(START + seconds * 1000);
    fill_audit_event(i, AUDIT_LANGUAGE, NULL);
    is_str(events(1), want, "%s", what);
}

static void test_where(void)
{
    int port = start_gpsd();
    open_at(0, NO_PORT);
    ok(fill_tells_place(i), "places are recorded");
    fill_set_user(i, "Hind");
    here();
    turn(0, "13 -; ", "without a gpsd there is none, and nothing waits");
    fill_discard(i);

    open_at(0, port);
    here();
    ok(!i->where.is_open, "before it is known who it is nobody is asked");
    fill_set_user(i, "Hind");
    is_str(asked(), "?WATCH={\"enable\":true,\"json\":false};\n?POLL;\n",
           "then gpsd is");
    turn(0, "13 -; ", "nothing waits for the answer");
    answer("{\"class\":\"VERSION\",\"release\":\"3.22\"}\r\n"
           "{\"class\":\"POLL\",\"active\":1,\"tpv\":[{\"class\":\"TPV\","
           "\"mode\":1}],\"sky\":[]}\r\n",
           0);
    clock_fix(START + 2000);
    is_str(asked(), "?POLL;\n", "no fix yet: it is asked again soon");
    flood();
    answer("\n" POLL("t1", "34.9215", "4.5"), 1);
    turn(2, "13 - @349215000,-23201234±450; ", "a fix is told with an event");
    clock_fix(START + 32000);
    here();
    clock_fix(START + 63000);
    is_str(asked(), "?POLL;\n", "asked again once, after the interval");
    answer(POLL("t2", "34.93", "9"), 2);
    turn(63, "13 - @349215000,-23201234±450; ",
         "the better of those that are young enough is told");
    turn(122, "13 - @349215000,-23201234±450; ", "as long as it is");
    turn(123, "13 - @349300000,-23201234±900; ", "then the other");
    is_str(asked(), "?POLL;\n", "asked again");
    answer(POLL("t2", "34.93", "9"), 1);
    turn(183, "13 - @349300000,-23201234±900; ", "told again it is as old");
    turn(184, "13 -; ", "as it was, and one day too old");
    close(client);
    client = -1;
    clock_fix(START + 200000);
    is_str(asked(), "?WATCH={\"enable\":true,\"json\":false};\n?POLL;\n",
           "it hung up: it is called again");
    fill_discard(i);
    close(client);
    close(listener);
}

int main(void)
{
    if (!mkdtemp(fill_folder))
        bail("mkdtemp");
    stop_clock();
    clock_fix(START);
    open_territory(&here_t, FORM);
    test_who();
    test_cells();
    test_why();
    test_where();
    close_form();
    twin_close(here_t.twin);
    free(here_t.directory);
    file_remove_tree(fill_folder);
    return done_testing();
}
