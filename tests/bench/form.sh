#!/bin/sh
# SPDX-License-Identifier: MIT
# The form engine: a form of 1.5 MB (550 questions, 420 rules of relevance,
# three languages) read, loaded, answered; a repeat of 30 fields 500 times over;
# cascading filters on a list of ROWS (100,000) from a CSV and from a layer.
# Peers in the same run: libxml2's tree of the same file, SQLite asked by hand.
# Processor time. To reach: opened in 100 ms (60), worst answer 5 ms (2), 64 MB,
# a filter 5 ms. JavaRosa, for scale: 225 ms warm, 1,075 cold, 117 the worst
# answer. Asserts nothing.
set -e
ROWS=${ROWS:-100000}
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$TOP/build}
TAWAM=${TAWAM:-$BUILD/tawam}
work=$(mktemp -d "${TMPDIR:-/tmp}/tawam-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
for kind in large repeat lists answers members; do
    case $kind in
        answers | members) end=json ;;
        *) end=xml ;;
    esac
    awk -v kind=$kind -f "$TOP/tests/bench/form.awk" >"$work/$kind.$end"
done
awk -v kind=douars -v rows="$ROWS" -f "$TOP/tests/bench/form.awk" \
    >"$work/douars.csv"
cd "$work"
"$BUILD/bench/form" parse large.xml
echo "-- 550 questions"
"$TAWAM" form bench large.xml answers.json -n 20
echo "-- 500 repeats of 30 fields"
"$TAWAM" form bench repeat.xml members.json -n 3
echo "-- a list of $ROWS"
"$BUILD/bench/form" lists lists.xml "$work"
