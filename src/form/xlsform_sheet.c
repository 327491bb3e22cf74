/* SPDX-License-Identifier: MIT */
/* Sheets: their columns under canonical names, cells, messages. Names of
 * columns have aliases and may have blanks for "_"; a language follows "::". */
#include "form/xlsform_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

static void add_message(xlsform *x, const sheet *s, size_t row,
                        const char *base, int is_warning, const char *format,
                        va_list arguments)
{
    form_message place = {s ? s->name : "", row,
                          s && base ? sheet_header(s, base) : "", "",
                          is_warning};
    if (form_message_add(x->m, &place, format, arguments) != TAWAM_OK)
        x->failed = 1;
}

void xlsform_error(xlsform *x, const sheet *s, size_t row, const char *base,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_message(x, s, row, base, 0, format, arguments);
    va_end(arguments);
}

void xlsform_warning(xlsform *x, const sheet *s, size_t row, const char *base,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_message(x, s, row, base, 1, format, arguments);
    va_end(arguments);
}

char *xlsform_format(xlsform *x, const char *format, ...)
{
    static char none[1];
    buffer text = {0};
    va_list arguments;
    char *copy = NULL;
    va_start(arguments, format);
    buffer_vformat(&text, format, arguments);
    va_end(arguments);
    if (buffer_check(&text) == TAWAM_OK)
        copy = arena_copy(x->memory, text.data ? (char *)text.data : "",
                          text.length + 1);
    buffer_free(&text);
    if (!copy)
        x->failed = 1;
    return copy ? copy : none;
}

/* ---- pairs ---- */

pair *pair_find(pair *list, const char *key)
{
    while (list && strcmp(list->key, key) != 0)
        list = list->next;
    return list;
}

void pair_add(xlsform *x, pair **list, const char *key, const char *value)
{
    pair *p = pair_find(*list, key);
    if (!p) {
        p = arena_alloc(x->memory, sizeof *p);
        if (!p) {
            x->failed = 1;
            return;
        }
        p->key = key;
        while (*list)
            list = &(*list)->next;
        *list = p;
    }
    p->value = value;
}

/* ---- canonical names ---- */

typedef struct alias {
    const char *name, *base;
} alias;

static const alias SURVEY[] = {
    {"command", "type"},
    {"tag", "name"},
    {"value", "name"},
    {"caption", "label"},
    {"relevance", "relevant"},
    {"bind::relevant", "relevant"},
    {"bind::required", "required"},
    {"bind::constraint", "constraint"},
    {"bind::readonly", "readonly"},
    {"bind::calculate", "calculation"},
    {"read_only", "readonly"},
    {"calculate", "calculation"},
    {"constraining_message", "constraint_message"},
    {"bind::jr:constraintmsg", "constraint_message"},
    {"requiredmsg", "required_message"},
    {"bind::jr:requiredmsg", "required_message"},
    {"noapperrorstring", "no_app_error_string"},
    {"bind::jr:noapperrorstring", "no_app_error_string"},
    {"control::appearance", "appearance"},
    {"body::appearance", "appearance"},
    {"count", "repeat_count"},
    {"jr:count", "repeat_count"},
    {"body::jr:count", "repeat_count"},
    {"control::jr:count", "repeat_count"},
    {"compact_tag", "instance::odk:tag"},
    {"media::image", "image"},
    {"media::big-image", "big-image"},
    {"media::audio", "audio"},
    {"media::video", "video"},
    {"bind::entities:saveto", "save_to"},
    {"save_to", "save_to"},
    {NULL, NULL}};
static const alias CHOICES[] = {{"list name", "list_name"},
                                {"list_name", "list_name"},
                                {"value", "name"},
                                {"caption", "label"},
                                {"media::image", "image"},
                                {"media::big-image", "big-image"},
                                {"media::audio", "audio"},
                                {"media::video", "video"},
                                {NULL, NULL}};
static const alias SETTINGS[] = {{"title", "form_title"},
                                 {"set form title", "form_title"},
                                 {"set form id", "form_id"},
                                 {"id_string", "id_string"},
                                 {NULL, NULL}};
static const alias ENTITIES[] = {
    {"dataset", "list_name"}, {"list name", "list_name"}, {NULL, NULL}};

static const struct {
    const char *name;
    const alias *aliases;
    /* Names that may have a language; with no "::" it is after a ":". */
} KINDS[] = {{"survey", SURVEY},     {"choices", CHOICES},
             {"settings", SETTINGS}, {"entities", ENTITIES},
             {"osm", CHOICES},       {"external_choices", CHOICES}};

