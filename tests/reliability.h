/* SPDX-License-Identifier: MIT */
/* What a test that injects faults found, as one record of the report on
 * reliability:
 *
 *   reliability_report(&(reliability){
 *       .name = "record-memory",
 *       .tried = "each allocation of a record fails once",
 *       .trials = n, .losses = wrong,
 *       .controls = "312 of 312 failures reached the caller",
 *       .blind = "libraries that allocate by mmap"});
 *
 * Call it once a name, at the end, whether the test passed or not. The shell's
 * reliability_report in lib.sh writes the same; reliability.sh composes the
 * table of them all. */
#ifndef TAWAM_TESTS_RELIABILITY_H
#define TAWAM_TESTS_RELIABILITY_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct reliability {
    const char *name;     /* of the record's file: letters, digits, - */
    const char *tried;    /* the fault and the operation, a phrase */
    long trials;          /* faults injected, each with all its checks */
    long losses;          /* trials after which a check failed */
    const char *controls; /* what shows that the injector bites, in figures */
    const char *blind;    /* what the method can't see; NULL if nothing */
} reliability;

/* One line "KEY: TEXT", controls as spaces. */
static void reliability_line(FILE *out, const char *key, const char *text)
{
    fprintf(out, "%s: ", key);
    for (; text && *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    fputc('\n', out);
}

/* The operations the run was narrowed to; "" for all of them. */
static const char *reliability_part(void)
{
    const char *actions = getenv("TAWAM_ACTIONS");

    return actions ? actions : "";
}

/* A run narrowed to some operations has a record beside that of all. */
static FILE *reliability_open(const char *name)
{
    const char *build = getenv("BUILD"), *part = reliability_part();
    char path[4096];
    size_t length;

    if (!build) /* run by hand: no report */
        return NULL;
    snprintf(path, sizeof path, "%s/reliability", build);
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return NULL;
    snprintf(path, sizeof path, "%s/reliability/%s%s%s", build, name,
             *part ? "." : "", part);
    length = strlen(path) - strlen(part);
    for (char *c = path + length; *c; c++)
        if (*c == ' ' || *c == '/')
            *c = '+';
    return fopen(path, "w");
}

/* Writes $BUILD/reliability/NAME, or NAME.OPERATIONS of a run narrowed to some
 * by TAWAM_ACTIONS; without BUILD, nothing. */
static void reliability_report(const reliability *r)
{
    const char *commit = getenv("TAWAM_COMMIT");
    const char *full = getenv("TAWAM_FULL");
    FILE *out = reliability_open(r->name);
    time_t now = time(NULL);
    char when[32];

    if (!out)
        return;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M", gmtime(&now));
    reliability_line(out, "name", r->name);
    reliability_line(out, "tried", r->tried);
    fprintf(out, "trials: %ld\nlosses: %ld\n", r->trials, r->losses);
    reliability_line(out, "controls", r->controls);
    reliability_line(out, "blind", r->blind);
    reliability_line(out, "date", when);
    reliability_line(out, "commit", commit);
    reliability_line(out, "run", full && *full ? "full" : "short");
    reliability_line(out, "part", reliability_part());
    fclose(out);
}

#endif
