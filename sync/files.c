/* SPDX-License-Identifier: MIT */
/* files: meeting a remote, fetching on demand, giving up local copies.
 *
 * All of it under attachments/.lock, which is not the log's: a sync of data
 * goes on beside it. */
#include "sync/files_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void keep_counts(files_link *l)
{
    files_counts counts;
    if (twin_is_read_only(l->s->t) || files_count(&counts, l->s, l->remote))
        return;
    files_keep_glance(l->s, &counts);
}

/* Sizes of what is still to move of LIST, into the result. */
static void count_left(files_result *r, sync_desk *s, const char *remote,
                       const files_list *send, const files_list *receive)
{
    for (size_t i = 0; i < send->count; i++)
        if (files_state_at(s, &send->keys[i], remote) != FILES_AT) {
            r->left++;
            r->left_bytes += send->keys[i].size;
        }
    for (size_t i = 0; i < receive->count; i++)
        if (files_here(s, &receive->keys[i]) <= 0 &&
            files_state_at(s, &receive->keys[i], remote) != FILES_WRONG) {
            r->left++;
            r->left_bytes += receive->keys[i].size;
        }
}

/* A stick may be another one than last time, and looking costs nothing. */
static int check_folder(files_link *l)
{
    char *path = NULL;
    int here = remote_is_path(&path, l->url);
    free(path);
    int tables = here ? files_has_tables(l->s) : 0;
    return tables > 0 ? files_check_line(l) : tables;
}

static int note_known(void *context, const files_key *key, const buffer *blob)
{
    files_link *l = context;
    (void)blob;
    return files_set_at(l->s, key, l->remote, FILES_AT);
}

/* What came from elsewhere (a stick) may have reached the remote by another
 * way: its last blob is asked for, which costs 1/800 of it. */
static int ask_known(files_link *l, files_list *send)
{
    files_list others = {0};
    int64_t absent = l->result->absent;
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < send->count; i++)
        if (files_group_count(send->keys[i].size) &&
            !files_is_own(l->s, send->keys[i].hash))
            code = files_list_add(&others, &send->keys[i]);
    l->no_lines = 1;
    if (!code && others.count)
        code = files_ask(l, others.keys, others.count, note_known, l);
    l->no_lines = 0;
    l->result->absent = absent;
    if (code == TAWAM_ENO) { /* it can't be asked */
        error_clear();
        code = TAWAM_OK;
    }
    files_list_free(&others);
    return code;
}

static int exchange(files_link *l)
{
    sync_desk *s = l->s;
    files_list send = {0}, receive = {0};
    files_follow follow;
    int code;
    files_follow_get(&follow, s);
    code = check_folder(l);
    if (!code)
        code = files_to_send(&send, s, l->remote);
    if (!code)
        code = files_to_receive(&receive, s, l->remote, &follow);
    if (!code)
        code = ask_known(l, &send);
    if (!code)
        code = files_send(l, &send);
    if (!code || code == TAWAM_EDAMAGED) {
        char *said = code ? memory_string(error_message()) : NULL;
        int received = files_receive(l, &receive);
        if (code && !received)
            error_set(code, "%s", said ? said : "");
        code = received ? received : code;
        free(said);
    }
    count_left(l->result, s, l->remote, &send, &receive);
    files_list_free(&send);
    files_list_free(&receive);
    return code;
}

int files_exchange(files_result *out, sync_desk *s, const char *remote,
                   const char *url, const sync_options *options)
{
    file_lock *lock = NULL;
    files_link l;
    char *said;
    int code;
    memset(out, 0, sizeof *out);
    code = files_lock(&lock, s);
    if (code == TAWAM_EBUSY) { /* another process is at it */
        error_clear();
        return TAWAM_OK;
    }
    if (code)
        return code;
    files_link_begin(&l, s, remote, url, options, out);
    code = exchange(&l);
    said = code ? memory_string(error_message()) : NULL;
    keep_counts(&l);
    file_lock_release(lock);
    if (code)
        error_set(code, "%s", said ? said : "");
    free(said);
    return code;
}

/* ---- on demand ---- */

/* Those of KEYS that are not here, smallest first; what was refused once is
 * tried again. */
static int missing_of(files_list *out, sync_desk *s, const files_key *keys,
                      size_t count)
{
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < count; i++) {
        int here = files_here(s, &keys[i]);
        if (here <= 0)
            code = here < 0 ? here : files_list_add(out, &keys[i]);
    }
    files_list_by_size(out);
    return code;
}

