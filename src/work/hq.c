/* SPDX-License-Identifier: MIT */
/* hq: HQ's bare repository, made whole or not at all, and its settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "work/part_internal.h"
#include "work/workflow.h"

/* Remove what an init of the same words, cut off, left at BARE: only if it is
 * a repository that no device has written to. */
static void drop_begun_bare(const char *bare, const char *bare_part)
{
    char *names = NULL;
    int has_main = 0;

    file_remove_tree(bare_part);
    if (file_exists(bare) &&
        sync_peek(&names, &has_main, bare, NULL) == TAWAM_OK &&
        (names == NULL || names[0] == 0))
        file_remove_tree(bare);
    error_clear();
    free(names);
}

void part_drop_folder(char *folder)
{
    part drop = {.folder = folder};

    part_drop(&drop);
}

int part_make_bare(int *made, const char *bare, int begun)
{
    char *folder = memory_format("%s.part", bare);
    int code = folder ? TAWAM_OK : TAWAM_EMEMORY;

    if (code == TAWAM_OK && begun)
        drop_begun_bare(bare, folder);
    if (code == TAWAM_OK && file_exists(bare) && file_empty_folder(bare) <= 0) {
        char *safe = text_safe(bare, strlen(bare), 0);
        code = error_set(TAWAM_EENVIRONMENT,
                         _("%s exists already and is not empty"),
                         safe ? safe : "?");
        free(safe);
    }
    if (code == TAWAM_OK && file_exists(folder))
        code = error_set(TAWAM_EENVIRONMENT, _("%s.part is in the way"), bare);
    else if (code == TAWAM_OK) {
        code = sync_create_bare(folder);
        if (code == TAWAM_OK && rename(folder, bare) != 0)
            code = error_system(_("move %s to %s"), folder, bare);
        if (code != TAWAM_OK)
            part_drop_folder(folder);
    }
    *made = code == TAWAM_OK;
    free(folder);
    return code;
}

/* What a `hq init` that was cut off left: an empty repository of ours. */
static void drop_begun(const char *path)
{
    char *begun = memory_format("%s.part", path);
    char *names = NULL;
    int has_main = 1;

    if (begun != NULL && file_exists(begun) > 0 &&
        sync_peek(&names, &has_main, begun, NULL) == TAWAM_OK && !has_main &&
        (names == NULL || names[0] == 0))
        file_remove_tree(begun);
    error_clear();
    free(names);
    free(begun);
}

int work_hq_init(char **where, int *made, const char *path, sync_hq_call call,
                 void *context)
{
    char *folder = file_absolute(path);
    int code = folder ? TAWAM_OK : TAWAM_EMEMORY;
    int fresh = 0;

    *made = 0;
    if (code == TAWAM_OK)
        fresh = !file_exists(folder) ? 1 : file_empty_folder(folder);
    if (fresh < 0)
        code = fresh;
    if (code == TAWAM_OK && fresh) {
        drop_begun(folder);
        code = part_make_bare(made, folder, 0);
    }
    if (code == TAWAM_OK)
        code = sync_hq_configure(folder, call, context);
    if (code == TAWAM_OK)
        *where = folder;
    else
        free(folder);
    return code;
}
