/* SPDX-License-Identifier: MIT */
/* part: see part_internal.h. Where DIR is absent one rename does it; where it
 * is an empty folder (somebody may stand in it) the entries move one by one,
 * twin.gpkg last, since a folder with twin.gpkg is a replica. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "twin/twin.h"
#include "work/part_internal.h"

#define PART_WORD "tawam-part"

static int refuse(const char *format, const char *path)
{
    char *safe = text_safe(path, strlen(path), 0);

    error_set(TAWAM_EENVIRONMENT, format, safe ? safe : "?");
    free(safe);
    return TAWAM_EENVIRONMENT;
}

/* The purpose written in FOLDER, or NULL in *WORD. */
static int read_word(char **word, const char *folder)
{
    buffer text = {0};
    char *path = file_join(folder, PART_WORD);
    int code = path ? file_exists(path) : error_memory();

    *word = NULL;
    if (code > 0)
        code = file_read(&text, path, 8192);
    if (code == TAWAM_OK && text.length > 0)
        *word = buffer_take(&text);
    buffer_free(&text);
    free(path);
    return code;
}

static int write_word(const char *folder, const char *purpose)
{
    char *path = file_join(folder, PART_WORD);
    int code = TAWAM_EMEMORY;

    if (path != NULL)
        code = file_write_atomic(path, purpose, strlen(purpose));
    free(path);
    return code;
}

/* The word of a part, or the beginning of writing it. */
static int is_own_entry(const char *name)
{
    return strncmp(name, PART_WORD, sizeof PART_WORD - 1) == 0;
}

static int is_moved_first(const char *name)
{
    return strcmp(name, "attachments") == 0 || strcmp(name, "log.git") == 0;
}

static int is_other(void *context, const char *name)
{
    int (*const *those)(const char *) = context;

    return !(*those)(name);
}

/* 1 if every entry of FOLDER is one of THOSE. */
static int has_only(const char *folder, int (*those)(const char *name))
{
    int code = file_entries(folder, is_other, &those);

    return code == TAWAM_ENOTFOUND ? 0 : code < 0 ? code : !code;
}

/* 1 if DIRECTORY.part is there, for PURPOSE. */
static int has_part(const char *directory, const char *purpose)
{
    size_t length = strlen(directory);
    char *folder;
    char *word = NULL;
    int code;

    while (length > 1 && directory[length - 1] == '/')
        length--;
    folder = memory_format("%.*s.part", (int)length, directory);
    code = folder ? read_word(&word, folder) : error_memory();
    if (code == TAWAM_OK)
        code = word != NULL && strcmp(word, purpose) == 0;
    free(word);
    free(folder);
    return code;
}

/* 1 if DIRECTORY may become a replica: nothing, an empty folder, or what a
 * part for PURPOSE moved there. */
static int is_free(const char *directory, const char *purpose)
{
    int there = file_exists(directory);
    int result = there > 0 ? file_empty_folder(directory) : !there;

    if (there < 0)
        return there;
    if (result == 0)
        result = has_part(directory, purpose);
    else
        return result;
    return result > 0 ? has_only(directory, is_moved_first) : result;
}

int part_check(const char *directory, const char *purpose)
{
    char *file = file_join(directory, TWIN_FILE);
    int code = file ? file_exists(file) : error_memory();

    free(file);
    if (code)
        return code < 0 ? code
                        : refuse(_("%s is a replica already"), directory);
    if (file_exists(directory) && !file_is_folder(directory))
        return refuse(_("%s is a file, not a folder"), directory);
    code = is_free(directory, purpose);
    if (code == 0)
        return refuse(_("%s is not empty; name a new folder"), directory);
    return code < 0 ? code : TAWAM_OK;
}

/* Remove what a part_finish that was cut off moved to the target. */
static int clear_target(const part *p)
{
    static const char *const MOVED[] = {"attachments", "log.git"};
    int code = TAWAM_OK;

    if (!file_exists(p->target))
        return TAWAM_OK;
    code = file_empty_folder(p->target);
    if (code)
        return code < 0 ? code : TAWAM_OK;
    for (size_t i = 0; i < 2 && code == TAWAM_OK; i++) {
        char *path = file_join(p->target, MOVED[i]);
        if (path == NULL)
            return TAWAM_EMEMORY;
        code = file_remove_tree(path);
        free(path);
    }
    return code;
}

