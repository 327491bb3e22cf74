/* SPDX-License-Identifier: MIT */
#include "form/workbook.h"
#include <csv.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_ROWS 60
#define EMPTY_COLUMNS 20

int workbook_new(workbook **out)
{
    workbook *w = memory_new(sizeof *w);
    int code = w ? arena_new(&w->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        *out = w;
    else
        workbook_free(w);
    return code;
}

void workbook_free(workbook *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->sheet_count; i++)
        free(w->sheets[i].rows);
    free(w->sheets);
    arena_free(w->memory);
    free(w);
}

const workbook_sheet *workbook_find(const workbook *w, const char *name)
{
    for (size_t i = 0; i < w->sheet_count; i++)
        if (text_equal_nocase(w->sheets[i].name, name))
            return &w->sheets[i];
    return NULL;
}

int workbook_add_sheet(workbook_sheet **out, workbook *w, const char *name)
{
    int code = TAWAM_OK;
    if (w->sheet_count == WORKBOOK_SHEETS_MOST)
        return error_set(TAWAM_EUSAGE, _("more than %d sheets"),
                         WORKBOOK_SHEETS_MOST);
    code = memory_reserve((void **)&w->sheets, &w->sheet_capacity,
                          w->sheet_count + 1, sizeof *w->sheets);
    if (code != TAWAM_OK)
        return code;
    *out = &w->sheets[w->sheet_count++];
    **out = (workbook_sheet){.name = arena_string(w->memory, name)};
    return (*out)->name ? TAWAM_OK : TAWAM_EMEMORY;
}

/* ---- cells ---- */

/* Blanks at the ends go; a blank that does not break (U+00A0) is a blank. */
static const char *clean(workbook *w, const char *text)
{
    size_t length = text ? strlen(text) : 0, at = 0, kept = 0;
    char *copy;
    if (length == 0)
        return "";
    copy = arena_alloc(w->memory, length + 1);
    if (!copy)
        return NULL;
    for (; at < length; at++) {
        if (text[at] == '\xc2' && text[at + 1] == '\xa0') {
            copy[kept++] = ' ';
            at++;
        } else if (text[at] != '\r')
            copy[kept++] = text[at];
    }
    while (kept && strchr(" \t\n", copy[kept - 1]))
        kept--;
    copy[kept] = '\0';
    return copy + strspn(copy, " \t\n");
}

/* clean() leaves nothing of it. */
static int is_blank(const char *cell)
{
    for (; cell && *cell; cell++)
        if (cell[0] == '\xc2' && cell[1] == '\xa0')
            cell++;
        else if (!strchr(" \t\r\n", *cell))
            return 0;
    return 1;
}

static int is_empty(const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_blank(cells[i]))
            return 0;
    return 1;
}

/* Columns up to the last one before EMPTY_COLUMNS empty ones. */
static size_t width_of(const char *const *cells, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count && i < width + EMPTY_COLUMNS; i++)
        if (!is_blank(cells[i]))
            width = i + 1;
    return width;
}

static int take_cells(const char ***out, workbook *w, const char *const *cells,
                      size_t count, size_t width)
{
    *out = arena_alloc(w->memory, (width + 1) * sizeof **out);
    if (!*out)
        return TAWAM_EMEMORY;
    w->cell_count += width;
    if (w->cell_count > WORKBOOK_CELLS_MOST)
        return error_set(TAWAM_EUSAGE, _("the sheets have more than %d cells"),
                         WORKBOOK_CELLS_MOST);
    for (size_t i = 0; i < width; i++) {
        (*out)[i] = i < count ? clean(w, cells[i]) : "";
        if (!(*out)[i])
            return TAWAM_EMEMORY;
    }
    return TAWAM_OK;
}

int workbook_add_row(workbook *w, workbook_sheet *s, size_t number,
                     const char *const *cells, size_t count)
{
    workbook_row row = {.number = number};
    int code;
    if (s->headers && count > s->column_count)
        count = s->column_count; /* what stands beside the table */
    if (is_empty(cells, count) ||
        (s->headers && number > s->number + EMPTY_ROWS))
        return TAWAM_OK;
    s->number = number;
    if (!s->headers) {
        s->column_count = width_of(cells, count);
        if (s->column_count > WORKBOOK_COLUMNS_MOST)
            return error_set(TAWAM_EUSAGE,
                             _("sheet %s has more than %d columns"), s->name,
                             WORKBOOK_COLUMNS_MOST);
        return take_cells(&s->headers, w, cells, count, s->column_count);
    }
    code = take_cells(&row.cells, w, cells, count, s->column_count);
    if (code == TAWAM_OK)
        code = memory_reserve((void **)&s->rows, &s->row_capacity,
                              s->row_count + 1, sizeof *s->rows);
    if (code == TAWAM_OK)
        s->rows[s->row_count++] = row;
    return code;
}

