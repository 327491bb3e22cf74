/* SPDX-License-Identifier: MIT */
/* The entities sheet: what a record makes or changes in entity lists (ODK
 * Entities specification, versions 2022.1 to 2025.1). */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- where its meta block stands ---- */

/* The innermost repeat around E; NULL. */
static element *repeat_around(element *e)
{
    while (e && e->kind != ELEMENT_REPEAT)
        e = e->parent;
    return e;
}

static element *deepest(element *a, element *b)
{
    size_t one = 0, two = 0;
    for (element *e = a; e; e = e->parent)
        one++;
    for (element *e = b; e; e = e->parent)
        two++;
    return two > one ? b : a;
}

/* The deepest container of what TEXT names. */
static element *container_of(xlsform *x, element *now, const char *text)
{
    const char *at = text, *end;
    while ((at = strstr(at, "${")) && (end = strchr(at, '}'))) {
        size_t count;
        char *name = xlsform_format(x, "%.*s", (int)(end - at - 2), at + 2);
        element *e = element_named(x, name, &count);
        if (e && repeat_around(e->parent))
            now = deepest(now, e->parent);
        at = end;
    }
    return now;
}

/* "list#property" -> its list, if it names one. */
static int saves_to(const element *e, const entity *n, int only)
{
    const char *hash = strchr(e->save_to, '#');
    if (!*e->save_to)
        return 0;
    if (!hash)
        return only;
    return strncmp(e->save_to, n->dataset, (size_t)(hash - e->save_to)) == 0 &&
           !n->dataset[hash - e->save_to];
}

/* FROM, or if another entity has it, the next above it, up to the repeat that
 * it stands in; NULL. */
static element *free_place(element *from)
{
    element *e = from;
    while (e && e->entity && e->kind != ELEMENT_REPEAT)
        e = e->parent;
    return e && !e->entity ? e : NULL;
}

/* The repeat that the sheet names for it; NULL. */
static element *named_repeat(xlsform *x, const entity *n, const char *repeat)
{
    size_t count;
    char *name = xlsform_format(x, "%s", repeat);
    element *e;
    if (strncmp(name, "${", 2) == 0 && strchr(name, '}')) {
        name += 2;
        *strchr(name, '}') = '\0';
    }
    e = element_named(x, name, &count);
    if (e && e->kind == ELEMENT_REPEAT)
        return e;
    xlsform_error(x, &x->entities_sheet, n->row, "repeat",
                  _("there is no repeat named '%s'"), name);
    return &x->root;
}

/* The innermost element that holds both. */
static element *common_place(element *a, element *b)
{
    for (element *up = a; up; up = up->parent)
        for (element *e = b; e; e = e->parent)
            if (e == up)
                return up;
    return NULL; /* never: both stand in the root */
}

/* What holds all questions saved to it, for they are of the entity of the
 * nearest meta block around them; NULL when none names it. An only list, out
 * of a repeat, is the root's. */
static element *saved_place(xlsform *x, const entity *n)
{
    element *place = NULL;
    int only = !x->entities->next;
    for (element *e = x->root.first; e; e = element_after(e, &x->root)) {
        element *repeat = repeat_around(e->parent);
        element *own = repeat || !only ? e->parent : &x->root;
        if (!saves_to(e, n, only))
            continue;
        if (place && repeat_around(place) == repeat)
            place = common_place(place, own);
        else
            place = deepest(place, own);
    }
    return place;
}

static void put_entity(xlsform *x, entity *n, element *wanted)
{
    n->place = free_place(wanted);
    if (!n->place) {
        xlsform_error(x, &x->entities_sheet, n->row, "list_name",
                      _("two entities would stand in one place: one list a "
                        "group or repeat"));
        n->place = wanted;
    }
    n->place->entity = n;
}

