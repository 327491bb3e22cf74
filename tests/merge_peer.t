#!/bin/sh
# SPDX-License-Identifier: MIT
# A second merge, in another language and from FORMAT.md alone (merge_peer.py),
# comes to the same state as the program: of histories of the simulator, whose
# own model shares the conversion of values with the program, and of walks
# through the program itself (merge_walk.py). It reads plain git's and zstd's
# output; values, types, causality, conflicts and the state hash are its own.
#
#   TAWAM_FULL=1   more of both
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

for tool in python3 zstd git; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
simulator=$BUILD/tests/merge_simulator.t
[ -x "$simulator" ] || skip_all "no $simulator (make builds it)"
export TAWAM TOP
peer() { python3 -B "$TOP/tests/merge_peer.py" "$@" >peer.out 2>peer.err; }
told() { sed 's/^/# /' peer.err | head -20; }

histories=4 walks=1 steps=30
[ -z "${TAWAM_FULL:-}" ] || histories=150 walks=25 steps=80

# ---- histories of the simulator ----
mkdir kept
# Without BUILD, so that it leaves no record in the place of the whole run's.
must env -u BUILD TAWAM_KEEP="$scratch/kept" TAWAM_FULL= \
	"$simulator" $histories 2001
count=$(find kept -mindepth 1 -maxdepth 1 | wc -l)
peer kept/*
check $? "$count histories of the simulator come to the same" || told
conflicts=$(awk '{ n += $5 } END { print n + 0 }' peer.out)
one=$(awk '$4 > 0 && $5 == 0 { print $1; exit }' peer.out)
ok "with conflicts among them ($conflicts)" [ "$conflicts" -gt 0 ]

# ---- walks through the program ----
seed=1
while [ $seed -le $walks ]; do
	mkdir walk
	if python3 -B "$TOP/tests/merge_walk.py" "$scratch/walk" $seed $steps \
		>walk.out 2>peer.err; then
		check 0 "walk $seed ends in one state"
		peer $(head -2 walk.out)
		check $? 'and a second merge comes to it' || told
		sed 's/^/# /; s,'"$scratch"/walk/',,' peer.out
	else
		check 1 "walk $seed ends in one state" || told
	fi
	rm -rf walk
	seed=$((seed + 1))
done

# ---- it can fail: one cell or one conflict is enough ----
spoil() { # NAME SQL
	cp -r "$one" spoilt
	python3 - "UPDATE tawam_capture SET off = 1" "$2" \
		"UPDATE tawam_capture SET off = 0" <<-'END' || check 1 "spoiling: $1"
		import sqlite3, sys
		db = sqlite3.connect("spoilt/twin.gpkg")
		for name in ("IsEmpty", "MinX", "MaxX", "MinY", "MaxY"):
		    db.create_function("ST_" + name, 1, lambda blob: 1)
		changed = [db.execute(sql).rowcount for sql in sys.argv[1:]]
		db.commit()
		sys.exit(changed[1] < 1)
	END
	! peer spoilt
	check $? "$1 is noticed"
	rm -rf spoilt
}
[ -d "$one" ] && peer "$one"
check $? 'what is spoilt next was right' || told
spoil 'another value' "UPDATE well SET name = coalesce(name, '') || '!'"
spoil 'an empty text for none' "UPDATE well SET note =
	CASE WHEN note IS NULL THEN '' ELSE NULL END"
spoil 'a number as text' "UPDATE well SET depth =
	CASE WHEN depth IS NULL THEN x'31' ELSE depth || 'm' END"
spoil 'a conflict that is none' "INSERT INTO tawam_conflict SELECT layer, fid,
	2 FROM tawam_row WHERE alive = 1 LIMIT 1"
done_testing
