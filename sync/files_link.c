/* SPDX-License-Identifier: MIT */
/* files: how much goes at a time.
 *
 * What one connection moves is kept when it got through. So after a cut the
 * next ones carry a single piece; after 8 that got through twice as much, but
 * for a while not what failed last.
 *
 *     2 MiB --cut--> 16 kB --8 got through--> 32 kB --cut--> 16 kB --64--> ...
 */
#include "sync/files_internal.h"
#include "sync/link_internal.h"
#include "sync/remote_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_MOST FILES_BUDGET_MOST
#define GOOD_TO_GROW 8
#define GOOD_TO_DARE 64 /* again what failed last */
#define FAILURES_MOST 5
#define PAUSE 100 /* ms, growing */

/* remote_*'s progress, as one of files. */
static int tell(void *context, const sync_progress *p)
{
    files_link *l = context;
    sync_progress q = *p;
    if (!l->options || !l->options->progress)
        return 0;
    if (l->stage && q.stage != SYNC_WAITING)
        q.stage = l->stage;
    q.done =
        l->done + (l->stage == SYNC_FILES_SENDING ? p->bytes_out : p->bytes_in);
    q.total = l->total;
    if (q.done > q.total)
        q.done = q.total;
    q.bytes_in += l->result->bytes_in;
    q.bytes_out += l->result->bytes_out;
    return l->options->progress(l->options->context, &q);
}

/* The data has just gone over it, or was cut. */
static size_t first_budget(sync_desk *s, const char *url)
{
    link_memory memory = {0};
    char *path = NULL;
    int is_folder = remote_is_path(&path, url);
    free(path);
    if (is_folder)
        return BUDGET_MOST;
    link_read(&memory, gitlog_path(s->log));
    return memory.limit || remote_slice_step(gitlog_path(s->log)) ? FILES_PIECE
                                                                  : BUDGET_MOST;
}

void files_link_begin(files_link *l, sync_desk *s, const char *remote,
                      const char *url, const sync_options *options,
                      files_result *result)
{
    memset(l, 0, sizeof *l);
    l->s = s;
    l->remote = remote;
    l->url = url;
    l->options = options;
    l->result = result;
    l->budget = first_budget(s, url);
    l->keeps = strncmp(url, "http", 4) != 0;
    l->ceiling = BUDGET_MOST + 1;
    if (options)
        l->told = *options;
    l->told.progress = tell;
    l->told.context = l;
    l->wire.sync = &l->told;
}

void files_link_stage(files_link *l, sync_stage stage, uint64_t total)
{
    l->stage = stage;
    l->done = 0;
    l->total = total;
    /* a step that was cut is made anew, smaller: the same again would be cut
     * again */
    if (stage == SYNC_FILES_SENDING)
        l->told.retries = 0;
    else if (l->options)
        l->told.retries = l->options->retries;
}

static void got_through(files_link *l)
{
    l->failures = 0;
    l->good++;
    if (l->good >= GOOD_TO_DARE)
        l->ceiling = BUDGET_MOST + 1;
    if (l->good % GOOD_TO_GROW == 0 && l->budget * 2 < l->ceiling)
        l->budget *= 2;
}

int files_link_again(files_link *l, int code, const remote_traffic *traffic)
{
    if (code == TAWAM_OK)
        got_through(l);
    return files_link_list_again(l, code, traffic);
}

int files_link_list_again(files_link *l, int code,
                          const remote_traffic *traffic)
{
    l->result->bytes_in += traffic->bytes_in;
    l->result->bytes_out += traffic->bytes_out;
    if (code != TAWAM_EUNREACHABLE || !traffic->bytes_in)
        return 0;
    /* then a whole piece is among what stays */
    if (l->keeps && l->stage == SYNC_FILES_RECEIVING &&
        traffic->bytes_in > 2 * FILES_PIECE)
        l->failures = 0;
    l->ceiling = l->budget > FILES_PIECE ? l->budget : 2 * FILES_PIECE;
    l->budget = FILES_PIECE;
    l->good = 0;
    if (++l->failures >= FAILURES_MOST)
        return 0;
    poll(NULL, 0, PAUSE * l->failures);
    return 1;
}
