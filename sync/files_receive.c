/* SPDX-License-Identifier: MIT */
/* files: receiving. The cell names a file's last blob; from there on:
 *
 *   ask       the last blob of each file, many in one connection
 *             one piece only: that was the file
 *   lists     the lists of pieces, where there are several   .new/FILE.ids
 *   pieces    in order, as many as the link lets through     .new/FILE.part
 *   check     SHA-256 and size, then to its place
 *
 * FILE.ids holds the ids of the pieces so far known, FILE.part the pieces so
 * far here, so a repeat goes on where the last one was cut. A piece is what its
 * id says (git hashes it); that the pieces are the file the cell means is what
 * the SHA-256 at the end decides. */
#include "sync/files_internal.h"
#include "sync/log_private_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_MOST 256 /* files in one question */

/* ---- blobs by id ---- */

/* Everything that came; what is known of the link stays (remote.c). */
static void wipe(const char *folder)
{
    char *incoming = file_join(folder, "tawam.incoming");
    files_pack_wipe(folder);
    if (incoming && file_exists(incoming))
        file_remove_tree(incoming);
    free(incoming);
}

/* There is none, or what a kill left of one being made. */
static int make_anew(git_repository **out, const char *folder)
{
    int code = file_exists(folder) ? file_remove_tree(folder) : TAWAM_OK;
    if (!code && git_repository_init(out, folder, 1) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT,
                            _("preparing to move attachments"));
    return code;
}

int files_repository(git_repository **out, char **path, sync_desk *s,
                     const char *name, int anew)
{
    git_repository *made = NULL;
    char *folder = files_in_folder(s, name);
    int code = folder ? gitlog_initialise() : TAWAM_EMEMORY;
    if (!code && anew)
        wipe(folder);
    if (!code)
        code = gitlog_open_repository(&made, folder,
                                      GIT_REPOSITORY_OPEN_NO_SEARCH |
                                          GIT_REPOSITORY_OPEN_BARE);
    if (code == TAWAM_ENOTFOUND)
        code = make_anew(&made, folder);
    if (code) {
        free(folder);
        return code;
    }
    if (out)
        *out = made;
    else
        git_repository_free(made);
    *path = folder;
    return TAWAM_OK;
}

/* IDS as lines for remote_fetch_some(). Caller frees. */
static char *id_lines(const buffer *ids)
{
    buffer lines = {0};
    for (size_t at = 0; at < ids->length; at += FILES_ID) {
        char hex[SYNC_ID_SIZE];
        files_hex(hex, ids->data + at);
        buffer_format(&lines, "%s\n", hex);
    }
    return buffer_take(&lines);
}

/* The server gives nothing by id: all lines of files, once. */
static int fetch_lines(files_link *l, remote_traffic *traffic)
{
    char *path = NULL;
    int code = files_repository(NULL, &path, l->s, ".all.git", 0);
    if (!code)
        code = remote_fetch_some(NULL, traffic, path, l->remote, l->url,
                                 "refs/heads/files/\n", &l->wire);
    l->whole = l->result->whole_lines = code == TAWAM_OK;
    free(path);
    return code;
}

static int check_all_there(git_repository *repository, const buffer *ids)
{
    int has = 1;
    for (size_t at = 0; has > 0 && at < ids->length; at += FILES_ID) {
        git_oid oid;
        memcpy(oid.id, ids->data + at, FILES_ID);
        has = gitlog_has_object(repository, &oid);
    }
    if (has)
        return has < 0 ? has : TAWAM_OK;
    return error_set(TAWAM_EREFUSED,
                     _("the remote has not all of the attachment"));
}

/* The objects of NAME, which has IDS. */
static int open_odb(git_odb **out, sync_desk *s, const char *name,
                    const buffer *ids)
{
    git_repository *repository = NULL;
    char *path = NULL;
    int code = files_repository(&repository, &path, s, name, 0);
    if (!code)
        code = gitlog_guard(repository);
    if (!code)
        code = check_all_there(repository, ids);
    if (!code && git_repository_odb(out, repository) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT,
                            _("reading attachments that arrived"));
    git_repository_free(repository);
    free(path);
    return code;
}

