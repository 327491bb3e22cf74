#!/bin/sh
# SPDX-License-Identifier: MIT
# A poor place to run in: standard files closed from the start, few open files,
# files that may not grow, no HOME, folders with odd or very long names. Each
# ends with words, and what was there before stays whole.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

must tawam init desk --name Test --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$scratch/hq.git"
{
	echo code,name,lat,lon
	i=0
	while [ $i -lt 400 ]; do
		i=$((i + 1))
		echo "W-$i,well number $i,34.$i,-2.1"
	done
} >wells.csv
must tawam -C desk import wells.csv --layer well --key code
must tawam -C desk commit
must cp -a desk sound
again() { rm -rf desk; cp -a sound desk; }
whole() { # NAME: the replica is as it was
	is "$(tawam -C desk verify --hash 2>&1)" "$hash" "$1: nothing is lost"
}
hash=$(tawam -C desk verify --hash)

# ---- closed standard files ----
# What the process that serves a sync holds as its first three files.
cat >ssh.sh <<END
for fd in 0 1 2; do readlink /proc/\$PPID/fd/\$fd; done >$scratch/seen
exit 255
END
if [ -d /proc/self/fd ]; then
	GIT_SSH_COMMAND="sh $scratch/ssh.sh" tawam -C desk sync ssh://nobody/x.git \
		<&- >&- 2>&-
	is "$(sort -u seen)" /dev/null 'no file of ours becomes a standard one'
fi
status 3 'a closed standard output is an error' \
	sh -c "'$TAWAM' -C desk status >&-"
like "$err" 'standard output' 'that is said'
tawam -C desk set well code=W-1 name=changed <&- >&- 2>&-
is "$(tawam -C desk query "SELECT name FROM well WHERE code='W-1'")" changed \
	'what was asked for is done'
status 3 'a closed standard input is not an empty one' \
	sh -c "'$TAWAM' -C desk import - --layer well --key code <&-"
again

# ---- files that may not grow ----
# In blocks of 512 bytes. A pipe takes the words: a file could not.
for limit in 100 8 1 0; do
	for command in 'set well code=W-1 name=changed' 'save copy.gpkg' \
		'export well out.csv'; do
		said=$(
			ulimit -f $limit
			exec "$TAWAM" -C desk $command 2>&1
		)
		code=$?
		[ "$code" -eq 3 ] && [ -n "$said" ]
		check $? "ulimit -f $limit: $command" || diag "$code: $said"
		rm -f copy.gpkg out.csv
	done
	is "$(tawam -C desk verify --hash 2>&1)" "$hash" 'nothing is lost by it'
done
again

# ---- few open files ----
for files in 24 16 12; do
	said=$(
		ulimit -n $files
		exec "$TAWAM" -C desk sync 2>&1
	)
	code=$?
	case $code in
	0) ;;
	3 | 4) [ -n "$said" ] ;;
	*) false ;;
	esac
	check $? "ulimit -n $files: sync" || diag "$code: $said"
	is "$(tawam -C desk verify --hash 2>&1)" "$hash" 'nothing is lost by it'
done
again

# ---- where to ----
(unset HOME && exec "$TAWAM" -C desk status >/dev/null)
check $? 'no HOME'
HOME=/proc/nowhere tawam -C desk status >/dev/null
check $? 'a HOME that is not there'
TMPDIR=/nowhere tawam -C desk verify >/dev/null
check $? 'a TMPDIR that is not there'
odd="$scratch/a
b ' \" % # ? é موقع"
must mkdir -p "$odd/stick"
must mv desk "$odd/desk"
status 0 'a folder with a newline, quotes and Arabic in its name: sync' \
	tawam -C "$odd/desk" sync "$odd/stick"
status 0 'clone' tawam clone "$odd/stick" "$odd/field" --device field \
	--author 'Field <f@example.org>'
status 0 'verify' tawam -C "$odd/field" verify
must sqlite3 "$odd/field/twin.gpkg" \
	'DELETE FROM gpkg_spatial_ref_sys WHERE srs_id=0'
status 0 'repair' tawam -C "$odd/field" repair
is "$(tawam -C "$odd/field" verify --hash)" "$hash" 'and all is there'
long=$(printf 'd%.0s' $(seq 200))
long=$scratch/$long/$long/$long
must mkdir -p "$long"
must cp -a sound "$long/desk"
status 3 'a path of 600 characters is more than SQLite takes' \
	tawam -C "$long/desk" status
like "$err" 'too long' 'that is said'
done_testing
