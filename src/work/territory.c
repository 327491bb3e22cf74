/* SPDX-License-Identifier: MIT */
/* territory: see territory.h. Remotes are settings of the replica,
 * remote.NAME.url. */
#include <stdlib.h>
#include <string.h>
#include "work/config_internal.h"
#include "work/territory.h"
#include "work/workflow.h"

/* ---- opening ------------------------------------------------------------ */

/* 1 if a log stands in DIRECTORY: then what stands beside it was a replica. */
static int has_log(const char *directory)
{
    char *log = file_join(directory, SYNC_LOG_FOLDER "/objects");
    int found = log != NULL && file_is_folder(log);

    free(log);
    return found;
}

/* 1 if the replica's file is not there. */
static int lacks_file(const territory *t)
{
    char *path = file_join(t->directory, TWIN_FILE);
    int lacks = path != NULL && !file_exists(path);

    free(path);
    return lacks;
}

int territory_open(territory **out, const char *directory, unsigned flags)
{
    territory *t = memory_new(sizeof *t);
    int code;

    if (t == NULL)
        return TAWAM_EMEMORY;
    t->directory = file_absolute(directory);
    code =
        t->directory ? twin_open(&t->twin, t->directory, flags) : TAWAM_EMEMORY;
    if (code == TAWAM_OK)
        code = sync_open(&t->sync, t->twin);
    if (code == TAWAM_EENVIRONMENT && has_log(t->directory) && lacks_file(t))
        code = error_set(TAWAM_EDAMAGED, _("%s is missing in %s"), TWIN_FILE,
                         t->directory);
    if (code == TAWAM_EUSAGE && has_log(t->directory))
        code = error_set(TAWAM_EDAMAGED, _("the replica is damaged: %s"),
                         error_message());
    if (code == TAWAM_EDAMAGED && !strstr(error_message(), "tawam repair"))
        code =
            error_set(code, _("%s (`tawam repair` mends it)"), error_message());
    if (code != TAWAM_OK) {
        territory_close(t);
        return code;
    }
    *out = t;
    return TAWAM_OK;
}

void territory_close(territory *t)
{
    if (t == NULL)
        return;
    sync_free(t->sync);
    twin_close(t->twin);
    free(t->directory);
    free(t);
}

/* ---- finding ------------------------------------------------------------- */

/* 1 if DIRECTORY holds a replica, or the log of one that was lost. */
static int holds_replica(const char *directory)
{
    char *path = file_join(directory, TWIN_FILE);
    int found = path != NULL && (file_exists(path) || has_log(directory));

    free(path);
    return found;
}

/* The present folder or the first above it with a replica, or NULL. */
static char *find_above(void)
{
    char *folder = file_absolute(".");

    while (folder != NULL && !holds_replica(folder)) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL || strcmp(folder, "/") == 0) {
            free(folder);
            return NULL;
        }
        slash[slash == folder ? 1 : 0] = 0;
    }
    return folder;
}

/* Of the folders in the list KNOWN that still hold a replica: how many, and
 * a copy of the first. */
