/* SPDX-License-Identifier: MIT */
/* Binds: types and rules of items. */
#include "form/definition_internal.h"
#include <string.h>

static form_type type_named(const char *name)
{
    static const struct {
        const char *name;
        form_type type;
    } types[] = {{"int", FORM_INTEGER},       {"integer", FORM_INTEGER},
                 {"long", FORM_INTEGER},      {"decimal", FORM_DECIMAL},
                 {"double", FORM_DECIMAL},    {"float", FORM_DECIMAL},
                 {"boolean", FORM_BOOLEAN},   {"date", FORM_DATE},
                 {"time", FORM_TIME},         {"dateTime", FORM_DATETIME},
                 {"geopoint", FORM_GEOPOINT}, {"geotrace", FORM_GEOTRACE},
                 {"geoshape", FORM_GEOSHAPE}, {"binary", FORM_BINARY},
                 {"barcode", FORM_BARCODE}};
    const char *colon = strchr(name, ':');
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, colon ? colon + 1 : name) == 0)
            return types[i].type;
    return FORM_TEXT;
}

static int read_rules(form *f, form_item *item, const form_node *bind)
{
    const struct {
        const char *name;
        const xpath **place;
    } rules[] = {{"calculate", &item->calculate},
                 {"relevant", &item->relevant},
                 {"required", &item->required},
                 {"readonly", &item->readonly},
                 {"constraint", &item->constraint}};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < sizeof rules / sizeof *rules;
         i++) {
        const char *text = attribute_of(bind, rules[i].name);
        if (text && text[strspn(text, " \t\r\n")])
            code = form_compile(rules[i].place, f, text, item->path,
                                rules[i].name);
    }
    return code;
}

static int read_messages(form *f, form_item *item, const form_node *bind)
{
    const char *text = attribute_of(bind, "constraintMsg");
    int code = TAWAM_OK;
    if (text) {
        item->constraint_message = text;
        code = form_read_words(&item->constraint_words, f, text);
    }
    text = attribute_of(bind, "requiredMsg");
    if (code == TAWAM_OK && text) {
        item->required_message = text;
        code = form_read_words(&item->required_words, f, text);
    }
    return code;
}

#define SECONDS_MOST INT64_C(1000000000)

static int is_known_type(const char *name)
{
    static const char *const others[] = {"string", "select",  "select1", "rank",
                                         "intent", "barcode", "long"};
    const char *colon = strchr(name, ':');
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], colon ? colon + 1 : name) == 0)
            return 1;
    return type_named(name) != FORM_TEXT;
}

static int check_bind(form *f, form_item *item, const form_node *bind)
{
    const char *type = attribute_of(bind, "type");
    int code = TAWAM_OK;
    if (type && *type && !is_known_type(type))
        code = form_warning(f, item->path,
                            _("there is no type '%.60s': it is kept as text"),
                            type);
    if (code == TAWAM_OK && item->is_bound)
        code = form_warning(f, item->path,
                            _("two binds are about it: the later one counts"));
    item->is_bound = 1;
    return code;
}

static int is_true(const form_node *bind, const char *name)
{
    const char *text = attribute_of(bind, name);
    return text && strcmp(text, "true") == 0;
}

/* Seconds in the attribute NAME as milliseconds; -1: it has none. */
static int64_t seconds_of(const form_node *bind, const char *name)
{
    const char *text = attribute_of(bind, name);
    int64_t seconds = -1;
    if (text && text_integer(&seconds, text) != TAWAM_OK)
        error_clear();
    return seconds >= 0 && seconds <= SECONDS_MOST ? seconds * 1000 : -1;
}

/* All three attributes are needed, as Collect has it (AuditConfig). */
static int read_audit_places(form *f, const form_item *item,
                             const form_node *bind)
{
    const char *priority = attribute_of(bind, "location-priority");
    f->place_gap = seconds_of(bind, "location-min-interval");
    f->place_life = seconds_of(bind, "location-max-age");
    if (!priority && !attribute_of(bind, "location-min-interval") &&
        !attribute_of(bind, "location-max-age"))
        return TAWAM_OK;
    if (!priority || f->place_gap < 0 || f->place_life < 0)
        return form_warning(f, item->path,
                            _("the audit tells no places: for them "
                              "location-priority, location-min-interval and "
                              "location-max-age are needed, the last two in "
                              "seconds"));
    f->audit_places =
        strcmp(priority, "no-power") == 0 || strcmp(priority, "no_power") == 0
            ? 2
            : 1;
    return TAWAM_OK;
}

static int read_audit(form *f, form_item *item, const form_node *bind)
{
    const char *reasons = attribute_of(bind, "track-changes-reasons");
    f->audit = item;
    f->audit_values = is_true(bind, "track-changes");
    f->audit_user = is_true(bind, "identify-user");
    f->audit_reasons = reasons && strcmp(reasons, "on-form-edit") == 0;
    return read_audit_places(f, item, bind);
}

static int read_bind(form *f, const form_node *bind)
{
    const char *nodeset = attribute_of(bind, "nodeset"), *text;
    form_item *item;
    int code;
    if (!nodeset)
        nodeset = attribute_of(bind, "ref");
    if (!nodeset)
        return error_set(TAWAM_EUSAGE, _("a bind has no nodeset"));
    item = form_resolve(f, nodeset, NULL);
    if (!item) /* it does nothing: no reason to refuse the form */
        return form_warning(f, nodeset,
                            _("a bind is about it, but it is not in the "
                              "primary instance"));
    code = check_bind(f, item, bind);
    if (code != TAWAM_OK)
        return code;
    if ((text = attribute_of(bind, "type")))
        item->type = type_named(text);
    item->save_to = attribute_of(bind, "saveto");
    item->preload = attribute_of(bind, "preload");
    item->preload_parameters = attribute_of(bind, "preloadParams");
    code = read_messages(f, item, bind);
    if (code == TAWAM_OK && strcmp(item->name, "audit") == 0 && item->parent &&
        strcmp(item->parent->name, "meta") == 0)
        code = read_audit(f, item, bind);
    return code == TAWAM_OK ? read_rules(f, item, bind) : code;
}

int form_read_binds(form *f, const form_node *model)
{
    int code = TAWAM_OK;
    for (const form_node *n = model->first; code == TAWAM_OK && n; n = n->next)
        if (strcmp(n->name, "bind") == 0)
            code = read_bind(f, n);
    return code;
}
