/* SPDX-License-Identifier: MIT */
/* Thousands of random changesets come back exactly; the same changes give the
 * same bytes whatever order they were filled in; what was read is written the
 * same again. */
#include "tests/tap.h"
#include "tests/changeset_random.h"

/* C filled again: layers and rows backwards, cells rotated. */
static changeset *refill(const changeset *c)
{
    changeset *other = NULL;
    changeset_layer *layer = NULL;
    uint32_t index = 0;

    changeset_new(&other);
    for (size_t i = c->layer_count; i-- > 0;) {
        const changeset_layer *from = &c->layers[i];
        changeset_add_layer(&layer, other, from->name, from->geometry);
        for (size_t j = 0; j < from->column_count; j++)
            changeset_add_column(&index, other, layer, from->columns[j].name,
                                 from->columns[j].type);
        for (size_t j = from->row_count; j-- > 0;) {
            const changeset_row *row = &from->rows[j];
            changeset_add_row(other, layer, row->fid, row->operation);
            for (uint32_t k = 0; k < row->cell_count; k++) {
                const changeset_cell *cell =
                    &from->cells[row->first_cell + (k + 3) % row->cell_count];
                changeset_add_cell(other, layer, cell->column, &cell->value);
            }
        }
    }
    return other;
}

typedef struct trial {
    int encoded, read, same, again, permuted;
} trial;

/* Filled in another order for one seed in four. */
static void try_seed(trial *t, uint64_t seed)
{
    changeset *c = random_changeset(seed), *back = NULL;
    changeset *other = seed % 4 ? NULL : refill(c);
    buffer bytes = {0}, again = {0}, permuted = {0};

    t->encoded = changeset_encode(&bytes, c) == TAWAM_OK;
    t->read =
        changeset_decode(&back, bytes.data, bytes.length, NULL) == TAWAM_OK;
    if (!t->encoded || !t->read)
        diag("seed %llu: %s", (unsigned long long)seed, error_message());
    t->same = t->read && same_changeset(c, back);
    t->again = t->read && changeset_encode(&again, back) == TAWAM_OK &&
               again.length == bytes.length &&
               memcmp(again.data, bytes.data, bytes.length) == 0;
    t->permuted =
        !other || (changeset_encode(&permuted, other) == TAWAM_OK &&
                   permuted.length == bytes.length &&
                   memcmp(permuted.data, bytes.data, bytes.length) == 0);
    buffer_free(&bytes);
    buffer_free(&again);
    buffer_free(&permuted);
    changeset_free(c);
    changeset_free(back);
    changeset_free(other);
}

/* Places of which there are few, each with a name of its own. */
static void points_beside_words(void)
{
    static const char *const names[] = {"market", "school", "road", "mosque"};
    changeset *c = NULL, *back = NULL;
    changeset_layer *layer = NULL;
    buffer bytes = {0};
    char point[300][29];
    uint32_t name = 0, geom = 0;
    int code;
    changeset_new(&c);
    changeset_add_layer(&layer, c, "visit", TWIN_POINT);
    changeset_add_column(&name, c, layer, "name", TWIN_TEXT);
    changeset_add_column(&geom, c, layer, "geom", TWIN_GEOMETRY);
    for (int64_t i = 0; i < 300; i++) {
        size_t which = (size_t)below(4);
        twin_value text = text_value(names[which], strlen(names[which]));
        twin_value place = bytes_value(point[i], 29);
        point_bytes(point[i], -2.5 + 0.1234 * (double)(which * which),
                    34.9 + 0.0101 * (double)which);
        changeset_add_row(c, layer, i + 1, CHANGESET_INSERT);
        changeset_add_cell(c, layer, name, &text);
        changeset_add_cell(c, layer, geom, &place);
    }
    code = changeset_encode(&bytes, c);
    ok(code == TAWAM_OK, "points that follow from a word are encoded") ||
        (diag("%s", error_message()), 0);
    ok(code == TAWAM_OK &&
           changeset_decode(&back, bytes.data, bytes.length, NULL) ==
               TAWAM_OK &&
           back->layers[0].row_count == 300,
       "and read again");
    buffer_free(&bytes);
    changeset_free(c);
    changeset_free(back);
}

int main(void)
{
    int seeds = getenv("TAWAM_FULL") ? 20000 : 2000;
    int encoded = 0, same = 0, again = 0, permuted = 0;
    trial t = {0};

    for (int i = 1; i <= seeds; i++) {
        try_seed(&t, (uint64_t)i);
        if (!t.same || !t.again || !t.permuted)
            diag("seed %d: same %d again %d permuted %d", i, t.same, t.again,
                 t.permuted);
        encoded += t.encoded;
        same += t.same;
        again += t.again;
        permuted += t.permuted;
    }
    is_int(encoded, seeds, "all random changesets can be encoded");
    is_int(same, seeds, "each comes back with every kind and byte");
    is_int(again, seeds, "what was read is written as the same bytes");
    is_int(permuted, seeds, "the order of filling changes no byte");
    points_beside_words();
    return done_testing();
}
