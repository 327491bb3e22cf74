/* SPDX-License-Identifier: MIT */
/* twin: the replica. One folder a territory:
 *
 *   DIR/twin.gpkg      the replica: a GeoPackage 1.3.1 that QGIS opens live
 *   DIR/log.git        the history (sync/ owns it)
 *   DIR/attachments/   files that rows name
 *
 * Invariants:
 *  1. Every layer is a table fid, uuid, data columns, at most one `geom`. It
 *     carries no UNIQUE, NOT NULL, CHECK or FOREIGN KEY: a merge can't fail.
 *  2. A fid this replica hands out is unique everywhere (44 random bits, 19
 *     counted). A row put in by another program is given one when recorded.
 *  3. Whatever changes a layer's row, in whatever program, is in
 *     tawam_pending_* by the time its transaction commits (triggers), except
 *     between twin_capture_off() and the end of that transaction.
 *  4. A change put back leaves nothing pending.
 *  5. A function that returned TAWAM_OK outside an explicit transaction has
 *     its effect on disk, through a power cut (DELETE journal, EXTRA).
 *
 * The catalogue tables (schema.c beside this file has them all):
 *   tawam_setting(name, value)
 *   tawam_layer(id, name, geometry, recorded_geometry)      local ids
 *   tawam_column(layer, id, name, type, recorded_type, position)
 *   tawam_label(layer, column, choice, language, text)
 *   tawam_capture(off)                                      one row, 0 or 1
 *   tawam_pending_row(layer, fid, existed, drawn)
 *   tawam_pending_cell(layer, fid, column, before)
 *   tawam_pending_affirm(layer, fid, column)     column 0: the row itself
 * `uuid` and `geom` are ordinary columns of the catalogue; `fid` is not.
 * Column ids start at 1. Layers and columns are never removed.
 */
#ifndef TAWAM_TWIN_H
#define TAWAM_TWIN_H

#include <stddef.h>
#include <stdint.h>
#include "base/base.h"

struct sqlite3;
struct sqlite3_stmt;

/* SQL that makes GeoPackage's tables, the catalogue, and the others of ours
 * that no commit has: for who mends a file in which their statements are
 * damaged. Ends with NULL. */
const char *const *twin_tables(void);

#define TWIN_FILE "twin.gpkg"
#define TWIN_FORMAT 1    /* setting `format`; a higher one is refused */
#define TWIN_NAME_MAX 63 /* bytes in a layer's or column's name */

/* ---- types: a fixed lattice ----
 * boolean < integer < decimal < text;  date < datetime < text;  text < blob.
 * Geometry stands alone (its column is always called geom). */
typedef enum twin_type {
    TWIN_BOOLEAN = 1,  /* 0 or 1; BOOLEAN */
    TWIN_INTEGER = 2,  /* 64 bits; INTEGER */
    TWIN_DECIMAL = 3,  /* IEEE double, finite; DOUBLE */
    TWIN_DATE = 4,     /* YYYY-MM-DD; DATE */
    TWIN_DATETIME = 5, /* YYYY-MM-DDTHH:MM:SS.SSSZ; DATETIME */
    TWIN_TEXT = 6,     /* UTF-8; TEXT */
    TWIN_BLOB = 7,     /* BLOB */
    TWIN_GEOMETRY = 8  /* GeoPackage blob, EPSG:4326 */
} twin_type;

typedef enum twin_geometry {
    TWIN_NO_GEOMETRY = 0, /* an attributes table */
    TWIN_POINT = 1,
    TWIN_LINESTRING = 2,
    TWIN_POLYGON = 3,
    TWIN_MULTIPOINT = 4,
    TWIN_MULTILINESTRING = 5,
    TWIN_MULTIPOLYGON = 6,
    TWIN_GEOMETRYCOLLECTION = 7,
    TWIN_ANY_GEOMETRY = 8 /* GEOMETRY: the join of different ones */
} twin_geometry;

const char *twin_type_name(twin_type type); /* "integer"; stable, English */
int twin_type_parse(twin_type *out, const char *name);
/* Least type above both; commutative, associative. */
twin_type twin_type_join(twin_type a, twin_type b);
const char *twin_geometry_name(twin_geometry geometry); /* "POINT" */
int twin_geometry_parse(twin_geometry *out, const char *name);
twin_geometry twin_geometry_join(twin_geometry a, twin_geometry b);

