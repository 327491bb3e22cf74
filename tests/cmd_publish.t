#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam publish and versions: what they say and do, two desks at once, replicas
# that follow what is published, and a publish that is killed, torn or told
# that the disk is full at a spread of its writes (all with TAWAM_FULL=1).
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

printf 'code,name,status\n1,Ain,ok\n2,Bir,ok\n3,Saqia,ok\n4,Oued,ok\n' >p.csv
must tawam init hq --name Berkane --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C hq import p.csv --layer point --types code=text
must tawam -C hq sync
must tawam clone hq.git a --device a --author 'Ali <a@x>'
sync() { for one; do must tawam -C "$one" sync; done; }
value() { tawam -C "$1" get point "code=$2" "$3"; }

# ---- what it says ----
must tawam -C hq set point code=1 status=checked
status 0 'publish' tawam -C hq publish --version v1 -m 'All wells checked'
like "$out" 'Recorded .*1 updated' 'records what was pending'
like "$out" 'Published [0-9a-f]{10} v1: commits: 2, devices: 1' 'says what it published'
like "$out" 'travels at the next sync' 'and when it leaves'
is "$(git -C hq/log.git log -1 --format=%s main)" 'All wells checked' 'with these words'
status 0 'again' tawam -C hq publish --json
is "$(echo "$out" | json '$.published')" '' 'nothing new'
status 0 'a name for what is published' tawam -C hq publish --version v1.1 --json
is "$(echo "$out" | json '$.version') $(echo "$out" | json '$.commits')" 'v1.1 0' 'is new'
status 0 'the same again' tawam -C hq publish --version v1.1 --json
is "$(echo "$out" | json '$.already')" 1 'is done already'
status 1 'a name that is taken' tawam -C hq publish --version v1
like "$err" 'v1 names commit' 'says which'
status 2 'a name that is a day' tawam -C hq publish --version 2026-11-26
status 1 "a device's name" tawam -C hq publish --version desk
status 2 'a forged trailer' tawam -C hq publish --version v9 -m "x

Device: desk"
readme=$(git -C hq/log.git show main:README.md)
like "$readme" '^\| point \| 4 \|$' 'README has the rows'
like "$readme" '^\| desk \| 2 \|' 'the devices'
like "$readme" 'point 1 changed' 'the last commits'
is "$(git -C hq/log.git tag | wc -l | tr -d ' ')" 0 'and there is no tag'
status 0 'versions' tawam -C hq versions
is "$(echo "$out" | awk '{ print $4 }' | tr '\n' ' ')" 'v1.1 v1 - ' 'newest first'
is "$(tawam -C hq versions --json | json '$[1].version')" v1 'in JSON too'
like "$(tawam -C hq log)" 'main v1' 'log names it'

# ---- README is the people's, the figures are ours ----
git clone -q hq/log.git edit 2>/dev/null
sed 's/^The digital twin.*/Nos propres mots./' edit/README.md >new &&
	mv new edit/README.md
printf '\nAprès.\n' >>edit/README.md
git -C edit -c user.name=H -c user.email=h@x commit -qam 'README by hand'
must git -C edit push -q origin HEAD:main
must tawam -C hq add point code=5 name=New
must tawam -C hq publish --version v2
readme=$(git -C hq/log.git show main:README.md)
like "$readme" 'Nos propres mots' 'what people wrote stays'
like "$readme" 'Après' 'also after the figures'
like "$readme" '^\| point \| 5 \|$' 'the figures are new'
is "$(echo "$readme" | grep -c 'end of figures')" 1 'and stand once'

# ---- a name is a version, here and there ----
sync hq a
status 0 'at' tawam -C a at v1 export point --format csv
is "$(echo "$out" | grep -c ,)" 5 'has the rows of then'
like "$(tawam -C a diff v1..v2)" 'New' 'diff'
status 0 'show' tawam -C a show v1
status 1 'no such version' tawam -C a at v7 export point
like "$err" 'no commit, version, device or date' 'is said'

# ---- who follows what is published ----
must tawam clone hq.git p --device p --author 'P <p@x>'
must tawam -C p config follow published
must tawam -C a set point code=2 status=not-yet
sync a p
is "$(value p 2 status)" ok 'has not what is not'
sync hq
must tawam -C hq publish --version v3
sync hq p
is "$(value p 2 status)" not-yet 'publishing brings it'
must tawam -C p config follow all
must tawam -C a set point code=2 status=now
sync a p
is "$(value p 2 status)" now 'and following all brings the rest'

# ---- two desks ----
sync hq a
must tawam -C hq set point code=3 status=hq
must tawam -C a set point code=4 status=a
must tawam -C hq publish --version of-hq
must tawam -C a publish --version of-a
sync hq
status 0 'the second sync' tawam -C a sync
like "$out" 'published on two desks at once: commit [0-9a-f]{10} joins' 'says it joined them'
sync hq p
for one in hq a p; do
	for v in of-hq of-a; do
		status 0 "$one has $v" tawam -C $one at $v export point --format csv
	done
done
is "$(git -C hq/log.git rev-parse main)" "$(git -C a/log.git rev-parse main)" 'one main'
is "$(tawam -C hq verify --hash)" "$(tawam -C a verify --hash)" 'one state'

