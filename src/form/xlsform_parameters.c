/* SPDX-License-Identifier: MIT */
/* The column parameters: which a type has, and what they may be. */
#include "form/xlsform_internal.h"
#include <math.h>
#include <string.h>

/* Is TEXT one of LIST, which has blanks around each? */
static int is_among(const char *text, const char *list)
{
    size_t length = strlen(text);
    const char *at = list;
    while (length && (at = strstr(at, text))) {
        if (at > list && at[-1] == ' ' && at[length] == ' ')
            return 1;
        at++;
    }
    return 0;
}

#define WRONG(X, E, ...)                                                       \
    xlsform_error(X, &(X)->survey, (E)->row->number, "parameters", __VA_ARGS__)

/* ---- reading ---- */

/* What are words of XLSForm, not the author's names, is in small letters. */
static void add_parameter(xlsform *x, element *e, char *key, char *value)
{
    text_lower_ascii(key);
    if (!is_among(key,
                  " reference-geometry label value app seed tick_labelset "))
        text_lower_ascii(value);
    pair_add(x, &e->parameters, key, value);
}

void read_parameters(xlsform *x, element *e, const char *text)
{
    static const char blank[] = " \t\n", gap[] = " ,;\t\n";
    while (*(text += strspn(text, gap))) {
        size_t key = strcspn(text, "= ,;\t\n"), value = 0;
        const char *at = text + key + strspn(text + key, blank);
        if (*at == '=') {
            at += 1 + strspn(at + 1, blank);
            value = *at == '"' && strchr(at + 1, '"')
                        ? (size_t)(strchr(at + 1, '"') - at) + 1
                        : strcspn(at, "= ,;\t\n");
        }
        if (!key || !value) {
            WRONG(x, e, _("expected key=value, with a blank between two"));
            return;
        }
        add_parameter(x, e, xlsform_format(x, "%.*s", (int)key, text),
                      xlsform_format(x, "%.*s", (int)value, at));
        text = at + value;
    }
}

int is_number(const char *text)
{
    double number;
    if (text_decimal(&number, text) == TAWAM_OK)
        return isfinite(number);
    error_clear();
    return 0;
}

int is_whole(const char *text)
{
    int64_t number;
    if (text_integer(&number, text) == TAWAM_OK)
        return 1;
    error_clear();
    return 0;
}

static double number_of(const char *text)
{
    double number = (double)NAN;
    if (text_decimal(&number, text) != TAWAM_OK)
        error_clear();
    return number;
}

/* ---- which a type has ---- */

#define SELECT " randomize seed "

static const struct {
    const char *type, *keys;
} KEYS[] = {
    {"select one", SELECT},
    {"select multiple", SELECT},
    {"rank", SELECT},
    {"select one from file", SELECT "value label "},
    {"select multiple from file", SELECT "value label "},
    {"geopoint", " allow-mock-accuracy capture-accuracy "
                 "reference-geometry warning-accuracy "},
    {"geotrace", " allow-mock-accuracy incremental reference-geometry "},
    {"geoshape", " allow-mock-accuracy incremental reference-geometry "},
    {"range", " start end step placeholder tick_interval tick_labelset "},
    {"image", " max-pixels app "},
    {"audio", " quality "},
    {"background-audio", " quality "},
    {"text", " rows "},
    {"audit", " location-priority location-min-interval location-max-age "
              "track-changes track-changes-reasons identify-user "}};

const char *parameter_keys(const char **type, size_t at)
{
    if (at >= sizeof KEYS / sizeof *KEYS)
        return NULL;
    *type = KEYS[at].type;
    return KEYS[at].keys;
}

/* Types with several names by their medium. */
static const char *allowed_keys(const element *e)
{
    const char *medium = e->type->media;
    const char *name = e->type->name;
    if (*e->file && *e->list)
        name = "select one from file";
    else if (medium && strncmp(medium, "image", 5) == 0)
        name = "image";
    else if (medium && strncmp(medium, "audio", 5) == 0)
        name = "audio";
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strcmp(KEYS[i].type, name) == 0)
            return KEYS[i].keys;
    return NULL;
}

static void check_keys(xlsform *x, const element *e)
{
    const char *keys = allowed_keys(e);
    for (const pair *p = e->parameters; keys && p; p = p->next)
        if (!is_among(p->key, keys))
            WRONG(x, e, _("%s has no parameter '%s'; there are:%s"),
                  e->type->name, p->key, keys);
}

/* ---- what they may be ---- */

