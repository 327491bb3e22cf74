#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam form publish, list: forms into main and to other devices, versions, two
# desks at once, a publish that is killed, forms that can't be used, labels.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

# write FOLDER VERSION: a form of a household with members and a water point.
write() {
	mkdir -p "$1"
	cat >"$1/survey.csv" <<-END
	type,name,label::Français (fr),label::العربية (ar),required,constraint,save_to
	text,name,Nom du point d'eau,اسم نقطة الماء,yes,,title
	select_one status,status,**État**,الحالة,,,status
	integer,people,Personnes,عدد الأشخاص,,. >= 0,
	begin_repeat,member,Membre,فرد,,,
	text,first_name,Prénom,الاسم,,,
	end_repeat,,,,,,
	END
	cat >"$1/choices.csv" <<-END
	list_name,name,label::Français (fr),label::العربية (ar)
	status,ok,En marche,يعمل
	status,off,En panne,معطل
	END
	cat >"$1/settings.csv" <<-END
	form_title,form_id,version
	Point d'eau,water,$2
	END
	cat >"$1/entities.csv" <<-END
	list_name,label
	water_point,\${name}
	END
}
sql() { sqlite3 "$1/twin.gpkg" "$2"; }
sync() { for one; do must tawam -C "$one" sync; done; }
version_on() { tawam -C "$1" form list --json | json '$[0].version'; }

must tawam init hq --name Berkane --device desk --author 'Hind <h@x>' --bare-remote hq.git
must tawam -C hq sync
must tawam clone hq.git a --device a --author 'Ali <a@x>'

# ---- publish ----
write f 1
status 0 'no forms yet' tawam -C a form list
like "$out" 'No forms yet' 'is said'
status 0 'publish' tawam -C hq form publish f
like "$out" "^Point d'eau \(water, version 1\): published" 'says what'
like "$out" 'travels at the next sync' 'and when it leaves'
is "$(git -C hq/log.git show main:forms/water/current)" 1 'main names the current version'
is "$(git -C hq/log.git show main:forms/water/1/survey.csv | head -2 | tail -1)" \
	"text,name,Nom du point d'eau,اسم نقطة الماء,yes,,title" 'and has the sheets'
git -C hq/log.git archive main forms/water/1 | tar x
ok 'sha256sum agrees with the manifest' sh -c 'cd forms/water/1 && sha256sum -c --strict manifest'
like "$(tawam -C hq layers -q)" 'water_record_member' 'the layers are there'
is "$(sql hq "SELECT title FROM gpkg_data_columns WHERE table_name='water_point' AND column_name='status'")" \
	'État' "QGIS sees the form's own words, without marks"
is "$(sql hq "SELECT group_concat(value||'='||description) FROM (SELECT value, c.description FROM gpkg_data_column_constraints c JOIN gpkg_data_columns d USING (constraint_name) WHERE table_name='water_record' AND column_name='status' ORDER BY 1)")" \
	'off=En panne,ok=En marche' 'and what the codes mean'
is "$(sql hq "SELECT text FROM tawam_label WHERE layer='water_record' AND column='status' AND choice='off' AND language='ar'")" \
	'معطل' 'in Arabic too'
status 0 'the same again' tawam -C hq form publish f
like "$out" 'published already' 'is done already'

# ---- on the other device ----
sync hq
status 0 'a sync brings it' tawam -C a sync
like "$out" "^Form Point d'eau, version 1, is here" 'and says so'
is "$(version_on a)" 1 'list has it'
like "$(tawam -C a form list)" "^water +1 +0 +0 +Point d'eau" 'as a table too'
like "$(tawam -C a layers -q)" 'water_point' 'its layers came'
is "$(sql a "SELECT text FROM tawam_label WHERE layer='water_record_member' AND column='first_name' AND language='fr'")" \
	'Prénom' 'and its labels'
