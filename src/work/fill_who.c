/* SPDX-License-Identifier: MIT */
/* Who fills a form, and why a finished record is changed: what a form's audit
 * may ask for beside its questions (identify-user, track-changes-reasons).
 *
 *   fill_new, open, edit ── fill_asks_user? ── fill_set_user ── answers …
 *   fill_asks_reason? ── fill_set_reason ── fill_finish
 */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

#define LAST_USER "last-user" /* setting: who it was last on this replica */
/* Where a reason stands that is half typed: the closing page. */
#define REASON_PLACE "$"

/* TEXT without blanks at its ends; NULL: no memory. */
static char *trimmed(const char *text)
{
    static const char blanks[] = " \t\r\n";
    size_t length;
    text += strspn(text, blanks);
    length = strlen(text);
    while (length && strchr(blanks, text[length - 1]))
        length--;
    return memory_string_length(text, length);
}

/* *OUT is TEXT trimmed; TAWAM_ENO with WORDS where nothing is left. */
static int take_words(char **out, const char *text, const char *words)
{
    char *taken = trimmed(text);
    if (!taken)
        return TAWAM_EMEMORY;
    if (!*taken) {
        free(taken);
        return error_set(TAWAM_ENO, "%s", words);
    }
    free(*out);
    *out = taken;
    return TAWAM_OK;
}

/* ---- who ---- */

int fill_asks_user(const fill *f)
{
    return f->draft && f->form->audit_user && !f->user;
}

int fill_check_user(const fill *f)
{
    return fill_asks_user(f)
               ? error_set(TAWAM_ENO, _("first say who fills this form"))
               : TAWAM_OK;
}

/* The one of the last time comes first; then the replica's author. */
int fill_users(const char *const **names, size_t *count, fill *f)
{
    const record_surroundings *s = &f->surroundings;
    const char *author =
        s->property ? s->property(s->caller, "username") : NULL;
    char *last = NULL;
    int code = f->draft ? twin_setting(&last, f->territory->twin, LAST_USER)
                        : TAWAM_ENOTFOUND;
    *names = f->users;
    *count = 0;
    if (code != TAWAM_OK && code != TAWAM_ENOTFOUND)
        return code;
    free(f->last_user);
    f->last_user = last;
    if (last && *last)
        f->users[(*count)++] = last;
    if (author && *author && (!*count || strcmp(author, last) != 0))
        f->users[(*count)++] = author;
    return TAWAM_OK;
}

int fill_set_user(fill *f, const char *name)
{
    int is_first = fill_asks_user(f);
    char *user = NULL;
    int code = take_words(&user, name, _("a name is needed here"));
    if (code == TAWAM_OK && f->draft)
        code = twin_set_setting(f->territory->twin, LAST_USER, user);
    if (code != TAWAM_OK) {
        free(user); /* it is asked again: the audit has not begun */
        return code;
    }
    free(f->user);
    f->user = user;
    if (!is_first)
        return TAWAM_OK;
    fill_audit_forget(f); /* the page was not being looked at yet */
    f->is_looked = 0;
    return fill_audit_event(f, f->audit.began_by, NULL);
}

/* ---- why ---- */

int fill_asks_reason(int *asks, fill *f)
{
    const fill_page *page = NULL;
    int edits = 0, code = TAWAM_OK;
    *asks = 0;
    if (f->draft)
        draft_row(&edits, f->draft);
    if (!edits || !f->form->audit_reasons || f->reason)
        return TAWAM_OK;
    if (f->here.kind != STEP_CLOSING)
        code = fill_to_closing(f);
    if (code == TAWAM_OK)
        code = fill_look(&page, f);
    return code == TAWAM_OK && !page->open && !page->wrong
               ? draft_is_changed(asks, f->draft)
               : code;
}

int fill_set_reason(fill *f, const char *text)
{
    return take_words(&f->reason, text,
                      _("a reason is needed: the form asks for one when a "
                        "finished record is changed"));
}

int fill_check_reason(fill *f)
{
    int asks = 0, code = fill_asks_reason(&asks, f);
    return code == TAWAM_OK && asks
               ? error_set(TAWAM_ENO, _("first say why this record is changed"))
               : code;
}

int fill_set_half_reason(fill *f, const char *text)
{
    return f->draft && !f->is_over
               ? draft_set_typed(f->draft, text ? REASON_PLACE : NULL, text)
               : TAWAM_OK;
}

const char *fill_half_reason(const fill *f)
{
    const char *place = "";
    const char *typed = f->draft ? draft_typed(&place, f->draft) : NULL;
    return typed && strcmp(place, REASON_PLACE) == 0 ? typed : NULL;
}

void fill_who_free(fill *f)
{
    free(f->user);
    free(f->last_user);
    free(f->reason);
}
