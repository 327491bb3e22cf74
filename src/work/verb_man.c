/* SPDX-License-Identifier: MIT */
/* verb: the man page, in mdoc(7), from the table. Every text goes through
 * mdoc(), so that no word of a help text is taken for a macro. */
#include <string.h>
#include "work/action.h"
#include "work/verb.h"

/* Append TEXT as running text: backslashes escaped, a line that begins with
 * '.' or '\'' kept from being a request, blank lines made paragraphs. */
static void mdoc(buffer *out, const char *text)
{
    int start = 1;

    for (; *text != 0; text++) {
        if (*text == '\n') {
            while (text[1] == '\n')
                text++;
            buffer_text(out,
                        text[0] == '\n' && text[-1] == '\n' ? "\n.Pp\n" : "\n");
            start = 1;
            continue;
        }
        if (start && (*text == '.' || *text == '\''))
            buffer_text(out, "\\&");
        if (*text == ' ' && !start && strchr(".?!", text[-1]) != NULL) {
            buffer_byte(out, '\n');
            start = 1;
            continue;
        }
        if (*text == '\\')
            buffer_text(out, "\\e");
        else if (*text == '-')
            buffer_text(out, "\\-");
        else
            buffer_byte(out, (uint8_t)*text);
        start = 0;
    }
    buffer_byte(out, '\n');
}

/* Words of a form ("L ROW [COLUMN]") as they stand, on a macro line. */
static void form_words(buffer *out, const char *form, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (form[i] == '\\')
            buffer_text(out, "\\e");
        else if (form[i] == '"')
            buffer_text(out, "\\(dq");
        else if (form[i] == '-')
            buffer_text(out, "\\-");
        else
            buffer_byte(out, (uint8_t)form[i]);
    }
}

static void options(buffer *out, const verb_option *list)
{
    buffer_text(out, ".Bl -tag -width Ds\n");
    for (const verb_option *o = list; o->name != NULL; o++) {
        buffer_text(out, ".It ");
        if (o->letter != 0)
            buffer_format(out, "Fl %c , ", o->letter);
        buffer_format(out, "Fl \\-");
        form_words(out, o->name, strlen(o->name));
        if (o->value != NULL) {
            buffer_text(out, " Ar ");
            form_words(out, o->value, strlen(o->value));
        }
        buffer_byte(out, '\n');
        mdoc(out, _(o->help));
    }
    buffer_text(out, ".El\n");
}

/* A verb: each of its forms as a tag, its help, its options as a list. */
static void one_verb(buffer *out, const verb *v)
{
    const char *form = v->forms;

    do {
        size_t length = strcspn(form, "\n");
        buffer_format(out, ".It Cm %s%s", v->name, length ? " " : "");
        form_words(out, form, length);
        buffer_byte(out, '\n');
        form += length + (form[length] == '\n');
    } while (*form != 0);
    mdoc(out, _(v->help));
    if (v->options != NULL && v->options[0].name != NULL)
        options(out, v->options);
}

/* A list of term and text, NULL-ended. */
static void pairs(buffer *out, const char *macro, const char *const *list)
{
    buffer_text(out, ".Bl -tag -width Ds\n");
    for (; list[0] != NULL; list += 2) {
        buffer_format(out, ".It %s", macro);
        buffer_format(out, "%s%s\n", macro[0] ? " " : "", list[0]);
        mdoc(out, _(list[1]));
    }
    buffer_text(out, ".El\n");
}

static const char *const ENVIRONMENT[] = {
    "TAWAM_DIR",
    N_("the replica to work on, when -C does not say it"),
    "GIT_SSH_COMMAND",
    N_("the ssh to run for remotes behind SSH; GIT_SSH likewise"),
    "GIT_SSL_CAINFO",
    N_("a file of the authorities that vouch for servers by HTTPS, in place "
       "of those of git config http.sslCAInfo and of the system; "
       "GIT_SSL_CAPATH: a folder of such files, as http.sslCAPath"),
    "LANGUAGE",
    N_("language of the words; else LC_ALL, LC_MESSAGES, LANG"),
    "NO_COLOR",
    N_("when set and not empty, nothing is coloured"),
    "XDG_STATE_HOME",
    N_("where the list of known replicas is kept, in tawam/replicas"),
    NULL,
    NULL};

static const char *const FILES[] = {
    "twin.gpkg",
    N_("the replica: a GeoPackage that QGIS and GDAL open as it is"),
    "log.git",
    N_("the history: a bare git repository, one branch a device and main"),
    "attachments",
    N_("files that rows name"),
    "~/.local/state/tawam/replicas",
    N_("the replicas of this user, one a line"),
    NULL,
    NULL};

