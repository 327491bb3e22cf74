/* SPDX-License-Identifier: MIT */
/* The entities sheet: what a record makes or changes in entity lists (ODK
 * Entities specification, versions 2022.1 to 2025.1). Where the block of each
 * stands is in xlsform_entity_place.c. */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- reading ---- */

static int is_list_name(const char *name)
{
    return is_xml_name(name) && strncmp(name, "__", 2) != 0 &&
           !strchr(name, '.');
}

static void check_name(xlsform *x, const entity *n)
{
    const sheet *s = &x->entities_sheet;
    if (!*n->dataset)
        xlsform_error(x, s, n->row, "list_name",
                      _("the entity list has no name"));
    else if (!is_list_name(n->dataset))
        xlsform_error(x, s, n->row, "list_name",
                      _("'%s' can't name an entity list: letters, digits, - "
                        "and _, no leading __, and no point"),
                      n->dataset);
    for (const entity *o = x->entities; *n->dataset && o != n; o = o->next)
        if (strcmp(o->dataset, n->dataset) == 0)
            xlsform_error(x, s, n->row, "list_name",
                          _("the list '%s' is in row %zu already"), n->dataset,
                          o->row);
}

static void check_entity(xlsform *x, const entity *n)
{
    const sheet *s = &x->entities_sheet;
    check_name(x, n);
    if (!*n->label && (!*n->entity_id || *n->create_if))
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

static void check_columns(xlsform *x)
{
    static const char *const known[] = {"list_name", "label",     "entity_id",
                                        "create_if", "update_if", "repeat"};
    const sheet *s = &x->entities_sheet;
    for (size_t i = 0; s->table && i < s->column_count; i++) {
        const char *base = s->columns[i].base, *near;
        int found = 0;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found |= strcmp(known[k], base) == 0;
        if (found)
            continue;
        near = text_nearest(base, known, sizeof known / sizeof *known);
        xlsform_error(x, s, 1, base,
                      near ? _("entities have no column '%s'; did you mean %s?")
                           : _("entities have no column '%s'"),
                      base, near);
    }
}

/* An update reads the entity as it was. Here that is the layer of its name;
 * other programs need the list attached. */
static void check_update(xlsform *x, const entity *n)
{
    char *file = xlsform_format(x, "%s.csv", n->dataset);
    char *source = xlsform_format(x, "jr://file-csv/%s.csv", n->dataset);
    if (!*n->entity_id)
        return;
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (text_equal_nocase(e->file,
                              e->kind == ELEMENT_EXTERNAL ? source : file))
            return;
    xlsform_warning(x, &x->entities_sheet, n->row, "list_name",
                    _("other programs need the list itself for an update: add "
                      "a row of type csv-external named %s, or ask "
                      "select_one_from_file %s"),
                    n->dataset, file);
}

int xlsform_read_entities(xlsform *x)
{
    const sheet *s = &x->entities_sheet;
    entity **end = &x->entities;
    check_columns(x);
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
        check_update(x, n);
    }
    place_entities(x);
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
        write_entity_bind(out, x, n, "@baseVersion",
                          item_value(x, n, "__version"), "a/b/c", "string");
        write_entity_bind(out, x, n, "@trunkVersion",
                          item_value(x, n, "__trunkVersion"), "a/b/c",
                          "string");
        write_entity_bind(out, x, n, "@branchId",
                          item_value(x, n, "__branchId"), "a/b/c", "string");
        write_entity_bind(out, x, n, "@id", n->entity_id, "a/b/c", "string");
    } else
        write_entity_bind(out, x, n, "@id", "", "", "string");
    if (!*n->entity_id)
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
    if (!*n->entity_id)
        buffer_format(out,
                      "<setvalue ref=\"%s/meta/entity/@id\" "
                      "event=\"odk-new-repeat\" value=\"uuid()\"/>",
                      element_path(x, n->place));
}
