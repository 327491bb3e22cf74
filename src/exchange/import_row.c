/* SPDX-License-Identifier: MIT */
/* import_row: what becomes of one row of the file.
 *
 *   cells converted -- one can't be --------------------------> rejected
 *     | key empty, used before in the file, or of several rows -> rejected
 *     | key of one row of the layer --> compare --> update or leave
 *     | key unknown, or no key -------------------------------> insert
 *
 * A row that is there keeps its uuid whatever the file says: it is the row's
 * name for everyone else. A cell is changed only if its text would be.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/import_internal.h"

/* ---- cells ---- */

static void add_cell(import_job *job, int column, const twin_value *value)
{
    job->cells[job->cell_count++] = (twin_cell){column, *value};
}

/* 0 done, 1 rejected with *failed set to what rejecting returned. */
static int convert_cell(import_job *job, const source_row *row, size_t index,
                        twin_value *out, int *failed)
{
    const plan_column *c = &job->plan.columns[index];
    cell_rules rules = {c->type, c->forced, job->source->delimiter};
    char reason[EXCHANGE_REASON_SIZE];
    if (cell_convert(out, &row->cells[index], &rules, job->row, reason) == 0)
        return 0;
    *failed =
        error_code() == TAWAM_EMEMORY
            ? TAWAM_EMEMORY
            : import_reject(job, row, job->source->columns[index].name, reason);
    return 1;
}

static int convert_cells(import_job *job, const source_row *row, int *failed)
{
    job->cell_count = 0;
    memset(&job->fid_source, 0, sizeof job->fid_source);
    for (size_t i = 0; i < row->count; i++) {
        const plan_column *c = &job->plan.columns[i];
        twin_value value = {0};
        if (row->cells[i].absent || c->target == TARGET_NONE ||
            c->target == TARGET_LATITUDE || c->target == TARGET_LONGITUDE)
            continue;
        if (convert_cell(job, row, i, &value, failed))
            return 1;
        if (c->target == TARGET_OWN_FID)
            job->fid_source = value;
        else if (strcmp(c->name, "uuid") != 0 || value.kind != TWIN_KIND_NULL)
            add_cell(job, c->id, &value);
    }
    return 0;
}

static int off_the_earth(import_job *job, const source_row *row,
                         const char *column, double degrees, int limit,
                         int *failed)
{
    char reason[EXCHANGE_REASON_SIZE], number[32];
    text_from_decimal(number, degrees);
    snprintf(reason, sizeof reason,
             _("%s is outside -%d to %d degrees (--no-geometry keeps the "
               "columns as they are)"),
             number, limit, limit);
    *failed = import_reject(job, row, column, reason);
    return 1;
}

static int add_point(import_job *job, const source_row *row, int *failed)
{
    const plan *p = &job->plan;
    const source_column *columns = job->source->columns;
    const source_cell absent = {.absent = 1};
    double latitude = 0, longitude = 0;
    twin_value value = {0};

    if (p->latitude == SIZE_MAX)
        return 0;
    const source_cell *y =
        p->latitude < row->count ? &row->cells[p->latitude] : &absent;
    const source_cell *x =
        p->longitude < row->count ? &row->cells[p->longitude] : &absent;
    if (y->absent && x->absent)
        return 0;
    int has_y = cell_degrees(&latitude, y, job->source->delimiter);
    int has_x = cell_degrees(&longitude, x, job->source->delimiter);
    if (has_y < 0 || has_x < 0 || has_y != has_x) {
        int wrong = has_y < 0 || (has_x >= 0 && !has_y);
        *failed = import_reject(
            job, row, columns[wrong ? p->latitude : p->longitude].name,
            has_y < 0 || has_x < 0 ? _("not a number of degrees")
                                   : _("empty, where the other coordinate "
                                       "is given"));
        return 1;
    }
    if (has_y && !(latitude >= -90 && latitude <= 90))
        return off_the_earth(job, row, columns[p->latitude].name, latitude, 90,
                             failed);
    if (has_x && !(longitude >= -180 && longitude <= 180))
        return off_the_earth(job, row, columns[p->longitude].name, longitude,
                             180, failed);
    if (has_y) {
        buffer_clear(&job->point);
        *failed = geometry_from_point(&job->point, longitude, latitude);
        if (*failed < 0) /* degrees are right, so it is this machine */
            return 1;
        value.kind = TWIN_KIND_BYTES;
        value.bytes = (const char *)job->point.data;
        value.length = job->point.length;
    }
    add_cell(job, p->geometry_id, &value);
    return 0;
}

