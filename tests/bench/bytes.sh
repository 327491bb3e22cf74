#!/bin/sh
# SPDX-License-Identifier: MIT
# Bytes, side by side on the workload of workload.h: what tawam records and
# sends; plain git with the table as one sorted CSV and as one file per 64
# rows; SQLite's session changesets; rsync of the database file; and the limit.
# Asserts nothing (tests/changeset_size.c does). ROWS=N; SEEDS=N (3) of the days
# of other shapes.
set -e
. "${TOP:-$(dirname "$0")/../..}/tests/bench_bars.sh"
ROWS=${ROWS:-100000}
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bytes-XXXXXX")
trap 'rm -rf "$work"' EXIT
bench=$BUILD/bench
cd "$work"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@e.org
export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@e.org

say() { printf '  %-48s %9d B\n' "$1" "$2"; }
# thin REPOSITORY FROM TO: bytes of the pack that a push would be at its best
thin() {
    printf '%s\n^%s\n' "$3" "$2" | sed 's/^^$//' |
        git -C "$1" pack-objects --revs --thin --delta-base-offset --stdout \
            -q 2>/dev/null | wc -c
}

"$bench/bytes" | tee said
bars_of said
limit=$(awk '/the limit/ { print $(NF - 8); exit }' said)
"$bench/bytes" shapes "${SEEDS:-3}" | tee said
bars_of said

"$bench/workload" --rows "$ROWS" census >census.csv
for day in day small next; do
    "$bench/workload" --rows "$ROWS" after $day >$day.csv
    "$bench/workload" --rows "$ROWS" changed $day >changed-$day.csv
    "$bench/workload" --rows "$ROWS" deleted $day >deleted-$day
done

# ---- plain git ----
pieces() { # one file per 64 codes
    rm -rf "$2/rows"
    mkdir "$2/rows"
    awk -v to="$2/rows" 'NR > 1 {
        file = sprintf("%s/%05d.csv", to, (substr($0, 2, 6) - 1) / 64)
        if (file != last) { if (last) close(last); last = file }
        print > file }' "$1"
}
plain_git() { # plain_git HOW: both days on top of the census
    git init -q "$1"
    for version in census day small; do
        if [ "$1" = one ]; then cp $version.csv one/table.csv
        else pieces $version.csv "$1"; fi
        [ $version = census ] || git -C "$1" checkout -q -b $version census
        git -C "$1" add -A
        git -C "$1" commit -q -m "$version"
        git -C "$1" branch -f $version >/dev/null 2>&1 || true
        [ $version = census ] || git -C "$1" checkout -q census 2>/dev/null
    done
}
echo "plain git, thin packs"
plain_git one
say "one sorted CSV: the census" "$(thin one '' census)"
say "one sorted CSV: the day" "$(thin one census day)"
say "one sorted CSV: the small day" "$(thin one census small)"
plain_git many
say "one file per 64 rows: the census" "$(thin many '' census)"
say "one file per 64 rows: the day" "$(thin many census day)"
say "one file per 64 rows: the small day" "$(thin many census small)"
echo

# ---- rsync ----
if command -v rsync >/dev/null; then
    mkdir db
    "$bench/bytes" databases db
    cp db/before.db copy.db
    echo "rsync of the SQLite file ($(wc -c <db/before.db) B), the day"
    for way in "" -z; do
        cp db/before.db copy.db
        say "rsync --no-whole-file $way" "$(rsync --no-whole-file \
            --ignore-times $way --stats db/day.db copy.db |
            awk '/Total bytes (sent|received)/ { gsub(",", ""); s += $4 }
                 END { print s }')"
    done
else
    echo "rsync is not here"
fi
echo

# ---- tawam itself ----
"$TAWAM" init a --name Bench --device a --author "A <a@e.org>" \
    --bare-remote hq.git >/dev/null
edits() { # changesets and commits after $1: "bytes count"
    git -C a/log.git rev-list "$1" | while read -r c; do
        git -C a/log.git cat-file -s "$c:changes.zst" 2>/dev/null || echo 0
    done | awk '{ s += $1; if ($1 > m) m = $1; n++ } END { print s, n, m }'
}
out() { # bytes that went out with the last sync
    grep -o '"bytes_out": *[0-9]*' sync.json | head -1 | grep -o '[0-9]*$'
}
head_of() { git -C a/log.git rev-parse refs/heads/device/a; }
# signed COMMIT: bytes of a push of it, were it signed by an SSH key
signed() {
    [ -e key ] || ssh-keygen -q -t ed25519 -N '' -C field-1 -f key
    git -C a/log.git log -1 --format=%B "$1" >message
    thin a/log.git "$1^" "$(git -C a/log.git -c gpg.format=ssh \
        -c user.signingkey="$work/key" commit-tree -S -F "$work/message" \
        -p "$1^" "$1^{tree}")"
}
echo "tawam, a replica and a bare repository"
"$TAWAM" -C a import census.csv --layer household --key code >/dev/null
"$TAWAM" -C a commit -m Import >/dev/null
set -- $(edits refs/heads/device/a)
say "the census: $2 commits, changesets" "$1"
say "  the largest" "$3"
[ "$ROWS" != 100000 ] ||
    bar "the rows as recorded, in $2 commits" "$(share "$1" "$limit")" 1.10 \
        'x limit'
say "  pack git would make of it" "$(thin a/log.git '' "$(head_of)")"
"$TAWAM" -C a sync --json >sync.json
say "  sent" "$(out)"
record() { # record DAY
    before=$(head_of)
    "$TAWAM" -C a import "changed-$1.csv" --layer household --key code \
        >/dev/null
    "$TAWAM" -C a query --write "DELETE FROM household WHERE code IN ($(
        sed "s/.*/'&'/" "deleted-$1" | paste -sd,))" >/dev/null
    "$TAWAM" -C a commit >/dev/null
    set -- "$1" "$2" $(edits "$before..$(head_of)")
    say "the $2: changeset" "$3"
    say "  pack git would make of it" \
        "$(thin a/log.git "$before" "$(head_of)")"
    "$TAWAM" -C a sync --json >sync.json
    say "  sent" "$(out)"
    bar "  what git adds to the $2's changeset" $(($(out) - $3)) 420 B
    if command -v ssh-keygen >/dev/null; then
        bar "  the same, signed" $(($(signed "$(head_of)") - $3)) 650 B
    fi
}
record day "day"
record small "small day"
if "$TAWAM" -C a publish >publish.out 2>&1; then
    "$TAWAM" -C a sync >/dev/null
    echo "  published: $(grep -i dictionary publish.out | head -1)"
    record next "small day after it"
    bar "small day of 20, dictionary, with all git adds" "$(out)" 1000 B
fi
bars_end
