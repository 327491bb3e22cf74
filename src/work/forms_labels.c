/* SPDX-License-Identifier: MIT */
/* What a form's own words call its layers, columns and choices, in each of its
 * languages, as labels of the replica: QGIS and the screens show them. */
#include "work/forms_internal.h"
#include <stdlib.h>
#include <string.h>

enum {
    LABEL_MOST = 250,   /* bytes of one */
    CHOICES_MOST = 3000 /* of one column: a longer list is no list of codes */
};
/* A form without languages doesn't say which its words are in: BCP 47's word
 * for that, which stands behind all others. */
#define NO_LANGUAGE "und"

/* ---- languages ---- */

/* "Français (fr)" -> fr; "French" -> fr; "fr" -> fr; "default" -> und. */
static void language_code(char out[16], const char *name)
{
    static const char *const KNOWN[][2] = {
        {"french", "fr"},     {"francais", "fr"}, {"english", "en"},
        {"arabic", "ar"},     {"العربيه", "ar"},  {"عربي", "ar"},
        {"tamazight", "zgh"}, {"spanish", "es"},  {"espanol", "es"}};
    const char *open = strrchr(name, '('), *from = name;
    size_t length = strlen(name);
    char *folded;
    if (open && strchr(open, ')')) {
        from = open + 1;
        length = strcspn(from, ")");
    }
    strcpy(out, NO_LANGUAGE);
    folded = text_fold(name);
    if (length >= 2 && length <= 12 && from[0] != 'd' &&
        (from != name || length <= 3)) {
        memcpy(out, from, length);
        out[length] = '\0';
    }
    for (size_t i = 0;
         folded && from == name && i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (strcmp(folded, KNOWN[i][0]) == 0)
            strcpy(out, KNOWN[i][1]);
    free(folded);
}

/* ---- words ---- */

/* PARTS on one line, without marks of Markdown; a value in it is "…". */
static void plain_words(buffer *out, const form_text *text)
{
    int blank = 0;
    buffer_clear(out);
    for (size_t i = 0; i < text->count; i++) {
        const char *c = text->parts[i].words;
        if (!c)
            c = "…";
        for (; *c; c++) {
            if (strchr(" \t\r\n", *c)) {
                blank = out->length > 0;
                continue;
            }
            if (*c == '*' || (*c == '#' && !out->length))
                continue;
            if (out->length > LABEL_MOST && (*c & 0xC0) != 0x80)
                return;
            if (blank)
                buffer_byte(out, ' ');
            blank = 0;
            buffer_byte(out, (uint8_t)*c);
        }
    }
}

static const form_text *translation(const form_language *l, const char *id)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(l->texts[middle].id, id);
        if (order == 0)
            return &l->texts[middle].text;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

typedef struct labels {
    twin *t;
    const form *f;
    buffer words;
} labels;

typedef struct place {
    const char *layer, *column, *choice;
} place;

/* "-" is what stands where a translation is missing. */
static int set_words(labels *l, const place *p, const char *language,
                     const form_text *text)
{
    const char *words;
    plain_words(&l->words, text);
    if (buffer_check(&l->words) != TAWAM_OK)
        return TAWAM_EMEMORY;
    words = l->words.length ? (const char *)l->words.data : "";
    if (!*words || strcmp(words, "-") == 0)
        return TAWAM_OK;
    return twin_set_label(l->t, p->layer, p->column, p->choice, language,
                          words);
}

static int set_translations(labels *l, const place *p, const char *id)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < l->f->language_count; i++) {
        const form_text *text = translation(&l->f->languages[i], id);
        char language[16];
        language_code(language, l->f->languages[i].name);
        if (text)
            code = set_words(l, p, language, text);
    }
    return code;
}

static int set_text(labels *l, const place *p, const form_text *text)
{
    char language[16] = NO_LANGUAGE;
    if (text->itext)
        return set_translations(l, p, text->itext);
    if (l->f->language_count)
        language_code(language, l->f->languages[0].name);
    return set_words(l, p, language, text);
}

/* ---- choices ---- */