/* First those whose place is given, then those that only their texts place. */
static void place_entities(xlsform *x)
{
    for (int pass = 0; pass < 2; pass++)
        for (entity *n = x->entities; n; n = n->next) {
            element *place =
                *n->repeat ? named_repeat(x, n, n->repeat) : saved_place(x, n);
            if ((place == NULL) != (pass == 1))
                continue;
            if (!place) {
                place = container_of(x, &x->root, n->label);
                place = container_of(x, place, n->entity_id);
            }
            put_entity(x, n, place);
        }
}

/* ---- reading ---- */

static int is_property_name(const char *name)
{
    if (strncmp(name, "__", 2) == 0 || !*name ||
        text_equal_nocase(name, "name") || text_equal_nocase(name, "label"))
        return 0;
    for (const char *at = name; *at; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              *at == '_' || (unsigned char)*at >= 0x80 ||
              (at > name && ((*at >= '0' && *at <= '9') || *at == '-'))))
            return 0;
    return 1;
}

static void check_entity(xlsform *x, const entity *n)
{
    const sheet *s = &x->entities_sheet;
    if (!*n->dataset)
        xlsform_error(x, s, n->row, "list_name",
                      _("the entity list has no name"));
    else if (strncmp(n->dataset, "__", 2) == 0 || strchr(n->dataset, '.'))
        xlsform_error(x, s, n->row, "list_name",
                      _("'%s' can't name an entity list: no leading __, and "
                        "no point"),
                      n->dataset);
    if (!*n->label && !*n->entity_id)
        xlsform_error(x, s, n->row, "label",
                      _("what creates entities needs a label"));
    if (*n->update_if && !*n->entity_id)
        xlsform_error(x, s, n->row, "update_if",
                      _("update_if needs an entity_id: which entity?"));
    if (*n->create_if && *n->entity_id && !*n->update_if)
        xlsform_error(x, s, n->row, "create_if",
                      _("create_if and entity_id without update_if: an entity "
                        "with an id is updated; say when"));
}

static void check_save_to(xlsform *x)
{
    for (element *e = x->root.first; e; e = element_after(e, &x->root)) {
        const char *hash = strchr(e->save_to, '#');
        if (!*e->save_to)
            continue;
        if (!x->entities)
            xlsform_error(x, &x->survey, e->row ? e->row->number : 0, "save_to",
                          _("save_to needs an entities sheet that names the "
                            "list"));
        else if (!is_property_name(hash ? hash + 1 : e->save_to))
            xlsform_error(x, &x->survey, e->row ? e->row->number : 0, "save_to",
                          _("'%s' can't name a property: letters, digits, - "
                            "and _, not name, label or __…"),
                          e->save_to);
    }
}

int xlsform_read_entities(xlsform *x)
{
    const sheet *s = &x->entities_sheet;
    entity **end = &x->entities;
    for (size_t i = 0; s->table && i < s->table->row_count; i++) {
        const workbook_row *row = &s->table->rows[i];
        entity *n = arena_alloc(x->memory, sizeof *n);
        if (!n)
            return TAWAM_EMEMORY;
        *n = (entity){.dataset = sheet_cell(s, row, "list_name"),
                      .entity_id = sheet_cell(s, row, "entity_id"),
                      .create_if = sheet_cell(s, row, "create_if"),
                      .update_if = sheet_cell(s, row, "update_if"),
                      .label = sheet_cell(s, row, "label"),
                      .repeat = sheet_cell(s, row, "repeat"),
                      .row = row->number};
        *end = n;
        end = &n->next;
        check_entity(x, n);
    }
    place_entities(x);
    check_save_to(x);
    return x->failed ? TAWAM_EMEMORY : TAWAM_OK;
}

/* ---- writing ---- */

static int creates(const entity *n)
{
    return !*n->entity_id || *n->create_if;
}

const char *entities_version(const xlsform *x)
{
    for (const entity *n = x->entities; n; n = n->next)
        if (n->place != &x->root || x->entities->next)
            return "2025.1.0";
    return "2024.1.0";
}

