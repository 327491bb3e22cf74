#!/bin/sh
# SPDX-License-Identifier: MIT
# Seconds and memory of recording, applying, cloning and comparing, each beside
# its peer in one run: SQLite's session extension, `sqlite3 .import` with uuid
# index and R-tree, git with the table as one CSV. ROWS=N (100,000). Asserts
# nothing. Times are the least of TIMES (5) runs in CPU: the machine may be busy.
set -e
ROWS=${ROWS:-100000}
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$TOP/build}
TAWAM=${TAWAM:-$BUILD/tawam}
speed=$BUILD/bench/speed
workload="$BUILD/bench/workload --rows $ROWS"
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$TOP/tests/bench_bars.sh"
cd "$work"
TIMES=${TIMES:-5}

# outside NAME COMMAND...: a program from outside; wall, CPU ms and KiB
outside() {
    name=$1
    shift
    python3 - "$@" <<'END' >measured
import os, resource, subprocess, sys, time
t = time.monotonic()
quiet = open(os.devnull, 'w')
p = subprocess.Popen(sys.argv[1:], stdout=quiet, stderr=open('err', 'w'))
_, status, u = os.wait4(p.pid, 0)
if status:
    sys.exit(open('err').read())
print('x %.3f %.3f %d 0 0' % ((time.monotonic() - t) * 1e3,
    (u.ru_utime + u.ru_stime) * 1e3, u.ru_maxrss))
END
    show "$name"
}
show() { # show NAME: what `measured` says; into $wall $cpu $rss $flushes
    read -r _ wall cpu rss flushes did <measured
    printf '%-50s %9.1f ms %9.1f CPU %7.1f MiB %s\n' "$1" "$wall" "$cpu" \
        "$(echo "$rss" | awk '{ print $1 / 1024 }')" \
        "$([ "$flushes" -gt 0 ] && echo "$flushes flushes")"
}
# inside NAME PREPARATION STEP...: the least of several, each newly prepared
inside() {
    name=$1
    preparation=$2
    shift 2
    : >runs
    n=0
    while [ $n -lt $TIMES ]; do
        eval "$preparation"
        "$speed" "$@" >>runs
        n=$((n + 1))
    done
    sort -k3,3n runs | head -1 >measured
    show "$name"
}

# counted FUNCTION STEP...: its instructions, which a busy machine leaves alone
counted() {
    function=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect="$function" "$speed" "$@" 2>&1 |
        awk '/Collected/ { print $NF }'
}
have_valgrind() { command -v valgrind >/dev/null; }

$workload census >rows.csv
$workload changed day >day.csv
$workload deleted day >gone.txt
echo "$ROWS rows x 22 columns, $(wc -c <rows.csv) B of CSV; a day of" \
    "$(($(wc -l <day.csv) - 1)) edited or new rows and $(wc -l <gone.txt) deleted"

# ---- the replicas: before and after the day ----
"$TAWAM" init a --name Bench --device a --author 'A <a@example.org>' \
    --bare-remote hq.git >/dev/null
outside "tawam import" "$TAWAM" -C a import rows.csv --layer household --key code
cp -r a imported
inside "tawam record the import" "rm -rf p; cp -r imported p" record p
"$TAWAM" -C a commit -m Import >/dev/null
"$TAWAM" -C a sync >/dev/null
outside "tawam clone" "$TAWAM" clone hq.git b --device b --author 'B <b@example.org>'
clone=$cpu
bar "memory of the clone" "$((rss / 1024))" 256 MiB
cp -r a before
first=$(git -C a/log.git rev-parse refs/heads/device/a)
"$TAWAM" -C a import day.csv --layer household --key code >/dev/null
"$TAWAM" -C a query --write "DELETE FROM household WHERE code IN
    ('$(paste -sd, gone.txt | sed "s/,/','/g")')" >/dev/null