static const form_node *child_named(const form_node *node, const char *name)
{
    for (const form_node *c = name ? node->first : NULL; c; c = c->next)
        if (!c->is_text && strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* The top of the list inside the form that ITEMSET asks; NULL. */
static const form_node *list_of(const form *f, const xpath *itemset)
{
    const char *at = strstr(xpath_text(itemset), "instance('");
    size_t length;
    if (!at)
        return NULL;
    at += strlen("instance('");
    length = strcspn(at, "'");
    for (size_t i = 0; i < f->instance_count; i++)
        if (!f->instances[i].source && f->instances[i].top &&
            strlen(f->instances[i].id) == length &&
            strncmp(f->instances[i].id, at, length) == 0)
            return f->instances[i].top;
    return NULL;
}

static int set_list_item(labels *l, place p, const form_control *c,
                         const form_node *item)
{
    const form_node *value = child_named(item, c->value_path);
    const form_node *label =
        child_named(item, c->label_itext ? c->label_itext : c->label_path);
    struct form_text_part part = {label ? label->value : "", NULL};
    form_text text = {.parts = &part, .count = 1};
    if (!value || !*value->value || !label)
        return TAWAM_OK;
    p.choice = value->value;
    if (c->label_itext)
        return set_translations(l, &p, label->value);
    return set_text(l, &p, &text);
}

static int set_list(labels *l, const place *p, const form_control *c)
{
    const form_node *top = list_of(l->f, c->itemset);
    const form_node *root = top ? top->first : NULL;
    size_t count = 0;
    int code = TAWAM_OK;
    while (root && root->is_text)
        root = root->next;
    for (const form_node *n = root ? root->first : NULL; n; n = n->next)
        count += !n->is_text;
    if (count > CHOICES_MOST)
        return TAWAM_OK;
    for (const form_node *n = root ? root->first : NULL; code == TAWAM_OK && n;
         n = n->next)
        if (!n->is_text)
            code = set_list_item(l, *p, c, n);
    return code;
}

/* Of one that is chosen alone: a cell with several values is no code of the
 * list, which QGIS would take it for. */
static int set_choices(labels *l, place p, const form_control *c)
{
    int code = TAWAM_OK;
    if (c->kind != FORM_SELECT_ONE)
        return TAWAM_OK;
    if (c->itemset)
        return set_list(l, &p, c);
    for (size_t i = 0;
         code == TAWAM_OK && i < c->choice_count && i < CHOICES_MOST; i++) {
        p.choice = c->choices[i].value;
        if (*p.choice)
            code = set_text(l, &p, &c->choices[i].label);
    }
    return code;
}

/* ---- layers and columns ---- */

/* The question whose answer ITEM only copies (a calculation that is a path, as
 * a repeat's entity takes them from outside), so that its words are ITEM's;
 * ITEM itself where it is a question, or calculates. */
static const form_item *asked(const form *f, const form_item *item)
{
    const form_item *from = item;
    for (int depth = 0; from && !from->control && from->calculate && depth < 8;
         depth++) {
        const char *text = xpath_text(from->calculate);
        size_t blanks = strspn(text, " "), length = strlen(text + blanks);
        while (length && text[blanks + length - 1] == ' ')
            length--;
        char *path = memory_string_length(text + blanks, length);
        from = path && *path == '/' ? form_find(f, path) : NULL;
        free(path);
    }
    return from ? from : item;
}

static int set_column(labels *l, const char *layer, const char *column,
                      const form_item *item)
{
    place p = {layer, column, ""};
    int code;
    item = item ? asked(l->f, item) : NULL;
    if (!item || !item->control)
        return TAWAM_OK;
    code = set_text(l, &p, &item->control->label);
    return code == TAWAM_OK ? set_choices(l, p, item->control) : code;
}

/* What no question of the form names. */
typedef struct own_words {
    const char *fr, *ar, *en;
} own_words;

static const own_words OF_ROLE[] = {
    [FORM_COLUMN_ALTITUDE] = {"Altitude (m)", "الارتفاع (م)", "Altitude (m)"},
    [FORM_COLUMN_ACCURACY] = {"Précision de la position (m)", "دقة الموقع (م)",
                              "Accuracy of the position (m)"},
    [FORM_COLUMN_VERSION] = {"Version du formulaire", "نسخة الاستمارة",
                             "Version of the form"},
    [FORM_COLUMN_INSTANCE] = {"Numéro de la fiche corrigée", "رقم السجل المصحح",
                              "Number of the edited record"},
    [FORM_COLUMN_DEPRECATED] = {"Numéro avant la correction",
                                "الرقم قبل التصحيح", "Number before the edit"},
    [FORM_COLUMN_AUDIT] = {"Déroulement de la saisie", "مسار الإدخال",
                           "Course of the interview"},
    [FORM_COLUMN_NOTE] = {"Notes sur les questions", "ملاحظات على الأسئلة",
                          "Notes on questions"},
    [FORM_COLUMN_POSITION] = {"Rang", "الترتيب", "Position"}};

/* Metadata, by what fills it in. */
static const struct {
    const char *preload, *parameters;
    own_words words;
} OF_PRELOAD[] = {
    {"timestamp", "start", {"Début de la saisie", "بداية الإدخال", "Begun"}},
    {"timestamp", "end", {"Fin de la saisie", "نهاية الإدخال", "Ended"}},
    {"date", "today", {"Jour de la saisie", "يوم الإدخال", "Day"}},
    {"property", "deviceid", {"Appareil", "الجهاز", "Device"}},
    {"property", "username", {"Enquêteur", "الباحث", "Surveyor"}},
    {"property", "email", {"Courriel", "البريد الإلكتروني", "E-mail"}},
    {"property", "phonenumber", {"Téléphone", "الهاتف", "Telephone"}}};

static const own_words *own_words_of(const form_column *c)
{
    const form_item *item = c->item;
    if (c->role < sizeof OF_ROLE / sizeof *OF_ROLE && OF_ROLE[c->role].fr)
        return &OF_ROLE[c->role];
    for (size_t i = 0; c->role == FORM_COLUMN_VALUE && item && item->preload &&
                       i < sizeof OF_PRELOAD / sizeof *OF_PRELOAD;
         i++)
        if (strcmp(item->preload, OF_PRELOAD[i].preload) == 0 &&
            strcmp(item->preload_parameters ? item->preload_parameters : "",
                   OF_PRELOAD[i].parameters) == 0)
            return &OF_PRELOAD[i].words;
    return NULL;
}

/* In all the languages of the screens, whatever those of the form. */
static int set_own(labels *l, const char *layer, const form_column *c)
{
    const own_words *words = own_words_of(c);
    int code = TAWAM_OK;
    if (!words || (c->role == FORM_COLUMN_VALUE && c->item->control))
        return code;
    code = twin_set_label(l->t, layer, c->name, "", "fr", words->fr);
    if (code == TAWAM_OK)
        code = twin_set_label(l->t, layer, c->name, "", "ar", words->ar);
    if (code == TAWAM_OK)
        code = twin_set_label(l->t, layer, c->name, "", "en", words->en);
    return code;
}

static int has_words(const form_text *text)
{
    return text->itext || text->count;
}

/* What the body calls the repeat ITEM: its own label, or that of the group
 * around it; NULL. */
static const form_text *repeat_label(const form_element *e,
                                     const form_item *item)
{
    for (; e; e = e->next) {
        const form_text *found = repeat_label(e->first, item);
        if (e->kind == FORM_REPEAT && e->item == item)
            return has_words(&e->label)                   ? &e->label
                   : e->parent && e->parent->item == item ? &e->parent->label
                                                          : NULL;
        if (found)
            return found;
    }
    return NULL;
}

static int set_layer(labels *l, const form_layer *layer)
{
    place p = {layer->name, "", ""};
    struct form_text_part part = {l->f->title, NULL};
    form_text title = {.parts = &part, .count = 1};
    const form_text *text =
        layer->parent ? repeat_label(l->f->body, layer->item) : &title;
    int code = text && has_words(text) ? set_text(l, &p, text) : TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < layer->count; i++) {
        const form_column *c = &layer->columns[i];
        if (c->role == FORM_COLUMN_VALUE || c->role == FORM_COLUMN_PLACE)
            code = set_column(l, layer->name, c->name, c->item);
        if (code == TAWAM_OK)
            code = set_own(l, layer->name, c);
    }
    return code;
}

static int set_entity(labels *l, const form_entity *e)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < e->count; i++)
        code = set_column(l, e->list->name, e->properties[i].column,
                          e->properties[i].item);
    return code;
}

int forms_set_labels(twin *t, const form *f)
{
    labels l = {.t = t, .f = f};
    form_layout *layout = NULL;
    int code = form_layout_new(&layout, f);
    for (size_t i = 0; code == TAWAM_OK && i < layout->count; i++)
        code = set_layer(&l, &layout->layers[i]);
    for (size_t i = 0; code == TAWAM_OK && i < layout->entity_count; i++)
        code = set_entity(&l, &layout->entities[i]);
    form_layout_free(layout);
    buffer_free(&l.words);
    return code;
}
