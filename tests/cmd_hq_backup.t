#!/bin/sh
# SPDX-License-Identifier: MIT
# An HQ that comes back from a backup has less than it once had. What only other
# devices still know is sent there again, by a folder and over ssh, also where
# the device that made it goes on from a copy as old as the backup. A line that
# an administrator took away because main has all of it does not come back.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
export GIT_SSH_COMMAND="$RELAY"

set_note() { must tawam -C "$1" set well "code=$2" "note=$3"; }
note() { tawam -C "$1" show well "code=$2" --json | json '$.fields.note'; }
note_of() {
	sqlite3 "$1/$(ls "$1" | grep 'gpkg$')" \
		"SELECT note FROM well WHERE code = '$2'"
}
lines() { git -C "$1" for-each-ref --format='%(refname:lstrip=3)' refs/heads/device; }
kept() { git -C "$1/log.git" for-each-ref 'refs/remotes/+*' | wc -l; }

printf 'code,note\nA,-\nB,-\nC,-\n' >wells.csv
must tawam init desk --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C desk import wells.csv --layer well --key code
must tawam -C desk sync
for way in folder ssh; do
	case $way in
	folder) url=$scratch/$way.git ;;
	ssh) url=ssh://here$scratch/$way.git ;;
	esac
	cp -a hq.git $way.git
	must tawam clone "$url" $way-ali --device ali --author 'Ali <a@x>'
	must tawam clone "$url" $way-zineb --device zineb --author 'Zineb <z@x>'
	set_note $way-ali A 'before'
	must tawam -C $way-ali sync
	cp -a $way.git backup.git
	cp -a $way-ali copy

	set_note $way-ali B 'sent, and only zineb has it'
	must tawam -C $way-ali sync
	lost=$(git -C $way.git rev-parse refs/heads/device/ali)
	must tawam -C $way-zineb sync

	# both disks come back as they were
	rm -rf $way.git $way-ali
	mv backup.git $way.git
	mv copy $way-ali
	out=$(tawam -C $way-zineb sync 2>&1)
	like "$out" 'Sent the line of 1 other device' "$way: zineb sends it again"
	like "$out" 'less than it once had' "$way: and says why"
	is "$(git -C $way.git rev-parse refs/heads/device/ali)" "$lost" \
		"$way: HQ has it"
	is "$(kept $way-zineb)" 0 "$way: then no ref of its own is needed"
	out=$(tawam -C $way-ali sync 2>&1)
	unlike "$out" 'once had' "$way: ali has seen no more than HQ shows"
	is "$(note_of $way-ali B)" 'sent, and only zineb has it' \
		"$way: and so has the device that had forgotten it"

	# the device goes on from its copy, so its line has two ends
	cp -a $way.git backup.git
	cp -a $way-ali copy
	set_note $way-ali B 'again lost'
	must tawam -C $way-ali sync
	must tawam -C $way-zineb sync
	lost=$(git -C $way.git rev-parse refs/heads/device/ali)
	rm -rf $way.git $way-ali
	mv backup.git $way.git
	mv copy $way-ali
	set_note $way-ali C 'another way'
	must tawam -C $way-ali sync
	short=$(printf %.8s "$lost")
	must tawam -C $way-zineb sync
	is "$(git -C $way.git rev-parse "refs/heads/device/ali-$short")" "$lost" \
		"$way: two ends of a line: the other goes beside it"
	must tawam -C $way-ali sync
	is "$(note_of $way-ali B)/$(note_of $way-ali C)" 'again lost/another way' \
		"$way: and both are merged"

	# zineb records: its line leads to all; what HQ then takes away stays away
	set_note $way-zineb A 'after'
	must tawam -C $way-zineb sync
	git -C $way.git update-ref -d "refs/heads/device/ali-$short"
	out=$(tawam -C $way-zineb sync 2>&1)
	like "$out" 'Nothing to send' "$way: a line that another leads to"
	unlike "$(lines $way.git)" "ali-$short" "$way: stays away"
	is "$(kept $way-zineb)" 0 "$way: and none is kept"
done

# A file that HQ had, and that only one who had fetched it still has.
head -c 40000 /dev/urandom >photo.jpg
cp -a hq.git backup.git
must tawam clone "$scratch/hq.git" omar --device omar --author 'Omar <o@x>'
must tawam clone "$scratch/hq.git" rim --device rim --author 'Rim <r@x>'
must tawam -C omar attach well code=A photo=photo.jpg --create
must tawam -C omar sync
must tawam -C rim sync
must tawam -C rim files get --all
rm -rf hq.git omar
mv backup.git hq.git
out=$(tawam -C rim sync 2>&1)
like "$out" 'Sent 1 file' 'a file that came from elsewhere is sent again'
must tawam -C desk sync
must tawam -C desk files get --all
ok 'and the others get it' cmp photo.jpg "$(ls desk/attachments/*.jpg)"

# A folder whose refs lead to objects that it has lost: nothing is called safe.
git -C hq.git gc -q
rm -f hq.git/objects/pack/*
must tawam -C desk set well code=B 'note=on top of nothing'
status 6 'objects gone at HQ' tawam -C desk sync
unlike "$out" 'safe to remove' 'is not called safe'
like "$(cat .err)" 'tawam hq init' 'and it is said what to do'
rm -rf hq.git
must tawam hq init hq.git
must tawam -C desk sync
must tawam -C rim sync
is "$(note_of rim B)" 'on top of nothing' 'which helps'
ok 'HQ is whole again' git -C hq.git fsck
done_testing
