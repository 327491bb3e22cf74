/* SPDX-License-Identifier: MIT */
/* Sending, step 4 and 5 of a meeting (meet.c): what the remote lacks of our
 * line, of main, and of the lines of others that we hold.
 *
 * Invariants:
 *  1. Planned from what the remote shows: only a ref that it lacks, or that
 *     moves forward.
 *  2. Two lines of one name: the remote keeps the one it has, and the other
 *     goes beside it under NAME-ID. A line is not sent where one that the
 *     remote shows leads to all of it.
 */
#include "sync/sync_internal.h"
#include "sync/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct push_plan {
    sync_desk *s;
    const char *refs; /* as the remote shows them */
    const char *head; /* ours, when the plan is made */
    buffer specs;     /* SOURCE:DESTINATION lines, ours first */
    size_t lines;
} push_plan;

/* SOURCE at ID goes to DESTINATION if that moves it forward. */
static int plan_ref(push_plan *p, const char *source, const char *id,
                    const char *destination)
{
    char there[SYNC_ID_SIZE], wanted[200];
    int contains = 1;
    sync_listed_ref(there, p->refs, destination);
    if (strcmp(there, id) == 0)
        return TAWAM_OK;
    snprintf(wanted, sizeof wanted, ":%s\n", destination);
    if (p->specs.data && strstr((char *)p->specs.data, wanted))
        return TAWAM_OK;
    if (there[0])
        contains = gitlog_has(p->s->log, there);
    if (there[0] && contains > 0)
        contains = gitlog_contains(p->s->log, id, there);
    if (contains <= 0)
        return contains;
    buffer_format(&p->specs, "%s:%s\n", source, destination);
    p->lines++;
    return buffer_check(&p->specs);
}

/* 1 if the line at AT leads to ID or can't be followed so far, 0 if not. */
static int may_lead(sync_desk *s, const char *at, const char *id)
{
    int contains = gitlog_has(s->log, at);
    if (contains > 0)
        contains = gitlog_contains(s->log, at, id);
    else if (!contains)
        return 1;
    if (contains != TAWAM_EDAMAGED)
        return contains;
    error_clear();
    return 1;
}

int sync_shown(sync_desk *s, const char *refs, const char *id)
{
    int may = 0;
    while (may == 0 && refs && *refs) {
        char at[SYNC_ID_SIZE];
        snprintf(at, sizeof at, "%.40s", refs);
        if (strncmp(refs + 40, " refs/heads/", 12) == 0)
            may = may_lead(s, at, id);
        refs = strchr(refs, '\n');
        refs += refs != NULL;
    }
    return may;
}

/* LINE of another device, at ID here and elsewhere there: behind, ahead, or two
 * lines of one name. Of these the remote keeps the one it has, and ours goes to
 * a name beside it. */
static int plan_other_line(push_plan *p, const char *source, const char *id,
                           const char *line)
{
    char destination[160], there[SYNC_ID_SIZE];
    size_t planned = p->lines;
    int code;
    snprintf(destination, sizeof destination, DEVICE_REFS "%.48s", line);
    code = plan_ref(p, source, id, destination);
    sync_listed_ref(there, p->refs, destination);
    if (code || p->lines > planned || !there[0] || strcmp(there, id) == 0)
        return code;
    code = p->head[0] ? gitlog_contains(p->s->log, p->head, id) : 0;
    if (!code)
        code = sync_shown(p->s, p->refs, id);
    if (code)
        return code < 0 ? code : TAWAM_OK;
    snprintf(destination, sizeof destination, DEVICE_REFS "%.36s-%.8s", line,
             id);
    return plan_ref(p, source, id, destination);
}

/* Lines of others that we hold and the remote lacks travel with ours. */
static int plan_other(void *context, const char *name, const char *id)
{
    push_plan *p = context;
    const char *line = NULL;
    char own[80];
    int64_t number;
    if (strncmp(name, DEVICE_REFS, strlen(DEVICE_REFS)) == 0)
        line = name + strlen(DEVICE_REFS);
    else if (strncmp(name, "refs/remotes/", 13) == 0)
        line = strstr(name, "/device/");
    if (!line)
        return 0;
    if (line[0] == '/')
        line += 8;
    sync_own_ref(own, p->s);
    number = strcmp(line, own + strlen(DEVICE_REFS)) == 0
                 ? 0
                 : merge_number(p->s->m, id);
    return number > 0 ? plan_other_line(p, name, id, line) : (int)number;
}

