/* SPDX-License-Identifier: MIT */
/* form_import: see form_import.h. Rows go in batches of a transaction each. An
 * error that is no fault of a row in the common sense (an expression that
 * can't be evaluated) dooms its batch, which is then done again row by row. */
#include "work/form_import_internal.h"
#include "work/forms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 100, REJECT_FILES_MOST = 999 };

typedef struct import {
    territory *t;
    const work_form_import_options *o;
    work_form_import_result done;
    form *f;
    form_surroundings *around;
    form_lists *lists;
    record_surroundings surroundings;
    import_plan plan;
    import_fault *faults; /* of a batch's rows */
    buffer *rejects;      /* a table each: wrong rows as they came */
} import;

static int find_file(buffer *out, void *caller, const char *name)
{
    import *i = caller;
    return shelf_file(out, i->t->twin, i->f->id, i->f->version, name);
}

static int open_form(import *i)
{
    form_lists_source source = {
        .file = find_file, .caller = i, .twin = i->t->twin};
    int code = work_forms_refresh(NULL, i->t);
    if (code == TAWAM_OK)
        code = shelf_open(&i->f, i->t->twin, i->o->form, NULL);
    if (code == TAWAM_OK)
        code = form_file_surroundings(&i->around, NULL, i->t->twin);
    if (code == TAWAM_OK)
        code = form_lists_new(&i->lists, &source);
    if (code == TAWAM_OK) {
        i->surroundings = *form_surroundings_record(i->around);
        i->surroundings.lists = i->lists;
    }
    return code;
}

/* ---- rows ---- */

/* 1 for what is the machine's trouble, and no fault of the row. */
static int is_ours(int code)
{
    return code == TAWAM_EMEMORY || code == TAWAM_EFULL ||
           code == TAWAM_EBUSY || code == TAWAM_EENVIRONMENT ||
           code == TAWAM_EDAMAGED || code == TAWAM_ECANCELLED;
}

/* ROW becomes record INSTANCE (NULL: a new one), or FAULT says why not and
 * nothing of it stays. */
static int make_record(import_fault *fault, import *i, size_t row,
                       const char *instance)
{
    draft *d = NULL;
    int64_t fid = 0, id;
    char *why;
    int code = draft_new_as(&d, i->t->twin, i->f, &i->surroundings, instance);
    if (code == TAWAM_OK)
        code = form_import_row(fault, d, &i->plan, row);
    if (code == TAWAM_OK && !fault->is_wrong) {
        code = draft_finalize(&fid, d);
        if (code == TAWAM_ENO) {
            draft_faults faults = {0};
            code = draft_check(&faults, d);
            if (code == TAWAM_OK && faults.first)
                import_fault_at(fault, &i->plan, faults.first);
            else if (code == TAWAM_OK)
                code = TAWAM_ENO;
        }
    }
    id = d ? draft_id(d) : 0;
    why = code == TAWAM_OK ? NULL : memory_string(error_message());
    draft_free(d); /* what it had not written yet it writes */
    if (code != TAWAM_OK)
        error_set(code, "%s", why && *why ? why : _("a row was not stored"));
    free(why);
    if (code == TAWAM_OK && fault->is_wrong)
        return draft_discard(i->t->twin, id);
    if (code == TAWAM_OK && !instance)
        code = import_remember(i->t->twin, &i->plan, row, fid);
    return code;
}

static int do_row(import_fault *fault, import *i, size_t row)
{
    char instance[42] = "";
    int64_t fid = 0;
    int code = TAWAM_OK;
    *fault = (import_fault){0};
    if (!i->o->again)
        code = import_identify(instance, &fid, i->t->twin, &i->plan, row);
    if (code == TAWAM_ENO) {
        fault->is_wrong = 1;
        snprintf(fault->column, sizeof fault->column, "%.120s", i->o->key);
        snprintf(fault->reason, sizeof fault->reason, "%.590s",
                 error_message());
        return TAWAM_OK;
    }
    fault->is_there = fid != 0;
    if (code != TAWAM_OK || fid)
        return code;
    return make_record(fault, i, row, *instance ? instance : NULL);
}

static int do_rows(import *i, size_t first, size_t count)
{
    int code = twin_begin(i->t->twin);
    if (code != TAWAM_OK)
        return code;
    for (size_t k = 0; code == TAWAM_OK && k < count; k++)
        code = do_row(&i->faults[k], i, first + k);
    if (code == TAWAM_OK)
        return twin_commit(i->t->twin);
    twin_rollback(i->t->twin);
    return code;
}

static int do_batch(import *i, size_t first, size_t count)
{
    int code = do_rows(i, first, count);
    if (code == TAWAM_OK || is_ours(code) || count == 1) {
        if (code != TAWAM_OK && !is_ours(code)) {
            i->faults[0] = (import_fault){.is_wrong = 1};
            strncat(i->faults[0].reason, error_message(), 590);
            code = TAWAM_OK;
        }
        return code;
    }
    code = TAWAM_OK;
    for (size_t k = 0; code == TAWAM_OK && k < count; k++) {
        import_fault *all = i->faults;
        i->faults = &all[k];
        code = do_batch(i, first + k, 1);
        i->faults = all;
    }
    return code;
}

