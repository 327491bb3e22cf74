/* SPDX-License-Identifier: MIT */
/* XML attachments that are tables, item by item as they are read:
 *
 *   <root>                          depth 1
 *     <item>                              2   a row
 *       <name>d1</name> <label/>          3   its cells
 *
 * Invariant: what is taken for a table here would be one as nodes, too
 * (lists_nodes.c), with the same rows. What is none is told as soon as it
 * shows, with its line: a short one can then be read as nodes. */
#include "form/lists_internal.h"
#include "form/xml_memory_internal.h"
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>

typedef struct xml_state {
    const list_output *out;
    list_xml_names *names;
    xmlTextReader *reader;
    form_names *interned;
    const char **columns; /* interned */
    size_t count, capacity;
    size_t *starts; /* by column: 1 and where its text begins; 0 absent */
    size_t start_capacity;
    const char **cells;
    size_t cell_capacity;
    buffer row;   /* texts of the item so far, each with its NUL */
    size_t at;    /* the column that may come next at the earliest */
    int depth;    /* of the open elements */
    size_t words; /* bytes of text in the item itself */
    size_t inner; /* elements in it */
} xml_state;

static int line_of(const xml_state *s)
{
    return xmlTextReaderGetParserLineNumber(s->reader);
}

static const char *known(const xmlChar *text)
{
    return text ? (const char *)text : "";
}

/* TAWAM_ENO: it is XML, but no table. */
static int no_table(const xml_state *s, const char *what)
{
    char *safe = NULL;
    const char *name = known(xmlTextReaderConstLocalName(s->reader));
    safe = text_safe(name, strlen(name), 0);
    error_set(TAWAM_ENO, _("line %d, '%.60s': %s"), line_of(s),
              safe ? safe : "", what);
    free(safe);
    return TAWAM_ENO;
}

/* ---- cells ---- */

static size_t find_from(const xml_state *s, const char *name, size_t from)
{
    while (from < s->count && s->columns[from] != name)
        from++;
    return from;
}

static int add_column(xml_state *s, const char *name)
{
    int code;
    if (s->count >= FORM_LIST_COLUMNS_MOST)
        return error_set(TAWAM_ENO, _("line %d: it has more than %d columns"),
                         line_of(s), FORM_LIST_COLUMNS_MOST);
    code = memory_reserve((void **)&s->columns, &s->capacity, s->count + 1,
                          sizeof *s->columns);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&s->starts, &s->start_capacity,
                              s->count + 1, sizeof *s->starts);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&s->cells, &s->cell_capacity,
                              s->count + 1, sizeof *s->cells);
    if (code == TAWAM_OK)
        code = s->out->column(s->out->context, name);
    if (code == TAWAM_OK) {
        s->starts[s->count] = 0;
        s->columns[s->count++] = name;
    }
    return code;
}

/* The column of NAME: in the order of those before, or a new one. */
static int open_cell(xml_state *s, const char *name)
{
    size_t column = find_from(s, name, s->at);
    int code = TAWAM_OK;
    if (column == s->count) {
        if (find_from(s, name, 0) < s->count)
            return no_table(s, _("it stands twice in an item, or in another "
                                 "order than in the items before"));
        code = add_column(s, name);
    }
    if (code == TAWAM_OK) {
        s->starts[column] = s->row.length + 1;
        s->at = column + 1;
        s->inner++;
    }
    return code;
}

static int end_row(xml_state *s)
{
    int code = TAWAM_OK;
    if (s->words && !s->inner)
        return no_table(s, _("an item that is a text, not elements"));
    code = buffer_check(&s->row);
    for (size_t i = 0; i < s->count; i++) {
        s->cells[i] =
            s->starts[i] ? (const char *)s->row.data + s->starts[i] - 1 : NULL;
        s->starts[i] = 0;
    }
    if (code == TAWAM_OK)
        code = s->out->row(s->out->context, s->cells, s->count);
    buffer_clear(&s->row);
    s->at = s->inner = s->words = 0;
    return code;
}

/* ---- elements ---- */

/* Namespaces are declared as attributes, and are none. */
static int has_attributes(const xml_state *s)
{
    int has = 0;
    while (!has && xmlTextReaderMoveToNextAttribute(s->reader) == 1)
        has = xmlTextReaderIsNamespaceDecl(s->reader) != 1;
    xmlTextReaderMoveToElement(s->reader);
    return has;
}

