/* SPDX-License-Identifier: MIT */
/* link: a small file of three numbers. link_internal.h draws what they do. */
#include "sync/link_internal.h"
#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "tawam.link"
#define PATIENCE_FIRST 4
#define PATIENCE_MOST 64

void link_read(link_memory *out, const char *gitdir)
{
    buffer text = {0};
    char *path = file_join(gitdir, NAME);
    unsigned long long limit = 0, good = 0, patience = 0;
    *out = (link_memory){0, 0, PATIENCE_FIRST};
    if (path && file_exists(path) && file_read(&text, path, 200) == TAWAM_OK &&
        text.data &&
        sscanf((char *)text.data, "limit %llu good %llu patience %llu", &limit,
               &good, &patience) == 3 &&
        limit >= LINK_LEAST && limit <= LINK_FREE && patience &&
        patience <= PATIENCE_MOST)
        *out = (link_memory){limit, good, patience};
    error_clear();
    buffer_free(&text);
    free(path);
}

static void write_memory(const char *gitdir, const link_memory *m)
{
    char text[120];
    char *path = file_join(gitdir, NAME);
    int length =
        snprintf(text, sizeof text, "limit %llu good %llu patience %llu\n",
                 (unsigned long long)m->limit, (unsigned long long)m->good,
                 (unsigned long long)m->patience);
    if (path && !m->limit)
        unlink(path);
    else if (path && file_write_atomic(path, text, (size_t)length) < 0)
        error_clear(); /* the next one asks too much again: no harm */
    free(path);
}

void link_cut(const char *gitdir, uint64_t moved)
{
    link_memory m;
    link_read(&m, gitdir);
    if (m.limit && moved * 2 < m.limit)
        moved = m.limit / 2; /* an early break says little */
    if (m.limit)
        m.patience *= 2;
    m.patience = m.patience < PATIENCE_MOST ? m.patience : PATIENCE_MOST;
    m.limit = moved > LINK_LEAST ? moved : LINK_LEAST;
    m.limit = m.limit < LINK_FREE ? m.limit : LINK_FREE;
    m.good = 0;
    write_memory(gitdir, &m);
}

void link_carried(const char *gitdir, uint64_t moved)
{
    link_memory m;
    link_read(&m, gitdir);
    if (!m.limit || moved < link_budget(&m) / 2)
        return;
    if (moved > m.limit * 2)
        m.limit = moved; /* far more than it was given */
    if (++m.good >= m.patience) {
        m.limit += m.limit / 2;
        m.good = 0;
    }
    if (m.limit > LINK_FREE)
        m = (link_memory){0, 0, PATIENCE_FIRST};
    write_memory(gitdir, &m);
}

uint64_t link_budget(const link_memory *m)
{
    return m->limit / 8 * 7;
}
