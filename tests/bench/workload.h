/* SPDX-License-Identifier: MIT */
/* The workload of all measurements of bytes and time: a census of households,
 * 22 columns, and days of edits in it. Used from C (changesets) and, through
 * workload.c, as CSV. Nothing here is a real person.
 *
 * Invariants:
 *  1. Household I of seed S is a function of (S, I) alone, its edited values
 *     of (S, I, day): any part can be made without the rest, and every user
 *     of a seed sees the same rows.
 *  2. Values depend on each other as in a census: communes and douars have
 *     very unequal sizes, a douar's services are alike, persons follow rooms,
 *     visits go douar by douar. What is random in life is random here: phone
 *     numbers, places to the centimetre, spelling slips in remarks.
 *  3. Edits are drawn over the whole table and all columns but uuid, code and
 *     the two place codes: harder than a real day, which is in one douar.
 */
#ifndef TAWAM_TESTS_BENCH_WORKLOAD_H
#define TAWAM_TESTS_BENCH_WORKLOAD_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sync/changeset.h"

#define WORKLOAD_COLUMNS 22
#define WORKLOAD_ROWS 100000 /* the full size */
#define WORKLOAD_TEXT 160    /* bytes of the longest text, with its NUL */

typedef struct workload {
    uint64_t seed;
    size_t rows;      /* of the census before any day */
    int random_uuids; /* 1: version 4, 0: derived from the fid */
} workload;

typedef struct workload_cell {
    twin_value value; /* bytes point to storage */
    char storage[WORKLOAD_TEXT];
} workload_cell;

enum {
    W_UUID,
    W_CODE,
    W_COMMUNE,
    W_DOUAR,
    W_HEAD,
    W_PHONE,
    W_MEMBERS,
    W_CHILDREN,
    W_BIRTH,
    W_DWELLING,
    W_TENURE,
    W_ROOMS,
    W_WATER,
    W_MINUTES,
    W_SANITATION,
    W_ELECTRICITY,
    W_FUEL,
    W_SPENDING,
    W_SCHOOL,
    W_VISITED,
    W_REMARKS,
    W_GEOM
};

static const changeset_column WORKLOAD[WORKLOAD_COLUMNS] = {
    {"uuid", TWIN_TEXT},
    {"code", TWIN_TEXT},
    {"commune_code", TWIN_TEXT},
    {"douar_code", TWIN_TEXT},
    {"head_name", TWIN_TEXT},
    {"phone", TWIN_TEXT},
    {"members", TWIN_INTEGER},
    {"children", TWIN_INTEGER},
    {"head_birth_year", TWIN_INTEGER},
    {"dwelling", TWIN_TEXT},
    {"tenure", TWIN_TEXT},
    {"rooms", TWIN_INTEGER},
    {"water_source", TWIN_TEXT},
    {"water_minutes", TWIN_INTEGER},
    {"sanitation", TWIN_TEXT},
    {"electricity", TWIN_BOOLEAN},
    {"cooking_fuel", TWIN_TEXT},
    {"monthly_spending", TWIN_DECIMAL},
    {"distance_school_km", TWIN_DECIMAL},
    {"visited_on", TWIN_DATE},
    {"remarks", TWIN_TEXT},
    {"geom", TWIN_GEOMETRY},
};

/* ---- chance ---- */

typedef struct dice {
    uint64_t state;
} dice;

static uint64_t dice_roll(dice *d) /* splitmix64 */
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static dice dice_for(uint64_t seed, uint64_t purpose, uint64_t index)
{
    dice d = {seed * 0x9e3779b97f4a7c15ull + purpose * 0xd1342543de82ef95ull +
              index * 0x2545f4914f6cdd1dull};

    dice_roll(&d);
    return d;
}

static unsigned dice_below(dice *d, unsigned limit)
{
    return (unsigned)((dice_roll(d) >> 32) * limit >> 32);
}

static double dice_unit(dice *d) /* 0 to 1 */
{
    return (double)(dice_roll(d) >> 11) / 9007199254740992.0;
}

/* About normal: mean 0, deviation 1; the same on every machine. */
static double dice_bell(dice *d)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += dice_unit(d);
    return sum;
}

