#!/bin/sh
# SPDX-License-Identifier: MIT
# What was acknowledged survives a power cut, and a cut in the middle of a
# command loses nothing older: replica, log and HQ's bare repository stand on
# an ext4 image in a file that is shut down (EXT4_IOC_SHUTDOWN, nothing
# flushed), then mounted again.
#
# First right after set, import, commit, push, pull and publish said yes, in
# turn; then in the middle of each: the program dies at its Nth write (the
# writer must not go on) and the power is cut in the same moment.
#
# Control runs: a file written without a flush, an object of git's with
# core.fsync=none and a row of SQLite's with synchronous=OFF are gone.
#
# 36 and 36 trials, or as many as TAWAM_TRIALS says; 200 each with
# TAWAM_FULL=1.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
. "$TOP/tests/disk_image.sh"

shim=$BUILD/tests/kill_at_write.so
make_disk 48
desk() { tawam -C "$disk/desk" "$@"; }
field() { tawam -C "$scratch/field" "$@"; } # on another disk
head_of() { git --git-dir "$1" rev-parse "refs/heads/$2" 2>/dev/null; }

must tawam init "$disk/desk" --name Cut --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$disk/hq.git"
printf 'code,name\nA,first\nB,first\nC,first\n' >points.csv
must desk import points.csv --layer point
must desk sync
must tawam clone "$disk/hq.git" "$scratch/field" --device field \
	--author 'Field <field@example.org>'
sqlite3 "$disk/control.db" 'CREATE TABLE t(i INTEGER)'
must git init -q --bare "$disk/control.git"
sync
must restart

trials=${TAWAM_TRIALS:-${TAWAM_FULL:+200}}
trials=${trials:-36}

# ---- what is to be done, and whether it is there ----

# Each sets `word`, unique to the trial, in a row; what an action said yes to
# must then be found by look_for. Before those that meet, the field sends.
actions='set import commit push pull publish'
prepare() { # ACTION
	word="trial$i"
	case $1 in
	import) printf 'code,name\nB,%s\n' "$word" >more.csv ;;
	commit | push | publish) must desk set point code=A "name=$word" ;;
	pull)
		must field set point code=C "name=$word"
		must field sync
		sync # HQ's disk: what the field was told is not tried here
		;;
	esac
}
act() { # ACTION, with what stands in $strike before the program
	case $1 in
	set) set -- set point code=A "name=$word" ;;
	import) set -- import more.csv --layer point --key code ;;
	commit) set -- commit ;;
	publish) set -- publish --version "v-$word" -m "$word" ;;
	*) set -- sync ;;
	esac
	$strike "$TAWAM" -C "$disk/desk" "$@"
}
lose() {
	lost=$((lost + 1))
	diag "trial $i, $action: $1"
}
look_for() { # ACTION: what it said yes to
	case $(desk query "SELECT name FROM point" 2>&1) in
	*"$word"*) ;;
	*) lose "no $word in the replica" ;;
	esac
	case $1 in
	commit | publish | push)
		[ "$(desk query 'SELECT count(*) FROM tawam_pending_row' \
			2>/dev/null | tail -n 1)" != 1 ] || lose 'recorded, and pending again'
		;;
	esac
	case $1 in
	push | pull)
		[ "$(head_of "$disk/hq.git" device/desk)" = \
			"$(head_of "$disk/desk/log.git" device/desk)" ] ||
			lose 'HQ lost the push'
		;;
	publish)
		desk show "v-$word" >.out 2>&1 || lose 'the version is gone'
		;;
	esac
}
sound() {
	desk verify >.out 2>&1 || lose "$(cat .out)"
	git --git-dir "$disk/hq.git" fsck --no-dangling --no-progress \
		>.out 2>&1 || lose "HQ: $(cat .out)"
}

# ---- controls: what a careless program would have lost ----

write_controls() {
	echo unflushed >"$disk/control-$i"
	object=$(echo "$i" | git --git-dir "$disk/control.git" -c core.fsync=none \
		hash-object -w --stdin)
	sqlite3 "$disk/control.db" \
		"PRAGMA synchronous=OFF; INSERT INTO t VALUES ($i)"
}
check_controls() {
	controls=$((controls + 1))
	[ -s "$disk/control-$i" ] || bitten=$((bitten + 1))
	git --git-dir "$disk/control.git" cat-file -e "$object" 2>/dev/null ||
		bitten_git=$((bitten_git + 1))
	[ "$(sqlite3 "$disk/control.db" "SELECT count(*) FROM t WHERE i = $i" \
		2>/dev/null)" = 1 ] || bitten_sqlite=$((bitten_sqlite + 1))
}

# ---- right after yes ----

lost=0 i=0 bitten=0 bitten_git=0 bitten_sqlite=0 controls=0
strike=
set --
while [ $i -lt "$trials" ]; do
	[ $# -gt 0 ] || set -- $actions
	action=$1
	shift
	i=$((i + 1))
	prepare "$action"
	act "$action" >.out 2>&1 || lose "$(cat .out)"
	write_controls
	cut_power || skip_all 'the file system knows no shutdown'
	must restart
	check_controls
	look_for "$action"
	sound
done
is "$lost" 0 "nothing acknowledged is lost in $trials power cuts"
[ "$bitten" -gt $((controls / 2)) ]
check $? "the cut bites: $bitten of $controls unflushed files are gone"
[ $((bitten_git + bitten_sqlite)) -gt $((controls / 2)) ]
check $? "so are $bitten_git objects of git's and $bitten_sqlite of SQLite's rows"
reliability_report power-cut \
	"power cut on ext4 right after $actions said yes" \
	"$trials" "$lost" "of $controls each, gone: $bitten unflushed files, \
$bitten_git objects of git with core.fsync=none, $bitten_sqlite rows of \
SQLite with synchronous=OFF" \
	'a disk that lies about its own cache; file systems other than ext4'

# ---- in the middle ----

[ -e "$shim" ] || done_testing
lost=0 died=0
set --
first=$i
while [ $i -lt $((first + trials)) ]; do
	[ $# -gt 0 ] || set -- $actions
	action=$1
	shift
	i=$((i + 1))
	prepare "$action"
	# the writes of the longest are some 250: spread, not in order
	strike="env LD_PRELOAD=$shim TAWAM_FAULT_MODE=group
		TAWAM_FAULT_AT=$((1 + i * 37 % 150))"
	strike="setsid -w $strike"
	act "$action" >.out 2>.err
	yes=$?
	cut_power
	must restart
	strike=
	[ $yes -eq 0 ] || died=$((died + 1))
	[ $yes -ne 0 ] || look_for "$action"
	case $action in # saved before, so there
	commit | push | publish) look_for set ;;
	esac
	sound
	if [ "$action" = publish ] && [ $yes -ne 0 ]; then
		desk sync >.out 2>&1 # may have been published just so
		desk show "v-$word" >.out 2>&1 || act publish >.out 2>.err ||
			lose "the repeat: $(cat .err)"
	else
		act "$action" >.out 2>.err || lose "the repeat: $(cat .err)"
	fi
	look_for "$action"
done 2>/dev/null
is "$lost" 0 "nothing older is lost in $trials cuts in the middle"
[ $died -gt $((trials / 2)) ]
check $? "$died of them ended the command"
reliability_report power-cut-middle \
	"power cut on ext4 when the program has died at a write of $actions" \
	"$trials" "$lost" "$died of $trials ended the command" \
	'a sector that is half written'
done_testing
