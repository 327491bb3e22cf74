/* SPDX-License-Identifier: MIT */
/* import: the driver. The file is read twice:
 *
 *   open -> scan ----> plan -> rewind -> store ----------------> finish
 *           infer      note              [begin  5,000 rows  commit] ...
 *           nothing stored               a wrong row -> rejects, go on
 *
 * Invariants:
 *  1. What is wrong with the file as a whole is found before the first begin.
 *  2. `stored` is what committed transactions hold; `now` runs ahead of it by
 *     one batch at most. What is reported after a stop is `stored`.
 *  3. STRICT: one transaction, rolled back by the first wrong row.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include "exchange/import_internal.h"

enum { ROWS_BETWEEN_PROGRESS = 500 };

void exchange_result_clear(exchange_result *r)
{
    free(r->reject_file);
    memset(r, 0, sizeof *r);
}

/* ---- progress ---- */

static int tell_progress(import_job *job, int scanning)
{
    exchange_progress p = {.rows = job->now.read,
                           .rejected = job->now.rejected,
                           .remaining = -1,
                           .scanning = scanning};
    double seconds = (double)(clock_monotonic() - job->started) / 1000.0;

    if (!job->options->progress)
        return TAWAM_OK;
    job->source->class->progress(job->source, &p.done, &p.total);
    if (seconds > 0)
        p.rate = (double)p.rows / seconds;
    if (seconds > 0 && p.done > 0 && p.total >= p.done)
        p.remaining = seconds * (double)(p.total - p.done) / (double)p.done;
    if (job->options->progress(job->options->context, &p) == 0)
        return TAWAM_OK;
    return error_set(TAWAM_ECANCELLED,
                     _("stopped; %lld rows had been stored. Importing again "
                       "with the same --key goes on from there"),
                     (long long)(job->stored.inserted + job->stored.updated +
                                 job->stored.unchanged));
}

/* ---- pass one: types ---- */

/* Room for columns that a GeoJSON has only now; new ones are zero. */
static int reserve_inferred(import_job *job)
{
    size_t had = job->inferred_capacity;
    if (had >= job->source->column_count)
        return TAWAM_OK;
    if (memory_reserve((void **)&job->inferred, &job->inferred_capacity,
                       job->source->column_count, sizeof *job->inferred) < 0)
        return TAWAM_EMEMORY;
    memset(job->inferred + had, 0,
           (job->inferred_capacity - had) * sizeof *job->inferred);
    return TAWAM_OK;
}

/* 1 once no further value can change what is inferred. */
static int is_settled(const import_job *job, size_t column)
{
    const inference *i = &job->inferred[column];
    const source_column *c = &job->source->columns[column];
    return (i->seen & FORM_TEXT) && c->role == ROLE_DATA &&
           !plan_wants_wkt(c->name);
}

static void infer_row(import_job *job, const source_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        if (!job->inferred[i].settled) {
            inference_add(&job->inferred[i], &row->cells[i],
                          job->source->delimiter);
            job->inferred[i].settled = is_settled(job, i);
        }
}

static int scan(import_job *job)
{
    source_row row;
    int result = reserve_inferred(job);
    while (result == TAWAM_OK &&
           (result = job->source->class->next(job->source, &row)) == 1) {
        result = reserve_inferred(job);
        if (result < 0)
            return result;
        job->now.read++;
        job->now.rejected += row.wrong != NULL;
        if (!row.wrong)
            infer_row(job, &row);
        if (job->now.read % ROWS_BETWEEN_PROGRESS == 0)
            result = tell_progress(job, 1);
    }
    memset(&job->now, 0, sizeof job->now);
    return result;
}

/* ---- pass two: rows ---- */

int import_reject(import_job *job, const source_row *row, const char *column,
                  const char *reason)
{
    job->now.rejected++;
    if (job->options->reject)
        job->options->reject(job->options->context, row->line, column, reason);
    if (!job->options->strict)
        return rejects_add(&job->rejects, job->source);
    if (column)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld, column '%s': %s; nothing was stored"),
                         (long long)row->line, column, reason);
    return error_set(TAWAM_EUSAGE, _("line %lld: %s; nothing was stored"),
                     (long long)row->line, reason);
}

/* Begin a batch; the layer is looked up again, since another process may
 * have widened it meanwhile. */
static int begin(import_job *job)
{
    int result = twin_begin(job->twin);
    if (result < 0)
        return result;
    job->open = 1;
    if (!job->declared)
        result = plan_declare(&job->plan, job->twin, job->options->layer);
    if (result == TAWAM_OK)
        result = twin_layer_find(&job->layer, job->twin, job->options->layer);
    if (result == TAWAM_OK && !job->declared)
        result = import_open_match(job);
    job->declared = 1;
    return result;
}

