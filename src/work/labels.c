/* SPDX-License-Identifier: MIT */
/* labels: what layers, columns and choices are called, from a dictionary into
 * the replica and into main (labels/LAYER.csv), and from main into every other
 * replica. The setting labels_read remembers what was read last: the commit of
 * main and the number of layers, since a layer may come after its labels. */
#include <stdlib.h>
#include <string.h>
#include "work/dictionary_internal.h"
#include "work/workflow.h"

/* "labels/NAME.csv"; what can't stand in a file name is written %XX. */
static char *path_of(const char *layer)
{
    buffer path = {0};

    buffer_text(&path, "labels/");
    for (const char *c = layer; *c != 0; c++) {
        if (*c == '/' || *c == '\\' || *c == '%' || (c == layer && *c == '.'))
            buffer_format(&path, "%%%02X", (unsigned)(unsigned char)*c);
        else
            buffer_byte(&path, (uint8_t)*c);
    }
    buffer_text(&path, ".csv");
    return buffer_take(&path);
}

/* ---- checking and setting ---- */

/* TAWAM_ENOTFOUND, with the nearest, if LABEL is of no layer or column. */
static int check_label(territory *t, const dictionary_label *label)
{
    const twin_layer *layer = NULL;
    const twin_column *column = NULL;
    int code = twin_layer_find(&layer, t->twin, label->layer);

    if (code == TAWAM_OK && label->column[0] != 0)
        code = twin_column_find(&column, layer, label->column);
    return code;
}

static int set_label(territory *t, const dictionary_label *l)
{
    return twin_set_label(t->twin, l->layer, l->column, l->choice, l->language,
                          l->text);
}

/* TAWAM_EUSAGE with line and nearest name for the first label of nothing. */
static int check_all(territory *t, const dictionary *d)
{
    int code = TAWAM_OK;

    for (size_t i = 0; i < d->count && code == TAWAM_OK; i++) {
        code = check_label(t, &d->labels[i]);
        if (code == TAWAM_ENOTFOUND) {
            error_add(_("line %lld"), (long long)d->labels[i].line);
            code = TAWAM_EUSAGE;
        }
    }
    return code;
}

/* Set what can be set, in one transaction; what names no layer or column of
 * this replica is passed over. */
static int set_all(territory *t, const dictionary *d)
{
    int code = twin_begin(t->twin);

    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < d->count && code == TAWAM_OK; i++) {
        code = check_label(t, &d->labels[i]);
        if (code == TAWAM_OK) {
            code = set_label(t, &d->labels[i]);
        } else if (code == TAWAM_ENOTFOUND) {
            error_clear();
            code = TAWAM_OK;
        }
    }
    if (code == TAWAM_OK)
        return twin_commit(t->twin);
    twin_rollback(t->twin);
    return code;
}

/* ---- publishing ---- */

/* What main says now of LAYER, with the labels of NEWER over it, as a file. */
static int file_of(sync_file *out, territory *t, const dictionary *newer,
                   const char *layer)
{
    dictionary *d = NULL;
    buffer text = {0};
    char *path = path_of(layer);
    int code = path ? dictionary_new(&d) : TAWAM_EMEMORY;

    if (code == TAWAM_OK && sync_read_main(&text, t->sync, path) == TAWAM_OK &&
        text.length > 0)
        code = dictionary_read(d, (const char *)text.data, text.length);
    for (size_t i = 0; code == TAWAM_OK && i < newer->count; i++)
        if (text_equal_nocase(newer->labels[i].layer, layer))
            code = dictionary_put(d, &newer->labels[i]);
    buffer_clear(&text);
    if (code == TAWAM_OK) {
        dictionary_write(&text, d, layer);
        code = buffer_check(&text);
    }
    if (code == TAWAM_OK) {
        out->path = path;
        out->length = text.length;
        out->bytes = text.data;
        memset(&text, 0, sizeof text);
        path = NULL;
    }
    buffer_free(&text);
    dictionary_free(d);
    free(path);
    return code;
}

/* 1 if the layer of label I was named by an earlier label. */
static int named_before(const dictionary *d, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (text_equal_nocase(d->labels[before].layer, d->labels[i].layer))
            return 1;
    return 0;
}

