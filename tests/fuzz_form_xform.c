/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as an XForm; one that is accepted is opened, gets a
 * repeat of each kind and is written. */
#include "form/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill(const form *f, record *r)
{
    buffer out = {0};
    record_outcome outcome;
    for (size_t i = 0; i < f->item_count && i < 200; i++) {
        form_item *item = f->items[i];
        form_node *above =
                      item->parent ? record_find(r, item->parent->path) : NULL,
                  *node;
        if (above && item->is_repeat &&
            record_add_repeat(&node, r, above, item) == TAWAM_OK && i % 3 == 0)
            record_remove_repeat(r, node);
        node = record_find(r, item->path);
        if (node && node->item && !node->first)
            record_answer(&outcome, r, node, "7");
    }
    record_write(&out, r);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    form *f = NULL;
    record *r = NULL;
    if (form_read_xform(&f, (const char *)data, size) == TAWAM_OK &&
        record_new(&r, f, NULL) == TAWAM_OK)
        fill(f, r);
    record_free(r);
    form_free(f);
    return 0;
}
