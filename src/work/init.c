/* SPDX-License-Identifier: MIT */
/* init: a new territory. What main says of it: territory.conf (its name),
 * devices.conf (who may write), README.md (for whoever opens it in git). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sync/remote.h"
#include "work/config_internal.h"
#include "work/part_internal.h"
#include "work/readme_internal.h"
#include "work/workflow.h"

/* A local path made absolute, since it is read from any folder later; any
 * other URL as it is. Caller frees. */
static char *lasting_url(const char *url)
{
    char *path = NULL;
    char *absolute = NULL;

    if (url == NULL)
        return NULL;
    if (!remote_is_path(&path, url))
        return memory_string(url);
    absolute = file_absolute(path);
    free(path);
    return absolute;
}

/* ---- what main holds at first -------------------------------------------- */

static void conf_text(buffer *out, const char *name)
{
    buffer_text(out, "[territory]\n\tname = ");
    config_quote(out, name);
    buffer_text(out, "\n\tformat = 1\n");
}

/* Who may write: at first the device that began it, as HQ. */
static void devices_text(buffer *out, const work_new *o, const char *device)
{
    buffer_format(out, "[device \"%s\"]\n\tauthor = ", device);
    buffer author = {0};
    buffer_format(&author, "%s <%s>", o->author_name,
                  o->author_mail ? o->author_mail : "");
    config_quote(out, author.data ? (const char *)author.data : "");
    buffer_text(out, "\n\trole = hq\n");
    buffer_free(&author);
}

/* The dictionary of our own forms, as main's two files of it. PATH and CURRENT
 * have 64 bytes. 0 files where there is none. */
static size_t dictionary_files(sync_file *files, char *path, char *current)
{
    char id[17];

    if (forms_dictionary(&files[0], id) != TAWAM_OK) {
        error_clear();
        return 0;
    }
    snprintf(path, 64, SYNC_DICTIONARY_FOLDER "/%s", id);
    snprintf(current, 64, "%s\n", id);
    files[0].path = path;
    files[1] = (sync_file){SYNC_DICTIONARY_CURRENT, current, strlen(current)};
    return 2;
}

/* The first commit of main. */
static int write_main(territory *t, const work_new *o, const char *name,
                      const char *device)
{
    buffer conf = {0}, devices = {0}, readme = {0};
    char path[64], current[64];
    char *message = memory_format("Begin %s", name);
    int code;

    conf_text(&conf, name);
    devices_text(&devices, o, device);
    readme_begin(&readme, name);
    code = message ? buffer_check(&conf) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = buffer_check(&devices);
    if (code == TAWAM_OK)
        code = buffer_check(&readme);
    if (code == TAWAM_OK) {
        sync_file files[5] = {
            {"README.md", readme.data, readme.length},
            {"devices.conf", devices.data, devices.length},
            {"territory.conf", conf.data, conf.length},
        };
        size_t more = dictionary_files(&files[3], path, current);
        code = sync_write_main(t->sync, files, 3 + more, message);
    }
    buffer_free(&conf);
    buffer_free(&devices);
    buffer_free(&readme);
    free(message);
    return code;
}

/* ---- the replica ---- */

/* Make the replica and its log in FOLDER and leave them closed. */
static int make_replica(const char *folder, const char *name, const char *url,
                        const char *bare, const work_new *o)
{
    const char *device = o->device ? o->device : o->device_else;
    sync_identity who = {device, o->author_name, o->author_mail};
    sync_result met = {0};
    territory *t = memory_new(sizeof *t);
    int code = t ? twin_create(&t->twin, folder) : TAWAM_EMEMORY;

    if (code == TAWAM_OK)
        code =
            (t->directory = memory_string(folder)) ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = sync_create(&t->sync, t->twin, &who);
    if (code == TAWAM_OK)
        code = write_main(t, o, name, device);
    if (code == TAWAM_OK && url != NULL)
        code = territory_set_remote(t, "hq", url);
    if (code == TAWAM_OK && bare != NULL)
        code = sync_run(&met, t->sync, "hq", bare, NULL);
    sync_result_clear(&met);
    territory_close(t);
    return code;
}

/* The device's name, before anything is made. */
static int check_identity(const work_new *o)
{
    const char *device = o->device ? o->device : o->device_else;

    if (device == NULL || !sync_device_name_valid(device)) {
        char *safe =
            text_safe(device ? device : "", device ? strlen(device) : 0, 0);
        error_set(TAWAM_EUSAGE,
                  _("'%s' can't name a device: letters, digits, . _ and -, "
                    "40 at most"),
                  safe ? safe : "?");
        free(safe);
        return TAWAM_EUSAGE;
    }
    return TAWAM_OK;
}

int work_init(territory **out, const work_new *o)
{
    part p = {0};
    char *url = lasting_url(o->remote ? o->remote : o->bare_remote);
    char *bare = lasting_url(o->bare_remote);
    char *purpose = memory_format("init %s\n", bare ? bare : "");
    int bare_made = 0;
    int code = purpose ? check_identity(o) : TAWAM_EMEMORY;

    if (code == TAWAM_OK)
        code = part_begin(&p, o->directory, purpose);
    if (code == TAWAM_OK && p.found)
        code = part_empty(&p);
    if (code == TAWAM_OK && bare != NULL)
        code = part_make_bare(&bare_made, bare, p.found);
    if (code == TAWAM_OK)
        code = make_replica(p.folder, o->name ? o->name : file_name(p.target),
                            url, bare, o);
    if (code == TAWAM_OK)
        code = part_finish(&p);
    if (code != TAWAM_OK && p.folder != NULL)
        part_drop(&p);
    if (code != TAWAM_OK && bare_made)
        part_drop_folder(bare);
    if (code == TAWAM_OK)
        code = territory_open(out, p.target, 0);
    part_clear(&p);
    free(purpose);
    free(url);
    free(bare);
    return code;
}
