/* SPDX-License-Identifier: MIT */
/* source: what all readers share. */
#include <stdlib.h>
#include <string.h>
#include "exchange/exchange_internal.h"

int source_add_column(source *s, size_t *index, const char *name, size_t length,
                      enum source_role role)
{
    source_column *column = NULL;
    if (s->column_count >= EXCHANGE_COLUMNS_MAX)
        return error_set(TAWAM_EUSAGE,
                         _("more than %d columns: is this the right file, "
                           "and the right delimiter?"),
                         EXCHANGE_COLUMNS_MAX);
    if (memory_reserve((void **)&s->columns, &s->column_capacity,
                       s->column_count + 1, sizeof *s->columns) < 0)
        return TAWAM_EMEMORY;
    column = &s->columns[s->column_count];
    memset(column, 0, sizeof *column);
    column->role = role;
    column->name = memory_string_length(name, length);
    if (!column->name)
        return TAWAM_EMEMORY;
    if (index)
        *index = s->column_count;
    s->column_count++;
    return TAWAM_OK;
}

void source_clear(source *s)
{
    for (size_t i = 0; i < s->column_count; i++)
        free(s->columns[i].name);
    free(s->columns);
    free(s->remark);
    s->columns = NULL;
    s->remark = NULL;
    s->column_count = 0;
}

void source_close(source *s)
{
    if (s)
        s->class->close(s);
}
