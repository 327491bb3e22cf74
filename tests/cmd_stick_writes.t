#!/bin/sh
# SPDX-License-Identifier: MIT
# EIO or ENOSPC at a write to a stick, once or from then on, in the first sync
# to it and in a later one: what it held stays whole and its refs are as before
# or as after, "safe to remove" is said only of what is there and if each write,
# fsync and rename of it went well, and the same sync again completes. Each fsync
# and some 25 other points; all, in each way, with TAWAM_FULL=1.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
shim=$BUILD/tests/kill_at_write.so
[ -e "$shim" ] || skip_all 'no kill_at_write.so in this build'

must tawam init desk --name Stick --device desk \
	--author 'Desk <desk@example.org>'
printf 'code,name\nA-1,one\nA-2,two\n' >points.csv
must tawam -C desk import points.csv --layer point
must tawam -C desk commit
mkdir first later stick
cp -R desk stick first
must tawam -C desk sync stick
must tawam -C desk set point code=A-1 name=changed
must tawam -C desk commit
cp -R desk stick later
here=$(pwd -P)

refs_of() { git -C "$1" for-each-ref refs/heads 2>/dev/null; }
sound() { git -C stick fsck --full --strict >.fsck 2>&1; }
again() { rm -rf desk stick; cp -R "$1/desk" "$1/stick" .; }
# MODE AT: the sync, disturbed there.
disturbed() {
	rm -f count log
	LD_PRELOAD=$shim TAWAM_FAULT_COUNT=$here/count TAWAM_FAULT_MODE=$1 \
		TAWAM_FAULT_AT=$2 TAWAM_FAULT_UNDER=$here/stick \
		TAWAM_FAULT_LOG=$here/log \
		"$TAWAM" -C desk sync stick >.said 2>.why </dev/null
}
wrong() {
	bad=1
	diag "$state, $mode at $at, status $code: $1" "$(grep ! log)" \
		"$(cat .said .why)"
}
# What went wrong, of what must last: the packs, the refs, the names of both.
# (libgit2 renames where a link fails.)
refused() {
	grep -E "^[0-9]+ [0-9]+ (p?writev?|f(data)?sync|ftruncate|rename)! $here/stick/(objects|refs|HEAD|config)" log
}
trial() {
	bad=0
	again "$state"
	refs_of stick >old
	refs_of desk/log.git >new
	disturbed "$mode" "$at"
	code=$?
	refs_of stick >there
	grep -q ! log && bites=$((bites + 1))
	case $code in
	0)
		cmp -s there new || wrong 'it said yes, and is not there'
		grep -q 'safe to remove' .said || wrong 'not said to be safe'
		[ -z "$(refused)" ] || wrong 'said yes of what failed'
		;;
	3)
		failures=$((failures + 1))
		[ -s .why ] || wrong 'without words'
		! grep -q 'safe to remove' .said || wrong 'said to be safe'
		;;
	*) wrong 'another status' ;;
	esac
	# each ref as before or as after; none is gone
	[ -z "$(cat old new | grep -vxFf - there)" ] || wrong 'another head'
	cut -f 2 there >names
	[ -z "$(cut -f 2 old | grep -vxFf names)" ] || wrong 'a ref is gone'
	[ ! -e stick/HEAD ] || sound || wrong "not whole: $(cat .fsck)"
	"$TAWAM" -C desk sync stick >.said 2>.why </dev/null; code=$?
	refs_of stick >there
	[ "$code" = 0 ] && cmp -s there new ||
		wrong 'the same again does not complete'
	sound || wrong "not whole in the end: $(cat .fsck)"
	trials=$((trials + 1))
	lost=$((lost + bad))
}
trials=0 lost=0 bites=0 failures=0
for state in first later; do
	again $state
	disturbed kill 0
	check $? "$state: undisturbed"
	like "$(cat .said)" 'safe to remove' "$state: and said to be safe"
	cp log whole
	writes=$(wc -l <whole)
	[ "$writes" -ge 10 ]; check $? "$state: $writes writes to the stick"
	grep -q "fsync $here/stick/objects/pack/pack_" whole &&
		grep -q "fsync $here/stick/objects/pack$" whole &&
		grep -q "fsync $here/stick/refs/heads/device/desk.lock" whole &&
		grep -q "fsync $here/stick/refs/heads/device$" whole
	check $? "$state: the packs, the refs and their folders are flushed"
	i=0
	while [ $i -lt "$writes" ]; do
		i=$((i + 1))
		at=$i
		if [ -n "${TAWAM_FULL-}" ]; then
			for mode in eio enospc eio-on enospc-once; do trial; done
			continue
		fi
		case $(sed -n "${i}s/^[0-9]* [0-9]* //p" whole) in
		fsync*) mode=eio; trial; continue ;;
		esac
		# the last ones, where it becomes final, and others evenly
		[ $((i * 11 / writes)) != $(((i - 1) * 11 / writes)) ] ||
			[ $i -gt $((writes - 5)) ] || continue
		case $((i % 4)) in
		0) mode=eio ;; 1) mode=enospc ;; 2) mode=eio-on ;; *) mode=enospc-once ;;
		esac
		trial
	done
done
is "$lost" 0 "$trials points, nothing is lost and a repeat completes"
[ "$failures" -gt 0 ]; check $? "$failures of $trials ended with an error"
reliability_report stick-writes \
	'EIO or ENOSPC at a write to a stick, once or from then on' "$trials" \
	"$lost" "the fault happened at $bites, $failures ended with an error" \
	'stores into a mapped file; failing reads'
done_testing
