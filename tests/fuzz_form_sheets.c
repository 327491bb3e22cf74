/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as an XLSForm in Markdown; one that is accepted must
 * be an XForm that can be opened. */
#include "form/form.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    workbook *w = NULL;
    form_messages *m = NULL;
    form *f = NULL;
    record *r = NULL;
    buffer xml = {0};
    if (workbook_read_markdown(&w, (const char *)data, size) == TAWAM_OK &&
        form_messages_new(&m) == TAWAM_OK &&
        xlsform_convert(&xml, m, w, "fuzz") == TAWAM_OK &&
        form_read_xform(&f, (const char *)xml.data, xml.length) == TAWAM_OK)
        record_new(&r, f, NULL);
    record_free(r);
    form_free(f);
    buffer_free(&xml);
    form_messages_free(m);
    workbook_free(w);
    return 0;
}
