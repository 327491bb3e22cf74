/* SPDX-License-Identifier: MIT */
/* The action table keeps its promises, and keys and scripts their names. */
#include "tests/ui_support.h"
#include "ui/key.h"
#include "work/action.h"

static void names_are_unique(void)
{
    int wrong = 0, doubled = 0;
    for (size_t i = 0; i < action_count(); i++) {
        const char *name = action_at(i)->name;
        wrong += strspn(name, "abcdefghijklmnopqrstuvwxyz-") != strlen(name);
        for (size_t k = 0; k < i; k++)
            doubled += strcmp(name, action_at(k)->name) == 0;
    }
    is_int(wrong, 0, "every name is lower-case ASCII with hyphens");
    is_int(doubled, 0, "no name stands twice");
}

static void every_action_is_there(void)
{
    int missing = 0;
    for (int id = ACTION_NONE + 1; id < ACTION_COUNT; id++)
        missing += action_by_id((action_id)id) == NULL;
    is_int(missing, 0, "every id has its line in the table");
    is_int((long)action_count(), ACTION_COUNT - 1, "and no more than one");
}

/* Calls CHECK for each key of each action on one screen. */
static void keys_mean_one_thing(void)
{
    int doubled = 0, unknown = 0;
    for (size_t i = 0; i < action_count(); i++) {
        const action *a = action_at(i);
        char keys[128], *rest = keys;
        snprintf(keys, sizeof keys, "%s", a->keys);
        for (char *key; (key = strsep(&rest, " "));) {
            if (!*key)
                continue;
            if (ui_key_parse(key) == UI_KEY_NONE) {
                diag("%s: no key %s", a->name, key);
                unknown++;
            }
            for (unsigned s = 1; s & ACTION_ON_ALL; s <<= 1)
                if ((a->screens & s) && action_for_key(key, s) != a) {
                    diag("%s on %s: %s and %s", key, action_screen_name(s),
                         a->name, action_for_key(key, s)->name);
                    doubled++;
                }
        }
    }
    is_int(doubled, 0, "on one screen a key means one thing");
    is_int(unknown, 0, "every key of the table has that name");
}

static void every_screen_has_a_way_out(void)
{
    for (unsigned s = 1; s & ACTION_ON_ALL; s <<= 1) {
        const action *back = action_for_key("q", s);
        const action *help = action_for_key("?", s);
        ok(back && back->id == ACTION_BACK && help && help->id == ACTION_HELP,
           "q and ? work on %s", action_screen_name(s));
    }
}

static void finding(void)
{
    const action *a = NULL;
    ok(action_find(&a, "sync", ACTION_ON_HOME) == TAWAM_OK &&
           a->id == ACTION_SYNC,
       "a whole name is found");
    ok(action_find(&a, "confl", ACTION_ON_HOME) == TAWAM_OK &&
           a->id == ACTION_CONFLICTS,
       "so is a start that only one has");
    ok(action_find(&a, "s", ACTION_ON_HOME) == TAWAM_ENOTFOUND,
       "a start that several have is not");
    ok(action_find(&a, "q", ACTION_ON_HOME) == TAWAM_OK && a->id == ACTION_QUIT,
       "q leaves");
    ok(action_find(&a, "filter", ACTION_ON_HOME) == TAWAM_EUSAGE,
       "what can't be done here says so");
    ok(action_find(&a, "conflict", ACTION_ON_ADD) == TAWAM_ENOTFOUND &&
           strstr(error_message(), "conflicts"),
       "a wrong name gets the nearest: %s", error_message());
}

static void key_names(void)
{
    static const int keys[] = {'a', ' ',           UI_KEY_ENTER,    UI_KEY_TAB,
                               19,  UI_KEY_F1 + 9, UI_KEY_BACK_TAB, 0xE9};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char name[24];
        ui_key_name(name, keys[i]);
        is_int(ui_key_parse(name), keys[i], "key %s goes there and back", name);
    }
    is_int(ui_key_parse("Nothing"), UI_KEY_NONE, "no such key");
    is_int(ui_key_parse("F13"), UI_KEY_NONE, "no F13");
    is_int(ui_key_by_place(0x636), 'q', "an Arabic letter stands where q is");
    is_int(ui_key_by_place(0x61F), '?', "and so does its question mark");
    is_int(ui_key_by_place(0x663), '3', "an Arabic digit is one");
    is_int(ui_key_by_place('q'), 'q', "other keys are what they are");
}

int main(void)
{
    ui_set_up();
    names_are_unique();
    every_action_is_there();
    keys_mean_one_thing();
    every_screen_has_a_way_out();
    finding();
    key_names();
    return done_testing();
}
