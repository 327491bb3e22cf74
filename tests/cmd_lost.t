#!/bin/sh
# SPDX-License-Identifier: MIT
# A log that lost objects which commits to be applied need: a sync asks for
# them, and for little else. Each kind of loss over each kind of server, its
# bytes counted against those of the whole history. Nothing is timed.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'

url() { echo "ssh://here$scratch/hq.git"; }
sum() { awk '{n += $1 + $2} END {print n + 0}' count; }

# ---- a history of some length; eight commits that field has not met ----
awk -v rows=20000 -v seed=1 -v first=1 -f "$TOP/tests/bench/household.awk" >h.csv
must tawam init hq --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C hq import h.csv --layer household --key code
must tawam -C hq sync
must tawam clone "$scratch/hq.git" field --device field --author 'Ali <a@x>'

# early has all of the import but its last commit, which was written with the
# first one's changes as its dictionary
cp -r hq.git part.git
git -C part.git update-ref refs/heads/device/desk refs/heads/device/desk~1
must tawam clone "$scratch/part.git" early --device early --author 'Ali <a@x>'
imported=$(tawam -C hq verify --hash)

for day in 1 2 3 4 5 6 7 8; do
	must tawam -C hq query --write "UPDATE household SET members = $day + 2,
		visited = date('2026-10-01', '+$day days'),
		note = 'visit $day, ' || code WHERE fid IN (SELECT fid
		FROM household ORDER BY code LIMIT 20 OFFSET $((day * 30)))"
	must tawam -C hq commit
done
cp -r hq.git early.git
must tawam -C hq sync
state=$(tawam -C hq verify --hash)
rm -f count
GIT_SSH_COMMAND="$RELAY --count=$scratch/count" \
	must tawam clone "$(url)" whole --device whole
whole=$(sum)
rm -rf whole

