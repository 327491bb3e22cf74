/* SPDX-License-Identifier: MIT */
#include "form/document.h"
#include "form/xml_memory_internal.h"
#include "form/lists_internal.h"
#include <libxml/xmlreader.h>
#include <string.h>

/* ---- names ---- */

struct form_names {
    arena *memory;
    const char **slots; /* open addressing; a power of two */
    size_t size, count;
};

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash;
}

int form_names_new(form_names **out)
{
    form_names *names = memory_new(sizeof *names);
    int code = names ? arena_new(&names->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        names->size = 256;
        names->slots = memory_array(names->size, sizeof *names->slots);
        code = names->slots ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code != TAWAM_OK) {
        form_names_free(names);
        return code;
    }
    *out = names;
    return TAWAM_OK;
}

void form_names_free(form_names *names)
{
    if (!names)
        return;
    arena_free(names->memory);
    free(names->slots);
    free(names);
}

static const char **find_slot(const char **slots, size_t size, const char *text,
                              size_t length)
{
    size_t at = hash_of(text, length) & (size - 1);
    while (slots[at] &&
           (strncmp(slots[at], text, length) != 0 || slots[at][length] != '\0'))
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static int grow_names(form_names *names)
{
    size_t size = names->size * 2;
    const char **slots = memory_array(size, sizeof *slots);
    if (!slots)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < names->size; i++)
        if (names->slots[i])
            *find_slot(slots, size, names->slots[i], strlen(names->slots[i])) =
                names->slots[i];
    free(names->slots);
    names->slots = slots;
    names->size = size;
    return TAWAM_OK;
}

