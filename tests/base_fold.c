/* SPDX-License-Identifier: MIT */
/* Width, fitting, folding, order, the nearest name. */
#include "base/base.h"
#include "tests/tap.h"

static void check_fold(const char *in, const char *wanted)
{
    char *out = text_fold(in);

    is_str(out, wanted, "'%s' folds to '%s'", in, wanted);
    free(out);
}

static void latin_folds(void)
{
    check_fold("Éàçïôû", "eaciou");
    check_fold("e\xCC\x81", "e"); /* decomposed é */
    check_fold("Œuvre Æsir", "oeuvre aesir");
    check_fold("Straße STRAẞE", "strasse strasse");
    check_fold("Łódź Ħal Đakovo ığdır", "lodz hal dakovo igdir");
    check_fold("ḤṢṬḌ Ǧ", "hstd g"); /* transliterated Arabic, Amazigh */
    check_fold("Vũng Tàu, Việt", "vung tau, viet");
    check_fold("L\xE2\x80\x99Oued", "l'oued");
    check_fold("ΑΒΓ ЁЖ", "αβγ ёж");
}

static void arabic_folds(void)
{
    check_fold("أحمد", "احمد");
    check_fold("إبراهيم", "ابراهيم");
    check_fold("آسفي", "اسفي");
    check_fold("ٱلمغرب", "المغرب");
    check_fold("بركانة", "بركانه");
    check_fold("مصطفى", "مصطفي");
    check_fold("مُحَمَّدٌ", "محمد");
    check_fold("بـــركان", "بركان");
    check_fold("٢٠٢٤ ۱۲", "2024 12");
    check_fold("ݣرسيف گرسيف ڭرسيف", "كرسيف كرسيف كرسيف");
    check_fold("مؤسسة رئيس", "موسسه رييس");
    check_fold("ا\xD9\x94", "ا"); /* alef and hamza above, composed by hand */
}

static void search_finds_across_spellings(void)
{
    char *hay = text_fold("Douar Ouled Sidi el-Hâjj — دُوَّار أولاد");
    char *latin = text_fold("HAJJ");
    char *arabic = text_fold("دوار اولاد");

    ok(text_contains(hay, latin), "capitals without accents find it");
    ok(text_contains(hay, arabic), "so does Arabic without harakat");
    ok(!text_contains(hay, "zegzel"), "another word doesn't");
    free(hay);
    free(latin);
    free(arabic);
}

static void marks_take_no_column(void)
{
    static const uint32_t none[] = {0x300,   0x5B0,  0x64B,  0x670,
                                    0x200D,  0x200B, 0xFE0F, 0x20E3,
                                    0xE0100, 0x1B,   0};
    static const uint32_t one[] = {'a',    0xE9,   0x627,  0x5D0,  0x660,
                                   0x2500, 0x2588, 0x2D30, 0x0600, 0xFFFD};
    static const uint32_t two[] = {0x6C34,  0xAC00,  0x3042, 0xFF21,
                                   0x1F4A7, 0x1F6B0, 0x20000};

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        is_int(text_point_width(none[i]), 0, "U+%04X has no width", none[i]);
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
        is_int(text_point_width(one[i]), 1, "U+%04X takes one", one[i]);
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++)
        is_int(text_point_width(two[i]), 2, "U+%04X takes two", two[i]);
    is_int(text_width("مُحَمَّد"), 4, "harakat don't count");
    is_int(text_width("水 é"), 4, "wide and narrow together");
}

static void fitting_cuts_between_letters(void)
{
    int used = -1;

    is_int(text_fit("abcdef", 3, &used), 3, "three letters fit in three");
    is_int(used, 3, "and take three");
    is_int(text_fit("e\xCC\x81x", 1, &used), 3, "a mark stays with its letter");
    is_int(text_fit("a水", 2, &used), 1, "no half of a wide character");
    is_int(used, 1, "one column is left over");
    is_int(text_fit("", 5, &used), 0, "nothing fits anywhere");
    is_int(text_fit("abc", 0, NULL), 0, "and nothing in no room");
}

static void check_ellipsis(const char *in, int columns, const char *wanted)
{
    char *out = text_ellipsis(in, columns);

    is_str(out, wanted, "'%s' in %d columns", in, columns);
    ok(text_width(out) <= columns, "is not wider");
    free(out);
}

static void cut_text_says_so(void)
{
    check_ellipsis("household", 9, "household");
    check_ellipsis("household", 8, "househo…");
    check_ellipsis("水水水", 4, "水…");
    check_ellipsis("مُحَمَّد", 4, "مُحَمَّد");
    check_ellipsis("abc", 1, "…");
    check_ellipsis("abc", 0, "");
}

static void order_is_a_readers(void)
{
    static const char *const sorted[] = {
        "Aïn 2",   "ain 2 b", "Aïn 10", "ain 010 b", "Berkane",
        "Bérkane", "zegzel",  "أولاد",  "بركان",
    };
    size_t count = sizeof sorted / sizeof sorted[0];
    int wrong = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = text_compare(sorted[i], sorted[j]);
            int wanted = (i > j) - (i < j);
            if ((order > 0) - (order < 0) != wanted) {
                diag("'%s' against '%s' gave %d", sorted[i], sorted[j], order);
                wrong++;
            }
        }
    }
    is_int(wrong, 0, "all pairs are in order, numbers by value");
    ok(text_compare("a99999999999999999999998", "a99999999999999999999999") < 0,
       "numbers of any length");
    ok(text_compare("7", "007") != 0, "but unequal texts are never equal");
}

static void the_nearest_name_is_found(void)
{
    static const char *const names[] = {"household", "water_point",
                                        "street_light", "commune", "école"};

    is_str(text_nearest("houshold", names, 5), "household", "a letter lost");
    is_str(text_nearest("water_piont", names, 5), "water_point", "two swapped");
    is_str(text_nearest("WATER_POINTS", names, 5), "water_point", "case");
    is_str(text_nearest("ecole", names, 5), "école", "accents");
    ok(text_nearest("zzzzzz", names, 5) == NULL, "nothing near");
    ok(text_nearest("", names, 5) == NULL, "nothing near an empty word");
    ok(text_nearest("road", names, 0) == NULL, "nothing in no names");

    char endless[600];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const one[] = {endless};
    is_str(text_nearest(endless, one, 1), endless, "very long names are safe");
}

int main(void)
{
    latin_folds();
    arabic_folds();
    search_finds_across_spellings();
    marks_take_no_column();
    fitting_cuts_between_letters();
    cut_text_says_so();
    order_is_a_readers();
    the_nearest_name_is_found();
    return done_testing();
}
