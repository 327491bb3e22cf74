/* SPDX-License-Identifier: MIT */
/* ${name} -> a path. Absolute, " /data/g/q "; from within a repeat that both
 * stand in, relative, " ../q ", so that each instance sees its own. Inside a
 * predicate the context is another node: " current()/../q ". Arguments 1, 2, 4
 * and 6 of indexed-repeat() name repeats as a whole and stay absolute. */
#include "form/xlsform_internal.h"
#include <string.h>

int has_reference(const char *text)
{
    return strstr(text, "${") != NULL;
}

/* ---- paths ---- */

static int is_above(const element *a, const element *b)
{
    for (; b; b = b->parent)
        if (a == b)
            return 1;
    return 0;
}

/* 1 if a repeat stands above both (and is neither). */
static int share_repeat(const element *a, const element *b)
{
    for (const element *r = a->parent; r; r = r->parent)
        if (r->kind == ELEMENT_REPEAT && r != b && is_above(r, b))
            return 1;
    return 0;
}

char *relative_path(xlsform *x, const element *context, const element *to,
                    const char *below)
{
    const element *common = context->parent;
    buffer path = {0};
    char *copy;
    if (!share_repeat(context, to))
        return NULL;
    for (const char *extra = below; *extra; extra++)
        if (*extra == '/')
            buffer_text(&path, "../");
    buffer_text(&path, "..");
    while (!is_above(common, to) || common == to) {
        buffer_text(&path, "/..");
        common = common->parent;
    }
    buffer_text(&path, element_path(x, to) + strlen(element_path(x, common)));
    copy = xlsform_format(x, "%s", path.data ? (char *)path.data : "");
    x->failed |= path.failed;
    buffer_free(&path);
    return copy;
}

/* ---- where in an expression ---- */

static int is_step_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           (unsigned char)c >= 0x80;
}

typedef struct call_level {
    int is_indexed, is_bracket, argument;
} call_level;

typedef struct place {
    call_level levels[64];
    size_t depth;
    char quote; /* inside a text */
} place;

static void step_place(place *p, const char *start, const char *at)
{
    static const char indexed[] = "indexed-repeat";
    call_level *top = p->depth ? &p->levels[p->depth - 1] : NULL;
    const char *from = at;
    if (p->quote) {
        if (*at == p->quote)
            p->quote = 0;
        return;
    }
    if (*at == '"' || *at == '\'')
        p->quote = *at;
    else if ((*at == '(' || *at == '[') && p->depth < 64) {
        while (from > start && from[-1] == ' ')
            from--;
        p->levels[p->depth++] = (call_level){
            *at == '(' && (size_t)(from - start) >= sizeof indexed - 1 &&
                strncmp(from - (sizeof indexed - 1), indexed,
                        sizeof indexed - 1) == 0,
            *at == '[', 0};
    } else if ((*at == ')' || *at == ']') && p->depth)
        p->depth--;
    else if (*at == ',' && top)
        top->argument++;
}

static int in_predicate(const place *p)
{
    for (size_t i = 0; i < p->depth; i++)
        if (p->levels[i].is_bracket)
            return 1;
    return 0;
}

static int stays_absolute(const place *p)
{
    const call_level *top = p->depth ? &p->levels[p->depth - 1] : NULL;
    return top && top->is_indexed &&
           (top->argument == 0 || top->argument % 2 == 1);
}

/* ---- one reference ---- */

static const element *repeat_of(const element *e)
{
    while (e && e->kind != ELEMENT_REPEAT)
        e = e->parent;
    return e;
}

/* 1 if E stands in the same repeat as QUESTION, whose answers are choices: an
 * instance of that repeat is then the context. */
static int in_repeat_of(const element *question, const element *e)
{
    const element *repeat = repeat_of(question);
    return repeat && repeat_of(e) == repeat;
}

