/* SPDX-License-Identifier: MIT */
/* Functions on nodes, repeats, instances and the form itself (ODK XForms,
 * "Node-set functions", "Repeat functions", "Select functions"). */
#include <mbedtls/sha256.h>
#include "form/lists_internal.h"
#include "form/xpath_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int no_nodes(const char *name)
{
    return function_error(name, _("it takes nodes; give it a path"));
}

/* ---- counting, position ---- */

static int call_count(xpath_value *out, evaluation *e,
                      expression *const *arguments, size_t count)
{
    xpath_value set;
    double number = 0;
    int done = 0, code = count_path(&number, &done, e, arguments[0]);
    (void)count;
    if (code == TAWAM_OK && !done) {
        code = evaluate(&set, e, arguments[0]);
        if (code == TAWAM_OK && set.kind != XPATH_NODESET)
            return no_nodes("count");
        number = (double)set.count;
    }
    set_number(out, number);
    return code;
}

static int call_count_non_empty(xpath_value *out, evaluation *e,
                                const xpath_value *arguments, size_t count)
{
    double found = 0;
    (void)count;
    if (arguments[0].kind != XPATH_NODESET)
        return no_nodes("count-non-empty");
    for (size_t i = 0; i < arguments[0].count; i++) {
        const char *text = node_value(arguments[0].nodes[i], e->memory);
        if (!text)
            return TAWAM_EMEMORY;
        found += *text != '\0';
    }
    set_number(out, found);
    return TAWAM_OK;
}

/* Without a node: of the context among those it was found with. With one: among
 * its siblings of that name. 0 for no node. */
static int call_position(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    double at = (double)e->position;
    if (count) {
        form_node *node;
        if (arguments[0].kind != XPATH_NODESET)
            return no_nodes("position");
        node = arguments[0].count ? arguments[0].nodes[0] : NULL;
        at = !node          ? 0
             : node->is_row ? list_row_position(node)
                            : (double)form_node_place(node);
    }
    set_number(out, at);
    return TAWAM_OK;
}

static int call_current(xpath_value *out, evaluation *e,
                        const xpath_value *arguments, size_t count)
{
    form_node **nodes = arena_alloc(e->memory, sizeof *nodes);
    (void)arguments, (void)count;
    if (!nodes)
        return TAWAM_EMEMORY;
    nodes[0] = e->c->node;
    *out = (xpath_value){
        .kind = XPATH_NODESET, .nodes = nodes, .count = e->c->node != NULL};
    return TAWAM_OK;
}

/* ---- instances ---- */

static int open_instance(form_node **top, evaluation *e, const char *id)
{
    char *safe;
    int code = TAWAM_ENOTFOUND;
    if (e->c->instance)
        code = e->c->instance(top, e->c->caller, id);
    if (code != TAWAM_ENOTFOUND)
        return code;
    safe = text_safe(id, strlen(id), 0);
    function_error("instance", _("there is no instance '%.60s' here"),
                   safe ? safe : "");
    free(safe);
    return TAWAM_EUSAGE;
}

static int set_node(xpath_value *out, evaluation *e, form_node *node)
{
    form_node **nodes = arena_alloc(e->memory, sizeof *nodes);
    if (!nodes)
        return TAWAM_EMEMORY;
    nodes[0] = node;
    *out = (xpath_value){.kind = XPATH_NODESET, .nodes = nodes, .count = 1};
    return TAWAM_OK;
}

static int call_instance(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    const char *id = "";
    form_node *top = NULL;
    int code = value_text(&id, e, &arguments[0]);
    (void)count;
    if (code == TAWAM_OK)
        code = open_instance(&top, e, id);
    return code == TAWAM_OK ? set_node(out, e, top) : code;
}

/* The child of NODE called NAME, or NULL. */
static form_node *child(const form_node *node, const char *name)
{
    form_node *c = node ? node->first : NULL;
    while (c && strcmp(c->name, name) != 0)
        c = c->next;
    return c;
}

