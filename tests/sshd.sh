# SPDX-License-Identifier: MIT
# A real sshd on 127.0.0.1 with throw-away keys, for tests. Source it:
#
#   . "$TOP/tests/sshd.sh"
#   sshd_start FOLDER || skip "$SSHD_WHY"
#   tawam clone "$SSH_URL/folder/hq.git" ...     (uses $GIT_SSH_COMMAND)
#   sshd_stop FOLDER
#
# sshd_start makes keys and configuration in FOLDER (made if missing), starts
# sshd as the present user on a free port and sets
#   SSH_URL           ssh://127.0.0.1:PORT, to which an absolute path is added
#   GIT_SSH_COMMAND   ssh -F FOLDER/ssh_config
#   SSH_PORT
# It returns 1 with SSHD_WHY set where sshd can't run. sshd_env FOLDER sets the
# same variables from a server already started. When not sourced,
# `sh tests/sshd.sh start FOLDER` prints SSH_URL and GIT_SSH_COMMAND, one a
# line, or the reason with status 1; `sh tests/sshd.sh stop FOLDER` ends it.

sshd_env() {
	SSH_PORT=$(cat "$1/port")
	SSH_URL=ssh://127.0.0.1:$SSH_PORT
	GIT_SSH_COMMAND="ssh -F $1/ssh_config"
	export SSH_PORT SSH_URL GIT_SSH_COMMAND
}

# Keys, and what both sides read. $1 folder.
sshd_keys() {
	ssh-keygen -q -t ed25519 -N '' -C host -f "$1/host_key" &&
	ssh-keygen -q -t ed25519 -N '' -C user -f "$1/user_key" &&
	cp "$1/user_key.pub" "$1/authorized_keys"
}

# $1 folder, $2 port.
sshd_write_config() {
	cat > "$1/sshd_config" <<-END
		Port $2
		ListenAddress 127.0.0.1
		HostKey $1/host_key
		PidFile $1/sshd.pid
		AuthorizedKeysFile $1/authorized_keys
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PubkeyAuthentication yes
		PermitRootLogin prohibit-password
		UsePAM no
		StrictModes no
		PrintMotd no
		PrintLastLog no
		MaxStartups 100:30:200
		MaxSessions 50
	END
	cat > "$1/ssh_config" <<-END
		Host *
		IdentityFile $1/user_key
		IdentitiesOnly yes
		IdentityAgent none
		UserKnownHostsFile $1/known_hosts
		GlobalKnownHostsFile /dev/null
		StrictHostKeyChecking yes
		BatchMode yes
		LogLevel ERROR
		$([ -f "$1/ssh_extra" ] && cat "$1/ssh_extra")
	END
	{ printf '[127.0.0.1]:%s ' "$2"; cat "$1/host_key.pub"; } > "$1/known_hosts"
	printf '%s\n' "$2" > "$1/port"
}

# 1 is free if sshd stays up and its banner can be read. $1 folder, $2 port.
sshd_try() {
	rm -f "$1/sshd.pid"
	"$SSHD_PROGRAM" -f "$1/sshd_config" -E "$1/sshd.log" 2>> "$1/sshd.log" ||
		return 1
	sshd_tries=0
	until [ -s "$1/sshd.pid" ]; do
		sshd_tries=$((sshd_tries + 1))
		[ $sshd_tries -le 100 ] || return 1
		sleep 0.02
	done
	ssh -F "$1/ssh_config" -p "$2" 127.0.0.1 true 2>> "$1/sshd.log"
}

sshd_start() {
	SSHD_PROGRAM=$(command -v sshd || echo /usr/sbin/sshd)
	SSHD_WHY="sshd is not installed"
	[ -x "$SSHD_PROGRAM" ] || return 1
	SSHD_WHY="ssh-keygen is not installed"
	command -v ssh-keygen > /dev/null || return 1
	mkdir -p "$1" && chmod 700 "$1" || return 1
	# as root, sshd separates privileges below /run/sshd
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	SSHD_WHY="cannot make keys"
	[ -f "$1/host_key" ] || sshd_keys "$1" || return 1
	SSHD_WHY="sshd does not start or does not let us in: $1/sshd.log"
	for sshd_round in 1 2 3 4 5; do
		sshd_port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 40000))
		sshd_write_config "$1" "$sshd_port"
		if sshd_try "$1" "$sshd_port"; then
			sshd_env "$1"
			return 0
		fi
		sshd_stop "$1"
	done
	return 1
}

sshd_stop() {
	[ -s "$1/sshd.pid" ] || return 0
	kill "$(cat "$1/sshd.pid")" 2> /dev/null
	rm -f "$1/sshd.pid"
}

case ${0##*/} in
sshd.sh)
	case $1 in
	start)
		if sshd_start "$2"; then
			printf '%s\n%s\n' "$SSH_URL" "$GIT_SSH_COMMAND"
		else
			printf '%s\n' "$SSHD_WHY"
			exit 1
		fi ;;
	stop) sshd_stop "$2" ;;
	esac ;;
esac
