/* SPDX-License-Identifier: MIT */
/* A failing history made short: parts are left out, halves first, then ever
 * smaller ones, as long as what is left fails. (Zeller and Hildebrandt 2002,
 * "Simplifying and Isolating Failure-Inducing Input", without its complements.)
 */
#include "tests/merge/sim.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 60 /* a history that takes longer hangs */

int sim_fails(const sim_history *h, char *why, size_t room)
{
    int line[2], status = 0;
    ssize_t n;
    pid_t child;
    snprintf(why, room, "it could not be run");
    fflush(NULL);
    if (pipe(line) < 0 || (child = fork()) < 0)
        return 1;
    if (child == 0) {
        static sim_result result;
        alarm(SECONDS);
        sim_run(&result, h, 1);
        if (write(line[1], result.failure, strlen(result.failure)) < 0)
            _exit(2);
        _exit(result.failed);
    }
    close(line[1]);
    n = read(line[0], why, room - 1);
    why[n > 0 ? n : 0] = 0;
    close(line[0]);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        snprintf(why, room, "signal %d", WTERMSIG(status));
    return status != 0;
}

static void leave_out(sim_history *out, const sim_history *h, int from, int n)
{
    *out = *h;
    memmove(out->ops + from, out->ops + from + n,
            (size_t)(h->count - from - n) * sizeof *out->ops);
    out->count -= n;
}

/* One pass with parts of N operations; 1 if something could go. */
static int pass(sim_history *h, int n, int *tries)
{
    static sim_history shorter;
    char why[400];
    int from = 0, any = 0;
    while (from + n <= h->count && *tries > 0) {
        leave_out(&shorter, h, from, n);
        --*tries;
        if (sim_fails(&shorter, why, sizeof why)) {
            *h = shorter;
            any = 1;
        } else {
            from += n;
        }
    }
    return any;
}

void sim_shrink(sim_history *h, int tries)
{
    int n = h->count / 2;
    while (n > 0 && tries > 0) {
        int any = pass(h, n, &tries);
        if (n > 1 || !any)
            n /= 2;
    }
}
