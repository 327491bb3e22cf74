/* SPDX-License-Identifier: MIT */
/* Names of layers and columns: deterministic, valid, different.
 *
 * Where two of a layer would have one name, each gets the name of the group
 * that it is in before its own, then of the group around that, until they
 * differ. All of them do: were the first to keep the bare name, a question put
 * before it in a later version would take over its column. */
#include "form/layout_internal.h"
#include <stdio.h>
#include <string.h>

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

const char *layout_shorten(const char *text, arena *memory)
{
    char *name = arena_alloc(memory, TWIN_NAME_MAX + 1);
    if (name)
        twin_name_shorten(name, text);
    return name;
}

static int is_kept(const char *name)
{
    static const char *const heads[] = {"tawam_", "gpkg_", "rtree_", "sqlite_"};
    static const char *const names[] = {"fid", "uuid", "geom", ""};
    char head[8];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal_nocase(name, names[i]))
            return 1;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t length = strlen(heads[i]);
        if (strlen(name) < length)
            continue;
        memcpy(head, name, length);
        head[length] = '\0';
        if (text_equal_nocase(head, heads[i]))
            return 1;
    }
    return 0;
}

/* ITEM's name and those of PREFIXES elements above it. */
static void write_wish(buffer *out, const name_wish *w)
{
    const form_item *above[64];
    size_t count = 0;
    const form_item *up = w->item;
    for (; up && up != w->top && count < w->prefixes && count < 64; count++)
        above[count] = up = up->parent;
    while (count--)
        buffer_format(out, "%s_", above[count]->name);
    if (w->item)
        buffer_text(out, w->stem ? w->stem : w->item->name);
    buffer_text(out, w->suffix);
}

static int make_name(name_wish *w, const char *head, size_t turn, arena *memory)
{
    buffer text = {0};
    int code;
    if (head && *head)
        buffer_format(&text, "%s_", head);
    write_wish(&text, w);
    if (turn > 1)
        buffer_format(&text, "_%zu", turn);
    code = buffer_check(&text);
    if (code == TAWAM_OK) {
        w->name = layout_shorten((const char *)text.data, memory);
        code = w->name ? TAWAM_OK : TAWAM_EMEMORY;
    }
    buffer_free(&text);
    return code;
}

static int can_grow(const name_wish *w)
{
    const form_item *up = w->item;
    for (size_t i = 0; up && i < w->prefixes; i++)
        up = up == w->top ? NULL : up->parent;
    return up && up != w->top && up->parent;
}

static int is_taken(const name_wish *wishes, size_t count, size_t at)
{
    const name_wish *w = &wishes[at];
    if (w->item && is_kept(w->name))
        return 1;
    for (size_t i = 0; i < count; i++)
        if (i != at && text_equal_nocase(wishes[i].name, w->name))
            return 1;
    return 0;
}

/* One round: what is taken and can gets a group more. *grown: how many. */
static int grow_names(size_t *grown, name_wish *wishes, size_t count,
                      const char *head, arena *memory)
{
    char *marks = arena_alloc(memory, count + 1);
    int code = marks ? TAWAM_OK : TAWAM_EMEMORY;
    *grown = 0;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        marks[i] = wishes[i].item && is_taken(wishes, count, i) &&
                   can_grow(&wishes[i]);
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        if (marks[i]) {
            wishes[i].prefixes++;
            ++*grown;
            code = make_name(&wishes[i], head, 0, memory);
        }
    return code;
}

int layout_name_all(name_wish *wishes, size_t count, const char *head,
                    arena *memory)
{
    size_t grown = 1;
    int code = TAWAM_OK;
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        code = make_name(&wishes[i], wishes[i].item ? head : NULL, 0, memory);
    while (code == TAWAM_OK && grown)
        code = grow_names(&grown, wishes, count, head, memory);
    /* Groups don't tell these apart. */
    for (size_t i = 0; code == TAWAM_OK && i < count; i++)
        for (size_t turn = 2;
             code == TAWAM_OK && wishes[i].item && is_taken(wishes, count, i);
             turn++)
            code = make_name(&wishes[i], head, turn, memory);
    return code;
}

int form_record_layer(buffer *out, const char *form_id)
{
    char name[TWIN_NAME_MAX + 1];
    arena *memory = NULL;
    buffer whole = {0};
    const char *kept = NULL;
    int code = arena_new(&memory);
    if (is_kept(form_id))
        buffer_text(&whole, "form_");
    for (const char *at = form_id; *at; at++) {
        unsigned char c = (unsigned char)*at;
        buffer_byte(&whole, c < ' ' || c == 0x7F || c == '"' ? '_' : c);
    }
    if (code == TAWAM_OK)
        code = buffer_check(&whole);
    if (code == TAWAM_OK) {
        /* Room for "_record" and a little for repeats. */
        kept =
            whole.length <= TWIN_NAME_MAX - 7 ? (const char *)whole.data : NULL;
        snprintf(name, sizeof name, "form_%08x", (unsigned)hash_of(form_id));
        buffer_format(out, "%s_record", kept ? kept : name);
        code = buffer_check(out);
    }
    buffer_free(&whole);
    arena_free(memory);
    return code;
}

void form_property_column(char *out, const char *property)
{
    if (is_kept(property) || text_equal_nocase(property, "label"))
        snprintf(out, TWIN_NAME_MAX + 1, "property_%.50s", property);
    else
        twin_name_shorten(out, property);
}
