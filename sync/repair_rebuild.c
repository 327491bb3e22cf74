/* SPDX-License-Identifier: MIT */
/* repair: twin.gpkg made anew.
 *
 *   1 an empty replica in repair.tmp/, with the old one's settings
 *   2 the commits the old one had applied, in its order; where it can't say
 *     which, all that the log leads to
 *   3 its edits that were not recorded, by row and cell, captured as edits
 *   4 likewise the rows of commits that are nowhere any more
 *   5 the old file is kept under its new name, then the new one renamed over it
 *
 * Rows that differ without being noted as edited are damage, and the log's
 * value stands.
 */
#include "sync/repair_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BATCH 64 /* commits a transaction */

/* ---- is it sound ---- */

/* A code that says the replica can't be asked, whatever its state. */
static int is_outside(int code)
{
    return code == TAWAM_EMEMORY || code == TAWAM_EBUSY ||
           code == TAWAM_ENEWER || code == TAWAM_EFULL ||
           code == TAWAM_ECANCELLED || code == TAWAM_EENVIRONMENT;
}

static int found_damage(repair *r)
{
    repair_say(r, SYNC_REPAIR_FOUND, "%s", error_message());
    error_clear();
    return 0;
}

/* A desk that recovers nothing, so that nothing is changed. (To compare hashes
 * a transaction undoes what is pending, and is rolled back.) */
static int open_as_it_is(sync_desk **s, repair *r, twin *t)
{
    gitlog *log = NULL;
    int code = gitlog_open(&log, r->log_path);
    if (!code)
        code = sync_wrap(s, t, log);
    return code ? code : sync_refresh_who(*s);
}

/* What another program wrote without a note of it would pass for damage: it
 * becomes edits, as the next record would have it. */
static int take_uncaptured(repair *r, sync_desk *s)
{
    const twin_layer *layer = NULL;
    char name[64] = "";
    int code = uncaptured_layer(&layer, s->t);
    if (code > 0)
        snprintf(name, sizeof name, "%s", repair_safe(layer->name));
    if (code > 0)
        code = uncaptured_take(s);
    if (code > 0)
        repair_say(r, SYNC_REPAIR_DONE,
                   _("what another program wrote into layer '%s' was noted as "
                     "edits"),
                   name);
    /* what can't be taken up before it is converted stays as it is */
    if (code == TAWAM_EUSAGE)
        code = error_set(TAWAM_EENVIRONMENT, "%s", error_message());
    return code < 0 ? code : TAWAM_OK;
}

static int judge_replica(repair *r, sync_desk *s)
{
    sync_verification v = {0};
    int64_t again = 0;
    int code = sync_readable_again(&again, s);
    if (!code && again)
        code = error_set(TAWAM_EDAMAGED,
                         _("%lld commits that an older program refused can be "
                           "read now"),
                         (long long)again);
    if (!code && !r->o->check)
        code = take_uncaptured(r, s);
    if (!code)
        code = sync_verify(&v, s, r->o->meeting, NULL, NULL);
    return code;
}

int repair_replica_sound(repair *r)
{
    sync_desk *s = NULL;
    twin *t = NULL;
    char *file = file_join(r->directory, TWIN_FILE);
    int code = file ? TAWAM_OK : error_memory(), there;
    there = file && file_exists(file);
    free(file);
    if (!code && !there) {
        repair_say(r, SYNC_REPAIR_FOUND, _("%s is missing"), TWIN_FILE);
        return 0;
    }
    if (!code)
        code = twin_open(&t, r->directory, 0);
    if (!code)
        code = r->o->check ? open_as_it_is(&s, r, t) : sync_open(&s, t);
    if (!code)
        code = judge_replica(r, s);
    sync_free(s);
    twin_close(t);
    if (code && (is_outside(code) || (code == TAWAM_ENO && r->o->check)))
        return code;
    return code ? found_damage(r) : 1;
}

/* ---- whose it is ---- */

static int first_device(void *context, const char *name, const char *id)
{
    char *line = context;
    (void)id;
    snprintf(line, 48, "%.47s", name + strlen(DEVICE_REFS));
    return sync_device_name_valid(line);
}

