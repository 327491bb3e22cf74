/* SPDX-License-Identifier: MIT */
/* Commits that wait because objects of theirs are missing or damaged here (a
 * disk, a cut in a bad moment). An ordinary fetch never brings those: refs say
 * that we have them. So they are asked for by themselves, into a repository
 * beside the log that borrows its objects (lost_internal.h).
 *
 *     what the remote shows and is not applied --> its refs
 *     dictionaries that such commits need      --> their blobs, by id
 *       | asked for by id, or by tip           the server gives neither:
 *       v                                        v
 *     again.git has what was missing           again.git has the whole history
 *       \--- objects that the log lacks or can't read are taken from it ---/
 *
 * A dictionary is named in a changeset by the beginning of its blob's id; the
 * whole id stands in the tree of main, or of the line's earlier commit whose
 * changes.zst it is, and trees need no blob to be read.
 */
#include "sync/again_internal.h"
#include "sync/remote.h"
#include "sync/sync_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED "asked_again"
#define BORROWED "../../objects" /* the log's, seen from again.git's */
#define LOOKED_AT 1000 /* waiting commits of one head; then another time */

typedef struct asking {
    sync_desk *s;
    sync_result *r;
    const char *remote, *url;
    const char *refs; /* what the remote shows, "ID REF" lines */
    const remote_options *wire;
    char *path;                    /* again.git */
    char (*applied)[SYNC_ID_SIZE]; /* the last of each line that is */
    size_t applied_count;
    buffer heads;   /* what waits, "\nID" each, after the url */
    buffer wanted;  /* for remote_fetch_lost() */
    uint64_t found; /* the dictionary looked for last, which is here */
} asking;

/* ---- dictionaries ---- */

/* BLOB is the dictionary: it stands in COMMIT, DEPTH commits from REF's tip. */
static int want_file(asking *a, const char *blob, const char *commit,
                     const char *ref, int64_t depth)
{
    char line[2 * SYNC_ID_SIZE];
    snprintf(line, sizeof line, "%.40s %.40s", blob, commit);
    if (!strstr((char *)a->wanted.data, line))
        buffer_format(&a->wanted, "%s %s %lld\n%s\n", line, ref,
                      (long long)depth, ref);
    return buffer_check(&a->wanted);
}

/* In main, which keeps each for ever. 1 found, 0 not. */
static int find_in_main(asking *a, const char *prefix)
{
    char commit[SYNC_ID_SIZE], blob[SYNC_ID_SIZE], path[64];
    int code = gitlog_ref(commit, a->s->log, MAIN_REF);
    snprintf(path, sizeof path, GITLOG_DICTIONARY_FOLDER "%s", prefix);
    if (!code)
        code = gitlog_file_id(blob, a->s->log, commit, path);
    if (!code && strncmp(blob, prefix, 16) == 0)
        code = want_file(a, blob, commit, MAIN_REF, 1);
    else if (!code || code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED)
        return 0;
    return code ? code : 1;
}

/* An earlier changes.zst of the line of COMMIT, which REF's tip leads to. */
static int find_in_line(asking *a, const char *prefix, const char *ref,
                        const gitlog_commit *tip, const gitlog_commit *commit)
{
    char id[SYNC_ID_SIZE], blob[SYNC_ID_SIZE];
    int64_t sequence = commit->sequence;
    int code = commit->parent_count ? TAWAM_OK : TAWAM_ENOTFOUND, found = 0;
    if (!code)
        memcpy(id, commit->parents[0], sizeof id);
    while (!code && !found && --sequence > 0) {
        gitlog_commit *c = NULL;
        code = gitlog_file_id(blob, a->s->log, id, GITLOG_CHANGES);
        found = !code && strncmp(blob, prefix, 16) == 0;
        if (found)
            code = want_file(
                a, blob, id, ref,
                tip->sequence > sequence ? tip->sequence - sequence + 1 : 1);
        else if (!code)
            code = gitlog_read(&c, a->s->log, id);
        if (!code && !found && c->parent_count)
            memcpy(id, c->parents[0], sizeof id);
        gitlog_commit_free(c);
    }
    return code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED ? 0 : code;
}

