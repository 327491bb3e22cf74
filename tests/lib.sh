# SPDX-License-Identifier: MIT
# For tests of the command line: TAP helpers, a scratch folder, an environment
# that is the same everywhere. Source it at the top of a tests/cmd_*.t:
#
#   . "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
#
# Then the present folder is the scratch one, removed at the end, and
#   tawam …              runs the program
#   is GOT WANT NAME     equal texts
#   like GOT ERE NAME    GOT has a match of the extended regular expression
#   ok NAME COMMAND …    the command succeeds
#   status WANT NAME COMMAND …   exits so; its output is then in $out and $err
#   must COMMAND …       a step of the preparation; the test ends where it fails
#   json PATH < TEXT     value at a path ('$.a[0].b') of JSON; arrays as JSON
#   valid_json           standard input is one JSON value
#   reliability_report NAME TRIED TRIALS LOSSES CONTROLS BLIND
#                        a test that injects faults: one record of the report,
#                        as reliability.h says
#   done_testing         the last line
TOP=${TOP:-$(cd "$(dirname "$0")/.." && pwd)}
BUILD=${BUILD:-$TOP/build}
TAWAM=${TAWAM:-$BUILD/tawam}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
[ -x "$TAWAM" ] || skip_all "no program $TAWAM"
command -v sqlite3 >/dev/null || skip_all 'no sqlite3 to read JSON with'

scratch=$(mktemp -d) || exit 1
at_end=:
trap 'eval "$at_end"; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1
HOME=$scratch/home
TZ=UTC
LC_ALL=C.UTF-8
export HOME TZ LC_ALL
unset TAWAM_DIR XDG_STATE_HOME XDG_CONFIG_HOME LANGUAGE LANG NO_COLOR \
	GIT_DIR GIT_SSH GIT_SSH_COMMAND GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
mkdir "$HOME"

number=0
failed=0
out=
err=

tawam() { "$TAWAM" "$@"; }
diag() { printf '%s\n' "$@" | sed 's/^/# /'; }

# RESULT NAME
check() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return 0
	fi
	failed=$((failed + 1))
	echo "not ok $number - $2"
	return 1
}

is() {
	[ "$1" = "$2" ]
	check $? "$3" || diag "     got: $1" "expected: $2"
}

like() {
	printf '%s\n' "$1" | grep -Eq -- "$2"
	check $? "$3" || diag "     got: $1" "    like: $2"
}

unlike() {
	! printf '%s\n' "$1" | grep -Eq -- "$2"
	check $? "$3" || diag "     got: $1" "  unlike: $2"
}

ok() {
	ok_name=$1
	shift
	"$@" >.out 2>.err
	check $? "$ok_name" || diag "$*" "$(cat .out .err)"
}

status() {
	status_want=$1
	status_name=$2
	shift 2
	"$@" >.out 2>.err </dev/null
	status_got=$?
	out=$(cat .out)
	err=$(cat .err)
	[ "$status_got" -eq "$status_want" ]
	check $? "$status_name" ||
		diag "$*" "     got: $status_got" "expected: $status_want" "$out" \
			"$err"
}

must() {
	"$@" >.out 2>.err </dev/null && return 0
	diag "$(cat .out .err)"
	echo "Bail out! cannot prepare: $*"
	exit 1
}

json() {
	cat >.json
	sqlite3 :memory: "SELECT json_extract(readfile('.json'), '$1')"
}

valid_json() {
	cat >.json
	[ "$(sqlite3 :memory: "SELECT json_valid(readfile('.json'))")" = 1 ]
}

. "$TOP/tests/reliability.sh"

done_testing() {
	echo "1..$number"
	[ "$failed" -eq 0 ]
	exit
}
