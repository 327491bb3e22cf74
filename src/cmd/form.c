/* SPDX-License-Identifier: MIT */
/* tawam form WHAT: questionnaires. What comes after the verb stands in the
 * table below; each has a file of its own. */
#include "cmd/form_internal.h"
#include "cmd/form_steps.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"attach", 0, "FOLDER", VERB_FOLDER,
     N_("where the form's attachments are")},
    {"to", 0, "xform|sheets|csv|xml", VERB_FORMAT,
     N_("what to convert to or export as; convert: xform, its XML")},
    {"records", 0, NULL, VERB_TEXT,
     N_("export the records of the form, not the form")},
    {"version", 0, "VERSION", VERB_TEXT,
     N_("export that version; else the current one")},
    {"repeat", 0, "NAME=FILE", VERB_FILE,
     N_("the rows of repeat NAME, for import; more of them after a comma")},
    {"reject-file", 0, "FILE", VERB_FILE,
     N_("where wrong rows go; else FILE.rejects.csv")},
    {"key", 0, "COLUMN", VERB_TEXT,
     N_("import: the column that names a row wherever it is imported")},
    {"again", 0, NULL, VERB_TEXT,
     N_("import: rows that are records already, once more")},
    {"tz", 0, "ZONE", VERB_TEXT, N_("time zone, as Africa/Casablanca")},
    {"now", 0, "TIME", VERB_TEXT, N_("what now() is, in ISO 8601")},
    {"seed", 0, "NUMBER", VERB_TEXT, N_("makes what is random the same again")},
    {"times", 'n', "NUMBER", VERB_TEXT, N_("how often bench does it all (20)")},
    {"dump", 0, "each|end", VERB_FORMAT,
     N_("print the record after each step, or at the end alone")},
    {"draft", 0, "NUMBER", VERB_TEXT, N_("fill: go on with that draft")},
    {"upgrade", 0, NULL, VERB_TEXT,
     N_("fill: go on with the draft under the form's current version")},
    {"edit", 0, "ROW", VERB_TEXT, N_("fill: change a finished record")},
    {"list", 0, NULL, VERB_TEXT, N_("fill: list the drafts")},
    {"out", 0, "FILE", VERB_FILE,
     N_("fill: the record of a form that is not published; a draft as XML")},
    {"gpsd", 0, "HOST:PORT", VERB_TEXT, N_("fill: where gpsd is")},
    {NULL, 0, NULL, 0, NULL}};

/* What comes after the verb: MOST words with it, -1 any number. */
static const struct {
    const char *name;
    int (*call)(const verb_arguments *a);
    int least, most;
    const char *words;
} PARTS[] = {
    {"list", cmd_form_list, 1, 1, ""},
    {"publish", cmd_form_publish, 2, 2, "FILE"},
    {"export", cmd_form_export, 2, 3, "ID [--records] --to FORMAT FILE"},
    {"import", cmd_form_import, 3, -1, "ID FILE… [--repeat NAME=FILE.csv]"},
    {"fill", cmd_form_fill, 1, 2, "FORM"},
    {"check", cmd_form_check, 2, 2, "FILE"},
    {"convert", cmd_form_convert, 2, 2, "FILE --to xform"},
    {"run", form_run, 3, 3, "FILE STEPS.json"},
    {"bench", form_bench, 3, 3, "FILE STEPS.json"}};

