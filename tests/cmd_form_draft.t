#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam form fill in a replica: drafts go on where they were, also after a kill;
# finished records are rows, and can be edited.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

cp "$TOP/tests/forms/foyer.md" . || exit 1
must tawam init t --name Test --device desk --author 'A <a@example.org>' \
	--bare-remote hq.git
must tawam -C t form publish foyer.md
fill() { tawam -C t form fill "$@" > out 2> err; }

# Nothing typed: no draft is left.
ok 'a form opened and left' fill foyer < /dev/null
is "$(tawam -C t form fill --list)" '' 'leaves no draft'

# Killed in the middle.
mkfifo keys
fill foyer --lang fr < keys &
pid=$!
exec 3> keys
printf 'Fatima\n1/5/26\npuits\n25\nAli\n' >&3
tries=0
until grep -q 'Âge de Ali' out || [ $tries -gt 300 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
ok 'a question is seen through a pipe when it is asked' [ $tries -le 300 ]
# The shell that runs the program, then the program, by their own numbers.
child=$(ps -o pid= --ppid $pid | tr -d ' ')
kill -9 ${child:-$pid} 2> /dev/null
exec 3>&-
wait $pid 2> /dev/null
draft=$(tawam -C t form fill --list --json | json '$[0].draft')
like "$draft" '^[0-9]+$' 'the draft is there after the kill'
is "$(tawam -C t form fill --list --json | json '$[0].answers')" 5 \
	'with all five answers'
ok 'it goes on' fill --draft "$draft" < /dev/null
like "$(cat out)" '^6/10 Membre 1 sur 1 : Ali$' 'at the same question'
like "$(cat out)" '^Âge de Ali$' 'in the same language'
like "$(tail -n 1 out)" "saved as draft $draft; go on with: tawam form fill --draft $draft" \
	'and is kept again'

# To the end, with a file.
printf 'not really a picture' > house.jpg
cat > rest <<'END'
30
yes
Zohra
:ditto

no
radio
34,92 -2,32
1,5
nothing.jpg
house.jpg
:note à revoir
:pause

:go visite
:flag
:finish
END
ok 'the rest' fill --draft "$draft" < rest
like "$(cat out)" '^\[30\] > $' 'the value of the instance before'
like "$(cat out)" '^! there is no file nothing.jpg$' 'a file that is not there'
like "$(cat out)" '^= attachments/house-' 'a file is taken in'
like "$(cat out)" '^paused; Enter goes on$' 'a pause'
is "$(tail -n 1 out)" 'saved: Fatima; the next sync sends it' 'finished'
row=$(tawam -C t query 'SELECT fid FROM foyer_record' --json |
	json '$[0].fid')
is "$(tawam -C t form fill --list)" '' 'the draft is gone'
is "$(tawam -C t query "SELECT chef, visite, source, minutes, biens, terre
	FROM foyer_record" --json | tr -d ' \n')" \
	'[{"chef":"Fatima","visite":"2026-05-01","source":"well","minutes":25,"biens":"radio","terre":1.5}]' \
	'the record is a row'
is "$(tawam -C t query "SELECT group_concat(nom || age) AS all_of_them FROM
	(SELECT * FROM foyer_record_membre ORDER BY position)" --json |
	json '$[0].all_of_them')" 'Ali30,Zohra30' 'its members are rows'
is "$(tawam -C t query "SELECT length(audit) > 10 AS kept FROM foyer_record" \
	--json | json '$[0].kept')" 1 'with an audit'
like "$(tawam -C t query "SELECT note FROM foyer_record" --json)" 'visite' \
	'and a flag'
must tawam -C t sync
like "$(tawam -C t files --json)" 'house' \
	'the file is one of the attachments'
must tawam clone hq.git other --device other --author 'B <b@example.org>'
must tawam -C other files get foyer_record
ok 'it came to another device' sh -c \
	'cmp house.jpg other/attachments/house-*'

# A finished record is changed.
printf ':go chef\nFatima Zahra\n:finish\n' > change
ok 'an edit' fill foyer --edit "$row" < change
like "$(cat out)" '^\[Fatima\] > ' 'shows what is there'
is "$(tawam -C t query "SELECT chef FROM foyer_record" --json |
	json '$[0].chef')" 'Fatima Zahra' 'and changes the row'
is "$(tawam -C t query "SELECT count(*) AS n FROM foyer_record_membre" --json |
	json '$[0].n')" 2 'and no other'

ok 'an edit opened and left' fill foyer --edit "$row" < /dev/null
is "$(tawam -C t form fill --list)" '' 'leaves no draft either'

# A point from gpsd, a fake one on a port of its own.
if command -v python3 > /dev/null; then
	python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