# ---- on screen ----
must tawam -C hq set point code=1 status=screen
printf ':publish on-screen\nassert Published\n' >script
if tawam -C hq --script script --size 80x24 >.out 2>&1; then
	like "$(tawam -C hq versions)" 'on-screen' ':publish on the screen'
else
	check 1 ':publish on the screen'
	diag "$(cat .out)"
fi

# ---- a dictionary, when it is worth it ----
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	must tawam -C hq query --write "INSERT INTO point(code, name, status)
		SELECT 'N$i-'||n, 'Puits communal no '||n||' du douar $i',
		'pompe solaire en panne, association prevenue'
		FROM (SELECT 1 n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)"
	must tawam -C hq commit
done
status 0 'publish --retrain' tawam -C hq publish --version dict --retrain --json
id=$(echo "$out" | json '$.dictionary')
like "$id" '^[0-9a-f]{16}$' 'makes one'
[ "$(echo "$out" | json '$.dictionary_after')" -lt "$(echo "$out" | json '$.dictionary_before')" ]
check $? "it saves: $(echo "$out" | json '$.dictionary_before') to $(echo "$out" | json '$.dictionary_after')"
is "$(git -C hq/log.git show main:dictionary/current)" "$id" 'main names it'
is "$(git -C hq/log.git ls-tree main dictionary/ | grep -vc current)" 2 'the one before stays'
sync hq a
status 0 'the other reads what comes' tawam -C a verify

# ---- stopped at any write ----
SHIM=$BUILD/tests/kill_at_write.so
if [ ! -e "$SHIM" ] || ! command -v setsid >/dev/null; then
	check 0 'killed at any write # SKIP no kill_at_write.so or setsid'
	done_testing
fi
must tawam -C hq set point code=1 name=Killed
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	must tawam -C hq add point "code=K$i" name='Ain el Kebira' status='hors service'
	must tawam -C hq commit
done
must tawam -C hq set point code=2 name=Pending
at_work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
at_end='rm -rf "$at_work"'
cp -a hq hq.git "$at_work"
must tawam -C "$at_work/hq" remote hq "$at_work/hq.git"
cp -a "$at_work" "$at_work.kept"
at_end='rm -rf "$at_work" "$at_work.kept"'
restore() { rm -rf "$at_work" && cp -a "$at_work.kept" "$at_work"; }
strike() { # MODE N
	rm -f count
	setsid -w env LD_PRELOAD="$SHIM" TAWAM_FAULT_MODE="$1" TAWAM_FAULT_AT="$2" \
		TAWAM_FAULT_COUNT="$scratch/count" "$TAWAM" -C "$at_work/hq" \
		publish --version swept --retrain >said 2>&1
	struck_status=$?
	writes=$(od -An -N 8 -t u8 count | tr -d ' ')
}
complain() {
	[ $faulty -ne 0 ] || diag "write $at, mode $mode, exit $struck_status"
	faulty=1
	diag "  $1"
}
point() { # MODE N
	mode=$1 at=$2 faulty=0
	restore
	strike "$mode" "$at" 2>/dev/null
	tawam -C "$at_work/hq" verify >said2 2>&1 || complain "verify: $(cat said2)"
	is_there=$(tawam -C "$at_work/hq" versions | grep -c ' swept ')
	if [ "$is_there" -eq 0 ]; then
		[ $struck_status -ne 0 ] || complain 'said published and is not'
		tawam -C "$at_work/hq" publish --version swept --retrain >said2 2>&1 ||
			complain "again: $(cat said2)"
	fi
	tawam -C "$at_work/hq" sync >said2 2>&1 || complain "sync: $(cat said2)"
	[ "$(git -C "$at_work/hq.git" rev-parse main)" = \
		"$(git -C "$at_work/hq/log.git" rev-parse main)" ] ||
		complain 'main did not arrive'
	[ "$(tawam -C "$at_work/hq" at swept export point --format csv 2>&1 |
		grep -c 'Killed\|,Pending\|Kebira')" -eq 14 ] ||
		complain 'not all is in the version'
	git -C "$at_work/hq.git" fsck --no-dangling --no-progress >said2 2>&1 ||
		complain "fsck: $(cat said2)"
	points=$((points + 1))
	hits=$((hits + (struck_status != 0)))
	bad=$((bad + faulty))
}
points=0 hits=0 bad=0 i=0
restore
strike kill 0
total=$writes
[ $struck_status -eq 0 ] && [ "$total" -ge 20 ]
check $? "publish runs undisturbed, with $total writes"
if [ -n "${TAWAM_FULL-}" ]; then
	while [ $i -lt "$total" ]; do
		i=$((i + 1))
		for m in kill torn eio enospc; do point $m $i; done
	done
else
	set -- kill torn eio enospc
	while [ $i -lt 20 ]; do
		point "$1" $((1 + i * total / 20))
		first=$1
		shift
		set -- "$@" "$first"
		i=$((i + 1))
	done
fi
[ $bad -eq 0 ]
check $? "nothing lost at $points points of $total writes"
[ $hits -ge $((points / 2)) ]
check $? "$hits of the $points ended it"
reliability_report publish \
	'`tawam publish --retrain` killed, torn off, EIO or disk full at its Nth write' \
	"$points" "$bad" "$hits of $points ended the command" \
	'a cut between writes that only the disk sees; other commands (kill sweep)'
done_testing
