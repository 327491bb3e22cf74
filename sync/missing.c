/* SPDX-License-Identifier: MIT */
/* missing: the walk over what has come and what has not.
 *
 *               absent          not here; nothing is known below it
 *                 |  came
 *               partial         here, a tree or file of it is not
 *                 |  they came
 *               whole           here with all its files
 *      closed                   a ref of ours reaches it: not our business
 *
 * The walk goes from new to old by committer date, like git's own: a commit
 * is newer than its parents (DESIGN 4), so that what the refs reach is marked
 * closed before a tip's walk comes there. Where a foreign clock breaks that,
 * some commits are looked at that needn't be; none is left out.
 *
 * Invariant: a node is expanded (its parents entered) once, when it is here.
 */
#include "sync/missing_internal.h"
#include "sync/log_private_internal.h"
#include <stdlib.h>
#include <string.h>

typedef enum node_state {
    NODE_NEW, /* not looked at */
    NODE_ABSENT,
    NODE_PARTIAL,
    NODE_WHOLE,
    NODE_CLOSED_NEW, /* closed, parents not entered */
    NODE_CLOSED
} node_state;

typedef struct node {
    git_oid id;
    int64_t time; /* committer's; INT64_MAX while not here */
    node_state state;
    int queued;
    int visited; /* by the search numbered so */
} node;

struct missing {
    git_repository *repository; /* borrowed */
    git_odb *odb;
    node *nodes;
    size_t count, capacity;
    size_t *slots; /* node + 1, by id; 0 free; a power of two of them */
    size_t slot_count;
    size_t *heap; /* nodes to look at, newest first */
    size_t heap_count, heap_capacity;
    size_t open; /* of the heap, those not closed */
    size_t states[NODE_CLOSED + 1];
    int search;
    int reads; /* 1: here is what can be read, else what is said to be there */
    int code;  /* of a look that this machine failed, which ends every walk */
};

/* ---- nodes by id ---- */

static size_t slot_of(const missing *m, const git_oid *id)
{
    uint64_t hash = 0;
    memcpy(&hash, id->id, sizeof hash);
    size_t slot = (size_t)hash & (m->slot_count - 1);
    while (m->slots[slot] &&
           !git_oid_equal(&m->nodes[m->slots[slot] - 1].id, id))
        slot = (slot + 1) & (m->slot_count - 1);
    return slot;
}

static int grow_slots(missing *m)
{
    size_t *old = m->slots;
    size_t count = m->slot_count ? m->slot_count * 2 : 1024;
    size_t *slots = memory_array(count, sizeof *slots);
    if (!slots)
        return TAWAM_EMEMORY;
    m->slots = slots;
    m->slot_count = count;
    for (size_t i = 0; i < m->count; i++)
        m->slots[slot_of(m, &m->nodes[i].id)] = i + 1;
    free(old);
    return TAWAM_OK;
}

/* The node of ID, made if need be. */
static int node_of(size_t *out, missing *m, const git_oid *id)
{
    if (m->count * 2 >= m->slot_count && grow_slots(m) < 0)
        return TAWAM_EMEMORY;
    size_t slot = slot_of(m, id);
    if (!m->slots[slot]) {
        if (memory_reserve((void **)&m->nodes, &m->capacity, m->count + 1,
                           sizeof *m->nodes) < 0)
            return TAWAM_EMEMORY;
        m->nodes[m->count] = (node){.id = *id, .time = INT64_MAX};
        m->states[NODE_NEW]++;
        m->slots[slot] = ++m->count;
    }
    *out = m->slots[slot] - 1;
    return TAWAM_OK;
}

static void set_state(missing *m, node *n, node_state state)
{
    m->states[n->state]--;
    m->states[state]++;
    n->state = state;
}

/* ---- the heap ---- */

static int is_closed(const node *n)
{
    return n->state == NODE_CLOSED_NEW || n->state == NODE_CLOSED;
}

static void swap(size_t *a, size_t *b)
{
    size_t c = *a;
    *a = *b;
    *b = c;
}

static int64_t time_at(const missing *m, size_t at)
{
    return m->nodes[m->heap[at]].time;
}

