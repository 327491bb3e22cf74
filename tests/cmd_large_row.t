#!/bin/sh
# SPDX-License-Identifier: MIT
# One row larger than a link lets through before it is cut: it goes up to a
# plain bare repository and down to others all the same, in few bytes more than
# it has. Both sides are whole at each cut; nothing of the way stays.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
CUT=30000
url=ssh://here$scratch/hq.git
sum() { awk '{n += $1 + $2} END {print n + 0}' count; }
# LINK COMMAND …: over a relay with those options, counted.
over() {
	link=$1
	shift
	GIT_SSH_COMMAND="$RELAY $link --count=$scratch/count" "$@"
}
# SEED BYTES: an answer that no packer makes small.
answer() {
	awk -v seed="$1" -v bytes="$2" 'BEGIN {
		srand(seed)
		for (i = 0; i < bytes; i++)
			printf "%c", 33 + int(rand() * 94)
	}'
}

must git init -q --bare hq.git
must tawam init desk --device desk --author 'Hind <h@x>'
printf 'code,note\n1,Ain\n2,Bir\n' >points.csv
must tawam -C desk import points.csv --layer point --key code
must tawam -C desk remote hq "$url"
must over '' tawam -C desk sync
must tawam clone "$scratch/hq.git" field --device field --author 'Ali <a@x>'
must tawam -C field remote hq "$url"
before=$(git -C hq.git rev-parse refs/heads/device/desk)
{
	echo code,note
	printf '3,"%s"\n' "$(answer 1 90000 | sed 's/"/""/g')"
} >large.csv
must tawam -C desk import large.csv --layer point --key code
must tawam -C desk commit
state=$(tawam -C desk verify --hash)
commit=$(git -C desk/log.git rev-parse device/desk)
ok 'its commit is larger than the link' test "$(git -C desk/log.git \
	ls-tree -r -l device/desk | awk '{n += $4} END {print n}')" -gt 60000
is "$(git -C desk/log.git ls-tree -r --name-only device/desk | tr '\n' ' ')" \
	'changes.zst/0000 changes.zst/0001 changes.zst/0002 changes.zst/0003 changes.zst/0004 ' \
	'it stands in pieces'
like "$(cd desk && PATH="$BUILD:$PATH" git --git-dir log.git tawam-show device/desk)" \
	'code=3' 'git tawam-show puts them together'
helped=$(tawam cat --help | grep -o 'git archive .*' | sed 's/COMMIT/device\/desk/')
like "$(cd desk/log.git && PATH="$BUILD:$PATH" sh -c "$helped")" \
	'code=3' 'so does what the help says'
payload=$(git -C desk/log.git cat-file --batch-all-objects \
	--batch-check='%(objectsize:disk)' --unordered | awk '{n += $1} END {print n}')

# ---- plain git never gets it through ----
cp -r desk/log.git plain.git
push() {
	GIT_SSH_COMMAND="$RELAY --cut-both=$CUT" git -C plain.git push -q "$url" \
		device/desk:refs/heads/device/plain
}
fails=0
for n in 1 2 3; do push 2>plain.log || fails=$((fails + 1)); done
is $fails 3 'plain git does not send it'

# ---- up, cut by cut ----
sound() {
	git -C hq.git fsck --full --strict >fsck.log 2>&1 || return 1
	case $(git -C hq.git rev-parse refs/heads/device/desk) in
	"$before" | "$commit") ;;
	*) return 1 ;;
	esac
	[ "$(tawam -C "$1" verify --hash)" = "$2" ] &&
		git -C "$1/log.git" fsck --full --strict >fsck.log 2>&1
}
# REPLICA LINK STATE: syncs until one goes through; *tries, *bad.
until_through() {
	rm -f count
	tries=0 bad=0
	while [ $tries -lt 40 ]; do
		tries=$((tries + 1))
		over "$2" tawam -C "$1" sync --retries 0 >.said 2>.why
		result=$?
		[ $result = 0 ] && break
		[ $result = 4 ] || { bad=$((bad + 1)); diag "status $result" "$(cat .why)"; }
		sound "$1" "$3" || { bad=$((bad + 1)); diag "not sound" "$(cat fsck.log)"; }
		[ $bad -lt 3 ] || break
	done
	[ "$result" = 0 ]
}
ok 'tawam does' until_through desk --cut-both=$CUT "$state"
diag "$tries tries, $(sum) bytes of $payload in $(wc -l <count) connections"
is $bad 0 'both sides were sound at each cut'
is "$(git -C hq.git rev-parse refs/heads/device/desk)" "$commit" 'the server has it'
is "$(git -C hq.git for-each-ref refs/tawam)" '' 'and nothing of the way there'
ok "in 1.6 times its bytes" test $(($(sum) * 10)) -le $((payload * 16))

# ---- down, cut by cut ----
cp -r field other
cp -r field third
cp -r field fourth
empty=$(tawam -C field verify --hash)
ok 'it comes down' until_through field --cut-both=$CUT "$empty"
diag "$tries tries, $(sum) bytes in $(wc -l <count) connections"
is $bad 0 'both sides were sound at each cut'
is "$(tawam -C field verify --hash)" "$state" 'the other has it'
ok 'and nothing of the way' test ! -e field/log.git/tawam.incoming
ok "in 1.6 times its bytes" test $(($(sum) * 10)) -le $((payload * 16))
ok 'its log is sound' git -C field/log.git fsck --full --strict --no-dangling

# ---- servers of git's version 0 ----
must git -C hq.git config uploadpack.allowAnySHA1InWant true
ok 'with ids allowed it comes down' until_through other "--old --cut-both=$CUT" "$empty"
diag "$tries tries, $(sum) bytes in $(wc -l <count) connections"
is "$(tawam -C other verify --hash)" "$state" 'the third has it'
must git -C hq.git config --unset uploadpack.allowAnySHA1InWant
rm -f count
status 4 'with none allowed it does not' over "--old --cut-both=$CUT" \
	tawam -C third sync --retries 3 --pause 0.01
like "$err" allowAnySHA1InWant 'and what would help is said'
is "$(tawam -C third verify --hash)" "$empty" 'nothing is half applied'
status 0 'over a link that holds it comes' over --old tawam -C third sync
is "$(tawam -C third verify --hash)" "$state" 'as it is'

# ---- by a folder; lost pieces ----
must tawam -C fourth remote hq "$scratch/hq.git"
status 0 'by a folder' tawam -C fourth sync
is "$(tawam -C fourth verify --hash)" "$state" 'as it is'

done_testing
