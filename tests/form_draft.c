/* SPDX-License-Identifier: MIT */
/* Drafts: on disk answer by answer, the same record after any kill. */
#include <signal.h>
#include <sys/wait.h>
#include "tests/form_store.h"

static const char *const FAMILY =
    "| survey |\n"
    "| | type | name | label | relevant | calculation | trigger | required |"
    " constraint | default |\n"
    "| | start | start | | | | | | | |\n"
    "| | text | head | Head | | | | yes | | |\n"
    "| | integer | people | People | | | | | . < 100 | |\n"
    "| | select_one yn | water | Water? | | | | | | |\n"
    "| | text | source | Source | ${water} = 'yes' | | | | | |\n"
    "| | calculate | drawn | | | once(random()) | | | | |\n"
    "| | calculate | ticket | | | once(uuid()) | | | | |\n"
    "| | dateTime | stamped | Stamped | | now() | ${head} | | | |\n"
    "| | text | first | First | | | | | | concat('at ', today()) |\n"
    "| | begin repeat | member | Member | | | | | | |\n"
    "| | text | name | Name | | | | | | |\n"
    "| | integer | age | Age | | | | | | |\n"
    "| | calculate | rank | | | position(..) | | | | |\n"
    "| | text | school | School | ${age} < 18 | | | | | |\n"
    "| | begin repeat | job | Job | | | | | | |\n"
    "| | text | title | Title | | | | | | |\n"
    "| | end repeat | | | | | | | | |\n"
    "| | end repeat | | | | | | | | |\n"
    "| | calculate | sum | | | sum(${age}) | | | | |\n"
    "| choices |\n"
    "| | list_name | name | label |\n"
    "| | yn | yes | Yes |\n"
    "| | yn | no | No |\n";

static char *folder;
static twin *t;
static form *f;

static draft *open_again(draft *d)
{
    int64_t id = draft_id(d);
    draft *again = NULL;
    draft_free(d);
    twin_close(t);
    t = NULL;
    if (twin_open(&t, folder, 0) || draft_open(&again, t, id, f, &STORE_AROUND))
        bail("opening again: %s", error_message());
    return again;
}

/* D closed and opened again is the same to the byte. */
static draft *is_same_again(draft *d, const char *what)
{
    buffer before = {0}, after = {0};
    store_dump(&before, draft_record(d));
    d = open_again(d);
    store_dump(&after, draft_record(d));
    is_str((char *)after.data, (char *)before.data, "the same again: %s", what);
    buffer_free(&before);
    buffer_free(&after);
    return d;
}

static void fill_family(draft *d)
{
    store_say(d, "/data/head", "Fatima");
    store_say(d, "/data/people", "3");
    store_say(d, "/data/water", "yes");
    store_say(d, "/data/source", "the well");
    store_say(d, "/data/water", "no");
    for (int i = 0; i < 3; i++) {
        char path[64], age[16];
        form_node *member = i ? store_add(d, "/data", "member")
                              : record_find(draft_record(d), "/data/member[1]");
        if (!member)
            member = store_add(d, "/data", "member");
        snprintf(path, sizeof path, "/data/member[%d]/age", i + 1);
        snprintf(age, sizeof age, "%d", 10 + 20 * i);
        store_say(d, path, age);
        snprintf(path, sizeof path, "/data/member[%d]", i + 1);
        for (int k = 0; k < i; k++)
            store_add(d, path, "job");
    }
}