int part_begin(part *p, const char *directory, const char *purpose)
{
    char *word = NULL;
    int code = part_check(directory, purpose);

    memset(p, 0, sizeof *p);
    if (code != TAWAM_OK)
        return code;
    p->target = file_absolute(directory);
    if (p->target == NULL)
        return TAWAM_EMEMORY;
    for (size_t n = strlen(p->target); n > 1 && p->target[n - 1] == '/'; n--)
        p->target[n - 1] = 0;
    p->folder = memory_format("%s.part", p->target);
    if (p->folder == NULL)
        return TAWAM_EMEMORY;
    code = read_word(&word, p->folder);
    if (code == TAWAM_OK && word == NULL)
        code = !file_exists(p->folder) ? 1 : has_only(p->folder, is_own_entry);
    if (code < 0) {
        part_clear(p);
        return code;
    }
    if (code > 0) {
        code = file_make_folders(p->folder);
        return code == TAWAM_OK ? write_word(p->folder, purpose) : code;
    }
    p->found = word != NULL && strcmp(word, purpose) == 0;
    free(word);
    if (p->found)
        return clear_target(p);
    refuse(_("%s is left from something else; look at it, then move or "
             "remove it"),
           p->folder);
    part_clear(p); /* it is not ours: nobody may drop it */
    return TAWAM_EENVIRONMENT;
}

/* Move one entry of the part into the target, if it is there. */
static int move_entry(const part *p, const char *name)
{
    char *from = file_join(p->folder, name);
    char *to = file_join(p->target, name);
    int code = TAWAM_EMEMORY;

    if (from != NULL && to != NULL)
        code = file_exists(from) && rename(from, to) != 0
                   ? error_system(_("move %s to %s"), from, to)
                   : TAWAM_OK;
    free(from);
    free(to);
    return code;
}

int part_finish(part *p)
{
    char *word = NULL;
    char *parent = NULL;
    int code = TAWAM_OK;

    if (file_exists(p->target)) {
        code = move_entry(p, "attachments");
        if (code == TAWAM_OK)
            code = move_entry(p, "log.git");
        if (code == TAWAM_OK)
            code = move_entry(p, TWIN_FILE);
        if (code == TAWAM_OK)
            part_drop(p);
        return code == TAWAM_OK ? file_sync_folder(p->target) : code;
    }
    if (rename(p->folder, p->target) != 0)
        return error_system(_("move %s to %s"), p->folder, p->target);
    word = file_join(p->target, PART_WORD);
    parent = memory_string(p->target);
    if (word == NULL || parent == NULL) {
        code = TAWAM_EMEMORY;
        goto cleanup;
    }
    if (remove(word) != 0 && errno != ENOENT)
        code = error_system(_("remove %s"), word);
    char *slash = strrchr(parent, '/');
    slash[slash == parent ? 1 : 0] = 0;
    if (code == TAWAM_OK)
        code = file_sync_folder(parent);
cleanup:
    free(parent);
    free(word);
    return code;
}

static int remove_entry(void *context, const char *name)
{
    char *path = NULL;
    int code = TAWAM_OK;

    if (!is_own_entry(name)) {
        path = file_join(context, name);
        code = path ? file_remove_tree(path) : error_memory();
    }
    free(path);
    return code;
}

int part_empty(part *p)
{
    int code = file_entries(p->folder, remove_entry, p->folder);

    return code == TAWAM_ENOTFOUND ? error_set(TAWAM_EENVIRONMENT, "%s: %s",
                                               p->folder, strerror(ENOENT))
                                   : code;
}

void part_drop(part *p)
{
    int code = error_code();
    char *message = memory_string(error_message());

    if (p->folder != NULL) {
        part_empty(p); /* its word goes last: cut off, it is still ours */
        file_remove_tree(p->folder);
    }
    if (message != NULL && code != TAWAM_OK)
        error_set(code, "%s", message);
    free(message);
}

void part_clear(part *p)
{
    free(p->target);
    free(p->folder);
    memset(p, 0, sizeof *p);
}
