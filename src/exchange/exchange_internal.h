/* SPDX-License-Identifier: MIT */
/* exchange, private part: what its modules share.
 *
 *   input      bytes of a file, decoded to UTF-8, a chunk at a time
 *   source     rows of a file, one at a time, twice (csv, geojson, gpkg)
 *   inference  what a column's values have in common
 *   plan       which column of the file goes where in the layer
 *   match      key -> row, both of the layer and of the file so far
 *   rejects    the rows that were wrong, as they came
 *   output     a file written beside and renamed
 *
 * import.c drives:  open -> scan (inference) -> plan -> rewind -> store.
 * Nothing is stored before the whole file has been read once, so a file that
 * is refused as a whole leaves no trace.
 */
#ifndef TAWAM_EXCHANGE_INTERNAL_H
#define TAWAM_EXCHANGE_INTERNAL_H

#include <stdio.h>
#include "exchange/exchange.h"

/* Limits, all checked before memory is taken. */
enum {
    EXCHANGE_COLUMNS_MAX = 1000,
    EXCHANGE_FIELD_MAX = 4 << 20,   /* bytes in one field of a CSV */
    EXCHANGE_RECORD_MAX = 8 << 20,  /* bytes in one record of a CSV */
    EXCHANGE_FEATURE_MAX = 8 << 20, /* bytes in one feature of a GeoJSON */
    EXCHANGE_DEPTH_MAX = 32,        /* brackets open at once in a GeoJSON */
    EXCHANGE_BATCH = 5000,          /* rows a transaction */
    EXCHANGE_REASON_SIZE = 256      /* bytes of a reason, with its NUL */
};

/* ---- input: bytes of a text file ---------------------------------------- */
enum input_encoding { INPUT_UTF8, INPUT_UTF16_LE, INPUT_UTF16_BE };

typedef struct input {
    int fd;
    char *name; /* as the person gave it */
    enum input_encoding encoding;
    uint64_t total, done; /* bytes of the file, bytes read of it */
    int64_t modified;     /* nanoseconds; a change between passes is an error */
    size_t skip;          /* bytes of a byte order mark */
    uint8_t *raw, *text;  /* as read; in UTF-8 (the same memory if UTF-8) */
    size_t raw_kept;      /* bytes of a character cut by the chunk's end */
    size_t at, filled;    /* of text */
} input;

/* PATH opened to be read, or standard input for "-". */
int input_descriptor(int *fd, const char *path);
/* Takes FD, also when it fails. What can't be read twice is first copied to an
 * unnamed file. TAWAM_EUSAGE for what is not text, by its first bytes. */
int input_open_descriptor(input *out, int fd, const char *name);
void input_close(input *in);
/* Back to the start; TAWAM_EENVIRONMENT if the file changed meanwhile. */
int input_rewind(input *in);
/* 1 with bytes at text[at .. filled), 0 at the end, negative error. A UTF-16
 * half pair becomes the byte 0xFF, which no reader takes for text. */
int input_fill(input *in);

/* ---- source: rows of any file -------------------------------------------- */
typedef struct source_cell {
    int absent;       /* the row says nothing of this column */
    twin_type type;   /* 0: text as someone wrote it (CSV), or NULL */
    twin_value value; /* borrowed until the next row */
} source_cell;

enum source_role { ROLE_DATA, ROLE_GEOMETRY, ROLE_FEATURE_ID };

typedef struct source_column {
    char *name;
    twin_type type; /* what the file declares; 0: to be inferred */
    enum source_role role;
    twin_geometry geometry; /* declared, of a ROLE_GEOMETRY */
} source_column;

typedef struct source_row {
    int64_t line; /* where it begins; of a GeoPackage its row id */
    const source_cell *cells;
    size_t count;       /* cells; columns beyond it are absent */
    const char *wrong;  /* NULL, or why this row can't be taken */
    const char *column; /* of WRONG, or NULL */
} source_row;

typedef struct source source;
typedef struct source_class {
    /* 1 a row (perhaps a wrong one), 0 the end, negative: the file is wrong */
    int (*next)(source *s, source_row *row);
    int (*rewind)(source *s);
    void (*progress)(const source *s, uint64_t *done, uint64_t *total);
    /* The row just read as it came, for the reject file; and what goes
     * before the first, between two, and after the last. */
    void (*raw)(source *s, buffer *out);
    void (*raw_frame)(source *s, buffer *out, int place); /* 0, 1, 2 */
    void (*close)(source *s);
} source_class;

