#!/bin/sh
# SPDX-License-Identifier: MIT
# init and clone stopped at any write: the folder is a whole replica or none,
# and the same command said again makes it.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
SHIM=$BUILD/tests/kill_at_write.so
[ -e "$SHIM" ] || skip_all 'no kill_at_write.so in this build'
points=${TAWAM_POINTS:-8} # an action and mode, when not all

printf 'code,name,latitude,longitude\n1,Ain,34.9,-2.3\n2,Bir,34.8,-2.2\n' >p.csv
must tawam init hq --device desk --bare-remote hq.git
must tawam -C hq import p.csv --layer point --types code=text
must tawam -C hq sync
want=$(tawam -C hq verify --hash)

init() { "$@" "$TAWAM" init new --name New --device d --bare-remote new.git; }
clone() { "$@" "$TAWAM" clone "$scratch/hq.git" new --device d; }
init_whole() { tawam -C new verify >.out 2>.err && [ -e new.git/HEAD ]; }
clone_whole() { [ "$(tawam -C new verify --hash 2>.err)" = "$want" ]; }
clear_all() { rm -rf new new.part new.git new.git.part; }

for action in init clone; do
	clear_all
	rm -f count
	$action env LD_PRELOAD="$SHIM" TAWAM_FAULT_COUNT="$scratch/count" \
		>.out 2>.err </dev/null
	writes=$(od -An -N 8 -t u8 count | tr -d ' ')
	ok "$action makes $writes writes" test "$writes" -gt 20
	step=$((writes / points + 1))
	[ -z "$TAWAM_FULL" ] || step=1
	for mode in kill enospc; do
		wrong=
		at=1
		while [ "$at" -le "$writes" ]; do
			clear_all
			rm -f count
			$action env LD_PRELOAD="$SHIM" TAWAM_FAULT_COUNT="$scratch/count" \
				TAWAM_FAULT_AT=$at TAWAM_FAULT_MODE=$mode >.out 2>.err </dev/null
			result=$?
			if [ -e new/twin.gpkg ]; then
				${action}_whole || wrong="$wrong $at:half"
			else
				[ "$result" -ne 0 ] || wrong="$wrong $at:said-yes"
				$action >.out 2>.err </dev/null ||
					wrong="$wrong $at:repeat($(cat .err))"
				${action}_whole || wrong="$wrong $at:not-whole($(cat .err))"
			fi
			[ ! -e new.part ] || wrong="$wrong $at:part-stays"
			at=$((at + step))
		done
		is "$wrong" '' "$action stopped by $mode, every $step of $writes writes"
	done
done
done_testing
