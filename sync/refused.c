/* SPDX-License-Identifier: MIT */
/* Commits refused because a newer program wrote them. They contribute nothing
 * and their descendants are applied; once this program can read them, the
 * replica is made anew from the log (`tawam repair`). Their ids stand in a
 * setting, so that one refused for another reason is not tried at each look.
 */
#include "sync/sync_internal.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED 500 /* ids; more are found when these are taken up */

int merge_note_newer(merge *m, const char *id)
{
    twin *t = merge_twin(m);
    char *before = NULL, *text = NULL;
    int code = twin_setting(&before, t, REFUSED_NEWER);
    if (code && code != TAWAM_ENOTFOUND)
        return code;
    code = TAWAM_OK;
    if (!before ||
        (!strstr(before, id) && strlen(before) < REMEMBERED * SYNC_ID_SIZE)) {
        text = memory_format("%s%s%s", before ? before : "", before ? " " : "",
                             id);
        code = text ? twin_set_setting(t, REFUSED_NEWER, text) : error_memory();
    }
    free(before);
    free(text);
    return code;
}

int sync_readable_again(int64_t *count, sync_desk *s)
{
    char *ids = NULL, *rest = NULL, *id;
    int64_t again = 0;
    int code = twin_setting(&ids, s->t, REFUSED_NEWER);
    if (code)
        return code == TAWAM_ENOTFOUND ? (*count = 0, TAWAM_OK) : code;
    for (id = strtok_r(ids, " ", &rest); id && code >= 0;
         id = strtok_r(NULL, " ", &rest)) {
        code = merge_can_read(s->m, id);
        again += code > 0;
    }
    free(ids);
    if (code < 0)
        return code;
    *count = again;
    return TAWAM_OK;
}
