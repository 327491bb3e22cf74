/* SPDX-License-Identifier: MIT */
/* Workbooks: .xlsx made part by part, folders of CSV files, Markdown; what is
 * damaged, too large or no workbook. */
#include "tests/tap.h"
#include "form/workbook.h"
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

static char folder[] = "/tmp/tawam-workbook-XXXXXX";
static char path[300];

/* ---- making .xlsx ---- */

typedef struct part {
    const char *name, *text;
} part;

#define SHEET_HEAD                                                             \
    "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/"  \
    "main'><sheetData>"
#define SHEET_END "</sheetData></worksheet>"
#define BOOK(MORE)                                                             \
    "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/"   \
    "main' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/"    \
    "relationships'>" MORE "<sheets><sheet name='survey' sheetId='1' "         \
    "r:id='rId1'/></sheets></workbook>"
#define RELATIONS                                                              \
    "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/"    \
    "relationships'><Relationship Id='rId1' Target='worksheets/sheet1.xml'/>"  \
    "</Relationships>"

static void make_xlsx(const part *parts)
{
    zip_t *zip;
    int fault;
    snprintf(path, sizeof path, "%s/book.xlsx", folder);
    unlink(path);
    zip = zip_open(path, ZIP_CREATE, &fault);
    if (!zip)
        bail("no zip");
    for (; parts->name; parts++) {
        zip_source_t *source =
            zip_source_buffer(zip, parts->text, strlen(parts->text), 0);
        if (zip_file_add(zip, parts->name, source, ZIP_FL_ENC_UTF_8) < 0)
            bail("no part");
    }
    if (zip_close(zip) != 0)
        bail("zip not written");
}

static void make_sheet(const char *rows, const char *strings,
                       const char *styles, const char *book)
{
    part parts[6] = {{"xl/_rels/workbook.xml.rels", RELATIONS},
                     {"xl/workbook.xml", book},
                     {"xl/worksheets/sheet1.xml", rows}};
    size_t count = 3;
    if (strings)
        parts[count++] = (part){"xl/sharedStrings.xml", strings};
    if (styles)
        parts[count++] = (part){"xl/styles.xml", styles};
    parts[count] = (part){NULL, NULL};
    make_xlsx(parts);
}

/* ---- looking ---- */

static workbook *book;

static int open_it(void)
{
    workbook_free(book);
    book = NULL;
    return workbook_read(&book, path);
}

static const char *cell(size_t row, size_t column)
{
    const workbook_sheet *s = book ? workbook_find(book, "survey") : NULL;
    return s && row < s->row_count && column < s->column_count
               ? s->rows[row].cells[column]
               : "(none)";
}

static void refused(const char *words, const char *name)
{
    int code = open_it();
    if (!ok(code < 0 && strstr(error_message(), words), "refused: %s", name))
        diag("%s", code < 0 ? error_message() : "accepted");
}

