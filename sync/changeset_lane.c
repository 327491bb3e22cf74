/* SPDX-License-Identifier: MIT */
/* One column's cells through the coder, both ways.
 *
 *   lane:  method | irregular? classes | regular values | irregular ones
 *
 * Regular cells are of one kind and fit the lane's method; all others (NULL, a
 * text among integers, -0.0 among decimals) have a class of their own and are
 * written out as they are, so every value's kind and bytes survive.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sync/changeset_internal.h"

twin_value *lane_value(const lane *l, size_t index)
{
    return &l->layer->cells[l->cells[index].cell].value;
}

int64_t lane_fid(const lane *l, size_t index)
{
    return l->layer->rows[l->cells[index].row].fid;
}

int lane_open(lane *l, codec *x, changeset_layer *layer, uint32_t column,
              const lane_cell *cells, size_t count)
{
    size_t known = known_column(x->known, &layer->columns[column]);

    *l = (lane){.layer = layer,
                .column = column,
                .cells = cells,
                .count = count,
                .regular = count};
    if (known != SIZE_MAX && x->known->lanes[known].is_there)
        l->known = &x->known->lanes[known];
    if (codec_take(x, count * (3 + 2 * sizeof *l->numbers)) < 0)
        return error_code();
    l->classes = memory_array(count, 1);
    l->numbers = memory_array(count, 2 * sizeof *l->numbers);
    l->marks = memory_array(count, 2);
    if (l->classes && l->numbers && l->marks) {
        l->first.values = l->numbers;
        l->first.marks = l->marks;
        l->second.values = l->numbers + count;
        return TAWAM_OK;
    }
    lane_close(l);
    return TAWAM_EMEMORY;
}

void lane_close(lane *l)
{
    sequence_clear(&l->first);
    sequence_clear(&l->second);
    fields_close(l);
    free(l->classes);
    free(l->numbers);
    free(l->marks);
    free(l->words);
    *l = (lane){0};
}

/* Both ways: COUNT values of EACH bytes are made from numbers. Reading: *room
 * for them, in the changeset. */
static int make_rebuilt(char **room, codec *x, size_t count, size_t each)
{
    if (codec_grow(x, count, each) < 0)
        return error_code();
    if (!x->coder.reading || count == 0)
        return TAWAM_OK;
    if (codec_take(x, count * each) < 0)
        return error_code();
    *room = arena_alloc(x->set->memory, count * each);
    return *room ? TAWAM_OK : TAWAM_EMEMORY;
}

static void set_text(twin_value *value, const char *bytes, size_t length)
{
    *value =
        (twin_value){.kind = TWIN_KIND_TEXT, .bytes = bytes, .length = length};
}

static void set_bytes(twin_value *value, const char *bytes, size_t length)
{
    *value =
        (twin_value){.kind = TWIN_KIND_BYTES, .bytes = bytes, .length = length};
}

/* The next regular cell at or after INDEX, or count. */
static size_t regular_from(const lane *l, size_t index)
{
    while (index < l->count && l->classes[index] != CLASS_REGULAR)
        index++;
    return index;
}

#define EACH_REGULAR(l, index)                                                 \
    size_t index = regular_from(l, 0);                                         \
    index < (l)->count;                                                        \
    index = regular_from(l, index + 1)

/* ---- dependence on another lane ---- */

/* The cell of COLUMN in ROW, or SIZE_MAX. */
static size_t find_cell(const changeset_layer *layer, const changeset_row *row,
                        uint32_t column)
{
    size_t low = row->first_cell, high = low + row->cell_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (layer->cells[middle].column < column)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < row->first_cell + row->cell_count &&
        layer->cells[low].column == column)
        return low;
    return SIZE_MAX;
}

void lane_gather_beside(lane *l, const codec *x)
{
    uint8_t *beside = l->marks + l->count;
    size_t at = 0;

    for (EACH_REGULAR(l, i)) {
        const changeset_row *row = &l->layer->rows[l->cells[i].row];
        size_t cell = find_cell(l->layer, row, l->beside);
        beside[at++] = cell == SIZE_MAX ? 0 : x->marks[cell];
    }
    l->first.beside = beside;
}

