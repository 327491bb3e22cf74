/* SPDX-License-Identifier: MIT */
/* twin, private part: the replica's struct, its catalogue, and what its files
 * offer one another. Files, from below:
 *
 *   types values parse geometry_*        values alone; no database
 *   sql functions schema                 statements, SQL functions, tables
 *   gpkg triggers catalogue rebuild      what a layer is made of
 *   layer labels fid rows find           edits
 *   pending recorded                     what is pending, what was before
 *   foreign renumber prepare             what other programs did
 *   replica check query                  the whole
 */
#ifndef TAWAM_TWIN_INTERNAL_H
#define TAWAM_TWIN_INTERNAL_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "twin/twin.h"

#define TWIN_BUSY_MS 10000      /* how long we wait for another writer */
#define TWIN_SRS 4326           /* EPSG: WGS 84, longitude and latitude */
#define TWIN_GPKG_ID 0x47504B47 /* "GPKG" */
#define TWIN_GPKG_VERSION 10301

/* One layer as the replica knows it. `layer` is first: a `const twin_layer *`
 * handed out is also a pointer to its entry. */
typedef struct layer_entry {
    twin_layer layer;
    int recorded_geometry; /* -1: no commit declares the layer */
    int drift;             /* 1: rows must be compared with the recorded ones */
    const char *insert_sql; /* fid, then every column */
    const char *read_sql;   /* every column by fid */
} layer_entry;

typedef struct catalogue {
    arena *memory;        /* owns all below */
    layer_entry *entries; /* sorted by name */
    size_t count;
    struct catalogue *older; /* replaced, but pointers into it may be about */
} catalogue;

typedef struct cached_statement {
    char *sql;
    uint64_t hash;
    sqlite3_stmt *statement;
} cached_statement;

struct twin {
    sqlite3 *database;
    char *directory; /* "" for a scratch one */
    int scratch;     /* 1: nameless, no triggers, no R-tree */
    int read_only;
    int wal; /* 1: someone else keeps the file in WAL mode */

    /* The open transaction. */
    int depth;       /* of twin_begin; 0 none */
    int doomed;      /* the code of the failure that dooms it, or 0 */
    int capture_off; /* 1 until its end */
    int bulk;        /* 1 until its end: no trigger runs */

    catalogue *catalogue; /* NULL until first asked */
    int catalogue_stale;  /* 1: read again before use */
    int64_t seen_version; /* PRAGMA data_version when it was read */

    cached_statement *cache; /* grows, never shrinks before close */
    size_t cache_count, cache_capacity;
    /* The last UPDATEs of rows, whose SQL depends on the cells that changed;
     * dropped in turn. */
    cached_statement updates[128];
    unsigned update_turn;

    /* Ids: the next one to hand out, and how many follow it. */
    uint64_t fid_next;
    uint32_t fid_left;
    int fid_process; /* the process that drew the block: a fork draws anew */

    buffer label; /* what twin_label returned last */

    /* The query of a person, between twin_query_begin and _end. */
    int query_write;
    const char *query_refused; /* what the authorizer refused, or NULL */
    int64_t query_steps;       /* virtual-machine steps left; < 0: no limit */
};

/* ---- types.c, values.c, geometry_*.c ---- */
const char *type_declared(twin_type type); /* "DOUBLE" */
twin_type type_from_declared(const char *declared);
/* 1 and the number if all of [P, END) is a decimal number, finite. */
int number_parse(double *out, const char *p, const char *end);
/* 1 and the bounds; 0 if empty; negative error. */
int wkb_bounds(double bounds[4], const buffer *wkb);

