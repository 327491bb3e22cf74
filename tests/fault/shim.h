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
    FAULT_MODES
} fault_mode;

static const char *const FAULT_NAMES[FAULT_MODES] = {
    "kill",   "group",       "torn",   "eio",      "eio-on",
    "enospc", "enospc-once", "memory", "memory-on"};

/* From now on, in this process and its children: the ATth operation (or
 * allocation) goes wrong as HOW says; 0: only count. Counts begin anew. */
void fault_arm(fault_mode how, uint64_t at);
/* Write operations, and allocations, since then. */
uint64_t fault_writes(void);
uint64_t fault_allocations(void);
/* The first letter of each of the first FAULT_KINDS operations: write, pwrite,
 * fsync, truncate (f), open, rename, link, symlink, unlink, directory. */
#define FAULT_KINDS 8192
const char *fault_kinds(void);
/* How often the fault happened since then. */
uint64_t fault_bitten(void);

/* From now on note the first allocation of each call stack; *numbers then
 * holds their numbers, in order, *names a hash of each stack that is the same
 * in every run of one build, and the count is returned. */
void fault_note_sites(void);
uint64_t fault_sites(const uint32_t **numbers, const uint64_t **names);

/* Between the parts of the library. */
void fault_arm_memory(fault_mode how, uint64_t at);
void fault_bite(void);

#endif
