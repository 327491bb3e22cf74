/* SPDX-License-Identifier: MIT */
/* log.git's refs, read as files: libgit2 passes over one it can't read. */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int wrong_ref(const char *path)
{
    char *safe = text_safe(path, strlen(path), 0);
    error_set(TAWAM_EDAMAGED, _("%s in log.git leads to no commit"),
              safe ? safe : "?");
    free(safe);
    return TAWAM_EDAMAGED;
}

/* "ID\n", or "ref: NAME\n" as a remote's HEAD has it. */
static int check_ref_file(gitlog *log, const char *path)
{
    buffer text = {0};
    char id[SYNC_ID_SIZE] = "";
    int code = file_read(&text, path, 4096), has;
    if (!code && text.length >= SYNC_ID_SIZE - 1)
        memcpy(id, text.data, SYNC_ID_SIZE - 1);
    if (!code && text.length && strncmp((char *)text.data, "ref: ", 5) != 0) {
        has = text.length <= SYNC_ID_SIZE &&
                      strspn(id, "0123456789abcdef") == SYNC_ID_SIZE - 1
                  ? gitlog_has(log, id)
                  : 0;
        code = has < 0 ? has : has ? TAWAM_OK : wrong_ref(path);
    }
    if (!code && !text.length)
        code = wrong_ref(path);
    buffer_free(&text);
    return code;
}

static int ends_in_lock(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".lock") == 0;
}

static int check_ref_folder(gitlog *log, const char *folder, int depth);

typedef struct ref_folder {
    gitlog *log;
    const char *path; /* borrowed */
    int depth;
} ref_folder;

static int check_entry(void *context, const char *name)
{
    const ref_folder *f = context;
    char *path;
    int folder, code;
    if (name[0] == '.' || ends_in_lock(name))
        return TAWAM_OK;
    path = file_join(f->path, name);
    folder = path ? file_is_folder(path) : TAWAM_EMEMORY;
    code = folder < 0 ? folder
           : folder   ? check_ref_folder(f->log, path, f->depth + 1)
                      : check_ref_file(f->log, path);
    free(path);
    return code;
}

static int check_ref_folder(gitlog *log, const char *folder, int depth)
{
    ref_folder f = {log, folder, depth};
    int code = depth < 32 ? file_entries(folder, check_entry, &f) : TAWAM_OK;
    if (code != TAWAM_ENOTFOUND)
        return code;
    if (!depth)
        return TAWAM_OK;
    errno = ENOENT;
    return error_system(_("read %s"), folder);
}

/* ---- what git itself would stop at ---- */

static int hex_id(const char *text, size_t length)
{
    size_t i;
    for (i = 0; i < 40; i++)
        if (i >= length || !strchr("0123456789abcdef", text[i]) || !text[i])
            return 0;
    return 1;
}

/* A line of packed-refs without its end: "# …", "^ID", "ID refs/NAME". */
int gitlog_packed_line(const char *line, size_t length, int first)
{
    if (line[0] == '#')
        return first && length > 17 &&
               memcmp(line, "# pack-refs with:", 17) == 0;
    if (line[0] == '^')
        return length == 41 && hex_id(line + 1, 40);
    return length > 46 && hex_id(line, length) &&
           memcmp(line + 40, " refs/", 6) == 0 && !memchr(line, 0, length);
}

static int check_packed(const char *gitdir)
{
    buffer text = {0};
    char *path = file_join(gitdir, "packed-refs");
    const char *line, *end;
    int code = path ? TAWAM_OK : error_memory();
    if (!code && file_exists(path))
        code = file_read(&text, path, (size_t)64 << 20);
    line = (const char *)text.data;
    end = line ? line + text.length : NULL;
    while (!code && line && line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop || stop == line ||
            !gitlog_packed_line(line, (size_t)(stop - line),
                                line == (const char *)text.data))
            code = error_set(TAWAM_EDAMAGED, _("packed-refs is damaged"));
        line = stop ? stop + 1 : end;
    }
    buffer_free(&text);
    free(path);
    return code;
}

int gitlog_check_files(const char *gitdir)
{
    buffer text = {0};
    char *path = file_join(gitdir, "HEAD");
    int code = path ? file_read(&text, path, 4096) : error_memory();
    if (!code &&
        !(text.length > 11 && memcmp(text.data, "ref: refs/", 10) == 0 &&
          !memchr(text.data, 0, text.length)) &&
        !hex_id((char *)text.data, text.length))
        code = error_set(TAWAM_EDAMAGED, _("HEAD is damaged"));
    buffer_free(&text);
    free(path);
    return code ? code : check_packed(gitdir);
}

/* HEAD says what a plain clone begins with: main, always. */
static int check_head_file(gitlog *log)
{
    static const char RIGHT[] = "ref: refs/heads/main\n";
    char *path = file_join(gitlog_path(log), "HEAD");
    buffer text = {0};
    int code = path ? file_read(&text, path, 4096) : TAWAM_EMEMORY;
    if (!code && (text.length != sizeof RIGHT - 1 ||
                  memcmp(text.data, RIGHT, sizeof RIGHT - 1) != 0))
        code = wrong_ref("HEAD");
    buffer_free(&text);
    free(path);
    return code;
}

static int check_target(void *context, const char *name, const char *id)
{
    int has = gitlog_has(context, id);
    return has < 0 ? has : has ? TAWAM_OK : wrong_ref(name);
}

int gitlog_check_refs(gitlog *log)
{
    char *folder = file_join(gitlog_path(log), "refs");
    int code = folder ? check_head_file(log) : TAWAM_EMEMORY;
    if (!code)
        code = check_packed(gitlog_path(log));
    if (!code)
        code = check_ref_folder(log, folder, 0);
    if (!code)
        code = gitlog_refs(log, "refs/*", check_target, log);
    free(folder);
    return code;
}
