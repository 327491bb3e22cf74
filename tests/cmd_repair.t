#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam repair, case by case: what is damaged, what is restored from where,
# what is said, and that nothing damaged is overwritten.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3 to damage files with'

# A territory with two desks; field has one commit that HQ lacks, and edits that
# are not recorded: a cell, a new row, a deleted row.
must tawam init desk --name Test --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$scratch/hq.git"
{
	echo code,name,note
	i=0
	while [ $i -lt 400 ]; do
		i=$((i + 1))
		echo "W-$i,well number $i,a note that fills some bytes $i"
	done
} >wells.csv
must tawam -C desk import wells.csv --layer well --key code
mkdir visit
printf '%s\n' type,name,label 'text,head,Who was met' >visit/survey.csv
printf '%s\n' form_title,form_id,version 'A visit,visit,1' >visit/settings.csv
must tawam -C desk form publish visit
must tawam -C desk sync
must tawam clone hq.git field --device field --author 'Field <f@example.org>'
must tawam -C field set well code=W-7 name=recorded
must tawam -C field sync
must tawam -C desk set well code=W-8 name=by-desk
must tawam -C desk sync
must tawam -C field sync
must tawam -C field set well code=W-9 name=unsent
must tawam -C field commit
must tawam -C field set well code=W-10 name=pending
must tawam -C field add well code=W-new name=added
must tawam -C field delete well code=W-11
must sqlite3 field/twin.gpkg "
	INSERT INTO tawam_draft (form, version, title, caption, started, changed, fid)
		VALUES ('household', '3', 'Household', 'Fatima', 1, 2, 4711);
	INSERT INTO tawam_draft_path (path) VALUES ('/data/head');
	INSERT INTO tawam_draft_value SELECT d.id, 0, p.id, 1, 'Fatima'
		FROM tawam_draft d, tawam_draft_path p"
must cp -a field sound
must cp -a hq.git hq-sound.git

edits() { # what a rebuild has to keep, of the replica in $1, and its forms
	tawam -C "$1" query "SELECT code, name FROM well WHERE code IN
		('W-7','W-8','W-9','W-10','W-11','W-new') ORDER BY code" \
		--format csv 2>&1 || tawam -C "$1" query "SELECT code, name FROM well WHERE code IN
		('W-7','W-8','W-9','W-10','W-11','W-new') ORDER BY code" 2>&1
	sqlite3 "$1/twin.gpkg" 'SELECT form, caption, fid, p.path, value
		FROM tawam_draft d JOIN tawam_draft_value v ON v.draft = d.id
		JOIN tawam_draft_path p ON p.id = v.path;
		SELECT id, version, title, current FROM tawam_form' 2>&1
}
all=$(edits sound)
hash=$(tawam -C sound verify --hash)
pending=$(tawam -C sound status --json | json '$.pending')
again() { rm -rf field hq.git; cp -a sound field; cp -a hq-sound.git hq.git; }
damage() { # FILE PYTHON: b is the file's bytes
	chmod u+w "$1"
	python3 -c 'import sys
p = sys.argv[1]; b = bytearray(open(p, "rb").read())
exec(sys.argv[2]); open(p, "wb").write(b)' "$1" "$2" || exit 1
}
kept() { # the damaged file is there, byte for byte, under its new name
	for k in $1; do [ -e "$k" ] && cmp -s "$k" "$2" && return 0; done
	return 1
}
# NAME: everything is as it was, and a second repair finds nothing
whole() {
	status 0 "$1: verify is content" tawam -C field verify
	is "$(edits field)" "$all" "$1: all rows, the edits too"
	is "$(tawam -C field verify --hash)" "$hash" "$1: the recorded state"
	is "$(tawam -C field status --json | json '$.pending')" "$pending" \
		"$1: as much is pending"
	like "$(tawam -C field repair)" '^All well' "$1: once is enough"
}
repaired() { # NAME: it is found by --check, which changes nothing, and mended
	sum=$(cd field && find . -type f | sort | xargs sha1sum | sha1sum)
	status 6 "$1: --check finds it" tawam -C field repair --check
	is "$(cd field && find . -type f | sort | xargs sha1sum | sha1sum)" \
		"$sum" "$1: --check changes nothing"
	status 0 "$1: repair" tawam -C field repair
	whole "$1"
	[ ! -e field/repair.tmp ]; check $? "$1: nothing of the work is left"
}

status 0 'a sound replica' tawam -C field repair
like "$out" '^All well' 'is said to be'
status 0 '--check of a sound one' tawam -C field repair --check

# ---- the replica ----
damage field/twin.gpkg 'b[:] = b[:len(b) - 9000]'
cp field/twin.gpkg cut
status 6 'a cut replica is no replica' tawam -C field status
like "$err" 'tawam repair' 'and the way out is named'
# by its random id the new row may stand in what was cut off
out=$(tawam -C field repair 2>&1)
is "$(edits field | grep -v W-new)" "$(echo "$all" | grep -v W-new)" \
	'a cut replica is repaired'