static void keep_marks(const lane *l, codec *x)
{
    size_t at = 0;

    for (EACH_REGULAR(l, i))
        x->marked[l->column] |= x->marks[l->cells[i].cell] = l->marks[at++];
}

int lane_code_first(lane *l, codec *x)
{
    coder *c = &x->coder;
    twin_type type = l->layer->columns[l->column].type;

    if (l->first.count == 0)
        return TAWAM_OK;
    if (l->as_known) {
        if (l->is_beside && x->coder.reading)
            lane_gather_beside(l, x);
    } else if (l->column > 0) {
        l->is_beside =
            (int)coder_bit(c, &x->models->beside[type], (unsigned)l->is_beside);
        if (l->is_beside) {
            uint64_t back = l->column - 1 - l->beside;
            back = coder_number(c, &x->models->column, back);
            if (back >= l->column)
                return changeset_damaged(_("a column depends on a later one"));
            l->beside = (uint32_t)(l->column - 1 - back);
            lane_gather_beside(l, x);
        }
    }
    if (sequence_code(c, x->models, &l->first) < 0)
        return error_code();
    keep_marks(l, x);
    return TAWAM_OK;
}

/* ---- the methods ---- */

static int code_integers(lane *l, codec *x)
{
    size_t at = 0;

    if (lane_code_first(l, x) < 0)
        return error_code();
    if (x->coder.reading)
        for (EACH_REGULAR(l, i))
            *lane_value(l, i) = (twin_value){.kind = TWIN_KIND_INTEGER,
                                             .integer = l->numbers[at++]};
    return TAWAM_OK;
}

static void code_exponent(lane *l, codec *x)
{
    if (!l->as_known && l->exponent != EXPONENT_EXACT)
        l->exponent =
            coder_tree(&x->coder, x->models->exponent, 4, l->exponent);
}

static int code_decimals(lane *l, codec *x)
{
    size_t at = 0;

    code_exponent(l, x);
    if (lane_code_first(l, x) < 0)
        return error_code();
    if (!x->coder.reading)
        return TAWAM_OK;
    for (EACH_REGULAR(l, i)) {
        double real = decimal_unscale(l->numbers[at++], l->exponent);
        if (!isfinite(real))
            return changeset_damaged(_("a real is not a number"));
        *lane_value(l, i) = (twin_value){.kind = TWIN_KIND_REAL, .real = real};
    }
    return TAWAM_OK;
}

/* One real: what is rarely random is learned, the rest is as it is. */
static double code_real(coder *c, bit_model *upper, double value)
{
    uint64_t bits = 0;
    unsigned low = 64 - REAL_LEARNED;

    memcpy(&bits, &value, 8);
    uint64_t high = coder_tree(c, upper, REAL_LEARNED, (uint32_t)(bits >> low));
    bits = high << low | coder_raw(c, low, bits & ((1ull << low) - 1));
    memcpy(&value, &bits, 8);
    if (c->reading && !isfinite(value)) {
        coder_fault(c, N_("a real is not a number"));
        return 0;
    }
    return value;
}

static int code_reals(lane *l, codec *x)
{
    bit_model *upper = memory_array(1u << REAL_LEARNED, sizeof *upper);

    if (!upper)
        return TAWAM_EMEMORY;
    for (EACH_REGULAR(l, i)) {
        twin_value *value = lane_value(l, i);
        double real = code_real(&x->coder, upper, value->real);
        if (x->coder.reading)
            *value = (twin_value){.kind = TWIN_KIND_REAL, .real = real};
        if (x->coder.fault)
            break;
    }
    free(upper);
    return TAWAM_OK;
}

