/* SPDX-License-Identifier: MIT */
/* csv_read: the rows of a CSV. The first line names the columns and shows the
 * delimiter; every other record has as many fields, in UTF-8, not all empty,
 * or is a wrong row with the reason. */
#include <stdlib.h>
#include <string.h>
#include "exchange/csv_internal.h"

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
    int result = csv_read_record(s);
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

/* ---- the first line ---- */

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
    while ((result = csv_next_line(s, &line, &length)) == 1 &&
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
    int result = csv_read_record(s);
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

/* ---- the source ---- */

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
    result = csv_parser_start(s);
    while (result == TAWAM_OK && s->line < s->header_lines) {
        result = csv_next_line(s, &line, &length);
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
        result = csv_parser_start(s);
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