/* The path that NAME (LENGTH bytes between "${" and "}") stands for. */
static void write_path(buffer *out, xlsform *x, const char *name, size_t length,
                       const element *context, reference_use use,
                       const place *p, const char *column)
{
    static const char last[] = "last-saved#";
    int saved =
        length > sizeof last - 1 && strncmp(name, last, sizeof last - 1) == 0;
    size_t skip = saved ? sizeof last - 1 : 0, count = 0;
    const char *own =
        xlsform_format(x, "%.*s", (int)(length - skip), name + skip);
    const element *to = element_named(x, own, &count);
    size_t row = context->row ? context->row->number : 0;
    char *relative;
    if (strcmp(own, "instanceID") == 0 && !to) {
        buffer_format(out, " %s/meta/instanceID ", x->root.path);
        return;
    }
    if (!to)
        xlsform_error(x, &x->survey, row, column,
                      _("there is no question named '%s'"), own);
    else if (count > 1)
        xlsform_error(x, &x->survey, row, column,
                      _("%zu questions are named '%s': which one is meant "
                        "can't be told"),
                      count, own);
    if (!to)
        return;
    if (saved) {
        x->uses_last_saved = 1;
        buffer_format(out, " instance('__last-saved')%s ", element_path(x, to));
        return;
    }
    if (use == REFERENCE_FILTER && context->list_of &&
        in_repeat_of(context->list_of, to)) {
        buffer_format(out, " .%s ",
                      element_path(x, to) +
                          strlen(element_path(x, repeat_of(context->list_of))));
        return;
    }
    relative = stays_absolute(p) ? NULL : relative_path(x, context, to, "");
    if (relative)
        buffer_format(out, " %s%s ",
                      use == REFERENCE_FILTER || in_predicate(p) ? "current()/"
                                                                 : "",
                      relative);
    else
        buffer_format(out, " %s ", element_path(x, to));
}

static void write_plain(buffer *out, xlsform *x, const char *text,
                        size_t length, const element *context,
                        reference_use use, const char *column)
{
    place p = {0};
    buffer words = {0};
    for (size_t i = 0; i < length; i++) {
        const char *end =
            text[i] == '$' && text[i + 1] == '{' ? strchr(text + i, '}') : NULL;
        if (end && end < text + length) {
            write_path(&words, x, text + i + 2, (size_t)(end - text - 2) - i,
                       context, use, &p, column);
            i = (size_t)(end - text);
            continue;
        }
        step_place(&p, text, text + i);
        buffer_byte(&words, (uint8_t)text[i]);
    }
    form_write_text(out, words.data ? (char *)words.data : "", 1);
    x->failed |= words.failed;
    buffer_free(&words);
}

/* ---- text with values ---- */

/* Past what AT opens, "(" or "["; NULL when it is not closed. */
static const char *skip_group(const char *at)
{
    size_t depth = 0;
    char quote = 0;
    for (; *at; at++) {
        if (quote) {
            if (*at == quote)
                quote = 0;
        } else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '(' || *at == '[')
            depth++;
        else if ((*at == ')' || *at == ']') && --depth == 0)
            return at + 1;
    }
    return NULL;
}

/* The end of a path that begins with instance(…) at AT; NULL: it is none. */
static const char *instance_path(const char *at)
{
    const char *end;
    if (strncmp(at, "instance(", 9) != 0 || !(end = skip_group(at + 8)))
        return NULL;
    if (*end != '/')
        return NULL;
    while (*end == '/' || *end == '[') {
        if (*end == '[') {
            const char *after = skip_group(end);
            if (!after)
                break;
            end = after;
        } else
            for (end++; is_step_char(*end); end++)
                ;
    }
    return end;
}

static int holds_value(const char *text)
{
    const char *at = text;
    if (has_reference(text))
        return 1;
    while ((at = strstr(at, "instance("))) {
        if (instance_path(at))
            return 1;
        at++;
    }
    return 0;
}

static void write_text(buffer *out, xlsform *x, const char *text,
                       const element *context, const char *column)
{
    const char *from = text;
    char piece[2] = "";
    if (holds_value(text))
        buffer_byte(out, ' ');
    while (*from) {
        const char *end = instance_path(from);
        if (!end && from[0] == '$' && from[1] == '{' &&
            (end = strchr(from, '}')))
            end++;
        if (end) {
            buffer_text(out, "<output value=\"");
            write_plain(out, x, from, (size_t)(end - from), context,
                        REFERENCE_TEXT, column);
            buffer_text(out, "\"/>");
            from = end;
            continue;
        }
        piece[0] = *from++;
        form_write_text(out, piece, 0);
    }
}

void write_expression(buffer *out, xlsform *x, const char *text,
                      const element *context, reference_use use,
                      const char *column)
{
    if (use == REFERENCE_TEXT)
        write_text(out, x, text, context, column);
    else
        write_plain(out, x, text, strlen(text), context, use, column);
}
