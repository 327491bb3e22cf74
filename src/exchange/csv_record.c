/* SPDX-License-Identifier: MIT */
/* csv_record: records of a CSV (RFC 4180), by libcsv in its strict mode.
 *
 * libcsv is handed whole physical lines, so the line of every record is known
 * and its bytes are there as they came:
 *
 *     chunk --lines--> line --libcsv--> fields        a record is complete
 *                        \--> raw                     when a newline ends it
 *
 * Invariants:
 *  1. raw holds exactly the physical lines of the present record.
 *  2. A record that libcsv refuses costs one line: if it had swallowed more
 *     (a quote never closed), those are given back and read again. Each byte
 *     is read again a bounded number of times, since the next quote ends it.
 *  3. Blanks belong to their field. Empty lines are skipped, as libcsv does.
 *  4. Lines end in LF or CRLF; in CR alone if the first line does. Inside
 *     quotes they are data, byte for byte.
 *  5. Free of SQLite; nothing grows past EXCHANGE_RECORD_MAX.
 */
#include <stdlib.h>
#include <string.h>
#include "exchange/csv_internal.h"

enum { PARSER_BLOCK = 4096 };

static int is_newline(unsigned char c)
{
    return c == '\n';
}

static int is_return(unsigned char c)
{
    return c == '\r';
}

static int is_nothing(unsigned char c)
{
    (void)c;
    return 0;
}

/* CR before LF counts as libcsv's blank, which it drops outside quotes. */
int csv_parser_start(csv_source *s)
{
    unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL;
    if (csv_init(&s->parser, options) != 0)
        return error_memory();
    csv_set_delim(&s->parser, (unsigned char)s->base.delimiter);
    csv_set_blk_size(&s->parser, PARSER_BLOCK);
    csv_set_term_func(&s->parser,
                      s->terminator == '\r' ? is_return : is_newline);
    csv_set_space_func(&s->parser,
                       s->terminator == '\r' ? is_nothing : is_return);
    return TAWAM_OK;
}

/* Note a field that stands in text at AT. */
static void add_field(csv_source *s, size_t at, size_t length)
{
    if (s->field_count >= EXCHANGE_COLUMNS_MAX + 1)
        s->surplus++;
    else if (length > EXCHANGE_FIELD_MAX)
        s->oversize = 1;
    else if (memory_reserve((void **)&s->fields, &s->field_capacity,
                            s->field_count + 1, sizeof *s->fields) < 0)
        s->failed = 1;
    else
        s->fields[s->field_count++] = (field){at, length};
}

static void field_ended(void *bytes, size_t length, void *context)
{
    csv_source *s = context;
    size_t at = s->text.length;
    if (s->surplus == 0 && length <= EXCHANGE_FIELD_MAX)
        buffer_bytes(&s->text, bytes, length + 1); /* CSV_APPEND_NULL's too */
    add_field(s, at, length);
}

static void record_ended(int terminator, void *context)
{
    csv_source *s = context;
    (void)terminator;
    s->complete = 1;
}

static void record_start(csv_source *s)
{
    buffer_clear(&s->raw);
    buffer_clear(&s->text);
    s->field_count = s->surplus = 0;
    s->complete = s->oversize = 0;
    s->started = s->line + 1;
}

int csv_next_line(csv_source *s, const uint8_t **line, size_t *length)
{
    input *in = &s->in;
    if (s->again_at < s->again.length) {
        const uint8_t *from = s->again.data + s->again_at;
        size_t left = s->again.length - s->again_at;
        const uint8_t *end = memchr(from, s->terminator, left);
        *line = from;
        *length = end ? (size_t)(end - from) + 1 : left;
        s->again_at += *length;
        return 1;
    }
    buffer_clear(&s->cut);
    for (;;) {
        if (in->at == in->filled) {
            int result = input_fill(in);
            if (result < 0)
                return result;
            if (result == 0) {
                *line = s->cut.data;
                *length = s->cut.length;
                return s->cut.length != 0;
            }
        }
        const uint8_t *from = in->text + in->at;
        size_t left = in->filled - in->at;
        const uint8_t *end = memchr(from, s->terminator, left);
        size_t take = end ? (size_t)(end - from) + 1 : left;
        in->at += take;
        if (end && s->cut.length == 0) {
            *line = from;
            *length = take;
            return 1;
        }
        if (s->cut.length + take > EXCHANGE_RECORD_MAX)
            return error_set(TAWAM_EUSAGE,
                             _("line %lld is longer than %d MiB: is this the "
                               "right file?"),
                             (long long)s->line + 1, EXCHANGE_RECORD_MAX >> 20);
        buffer_bytes(&s->cut, from, take);
        if (buffer_check(&s->cut) < 0)
            return TAWAM_EMEMORY;
        if (end) {
            *line = s->cut.data;
            *length = s->cut.length;
            return 1;
        }
    }
}