/* pulldata(instance, column, key column, key): the first row that fits. */
static int call_pulldata(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    const char *texts[4] = {"", "", "", ""}, *value;
    form_node *top = NULL, *row;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = value_text(&texts[i], e, &arguments[i]);
    if (code == TAWAM_OK)
        code = open_instance(&top, e, texts[0]);
    if (code != TAWAM_OK)
        return code;
    set_text(out, "");
    if (top->first && top->first->is_list) {
        code = list_lookup(&value, e, list_view_of(top->first), texts[1],
                           texts[2], texts[3]);
        set_text(out, value);
        return code;
    }
    for (row = top->first ? top->first->first : NULL; row; row = row->next) {
        form_node *key = child(row, texts[2]);
        if (key && strcmp(key->value, texts[3]) == 0) {
            form_node *found = child(row, texts[1]);
            value = found ? node_value(found, e->memory) : "";
            set_text(out, value ? value : "");
            return value ? TAWAM_OK : TAWAM_EMEMORY;
        }
    }
    return TAWAM_OK;
}

/* ---- repeats ---- */

static int is_below(const form_node *node, const form_node *above)
{
    for (; node; node = node->parent)
        if (node == above)
            return 1;
    return 0;
}

/* All nodes an argument's path leads to, through every instance. */
static int whole_path(xpath_value *out, evaluation *e, const expression *x)
{
    int code = x->kind == EXPRESSION_PATH ? evaluate_path(out, e, x, 1)
                                          : evaluate(out, e, x);
    if (code == TAWAM_OK && out->kind != XPATH_NODESET)
        return no_nodes("indexed-repeat");
    return code;
}

/* Keep those below SCOPE, if it is not NULL. */
static void keep_below(xpath_value *set, const form_node *scope)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++)
        if (!scope || is_below(set->nodes[i], scope))
            set->nodes[kept++] = set->nodes[i];
    set->count = kept;
}

/* indexed-repeat(node, repeat, number, repeat within it, number …). A number
 * below 1, or none, is 1 (JavaRosa): while an instance is being added its
 * number may still be unknown. */
static int call_indexed_repeat(xpath_value *out, evaluation *e,
                               expression *const *arguments, size_t count)
{
    const form_node *scope = NULL;
    xpath_value set, at;
    int code = TAWAM_OK;
    if (count % 2 == 0)
        return function_error("indexed-repeat",
                              _("each repeat needs its number"));
    for (size_t i = 1; i + 1 < count; i += 2) {
        double number;
        code = whole_path(&set, e, arguments[i]);
        if (code == TAWAM_OK)
            code = evaluate(&at, e, arguments[i + 1]);
        if (code != TAWAM_OK)
            return code;
        keep_below(&set, scope);
        number = trunc(value_number(e, &at));
        if (!(number >= 1))
            number = 1;
        if (number > (double)set.count) {
            *out = (xpath_value){.kind = XPATH_NODESET};
            return TAWAM_OK;
        }
        scope = set.nodes[(size_t)number - 1];
    }
    code = whole_path(out, e, arguments[0]);
    if (code == TAWAM_OK)
        keep_below(out, scope);
    return code;
}

/* ---- an order by chance ---- */

/* A seed: a number as it is (cut to a whole one); other text by its SHA-256,
 * the first 8 bytes; "" is 0. */
static int64_t seed_of(double number, const char *text)
{
    uint8_t sum[32];
    uint64_t first = 0;
    if (!isnan(number))
        return (int64_t)number;
    if (!*text)
        return 0;
    mbedtls_sha256_ret((const unsigned char *)text, strlen(text), sum, 0);
    for (int i = 0; i < 8; i++)
        first = first << 8 | sum[i];
    return (int64_t)first;
}

/* Park and Miller's generator: 16807, modulo 2^31 - 1. */
typedef struct park_miller {
    int64_t state;
} park_miller;

static double park_miller_next(park_miller *g)
{
    g->state = g->state * 16807 % 2147483647;
    return (double)(g->state - 1) / 2147483646.0;
}

