/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as XML. */
#include "form/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    form_names *names = NULL;
    form_document *d = NULL;
    buffer text = {0};
    if (form_names_new(&names) == TAWAM_OK &&
        form_document_read(&d, names, (const char *)data, size) == TAWAM_OK)
        form_node_text(&text, form_document_top(d));
    buffer_free(&text);
    form_document_free(d);
    form_names_free(names);
    return 0;
}
