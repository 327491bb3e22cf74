#!/bin/sh
# SPDX-License-Identifier: MIT
# Rows through the command line: import, print, add, set, delete, ask, export,
# labels, merging two rows; every form of output is what it says.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

cat >points.csv <<'END'
code,name,kind,depth,works,seen,latitude,longitude
001,Ain Chorfa,spring,,yes,2026-03-01,34.93,-2.31
002,Puits Nord,well,12.5,no,2026-03-02,34.94,-2.32
003,"Bir ""Jdid"", بئر",well,7,yes,,34.95,-2.33
END
must tawam init t --device desk --author 'Amina Berrada <amina@example.org>' \
	--name 'Zegzel'
t() { tawam -C t "$@"; }

# ---- import ----
status 0 'import a CSV' t import points.csv --layer water_point --key code
like "$out" '^3 read, 3 inserted, 0 updated \(0 cells\), 0 unchanged, 0 rejected$' \
	'counts are printed'
like "$out" 'latitude.*longitude' 'the pair that became a point is named'
status 0 'import it again' t import points.csv --layer water_point --key code --json
is "$(echo "$out" | json '$.unchanged')" 3 'nothing changes'
sed 's/12.5/13.5/' points.csv >again.csv
status 0 'import with one cell changed' t import again.csv \
	--layer water_point --key code --json
is "$(echo "$out" | json '$.updated') $(echo "$out" | json '$.cells_changed')" \
	'1 1' 'one cell of one row is updated'
printf 'code,depth\n004,deep\n005,3\n' >wrong.csv
status 0 'a wrong row stops no other' t import wrong.csv --layer water_point --key code
like "$err" 'line 2.*depth' 'its line and column are told'
like "$out" '1 inserted.*1 rejected → .*wrong' 'and where it was put'
status 2 'import without --layer' t import points.csv
status 3 'import of no file' t import nothing.csv --layer x
like "$err" 'nothing.csv' 'names it'

# ---- rows, get ----
status 0 'rows as CSV where there is no terminal' t rows water_point
is "$(echo "$out" | head -1)" \
	'fid,uuid,code,name,kind,depth,works,seen,geom' 'fid stands first'
is "$(echo "$out" | wc -l)" 5 'four rows'
is "$(t rows water_point | sed 1d | cut -d, -f1)" \
	"$(t rows water_point | sed 1d | cut -d, -f1 | sort -n)" 'in order of fid'
status 0 'rows --where --limit' t rows water_point --where "kind = 'well'" --limit 1
is "$(echo "$out" | wc -l)" 2 'as many as asked for'
status 0 'rows --json' t rows water_point --where "code = '003'" --json
is "$(echo "$out" | json '$[0].name')" 'Bir "Jdid", بئر' 'has the name'
is "$(echo "$out" | sed 's/.*"fid":"\([0-9]*\)".*/digits/')" digits \
	'has the fid as a string'
is "$(echo "$out" | json '$[0].geom')" 'POINT (-2.33 34.95)' 'has geometry as WKT'
ok 'rows --format json of none is JSON' valid_json <<END
$(t rows water_point --where 0 --format json)
END
status 0 'rows --format table' t rows water_point --format table
like "$out" 'Puits Nord' 'has them'
status 2 'a WHERE that is none' t rows water_point --where 'nonsense ='
status 2 'a format that is none' t rows water_point --format xml

status 0 'get by column' t get water_point code=002
is "$(echo "$out" | cut -f1 | tr '\n' ' ')" \
	'fid uuid code name kind depth works seen geom ' 'a line each column'
is "$(t get water_point code=002 name)" 'Puits Nord' 'get of one value'
is "$(t get water_point code=001 depth)" '' 'NULL is empty'
fid=$(t get water_point code=002 fid)
uuid=$(t get water_point code=002 uuid)
is "$(t get water_point "$fid" code)" 002 'a row by its fid'
is "$(t get water_point "$uuid" code)" 002 'a row by its uuid'
is "$(t get water_point code=002 --json | json '$.depth')" 13.5 'a number in JSON'
is "$(t get water_point code=002 --json | json '$.fid')" "$fid" 'fid in JSON'