/* ---- matching ---- */

static size_t uuid_index(const plan *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->columns[i].target == TARGET_COLUMN &&
            strcmp(p->columns[i].name, "uuid") == 0)
            return i;
    return SIZE_MAX;
}

int import_open_match(import_job *job)
{
    plan *p = &job->plan;
    if (p->key == SIZE_MAX) {
        p->key = uuid_index(p);
        job->guard = 1;
    }
    if (p->key == SIZE_MAX)
        return TAWAM_OK;
    return match_open(&job->match, job->twin, job->layer, p->columns[p->key].id,
                      p->columns[p->key].target == TARGET_OWN_FID);
}

/* The key of the present row as the match table has it; NULL kind if none. */
static int read_key(import_job *job)
{
    const plan_column *c = &job->plan.columns[job->plan.key];
    memset(&job->key, 0, sizeof job->key);
    if (c->target != TARGET_OWN_FID) {
        for (size_t i = 0; i < job->cell_count; i++)
            if (job->cells[i].column == c->id)
                job->key = job->cells[i].value;
        return TAWAM_OK;
    }
    if (job->fid_source.kind == TWIN_KIND_NULL)
        return TAWAM_OK;
    buffer text = {0};
    twin_value_text(&text, c->type, &job->fid_source);
    job->key.kind = TWIN_KIND_TEXT;
    job->key.length = text.length;
    job->key.bytes =
        text.failed ? NULL : arena_copy(job->row, text.data, text.length + 1);
    buffer_free(&text);
    return job->key.bytes ? TAWAM_OK : error_memory();
}

/* Why this row can't be matched, in REASON, or "". */
static void judge(const import_job *job, int found, const match_row *m,
                  char reason[EXCHANGE_REASON_SIZE])
{
    reason[0] = 0;
    if (job->key.kind == TWIN_KIND_NULL && !job->guard)
        snprintf(reason, EXCHANGE_REASON_SIZE, "%s", _("the key is empty"));
    else if (found && m->line)
        snprintf(reason, EXCHANGE_REASON_SIZE,
                 _("the same key stands in line %lld"), (long long)m->line);
    else if (found && m->count > 1)
        snprintf(reason, EXCHANGE_REASON_SIZE,
                 _("%lld rows of the layer have this key"),
                 (long long)m->count);
    else if (found && job->guard)
        snprintf(reason, EXCHANGE_REASON_SIZE, "%s",
                 _("a row with this uuid is already there (--key uuid "
                   "updates it)"));
}

/* ---- rows that are there ---- */

static int prepare_stored_row(import_job *job)
{
    buffer sql = {0};
    int result = TAWAM_OK;
    buffer_text(&sql, "SELECT fid");
    for (size_t i = 0; i < job->layer->column_count; i++) {
        buffer_text(&sql, ", ");
        twin_quote(&sql, job->layer->columns[i].name);
    }
    buffer_text(&sql, " FROM ");
    twin_quote(&sql, job->layer->name);
    buffer_text(&sql, " WHERE fid = ?1");
    result = buffer_check(&sql);
    if (result == TAWAM_OK)
        result = twin_prepare(&job->stored_row, job->twin,
                              (const char *)sql.data, 0);
    buffer_free(&sql);
    return result;
}

void import_close_rows(import_job *job)
{
    sqlite3_finalize(job->stored_row);
    job->stored_row = NULL;
    buffer_free(&job->point);
    buffer_free(&job->scratch[0]);
    buffer_free(&job->scratch[1]);
}

/* Index of column ID in the layer's order. */
static size_t position(const import_job *job, int id)
{
    size_t i = 0;
    while (i < job->layer->column_count && job->layer->columns[i].id != id)
        i++;
    return i;
}