const char *sheet_alias(sheet_kind kind, size_t at)
{
    return KINDS[kind].aliases[at].name;
}

static const char *const TRANSLATED[] = {"label",
                                         "hint",
                                         "guidance_hint",
                                         "image",
                                         "big-image",
                                         "audio",
                                         "video",
                                         "no_app_error_string",
                                         "constraint_message",
                                         "required_message",
                                         NULL};

static int is_translatable(const char *base)
{
    for (int i = 0; TRANSLATED[i]; i++)
        if (strcmp(TRANSLATED[i], base) == 0)
            return 1;
    return 0;
}

/* BASE in its canonical spelling: aliases, "_" for blanks, lower case. */
static const char *canonical(xlsform *x, sheet_kind kind, const char *base)
{
    static const char *const blocks[] = {
        "bind::", "body::", "instance::", "control::", "attribute::"};
    char *lower = xlsform_format(x, "%s", base);
    const alias *a;
    int pass;
    text_lower_ascii(lower);
    for (pass = 0; pass < 2; pass++) {
        for (a = KINDS[kind].aliases; a->name; a++)
            if (strcmp(a->name, lower) == 0)
                return a->base;
        for (char *at = lower; *at; at++)
            if (*at == ' ')
                *at = '_';
    }
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strncmp(lower, blocks[i], strlen(blocks[i])) == 0)
            /* an attribute's name keeps its case */
            return xlsform_format(x, "%s%s", blocks[i],
                                  base + strlen(blocks[i]));
    /* an own column of choices is an element's name */
    if ((kind == SHEET_CHOICES || kind == SHEET_OSM) &&
        strcmp(lower, "name") != 0 && strcmp(lower, "label") != 0 &&
        !is_translatable(lower))
        return base;
    return lower;
}

/* "a :: b" -> "a::b"; "a : b" -> "a:b" where a SINGLE colon stands for two. */
static char *join_colons(xlsform *x, const char *header, int single)
{
    char *copy = xlsform_format(x, "%s", header), *to = copy;
    for (const char *at = copy; *at; at++) {
        if (at[0] == ':' && (single || at[1] == ':')) {
            while (to > copy && to[-1] == ' ')
                to--;
            *to++ = ':';
            if (at[1] == ':')
                *to++ = *at++;
            while (at[1] == ' ')
                at++;
        } else
            *to++ = *at;
    }
    *to = '\0';
    return copy;
}

/* "bind:relevant" as "bind::relevant", "media:image:fr" as "media::image::fr":
 * how it was written before "::". A prefix that is not jr stays as it is. */
static const char *double_colons(xlsform *x, const char *header)
{
    static const char *const blocks[] = {"bind", "body", "control", "instance",
                                         "attribute"};
    size_t first = strcspn(header, ":");
    const char *rest = header + first + (header[first] == ':');
    const char *colon = strchr(rest, ':');
    if (first == 5 && strncmp(header, "media", 5) == 0)
        return colon ? xlsform_format(x, "media::%.*s::%s", (int)(colon - rest),
                                      rest, colon + 1)
                     : xlsform_format(x, "media::%s", rest);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strlen(blocks[i]) == first &&
            strncmp(header, blocks[i], first) == 0 &&
            (!colon || strncmp(rest, "jr:", 3) == 0))
            return xlsform_format(x, "%s::%s", blocks[i], rest);
    return header;
}

/* "media::image::French" is image in French, "bind::jr:x" an attribute. */
static void read_header(sheet_column *c, xlsform *x, sheet_kind kind,
                        const char *header, int single)
{
    char *text = join_colons(x, header, single), *last, *next;
    if (single)
        text = xlsform_format(x, "%s", double_colons(x, text));
    last = text;
    while ((next = strstr(last, "::")))
        last = next + 2;
    c->base = canonical(x, kind, text);
    if (last != text) {
        char *base = xlsform_format(x, "%.*s", (int)(last - text - 2), text);
        const char *known = canonical(x, kind, base);
        if (is_translatable(known)) {
            c->base = known;
            c->language = last;
        }
    } else if (single && (next = strchr(text, ':'))) {
        char *base = xlsform_format(x, "%.*s", (int)(next - text), text);
        const char *known = canonical(x, kind, base);
        if (is_translatable(known)) {
            c->base = known;
            c->language = next + 1 + strspn(next + 1, " ");
        }
    }
}