static void test_same(void)
{
    draft *d = NULL;
    form_node *member;
    ok_code(draft_new(&d, t, f, &STORE_AROUND), "a draft begins");
    d = is_same_again(d, "nothing answered");
    fill_family(d);
    d = is_same_again(d, "answers, hidden ones, repeats in repeats");
    is_str(store_value(draft_record(d), "/data/source"), "(hidden)",
           "what is hidden stays hidden");
    store_say(d, "/data/water", "yes");
    is_str(store_value(draft_record(d), "/data/source"), "the well",
           "and is there when it is relevant again");
    store_say(d, "/data/member[3]/name", "Ali");
    member = record_find(draft_record(d), "/data/member[3]");
    ok_code(draft_move_repeat(d, member, -2), "a member goes to the front");
    is_str(store_value(draft_record(d), "/data/member[1]/name"), "Ali",
           "it is the first");
    is_str(store_value(draft_record(d), "/data/member[3]/rank"), "3",
           "all know their places");
    d = is_same_again(d, "moved");
    member = record_find(draft_record(d), "/data/member[2]");
    ok_code(draft_remove_repeat(d, member), "a member goes");
    d = is_same_again(d, "one removed");
    store_add(d, "/data", "member");
    store_say(d, "/data/member[3]/name", "Zohra");
    d = is_same_again(d, "one added after that");
    is_str(store_value(draft_record(d), "/data/member[3]/name"), "Zohra",
           "it is the last");
    ok_code(draft_discard(t, draft_id(d)), "discarded");
    {
        record_outcome outcome;
        int code = draft_answer(
            &outcome, d, record_find(draft_record(d), "/data/people"), "4");
        is_int(code, TAWAM_ENOTFOUND, "an answer to it says it is gone");
    }
    draft_free(d);
}

static void test_beside(void)
{
    draft *d = NULL;
    draft_entry *list = NULL, one;
    const char *text = NULL;
    int flagged = 0;
    size_t count = 0;
    arena *a = NULL;
    buffer audit = {0};
    arena_new(&a);
    draft_new(&d, t, f, &STORE_AROUND);
    fill_family(d);
    ok_code(draft_set_place(d, "/data/member[2]/age"), "a place");
    ok_code(draft_set_note(d, "/data/member[2]/age", "a guess", 1), "a note");
    ok_code(draft_set_note(d, "/data/head", "the grandmother", 0), "another");
    ok_code(draft_audit_set(d, "abc", 3), "an audit");
    d = is_same_again(d, "with notes");
    is_str(draft_place(d), "/data/member[2]/age", "the place is kept");
    draft_move_repeat(d, record_find(draft_record(d), "/data/member[2]"), 1);
    ok_code(draft_note(&text, &flagged, d, "/data/member[3]/age"), "read");
    is_str(text, "a guess", "a note goes where its member goes");
    is_int(flagged, 1, "flagged");
    draft_note(&text, &flagged, d, "/data/member[2]/age");
    is_str(text, "", "and is no more where it was");
    ok_code(draft_audit(&audit, d), "the audit");
    is_str((char *)audit.data, "abc", "is there");
    ok_code(draft_list(&list, &count, t, a), "drafts are listed");
    is_int(count, 1, "one");
    is_str(list[0].caption, "Fatima", "by its first answer");
    is_int(list[0].answers, 7,
           "answers are counted, not `first` nor `stamped`");
    is_str(list[0].form, "test", "its form");
    ok_code(draft_find(&one, t, draft_id(d), a), "found by its number");
    is_int(draft_find(&one, t, 4711, a), TAWAM_ENOTFOUND, "or not");
    ok_code(draft_discard(t, draft_id(d)), "discarded");
    draft_list(&list, &count, t, a);
    is_int(count, 0, "none is left");
    is_int(draft_discard(t, draft_id(d)), TAWAM_ENOTFOUND, "it is gone");
    draft_free(d);
    arena_free(a);
    buffer_free(&audit);
}

/* Two windows on one draft: the second to write is told, each time, and leaving
 * it, as it is told to, writes nothing either. */
static void test_two_windows(void)
{
    draft *one = NULL, *two = NULL;
    record_outcome outcome;
    int64_t id;
    draft_new(&one, t, f, &STORE_AROUND);
    id = draft_id(one);
    draft_open(&two, t, id, f, &STORE_AROUND);
    store_say(one, "/data/head", "Fatima");
    for (int i = 0; i < 2; i++) {
        form_node *head = record_find(draft_record(two), "/data/head");
        is_int(draft_answer(&outcome, two, head, i ? "Aziz" : "Ali"),
               TAWAM_ECONFLICT, "nothing is overwritten by another window");
    }
    draft_free(two);
    draft_free(one);
    ok_code(draft_open(&one, t, id, f, &STORE_AROUND), "opened again");
    is_str(store_value(draft_record(one), "/data/head"), "Fatima",
           "what the first wrote is there");
    draft_discard(t, draft_id(one));
    draft_free(one);
}

