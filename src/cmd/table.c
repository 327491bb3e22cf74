/* SPDX-License-Identifier: MIT */
/* The table of verbs: the order of --help and of the man page. */
#include "cmd/cmd.h"

static const verb *const VERBS[] = {
    &CMD_INIT,       &CMD_CLONE,   &CMD_REMOTE,  &CMD_STATUS,  &CMD_SYNC,
    &CMD_COMMIT,     &CMD_LAYERS,  &CMD_ROWS,    &CMD_GET,     &CMD_SET,
    &CMD_ADD,        &CMD_DELETE,  &CMD_ATTACH,  &CMD_FILES,   &CMD_QUERY,
    &CMD_MERGE_ROWS, &CMD_IMPORT,  &CMD_EXPORT,  &CMD_PUBLISH, &CMD_VERSIONS,
    &CMD_HQ,         &CMD_CONFIG,  &CMD_LABELS,  &CMD_LOG,     &CMD_SHOW,
    &CMD_DIFF,       &CMD_HISTORY, &CMD_AT,      &CMD_REVERT,  &CMD_CONFLICTS,
    &CMD_SETTLE,     &CMD_VERIFY,  &CMD_REPAIR,  &CMD_SAVE,    &CMD_CAT,
    &CMD_FORM,       &CMD_XPATH,   &CMD_VERSION, &CMD_HELP,
};

const verb_table CMD_VERBS = {VERBS, sizeof VERBS / sizeof *VERBS};
