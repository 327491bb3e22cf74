/* SPDX-License-Identifier: MIT */
/* Changeset: what one commit changed, in memory, and its bytes on disk
 * (`changes.zst`, specified to the byte in FORMAT.md). Knows neither SQLite
 * nor git, so that it fuzzes fast. Reader and writer share one struct.
 *
 * Invariants:
 *  1. encode(decode(bytes)) == bytes for bytes we wrote; the same changeset
 *     gives the same bytes on every machine.
 *  2. Rows stand ordered by layer name (lower-cased ASCII, then bytes), then
 *     fid; a (layer, fid) stands once. Cells stand ordered by column index.
 *  3. The decoder checks each count and size against changeset_limits and
 *     against the bytes left before it allocates.
 */
#ifndef TAWAM_CHANGESET_H
#define TAWAM_CHANGESET_H

#include "base/base.h"
#include "twin/twin.h" /* twin_type, twin_geometry, twin_value: types only */

#define CHANGESET_VERSION 1

typedef enum changeset_operation {
    CHANGESET_INSERT = 1, /* the row came to be; cells: those that are not
                             NULL, and NULL for cells that were not before */
    CHANGESET_UPDATE = 2, /* cells: new values (NULL too) */
    CHANGESET_DELETE = 3, /* no cells */
    CHANGESET_AFFIRM = 4  /* the row is kept; cells may be absent */
} changeset_operation;

typedef struct changeset_column {
    const char *name;
    twin_type type;
} changeset_column;

typedef struct changeset_cell {
    uint32_t column; /* index into the layer's columns here */
    twin_value value;
} changeset_cell;

typedef struct changeset_row {
    int64_t fid; /* 1 .. 2^63-1 */
    changeset_operation operation;
    size_t first_cell; /* index into the layer's cells */
    uint32_t cell_count;
} changeset_row;

typedef struct changeset_layer {
    const char *name;
    twin_geometry geometry;    /* as the writer knew it; TWIN_NO_GEOMETRY also
                                  when this changeset says nothing of it */
    changeset_column *columns; /* those the rows use or the writer declares */
    size_t column_count;
    changeset_row *rows;
    size_t row_count;
    changeset_cell *cells;
    size_t cell_count;
} changeset_layer;

typedef struct changeset {
    changeset_layer *layers;
    size_t layer_count;
    arena *memory; /* owns every name, value and (after decode) array */
} changeset;

typedef struct changeset_limits {
    size_t compressed;   /* bytes of changes.zst */
    size_t uncompressed; /* bytes inside the zstd frame */
    size_t memory;       /* bytes the decoded form may take */
    size_t rows, cells, layers, columns;
} changeset_limits;

/* 16 MiB, 64 MiB, 256 MiB, 1 M, 16 M, 1,000, 4,000 a layer. */
extern const changeset_limits CHANGESET_LIMITS;

int changeset_new(changeset **out); /* empty, to be filled */
void changeset_free(changeset *c);

/* Filling: add a layer (by name; an existing one is returned), a column, a
 * row, then its cells, which belong to the row added last to that layer. Names
 * and values are copied. Order does not matter: encode sorts. */
int changeset_add_layer(changeset_layer **out, changeset *c, const char *name,
                        twin_geometry geometry);
int changeset_add_column(uint32_t *index, changeset *c, changeset_layer *layer,
                         const char *name, twin_type type);
int changeset_add_row(changeset *c, changeset_layer *layer, int64_t fid,
                      changeset_operation operation);
int changeset_add_cell(changeset *c, changeset_layer *layer, uint32_t column,
                       const twin_value *value);

/* Columns of LAYER into the order of RANK, one a column, none twice; cells
 * follow. A dictionary knows columns that stand in its own order best. */
int changeset_order_columns(changeset_layer *layer, const uint32_t *rank);

