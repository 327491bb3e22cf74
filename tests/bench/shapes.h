/* SPDX-License-Identifier: MIT */
/* Days that are not like the day of workload.h: other texts, numbers, shapes,
 * ids; each a changeset that follows from a seed. What a bar says has to hold
 * on these too, not only on the one census.
 */
#ifndef TAWAM_TESTS_BENCH_SHAPES_H
#define TAWAM_TESTS_BENCH_SHAPES_H

#include "tests/bench/workload.h"

typedef struct shape {
    const char *name;
    void (*fill)(changeset *c, uint64_t seed);
    size_t bytes; /* of seed 1, no dictionary, as measured last */
} shape;

/* ---- parts ---- */

typedef struct easel {
    changeset *set;
    changeset_layer *layer;
    dice d;
    int64_t fid;
} easel;

static easel easel_open(changeset *c, const char *name, twin_geometry type,
                        uint64_t seed)
{
    easel e = {c, NULL, dice_for(seed, 99, strlen(name)), 0};

    changeset_add_layer(&e.layer, c, name, type);
    e.fid = (int64_t)((dice_roll(&e.d) >> 20) << 19);
    return e;
}

static uint32_t easel_column(easel *e, const char *name, twin_type type)
{
    uint32_t index = 0;

    changeset_add_column(&index, e->set, e->layer, name, type);
    return index;
}

/* A row GAP ids on. */
static void easel_row(easel *e, unsigned gap, changeset_operation operation)
{
    e->fid += 1 + (gap ? dice_below(&e->d, 2 * gap) : 0);
    changeset_add_row(e->set, e->layer, e->fid, operation);
}

static void easel_value(easel *e, uint32_t column, twin_value value)
{
    changeset_add_cell(e->set, e->layer, column, &value);
}

static void easel_text(easel *e, uint32_t column, const char *text)
{
    easel_value(e, column,
                (twin_value){.kind = TWIN_KIND_TEXT,
                             .bytes = text,
                             .length = strlen(text)});
}

static void easel_integer(easel *e, uint32_t column, int64_t integer)
{
    easel_value(e, column,
                (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer});
}

static void easel_real(easel *e, uint32_t column, double real)
{
    easel_value(e, column, (twin_value){.kind = TWIN_KIND_REAL, .real = real});
}

static void easel_day(changeset *c, uint64_t seed, size_t rows,
                      workload_day day)
{
    workload w = {.seed = seed, .rows = rows};

    workload_changes(c, &w, &day);
}

/* ---- days of the census ---- */

static void shape_day(changeset *c, uint64_t seed)
{
    easel_day(c, seed, WORKLOAD_ROWS, WORKLOAD_DAY);
}

static void shape_village(changeset *c, uint64_t seed)
{
    easel_day(c, seed, 2000, WORKLOAD_DAY);
}

static void shape_inserts(changeset *c, uint64_t seed)
{
    easel_day(c, seed, WORKLOAD_ROWS, (workload_day){4, 0, 1250, 0});
}

static void shape_deletes(changeset *c, uint64_t seed)
{
    easel_day(c, seed, WORKLOAD_ROWS, (workload_day){5, 0, 0, 1250});
}

/* One column of 1,000 of the rows of a census. */
static void shape_one_column(changeset *c, uint64_t seed, int column)
{
    workload w = {.seed = seed, .rows = WORKLOAD_ROWS};
    workload_day day = {6, 1000, 0, 0};
    workload_edit *edits = workload_edits(&w, &day);
    changeset_layer *layer = workload_layer(c);
    workload_cell cells[WORKLOAD_COLUMNS];

    for (size_t i = 0; i < day.edited; i++) {
        int64_t fid = WORKLOAD_BLOCK + (int64_t)edits[i].row;
        workload_row(cells, &w, edits[i].row, fid, day.day);
        changeset_add_row(c, layer, fid, CHANGESET_UPDATE);
        changeset_add_cell(c, layer, (uint32_t)column, &cells[column].value);
    }
    free(edits);
}

