/* SPDX-License-Identifier: MIT */
/* Languages of forms, and what their calendars say in them. */
#include "work/fill_internal.h"
#include <string.h>
#include <stdlib.h>

/* ---- languages ---- */

/* "French (fr)" -> fr; "Français", "العربية" and the like by name. */
void fill_language_find(char out[16], const char *name)
{
    static const struct {
        const char *start, *code;
    } names[] = {{"fr", "fr"},    {"ar", "ar"},   {"en", "en"},
                 {"al-ar", "ar"}, {"عرب", "ar"},  {"العرب", "ar"},
                 {"ang", "en"},   {"es", "es"},   {"span", "es"},
                 {"tam", "zgh"},  {"ⵜ", "zgh"},   {"pers", "fa"},
                 {"hebr", "he"},  {"urdu", "ur"}, {"فرنس", "fr"}};
    const char *open = strrchr(name, '('),
               *close = open ? strchr(open, ')') : NULL;
    char *folded;
    *out = '\0';
    if (close && close - open > 1 && close - open < 16) {
        memcpy(out, open + 1, (size_t)(close - open - 1));
        out[close - open - 1] = '\0';
        text_lower_ascii(out);
        return;
    }
    folded = text_fold(name);
    for (size_t i = 0; folded && i < sizeof names / sizeof *names && !*out; i++)
        if (strncmp(folded, names[i].start, strlen(names[i].start)) == 0)
            strcpy(out, names[i].code);
    free(folded);
}

fill_tongue fill_tongue_of(const fill *f)
{
    const char *code = *f->code ? f->code : f->fallback;
    return strncmp(code, "fr", 2) == 0   ? FILL_FR
           : strncmp(code, "ar", 2) == 0 ? FILL_AR
                                         : FILL_EN;
}

const char *fill_month_name(fill_tongue t, int month)
{
    static const char *const names[3][12] = {
        {"January", "February", "March", "April", "May", "June", "July",
         "August", "September", "October", "November", "December"},
        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet",
         "août", "septembre", "octobre", "novembre", "décembre"},
        {"يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت",
         "شتنبر", "أكتوبر", "نونبر", "دجنبر"}}; /* as said in Morocco */
    return names[t][month - 1];
}

const char *fill_weekday_name(fill_tongue t, int day)
{
    static const char *const names[3][7] = {
        {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
         "Saturday"},
        {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi",
         "samedi"},
        {"الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة",
         "السبت"}};
    return names[t][day];
}

const char *fill_hijri_month(fill_tongue t, int month)
{
    static const char *const names[3][12] = {
        {"Muharram", "Safar", "Rabi al-awwal", "Rabi al-thani", "Jumada al-ula",
         "Jumada al-akhira", "Rajab", "Shaban", "Ramadan", "Shawwal",
         "Dhu al-qada", "Dhu al-hijja"},
        {"mouharram", "safar", "rabia al awal", "rabia at-thani",
         "joumada al oula", "joumada at-thania", "rajab", "chaabane", "ramadan",
         "chaoual", "dhou al qi`da", "dhou al hijja"},
        {"محرم", "صفر", "ربيع الأول", "ربيع الثاني", "جمادى الأولى",
         "جمادى الآخرة", "رجب", "شعبان", "رمضان", "شوال", "ذو القعدة",
         "ذو الحجة"}};
    return names[t][month - 1];
}

/* ---- calendars ---- */

/* Howard Hinnant, "chrono-compatible low-level date algorithms" (2013): days
 * of the proleptic Gregorian calendar by eras of 400 years. */
int64_t fill_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

void fill_date_of(int *year, int *month, int *day, int64_t days)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t y =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

#define HIJRI_FIRST INT64_C(-492148) /* 1 Muharram 1, 19 July 622 Gregorian */

static int64_t hijri_year_start(int64_t year)
{
    return HIJRI_FIRST + (year - 1) * 354 + (3 + 11 * year) / 30;
}

void fill_hijri_of(int *year, int *month, int *day, int64_t days)
{
    int64_t y = (30 * (days - HIJRI_FIRST) + 10646) / 10631;
    int64_t of_year;
    while (hijri_year_start(y) > days)
        y--;
    while (hijri_year_start(y + 1) <= days)
        y++;
    of_year = days - hijri_year_start(y);
    *month = (int)(of_year * 2 / 59) + 1; /* months of 30 and 29 days */
    if (*month > 12)
        *month = 12; /* the 30th of the last month of a leap year */
    *day = (int)(of_year - (59 * (*month - 1) + 1) / 2) + 1;
    *year = (int)y;
}

int64_t fill_today(void)
{
    int64_t now = clock_now();
    int64_t local = now + (int64_t)clock_zone_minutes(now) * 60000;
    return local >= 0 ? local / 86400000 : (local - 86399999) / 86400000;
}
