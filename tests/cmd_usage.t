#!/bin/sh
# SPDX-License-Identifier: MIT
# Every verb says how it is used; wrong words are named with the nearest that
# exists; help, man page and completions come from one table and are sound.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

verbs='init clone remote status sync commit layers rows get set add delete attach files
query merge-rows import export publish versions hq config labels log show diff history at revert conflicts
settle verify repair save cat form xpath version help'

status 0 '--help' tawam --help
all=$out
status 0 'help' tawam help
is "$out" "$all" 'help is --help'
for verb in $verbs; do
	like "$all" "^  $verb  " "--help lists $verb"
	status 0 "$verb --help" tawam "$verb" --help
	like "$out" "^use: tawam $verb" "$verb --help begins with its form"
	unlike "$out" '.{81}' "$verb --help fits 80 columns"
	is "$(tawam help "$verb")" "$out" "help $verb is $verb --help"
done
listed=$(printf '%s\n' "$all" | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\)  .*/\1/p' |
	tr '\n' ' ')
is "$listed" "$(echo $verbs) " '--help lists no other verb'

status 2 'an unknown verb' tawam snyc
like "$err" "^tawam: .*'snyc'.*'sync'" 'is named, with the nearest'
status 2 'an unknown option' tawam sync --hlep
like "$err" '^tawam sync: .*--hlep.*--help' 'is named, with the nearest'
status 2 'too few words' tawam get
like "$err" 'use: tawam get L ROW' 'gives the form'
status 2 'too many words' tawam status now
status 2 'an option without its value' tawam rows x --limit
like "$err" '--limit wants a value' 'says so'
status 2 'a flag with a value' tawam verify --hash=5
status 2 'a limit that is no number' tawam rows x --limit many
status 2 'an escape in a word stays harmless' tawam "$(printf 'x\033[31m')"
unlike "$err" "$(printf '\033')" 'and is printed without its control'

status 0 'version' tawam version
like "$out" '^tawam [0-9.]+$' 'is one line'
is "$(tawam --version)" "$out" '--version is version'
ok 'version --json is JSON' valid_json <<END
$(tawam version --json)
END

tawam help --man >tawam.1
like "$(sed -n '/^\.Dt/p' tawam.1)" 'TAWAM 1' 'the man page has its title'
for verb in $verbs; do
	like "$(cat tawam.1)" "^\.It Cm $verb" "the man page has $verb"
done
if command -v mandoc >/dev/null; then
	ok 'mandoc finds no warning in it' mandoc -Tlint -W warning tawam.1
fi
tawam help --bash >completion.bash
ok 'bash reads its completion' bash -n completion.bash
bash_completes() { # WORD … : what the last word becomes
	bash -c '. ./completion.bash; COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1)); _tawam; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$@"
}
is "$(bash_completes tawam se | tr '\n' ' ')" 'set settle ' \
	'bash completes a verb'
is "$(bash_completes tawam verify --ha)" '--hash' 'bash completes an option'
is "$(bash_completes tawam rows L --format j)" json 'bash completes a format'
is "$(bash_completes tawam -C x help settl)" settle \
	'bash completes a word after -C'
tawam help --zsh >_tawam
like "$(head -1 _tawam)" '^#compdef tawam$' 'the zsh completion says what it is'
if command -v zsh >/dev/null; then
	ok 'zsh reads it' zsh -n _tawam
fi

# Which replica: -C, then $TAWAM_DIR, then here or above, then the only known.
status 1 'no replica anywhere' tawam status
like "$err" 'tawam init' 'says what to do'
status 3 'a folder that is not there' tawam -C nowhere status
must tawam init one --device a
where() { "$TAWAM" "$@" status --json | json '$.directory'; }
is "$(where)" "$scratch/one" 'the only replica known'
must tawam init two --device b
status 1 'two known replicas' tawam status
like "$err" '-C DIR' 'ask which'
mkdir -p two/deep/er
is "$(cd two/deep/er && where)" "$scratch/two" 'the replica above'
is "$(cd two && TAWAM_DIR=$scratch/one where)" "$scratch/one" \
	'TAWAM_DIR goes before the present folder'
is "$(cd two && TAWAM_DIR=$scratch/two where -C "$scratch/one")" \
	"$scratch/one" '-C goes before all'
rm -rf two
is "$(where)" "$scratch/one" 'a replica that is gone counts no more'

# A number or a call with a sign before it is a word, not an option.
value() { tawam xpath eval "$1" | json '$.value'; }
is "$(value -3) $(value --3) $(value "---'5'") $(value '-abs(2)')" '-3 3 -5 -2' \
	'expressions that begin with a sign'
status 2 'but -z is an option that is not there' tawam xpath eval -z

# The reader of our output may leave.
must tawam -C one query --write "SELECT 1"
tawam -C one query "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
	SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n" 2>.err | head -1 >.out
is "$(cat .out)" 1 'head takes its line'
is "$(cat .err)" '' 'and nobody complains'
done_testing
