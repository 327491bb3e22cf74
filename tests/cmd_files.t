#!/bin/sh
# SPDX-License-Identifier: MIT
# Attachments from the command line: attached, sent after the data, fetched one
# by one, dropped only when hq shows that it has them; over a link that is cut
# every 30 kB; on a stick; with a server that gives no single files.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'no relay'

random() { head -c "$1" /dev/urandom >"$2"; }
here() { find "$1/attachments" -maxdepth 1 -name '*-*-*' 2>.err | wc -l | tr -d ' '; }
# Bytes up, bytes down, connections, since the last time.
link_bytes() {
	awk '{ u += $1; d += $2 } END { print u + 0, d + 0, NR }' count 2>.err
	rm -f count
}
slow() {
	GIT_SSH_COMMAND="$RELAY --cut-up=30000 --cut-down=30000 \
--count=$scratch/count" "$@"
}
counted() { GIT_SSH_COMMAND="$RELAY --count=$scratch/count" "$@"; }
# As behind an sshd that hands on no GIT_PROTOCOL: version 0, where a server
# must be told that it may give what no ref names.
old() { GIT_SSH_COMMAND="env -u GIT_PROTOCOL $RELAY" "$@"; }

printf 'code,name\nW1,Ain\nW2,Bir\nW3,Dar\nW4,Sidi\n' >w.csv
must tawam hq init hq.git
must tawam init hq --device hq --name X
must tawam -C hq remote hq "$scratch/hq.git"
must tawam -C hq import w.csv --layer well --key code
must tawam -C hq sync
must tawam clone hq.git field --device field-1
must tawam clone hq.git other --device field-2

# ---- attaching ----
random 2000000 'My photo (2).JPG'
random 5000 small.jpg
: >empty.jpg
status 1 'a column that is not there' \
	tawam -C field attach well code=W1 photo='My photo (2).JPG'
like "$err" photo 'is named'
is "$(here field)" 0 'and nothing was copied'
ok 'it is made when asked for' \
	tawam -C field attach --create well code=W1 photo='My photo (2).JPG'
cell=$(tawam -C field get well code=W1 photo)
sum=$(sha256sum 'My photo (2).JPG' | cut -c 1-64)
like "$cell" "^attachments/My_photo_2_-2000000-$sum-[0-9a-f]{40}\.jpg$" \
	'the cell: a path with size and SHA-256'
ok 'which other programs find' cmp "field/$cell" 'My photo (2).JPG'
ok 'a small one' tawam -C field attach well code=W2 photo=small.jpg
cp small.jpg again.jpg
ok 'the same bytes again' tawam -C field attach well code=W3 photo=again.jpg
is "$(here field)" 2 'are stored once'
is "$(tawam -C field get well code=W3 photo)" \
	"$(tawam -C field get well code=W2 photo)" 'under the name they have'
status 2 'an empty file' tawam -C field attach well code=W4 photo=empty.jpg
status 2 'a folder' tawam -C field attach well code=W4 photo=.
status 3 'none at all' tawam -C field attach well code=W4 photo=nowhere.jpg
truncate -s 300M huge.jpg
status 2 'one that is too large' tawam -C field attach well code=W4 photo=huge.jpg
like "$err" 'huge.jpg.*larger' 'says so'
is "$(here field)/$(ls field/attachments/.new | wc -l)" 2/0 'nothing is left'
status 2 'a column of numbers' sh -c "
	printf 'code,n\nA,1\n' >n.csv; '$TAWAM' -q -C field import n.csv --layer n &&
	'$TAWAM' -C field attach n code=A n=small.jpg"
like "$err" text 'says what it needs'

# ---- the list ----
tawam -C field files --json >list
is "$(json '$[#-1].here' <list)/$(json '$[0].at_hq' <list)" 1/0 'here, not at hq'
like "$(tawam -C field files)" 'to send: 2 \(2\.0 MB\)' 'and counted'
like "$(tawam -C field status)" '2 files, 2\.0 MB' 'status says that they wait'

# ---- a data sync does not wait ----
must tawam -C field remote hq "ssh://here$scratch/hq.git"
must tawam -C other remote hq "ssh://here$scratch/hq.git"
printf 'code,name\nW9,Same\n' >more.csv
must tawam -C field sync --data-only "$scratch/hq.git"
cp -R hq.git before.git
must counted tawam -C other sync
plain=$(link_bytes)
must tawam -C other sync "$scratch/hq.git"