/* The dictionary that COMMIT's changes need, where it is not here. */
static int want_dictionary(asking *a, const char *ref, const gitlog_commit *tip,
                           const gitlog_commit *commit)
{
    const changeset_dictionary *d = NULL;
    buffer bytes = {0};
    uint64_t id = 0;
    char prefix[17];
    int code = gitlog_changes(&bytes, a->s->log, commit->id,
                              CHANGESET_LIMITS.compressed);
    if (!code)
        code = changeset_dictionary_needed(&id, bytes.data, bytes.length);
    buffer_free(&bytes);
    if (!code && id && id != a->found)
        code = gitlog_dictionary(&d, a->s->log, id);
    if (!code)
        a->found = id;
    snprintf(prefix, sizeof prefix, "%016llx", (unsigned long long)id);
    if (code == TAWAM_ENOTFOUND && id) {
        code = find_in_main(a, prefix);
        if (!code)
            code = find_in_line(a, prefix, ref, tip, commit);
    }
    /* other damage is the remote_fetch_lost()'s or nobody's to mend */
    return code == TAWAM_EMEMORY || code == TAWAM_EENVIRONMENT ? code
                                                               : TAWAM_OK;
}

/* ---- what waits ---- */

/* The dictionaries of what waits below HEAD, shown as REF. Where commits are
 * missing the walk gives nothing, and they are asked for first. */
static int want_dictionaries(asking *a, const char *ref, const char *head)
{
    char(*ids)[SYNC_ID_SIZE] = NULL;
    const char **hide = memory_array(a->applied_count + 1, sizeof *hide);
    gitlog_commit *tip = NULL;
    size_t count = 0;
    int code = hide ? gitlog_read(&tip, a->s->log, head) : TAWAM_EMEMORY;
    for (size_t i = 0; !code && i < a->applied_count; i++)
        hide[i] = a->applied[i];
    if (!code)
        code = gitlog_walk(&ids, &count, a->s->log, &head, 1, hide,
                           a->applied_count);
    for (size_t i = 0; !code && i < count && i < LOOKED_AT; i++) {
        gitlog_commit *c = NULL;
        code = gitlog_read(&c, a->s->log, ids[i]);
        if (!code && !c->published)
            code = want_dictionary(a, ref, tip, c);
        gitlog_commit_free(c);
    }
    gitlog_commit_free(tip);
    free(ids);
    free(hide);
    return code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED ? TAWAM_OK : code;
}

/* The last commit of each line that is applied. Heads alone would not do: ours
 * may hold all others, and the remote has not seen it. */
static int find_applied(asking *a)
{
    return merge_ids(&a->applied, &a->applied_count, a->s->m,
                     "SELECT c.id FROM (SELECT chain AS line, max(position)"
                     " AS last FROM tawam_commit GROUP BY chain)"
                     " JOIN tawam_commit c ON c.chain = line"
                     " AND c.position = last ORDER BY c.number DESC");
}

/* What the remote shows of our own line is another than we are at. */
static int add_applied(asking *a, const char *id)
{
    size_t capacity = a->applied_count;
    int code = memory_reserve((void **)&a->applied, &capacity,
                              a->applied_count + 1, sizeof *a->applied);
    if (!code)
        memcpy(a->applied[a->applied_count++], id, SYNC_ID_SIZE);
    return code;
}

/* REF of the remote's, at ID. */
static int look_at(asking *a, const char *ref, const char *id)
{
    int64_t number = merge_number(a->s->m, id);
    if (number < 0)
        return (int)number;
    if (number > 0)
        return add_applied(a, id);
    buffer_format(&a->heads, "\n%s", id);
    buffer_format(&a->wanted, "%s\n", ref);
    return want_dictionaries(a, ref, id);
}

