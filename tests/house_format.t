#!/bin/sh
# SPDX-License-Identifier: MIT
# Every C file stands as .clang-format has it, by the release it was written
# for: another one has other ideas of the same settings.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
clang-format --version 2>/dev/null | grep -q 'version 14\.' ||
	skip_all 'no clang-format 14'
git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1 || skip_all 'no git folder'
ok 'as .clang-format has it' make -s -C "$TOP" format-check
done_testing