# ---- set, add, delete ----
status 0 'set two cells' t set water_point code=002 'name=Puits du Nord' depth=14
is "$out" '2 cells changed' 'says how many'
is "$(t get water_point code=002 name)" 'Puits du Nord' 'and they are'
status 0 'set to what it is' t set water_point code=002 depth=14
is "$out" '0 cells changed' 'changes nothing'
status 0 'set an empty value' t set water_point code=002 depth=
is "$(t query "SELECT depth IS NULL FROM water_point WHERE code = '002'")" 1 \
	'empties the cell'
status 0 'set a point' t set water_point code=002 'geom=34.9, -2.3'
is "$(t get water_point code=002 geom)" 'POINT (-2.3 34.9)' 'by latitude, longitude'
status 2 'a value that is none' t set water_point code=002 depth=deep
like "$err" "'deep' is no (whole )?number" 'is told in words, not by a type'
like "$err" 'depth' 'names the column'
status 2 'a word without =' t set water_point code=002 depth
status 2 'a column given twice' t set water_point code=002 depth=1 depth=2
status 1 'a column that is not there' t set water_point code=002 dept=1
like "$err" "depth" 'the nearest is named'
status 1 'a row that is not there' t set water_point code=999 depth=1
status 1 'a row that is not unique' t set water_point kind=well depth=1
status 1 'a layer that is not there' t rows water_pont
like "$err" 'water_point' 'the nearest is named'

new=$(t add water_point code=006 name=Saqia 'geom=POINT(-2.4 34.8)' works=oui)
like "$new" '^[0-9]{1,19}$' 'add prints the fid alone'
is "$(t get water_point "$new" works)" 1 'and the row is there'
status 0 'delete' t delete water_point "$new"
status 1 'it is gone' t get water_point "$new"

# ---- query ----
status 0 'query' t query 'SELECT code, depth FROM water_point ORDER BY code'
is "$(echo "$out" | head -2)" "$(printf '001\t\n002\t')" 'bare values, NULL empty'
is "$(t query "SELECT 'a' || char(9) || 'b' || char(10) || 'c\\d'")" \
	'a\tb\nc\\d' 'tab, newline and backslash escaped'
is "$(t query "SELECT geom FROM water_point WHERE code = '001'")" \
	'POINT (-2.31 34.93)' 'geometry as WKT'
is "$(t query 'SELECT 1 AS a, 2.5 AS b, NULL AS c' --json)" \
	'[{"a":1,"b":2.5,"c":null}]' 'query --json'
is "$(t query 'SELECT 1 AS a, NULL AS b' --format csv)" "$(printf 'a,b\n1,')" \
	'query --format csv'
for sql in 'DELETE FROM water_point' 'DROP TABLE water_point' \
	"ATTACH 'x.db' AS x" 'PRAGMA user_version = 5' \
	"UPDATE tawam_setting SET value = ''"; do
	t query "$sql" >.out 2>.err
	check $((! $?)) "query refuses: $sql"
done
is "$(t query 'SELECT count(*) FROM water_point')" 4 'nothing was changed'
status 0 'query --write' t query --write \
	"UPDATE water_point SET kind = 'spring' WHERE code = '003'"
is "$(t get water_point code=003 kind)" spring 'changes rows'
t query --write 'DELETE FROM tawam_setting' >.out 2>.err
check $((! $?)) 'but never tables of ours'

# ---- status, commit ----
status 0 'status --json' t status --json
is "$(echo "$out" | json '$.pending.inserted')" 4 'knows what is pending'
is "$(echo "$out" | json '$.territory') $(echo "$out" | json '$.device')" \
	'Zegzel desk' 'and where it is'
is "$(echo "$out" | json '$.author')" 'Amina Berrada <amina@example.org>' 'and who'
status 0 'commit' t commit -m 'First points' --json
is "$(echo "$out" | json '$.inserted')" 4 'counts'
status 0 'nothing more to commit' t commit --json
is "$(echo "$out" | json '$.recorded')" '' 'records nothing'
must t set water_point code=002 name=X
must t set water_point code=002 'name=Puits du Nord'
is "$(t status --json | json '$.pending.updated')" 0 'a change put back leaves nothing'
status 0 'log --json' t log --json
is "$(echo "$out" | json '$[0].message')" 'First points' 'has the message'
is "$(echo "$out" | json '$[0].inserted')" 4 'and the counts'

