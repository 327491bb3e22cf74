/* SPDX-License-Identifier: MIT */
/* Makes tests/hostile/changeset/: files that a changeset's reader must refuse,
 * each with the reason why in INDEX. The files are committed; this program is
 * run by hand when the format changes:
 *
 *   make BUILD=b b/tests/changeset_hostile.t
 *   gcc -std=c17 -D_GNU_SOURCE -Isrc -I. tests/hostile/make_changesets.c \
 *       b/lib/sync.a b/lib/twin.a b/lib/base.a -o make_changesets \
 *       $(pkg-config --libs sqlite3 libgit2 libzstd fribidi jansson) \
 *       -lmbedcrypto -lm
 *   ./make_changesets tests/hostile/changeset
 *
 * Most are made by the real writer, past its own checks: a changeset is filled
 * with what must not be and goes through codec_run() unsorted and unchecked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "sync/changeset_internal.h"

static const char *folder;
static FILE *index_file;

static void save(const char *name, const char *sentence, const void *bytes,
                 size_t length)
{
    char path[1024];
    FILE *f = NULL;

    snprintf(path, sizeof path, "%s/%s.zst", folder, name);
    f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, length, f) != length)
        exit(1);
    fclose(f);
    fprintf(index_file, "%s.zst: %s\n", name, sentence);
    printf("%-28s %zu\n", name, length);
}

static void pack(buffer *out, const void *bytes, size_t length)
{
    size_t room = ZSTD_compressBound(length);
    char *frame = malloc(room);

    buffer_bytes(out, frame, ZSTD_compress(frame, room, bytes, length, 19));
    free(frame);
}

static void save_content(const char *name, const char *sentence,
                         const buffer *content)
{
    buffer out = {0};

    pack(&out, content->data, content->length);
    save(name, sentence, out.data, out.length);
    buffer_free(&out);
}

static void join(buffer *content, const buffer *text, const buffer *coded)
{
    buffer_bytes(content, "TC\1\0", 4);
    varint_write(content, text->length);
    buffer_bytes(content, text->data, text->length);
    buffer_bytes(content, coded->data, coded->length);
}

/* C's content without any check, strings in the text part. */
static void content_of(buffer *content, changeset *c)
{
    codec x = {.grown_bound = SIZE_MAX, .limits = &CHANGESET_LIMITS};
    buffer text = {0}, coded = {0};

    codec_open(&x, c);
    coder_write(&x.coder, &coded);
    x.text_out = &text;
    codec_run(&x);
    coder_finish(&x.coder);
    join(content, &text, &coded);
    codec_close(&x);
    buffer_free(&text);
    buffer_free(&coded);
}

static void save_changeset(const char *name, const char *sentence, changeset *c)
{
    buffer content = {0};

    content_of(&content, c);
    save_content(name, sentence, &content);
    buffer_free(&content);
    changeset_free(c);
}

/* One layer `name`, one text column `column`, one row. */
static changeset *simple(const char *name, const char *column, twin_type type,
                         int64_t fid)
{
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t index = 0;
    twin_value value = {.kind = TWIN_KIND_TEXT, .bytes = "tap", .length = 3};

    changeset_new(&c);
    changeset_add_layer(&layer, c, name, TWIN_NO_GEOMETRY);
    changeset_add_column(&index, c, layer, column, type);
    changeset_add_row(c, layer, fid, CHANGESET_INSERT);
    changeset_add_cell(c, layer, index, &value);
    return c;
}

/* ---- the frame ---- */

