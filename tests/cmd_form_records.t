#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam form import and export: records from CSV files as if typed, wrong rows
# named and kept, repeats, and out again as CSV and as ODK's submissions.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

mkdir f
cat >f/survey.csv <<'END'
type,name,label,required,constraint,constraint_message,relevant,calculation,save_to
text,name,Nom,yes,,,,,title
select_one st,status,État,,,,,,status
select_multiple use,uses,Usages,,,,,,
begin_group,more,Plus,,,,,,
integer,people,Personnes,,. >= 0,Pas moins de zéro,${status} = 'ok',,
decimal,flow,Débit,,,,,,
end_group,,,,,,,,
geopoint,place,Lieu,,,,,,geometry
date,day,Jour,,,,,,
calculate,double,,,,,,${people} * 2,
begin_repeat,member,Membre,,,,,,
text,first,Prénom,yes,,,,,
begin_repeat,job,Emploi,,,,,,
text,title,Titre,,,,,,
end_repeat,,,,,,,,
end_repeat,,,,,,,,
END
cat >f/choices.csv <<'END'
list_name,name,label
st,ok,En marche
st,off,En panne
use,drink,Boire
use,wash,Laver
END
printf 'form_title,form_id,version\nPoint,water,1\n' >f/settings.csv
printf 'list_name,label\nwater_point,${name}\n' >f/entities.csv
must tawam init hq --name Berkane --device desk --author 'Hind <h@x>'
must tawam -C hq form publish f
rows() { sqlite3 hq/twin.gpkg "SELECT count(*) FROM \"$1\""; }
one() { sqlite3 hq/twin.gpkg "$1"; }

# ---- from CSV, as if typed ----
cat >a.csv <<'END'
id,name,status,uses,people,flow,place,day
1,Ain,ok,drink wash,١٢,"0,5",34.9 -2.3 0 5,2026-05-01
2,Bir,off,,,,,1/5/26
3,,ok,,3,,,
4,X,bad,,3,,,
5,Y,ok,,-1,,,
6,Z,off,,5,,,
7,W,ok,,abc,,,
8,V,ok,drink fly,,,,
9,U,ok,,,,,30/2/26
END
cat >m.csv <<'END'
id,first
1,Ali
1,Sara
2,Nour
3,Zineb
END
cat >j.csv <<'END'
first,title
Sara,Maire
Sara,Prof
END
status 1 'import with wrong rows' tawam -C hq form import water a.csv --repeat member=m.csv,job=j.csv
like "$out" '^9 rows: 2 records, 7 wrong, kept in a.csv.rejects.csv' 'says how it went'
is "$(echo "$err" | grep -c '^row [0-9]')" 7 'each wrong row is told'
like "$err" '^row 4, name: an answer is required' 'an answer that is missing'
like "$err" "^row 5, status: 'bad' is none of its choices" 'a choice that is none'
like "$err" '^row 6, people: Pas moins de zéro' "a constraint, in the form's words"
like "$err" '^row 7, people: it is not asked here' 'an answer to what is not asked'
like "$err" "^row 8, people: 'abc' is not a whole number" 'a wrong type'
like "$err" "^row 9, uses: 'fly' is none" 'one choice of several'
like "$err" '^row 10, day: ' 'a day that is none'
is "$(rows water_record)" 2 'the others are records'
is "$(one "SELECT people||' '||flow||' '||day||' '||double||' '||uses||' '||place_accuracy FROM water_record WHERE name='Ain'")" \
	'12 0.5 2026-05-01 24 drink wash 5.0' 'as if typed: digits, commas, calculates'
is "$(one "SELECT day FROM water_record WHERE name='Bir'")" 2026-05-01 'and dates'
is "$(rows water_record_member) $(rows water_record_member_job)" '3 2' 'repeats within repeats'
is "$(one "SELECT m.first FROM water_record_member_job j JOIN water_record_member m ON m.uuid=j.water_record_member_uuid WHERE j.title='Prof'")" \
	Sara 'below their own'