# They got the commits, objects one by one, and no more than that happened.
received() {
	git -C "$1/log.git" fetch -q "$scratch/$2" \
		refs/heads/device/desk:refs/remotes/hq/device/desk || exit 1
	mkdir old
	mv "$1"/log.git/objects/pack/* old/
	for pack in old/*.pack; do
		git -C "$1/log.git" unpack-objects -q <"$pack" || exit 1
	done
	rm -rf old
}
received field hq.git
received early early.git
at() { git -C hq.git rev-parse "refs/heads/device/desk~$1"; }
# The object that the changes of the Nth commit from the last need.
needed() {
	start=$(git -C hq.git cat-file blob "$(at "$1:changes.zst")" |
		zstd -dc | od -An -tx1 -N12 | tr -d ' \n')
	case $start in
	54430102* | 54430103*) git -C hq.git rev-parse "$(echo "$start" | cut -c 9-)" ;;
	esac
}
dictionary=$(for n in 0 1 2 3 4 5 6 7; do needed $n; done | head -n 1)
first=$(needed 8)
file() { echo "lost/log.git/objects/$(echo "$1" | sed 's/../&\//')"; }
lose() { for object; do rm "$(file "$object")" || exit 1; done; }
spoil() { chmod u+w "$(file "$1")" && echo spoilt >"$(file "$1")"; }
damage() {
	case $1 in
	file) lose "$(at 3:changes.zst)" ;;
	'damaged file') spoil "$(at 3:changes.zst)" ;;
	tree) lose "$(at '3^{tree}')" ;;
	commit) lose "$(at 3)" ;;
	'damaged commit') spoil "$(at 3)" ;;
	'last commit') lose "$(at 0)" ;;
	dictionary) lose "$dictionary" ;;
	'most of it') lose "$(at 1)" "$(at 2)" "$(at 3)" "$(at 4)" \
		"$(at '5^{tree}')" "$(at 5:changes.zst)" \
		"$(at 6:changes.zst)" "$dictionary" ;;
	'first changes') lose "$first" ;;
	esac
}

# TRANSPORT SETTING: how it is reached and what its server allows.
meet() {
	rm -f count
	git -C $server config --unset-all uploadpack.allowAnySHA1InWant
	[ -z "$2" ] || git -C $server config "uploadpack.$2" true
	case $1 in
	folder) tawam -C lost sync "$scratch/$server" --json ;;
	*) GIT_SSH_COMMAND="$RELAY $1 --count=$scratch/count" \
		tawam -C lost sync "ssh://here$scratch/$server" --json ;;
	esac
	meet_status=$?
	[ -z "$2" ] || git -C $server config --unset-all "uploadpack.$2"
	return $meet_status
}

# LOSS TRANSPORT SETTING: *moved* bytes.
try() {
	rm -rf lost
	cp -r $replica lost
	damage "$1"
	status 0 "$1 lost; ${2:-version 2} $3" meet "$2" "$3"
	if [ -f count ]; then moved=$(sum); else moved=$(echo "$out" | json '$.bytes_in'); fi
	diag "$moved bytes"
	is "$(tawam -C lost verify --hash)" "$state" 'has it all then'
	ok 'soundly' git -C lost/log.git fsck --full --strict --no-dangling
	ok 'leaving nothing beside the log' test ! -e lost/log.git/again.git
}
at_most() { ok "asks for little" test "$moved" -le "$1"; }

diag "the whole history is $whole bytes"
ok 'which is long enough to tell' test "$whole" -gt 150000
ok 'some commits need a dictionary of main' test -n "$dictionary"
ok 'and some one of their line' test -n "$first"
replica=field server=hq.git
for loss in 'damaged file' tree commit 'damaged commit' 'last commit' \
	dictionary 'most of it'; do
	try "$loss" '' ''
	at_most 8000
done
for loss in 'damaged file' 'last commit' 'most of it'; do
	try "$loss" folder ''
	at_most 8000
done
for loss in ${TAWAM_FULL:+file} 'most of it'; do
	for setting in allowAnySHA1InWant allowReachableSHA1InWant ''; do
		try "$loss" --old "$setting"
		at_most 16000
	done
done

try dictionary --old ''
at_most 16000

# A server that knows neither ids nor depth: a dictionary can't be had without
# all the rest.
try dictionary '--old --flat' ''
ok 'is the whole history' test "$moved" -gt 150000
try commit '--old --flat' ''
at_most 16000

# What is ours alone is offered to nobody, and what ours holds is known.
cp -r field busy
must tawam -C busy set household code=HH-000900 members=9
must tawam -C busy commit
replica=busy
for transport in '' --old; do
	rm -rf lost
	cp -r busy lost
	damage 'most of it'
	rm -rf first.git
	cp -r hq.git first.git
	server=first.git
	status 0 "with a commit of ours; ${transport:-version 2}" meet "$transport" ''
	moved=$(sum)
	diag "$moved bytes"
	at_most 16000
	is "$(tawam -C lost get household code=HH-000050 note)" \
		'visit 1, HH-000050' 'all is applied'
done

replica=early server=early.git state=$imported
for transport in '' folder; do
	try 'first changes' "$transport" ''
	at_most 20000
done
try 'first changes' --old allowReachableSHA1InWant
at_most 30000
# ---- the same by `tawam repair`, of commits that were applied ----
replica=told server=hq.git
cp -r field told
must tawam -C told sync "$scratch/hq.git"
state=$(tawam -C told verify --hash)
oldest=$(git -C hq.git rev-list refs/heads/device/desk -- changes.zst | tail -n 1)
damage_more() {
	case $1 in
	'oldest changes') lose "$(git -C hq.git rev-parse "$oldest:changes.zst")" ;;
	'oldest commit') lose "$oldest" ;;
	'a file of main') lose "$(git -C hq.git rev-parse main:territory.conf)" ;;
	'here and there') lose "$oldest" "$(at 5)" "$(at 5^{tree})" \
		"$(at 2:changes.zst)" "$(at 20)" ;;
	*) damage "$1" ;;
	esac
}
mend() {
	rm -f count
	git -C $server config --unset-all uploadpack.allowAnySHA1InWant
	[ -z "$2" ] || git -C $server config "uploadpack.$2" true
	case $1 in
	folder) tawam -C lost repair "$scratch/$server" --json ;;
	*) GIT_SSH_COMMAND="$RELAY $1 --count=$scratch/count" \
		tawam -C lost repair "ssh://here$scratch/$server" --json ;;
	esac
	mend_status=$?
	[ -z "$2" ] || git -C $server config --unset-all "uploadpack.$2"
	return $mend_status
}
# LOSS TRANSPORT SETTING: *moved* bytes.
repair() {
	rm -rf lost
	cp -r told lost
	must sqlite3 lost/twin.gpkg \
		"DELETE FROM tawam_setting WHERE name GLOB 'remote.*'"
	damage_more "$1"
	status 0 "$1 lost, repair; ${2:-version 2} $3" mend "$2" "$3"
	moved=$(echo "$out" | json '$.bytes_in')
	moved=$((moved + $(echo "$out" | json '$.bytes_out')))
	[ ! -f count ] || is "$moved" "$(sum)" 'all bytes are counted'
	diag "$moved bytes"
	ok 'soundly' git -C lost/log.git fsck --full --strict --no-dangling
	is "$(tawam -C lost verify --hash)" "$state" 'it is as it was'
	ok 'nothing is left of the work' test ! -e lost/repair.tmp
}
for loss in 'damaged file' ${TAWAM_FULL:+'damaged commit'} 'oldest commit'; do
	repair "$loss" '' ''
	at_most 16000
done
# three commits of the import come whole, though of two only the commit is lost
repair 'here and there' '' ''
at_most 40000
repair 'oldest changes' '' ''
at_most 16000
repair 'a file of main' '' ''
at_most 4000
for loss in commit 'here and there'; do
	repair "$loss" folder ''
	at_most 3000
done
repair 'here and there' --old allowAnySHA1InWant
at_most 40000

# A server that gives nothing by its id: all since the damage, which is said.
repair commit --old ''
at_most 16000
like "$out" 'allowAnySHA1InWant' 'what would spare that is said'
repair 'here and there' --old ''
ok 'the whole history, where the oldest is lost' test "$moved" -gt 150000
repair commit '--old --flat' ''
at_most 16000

# What is ours alone is nowhere else: that is not looked for in the whole.
rm -rf told
cp -r field told
must tawam -C told sync "$scratch/hq.git"
must tawam -C told set household code=HH-000900 members=9
must tawam -C told commit
rm -rf lost
cp -r told lost
lose "$(git -C lost/log.git rev-parse refs/heads/device/field)"
status 1 'a commit that is nowhere' mend '' ''
diag "$(sum) bytes"
ok 'is not looked for in the whole history' test "$(sum)" -le 4000
is "$(tawam -C lost get household code=HH-000900 members)" 9 'and its row is kept'
done_testing
