#!/bin/sh
# SPDX-License-Identifier: MIT
# The report on reliability holds what the tests recorded, from shell and C.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

BUILD=$scratch/build
export BUILD
mkdir "$BUILD"
status 1 'without a record there is no page' \
	sh "$TOP/tests/reliability.sh" "$BUILD"
reliability_report shell 'killed | torn' 40 1 '39 of 40 died' 'what is in a cache'
cat >record.c <<'C'
#include "tests/reliability.h"
int main(void)
{
    reliability_report(&(reliability){.name = "compiled",
        .tried = "each\nallocation", .trials = 2, .controls = "2 of 2"});
}
C
must ${CC:-gcc} -std=c17 -D_GNU_SOURCE -Wall -Werror -I"$TOP" -o record record.c
TAWAM_COMMIT=abc123 TAWAM_FULL=1 must ./record
TAWAM_COMMIT=abc123 TAWAM_ACTIONS='set add' must ./record
page=$(sh "$TOP/tests/reliability.sh" "$BUILD")
like "$page" '^\| shell \| killed / torn \| 40 \| 1 \| 39 of 40 died \|' \
	'the shell told of its trials'
like "$page" '^\| compiled \| each allocation \| 2 \| 0 \| 2 of 2 \| 20[0-9-]+ [0-9:]+, abc123, full \|' \
	'so did C, with commit and kind of run'
like "$page" '^\| compiled: set add \| .*, short \|' \
	'and of a run narrowed to some operations, beside it'
like "$page" '^\| all \| \| 44 \| 1 \|' 'sums'
like "$page" '^- \*\*shell\*\*: what is in a cache' 'what it is blind to'
unlike "$page" '\*\*compiled\*\*' 'and only where it is'
done_testing