static int code_dates(lane *l, codec *x)
{
    int is_date = l->method == LANE_DATE;
    int64_t unit = is_date ? 1 : DAY_MILLISECONDS;
    size_t each = is_date ? 10 : 24, at = 0;
    char *room = NULL, print[32];

    if (lane_code_first(l, x) < 0 ||
        make_rebuilt(&room, x, l->regular, each) < 0)
        return error_code();
    if (!x->coder.reading)
        return TAWAM_OK;
    for (EACH_REGULAR(l, i)) {
        int64_t number = l->numbers[at++];
        if (number < DATE_MIN * unit || number >= (DATE_MAX + 1) * unit)
            return changeset_damaged(_("a date is out of range"));
        if (is_date)
            date_print(print, number);
        else
            datetime_print(print, number);
        memcpy(room, print, each);
        set_text(lane_value(l, i), room, each);
        room += each;
    }
    return TAWAM_OK;
}

/* What a uuid follows from, if not from the fid of its row. */
enum {
    UUID_OF_RUN = 0, /* a fid that differs in its lowest bits alone */
    UUID_AGAIN = 1,  /* that of the last cell that was not the row's own */
    UUID_OF_FID = 2, /* any fid */
    UUID_BYTES = 3   /* nothing */
};

typedef struct uuid_models {
    bit_model derived, kind[4], place[TWIN_RUN], version[16], variant[16];
} uuid_models;