/* ---- values ---- */
typedef enum twin_kind {
    TWIN_KIND_NULL = 0,
    TWIN_KIND_INTEGER = 1,
    TWIN_KIND_REAL = 2,
    TWIN_KIND_TEXT = 3,
    TWIN_KIND_BYTES = 4 /* blob or geometry */
} twin_kind;

typedef struct twin_value {
    twin_kind kind;
    int64_t integer;   /* KIND_INTEGER */
    double real;       /* KIND_REAL; never NaN or infinite */
    const char *bytes; /* TEXT, BYTES: borrowed; TEXT need not end in NUL */
    size_t length;
} twin_value;

int twin_value_equal(const twin_value *a, const twin_value *b); /* exact:
    kind and bytes; 1 and 1.0 differ, "a" and "A" differ; two NULLs agree */
/* Total order for stable listings: by kind, then value. <0, 0, >0 */
int twin_value_compare(const twin_value *a, const twin_value *b);
/* VALUE as a column of TYPE stores it. A pure function of the value and the
 * type, and independent of the way: what was stored under a lower type first
 * comes out the same. So a value from a changeset is converted to the type its
 * writer declared, then to the column's (FORMAT.md). (Whole decimals below 2^53
 * become "5" as text, integers of more than 53 bits pass through a double, a
 * midnight datetime becomes its date.) A value the type cannot hold gives the
 * same value back unchanged. The result may borrow from VALUE or from STORAGE
 * (64 bytes). */
twin_value twin_value_convert(const twin_value *value, twin_type type,
                              char storage[64]);
/* What a person typed -> a value of TYPE, with every check: "" is NULL; yes/no
 * true/false 1/0 oui/non نعم/لا; 12,5 and Arabic-Indic digits; dates as clock.h
 * and d/m/yyyy; geometry as WKT or "lat, lon". TAWAM_EUSAGE says what is
 * wrong and what would be right. OUT borrows from ARENA. */
int twin_value_parse(twin_value *out, twin_type type, const char *text,
                     arena *a);
/* The text of a value, as CSV export and screens show it: NULL "", boolean
 * 0/1, decimals shortest, geometry WKT (15 digits at most), blob base64.
 * Appends to OUT. twin_value_parse reads it back to the same value. */
void twin_value_text(buffer *out, twin_type type, const twin_value *value);
int twin_value_copy(twin_value *out, const twin_value *value, arena *a);

/* Bind to / read from a prepared statement. A read value is borrowed from the
 * statement until its next step. */
int twin_value_bind(struct sqlite3_stmt *statement, int index,
                    const twin_value *value);
twin_value twin_value_column(struct sqlite3_stmt *statement, int index);

/* ---- geometry ---- */
/* GeoPackage blobs, little-endian, no envelope on points, XY envelope on all
 * else. All decoders check every count against the bytes left, nesting up to
 * 8, and refuse NaN. Z and M are dropped on the way in (said in FORMAT.md). */
int geometry_from_point(buffer *out, double longitude, double latitude);
int geometry_from_wkt(buffer *out, const char *wkt);
int geometry_to_wkt(buffer *out, const void *blob, size_t length);
int geometry_from_geojson(buffer *out, const char *json, size_t length);
int geometry_to_geojson(buffer *out, const void *blob, size_t length);
int geometry_type(twin_geometry *out, const void *blob, size_t length);
/* min x, min y, max x, max y; TAWAM_ENO when empty. */
int geometry_bounds(double bounds[4], const void *blob, size_t length);
/* TAWAM_OK, or TAWAM_EUSAGE for what is not a GeoPackage geometry in 4326. */
int geometry_check(const void *blob, size_t length);
/* The canonical form of another program's blob (byte order, envelope, no Z or
 * M), appended. Rows of ours hold nothing else. */
int geometry_normalize(buffer *out, const void *blob, size_t length);
/* The point of a POINT; TAWAM_ENO for another type. */
int geometry_point(double *longitude, double *latitude, const void *blob,
                   size_t length);
