/* SPDX-License-Identifier: MIT */
/* config: the settings in main, in git-config syntax, so that `git config -f`
 * and an editor work on them. Reads one value; writes quoted ones. */
#ifndef TAWAM_WORK_CONFIG_INTERNAL_H
#define TAWAM_WORK_CONFIG_INTERNAL_H

#include "base/base.h"

/* The last value of KEY in [SECTION] (no subsection), of TEXT in git-config
 * syntax; names compare without case. Caller frees. TAWAM_ENOTFOUND, without a
 * message, when it is not there. Lines it does not understand are passed
 * over. */
int config_value(char **out, const char *text, const char *section,
                 const char *key);
/* VALUE in double quotes, with what git escapes escaped. */
void config_quote(buffer *out, const char *value);

#endif
