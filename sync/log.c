/* SPDX-License-Identifier: MIT */
/* log.git: opening, refs, walking, checking. (Commits: log_commit.c.) */
#include "sync/log_internal.h"
#include "sync/log_private_internal.h"

#include <errno.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CACHE_BYTES (16 << 20) /* of commits and trees; libgit2's: 256 MB */
#define REFS_WAIT 10000        /* ms for another process that moves a ref */

int gitlog_initialise(void)
{
    static int done;
    if (done)
        return TAWAM_OK;
    gitlog_set_allocator();
    if (git_libgit2_init() < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, "starting libgit2");
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
    done = 1;
    return TAWAM_OK;
}

int sync_start_git(void)
{
    return gitlog_initialise();
}

/* ---- what libgit2's last words mean ---- */

/* 1 if libgit2's words TEXT end in, or hold, the system's for errno NUMBER
 * (errno itself may be another's by now). */
static int speaks_of(const char *text, int number)
{
    return strstr(text, strerror(number)) != NULL;
}

/* libgit2's words where zlib, which it starts for each object, had no memory:
 * starting fails for nothing else. */
static int zlib_starved(const char *text)
{
    return strstr(text, "init zlib stream") || strstr(text, "initialize zlib");
}

/* A disk that does not read, no more files allowed, no rights: nothing is
 * known then of what the file holds. */
static int speaks_of_machine(const char *text)
{
    static const int NUMBERS[] = {EIO,   EMFILE, ENFILE,   EACCES, EPERM,
                                  EROFS, ESTALE, ENODEV,   ENXIO,  EAGAIN,
                                  EBUSY, EINTR,  ETIMEDOUT};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        if (speaks_of(text, NUMBERS[i]))
            return 1;
    return 0;
}

int gitlog_code(int code)
{
    const git_error *e = git_error_last();
    const char *text = e && e->message ? e->message : "";
    if (!e || e->klass == GIT_ERROR_NONE)
        return code;
    /* said of a folder that was there when the log was opened */
    if (strstr(text, "failed to refresh packfiles"))
        return TAWAM_EENVIRONMENT;
    if (e->klass == GIT_ERROR_NOMEMORY || zlib_starved(text) ||
        speaks_of(text, ENOMEM))
        return TAWAM_EMEMORY;
    /* what a power cut leaves of a file that was not flushed */
    if (e->klass == GIT_ERROR_REFERENCE && strstr(text, "corrupted"))
        return TAWAM_EDAMAGED;
    if (e->klass != GIT_ERROR_OS)
        return code;
    if (speaks_of(text, ENOSPC) || speaks_of(text, EDQUOT) ||
        speaks_of(text, EFBIG))
        return TAWAM_EFULL;
    return speaks_of_machine(text) ? TAWAM_EENVIRONMENT : code;
}

int gitlog_error(int code, const char *doing)
{
    const git_error *e = git_error_last();
    char *safe = NULL;
    if (e && e->message)
        safe = text_safe(e->message, strlen(e->message), 0);
    code = error_code() == TAWAM_EMEMORY ? TAWAM_EMEMORY : gitlog_code(code);
    error_set(code, "%s: %s", doing, safe ? safe : _("git gave no reason"));
    free(safe);
    return code;
}

int gitlog_absent(const char *what)
{
    return gitlog_code(TAWAM_ENOTFOUND) == TAWAM_ENOTFOUND
               ? TAWAM_ENOTFOUND
               : gitlog_error(TAWAM_ENOTFOUND, what);
}

static int wrap(gitlog **out, git_repository *repository, const char *path)
{
    gitlog *log = memory_new(sizeof *log);
    int code = log ? gitlog_guard(repository) : TAWAM_EMEMORY;
    if (!code)
        code = (log->path = memory_string(path)) ? TAWAM_OK : TAWAM_EMEMORY;
    if (!code) {
        log->repository = repository;
        code = gitlog_batch_attach(log);
    }
    if (code) {
        if (log)
            free(log->path);
        free(log);
        git_repository_free(repository);
        return code;
    }
    *out = log;
    return TAWAM_OK;
}

void gitlog_configure(git_config *config)
{
    git_config_set_bool(config, "receive.denyNonFastForwards", 1);
    git_config_set_string(config, "core.fsync", "all");
    git_config_set_int32(config, "gc.auto", 0);
    git_config_set_string(config, "alias.tawam-show",
                          "!f() { git ls-tree -r --full-tree \"$1\" "
                          "changes.zst | while read -r _ _ id _; do "
                          "git cat-file blob \"$id\"; done | "
                          "tawam cat -; }; f");
}