static int queue(missing *m, size_t index)
{
    node *n = &m->nodes[index];
    if (n->queued)
        return TAWAM_OK;
    if (memory_reserve((void **)&m->heap, &m->heap_capacity, m->heap_count + 1,
                       sizeof *m->heap) < 0)
        return TAWAM_EMEMORY;
    size_t at = m->heap_count++;
    m->heap[at] = index;
    for (; at && time_at(m, (at - 1) / 2) < time_at(m, at); at = (at - 1) / 2)
        swap(&m->heap[at], &m->heap[(at - 1) / 2]);
    n->queued = 1;
    m->open += !is_closed(n);
    return TAWAM_OK;
}

static size_t take_newest(missing *m)
{
    size_t top = m->heap[0], at = 0;
    m->heap[0] = m->heap[--m->heap_count];
    for (;;) {
        size_t best = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < m->heap_count && time_at(m, child) > time_at(m, best))
                best = child;
        if (best == at)
            break;
        swap(&m->heap[at], &m->heap[best]);
        at = best;
    }
    m->nodes[top].queued = 0;
    m->open -= !is_closed(&m->nodes[top]);
    return top;
}

/* ---- looking ---- */

/* 0, for a look by libgit2 that found nothing. Where that was no absence, M
 * remembers it: the answer is not used then. */
static int not_seen(missing *m)
{
    if (!m->code && gitlog_code(TAWAM_OK))
        m->code = gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    return 0;
}

static int is_here(missing *m, const git_oid *id)
{
    git_odb_object *object = NULL;
    int here;
    git_error_clear();
    here = git_odb_exists_ext(m->odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
    if (here && m->reads)
        here = git_odb_read(&object, m->odb, id) == 0;
    git_odb_object_free(object);
    return here ? 1 : not_seen(m);
}

/* 1 if all of tree ID is here. Entries that are commits of other repositories
 * are nobody's. */
static int tree_is_whole(missing *m, const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    int whole = depth < 32 && is_here(m, id);
    if (whole && git_tree_lookup(&tree, m->repository, id) < 0)
        whole = not_seen(m);
    size_t count = whole ? git_tree_entrycount(tree) : 0;
    for (size_t i = 0; whole && i < count; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        git_object_t type = git_tree_entry_type(entry);
        if (type == GIT_OBJECT_TREE)
            whole = tree_is_whole(m, git_tree_entry_id(entry), depth + 1);
        else if (type == GIT_OBJECT_BLOB)
            whole = is_here(m, git_tree_entry_id(entry));
    }
    git_tree_free(tree);
    return whole;
}

/* The date of what N names, while it is only queued. */
static int64_t date_of(missing *m, const git_oid *id)
{
    git_commit *commit = NULL;
    int64_t time = INT64_MAX;
    if (is_here(m, id) && git_commit_lookup(&commit, m->repository, id) == 0)
        time = git_commit_time(commit);
    else
        not_seen(m);
    git_commit_free(commit);
    return time;
}

/* ID is reached; CLOSED by a ref. */
static int enter(missing *m, const git_oid *id, int closed)
{
    size_t index = 0;
    if (node_of(&index, m, id) < 0)
        return TAWAM_EMEMORY;
    node *n = &m->nodes[index];
    if (is_closed(n) || (!closed && n->state != NODE_NEW))
        return TAWAM_OK;
    if (n->state == NODE_NEW)
        n->time = date_of(m, id);
    if (closed) {
        m->open -= (size_t)n->queued;
        set_state(m, n, NODE_CLOSED_NEW);
    }
    return queue(m, index);
}

static int enter_parents(missing *m, git_commit *commit, int closed)
{
    unsigned count = git_commit_parentcount(commit);
    int code = TAWAM_OK;
    for (unsigned i = 0; code == TAWAM_OK && i < count; i++)
        code = enter(m, git_commit_parent_id(commit, i), closed);
    return code;
}

/* What a tag object names stands in for its parents. */
static int enter_target(missing *m, size_t index, int closed)
{
    git_tag *tag = NULL;
    int code = TAWAM_OK;
    int found = git_tag_lookup(&tag, m->repository, &m->nodes[index].id) == 0;
    if (!found)
        not_seen(m);
    set_state(m, &m->nodes[index], closed ? NODE_CLOSED : NODE_WHOLE);
    if (found && git_tag_target_type(tag) == GIT_OBJECT_COMMIT)
        code = enter(m, git_tag_target_id(tag), closed);
    git_tag_free(tag);
    return code;
}

static int look(missing *m, size_t index)
{
    git_commit *commit = NULL;
    node *n = &m->nodes[index];
    int closed = is_closed(n), code = TAWAM_OK;
    if (!is_here(m, &n->id)) {
        set_state(m, n, closed ? NODE_CLOSED : NODE_ABSENT);
        return TAWAM_OK;
    }
    if (git_commit_lookup(&commit, m->repository, &n->id) < 0) {
        not_seen(m);
        return enter_target(m, index, closed);
    }
    n->time = git_commit_time(commit);
    int expanded = n->state == NODE_PARTIAL;
    if (closed)
        set_state(m, n, NODE_CLOSED);
    else
        set_state(m, n,
                  tree_is_whole(m, git_commit_tree_id(commit), 0)
                      ? NODE_WHOLE
                      : NODE_PARTIAL);
    if (!expanded)
        code = enter_parents(m, commit, closed);
    git_commit_free(commit);
    return code;
}

static int walk(missing *m)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && !m->code && m->open)
        code = look(m, take_newest(m));
    git_error_clear();
    return code ? code : m->code;
}

