/* SPDX-License-Identifier: MIT */
/* verb: --help, from the table. Eighty columns, two blanks of indent; the
 * left column is as wide as its widest entry, 28 at most. */
#include <stdlib.h>
#include <string.h>
#include "work/verb.h"

enum { HELP_WIDTH = 79, HELP_LEFT_MAX = 28 };

/* Append TEXT wrapped at HELP_WIDTH; its lines after the first begin with
 * INDENT blanks; COLUMN is where the pen stands now. */
static void wrap(buffer *out, const char *text, int indent, int column)
{
    int begun = 0; /* 1: the present line has a word of TEXT already */

    while (*text != 0) {
        size_t bytes = strcspn(text, " \n");
        char *word = memory_string_length(text, bytes);
        int width = word ? text_width(word) : (int)bytes;

        free(word);
        if (begun && column + 1 + width > HELP_WIDTH) {
            buffer_format(out, "\n%*s", indent, "");
            column = indent;
        } else if (begun) {
            buffer_byte(out, ' ');
            column++;
        }
        buffer_bytes(out, text, bytes);
        column += width;
        text += bytes;
        begun = *text != '\n';
        if (*text == '\n') {
            buffer_format(out, "\n%*s", text[1] == '\n' ? 0 : indent, "");
            column = indent;
        }
        text += *text != 0;
    }
    buffer_byte(out, '\n');
}

/* One line of two columns. */
static void entry(buffer *out, const char *left, int left_width,
                  const char *right)
{
    int column = 2 + text_width(left);

    buffer_format(out, "  %s", left);
    if (column > left_width + 2) {
        buffer_format(out, "\n%*s", left_width + 4, "");
    } else {
        buffer_format(out, "%*s", left_width + 4 - column, "");
    }
    wrap(out, right, left_width + 4, left_width + 4);
}

/* OUT becomes "-o, --output FILE". */
static void option_name(buffer *out, const verb_option *o)
{
    buffer_clear(out);
    if (o->letter != 0)
        buffer_format(out, "-%c, ", o->letter);
    buffer_format(out, "--%s", o->name);
    if (o->value != NULL)
        buffer_format(out, " %s", o->value);
}

/* All options, their helps in one column. */
static void options_list(buffer *out, const verb_option *options)
{
    buffer name = {0};
    int left = 0;

    for (const verb_option *o = options; o && o->name; o++) {
        option_name(&name, o);
        int width = name.failed ? 0 : text_width((const char *)name.data);
        if (width > left && width <= HELP_LEFT_MAX)
            left = width;
    }
    for (const verb_option *o = options; o && o->name; o++) {
        option_name(&name, o);
        if (!name.failed)
            entry(out, (const char *)name.data, left, _(o->help));
    }
    buffer_free(&name);
}

/* "use: tawam VERB FORM" for each form, wrapped under itself. */
static void forms_list(buffer *out, const verb *v)
{
    const char *form = v->forms;
    const char *lead = _("use:");
    int indent = text_width(lead) + 1;

    do {
        size_t length = strcspn(form, "\n");
        char *line = memory_format("tawam %s%s%.*s", v->name, length ? " " : "",
                                   (int)length, form);
        if (form == v->forms)
            buffer_format(out, "%s ", lead);
        else
            buffer_format(out, "%*s", indent, "");
        if (line != NULL)
            wrap(out, line, indent + 6, indent);
        free(line);
        form += length + (form[length] == '\n');
    } while (*form != 0);
}

void verb_help_one(buffer *out, const verb *v)
{
    forms_list(out, v);
    buffer_byte(out, '\n');
    wrap(out, _(v->help), 0, 0);
    if (v->options != NULL && v->options[0].name != NULL) {
        buffer_format(out, "\n%s\n", _("Options:"));
        options_list(out, v->options);
    }
    buffer_format(out, "\n%s\n",
                  _("-C DIR, --json and -q work with every verb; see tawam "
                    "--help."));
}

void verb_help_all(buffer *out, const verb_table *verbs)
{
    const char *lead = _("use:");
    int left = 0;

    buffer_format(out, "%s tawam [-C DIR]         %s\n", lead,
                  _("the screens"));
    buffer_format(out, "%*stawam [-C DIR] VERB …  %s\n\n", text_width(lead) + 1,
                  "", _("one command"));
    wrap(out,
         _("tawam keeps the digital twin of a territory: layers of rows in a "
           "GeoPackage that works offline, whose copies meet through git."),
         0, 0);
    buffer_format(out, "\n%s\n", _("Verbs:"));
    for (size_t i = 0; i < verbs->count; i++) {
        int width = text_width(verbs->verbs[i]->name);
        left = width > left ? width : left;
    }
    for (size_t i = 0; i < verbs->count; i++)
        entry(out, verbs->verbs[i]->name, left, _(verbs->verbs[i]->summary));
    buffer_format(out, "\n%s\n", _("Options of every verb:"));
    options_list(out, VERB_GLOBALS);
    buffer_format(
        out, "\n%s\n",
        _("Exit status: 0 done, 1 the answer is no, 2 wrong usage, 3 "
          "environment,\n4 remote unreachable, 5 refused, 6 data damaged. "
          "Each verb: tawam VERB --help."));
}
