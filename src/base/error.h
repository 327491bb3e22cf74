/* SPDX-License-Identifier: MIT */
/* The error object: one message a thread, one code, one exit code.
 *
 *   if (everything < 0)
 *       return error_set(TAWAM_ENOTFOUND, "no layer '%s'; nearest: %s", a, b);
 */
#ifndef TAWAM_BASE_ERROR_H
#define TAWAM_BASE_ERROR_H

/* What a function returns when it fails. The comment names the exit code. */
enum tawam_code {
    TAWAM_OK = 0,
    TAWAM_ENO = -1,          /* exit 1: the answer is no, or it differs */
    TAWAM_EUSAGE = -2,       /* exit 2: wrong words, wrong value */
    TAWAM_EENVIRONMENT = -3, /* exit 3: disk, rights, missing file */
    TAWAM_EUNREACHABLE = -4, /* exit 4: remote not reached, try again */
    TAWAM_EREFUSED = -5,     /* exit 5: the other side said no */
    TAWAM_EDAMAGED = -6,     /* exit 6: data is not what it should be */
    TAWAM_EMEMORY = -7,      /* exit 3: no memory */
    TAWAM_ECANCELLED = -8,   /* exit 1: the user stopped it */
    TAWAM_EBUSY = -9,        /* exit 3: another process is at work */
    TAWAM_ENOTFOUND = -10,   /* exit 1: no such layer, row, commit ... */
    TAWAM_ENEWER = -11,      /* exit 3: made by a newer tawam */
    TAWAM_EFULL = -12,       /* exit 3: the disk is full */
    TAWAM_ECONFLICT = -13    /* exit 1: changed meanwhile by someone else */
};

/* Set the thread's message and return CODE, so `return error_set(...)` reads
 * well. The message is kept whole up to 1,023 bytes; foreign text in it must
 * have gone through text_safe() or be printed through it later. */
int error_set(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Put "context: " before the message already set. Returns its code, so
 * `return error_add("importing %s", path)` keeps what happened. */
int error_add(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As error_set, from errno: "cannot WHAT: reason". ENOSPC, EDQUOT, EFBIG give
 * TAWAM_EFULL, ENOMEM TAWAM_EMEMORY, all else TAWAM_EENVIRONMENT. */
int error_system(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* TAWAM_EMEMORY with the usual words. */
int error_memory(void);

/* The thread's last message and code; "" and TAWAM_OK when none was set. */
const char *error_message(void);
int error_code(void);
void error_clear(void);

/* The documented exit status, 0 to 6, of a code. */
int error_exit_status(int code);

#endif