is "$(one "SELECT group_concat(title) FROM (SELECT title FROM water_point ORDER BY title)")" 'Ain,Bir' 'and entities'
is "$(rows tawam_draft)" 0 'no draft is left'
is "$(head -2 a.csv.rejects.csv | tail -1)" '3,,ok,,3,,,' 'wrong rows are kept as they came'
sed -i 's/^3,,/3,Corrigé,/; /^[4-9],/d' a.csv.rejects.csv
status 0 'corrected, they go in' tawam -C hq form import water a.csv.rejects.csv --repeat member=m.csv.rejects.csv --json
is "$(echo "$out" | json '$.records') $(echo "$out" | json '$.wrong')" '1 0' 'and JSON says so'

is "$(cat m.csv.rejects.csv)" 'id,first
3,Zineb' 'so are the repeats of wrong rows'
is "$(rows water_record_member)" 4 'which go in with them'

# ---- headers ----
printf 'group,more/people,more-flow,place-Latitude,place-Longitude,place-Accuracy,name,status,KEY,SubmissionDate\n' >h.csv
status 2 'a column that is no question' tawam -C hq form import water h.csv
like "$err" "h.csv: column 'group' is no question" 'is named'
printf 'nmae\nx\n' >h.csv
status 2 'one that is nearly one' tawam -C hq form import water h.csv
like "$err" 'nearest: name' 'with the nearest'
printf 'more/people,more-flow,place-Latitude,place-Longitude,place-Accuracy,name,status,KEY,double\n4,1.5,34.5,-2.5,9,Central,ok,uuid:1,77\n' >h.csv
status 0 "Central's way of naming" tawam -C hq form import water h.csv
is "$(one "SELECT people||' '||flow||' '||place_accuracy||' '||double FROM water_record WHERE name='Central'")" \
	'4 1.5 9.0 8' 'is understood; calculates are not read'
status 1 'no such form' tawam -C hq form import watr h.csv
like "$err" 'nearest: water' 'has its nearest'
status 2 'no such repeat' tawam -C hq form import water a.csv --repeat person=m.csv
status 2 'a repeat inside one that is not given' tawam -C hq form import water a.csv --repeat job=j.csv
printf 'id,first\n77,Ali\n' >orphan.csv
status 2 'a row that belongs to none' tawam -C hq form import water a.csv --repeat member=orphan.csv
like "$err" "orphan.csv, row 2: no row of a.csv has id '77'" 'is named'
is "$(rows water_record)" 4 'and then nothing is stored'
status 2 'a seed' tawam -C hq form import water h.csv --seed 1
like "$err" 'seed' 'is for trying forms out'

# ---- many ----
awk 'BEGIN { print "name,status,more/people"; for (i = 1; i <= 250; i++)
	print "N" i ",ok," (i == 120 ? "x" : i) }' >many.csv
status 1 'many rows' tawam -C hq form import water many.csv
like "$out" '^250 rows: 249 records' 'one of them is wrong'
is "$(rows water_record)" 253 'the others are there'
ok 'the replica is whole' tawam -C hq verify

# ---- twice ----
status 1 'the same file once more' tawam -C hq form import water many.csv
like "$out" '^250 rows: 0 records, 249 here already, 1 wrong' 'its rows are there, the wrong one is wrong'
like "$out" '--again imports it once more' 'and how to have them again is said'
is "$(rows water_record)" 253 'none is there twice'
sed -i '$d' many.csv && printf 'N250,ok,250\nNew,ok,1\nNew,ok,1\n' >>many.csv
status 1 'a file that has grown' tawam -C hq form import water many.csv --json
is "$(echo "$out" | json '$.records') $(echo "$out" | json '$.already')" '2 249' \
	'gives the new rows, two that are alike too'
must tawam -C hq delete water_record name=N7
status 1 'a record that was deleted' tawam -C hq form import water many.csv --json
is "$(echo "$out" | json '$.records')" 1 'can be imported again'
is "$(one "SELECT count(*) FROM water_point WHERE title='N7'")" 1 'and its entity is not made twice'
printf 'name,status\nAin,off\n' >again.csv
must tawam -C hq form import water again.csv
status 0 'all of it again' tawam -C hq form import water again.csv --again
is "$(one "SELECT count(*) FROM water_record WHERE name='Ain' AND status='off'")" 2 'when that is said'
printf 'code,name,status\nK1,Key,ok\nK2,Key,off\n,Key,off\n' >key.csv
status 1 'a column that names rows' tawam -C hq form import water key.csv --key code
like "$err" 'row 4, code: it has no key' 'has to name them'
must sed -i '$d; s/Key,off/Changed,off/' key.csv
status 0 'rows of that name' tawam -C hq form import water key.csv --key code --json
is "$(echo "$out" | json '$.records') $(echo "$out" | json '$.already')" '0 2' 'are there, whatever else they say'
status 2 'no such column' tawam -C hq form import water key.csv --key cod
status 2 'a name, and again' tawam -C hq form import water key.csv --key code --again
must tawam init other --name Other --device other --author 'O <o@x>'
must tawam -C other form publish f
must tawam -C other form import water key.csv --key code
is "$(sqlite3 other/twin.gpkg "SELECT fid FROM water_record WHERE name='Key'")" \
	"$(one "SELECT fid FROM water_record WHERE name='Key' AND status='ok'")" \
	'named so it is the same record in another replica'
