/* SPDX-License-Identifier: MIT */
/* CSV attachments: a header of names, then rows. Comma, or semicolon where the
 * header line has one; a byte order mark is skipped; quotes as in RFC 4180. */
#include "form/lists_internal.h"
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 65536

typedef struct csv_state {
    const list_output *out;
    buffer cells;   /* of the row so far, each with its NUL */
    size_t *starts; /* of each */
    size_t count, capacity;
    const char **pointers;
    size_t pointer_capacity;
    size_t columns; /* 0: the header is still to come */
    size_t row;     /* of the file, from 1 */
    int code;
} csv_state;

static int bad_row(const csv_state *c, const char *what)
{
    return error_set(TAWAM_EUSAGE, _("row %zu: %s"), c->row + 1, what);
}

static void on_cell(void *text, size_t length, void *context)
{
    csv_state *c = context;
    if (c->code != TAWAM_OK)
        return;
    if (c->columns && c->count >= c->columns)
        return; /* beyond the header: no name leads to it */
    if (c->count >= FORM_LIST_COLUMNS_MOST)
        c->code = bad_row(c, _("too many columns"));
    else if (length + c->cells.length > FORM_LIST_ROW_MOST)
        c->code = bad_row(c, _("too long; is a quotation mark missing?"));
    else if (length && !text_valid(text, length))
        c->code = bad_row(c, _("not UTF-8: save the file as CSV UTF-8"));
    else if (length && memchr(text, '\0', length))
        c->code = bad_row(c, _("a NUL byte"));
    else
        c->code = memory_reserve((void **)&c->starts, &c->capacity,
                                 c->count + 1, sizeof *c->starts);
    if (c->code != TAWAM_OK)
        return;
    c->starts[c->count++] = c->cells.length;
    if (length)
        buffer_bytes(&c->cells, text, length);
    buffer_byte(&c->cells, 0);
}

static int end_header(csv_state *c)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++)
        code = c->out->column(c->out->context,
                              (const char *)c->cells.data + c->starts[i]);
    c->columns = c->count;
    return code;
}

/* A row that is short ends in empty cells. */
static int end_record(csv_state *c)
{
    int code = memory_reserve((void **)&c->pointers, &c->pointer_capacity,
                              c->columns, sizeof *c->pointers);
    for (size_t i = 0; code == TAWAM_OK && i < c->columns; i++)
        c->pointers[i] =
            i < c->count ? (const char *)c->cells.data + c->starts[i] : "";
    return code == TAWAM_OK
               ? c->out->row(c->out->context, c->pointers, c->columns)
               : code;
}

static void on_row(int terminator, void *context)
{
    csv_state *c = context;
    (void)terminator;
    if (c->code == TAWAM_OK)
        c->code = buffer_check(&c->cells);
    if (c->code == TAWAM_OK)
        c->code = c->columns ? end_record(c) : end_header(c);
    c->row++;
    c->count = 0;
    buffer_clear(&c->cells);
}

/* The first piece is long enough for a header; its first line decides. */
static unsigned char delimiter_of(const char *text, size_t length)
{
    const char *end = memchr(text, '\n', length);
    size_t line = end ? (size_t)(end - text) : length;
    return memchr(text, ';', line) ? ';' : ',';
}

/* A field in quotes may not grow without end. */
static int parse(csv_state *c, struct csv_parser *parser, const char *text,
                 size_t length)
{
    if (csv_parse(parser, text, length, on_cell, on_row, c) != length)
        return c->code != TAWAM_OK ? c->code : error_memory();
    if (c->code == TAWAM_OK &&
        csv_get_buffer_size(parser) > 2 * FORM_LIST_ROW_MOST)
        c->code = bad_row(c, _("too long; is a quotation mark missing?"));
    return c->code;
}

static int fill_piece(size_t *length, const list_input *in, char *piece)
{
    size_t got = 1;
    int code = TAWAM_OK;
    for (*length = 0; code == TAWAM_OK && got && *length < PIECE;) {
        code = in->read(&got, in->context, piece + *length, PIECE - *length);
        if (code == TAWAM_OK)
            *length += got;
    }
    return code;
}

static int read_pieces(csv_state *c, struct csv_parser *parser,
                       const list_input *in, char *piece)
{
    size_t length = 0, skip;
    int code = fill_piece(&length, in, piece);
    skip = length >= 3 && memcmp(piece, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (code == TAWAM_OK)
        csv_set_delim(parser, delimiter_of(piece + skip, length - skip));
    while (code == TAWAM_OK && length) {
        code = parse(c, parser, piece + skip, length - skip);
        skip = 0;
        if (code == TAWAM_OK)
            code = fill_piece(&length, in, piece);
    }
    /* A quotation mark within a cell is taken as it is, one that stays open to
     * the end (state 2 of libcsv's: in a field) is not. */
    if (code == TAWAM_OK && parser->quoted && parser->pstate == 2)
        code = bad_row(c, _("a quotation mark is not closed"));
    if (code == TAWAM_OK && csv_fini(parser, on_cell, on_row, c) != 0)
        code = error_memory();
    return code == TAWAM_OK ? c->code : code;
}

int list_read_csv(const list_output *out, const list_input *in)
{
    struct csv_parser parser;
    csv_state c = {.out = out};
    char *piece;
    int code;
    if (csv_init(&parser, 0) != 0)
        return error_memory();
    piece = memory_array(PIECE, 1);
    code = piece ? read_pieces(&c, &parser, in, piece) : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !c.columns)
        code = error_set(TAWAM_EUSAGE,
                         _("the file is empty: its first line names the "
                           "columns"));
    csv_free(&parser);
    free(piece);
    free(c.starts);
    free(c.pointers);
    buffer_free(&c.cells);
    return code;
}

int list_bytes_read(size_t *length, void *context, void *bytes, size_t size)
{
    list_bytes *b = context;
    *length = b->length - b->at < size ? b->length - b->at : size;
    if (*length)
        memcpy(bytes, b->bytes + b->at, *length);
    b->at += *length;
    return TAWAM_OK;
}