/* ---- wrong rows ---- */

static void write_row(buffer *out, const workbook_sheet *s,
                      const char *const *cells)
{
    for (size_t k = 0; k < s->column_count; k++) {
        if (k)
            buffer_byte(out, ',');
        table_csv_field(out, cells[k], strlen(cells[k]));
    }
    buffer_byte(out, '\n');
}

/* ROW of table T as it came, and what belongs to it in repeats' files. */
static void reject_row(import *i, size_t t, size_t row)
{
    const workbook_sheet *s = i->plan.tables[t].sheet;
    if (!i->rejects[t].length)
        write_row(&i->rejects[t], s, s->headers);
    write_row(&i->rejects[t], s, s->rows[row].cells);
    for (size_t k = 1; k < i->plan.count; k++) {
        const import_table *child = &i->plan.tables[k];
        size_t first = 0, count = 0;
        if (child->parent != &i->plan.tables[t])
            continue;
        import_plan_rows(&first, &count, child, s->rows[row].cells[child->key]);
        for (size_t n = 0; n < count; n++)
            reject_row(i, k, child->keys[first + n].row);
    }
}

static void count_rows(import *i, size_t first, size_t count)
{
    const workbook_sheet *s = i->plan.tables[0].sheet;
    for (size_t k = 0; k < count; k++) {
        const import_fault *fault = &i->faults[k];
        i->done.rows++;
        if (fault->is_there) {
            i->done.already++;
            continue;
        }
        if (!fault->is_wrong) {
            i->done.records++;
            continue;
        }
        i->done.wrong++;
        reject_row(i, 0, first + k);
        if (i->o->wrong)
            i->o->wrong(i->o->context, s->rows[first + k].number, fault->column,
                        fault->reason);
    }
}

/* FILE.rejects.csv, with a number if somebody is correcting one already.
 * Caller frees. */
static char *rejects_name(const char *file)
{
    char *name = memory_format("%s.rejects.csv", file);
    for (int n = 2; name && file_exists(name) && n < REJECT_FILES_MOST; n++) {
        free(name);
        name = memory_format("%s.%d.rejects.csv", file, n);
    }
    return name;
}

static int write_rejects(import *i)
{
    int code = TAWAM_OK;
    for (size_t k = 0; code == TAWAM_OK && i->rejects && k < i->plan.count;
         k++) {
        buffer *rows = &i->rejects[k];
        char *name = k == 0 && i->o->rejects
                         ? memory_string(i->o->rejects)
                         : rejects_name(i->plan.tables[k].file);
        code = name ? buffer_check(rows) : TAWAM_EMEMORY;
        if (code == TAWAM_OK && rows->length)
            code = file_write_atomic(name, rows->data, rows->length);
        if (code == TAWAM_OK && rows->length && k == 0) {
            i->done.rejects = name;
            name = NULL;
        }
        free(name);
    }
    return code;
}

/* ---- the whole ---- */

static int do_all(import *i)
{
    size_t rows = i->plan.tables[0].sheet->row_count;
    int code = TAWAM_OK;
    i->faults = memory_array(BATCH, sizeof *i->faults);
    i->rejects = memory_array(i->plan.count, sizeof *i->rejects);
    if (!i->faults || !i->rejects)
        return TAWAM_EMEMORY;
    for (size_t first = 0; code == TAWAM_OK && first < rows; first += BATCH) {
        size_t count = rows - first < BATCH ? rows - first : BATCH;
        memset(i->faults, 0, BATCH * sizeof *i->faults);
        code = do_batch(i, first, count);
        if (code == TAWAM_OK)
            count_rows(i, first, count);
    }
    return code;
}

int work_form_import(work_form_import_result *out, territory *t,
                     const work_form_import_options *options)
{
import i = {.t = t, .o = options };
    int code = open_form(&i), written;
    if (code == TAWAM_OK)
        code = import_plan_read(&i.plan, i.f, options);
    if (code == TAWAM_OK) {
        code = do_all(&i);
        written = write_rejects(&i);
        code = code == TAWAM_OK
                   ? written
                   : error_add(ngettext("%lld row is stored",
                                        "%lld rows are stored",
                                        (unsigned long)i.done.records),
                               (long long)i.done.records);
    }
    *out = i.done;
    for (size_t k = 0; i.rejects && k < i.plan.count; k++)
        buffer_free(&i.rejects[k]);
    import_plan_clear(&i.plan);
    form_lists_free(i.lists);
    form_surroundings_free(i.around);
    form_free(i.f);
    free(i.faults);
    free(i.rejects);
    return code;
}
