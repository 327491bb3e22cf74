/* SPDX-License-Identifier: MIT */
/* Inside the changeset module: the parts that encode and decode share.
 *
 *   changeset.c           the struct, filling, sorting, counting
 *   changeset_coder.c     the range coder: bits, trees, numbers
 *   changeset_sequence.c  a column of integers, in one of four ways
 *   changeset_choose.c    which way is the cheapest
 *   changeset_known.c     what is kept of a dictionary's columns
 *   changeset_letters.c   strings, letter by letter, or as plain bytes
 *   changeset_schema.c    names and types of layers and columns
 *   changeset_rows.c      ids, operations, which cells a row has
 *   changeset_lane.c      one column's values as classes, integers, text
 *   changeset_fields.c    texts with numbers in them, by templates
 *   changeset_text.c      texts and reals that stand for numbers
 *   changeset_shape.c     geometries as coordinates and back
 *   changeset_plan.c      what the writer chooses for a column
 *   changeset_exponent.c  how many decimals it takes
 *   changeset_frame.c     the zstd frame around it all
 *   changeset_codec.c     layer by layer, both ways
 *   changeset_dictionary.c  what is known before the first row
 *   changeset_encode.c, changeset_decode.c, changeset_print.c
 *
 * Invariant: whatever goes through the range coder is written and read by one
 * and the same function, told the direction by coder.reading. So the two can't
 * disagree, and FORMAT.md describes one procedure.
 */
#ifndef TAWAM_CHANGESET_INTERNAL_H
#define TAWAM_CHANGESET_INTERNAL_H

#include "sync/changeset.h"

/* ---- the frame and its bounds (FORMAT.md, "Bounds") ---- */
#define CHANGESET_MAGIC_SIZE 4      /* 'T' 'C' version flags */
#define CHANGESET_FLAG_LETTERS 1    /* strings are coded, no text part */
#define CHANGESET_FLAG_DICTIONARY 2 /* needs a territory's dictionary */
#define CHANGESET_FLAG_SEALED 4     /* some columns are encrypted */
#define CHANGESET_FLAG_DESTROYED 8  /* some values were destroyed on purpose */

/* What a file of LENGTH bytes may grow to. Fixed by the format, so that a
 * small file can't claim a large machine. */
size_t changeset_content_bound(size_t length); /* bytes inside the frame */
size_t changeset_memory_bound(size_t length);  /* rows, cells, rebuilt bytes */
uint64_t changeset_work_bound(size_t length);  /* coded bits */
#define CHANGESET_ROW_WEIGHT 32    /* bytes a row counts for, by the format */
#define CHANGESET_CELL_WEIGHT 48   /* bytes a cell counts for */
#define CHANGESET_COLUMN_WEIGHT 32 /* bytes a column counts for */

/* CONTENT as one zstd frame, appended to OUT; a block ends at SPLIT. */
int changeset_pack(buffer *out, const buffer *content, size_t split);
/* The content of the one frame in BYTES, into OUT. Checks the size it claims
 * against LIMIT and changeset_content_bound before allocating. */
int changeset_unpack(buffer *out, const void *bytes, size_t length,
                     size_t limit);