static void shape_points(changeset *c, uint64_t seed)
{
    shape_one_column(c, seed, W_GEOM);
}

static void shape_phones(changeset *c, uint64_t seed)
{
    shape_one_column(c, seed, W_PHONE);
}

static void shape_names(changeset *c, uint64_t seed)
{
    shape_one_column(c, seed, W_HEAD);
}

static void shape_spending(changeset *c, uint64_t seed)
{
    shape_one_column(c, seed, W_SPENDING);
}

/* ---- texts ---- */

static const char *const W_FRENCH[] = {
    "le",          "la",          "de",       "et",           "les",
    "un",          "eau",         "est",      "pas",          "une",
    "dans",        "pour",        "depuis",   "avec",         "village",
    "puits",       "route",       "plus",     "maison",       "ecole",
    "pompe",       "sur",         "par",      "qui",          "jours",
    "mois",        "habitants",   "panne",    "citerne",      "president",
    "commune",     "demande",     "travaux",  "chemin",       "pluie",
    "oued",        "nord",        "sud",      "fermee",       "enfants",
    "eleves",      "classe",      "toit",     "fissures",     "mur",
    "reparation",  "technicien",  "passe",    "semaine",      "prochaine",
    "electricite", "compteur",    "coupure",  "lampadaire",   "eteint",
    "cable",       "vole",        "piste",    "impraticable", "hiver",
    "ete",         "debit",       "faible",   "saumatre",     "analyse",
    "prelevee",    "laboratoire", "resultat", "attente",      "association",
    "cotisation",  "impayee",     "gardien",  "absent",       "cle",
    "remise",      "moqaddem",    "voisin",   "conflit",      "terrain",
    "limite",      "borne",       "deplacee", "photo",        "jointe"};
static const char *const W_ARABIC[] = {
    "الماء",    "في",     "من",      "القرية", "البئر",   "على",    "المدرسة",
    "الطريق",   "لا",     "يوجد",    "منذ",    "شهر",     "المضخة", "معطلة",
    "الكهرباء", "انقطاع", "الحي",    "السكان", "يطلبون",  "إصلاح",  "السقف",
    "الجدار",   "متشقق",  "الأطفال", "بعيد",   "عن",      "المركز", "الصحي",
    "جمعية",    "رئيس",   "الجماعة", "زيارة",  "الأسبوع", "القادم", "صورة",
    "مرفقة",    "غير",    "صالح",    "للشرب",  "الشتاء",  "الوادي", "مقطوع"};
static const char *const W_ARABIC_GIVEN[] = {
    "محمد",  "فاطمة", "أحمد",  "خديجة", "حسن",  "عائشة", "يوسف",     "زينب",
    "رشيد",  "نعيمة", "عمر",   "مليكة", "سعيد", "رقية",  "عبد الله", "سميرة",
    "إدريس", "حفيظة", "مصطفى", "لطيفة", "كريم", "نادية", "إبراهيم"};
static const char *const W_ARABIC_FAMILY[] = {
    "برادة",   "العمراني", "بناني",    "العلوي",   "الإدريسي",  "التازي",
    "الوالي",  "بنعلي",    "حداد",     "الشرقاوي", "المنصوري",  "زروال",
    "البخاري", "حمداوي",   "الرحماني", "القدوري",  "السليماني", "العزوزي"};

/* LETTERS or a little more of WORDS, as sentences, into TEXT. */
static void shape_sentences(char *text, size_t letters, dice *d,
                            const char *const *words, unsigned count)
{
    size_t at = 0;

    while (at < letters) {
        const char *word = words[dice_zipf(d, count)];
        if (dice_below(d, 18) == 0)
            at += (size_t)sprintf(text + at, "%u ", 2 + dice_below(d, 300));
        at += (size_t)sprintf(text + at, "%s", word);
        /* A word of its own, as names and slips are. */
        if ((unsigned char)*word < 128 && dice_below(d, 12) == 0)
            text[at - 1 - dice_below(d, 2) % strlen(word)] =
                (char)('a' + dice_below(d, 26));
        at += (size_t)sprintf(text + at, "%s", dice_below(d, 9) ? " " : ". ");
    }
    text[at - 1] = '\0';
}

