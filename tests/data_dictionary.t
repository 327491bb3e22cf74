#!/bin/sh
# SPDX-License-Identifier: MIT
# The dictionary that the program ships is as good as what its maker makes now,
# and a new territory begins with it: what it costs a clone and what it saves a sync.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

MAKER=$BUILD/make_dictionary
[ -x "$MAKER" ] || skip_all "no $MAKER"
shipped=$TOP/data/dictionary/forms.dict
export TAWAM MAKER
out=$(sh "$TOP/data/dictionary/update.sh" "$scratch/made" 2>&1)
is "$?" 0 'the maker makes it'
diag "$out"
with() { sed 's/.*, \([0-9]*\) with it/\1/'; }
alone=$(echo "$out" | sed 's/.*: \([0-9]*\) bytes alone.*/\1/')
made=$(echo "$out" | with)
out=$(sh "$TOP/data/dictionary/update.sh" "$shipped" 0 2>&1)
diag "$out"
now=$(echo "$out" | with)
ok "a day of 12 edits: $alone bytes, $now with it, a tenth less at least" \
	test "$((now * 10))" -le "$((alone * 9))"
# the coder may learn to make a better one; it need not be made anew for a byte
ok "up to date: one made now comes to $made (else: make dictionary)" \
	test "$((now * 100))" -le "$((made * 103))"
ok 'it takes 4 kB at most' test "$(wc -c <"$shipped")" -le 4096

# ---- in a new territory ----
sh "$TOP/data/demo/make_demo.sh" "$scratch/demo" >/dev/null
cd demo || exit 1
id=$(git -C hq.git show main:dictionary/current)
is "$id" "$(git hash-object "$shipped" | cut -c1-16)" 'main names it'
ok 'and holds it' sh -c "git -C hq.git show main:dictionary/$id | cmp -s - '$shipped'"
is "$(git -C hq.git show "$(git -C hq.git rev-list --max-parents=0 main)":dictionary/current)" \
	"$id" 'from its first commit on'
# some rows, each with what another one holds
other() { echo "$2 = (SELECT o.$2 FROM $1 o WHERE o.code > $1.code
	ORDER BY o.code LIMIT 1 OFFSET $3)"; }
must tawam -C field query --write "UPDATE household SET members = 7
	WHERE code = 'H-0003'"
must tawam -C field query --write "UPDATE household SET
	$(other household toilet 5), $(other household cooking_fuel 11),
	$(other household waste_disposal 3), $(other household internet_type 8)
	WHERE CAST(substr(code, 3) AS INTEGER) * 37 % 101 < 6"
must tawam -C field query --write "UPDATE water_point SET
	$(other water_point status_id 7), $(other water_point management 4),
	$(other water_point water_tech 9)
	WHERE CAST(substr(code, 3) AS INTEGER) * 37 % 101 < 9"
must tawam -C field commit
git -C field/log.git show device/field-1:changes.zst >../bytes
needs() { head -c 64 "$1" | od -An -tx1 | tr -d ' \n' | grep -c "$id"; }
is "$(needs ../bytes)" 1 'a commit is written with it'
status 1 'cat away from the territory' env -C / "$TAWAM" cat "$scratch/bytes"
like "$err" "$id.*-C" 'names it and says what to do'
status 0 'cat in a replica' tawam -C field cat "$scratch/bytes"
like "$out" 'members=7' 'reads it'
cd hq.git || exit 1
must tawam -C ../field sync
status 0 'cat in a repository' tawam cat "$scratch/bytes"
PATH=$(dirname "$TAWAM"):$PATH
export PATH
like "$(git tawam-show device/field-1)" 'members=7' 'git tawam-show in it'
cd ..
like "$(git --git-dir hq.git tawam-show device/field-1)" 'members=7' 'and from elsewhere'
status 0 'verify' tawam -C field verify
done_testing
