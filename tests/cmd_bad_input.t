#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad surroundings are said plainly, with the exit status, and lose nothing.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

must tawam init t --device desk
printf 'code,name\n1,Ain\n' >p.csv
must tawam -C t import p.csv --layer point --types code=text
must tawam -C t commit

status 3 'init where a replica is' tawam init t
like "$err" 'already' 'says so'
mkdir full
echo text >full/file
status 3 'init in a folder that is not empty' tawam init full
is "$(ls -A full)" file 'leaves it as it was'
status 2 'init with a device name that is none' tawam init x --device 'a/b'
status 2 'init with an author that is none' tawam init x --author '<>'
mkdir -p taken.git
echo text >taken.git/file
status 3 'init with a bare remote that is taken' tawam init x --bare-remote taken.git
ok 'nothing half-made stays' test ! -e x -a ! -e x.part
mkdir empty
status 0 'init in an empty folder' tawam init empty
ok 'leaves no part' test ! -e empty.part -a ! -e empty/tawam-part
mkdir z.part
echo theirs >z.part/file
status 3 'init where somebody has a .part' tawam init z
is "$(cat z.part/file)" theirs 'leaves it alone'

mkdir plain
echo 'no database' >plain/twin.gpkg
status 2 'a file that is no GeoPackage' tawam -C plain status
is "$(cat plain/twin.gpkg)" 'no database' 'is not touched'
must cp -r t newer
sqlite3 newer/twin.gpkg "UPDATE tawam_setting SET value = '99' WHERE name = 'format'"
status 3 'a replica of a newer format' tawam -C newer status
like "$err" 99 'is refused by version'

status 6 'cat of garbage' tawam cat p.csv
status 3 'cat of no file' tawam cat none
: >nothing
status 2 'import of an empty file' tawam -C t import nothing --layer x
is "$(tawam -C t layers -q)" point 'makes no layer'
status 2 'a layer name that is reserved' tawam -C t import p.csv --layer tawam_x
printf 'code,name\n1,\377\376\n2,Bir\n' >latin.csv
tawam -C t import latin.csv --layer point --key code >.out 2>.err
is "$(tawam -C t get point code=2 name)" Bir 'bytes that are no text stop no other row'

# A name from outside cannot be more than a name.
printf 'a"b;DROP TABLE point;--,c\n1,2\n' >names.csv
tawam -C t import names.csv --layer 'x"; DROP TABLE point; --' >.out 2>.err
is "$(tawam -C t get point code=1 name)" Ain 'names are quoted'
tawam -C t add point "name=$(printf 'red\033[31m')" code=9 >.out
status 0 'log of text with an escape' tawam -C t commit
status 0 'show of it' tawam -C t show
unlike "$out" "$(printf '\033')" 'prints none'

# Another process at work: wait for it, or say so; both end well.
for i in 1 2 3 4; do
	tawam -C t add point code=p$i >/dev/null 2>.err.$i &
	waiting="$waiting $!"
done
all=0
for one in $waiting; do wait "$one" || all=1; done
ok 'four processes add at once' test $all -eq 0
is "$(tawam -C t query "SELECT count(*) FROM point WHERE code LIKE 'p%'")" 4 \
	'every row is there'

# A folder that can only be read.
if [ "$(id -u)" -ne 0 ]; then
	chmod a-w t t/twin.gpkg
	status 0 'reading in a folder that is read-only' tawam -C t rows point
	status 3 'writing in it' tawam -C t set point code=1 name=X
	chmod u+w t t/twin.gpkg
fi
# A disk that is full.
if [ -c /dev/full ]; then
	tawam -C t rows point >/dev/full 2>.err
	is $? 3 'a full disk behind standard output'
	like "$(cat .err)" 'No space|full' 'is said'
fi
status 0 'all is sound' tawam -C t verify

# A corrupt changeset of a peer: that commit is refused, all else syncs.
must tawam init q --device one --bare-remote q.git
must tawam -C q import p.csv --layer point --types code=text
must tawam -C q sync
blob=$(echo garbage | git -C q.git hash-object -w --stdin)
tree=$(printf '100644 blob %s\tchanges.zst\n' "$blob" | git -C q.git mktree)
evil=$(printf 'bad\n\nDevice: evil\nSequence: 1\n' |
	GIT_AUTHOR_NAME=e GIT_AUTHOR_EMAIL=e@x GIT_COMMITTER_NAME=e \
		GIT_COMMITTER_EMAIL=e@x git -C q.git commit-tree "$tree")
must git -C q.git update-ref refs/heads/device/evil "$evil"
must tawam -C q set point code=1 name=Other
status 0 'sync beside a corrupt commit' tawam -C q sync
like "$out" "Refused commit $(echo "$evil" | cut -c1-10) of evil: " \
	'names the commit and says why'
like "$out" 'Sent 1 commit' 'and sends ours'
like "$(tawam -C q log --json)" '"state":"refused","reason":"[^"]' 'log marks it'
status 6 'show of it' tawam -C q show "$evil"
status 0 'verify' tawam -C q verify
like "$out" 'Refused commit' 'names it too'
status 0 'clone beside it' tawam clone q.git r
is "$(tawam -C r verify --hash)" "$(tawam -C q verify --hash)" 'has one state'
done_testing
