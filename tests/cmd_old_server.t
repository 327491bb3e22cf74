#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers of git's version 0, which is what Debian's sshd makes of any: it says
# ACK more than once where what we have is the parent of what we have.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
export GIT_SSH_COMMAND="$RELAY --old"
url=ssh://here$scratch/hq.git
must git init -q --bare hq.git
must tawam init brahim --device brahim --author 'Brahim <b@x>'
printf 'code,note\n1,Ain\n2,Bir\n' >points.csv
must tawam -C brahim import points.csv --layer point --key code
must tawam -C brahim remote hq "$url"
must tawam -C brahim sync
must tawam clone "$url" amina --device amina --author 'Amina <a@x>'
# the parent of amina's commit is the tip of brahim's line, which stands after
# hers in the list of refs
must tawam -C amina set point code=1 note=seen
must tawam -C amina sync
is "$(git -C hq.git rev-parse device/amina^)" "$(git -C hq.git rev-parse device/brahim)" \
	'one line follows the other'
must tawam clone "$url" zahra --device zahra --author 'Zahra <z@x>'
must git clone -q --bare hq.git other.git
must tawam clone "$scratch/other.git" third --device third --author 'T <t@x>'
must tawam -C third set point code=2 note=third
must tawam -C third remote hq "$url"
must tawam -C third sync
status 0 'who has both fetches' tawam -C zahra sync
is "$(tawam -C zahra get point code=2 note)" third 'what is new'
done_testing