/* ---- sql.c ---- */
/* Run one SQL statement made by FORMAT (quote names with twin_quote first). */
int sql_run(twin *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* First column of the first row as integer; OTHERWISE if no row or NULL.
 * Negative error; the value goes to *out. */
int sql_integer(int64_t *out, twin *t, int64_t otherwise, const char *sql);
/* 'text' with quotes doubled, appended: only for our own names in triggers. */
void sql_literal(buffer *sql, const char *text);
/* Of disk.c: the name for sqlite3_open_v2(); NULL, SQLite's own, if it could
 * not be made. */
const char *disk_vfs(void);

/* Runs cached SQL with a layer's id as ?1 and a row's as ?2. */
int sql_for_row(twin *t, const char *sql, int layer, int64_t fid);
/* Steps STATEMENT, which returns no rows, and releases it. */
int sql_finish(twin *t, sqlite3_stmt *statement);
void sql_close_all(twin *t); /* every cached statement */

/* ---- functions.c ---- */
/* ST_IsEmpty, ST_MinX …, ST_AsText, ST_GeomFromText, tawam_convert. */
int functions_register(twin *t);

/* ---- schema.c ---- */
int schema_create(twin *t); /* all tables but the layers */
/* Makes what a replica of an earlier tawam lacks of them. */
int schema_complete(twin *t);

/* ---- gpkg.c ---- */
/* Rows of gpkg_contents, gpkg_geometry_columns and gpkg_extensions for a layer,
 * made or brought up to date. */
int gpkg_register(twin *t, const twin_layer *layer);
/* The R-tree and its triggers, made anew and filled; nothing without geometry
 * or in a scratch replica. */
int gpkg_make_rtree(twin *t, const twin_layer *layer);
int gpkg_drop_rtree(twin *t, const char *layer);
int gpkg_has_rtree(twin *t, const char *layer); /* 1/0, negative error */
/* 1 if the layer's table and rows are there and right; 0; negative error. */
int gpkg_is_registered(twin *t, const twin_layer *layer);
/* Forgets what other programs noted of a layer's extent and count. */
int gpkg_refresh_contents(twin *t);

/* ---- triggers.c ---- */
typedef struct trigger_text {
    const char *name;
    const char *sql; /* "CREATE TRIGGER …" as sqlite_schema keeps it */
    int capture;     /* 1: of change capture; 0: of the R-tree */
} trigger_text;
/* All triggers LAYER should have, from ARENA. */
int triggers_wanted(trigger_text **out, size_t *count, const twin_layer *layer,
                    arena *a);
/* Drop what is there of ours and install anew. */
int triggers_install(twin *t, const twin_layer *layer);
/* *capture 1 if one of change capture is missing or altered; *other 1 for one
 * of the R-tree or a stray one. */
int triggers_compare(int *capture, int *other, twin *t,
                     const twin_layer *layer);

/* ---- catalogue.c ---- */
int catalogue_refresh(twin *t); /* reads it again if it may have changed */
void catalogue_free(catalogue *c);
static inline const layer_entry *entry_of(const twin_layer *layer)
{
    return (const layer_entry *)layer;
}
/* 1 if a column of geometry LAYER may hold one of geometry VALUE. */
static inline int geometry_fits(twin_geometry layer, twin_geometry value)
{
    return layer == value || layer == TWIN_ANY_GEOMETRY;
}
/* Order of layer names: lower-cased ASCII, then bytes. */
int name_compare(const char *a, const char *b);
/* The catalogue's entry of that very name, NULL if none; no message. */
const twin_layer *catalogue_lookup(twin *t, const char *name);

/* ---- rows.c ---- */
/* A row's cells into LIST (one a column): 1; 0 and NULLs if there is no such
 * row, without a message; <0 error. */
int row_read_into(twin_cell *list, twin *t, const twin_layer *layer,
                  int64_t fid, arena *a);

/* ---- rebuild.c ---- */
/* The layer's table, empty. */
int table_create(twin *t, const twin_layer *layer);
int table_add_column(twin *t, const twin_layer *layer,
                     const twin_column *column);
/* Where the columns of a table that another program made go to. */
typedef struct column_source {
    const char *from; /* its column's name, NULL: filled with NULL */
    twin_type type;   /* converted to this */
} column_source;
/* Make the table anew as LAYER says, from what stands in the table of the same
 * name: KEY is the present row-id column ("fid"), SOURCES one a column of
 * LAYER. R-tree and triggers are made too. Row ids stay. Not captured, unless
 * CAPTURED. */
int table_rebuild(twin *t, const twin_layer *layer, const char *key,
                  const column_source *sources, int captured);

/* ---- pending.c ---- */
/* Turn capture off or on for statements of our own inside a transaction. */
/* A row that was deleted and is there again: cells as they were recorded are
 * pending no more, nor is the row if that was all. */
int pending_forget_equal(twin *t, const twin_layer *layer, int64_t fid);
int capture_switch(twin *t, int off);
/* Triggers run again: the transaction has ended. */
void bulk_end(twin *t);
/* Forget pending rows of LAYER that differ in nothing. */
int pending_purge(twin *t, const twin_layer *layer);

/* ---- layer.c ---- */
typedef struct layer_change {
    const twin_layer *old, *now; /* an empty one if it is new */
    int is_new, changed;         /* `changed`: the catalogue's rows did */
} layer_change;
/* Join a declaration into the catalogue alone: the table is the caller's. Each
 * name stands once in COLUMNS, uuid and geom among them. */
int layer_join(layer_change *out, twin *t, const char *name,
               twin_geometry geometry, const twin_column_definition *columns,
               size_t count);
int layer_make_table(twin *t, const twin_layer *layer);
/* What was kept as "before" of a column, converted to its present type. */
int layer_convert_pending(twin *t, const twin_layer *layer,
                          const twin_column *column);

/* ---- labels.c ---- */
/* Write a layer's labels into GeoPackage's places again. */
int labels_publish(twin *t, const twin_layer *layer);

/* ---- foreign_table.c, foreign.c, renumber.c ---- */
typedef struct foreign_column {
    const char *from; /* its name in the table */
    const char *to;   /* the name we give it */
    twin_type type;
    int fixed; /* 1: NOT NULL, or in a unique index: must be rebuilt */
} foreign_column;

/* A table as it stands, whoever made it. */
typedef struct foreign_table {
    const char *name;
    const char *key;             /* the row id's column, or "rowid" */
    const char *geometry_column; /* NULL: none */
    twin_geometry geometry;
    int srs;    /* of the geometry column */
    int strict; /* 1: it has constraints that a layer must not have */
    int exists; /* 0: there is no table of that name */
    foreign_column *columns; /* without the key */
    size_t count;
} foreign_table;
/* From ARENA, which also keeps the names. */
int foreign_table_read(foreign_table *out, twin *t, const char *name, arena *a);

/* Tables of gpkg_contents that are no layers yet become layers. */
int foreign_tables_adopt(twin *t);
/* The table of a layer, made to be what the catalogue says it is. */
int foreign_layer_mend(twin *t, const twin_layer *layer);
/* Ids and uuids of rows that other programs added. */
int renumber_pending(twin *t);
/* prepare.c: values, R-tree, ids of all pending rows, once the tables are
 * right. */
int prepare_rows_pending(twin *t);

#endif