for sql in "water_record WHERE name IN ('New','Changed') OR (name='Ain' AND status='off') OR name='Key'" \
	"water_point WHERE title IN ('New','Key') OR (title='Ain' AND status='off')"; do
	must tawam -C hq query --write "DELETE FROM $sql"
done

# ---- a record deleted, with its repeats ----
must tawam -C hq commit -m before
before=$(one "SELECT group_concat(fid) FROM (SELECT fid FROM water_record_member UNION ALL SELECT fid FROM water_record_member_job ORDER BY 1)")
status 0 'a record of repeats is deleted' tawam -C hq delete water_record name=Ain
like "$out" '^1 row deleted, and 4 rows of its repeats' 'and they with it'
is "$(one "SELECT count(*) FROM water_record_member WHERE first IN ('Ali','Sara')") $(rows water_record_member_job)" '0 0' 'they are gone'
status 0 'recorded' tawam -C hq commit
like "$(tawam -C hq log -n 1)" 'water_record_member' 'the commit says so'
status 0 'reverted' tawam -C hq revert HEAD
is "$(one "SELECT group_concat(fid) FROM (SELECT fid FROM water_record_member UNION ALL SELECT fid FROM water_record_member_job ORDER BY 1)")" \
	"$before" 'all are there again'
# Names that are too long for a layer or a column are shortened.
mkdir long
cat >long/survey.csv <<'END'
type,name,label
text,name,Nom
begin_repeat,members_of_the_household_who_were_there,Membre
text,first,Prénom
begin_repeat,occupations_during_the_last_twelve_months,Emploi
text,title,Titre
end_repeat,,
end_repeat,,
END
printf 'form_id,version\nsurvey_of_rural_households_and_their_means_2026,1\n' >long/settings.csv
printf 'id,name\n1,Ain\n2,Bir\n' >la.csv
printf 'id,first\n1,Ali\n1,Sara\n2,Nour\n' >lm.csv
printf 'first,title\nSara,Maire\nSara,Prof\nNour,Juge\n' >lj.csv
must tawam -C hq form publish long
must tawam -C hq form import survey_of_rural_households_and_their_means_2026 la.csv \
	--repeat members_of_the_household_who_were_there=lm.csv,occupations_during_the_last_twelve_months=lj.csv
rest() {
	for layer in $(one "SELECT table_name FROM gpkg_contents WHERE table_name LIKE 'survey_of%' ORDER BY length(table_name), 1"); do
		rows "$layer"
	done | sort | tr '\n' ' '
}
is "$(rest)" '2 3 3 ' 'records, members and occupations with long names'
must tawam -C hq commit -m long
status 0 'a record of such repeats is deleted' \
	tawam -C hq delete survey_of_rural_households_and_their_means_2026_record name=Ain
like "$out" '^1 row deleted, and 4 rows of its repeats' 'and they with it'
is "$(rest)" '1 1 1 ' 'others stay'
must tawam -C hq commit -m deleted
must tawam -C hq query --write "DELETE FROM survey_of_rural_households_and_their_means_2026_record"
must tawam -C hq commit -m alone
like "$(tawam -C hq conflicts)" 'Nour|survey_of' 'a row left without its record is listed'