static void shape_texts(changeset *c, uint64_t seed, size_t rows, size_t least,
                        unsigned more, const char *const *words, unsigned count)
{
    easel e = easel_open(c, "visit", TWIN_NO_GEOMETRY, seed);
    uint32_t remarks = easel_column(&e, "remarks", TWIN_TEXT);
    char text[4096];

    for (size_t i = 0; i < rows; i++) {
        easel_row(&e, 90, CHANGESET_UPDATE);
        shape_sentences(text, least + dice_below(&e.d, more), &e.d, words,
                        count);
        easel_text(&e, remarks, text);
    }
}

static void shape_long(changeset *c, uint64_t seed)
{
    shape_texts(c, seed, 30, 300, 2000, W_FRENCH, W_COUNT(W_FRENCH));
}

static void shape_remarks(changeset *c, uint64_t seed)
{
    shape_texts(c, seed, 500, 30, 160, W_FRENCH, W_COUNT(W_FRENCH));
}

static void shape_arabic(changeset *c, uint64_t seed)
{
    shape_texts(c, seed, 500, 30, 160, W_ARABIC, W_COUNT(W_ARABIC));
}

static void shape_arabic_names(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "household", TWIN_NO_GEOMETRY, seed);
    uint32_t head = easel_column(&e, "head_name", TWIN_TEXT);
    char text[100];

    for (int i = 0; i < 1000; i++) {
        easel_row(&e, 90, CHANGESET_UPDATE);
        sprintf(text, "%s %s",
                W_ARABIC_GIVEN[dice_zipf(&e.d, W_COUNT(W_ARABIC_GIVEN))],
                W_ARABIC_FAMILY[dice_zipf(&e.d, W_COUNT(W_ARABIC_FAMILY))]);
        easel_text(&e, head, text);
    }
}

/* ---- numbers ---- */

/* Samples of water: a dozen measures, each with decimals of its own. */
static void shape_decimals(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "water_sample", TWIN_NO_GEOMETRY, seed);
    uint32_t columns[12];
    char name[32];

    for (int k = 0; k < 12; k++) {
        sprintf(name, "measure_%c", 'a' + k);
        columns[k] = easel_column(&e, name, TWIN_DECIMAL);
    }
    for (int i = 0; i < 400; i++) {
        easel_row(&e, 0, CHANGESET_INSERT);
        for (int k = 0; k < 12; k++) {
            double ten = pow(10, k % 6 + 1), mean = pow(4, k % 5);
            double value = mean * exp(0.4 * dice_bell(&e.d));
            easel_real(&e, columns[k], round(value * ten) / ten);
        }
    }
}

/* As a program computes them, or (NARROW) as a sensor tells them. */
static void shape_reals(changeset *c, uint64_t seed, int narrow)
{
    easel e = easel_open(c, "reading", TWIN_NO_GEOMETRY, seed);
    uint32_t columns[4];
    char name[32];

    for (int k = 0; k < 4; k++) {
        sprintf(name, "value_%c", 'a' + k);
        columns[k] = easel_column(&e, name, TWIN_DECIMAL);
    }
    for (int i = 0; i < 500; i++) {
        easel_row(&e, 0, CHANGESET_INSERT);
        for (int k = 0; k < 4; k++) {
            double value = pow(10, k) * exp(0.4 * dice_bell(&e.d));
            easel_real(&e, columns[k], narrow ? (double)(float)value : value);
        }
    }
}

static void shape_computed(changeset *c, uint64_t seed)
{
    shape_reals(c, seed, 0);
}

static void shape_floats(changeset *c, uint64_t seed)
{
    shape_reals(c, seed, 1);
}

/* ---- cells that are empty, or of another kind ---- */

