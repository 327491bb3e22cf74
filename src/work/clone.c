/* SPDX-License-Identifier: MIT */
/* clone: a new replica from a remote. The long part, fetching, happens in
 * DIR.part; when it is cut off, what arrived stays there and the same command
 * goes on. The setting clone_begun says that the replica in it has its log and
 * its name, so that it can be gone on with. */
#include <stdlib.h>
#include <string.h>
#include "sync/remote.h"
#include "work/part_internal.h"
#include "work/workflow.h"

/* ---- the device's name ---- */

/* 1 if NAME is one of the lines of NAMES. */
static int is_listed(const char *names, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = names; line != NULL && *line != 0;
         line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 &&
            (line[length] == '\n' || line[length] == 0))
            return 1;
    }
    return 0;
}

/* The device's name into *out: as asked for, or BASE with the first number
 * that is free. */
static int choose_device(char **out, const char *names, const work_new *o)
{
    char *name = memory_string(o->device ? o->device : o->device_else);

    if (name == NULL)
        return TAWAM_EMEMORY;
    if (!sync_device_name_valid(name)) {
        free(name);
        return error_set(TAWAM_EUSAGE,
                         _("that can't name a device: letters, digits, . _ "
                           "and -, 40 at most"));
    }
    if (o->device != NULL && is_listed(names, name)) {
        error_set(TAWAM_ENO,
                  _("%s has a device %s already; choose another name with "
                    "--device, or leave it out"),
                  o->remote, name);
        free(name);
        return TAWAM_ENO;
    }
    for (int number = 2; is_listed(names, name) && number < 10000; number++) {
        free(name);
        name = memory_format("%.35s-%d", o->device_else, number);
        if (name == NULL)
            return TAWAM_EMEMORY;
    }
    *out = name;
    return TAWAM_OK;
}

/* ---- the part ---- */

/* Make replica and log in FOLDER under the name DEVICE; left open in *out. */
static int make_empty(territory **out, const char *folder, const char *device,
                      const char *url, const work_new *o)
{
    sync_identity who = {device, o->author_name, o->author_mail};
    territory *t = memory_new(sizeof *t);
    int code = t ? twin_create(&t->twin, folder) : TAWAM_EMEMORY;

    if (code == TAWAM_OK)
        code =
            (t->directory = memory_string(folder)) ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = sync_create(&t->sync, t->twin, &who);
    if (code == TAWAM_OK)
        code = territory_set_remote(t, "hq", url);
    if (code == TAWAM_OK)
        code = twin_set_setting(t->twin, "clone_begun", "1");
    if (code == TAWAM_OK)
        *out = t;
    else
        territory_close(t);
    return code;
}

/* The replica that an earlier try left in the part; *out stays NULL when it
 * had not come far enough to be of use. */
static void open_begun(territory **out, const part *p, const work_new *o)
{
    territory *t = NULL;
    sync_identity who;
    char *begun = NULL;

    if (territory_open(&t, p->folder, 0) == TAWAM_OK &&
        twin_setting(&begun, t->twin, "clone_begun") == TAWAM_OK) {
        sync_who(&who, t->sync);
        if (o->device == NULL || strcmp(who.device, o->device) == 0) {
            *out = t;
            t = NULL;
        }
    }
    error_clear();
    free(begun);
    territory_close(t);
}

/* The empty replica to fetch into, open in *out: a new one, or that of an
 * earlier try in the same part. The remote is asked first, so that a wrong
 * address or a name that is taken leaves nothing behind. */
static int begin(territory **out, part *p, const char *url, const work_new *o,
                 const sync_options *meeting)
{
    char *names = NULL;
    char *device = NULL;
    int has_main = 0;
    int fresh = 0;
    int code = part_check(o->directory, url);

    if (code == TAWAM_OK)
        code = sync_peek(&names, &has_main, url, meeting);
    if (code == TAWAM_OK)
        code = part_begin(p, o->directory, url);
    if (code == TAWAM_OK && p->found)
        open_begun(out, p, o);
    fresh = code == TAWAM_OK && *out == NULL;
    if (fresh && p->found)
        code = part_empty(p);
    if (code == TAWAM_OK && fresh)
        code = choose_device(&device, names, o);
    if (code == TAWAM_OK && fresh)
        code = make_empty(out, p->folder, device, url, o);
    if (code != TAWAM_OK && fresh)
        part_drop(p);
    free(names);
    free(device);
    return code;
}

int work_clone(territory **out, sync_result *result, const work_new *o,
               const sync_options *meeting)
{
    part p = {0};
    territory *t = NULL;
    char *path = NULL;
    char *url = NULL;
    int code = TAWAM_OK;

    if (remote_is_path(&path, o->remote))
        url = file_absolute(path);
    else
        url = memory_string(o->remote);
    if (url == NULL)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = begin(&t, &p, url, o, meeting);
    if (code == TAWAM_OK) {
        code = sync_clone(result, t->sync, "hq", url, meeting);
        if (code != TAWAM_OK)
            error_add(_("what arrived is kept in %s, the same command goes on "
                        "from there"),
                      p.folder);
    }
    if (code == TAWAM_OK)
        code = twin_set_setting(t->twin, "clone_begun", "");
    territory_close(t);
    if (code == TAWAM_OK)
        code = part_finish(&p);
    if (code == TAWAM_OK)
        code = territory_open(out, p.target, 0);
    if (code == TAWAM_OK)
        code = work_main_refresh(result, *out);
    part_clear(&p);
    free(path);
    free(url);
    return code;
}
