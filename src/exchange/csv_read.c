/* SPDX-License-Identifier: MIT */
/* csv_read: rows of a CSV (RFC 4180), by libcsv in its strict mode.
 *
 * The reader hands libcsv whole physical lines, so it knows the line of every
 * record and has its bytes as they came:
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
#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/exchange_internal.h"

enum { PARSER_BLOCK = 4096 };

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
static int parser_start(csv_source *s)
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

static void field_ended(void *bytes, size_t length, void *context)
{
    csv_source *s = context;
    if (s->field_count >= EXCHANGE_COLUMNS_MAX + 1) {
        s->surplus++;
        return;
    }
    if (length > EXCHANGE_FIELD_MAX) {
        s->oversize = 1;
        return;
    }
    if (memory_reserve((void **)&s->fields, &s->field_capacity,
                       s->field_count + 1, sizeof *s->fields) < 0) {
        s->failed = 1;
        return;
    }
    s->fields[s->field_count++] = (field){s->text.length, length};
    buffer_bytes(&s->text, bytes, length + 1); /* CSV_APPEND_NULL's too */
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

/* The next physical line, its end included, borrowed until the next call:
 * 1, 0 at the end, negative error. */
static int next_line(csv_source *s, const uint8_t **line, size_t *length)
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
        result = parser_start(s);
    s->field_count = 0;
    snprintf(s->reason, sizeof s->reason, "%s",
             open_quote ? _("a quote is opened and not closed")
                        : _("a quote stands within a field: the field must be "
                            "quoted whole, and a quote in it doubled"));
    return result;
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
    size_t done =
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

/* One record into fields: 1, 0 at the end, negative error. With s->reason
 * set it is broken. Lines with nothing on them are stepped over. */
static int read_record(csv_source *s)
{
    const uint8_t *line = NULL;
    size_t length = 0;

    s->reason[0] = 0;
    record_start(s);
    while (!s->complete) {
        int result = next_line(s, &line, &length);
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

/* ---- what is wrong with a record ----------------------------------------- */

/* 1 if every byte is ASCII and none NUL: most records, seen fast. */
static int plain(const uint8_t *bytes, size_t length)
{
    const uint64_t high = 0x8080808080808080u;
    size_t i = 0;
    if (memchr(bytes, 0, length))
        return 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, 8);
        if (word & high)
            return 0;
    }
    for (; i < length; i++)
        if (bytes[i] & 0x80)
            return 0;
    return 1;
}

static const char *wrong_text(csv_source *s, const field *f)
{
    const char *text = (const char *)s->text.data + f->at;
    const char *nul = memchr(text, 0, f->length);
    if (nul)
        return _("a NUL byte");
    if (text_valid(text, f->length))
        return NULL;
    size_t at = 0;
    uint32_t point = 0;
    while (at < f->length) {
        size_t used = text_decode(&point, text + at, f->length - at);
        if (point == 0xFFFD && used == 1)
            break;
        at += used;
    }
    snprintf(s->reason, sizeof s->reason,
             _("byte %zu (0x%02X) is not UTF-8: save the file as UTF-8 "
               "(iconv -f WINDOWS-1252 -t UTF-8)"),
             at + 1, at < f->length ? (unsigned char)text[at] : 0u);
    return s->reason;
}

static void check_fields(csv_source *s, source_row *row)
{
    size_t count = s->field_count + s->surplus;
    if (count != s->base.column_count) {
        snprintf(s->reason, sizeof s->reason,
                 _("%zu fields, where the first line has %zu"), count,
                 s->base.column_count);
        row->wrong = s->reason;
        return;
    }
    if (plain(s->raw.data, s->raw.length))
        return;
    for (size_t i = 0; i < s->field_count; i++) {
        row->wrong = wrong_text(s, &s->fields[i]);
        if (row->wrong) {
            row->column = s->base.columns[i].name;
            return;
        }
    }
}

static void fill_cells(csv_source *s, source_row *row)
{
    size_t filled = 0;
    for (size_t i = 0; i < s->base.column_count; i++) {
        const field *f = &s->fields[i];
        twin_value *v = &s->cells[i].value;
        v->kind = f->length ? TWIN_KIND_TEXT : TWIN_KIND_NULL;
        v->bytes = (const char *)s->text.data + f->at;
        v->length = f->length;
        filled += f->length != 0;
    }
    if (filled == 0)
        row->wrong = _("every field is empty");
}

