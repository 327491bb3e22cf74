/* SPDX-License-Identifier: MIT */
/* files: the folder attachments/ of a replica.
 *
 *     attachments/NAME-SIZE-SHA256-ID.EXT   a file, whole, read-only
 *     attachments/.new/...                  being copied in or put together
 *     attachments/.refused/SHA256           what came instead of it
 *     attachments/.out.git, .in.git         on their way (files_send, _receive)
 *
 * Copying in:  .new/RANDOM written, hashed on the way, fsync
 *              rename to its name             <- from here on it is here
 *              fsync of the folder
 *              the row (files_attach)         <- from here on it is named
 * A kill in between leaves bytes that no row names: `tawam files` lists them,
 * the same file attached again takes them up. */
#include "sync/files_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *files_in_folder(sync_desk *s, const char *name)
{
    const char *directory = twin_directory(s->t);
    return *name ? memory_format("%s/" FILES_FOLDER "/%s", directory, name)
                 : memory_format("%s/" FILES_FOLDER, directory);
}

int files_make_folder(sync_desk *s)
{
    char *folder = files_in_folder(s, ".new");
    int code = folder ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code && !file_is_folder(folder)) {
        code = file_make_folders(folder);
        if (!code)
            code = file_sync_folder(twin_directory(s->t));
    }
    free(folder);
    return code;
}

int files_lock(file_lock **out, sync_desk *s)
{
    char *path = files_in_folder(s, ".lock");
    int code = files_make_folder(s);
    if (!code)
        code = path ? file_lock_take(out, path, 0) : TAWAM_EMEMORY;
    free(path);
    return code;
}

/* ---- looking ---- */

typedef struct each_file {
    int (*call)(void *context, const files_key *key);
    void *context;
} each_file;

static int give_key(void *context, const char *name)
{
    const each_file *each = context;
    char text[FILES_VALUE_SIZE + 16];
    files_key key;
    int n = snprintf(text, sizeof text, FILES_FOLDER "/%.255s", name);
    return files_key_read(&key, text, (size_t)n)
               ? each->call(each->context, &key)
               : TAWAM_OK;
}

