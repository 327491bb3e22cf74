/* SPDX-License-Identifier: MIT */
/* Why a finished record was changed, as a change of its audit says it. */
#include "work/forms.h"
#include <string.h>
#include "form/audit.h"

int work_change_reasons(buffer *out, const sync_change_cell *cell)
{
    const twin_value *after = &cell->after, *before = &cell->before;
    int has_before = cell->has_before && before->kind == TWIN_KIND_BYTES;
    size_t length = out->length;
    int code;

    if (strcmp(cell->column, "audit") != 0 || cell->type != TWIN_BLOB ||
        !cell->has_after || after->kind != TWIN_KIND_BYTES)
        return TAWAM_OK;
    code = audit_new_reasons(out, has_before ? before->bytes : NULL,
                             has_before ? before->length : 0, after->bytes,
                             after->length);
    if (code == TAWAM_OK || code == TAWAM_EMEMORY)
        return code;
    out->length = length;
    error_clear();
    return TAWAM_OK;
}
