/* SPDX-License-Identifier: MIT */
/* again: see the header. */
#include "sync/again_internal.h"
#include "sync/log_private_internal.h"
#include "sync/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BORROWED "objects/info/alternates"

static int borrow(const char *path, const char *from)
{
    char *list = file_join(path, BORROWED);
    char *line = memory_format("%s\n", from);
    int code = list && line ? TAWAM_OK : error_memory();
    if (!code)
        code = file_write_atomic(list, line, strlen(line));
    free(line);
    free(list);
    return code;
}

/* The log's settings hold for it: whom to trust, by which proxy. FROM leads to
 * its objects from one folder further down. */
static int include_settings(gitlog *anew, const char *from)
{
    git_config *config = NULL;
    size_t length = strlen(from) - strlen("objects");
    char *file = memory_format("%.*sconfig", (int)length - 3, from + 3);
    int code = file ? TAWAM_OK : error_memory();
    if (!code && (git_repository_config(&config, anew->repository) < 0 ||
                  git_config_set_string(config, "include.path", file) < 0))
        code = gitlog_error(TAWAM_EENVIRONMENT, anew->path);
    git_config_free(config);
    free(file);
    return code;
}

int again_make(const char *path, const char *from,
               char (*const ids)[SYNC_ID_SIZE], size_t count)
{
    gitlog *anew = NULL;
    int code = TAWAM_OK;
    file_remove_tree(path);
    code = gitlog_create(&anew, path);
    if (!code)
        code = include_settings(anew, from);
    gitlog_free(anew);
    anew = NULL;
    if (!code)
        code = borrow(path, from);
    if (!code)
        code = gitlog_open(&anew, path);
    for (size_t i = 0; !code && i < count; i++) {
        char ref[64];
        int has = gitlog_has(anew, ids[i]);
        snprintf(ref, sizeof ref, REMOTE_APPLIED "%zu", i);
        code = has > 0 ? gitlog_set_ref(anew, ref, ids[i]) : has;
    }
    gitlog_free(anew);
    return code;
}

int again_part(const char *path)
{
    char *list = file_join(path, BORROWED);
    int code = list ? TAWAM_OK : error_memory();
    if (!code && unlink(list) != 0)
        code = error_system(_("remove %s"), list);
    free(list);
    return code;
}

int again_take(int64_t *taken, gitlog *log, const char *path)
{
    gitlog *anew = NULL;
    int code = gitlog_open(&anew, path);
    if (!code)
        code = gitlog_take_missing(taken, log, anew);
    gitlog_free(anew);
    return code;
}