/* What the remote shows and could not be applied: into A->heads, and what to
 * ask for into A->wanted. */
static int find_waiting(asking *a)
{
    const char *line = a->refs;
    int code = find_applied(a);
    buffer_text(&a->heads, a->url);
    buffer_text(&a->wanted, "");
    while (!code && strlen(line) > 41) {
        char id[SYNC_ID_SIZE] = "", ref[200];
        size_t length = strcspn(line + 41, "\n");
        memcpy(id, line, 40);
        snprintf(ref, sizeof ref, "%.*s", (int)length, line + 41);
        if (strncmp(ref, "refs/heads/", 11) == 0)
            code = look_at(a, ref, id);
        line += 41 + length + (line[41 + length] == '\n');
    }
    if (!code)
        code = buffer_check(&a->heads);
    return code ? code : buffer_check(&a->wanted);
}

/* 1 if all that has been asked for already, with the dictionaries. */
static int was_asked(asking *a, const char *waiting)
{
    char *asked = NULL;
    int same = twin_setting(&asked, a->s->t, ASKED) == TAWAM_OK &&
               strcmp(asked, waiting) == 0;
    free(asked);
    return same;
}

/* ---- again.git ---- */

static void count_traffic(asking *a, const remote_traffic *traffic)
{
    a->r->bytes_in += traffic->bytes_in;
    a->r->bytes_out += traffic->bytes_out;
}

/* What is missing, by itself. What came is taken, also when CODE, which stays,
 * says that not all did. */
static int ask_for_lost(int64_t *taken, asking *a)
{
    remote_traffic traffic = {0};
    char *why = NULL;
    int code, took;
    code = again_make(a->path, BORROWED, a->applied, a->applied_count);
    if (code)
        return code;
    code = remote_fetch_lost(&traffic, a->path, a->url, (char *)a->wanted.data,
                             a->wire);
    count_traffic(a, &traffic);
    why = code ? memory_string(error_message()) : NULL;
    took = again_part(a->path);
    if (!took)
        took = again_take(taken, a->s->log, a->path);
    if (code)
        error_set(code, "%s", why ? why : "");
    free(why);
    return code ? code : took;
}

/* All that the remote has. */
static int ask_for_all(int64_t *taken, asking *a)
{
    remote_traffic traffic = {0};
    int code = again_make(a->path, BORROWED, NULL, 0);
    if (!code)
        code = again_part(a->path);
    if (!code)
        code =
            remote_fetch(NULL, &traffic, a->path, a->remote, a->url, a->wire);
    count_traffic(a, &traffic);
    return code ? code : again_take(taken, a->s->log, a->path);
}

int sync_ask_again(int64_t *taken, sync_result *r, sync_desk *s,
                   const char *remote, const char *url, const char *refs,
                   const remote_options *wire)
{
    asking a = {.s = s,
                .r = r,
                .remote = remote,
                .url = url,
                .refs = refs,
                .wire = wire};
    int code;
    *taken = 0;
    a.path = file_join(gitlog_path(s->log), "again.git");
    code = a.path ? find_waiting(&a) : error_memory();
    if (!code && strchr((char *)a.heads.data, '\n')) {
        buffer_format(&a.heads, "\n%s", (char *)a.wanted.data);
        code = buffer_check(&a.heads);
        if (!code && !was_asked(&a, (char *)a.heads.data)) {
            code = ask_for_lost(taken, &a);
            if (code == TAWAM_ENO || code == TAWAM_EREFUSED ||
                (!code && !*taken))
                code = ask_for_all(taken, &a);
            if (!code) /* what brought something is asked again, if need be */
                code = twin_set_setting(s->t, ASKED,
                                        *taken ? "" : (char *)a.heads.data);
            file_remove_tree(a.path);
        }
    }
    buffer_free(&a.heads);
    buffer_free(&a.wanted);
    free(a.applied);
    free(a.path);
    return code;
}
