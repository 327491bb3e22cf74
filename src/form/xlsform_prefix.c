/* SPDX-License-Identifier: MIT */
/* Prefixes of names: what the setting namespaces declares, and that names of
 * questions and of attributes have no other. */
#include "form/xlsform_internal.h"
#include <string.h>

/* ---- what is declared ---- */

static int is_own_prefix(const char *word, size_t length)
{
    static const char *const own[] = {"h",   "ev",  "xsd",     "jr",
                                      "orx", "odk", "entities"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == length && memcmp(own[i], word, length) == 0)
            return 1;
    return 0;
}

void write_namespaces(buffer *out, const char *text)
{
    while (*(text += strspn(text, " \n\t"))) {
        size_t word = strcspn(text, " \n\t"), prefix = strcspn(text, "=");
        const char *uri = text + prefix + 1, *end = text + word;
        if (prefix && prefix < word && !is_own_prefix(text, prefix)) {
            uri += uri < end && (*uri == '"' || *uri == '\'');
            buffer_format(out, " xmlns:%.*s=\"", (int)prefix, text);
            for (; uri < end && *uri != '"' && *uri != '\''; uri++) {
                const char one[2] = {*uri, '\0'};
                form_write_text(out, one, 1);
            }
            buffer_byte(out, '"');
        }
        text = end;
    }
}

/* The bytes of NAME before its colon; 0: it has no prefix. */
static size_t prefix_length(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? (size_t)(colon - name) : 0;
}

static int is_declared(const xlsform *x, const char *name, size_t length)
{
    const char *text = xlsform_setting(x, "namespaces");
    if (is_own_prefix(name, length) &&
        (x->entities || strncmp(name, "entities", length) != 0))
        return 1;
    while (*(text += strspn(text, " \n\t"))) {
        if (strcspn(text, "=") == length && memcmp(text, name, length) == 0)
            return 1;
        text += strcspn(text, " \n\t");
    }
    return 0;
}

/* ---- what is used ---- */

static void check_prefix(xlsform *x, const sheet *s, size_t row,
                         const char *column, const char *name)
{
    size_t length = prefix_length(name);
    if (length && !is_declared(x, name, length))
        xlsform_error(x, s, row, column,
                      _("'%s': nothing says what %.*s is; add "
                        "%.*s=\"http://...\" to the setting namespaces"),
                      name, (int)length, name, (int)length, name);
}

/* What stands in a column whose base is an attribute. */
static const char *attribute_name(const char *base)
{
    static const char *const kinds[] = {
        "bind::", "body::", "control::", "instance::", "attribute::"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(base, kinds[i], strlen(kinds[i])) == 0)
            return base + strlen(kinds[i]);
    return "";
}

/* Of a column the first row that has something. */
static void check_columns(xlsform *x, const sheet *s)
{
    for (size_t i = 0; s->table && i < s->column_count; i++) {
        const char *name = attribute_name(s->columns[i].base);
        size_t k = 0;
        while (*name && k < s->table->row_count &&
               !*s->table->rows[k].cells[s->columns[i].index])
            k++;
        if (*name && k < s->table->row_count)
            check_prefix(x, s, s->table->rows[k].number, s->columns[i].base,
                         name);
    }
}

void xlsform_check_prefixes(xlsform *x)
{
    check_columns(x, &x->survey);
    check_columns(x, &x->settings);
    for (const element *e = x->root.first; e; e = element_after(e, &x->root))
        if (e->row)
            check_prefix(x, &x->survey, e->row->number, "name", e->name);
}
