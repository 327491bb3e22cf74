#!/bin/sh
# SPDX-License-Identifier: MIT
# The audit that a form asks for: what is in it, out as ODK's audit.csv beside
# the submission, in again elsewhere; and what of it is not followed.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

mkdir f
cat >f/survey.csv <<'END'
type,name,label,constraint,constraint_message,parameters,body::tawam:warn,body::tawam:warn_message
audit,,,,,track-changes=true identify-user=true,,
text,name,Nom,,,,,
integer,age,Âge,. < 120,Moins de 120,,. > 100,Plus de cent ans ?
begin_repeat,child,Enfant,,,,,
text,first,Prénom,,,,,
end_repeat,,,,,,,
END
printf 'form_title,form_id,version,namespaces\nPersonnes,people,1,"tawam=""https://tawam.example/ns"""\n' >f/settings.csv
must tawam init hq --name Berkane --device desk --author 'Hind Alaoui <h@x>'
must tawam -C hq form publish f

# A refusal, a warning that is passed, an answer changed.
cat >typed <<'END'

Fatima, "la grande"
130
104

Ali
yes
Sara
no
:go name
Fatima
:end
yes
END
ok 'a record is filled' sh -c '"$1" -C hq form fill people < typed > out 2> err' - "$TAWAM" ||
	diag "$(cat out err)"
