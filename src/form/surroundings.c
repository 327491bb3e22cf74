/* SPDX-License-Identifier: MIT */
/* What a record asks of its surroundings, ready made. */
#include "form/lists.h"
#include "form/shelf.h"
#include <stdlib.h>
#include <string.h>

struct form_surroundings {
    record_surroundings record;
    form_lists *lists;
    char *device, *author, *mail; /* NULL unknown */
    char *id, *version;           /* of the shelf's form; version NULL: the
                                     current one */
};

static const char *property(void *caller, const char *name)
{
    const form_surroundings *s = caller;
    const char *value = strcmp(name, "deviceid") == 0   ? s->device
                        : strcmp(name, "username") == 0 ? s->author
                        : strcmp(name, "email") == 0    ? s->mail
                                                        : NULL;
    return value ? value : "";
}

static int read_setting(char **out, twin *t, const char *name)
{
    int code = twin_setting(out, t, name);
    return code == TAWAM_ENOTFOUND ? TAWAM_OK : code;
}

static int find_file(buffer *out, void *caller, const char *name)
{
    const form_surroundings *s = caller;
    int code = shelf_file(out, s->record.twin, s->id, s->version, name);
    if (code == TAWAM_ENOTFOUND)
        error_clear();
    return code;
}

/* ID NULL: attachments are not of the shelf. */
static int make(form_surroundings **out, form_lists_source *source,
                const char *id, const char *version)
{
    form_surroundings *s = memory_new(sizeof *s);
    twin *t = source->twin;
    int code = s ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && id) {
        source->file = find_file;
        source->caller = s;
        s->id = memory_string(id);
        s->version = memory_string(version);
        code = s->id && (s->version || !version) ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        code = form_lists_new(&s->lists, source);
    if (code == TAWAM_OK && t)
        code = read_setting(&s->device, t, "device");
    if (code == TAWAM_OK && t)
        code = read_setting(&s->author, t, "author_name");
    if (code == TAWAM_OK && t)
        code = read_setting(&s->mail, t, "author_mail");
    if (code != TAWAM_OK) {
        form_surroundings_free(s);
        return code;
    }
    s->record = (record_surroundings){
        .caller = s, .property = property, .lists = s->lists, .twin = t};
    *out = s;
    return TAWAM_OK;
}

int form_file_surroundings(form_surroundings **out, const char *folder, twin *t)
{
    form_lists_source source = {.folder = folder, .twin = t};
    return make(out, &source, NULL, NULL);
}

int shelf_surroundings(form_surroundings **out, twin *t, const char *id,
                       const char *version)
{
    form_lists_source source = {.twin = t};
    return make(out, &source, id, version);
}

void form_surroundings_free(form_surroundings *s)
{
    if (!s)
        return;
    form_lists_free(s->lists);
    free(s->device);
    free(s->author);
    free(s->mail);
    free(s->id);
    free(s->version);
    free(s);
}

const record_surroundings *form_surroundings_record(const form_surroundings *s)
{
    return &s->record;
}