static void check_words(xlsform *x, const element *e)
{
    static const char flag[] = " true false ";
    static const struct {
        const char *key, *words;
    } known[] = {
        {"allow-mock-accuracy", flag},
        {"randomize", flag},
        {"track-changes", flag},
        {"identify-user", flag},
        {"incremental", " true yes true() "},
        {"track-changes-reasons", " on-form-edit "},
        {"location-priority", " no-power low-power balanced high-accuracy "}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const pair *p = pair_find(e->parameters, known[i].key);
        if (p && !is_among(p->value, known[i].words))
            WRONG(x, e, _("%s is one of%s, not '%s'"), p->key, known[i].words,
                  p->value);
    }
}

static void check_numbers(xlsform *x, const element *e)
{
    static const char numbers[] = " capture-accuracy warning-accuracy start "
                                  "end step tick_interval placeholder ";
    static const char whole[] =
        " max-pixels rows location-min-interval location-max-age ";
    for (const pair *p = e->parameters; p; p = p->next)
        if ((is_among(p->key, numbers) && !is_number(p->value)) ||
            (is_among(p->key, whole) && !is_whole(p->value)))
            WRONG(x, e, _("%s is a number, not '%s'"), p->key, p->value);
}

static void check_quality(xlsform *x, const element *e)
{
    const pair *p = pair_find(e->parameters, "quality");
    const char *words = e->type->action ? " voice-only low normal "
                                        : " voice-only low normal external ";
    if (p && !is_among(p->value, words))
        WRONG(x, e, _("%s is one of%s, not '%s'"), "quality", words, p->value);
}

int is_one_reference(const char *text)
{
    const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
    return end && !end[1];
}

static int is_step_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              *at == '_' ||
              (at > name &&
               ((*at >= '0' && *at <= '9') || *at == '-' || *at == '.'))))
            return 0;
    return *name != '\0';
}

static void check_select(xlsform *x, const element *e)
{
    static const char *const names[] = {"value", "label"};
    const pair *seed = pair_find(e->parameters, "seed");
    if (seed && !pair_find(e->parameters, "randomize"))
        WRONG(x, e, _("a seed needs randomize=true"));
    if (seed && !is_number(seed->value) && !is_one_reference(seed->value))
        WRONG(x, e, _("the seed is a number or a question, ${name}"));
    for (int i = 0; *e->file && i < 2; i++) {
        const pair *p = pair_find(e->parameters, names[i]);
        if (p && !is_step_name(p->value))
            WRONG(x, e,
                  _("%s is the name of a column: a letter or _, then letters, "
                    "digits, - _ and ., not '%s'"),
                  p->key, p->value);
    }
}

/* An application's name on Android: com.example.app. */
static const char *app_fault(const char *name)
{
    if (!strchr(name, '.'))
        return _("it has no point");
    for (const char *at = name; *at; at++) {
        int first = at == name || at[-1] == '.';
        if (*at == '.' && (first || !at[1]))
            return _("a part of it is empty");
        if (first && (*at == '_' || (*at >= '0' && *at <= '9')))
            return _("a part begins with _ or a digit");
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= '0' && *at <= '9') || *at == '_' || *at == '.'))
            return _("it may hold letters, digits, _ and points only");
    }
    return NULL;
}

static void check_image(xlsform *x, const element *e)
{
    const pair *app = pair_find(e->parameters, "app");
    const char *fault = app ? app_fault(app->value) : NULL;
    if (fault && (!*e->appearance || strcmp(e->appearance, "annotate") == 0))
        WRONG(x, e, _("'%s' is no name of an application: %s"), app->value,
              fault);
    if (!pair_find(e->parameters, "max-pixels"))
        xlsform_warning(x, &x->survey, e->row->number, "parameters",
                        _("with max-pixels=1024 photos take less room and are "
                          "sent sooner"));
}

static void check_audit(xlsform *x, const element *e)
{
    static const char *const keys[] = {
        "location-priority", "location-min-interval", "location-max-age"};
    const pair *p[3];
    int count = 0;
    for (int i = 0; i < 3; i++)
        count += (p[i] = pair_find(e->parameters, keys[i])) != NULL;
    if (count && count < 3)
        WRONG(x, e,
              _("for places in the audit location-priority, "
                "location-min-interval and location-max-age are all needed"));
    for (int i = 1; i < 3; i++)
        if (p[i] && number_of(p[i]->value) < 0)
            WRONG(x, e, _("%s is 0 or more"), keys[i]);
    if (p[1] && p[2] && number_of(p[2]->value) < number_of(p[1]->value))
        WRONG(x, e, _("location-max-age is location-min-interval or more"));
}