/* 16 bytes; the nibbles of version and variant are nearly always the same. */
static void code_uuid(coder *c, uuid_models *m, char text[37])
{
    uint8_t bytes[16] = {0};

    if (!c->reading)
        uuid_scan(bytes, text, 36);
    for (int i = 0; i < 16; i++) {
        bit_model *tree = i == 6 ? m->version : m->variant;
        unsigned high = bytes[i] >> 4, low = bytes[i] & 15;
        if (i == 6 || i == 8)
            high = coder_tree(c, tree, 4, high);
        else
            high = (unsigned)coder_raw(c, 4, high);
        low = (unsigned)coder_raw(c, 4, low);
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    uuid_print(text, bytes);
}

/* The cheapest way to tell of TEXT in the row FID; *OF the fid it follows
 * from. */
static unsigned choose_uuid(int64_t *of, const char text[37], int64_t fid,
                            const char last[37])
{
    int follows = twin_fid_from_uuid(of, text);

    if (follows && *of / TWIN_RUN == fid / TWIN_RUN)
        return UUID_OF_RUN;
    if (strcmp(text, last) == 0)
        return UUID_AGAIN;
    return follows ? UUID_OF_FID : UUID_BYTES;
}

/* TEXT of a cell of row FID, which is not of FID; LAST is the one before. */
static int code_reference(codec *x, uuid_models *m, char text[37], int64_t fid,
                          const char last[37])
{
    coder *c = &x->coder;
    int64_t of = 0;
    unsigned kind = c->reading ? 0 : choose_uuid(&of, text, fid, last);

    kind = coder_tree(c, m->kind, 2, kind);
    switch (kind) {
    case UUID_OF_RUN:
        of = fid / TWIN_RUN * TWIN_RUN +
             coder_tree(c, m->place, TWIN_RUN_BITS, (uint32_t)(of % TWIN_RUN));
        break;
    case UUID_AGAIN:
        if (!*last && !c->fault)
            return changeset_damaged(_("a uuid is that of no cell before"));
        memmove(text, last, 37);
        return TAWAM_OK;
    case UUID_OF_FID:
        of = (int64_t)coder_raw(c, 63, (uint64_t)of);
        break;
    default:
        code_uuid(c, m, text);
        return TAWAM_OK;
    }
    twin_uuid_from_fid(text, of);
    return TAWAM_OK;
}

static int code_uuids(lane *l, codec *x)
{
    coder *c = &x->coder;
    uuid_models models = {0};
    char *room = NULL, text[37] = "", last[37] = "";

    if (make_rebuilt(&room, x, l->regular, 37) < 0)
        return error_code();
    for (EACH_REGULAR(l, i)) {
        twin_value *value = lane_value(l, i);
        int64_t fid = lane_fid(l, i);
        unsigned own = 0;
        twin_uuid_from_fid(text, fid);
        if (!c->reading)
            own = memcmp(text, value->bytes, 36) == 0;
        own = coder_bit(c, &models.derived, own);
        if (!own) {
            if (!c->reading)
                memcpy(text, value->bytes, 36);
            if (code_reference(x, &models, text, fid, last) < 0)
                return error_code();
            memcpy(last, text, 37);
        }
        if (!c->reading)
            continue;
        memcpy(room, text, 37);
        set_text(value, room, 36);
        room += 37;
        if (c->fault)
            break;
    }
    return TAWAM_OK;
}

int word_compare(const twin_value *a, const twin_value *b)
{
    size_t least = a->length < b->length ? a->length : b->length;
    int order = least ? memcmp(a->bytes, b->bytes, least) : 0;

    if (order)
        return order;
    return a->length < b->length ? -1 : a->length > b->length;
}

/* Reading: room for COUNT words after those that the dictionary knows, whose
 * bytes are copied: it may be closed before the set is. */
static int open_words(lane *l, codec *x, uint64_t count)
{
    size_t known = l->as_known ? l->known->word_count : 0;

    if (count > l->regular)
        return changeset_damaged(_("more words than values"));
    if (codec_take(x, (known + (size_t)count) * sizeof *l->words) < 0)
        return error_code();
    l->words = memory_array(known + (size_t)count, sizeof *l->words);
    if (!l->words)
        return TAWAM_EMEMORY;
    l->word_count = known + (size_t)count;
    for (size_t i = 0; i < known; i++) {
        l->words[i] = l->known->words[i];
        if (codec_grow(x, 1, l->words[i].length) < 0 ||
            codec_take(x, l->words[i].length) < 0)
            return error_code();
        l->words[i].bytes =
            arena_copy(x->set->memory, l->words[i].bytes, l->words[i].length);
        if (!l->words[i].bytes)
            return TAWAM_EMEMORY;
    }
    return TAWAM_OK;
}

/* The list of words: at most as many as there are values, besides those that
 * the dictionary knows. */
static int code_word_list(lane *l, codec *x)
{
    size_t known = l->as_known ? l->known->word_count : 0;
    uint64_t count = x->coder.reading ? 0 : l->word_count - known;

    count = coder_number(&x->coder, &x->models->words, count);
    if (x->coder.reading && open_words(l, x, count) < 0)
        return error_code();
    for (size_t i = known; i < l->word_count; i++) {
        twin_value *word = &l->words[i];
        word->kind = TWIN_KIND_TEXT;
        if (codec_string(x, STRING_WORD, &word->bytes, &word->length,
                         SIZE_MAX) < 0)
            return error_code();
        if (i > known && word_compare(word - 1, word) >= 0)
            return changeset_damaged(_("words are doubled or out of order"));
    }
    return TAWAM_OK;
}

static int code_words(lane *l, codec *x)
{
    size_t at = 0;

    if (code_word_list(l, x) < 0 || lane_code_first(l, x) < 0)
        return error_code();
    if (!x->coder.reading)
        return TAWAM_OK;
    for (EACH_REGULAR(l, i)) {
        uint64_t word = (uint64_t)l->numbers[at++];
        if (word >= l->word_count)
            return changeset_damaged(_("a word that is not in the list"));
        *lane_value(l, i) = l->words[word];
    }
    return TAWAM_OK;
}

static int code_texts(lane *l, codec *x)
{
    for (EACH_REGULAR(l, i)) {
        twin_value *value = lane_value(l, i);
        int result = codec_string(x, STRING_TEXT, &value->bytes, &value->length,
                                  SIZE_MAX);
        if (result < 0)
            return result;
        value->kind = TWIN_KIND_TEXT;
    }
    return TAWAM_OK;
}

static int code_blobs(lane *l, codec *x)
{
    size_t at = 0;

    if (lane_code_first(l, x) < 0)
        return error_code();
    for (EACH_REGULAR(l, i)) {
        twin_value *value = lane_value(l, i);
        uint64_t length = (uint64_t)l->numbers[at++];
        int result = codec_bytes(x, STRING_OTHER, &value->bytes, length);
        if (result < 0)
            return result;
        value->length = length;
        value->kind = TWIN_KIND_BYTES;
    }
    return TAWAM_OK;
}

static int code_points(lane *l, codec *x)
{
    char *room = NULL;
    size_t at = 0;

    code_exponent(l, x);
    if (sequence_code(&x->coder, x->models, &l->first) < 0 ||
        sequence_code(&x->coder, x->models, &l->second) < 0 ||
        make_rebuilt(&room, x, l->regular, POINT_BYTES) < 0)
        return error_code();
    if (!x->coder.reading)
        return TAWAM_OK;
    for (EACH_REGULAR(l, i)) {
        double xy[2] = {
            decimal_unscale(l->first.values[at], l->exponent),
            decimal_unscale(l->second.values[at], l->exponent),
        };
        if (!isfinite(xy[0]) || !isfinite(xy[1]))
            return changeset_damaged(_("a real is not a number"));
        shape_print_point(room, xy);
        set_bytes(lane_value(l, i), room, POINT_BYTES);
        room += POINT_BYTES;
        at++;
    }
    return TAWAM_OK;
}

static int code_shapes(lane *l, codec *x)
{
    shape_models *models = memory_new(sizeof *models);
    int result = TAWAM_OK;

    if (!models)
        return TAWAM_EMEMORY;
    models->count.width = 32;
    models->step[0].width = models->step[1].width = 64;
    code_exponent(l, x);
    for (size_t i = 0; i < l->count && result == TAWAM_OK; i++)
        if (l->classes[i] == CLASS_REGULAR)
            result = shape_code(x, models, l->exponent, lane_value(l, i));
    free(models);
    return result;
}

/* ---- classes and irregular cells ---- */

static void code_classes(lane *l, codec *x)
{
    coder *c = &x->coder;
    twin_type type = l->layer->columns[l->column].type;
    bit_model models[8][8] = {{0}};
    unsigned irregular = l->regular < l->count, before = CLASS_REGULAR;

    if (l->as_known)
        memcpy(models, l->known->classes, sizeof models);
    if (!coder_bit(c, &x->models->irregular[type], irregular))
        return;
    l->regular = 0;
    for (size_t i = 0; i < l->count && !c->fault; i++) {
        before = coder_tree(c, models[before], 3, l->classes[i]);
        l->classes[i] = (uint8_t)before;
        l->regular += before == CLASS_REGULAR;
        if (before > CLASS_BYTES)
            coder_fault(c, N_("unknown class of value"));
    }
    if (l->keep)
        memcpy(l->keep->classes, models, sizeof models);
}

static int code_irregular(codec *x, lane_class class, twin_value *value)
{
    coder *c = &x->coder;
    uint64_t length = 0;

    switch (class) {
    case CLASS_INTEGER:
        value->kind = TWIN_KIND_INTEGER;
        value->integer = coder_signed(c, &x->models->exception, value->integer);
        return TAWAM_OK;
    case CLASS_REAL: {
        uint64_t bits = 0;
        memcpy(&bits, &value->real, 8);
        bits = coder_raw(c, 64, bits);
        memcpy(&value->real, &bits, 8);
        value->kind = TWIN_KIND_REAL;
        if (!isfinite(value->real))
            coder_fault(c, N_("a real is not a number"));
        return TAWAM_OK;
    }
    case CLASS_TEXT:
    case CLASS_BYTES:
        value->kind = class == CLASS_TEXT ? TWIN_KIND_TEXT : TWIN_KIND_BYTES;
        length = coder_number(c, &x->models->length, value->length);
        value->length = (size_t)length;
        return codec_bytes(x, STRING_OTHER, &value->bytes, value->length);
    default:
        return TAWAM_OK;
    }
}

static int code_regular(lane *l, codec *x)
{
    if (x->coder.reading)
        l->first.count = l->second.count = l->regular;
    switch (l->method) {
    case LANE_INTEGER:
        return code_integers(l, x);
    case LANE_DECIMAL:
        return code_decimals(l, x);
    case LANE_REAL:
        return code_reals(l, x);
    case LANE_DATE:
    case LANE_DATETIME:
        return code_dates(l, x);
    case LANE_UUID:
        return code_uuids(l, x);
    case LANE_WORDS:
        return code_words(l, x);
    case LANE_TEXT:
        return code_texts(l, x);
    case LANE_BYTES:
        return code_blobs(l, x);
    case LANE_FIELDS:
        return fields_code(l, x);
    case LANE_POINT:
        return code_points(l, x);
    case LANE_SHAPE:
        return code_shapes(l, x);
    default:
        if (l->regular)
            return changeset_damaged(_("values of no known method"));
        return TAWAM_OK;
    }
}

int lane_role(lane_method method)
{
    static const uint8_t roles[LANE_METHODS] = {
        [LANE_DECIMAL] = ROLE_DECIMAL,   [LANE_DATE] = ROLE_DATE,
        [LANE_DATETIME] = ROLE_DATETIME, [LANE_WORDS] = ROLE_WORDS,
        [LANE_BYTES] = ROLE_LENGTHS,     [LANE_FIELDS] = ROLE_WORDS,
        [LANE_POINT] = ROLE_X,
    };

    return roles[method];
}

/* LANE_EXACT stands for the methods of reals, points and shapes. */
static void code_exact(lane *l, codec *x)
{
    static const lane_method methods[] = {LANE_DECIMAL, LANE_POINT, LANE_SHAPE,
                                          LANE_METHODS};
    uint32_t which = 0;

    while (methods[which] != l->method && which < 3)
        which++;
    l->method = methods[coder_tree(&x->coder, x->models->exact, 2, which)];
    l->exponent = EXPONENT_EXACT;
}

/* Method and all that goes with it: as the dictionary has it, or told. */
static int code_method(lane *l, codec *x)
{
    coder *c = &x->coder;
    twin_type type = l->layer->columns[l->column].type;
    uint32_t method = l->exponent == EXPONENT_EXACT ? LANE_EXACT : l->method;

    if (l->known)
        l->as_known = (int)coder_bit(c, &x->models->lane_known[type],
                                     (unsigned)l->as_known);
    if (l->as_known && c->reading)
        lane_take_known(l, x);
    else if (!l->as_known)
        method = coder_tree(c, x->models->method[type], 4, method);
    if (!l->as_known && method == LANE_EXACT)
        code_exact(l, x);
    else if (!l->as_known)
        l->method = method;
    if (l->method >= LANE_METHODS)
        return changeset_damaged(_("unknown method of a column"));
    l->first.role = lane_role(l->method);
    l->second.role = ROLE_Y;
    return TAWAM_OK;
}

void lane_take_known(lane *l, const codec *x)
{
    const lane_known *k = l->known;

    l->as_known = 1;
    l->method = k->method;
    l->exponent = k->exponent;
    l->is_beside = k->is_beside;
    if (k->is_beside)
        l->beside = known_column_here(x->known, k->beside, l->layer);
    l->first.known = &k->first;
    l->second.known = &k->second;
}

int lane_code(lane *l, codec *x)
{
    coder *c = &x->coder;

    if (lane_keep(l, x) < 0 || code_method(l, x) < 0)
        return error_code();
    code_classes(l, x);
    if (!c->fault && code_regular(l, x) < 0)
        return error_code();
    for (size_t i = 0; i < l->count && !c->fault; i++)
        if (l->classes[i] != CLASS_REGULAR &&
            code_irregular(x, l->classes[i], lane_value(l, i)) < 0)
            return error_code();
    if (c->fault)
        return changeset_damaged("%s", _(c->fault));
    return lane_kept(l, x);
}
