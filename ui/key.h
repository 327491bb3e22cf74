/* SPDX-License-Identifier: MIT */
/* key: keys as numbers and as names. A letter is its code point; Ctrl with a
 * letter is "^A" to "^Z" (codes 1 to 26, but Tab and Enter are themselves);
 * the others stand above Unicode. */
#ifndef TAWAM_UI_KEY_H
#define TAWAM_UI_KEY_H

enum {
    UI_KEY_NONE = -1, /* nothing came in time */
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESCAPE = 27,
    UI_KEY_UP = 0x110000,
    UI_KEY_DOWN,
    UI_KEY_LEFT,
    UI_KEY_RIGHT,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_PAGE_UP,
    UI_KEY_PAGE_DOWN,
    UI_KEY_BACKSPACE,
    UI_KEY_DELETE,
    UI_KEY_INSERT,
    UI_KEY_BACK_TAB,
    UI_KEY_RESIZE,       /* the terminal has another size */
    UI_KEY_END_OF_INPUT, /* the terminal is gone, or a signal says leave */
    UI_KEY_F1,           /* ... F12 = F1 + 11 */
    UI_KEY_LAST = UI_KEY_F1 + 12
};

/* 1 for what is text when it is typed: letters, digits, signs, the blank. */
int ui_key_is_letter(int key);
/* "Enter", "^S", "j", "é": the name used in the action table. OUT 24 bytes. */
const char *ui_key_name(char out[24], int key);
/* What the key of that NAME is called in the language of the messages:
 * "Entrée"; NAME itself for letters and F keys. Borrowed. */
const char *ui_key_label(const char *name);
/* The key of a name, UI_KEY_NONE if there is none. */
int ui_key_parse(const char *name);
/* The key that a Latin keyboard has where an Arabic one has KEY, so that keys
 * work without switching the keyboard; KEY itself for all others. */
int ui_key_by_place(int key);

#endif
