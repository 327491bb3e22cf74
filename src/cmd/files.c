/* SPDX-License-Identifier: MIT */
/* tawam files: attachments. Which are where; fetch, drop. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "work/files.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"from", 0, "REMOTE", VERB_TEXT,
     N_("get, drop: from or because of this remote, not hq")},
    {"all", 0, NULL, VERB_TEXT, N_("get, drop: every file")},
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_FILES = {
    .name = "files",
    .forms = "[list] [L [ROW]]\n"
             "get L [ROW [COLUMN]] | CELL | --all\n"
             "drop L [ROW [COLUMN]] | CELL | --all",
    .summary = N_("attachments: which are here, fetch and drop them"),
    .help = N_(
        "Lists the files that rows name: their size, whether they are here "
        "and whether hq has them; then those here that no row names any more. "
        "get fetches the files of a layer, a row or one cell, or one by what "
        "a cell held (history shows that). drop removes copies here, and only "
        "those that the remote shows, now, that it has; the others stay and "
        "are named, exit status 1.\n\n"
        "A sync moves the data first, then sends what was attached here, the "
        "smallest first, and brings what config follow-attachments says. On a "
        "link that drops they go piece by piece, and each piece that arrived "
        "stays."),
    .options = OPTIONS,
    .least = 0,
    .most = 4,
    .words = {VERB_LAYER, VERB_TEXT, VERB_TEXT},
    .run = run};

/* ---- list ---- */

typedef struct listing {
    territory *territory;
    const verb_arguments *arguments;
    const twin_layer *layer;
    int64_t fid;
    table *lines;
    buffer out; /* of JSON */
    json_writer json;
} listing;

static const char *place_note(const files_place *place)
{
    if (place->refused)
        return _("the remote gave something else");
    if (place->layer == NULL)
        return _("no row names it now");
    if (!place->shown)
        return _("another answer");
    return "";
}

static void place_json(json_writer *w, const files_place *place)
{
    char value[FILES_VALUE_SIZE];

    json_write_object(w);
    json_write_pair(w, "name", place->key.name);
    json_write_pair_integer(w, "size", place->key.size);
    json_write_pair(w, "sha256", place->key.hash);
    json_write_pair(w, "layer", place->layer ? place->layer->name : NULL);
    json_write_key(w, "fid");
    if (place->layer != NULL)
        json_write_fid(w, place->fid);
    else
        json_write_null(w);
    json_write_pair(w, "column", place->column ? place->column->name : NULL);
    json_write_key(w, "here");
    json_write_boolean(w, place->here);
    json_write_key(w, "at_hq");
    json_write_boolean(w, place->at_remote);
    json_write_key(w, "refused");
    json_write_boolean(w, place->refused);
    json_write_key(w, "shown");
    json_write_boolean(w, place->shown);
    json_write_pair(w, "value", files_key_value(value, &place->key));
    json_write_end(w);
}

static int add_line(listing *l, const files_place *place)
{
    char size[32];
    buffer row = {0};
    int code;

    text_from_bytes(size, (uint64_t)place->key.size);
    if (place->layer != NULL) {
        cmd_say_row(&row, l->territory, place->layer->name, place->fid);
        buffer_text(&row, " ");
        cmd_safe(&row, place->column->name);
    }
    const char *cells[] = {place->key.name,
                           size,
                           place->layer ? place->layer->name : "",
                           row.data ? (const char *)row.data : "",
                           place->here ? _("here") : "-",
                           place->at_remote ? _("at hq") : "-",
                           place_note(place)};
    code = table_row(l->lines, cells);
    buffer_free(&row);
    return code;
}

static int on_place(void *context, const files_place *place)
{
    listing *l = context;

    if ((l->layer != NULL &&
         (place->layer == NULL || place->layer->id != l->layer->id)) ||
        (l->fid != 0 && place->fid != l->fid))
        return 0;
    if (cmd_json(l->arguments)) {
        place_json(&l->json, place);
        return buffer_check(&l->out);
    }
    return add_line(l, place);
}

