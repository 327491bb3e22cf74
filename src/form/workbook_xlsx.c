/* SPDX-License-Identifier: MIT */
/* .xlsx (ECMA-376): a zip of XML. The parts that are read: xl/workbook.xml and
 * its relations (names and files of sheets), sharedStrings.xml, styles.xml
 * (which numbers are dates), the sheets.
 *
 * Invariant: a part larger than PART_MOST, or larger than SMALL and EXPANSION
 * times what it takes in the zip, is refused before it is unpacked; entities of
 * one's own are not expanded, nor is a DOCTYPE accepted.
 */
#include "form/workbook.h"
#include "form/xml_memory_internal.h"
#include <libxml/xmlreader.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define PART_MOST ((zip_uint64_t)256 << 20)
#define SMALL ((zip_uint64_t)1 << 20)
#define EXPANSION 200

typedef struct string_list {
    char **list;
    size_t count, capacity;
} string_list;

typedef struct xlsx {
    zip_t *zip;
    workbook *w;
    string_list strings; /* shared ones */
    string_list names;   /* of sheets */
    string_list parts;   /* their files */
    uint8_t *is_date;    /* by cell format */
    size_t format_count, format_capacity;
    uint8_t *custom_dates; /* number formats of the file, by id */
    size_t custom_count, custom_capacity;
    int from_1904;
} xlsx;

/* ---- parts ---- */

static int open_part(buffer *out, xlsx *x, const char *name)
{
    zip_stat_t stat;
    zip_file_t *file = NULL;
    zip_int64_t got = 0;
    int code = TAWAM_OK;
    if (zip_stat(x->zip, name, 0, &stat) != 0)
        return TAWAM_ENOTFOUND;
    if (stat.size > PART_MOST ||
        (stat.size > SMALL && stat.size > EXPANSION * stat.comp_size))
        return error_set(TAWAM_EUSAGE,
                         _("%s would take %llu bytes unpacked: that is no "
                           "form"),
                         name, (unsigned long long)stat.size);
    file = zip_fopen(x->zip, name, 0);
    if (!file)
        return error_set(TAWAM_EUSAGE, _("%s can't be unpacked: %s"), name,
                         zip_strerror(x->zip));
    while (code == TAWAM_OK && out->length <= stat.size) {
        uint8_t piece[65536];
        got = zip_fread(file, piece, sizeof piece);
        if (got <= 0)
            break;
        buffer_bytes(out, piece, (size_t)got);
        code = buffer_check(out);
    }
    if (code == TAWAM_OK && (got < 0 || out->length != stat.size))
        code = error_set(TAWAM_EUSAGE, _("%s can't be unpacked: it is damaged"),
                         name);
    zip_fclose(file);
    return code;
}

typedef struct part {
    buffer bytes;
    xmlTextReader *reader;
} part;

static int part_open(part *p, xlsx *x, const char *name)
{
    int code = open_part(&p->bytes, x, name);
    if (code != TAWAM_OK)
        return code;
    xml_memory_begin();
    p->reader = xmlReaderForMemory(p->bytes.data ? (char *)p->bytes.data : "",
                                   (int)p->bytes.length, NULL, NULL,
                                   XML_PARSE_NONET | XML_PARSE_HUGE);
    if (!p->reader)
        return error_memory();
    xml_listen(p->reader, NULL);
    return TAWAM_OK;
}

static void part_close(part *p)
{
    xmlFreeTextReader(p->reader);
    buffer_free(&p->bytes);
}

/* The next node: 1, 0 at the end, or an error about NAME. */
static int part_next(part *p, const char *name)
{
    int more = xmlTextReaderRead(p->reader);
    if (more == 1 &&
        xmlTextReaderNodeType(p->reader) == XML_READER_TYPE_DOCUMENT_TYPE)
        more = -1;
    if (xml_memory_failed())
        return error_memory();
    return more < 0 ? error_set(TAWAM_EUSAGE,
                                _("%s is no XML that a workbook "
                                  "may have"),
                                name)
                    : more;
}

static int is_element(const part *p, const char *name)
{
    const xmlChar *local = xmlTextReaderConstLocalName(p->reader);
    return xmlTextReaderNodeType(p->reader) == XML_READER_TYPE_ELEMENT &&
           local && strcmp((const char *)local, name) == 0;
}

