/* SPDX-License-Identifier: MIT */
/* How many bytes changesets take, against the same values in columns packed by
 * xz -9e and zstd --ultra -22 (the limit), and that what is printed as the
 * size still reads back. */
#include <zstd.h>
#include "tests/tap.h"
#include "tests/changeset_census.h"

/* The values of C as a person would lay them out for xz: ids as gaps, each
 * column its values, one a line, canonical text. */
static void plain_columns(buffer *out, const changeset *c)
{
    const changeset_layer *layer = &c->layers[0];
    int64_t before = 0;

    for (size_t i = 0; i < layer->row_count; i++) {
        buffer_format(out, "%c%lld\n", " +~-!"[layer->rows[i].operation],
                      (long long)(layer->rows[i].fid - before));
        before = layer->rows[i].fid;
    }
    for (size_t j = 1; j < layer->column_count; j++) {
        for (size_t i = 0; i < layer->row_count; i++) {
            const changeset_row *row = &layer->rows[i];
            for (uint32_t k = 0; k < row->cell_count; k++) {
                const changeset_cell *cell = &layer->cells[row->first_cell + k];
                double xy[2];
                if (cell->column != j)
                    continue;
                if (cell->value.kind == TWIN_KIND_BYTES) {
                    memcpy(xy, cell->value.bytes + 13, 16);
                    buffer_format(out, "%.7f %.7f", xy[0], xy[1]);
                } else if (cell->value.kind == TWIN_KIND_INTEGER) {
                    buffer_format(out, "%lld", (long long)cell->value.integer);
                } else if (cell->value.kind == TWIN_KIND_REAL) {
                    buffer_format(out, "%.12g", cell->value.real);
                } else {
                    buffer_bytes(out, cell->value.bytes, cell->value.length);
                }
            }
            buffer_byte(out, '\n');
        }
    }
}

/* Bytes that `xz -9e` makes of B; 0 if there is no xz. */
static size_t xz_size(const buffer *b)
{
    char path[] = "/tmp/tawam-size-XXXXXX", command[128];
    int file = mkstemp(path);
    size_t size = 0;
    FILE *f = file < 0 ? NULL : fdopen(file, "wb");

    if (!f)
        return 0;
    fwrite(b->data, 1, b->length, f);
    fclose(f);
    snprintf(command, sizeof command,
             "xz -9e --format=raw --lzma2=preset=9e -c %s 2>/dev/null | wc -c",
             path);
    f = popen(command, "r");
    if (f && fscanf(f, "%zu", &size) != 1)
        size = 0;
    if (f)
        pclose(f);
    remove(path);
    return size;
}

static size_t zstd_size(const buffer *b)
{
    size_t room = ZSTD_compressBound(b->length), size = 0;
    char *out = malloc(room);

    size = ZSTD_compress(out, room, b->data, b->length, 22);
    free(out);
    return size;
}

static void measure(changeset *c, const char *what, size_t bar)
{
    buffer bytes = {0}, plain = {0};
    changeset *again = NULL;
    size_t xz = 0, zstd = 0, limit = 0;
    int64_t start = clock_monotonic(), encoded = 0, decoded = 0;

    ok(changeset_encode(&bytes, c) == TAWAM_OK, "%s is encoded", what);
    encoded = clock_monotonic();
    ok(changeset_decode(&again, bytes.data, bytes.length, NULL) == TAWAM_OK &&
           same_changeset(c, again),
       "%s reads back the same", what);
    decoded = clock_monotonic();
    plain_columns(&plain, c);
    xz = xz_size(&plain);
    zstd = zstd_size(&plain);
    limit = xz && xz < zstd ? xz : zstd;
    diag("%s: %zu bytes; limit %zu (xz %zu, zstd %zu): %.3f; encode %lld ms, "
         "decode %lld ms",
         what, bytes.length, limit, xz, zstd,
         (double)bytes.length / (double)limit, (long long)(encoded - start),
         (long long)(decoded - encoded));
    ok(bytes.length <= (bar ? bar : limit + limit * 15 / 100),
       "%s is small enough", what);
    if (getenv("TAWAM_KEEP")) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s.zst", getenv("TAWAM_KEEP"), what);
        file_write_atomic(path, bytes.data, bytes.length);
    }
    changeset_free(again);
    buffer_free(&bytes);
    buffer_free(&plain);
}

int main(void)
{
    changeset *c = NULL;
    size_t rows = getenv("TAWAM_FULL") ? 100000 : 20000;

    support_state = 2026;
    changeset_new(&c);
    census_day(c, 100000, 16, 3, 1);
    measure(c, "small day", 500);
    changeset_free(c);
    changeset_new(&c);
    census_day(c, 100000, 1000, 200, 50);
    measure(c, "day", 0);
    changeset_free(c);
    changeset_new(&c);
    census_import(c, rows);
    measure(c, "import", 0);
    changeset_free(c);
    return done_testing();
}
