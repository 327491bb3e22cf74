#!/bin/sh
# SPDX-License-Identifier: MIT
# HQ's repository: what `tawam hq init` sets, by itself, over a repository that
# is there, as a script, and what plain git then does. And `tawam config`.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

settings() { git -C "$1" config --local --list | grep -v '^core.bare\|^alias' | sort; }

status 0 'hq init' tawam hq init hq.git
like "$out" 'core.fsync = all' 'says what it set'
like "$out" 'hq.git is made and ready' 'and where'
like "$out" "can't be told" 'and what it could not'
is "$(git -C hq.git symbolic-ref HEAD)" refs/heads/main 'HEAD is main'
ok 'nothing is left beside it' test ! -e hq.git.part
before=$(settings hq.git; cat hq.git/info/attributes hq.git/hooks/reference-transaction)
status 0 'again' tawam hq init hq.git/ --json
is "$(echo "$out" | json '$.changed') $(echo "$out" | json '$.made')" '0 0' 'changes nothing'
is "$(settings hq.git; cat hq.git/info/attributes hq.git/hooks/reference-transaction)" \
	"$before" 'indeed'

# ---- over one that is there ----
git init -q --bare old.git
git -C old.git config gc.auto 7
git -C old.git config my.own kept
printf '*.txt text' >old.git/info/attributes
printf '#!/bin/sh\n' >old.git/hooks/reference-transaction
status 0 'hq init over a repository' tawam hq init old.git
like "$out" 'gc.auto = 2000 .was 7.' 'says what was'
like "$out" '! hooks/reference-transaction' 'a hook of others is named'
is "$(cat old.git/hooks/reference-transaction)" '#!/bin/sh' 'and stays'
is "$(git -C old.git config my.own)" kept 'so do other settings'
is "$(cat old.git/info/attributes)" "*.txt text
changes.zst -delta
changes.zst/* -delta" 'and attributes'

# One of an earlier tawam, which knew of no pieces; its last line has no end.
must cp -r hq.git older.git
printf '%s' '*.txt text
changes.zst -delta' >older.git/info/attributes
cp -r older.git elsewhere.git
status 0 'hq init over an older HQ' tawam hq init older.git --json
is "$(echo "$out" | json '$.changed')" 1 'adds what is new'
is "$(cat older.git/info/attributes)" '*.txt text
changes.zst -delta
changes.zst/* -delta' 'and nothing twice'
for file in changes.zst changes.zst/0000 changes.zst/0123; do
	is "$(git -C older.git check-attr delta "$file" 2>&1)" "$file: delta: unset" \
		"git does not compare $file"
done
git init -q work
status 3 'no repository with files checked out' tawam hq init work
mkdir full && touch full/file
status 3 'no folder with something in it' tawam hq init full
ok 'which stays' test -e full/file
status 2 'hq without a word' tawam hq
status 2 'hq with another' tawam hq make x
status 2 'a web server' tawam hq init https://example.org/hq.git
mkdir cut.git.part && touch cut.git.part/mine
status 3 'a .part of others' tawam hq init cut.git
rm -r cut.git.part
git init -q --bare cut.git.part
status 0 'an empty one, cut off before' tawam hq init cut.git

# ---- elsewhere ----
status 0 'a script for elsewhere' tawam hq init "me@host.example:it's.git"
echo "$out" >script
status 0 'which runs' sh script
is "$(settings "it's.git")" "$(settings hq.git)" 'and sets the same'
is "$(cat "it's.git/hooks/reference-transaction")" "$(cat hq.git/hooks/reference-transaction)" \
	'with the same hook'
must sh script
is "$(cat "it's.git/info/attributes")" "$(cat hq.git/info/attributes)" 'again: nothing twice'
tawam hq init me@host.example:elsewhere.git >script
status 0 'it runs over an older HQ' sh script
is "$(cat elsewhere.git/info/attributes)" "$(cat older.git/info/attributes)" \
	'and adds the same'
status 0 'hq init takes what the script made' tawam hq init "it's.git" --json
is "$(echo "$out" | json '$.changed')" 0 'as it is'

# ---- what plain git then does ----
mkdir bin
printf '#!/bin/sh\necho "$@" >>%s/synced\n' "$scratch" >bin/sync
chmod 755 bin/sync
printf 'code,name\n1,Ain\n' >p.csv
must tawam init desk --device desk --author 'D <d@x>' --bare-remote made.git
is "$(settings made.git)" "$(settings hq.git)" 'init --bare-remote sets the same'
must tawam -C desk import p.csv --layer point
must tawam -C desk sync
PATH=$scratch/bin:$PATH git -C desk/log.git push -q "$scratch/hq.git" main device/desk 2>err
is "$?" 0 'git pushes to it'
like "$(cat synced)" '^-f [.]$' 'flushed before the answer'
ok 'as receive-pack checks it' git -C hq.git fsck --strict
first=$(git -C desk/log.git rev-parse device/desk)
must tawam -C desk set point code=1 name=Bir
must tawam -C desk commit
must git -C desk/log.git push -q "$scratch/hq.git" device/desk
git -C desk/log.git push -q -f "$scratch/hq.git" "$first:refs/heads/device/desk" 2>err
is "$?" 1 'a line never goes back'
git -C desk/log.git push -q "$scratch/hq.git" :refs/heads/device/desk 2>err
is "$?" 1 'nor away'
like "$(git -C hq.git reflog show device/desk | wc -l | tr -d ' ')" 2 'where it stood is kept'
git init -q --bare one.git
blob=$(git -C desk/log.git rev-parse "$first:changes.zst")
ok 'one file alone can be fetched' git -C one.git fetch -q "file://$scratch/hq.git" "$blob"
ok 'an old commit too' git -C one.git fetch -q "file://$scratch/hq.git" "$first"
ok 'and the history without files' \
	git clone -q --bare --filter=blob:none "file://$scratch/hq.git" thin.git

# ---- settings of a replica ----
like "$(tawam -C desk config)" '^follow	all$' 'config lists'
must tawam -C desk config follow published
is "$(tawam -C desk config follow)" published 'and sets'
is "$(tawam -C desk config --json | json '$.follow')" published 'in JSON too'
status 2 'a value that is none' tawam -C desk config follow nobody
status 2 'a setting that is none' tawam -C desk config folow all
like "$err" "did you mean 'follow'" 'the nearest is named'
done_testing
