/* SPDX-License-Identifier: MIT */
/* export_csv: RFC 4180 but for LF at line ends; UTF-8 without a byte order
 * mark; fid first, then the layer's columns; values as twin_value_text has
 * them (booleans 0/1, geometry as WKT). NULL and "" are both nothing. */
#include <string.h>
#include "exchange/exchange_internal.h"

enum { FLUSH = 64 * 1024 };

static void header(buffer *out, const twin_layer *layer)
{
    buffer_text(out, "fid");
    for (size_t i = 0; i < layer->column_count; i++) {
        const char *name = layer->columns[i].name;
        buffer_byte(out, ',');
        table_csv_field(out, name, strlen(name));
    }
    buffer_byte(out, '\n');
}

/* Only text can need quotes; WKT has commas, and is quoted always. */
static void cell(buffer *out, buffer *scratch, twin_type type,
                 const twin_value *v)
{
    buffer_byte(out, ',');
    if (v->kind == TWIN_KIND_TEXT && type != TWIN_BLOB) {
        table_csv_field(out, v->bytes ? v->bytes : "", v->length);
    } else if (v->kind == TWIN_KIND_BYTES) {
        buffer_clear(scratch);
        twin_value_text(scratch, type, v);
        table_csv_field(out, scratch->data ? (char *)scratch->data : "",
                        scratch->length);
        out->failed |= scratch->failed;
    } else {
        twin_value_text(out, type, v);
    }
}

int export_csv(export_job *job, output *o)
{
    const twin_layer *layer = job->layer;
    buffer out = {0}, scratch = {0};
    int result = TAWAM_OK;

    header(&out, layer);
    while ((result = export_next(job)) == 1) {
        buffer_format(&out, "%lld", (long long)export_fid(job));
        for (size_t i = 0; i < layer->column_count; i++) {
            twin_value v = export_cell(job, i);
            cell(&out, &scratch, layer->columns[i].type, &v);
        }
        buffer_byte(&out, '\n');
        if (out.length >= FLUSH && (result = output_write(o, &out)) < 0)
            break;
    }
    if (result == TAWAM_OK)
        result = output_write(o, &out);
    buffer_free(&out);
    buffer_free(&scratch);
    return result;
}
