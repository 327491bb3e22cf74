/* SPDX-License-Identifier: MIT */
/* publish: what is applied here becomes main's next version.
 *
 *   record what is pending -> apply what the log has -> main's forms onto the
 *   shelf -> try a new dictionary -> README and its figures -> sync_publish
 * (parents, commit, main moved)
 *
 * Each step is durable by itself and finds nothing to do when it is repeated,
 * so a kill in between costs nothing but the next call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "work/forms.h"
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

/* README.md, and the new dictionary if there is one. */
static int publish_files(work_publication *out, territory *t,
                         const work_publish_options *o, const buffer *readme,
                         const buffer *dictionary)
{
    char path[64], current[20];
    sync_file files[3] = {{"README.md", readme->data, readme->length}};
    sync_publication p = {o->version, o->message, files, 1};

    if (out->training.id[0] != 0) {
        snprintf(path, sizeof path, SYNC_DICTIONARY_FOLDER "/%s",
                 out->training.id);
        snprintf(current, sizeof current, "%s\n", out->training.id);
        files[1] = (sync_file){path, dictionary->data, dictionary->length};
        files[2] =
            (sync_file){SYNC_DICTIONARY_CURRENT, current, strlen(current)};
        p.file_count = 3;
    }
    int code = sync_publish(&out->made, t->sync, &p);

    if (code == TAWAM_OK && out->made.already)
        memset(&out->training, 0, sizeof out->training);
    return code;
}

static int publish_once(work_publication *out, territory *t,
                        const work_publish_options *o)
{
    buffer readme = {0}, dictionary = {0};
    sync_result merged = {0};
    sync_published news = {0};
    int code = sync_merge(&merged, t->sync, NULL);

    memset(&out->training, 0, sizeof out->training);
    if (code == TAWAM_OK) /* the README counts the forms of main */
        code = work_forms_refresh(NULL, t);
    if (code == TAWAM_OK)
        code = sync_publish_preview(&news, t->sync);
    if (code == TAWAM_OK && o->retrain >= 0 &&
        (news.commits > 0 || o->retrain > 0))
        code = sync_train(&out->training, &dictionary, t->sync, o->retrain);
    if (code == TAWAM_OK)
        code = make_readme(&readme, t);
    if (code == TAWAM_OK)
        code = publish_files(out, t, o, &readme, &dictionary);
    sync_result_clear(&merged);
    buffer_free(&readme);
    buffer_free(&dictionary);
    return code;
}

int work_publish(work_publication *out, territory *t,
                 const work_publish_options *options)
{
    work_publication done = {0};
    int code = sync_record(done.recorded, &done.recorded_counts, t->sync, NULL);

    for (int i = 0; code == TAWAM_OK && i < TIMES; i++) {
        code = publish_once(&done, t, options);
        if (code != TAWAM_ENO)
            break;
        code = i + 1 < TIMES ? TAWAM_OK : code;
    }
    if (code == TAWAM_OK) {
        done.conflicts = sync_conflict_count(t->sync);
        if (done.conflicts < 0)
            return (int)done.conflicts;
        *out = done;
    }
    return code;
}
