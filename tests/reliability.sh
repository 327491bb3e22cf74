#!/bin/sh
# SPDX-License-Identifier: MIT
# The report on reliability. Sourced, it gives reliability_report, which writes
# one record; run as `sh tests/reliability.sh BUILD`, it prints the page made
# of all records in BUILD/reliability.
#
# A record is a file of lines "KEY: TEXT": name, tried, trials, losses,
# controls, blind, date (UTC), commit, run (full or short), and part: the
# operations that a run was narrowed to, if it was.

# NAME TRIED TRIALS LOSSES CONTROLS BLIND
reliability_report() {
	[ -d "$BUILD" ] || return 0
	mkdir -p "$BUILD/reliability" || return 0
	{
		printf 'name: %s\ntried: %s\ntrials: %s\nlosses: %s\n' \
			"$1" "$2" "$3" "$4"
		printf 'controls: %s\nblind: %s\n' "$5" "$6"
		printf 'date: %s\n' "$(date -u '+%Y-%m-%d %H:%M')"
		printf 'commit: %s\nrun: %s\n' "${TAWAM_COMMIT-}" \
			"$([ -n "${TAWAM_FULL-}" ] && echo full || echo short)"
	} >"$BUILD/reliability/$1"
}

reliability_machine() {
	printf 'Composed %s UTC, commit %s.\n\n' "$(date -u '+%Y-%m-%d %H:%M')" \
		"$(git describe --always --dirty 2>/dev/null || echo unknown)"
	printf -- '- machine: %s, %s processors, %s\n' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		"$(nproc)" "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
	printf -- '- kernel: %s; file system of the tests: %s, of the sweeps: %s\n' \
		"$(uname -srm)" "$(stat -f -c %T "${TMPDIR:-/tmp}")" \
		"$(stat -f -c %T /dev/shm 2>/dev/null || echo the same)"
	printf -- '- libgit2 %s, SQLite %s, git %s\n' \
		"$(pkg-config --modversion libgit2)" \
		"$(pkg-config --modversion sqlite3)" \
		"$(git --version | sed 's/^git version //')"
}

# The table, then what each method is blind to. A bar in a text would end a
# cell.
reliability_table() {
	awk '
	FNR == 1 { count++ }
	{
		key = $0
		sub(/:.*/, "", key)
		text = substr($0, length(key) + 3)
		gsub(/\|/, "/", text)
		field[count, key] = text
	}
	END {
		print "| test | what was tried | trials | losses | control runs | when |"
		print "|---|---|---:|---:|---|---|"
		for (i = 1; i <= count; i++) {
			part = field[i, "part"]
			printf "| %s%s | %s | %s | %s | %s | %s, %s, %s |\n",
				field[i, "name"], part == "" ? "" : ": " part,
				field[i, "tried"], field[i, "trials"],
				field[i, "losses"], field[i, "controls"],
				field[i, "date"], field[i, "commit"], field[i, "run"]
			trials += field[i, "trials"]
			losses += field[i, "losses"]
		}
		printf "| all | | %d | %d | | |\n", trials, losses
		print "\n## What these methods cannot see\n"
		for (i = 1; i <= count; i++)
			if (field[i, "blind"] != "" && !told[field[i, "name"]]++)
				printf "- **%s**: %s\n", field[i, "name"], field[i, "blind"]
	}' "$@"
}

reliability_page() { # BUILD
	echo '# Reliability'
	echo
	echo 'Written by the test run (`make test-full`, or `make reliability`'
	echo 'after any run); not by hand. A trial is one injected fault with all'
	echo 'the checks after it; a loss is a trial in which one failed. "short"'
	echo 'is what `make test` tries, "full" all points.'
	echo
	reliability_machine
	echo
	reliability_table "$1"/reliability/*
}

case $0 in
*reliability.sh)
	[ -n "$(ls "${1:?build folder}"/reliability 2>/dev/null)" ] || {
		echo 'reliability.sh: no test has injected a fault yet' >&2
		exit 1
	}
	reliability_page "$1"
	;;
esac
