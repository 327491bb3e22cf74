/* SPDX-License-Identifier: MIT */
/* terminal: what stands at the other end of stdout and stderr, the signals,
 * and the environment. (Apart from cmd.h since <unistd.h> has a sync() of its
 * own.) */
#ifndef TAWAM_CMD_TERMINAL_H
#define TAWAM_CMD_TERMINAL_H

int terminal_is_out(void);   /* 1: stdout is a terminal */
int terminal_is_error(void); /* 1: stderr is one */
int terminal_width(void);    /* columns of stdout's or stderr's; 80 */
int terminal_can_write(const char *path); /* 1: we may write there */

/* The language of words, as labels name it ("fr"): the first of $LANGUAGE, else
 * that of the locale, else "en". Ours until the next call. */
const char *terminal_language(void);

/* 1: whoever read our standard output has gone (head, a pager). */
int terminal_reader_gone(void);
/* Writing to a pipe nobody reads, or a file that may not grow, is an error from
 * now on, not the end; programs that we start have it as usual. */
void terminal_keep_pipes(void);
/* End as a program does whose reader has gone. */
void terminal_end_by_pipe(void);
/* A file with TEXT in it that lives as long as the program: its path into PATH
 * (32 bytes). TAWAM_OK or an error. */
int terminal_text_file(char path[32], const char *text);

/* From now on ^C only sets a flag, a second one ends the program. */
void terminal_catch_interrupt(void);
int terminal_interrupted(void);

/* The folder this program was started from, or NULL. Caller frees. */
char *terminal_program_folder(void);

/* user-host made fit for a device's name; caller frees. */
char *terminal_device_name(void);
/* The user's name from the system's list of users; caller frees. */
char *terminal_user_name(void);
/* user@host, for who has told git no mail address; caller frees. */
char *terminal_user_mail(void);
/* The list of known replicas: $XDG_STATE_HOME/tawam/replicas, else under
 * ~/.local/state; NULL when there is no home. Caller frees. */
char *terminal_known_replicas(void);

#endif