/* Write labels/LAYER.csv for every layer that D names, as one commit of
 * main; TAWAM_ENO when main moved meanwhile (sync, then again). */
static int publish(int64_t *layers, territory *t, const dictionary *d)
{
    sync_file *files = memory_array(d->count + 1, sizeof *files);
    size_t count = 0;
    buffer message = {0};
    int code = files ? TAWAM_OK : TAWAM_EMEMORY;

    buffer_text(&message, "Labels of ");
    for (size_t i = 0; i < d->count && code == TAWAM_OK; i++) {
        const twin_layer *layer = NULL;
        if (named_before(d, i))
            continue;
        code = twin_layer_find(&layer, t->twin, d->labels[i].layer);
        if (code != TAWAM_OK)
            break;
        buffer_format(&message, "%s%s", count ? ", " : "", layer->name);
        code = file_of(&files[count], t, d, layer->name);
        count += code == TAWAM_OK;
    }
    if (code == TAWAM_OK)
        code = buffer_check(&message);
    if (code == TAWAM_OK && count > 0)
        code =
            sync_write_main(t->sync, files, count, (const char *)message.data);
    *layers = (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        free((char *)(uintptr_t)files[i].path);
        free((void *)(uintptr_t)files[i].bytes);
    }
    free(files);
    buffer_free(&message);
    return code;
}

int work_labels(work_labels_result *out, territory *t, const char *file)
{
    buffer text = {0};
    dictionary *d = NULL;
    int64_t layers = 0;
    int code = file_read(&text, file, DICTIONARY_FILE_MAX);

    if (code == TAWAM_OK)
        code = dictionary_new(&d);
    if (code == TAWAM_OK)
        code = dictionary_read(d, text.data ? (const char *)text.data : "",
                               text.length);
    if (code == TAWAM_OK)
        code = check_all(t, d);
    if (code == TAWAM_OK)
        code = publish(&layers, t, d);
    if (code == TAWAM_OK)
        code = work_labels_refresh(t);
    if (code == TAWAM_OK)
        *out = (work_labels_result){d->rows, (int64_t)d->count, layers};
    dictionary_free(d);
    buffer_free(&text);
    return code;
}

/* ---- reading again ---- */

/* Read labels/LAYER.csv of main into D, where there is one that can be read:
 * a file somebody broke by hand must not stop a sync. */
static int read_published(dictionary *d, territory *t, const char *layer)
{
    buffer text = {0};
    char *path = path_of(layer);
    int code =
        path != NULL ? sync_read_main(&text, t->sync, path) : error_memory();

    if (code == TAWAM_OK && text.length > 0 &&
        text.length <= DICTIONARY_FILE_MAX)
        code = dictionary_read(d, (const char *)text.data, text.length);
    buffer_free(&text);
    free(path);
    if (code == TAWAM_EMEMORY || code == TAWAM_EENVIRONMENT)
        return code; /* not read: the next time */
    error_clear();
    return TAWAM_OK;
}

int work_labels_refresh(territory *t)
{
    char main_id[SYNC_ID_SIZE] = "";
    char *last = NULL;
    char *present = NULL;
    dictionary *d = NULL;
    size_t layers = twin_layer_count(t->twin);
    int code = TAWAM_OK;

    code = work_main(main_id, t);
    if (code != TAWAM_OK || !main_id[0])
        return code;
    present = memory_format("%s %zu", main_id, layers);
    if (present == NULL)
        return TAWAM_EMEMORY;
    code = twin_setting(&last, t->twin, "labels_read");
    if ((code != TAWAM_OK && code != TAWAM_ENOTFOUND) ||
        (last && strcmp(last, present) == 0))
        goto cleanup;
    code = dictionary_new(&d);
    for (size_t i = 0; i < layers && code == TAWAM_OK; i++)
        code = read_published(d, t, twin_layer_at(t->twin, i)->name);
    if (code == TAWAM_OK)
        code = set_all(t, d);
    if (code == TAWAM_OK)
        code = twin_set_setting(t->twin, "labels_read", present);
cleanup:
    dictionary_free(d);
    free(last);
    free(present);
    return code;
}