static int say_absent(const files_result *r)
{
    if (r->refused)
        return error_set(TAWAM_EDAMAGED,
                         _("%s: what the remote gave is not what the row says; "
                           "it is kept aside in attachments/.refused"),
                         r->refused_name);
    return error_set(TAWAM_ENOTFOUND,
                     _("the remote has not got it yet: it comes with the next "
                       "sync of the device that attached it"));
}

int files_get(files_result *out, sync_desk *s, const char *remote,
              const char *url, const files_key *keys, size_t count,
              const sync_options *options)
{
    files_list wanted = {0};
    file_lock *lock = NULL;
    files_link l;
    int code;
    memset(out, 0, sizeof *out);
    code = files_lock(&lock, s);
    if (!code)
        code = files_tables(s);
    if (!code)
        code = missing_of(&wanted, s, keys, count);
    files_link_begin(&l, s, remote, url, options, out);
    if (!code)
        code = files_receive(&l, &wanted);
    for (size_t i = 0; i < wanted.count; i++)
        if (files_here(s, &wanted.keys[i]) <= 0) {
            out->left++;
            out->left_bytes += wanted.keys[i].size;
        }
    if (!code && out->left)
        code = say_absent(out);
    file_lock_release(lock);
    files_list_free(&wanted);
    return code;
}

/* ---- giving up local copies ---- */

typedef struct dropping {
    files_link *l;
    files_list there; /* what the remote gave the last blob of */
} dropping;

/* Git checked that the blob is its id's, and droppable() that the id is that
 * of the bytes here. */
static int note_there(void *context, const files_key *key, const buffer *blob)
{
    dropping *d = context;
    (void)blob;
    return files_list_add(&d->there, key);
}

static int drop_one(int64_t *dropped, int64_t *bytes, files_link *l,
                    const files_key *key)
{
    char *path = NULL;
    int code = files_set_at(l->s, key, l->remote, FILES_AT);
    if (!code)
        code = files_path(&path, l->s, key);
    while (!code) { /* under each of its names */
        if (unlink(path) < 0)
            code = error_system(_("remove %s"), path);
        free(path);
        path = NULL;
        if (!code && files_path(&path, l->s, key))
            break;
    }
    free(path);
    if (!code) {
        ++*dropped;
        *bytes += key->size;
    }
    return code;
}

/* Only what is here and is what the row says, its id too: else what the remote
 * has under that id would be something else. */
static int droppable(files_list *out, sync_desk *s, const files_key *keys,
                     size_t count,
                     void (*kept)(void *context, const files_key *key),
                     void *context)
{
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < count; i++) {
        char *path = NULL;
        int right;
        code = files_path(&path, s, &keys[i]);
        if (code == TAWAM_ENOTFOUND)
            code = TAWAM_OK;
        if (!path)
            continue;
        right = files_is(&keys[i], path);
        if (right > 0)
            code = files_list_add(out, &keys[i]);
        else if (right < 0)
            code = right;
        else if (kept)
            kept(context, &keys[i]);
        free(path);
    }
    files_list_by_hash(out);
    return code;
}

static int drop(int64_t *dropped, int64_t *bytes, files_link *l,
                const files_list *here,
                void (*kept)(void *context, const files_key *key),
                void *context)
{
    dropping d = {.l = l};
    int code = files_ask(l, here->keys, here->count, note_there, &d);
    files_list_by_hash(&d.there);
    for (size_t i = 0; !code && i < here->count; i++) {
        const files_key *key = &here->keys[i];
        if (!files_list_has(&d.there, key->hash)) {
            if (kept)
                kept(context, key);
        } else {
            code = drop_one(dropped, bytes, l, key);
        }
    }
    files_list_free(&d.there);
    return code;
}

int files_drop(int64_t *dropped, int64_t *bytes, sync_desk *s,
               const char *remote, const char *url, const files_key *keys,
               size_t count, const sync_options *options,
               void (*kept)(void *context, const files_key *key), void *context)
{
    files_list here = {0};
    files_result result = {0};
    file_lock *lock = NULL;
    files_link l;
    int code = files_lock(&lock, s);
    *dropped = *bytes = 0;
    if (!code)
        code = files_tables(s);
    if (!code)
        code = droppable(&here, s, keys, count, kept, context);
    files_link_begin(&l, s, remote, url, options, &result);
    files_link_stage(&l, SYNC_FILES_RECEIVING, 0);
    if (!code)
        code = drop(dropped, bytes, &l, &here, kept, context);
    file_lock_release(lock);
    files_list_free(&here);
    return code;
}
