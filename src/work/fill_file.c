/* SPDX-License-Identifier: MIT */
/* Files as answers: the path that was typed is copied into the territory's
 * attachments, and the answer is what a cell that names it holds. Without a
 * territory it is the file's name, as in a submission. */
#include "work/fill_internal.h"
#include "sync/files.h"
#include <stdlib.h>
#include <string.h>

/* "~" is the shell's; file:// and quotes come with what is pasted. */
static char *clean_path(const char *typed)
{
    size_t length = strlen(typed);
    while (length && strchr(" \t\r\n", typed[length - 1]))
        length--;
    while (length && strchr(" \t", *typed)) {
        typed++;
        length--;
    }
    if (length > 7 && strncmp(typed, "file://", 7) == 0) {
        typed += 7;
        length -= 7;
    }
    if (length > 1 && strchr("'\"", *typed) && typed[length - 1] == *typed) {
        typed++;
        length -= 2;
    }
    return memory_string_length(typed, length);
}

int fill_typed_file(buffer *out, fill *f, const fill_question *q,
                    const char *typed)
{
    char *path = clean_path(typed), value[FILES_VALUE_SIZE];
    files_key key;
    int code = path ? TAWAM_OK : TAWAM_EMEMORY;
    (void)q;
    if (code == TAWAM_OK && (!file_exists(path) || file_is_folder(path)))
        code = fill_not_understood(_("there is no file %.200s"), typed);
    else if (code == TAWAM_OK && f->territory) {
        code = files_take_in(&key, f->territory->sync, path);
        if (code == TAWAM_EUSAGE)
            code = TAWAM_ENO;
        if (code == TAWAM_OK)
            buffer_text(out, files_key_value(value, &key));
    } else if (code == TAWAM_OK)
        buffer_text(out, file_name(path));
    free(path);
    return code;
}
