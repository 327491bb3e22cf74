/* SPDX-License-Identifier: MIT */
/* A second reader, written in Python from FORMAT.md alone, reads random
 * changesets as this one does: the page says enough, and says it right. */
#include <unistd.h>
#include <zstd.h>
#include "tests/tap.h"
#include "tests/changeset_random.h"

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

/* FOLDER/SEED.content and .dump; 0 if too large for a slow reader. */
static int write_pair(const char *folder, uint64_t seed)
{
    changeset *c = random_changeset(seed);
    buffer bytes = {0};
    char path[256];
    size_t size = 0;
    void *content = NULL;
    FILE *f = NULL;

    changeset_encode(&bytes, c);
    size = (size_t)ZSTD_getFrameContentSize(bytes.data, bytes.length);
    content = malloc(size + 1);
    ZSTD_decompress(content, size, bytes.data, bytes.length);
    if (size < 16000) {
        snprintf(path, sizeof path, "%s/%llu.content", folder,
                 (unsigned long long)seed);
        f = fopen(path, "wb");
        fwrite(content, 1, size, f);
        fclose(f);
        snprintf(path, sizeof path, "%s/%llu.dump", folder,
                 (unsigned long long)seed);
        f = fopen(path, "w");
        dump(f, c);
        fclose(f);
    }
    free(content);
    buffer_free(&bytes);
    changeset_free(c);
    return size < 16000;
}

int main(void)
{
    char folder[] = "/tmp/tawam-peer-XXXXXX", command[256];
    int written = 0, right = 0, wrong = -1;
    int seeds = getenv("TAWAM_FULL") ? 1000 : 40;
    FILE *f = NULL;

    if (system("python3 -c 'import struct' 2>/dev/null") != 0)
        skip_all("no python3");
    if (!mkdtemp(folder))
        bail("no folder for temporary files");
    for (int i = 1; i <= seeds; i++)
        written += write_pair(folder, (uint64_t)i + 70000);
    snprintf(command, sizeof command, "python3 -B tests/changeset_reader.py %s",
             folder);
    f = popen(command, "r");
    if (!f || fscanf(f, "%d %d", &right, &wrong) != 2)
        right = -1;
    if (f)
        pclose(f);
    is_int(wrong, 0, "a reader made from FORMAT.md differs nowhere");
    is_int(right, written, "it reads %d random changesets", written);
    file_remove_tree(folder);
    return done_testing();
}