# ---- layers, labels ----
is "$(t layers -q)" water_point 'layers -q prints names'
status 0 'layers --json' t layers --json
is "$(echo "$out" | json '$[0].rows')" 4 'has the rows'
status 0 'layers L' t layers water_point
like "$out" 'depth +decimal' 'has the types'
cat >labels.csv <<'END'
layer,column,choice,fr,ar,en
water_point,,,Points d'eau,نقاط الماء,Water points
water_point,kind,,Nature,النوع,Kind
water_point,kind,well,Puits,بئر,Well
END
status 0 'labels' t labels labels.csv
is "$(t layers --json | json '$[0].label')" 'Water points' 'a layer has its label'
is "$(git -C t/log.git show main:labels/water_point.csv 2>/dev/null)" "$(cat labels.csv)" \
	'and main has the file'
printf 'layer,column,choice,fr\nwater_point,kind,well,Puits foré\n' >more.csv
must t labels more.csv
like "$(git -C t/log.git show main:labels/water_point.csv 2>/dev/null)" \
	"^water_point,kind,well,Puits foré,بئر,Well" 'a later dictionary adds to it'
printf 'layer,column,choice,fr\nwater_pont,,,X\n' >wrong_labels.csv
status 2 'labels of an unknown layer' t labels wrong_labels.csv
like "$err" 'line 2.*water_point' 'line and nearest are named'

# ---- export, save ----
status 0 'export csv' t export water_point --format csv
is "$out" "$(t rows water_point --format csv)" 'is what rows prints'
status 0 'export geojson' t export water_point --format geojson -o points.geojson
ok 'is JSON' valid_json <points.geojson
is "$(grep -o '"type": *"Point"' points.geojson | wc -l)" 3 'with points'
status 0 'export gpkg' t export water_point --format gpkg -o points.gpkg
is "$(sqlite3 points.gpkg 'SELECT count(*) FROM water_point')" 4 'with the rows'
status 0 'export into a file, as its name says' t export water_point again.gpkg
is "$(sqlite3 again.gpkg 'SELECT count(*) FROM water_point')" \
	"$(sqlite3 points.gpkg 'SELECT count(*) FROM water_point')" 'of that kind'
status 0 'an older version too' t at HEAD export water_point then.geojson
ok 'which is the same' cmp -s points.geojson then.geojson
status 2 'two files' t export water_point a.csv -o b.csv
status 2 'a GeoPackage to standard output' t export water_point --format gpkg
status 3 'export into a folder that is not there' t export water_point -o no/x.csv
must tawam init u --device other
status 0 'a GeoPackage comes in again' tawam -C u import points.gpkg --layer water_point
is "$(tawam -C u query 'SELECT code, name, geom FROM water_point ORDER BY code')" \
	"$(t query 'SELECT code, name, geom FROM water_point ORDER BY code')" \
	'with the same values'
status 0 'GeoJSON comes in' tawam -C u import points.geojson --layer from_json
is "$(tawam -C u query 'SELECT code, name FROM from_json ORDER BY code')" \
	"$(t query 'SELECT code, name FROM water_point ORDER BY code')" \
	'with the same values too'
status 0 'save' t save whole.gpkg
is "$(sqlite3 whole.gpkg 'SELECT count(*) FROM water_point')" 4 'is the replica'
status 3 'save over a file' t save whole.gpkg

# ---- merge-rows ----
must t query --write "UPDATE water_point SET depth = 5 WHERE code = '001'"
two=$(t get water_point code=002 fid)
one=$(t get water_point code=001 fid)
printf 'water_point_fid,text\n%s,dry\n' "$two" >visit.csv
must t import visit.csv --layer visit --types water_point_fid=integer
status 0 'merge-rows' t merge-rows water_point code=002 code=001 --json
is "$(echo "$out" | json '$.filled')" 1 'fills what was empty'
like "$out" '"column":"name"' 'says what differed'
status 1 'the second row is gone' t get water_point "$one"
is "$(t get water_point "$two" depth)" 5 'the first has the value'
is "$(t query 'SELECT water_point_fid FROM visit')" "$two" 'a reference to it stays'
status 2 'a row with itself' t merge-rows water_point code=002 code=002
must t commit
status 0 'verify' t verify --json
is "$(echo "$out" | json '$.hash')" "$(echo "$out" | json '$.replayed')" \
	'the log replays to the same state'
done_testing
