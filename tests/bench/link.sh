#!/bin/sh
# SPDX-License-Identifier: MIT
# What a sync costs on a bad link: a real sshd behind a relay of 600 ms there
# and back and 10 kB a second each way. Bytes (of TCP, with ssh's own) and
# seconds of a sync with nothing to do, of a day of 20 edits and of one of
# 1,250, with a new connection each time ("cold") and over one that a sync just
# before has left open ("live"). Then bytes without ssh, as tawam counts them.
. "${TOP:-$(dirname "$0")/../..}/tests/lib.sh"
. "$TOP/tests/sshd.sh"
. "$TOP/tests/bench_bars.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || make -s -C "$TOP" "$RELAY"
delay=${DELAY:-300}   # ms each way
rate=${RATE:-10000}   # bytes a second
rows=${ROWS:-20000}

echo "ProxyCommand $RELAY --delay=$delay --rate=$rate --count=$scratch/count --connect=%h:%p" \
	>relay_line
sshd_start "$scratch/sshd" || { echo "no measurement: $SSHD_WHY"; exit 0; }
at_end='end_masters; sshd_stop "$scratch/sshd"'

# Only plain `ssh` shares sessions, so a program of that name reads our
# configuration; with the relay when ./slow exists.
mkdir -p bin run && chmod 700 run
cat >bin/ssh <<END
#!/bin/sh
[ -e $scratch/slow ] && exec /usr/bin/ssh -F $scratch/slow_config "\$@"
exec /usr/bin/ssh -F $scratch/sshd/ssh_config "\$@"
END
chmod +x bin/ssh
{ cat sshd/ssh_config; cat relay_line; } >slow_config
PATH=$scratch/bin:$PATH
XDG_RUNTIME_DIR=$scratch/run
export PATH XDG_RUNTIME_DIR
unset GIT_SSH_COMMAND

end_masters() {
	for socket in run/tawam/*; do
		[ -S "$socket" ] && /usr/bin/ssh -o ControlPath="$socket" -O exit x
	done 2>/dev/null
	tries=0
	while [ -n "$(ls run/tawam 2>/dev/null)" ] && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}

awk -v rows="$rows" -v seed=1 -v first=1 -f "$TOP/tests/bench/household.awk" >h.csv
must tawam init hq --device desk --author 'Hind <h@x>'
must tawam hq init hq.git
must tawam -C hq import h.csv --layer household --key code
must tawam -C hq sync "$scratch/hq.git"
must tawam clone "$SSH_URL$scratch/hq.git" field --device field --author 'Ali <a@x>'
end_masters

edit() { # N rows
	[ "$1" -eq 0 ] || must tawam -C field query --write "UPDATE household SET
		members = 1 + (abs(random()) % 11), rooms = 1 + (abs(random()) % 7)
		WHERE fid IN (SELECT fid FROM household ORDER BY random() LIMIT $1)"
}

# NAME ROWS cold|live: one line of the table. The master's relay writes its
# count when the connection ends, so it is ended to read it.
measure() {
	end_masters
	rm -f count
	touch slow
	[ "$3" = cold ] || must tawam -C field sync
	: >before
	begin=$(date +%s%N)
	edit "$2"
	begin=$(date +%s%N)
	must tawam -C field sync --json
	end=$(date +%s%N)
	cp .out result
	rm -f slow
	wire=-
	if [ "$3" = cold ]; then
		end_masters
		wire=$(awk '{n += $1 + $2} END {print n + 0}' count)
	fi
	printf '%-28s %-5s %8s %10s %10s %8s\n' "$1" "$3" \
		"$(awk -v a="$begin" -v b="$end" 'BEGIN {printf "%.1f", (b - a) / 1e9}')" \
		"$wire" "$(json '$.bytes_in' <result)" "$(json '$.bytes_out' <result)"
}

echo "link: $((2 * delay)) ms there and back, $rate B/s each way; $rows rows"
printf '%-28s %-5s %8s %10s %10s %8s\n' sync link seconds 'TCP bytes' 'git in' 'out'
for kind in cold live; do
	measure 'nothing to do' 0 $kind
	measure 'a day of 20 edits' 20 $kind
	measure 'a day of 1,250 edits' 1250 $kind
done

# How much the refs cost: protocol 0 shows all of them, 2 those asked for.
i=0
while [ $i -lt 1000 ]; do
	i=$((i + 1))
	echo "create refs/heads/other/line-$i $(git -C hq.git rev-parse refs/heads/device/desk)"
done | head -1000 >refs
git -C hq.git update-ref --stdin <refs
for kind in --old ''; do
	rm -f count
	GIT_SSH_COMMAND="$RELAY $kind --count=$scratch/count" \
		tawam -C field sync "ssh://here$scratch/hq.git" >.out 2>.err
	echo "1,000 other branches there, protocol ${kind:+0}${kind:-2}, nothing to do:" \
		"$(awk '{n += $1 + $2} END {print n + 0}' count) bytes" | sed 's/0--old/0/'
done

# Connections of git, one a line of what the relay counts.
connections() { # WHAT MOST
	rm -f count
	GIT_SSH_COMMAND="$RELAY --count=$scratch/count" \
		tawam -C field sync "ssh://here$scratch/hq.git" >.out 2>.err
	bar "connections of a sync with $1" "$(wc -l <count)" "$2" ''
}
connections 'nothing to do' 1
edit 20
connections 'something to send' 2
must tawam -C hq set household code=HH-000001 members=3
must tawam -C hq sync "$scratch/hq.git"
connections 'something to fetch' 1
must tawam -C hq set household code=HH-000001 members=4
must tawam -C hq sync "$scratch/hq.git"
edit 20
connections 'both' 2
bars_end
