/* SPDX-License-Identifier: MIT */
/* files: sending, on a line of commits of our own that holds nothing but
 * pieces of files:
 *
 *     refs/heads/files/DEVICE     step <- step <- step        (each a commit)
 *
 * A step carries as many pieces as the link takes at a time, those of one
 * large file or of many small ones, and is kept once it got through. Its
 * message says of each file how many of its bytes the line holds with it:
 *
 *     File: SHA256 ID SIZE HELD            HELD = SIZE: with its lists, whole
 *
 * .out.git holds the commits and trees of the line, and of the last step the
 * pieces too (files_pack.c). All of it can be lost: a line whose end is not
 * known here is left alone, and DEVICE.2 begun beside it.
 *
 *     state of a file     in .out.git               at the remote
 *     not begun           -                         -
 *     step made           step, pieces              -
 *     outcome unknown     step, pieces              perhaps; its refs are read
 *     step sent           step                      step       (then the next)
 *     whole               step with HELD = SIZE     the same; tawam_file_at 1
 *
 * Invariant: a file is noted as being at the remote only when the remote's
 * refs have shown a step that says so. */
#include "sync/files_internal.h"
#include "sync/log_private_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP_REF "refs/tawam/step"
#define FILES_REFS "refs/heads/files/"
#define LINES_MOST 100
#define MESSAGE_MOST 200 /* files in one step */

typedef struct sending {
    files_link *l;
    const files_list *list;
    git_repository *repository;
    char *path;     /* of .out.git */
    char ref[120];  /* refs/heads/files/NAME */
    int has_tip;    /* 1: the line exists there */
    git_oid tip;    /* its end, as the remote shows it */
    int64_t *held;  /* of each file of the list: bytes in the line */
    size_t at;      /* the first that is not whole there */
    size_t filling; /* the one last read */
    char *damaged;  /* why one was left out, or NULL */
} sending;

/* ---- our line there ---- */

/* The id of REF in "ID REF" lines; 0 if it is not listed. */
static int listed(git_oid *id, const char *refs, const char *ref)
{
    size_t length = strlen(ref);
    for (const char *line = refs; line && *line;) {
        size_t n = strcspn(line, "\n");
        if (n == 41 + length && strncmp(line + 41, ref, length) == 0)
            return git_oid_fromstrn(id, line, 40) == 0;
        line += n + (line[n] == '\n');
    }
    return 0;
}

static int is_here(git_repository *repository, const git_oid *id)
{
    git_commit *commit = NULL;
    int here = git_commit_lookup(&commit, repository, id) == 0;
    git_commit_free(commit);
    return here;
}

/* Ours is the first of DEVICE, DEVICE.2, ... whose end we know, or that is not
 * there. */
static int choose_line(sending *x, const char *refs)
{
    sync_identity who;
    sync_who(&who, x->l->s);
    for (int n = 1; n < LINES_MOST; n++) {
        if (n == 1)
            snprintf(x->ref, sizeof x->ref, FILES_REFS "%s", who.device);
        else
            snprintf(x->ref, sizeof x->ref, FILES_REFS "%s.%d", who.device, n);
        x->has_tip = listed(&x->tip, refs, x->ref);
        if (!x->has_tip || is_here(x->repository, &x->tip))
            return TAWAM_OK;
    }
    return error_set(TAWAM_EREFUSED,
                     _("too many lines of files at the remote"));
}

