/* SPDX-License-Identifier: MIT */
/* Choices as a person types them. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- what is shown before a choice ---- */

int fill_shows_codes(const fill_question *q)
{
    for (size_t i = 0; i < q->choice_count; i++) {
        const char *v = q->choices[i].value, *digits = v + (*v == '-');
        size_t length = strlen(digits);
        if (!length || length > 4 || strspn(digits, "0123456789") != length)
            return 0;
    }
    return q->choice_count > 0;
}

/* ---- by letters ---- */

/* 4 the label (or value) is LETTERS, 3 it begins with them, 2 a word of it
 * does, 1 it has them, 0 it doesn't; all folded. */
static int fit_of(const char *label, const char *letters)
{
    const char *at = label;
    size_t length = strlen(letters);
    int fit = 0;
    if (!length)
        return 1;
    if (strcmp(label, letters) == 0)
        return 4;
    if (strncmp(label, letters, length) == 0)
        return 3;
    for (; (at = strstr(at, letters)); at++) {
        if (strchr(" -_'(/", at[-1]))
            return 2;
        fit = 1;
    }
    return fit;
}

static int choice_fit(const record_choice *c, const char *letters)
{
    char *label = text_fold(c->label), *value = text_fold(c->value);
    int fit = -1, by_value;
    if (label && value) {
        fit = fit_of(label, letters);
        by_value = fit_of(value, letters);
        if (by_value >= 3 && by_value > fit)
            fit = by_value;
        if (fit < 1 && text_contains(label, letters))
            fit = 1;
    }
    free(label);
    free(value);
    return fit;
}

/* FITS by choice; *best the highest. */
static int fits_of(unsigned char **fits, int *best, const fill_question *q,
                   const char *letters)
{
    char *plain = fill_ascii(letters);
    char *folded = plain ? text_fold(plain) : NULL;
    unsigned char *made = memory_new(q->choice_count + 1);
    int code = folded && made ? TAWAM_OK : TAWAM_EMEMORY;
    *best = 0;
    for (size_t i = 0; code == TAWAM_OK && i < q->choice_count; i++) {
        int fit = choice_fit(&q->choices[i], folded);
        code = fit < 0 ? TAWAM_EMEMORY : TAWAM_OK;
        made[i] = (unsigned char)(fit > 0 ? fit : 0);
        if (fit > *best)
            *best = fit;
    }
    free(plain);
    free(folded);
    if (code == TAWAM_OK)
        *fits = made;
    else
        free(made);
    return code;
}

int fill_match_choices(size_t **indexes, size_t *count, const fill_question *q,
                       const char *letters)
{
    unsigned char *fits = NULL;
    size_t *list = memory_array(q->choice_count + 1, sizeof *list);
    int best, code = list ? fits_of(&fits, &best, q, letters) : TAWAM_EMEMORY;
    *count = 0;
    for (int fit = 4; code == TAWAM_OK && fit > 0; fit--)
        for (size_t i = 0; i < q->choice_count; i++)
            if (fits[i] == fit)
                list[(*count)++] = i;
    free(fits);
    if (code == TAWAM_OK)
        *indexes = list;
    else
        free(list);
    return code;
}

/* "several answers: 3 Puits, 5 Puits privé" */
static int say_several(const fill_question *q, const unsigned char *fits,
                       int best)
{
    buffer names = {0};
    size_t said = 0, all = 0;
    int codes = fill_shows_codes(q);
    for (size_t i = 0; i < q->choice_count; i++) {
        char *safe;
        if (fits[i] != best || ++all > 9)
            continue;
        safe = text_safe(q->choices[i].label, strlen(q->choices[i].label), 0);
        if (said++)
            buffer_text(&names, ", ");
        if (codes)
            buffer_format(&names, "%s %s", q->choices[i].value,
                          safe ? safe : "");
        else
            buffer_format(&names, "%zu %s", i + 1, safe ? safe : "");
        free(safe);
    }
    if (all > said)
        buffer_text(&names, ", …");
    error_set(TAWAM_ENO, _("%zu choices are meant: %s"), all,
              names.data ? (char *)names.data : "");
    buffer_free(&names);
    return TAWAM_ENO;
}

static int by_letters(size_t *index, const fill_question *q, const char *word)
{
    unsigned char *fits = NULL;
    int best = 0, code = fits_of(&fits, &best, q, word);
    size_t found = 0;
    for (size_t i = 0; code == TAWAM_OK && i < q->choice_count; i++)
        if (fits[i] == best && !found++)
            *index = i;
    if (code == TAWAM_OK && (best == 0 || !*word))
        code = fill_not_understood(_("no choice is '%.60s'"), word);
    else if (code == TAWAM_OK && found > 1)
        code = say_several(q, fits, best);
    free(fits);
    return code;
}

/* ---- one word ---- */

static int is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word) &&
           strlen(word) < 7;
}

static int one_choice(size_t *index, const fill_question *q, const char *word)
{
    char *plain = fill_ascii(word);
    int code = plain ? TAWAM_ENOTFOUND : TAWAM_EMEMORY;
    size_t number;
    for (size_t i = 0; code == TAWAM_ENOTFOUND && i < q->choice_count; i++)
        if (text_equal_nocase(q->choices[i].value, plain)) {
            *index = i;
            code = TAWAM_OK;
        }
    if (code == TAWAM_ENOTFOUND && is_number(plain)) {
        number = (size_t)strtol(plain, NULL, 10);
        if (!fill_shows_codes(q) && number >= 1 && number <= q->choice_count) {
            *index = number - 1;
            code = TAWAM_OK;
        } else if (fill_shows_codes(q))
            for (size_t i = 0; i < q->choice_count; i++)
                if (strtol(q->choices[i].value, NULL, 10) == (long)number) {
                    *index = i; /* "1" for 01 */
                    code = TAWAM_OK;
                    break;
                }
    }
    if (code == TAWAM_ENOTFOUND)
        code = by_letters(index, q, plain);
    free(plain);
    return code;
}