/* Name and mail as the line's last commit has them, into *name and *mail. */
static int author_of_line(char **name, char **mail, gitlog *log,
                          const char *device)
{
    char ref[80], id[SYNC_ID_SIZE];
    gitlog_commit *c = NULL;
    int code;
    snprintf(ref, sizeof ref, DEVICE_REFS "%s", device);
    code = gitlog_ref(id, log, ref);
    if (!code)
        code = gitlog_read(&c, log, id);
    if (!code) {
        const char *open = strrchr(c->author, '<');
        size_t length = open ? (size_t)(open - c->author) : 0;
        if (length > 1)
            *name = memory_string_length(c->author, length - 1);
        if (length > 1)
            *mail = memory_string_length(open + 1, strcspn(open + 1, ">"));
        if (length > 1 && (!*name || !*mail))
            code = error_memory();
    }
    gitlog_commit_free(c);
    return code == TAWAM_ENOTFOUND || code == TAWAM_EDAMAGED ? TAWAM_OK : code;
}

/* The device's name as the old replica or the log has it; "" if neither. */
static int find_device(char **device, rebuild *b)
{
    repair *r = b->r;
    char line[48] = "";
    int code = salvage_setting(device, r->old, "device");
    if (code || (*device && sync_device_name_valid(*device)))
        return code;
    free(*device);
    *device = NULL;
    code = gitlog_refs(b->s->log, DEVICE_REFS "*", first_device, line);
    if (code < 0)
        return code;
    *device = memory_string(r->o->device ? r->o->device : line);
    return *device ? TAWAM_OK : error_memory();
}

static int name_device(rebuild *b)
{
    char *device = NULL, *name = NULL, *mail = NULL;
    int code = find_device(&device, b);
    if (!code)
        code = salvage_setting(&name, b->r->old, "author_name");
    if (!code)
        code = salvage_setting(&mail, b->r->old, "author_mail");
    if (!code && !*device)
        code = error_set(TAWAM_EUSAGE,
                         _("nothing here says which device this is: name it "
                           "with --device"));
    if (!code && (!name || !*name)) {
        free(name);
        free(mail);
        name = mail = NULL;
        code = author_of_line(&name, &mail, b->s->log, device);
    }
    if (!code) {
        sync_identity who = {device, name && *name ? name : device,
                             mail ? mail : ""};
        code = sync_set_who(b->s, &who);
    }
    free(device);
    free(name);
    free(mail);
    return code;
}

static int copy_setting(void *context, const char *name, const char *value)
{
    /* Of this replica, not of the new one; the last two say that the forms and
     * labels of main stand here already. */
    static const char *const OWN[] = {
        "format",      "head",        "waiting",     "asked_again",
        "device",      "author_name", "author_mail", "skipped_layers",
        REFUSED_NEWER, "forms_read",  "labels_read"};
    rebuild *b = context;
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
        if (strcmp(name, OWN[i]) == 0)
            return TAWAM_OK;
    return twin_set_setting(b->s->t, name, value);
}

/* ---- the commits ---- */

static int note_lost(rebuild *b, const salvage_commit *c)
{
    int code = memory_reserve((void **)&b->lost, &b->lost_capacity,
                              b->lost_count + 1, sizeof *b->lost);
    if (code)
        return code;
    if (b->lost_count < REPAIR_NAMED)
        repair_say(b->r, SYNC_REPAIR_LOST,
                   _("commit %.12s (%s, number %lld of its line) can't be had "
                     "again; what its rows hold here becomes edits to record"),
                   c->id, c->device[0] ? repair_safe(c->device) : "main",
                   (long long)c->sequence);
    b->lost[b->lost_count++] = c->number;
    return TAWAM_OK;
}

/* 1 applied, 0 can't be had, <0 error. */
static int try_one(rebuild *b, const salvage_commit *c)
{
    int done = merge_apply(b->s->m, c->id, NULL, NULL);
    if (done != TAWAM_EDAMAGED)
        return done;
    error_clear();
    return 0;
}

/* What can't be had is given up when it is asked for twice in vain. */
static int apply_one(rebuild *b, const salvage_commit *c)
{
    int done = try_one(b, c);
    if (!done)
        done = try_one(b, c);
    return done < 0 ? done : done ? TAWAM_OK : note_lost(b, c);
}

