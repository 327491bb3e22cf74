/* SPDX-License-Identifier: MIT */
/* dictionary: labels as a CSV file, layer,column,choice and one column a
 * language. Column empty: the layer's own label; choice empty: the column's.
 * In memory a list of labels in the order they were first read. */
#ifndef TAWAM_WORK_DICTIONARY_INTERNAL_H
#define TAWAM_WORK_DICTIONARY_INTERNAL_H

#include "base/base.h"

#define DICTIONARY_FILE_MAX (4u << 20) /* bytes */
#define DICTIONARY_LABELS_MAX 20000

typedef struct dictionary_label {
    const char *layer, *column, *choice, *language, *text;
    int64_t line; /* of the file, from 1 */
} dictionary_label;

typedef struct dictionary {
    arena *memory;
    dictionary_label *labels;
    size_t count, capacity;
    int64_t rows; /* lines read that held something */
} dictionary;

int dictionary_new(dictionary **out);
void dictionary_free(dictionary *d);
/* Read CSV text; a label already there gets the new text. TAWAM_EUSAGE names
 * the line. */
int dictionary_read(dictionary *d, const char *text, size_t length);
/* Add one label, or change its text; strings are copied. */
int dictionary_put(dictionary *d, const dictionary_label *label);
/* As CSV: the labels of LAYER (ASCII case-insensitively) alone. */
void dictionary_write(buffer *out, const dictionary *d, const char *layer);

#endif
