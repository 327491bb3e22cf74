/* SPDX-License-Identifier: MIT */
/* replica: create, open, close, settings, copies.
 *
 * Opening asks, in this order, and touches nothing until all agree:
 *   is the file there -> SQLite's header -> GPKG's application id -> our
 *   tables -> a format we know.
 * Creating builds the file under another name and renames it whole, so that
 * a kill leaves either no replica or an empty one.
 */
#include "twin/twin_internal.h"
#include <fcntl.h>
#include <unistd.h>

/* ---- the struct ---- */

static int twin_new(twin **out, const char *directory)
{
    twin *t = memory_new(sizeof *t);
    if (!t)
        return error_memory();
    t->directory = memory_string(directory);
    t->query_steps = -1;
    if (!t->directory) {
        free(t);
        return error_memory();
    }
    *out = t;
    return TAWAM_OK;
}

void twin_close(twin *t)
{
    if (!t)
        return;
    sql_close_all(t);
    catalogue_free(t->catalogue);
    /* A transaction left open is undone by this. */
    sqlite3_close_v2(t->database);
    buffer_free(&t->label);
    free(t->directory);
    free(t);
}

const char *twin_directory(const twin *t)
{
    return t->directory;
}

struct sqlite3 *twin_database(twin *t)
{
    return t->database;
}

int twin_is_read_only(const twin *t)
{
    return t->read_only;
}

/* ---- connecting ---- */

/* What every connection of ours is, whatever the file says (DESIGN §3). */
static int configure(twin *t)
{
    static const struct {
        int option, value;
    } SWITCHES[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        /* Off would forbid the R-tree's own triggers: Debian 12's SQLite
         * does not count rtree as innocuous (seen: "unsafe use of
         * virtual table"). No function of ours or loaded has effects. */
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
    };
    for (size_t i = 0; i < sizeof SWITCHES / sizeof *SWITCHES; i++)
        sqlite3_db_config(t->database, SWITCHES[i].option, SWITCHES[i].value,
                          NULL);
    sqlite3_extended_result_codes(t->database, 1);
    sqlite3_busy_timeout(t->database, TWIN_BUSY_MS);
    int code = functions_register(t);
    if (code == TAWAM_OK)
        code = twin_execute(t, "PRAGMA cell_size_check = ON;"
                               "PRAGMA synchronous = EXTRA;"
                               "PRAGMA recursive_triggers = OFF;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA cache_size = -64000");
    return code;
}

/* 1 if FILE can't be opened for the length of its whole path. */
static int is_too_long(const char *file)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    char *whole = file_absolute(file);
    int longer = whole && vfs && strlen(whole) > (size_t)vfs->mxPathname;
    free(whole);
    return longer;
}

static int connect(twin *t, const char *file, int flags)
{
    int opened = sqlite3_open_v2(file, &t->database,
                                 flags | SQLITE_OPEN_NOMUTEX, disk_vfs());
    if (opened == SQLITE_CANTOPEN && is_too_long(file))
        return error_set(TAWAM_EENVIRONMENT,
                         _("the path of %s is too long (SQLite takes 512 "
                           "bytes): move the folder up"),
                         file_name(file));
    if (opened != SQLITE_OK && t->database)
        return twin_sql_error(t, _("opening the replica"));
    if (opened != SQLITE_OK)
        return error_memory();
    return configure(t);
}

/* Everything but layers, into the connected empty database. */
static int fill_new(twin *t)
{
    int code = sql_run(t,
                       "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8';"
                       "PRAGMA application_id = %d; PRAGMA user_version = %d",
                       TWIN_GPKG_ID, TWIN_GPKG_VERSION);
    if (code == TAWAM_OK)
        code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    code = schema_create(t);
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}