static int apply_batch(rebuild *b, size_t first, size_t last)
{
    size_t lost = b->lost_count;
    int code = twin_begin(b->s->t);
    if (code)
        return code;
    code = twin_capture_off(b->s->t);
    for (size_t i = first; !code && i < last; i++)
        code = apply_one(b, &b->r->old->commits[i]);
    if (!code)
        return twin_commit(b->s->t);
    twin_rollback(b->s->t);
    b->lost_count = lost;
    return code;
}

static int replay(rebuild *b)
{
    const salvage *old = b->r->old;
    size_t first = 0;
    int code = TAWAM_OK;
    if (!old->commits_known) {
        sync_result result = {0};
        code = sync_merge(&result, b->s, b->r->o->meeting);
        sync_result_clear(&result);
        return code;
    }
    while (!code && first < old->commit_count) {
        size_t last = first + BATCH < old->commit_count ? first + BATCH
                                                        : old->commit_count;
        code = apply_batch(b, first, last);
        if (code == TAWAM_EREFUSED) /* refused when it is tried again */
            code = TAWAM_OK;
        else
            first = last;
    }
    return code;
}

/* The last commit of our line that was applied; "" none. */
static int last_applied(char head[SYNC_ID_SIZE], rebuild *b)
{
    sqlite3_stmt *s = NULL;
    int code = twin_prepare(&s, b->s->t,
                            "SELECT id FROM tawam_commit WHERE device=?"
                            " ORDER BY sequence DESC, number DESC",
                            0);
    if (code)
        return code;
    sqlite3_bind_text(s, 1, b->s->device, -1, SQLITE_STATIC);
    code = twin_step(b->s->t, s);
    if (code == 1) {
        const char *id = (const char *)sqlite3_column_text(s, 0);
        code = id ? TAWAM_OK : error_memory();
        snprintf(head, SYNC_ID_SIZE, "%s", id ? id : "");
    }
    sqlite3_finalize(s);
    return code;
}

/* Where the old replica says our line is, else its ref (AT, "" none), else the
 * newest commit: the first of these that is applied. */
static int find_head(char head[SYNC_ID_SIZE], rebuild *b, const char *at)
{
    char *old = NULL;
    int code = salvage_setting(&old, b->r->old, "head");
    int64_t number = !code && old ? merge_number(b->s->m, old) : 0;
    if (number > 0)
        snprintf(head, SYNC_ID_SIZE, "%s", old);
    else if (!code && !number && at[0]) {
        number = merge_number(b->s->m, at);
        if (number > 0)
            snprintf(head, SYNC_ID_SIZE, "%s", at);
    }
    free(old);
    if (code || number)
        return code ? code : number < 0 ? (int)number : TAWAM_OK;
    return last_applied(head, b);
}

/* Our line goes on from its last commit that is here. */
static int choose_head(rebuild *b)
{
    char head[SYNC_ID_SIZE] = "", ref[80], at[SYNC_ID_SIZE] = "";
    int64_t number = 1;
    int code;
    sync_own_ref(ref, b->s);
    code = gitlog_ref(at, b->s->log, ref);
    if (code && code != TAWAM_ENOTFOUND)
        return code;
    code = find_head(head, b, at);
    if (!code && head[0])
        code = sync_set_head(b->s, head);
    if (!code && b->lost_count && at[0])
        number = merge_number(b->s->m, at);
    if (code || number)
        return code ? code : number < 0 ? (int)number : TAWAM_OK;
    /* a ref on a commit whose ancestors are nowhere would block opening */
    code = repair_aside(b->r, ref);
    if (!code)
        code = head[0] ? gitlog_set_ref(b->s->log, ref, head)
                       : gitlog_delete_ref(b->s->log, ref);
    return code;
}

/* ---- into place ---- */

static int flush_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int code =
        fd < 0 || fsync(fd) != 0 ? error_system(_("flush %s"), path) : TAWAM_OK;
    if (fd >= 0)
        close(fd);
    return code;
}

