#!/bin/sh
# SPDX-License-Identifier: MIT
# A USB stick: sync to a folder on exFAT (by FUSE), on a medium that is full,
# read-only, or taken away at any moment (ext4 in a file, EXT4_IOC_SHUTDOWN). The
# old content stays whole, the message says what it is, and "safe to remove" is
# said only after what was written was read back.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
[ "$(id -u)" = 0 ] || skip_all 'mounting an image needs root'
command -v mkfs.ext4 >/dev/null || skip_all 'no mkfs.ext4'
command -v python3 >/dev/null || skip_all 'no python3 for the ioctl'

must tawam init desk --name Stick --device Desk \
	--author 'Desk <desk@example.org>'
python3 -c 'import random
random.seed(7)
print("code,name")
for i in range(300): print(f"A-{i},{random.getrandbits(200):x}")' >points.csv
must tawam -C desk import points.csv --layer point
must tawam -C desk commit
stick=$scratch/stick
mkdir "$stick"
at_end='umount -l "$stick" 2>/dev/null'
sound() { git -C "$1" fsck --full --strict >.fsck 2>&1; }
head_of() { git -C "$1" rev-parse -q --verify "refs/heads/device/$2"; }

# ---- ext4 in a file: full, read-only ----
dd if=/dev/zero of=image bs=1k count=1500 2>/dev/null
mkfs.ext4 -q -F -O ^has_journal image || skip_all 'no ext4 image can be made'
mount -o loop image "$stick" 2>/dev/null ||
	skip_all 'no loop device can be mounted here'
mkdir "$stick/hq"
status 0 'a first sync' tawam -C desk sync "$stick/hq"
like "$out" 'safe to remove' 'says that it was read back'
sound "$stick/hq"; check $? 'git is content with it'
status 0 'nothing to do' tawam -C desk sync "$stick/hq"
unlike "$out" 'safe to remove' 'nothing written, nothing said of it'
before=$(head_of "$stick/hq" Desk)
must tawam -C desk import points.csv --layer more
must tawam -C desk commit
dd if=/dev/zero of="$stick/fill" bs=1k 2>/dev/null
status 3 'a full stick' tawam -C desk sync "$stick/hq"
like "$err" "'$stick/hq' is full: make room" 'is said to be full, and what to do'
unlike "$out$err" 'safe to remove' 'and not to be safe'
is "$(head_of "$stick/hq" Desk)" "$before" 'what was there stays'
sound "$stick/hq"; check $? 'and whole'
rm "$stick/fill"
status 0 'with room again' tawam -C desk sync "$stick/hq"
like "$out" 'safe to remove' 'it goes through'
before=$(head_of "$stick/hq" Desk)
must tawam -C desk set point code=A-1 name=x
must mount -o remount,ro "$stick"
status 3 'a read-only stick' tawam -C desk sync "$stick/hq"
like "$err" 'can only be read: is its switch' 'is said to be' || diag "$err"
is "$(head_of "$stick/hq" Desk)" "$before" 'and unchanged'
must umount "$stick"
rm -rf "$scratch/gone"; mkdir "$scratch/gone"
status 4 'a stick that is not there' tawam -C desk sync "$stick/hq"
like "$err" 'plugged in' 'is asked for'

# ---- taken away in the middle ----
dd if=/dev/zero of=image bs=1M count=8 2>/dev/null
must mkfs.ext4 -q -F image
trials=${TAWAM_TRIALS:-8}
lost=0
cut=0
i=0
must mount -o loop "$scratch/image" "$stick"
mkdir "$stick/hq"
git init -q --bare -b main "$stick/hq"
must tawam -C desk sync "$stick/hq"
# Enough packs, of files that nobody names, for this sync to put together.
add_packs() {
	n=0
	while [ $n -lt 50 ]; do
		n=$((n + 1))
		echo "$i $n" | git -C "$stick/hq" hash-object -w --stdin >blob
		cat blob >>blobs
		git -C "$stick/hq" pack-objects -q objects/pack/pack \
			<blob >.out || exit 1
	done
	git -C "$stick/hq" prune-packed
	sync
}
while [ $i -lt "$trials" ]; do
	i=$((i + 1))
	[ $((i % 2)) = 0 ] || add_packs
	must tawam -C desk set point code=A-2 "name=trial $i"
	rm -f ready
	python3 - "$stick" "$i" <<'X' &