int gitlog_create(gitlog **out, const char *path)
{
    git_repository_init_options options;
    git_repository *repository = NULL;
    git_config *config = NULL;
    int code = gitlog_initialise();

    if (code)
        return code;
    if (file_exists(path) && file_empty_folder(path) <= 0)
        return error_set(TAWAM_EENVIRONMENT,
                         _("%s exists already and is not empty"), path);
    git_repository_init_options_init(&options,
                                     GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH |
                    GIT_REPOSITORY_INIT_NO_REINIT;
    options.initial_head = "main";
    if (git_repository_init_ext(&repository, path, &options) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, path);
    if (git_repository_config(&config, repository) == 0) {
        gitlog_configure(config);
        git_config_free(config);
    }
    return wrap(out, repository, path);
}

int gitlog_open(gitlog **out, const char *path)
{
    git_repository *repository = NULL;
    int code = gitlog_initialise();
    if (code)
        return code;
    error_clear();
    code = gitlog_open_repository(&repository, path,
                                  GIT_REPOSITORY_OPEN_NO_SEARCH |
                                      GIT_REPOSITORY_OPEN_BARE);
    if (code)
        return code == TAWAM_ENOTFOUND ? gitlog_error(TAWAM_EDAMAGED, path)
                                       : code;
    return wrap(out, repository, path);
}

void gitlog_free(gitlog *log)
{
    if (!log)
        return;
    gitlog_forget_dictionaries(log);
    git_repository_free(log->repository);
    free(log->path);
    free(log);
}

const char *gitlog_path(const gitlog *log)
{
    return log->path;
}

int gitlog_oid(git_oid *out, const char *id)
{
    if (strlen(id) != GIT_OID_HEXSZ || git_oid_fromstr(out, id) < 0)
        return error_set(TAWAM_ENOTFOUND, _("'%.60s' is no commit id"), id);
    return TAWAM_OK;
}

/* ---- refs ---- */

int gitlog_ref(char id[SYNC_ID_SIZE], gitlog *log, const char *name)
{
    git_oid oid;
    int code = gitlog_find_ref(&oid, log->repository, name);
    if (code)
        return code;
    git_oid_tostr(id, SYNC_ID_SIZE, &oid);
    return TAWAM_OK;
}

int gitlog_peel(char id[SYNC_ID_SIZE], gitlog *log, const char *name)
{
    git_object *named = NULL, *commit = NULL;
    git_oid there;
    int result, code = gitlog_find_ref(&there, log->repository, name);
    if (code)
        return code;
    git_error_clear();
    result = git_object_lookup(&named, log->repository, &there, GIT_OBJECT_ANY);
    if (!result)
        result = git_object_peel(&commit, named, GIT_OBJECT_COMMIT);
    if (!result)
        git_oid_tostr(id, SYNC_ID_SIZE, git_object_id(commit));
    git_object_free(commit);
    git_object_free(named);
    return result ? gitlog_absent(name) : TAWAM_OK;
}

/* Our own refs are written by whoever holds tawam-refs.lock, which the kernel
 * takes from a process that dies; so a git lock file found while holding it is
 * a dead process's, and goes. */
static int lock_refs(file_lock **out, gitlog *log)
{
    char *path = file_join(log->path, "tawam-refs.lock");
    int code = path ? file_lock_take(out, path, REFS_WAIT) : TAWAM_EMEMORY;
    free(path);
    return code;
}

static void remove_stale_lock(gitlog *log, const char *name)
{
    char *path = memory_format("%s/%s.lock", log->path, name);
    if (path)
        unlink(path);
    free(path);
}

static int create_ref(gitlog *log, const char *name, const git_oid *oid)
{
    git_reference *reference = NULL;
    int result = git_reference_create(&reference, log->repository, name, oid, 1,
                                      "tawam");
    git_reference_free(reference);
    return result;
}

/* Holding the refs' lock. */
static int set_locked(gitlog *log, const char *name, const char *id)
{
    git_oid oid;
    int result, code = gitlog_oid(&oid, id);
    if (code)
        return code;
    result = create_ref(log, name, &oid);
    if (result == GIT_ELOCKED) {
        remove_stale_lock(log, name);
        result = create_ref(log, name, &oid);
    }
    return result < 0 ? gitlog_error(TAWAM_EENVIRONMENT, name) : TAWAM_OK;
}

int gitlog_set_ref(gitlog *log, const char *name, const char *id)
{
    file_lock *lock = NULL;
    int code = lock_refs(&lock, log);
    if (code)
        return code;
    code = set_locked(log, name, id);
    file_lock_release(lock);
    return code;
}

/* 1 if ref NAME is not there, leads nowhere, or to what ID contains. */
static int goes_forward(gitlog *log, const char *name, const char *id)
{
    char now[SYNC_ID_SIZE];
    int code = gitlog_ref(now, log, name);
    if (code)
        return code == TAWAM_ENOTFOUND ? 1 : code;
    code = gitlog_has(log, now);
    if (code <= 0)
        return code < 0 ? code : 1;
    return strcmp(now, id) != 0 ? gitlog_contains(log, id, now) : 0;
}

int gitlog_forward_ref(gitlog *log, const char *name, const char *id)
{
    file_lock *lock = NULL;
    int code = lock_refs(&lock, log);
    if (code)
        return code;
    code = goes_forward(log, name, id);
    if (code > 0)
        code = set_locked(log, name, id);
    file_lock_release(lock);
    return code;
}

int gitlog_replace_ref(gitlog *log, const char *name, const char *id,
                       const char *expected)
{
    char now[SYNC_ID_SIZE] = "";
    file_lock *lock = NULL;
    int code = lock_refs(&lock, log);
    if (code)
        return code;
    code = gitlog_ref(now, log, name);
    if (!code || code == TAWAM_ENOTFOUND)
        code = strcmp(now, expected) == 0
                   ? set_locked(log, name, id)
                   : error_set(TAWAM_ENO,
                               _("%s was moved by somebody else: try again"),
                               name);
    file_lock_release(lock);
    return code;
}

int gitlog_delete_ref(gitlog *log, const char *name)
{
    file_lock *lock = NULL;
    int result, code = lock_refs(&lock, log);
    if (code)
        return code;
    result = git_reference_remove(log->repository, name);
    if (result == GIT_ELOCKED) {
        remove_stale_lock(log, name);
        remove_stale_lock(log, "packed-refs");
        result = git_reference_remove(log->repository, name);
    }
    if (result < 0 && result != GIT_ENOTFOUND)
        code = gitlog_error(TAWAM_EENVIRONMENT, name);
    file_lock_release(lock);
    return code;
}

/* CALL for the ref NAME; one that is gone by now, strange or symbolic is passed
 * over, one that the machine does not read is not. */
static int call_ref(gitlog *log, const char *name,
                    int (*call)(void *context, const char *name,
                                const char *id),
                    void *context)
{
    git_reference *reference = NULL;
    const git_oid *target;
    git_oid there;
    char id[SYNC_ID_SIZE];
    int result = gitlog_find_ref(&there, log->repository, name);

    if (result)
        return result == TAWAM_ENOTFOUND ? TAWAM_OK : result;
    if (git_reference_lookup(&reference, log->repository, name) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, _("reading refs"));
    target = git_reference_target(reference);
    if (target) {
        git_oid_tostr(id, sizeof id, target);
        result = call(context, git_reference_name(reference), id);
    }
    git_reference_free(reference);
    return result;
}

int gitlog_refs(gitlog *log, const char *glob,
                int (*call)(void *context, const char *name, const char *id),
                void *context)
{
    gitlog_names names;
    int result = gitlog_list(&names, log->repository, glob);

    for (size_t i = 0; !result && i < names.count; i++)
        result = call_ref(log, names.list[i], call, context);
    gitlog_names_free(&names);
    return result;
}

/* Have packs that came since in view of A and B: where libgit2 could not look
 * for them it says "not found", and we would say that the log is damaged. */
static int look_up(gitlog *log, const git_oid *a, const git_oid *b)
{
    int has = gitlog_has_object(log->repository, a);
    if (has >= 0)
        has = gitlog_has_object(log->repository, b);
    return has < 0 ? has : TAWAM_OK;
}

int gitlog_contains(gitlog *log, const char *descendant, const char *ancestor)
{
    git_oid below, above;
    int result = 0;
    if (strcmp(descendant, ancestor) == 0)
        return 1;
    if (gitlog_oid(&below, descendant) || gitlog_oid(&above, ancestor))
        return TAWAM_ENOTFOUND;
    if ((result = look_up(log, &below, &above)) != TAWAM_OK)
        return result;
    result = git_graph_descendant_of(log->repository, &below, &above);
    return result < 0 ? gitlog_error(TAWAM_EDAMAGED, descendant) : result;
}

int gitlog_no_base(void)
{
    const git_error *e = git_error_last();
    return e && e->klass == GIT_ERROR_MERGE;
}

int gitlog_related(gitlog *log, const char *a, const char *b)
{
    git_oid one, two, base;
    int result;
    if (gitlog_oid(&one, a) || gitlog_oid(&two, b))
        return TAWAM_ENOTFOUND;
    if ((result = look_up(log, &one, &two)) != TAWAM_OK)
        return result;
    git_error_clear();
    result = git_merge_base(&base, log->repository, &one, &two);
    if (result == GIT_ENOTFOUND && gitlog_no_base())
        return 0;
    return result < 0 ? gitlog_error(TAWAM_EDAMAGED, a) : 1;
}

int gitlog_has(gitlog *log, const char *id)
{
    git_oid oid;
    if (gitlog_oid(&oid, id)) {
        error_clear();
        return 0;
    }
    return gitlog_has_object(log->repository, &oid);
}

/* ---- walking ---------------------------------------------------------------
 */

static int walk_collect(char (**ids)[SYNC_ID_SIZE], size_t *count,
                        git_revwalk *walk)
{
    char(*list)[SYNC_ID_SIZE] = NULL;
    size_t capacity = 0, used = 0;
    git_oid oid;
    int result;

    while ((result = git_revwalk_next(&oid, walk)) == 0) {
        if (memory_reserve((void **)&list, &capacity, used + 1, sizeof *list) <
            0) {
            free(list);
            return TAWAM_EMEMORY;
        }
        git_oid_tostr(list[used++], SYNC_ID_SIZE, &oid);
    }
    if (result != GIT_ITEROVER) {
        free(list);
        return gitlog_error(TAWAM_EDAMAGED, _("walking the history"));
    }
    *ids = list;
    *count = used;
    return TAWAM_OK;
}

static int walk_push(git_revwalk *walk, gitlog *log, const char *const *ids,
                     size_t count, int hide)
{
    size_t i;
    for (i = 0; i < count; i++) {
        git_oid oid;
        int has = gitlog_has(log, ids[i]);
        if (has < 0)
            return has;
        if (!has || git_oid_fromstr(&oid, ids[i]) < 0)
            continue;
        git_error_clear();
        if ((hide ? git_revwalk_hide(walk, &oid)
                  : git_revwalk_push(walk, &oid)) < 0 &&
            gitlog_code(TAWAM_OK)) /* what is no commit is left out */
            return gitlog_error(TAWAM_EENVIRONMENT, ids[i]);
    }
    return TAWAM_OK;
}

static int walk_all(char (**ids)[SYNC_ID_SIZE], size_t *count, gitlog *log,
                    const char *const *include, size_t include_count,
                    const char *const *hide, size_t hide_count)
{
    git_revwalk *walk = NULL;
    int code;

    if (git_revwalk_new(&walk, log->repository) < 0)
        return gitlog_error(TAWAM_EENVIRONMENT, _("walking the history"));
    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME |
                                  GIT_SORT_REVERSE);
    code = walk_push(walk, log, include, include_count, 0);
    if (!code)
        code = walk_push(walk, log, hide, hide_count, 1);
    if (!code)
        code = walk_collect(ids, count, walk);
    git_revwalk_free(walk);
    return code;
}

