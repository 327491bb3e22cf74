/* SPDX-License-Identifier: MIT */
/* fields: the columns of a layer as a person sees them: label and choices in
 * the language, the order on screen, values as text. */
#ifndef TAWAM_UI_FIELDS_H
#define TAWAM_UI_FIELDS_H

#include "base/base.h"
#include "twin/twin.h"

typedef struct field_choice {
    const char *name, *label;
} field_choice;

typedef struct field {
    int column;        /* id */
    const char *name;  /* of the column */
    const char *label; /* in the language */
    twin_type type;
    const field_choice *choices; /* in order; NULL when it has none */
    size_t choice_count;
    /* names of the rows of another layer by what this column has of them
     * (LAYER_code, LAYER_uuid), sorted by that; none of a large layer */
    const field_choice *rows;
    size_t row_count;
} field;

/* Shown order: the caption (name, label, code ...) first, then the others as
 * the layer has them, then what points to other layers (LAYER_code,
 * LAYER_uuid), then geometry, then uuid. Of a form's records: the answers, then
 * what no question shows, then geometry, then uuid. */
typedef struct fields {
    arena *memory; /* owns all of it */
    int layer;     /* id */
    const char *layer_name;
    const char *layer_label;
    field *items;
    size_t count;
    size_t table_count; /* the first so many belong in a table: not the uuid */
} fields;

int fields_load(fields **out, twin *t, const char *layer, const char *language);
void fields_free(fields *f);
/* The field of a column by id, or by name or label (folded); NULL. */
const field *fields_by_column(const fields *f, int column);
const field *fields_by_name(const fields *f, const char *name);

/* 1: field_text() of a cell may be a label, another text than what is stored.
 */
int field_is_named(const field *f);
/* VALUE for a person: choices by label, rows of other layers by name, yes and
 * no, points as "lat, lon", other geometry by its type, an attachment by name
 * and size, local time. Appends. */
void field_text(buffer *out, const field *f, const twin_value *value);
/* VALUE as it is typed, so that twin_value_parse reads it back. Appends. */
void field_edit_text(buffer *out, const field *f, const twin_value *value);
/* Name of the field's type, in the language. */
const char *field_type_label(const field *f);
/* What a person typed, or the label of a choice or row, as a value of the
 * field's type. The code of a choice or row is that one, whatever is labelled
 * so; a label that several have is TAWAM_EUSAGE. */
int field_parse(twin_value *out, const field *f, const char *text, arena *a);

#endif