/* Repeats of many fields: an answer writes a few rows. */
static void test_cheap(void)
{
    draft *d = NULL;
    int64_t before;
    draft_new(&d, t, f, &STORE_AROUND);
    draft_begin(d);
    for (int i = 0; i < 500; i++)
        store_add(d, "/data", "member");
    ok_code(draft_commit(d), "500 members in one transaction");
    before = sqlite3_total_changes64(twin_database(t));
    store_say(d, "/data/member[250]/name", "Ali");
    is_int(sqlite3_total_changes64(twin_database(t)) - before, 2,
           "an answer among 500 members writes two rows");
    draft_discard(t, draft_id(d));
    draft_free(d);
}

/* ---- kills ---- */

static unsigned step_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static form_node *some_member(draft *d, unsigned pick)
{
    form_node *root = record_root(draft_record(d));
    unsigned count = 0;
    for (form_node *n = root->first; n; n = n->next)
        count += n->is_repeat;
    pick = count ? pick % count : 0;
    for (form_node *n = root->first; n; n = n->next)
        if (n->is_repeat && pick-- == 0)
            return n;
    return NULL;
}

/* One step that depends on SEED alone. */
static void random_step(draft *d, unsigned *seed)
{
    static const char *const places[] = {"/data/head", "/data/people",
                                         "/data/water", "/data/source"};
    record_outcome outcome;
    unsigned what = step_random(seed) % 10, pick = step_random(seed);
    form_node *member = some_member(d, pick);
    char value[32];
    snprintf(value, sizeof value, "%u", step_random(seed) % 90);
    if (what < 3) {
        const char *at = places[pick % 4];
        draft_answer(&outcome, d, record_find(draft_record(d), at),
                     pick % 4 == 2 ? (step_random(seed) % 2 ? "yes" : "no")
                                   : value);
    } else if (what == 3 || !member)
        store_add(d, "/data", "member");
    else if (what == 4)
        draft_move_repeat(d, member, (int)(step_random(seed) % 5) - 2);
    else if (what == 5)
        draft_remove_repeat(d, member);
    else {
        form_item *item =
            form_find(f, what % 2 ? "/data/member/age" : "/data/member/name");
        form_node *node = member->first;
        while (node && node->item != item)
            node = node->next;
        draft_answer(&outcome, d, node, value);
    }
}

/* The child fills and says, after each step, how the record is; it is killed
 * at a random moment. What is opened then is the record after the last step
 * that was said, or after the one that was under way. */
static void fill_until_killed(int64_t id, unsigned seed, int to)
{
    draft *d = NULL;
    twin *own = NULL;
    if (twin_open(&own, folder, 0) || draft_open(&d, own, id, f, &STORE_AROUND))
        _exit(1);
    for (;;) {
        buffer dump = {0};
        uint32_t length;
        random_step(d, &seed);
        store_dump(&dump, draft_record(d));
        length = (uint32_t)dump.length;
        if (write(to, &length, sizeof length) != sizeof length ||
            write(to, dump.data, length) != (ssize_t)length)
            _exit(0);
        buffer_free(&dump);
    }
}

static int read_fully(int from, void *bytes, size_t length)
{
    size_t got = 0;
    while (got < length) {
        ssize_t n = read(from, (char *)bytes + got, length - got);
        if (n <= 0)
            return 0;
        got += (size_t)n;
    }
    return 1;
}

/* The last record that was said; *steps are counted. */
static void read_said(buffer *last, int from, int *steps, pid_t child, int most)
{
    uint32_t length;
    char *bytes;
    while (read_fully(from, &length, sizeof length) && length < 1 << 20) {
        bytes = malloc(length + 1);
        if (!bytes || !read_fully(from, bytes, length)) {
            free(bytes);
            break;
        }
        buffer_clear(last);
        buffer_bytes(last, bytes, length);
        free(bytes);
        if (++*steps == most)
            kill(child, SIGKILL);
    }
}