# Somebody else adds a member meanwhile.
must tawam init meet --name Meet --device a --author 'A <a@x>' --bare-remote meet.git
must tawam -C meet form publish f
printf 'id,name,status\n1,Meet,ok\n' >meet.csv
printf 'id,first\n1,Ali\n' >meetm.csv
must tawam -C meet form import water meet.csv --repeat member=meetm.csv
must tawam -C meet sync
must tawam clone meet.git there --device b --author 'B <b@x>'
must tawam -C there add water_record_member first=Late position=2 water_record_uuid="$(sqlite3 there/twin.gpkg 'SELECT uuid FROM water_record')"
must tawam -C there sync
must tawam -C meet delete water_record name=Meet
must tawam -C meet sync
is "$(sqlite3 meet/twin.gpkg 'SELECT count(*) FROM water_record'),$(sqlite3 meet/twin.gpkg 'SELECT group_concat(first) FROM water_record_member')" '0,Late' \
	'what nobody here had seen stays'
status 0 'conflicts' tawam -C meet conflicts
like "$out" 'water_record_uuid' 'and is listed, since its record is gone'
must tawam -C meet delete water_record_member first=Late
like "$(tawam -C meet conflicts)" '^no|^No|nothing' 'until it is deleted too'

# ---- the form out again ----
status 0 'the form as its XForm' tawam -C hq form export water --to xform
like "$out" '<h:html' 'on standard output'
must tawam -C hq form export water --to xform w.xml
is "$(cat w.xml)" "$out" 'or in a file'
status 0 'as its sheets' tawam -C hq form export water --to sheets sheets
is "$(cat sheets/choices.csv)" "$(cat f/choices.csv)" 'which are those published'
status 0 'which are a form again' tawam form check sheets
status 2 'no such format' tawam -C hq form export water --to csv x

# ---- records as CSV, and in again ----
status 0 'records as CSV' tawam -C hq form export water --records --to csv out
like "$out" '^253 records in out' 'says how many'
is "$(ls out | tr '\n' ' ')" 'water-job.csv water-member.csv water.csv ' 'a file for the records, one a repeat'
is "$(head -1 out/water.csv)" \
	'name,status,uses,more-people,more-flow,place-Latitude,place-Longitude,place-Altitude,place-Accuracy,day,double,meta-instanceID,KEY,FormVersion' \
	"Central's columns" || head -1 out/water.csv
is "$(grep '^Ain,' out/water.csv | cut -d, -f1-11)" 'Ain,ok,drink wash,12,0.5,34.9,-2.3,0.0,5.0,2026-05-01,24' 'the values'
is "$(grep ',Sara' out/water-member.csv | wc -l | tr -d ' ')$(grep -c '^Sara,uuid:.*,uuid:.*/member.2.$' out/water-member.csv)" 01 'members with their keys'
must tawam init two --name Two --device two --author 'T <t@x>'
must tawam -C two form publish f
status 0 'in again elsewhere' tawam -C two form import water out/water.csv --repeat member=out/water-member.csv,job=out/water-job.csv
like "$out" '^253 rows: 253 records' 'all of them'
status 0 'and once more' tawam -C two form import water out/water.csv --repeat member=out/water-member.csv,job=out/water-job.csv
like "$out" '^253 rows: 0 records, 253 here already' 'by their instanceIDs'
is "$(sqlite3 two/twin.gpkg "SELECT group_concat(fid) FROM (SELECT fid FROM water_record_member ORDER BY fid)")" \
	"$(one "SELECT group_concat(fid) FROM (SELECT fid FROM water_record_member ORDER BY fid)")" \
	"under the same ids, repeats' rows too"
must tawam -C two form export water --records --to csv out2
for file in water water-member water-job; do
	for o in out out2; do
		sed 's/uuid:[0-9a-f-]*/uuid/g' $o/$file.csv | sort >$o.$file
	done
	is "$(cat out2.$file)" "$(cat out.$file)" "$file.csv is the same"
done

