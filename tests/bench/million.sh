#!/bin/sh
# SPDX-License-Identifier: MIT
# A million rows: import, record, send, clone, verify, each within 256 MiB.
# tests/cmd_million.t does it (ROWS=N), this says its bars. Some 15 minutes on
# an idle machine, 5 GB of disk.
. "${TOP:-$(dirname "$0")/../..}/tests/bench_bars.sh"
TAWAM_FULL=1 sh "$TOP/tests/cmd_million.t" | tee "$BUILD/million.said"
sed -n 's/^\(not \)*ok [0-9]* - \(.*\): \([0-9]*\) MiB at most, bound 256$/\2|\3/p' \
    "$BUILD/million.said" >"$BUILD/million.figures"
while IFS='|' read -r what mebibytes; do
    bar "memory: $what" "$mebibytes" 256 MiB
done <"$BUILD/million.figures"
bars_end