/* Blobs by id into a scratch repository, or out of the lines once fetched.
 * GO_ON 1: the same were asked for just now and cut, what came counts.
 * TAWAM_EREFUSED: the remote lacks one of them. */
static int fetch_blobs(git_odb **out, files_link *l, const buffer *ids,
                       int go_on, remote_traffic *traffic)
{
    char *path = NULL, *lines = NULL;
    int code = TAWAM_OK;
    if (!l->whole) {
        code = files_repository(NULL, &path, l->s, ".in.git", !go_on);
        if (!code && !(lines = id_lines(ids)))
            code = TAWAM_EMEMORY;
        if (!code)
            code = remote_fetch_some(NULL, traffic, path, l->remote, l->url,
                                     lines, &l->wire);
        if (code == TAWAM_ENO && !l->no_lines)
            code = fetch_lines(l, traffic);
    }
    if (!code)
        code = open_odb(out, l->s, l->whole ? ".all.git" : ".in.git", ids);
    free(lines);
    free(path);
    return code;
}

static int read_blob(buffer *out, git_odb *odb, const uint8_t *id, size_t limit)
{
    git_odb_object *object = NULL;
    git_object_t type = GIT_OBJECT_INVALID;
    size_t size = 0;
    git_oid oid;
    int code = TAWAM_OK;
    memcpy(oid.id, id, FILES_ID);
    if (git_odb_read_header(&size, &type, odb, &oid) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT,
                            _("reading attachments that arrived"));
    else if (type != GIT_OBJECT_BLOB || size > limit)
        code = error_set(TAWAM_EDAMAGED, _("a piece of it has a wrong size"));
    else if (git_odb_read(&object, odb, &oid) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT,
                            _("reading attachments that arrived"));
    if (!code)
        buffer_bytes(out, git_odb_object_data(object),
                     git_odb_object_size(object));
    git_odb_object_free(object);
    return code ? code : buffer_check(out);
}

/* ---- asking ---- */

typedef struct asking {
    files_link *l;
    int (*call)(void *context, const files_key *key, const buffer *blob);
    void *context;
} asking;

static int add_id(buffer *ids, const char *hex)
{
    git_oid oid;
    if (git_oid_fromstr(&oid, hex) < 0)
        return error_set(TAWAM_EUSAGE, _("'%.60s' is no id"), hex);
    buffer_bytes(ids, oid.id, FILES_ID);
    return buffer_check(ids);
}

static int hand_out(asking *a, git_odb *odb, const files_key *keys,
                    const buffer *ids)
{
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i * FILES_ID < ids->length; i++) {
        buffer blob = {0};
        code = read_blob(&blob, odb, ids->data + i * FILES_ID, FILES_PIECE);
        if (code == TAWAM_OK || code == TAWAM_EDAMAGED)
            code = a->call(a->context, &keys[i], &blob);
        buffer_free(&blob);
    }
    return code;
}

/* One question; where the remote lacks one of them, each half by itself. */
static int ask_some(asking *a, const files_key *keys, size_t count)
{
    remote_traffic traffic = {0};
    git_odb *odb = NULL;
    buffer ids = {0};
    int code = TAWAM_OK, again = 0;
    for (size_t i = 0; !code && i < count; i++)
        code = add_id(&ids, keys[i].id);
    if (!code) {
        do {
            code = fetch_blobs(&odb, a->l, &ids, again, &traffic);
            again = files_link_again(a->l, code, &traffic);
        } while (again && a->l->keeps);
    }
    if (!code)
        code = hand_out(a, odb, keys, &ids);
    git_odb_free(odb);
    buffer_free(&ids);
    if (again && count == 1)
        return ask_some(a, keys, 1);
    if (code == TAWAM_EREFUSED && count == 1) {
        a->l->result->absent++;
        error_clear();
        return TAWAM_OK;
    }
    if ((again || code == TAWAM_EREFUSED) && count > 1) {
        code = ask_some(a, keys, count / 2);
        if (!code)
            code = ask_some(a, keys + count / 2, count - count / 2);
    }
    return code;
}

