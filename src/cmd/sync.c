/* SPDX-License-Identifier: MIT */
/* tawam sync: record, fetch, merge, push. */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "work/files.h"

static int run(const verb_arguments *a);

static const verb_option OPTIONS[] = {
    {"data-only", 0, NULL, VERB_TEXT, N_("leave attachments for another time")},
    CMD_LINK_OPTIONS,
    {NULL, 0, NULL, VERB_TEXT, NULL}};

const verb CMD_SYNC = {
    .name = "sync",
    .forms = "[REMOTE|URL|PATH] [--data-only] [--retries NUMBER]",
    .summary = N_("meet the remote: record, fetch, merge, send"),
    .help = N_("Records what was changed, fetches what others did, merges it "
               "and sends what the remote lacks: to the remote hq, to another "
               "one by name, or to an address or folder (a USB stick). It can "
               "be cut off at any moment; a repeat goes on, and after a "
               "break some are made at once.\n\n"
               "Attachments go after the data, which never waits for them: "
               "what was attached here is sent, what config "
               "follow-attachments says is fetched. When the link drops then, "
               "the data is synced all the same, and what is left goes next "
               "time.\n\n"
               "Exit status 4 when the remote was not reached or its answer "
               "was lost, 5 when it refused; what was merged stays merged."),
    .options = OPTIONS,
    .least = 0,
    .most = 1,
    .words = {VERB_FOLDER},
    .run = run};

static const char *sent_name(sync_sent sent)
{
    switch (sent) {
    case SYNC_SENT:
        return "sent";
    case SYNC_REFUSED:
        return "refused";
    case SYNC_UNKNOWN:
        return "unknown";
    case SYNC_NOT_SENT:
        return "not";
    default:
        return "nothing";
    }
}

void cmd_json_result(json_writer *w, const sync_result *r)
{
    json_write_pair(w, "recorded", r->recorded[0] ? r->recorded : NULL);
    json_write_pair_integer(w, "received", r->commits_received);
    json_write_pair_integer(w, "applied", r->commits_applied);
    json_write_pair_integer(w, "waiting", r->commits_waiting);
    json_write_pair_integer(w, "refused", r->commits_refused);
    json_write_pair(w, "sent", sent_name(r->sent));
    json_write_pair_integer(w, "commits_sent", r->commits_sent);
    json_write_pair_integer(w, "lines_sent", r->lines_sent);
    json_write_key(w, "moved_back");
    json_write_raw(w, r->moved_back ? "true" : "false");
    json_write_pair_integer(w, "bytes_in", (int64_t)r->bytes_in);
    json_write_pair_integer(w, "bytes_out", (int64_t)r->bytes_out);
    json_write_pair_integer(w, "conflicts_new", r->conflicts_new);
    json_write_pair_integer(w, "conflicts_open", r->conflicts_open);
    json_write_pair(w, "head", r->head[0] ? r->head : NULL);
    json_write_pair(w, "joined", r->joined[0] ? r->joined : NULL);
    json_write_pair(w, "renamed_to", r->renamed_to[0] ? r->renamed_to : NULL);
    json_write_pair(w, "why", r->why);
    json_write_key(w, "read_back");
    json_write_raw(w, r->read_back ? "true" : "false");
    json_write_pair(w, "forms", r->forms);
    json_write_pair(w, "left_out", r->left_out);
}

static void say_sent(buffer *out, const sync_result *r)
{
    switch (r->sent) {
    case SYNC_SENT:
        if (r->commits_sent == 0 && r->lines_sent == 0)
            buffer_text(out, _("Sent what main publishes.\n"));
        if (r->commits_sent > 0)
            buffer_format(out,
                          ngettext("Sent %lld commit.\n",
                                   "Sent %lld commits.\n",
                                   (unsigned long)r->commits_sent),
                          (long long)r->commits_sent);
        if (r->lines_sent > 0)
            buffer_format(out,
                          ngettext("Sent the line of %lld other device.\n",
                                   "Sent the lines of %lld other devices.\n",
                                   (unsigned long)r->lines_sent),
                          (long long)r->lines_sent);
        break;
    case SYNC_NOTHING_TO_SEND:
        buffer_text(out, _("Nothing to send.\n"));
        break;
    case SYNC_NOT_SENT:
        buffer_text(out, _("Not sent: it is kept here for the next sync.\n"));
        break;
    default:
        break; /* the error says it */
    }
}

/* What a person should know beyond that it worked. */
static void say_troubles(buffer *out, const sync_result *r)
{
    if (r->commits_waiting > 0)
        buffer_format(out,
                      _("%lld commits wait for others that have not come.\n"),
                      (long long)r->commits_waiting);
    if (r->conflicts_new > 0)
        buffer_format(out,
                      ngettext("%lld new conflict: tawam conflicts.\n",
                               "%lld new conflicts: tawam conflicts.\n",
                               (unsigned long)r->conflicts_new),
                      (long long)r->conflicts_new);
    if (r->moved_back)
        buffer_text(out, _("The remote has less than it once had: it came back "
                           "from a backup, or is another one. What this "
                           "device has goes there again.\n"));
    if (r->joined[0] != 0)
        buffer_format(out,
                      _("main was published on two desks at once: commit %.10s "
                        "joins them.\n"),
                      r->joined);
    if (r->renamed_to[0] != 0)
        buffer_format(out,
                      _("Another machine uses this device's name: from now on "
                        "this one is %s. Nothing is lost.\n"),
                      r->renamed_to);
}

