/* SPDX-License-Identifier: MIT */
/* Attachments: what a form names ("jr://images/a.png", "jr://file-csv/x.csv"),
 * and where on the publisher's disk it is. */
#include "work/forms_internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MOST = 1000,
    FILE_MOST = 16 << 20,   /* bytes: everybody fetches it */
    BYTES_TO_WARN = 2000000 /* of all: minutes on a bad link */
};

typedef struct names {
    arena *memory;
    const char **list;
    size_t count, capacity;
} names;

static int add_name(names *n, const char *from, size_t length)
{
    char *name = arena_copy(n->memory, from, length + 1);
    if (!name)
        return TAWAM_EMEMORY;
    name[length] = '\0';
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->list[i], name) == 0)
            return TAWAM_OK;
    if (n->count == FILES_MOST)
        return error_set(TAWAM_EUSAGE,
                         _("the form names more than %d attachments"),
                         FILES_MOST);
    if (memory_reserve((void **)&n->list, &n->capacity, n->count + 1,
                       sizeof *n->list) != TAWAM_OK)
        return TAWAM_EMEMORY;
    n->list[n->count++] = name;
    return TAWAM_OK;
}

/* "jr://KIND/NAME" in TEXT, however often; KIND instance is no file. */
static int take_uris(names *n, const char *text)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && (text = strstr(text, "jr://"))) {
        const char *name = strchr(text + 5, '/');
        size_t length = name ? strcspn(name + 1, "\"'<> \t\r\n") : 0;
        if (name && length && strncmp(text + 5, "instance/", 9) != 0)
            code = add_name(n, name + 1, length);
        text += 5;
    }
    return code;
}

/* search('list' …) in an appearance: list.csv, the way before instances. */
static int take_search(names *n, const char *appearance)
{
    const char *open = strstr(appearance, "search(");
    char *name;
    size_t length;
    int code;
    if (!open)
        return TAWAM_OK;
    open += strcspn(open, "'\"");
    if (!*open)
        return TAWAM_OK;
    length = strcspn(open + 1, "'\"");
    name = memory_format("%.*s.csv", (int)length, open + 1);
    code = name ? add_name(n, name, strlen(name)) : TAWAM_EMEMORY;
    free(name);
    return code;
}

static int collect(names *n, const form *f)
{
    const form_node *root = form_document_root(f->source);
    int code = TAWAM_OK;
    for (const form_node *x = root; code == TAWAM_OK && x;
         x = form_node_after(x, root, 1)) {
        if (x->value)
            code = take_uris(n, x->value);
        for (const form_node *a = x->attributes; code == TAWAM_OK && a;
             a = a->next) {
            code = take_uris(n, a->value);
            if (code == TAWAM_OK && strcmp(a->name, "appearance") == 0)
                code = take_search(n, a->value);
        }
    }
    return code;
}

/* ---- lists that live in the twin ---- */

/* 1 if F itself makes entities of LIST. */
static int form_makes(const form *f, const char *list)
{
    const form_node *root = form_document_root(f->source);
    for (const form_node *x = root; x; x = form_node_after(x, root, 1)) {
        const form_node *dataset = strcmp(x->name, "entity") == 0
                                       ? form_attribute(x, "dataset")
                                       : NULL;
        if (dataset && text_equal_nocase(dataset->value, list))
            return 1;
    }
    return 0;
}

/* 1 if NAME ("water_point.csv") is a layer of the twin or of the form, 0 if
 * not, <0 where the twin did not say. */
static int is_live(twin *t, const form *f, const char *name)
{
    const char *dot = strrchr(name, '.');
    const twin_layer *layer = NULL;
    char *list;
    int live;
    if (!dot || (!text_equal_nocase(dot, ".csv") &&
                 !text_equal_nocase(dot, ".geojson")))
        return 0;
    list = memory_string_length(name, (size_t)(dot - name));
    live = list ? twin_layer_find(&layer, t, list) : TAWAM_EMEMORY;
    if (live == TAWAM_OK) {
        live = 1;
    } else if (live == TAWAM_ENOTFOUND) {
        error_clear();
        live = form_makes(f, list);
    }
    free(list);
    return live;
}

