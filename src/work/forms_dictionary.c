/* SPDX-License-Identifier: MIT */
/* forms_dictionary: the dictionary that a new territory's main begins with,
 * made of our own forms (data/dictionary), and part of the program: a copy of
 * it alone can begin a territory. */
#include <stdio.h>
#include "work/part_internal.h"

#define FILE_NAME "data/dictionary/forms.dict"

__asm__(".pushsection .rodata\n"
        ".global tawam_forms_begin, tawam_forms_end\n"
        ".hidden tawam_forms_begin, tawam_forms_end\n"
        "tawam_forms_begin:\n"
        ".incbin \"" FILE_NAME "\"\n"
        "tawam_forms_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const uint8_t tawam_forms_begin[] __attribute__((visibility("hidden")));
extern const uint8_t tawam_forms_end[] __attribute__((visibility("hidden")));

int forms_dictionary(sync_file *file, char id[17])
{
    changeset_dictionary *d = NULL;
    size_t length = (size_t)(tawam_forms_end - tawam_forms_begin);
    int code = changeset_dictionary_open(&d, tawam_forms_begin, length);

    if (code != TAWAM_OK)
        return code;
    snprintf(id, 17, "%016llx", (unsigned long long)changeset_dictionary_id(d));
    file->bytes = tawam_forms_begin;
    file->length = length;
    changeset_dictionary_free(d);
    return TAWAM_OK;
}
