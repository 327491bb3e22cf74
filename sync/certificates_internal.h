/* SPDX-License-Identifier: MIT */
/* certificates, private to remote: whose word is taken for a server's name by
 * HTTPS, and why a certificate is refused. Lives in the child process. */
#ifndef TAWAM_CERTIFICATES_INTERNAL_H
#define TAWAM_CERTIFICATES_INTERNAL_H

#include "sync/remote_internal.h"

/* The authorities to trust for the job's place, as git chooses them:
 * $GIT_SSL_CAINFO and $GIT_SSL_CAPATH (job->ca_file, ca_folder), else
 * http.sslCAInfo and http.sslCAPath of git's configuration, also those of this
 * URL alone; none named: the system's. http.sslVerify is not asked: there is
 * no way to go without. TAWAM_EENVIRONMENT: one is named and can't be read. */
int certificates_choose(const remote_job *job);
/* The error of a certificate that was refused: the words that libgit2 left, and
 * what to do. TAWAM_EREFUSED. */
int certificates_error(const remote_job *job);

#endif