# ---- records as submissions ----
status 0 'as submissions' tawam -C hq form export water --records --to xml xml
is "$(ls xml | wc -l | tr -d ' ')" 253 'a file each'
must tawam init three --name Three --device three --author 'T <t@x>'
must tawam -C three form publish f
status 0 'read elsewhere' tawam -C three form import water xml/*.xml
like "$out" '^253 rows: 253 records' 'all of them'
status 0 'and again' tawam -C three form import water xml/*.xml
like "$out" '^253 rows: 0 records, 253 here already' 'are here already'
must tawam -C three form export water --records --to xml xml3
ok 'written there, they are the same' diff -r xml xml3
is "$(sqlite3 three/twin.gpkg 'SELECT count(*) FROM water_point')" "$(rows water_point)" 'entities too'
echo '<a/>' >no.xml
status 1 'what is no submission' tawam -C three form import water no.xml
like "$err" '^no.xml: ' 'is told'

# ---- other versions ----
sed -i '/^date,day/d; s/,water,1/,water,2/' f/survey.csv f/settings.csv
printf 'text,colour,Couleur,,,,,,\n' >>f/survey.csv
must tawam -C hq form publish f
printf 'name,colour\nNeuf,bleu\n' >v2.csv
must tawam -C hq form import water v2.csv
is "$(tawam -C hq form list | awk '$1 == "water" { print $2, $3 }' | tr '\n' ' ')" '2 1 1 253 ' 'records of each version are listed'
must tawam -C hq form export water --records --to csv both
is "$(head -1 both/water.csv | grep -c 'colour,.*day')" 1 "the older version's questions come last"
is "$(grep -c '^Ain,.*2026-05-01.*,1$' both/water.csv)$(grep -c '^Neuf,.*,2$' both/water.csv)" 11 'with their values'
must tawam -C hq form export water --records --to xml xmlboth
is "$(grep -l 'version="2"' xmlboth/*.xml | wc -l | tr -d ' ') $(grep -l 'version="1"' xmlboth/*.xml | wc -l | tr -d ' ')" '1 253' 'a submission says its own version'

# ---- a form that is gone ----
sqlite3 hq/twin.gpkg "DELETE FROM tawam_form WHERE id = 'water'" 2>/dev/null
status 1 'records of a form that is gone' \
	tawam -C hq form export water --records --to csv gone
like "$err" 'records are in the layer water_record' 'are said to be in their layer'

# ---- submissions with media, as Briefcase and Central leave them ----
cat >photo.md <<'END'
| survey |
| | type | name | label |
| | text | name | Nom |
| | image | front | Façade |
| | begin_repeat | room | Pièce |
| | image | inside | Intérieur |
| | end_repeat | | |
| settings |
| | form_id |
| | photo |
END
must tawam -C two form publish photo.md
mkdir -p b/one/media b/two/media
sub() { # FILE UUID FRONT INSIDE
	echo "<data id='photo' version=''><name>N</name><front>$3</front><room><inside>$4</inside></room><meta><instanceID>uuid:$2</instanceID></meta></data>" >"$1"
}
sub b/one/submission.xml 3f1c7a52-6f6b-4b52-9d0c-6a1f5a7d0001 a.jpg b.jpg
sub b/two/submission.xml 3f1c7a52-6f6b-4b52-9d0c-6a1f5a7d0002 gone.jpg media/../../one/a.jpg
echo front >b/one/a.jpg
echo inside >b/one/media/b.jpg
status 0 'submissions with media' tawam -C two form import photo b/one/submission.xml b/two/submission.xml
is "$(echo "$err" | grep -c 'is not beside it')" 2 'what is not there is told'
like "$err" '^b/two/submission.xml: .*gone.jpg' 'with the submission and the file'
like "$err" '^b/two/submission.xml: .*one/a.jpg' 'a name that leads elsewhere is not followed'
is "$(sqlite3 two/twin.gpkg "SELECT count(*) FROM photo_record WHERE front LIKE 'attachments/a-%.jpg'") $(sqlite3 two/twin.gpkg "SELECT count(*) FROM photo_record_room WHERE inside LIKE 'attachments/b-%.jpg'")" \
	'1 1' 'the others are attachments of the record and of its repeat'
is "$(cat two/attachments/a-*.jpg two/attachments/b-*.jpg )" 'front
inside' 'with their bytes'
: >b/two/gone.jpg
status 0 'the same again, with an empty one' tawam -C two form import photo b/two/submission.xml
like "$err" '^b/two/submission.xml: .*gone.jpg is empty' 'which is said'
is "$(echo "$err" | grep -c 'is not beside it')" 1 'no other reason is given'
echo late >b/two/gone.jpg
status 0 'the same again, with one that was missing' tawam -C two form import photo b/one/submission.xml b/two/submission.xml
like "$out" '2 here already' 'is no record more'
is "$(echo "$err" | grep -c 'is not beside it')" 1 'one is still missing'
is "$(sqlite3 two/twin.gpkg "SELECT count(*) FROM photo_record WHERE front LIKE 'attachments/gone-%.jpg'")" 1 'the other is taken in'
done_testing