/* Bytes of changes.zst into OUT (appended). Sorts C: layers, rows and cells
 * move, columns keep the order they were added in. TAWAM_EUSAGE, naming it,
 * for what can't be written (a row or cell twice, a deletion with cells, a name
 * twin_name_check refuses, a real that is no number) and for more than one file
 * may hold: 200,000 cells always fit if their texts and blobs are below 12 MiB
 * together (FORMAT.md, "Bounds"). */
int changeset_encode(buffer *out, changeset *c);
/* TAWAM_EDAMAGED with the reason and place; TAWAM_ENEWER for a higher version
 * (named); LIMITS NULL: CHANGESET_LIMITS. */
int changeset_decode(changeset **out, const void *bytes, size_t length,
                     const changeset_limits *limits);

/* ---- dictionaries ----
 *
 * A dictionary is what the coder has learned before its first row: layers and
 * columns, words, how each column's values are spread, how texts are spelled.
 * Its bytes are those of a changes.zst that needs none itself, a sample of a
 * territory's changes; whoever has read it has learned it. So any changes.zst
 * up to CHANGESET_DICTIONARY_MOST bytes can serve, such as the first commit of
 * an import for those that follow. Reading one takes some milliseconds: open it
 * once and keep it; it is never changed and may be shared by threads.
 *
 * Its id is the first 64 bits of the git id of the blob that holds its bytes,
 * so that a log finds it by git_odb's prefix look-up, wherever it stands. */
#define CHANGESET_DICTIONARY_MOST 32768 /* bytes of a dictionary */

typedef struct changeset_dictionary changeset_dictionary;

/* A dictionary of at most LIMIT bytes (CHANGESET_DICTIONARY_MOST at most) from
 * COUNT changesets, appended to OUT. The same samples give the same bytes; they
 * are not changed. All their layers and columns are in it; rows as many as
 * fit, chosen over all samples. TAWAM_EUSAGE if not even the names fit. */
int changeset_dictionary_train(buffer *out, const changeset *const *samples,
                               size_t count, size_t limit);
/* TAWAM_EDAMAGED for bytes that are no dictionary (too long, not a changeset,
 * one that needs a dictionary itself), TAWAM_ENEWER. */
int changeset_dictionary_open(changeset_dictionary **out, const void *bytes,
                              size_t length);
void changeset_dictionary_free(changeset_dictionary *d);
uint64_t changeset_dictionary_id(const changeset_dictionary *d);   /* never 0 */
size_t changeset_dictionary_memory(const changeset_dictionary *d); /* bytes */

/* As changeset_encode, with what D has learned where that makes the file
 * smaller. D may be NULL. */
int changeset_encode_with(buffer *out, changeset *c,
                          const changeset_dictionary *d);

/* The dictionary that a changes.zst needs: its id, or 0 for none. Looks at its
 * first bytes only; TAWAM_EDAMAGED if they are no changeset's. */
int changeset_dictionary_needed(uint64_t *id, const void *bytes, size_t length);

/* Gives the dictionary with ID, borrowed: TAWAM_OK, TAWAM_ENOTFOUND if it is
 * not there, another code if it can't be read. */
typedef int (*changeset_find_dictionary)(const changeset_dictionary **out,
                                         void *context, uint64_t id);
/* As changeset_decode; FIND NULL finds none. A file whose dictionary FIND has
 * not is TAWAM_ENOTFOUND, which is no damage: the file can be read when the
 * dictionary has come. The message has the id. */
int changeset_decode_with(changeset **out, const void *bytes, size_t length,
                          const changeset_limits *limits,
                          changeset_find_dictionary find, void *context);

typedef struct changeset_counts {
    int64_t inserted, updated, deleted, affirmed, cells;
} changeset_counts;
void changeset_count(changeset_counts *out, const changeset *c);

/* As text, one change a line, for `tawam cat` and git's textconv; foreign text
 * made safe:   + household 123 uuid=… name=Ali
 *              ~ household 124 phone=0612 (NULL: phone=)
 *              - household 125          ! household 126 (affirmed) */
void changeset_print(buffer *out, const changeset *c);

#endif