/* ---- from outside ---- */

static int enter_refs(missing *m)
{
    gitlog_names names;
    git_oid id;
    int code = gitlog_list(&names, m->repository, NULL);
    if (code)
        error_add("%s", _("cannot read the refs of the log"));
    for (size_t i = 0; code == TAWAM_OK && i < names.count; i++) {
        code = gitlog_find_ref(&id, m->repository, names.list[i]);
        code = code == TAWAM_OK          ? enter(m, &id, 1)
               : code == TAWAM_ENOTFOUND ? TAWAM_OK
                                         : code;
    }
    gitlog_names_free(&names);
    return code;
}

int missing_new(missing **out, git_repository *repository)
{
    missing *m = memory_new(sizeof *m);
    int code = m ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        m->repository = repository;
        if (git_repository_odb(&m->odb, repository) < 0)
            code = remote_git_error(_("cannot open the log"));
    }
    if (code == TAWAM_OK)
        code = enter_refs(m);
    if (code == TAWAM_OK)
        *out = m;
    else
        missing_free(m);
    return code;
}

void missing_free(missing *m)
{
    if (!m)
        return;
    git_odb_free(m->odb);
    free(m->nodes);
    free(m->slots);
    free(m->heap);
    free(m);
}

void missing_read(missing *m)
{
    m->reads = 1;
}

int missing_add(missing *m, const git_oid *tip)
{
    int code = enter(m, tip, 0);
    return code == TAWAM_OK ? walk(m) : code;
}

int missing_look_again(missing *m)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < m->count; i++) {
        node *n = &m->nodes[i];
        if (n->state != NODE_ABSENT && n->state != NODE_PARTIAL)
            continue;
        if (n->state == NODE_ABSENT)
            n->time = date_of(m, &n->id);
        code = queue(m, i);
    }
    return code == TAWAM_OK ? walk(m) : code;
}

size_t missing_absent(const missing *m)
{
    return m->states[NODE_ABSENT];
}

size_t missing_partial(const missing *m)
{
    return m->states[NODE_PARTIAL];
}

size_t missing_seen(const missing *m)
{
    return m->states[NODE_WHOLE];
}

size_t missing_absent_ids(git_oid *out, size_t most, const missing *m)
{
    size_t count = 0;
    for (size_t i = 0; count < most && i < m->count; i++)
        if (m->nodes[i].state == NODE_ABSENT)
            out[count++] = m->nodes[i].id;
    return count;
}

size_t missing_partial_ids(git_oid *out, size_t most, const missing *m)
{
    size_t count = 0;
    for (size_t i = m->count; count < most && i > 0; i--)
        if (m->nodes[i - 1].state == NODE_PARTIAL)
            out[count++] = m->nodes[i - 1].id;
    return count;
}

/* ---- what partial commits lack ---- */

typedef struct lacking {
    missing *m;
    git_oid *out;
    size_t count, most;
} lacking;

static void note_lacking(lacking *l, const git_oid *id)
{
    for (size_t i = 0; i < l->count; i++)
        if (git_oid_equal(&l->out[i], id))
            return;
    if (l->count < l->most)
        l->out[l->count++] = *id;
}

static void look_in_tree(lacking *l, const git_oid *id, int depth)
{
    git_tree *tree = NULL;
    if (!is_here(l->m, id)) {
        note_lacking(l, id);
        return;
    }
    size_t count =
        depth < 32 && git_tree_lookup(&tree, l->m->repository, id) == 0
            ? git_tree_entrycount(tree)
            : 0;
    for (size_t i = 0; i < count && l->count < l->most; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        git_object_t type = git_tree_entry_type(entry);
        if (type == GIT_OBJECT_TREE)
            look_in_tree(l, git_tree_entry_id(entry), depth + 1);
        else if (type == GIT_OBJECT_BLOB &&
                 !is_here(l->m, git_tree_entry_id(entry)))
            note_lacking(l, git_tree_entry_id(entry));
    }
    git_tree_free(tree);
}

