/* SPDX-License-Identifier: MIT */
/* Rows that are records already. A row with an instanceID is that record's,
 * here and in any replica; so is one that a column names, by the id that
 * follows from it (form/FORMAT.md). What has neither is known by what stands
 * in it, in this replica alone: its digest is kept beside the record, in the
 * same transaction. */
#include <sqlite3.h>
#include "form/layout.h"
#include "form/submission.h"
#include "work/form_import_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- what stands in a row ---- */

/* Each filled cell with its header, then the rows of repeats below it. */
static void add_row(digest *d, const import_plan *p, const import_table *t,
                    size_t row)
{
    const workbook_sheet *s = t->sheet;
    for (size_t i = 0; i < s->column_count; i++) {
        const char *cell = s->rows[row].cells[i];
        if (!*cell)
            continue;
        digest_add(d, s->headers[i], strlen(s->headers[i]) + 1);
        digest_add(d, cell, strlen(cell) + 1);
    }
    for (size_t k = 1; k < p->count; k++) {
        const import_table *child = &p->tables[k];
        size_t first = 0, count = 0;
        if (child->parent != t)
            continue;
        digest_add(d, child->item->path, strlen(child->item->path) + 1);
        import_plan_rows(&first, &count, child, s->rows[row].cells[child->key]);
        for (size_t i = 0; i < count; i++)
            add_row(d, p, child, child->keys[first + i].row);
    }
    digest_add(d, "", 1);
}

static int by_digest(const void *a, const void *b)
{
    const import_content *one = a, *two = b;
    int order = memcmp(one->digest, two->digest, DIGEST_SIZE);
    return order ? order : one->row < two->row ? -1 : one->row > two->row;
}

static int by_row(const void *a, const void *b)
{
    const import_content *one = a, *two = b;
    return one->row < two->row ? -1 : one->row > two->row;
}

int import_contents(import_plan *p)
{
    size_t count = p->tables[0].sheet->row_count;
    import_content *list = memory_array(count + 1, sizeof *list);
    int code = list ? TAWAM_OK : TAWAM_EMEMORY;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        digest *d = NULL;
        code = digest_new(&d);
        if (code != TAWAM_OK)
            break;
        add_row(d, p, &p->tables[0], i);
        digest_finish(d, list[i].digest);
        list[i].row = i;
    }
    if (code != TAWAM_OK) {
        free(list);
        return code;
    }
    qsort(list, count, sizeof *list, by_digest);
    for (size_t i = 0; i < count; i++)
        list[i].nth =
            i && !memcmp(list[i - 1].digest, list[i].digest, DIGEST_SIZE)
                ? list[i - 1].nth + 1
                : 1;
    qsort(list, count, sizeof *list, by_row);
    p->contents = list;
    return TAWAM_OK;
}

/* ---- what is kept of it ---- */

static int prepare(sqlite3_stmt **out, twin *t, const char *sql,
                   const import_plan *p, size_t row)
{
    const import_content *c = &p->contents[row];
    int code = twin_prepare(out, t, sql, 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(*out, 1, p->f->id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(*out, 2, c->digest, DIGEST_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(*out, 3, c->nth);
    return TAWAM_OK;
}

int import_remember(twin *t, const import_plan *p, size_t row, int64_t fid)
{
    sqlite3_stmt *put = NULL;
    int code = prepare(&put, t,
                       "INSERT OR REPLACE INTO main.tawam_draft_imported"
                       " (form, digest, nth, fid) VALUES (?1, ?2, ?3, ?4)",
                       p, row);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_int64(put, 4, fid);
    code = twin_step(t, put);
    twin_release(put);
    return code < 0 ? code : TAWAM_OK;
}

/* One whose record was deleted since is that record again, with the same ID,
 * so that what it makes by ids of its own, such as an entity, is not made
 * twice.
 */
static int find_content(char id[42], int64_t *fid, twin *t,
                        const import_plan *p, size_t row)
{
    const twin_layer *layer = NULL;
    sqlite3_stmt *find = NULL;
    buffer name = {0};
    int code = prepare(&find, t,
                       "SELECT fid FROM main.tawam_draft_imported WHERE"
                       " form = ?1 AND digest = ?2 AND nth = ?3",
                       p, row);
    if (code == TAWAM_OK)
        code = twin_step(t, find);
    *fid = code > 0 ? sqlite3_column_int64(find, 0) : 0;
    twin_release(find);
    code = code < 0 ? code : TAWAM_OK;
    if (code != TAWAM_OK || !*fid)
        return code;
    code = form_record_layer(&name, p->f->id);
    if (code == TAWAM_OK)
        code = twin_layer_find(&layer, t, (const char *)name.data);
    if (code == TAWAM_OK)
        code = twin_row_exists(t, layer, *fid);
    if (!code) {
        memcpy(id, "uuid:", 5);
        twin_uuid_from_fid(id + 5, *fid);
        *fid = 0;
    }
    buffer_free(&name);
    return code < 0 ? code : TAWAM_OK;
}

/* ---- who a row is ---- */

static int is_instance(const char *id)
{
    return strncmp(id, "uuid:", 5) == 0 && strlen(id) == 41 &&
           strspn(id + 5, "0123456789abcdef-") == 36;
}

int import_identify(char id[42], int64_t *fid, twin *t, const import_plan *p,
                    size_t row)
{
    const char *const *cells = p->tables[0].sheet->rows[row].cells;
    int code = TAWAM_OK;
    *fid = 0;
    id[0] = '\0';
    if (p->name) {
        if (!*cells[p->name - 1])
            return error_set(TAWAM_ENO, _("it has no key"));
        code = draft_key(id, p->f->id, cells[p->name - 1]);
    } else if (p->instance && is_instance(cells[p->instance - 1]))
        memcpy(id, cells[p->instance - 1], 42);
    if (code == TAWAM_OK)
        code = *id ? submission_find(fid, t, p->f, id)
                   : find_content(id, fid, t, p, row);
    return code;
}
