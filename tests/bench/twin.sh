#!/bin/sh
# SPDX-License-Identifier: MIT
# The figures of the walking twin, side by side in one run: an import against
# sqlite3's own, recording it, a day of edits from pen to HQ, a clone, screens.
# TAWAM_ROWS=N changes the size of the import.
set -eu
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
TAWAM=${TAWAM:-$TOP/build/tawam}
rows=${TAWAM_ROWS:-100000}
edits=1250
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
cd "$top"
HOME=$top
export HOME

now() { date +%s%N; }
# NAME COMMAND...: run it, print what it took in milliseconds and rows a second.
took() {
    name=$1 count=$2
    shift 2
    began=$(now)
    "$@" >said 2>&1 || { cat said; exit 1; }
    spent=$((($(now) - began) / 1000000))
    rate=
    [ "$count" -eq 0 ] || rate=$((count * 1000 / (spent > 0 ? spent : 1)))/s
    printf '%-34s %8d ms %12s\n' "$name" "$spent" "$rate"
}
bytes() { printf '%-34s %8s B\n' "$1" "$2"; }
objects() { # bytes of a repository's objects
    find "$1/objects" -type f -exec cat {} + | wc -c
}
desk() { "$TAWAM" -C desk "$@"; }
field() { "$TAWAM" -C field "$@"; }

awk -v rows="$rows" 'BEGIN {
    srand(2024)
    printf "code,name,commune,douar,latitude,longitude"
    for (c = 1; c <= 16; c++) printf ",q%d", c
    print ""
    for (i = 1; i <= rows; i++) {
        printf "H%06d,Household %d,%d,D%03d,%.6f,%.6f", i, i,
            1 + int(rand() * 16), int(rand() * 253),
            34.7 + rand() * 0.4, -2.6 + rand() * 0.5
        for (c = 1; c <= 6; c++) printf ",%d", int(rand() * 5)
        for (c = 7; c <= 10; c++) printf ",%s", rand() < 0.6 ? "yes" : "no"
        for (c = 11; c <= 13; c++) printf ",%.1f", rand() * 100
        printf ",2024-0%d-1%d,%s,", 1 + int(rand() * 9), int(rand() * 10),
            rand() < 0.1 ? "a remark by the surveyor" : ""
        print ""
    }
}' >households.csv
echo "$rows rows x 22 columns, $(wc -c <households.csv) B of CSV," \
    "$(nproc) processors, $("$TAWAM" version | head -n 1)"

plain_import() {
    printf '.mode csv\n.import households.csv household\n' | sqlite3 plain.db
}
took 'sqlite3 .import, plain table' "$rows" plain_import
took 'init' 0 "$TAWAM" init desk --name Bench --device desk \
    --author 'Desk <desk@example.org>' --bare-remote hq.git
took 'tawam import' "$rows" desk import households.csv --layer household
took 'tawam import --key, nothing new' "$rows" \
    desk import households.csv --layer household --key code
took 'record the import' "$rows" desk commit
bytes 'the replica' "$(stat -c %s desk/twin.gpkg)"
bytes 'the log (desk)' "$(objects desk/log.git)"
bytes 'the same CSV by zstd -19' "$(zstd -19 -q -c households.csv | wc -c)"
took 'push it' "$rows" desk sync
took 'clone by a new replica' "$rows" "$TAWAM" clone "$top/hq.git" field \
    --device field --author 'Field <field@example.org>'

# A day: answers for three questions each of 417 households here and there,
# some of them as they were before.
awk -v edits=$edits -v rows="$rows" 'BEGIN {
    srand(7)
    print "code,q1,q2,q13"
    for (i = 1; i <= edits / 3; i++)
        printf "H%06d,%d,%d,%.1f\n", 1 + int(rand() * rows), int(rand() * 5),
            int(rand() * 5), rand() * 100
}' >day.csv
took "a day of $edits answers: import --key" $edits \
    field import day.csv --layer household --key code
tail -n 1 said | sed 's/^/    /'
before=$(objects field/log.git)
took 'record the day' $edits field commit
head=$(git --git-dir field/log.git rev-parse refs/heads/device/field)
bytes 'its changeset' \
    "$(git --git-dir field/log.git cat-file -s "$head:changes.zst")"
bytes 'its objects in the log' $(($(objects field/log.git) - before))
took 'push the day' $edits field sync --json
# What the program itself counted, where it says so.
tr ',{}' '\n\n\n' <said | grep -i 'bytes\|sent\|received' | sed 's/^ */    /' || true
took 'HQ applies the day' $edits desk sync
took 'verify, replaying all' "$rows" desk verify
[ "$(desk verify --hash)" = "$(field verify --hash)" ] &&
    echo 'both replicas have one state hash'
if command -v python3 >/dev/null; then
    python3 "$TOP/tests/bench/screen.py" "$TAWAM" desk household
fi
