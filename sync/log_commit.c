/* SPDX-License-Identifier: MIT */
/* Commits of log.git: their trailers, trees and files.
 *
 *   field-1: household 3 added           summary, for a person
 *                                        (blank line)
 *   Device: field-1                      which line; absent on main
 *   Sequence: 5                          1 for a line's first commit
 *   Changes: +3 ~2 -1 !0 =12             rows in, changed, out, affirmed; cells
 *   Version: 2026-autumn                 of main alone: its name
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 65536

/* ---- reading ---- */

/* The value of trailer NAME ("Device: ") in MESSAGE's lines, or NULL. */
static const char *trailer(const char *message, const char *name,
                           size_t *length)
{
    const char *line = message, *found = NULL;
    size_t n = strlen(name);
    while (line) {
        if (strncmp(line, name, n) == 0) {
            found = line + n;
            *length = strcspn(found, "\n");
        }
        line = strchr(line, '\n');
        if (line)
            line++;
    }
    return found;
}

/* A number of a trailer: what is none, or below 0, counts as 0. */
static int64_t trailer_number(const char *text)
{
    long long number = strtoll(text, NULL, 10); /* stops at its greatest */
    return number > 0 ? number : 0;
}

/* "+1 ~2 -3 !4 =5" */
static void read_counts(changeset_counts *out, const char *text)
{
    static const char SIGNS[] = "+~-!=";
    int64_t numbers[5];
    for (int i = 0; i < 5; i++) {
        if (*text != SIGNS[i] || text[1] < '0' || text[1] > '9')
            return;
        numbers[i] = trailer_number(++text);
        text += strspn(text, "0123456789");
        if (i < 4 && *text++ != ' ')
            return;
    }
    *out = (changeset_counts){numbers[0], numbers[1], numbers[2], numbers[3],
                              numbers[4]};
}

void gitlog_read_trailers(gitlog_commit *c)
{
    size_t length = 0;
    const char *value = trailer(c->message, "Device: ", &length);
    char name[64] = "";

    if (value && length < sizeof name)
        memcpy(name, value, length);
    if (sync_device_name_valid(name)) {
        free(c->device);
        c->device = memory_string(name);
    }
    value = trailer(c->message, "Sequence: ", &length);
    if (value)
        c->sequence = trailer_number(value);
    value = trailer(c->message, "Changes: ", &length);
    if (value)
        read_counts(&c->counts, value);
}

static int read_parents(gitlog_commit *c, const git_commit *commit)
{
    unsigned int i, n = git_commit_parentcount(commit);
    if (n > GITLOG_PARENTS_MAX)
        return error_set(TAWAM_EDAMAGED, _("commit %s has %u parents"), c->id,
                         n);
    c->parents = memory_array(n ? n : 1, sizeof *c->parents);
    if (!c->parents)
        return TAWAM_EMEMORY;
    for (i = 0; i < n; i++)
        git_oid_tostr(c->parents[i], SYNC_ID_SIZE,
                      git_commit_parent_id(commit, i));
    c->parent_count = n;
    return TAWAM_OK;
}

/* Milliseconds of an author's date, which may be any number: what four digits
 * of a year can't say is the nearest that they can. */
static int64_t author_time(int64_t seconds)
{
    const int64_t first = INT64_C(-62167219200), last = INT64_C(253402300799);

    return (seconds < first ? first : seconds > last ? last : seconds) * 1000;
}

static int read_fields(gitlog_commit *c, const git_commit *commit)
{
    const git_signature *author = git_commit_author(commit);
    const char *message = git_commit_message_raw(commit);

    c->author = memory_format("%s <%s>", author->name, author->email);
    c->message = memory_string_length(message, strnlen(message, MESSAGE_MAX));
    c->device = memory_string("");
    c->version = memory_string("");
    if (!c->author || !c->message || !c->device || !c->version)
        return TAWAM_EMEMORY;
    c->time = author_time(author->when.time);
    c->zone_minutes = author->when.offset;
    c->logical = clock_commit_seconds(git_commit_time(commit));
    gitlog_read_trailers(c);
    return c->device ? TAWAM_OK : TAWAM_EMEMORY;
}

/* What a commit of main calls itself, where that can be a version's name. */
static int read_version(gitlog_commit *c)
{
    size_t length = 0;
    const char *value = trailer(c->message, "Version: ", &length);
    char name[SYNC_VERSION_MAX + 1] = "";

    if (value && length <= SYNC_VERSION_MAX)
        memcpy(name, value, length);
    if (!sync_version_name_valid(name))
        return TAWAM_OK;
    free(c->version);
    c->version = memory_string(name);
    return c->version ? TAWAM_OK : TAWAM_EMEMORY;
}