/* "damaged changeset: WHAT", TAWAM_EDAMAGED. */
int changeset_damaged(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#define LAYERS_MAX 1000 /* of a changeset, whatever the limits */

/* The order of layers: ASCII lower case, then bytes. */
int changeset_name_compare(const char *a, const char *b);
/* Sort layers, rows, cells; TAWAM_EUSAGE for what can't be written. */
int changeset_sort(changeset *c);
/* No more filling: arrays are as long as their counts. */
void changeset_close_filling(changeset *c);

/* ---- the range coder ---- */
/* Chance that a bit is 1, learned as it goes: upper 22 bits the chance with
 * its top bit inverted (so that zero is one half), lower 10 bits how often it
 * was used. */
typedef uint32_t bit_model;

typedef struct coder {
    int reading;
    uint32_t low, high; /* what is still possible, both ends included */
    uint32_t code;      /* reading: where in it the file stands */
    buffer *out;        /* writing; NULL only measures */
    uint64_t shifted;   /* bytes that left the interval */
    uint64_t work;      /* bits coded, for the bound */
    uint64_t work_bound;
    const uint8_t *in; /* reading */
    size_t length;
    const char *fault; /* reading: the first thing found wrong, or NULL */
} coder;

void coder_write(coder *c, buffer *out); /* OUT NULL: measure */
void coder_read(coder *c, const uint8_t *in, size_t length, uint64_t work);
/* Writing: the last bytes. Reading: TAWAM_OK if all was read and canonical,
 * and no fault was noted. */
int coder_finish(coder *c);
/* Bits used so far, for choosing between ways. */
uint64_t coder_cost(const coder *c);
/* Note a fault (a literal); reading goes on yielding anything. */
void coder_fault(coder *c, const char *what);

#define CHANCE_BITS 22
#define CHANCE_TOP (1u << CHANCE_BITS)
#define SEEN_MASK 1023u
#define SEEN_LIMIT 510u /* a model forgets older bits slowly from here on */
extern const uint16_t BIT_RATES[512];

/* Let go of the bytes that low and high share: there is one. */
void coder_shift(coder *c);
void coder_overworked(coder *c);

/* A bit that is 1 with CHANCE / 2^22. Here, as are the next two, since nearly
 * all time is spent in them. */
static inline unsigned coder_chance(coder *c, uint32_t chance, unsigned bit)
{
    uint32_t middle =
        c->low +
        (uint32_t)(((uint64_t)(c->high - c->low) * chance) >> CHANCE_BITS);

    if (c->reading)
        bit = c->code <= middle;
    if (++c->work > c->work_bound)
        coder_overworked(c);
    if (bit)
        c->high = middle;
    else
        c->low = middle + 1;
    if (!((c->low ^ c->high) >> 24))
        coder_shift(c);
    return bit;
}

/* The model's chance and how often it was used. */
static inline uint32_t bit_chance(bit_model m, unsigned *seen)
{
    *seen = m & SEEN_MASK;
    return (m ^ (1u << 31)) >> 10;
}

/* What it learns from a bit. */
static inline void bit_learn(bit_model *m, unsigned bit)
{
    unsigned seen = 0;
    uint32_t chance = bit_chance(*m, &seen);
    uint64_t rate = BIT_RATES[seen & 511];

    if (bit)
        chance += (uint32_t)(((CHANCE_TOP - 1 - chance) * rate) >> 16);
    else
        chance -= (uint32_t)((chance * rate) >> 16);
    *m = (chance << 10 | (seen + (seen < SEEN_LIMIT))) ^ (1u << 31);
}

/* Each codes its last argument when writing and ignores it when reading;
 * returns the value coded either way. */
unsigned coder_bit(coder *c, bit_model *m, unsigned bit);
uint64_t coder_raw(coder *c, unsigned bits, uint64_t value); /* 0..64 bits */
/* Symbol of BITS (0..16) bits; TREE has 1 << BITS models. */
uint32_t coder_tree(coder *c, bit_model *tree, unsigned bits, uint32_t symbol);
/* TREE learns SYMBOL as if it had been coded. */
void tree_learn(bit_model *tree, unsigned bits, uint32_t symbol);

/* Numbers whose size is not known: bit length, then the bits below the
 * leading one, of which the upper three are learned. */
#define NUMBER_LEARNED 3
typedef struct number_model {
    unsigned width; /* longest bit length that occurs, 0..64 */
    bit_model length[128];
    bit_model top[65][1 << NUMBER_LEARNED];
} number_model;
uint64_t coder_number(coder *c, number_model *m, uint64_t value);
/* The same with a sign (zig-zag). */
int64_t coder_signed(coder *c, number_model *m, int64_t value);

unsigned bit_length(uint64_t value); /* 0 for 0, 64 at most */
uint64_t zigzag(int64_t value);
int64_t unzigzag(uint64_t value);

/* ---- models that live as long as the changeset ---- */
#define ROLES 16 /* sequence.role, below */
typedef struct changeset_models {
    number_model layers, columns;  /* how many */
    bit_model type[16];            /* of a column */
    bit_model geometry[16];        /* of a layer */
    number_model rows, cells;      /* of a layer */
    number_model base, step, list; /* of a sequence */
    number_model words;            /* strings in a list */
    number_model exception;        /* an irregular integer */
    number_model length;           /* bytes of an irregular text or blob */
    bit_model way[ROLES][4];       /* of a sequence */
    bit_model width[ROLES][128];   /* of a sequence or the row ids */
    bit_model context[ROLES][4];
    bit_model method[16][16]; /* of a lane, by column type */
    bit_model irregular[16];  /* a lane has such cells, by type */
    bit_model beside[16];     /* a lane depends on another, by type */
    number_model column;      /* on which */
    bit_model exponent[16];   /* decimals of a lane */
    bit_model exact[4];       /* what LANE_EXACT stands for */
    bit_model presence[4][4]; /* none, all, some; by operation */
    bit_model lists;          /* presence by lists */
    /* where there is a dictionary */
    number_model layer;       /* which of its layers, from 1; 0: another */
    bit_model declared[2];    /* its column is, by the one before */
    bit_model lane_known[16]; /* a lane is told as there, by type */
    bit_model known[ROLES];   /* a sequence is, by role */
    number_model shift;       /* base of such a sequence */
    number_model more;        /* codes that its list has not */
} changeset_models;

/* All models that have seen more than MOST bits act as if they had seen MOST,
 * so that what follows can teach them something else. */
void models_settle(bit_model *models, size_t count, unsigned most);
void number_settle(number_model *m, unsigned most);
void changeset_models_settle(changeset_models *m, unsigned most);

/* ---- integers ---- */
typedef enum sequence_way {
    SEQUENCE_NUMBERS = 0, /* (v - base) / step, each a number */
    SEQUENCE_DELTAS = 1,  /* differences of that to the one before */
    SEQUENCE_SYMBOLS = 2, /* that, each a symbol of WIDTH bits */
    SEQUENCE_CODES = 3    /* place in the sorted list of those that occur */
} sequence_way;

#define SEQUENCE_SYMBOL_BITS 12   /* largest symbols and codes */
#define SEQUENCE_MODELS (1 << 16) /* most models of one sequence */

typedef enum sequence_context {
    CONTEXT_NONE = 0,
    CONTEXT_BEFORE = 1, /* the symbol before */
    CONTEXT_COLUMN = 2  /* the symbol of another column in the row */
} sequence_context;

typedef struct sequence_known sequence_known;

typedef struct sequence {
    int64_t *values;
    size_t count;
    int role; /* which of the shared models tells its header */
    sequence_way way;
    sequence_context context;
    const uint8_t *beside; /* its marks, one a value, or NULL */
    uint8_t *marks;        /* if not NULL gets one a value: 1 + its symbol,
                              0 where it has none below 255 */
    int64_t base;
    uint64_t step;
    unsigned width; /* bits of a symbol / longest number */
    uint64_t *list; /* CODES: distinct (v - base) / step: */
    size_t list_count;
    size_t list_sorted;          /* so many ascend, and those after them */
    const sequence_known *known; /* what the dictionary knows, or NULL */
    int as_known;                /* header and models are those */
    int64_t shift;               /* as known: base is so many steps further */
    int moves;                   /* planning: a base of their own is tried */
    uint16_t *symbols;           /* planned: a symbol a value, or NULL */
    sequence_known *keep;        /* if not NULL gets what was learned */
} sequence;

/* What a dictionary has learned of a sequence; all zero: nothing. */
struct sequence_known {
    int is_there;
    sequence_way way;
    sequence_context context;
    int64_t base;
    uint64_t step;
    unsigned bits; /* of a symbol; one more than was used, if that fits */
    uint64_t *list;
    size_t list_count;
    number_model *number; /* NUMBERS, DELTAS; of any width */
    bit_model *trees;     /* SYMBOLS, CODES: contexts of 1 << bits each */
};
void sequence_known_clear(sequence_known *k);
/* Bytes it takes. */
size_t sequence_known_size(const sequence_known *k);

/* Find base, step and the cheapest way for S's values, or that they are as
 * s->known has it. Allocates s->list. */
int sequence_plan(sequence *s);
/* What S, planned, would cost in bits, about. */
int sequence_measure(uint64_t *cost, const sequence *s);
int sequence_uses_symbols(const sequence *s);
unsigned sequence_symbol_bits(const sequence *s);
size_t sequence_contexts(const sequence *s);
/* 1 if OFFSET is in the list of CODES, and *code. */
int sequence_find_code(const sequence *s, uint64_t offset, uint64_t *code);
/* 1 if S may be coded in CONTEXT without too many models. */
int sequence_context_fits(const sequence *s, sequence_context context);
/* Header and values. Reading: values must have room for count. */
int sequence_code(coder *c, changeset_models *models, sequence *s);
void sequence_clear(sequence *s); /* frees list, not values */

/* Roles: sequences of one role share what they learn about headers. */
enum {
    ROLE_INTEGER = 0,
    ROLE_DECIMAL = 1,
    ROLE_DATE = 2,
    ROLE_DATETIME = 3,
    ROLE_WORDS = 4,
    ROLE_LENGTHS = 5,
    ROLE_X = 6,
    ROLE_Y = 7,
    ROLE_FIELD = 8,
    ROLE_LIST = 14, /* gaps in the list of a sequence's codes */
    ROLE_ROWS = 15  /* gaps between row ids */
};

/* ---- a changeset on its way in or out ---- */
typedef struct letters letters; /* below: strings */

typedef struct layer_known layer_known;

typedef struct codec {
    const changeset_dictionary *dictionary; /* known beforehand, or NULL */
    changeset_dictionary *keep;             /* being made, or NULL */
    const layer_known *known;               /* of the layer at hand, or NULL */
    layer_known *kept;                      /* being made for it, or NULL */
    coder coder;
    changeset_models *models;
    changeset *set;
    letters *letters;    /* strings go through the coder; NULL: */
    buffer *text_out;    /* writing: they go to the text part */
    const char *text_in; /* reading: likewise, from the set's arena */
    size_t text_length, text_position;
    size_t lettered;             /* bytes that went through letters */
    size_t memory, memory_limit; /* reading: bytes allocated, allowed */
    size_t grown, grown_bound;   /* weight by the format, bound */
    size_t rows, cells;          /* so far, over all layers */
    uint8_t *marks;              /* of the layer's cells: sequence.marks */
    uint8_t *marked;             /* by column: 1 if any of its cells has one */
    const changeset_limits *limits;
} codec;

/* Reading: account for BYTES about to be allocated. */
int codec_take(codec *x, size_t bytes);
/* Both ways: account for weight as the format counts it. */
int codec_grow(codec *x, size_t count, size_t each);

/* ---- strings ---- */
/* Where a string stands: it is predicted by others of its kind first. */
enum { STRING_NAME = 0, STRING_WORD = 1, STRING_TEXT = 2, STRING_OTHER = 3 };

/* A string without NUL in it (it ends with one). Reading: *bytes is lent, good
 * as long as the set; longer than MOST bytes is damage. */
int codec_string(codec *x, int kind, const char **bytes, size_t *length,
                 size_t most);
/* LENGTH bytes of anything. */
int codec_bytes(codec *x, int kind, const char **bytes, size_t length);

/* Predicts letters from those before; begins with what LETTERS_KNOWN (in
 * FORMAT.md) taught it. Serves small files: LETTERS_MOST bytes in all. */
#define LETTERS_MOST 65536
/* FROM: what it has learned already, or NULL; it must stay until *out is freed
 * or completed. */
int letters_new(letters **out, const letters *from);
void letters_complete(letters *l); /* it needs FROM no more */
void letters_free(letters *l);
uint8_t letters_code(letters *l, coder *c, int kind, uint8_t letter);

/* Set up for coding; the caller has put the coder in a direction. Frees all
 * but the set. */
int codec_open(codec *x, changeset *set);
void codec_close(codec *x);
/* Everything the coder tells: rows, then lane by lane, of each layer. */
int codec_run(codec *x);

#define DICTIONARY_ID_BYTES 8

/* Decode into X, which is left open and belongs to the caller, who has set its
 * limits: its models have learned the file. *SET is the changeset. */
int changeset_decode_open(codec *x, changeset **set, const void *bytes,
                          size_t length, changeset_find_dictionary find,
                          void *context);
/* C, in order, as a file of OUT. */
int changeset_encode_sorted(buffer *out, changeset *c,
                            const changeset_dictionary *d);

/* Plain bytes before the coded part. */
void varint_write(buffer *out, uint64_t value);
/* Canonical only; advances *position. TAWAM_EDAMAGED names WHAT. */
int varint_read(uint64_t *value, const uint8_t *bytes, size_t length,
                size_t *position, const char *what);

/* Names, types and geometry of a layer: TAWAM_EUSAGE names what is wrong. */
int schema_check(const changeset_layer *layer);
/* All layers with their columns; reading: makes them. */
int schema_code(codec *x);

/* Row ids, operations and which cells each row has. */
int rows_code(codec *x, changeset_layer *layer);

/* ---- a column's values ---- */
typedef enum lane_method {
    LANE_NONE = 0,     /* no regular value */
    LANE_INTEGER = 1,  /* integers */
    LANE_DECIMAL = 2,  /* reals, each integer / 10^exponent exactly */
    LANE_REAL = 3,     /* reals, bit by bit */
    LANE_DATE = 4,     /* text YYYY-MM-DD as days since 1970 */
    LANE_DATETIME = 5, /* text YYYY-MM-DDTHH:MM:SS.mmmZ as ms since 1970 */
    LANE_UUID = 6,     /* text: derived from the row's fid, or 16 bytes */
    LANE_WORDS = 7,    /* text out of a list */
    LANE_TEXT = 8,     /* text, each written out */
    LANE_FIELDS = 9,   /* text with numbers in it, by templates */
    LANE_POINT = 10,   /* points, both coordinates integer / 10^exponent */
    LANE_SHAPE = 11,   /* any geometry, likewise */
    LANE_BYTES = 12,   /* blobs, each written out */
    LANE_EXACT = 13,   /* told for 2, 10 and 11 with EXPONENT_EXACT */
    LANE_METHODS = 14
} lane_method;

typedef enum lane_class {
    CLASS_REGULAR = 0,
    CLASS_NULL = 1,
    CLASS_INTEGER = 2,
    CLASS_REAL = 3,
    CLASS_TEXT = 4,
    CLASS_BYTES = 5
} lane_class;

#define REAL_LEARNED 12  /* upper bits of a real: sign and exponent */
#define LANE_EXPONENT 15 /* most decimals */
/* Instead of an exponent: numbers are places among the doubles, 0 at 0.0, -1
 * and 1 the ones next to it. */
#define EXPONENT_EXACT 16
#define LANE_WHOLE                                                             \
    ((int64_t)1 << 50) /* largest integer that stands for one                  \
                        */

typedef struct lane_cell {
    uint32_t cell; /* in layer->cells */
    uint32_t row;  /* in layer->rows */
} lane_cell;

typedef struct lane_known lane_known;

typedef struct lane {
    changeset_layer *layer;
    uint32_t column;
    const lane_cell *cells;
    size_t count;
    lane_method method;
    unsigned exponent;
    uint8_t *classes; /* count */
    size_t regular;   /* how many are CLASS_REGULAR */
    int64_t *numbers; /* 2 * count: of the first, then the second sequence */
    uint8_t *marks;   /* 2 * count: made by the first, and those beside it */
    int is_beside;    /* the first sequence may depend on another lane: */
    uint32_t beside;  /* on this column's, which stands before */
    sequence first, second;
    twin_value *words; /* LANE_WORDS: the list, sorted by bytes */
    size_t word_count;
    const lane_known *known; /* what the dictionary has of it, or NULL */
    int as_known;            /* method and words are those */
    size_t known_words;      /* words that are the dictionary's */
    lane_known *keep;        /* being made, or NULL */
    sequence *fields; /* LANE_FIELDS: FIELDS_MOST a template, unused ones 0 */
    int64_t *field_numbers; /* their values */
    char *template_bytes;   /* writing: what words point into */
} lane;

/* What a dictionary has learned of a lane. */
struct lane_known {
    int is_there;
    lane_method method;
    unsigned exponent;
    bit_model classes[8][8];
    int is_beside;
    uint32_t beside;   /* in the dictionary's columns */
    twin_value *words; /* bytes in the dictionary's set */
    size_t word_count;
    sequence_known first, second;
    sequence_known *fields; /* LANE_FIELDS: FIELDS_MOST a template */
};

#define FIELDS_MOST 8

struct layer_known {
    const changeset_layer *layer; /* in the dictionary's set */
    bit_model operations[16];
    bit_model *bits;   /* presence: OPERATIONS * columns * 4 */
    lane_known *lanes; /* by column */
    size_t column_count;
};

/* What a dictionary is made of. */
struct changeset_dictionary {
    uint64_t id;
    changeset *set;           /* the sample itself: names, words */
    letters *letters;         /* NULL if its strings were not coded */
    changeset_models *models; /* shared ones */
    layer_known *layers;      /* as the set's, */
    size_t layer_count;       /* so many */
    size_t memory;            /* bytes of all this */
};

/* Counts of bits seen that a dictionary's models keep at most, and those of
 * contexts that it had not. */
#define KNOWN_SEEN 100
#define KNOWN_GUESSED 20

/* Of D: the layer by name, or NULL; the column of K by name and type, or
 * SIZE_MAX. */
const layer_known *dictionary_layer(const changeset_dictionary *d,
                                    const char *name);
size_t known_column(const layer_known *k, const changeset_column *column);
/* The column of LAYER that is number COLUMN of K, or UINT32_MAX. */
uint32_t known_column_here(const layer_known *k, uint32_t column,
                           const changeset_layer *layer);
/* Keeping: before lane L is read, and after, when its words become the
 * dictionary's. */
int lane_keep(lane *l, codec *x);
int lane_kept(lane *l, codec *x);
void lane_known_clear(lane_known *k);
/* L is told as l->known is. */
void lane_take_known(lane *l, const codec *x);
/* Make room in x->keep for all layers; for LAYER: x->kept. */
int layers_keep(codec *x);
int layer_keep(codec *x, const changeset_layer *layer, size_t index);

int lane_open(lane *l, codec *x, changeset_layer *layer, uint32_t column,
              const lane_cell *cells, size_t count);
void lane_close(lane *l);
/* Writing: choose the method, fill classes and sequences. */
int lane_plan(lane *l, codec *x);
/* Code it: reading fills the values of the layer's cells. */
int lane_code(lane *l, codec *x);
/* The role of a method's first sequence; a second one's is ROLE_Y. */
int lane_role(lane_method method);
twin_value *lane_value(const lane *l, size_t index);
int64_t lane_fid(const lane *l, size_t index);
lane_class lane_class_of(const twin_value *value);
/* The first sequence, which may depend on another lane and be depended on. */
int lane_code_first(lane *l, codec *x);
/* The marks of column l->beside in the rows of L's regular cells; of a column
 * that is not here (UINT32_MAX) 0. */
void lane_gather_beside(lane *l, const codec *x);
/* Order of words: bytes, then length. */
int word_compare(const twin_value *a, const twin_value *b);

/* LANE_FIELDS. plan: classes, templates and sequences, if the texts have few
 * enough patterns (*possible); measure: bits, but for the template of each
 * cell (the first sequence). */
int fields_plan(lane *l, codec *x, int *possible);
int fields_measure(uint64_t *cost, const lane *l);
/* The same with the templates of L->known. */
int fields_plan_known(lane *l, codec *x);
int fields_code(lane *l, codec *x);
void fields_close(lane *l);

/* VALUE (not negative) as COUNT digits, without a NUL. */
void print_digits(char *out, int count, int64_t value);
/* value == whole / 10^exponent, bit for bit: 1, and *whole. With EXPONENT_EXACT
 * *whole is its place; -0.0 has none. Back: NaN where no double has that
 * place. */
int decimal_scale(int64_t *whole, double value, unsigned exponent);
double decimal_unscale(int64_t whole, unsigned exponent);

#define EXPONENT_NONE (EXPONENT_EXACT + 1) /* none tells it */

/* How many of a lane's reals or blobs need which exponent at least. */
typedef struct needs {
    size_t of[EXPONENT_NONE + 1];
    size_t total, points; /* blobs that are points */
    uint64_t misfit;      /* what one costs that is told as it is */
} needs;

/* What COST_OF_DECIMAL stands for is 3 1/3 bits; in this unit a real told as
 * it is has 72 bits, and one coordinate of a geometry some 100. */
#define COST_OF_DECIMAL 10
#define COST_OF_REAL 216
#define COST_OF_SHAPE 300

/* Of L's values of KIND, TWIN_KIND_REAL or TWIN_KIND_BYTES. */
needs needs_of(const lane *l, twin_kind kind);
/* How many EXPONENT tells; what all cost then, in the unit above; the exponent
 * with which that is least. */
size_t needs_fitting(const needs *n, unsigned exponent);
uint64_t cost_of_exponent(const needs *n, unsigned exponent);
unsigned best_exponent(const needs *n);

#define DATE_MIN (-719528) /* 0000-01-01 */
#define DATE_MAX 2932896   /* 9999-12-31 */
#define DAY_MILLISECONDS ((int64_t)86400000)

/* Canonical texts: 1 and the number, or 0; and back (OUT: 32 bytes). */
int date_scan(int64_t *days, const char *text, size_t length);
void date_print(char *out, int64_t days);
int datetime_scan(int64_t *milliseconds, const char *text, size_t length);
void datetime_print(char *out, int64_t milliseconds);
int uuid_scan(uint8_t out[16], const char *text, size_t length);
void uuid_print(char out[37], const uint8_t in[16]);

#define POINT_BYTES 29
/* A GeoPackage point as we write them: 1 and x, y; else 0. */
int shape_point(double xy[2], const char *bytes, size_t length);
void shape_print_point(char out[POINT_BYTES], const double xy[2]);

/* What is learned about the geometries of a lane. */
typedef struct shape_models {
    bit_model type[8][8]; /* by the type it is a part of; 0: of none */
    bit_model closed;     /* a ring ends where it began */
    number_model count;   /* points, rings, parts */
    number_model step[2]; /* from one coordinate to the next, x and y */
    uint64_t before[2];   /* the last coordinates, as integers */
} shape_models;

/* 1 if BYTES is a geometry as we write them, with coordinates that are all
 * integer / 10^EXPONENT (or any, EXPONENT_EXACT): then shape_code gives back
 * the same bytes. */
int shape_fits(const char *bytes, size_t length, unsigned exponent);
int shape_code(codec *x, shape_models *models, unsigned exponent,
               twin_value *value);

#endif
