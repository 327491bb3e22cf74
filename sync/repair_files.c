/* SPDX-License-Identifier: MIT */
/* repair: the files of log.git that have a fixed form. */
#include "sync/repair_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_LIMIT 65536
#define REF_DEPTH 32

static const char HEAD_TEXT[] = "ref: refs/heads/main\n";

/* log.git/NAME; caller frees. */
static char *inside(const repair *r, const char *name)
{
    return file_join(r->log_path, name);
}

/* NAME's damaged file goes aside, TEXT takes its place. */
static int replace(repair *r, const char *name, const void *text, size_t length)
{
    char *path = inside(r, name);
    int code = path ? repair_aside(r, name) : error_memory();
    if (!code)
        code = file_write_atomic(path, text, length);
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("log.git/%s was written anew"),
                   repair_safe(name));
    free(path);
    return code;
}

static int mend_head(int *usable, repair *r)
{
    buffer text = {0};
    char *path = inside(r, "HEAD");
    int there = path ? file_exists(path) : error_memory();
    int folder = there > 0 ? file_is_folder(path) : 0;
    int code = there < 0 ? there : folder < 0 ? folder : TAWAM_OK, right = 0;
    if (!code && there && !folder)
        code = file_read(&text, path, 4096);
    if (code == TAWAM_EUSAGE) /* longer than any */
        code = TAWAM_OK;
    else if (!code && text.length)
        right = text.length == sizeof HEAD_TEXT - 1 &&
                memcmp(text.data, HEAD_TEXT, text.length) == 0;
    if (!code && !right) {
        repair_say(r, SYNC_REPAIR_FOUND,
                   there ? _("log.git/HEAD is damaged")
                         : _("log.git/HEAD is missing"));
        *usable = *usable && ((there && !folder) || !r->o->check);
        if (!r->o->check)
            code = replace(r, "HEAD", HEAD_TEXT, sizeof HEAD_TEXT - 1);
    }
    buffer_free(&text);
    free(path);
    return code;
}

/* ---- config ---- */

/* 1 if git would take the repository as bare and of a version it knows, 0 if
 * not, or if libgit2 could not look at the file, which it keeps to itself. */
static int config_taken(const char *path)
{
    git_config *config = NULL;
    int bare = 0;
    int32_t format = -1;
    int right;
    git_error_clear();
    right = git_config_open_ondisk(&config, path) == 0 &&
            git_config_get_bool(&bare, config, "core.bare") == 0 && bare &&
            git_config_get_int32(&format, config,
                                 "core.repositoryformatversion") == 0 &&
            format == 0;
    git_config_free(config);
    return !right && gitlog_code(TAWAM_OK)
               ? gitlog_error(TAWAM_EENVIRONMENT, path)
               : right;
}

/* The same, but <0 where the file does not read. */
static int config_right(const char *path)
{
    buffer text = {0};
    int right = config_taken(path);
    int code = right ? TAWAM_OK : file_read(&text, path, CONFIG_LIMIT);
    buffer_free(&text);
    if (code == TAWAM_EUSAGE) /* longer than any */
        code = TAWAM_OK;
    return code ? code : right ? right : config_taken(path);
}

static int write_config(repair *r, const char *path)
{
    char *part = memory_format("%s.part", path);
    buffer text = {0};
    git_config *config = NULL;
    int code = part ? TAWAM_OK : error_memory();
    if (!code)
        unlink(part);
    if (!code &&
        (git_config_open_ondisk(&config, part) < 0 ||
         git_config_set_int32(config, "core.repositoryformatversion", 0) < 0 ||
         git_config_set_bool(config, "core.bare", 1) < 0))
        code = gitlog_error(TAWAM_EENVIRONMENT, part);
    if (!code)
        gitlog_configure(config);
    git_config_free(config);
    if (!code)
        code = file_read(&text, part, CONFIG_LIMIT);
    if (!code)
        code = replace(r, "config", text.data, text.length);
    if (part)
        unlink(part);
    buffer_free(&text);
    free(part);
    return code;
}

static int mend_config(int *usable, repair *r)
{
    char *path = inside(r, "config");
    int there = path ? file_exists(path) : error_memory();
    int right = there > 0 ? config_right(path) : there;
    int code = right < 0 ? right : TAWAM_OK;
    if (!code && !right) {
        repair_say(r, SYNC_REPAIR_FOUND,
                   there ? _("log.git/config is damaged")
                         : _("log.git/config is missing"));
        if (r->o->check)
            *usable = 0;
        else
            code = write_config(r, path);
    }
    free(path);
    return code;
}

/* ---- packed-refs ---- */

/* Lines git would read, the others left out. */
static void keep_good_lines(buffer *out, const buffer *text)
{
    const char *line = (const char *)text->data, *end = line + text->length;
    int ref_kept = 0;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop ? (size_t)(stop - line) : 0;
        int peeled = *line == '^';
        int good = length &&
                   gitlog_packed_line(line, length, out->length == 0) &&
                   (!peeled || ref_kept);
        if (good)
            buffer_bytes(out, line, length + 1);
        ref_kept = good && *line != '#' && !peeled;
        line = stop ? stop + 1 : end;
    }
}

