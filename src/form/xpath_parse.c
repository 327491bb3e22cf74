/* SPDX-License-Identifier: MIT */
/* Words -> tree, by recursive descent. A chain of operators of one rank is one
 * node however long it is, so only brackets cost depth.
 *
 *   expression = or; or = and ("or" and)*; and = equality ("and" equality)* …
 *   unary = "-"* union; union = path ("|" path)*
 *   path = primary predicate* ("/" steps)? | "/" steps? | steps
 */
#include "form/xpath_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    xpath *x;
    lexer lexer;
    token now;
    int depth;
} parser;

static int parse_rank(expression **out, parser *p, int rank);

static int parse_expression(expression **out, parser *p)
{
    int code;
    if (++p->depth > XPATH_DEPTH_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("column %zu: brackets stand more than %d deep"),
                         p->now.column, XPATH_DEPTH_MOST);
    code = parse_rank(out, p, 0);
    p->depth--;
    return code;
}

static int unexpected(const parser *p, const char *wanted)
{
    if (p->now.kind == TOKEN_END)
        return error_set(TAWAM_EUSAGE,
                         _("the expression ends where %s was expected"),
                         wanted);
    return error_set(TAWAM_EUSAGE, _("column %zu: %s was expected here"),
                     p->now.column, wanted);
}

static int advance(parser *p)
{
    return lexer_next(&p->now, &p->lexer);
}

static int is_sign(const parser *p, int sign)
{
    return p->now.kind == TOKEN_SIGN && p->now.sign == sign;
}

static expression *new_expression(parser *p, expression_kind kind)
{
    expression *e = arena_alloc(p->x->memory, sizeof *e);
    if (e)
        e->kind = kind;
    return e;
}

/* ---- lists that grow in the arena ---- */

/* Room for one more after COUNT elements; doubles at powers of two. */
static int grow(void **list, arena *memory, size_t count, size_t each)
{
    void *larger;
    if (count & (count - 1) || (count == 0 && *list))
        return TAWAM_OK;
    larger = arena_alloc(memory, (count ? count * 2 : 1) * each);
    if (!larger)
        return TAWAM_EMEMORY;
    if (count)
        memcpy(larger, *list, count * each);
    *list = larger;
    return TAWAM_OK;
}

static int add_part(parser *p, expression ***list, size_t *count,
                    expression *part)
{
    int code = grow((void **)list, p->x->memory, *count, sizeof(expression *));
    if (code == TAWAM_OK)
        (*list)[(*count)++] = part;
    return code;
}

/* ---- steps ---- */

static int parse_predicates(parser *p, expression ***list, size_t *count)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && is_sign(p, '[')) {
        expression *predicate = NULL;
        code = advance(p);
        if (code == TAWAM_OK)
            code = parse_expression(&predicate, p);
        if (code == TAWAM_OK && !is_sign(p, ']'))
            code = unexpected(p, "]");
        if (code == TAWAM_OK)
            code = add_part(p, list, count, predicate);
        if (code == TAWAM_OK)
            code = advance(p);
    }
    return code;
}

/* NAME, "prefix:NAME", "*" into S. */
static int set_test(step *s, parser *p, const token *name)
{
    const char *colon = memchr(name->text, ':', name->length);
    const char *local = colon ? colon + 1 : name->text;
    size_t length = name->length - (size_t)(local - name->text);
    s->prefix =
        colon ? form_name(p->x->names, name->text, (size_t)(colon - name->text))
              : "";
    if (length == 1 && *local == '*')
        s->name = NULL;
    else if (!(s->name = form_name(p->x->names, local, length)))
        return TAWAM_EMEMORY;
    return s->prefix ? TAWAM_OK : TAWAM_EMEMORY;
}

static int set_axis(step *s, parser *p, const token *name)
{
    static const struct {
        const char *word;
        axis_kind axis;
    } axes[] = {{"child", AXIS_CHILD},
                {"parent", AXIS_PARENT},
                {"self", AXIS_SELF},
                {"attribute", AXIS_ATTRIBUTE}};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        if (strlen(axes[i].word) == name->length &&
            memcmp(axes[i].word, name->text, name->length) == 0) {
            s->axis = axes[i].axis;
            return advance(p);
        }
    return error_set(TAWAM_EUSAGE,
                     _("column %zu: forms have the axes child, parent, self "
                       "and attribute only"),
                     name->column);
}

