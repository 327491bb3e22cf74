/* SPDX-License-Identifier: MIT */
/* What people write is read as meant: settings in git-config syntax, label
 * dictionaries, command lines. */
#include "tests/tap.h"
#include "work/config_internal.h"
#include "work/dictionary_internal.h"
#include "work/verb.h"

/* ---- git-config ---- */

static void config_is(const char *text, const char *wanted, const char *name)
{
    char *value = NULL;
    int code = config_value(&value, text, "territory", "name");

    is_str(code == TAWAM_OK ? value : NULL, wanted, "%s", name);
    free(value);
}

static void test_config(void)
{
    static const char *const HARD[] = {
        "Zegzel", "a \"b\" \\ c", "  blanks  ", "# no ; comment", "two\nlines",
        "",       "زكزل"};

    config_is("[territory]\n\tname = Zegzel\n", "Zegzel", "a plain value");
    config_is("[other]\nname=x\n[territory]\nNAME=y # why\n", "y",
              "its section, any case, no comment");
    config_is("[territory]\nname = a\nname = b", "b", "the last one counts");
    config_is("[territory]\nnames = a\n", NULL, "a longer name is another");
    config_is("[territory \"x\"]\nname = a\n", NULL, "a subsection is another");
    config_is("name = a\n", NULL, "nothing outside of the section");
    config_is("[territory]\nname\n[", NULL, "a line cut off");
    for (size_t i = 0; i < sizeof HARD / sizeof *HARD; i++) {
        buffer text = {0};
        buffer_text(&text, "[territory]\n\tname = ");
        config_quote(&text, HARD[i]);
        buffer_byte(&text, '\n');
        config_is((const char *)text.data, HARD[i],
                  "what is quoted reads back");
        buffer_free(&text);
    }
}

/* ---- dictionaries ---- */

static int read_text(dictionary *d, const char *text)
{
    return dictionary_read(d, text, strlen(text));
}

static void test_dictionary(void)
{
    static const char FIRST[] = "layer,column,choice,fr,ar,en\n"
                                "well,,,Puits,آبار,Wells\n"
                                "well,kind,,\"Type, nature\",,Kind\n"
                                "well,kind,dug,\"dit \"\"creusé\"\"\",,Dug\n";
    dictionary *d = NULL;
    buffer out = {0};

    ok(dictionary_new(&d) == TAWAM_OK, "a dictionary is made");
    ok(read_text(d, FIRST) == TAWAM_OK, "a dictionary is read");
    ok(d->rows == 3 && d->count == 7, "empty labels are none");
    dictionary_write(&out, d, "WELL");
    is_str((const char *)out.data, FIRST, "and written as it was");
    ok(read_text(d, "\xef\xbb\xbflayer,column,fr\r\nwell,kind,Genre\r\n") ==
           TAWAM_OK,
       "with a byte order mark, CRLF, without choice");
    ok(d->count == 7, "a label there already is changed");
    buffer_clear(&out);
    dictionary_write(&out, d, "well");
    ok(strstr((const char *)out.data, "well,kind,,Genre,,Kind\n") != NULL,
       "to the later text");
    buffer_free(&out);
    dictionary_free(d);
}

static void test_bad_dictionaries(void)
{
    static const char *const BAD[] = {
        "",
        "column,choice,fr\nx,y,z\n",
        "layer,column,choice,fr\nwell,kind\n",
        "layer,column,choice,fr\n,kind,,x\n",
        "layer,column,choice,not a language\nwell,,,x\n",
        "layer,column,choice,fr\nwell,,,\"open\n",
        "layer,column,choice,fr\nwell,,,\xff\xfe\n",
    };

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        dictionary *d = NULL;
        error_clear();
        if (dictionary_new(&d) != TAWAM_OK)
            break;
        ok(read_text(d, BAD[i]) == TAWAM_EUSAGE && error_message()[0] != 0,
           "bad dictionary %zu is refused: %s", i, error_message());
        dictionary_free(d);
    }
}

static void test_dictionary_memory(void)
{
    static const char TEXT[] = "layer,column,choice,fr,en\n"
                               "well,,,Puits,Wells\nwell,kind,,Type,Kind\n";
    int code = TAWAM_EMEMORY;
    long nth = 0;

    while (code != TAWAM_OK && nth < 1000) {
        dictionary *d = NULL;
        memory_fail_at(++nth);
        code = dictionary_new(&d);
        if (code == TAWAM_OK)
            code = read_text(d, TEXT);
        memory_fail_at(0);
        if (code != TAWAM_OK && code != TAWAM_EMEMORY)
            break;
        dictionary_free(d);
    }
    ok(code == TAWAM_OK, "each failing allocation is said, %ld of them",
       nth - 1);
}

/* ---- command lines ---- */

static const verb_option SET_OPTIONS[] = {
    {"format", 'f', "csv|json", VERB_FORMAT, "how"},
    {"all", 'a', NULL, VERB_TEXT, "all"},
    {NULL, 0, NULL, VERB_TEXT, NULL}};
static const verb SET = {.name = "set",
                         .forms = "L ROW",
                         .summary = "set",
                         .help = "set",
                         .options = SET_OPTIONS,
                         .least = 1,
                         .most = 3};
static const verb GET = {.name = "get",
                         .forms = "L",
                         .summary = "get",
                         .help = "get",
                         .least = 0,
                         .most = -1};
static const verb *const VERBS[] = {&SET, &GET};
static const verb_table TABLE = {VERBS, 2};

/* Parse words separated by blanks. */
static int parse(verb_arguments *a, char *line)
{
    char *words[16];
    char *rest = NULL;
    int count = 0;

    for (char *word = strtok_r(line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    return verb_parse(a, &TABLE, count, words);
}

static void test_parse(void)
{
    char first[] = "-C here set --json x --format=csv -5 -a";
    char second[] = "get -- --format -x";
    char third[] = "-q";
    verb_arguments a;

    ok(parse(&a, first) == TAWAM_OK && a.verb == &SET, "a verb is found");
    is_str(verb_value(&a, "directory"), "here", "an option before it");
    is_str(verb_value(&a, "format"), "csv", "one of its own, with =");
    ok(verb_value(&a, "json") != NULL && verb_value(&a, "all") != NULL,
       "flags, global and own");
    ok(a.word_count == 2, "two words");
    is_str(verb_word(&a, 1), "-5", "a negative number is a word");
    ok(verb_word(&a, 2) == NULL && verb_value(&a, "quiet") == NULL,
       "nothing that was not given");
    verb_arguments_clear(&a);
    ok(parse(&a, second) == TAWAM_OK && a.word_count == 2,
       "after -- all are words");
    verb_arguments_clear(&a);
    ok(parse(&a, third) == TAWAM_OK && a.verb == NULL, "no verb is no error");
    verb_arguments_clear(&a);
}

static void test_bad_lines(void)
{
    static const char *const BAD[] = {"sett x",          "set",
                                      "set a b c d",     "set x --format",
                                      "set x --all=yes", "set x --formt csv",
                                      "get -z",          "--format csv set x"};

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char line[64];
        verb_arguments a;
        snprintf(line, sizeof line, "%s", BAD[i]);
        error_clear();
        ok(parse(&a, line) == TAWAM_EUSAGE && error_message()[0] != 0,
           "'%s' is refused: %s", BAD[i], error_message());
        verb_arguments_clear(&a);
    }
}

int main(void)
{
    test_config();
    test_dictionary();
    test_bad_dictionaries();
    test_dictionary_memory();
    test_parse();
    test_bad_lines();
    return done_testing();
}
