/* SPDX-License-Identifier: MIT */
/* remote: one connection of libgit2's smart protocol, its callbacks, and its
 * errors in our words. */
#include "sync/remote_connection_internal.h"
#include "sync/certificates_internal.h"
#include "sync/log_private_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

static int code_of(const git_error *error)
{
    const char *text = error && error->message ? error->message : "";
    if (strstr(text, strerror(ENOSPC)) || strstr(text, strerror(EDQUOT)) ||
        strstr(text, strerror(EFBIG)))
        return TAWAM_EFULL;
    switch (error ? error->klass : GIT_ERROR_NONE) {
    case GIT_ERROR_NET:
        /* an ERR packet: the server's own word */
        return strstr(text, "remote error") ? TAWAM_EREFUSED
                                            : TAWAM_EUNREACHABLE;
    case GIT_ERROR_SSL:
    case GIT_ERROR_SSH:
        return TAWAM_EUNREACHABLE;
    case GIT_ERROR_HTTP:
        return strstr(text, "status code: 4") ? TAWAM_EREFUSED
                                              : TAWAM_EUNREACHABLE;
    case GIT_ERROR_OS:
        return strstr(text, "failed to connect") ? TAWAM_EUNREACHABLE
                                                 : TAWAM_EENVIRONMENT;
    case GIT_ERROR_NOMEMORY:
        return TAWAM_EMEMORY;
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_OBJECT:
    case GIT_ERROR_INDEXER:
    case GIT_ERROR_SHA:
        return TAWAM_EDAMAGED;
    default:
        return TAWAM_EENVIRONMENT;
    }
}

int remote_git_error(const char *what)
{
    const git_error *error = git_error_last();
    const char *words =
        error && error->message ? error->message : _("unknown reason");
    char *safe = text_safe(words, strlen(words), 0);
    int code = code_of(error), machine = gitlog_code(code);
    if (machine == TAWAM_EMEMORY || code == TAWAM_EDAMAGED)
        code = machine;
    error_set(code, "%s: %s", what, safe ? safe : "");
    free(safe);
    return code;
}

/* ---- one connection ---- */

static int on_words(const char *text, int length, void *payload)
{
    remote_connection *c = payload;
    remote_line_words(c->line, text, length > 0 ? (size_t)length : 0);
    return 0;
}

static int on_received(const git_indexer_progress *stats, void *payload)
{
    remote_connection *c = payload;
    c->line->state.done = stats->indexed_objects;
    c->line->state.total = stats->total_objects;
    c->line->state.bytes_in = c->in_before + stats->received_bytes;
    remote_line_moved(c->line);
    return 0;
}

static int on_packing(int stage, uint32_t current, uint32_t total,
                      void *payload)
{
    remote_connection *c = payload;
    (void)stage;
    (void)current;
    (void)total;
    remote_line_moved(c->line);
    return 0;
}

static int on_sent(unsigned current, unsigned total, size_t bytes,
                   void *payload)
{
    remote_connection *c = payload;
    c->line->state.done = current;
    c->line->state.total = total;
    c->line->state.bytes_out = c->out_before + bytes;
    remote_line_moved(c->line);
    return 0;
}

/* The remote's answer for one ref: STATUS NULL is ok. */
static int on_report(const char *ref, const char *status, void *payload)
{
    remote_connection *c = payload;
    for (size_t i = 0; status && c->plan && i < c->plan->count; i++) {
        if (strcmp(c->plan->updates[i].destination, ref) != 0)
            continue;
        char *reason = remote_refusal(status, c->line->state.words);
        if (!reason || remote_update_refuse(&c->plan->updates[i], reason) < 0)
            c->failed = 1;
        free(reason);
    }
    return c->failed ? -1 : 0;
}

static int on_credentials(git_credential **out, const char *url,
                          const char *user, unsigned types, void *payload)
{
    remote_connection *c = payload;
    remote_line_flush(c->line);
    return credentials_ask(out, &c->credentials, url, user, types);
}

/* 1 if libgit2 failed without saying why: what it last said is older, or about
 * a setting that is simply not there. */
static int said_nothing(void)
{
    const git_error *error = git_error_last();
    return !error || error->klass == GIT_ERROR_NONE ||
           error->klass == GIT_ERROR_CONFIG;
}

/* The error of the connection, whoever noticed it first. */
int remote_connection_error(remote_connection *c, int error, const char *what)
{
    if (c->credentials.none)
        return error_set(TAWAM_EREFUSED,
                         _("%s wants a name and a password, and git credential "
                           "knows none: set up a helper (git help "
                           "credentials)"),
                         c->job->place.host);
    if (error == GIT_EAUTH || c->credentials.refused)
        return error_set(TAWAM_EREFUSED,
                         _("%s does not accept the name and password that git "
                           "credential gave"),
                         c->job->place.host);
    if (error == GIT_ECERTIFICATE)
        return certificates_error(c->job);
    if (said_nothing())
        return error_set(TAWAM_EREFUSED,
                         _("%s: what %s answers is not git's protocol"), what,
                         c->job->place.host);
    return remote_git_error(what);
}

