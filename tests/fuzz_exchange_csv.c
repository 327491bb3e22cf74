/* SPDX-License-Identifier: MIT */
/* Fuzzing of the CSV reader and of what becomes of its cells. For any input:
 * both passes see the same rows, lines only grow, a row is wrong or has a cell
 * for each column, and a cell is converted or refused with a reason. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_cell(const source_cell *cell, const source *s, arena *a)
{
    char reason[EXCHANGE_REASON_SIZE];
    twin_type type = TWIN_BOOLEAN;
    inference i = {0};
    inference_add(&i, cell, s->delimiter);
    for (; type <= TWIN_GEOMETRY; type++) {
        cell_rules rules = {type, 0, s->delimiter};
        twin_value out;
        reason[0] = 0;
        if (cell_convert(&out, cell, &rules, a, reason))
            assert(reason[0]);
        else if (type == inference_type(&i))
            assert(out.kind != TWIN_KIND_TEXT || type >= TWIN_DATE);
    }
    /* What is inferred from one value must take that value. */
    cell_rules own = {inference_type(&i), 0, s->delimiter};
    twin_value out;
    assert(cell_convert(&out, cell, &own, a, reason) == 0);
}

static long pass(source *s, arena *a, int look)
{
    source_row row;
    int64_t line = 0;
    long count = 0;
    buffer raw = {0};
    while (s->class->next(s, &row) == 1) {
        assert(row.line > line);
        line = row.line;
        count++;
        buffer_clear(&raw);
        s->class->raw(s, &raw);
        assert(raw.length);
        if (row.wrong)
            continue;
        assert(row.count == s->column_count);
        for (size_t i = 0; look && i < row.count && i < 8; i++)
            try_cell(&row.cells[i], s, a);
        arena_reset(a);
    }
    buffer_free(&raw);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", 0);
    source *s = NULL;
    arena *a = NULL;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (csv_source_open_descriptor(&s, fd, "fuzz") < 0) {
        assert(error_message()[0]);
        return 0;
    }
    if (arena_new(&a) < 0)
        abort();
    long first = pass(s, a, 1);
    if (s->class->rewind(s) < 0)
        abort();
    assert(pass(s, a, 0) == first);
    arena_free(a);
    source_close(s);
    return 0;
}
