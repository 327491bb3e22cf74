#!/bin/sh
# SPDX-License-Identifier: MIT
# A link that breaks every 30,000 bytes, both ways summed: a territory of
# 100,000 rows is cloned over it and a month's work is sent, in at most 1.5
# times the bytes of a link that holds. Plain git never gets there. Then: how
# many connections a sync takes, stalls, and words about retries. (Servers of
# other kinds: remote_slice.c.)
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
RELAY=$BUILD/tests/relay
[ -x "$RELAY" ] || skip_all 'tests/relay is not built'
ROWS=${ROWS:-100000}
DAYS=30

# Run the rest over a relay with the options of $1; counts go to ./count.
over() {
	rm -f count
	over_link=$1
	shift
	GIT_SSH_COMMAND="$RELAY $over_link --count=$scratch/count" "$@"
}
sum() { awk '{n += $1 + $2} END {print n + 0}' count; }
connections() { wc -l <count | tr -d ' '; }
url() { echo "ssh://here$scratch/$1"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

awk -v rows="$ROWS" -v seed=1 -v first=1 -f "$TOP/tests/bench/household.awk" >h.csv
must tawam init hq --device desk --author 'Hind <h@x>'
must tawam hq init hq.git
must tawam -C hq import h.csv --layer household --key code
must tawam -C hq remote hq "$scratch/hq.git"
must tawam -C hq sync "$scratch/hq.git"

# ---- the clone ----
status 0 'a clone over a link that holds' \
	over '' tawam clone "$(url hq.git)" whole --device whole
payload=$(sum)
diag "$ROWS rows are $payload bytes, $(git -C hq.git rev-list --all --count) commits"
rm -rf whole
status 0 'a clone over a link that breaks every 30,000 bytes' \
	over --cut-both=30000 tawam clone "$(url hq.git)" field --device field \
	--author 'Ali <a@x>' --retries 20 --pause 0.01
total=$(sum)
diag "$total bytes in $(connections) connections: $(ratio "$total" "$payload") of the payload"
ok 'takes at most 1.5 times the bytes' test $((total * 2)) -le $((payload * 3))
is "$(tawam -C field verify --hash)" "$(tawam -C hq verify --hash)" 'is the same state'
is "$(find field/log.git/tawam.incoming 2>.err)" '' 'leaves nothing behind'
ok 'and log.git is sound' git -C field/log.git fsck --full --strict

for try in 1 2 3 4 5; do
	GIT_SSH_VARIANT=simple GIT_SSH_COMMAND="$RELAY --cut-both=30000" \
		git clone -q --bare "$(url hq.git)" plain.git 2>.err && break
done
ok 'plain git does not clone over it, in five tries' test ! -e plain.git

cp -r field older
# ---- a month's work, sent ----
day=0
while [ $day -lt $DAYS ]; do
	day=$((day + 1))
	tawam -C field query --write "UPDATE household SET
		members = 1 + (abs(random()) % 11), rooms = 1 + (abs(random()) % 7),
		visited = date('2026-10-01', '+$day days'),
		note = 'visit ' || hex(randomblob(3))
		WHERE fid IN (SELECT fid FROM household ORDER BY random() LIMIT 1250)" \
		>.out 2>.err || { diag "$(cat .err)"; break; }
	must tawam -C field commit
done
cp -r hq.git spare.git
cp -r field spare
rm -f spare/log.git/tawam.link
status 0 'a month is sent over a link that holds' \
	over '' tawam -C spare sync "$(url spare.git)" --json
is "$(echo "$out" | json '$.commits_sent')" $DAYS "as $DAYS commits"
payload=$(sum)
rm -rf spare
rm -f field/log.git/tawam.link
status 0 'and over one that breaks every 30,000 bytes' \
	over --cut-both=30000 tawam -C field sync --retries 20 --pause 0.01 --json
is "$(echo "$out" | json '$.sent')" sent 'is sent'
total=$(sum)
diag "a month is $payload bytes; $total in $(connections) connections: $(ratio "$total" "$payload")"
ok 'takes at most 1.5 times the bytes' test $((total * 2)) -le $((payload * 3))
is "$(git -C hq.git rev-parse refs/heads/device/field)" \
	"$(git -C field/log.git rev-parse refs/heads/device/field)" 'HQ has it all'
ok 'soundly' git -C hq.git fsck --full --strict
git clone -q --bare field/log.git push.git 2>.err
git init -q --bare target.git
for try in 1 2 3 4 5; do
	GIT_SSH_VARIANT=simple GIT_SSH_COMMAND="$RELAY --cut-both=30000" \
		git -C push.git push -q "$(url target.git)" \
		refs/heads/device/field 2>.err && break
done
is "$(git -C target.git for-each-ref)" '' 'plain git does not send it, in five tries'
rm -rf push.git target.git

# ---- connections ----
must tawam -C hq sync "$scratch/hq.git"
status 0 'a sync with nothing to do' over '' tawam -C field sync --json
is "$(connections)" 1 'is one connection'
diag "of $(sum) bytes"
must tawam -C hq set household code=HH-000001 members=33
must tawam -C hq sync "$scratch/hq.git"
must tawam -C field set household code=HH-000002 members=44
status 0 'one both ways' over '' tawam -C field sync --json
is "$(echo "$out" | json '$.received') $(echo "$out" | json '$.commits_sent')" \
	'1 1' 'takes and sends'
is "$(connections)" 2 'by one connection each way'
diag "of $(sum) bytes together"

# ---- a server that shows our line and withholds it ----
# `older` is a copy from before the month; wants of the line's last commit
# become wants of another, so that it is shown and never given.
cat >liar <<END
#!/bin/sh
unset GIT_PROTOCOL
sed -u "s/want $(git -C hq.git rev-parse refs/heads/device/field)/want $(
	git -C hq.git rev-parse refs/heads/device/desk)/" | sh -c "\$2"
END
chmod +x liar
must tawam -C older set household code=HH-000003 members=1
before=$(git -C hq.git for-each-ref)
GIT_SSH_COMMAND=$scratch/liar
export GIT_SSH_COMMAND
status 6 'a server that shows our line and withholds it' tawam -C older sync --json
unset GIT_SSH_COMMAND
like "$err" 'shows refs/heads/device/field at commit' 'is named'
is "$(echo "$out" | json '$.sent')" not 'nothing is said to be sent'
is "$(git -C hq.git for-each-ref)" "$before" 'or is'
status 0 'an honest one' over '' tawam -C older sync --json
is "$(echo "$out" | json '$.sent')" sent 'mends it'

# ---- stalls and retries ----
status 4 'a link that stalls is given up' over --stall-down=100 \
	tawam -C field sync --stall 0.4 --retries 2 --pause 0.05
like "$err" 'no answer for' 'and that is said'
like "$err" 'next try in [0-9]+ s \(1 of 2\)' 'each wait is said'
like "$err" 'next try in [0-9]+ s \(2 of 2\)' 'up to the last'
status 0 'settings' tawam -C field config sync.retries 1
must tawam -C field config sync.stall 1
status 4 'say the same' over --stall-down=100 tawam -C field sync --pause 0.05
like "$err" '\(1 of 1\)' 'as the settings say'
status 2 'no number' tawam -C field config sync.stall soon
status 2 'no seconds' tawam -C field sync --stall never
done_testing
