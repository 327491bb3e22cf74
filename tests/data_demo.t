#!/bin/sh
# SPDX-License-Identifier: MIT
# data/places, data/labels and data/demo are whole and agree: row counts and
# the census's sums, no gap between neighbours, answers for the demonstration
# the same under every awk here, flagged, inside their commune and within the
# census's shares, questions and choices that the shipped forms have, and a
# label in three languages for the layers that no form makes.
#
# Tolerances: in each commune a share may differ from the census by one
# household (100/n points) and one point of rounding; over the province,
# weighted by households, by 2 points.

cd "$(dirname "$0")/../data/places" || exit 1
LC_ALL=C
export LC_ALL
folder=$(mktemp -d "${TMPDIR:-/tmp}/tawam-data.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
number=0

# check NAME WRONG: passes when WRONG is empty, else shows it.
check() {
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}
equal() {
    if [ "$2" = "$3" ]; then check "$1" ""
    else check "$1" "got $2, wanted $3"; fi
}
rows() { tail -n +2 "$1" | wc -l | tr -d ' '; }
sum() { # FILE COLUMN
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++)
        if ($i == name) c = i; next } { s += $c } END { printf "%d", s }' "$1"
}
generate() { # TABLE AWK...
    table=$1
    shift
    "$@" -v table="$table" -f ../demo/generate.awk -f ../demo/household.awk \
        -f ../demo/register.awk communes.csv communes_odbl.geojson household_indicators.csv douars.csv \
        douar_places_geonames.csv douar_places_odbl.csv
}

equal '16 communes' "$(rows communes.csv)" 16
equal '253 douars' "$(rows douars.csv)" 253
equal '99 of them have a position' \
    "$(($(rows douar_places_odbl.csv) + $(rows douar_places_geonames.csv)))" 99
