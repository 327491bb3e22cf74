/* SPDX-License-Identifier: MIT */
/* The end of an interview. */
#include "work/fill_internal.h"

/* Every question counts, also those that a count has just brought. */
static int check_all(fill *f)
{
    const fill_page *page = NULL;
    int code = fill_check_user(f);
    if (code == TAWAM_OK)
        code = fill_to_closing(f);
    if (code == TAWAM_OK)
        code = fill_look(&page, f);
    if (code == TAWAM_OK && (page->open || page->wrong))
        code = error_set(
            TAWAM_ENO,
            _("not finished: required and without an answer: %zu; wrong: %zu"),
            page->open, page->wrong);
    return code;
}

int fill_finish(int64_t *fid, fill *f)
{
    int code = check_all(f);
    if (code == TAWAM_OK)
        code = fill_check_reason(f);
    return code == TAWAM_OK ? fill_store_finish(fid, f) : code;
}

const char *fill_caption(const fill *f)
{
    return f->draft ? draft_caption(f->draft) : "";
}
