#!/bin/sh
# SPDX-License-Identifier: MIT
# A push that plain git acknowledged survives a power cut at an HQ made by
# `tawam hq init`. Control: the same pushes to a repository as stock git makes
# it are lost. The image of cmd_power_cut.t, shut down right after git push has
# ended. Trials: 8 of each, or TAWAM_TRIALS; 36 with TAWAM_FULL=1.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
. "$TOP/tests/disk_image.sh"
make_disk 32

must tawam init desk --name Cut --device desk --author 'Desk <d@x>'
printf 'code,name\nA,first\n' >points.csv
must tawam -C desk import points.csv --layer point
must tawam -C desk commit
trials=${TAWAM_TRIALS:-${TAWAM_FULL:+36}}
trials=${trials:-8}
number_of=0

# Pushes to $disk/NAME.git, each followed by a cut; *lost counts.
try() { # NAME
	must git -C desk/log.git push -q "$disk/$1.git" main device/desk
	sync
	lost=0 i=0
	while [ $i -lt "$trials" ]; do
		i=$((i + 1))
		number_of=$((number_of + 1))
		must tawam -C desk set point code=A "name=trial $number_of"
		must tawam -C desk commit
		head=$(git -C desk/log.git rev-parse device/desk)
		must git -C desk/log.git push -q "$disk/$1.git" device/desk
		cut_power || skip_all 'the file system knows no shutdown'
		must restart
		[ "$(git --git-dir "$disk/$1.git" rev-parse \
			refs/heads/device/desk 2>/dev/null)" = "$head" ] &&
			git --git-dir "$disk/$1.git" cat-file -e "$head:changes.zst" \
				2>/dev/null || lost=$((lost + 1))
	done
}

must tawam hq init "$disk/hq.git"
must git init -q --bare "$disk/stock.git"
sync
try hq
kept=$lost
is "$kept" 0 "nothing acknowledged is lost in $trials power cuts"
ok 'the repository is sound' git --git-dir "$disk/hq.git" fsck --no-dangling
try stock
[ "$lost" -gt $((trials / 2)) ]
check $? "stock git lost $lost of $trials: the cut bites"
reliability_report hq-power-cut \
	'power cut on ext4 right after git push to an HQ of `tawam hq init` said yes' \
	"$trials" "$kept" "stock git lost $lost of $trials" \
	'a disk that lies about its cache; other file systems'
done_testing