/* 0 .. COUNT-1, number k about 1/(k+3) as often as a Zipf law has it. */
static unsigned dice_zipf(dice *d, unsigned count)
{
    double u = dice_unit(d), a = 3.0;
    double value = a * pow((count + a) / a, u) - a; /* density 1/(x+a) */
    unsigned k = (unsigned)value;

    return k < count ? k : count - 1;
}

/* One of COUNT words with these weights in a hundred. */
static unsigned dice_weighted(dice *d, const unsigned char *weights,
                              unsigned count)
{
    unsigned roll = dice_below(d, 100), i = 0;

    while (i + 1 < count && roll >= weights[i])
        roll -= weights[i++];
    return i;
}

/* ---- words ---- */

static const char *const W_GIVEN[] = {
    "Mohammed",     "Fatima",     "Ahmed",   "Khadija",  "Hassan",
    "Aicha",        "Youssef",    "Zineb",   "Rachid",   "Naima",
    "Omar",         "Malika",     "Said",    "Rkia",     "Abdellah",
    "Samira",       "Driss",      "Hafida",  "Mustapha", "Latifa",
    "Karim",        "Nadia",      "Brahim",  "Saida",    "Jamal",
    "Hanane",       "Hamid",      "Ilham",   "Aziz",     "Mina",
    "Abdelkader",   "Yamina",     "Mimoun",  "Rahma",    "El Houssaine",
    "Fadma",        "Bouchra",    "Lahcen",  "Houria",   "Larbi",
    "Touria",       "Miloud",     "Zohra",   "Benaissa", "Karima",
    "Abderrahmane", "Soumia",     "Ali",     "Najat",    "Kaddour",
    "Fatiha",       "Noureddine", "Rabia",   "Tayeb",    "Halima",
    "Azzeddine",    "Jamila",     "Mokhtar", "Keltoum",  "Ilyas"};
static const char *const W_FAMILY[] = {
    "Berrada",      "El Amrani", "Bennani",     "Alaoui",    "Idrissi",
    "Tazi",         "Ouali",     "Benali",      "Haddad",    "Cherkaoui",
    "Mansouri",     "Zeroual",   "Boukhari",    "Hamdaoui",  "Rahmani",
    "Kaddouri",     "Slimani",   "Azzouzi",     "Belkacem",  "Yahyaoui",
    "Ziani",        "Mimouni",   "Lahlou",      "Saidi",     "Bouazza",
    "Jabri",        "Ghazi",     "Tahiri",      "Filali",    "Naciri",
    "Sebti",        "Kettani",   "Lamrani",     "Rifi",      "Zerhouni",
    "Chraibi",      "Belhaj",    "Ouahabi",     "Errami",    "Moussaoui",
    "Znasni",       "Ouchen",    "El Yaacoubi", "Bekkaoui",  "Hammouti",
    "Ben Abdellah", "Aberkane",  "Ramdani",     "Bouchnafa", "El Ghalbzouri",
    "Attou",        "Daoudi",    "Kissi",       "Lakhal",    "Mhamdi",
    "Oujdi",        "Qaddouri",  "Sahli",       "Tlemsani",  "Yousfi"};
static const char *const W_DWELLINGS[] = {
    "moroccan_house", "rural_house", "apartment", "villa", "basic", "other"};
static const char *const W_TENURES[] = {"owner", "tenant", "free", "family",
                                        "other"};
static const char *const W_WATERS[] = {
    "piped",  "public_tap", "protected_well", "borehole", "unprotected_well",
    "spring", "tanker",     "rainwater"};
static const char *const W_SANITATIONS[] = {"flush_sewer", "flush_septic",
                                            "pit_slab", "pit_no_slab", "none"};
static const char *const W_FUELS[] = {"gas", "firewood", "electricity",
                                      "charcoal", "other"};
