#!/bin/sh
# SPDX-License-Identifier: MIT
# HTTPS with real certificates: an authority made here signs the server's, and
# git http-backend answers behind TLS. A clone, both ways of a sync, who is
# trusted and how one says so, certificates that are no good, and connections
# reset in the middle. (Passwords: remote_http.c.)
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v openssl >/dev/null || skip_all 'openssl is not installed'
python3 -c 'import http.server, ssl' 2>/dev/null ||
	skip_all 'python3 with ssl is not installed'
[ -x "$(git --exec-path)/git-http-backend" ] ||
	skip_all 'git http-backend is not installed'
export GIT_CONFIG_NOSYSTEM=1
unset GIT_SSL_CAINFO GIT_SSL_CAPATH

# ---- certificates ----
authority() { # NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -days 3650 -subj "/CN=$1" \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign
	mkdir -p "$1.d"
	: >"$1.d/index.txt"
	echo 1000 >"$1.d/serial"
	cat >"$1.d/config" <<-END
		[ca]
		default_ca = this
		[this]
		database = $1.d/index.txt
		serial = $1.d/serial
		new_certs_dir = $1.d
		certificate = $1.pem
		private_key = $1.key
		default_md = sha256
		policy = any
		unique_subject = no
		copy_extensions = copy
		[any]
		commonName = supplied
	END
}
server() { # FILE AUTHORITY HOST FROM UNTIL
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/CN=$3" \
		-addext "subjectAltName=DNS:$3" &&
		openssl ca -batch -notext -config "$2.d/config" -in "$1.csr" \
			-out "$1.crt" -startdate "$4" -enddate "$5" &&
		cat "$1.key" "$1.crt" >"$1"
}
FROM=20200101000000Z UNTIL=20991231000000Z
must authority ours
must authority others
must server good ours localhost $FROM $UNTIL
must server expired ours localhost $FROM 20210101000000Z
must server future ours localhost 20980101000000Z $UNTIL
must server elsewhere ours hq.example.org $FROM $UNTIL
show() { cp "$1" shown.new && mv shown.new shown; }

# ---- a desk and its server ----
must tawam init hq --device desk --author 'Hind <h@x>' --bare-remote hq.git
must git -C hq.git config http.receivepack true
awk -v rows=400 -v seed=1 -v first=1 -f "$TOP/tests/bench/household.awk" >h.csv
must tawam -C hq import h.csv --layer household --key code
must tawam -C hq sync
show good
mkfifo alive
python3 "$TOP/tests/git_http.py" "$scratch" '' '' port shown cut <alive \
	2>server.log &
exec 9>alive
rm alive
waited=0
while [ ! -s port ] && [ $waited -lt 600 ]; do
	waited=$((waited + 1))
	sleep 0.05
done
[ -s port ] || skip_all "the server does not start: $(cat server.log)"
url=https://localhost:$(cat port)/hq.git
refs() { git -C hq.git for-each-ref; }

# ---- whom to trust ----
before=$(refs)
status 5 'an authority that nobody named is refused' \
	tawam clone "$url" field --device field
like "$err" 'localhost.*trusts.*http.sslCAInfo' 'with what to do'
ok 'nothing of a replica is left' test ! -e field/twin.gpkg
status 5 'so is another one' env GIT_SSL_CAINFO=others.pem \
	"$TAWAM" clone "$url" field --device field
status 3 'a file of authorities that is not there is named' \
	env GIT_SSL_CAINFO=no.pem "$TAWAM" clone "$url" field --device field
like "$err" "'no.pem'" 'by its name'
status 3 'one that holds none is, too' env GIT_SSL_CAINFO=h.csv \
	"$TAWAM" clone "$url" field --device field
like "$err" "'h.csv'.*PEM" 'with what it should hold'
git config --global http.sslVerify false
status 5 'http.sslVerify false changes nothing' \
	tawam clone "$url" field --device field
git config --global --unset http.sslVerify

status 0 'a clone that trusts what GIT_SSL_CAINFO names' \
	env GIT_SSL_CAINFO=ours.pem "$TAWAM" clone "$url" first --device first
is "$(tawam -C first verify --hash)" "$(tawam -C hq verify --hash)" \
	'is the same state'
mkdir folder
cp ours.pem folder/
status 0 'a folder of authorities' env GIT_SSL_CAPATH=folder \
	"$TAWAM" clone "$url" second --device second
git config --global "http.https://localhost:$(cat port)/.sslCAInfo" '~/../ours.pem'
status 0 'an authority in the configuration for this server alone' \
	tawam clone "$url" field --device field --author 'Amina <a@x>'
git config --global --remove-section "http.https://localhost:$(cat port)/"
must git -C field/log.git config http.sslCAInfo "$scratch/ours.pem"

# ---- both ways ----
code=$(awk -F, "NR == 9 { print \$1 }" h.csv)
must tawam -C field set household code="$code" note=seen
status 0 'a sync sends' tawam -C field sync
must tawam -C hq sync
is "$(tawam -C hq verify --hash)" "$(tawam -C field verify --hash)" 'the desk has it'
must tawam -C hq set household code="$code" note=answered
must tawam -C hq sync
status 0 'a sync receives' tawam -C field sync
is "$(tawam -C hq verify --hash)" "$(tawam -C field verify --hash)" 'what the desk wrote'

