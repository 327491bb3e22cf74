/* SPDX-License-Identifier: MIT */
/* record_form: looks through the shelf; a layer does not say who made it. */
#include <string.h>
#include "form/layout.h"
#include "form/shelf.h"
#include "ui/record_form_internal.h"

/* 1 if records of the form ID stand in LAYER. */
static int makes(const char *id, const char *layer)
{
    buffer name = {0};
    int error = form_record_layer(&name, id);
    int is = error == TAWAM_OK && strcmp((char *)name.data, layer) == 0;
    buffer_free(&name);
    return is;
}

int record_form_find(char *out, size_t size, twin *t, const char *layer)
{
    arena *memory = NULL;
    shelf_form *forms = NULL;
    size_t count = 0, found = 0;
    int error = arena_new(&memory);
    if (error == TAWAM_OK)
        error = shelf_list(&forms, &count, t, memory);
    while (error == TAWAM_OK && found < count && !makes(forms[found].id, layer))
        found++;
    if (error == TAWAM_OK && found < count)
        copy_text(out, size, forms[found].id);
    else if (error == TAWAM_OK)
        error =
            error_set(TAWAM_ENOTFOUND, _("no form makes rows of %.60s"), layer);
    arena_free(memory);
    return error;
}

int record_form_open(request *out, ui_context *ui, const char *id, int64_t fid)
{
    if (!*id) {
        ui_say(ui, ROLE_WARNING, "%s",
               _("This row is no record of a form; Enter changes its values"));
        return SCREEN_HANDLED;
    }
    copy_text(out->target.text, sizeof out->target.text, id);
    return request_open(out, ACTION_ON_FILL, NULL, fid);
}