size_t missing_objects(git_oid *out, size_t most, missing *m)
{
    lacking l = {m, out, 0, most};
    for (size_t i = m->count; l.count < most && i > 0; i--) {
        git_commit *commit = NULL;
        const node *n = &m->nodes[i - 1];
        if (n->state != NODE_PARTIAL ||
            git_commit_lookup(&commit, m->repository, &n->id) < 0)
            continue;
        look_in_tree(&l, git_commit_tree_id(commit), 0);
        git_commit_free(commit);
    }
    git_error_clear();
    return l.count;
}

/* ---- searches from one tip ---- */

typedef struct search {
    missing *m;
    size_t *stack;
    size_t count, capacity;
    int whole; /* nothing missing was met */
} search;

static int push_node(search *s, const git_oid *id)
{
    size_t index = 0;
    if (node_of(&index, s->m, id) < 0)
        return TAWAM_EMEMORY;
    node *n = &s->m->nodes[index];
    if (n->visited == s->m->search)
        return TAWAM_OK;
    n->visited = s->m->search;
    if (n->state != NODE_WHOLE) {
        s->whole = s->whole && is_closed(n);
        return TAWAM_OK;
    }
    if (memory_reserve((void **)&s->stack, &s->capacity, s->count + 1,
                       sizeof *s->stack) < 0)
        return TAWAM_EMEMORY;
    s->stack[s->count++] = index;
    return TAWAM_OK;
}

/* Enter the parents of node INDEX; *edge: one of them is missing. */
static int push_parents(int *edge, search *s, size_t index)
{
    git_commit *commit = NULL;
    git_tag *tag = NULL;
    git_oid id = s->m->nodes[index].id;
    int code = TAWAM_OK;
    *edge = 0;
    git_error_clear();
    if (git_commit_lookup(&commit, s->m->repository, &id) < 0) {
        not_seen(s->m);
        if (git_tag_lookup(&tag, s->m->repository, &id) == 0)
            code = push_node(s, git_tag_target_id(tag));
        else
            not_seen(s->m);
        git_tag_free(tag);
        return code ? code : s->m->code;
    }
    unsigned count = git_commit_parentcount(commit);
    for (unsigned i = 0; code == TAWAM_OK && i < count; i++) {
        size_t parent = 0;
        const git_oid *parent_id = git_commit_parent_id(commit, i);
        code = node_of(&parent, s->m, parent_id);
        if (code == TAWAM_OK)
            *edge |= s->m->nodes[parent].state != NODE_WHOLE &&
                     !is_closed(&s->m->nodes[parent]);
        if (code == TAWAM_OK)
            code = push_node(s, parent_id);
    }
    git_commit_free(commit);
    return code;
}

/* Everything whole below TIP. EDGES may be NULL. */
static int search_from(int *whole, git_oid **edges, size_t *count, missing *m,
                       const git_oid *tip)
{
    search s = {.m = m, .whole = 1};
    size_t capacity = 0;
    m->search++;
    int code = push_node(&s, tip);
    while (code == TAWAM_OK && s.count) {
        size_t index = s.stack[--s.count];
        int edge = 0;
        code = push_parents(&edge, &s, index);
        if (code != TAWAM_OK || !edge || !edges)
            continue;
        code = memory_reserve((void **)edges, &capacity, *count + 1,
                              sizeof **edges);
        if (code == TAWAM_OK)
            (*edges)[(*count)++] = m->nodes[index].id;
    }
    free(s.stack);
    *whole = s.whole;
    return code;
}

int missing_is_whole(missing *m, const git_oid *tip)
{
    int whole = 0;
    if (!missing_absent(m) && !missing_partial(m))
        return 1;
    return search_from(&whole, NULL, NULL, m, tip) == TAWAM_OK && whole;
}

int missing_edges(git_oid **out, size_t *count, missing *m, const git_oid *tip)
{
    int whole = 0;
    *out = NULL;
    *count = 0;
    int code = search_from(&whole, out, count, m, tip);
    if (code != TAWAM_OK) {
        free(*out);
        *out = NULL;
    }
    return code;
}
