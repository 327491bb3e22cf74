/* SPDX-License-Identifier: MIT */
/* repair: which commits are known of, which of them are not whole here, and
 * below which nothing is missing.
 *
 * Tips are what refs and the replica name. From them the history is walked by
 * parents, here and not by libgit2's walk, which stops at the first hole.
 */
#include "sync/repair_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a set of ids ---- */

void repair_ids_clear(repair_ids *s)
{
    free(s->ids);
    free(s->slots);
    memset(s, 0, sizeof *s);
}

static size_t slot_of(const repair_ids *s, const char *id)
{
    size_t at = 0;
    for (int i = 0; i < 15; i++)
        at = at * 31 + (size_t)id[i];
    at &= s->slot_count - 1;
    while (s->slots[at] && strcmp(s->ids[s->slots[at] - 1], id) != 0)
        at = (at + 1) & (s->slot_count - 1);
    return at;
}

static int ids_grow(repair_ids *s)
{
    size_t wanted = s->slot_count ? s->slot_count * 2 : 1024, i;
    size_t *slots = memory_array(wanted, sizeof *slots);
    if (!slots)
        return error_memory();
    free(s->slots);
    s->slots = slots;
    s->slot_count = wanted;
    for (i = 0; i < s->count; i++)
        s->slots[slot_of(s, s->ids[i])] = i + 1;
    return TAWAM_OK;
}

/* 1 if it is new there, 0 not, negative without memory. */
static int ids_add(repair_ids *s, const char *id)
{
    size_t at;
    int code = TAWAM_OK;
    if (s->count * 2 >= s->slot_count)
        code = ids_grow(s);
    if (code)
        return code;
    at = slot_of(s, id);
    if (s->slots[at])
        return 0;
    code = memory_reserve((void **)&s->ids, &s->capacity, s->count + 1,
                          sizeof *s->ids);
    if (code)
        return code;
    snprintf(s->ids[s->count], SYNC_ID_SIZE, "%s", id);
    s->slots[at] = ++s->count;
    return 1;
}

/* ---- is a commit whole ---- */

/* What a look that found nothing means: 0, or the machine's failure. */
static int not_whole(void)
{
    return gitlog_code(TAWAM_OK)
               ? gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"))
               : 0;
}

static int tree_whole(git_repository *repository, git_odb *odb,
                      const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    size_t i, count;
    int whole = depth < 32;
    if (whole && git_tree_lookup(&tree, repository, id) < 0)
        whole = not_whole();
    count = whole > 0 ? git_tree_entrycount(tree) : 0;
    for (i = 0; whole > 0 && i < count; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);
        if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
            whole =
                tree_whole(repository, odb, git_tree_entry_id(e), depth + 1);
        else if (git_tree_entry_type(e) == GIT_OBJECT_BLOB &&
                 !git_odb_exists(odb, git_tree_entry_id(e)))
            whole = not_whole();
    }
    git_tree_free(tree);
    return whole;
}

int repair_whole(gitlog *log, const char *id)
{
    git_commit *commit = NULL;
    git_odb *odb = NULL;
    git_oid oid;
    int whole = 0;
    if (git_oid_fromstr(&oid, id) < 0)
        return 0;
    for (int turn = 0; turn < 2 && !whole; turn++) { /* absence: looked twice */
        git_error_clear();
        if (git_repository_odb(&odb, log->repository) < 0 ||
            git_commit_lookup(&commit, log->repository, &oid) < 0)
            whole = not_whole();
        else
            whole =
                tree_whole(log->repository, odb, git_commit_tree_id(commit), 0);
        git_commit_free(commit);
        git_odb_free(odb);
        commit = NULL;
        odb = NULL;
    }
    git_error_clear();
    return whole;
}

/* ---- what is named ---- */

static int name_ref(void *context, const char *name, const char *id)
{
    repair_known *n = context;
    char peeled[SYNC_ID_SIZE];
    int code = gitlog_has(n->r->log, id);
    if (code > 0)
        code = gitlog_peel(peeled, n->r->log, name);
    else if (!code)
        code = TAWAM_ENOTFOUND;
    if (code && code != TAWAM_ENOTFOUND)
        return code;
    if (!code)
        id = peeled; /* a tag object */
    else if (strncmp(name, "refs/heads/", 11) != 0)
        return TAWAM_OK; /* a remote's ref comes again by itself */
    code = ids_add(&n->all, id);
    return code < 0 ? code : TAWAM_OK;
}

static int name_parents(repair_known *n, const char *id)
{
    gitlog_commit *c = NULL;
    size_t i;
    int code = gitlog_read(&c, n->r->log, id);
    if (code && code != TAWAM_ENOTFOUND && code != TAWAM_EDAMAGED)
        return code;
    error_clear();
    code = TAWAM_OK;
    for (i = 0; c && code >= 0 && i < c->parent_count; i++)
        code = ids_add(&n->all, c->parents[i]);
    gitlog_commit_free(c);
    return code < 0 ? code : TAWAM_OK;
}