static void test_xlsx(void)
{
    const workbook_sheet *s;
    make_sheet(
        SHEET_HEAD
        "<row r='2'><c r='A2' t='s'><v>0</v></c><c r='C2' t='inlineStr'><is>"
        "<t>name</t></is></c><c r='D2' t='str'><f>A1</f><v>label</v></c></row>"
        "<row r='4'><c r='A4' t='s'><v>1</v></c><c r='C4'><v>3</v></c>"
        "<c r='D4' t='b'><v>1</v></c></row>"
        "<row r='5'><c r='A5' s='1'><v>46173</v></c><c r='C5' s='1'>"
        "<v>46173.5</v></c><c r='D5' s='2'><v>0.25</v></c></row>"
        "<row><c><v>1.5</v></c><c/><c t='e'><v>#N/A</v></c>"
        "<c s='1'><v>-3</v></c></row>" SHEET_END,
        "<sst><si><t xml:space='preserve'> type </t></si><si><r><t>se</t></r>"
        "<r><rPr/><t>lect</t></r><rPh sb='0'><t>no</t></rPh></si></sst>",
        "<styleSheet><numFmts><numFmt numFmtId='165' formatCode='\"day\" "
        "hh:mm'/></numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/>"
        "<xf numFmtId='165'/></cellXfs></styleSheet>",
        BOOK(""));
    ok(open_it() == TAWAM_OK, "a workbook") || (diag("%s", error_message()), 0);
    s = workbook_find(book, "SURVEY");
    ok(s && s->column_count == 4 && s->row_count == 3, "its sheet");
    is_str(s->headers[0], "type", "a shared string, trimmed");
    is_str(s->headers[1], "", "a cell that is not there");
    is_str(s->headers[2], "name", "an inline string");
    is_str(s->headers[3], "label", "the value of a formula");
    is_str(cell(0, 0), "select", "rich text, without what is read aloud");
    is_str(cell(0, 2), "3", "a whole number");
    is_str(cell(0, 3), "TRUE", "a boolean");
    is_int((long long)s->rows[0].number, 4, "rows keep their numbers");
    is_str(cell(1, 0), "2026-05-31", "a date");
    is_str(cell(1, 2), "2026-05-31 12:00:00", "a date with a time");
    is_str(cell(1, 3), "06:00:00", "a time by a format of the file's own");
    is_str(cell(2, 0), "1.5", "cells without references");
    is_str(cell(2, 2), "#N/A", "an error is its text");
    is_str(cell(2, 3), "-3", "no date before the epoch");
    make_sheet(SHEET_HEAD
               "<row r='1'><c r='A1' t='inlineStr'><is><t>d</t></is></c></row>"
               "<row r='2'><c r='A2' s='1'><v>44711</v></c></row>" SHEET_END,
               NULL,
               "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='22'/>"
               "</cellXfs></styleSheet>",
               BOOK("<workbookPr date1904='1'/>"));
    ok(open_it() == TAWAM_OK, "a workbook of 1904");
    is_str(cell(0, 0), "2026-05-31", "its dates");
}

static void test_bad_xlsx(void)
{
    FILE *f;
    char *zeros = memory_new(3 << 20);
    part bomb[] = {{"xl/_rels/workbook.xml.rels", RELATIONS},
                   {"xl/workbook.xml", BOOK("")},
                   {"xl/worksheets/sheet1.xml", zeros},
                   {NULL, NULL}};
    make_sheet("<!DOCTYPE a [<!ENTITY x 'y'>]>" SHEET_HEAD SHEET_END, NULL,
               NULL, BOOK(""));
    refused("no XML that a workbook", "a DOCTYPE");
    make_sheet("<worksheet><sheetData><row>", NULL, NULL, BOOK(""));
    refused("sheet1.xml", "a sheet that is cut");
    make_xlsx((part[]){{"xl/workbook.xml", BOOK("")}, {NULL, NULL}});
    refused("no .xlsx workbook", "a zip without relations");
    make_xlsx((part[]){{"mimetype", "x"}, {NULL, NULL}});
    refused("no .xlsx workbook", "another zip");
    memset(zeros, ' ', (3 << 20) - 1);
    make_xlsx(bomb);
    refused("unpacked", "a part that grows a thousandfold");
    free(zeros);
    snprintf(path, sizeof path, "%s/text.xlsx", folder);
    if ((f = fopen(path, "w"))) {
        fputs("words\n", f);
        fclose(f);
    }
    refused("no zip file", "a text file");
    snprintf(path, sizeof path, "%s/none.xlsx", folder);
    refused("none.xlsx", "no file");
    snprintf(path, sizeof path, "%s/old.xls", folder);
    refused("save it as .xlsx", ".xls");
    snprintf(path, sizeof path, "%s/form.pdf", folder);
    refused("No such file", "another kind that is not there");
    if ((f = fopen(path, "w")))
        fclose(f);
    refused("a form is", "another kind");
}

/* ---- CSV and Markdown ---- */

static void write_bytes(const char *name, const char *bytes, size_t length)
{
    char file[400];
    FILE *f;
    snprintf(file, sizeof file, "%s/%s", path, name);
    f = fopen(file, "w");
    if (!f || fwrite(bytes, 1, length, f) != length || fclose(f) != 0)
        bail("%s not written", file);
}