/* Without what no two records share: chance and time. */
static void forget_chance(buffer *dump)
{
    static const char *const names[] = {
        "drawn=", "ticket=", "stamped=", "start=", "instanceID="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *at = strstr((char *)dump->data, names[i]);
        size_t length = at ? strcspn(at, "\n") : 0;
        if (at)
            memmove(at, at + length, strlen(at + length) + 1);
    }
}

/* What the step after the last one said makes of a shadow of the record. */
static void test_kill(unsigned seed, int most)
{
    draft *d = NULL, *shadow = NULL;
    buffer said = {0}, now = {0}, next = {0};
    int pipes[2], steps = 0, same;
    int64_t id;
    pid_t child;
    draft_new(&d, t, f, &STORE_AROUND);
    id = draft_id(d);
    store_dump(&said, draft_record(d));
    draft_free(d);
    twin_close(t);
    if (pipe(pipes) || (child = fork()) < 0)
        bail("no child");
    if (!child) {
        close(pipes[0]);
        fill_until_killed(id, seed, pipes[1]);
    }
    close(pipes[1]);
    read_said(&said, pipes[0], &steps, child, most);
    close(pipes[0]);
    waitpid(child, NULL, 0);
    if (twin_open(&t, folder, 0) || draft_open(&d, t, id, f, &STORE_AROUND))
        bail("after a kill: %s", error_message());
    store_dump(&now, draft_record(d));
    same = strcmp((char *)now.data, (char *)said.data) == 0;
    if (!same) { /* then the step under way is there whole */
        unsigned again = seed;
        draft_new(&shadow, t, f, &STORE_AROUND);
        for (int i = 0; i <= steps; i++)
            random_step(shadow, &again);
        buffer_clear(&next);
        store_dump(&next, draft_record(shadow));
        forget_chance(&now);
        forget_chance(&next);
        same = strcmp((char *)now.data, (char *)next.data) == 0;
        draft_discard(t, draft_id(shadow));
        draft_free(shadow);
    }
    if (!ok(same, "killed after %d steps, all are there", steps))
        diag("said:\n%s\nfound:\n%s\nnext:\n%s", (char *)said.data,
             (char *)now.data, next.data ? (char *)next.data : "");
    draft_discard(t, id);
    draft_free(d);
    buffer_free(&said);
    buffer_free(&now);
    buffer_free(&next);
}

/* ---- another version ---- */

static const char *const FIRST =
    "| survey |\n"
    "| | type | name | label | calculation | default |\n"
    "| | text | head | Head | | |\n"
    "| | text | shoe | Shoe | | |\n"
    "| | text | people | People | | |\n"
    "| | begin repeat | member | Member | | |\n"
    "| | text | name | Name | | |\n"
    "| | text | hat | Hat | | |\n"
    "| | end repeat | | | | |\n"
    "| | begin repeat | goat | Goat | | |\n"
    "| | text | called | Called | | |\n"
    "| | end repeat | | | | |\n"
    "| settings |\n"
    "| | form_id | version |\n"
    "| | changing | 1 |\n";

static const char *const SECOND =
    "| survey |\n"
    "| | type | name | label | calculation | default |\n"
    "| | text | head | Head | | |\n"
    "| | integer | people | People | | |\n"
    "| | text | town | Town | | Berkane |\n"
    "| | text | day | Day | | concat('d', 1 + 1) |\n"
    "| | begin repeat | member | Member | | |\n"
    "| | text | name | Name | | |\n"
    "| | text | coat | Coat | | red |\n"
    "| | end repeat | | | | |\n"
    "| | calculate | all | | count(${member}) | |\n"
    "| settings |\n"
    "| | form_id | version |\n"
    "| | changing | 2 |\n";

