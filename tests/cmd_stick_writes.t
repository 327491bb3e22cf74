#!/bin/sh
# SPDX-License-Identifier: MIT
# EIO or ENOSPC at a write to a stick, once or from then on, in the first sync
# to it, in a later one, and in one that puts its packs together: what it held stays whole and its refs are as before
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
# 49 packs more, each of one file that nobody names: it must last all the same
mkdir many
cp -R desk stick many
i=0
while [ $i -lt 49 ]; do
	i=$((i + 1))
	echo "$i" | git -C many/stick hash-object -w --stdin >>blobs
	tail -n 1 blobs | git -C many/stick pack-objects -q \
		objects/pack/pack >.out || exit 1
done
git -C many/stick prune-packed
lost_files() {
	git -C stick cat-file --batch-check <blobs 2>&1 | grep -c missing
}

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
# Where packs are put together, a full stick does not end the sync: all that
# was to be sent is there by then.
refused() {
	until_line=$(wc -l <log)
	case $state/$mode in
	many/enospc*) until_line=$sent_at ;;
	esac
	head -n "$until_line" log | grep -E "^[0-9]+ [0-9]+ (p?writev?|f(data)?sync|ftruncate|rename)! $here/stick/(objects|refs|HEAD|config)"
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
	[ $state != many ] || [ "$(lost_files)" = 0 ] || wrong 'files are lost'
	"$TAWAM" -C desk sync stick >.said 2>.why </dev/null; code=$?
	refs_of stick >there
	[ "$code" = 0 ] && cmp -s there new ||
		wrong 'the same again does not complete'
	sound || wrong "not whole in the end: $(cat .fsck)"
	[ $state != many ] || [ "$(lost_files)" = 0 ] || wrong 'files are gone'
	trials=$((trials + 1))
	lost=$((lost + bad))
}
one_pack() { [ "$(ls stick/objects/pack/*.pack | wc -l)" -eq 1 ]; }
trials=0 lost=0 bites=0 failures=0
for state in first later many; do
	again $state
	disturbed kill 0
	check $? "$state: undisturbed"
	like "$(cat .said)" 'safe to remove' "$state: and said to be safe"
	[ $state != many ] || ok 'many: its packs are one then' one_pack
	cp log whole
	sent_at=$(grep -n "fsync $here/stick/refs/heads/device$" whole |
		tail -n 1 | cut -d : -f 1)
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
