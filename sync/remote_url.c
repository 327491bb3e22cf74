/* SPDX-License-Identifier: MIT */
/* remote: what kind of place a URL names, by git's own rules (git-clone(1),
 * "GIT URLS"): a colon before the first slash means SSH, a scheme says itself,
 * all else is a path.
 *
 * Invariant: no host, user or remote path that begins with '-' or holds a
 * character with a meaning for a shell gets past here, since they become
 * words of a command line.
 */
#include "sync/remote_internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void remote_place_clear(remote_place *place)
{
    free(place->url);
    free(place->path);
    free(place->host);
    free(place->user);
    free(place->port);
    memset(place, 0, sizeof *place);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* TEXT with %41 made A, in place. */
static void decode_percent(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        int high = from[0] == '%' ? hex_value(from[1]) : -1;
        int low = high >= 0 ? hex_value(from[2]) : -1;
        if (low >= 0 && (high || low)) {
            *to++ = (char)(high * 16 + low);
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

static int refuse(const char *what, const char *text)
{
    char *safe = text_safe(text, strlen(text), 0);
    int code = error_set(TAWAM_EUSAGE,
                         _("'%s' cannot be the %s of a remote; write it as "
                           "ssh://user@host/folder or user@host:folder"),
                         safe ? safe : "", what);
    free(safe);
    return code;
}

/* A host or user name becomes a word of ssh's command line and, through
 * %h and %r, of the user's ProxyCommand. */
static int check_word(const char *what, const char *text)
{
    if (!*text || *text == '-')
        return refuse(what, text);
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127 ||
            strchr("`$;&|<>()'\"\\*?!{}#~^,/", *c))
            return refuse(what, text);
    }
    return TAWAM_OK;
}

static int check_port(const char *port)
{
    int64_t number = 0;
    if (text_integer(&number, port) == TAWAM_OK && number >= 1 &&
        number <= 65535 && isdigit((unsigned char)*port))
        return TAWAM_OK;
    return refuse(_("port"), port);
}

/* [user@]host[:port] or [user@][v6][:port]. */
static int parse_authority(remote_place *out, const char *text, size_t length)
{
    char *copy = memory_string_length(text, length);
    int code = TAWAM_OK;
    if (!copy)
        return error_memory();
    char *host = strrchr(copy, '@');
    if (host) {
        *host++ = '\0';
        decode_percent(copy);
        out->user = memory_string(copy);
    } else {
        host = copy;
    }
    char *port = NULL;
    if (*host == '[') {
        char *end = strchr(++host, ']');
        port = end && end[1] == ':' ? end + 2 : NULL;
        if (end)
            *end = '\0';
    } else if ((port = strrchr(host, ':')) != NULL) {
        *port++ = '\0';
    }
    out->host = memory_string(host);
    if (port && *port)
        out->port = memory_string(port);
    if (!out->host)
        code = error_memory();
    else if ((code = check_word(_("host"), host)) == TAWAM_OK && out->user)
        code = check_word(_("user"), out->user);
    if (code == TAWAM_OK && out->port)
        code = check_port(out->port);
    free(copy);
    return code;
}

/* The folder on the server; "/~name" means "~name" as for git. */
static int set_server_path(remote_place *out, const char *path)
{
    out->path = memory_string(path);
    if (!out->path)
        return error_memory();
    if (!*out->path || *out->path == '-')
        return refuse(_("folder"), path);
    for (const char *c = out->path; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return refuse(_("folder"), path);
    return TAWAM_OK;
}

static int parse_ssh_scheme(remote_place *out, const char *rest)
{
    const char *slash = strchr(rest, '/');
    if (!slash)
        return refuse(_("address"), rest);
    int code = parse_authority(out, rest, (size_t)(slash - rest));
    if (code != TAWAM_OK)
        return code;
    char *path = memory_string(slash[1] == '~' ? slash + 1 : slash);
    if (!path)
        return error_memory();
    decode_percent(path);
    code = set_server_path(out, path);
    free(path);
    return code;
}

/* user@host:path, where a colon stands before any slash. */
static int parse_short_ssh(remote_place *out, const char *url)
{
    const char *bracket = strchr(url, '[');
    const char *from = bracket ? strchr(bracket, ']') : url;
    const char *colon = from ? strchr(from, ':') : NULL;
    if (!colon)
        return refuse(_("address"), url);
    int code = parse_authority(out, url, (size_t)(colon - url));
    const char *path = colon + 1;
    if (path[0] == '/' && path[1] == '~')
        path++;
    return code == TAWAM_OK ? set_server_path(out, path) : code;
}

static int parse_http(remote_place *out, const char *url)
{
    int plain = strncmp(url, "http://", 7) == 0;
    const char *rest = url + (plain ? 7 : 8);
    size_t length = strcspn(rest, "/?#");
    const char *at = memchr(rest, '@', length);
    const char *host = at ? at + 1 : rest;
    size_t host_length = length - (size_t)(host - rest);
    int code = parse_authority(out, host, host_length);
    if (code != TAWAM_OK)
        return code;
    if (plain && strcmp(out->host, "localhost") != 0 &&
        strncmp(out->host, "127.", 4) != 0 && strcmp(out->host, "::1") != 0)
        return error_set(TAWAM_EUSAGE,
                         _("http:// sends names and passwords in the clear: "
                           "use https:// for %s"),
                         out->host);
    return TAWAM_OK;
}

static int set_path(remote_place *out, const char *path)
{
    out->kind = REMOTE_PATH;
    out->path = file_absolute(path);
    return out->path ? TAWAM_OK : error_memory();
}

static int parse_file_scheme(remote_place *out, const char *rest)
{
    if (strncmp(rest, "localhost/", 10) == 0)
        rest += 9;
    if (*rest != '/')
        return refuse(_("folder"), rest);
    char *path = memory_string(rest);
    if (!path)
        return error_memory();
    decode_percent(path);
    int code = set_path(out, path);
    free(path);
    return code;
}

static int is_short_ssh(const char *url)
{
    const char *colon = strchr(url, ':');
    const char *slash = strchr(url, '/');
    return colon && colon != url && (!slash || colon < slash);
}

int remote_place_parse(remote_place *out, const char *url)
{
    memset(out, 0, sizeof *out);
    if (!url || !*url)
        return error_set(TAWAM_EUSAGE, _("no address of a remote given"));
    out->url = memory_string(url);
    if (!out->url)
        return error_memory();
    if (strncmp(url, "file://", 7) == 0)
        return parse_file_scheme(out, url + 7);
    if (strncmp(url, "ssh://", 6) == 0) {
        out->kind = REMOTE_SSH;
        return parse_ssh_scheme(out, url + 6);
    }
    if (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) {
        out->kind = REMOTE_HTTP;
        return parse_http(out, url);
    }
    if (strstr(url, "://"))
        return refuse(_("address"), url);
    if (is_short_ssh(url)) {
        out->kind = REMOTE_SSH;
        return parse_short_ssh(out, url);
    }
    return set_path(out, url);
}

int remote_is_path(char **path, const char *url)
{
    remote_place place = {0};
    int yes = remote_place_parse(&place, url) == TAWAM_OK &&
              place.kind == REMOTE_PATH;
    if (yes && path) {
        *path = place.path;
        place.path = NULL;
    }
    remote_place_clear(&place);
    return yes;
}
