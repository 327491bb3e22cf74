/* SPDX-License-Identifier: MIT */
/* Versions of the central dataset: their names, main's commits, the devices
 * that wrote them. A name is found by reading main's commits, of which there
 * are few, newest first. */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- names -----------------------------------------------------------------
 */

static int is_name_byte(unsigned char c)
{
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("._-+", c) != NULL;
}

/* What VERSION texts mean already. */
static int means_something(const char *name)
{
    int64_t time;
    size_t length = strlen(name);
    if (strcmp(name, "HEAD") == 0 || strcmp(name, "main") == 0)
        return 1;
    if (length >= 4 && length <= 40 &&
        strspn(name, "0123456789abcdefABCDEF") == length)
        return 1;
    if (length >= 10 && clock_parse(&time, name) == TAWAM_OK)
        return 1;
    error_clear();
    return 0;
}

int sync_version_name_valid(const char *name)
{
    size_t i, length = strlen(name);
    if (length < 1 || length > SYNC_VERSION_MAX || strchr(".-", name[0]) ||
        name[length - 1] == '.' || strstr(name, "..") ||
        !text_valid(name, length))
        return 0;
    if (length > 5 && strcmp(name + length - 5, ".lock") == 0)
        return 0;
    for (i = 0; i < length; i++)
        if (!name[i] || !is_name_byte((unsigned char)name[i]))
            return 0;
    return !means_something(name);
}

/* Ids of main's commits applied here, newest first. */
static int published_ids(char (**ids)[SYNC_ID_SIZE], size_t *count,
                         sync_desk *s)
{
    return merge_ids(ids, count, s->m,
                     "SELECT id FROM tawam_commit WHERE published=1"
                     " ORDER BY logical DESC, number DESC");
}

int sync_versions(sync_desk *s,
                  int (*call)(void *context, const sync_commit *commit),
                  void *context)
{
    char(*ids)[SYNC_ID_SIZE] = NULL;
    size_t count = 0, i;
    int code = published_ids(&ids, &count, s);
    for (i = 0; !code && i < count; i++)
        code = sync_read_commit(s, ids[i], call, context);
    free(ids);
    return code < 0 ? code : TAWAM_OK;
}

int sync_devices(sync_desk *s,
                 int (*call)(void *context, const char *device, int64_t commits,
                             int64_t latest),
                 void *context)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_prepare(&statement, s->t,
                            "SELECT device, count(*), max(time)"
                            " FROM tawam_commit WHERE published=0 AND state=1"
                            " GROUP BY device ORDER BY device",
                            0);
    if (code)
        return code;
    while ((code = twin_step(s->t, statement)) == 1) {
        code = call(context, (const char *)sqlite3_column_text(statement, 0),
                    sqlite3_column_int64(statement, 1),
                    sqlite3_column_int64(statement, 2));
        if (code)
            break;
    }
    sqlite3_finalize(statement);
    return code < 0 ? code : TAWAM_OK;
}

typedef struct named {
    const char *name;
    char (*id)[SYNC_ID_SIZE]; /* the newest so called */
    size_t count;
} named;

static int find_named(void *context, const sync_commit *commit)
{
    named *n = context;
    if (strcmp(commit->version, n->name) != 0)
        return 0;
    if (n->count++ == 0)
        memcpy(*n->id, commit->id, SYNC_ID_SIZE);
    return 0;
}

int sync_resolve_version(char id[SYNC_ID_SIZE], sync_desk *s, const char *name)
{
    char found[SYNC_ID_SIZE];
    named n = {name, &found, 0};
    int code;
    if (!sync_version_name_valid(name))
        return TAWAM_ENOTFOUND;
    code = sync_versions(s, find_named, &n);
    if (code)
        return code;
    if (n.count > 1)
        return error_set(TAWAM_ENO,
                         _("%zu versions are called %s (published on two "
                           "desks at once): name one by its commit, see "
                           "`tawam versions`"),
                         n.count, name);
    if (n.count)
        memcpy(id, found, SYNC_ID_SIZE);
    return n.count ? TAWAM_OK : TAWAM_ENOTFOUND;
}
