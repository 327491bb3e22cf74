/* SPDX-License-Identifier: MIT */
/* The words of an expression. XPath 1.0, section 3.7: a "*" or a name is an
 * operator exactly where an operand stands before it. */
#include "form/xpath_internal.h"
#include <stdlib.h>
#include <string.h>

static int word_error(const lexer *l, const char *what)
{
    return error_set(TAWAM_EUSAGE, _("column %zu: %s"),
                     (size_t)(l->at - l->text) + 1, what);
}

/* 1 if the word before is the end of an operand. */
static int after_operand(const lexer *l)
{
    switch (l->before) {
    case TOKEN_NUMBER:
    case TOKEN_TEXT:
    case TOKEN_NAME:
        return 1;
    case TOKEN_SIGN:
        return l->before_sign == ')' || l->before_sign == ']' ||
               l->before_sign == '.' || l->before_sign == SIGN_PARENT;
    default:
        return 0;
    }
}

static int is_name_start(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c >= 0x80;
}

static int is_name_byte(unsigned char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static const char *skip_name(const char *at)
{
    if (!is_name_start((unsigned char)*at))
        return at;
    while (is_name_byte((unsigned char)*at))
        at++;
    return at;
}

/* A name, "prefix:name", "prefix:*" or, as an operator, or/and/div/mod. */
static int read_name(token *out, lexer *l)
{
    static const struct {
        const char *word;
        operator_kind operator;
    } words[] = {{"or", OPERATOR_OR},
                 {"and", OPERATOR_AND},
                 {"div", OPERATOR_DIV},
                 {"mod", OPERATOR_MOD}};
    const char *end = skip_name(l->at);
    size_t length = (size_t)(end - l->at);
    if (after_operand(l)) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strlen(words[i].word) == length &&
                memcmp(words[i].word, l->at, length) == 0) {
                out->kind = TOKEN_OPERATOR;
                out->operator= words[i].operator;
                l->at = end;
                return TAWAM_OK;
            }
        return word_error(l, _("an operator or the end was expected here"));
    }
    if (*end == ':' && end[1] != ':') {
        const char *rest = end[1] == '*' ? end + 2 : skip_name(end + 1);
        if (rest == end + 1)
            return word_error(l, _("a name was expected after the colon"));
        end = rest;
    }
    out->kind = TOKEN_NAME;
    out->text = l->at;
    out->length = (size_t)(end - l->at);
    l->at = end;
    return TAWAM_OK;
}

static int read_number(token *out, lexer *l)
{
    char digits[64];
    const char *end = l->at;
    size_t length;
    while (*end >= '0' && *end <= '9')
        end++;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9';)
            end++;
    if (is_name_start((unsigned char)*end))
        return word_error(l, _("a number runs into a name; numbers have no "
                               "exponent"));
    length = (size_t)(end - l->at);
    if (length >= sizeof digits)
        return word_error(l, _("a number of more than 63 digits"));
    memcpy(digits, l->at, length);
    digits[length] = '\0';
    out->kind = TOKEN_NUMBER;
    /* "5." and ".5" are numbers to strtod too; the locale is never set. */
    out->number = strtod(digits, NULL);
    l->at = end;
    return TAWAM_OK;
}

static int read_text(token *out, lexer *l)
{
    const char *end = strchr(l->at + 1, *l->at);
    if (!end)
        return word_error(l, _("this quotation mark is never closed"));
    out->kind = TOKEN_TEXT;
    out->text = l->at + 1;
    out->length = (size_t)(end - l->at - 1);
    l->at = end + 1;
    return TAWAM_OK;
}

static int read_operator(token *out, lexer *l)
{
    static const struct {
        const char *word;
        operator_kind operator;
    } signs[] = {{"!=", OPERATOR_UNEQUAL},  {"<=", OPERATOR_AT_MOST},
                 {">=", OPERATOR_AT_LEAST}, {"=", OPERATOR_EQUAL},
                 {"<", OPERATOR_LESS},      {">", OPERATOR_MORE},
                 {"+", OPERATOR_PLUS},      {"-", OPERATOR_MINUS},
                 {"|", OPERATOR_UNION},     {"*", OPERATOR_TIMES}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t length = strlen(signs[i].word);
        if (strncmp(l->at, signs[i].word, length) == 0) {
            out->kind = TOKEN_OPERATOR;
            out->operator= signs[i].operator;
            l->at += length;
            return TAWAM_OK;
        }
    }
    if (*l->at == '$')
        return word_error(l, _("variables are not part of forms; a question "
                               "is named ${name} in an XLSForm only"));
    return word_error(l, _("this character has no meaning here"));
}

static int read_sign(token *out, lexer *l)
{
    static const struct {
        const char *word;
        int sign;
    } signs[] = {{"..", SIGN_PARENT}, {"//", SIGN_DESCENDANT},
                 {"::", SIGN_AXIS},   {"(", '('},
                 {")", ')'},          {"[", '['},
                 {"]", ']'},          {",", ','},
                 {"/", '/'},          {"@", '@'},
                 {".", '.'}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t length = strlen(signs[i].word);
        if (strncmp(l->at, signs[i].word, length) == 0) {
            out->kind = TOKEN_SIGN;
            out->sign = signs[i].sign;
            l->at += length;
            return TAWAM_OK;
        }
    }
    return read_operator(out, l);
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int lexer_next(token *out, lexer *l)
{
    int code;
    while (*l->at == ' ' || *l->at == '\t' || *l->at == '\n' || *l->at == '\r')
        l->at++;
    memset(out, 0, sizeof *out);
    out->column = (size_t)(l->at - l->text) + 1;
    if (*l->at == '\0')
        code = TAWAM_OK;
    else if (is_digit(*l->at) || (*l->at == '.' && is_digit(l->at[1])))
        code = read_number(out, l);
    else if (*l->at == '"' || *l->at == '\'')
        code = read_text(out, l);
    else if (is_name_start((unsigned char)*l->at))
        code = read_name(out, l);
    else if (*l->at == '*' && !after_operand(l)) {
        out->kind = TOKEN_NAME;
        out->text = l->at++;
        out->length = 1;
        code = TAWAM_OK;
    } else
        code = read_sign(out, l);
    l->before = out->kind;
    l->before_sign = out->sign;
    return code;
}