static const char *const W_NOTES[] = {
    "Household absent, come back in the evening",
    "La maison est en construction, deux pieces habitees",
    "Neighbours say that they moved to Oujda last winter",
    "Puits a sec depuis juillet, eau par citerne chaque semaine",
    "Wants to be told when the road is repaired",
    "Compteur electrique partage avec le voisin",
    "Tap runs only at night",
    "Chef de menage a l'etranger, repond: l'epouse",
    "School bus does not come up here when it rains",
    "Fosse septique pleine, odeur pres du forage",
    "Two households under one roof, counted apart",
    "Refuse de donner le revenu",
    "Solar panel on the roof, pump broken since %u months",
    "Distance mesuree a pied, %u minutes jusqu'a la piste",
    "Phone belongs to the son",
    "Logement secondaire, occupe %u mois par an",
    "Garbage is burned behind the house",
    "Enfants scolarises au village voisin",
    "Roof damaged by the storm, asks for help",
    "Demande un lampadaire pres de la mosquee"};
static const char *const W_FILLERS[] = {
    "voir photo",    "to be checked", "rappeler",          "see %u",
    "near the well", "ancien %u",     "same as last time", "not sure",
    "porte bleue",   "no one knew"};

#define W_COUNT(list) ((unsigned)(sizeof list / sizeof *list))

/* ---- places ---- */

#define W_DOUARS 253
#define W_COMMUNES 16

typedef struct workload_place {
    unsigned commune, douar; /* douar: 0 .. 252 in the whole province */
    double x, y;             /* its centre */
    int rural, piped, sewer; /* 0 .. 100: how common there */
} workload_place;

static workload_place workload_douar(const workload *w, unsigned douar)
{
    dice c = {0}, d = dice_for(w->seed, 2, douar);
    workload_place p = {.douar = douar};
    double u = dice_unit(&d);

    p.commune = (unsigned)(W_COMMUNES * u * u); /* the first ones are towns */
    c = dice_for(w->seed, 1, p.commune);
    p.x = -2.62 + 0.6 * dice_unit(&c) + 0.03 * dice_bell(&d);
    p.y = 34.70 + 0.38 * dice_unit(&c) + 0.02 * dice_bell(&d);
    p.rural = p.commune < 4 ? 15 : 90;
    p.piped = p.rural > 50 ? (int)dice_below(&d, 80) : 92;
    p.sewer = p.rural > 50 ? (int)dice_below(&d, 15) : 80;
    return p;
}

/* Households stand douar by douar, the sizes of douars very unequal. Those
 * that a day adds come from where a team was: 25 in one douar, then the next.
 */
static workload_place workload_place_of(const workload *w, uint64_t i)
{
    double share = (double)i / (double)w->rows;
    double k = W_DOUARS * share * sqrt(share < 1 ? share : 1);

    if (i >= w->rows)
        k = (double)((i / 25 * 2654435761u) % W_DOUARS);
    return workload_douar(w, (unsigned)k % W_DOUARS);
}

/* ---- one household ---- */

static void put_text(workload_cell *c, const char *text)
{
    size_t length = strlen(text);

    if (length >= sizeof c->storage)
        length = sizeof c->storage - 1;
    memmove(c->storage, text, length);
    c->storage[length] = '\0';
    c->value = (twin_value){
        .kind = TWIN_KIND_TEXT, .bytes = c->storage, .length = length};
}

static void put_integer(workload_cell *c, int64_t integer)
{
    c->value = (twin_value){.kind = TWIN_KIND_INTEGER, .integer = integer};
}

static void put_real(workload_cell *c, double real)
{
    c->value = (twin_value){.kind = TWIN_KIND_REAL, .real = real};
}

static void put_remark(workload_cell *c, dice *d)
{
    char text[WORKLOAD_TEXT], end[48];
    size_t length = 0;

    snprintf(text, sizeof text, W_NOTES[dice_zipf(d, W_COUNT(W_NOTES))],
             2 + dice_below(d, 40));
    length = strlen(text);
    if (dice_below(d, 100) < 45) {
        snprintf(end, sizeof end, W_FILLERS[dice_zipf(d, W_COUNT(W_FILLERS))],
                 1 + dice_below(d, 900));
        snprintf(text + length, sizeof text - length, "; %s", end);
    }
    /* One in five has a slip of the finger. */
    length = strlen(text);
    if (dice_below(d, 5) == 0)
        text[dice_below(d, (unsigned)length)] = (char)('a' + dice_below(d, 26));
    put_text(c, text);
}

