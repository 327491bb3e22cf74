/* SPDX-License-Identifier: MIT */
/* changes.zst in the tree of a device's commit: one file, or where it is larger
 * than a bad link carries at once, a folder of its pieces. git gives and takes
 * whole objects only; so what is one row, which no commit can divide, passes
 * all the same.
 *
 *     changes.zst              at most GITLOG_PIECE bytes
 *     changes.zst/0000 0001 …  pieces of GITLOG_PIECE bytes, the last one of 1
 *                              to GITLOG_PIECE; two at least
 *
 * The length decides which is written. A longer plain file is read too; any
 * other tree is damage.
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static int strange(void)
{
    return error_set(TAWAM_EDAMAGED,
                     _("its tree is not changes.zst alone, a plain file or "
                       "its pieces"));
}

/* The Nth entry of a folder of COUNT pieces, which may add LIMIT bytes. */
static int append_piece(buffer *out, gitlog *log, const git_tree_entry *entry,
                        size_t n, size_t count, size_t limit)
{
    size_t before = out->length, length;
    char name[24];
    int code;
    snprintf(name, sizeof name, "%04zu", n);
    if (strcmp(git_tree_entry_name(entry), name) != 0 ||
        git_tree_entry_filemode(entry) != GIT_FILEMODE_BLOB)
        return strange();
    code = gitlog_append_blob(out, log, git_tree_entry_id(entry),
                              limit < GITLOG_PIECE ? limit : GITLOG_PIECE);
    length = out->length - before;
    if (!code && (n + 1 < count ? length != GITLOG_PIECE : length == 0))
        code = strange();
    return code;
}

static int append_pieces(buffer *out, gitlog *log, const git_oid *id,
                         size_t limit)
{
    git_tree *folder = NULL;
    size_t before = out->length, count = 0;
    int code = TAWAM_OK;
    if (git_tree_lookup(&folder, log->repository, id) < 0)
        code = gitlog_error(TAWAM_ENOTFOUND, _("an object is missing"));
    else
        count = git_tree_entrycount(folder);
    if (!code && (count < 2 || count > limit / GITLOG_PIECE + 1))
        code = strange();
    for (size_t i = 0; !code && i < count; i++)
        code = append_piece(out, log, git_tree_entry_byindex(folder, i), i,
                            count, limit - (out->length - before));
    git_tree_free(folder);
    return code;
}

int gitlog_changes(buffer *out, gitlog *log, const char *id, size_t limit)
{
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    const git_tree_entry *entry = NULL;
    int code = gitlog_lookup(&commit, log, id);

    if (code)
        return code;
    if (git_commit_tree(&tree, commit) < 0) {
        code = gitlog_error(TAWAM_ENOTFOUND, id);
        goto cleanup;
    }
    entry = git_tree_entry_byname(tree, GITLOG_CHANGES);
    if (!entry || git_tree_entrycount(tree) != 1)
        code = strange();
    else if (git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB)
        code = gitlog_append_blob(out, log, git_tree_entry_id(entry), limit);
    else if (git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE)
        code = append_pieces(out, log, git_tree_entry_id(entry), limit);
    else
        code = strange();
cleanup:
    git_tree_free(tree);
    git_commit_free(commit);
    return code;
}

/* ---- writing ---- */

/* Put BYTES into TREE as NAME. */
static int insert_blob(git_treebuilder *tree, gitlog *log, const char *name,
                       const void *bytes, size_t length)
{
    git_oid id;
    if (git_blob_create_from_buffer(&id, log->repository, bytes, length) < 0 ||
        git_treebuilder_insert(NULL, tree, name, &id, GIT_FILEMODE_BLOB) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    return TAWAM_OK;
}

/* Put a folder of pieces of BYTES into TREE. */
static int insert_pieces(git_treebuilder *tree, gitlog *log,
                         const uint8_t *bytes, size_t length)
{
    git_treebuilder *folder = NULL;
    git_oid id;
    char name[24];
    int code = TAWAM_OK;
    if (git_treebuilder_new(&folder, log->repository, NULL) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    for (size_t at = 0; !code && at < length; at += GITLOG_PIECE) {
        size_t rest = length - at;
        snprintf(name, sizeof name, "%04zu", at / GITLOG_PIECE);
        code = insert_blob(folder, log, name, bytes + at,
                           rest < GITLOG_PIECE ? rest : GITLOG_PIECE);
    }
    if (!code && (git_treebuilder_write(&id, folder) < 0 ||
                  git_treebuilder_insert(NULL, tree, GITLOG_CHANGES, &id,
                                         GIT_FILEMODE_TREE) < 0))
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    git_treebuilder_free(folder);
    return code;
}

int gitlog_write_changes(char id[SYNC_ID_SIZE], gitlog *log, const void *bytes,
                         size_t length, const gitlog_new *commit)
{
    git_treebuilder *builder = NULL;
    git_oid tree;
    int code = TAWAM_OK;

    if (git_treebuilder_new(&builder, log->repository, NULL) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    if (!code && length <= GITLOG_PIECE)
        code = insert_blob(builder, log, GITLOG_CHANGES, bytes, length);
    else if (!code)
        code = insert_pieces(builder, log, bytes, length);
    if (!code && git_treebuilder_write(&tree, builder) < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    git_treebuilder_free(builder);
    return code ? code : gitlog_write_commit(id, log, &tree, commit);
}