static int begin_chance(park_miller *g, evaluation *e,
                        const xpath_value *arguments, size_t count)
{
    const char *text = "";
    int64_t seed = 0;
    int code = TAWAM_OK;
    if (count > 1) {
        code = value_text(&text, e, &arguments[1]);
        seed = seed_of(text_to_number(text), text);
    } else {
        uint32_t bits = 0;
        code = random_bytes(&bits, sizeof bits);
        seed = bits;
    }
    g->state = seed % 2147483647;
    if (g->state <= 0)
        g->state += 2147483646;
    return code;
}

/* Fisher and Yates, inside out. */
static int call_randomize(xpath_value *out, evaluation *e,
                          const xpath_value *arguments, size_t count)
{
    const xpath_value *set = &arguments[0];
    park_miller g = {0};
    form_node **nodes;
    int code;
    if (set->kind != XPATH_NODESET)
        return no_nodes("randomize");
    code = begin_chance(&g, e, arguments, count);
    nodes = arena_alloc(e->memory, (set->count + 1) * sizeof *nodes);
    if (!nodes)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < set->count; i++) {
        size_t at = (size_t)floor(park_miller_next(&g) * (double)(i + 1));
        nodes[i] = nodes[at];
        nodes[at] = set->nodes[i];
    }
    *out = (xpath_value){
        .kind = XPATH_NODESET, .nodes = nodes, .count = set->count};
    return code;
}

/* ---- of the form ---- */

static int unavailable(const char *name)
{
    return function_error(name, _("it needs a form, and there is none here"));
}

static int call_itext(xpath_value *out, evaluation *e,
                      const xpath_value *arguments, size_t count)
{
    const char *id = "", *text = "";
    int code = value_text(&id, e, &arguments[0]);
    (void)count;
    if (!e->c->itext)
        return unavailable("jr:itext");
    if (code == TAWAM_OK)
        code = e->c->itext(&text, e->c->caller, id);
    set_text(out, text);
    return code;
}

static int call_choice_name(xpath_value *out, evaluation *e,
                            const xpath_value *arguments, size_t count)
{
    const char *value = "", *reference = "", *text = "";
    int code = value_text(&value, e, &arguments[0]);
    (void)count;
    if (!e->c->choice_name)
        return unavailable("jr:choice-name");
    if (code == TAWAM_OK)
        code = value_text(&reference, e, &arguments[1]);
    if (code == TAWAM_OK)
        code = e->c->choice_name(&text, e->c->caller, value, reference);
    set_text(out, text);
    return code;
}

static int set_property(xpath_value *out, evaluation *e, const char *caller,
                        const char *name)
{
    const char *text = "";
    int code;
    if (!e->c->property)
        return unavailable(caller);
    code = e->c->property(&text, e->c->caller, name);
    set_text(out, text);
    return code;
}

static int call_property(xpath_value *out, evaluation *e,
                         const xpath_value *arguments, size_t count)
{
    const char *name = "";
    int code = value_text(&name, e, &arguments[0]);
    (void)count;
    return code == TAWAM_OK ? set_property(out, e, "property", name) : code;
}

static int call_version(xpath_value *out, evaluation *e,
                        const xpath_value *arguments, size_t count)
{
    (void)arguments, (void)count;
    return set_property(out, e, "version", "version");
}

const function FUNCTIONS_NODES[] = {
    {"count", 1, 1, NULL, call_count},
    {"count-non-empty", 1, 1, call_count_non_empty, NULL},
    {"position", 0, 1, call_position, NULL},
    {"current", 0, 0, call_current, NULL},
    {"instance", 1, 1, call_instance, NULL},
    {"pulldata", 4, 4, call_pulldata, NULL},
    {"indexed-repeat", 3, 11, NULL, call_indexed_repeat},
    {"randomize", 1, 2, call_randomize, NULL},
    {"jr:itext", 1, 1, call_itext, NULL},
    {"jr:choice-name", 2, 2, call_choice_name, NULL},
    {"property", 1, 1, call_property, NULL},
    {"version", 0, 0, call_version, NULL},
    {NULL, 0, 0, NULL, NULL}};