/* What one commit's message says, as far as no later one said otherwise. */
static void read_message(sending *x, const char *message)
{
    for (const char *line = message; line && *line;) {
        char hash[DIGEST_HEX_SIZE], id[SYNC_ID_SIZE];
        long long size = 0, held = 0;
        if (sscanf(line, "File: %64s %40s %lld %lld", hash, id, &size, &held) ==
            4)
            for (size_t i = 0; i < x->list->count; i++)
                if (x->held[i] < 0 && strcmp(x->list->keys[i].id, id) == 0 &&
                    strcmp(x->list->keys[i].hash, hash) == 0)
                    x->held[i] = held;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
}

/* Walk the line back from its end; what it holds whole is noted. */
static int learn_line(sending *x)
{
    git_commit *commit = NULL, *parent = NULL;
    int error = 0, code = TAWAM_OK;
    for (size_t i = 0; i < x->list->count; i++)
        x->held[i] = -1;
    if (x->has_tip)
        error = git_commit_lookup(&commit, x->repository, &x->tip);
    while (!error && commit) {
        read_message(x, git_commit_message(commit));
        parent = NULL;
        if (git_commit_parentcount(commit))
            error = git_commit_parent(&parent, commit, 0);
        git_commit_free(commit);
        commit = parent;
    }
    git_commit_free(commit);
    for (size_t i = 0; !code && i < x->list->count; i++) {
        x->held[i] = x->held[i] < 0 ? 0 : x->held[i];
        if (files_state_at(x->l->s, &x->list->keys[i], x->l->remote) ==
            FILES_AT)
            x->held[i] = x->list->keys[i].size;
        else if (x->held[i] == x->list->keys[i].size)
            code = files_set_at(x->l->s, &x->list->keys[i], x->l->remote,
                                FILES_AT);
    }
    return code;
}

/* "refs/tawam/at/REMOTE": where our line stood when it was last seen. */
static void mark_name(char out[120], const files_link *l)
{
    snprintf(out, 120, "refs/tawam/at/%.60s", l->remote);
}

static int set_mark(sending *x)
{
    char name[120];
    git_reference *made = NULL;
    int error;
    mark_name(name, x->l);
    error = git_reference_create(&made, x->repository, name, &x->tip, 1, NULL);
    git_reference_free(made);
    return error < 0 ? gitlog_error(TAWAM_EENVIRONMENT,
                                    _("noting which attachments were sent"))
                     : TAWAM_OK;
}

/* We had a line there that is gone, or ends where we never were. */
static int check_mark(sending *x)
{
    char name[120];
    git_oid mark;
    int code;
    mark_name(name, x->l);
    code = gitlog_find_ref(&mark, x->repository, name);
    if (code)
        return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    if (x->has_tip &&
        (git_oid_equal(&mark, &x->tip) ||
         git_graph_descendant_of(x->repository, &x->tip, &mark) == 1))
        return TAWAM_OK;
    git_reference_remove(x->repository, name);
    return files_forget_at(x->l->s, x->l->remote);
}

static int list_line(sending *x)
{
    remote_traffic traffic = {0};
    char *refs = NULL;
    int code, again;
    do {
        code = remote_list_some(&refs, &traffic, x->l->url, FILES_REFS "\n",
                                &x->l->wire);
        again = files_link_list_again(x->l, code, &traffic);
    } while (again);
    if (!code)
        code = choose_line(x, refs);
    if (!code)
        code = check_mark(x);
    free(refs);
    return code;
}

/* Under attachments/.lock a git lock on a ref that only we write is a dead
 * process's. */
static void remove_stale_locks(const sending *x)
{
    char name[120];
    const char *names[] = {STEP_REF, name, "packed-refs"};
    mark_name(name, x->l);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = memory_format("%s/%s.lock", x->path, names[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

static int begin(sending *x, files_link *l, const files_list *list)
{
    int code;
    memset(x, 0, sizeof *x);
    x->l = l;
    x->list = list;
    x->held = memory_array(list->count + 1, sizeof *x->held);
    code = x->held
               ? files_repository(&x->repository, &x->path, l->s, ".out.git", 0)
               : TAWAM_EMEMORY;
    if (!code)
        remove_stale_locks(x);
    return code;
}

static void end(sending *x)
{
    git_repository_free(x->repository);
    free(x->held);
    free(x->path);
    free(x->damaged);
}

int files_check_line(files_link *l)
{
    files_list none = {0};
    sending x;
    int code = begin(&x, l, &none);
    if (!code)
        code = list_line(&x);
    end(&x);
    return code;
}

/* ---- a step ---- */

typedef struct step_entry {
    char name[SYNC_ID_SIZE + 32];
    git_oid id;
} step_entry;

typedef struct step {
    sending *x;
    files_pack pack;
    step_entry *entries; /* of its tree */
    size_t count, capacity;
    buffer message;
    size_t bytes; /* of pieces */
    size_t files;
    int64_t *held; /* as it is with this step */
    uint8_t piece[FILES_PIECE];
    const files_key *key;
} step;

/* Into the pack and the step's tree. */
static int add_blob(step *p, const char *name, const uint8_t *id,
                    const void *bytes, size_t length)
{
    step_entry *entry;
    int code = memory_reserve((void **)&p->entries, &p->capacity, p->count + 1,
                              sizeof *p->entries);
    if (code)
        return code;
    entry = &p->entries[p->count++];
    memcpy(entry->id.id, id, FILES_ID);
    snprintf(entry->name, sizeof entry->name, "%.12s.%s", p->key->hash, name);
    return files_pack_add(&p->pack, bytes, length);
}

/* A list of COUNT ids. */
static int add_list(step *p, const uint8_t *ids, size_t count)
{
    uint8_t id[FILES_ID];
    char name[32], hex[SYNC_ID_SIZE];
    int code = files_blob_id(id, ids, count * FILES_ID);
    files_hex(hex, id);
    snprintf(name, sizeof name, "list-%.8s", hex);
    return code ? code : add_blob(p, name, id, ids, count * FILES_ID);
}

static int read_piece(step *p, int fd, size_t index, uint8_t id[FILES_ID])
{
    size_t length = files_piece_length(p->key->size, index);
    if (pread(fd, p->piece, length, (off_t)index * FILES_PIECE) !=
        (ssize_t)length)
        return error_set(TAWAM_EDAMAGED,
                         _("attachment %s is shorter than its name says: it "
                           "was changed here; tawam verify names all such"),
                         p->key->name);
    return files_blob_id(id, p->piece, length);
}

/* Piece INDEX of the open file. */
static int add_piece(step *p, int fd, size_t index)
{
    size_t length = files_piece_length(p->key->size, index);
    uint8_t id[FILES_ID];
    char name[32];
    int code = read_piece(p, fd, index, id);
    snprintf(name, sizeof name, "%05zu", index);
    p->bytes += length;
    return code ? code : add_blob(p, name, id, p->piece, length);
}

/* Ids of pieces FIRST to LAST, this not included. */
static int read_ids(buffer *ids, step *p, int fd, size_t first, size_t last)
{
    uint8_t id[FILES_ID];
    int code = TAWAM_OK;
    for (size_t i = first; !code && i < last; i++) {
        code = read_piece(p, fd, i, id);
        buffer_bytes(ids, id, sizeof id);
    }
    return code ? code : buffer_check(ids);
}

/* The list of a group of 512 whose last piece was just added: it goes with
 * it, so that no step is much larger than its pieces. */
static int add_group(step *p, int fd, size_t index)
{
    buffer ids = {0};
    size_t first = index / FILES_LIST * FILES_LIST;
    int code = read_ids(&ids, p, fd, first, index + 1);
    if (!code)
        code = add_list(p, ids.data, ids.length / FILES_ID);
    buffer_free(&ids);
    return code;
}

/* The list of all lists. */
static int add_top(step *p, const buffer *ids)
{
    buffer upper = {0};
    size_t count = ids->length / FILES_ID;
    int code = TAWAM_OK;
    for (size_t at = 0; !code && at < count; at += FILES_LIST) {
        size_t n = count - at < FILES_LIST ? count - at : FILES_LIST;
        uint8_t id[FILES_ID];
        code = files_blob_id(id, ids->data + at * FILES_ID, n * FILES_ID);
        buffer_bytes(&upper, id, sizeof id);
    }
    if (!code)
        code = buffer_check(&upper);
    if (!code)
        code = add_list(p, upper.data, upper.length / FILES_ID);
    buffer_free(&upper);
    return code;
}

/* All pieces are in: the last lists. The file must still be what it was. */
static int add_end(step *p, int fd)
{
    buffer ids = {0};
    uint8_t root[FILES_ID];
    char hex[SYNC_ID_SIZE] = "";
    size_t count = files_piece_count(p->key->size);
    size_t groups = files_group_count(p->key->size);
    int code = read_ids(&ids, p, fd, 0, count);
    if (!code)
        code = files_root(root, &ids);
    if (!code)
        files_hex(hex, root);
    if (!code && strcmp(hex, p->key->id) != 0)
        code = error_set(TAWAM_EDAMAGED,
                         _("attachment %s was changed here since it was "
                           "attached; tawam verify names all such"),
                         p->key->name);
    if (!code && groups)
        code = add_group(p, fd, count - 1);
    if (!code && groups > 1)
        code = add_top(p, &ids);
    buffer_free(&ids);
    return code;
}

/* As much of file I as still fits; p->held[I] moves. */
static int add_file(step *p, size_t i)
{
    files_link *l = p->x->l;
    char *path = NULL;
    size_t index = (size_t)(p->held[i] / FILES_PIECE), count;
    int fd = -1, code;
    p->x->filling = i;
    p->key = &p->x->list->keys[i];
    count = files_piece_count(p->key->size);
    code = files_path(&path, l->s, p->key);
    if (!code && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        code = error_system(_("open %s"), path);
    for (; !code && index < count &&
           (!p->bytes || p->bytes + FILES_PIECE <= l->budget);
         index++) {
        code = add_piece(p, fd, index);
        if (!code && (index + 1) % FILES_LIST == 0 && index + 1 < count)
            code = add_group(p, fd, index);
    }
    p->held[i] = index == count ? p->key->size : (int64_t)index * FILES_PIECE;
    if (!code && index == count)
        code = add_end(p, fd);
    buffer_format(&p->message, "File: %s %s %lld %lld\n", p->key->hash,
                  p->key->id, (long long)p->key->size, (long long)p->held[i]);
    p->files++;
    if (fd >= 0)
        close(fd);
    free(path);
    return code;
}

/* Pieces from where the line ends on. */
static int fill(step *p)
{
    sending *x = p->x;
    int code = TAWAM_OK;
    for (size_t i = x->at; !code && i < x->list->count &&
                           p->files < MESSAGE_MOST && p->bytes < x->l->budget;
         i++)
        if (p->held[i] < x->list->keys[i].size &&
            (!p->bytes || p->bytes + FILES_PIECE <= x->l->budget ||
             p->bytes + (size_t)x->list->keys[i].size <= x->l->budget))
            code = add_file(p, i);
    return code ? code : buffer_check(&p->message);
}

static int cannot_prepare(void)
{
    return gitlog_error(TAWAM_EENVIRONMENT,
                        _("preparing attachments to be sent"));
}

static int write_commit(git_oid *id, step *p, const git_oid *tree_id)
{
    sending *x = p->x;
    sync_identity who;
    git_signature *author = NULL;
    git_commit *parent = NULL;
    git_tree *tree = NULL;
    git_reference *made = NULL;
    const git_commit *parents[1];
    char *message;
    int error;
    sync_who(&who, x->l->s);
    message = memory_format("%s%s\n\n%s", p->key->name,
                            p->files > 1 ? " …" : "", (char *)p->message.data);
    error = message ? 0 : GIT_ERROR;
    if (!error)
        error =
            git_signature_new(&author, who.author_name,
                              who.author_mail[0] ? who.author_mail : "unknown",
                              clock_now() / 1000, 0);
    if (!error)
        error = git_tree_lookup(&tree, x->repository, tree_id);
    if (!error && x->has_tip)
        error = git_commit_lookup(&parent, x->repository, &x->tip);
    parents[0] = parent;
    if (!error)
        error = git_commit_create(id, x->repository, NULL, author, author, NULL,
                                  message, tree, parent ? 1 : 0, parents);
    if (!error)
        error =
            git_reference_create(&made, x->repository, STEP_REF, id, 1, NULL);
    git_reference_free(made);
    git_tree_free(tree);
    git_commit_free(parent);
    git_signature_free(author);
    free(message);
    return error < 0 ? cannot_prepare() : TAWAM_OK;
}

/* Git takes only entries whose blobs are there. */
static int write_tree(git_oid *id, const step *p)
{
    git_treebuilder *tree = NULL;
    int error = git_treebuilder_new(&tree, p->x->repository, NULL);
    for (size_t i = 0; !error && i < p->count; i++)
        error = git_treebuilder_insert(NULL, tree, p->entries[i].name,
                                       &p->entries[i].id, GIT_FILEMODE_BLOB);
    if (!error)
        error = git_treebuilder_write(id, tree);
    git_treebuilder_free(tree);
    return error < 0 ? cannot_prepare() : TAWAM_OK;
}

/* Pack, tree, commit, in that order. */
static int store(git_oid *id, step *p)
{
    git_oid tree;
    int code;
    files_pack_wipe(p->x->path); /* of the step before */
    code = files_pack_store(&p->pack, p->x->repository);
    if (!code)
        code = write_tree(&tree, p);
    return code ? code : write_commit(id, p, &tree);
}

/* ---- sending steps ---- */

/* The first reason in "ng REF reason". */
static int refused(const char *report)
{
    const char *ng = report ? strstr(report, "ng ") : NULL;
    const char *reason = ng ? strchr(ng + 3, ' ') : NULL;
    return error_set(TAWAM_EREFUSED, _("the remote refused attachments: %.*s"),
                     reason ? (int)strcspn(reason + 1, "\n") : 0,
                     reason ? reason + 1 : "");
}

static int push_step(sending *x)
{
    char *spec = memory_format(STEP_REF ":%s\n", x->ref), *report = NULL;
    remote_traffic traffic = {0};
    sync_sent outcome = SYNC_UNKNOWN;
    int code = spec ? remote_push(&outcome, &report, &traffic, x->path,
                                  x->l->remote, x->l->url, spec, &x->l->wire)
                    : TAWAM_EMEMORY;
    if (!code && outcome == SYNC_REFUSED)
        code = refused(report);
    else if (!code && outcome != SYNC_SENT)
        code = error_set(TAWAM_EUNREACHABLE,
                         _("the remote's answer was lost: it may have the "
                           "attachments or not; sync again, that is harmless"));
    if (files_link_again(x->l, code, &traffic))
        code = TAWAM_EBUSY; /* look where the line stands, and go on */
    free(spec);
    free(report);
    return code;
}

/* The step is there: what it made whole is noted. */
static int note_step(sending *x, const step *p, const git_oid *id)
{
    int code = TAWAM_OK;
    x->tip = *id;
    x->has_tip = 1;
    for (size_t i = 0; !code && i < x->list->count; i++) {
        const files_key *key = &x->list->keys[i];
        x->l->done += (uint64_t)(p->held[i] - x->held[i]);
        if (p->held[i] == key->size && x->held[i] != key->size) {
            code = files_set_at(x->l->s, key, x->l->remote, FILES_AT);
            x->l->result->sent++;
            x->l->result->sent_bytes += key->size;
        }
        x->held[i] = p->held[i];
    }
    files_pack_wipe(x->path);
    return code ? code : set_mark(x);
}

/* Make the next step, send it, note it. */
static int send_step(sending *x)
{
    size_t size = x->list->count * sizeof *x->held;
    step *p = memory_new(sizeof *p);
    git_oid id;
    int code = TAWAM_EMEMORY;
    if (!p)
        return code;
    p->x = x;
    p->held = memory_new(size);
    if (p->held) {
        memcpy(p->held, x->held, size);
        code = fill(p);
    }
    if (!code)
        code = store(&id, p);
    if (!code)
        code = push_step(x);
    if (!code)
        code = note_step(x, p, &id);
    free(p->entries);
    buffer_free(&p->pack.bytes);
    buffer_free(&p->message);
    free(p->held);
    free(p);
    return code;
}

/* A repository opened before a step was taken away would still look for it. */
static int reopen(sending *x)
{
    git_repository_free(x->repository);
    x->repository = NULL;
    return git_repository_open_bare(&x->repository, x->path) < 0
               ? cannot_prepare()
               : TAWAM_OK;
}

/* A file that is not what it was is passed over; the others go. */
static int leave_out(sending *x)
{
    free(x->damaged);
    x->damaged = memory_string(error_message());
    x->held[x->filling] = x->list->keys[x->filling].size;
    return x->damaged ? TAWAM_OK : TAWAM_EMEMORY;
}

static int64_t held_bytes(const sending *x)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < x->list->count; i++)
        bytes += x->held[i];
    return bytes;
}

/* After a step whose answer did not come: what the line there holds. */
static int look_there(sending *x)
{
    int64_t before = held_bytes(x);
    int code = list_line(x);
    if (!code)
        code = learn_line(x);
    if (!code && held_bytes(x) > before)
        x->l->failures = 0; /* only the answer was lost */
    return code;
}

static int send_all(sending *x)
{
    int code = TAWAM_OK;
    while (!code) {
        while (x->at < x->list->count &&
               x->held[x->at] == x->list->keys[x->at].size)
            x->at++;
        if (x->at == x->list->count)
            return TAWAM_OK;
        code = send_step(x);
        if (code == TAWAM_EDAMAGED)
            code = leave_out(x);
        if (!code || code == TAWAM_EBUSY) {
            int lost = code == TAWAM_EBUSY;
            code = reopen(x);
            if (!code && lost)
                code = look_there(x);
        }
    }
    return code;
}

/* All is sent. Each step left a commit and a tree, two files; where the link
 * takes 16 kB at a time a photo leaves hundreds, half its size on the disk. */
static void put_together(sending *x)
{
    int done = 0;
    if (gitlog_consolidate_folder(&done, x->repository, NULL) < 0)
        error_clear(); /* all is as it was: another time */
}

int files_send(files_link *l, const files_list *list)
{
    uint64_t total = 0;
    sending x;
    int code;
    if (!list->count)
        return TAWAM_OK;
    for (size_t i = 0; i < list->count; i++)
        total += (uint64_t)list->keys[i].size;
    files_link_stage(l, SYNC_FILES_SENDING, total);
    code = begin(&x, l, list);
    if (!code)
        code = list_line(&x);
    if (!code)
        code = learn_line(&x);
    if (!code)
        code = send_all(&x);
    if (!code)
        put_together(&x);
    if (!code && x.damaged)
        code = error_set(TAWAM_EDAMAGED, "%s", x.damaged);
    end(&x);
    return code;
}