/* "node()" in place of a name; the name was read. */
static int finish_test(step *s, parser *p, const token *name)
{
    int code = TAWAM_OK;
    if (!is_sign(p, '('))
        return set_test(s, p, name);
    if (name->length != 4 || memcmp(name->text, "node", 4) != 0)
        return error_set(TAWAM_EUSAGE,
                         _("column %zu: of tests for nodes, forms have node() "
                           "only"),
                         name->column);
    s->name = NULL;
    s->prefix = "";
    code = advance(p);
    if (code == TAWAM_OK && !is_sign(p, ')'))
        code = unexpected(p, ")");
    return code == TAWAM_OK ? advance(p) : code;
}

static int parse_named_step(step *s, parser *p)
{
    token name = p->now;
    int code;
    if (name.kind != TOKEN_NAME)
        return unexpected(p, _("a name"));
    code = advance(p);
    if (code == TAWAM_OK && s->axis == AXIS_CHILD && is_sign(p, SIGN_AXIS)) {
        code = set_axis(s, p, &name);
        name = p->now;
        if (code == TAWAM_OK && name.kind != TOKEN_NAME)
            code = unexpected(p, _("a name"));
        if (code == TAWAM_OK)
            code = advance(p);
    }
    return code == TAWAM_OK ? finish_test(s, p, &name) : code;
}

static int parse_step(expression *path, parser *p)
{
    step s = {.axis = AXIS_CHILD, .prefix = ""};
    int code;
    if (is_sign(p, '.') || is_sign(p, SIGN_PARENT)) {
        s.axis = is_sign(p, '.') ? AXIS_SELF : AXIS_PARENT;
        code = advance(p);
    } else {
        code = TAWAM_OK;
        if (is_sign(p, '@')) {
            s.axis = AXIS_ATTRIBUTE;
            code = advance(p);
        }
        if (code == TAWAM_OK)
            code = parse_named_step(&s, p);
    }
    if (code == TAWAM_OK)
        code = parse_predicates(p, &s.predicates, &s.predicate_count);
    if (code == TAWAM_OK)
        code = grow((void **)&path->steps, p->x->memory, path->step_count,
                    sizeof *path->steps);
    if (code == TAWAM_OK)
        path->steps[path->step_count++] = s;
    return code;
}

static int refuse_descendants(const parser *p)
{
    return error_set(TAWAM_EUSAGE,
                     _("column %zu: // is not part of forms: write the whole "
                       "path"),
                     p->now.column);
}

static int parse_steps(expression *path, parser *p)
{
    int code = parse_step(path, p);
    while (code == TAWAM_OK && is_sign(p, '/')) {
        code = advance(p);
        if (code == TAWAM_OK)
            code = parse_step(path, p);
    }
    if (code == TAWAM_OK && is_sign(p, SIGN_DESCENDANT))
        code = refuse_descendants(p);
    return code;
}

static int begins_step(const parser *p)
{
    return p->now.kind == TOKEN_NAME || is_sign(p, '.') || is_sign(p, '@') ||
           is_sign(p, SIGN_PARENT);
}

/* ---- primaries ---- */

static int unknown_function(const token *name)
{
    char *word = memory_string_length(name->text, name->length);
    const char *near = word ? function_nearest(word) : NULL;
    char *safe = word ? text_safe(word, name->length, 0) : NULL;
    if (near)
        error_set(TAWAM_EUSAGE,
                  _("column %zu: there is no function %.60s(); did you mean "
                    "%s()?"),
                  name->column, safe ? safe : "", near);
    else
        error_set(TAWAM_EUSAGE, _("column %zu: there is no function %.60s()"),
                  name->column, safe ? safe : "");
    free(safe);
    free(word);
    return TAWAM_EUSAGE;
}

static int check_count(const expression *call, const token *name)
{
    const function *f = call->function;
    if ((int)call->part_count >= f->least &&
        (f->most < 0 || (int)call->part_count <= f->most))
        return TAWAM_OK;
    if (f->least == f->most)
        return error_set(TAWAM_EUSAGE,
                         _("column %zu: %s() takes %d arguments, not %zu"),
                         name->column, f->name, f->least, call->part_count);
    if (f->most < 0)
        return error_set(TAWAM_EUSAGE,
                         _("column %zu: %s() takes at least %d arguments, "
                           "not %zu"),
                         name->column, f->name, f->least, call->part_count);
    return error_set(
        TAWAM_EUSAGE, _("column %zu: %s() takes %d to %d arguments, not %zu"),
        name->column, f->name, f->least, f->most, call->part_count);
}

