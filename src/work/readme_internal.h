/* SPDX-License-Identifier: MIT */
/* readme: main's README.md, for whoever opens the territory in plain git. What
 * stands between two comment lines in it are figures, written anew by each
 * `tawam publish`; the rest is the people's and stays as it is. */
#ifndef TAWAM_WORK_README_INTERNAL_H
#define TAWAM_WORK_README_INTERNAL_H

#include "base/base.h"
#include "work/territory.h"

/* The README of a new territory NAME, with no figures yet. */
void readme_begin(buffer *out, const char *name);
/* PRESENT (a README, maybe "") with the figures of T as it is now. */
int readme_figures(buffer *out, territory *t, const char *present);

#endif