static int mend_packed(repair *r)
{
    buffer text = {0}, good = {0};
    char *path = inside(r, "packed-refs");
    int code = path ? TAWAM_OK : error_memory();
    if (!code && file_exists(path))
        code = file_read(&text, path, (size_t)64 << 20);
    if (!code && text.length)
        keep_good_lines(&good, &text);
    if (!code)
        code = buffer_check(&good);
    if (!code && good.length != text.length) {
        repair_say(r, SYNC_REPAIR_FOUND, _("log.git/packed-refs is damaged"));
        if (!r->o->check)
            code = replace(r, "packed-refs", good.data ? (char *)good.data : "",
                           good.length);
    }
    buffer_free(&text);
    buffer_free(&good);
    free(path);
    return code;
}

/* ---- ref files ---- */

/* 1 if the file holds "ID\n" or "ref: refs/…\n", 0 if not, <0 if that can't
 * be known. */
static int ref_readable(const char *path)
{
    buffer text = {0};
    const char *c;
    int code = file_read(&text, path, 4096);
    int right = code == TAWAM_OK && text.length > 5 &&
                text.data[text.length - 1] == '\n';
    c = (const char *)text.data;
    if (right && memcmp(c, "ref: ", 5) == 0)
        right = text.length > 10 && memcmp(c + 5, "refs/", 5) == 0 &&
                !memchr(c, 0, text.length);
    else if (right)
        right = text.length == SYNC_ID_SIZE &&
                strspn(c, "0123456789abcdef") >= SYNC_ID_SIZE - 1;
    buffer_free(&text);
    if (code && code != TAWAM_EUSAGE) /* that: longer than any */
        return code;
    error_clear();
    return right;
}

static int mend_ref_folder(repair *r, const char *name, int depth);

static int mend_ref(repair *r, const char *name, int depth)
{
    char *path = inside(r, name);
    int folder = path ? file_is_folder(path) : error_memory();
    int code = folder < 0 ? folder : TAWAM_OK, readable = 1, named = 1;
    if (folder > 0) {
        code = mend_ref_folder(r, name, depth + 1);
    } else if (!code) {
        named = git_reference_is_valid_name(name);
        readable = named ? ref_readable(path) : 0;
        code = readable < 0 ? readable : TAWAM_OK;
    }
    if (!code && !readable) {
        repair_say(r, SYNC_REPAIR_FOUND,
                   named ? _("log.git/%s holds no commit id")
                         : _("log.git/%s is no name of a ref"),
                   repair_safe(name));
        if (!r->o->check)
            code = repair_aside(r, name);
    }
    free(path);
    return code;
}

typedef struct ref_folder {
    repair *r;
    const char *name; /* in log.git; borrowed */
    int depth;
} ref_folder;

static int mend_entry(void *context, const char *name)
{
    const ref_folder *f = context;
    size_t length = strlen(name);
    char *below;
    int code;
    if (name[0] == '.' ||
        (length > 5 && strcmp(name + length - 5, ".lock") == 0))
        return TAWAM_OK;
    below = file_join(f->name, name);
    code = below ? mend_ref(f->r, below, f->depth) : error_memory();
    free(below);
    return code;
}

static int mend_ref_folder(repair *r, const char *name, int depth)
{
    ref_folder f = {r, name, depth};
    char *folder = inside(r, name);
    int code = folder ? TAWAM_OK : error_memory();
    if (!code && depth < REF_DEPTH)
        code = file_entries(folder, mend_entry, &f);
    free(folder);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* ---- folders ---- */

/* A repository made beside and moved into place whole. */
static int make_log(repair *r)
{
    char *fresh = file_join(r->temp, "log.git");
    gitlog *log = NULL;
    int code = fresh ? TAWAM_OK : error_memory();
    if (!code)
        file_remove_tree(fresh);
    if (!code)
        code = gitlog_create(&log, fresh);
    gitlog_free(log);
    if (!code && file_exists(r->log_path))
        code = repair_aside(r, "");
    if (!code && rename(fresh, r->log_path) != 0)
        code = error_system(_("rename %s"), fresh);
    if (!code)
        code = file_sync_folder(r->directory);
    if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("an empty log.git was made"));
    free(fresh);
    return code;
}

/* The folders git wants; 0 in *usable where one is missing. */
static int mend_folders(int *usable, repair *r)
{
    static const char *const NAMES[] = {"objects/info", "objects/pack",
                                        "refs/heads", "refs/tags"};
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < sizeof NAMES / sizeof *NAMES; i++) {
        char *path = inside(r, NAMES[i]);
        if (!path)
            return error_memory();
        if (!file_is_folder(path)) {
            if (!r->o->check)
                code = file_make_folders(path);
            else if (strncmp(NAMES[i], "refs/", 5) == 0)
                *usable = 0;
        }
        free(path);
    }
    return code;
}

int repair_files(int *usable, repair *r)
{
    char *objects = inside(r, "objects");
    int code = objects ? TAWAM_OK : error_memory();
    *usable = 1;
    if (!code && !file_is_folder(objects)) {
        repair_say(r, SYNC_REPAIR_FOUND,
                   file_exists(r->log_path) ? _("log.git has no objects")
                                            : _("log.git is missing"));
        *usable = !r->o->check;
        if (!r->o->check)
            code = make_log(r);
        free(objects);
        return code;
    }
    free(objects);
    if (!code)
        code = mend_folders(usable, r);
    if (!code)
        code = mend_head(usable, r);
    if (!code)
        code = mend_config(usable, r);
    if (!code)
        code = mend_packed(r);
    return code ? code : mend_ref_folder(r, "refs", 0);
}