# ---- a day recorded, and SQLite's session_diff of the same two tables ----
inside "sqlite3session_diff of the two tables" "rm -rf p; cp -r a p" \
    session-diff p before/twin.gpkg household day.changeset
peer=$cpu
peer_wall=$wall
inside "tawam record the day" "rm -rf p; cp -r a p" record p
bar "record / session_diff, CPU" "$(share "$cpu" "$peer")" 0.5 x
bar "record / session_diff, wall with all flushes" "$(share "$wall" "$peer_wall")" 0.5 x
if have_valgrind; then
    rm -rf p
    cp -r a p
    peer=$(counted session_diff session-diff p before/twin.gpkg household x)
    ours=$(counted sync_record record p)
    bar "record / session_diff, instructions" "$(share "$ours" "$peer")" 0.5 x
fi

# ---- applied ----
rm -rf recorded
cp -r p recorded
mkdir plain
cp before/twin.gpkg plain/
"$speed" strip plain
for flush in 0 1; do
    if [ $flush = 0 ]; then
        export SPEED_NO_FLUSH=1
        said="without flushes"
    else
        unset SPEED_NO_FLUSH
        said="synchronous=EXTRA"
    fi
    inside "sqlite3changeset_apply, $said" "rm -rf p; cp -r plain p" \
        session-apply p day.changeset
    peer=$cpu
    inside "tawam apply the day, $said" "rm -rf p; cp -r b p
        git -C p/log.git fetch -q '$work/recorded/log.git' \
            refs/heads/device/a:refs/remotes/x/device/a" apply p
    bar "apply / changeset_apply, CPU" "$(share "$cpu" "$peer")" 1 x
done
if have_valgrind; then
    rm -rf p
    cp -r plain p
    peer=$(counted session_apply session-apply p day.changeset)
    rm -rf p
    cp -r b p
    git -C p/log.git fetch -q "$work/recorded/log.git" \
        refs/heads/device/a:refs/remotes/x/device/a
    ours=$(counted sync_merge apply p)
    bar "apply / changeset_apply, instructions" "$(share "$ours" "$peer")" 1 x
fi

# ---- cloned ----
outside "sqlite3 .import, uuid index, R-tree" sqlite3 full.db \
    "PRAGMA synchronous=EXTRA" ".import --csv rows.csv household" \
    "ALTER TABLE household ADD uuid TEXT;
     UPDATE household SET uuid = lower(hex(randomblob(16)));
     CREATE INDEX i ON household(uuid);
     CREATE VIRTUAL TABLE r USING rtree(id, a, b, c, d);
     INSERT INTO r SELECT rowid, longitude, longitude, latitude, latitude
       FROM household;"
bar "clone and build / .import with index and R-tree, CPU" "$(share "$clone" "$cpu")" 3 x

# ---- compared ----
inside "tawam diff before..after the day" : diff recorded "$first" HEAD
compared=$cpu
day_end=$(git -C recorded/log.git rev-parse refs/heads/device/a)
"$TAWAM" -C recorded query --write "UPDATE household SET rooms = 9
    WHERE code = 'H000500'" >/dev/null
"$TAWAM" -C recorded commit >/dev/null
inside "tawam diff of one row" : diff recorded "$day_end" HEAD
bar "diff of one row / of the day's 1,250, CPU" \
    "$(share "$cpu" "$compared")" 0.1 x
inside "tawam diff of a version with itself" : diff recorded HEAD HEAD
git init -q table
cp rows.csv table/household.csv
outside "git add and commit, the table as one CSV" sh -c 'cd table && git add . &&
    git -c user.name=a -c user.email=a@b commit -qm import'
$workload after day >table/household.csv
outside "git commit of the day" sh -c 'cd table &&
    git -c user.name=a -c user.email=a@b commit -qam day'
outside "git diff of the day" git -C table diff HEAD~1
bar "diff / git diff of the CSV, CPU" "$(share "$compared" "$cpu")" 1 x
outside "git clone of both, no checkout" git clone -qn --no-local table copy
bars_end
