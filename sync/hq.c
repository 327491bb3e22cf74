/* SPDX-License-Identifier: MIT */
/* HQ's repository: a bare one that plain git serves, and what a plain git
 * server may be told so that bad links and power cuts do no harm. Nothing of
 * tawam runs there.
 *
 * Measured with cut power right after git push said yes (cmd_hq_power.t): stock
 * git 2.39 lost 8 of 8 pushes, this repository none of 8. The hook is needed:
 * with the settings alone a cut left git's own lock of the ref behind, which
 * refuses every later push until somebody removes it.
 *
 * Left out on purpose: receive.fsckObjects (a push that it refuses is refused
 * for ever, and a device in the field can't mend its history; what comes is
 * checked where it is applied) and any hidden ref (who can't see a line can't
 * tell that it is there).
 */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"
#include "sync/remote_internal.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const sync_hq_setting SETTINGS[] = {
    {"core.fsync", "all",
     N_("what is received is on the disk before the sender is told so")},
    {"receive.denyNonFastForwards", "true",
     N_("a line only ever goes forward: nothing sent is overwritten")},
    {"receive.denyDeletes", "true", N_("no line can be removed from afar")},
    {"core.logAllRefUpdates", "true",
     N_("where each line stood before is kept")},
    {"uploadpack.allowAnySHA1InWant", "true",
     N_("a transfer that was cut off goes on in slices, commit by commit; one "
        "attachment alone can be fetched")},
    {"uploadpack.allowFilter", "true",
     N_("the history can be fetched without its large files")},
    {"core.bigFileThreshold", "1m",
     N_("photos are not compared with each other: memory stays small")},
    {"pack.windowMemory", "64m", N_("and so does it when packing")},
    {"gc.auto", "2000",
     N_("received objects are packed in the background, 2,000 at a time")},
    {"gc.autoPackLimit", "50", N_("and packs are joined when there are 50")},
    {"gc.pruneExpire", "never", N_("nothing is thrown away by that")},
    {"gc.reflogExpire", "never", N_("nor forgotten")},
    {"gc.reflogExpireUnreachable", "never", N_("nor forgotten")},
};

/* Lines of info/attributes. Changesets are compressed already: looking for what
 * two have in common takes time at each fetch and finds nothing. */
static const sync_hq_setting ATTRIBUTES[] = {
    {"info/attributes", "changes.zst -delta",
     N_("changesets are not compared with each other either: that finds "
        "nothing")},
    {"info/attributes", "changes.zst/* -delta",
     N_("nor the pieces of long ones")},
};
#define ATTRIBUTE_COUNT (sizeof ATTRIBUTES / sizeof *ATTRIBUTES)

/* Runs on the server at each change of refs; git waits for it before it
 * answers. Stock git 2.39 flushes files but not the folders they are in. */
static const char HOOK[] =
    "#!/bin/sh\n"
    "# tawam hq init: to the disk before the sender is told \"done\".\n"
    "cat >/dev/null\n"
    "[ \"$1\" != committed ] || sync -f . 2>/dev/null || sync\n";

/* ---- settings ---- */

/* The value of the repository itself, not of the user or the system. */
static char *value_here(git_config *config, const char *name)
{
    git_config *local = NULL;
    git_buf text = GIT_BUF_INIT;
    char *value = NULL;
    if (git_config_open_level(&local, config, GIT_CONFIG_LEVEL_LOCAL) == 0 &&
        git_config_get_string_buf(&text, local, name) == 0)
        value = memory_string(text.ptr);
    git_buf_dispose(&text);
    git_config_free(local);
    return value;
}

typedef struct listener {
    sync_hq_call call;
    void *context;
} listener;

static int tell(const listener *l, const char *name, const char *value,
                const char *why, const char *before)
{
    sync_hq_setting setting = {name, value, why};
    return l->call ? l->call(l->context, &setting, before) : TAWAM_OK;
}

static int set_all(git_repository *repository, const listener *l)
{
    git_config *config = NULL;
    size_t i;
    int code = TAWAM_OK;
    if (git_repository_config(&config, repository) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, "config");
    for (i = 0; !code && i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
        const sync_hq_setting *s = &SETTINGS[i];
        char *before = value_here(config, s->name);
        int same = before && strcmp(before, s->value) == 0;
        if (!same && git_config_set_string(config, s->name, s->value) < 0)
            code = gitlog_error(TAWAM_EENVIRONMENT, s->name);
        if (!code)
            code = tell(l, s->name, s->value, _(s->why), before ? before : "");
        free(before);
    }
    git_config_free(config);
    return code;
}