equal '22 areas of census indicators' "$(rows household_indicators.csv)" 22
equal 'population 2024' "$(sum communes.csv population_2024)" 284061
equal 'households 2024' "$(sum communes.csv households_2024)" 75643
equal 'population 2014' "$(sum communes.csv population_2014)" 289137
check 'every row of a CSV has as many fields as its header' "$(
    for file in *.csv ../labels/*.csv; do
        awk -F, -v file="$file" 'FNR == 1 { n = NF }
            NF != n { print file ", line " FNR ": " NF " fields" }' "$file"
    done)"
check 'each douar lies in a commune of the table' "$(
    awk -F, 'FNR == 1 { file++; next } file == 1 { known[$1] = 1; next }
        !($2 in known) { print $1 " in " $2 }' communes.csv douars.csv)"
check 'each position belongs to a douar' "$(
    awk -F, 'FNR == 1 { file++; next } file == 1 { known[$1] = 1; next }
        !($1 in known) { print $1 }' douars.csv douar_places_*.csv)"
check 'OpenStreetMap positions stand in the ODbL file, no others' "$(
    awk -F, 'FNR > 1 && ($5 == "osm") != (FILENAME ~ /odbl/) { print }' \
        douar_places_*.csv)"
equal '16 outlines, one a line' \
    "$(grep -c '"type":"Feature",' communes_odbl.geojson)" 16
check 'the outlines carry their licence' "$(
    grep -q '"license": "Open Database License' communes_odbl.geojson ||
        echo 'no licence')"

# Each segment of an outline is a border with one neighbour, run the other
# way by it, or the province's own edge: the edge must be one closed ring. A
# gap or an overlap would leave segments that make more rings.
check 'neighbours share their borders vertex by vertex' "$(
    awk '/"type":"Feature",/ {
        text = substr($0, index($0, "\"coordinates\":") + 14)
        gsub(/\]\],\[\[/, ";", text); gsub(/[^-0-9.,;]/, "", text)
        rings = split(text, ring, ";")
        for (r = 1; r <= rings; r++) {
            n = split(ring[r], v, ",")
            for (i = 1; i + 3 <= n; i += 2) {
                a = v[i] " " v[i + 1]; b = v[i + 2] " " v[i + 3]
                if ((a, b) in seen) print "twice: " a ", " b
                seen[a, b] = 1
            }
        }
    } END {
        for (s in seen) {
            split(s, end, SUBSEP)
            if ((end[2], end[1]) in seen) continue
            if (end[1] in next_of) print "forks at " end[1]
            next_of[end[1]] = end[2]; edge++; first = end[1]
        }
        at = first
        do { at = next_of[at]; steps++ } while (at in next_of && at != first)
        if (at != first || steps != edge)
            print "the edge is not one ring: " steps " of " edge
    }' communes_odbl.geojson)"

# ---- the generated answers -------------------------------------------------
tables='household member water_point street_light public_building_energy
road_stop waste_point telecom_coverage measurement school_connectivity'
for table in $tables; do generate $table awk >"$folder/$table.csv"; done
# Forms alone: what has a place and says that it is a demonstration.
forms=$(echo $tables | sed 's/ member / /; s/ measurement / /')
equal 'answers to each form' "$(for table in $tables; do
    rows "$folder/$table.csv"; done | tr '\n' ' ')" \
    '300 1000 120 150 32 54 48 20 60 40 '

wrong=
compared=
for program in mawk gawk original-awk 'busybox awk'; do
    command -v "${program%% *}" >/dev/null 2>&1 || continue
    compared="$compared${compared:+, }$program"
    for table in $tables; do
        # shellcheck disable=SC2086  # two words: busybox awk
        generate $table $program | cmp -s - "$folder/$table.csv" ||
            wrong="$wrong $table differs under $program."
    done
done
check "the same bytes from awk, ${compared:-no other here}" "$wrong"
equal 'the same bytes as when this test was written' \
    "$(for table in $tables; do cat "$folder/$table.csv"; done | cksum)" \
    '3637270277 213439'

# column NAME FILE: its values, one a line
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++)
        if ($i == name) c = i; next } c { print $c }' "$2"
}
check 'every row says that it is demonstration data' "$(
    for table in $forms; do
        awk -F, -v table=$table 'NR == 1 { for (i = 1; i <= NF; i++)
            column[$i] = i; n = NF; next }
            NF != n || $column["demonstration"] != "yes" ||
            $column["note"] != "données de démonstration" {
                print table ": " $0 }' "$folder/$table.csv"
    done)"
check 'codes are unique' "$(for name in code segment_code stop_code; do
        for table in $forms; do column $name "$folder/$table.csv"; done
    done | grep . | sort | uniq -d)"
check 'no column for a name, a telephone or an identity number' "$(
    head -qn1 "$folder"/*.csv | tr , '\n' |
        grep -E '^(nom|name|first_name|last_name|phone|telephone|cin)$')"
check 'each column is a question of its form, each answer one of its choices' "$(
    for table in $tables; do
        form=$(echo $table | sed 's/^member$/household/
            s/^measurement$/telecom_coverage/')
        awk -v table=$table -F, '
            FILENAME ~ /choices/ { known[$1, $2] = 1; next }
            FILENAME ~ /survey/ { # no comma stands before the name
                kind[$2] = $1; next }
            FNR == 1 { for (i = 1; i <= NF; i++) { name[i] = $i
                if (!($i in kind) && $i !~ /KEY$/) print table ": " $i }
                next }
            { for (i = 1; i <= NF; i++) {
                split(kind[name[i]], list, " ")
                if ($i != "" && list[1] ~ /^select_(one|multiple)$/ &&
                    list[2] !~ /^\$/) {
                    n = split($i, part, " ")
                    for (k = 1; k <= n; k++)
                        if (!((list[2], part[k]) in known))
                            print table "." name[i] ": " part[k]
                } } }' "../forms/$form/choices.csv" "../forms/$form/survey.csv" \
            "$folder/$table.csv"
    done | sort -u)"

# A box of each commune from its outline; each point must lie in it.
check "points lie in their commune's box" "$(
    awk '/"type":"Feature",/ {
        code = substr($0, index($0, "\"code\":\"") + 8, 12)
        text = substr($0, index($0, "\"coordinates\":") + 14)
        gsub(/[^-0-9.,]/, "", text)
        n = split(text, v, ",")
        w = s = 999; e = north = -999
        for (i = 1; i <= n; i++) {
            x = v[i] + 0
            if (i % 2) { if (x < w) w = x; if (x > e) e = x }
            else { if (x < s) s = x; if (x > north) north = x }
        }
        print code "," w "," s "," e "," north
    }' communes_odbl.geojson >"$folder/boxes"
    for table in $forms; do
        awk -F, -v boxes="$folder/boxes" 'FILENAME == boxes {
                w[$1] = $2; s[$1] = $3; e[$1] = $4; n[$1] = $5; next }
            FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
            { split($column["location"] $column["line"], point, ";")
                for (k in point) { split(point[k], v, " "); y = v[1]; x = v[2]
                if (!($1 in w) || x < w[$1] || x > e[$1] || y < s[$1] ||
                    y > n[$1]) print } }' "$folder/boxes" "$folder/$table.csv"
    done)"
check "a row's douar is of its commune" "$(
    for table in $forms; do
        awk -F, 'FNR == 1 { file++
                for (i = 1; i <= NF; i++) column[$i] = i; next }
            file == 1 { commune[$1] = $2; next }
            column["douar_code"] && $column["douar_code"] != "" &&
            commune[$column["douar_code"]] != $1' \
            douars.csv "$folder/$table.csv"
    done)"
check 'a household answers for as many members as the census says' "$(
    awk -F, 'FNR == 1 { file++; for (i = 1; i <= NF; i++) c[file, $i] = i
            next }
        file == 1 { if ($c[1, "level"] == "commune")
            mean[$c[1, "code"]] = $c[1, "avg_size"]; next }
        file == 2 { if ($c[2, "visit"] == "interview") {
            of[$c[2, "code"]] = $1; n[$1]++ } next }
        { people[of[$1]]++; heads += $2 == "head" }
        END { for (code in n) { off = people[code] - mean[code] * n[code]
            if (off < -0.51 || off > 0.51) print code ": " people[code]
            all += n[code] }
            if (heads != all) print heads " heads of " all " households" }' \
        household_indicators.csv "$folder/household.csv" \
        "$folder/member.csv")"

# shares HOUSEHOLD_COLUMN CHOICE CENSUS_COLUMN: what is out of tolerance.
shares() {
    awk -F, -v ours="$1" -v choice="$2" -v theirs="$3" '
        FNR == 1 { file++; for (i = 1; i <= NF; i++) c[file, $i] = i; next }
        file == 1 { size[$1] = $c[1, "households_2024"]; next }
        file == 2 { if ($c[2, "level"] == "commune")
                census[$c[2, "code"]] = $c[2, theirs]
            if ($c[2, "area_key"] == "02.113/total")
                province = $c[2, theirs]
            next }
        $c[3, "visit"] != "planned" {
            n[$1]++; hit[$1] += ($c[3, ours] == choice) }
        END { for (code in census) {
                if (!n[code]) { print "no household in " code; continue }
                share = 100 * hit[code] / n[code]
                off = share - census[code]
                if (off < 0) off = -off
                if (off > 100 / n[code] + 1)
                    print code ": " share " %, census " census[code] " %"
                sum += share * size[code]; all += size[code]
            }
            off = sum / all - province
            if (off < -2 || off > 2) print "province: " sum / all \
                " %, census " province " %" }' \
        communes.csv household_indicators.csv "$folder/household.csv"
}
while read -r column choice indicator; do
    check "households: $column=$choice follows the census ($indicator)" \
        "$(shares "$column" "$choice" "$indicator")"
done <<END
water_source piped_dwelling running_water
power_source grid electricity
toilet flush_sewer ww_public_sewer
toilet flush_septic ww_septic
waste_disposal municipal_bin waste_municipal_bin
waste_disposal open waste_open
cooking_fuel gas fuel_gas
cooking_fuel firewood fuel_firewood
END
check 'no water point serves more people than its douar has without a tap' "$(
    awk -F, 'FNR == 1 { file++; for (i = 1; i <= NF; i++) c[file, $i] = i
            next }
        file == 1 { if ($c[1, "level"] == "commune")
                piped[$c[1, "code"]] = $c[1, "running_water"]; next }
        file == 2 { people[$1] = $c[2, "population_2024"]; next }
        FNR > 1 {
            douar = $c[3, "douar_code"]
            share = (100 - piped[$c[3, "commune_code"]]) / 100
            if ($c[3, "people_served"] > people[douar] * share + 1) print
        }' \
        household_indicators.csv douars.csv "$folder/water_point.csv")"

# ---- labels ----------------------------------------------------------------
check 'each label is given in French, Arabic and English' "$(
    awk -F, 'FNR > 1 && ($4 == "" || $5 == "" || $6 == "" ||
        $5 !~ /[\330-\333]|^\(/) { print FILENAME ", line " FNR }' \
        ../labels/*.csv)"
columns_of() { # LAYER: the columns that its files bring
    case $1 in
    commune) head -n1 communes.csv | tr , '\n'
        printf 'area_km2\nlabel_longitude\nlabel_latitude\nlabel\n' ;;
    douar) head -n1 douars.csv | tr , '\n'
        head -n1 douar_places_odbl.csv | tr , '\n'
        echo label ;;
    indicator) head -n1 household_indicators.csv | tr , '\n' ;;
    esac | grep -vx -e longitude -e latitude
}
check 'each layer and column has its label' "$(
    for layer in commune douar indicator; do
        grep -q "^$layer,,," ../labels/$layer.csv || echo "$layer itself"
        columns_of $layer | while read -r column; do
            grep -q "^$layer,$column,," ../labels/$layer.csv ||
                echo "$layer.$column"
        done
    done)"
check 'so has each list that a form makes' "$(
    for form in ../forms/*/entities.csv; do tail -n +2 "$form"; done |
        cut -d, -f1 | while read -r list; do
        grep -q "^$list,,," ../labels/register.csv || echo "$list"
    done)"
check 'each choice that occurs has its label, and a wrong one would be seen' "$(
    choices() { # LAYER FILE: what occurs in columns that have choices
        awk -F, -v layer="$1" 'FNR == 1 { file++ }
            file == 1 { if ($3 != "") { listed[$2] = 1; known[$2, $3] = 1 }
                next }
            FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
            { for (i = 1; i <= NF; i++)
                if (name[i] in listed && $i != "" &&
                    !((name[i], $i) in known))
                    print layer "." name[i] ": " $i }' "../labels/$1.csv" "$2"
    }
    choices commune communes.csv
    choices douar douars.csv
    choices douar douar_places_odbl.csv
    choices douar douar_places_geonames.csv
    choices indicator household_indicators.csv
    sed 's/,urban,/,urbane,/' communes.csv >"$folder/broken.csv"
    choices commune "$folder/broken.csv" | grep -q urbane || echo blind)"
echo "1..$number"
