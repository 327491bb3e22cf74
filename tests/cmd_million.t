#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory is bounded, however many rows there are: a million imported, recorded,
# cloned and replayed stay below 256 MiB each. With TAWAM_FULL=1 (some minutes);
# ROWS=N for another size.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

[ -n "$TAWAM_FULL" ] || skip_all 'a million rows: with TAWAM_FULL=1'
ROWS=${ROWS:-1000000}
[ -x "$BUILD/bench/workload" ] ||
    make -s -C "$TOP" BUILD="$BUILD" bench-programs >/dev/null 2>&1 ||
    skip_all 'no build/bench/workload'
command -v python3 >/dev/null || skip_all 'python3 measures memory; not here'

peak() { # peak WHAT COMMAND...: at most 256 MiB resident
    what=$1
    shift
    kib=$(python3 - "$@" <<'END'
import os, subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdout=open('out', 'w'), stderr=open('err', 'w'))
_, status, u = os.wait4(p.pid, 0)
print(u.ru_maxrss if status == 0 else 0)
END
    )
    [ "$kib" -gt 0 ] || diag "$(cat err)"
    ok "$what: $((kib / 1024)) MiB at most, bound 256" [ "$kib" -gt 0 -a "$kib" -le 262144 ]
}

"$BUILD/bench/workload" --rows "$ROWS" census >rows.csv
"$TAWAM" init a --name M --device a --author 'A <a@example.org>' \
    --bare-remote hq.git >/dev/null
peak "import of $ROWS rows" "$TAWAM" -C a import rows.csv --layer household \
    --key code
peak "recording them" "$TAWAM" -C a commit
peak "sending them" "$TAWAM" -C a sync
peak "clone" "$TAWAM" clone hq.git b --device b --author 'B <b@example.org>'
peak "verify" "$TAWAM" -C b verify
done_testing
