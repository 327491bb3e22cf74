/* SPDX-License-Identifier: MIT */
/* Fuzz target: an .xlsx workbook. Bytes that begin with PK are the file itself;
 * others are its parts (fuzz_parts.h), which the target packs: so a change
 * reaches the XML and does not end at a checksum. */
#include "form/form.h"
#include "tests/fuzz_parts.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_parts(zip_t *zip, const char *at, const char *end)
{
    char path[FUZZ_NAME_SIZE];
    const char *from;
    size_t length;
    int count = 0;
    while (count++ < 50 && fuzz_next_part(path, &from, &length, &at, end)) {
        zip_source_t *source = zip_source_buffer(zip, from, length, 0);
        if (source && zip_file_add(zip, path, source, ZIP_FL_OVERWRITE) < 0)
            zip_source_free(source);
    }
}

static void pack(int file, const uint8_t *data, size_t size)
{
    zip_error_t fault;
    zip_source_t *all;
    zip_t *zip;
    char bytes[65536];
    zip_int64_t length;
    zip_error_init(&fault);
    all = zip_source_buffer_create(NULL, 0, 0, &fault);
    zip = all ? zip_open_from_source(all, ZIP_TRUNCATE, &fault) : NULL;
    if (!zip)
        abort();
    zip_source_keep(all);
    add_parts(zip, (const char *)data, (const char *)data + size);
    if (zip_close(zip) != 0)
        zip_discard(zip);
    else if (zip_source_open(all) == 0) { /* nothing was packed: no bytes */
        while ((length = zip_source_read(all, bytes, sizeof bytes)) > 0)
            if (write(file, bytes, (size_t)length) != length)
                abort();
        zip_source_close(all);
    }
    zip_source_free(all);
}

static void read_workbook(const char *path)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    buffer xml = {0};
    if (workbook_read_xlsx(&w, path) == TAWAM_OK &&
        form_messages_new(&m) == TAWAM_OK)
        xlsform_convert(&xml, m, w, "fuzz");
    buffer_free(&xml);
    form_messages_free(m);
    workbook_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("fuzz.xlsx", 0);
    char path[64];
    if (file < 0)
        return 0;
    if (size > 2 && data[0] == 'P' && data[1] == 'K') {
        if (write(file, data, size) != (ssize_t)size)
            abort();
    } else
        pack(file, data, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    read_workbook(path);
    close(file);
    return 0;
}
