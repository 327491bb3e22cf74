/* SPDX-License-Identifier: MIT */
/* A form as it is published: the same sheets whatever workbook they came in,
 * the same XForm again; and without memory never another one. */
#include "form/form.h"
#include "tests/twin_support.h"

static const char SHEETS[] = "| survey |\n"
                             "| | type | name | label | save_to | relevant |\n"
                             "| | text | name | A \\| \"b\", c | title | |\n"
                             "| | select_one s | state | Etat | state | |\n"
                             "| | begin_repeat | user | Usager ${name} | | |\n"
                             "| | text | first | Nom | | ${state} = 'ok' |\n"
                             "| | end_repeat | | | | |\n"
                             "| notes |\n"
                             "| | text |\n"
                             "| | not for others |\n"
                             "| choices |\n"
                             "| | list_name | name | label |\n"
                             "| | s | ok | Bon |\n"
                             "| settings |\n"
                             "| | form_title | version |\n"
                             "| | Puits | 7 |\n"
                             "| entities |\n"
                             "| | list_name | label |\n"
                             "| | well | ${name} |\n";

static char *folder, *markdown, *sheets;

static void write_text(const char *path, const void *bytes, size_t length)
{
    ok_code(file_write_atomic(path, bytes, length), "%s", file_name(path));
}

/* PATH's parts -> its XForm, and the one of the file itself. */
static void same_form(const form_source *s, const char *path, const char *what)
{
    form_messages *m = NULL;
    buffer from_parts = {0}, from_file = {0};
    form_messages_new(&m);
    ok_code(form_file_xform(&from_file, m, path), "%s: the file's", what);
    ok_code(form_source_xform(&from_parts, m, s, "puits"), "its parts'");
    is_str((char *)from_parts.data, (char *)from_file.data, "the same XForm");
    form_messages_free(m);
    buffer_free(&from_parts);
    buffer_free(&from_file);
}

static form_source *from_markdown(void)
{
    form_source *s = NULL;
    ok_code(form_source_read(&s, markdown), "parts of a Markdown form");
    is_int(s->count, 4, "the sheets that make a form, and no other");
    is_str(s->parts[0].name, "survey.csv", "the survey first");
    ok(strstr((const char *)s->parts[0].bytes,
              "text,name,\"A | \"\"b\"\", c\""),
       "quoted where CSV asks for it");
    same_form(s, markdown, "Markdown");
    return s;
}

/* Written out and read again they are the same bytes. */
static void from_folder(const form_source *first)
{
    form_source *s = NULL;
    file_make_folders(sheets);
    for (size_t i = 0; i < first->count; i++) {
        char *path = file_join(sheets, first->parts[i].name);
        write_text(path, first->parts[i].bytes, first->parts[i].length);
        free(path);
    }
    ok_code(form_source_read(&s, sheets), "parts of a folder");
    is_int(s->count, first->count, "as many");
    for (size_t i = 0; i < s->count; i++)
        ok(s->parts[i].length == first->parts[i].length &&
               memcmp(s->parts[i].bytes, first->parts[i].bytes,
                      s->parts[i].length) == 0,
           "%s has the same bytes", s->parts[i].name);
    form_source_free(s);
}

static void refused(void)
{
    form_source *s = NULL;
    char *path = file_join(folder, "none.md");
    write_text(path, "| notes |\n| | a |\n| | b |\n", 24);
    is_int(form_source_read(&s, path), TAWAM_EUSAGE, "no survey");
    ok(strstr(error_message(), "survey"), "is said");
    free(path);
}

/* Each allocation fails once: the same XForm, or an error that says why. */
static void without_memory(const form_source *s)
{
    buffer good = {0};
    form_messages *m = NULL;
    long count, wrong = 0, misnamed = 0;
    form_messages_new(&m);
    count = memory_allocations();
    form_source_xform(&good, m, s, "puits");
    count = memory_allocations() - count;
    form_messages_free(m);
    for (long i = 1; i <= count; i++) {
        buffer out = {0};
        int code;
        form_messages_new(&m);
        memory_fail_at(i);
        code = form_source_xform(&out, m, s, "puits");
        memory_fail_at(0);
        wrong +=
            code == TAWAM_OK && (out.length != good.length ||
                                 memcmp(out.data, good.data, good.length) != 0);
        misnamed += code != TAWAM_OK && code != TAWAM_EMEMORY;
        form_messages_free(m);
        buffer_free(&out);
    }
    ok(count > 100, "%ld allocations", count);
    is_int(wrong, 0, "none that fails gives another form");
    is_int(misnamed, 0, "nor is called a fault of the form");
    buffer_free(&good);
}

int main(void)
{
    form_source *s = NULL;
    folder = scratch_folder("source");
    file_make_folders(folder);
    markdown = file_join(folder, "puits.md");
    sheets = file_join(folder, "puits");
    write_text(markdown, SHEETS, strlen(SHEETS));
    s = from_markdown();
    from_folder(s);
    same_form(s, sheets, "folder");
    refused();
    without_memory(s);
    form_source_free(s);
    free(markdown);
    free(sheets);
    remove_folder(folder);
    return done_testing();
}
