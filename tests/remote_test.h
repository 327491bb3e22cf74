/* SPDX-License-Identifier: MIT */
/* What the tests of remote share: a scratch folder, shell commands, small
 * repositories made by git itself. Each test works below its own folder,
 * removed at the end. */
#ifndef TAWAM_TESTS_REMOTE_TEST_H
#define TAWAM_TESTS_REMOTE_TEST_H

#include "sync/remote_internal.h"
#include "tests/tap.h"

static char scratch[64];

/* Run a shell command made by FORMAT in the scratch folder; its status. */
__attribute__((format(printf, 1, 2), unused)) static int sh(const char *format,
                                                            ...)
{
    buffer command = {0};
    va_list arguments;
    buffer_format(&command, "cd %s && { ", scratch);
    va_start(arguments, format);
    buffer_vformat(&command, format, arguments);
    va_end(arguments);
    buffer_text(&command, "\n} >>log 2>&1");
    int status = system((char *)command.data);
    buffer_free(&command);
    return status;
}

/* The output of a shell command, without its last newline. Caller frees. */
__attribute__((format(printf, 1, 2), unused)) static char *
sh_out(const char *format, ...)
{
    buffer command = {0}, out = {0};
    char block[512];
    size_t n = 0;
    va_list arguments;
    buffer_format(&command, "cd %s && { ", scratch);
    va_start(arguments, format);
    buffer_vformat(&command, format, arguments);
    va_end(arguments);
    buffer_text(&command, "\n} 2>>log");
    FILE *pipe = popen((char *)command.data, "r");
    while (pipe && (n = fread(block, 1, sizeof block, pipe)) > 0)
        buffer_bytes(&out, block, n);
    if (pipe)
        pclose(pipe);
    buffer_text(&out, "");
    while (out.length && out.data[out.length - 1] == '\n')
        out.data[--out.length] = '\0';
    buffer_free(&command);
    char *text = buffer_take(&out);
    return text ? text : memory_string("");
}

__attribute__((unused)) static void scratch_begin(void)
{
    strcpy(scratch, "/tmp/tawam-remote-XXXXXX");
    if (!mkdtemp(scratch))
        bail("no scratch folder");
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("HOME", scratch, 1);
    setenv("GIT_AUTHOR_NAME", "Amina", 1);
    setenv("GIT_AUTHOR_EMAIL", "amina@example.org", 1);
    setenv("GIT_COMMITTER_NAME", "Amina", 1);
    setenv("GIT_COMMITTER_EMAIL", "amina@example.org", 1);
}

__attribute__((unused)) static void scratch_end(void)
{
    if (!getenv("KEEP"))
        file_remove_tree(scratch);
}

/* A full path in the scratch folder; static, for one expression. */
__attribute__((unused)) static const char *at(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

/* COUNT commits on LINE of the bare repository GITDIR, each with a file of
 * SIZE random bytes, as a log has them. */
__attribute__((unused)) static void
commits(const char *gitdir, const char *line, int count, int size)
{
    int status =
        sh("cd %s && for i in $(seq %d); do "
           "b=$(head -c %d /dev/urandom | git hash-object -w --stdin); "
           "t=$(printf '100644 blob %%s\\tchanges.zst\\n' $b | git mktree); "
           "p=$(git rev-parse -q --verify refs/heads/%s || :); "
           "c=$(git commit-tree $t ${p:+-p $p} -m \"$i rows\"); "
           "git update-ref refs/heads/%s $c || exit 1; done",
           gitdir, count, size, line, line);
    if (status != 0)
        bail("cannot make commits in %s", gitdir);
}

__attribute__((unused)) static char *ref_of(const char *gitdir, const char *ref)
{
    return sh_out("git -C %s rev-parse -q --verify %s || echo none", gitdir,
                  ref);
}

__attribute__((unused)) static int same_ref(const char *a, const char *ref_a,
                                            const char *b, const char *ref_b)
{
    char *one = ref_of(a, ref_a), *two = ref_of(b, ref_b);
    int same = strcmp(one, two) == 0 && strcmp(one, "none") != 0;
    free(one);
    free(two);
    return same;
}

__attribute__((unused)) static int sound(const char *gitdir)
{
    return sh("git -C %s fsck --full --strict --no-dangling", gitdir) == 0;
}

#endif
