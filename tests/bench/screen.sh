#!/bin/sh
# SPDX-License-Identifier: MIT
# What the screens cost on a terminal, on a layer of ROWS rows: see screen.py.
set -e
ROWS=${ROWS:-100000}
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
TAWAM=${TAWAM:-$TOP/build/tawam}
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
awk -v rows="$ROWS" -v seed=1 -v first=0 -f "$TOP/tests/bench/household.awk" >rows.csv
"$TAWAM" init a --name Bench --device a --author 'A <a@example.org>' >/dev/null
"$TAWAM" -C a import rows.csv --layer household >/dev/null 2>&1
python3 "$TOP/tests/bench/screen.py" "$TAWAM" a household
