/* SPDX-License-Identifier: MIT */
/* The columns of CSV files of answers, and the questions they are of. */
#include "work/form_import_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- questions of a level ---- */

static int is_leaf(const form_item *item)
{
    const form_item *child = item->first;
    while (child && child->is_attribute)
        child = child->next;
    return !child && !item->is_attribute && item->parent && !item->is_repeat;
}

/* The repeat (or root) whose instances ITEM stands in. */
static const form_item *level_of(const form_item *item)
{
    for (item = item->parent; item->parent && !item->is_repeat;)
        item = item->parent;
    return item;
}

/* PATH below the level as HEADER writes it, "/" or "-" between. */
static int is_path(const char *path, const char *header, size_t length)
{
    size_t i = 0;
    for (; i < length && path[i]; i++)
        if (path[i] != header[i] && !(path[i] == '/' && header[i] == '-'))
            return 0;
    return i == length && !path[i];
}

/* The question of LEVEL that the first LENGTH bytes of HEADER name; two that
 * have the name are none. */
static form_item *find_item(const form *f, const form_item *level,
                            const char *header, size_t length)
{
    size_t skip = strlen(level->path) + 1, named = 0;
    form_item *found = NULL;
    for (size_t i = level->number; i < level->end; i++) {
        form_item *item = f->items[i];
        if (!is_leaf(item) || level_of(item) != level)
            continue;
        if (is_path(item->path + skip, header, length))
            return item;
        if (strlen(item->name) == length &&
            strncmp(item->name, header, length) == 0) {
            found = item;
            named++;
        }
    }
    return named == 1 ? found : NULL;
}

/* "place-Latitude": *LENGTH of "place" and which part; IMPORT_WHOLE. */
static import_part part_of(size_t *length, const char *header)
{
    static const char *const ENDINGS[] = {"-latitude", "-longitude",
                                          "-altitude", "-accuracy"};
    size_t size = strlen(header);
    *length = size;
    for (int i = 0; i < 4; i++) {
        size_t end = strlen(ENDINGS[i]);
        if (size > end && text_equal_nocase(header + size - end, ENDINGS[i])) {
            *length = size - end;
            return (import_part)(i + 1);
        }
    }
    return IMPORT_WHOLE;
}

/* What ODK Central adds, and our own export. */
static int is_of_system(const char *header)
{
    static const char *const NAMES[] = {"KEY",
                                        "PARENT_KEY",
                                        "SubmissionDate",
                                        "SubmitterID",
                                        "SubmitterName",
                                        "AttachmentsPresent",
                                        "Status",
                                        "ReviewState",
                                        "AttachmentsExpected",
                                        "DeviceID",
                                        "Edits",
                                        "FormVersion",
                                        "instanceID",
                                        "instanceName",
                                        "meta-instanceID",
                                        "meta-entity-label",
                                        "meta-instanceName"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (text_equal_nocase(header, NAMES[i]))
            return 1;
    return !*header || strncmp(header, "SET-OF-", 7) == 0 ||
           strncmp(header, "meta/", 5) == 0 || strncmp(header, "meta-", 5) == 0;
}

static int no_such_question(const import_plan *p, const import_table *t,
                            const char *header)
{
    const char **names = memory_array(p->f->item_count + 1, sizeof *names);
    const char *nearest = NULL;
    char *safe = text_safe(header, strlen(header), 0);
    size_t count = 0;
    for (size_t i = t->item->number; names && i < t->item->end; i++)
        if (is_leaf(p->f->items[i]) && level_of(p->f->items[i]) == t->item)
            names[count++] = p->f->items[i]->name;
    if (names)
        nearest = text_nearest(header, names, count);
    if (nearest)
        error_set(TAWAM_EUSAGE,
                  _("%.100s: column '%.60s' is no question of the form; "
                    "nearest: %s"),
                  t->name, safe ? safe : "?", nearest);
    else
        error_set(TAWAM_EUSAGE,
                  _("%.100s: column '%.60s' is no question of the form, or two "
                    "have the name (then write group/name)"),
                  t->name, safe ? safe : "?");
    free(safe);
    free(names);
    return TAWAM_EUSAGE;
}

/* ---- columns ---- */

static import_column *column_for(import_table *t, form_item *item)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].item == item)
            return &t->columns[i];
    return NULL;
}

static int add_column(import_table *t, size_t index, form_item *item,
                      import_part part)
{
    import_column *c = column_for(t, item);
    if (c && (part == IMPORT_WHOLE || c->parts[part] || !c->parts[0]))
        return error_set(TAWAM_EUSAGE, _("%.100s: two columns are question %s"),
                         t->name, item->path);
    if (!c) {
        if (memory_reserve((void **)&t->columns, &t->capacity, t->count + 1,
                           sizeof *t->columns) != TAWAM_OK)
            return TAWAM_EMEMORY;
        c = &t->columns[t->count++];
        *c = (import_column){.index = index, .item = item};
        c->parts[0] = part != IMPORT_WHOLE; /* it is one of parts */
    }
    if (part != IMPORT_WHOLE)
        c->parts[part] = index + 1;
    return TAWAM_OK;
}

