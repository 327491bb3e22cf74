/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as an XML attachment. Rows have cells for the columns
 * there are so far, and all of them are text; what is taken for a table is one
 * as nodes, too, with as many rows. */
#include "tests/fuzz_list.h"

static size_t rows;

static int count_row(void *context, const char *const *cells, size_t count)
{
    rows++;
    return fuzz_list_row(context, cells, count);
}

static size_t count_nodes(const form_node *root)
{
    size_t count = 0;
    for (const form_node *n = root->first; n; n = n->next)
        count += !n->is_text && n->name == root->first->name && !n->attributes;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_list list = {0, 1};
    list_output out = {fuzz_list_column, count_row, &list};
    list_bytes bytes = {(const char *)data, size, 0};
    list_input in = {list_bytes_read, &bytes};
    list_xml_names found;
    form_names *names = NULL;
    form_document *d = NULL;
    rows = 0;
    if (form_names_new(&names) != TAWAM_OK)
        return 0;
    if (list_read_xml(&out, &in, &found, names) == TAWAM_OK) {
        if (form_document_read(&d, names, (const char *)data, size) ==
                TAWAM_OK &&
            count_nodes(form_document_root(d)) != rows)
            abort();
        form_document_free(d);
    }
    form_names_free(names);
    error_clear();
    return 0;
}