is "$(sql a "SELECT group_concat(text, ', ') FROM tawam_label WHERE layer='water_record' AND column='form_version' AND language IN ('en', 'fr')")" \
	'Version of the form, Version du formulaire' 'nor is what no question names without words'
is "$(sql a "SELECT text FROM tawam_label WHERE layer='water_record_member' AND column='' AND language='ar'")" \
	'فرد' 'of the repeat itself too'
is "$(sql a "SELECT xml IS NOT NULL FROM tawam_form")" 1 'compiled'
is "$(tawam -C hq verify --hash)" "$(tawam -C a verify --hash)" 'one state'

# ---- versions ----
sed -i "s/Nom du point/Nom complet du point/" f/survey.csv
status 1 'other content under a published version' tawam -C hq form publish f
like "$err" "version '1' of water is published with other content" 'says why'
like "$err" 'newer version' 'and what to do'
write f 0.9
status 1 'an older version' tawam -C hq form publish f
like "$err" "version '1' .* newer than '0.9'" 'says so'
write f 10
sed -i '/^integer,people/d; s/^select_one status,status/select_multiple status,status/' f/survey.csv
printf 'decimal,depth,Profondeur,العمق,,,\n' >>f/survey.csv
status 0 'a newer version, numbers by value' tawam -C hq form publish f
like "$err" "warning: 1 question of version '1' is asked no more: people" 'names what is gone'
write f 11
sed -i 's/^integer,people/decimal,people/' f/survey.csv
status 0 'a wider column' tawam -C hq form publish f
like "$err" 'warning: column people of layer water_record becomes decimal; it was integer' 'is a warning'
sync hq a
is "$(version_on a)" 11 'the current version comes'
is "$(sql a "SELECT count(*) FROM tawam_form")" 3 'older ones stay'
is "$(tawam -C a form list --json | json '$[1].version')" '' 'without records they are not listed'

# ---- main's own labels stand over the form's ----
printf 'layer,column,choice,fr\nwater_record,name,,Le nom\n' >labels.csv
must tawam -C hq labels labels.csv
write f 12
must tawam -C hq form publish f
is "$(sql hq "SELECT text FROM tawam_label WHERE layer='water_record' AND column='name' AND choice='' AND language='fr'")" \
	'Le nom' "main's labels stay"
sync hq a
is "$(sql a "SELECT text FROM tawam_label WHERE layer='water_record' AND column='name' AND choice='' AND language='fr'")" \
	'Le nom' 'everywhere'

# ---- a sync that ends in an error after main came ----
write f 13
must tawam -C hq form publish f
printf 'layer,column,choice,fr\nwater_record,name,,Le nom du point\n' >labels.csv
must tawam -C hq labels labels.csv
sync hq
echo 1111111111111111111111111111111111111111 >hq.git/refs/heads/device/a
status 6 'a remote without our commit' tawam -C a sync
like "$err" 'does not give' 'is said'
like "$out" "^Form Point d'eau, version 13, is here" 'and what came all the same'
is "$(sql a "SELECT text FROM tawam_label WHERE layer='water_record' AND column='name' AND choice='' AND language='fr'")" \
	'Le nom du point' 'labels that main has are here'
is "$(version_on a)" 13 'and its form'
rm hq.git/refs/heads/device/a
sync a

status 3 'what is not there' tawam -C hq form publish nowhere
like "$err" 'nowhere.*No such file' 'is said to be missing, not to be no form'

# ---- an XForm, Markdown ----
must tawam form convert f --to xform
sed 's/id="water" version="13"/id="road" version=""/' .out >road.xml
status 0 'an XForm' tawam -C hq form publish road.xml
like "$err" 'no version' 'without a version: a warning'
is "$(git -C hq/log.git ls-tree -r --name-only main forms/road | tr '\n' ' ')" \
	'forms/road/-/form.xml forms/road/-/manifest forms/road/current ' 'is one file'
