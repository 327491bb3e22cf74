#!/bin/sh
# SPDX-License-Identifier: MIT
# A replica that can't be written: browsing, the log and an export work, edits
# are refused with words and status 3, and nothing in it changes. On a mount
# that is read-only, while a writer has it open by the other mount; and by file
# mode, as another user. Both need root, each is skipped where it can't be.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

[ "$(id -u)" = 0 ] || skip_all 'a read-only mount and another user need root'
must tawam init desk --name Read --device desk \
	--author 'Desk <desk@example.org>' --bare-remote hq.git
printf 'code,name\nA,first\nB,second\n' >points.csv
must tawam -C desk import points.csv --layer point
must tawam -C desk sync
must tawam -C desk set point code=B name=pending
trials=0 losses=0

lookers='layers;rows point;get point code=A;log;show HEAD;conflicts;status
history point code=A;query SELECT_1;export point --format csv;diff HEAD..HEAD'
writers='set point code=A name=x;add point code=Z;delete point code=A;commit
sync;import points.csv --layer point;settle abc --take 1;revert HEAD
remote hq /nowhere;publish'

sum_of() { find desk -type f -exec sha256sum {} + | sort | sha256sum; }
each() { printf '%s\n' "$1" | tr ';' '\n'; }

looking() { # NAME COMMAND-BEFORE-TAWAM …
	name=$1
	shift
	wrong=
	before=$(sum_of)
	while read -r line; do
		trials=$((trials + 1))
		case $line in
		query*) set_query=1 ;;
		*) set_query= ;;
		esac
		if [ -n "$set_query" ]; then
			"$@" -C "$place" query 'SELECT count(*) FROM point' \
				>.out 2>.err </dev/null
		else
			"$@" -C "$place" $line >.out 2>.err </dev/null
		fi || wrong="$wrong
$line: $(cat .err)"
	done <<-LIST
		$(each "$lookers")
	LIST
	is "$wrong" '' "$name: it can be looked at"
	[ -z "$wrong" ] || losses=$((losses + 1))
	wrong=
	while read -r line; do
		trials=$((trials + 1))
		"$@" -C "$place" $line >.out 2>.err </dev/null
		result=$?
		[ $result -eq 3 ] || wrong="$wrong
$line: status $result, $(cat .out .err)"
		[ -s .err ] || wrong="$wrong
$line: no words"
	done <<-LIST
		$(each "$writers")
	LIST
	is "$wrong" '' "$name: edits are refused"
	[ -z "$wrong" ] || losses=$((losses + 1))
	is "$(sum_of)" "$before" "$name: nothing changed"
}

# ---- a read-only mount ----

mkdir mounted
at_end='umount "$scratch/mounted" 2>/dev/null'
if mount --bind . mounted 2>/dev/null &&
	mount -o remount,bind,ro mounted 2>/dev/null; then
	place=$scratch/mounted/desk
	looking 'a read-only mount' "$TAWAM"
	# Another writes by the other door meanwhile.
	(
		i=0
		while [ $i -lt 20 ]; do
			i=$((i + 1))
			tawam -C desk set point code=A "name=round $i" >/dev/null 2>&1
		done
	) &
	writer=$!
	wrong=
	reads=0
	while kill -0 $writer 2>/dev/null && [ $reads -lt 200 ]; do
		reads=$((reads + 1))
		tawam -C "$place" get point code=A name >.out 2>.err ||
			wrong="$wrong
$(cat .err)"
		case $(cat .out) in
		first | 'round '*) ;;
		*) wrong="$wrong
read: $(cat .out)" ;;
		esac
	done
	wait $writer
	trials=$((trials + reads))
	[ -z "$wrong" ] || losses=$((losses + 1))
	is "$wrong" '' "read $reads times while another writes"
	is "$(tawam -C "$place" get point code=A name)" 'round 20' \
		'and the last that was written shows'
	umount mounted
else
	check 0 '# SKIP no bind mount here'
fi

# ---- by file mode, as another user ----

other=$(command -v setpriv) && id nobody >/dev/null 2>&1 && {
	chmod 755 "$scratch" && chmod -R go-w,a+rX desk
	place=$scratch/desk
	cp "$TAWAM" "$scratch/tawam-copy" && chmod 755 tawam-copy
	mkdir nobody-home && chown nobody nobody-home
	looking 'by file mode' env HOME="$scratch/nobody-home" "$other" \
		--reuid nobody --clear-groups "$scratch/tawam-copy"
} || check 0 '# SKIP no setpriv'
reliability_report read-only \
	'commands on a replica that cannot be written, by mount and by mode' \
	"$trials" "$losses" 'every edit was refused, no byte changed' \
	'a share whose server lies about rights'
done_testing
