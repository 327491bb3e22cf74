/* SPDX-License-Identifier: MIT */
/* log.git, and a folder that we meet, on a disk that does not read.
 *
 * libgit2 1.5 takes several failed looks for absence: all of what makes a
 * folder a repository, and stat() of packed-refs. A ref that seems absent would
 * be made anew at an older place, pruned, or not sent. So where libgit2 finds
 * nothing, the files are read here; and it is asked again, since what failed
 * for it alone may be found then. (Lists of refs: log_refs.c; objects:
 * log_loose.c.)
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)64 << 20) /* of packed-refs */

/* The file NAME in FOLDER can be read (into TEXT), or is none. */
static int read_inside(buffer *text, const char *folder, const char *name)
{
    char *path = file_join(folder, name);
    int code = path ? file_exists(path) : error_memory();
    if (code > 0 && (code = file_is_folder(path)) == 0)
        code = file_read(text, path, FILE_LIMIT);
    if (code == TAWAM_EUSAGE) { /* too long: damaged, others say so */
        error_clear();
        code = TAWAM_OK;
    }
    free(path);
    return code < 0 ? code : TAWAM_OK;
}

/* The files that NAMES lists up to NULL can be read. */
static int look_at(const char *folder, const char *const *names)
{
    int code = TAWAM_OK;
    for (; !code && *names; names++) {
        buffer text = {0};
        code = read_inside(&text, folder, *names);
        buffer_free(&text);
    }
    return code;
}

int gitlog_open_repository(git_repository **out, const char *path,
                           unsigned flags)
{
    static const char *const PARTS[] = {"",       "objects",     "refs", "HEAD",
                                        "config", "packed-refs", NULL};
    int result = -1, code = TAWAM_OK;
    for (int turn = 0; result < 0 && !code && turn < 2; turn++) {
        git_error_clear();
        result = git_repository_open_ext(out, path, flags, NULL);
        if (result < 0 && gitlog_code(TAWAM_OK))
            code = gitlog_error(TAWAM_EENVIRONMENT, path);
        else if (result < 0)
            code = look_at(path, PARTS);
    }
    return code || result == 0 ? code : TAWAM_ENOTFOUND;
}

/* ---- refs ---- */

int gitlog_find_ref(git_oid *out, git_repository *repository, const char *name)
{
    const char *const parts[] = {name, "packed-refs", NULL};
    int result = -1, code = TAWAM_OK;
    for (int turn = 0; result < 0 && !code && turn < 2; turn++) {
        git_error_clear();
        result = git_reference_name_to_id(out, repository, name);
        if (result < 0 && gitlog_code(TAWAM_OK))
            code = gitlog_error(TAWAM_EENVIRONMENT, name);
        else if (result < 0)
            code = look_at(git_repository_commondir(repository), parts);
    }
    return code || result == 0 ? code : TAWAM_ENOTFOUND;
}

/* ---- objects ---- */

int gitlog_new_pack(git_indexer **out, git_repository *repository,
                    git_indexer_progress_cb progress, void *payload)
{
    git_indexer_options options;
    char *folder =
        memory_format("%s/objects/pack", git_repository_commondir(repository));
    int error = -1;
    git_indexer_options_init(&options, GIT_INDEXER_OPTIONS_VERSION);
    options.progress_cb = progress;
    options.progress_cb_payload = payload;
    if (!folder)
        git_error_set_oom();
    else if (file_make_folders(folder))
        git_error_set_str(GIT_ERROR_OS, error_message());
    else
        error = git_indexer_new(out, folder, 0, NULL, &options);
    free(folder);
    return error;
}

/* Packs that came since are known to ODB. libgit2 says "not found" also where
 * it could not look at their folder. */
static int refresh(git_repository *repository, git_odb *odb)
{
    char *folder = NULL;
    int there;
    git_error_clear();
    if (git_odb_refresh(odb) == 0)
        return TAWAM_OK;
    folder =
        memory_format("%s/objects/pack", git_repository_commondir(repository));
    there = folder ? file_exists(folder) : error_memory();
    free(folder);
    if (there > 0)
        there = gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    return there;
}

int gitlog_has_object(git_repository *repository, const git_oid *id)
{
    git_odb *odb = NULL;
    int has, code = TAWAM_OK;
    git_error_clear();
    if (git_repository_odb(&odb, repository) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    has = git_odb_exists(odb, id);
    if (!has && gitlog_code(TAWAM_OK))
        code = gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    else if (!has && (code = refresh(repository, odb)) == TAWAM_OK) {
        git_error_clear();
        has = git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
        if (!has && gitlog_code(TAWAM_OK))
            code = gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    }
    git_odb_free(odb);
    return code ? code : has;
}
