/* SPDX-License-Identifier: MIT */
/* Each file of tests/hostile/changeset is refused with a reason, by a process
 * that may grow by 64 MiB and take two seconds. INDEX says what each one is;
 * tests/hostile/make_changesets.c made them. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/tap.h"
#include "sync/changeset.h"

#define FOLDER "tests/hostile/changeset/"

#if defined __SANITIZE_ADDRESS__
#define LIMITED 0 /* its shadow takes terabytes of addresses */
#else
#define LIMITED 1
#endif

/* Bytes of address space in use, of Linux's /proc. */
static size_t address_space(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (!f || fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(void)
{
    size_t space = address_space() + ((size_t)64 << 20);
    struct rlimit memory = {space, space}, time = {2, 3};

    if (!LIMITED)
        return;
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CPU, &time);
}

/* In a child: read BYTES under limits; what was said goes to SAID. */
static int refused(const buffer *bytes, char *said, size_t room)
{
    int ends[2], status = 0;
    ssize_t got = 0;
    pid_t child = 0;

    if (pipe(ends) < 0)
        return 0;
    child = fork();
    if (child == 0) {
        changeset *c = NULL;
        limit();
        int code = changeset_decode(&c, bytes->data, bytes->length, NULL);
        const char *message = error_message();
        if (write(ends[1], message, strlen(message)) < 0)
            _exit(9);
        _exit(code == TAWAM_EDAMAGED || code == TAWAM_ENEWER ? 0 : 1);
    }
    close(ends[1]);
    got = read(ends[0], said, room - 1);
    said[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(void)
{
    FILE *list = fopen(FOLDER "INDEX", "r");
    char line[512], path[600], said[2048];
    int files = 0;

    if (!list)
        bail("run me from the top of the tree: no %s", FOLDER);
    while (fgets(line, sizeof line, list)) {
        buffer bytes = {0};
        char *colon = strchr(line, ':');
        if (!colon)
            continue;
        *colon = '\0';
        snprintf(path, sizeof path, FOLDER "%s", line);
        if (file_read(&bytes, path, 1 << 20) < 0)
            bail("%s", error_message());
        line[strcspn(line, "\n")] = '\0';
        colon[strcspn(colon + 1, "\n") + 1] = '\0';
        ok(refused(&bytes, said, sizeof said) && strlen(said) > 10,
           "refused: %s (%s)", colon + 2, line);
        tap_show("reason", said);
        buffer_free(&bytes);
        files++;
    }
    fclose(list);
    ok(files >= 40, "%d hostile files", files);
    return done_testing();
}