static void put_geom(workload_cell *c, const workload_place *p, dice *d)
{
    double spread = p->rural > 50 ? 0.006 : 0.003;
    double xy[2] = {round((p->x + spread * dice_bell(d)) * 1e7) / 1e7,
                    round((p->y + spread * dice_bell(d)) * 1e7) / 1e7};

    memcpy(c->storage, "GP\0\1\xe6\x10\0\0\1\1\0\0\0", 13);
    memcpy(c->storage + 13, xy, 16);
    c->value = (twin_value){
        .kind = TWIN_KIND_BYTES, .bytes = c->storage, .length = 29};
}

/* DAYS after 2026-03-02, as a date. */
static void put_date(workload_cell *c, unsigned days)
{
    static const unsigned char lengths[] = {31, 30, 31, 30, 31,
                                            31, 30, 31, 30, 31};
    char text[16];
    unsigned month = 0;

    for (days += 1; month < 9 && days >= lengths[month]; month++)
        days -= lengths[month];
    snprintf(text, sizeof text, "2026-%02u-%02u", month + 3, days + 1);
    put_text(c, text);
}

static void put_uuid(const workload *w, workload_cell *c, int64_t fid, dice *d)
{
    char text[40];
    uint64_t a = dice_roll(d), b = dice_roll(d);

    if (!w->random_uuids)
        twin_uuid_from_fid(text, fid);
    else
        snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx",
                 (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                 (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                 (unsigned long long)(b & 0xffffffffffffull));
    put_text(c, text);
}

static void put_people(workload_cell cells[WORKLOAD_COLUMNS],
                       const workload_place *p, dice *d)
{
    static const unsigned char operators[] = {30, 22, 16, 10, 8, 6, 4, 4};
    char text[WORKLOAD_TEXT];
    double size = (p->rural > 50 ? 4.9 : 4.0) + 1.8 * dice_bell(d);
    int members = size < 1 ? 1 : (int)size, children = 0;

    snprintf(text, sizeof text, "%s %s",
             W_GIVEN[dice_zipf(d, W_COUNT(W_GIVEN))],
             W_FAMILY[dice_zipf(d, W_COUNT(W_FAMILY))]);
    put_text(&cells[W_HEAD], text);
    for (int i = 1; i < members; i++)
        children += dice_below(d, 100) < 38;
    put_integer(&cells[W_MEMBERS], members);
    put_integer(&cells[W_CHILDREN], children);
    put_integer(&cells[W_BIRTH],
                1974 + (int)(13 * dice_bell(d)) - (children ? 0 : 4));
    if (dice_below(d, 100) < 74) {
        snprintf(text, sizeof text, "0%u%06u",
                 600 + 11 * dice_weighted(d, operators, W_COUNT(operators)) +
                     dice_below(d, 11),
                 dice_below(d, 1000000));
        put_text(&cells[W_PHONE], text);
    }
    double rooms = 1.2 + 0.35 * members + 0.9 * dice_bell(d);
    put_integer(&cells[W_ROOMS], rooms < 1 ? 1 : (int)rooms);
    double spending = (1100 + 420 * members) * exp(0.35 * dice_bell(d));
    put_real(&cells[W_SPENDING], 50 * floor(spending / 50));
}

static void put_dwelling(workload_cell cells[WORKLOAD_COLUMNS],
                         const workload_place *p, dice *d)
{
    static const unsigned char rural[] = {12, 70, 1, 1, 13, 3},
                               town[] = {58, 3, 27, 5, 5, 2},
                               tenures[] = {64, 17, 9, 8, 2},
                               wells[] = {0, 26, 24, 14, 15, 10, 8, 3},
                               pits[] = {4, 26, 38, 22, 10},
                               fuels[] = {71, 21, 4, 3, 1};
    unsigned water = (int)dice_below(d, 100) < p->piped
                         ? 0
                         : dice_weighted(d, wells, W_COUNT(wells));
    unsigned sanitation = (int)dice_below(d, 100) < p->sewer
                              ? 0
                              : dice_weighted(d, pits, W_COUNT(pits));

    put_text(&cells[W_DWELLING],
             W_DWELLINGS[dice_weighted(d, p->rural > 50 ? rural : town, 6)]);
    put_text(&cells[W_TENURE],
             W_TENURES[dice_weighted(d, tenures, W_COUNT(tenures))]);
    put_text(&cells[W_WATER], W_WATERS[water]);
    if (water)
        put_integer(&cells[W_MINUTES], 5 * (1 + dice_zipf(d, 20)));
    put_text(&cells[W_SANITATION], W_SANITATIONS[sanitation]);
    put_integer(&cells[W_ELECTRICITY],
                dice_below(d, 1000) < (p->rural > 50 ? 930 : 992));
    put_text(&cells[W_FUEL], W_FUELS[p->rural > 50 ? dice_weighted(d, fuels, 5)
                                                   : dice_zipf(d, 100) >= 45]);
    double school = p->rural > 50 ? 1.5 + p->douar % 7 * 0.8 : 0.6;
    school += 0.4 * dice_bell(d);
    put_real(&cells[W_SCHOOL], school < 0 ? 0 : floor(school * 10) / 10);
}

/* Household I, for a row FID; VERSION 0 at first, else the day of an edit. A
 * cell that is NULL has that kind. */
static void workload_row(workload_cell cells[WORKLOAD_COLUMNS],
                         const workload *w, uint64_t i, int64_t fid,
                         unsigned version)
{
    dice d = dice_for(w->seed, 16 + version, i);
    workload_place p = workload_place_of(w, i);
    char text[32];

    memset(cells, 0, WORKLOAD_COLUMNS * sizeof *cells);
    put_uuid(w, &cells[W_UUID], fid, &d);
    snprintf(text, sizeof text, "H%06llu", (unsigned long long)i + 1);
    put_text(&cells[W_CODE], text);
    snprintf(text, sizeof text, "02.113.%02u.%02u.", 1 + 2 * (p.commune % 3),
             1 + 2 * p.commune);
    put_text(&cells[W_COMMUNE], text);
    snprintf(text, sizeof text, "113%02u%02u%03u", 1 + 2 * (p.commune % 3),
             1 + 2 * p.commune, p.douar * 37 % 997);
    put_text(&cells[W_DOUAR], text);
    put_people(cells, &p, &d);
    put_dwelling(cells, &p, &d);
    /* A team does some 260 households a day, with a few visits repeated. */
    put_date(&cells[W_VISITED],
             version ? 230 + version
                     : (unsigned)(i * 200 / w->rows) +
                           (dice_below(&d, 12) ? 0 : dice_below(&d, 14)));
    if (dice_below(&d, 100) < 14)
        put_remark(&cells[W_REMARKS], &d);
    put_geom(&cells[W_GEOM], &p, &d);
}

/* ---- a day ---- */

typedef struct workload_day {
    unsigned day; /* 1 .. 30: which; other days edit other rows */
    size_t edited, inserted, deleted;
} workload_day;

static const workload_day WORKLOAD_DAY = {1, 1000, 200, 50};
static const workload_day WORKLOAD_SMALL_DAY = {2, 16, 3, 1};

typedef struct workload_edit {
    size_t row;
    int deleted;
    unsigned columns; /* bit k: column k has a new value */
} workload_edit;

static int workload_by_row(const void *a, const void *b)
{
    size_t x = ((const workload_edit *)a)->row;
    size_t y = ((const workload_edit *)b)->row;

    return x < y ? -1 : x > y;
}

/* The edits and deletions of DAY, by row, for the caller to free; there are
 * day->edited + day->deleted. NULL: no memory. */
__attribute__((unused)) static workload_edit *
workload_edits(const workload *w, const workload_day *day)
{
    size_t total = day->edited + day->deleted;
    workload_edit *edits = calloc(total + 1, sizeof *edits);
    uint8_t *used = calloc(w->rows, 1);
    dice d = dice_for(w->seed, 3, day->day);

    for (size_t i = 0; edits && used && i < total; i++) {
        workload_edit *e = &edits[i];
        do
            e->row = dice_below(&d, (unsigned)w->rows);
        while (used[e->row]);
        used[e->row] = 1;
        e->deleted = i >= day->edited;
        for (unsigned left = e->deleted ? 0 : 1 + dice_below(&d, 3); left;) {
            unsigned bit = 1u << (W_HEAD + dice_below(&d, W_GEOM - W_HEAD + 1));
            left -= !(e->columns & bit);
            e->columns |= bit;
        }
    }
    free(used);
    if (edits)
        qsort(edits, total, sizeof *edits, workload_by_row);
    return edits;
}

/* The row of edit E as it is afterwards. */
__attribute__((unused)) static void
workload_edited(workload_cell cells[WORKLOAD_COLUMNS], const workload *w,
                const workload_day *day, const workload_edit *e, int64_t fid)
{
    workload_cell fresh[WORKLOAD_COLUMNS];

    workload_row(cells, w, e->row, fid, 0);
    workload_row(fresh, w, e->row, fid, day->day);
    for (int k = W_HEAD; k <= W_GEOM; k++)
        if (e->columns >> k & 1) {
            cells[k] = fresh[k];
            cells[k].value.bytes =
                fresh[k].value.bytes ? cells[k].storage : NULL;
        }
}

/* Rows that a day inserts are households w->rows + 1000 * day + 0, 1, 2 ... */
__attribute__((unused)) static uint64_t
workload_inserted(const workload *w, const workload_day *day, size_t i)
{
    return w->rows + 1000 * (uint64_t)day->day + i;
}

/* ---- as changesets ---- */

/* The block of row ids that the census was imported under. */
#define WORKLOAD_BLOCK (((int64_t)0x2b7e151628a << 19) + 1)

static changeset_layer *workload_layer(changeset *c)
{
    changeset_layer *layer = NULL;
    uint32_t index = 0;

    changeset_add_layer(&layer, c, "household", TWIN_POINT);
    for (int i = 0; i < WORKLOAD_COLUMNS; i++)
        changeset_add_column(&index, c, layer, WORKLOAD[i].name,
                             WORKLOAD[i].type);
    return layer;
}

static void workload_insert(changeset *c, changeset_layer *layer,
                            const workload *w, uint64_t i, int64_t fid)
{
    workload_cell cells[WORKLOAD_COLUMNS];

    workload_row(cells, w, i, fid, 0);
    changeset_add_row(c, layer, fid, CHANGESET_INSERT);
    for (uint32_t k = 0; k < WORKLOAD_COLUMNS; k++)
        if (cells[k].value.kind != TWIN_KIND_NULL)
            changeset_add_cell(c, layer, k, &cells[k].value);
}

/* Households FROM to TO of the census, as inserted by an import. */
__attribute__((unused)) static void
workload_import(changeset *c, const workload *w, size_t from, size_t to)
{
    changeset_layer *layer = workload_layer(c);

    for (size_t i = from; i < to; i++)
        workload_insert(c, layer, w, i, WORKLOAD_BLOCK + (int64_t)i);
}

__attribute__((unused)) static void
workload_changes(changeset *c, const workload *w, const workload_day *day)
{
    changeset_layer *layer = workload_layer(c);
    workload_edit *edits = workload_edits(w, day);
    workload_cell cells[WORKLOAD_COLUMNS];
    dice d = dice_for(w->seed, 4, day->day);
    int64_t block = (int64_t)((dice_roll(&d) >> 20) << 19) + 1;

    for (size_t i = 0; edits && i < day->edited + day->deleted; i++) {
        const workload_edit *e = &edits[i];
        int64_t fid = WORKLOAD_BLOCK + (int64_t)e->row;
        changeset_add_row(c, layer, fid,
                          e->deleted ? CHANGESET_DELETE : CHANGESET_UPDATE);
        workload_edited(cells, w, day, e, fid);
        for (uint32_t k = 0; k < WORKLOAD_COLUMNS; k++)
            if (e->columns >> k & 1)
                changeset_add_cell(c, layer, k, &cells[k].value);
    }
    for (size_t i = 0; i < day->inserted; i++)
        workload_insert(c, layer, w, workload_inserted(w, day, i),
                        block + (int64_t)i);
    free(edits);
}

#endif