static const char *const STATUS[] = {"0",
                                     N_("done"),
                                     "1",
                                     N_("the answer is no, or not found"),
                                     "2",
                                     N_("wrong usage"),
                                     "3",
                                     N_("the environment: disk, rights, a "
                                        "replica of a newer format, another "
                                        "process at work"),
                                     "4",
                                     N_("remote unreachable; try again"),
                                     "5",
                                     N_("refused by the other side"),
                                     "6",
                                     N_("data damaged"),
                                     NULL,
                                     NULL};

/* The keys of the screens, a section a group. */
static void keys(buffer *out)
{
    buffer_text(out, ".Sh KEYS\n");
    for (int group = 0; group < ACTION_GROUPS; group++) {
        /* a title may begin with the name of a macro: In scripts */
        buffer_text(out, ".Ss \\&");
        mdoc(out, action_group_title((action_group)group));
        buffer_text(out, ".Bl -tag -width Ds\n");
        for (size_t i = 0; i < action_count(); i++) {
            const action *one = action_at(i);
            if ((int)one->group != group || one->id == ACTION_NONE)
                continue;
            buffer_text(out, ".It Sy \"");
            for (const char *at = one->keys; *at;) {
                size_t length = strcspn(at, " ");
                form_words(out, at, length);
                at += length + strspn(at + length, " ");
                buffer_text(out, *at ? ", " : "  ");
            }
            buffer_byte(out, ':');
            form_words(out, one->name, strlen(one->name));
            if (one->argument != NULL) {
                buffer_byte(out, ' ');
                form_words(out, one->argument, strlen(one->argument));
            }
            buffer_text(out, "\"\n");
            mdoc(out, _(one->help));
        }
        buffer_text(out, ".El\n");
    }
}

static void examples(buffer *out)
{
    buffer_text(out,
                ".Bd -literal -offset indent\n"
                "$ tawam init berkane \\-\\-bare\\-remote /srv/berkane.git\n"
                "$ cd berkane\n"
                "$ tawam import points.csv \\-\\-layer water_point "
                "\\-\\-key code\n"
                "$ tawam set water_point code=W\\-17 status=broken\n"
                "$ tawam sync\n"
                "$ tawam at 2026\\-01\\-01 export water_point "
                "\\-\\-format csv\n"
                ".Ed\n");
}

void verb_man(buffer *out, const verb_table *verbs)
{
    buffer_text(out, ".\\\" SPDX-License-Identifier: MIT\n"
                     ".\\\" Made by: tawam help --man\n"
                     ".Dd November 22, 2026\n.Dt TAWAM 1\n.Os\n"
                     ".Sh NAME\n.Nm tawam\n.Nd ");
    mdoc(out, _("digital twin of a territory, offline, synced through git"));
    buffer_text(out, ".Sh SYNOPSIS\n.Nm tawam\n.Op Fl C Ar DIR\n"
                     ".Nm tawam\n.Op Fl C Ar DIR\n.Ar VERB\n"
                     ".Op Ar argument ...\n.Sh DESCRIPTION\n");
    mdoc(out, _("tawam keeps the digital twin of a territory: layers of rows "
                "in a GeoPackage that works offline, whose copies meet "
                "through git. Without a verb it opens its screens."));
    buffer_text(out, ".Pp\n");
    mdoc(out, _("ROW is a row's fid, its uuid, or COLUMN=VALUE where that is "
                "unique. L is a layer's name. VERSION and COMMIT are a commit "
                "id or its start, a tag, a device's name, HEAD or a date."));
    buffer_text(out, ".Sh OPTIONS\n");
    options(out, VERB_GLOBALS);
    buffer_text(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < verbs->count; i++)
        one_verb(out, verbs->verbs[i]);
    buffer_text(out, ".El\n");
    keys(out);
    buffer_text(out, ".Sh ENVIRONMENT\n");
    pairs(out, "Ev", ENVIRONMENT);
    buffer_text(out, ".Sh FILES\n");
    pairs(out, "Pa", FILES);
    buffer_text(out, ".Sh EXIT STATUS\n");
    pairs(out, "", STATUS);
    buffer_text(out, ".Sh EXAMPLES\n");
    examples(out);
    buffer_text(out, ".Sh SEE ALSO\n.Xr git 1 ,\n.Xr sqlite3 1 ,\n"
                     ".Xr ssh 1\n");
}