static int is_end(const part *p, const char *name)
{
    const xmlChar *local = xmlTextReaderConstLocalName(p->reader);
    return xmlTextReaderNodeType(p->reader) == XML_READER_TYPE_END_ELEMENT &&
           local && strcmp((const char *)local, name) == 0;
}

/* An attribute's copy ("" when it is not there), to be freed; NULL: no memory.
 */
static char *attribute(const part *p, const char *name)
{
    xmlChar *value =
        xmlTextReaderGetAttribute(p->reader, (const xmlChar *)name);
    char *copy = memory_string(value ? (const char *)value : "");
    xmlFree(value);
    return copy;
}

static int is_text(const part *p)
{
    int type = xmlTextReaderNodeType(p->reader);
    return type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
           type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE ||
           type == XML_READER_TYPE_WHITESPACE;
}

static int list_add(string_list *l, char *text)
{
    int code = text ? memory_reserve((void **)&l->list, &l->capacity,
                                     l->count + 1, sizeof *l->list)
                    : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        l->list[l->count++] = text;
    else
        free(text);
    return code;
}

static void list_free(string_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->list[i]);
    free(l->list);
}

/* ---- shared strings: <si><t>…</t></si>, or runs <r><t>…</t></r>; phonetic
 * ones <rPh> say how it is read aloud and don't count ---- */

/* Text of the element that is open, called NAME, up to its end. */
static int read_rich(buffer *out, part *p, const char *name)
{
    int in_text = 0, aloud = 0, code = 1;
    if (xmlTextReaderIsEmptyElement(p->reader) == 1)
        return TAWAM_OK;
    while (code == 1 && (code = part_next(p, name)) == 1 && !is_end(p, name)) {
        if (is_element(p, "rPh"))
            aloud = xmlTextReaderIsEmptyElement(p->reader) != 1;
        else if (is_end(p, "rPh"))
            aloud = 0;
        else if (is_element(p, "t"))
            in_text = xmlTextReaderIsEmptyElement(p->reader) != 1;
        else if (is_end(p, "t"))
            in_text = 0;
        else if (in_text && !aloud && is_text(p))
            buffer_text(out, (const char *)xmlTextReaderConstValue(p->reader));
    }
    return code < 0 ? code : buffer_check(out);
}

