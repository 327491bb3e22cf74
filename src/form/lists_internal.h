/* SPDX-License-Identifier: MIT */
/* lists, private: what its files share. */
#ifndef TAWAM_FORM_LISTS_INTERNAL_H
#define TAWAM_FORM_LISTS_INTERNAL_H

#include "form/lists.h"
#include "form/xpath_internal.h"

struct sqlite3;
struct sqlite3_stmt;

/* ---- readers: bytes in, rows out; without SQLite ---- */

/* The next bytes of a file: up to SIZE into BYTES, *length 0 at its end. */
typedef struct list_input {
    int (*read)(size_t *length, void *context, void *bytes, size_t size);
    void *context;
} list_input;

/* What a reader hands its rows to. */
typedef struct list_output {
    /* A further column; its number is that of the calls before. */
    int (*column)(void *context, const char *name);
    /* Cells by column, NULL: the row has no such element. Columns made after
     * it are absent in it. */
    int (*row)(void *context, const char *const *cells, size_t count);
    void *context;
} list_output;

int list_read_csv(const list_output *out, const list_input *in);
int list_read_geojson(const list_output *out, const list_input *in);
/* The names of an XML table's elements. */
typedef struct list_xml_names {
    const char *root, *item; /* interned */
} list_xml_names;
/* TAWAM_ENO, with the place: it is XML, but no table (rows may have been
 * given). */
int list_read_xml(const list_output *out, const list_input *in,
                  list_xml_names *names, form_names *interned);
#define LIST_NODES_FROM 2000 /* items: a shorter list is read as it stands */
/* 1: the list ROOT is so long, and no more than a table. */
int list_is_table(const form_node *root);
int list_read_nodes(const list_output *out, const form_node *root);
uint64_t list_hash_nodes(const form_node *root);
/* Bytes in memory as an input; CONTEXT of it is a list_bytes. */
typedef struct list_bytes {
    const char *bytes;
    size_t length, at;
} list_bytes;
int list_bytes_read(size_t *length, void *context, void *bytes, size_t size);

/* ---- tables: lists_table.c, lists_layer.c ---- */

typedef enum list_kind {
    LIST_TEXT = 0, /* stored as it reads */
    LIST_INTEGER,  /* stored as a number; reads as XPath writes it */
    LIST_OTHER     /* reads as `text` says */
} list_kind;

struct list_table;

typedef struct list_column {
    const char *name;
    const char *text;   /* SQL for its text; NULL where there is none */
    const char *stored; /* SQL for what is stored, for an index; or NULL */
    list_kind kind;
    int is_late; /* dear to make, seldom asked for: list_row_need() */
    int (*prepare)(struct list_table *t); /* before it is first read; NULL */
    struct list_text *packed; /* its texts, once contains() asked for them */
    int is_unpackable;        /* 1: too long for that */
} list_column;

#define LIST_STATEMENTS 16 /* kept prepared */

typedef struct list_table {
    struct sqlite3 *database; /* the lists' own, or the twin's */
    arena *memory;
    const char *from; /* SQL: the table's name, in `main` */
    const char *row;  /* SQL: its number, in the order of the list */
    list_column *columns;
    size_t column_count, column_capacity;
    const char *item;  /* name of a row's element */
    const char *root;  /* and of the element around them */
    int64_t row_count; /* when it was opened */
    twin *layer_of;    /* live: nothing is kept between evaluations; or NULL */
    const char *layer; /* its name */
    int64_t layer_stamp; /* of the columns it had */
    struct list_statement {
        char *sql;
        struct sqlite3_stmt *statement;
        int in_use;
    } statements[LIST_STATEMENTS];
    size_t next_statement; /* to give way */
    struct list_index {    /* made on demand */
        char *columns;     /* SQL */
        char name[32];     /* "" it could not be made */
        struct list_index *next;
    } * indexes;
} list_table;

/* The table of SOURCE ("jr://…", or NULL) or of the layer ID: TAWAM_ENOTFOUND
 * (no message). It may give a DOCUMENT instead: XML that is short or no table.
 */
int list_open(list_table **found, form_document **document, form_lists *l,
              form_names *names, const char *id, const char *source);

/* The table of a list that is nodes, made once for equal ones; *found NULL: it
 * is no table, or short. */
int list_open_nodes(list_table **found, form_lists *l, const form_node *root);

/* Prepared SQL of T. Release it before it is asked for again. */
int list_prepare(struct sqlite3_stmt **out, list_table *t, const char *sql);
void list_release(list_table *t, struct sqlite3_stmt *statement);
/* 1 a row, 0 done, or an error. */
int list_step_row(list_table *t, struct sqlite3_stmt *statement);
#define LIST_HASH 14695981039346656037u
/* HASH with the bytes of TEXT in it (FNV-1a); LIST_HASH to begin. */
uint64_t list_hash(uint64_t hash, const char *text);
int list_sql_error(struct sqlite3 *database, const char *doing);
struct sqlite3_context;
struct sqlite3_value;