struct source {
    const source_class *class;
    source_column *columns; /* may grow while a GeoJSON is read */
    size_t column_count, column_capacity;
    const char *reject_suffix; /* ".rejects.csv" */
    char delimiter;            /* of a CSV, else 0 */
    char *remark;              /* for the person, or NULL: delimiter, coding */
};

int csv_source_open(source **out, const char *path);
int csv_source_open_descriptor(source **out, int fd, const char *name);
int geojson_source_open(source **out, const char *path);
int geojson_source_open_descriptor(source **out, int fd, const char *name);
int gpkg_source_open(source **out, const char *path, const char *wanted);
void source_close(source *s);
/* Add a column (name copied); its index in *index (may be NULL). */
int source_add_column(source *s, size_t *index, const char *name, size_t length,
                      enum source_role role);
/* Free what `struct source` itself holds. For the close of a class. */
void source_clear(source *s);

/* ---- inference ---- */
/* What a value looks like; a column collects these as a set. */
enum form {
    FORM_BOOLEAN = 1, /* true false yes no */
    FORM_INTEGER = 2, /* at most 15 digits, no leading zero */
    FORM_DECIMAL = 4, /* with a point */
    FORM_COMMA = 8,   /* with a comma, in a file delimited by ; */
    FORM_DATE = 16,
    FORM_DATETIME = 32,
    FORM_TEXT = 64,
    FORM_LEADING_ZERO = 128, /* a number but for its leading zero */
    FORM_LONG = 256,         /* a number of more than 15 digits */
    FORM_UUID = 512,         /* goes with FORM_TEXT */
    FORM_WKT = 1024,         /* goes with FORM_TEXT */
    FORM_BLOB = 2048
};

typedef struct inference {
    unsigned seen;          /* union of forms */
    unsigned common;        /* forms that every value had (UUID) */
    int64_t filled;         /* values that were not empty */
    twin_geometry geometry; /* join of the geometry values */
    int settled;            /* 1: it is text, whatever else follows */
} inference;

/* The set of forms of one written value. DELIMITER of its file. */
unsigned form_of_text(const char *text, size_t length, char delimiter);
/* The geometry type that a WKT begins with, or 0. */
twin_geometry wkt_type(const char *text, size_t length);
void inference_add(inference *i, const source_cell *cell, char delimiter);
twin_type inference_type(const inference *i);
/* "leading zeros", "more than 15 digits", or NULL: why it stays text. */
const char *inference_remark(const inference *i);

/* ---- cells ---- */
typedef struct cell_rules {
    twin_type type;
    int forced;     /* named by the person: read as liberally as they type */
    char delimiter; /* of the file: ';' allows a decimal comma */
} cell_rules;

/* IN as a column under RULES stores it. 0, or 1 with the reason in words.
 * OUT borrows from IN or ARENA. */
int cell_convert(twin_value *out, const source_cell *in,
                 const cell_rules *rules, arena *a,
                 char reason[EXCHANGE_REASON_SIZE]);
/* Degrees from a cell: 1 and *degrees, 0 empty, -1 not a number. */
int cell_degrees(double *degrees, const source_cell *in, char delimiter);
/* 1 if INCOMING says nothing new over STORED: equal, or the same in what an
 * export writes (a CSV can't tell NULL from "", nor the 16th digit). */
int cell_same(const twin_value *stored, const twin_value *incoming,
              twin_type type, int written, buffer scratch[2]);

/* ---- plan ---- */
enum plan_target {
    TARGET_NONE,     /* left out, and said so */
    TARGET_COLUMN,   /* a column of the layer, perhaps uuid */
    TARGET_OWN_FID,  /* incoming fid: fid_source where it isn't our own */
    TARGET_LATITUDE, /* with TARGET_LONGITUDE: geom */
    TARGET_LONGITUDE,
    TARGET_GEOMETRY
};

