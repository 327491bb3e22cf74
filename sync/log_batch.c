/* SPDX-License-Identifier: MIT */
/* Many objects written at once: between gitlog_batch_begin() and _write() they
 * are kept in memory, readable as any, and then put on disk as one pack with
 * four flushes in place of some four an object.
 *
 * It is an object database backend of libgit2, asked first. While no batch is
 * open it has no write (libgit2 1.5.1 takes GIT_PASSTHROUGH from one for "it is
 * written"). */
#include "sync/log_pack_internal.h"

#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>

#define FEW_OBJECTS 3 /* one commit's: these stay loose */

typedef struct batch_object {
    git_oid id;
    git_object_t type;
    size_t length;
    void *bytes; /* owned */
} batch_object;

struct gitlog_batch {
    git_odb_backend parent;
    batch_object *objects;
    size_t count, capacity;
    size_t bytes; /* of all objects */
};

static gitlog_batch *of(git_odb_backend *backend)
{
    return (gitlog_batch *)backend;
}

/* The last ones are asked for most: a commit's tree, its parent. */
static const batch_object *find(const gitlog_batch *b, const git_oid *id)
{
    size_t i;
    for (i = b->count; i > 0; i--)
        if (git_oid_equal(&b->objects[i - 1].id, id))
            return &b->objects[i - 1];
    return NULL;
}

static void forget(gitlog_batch *b)
{
    size_t i;
    for (i = 0; i < b->count; i++)
        free(b->objects[i].bytes);
    b->count = b->bytes = 0;
}

/* ---- libgit2's calls ---- */

static int batch_read(void **out, size_t *length, git_object_t *type,
                      git_odb_backend *backend, const git_oid *id)
{
    const batch_object *o = find(of(backend), id);
    if (!o)
        return GIT_ENOTFOUND;
    *out = git_odb_backend_data_alloc(backend, o->length + 1);
    if (!*out)
        return GIT_ERROR;
    memcpy(*out, o->bytes, o->length);
    ((char *)*out)[o->length] = 0;
    *length = o->length;
    *type = o->type;
    return 0;
}

static int batch_read_header(size_t *length, git_object_t *type,
                             git_odb_backend *backend, const git_oid *id)
{
    const batch_object *o = find(of(backend), id);
    if (!o)
        return GIT_ENOTFOUND;
    *length = o->length;
    *type = o->type;
    return 0;
}

static int batch_exists(git_odb_backend *backend, const git_oid *id)
{
    return find(of(backend), id) != NULL;
}

static int batch_write(git_odb_backend *backend, const git_oid *id,
                       const void *bytes, size_t length, git_object_t type)
{
    gitlog_batch *b = of(backend);
    void *copy;
    copy = memory_array(1, length + 1);
    if (!copy || memory_reserve((void **)&b->objects, &b->capacity,
                                b->count + 1, sizeof *b->objects)) {
        free(copy);
        git_error_set_oom();
        return GIT_ERROR;
    }
    memcpy(copy, bytes, length);
    b->objects[b->count++] = (batch_object){*id, type, length, copy};
    b->bytes += length;
    return 0;
}

static int batch_foreach(git_odb_backend *backend, git_odb_foreach_cb call,
                         void *context)
{
    (void)backend;
    (void)call;
    (void)context;
    return 0;
}

static void batch_free(git_odb_backend *backend)
{
    forget(of(backend));
    free(of(backend)->objects);
    free(backend);
}

int gitlog_batch_attach(gitlog *log)
{
    git_odb *odb = NULL;
    gitlog_batch *b = memory_new(sizeof *b);
    int result = b ? git_odb_init_backend(&b->parent, GIT_ODB_BACKEND_VERSION)
                   : GIT_ERROR;
    if (!result)
        result = git_repository_odb(&odb, log->repository);
    if (result < 0) {
        free(b);
        return gitlog_error(TAWAM_EDAMAGED, log->path);
    }
    b->parent.read = batch_read;
    b->parent.read_header = batch_read_header;
    b->parent.exists = batch_exists;
    b->parent.foreach = batch_foreach;
    b->parent.free = batch_free;
    result = git_odb_add_backend(odb, &b->parent, 1000);
    git_odb_free(odb);
    if (result < 0) {
        batch_free(&b->parent);
        return gitlog_error(TAWAM_EDAMAGED, log->path);
    }
    log->batch = b;
    return TAWAM_OK;
}

/* ---- ours ---- */

void gitlog_batch_begin(gitlog *log)
{
    log->batch->parent.write = batch_write;
}

size_t gitlog_batch_bytes(const gitlog *log)
{
    return log->batch->bytes;
}

void gitlog_batch_drop(gitlog *log)
{
    forget(log->batch);
    log->batch->parent.write = NULL;
}

static int write_loose(gitlog *log, const gitlog_batch *b)
{
    git_odb *odb = NULL;
    git_oid id;
    size_t i;
    int result = git_repository_odb(&odb, log->repository);
    for (i = 0; result >= 0 && i < b->count; i++)
        result = git_odb_write(&id, odb, b->objects[i].bytes,
                               b->objects[i].length, b->objects[i].type);
    git_odb_free(odb);
    return result < 0
               ? gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"))
               : TAWAM_OK;
}

static int write_pack(gitlog *log, const gitlog_batch *b)
{
    char name[SYNC_ID_SIZE];
    pack_stream *p = NULL;
    size_t i;
    int code = pack_begin(&p, log, b->count);
    for (i = 0; !code && i < b->count; i++)
        code = pack_add(p, b->objects[i].type, b->objects[i].bytes,
                        b->objects[i].length);
    if (!code)
        return pack_finish(name, p);
    pack_free(p);
    return code;
}

int gitlog_batch_write(gitlog *log)
{
    gitlog_batch kept = *log->batch;
    int code;
    /* Empty meanwhile: a loose write asks first whether the object is there. */
    log->batch->objects = NULL;
    log->batch->count = log->batch->capacity = log->batch->bytes = 0;
    log->batch->parent.write = NULL;
    code = kept.count <= FEW_OBJECTS ? write_loose(log, &kept)
                                     : write_pack(log, &kept);
    forget(&kept);
    free(kept.objects);
    log->batch->parent.write = batch_write;
    return code;
}