static int csv_next(source *base, source_row *row)
{
    csv_source *s = (csv_source *)base;
    int result = read_record(s);
    if (result <= 0)
        return result;
    memset(row, 0, sizeof *row);
    row->line = s->started;
    row->cells = s->cells;
    row->count = s->base.column_count;
    if (s->reason[0]) {
        row->wrong = s->reason;
        return 1;
    }
    check_fields(s, row);
    if (!row->wrong)
        fill_cells(s, row);
    return 1;
}

/* ---- the first line --------------------------------------------------------
 */

static size_t count_outside_quotes(const uint8_t *line, size_t length, int c)
{
    size_t count = 0;
    int quoted = 0;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && line[i] == c)
            count++;
    }
    return count;
}

static void sniff_delimiter(csv_source *s, const uint8_t *line, size_t length)
{
    size_t best = count_outside_quotes(line, length, ',');
    s->base.delimiter = ',';
    for (const char *c = ";\t"; *c; c++) {
        size_t count = count_outside_quotes(line, length, *c);
        if (count > best) {
            best = count;
            s->base.delimiter = *c;
        }
    }
}

/* "sep=;" in the first line is Excel's way to name the delimiter: 1 if so. */
static int named_delimiter(csv_source *s, const uint8_t *line, size_t length)
{
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    if (length != 5 || memcmp(line, "sep=", 4) != 0)
        return 0;
    s->base.delimiter = (char)line[4];
    return 1;
}

static int line_is_empty(const uint8_t *line, size_t length)
{
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    return length == 0;
}

/* Find terminator and delimiter from the first line; give it back to be read,
 * unless it only names the delimiter. */
static int look_at_first_line(csv_source *s)
{
    const uint8_t *line = NULL;
    size_t length = 0;
    int result = 0;

    s->terminator = '\n';
    result = input_fill(&s->in);
    if (result < 0)
        return result;
    if (result && !memchr(s->in.text, '\n', s->in.filled) &&
        memchr(s->in.text, '\r', s->in.filled))
        s->terminator = '\r';
    while ((result = next_line(s, &line, &length)) == 1 &&
           line_is_empty(line, length))
        s->line++;
    if (result < 0)
        return result;
    if (result == 0)
        return error_set(TAWAM_EUSAGE,
                         _("the file is empty: its first line must name the "
                           "columns"));
    if (named_delimiter(s, line, length)) {
        s->line++;
        return TAWAM_OK;
    }
    sniff_delimiter(s, line, length);
    buffer_bytes(&s->again, line, length);
    return buffer_check(&s->again);
}

static int add_named_column(csv_source *s, size_t index)
{
    const field *f = &s->fields[index];
    const char *name = (const char *)s->text.data + f->at;
    size_t length = f->length;
    const char *wrong = wrong_text(s, f);

    if (wrong)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld, the name of column %zu: "
                           "%s"),
                         (long long)s->started, index + 1, wrong);
    while (length && *name == ' ') {
        name++;
        length--;
    }
    while (length && name[length - 1] == ' ')
        length--;
    if (length == 0)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld: column %zu has no name; give it one "
                           "in the file, or remove it"),
                         (long long)s->started, index + 1);
    return source_add_column(&s->base, NULL, name, length, ROLE_DATA);
}

static int read_header(csv_source *s)
{
    int result = read_record(s);
    if (result < 0)
        return result;
    if (result == 0)
        return error_set(TAWAM_EUSAGE,
                         _("the file is empty: its first line must name the "
                           "columns"));
    if (s->reason[0])
        return error_set(TAWAM_EUSAGE,
                         _("line %lld, the names of the "
                           "columns: %s"),
                         (long long)s->started, s->reason);
    if (s->field_count + s->surplus > EXCHANGE_COLUMNS_MAX)
        return error_set(TAWAM_EUSAGE,
                         _("line %lld names %zu columns; %d are possible"),
                         (long long)s->started, s->field_count + s->surplus,
                         EXCHANGE_COLUMNS_MAX);
    for (size_t i = 0; i < s->field_count; i++) {
        result = add_named_column(s, i);
        if (result < 0)
            return result;
    }
    s->cells = memory_array(s->base.column_count, sizeof *s->cells);
    return s->cells ? TAWAM_OK : TAWAM_EMEMORY;
}