printf '| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | form_id | version |\n| | ../evil | a/b c |\n' >evil.md
status 0 'names that lead elsewhere' tawam -C hq form publish evil.md
is "$(git -C hq/log.git ls-tree -r --name-only main forms | grep -c '%2E.%2Fevil/a%2Fb%20c/survey.csv')" 1 'stay below forms/'
is "$(tawam -C hq form list --json | json '$[0].id')" ../evil 'and come back'

# ---- bad forms ----
before=$(git -C hq/log.git rev-parse main)
cat >bad.md <<'END'
| survey |
| | type | name | label | relevant |
| | text | a | A | ${nothing} = 1 |
| | texxt | b | B | |
END
status 1 'a form with errors' tawam -C hq form publish bad.md
like "$err" 'error: sheet survey, row 2, relevant' 'each with its place'
like "$err" 'error: sheet survey, row 3, type' 'all of them'
status 1 'in JSON' tawam -C hq form publish bad.md --json
is "$(echo "$out" | json '$.published') $(echo "$out" | json '$.errors[0].row')$(echo "$out" | json '$.errors[1].row')" '0 32' 'too'
tty() { TERM=dumb script -qec "'$TAWAM' $*" /dev/null | tr -d '\r'; }
if command -v script >/dev/null; then
	out=$(tty form check bad.md)
	like "$out" '^error: sheet survey, row 2, relevant: ' 'check says it in words to a terminal'
	like "$out" '^Not accepted; errors: 2, warnings: [0-9]+\.' 'and how many'
	like "$(tty form check f)" '^Accepted' 'or none'
	like "$(tty form check bad.md --json)" '^\{"accept":false' 'with --json in JSON'
fi
like "$(tawam form check bad.md)" '^\{"accept":false' 'as where there is no terminal'
echo '<a/>' >no.xml
status 1 'no form' tawam -C hq form publish no.xml
like "$err" 'form' 'is told'
status 3 'no file' tawam -C hq form publish nowhere.xml
sed 's/entities-version="[^"]*"/entities-version="2031.4.0"/' road.xml >newer.xml
status 1 'entities of a newer kind' tawam -C hq form publish newer.xml
like "$err" 'version 2031.4.0 of the specification' 'by name'
status 2 'no such part' tawam -C hq form pubish f
like "$err" "did you mean 'publish'" 'has its nearest'
is "$(git -C hq/log.git rev-parse main)" "$before" 'nothing of them is in main'

# ---- attachments ----
cat >att.md <<'END'
| survey |
| | type | name | label | media::image |
| | select_one_from_file douars.csv | d | Douar | map.png |
| | select_one_from_file water_point.csv | w | Point | |
| settings |
| | form_id | version |
| | att | 1 |
END
status 1 'attachments that are not there' tawam -C hq form publish att.md
like "$err" 'attachments are missing: (douars.csv, map.png|map.png, douars.csv)' 'are named; a layer needs none'
mkdir pieces
printf 'name,label\nx,X\n' >pieces/douars.csv
printf 'PNG' >pieces/map.png
status 0 'with their folder' tawam -C hq form publish att.md --attach pieces
like "$out" 'with 2 attachments' 'says how many'
is "$(git -C hq/log.git show main:forms/att/1/files/douars.csv | tail -1)" x,X 'they are in main'
sync hq a
is "$(sql a "SELECT group_concat(name) FROM tawam_form_file")" 'douars.csv,map.png' 'and on the other device'

# ---- two desks at once, offline ----
write f 20
write g 1
sed -i 's/,water,/,well,/' g/settings.csv
must tawam -C hq form publish f
must tawam -C a form publish g
sync hq a hq
is "$(git -C hq/log.git rev-parse main)" "$(git -C a/log.git rev-parse main)" 'one main'
for one in hq a; do
	like "$(tawam -C $one form list)" '^well +1 ' "$one has the one"
	like "$(tawam -C $one form list)" '^water +20 ' 'and the other'
