/* SPDX-License-Identifier: MIT */
/* Moving through the pages. A place is kept as text, so that a draft goes on
 * where it was: the path of a page's first question, "PATH+" for the page after
 * a repeat's instances, "$" for the closing one. */
#include "work/fill_internal.h"
#include <stdlib.h>
#include <string.h>

static int is_page(const fill_step *s)
{
    return s->kind != STEP_COUNT && !s->is_hidden;
}

/* ---- paths ---- */

static void write_path(buffer *out, const form_node *node)
{
    if (!node->parent || !*node->name)
        return;
    write_path(out, node->parent);
    buffer_format(out, "/%s%s", node->is_attribute ? "@" : "", node->name);
    if (node->is_repeat)
        buffer_format(out, "[%zu]", fill_position(node));
}

char *fill_path(const form_node *node)
{
    buffer path = {0};
    write_path(&path, node);
    return buffer_take(&path);
}

static int keep_first(void *context, const form_element *question,
                      form_node *node, const form_element *group)
{
    (void)question;
    (void)group;
    *(form_node **)context = node;
    return 1;
}

char *fill_place_of(const fill *f)
{
    const fill_step *s = &f->here;
    form_node *node = s->node;
    buffer path = {0};
    if (s->kind == STEP_CLOSING)
        return memory_string("$");
    if (s->kind == STEP_LIST)
        fill_list_each(s->element, s->node, keep_first, &node);
    write_path(&path, node);
    if (s->kind == STEP_REPEAT || s->kind == STEP_COUNT)
        buffer_format(&path, "/%s+", s->element->item->name);
    return buffer_take(&path);
}

/* A choice whose list depends on other answers may be in it no more; the
 * engine takes it back when the list is asked for. */
static int settle_choices(fill *f)
{
    fill_ref *list = NULL;
    size_t count = 0, choice_count;
    const record_choice *choices;
    int code = fill_refs(&list, &count, f);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++) {
        const form_control *c = list[i].node->item->control;
        if (!list[i].number || !c->itemset || !*list[i].node->value ||
            !strchr(xpath_text(c->itemset), '['))
            continue;
        code = record_choices(&choices, &choice_count, f->record, list[i].node);
        fill_touch(f);
    }
    free(list);
    return code == TAWAM_OK ? fill_store_save(f) : code;
}

int fill_stand(fill *f, size_t step)
{
    char *place;
    int closes = f->steps[step].kind == STEP_CLOSING;
    int stays = closes && f->here.kind == STEP_CLOSING;
    int code = stays ? TAWAM_OK : fill_audit_leave(f);
    if (code == TAWAM_OK && closes) {
        code = settle_choices(f);
        if (code == TAWAM_OK)
            code = fill_steps(f);
        step = f->step_count - 1;
    }
    f->at = step;
    f->here = f->steps[step];
    f->is_looked = 0;
    place = code == TAWAM_OK ? fill_place_of(f) : NULL;
    if (code == TAWAM_OK)
        code = place ? fill_store_place(f, place) : TAWAM_EMEMORY;
    free(place);
    return code;
}

/* ---- one page on or back ---- */

/* The first page from FROM on, the instances that counts on the way ask for
 * made. The closing page ends it. */
static int forward(size_t *out, fill *f, size_t from)
{
    int code = TAWAM_OK;
    size_t i = from, added = 0;
    while (code == TAWAM_OK && i < f->step_count) {
        if (is_page(&f->steps[i]))
            break;
        if (f->steps[i].kind == STEP_COUNT) {
            fill_step s = f->steps[i];
            code = fill_ensure_count(&added, f, &s);
            if (code == TAWAM_OK && added)
                code = fill_steps(f);
            /* What is before the count is as it was, unless a rule hid it:
             * hidden steps stay steps. */
        }
        i++;
    }
    *out = i < f->step_count ? i : f->step_count - 1;
    return code;
}

int fill_settle(fill *f)
{
    size_t i = 0;
    int code = fill_steps(f);
    if (code != TAWAM_OK || is_page(&f->steps[f->at]))
        return code;
    code = forward(&i, f, f->at);
    return code == TAWAM_OK ? fill_stand(f, i) : code;
}