const char *form_name(form_names *names, const char *text, size_t length)
{
    const char **slot;
    char *copy;
    if (length == 0)
        return "";
    slot = find_slot(names->slots, names->size, text, length);
    if (*slot)
        return *slot;
    if (names->count * 2 >= names->size) {
        if (grow_names(names) != TAWAM_OK)
            return NULL;
        slot = find_slot(names->slots, names->size, text, length);
    }
    copy = arena_alloc(names->memory, length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    names->count++;
    return *slot = copy;
}

/* ---- nodes ---- */

struct form_document {
    arena *memory;
    form_names *names;
    form_node *top;
};

int form_document_new(form_document **out, form_names *names)
{
    form_document *d = memory_new(sizeof *d);
    int code = d ? arena_new(&d->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        d->names = names;
        d->top = arena_alloc(d->memory, sizeof *d->top);
        code = d->top ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code != TAWAM_OK) {
        form_document_free(d);
        return code;
    }
    d->top->name = d->top->space = d->top->value = "";
    *out = d;
    return TAWAM_OK;
}

void form_document_free(form_document *d)
{
    if (!d)
        return;
    arena_free(d->memory);
    free(d);
}

form_node *form_document_top(const form_document *d)
{
    return d->top;
}

form_node *form_document_root(const form_document *d)
{
    return d->top->first;
}

static form_node *new_node(form_document *d, const char *name,
                           const char *space)
{
    form_node *node = arena_alloc(d->memory, sizeof *node);
    if (!node)
        return NULL;
    node->name = form_name(d->names, name, strlen(name));
    node->space = form_name(d->names, space, strlen(space));
    node->value = "";
    return node->name && node->space ? node : NULL;
}

static int is_same_repeat(const form_node *a, const form_node *b)
{
    return a && b && a->is_repeat && b->is_repeat && a->name == b->name;
}

#define PLACE_MOST ((1u << 17) - 2)

/* Behind an instance whose place is known the next one's is. In front of others
 * it moves theirs. */
static void place_inserted(form_node *node)
{
    form_node *before = node->previous;
    node->place = 0;
    if (!is_same_repeat(node, node->next) && is_same_repeat(before, node) &&
        before->place && before->place < PLACE_MOST)
        node->place = before->place + 1u;
    else if (node->is_repeat)
        node->parent->is_counted = 0;
}

static size_t count_back(const form_node *node)
{
    size_t place = 1;
    for (const form_node *n = node->previous; n; n = n->previous)
        place += n->name == node->name;
    return place;
}

size_t form_node_place(form_node *node)
{
    if (!node->is_repeat || !node->parent)
        return count_back(node);
    if (!node->parent->is_counted) {
        for (form_node *n = node->parent->first; n; n = n->next) {
            size_t place = !n->is_repeat                    ? 0
                           : is_same_repeat(n->previous, n) ? n->previous->place
                                                            : count_back(n) - 1;
            n->place = n->is_repeat && place < PLACE_MOST
                           ? (unsigned)(place + 1) & 0x1ffff
                           : 0;
        }
        node->parent->is_counted = 1;
    }
    return node->place ? node->place : count_back(node);
}

void form_node_insert(form_node *node, form_node *parent, form_node *before)
{
    node->parent = parent;
    node->next = before;
    node->previous = before ? before->previous : parent->last;
    *(node->previous ? &node->previous->next : &parent->first) = node;
    *(before ? &before->previous : &parent->last) = node;
    place_inserted(node);
}

void form_node_remove(form_node *node)
{
    form_node *parent = node->parent;
    if (is_same_repeat(node, node->next))
        parent->is_counted = 0;
    *(node->previous ? &node->previous->next : &parent->first) = node->next;
    *(node->next ? &node->next->previous : &parent->last) = node->previous;
    node->parent = node->previous = node->next = NULL;
}

int form_node_add(form_node **out, form_document *d, form_node *parent,
                  const char *name, const char *space)
{
    form_node *node = new_node(d, name, space);
    if (!node)
        return TAWAM_EMEMORY;
    form_node_insert(node, parent, NULL);
    *out = node;
    return TAWAM_OK;
}

form_node *form_node_after(const form_node *node, const form_node *top,
                           int enter)
{
    if (enter && node->first)
        return node->first;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

int form_node_set(form_document *d, form_node *node, const char *value)
{
    const char *copy = *value ? arena_string(d->memory, value) : "";
    if (!copy)
        return TAWAM_EMEMORY;
    node->value = copy;
    return TAWAM_OK;
}

int form_attribute_set(form_document *d, form_node *node, const char *name,
                       const char *space, const char *value)
{
    form_node **end = &node->attributes;
    while (*end && (strcmp((*end)->name, name) != 0 ||
                    strcmp((*end)->space, space) != 0))
        end = &(*end)->next;
    if (!*end) {
        *end = new_node(d, name, space);
        if (!*end)
            return TAWAM_EMEMORY;
        (*end)->parent = node;
        (*end)->is_attribute = 1;
    }
    return form_node_set(d, *end, value);
}

const form_node *form_attribute(const form_node *node, const char *name)
{
    const form_node *a = node->attributes;
    while (a && strcmp(a->name, name) != 0)
        a = a->next;
    return a;
}

/* One node, without what is below it; attributes too. */
static form_node *copy_one(form_document *d, const form_node *node)
{
    form_node *copy = new_node(d, node->name, node->space);
    if (!copy || form_node_set(d, copy, node->value) != TAWAM_OK)
        return NULL;
    copy->item = node->item;
    copy->is_text = node->is_text;
    copy->is_repeat = node->is_repeat;
    for (const form_node *a = node->attributes; a; a = a->next)
        if (form_attribute_set(d, copy, a->name, a->space, a->value))
            return NULL;
    for (form_node *a = copy->attributes, *from = node->attributes; a;
         a = a->next, from = from->next)
        a->item = from->item;
    return copy;
}

int form_node_copy(form_node **out, form_document *d, const form_node *node)
{
    form_node *top = copy_one(d, node), *at = top;
    const form_node *from = node;
    while (at) { /* AT is FROM's copy */
        const form_node *next = form_node_after(from, node, 1);
        form_node *copy;
        if (!next) {
            *out = top;
            return TAWAM_OK;
        }
        for (; from != next->parent; from = from->parent)
            at = at->parent;
        copy = copy_one(d, next);
        if (copy)
            form_node_insert(copy, at, NULL);
        at = copy;
        from = next;
    }
    return TAWAM_EMEMORY;
}

void form_node_text(buffer *out, const form_node *node)
{
    const form_node *at = node;
    while (at) { /* without recursion: a tree can be deep */
        if (!at->is_hidden)
            buffer_text(out, at->value);
        at = form_node_after(at, node, !at->is_hidden);
    }
}

void form_write_text(buffer *out, const char *text, int in_attribute)
{
    for (; *text; text++) {
        const char *escape = *text == '&'    ? "&amp;"
                             : *text == '<'  ? "&lt;"
                             : *text == '>'  ? "&gt;"
                             : *text == '\r' ? "&#13;"
                             : !in_attribute ? NULL
                             : *text == '"'  ? "&quot;"
                             : *text == '\n' ? "&#10;"
                                             : NULL;
        if (!escape && (unsigned char)*text < 0x20 && !strchr("\t\n", *text))
            escape = "\xEF\xBF\xBD"; /* XML has no way to write it */
        if (escape)
            buffer_text(out, escape);
        else
            buffer_byte(out, (uint8_t)*text);
    }
}

static size_t depth_of(const form_node *node)
{
    size_t depth = 0;
    for (; node->parent; node = node->parent)
        depth++;
    return depth;
}

/* A and B are different and have one parent. An element's attributes stand
 * before its children. */
static int sibling_order(const form_node *a, const form_node *b)
{
    if (a->is_row && b->is_row)
        return list_row_order(a, b);
    if (a->is_attribute != b->is_attribute)
        return a->is_attribute ? -1 : 1;
    for (const form_node *n = a->next; n; n = n->next)
        if (n == b)
            return -1;
    return 1;
}

int form_node_order(const form_node *a, const form_node *b)
{
    size_t a_depth = depth_of(a), b_depth = depth_of(b);
    const form_node *one = a, *two = b;
    if (a == b)
        return 0;
    for (; a_depth > b_depth; a_depth--)
        one = one->parent;
    for (; b_depth > a_depth; b_depth--)
        two = two->parent;
    if (one == two)
        return one == a ? -1 : 1; /* an ancestor stands before */
    while (one->parent != two->parent) {
        one = one->parent;
        two = two->parent;
    }
    return one->parent ? sibling_order(one, two) : (one < two ? -1 : 1);
}

/* ---- reading XML ---- */

typedef struct reading {
    form_document *d;
    xmlTextReader *reader;
    form_node *at;
    buffer text; /* of the element that is open */
    int depth;
    xml_fault fault;
} reading;

static const char *known(const xmlChar *text)
{
    return text ? (const char *)text : "";
}

static int read_attributes(reading *r)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && xmlTextReaderMoveToNextAttribute(r->reader) == 1)
        if (xmlTextReaderIsNamespaceDecl(r->reader) != 1)
            code = form_attribute_set(
                r->d, r->at, known(xmlTextReaderConstLocalName(r->reader)),
                known(xmlTextReaderConstNamespaceUri(r->reader)),
                known(xmlTextReaderConstValue(r->reader)));
    xmlTextReaderMoveToElement(r->reader);
    return code;
}