/* ---- files ---- */

/* FOLDER/NAME in the repository, its folder made if missing. Caller frees. */
static char *place(git_repository *repository, const char *folder,
                   const char *name)
{
    char *path = file_join(git_repository_path(repository), folder);
    char *file = path && (file_is_folder(path) || mkdir(path, 0777) == 0)
                     ? file_join(path, name)
                     : NULL;
    if (!file)
        error_system(_("write %s"), path ? path : folder);
    free(path);
    return file;
}

static int has_line(const buffer *text, const char *line)
{
    size_t length = strlen(line);
    const char *at = (const char *)text->data;
    while (at && *at) {
        size_t end = strcspn(at, "\n");
        if (end == length && memcmp(at, line, length) == 0)
            return 1;
        at += end + (at[end] == '\n');
    }
    return 0;
}

static void add_line(buffer *text, const char *line)
{
    if (text->length && text->data[text->length - 1] != '\n')
        buffer_byte(text, '\n');
    buffer_format(text, "%s\n", line);
}

static int write_attributes(git_repository *repository, const listener *l)
{
    char *path = place(repository, "info", "attributes");
    buffer text = {0};
    int there[ATTRIBUTE_COUNT] = {0}, missing = 0;
    int code = path ? TAWAM_OK : TAWAM_EENVIRONMENT;
    if (!code && file_exists(path))
        code = file_read(&text, path, 1u << 20);
    for (size_t i = 0; !code && i < ATTRIBUTE_COUNT; i++) {
        there[i] = has_line(&text, ATTRIBUTES[i].value);
        missing += !there[i];
        if (!there[i])
            add_line(&text, ATTRIBUTES[i].value);
    }
    if (!code)
        code = buffer_check(&text);
    if (!code && missing)
        code = file_write_atomic(path, text.data, text.length);
    for (size_t i = 0; !code && i < ATTRIBUTE_COUNT; i++) {
        const sync_hq_setting *s = &ATTRIBUTES[i];
        code = tell(l, s->name, s->value, _(s->why), there[i] ? s->value : "");
    }
    buffer_free(&text);
    free(path);
    return code;
}

/* A hook of somebody else's stays. */
static int write_hook(git_repository *repository, const listener *l)
{
    static const char name[] = "hooks/reference-transaction";
    char *path = place(repository, "hooks", "reference-transaction");
    buffer text = {0};
    int same, other, code = path ? TAWAM_OK : TAWAM_EENVIRONMENT;
    if (!code && file_exists(path))
        code = file_read(&text, path, 1u << 20);
    same = text.data && strcmp((char *)text.data, HOOK) == 0;
    other = text.length > 0 && !same;
    if (!code && !same && !other)
        code = file_write_atomic(path, HOOK, sizeof HOOK - 1);
    if (!code && !other && chmod(path, 0755) != 0)
        code = error_system(_("make %s executable"), path);
    if (!code && other)
        code = tell(l, name, NULL,
                    _("a hook of your own stands there and stays: let it run "
                      "`sync -f .` when its first word is committed"),
                    "");
    else if (!code)
        code = tell(l, name, "sync -f",
                    _("the folders too are on the disk before the sender is "
                      "told so"),
                    same ? "sync -f" : "");
    buffer_free(&text);
    free(path);
    return code;
}

/* A HEAD that leads nowhere leads to main: that is what a clone looks at. */
static int point_head(git_repository *repository, const listener *l)
{
    git_reference *head = NULL;
    const char *target;
    int code = TAWAM_OK, is_main;
    if (git_reference_lookup(&head, repository, "HEAD") < 0)
        return gitlog_error(TAWAM_EDAMAGED, "HEAD");
    target = git_reference_symbolic_target(head);
    is_main = target && strcmp(target, "refs/heads/main") == 0;
    if (is_main)
        code = tell(l, "HEAD", "refs/heads/main", _("what a clone shows"),
                    "refs/heads/main");
    else if (git_repository_head_unborn(repository) != 1)
        code = tell(l, "HEAD", NULL,
                    _("it leads to another branch that is there, and stays so"),
                    target ? target : "");
    else if (git_repository_set_head(repository, "refs/heads/main") < 0)
        code = gitlog_error(TAWAM_EENVIRONMENT, "HEAD");
    else
        code = tell(l, "HEAD", "refs/heads/main", _("what a clone shows"),
                    target ? target : "");
    git_reference_free(head);
    return code;
}

