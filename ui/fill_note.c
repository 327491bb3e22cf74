/* SPDX-License-Identifier: MIT */
/* fill_note: the note and the flag of a question, or of a cell of a repeat's
 * table.
 *
 *   F8 --> note_begin --> each change: note_answer --> Enter: written
 *                           pause, end: note_rest      Esc: the one before
 *
 * A note is no answer that a rule may refuse, so what is written is put into
 * the record whenever typing pauses: nothing of it is lost with the program. */
#include <stdlib.h>
#include <string.h>
#include "ui/fill_internal.h"

form_node *fill_view_node(const fill_view *v)
{
    return v->roster               ? fill_roster_node(v)
           : fill_view_question(v) ? v->node
                                   : NULL;
}

/* The note and flag that NODE has. *text is the caller's. */
static int read_note(char **text, int *flagged, fill_view *v, form_node *node)
{
    fill_question q;
    arena *memory = NULL;
    int error = arena_new(&memory);
    *text = NULL;
    if (error == TAWAM_OK)
        error = fill_question_at(&q, v->fill, node, memory);
    if (error == TAWAM_OK) {
        *flagged = q.flagged;
        *text = memory_string(q.note);
        error = *text ? TAWAM_OK : TAWAM_EMEMORY;
    }
    arena_free(memory);
    if (error < 0)
        ui_say_error(v->ui);
    return error;
}

/* A table has no question in focus: its page is only looked at. */
static void write_note(fill_view *v, form_node *node, const char *text,
                       int flagged)
{
    if (fill_set_note(v->fill, node, text, flagged) < 0)
        ui_say_error(v->ui);
    else
        v->changed = 1;
    if (v->roster)
        fill_look(&v->page, v->fill);
    else
        fill_view_look(v);
}

void fill_note_flag(fill_view *v)
{
    form_node *node = fill_view_node(v);
    char *text = NULL;
    int flagged = 0;
    if (read_note(&text, &flagged, v, node) == TAWAM_OK) {
        write_note(v, node, text, !flagged);
        ui_say(v->ui, ROLE_NORMAL, "%s",
               flagged ? _("No longer flagged") : _("Flagged"));
    }
    free(text);
}

static void forget(fill_view *v)
{
    free(v->note);
    free(v->note_before);
    v->note = v->note_before = NULL;
    v->noted = NULL;
    v->note_kept = 0;
}

/* A note that is given whole is only written. */
void fill_note_begin(fill_view *v, const char *given, request *out)
{
    form_node *node = fill_view_node(v);
    char *text = NULL;
    int flagged = 0;
    if (read_note(&text, &flagged, v, node) < 0)
        return;
    if (*given) {
        write_note(v, node, given, flagged);
        free(text);
        return;
    }
    forget(v);
    if (strlen(text) >= sizeof out->text)
        ui_say(v->ui, ROLE_WARNING, "%s",
               _("This note is too long to be changed here; it is kept"));
    else
        request_prompt(out, FILL_TAG_NOTE, _("Note:"), text, 1);
    v->noted = out->kind == REQUEST_PROMPT ? node : NULL;
    v->note_flagged = flagged;
    v->note_before = text;
    if (v->roster)
        fill_look(&v->page, v->fill);
    else
        fill_view_look(v);
}

void fill_note_answer(fill_view *v, const screen_answer *answer)
{
    if (!v->noted)
        return;
    if (answer->how == INPUT_CHANGED) {
        free(v->note);
        v->note = memory_string(answer->text);
        return;
    }
    const char *text =
        answer->how == INPUT_ACCEPTED ? answer->text : v->note_before;
    /* a look at a note changes nothing */
    if (v->note_kept || strcmp(text, v->note_before) != 0)
        write_note(v, v->noted, text, v->note_flagged);
    forget(v);
}

void fill_note_rest(fill_view *v)
{
    if (v->noted && v->note) {
        write_note(v, v->noted, v->note, v->note_flagged);
        v->note_kept = 1;
    }
    free(v->note);
    v->note = NULL;
}

void fill_note_free(fill_view *v)
{
    forget(v);
}
