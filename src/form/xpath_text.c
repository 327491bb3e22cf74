/* SPDX-License-Identifier: MIT */
/* Functions on text (ODK XForms, "String functions"; XPath 1.0, section 4.2).
 * Places in a text are counted in code points. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include "form/xpath_internal.h"
#include <math.h>
#include <string.h>

/* ---- helpers ---- */

/* Argument AT as text, "" when there are fewer. */
static int argument(const char **out, evaluation *e,
                    const xpath_value *arguments, size_t count, size_t at)
{
    *out = "";
    return at < count ? value_text(out, e, &arguments[at]) : TAWAM_OK;
}

static int two_texts(const char **a, const char **b, evaluation *e,
                     const xpath_value *arguments)
{
    int code = value_text(a, e, &arguments[0]);
    return code == TAWAM_OK ? value_text(b, e, &arguments[1]) : code;
}

static int set_part(xpath_value *out, evaluation *e, const char *text,
                    size_t length)
{
    char *copy = arena_alloc(e->memory, length + 1);
    if (!copy)
        return TAWAM_EMEMORY;
    memcpy(copy, text, length);
    set_text(out, copy);
    return TAWAM_OK;
}

static int set_buffer(xpath_value *out, evaluation *e, buffer *text)
{
    int code = buffer_check(text);
    if (code == TAWAM_OK)
        code = set_part(out, e, text->data ? (char *)text->data : "",
                        text->length);
    buffer_free(text);
    return code;
}

/* ---- joining ---- */

/* All nodes of a set, or the value; SEPARATOR between, not before the first. */
static int append_all(buffer *out, evaluation *e, const xpath_value *v,
                      const char *separator, int *first)
{
    const char *text = "";
    int code = TAWAM_OK;
    size_t count = v->kind == XPATH_NODESET ? v->count : 1;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        if (v->kind == XPATH_NODESET) {
            text = node_value(v->nodes[i], e->memory);
            code = text ? TAWAM_OK : TAWAM_EMEMORY;
        } else
            code = value_text(&text, e, v);
        if (code == TAWAM_OK && !*first)
            buffer_text(out, separator);
        if (code == TAWAM_OK)
            buffer_text(out, text);
        *first = 0;
    }
    return code;
}

static int join_from(xpath_value *out, evaluation *e, const char *separator,
                     const xpath_value *arguments, size_t count)
{
    buffer text = {0};
    int first = 1, code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = append_all(&text, e, &arguments[i], separator, &first);
    if (code != TAWAM_OK) {
        buffer_free(&text);
        return code;
    }
    return set_buffer(out, e, &text);
}

static int call_concat(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    return join_from(out, e, "", arguments, count);
}

static int call_join(xpath_value *out, evaluation *e,
                     const xpath_value *arguments, size_t count)
{
    const char *separator = "";
    int code = value_text(&separator, e, &arguments[0]);
    return code == TAWAM_OK
               ? join_from(out, e, separator, arguments + 1, count - 1)
               : code;
}

static int call_string(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    const char *text = "";
    int code = argument(&text, e, arguments, count, 0);
    if (code == TAWAM_OK && count == 0 && e->node)
        text = node_value(e->node, e->memory);
    set_text(out, text ? text : "");
    return text ? code : TAWAM_EMEMORY;
}

/* ---- parts ---- */

/* Where code point AT of TEXT begins; its end when there are fewer. */
static const char *point_at(const char *text, double at)
{
    uint32_t point;
    for (double i = 0; i < at && *text; i++)
        text += text_decode(&point, text, strlen(text) < 4 ? strlen(text) : 4);
    return text;
}

static size_t count_points(const char *text)
{
    size_t count = 0;
    uint32_t point;
    for (; *text; count++)
        text += text_decode(&point, text, strlen(text) < 4 ? strlen(text) : 4);
    return count;
}

/* Counted from the end where it is below 0. */
static double place(double at, double length)
{
    if (isnan(at))
        return 0;
    at = trunc(at);
    if (at < 0)
        at += length;
    return at < 0 ? 0 : at > length ? length : at;
}

static int call_substr(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    const char *text = "", *from, *to;
    double length, start, end;
    int code = value_text(&text, e, &arguments[0]);
    if (code != TAWAM_OK)
        return code;
    length = (double)count_points(text);
    start = place(value_number(e, &arguments[1]), length);
    end = count > 2 ? place(value_number(e, &arguments[2]), length) : length;
    from = point_at(text, start);
    to = end > start ? point_at(from, end - start) : from;
    return set_part(out, e, from, (size_t)(to - from));
}

static int call_substring_before(xpath_value *out, evaluation *e,
                                 const xpath_value *arguments, size_t count)
{
    const char *text = "", *word = "", *at;
    int code = two_texts(&text, &word, e, arguments);
    (void)count;
    if (code != TAWAM_OK)
        return code;
    at = strstr(text, word);
    return set_part(out, e, text, at ? (size_t)(at - text) : 0);
}

static int call_substring_after(xpath_value *out, evaluation *e,
                                const xpath_value *arguments, size_t count)
{
    const char *text = "", *word = "", *at;
    int code = two_texts(&text, &word, e, arguments);
    (void)count;
    if (code != TAWAM_OK)
        return code;
    at = strstr(text, word);
    set_text(out, at ? at + strlen(word) : "");
    return TAWAM_OK;
}