/* A calculated one, or one that nobody is asked, follows from the others. */
static int is_asked(const form_item *item)
{
    return item->control && item->control->kind != 0;
}

static int by_number(const void *a, const void *b)
{
    const import_column *one = a, *two = b;
    return one->item->number < two->item->number ? -1 : 1;
}

/* 1 if column I of T is what rows name each other by. */
static int is_key(const import_plan *p, const import_table *t, size_t i)
{
    if (t->parent ? i == t->own_key : i + 1 == p->name)
        return 1;
    for (size_t k = 1; k < p->count; k++)
        if (p->tables[k].parent == t && p->tables[k].key == i)
            return 1;
    return 0;
}

static int read_header(import_plan *p, import_table *t)
{
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < t->sheet->column_count; i++) {
        const char *header = t->sheet->headers[i];
        size_t length = strlen(header);
        import_part part = IMPORT_WHOLE;
        form_item *item = find_item(p->f, t->item, header, length);
        if (!item) {
            part = part_of(&length, header);
            item = part != IMPORT_WHOLE
                       ? find_item(p->f, t->item, header, length)
                       : NULL;
            if (item && item->type != FORM_GEOPOINT)
                item = NULL;
        }
        if (item && is_asked(item))
            code = add_column(t, i, item, part);
        else if (!item && !is_of_system(header) && !is_key(p, t, i))
            code = no_such_question(p, t, header);
    }
    if (code == TAWAM_OK && t->count)
        qsort(t->columns, t->count, sizeof *t->columns, by_number);
    return code;
}

/* ---- keys ---- */

static int find_header(size_t *out, const workbook_sheet *s, const char *name)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (text_equal_nocase(s->headers[i], name)) {
            *out = i;
            return 1;
        }
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const import_key *one = a, *two = b;
    int order = strcmp(one->text, two->text);
    return order ? order : one->row < two->row ? -1 : one->row > two->row;
}

/* PARENT_KEY names the other's KEY; else the first column is in both. */
static int find_keys(import_table *t)
{
    const char *name;
    int both = 1;
    if (find_header(&t->own_key, t->sheet, "PARENT_KEY"))
        both = find_header(&t->key, t->parent->sheet, "KEY");
    else {
        t->own_key = 0;
        name = t->sheet->column_count ? t->sheet->headers[0] : "";
        both = find_header(&t->key, t->parent->sheet, name);
    }
    if (!both)
        return error_set(
            TAWAM_EUSAGE,
            _("%.100s: its first column (or PARENT_KEY) must name the row it "
              "belongs to by a column of the same name (or KEY) in %.100s"),
            t->name, t->parent->name);
    t->keys = memory_array(t->sheet->row_count + 1, sizeof *t->keys);
    if (!t->keys)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < t->sheet->row_count; i++)
        t->keys[i] = (import_key){t->sheet->rows[i].cells[t->own_key], i};
    qsort(t->keys, t->sheet->row_count, sizeof *t->keys, by_key);
    return TAWAM_OK;
}

void import_plan_rows(size_t *first, size_t *count, const import_table *t,
                      const char *key)
{
    size_t low = 0, high = t->sheet->row_count, end;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(t->keys[middle].text, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low;
         end < t->sheet->row_count && strcmp(t->keys[end].text, key) == 0;)
        end++;
    *first = low;
    *count = end - low;
}

/* A row that belongs to none would be lost without a word. */
static int check_orphans(const import_table *t)
{
    for (size_t i = 0; i < t->sheet->row_count; i++) {
        size_t row = t->keys[i].row;
        int found = 0;
        if (i && strcmp(t->keys[i - 1].text, t->keys[i].text) == 0)
            continue;
        for (size_t k = 0; k < t->parent->sheet->row_count && !found; k++)
            found = strcmp(t->parent->sheet->rows[k].cells[t->key],
                           t->keys[i].text) == 0;
        if (!found) {
            char *safe = text_safe(t->keys[i].text, strlen(t->keys[i].text), 0);
            error_set(TAWAM_EUSAGE,
                      _("%.100s, row %zu: no row of %.100s has %s '%.60s'"),
                      t->name, t->sheet->rows[row].number, t->parent->name,
                      t->parent->sheet->headers[t->key], safe ? safe : "?");
            free(safe);
            return TAWAM_EUSAGE;
        }
    }
    return TAWAM_OK;
}

/* ---- what names a row ---- */

