/* SPDX-License-Identifier: MIT */
/* export: rows of a layer, in fid order, handed to a writer of a format.
 *
 * One SELECT gives them, so an export is of one moment whatever others write
 * meanwhile. `where` is a person's SQL: it runs under twin's authorizer, which
 * allows reading only, inside brackets and with a line of its own, so that a
 * comment in it hides nothing of ours.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

enum { ROWS_BETWEEN_PROGRESS = 1000 };

static int tell_progress(export_job *job)
{
    exchange_progress p = {
        .done = (uint64_t)job->written, .rows = job->written, .remaining = -1};
    double seconds = (double)(clock_monotonic() - job->started) / 1000.0;
    if (!job->options->progress)
        return TAWAM_OK;
    p.total = job->total > 0 ? (uint64_t)job->total : 0;
    if (seconds > 0)
        p.rate = (double)p.rows / seconds;
    if (p.rate > 0 && p.total >= p.done)
        p.remaining = (double)(p.total - p.done) / p.rate;
    if (job->options->progress(job->options->context, &p) == 0)
        return TAWAM_OK;
    return error_set(TAWAM_ECANCELLED, _("stopped; no file was written"));
}

int export_next(export_job *job)
{
    int result = twin_step(job->twin, job->rows);
    if (result == 1 && ++job->written % ROWS_BETWEEN_PROGRESS == 0) {
        int told = tell_progress(job);
        return told < 0 ? told : 1;
    }
    return result;
}

twin_value export_cell(const export_job *job, size_t column)
{
    return twin_value_column(job->rows, (int)column + 1);
}

int64_t export_fid(const export_job *job)
{
    return sqlite3_column_int64(job->rows, 0);
}

static void select_sql(buffer *sql, const export_job *job)
{
    const exchange_export_options *options = job->options;
    buffer_text(sql, "SELECT fid");
    for (size_t i = 0; i < job->layer->column_count; i++) {
        buffer_text(sql, ", ");
        twin_quote(sql, job->layer->columns[i].name);
    }
    buffer_text(sql, " FROM ");
    twin_quote(sql, job->layer->name);
    if (options->where && *options->where)
        buffer_format(sql, " WHERE (%s\n)", options->where);
    buffer_text(sql, " ORDER BY fid");
    if (options->limit >= 0)
        buffer_format(sql, " LIMIT %lld", (long long)options->limit);
}

static int begin(export_job *job)
{
    buffer sql = {0};
    int result = TAWAM_OK;
    select_sql(&sql, job);
    result = buffer_check(&sql);
    if (result == TAWAM_OK)
        result = twin_query_begin(&job->rows, job->twin, (const char *)sql.data,
                                  0, 0);
    buffer_free(&sql);
    return result;
}

static int write_text(export_job *job, const char *file, void *stream)
{
    output o = {0};
    int result = output_open(&o, file, stream);
    if (result < 0)
        return result;
    result = job->options->format == EXCHANGE_CSV ? export_csv(job, &o)
                                                  : export_geojson(job, &o);
    if (result == TAWAM_OK)
        result = tell_progress(job);
    if (result == TAWAM_OK)
        result = output_finish(&o);
    output_abandon(&o);
    return result;
}

static int write_gpkg(export_job *job, const char *file)
{
    char *temporary = NULL;
    int result = TAWAM_OK;
    if (!file || strcmp(file, "-") == 0)
        return error_set(TAWAM_EUSAGE,
                         _("a GeoPackage needs a file: -o FILE.gpkg"));
    result = output_temporary(&temporary, file);
    if (result < 0)
        return result;
    result = export_gpkg(job, temporary);
    if (result == TAWAM_OK)
        result = tell_progress(job);
    if (result == TAWAM_OK)
        result = output_publish(temporary, file);
    if (result < 0)
        unlink(temporary);
    free(temporary);
    return result;
}

int exchange_export(int64_t *rows, twin *t, const char *file, void *stream,
                    const exchange_export_options *options)
{
    export_job job = {.twin = t, .options = options};
    int result = twin_layer_find(&job.layer, t, options->layer);

    if (result < 0)
        return result;
    job.total = options->progress ? twin_row_count(t, job.layer) : 0;
    if (options->limit >= 0 && job.total > options->limit)
        job.total = options->limit;
    job.started = clock_monotonic();
    result = begin(&job);
    if (result < 0)
        return result;
    result = options->format == EXCHANGE_GPKG ? write_gpkg(&job, file)
                                              : write_text(&job, file, stream);
    sqlite3_finalize(job.rows);
    twin_query_end(t);
    if (result == TAWAM_OK && rows)
        *rows = job.written;
    return result;
}
