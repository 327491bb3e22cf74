/* SPDX-License-Identifier: MIT */
/* shelf: the forms a replica holds, as what main publishes was compiled to:
 * XForm XML and attachments, every version. In the replica's own tables
 * tawam_form and tawam_form_file, which travel nowhere and can be made from
 * main again at any time (FORMAT.md has their bytes).
 *
 * Invariants:
 *  1. Of one id at most one version is current: the one new records are of.
 *  2. A version once here stays, since records and drafts may be of it; when
 *     main has it no more it is withdrawn: opened by its version, but current
 *     never.
 *  3. A version that this program can't use is here too, with why: `problem`
 *     in words, and no XML.
 *  4. A replica made before there were forms has no such tables: then the
 *     shelf is empty.
 */
#ifndef TAWAM_FORM_SHELF_H
#define TAWAM_FORM_SHELF_H

#include "form/definition.h"
#include "twin/twin.h"

#define SHELF_FILE_MOST ((size_t)64 << 20) /* bytes of one attachment */

typedef struct shelf_form {
    const char *id, *version, *title;
    const char *source;  /* what it was made of (main's tree), "" unknown */
    const char *problem; /* why it can't be used, "" it can */
    int current;
    int withdrawn;
    int64_t published; /* ms, 0 unknown */
} shelf_form;

typedef struct shelf_attachment {
    const char *name;
    const void *bytes;
    size_t length;
} shelf_attachment;

/* ---- reading ---- */
/* Every version, sorted by id, the newest version first; from A. */
int shelf_list(shelf_form **list, size_t *count, twin *t, arena *a);
/* One of them. VERSION NULL: the current one. TAWAM_ENOTFOUND names the
 * nearest id, or the versions there are. OUT's words are from A. */
int shelf_find(shelf_form *out, twin *t, const char *id, const char *version,
               arena *a);
/* The form, compiled; caller frees it. As shelf_find, and what its problem is
 * where it has one. */
int shelf_open(form **out, twin *t, const char *id, const char *version);
/* Its XForm, appended. */
int shelf_xml(buffer *out, twin *t, const char *id, const char *version);
/* The attachment NAME of that version, appended; TAWAM_ENOTFOUND. */
int shelf_file(buffer *out, twin *t, const char *id, const char *version,
               const char *name);
/* Names of its attachments, sorted; from A. */
int shelf_file_names(const char ***names, size_t *count, twin *t,
                     const char *id, const char *version, arena *a);
/* <0, 0, >0: version A is older, the same, newer. Numbers in them count by
 * value: "2" < "10", "2026-11-09" < "2026-11-10". */
int shelf_compare_versions(const char *a, const char *b);

/* ---- writing ---- */
/* Put F with its XML (NULL where it has a problem) and files in the place of
 * what is there under its id and version. With F->current no other version of
 * it is. One transaction. */
int shelf_put(twin *t, const shelf_form *f, const char *xml, size_t length,
              const shelf_attachment *files, size_t count);
/* VERSION is the current one of ID (NULL: none is). */
int shelf_set_current(twin *t, const char *id, const char *version);
int shelf_set_withdrawn(twin *t, const char *id, const char *version,
                        int withdrawn);

#endif