/* ---- Markdown: | survey | opens a sheet, | | cell | cell | is a row ---- */

/* The cells of a line "| a | b \| c |"; at most MOST. In MEMORY. */
static size_t split_line(const char **cells, size_t most, char *line,
                         char **end_of_last)
{
    size_t count = 0;
    char *at = strchr(line, '|'), *to;
    while (at && *++at && count < most) {
        cells[count++] = to = at;
        for (; *at && *at != '|'; at++) {
            if (*at == '\\' && at[1] == '|')
                at++;
            *to++ = *at;
        }
        *end_of_last = to;
        if (!*at) { /* what follows the last bar is no cell */
            *to = '\0';
            return count -
                   (cells[count - 1][strspn(cells[count - 1], " \t\r")] ==
                    '\0');
        }
        *to = '\0';
    }
    return count;
}

static int is_rule(const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cells[i][strspn(cells[i], " -:")])
            return 0;
    return 1;
}

typedef struct markdown {
    workbook *w;
    workbook_sheet *sheet;
    size_t row; /* in the sheet */
    const char *cells[WORKBOOK_COLUMNS_MOST + 2];
} markdown;

static int read_line(markdown *m, char *line)
{
    char *end = NULL;
    const char *name;
    size_t count = split_line(m->cells, WORKBOOK_COLUMNS_MOST + 2, line, &end);
    int code = TAWAM_OK;
    if (count == 0 || (is_rule(m->cells, count) && !is_empty(m->cells, count)))
        return TAWAM_OK;
    name = clean(m->w, m->cells[0]);
    if (!name)
        return TAWAM_EMEMORY;
    if (*name && is_empty(m->cells + 1, count - 1)) {
        m->row = 0;
        return workbook_add_sheet(&m->sheet, m->w, name);
    }
    if (!m->sheet)
        return error_set(TAWAM_EUSAGE,
                         _("a table row stands before the name of its sheet; "
                           "begin with | survey |"));
    code = workbook_add_row(m->w, m->sheet, ++m->row, m->cells + 1, count - 1);
    return code;
}

int workbook_read_markdown(workbook **out, const char *text, size_t length)
{
    markdown *m = memory_new(sizeof *m);
    char *copy = memory_string_length(text, length), *line, *rest = NULL;
    int code = m && copy ? workbook_new(&m->w) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        for (line = strtok_r(copy, "\n", &rest); line && code == TAWAM_OK;
             line = strtok_r(NULL, "\n", &rest))
            code = read_line(m, line);
    if (code == TAWAM_OK)
        *out = m->w;
    else if (m)
        workbook_free(m->w);
    free(copy);
    free(m);
    return code;
}

/* ---- CSV: a file a sheet ---- */

typedef struct csv_rows {
    workbook *w;
    workbook_sheet *sheet;
    size_t number;
    const char **cells; /* of the row being read, in the arena */
    size_t count, capacity;
    int code;
} csv_rows;

static void on_cell(void *text, size_t length, void *context)
{
    csv_rows *c = context;
    char *copy;
    if (c->code != TAWAM_OK || c->count > WORKBOOK_COLUMNS_MOST)
        return;
    c->code = memory_reserve((void **)&c->cells, &c->capacity, c->count + 1,
                             sizeof *c->cells);
    copy = arena_alloc(c->w->memory, length + 1);
    if (c->code != TAWAM_OK || !copy) {
        c->code = TAWAM_EMEMORY;
        return;
    }
    if (length)
        memcpy(copy, text, length);
    c->cells[c->count++] = copy;
}

static void on_row(int terminator, void *context)
{
    csv_rows *c = context;
    (void)terminator;
    c->number++;
    if (c->code == TAWAM_OK)
        c->code =
            workbook_add_row(c->w, c->sheet, c->number, c->cells, c->count);
    c->count = 0;
}

/* A line's end is one sign. */
static size_t drop_returns(char *text, size_t length)
{
    size_t kept = 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '\r' || i + 1 == length || text[i + 1] != '\n')
            text[kept++] = text[i];
    return kept;
}