/* 1,000 rows of which one to three of 18 columns are emptied. */
static void shape_emptied(changeset *c, uint64_t seed)
{
    workload w = {.seed = seed, .rows = WORKLOAD_ROWS};
    workload_day day = {7, 1000, 0, 0};
    workload_edit *edits = workload_edits(&w, &day);
    changeset_layer *layer = workload_layer(c);
    twin_value nothing = {.kind = TWIN_KIND_NULL};

    for (size_t i = 0; i < day.edited; i++) {
        changeset_add_row(c, layer, WORKLOAD_BLOCK + (int64_t)edits[i].row,
                          CHANGESET_UPDATE);
        for (uint32_t k = 0; k < WORKLOAD_COLUMNS; k++)
            if (edits[i].columns >> k & 1)
                changeset_add_cell(c, layer, k, &nothing);
    }
    free(edits);
}

/* 500 rows of 60 columns, one in ten answered. */
static void shape_sparse(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "survey", TWIN_NO_GEOMETRY, seed);
    uint32_t columns[60];
    char name[32];

    for (int k = 0; k < 60; k++) {
        sprintf(name, "question_%d", k + 1);
        columns[k] = easel_column(&e, name, TWIN_INTEGER);
    }
    for (int i = 0; i < 500; i++) {
        easel_row(&e, 0, CHANGESET_INSERT);
        for (int k = 0; k < 60; k++)
            if (dice_below(&e.d, 10) == 0)
                easel_integer(&e, columns[k], 1 + dice_zipf(&e.d, 8));
    }
}

/* Numbers as people type them into a column of text. */
static void shape_typed(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "household", TWIN_NO_GEOMETRY, seed);
    uint32_t column = easel_column(&e, "income", TWIN_TEXT);
    char text[40];

    for (int i = 0; i < 1000; i++) {
        unsigned amount = 100 + dice_below(&e.d, 90) * 50;
        easel_row(&e, 90, CHANGESET_UPDATE);
        switch (dice_below(&e.d, 6)) {
        case 0:
            sprintf(text, "%u DH", amount);
            break;
        case 1:
            sprintf(text, "n/a");
            break;
        default:
            sprintf(text, "%u", amount);
        }
        if (dice_below(&e.d, 3))
            easel_integer(&e, column, amount);
        else
            easel_text(&e, column, text);
    }
}

/* ---- geometries ---- */

static size_t shape_put(char *out, size_t at, const void *bytes, size_t length)
{
    memcpy(out + at, bytes, length);
    return at + length;
}

/* COUNT points from X Y on, a step of some 30 m each, as a line (TYPE 2) or
 * closed, a ring (3); coordinates rounded to 1e-7 unless FULL. */
static size_t shape_line(char *out, dice *d, uint32_t type, uint32_t count,
                         int full)
{
    uint32_t one = 1, points = count + (type == 3);
    double x = -2.6 + 0.6 * dice_unit(d), y = 34.7 + 0.3 * dice_unit(d);
    double box[4] = {1e9, -1e9, 1e9, -1e9};
    double angle = 6.28 * dice_unit(d);
    size_t at = 40, first = 0;

    memcpy(out, "GP\0\3\xe6\x10\0\0", 8);
    at = shape_put(out, at, "\1", 1);
    at = shape_put(out, at, &type, 4);
    if (type == 3)
        at = shape_put(out, at, &one, 4);
    at = shape_put(out, at, &points, 4);
    first = at;
    for (uint32_t i = 0; i < count; i++) {
        double xy[2] = {x, y};
        for (int k = 0; k < 2; k++) {
            xy[k] = full ? xy[k] : round(xy[k] * 1e7) / 1e7;
            box[2 * k] = xy[k] < box[2 * k] ? xy[k] : box[2 * k];
            box[2 * k + 1] = xy[k] > box[2 * k + 1] ? xy[k] : box[2 * k + 1];
        }
        at = shape_put(out, at, xy, 16);
        angle += type == 3 ? 6.28 / count : 0.3 * dice_bell(d);
        x += 0.0003 * cos(angle) * (0.7 + 0.6 * dice_unit(d));
        y += 0.0003 * sin(angle) * (0.7 + 0.6 * dice_unit(d));
    }
    if (type == 3)
        at = shape_put(out, at, out + first, 16);
    memcpy(out + 8, box, 32);
    return at;
}

