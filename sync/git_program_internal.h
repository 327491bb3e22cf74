/* SPDX-License-Identifier: MIT */
/* git_program, private to remote: a question to the user's own `git`, for
 * what libgit2 does not read as git does. Lives in the child process. */
#ifndef TAWAM_GIT_PROGRAM_INTERNAL_H
#define TAWAM_GIT_PROGRAM_INTERNAL_H

#include "base/base.h"

/* Run WORDS (NULL-terminated, "git" first) with INPUT, if any, on its standard
 * input; what it says is appended to ANSWER (may be NULL), 64 KiB at most.
 * Its status as of waitpid, 0 when it ended well; -1 when it never ran. */
int git_program(buffer *answer, const buffer *input, const char *const words[]);

#endif