/* ---- several ---- */

typedef struct picks {
    size_t list[256]; /* in the order typed */
    size_t count;
    unsigned char *chosen; /* of MANY, by choice */
} picks;

static int pick(picks *p, const fill_question *q, size_t index, int away)
{
    if (q->kind == FILL_MANY) {
        p->chosen[index] = (unsigned char)!away;
        return TAWAM_OK;
    }
    for (size_t i = 0; i < p->count; i++)
        if (p->list[i] == index)
            return fill_not_understood(_("'%.60s' is named twice"),
                                       q->choices[index].label);
    if (p->count < sizeof p->list / sizeof *p->list)
        p->list[p->count++] = index;
    return TAWAM_OK;
}

/* "134" where there are fewer than ten: 1, 3 and 4. */
static int is_series(const fill_question *q, const char *word)
{
    size_t index;
    if (!is_number(word) || strlen(word) < 2 || fill_shows_codes(q) ||
        q->choice_count > 9)
        return 0;
    for (; *word; word++) {
        index = (size_t)(*word - '0');
        if (index < 1 || index > q->choice_count)
            return 0;
    }
    return 1;
}

static int pick_word(picks *p, const fill_question *q, const char *word)
{
    size_t index = 0;
    int away = *word == '-', code = TAWAM_OK;
    for (size_t i = 0; away && i < q->choice_count; i++)
        away = strcmp(q->choices[i].value, word) != 0; /* a code as -88 */
    word += away || *word == '+';
    if (is_series(q, word)) {
        for (; code == TAWAM_OK && *word; word++)
            code = pick(p, q, (size_t)(*word - '1'), away);
        return code;
    }
    code = one_choice(&index, q, word);
    return code == TAWAM_OK ? pick(p, q, index, away) : code;
}

/* Each of TEXT's words, which end at one of SEPARATORS. */
static int pick_words(picks *p, const fill_question *q, const char *text,
                      const char *separators)
{
    int code = TAWAM_OK;
    while (code == TAWAM_OK && *(text += strspn(text, separators))) {
        size_t length = strcspn(text, separators);
        char *word = memory_string_length(text, length);
        while (word && length && word[length - 1] == ' ')
            word[--length] = '\0';
        code = word ? pick_word(p, q, word + strspn(word, " ")) : TAWAM_EMEMORY;
        free(word);
        text += strcspn(text, separators);
    }
    return code;
}

/* Words with letters may have blanks in them: commas part those. */
static int pick_all(picks *p, const fill_question *q, const char *text)
{
    size_t index = 0;
    int code;
    if (strpbrk(text, ",;"))
        return pick_words(
            p, q, text,
            strspn(text, "0123456789+-,; ") == strlen(text) ? ",; " : ",;");
    if (strchr(text, ' ') && one_choice(&index, q, text) == TAWAM_OK)
        return pick(p, q, index, 0);
    error_clear();
    code = pick_words(p, q, text, " ");
    return code;
}

static void write_picks(buffer *out, const picks *p, const fill_question *q)
{
    if (q->kind == FILL_RANK)
        for (size_t i = 0; i < p->count; i++)
            buffer_format(out, "%s%s", out->length ? " " : "",
                          q->choices[p->list[i]].value);
    for (size_t i = 0; q->kind == FILL_MANY && i < q->choice_count; i++)
        if (p->chosen[i])
            buffer_format(out, "%s%s", out->length ? " " : "",
                          q->choices[i].value);
}

/* "+2" and "-3" alone change what is chosen, anything else replaces it. */
static int changes_alone(const char *text)
{
    for (; *(text += strspn(text, " ,;")); text += strcspn(text, " ,;"))
        if (*text != '+' && *text != '-')
            return 0;
    return 1;
}

static int several(buffer *out, const fill_question *q, const char *typed)
{
    picks p = {.chosen = memory_new(q->choice_count + 1)};
    char *text = fill_ascii(typed);
    int code = p.chosen && text ? TAWAM_OK : TAWAM_EMEMORY;
    if (code == TAWAM_OK && q->kind == FILL_MANY && changes_alone(text))
        memcpy(p.chosen, q->chosen, q->choice_count);
    if (code == TAWAM_OK)
        code = pick_all(&p, q, text);
    if (code == TAWAM_OK && q->kind == FILL_RANK && p.count != q->choice_count)
        code = error_set(TAWAM_ENO,
                         _("a ranking names all %zu choices, best first"),
                         q->choice_count);
    if (code == TAWAM_OK)
        write_picks(out, &p, q);
    free(p.chosen);
    free(text);
    return code;
}

int fill_typed_choice(buffer *out, const fill_question *q, const char *typed)
{
    size_t index = 0;
    int code;
    if (q->kind != FILL_ONE)
        return several(out, q, typed);
    code = one_choice(&index, q, typed);
    if (code == TAWAM_OK)
        buffer_text(out, q->choices[index].value);
    return code;
}