static int read_csv(workbook *w, const char *name, char *text, size_t length)
{
    struct csv_parser parser;
    csv_rows c = {.w = w};
    int code = workbook_add_sheet(&c.sheet, w, name);
    if (code != TAWAM_OK)
        return code;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    /* UTF-16 without its mark is valid UTF-8, with a NUL every second byte. */
    if (!text_valid(text, length) || memchr(text, '\0', length))
        return error_set(TAWAM_EUSAGE,
                         _("sheet %s is not UTF-8: save it as CSV UTF-8"),
                         name);
    length = drop_returns(text, length);
    if (csv_init(&parser, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI |
                              CSV_APPEND_NULL | CSV_EMPTY_IS_NULL) != 0)
        return error_memory();
    if (csv_parse(&parser, text, length, on_cell, on_row, &c) != length ||
        csv_fini(&parser, on_cell, on_row, &c) != 0)
        c.code = c.code != TAWAM_OK
                     ? c.code
                     : error_set(TAWAM_EUSAGE,
                                 _("sheet %s, row %zu: a quotation mark is "
                                   "out of place"),
                                 name, c.number + 1);
    csv_free(&parser);
    free(c.cells);
    return c.code;
}

static int read_csv_file(workbook *w, const char *path, const char *name)
{
    buffer text = {0};
    int code = file_read(&text, path, WORKBOOK_FILE_MOST);
    if (code == TAWAM_OK)
        code = text.data ? read_csv(w, name, (char *)text.data, text.length)
                         : TAWAM_OK;
    buffer_free(&text);
    return code;
}

int workbook_read_csv(workbook *w, const char *name, const char *text,
                      size_t length)
{
    char *copy = memory_string_length(text, length);
    int code = copy ? read_csv(w, name, copy, length) : TAWAM_EMEMORY;
    free(copy);
    return code;
}

static void write_csv_row(buffer *out, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            buffer_byte(out, ',');
        table_csv_field(out, cells[i], strlen(cells[i]));
    }
    buffer_byte(out, '\n');
}

void workbook_write_csv(buffer *out, const workbook_sheet *s)
{
    if (s->headers)
        write_csv_row(out, s->headers, s->column_count);
    for (size_t i = 0; i < s->row_count; i++)
        write_csv_row(out, s->rows[i].cells, s->column_count);
}

static int ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), size = strlen(ending);
    return length >= size && text_equal_nocase(name + length - size, ending);
}

/* Sheet FILE of the folder at PATH. */
static int read_folder_sheet(workbook *w, const char *path, const char *file)
{
    char *whole = file_join(path, file);
    char *name = memory_string_length(file, strlen(file) - strlen(".csv"));
    int code = whole && name ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && workbook_find(w, name))
        code = error_set(TAWAM_EUSAGE,
                         _("two files of the folder are sheet %s"), name);
    if (code == TAWAM_OK)
        code = read_csv_file(w, whole, name);
    free(whole);
    free(name);
    return code;
}

static int is_sheet(const struct dirent *e)
{
    return ends_with(e->d_name, ".csv") && e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The sheets in the order of their names, whatever the file system's is. */
static int read_folder(workbook **out, const char *path)
{
    struct dirent **files = NULL;
    workbook *w = NULL;
    int count = scandir(path, &files, is_sheet, by_name);
    int code = count < 0 ? error_system(_("open %s"), path) : workbook_new(&w);
    for (int i = 0; i < count; i++) {
        if (code == TAWAM_OK)
            code = read_folder_sheet(w, path, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    if (code == TAWAM_OK && !workbook_find(w, "survey"))
        code = error_set(TAWAM_EUSAGE, _("the folder has no survey.csv"));
    if (code == TAWAM_OK)
        *out = w;
    else
        workbook_free(w);
    return code;
}

/* ---- by kind ---- */

int workbook_read(workbook **out, const char *path)
{
    buffer text = {0};
    int code = file_is_folder(path);
    if (code)
        return code < 0 ? code : read_folder(out, path);
    if (ends_with(path, ".xlsx") || ends_with(path, ".xlsm"))
        return workbook_read_xlsx(out, path);
    if (ends_with(path, ".xls"))
        return error_set(TAWAM_EUSAGE,
                         _("an .xls file: open it in a spreadsheet program "
                           "and save it as .xlsx"));
    if (!ends_with(path, ".md") &&
        file_exists(path) > 0) /* else reading says so */
        return error_set(TAWAM_EUSAGE,
                         _("a form is an .xml, .xlsx or .md file, or a folder "
                           "with survey.csv"));
    code = file_read(&text, path, WORKBOOK_FILE_MOST);
    if (code == TAWAM_OK)
        code = workbook_read_markdown(out, text.data ? (char *)text.data : "",
                                      text.length);
    buffer_free(&text);
    return code;
}