const verb CMD_FORM = {
    .name = "form",
    .forms = "list\npublish FILE [--attach FOLDER]\nfill FORM\n"
             "fill --draft NUMBER [--upgrade]\nfill --draft NUMBER --out FILE\n"
             "fill --list\nfill FORM --edit ROW\n"
             "fill FILE --out FILE\n"
             "export ID --to xform|sheets FILE|FOLDER\n"
             "export ID --records --to csv|xml FOLDER\n"
             "import ID FILE.csv [--repeat NAME=FILE.csv] [--key COLUMN]\n"
             "import ID FILE.xml…\ncheck FILE\n"
             "convert FILE --to xform\nrun FILE STEPS.json\n"
             "bench FILE STEPS.json",
    .summary = N_("publish, list, check, convert and fill forms"),
    .help = N_("FILE is an XLSForm (.xlsx, .md, or a folder with survey.csv, "
               "choices.csv, settings.csv and entities.csv) or an XForm "
               "(.xml).\n\n"
               "list shows the forms that this replica has, with their "
               "records and drafts.\n\n"
               "publish checks FILE, puts it into main with its attachments "
               "(beside it, or in the folder of --attach) and makes the "
               "layers of its records and entities. It travels at the next "
               "sync. A published version does not change: a change is a "
               "newer version (settings, column version).\n\n"
               "fill asks a form's questions one by one, on plain input and "
               "output: for screen readers, slow links, and answers from a "
               "file. Each answer is kept before the next question; the end "
               "of the input leaves a draft, which --draft goes on with. At "
               "any question ? helps, < goes back, > on; :outline shows the "
               "form, :save leaves, :finish finalises. A draft goes on under "
               "the version that it was begun with, or with --upgrade under "
               "the current one: answers that this has no place for are told, "
               "and kept with the record. --out writes a draft as XML, also "
               "when its form is gone.\n\n"
               "Where a form's audit asks for it, fill first asks who fills "
               "it (identify-user; Enter takes the name that stands there), "
               "asks why before a finished record that was changed is saved "
               "(track-changes-reasons), and notes where it is filled, as "
               "long as a gpsd answers (location-priority).\n\n"
               "export writes a published form as its XForm or as the sheets "
               "it was published from, or its records: as CSV, a file for the "
               "records and one a repeat, as ODK Central writes them, or as "
               "submissions in ODK's XML, a file each; a record's audit is "
               "NAME.audit.csv beside NAME.xml, where import finds it.\n\n"
               "import makes a record of each row of a CSV file, as if its "
               "answers were typed: the header names questions (name or "
               "group/name). Wrong rows are told, and kept in a file. A "
               "repeat's rows come from a CSV of their own, whose first column "
               "names the row they belong to by a column that both have. A "
               "submission in ODK's XML becomes a record once, however often "
               "it is imported, and so does a row: by its instanceID (a "
               "column KEY or instanceID), by the column that --key names, "
               "else by all that stands in it, where this replica imported "
               "it. A row with a name is one record also when two replicas "
               "import it. --again imports such rows once more. Files that a "
               "submission names become attachments, from beside it or from "
               "a folder media there; what is missing is told.\n\n"
               "check says whether it is accepted and what is wrong, by "
               "sheet, row and column: in words to a terminal, elsewhere or "
               "with --json as JSON. convert prints the XForm that an XLSForm "
               "stands for.\n\n"
               "run takes the steps of a JSON file ({\"steps\":[{\"op\":"
               "\"answer\",\"ref\":\"/data/name\",\"value\":\"A\"}]}) and "
               "prints one line of JSON a step. Steps: answer, newRepeat, "
               "ensureRepeat, removeRepeat, get, choices, setLanguage, "
               "validate, finalize; references count from 1.\n\n"
               "bench takes the same steps, -n times over, each time on a new "
               "record, and prints what they cost in processor time: reading "
               "the form, a new record, an answer (median, 99th percentile, "
               "worst), and the most memory."),
    .options = OPTIONS,
    .least = 1,
    .most = -1,
    .words = {VERB_TEXT, VERB_FILE, VERB_FILE},
    .run = run};

/* A seed is for forms that are tried out: of a replica's rows two could get
 * one id by it. */
static int set_chance_and_clock(const verb_arguments *a)
{
    const char *what = verb_word(a, 0);
    const char *zone = verb_value(a, "tz"), *now = verb_value(a, "now");
    int64_t time = 0, seed = 0;
    int code = verb_number(&seed, a, "seed", 0, 1);
    if (code == TAWAM_OK && seed && strcmp(what, "run") != 0 &&
        strcmp(what, "bench") != 0)
        code = error_set(TAWAM_EUSAGE, _("--seed is for form run and bench"));
    if (code == TAWAM_OK && seed)
        random_seed_for_tests((uint64_t)seed);
    if (zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    if (code == TAWAM_OK && now) {
        code = clock_parse(&time, now);
        if (code == TAWAM_OK)
            clock_fix(time);
    }
    return code;
}

static int no_such_part(const char *what)
{
    const char *names[sizeof PARTS / sizeof *PARTS];
    const char *nearest;
    buffer all = {0};
    char *safe = text_safe(what, strlen(what), 0);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        names[i] = PARTS[i].name;
        buffer_format(&all, "%s%s", i ? ", " : "", PARTS[i].name);
    }
    nearest = text_nearest(what, names, sizeof PARTS / sizeof *PARTS);
    if (nearest)
        error_set(TAWAM_EUSAGE,
                  _("there is no 'form %.40s'; did you mean '%s'?"),
                  safe ? safe : "?", nearest);
    else
        error_set(TAWAM_EUSAGE, _("there is no 'form %.40s'; there are: %s"),
                  safe ? safe : "?", all.data ? (char *)all.data : "");
    free(safe);
    buffer_free(&all);
    return TAWAM_EUSAGE;
}

static int run(const verb_arguments *a)
{
    const char *what = verb_word(a, 0);
    int words = (int)a->word_count;
    int code = set_chance_and_clock(a);
    if (code != TAWAM_OK)
        return code;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (strcmp(what, PARTS[i].name) != 0)
            continue;
        if (words < PARTS[i].least ||
            (PARTS[i].most >= 0 && words > PARTS[i].most))
            return error_set(TAWAM_EUSAGE, _("use: tawam form %s %s"), what,
                             PARTS[i].words);
        return PARTS[i].call(a);
    }
    return no_such_part(what);
}
