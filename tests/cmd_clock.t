#!/bin/sh
# SPDX-License-Identifier: MIT
# Clocks that are years off, and jump: a whole day (save, record, sync, merge,
# a conflict, settle, log) works, every commit's dates are such that git's fsck
# takes them, no commit is older than its parents, and what is kept is what is
# kept on two right clocks. Only which of two answers is shown first may differ.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
shim=$BUILD/tests/kill_at_write.so
[ -e "$shim" ] || skip_all 'no kill_at_write.so in this build'

on_clock() { # SECONDS JUMP COMMAND …
	clock=$1 jump=$2
	shift 2
	if [ "$clock" = now ]; then
		"$@"
	else
		env LD_PRELOAD="$shim" TAWAM_CLOCK="$clock" \
			TAWAM_CLOCK_JUMP="$jump" "$@"
	fi
}
desk() { on_clock "$desk_clock" "$desk_jump" "$TAWAM" -C desk "$@"; }
field() { on_clock "$field_clock" "$field_jump" "$TAWAM" -C field "$@"; }
step() { # a step of the day that must succeed
	"$@" >.out 2>.err </dev/null || wrong="$wrong
$*: $(cat .out .err)"
}
# Rows, but for the one cell in conflict.
rows() {
	"$TAWAM" -C "$1" query "SELECT code, CASE code WHEN 'B' THEN '' ELSE name
		END, state FROM point ORDER BY code" 2>&1
}
commits_ordered() { # REPOSITORY: no commit before its parents
	git --git-dir "$1" log --all --format='%H %ct %P' | awk '
		{ time[$1] = $2; for (i = 3; i <= NF; i++) parent[$1, i] = $i
		  count[$1] = NF }
		END { for (c in time) for (i = 3; i <= count[c]; i++)
			if (time[c] <= time[parent[c, i]]) print c, "not after", parent[c, i] }'
}

day() { # NAME
	wrong=
	rm -rf desk field hq.git
	step on_clock "$desk_clock" "$desk_jump" "$TAWAM" init desk --name Day \
		--device desk --author 'D <d@example.org>' --bare-remote hq.git
	printf 'code,name,state\nA,a,good\nB,b,good\nC,c,good\nD,d,good\n' >p.csv
	step desk import p.csv --layer point
	step desk sync
	step on_clock "$field_clock" "$field_jump" "$TAWAM" clone hq.git field \
		--device field --author 'F <f@example.org>'
	step field set point code=A "name=field's"
	step field set point code=B "name=field's"
	step field delete point code=D
	step field add point code=E name=new state=good
	step field commit
	step field set point code=C state=broken
	step desk set point code=B "name=desk's"
	step desk set point code=C "name=desk's"
	step field sync
	step desk sync
	step field sync
	trials=$((trials + 1))
	[ "$(field verify --hash 2>&1)" = "$(desk verify --hash 2>&1)" ] ||
		wrong="$wrong
the replicas differ"
	[ -n "${want-}" ] || want=$(rows desk)
	[ "$(rows desk)" = "$want" ] || wrong="$wrong
$(rows desk)"
	id=$(desk conflicts --json | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
	case $id in
	*[!0-9a-f]* | '') wrong="$wrong
conflicts: $id" ;;
	esac
	values=$(desk conflicts 2>&1)
	case $values in
	*"field's"*"desk's"* | *"desk's"*"field's"*) ;;
	*) wrong="$wrong
$values" ;;
	esac
	step field settle "$id" --value agreed
	step field sync
	step desk sync
	step desk set point code=A "name=after all"
	step desk sync
	step field sync
	[ "$(desk query "SELECT name FROM point WHERE code='B'" | tail -n 1)" = \
		agreed ] || wrong="$wrong
settled, and not agreed"
	[ "$(field get point code=A name 2>&1)" = 'after all' ] || wrong="$wrong
a later edit does not show: $(field get point code=A name 2>&1)"
	case $(desk conflicts --json) in
	*'"id"'*) wrong="$wrong
a settled conflict is listed" ;;
	esac
	step field log
	step field verify
	step desk verify
	step field history point code=A
	for repository in hq.git desk/log.git field/log.git; do
		bad=$(git --git-dir "$repository" fsck --strict --no-dangling \
			--no-progress 2>&1)
		[ -z "$bad" ] || wrong="$wrong
$repository: $bad"
		wrong="$wrong$(commits_ordered "$repository")"
	done
	[ -z "$wrong" ] || losses=$((losses + 1))
	is "$wrong" '' "$1"
}

trials=0 losses=0
desk_jump= field_jump=
desk_clock=now field_clock=now
day 'both clocks right'
began=$(date +%s)
for at in 0 86400 2147483640 4102444800 -86400 16725225600; do
	year=$(date -u -d "@$at" +%Y)
	desk_clock=$at field_clock=now
	day "the desk in $year, the field now"
	desk_clock=now field_clock=$at
	day "the desk now, the field in $year"
done
desk_clock=4102444800 field_clock=5
day 'the desk in 2100, the field in 1970'
desk_clock=5 field_clock=4102444800
day 'the desk in 1970, the field in 2100'
# Jumps in the middle of each command, by forty years.
desk_clock=$began field_clock=$began
desk_jump=2:-1262304000
day 'the desk jumps back at the second look at its clock'
desk_jump=4:1262304000 field_jump=3:-1262304000
day 'the desk jumps ahead, the field back'

# The clock that is shown is the one in the commits.
desk_clock=4102444800 desk_jump= field_jump=
rm -rf desk hq.git
must on_clock 4102444800 '' "$TAWAM" init desk --name Day --device desk \
	--author 'D <d@example.org>' --bare-remote hq.git
shown=$(git --git-dir desk/log.git log -1 --format=%ad --date=short main)
is "$shown" 2100-01-01 'the control: a commit is dated as the clock says'
reliability_report clocks \
	'a day of two replicas on clocks from 1969 to 2500, and jumps of 40 years' \
	"$trials" "$losses" "a commit made on the clock of 2100 is dated $shown" \
	'the time stamps of files stay right'
done_testing