note_here() {
	tawam -C field query "SELECT note FROM household WHERE code = '$code'"
}
# ---- certificates that are no good: nothing moves, nothing is lost ----
refused() { # FILE WORDS NAME
	show "$1"
	there=$(refs)
	status 5 "$3 is refused" tawam -C field sync
	like "$err" "$2" 'with the reason'
	is "$(note_here)" later 'what was written stays'
	is "$(refs)" "$there" 'the server is as before'
}
must tawam -C field set household code="$code" note=later
refused expired "localhost has expired.*date of this computer, $(date -u +%Y)" \
	'an expired certificate'
refused future "not valid yet.*$(date -u +%Y)" 'one that is not valid yet'
refused elsewhere "localhost shows is another.*check the address" \
	"another server's certificate"
must server self others localhost $FROM $UNTIL
refused self 'trusts' "one of another authority"
show good
status 0 'with a good one again, what waited goes' tawam -C field sync
must tawam -C hq sync
is "$(tawam -C hq verify --hash)" "$(tawam -C field verify --hash)" 'and is there'

# ---- reset in the middle ----
for bytes in 0 9 300 2000; do
	for way in up down; do
		[ $way$bytes != up2000 ] || continue # no push is that long
		must tawam -C field set household code="$code" note="$way $bytes"
		must tawam -C hq set household code="$code" visited="2026-0$((number % 9 + 1))-01"
		must tawam -C hq sync
		echo "$way $bytes" >cut
		"$TAWAM" -C field sync --retries 0 >.out 2>.err </dev/null
		result=$?
		rm cut
		[ $result -eq 0 ] || [ $result -eq 4 ]
		check $? "reset after $bytes bytes $way: ends with 0 or 4" ||
			diag "$result: $(cat .err)"
		ok 'the log is sound' git -C field/log.git fsck --full --strict
		status 0 'the next sync goes through' tawam -C field sync
		must tawam -C hq sync
		must tawam -C field sync
		is "$(tawam -C hq verify --hash)" "$(tawam -C field verify --hash)" \
			'and both are equal'
	done
done
ok 'nothing of it was lost' test "$(tawam -C field conflicts --json)" = '[]'

# ---- what was lost: it is asked for by itself ----
bytes() { echo $(($(echo "$out" | json '$.bytes_in') + $(echo "$out" | json '$.bytes_out'))); }
awk -v rows=6000 -v seed=2 -v first=1001 -f "$TOP/tests/bench/household.awk" >more.csv
must tawam -C hq import more.csv --layer household --key code
must tawam -C hq sync
must tawam -C field sync
for day in 1 2 3 4; do
	must tawam -C hq set household code="$code" note="day $day"
	must tawam -C hq commit
done
must tawam -C hq sync
state=$(tawam -C hq verify --hash)
status 0 'a whole clone' env GIT_SSL_CAINFO=ours.pem \
	"$TAWAM" clone "$url" all --device all --json
whole=$(bytes)
diag "a whole clone: $whole bytes"
ok 'is long enough to tell' test "$whole" -gt 50000
at() { git -C hq.git rev-parse "device/desk~$1"; }
lose() { # REPLICA OBJECT: of its log, whose objects are all loose
	for pack in "$1"/log.git/objects/pack/*.pack; do
		[ -e "$pack" ] || continue
		mkdir old
		mv "${pack%.pack}".* old/
		git -C "$1/log.git" unpack-objects -q <"old/${pack##*/}" || exit 1
		rm -rf old
	done
	rm "$1/log.git/objects/$(echo "$2" | sed 's/../&\//')" || exit 1
}
# refs say that field has the four days, of which it has lost something
must git -C field/log.git fetch -q "$scratch/hq.git" \
	refs/heads/device/desk:refs/remotes/hq/device/desk
must cp -r field waits
for version in 2 0; do
	[ $version = 2 ] || : >version0
	[ $version = 2 ] || must git -C hq.git config uploadpack.allowAnySHA1InWant true
	for object in "$(at 1:changes.zst)" "$(at 2)"; do
		rm -rf field
		cp -r waits field
		lose field "$object"
		status 0 "commits that wait for $(git -C hq.git cat-file -t "$object"), version $version" \
			tawam -C field sync --json
		diag "$(bytes) bytes"
		ok 'ask for little' test "$(bytes)" -le 4500
		is "$(tawam -C field verify --hash)" "$state" 'and have it all'
		lose field "$object"
		status 0 'the same by repair' tawam -C field repair --json
		diag "$(bytes) bytes"
		ok 'asks for little' test "$(bytes)" -le 3000
		ok 'and makes it whole' git -C field/log.git fsck --full --strict
		is "$(tawam -C field verify --hash)" "$state" 'as it was'
	done
done
must git -C hq.git config --unset uploadpack.allowAnySHA1InWant
lose field "$(at 1)"
status 0 'a server that gives nothing by its id' tawam -C field repair --json
diag "$(bytes) bytes"
ok 'gives what came since' test "$(bytes)" -le 4500
like "$out" allowAnySHA1InWant 'and what would spare that is said'
rm version0
lose field "$(at 1)"
echo 'down 100' >cut
status 4 'cut in the middle' tawam -C field repair
rm cut
status 0 'it goes on' tawam -C field repair
is "$(tawam -C field verify --hash)" "$state" 'to the end'
show expired
lose field "$(at 1)"
tawam -C field repair >.said 2>&1
like "$(cat .said)" 'localhost has expired' 'an expired certificate is refused here too'
show good
exec 9>&-
wait
done_testing