void write_entity_meta(buffer *out, xlsform *x, const entity *n)
{
    (void)x;
    buffer_text(out, "<entity dataset=\"");
    form_write_text(out, n->dataset, 1);
    buffer_text(out, "\" id=\"\"");
    if (creates(n))
        buffer_text(out, " create=\"1\"");
    if (*n->entity_id)
        buffer_text(out, " update=\"1\" baseVersion=\"\" branchId=\"\" "
                         "trunkVersion=\"\"");
    buffer_byte(out, '>');
    if (*n->label)
        buffer_text(out, "<label/>");
    buffer_text(out, "</entity>");
}

/* TEXT as seen from LEVELS below the meta block's parent. */
static void write_from_meta(buffer *out, xlsform *x, const entity *n,
                            const char *text, const char *below)
{
    /* A node two or three levels down: as if it were that deep. */
    element deep[3] = {{0}};
    size_t count = 1;
    for (const char *at = below; *at; at++)
        count += *at == '/';
    for (size_t i = 0; i < count && i < 3; i++) {
        deep[i].kind = ELEMENT_GROUP;
        deep[i].name = "-";
        deep[i].parent = i ? &deep[i - 1] : n->place;
        deep[i].path = "-";
    }
    write_expression(out, x, text, &deep[count > 3 ? 2 : count - 1],
                     REFERENCE_EXPRESSION, NULL);
}

static void write_entity_bind(buffer *out, xlsform *x, const entity *n,
                              const char *attribute, const char *calculate,
                              const char *below, const char *type)
{
    buffer_format(out, "<bind nodeset=\"%s/meta/entity/%s\"",
                  element_path(x, n->place), attribute);
    if (*calculate) {
        buffer_text(out, " calculate=\"");
        write_from_meta(out, x, n, calculate, below);
        buffer_byte(out, '"');
    }
    buffer_format(out, " type=\"%s\" readonly=\"true()\"/>", type);
}

static const char *item_value(xlsform *x, const entity *n, const char *column)
{
    return xlsform_format(x, "instance('%s')/root/item[name=%s]/%s", n->dataset,
                          n->entity_id, column);
}

void write_entity_binds(buffer *out, xlsform *x, const entity *n)
{
    const char *path = element_path(x, n->place);
    if (*n->create_if)
        write_entity_bind(out, x, n, "@create", n->create_if, "a/b/c",
                          "string");
    if (*n->entity_id) {
        if (*n->update_if)
            write_entity_bind(out, x, n, "@update", n->update_if, "a/b/c",
                              "string");
        write_entity_bind(out, x, n, "@id", n->entity_id, "a/b/c", "string");
        write_entity_bind(out, x, n, "@baseVersion",
                          item_value(x, n, "__version"), "a/b/c", "string");
        write_entity_bind(out, x, n, "@trunkVersion",
                          item_value(x, n, "__trunkVersion"), "a/b/c",
                          "string");
        write_entity_bind(out, x, n, "@branchId",
                          item_value(x, n, "__branchId"), "a/b/c", "string");
    } else
        write_entity_bind(out, x, n, "@id", "", "", "string");
    if (creates(n))
        buffer_format(out,
                      "<setvalue ref=\"%s/meta/entity/@id\" "
                      "event=\"odk-instance-first-load\" value=\"uuid()\"/>",
                      path);
    if (*n->label)
        write_entity_bind(out, x, n, "label", n->label, "a/b/c", "string");
}

/* Each new instance makes an entity of its own. */
void write_entity_repeat_action(buffer *out, xlsform *x, const entity *n)
{
    if (creates(n))
        buffer_format(out,
                      "<setvalue ref=\"%s/meta/entity/@id\" "
                      "event=\"odk-new-repeat\" value=\"uuid()\"/>",
                      element_path(x, n->place));
}
