/* SPDX-License-Identifier: MIT */
/* XLSForms as cases: tests/forms/cases/NAME.md holds some, each a Markdown
 * table and what must come of it, so that every type, column, alias, parameter
 * and setting that the compiler knows has a case here, which is proved: a name
 * of the compiler's own tables that no case has fails the test.
 *
 * A case begins with `== its name`. Lines of a table begin with `|`. Others:
 *   has TEXT      the XForm has it          lacks TEXT    it has not
 *   error SHEET ROW COLUMN WORDS    refused there with a message of these words
 *   warn SHEET ROW COLUMN WORDS     accepted, with a warning
 * COLUMN is - for none; SHEET too. A case without an error must be accepted.
 */
#include "tests/xlsform_support.h"
#include "form/xlsform_internal.h"
#include <ctype.h>
#include <dirent.h>

#define FOLDER "tests/forms/cases"

/* The caller frees. */
static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (!copy)
        bail("no memory");
    return strcpy(copy, text);
}

/* ---- what the cases have ---- */

static buffer seen; /* a line each: "type text", "setting version" … */

/* In small letters, "_" for blanks. */
static void spell(char *out, size_t size, const char *kind, const char *name)
{
    snprintf(out, size, "\n%s %s\n", kind, name);
    for (char *at = out + strlen(kind) + 2; *at; at++)
        *at = *at == ' ' ? '_' : (char)tolower((unsigned char)*at);
}

static int was_seen(const char *kind, const char *name)
{
    char line[200];
    spell(line, sizeof line, kind, name);
    return seen.data && strstr((char *)seen.data, line) != NULL;
}

static void see(const char *kind, const char *name)
{
    char line[200];
    spell(line, sizeof line, kind, name);
    if (!was_seen(kind, name)) {
        buffer_text(&seen, line);
        if (buffer_check(&seen) != TAWAM_OK)
            bail("%s", error_message());
    }
}

static size_t column_of(const workbook_sheet *s, const char *name)
{
    size_t at = 0;
    while (at < s->column_count && strcmp(s->headers[at], name) != 0)
        at++;
    return at;
}

/* Its headers, with and without what follows "::". */
static void see_headers(const workbook_sheet *s)
{
    for (size_t i = 0; i < s->column_count; i++) {
        char *copy = copy_of(s->headers[i]), *last = copy, *next;
        see(s->name, copy);
        while ((next = strstr(last + 1, "::")))
            last = next;
        *last = '\0';
        see(s->name, copy);
        free(copy);
    }
}

/* "select_one list or_other" is of the type select_one. */
static void see_type(const char *type, const char *parameters)
{
    char *copy = copy_of(type), *blank;
    see("type", copy);
    while ((blank = strrchr(copy, ' '))) {
        *blank = '\0';
        see("type", copy);
    }
    for (const char *at = parameters; at && (at = strchr(at, '=')); at++) {
        const char *from = at, *end;
        char key[200];
        while (from > parameters && from[-1] == ' ')
            from--;
        end = from;
        while (from > parameters && !strchr(" ,;", from[-1]))
            from--;
        snprintf(key, sizeof key, "%s %.*s", type, (int)(end - from), from);
        see("parameter", key);
        snprintf(key, sizeof key, "%.*s %.*s", (int)strcspn(type, " "), type,
                 (int)(end - from), from);
        see("parameter", key);
    }
    free(copy);
}

static void see_table(const char *markdown)
{
    workbook *w = NULL;
    if (workbook_read_markdown(&w, markdown, strlen(markdown)) != TAWAM_OK)
        bail("%s", error_message());
    for (size_t i = 0; i < w->sheet_count; i++) {
        const workbook_sheet *s = &w->sheets[i];
        size_t type = column_of(s, "type"), keys = column_of(s, "parameters");
        see_headers(s);
        for (size_t k = 0; type < s->column_count && k < s->row_count; k++)
            see_type(s->rows[k].cells[type],
                     keys < s->column_count ? s->rows[k].cells[keys] : NULL);
    }
    workbook_free(w);
}

/* ---- one case ---- */

typedef struct trial {
    char name[200];
    buffer markdown;
    char *lines[200]; /* what must come of it */
    size_t count;
} trial;

static int has_message(const char *line, int is_warning)
{
    char where[40], column[80];
    size_t row;
    int from = 0;
    if (sscanf(line, "%*s %39s %zu %79s %n", where, &row, column, &from) < 3)
        bail("no place in: %s", line);
    for (size_t i = 0; i < messages->count; i++) {
        const form_message *m = &messages->list[i];
        if (m->is_warning == is_warning && m->row == row &&
            strcmp(m->sheet, where[0] == '-' ? "" : where) == 0 &&
            (strcmp(m->column, column[0] == '-' && !column[1] ? "" : column) ==
             0) &&
            strstr(m->text, line + from))
            return 1;
    }
    return 0;
}

