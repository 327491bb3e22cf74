#!/bin/sh
# SPDX-License-Identifier: MIT
# A log of COMMITS (100,000) small commits by DEVICES (20): clone, open, sync
# with nothing and with one commit, a page of the log, diff, verify; seconds
# and memory. Then what a version vector comes to with 200 devices. Asserts
# nothing; about three minutes on an idle machine.
set -e
COMMITS=${COMMITS:-100000}
DEVICES=${DEVICES:-20}
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$TOP/build}
TAWAM=${TAWAM:-$BUILD/tawam}
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$TOP/tests/bench_bars.sh"
cd "$work"

measure() { # measure NAME COMMAND...
    python3 - "$@" <<'END'
import os, subprocess, sys, time
t = time.monotonic()
p = subprocess.Popen(sys.argv[2:], stdout=open('out', 'w'), stderr=open('err', 'w'))
_, status, u = os.wait4(p.pid, 0)
if status:
    sys.exit(open('err').read())
print('%-46s %8.2f s %8.2f s CPU %7.1f MiB' % (sys.argv[1], time.monotonic() - t,
    u.ru_utime + u.ru_stime, u.ru_maxrss / 1024))
open('rss', 'w').write('%d' % (u.ru_maxrss / 1024))
END
    bar "memory: $1" "$(cat rss)" 256 MiB
}

measure "$COMMITS commits of $DEVICES devices made" \
    "$BUILD/bench/history" hq.git "$COMMITS" "$DEVICES" 1000
printf '%-46s %8d\n' "packs" "$(ls hq.git/objects/pack/*.pack | wc -l)"
printf '%-46s %8d kB\n' "the log" "$(du -sk hq.git | cut -f1)"
measure "clone" "$TAWAM" clone hq.git a --device zz --author 'Z <z@example.org>'
printf '%-46s %8d kB\n' "the replica" "$(du -k a/twin.gpkg | cut -f1)"
measure "open and status" "$TAWAM" -C a status
measure "sync with nothing to do" "$TAWAM" -C a sync
measure "log, first 20" "$TAWAM" -C a log -n 20
"$TAWAM" -C a query --write "UPDATE well SET depth = 3 WHERE fid = 1000005" \
    >/dev/null
measure "commit of one edit" "$TAWAM" -C a commit
measure "sync that sends it" "$TAWAM" -C a sync
measure "diff of that commit" "$TAWAM" -C a diff d000..HEAD
measure "history of a row" "$TAWAM" -C a history well 1000005
measure "verify (replays everything)" "$TAWAM" -C a verify
vectors() {
    sqlite3 "$1/twin.gpkg" "SELECT printf('%.0f B, the largest %d B',
        avg(length(vector)), max(length(vector))) FROM tawam_commit"
}
printf '%-46s %s\n' "version vector, $DEVICES devices" "$(vectors a)"
rm -rf a hq.git
"$BUILD/bench/history" hq.git 4000 200 1000
measure "clone of 4,000 commits by 200 devices" "$TAWAM" clone hq.git b \
    --device zz --author 'Z <z@example.org>'
printf '%-46s %s\n' "version vector, 200 devices" "$(vectors b)"
bars_end
