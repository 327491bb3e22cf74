/* SPDX-License-Identifier: MIT */
/* at: what was there at a version, and the whole replica as one file. */
#include "work/workflow.h"

int work_at_export(int64_t *rows, territory *t, const char *version,
                   const char *file, void *stream,
                   const exchange_export_options *options)
{
    twin *then = NULL;
    int code = sync_checkout(&then, t->sync, version);

    if (code == TAWAM_OK)
        code = exchange_export(rows, then, file, stream, options);
    twin_close(then);
    return code;
}

int work_save(territory *t, const char *file, const char *version)
{
    twin *then = NULL;
    int code;

    if (version == NULL)
        return twin_save_copy(t->twin, file);
    code = sync_checkout(&then, t->sync, version);
    if (code == TAWAM_OK)
        code = twin_save_copy(then, file);
    twin_close(then);
    return code;
}
