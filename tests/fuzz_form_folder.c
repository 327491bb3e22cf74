/* SPDX-License-Identifier: MIT */
/* Fuzz target: a folder of CSV sheets (fuzz_parts.h), as an XLSForm. What was
 * read is the same when it is written as CSV and read again; a form that is
 * accepted is an XForm that can be opened. */
#include "form/form.h"
#include "tests/fuzz_parts.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES_MOST 12

typedef struct folder {
    char path[64];
    char *files[FILES_MOST];
    size_t count;
} folder;

/* A file of PART's name, its '/' and leading '.' taken out. */
static void write_part(folder *f, char *name, const char *bytes, size_t length)
{
    int file;
    for (char *at = name; *at; at++)
        if (*at == '/' || (*at == '.' && at == name))
            *at = '_';
    f->files[f->count] = file_join(f->path, name);
    file = f->files[f->count]
               ? open(f->files[f->count], O_WRONLY | O_CREAT | O_TRUNC, 0600)
               : -1;
    f->count++;
    if (file >= 0 && write(file, bytes, length) != (ssize_t)length)
        abort();
    if (file >= 0)
        close(file);
}

static void write_parts(folder *f, const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size, *from;
    char name[FUZZ_NAME_SIZE];
    size_t length;
    while (f->count < FILES_MOST &&
           fuzz_next_part(name, &from, &length, &at, end))
        if (*name)
            write_part(f, name, from, length);
}

static void remove_parts(folder *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->files[i])
            unlink(f->files[i]);
        free(f->files[i]);
    }
    rmdir(f->path);
}

/* Sheet S written as CSV is read to the same cells. */
static void check_round(const workbook_sheet *s)
{
    buffer first = {0}, second = {0};
    workbook *w = NULL;
    workbook_write_csv(&first, s);
    if (first.length) {
        if (workbook_new(&w) != TAWAM_OK ||
            workbook_read_csv(w, s->name, (const char *)first.data,
                              first.length) != TAWAM_OK)
            abort();
        workbook_write_csv(&second, &w->sheets[0]);
        if (second.length != first.length ||
            memcmp(second.data, first.data, first.length) != 0)
            abort();
    }
    workbook_free(w);
    buffer_free(&first);
    buffer_free(&second);
}

static void open_form(const buffer *xml)
{
    form *f = NULL;
    record *r = NULL;
    if (form_read_xform(&f, (const char *)xml->data, xml->length) == TAWAM_OK)
        record_new(&r, f, NULL);
    record_free(r);
    form_free(f);
}

static void read_folder(const char *path)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    buffer xml = {0};
    if (workbook_read(&w, path) == TAWAM_OK) {
        for (size_t i = 0; i < w->sheet_count; i++)
            check_round(&w->sheets[i]);
        if (form_messages_new(&m) == TAWAM_OK &&
            xlsform_convert(&xml, m, w, "fuzz") == TAWAM_OK)
            open_form(&xml);
    }
    buffer_free(&xml);
    form_messages_free(m);
    workbook_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    folder f = {.count = 0};
    snprintf(f.path, sizeof f.path, "%s/tawam-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(f.path))
        abort();
    write_parts(&f, data, size);
    read_folder(f.path);
    remove_parts(&f);
    return 0;
}