/* The name was read; P stands at its "(". */
static int parse_call(expression **out, parser *p, const token *name)
{
    expression *call = new_expression(p, EXPRESSION_CALL);
    int code = call ? advance(p) : TAWAM_EMEMORY;
    if (code == TAWAM_OK &&
        !(call->function = function_find(name->text, name->length)))
        code = unknown_function(name);
    while (code == TAWAM_OK && !is_sign(p, ')')) {
        expression *argument = NULL;
        code = parse_expression(&argument, p);
        if (code == TAWAM_OK)
            code = add_part(p, &call->parts, &call->part_count, argument);
        if (code == TAWAM_OK && is_sign(p, ',')) {
            code = advance(p);
            if (code == TAWAM_OK && is_sign(p, ')'))
                code = unexpected(p, _("an argument"));
        } else if (code == TAWAM_OK && !is_sign(p, ')'))
            code = unexpected(p, _("a comma or )"));
    }
    if (code == TAWAM_OK)
        code = check_count(call, name);
    *out = call;
    return code == TAWAM_OK ? advance(p) : code;
}

static int parse_literal(expression **out, parser *p)
{
    int text = p->now.kind == TOKEN_TEXT;
    expression *e =
        new_expression(p, text ? EXPRESSION_TEXT : EXPRESSION_NUMBER);
    char *copy = e ? arena_alloc(p->x->memory, p->now.length + 1) : NULL;
    if (!copy)
        return TAWAM_EMEMORY;
    if (text)
        memcpy(copy, p->now.text, p->now.length);
    e->text = copy;
    e->number = p->now.number;
    *out = e;
    return advance(p);
}

static int parse_bracket(expression **out, parser *p)
{
    int code = advance(p);
    if (code == TAWAM_OK)
        code = parse_expression(out, p);
    if (code == TAWAM_OK && !is_sign(p, ')'))
        code = unexpected(p, ")");
    return code == TAWAM_OK ? advance(p) : code;
}

/* After a primary: predicates and steps make it the beginning of a path. */
static int parse_rest_of_path(expression **out, parser *p, expression *primary)
{
    expression *path;
    int code;
    *out = primary;
    if (is_sign(p, SIGN_DESCENDANT))
        return refuse_descendants(p);
    if (!is_sign(p, '[') && !is_sign(p, '/'))
        return TAWAM_OK;
    path = new_expression(p, EXPRESSION_PATH);
    code = path ? add_part(p, &path->parts, &path->part_count, primary)
                : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = parse_predicates(p, &path->filters, &path->filter_count);
    if (code == TAWAM_OK && is_sign(p, '/')) {
        code = advance(p);
        if (code == TAWAM_OK)
            code = parse_steps(path, p);
    }
    *out = path;
    return code;
}

static int parse_plain_path(expression **out, parser *p)
{
    expression *path = new_expression(p, EXPRESSION_PATH);
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && is_sign(p, SIGN_DESCENDANT))
        return refuse_descendants(p);
    if (code == TAWAM_OK && is_sign(p, '/')) {
        path->absolute = 1;
        code = advance(p);
    }
    *out = path;
    if (code == TAWAM_OK && (!path->absolute || begins_step(p)))
        code = parse_steps(path, p);
    return code;
}

/* A name is a call if "(" follows, but for the test node(). */
static int is_call(const parser *p)
{
    lexer ahead = p->lexer;
    token next;
    if (p->now.kind != TOKEN_NAME ||
        (p->now.length == 4 && memcmp(p->now.text, "node", 4) == 0))
        return 0;
    if (lexer_next(&next, &ahead) != TAWAM_OK) {
        error_clear();
        return 0;
    }
    return next.kind == TOKEN_SIGN && next.sign == '(';
}

static int parse_path(expression **out, parser *p)
{
    expression *primary = NULL;
    token name = p->now;
    int code;
    if (is_call(p)) {
        code = advance(p);
        if (code == TAWAM_OK)
            code = parse_call(&primary, p, &name);
    } else if (p->now.kind == TOKEN_NUMBER || p->now.kind == TOKEN_TEXT)
        code = parse_literal(&primary, p);
    else if (is_sign(p, '('))
        code = parse_bracket(&primary, p);
    else if (begins_step(p) || is_sign(p, '/') || is_sign(p, SIGN_DESCENDANT))
        return parse_plain_path(out, p);
    else
        return unexpected(p, _("a value"));
    return code == TAWAM_OK ? parse_rest_of_path(out, p, primary) : code;
}

/* ---- operators ---- */

