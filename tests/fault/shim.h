/* SPDX-License-Identifier: MIT */
/* What the library of tests/fault offers to a test that has it preloaded and
 * forks: look the functions up by dlsym(RTLD_DEFAULT, name). */
#ifndef TAWAM_TESTS_FAULT_SHIM_H
#define TAWAM_TESTS_FAULT_SHIM_H

#include <stdint.h>

typedef enum fault_mode {
    FAULT_KILL,      /* the process dies before the operation */
    FAULT_GROUP,     /* its group does */
    FAULT_TORN,      /* half of a write happens, then the group dies */
    FAULT_EIO,       /* the operation fails, once */
    FAULT_EIO_ON,    /* it and all later ones */
    FAULT_FULL,      /* from here on nothing that needs room gets it */
    FAULT_FULL_ONCE, /* the next that needs room doesn't */
    FAULT_MEMORY,    /* one allocation fails */
    FAULT_MEMORY_ON, /* it and all later ones */
    FAULT_READ,      /* one read fails with EIO */
    FAULT_READ_FILE, /* it and all later ones of the same file */
    FAULT_READ_ON,   /* it and all later ones */
    FAULT_MODES
} fault_mode;

static const char *const FAULT_NAMES[FAULT_MODES] = {
    "kill",      "group",    "torn",          "eio",
    "eio-on",    "enospc",   "enospc-once",   "memory",
    "memory-on", "eio-read", "eio-read-file", "eio-read-on"};

static inline int fault_is_memory(fault_mode mode)
{
    return mode == FAULT_MEMORY || mode == FAULT_MEMORY_ON;
}

static inline int fault_is_read(fault_mode mode)
{
    return mode >= FAULT_READ;
}

/* From now on, in this process and its children: the ATth write operation (or
 * allocation, or read: of the kind that HOW is of) goes wrong as HOW says; 0:
 * only count. Counts begin anew. */
void fault_arm(fault_mode how, uint64_t at);
/* From now on only what is below PATH is of concern: absolute, without links,
 * borrowed. */
void fault_under(const char *path);
/* Write operations, and allocations, since then; reads if it was armed for
 * them. */
uint64_t fault_writes(void);
uint64_t fault_allocations(void);
uint64_t fault_reads(void);
/* The first letter of each of the first FAULT_KINDS operations: write, pwrite,
 * fsync, truncate (f), open, rename, link, symlink, unlink, directory. */
#define FAULT_KINDS 8192
const char *fault_kinds(void);
/* How often the fault happened since then. */
uint64_t fault_bitten(void);
/* From now on random numbers follow from SEED (chance.c). */
void fault_seed(uint64_t seed);
/* From now on it is that time (since 1970, not negative), but for
 * CLOCK_MONOTONIC (clock.c). */
void fault_stop_clock(int64_t milliseconds);

/* From now on note the first allocation (with OF a mode of reads: the first
 * read) of each call stack; *numbers then holds their numbers, in order, *names
 * a hash of each stack that is the same in every run of one build, and the
 * count is returned. */
void fault_note_sites(fault_mode of);
uint64_t fault_sites(const uint32_t **numbers, const uint64_t **names);

/* Between the parts of the library. */
void fault_arm_memory(fault_mode how, uint64_t at);
void fault_arm_read(fault_mode how, uint64_t at);
void fault_note_reads(void);
void fault_note_site(uint64_t number); /* of this call stack */
void fault_bite(void);
int fault_bitten_first(void); /* 1 if no fault has happened so far */
int fault_concerns(const char *path, int fd);
void fault_log(uint64_t number, const char *what, int failed, const char *path,
               int fd);
/* 1, with errno, if the opening of what is there fails. */
int fault_open_fails(int folder, const char *path, int flags);
/* What is opened instead if PATH is where random bytes are read; else -1. */
int fault_open_chance(const char *path);
/* 1 if a stream that reads PATH must come by here. */
int fault_reads_stream(const char *path);

#endif
