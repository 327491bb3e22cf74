/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as an expression, evaluated on a small household. */
#include "form/form.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static form_names *names;
static form_document *household;
static arena *memory;

static void prepare(void)
{
    static const char xml[] =
        "<data id='1'><a>5</a><r><b>1 2</b></r><r><b>2026-05-01</b></r></data>";
    if (form_names_new(&names) || arena_new(&memory) ||
        form_document_read(&household, names, xml, sizeof xml - 1))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xpath_context c = {0};
    xpath_value v;
    xpath *x = NULL;
    const char *text = "";
    char *expression = memory_string_length((const char *)data, size);
    if (!names)
        prepare();
    c.memory = memory;
    c.node = c.top = form_document_top(household);
    if (xpath_compile(&x, names, expression) == TAWAM_OK &&
        xpath_evaluate(&v, x, &c) == TAWAM_OK &&
        xpath_to_text(&text, &v, memory) == TAWAM_OK &&
        strlen(text) == (size_t)-1)
        __builtin_trap();
    xpath_free(x);
    free(expression);
    arena_reset(memory);
    return 0;
}