/* Rings and lines for drawing: CALL gets each path's points (x,y pairs);
 * CLOSED 1 for a ring. Stops when CALL returns non-zero and returns that. */
int geometry_paths(const void *blob, size_t length,
                   int (*call)(void *context, const double *points,
                               size_t count, int closed),
                   void *context);

/* ---- opening ---- */
typedef struct twin twin;

enum { TWIN_READ_ONLY = 1 };

/* Make DIR (if needed) and DIR/twin.gpkg. TAWAM_EENVIRONMENT if it exists. */
int twin_create(twin **out, const char *directory);
/* Open DIR/twin.gpkg. Refuses, untouched, a file that is no GeoPackage, is no
 * replica of ours (import it instead), or has a newer format (TAWAM_ENEWER).
 * Merges a WAL that QGIS left and goes back to a rollback journal when alone.
 * A folder or file that can't be written opens read-only with TWIN_READ_ONLY
 * only. */
int twin_open(twin **out, const char *directory, unsigned flags);
/* A nameless replica for replays; nothing is captured in it. In memory up to 64
 * MB, beyond in a file of SQLite's (in TMPDIR, /var/tmp …) that nobody sees. */
int twin_open_scratch(twin **out);
/* All of scratch FROM, which is in no transaction, into the new scratch TO. */
int twin_copy_scratch(twin *to, twin *from);
void twin_close(twin *t);
const char *twin_directory(const twin *t); /* "" for a scratch one */
struct sqlite3 *twin_database(twin *t);    /* for the rooms above; borrowed */
int twin_is_read_only(const twin *t);

/* A consistent copy of the whole replica into FILE (which must not exist). */
int twin_save_copy(twin *t, const char *file);
/* PRAGMA integrity_check, GeoPackage header, contents rows, R-tree = table.
 * TAWAM_EDAMAGED names the first fault. */
int twin_check(twin *t);
/* Its two halves: what no program may change, and what other programs change
 * by right until the next record (twin_capture_whole). */
int twin_check_file(twin *t);
int twin_check_layers(twin *t);
/* Number that grows with each committed change by anyone (other processes
 * too): a screen reads again when it differs. */
int64_t twin_change_counter(twin *t);

/* ---- settings, transactions, SQL ---- */
/* Caller frees *value; TAWAM_ENOTFOUND (no message set) when absent. */
int twin_setting(char **value, twin *t, const char *name);
int twin_set_setting(twin *t, const char *name, const char *value);

/* BEGIN IMMEDIATE, waiting for others up to 10 s, else TAWAM_EBUSY. Nests:
 * only the outermost begins and commits; a rollback inside dooms it whole. */
int twin_begin(twin *t);
int twin_commit(twin *t);
void twin_rollback(twin *t);
int twin_in_transaction(const twin *t);

/* Run statements without results. / Prepare one (kept in a cache while CACHED
 * is 1: then release it with twin_release, else sqlite3_finalize). A cached one
 * lives until twin_close, so cache only SQL of which there are few kinds. */
int twin_execute(twin *t, const char *sql);
int twin_prepare(struct sqlite3_stmt **out, twin *t, const char *sql,
                 int cached);
/* The same from a cache in which the oldest gives way, for SQL of many kinds:
 * valid until 128 others were asked for. Release it. */
int twin_prepare_update(struct sqlite3_stmt **out, twin *t, const char *sql);
void twin_release(struct sqlite3_stmt *statement); /* reset, clear bindings */
/* Step: 1 a row, 0 done, negative error (message set from SQLite's, with
 * SQLITE_FULL, BUSY, READONLY, CORRUPT, IOERR told apart). */
int twin_step(twin *t, struct sqlite3_stmt *statement);
/* The error code and message for SQLite's present error on T. */
int twin_sql_error(twin *t, const char *doing);
/* 1 if SQLite's present error on DATABASE is of a disk that failed, which it
 * may call damage: nothing is known then of what the file holds (disk.c). */
int twin_disk_failed(struct sqlite3 *database);
/* "name" with quotes doubled: the only way a name from outside reaches SQL.
 * The buffer form appends. */