static int list_aside(void *caller, const char *path, const char *value,
                      const char *version)
{
    buffer_format(caller, "%s=%s (%s)\n", path, value, version);
    return TAWAM_OK;
}

/* A draft of ONE, answered, with notes; its id. */
static int64_t begin_first(const form *one)
{
    draft *d = NULL;
    int64_t id;
    draft_new(&d, t, one, &STORE_AROUND);
    id = draft_id(d);
    store_say(d, "/data/head", "Fatima");
    store_say(d, "/data/shoe", "38");
    store_say(d, "/data/people", "many");
    store_first(d, "/data", "member");
    store_add(d, "/data", "member");
    store_say(d, "/data/member[2]/name", "Ali");
    store_say(d, "/data/member[2]/hat", "black");
    store_first(d, "/data", "goat");
    store_say(d, "/data/goat[1]/called", "Bella");
    draft_set_note(d, "/data/member[2]/name", "the son", 1);
    draft_set_note(d, "/data/shoe", "a guess", 0);
    draft_free(d);
    return id;
}

/* The answers of begin_first() under the second form. */
static void like_upgraded(draft *d)
{
    int flagged = 0;
    const char *text = NULL;
    is_str(store_value(draft_record(d), "/data/head"), "Fatima", "an answer");
    is_str(store_value(draft_record(d), "/data/member[2]/name"), "Ali",
           "one in a repeat");
    is_str(store_value(draft_record(d), "/data/people"), "",
           "one of a type that it is not any more is away");
    is_str(store_value(draft_record(d), "/data/town"), "Berkane",
           "what is new begins with its default");
    is_str(store_value(draft_record(d), "/data/day"), "d2", "a computed one");
    is_str(store_value(draft_record(d), "/data/member[2]/coat"), "red",
           "in repeats too");
    is_str(store_value(draft_record(d), "/data/all"), "2",
           "what is calculated is");
    draft_note(&text, &flagged, d, "/data/member[2]/name");
    is_str(text, "the son", "notes stay");
}

/* It is told what went aside, and the export needs no form. */
static void like_aside(draft *d)
{
    buffer aside = {0}, xml = {0};
    ok_code(draft_each_aside(d, list_aside, &aside), "what went aside");
    is_str((char *)aside.data,
           "/data/goat[1]/called=Bella (1)\n"
           "/data/member[2]/hat=black (1)\n"
           "/data/people=many (1)\n"
           "/data/shoe=38 (1)\n"
           "/data/shoe=a guess (note 0)\n",
           "is listed");
    ok_code(draft_export(&xml, t, draft_id(d)), "exported without its form");
    ok(strstr((char *)xml.data, "<data id=\"changing\" version=\"2\">") &&
           strstr((char *)xml.data, "<member><coat>red</coat></member><member>"
                                    "<name>Ali</name><coat>red</coat>"
                                    "</member>") &&
           strstr((char *)xml.data, "<head>Fatima</head>"),
       "as XML");
    buffer_free(&aside);
    buffer_free(&xml);
}

/* Finishes D (and frees it): what went aside is not lost. */
static void like_finished(draft *d)
{
    const twin_layer *layer = NULL;
    twin_cell *cells = NULL;
    arena *a = NULL;
    int64_t fid = 0;
    arena_new(&a);
    ok_code(draft_finalize(&fid, d), "finished");
    draft_free(d);
    twin_layer_find(&layer, t, "changing_record");
    twin_row_read(&cells, t, layer, fid, a);
    for (size_t i = 0; i < layer->column_count; i++)
        if (strcmp(layer->columns[i].name, "note") == 0)
            is_str(cells[i].value.bytes,
                   "! /data/member[2]/name: the son\n"
                   "/data/goat[1]/called: Bella (1)\n"
                   "/data/member[2]/hat: black (1)\n"
                   "/data/people: many (1)\n"
                   "/data/shoe: 38 (1)\n"
                   "/data/shoe: a guess (note 0)",
                   "what went aside is in the row's notes");
    arena_free(a);
}

