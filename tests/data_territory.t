#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration territory: whole or absent, made once, the same figures in
# both replicas, labels where every replica gets them, a GeoPackage for others.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

make_demo() { sh "$TOP/data/demo/make_demo.sh" "$@"; }
field() { tawam -C 'a=b demo/field' "$@"; }
count() { field query "SELECT count(*) FROM $1"; }
export TAWAM

# ---- cut off, then repeated ------------------------------------------------
# A program that fails when asked to import the water points.
cat >failing <<END
#!/bin/sh
case "\$*" in *water_point.csv*) echo 'no more' >&2; exit 3 ;; esac
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
is "$(count household) $(count water_point) $(count street_light)" \
	'300 120 150' 'households, water points, street lights'
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
is "$(for layer in household water_point street_light; do
	field query "SELECT count(*) FROM $layer
		WHERE demonstration <> 1 OR note NOT LIKE 'données de d%'
		OR geom IS NULL"
done | tr '\n' ' ')" '0 0 0 ' 'every invented row says so, and has its place'
is "$(field layers household | awk '$1 ~ /^(douar_code|survey_date|members|internet_access|demonstration)$/ { printf "%s ", $2 }')" \
	'date integer text boolean boolean ' 'types of the columns'

# ---- labels, others, both replicas ------------------------------------------
is "$(field get household code=H-0001 water_source)" piped 'a value is its code'
for language in en:Households fr:Ménages ar:الأسر; do
	is "$(sqlite3 'a=b demo/field/twin.gpkg' "SELECT text FROM tawam_label
		WHERE layer = 'household' AND \"column\" = '' AND choice = ''
		AND language = '${language%%:*}'")" "${language#*:}" \
		"the field replica has the label in ${language%%:*}"
done
is "$(git -C 'a=b demo/hq.git' ls-tree --name-only main:labels |
	tr '\n' ' ')" 'commune.csv douar.csv household.csv indicator.csv '\
'street_light.csv water_point.csv ' 'main holds the dictionaries'
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
done_testing
