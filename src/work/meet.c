/* SPDX-License-Identifier: MIT */
/* meet: where a sync goes, and what follows it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "sync/remote.h"
#include "work/forms.h"
#include "work/workflow.h"

/* A name for refs made of URL: its letters and digits, else '-', at most 24 of
 * them from its end. Two addresses with one name would only share a folder of
 * refs that each meeting writes anew. Caller frees. */
static char *slug(const char *url)
{
    char name[32];
    size_t length = strlen(url);
    size_t used = 0;

    while (length > 0 && !isalnum((unsigned char)url[length - 1]))
        length--;
    for (size_t i = length > 24 ? length - 24 : 0; i < length; i++) {
        unsigned char c = (unsigned char)url[i];
        int good = c < 128 && isalnum(c);
        if (good || (used > 0 && name[used - 1] != '-'))
            name[used++] = good ? (char)tolower(c) : '-';
    }
    name[used] = 0;
    return memory_format("at-%s", used ? name : "remote");
}

/* 1 if TO has the look of an address rather than of a remote's name. */
static int looks_like_url(const char *to)
{
    return strchr(to, '/') != NULL || strchr(to, ':') != NULL ||
           strcmp(to, ".") == 0 || strcmp(to, "..") == 0 || file_is_folder(to);
}

static int unknown_remote(const char *to)
{
    char *safe = text_safe(to, strlen(to), 0);

    error_set(TAWAM_EUSAGE,
              _("'%s' is neither a remote of this replica (tawam remote lists "
                "them) nor an address or a folder"),
              safe ? safe : "?");
    free(safe);
    return TAWAM_EUSAGE;
}

int work_remote(char **remote, char **url, territory *t, const char *to)
{
    char *path = NULL;
    char *address = NULL;
    int named = to == NULL || sync_device_name_valid(to);
    int code = named ? territory_remote(&address, t, to) : TAWAM_ENOTFOUND;

    if (code == TAWAM_OK) {
        *remote = memory_string(to ? to : "hq");
        *url = address;
        return *remote ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code != TAWAM_ENOTFOUND || to == NULL)
        return code == TAWAM_ENOTFOUND ? TAWAM_EUSAGE : code;
    if (!looks_like_url(to))
        return unknown_remote(to);
    error_clear();
    if (remote_is_path(&path, to)) {
        address = file_absolute(path);
        free(path);
    } else {
        address = memory_string(to);
    }
    *remote = address ? slug(address) : NULL;
    *url = address;
    return address && *remote ? TAWAM_OK : TAWAM_EMEMORY;
}

int work_main(char id[SYNC_ID_SIZE], territory *t)
{
    int code = sync_resolve(id, t->sync, "main");

    if (code != TAWAM_ENOTFOUND)
        return code;
    error_clear();
    id[0] = '\0';
    return TAWAM_OK;
}

int work_main_refresh(sync_result *result, territory *t)
{
    buffer news = {0};
    int code = work_forms_refresh(&news, t);

    if (code == TAWAM_OK)
        code = work_labels_refresh(t);
    if (code == TAWAM_OK && result != NULL && news.length > 0) {
        free(result->forms);
        result->forms = buffer_take(&news);
    }
    buffer_free(&news);
    return code;
}

/* main may have come before a sync failed with CODE, which stays. */
static int refresh_after(sync_result *result, territory *t, int code)
{
    char *why = memory_string(error_message());

    if (work_main_refresh(result, t) != TAWAM_OK)
        error_clear(); /* the next sync reads it */
    if (why != NULL)
        error_set(code, "%s", why);
    free(why);
    return why != NULL ? code : TAWAM_EMEMORY;
}

int work_sync(sync_result *result, territory *t, const char *to,
              const sync_options *options)
{
    char *remote = NULL;
    char *url = NULL;
    int code = work_remote(&remote, &url, t, to);

    if (code == TAWAM_OK) {
        code = sync_run(result, t->sync, remote, url, options);
        code = code == TAWAM_OK ? work_main_refresh(result, t)
                                : refresh_after(result, t, code);
    }
    free(remote);
    free(url);
    return code;
}

int work_sync_outcome(const sync_result *r)
{
    if (r->sent == SYNC_UNKNOWN)
        return error_set(TAWAM_EUNREACHABLE,
                         _("the remote's answer was lost: it may have the "
                           "commits or not; sync again, that is harmless"));
    if (r->sent == SYNC_REFUSED)
        return error_set(TAWAM_EREFUSED,
                         _("the remote refused our commits: %s"),
                         r->why ? r->why : _("it does not say why"));
    if (r->sent == SYNC_SENT && r->why)
        return error_set(TAWAM_EREFUSED,
                         _("our commits are sent, but the remote refused: %s"),
                         r->why);
    return TAWAM_OK;
}

/* The setting NAME of T (may be NULL) as a number. */
static int64_t number_setting(territory *t, const char *name,
                              const char *elsewise)
{
    char *text = NULL;
    int64_t number = 0;

    if (t == NULL || twin_setting(&text, t->twin, name) != TAWAM_OK ||
        text_integer(&number, text) != TAWAM_OK)
        text_integer(&number, elsewise);
    error_clear();
    free(text);
    return number;
}

void work_link_settings(sync_options *options, territory *t)
{
    if (options->stall_ms == 0)
        options->stall_ms =
            1000 * number_setting(t, WORK_STALL, WORK_STALL_DEFAULT);
    if (options->retries < 0)
        options->retries =
            (int)number_setting(t, WORK_RETRIES, WORK_RETRIES_DEFAULT);
}