static int is_changed(import_job *job, const twin_cell *cell)
{
    size_t at = position(job, cell->column);
    twin_type type = TWIN_TEXT;
    twin_value stored;
    if (at == job->layer->column_count)
        return 1;
    type = job->layer->columns[at].type;
    if (strcmp(job->layer->columns[at].name, "uuid") == 0)
        return 0;
    stored = twin_value_column(job->stored_row, (int)at + 1);
    return !cell_same(&stored, &cell->value, type, job->source->delimiter != 0,
                      job->scratch);
}

/* Keep of job->cells those that say something new. */
static int drop_unchanged(import_job *job, int64_t fid)
{
    size_t kept = 0;
    int result = job->stored_row ? TAWAM_OK : prepare_stored_row(job);
    if (result < 0)
        return result;
    sqlite3_bind_int64(job->stored_row, 1, fid);
    result = twin_step(job->twin, job->stored_row);
    for (size_t i = 0; i < job->cell_count && result == 1; i++)
        if (is_changed(job, &job->cells[i]))
            job->cells[kept++] = job->cells[i];
    job->cell_count = kept;
    twin_release(job->stored_row);
    return result < 0 ? result : TAWAM_OK;
}

/* The incoming fid, where it says something: not our own row id. */
static int add_fid_source(import_job *job, int64_t fid)
{
    char own[32];
    const twin_value *v = &job->fid_source;
    size_t index = 0;
    if (v->kind == TWIN_KIND_NULL)
        return TAWAM_OK;
    snprintf(own, sizeof own, "%lld", (long long)fid);
    if ((v->kind == TWIN_KIND_INTEGER && v->integer == fid) ||
        (v->kind == TWIN_KIND_TEXT && v->length == strlen(own) &&
         memcmp(v->bytes, own, v->length) == 0))
        return TAWAM_OK;
    while (job->plan.columns[index].target != TARGET_OWN_FID)
        index++;
    if (job->plan.columns[index].id == 0) {
        int result = plan_declare_fid_source(&job->plan, job->twin,
                                             job->options->layer, index);
        if (result == TAWAM_OK)
            result =
                twin_layer_find(&job->layer, job->twin, job->options->layer);
        if (result < 0)
            return result;
        sqlite3_finalize(job->stored_row);
        job->stored_row = NULL;
    }
    add_cell(job, job->plan.columns[index].id, v);
    return TAWAM_OK;
}

static int update_row(import_job *job, int64_t fid)
{
    size_t changed = 0;
    int result = add_fid_source(job, fid);
    if (result == TAWAM_OK)
        result = drop_unchanged(job, fid);
    if (result == TAWAM_OK && job->cell_count)
        result = twin_row_update(&changed, job->twin, job->layer, fid,
                                 job->cells, job->cell_count);
    if (result < 0)
        return result;
    job->now.cells_changed += (int64_t)changed;
    job->now.updated += changed != 0;
    job->now.unchanged += changed == 0;
    return TAWAM_OK;
}

static int insert_row(import_job *job)
{
    int64_t fid = 0;
    int result = add_fid_source(job, 0);
    if (result == TAWAM_OK)
        result = twin_row_insert(&fid, job->twin, job->layer, job->cells,
                                 job->cell_count);
    job->now.inserted += result == TAWAM_OK;
    return result;
}

int import_row(import_job *job, const source_row *row)
{
    char reason[EXCHANGE_REASON_SIZE];
    match_row m = {0};
    int found = 0, result = TAWAM_OK;

    arena_reset(job->row);
    if (convert_cells(job, row, &result) || add_point(job, row, &result))
        return result;
    if (!job->match)
        return insert_row(job);
    result = read_key(job);
    if (result == TAWAM_OK && job->key.kind != TWIN_KIND_NULL)
        found = result = match_find(&m, job->match, &job->key);
    if (result < 0)
        return result;
    judge(job, found, &m, reason);
    if (reason[0])
        return import_reject(job, row, job->source->columns[job->plan.key].name,
                             reason);
    result = found ? update_row(job, m.fid) : insert_row(job);
    if (result == TAWAM_OK && job->key.kind != TWIN_KIND_NULL)
        result = match_used(job->match, &job->key, found, row->line);
    return result;
}
