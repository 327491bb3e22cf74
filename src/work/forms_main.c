/* SPDX-License-Identifier: MIT */
/* The forms of main as files: names, listing, reading. */
#include "work/forms_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* 1 for what a name in git, and on any disk, may hold at place AT. */
static int is_plain(unsigned char c, size_t at)
{
    if (c == '.' || c == '-')
        return at > 0;
    return c >= 0x80 || c == '_' || c == '+' || (c >= '0' && c <= '9') ||
           (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

char *forms_path_part(const char *text)
{
    buffer out = {0};
    size_t length = strlen(text);
    if (!*text)
        return memory_string("-");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        int last_dot = c == '.' && i + 1 == length;
        if (is_plain(c, i) && !last_dot &&
            !(i == 0 && strcmp(text, FORMS_CURRENT) == 0))
            buffer_byte(&out, c);
        else
            buffer_format(&out, "%%%02X", c);
    }
    return buffer_take(&out);
}

char *forms_path_text(const char *part)
{
    buffer out = {0};
    unsigned value;
    if (strcmp(part, "-") == 0)
        return memory_string("");
    for (const char *c = part; *c; c++) {
        if (*c == '%' && c[1] && c[2] && sscanf(c + 1, "%2X", &value) == 1) {
            buffer_byte(&out, (uint8_t)value);
            c += 2;
        } else
            buffer_byte(&out, (uint8_t)*c);
    }
    buffer_text(&out, "");
    return buffer_take(&out);
}

/* ---- the catalogue ---- */

static char *decoded(arena *a, const char *from, size_t length)
{
    char *part = memory_string_length(from, length);
    char *text = part ? forms_path_text(part) : NULL;
    char *kept = text ? arena_string(a, text) : NULL;
    free(part);
    free(text);
    return kept;
}

/* The version whose folder is the first LENGTH bytes of PATH, of which the
 * first ID_LENGTH are its form's; files of one come one after the other. */
static forms_version *version_at(forms_catalogue *c, const char *path,
                                 size_t id_length, size_t length)
{
    forms_version *v = c->count ? &c->list[c->count - 1] : NULL;
    size_t skip = strlen(FORMS_FOLDER "/");
    char *folder;
    if (v && strncmp(v->folder + skip, path, length) == 0 &&
        !v->folder[skip + length])
        return v;
    if (memory_reserve((void **)&c->list, &c->capacity, c->count + 1,
                       sizeof *c->list) != TAWAM_OK)
        return NULL;
    v = &c->list[c->count];
    *v = (forms_version){.id = decoded(c->memory, path, id_length),
                         .version = decoded(c->memory, path + id_length + 1,
                                            length - id_length - 1)};
    folder = memory_format("%s/%.*s", FORMS_FOLDER, (int)length, path);
    v->folder = folder ? arena_string(c->memory, folder) : NULL;
    free(folder);
    if (!v->id || !v->version || !v->folder || digest_new(&v->sum) != TAWAM_OK)
        return NULL;
    c->count++;
    return v;
}

/* NAME of a file below V; pieces of one, which follow each other, once. */
static int add_name(forms_catalogue *c, forms_version *v, const char *name)
{
    const char *parts = strstr(name, FORMS_PARTS);
    size_t length = parts ? (size_t)(parts - name) : strlen(name);
    const char *last = v->count ? v->names[v->count - 1] : "";
    if (parts && strncmp(last, name, length) == 0 && !last[length])
        return TAWAM_OK;
    char *kept = arena_copy(c->memory, name, length + 1);
    int code = kept ? memory_reserve((void **)&v->names, &v->capacity,
                                     v->count + 1, sizeof *v->names)
                    : TAWAM_EMEMORY;
    if (code != TAWAM_OK)
        return code;
    kept[length] = '\0';
    v->names[v->count++] = kept;
    return TAWAM_OK;
}

static int on_file(void *context, const char *path, const char *blob)
{
    forms_catalogue *c = context;
    const char *slash = strchr(path, '/');
    const char *second = slash ? strchr(slash + 1, '/') : NULL;
    forms_version *v;
    int code;
    if (!second) /* forms/ID/current, or nothing of ours */
        return TAWAM_OK;
    v = version_at(c, path, (size_t)(slash - path), (size_t)(second - path));
    if (!v)
        return TAWAM_EMEMORY;
    code = add_name(c, v, second + 1);
    if (code != TAWAM_OK)
        return code;
    digest_add(v->sum, blob, strlen(blob));
    digest_add(v->sum, second, strlen(second) + 1);
    return TAWAM_OK;
}

int forms_catalogue_read(forms_catalogue **out, territory *t)
{
    forms_catalogue *c = memory_new(sizeof *c);
    int code = c ? arena_new(&c->memory) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = sync_list_main(t->sync, FORMS_FOLDER, on_file, c);
    for (size_t i = 0; code == TAWAM_OK && i < c->count; i++) {
        uint8_t sum[DIGEST_SIZE];
        digest_finish(c->list[i].sum, sum);
        c->list[i].sum = NULL;
        digest_hex(c->list[i].source, sum);
    }
    if (code == TAWAM_OK)
        *out = c;
    else
        forms_catalogue_free(c);
    return code;
}

void forms_catalogue_free(forms_catalogue *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++) {
        digest_free(c->list[i].sum);
        free(c->list[i].names);
    }
    free(c->list);
    arena_free(c->memory);
    free(c);
}