int files_folder_each(sync_desk *s,
                      int (*call)(void *context, const files_key *key),
                      void *context)
{
    char *folder = files_in_folder(s, "");
    each_file each = {call, context};
    int code = folder ? file_entries(folder, give_key, &each) : TAWAM_EMEMORY;
    free(folder);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

typedef struct other_name {
    const char *hash;
    files_key key;
    int found;
} other_name;

static int is_same_bytes(void *context, const files_key *key)
{
    other_name *o = context;
    if (strcmp(key->hash, o->hash) != 0)
        return 0;
    o->key = *key;
    return o->found = 1;
}

static char *own_path(sync_desk *s, const files_key *key)
{
    char value[FILES_VALUE_SIZE];
    return files_in_folder(s, files_key_value(value, key) +
                                  strlen(FILES_FOLDER "/"));
}

/* Two people attached the same bytes under two names: stored once. A hard link
 * lets other programs find the second name too, where links can be made. */
static int find_other(char **out, sync_desk *s, const files_key *key)
{
    other_name o = {.hash = key->hash};
    char *there, *wanted;
    int code = files_folder_each(s, is_same_bytes, &o);
    if (code < 0)
        return code;
    if (!o.found)
        return TAWAM_ENOTFOUND;
    there = own_path(s, &o.key);
    wanted = own_path(s, key);
    if (there && wanted && link(there, wanted) == 0) {
        free(there);
        there = wanted;
        wanted = NULL;
    }
    free(wanted);
    if (!there)
        return TAWAM_EMEMORY;
    *out = there;
    return TAWAM_OK;
}

int files_path(char **out, sync_desk *s, const files_key *key)
{
    char *path = own_path(s, key);
    int64_t size;
    if (!path)
        return TAWAM_EMEMORY;
    size = file_size(path);
    if (size == key->size) {
        *out = path;
        return TAWAM_OK;
    }
    free(path);
    if (size < 0 && size != TAWAM_ENOTFOUND)
        return (int)size;
    return find_other(out, s, key);
}

int files_here(sync_desk *s, const files_key *key)
{
    char *path = NULL;
    int code = files_path(&path, s, key);
    free(path);
    return code == TAWAM_OK ? 1 : code == TAWAM_ENOTFOUND ? 0 : code;
}

/* ---- copying in ---- */

typedef struct copying {
    const char *path; /* the source, for messages */
    int from, to;
    int64_t size;
    digest *hash;
    buffer ids; /* of the pieces */
} copying;

/* A whole piece, or what is left; its length, or -1. */
static ssize_t read_piece(int fd, uint8_t *bytes)
{
    size_t got = 0;
    while (got < FILES_PIECE) {
        ssize_t n = read(fd, bytes + got, FILES_PIECE - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static int write_piece(int fd, const uint8_t *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_system(_("write to the folder of attachments"));
        bytes += n;
        length -= (size_t)n;
    }
    return TAWAM_OK;
}

static int too_large(const char *path)
{
    char limit[32];
    text_from_bytes(limit, (uint64_t)FILES_SIZE_MAX);
    return error_set(TAWAM_EUSAGE,
                     _("%s is larger than %s, the most that an attachment may "
                       "have: make it smaller first"),
                     path, limit);
}

static int copy_pieces(copying *c)
{
    uint8_t piece[FILES_PIECE], id[FILES_ID];
    for (;;) {
        ssize_t n = read_piece(c->from, piece);
        int code;
        if (n < 0)
            return error_system(_("read %s"), c->path);
        if (n == 0)
            break;
        c->size += n;
        if (c->size > FILES_SIZE_MAX)
            return too_large(c->path);
        digest_add(c->hash, piece, (size_t)n);
        code = files_blob_id(id, piece, (size_t)n);
        if (!code)
            code = write_piece(c->to, piece, (size_t)n);
        if (code)
            return code;
        buffer_bytes(&c->ids, id, sizeof id);
    }
    if (!c->size)
        return error_set(TAWAM_EUSAGE, _("%s is empty"), c->path);
    return buffer_check(&c->ids);
}

/* Read-only: what a row names is what was attached. */
static int flush_copy(int fd)
{
    if (fchmod(fd, 0444) < 0 && errno != EPERM && errno != ENOTSUP)
        return error_system(_("write to the folder of attachments"));
    if (fsync(fd) < 0)
        return error_system(_("flush an attachment"));
    return TAWAM_OK;
}

/* Bytes of C go through; KEY gets size, hash and id. */
static int copy_whole(files_key *key, copying *c)
{
    uint8_t hash[DIGEST_SIZE], id[FILES_ID];
    int code = digest_new(&c->hash);
    if (!code)
        code = copy_pieces(c);
    if (!code)
        code = flush_copy(c->to);
    if (!code)
        code = files_root(id, &c->ids);
    if (!code) {
        digest_finish(c->hash, hash);
        c->hash = NULL;
        key->size = c->size;
        digest_hex(key->hash, hash);
        files_hex(key->id, id);
    }
    digest_free(c->hash);
    buffer_free(&c->ids);
    return code;
}

static int open_source(int *fd, const char *path)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return error_system(_("open %s"), path);
    if (fstat(*fd, &st) < 0)
        return error_system(_("read %s"), path);
    if (!S_ISREG(st.st_mode))
        return error_set(TAWAM_EUSAGE, _("%s is no file"), path);
    return st.st_size > FILES_SIZE_MAX ? too_large(path) : TAWAM_OK;
}

/* A new file of ours in .new, open; its name is the caller's. */
static int open_new(char **name, sync_desk *s)
{
    uint64_t random = 0;
    char text[48];
    int fd, code = random_bytes(&random, sizeof random);
    if (code)
        return -1;
    snprintf(text, sizeof text, ".new/%016llx-%ld", (unsigned long long)random,
             (long)getpid());
    *name = files_in_folder(s, text);
    errno = ENOMEM;
    fd =
        *name ? open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        error_system(_("write to the folder of attachments"));
    return fd;
}

int files_put(sync_desk *s, const files_key *key, const char *temporary)
{
    char *path = own_path(s, key), *folder = files_in_folder(s, "");
    int code = path && folder ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code && rename(temporary, path) < 0)
        code = error_system(_("write to the folder of attachments"));
    if (!code)
        code = file_sync_folder(folder);
    free(folder);
    free(path);
    return code;
}

/* The bytes at TEMPORARY, or, if they are here already, the name they have. */
static int settle(files_key *key, sync_desk *s, const char *temporary)
{
    other_name o = {.hash = key->hash};
    int code = files_folder_each(s, is_same_bytes, &o);
    if (code < 0)
        return code;
    if (!o.found)
        return files_put(s, key, temporary);
    *key = o.key;
    unlink(temporary);
    return TAWAM_OK;
}

int files_take_in(files_key *out, sync_desk *s, const char *path)
{
    copying c = {.path = path, .from = -1, .to = -1};
    files_key key = {0};
    char *temporary = NULL;
    int code = open_source(&c.from, path);
    if (!code)
        code = files_name(key.name, path);
    if (!code)
        code = files_make_folder(s);
    if (!code && (c.to = open_new(&temporary, s)) < 0)
        code = error_code();
    if (!code)
        code = copy_whole(&key, &c);
    if (!code)
        code = settle(&key, s, temporary);
    if (c.from >= 0)
        close(c.from);
    if (c.to >= 0)
        close(c.to);
    if (code && temporary)
        unlink(temporary);
    free(temporary);
    if (!code)
        *out = key;
    return code;
}

/* ---- checking ---- */

typedef struct verifying {
    sync_desk *s;
    int64_t checked, wrong;
    int (*call)(void *context, const char *name, const char *what);
    void *context;
} verifying;

/* Size, hash and id of the open file C->from. */
static int measure(files_key *key, copying *c)
{
    uint8_t piece[FILES_PIECE], hash[DIGEST_SIZE], id[FILES_ID];
    ssize_t n;
    int code = digest_new(&c->hash);
    while (!code && (n = read_piece(c->from, piece)) != 0) {
        if (n < 0)
            return error_system(_("read %s"), c->path);
        digest_add(c->hash, piece, (size_t)n);
        c->size += n;
        code = files_blob_id(id, piece, (size_t)n);
        buffer_bytes(&c->ids, id, sizeof id);
    }
    if (!code)
        code = buffer_check(&c->ids);
    if (!code && c->size)
        code = files_root(id, &c->ids);
    if (code || !c->size)
        return code;
    digest_finish(c->hash, hash);
    c->hash = NULL;
    key->size = c->size;
    digest_hex(key->hash, hash);
    files_hex(key->id, id);
    return TAWAM_OK;
}

/* What is wrong with the file at PATH, or NULL; *CODE tells why it can't be
 * read, if that is what is wrong. */
static const char *fault(int *code, const files_key *key, const char *path)
{
    copying c = {.path = path, .from = open(path, O_RDONLY | O_CLOEXEC)};
    files_key found = {0};
    *code = c.from < 0 ? error_system(_("open %s"), path) : measure(&found, &c);
    digest_free(c.hash);
    buffer_free(&c.ids);
    if (c.from >= 0)
        close(c.from);
    if (*code)
        return _("cannot be read");
    if (found.size != key->size)
        return _("has another size");
    return strcmp(found.hash, key->hash) == 0 && strcmp(found.id, key->id) == 0
               ? NULL
               : _("has other bytes");
}

int files_is(const files_key *key, const char *path)
{
    int code = TAWAM_OK;
    const char *what = fault(&code, key, path);
    return code ? code : what == NULL;
}

static int verify_one(void *context, const files_key *key)
{
    verifying *v = context;
    char *path = own_path(v->s, key);
    const char *what;
    int code = TAWAM_OK;
    if (!path)
        return TAWAM_EMEMORY;
    what = fault(&code, key, path);
    if (code == TAWAM_EMEMORY) {
        free(path);
        return code;
    }
    error_clear();
    code = TAWAM_OK;
    v->checked++;
    if (what) {
        v->wrong++;
        code = v->call ? v->call(v->context, file_name(path), what) : TAWAM_OK;
    }
    free(path);
    return code;
}

int files_verify(int64_t *checked, int64_t *wrong, sync_desk *s,
                 int (*call)(void *context, const char *name, const char *what),
                 void *context)
{
    verifying v = {s, 0, 0, call, context};
    int code = files_folder_each(s, verify_one, &v);
    *checked = v.checked;
    *wrong = v.wrong;
    return code;
}