void twin_quote(buffer *sql, const char *name);

/* ---- layers ---- */
typedef struct twin_column {
    int id; /* local, from 1 */
    const char *name;
    twin_type type;
    twin_type recorded_type; /* 0: not yet in any commit */
} twin_column;

typedef struct twin_layer {
    int id; /* local, from 1 */
    const char *name;
    twin_geometry geometry;
    int recorded; /* 1: some commit declares it */
    int wider;    /* 1: its geometry is, than what commits declare */
    const twin_column *columns; /* uuid first, geom last where there is one */
    size_t column_count;
} twin_layer;

typedef struct twin_column_definition {
    const char *name;
    twin_type type;
} twin_column_definition;

/* The catalogue is read again by itself when another process changed it;
 * pointers stay good until the next call that may (begin, declare, find). */
size_t twin_layer_count(twin *t);
const twin_layer *twin_layer_at(twin *t, size_t index); /* sorted by name */
const twin_layer *twin_layer_by_id(twin *t, int id);    /* NULL if none */
/* By name, ASCII case-insensitively; TAWAM_ENOTFOUND names the nearest. */
int twin_layer_find(const twin_layer **out, twin *t, const char *name);
int twin_column_find(const twin_column **out, const twin_layer *layer,
                     const char *name); /* likewise */
/* The same without a message: NULL if there is none, or no LAYER. */
const twin_column *twin_column_named(const twin_layer *layer, const char *name);
const twin_column *twin_column_by_id(const twin_layer *layer, int id);

/* Names from outside: 1 to 63 bytes of valid UTF-8, no control characters, not
 * starting with tawam_ gpkg_ rtree_ sqlite_; as a data column not fid. (uuid
 * and geom have their own types: text and geometry.) */
int twin_name_check(const char *name, int is_column);

/* Make the layer, or widen it: add the columns it lacks, join types and
 * geometry; nothing is ever narrowed or removed. Converts stored values,
 * rebuilds triggers, R-tree and GeoPackage rows. Pending until recorded,
 * unless capture is off (then it counts as recorded). */
int twin_layer_declare(twin *t, const char *name, twin_geometry geometry,
                       const twin_column_definition *columns, size_t count);

/* Labels: of a layer (column "", choice ""), a column (choice ""), or one
 * choice of a column, in LANGUAGE ("fr"). They also go to gpkg_data_columns
 * (title in the first language given) and its enum constraints, for QGIS. */
int twin_set_label(twin *t, const char *layer, const char *column,
                   const char *choice, const char *language, const char *text);
/* Best label for LANGUAGE, else en, else any, else the name itself. Borrowed
 * until the next call on T. */
const char *twin_label(twin *t, const char *layer, const char *column,
                       const char *choice, const char *language);
/* Choices of a column in order: CALL for each (name, label). */
int twin_choices(twin *t, const char *layer, const char *column,
                 const char *language,
                 int (*call)(void *context, const char *choice,
                             const char *label),
                 void *context);

/* ---- rows: edits of this desk, captured ----
 * Values must have the column's type (twin_value_convert is applied). Each is
 * one transaction unless one is open. */
typedef struct twin_cell {
    int column; /* id */
    twin_value value;
} twin_cell;

/* Insert: draws the fid; uuid is derived from it unless a cell gives one. */
int twin_row_insert(int64_t *fid, twin *t, const twin_layer *layer,
                    const twin_cell *cells, size_t count);
/* The same under a fid that twin_draw_fid() gave and no row has yet. */
int twin_row_insert_drawn(twin *t, const twin_layer *layer, int64_t fid,
                          const twin_cell *cells, size_t count);
/* A row of ours that was deleted, under the fid it had, and with just these
 * cells (uuid among them). A row of that fid is an error. */
int twin_row_put_back(twin *t, const twin_layer *layer, int64_t fid,
                      const twin_cell *cells, size_t count);
/* Update: TAWAM_ENOTFOUND if there is no such row. *changed (may be NULL)
 * gets the number of cells whose value really changed. */
int twin_row_update(size_t *changed, twin *t, const twin_layer *layer,
                    int64_t fid, const twin_cell *cells, size_t count);