/* ---- on disk ---- */

static int is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/') && !strchr(name, '\\');
}

/* NAME in one of the folders where it may be; NULL. Caller frees. */
static char *find_file(const char *file, const char *folder, const char *name)
{
    static const char *const PLACES[] = {"", "/files", "/media"};
    const char *slash = strrchr(file, '/');
    const char *dot = strrchr(file_name(file), '.');
    int is_folder = file_is_folder(file);
    for (int i = 0; i < 4; i++) {
        char *path = NULL;
        if (folder)
            path = i == 0 ? file_join(folder, name) : NULL;
        else if (is_folder)
            path =
                i < 3 ? memory_format("%s%s/%s", file, PLACES[i], name) : NULL;
        else if (i < 3)
            path = slash ? memory_format("%.*s%s/%s", (int)(slash - file), file,
                                         PLACES[i], name)
                         : memory_format(".%s/%s", PLACES[i], name);
        else if (dot) /* household-media, as ODK's tools name it */
            path =
                memory_format("%.*s-media/%s", (int)(dot - file), file, name);
        if (path && file_exists(path) && file_is_folder(path) <= 0)
            return path; /* what can't be looked at, reading tells of */
        free(path);
    }
    return NULL;
}

/* ---- all ---- */

typedef struct search {
    forms_content *into;
    form_messages *m;
    twin *t;
    const form *f;
    const char *file, *folder;
    buffer missing;
    size_t bytes;
} search;

static int take_file(search *s, const char *name, const char *path)
{
    buffer bytes = {0};
    int code = file_read(&bytes, path, FILE_MOST);
    int live = code == TAWAM_OK ? is_live(s->t, s->f, name) : 0;
    s->bytes += bytes.length;
    if (live < 0)
        code = live;
    else if (live)
        code = form_messages_add(
            s->m, 1,
            _("%s is also a layer of the twin; questions read the file, which "
              "stays as it is now. Leave it out to ask the layer itself"),
            name);
    if (code == TAWAM_OK)
        code = forms_content_add(s->into, name, &bytes);
    buffer_free(&bytes);
    return code;
}

static int find_one(search *s, const char *name)
{
    char *path;
    int code = TAWAM_OK, live = 1;
    if (!is_plain_name(name))
        return form_messages_add(
            s->m, 0, _("the attachment '%.100s' is no file name"), name);
    path = find_file(s->file, s->folder, name);
    if (path)
        code = take_file(s, name, path);
    else
        live = is_live(s->t, s->f, name);
    if (live < 0)
        code = live;
    else if (!live)
        buffer_format(&s->missing, "%s%s", s->missing.length ? ", " : "", name);
    free(path);
    return code;
}

int forms_find_files(forms_content *c, form_messages *m, twin *t, const form *f,
                     const char *file, const char *folder)
{
    search s = {c, m, t, f, file, folder, {0}, 0};
    names n = {0};
    char size[32];
    int code = arena_new(&n.memory);
    if (code == TAWAM_OK)
        code = collect(&n, f);
    for (size_t i = 0; code == TAWAM_OK && i < n.count; i++)
        code = find_one(&s, n.list[i]);
    if (code == TAWAM_OK && s.missing.length)
        code = form_messages_add(
            m, 0,
            _("attachments are missing: %s. Put them beside the form, or name "
              "their folder with --attach"),
            (char *)s.missing.data);
    if (code == TAWAM_OK && s.bytes > BYTES_TO_WARN) {
        text_from_bytes(size, s.bytes);
        code = form_messages_add(
            m, 1, _("its attachments are %s, which every device fetches"),
            size);
    }
    buffer_free(&s.missing);
    free(n.list);
    arena_free(n.memory);
    return code;
}