static void shape_lines(changeset *c, uint64_t seed, uint32_t type, int full)
{
    easel e = easel_open(c, "place", TWIN_ANY_GEOMETRY, seed);
    uint32_t geom = easel_column(&e, "geom", TWIN_GEOMETRY);
    char blob[2048];

    for (int i = 0; i < 200; i++) {
        uint32_t count =
            type == 3 ? 4 + dice_below(&e.d, 5) : 5 + dice_below(&e.d, 30);
        easel_row(&e, 3, CHANGESET_INSERT);
        easel_value(
            &e, geom,
            (twin_value){.kind = TWIN_KIND_BYTES,
                         .bytes = blob,
                         .length = shape_line(blob, &e.d, type, count, full)});
    }
}

static void shape_roads(changeset *c, uint64_t seed)
{
    shape_lines(c, seed, 2, 0);
}

static void shape_drawn_roads(changeset *c, uint64_t seed)
{
    shape_lines(c, seed, 2, 1);
}

static void shape_buildings(changeset *c, uint64_t seed)
{
    shape_lines(c, seed, 3, 0);
}

static void shape_drawn_buildings(changeset *c, uint64_t seed)
{
    shape_lines(c, seed, 3, 1);
}

/* Points that were set with a mouse: all bits of both doubles. */
static void shape_drawn_points(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "street_light", TWIN_POINT, seed);
    uint32_t geom = easel_column(&e, "geom", TWIN_GEOMETRY);
    char blob[29];

    memcpy(blob, "GP\0\1\xe6\x10\0\0\1\1\0\0\0", 13);
    for (int i = 0; i < 1000; i++) {
        double xy[2] = {-2.32 + 0.02 * dice_bell(&e.d),
                        34.92 + 0.01 * dice_bell(&e.d)};
        memcpy(blob + 13, xy, 16);
        easel_row(&e, 0, CHANGESET_INSERT);
        easel_value(
            &e, geom,
            (twin_value){.kind = TWIN_KIND_BYTES, .bytes = blob, .length = 29});
    }
}

/* ---- ids and records ---- */

/* Rows that another program made: ids and uuids at random. */
static void shape_foreign(changeset *c, uint64_t seed)
{
    easel e = easel_open(c, "street_light", TWIN_NO_GEOMETRY, seed);
    uint32_t uuid = easel_column(&e, "uuid", TWIN_TEXT),
             code = easel_column(&e, "code", TWIN_TEXT);
    workload w = {.seed = seed, .random_uuids = 1};
    workload_cell cell;
    char text[20];

    for (unsigned i = 0; i < 1000; i++) {
        e.fid = (int64_t)(dice_roll(&e.d) >> 1);
        changeset_add_row(c, e.layer, e.fid, CHANGESET_INSERT);
        put_uuid(&w, &cell, 1, &e.d);
        easel_value(&e, uuid, cell.value);
        sprintf(text, "L-%05u", i * 7 + dice_below(&e.d, 7));
        easel_text(&e, code, text);
    }
}

static void shape_print_time(char *text, int64_t milliseconds)
{
    sprintf(text, "2026-05-%02dT%02d:%02d:%02d.%03dZ",
            (int)(milliseconds / 86400000) % 28 + 1,
            (int)(milliseconds / 3600000) % 24,
            (int)(milliseconds / 60000) % 60, (int)(milliseconds / 1000) % 60,
            (int)(milliseconds % 1000));
}

/* What a form leaves: begin, end, device, place with accuracy as text, some
 * of several choices, a remark now and then. */
