#!/bin/sh
# SPDX-License-Identifier: MIT
# A form of more than a megabyte goes up from the desk and down to a device
# over a link that is cut every 30,000 bytes: its files stand in main in pieces.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
url=ssh://here$scratch/hq.git
over() {
	GIT_SSH_COMMAND="$RELAY --cut-both=30000 --count=$scratch/count" "$@"
}

# Labels that no packer makes small.
mkdir large
{
	echo type,name,label
	awk 'BEGIN {
		srand(7)
		for (i = 1; i <= 500; i++) {
			text = ""
			for (k = 0; k < 60; k++)
				text = text " " sprintf("%x", int(rand() * 268435455))
			printf "text,q%d,Question %d:%s\n", i, i, text
		}
	}'
} >large/survey.csv
printf 'form_title,form_id,version\nLarge,large,1\n' >large/settings.csv

must tawam init hq --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C hq remote hq "$url"
must over tawam -C hq sync
must over tawam clone "$url" field --device field --author 'Ali <a@x>'
status 0 'a large form is published' tawam -C hq form publish large
packed=$(git -C hq/log.git ls-tree -r --name-only main | wc -l)
ok 'it stands in pieces' test "$packed" -gt 15
largest=$(git -C hq/log.git ls-tree -r main | awk '{print $3}' |
	while read -r id; do
		git -C hq/log.git cat-file blob "$id" | gzip -6 | wc -c
	done | sort -n | tail -1)
ok "each of which is small ($largest bytes packed)" test "$largest" -lt 13000
for part in $(git -C hq/log.git ls-tree -r --name-only main -- forms/large/1/survey.csv.parts); do
	git -C hq/log.git cat-file blob "main:$part"
done >together
is "$(git -C hq/log.git cat-file blob main:forms/large/1/manifest |
	awk '$2 == "survey.csv" {print $1}')" "$(sha256sum <together | cut -d' ' -f1)" \
	'together they are the file that the manifest has'

rm -f count
status 0 'it goes up over a link cut every 30,000 bytes' \
	over tawam -C hq sync --retries 20 --pause 0.01
diag "$(awk '{n += $1 + $2} END {print n " bytes in " NR " connections"}' count)"
is "$(git -C hq.git rev-parse main)" "$(git -C hq/log.git rev-parse main)" 'the server has it'
is "$(git -C hq.git for-each-ref refs/tawam)" '' 'and nothing of the way there'
rm -f count
status 0 'and down' over tawam -C field sync --retries 20 --pause 0.01
diag "$(awk '{n += $1 + $2} END {print n " bytes in " NR " connections"}' count)"
like "$(tawam -C field form list)" large 'the device has the form'
status 0 'and can fill it' tawam -C field form export large --records --to csv out
ok 'its log is sound' git -C field/log.git fsck --full --strict
done_testing