/* Operators of rank 0 (weakest) to 5, a bit each. */
#define BIT(operator) (1u << (operator))
static const unsigned RANKS[] = {
    BIT(OPERATOR_OR),
    BIT(OPERATOR_AND),
    BIT(OPERATOR_EQUAL) | BIT(OPERATOR_UNEQUAL),
    BIT(OPERATOR_LESS) | BIT(OPERATOR_AT_MOST) | BIT(OPERATOR_MORE) |
        BIT(OPERATOR_AT_LEAST),
    BIT(OPERATOR_PLUS) | BIT(OPERATOR_MINUS),
    BIT(OPERATOR_TIMES) | BIT(OPERATOR_DIV) | BIT(OPERATOR_MOD)};
#define RANK_UNARY 6
#define RANK_UNION 7

static int parse_unary(expression **out, parser *p)
{
    int negative = 0, any = 0, code = TAWAM_OK;
    expression *inner = NULL, *negation;
    while (code == TAWAM_OK && p->now.kind == TOKEN_OPERATOR &&
           p->now.operator== OPERATOR_MINUS) {
        negative = !negative;
        any = 1;
        code = advance(p);
    }
    if (code == TAWAM_OK)
        code = parse_rank(&inner, p, RANK_UNION);
    *out = inner;
    /* Two signs make a number of what they stand before, as one does. */
    for (int i = 0; code == TAWAM_OK && i < (negative ? 1 : any ? 2 : 0); i++) {
        negation = new_expression(p, EXPRESSION_NEGATE);
        code = negation
                   ? add_part(p, &negation->parts, &negation->part_count, *out)
                   : TAWAM_EMEMORY;
        *out = negation;
    }
    return code;
}

static int parse_operand(expression **out, parser *p, int rank)
{
    if (rank == RANK_UNION)
        return parse_path(out, p);
    if (rank + 1 == RANK_UNARY)
        return parse_unary(out, p);
    return parse_rank(out, p, rank + 1);
}

static int add_operator(expression *chain, parser *p)
{
    int code = grow((void **)&chain->operators, p->x->memory,
                    chain->part_count - 1, sizeof *chain->operators);
    if (code == TAWAM_OK) {
        chain->operators[chain->part_count - 1] = p->now.operator;
        code = advance(p);
    }
    return code;
}

static int parse_rank(expression **out, parser *p, int rank)
{
    unsigned accepted = rank == RANK_UNION ? BIT(OPERATOR_UNION) : RANKS[rank];
    expression *chain = NULL, *part = NULL;
    int code = parse_operand(&part, p, rank);
    *out = part;
    while (code == TAWAM_OK && p->now.kind == TOKEN_OPERATOR &&
           accepted & BIT(p->now.operator)) {
        if (!chain) {
            chain = new_expression(p, EXPRESSION_CHAIN);
            code = chain ? add_part(p, &chain->parts, &chain->part_count, part)
                         : TAWAM_EMEMORY;
        }
        if (code == TAWAM_OK)
            code = add_operator(chain, p);
        if (code == TAWAM_OK)
            code = parse_operand(&part, p, rank);
        if (code == TAWAM_OK)
            code = add_part(p, &chain->parts, &chain->part_count, part);
        *out = chain;
    }
    return code;
}

/* ---- public ---- */

static int parse_all(xpath *x)
{
    parser p = {.x = x, .lexer = {.text = x->text, .at = x->text}};
    int code = advance(&p);
    if (code == TAWAM_OK && p.now.kind == TOKEN_END)
        return error_set(TAWAM_EUSAGE, _("the expression is empty"));
    if (code == TAWAM_OK)
        code = parse_expression(&x->root, &p);
    if (code == TAWAM_OK && p.now.kind != TOKEN_END)
        code = unexpected(&p, _("an operator or the end"));
    return code;
}

int xpath_compile(xpath **out, form_names *names, const char *text)
{
    xpath *x = memory_new(sizeof *x);
    int code = x ? arena_new(&x->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK && strlen(text) > XPATH_TEXT_MOST)
        code =
            error_set(TAWAM_EUSAGE, _("an expression of more than %zu bytes"),
                      XPATH_TEXT_MOST);
    if (code == TAWAM_OK) {
        x->names = names;
        x->text = arena_string(x->memory, text);
        code = x->text ? parse_all(x) : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        *out = x;
    else
        xpath_free(x);
    return code;
}

void xpath_free(xpath *x)
{
    if (!x)
        return;
    arena_free(x->memory);
    free(x);
}

const char *xpath_text(const xpath *x)
{
    return x->text;
}
