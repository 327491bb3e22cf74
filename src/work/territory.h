/* SPDX-License-Identifier: MIT */
/* territory: a replica and its log opened together, and where it was found.
 * What every workflow, screen and verb works on. */
#ifndef TAWAM_WORK_TERRITORY_H
#define TAWAM_WORK_TERRITORY_H

#include "base/base.h"
#include "twin/twin.h"
#include "sync/sync.h"

typedef struct territory {
    char *directory; /* absolute */
    twin *twin;
    sync_desk *sync;
} territory;

/* FLAGS: TWIN_READ_ONLY. Both are open or neither. */
int territory_open(territory **out, const char *directory, unsigned flags);
void territory_close(territory *t);

/* The folder to work on: GIVEN (-C) if not NULL, else ENVIRONMENT
 * ($TAWAM_DIR) if not NULL or "", else the present folder or one above it that
 * holds twin.gpkg, else the only one in the user's list (KNOWN, a file with a
 * path a line, may be NULL). Caller frees. TAWAM_ENOTFOUND says what to do. */
int territory_find(char **directory, const char *given, const char *environment,
                   const char *known);

/* The remote NAME's URL (setting remote.NAME.url; NULL or "" = "hq", the one
 * init and clone set). Caller frees. */
int territory_remote(char **url, territory *t, const char *name);
int territory_set_remote(territory *t, const char *name, const char *url);
/* The territory's name from main's territory.conf, else the folder's name.
 * Caller frees. */
char *territory_name(territory *t);

#endif