static void test_upgrade(void)
{
    form *one = store_form(FIRST), *two = store_form(SECOND);
    draft *d = NULL, *none = NULL;
    int64_t id = begin_first(one);
    is_int(draft_open(&none, t, id, two, &STORE_AROUND), TAWAM_EUSAGE,
           "another version does not open it unasked");
    ok_code(draft_open(&d, t, id, one, &STORE_AROUND), "the old one does");
    draft_free(d);
    ok_code(draft_upgrade(&d, t, id, one, two, &STORE_AROUND), "upgraded");
    like_upgraded(d);
    draft_free(d);
    d = NULL;
    ok_code(draft_open(&d, t, id, two, &STORE_AROUND), "it is of the new one");
    like_aside(d);
    like_finished(d);
    form_free(one);
    form_free(two);
}

/* A replica made before there were drafts gets their tables. */
static void test_older(void)
{
    draft *d = NULL;
    twin_execute(t, "DROP TABLE tawam_draft_aside; DROP TABLE tawam_draft");
    twin_close(t);
    if (twin_open(&t, folder, TWIN_READ_ONLY))
        bail("%s", error_message());
    {
        draft_entry *list = NULL;
        size_t count = 9;
        arena *a = NULL;
        arena_new(&a);
        ok_code(draft_list(&list, &count, t, a), "only read, it has no drafts");
        is_int(count, 0, "none");
        arena_free(a);
    }
    twin_close(t);
    if (twin_open(&t, folder, 0))
        bail("%s", error_message());
    ok_code(draft_new(&d, t, f, &STORE_AROUND), "opened to be written, it can");
    draft_discard(t, draft_id(d));
    draft_free(d);
}

/* ---- half typed ---- */

static int typed_rows(void)
{
    sqlite3_stmt *count = NULL;
    int rows;
    if (twin_prepare(&count, t, "SELECT count(*) FROM tawam_draft_typed", 0) ||
        twin_step(t, count) <= 0)
        bail("%s", error_message());
    rows = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    return rows;
}

static void test_typed(void)
{
    draft *d = NULL;
    const char *path = NULL;
    ok_code(draft_new(&d, t, f, &STORE_AROUND), "a draft");
    ok(!draft_typed(&path, d), "nothing is half typed");
    ok_code(draft_set_typed(d, "/data/head", "Fat"), "half a name");
    ok_code(draft_set_typed(d, "/data/head", "Fatim"), "more of it");
    is_int(typed_rows(), 1, "one line a draft");
    d = open_again(d);
    is_str(draft_typed(&path, d), "Fatim", "there after opening again");
    is_str(path, "/data/head", "for its question");
    is_str(record_find(draft_record(d), "/data/head")->value, "",
           "and no answer");
    store_say(d, "/data/head", "Fatima");
    ok(!draft_typed(&path, d), "an answer ends it");
    is_int(typed_rows(), 0, "on disk too");
    draft_set_typed(d, "/data/people", "1");
    ok_code(draft_set_place(d, "/data/people"), "the place");
    d = open_again(d);
    is_str(draft_typed(&path, d), "1", "the place and the audit leave it");
    ok_code(draft_set_typed(d, NULL, NULL), "taken away");
    d = open_again(d);
    ok(!draft_typed(&path, d), "it is gone");
    draft_set_typed(d, "/data/people", "12");
    store_add(d, "/data", "member");
    ok(!draft_typed(&path, d), "an instance changes paths: it ends it");
    draft_set_typed(d, "/data/people", "12");
    ok_code(draft_discard(t, draft_id(d)), "the draft discarded");
    is_int(typed_rows(), 0, "all of it");
    draft_free(d);
}

int main(void)
{
    folder = scratch_folder("draft");
    f = store_form(FAMILY);
    if (twin_create(&t, folder))
        bail("%s", error_message());
    test_same();
    test_beside();
    test_two_windows();
    test_cheap();
    test_typed();
    test_upgrade();
    test_older();
    for (unsigned i = 1; i <= 12; i++)
        test_kill(i * 77, (int)(i * i));
    twin_close(t);
    form_free(f);
    remove_folder(folder);
    return done_testing();
}
