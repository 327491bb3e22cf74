#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam form fill: whole interviews from files, in French and Arabic, without a
# replica. (cmd_form_draft.t: drafts in one.)
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

# Without its question for a file, which needs a replica.
grep -v photo "$TOP/tests/forms/foyer.md" > foyer.md || exit 1

# Wrong dates, a constraint, a repeat, an empty required answer, back, finish.
cat > french <<'END'

Fatima
demain
32/1/26
hier
puits
900
25
>
Ali
٤٢
oui
Aïcha
<
Zohra
7
non
1 3
34,92 -2,32
1,5
oui
5
Omar
:end
oui
END
must_fill() {
	tawam form fill "$@" > out 2> err || { diag "$(cat err)"; return 1; }
}
ok 'a French interview' must_fill foyer.md --out fr.xml --lang fr \
	--now 2026-05-02T10:00:00Z < french
like "$(sed -n 1p out)" '^Foyer$' 'begins with the title'
like "$(cat out)" '^Bonjour à tous$' 'a note is read out, without its marks'
like "$(cat out)" '^! une réponse est nécessaire' 'Enter leaves no required one out'
like "$(cat out)" '^! La date est à venir' "the form's own words"
like "$(cat out)" "^! le 32/1/2026 n'existe pas" 'a day that is none'
like "$(cat out)" '^= vendredi 1er mai 2026 \(14 dhou al qi`da 1447\)' \
	'yesterday in words, with the islamic date'
like "$(cat out)" '^= Puits$' 'a choice by its letters'
like "$(cat out)" '^4/9 Eau$' 'the number, and the group'
like "$(cat out)" '^! Moins de dix heures' 'a constraint'
like "$(cat out)" '^7/11 Membre 2 sur 2$' 'a second member'
like "$(cat out)" '^8/11 Membre 2 sur 2 : Zohra$' 'with her name, corrected'
like "$(cat out)" '^\[Aïcha\] > $' 'back shows what was answered'
like "$(cat out)" '^= Radio, Réfrigérateur$' 'several choices'
like "$(cat out)" '^= 34,92 N, 2,32 O$' 'a point in words'
like "$(cat out)" '^! pas terminé : nécessaires et sans réponse : 1 ; fausses : 0' \
	'not finished while one is open'
like "$(cat out)" '^  5 Prénom \(à répondre\)$' 'which is named'
like "$(tail -n 1 out)" '^terminé$' 'and finished at last'
is "$(tr '>' '\n' < fr.xml | grep -c '<nom$\|Omar')" 3 'two names, one Omar'
like "$(cat fr.xml)" '<visite>2026-05-01</visite><eau><source>well</source><minutes>25</minutes></eau>' \
	'answers are stored in the spelling of ODK'
like "$(cat fr.xml)" '<age>42</age></membre><membre><nom>Zohra</nom><age>7</age>' \
	'Arabic digits too'
is "$(LC_ALL=C grep -c "$(printf '\033')" out)" 0 'no escape sequence'

# In Arabic, with a refusal, a note, a flag, the outline and other languages.
cat > arabic <<'END'
فاطمة الزهراء
اليوم
:rf
:note لا يريد الجواب
:flag
>
>
محمد
٣٠
لا
مذياع، ثلاجة
34°55' شمال 2°19' غرب
١٢٫٥
:outline
:go terre
:lang fr
?
:dk
:rff
2,25
نعم
END
ok 'an Arabic interview' must_fill foyer.md --out ar.xml --lang ar \
	--now 2026-05-01T10:00:00Z < arabic
like "$(cat out)" '^اسم رب الأسرة$' 'questions are in Arabic'
like "$(cat out)" '^= الجمعة 1 ماي 2026 \(14 ذو القعدة 1447\)$' 'dates too'
like "$(cat out)" '^\[رفض\] > $' 'a refusal by its command'
like "$(cat out)" '^ملاحظة: لا يريد الجواب$' 'a note'
like "$(cat out)" '^معلمة$' 'a flag'
like "$(cat out)" '^= 34,916667 شمالا، 2,316667 غربا$' 'degrees and minutes'
like "$(cat out)" '^= مذياع، ثلاجة$' 'choices by letters of Arabic'
like "$(cat out)" '^الماء \(أجيب عنه\)$' 'the outline'
like "$(cat out)" '^Terre, en hectares$' 'French in the middle'
like "$(cat out)" '^! ليس في الاستمارة هذا الجواب هنا$' \
	'not known, where the form has no such answer'
like "$(cat out)" '^! لا توجد تعليمة :rff؛ :rf؟' 'the nearest command'
like "$(tail -n 1 out)" '^انتهى$' 'finished'
like "$(cat ar.xml)" '<source>refus</source><minutes/>' 'refused, in the record'
like "$(cat ar.xml)" '<biens>radio frigo</biens>' 'choices in the record'
like "$(cat ar.xml)" '<terre>2.25</terre>' 'the last answer counts'