int repair_find_missing(repair_known *n)
{
    size_t i;
    int code = gitlog_refs(n->r->log, "refs/*", name_ref, n);
    for (i = 0; code >= 0 && i < n->r->old->commit_count; i++)
        code = ids_add(&n->all, n->r->old->commits[i].id);
    for (i = 0; code >= 0 && i < n->all.count; i++) {
        char id[SYNC_ID_SIZE];
        memcpy(id, n->all.ids[i], sizeof id); /* the set may move */
        code = repair_whole(n->r->log, id);
        if (!code)
            code = ids_add(&n->missing, id);
        if (code >= 0) /* of one that lacks a file, they can be read too */
            code = name_parents(n, id);
    }
    return code < 0 ? code : TAWAM_OK;
}

void repair_known_clear(repair_known *n)
{
    repair_ids_clear(&n->all);
    repair_ids_clear(&n->missing);
}

int64_t repair_count_missing(repair *r)
{
    repair_known n = {.r = r};
    int code = repair_find_missing(&n);
    int64_t count = code ? code : (int64_t)n.missing.count;
    repair_known_clear(&n);
    return count;
}

/* ---- below which nothing is missing ---- */

typedef struct graph {
    size_t *children; /* of each commit, by first[]; an index each */
    size_t *first;    /* where those of commit I begin; COUNT + 1 of them */
    uint8_t *holed;   /* 1: it or an ancestor is missing, or does not tell its
                       * parents */
} graph;

typedef struct edges {
    size_t (*list)[2]; /* parent, child: indices of known->all */
    size_t count, capacity;
} edges;

/* SIZE_MAX when it is not there. */
static size_t index_of(const repair_ids *s, const char *id)
{
    return s->slots[slot_of(s, id)] - 1;
}

/* What is below one that can't be read as a commit of ours (of more parents
 * than are taken, say) is not known, though all its files are here. */
static int add_edges(edges *e, uint8_t *holed, const repair_known *n,
                     size_t child)
{
    gitlog_commit *c = NULL;
    const char *id = n->all.ids[child];
    int code = gitlog_read(&c, n->r->log, id);
    if (code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED) {
        error_clear();
        holed[child] = 1;
        return TAWAM_OK;
    }
    for (size_t i = 0; !code && i < c->parent_count; i++) {
        code = memory_reserve((void **)&e->list, &e->capacity, e->count + 1,
                              sizeof *e->list);
        if (code)
            break;
        e->list[e->count][0] = index_of(&n->all, c->parents[i]);
        if (e->list[e->count][0] == SIZE_MAX) /* not read the first time */
            code = error_set(TAWAM_EENVIRONMENT, "%s: %s", id,
                             _("reading an object"));
        e->list[e->count++][1] = child;
    }
    gitlog_commit_free(c);
    return code;
}

/* Sort the edges by parent. */
static int sort_edges(graph *g, const edges *e, size_t count)
{
    g->first = memory_array(count + 2, sizeof *g->first);
    g->children = memory_array(e->count + 1, sizeof *g->children);
    if (!g->first || !g->children)
        return error_memory();
    for (size_t i = 0; i < e->count; i++)
        g->first[e->list[i][0] + 2]++;
    for (size_t i = 2; i < count + 2; i++)
        g->first[i] += g->first[i - 1];
    for (size_t i = 0; i < e->count; i++)
        g->children[g->first[e->list[i][0] + 1]++] = e->list[i][1];
    return TAWAM_OK;
}

static int make_graph(graph *g, const repair_known *n)
{
    edges e = {0};
    int code = TAWAM_OK;
    g->holed = memory_array(n->all.count + 1, 1);
    if (!g->holed)
        return error_memory();
    for (size_t i = 0; !code && i < n->all.count; i++)
        code = add_edges(&e, g->holed, n, i);
    if (!code)
        code = sort_edges(g, &e, n->all.count);
    free(e.list);
    return code;
}

static void graph_clear(graph *g)
{
    free(g->first);
    free(g->children);
    free(g->holed);
}

/* Everything above what is missing or not known. */
static int mark_holed(graph *g, const repair_known *n)
{
    size_t *stack = memory_array(n->all.count + 1, sizeof *stack), count = 0;
    if (!stack)
        return error_memory();
    for (size_t i = 0; i < n->missing.count; i++)
        g->holed[index_of(&n->all, n->missing.ids[i])] = 1;
    for (size_t i = 0; i < n->all.count; i++)
        if (g->holed[i])
            stack[count++] = i;
    while (count) {
        size_t at = stack[--count];
        for (size_t k = g->first[at]; k < g->first[at + 1]; k++) {
            size_t child = g->children[k];
            if (!g->holed[child])
                stack[count++] = child;
            g->holed[child] = 1;
        }
    }
    free(stack);
    return TAWAM_OK;
}

int repair_sound_heads(repair_ids *out, const repair_known *n)
{
    graph g = {0};
    int code = make_graph(&g, n);
    if (!code)
        code = mark_holed(&g, n);
    for (size_t i = 0; code >= 0 && i < n->all.count; i++) {
        int last = !g.holed[i];
        for (size_t k = g.first[i]; last && k < g.first[i + 1]; k++)
            last = g.holed[g.children[k]];
        if (last)
            code = ids_add(out, n->all.ids[i]);
    }
    graph_clear(&g);
    return code < 0 ? code : TAWAM_OK;
}