/* Those of INCLUDE from which a walk gets through: *COUNT of them in KEPT. */
static int walkable(const char **kept, size_t *kept_count, gitlog *log,
                    const char *const *include, size_t include_count,
                    const char *const *hide, size_t hide_count)
{
    size_t i, used = 0;
    for (i = 0; i < include_count; i++) {
        char(*ids)[SYNC_ID_SIZE] = NULL;
        size_t count = 0;
        int code =
            walk_all(&ids, &count, log, &include[i], 1, hide, hide_count);
        free(ids);
        if (code && code != TAWAM_EDAMAGED)
            return code;
        if (!code)
            kept[used++] = include[i];
    }
    error_clear();
    *kept_count = used;
    return TAWAM_OK;
}

int gitlog_walk(char (**ids)[SYNC_ID_SIZE], size_t *count, gitlog *log,
                const char *const *include, size_t include_count,
                const char *const *hide, size_t hide_count)
{
    const char **kept;
    int code =
        walk_all(ids, count, log, include, include_count, hide, hide_count);
    if (code != TAWAM_EDAMAGED)
        return code;
    kept = memory_array(include_count + 1, sizeof *kept);
    if (!kept)
        return TAWAM_EMEMORY;
    code = walkable(kept, &include_count, log, include, include_count, hide,
                    hide_count);
    if (!code)
        code = walk_all(ids, count, log, kept, include_count, hide, hide_count);
    free(kept);
    return code;
}

