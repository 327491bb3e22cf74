/* SPDX-License-Identifier: MIT */
/* tawam status: what is here, what is not sent, what is not settled. */
#include <stdlib.h>
#include "cmd/cmd.h"

static int run(const verb_arguments *a);

const verb CMD_STATUS = {
    .name = "status",
    .forms = "",
    .summary = N_("what is changed, unsent and unsettled"),
    .help = N_("Says which territory and device this is, what was changed "
               "since the last commit, what no remote has yet, when the last "
               "sync was, and how many conflicts are open."),
    .least = 0,
    .most = 0,
    .run = run};

/* All that status tells. */
typedef struct state {
    sync_identity who;
    sync_status status;
    char *name;
    char *remote; /* URL of hq or NULL */
    files_counts files;
} state;

static void print_json(buffer *out, territory *t, const state *s)
{
    json_writer w = {.out = out, .indent = 2};
    const twin_pending_counts *p = &s->status.pending;
    buffer author = {0};

    buffer_format(&author, "%s <%s>", s->who.author_name, s->who.author_mail);
    json_write_object(&w);
    json_write_pair(&w, "territory", s->name);
    json_write_pair(&w, "device", s->who.device);
    json_write_pair(&w, "author", author.data ? (const char *)author.data : "");
    json_write_pair(&w, "directory", t->directory);
    json_write_pair(&w, "head", s->status.head[0] ? s->status.head : NULL);
    json_write_key(&w, "pending");
    json_write_object(&w);
    json_write_pair_integer(&w, "inserted", p->inserted);
    json_write_pair_integer(&w, "updated", p->updated);
    json_write_pair_integer(&w, "deleted", p->deleted);
    json_write_pair_integer(&w, "affirmed", p->affirmed);
    json_write_pair_integer(&w, "layers", p->layers);
    json_write_end(&w);
    json_write_pair_integer(&w, "unsent", s->status.commits_unsent);
    if (s->status.last_sync > 0)
        cmd_json_time(&w, "last_sync", s->status.last_sync);
    else
        json_write_pair(&w, "last_sync", NULL);
    json_write_pair_integer(&w, "conflicts", s->status.conflicts);
    json_write_pair_integer(&w, "commits", s->status.commits);
    json_write_pair_integer(&w, "waiting", s->status.waiting);
    json_write_pair_integer(&w, "refused", s->status.refused);
    json_write_pair_integer(&w, "readable_again", s->status.readable_again);
    json_write_pair(&w, "remote", s->remote);
    json_write_pair_integer(&w, "files_unsent", s->files.unsent);
    json_write_pair_integer(&w, "files_unsent_bytes", s->files.unsent_bytes);
    json_write_end(&w);
    buffer_free(&author);
}

/* A heading, padded so that what follows it stands in one column. */
static void line(buffer *out, const char *heading)
{
    int blanks = 13 - text_width(heading);

    buffer_format(out, "%s%*s", heading, blanks > 1 ? blanks : 1, "");
}

/* What is here and not yet elsewhere. */
static void print_changes(buffer *out, const state *s)
{
    const twin_pending_counts *p = &s->status.pending;
    changeset_counts counts = {.inserted = p->inserted,
                               .updated = p->updated,
                               .deleted = p->deleted,
                               .affirmed = p->affirmed};

    line(out, _("Changes"));
    if (p->inserted || p->updated || p->deleted || p->affirmed)
        cmd_say_counts(out, &counts);
    else
        buffer_text(out, p->layers ? _("new layers or columns") : _("none"));
    buffer_byte(out, '\n');
    line(out, _("To send"));
    buffer_format(out,
                  ngettext("%lld commit\n", "%lld commits\n",
                           (unsigned long)s->status.commits_unsent),
                  (long long)s->status.commits_unsent);
    if (s->files.unsent > 0) {
        char size[32];
        text_from_bytes(size, (uint64_t)s->files.unsent_bytes);
        line(out, "");
        buffer_format(out,
                      ngettext("%lld file, %s\n", "%lld files, %s\n",
                               (unsigned long)s->files.unsent),
                      (long long)s->files.unsent, size);
    }
}

/* What came and went. */
static void print_history(buffer *out, const state *s)
{
    char time[32];

    line(out, _("Last sync"));
    if (s->status.last_sync > 0) {
        clock_format_local(time, s->status.last_sync);
        buffer_format(out, "%s  ", time);
        cmd_safe(out, s->status.last_remote);
    } else {
        buffer_text(out, _("never"));
    }
    buffer_byte(out, '\n');
    line(out, _("Remote"));
    cmd_safe(out, s->remote ? s->remote : _("none"));
    buffer_byte(out, '\n');
    line(out, _("Conflicts"));
    buffer_format(out, "%lld\n", (long long)s->status.conflicts);
    line(out, _("History"));
    buffer_format(out, _("%lld commits, %lld waiting, %lld refused"),
                  (long long)s->status.commits, (long long)s->status.waiting,
                  (long long)s->status.refused);
    if (s->status.head[0] != 0)
        buffer_format(out, _(", head %.10s"), s->status.head);
    buffer_byte(out, '\n');
    if (s->status.readable_again)
        buffer_format(out,
                      _("%lld commits that an older program refused can be "
                        "read now: `tawam repair` takes them up"),
                      (long long)s->status.readable_again);
    if (s->status.readable_again)
        buffer_byte(out, '\n');
}

static void print_text(buffer *out, territory *t, const state *s)
{
    line(out, _("Territory"));
    cmd_safe(out, s->name);
    buffer_text(out, "  ");
    cmd_safe(out, t->directory);
    buffer_byte(out, '\n');
    line(out, _("Device"));
    cmd_safe(out, s->who.device);
    buffer_text(out, ", ");
    cmd_safe(out, s->who.author_name);
    buffer_byte(out, '\n');
    print_changes(out, s);
    print_history(out, s);
}

static int run(const verb_arguments *a)
{
    territory *t = NULL;
    state s = {0};
    buffer out = {0};
    int code = cmd_open(&t, a, 0);

    if (code == TAWAM_OK)
        code = sync_get_status(&s.status, t->sync);
    if (code == TAWAM_OK)
        code = files_glance(&s.files, t->sync, "hq");
    if (code == TAWAM_OK && (s.name = territory_name(t)) == NULL)
        code = TAWAM_EMEMORY;
    if (code == TAWAM_OK) {
        sync_who(&s.who, t->sync);
        if (territory_remote(&s.remote, t, NULL) != TAWAM_OK)
            error_clear();
        if (cmd_json(a))
            print_json(&out, t, &s);
        else
            print_text(&out, t, &s);
        code = cmd_json(a) ? cmd_flush_json(&out) : cmd_say(&out);
    }
    buffer_free(&out);
    free(s.name);
    free(s.remote);
    territory_close(t);
    return code;
}