int twin_row_delete(twin *t, const twin_layer *layer, int64_t fid);
/* All cells of a row in the layer's column order, from ARENA. */
int twin_row_read(twin_cell **cells, twin *t, const twin_layer *layer,
                  int64_t fid, arena *a);
/* Some cells only: CELLS name the columns and get their values. */
int twin_row_peek(twin_cell *cells, size_t count, twin *t,
                  const twin_layer *layer, int64_t fid, arena *a);
/* 1 there, 0 not, <0 error. */
int twin_row_exists(twin *t, const twin_layer *layer, int64_t fid);
/* The row as the last record or merge left it, whatever is pending: 1 and its
 * cells in the layer's column order, NULL in columns no commit declares; 0 it
 * was not there; <0 error. Only where twin_capture_whole() says 1. */
int twin_row_recorded(twin_cell **cells, twin *t, const twin_layer *layer,
                      int64_t fid, arena *a);
/* 1 if every edit of LAYER's table since the last record has been captured; 0
 * if another program took its triggers away or replaced it, which the next
 * record mends; <0 error. */
int twin_capture_whole(twin *t, const twin_layer *layer);
/* ROW as commands write it: fid, uuid, or COLUMN=VALUE where unique.
 * TAWAM_ENOTFOUND; TAWAM_ENO when several match (their number is said). */
int twin_row_find(int64_t *fid, twin *t, const twin_layer *layer,
                  const char *row);
/* A short name for a person: the first of name/label/title/code columns in
 * any spelling (name_fr, nom, …), else the start of the uuid. Caller frees. */
int twin_row_caption(char **out, twin *t, const twin_layer *layer, int64_t fid);
int64_t twin_row_count(twin *t, const twin_layer *layer); /* -1 on error */

/* The fixed rule fid -> uuid (RFC 9562 version 8): lower-case text, 36 bytes
 * + NUL. A uuid so derived costs no bytes in a changeset. */
void twin_uuid_from_fid(char out[37], int64_t fid);
/* 1 and the fid if UUID is what that rule gives of one; 0. */
int twin_fid_from_uuid(int64_t *fid, const char *uuid);
/* Draw one fid (63 bits) / the next of this process's block. */
int twin_draw_fid(int64_t *fid, twin *t, int single);

/* A run: TWIN_RUN ids drawn together, the first a multiple of TWIN_RUN, for a
 * record and what it makes. A uuid in a row that follows from an id of the
 * row's run costs next to nothing in a changeset. */
#define TWIN_RUN_BITS 5
#define TWIN_RUN (1 << TWIN_RUN_BITS)
int twin_draw_run(int64_t *first, twin *t);
/* The next fid for a row that is added to LAYER. Where its rows are records,
 * none that could begin a run: a row that has none would be taken for one that
 * has, and rows made for it elsewhere get ids that are others'. */
int twin_draw_row(int64_t *fid, twin *t, const twin_layer *layer);

/* ---- rows that are parts of a row: repeats of a form's record ---- */
/* TEXT as a name: as it is, or where it is too long as much of its beginning
 * as fits before `_` and eight digits of its FNV-1a hash. */
void twin_name_shorten(char out[TWIN_NAME_MAX + 1], const char *text);
/* The column that names a row of LAYER by its uuid: "LAYER_uuid", shortened. */
void twin_reference_name(char out[TWIN_NAME_MAX + 1], const char *layer);
typedef struct twin_part {
    int layer; /* id */
    int64_t fid;
} twin_part;
/* The column by which LAYER's rows name the row of WHOLE that they are parts
 * of; NULL: they are not parts of such. Borrowed. */
const twin_column *twin_part_of(const twin_layer *layer,
                                const twin_layer *whole);
/* Row FID, then its parts and theirs, each after what it is part of. The
 * caller frees. */
int twin_row_parts(twin_part **list, size_t *count, twin *t,
                   const twin_layer *layer, int64_t fid);

/* ---- what is pending ---- */
typedef enum twin_change {
    TWIN_INSERTED = 1,
    TWIN_UPDATED = 2,
    TWIN_DELETED = 3,
    TWIN_AFFIRMED = 4 /* nothing changed, but the row or cells are affirmed */
} twin_change;