int forms_current(char **version, territory *t, const char *id)
{
    buffer text = {0};
    char *part = forms_path_part(id);
    char *path =
        part ? memory_format("%s/%s/%s", FORMS_FOLDER, part, FORMS_CURRENT)
             : NULL;
    int code = path ? sync_read_main(&text, t->sync, path) : TAWAM_EMEMORY;
    if (code == TAWAM_ENOTFOUND)
        code = TAWAM_OK;
    if (code == TAWAM_OK) {
        const char *line = text.data ? (const char *)text.data : "";
        char *name = memory_string_length(line, strcspn(line, "\r\n"));
        *version =
            name ? *name ? forms_path_text(name) : memory_string("") : NULL;
        code = *version ? TAWAM_OK : TAWAM_EMEMORY;
        free(name);
    }
    buffer_free(&text);
    free(part);
    free(path);
    return code;
}

/* ---- a version's files ---- */

int forms_content_add(forms_content *c, const char *name, buffer *bytes)
{
    shelf_attachment *f;
    int code = memory_reserve((void **)&c->files, &c->file_capacity,
                              c->file_count + 1, sizeof *c->files);
    if (code != TAWAM_OK)
        return code;
    f = &c->files[c->file_count];
    f->name = memory_string(name);
    if (!f->name)
        return TAWAM_EMEMORY;
    f->length = bytes->length;
    f->bytes = bytes->data; /* NULL when empty */
    memset(bytes, 0, sizeof *bytes);
    c->file_count++;
    return TAWAM_OK;
}

void forms_content_clear(forms_content *c)
{
    for (size_t i = 0; i < c->file_count; i++) {
        free((char *)(uintptr_t)c->files[i].name);
        free((void *)(uintptr_t)c->files[i].bytes);
    }
    free(c->files);
    form_source_free(c->source);
    memset(c, 0, sizeof *c);
}

static int read_part(buffer *out, territory *t, const forms_version *v,
                     const char *name)
{
    char *path = memory_format("%s/%s", v->folder, name);
    int code = path ? forms_file_read(out, t, path) : TAWAM_EMEMORY;
    if (code == TAWAM_ENOTFOUND)
        code = error_set(TAWAM_EDAMAGED, _("%.100s is missing in main"), path);
    free(path);
    return code;
}

/* "<64 digits>  NAME" of MANIFEST; NULL when NAME is not in it. */
static const char *sum_of(const char *manifest, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = manifest; line && *line;
         line = strchr(line, '\n')) {
        size_t size;
        line += *line == '\n';
        size = strcspn(line, "\r\n");
        if (size == 66 + length && strncmp(line + 66, name, length) == 0)
            return line;
    }
    return NULL;
}

static int check_sum(const char *line, const buffer *bytes, const char *name)
{
    digest *d = NULL;
    uint8_t sum[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];
    int code = digest_new(&d);
    if (code != TAWAM_OK)
        return code;
    digest_add(d, bytes->data ? bytes->data : (const uint8_t *)"",
               bytes->length);
    digest_finish(d, sum);
    digest_hex(hex, sum);
    if (strncmp(line, hex, DIGEST_HEX_SIZE - 1) == 0)
        return TAWAM_OK;
    return error_set(TAWAM_EDAMAGED,
                     _("%.100s was changed after it was published; publish the "
                       "form anew under a newer version"),
                     name);
}

static int take_part(forms_content *c, const char *name, buffer *bytes)
{
    size_t skip = strlen(FORMS_FILES);
    char *plain;
    int code;
    if (strncmp(name, FORMS_FILES, skip) != 0)
        return strchr(name, '/') ? TAWAM_OK
                                 : form_source_add(c->source, name, bytes->data,
                                                   bytes->length);
    plain = forms_path_text(name + skip);
    code = plain ? forms_content_add(c, plain, bytes) : TAWAM_EMEMORY;
    free(plain);
    return code;
}

static void read_published(int64_t *out, const char *manifest)
{
    static const char WORD[] = "# published ";
    const char *at = strstr(manifest, WORD);
    char time[40] = "";
    if (at)
        sscanf(at + strlen(WORD), "%39[0-9TZ:.-]", time);
    *out = 0;
    if (!at || clock_parse(out, time) != TAWAM_OK)
        error_clear();
}

/* What the manifest lists, or without one everything. */
static int read_parts(forms_content *c, territory *t, const forms_version *v,
                      const char *manifest)
{
    buffer bytes = {0};
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < v->count; i++) {
        const char *name = v->names[i];
        const char *line = manifest ? sum_of(manifest, name) : NULL;
        if (strcmp(name, FORMS_MANIFEST) == 0 || (manifest && !line))
            continue;
        buffer_clear(&bytes);
        code = read_part(&bytes, t, v, name);
        if (code == TAWAM_OK && line)
            code = check_sum(line, &bytes, name);
        if (code == TAWAM_OK)
            code = take_part(c, name, &bytes);
    }
    buffer_free(&bytes);
    return code;
}

int forms_read(forms_content *out, territory *t, const forms_version *v)
{
    forms_content c = {0};
    buffer manifest = {0};
    int listed = 0;
    int code = form_source_new(&c.source);
    for (size_t i = 0; i < v->count; i++)
        listed |= strcmp(v->names[i], FORMS_MANIFEST) == 0;
    if (code == TAWAM_OK && listed)
        code = read_part(&manifest, t, v, FORMS_MANIFEST);
    if (code == TAWAM_OK && manifest.data)
        read_published(&c.published, (const char *)manifest.data);
    if (code == TAWAM_OK)
        code = read_parts(&c, t, v, (const char *)manifest.data);
    if (code == TAWAM_OK)
        *out = c;
    else
        forms_content_clear(&c);
    buffer_free(&manifest);
    return code;
}