static int count_known(char **first, const char *known)
{
    buffer text = {0};
    char *rest = NULL;
    int count = 0;

    if (file_read(&text, known, 1 << 20) != TAWAM_OK || text.length == 0)
        goto cleanup;
    for (char *line = strtok_r((char *)text.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (!holds_replica(line))
            continue;
        if (count++ == 0)
            *first = memory_string(line);
    }
cleanup:
    buffer_free(&text);
    error_clear();
    return count;
}

/* A folder that was named must exist; whether it holds a replica is found
 * out when it is opened. */
static int given_directory(char **directory, const char *given)
{
    char *path = NULL;

    if (!file_exists(given)) {
        char *safe = text_safe(given, strlen(given), 0);
        error_set(TAWAM_EENVIRONMENT,
                  _("there is no folder %s; make a replica there with "
                    "tawam init or tawam clone"),
                  safe ? safe : "?");
        free(safe);
        return TAWAM_EENVIRONMENT;
    }
    path = file_absolute(given);
    if (path == NULL)
        return TAWAM_EMEMORY;
    *directory = path;
    return TAWAM_OK;
}

int territory_find(char **directory, const char *given, const char *environment,
                   const char *known)
{
    char *first = NULL;
    char *found;
    int count;

    if (given != NULL)
        return given_directory(directory, given);
    if (environment != NULL && environment[0] != 0)
        return given_directory(directory, environment);
    found = find_above();
    if (found != NULL) {
        *directory = found;
        return TAWAM_OK;
    }
    count = known != NULL ? count_known(&first, known) : 0;
    if (count == 1 && first != NULL) {
        *directory = first;
        return TAWAM_OK;
    }
    free(first);
    if (count > 1)
        return error_set(TAWAM_ENOTFOUND,
                         _("no replica here, and you have %d: name one with "
                           "-C DIR (they are listed in %s)"),
                         count, known);
    return error_set(TAWAM_ENOTFOUND,
                     _("no replica here: name one with -C DIR, or make one "
                       "with tawam init or tawam clone"));
}

int work_remember(const char *known, const char *directory)
{
    buffer text = {0};
    char *path = file_absolute(directory);
    char *folder = memory_string(known);
    size_t length = path ? strlen(path) : 0;
    int code = TAWAM_EMEMORY;

    if (path == NULL || folder == NULL)
        goto cleanup;
    if (file_exists(known) &&
        (code = file_read(&text, known, 1 << 20)) != TAWAM_OK)
        goto cleanup;
    for (const char *line = text.data ? (const char *)text.data : "";
         line != NULL && *line != 0; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, path, length) == 0 &&
            (line[length] == '\n' || line[length] == 0)) {
            code = TAWAM_OK;
            goto cleanup;
        }
    }
    if (text.length > 0 && text.data[text.length - 1] != '\n')
        buffer_byte(&text, '\n');
    buffer_format(&text, "%s\n", path);
    if (strrchr(folder, '/') != NULL)
        *strrchr(folder, '/') = 0;
    code = file_make_folders(folder);
    if (code == TAWAM_OK && (code = buffer_check(&text)) == TAWAM_OK)
        code = file_write_atomic(known, text.data, text.length);
cleanup:
    buffer_free(&text);
    free(folder);
    free(path);
    return code;
}

/* ---- remotes and name ---- */

/* "remote.NAME.url" for a NAME that can stand in a ref: letters, digits, - _
 * and dots inside. */
static int remote_setting(char **out, const char *name)
{
    if (name == NULL || name[0] == 0)
        name = "hq";
    if (!sync_device_name_valid(name)) {
        char *safe = text_safe(name, strlen(name), 0);
        error_set(TAWAM_EUSAGE,
                  _("'%s' can't name a remote: letters, digits, . _ and -, "
                    "40 at most"),
                  safe ? safe : "?");
        free(safe);
        return TAWAM_EUSAGE;
    }
    *out = memory_format("remote.%s.url", name);
    return *out ? TAWAM_OK : TAWAM_EMEMORY;
}

int territory_remote(char **url, territory *t, const char *name)
{
    char *setting = NULL;
    int code = remote_setting(&setting, name);

    if (code == TAWAM_OK)
        code = twin_setting(url, t->twin, setting);
    if (code == TAWAM_OK && (*url)[0] == 0) {
        free(*url);
        *url = NULL;
        code = TAWAM_ENOTFOUND;
    }
    free(setting);
    if (code == TAWAM_ENOTFOUND)
        return error_set(
            TAWAM_ENOTFOUND, _("no remote '%s' is set: tawam remote %s URL"),
            name && *name ? name : "hq", name && *name ? name : "hq");
    return code;
}

int territory_set_remote(territory *t, const char *name, const char *url)
{
    char *setting = NULL;
    int code = remote_setting(&setting, name);

    if (code == TAWAM_OK)
        code = twin_set_setting(t->twin, setting, url ? url : "");
    free(setting);
    return code;
}

char *territory_name(territory *t)
{
    buffer text = {0};
    char *name = NULL;

    if (sync_read_main(&text, t->sync, "territory.conf") == TAWAM_OK &&
        text.data != NULL)
        config_value(&name, (const char *)text.data, "territory", "name");
    buffer_free(&text);
    if (name != NULL && name[0] != 0)
        return name;
    free(name);
    return memory_string(file_name(t->directory));
}
