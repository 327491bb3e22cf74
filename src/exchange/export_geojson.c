/* SPDX-License-Identifier: MIT */
/* export_geojson: RFC 7946, a feature a line. `id` is the uuid; the fid is a
 * property, as text, since 2^53 ends JavaScript's integers; integers beyond
 * that stay numbers, as RFC 8259 §6 allows. Dates are text, bytes base64. */
#include "exchange/exchange_internal.h"

enum { FLUSH = 64 * 1024 };

static void text(json_writer *w, const twin_value *v, buffer *scratch)
{
    const char *bytes = v->bytes ? v->bytes : "";
    size_t at = 0;
    if (text_valid(bytes, v->length)) {
        json_write_string_length(w, bytes, v->length);
        return;
    }
    /* Another program stored what is no UTF-8: JSON can't hold it as it is. */
    buffer_clear(scratch);
    while (at < v->length) {
        uint32_t point = 0;
        char encoded[4];
        at += text_decode(&point, bytes + at, v->length - at);
        buffer_bytes(scratch, encoded, text_encode(encoded, point));
    }
    json_write_string_length(w, (const char *)scratch->data, scratch->length);
}

static void value(json_writer *w, twin_type type, const twin_value *v,
                  buffer *scratch)
{
    switch (v->kind) {
    case TWIN_KIND_NULL:
        json_write_null(w);
        return;
    case TWIN_KIND_INTEGER:
        if (type == TWIN_BOOLEAN && (v->integer == 0 || v->integer == 1))
            json_write_boolean(w, (int)v->integer);
        else
            json_write_integer(w, v->integer);
        return;
    case TWIN_KIND_REAL:
        json_write_decimal(w, v->real);
        return;
    case TWIN_KIND_TEXT:
        text(w, v, scratch);
        return;
    case TWIN_KIND_BYTES:
        buffer_clear(scratch);
        twin_value_text(scratch, type, v);
        json_write_string_length(
            w, scratch->data ? (const char *)scratch->data : "",
            scratch->length);
        return;
    }
}

static int geometry(json_writer *w, const twin_value *v, buffer *scratch)
{
    int result = TAWAM_OK;
    json_write_key(w, "geometry");
    if (v->kind != TWIN_KIND_BYTES) {
        json_write_null(w);
        return TAWAM_OK;
    }
    buffer_clear(scratch);
    result = geometry_to_geojson(scratch, v->bytes, v->length);
    if (result == TAWAM_OK)
        result = buffer_check(scratch);
    if (result == TAWAM_OK)
        json_write_raw(w, (const char *)scratch->data);
    return result;
}

/* The layer's columns: uuid first, geom last where there is one. */
static int feature(buffer *out, const export_job *job, buffer *scratch)
{
    const twin_layer *layer = job->layer;
    size_t last = layer->column_count;
    json_writer w = {.out = out};
    twin_value uuid = export_cell(job, 0), shape = {0};
    int result = TAWAM_OK;

    if (last && layer->columns[last - 1].type == TWIN_GEOMETRY)
        shape = export_cell(job, --last);
    json_write_object(&w);
    json_write_pair(&w, "type", "Feature");
    if (uuid.kind != TWIN_KIND_NULL) {
        json_write_key(&w, "id");
        value(&w, TWIN_TEXT, &uuid, scratch);
    }
    result = geometry(&w, &shape, scratch);
    if (result < 0)
        return error_add("fid %lld", (long long)export_fid(job));
    json_write_key(&w, "properties");
    json_write_object(&w);
    json_write_key(&w, "fid");
    json_write_fid(&w, export_fid(job));
    for (size_t i = 1; i < last; i++) {
        twin_value v = export_cell(job, i);
        json_write_key(&w, layer->columns[i].name);
        value(&w, layer->columns[i].type, &v, scratch);
    }
    json_write_end(&w);
    json_write_end(&w);
    return TAWAM_OK;
}

int export_geojson(export_job *job, output *o)
{
    buffer out = {0}, scratch = {0};
    int result = TAWAM_OK;

    buffer_text(&out, "{\"type\":\"FeatureCollection\",\"features\":[");
    while ((result = export_next(job)) == 1) {
        buffer_text(&out, job->written > 1 ? ",\n" : "\n");
        result = feature(&out, job, &scratch);
        if (result == TAWAM_OK && out.length >= FLUSH)
            result = output_write(o, &out);
        if (result < 0)
            break;
    }
    if (result == TAWAM_OK) {
        buffer_text(&out, "\n]}\n");
        result = output_write(o, &out);
    }
    buffer_free(&out);
    buffer_free(&scratch);
    return result;
}
