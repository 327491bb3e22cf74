/* SPDX-License-Identifier: MIT */
/* Fuzzing of the GeoJSON reader. For any input: both passes end the same way
 * after as many features, and a geometry that is taken can be written again. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "exchange/exchange_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_geometry(const source_cell *cell)
{
    buffer text = {0}, again = {0};
    const twin_value *v = &cell->value;
    if (cell->absent || v->kind != TWIN_KIND_BYTES)
        return;
    assert(geometry_check(v->bytes, v->length) == TAWAM_OK);
    assert(geometry_to_geojson(&text, v->bytes, v->length) == TAWAM_OK);
    assert(geometry_from_geojson(&again, (char *)text.data, text.length) ==
           TAWAM_OK);
    buffer_free(&text);
    buffer_free(&again);
}

static int pass(source *s, long *count)
{
    source_row row;
    int result = 0;
    *count = 0;
    while ((result = s->class->next(s, &row)) == 1) {
        ++*count;
        assert(row.count == s->column_count && row.line > 0);
        if (!row.wrong)
            try_geometry(&row.cells[0]);
    }
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", 0);
    source *s = NULL;
    long first = 0, second = 0;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (geojson_source_open_descriptor(&s, fd, "fuzz") < 0) {
        assert(error_message()[0]);
        return 0;
    }
    int result = pass(s, &first);
    if (s->class->rewind(s) < 0)
        abort();
    assert(pass(s, &second) == result && first == second);
    source_close(s);
    return 0;
}