# ---- over a bad link ----
status 0 'a sync over a link that is cut every 30 kB' slow tawam -C field sync
like "$out" 'Sent 2 files, 2\.0 MB' 'sends both'
set -- $(link_bytes)
diag "2,005,000 bytes of files: $1 up, $2 down, $3 connections"
ok 'in less than 1.5 times their bytes' test $(($1 + $2)) -lt 3007500
is "$(tawam -C field files --json | json '$[0].at_hq')" 1 'known to be at hq'
ok 'the repository is sound' git -C hq.git fsck --strict

must counted tawam -C other sync
set -- $(link_bytes)
diag "a sync of data with nothing to bring: $1 up, $2 down"
is "$(here other)" 0 'a sync of data brings no photo'
ok 'nor the bytes of one' test "$2" -lt 2000
status 0 'one file is fetched' counted tawam -C other files get well code=W2
set -- $(link_bytes)
diag "5,000 bytes of a file: $1 up, $2 down, $3 connections"
ok 'for little more than its bytes' test "$2" -lt 6200
is "$(here other)" 1 'and no other'
status 0 'the large one over the bad link' \
	slow tawam -C other files get well code=W1 photo
set -- $(link_bytes)
diag "2,000,000 bytes of a file: $1 up, $2 down, $3 connections"
ok 'in less than 1.5 times its bytes' test $(($1 + $2)) -lt 3000000
ok 'the same bytes' cmp "other/$cell" 'My photo (2).JPG'

# ---- dropping ----
random 30000 new.jpg
must tawam -C field attach well code=W4 photo=new.jpg
status 1 'dropped is what hq has' counted tawam -C field files drop --all
like "$out" 'Dropped 2 files' 'both that it has'
like "$err" 'new\.jpg' 'the one it has not is named'
is "$(here field)" 1 'and stays'
status 0 'and comes back' counted tawam -C field files get well code=W1
ok 'as it was' cmp "field/$cell" 'My photo (2).JPG'

# ---- screens ----
mkdir shown
cat >open.sh <<'X'
#!/bin/sh
cp "$1" "${0%/*}/shown/.it" && mv "${0%/*}/shown/.it" "${0%/*}/shown/it"
X
chmod +x open.sh
printf ':%s\n' 'layer well' 'open' 'down' 'down' 'assert (here: v shows it)' \
	'view' 'assert Shown by' >script
ok 'a screen shows an attachment by name and size' \
	env TAWAM_OPEN="$scratch/open.sh" "$TAWAM" -C other --plain --size 80x24 \
	--script script
wait_for=50
while [ ! -s shown/it ] && [ $wait_for -gt 0 ]; do
	wait_for=$((wait_for - 1))
	sleep 0.1
done
ok 'and hands its path to the program that opens it' \
	cmp shown/it 'My photo (2).JPG'
printf ':%s\n' 'assert to send 1, 30 kB' 'layer well' 'open' 'down' 'down' \
	"attach $scratch/small.jpg" 'assert Attached small.jpg' 'undo' >script
ok 'attaching on a screen' tawam -C field --plain --size 80x24 --script script
printf ':%s\n' sync 'assert The data is synced, attachments not all' \
	'assert attachments that wait: 1' >script
rm -f count
ok 'a link too bad for attachments is not said to be done' env \
	GIT_SSH_COMMAND="$RELAY --cut-both=9000 --count=$scratch/count" "$TAWAM" \
	-C field --plain --size 80x24 --script script
set -- $(link_bytes)
diag "30,000 bytes over a link of 9,000: $1 up, $2 down, $3 connections"
ok 'nor tried for ever' test "$3" -lt 25
rm -f field/log.git/tawam.link
must tawam -C field set well code=W1 photo="$cell"
printf ':%s\n' 'layer well' 'go code=W2' 'open' 'down' 'down' \
	'assert (not here: v fetches it)' view 'assert attachments received: 1' \
	back 'assert (here: v shows it)' >script
rm -f field/attachments/small-*
ok 'fetching on a screen' counted tawam -C field --plain --size 80x24 \
	--script script
rm -f count field/attachments/small-*