edits field | grep -q W-new || echo "$out" | grep -q 'LOST: layer well, row'
check $? 'what was cut off is named'
kept 'field/twin.gpkg.damaged-*' cut; check $? 'the cut one is kept'
status 0 'and verify is content' tawam -C field verify
again

page() { # the first page of table or index $1
	sqlite3 field/twin.gpkg \
		"SELECT rootpage FROM sqlite_schema WHERE name='$1'"
}
n=$(page tawam_commit)
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
cp field/twin.gpkg zeroed
repaired 'a page of tawam_commit zeroed'
kept 'field/twin.gpkg.damaged-*' zeroed; check $? 'the zeroed one is kept'
again

n=$(page tawam_touch)
damage field/twin.gpkg "b[($n-1)*4096+3] ^= 64"
repaired 'a bit in tawam_touch'
again

at=$(python3 -c 'print(open("field/twin.gpkg","rb").read().find(b"well number 300"))')
damage field/twin.gpkg "b[$at] ^= 1"
repaired 'a bit in a row'
again

damage field/twin.gpkg 'b[0:100] = bytes(100)'
repaired 'the head of the file zeroed'
again

# of the rows noted as edited nothing can be read: the cells noted tell them, of
# a deleted row too
# the statement that makes a table hides it, sound as it is
for table in tawam_pending_row tawam_layer tawam_column tawam_commit \
	tawam_draft_value; do
	at=$(python3 -c 'import sys
b = open("field/twin.gpkg", "rb").read()
print(b.find(b"CREATE TABLE " + sys.argv[1].encode()))' $table)
	damage field/twin.gpkg "b[$at+4] ^= 1"
	repaired "a bit in the statement of $table"
	again
done
# and where it is read, as that of a table with another column
for word in 'asked INTEGER' 'existed INTEGER' 'recorded_geometry INTEGER' \
	'is_head INTEGER' 'title TEXT, description TEXT, mime_type'; do
	at=$(python3 -c 'import sys
print(open("field/twin.gpkg", "rb").read().index(sys.argv[1].encode()))' "$word")
	damage field/twin.gpkg "b[$at] ^= 1"
	repaired "a bit in the name of a column: $word"
	again
done
n=$(page tawam_pending_row)
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
repaired 'a page of tawam_pending_row zeroed'
again

# of both nothing: then a deleted row may be back, and that is said
n=$(page tawam_pending_row) k=$(page tawam_pending_cell)
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
damage field/twin.gpkg "b[($k-1)*4096:$k*4096] = bytes(4096)"
status 1 'rows and cells noted as edited zeroed' tawam -C field repair
like "$out" 'LOST: not all that was edited' 'and what cannot be told is said'
again

must rm field/twin.gpkg
status 6 'twin.gpkg missing, --check' tawam -C field repair --check
status 1 'twin.gpkg missing' tawam -C field repair --device field
like "$out" 'LOST.*edited' 'what was not recorded is said to be lost'
status 0 'all that was recorded is there' tawam -C field verify
is "$(tawam -C field verify --hash)" "$hash" 'to the bit'
is "$(tawam -C field status --json | json '$.device')" field 'under its name'
again

# what a touch overwrote, as text of the same bytes
must sqlite3 field/twin.gpkg 'UPDATE tawam_touch SET before = CAST(before AS TEXT)
	WHERE length(before) > 1'
repaired 'values before, of another type'
again

# What another program wrote without our triggers is no damage, and an edit like
# any other: verify says to record it, repair takes it up before it judges.
behind() { # SQL: run without our triggers, as another program may
	{
		sqlite3 field/twin.gpkg "SELECT 'DROP TRIGGER \"' || name || '\";' FROM
			sqlite_schema WHERE type='trigger' AND tbl_name='well'"
		echo "$1"
	} >behind.sql
	must sqlite3 field/twin.gpkg '.read behind.sql'
}
foreign="UPDATE well SET name='by another program' WHERE code='W-8';"
behind "$foreign"
status 1 'triggers dropped, a row edited: verify' tawam -C field verify
like "$err" "another program changed layer 'well'.*tawam commit" \
	'says what to do first'
status 1 '--check' tawam -C field repair --check
unlike "$err" damaged 'does not call it damaged'
rm -rf hurt; cp -a field hurt
status 0 'repair' tawam -C field repair
like "$out" "layer 'well' was noted as edits" 'takes it up'
by_others=$(echo "$all" | sed 's/by-desk/by another program/')
is "$(edits field)" "$by_others" 'nothing is lost'
status 0 'verify is content' tawam -C field verify
is "$(tawam -C field verify --hash)" "$hash" 'what was recorded is as it was'
must tawam -C hurt commit
is "$(edits hurt)" "$by_others" 'recording it comes to the same'
status 0 'and can be verified' tawam -C hurt verify
again
# and where the replica is damaged besides
behind "$foreign DELETE FROM gpkg_spatial_ref_sys WHERE srs_id=0"
status 6 'damaged besides: verify' tawam -C field verify
again
# without a table there is nothing to tell edits from
behind 'DROP TABLE well'
status 1 'a table dropped: verify' tawam -C field verify
status 1 'repair' tawam -C field repair
like "$out" 'LOST: layer well, row' 'says what was not recorded'
status 0 'what was is there again' tawam -C field verify
again

# QGIS was killed: what it wrote stands in the write-ahead log, and the file is
# damaged. The page is one of tawam_commit's, which is not in that log.
n=$(page tawam_commit)
python3 -c 'import os, shutil, sqlite3
file = "field/twin.gpkg"
db = sqlite3.connect(file, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("UPDATE well SET name=? WHERE code=?", ("by another program", "W-8"))
for end in ("", "-wal"):
    shutil.copy(file + end, "hot" + end)
db.close()
for end in ("", "-wal"):
    shutil.copy("hot" + end, file + end)' || exit 1
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
status 0 'a page zeroed under a write-ahead log' tawam -C field repair
is "$(edits field)" "$by_others" 'what stands in that log is not lost'
status 0 'and verify is content' tawam -C field verify
again

# a photo that was attached and not sent yet is still to be sent
echo photo >photo.txt
must tawam -C field attach --create well code=W-7 photo=photo.txt
n=$(page tawam_touch)
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
status 0 'with an attachment' tawam -C field repair
is "$(sqlite3 field/twin.gpkg 'SELECT count(*) FROM tawam_file')" 1 \
	'it is still known to be ours to send'
status 0 'and verify is content' tawam -C field verify
again

# ---- the log ----
pack() { ls field/log.git/objects/pack/*.$1 | head -1; }
must git -C field/log.git repack -adq
rm -rf sound; cp -a field sound
must rm "$(pack idx)"
repaired 'an index missing'
again
damage "$(pack idx)" 'b[1500] ^= 1'
repaired 'an index with a bit flipped'
again
# in the middle of the largest object, which HQ has
at=$(git verify-pack -v "$(pack idx)" | grep '^[0-9a-f]* blob' |
	sort -k4 -n | tail -1 | awk '{ print $5 + int($4 / 2) }')
damage "$(pack pack)" "b[$at] ^= 1"
status 6 'verify finds it' tawam -C field verify
like "$err" 'damaged|incorrect|corrupt' 'and says what'
like "$err" 'tawam repair' 'and what to do'
repaired 'a pack with a bit flipped'
again
damage "$(pack pack)" 'b[-5] ^= 1'
repaired 'the sum of a pack'
again
damage "$(pack pack)" 'b[:] = b[:len(b) - 30]'
cp "$(pack pack)" cut
repaired 'a pack cut'
kept 'field/log.git.damaged-*/objects/pack/*.pack' cut
check $? 'the cut pack is kept'
again
rm -rf loose; mkdir loose; cp -a field/log.git/objects/pack/. loose
rm -f field/log.git/objects/pack/*
(cd field/log.git && for p in "$scratch"/loose/*.pack; do
	git unpack-objects -q <"$p"; done)
rm -rf sound; cp -a field sound
big=$(find field/log.git/objects/?? -type f | xargs ls -S | head -1)
damage "$big" 'b[:] = b[:len(b) // 2]'
repaired 'a loose object cut'
again
find field/log.git/objects/?? -type f | head -40 | while read -r f; do rm -f "$f"; done
status 1 'forty objects gone' tawam -C field repair
is "$(edits field)" "$all" 'no row is lost with them'
status 0 'and verify is content' tawam -C field verify
again

for what in 'refs/heads/device/field' refs/heads/main refs/remotes/hq/device/desk
do
	[ -e field/log.git/$what ] || continue
	printf 'garbage' >field/log.git/$what
	repaired "$what garbage"
	again
	: >field/log.git/$what
	repaired "$what empty"
	again
done
must rm field/log.git/HEAD
repaired 'HEAD missing'
again
must rm field/log.git/HEAD
must mkdir field/log.git/HEAD
status 0 'a folder in the place of HEAD' tawam -C field repair
whole 'a folder in the place of HEAD'
again
# as programs that mirror folders leave them
must cp field/log.git/refs/heads/main 'field/log.git/refs/heads/main (1)'
repaired 'a file that is called like no ref'
again
: >field/log.git/refs/heads/device/field
status 6 'an empty ref is damage' tawam -C field verify
like "$err" 'tawam repair' 'and what to do is said'
again
must git -C field/log.git repack -dq
must git -C field/log.git multi-pack-index write
damage field/log.git/objects/pack/multi-pack-index 'b[-60] ^= 1'
status 6 'an index of all packs is damaged: verify' tawam -C field verify
repaired 'an index of all packs'
again
echo '[core' >field/log.git/config
repaired 'config cut'
again

# what is mended first hides nothing of what comes after
n=$(page tawam_commit)
for what in HEAD config refs/tags; do
	damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
	must rm -r field/log.git/$what
	status 0 "$what missing and a page zeroed" tawam -C field repair
	whole "$what missing and a page zeroed"
	again
done

# the whole log: HQ has all but the commit that was not sent
must rm -rf field/log.git
status 1 'log.git missing' tawam -C field repair
like "$out" 'LOST: commit [0-9a-f]{12} \(field' 'names the commit that is nowhere'
status 0 'what it wrote' tawam -C field verify
is "$(edits field)" "$all" 'is still there, as an edit'
status 0 'and travels' tawam -C field sync
must tawam -C desk sync
is "$(edits desk)" "$(echo "$all" | grep -v '^household')" 'to others, but for the draft'
again

# HQ out of reach: nothing is given up
mv hq.git away.git
must rm -rf field/log.git
status 4 'log.git missing, HQ away' tawam -C field repair
like "$err" 'offline' 'says how to go on without'
# nor where a stick's folder stands empty
mkdir hq.git
status 4 'log.git missing, an empty folder where HQ was' tawam -C field repair
like "$err" 'plugged in.*offline' 'says what it may be'
must rmdir hq.git
mv away.git hq.git
status 1 'and with HQ again' tawam -C field repair
is "$(edits field)" "$all" 'all is there'
again

lost=$(git -C field/log.git rev-parse refs/remotes/hq/device/desk)
for pack in field/log.git/objects/pack/*.pack; do
	[ -e "$pack" ] || continue
	must mv "$pack" lost.pack
	must rm "${pack%.pack}".*
	git -C field/log.git unpack-objects -q <lost.pack
done
must rm "field/log.git/objects/$(echo "$lost" | sed 's/../&\//')"
mv hq.git away.git
mkdir hq.git
status 4 'a commit missing, an empty folder where HQ was' tawam -C field repair
must rmdir hq.git
mv away.git hq.git
status 0 'with HQ again it comes' tawam -C field repair
whole 'a commit missing'
again

# both at once
must rm -rf field/log.git
n=$(page tawam_touch)
damage field/twin.gpkg "b[($n-1)*4096:$n*4096] = bytes(4096)"
status 1 'log.git missing and a page zeroed' tawam -C field repair
is "$(edits field)" "$all" 'all rows are there'
status 0 'verify is content' tawam -C field verify
# ---- a remote that can't be read through ----

# HQ's folder without HEAD, or with half a line of config: what to do is said, and does.
must tawam -C field sync
for what in HEAD config; do
	rm -rf hurt.git desk-there
	cp -a hq.git hurt.git
	rm hurt.git/$what
	[ $what = HEAD ] || printf '[core' >hurt.git/$what
	status 6 "a repository with its $what damaged" \
		tawam -C field sync "$scratch/hurt.git"
	like "$err" 'damaged.*tawam hq init' 'what to do is said'
done
must mv hurt.git away.git
must tawam hq init hurt.git
status 0 'it is done' tawam -C field sync "$scratch/hurt.git"
status 0 'and all devices find all there' tawam clone hurt.git desk-there \
	--device there --author 'T <t@example.org>'
is "$(tawam -C desk-there verify --hash)" "$(tawam -C field verify --hash)" \
	'to the bit'
rm -rf hurt.git away.git desk-there

# A clone has all or is none: half a territory looks like a whole one.
must cp -a hq.git hq-hurt.git
pack=$(ls hq-hurt.git/objects/pack/*.pack | head -1)
[ -n "$pack" ] || must git -C hq-hurt.git repack -adq
pack=$(ls hq-hurt.git/objects/pack/*.pack | head -1)
damage "$pack" 'b[len(b)//2:len(b)//2+20] = bytes(20)'
status 6 'a clone of a damaged remote fails' tawam clone hq-hurt.git fourth \
	--device fourth --author 'F <f@example.org>'
like "$err" 'cannot be read there' 'says what cannot be read'
like "$err" 'fourth.part' 'and where what arrived is kept'
[ ! -e fourth ]; check $? 'there is no replica that lacks some'
must rm -rf hq-hurt.git
must cp -a hq.git hq-hurt.git
status 0 'the same command goes on when the remote is whole again' \
	tawam clone hq-hurt.git fourth --device fourth --author 'F <f@example.org>'
status 0 'and has all' tawam -C fourth verify

done_testing
