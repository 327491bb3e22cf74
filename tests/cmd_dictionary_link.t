#!/bin/sh
# SPDX-License-Identifier: MIT
# A dictionary that comes over a link that breaks: with main and the commits
# written with it, and again after a disk lost it. Cut at points of the whole
# dialogue, the last bytes densely: nothing is refused or half applied, a
# repeat has it all. Then a link that always breaks, in few bytes more.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
url=ssh://here$scratch/hq.git

sum() { awk '{n += $1 + $2} END {print n + 0}' count; }
# LINK COMMAND …: over a relay with those options, counted.
over() {
	rm -f count
	link=$1
	shift
	GIT_SSH_COMMAND="$RELAY $link --count=$scratch/count" "$@"
}
# N: a day's work, which a dictionary makes shorter.
day() {
	must tawam -C hq query --write "INSERT INTO point(code, name, status)
		SELECT 'N$1-'||n, 'Puits communal no '||n||' du douar $1',
		'pompe solaire en panne, association prevenue'
		FROM (SELECT 1 n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)"
	must tawam -C hq commit
}

must tawam init hq --device desk --author 'Hind <h@x>' --bare-remote hq.git
printf 'code,name,status\n1,Ain,ok\n2,Bir,ok\n' >points.csv
must tawam -C hq import points.csv --layer point --key code
must tawam -C hq sync
must tawam clone "$scratch/hq.git" field --device field --author 'Ali <a@x>'
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do day $n; done
must tawam -C hq publish --version dict --retrain
id=$(git -C hq/log.git show main:dictionary/current)
blob=$(git -C hq/log.git rev-parse "main:dictionary/$id")
for n in 31 32 33; do day $n; done
must tawam -C hq sync
state=$(tawam -C hq verify --hash)
needs() {
	git -C hq.git cat-file blob "refs/heads/device/desk:changes.zst" |
		zstd -dc | od -An -tx1 -N12 | tr -d ' \n'
}
like "$(needs)" "^5443010[23]$id" 'the last commit needs the new dictionary'
ok 'which field has not' test "$(git -C field/log.git cat-file -t "$blob" 2>&1)" \
	!= blob

wrong() {
	losses=$((losses + 1))
	diag "cut after $at bytes: $1" "$(cat .said .why)"
}
# REPLICA BYTES: each point of its sync, in bytes down.
cuts() {
	losses=0 cut=0 trials=0
	size=$2
	for at in $((size / 7)) $((size * 2 / 7)) $((size * 3 / 7)) \
		$((size * 4 / 7)) $((size * 5 / 7)) $((size * 6 / 7)) \
		$((size - 300)) $((size - 80)) $((size - 25)) $((size - 5)); do
		trials=$((trials + 1))
		rm -rf trial
		cp -r "$1" trial
		over "--cut-down=$at" tawam -C trial sync "$url" --retries 0 \
			>.said 2>.why </dev/null
		case $? in
		4) cut=$((cut + 1)) ;;
		0) [ "$(tawam -C trial verify --hash)" = "$state" ] ||
			wrong 'it said yes, and has not all' ;;
		*) wrong 'another status' ;;
		esac
		tawam -C trial verify >.said 2>.why || [ "$3" = lost ] ||
			wrong 'verify'
		over '' tawam -C trial sync "$url" >.said 2>.why </dev/null ||
			wrong 'a repeat does not complete'
		[ "$(tawam -C trial verify --hash)" = "$state" ] ||
			wrong 'a repeat has not all'
		git -C trial/log.git fsck --full --strict --no-dangling \
			>.said 2>&1 || wrong 'unsound'
	done
	is "$losses" 0 "cut at $trials points, nothing is lost"
	ok "$cut of them cut the sync" test "$cut" -ge 7
}

# ---- it comes for the first time ----
cp -r field whole
must over '' tawam -C whole sync "$url"
payload=$(sum)
down=$(awk '{n += $2} END {print n}' count)
diag "a dictionary and 23 commits are $payload bytes, $down down"
is "$(tawam -C whole verify --hash)" "$state" 'over a link that holds it arrives'
cuts field "$down" first
rm -rf slow
cp -r field slow
each=$((payload / 3))
status 0 "a link that breaks every $each bytes" over "--cut-both=$each" \
	tawam -C slow sync "$url" --retries 20 --pause 0.01
total=$(sum)
ok "is $total bytes, at most twice as many" test "$total" -le $((payload * 2))
is "$(tawam -C slow verify --hash)" "$state" 'and all is there'

# ---- a disk lost it, when commits that need it had just come ----
cp -r field lost
git -C lost/log.git fetch -q "$scratch/hq.git" \
	main:main refs/heads/device/desk:refs/remotes/hq/device/desk ||
	diag 'no fetch'
mkdir old
mv lost/log.git/objects/pack/* old/
for pack in old/*.pack; do
	git -C lost/log.git unpack-objects -q <"$pack"
done
rm "lost/log.git/objects/$(echo "$blob" | sed 's/../&\//')" || exit 1
rm -rf whole
cp -r lost whole
must over '' tawam -C whole sync "$url"
down=$(awk '{n += $2} END {print n}' count)
diag "the lost dictionary is $(sum) bytes in $(wc -l <count) connections"
is "$(tawam -C whole verify --hash)" "$state" 'over a link that holds it comes again'
last=$(tail -n 1 count | cut -d ' ' -f 2)
cuts lost "$last" lost
done_testing
