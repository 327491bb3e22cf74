# SPDX-License-Identifier: MIT
# For tests that cut the power: a file system in a file, shut down with nothing
# flushed (EXT4_IOC_SHUTDOWN) and mounted again. Sourced after lib.sh; skips the
# test where that can't be done.

[ "$(id -u)" = 0 ] || skip_all 'a power cut needs root'
command -v mkfs.ext4 >/dev/null || skip_all 'no mkfs.ext4'
command -v python3 >/dev/null || skip_all 'no python3 for the ioctl'

disk=$scratch/disk
start() { mount -o loop,commit=600 image "$disk" 2>/dev/null; }
restart() { umount "$disk" && start; }
make_disk() { # MEGABYTES: ext4 at $disk, until the test ends
	mkdir "$disk"
	dd if=/dev/zero of=image bs=1M count="$1" 2>/dev/null
	mkfs.ext4 -q -F image 2>/dev/null || skip_all 'no ext4 image can be made'
	start || skip_all 'no loop device can be mounted here'
	at_end='umount "$disk" 2>/dev/null'
}
cut_power() { # flag 2: no flush of the journal
	python3 -c 'import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d,
            struct.pack("I", 2))' "$disk" 2>/dev/null
}