/* 1 if no header has "::": then a single colon stands for it. */
static int single_colons(const workbook_sheet *t)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (strstr(t->headers[i], "::"))
            return 0;
    return 1;
}

static void check_doubles(xlsform *x, const sheet *s)
{
    for (size_t i = 0; i < s->column_count; i++)
        for (size_t k = 0; k < i; k++) {
            const sheet_column *a = &s->columns[i], *b = &s->columns[k];
            if (!*a->base || strcmp(a->base, b->base) != 0 ||
                strcmp(a->language ? a->language : "",
                       b->language ? b->language : "") != 0)
                continue;
            xlsform_error(x, s, 1, NULL,
                          _("two columns are called %s: take one out or "
                            "rename it"),
                          s->table->headers[a->index]);
            return;
        }
}

int sheet_open(sheet *s, xlsform *x, sheet_kind kind)
{
    *s = (sheet){.table = workbook_find(x->w, KINDS[kind].name),
                 .name = KINDS[kind].name};
    if (!s->table)
        return TAWAM_OK;
    s->columns = arena_alloc(x->memory,
                             (s->table->column_count + 1) * sizeof *s->columns);
    if (!s->columns)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < s->table->column_count; i++)
        if (*s->table->headers[i]) {
            sheet_column *c = &s->columns[s->column_count++];
            c->index = i;
            read_header(c, x, kind, s->table->headers[i],
                        single_colons(s->table));
        }
    check_doubles(x, s);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}

/* ---- cells ---- */

/* Office programs make ‘’ and “” of quotes: in expressions they are ' and ".
 * A cell without any is left alone: an empty one is a constant. */
static void plain_quotes(char *text)
{
    char *to = strstr(text, "\xe2\x80");
    if (!to)
        return;
    for (const char *at = to; *at; at++)
        if (strncmp(at, "\xe2\x80\x98", 3) == 0 ||
            strncmp(at, "\xe2\x80\x99", 3) == 0) {
            *to++ = '\'';
            at += 2;
        } else if (strncmp(at, "\xe2\x80\x9c", 3) == 0 ||
                   strncmp(at, "\xe2\x80\x9d", 3) == 0) {
            *to++ = '"';
            at += 2;
        } else
            *to++ = *at;
    *to = '\0';
}

void sheet_plain_quotes(const sheet *s)
{
    for (size_t i = 0; s->table && i < s->column_count; i++)
        for (size_t k = 0;
             !is_translatable(s->columns[i].base) && k < s->table->row_count;
             k++)
            plain_quotes((char *)(uintptr_t)s->table->rows[k]
                             .cells[s->columns[i].index]);
}

int sheet_has(const sheet *s, const char *base)
{
    for (size_t i = 0; s->table && i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0)
            return 1;
    return 0;
}

const char *sheet_header(const sheet *s, const char *base)
{
    for (size_t i = 0; s->table && i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0)
            return s->table->headers[s->columns[i].index];
    return base;
}

const char *sheet_cell(const sheet *s, const workbook_row *row,
                       const char *base)
{
    for (size_t i = 0; row && s->table && i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0 &&
            *row->cells[s->columns[i].index])
            return row->cells[s->columns[i].index];
    return "";
}

/* 1 if ROW has a text under BASE for the default language by its name: then
 * the column without a language does not count. */
static int is_named_default(const xlsform *x, const sheet *s,
                            const workbook_row *row, const char *base)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0 && s->columns[i].language &&
            x->default_language &&
            strcmp(s->columns[i].language, x->default_language) == 0 &&
            *row->cells[s->columns[i].index])
            return 1;
    return 0;
}

translations sheet_texts(xlsform *x, const sheet *s, const workbook_row *row,
                         const char *base)
{
    translations t = {0};
    size_t most = 0;
    for (size_t i = 0; row && s->table && i < s->column_count; i++)
        most += strcmp(s->columns[i].base, base) == 0;
    if (!most)
        return t;
    t.list = arena_alloc(x->memory, most * sizeof *t.list);
    if (!t.list) {
        x->failed = 1;
        return t;
    }
    for (size_t i = 0; i < s->column_count; i++)
        if (strcmp(s->columns[i].base, base) == 0 &&
            *row->cells[s->columns[i].index] &&
            (s->columns[i].language || !is_named_default(x, s, row, base)))
            t.list[t.count++] = (translation){s->columns[i].language,
                                              row->cells[s->columns[i].index]};
    return t;
}