static void shape_records(changeset *c, uint64_t seed)
{
    static const char *const choices[] = {"radio",  "television", "phone",
                                          "fridge", "moped",      "car"};
    static const char *const devices[] = {"collect:4fZ7yqKxT1", "field-2",
                                          "collect:9aBq0PmMw3"};
    easel e = easel_open(c, "record_visit", TWIN_NO_GEOMETRY, seed);
    uint32_t start = easel_column(&e, "start", TWIN_DATETIME),
             end = easel_column(&e, "end", TWIN_DATETIME),
             device = easel_column(&e, "deviceid", TWIN_TEXT),
             place = easel_column(&e, "place", TWIN_TEXT),
             goods = easel_column(&e, "goods", TWIN_TEXT),
             remark = easel_column(&e, "remark", TWIN_TEXT);
    int64_t clock = 9 * 3600000;
    char text[400];

    for (unsigned i = 0; i < 400; i++) {
        easel_row(&e, 0, CHANGESET_INSERT);
        clock += 60000 + (int64_t)dice_below(&e.d, 900000);
        shape_print_time(text, clock);
        easel_text(&e, start, text);
        clock += 180000 + (int64_t)dice_below(&e.d, 1200000);
        shape_print_time(text, clock);
        easel_text(&e, end, text);
        easel_text(&e, device, devices[dice_zipf(&e.d, 3)]);
        sprintf(text, "%.7f %.7f %.1f %.1f", 34.9 + 0.01 * dice_bell(&e.d),
                -2.3 + 0.01 * dice_bell(&e.d), 500 + 60 * dice_bell(&e.d),
                3 + 20 * dice_unit(&e.d) * dice_unit(&e.d));
        easel_text(&e, place, text);
        text[0] = '\0';
        for (int k = 0; k < 6; k++)
            if (dice_below(&e.d, 100) < 80u - 12u * (unsigned)k)
                sprintf(text + strlen(text), "%s%s", text[0] ? " " : "",
                        choices[k]);
        if (text[0])
            easel_text(&e, goods, text);
        if (dice_below(&e.d, 5) == 0) {
            shape_sentences(text, 20 + dice_below(&e.d, 60), &e.d, W_FRENCH,
                            W_COUNT(W_FRENCH));
            easel_text(&e, remark, text);
        }
    }
}

static const shape SHAPES[] = {
    {"a day in the whole census", shape_day, 8382},
    {"the same in a territory of 2,000 rows", shape_village, 7479},
    {"1,250 rows inserted", shape_inserts, 19749},
    {"1,250 rows deleted", shape_deletes, 1337},
    {"1,000 phone numbers", shape_phones, 3674},
    {"1,000 names", shape_names, 3525},
    {"1,000 amounts", shape_spending, 1986},
    {"1,000 points, by GPS", shape_points, 6161},
    {"1,000 points, drawn", shape_drawn_points, 11296},
    {"200 roads, 7 decimals", shape_roads, 13512},
    {"200 roads, drawn", shape_drawn_roads, 38366},
    {"200 buildings, 7 decimals", shape_buildings, 4777},
    {"200 buildings, drawn", shape_drawn_buildings, 12399},
    {"500 remarks", shape_remarks, 13961},
    {"30 long texts", shape_long, 10334},
    {"500 remarks in Arabic", shape_arabic, 7047},
    {"1,000 names in Arabic", shape_arabic_names, 2800},
    {"400 samples of 12 decimals", shape_decimals, 9728},
    {"500 readings of 4 computed reals", shape_computed, 13419},
    {"500 readings of 4 floats", shape_floats, 6196},
    {"1,000 rows with cells emptied", shape_emptied, 2256},
    {"500 rows of 60 columns, sparse", shape_sparse, 3214},
    {"1,000 amounts as people type them", shape_typed, 2141},
    {"1,000 rows with ids and uuids at random", shape_foreign, 23759},
    {"400 records of a form", shape_records, 6979},
};
#define SHAPE_COUNT (sizeof SHAPES / sizeof *SHAPES)

#endif