void remote_connection_close(remote_connection *c)
{
    if (c->remote)
        git_remote_disconnect(c->remote);
    git_remote_free(c->remote);
    credentials_clear(&c->credentials);
    memset(c, 0, sizeof *c);
}

static void set_callbacks(remote_connection *c, git_transport_cb transport)
{
    git_remote_init_callbacks(&c->callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    c->callbacks.payload = c;
    c->callbacks.sideband_progress = on_words;
    c->callbacks.transfer_progress = on_received;
    c->callbacks.pack_progress = on_packing;
    c->callbacks.push_transfer_progress = on_sent;
    c->callbacks.push_update_reference = on_report;
    c->callbacks.credentials = on_credentials;
    c->callbacks.transport = transport;
}

int remote_connection_begin(remote_connection *c, const remote_job *job,
                            git_repository *repository, git_direction direction,
                            remote_line *line, git_transport_cb transport,
                            const git_strarray *headers)
{
    git_remote_create_options create;
    git_proxy_options proxy;
    memset(c, 0, sizeof *c);
    c->job = job;
    c->line = line;
    c->in_before = line->state.bytes_in;
    c->out_before = line->state.bytes_out;
    set_callbacks(c, transport);
    git_remote_create_options_init(&create, GIT_REMOTE_CREATE_OPTIONS_VERSION);
    git_proxy_options_init(&proxy, GIT_PROXY_OPTIONS_VERSION);
    create.repository = repository;
    create.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF |
                   GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    proxy.type = GIT_PROXY_AUTO;
    int error =
        git_remote_create_with_opts(&c->remote, job->place.url, &create);
    if (error == 0)
        error = git_remote_connect(c->remote, direction, &c->callbacks, &proxy,
                                   headers);
    if (error < 0)
        return remote_connection_error(c, error, _("cannot reach the remote"));
    credentials_approve(&c->credentials);
    return TAWAM_OK;
}

int remote_connection_open(remote_connection *c, remote_heads *heads,
                           const remote_job *job, git_repository *repository,
                           git_direction direction, remote_line *line)
{
    const git_remote_head **list = NULL;
    size_t count = 0;
    int code = remote_connection_begin(c, job, repository, direction, line,
                                       NULL, NULL);
    if (code == TAWAM_OK && git_remote_ls(&list, &count, c->remote) < 0)
        code = remote_connection_error(c, -1, _("cannot reach the remote"));
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = remote_heads_add(heads, &list[i]->oid, list[i]->name);
    return code;
}

/* One pack of what SPECS name; they are freed. */
static int download(remote_connection *c, git_strarray *specs, size_t wanted)
{
    git_fetch_options options;
    int code = TAWAM_OK;
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    options.callbacks = c->callbacks;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    if (specs->count != wanted) {
        code = error_memory();
    } else {
        int error = git_remote_download(c->remote, specs, &options);
        if (error < 0)
            code = remote_connection_error(c, error, _("the transfer was cut"));
    }
    for (size_t i = 0; i < specs->count; i++)
        free(specs->strings[i]);
    free(specs->strings);
    return code;
}

/* Download what HEADS[FROM..] name and the repository lacks. */
int remote_download(remote_connection *c, const remote_heads *heads)
{
    git_strarray specs = {0};
    if (!heads->count)
        return TAWAM_OK;
    specs.strings = memory_array(heads->count, sizeof *specs.strings);
    for (size_t i = 0; specs.strings && i < heads->count; i++) {
        specs.strings[i] =
            memory_format("+%s:%s", heads->list[i].name, heads->list[i].name);
        if (!specs.strings[i])
            break;
        specs.count++;
    }
    return download(c, &specs, heads->count);
}

/* libgit2's words for a server without uploadpack.allowAnySHA1InWant. */
static int gives_no_ids(void)
{
    const git_error *error = git_error_last();
    return error && error->message &&
           strstr(error->message, "fetch a specific object");
}

int remote_download_ids(remote_connection *c, const git_oid *ids, size_t count)
{
    git_strarray specs = {0};
    int code;
    specs.strings = memory_array(count, sizeof *specs.strings);
    for (size_t i = 0; specs.strings && i < count; i++) {
        specs.strings[i] = memory_format("%s", git_oid_tostr_s(&ids[i]));
        if (!specs.strings[i])
            break;
        specs.count++;
    }
    git_error_clear();
    code = download(c, &specs, count);
    if (code != TAWAM_OK && gives_no_ids())
        code = error_set(TAWAM_ENO,
                         _("the server gives no single files (there, git "
                           "config uploadpack.allowAnySHA1InWant true would "
                           "allow it)"));
    return code;
}
