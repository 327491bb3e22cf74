#!/bin/sh
# SPDX-License-Identifier: MIT
# tawam form check, run and bench with attachments: CSV, GeoJSON and XML from a
# folder, missing and broken ones, and what bench prints.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

mkdir files
cat >form.md <<'END'
| survey |
| | type | name | label | choice_filter | calculation |
| | text | region | Region | | |
| | select_one_from_file douars.csv | douar | Douar | region = ${region} | |
| | select_one_from_file zones.geojson | zone | Zone | | |
| | select_one_from_file roads.xml | road | Road | | |
| | calculate | label | | | pulldata('douars', 'label', 'name', ${douar}) |
| | calculate | where | | | instance('zones')/root/item[id = ${zone}]/geometry |
END
printf 'name,label,region\n1,"Oulad, one",a\n2,Ait two,b\n3,Ait three,b\n' \
	>files/douars.csv
cat >files/zones.geojson <<'END'
{"type":"FeatureCollection","features":[
{"type":"Feature","id":"z1","geometry":{"type":"Point","coordinates":[-2.3,34.9]},"properties":{"title":"Zegzel"}},
{"type":"Feature","id":"z2","geometry":null,"properties":{"title":"Berkane"}}]}
END
echo '<root><item><name>n2</name><label>N 2</label></item></root>' >files/roads.xml
cat >steps.json <<'END'
{"steps":[{"op":"answer","ref":"/data/region","value":"b"},
{"op":"choices","ref":"/data/douar"},
{"op":"choices","ref":"/data/zone"},
{"op":"choices","ref":"/data/road"},
{"op":"answer","ref":"/data/douar","value":"3"},
{"op":"answer","ref":"/data/zone","value":"z1"}]}
END
line() { printf '%s\n' "$out" | sed -n "$1p"; }

status 0 'steps with three kinds of attachments' \
	tawam form run form.md steps.json --attach files
is "$(line 2 | json '$.choices')" '["2","3"]' 'a CSV, filtered'
is "$(line 3 | json '$.choices')" '["z1","z2"]' 'GeoJSON, by its ids'
is "$(line 4 | json '$.choices')" '["n2"]' 'XML'
like "$(line 5)" '<label>Ait three</label>' 'pulldata'
like "$(line 6)" '<where>34.9 -2.3 0 0</where>' 'a place from GeoJSON'

status 0 'a form without its attachments is a form' tawam form check form.md
status 0 'checked with a folder' tawam form check form.md --attach files
is "$(echo "$out" | json '$.warnings')" '[]' 'nothing is missing'
rm files/roads.xml
status 0 'with one file gone' tawam form check form.md --attach files
like "$out" 'roads\.xml is not in the folder' 'it is named'
status 0 'the others are there all the same' \
	tawam form run form.md steps.json --attach files
is "$(line 3 | json '$.choices')" '["z1","z2"]' 'a list that is there'
is "$(line 4 | json '$.result')" 'error' 'one that is not'
like "$(line 4)" 'roads\.xml is missing' 'is named when it is asked for'
is "$(line 6 | json '$.result')" 'ok' 'and the record goes on'

cp files/douars.csv list.csv
must tawam init twin --name Berkane --device desk --author 'Hind <h@x>'
must tawam -C twin import list.csv --layer roads
status 0 'a layer of the territory stands for a file' \
	tawam -C twin form run form.md steps.json --attach files
is "$(line 4 | json '$.result')" 'ok' 'that is not there'
like "$(line 4 | json '$.choices[0]')" '^[0-9a-f-]{36}$' 'its rows by their uuid'

cat >live.md <<'END'
| survey |
| | type | name | label | choice_filter | parameters | relevant |
| | text | region | Region | | | |
| | select_one_from_file roads.csv | road | Road | region = ${region} | value=label | count(instance('roads')/root/item[region = ${region}]) > 0 |
| settings |
| | form_id | version |
| | live | 1 |
END
printf 'region,road\na,"Oulad, one"\nb,Ait two\nb,Ait three\n' >rows.csv
must tawam -C twin form publish live.md
must tawam -C twin form import live rows.csv
status 0 'records whose choices are rows of the territory are exported' \
	tawam -C twin form export live --records --to csv exported
like "$(cat exported/live.csv)" 'Ait three' 'all of them'

printf 'name,label,region\n1,\377,b\n' >files/douars.csv
status 2 'a CSV that is not UTF-8 where a calculation needs it' \
	tawam form run form.md steps.json --attach files
like "$err" 'label: douars\.csv: row 2: not UTF-8' 'is named, with the row'
rm files/douars.csv
truncate -s 300M files/douars.csv
status 2 'a CSV larger than is allowed' \
	tawam form run form.md steps.json --attach files
like "$err" 'douars\.csv: .*larger than' 'is refused by name'

printf '| survey |\n| | type | name | label |\n| | integer | a | A |\n' >one.md
printf '%s' '{"steps":[{"op":"answer","ref":"/data/a","value":"1"}]}' >one.json
status 0 'bench' tawam form bench one.md one.json -n 3
like "$out" '^parse .* p50 .* max ' 'prints what reading takes'
like "$out" '^answer .*p50 .*p99 .*max .*/data/a' 'an answer, and which'
like "$out" '^peak memory ' 'and memory'
status 0 'bench --json' tawam form bench one.md one.json -n 3 --json
is "$(echo "$out" | json '$.answer.count')" 3 'counts what it measured'

# ---- a large XML list ----
mkdir large
cat >large.md <<'END'
| survey |
| | type | name | label | calculation |
| | xml-external | big | | |
| | text | a | A | |
| | calculate | b | | instance('big')/root/item[name = ${a}]/label |
END
awk -v most="${TAWAM_FULL:+600000}" 'BEGIN {
	print "<root>"
	for (i = 0; i < (most ? most : 200000); i++)
		printf "<item><name>d%d</name><label>Douar %060d</label></item>\n", i, i
	print "</root>" }' >large/big.xml
printf '%s' '{"steps":[{"op":"answer","ref":"/data/a","value":"d199999"},{"op":"get","ref":"/data/b"}]}' >large.json
status 0 'an XML list of 20 MB' tawam form run large.md large.json --attach large
like "$(line 2 | json '$.value')" '^Douar 0*199999$' 'is read'
status 0 'within little memory' \
	tawam form bench large.md large.json -n 1 --attach large --json
peak=$(echo "$out" | json '$.peak_memory_bytes')
grep -q __asan_init "$TAWAM" || # which keeps what was freed
	ok "($peak bytes at most)" test "$peak" -lt 40000000

status 2 'bench of a step that is none' sh -c \
	'echo "{\"steps\":[{\"op\":\"x\"}]}" >x.json; exec "$0" form bench one.md x.json' "$TAWAM"
done_testing
