/* SPDX-License-Identifier: MIT */
/* repair: the order of things, and what it says.
 *
 *   state                        step                          on disk after it
 *   anything                     repair_readable, salvage_open nothing changed
 *   log's files in any state     repair_files                  git can open it
 *   objects in any state         repair_objects                those there are
 * sound commits missing              repair_history                fetched, or
 * known to be nowhere replica in any state         repair_replica_sound: yes
 * done no: repair_rebuild            a new twin.gpkg renamed into place
 *
 * Each step finds by looking what it has to do, so a repair that was cut off
 * is done again from the beginning.
 *
 * Invariant: something is given up (a ref, a commit, an edit) only when it is
 * known to be damaged or absent. A look that fails for want of memory, room or
 * a disk that reads, and a remote that was not reached or failed half-way, say
 * nothing of that: they end the repair with an error, and a repeat goes on. So
 * every question here has three answers: yes, no, and an error.
 */
#include "sync/repair_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME "tawam.repair.lock"
#define TEMP_NAME "repair.tmp"

void repair_say(repair *r, sync_repair_word word, const char *format, ...)
{
    buffer text = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&text, format, arguments);
    va_end(arguments);
    r->out->found += word == SYNC_REPAIR_FOUND;
    r->out->done += word == SYNC_REPAIR_DONE;
    r->out->lost += word == SYNC_REPAIR_LOST;
    if (r->o->tell)
        r->o->tell(r->o->context, word,
                   text.data && !text.failed ? (char *)text.data : "");
    buffer_free(&text);
}

const char *repair_safe(const char *text)
{
    static char kept[4][200];
    static int next;
    char *safe = text_safe(text, strlen(text), 0);
    char *out = kept[next++ % 4];
    snprintf(out, sizeof kept[0], "%s", safe ? safe : "?");
    free(safe);
    return out;
}

/* The folder that holds FILE is made, FILE's own name left out. */
static int make_parent(const char *file)
{
    char *folder = memory_string(file), *slash;
    int code = folder ? TAWAM_OK : error_memory();
    slash = folder ? strrchr(folder, '/') : NULL;
    if (slash && slash != folder) {
        *slash = 0;
        code = file_make_folders(folder);
    }
    free(folder);
    return code;
}

/* What was moved out of the way stays so through a power cut. */
static int flush_parents(const char *from, const char *to)
{
    const char *paths[] = {from, to};
    int code = TAWAM_OK;
    for (int i = 0; !code && i < 2; i++) {
        char *folder = memory_string(paths[i]);
        char *slash = folder ? strrchr(folder, '/') : NULL;
        if (slash) {
            *slash = 0;
            code = file_sync_folder(folder);
        }
        free(folder);
    }
    return code;
}

int repair_aside(repair *r, const char *name)
{
    char *from =
        *name ? file_join(r->log_path, name) : memory_string(r->log_path);
    char *to = memory_format("%s.damaged-%s%s%s", r->log_path, r->stamp,
                             *name ? "/" : "", name);
    int code = from && to ? TAWAM_OK : error_memory();
    if (!code && file_exists(from)) {
        code = make_parent(to);
        if (!code && rename(from, to) != 0)
            code = error_system(_("move %s aside"), from);
        if (!code)
            code = flush_parents(from, to);
    }
    free(from);
    free(to);
    return code;
}

/* All of SOURCE into TARGET, which are FROM and TO, and onto the disk. */
static int copy_bytes(int target, int source, const char *to, const char *from)
{
    char block[65536];
    ssize_t got = 0, put = 0;
    while ((got = read(source, block, sizeof block)) > 0)
        for (ssize_t done = 0; done < got; done += put) {
            put = write(target, block + done, (size_t)(got - done));
            if (put < 0)
                return error_system(_("write %s"), to);
        }
    if (got < 0)
        return error_system(_("read %s"), from);
    return fsync(target) == 0 ? TAWAM_OK : error_system(_("write %s"), to);
}

static int copy_file(const char *to, const char *from)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    struct stat old;
    int source = open(from, O_RDONLY | O_CLOEXEC), target = -1, code;
    if (source < 0 || fstat(source, &old) != 0)
        code = error_system(_("read %s"), from);
    else if (unlink(to) != 0 && errno != ENOENT)
        code = error_system(_("write %s"), to);
    else if ((target = open(to, flags, old.st_mode & 0777)) < 0)
        code = error_system(_("write %s"), to);
    else
        code = copy_bytes(target, source, to, from);
    if (source >= 0)
        close(source);
    if (target >= 0 && close(target) != 0 && !code)
        code = error_system(_("write %s"), to);
    return code;
}