status 0 'one record out' tawam -C hq form export people --records --to xml xml
is "$out" '1 record in xml.' 'which is said of one'
xml=$(ls xml/*.xml)
csv=${xml%.xml}.audit.csv
like "$(cat "$xml")" '<(orx:)?audit>audit.csv</(orx:)?audit>' 'the submission names its audit'
is "$(ls xml | wc -l)" 2 'which is beside it'
is "$(head -n 1 "$csv")" 'event,node,start,end,old-value,new-value,user' 'with the columns asked for'
is "$(sed 1d "$csv" | cut -d , -f 1,2 | LC_ALL=C sort | uniq -c | sed 's/^ *//')" \
	'1 add repeat,/data/child[2]
1 constraint error,/data/age
2 end screen,
1 form finalize,
1 form start,
2 jump,
2 question,/data/age
1 question,/data/child[1]/first
1 question,/data/child[2]/first
2 question,/data/name
1 warning,/data/age' 'and all that happened' || diag "$(cat "$csv")"
like "$(cat "$csv")" '^question,/data/name,[0-9]{13},[0-9]{13},,"Fatima, ""la grande""",Hind Alaoui$' \
	'an answer, when it came, and who gave it'
like "$(cat "$csv")" '^question,/data/name,[0-9]{13},[0-9]{13},"Fatima, ""la grande""",Fatima,Hind Alaoui$' \
	'and what it was before'
is "$(sed 1d "$csv" | cut -d , -f 1 | sed -n '1p;$p')" 'form start
form finalize' 'from the start to the end'

# Who it is is asked first, each time: the last one is offered first.
cat >typed <<'END'
   
:add
 Aziz
Amina
:save
END
sed '1s/.*/:flag/' typed | "$TAWAM" -C hq form fill people >out 2>err
like "$(cat out)" '^Who fills this form\?' 'who fills it is asked'
like "$(cat out)" '\[Hind Alaoui\] > ' 'the one of the last time is offered'
draft=$(sed -n 's/^saved as draft \([0-9]*\);.*/\1/p' out)
printf '2\n:save\n' | "$TAWAM" -C hq form fill --draft "$draft" >out 2>err
like "$(tr '\n' '|' <out)" 'Who fills this form\?\|  1 Aziz\|  2 Hind Alaoui\|\[Aziz\] > ' \
	'asked again when it goes on, with both to choose from'
printf '\n' | "$TAWAM" -C hq form fill --draft "$draft" >out 2>err
like "$(cat out)" '\[Hind Alaoui\] > ' 'who it was is remembered'
printf ':note mine\n:finish\n\n120\n:note me\n:end\nyes\n' | "$TAWAM" -C hq form fill people >out 2>err
like "$(cat out)" 'first say who fills this form' 'before it is said nothing is done'
printf '' | "$TAWAM" -C hq form fill people >out 2>err
like "$(cat out)" 'nothing was entered; no draft is kept' 'nobody said it: no draft'
printf '\n\n\n>\n:end\nyes\n' | "$TAWAM" -C hq form fill --draft "$draft" >out 2>err
like "$(cat out)" '^saved: Amina' 'it is finished'
must tawam -C hq form export people --records --to xml who
csv2=$(grep -l ',Amina,' who/*.csv)
is "$(sed 1d "$csv2" | sed 's/.*,//' | uniq | tr '\n' ' ')" 'Aziz Hind Alaoui ' \
	'each event tells who it was'
is "$(sed -n 2p "$csv2" | cut -d , -f 1,7)" 'form start,Aziz' 'from the start on'

# Where one name is offered there is no number to choose it by: "1" is a name.
printf '1\n:save\n' | "$TAWAM" -C hq form fill people >out 2>err
like "$(cat out)" '\[Hind Alaoui\] > ' 'one is offered'
printf '' | "$TAWAM" -C hq form fill people >out 2>err
like "$(cat out)" '\[1\] > ' 'a number that was typed is who it was'

# In again, elsewhere, to the same bytes.
must tawam init b --name Berkane --device b --author 'Omar <o@x>'
must tawam -C b form publish f
status 0 'the submission is imported' tawam -C b form import people "$xml"
must tawam -C b form export people --records --to xml again
ok 'its audit is the same' cmp "$csv" again/"$(basename "$csv")"
ok 'and the submission' cmp "$xml" again/"$(basename "$xml")"

# ODK's own: a folder a submission, other events, places.
mkdir odk
sed 's/uuid:[-0-9a-f]*/uuid:11111111-2222-4333-8444-555555555555/' "$xml" >odk/submission.xml
cat >odk/audit.csv <<'END'
event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user
form start,,1550000000000,,34.9,-2.3,5,,,Aziz
location tracking enabled,,1550000000100,,34.9,-2.3,5,,,Aziz
question,/data/name,1550000001000,1550000005000,34.9,-2.3,5,,Fatima,Aziz
question,/data/child[7]/first,1550000005000,1550000006000,,,,,,Aziz
form exit,,1550000007000,,,,,,,Aziz
END
status 0 "ODK's submission is imported" tawam -C b form import people odk/submission.xml
is "$err" '' 'with nothing to say'
must tawam -C b form export people --records --to xml third
is "$(cat third/11111111-2222-4333-8444-555555555555.audit.csv)" \
	'event,node,start,end,old-value,new-value,user
form start,,1550000000000,,,,Aziz
question,/data/name,1550000001000,1550000005000,,Fatima,Aziz
question,/data/child/first,1550000005000,1550000006000,,,Aziz
form exit,,1550000007000,,,,Aziz' 'what it has a place for is kept'
sed 's/uuid:[-0-9a-f]*/uuid:11111111-2222-4333-8444-666666666666/' "$xml" >alone.xml
printf 'not,an audit\n1,2\n' >audit.csv
status 0 'an audit that is none leaves the record' tawam -C b form import people alone.xml
like "$err" 'audit.csv: this is no audit' 'and is told'
rm audit.csv
sed 's/uuid:[-0-9a-f]*/uuid:11111111-2222-4333-8444-777777777777/' "$xml" >alone.xml
status 0 'nor does one that is missing' tawam -C b form import people alone.xml
like "$err" 'its audit is not beside it' 'which is told'

# All that Collect writes, and reads: places, reasons.
cat >g.md <<'END'
| survey |
| | type | name | label | parameters |
| | audit | | | location-priority=balanced location-min-interval=60 location-max-age=300 track-changes=true identify-user=true track-changes-reasons=on-form-edit |
| | text | name | Nom | |
| settings |
| | form_id | version |
| | whole | 1 |
END
status 0 'a form that asks for everything' tawam form check g.md
like "$out" '"warnings":\[\]' 'is followed in everything'
must tawam -C hq form publish g.md
mkdir whole
cat >whole/submission.xml <<'END'
<data xmlns:orx="http://openrosa.org/xforms" id="whole" version="1"><name>Fatima B</name><meta><audit>audit.csv</audit><instanceID>uuid:11111111-2222-4333-8444-999999999999</instanceID></meta></data>
END
cat >whole/audit.csv <<'END'
event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason
form start,,1550000000000,,,,,,,Aziz,
question,/data/name,1550000001000,1550000005000,37.4229983,-122.084,14.09,,Fatima,Aziz,
form exit,,1550000007000,,37.4229983,-122.084,14.09,,,Aziz,
form resume,,1550000008000,,,,,,,"Hind ""H"" Alaoui",
question,/data/name,1550000009000,1550000010000,-0.000001,180,0,Fatima,Fatima B,"Hind ""H"" Alaoui",
change reason,,1550000011000,,-0.000001,180,0,,,"Hind ""H"" Alaoui","mal lu, ""deux"" fois"
form finalize,,1550000011000,,-0.000001,180,0,,,"Hind ""H"" Alaoui",
END
status 0 'a record of it is imported' tawam -C hq form import whole whole/submission.xml
# CSV is the audit of the record whose id ends so.
audit_is() {
	rm -rf again
	must tawam -C hq form export whole --records --to xml again
	ok "$3" diff "$1" again/11111111-2222-4333-8444-"$2".audit.csv
}
audit_is whole/audit.csv 999999999999 'and all of its audit is kept'

# Changed elsewhere: the audit that comes with it is the longer one.
mkdir edit
sed 's/<instanceID>uuid:11111111-2222-4333-8444-999999999999/<instanceID>uuid:11111111-2222-4333-8444-aaaaaaaaaaaa<\/instanceID><deprecatedID>uuid:11111111-2222-4333-8444-999999999999<\/deprecatedID>/; s/<\/instanceID><\/meta>/<\/meta>/; s/Fatima B/Fatima C/' \
	whole/submission.xml >edit/submission.xml
cat >tail <<'END'
form resume,,1550000020000,,,,,,,Omar,
question,/data/name,1550000021000,1550000022000,,,,Fatima B,Fatima C,Omar,
change reason,,1550000023000,,,,,,,Omar,nom corrigé
form finalize,,1550000023000,,,,,,,Omar,
END
cat whole/audit.csv tail >edit/audit.csv
status 0 'a change of it is imported' tawam -C hq form import whole edit/submission.xml
audit_is edit/audit.csv aaaaaaaaaaaa 'with its audit'
status 0 'the one before comes once more' tawam -C hq form import whole whole/submission.xml
audit_is edit/audit.csv aaaaaaaaaaaa 'and changes nothing'

# A reason is asked for when a finished record was changed, and not before.
fill() { "$TAWAM" -C hq form fill whole --gpsd 127.0.0.1:1 "$@" >out 2>err; }
printf 'Omar\n\n:end\nyes\n' | fill --edit name='Fatima C'
like "$(cat out)" 'records where it is filled' 'that places are recorded is said'
like "$(cat out)" '^saved: Fatima C' 'nothing was changed: it is finished'
unlike "$(cat out)" 'Why is this record changed' 'without being asked why'
printf '\nDounia\n:go name\nFatima C\n:end\nyes\n' | fill --edit name='Fatima C'
unlike "$(cat out)" 'Why is this record changed' 'nor when all was put back'
printf '\nDounia\nyes\n  \n<\n:save\n' | fill --edit name='Fatima C'
like "$(cat out)" 'Why is this record changed' 'a change is to be explained'
like "$(cat out)" 'a reason is needed' 'with words'
like "$(cat out)" 'saved as draft' 'else it stays a draft'
printf '\nyes\nmal lu, "deux" fois\n' | fill --edit name='Fatima C'
like "$(cat out)" '^saved: Dounia' 'explained, it is finished'
must tawam -C hq form export whole --records --to xml last
is "$(tail -n 2 last/*.csv | cut -d , -f 1,5-)" 'change reason,,,,,,Omar,"mal lu, ""deux"" fois"
form finalize,,,,,,Omar,' 'the reason is in its audit, and no place without gpsd' ||
	diag "$(cat last/*.csv out)"
like "$(cat last/*.csv)" '^question,/data/name,[0-9]+,[0-9]+,,,,Fatima C,Dounia,Omar,$' \
	'with what was before and after'
must tawam -C hq commit
like "$(tawam -C hq history whole_record name=Dounia | tail -n 4)" \
	'^    reason: mal lu, "deux" fois; nom corrigé; mal lu, "deux" fois$' "and in the record's history"

# An XForm that asks for places by halves.
must tawam form convert g.md --to xform
sed 's/ odk:location-max-age="[0-9]*"//' .out >half.xml
status 0 'places asked for by halves' tawam form check half.xml
like "$out" 'location-max-age are needed' 'are told'
done_testing
