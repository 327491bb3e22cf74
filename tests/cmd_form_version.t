#!/bin/sh
# SPDX-License-Identifier: MIT
# What a form sees as __version of a live entity: it begins at 1, each update
# counts, by a form or by hand, recorded yet or not, and each replica that has
# the same commits says the same. A submission carries what its form saw.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

mkdir new visit
cat >new/survey.csv <<'END'
type,name,label,save_to
text,code,Code,code
text,state,État,state
END
printf 'form_title,form_id,version\nNew,wp_new,1\n' >new/settings.csv
printf 'list_name,label\nwater_point,${code}\n' >new/entities.csv
cat >visit/survey.csv <<'END'
type,name,label,calculation,save_to
select_one_from_file water_point.csv,which,Lequel,,
text,state,État,,state
calculate,seen,,"instance('water_point')/root/item[name = ${which}]/__version",
END
printf 'form_title,form_id,version\nVisit,wp_visit,1\n' >visit/settings.csv
printf 'list_name,entity_id\nwater_point,${which}\n' >visit/entities.csv

must tawam init hq --name Zegzel --device desk --author 'Hind <h@x>' \
	--bare-remote central
must tawam -C hq form publish new
must tawam -C hq form publish visit
one() { sqlite3 "${2:-hq}/twin.gpkg" "$1"; }
point() { one "SELECT uuid FROM water_point WHERE code='$1'"; }
# What a visit to point CODE would see now, in replica FOLDER.
seen() {
	printf '{"steps":[{"op":"answer","ref":"/data/which","value":"%s"},{"op":"get","ref":"/data/seen"}]}' \
		"$(point "$1")" >steps.json
	tawam -C "${2:-hq}" form run visit steps.json | tail -1 | json '$.value'
}
# A visit to CODE that finds STATE, in replica FOLDER.
visit() {
	printf 'which,state\n%s,%s\n' "$(point "$1")" "$2" >v.csv
	must tawam -C "${3:-hq}" form import wp_visit v.csv --again
}

printf 'code,state\nA,ok\nB,ok\n' >n.csv
must tawam -C hq form import wp_new n.csv
is "$(seen A)" 1 'a new entity is of version 1'
visit A broken
is "$(seen A) $(seen B)" '2 1' 'an update counts, for that one'
visit A mended
visit A broken
is "$(seen A)" 4 'each does, before anything is recorded'
must tawam -C hq sync
is "$(seen A)" 4 'and the same afterwards'
must tawam -C hq set water_point code=B state=dry
is "$(seen B)" 2 'an edit by hand counts'
must tawam -C hq sync
is "$(seen A) $(seen B)" '4 2' 'all the same when they are recorded'
is "$(one 'SELECT group_concat(seen) FROM (SELECT seen FROM wp_visit_record ORDER BY seen)')" \
	1,2,3 'each record has what it saw'
is "$(one 'SELECT group_concat(v) FROM (SELECT water_point_baseVersion v FROM wp_visit_record ORDER BY v)')" \
	1,2,3 'as its base version'

# ---- two replicas ----
must tawam clone central lap --device lap --author 'Ali <a@x>'
is "$(seen A lap) $(seen B lap)" '4 2' 'a clone says the same'
visit A ok lap
visit A dry lap
must tawam -C lap set water_point code=A code=AA
must tawam -C lap set water_point code=AA code=A
is "$(seen A lap)" 6 'what was put back counts for nothing'
must tawam -C hq set water_point code=A code=A2
must tawam -C hq set water_point code=A2 code=A
must tawam -C hq query --write "UPDATE water_point SET code = 'A2' WHERE code = 'A'"
must tawam -C hq query --write "UPDATE water_point SET code = 'A' WHERE code = 'A2'"
is "$(seen A)" 4 'what was put back, or written as it was, counts for nothing'
must tawam -C hq set water_point code=B state=ok
must tawam -C hq commit
must tawam -C hq set water_point code=B state=old
must tawam -C hq commit
is "$(seen B)" 4 'each edit that is recorded counts'
must tawam -C lap sync
must tawam -C hq sync
must tawam -C lap sync
is "$(seen A) $(seen B)" '6 4' 'both, when they met'
is "$(seen A lap) $(seen B lap)" '6 4' 'on both sides'
must tawam clone central third --device third --author 'Zineb <z@x>'
is "$(seen A third) $(seen B third)" '6 4' 'and in a replica that got all at once'
visit A ok lap
visit A ok
must tawam -C lap sync
must tawam -C hq sync
must tawam -C lap sync
is "$(seen A) $(seen A lap)" '8 8' 'two updates of one version are two'

# ---- what is exported ----
must tawam -C hq form export wp_visit --records --to xml out
is "$(cat out/*.xml | grep -o 'baseVersion="[0-9]*"' | sort | uniq -c | awk '{ printf "%s%s ", $2, ($1 > 1 ? "x" $1 : "") }')" \
	'baseVersion="1" baseVersion="2" baseVersion="3" baseVersion="4" baseVersion="5" baseVersion="6"x2 ' \
	'submissions have the version that each saw'

# ---- a note on a record changes no entity ----
must tawam -C hq set wp_visit_record "$(one 'SELECT fid FROM wp_visit_record WHERE seen=1')" note='! /data/state: hm'
is "$(seen A)" 8 'an edit of a record alone counts for nothing'
must tawam -C hq commit
is "$(seen A)" 8 'recorded either'

done_testing