static int commit(import_job *job)
{
    int result = twin_commit(job->twin);
    job->open = 0;
    if (result == TAWAM_OK)
        job->stored = job->now;
    return result;
}

static int between_rows(import_job *job)
{
    int result = TAWAM_OK;
    if (!job->options->strict && job->now.read % EXCHANGE_BATCH == 0) {
        result = commit(job);
        if (result == TAWAM_OK)
            result = tell_progress(job, 0);
        return result == TAWAM_OK ? begin(job) : result;
    }
    if (job->now.read % ROWS_BETWEEN_PROGRESS == 0)
        result = tell_progress(job, 0);
    return result;
}

static int store(import_job *job)
{
    source_row row;
    int result = begin(job);
    while (result == TAWAM_OK &&
           (result = job->source->class->next(job->source, &row)) == 1) {
        job->now.read++;
        if (row.wrong)
            result = import_reject(job, &row, row.column, row.wrong);
        else
            result = import_row(job, &row);
        if (result == TAWAM_OK)
            result = between_rows(job);
    }
    if (result == TAWAM_OK)
        result = commit(job);
    return result == TAWAM_OK ? tell_progress(job, 0) : result;
}

/* ---- the whole ---- */

static int open_source(source **out, const char *path,
                       const exchange_import_options *options)
{
    exchange_format format = EXCHANGE_CSV;
    int result = exchange_format_of(&format, path);
    if (result < 0)
        return result;
    if (format == EXCHANGE_GPKG)
        return gpkg_source_open(out, path, options->source_layer);
    if (format == EXCHANGE_GEOJSON)
        return geojson_source_open(out, path);
    return csv_source_open(out, path);
}

static int check_options(const char *path,
                         const exchange_import_options *options)
{
    struct stat in, out;
    if (!options->layer || !*options->layer)
        return error_set(TAWAM_EUSAGE,
                         _("name the layer to import into: --layer NAME"));
    if (twin_name_check(options->layer, 0) < 0)
        return error_add(_("layer"));
    if (options->reject_file && stat(path, &in) == 0 &&
        stat(options->reject_file, &out) == 0 && in.st_dev == out.st_dev &&
        in.st_ino == out.st_ino)
        return error_set(TAWAM_EUSAGE,
                         _("the file of rejected rows is '%s' itself; name "
                           "another"),
                         path);
    return TAWAM_OK;
}

/* The layer as it is now, or NULL. */
static const twin_layer *present_layer(twin *t, const char *name)
{
    for (size_t i = 0; i < twin_layer_count(t); i++) {
        const twin_layer *layer = twin_layer_at(t, i);
        if (text_equal_nocase(layer->name, name))
            return layer;
    }
    return NULL;
}

static int run(import_job *job, const char *path)
{
    int result = arena_new(&job->row);
    if (result == TAWAM_OK)
        result = open_source(&job->source, path, job->options);
    job->started = clock_monotonic();
    if (result == TAWAM_OK)
        result = scan(job);
    if (result == TAWAM_OK)
        result = plan_make(&job->plan, job->source, job->inferred,
                           present_layer(job->twin, job->options->layer),
                           job->options);
    if (result < 0)
        return result;
    plan_note(&job->plan, job->source, job->options);
    job->cells = memory_array(job->plan.count + 2, sizeof *job->cells);
    if (!job->cells)
        return TAWAM_EMEMORY;
    result = job->source->class->rewind(job->source);
    job->started = clock_monotonic();
    return result == TAWAM_OK ? store(job) : result;
}

static void job_clear(import_job *job)
{
    import_close_rows(job);
    match_close(job->match);
    rejects_clear(&job->rejects);
    source_close(job->source);
    if (job->plan.columns)
        plan_clear(&job->plan);
    arena_free(job->row);
    free(job->inferred);
    free(job->cells);
}

int exchange_import(exchange_result *out, twin *t, const char *path,
                    const exchange_import_options *options)
{
    import_job job = {.twin = t, .options = options};
    int result = check_options(path, options);

    memset(out, 0, sizeof *out);
    if (result < 0)
        return result;
    job.rejects.wanted = options->reject_file;
    job.rejects.source = path;
    job.rejects.fallback = twin_directory(t);
    result = run(&job, path);
    if (job.open)
        twin_rollback(t);
    if (job.source && rejects_finish(&job.rejects, job.source) < 0 &&
        result == TAWAM_OK)
        result = error_code();
    *out = job.stored;
    out->rejected = job.now.rejected;
    out->reject_file = job.rejects.path;
    job.rejects.path = NULL;
    job_clear(&job);
    return result;
}
