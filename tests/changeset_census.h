/* SPDX-License-Identifier: MIT */
/* Census-like households for measuring: 22 columns, deterministic. A day's
 * edits are drawn from the same rows. Nothing here is a real person. */
#ifndef TAWAM_TESTS_CHANGESET_CENSUS_H
#define TAWAM_TESTS_CHANGESET_CENSUS_H

#include "tests/changeset_support.h"

#define CENSUS_COLUMNS 22

static const changeset_column CENSUS[CENSUS_COLUMNS] = {
    {"uuid", TWIN_TEXT},
    {"commune_code", TWIN_TEXT},
    {"douar_code", TWIN_TEXT},
    {"head_name", TWIN_TEXT},
    {"phone", TWIN_TEXT},
    {"persons", TWIN_INTEGER},
    {"children", TWIN_INTEGER},
    {"head_birth_year", TWIN_INTEGER},
    {"dwelling", TWIN_TEXT},
    {"tenure", TWIN_TEXT},
    {"rooms", TWIN_INTEGER},
    {"water_source", TWIN_TEXT},
    {"water_minutes", TWIN_INTEGER},
    {"sanitation", TWIN_TEXT},
    {"electricity", TWIN_BOOLEAN},
    {"internet", TWIN_BOOLEAN},
    {"cooking_fuel", TWIN_TEXT},
    {"monthly_spending", TWIN_DECIMAL},
    {"distance_school_km", TWIN_DECIMAL},
    {"visited_on", TWIN_DATE},
    {"recorded_at", TWIN_DATETIME},
    {"geom", TWIN_GEOMETRY},
};

static const char *const GIVEN[] = {
    "Mohammed", "Fatima", "Ahmed",    "Khadija", "Hassan", "Aicha",
    "Youssef",  "Zineb",  "Rachid",   "Naima",   "Omar",   "Malika",
    "Said",     "Rkia",   "Abdellah", "Samira",  "Driss",  "Hafida",
    "Mustapha", "Latifa", "Karim",    "Nadia",   "Brahim", "Saida",
    "Jamal",    "Hanane", "Hamid",    "Ilham",   "Aziz",   "Mina"};
static const char *const FAMILY[] = {
    "Berrada",  "El Amrani", "Bennani", "Alaoui",    "Idrissi",  "Tazi",
    "Ouali",    "Benali",    "Haddad",  "Cherkaoui", "Mansouri", "Zeroual",
    "Boukhari", "Hamdaoui",  "Rahmani", "Kaddouri",  "Slimani",  "Azzouzi",
    "Belkacem", "Yahyaoui",  "Ziani",   "Mimouni",   "Lahlou",   "Saidi",
    "Bouazza",  "Jabri",     "Ghazi",   "Tahiri",    "Filali",   "Naciri",
    "Sebti",    "Kettani",   "Lamrani", "Rifi",      "Zerhouni", "Chraibi",
    "Belhaj",   "Ouahabi",   "Errami",  "Moussaoui"};
static const char *const DWELLING[] = {"modern_house", "apartment", "rural",
                                       "villa",        "basic",     "other"};
static const char *const TENURE[] = {"owner", "tenant", "free", "other"};
static const char *const WATER[] = {"piped",  "public_tap", "well",
                                    "spring", "tanker",     "other"};
static const char *const SANITATION[] = {"sewer", "septic", "latrine", "none"};
static const char *const FUEL[] = {"gas", "wood", "electric", "coal"};

#define PICK(list) list[below(sizeof list / sizeof *list)]

/* A choice of COUNT, the first ones likeliest. */
__attribute__((unused)) static size_t likely(size_t count)
{
    size_t i = 0;

    while (i + 1 < count && below(100) < 40)
        i++;
    return i;
}

/* The value of COLUMN for the household FID; STORAGE has 64 bytes. Returns 0
 * for a cell that is NULL. */