/* A journal of the damaged file must never be played into the new one. */
static int move_journals(const char *file, const char *kept)
{
    static const char *const ENDS[] = {"-journal", "-wal", "-shm"};
    int code = TAWAM_OK;
    for (size_t i = 0; !code && i < sizeof ENDS / sizeof *ENDS; i++) {
        char *from = memory_format("%s%s", file, ENDS[i]);
        char *to = memory_format("%s%s", kept, ENDS[i]);
        if (!from || !to)
            code = error_memory();
        else if (file_exists(from) && rename(from, to) != 0)
            code = error_system(_("move %s aside"), from);
        free(from);
        free(to);
    }
    return code;
}

/* While others have the old file open, what they write would be lost. */
static int nobody_else(const char *file)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL);
    /* a write-ahead log is kept with the file, not written into it */
    if (result == SQLITE_OK)
        result =
            sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (result == SQLITE_OK)
        result =
            sqlite3_exec(db, "BEGIN EXCLUSIVE; ROLLBACK", NULL, NULL, NULL);
    int failed = db && twin_disk_failed(db);
    sqlite3_close(db);
    if (failed)
        return error_set(TAWAM_EENVIRONMENT,
                         _("%s can't be read (%s), so nothing was done: if it "
                           "stays so, put a copy of what can be read in its "
                           "place, then repair again"),
                         file, sqlite3_errstr(SQLITE_IOERR));
    return result == SQLITE_BUSY
               ? error_set(TAWAM_EBUSY,
                           _("another program has %s open: close it, then "
                             "repair again"),
                           file)
               : TAWAM_OK;
}

/* Where the damaged file is kept: a name that none has yet, also when a repair
 * was cut off within this second. */
static int name_kept(char **kept, const repair *r)
{
    int code = 1;
    for (int i = 1; code > 0; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        free(*kept);
        *kept = memory_format("%s/%s.damaged-%s%s", r->directory, TWIN_FILE,
                              r->stamp, number);
        code = *kept ? file_exists(*kept) : error_memory();
    }
    return code;
}

static int put_in_place(repair *r, const char *made)
{
    char *file = file_join(r->directory, TWIN_FILE), *kept = NULL;
    int there = file && file_exists(file);
    int code = file ? name_kept(&kept, r) : error_memory();
    if (!code)
        code = flush_file(made);
    if (!code && there)
        code = nobody_else(file);
    if (!code && there)
        code = repair_second_name(r, file, kept);
    if (!code)
        code = move_journals(file, kept);
    if (!code)
        code = file_sync_folder(r->directory);
    if (!code && rename(made, file) != 0)
        code = error_system(_("rename %s"), made);
    if (!code)
        code = file_sync_folder(r->directory);
    if (!code && there)
        repair_say(r, SYNC_REPAIR_DONE,
                   _("%s was made anew from the log; the old one is %s"),
                   TWIN_FILE, file_name(kept));
    else if (!code)
        repair_say(r, SYNC_REPAIR_DONE, _("%s was made anew from the log"),
                   TWIN_FILE);
    free(file);
    free(kept);
    return code;
}

/* ---- the whole ---- */

static int fill(rebuild *b)
{
    int code = arena_new(&b->memory);
    if (!code)
        code = salvage_settings(NULL, b->r->old, copy_setting, b);
    if (!code)
        code = name_device(b);
    if (!code)
        code = replay(b);
    if (!code)
        code = choose_head(b);
    if (!code)
        code = repair_rows(b);
    if (!code)
        code = twin_check(b->s->t);
    return code;
}

int repair_rebuild(repair *r)
{
    rebuild b = {.r = r};
    char *folder = file_join(r->temp, "twin");
    char *made = memory_format("%s/twin/%s", r->temp, TWIN_FILE);
    twin *t = NULL;
    int code = folder && made ? TAWAM_OK : error_memory();
    if (!code) {
        file_remove_tree(folder);
        code = twin_create(&t, folder);
    }
    if (!code) {
        gitlog *log = r->log; /* the desk's own while it lives */
        r->log = NULL;
        code = sync_wrap(&b.s, t, log);
    }
    if (!code)
        code = fill(&b);
    if (b.s) {
        r->log = b.s->log;
        b.s->log = NULL;
        sync_free(b.s);
    }
    twin_close(t);
    if (!code)
        code = put_in_place(r, made);
    if (!code)
        r->out->rebuilt = 1;
    arena_free(b.memory);
    free(b.lost);
    free(folder);
    free(made);
    return code;
}
