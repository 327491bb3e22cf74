/* SPDX-License-Identifier: MIT */
/* Changesets of the log, with the dictionaries they need. A dictionary is any
 * blob of the log whose id begins with the dictionary's: the territory's, which
 * main holds, or an earlier changes.zst of the same line. Whoever has a
 * commit's ancestors has it. The few that were used last are kept open.
 */
#include <string.h>
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

static int read_dictionary(changeset_dictionary **out, gitlog *log, uint64_t id)
{
    git_odb *odb = NULL;
    git_odb_object *object = NULL;
    git_oid prefix = {{0}};
    int code = TAWAM_OK;

    for (int i = 0; i < 8; i++)
        prefix.id[i] = (unsigned char)(id >> (56 - 8 * i));
    if (git_repository_odb(&odb, log->repository) < 0)
        return gitlog_error(TAWAM_EDAMAGED, gitlog_path(log));
    /* Two blobs of one beginning: not the commit's fault, so it waits. */
    if (git_odb_read_prefix(&object, odb, &prefix, 16) < 0)
        code = TAWAM_ENOTFOUND;
    else if (git_odb_object_type(object) != GIT_OBJECT_BLOB)
        code = error_set(TAWAM_EDAMAGED, _("object %016llx is no dictionary"),
                         (unsigned long long)id);
    else
        code = changeset_dictionary_open(out, git_odb_object_data(object),
                                         git_odb_object_size(object));
    git_odb_object_free(object);
    git_odb_free(odb);
    return code;
}

int gitlog_dictionary(const changeset_dictionary **out, gitlog *log,
                      uint64_t id)
{
    changeset_dictionary *fresh = NULL, **kept = log->dictionaries;
    size_t at = 0;
    int code;

    while (at < GITLOG_DICTIONARIES && kept[at] &&
           changeset_dictionary_id(kept[at]) != id)
        at++;
    if (at == GITLOG_DICTIONARIES || !kept[at]) {
        code = read_dictionary(&fresh, log, id);
        if (code)
            return code;
        if (at == GITLOG_DICTIONARIES)
            changeset_dictionary_free(kept[--at]);
    } else {
        fresh = kept[at];
    }
    /* The one used last comes first. */
    memmove(kept + 1, kept, at * sizeof *kept);
    kept[0] = fresh;
    *out = fresh;
    return TAWAM_OK;
}

void gitlog_forget_dictionaries(gitlog *log)
{
    for (size_t i = 0; i < GITLOG_DICTIONARIES; i++)
        changeset_dictionary_free(log->dictionaries[i]);
}

static int find(const changeset_dictionary **out, void *context, uint64_t id)
{
    return gitlog_dictionary(out, context, id);
}

int gitlog_load(changeset **out, gitlog *log, const char *id)
{
    buffer bytes = {0};
    int code = gitlog_changes(&bytes, log, id, CHANGESET_LIMITS.compressed);

    if (!code)
        code = changeset_decode_with(out, bytes.data, bytes.length, NULL, find,
                                     log);
    buffer_free(&bytes);
    return code;
}
