/* SPDX-License-Identifier: MIT */
/* certificates: see the header.
 *
 * libgit2 reads the system's authorities, but none of git's settings, and says
 * of a refused certificate only what its TLS library does: Debian's is Mbed
 * TLS, "the SSL certificate is invalid: 0x0008 - ...", with the bits of
 * mbedtls/x509.h, MBEDTLS_X509_BADCERT_*. Others say a sentence. */
#include "sync/certificates_internal.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sync/git_program_internal.h"

enum fault { /* bits of Mbed TLS */
             FAULT_EXPIRED = 0x01,
             FAULT_REVOKED = 0x02,
             FAULT_NAME = 0x04,
             FAULT_AUTHORITY = 0x08,
             FAULT_FUTURE = 0x200
};

/* ---- whom to trust ---- */

/* The value of KEY for the job's URL in git's configuration, a path with its ~
 * expanded; NULL: none. Caller frees. */
static char *configured(const remote_job *job, const char *key)
{
    buffer answer = {0};
    char *value = NULL, *folder = NULL;
    const char *words[9] = {"git"};
    size_t n = 1;
    if (job->gitdir && (folder = memory_format("--git-dir=%s", job->gitdir)))
        words[n++] = folder;
    words[n++] = "config";
    words[n++] = "--type=path";
    words[n++] = "--get-urlmatch";
    words[n++] = key;
    words[n] = job->place.url;
    if (git_program(&answer, NULL, words) == 0 && answer.length > 1)
        value = memory_string_length((char *)answer.data,
                                     strcspn((char *)answer.data, "\n"));
    buffer_free(&answer);
    free(folder);
    return value;
}

static int trust(const char *file, const char *folder)
{
    const char *missing = file && !file_exists(file)       ? file
                          : folder && !file_exists(folder) ? folder
                                                           : NULL;
    const char *named = file ? file : folder;
    if (!missing &&
        git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, folder) == 0)
        return TAWAM_OK;
    char *safe = text_safe(missing ? missing : named,
                           strlen(missing ? missing : named), 0);
    int code =
        missing ? error_set(TAWAM_EENVIRONMENT,
                            _("there is no '%s', which http.sslCAInfo, "
                              "http.sslCAPath or GIT_SSL_CAINFO names"),
                            safe ? safe : "?")
                : error_set(TAWAM_EENVIRONMENT,
                            _("'%s', which http.sslCAInfo, http.sslCAPath or "
                              "GIT_SSL_CAINFO names, holds no certificate of "
                              "an authority (PEM)"),
                            safe ? safe : "?");
    free(safe);
    return code;
}

int certificates_choose(const remote_job *job)
{
    int given = job->ca_file || job->ca_folder;
    char *file = given ? NULL : configured(job, "http.sslCAInfo");
    char *folder = given ? NULL : configured(job, "http.sslCAPath");
    const char *use_file = given ? job->ca_file : file;
    const char *use_folder = given ? job->ca_folder : folder;
    int code = use_file || use_folder ? trust(use_file, use_folder) : TAWAM_OK;
    free(file);
    free(folder);
    return code;
}

/* ---- why one is refused ---- */

static unsigned fault_of(const char *words)
{
    const char *bits = strstr(words, "invalid: 0x");
    if (bits)
        return (unsigned)strtoul(bits + 9, NULL, 16);
    return strstr(words, "expired")         ? FAULT_EXPIRED
           : strstr(words, "not yet valid") ? FAULT_FUTURE
           : strstr(words, "hostname")      ? FAULT_NAME
           : strstr(words, "issuer")        ? FAULT_AUTHORITY
                                            : 0;
}

int certificates_error(const remote_job *job)
{
    const git_error *error = git_error_last();
    const char *words = error && error->message ? error->message : "";
    const char *host = job->place.host;
    unsigned fault = fault_of(words);
    char today[16] = "?";
    struct tm tm;
    time_t now = time(NULL);
    if (gmtime_r(&now, &tm))
        strftime(today, sizeof today, "%Y-%m-%d", &tm);
    if (fault & FAULT_AUTHORITY)
        return error_set(TAWAM_EREFUSED,
                         _("the certificate of %s is signed by nobody this "
                           "computer trusts: if it is your own authority's, "
                           "name the file of that (git config --global "
                           "http.sslCAInfo FILE)"),
                         host);
    if (fault & FAULT_NAME)
        return error_set(TAWAM_EREFUSED,
                         _("the certificate that %s shows is another "
                           "server's: check the address of the remote"),
                         host);
    if (fault & FAULT_EXPIRED)
        return error_set(TAWAM_EREFUSED,
                         _("the certificate of %s has expired: whoever keeps "
                           "the server must renew it, unless the date of this "
                           "computer, %s, is wrong"),
                         host, today);
    if (fault & FAULT_FUTURE)
        return error_set(TAWAM_EREFUSED,
                         _("the certificate of %s is not valid yet: the date "
                           "of this computer, %s, is wrong, or the server's"),
                         host, today);
    char *safe = text_safe(words, strlen(words), 0);
    int code =
        error_set(TAWAM_EREFUSED, _("the certificate of %s is not valid: %s"),
                  host, safe ? safe : "");
    free(safe);
    return code;
}
