#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration territory: whole or absent, made once, the same figures in
# both replicas, what the shipped forms make of their answers, labels where every
# replica gets them, a GeoPackage for others.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

make_demo() { sh "$TOP/data/demo/make_demo.sh" "$@"; }
field() { tawam -C 'a=b demo/field' "$@"; }
count() { field query "SELECT count(*) FROM $1"; }
export TAWAM

# ---- cut off, then repeated ------------------------------------------------
# A program that fails when asked to publish the form of the water points.
cat >failing <<END
#!/bin/sh
case "\$*" in *publish*water_point) echo 'no more' >&2; exit 3 ;; esac
exec "$TAWAM" "\$@"
END
chmod +x failing
status 1 'a step that fails ends it' \
	env TAWAM="$PWD/failing" sh "$TOP/data/demo/make_demo.sh" 'a=b demo'
like "$err" 'no more' 'the words of the step that failed are shown'
ok 'no half-made folder is left' test ! -e 'a=b demo'
ok 'a repeat makes it, in a folder with a blank and = in its name' \
	make_demo 'a=b demo/'
ok 'nothing is left beside it' test ! -e 'a=b demo.tmp'
before=$(cksum <'a=b demo/field/twin.gpkg')
ok 'made once more: nothing to do' make_demo "$PWD/a=b demo"
is "$(cksum <'a=b demo/field/twin.gpkg')" "$before" 'and nothing was done'
mkdir other
touch other/mine
status 1 'a folder of something else is refused' \
	sh "$TOP/data/demo/make_demo.sh" other
ok 'and not touched' test -e other/mine

# ---- what is in it ---------------------------------------------------------
is "$(count commune) $(count douar) $(count indicator)" '16 253 22' \
	'communes, douars, census indicators'
registers='household water_point street_light public_building road_segment stop
waste_point telecom_measurement school'
is "$(for layer in $registers; do count $layer; done | tr '\n' ' ')" \
	'300 120 150 32 30 24 48 60 40 ' 'what stands in the registers'
field form list --json >list.json
is "$(sqlite3 :memory: "SELECT group_concat(json_extract(value, '\$.records'), ' ')
	FROM json_each(readfile('list.json'))")" \
	'300 32 54 40 150 20 48 120' 'and each is a record of its form'
is "$(field query 'SELECT sum(population_2024), sum(households_2024),
	sum(population_2014) FROM commune' | tr '\t' ' ')" '284061 75643 289137' \
	"the province's sums"
is "$(field query 'SELECT count(*) FROM douar WHERE geom IS NOT NULL')" 99 \
	'99 douars have a position'
is "$(field query 'SELECT count(*) FROM commune WHERE geom IS NOT NULL')" 16 \
	'every commune has its outline'
is "$(field query "SELECT DISTINCT typeof(d.code), length(d.code),
	typeof(c.code), length(c.code) FROM douar d JOIN commune c
	ON c.code = d.commune_code" | tr '\t' ' ')" 'text 13 text 12' \
	'codes are text and whole'
is "$(for layer in $registers; do
	field query "SELECT count(*) FROM $layer
		WHERE demonstration <> 'yes' OR note NOT LIKE 'données de d%'
		OR geom IS NULL"
done | sort -u)" 0 'every invented row says so, and has its place'
is "$(field layers household | awk '$1 ~ /^(douar_code|survey_date|members|water_service)$/ { printf "%s ", $2 }')" \
	'text date integer text ' 'types of the columns'

# ---- what the forms make of the answers --------------------------------------
is "$(field query "SELECT count(*), sum(members), sum(adults) >= count(members),
	count(DISTINCT label) FROM household WHERE visit_status <> 'planned'" |
	tr '\t' ' ')" "$(field query "SELECT count(*), (SELECT count(*)
	FROM household_record_member), 1, count(*) FROM household_record
	WHERE visit = 'interview'" | tr '\t' ' ')" \
	'totals of the households are those of their members'
is "$(field query "SELECT count(*) FROM household
	WHERE visit_status = 'planned' AND (water_source IS NOT NULL
	OR members IS NOT NULL)")" 0 'a visit to be made has no answers'
is "$(field query "SELECT count(*) FROM household WHERE water_service <> CASE
	WHEN water_source LIKE 'unprotected%' THEN 'unimproved'
	WHEN water_on_premises = 'yes' OR water_round_trip <= 30 THEN 'basic'
	ELSE 'limited' END")" 0 'the ladder of drinking water is in every row'