__attribute__((unused)) static int census_value(twin_value *out, int column,
                                                int64_t fid, uint64_t place,
                                                char *storage)
{
    unsigned commune = (unsigned)(place % 16), douar = (unsigned)(place % 253);

    switch (column) {
    case 0:
        twin_uuid_from_fid(storage, fid);
        break;
    case 1:
        sprintf(storage, "02.113.%02u.%02u", 1 + 2 * (commune % 3),
                1 + 2 * commune);
        break;
    case 2:
        sprintf(storage, "113%02u%02u%03u%03u", 1 + 2 * (commune % 3),
                1 + 2 * commune, douar / 10, douar);
        break;
    case 3:
        sprintf(storage, "%s %s", PICK(GIVEN), PICK(FAMILY));
        break;
    case 4:
        if (below(100) < 30)
            return 0;
        sprintf(storage, "0%llu%08llu", 6 + (unsigned long long)below(2),
                (unsigned long long)below(100000000));
        break;
    case 5:
        *out = integer_value((int64_t)(1 + below(4) + below(4) + below(2)));
        return 1;
    case 6:
        *out = integer_value((int64_t)below(4));
        return 1;
    case 7:
        *out = integer_value((int64_t)(1935 + below(35) + below(35)));
        return 1;
    case 8:
        strcpy(storage, DWELLING[likely(6)]);
        break;
    case 9:
        strcpy(storage, TENURE[likely(4)]);
        break;
    case 10:
        *out = integer_value((int64_t)(1 + below(3) + below(3)));
        return 1;
    case 11:
        strcpy(storage, WATER[likely(6)]);
        break;
    case 12:
        if (below(100) < 60)
            return 0;
        *out = integer_value((int64_t)(5 * below(13)));
        return 1;
    case 13:
        strcpy(storage, SANITATION[likely(4)]);
        break;
    case 14:
        *out = integer_value(below(100) < 93);
        return 1;
    case 15:
        *out = integer_value(below(100) < 55);
        return 1;
    case 16:
        strcpy(storage, FUEL[likely(4)]);
        break;
    case 17:
        *out = real_value((double)(50 * (16 + below(80) + below(80))));
        return 1;
    case 18:
        *out = real_value((double)below(120) / 10);
        return 1;
    case 19:
        sprintf(storage, "2026-%02u-%02u", 9 + (unsigned)below(3),
                1 + (unsigned)below(30));
        break;
    case 20:
        sprintf(storage, "2026-%02u-%02uT%02u:%02u:%02u.000Z",
                9 + (unsigned)below(3), 1 + (unsigned)below(30),
                8 + (unsigned)below(10), (unsigned)below(60),
                (unsigned)below(60));
        break;
    default:
        point_bytes(
            storage, -((double)(22000000 + 20000 * douar + below(60000)) / 1e7),
            (double)(347000000 + 13000 * (douar * 7 % 253) + below(60000)) /
                1e7);
        *out = bytes_value(storage, 29);
        return 1;
    }
    *out = text_value(storage, strlen(storage));
    return 1;
}

/* An empty layer `household` with all columns, in their order. */
__attribute__((unused)) static changeset_layer *census_layer(changeset *c)
{
    changeset_layer *layer = NULL;
    uint32_t index = 0;

    changeset_add_layer(&layer, c, "household", TWIN_POINT);
    for (int i = 0; i < CENSUS_COLUMNS; i++)
        changeset_add_column(&index, c, layer, CENSUS[i].name, CENSUS[i].type);
    return layer;
}

__attribute__((unused)) static void
census_insert(changeset *c, changeset_layer *layer, int64_t fid, uint64_t place)
{
    char storage[64];
    twin_value value = {0};

    changeset_add_row(c, layer, fid, CHANGESET_INSERT);
    for (int i = 0; i < CENSUS_COLUMNS; i++)
        if (census_value(&value, i, fid, place, storage))
            changeset_add_cell(c, layer, (uint32_t)i, &value);
}

/* The first counter of the block that the census was imported under. */
#define CENSUS_BLOCK (((int64_t)0x2b7e151628a << 19) + 1)

/* ROWS households in the order of their douars, as an import gives them. */
__attribute__((unused)) static void census_import(changeset *c, size_t rows)
{
    changeset_layer *layer = census_layer(c);

    for (size_t i = 0; i < rows; i++)
        census_insert(c, layer, CENSUS_BLOCK + (int64_t)i, i * 253 / rows);
}

/* A day in a census of TOTAL: rows edited in 1 to 3 columns, inserted in a
 * block of their own, deleted. */
__attribute__((unused)) static void census_day(changeset *c, size_t total,
                                               size_t edited, size_t inserted,
                                               size_t deleted)
{
    changeset_layer *layer = census_layer(c);
    uint8_t *used = calloc(total, 1);
    int64_t block = (int64_t)(draw() >> 1) & ~(int64_t)0x7ffff;
    char storage[64];
    twin_value value = {0};

    for (size_t i = 0; i < edited + deleted; i++) {
        size_t row = below(total);
        uint32_t columns[3] = {0}, count = 1 + (uint32_t)below(3);
        if (used[row]) {
            i--;
            continue;
        }
        used[row] = 1;
        changeset_add_row(c, layer, CENSUS_BLOCK + (int64_t)row,
                          i < edited ? CHANGESET_UPDATE : CHANGESET_DELETE);
        for (uint32_t j = 0; i < edited && j < count; j++) {
            int twice = 0;
            columns[j] = 1 + (uint32_t)below(CENSUS_COLUMNS - 1);
            for (uint32_t k = 0; k < j; k++)
                twice |= columns[k] == columns[j];
            if (twice) {
                j--;
                continue;
            }
            if (!census_value(&value, (int)columns[j], 1, row * 253 / total,
                              storage))
                value = (twin_value){0};
            changeset_add_cell(c, layer, columns[j], &value);
        }
    }
    for (size_t i = 0; i < inserted; i++)
        census_insert(c, layer, block + (int64_t)i, below(253));
    free(used);
}

#endif
