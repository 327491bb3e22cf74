/* SPDX-License-Identifier: MIT */
/* repair: the workflow. A replica that was made anew gets its forms and labels
 * again; also where a repair before this one was cut off before that. */
#include <stdlib.h>
#include <string.h>
#include "sync/remote.h"
#include "work/workflow.h"

static int refresh(const char *directory)
{
    territory *t = NULL;
    int code = territory_open(&t, directory, 0);
    if (code == TAWAM_OK)
        code = work_main_refresh(NULL, t);
    territory_close(t);
    return code;
}

int work_repair(sync_repair_result *out, const char *directory,
                const sync_repair_options *options)
{
    sync_repair_options o = *options;
    char *path = NULL, *url = NULL;
    int code = TAWAM_OK;
    if (o.url != NULL && remote_is_path(&path, o.url)) {
        url = file_absolute(path);
        code = url ? TAWAM_OK : TAWAM_EMEMORY;
        o.url = url;
    }
    if (code == TAWAM_OK)
        code = sync_repair(out, directory, &o);
    if (code == TAWAM_OK && !o.check)
        code = refresh(directory);
    free(path);
    free(url);
    return code;
}
