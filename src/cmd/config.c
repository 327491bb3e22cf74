/* SPDX-License-Identifier: MIT */
/* tawam config: the settings of this replica that a person may choose. To add
 * one, add its line to the table. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "sync/files.h"
#include "work/workflow.h"

static int run(const verb_arguments *a);

const verb CMD_CONFIG = {
    .name = "config",
    .forms = "[NAME [VALUE]]",
    .summary = N_("list the settings of this replica, or set one"),
    .help = N_("Without words, lists the settings and what they are; with "
               "NAME, prints that one; with VALUE, sets it.\n\n"
               "follow: all (every line the remote shows) or published (what "
               "main holds and this device's own line). From all to published "
               "nothing that is here goes away; from published to all, the "
               "rest comes at the next sync.\n\n"
               "follow-attachments: which files of others a sync brings by "
               "itself, after the data: none (then files get fetches one), "
               "mine (attached on this device), all, or those up to a size, "
               "as in 300k or 2M.\n\n"
               "sync.stall: seconds without a byte after which a link is given "
               "up. sync.retries: how often it is tried again then."),
    .least = 0,
    .most = 2,
    .words = {VERB_TEXT, VERB_TEXT},
    .run = run};

typedef struct setting {
    const char *name;
    const char *values;              /* the choices, with a blank between */
    const char *elsewise;            /* when it was never set */
    int (*check)(const char *value); /* instead of the choices, or NULL */
} setting;

static int check_files_follow(const char *value)
{
    files_follow follow;

    return files_follow_read(&follow, value);
}

/* A whole number from LEAST to MOST. */
static int check_number(const char *value, int64_t least, int64_t most)
{
    int64_t number = 0;

    if (text_integer(&number, value) == TAWAM_OK && number >= least &&
        number <= most)
        return TAWAM_OK;
    return error_set(TAWAM_EUSAGE, _("a number from %lld to %lld is wanted"),
                     (long long)least, (long long)most);
}

static int check_stall(const char *value)
{
    return check_number(value, 1, 3600);
}

static int check_retries(const char *value)
{
    return check_number(value, 0, 1000);
}

static const setting SETTINGS[] = {
    {"follow", "all published", "all", NULL},
    {FILES_FOLLOW_SETTING, "none mine all SIZE", "none", check_files_follow},
    {WORK_STALL, "SECONDS", WORK_STALL_DEFAULT, check_stall},
    {WORK_RETRIES, "NUMBER", WORK_RETRIES_DEFAULT, check_retries}};
enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

static int find(const setting **out, const char *name)
{
    const char *names[SETTING_COUNT];
    const char *near;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(SETTINGS[i].name, name) == 0) {
            *out = &SETTINGS[i];
            return TAWAM_OK;
        }
        names[i] = SETTINGS[i].name;
    }
    near = text_nearest(name, names, SETTING_COUNT);
    return near ? error_set(TAWAM_EUSAGE,
                            _("no setting '%.60s'; did you mean '%s'?"), name,
                            near)
                : error_set(TAWAM_EUSAGE,
                            _("no setting '%.60s'; `tawam config` lists them"),
                            name);
}

/* 1 if VALUE is one of the choices. */
static int is_choice(const setting *s, const char *value)
{
    const char *word = s->values;
    size_t length = strlen(value);

    while (*word != 0) {
        size_t n = strcspn(word, " ");
        if (n == length && memcmp(word, value, n) == 0)
            return 1;
        word += n + (word[n] == ' ');
    }
    return 0;
}

static int print_one(json_writer *w, territory *t, const setting *s,
                     const verb_arguments *a, int with_name)
{
    char *value = NULL;
    int code = twin_setting(&value, t->twin, s->name);

    if (code == TAWAM_ENOTFOUND)
        code = TAWAM_OK;
    if (code == TAWAM_OK && cmd_json(a))
        json_write_pair(w, s->name, value ? value : s->elsewise);
    else if (code == TAWAM_OK)
        buffer_format(w->out, "%s%s%s\n", with_name ? s->name : "",
                      with_name ? "\t" : "", value ? value : s->elsewise);
    free(value);
    return code;
}

static int print(territory *t, const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    const setting *one = NULL;
    int code = a->word_count ? find(&one, verb_word(a, 0)) : TAWAM_OK;

    if (cmd_json(a))
        json_write_object(&w);
    for (size_t i = 0; code == TAWAM_OK && i < SETTING_COUNT; i++)
        if (one == NULL || one == &SETTINGS[i])
            code = print_one(&w, t, &SETTINGS[i], a, one == NULL);
    if (cmd_json(a))
        json_write_end(&w);
    if (code == TAWAM_OK)
        code = cmd_json(a) ? cmd_flush_json(&out) : cmd_flush(&out);
    buffer_free(&out);
    return code;
}

static int set(territory *t, const char *name, const char *value)
{
    const setting *s = NULL;
    int code = find(&s, name);

    if (code == TAWAM_OK && s->check != NULL)
        code = s->check(value);
    else if (code == TAWAM_OK && !is_choice(s, value))
        code =
            error_set(TAWAM_EUSAGE, _("%s is one of: %s"), s->name, s->values);
    return code == TAWAM_OK ? twin_set_setting(t->twin, s->name, value) : code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    int code = cmd_open(&t, a, a->word_count > 1);

    if (code == TAWAM_OK)
        code = a->word_count > 1 ? set(t, verb_word(a, 0), verb_word(a, 1))
                                 : print(t, a);
    territory_close(t);
    return code;
}
