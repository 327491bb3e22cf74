/* SPDX-License-Identifier: MIT */
/* cmd: one file a verb. Each reads its arguments, calls a workflow, prints.
 *
 * Invariants:
 *  1. stdout carries the answer and nothing else; progress and errors go to
 *     stderr. With --json the answer is one JSON value, also when a sync fails
 *     half-way.
 *  2. Foreign text goes through text_safe() when stdout is a terminal, and in
 *     every sentence; data for programs (CSV, JSON, bare) is exact.
 *  3. A verb returns TAWAM_OK or an error whose message is set; main() prints
 *     it as "tawam VERB: message" and turns the code into the exit status.
 */
#ifndef TAWAM_CMD_CMD_H
#define TAWAM_CMD_CMD_H

#include "base/base.h"
#include "exchange/exchange.h"
#include "sync/files.h"
#include "sync/sync.h"
#include "work/territory.h"
#include "work/verb.h"
#include "work/workflow.h"

/* Every verb, in the order of --help. */
extern const verb_table CMD_VERBS;

extern const verb CMD_INIT, CMD_CLONE, CMD_REMOTE, CMD_STATUS, CMD_SYNC,
    CMD_COMMIT, CMD_IMPORT, CMD_EXPORT, CMD_LABELS, CMD_LAYERS, CMD_ROWS,
    CMD_GET, CMD_SET, CMD_ADD, CMD_DELETE, CMD_ATTACH, CMD_FILES,
    CMD_MERGE_ROWS, CMD_QUERY, CMD_LOG, CMD_SHOW, CMD_DIFF, CMD_HISTORY, CMD_AT,
    CMD_REVERT, CMD_CONFLICTS, CMD_SETTLE, CMD_VERIFY, CMD_REPAIR, CMD_SAVE,
    CMD_CAT, CMD_VERSION, CMD_HELP, CMD_PUBLISH, CMD_VERSIONS, CMD_HQ,
    CMD_CONFIG, CMD_FORM, CMD_XPATH;

/* ---- the replica ---- */
/* Open the replica the command line means. To read (WRITES 0) a folder that
 * can't be written is opened read-only. */
int cmd_open(territory **out, const verb_arguments *a, int writes);
/* Layer and row that words N and N + 1 name. */
int cmd_layer(const twin_layer **out, territory *t, const verb_arguments *a,
              size_t n);
int cmd_row(int64_t *fid, territory *t, const twin_layer *layer,
            const verb_arguments *a, size_t n);
/* COLUMN=VALUE words from N on -> cells from MEMORY, one a word. */
int cmd_cells(twin_cell **cells, size_t *count, const twin_layer *layer,
              const verb_arguments *a, size_t n, arena *memory);

/* ---- who ---- */
/* --author or git's user.name and user.email or the user's name. Caller frees
 * both. */
int cmd_author(char **name, char **mail, const verb_arguments *a);

/* ---- printing ---- */
int cmd_json(const verb_arguments *a);  /* 1: --json was given */
int cmd_quiet(const verb_arguments *a); /* 1: -q was given */
/* Print what is in OUT and empty it: exact, or safe for a terminal where
 * stdout is one. TAWAM_EENVIRONMENT when it can't be written. */
int cmd_flush(buffer *out);
/* The same for sentences, whose foreign parts are safe already and which may
 * hold colours. */
int cmd_say(buffer *out);
/* End one JSON answer with its newline and print it. */
int cmd_flush_json(buffer *out);
/* TEXT made safe, appended. */
void cmd_safe(buffer *out, const char *text);
/* Colours, "" where there are none: 'b'old, 'r'ed, 'g'reen, 'd'im, '0' off. */
const char *cmd_color(const verb_arguments *a, char role);

/* ---- values, commits, changes ---- */
/* A value as JSON: null, number, boolean, string; geometry as WKT, blob as
 * base64; whole numbers past 2^53 as strings. */
void cmd_json_value(json_writer *w, twin_type type, const twin_value *value);
/* A value in a sentence: safe, cut at 60 columns, NULL as "(empty)". */
void cmd_say_value(buffer *out, twin_type type, const twin_value *value);
/* 2026-11-22T20:30:05.123Z */
void cmd_json_time(json_writer *w, const char *key, int64_t time);
void cmd_json_counts(json_writer *w, const changeset_counts *counts);
/* The fields of a commit, into an open object. */
void cmd_json_commit(json_writer *w, const sync_commit *commit);
/* "3 inserted, 1 deleted", or "nothing". */
void cmd_say_counts(buffer *out, const changeset_counts *counts);
/* A row as a person names it: its caption, else its fid. */
void cmd_say_row(buffer *out, territory *t, const char *layer, int64_t fid);

/* Prints changes as they come, in sentences or as items of an open JSON
 * array: the callback of sync_show, _diff, _history, _revert. */
typedef struct cmd_changes {
    const verb_arguments *arguments;
    territory *territory;
    buffer out;
    json_writer json;
    int with_commit; /* a history: each change says whose it is */
    int64_t count;
} cmd_changes;
void cmd_changes_begin(cmd_changes *c, territory *t, const verb_arguments *a);
int cmd_change(void *context, const sync_change *change);

/* ---- progress ---- */
/* A line on a terminal's stderr, rewritten; also turns ^C into "stop". */
typedef struct cmd_progress {
    int shown; /* 1: the line is on the screen */
    int quiet;
    int plain;    /* 1: no terminal; only what must be known is said */
    int told;     /* then: the try that was announced */
    int64_t last; /* monotonic ms of the last drawing */
} cmd_progress;
void cmd_progress_begin(cmd_progress *p, const verb_arguments *a);
void cmd_progress_end(cmd_progress *p); /* wipes the line */
/* Options of a verb that meets a remote, and what they say. */
extern const char CMD_HELP_STALL[], CMD_HELP_RETRIES[], CMD_HELP_PAUSE[];
/* clang-format off */
#define CMD_LINK_OPTIONS                                                       \
    {"stall", 0, "SECONDS", VERB_TEXT, CMD_HELP_STALL},                        \
        {"retries", 0, "NUMBER", VERB_TEXT, CMD_HELP_RETRIES},                 \
        {"pause", 0, "SECONDS", VERB_TEXT, CMD_HELP_PAUSE}
/* clang-format on */
int cmd_link_options(sync_options *out, const verb_arguments *a);
int cmd_sync_progress(void *context, const sync_progress *p);
int cmd_exchange_progress(void *context, const exchange_progress *p);

/* ---- pieces that several verbs share ---- */
extern const verb_option CMD_EXPORT_OPTIONS[];
/* Export as A's options say: from T, or from VERSION of it when not NULL. The
 * layer is word N. */
int cmd_export(territory *t, const verb_arguments *a, size_t n,
               const char *version);
/* Rows of a prepared statement in STYLE; JSON when JSON is 1. TYPES may be
 * NULL: then values speak for themselves. */
struct sqlite3_stmt;
int cmd_print_rows(twin *t, struct sqlite3_stmt *statement,
                   const twin_type *types, enum table_style style, int json);
/* A sync's result as JSON fields / as sentences. */
void cmd_json_result(json_writer *w, const sync_result *r);
void cmd_say_result(buffer *out, const verb_arguments *a, const sync_result *r);
/* What moved of attachments, likewise. */
void cmd_json_files(json_writer *w, const files_result *r);
void cmd_say_files(buffer *out, const files_result *r);

#endif