void cmd_say_result(buffer *out, const verb_arguments *a, const sync_result *r)
{
    char in[32], sent[32];

    if (cmd_quiet(a))
        return;
    if (r->recorded[0] != 0) {
        buffer_format(out, _("Recorded %.10s: "), r->recorded);
        cmd_say_counts(out, &r->recorded_counts);
        buffer_text(out, ".\n");
    }
    if (r->commits_received > 0) {
        buffer_format(
            out,
            ngettext("Received %lld commit: ", "Received %lld commits: ",
                     (unsigned long)r->commits_received),
            (long long)r->commits_received);
        cmd_say_counts(out, &r->applied_counts);
        buffer_text(out, ".\n");
    }
    say_sent(out, r);
    if (r->read_back)
        buffer_text(out, _("Read back from there: a stick is safe to "
                           "remove.\n"));
    if (r->forms)
        buffer_text(out, r->forms); /* its words are safe already */
    say_troubles(out, r);
    text_from_bytes(in, r->bytes_in);
    text_from_bytes(sent, r->bytes_out);
    buffer_format(out, _("%s in, %s out.\n"), in, sent);
    if (r->left_out)
        buffer_format(out, _("Left out: %s\n"), r->left_out);
}

/* A refused commit, in the listing that follows a sync that met some. */
static int say_refused(void *context, const sync_commit *c)
{
    buffer *out = context;

    if (c->state != 2)
        return 0;
    buffer_format(out, _("Refused commit %.10s of "), c->id);
    cmd_safe(out, c->device);
    buffer_text(out, ": ");
    cmd_safe(out, c->reason);
    buffer_byte(out, '\n');
    return 0;
}

/* Print what was done with the data, before any attachment moves. */
static int report(territory *t, const sync_result *r, const verb_arguments *a,
                  int failed)
{
    buffer out = {0};
    int code;

    if (cmd_json(a))
        return TAWAM_OK;
    if (!failed || r->recorded[0] != 0 || r->commits_received > 0)
        cmd_say_result(&out, a, r);
    if (r->commits_refused > 0)
        sync_log(t->sync, say_refused, &out);
    code = cmd_say(&out);
    buffer_free(&out);
    return code;
}

/* The attachments, after the data: what stops them is said, and is no error of
 * the sync. */
static int move_files(files_result *r, territory *t, const verb_arguments *a,
                      const sync_options *meeting)
{
    buffer out = {0};
    int code, printed;

    cmd_progress_begin(meeting->context, a);
    code = work_files_exchange(r, t, verb_word(a, 0), meeting);
    cmd_progress_end(meeting->context);
    if (!cmd_json(a) && !cmd_quiet(a))
        cmd_say_files(&out, r);
    if (code != TAWAM_OK && !cmd_json(a)) {
        buffer_text(&out, _("The data is synced; attachments are not all: "));
        cmd_safe(&out, error_message());
        buffer_byte(&out, '\n');
    }
    printed = cmd_say(&out);
    buffer_free(&out);
    return printed;
}

static int report_json(const sync_result *r, const files_result *files,
                       const verb_arguments *a)
{
    buffer out = {0};
    json_writer w = {.out = &out};
    int code;

    if (!cmd_json(a))
        return TAWAM_OK;
    json_write_object(&w);
    cmd_json_result(&w, r);
    json_write_key(&w, "files");
    cmd_json_files(&w, files);
    json_write_end(&w);
    code = cmd_flush_json(&out);
    buffer_free(&out);
    return code;
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    sync_result result = {0};
    files_result files = {0};
    cmd_progress progress;
    sync_options meeting = {.progress = cmd_sync_progress,
                            .context = &progress};
    char *message = NULL;
    int code = cmd_link_options(&meeting, a), printed = TAWAM_OK;

    if (code == TAWAM_OK)
        code = cmd_open(&t, a, 1);
    if (code != TAWAM_OK)
        return code;
    work_link_settings(&meeting, t);
    cmd_progress_begin(&progress, a);
    code = work_sync(&result, t, verb_word(a, 0), &meeting);
    cmd_progress_end(&progress);
    if (code == TAWAM_OK)
        code = work_sync_outcome(&result);
    message = code != TAWAM_OK ? memory_string(error_message()) : NULL;
    if (code != TAWAM_EUSAGE)
        printed = report(t, &result, a, code != TAWAM_OK);
    if (code == TAWAM_OK && verb_value(a, "data-only") == NULL)
        printed = move_files(&files, t, a, &meeting);
    if (code != TAWAM_EUSAGE && printed == TAWAM_OK)
        printed = report_json(&result, &files, a);
    if (message != NULL)
        error_set(code, "%s", message);
    free(message);
    sync_result_clear(&result);
    territory_close(t);
    return code != TAWAM_OK ? code : printed;
}