/* ---- range ---- */

typedef struct range {
    double start, end, step, tick; /* tick NaN: none */
} range;

static double range_value(const element *e, const char *key, double otherwise)
{
    const pair *p = pair_find(e->parameters, key);
    return p ? number_of(p->value) : otherwise;
}

static int is_multiple(double number, double step)
{
    double count = number / step;
    return fabs(count - round(count)) < 1e-9;
}

static int is_inside(const range *r, double number)
{
    return number >= fmin(r->start, r->end) - 1e-12 &&
           number <= fmax(r->start, r->end) + 1e-12;
}

static void check_step(xlsform *x, const element *e, const range *r,
                       const char *key, double step)
{
    if (step == 0)
        WRONG(x, e, _("%s can't be 0"), key);
    else if (step > fabs(r->end - r->start))
        WRONG(x, e, _("%s is larger than the whole range"), key);
    else if (r->step != 0 && !is_multiple(step, r->step))
        WRONG(x, e, _("%s is no multiple of step"), key);
}

static void check_label(xlsform *x, const element *e, const range *r,
                        const choice *c, int no_ticks)
{
    double number = number_of(c->name);
    double step = isnan(r->tick) ? r->step : r->tick;
    if (!is_number(c->name))
        WRONG(x, e, _("the labels' choice '%s' is no number"), c->name);
    else if (!is_inside(r, number))
        WRONG(x, e, _("the labels' choice '%s' is outside of the range"),
              c->name);
    else if (step != 0 && !is_multiple(number - r->start, step))
        WRONG(x, e, _("the labels' choice '%s' stands between two steps"),
              c->name);
    else if (no_ticks && number != r->start && number != r->end)
        WRONG(x, e, _("with no-ticks only start and end have labels, not '%s'"),
              c->name);
}

static void check_labels(xlsform *x, element *e, const range *r)
{
    const pair *p = pair_find(e->parameters, "tick_labelset");
    const choice_list *l;
    int no_ticks = strcmp(e->appearance, "no-ticks") == 0;
    if (!p)
        return;
    l = choice_list_find(x, p->value);
    if (!l) {
        WRONG(x, e, _("there is no choice list '%s' in the sheet choices"),
              p->value);
        return;
    }
    for (size_t i = 0; i < l->count; i++)
        check_label(x, e, r, &l->list[i], no_ticks);
    if (no_ticks && l->count != 2)
        WRONG(x, e, _("with no-ticks two labels are needed: of start and end"));
    e->list = p->value;
}

/* tick_interval and the like are drawn by some appearances only. */
static void check_appearance(xlsform *x, const element *e)
{
    if (!*e->appearance || is_among(e->appearance, " vertical no-ticks ") ||
        strcmp(e->appearance, "vertical no-ticks") == 0)
        return;
    if (pair_find(e->parameters, "tick_interval") ||
        pair_find(e->parameters, "placeholder") ||
        pair_find(e->parameters, "tick_labelset"))
        WRONG(x, e,
              _("tick_interval, placeholder and tick_labelset go with the "
                "appearances vertical and no-ticks only, not '%s'"),
              e->appearance);
}

static void check_range(xlsform *x, element *e)
{
    range r = {range_value(e, "start", 1), range_value(e, "end", 10),
               range_value(e, "step", 1),
               range_value(e, "tick_interval", (double)NAN)};
    double place = range_value(e, "placeholder", (double)NAN);
    check_appearance(x, e);
    if (isnan(r.start) || isnan(r.end) || isnan(r.step))
        return;
    check_step(x, e, &r, "step", r.step);
    if (!isnan(r.tick))
        check_step(x, e, &r, "tick_interval", r.tick);
    if (!isnan(place) && r.step != 0 && !is_multiple(place - r.start, r.step))
        WRONG(x, e, _("%s stands between two steps"), "placeholder");
    if (!isnan(place) && !is_inside(&r, place))
        WRONG(x, e, _("%s is outside of the range"), "placeholder");
    check_labels(x, e, &r);
}

void check_parameters(xlsform *x, element *e)
{
    const char *type = e->type->name;
    check_keys(x, e);
    check_words(x, e);
    check_numbers(x, e);
    check_quality(x, e);
    if (*e->list)
        check_select(x, e);
    if (e->type->media && strncmp(e->type->media, "image", 5) == 0)
        check_image(x, e);
    if (strcmp(type, "audit") == 0)
        check_audit(x, e);
    if (strcmp(type, "range") == 0)
        check_range(x, e);
}
