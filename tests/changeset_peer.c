/* SPDX-License-Identifier: MIT */
/* A second reader, written in Python from FORMAT.md alone, reads random
 * changesets as this one does: the page says enough, and says it right. */
#include <unistd.h>
#include <zstd.h>
#include "tests/tap.h"
#include "tests/changeset_random.h"
#include "tests/bench/workload.h"

static int with_dictionary;

static void dump_value(FILE *f, const twin_value *value)
{
    uint64_t bits = 0;

    if (value->kind == TWIN_KIND_NULL)
        fputs("null", f);
    if (value->kind == TWIN_KIND_INTEGER)
        fprintf(f, "integer %lld", (long long)value->integer);
    if (value->kind == TWIN_KIND_REAL) {
        memcpy(&bits, &value->real, 8);
        fprintf(f, "real %016llx", (unsigned long long)bits);
    }
    if (value->kind < TWIN_KIND_TEXT)
        return;
    fputs(value->kind == TWIN_KIND_TEXT ? "text " : "bytes ", f);
    for (size_t i = 0; i < value->length; i++)
        fprintf(f, "%02x", (unsigned char)value->bytes[i]);
}

static void dump_name(FILE *f, const char *what, const char *name, int number)
{
    fprintf(f, "%s ", what);
    for (; *name; name++)
        fprintf(f, "%02x", (unsigned char)*name);
    fprintf(f, " %d\n", number);
}

static void dump(FILE *f, const changeset *c)
{
    for (size_t i = 0; i < c->layer_count; i++) {
        const changeset_layer *layer = &c->layers[i];
        dump_name(f, "layer", layer->name, (int)layer->geometry);
        for (size_t j = 0; j < layer->column_count; j++)
            dump_name(f, "column", layer->columns[j].name,
                      (int)layer->columns[j].type);
        for (size_t j = 0; j < layer->row_count; j++) {
            const changeset_row *row = &layer->rows[j];
            fprintf(f, "row %lld %d\n", (long long)row->fid,
                    (int)row->operation);
            for (uint32_t k = 0; k < row->cell_count; k++) {
                const changeset_cell *cell = &layer->cells[row->first_cell + k];
                fprintf(f, "cell %u ", cell->column);
                dump_value(f, &cell->value);
                fputc('\n', f);
            }
        }
    }
}

/* What is inside the frame of BYTES, into FOLDER/NUMBER.ENDING; its size. */
static size_t write_content(const char *folder, int number, const char *ending,
                            const buffer *bytes)
{
    size_t size = (size_t)ZSTD_getFrameContentSize(bytes->data, bytes->length);
    void *content = malloc(size + 1);
    char path[256];

    ZSTD_decompress(content, size, bytes->data, bytes->length);
    snprintf(path, sizeof path, "%s/%d.%s", folder, number, ending);
    file_write_atomic(path, content, size);
    free(content);
    return size;
}

/* FOLDER/NUMBER.content and .dump of C, and .dictionary if D's BYTES help it;
 * 0 if too large for a slow reader. Frees C. */
static int write_pair(const char *folder, int number, changeset *c,
                      const changeset_dictionary *d, const buffer *dictionary)
{
    buffer bytes = {0};
    char path[256];
    size_t size = 0;
    uint64_t needed = 0;
    FILE *f = NULL;

    changeset_encode_with(&bytes, c, d);
    changeset_dictionary_needed(&needed, bytes.data, bytes.length);
    with_dictionary += needed != 0;
    size = write_content(folder, number, "content", &bytes);
    if (needed)
        write_content(folder, number, "dictionary", dictionary);
    snprintf(path, sizeof path, "%s/%d.dump", folder, number);
    f = fopen(path, "w");
    dump(f, c);
    fclose(f);
    if (size >= 16000) {
        snprintf(path, sizeof path, "%s/%d.content", folder, number);
        remove(path);
    }
    buffer_free(&bytes);
    changeset_free(c);
    return size < 16000;
}

/* C's file as a dictionary. Frees C. */
static changeset_dictionary *learn(buffer *bytes, changeset *c)
{
    changeset_dictionary *d = NULL;

    buffer_clear(bytes);
    changeset_encode(bytes, c);
    changeset_free(c);
    if (bytes->length < 4000)
        changeset_dictionary_open(&d, bytes->data, bytes->length);
    return d;
}

/* A census after a part of it, and random changesets after themselves. */
static int write_known(const char *folder, int from, int seeds)
{
    workload w = {.seed = 3, .rows = 5000};
    workload_day day = {1, 12, 2, 1};
    buffer bytes = {0};
    changeset *c = NULL;
    changeset_dictionary *d = NULL;
    int written = 0;

    changeset_new(&c);
    workload_import(c, &w, 100, 200);
    d = learn(&bytes, c);
    changeset_new(&c);
    workload_changes(c, &w, &day);
    written += write_pair(folder, from++, c, d, &bytes);
    changeset_new(&c);
    workload_import(c, &w, 2000, 2020);
    written += write_pair(folder, from++, c, d, &bytes);
    changeset_dictionary_free(d);
    for (int i = 0; i < seeds; i++) {
        d = learn(&bytes, random_changeset((uint64_t)i + 80000));
        if (d)
            written +=
                write_pair(folder, from++,
                           random_changeset((uint64_t)i + 80000), d, &bytes);
        changeset_dictionary_free(d);
    }
    buffer_free(&bytes);
    return written;
}

int main(void)
{
    char folder[] = "/tmp/tawam-peer-XXXXXX", command[256];
    int written = 0, right = 0, wrong = -1;
    int seeds = getenv("TAWAM_FULL") ? 1000 : 24;
    FILE *f = NULL;

    if (system("python3 -c 'import struct' 2>/dev/null") != 0)
        skip_all("no python3");
    if (!mkdtemp(folder))
        bail("no folder for temporary files");
    for (int i = 1; i <= seeds; i++)
        written += write_pair(folder, i, random_changeset((uint64_t)i + 70000),
                              NULL, NULL);
    written += write_known(folder, seeds + 1, seeds / 2);
    snprintf(command, sizeof command, "python3 -B tests/changeset_reader.py %s",
             folder);
    f = popen(command, "r");
    if (!f || fscanf(f, "%d %d", &right, &wrong) != 2)
        right = -1;
    if (f)
        pclose(f);
    is_int(wrong, 0, "a reader made from FORMAT.md differs nowhere");
    is_int(right, written, "it reads %d random changesets", written);
    ok(with_dictionary >= seeds / 4, "%d of them with a dictionary",
       with_dictionary);
    file_remove_tree(folder);
    return done_testing();
}
