/* SPDX-License-Identifier: MIT */
/* For sweep.h: what came of each state that a disturbed command left.
 *
 * The look, the repeat and the meeting after a trial start new processes that
 * know nothing but work/: after two faults that left the same names, rights and
 * bytes there they are the same experiment. It is made once for each state, and
 * what it found judges every trial that left it. Most faults of a command leave
 * one of a few dozen states, so this is where a sweep's time goes or doesn't.
 *
 * Not looked at are times of files, which only tell what is hours old. */
#ifndef TAWAM_TESTS_FAULT_MEMO_H
#define TAWAM_TESTS_FAULT_MEMO_H

#include <sodium.h>
#include "tests/fault/look.h"

typedef struct outcome {
    unsigned char state[crypto_generichash_BYTES];
    int whole;                /* what the look found; why not */
    char *why, *dump;         /* owned */
    int sent;                 /* its line is at the remote */
    int repeated;             /* how the repeat ended; 0 if it was left out */
    int met;                  /* what the meeting found; why not */
    char *met_why, *met_dump; /* owned */
    int64_t conflicts;
} outcome;

static outcome *outcomes; /* of the present operation */
static size_t outcome_count, outcome_room;

/* ---- the state of work/ ---- */

static void add_file(crypto_generichash_state *hash, int folder,
                     const char *name)
{
    static unsigned char block[65536];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    while (fd >= 0 && (n = read(fd, block, sizeof block)) > 0)
        crypto_generichash_update(hash, block, (size_t)n);
    if (fd < 0 || n < 0)
        bail("cannot read %s", name);
    close(fd);
}

/* libgit2 makes one, to see whether it can, where a log is made. */
static void add_link(crypto_generichash_state *hash, int folder,
                     const char *name)
{
    char target[4096];
    ssize_t n = readlinkat(folder, name, target, sizeof target);

    if (n < 0)
        bail("cannot read the link %s", name);
    crypto_generichash_update(hash, (unsigned char *)target, (size_t)n);
}

/* PATH is below the present folder. An entry is its name with the 0 at its end,
 * its type, rights and size, and its bytes or entries, in the order of names;
 * so no two trees are one sequence of bytes. */
static void add_folder(crypto_generichash_state *hash, const char *path)
{
    struct dirent **list = NULL;
    int count = scandir(path, &list, NULL, alphasort);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char below[1024];
    struct stat s;

    if (count < 0 || folder < 0)
        bail("cannot read %s", path);
    crypto_generichash_update(hash, (unsigned char *)&count, sizeof count);
    for (int i = 0; i < count; i++) {
        const char *name = list[i]->d_name;
        if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) < 0)
            bail("cannot look at %s", name);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            int64_t kind[2] = {s.st_mode, S_ISDIR(s.st_mode) ? 0 : s.st_size};
            snprintf(below, sizeof below, "%s/%s", path, name);
            crypto_generichash_update(hash, (const unsigned char *)name,
                                      strlen(name) + 1);
            crypto_generichash_update(hash, (unsigned char *)kind, sizeof kind);
            if (S_ISDIR(s.st_mode))
                add_folder(hash, below);
            else if (S_ISLNK(s.st_mode))
                add_link(hash, folder, name);
            else
                add_file(hash, folder, name);
        }
        free(list[i]);
    }
    free(list);
    close(folder);
}

/* The outcome of the state that work/ is in. *KNOWN: it was there before, and
 * its fields hold; else the caller fills them in. Borrowed, until the next
 * call. */
static outcome *outcome_of_now(int *known)
{
    crypto_generichash_state hash;
    unsigned char state[crypto_generichash_BYTES];

    crypto_generichash_init(&hash, NULL, 0, sizeof state);
    add_folder(&hash, "work");
    crypto_generichash_final(&hash, state, sizeof state);
    for (size_t i = 0; i < outcome_count; i++)
        if (memcmp(outcomes[i].state, state, sizeof state) == 0) {
            *known = 1;
            return &outcomes[i];
        }
    if (outcome_count == outcome_room) {
        outcome_room = outcome_room * 2 + 64;
        outcomes = realloc(outcomes, outcome_room * sizeof *outcomes);
    }
    *known = 0;
    memset(&outcomes[outcome_count], 0, sizeof *outcomes);
    memcpy(outcomes[outcome_count].state, state, sizeof state);
    return &outcomes[outcome_count++];
}

static void outcomes_forget(void)
{
    for (size_t i = 0; i < outcome_count; i++) {
        free(outcomes[i].why);
        free(outcomes[i].dump);
        free(outcomes[i].met_why);
        free(outcomes[i].met_dump);
    }
    free(outcomes);
    outcomes = NULL;
    outcome_count = outcome_room = 0;
}

#endif