/* "3 here, 4.1 MB; …" */
static void say_counts(buffer *out, const files_counts *c)
{
    char here[32], unsent[32], missing[32];

    text_from_bytes(here, (uint64_t)c->here_bytes);
    text_from_bytes(unsent, (uint64_t)c->unsent_bytes);
    text_from_bytes(missing, (uint64_t)c->missing_bytes);
    buffer_format(out,
                  _("here: %lld (%s); to send: %lld (%s); not here: %lld "
                    "(%s)\n"),
                  (long long)c->here, here, (long long)c->unsent, unsent,
                  (long long)c->missing, missing);
}

static int end_list(listing *l)
{
    files_counts counts;
    buffer out = {0};
    int code;

    if (cmd_json(l->arguments)) {
        json_write_end(&l->json);
        return cmd_flush_json(&l->out);
    }
    code = table_take(l->lines, &out, 1);
    if (code == TAWAM_OK)
        code = cmd_flush(&out);
    if (code == TAWAM_OK && !cmd_quiet(l->arguments)) {
        code = files_count(&counts, l->territory->sync, "hq");
        if (code == TAWAM_OK)
            say_counts(&out, &counts);
        if (code == TAWAM_OK)
            code = cmd_say(&out);
    }
    buffer_free(&out);
    return code;
}

/* Words from N on are the layer and the row. */
static int list(territory *t, const verb_arguments *a, size_t n)
{
    const char *headings[] = {_("file"), _("size"),  _("layer"), _("row"),
                              _("here"), _("at hq"), ""};
    listing l = {.territory = t, .arguments = a};
    int code = table_new(&l.lines, TABLE_ALIGNED, headings, 7, 0);

    l.json.out = &l.out;
    l.json.indent = 2;
    if (cmd_json(a))
        json_write_array(&l.json);
    if (code == TAWAM_OK)
        table_right(l.lines, 1);
    if (code == TAWAM_OK && verb_word(a, n) != NULL)
        code = cmd_layer(&l.layer, t, a, n);
    if (code == TAWAM_OK && verb_word(a, n) != NULL &&
        verb_word(a, n + 1) != NULL)
        code = cmd_row(&l.fid, t, l.layer, a, n + 1);
    if (code == TAWAM_OK)
        code = files_each(t->sync, "hq", on_place, &l);
    if (code == TAWAM_OK)
        code = end_list(&l);
    table_free(l.lines);
    buffer_free(&l.out);
    return code;
}

/* ---- get ---- */

void cmd_json_files(json_writer *w, const files_result *r)
{
    json_write_object(w);
    json_write_pair_integer(w, "sent", r->sent);
    json_write_pair_integer(w, "sent_bytes", r->sent_bytes);
    json_write_pair_integer(w, "received", r->received);
    json_write_pair_integer(w, "received_bytes", r->received_bytes);
    json_write_pair_integer(w, "absent", r->absent);
    json_write_pair_integer(w, "refused", r->refused);
    json_write_pair_integer(w, "left", r->left);
    json_write_pair_integer(w, "left_bytes", r->left_bytes);
    json_write_pair_integer(w, "bytes_in", (int64_t)r->bytes_in);
    json_write_pair_integer(w, "bytes_out", (int64_t)r->bytes_out);
    json_write_end(w);
}

static void say_moved(buffer *out, const char *format, int64_t count,
                      int64_t bytes)
{
    char size[32];

    text_from_bytes(size, (uint64_t)bytes);
    if (count > 0)
        buffer_format(out, format, (long long)count, size);
}

void cmd_say_files(buffer *out, const files_result *r)
{
    say_moved(out,
              ngettext("Sent %lld file, %s.\n", "Sent %lld files, %s.\n",
                       (unsigned long)r->sent),
              r->sent, r->sent_bytes);
    say_moved(out,
              ngettext("Received %lld file, %s.\n",
                       "Received %lld files, %s.\n",
                       (unsigned long)r->received),
              r->received, r->received_bytes);
    if (r->whole_lines)
        buffer_text(out, _("The server gives no single files: all were fetched "
                           "(tawam hq init there would allow it).\n"));
    if (r->refused > 0)
        buffer_format(out,
                      _("Refused %s: what the remote gave is not what the row "
                        "says; it is kept aside in attachments/.refused.\n"),
                      r->refused_name);
    say_moved(out,
              ngettext("%lld file waits, %s.\n", "%lld files wait, %s.\n",
                       (unsigned long)r->left),
              r->left, r->left_bytes);
}