static int read_strings(xlsx *x)
{
    static const char name[] = "xl/sharedStrings.xml";
    part p = {0};
    int code = part_open(&p, x, name);
    if (code == TAWAM_ENOTFOUND)
        code = 0;
    else if (code == TAWAM_OK)
        code = 1;
    while (code == 1 && (code = part_next(&p, name)) == 1)
        if (is_element(&p, "si")) {
            buffer text = {0};
            int one = read_rich(&text, &p, "si");
            if (one == TAWAM_OK)
                one = list_add(&x->strings, text.data ? buffer_take(&text)
                                                      : memory_string(""));
            buffer_free(&text);
            code = one == TAWAM_OK ? 1 : one;
        }
    part_close(&p);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- styles: which cell formats are dates ---- */

/* 1 if a number format of the file shows days or hours: a letter of d m y h s
 * outside of quotes and brackets. */
static int shows_date(const char *code)
{
    for (; *code; code++) {
        if (*code == '"')
            code = strchr(code + 1, '"') ? strchr(code + 1, '"') : code;
        else if (*code == '[')
            code = strchr(code, ']') ? strchr(code, ']') : code;
        else if (*code == '\\' && code[1])
            code++;
        else if (strchr("dmyhsDMYHS", *code))
            return 1;
    }
    return 0;
}

static int mark(uint8_t **list, size_t *count, size_t *capacity, size_t at,
                int value)
{
    int code;
    if (at > 100000)
        return TAWAM_OK;
    code = memory_reserve((void **)list, capacity, at + 1, 1);
    if (code != TAWAM_OK)
        return code;
    for (; *count <= at; ++*count)
        (*list)[*count] = 0;
    (*list)[at] = (uint8_t)value;
    return TAWAM_OK;
}

static size_t number_of(const part *p, const char *name)
{
    char *text = attribute(p, name);
    size_t number = text ? strtoul(text, NULL, 10) : 0;
    free(text);
    return number;
}

static int is_date_format(const xlsx *x, size_t id)
{
    return (id >= 14 && id <= 22) || (id >= 45 && id <= 47) ||
           (id < x->custom_count && x->custom_dates[id]);
}

static int read_style(xlsx *x, part *p, int in_cells)
{
    if (is_element(p, "numFmt")) {
        char *words = attribute(p, "formatCode");
        int code = words ? mark(&x->custom_dates, &x->custom_count,
                                &x->custom_capacity, number_of(p, "numFmtId"),
                                shows_date(words))
                         : TAWAM_EMEMORY;
        free(words);
        return code;
    }
    if (in_cells && is_element(p, "xf"))
        return mark(&x->is_date, &x->format_count, &x->format_capacity,
                    x->format_count,
                    is_date_format(x, number_of(p, "numFmtId")));
    return TAWAM_OK;
}

static int read_styles(xlsx *x)
{
    static const char name[] = "xl/styles.xml";
    part p = {0};
    int in_cells = 0, code = part_open(&p, x, name), one;
    code = code == TAWAM_ENOTFOUND ? 0 : code == TAWAM_OK ? 1 : code;
    while (code == 1 && (code = part_next(&p, name)) == 1) {
        if (is_element(&p, "cellXfs"))
            in_cells = 1;
        else if (is_end(&p, "cellXfs"))
            in_cells = 0;
        one = read_style(x, &p, in_cells);
        code = one == TAWAM_OK ? 1 : one;
    }
    part_close(&p);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- the workbook: names of sheets, and through relations their parts ---- */

typedef struct relations {
    string_list ids, targets;
} relations;

static int read_relations(relations *r, xlsx *x)
{
    static const char name[] = "xl/_rels/workbook.xml.rels";
    part p = {0};
    int code = part_open(&p, x, name), one;
    code = code == TAWAM_OK ? 1 : code;
    while (code == 1 && (code = part_next(&p, name)) == 1)
        if (is_element(&p, "Relationship")) {
            one = list_add(&r->ids, attribute(&p, "Id"));
            if (one == TAWAM_OK)
                one = list_add(&r->targets, attribute(&p, "Target"));
            code = one == TAWAM_OK ? 1 : one;
        }
    part_close(&p);
    if (code == TAWAM_ENOTFOUND)
        return error_set(TAWAM_EUSAGE,
                         _("this is no .xlsx workbook: %s is "
                           "not in it"),
                         name);
    return code < 0 ? code : TAWAM_OK;
}

/* "worksheets/sheet1.xml" or "/xl/worksheets/sheet1.xml" -> name in the zip. */
static char *part_name(const relations *r, const char *id)
{
    for (size_t i = 0; i < r->targets.count; i++)
        if (strcmp(r->ids.list[i], id) == 0)
            return r->targets.list[i][0] == '/'
                       ? memory_string(r->targets.list[i] + 1)
                       : memory_format("xl/%s", r->targets.list[i]);
    return memory_string("");
}

static int read_sheet_name(xlsx *x, part *p, const relations *r)
{
    char *id = (char *)xmlTextReaderGetAttributeNs(
        p->reader, (const xmlChar *)"id",
        (const xmlChar *)"http://schemas.openxmlformats.org/officeDocument/"
                         "2006/relationships");
    int code = list_add(&x->names, attribute(p, "name"));
    if (code == TAWAM_OK)
        code = list_add(&x->parts, part_name(r, id ? id : ""));
    xmlFree(id);
    return code;
}

static int read_names(xlsx *x, const relations *r)
{
    static const char name[] = "xl/workbook.xml";
    part p = {0};
    int code = part_open(&p, x, name), one = TAWAM_OK;
    code = code == TAWAM_OK ? 1 : code;
    while (code == 1 && (code = part_next(&p, name)) == 1) {
        if (is_element(&p, "workbookPr")) {
            char *epoch = attribute(&p, "date1904");
            x->from_1904 = epoch && (strcmp(epoch, "1") == 0 ||
                                     strcmp(epoch, "true") == 0);
            free(epoch);
        } else if (is_element(&p, "sheet"))
            one = read_sheet_name(x, &p, r);
        code = one == TAWAM_OK ? 1 : one;
    }
    part_close(&p);
    if (code == TAWAM_ENOTFOUND)
        return error_set(TAWAM_EUSAGE,
                         _("this is no .xlsx workbook: %s is "
                           "not in it"),
                         name);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- cells ---- */

typedef struct cell {
    size_t column; /* from 0 */
    char *type;    /* "s", "str", "inlineStr", "b", "n", "e", "d", "" */
    size_t format;
    buffer value;
} cell;

/* "BC12" -> 54; SIZE_MAX when it is no reference. */
static size_t column_of(const char *reference)
{
    size_t column = 0;
    for (; *reference >= 'A' && *reference <= 'Z'; reference++)
        column = column * 26 + (size_t)(*reference - 'A') + 1;
    return column && column <= 16384 ? column - 1 : SIZE_MAX;
}

/* Days since the epoch of the file as a date, with a time if it has one, or a
 * time alone below one day. The 1900 epoch counts a 29 February 1900 that
 * never was. */
static void write_date(buffer *out, double days, int from_1904)
{
    char text[32];
    double whole = floor(days), seconds = floor((days - whole) * 86400 + 0.5);
    int64_t epoch = from_1904 ? -24107 : whole < 60 ? -25568 : -25569;
    clock_format(text,
                 ((int64_t)whole + epoch) * 86400000 + (int64_t)seconds * 1000);
    text[19] = '\0';
    text[10] = ' ';
    if (seconds == 0)
        text[10] = '\0';
    buffer_text(out, whole == 0 && seconds > 0 ? text + 11 : text);
}

static void write_number(buffer *out, const xlsx *x, const cell *c,
                         const char *value)
{
    char *end;
    double number = strtod(value, &end);
    char text[40];
    if (end == value || *end) {
        buffer_text(out, value);
        return;
    }
    if (c->format < x->format_count && x->is_date[c->format] && number >= 0 &&
        number < 2958466) {
        write_date(out, number, x->from_1904);
        return;
    }
    text_from_decimal(text, number);
    buffer_text(out, text);
}

/* The text of a cell whose value is read; to be freed; NULL: no memory. */
static char *cell_text(const xlsx *x, const cell *c)
{
    const char *value = c->value.data ? (char *)c->value.data : "";
    buffer out = {0};
    if (strcmp(c->type, "s") == 0) {
        size_t at = strtoul(value, NULL, 10);
        buffer_text(&out,
                    *value && at < x->strings.count ? x->strings.list[at] : "");
    } else if (strcmp(c->type, "b") == 0)
        buffer_text(&out, *value == '1' ? "TRUE" : "FALSE");
    else if (strcmp(c->type, "") == 0 || strcmp(c->type, "n") == 0)
        write_number(&out, x, c, value);
    else
        buffer_text(&out, value);
    if (!out.data)
        return out.failed ? NULL : memory_string("");
    return buffer_take(&out);
}

/* <c r= t= s=><v>…</v></c>, or <is>…</is> of an inline string. */
static int read_cell(char **out, size_t *column, xlsx *x, part *p,
                     const char *name)
{
    char *reference = attribute(p, "r"), *type = attribute(p, "t");
    cell c = {.type = type, .format = number_of(p, "s")};
    int code = reference && type ? 1 : TAWAM_EMEMORY, in_value = 0, one;
    if (reference && column_of(reference) != SIZE_MAX)
        *column = column_of(reference);
    if (code == 1 && xmlTextReaderIsEmptyElement(p->reader) != 1)
        while (code == 1 && (code = part_next(p, name)) == 1 &&
               !is_end(p, "c")) {
            if (is_element(p, "is")) {
                one = read_rich(&c.value, p, "is");
                code = one == TAWAM_OK ? 1 : one;
            } else if (is_element(p, "v"))
                in_value = xmlTextReaderIsEmptyElement(p->reader) != 1;
            else if (is_end(p, "v"))
                in_value = 0;
            else if (in_value && is_text(p))
                buffer_text(&c.value,
                            (const char *)xmlTextReaderConstValue(p->reader));
        }
    if (code >= 0) {
        *out = cell_text(x, &c);
        code = *out ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&c.value);
    free(reference);
    free(type);
    return code;
}

static void free_cells(char **cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(cells[i]);
        cells[i] = NULL;
    }
}

static int read_row(xlsx *x, part *p, const char *name, workbook_sheet *sheet,
                    size_t number, char **cells)
{
    size_t column = 0, width = 0;
    int code = 1;
    if (xmlTextReaderIsEmptyElement(p->reader) == 1)
        return TAWAM_OK;
    while (code == 1 && (code = part_next(p, name)) == 1 && !is_end(p, "row"))
        if (is_element(p, "c")) {
            char *text = NULL;
            int one = read_cell(&text, &column, x, p, name);
            if (one == TAWAM_OK && column < WORKBOOK_COLUMNS_MOST) {
                free(cells[column]);
                cells[column] = text;
                width = column + 1 > width ? column + 1 : width;
            } else
                free(text);
            column++;
            code = one == TAWAM_OK ? 1 : one;
        }
    if (code >= 0)
        code = workbook_add_row(x->w, sheet, number, (const char *const *)cells,
                                width);
    free_cells(cells, width);
    return code;
}

static int read_rows(xlsx *x, part *p, const char *name, workbook_sheet *sheet,
                     char **cells)
{
    size_t number = 0;
    int code = 1;
    while (code == 1 && (code = part_next(p, name)) == 1)
        if (is_element(p, "row")) {
            size_t said = number_of(p, "r");
            int one;
            number = said > number ? said : number + 1;
            one = read_row(x, p, name, sheet, number, cells);
            code = one == TAWAM_OK ? 1 : one;
        }
    return code < 0 ? code : TAWAM_OK;
}

static int read_sheet(xlsx *x, size_t number)
{
    const char *name = x->parts.list[number];
    workbook_sheet *sheet = NULL;
    char **cells = memory_array(WORKBOOK_COLUMNS_MOST, sizeof *cells);
    part p = {0};
    int code = cells ? part_open(&p, x, name) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = workbook_add_sheet(&sheet, x->w, x->names.list[number]);
    if (code == TAWAM_OK)
        code = read_rows(x, &p, name, sheet, cells);
    if (code == TAWAM_ENOTFOUND) /* a chart, say */
        code = TAWAM_OK;
    part_close(&p);
    if (cells)
        free_cells(cells, WORKBOOK_COLUMNS_MOST);
    free(cells);
    return code;
}

/* ---- the whole ---- */

static int read_all(xlsx *x)
{
    relations r = {0};
    int code = read_relations(&r, x);
    if (code == TAWAM_OK)
        code = read_names(x, &r);
    if (code == TAWAM_OK)
        code = read_strings(x);
    if (code == TAWAM_OK)
        code = read_styles(x);
    for (size_t i = 0; code == TAWAM_OK && i < x->names.count; i++)
        code = read_sheet(x, i);
    list_free(&r.ids);
    list_free(&r.targets);
    return code;
}

/* The first bytes of the format of before 2007. */
static int is_old_workbook(const char *path)
{
    static const uint8_t mark[] = {0xd0, 0xcf, 0x11, 0xe0};
    buffer start = {0};
    int is = file_read(&start, path, WORKBOOK_FILE_MOST) == TAWAM_OK &&
             start.length >= sizeof mark &&
             memcmp(start.data, mark, sizeof mark) == 0;
    error_clear();
    buffer_free(&start);
    return is;
}

int workbook_read_xlsx(workbook **out, const char *path)
{
    xlsx x = {0};
    int fault = 0, code = workbook_new(&x.w);
    if (code != TAWAM_OK)
        return code;
    x.zip = zip_open(path, ZIP_RDONLY, &fault);
    if (!x.zip && fault == ZIP_ER_MEMORY)
        code = error_memory();
    else if (!x.zip && (fault == ZIP_ER_OPEN || fault == ZIP_ER_NOENT))
        code = error_system(_("open %s"), path);
    else if (!x.zip && is_old_workbook(path))
        code = error_set(TAWAM_EUSAGE,
                         _("an .xls file, though its name ends in .xlsx: open "
                           "it in a spreadsheet program and save it as .xlsx"));
    else if (!x.zip)
        code = error_set(TAWAM_EUSAGE,
                         _("%s is no .xlsx workbook (it is no "
                           "zip file, or a damaged one)"),
                         path);
    else
        code = read_all(&x);
    if (x.zip)
        zip_discard(x.zip);
    list_free(&x.strings);
    list_free(&x.names);
    list_free(&x.parts);
    free(x.is_date);
    free(x.custom_dates);
    if (code == TAWAM_OK)
        *out = x.w;
    else
        workbook_free(x.w);
    return code;
}