done
write f 21
write g 21
sed -i 's/Personnes/Habitants/' g/survey.csv
rm g/choices.csv
sed -i '/^select_one/d' g/survey.csv
must tawam -C hq form publish f
must tawam -C a form publish g
sync hq a
status 0 'one version, two contents' tawam -C hq sync
for one in hq a; do
	echo "$one: $(sql $one "SELECT problem FROM tawam_form WHERE id='water' AND version='21'")"
done >problems
is "$(cat problems)" 'hq: 
a: ' 'is one of the two, whole, on both'
is "$(sql hq "SELECT hex(xml) FROM tawam_form WHERE id='water' AND version='21'")" \
	"$(sql a "SELECT hex(xml) FROM tawam_form WHERE id='water' AND version='21'")" 'the same'

# ---- what a plain git user can do ----
git clone -q hq.git edit 2>/dev/null
cd edit || exit 1
git config user.name H
git config user.email h@x
mkdir -p forms/broken/1 forms/hand/1
echo '<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head/></h:html>' >forms/broken/1/form.xml
echo 1 >forms/broken/current
sed 's/id="road" version=""/id="hand" version="1"/' ../road.xml >forms/hand/1/form.xml
echo 1 >forms/hand/current
sed -i 's/Nom du point/Nom changé du point/' forms/water/20/survey.csv
git add -A
git commit -qm 'forms by hand'
must git push -q origin HEAD:main
cd ..
status 0 'a form that is none stops no sync' tawam -C a sync
like "$out" 'Form broken, version 1, can.t be used here: .*XForm' 'it is said'
like "$out" 'version 20, can.t be used here: survey.csv was changed after' 'and what was changed'
like "$out" 'version 1, is here' 'one put there by hand is taken'
like "$(tawam -C a form list)" '^broken +1 .*can.t be used' 'list says so'
status 0 'later syncs' tawam -C a sync
unlike "$out" 'broken' 'say it once'
git -C edit rm -rq forms/hand
git -C edit commit -qm 'one form less'
must git -C edit push -q origin HEAD:main
sync a
is "$(sql a "SELECT withdrawn||current FROM tawam_form WHERE id='hand'")" 10 'a form taken out of main is withdrawn'
unlike "$(tawam -C a form list)" '^hand' 'and without records not listed'

# ---- main's README ----
must tawam -C hq sync
must tawam -C hq publish
readme=$(git -C hq/log.git show main:README.md)
like "$readme" '^\| water \| 21 \| 0 \|$' 'counts the records of each form'
unlike "$readme" '^\| hand ' 'of those that main has'

# ---- who follows what is published ----
must tawam clone hq.git p --device p --author 'P <p@x>'
must tawam -C p config follow published
write f 30
must tawam -C hq sync
must tawam -C hq form publish f
sync hq p
is "$(tawam -C p form list --json | grep -c '"version": "30"')" 1 'has the forms of main'

# ---- killed in the middle ----
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	n=0
	whole=0
	for at in 1 3 6 10 15 21 28 36 45; do
		n=$((n + 1))
		write k 1
		sed -i "s/,water,/,k$n,/" k/settings.csv
		strace -f -o /dev/null -e trace=fsync,fdatasync,rename,renameat2 \
			-e inject=fsync,fdatasync,rename,renameat2:signal=KILL:when=$at \
			"$TAWAM" -C hq form publish k >/dev/null 2>&1
		if ! tawam -C hq form publish k >.out 2>.err; then
			diag "$(cat .err)"
			break
		fi
		tawam -C hq form list --json | grep -q "\"id\": \"k$n\"" || break
		git -C hq/log.git fsck >/dev/null 2>&1 || break
		whole=$((whole + 1))
	done
	is "$whole" "$n" 'a publish that was killed is done by the next'
else
	echo "# no strace: publish is not killed"
fi
ok 'the replica is whole' tawam -C hq verify

done_testing