/* Text before or after an element becomes a node of its own, if it says
 * anything. */
static int keep_mixed_text(reading *r)
{
    form_node *node;
    const char *text = r->text.length ? (const char *)r->text.data : "";
    int code = buffer_check(&r->text);
    if (code == TAWAM_OK && text[strspn(text, " \t\r\n")]) {
        code = form_node_add(&node, r->d, r->at, "", "");
        if (code == TAWAM_OK) {
            node->is_text = 1;
            code = form_node_set(r->d, node, text);
        }
    }
    buffer_clear(&r->text);
    return code;
}

static int close_element(reading *r)
{
    int code = buffer_check(&r->text);
    if (code == TAWAM_OK && r->at->first)
        code = keep_mixed_text(r);
    else if (code == TAWAM_OK && r->text.length)
        code = form_node_set(r->d, r->at, (const char *)r->text.data);
    buffer_clear(&r->text);
    r->at = r->at->parent;
    r->depth--;
    return code;
}

static int open_element(reading *r)
{
    int empty = xmlTextReaderIsEmptyElement(r->reader) == 1;
    int code;
    if (++r->depth > FORM_DEPTH_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("line %d: elements stand more than %d deep within "
                           "each other"),
                         xmlTextReaderGetParserLineNumber(r->reader),
                         FORM_DEPTH_MOST);
    code = keep_mixed_text(r);
    if (code == TAWAM_OK)
        code = form_node_add(&r->at, r->d, r->at,
                             known(xmlTextReaderConstLocalName(r->reader)),
                             known(xmlTextReaderConstNamespaceUri(r->reader)));
    if (code == TAWAM_OK)
        code = read_attributes(r);
    return code == TAWAM_OK && empty ? close_element(r) : code;
}