is "$(field query "SELECT count(*) FROM water_point w JOIN douar d
	ON d.code = w.douar_code
	WHERE w.distance_paved_road_km = d.distance_paved_road_km")" 120 \
	'a water point has the distance of its douar'
is "$(field query "SELECT count(*) FROM telecom_measurement m
	JOIN commune c ON c.code = m.commune_code
	WHERE m.signal_class IS NOT NULL AND m.geom IS NOT NULL")" 60 \
	'a measurement has the place of its visit'
is "$(field query "SELECT count(*) FROM telecom_measurement WHERE
	label GLOB 'IAM [2-5]G 2026-??-?? ??:??' OR
	label GLOB 'Orange [2-5]G 2026-??-?? ??:??' OR
	label GLOB 'inwi [2-5]G 2026-??-?? ??:??' OR label GLOB '* — 2026-*'")" \
	60 'and is called in words'
is "$(field query "SELECT count(DISTINCT \"column\") FROM tawam_label WHERE
	choice <> '' AND language = 'ar' AND layer = 'telecom_measurement' AND
	\"column\" IN ('site', 'surroundings', 'demonstration')")" 3 \
	"what it copies from the visit has the visit's words"
is "$(field query "SELECT count(*) FROM road_segment
	WHERE length_km > 0 AND length_km < 6")" 30 'roads have a length'

# ---- labels, others, both replicas ------------------------------------------
is "$(field get household code=H-0001 water_source)" piped_dwelling 'a value is its code'
for language in en:Households fr:Ménages ar:الأسر; do
	is "$(sqlite3 'a=b demo/field/twin.gpkg' "SELECT text FROM tawam_label
		WHERE layer = 'household' AND \"column\" = '' AND choice = ''
		AND language = '${language%%:*}'")" "${language#*:}" \
		"the field replica has the label in ${language%%:*}"
done
is "$(field query "SELECT group_concat(language || ' ' || text, ', ') FROM
	(SELECT * FROM tawam_label WHERE layer = 'household' AND
	\"column\" = 'water_service' AND choice = 'limited' ORDER BY language)")" \
	'ar محدودة, en limited, fr limité' 'choices have the words of the form'
is "$(git -C 'a=b demo/hq.git' ls-tree --name-only main:labels | grep -c csv)" \
	22 'main holds the dictionaries'
is "$(git -C 'a=b demo/hq.git' ls-tree --name-only main:forms | tr '\n' ' ')" \
	'household public_building_energy road_stop school_connectivity street_light '\
'telecom_coverage waste_point water_point ' 'and the forms'
is "$(field verify --hash)" "$(tawam -C 'a=b demo/hq-desk' verify --hash)" \
	'both replicas are in the same state'
is "$(field status --json | json '$.conflicts')" 0 'without conflicts'
is "$(field remote hq)" "$PWD/a=b demo/hq.git" \
	'the field replica knows where HQ is after the rename'
ok 'a sync from there works' field sync
if /usr/bin/python3 -c 'import osgeo_utils.samples.validate_gpkg' 2>/dev/null
then
	ok "GDAL's validator accepts it" /usr/bin/python3 \
		-m osgeo_utils.samples.validate_gpkg --extra --warning-as-error \
		'a=b demo/field/twin.gpkg'
fi
printf '%s\n' :forms '<Enter>' ':question commune_code' 'type zegz' '<Enter>' \
	1 ':question location' 'type zegz' '<F5>' ':assert Communes' \
	':assert Bâtiments publics' '<Enter>' ':assert 34,91616 N' >steps
ok 'a point is taken from the places, which are called in words' field \
	--lang fr --plain --size 80x24 --script steps
# ---- a finished record of each form is opened and finished again -----------
# Its own register has the code that no other may have.
for form in household public_building_energy road_stop school_connectivity \
	street_light telecom_coverage waste_point water_point; do
	for row in $(field query "SELECT fid FROM ${form}_record ORDER BY fid
		LIMIT 1") $(field query "SELECT fid FROM ${form}_record
		ORDER BY fid DESC LIMIT 1"); do
		like "$(printf ':go note\nlooked at again\n:finish\n' |
			field --lang en form fill "$form" --edit "$row" 2>&1 |
			tail -n 1)" '^saved: .*; the next sync sends it' "$form: record $row is edited"
	done
done

done_testing