typedef struct twin_pending_cell {
    int column;
    int affirmed;      /* 1: settled on this very value */
    twin_value before; /* NULL kind for an inserted row */
    twin_value now;    /* NULL kind for a deleted row */
} twin_pending_cell;

typedef struct twin_pending_row {
    const twin_layer *layer;
    int64_t fid;
    twin_change change;
    int affirmed;                   /* 1: the row itself is affirmed ("keep") */
    const twin_pending_cell *cells; /* inserted: every column; updated: those
        that differ or are affirmed; deleted: every column's before */
    size_t cell_count;
} twin_pending_row;

typedef struct twin_pending_counts {
    int64_t inserted, updated, deleted, affirmed; /* rows */
    int64_t layers;                               /* declared or widened */
} twin_pending_counts;

int twin_pending_count(twin *t, twin_pending_counts *out);
/* Before a record or a merge, inside its transaction: compare every layer's
 * table, columns and triggers with what was installed, re-install them, take
 * up columns and tables other programs added (layers by name; *drifted gets
 * 1 if a table's rows can no longer be trusted to have been captured: see
 * twin_drift), give rows of others fids of ours (references moved) and uuids,
 * replace doubled uuids. */
int twin_pending_prepare(twin *t, int *drifted);
/* *ANY is 1 if something is to be recorded; right after twin_pending_prepare,
 * which drops what counts for nothing, and without reading the rows. */
int twin_pending_any(int *any, twin *t);
/* Ask each pending row, ordered by layer name then fid; borrowed inside CALL.
 * Non-zero from CALL stops and is returned. */
int twin_pending_each(twin *t,
                      int (*call)(void *context, const twin_pending_row *row),
                      void *context);
/* All pending is recorded: forget it, mark layers and columns recorded. */
int twin_pending_clear(twin *t);
/* Rows only, forget them without a trace (undo of a whole). */
int twin_affirm(twin *t, const twin_layer *layer, int64_t fid, int column);
/* Take that back while it is pending; TAWAM_ENOTFOUND (no message) if it is
 * not, or not any more. */
int twin_unaffirm(twin *t, const twin_layer *layer, int64_t fid, int column);
/* Layers (ids) whose rows must be compared with the last recorded state since
 * capture was broken; *ids from ARENA. sync/ compares, then twin_drift_done,
 * the last of which also gives the rows so found ids and uuids. */
int twin_drift(int **ids, size_t *count, twin *t, arena *a);
int twin_drift_done(twin *t, int layer);
/* Note by hand that a row differs from what was recorded (used after such a
 * comparison): existed 0 for a row that was not there. */
int twin_pending_note(twin *t, const twin_layer *layer, int64_t fid,
                      int existed, const twin_cell *before, size_t count);

/* Until the end of the open transaction nothing is captured and declared
 * layers count as recorded. */
int twin_capture_off(twin *t);
/* From here to the end of that transaction no trigger runs either, nobody's,
 * and who writes a layer's table calls twin_rtree_put() after each row (outside
 * of bulk it does nothing: triggers do it). */
int twin_bulk_begin(twin *t);
/* Indexes can't be switched off. 1 and the NAMES (caller frees) of those that
 * another program put on layers and that may refuse a row (they have a
 * condition, an expression, an order of their own), 0 if there is none. */
int twin_hindering_indexes(char **names, twin *t);
/* The box of FID's GEOMETRY into its layer's R-tree; out of it where that is
 * NULL (the row is gone), no geometry, or an empty one. */
int twin_rtree_put(twin *t, const twin_layer *layer, int64_t fid,
                   const twin_value *geometry);

/* ---- read-only SQL ---- */
/* SQL from a person: one statement, reading only (authorizer: no ATTACH, no
 * PRAGMA that writes, no function that touches files), stopped after STEPS
 * million virtual-machine steps (0: no limit). With WRITE, statements may also
 * change layers (never tables of ours); captured as any edit. *out must be
 * finalized by the caller before twin_query_end. */
int twin_query_begin(struct sqlite3_stmt **out, twin *t, const char *sql,
                     int write, int steps);
void twin_query_end(twin *t);

#endif
