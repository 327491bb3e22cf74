#!/bin/sh
# SPDX-License-Identifier: MIT
# The same walk over SSH, to a real sshd on the loopback.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
. "$TOP/tests/sshd.sh"
sshd_start "$scratch/sshd" || skip_all "$SSHD_WHY"
at_end='sshd_stop "$scratch/sshd"'

printf 'code,name\n1,Ain\n2,Bir\n' >p.csv
must tawam init hq --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C hq import p.csv --layer point --types code=text
must tawam -C hq sync

status 0 'clone over SSH' tawam clone "$SSH_URL$scratch/hq.git" field \
	--device field --author 'Ali <a@x>'
is "$(tawam -C field query 'SELECT name FROM point ORDER BY code')" \
	"$(printf 'Ain\nBir')" 'has the rows'
must tawam -C field set point code=1 'name=Ain Chorfa'
status 0 'sync over SSH' tawam -C field sync --json
is "$(echo "$out" | json '$.sent')" sent 'sends'
ok 'and counts bytes' test "$(echo "$out" | json '$.bytes_out')" -gt 100
must tawam -C hq sync
is "$(tawam -C hq get point code=1 name)" 'Ain Chorfa' 'HQ has it'
is "$(tawam -C hq verify --hash)" "$(tawam -C field verify --hash)" 'state is one'
status 0 'nothing to do' tawam -C field sync --json
is "$(echo "$out" | json '$.sent') $(echo "$out" | json '$.received')" 'nothing 0' \
	'is said'
status 5 'a repository that is not there' tawam -C field sync \
	"$SSH_URL$scratch/none.git"

# A session that is shared outlives the sync that opened it, also where it runs
# through a ProxyCommand: that must not die with the transfer's processes.
mkdir -m 700 run
cat >proxy <<END
#!/bin/sh
echo one >>$scratch/logins
exec "$BUILD/tests/relay" --pid="$scratch/relay.pid" --connect="\$1:\$2"
END
chmod +x proxy
{ cat sshd/ssh_config; echo "ProxyCommand $scratch/proxy %h %p"; } >proxied
mkdir bin
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s/proxied "$@"\n' "$scratch" >bin/ssh
chmod +x bin/ssh
proxied() {
	env -u GIT_SSH_COMMAND PATH="$scratch/bin:$PATH" \
		XDG_RUNTIME_DIR="$scratch/run" "$TAWAM" "$@"
}
if [ -x /usr/bin/ssh ] && [ -x "$BUILD/tests/relay" ]; then
	must proxied -C field sync
	must proxied -C field sync
	is "$(grep -c one logins)" 1 'two syncs through a proxy log in once'
	# One whose connection has died, as where a laptop woke up in another
	# network: the link's stopped process stands for it.
	read -r relay parent <relay.pid
	kill -STOP "$relay"
	rm logins
	status 0 'a session that is dead is noticed' proxied -C field sync --stall 15
	is "$(grep -c one logins)" 1 'ended, and a new one opened'
	kill -CONT "$relay"
	status 0 'which the next sync uses' proxied -C field sync
	is "$(grep -c one logins)" 1 'without a login'
	end_sessions() {
		for socket in run/tawam/*; do
			/usr/bin/ssh -o ControlPath="$socket" -O exit x 2>/dev/null
		done
	}
	end_sessions
	# What a ref costs: this sshd takes no GIT_PROTOCOL, so all are listed.
	sed "s|--pid=[^ ]*|--count=$scratch/count|" proxy >counting
	mv counting proxy
	chmod +x proxy
	total() { # bytes of TCP of a sync with nothing to do
		rm -f count
		must proxied -C field sync
		end_sessions
		tries=0
		while [ ! -s count ] && [ $tries -lt 200 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
		bytes=$(awk '{ n += $1 + $2 } END { print n + 0 }' count)
	}
	total
	few=$bytes
	i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		printf 'commit refs/heads/other/line-%d\ncommitter A <a@x> %d +0000\n' \
			$i $((1700000000 + i))
		printf 'data 0\n\n'
	done | git -C hq.git fast-import --quiet
	total
	diag "nothing to do: $few bytes of TCP; with 200 branches more $bytes"
	ok 'a ref costs less than its name and half its id' \
		test $((bytes - few)) -gt 4000 -a $((bytes - few)) -lt 7600
else
	check 0 'two syncs through a proxy # SKIP no /usr/bin/ssh'
fi
must tawam -C field set point code=2 name=Bir2
sshd_stop "$scratch/sshd"
at_end=:
status 4 'a server that is down' tawam -C field sync --json
is "$(echo "$out" | json '$.sent')" not 'nothing was sent'
is "$(tawam -C field status --json | json '$.unsent')" 1 'the commit waits'
done_testing
