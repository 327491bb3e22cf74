/* SPDX-License-Identifier: MIT */
/* changes.zst in a commit's tree: when it is one file and when pieces, and that
 * any tree but those is damage, whatever its bytes. */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"
#include "tests/sync_fixture.h"

#include <git2.h>
#include <string.h>

enum { PIECE = 16384, LIMIT = 5 * PIECE };

static gitlog *pieces_log;
static uint8_t bytes[LIMIT + 2];
static const gitlog_new plain = {"T",  "t@example.org", 1000000, 0,
                                 1000, "a\n",           NULL,    0};

static void put(git_treebuilder *tree, const char *name, size_t at,
                size_t length, git_filemode_t mode)
{
    git_oid id;

    if (git_blob_create_from_buffer(&id, pieces_log->repository, bytes + at,
                                    length) < 0 ||
        git_treebuilder_insert(NULL, tree, name, &id, mode) < 0)
        bail("no %s", name);
}

/* How many entries changes.zst of commit ID has; 0: it is a file. */
static size_t count_pieces(const char *id)
{
    git_commit *commit = NULL;
    git_tree *tree = NULL, *folder = NULL;
    const git_tree_entry *entry = NULL;
    size_t count = 0;

    MUST(gitlog_lookup(&commit, pieces_log, id));
    if (git_commit_tree(&tree, commit) < 0 ||
        !(entry = git_tree_entry_byname(tree, GITLOG_CHANGES)))
        bail("no changes");
    if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        if (git_tree_lookup(&folder, pieces_log->repository,
                            git_tree_entry_id(entry)) < 0)
            bail("no pieces");
        count = git_tree_entrycount(folder);
    }
    git_tree_free(folder);
    git_tree_free(tree);
    git_commit_free(commit);
    return count;
}

static void written(size_t length, size_t pieces)
{
    char id[SYNC_ID_SIZE];
    buffer read = {0};

    MUST(gitlog_write_changes(id, pieces_log, bytes, length, &plain));
    is_int((int64_t)count_pieces(id), (int64_t)pieces, "%zu bytes: pieces",
           length);
    is_int(gitlog_changes(&read, pieces_log, id, LIMIT), TAWAM_OK,
           "%zu bytes: are read", length);
    ok(read.length == length && memcmp(read.data, bytes, length) == 0,
       "%zu bytes: the same", length);
    buffer_free(&read);
    is_int(gitlog_changes(&read, pieces_log, id, length - 1), TAWAM_EDAMAGED,
           "%zu bytes: not into less", length);
    buffer_free(&read);
}

typedef struct piece {
    const char *name; /* NULL: the end */
    size_t length;
    git_filemode_t mode; /* 0: a plain file */
} piece;

/* What gitlog_changes() says of a folder of PIECES. */
static int of_folder(const piece *pieces)
{
    git_treebuilder *folder = NULL, *tree = NULL;
    git_oid folder_id, tree_id;
    char id[SYNC_ID_SIZE];
    buffer read = {0};
    size_t at = 0;
    int code;

    if (git_treebuilder_new(&folder, pieces_log->repository, NULL) < 0 ||
        git_treebuilder_new(&tree, pieces_log->repository, NULL) < 0)
        bail("no builder");
    for (; pieces->name; at += pieces++->length)
        put(folder, pieces->name, at, pieces->length,
            pieces->mode ? pieces->mode : GIT_FILEMODE_BLOB);
    if (git_treebuilder_write(&folder_id, folder) < 0 ||
        git_treebuilder_insert(NULL, tree, GITLOG_CHANGES, &folder_id,
                               GIT_FILEMODE_TREE) < 0 ||
        git_treebuilder_write(&tree_id, tree) < 0)
        bail("no tree");
    MUST(gitlog_write_commit(id, pieces_log, &tree_id, &plain));
    code = gitlog_changes(&read, pieces_log, id, LIMIT);
    ok(code != TAWAM_OK || (read.length == at && !memcmp(read.data, bytes, at)),
       "no other bytes");
    buffer_free(&read);
    git_treebuilder_free(folder);
    git_treebuilder_free(tree);
    return code;
}

static void refused(const char *what, const piece *pieces)
{
    is_int(of_folder(pieces), TAWAM_EDAMAGED, "%s is damage", what);
}

static void try_folders(void)
{
    is_int(of_folder((piece[]){{"0000", PIECE, 0}, {"0001", 5, 0}, {0}}),
           TAWAM_OK, "two pieces are read");
    refused("a gap", (piece[]){{"0000", PIECE, 0}, {"0002", 5, 0}, {0}});
    refused("another name", (piece[]){{"0", PIECE, 0}, {"1", 5, 0}, {0}});
    refused("no piece", (piece[]){{0}});
    refused("one piece", (piece[]){{"0000", PIECE, 0}, {0}});
    refused("a short piece", (piece[]){{"0000", 5, 0}, {"0001", 5, 0}, {0}});
    refused("a long piece",
            (piece[]){{"0000", PIECE + 1, 0}, {"0001", 5, 0}, {0}});
    refused("a long last piece",
            (piece[]){{"0000", PIECE, 0}, {"0001", PIECE + 1, 0}, {0}});
    refused("an empty piece",
            (piece[]){{"0000", PIECE, 0}, {"0001", 0, 0}, {0}});
    refused("a program", (piece[]){{"0000", PIECE, 0},
                                   {"0001", 5, GIT_FILEMODE_BLOB_EXECUTABLE},
                                   {0}});
    refused("more than is taken", (piece[]){{"0000", PIECE, 0},
                                            {"0001", PIECE, 0},
                                            {"0002", PIECE, 0},
                                            {"0003", PIECE, 0},
                                            {"0004", PIECE, 0},
                                            {"0005", 1, 0},
                                            {0}});
}

/* One by another writer, longer than we make them. */
static void try_long_file(void)
{
    git_treebuilder *tree = NULL;
    git_oid tree_id;
    char id[SYNC_ID_SIZE];
    buffer read = {0};

    if (git_treebuilder_new(&tree, pieces_log->repository, NULL) < 0)
        bail("no builder");
    put(tree, GITLOG_CHANGES, 0, 2 * PIECE, GIT_FILEMODE_BLOB);
    if (git_treebuilder_write(&tree_id, tree) < 0)
        bail("no tree");
    git_treebuilder_free(tree);
    MUST(gitlog_write_commit(id, pieces_log, &tree_id, &plain));
    is_int(gitlog_changes(&read, pieces_log, id, LIMIT), TAWAM_OK,
           "a longer plain file is read");
    is_int((int64_t)read.length, 2 * PIECE, "all of it");
    buffer_free(&read);
}

int main(void)
{
    char path[300];

    fixture_make();
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    snprintf(path, sizeof path, "%s/log.git", fixture_folder);
    MUST(gitlog_create(&pieces_log, path));
    written(1, 0);
    written(PIECE, 0);
    written(PIECE + 1, 2);
    written(2 * PIECE, 2);
    written(2 * PIECE + 1, 3);
    written(LIMIT, 5);
    try_folders();
    try_long_file();
    gitlog_free(pieces_log);
    fixture_remove();
    return done_testing();
}