/* A commit of main: no Device trailer and no changes.zst in its tree. */
static int decide_published(gitlog_commit *c, const git_commit *commit)
{
    git_tree *tree = NULL;
    if (c->device[0])
        return TAWAM_OK;
    if (git_commit_tree(&tree, commit) < 0)
        return gitlog_error(TAWAM_ENOTFOUND, c->id);
    c->published = git_tree_entry_byname(tree, GITLOG_CHANGES) == NULL;
    git_tree_free(tree);
    return c->published ? read_version(c) : TAWAM_OK;
}

int gitlog_lookup(git_commit **out, gitlog *log, const char *id)
{
    git_oid oid;
    int result, code;
    error_clear(); /* gitlog_error asks whether memory was short since */
    git_error_clear();
    code = gitlog_oid(&oid, id);
    if (code)
        return code;
    result = git_commit_lookup(out, log->repository, &oid);
    if (result == GIT_ENOTFOUND)
        return gitlog_error(TAWAM_ENOTFOUND, id);
    return result < 0 ? gitlog_error(TAWAM_EDAMAGED, id) : TAWAM_OK;
}

int gitlog_read(gitlog_commit **out, gitlog *log, const char *id)
{
    git_commit *commit = NULL;
    gitlog_commit *c = NULL;
    int code = gitlog_lookup(&commit, log, id);
    if (code)
        return code;
    c = memory_new(sizeof *c);
    code = c ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code) {
        snprintf(c->id, sizeof c->id, "%s", id);
        code = read_parents(c, commit);
    }
    if (!code)
        code = read_fields(c, commit);
    if (!code)
        code = decide_published(c, commit);
    git_commit_free(commit);
    if (code) {
        gitlog_commit_free(c);
        return code;
    }
    *out = c;
    return TAWAM_OK;
}

void gitlog_commit_free(gitlog_commit *c)
{
    if (!c)
        return;
    free(c->parents);
    free(c->device);
    free(c->author);
    free(c->message);
    free(c->version);
    free(c);
}

int gitlog_append_blob(buffer *out, gitlog *log, const git_oid *id,
                       size_t limit)
{
    git_odb *odb = NULL;
    git_odb_object *object = NULL;
    git_object_t type = GIT_OBJECT_INVALID;
    size_t size = 0;
    int code = TAWAM_OK;

    error_clear();
    git_error_clear();
    if (git_repository_odb(&odb, log->repository) < 0)
        return gitlog_error(TAWAM_EDAMAGED, log->path);
    if (git_odb_read_header(&size, &type, odb, id) < 0)
        code = gitlog_error(TAWAM_ENOTFOUND, _("an object is missing"));
    else if (type != GIT_OBJECT_BLOB || size > limit)
        code = error_set(TAWAM_EDAMAGED, _("an object of %zu bytes, limit %zu"),
                         size, limit);
    else if (git_odb_read(&object, odb, id) < 0) /* this disk's fault */
        code = gitlog_error(TAWAM_ENOTFOUND, _("reading an object"));
    if (!code) {
        buffer_bytes(out, git_odb_object_data(object),
                     git_odb_object_size(object));
        code = buffer_check(out);
    }
    git_odb_object_free(object);
    git_odb_free(odb);
    return code;
}

/* The entry at PATH of the commit's tree. */
static int find_file(git_tree_entry **out, gitlog *log, const char *id,
                     const char *path)
{
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    int code = gitlog_lookup(&commit, log, id);

    if (code)
        return code;
    if (git_commit_tree(&tree, commit) < 0)
        code = gitlog_error(TAWAM_ENOTFOUND, id);
    else if (git_tree_entry_bypath(out, tree, path) < 0)
        code = gitlog_absent(path);
    git_tree_free(tree);
    git_commit_free(commit);
    return code;
}

