/* SPDX-License-Identifier: MIT */
/* remote: is there a repository in this folder, may one be made?
 *
 * Invariant: a place that was met before and is empty or gone now is a stick
 * that is not plugged in, never a fresh one: nothing is made there.
 */
#include "sync/remote_internal.h"
#include "sync/log_private_internal.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What libgit2 leaves in a repository whose making was cut. */
static const char *const LEFT_OVER[] = {"config.lock", "HEAD.lock"};
#define LEFT_OVER_COUNT (sizeof LEFT_OVER / sizeof *LEFT_OVER)
#define LEFT_OVER_START "_git2_" /* description, info/exclude: half written */

static int is_left_over(const char *name)
{
    int found = strncmp(name, LEFT_OVER_START, strlen(LEFT_OVER_START)) == 0;
    for (size_t i = 0; !found && i < LEFT_OVER_COUNT; i++)
        found = strcmp(name, LEFT_OVER[i]) == 0;
    return found;
}

/* 1 if NAME is of nothing that a new repository or a file system makes. */
static int is_foreign(void *context, const char *name)
{
    static const char *const known[] = {"HEAD",
                                        "config",
                                        "description",
                                        "hooks",
                                        "info",
                                        "objects",
                                        "branches",
                                        "refs",
                                        "lost+found",
                                        "tawam.lock",
                                        "System Volume Information"};
    int found = is_left_over(name) || (name[0] == '.' && strcmp(name, ".git"));
    (void)context;
    for (size_t i = 0; !found && i < sizeof known / sizeof *known; i++)
        found = strcmp(name, known[i]) == 0;
    return !found;
}

/* 1 if PATH holds nothing but what a new repository or a file system puts
 * there, so that one may be made (or finished) in it, 0 if not, <0 error. */
static int takes_repository(const char *path)
{
    int code = file_entries(path, is_foreign, NULL);
    return code < 0 ? code : !code;
}

/* Nothing is lost by it: all that was sent there is in our log. */
static int damaged(const char *path, int code)
{
    if (code == TAWAM_EDAMAGED)
        return error_set(code,
                         _("the repository in '%s' is damaged (%s): mend it "
                           "there with git, or sync to a new folder"),
                         path, error_message());
    return error_add("%s", path);
}

int remote_folder_open_at(git_repository **out, const char *path)
{
    git_repository *there = NULL;
    int code =
        gitlog_open_repository(&there, path, GIT_REPOSITORY_OPEN_NO_SEARCH);
    if (code != TAWAM_OK)
        return code;
    code = gitlog_guard(there);
    if (code == TAWAM_OK)
        code = gitlog_check_files(git_repository_commondir(there));
    if (code != TAWAM_OK) {
        git_repository_free(there);
        return damaged(path, code);
    }
    *out = there;
    return TAWAM_OK;
}

static int missing(const char *path)
{
    return error_set(TAWAM_EUNREACHABLE,
                     _("'%s' is not there: is the stick plugged in, the share "
                       "mounted? (for a new one, make the folder first)"),
                     path);
}

static int emptied(const char *path)
{
    return error_set(TAWAM_EUNREACHABLE,
                     _("'%s' held a repository and is empty now: is the stick "
                       "plugged in? (to start anew there: git init --bare)"),
                     path);
}

static int not_repository(const char *path)
{
    return error_set(TAWAM_EREFUSED,
                     _("'%s' holds other files and is no repository: name an "
                       "empty folder in it"),
                     path);
}

/* 1 if PATH has been a bare repository: three of its four parts are there. */
static int was_repository(const char *path)
{
    static const char *const PARTS[] = {"HEAD", "config", "objects", "refs"};
    int parts = 0;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        char *part = file_join(path, PARTS[i]);
        int there = part ? file_exists(part) : error_memory();
        free(part);
        if (there < 0)
            return there;
        parts += there;
    }
    return parts >= 3;
}

/* What is said of a folder that git does not take, and holds something. */
static int refuse(const char *path)
{
    int was = was_repository(path);
    if (was <= 0)
        return was < 0 ? was : not_repository(path);
    return error_set(TAWAM_EDAMAGED,
                     _("the repository in '%s' is damaged: git does not take "
                       "it for one. Move it away and make a new one there "
                       "(tawam hq init): at its next sync each device sends "
                       "what it has"),
                     path);
}

/* Open the repository at the job's path. *out stays NULL, without an error,
 * where one could be made: an empty folder that was never met before. */
