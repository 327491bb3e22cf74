/* SPDX-License-Identifier: MIT */
/* part: the folder DIR.part in which a new replica is made before it becomes
 * DIR. A file in it, tawam-part, says whose it is: what `init` or which URL.
 *
 *   absent --part_begin--> DIR.part --part_finish--> DIR
 *                             |  cut off: part_begin of the same PURPOSE
 *                             |  finds it again (clone goes on from there)
 *                             '--part_drop--> absent
 */
#ifndef TAWAM_WORK_PART_INTERNAL_H
#define TAWAM_WORK_PART_INTERNAL_H

#include "base/base.h"
#include "sync/sync.h"

typedef struct part {
    char *target; /* absolute DIR */
    char *folder; /* DIR.part */
    int found;    /* 1: it was there, of the same purpose */
} part;

/* TAWAM_OK when DIRECTORY is absent or an empty folder, or holds only what an
 * earlier part_finish for PURPOSE had moved when it was cut off. */
int part_check(const char *directory, const char *purpose);
/* Check, then make DIRECTORY.part or find one of the same PURPOSE; one of
 * another purpose, or with no word of ours, is refused and stays. */
int part_begin(part *p, const char *directory, const char *purpose);
/* Move it to DIR. Nothing in it may be open. */
int part_finish(part *p);
/* Empty it, all but the word of its purpose. */
int part_empty(part *p);
/* Remove it; the error message set before stays. */
void part_drop(part *p);
void part_clear(part *p); /* frees P's memory only */

/* Make BARE, an empty repository for HQ, whole or not at all: *made gets 1.
 * BEGUN: an init of the same words was cut off before, and what it left is
 * removed. (hq.c) */
int part_make_bare(int *made, const char *bare, int begun);
/* Remove FOLDER and keep the error that is the reason for it. */
void part_drop_folder(char *folder);

/* The dictionary of our own forms: FILE gets its bytes (borrowed, for ever),
 * ID its 16 digits. TAWAM_EDAMAGED or ENEWER if this program can't read it,
 * which only a change of the format does. (forms_dictionary.c) */
int forms_dictionary(sync_file *file, char id[17]);

#endif