int gitlog_file_id(char blob[SYNC_ID_SIZE], gitlog *log, const char *id,
                   const char *path)
{
    git_tree_entry *entry = NULL;
    int code = find_file(&entry, log, id, path);
    if (!code)
        git_oid_tostr(blob, SYNC_ID_SIZE, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    return code;
}

int gitlog_read_small_file(buffer *out, gitlog *log, const char *id,
                           const char *path, size_t limit)
{
    git_tree_entry *entry = NULL;
    int code = find_file(&entry, log, id, path);
    if (!code)
        code = gitlog_append_blob(out, log, git_tree_entry_id(entry), limit);
    git_tree_entry_free(entry);
    return code;
}

int gitlog_read_file(buffer *out, gitlog *log, const char *id, const char *path)
{
    return gitlog_read_small_file(out, log, id, path, 64u << 20);
}

/* ---- writing ---- */

static int signatures(git_signature **author, git_signature **committer,
                      const gitlog_new *commit)
{
    const char *mail = commit->author_mail && commit->author_mail[0]
                           ? commit->author_mail
                           : "unknown";
    if (git_signature_new(author, commit->author_name, mail,
                          clock_commit_seconds(commit->time / 1000),
                          commit->zone_minutes) < 0 ||
        git_signature_new(committer, commit->author_name, mail,
                          clock_commit_seconds(commit->logical),
                          commit->zone_minutes) < 0)
        return gitlog_error(TAWAM_EUSAGE, _("the author's name"));
    return TAWAM_OK;
}

static int lookup_parents(git_commit ***out, gitlog *log,
                          const gitlog_new *commit)
{
    size_t i;
    git_commit **list = memory_array(
        commit->parent_count ? commit->parent_count : 1, sizeof *list);
    int code = list ? TAWAM_OK : TAWAM_EMEMORY;
    *out = list;
    for (i = 0; !code && i < commit->parent_count; i++)
        code = gitlog_lookup(&list[i], log, commit->parents[i]);
    return code;
}

/* Not git_commit_create(): libgit2 1.5.1 returns 0 from it when the object
 * could not be written (seen in tests/cmd_disk_sweep.c on a full disk). */
static int write_object(git_oid *id, gitlog *log, const git_buf *commit)
{
    git_odb *odb = NULL;
    int code = TAWAM_OK;

    if (git_repository_odb(&odb, log->repository) < 0 ||
        git_odb_write(id, odb, commit->ptr, commit->size, GIT_OBJECT_COMMIT) <
            0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing a commit"));
    git_odb_free(odb);
    return code;
}

int gitlog_write_commit(char id[SYNC_ID_SIZE], gitlog *log,
                        const git_oid *tree_id, const gitlog_new *commit)
{
    git_signature *author = NULL, *committer = NULL;
    git_commit **parents = NULL;
    git_tree *tree = NULL;
    git_buf text = {0};
    git_oid oid;
    size_t i;
    int code = signatures(&author, &committer, commit);

    if (!code)
        code = lookup_parents(&parents, log, commit);
    if (!code && git_tree_lookup(&tree, log->repository, tree_id) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, _("reading back a tree"));
    if (!code && git_commit_create_buffer(&text, log->repository, author,
                                          committer, NULL, commit->message,
                                          tree, commit->parent_count,
                                          (const git_commit **)parents) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing a commit"));
    if (!code)
        code = write_object(&oid, log, &text);
    git_buf_dispose(&text);
    if (!code)
        git_oid_tostr(id, SYNC_ID_SIZE, &oid);
    for (i = 0; parents && i < commit->parent_count; i++)
        git_commit_free(parents[i]);
    free(parents);
    git_tree_free(tree);
    git_signature_free(author);
    git_signature_free(committer);
    return code;
}

static int base_tree(git_tree **out, gitlog *log, const char *base)
{
    git_commit *commit = NULL;
    int code = base ? gitlog_lookup(&commit, log, base) : TAWAM_OK;
    if (!code && commit && git_commit_tree(out, commit) < 0)
        code = gitlog_error(TAWAM_EDAMAGED, base);
    git_commit_free(commit);
    return code;
}

/* git_tree_create_updated wants a tree: an empty one for a first commit. */
static int empty_tree(git_tree **out, gitlog *log)
{
    git_treebuilder *builder = NULL;
    git_oid id;
    int code = TAWAM_OK;
    if (git_treebuilder_new(&builder, log->repository, NULL) < 0 ||
        git_treebuilder_write(&id, builder) < 0 ||
        git_tree_lookup(out, log->repository, &id) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    git_treebuilder_free(builder);
    return code;
}

static int write_blobs(git_tree_update *updates, gitlog *log,
                       const sync_file *files, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        updates[i].action = GIT_TREE_UPDATE_UPSERT;
        updates[i].filemode = GIT_FILEMODE_BLOB;
        updates[i].path = files[i].path;
        if (git_blob_create_from_buffer(&updates[i].id, log->repository,
                                        files[i].bytes, files[i].length) < 0)
            return gitlog_error(TAWAM_EENVIRONMENT, files[i].path);
    }
    return TAWAM_OK;
}

int gitlog_write_files(char id[SYNC_ID_SIZE], gitlog *log, const char *base,
                       const sync_file *files, size_t count,
                       const gitlog_new *commit)
{
    git_tree *old = NULL;
    git_tree_update *updates = memory_array(count, sizeof *updates);
    git_oid tree;
    int code = updates ? base_tree(&old, log, base) : TAWAM_EMEMORY;

    if (!code && !old)
        code = empty_tree(&old, log);
    if (!code)
        code = write_blobs(updates, log, files, count);
    if (!code && git_tree_create_updated(&tree, log->repository, old, count,
                                         updates) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing a tree"));
    git_tree_free(old);
    free(updates);
    return code ? code : gitlog_write_commit(id, log, &tree, commit);
}
