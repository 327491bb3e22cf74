/* SPDX-License-Identifier: MIT */
/* What a dictionary keeps of what it was read with: per layer and column the
 * method, words and models, so that a file of the same layer can go on as if
 * its rows followed the dictionary's.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

/* ---- finding ---- */

const layer_known *dictionary_layer(const changeset_dictionary *d,
                                    const char *name)
{
    for (size_t i = 0; d && i < d->set->layer_count; i++)
        if (text_equal_nocase(d->set->layers[i].name, name))
            return &d->layers[i];
    return NULL;
}

size_t known_column(const layer_known *k, const changeset_column *column)
{
    for (size_t i = 0; k && i < k->layer->column_count; i++)
        if (k->layer->columns[i].type == column->type &&
            text_equal_nocase(k->layer->columns[i].name, column->name))
            return i;
    return SIZE_MAX;
}

uint32_t known_column_here(const layer_known *k, uint32_t column,
                           const changeset_layer *layer)
{
    const changeset_column *wanted = &k->layer->columns[column];

    for (uint32_t i = 0; i < layer->column_count; i++)
        if (layer->columns[i].type == wanted->type &&
            text_equal_nocase(layer->columns[i].name, wanted->name))
            return i;
    return UINT32_MAX;
}

/* ---- keeping ---- */

int layers_keep(codec *x)
{
    x->keep->layers =
        memory_array(x->set->layer_count, sizeof *x->keep->layers);
    if (x->keep->layers)
        x->keep->layer_count = x->set->layer_count;
    return x->keep->layers ? TAWAM_OK : TAWAM_EMEMORY;
}

int layer_keep(codec *x, const changeset_layer *layer, size_t index)
{
    layer_known *k = &x->keep->layers[index];

    x->kept = k;
    k->layer = layer;
    k->column_count = layer->column_count;
    k->lanes = memory_array(layer->column_count, sizeof *k->lanes);
    k->bits = memory_array(layer->column_count, 16 * sizeof *k->bits);
    return k->lanes && k->bits ? TAWAM_OK : TAWAM_EMEMORY;
}

/* Before the lane is read: where its sequences keep what they learn. */
int lane_keep(lane *l, codec *x)
{
    if (!x->kept)
        return TAWAM_OK;
    l->keep = &x->kept->lanes[l->column];
    l->first.keep = &l->keep->first;
    l->second.keep = &l->keep->second;
    return TAWAM_OK;
}

/* Memory that stays, for the limit. */
static int account(codec *x, const lane_known *k, size_t fields)
{
    size_t size = sequence_known_size(&k->first) +
                  sequence_known_size(&k->second) +
                  k->word_count * sizeof *k->words;

    for (size_t i = 0; i < fields; i++)
        size += sizeof *k->fields + sequence_known_size(&k->fields[i]);
    x->keep->memory += size;
    if (x->keep->memory > x->memory_limit)
        return changeset_damaged(_("it takes more than %zu bytes of memory"),
                                 x->memory_limit);
    return TAWAM_OK;
}

int lane_kept(lane *l, codec *x)
{
    lane_known *k = l->keep;
    size_t fields = l->method == LANE_FIELDS ? l->word_count * FIELDS_MOST : 0;

    if (!k)
        return TAWAM_OK;
    k->is_there = 1;
    k->method = l->method;
    k->exponent = l->exponent;
    k->is_beside = l->is_beside;
    k->beside = l->beside;
    k->words = l->words; /* the lane's no more */
    k->word_count = l->word_count;
    l->words = NULL;
    models_settle(k->classes[0], 64, KNOWN_SEEN);
    return account(x, k, fields);
}

void lane_known_clear(lane_known *k)
{
    sequence_known_clear(&k->first);
    sequence_known_clear(&k->second);
    for (size_t i = 0; k->fields && i < k->word_count * FIELDS_MOST; i++)
        sequence_known_clear(&k->fields[i]);
    free(k->fields);
    free(k->words);
}

/* ---- shared models ---- */

void changeset_models_settle(changeset_models *m, unsigned most)
{
    number_model *numbers[] = {
        &m->layers, &m->columns, &m->rows,  &m->cells,     &m->base,
        &m->step,   &m->list,    &m->words, &m->exception, &m->length,
        &m->column, &m->layer,   &m->shift, &m->more};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        number_settle(numbers[i], most);
    models_settle(m->type, 16, most);
    models_settle(m->geometry, 16, most);
    models_settle(m->way[0], ROLES * 4, most);
    models_settle(m->width[0], ROLES * 128, most);
    models_settle(m->context[0], ROLES * 4, most);
    models_settle(m->method[0], 256, most);
    models_settle(m->irregular, 16, most);
    models_settle(m->beside, 16, most);
    models_settle(m->exponent, 16, most);
    models_settle(m->exact, 4, most);
    models_settle(m->presence[0], 16, most);
    models_settle(&m->lists, 1, most);
}
