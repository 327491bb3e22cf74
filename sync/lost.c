/* SPDX-License-Identifier: MIT */
/* lost: see the header. */
#include "sync/lost_internal.h"
#include "sync/log_private_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_DEPTH 32
#define LINE_MOST 400

/* ---- files by name ---- */

/* "ID COMMIT REF DEPTH", LENGTH bytes of it; 1 if it is that. */
static int parse_line(lost_file *out, const char *line, size_t length)
{
    char text[LINE_MOST], id[42], commit[42], ref[LINE_MOST];
    if (length >= sizeof text)
        return 0;
    memcpy(text, line, length);
    text[length] = '\0';
    if (sscanf(text, "%41s %41s %399s %u", id, commit, ref, &out->depth) != 4 ||
        git_oid_fromstr(&out->id, id) < 0 ||
        git_oid_fromstr(&out->commit, commit) < 0 || out->depth == 0)
        return 0;
    out->ref = memory_string(ref);
    return 1;
}

int lost_files_parse(lost_files *out, const char *wanted)
{
    for (const char *line = wanted; line && *line;) {
        size_t length = strcspn(line, "\n");
        lost_file one = {0};
        if (length > 2 * GIT_OID_HEXSZ && parse_line(&one, line, length)) {
            if (!one.ref ||
                memory_reserve((void **)&out->list, &out->capacity,
                               out->count + 1, sizeof *out->list) < 0) {
                free(one.ref);
                return error_memory();
            }
            out->list[out->count++] = one;
        }
        line += length + (line[length] == '\n');
    }
    return TAWAM_OK;
}

void lost_files_clear(lost_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->list[i].ref);
    free(files->list);
    memset(files, 0, sizeof *files);
}

int64_t lost_files_left(lost_files *files, git_repository *repository)
{
    git_odb *odb = NULL;
    int64_t left = 0;
    if (!files->count)
        return 0;
    if (git_repository_odb(&odb, repository) < 0)
        return remote_git_error(_("cannot open the log"));
    for (size_t i = 0; left >= 0 && i < files->count; i++) {
        lost_file *file = &files->list[i];
        int here = file->here ? 1 : gitlog_read_object(NULL, odb, &file->id);
        file->here = here > 0;
        left = here < 0 ? here : left + !here;
    }
    git_odb_free(odb);
    return left;
}

/* ---- out of a folder ---- */

typedef struct collecting {
    git_packbuilder *pack;
    git_repository *source;
    git_odb *to, *from;
    size_t ungiven; /* that TO lacks and FROM can't give */
} collecting;

static int collect_object(collecting *c, const git_oid *id)
{
    int here = gitlog_read_object(NULL, c->to, id);
    int there = here ? 0 : gitlog_read_object(NULL, c->from, id);
    if (here < 0 || there < 0)
        return here < 0 ? here : there;
    c->ungiven += !here && !there;
    if (there && git_packbuilder_insert(c->pack, id, NULL) < 0)
        return remote_git_error(_("cannot copy the history"));
    return TAWAM_OK;
}

static int collect_tree(collecting *c, const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    int code = collect_object(c, id);
    if (code != TAWAM_OK || depth > TREE_DEPTH)
        return code;
    if (git_tree_lookup(&tree, c->source, id) < 0) {
        c->ungiven++; /* what it names is not known, so it can't be had */
        return TAWAM_OK;
    }
    for (size_t i = 0; code == TAWAM_OK && i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        git_object_t type = git_tree_entry_type(entry);
        if (type == GIT_OBJECT_TREE)
            code = collect_tree(c, git_tree_entry_id(entry), depth + 1);
        else if (type == GIT_OBJECT_BLOB)
            code = collect_object(c, git_tree_entry_id(entry));
    }
    git_tree_free(tree);
    return code;
}

static int collect_commit(collecting *c, const git_oid *id)
{
    git_commit *commit = NULL;
    int code = collect_object(c, id);
    if (code == TAWAM_OK && git_commit_lookup(&commit, c->source, id) < 0)
        c->ungiven++;
    else if (code == TAWAM_OK)
        code = collect_tree(c, git_commit_tree_id(commit), 0);
    git_commit_free(commit);
    return code;
}

int lost_collect(size_t *ungiven, git_packbuilder *pack, git_repository *to,
                 git_repository *from, git_revwalk *walk,
                 const lost_files *files)
{
    collecting c = {.pack = pack, .source = from};
    git_oid id;
    int code = TAWAM_OK, next = 0;
    if (git_repository_odb(&c.to, to) < 0 ||
        git_repository_odb(&c.from, from) < 0)
        code = remote_git_error(_("cannot open the log"));
    for (size_t i = 0; code == TAWAM_OK && i < files->count; i++)
        code = collect_object(&c, &files->list[i].id);
    while (code == TAWAM_OK && (next = git_revwalk_next(&id, walk)) == 0)
        code = collect_commit(&c, &id);
    if (code == TAWAM_OK && next != GIT_ITEROVER && gitlog_code(TAWAM_OK))
        code = remote_git_error(_("cannot copy the history"));
    *ungiven = c.ungiven + (next != GIT_ITEROVER); /* a commit below is not */
    git_odb_free(c.to);
    git_odb_free(c.from);
    return code;
}