static void make_frames(void)
{
    buffer good = {0}, content = {0}, out = {0};
    changeset *c = simple("household", "water", TWIN_TEXT, 7);
    size_t room = 1 << 20;
    char *big = calloc(1, room);

    content_of(&content, c);
    pack(&good, content.data, content.length);
    save("empty", "no byte at all", "", 0);
    save("not_zstd", "a text file", "household,water\n1,tap\n", 22);
    save("cut_header", "the first six bytes of a frame", good.data, 6);
    save("cut", "a frame without its last byte", good.data, good.length - 1);
    buffer_bytes(&out, good.data, good.length);
    buffer_text(&out, "garbage");
    save("trailing_garbage", "seven bytes after the frame", out.data,
         out.length);
    buffer_clear(&out);
    buffer_bytes(&out, good.data, good.length);
    buffer_bytes(&out, good.data, good.length);
    save("two_frames", "two good frames in a row", out.data, out.length);
    buffer_clear(&out);
    buffer_bytes(&out, "\x50\x2a\x4d\x18\4\0\0\0abcd", 12);
    buffer_bytes(&out, good.data, good.length);
    save("skippable", "a skippable frame before the good one", out.data,
         out.length);
    buffer_clear(&out);
    pack(&out, good.data, good.length);
    save("nested_frame", "a good frame inside a frame", out.data, out.length);
    save("claims_tebibyte", "a header that claims 2^40 bytes",
         "\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\1\0\0\1\0\0", 16);
    save("needs_dictionary", "a frame that names a zstd dictionary",
         "\x28\xb5\x2f\xfd\x21\x2a\4\x21\0\0TC\1\0", 14);
    save("no_size", "a frame that does not tell its size",
         "\x28\xb5\x2f\xfd\0\x58\x21\0\0TC\1\0", 13);
    buffer_clear(&out);
    for (int i = 0; i < 63; i++)
        buffer_bytes(&out, big, room);
    save_content("bomb", "63 MiB of zeros in 6 kB", &out);
    buffer_clear(&out);
    for (int i = 0; i < 80; i++)
        buffer_bytes(&out, big, room);
    save_content("bomb_larger", "80 MiB of zeros, above the limit", &out);
    free(big);
    buffer_free(&good);
    buffer_free(&content);
    buffer_free(&out);
    changeset_free(c);
}

/* ---- the content's header ---- */

static void save_changed(const char *name, const char *sentence, size_t at,
                         uint8_t byte)
{
    changeset *c = simple("household", "water", TWIN_TEXT, 7);
    buffer content = {0};

    content_of(&content, c);
    content.data[at] = byte;
    save_content(name, sentence, &content);
    buffer_free(&content);
    changeset_free(c);
}