static int read_one(reading *r)
{
    switch (xmlTextReaderNodeType(r->reader)) {
    case XML_READER_TYPE_ELEMENT:
        return open_element(r);
    case XML_READER_TYPE_END_ELEMENT:
        return close_element(r);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        buffer_text(&r->text, known(xmlTextReaderConstValue(r->reader)));
        return buffer_check(&r->text);
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return xml_no_doctype(r->reader);
    default:
        return TAWAM_OK;
    }
}

static int read_all(reading *r)
{
    int more = 0, code = TAWAM_OK;
    while (code == TAWAM_OK && (more = xmlTextReaderRead(r->reader)) == 1)
        code = read_one(r);
    if (code == TAWAM_OK && xml_memory_failed())
        code = error_memory();
    else if (code == TAWAM_OK && (more < 0 || r->fault.text))
        code = xml_not_read(&r->fault);
    return code;
}

/* HTML as servers send it instead of a file. */
static int is_web_page(const char *xml, size_t length)
{
    char start[400];
    size_t size = length < sizeof start ? length : sizeof start - 1;
    memcpy(start, xml, size);
    start[size] = '\0';
    text_lower_ascii(start);
    return strstr(start, "<!doctype html") != NULL ||
           (strstr(start, "<html") && !strstr(start, "xforms") &&
            !strstr(start, "xmlns"));
}

int form_document_read(form_document **out, form_names *names, const char *xml,
                       size_t length)
{
    reading r = {0};
    int code;
    if (length > FORM_XML_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("%zu bytes of XML are more than the %zu allowed"),
                         length, FORM_XML_MOST);
    if (!length)
        return error_set(TAWAM_EUSAGE, _("the file is empty"));
    if (is_web_page(xml, length))
        return error_set(TAWAM_EUSAGE,
                         _("this is a web page, not a form: was it saved from "
                           "a page that asks for a password?"));
    code = form_document_new(&r.d, names);
    if (code != TAWAM_OK)
        return code;
    r.at = r.d->top;
    xml_memory_begin();
    r.reader =
        xmlReaderForMemory(xml, (int)length, NULL, NULL,
                           XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NODICT);
    if (!r.reader)
        code = error_memory();
    else
        xml_listen(r.reader, &r.fault);
    if (code == TAWAM_OK)
        code = read_all(&r);
    xmlFreeTextReader(r.reader);
    buffer_free(&r.text);
    free(r.fault.text);
    if (code == TAWAM_OK)
        *out = r.d;
    else
        form_document_free(r.d);
    return code;
}
