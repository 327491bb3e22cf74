/* SPDX-License-Identifier: MIT */
/* key: names of keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"
#include "ui/key.h"

static const struct {
    const char *name;
    int key;
} names[] = {{"Tab", UI_KEY_TAB},
             {"Enter", UI_KEY_ENTER},
             {"Esc", UI_KEY_ESCAPE},
             {"Space", ' '},
             {"Up", UI_KEY_UP},
             {"Down", UI_KEY_DOWN},
             {"Left", UI_KEY_LEFT},
             {"Right", UI_KEY_RIGHT},
             {"Home", UI_KEY_HOME},
             {"End", UI_KEY_END},
             {"PageUp", UI_KEY_PAGE_UP},
             {"PageDown", UI_KEY_PAGE_DOWN},
             {"Backspace", UI_KEY_BACKSPACE},
             {"Delete", UI_KEY_DELETE},
             {"Insert", UI_KEY_INSERT},
             {"BackTab", UI_KEY_BACK_TAB}};
#define NAMES (sizeof names / sizeof *names)

int ui_key_is_letter(int key)
{
    return key >= ' ' && key < 0x110000 && !(key >= 0x7F && key < 0xA0);
}

/* "" for keys without a name (a resize, the end of input). */
const char *ui_key_name(char out[24], int key)
{
    out[0] = '\0';
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].key == key)
            return strcpy(out, names[i].name);
    if (key >= UI_KEY_F1 && key < UI_KEY_F1 + 12)
        snprintf(out, 24, "F%d", key - UI_KEY_F1 + 1);
    else if (key >= 1 && key <= 26)
        snprintf(out, 24, "^%c", 'A' + key - 1);
    else if (key > ' ' && key < 0x110000)
        out[text_encode(out, (uint32_t)key)] = '\0';
    return out;
}

/* Some of these words mean something else in other messages, so they stand
 * there behind "key|". */
const char *ui_key_label(const char *name)
{
    static const char *const labels[][2] = {{"Tab", N_("key|Tab")},
                                            {"Enter", N_("key|Enter")},
                                            {"Esc", N_("key|Esc")},
                                            {"Space", N_("key|Space")},
                                            {"Up", N_("key|Up")},
                                            {"Down", N_("key|Down")},
                                            {"Left", N_("key|Left")},
                                            {"Right", N_("key|Right")},
                                            {"Home", N_("key|Home")},
                                            {"End", N_("key|End")},
                                            {"PageUp", N_("key|PageUp")},
                                            {"PageDown", N_("key|PageDown")},
                                            {"Backspace", N_("key|Backspace")},
                                            {"Delete", N_("key|Delete")},
                                            {"Insert", N_("key|Insert")},
                                            {"BackTab", N_("key|Shift-Tab")}};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i][0], name) == 0) {
            const char *label = _(labels[i][1]);
            return strncmp(label, "key|", 4) == 0 ? label + 4 : label;
        }
    return name;
}

/* A single letter of any script is its own name. */
int ui_key_parse(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].key;
    if (name[0] == '^' && name[1] >= 'A' && name[1] <= 'Z' && !name[2])
        return name[1] - 'A' + 1;
    if (name[0] == 'F' && name[1] >= '1' && name[1] <= '9' &&
        strlen(name) <= 3) {
        int number = atoi(name + 1);
        return number <= 12 ? UI_KEY_F1 + number - 1 : UI_KEY_NONE;
    }
    uint32_t point = 0;
    size_t length = strlen(name);
    if (length && text_decode(&point, name, length) == length)
        return (int)point;
    return UI_KEY_NONE;
}

/* Arabic (101), as XKB's `ara` and Windows have it: rows of the keyboard from
 * left to right. Letters that a Latin keyboard gets with Shift are left out,
 * but for the ones that are keys here: H and ?. */
int ui_key_by_place(int key)
{
    static const char latin[] = "qwertyuiopasdfghjkl;'zxcvnm,./H?";
    static const uint16_t arabic[] = {
        0x636, 0x635, 0x62B, 0x642, 0x641, 0x63A, 0x639, 0x647,
        0x62E, 0x62D, 0x634, 0x633, 0x64A, 0x628, 0x644, 0x627,
        0x62A, 0x646, 0x645, 0x643, 0x637, 0x626, 0x621, 0x624,
        0x631, 0x649, 0x629, 0x648, 0x632, 0x638, 0x623, 0x61F};
    _Static_assert(sizeof latin - 1 == sizeof arabic / sizeof *arabic,
                   "a place for each letter");
    if (key >= 0x660 && key <= 0x669)
        return '0' + key - 0x660;
    for (size_t i = 0; i < sizeof arabic / sizeof *arabic; i++)
        if (arabic[i] == key)
            return latin[i];
    return key;
}
