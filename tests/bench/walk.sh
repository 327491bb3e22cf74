#!/bin/sh
# SPDX-License-Identifier: MIT
# The walk of a day, measured side by side with its peers in one run: import of
# ROWS rows x 22 columns against `sqlite3 .import`, recording, a day of 1,250
# edits, the wire, applying, cloning, start-up. Prints seconds of wall clock
# and of CPU, bytes, and ratios; asserts nothing. `make bench`; ROWS=N.
set -e
ROWS=${ROWS:-100000}
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
here=$TOP/tests/bench
cd "$work"

# measure NAME COMMAND...: seconds into $wall and $cpu, and a line
measure() {
    name=$1
    shift
    { bash -c 'TIMEFORMAT="%R %U %S"; time "$@" >out 2>err' \
        measure "$@"; } 2>times || { cat err; exit 1; }
    read -r wall user system <times
    cpu=$(echo "$user $system" | awk '{ print $1 + $2 }')
    printf '%-44s %8.2f s %8.2f s CPU\n' "$name" "$wall" "$cpu"
}
ratio() { # ratio WHAT A B
    echo "$2 $3" | awk -v what="$1" \
        '{ printf "%-44s %8.2f\n", "  " what, ($2 > 0 ? $1 / $2 : 0) }'
}
bytes() { printf '%-44s %8d B\n' "$1" "$2"; }

awk -v rows="$ROWS" -v seed=1 -v first=0 -f "$here/household.awk" >rows.csv
bytes "CSV of $ROWS rows x 22 columns" "$(wc -c <rows.csv)"

measure "sqlite3 .import into a plain table" \
    sqlite3 plain.db ".import --csv rows.csv household"
plain=$cpu
measure "sqlite3 the same, uuid index and R-tree" sqlite3 full.db \
    ".import --csv rows.csv household" \
    "ALTER TABLE household ADD uuid TEXT;
     UPDATE household SET uuid = lower(hex(randomblob(16)));
     CREATE INDEX i ON household(uuid);
     CREATE VIRTUAL TABLE r USING rtree(id, a, b, c, d);
     INSERT INTO r SELECT rowid, longitude, longitude, latitude, latitude
       FROM household;"
full=$cpu

"$TAWAM" init a --name Bench --device a --author "A <a@example.org>" \
    --bare-remote hq.git >/dev/null
measure "tawam import" "$TAWAM" -C a import rows.csv --layer household --key code
ratio "CPU against sqlite3 .import" "$cpu" "$plain"
ratio "CPU against that with index and R-tree" "$cpu" "$full"
measure "tawam import again, nothing changed" \
    "$TAWAM" -C a import rows.csv --layer household --key code
measure "tawam commit of the import" "$TAWAM" -C a commit -m "Import"
blobs() { # bytes of the changesets from commit $1 on
    git -C a/log.git rev-list "$@" | while read -r c; do
        git -C a/log.git cat-file -s "$c:changes.zst" 2>/dev/null || echo 0
    done | awk '{ s += $1 } END { print s + 0 }'
}
bytes "changesets of the import" "$(blobs refs/heads/device/a)"
measure "tawam sync of the import to HQ" "$TAWAM" -C a sync
measure "tawam clone by a new replica" "$TAWAM" clone hq.git b --device b \
    --author "B <b@example.org>"
ratio "CPU against sqlite3 with index and R-tree" "$cpu" "$full"

# a day: 1,000 rows edited in 1 to 3 columns drawn at random, 200 new, 50 deleted
awk -F, -v OFS=, -v rows="$ROWS" '
    function draw(n) {
        state = (state * 1103515245 + 12345) % 2147483648
        return int(state / 65536) % n
    }
    function edit(which) {
        if (which == 0) $6 = 1 + draw(9)
        if (which == 1) $8 = 1 + draw(7)
        if (which == 2) $11 = draw(2) ? "standpipe" : "tanker"
        if (which == 3) $12 = 5 * draw(13)
        if (which == 4) $14 = draw(2) ? "true" : "false"
        if (which == 5) $19 = draw(6)
        if (which == 6) $20 = 10 * draw(21)
        if (which == 7) $22 = "seen again " draw(1000)
    }
    BEGIN { state = 20261122 }
    NR == 1 { print; next }
    draw(32768) < 32768000 / rows && edited < 1000 {
        edited++
        for (k = 1 + draw(3); k > 0; k--) edit(draw(8))
        print
    }' rows.csv >day.csv
awk -v rows=200 -v seed=2 -v first="$ROWS" -f "$here/household.awk" |
    tail -n +2 >>day.csv
measure "tawam import of the day's 1,200 rows" \
    "$TAWAM" -C a import day.csv --layer household --key code
measure "tawam query --write, 50 deleted" "$TAWAM" -C a query --write \
    "DELETE FROM household WHERE fid IN (SELECT fid FROM household
     WHERE fid % 2000 = 7 ORDER BY fid LIMIT 50)"
head=$(git -C a/log.git rev-parse refs/heads/device/a)
measure "tawam commit of the day" "$TAWAM" -C a commit
bytes "changeset of the day" "$(blobs "$head..refs/heads/device/a")"
"$TAWAM" -C a sync --json >sync.json
bytes "over the wire out" "$(sed 's/.*"bytes_out": *\([0-9]*\).*/\1/' sync.json | tr -d '\n' | grep -o '[0-9]*' | head -1)"
measure "tawam sync at the other replica (applies it)" "$TAWAM" -C b sync
measure "tawam sync with nothing to do" "$TAWAM" -C b sync
measure "tawam diff of before and after the day" \
    "$TAWAM" -C a diff "$head..HEAD"
measure "tawam verify (replays everything)" "$TAWAM" -C b verify
[ "$("$TAWAM" -C a verify --hash)" = "$("$TAWAM" -C b verify --hash)" ] &&
    echo "both replicas have one state"

printf ':quit\n' >script
measure "start to first screen, and out" "$TAWAM" -C b --script script
