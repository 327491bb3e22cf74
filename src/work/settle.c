/* SPDX-License-Identifier: MIT */
/* settle: conflicts as verbs and screens name them. */
#include <stdlib.h>
#include <string.h>
#include "work/workflow.h"

/* What a walk over the conflicts looks for. */
typedef struct search {
    const char *start; /* of an id; or NULL */
    int layer, column; /* ids; column 0: the row as a whole */
    int64_t fid;
    char id[17];
    twin_type type; /* of the cell; 0 for a row */
    int found;
} search;

/* Called for each open conflict: is it the one looked for? */
static int look(void *context, const sync_conflict *c)
{
    search *s = context;
    int column = c->column ? c->column->id : 0;

    if (s->start != NULL ? strncmp(c->id, s->start, strlen(s->start)) != 0
                         : c->layer->id != s->layer || c->fid != s->fid ||
                               column != s->column)
        return 0;
    if (s->found++ == 0) {
        memcpy(s->id, c->id, sizeof s->id);
        s->type = c->column ? c->column->type : (twin_type)0;
    }
    return 0;
}

/* The one conflict whose id begins with START. TAWAM_ENOTFOUND if none,
 * TAWAM_EUSAGE if several. */
static int find(search *s, territory *t, const char *start)
{
    char *safe = NULL;
    int code;

    s->start = start;
    code = sync_conflicts(t->sync, look, s);
    if (code != TAWAM_OK)
        return code;
    if (s->found == 1)
        return TAWAM_OK;
    safe = text_safe(start, strlen(start), 0);
    if (s->found > 1)
        error_set(TAWAM_EUSAGE,
                  _("%d conflicts begin with %s: give more of it"), s->found,
                  safe ? safe : "?");
    else
        error_set(TAWAM_ENOTFOUND,
                  _("no open conflict %s; tawam conflicts lists them"),
                  safe ? safe : "?");
    free(safe);
    return error_code();
}

int work_conflict_find(char id[17], territory *t, const char *start)
{
    search s = {0};
    int code = find(&s, t, start);

    if (code == TAWAM_OK)
        memcpy(id, s.id, sizeof s.id);
    return code;
}

int work_settle_text(territory *t, const char *id, const char *text)
{
    search s = {0};
    twin_value value = {0};
    arena *memory = NULL;
    int code = find(&s, t, id);

    if (code == TAWAM_OK && s.type == 0)
        return error_set(TAWAM_EUSAGE,
                         _("this conflict is about the whole row: settle it "
                           "with --keep or --delete"));
    if (code == TAWAM_OK)
        code = arena_new(&memory);
    if (code == TAWAM_OK)
        code = twin_value_parse(&value, s.type, text, memory);
    if (code == TAWAM_OK)
        code = sync_settle_value(t->sync, s.id, &value);
    arena_free(memory);
    return code;
}

int work_in_conflict(territory *t, const twin_layer *layer, int64_t fid,
                     const twin_column *column)
{
    search s = {
        .layer = layer->id, .column = column ? column->id : 0, .fid = fid};
    int code = sync_conflicts(t->sync, look, &s);

    return code == TAWAM_OK ? s.found > 0 : code;
}