int gitlog_expand(char id[SYNC_ID_SIZE], gitlog *log, const char *prefix)
{
    git_oid oid;
    git_object *object = NULL;
    size_t length = strlen(prefix);
    int result;

    if (length < 4 || length > GIT_OID_HEXSZ ||
        git_oid_fromstrn(&oid, prefix, length) < 0)
        return TAWAM_ENOTFOUND;
    git_error_clear();
    result = git_object_lookup_prefix(&object, log->repository, &oid, length,
                                      GIT_OBJECT_COMMIT);
    if (result == GIT_EAMBIGUOUS)
        return error_set(TAWAM_ENO,
                         _("several commits begin with %s: give more digits"),
                         prefix);
    if (result < 0)
        return gitlog_absent(prefix);
    git_oid_tostr(id, SYNC_ID_SIZE, git_object_id(object));
    git_object_free(object);
    return TAWAM_OK;
}

/* ---- taking over what is missing ---- */

int gitlog_read_object(git_odb_object **out, git_odb *odb, const git_oid *id)
{
    git_odb_object *object = NULL;
    int found = 0;
    git_error_clear();
    for (int turn = 0; turn < 2 && !found; turn++) {
        found = git_odb_read(&object, odb, id) == 0;
        if (!found && gitlog_code(TAWAM_OK))
            return gitlog_error(TAWAM_EENVIRONMENT, _("reading an object"));
    }
    if (out)
        *out = object;
    else
        git_odb_object_free(object);
    return found;
}

