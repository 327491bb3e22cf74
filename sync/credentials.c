/* SPDX-License-Identifier: MIT */
/* credentials: `git credential fill`, `approve` and `reject`.
 *
 * Invariants:
 *  1. A value that holds a line break is never written: it would be read as
 *     another key.
 *  2. The password is wiped when the connection ends.
 */
#include <stdlib.h>
#include <string.h>
#include "sync/credentials_internal.h"
#include "sync/git_program_internal.h"

void credentials_clear(credentials *c)
{
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    free(c->protocol);
    free(c->host);
    free(c->path);
    free(c->user);
    free(c->password);
    memset(c, 0, sizeof *c);
}

static void add_pair(buffer *out, const char *key, const char *value)
{
    if (value && !strpbrk(value, "\n\r"))
        buffer_format(out, "%s=%s\n", key, value);
}

/* `git credential ACTION` with what C holds on its input; ANSWER may be NULL.
 * 0 if it ended well. */
static int git_credential_run(buffer *answer, const char *action,
                              const credentials *c)
{
    const char *words[] = {"git", "credential", action, NULL};
    buffer text = {0};
    add_pair(&text, "protocol", c->protocol);
    add_pair(&text, "host", c->host);
    add_pair(&text, "path", c->path);
    add_pair(&text, "username", c->user);
    add_pair(&text, "password", c->password);
    buffer_text(&text, "\n");
    int status = git_program(answer, &text, words);
    if (text.data)
        explicit_bzero(text.data, text.length);
    buffer_free(&text);
    return status;
}

/* Split URL into what git credential wants. */
static int set_url(credentials *c, const char *url)
{
    const char *rest = strstr(url, "://");
    if (c->host)
        return 0;
    if (!rest)
        return -1;
    c->protocol = memory_string_length(url, (size_t)(rest - url));
    rest += 3;
    size_t length = strcspn(rest, "/");
    const char *at = memrchr(rest, '@', length);
    const char *host = at ? at + 1 : rest;
    c->host = memory_string_length(host, length - (size_t)(host - rest));
    c->path = rest[length] ? memory_string(rest + length + 1) : NULL;
    return c->protocol && c->host ? 0 : -1;
}

/* The value of KEY in ANSWER, "key=value" lines. Caller frees. */
static char *value_of(const buffer *answer, const char *key)
{
    size_t length = strlen(key);
    const char *line = answer->data ? (const char *)answer->data : "";
    while (*line) {
        size_t end = strcspn(line, "\n");
        if (end > length && strncmp(line, key, length) == 0 &&
            line[length] == '=')
            return memory_string_length(line + length + 1, end - length - 1);
        line += end + (line[end] == '\n');
    }
    return NULL;
}

static void forget(credentials *c)
{
    if (c->password)
        explicit_bzero(c->password, strlen(c->password));
    free(c->password);
    free(c->user);
    c->password = c->user = NULL;
}

int credentials_ask(git_credential **out, credentials *c, const char *url,
                    const char *user, unsigned types)
{
    buffer answer = {0};
    int error = GIT_EAUTH;
    if (!(types & GIT_CREDENTIAL_USERPASS_PLAINTEXT) || set_url(c, url) < 0)
        return GIT_PASSTHROUGH;
    if (c->password) {
        git_credential_run(NULL, "reject", c);
        forget(c);
    }
    if (++c->asked > 2)
        goto cleanup;
    if (user && !c->user)
        c->user = memory_string(user);
    if (git_credential_run(&answer, "fill", c) != 0)
        goto cleanup;
    forget(c);
    c->user = value_of(&answer, "username");
    c->password = value_of(&answer, "password");
    if (c->user && c->password)
        error =
            git_credential_userpass_plaintext_new(out, c->user, c->password);
cleanup:
    c->refused = error != 0 && c->asked > 1;
    c->none = error != 0 && c->asked == 1;
    if (answer.data)
        explicit_bzero(answer.data, answer.length);
    buffer_free(&answer);
    return error;
}

void credentials_approve(credentials *c)
{
    if (c->user && c->password)
        git_credential_run(NULL, "approve", c);
}