int remote_folder_open(git_repository **out, const remote_job *job,
                       git_repository *local)
{
    const char *path = job->place.path;
    if (!file_exists(path))
        return missing(path);
    if (!file_is_folder(path))
        return error_set(TAWAM_EREFUSED, _("'%s' is a file, not a repository"),
                         path);
    int code = remote_folder_open_at(out, path);
    if (code != TAWAM_ENOTFOUND)
        return code;
    if (access(path, R_OK | X_OK) != 0)
        return error_system(_("read '%s'"), path);
    code = takes_repository(path);
    if (code <= 0)
        return code < 0 ? code : refuse(path);
    code = local ? remote_heads_known(local, job->name) : 0;
    if (code)
        return code < 0 ? code : emptied(path);
    error_clear();
    return TAWAM_OK;
}

/* Remove what a making that was cut left in PATH; a lock of libgit2's would
 * stop the next one for ever. The caller holds tawam.lock there. */
static void clear_left_over(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry = NULL;
    while (d && (entry = readdir(d)) != NULL)
        if (is_left_over(entry->d_name))
            unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
}

static int init_repository(git_repository **out, const char *path)
{
    git_repository_init_options options;
    git_config *config = NULL;
    git_repository_init_options_init(&options,
                                     GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR;
    options.initial_head = "main";
    options.description = "A territory's history, kept by tawam";
    if (git_repository_init_ext(out, path, &options) < 0 ||
        git_repository_config(&config, *out) < 0 ||
        git_config_set_bool(config, "receive.denyNonFastForwards", 1) < 0 ||
        git_config_set_string(config, "core.fsync", "all") < 0) {
        git_config_free(config);
        return remote_git_error(_("cannot make a repository there"));
    }
    git_config_free(config);
    return TAWAM_OK;
}

/* Make a bare repository at PATH (an empty folder, or none yet). Also
 * finishes one whose making was cut. */
static int make_repository(git_repository **out, const char *path,
                           remote_line *line)
{
    file_lock *lock = NULL;
    int code = TAWAM_OK;
    if (file_is_folder(path))
        code = remote_lock_folder(&lock, path, line);
    if (code == TAWAM_OK) {
        clear_left_over(path);
        code = init_repository(out, path);
    }
    file_lock_release(lock);
    return code;
}

/* ---- why nothing can be written there ---- */

typedef struct trouble {
    int number;          /* errno, whose words stand in the error */
    const char *meaning; /* of the folder, then the error */
} trouble;

#define FULL                                                                   \
    N_("'%s' is full: make room there, or take another stick; what it held "   \
       "is whole, the rest is kept here (%s)")
#define GONE                                                                   \
    N_("'%s' does not answer: was the stick pulled out? plug it in and sync "  \
       "again; what was not sent is kept here (%s)")
#define FORBIDDEN                                                              \
    N_("you may not write in '%s': ask whose it is; what was not sent is "     \
       "kept here (%s)")

static const trouble TROUBLES[] = {
    {ENOSPC, FULL},
    {EDQUOT, FULL},
    {EROFS,
     N_("'%s' can only be read: is its switch on lock? or take another stick; "
        "what was not sent is kept here (%s)")},
    {EACCES, FORBIDDEN},
    {EPERM, FORBIDDEN},
    {EIO, GONE},
    {ENODEV, GONE},
    {ENXIO, GONE},
};

int remote_folder_words(int code, const char *path)
{
    char *words = memory_string(error_message());
    if (!words || (code != TAWAM_EENVIRONMENT && code != TAWAM_EFULL)) {
        free(words);
        return code;
    }
    for (size_t i = 0; i < sizeof TROUBLES / sizeof *TROUBLES; i++)
        if (strstr(words, strerror(TROUBLES[i].number))) {
            char *safe = text_safe(path, strlen(path), 0);
            error_set(code, _(TROUBLES[i].meaning), safe ? safe : "", words);
            free(safe);
            break;
        }
    free(words);
    return code;
}

/* For a push: the repository, made where there is none yet. */
int remote_folder_open_or_make(git_repository **out, const remote_job *job,
                               git_repository *local, remote_line *line)
{
    const char *path = job->place.path;
    int code = TAWAM_OK;
    if (file_exists(path)) {
        code = remote_folder_open(out, job, local);
    } else {
        char *slash = strrchr(path, '/');
        char *parent =
            memory_string_length(path, slash ? (size_t)(slash - path) : 0);
        if (!parent)
            code = error_memory();
        else
            code = *parent && !file_is_folder(parent)
                       ? 1
                       : remote_heads_known(local, job->name);
        if (code > 0)
            code = missing(path);
        free(parent);
    }
    return code == TAWAM_OK && !*out ? make_repository(out, path, line) : code;
}
