/* SPDX-License-Identifier: MIT */
/* Files as answers: the path that was typed is copied into the territory's
 * attachments, and the answer is what a cell that names it holds. Without a
 * territory it is the file's name, as in a submission. */
#include "work/fill_internal.h"
#include "form/layout.h"
#include "sync/files.h"
#include <sqlite3.h>
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
    if (code == TAWAM_OK && (!file_exists(path) || file_is_folder(path) > 0))
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

/* ---- when the record is finished ---- */

/* The row whose COLUMN holds VALUE; 0: none. */
static int find_row(int64_t *fid, twin *t, const char *layer,
                    const char *column, const char *value)
{
    sqlite3_stmt *find = NULL;
    buffer sql = {0};
    int code, row;
    buffer_text(&sql, "SELECT max(fid) FROM ");
    twin_quote(&sql, layer);
    buffer_text(&sql, " WHERE ");
    twin_quote(&sql, column);
    buffer_text(&sql, " = ?1");
    code = buffer_check(&sql);
    if (code == TAWAM_OK)
        code = twin_prepare(&find, t, (const char *)sql.data, 0);
    buffer_free(&sql);
    if (code != TAWAM_OK)
        return code;
    sqlite3_bind_text(find, 1, value, -1, SQLITE_STATIC);
    row = twin_step(t, find);
    *fid = row > 0 ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_finalize(find);
    return row < 0 ? row : TAWAM_OK;
}

static int send_file(fill *f, const form_layout *l, const form_node *node,
                     const files_key *key)
{
    twin *t = f->territory->twin;
    const form_layer *of = form_layout_of(l, node->item);
    const form_column *c = form_layer_column(of, FORM_COLUMN_VALUE, node->item);
    const twin_layer *layer = NULL;
    const twin_column *column = NULL;
    int64_t fid = 0;
    int code = c ? find_row(&fid, t, of->name, c->name, node->value) : TAWAM_OK;
    if (code == TAWAM_OK && fid)
        code = twin_layer_find(&layer, t, of->name);
    if (code == TAWAM_OK && fid)
        code = twin_column_find(&column, layer, c->name);
    return code == TAWAM_OK && fid
               ? files_attach(f->territory->sync, layer, fid, column, key)
               : code;
}

int fill_files_send(fill *f)
{
    const form_node *top = record_root(f->record);
    form_layout *l = NULL;
    files_key key;
    int code = TAWAM_OK;
    for (const form_node *n = top; code == TAWAM_OK && n;
         n = form_node_after(n, top, !n->is_hidden)) {
        if (n->is_hidden || !n->item || n->item->type != FORM_BINARY ||
            !files_key_read(&key, n->value, strlen(n->value)))
            continue;
        if (!l)
            code = form_layout_new(&l, f->form);
        if (code == TAWAM_OK)
            code = send_file(f, l, n, &key);
    }
    form_layout_free(l);
    return code;
}