int twin_open_scratch(twin **out)
{
    twin *t = NULL;
    int code = twin_new(&t, "");
    if (code != TAWAM_OK)
        return code;
    t->scratch = 1;
    code = connect(t, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (code == TAWAM_OK)
        code = fill_new(t);
    if (code != TAWAM_OK) {
        twin_close(t);
        return code;
    }
    *out = t;
    return TAWAM_OK;
}

int twin_copy_scratch(twin *to, twin *from)
{
    sqlite3_backup *copy =
        sqlite3_backup_init(to->database, "main", from->database, "main");
    int code = copy ? sqlite3_backup_step(copy, -1) : SQLITE_ERROR;
    sqlite3_backup_finish(copy);
    to->catalogue_stale = 1;
    return code == SQLITE_DONE ? TAWAM_OK
                               : twin_sql_error(to, _("copying the replica"));
}

/* ---- creating ---- */

static int sync_file_to_disk(const char *path)
{
    int code = TAWAM_OK;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_system(_("open %s"), path);
    if (fsync(file) != 0)
        code = error_system(_("flush %s"), path);
    close(file);
    return code;
}

static int build_file(const char *directory, const char *part)
{
    twin *t = NULL;
    int code = twin_new(&t, directory);
    if (code != TAWAM_OK)
        return code;
    unlink(part); /* of a creation that was cut off */
    code = connect(t, part, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (code == TAWAM_OK)
        code = fill_new(t);
    twin_close(t);
    if (code == TAWAM_OK)
        code = sync_file_to_disk(part);
    return code;
}

static int exists_already(const char *file)
{
    return error_set(TAWAM_EENVIRONMENT, _("%s exists already"), file);
}

/* link(2) never replaces; a file system without it gets a rename. */
static int put_in_place(const char *part, const char *file)
{
    int there;
    if (link(part, file) == 0)
        unlink(part);
    else if ((there = file_exists(file)))
        return there < 0 ? there : exists_already(file);
    else if (rename(part, file) != 0)
        return error_system(_("create %s"), file);
    return TAWAM_OK;
}

int twin_create(twin **out, const char *directory)
{
    char *file = file_join(directory, TWIN_FILE);
    char *part = file_join(directory, TWIN_FILE ".part");
    int code = file && part ? file_exists(file) : error_memory();
    if (code > 0)
        code = error_set(TAWAM_EENVIRONMENT,
                         _("there is a replica in %s already"), directory);
    if (code == TAWAM_OK)
        code = file_make_folders(directory);
    if (code == TAWAM_OK)
        code = build_file(directory, part);
    if (code == TAWAM_OK)
        code = put_in_place(part, file);
    if (code == TAWAM_OK)
        code = file_sync_folder(directory);
    if (code != TAWAM_OK && part)
        unlink(part);
    free(file);
    free(part);
    return code == TAWAM_OK ? twin_open(out, directory, 0) : code;
}

/* ---- opening ---- */

typedef struct file_head {
    int is_sqlite;
    int wal; /* the file says it is in WAL mode */
    uint32_t application;
} file_head;

/* The first 100 bytes, read without SQLite, so that a stranger stays as it is
 * (SQLite would roll back its journal). */
static int read_head(file_head *out, const char *file)
{
    unsigned char bytes[100] = {0};
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_system(_("open %s"), file);
    ssize_t got = read(descriptor, bytes, sizeof bytes);
    close(descriptor);
    if (got < 0)
        return error_system(_("read %s"), file);
    out->is_sqlite = got == 100 && memcmp(bytes, "SQLite format 3", 16) == 0;
    out->wal = bytes[18] == 2;
    out->application = (uint32_t)bytes[68] << 24 | (uint32_t)bytes[69] << 16 |
                       (uint32_t)bytes[70] << 8 | bytes[71];
    return TAWAM_OK;
}

static int check_head(const file_head *head, const char *file)
{
    if (!head->is_sqlite)
        return error_set(TAWAM_EUSAGE,
                         _("%s is no GeoPackage; it was left as it is"), file);
    if (head->application != TWIN_GPKG_ID)
        return error_set(TAWAM_EUSAGE,
                         _("%s is a SQLite file, but no GeoPackage of version "
                           "1.2 or later; it was left as it is"),
                         file);
    return TAWAM_OK;
}

static int is_writable(const char *directory, const char *file)
{
    return access(file, W_OK) == 0 && access(directory, W_OK | X_OK) == 0;
}

static int check_format(twin *t, const char *file)
{
    int64_t there = 0;
    char *format = NULL;
    int64_t number = 0;
    int code = sql_integer(&there, t, 0,
                           "SELECT count(*) FROM main.sqlite_schema WHERE"
                           " name IN ('tawam_setting', 'tawam_layer',"
                           " 'tawam_capture', 'gpkg_contents')");
    if (code != TAWAM_OK)
        return code;
    if (there != 4)
        return error_set(TAWAM_EUSAGE,
                         _("%s is a GeoPackage, but no replica; make one with "
                           "'tawam init' and import it there"),
                         file);
    code = twin_setting(&format, t, "format");
    if (code == TAWAM_OK)
        code = text_integer(&number, format);
    if (code == TAWAM_ENOTFOUND || code == TAWAM_EUSAGE)
        code = error_set(TAWAM_EDAMAGED, _("%s does not say its format"), file);
    else if (code == TAWAM_OK && number > TWIN_FORMAT)
        code = error_set(TAWAM_ENEWER,
                         _("%s has format %lld, made by a newer tawam; this "
                           "one reads up to %d. Update tawam"),
                         file, (long long)number, TWIN_FORMAT);
    free(format);
    return code;
}

/* QGIS switches to WAL while it edits and, when it crashes, leaves it so. */
static void leave_wal(twin *t)
{
    int64_t busy = 1;
    sqlite3_busy_timeout(t->database, 0);
    if (sql_integer(&busy, t, 1, "PRAGMA main.wal_checkpoint(TRUNCATE)") ==
            TAWAM_OK &&
        busy == 0)
        sqlite3_exec(t->database, "PRAGMA main.journal_mode = DELETE", NULL,
                     NULL, NULL);
    sqlite3_busy_timeout(t->database, TWIN_BUSY_MS);
    error_clear();
}

/* A file in WAL mode, in a folder where no -shm can be made, is readable only
 * as unchanging. */
static int connect_read_only(twin *t, const char *directory, const char *file,
                             const file_head *head)
{
    if (!head->wal || access(directory, W_OK) == 0)
        return connect(t, file, SQLITE_OPEN_READONLY);
    buffer uri = {0};
    buffer_text(&uri, "file:");
    for (const char *p = file; *p; p++) {
        if (*p == '?' || *p == '#' || *p == '%')
            buffer_format(&uri, "%%%02X", (unsigned char)*p);
        else
            buffer_byte(&uri, (uint8_t)*p);
    }
    buffer_text(&uri, "?immutable=1");
    int code = buffer_check(&uri);
    if (code == TAWAM_OK)
        code = connect(t, (const char *)uri.data,
                       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    buffer_free(&uri);
    return code;
}

/* Closing the last connection to a file in WAL mode writes to it, so whether
 * it is ours is asked through one that only reads. */
static int look_first(const char *directory, const char *file)
{
    twin *t = NULL;
    int code = twin_new(&t, directory);
    if (code != TAWAM_OK)
        return code;
    code = connect(t, file, SQLITE_OPEN_READONLY);
    if (code == TAWAM_OK)
        code = check_format(t, file);
    twin_close(t);
    return code;
}

static int open_file(twin *t, const char *file, unsigned flags)
{
    file_head head = {0};
    t->read_only = (flags & TWIN_READ_ONLY) != 0;
    int code = read_head(&head, file);
    if (code == TAWAM_OK)
        code = check_head(&head, file);
    if (code != TAWAM_OK)
        return code;
    if (!t->read_only && !is_writable(t->directory, file))
        return error_set(TAWAM_EENVIRONMENT,
                         _("%s cannot be written; check its rights, or only "
                           "read it"),
                         t->directory);
    if (head.wal && !t->read_only)
        code = look_first(t->directory, file);
    if (code != TAWAM_OK)
        return code;
    code = t->read_only ? connect_read_only(t, t->directory, file, &head)
                        : connect(t, file, SQLITE_OPEN_READWRITE);
    if (code == TAWAM_OK)
        code = check_format(t, file);
    if (code == TAWAM_OK && head.wal && !t->read_only)
        leave_wal(t);
    if (code == TAWAM_OK && !t->read_only)
        code = schema_complete(t);
    if (code == TAWAM_OK)
        code = catalogue_refresh(t);
    return code;
}

int twin_open(twin **out, const char *directory, unsigned flags)
{
    twin *t = NULL;
    char *file = file_join(directory, TWIN_FILE);
    if (!file)
        return error_memory();
    int code = TAWAM_OK;
    if (!file_exists(file))
        code = error_set(TAWAM_EENVIRONMENT,
                         _("no replica in %s (%s is not there); 'tawam init' "
                           "or 'tawam clone' makes one"),
                         directory, TWIN_FILE);
    if (code == TAWAM_OK)
        code = twin_new(&t, directory);
    if (code == TAWAM_OK)
        code = open_file(t, file, flags);
    free(file);
    if (code != TAWAM_OK) {
        twin_close(t);
        return code;
    }
    *out = t;
    return TAWAM_OK;
}

/* ---- copies, counter, settings ---- */

/* What SQLite says of the copy's file it says as if it were the replica's: it
 * is of the copy where the replica is sound. */
static int not_copied(twin *t, const char *copy, int code)
{
    char *why;
    int checked;
    if (code != TAWAM_EDAMAGED && code != TAWAM_EUSAGE)
        return code;
    why = memory_string(sqlite3_errmsg(t->database));
    checked = twin_check(t);
    if (checked == TAWAM_OK) {
        checked = error_set(TAWAM_EENVIRONMENT, "%s", why ? why : "");
        error_add(_("cannot write %s"), copy);
    }
    free(why);
    return checked;
}

int twin_save_copy(twin *t, const char *file)
{
    sqlite3_stmt *statement = NULL;
    int there = file_exists(file);
    if (there)
        return there < 0 ? there : exists_already(file);
    char *part = memory_format("%s.part", file);
    if (!part)
        return error_memory();
    unlink(part);
    int code = twin_prepare(&statement, t, "VACUUM main INTO ?1", 0);
    if (code == TAWAM_OK) {
        sqlite3_bind_text(statement, 1, part, -1, SQLITE_STATIC);
        code = twin_step(t, statement);
        if (code < 0)
            code = not_copied(t, part, code);
        sqlite3_finalize(statement);
    }
    if (code == TAWAM_OK)
        code = sync_file_to_disk(part);
    if (code == TAWAM_OK)
        code = put_in_place(part, file);
    if (code != TAWAM_OK)
        unlink(part);
    free(part);
    return code;
}

int64_t twin_change_counter(twin *t)
{
    int64_t version = 0;
    if (sql_integer(&version, t, 0, "PRAGMA main.data_version") != TAWAM_OK)
        version = 0;
    return version + sqlite3_total_changes64(t->database);
}

int twin_setting(char **value, twin *t, const char *name)
{
    sqlite3_stmt *statement = NULL;
    int code =
        twin_prepare(&statement, t,
                     "SELECT value FROM main.tawam_setting WHERE name = ?1", 1);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    code = twin_step(t, statement);
    int there = code > 0 && sqlite3_column_type(statement, 0) != SQLITE_NULL;
    const char *text =
        there ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (code >= 0 && !text) /* a text that is there wants memory, too */
        code = there ? error_memory() : TAWAM_ENOTFOUND;
    if (code > 0) {
        char *copy = memory_string(text);
        code = copy ? TAWAM_OK : error_memory();
        if (copy)
            *value = copy;
    }
    twin_release(statement);
    return code;
}

int twin_set_setting(twin *t, const char *name, const char *value)
{
    sqlite3_stmt *statement = NULL;
    int code = twin_begin(t);
    if (code != TAWAM_OK)
        return code;
    /* Not an UPSERT: the habit keeps R-tree layers safe too. */
    code = twin_prepare(&statement, t,
                        value ? "REPLACE INTO main.tawam_setting VALUES (?,?)"
                              : "DELETE FROM main.tawam_setting"
                                " WHERE name = ?1",
                        1);
    if (code == TAWAM_OK) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        if (value)
            sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
        code = sql_finish(t, statement);
    }
    if (code == TAWAM_OK)
        return twin_commit(t);
    twin_rollback(t);
    return code;
}