static int holds(const char *line)
{
    const char *all = xml.data ? (char *)xml.data : "";
    if (strncmp(line, "has ", 4) == 0)
        return strstr(all, line + 4) != NULL;
    if (strncmp(line, "lacks ", 6) == 0)
        return strstr(all, line + 6) == NULL;
    if (strncmp(line, "error ", 6) == 0)
        return has_message(line, 0);
    if (strncmp(line, "warn ", 5) == 0)
        return has_message(line, 1);
    bail("no such expectation: %s", line);
}

static void try_case(trial *c)
{
    int wrong = 0, errors = 0, taken;
    const char *markdown = c->markdown.data ? (char *)c->markdown.data : "";
    taken = convert(markdown);
    for (size_t i = 0; i < c->count; i++)
        errors += strncmp(c->lines[i], "error ", 6) == 0;
    if (taken == (errors > 0))
        diag("%s: %s", taken ? "accepted" : "refused",
             taken ? "" : error_message());
    for (size_t i = 0; i < c->count; i++)
        if (!holds(c->lines[i])) {
            diag("not so: %s", c->lines[i]);
            wrong++;
        }
    if (wrong)
        for (size_t i = 0; i < messages->count; i++)
            diag("  %s %zu %s: %s", messages->list[i].sheet,
                 messages->list[i].row, messages->list[i].column,
                 messages->list[i].text);
    if (!ok(!wrong && taken == !errors && c->count, "%s", c->name) && xml.data)
        diag("%s", (char *)xml.data);
    if (!errors)
        see_table(markdown);
    for (size_t i = 0; i < c->count; i++)
        free(c->lines[i]);
    c->count = 0;
    buffer_clear(&c->markdown);
}

static void read_cases(const char *path)
{
    buffer text = {0};
    trial c = {.name = ""};
    char *line, *rest;
    if (file_read(&text, path, (size_t)1 << 20) != TAWAM_OK)
        bail("%s", error_message());
    buffer_byte(&text, '\0');
    for (line = strtok_r((char *)text.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "== ", 3) == 0) {
            if (c.name[0])
                try_case(&c);
            snprintf(c.name, sizeof c.name, "%s", line + 3);
        } else if (line[0] == '|') {
            buffer_format(&c.markdown, "%s\n", line);
        } else if (c.name[0] && c.count < sizeof c.lines / sizeof *c.lines) {
            c.lines[c.count++] = copy_of(line);
        }
    }
    if (c.name[0])
        try_case(&c);
    buffer_free(&c.markdown);
    buffer_free(&text);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void try_folder(void)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    char *names[100], path[400];
    size_t count = 0;
    if (!folder)
        bail("no folder " FOLDER);
    while ((entry = readdir(folder)) && count < 100)
        if (strstr(entry->d_name, ".md"))
            names[count++] = copy_of(entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, FOLDER "/%s", names[i]);
        read_cases(path);
        free(names[i]);
    }
}

/* ---- nothing is without a case ---- */

static int missing; /* in the table that is looked at */

static void need(const char *kind, const char *name)
{
    if (was_seen(kind, name))
        return;
    diag("no case has the %s '%s'", kind, name);
    missing++;
}

static void all_had(const char *words)
{
    ok(missing == 0, "each of %s has a case", words);
    missing = 0;
}

static void need_aliases(sheet_kind kind, const char *name)
{
    for (size_t i = 0; sheet_alias(kind, i); i++)
        need(name, sheet_alias(kind, i));
}

static void need_parameters(void)
{
    const char *type, *keys;
    for (size_t i = 0; (keys = parameter_keys(&type, i)); i++) {
        char *copy = copy_of(keys), *rest, *key, both[200];
        for (key = strtok_r(copy, " ", &rest); key;
             key = strtok_r(NULL, " ", &rest)) {
            snprintf(both, sizeof both, "%s %s", type, key);
            need("parameter", both);
        }
        free(copy);
    }
}

static void test_every_name_has_a_case(void)
{
    for (size_t i = 0; question_type_name(i); i++)
        need("type", question_type_name(i));
    for (size_t i = 0; select_name(i); i++)
        need("type", select_name(i));
    for (size_t i = 0; block_word(i); i++)
        need("type", block_word(i));
    for (size_t i = 0; row_setting(i); i++)
        need("type", row_setting(i));
    all_had("the types");
    for (size_t i = 0; survey_column(i); i++)
        need("survey", survey_column(i));
    need_aliases(SHEET_SURVEY, "survey");
    all_had("the survey's columns");
    need_aliases(SHEET_CHOICES, "choices");
    need_aliases(SHEET_ENTITIES, "entities");
    all_had("the columns of choices and entities");
    for (size_t i = 0; setting_name(i); i++)
        need("settings", setting_name(i));
    need_aliases(SHEET_SETTINGS, "settings");
    all_had("the settings");
    need_parameters();
    all_had("the parameters");
}

int main(void)
{
    try_folder();
    test_every_name_has_a_case();
    free_converted();
    buffer_free(&seen);
    return done_testing();
}