static int set_remark(csv_source *s)
{
    buffer words = {0};
    char delimiter[2] = {s->base.delimiter, 0};
    if (s->base.delimiter == '\t')
        buffer_text(&words, _("fields separated by tabs"));
    else if (s->base.delimiter != ',')
        buffer_format(&words, _("fields separated by '%s'"), delimiter);
    if (s->in.encoding != INPUT_UTF8)
        buffer_format(&words, "%s%s", words.length ? ", " : "",
                      _("read as UTF-16"));
    if (words.length == 0)
        return buffer_check(&words);
    s->base.remark = buffer_take(&words);
    return s->base.remark ? TAWAM_OK : TAWAM_EMEMORY;
}

/* ---- the source ------------------------------------------------------------
 */

static int csv_rewind(source *base)
{
    csv_source *s = (csv_source *)base;
    const uint8_t *line = NULL;
    size_t length = 0;
    int result = input_rewind(&s->in);

    if (result < 0)
        return result;
    csv_free(&s->parser);
    buffer_clear(&s->again);
    s->again_at = 0;
    s->line = 0;
    result = parser_start(s);
    while (result == TAWAM_OK && s->line < s->header_lines) {
        result = next_line(s, &line, &length);
        if (result <= 0)
            return result < 0 ? result : TAWAM_OK;
        s->line++;
        result = TAWAM_OK;
    }
    return result;
}

static void csv_progress(const source *base, uint64_t *done, uint64_t *total)
{
    const csv_source *s = (const csv_source *)base;
    *done = s->in.done;
    *total = s->in.total;
}

static void csv_raw(source *base, buffer *out)
{
    csv_source *s = (csv_source *)base;
    buffer_bytes(out, s->raw.data, s->raw.length);
    if (s->raw.length == 0 ||
        s->raw.data[s->raw.length - 1] != (uint8_t)s->terminator)
        buffer_byte(out, (uint8_t)s->terminator);
}

/* The names again, so that a corrected reject file imports as it is. */
static void csv_raw_frame(source *base, buffer *out, int place)
{
    csv_source *s = (csv_source *)base;
    if (place != 0)
        return;
    for (size_t i = 0; i < base->column_count; i++) {
        const char *name = base->columns[i].name;
        if (i)
            buffer_byte(out, (uint8_t)base->delimiter);
        buffer_byte(out, '"');
        for (const char *c = name; *c; c++) {
            if (*c == '"')
                buffer_byte(out, '"');
            buffer_byte(out, (uint8_t)*c);
        }
        buffer_byte(out, '"');
    }
    buffer_byte(out, (uint8_t)s->terminator);
}

static void csv_close(source *base)
{
    csv_source *s = (csv_source *)base;
    csv_free(&s->parser);
    input_close(&s->in);
    buffer_free(&s->cut);
    buffer_free(&s->raw);
    buffer_free(&s->text);
    buffer_free(&s->again);
    free(s->fields);
    free(s->cells);
    source_clear(&s->base);
    free(s);
}

static const source_class csv_class = {csv_next, csv_rewind,    csv_progress,
                                       csv_raw,  csv_raw_frame, csv_close};

static int csv_start(csv_source *s)
{
    int result = look_at_first_line(s);
    if (result == TAWAM_OK)
        result = parser_start(s);
    if (result == TAWAM_OK)
        result = read_header(s);
    s->header_lines = s->line;
    return result == TAWAM_OK ? set_remark(s) : result;
}

int csv_source_open_descriptor(source **out, int fd, const char *name)
{
    csv_source *s = memory_new(sizeof *s);
    int result = s ? input_open_descriptor(&s->in, fd, name) : TAWAM_EMEMORY;
    if (result < 0) {
        free(s);
        return result;
    }
    s->base.class = &csv_class;
    s->base.reject_suffix = ".rejects.csv";
    result = csv_start(s);
    if (result < 0) {
        csv_close(&s->base);
        return error_add("%s", name);
    }
    *out = &s->base;
    return TAWAM_OK;
}

int csv_source_open(source **out, const char *path)
{
    int fd = -1;
    int result = input_descriptor(&fd, path);
    return result < 0 ? result : csv_source_open_descriptor(out, fd, path);
}