/* ---- public ---- */

int sync_hq_configure(const char *path, sync_hq_call call, void *context)
{
    git_repository *repository = NULL;
    listener l = {call, context};
    int code = gitlog_initialise();
    if (code)
        return code;
    if (git_repository_open_ext(&repository, path,
                                GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, path);
    if (!git_repository_is_bare(repository))
        code = error_set(TAWAM_EENVIRONMENT,
                         _("%s is a repository with files checked out: HQ's "
                           "must be a bare one (git clone --bare makes one of "
                           "it)"),
                         path);
    if (!code)
        code = point_head(repository, &l);
    if (!code)
        code = set_all(repository, &l);
    if (!code)
        code = write_attributes(repository, &l);
    if (!code)
        code = write_hook(repository, &l);
    git_repository_free(repository);
    return code;
}

int sync_create_bare(const char *path)
{
    gitlog *log = NULL;
    int code = gitlog_create(&log, path);
    gitlog_free(log);
    return code ? code : sync_hq_configure(path, NULL, NULL);
}

/* ---- the same, to be run elsewhere ---- */

/* In single quotes for a shell. */
static void quote(buffer *out, const char *text)
{
    buffer_byte(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            buffer_text(out, "'\\''");
        else
            buffer_byte(out, (uint8_t)*text);
    buffer_byte(out, '\'');
}

void sync_hq_script(buffer *out, const char *path)
{
    size_t i;
    buffer_text(out, "#!/bin/sh\nset -e\nhq=");
    if (path[0] == '~' && path[1] == '/') { /* the server's home */
        buffer_text(out, "~/");
        path += 2;
    }
    quote(out, path);
    buffer_text(out, "\n[ -e \"$hq/HEAD\" ] || git init -q --bare \"$hq\"\n"
                     "cd \"$hq\"\n"
                     "git rev-parse -q --verify HEAD >/dev/null || "
                     "git symbolic-ref HEAD refs/heads/main\n");
    for (i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
        buffer_format(out, "git config %s ", SETTINGS[i].name);
        quote(out, SETTINGS[i].value);
        buffer_byte(out, '\n');
    }
    buffer_text(out, "mkdir -p info hooks\n"
                     "[ -z \"$(tail -c 1 info/attributes 2>/dev/null)\" ] ||\n"
                     "\techo >>info/attributes\n");
    for (i = 0; i < ATTRIBUTE_COUNT; i++)
        buffer_format(out,
                      "grep -qxF '%s' info/attributes 2>/dev/null ||\n"
                      "\techo '%s' >>info/attributes\n",
                      ATTRIBUTES[i].value, ATTRIBUTES[i].value);
    buffer_text(out, "if [ ! -e hooks/reference-transaction ]; then\n"
                     "\tcat >hooks/reference-transaction <<'END'\n");
    buffer_text(out, HOOK);
    buffer_text(out, "END\n\tchmod 755 hooks/reference-transaction\nfi\n"
                     "sync\necho \"$hq is ready\"\n");
}

int sync_hq_place(char **path, char **host, const char *place)
{
    remote_place parsed = {0};
    int code = remote_place_parse(&parsed, place);
    if (!code && parsed.kind == REMOTE_HTTP)
        code = error_set(TAWAM_EUSAGE,
                         _("a web server's repository is made on the server: "
                           "log in there and run `tawam hq init PATH`"));
    if (!code) {
        *path = memory_string(parsed.path);
        *host = !parsed.host ? NULL
                : parsed.user && parsed.port
                    ? memory_format("-p %s %s@%s", parsed.port, parsed.user,
                                    parsed.host)
                : parsed.user ? memory_format("%s@%s", parsed.user, parsed.host)
                : parsed.port
                    ? memory_format("-p %s %s", parsed.port, parsed.host)
                    : memory_string(parsed.host);
        if (!*path || (parsed.host && !*host))
            code = TAWAM_EMEMORY;
    }
    remote_place_clear(&parsed);
    return code;
}