static int picked(files_key **keys, size_t *count, territory *t,
                  const verb_arguments *a)
{
    int all = verb_value(a, "all") != NULL;

    if (all == (a->word_count > 1))
        return error_set(TAWAM_EUSAGE,
                         _("name a layer, a row or a cell, or give --all"));
    return work_files_pick(keys, count, t, a->words + 1, a->word_count - 1);
}

static int get(territory *t, const verb_arguments *a)
{
    files_key *keys = NULL;
    size_t count = 0;
    files_result r = {0};
    cmd_progress progress;
    sync_options meeting = {
        .progress = cmd_sync_progress, .context = &progress, .retries = -1};
    buffer out = {0};
    json_writer w = {.out = &out};
    char *message = NULL;
    int code = picked(&keys, &count, t, a), printed;

    if (code != TAWAM_OK)
        return code;
    work_link_settings(&meeting, t);
    cmd_progress_begin(&progress, a);
    code = work_files_get(&r, t, verb_value(a, "from"), keys, count, &meeting);
    cmd_progress_end(&progress);
    message = code != TAWAM_OK ? memory_string(error_message()) : NULL;
    if (cmd_json(a))
        cmd_json_files(&w, &r);
    else if (!cmd_quiet(a))
        cmd_say_files(&out, &r);
    printed = cmd_json(a) ? cmd_flush_json(&out) : cmd_say(&out);
    if (code != TAWAM_OK)
        error_set(code, "%s", message ? message : "");
    free(message);
    free(keys);
    buffer_free(&out);
    return code != TAWAM_OK ? code : printed;
}

/* ---- drop ---- */

typedef struct keeping {
    buffer names;
    int64_t count;
} keeping;

static void on_kept(void *context, const files_key *key)
{
    keeping *k = context;

    if (k->count++ < 10)
        buffer_format(&k->names, "%s%s", k->count > 1 ? ", " : "", key->name);
}

static int report_drop(const verb_arguments *a, int64_t dropped, int64_t bytes,
                       const keeping *k)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (cmd_json(a)) {
        json_write_object(&w);
        json_write_pair_integer(&w, "dropped", dropped);
        json_write_pair_integer(&w, "bytes", bytes);
        json_write_pair_integer(&w, "kept", k->count);
        json_write_end(&w);
    } else if (!cmd_quiet(a)) {
        say_moved(&out,
                  ngettext("Dropped %lld file, %s; get brings it back.\n",
                           "Dropped %lld files, %s; get brings them back.\n",
                           (unsigned long)dropped),
                  dropped, bytes);
    }
    code = cmd_json(a) ? cmd_flush_json(&out) : cmd_say(&out);
    buffer_free(&out);
    if (code == TAWAM_OK && k->count > 0)
        code = error_set(TAWAM_ENO,
                         _("%lld kept, since the remote does not show that it "
                           "has them: %s%s"),
                         (long long)k->count, (char *)k->names.data,
                         k->count > 10 ? ", …" : "");
    return code;
}

static int drop(territory *t, const verb_arguments *a)
{
    files_key *keys = NULL;
    size_t count = 0;
    int64_t dropped = 0, bytes = 0;
    keeping k = {0};
    cmd_progress progress;
    sync_options meeting = {
        .progress = cmd_sync_progress, .context = &progress, .retries = -1};
    int code = picked(&keys, &count, t, a);

    if (code != TAWAM_OK)
        return code;
    work_link_settings(&meeting, t);
    cmd_progress_begin(&progress, a);
    code = work_files_drop(&dropped, &bytes, t, verb_value(a, "from"), keys,
                           count, &meeting, on_kept, &k);
    cmd_progress_end(&progress);
    if (code == TAWAM_OK)
        code = report_drop(a, dropped, bytes, &k);
    buffer_free(&k.names);
    free(keys);
    return code;
}

static int run(const verb_arguments *a)
{
    const char *what = verb_word(a, 0);
    int named = what != NULL && strcmp(what, "list") == 0;
    territory *t = NULL;
    int (*does)(territory *, const verb_arguments *) =
        what == NULL                ? NULL
        : strcmp(what, "get") == 0  ? get
        : strcmp(what, "drop") == 0 ? drop
                                    : NULL;
    int code = cmd_open(&t, a, does != NULL);

    if (code == TAWAM_OK)
        code = does != NULL ? does(t, a) : list(t, a, (size_t)named);
    territory_close(t);
    return code;
}
