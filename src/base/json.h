/* SPDX-License-Identifier: MIT */
/* JSON out: a writer that puts commas and escapes right. (JSON in is
 * jansson's.) Append to a buffer; nesting up to 64.
 *
 *   json_writer w = {.out = &b};
 *   json_object(&w); json_key(&w, "fid"); json_string(&w, "123"); json_end(&w);
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

void json_object(json_writer *w);
void json_array(json_writer *w);
void json_end(json_writer *w); /* closes the innermost */
void json_key(json_writer *w, const char *key);
void json_string(json_writer *w, const char *text); /* NULL writes null */
void json_string_length(json_writer *w, const char *text, size_t length);
void json_integer(json_writer *w, int64_t value);
void json_decimal(json_writer *w, double value); /* not finite: null */
void json_boolean(json_writer *w, int value);
void json_null(json_writer *w);
void json_raw(json_writer *w, const char *json); /* already JSON */
/* A 64-bit row id as a string, since 2^53 ends JavaScript's integers. */
void json_fid(json_writer *w, int64_t fid);
/* The common pairs in one call. */
void json_pair(json_writer *w, const char *key, const char *text);
void json_pair_integer(json_writer *w, const char *key, int64_t value);

#endif
