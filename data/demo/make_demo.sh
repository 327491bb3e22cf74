#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the demonstration territory in FOLDER:
#
#   FOLDER/hq.git    HQ's bare repository
#   FOLDER/hq-desk   the replica on HQ's desk, which imported everything
#   FOLDER/field     a field replica, cloned from hq.git
#
# usage: make_demo.sh FOLDER        environment: TAWAM, the program
#
# All is built in FOLDER.tmp and renamed at the end: FOLDER is whole or absent.
# Where it is whole already, nothing is done. What an interrupted run left in
# FOLDER.tmp is removed.
set -eu

fail() {
    echo "make_demo.sh: $*" >&2
    exit 1
}

[ $# -eq 1 ] && [ -n "$1" ] || fail "usage: make_demo.sh FOLDER"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
places=$here/../places
labels=$here/../labels
forms=$here/../forms
tawam=${TAWAM:-$here/../../build/tawam}
folder=${1%/}
case $folder in
/*) ;;
*) folder=$PWD/$folder ;;
esac
work=$folder.tmp

if [ -e "$folder/field/twin.gpkg" ] && [ -e "$folder/hq-desk/twin.gpkg" ] &&
    [ -e "$folder/hq.git/HEAD" ]; then
    exit 0
fi
[ ! -e "$folder" ] || fail "$folder exists and is no whole demonstration;" \
    "move it away or remove it"
command -v "$tawam" >/dev/null 2>&1 ||
    fail "no program $tawam; build it with make, or name it in TAWAM"

rm -rf "$work"
mkdir -p "$work/files"
# The list of replicas this user knows must not get names that soon change.
XDG_STATE_HOME=$work/files/state
LC_ALL=C.UTF-8
LANGUAGE=en
export XDG_STATE_HOME LC_ALL LANGUAGE
unset TAWAM_DIR

# Run the program; its words are shown only when it fails.
tawam() {
    "$tawam" "$@" </dev/null >"$work/files/said" 2>&1 || {
        cat "$work/files/said" >&2
        fail "failed: tawam $*"
    }
}
desk() { tawam -C "$work/hq-desk" "$@"; }

# awk in the folder of places: a file name with "=" in its path would be
# taken for an assignment.
in_places() { (cd "$places" && LC_ALL=C awk "$@"); }

# The communes' figures (HCP) put into the outlines (ODbL), a feature a line.
# What a form's list shows of a place, here and in join_douars: both its names,
# so that letters of either find it.
join_communes() {
    in_places -F, '
        FILENAME == "communes.csv" {
            if (FNR == 1) { split($0, name, ","); next }
            for (i = 2; i <= NF; i++)
                figures[$1] = figures[$1] ",\"" name[i] "\":" \
                    ($i == "" ? "null" : i < 7 ? "\"" $i "\"" : $i)
            figures[$1] = figures[$1] ",\"label\":\"" $2 " · " $3 "\""
            next
        }
        /"Feature",/ {
            at = index($0, "\"code\":\"") + 20
            code = substr($0, at - 12, 12)
            $0 = substr($0, 1, at) figures[code] substr($0, at + 1)
        }
        { print }' communes.csv communes_odbl.geojson
}

# The douars, with the position and Latin name of the 99 that have one.
join_douars() {
    in_places -F, '
        FILENAME ~ /places/ {
            if (FNR > 1) { latin[$1] = $2; place[$1] = $3 "," $4 "," $5 \
                "," $6 "," $7 }
            next
        }
        FNR == 1 {
            print "code,name_latin,name_ar,commune_code,fraction_code," \
                "settlement,households_2024,population_2024," \
                substr($0, index($0, "under_15")) ",latitude,longitude," \
                "place_source,place_source_id,place_match,label"
            next
        }
        {
            figures = $5
            for (i = 6; i <= NF; i++) figures = figures "," $i
            print $1 "," latin[$1] "," $4 "," $2 "," $3 "," figures "," \
                ($1 in place ? place[$1] : ",,,,") "," \
                ($1 in place ? latin[$1] " · " : "") $4
        }' douar_places_geonames.csv douar_places_odbl.csv douars.csv
}

# generate TABLE: answers to a form, or to a repeat of one.
generate() {
    in_places -v table="$1" -f "$here/generate.awk" -f "$here/household.awk" \
        -f "$here/register.awk" communes.csv communes_odbl.geojson \
        household_indicators.csv douars.csv douar_places_geonames.csv \
        douar_places_odbl.csv >"$work/files/$1.csv"
}

# import LAYER FILE KEY TYPES: into the desk's replica.
import() {
    desk import "$2" --layer "$1" --key "$3" --types "$4"
}

tawam init "$work/hq-desk" --name "Province de Berkane" --device hq-desk \
    --author "HQ Berkane <hq@berkane.example>" --bare-remote "$work/hq.git"

join_communes >"$work/files/commune.geojson"
import commune "$work/files/commune.geojson" code \
    code=text,cercle_code=text,area_km2=decimal
join_douars >"$work/files/douar.csv"
import douar "$work/files/douar.csv" code \
    code=text,commune_code=text,fraction_code=text,place_source_id=text
desk commit -m "The 16 communes and 253 douars of the province"

import indicator "$places/household_indicators.csv" area_key code=text
desk commit -m "Household indicators of the 2024 census"

# answers FORM [REPEAT]: have the form take what is generated, all of it.
answers() {
    form=$1
    generate "$form"
    if [ $# -gt 1 ]; then
        generate "$2"
        set -- --repeat "$2=$work/files/$2.csv"
    else
        set --
    fi
    desk form import "$form" "$work/files/$form.csv" "$@"
    [ ! -e "$work/files/$form.csv.rejects.csv" ] || {
        cat "$work/files/said" >&2
        fail "the form $form refused answers"
    }
}

# The forms make the layers; the answers pass through them.
for form in household water_point street_light public_building_energy \
    road_stop waste_point telecom_coverage school_connectivity; do
    desk form publish "$forms/$form"
done
answers household member
answers water_point
answers street_light
answers public_building_energy
answers road_stop
answers waste_point
answers telecom_coverage measurement
answers school_connectivity
desk commit -m "Demonstration households, water points, street lights and more"

# All dictionaries as one: one commit in main.
(cd "$labels" && awk 'NR == 1 || FNR > 1' ./*.csv) >"$work/files/labels.csv"
desk labels "$work/files/labels.csv"
desk sync

tawam clone "$work/hq.git" "$work/field" --device field-1 \
    --author "Amina Berrada <amina@berkane.example>"

# Both replicas will find HQ where the rename puts it, and have met it there.
desk remote hq "$folder/hq.git"
tawam -C "$work/field" remote hq "$folder/hq.git"
rm -rf "$work/files"
mv "$work" "$folder"
mkdir -p "$work/files"
tawam -C "$folder/hq-desk" sync
tawam -C "$folder/field" sync
rm -rf "$work"
echo "The demonstration is in $folder: hq.git, hq-desk, field."