static void make_headers(void)
{
    buffer content = {0};
    changeset *c = simple("household", "water", TWIN_TEXT, 7);

    save_changed("wrong_magic", "content that begins with XC", 0, 'X');
    save_changed("version_2", "a version to come", 2, 2);
    save_changed("version_0", "a version that never was", 2, 0);
    save_changed("sealed", "the flag of sealed columns", 3, 4);
    save_changed("unknown_flag", "a flag without a meaning", 3, 128);
    save_changed("text_too_long", "a text part longer than the file", 4, 127);
    save_changed("text_too_short", "strings end before the text they need", 4,
                 1);
    buffer_text(&content, "TC");
    save_content("only_magic", "nothing but two letters", &content);
    buffer_clear(&content);
    buffer_bytes(&content, "TC\1\0\x80\0", 6);
    save_content("long_varint", "a length in more bytes than it needs",
                 &content);
    buffer_clear(&content);
    buffer_bytes(&content, "TC\1\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                 14);
    save_content("endless_varint", "a length of more than 63 bits", &content);
    buffer_clear(&content);
    content_of(&content, c);
    buffer_text(&content, "more");
    save_content("trailing_coded", "bytes after the coded part", &content);
    buffer_clear(&content);
    buffer_bytes(&content, "TC\1\1", 4);
    for (int i = 0; i < 4096; i++)
        buffer_byte(&content, (uint8_t)(i * 37));
    save_content("letters_noise", "noise where strings should be", &content);
    buffer_free(&content);
    changeset_free(c);
}

/* ---- names ---- */

static void make_names(void)
{
    char long_name[5001];
    changeset *c = NULL;
    changeset_layer *layer = NULL;
    uint32_t index = 0;

    memset(long_name, 'n', 5000);
    long_name[5000] = '\0';
    save_changeset("name_long", "a layer's name of 5,000 letters",
                   simple(long_name, "a", TWIN_TEXT, 1));
    save_changeset("column_long", "a column's name of 5,000 letters",
                   simple("a", long_name, TWIN_TEXT, 1));
    save_changeset("name_empty", "a layer without a name",
                   simple("", "a", TWIN_TEXT, 1));
    save_changeset("name_reserved", "a layer called tawam_setting",
                   simple("tawam_setting", "a", TWIN_TEXT, 1));
    save_changeset("name_reserved_case", "a layer called GPKG_contents",
                   simple("GPKG_contents", "a", TWIN_TEXT, 1));
    save_changeset("name_sqlite", "a layer called sqlite_master",
                   simple("sqlite_master", "a", TWIN_TEXT, 1));
    save_changeset("name_escape", "a layer's name that clears the terminal",
                   simple("a\x1b[2J", "a", TWIN_TEXT, 1));
    save_changeset("name_newline", "a column's name with a line's end",
                   simple("a", "b\nc", TWIN_TEXT, 1));
    save_changeset("name_not_utf8", "a layer's name that is not UTF-8",
                   simple("a\xff\xfe", "a", TWIN_TEXT, 1));
    save_changeset("column_fid", "a data column called FID",
                   simple("a", "FID", TWIN_INTEGER, 1));
    save_changeset("column_uuid_integer", "a uuid that is an integer",
                   simple("a", "uuid", TWIN_INTEGER, 1));
    save_changeset("column_geom_text", "a geom that is text",
                   simple("a", "geom", TWIN_TEXT, 1));
    save_changeset("column_geometry_elsewhere", "a geometry called outline",
                   simple("a", "outline", TWIN_GEOMETRY, 1));
    save_changeset("type_unknown", "a column of type 9",
                   simple("a", "b", (twin_type)9, 1));
    c = simple("b", "a", TWIN_TEXT, 1);
    changeset_add_layer(&layer, c, "a", TWIN_NO_GEOMETRY);
    save_changeset("layers_unsorted", "layer b before layer a", c);
    c = simple("a", "a", TWIN_TEXT, 1);
    changeset_add_layer(&layer, c, "b", TWIN_NO_GEOMETRY);
    c->layers[1].name = "A";
    save_changeset("layers_doubled", "layers a and A", c);
    c = simple("a", "a", TWIN_TEXT, 1);
    changeset_add_column(&index, c, &c->layers[0], "b", TWIN_TEXT);
    c->layers[0].columns[1].name = "A";
    save_changeset("columns_doubled", "columns a and A", c);
}

/* ---- rows and values ---- */

static changeset *rows_of(int64_t first, int64_t second)
{
    changeset *c = simple("a", "b", TWIN_TEXT, first);
    changeset_layer *layer = &c->layers[0];

    changeset_add_row(c, layer, second, CHANGESET_DELETE);
    return c;
}

static void make_values(void)
{
    changeset *c = NULL;
    twin_value nan = {.kind = TWIN_KIND_REAL};
    uint64_t bits = 0x7ff8000000000001;

    save_changeset("rows_unsorted", "row 9, then row 4", rows_of(9, 4));
    save_changeset("rows_doubled", "row 9 twice", rows_of(9, 9));
    save_changeset("row_zero", "a row with id 0",
                   simple("a", "b", TWIN_TEXT, 0));
    save_changeset("row_negative", "a row with id -5",
                   simple("a", "b", TWIN_TEXT, -5));
    c = simple("a", "b", TWIN_DECIMAL, 1);
    memcpy(&nan.real, &bits, 8);
    c->layers[0].cells[0].value = nan;
    save_changeset("not_a_number", "a real that is not a number", c);
}

/* ---- counts ---- */

/* Layers, a name, geometry, columns: as schema_code has them. */
static void write_schema(codec *x, uint64_t layers, uint64_t columns,
                         uint64_t written)
{
    const char *name = "a";
    size_t length = 1;
    char column[16];

    coder_number(&x->coder, &x->models->layers, layers);
    codec_string(x, STRING_NAME, &name, &length, 63);
    coder_tree(&x->coder, x->models->geometry, 4, 0);
    coder_number(&x->coder, &x->models->columns, columns);
    for (uint64_t i = 0; i < written; i++) {
        length = (size_t)snprintf(column, sizeof column, "c%llu",
                                  (unsigned long long)i);
        name = column;
        codec_string(x, STRING_NAME, &name, &length, 63);
        coder_tree(&x->coder, x->models->type, 4, TWIN_INTEGER);
    }
}

/* The one real of a row by its bits, by the method for many sizes. */
static void write_real(codec *x, uint64_t bits)
{
    bit_model *upper = memory_array(1u << REAL_LEARNED, sizeof *upper);
    unsigned low = 64 - REAL_LEARNED;

    coder_tree(&x->coder, x->models->method[TWIN_DECIMAL], 4, LANE_REAL);
    coder_bit(&x->coder, &x->models->irregular[TWIN_DECIMAL], 0);
    coder_tree(&x->coder, upper, REAL_LEARNED, (uint32_t)(bits >> low));
    coder_raw(&x->coder, low, bits);
    free(upper);
}

/* The same by its place; WHICH should be 0, that of reals. */
static void write_place(codec *x, int64_t place, uint32_t which)
{
    sequence s = {.values = &place, .count = 1, .role = ROLE_DECIMAL};

    coder_tree(&x->coder, x->models->method[TWIN_DECIMAL], 4, LANE_EXACT);
    coder_tree(&x->coder, x->models->exact, 2, which);
    coder_bit(&x->coder, &x->models->irregular[TWIN_DECIMAL], 0);
    sequence_plan(&s);
    sequence_code(&x->coder, x->models, &s);
    sequence_clear(&s);
}

/* The file of what X wrote: TEXT, then CODED. Closes X, frees both. */
static void save_coded(const char *name, const char *sentence, codec *x,
                       buffer *text, buffer *coded)
{
    buffer content = {0};
    join(&content, text, coded);
    save_content(name, sentence, &content);
    codec_close(x);
    buffer_free(text);
    buffer_free(coded);
    buffer_free(&content);
}

static void save_real(const char *name, const char *sentence,
                      lane_method method, int64_t number, uint32_t which)
{
    codec x = {.grown_bound = SIZE_MAX, .limits = &CHANGESET_LIMITS};
    buffer text = {0}, coded = {0};
    changeset *c = simple("a", "b", TWIN_DECIMAL, 1);

    codec_open(&x, c);
    coder_write(&x.coder, &coded);
    x.text_out = &text;
    schema_code(&x);
    rows_code(&x, &c->layers[0]);
    if (method == LANE_REAL)
        write_real(&x, (uint64_t)number);
    else
        write_place(&x, number, which);
    coder_finish(&x.coder);
    save_coded(name, sentence, &x, &text, &coded);
    changeset_free(c);
}

/* A file of the counts given; the rows stand one after the other, with all
 * cells of all columns, if there are any. */
static void save_counts(const char *name, const char *sentence, uint64_t layers,
                        uint64_t columns, uint64_t rows, uint64_t cells)
{
    codec x = {.grown_bound = SIZE_MAX, .limits = &CHANGESET_LIMITS};
    buffer text = {0}, coded = {0};
    changeset *c = NULL;

    changeset_new(&c);
    codec_open(&x, c);
    coder_write(&x.coder, &coded);
    x.text_out = &text;
    write_schema(&x, layers, columns, columns < 200 ? columns : 0);
    coder_number(&x.coder, &x.models->rows, rows);
    coder_number(&x.coder, &x.models->cells, cells);
    coder_tree(&x.coder, x.models->width[ROLE_ROWS], 7, 0); /* all gaps 0 */
    coder_finish(&x.coder);
    for (int i = 0; i < 64; i++)
        buffer_byte(&coded, 0);
    save_coded(name, sentence, &x, &text, &coded);
    changeset_free(c);
}

static void make_counts(void)
{
    save_counts("layers_many", "65,535 layers announced", 65535, 0, 0, 0);
    save_counts("columns_many", "60,000 columns announced", 1, 60000, 0, 0);
    save_counts("rows_giant", "2^62 rows announced", 1, 1, 1ull << 62, 0);
    save_counts("rows_million", "1,000,001 rows announced", 1, 1, 1000001, 0);
    save_counts("cells_giant", "2^60 cells announced", 1, 1, 1, 1ull << 60);
    save_counts("cells_bomb", "15 million cells in 100 bytes", 1, 15, 1000000,
                15000000);
    save_counts("cells_without_rows", "cells but no row", 1, 1, 0, 5);
    save_counts("more_cells_than_fit", "ten cells for a row of one column", 1,
                1, 1, 10);
    save_counts("rows_from_nothing", "900,000 rows out of zeros", 1, 1, 900000,
                1);
    save_real("infinite", "a real that is infinite", LANE_REAL,
              (int64_t)0x7ff << 52, 0);
    save_real("place_infinite", "a real in the place of infinity", LANE_EXACT,
              (int64_t)0x7ff << 52, 0);
    save_real("place_lowest", "a real in the lowest place there is", LANE_EXACT,
              INT64_MIN, 0);
    save_real("exact_unknown", "exact values of an unknown kind", LANE_EXACT, 1,
              3);
}

int main(int count, char **words)
{
    char path[1024];

    if (count != 2)
        return 2;
    folder = words[1];
    snprintf(path, sizeof path, "%s/INDEX", folder);
    index_file = fopen(path, "w");
    if (!index_file)
        return 3;
    make_frames();
    make_headers();
    make_names();
    make_values();
    make_counts();
    return fclose(index_file) != 0;
}
