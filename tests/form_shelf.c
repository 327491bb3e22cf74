/* SPDX-License-Identifier: MIT */
/* The shelf: forms put and found, versions, attachments, damage. */
#include "form/form.h"
#include "tests/twin_support.h"

static twin *t;
static arena *a;

/* A form of one question; WORDS make it longer. */
static char *xform(const char *id, const char *version, const char *words)
{
    return memory_format(
        "<h:html xmlns='http://www.w3.org/2002/xforms' "
        "xmlns:h='http://www.w3.org/1999/xhtml'><h:head><h:title>%s</h:title>"
        "<model><instance><data id='%s' version='%s'><name/></data></instance>"
        "<bind nodeset='/data/name' type='string'/></model></h:head><h:body>"
        "<input ref='/data/name'><label>%s</label></input></h:body></h:html>",
        id, id, version, words);
}

static int put(const char *id, const char *version, int current)
{
    static const uint8_t noise[] = {3, 1, 4, 1, 5, 9, 2, 6};
    char *list = memory_array(20001, 1);
    char *xml = xform(id, version, "Nom");
    shelf_form f = {.id = id,
                    .version = version,
                    .title = "Title",
                    .current = current,
                    .published = 1000};
    shelf_attachment files[] = {{"list.csv", list, 20000},
                                {"noise.bin", noise, sizeof noise},
                                {"empty.csv", NULL, 0}};
    int code;
    memset(list, 'x', 20000);
    code = shelf_put(t, &f, xml, strlen(xml), files, 3);
    free(list);
    free(xml);
    return code;
}

static void nothing(void)
{
    shelf_form *list = NULL;
    size_t count = 9;
    form *f = NULL;
    buffer out = {0};
    ok_code(shelf_list(&list, &count, t, a), "a replica without tables");
    is_int(count, 0, "holds no forms");
    is_int(shelf_open(&f, t, "well", NULL), TAWAM_ENOTFOUND, "none opens");
    ok(strstr(error_message(), "form publish"), "what to do is said");
    is_int(shelf_file(&out, t, "well", "1", "x"), TAWAM_ENOTFOUND,
           "nor is there a file");
    buffer_free(&out);
}

static void versions(void)
{
    shelf_form *list = NULL;
    size_t count = 0;
    form *f = NULL;
    ok_code(put("well", "9", 1), "version 9");
    ok_code(put("well", "10", 1), "version 10");
    ok_code(put("road", "", 1), "a form without a version");
    ok_code(shelf_list(&list, &count, t, a), "a list");
    is_int(count, 3, "has all");
    is_str(list[0].id, "road", "by id");
    is_str(list[1].version, "10", "the newest version first, numbers by value");
    ok(list[1].current && !list[2].current, "one is current");
    is_int(list[1].published, 1000, "when it was published");
    ok_code(shelf_open(&f, t, "well", NULL), "the current one opens");
    is_str(f ? f->version : "", "10", "it is the last put so");
    form_free(f);
    ok_code(shelf_open(&f, t, "well", "9"), "the older one opens too");
    form_free(f);
    is_int(shelf_open(&f, t, "well", "8"), TAWAM_ENOTFOUND, "no version 8");
    ok(strstr(error_message(), "10, 9"), "those there are, are named");
    is_int(shelf_open(&f, t, "wel", NULL), TAWAM_ENOTFOUND, "no such id");
    ok(strstr(error_message(), "well"), "the nearest is named");
    ok_code(shelf_set_current(t, "well", "9"), "back to 9");
    ok_code(shelf_open(&f, t, "well", NULL), "the current one opens");
    is_str(f ? f->version : "", "9", "it is 9");
    form_free(f);
}

static void withdrawn(void)
{
    form *f = NULL;
    ok_code(shelf_set_withdrawn(t, "well", "9", 1), "9 is withdrawn");
    is_int(shelf_open(&f, t, "well", NULL), TAWAM_ENOTFOUND,
           "then none is current");
    ok(strstr(error_message(), "not published any more"), "which is said");
    ok_code(shelf_open(&f, t, "well", "9"), "but it opens by its version");
    form_free(f);
}

static void files(void)
{
    buffer out = {0};
    const char **names = NULL;
    size_t count = 0;
    ok_code(shelf_file_names(&names, &count, t, "well", "10", a), "names");
    is_int(count, 3, "of all attachments");
    is_str(names[0], "empty.csv", "sorted");
    ok_code(shelf_file(&out, t, "well", "10", "list.csv"), "a long file");
    ok(out.length == 20000 && out.data[19999] == 'x', "comes out whole");
    buffer_clear(&out);
    ok_code(shelf_file(&out, t, "well", "10", "noise.bin"), "a short one");
    ok(out.length == 8 && out.data[5] == 9, "too");
    buffer_clear(&out);
    ok_code(shelf_file(&out, t, "road", NULL, "empty.csv"), "an empty one");
    is_int(out.length, 0, "is empty");
    is_int(shelf_file(&out, t, "road", NULL, "x.csv"), TAWAM_ENOTFOUND,
           "one that is not there");
    buffer_free(&out);
}

/* Long texts take little room; a form with a problem has none. */
static void kept(void)
{
    char *words = memory_array(100001, 1), *xml;
    shelf_form f = {.id = "long", .version = "1", .title = "", .current = 1};
    sqlite3_stmt *s = NULL;
    form *out = NULL;
    memset(words, 'w', 100000);
    xml = xform("long", "1", words);
    ok_code(shelf_put(t, &f, xml, strlen(xml), NULL, 0), "a long form");
    twin_prepare(&s, t, "SELECT length(xml) FROM tawam_form WHERE id='long'",
                 0);
    twin_step(t, s);
    ok(sqlite3_column_int(s, 0) < 2000, "is packed");
    sqlite3_finalize(s);
    f.problem = "made for a newer tawam";
    ok_code(shelf_put(t, &f, NULL, 0, NULL, 0), "one that can't be used");
    is_int(shelf_open(&out, t, "long", NULL), TAWAM_ENEWER, "does not open");
    ok(strstr(error_message(), "newer tawam"), "why is said");
    free(words);
    free(xml);
}

static void damage(void)
{
    form *f = NULL;
    ok_code(twin_execute(t, "UPDATE tawam_form SET xml=substr(xml,1,20)"
                            " WHERE id='road'"),
            "a frame cut short");
    is_int(shelf_open(&f, t, "road", NULL), TAWAM_EDAMAGED, "is noticed");
    ok_code(twin_execute(t, "UPDATE tawam_form SET xml=x'28b52ffd'"
                            " WHERE id='road'"),
            "its first bytes alone");
    is_int(shelf_open(&f, t, "road", NULL), TAWAM_EDAMAGED, "too");
}

int main(void)
{
    char *folder = scratch_folder("shelf");
    if (arena_new(&a) != TAWAM_OK || twin_create(&t, folder) != TAWAM_OK)
        return 1;
    nothing();
    versions();
    withdrawn();
    files();
    kept();
    damage();
    ok_code(twin_check(t), "the replica is a good GeoPackage");
    twin_close(t);
    arena_free(a);
    remove_folder(folder);
    return done_testing();
}
