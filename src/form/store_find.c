/* SPDX-License-Identifier: MIT */
/* Records by their instanceID. */
#include "form/store_internal.h"
#include "form/submission.h"
#include <string.h>

int store_find_by(int64_t *fid, twin *t, const char *layer, const char *column,
                  const char *value)
{
    sqlite3_stmt *find = NULL;
    buffer sql = {0};
    int code;
    buffer_text(&sql, "SELECT fid FROM main.");
    twin_quote(&sql, layer);
    buffer_format(&sql, " WHERE %s = ?1 LIMIT 1", column);
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&find, t, (const char *)sql.data, 1);
    buffer_free(&sql);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(find, 1, value, -1, SQLITE_STATIC);
    code = twin_step(t, find);
    *fid = code > 0 ? sqlite3_column_int64(find, 0) : 0;
    twin_release(find);
    return code < 0 ? code : TAWAM_OK;
}

const char *store_uuid_of(const char *id)
{
    const char *uuid = strncmp(id, "uuid:", 5) == 0 ? id + 5 : NULL;
    return uuid && strlen(uuid) == 36 && strspn(uuid, "0123456789abcdef-") == 36
               ? uuid
               : NULL;
}

int store_find(int64_t *fid, twin *t, const char *layer, const char *id,
               int older)
{
    const char *uuid = store_uuid_of(id);
    int code = TAWAM_OK;
    *fid = 0;
    if (!*id)
        return code;
    code = store_find_by(fid, t, layer, "instance_id", id);
    if (code == TAWAM_OK && !*fid && older)
        code = store_find_by(fid, t, layer, "deprecated_id", id);
    if (code == TAWAM_OK && !*fid && uuid)
        code = store_find_by(fid, t, layer, "uuid", uuid);
    return code;
}

int submission_find(int64_t *fid, twin *t, const form *f,
                    const char *instance_id)
{
    const twin_layer *layer = NULL;
    buffer name = {0};
    int code = form_record_layer(&name, f->id), found = TAWAM_OK;
    *fid = 0;
    if (code == TAWAM_OK)
        found = twin_layer_find(&layer, t, (const char *)name.data);
    if (found == TAWAM_ENOTFOUND)
        error_clear(); /* no record yet */
    else if (found != TAWAM_OK)
        code = found;
    else if (code == TAWAM_OK)
        code = store_find(fid, t, layer->name, instance_id, 1);
    buffer_free(&name);
    return code;
}
