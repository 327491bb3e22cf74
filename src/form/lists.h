/* SPDX-License-Identifier: MIT */
/* lists: where a form's secondary instances come from when they do not stand in
 * the form, as SQLite tables that its predicates are asked of.
 *
 *   jr://file-csv/douars.csv  ─ CSV ─────┐
 *   jr://file/points.geojson  ─ GeoJSON ─┼─> a table of a private database
 *   jr://file/zones.xml       ─ XML ─────┘   (a nameless file of SQLite's)
 *   instance('water_point')   ─ the layer of that name, live
 *
 * Invariants:
 *  1. A table holds what the file held, in its order; rows are read as nodes
 *     only where an expression leads to them.
 *  2. What a predicate keeps is what the evaluator would have kept, in the
 *     same order: a part that can't be said exactly in SQL is not said there.
 *  3. Memory does not grow with a file's size, if it is a table: it is read in
 *     pieces, and the table's pages are on disk.
 */
#ifndef TAWAM_FORM_LISTS_H
#define TAWAM_FORM_LISTS_H

#include "base/base.h"
#include "form/record.h"
#include "twin/twin.h"

#define FORM_LIST_MOST ((size_t)256 << 20)    /* bytes of an attachment */
#define FORM_LIST_XML_MOST ((size_t)16 << 20) /* of XML that is no table */
#define FORM_LIST_COLUMNS_MOST 1000
#define FORM_LIST_ROW_MOST ((size_t)4 << 20) /* bytes of a row or feature */

/* The tables made so far: shared by records of one process, so that a second
 * draft does not read the file again. */
typedef struct form_lists form_lists;

/* Where attachments are, one of these or none. */
typedef struct form_lists_source {
    const char *folder; /* files in it, by name; copied */
    /* The bytes of attachment NAME ("douars.csv"), appended; TAWAM_ENOTFOUND.
     */
    int (*file)(buffer *out, void *caller, const char *name);
    void *caller;
    twin *twin; /* layers; borrowed, must outlive the lists; NULL: none */
} form_lists_source;

int form_lists_new(form_lists **out, const form_lists_source *source);
void form_lists_free(form_lists *l);

/* ---- surroundings ready for use ---- */

/* What a record_surroundings points to. */
typedef struct form_surroundings form_surroundings;
/* Attachments from FOLDER (NULL: none), layers, device and author from T (NULL:
 * none; borrowed). */
int form_file_surroundings(form_surroundings **out, const char *folder,
                           twin *t);
/* Attachments of version VERSION (NULL: the current one) of form ID from T's
 * shelf; the rest as above. */
int shelf_surroundings(form_surroundings **out, twin *t, const char *id,
                       const char *version);
void form_surroundings_free(form_surroundings *s);
/* Borrowed until S is freed, which must outlive the records made with it. */
const record_surroundings *form_surroundings_record(const form_surroundings *s);

/* ---- what a form asks for ---- */

/* CALL for each attachment that F names and neither its source nor the twin
 * has (a last-saved record is none): FILE is "douars.csv". Non-zero from CALL
 * stops and is returned. */
int form_lists_missing(form_lists *l, const form *f,
                       int (*call)(void *context, const char *file),
                       void *context);

#endif
