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
