/* SPDX-License-Identifier: MIT */
/* link: a small file of four numbers. link_internal.h draws what they do. */
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
    unsigned long long limit = 0, good = 0, patience = 0, proven = 0;
    *out = (link_memory){0, 0, PATIENCE_FIRST, 0};
    if (path && file_exists(path) && file_read(&text, path, 300) == TAWAM_OK &&
        text.data &&
        sscanf((char *)text.data,
               "limit %llu good %llu patience %llu proven %llu", &limit, &good,
               &patience, &proven) == 4 &&
        limit >= LINK_LEAST && limit <= LINK_FREE && patience &&
        patience <= PATIENCE_MOST)
        *out = (link_memory){limit, good, patience, proven};
    error_clear();
    buffer_free(&text);
    free(path);
}

static void write_memory(const char *gitdir, const link_memory *m)
{
    char text[200];
    char *path = file_join(gitdir, NAME);
    int length = snprintf(
        text, sizeof text, "limit %llu good %llu patience %llu proven %llu\n",
        (unsigned long long)m->limit, (unsigned long long)m->good,
        (unsigned long long)m->patience, (unsigned long long)m->proven);
    if (path && !m->limit)
        unlink(path);
    else if (path && file_write_atomic(path, text, (size_t)length) < 0)
        error_clear(); /* the next one asks too much again: no harm */
    free(path);
}

void link_cut(const char *gitdir, uint64_t moved, int sending)
{
    link_memory m;
    link_read(&m, gitdir);
    if (m.limit && m.patience < PATIENCE_MOST)
        m.patience *= 2;
    if (m.proven && moved > m.proven) {
        m.limit = m.proven + m.proven / 7 + 1;
    } else {
        m.limit = sending ? moved / 2 : moved;
        m.proven = 0;
    }
    m.limit = m.limit > LINK_LEAST ? m.limit : LINK_LEAST;
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
    m.proven = moved > m.proven ? moved : m.proven;
    m.limit = moved > m.limit ? moved : m.limit;
    if (++m.good >= m.patience) {
        m.limit += m.limit / 2;
        m.good = 0;
    }
    if (m.limit > LINK_FREE)
        m = (link_memory){0, 0, PATIENCE_FIRST, 0};
    write_memory(gitdir, &m);
}

uint64_t link_budget(const link_memory *m)
{
    return m->limit / 8 * 7;
}