int fill_next(fill *f)
{
    size_t i = 0;
    int code = fill_steps(f);
    if (code == TAWAM_OK && f->here.kind == STEP_CLOSING)
        return error_set(TAWAM_ENO, _("this is the end of the form"));
    if (code == TAWAM_OK)
        code = forward(&i, f, f->at + 1);
    return code == TAWAM_OK ? fill_stand(f, i) : code;
}

int fill_back(fill *f)
{
    int code = fill_steps(f);
    size_t i = f->at;
    while (code == TAWAM_OK && i-- > 0)
        if (is_page(&f->steps[i]))
            return fill_stand(f, i);
    return code == TAWAM_OK
               ? error_set(TAWAM_ENO, _("this is the beginning of the form"))
               : code;
}

int fill_to_start(fill *f)
{
    size_t i = 0;
    int code = fill_steps(f);
    if (code == TAWAM_OK)
        code = forward(&i, f, 0);
    return code == TAWAM_OK ? fill_stand(f, i) : code;
}

int fill_to_closing(fill *f)
{
    size_t added = 0;
    int code = fill_steps(f);
    for (size_t i = 0; code == TAWAM_OK && i < f->step_count; i++)
        if (f->steps[i].kind == STEP_COUNT) {
            fill_step s = f->steps[i];
            code = fill_ensure_count(&added, f, &s);
            if (code == TAWAM_OK)
                code = fill_steps(f);
        }
    return code == TAWAM_OK ? fill_stand(f, f->step_count - 1) : code;
}

/* ---- to a path ---- */

static int is_within(const form_node *node, const form_node *above)
{
    while (node && node != above)
        node = node->parent;
    return node != NULL;
}

static int is_node(void *context, const form_element *question, form_node *node,
                   const form_element *group)
{
    (void)question;
    (void)group;
    return is_within(node, context);
}

/* Does the page S show NODE, or something below it? */
static int shows(const fill_step *s, form_node *node)
{
    if (s->kind == STEP_QUESTION)
        return is_within(s->node, node);
    return s->kind == STEP_LIST &&
           fill_list_each(s->element, s->node, is_node, node);
}

/* The page after the instances of the repeat that PATH names. */
static int go_to_repeat(fill *f, const char *path)
{
    size_t length = strlen(path);
    char *copy = memory_string_length(
        path, length && path[length - 1] == '+' ? length - 1 : length);
    char *slash = copy ? strrchr(copy, '/') : NULL;
    form_node *parent = NULL;
    int code = copy ? TAWAM_ENOTFOUND : TAWAM_EMEMORY;
    if (slash && slash > copy) {
        *slash = '\0';
        parent = record_find(f->record, copy);
    }
    for (size_t i = 0; parent && code == TAWAM_ENOTFOUND && i < f->step_count;
         i++)
        if (f->steps[i].kind == STEP_REPEAT && is_page(&f->steps[i]) &&
            f->steps[i].node == parent &&
            strcmp(f->steps[i].element->item->name, slash + 1) == 0)
            code = fill_stand(f, i);
    free(copy);
    return code;
}

static int go(fill *f, const char *path)
{
    form_node *node;
    int code = fill_steps(f);
    if (code != TAWAM_OK)
        return code;
    if (strcmp(path, "$") == 0)
        return fill_to_closing(f);
    node = record_find(f->record, path);
    for (size_t i = 0; node && !node->is_hidden && i < f->step_count; i++)
        if (is_page(&f->steps[i]) && shows(&f->steps[i], node))
            return fill_stand(f, i);
    if (!node)
        code = go_to_repeat(f, path);
    else
        code = error_set(TAWAM_ENO, _("%.200s is not asked now"), path);
    return code == TAWAM_ENOTFOUND
               ? error_set(code, _("there is no question %.200s"), path)
               : code;
}

int fill_go(fill *f, const char *path)
{
    const form_node *from = f->here.kind == STEP_QUESTION ? f->here.node : NULL;
    int code = fill_audit_event(f, AUDIT_JUMP, from);
    return code == TAWAM_OK ? go(f, path) : code;
}

int fill_place_go(fill *f, const char *place)
{
    int code = *place ? go(f, place) : fill_to_start(f);
    if (code == TAWAM_ENO || code == TAWAM_ENOTFOUND) {
        error_clear();
        code = fill_to_start(f);
    }
    return code;
}

/* ---- by words ---- */

