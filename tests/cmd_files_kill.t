#!/bin/sh
# SPDX-License-Identifier: MIT
# Attaching, sending, receiving and dropping a file, stopped at any write, by a
# kill or a full disk: a row never names bytes that are not here, nothing said
# to be sent is missing there, and the same command said again gets through.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
SHIM=$BUILD/tests/kill_at_write.so
[ -e "$SHIM" ] || skip_all 'no kill_at_write.so in this build'
points=${TAWAM_POINTS:-6} # an action and mode, when not all
trials=0
losses=0
bitten=0

printf 'code,name\nW1,Ain\nW2,Bir\n' >w.csv
head -c 70000 /dev/urandom >photo.jpg
head -c 900 /dev/urandom >small.jpg
must tawam init hq --device hq --bare-remote hq.git
must tawam -C hq import w.csv --layer well --key code
must tawam -C hq sync
must tawam clone hq.git a --device field-1
must tawam clone hq.git b --device field-2
must tawam -C a attach --create well code=W2 photo=small.jpg
must tawam -C a sync
must tawam -C b sync

# Where each action begins, kept aside.
keep() { rm -rf "start.$1" && mkdir "start.$1" && cp -R hq.git a b "start.$1"; }
go_back() { rm -rf hq.git a b && cp -R "start.$1"/* .; }

attach() { "$@" "$TAWAM" -C a attach well code=W1 photo=photo.jpg; }
send() { "$@" "$TAWAM" -C a sync; }
get() { "$@" "$TAWAM" -C b files get well code=W1; }
drop() { "$@" "$TAWAM" -C a files drop well code=W1; }

keep attach
must attach env
keep send
must send env
keep drop
must tawam -C b sync
keep get

# Bytes in DIR that the row names, or none where it names none.
row_is_true() {
	cell=$(tawam -C "$1" get well code=W1 photo 2>.err)
	[ -z "$cell" ] || cmp -s "$1/$cell" photo.jpg
}
at_hq() { git -C hq.git log --format=%B refs/heads/files/field-1 2>.err | grep -q ' 70000 70000$'; }
says_at_hq() { [ "$(tawam -C a files well code=W1 --json | json '$[0].at_hq')" = 1 ]; }

attach_check() { row_is_true a; }
send_check() { row_is_true a && { ! says_at_hq || at_hq; }; }
get_check() {
	cell=$(tawam -C b get well code=W1 photo)
	[ ! -e "b/$cell" ] || cmp -s "b/$cell" photo.jpg
}
drop_check() { at_hq; }
attach_whole() { row_is_true a && [ -n "$cell" ]; }
send_whole() { says_at_hq && at_hq && git -C hq.git fsck --strict >.out 2>&1; }
get_whole() { cmp -s "b/$cell" photo.jpg; }
drop_whole() { [ ! -e "a/$(tawam -C a get well code=W1 photo)" ]; }

for action in attach send get drop; do
	go_back $action
	rm -f count
	$action env LD_PRELOAD="$SHIM" TAWAM_FAULT_COUNT="$scratch/count" \
		>.out 2>.err </dev/null
	writes=$(od -An -N 8 -t u8 count | tr -d ' ')
	ok "$action makes $writes writes" test "$writes" -gt 5
	step=$((writes / points + 1))
	[ -z "$TAWAM_FULL" ] || step=1
	for mode in kill enospc; do
		wrong=
		at=1
		while [ "$at" -le "$writes" ]; do
			go_back $action
			rm -f count
			$action env LD_PRELOAD="$SHIM" \
				TAWAM_FAULT_COUNT="$scratch/count" TAWAM_FAULT_AT=$at \
				TAWAM_FAULT_MODE=$mode >.out 2>.err </dev/null ||
				bitten=$((bitten + 1))
			trials=$((trials + 1))
			before=$wrong
			${action}_check || wrong="$wrong $at:untrue"
			$action env >.out 2>.err </dev/null ||
				wrong="$wrong $at:repeat($(cat .err))"
			${action}_whole || wrong="$wrong $at:not-whole($(cat .err))"
			[ "$wrong" = "$before" ] || losses=$((losses + 1))
			at=$((at + step))
		done
		is "$wrong" '' "$action stopped by $mode, every $step of $writes writes"
	done
done
reliability_report files-writes \
	'attach, send, get, drop of a file stopped by a kill or a full disk at a write' \
	$trials $losses "$bitten of $trials runs ended with an error" \
	'writes that libgit2 makes into mapped packs'
done_testing