# What is left unfinished is there, and said.
printf 'Fatima\n' > short
ok 'the end of the input' must_fill foyer.md --out short.xml < short
like "$(tail -n 1 out)" 'not finished; what was answered is in short.xml' \
	'is said'
like "$(cat short.xml)" '<chef>Fatima</chef>' 'and what was answered is there'

# Attachments lie beside the form.
mkdir beside
printf '| survey |\n| | type | name | label |\n' > beside/b.md
printf '| | select_one_from_file v.csv | v | Village |\n' >> beside/b.md
printf 'name,label\na,Zegzel\nb,Tafoughalt\n' > beside/v.csv
printf 'tafo\nyes\n' > village
ok 'a list from a file beside the form' must_fill beside/b.md --out v.xml \
	< village
like "$(cat out)" '^= Tafoughalt$' 'is searched by letters'
like "$(cat v.xml)" '<v>b</v>' 'and answered'

# What is open stands in the middle of a page of several questions.
cat > page.md <<'END'
| survey |
| | type | name | label | appearance | required |
| | begin_group | g | Goods | field-list | |
| | text | radio | Radio | | yes |
| | text | tv | Television | | yes |
| | text | phone | Telephone | | yes |
| | end_group | | | | |
END
printf 'r\n:end\n:open\nt\np\nyes\n' > goods
ok ':open in a page of several' must_fill page.md --out page.xml < goods
like "$(cat page.xml)" '<radio>r</radio><tv>t</tv><phone>p</phone>' \
	'asks the one that is open, not the first'

printf '| survey |\n| | type | name | label | parameters |\n' > range.md
printf '| | range | r | Clean? | start=0 end=10 step=2 |\n' >> range.md
printf '3\n4\nyes\n' > clean
ok 'a range' must_fill range.md --out range.xml < clean
like "$(cat out)" '^\(0 … 10, in steps of 2\)$' 'says its steps'

# What the form works out has no choices to read out, and > knows the end.
cat > given.md <<'END'
| survey |
| | type | name | label | read_only | calculation |
| | integer | n | How many? | | |
| | select_one size | s | Size | yes | if(${n} > 5, 'big', 'small') |
| choices |
| | list_name | name | label |
| | size | big | Large one |
| | size | small | Little one |
END
printf '7\n\n>\nyes\n' > seven
ok 'an answer that the form gives' must_fill given.md --out given.xml < seven
like "$(cat out)" '^\(not asked: the form gives it; Enter goes on\)$' 'says so'
unlike "$(cat out)" 'Little one' 'reads out no choices'
like "$(cat out)" '^\[Large one\] > ' 'but what it is'
like "$(cat out)" '^! this is the end of the form' '> goes no further'
like "$(cat given.xml)" '<s>big</s>' 'and is kept'

# Behind the last animal neither :delete nor :move means the person.
printf 'Ali\ncat\n:delete yes\n:move -1\nno\nno\nyes\n' > animals
ok 'an inner repeat' must_fill "$TOP/tests/ui_fill_nested.md" --out nested.xml \
	< animals
is "$(grep -c '^! go to the one that is meant first' out)" 2 'asks which one'
like "$(cat nested.xml)" '<who>Ali</who><animal><kind>cat</kind>' \
	'and deletes nobody'

# A soft check: the answer is taken, and asked about once more.
cat > soft.md <<'END'
| survey |
| | type | name | label | body::tawam:warn | body::tawam:warn_message |
| | integer | age | Age | . > 110 | Older than 110? |
| settings |
| | form_id | namespaces |
| | soft | tawam="https://tawam.example/ns" |
END
printf '111\n\nyes\n' > old
ok 'an unusual answer' must_fill soft.md --out soft.xml < old
like "$(cat out)" '^\? Older than 110\?$' 'is asked about'
like "$(cat soft.xml)" '<age>111</age>' 'and kept by Enter'

status 2 'without --out there is no place for the record' \
	tawam form fill foyer.md
like "$err" 'add --out FILE' 'what to do is said'
status 3 'a form that is not there' tawam form fill nothing.md --out x.xml
cat > needed.md <<'END'
| survey |
| | type | name | label | required | required_message |
| | text | chief | Head | yes | Ask the neighbours |
END
printf '\n>\n:end\n' > open
tawam form fill needed.md --out needed.xml < open > out 2> err
like "$(cat out)" '^! Ask the neighbours$' \
	'why an answer is needed, in the words of the form'
like "$(cat out)" '^> leaves it open$' 'and how to leave it open'

done_testing