static int matches(int *out, fill *f, const fill_ref *r, const char *words,
                   const char *folded, arena *memory)
{
    const char *label = "";
    char *label_folded = NULL;
    int64_t number;
    int code;
    *out = (text_integer(&number, folded) == TAWAM_OK &&
            number == (int64_t)r->number && number > 0) ||
           strcmp(r->node->item->name, words) == 0;
    error_clear();
    if (*out || !*folded || strspn(folded, "0123456789") == strlen(folded))
        return TAWAM_OK;
    code = fill_label(&label, f, r->node, memory);
    if (code == TAWAM_OK) {
        label_folded = text_fold(label);
        code = label_folded ? TAWAM_OK : TAWAM_EMEMORY;
    }
    if (code == TAWAM_OK)
        *out = text_contains(label_folded, folded);
    free(label_folded);
    return code;
}

/* *FOUND: the next of LIST, round its end, behind the page it stands at;
 * COUNT: none. A name is meant before words of a label are. */
static int find_ref(size_t *found, fill *f, const fill_ref *list, size_t count,
                    const char *words)
{
    char *folded = text_fold(words);
    arena *memory = NULL;
    size_t from = 0;
    int code = folded ? arena_new(&memory) : TAWAM_EMEMORY;
    *found = count;
    while (from < count && list[from].step <= f->at)
        from++;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (strcmp(list[(from + i) % count].node->item->name, words) == 0 &&
            *found == count)
            *found = (from + i) % count;
    for (size_t i = 0; code == TAWAM_OK && i < count && *found == count; i++) {
        int is = 0;
        code =
            matches(&is, f, &list[(from + i) % count], words, folded, memory);
        arena_reset(memory);
        if (is)
            *found = (from + i) % count;
    }
    arena_free(memory);
    free(folded);
    return code;
}

static int not_found(const char *words)
{
    char *safe = text_safe(words, strlen(words), 0);
    error_set(TAWAM_ENOTFOUND,
              _("no question has the number, name or words '%.100s'"),
              safe ? safe : "");
    free(safe);
    return TAWAM_ENOTFOUND;
}

int fill_find(const char **path, fill *f, const char *words)
{
    fill_ref *list = NULL;
    size_t count = 0, found = 0;
    int code;
    if (*words == '/' && record_find(f->record, words)) {
        free(f->found);
        f->found = memory_string(words);
        *path = f->found;
        return f->found ? TAWAM_OK : TAWAM_EMEMORY;
    }
    code = fill_refs(&list, &count, f);
    if (code == TAWAM_OK)
        code = find_ref(&found, f, list, count, words);
    if (code == TAWAM_OK && found < count) {
        free(f->found);
        f->found = fill_path(list[found].node);
        code = f->found ? TAWAM_OK : TAWAM_EMEMORY;
        *path = f->found;
    } else if (code == TAWAM_OK)
        code = not_found(words);
    free(list);
    return code;
}

/* Index of LIST from which to look on (BY 1), or before which to look back:
 * FROM is left out, without it the whole page. */
static size_t look_from(const fill *f, const fill_ref *list, size_t count,
                        const form_node *from, int by)
{
    size_t i = 0;
    for (; from && i < count; i++)
        if (list[i].node == from && list[i].step == f->at)
            return by < 0 ? i : i + 1;
    for (i = 0; i < count && list[i].step <= f->at;)
        i++;
    while (by < 0 && i > 0 && list[i - 1].step >= f->at)
        i--;
    return i;
}

int fill_to_open(form_node **found, fill *f, const form_node *from, int by)
{
    fill_ref *list = NULL;
    const fill_ref *open = NULL;
    size_t count = 0, start = 0;
    int code = fill_refs(&list, &count, f);
    if (code == TAWAM_OK)
        start = look_from(f, list, count, from, by);
    for (size_t i = 0; code == TAWAM_OK && i < count && !open; i++) {
        const fill_ref *r = &list[by < 0 ? (start + 2 * count - 1 - i) % count
                                         : (start + i) % count];
        fill_state state = FILL_EMPTY;
        if (r->number)
            code = fill_state_of(&state, NULL, f, r->node, NULL);
        if (state == FILL_OPEN || state == FILL_WRONG)
            open = r;
    }
    if (code == TAWAM_OK && !open)
        code = error_set(TAWAM_ENO, _("no question is open or wrong"));
    if (code == TAWAM_OK && found)
        *found = open->node;
    if (code == TAWAM_OK)
        code = fill_stand(f, open->step);
    free(list);
    return code;
}