static int plan_push(push_plan *p)
{
    char own[80], at[SYNC_ID_SIZE];
    int code = TAWAM_OK;
    sync_own_ref(own, p->s);
    if (p->head[0])
        code = plan_ref(p, own, p->head, own);
    if (!code)
        code = gitlog_ref(at, p->s->log, MAIN_REF);
    if (!code)
        code = plan_ref(p, MAIN_REF, at, MAIN_REF);
    if (!code || code == TAWAM_ENOTFOUND)
        code = gitlog_refs(p->s->log, "refs/*", plan_other, p);
    return code;
}

/* The remote shows our line at a commit that it did not give: to say "nothing
 * to send" or to move its ref would both be wrong. */
static int check_own_line_known(const push_plan *p)
{
    char own[80], there[SYNC_ID_SIZE];
    int has;
    sync_own_ref(own, p->s);
    sync_listed_ref(there, p->refs, own);
    has =
        there[0] && !TEETH(WITHHELD_IS_SENT) ? gitlog_has(p->s->log, there) : 1;
    if (has)
        return has < 0 ? has : TAWAM_OK;
    return error_set(TAWAM_EDAMAGED,
                     _("the remote shows %s at commit %.10s but does not give "
                       "it: nothing was sent. Its repository needs mending "
                       "(`git fsck` there)"),
                     own, there);
}

/* The remote's reason in the first "ng REF reason" line that BEGINS so. */
static char *refusal(const char *report, const char *begins)
{
    const char *ng = report ? strstr(report, begins) : NULL;
    size_t ref = ng ? strcspn(ng + 3, " \n") : 0;
    char *reason = NULL, *both = NULL;
    if (!ng)
        return NULL;
    ng += 3 + ref;
    reason = text_safe(ng, strcspn(ng, "\n"), 0);
    if (reason)
        both = memory_format("%.*s:%s", (int)ref, ng - ref, reason);
    free(reason);
    return both;
}

/* Lines of other devices in "ok REF" lines. */
static int64_t sent_lines(sync_desk *s, const char *report)
{
    char own[90];
    size_t length;
    int64_t count = 0;
    sync_own_ref(own, s);
    length = strlen(own);
    own[length++] = '\n';
    for (; report && *report; report += strcspn(report, "\n") + 1) {
        if (strncmp(report, "ok " DEVICE_REFS, 3 + strlen(DEVICE_REFS)) == 0)
            count += strncmp(report + 3, own, length) != 0;
        if (!strchr(report, '\n'))
            break;
    }
    return count;
}

static int64_t sent_commits(sync_desk *s, const char *refs)
{
    char own[80], there[SYNC_ID_SIZE], head[SYNC_ID_SIZE];
    gitlog_commit *a = NULL, *b = NULL;
    int64_t count = 0;
    sync_own_ref(own, s);
    sync_listed_ref(there, refs, own);
    if (sync_head(head, s) || !head[0] || gitlog_read(&a, s->log, head))
        return 0;
    count = a->sequence;
    if (there[0] && gitlog_read(&b, s->log, there) == TAWAM_OK)
        count -= b->sequence;
    gitlog_commit_free(a);
    gitlog_commit_free(b);
    error_clear();
    return count < 0 ? 0 : count;
}

int sync_send(sync_result *r, sync_desk *s, const char *remote, const char *url,
              const char *refs, const struct remote_options *options)
{
    push_plan plan = {s, refs, r->head, {0}, 0};
    remote_traffic traffic = {0};
    char *report = NULL;
    int code = sync_head(r->head, s);

    if (!code)
        code = sync_move_ref(s);
    if (!code)
        code = check_own_line_known(&plan);
    if (!code)
        code = plan_push(&plan);
    r->sent = code ? SYNC_NOT_SENT : SYNC_NOTHING_TO_SEND;
    if (code || !plan.lines) {
        buffer_free(&plan.specs);
        return code;
    }
    code = remote_push(&r->sent, &report, &traffic, gitlog_path(s->log), remote,
                       url, (char *)plan.specs.data, options);
    r->bytes_in += traffic.bytes_in;
    r->bytes_out += traffic.bytes_out;
    if (code && r->sent == SYNC_NOTHING_TO_SEND)
        r->sent = SYNC_NOT_SENT;
    if (!code && r->sent == SYNC_SENT) {
        r->commits_sent = sent_commits(s, refs);
        r->lines_sent = sent_lines(s, report);
    }
    if (!code && r->sent == SYNC_REFUSED)
        r->why = refusal(report, "ng ");
    if (!code && r->sent == SYNC_SENT)
        r->why = refusal(report, "ng " MAIN_REF " ");
    free(report);
    buffer_free(&plan.specs);
    return code;
}