/* SQL functions by name, count of arguments and code. */
typedef struct list_function {
    const char *name;
    int count;
    void (*call)(struct sqlite3_context *c, int count,
                 struct sqlite3_value **values);
} list_function;
/* Adds those that DATABASE has not: SQLite replaces none while a statement
 * runs, and a caller may be walking rows. */
int list_add_functions(struct sqlite3 *database, const list_function *all,
                       size_t count);
/* The functions that conditions call, on DATABASE. */
int list_register(struct sqlite3 *database);
const list_column *list_column_find(const list_table *t, const char *name);
/* The name of an index over COLUMNS (SQL, "c1, c4"), which is made where it is
 * not there; NULL when it can't be. */
const char *list_make_index(list_table *t, const char *columns);

int list_table_new(list_table **out, struct sqlite3 *database, const char *from,
                   const char *row);
int list_table_column(list_table *t, const char *name, const char *text,
                      const char *stored, list_kind kind);
void list_table_free(list_table *t);
int list_layer_open(list_table **out, twin *t, const char *name);
/* 1 if the layer has other columns now than T was made for. */
int list_layer_changed(const list_table *t);
/* The column __version of T, which is LAYER: lists_version.c. */
int list_add_version(list_table *t, const twin_layer *layer);
/* An index NAME of FROM's COLUMNS where it is not there, all SQL; 0: it can't
 * be made, without a message. */
int list_create_index(char name[32], struct sqlite3 *database, const char *from,
                      const char *columns);
#define LIST_INDEX_FROM 1000 /* rows: fewer are looked through */

/* ---- contains(): lists_text.c ---- */

#define LIST_FOUND_MOST 1000 /* rows: more are looked through by SQLite */
/* Numbers of T's rows in which TEXT is a part of COLUMN, in order. 1; 0: they
 * are too many, or it can't be told so; or an error. */
int list_rows_with(size_t rows[LIST_FOUND_MOST], size_t *count, list_table *t,
                   const list_column *column, const char *text);
void list_text_free(struct list_text *p);

/* ---- a record's view of a table: lists_view.c ---- */

typedef struct list_row {
    form_node node; /* is_row */
    int64_t number; /* in the table: of the order */
    arena *memory;  /* its nodes' */
} list_row;

typedef struct list_view list_view;
struct list_view {
    form_node top, root; /* the root: `is_list`, without children */
    list_table *table;
    const char *item;   /* interned */
    const char **names; /* of the columns, interned; of the table's number */
    arena *memory;      /* of rows */
    int is_used;        /* since the last list_view_forget() */
    struct list_rows {
        int64_t *numbers;
        form_node **nodes;
        size_t size, count; /* open addressing; a power of two */
    } rows;                 /* those that are nodes */
};

int list_view_new(list_view **out, form_names *names, list_table *t);
void list_view_free(list_view *v);
/* Nodes of rows may go, if they have become many; those of a layer always. */
void list_view_forget(list_view *v);
/* The view that the node ROOT (is_list) is of. */
list_view *list_view_of(const form_node *root);
/* The row under the cursor of STATEMENT (number, then the columns' texts). */
int list_view_row(form_node **out, list_view *v,
                  struct sqlite3_stmt *statement);
/* The same for a moment, in MEMORY; *out may be one that stays. */
int list_view_try_row(form_node **out, list_view *v,
                      struct sqlite3_stmt *statement, arena *memory);
/* The elements of ROW (is_row) that are made when they are asked for: that
 * called NAME (LENGTH bytes), or all (NULL). To be called before its children
 * are looked at. */
int list_row_need(const form_node *row, const char *name, size_t length);
/* -1 or 1: which of two rows stands first. */
int list_row_order(const form_node *a, const form_node *b);
/* The place of ROW (is_row) among all rows of its list, from 1. */
double list_row_position(const form_node *row);

/* ---- steps: lists_query.c ---- */

/* The nodes that step S leads to from V's root. The first *taken of S's
 * predicates were applied; the others are left to the caller. */
int list_step(xpath_value *out, size_t *taken, evaluation *e, const step *s,
              list_view *v);
/* How many those are, without making them; *done 0: it can't be said so. */
int list_count(double *out, int *done, evaluation *e, const step *s,
               list_view *v);
/* Texts of two columns, row by row, without nodes. */
typedef struct list_pull {
    const char *value, *label; /* names of columns */
    const char *only; /* the first row with this value alone; NULL: all */
    /* LABEL "" where there is none; other than TAWAM_OK stops. */
    int (*call)(void *context, const char *value, const char *label);
    void *context;
} list_pull;
/* Of the rows that step S leads to. *done 0: it can't be done so. */
int list_pull_rows(int *done, evaluation *e, const step *s, list_view *v,
                   const list_pull *p);
/* Of those that X leads to, instance('…')/root/item[…]; with `only` also where
 * they are randomized. */
int xpath_pull(int *done, const xpath *x, const xpath_context *c,
               const list_pull *p);

/* Text of COLUMN in the first row in which KEY is VALUE; "" none. */
int list_lookup(const char **out, evaluation *e, list_view *v,
                const char *column, const char *key, const char *value);

#endif
