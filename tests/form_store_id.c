/* SPDX-License-Identifier: MIT */
/* Which row has the run of ids that its own begins (src/form/FORMAT.md, Ids).
 */
#include "form/store_internal.h"
#include "tests/tap.h"

/* Only what begins a run has it: the row after it is of the run, and so is a
 * row that another program put in the middle of one. */
static void test_whose_run(void)
{
    const int64_t first = INT64_C(70368744177664) * TWIN_RUN;
    const struct {
        int64_t row, named;
        int has;
        const char *what;
    } rows[] = {
        {first, first, 1, "a record in its run's first place"},
        {first + 1, first + 1, 0, "one in the middle of a run"},
        {first, first + TWIN_RUN, 0, "one whose instanceID is another row's"}};
    char id[64] = "uuid:";

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        twin_uuid_from_fid(id + 5, rows[i].named);
        is_int(store_has_run(rows[i].row, id), rows[i].has, "%s: %d",
               rows[i].what, rows[i].has);
    }
    is_int(store_has_run(first, "uuid:11111111-2222-4333-8444-555555555555"), 0,
           "an id of another program: no run");
}

int main(void)
{
    test_whose_run();
    return done_testing();
}