# ---- damage ----
chmod u+w "field/$cell"
printf x | dd of="field/$cell" bs=1 seek=1000 conv=notrunc 2>.err
status 6 'verify notices a changed file' tawam -C field verify
like "$out$err" 'My_photo_2_' 'and names it'
status 1 'one that was changed is not dropped for hq'\''s' \
	counted tawam -C field files drop well code=W1
rm "field/$cell"
must counted tawam -C field files get well code=W1

# ---- a stick ----
mkdir stick
must tawam -C field sync "$scratch/stick"
must tawam -C hq sync "$scratch/stick"
is "$(here hq)" 0 'hq follows none'
must tawam -C hq config follow-attachments all
must tawam -C hq sync "$scratch/stick"
is "$(here hq)" 2 'the stick carried what the field had'
status 0 'and hq hands on' tawam -C hq sync
like "$out" 'Sent 1 file' 'the one its repository lacks'
rm -rf stick
must git init -q --bare stick
# what many small steps over bad links left
for i in $(seq 601); do echo "$i" >"many.$i"; done
ls many.* | git --git-dir=field/attachments/.out.git hash-object -w \
	--stdin-paths >.out
rm many.*
must tawam -C field sync "$scratch/stick"
like "$(git -C stick log --format=%B refs/heads/files/field-1)" 'My_photo' \
	'another stick at the same place gets them all'
is "$(git --git-dir=field/attachments/.out.git count-objects -v |
	sed -n 's/^\(count\|packs\): //p' | tr '\n' /)" 0/1/ \
	'and the steps of before are one file'

# ---- earlier values ----
random 9000 late.jpg
must tawam -C hq attach well code=W2 photo=late.jpg
must tawam -C hq sync
id=$(tawam -C hq log --json | json '$[0].id')
must tawam -C hq revert "$id"
like "$(tawam -C hq files well code=W2)" 'small\.jpg .*here' \
	'a revert finds the file it goes back to'
random 7000 undone.jpg
must tawam -C hq attach well code=W4 photo=undone.jpg
must tawam -C hq set well code=W4 photo=
must tawam -C hq sync
ok 'what was taken back before it was recorded is not sent' \
	sh -c "! git -C hq.git log --all --format=%B | grep undone"
random 8000 replaced.jpg
must tawam -C hq attach well code=W4 photo=replaced.jpg
must tawam -C hq commit
must tawam -C hq set well code=W4 photo=
must tawam -C hq sync
ok 'what a commit names is' \
	sh -c "git -C hq.git log --all --format=%B | grep replaced"

# ---- rules ----
must tawam -C other config follow-attachments 10k
must counted tawam -C other sync
is "$(tawam -C other files --json | json '$[0].here')" 1 'up to a size'
status 2 'another word' tawam -C other config follow-attachments some
is "$(tawam -C other config follow-attachments)" 10k 'changes nothing'

# ---- a server that gives no single files ----
git -C hq.git config uploadpack.allowAnySHA1InWant false
must tawam clone hq.git third --device field-3
must tawam -C third remote hq "ssh://here$scratch/hq.git"
status 0 'a file from a server that gives no single ones' \
	old tawam -C third files get well code=W1
like "$out" 'no single files' 'says so'
ok 'the same bytes' cmp "third/$cell" 'My photo (2).JPG'

# ---- a file that is not what its row says ----
wrong=attachments/x-2000000-$(printf '%064d' 1)-${cell##*-}
must tawam -C hq set well code=W3 photo="$wrong"
must tawam -C hq sync
git -C hq.git config uploadpack.allowAnySHA1InWant true
must tawam -C other config follow-attachments all
status 0 'a file that is not what the row says' counted tawam -C other sync
like "$out" 'Refused x\.jpg' 'is refused and named'
ok 'kept aside' test -s "other/attachments/.refused/$(printf '%064d' 1)"
is "$(ls other/attachments | grep -c '^x-')" 0 'and not taken for it'
link_bytes >.out
must counted tawam -C other sync
set -- $(link_bytes)
ok 'and not asked for again' test "$2" -lt 3000
must tawam -C hq set well code=W3 photo=attachments/../../../etc/passwd
must tawam -C hq set well code=W4 photo=attachments/hello.jpg
must tawam -C hq sync
must counted tawam -C other sync
unlike "$(tawam -C other files)" 'passwd|hello' 'any other text is just a text'
ok 'all well' tawam -C other verify
done_testing
