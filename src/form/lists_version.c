/* SPDX-License-Identifier: MIT */
/* What a form sees as __version of a live entity, as SQL over its row.
 *
 * ODK counts an entity's updates, from 1, and a submission names the version
 * that its form saw (ODK Entities, "baseVersion"). Here it is
 *
 *     commits that touched its row, what is not recorded yet as one
 *   + records that say they made or changed it, less the commits that first
 *     had one of these: so each of several updates in one commit counts
 *
 * and at least 1. Both follow from the commits that a replica has, so replicas
 * that have the same ones say the same; an update adds to one of them. (A
 * record that is in another commit than its entity, as when an import was cut
 * into several, adds to neither more than once.)
 *
 * A list opens without any of it: a row's is looked up, by indexes, when it is
 * asked for. */
#include "form/lists_internal.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* Commits that touched the row FID of LAYER, 0 for what is pending, as FROM
 * takes it (sync/merge_internal.h says what the tables hold). A twin that no
 * log was opened with has only what is pending. */
static void write_touches(buffer *sql, int has_log, int layer, const char *fid)
{
    if (has_log)
        buffer_format(sql,
                      "SELECT origin AS number FROM tawam_row WHERE layer=%d"
                      " AND fid=%s AND origin<>0 UNION SELECT \"commit\" FROM"
                      " tawam_touch WHERE layer=%d AND fid=%s UNION ",
                      layer, fid, layer, fid);
    buffer_format(sql,
                  "SELECT 0 AS number FROM tawam_pending_row p WHERE"
                  " p.layer=%d AND p.fid=%s AND (existed=0 OR EXISTS (SELECT 1"
                  " FROM tawam_pending_cell c WHERE c.layer=p.layer AND"
                  " c.fid=p.fid)) UNION SELECT 0 FROM tawam_pending_affirm"
                  " WHERE layer=%d AND fid=%s",
                  layer, fid, layer, fid);
}

/* The commit that first had a row: the earliest there is, the same on each
 * replica, though their numbers are not. */
static void write_first(buffer *sql, int has_log, int layer)
{
    if (!has_log) {
        buffer_text(sql, "0");
        return;
    }
    buffer_text(sql, "ifnull((SELECT c.number FROM tawam_commit c WHERE"
                     " c.number IN (SELECT number FROM (");
    write_touches(sql, has_log, layer, "r.fid");
    buffer_text(sql, ")) ORDER BY +c.logical, c.id LIMIT 1), 0)");
}

/* The column of LAYER that names entities of LIST, as records have it
 * ("water_point_uuid", with groups' names before it where there are several):
 * *action is the one beside it that says what was done. NULL: none. */
static const char *reference_at(const char **action, const twin_layer *layer,
                                size_t at, const char *list)
{
    const char *name = layer->columns[at].name;
    size_t length = strlen(list), whole = strlen(name), before;
    *action = NULL;
    if (whole < length + 5 || !text_equal_nocase(name + whole - 5, "_uuid"))
        return NULL;
    before = whole - 5 - length;
    if ((before && name[before - 1] != '_') ||
        sqlite3_strnicmp(name + before, list, (int)length) != 0)
        return NULL;
    for (size_t i = 0; i < layer->column_count; i++) {
        const char *other = layer->columns[i].name;
        if (strlen(other) == whole + 2 &&
            sqlite3_strnicmp(other, name, (int)whole - 4) == 0 &&
            text_equal_nocase(other + whole - 4, "action"))
            *action = other;
    }
    return *action ? name : NULL;
}

/* CALL for each column in T that names entities of LIST, with the column
 * beside it; other than TAWAM_OK stops. */
typedef int referring(void *context, const twin_layer *layer,
                      const char *reference, const char *action);

static int each_reference(twin *t, const char *list, referring *call,
                          void *context)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < twin_layer_count(t); i++) {
        const twin_layer *layer = twin_layer_at(t, i);
        for (size_t k = 0; code == TAWAM_OK && k < layer->column_count; k++) {
            const char *action = NULL;
            const char *reference = reference_at(&action, layer, k, list);
            if (reference)
                code = call(context, layer, reference, action);
        }
    }
    return code;
}

typedef struct version_text {
    buffer records; /* SQL: a row each record, with its first commit */
    const char *from;
    int has_log;
} version_text;

static int write_records(void *context, const twin_layer *layer,
                         const char *reference, const char *action)
{
    version_text *v = context;
    buffer *sql = &v->records;
    buffer_text(sql, sql->length ? " UNION ALL SELECT " : "SELECT ");
    write_first(sql, v->has_log, layer->id);
    buffer_text(sql, " AS first FROM ");
    twin_quote(sql, layer->name);
    buffer_text(sql, " r WHERE r.");
    twin_quote(sql, reference);
    buffer_format(sql, " = %s.uuid AND r.", v->from);
    twin_quote(sql, action);
    buffer_text(sql, " IS NOT NULL");
    return buffer_check(sql);
}

static int index_records(void *context, const twin_layer *layer,
                         const char *reference, const char *action)
{
    twin *t = context;
    buffer from = {0}, column = {0};
    char name[32];
    int code;
    (void)action;
    if (twin_row_count(t, layer) < LIST_INDEX_FROM)
        return TAWAM_OK;
    twin_quote(&from, layer->name);
    twin_quote(&column, reference);
    code = buffer_check(&from);
    if (code == TAWAM_OK)
        code = buffer_check(&column);
    if (code == TAWAM_OK)
        list_create_index(name, twin_database(t), (char *)from.data,
                          (char *)column.data);
    buffer_free(&from);
    buffer_free(&column);
    return code;
}

/* Records are found by the entity they name. */
static int index_all(list_table *t)
{
    return each_reference(t->layer_of, t->layer, index_records, t->layer_of);
}

static int find_log(int *has, twin *t)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, t,
                            "SELECT count(*) FROM main.sqlite_schema WHERE"
                            " name IN ('tawam_commit', 'tawam_row',"
                            " 'tawam_touch')",
                            0);
    if (code == TAWAM_OK)
        code = twin_step(t, statement);
    if (code == 1)
        *has = sqlite3_column_int(statement, 0) == 3;
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

static int write_version(buffer *sql, const version_text *v,
                         const twin_layer *layer)
{
    char fid[3 * TWIN_NAME_MAX];
    snprintf(fid, sizeof fid, "%s.fid", v->from);
    buffer_text(sql, "CAST(max(1, (SELECT count(*) FROM (");
    write_touches(sql, v->has_log, layer->id, fid);
    buffer_text(sql, "))");
    if (v->records.length)
        buffer_format(sql,
                      " + (SELECT count(*) - count(DISTINCT first) FROM (%s))",
                      (char *)v->records.data);
    buffer_text(sql, ") AS TEXT)");
    return buffer_check(sql);
}

int list_add_version(list_table *t, const twin_layer *layer)
{
    version_text v = {.from = t->from};
    buffer sql = {0};
    int code = find_log(&v.has_log, t->layer_of);
    if (code == TAWAM_OK)
        code = each_reference(t->layer_of, layer->name, write_records, &v);
    if (code == TAWAM_OK)
        code = write_version(&sql, &v, layer);
    if (code == TAWAM_OK)
        code = list_table_column(t, "__version", (char *)sql.data, NULL,
                                 LIST_OTHER);
    if (code == TAWAM_OK) {
        t->columns[t->column_count - 1].is_late = 1;
        t->columns[t->column_count - 1].prepare = index_all;
    }
    buffer_free(&v.records);
    buffer_free(&sql);
    return code;
}
