/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as an audit; what is read is written again, and that
 * is read to the same events. */
#include <stdlib.h>
#include <string.h>
#include "form/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same_texts(const audit_event *a, const audit_event *b)
{
    for (size_t i = 0; i < AUDIT_TEXTS; i++)
        if (strcmp(a->texts[i] ? a->texts[i] : "\1",
                   b->texts[i] ? b->texts[i] : "\1") != 0)
            return 0;
    return 1;
}

static int same_place(const audit_event *a, const audit_event *b)
{
    return a->has_place == b->has_place &&
           (!a->has_place ||
            memcmp(&a->place, &b->place, sizeof a->place) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    audit_reader *one = NULL, *two = NULL;
    audit_writer *w = NULL;
    audit_event a, b;
    size_t count = 0;
    if (audit_reader_new(&one, NULL, data, size) != TAWAM_OK)
        return 0;
    if (audit_writer_new(&w, NULL, 0) != TAWAM_OK)
        abort();
    while (audit_next(&a, one) > 0) {
        count++;
        if (audit_add(w, &a) != TAWAM_OK)
            abort();
    }
    if (audit_reader_new(&two, NULL, audit_bytes(w)->data,
                         audit_bytes(w)->length) != TAWAM_OK)
        abort();
    audit_reader_free(one);
    audit_reader_new(&one, NULL, data, size);
    while (count--)
        if (audit_next(&a, one) <= 0 || audit_next(&b, two) <= 0 ||
            a.kind != b.kind || a.number != b.number || a.start != b.start ||
            a.end != b.end || !same_texts(&a, &b) || !same_place(&a, &b))
            abort();
    audit_reader_free(one);
    audit_reader_free(two);
    audit_writer_free(w);
    return 0;
}
