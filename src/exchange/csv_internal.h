/* SPDX-License-Identifier: MIT */
/* csv, private part: records (csv_record.c) and what they mean (csv_read.c). */
#ifndef TAWAM_EXCHANGE_CSV_INTERNAL_H
#define TAWAM_EXCHANGE_CSV_INTERNAL_H

#include <csv.h>
#include "exchange/exchange_internal.h"

typedef struct field {
    size_t at, length; /* in text */
} field;

typedef struct csv_source {
    source base;
    input in;
    struct csv_parser parser;
    char terminator;  /* '\n', or '\r' for old Macintosh files */
    int64_t line;     /* physical lines taken, from 1 */
    int64_t started;  /* line where the present record began */
    buffer cut;       /* a line that chunks cut in pieces */
    buffer raw, text; /* the record's lines; its fields, NUL after each */
    buffer again;     /* lines given back, */
    size_t again_at;  /* and how far they are taken again */
    field *fields;
    size_t field_count, field_capacity;
    size_t surplus;     /* fields beyond the limit, counted only */
    int complete;       /* a record ended */
    int failed;         /* no memory inside a callback */
    int oversize;       /* a field longer than the limit */
    source_cell *cells; /* column_count of them */
    char reason[EXCHANGE_REASON_SIZE];
    int64_t header_lines;
} csv_source;

/* Make libcsv's parser anew, for the source's delimiter and terminator. */
int csv_parser_start(csv_source *s);
/* The next physical line, its end included, borrowed until the next call:
 * 1, 0 at the end, negative error. The caller counts it in s->line. */
int csv_next_line(csv_source *s, const uint8_t **line, size_t *length);
/* One record into s->fields: 1, 0 at the end, negative error. With a reason
 * in s->reason it is broken. Lines with nothing on them are stepped over. */
int csv_read_record(csv_source *s);

#endif
