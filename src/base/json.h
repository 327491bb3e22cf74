/* SPDX-License-Identifier: MIT */
/* JSON out: a writer that puts commas and escapes right. (JSON in is
 * jansson's, which owns the plain names json_object() and so on: hence the
 * prefix json_write_.) Appends to a buffer; nesting up to 64, more marks the
 * buffer failed. What it writes is safe to show on a terminal.
 *
 *   json_writer w = {.out = &b};
 *   json_write_object(&w);
 *   json_write_pair(&w, "name", "Zegzel");
 *   json_write_end(&w);
 */
#ifndef TAWAM_BASE_JSON_H
#define TAWAM_BASE_JSON_H

#include "base/memory.h"

typedef struct json_writer {
    buffer *out;
    int indent; /* blanks a level; 0: on one line */
    int depth;
    int after_key;
    char closing[64];
    char filled[64]; /* 1: the level already has an entry */
} json_writer;

void json_write_object(json_writer *w);
void json_write_array(json_writer *w);
void json_write_end(json_writer *w); /* closes the innermost */
void json_write_key(json_writer *w, const char *key);
void json_write_string(json_writer *w, const char *text); /* NULL writes null */
void json_write_string_length(json_writer *w, const char *text, size_t length);
void json_write_integer(json_writer *w, int64_t value);
void json_write_decimal(json_writer *w, double value); /* not finite: null */
void json_write_boolean(json_writer *w, int value);
void json_write_null(json_writer *w);
void json_write_raw(json_writer *w, const char *json); /* already JSON */
/* A 64-bit row id as a string, since 2^53 ends JavaScript's integers. */
void json_write_fid(json_writer *w, int64_t fid);
/* The common pairs in one call. */
void json_write_pair(json_writer *w, const char *key, const char *text);
void json_write_pair_integer(json_writer *w, const char *key, int64_t value);

#endif