/* The record's first line is wrong; what it swallowed is to be read again. */
static int give_back(csv_source *s)
{
    uint8_t *end = memchr(s->raw.data, s->terminator, s->raw.length);
    size_t first = end ? (size_t)(end - s->raw.data) + 1 : s->raw.length;
    buffer rest = {0};

    buffer_bytes(&rest, s->raw.data + first, s->raw.length - first);
    if (s->again_at < s->again.length)
        buffer_bytes(&rest, s->again.data + s->again_at,
                     s->again.length - s->again_at);
    if (buffer_check(&rest) < 0) {
        buffer_free(&rest);
        return TAWAM_EMEMORY;
    }
    buffer_free(&s->again);
    s->again = rest;
    s->again_at = 0;
    s->raw.length = first;
    s->line = s->started;
    return TAWAM_OK;
}

/* libcsv stopped, or the file ended within quotes. */
static int record_broken(csv_source *s, int open_quote)
{
    int result = give_back(s);
    csv_free(&s->parser);
    if (result == TAWAM_OK)
        result = csv_parser_start(s);
    s->field_count = 0;
    snprintf(s->reason, sizeof s->reason, "%s",
             open_quote ? _("a quote is opened and not closed")
                        : _("a quote stands within a field: the field must be "
                            "quoted whole, and a quote in it doubled"));
    return result;
}

/* 1 if LINE is a record of itself, without a quote or an odd CR, as nearly all
 * are: then splitting it at the delimiters is all that libcsv would do. */
static int is_simple(const csv_source *s, const uint8_t *line, size_t length)
{
    const uint8_t *cr = memchr(line, '\r', length);
    return s->raw.length == length && s->terminator == '\n' &&
           line[length - 1] == '\n' && !memchr(line, '"', length) &&
           (!cr || cr == line + length - 2);
}

/* Fields of a simple line into text, a NUL in place of each delimiter. */
static void split(csv_source *s, const uint8_t *line, size_t length)
{
    size_t at = 0, end = length - 1;
    if (end && line[end - 1] == '\r')
        end--;
    if (end == 0) /* an empty line */
        return;
    buffer_bytes(&s->text, line, end);
    buffer_byte(&s->text, 0);
    if (s->text.failed)
        return;
    while (at <= end && !s->failed) {
        uint8_t *from = s->text.data + at;
        uint8_t *stop = memchr(from, s->base.delimiter, end - at);
        size_t size = stop ? (size_t)(stop - from) : end - at;
        if (stop)
            *stop = 0;
        add_field(s, at, size);
        at += size + 1;
    }
    s->complete = 1;
}

static int take_line(csv_source *s, const uint8_t *line, size_t length)
{
    if (s->raw.length + length > EXCHANGE_RECORD_MAX)
        return error_set(TAWAM_EUSAGE,
                         _("the record that begins in line %lld is longer "
                           "than %d MiB: a quote opened there and not "
                           "closed?"),
                         (long long)s->started, EXCHANGE_RECORD_MAX >> 20);
    s->line++;
    buffer_bytes(&s->raw, line, length);
    size_t done = length;
    if (is_simple(s, line, length))
        split(s, line, length);
    else
        done =
            csv_parse(&s->parser, line, length, field_ended, record_ended, s);
    if (s->failed || csv_error(&s->parser) == CSV_ENOMEM ||
        buffer_check(&s->raw) < 0 || buffer_check(&s->text) < 0)
        return error_memory();
    if (s->oversize)
        return error_set(TAWAM_EUSAGE,
                         _("a field in line %lld is longer than %d MiB: a "
                           "quote opened there and not closed?"),
                         (long long)s->started, EXCHANGE_FIELD_MAX >> 20);
    return done == length ? 1 : 0;
}

int csv_read_record(csv_source *s)
{
    const uint8_t *line = NULL;
    size_t length = 0;

    s->reason[0] = 0;
    record_start(s);
    while (!s->complete) {
        int result = csv_next_line(s, &line, &length);
        if (result < 0)
            return result;
        if (result == 0) {
            if (csv_fini(&s->parser, field_ended, record_ended, s) == 0)
                return s->complete && s->raw.length;
            result = record_broken(s, 1);
            return result < 0 ? result : 1;
        }
        result = take_line(s, line, length);
        if (result < 0)
            return result;
        if (result == 0) {
            result = record_broken(s, 0);
            return result < 0 ? result : 1;
        }
        if (!s->complete && s->field_count == 0 && s->parser.pstate == 0)
            record_start(s); /* an empty line */
    }
    return 1;
}