static void write_file(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void test_csv(void)
{
    snprintf(path, sizeof path, "%s/form", folder);
    mkdir(path, 0700);
    refused("no survey.csv", "an empty folder");
    write_file("survey.csv", "\xef\xbb\xbftype,name,label\r\n"
                             "text,a,\"A, \"\"quoted\"\"\nsecond line\"\r\n"
                             "\r\nnote,b,\xc2\xa0"
                             "B\xc2\xa0\r\n");
    write_file("choices.csv", "list_name,name\nl,x\n,,beside\n\xc2\xa0\n");
    ok(open_it() == TAWAM_OK, "a folder") || (diag("%s", error_message()), 0);
    is_str(cell(0, 2), "A, \"quoted\"\nsecond line", "a quoted cell");
    is_str(cell(1, 2), "B", "blanks that don't break are blanks");
    is_int((long long)workbook_find(book, "survey")->rows[1].number, 4,
           "an empty row has a number too");
    if (!ok(workbook_find(book, "choices") != NULL, "a file is a sheet"))
        bail("no sheet");
    is_int((long long)workbook_find(book, "choices")->row_count, 1,
           "words beside the table, or blanks, make no row");
    write_file("survey.csv", "type,name\ntext,\"a\n");
    refused("quotation mark", "a quotation mark that is not closed");
    write_file("survey.csv", "type,name\ntext,\xff\n");
    refused("UTF-8", "another encoding");
    write_bytes("survey.csv", "t\0y\0p\0e\0\n\0", 10);
    refused("UTF-8", "UTF-16 without a mark");
    write_file("survey.csv", "type,name\ntext,\n");
    write_file("Survey.CSV", "type,name\nnote,a\n");
    refused("two files", "a sheet twice, in other letters");
}

static void test_markdown(void)
{
    static const char text[] = "# A form\n\n| survey |\n| | type | name |\n"
                               "| | --- | --- |\n| | text | a \\| b |\n\n"
                               "| choices | | |\n|  | list_name | name |\n";
    workbook *w = NULL;
    ok(workbook_read_markdown(&w, text, sizeof text - 1) == TAWAM_OK,
       "Markdown");
    is_int((long long)w->sheet_count, 2, "two sheets");
    is_str(workbook_find(w, "survey")->rows[0].cells[1], "a | b",
           "an escaped bar");
    workbook_free(w);
    w = NULL;
    ok(workbook_read_markdown(&w, "| | a |\n", 8) == TAWAM_EUSAGE,
       "a row before its sheet");
}

static void test_limits(void)
{
    workbook *w = NULL;
    workbook_sheet *s = NULL;
    const char *row[3] = {"a", "b", "c"};
    static const char *wide[WORKBOOK_COLUMNS_MOST + 1];
    if (workbook_new(&w) || workbook_add_sheet(&s, w, "survey"))
        bail("%s", error_message());
    workbook_add_row(w, s, 1, row, 3);
    workbook_add_row(w, s, 2, row, 3);
    workbook_add_row(w, s, 63, row, 3);
    is_int((long long)s->row_count, 1, "a sheet ends after 60 empty rows");
    for (size_t i = 0; i <= WORKBOOK_COLUMNS_MOST; i++)
        wide[i] = "x";
    if (workbook_add_sheet(&s, w, "wide"))
        bail("%s", error_message());
    ok(workbook_add_row(w, s, 1, wide, WORKBOOK_COLUMNS_MOST + 1) ==
           TAWAM_EUSAGE,
       "more than 2,000 columns are refused");
    workbook_free(w);
}

int main(void)
{
    char command[400];
    if (!mkdtemp(folder))
        bail("no folder");
    test_xlsx();
    test_bad_xlsx();
    test_csv();
    test_markdown();
    test_limits();
    workbook_free(book);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        diag("%s stays", folder);
    return done_testing();
}
