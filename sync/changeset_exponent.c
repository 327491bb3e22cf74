/* SPDX-License-Identifier: MIT */
/* With how many decimals the reals or geometries of a column are told for the
 * least bits; or by their places among the doubles (EXPONENT_EXACT), where
 * decimals would be many. Only the writer asks.
 */
#include <stdlib.h>
#include "sync/changeset_internal.h"

/* The fewest decimals that tell VALUE. */
static unsigned decimals_of(double value)
{
    int64_t whole = 0;
    unsigned e = 0;

    while (e < EXPONENT_NONE && !decimal_scale(&whole, value, e))
        e++;
    return e;
}

/* The fewest decimals with which VALUE is a geometry of ours; *is_point says
 * whether it is the commonest kind. */
static unsigned shape_decimals(const twin_value *value, int *is_point)
{
    double xy[2];
    unsigned e = 0;

    *is_point = shape_point(xy, value->bytes, value->length);
    if (*is_point) {
        unsigned x = decimals_of(xy[0]), y = decimals_of(xy[1]);
        return x > y ? x : y;
    }
    while (e < EXPONENT_NONE && !shape_fits(value->bytes, value->length, e))
        e++;
    return e;
}

needs needs_of(const lane *l, twin_kind kind)
{
    needs n = {.misfit = kind == TWIN_KIND_REAL ? COST_OF_REAL : COST_OF_SHAPE};

    for (size_t i = 0; i < l->count; i++) {
        const twin_value *value = lane_value(l, i);
        int is_point = 0;
        if (value->kind != kind)
            continue;
        n.of[kind == TWIN_KIND_REAL ? decimals_of(value->real)
                                    : shape_decimals(value, &is_point)]++;
        n.points += (size_t)is_point;
        n.total++;
    }
    return n;
}

size_t needs_fitting(const needs *n, unsigned exponent)
{
    size_t fit = 0;

    for (unsigned e = 0; e <= exponent; e++)
        fit += n->of[e];
    return fit;
}

uint64_t cost_of_exponent(const needs *n, unsigned exponent)
{
    uint64_t fit = needs_fitting(n, exponent);

    return n->misfit * (n->total - fit) + COST_OF_DECIMAL * exponent * fit;
}

unsigned best_exponent(const needs *n)
{
    unsigned best = 0;

    for (unsigned e = 1; e <= EXPONENT_EXACT; e++)
        if (cost_of_exponent(n, e) < cost_of_exponent(n, best))
            best = e;
    return best;
}