typedef struct taking {
    git_odb *from, *to;
    gitlog *log;
    int64_t taken;
    int code;
} taking;

/* A damaged one is in the way of a good one. */
static void remove_loose(gitlog *log, const git_oid *id)
{
    char hex[SYNC_ID_SIZE];
    char *path;
    git_oid_tostr(hex, sizeof hex, id);
    path = memory_format("%s/objects/%.2s/%s", log->path, hex, hex + 2);
    if (path)
        unlink(path);
    free(path);
}

static int take_object(const git_oid *id, void *context)
{
    taking *x = context;
    git_odb_object *object = NULL;
    git_oid written;
    int has = gitlog_read_object(NULL, x->to, id);
    int given = has ? 0 : gitlog_read_object(&object, x->from, id);
    if (given <= 0) {
        x->code = has < 0 ? has : given;
        return x->code;
    }
    remove_loose(x->log, id);
    if (git_odb_write(&written, x->to, git_odb_object_data(object),
                      git_odb_object_size(object),
                      git_odb_object_type(object)) < 0)
        x->code = gitlog_error(TAWAM_EENVIRONMENT, _("writing to log.git"));
    else /* not so while a damaged pack seems to have it */
        has = gitlog_read_object(NULL, x->to, id);
    if (!x->code && has < 0)
        x->code = has;
    x->taken += has > 0;
    git_odb_object_free(object);
    return x->code;
}

int gitlog_take_missing(int64_t *taken, gitlog *log, gitlog *from)
{
    taking x = {.log = log};
    if (git_repository_odb(&x.to, log->repository) < 0 ||
        git_repository_odb(&x.from, from->repository) < 0)
        x.code = gitlog_error(TAWAM_EDAMAGED, log->path);
    if (!x.code && git_odb_foreach(x.from, take_object, &x) < 0 && !x.code)
        x.code = gitlog_error(TAWAM_EDAMAGED, from->path);
    git_odb_free(x.to);
    git_odb_free(x.from);
    *taken = x.taken;
    return x.code;
}

/* ---- checking ---- */

typedef struct check {
    git_odb *odb;
    int64_t objects;
    int code;
} check;

static int check_object(const git_oid *id, void *context)
{
    check *c = context;
    git_odb_object *object = NULL;
    char hex[SYNC_ID_SIZE];

    if (git_odb_read(&object, c->odb, id) < 0) {
        git_oid_tostr(hex, sizeof hex, id);
        c->code = gitlog_error(TAWAM_EDAMAGED, hex);
        return 1;
    }
    git_odb_object_free(object);
    c->objects++;
    return 0;
}

int gitlog_check_objects(int64_t *objects, gitlog *log)
{
    check c = {0};
    if (git_repository_odb(&c.odb, log->repository) < 0)
        return gitlog_error(TAWAM_EDAMAGED, log->path);
    if (git_odb_foreach(c.odb, check_object, &c) < 0 && !c.code)
        c.code = gitlog_error(TAWAM_EDAMAGED, log->path);
    git_odb_free(c.odb);
    *objects = c.objects;
    return c.code;
}