static int call_string_length(xpath_value *out, evaluation *e,
                              const xpath_value *arguments, size_t count)
{
    int code = call_string(out, e, arguments, count);
    if (code == TAWAM_OK)
        set_number(out, (double)count_points(out->text));
    return code;
}

static int call_normalize_space(xpath_value *out, evaluation *e,
                                const xpath_value *arguments, size_t count)
{
    buffer text = {0};
    int code = call_string(out, e, arguments, count);
    if (code != TAWAM_OK)
        return code;
    for (const char *at = out->text; *at;) {
        size_t word;
        at += strspn(at, " \t\r\n");
        word = strcspn(at, " \t\r\n");
        if (word && text.length)
            buffer_byte(&text, ' ');
        buffer_bytes(&text, at, word);
        at += word;
    }
    return set_buffer(out, e, &text);
}

/* Each code point of FROM becomes the one at its place in TO, or nothing. */
static int call_translate(xpath_value *out, evaluation *e,
                          const xpath_value *arguments, size_t count)
{
    const char *text = "", *from = "", *to = "";
    buffer result = {0};
    uint32_t point, other;
    int code = two_texts(&text, &from, e, arguments);
    if (code == TAWAM_OK)
        code = argument(&to, e, arguments, count, 2);
    for (; code == TAWAM_OK && *text;) {
        size_t used = text_decode(&point, text, strlen(text)), place_in = 0;
        const char *at = from;
        for (; *at; place_in++) {
            size_t length = text_decode(&other, at, strlen(at));
            if (other == point)
                break;
            at += length;
        }
        if (!*at)
            buffer_bytes(&result, text, used);
        else {
            const char *new = point_at(to, (double)place_in);
            buffer_bytes(&result, new,
                         *new ? text_decode(&other, new, strlen(new)) : 0);
        }
        text += used;
    }
    if (code != TAWAM_OK) {
        buffer_free(&result);
        return code;
    }
    return set_buffer(out, e, &result);
}

/* ---- questions ---- */

static int call_contains(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    const char *a = "", *b = "";
    int code = two_texts(&a, &b, e, arguments);
    (void)count;
    set_boolean(out, strstr(a, b) != NULL);
    return code;
}

static int call_starts_with(xpath_value *out, evaluation *e,
                            const xpath_value *arguments, size_t count)
{
    const char *a = "", *b = "";
    int code = two_texts(&a, &b, e, arguments);
    (void)count;
    set_boolean(out, strncmp(a, b, strlen(b)) == 0);
    return code;
}

static int call_ends_with(xpath_value *out, evaluation *e,
                          const xpath_value *arguments, size_t count)
{
    const char *a = "", *b = "";
    int code = two_texts(&a, &b, e, arguments);
    (void)count;
    if (code == TAWAM_OK)
        set_boolean(out, strlen(a) >= strlen(b) &&
                             strcmp(a + strlen(a) - strlen(b), b) == 0);
    return code;
}

#define REGEX_STEPS 1000000 /* then it is given up: a pattern can explode */

static int match(int *found, const pcre2_code *pattern, const char *text)
{
    pcre2_match_data *data =
        pcre2_match_data_create_from_pattern(pattern, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (data && limits) {
        pcre2_set_match_limit(limits, REGEX_STEPS);
        result = pcre2_match(pattern, (PCRE2_SPTR)text, strlen(text), 0, 0,
                             data, limits);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    if (result == PCRE2_ERROR_NOMEMORY)
        return error_memory();
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        return function_error("regex",
                              _("the pattern takes too many steps "
                                "on this text (PCRE2 %d)"),
                              result);
    *found = result >= 0;
    return TAWAM_OK;
}

/* The whole text has to match, as in Java. */
static int call_regex(xpath_value *out, evaluation *e,
                      const xpath_value *arguments, size_t count)
{
    const char *text = "", *words = "";
    int found = 0, fault = 0, code = two_texts(&text, &words, e, arguments);
    size_t where = 0;
    pcre2_code *pattern;
    (void)count;
    if (code != TAWAM_OK)
        return code;
    pattern = pcre2_compile((PCRE2_SPTR)words, PCRE2_ZERO_TERMINATED,
                            PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF |
                                PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C,
                            &fault, &where, NULL);
    if (!pattern) {
        PCRE2_UCHAR reason[120] = "";
        pcre2_get_error_message(fault, reason, sizeof reason);
        return function_error("regex", _("at %zu of the pattern: %s"), where,
                              (char *)reason);
    }
    code = match(&found, pattern, text);
    pcre2_code_free(pattern);
    set_boolean(out, found);
    return code;
}

const function FUNCTIONS_TEXT[] = {
    {"string", 0, 1, call_string, NULL},
    {"concat", 0, -1, call_concat, NULL},
    {"join", 1, -1, call_join, NULL},
    {"substr", 2, 3, call_substr, NULL},
    {"substring-before", 2, 2, call_substring_before, NULL},
    {"substring-after", 2, 2, call_substring_after, NULL},
    {"translate", 3, 3, call_translate, NULL},
    {"string-length", 0, 1, call_string_length, NULL},
    {"normalize-space", 0, 1, call_normalize_space, NULL},
    {"contains", 2, 2, call_contains, NULL},
    {"starts-with", 2, 2, call_starts_with, NULL},
    {"ends-with", 2, 2, call_ends_with, NULL},
    {"regex", 2, 2, call_regex, NULL},
    {NULL, 0, 0, NULL, NULL}};