static int close_element(xml_state *s)
{
    int code = TAWAM_OK;
    if (s->depth == 3)
        buffer_byte(&s->row, 0);
    else if (s->depth == 2)
        code = end_row(s);
    s->depth--;
    return code;
}

static int open_element(xml_state *s)
{
    int empty = xmlTextReaderIsEmptyElement(s->reader) == 1, code = TAWAM_OK;
    const char *local = known(xmlTextReaderConstLocalName(s->reader));
    const char *name;
    if (has_attributes(s))
        return no_table(s, _("it has an attribute"));
    if (++s->depth > 3)
        return no_table(s, _("it stands in an item's element"));
    name = form_name(s->interned, local, strlen(local));
    if (!name)
        return TAWAM_EMEMORY;
    if (s->depth == 1)
        s->names->root = name;
    else if (s->depth == 3)
        code = open_cell(s, name);
    else if (!s->names->item)
        s->names->item = name;
    else if (name != s->names->item)
        code = no_table(s, _("items have two names"));
    return code == TAWAM_OK && empty ? close_element(s) : code;
}

static int read_text(xml_state *s)
{
    const char *text = known(xmlTextReaderConstValue(s->reader));
    size_t length = strlen(text);
    if (s->depth != 3) {
        s->words += s->depth == 2 ? length : 0;
        return text[strspn(text, " \t\r\n")]
                   ? no_table(s, _("a text stands beside elements"))
                   : TAWAM_OK;
    }
    if (s->row.length + length > FORM_LIST_ROW_MOST)
        return error_set(TAWAM_ENO, _("line %d: an item of more than %zu MB"),
                         line_of(s), FORM_LIST_ROW_MOST >> 20);
    buffer_bytes(&s->row, text, length);
    return TAWAM_OK;
}

static int read_one(xml_state *s)
{
    switch (xmlTextReaderNodeType(s->reader)) {
    case XML_READER_TYPE_ELEMENT:
        return open_element(s);
    case XML_READER_TYPE_END_ELEMENT:
        return close_element(s);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return read_text(s);
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return xml_no_doctype(s->reader);
    default:
        return TAWAM_OK;
    }
}

/* ---- the whole ---- */

typedef struct source {
    const list_input *in;
    int code; /* of a read that failed */
} source;

static int read_bytes(void *context, char *bytes, int size)
{
    source *from = context;
    size_t length = 0;
    from->code =
        from->in->read(&length, from->in->context, bytes, (size_t)size);
    return from->code == TAWAM_OK ? (int)length : -1;
}

static int read_all(xml_state *s, const source *from, const xml_fault *fault)
{
    int more = 0, code = TAWAM_OK;
    while (code == TAWAM_OK && (more = xmlTextReaderRead(s->reader)) == 1)
        code = read_one(s);
    if (from->code != TAWAM_OK)
        return from->code;
    if (code == TAWAM_OK && xml_memory_failed())
        code = error_memory();
    else if (code == TAWAM_OK && (more < 0 || fault->text))
        code = xml_not_read(fault);
    return code;
}

int list_read_xml(const list_output *out, const list_input *in,
                  list_xml_names *names, form_names *interned)
{
    xml_state s = {.out = out, .names = names, .interned = interned};
    source from = {in, TAWAM_OK};
    xml_fault fault = {0};
    int code = TAWAM_OK;
    *names = (list_xml_names){0};
    xml_memory_begin();
    /* Without XML_PARSE_HUGE no text grows beyond 10 MB. */
    s.reader = xmlReaderForIO(read_bytes, NULL, &from, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NODICT);
    if (!s.reader)
        code = from.code != TAWAM_OK ? from.code : error_memory();
    else
        xml_listen(s.reader, &fault);
    if (code == TAWAM_OK)
        code = read_all(&s, &from, &fault);
    if (code == TAWAM_OK && !names->item)
        code = error_set(TAWAM_ENO, _("there is no item in it"));
    xmlFreeTextReader(s.reader);
    free(fault.text);
    free(s.columns);
    free(s.starts);
    free(s.cells);
    buffer_free(&s.row);
    return code;
}
