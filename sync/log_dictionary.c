/* SPDX-License-Identifier: MIT */
/* Changesets of the log, with the dictionaries they need. A dictionary is any
 * blob of the log whose id begins with the dictionary's: the territory's, which
 * main holds, or an earlier changes.zst of the same line. Whoever has a
 * commit's ancestors has it. The few that were used last are kept open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

/* The whole id of the one object whose id begins with ID, if it is a blob that
 * a dictionary can be: looked at before it is read, since main may hold
 * anything. */
static int find_blob(git_oid *full, git_odb *odb, uint64_t id)
{
    git_oid prefix = {{0}};
    git_object_t type = GIT_OBJECT_INVALID;
    size_t size = 0;

    for (int i = 0; i < 8; i++)
        prefix.id[i] = (unsigned char)(id >> (56 - 8 * i));
    /* Two blobs of one beginning: not the commit's fault, so it waits. */
    git_error_clear();
    if (git_odb_exists_prefix(full, odb, &prefix, 16) < 0 ||
        git_odb_read_header(&size, &type, odb, full) < 0)
        return gitlog_absent(_("reading an object"));
    if (type != GIT_OBJECT_BLOB || size > CHANGESET_DICTIONARY_MOST)
        return error_set(TAWAM_EDAMAGED, _("object %016llx is no dictionary"),
                         (unsigned long long)id);
    return TAWAM_OK;
}

static int read_dictionary(changeset_dictionary **out, gitlog *log, uint64_t id)
{
    git_odb *odb = NULL;
    git_odb_object *object = NULL;
    git_oid full;
    int code;

    if (git_repository_odb(&odb, log->repository) < 0)
        return gitlog_error(TAWAM_EDAMAGED, gitlog_path(log));
    code = find_blob(&full, odb, id);
    if (!code && git_odb_read(&object, odb, &full) < 0)
        code = gitlog_absent(_("reading an object")); /* asked for again */
    if (!code)
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

int gitlog_decode(changeset **out, gitlog *log, const void *bytes,
                  size_t length)
{
    return changeset_decode_with(out, bytes, length, NULL, find, log);
}

int gitlog_load(changeset **out, gitlog *log, const char *id)
{
    buffer bytes = {0};
    int code = gitlog_changes(&bytes, log, id, CHANGESET_LIMITS.compressed);

    if (!code)
        code = gitlog_decode(out, log, bytes.data, bytes.length);
    buffer_free(&bytes);
    return code;
}

/* ---- main's ---- */

/* The 16 digits of dictionary/current, and nothing else but a line's end. */
static int read_current(uint64_t *id, gitlog *log, const char *commit)
{
    buffer text = {0};
    char digits[17] = "", *end = NULL;
    int code = gitlog_read_small_file(&text, log, commit, GITLOG_CURRENT, 64);

    if (!code && text.length >= 16)
        memcpy(digits, text.data, 16);
    buffer_free(&text);
    if (code)
        return code;
    *id = strtoull(digits, &end, 16);
    return digits[0] && *end == 0 && *id ? TAWAM_OK : TAWAM_ENOTFOUND;
}

/* 1 if the commit's tree holds dictionary/ID, and that is what it says. */
static int holds(gitlog *log, const char *commit, uint64_t id)
{
    char path[64], blob[SYNC_ID_SIZE], wanted[17];
    int code;

    snprintf(path, sizeof path, GITLOG_DICTIONARY_FOLDER "%016llx",
             (unsigned long long)id);
    snprintf(wanted, sizeof wanted, "%016llx", (unsigned long long)id);
    code = gitlog_file_id(blob, log, commit, path);
    return code == TAWAM_OK          ? strncmp(blob, wanted, 16) == 0
           : code == TAWAM_ENOTFOUND ? 0
                                     : code;
}

int gitlog_main_dictionary(const changeset_dictionary **out, gitlog *log,
                           const char *commit)
{
    uint64_t id = 0;
    int code = read_current(&id, log, commit);

    if (!code)
        code = holds(log, commit, id);
    if (code > 0)
        code = gitlog_dictionary(out, log, id);
    else if (!code)
        code = TAWAM_ENOTFOUND;
    if (code && code != TAWAM_EMEMORY && code != TAWAM_EENVIRONMENT) {
        error_clear();
        return TAWAM_ENOTFOUND;
    }
    return code;
}
