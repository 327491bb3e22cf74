/* SPDX-License-Identifier: MIT */
/* credentials, private to remote: names and passwords for HTTPS, asked of the
 * user's own helpers by `git credential` (git-credential(1)). Lives in the
 * child process; nothing is stored here or written anywhere. */
#ifndef TAWAM_CREDENTIALS_INTERNAL_H
#define TAWAM_CREDENTIALS_INTERNAL_H

#include <git2.h>
#include "base/base.h"

typedef struct credentials {
    char *protocol, *host, *path; /* of the URL; host with its port */
    char *user, *password;        /* last given; NULL */
    int asked;                    /* times this connection asked */
    int refused;                  /* 1: the server did not take them */
    int none;                     /* 1: the helpers have none */
} credentials;

/* A libgit2 credential for URL. Asked a second time, the first answer was
 * wrong: it is taken back and the helpers asked once more. A libgit2 code. */
int credentials_ask(git_credential **out, credentials *c, const char *url,
                    const char *user, unsigned types);
/* They worked: tell the helpers. Nothing when none were asked. */
void credentials_approve(credentials *c);
void credentials_clear(credentials *c); /* wipes the password */

#endif