/* Bytes of a file's last blob. */
static size_t last_blob_size(const files_key *key)
{
    size_t pieces = files_piece_count(key->size);
    size_t groups = files_group_count(key->size);
    return groups == 0   ? (size_t)key->size
           : groups == 1 ? pieces * FILES_ID
                         : groups * FILES_ID;
}

int files_ask(files_link *l, const files_key *keys, size_t count,
              int (*call)(void *context, const files_key *key,
                          const buffer *blob),
              void *context)
{
    asking a = {l, call, context};
    size_t first = 0;
    int code = TAWAM_OK;
    while (!code && first < count) {
        size_t bytes = last_blob_size(&keys[first]), n = 1;
        while (first + n < count && n < ASK_MOST &&
               bytes + last_blob_size(&keys[first + n]) <= l->budget)
            bytes += last_blob_size(&keys[first + n++]);
        code = ask_some(&a, keys + first, n);
        first += n;
    }
    return code;
}

/* ---- one file ---- */

static char *part_path(sync_desk *s, const files_key *key, const char *ending)
{
    char name[96];
    snprintf(name, sizeof name, ".new/%.16s-%s.%s", key->hash, key->id, ending);
    return files_in_folder(s, name);
}

static void drop_parts(sync_desk *s, const files_key *key)
{
    static const char *const endings[] = {"ids", "lists", "part"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path = part_path(s, key, endings[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

/* What came is not what the cell says: kept aside for who wants to look, and
 * not asked for again by itself. */
static int refuse(files_link *l, const files_key *key)
{
    char name[DIGEST_HEX_SIZE + 16];
    char *aside, *folder = files_in_folder(l->s, ".refused");
    char *part = part_path(l->s, key, "part");
    int code = folder && part ? file_make_folders(folder) : TAWAM_EMEMORY;
    snprintf(name, sizeof name, ".refused/%s", key->hash);
    aside = files_in_folder(l->s, name);
    if (!code && aside && file_exists(part) && rename(part, aside) < 0)
        code = error_system(_("write to the folder of attachments"));
    if (!code)
        code = files_set_at(l->s, key, l->remote, FILES_WRONG);
    drop_parts(l->s, key);
    l->result->refused++;
    snprintf(l->result->refused_name, sizeof l->result->refused_name, "%s",
             key->name);
    free(aside);
    free(part);
    free(folder);
    return code;
}

/* The file at PART is whole: is it the one? */
static int check_part(files_link *l, const files_key *key, const char *part)
{
    int right = files_is(key, part);
    int code;
    if (right <= 0)
        return right < 0 ? right : refuse(l, key);
    if (chmod(part, 0444) < 0)
        error_clear(); /* a file system without rights */
    code = files_put(l->s, key, part);
    if (!code)
        code = files_set_at(l->s, key, l->remote, FILES_AT);
    if (code)
        return code;
    drop_parts(l->s, key);
    l->result->received++;
    l->result->received_bytes += key->size;
    return TAWAM_OK;
}

/* Append BYTES to the file at PATH, which is LENGTH long so far (more is what
 * a kill left of a write), flushed. */
static int append(const char *path, int64_t length, const buffer *bytes)
{
    const uint8_t *at = bytes->data;
    size_t left = bytes->length;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    int failed =
        fd < 0 || ftruncate(fd, length) < 0 || lseek(fd, length, SEEK_SET) < 0;
    while (!failed && left) {
        ssize_t n = write(fd, at, left);
        if (n < 0 && errno == EINTR)
            continue;
        failed = n < 0;
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    failed = failed || fsync(fd) < 0;
    if (failed)
        error_system(_("write to the folder of attachments"));
    if (fd >= 0)
        close(fd);
    return failed ? error_code() : TAWAM_OK;
}

static int write_part(files_link *l, const files_key *key, const char *ending,
                      int64_t at, const buffer *bytes)
{
    char *path = part_path(l->s, key, ending);
    int code = path ? append(path, at, bytes) : TAWAM_EMEMORY;
    free(path);
    return code;
}

/* The last blob of a file has come. */
static int take_last(void *context, const files_key *key, const buffer *blob)
{
    files_link *l = context;
    size_t groups = files_group_count(key->size);
    char *part;
    int code;
    if (blob->length != last_blob_size(key))
        return refuse(l, key);
    if (groups > 1)
        return write_part(l, key, "lists", 0, blob);
    if (groups == 1)
        return write_part(l, key, "ids", 0, blob);
    code = write_part(l, key, "part", 0, blob);
    part = part_path(l->s, key, "part");
    if (!code)
        code = part ? check_part(l, key, part) : TAWAM_EMEMORY;
    l->done += (uint64_t)key->size;
    free(part);
    return code;
}

/* ---- many blobs in order ---- */

/* The next COUNT of IDS, from FIRST on, appended to OUT. Fewer after a cut:
 * *count says how many came. */
static int fetch_next(buffer *out, size_t *count, files_link *l,
                      const buffer *ids, size_t first, size_t most)
{
    int again = 0;
    for (;;) {
        size_t fit = (l->keeps ? FILES_BUDGET_MOST : l->budget) / FILES_PIECE;
        size_t n = fit < *count ? fit : *count;
        buffer some = {ids->data + first * FILES_ID, n * FILES_ID, 0, 0};
        remote_traffic traffic = {0};
        git_odb *odb = NULL;
        int code = fetch_blobs(&odb, l, &some, again && l->keeps, &traffic);
        again = files_link_again(l, code, &traffic);
        for (size_t i = 0; !code && i < n; i++)
            code = read_blob(out, odb, some.data + i * FILES_ID, most);
        git_odb_free(odb);
        if (!again) {
            *count = n;
            return code;
        }
    }
}

/* The file ENDING of KEY holds DONE ids of several lists; get the rest. */
static int fetch_lists(files_link *l, const files_key *key, const buffer *lists)
{
    size_t pieces = files_piece_count(key->size);
    char *path = part_path(l->s, key, "ids");
    int64_t size = path ? file_size(path) : 0;
    size_t full = FILES_LIST * FILES_ID;
    size_t done = size > 0 ? (size_t)size / full : 0;
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    while (!code && done < files_group_count(key->size)) {
        size_t count = files_group_count(key->size) - done, before = done;
        buffer bytes = {0};
        code = fetch_next(&bytes, &count, l, lists, done, full);
        done += count;
        if (!code &&
            bytes.length !=
                (done * FILES_LIST < pieces ? done * FILES_LIST : pieces) *
                        FILES_ID -
                    before * full)
            code = error_set(TAWAM_EDAMAGED, _("a list of pieces is wrong"));
        if (!code)
            code = append(path, (int64_t)(before * full), &bytes);
        buffer_free(&bytes);
    }
    free(path);
    return code;
}

/* What a file that several lists lead to still lacks of them. */
static int complete_lists(files_link *l, const files_key *key)
{
    char *path = part_path(l->s, key, "lists");
    buffer lists = {0};
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code && files_group_count(key->size) > 1)
        code = file_read(&lists, path, FILES_PIECE);
    if (!code && lists.length)
        code = fetch_lists(l, key, &lists);
    if (!code && path)
        unlink(path);
    buffer_free(&lists);
    free(path);
    return code;
}

static int fetch_pieces(files_link *l, const files_key *key, const buffer *ids,
                        const char *part)
{
    int64_t size = file_size(part);
    size_t pieces = files_piece_count(key->size);
    size_t done = size > 0 ? (size_t)(size / FILES_PIECE) : 0;
    int code = TAWAM_OK;
    if (size == key->size)
        done = pieces;
    l->done += (uint64_t)done * FILES_PIECE;
    while (!code && done < pieces) {
        size_t count = pieces - done;
        int64_t at = (int64_t)done * FILES_PIECE, end;
        buffer bytes = {0};
        code = fetch_next(&bytes, &count, l, ids, done, FILES_PIECE);
        done += count;
        end = done == pieces ? key->size : (int64_t)done * FILES_PIECE;
        if (!code && (int64_t)bytes.length != end - at)
            code = error_set(TAWAM_EDAMAGED, _("pieces of a wrong length"));
        if (!code)
            code = append(part, at, &bytes);
        if (!code)
            l->done += bytes.length;
        buffer_free(&bytes);
    }
    return code;
}

/* 1 if KEY's ids are all known, 0 if not, negative if that can't be read. */
static int read_ids(buffer *ids, files_link *l, const files_key *key)
{
    char *path = part_path(l->s, key, "ids");
    size_t pieces = files_piece_count(key->size);
    int there = path ? file_exists(path) : error_memory();
    int code = there > 0 ? file_read(ids, path, pieces * FILES_ID) : there;
    free(path);
    if (code == TAWAM_EUSAGE) { /* longer than they are */
        error_clear();
        return 0;
    }
    return code ? code : ids->length == pieces * FILES_ID;
}

/* A file of several pieces whose last blob has come. */
static int receive_pieces(files_link *l, const files_key *key)
{
    char *part = part_path(l->s, key, "part");
    buffer ids = {0};
    int code = part ? complete_lists(l, key) : TAWAM_EMEMORY;
    int known = code ? code : read_ids(&ids, l, key);
    if (known < 0)
        code = known;
    else if (!known)
        code = error_set(TAWAM_EDAMAGED, _("a list of pieces is wrong"));
    if (!code)
        code = fetch_pieces(l, key, &ids, part);
    if (code == TAWAM_EDAMAGED)
        code = refuse(l, key);
    else if (!code)
        code = check_part(l, key, part);
    else if (code == TAWAM_EREFUSED) { /* a piece is not there (yet) */
        l->result->absent++;
        error_clear();
        code = TAWAM_OK;
    }
    buffer_free(&ids);
    free(part);
    return code;
}

/* 1 if the last blob of a file need not be asked for any more, negative if
 * that can't be read. */
static int is_known(files_link *l, const files_key *key)
{
    char *lists = part_path(l->s, key, "lists");
    buffer ids = {0};
    int known = lists ? file_exists(lists) : error_memory();
    if (!known)
        known = read_ids(&ids, l, key);
    buffer_free(&ids);
    free(lists);
    return known;
}

static int ask_unknown(files_link *l, const files_list *list)
{
    files_list unknown = {0};
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < list->count; i++) {
        int known = is_known(l, &list->keys[i]);
        if (known <= 0)
            code = known ? known : files_list_add(&unknown, &list->keys[i]);
    }
    if (!code)
        code = files_ask(l, unknown.keys, unknown.count, take_last, l);
    files_list_free(&unknown);
    return code;
}

int files_receive(files_link *l, const files_list *list)
{
    uint64_t total = 0;
    char *scratch;
    int code;
    for (size_t i = 0; i < list->count; i++)
        total += (uint64_t)list->keys[i].size;
    files_link_stage(l, SYNC_FILES_RECEIVING, total);
    code = list->count ? ask_unknown(l, list) : TAWAM_OK;
    for (size_t i = 0; !code && i < list->count; i++)
        if (files_group_count(list->keys[i].size) &&
            is_known(l, &list->keys[i]))
            code = receive_pieces(l, &list->keys[i]);
    scratch = files_in_folder(l->s, ".in.git");
    if (scratch && list->count)
        file_remove_tree(scratch);
    free(scratch);
    return code;
}
