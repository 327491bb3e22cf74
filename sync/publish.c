/* SPDX-License-Identifier: MIT */
/* Publishing: main's next commit, whose parents are main's commit before and
 * the heads accepted into it.
 *
 *   state on disk                           function
 *   main at M; heads h1 … hn applied
 *     │ files and commit written, flushed   sync_publish -> gitlog_write_files
 *   an object nobody points at
 *     │ main moved, if it still is at M     gitlog_replace_ref
 *   main at P; the replica does not know P
 *     │ P entered (a crash before it:       sync_merge, here or at the next
 *     │ the next merge does it)             record, sync or publish
 *   done: P is the only head
 *
 * Invariants:
 *  1. Everything P has seen is applied here when P is written. A refused
 *     commit is no parent of P; what it had seen is.
 *  2. No parent of P is an ancestor of another.
 *  3. Two commits of main that have not seen each other are joined by a commit
 *     that follows from them alone: whoever joins them makes the same one.
 */
#include "sync/sync_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked for ------------------------------------------------------
 */

static int check_version(const char *name)
{
    char *safe;
    if (!name || sync_version_name_valid(name))
        return TAWAM_OK;
    safe = text_safe(name, strlen(name), 0);
    error_set(TAWAM_EUSAGE,
              _("'%.80s' can't name a version: letters, digits, . _ + and -, "
                "%d bytes at most, and not what names a commit or a day "
                "already (v%.40s?)"),
              safe ? safe : "?", SYNC_VERSION_MAX, safe ? safe : "");
    free(safe);
    return TAWAM_EUSAGE;
}