typedef struct plan_column {
    enum plan_target target;
    char name[TWIN_NAME_MAX + 1]; /* in the layer */
    twin_type type;               /* the layer's, after it was declared */
    int forced;                   /* named in --types */
    int in_layer;                 /* it was there before this import */
    int id;                       /* the layer's column; 0: not yet made */
    const char *remark;           /* why this type, or NULL; static */
} plan_column;

typedef struct plan {
    plan_column *columns; /* one a column of the source, in its order */
    size_t count;
    size_t latitude, longitude; /* indexes, or SIZE_MAX */
    size_t geometry_column;     /* index of the one that is it, or SIZE_MAX */
    size_t key;                 /* index, or SIZE_MAX */
    twin_geometry geometry;     /* of the layer, after */
    int geometry_id;            /* column id of geom, 0 if none */
} plan;

/* Decide where each column of SOURCE goes, from what pass one INFERRED. LAYER
 * is the present one or NULL. TAWAM_EUSAGE names the place that is wrong. */
int plan_make(plan *out, const source *s, const inference *inferred,
              const twin_layer *layer, const exchange_import_options *options);
void plan_clear(plan *p);
/* 1 if a column of this name may hold WKT: geom, geometry, wkt. */
int plan_wants_wkt(const char *name);
/* Say it: one line a column through options->note. */
void plan_note(const plan *p, const source *s,
               const exchange_import_options *options);
/* Make or widen the layer, then look up the ids. In a transaction. */
int plan_declare(plan *p, twin *t, const char *layer);
/* The column fid_source is made when the first row needs it. */
int plan_declare_fid_source(plan *p, twin *t, const char *layer, size_t index);

/* ---- match ---- */
typedef struct match match;
typedef struct match_row {
    int64_t fid;   /* of the layer's row; 0 if it came with this file */
    int64_t count; /* rows of the layer that have this key */
    int64_t line;  /* where this file had the key already, or 0 */
} match_row;

/* A table in memory or temp space, from COLUMN of LAYER (0: none yet), and,
 * with OWN_FID, from the fid itself, compared as text. In a transaction. */
int match_open(match **out, twin *t, const twin_layer *layer, int column,
               int own_fid);
void match_close(match *m);
/* 1 found, 0 not, negative error. */
int match_find(match_row *out, match *m, const twin_value *key);
/* The key has been used by the row at LINE. */
int match_used(match *m, const twin_value *key, int found, int64_t line);

/* ---- rejects ---- */
typedef struct rejects {
    FILE *file;
    char *path;           /* NULL until the first */
    const char *wanted;   /* where the person wants it, or NULL */
    const char *source;   /* the file that is imported */
    const char *fallback; /* folder, where one beside it can't be made */
    buffer bytes;
} rejects;

int rejects_add(rejects *r, source *s);
int rejects_finish(rejects *r, source *s); /* TAWAM_EFULL and the like */
void rejects_clear(rejects *r);            /* closes; the file stays */

/* ---- output ---- */
typedef struct output {
    FILE *file;
    int ours;               /* 1: opened by us, to be renamed */
    char *path, *temporary; /* NULL for a stream */
} output;

/* FILE "-" writes to STREAM. Else a temporary beside FILE. */
int output_open(output *out, const char *file, void *stream);
/* The name of a new temporary beside FILE, which must not exist yet. */
int output_temporary(char **out, const char *file);
int output_write(output *o, buffer *bytes); /* and empties BYTES */
int output_finish(output *o);   /* flush, fsync, rename, fsync the folder */
void output_abandon(output *o); /* after an error; fine after finish */
int output_publish(const char *temporary, const char *file);

/* ---- export ---- */
typedef struct export_job {
    twin *twin;
    const twin_layer *layer;
    const exchange_export_options *options;
    struct sqlite3_stmt *rows; /* fid, then the layer's columns */
    int64_t written;
    int64_t total;   /* rows of the layer, or LIMIT; for progress only */
    int64_t started; /* monotonic ms */
} export_job;

/* 1 a row, 0 done, negative error (TAWAM_ECANCELLED from progress). */
int export_next(export_job *job);
/* The statement's cell as a value; index counts the layer's columns. */
twin_value export_cell(const export_job *job, size_t column);
int64_t export_fid(const export_job *job);
int export_csv(export_job *job, output *o);
int export_geojson(export_job *job, output *o);
int export_gpkg(export_job *job, const char *temporary);

#endif