/* The columns that O and the file's own header say. */
static int find_names(import_plan *p, const work_form_import_options *o)
{
    static const char *const NAMES[] = {"instanceID", "meta/instanceID",
                                        "meta-instanceID", "KEY"};
    const import_table *t = &p->tables[0];
    size_t at = 0;
    if (o->key && o->again)
        return error_set(TAWAM_EUSAGE, _("--key says which rows are the same; "
                                         "--again can't go with it"));
    if (o->key && !find_header(&at, t->sheet, o->key))
        return error_set(TAWAM_EUSAGE, _("%.100s has no column '%.60s'"),
                         t->name, o->key);
    if (o->key)
        p->name = at + 1;
    for (size_t i = 0; i < 4 && !p->name && !p->instance && !o->again; i++)
        if (find_header(&at, t->sheet, NAMES[i]))
            p->instance = at + 1;
    return TAWAM_OK;
}

/* ---- files ---- */

static int read_csv(import_table *t, const char *file)
{
    buffer text = {0};
    int code = file_read(&text, file, WORKBOOK_FILE_MOST);
    t->file = file;
    t->name = file_name(file);
    if (code == TAWAM_OK)
        code = workbook_new(&t->book);
    if (code == TAWAM_OK)
        code =
            workbook_read_csv(t->book, "answers",
                              text.data ? (char *)text.data : "", text.length);
    if (code == TAWAM_OK)
        t->sheet = workbook_find(t->book, "answers");
    if (code == TAWAM_OK && (!t->sheet || !t->sheet->column_count))
        code = error_set(TAWAM_EUSAGE, _("%.200s is empty"), file);
    buffer_free(&text);
    return code;
}

/* The repeat called NAME, or by its path below the root; NULL. */
static form_item *find_repeat(const form *f, const char *name, size_t length)
{
    size_t skip = strlen(f->root->path) + 1;
    for (size_t i = 0; i < f->item_count; i++) {
        form_item *item = f->items[i];
        if (item->is_repeat && ((strlen(item->name) == length &&
                                 strncmp(item->name, name, length) == 0) ||
                                is_path(item->path + skip, name, length)))
            return item;
    }
    return NULL;
}

static int read_repeat(import_plan *p, const char *word)
{
    import_table *t = &p->tables[p->count];
    const char *equals = strchr(word, '=');
    int code;
    if (!equals || !equals[1])
        return error_set(TAWAM_EUSAGE, _("--repeat wants NAME=FILE"));
    t->item = find_repeat(p->f, word, (size_t)(equals - word));
    if (!t->item)
        return error_set(TAWAM_EUSAGE, _("the form has no repeat '%.*s'"),
                         (int)(equals - word), word);
    p->count++;
    code = read_csv(t, equals + 1);
    return code;
}

/* Each repeat's table below that of what it stands in. */
static int link_tables(import_plan *p)
{
    int code = TAWAM_OK;
    for (size_t i = 1; code == TAWAM_OK && i < p->count; i++) {
        import_table *t = &p->tables[i];
        const form_item *around = level_of(t->item);
        for (size_t k = 0; k < p->count; k++) {
            if (k != i && p->tables[k].item == t->item)
                return error_set(TAWAM_EUSAGE, _("two files are repeat %s"),
                                 t->item->name);
            if (p->tables[k].item == around)
                t->parent = &p->tables[k];
        }
        if (!t->parent)
            return error_set(TAWAM_EUSAGE,
                             _("repeat %s stands in repeat %s: that needs its "
                               "file too"),
                             t->item->name, around->name);
        code = find_keys(t);
        if (code == TAWAM_OK)
            code = check_orphans(t);
    }
    return code;
}

int import_plan_read(import_plan *out, const form *f,
                     const work_form_import_options *o)
{
    import_plan p = {.f = f};
    int code;
    p.tables = memory_array(o->repeat_count + 1, sizeof *p.tables);
    if (!p.tables)
        return TAWAM_EMEMORY;
    p.tables[0].item = f->root;
    p.count = 1;
    code = read_csv(&p.tables[0], o->file);
    for (size_t i = 0; code == TAWAM_OK && i < o->repeat_count; i++)
        code = read_repeat(&p, o->repeats[i]);
    if (code == TAWAM_OK)
        code = link_tables(&p);
    if (code == TAWAM_OK)
        code = find_names(&p, o);
    if (code == TAWAM_OK)
        code = import_contents(&p);
    for (size_t i = 0; code == TAWAM_OK && i < p.count; i++)
        code = read_header(&p, &p.tables[i]);
    if (code == TAWAM_OK)
        *out = p;
    else
        import_plan_clear(&p);
    return code;
}

void import_plan_clear(import_plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->tables[i].columns);
        free(p->tables[i].keys);
        workbook_free(p->tables[i].book);
    }
    free(p->tables);
    free(p->contents);
    memset(p, 0, sizeof *p);
}