c, _ = s.accept()
c.recv(99)
c.sendall(b"""{"class":"TPV","mode":3,"lat":34.92,"lon":-2.32,"eph":4}\n""")
c.recv(99)' > port &
	tries=0
	until [ -s port ] || [ $tries -gt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	printf ':go lieu\n:gps\n:discard yes\n' > gps
	ok 'a receiver' fill foyer --gpsd "127.0.0.1:$(cat port)" < gps
	like "$(cat out)" '^\[34,92 N, 2,32 O \(±4 m\)\] > ' 'gives the point'
fi
printf ':go lieu\n:gps\n:discard yes\n' > gps
ok 'no receiver' fill foyer --gpsd 127.0.0.1:1 < gps
like "$(cat out)" '^! no gpsd answers at 127.0.0.1, port 1' 'is said'

# The answer of the record before.
printf ':ditto\n\n:ditto\n:discard yes\n' > again
ok 'another record' fill foyer < again
like "$(cat out)" '^\[Fatima Zahra\] > ' 'can have its answers by :ditto'
like "$(cat out)" '^\[vendredi 1er mai 2026' 'one by one'

# Killed anywhere: what was echoed is in the draft, and it opens.
trials=3
[ -z "$TAWAM_FULL" ] || trials=20
lost=0
echoed=0
closed=0
trial=0
while [ $trial -lt $trials ]; do
	trial=$((trial + 1))
	: > out
	mkfifo "slow$trial"
	(for line in Fatima 1/5/26 puits 25 Ali 30 oui Zohra 7 non 1,3 '34,9 -2,3'; do
		echo "$line" || exit
		sleep 0.0$((trial % 5 + 1))
	done > "slow$trial" 2> /dev/null) &
	feeder=$!
	fill foyer < "slow$trial" &
	pid=$!
	sleep 0.$((trial % 4 + 2))
	child=$(ps -o pid= --ppid $pid | tr -d ' ')
	kill -9 ${child:-$pid} 2> /dev/null
	wait $pid 2> /dev/null
	kill $feeder 2> /dev/null
	wait $feeder 2> /dev/null
	acknowledged=$(grep -c '^= ' out)
	draft=$(tawam -C t form fill --list --json | json '$[0].draft')
	[ -n "$draft" ] || continue
	kept=$(tawam -C t form fill --list --json | json '$[0].answers')
	[ "$kept" -ge "$acknowledged" ] || lost=$((lost + 1))
	echo ':discard yes' | tawam -C t form fill --draft "$draft" > again 2>&1 ||
		closed=$((closed + 1))
	echoed=$((echoed + acknowledged))
done
ok 'something was echoed before' [ "$echoed" -gt 0 ]
is "$lost" 0 "killed $trials times: no answer that was echoed is lost"
is "$closed" 0 'and every draft opens again'

# Instances of a repeat by commands.
cat > repeats <<'END'
:choices
:go nom
Ali
:add
Omar
:go nom
:move 1
:open
:go /data/membre[1]/nom
:delete
:delete yes
:go biens
:choices R
:outline
:discard yes
END
ok 'instances are added, moved and deleted' fill foyer < repeats
like "$(cat out)" '^7/12 Membre 2 sur 2$' 'added'
like "$(cat out)" '^\[Omar\] > $' 'moved'
like "$(cat out)" 'all its answers will be gone; :delete yes' \
	'deleted only when told so'
like "$(cat out)" '^! this question has no choices' \
	'no choices where there are none'
like "$(cat out)" '^  1 Radio$' 'choices by letters'
like "$(sed -n '/:outline/,$p' out; tail -n 20 out)" 'Membre 1: Ali' \
	'one member is left'

# Discarding, and what is not there.
printf 'X\n:discard\n:discard yes\n' > discard
ok 'a draft is discarded' fill foyer < discard
like "$(cat out)" ':discard yes does it' 'only when told so'
is "$(tawam -C t form fill --list)" '' 'it is gone'
status 1 'a draft that is not there' tawam -C t form fill --draft 99
status 1 'a form that is not there' tawam -C t form fill foyr
like "$err" 'foyer' 'the nearest is named'
status 2 'no form at all' tawam -C t form fill

# A newer version of its form.
printf ':lang fr\nMalika\n' > begun
ok 'a draft of version 1' fill foyer < begun
draft=$(tawam -C t form fill --list --json | json '$[0].draft')
sed -e 's/| text | chef | Nom/| text | tete | Nom/' \
	-e 's/| foyer | 1 |/| foyer | 2 |/' foyer.md > foyer2.md
must tawam -C t form publish foyer2.md
ok 'it stays with its version' fill --draft "$draft" < /dev/null
ok 'or goes on under the new one' fill --draft "$draft" --upgrade < /dev/null
like "$(cat out)" '^! this version has no place for /data/chef .*: Malika$' \
	'which says what it has no place for'
ok 'written as XML' fill --draft "$draft" --out draft.xml
like "$(cat draft.xml)" '<data id="foyer" version="2">' 'with its form'
sqlite3 t/twin.gpkg "UPDATE tawam_draft SET form = 'gone'" 2> /dev/null
status 1 'a draft of a form that is gone' tawam -C t form fill --draft "$draft"
like "$(tawam -C t form fill --draft "$draft" 2>&1)" "the draft is kept: .*--draft $draft --out FILE" 'says what to do'
ok 'which is written as XML' fill --draft "$draft" --out gone.xml
like "$(cat gone.xml)" '<data id="gone"' 'all the same'

done_testing