/* A line of the message would be taken for a trailer. */
static int check_message(const char *message)
{
    static const char *const names[] = {
        "Device: ", "Sequence: ", "Changes: ", "Version: "};
    const char *line;
    size_t i;
    for (line = message; line && *line;
         line = strchr(line, '\n'), line += line != NULL)
        for (i = 0; i < sizeof names / sizeof *names; i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                return error_set(TAWAM_EUSAGE,
                                 _("no line of the message can begin with "
                                   "'%s'"),
                                 names[i]);
    return TAWAM_OK;
}

/* ---- parents ---- */

/* What main's next commit will have seen. */
typedef struct accepted {
    char base[SYNC_ID_SIZE]; /* main now; "" before its first */
    int64_t base_number;     /* 0 before its first */
    int64_t *numbers;        /* the other parents */
    size_t count, capacity;
    vector seen; /* by all of them together */
} accepted;

static void accepted_clear(accepted *a)
{
    free(a->numbers);
    vector_free(&a->seen);
    memset(a, 0, sizeof *a);
}

static int add_number(accepted *a, int64_t number)
{
    size_t i;
    int code;
    if (number <= 0)
        return (int)number;
    for (i = 0; i < a->count; i++)
        if (a->numbers[i] == number)
            return TAWAM_OK;
    code = memory_reserve((void **)&a->numbers, &a->capacity, a->count + 1,
                          sizeof *a->numbers);
    if (!code)
        a->numbers[a->count++] = number;
    return code;
}

static int add_commit(accepted *a, sync_desk *s, const char *id)
{
    int64_t number = merge_number(s->m, id);
    return number < 0 ? (int)number : add_number(a, number);
}

static int find_base(accepted *a, sync_desk *s)
{
    int code = gitlog_ref(a->base, s->log, MAIN_REF);
    if (code) {
        a->base[0] = 0;
        return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    }
    a->base_number = merge_number(s->m, a->base);
    if (a->base_number < 0)
        return (int)a->base_number;
    if (!a->base_number)
        return error_set(TAWAM_ENO,
                         _("main's last version waits for commits that have "
                           "not come: sync, then publish"));
    return TAWAM_OK;
}

static int collect_heads(accepted *a, sync_desk *s)
{
    char(*heads)[SYNC_ID_SIZE] = NULL;
    size_t count = 0, i;
    int code = merge_heads(&heads, &count, s->m);
    for (i = 0; !code && i < count; i++)
        code = add_commit(a, s, heads[i]);
    free(heads);
    return code;
}

/* In place of a refused head come its parents; *CHANGED gets 1. */
static int replace_refused(int *changed, accepted *a, sync_desk *s, size_t at)
{
    commit_place place;
    gitlog_commit *commit = NULL;
    size_t i;
    int code = merge_state(s->m, a->numbers[at]);
    if (code != COMMIT_REFUSED)
        return code < 0 ? code : TAWAM_OK;
    code = merge_place(&place, s->m, a->numbers[at]);
    if (!code)
        code = gitlog_read(&commit, s->log, place.id);
    a->numbers[at] = a->numbers[--a->count];
    for (i = 0; !code && i < commit->parent_count; i++)
        code = add_commit(a, s, commit->parents[i]);
    gitlog_commit_free(commit);
    *changed = 1;
    return code;
}

/* 1 if main's commit or another parent has seen number AT of the list. */
static int is_seen(accepted *a, sync_desk *s, size_t at)
{
    size_t i;
    int seen =
        a->base_number ? merge_covers(s->m, a->base_number, a->numbers[at]) : 0;
    for (i = 0; !seen && i < a->count; i++)
        if (i != at)
            seen = merge_covers(s->m, a->numbers[i], a->numbers[at]);
    return seen;
}

static int drop_seen(accepted *a, sync_desk *s)
{
    size_t i;
    for (i = a->count; i-- > 0;) {
        int seen = is_seen(a, s, i);
        if (seen < 0)
            return seen;
        if (seen)
            a->numbers[i] = a->numbers[--a->count];
    }
    return TAWAM_OK;
}

static int join_seen(accepted *a, sync_desk *s)
{
    vector one = {0};
    size_t i;
    int code = a->base_number ? merge_vector(&a->seen, s->m, a->base_number)
                              : TAWAM_OK;
    for (i = 0; !code && i < a->count; i++) {
        code = merge_vector(&one, s->m, a->numbers[i]);
        if (!code)
            code = vector_join(&a->seen, &one);
    }
    vector_free(&one);
    return code;
}

static int choose_accepted(accepted *a, sync_desk *s)
{
    size_t i;
    int changed = 1;
    int code = find_base(a, s);
    if (!code)
        code = collect_heads(a, s);
    while (!code && changed) {
        changed = 0;
        for (i = a->count; !code && i-- > 0;)
            code = replace_refused(&changed, a, s, i);
    }
    if (!code)
        code = drop_seen(a, s);
    return code ? code : join_seen(a, s);
}

/* ---- what is new in it ---- */

/* Commits of devices that A has seen and main had not. */
static int count_accepted(sync_published *out, accepted *a, sync_desk *s)
{
    sqlite3_stmt *statement = NULL;
    vector before = {0};
    row_filter *devices = NULL; /* a set of names */
    int code = twin_prepare(&statement, s->t,
                            "SELECT chain, position, device FROM tawam_commit"
                            " WHERE published=0 AND state=1",
                            0);
    out->commits = 0;
    out->heads = (int64_t)a->count;
    if (!code && a->base_number)
        code = merge_vector(&before, s->m, a->base_number);
    if (!code)
        code = row_filter_new(&devices);
    while (!code && (code = twin_step(s->t, statement)) == 1) {
        commit_place place = {.chain = sqlite3_column_int64(statement, 0),
                              .position = sqlite3_column_int64(statement, 1)};
        code = TAWAM_OK;
        if (!vector_covers(&a->seen, &place) || vector_covers(&before, &place))
            continue;
        out->commits++;
        code = row_filter_add(
            devices, (const char *)sqlite3_column_text(statement, 2), 1);
    }
    out->devices = devices ? (int64_t)row_filter_count(devices) : 0;
    row_filter_free(devices);
    vector_free(&before);
    sqlite3_finalize(statement);
    return code;
}

int sync_publish_preview(sync_published *out, sync_desk *s)
{
    accepted a = {0};
    int code;
    memset(out, 0, sizeof *out);
    code = choose_accepted(&a, s);
    if (!code)
        code = count_accepted(out, &a, s);
    accepted_clear(&a);
    return code;
}

/* 1 if a file differs from main's. */
static int files_differ(sync_desk *s, const char *base, const sync_file *files,
                        size_t count)
{
    buffer now = {0};
    size_t i;
    int differ = 0;
    for (i = 0; !differ && i < count; i++) {
        buffer_clear(&now);
        differ =
            gitlog_read_file(&now, s->log, base, files[i].path) ||
            now.length != files[i].length ||
            (now.length && memcmp(now.data, files[i].bytes, now.length) != 0);
    }
    error_clear();
    buffer_free(&now);
    return differ;
}

static char *write_message(const sync_publication *p, const sync_published *o)
{
    buffer out = {0};
    if (p->message && p->message[0]) {
        size_t length = strlen(p->message);
        while (length && p->message[length - 1] == '\n')
            length--;
        buffer_bytes(&out, p->message, length);
    } else {
        if (p->version)
            buffer_format(&out, "%s: ", p->version);
        buffer_format(&out, _("commits: %lld, devices: %lld"),
                      (long long)o->commits, (long long)o->devices);
    }
    buffer_byte(&out, '\n');
    if (p->version)
        buffer_format(&out, "\nVersion: %s\n", p->version);
    return buffer_take(&out);
}

/* ---- writing ---- */

/* Ids of all parents, main's first, and the latest logical time of them. */
static int list_parents(const char ***list, commit_place **places,
                        int64_t *latest, accepted *a, sync_desk *s)
{
    size_t count = a->count + (a->base_number != 0), i;
    int code = TAWAM_OK;
    *list = memory_array(count + 1, sizeof **list);
    *places = memory_array(count + 1, sizeof **places);
    *latest = INT64_MIN;
    if (!*list || !*places)
        return TAWAM_EMEMORY;
    for (i = 0; !code && i < count; i++) {
        int first = i == 0 && a->base_number;
        int64_t number =
            first ? a->base_number : a->numbers[i - (a->base_number != 0)];
        code = merge_place(&(*places)[i], s->m, number);
        (*list)[i] = (*places)[i].id;
        if (!code && (*places)[i].logical > *latest)
            *latest = (*places)[i].logical;
    }
    return code;
}

/* The commit written and main moved to it, if it still is where A says. */
static int write_version(char id[SYNC_ID_SIZE], sync_desk *s, accepted *a,
                         const sync_file *files, size_t count,
                         const char *message)
{
    const char **parents = NULL;
    commit_place *places = NULL;
    int64_t now = clock_now(), latest = INT64_MIN;
    gitlog_new commit = {
        s->author_name, s->author_mail, now,  clock_zone_minutes(now),
        now / 1000,     message,        NULL, a->count + (a->base_number != 0)};
    int code = list_parents(&parents, &places, &latest, a, s);

    commit.parents = parents;
    commit.logical = clock_hybrid_seconds(now, latest);
    if (!code)
        code = gitlog_write_files(id, s->log, a->base[0] ? a->base : NULL,
                                  files, count, &commit);
    if (!code)
        code = gitlog_replace_ref(s->log, MAIN_REF, id, a->base);
    free(parents);
    free(places);
    return code;
}

/* What is in the log and not in the replica: main's commit itself, if it was
 * just written. */
static int merge_log(sync_desk *s)
{
    sync_result result = {0};
    int code = sync_merge(&result, s, NULL);
    sync_result_clear(&result);
    return code;
}

/* NAME must be free; but where it is main's own and nothing is new, what is
 * asked for is done already, as by a call that was cut off: OUT gets it. */
static int check_free(sync_published *out, sync_desk *s, const accepted *a,
                      const char *name)
{
    char id[SYNC_ID_SIZE];
    int code = name ? sync_resolve_name(id, s, name) : TAWAM_ENOTFOUND;
    if (code == TAWAM_ENOTFOUND)
        return TAWAM_OK;
    if (code)
        return code;
    if (strcmp(id, a->base) != 0 || a->count)
        return error_set(TAWAM_ENO,
                         _("%s names commit %.10s already: choose another"),
                         name, id);
    memcpy(out->id, id, sizeof id);
    out->already = 1;
    return TAWAM_OK;
}

int sync_publish(sync_published *out, sync_desk *s, const sync_publication *p)
{
    sync_published done = {0};
    accepted a = {0};
    char *message = NULL;
    int code = sync_refresh_who(s);

    if (!code)
        code = check_version(p->version);
    if (!code)
        code = check_message(p->message);
    if (!code)
        code = merge_log(s);
    if (!code)
        code = choose_accepted(&a, s);
    if (!code)
        code = count_accepted(&done, &a, s);
    if (!code)
        code = check_free(&done, s, &a, p->version);
    if (!code && !done.already &&
        (a.count || p->version || !a.base[0] ||
         files_differ(s, a.base, p->files, p->file_count))) {
        message = write_message(p, &done);
        code = message ? write_version(done.id, s, &a, p->files, p->file_count,
                                       message)
                       : TAWAM_EMEMORY;
        if (!code)
            code = merge_log(s);
    }
    free(message);
    accepted_clear(&a);
    if (!code)
        *out = done;
    return code;
}

int sync_write_main(sync_desk *s, const sync_file *files, size_t count,
                    const char *message)
{
    char id[SYNC_ID_SIZE];
    accepted a = {0};
    int code = merge_log(s);
    if (!code)
        code = find_base(&a, s);
    if (!code)
        code = write_version(id, s, &a, files, count, message);
    accepted_clear(&a);
    return code ? code : merge_log(s);
}

int sync_read_main(buffer *out, sync_desk *s, const char *path)
{
    char id[SYNC_ID_SIZE];
    int code = gitlog_ref(id, s->log, MAIN_REF);
    return code ? code : gitlog_read_file(out, s->log, id, path);
}

int sync_list_main(sync_desk *s, const char *folder,
                   int (*call)(void *context, const char *path, const char *id),
                   void *context)
{
    char id[SYNC_ID_SIZE];
    int code = gitlog_ref(id, s->log, MAIN_REF);
    if (!code)
        code = gitlog_list_files(s->log, id, folder, call, context);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

/* ---- two versions at once ---- */

/* By logical time, then id. */
static void order_two(const commit_place **earlier, const commit_place **later,
                      const commit_place *a, const commit_place *b)
{
    int a_first = a->logical != b->logical ? a->logical < b->logical
                                           : strcmp(a->id, b->id) < 0;
    *earlier = a_first ? a : b;
    *later = a_first ? b : a;
}

static int write_joined(char id[SYNC_ID_SIZE], sync_desk *s,
                        const commit_place *earlier, const commit_place *later)
{
    const char *parents[2] = {earlier->id, later->id};
    gitlog_new commit = {"tawam",
                         "",
                         (later->logical + 1) * 1000,
                         0,
                         later->logical + 1,
                         "Join two versions of main\n",
                         parents,
                         2};
    return gitlog_write_join(id, s->log, earlier->id, later->id, &commit);
}

int sync_join_main(char id[SYNC_ID_SIZE], sync_desk *s, const char *theirs)
{
    char ours[SYNC_ID_SIZE];
    commit_place a, b;
    const commit_place *earlier, *later;
    int64_t mine, other = merge_number(s->m, theirs);
    int code = other < 0 ? (int)other : gitlog_ref(ours, s->log, MAIN_REF);

    id[0] = 0;
    if (code || !other)
        return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
    mine = merge_number(s->m, ours);
    if (mine <= 0 || merge_covers(s->m, mine, other))
        return mine < 0 ? (int)mine : TAWAM_OK;
    if (merge_covers(s->m, other, mine))
        return gitlog_replace_ref(s->log, MAIN_REF, theirs, ours);
    code = merge_place(&a, s->m, mine);
    if (!code)
        code = merge_place(&b, s->m, other);
    if (code)
        return code;
    order_two(&earlier, &later, &a, &b);
    code = write_joined(id, s, earlier, later);
    if (!code)
        code = gitlog_replace_ref(s->log, MAIN_REF, id, ours);
    return code ? code : merge_log(s);
}
