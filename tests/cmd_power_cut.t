#!/bin/sh
# SPDX-License-Identifier: MIT
# What was acknowledged survives a power cut: set, commit and push to a bare
# repository, on an ext4 image in a file that is shut down (EXT4_IOC_SHUTDOWN,
# nothing flushed) right after the program said yes. Control runs: a file
# written without fsync is gone, so the cut does cut. 30 trials, or as many as
# TAWAM_TRIALS says; 200 with TAWAM_FULL=1. What it can't see: a disk that lies
# about its own cache, and a cut while the program still writes (for that,
# cmd_kill_sweep.t).
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

[ "$(id -u)" = 0 ] || skip_all 'a power cut needs root'
command -v mkfs.ext4 >/dev/null || skip_all 'no mkfs.ext4'
command -v python3 >/dev/null || skip_all 'no python3 for the ioctl'
disk=$scratch/disk
mkdir "$disk"
dd if=/dev/zero of=image bs=1M count=32 2>/dev/null
mkfs.ext4 -q -F image 2>/dev/null || skip_all 'no ext4 image can be made'
start() { mount -o loop,commit=600 image "$disk" 2>/dev/null; }
start || skip_all 'no loop device can be mounted here'
at_end='umount "$disk" 2>/dev/null'
cut_power() { # the ioctl, flag 2: no flush of the journal
	python3 -c 'import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d,
            struct.pack("I", 2))' "$disk" 2>/dev/null
}
restart() { umount "$disk" && start; }

must tawam init "$disk/desk" --name Cut --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$disk/hq.git"
printf 'code,name\nA,first\n' >points.csv
must tawam -C "$disk/desk" import points.csv --layer point
must tawam -C "$disk/desk" sync
must restart

lost=0
trials=${TAWAM_TRIALS:-${TAWAM_FULL:+200}}
trials=${trials:-30}
i=0
bitten=0
controls=0
while [ $i -lt "$trials" ]; do
	i=$((i + 1))
	must tawam -C "$disk/desk" set point code=A "name=trial $i"
	case $((i % 3)) in
	1) must tawam -C "$disk/desk" commit ;;
	2) must tawam -C "$disk/desk" sync ;;
	esac
	head=$(git --git-dir "$disk/desk/log.git" rev-parse refs/heads/device/desk)
	echo unflushed >"$disk/control-$i"
	cut_power || skip_all 'the file system knows no shutdown'
	must restart
	controls=$((controls + 1))
	[ -s "$disk/control-$i" ] || bitten=$((bitten + 1))
	now=$(tawam -C "$disk/desk" query "SELECT name FROM point" 2>&1)
	case $now in
	*"trial $i"*) ;;
	*) lost=$((lost + 1)); diag "trial $i: $now" ;;
	esac
	[ "$(git --git-dir "$disk/desk/log.git" rev-parse \
		refs/heads/device/desk)" = "$head" ] ||
		{ lost=$((lost + 1)); diag "trial $i: a commit is gone"; }
	[ $((i % 3)) -ne 2 ] || [ "$(git --git-dir "$disk/hq.git" rev-parse \
		refs/heads/device/desk)" = "$head" ] ||
		{ lost=$((lost + 1)); diag "trial $i: HQ lost the push"; }
	tawam -C "$disk/desk" verify >.out 2>&1 ||
		{ lost=$((lost + 1)); diag "trial $i: $(cat .out)"; }
done
is "$lost" 0 "nothing acknowledged is lost in $trials power cuts"
[ "$bitten" -gt $((controls / 2)) ]
check $? "the cut bites: $bitten of $controls unflushed files are gone"
reliability_report power-cut \
	'power cut on ext4 right after set, commit or sync said yes' \
	"$trials" "$lost" "$bitten of $controls unflushed files were gone" \
	'a disk that lies about its cache; a cut during a write'
done_testing
