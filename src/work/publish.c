/* SPDX-License-Identifier: MIT */
/* publish: what is applied here becomes main's next version.
 *
 *   record what is pending -> apply what the log has -> README and its figures
 *   -> sync_publish (parents, commit, main moved)
 *
 * Each step is durable by itself and finds nothing to do when it is repeated,
 * so a kill in between costs nothing but the next call. */
#include <stdlib.h>
#include "work/readme_internal.h"
#include "work/workflow.h"

enum {
    TIMES = 4, /* main may move meanwhile: another process publishes too */
    README_MAX = 1 << 20
};

/* main's README.md with the figures of now. */
static int make_readme(buffer *out, territory *t)
{
    buffer present = {0};
    int code = sync_read_main(&present, t->sync, "README.md");

    if (code == TAWAM_ENOTFOUND)
        code = TAWAM_OK;
    if (code == TAWAM_OK && present.length > README_MAX)
        code = error_set(TAWAM_EDAMAGED,
                         _("main's README.md is larger than a megabyte"));
    if (code == TAWAM_OK)
        code = readme_figures(out, t,
                              present.data ? (const char *)present.data : "");
    buffer_free(&present);
    return code;
}

static int publish_once(work_publication *out, territory *t,
                        const char *version, const char *message)
{
    buffer readme = {0};
    sync_result merged = {0};
    int code = sync_merge(&merged, t->sync, NULL);

    if (code == TAWAM_OK)
        code = make_readme(&readme, t);
    if (code == TAWAM_OK) {
        sync_file file = {"README.md", readme.data, readme.length};
        sync_publication p = {version, message, &file, 1};
        code = sync_publish(&out->made, t->sync, &p);
    }
    sync_result_clear(&merged);
    buffer_free(&readme);
    return code;
}

int work_publish(work_publication *out, territory *t, const char *version,
                 const char *message)
{
    work_publication done = {0};
    int code = sync_record(done.recorded, &done.recorded_counts, t->sync, NULL);

    for (int i = 0; code == TAWAM_OK && i < TIMES; i++) {
        code = publish_once(&done, t, version, message);
        if (code != TAWAM_ENO)
            break;
        code = i + 1 < TIMES ? TAWAM_OK : code;
    }
    if (code == TAWAM_OK) {
        done.conflicts = sync_conflict_count(t->sync);
        *out = done;
    }
    return code;
}