import fcntl, os, struct, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
open("ready", "w").close()
time.sleep(0.01 * float(sys.argv[2]))
fcntl.ioctl(fd, 0x8004587d, struct.pack("I", 2))
X
	while [ ! -e ready ]; do :; done
	tawam -C desk sync "$stick/hq" >.out 2>.err
	code=$?
	wait
	head=$(head_of desk/log.git Desk)
	case $code in
	0) ;;
	3 | 4 | 6) cut=$((cut + 1)); [ -s .err ] || { lost=$((lost + 1)); diag 'no message'; } ;;
	*) lost=$((lost + 1)); diag "trial $i: status $code: $(cat .err)" ;;
	esac
	umount -l "$stick"
	mount -o loop "$scratch/image" "$stick" || break
	sound "$stick/hq" || { lost=$((lost + 1)); diag "trial $i: $(cat .fsck)"; }
	git -C "$stick/hq" cat-file --batch-check <blobs 2>&1 | grep missing &&
		{ lost=$((lost + 1)); diag "trial $i: files are lost"; }
	if grep -q 'safe to remove' .out &&
		[ "$(head_of "$stick/hq" Desk)" != "$head" ]; then
		lost=$((lost + 1))
		diag "trial $i: said to be safe, but is not there"
	fi
	tawam -C desk sync "$stick/hq" >.out 2>&1 ||
		{ lost=$((lost + 1)); diag "trial $i: again: $(cat .out)"; }
	[ "$(head_of "$stick/hq" Desk)" = "$head" ] ||
		{ lost=$((lost + 1)); diag "trial $i: a repeat did not send it"; }
done
is "$lost" 0 "taken away $i times, nothing is lost and a repeat completes"
diag "$cut of $i cut the sync"
umount -l "$stick"
tawam -C desk verify >.out 2>&1
check $? 'our own replica is whole'
reliability_report stick-removed 'a stick taken away in the middle of a sync' \
	"$i" "$lost" "$cut of $i ended the sync" \
	'sticks that lie about what they have written'

# ---- exFAT: no links, no modes, names without case ----
if command -v mkfs.exfat >/dev/null && command -v mount.exfat-fuse >/dev/null &&
	[ -e /dev/fuse ]; then
	dd if=/dev/zero of=fat bs=1M count=16 2>/dev/null
	mkfs.exfat fat >/dev/null 2>&1
	loop=$(losetup -f --show fat) && mount.exfat-fuse "$loop" "$stick" \
		>/dev/null 2>&1
	if mountpoint -q "$stick"; then
		at_end='umount -l "$stick" 2>/dev/null; losetup -d "$loop" 2>/dev/null'
		git init -q --bare -b main "$stick/hq"
		status 0 'exFAT: a first sync' tawam -C desk sync "$stick/hq"
		like "$out" 'safe to remove' 'exFAT: read back'
		status 0 'exFAT: a clone from it' \
			tawam clone "$stick/hq" other --device desk2 \
			--author 'O <o@example.org>'
		must tawam -C other set point code=A-3 name=from-other
		status 0 'exFAT: and back' tawam -C other sync "$stick/hq"
		status 0 'exFAT: and here' tawam -C desk sync "$stick/hq"
		like "$(tawam -C desk get point code=A-3 name)" from-other \
			'exFAT: what came is here'
		sound "$stick/hq"; check $? 'exFAT: git is content'
		is "$(ls "$stick/hq" | grep -c lock)" 1 'exFAT: only our own lock file'
		# another device whose name differs in case only
		must tawam clone "$stick/hq" third --device desk \
			--author 'T <t@example.org>'
		must tawam -C third set point code=A-4 name=third
		tawam -C third sync "$stick/hq" >.out 2>&1
		third=$?
		is "$(head_of "$stick/hq" Desk)" "$(head_of desk/log.git Desk)" \
			'exFAT: a name that differs in case overwrites no line' ||
			diag "$third: $(cat .out)"
		umount "$stick"
	else
		diag 'exFAT: cannot be mounted here'
	fi
	losetup -d "$loop" 2>/dev/null
else
	diag 'exFAT: no mkfs.exfat, mount.exfat-fuse or /dev/fuse'
fi
done_testing