int repair_second_name(const repair *r, const char *old, const char *name)
{
    char *copy = NULL;
    int code = file_exists(name);
    if (code > 0) {
        errno = EEXIST;
        code = error_system(_("write %s"), name);
    }
    if (code || link(old, name) == 0)
        return code;
    copy = file_join(r->temp, "copy"); /* cut off, it goes with the folder */
    code = copy ? copy_file(copy, old) : error_memory();
    if (!code && rename(copy, name) != 0)
        code = error_system(_("rename %s"), copy);
    free(copy);
    return code;
}

/* ---- the steps ---- */

static int mend_log(int *usable, repair *r)
{
    int code = repair_files(usable, r);
    if (!code)
        code = repair_objects(r);
    if (code || !*usable)
        return code;
    code = gitlog_open(&r->log, r->log_path);
    if (code == TAWAM_EDAMAGED && r->o->check) { /* said already: an index */
        error_clear();
        *usable = 0;
        return TAWAM_OK;
    }
    return code ? code : repair_history(r);
}

/* What is left of the replica, as it stands now. */
static int open_old(repair *r)
{
    char *file = file_join(r->directory, TWIN_FILE);
    int code = file ? TAWAM_OK : error_memory();
    salvage_free(r->old);
    r->old = NULL;
    if (!code)
        code = salvage_open(&r->old, file, r->o->check ? NULL : r->temp);
    free(file);
    return code;
}

static int mend_replica(repair *r)
{
    int sound = repair_replica_sound(r);
    if (sound < 0 || sound || r->o->check)
        return sound < 0 ? sound : TAWAM_OK;
    sound = open_old(r); /* opening it may have noted or recovered something */
    if (!sound)
        sound = repair_rebuild(r);
    if (sound)
        return sound;
    sound = repair_replica_sound(r);
    if (sound == 0)
        return error_set(TAWAM_EDAMAGED,
                         _("the replica that was made anew is not sound: is "
                           "the disk or the memory faulty?"));
    return sound < 0 ? sound : TAWAM_OK;
}

static int check_place(const repair *r, const char *file)
{
    if (file_exists(file) || file_exists(r->log_path))
        return TAWAM_OK;
    return error_set(TAWAM_EENVIRONMENT,
                     _("%s holds neither a replica nor a log; 'tawam clone' "
                       "makes one"),
                     r->directory);
}

static void make_stamp(char out[24])
{
    time_t now = (time_t)(clock_now() / 1000);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || !strftime(out, 24, "%Y%m%d-%H%M%S", &parts))
        snprintf(out, 24, "%lld", (long long)now);
}

static int prepare(repair *r, file_lock **lock)
{
    char *path = file_join(r->directory, LOCK_NAME);
    int code = path ? TAWAM_OK : error_memory();
    if (!code && !r->o->check) {
        code = file_lock_take(lock, path, 0);
        if (code == TAWAM_EBUSY)
            code = error_set(TAWAM_EBUSY, _("another repair is at work here"));
    }
    free(path);
    if (!code && !r->o->check) {
        file_remove_tree(r->temp);
        code = file_make_folders(r->temp);
    }
    return code;
}

/* CODE and its words stay. */
static void remove_temp(repair *r, int code)
{
    char *why = code ? memory_string(error_message()) : NULL;
    file_remove_tree(r->temp); /* what stays, the next repair removes */
    if (code)
        error_set(code, "%s", why ? why : "");
    else
        error_clear();
    free(why);
}

int sync_repair(sync_repair_result *out, const char *directory,
                const sync_repair_options *options)
{
    repair r = {.directory = directory, .o = options, .out = out};
    char *file = file_join(directory, TWIN_FILE);
    file_lock *lock = NULL;
    int usable = 1, code = gitlog_initialise();

    memset(out, 0, sizeof *out);
    make_stamp(r.stamp);
    r.log_path = file_join(directory, SYNC_LOG_FOLDER);
    r.temp = file_join(directory, TEMP_NAME);
    if (!code && (!file || !r.log_path || !r.temp))
        code = error_memory();
    if (!code)
        code = check_place(&r, file);
    if (!code)
        code = prepare(&r, &lock);
    if (!code)
        code = repair_readable(&r, file);
    if (!code)
        code = open_old(&r);
    if (!code)
        code = mend_log(&usable, &r);
    if (!code && usable)
        code = mend_replica(&r);
    gitlog_free(r.log);
    salvage_free(r.old);
    if (lock)
        remove_temp(&r, code);
    file_lock_release(lock);
    free(r.log_path);
    free(r.temp);
    free(file);
    return code;
}
