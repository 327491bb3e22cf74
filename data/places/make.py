#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the files of data/places again from a folder of source facts.

usage: make.py SOURCE_FOLDER

Needed only when the facts change: the files made are kept in the tree, and
neither the build nor the program reads SOURCE_FOLDER. What comes from where,
under which licence, and what was changed stands in SOURCES.md. Standard
library only. Fields never hold a comma or a quote (checked), so that awk can
split the files at commas.
"""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST_TRIANGLE = "5000"  # m²; see simplify.py
PROVINCE = (284061, 75643, 289137)  # population, households 2024; pop. 2014
# The accents that French spelling wants and the source leaves out.
NAMES = {"Saidia": "Saïdia", "Ain Erreggada": "Aïn Erreggada"}
NAMES_AR = {"Maroc": "المغرب", "Berkane": "بركان"}


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write(name, columns, rows):
    lines = [",".join(columns)]
    for row in rows:
        values = [str(row[column]).strip() for column in columns]
        for value in values:
            if re.search(r'[,"\n\r]', value):
                sys.exit(f"{name}: a comma, quote or line end in {value!r}")
        lines.append(",".join(values))
    path = os.path.join(HERE, name)
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("\n".join(lines) + "\n")
    print(f"{name}: {len(rows)} rows")


def make_communes(source):
    rows = []
    for row in read(source, "berkane_communes_2024.csv"):
        rows.append({
            "code": row["code"],
            "name_fr": NAMES.get(row["name_fr"], row["name_fr"]),
            "name_ar": row["name_ar"], "type": row["type"],
            "cercle_code": row["cercle_code"], "cercle": row["cercle_fr"],
            "population_2024": row["pop_2024"],
            "households_2024": row["hh_2024"],
            "population_2014": row["pop_2014"],
            "households_2014": row["hh_2014"]})
    rows.sort(key=lambda row: row["code"])
    sums = tuple(sum(int(row[c]) for row in rows) for c in
                 ("population_2024", "households_2024", "population_2014"))
    if sums != PROVINCE:
        sys.exit(f"communes: sums {sums}, expected {PROVINCE}")
    write("communes.csv", list(rows[0]), rows)
    return rows


def make_polygons(source):
    """The geometry and what is measured on it: ODbL, in a file of its own."""
    area = {row["code"]: float(row["area_km2"])
            for row in read(source, "berkane_communes_2024.csv")}
    path = os.path.join(source, "berkane_communes_osm_odbl.geojson")
    with open(path, encoding="utf-8") as f:
        collection = json.load(f)
    for feature in collection["features"]:
        code = feature["properties"]["code"]
        feature["properties"] = {"code": code, "area_km2": area[code]}
    collection["features"].sort(key=lambda f: f["properties"]["code"])
    collection = {
        "type": "FeatureCollection", "name": "communes_odbl",
        "license": "Open Database License (ODbL) 1.0, "
                   "https://opendatacommons.org/licenses/odbl/1-0/",
        "attribution": "© OpenStreetMap contributors, "
                       "https://www.openstreetmap.org/copyright",
        "source": collection["source"],
        "changed": "simplified by data/places/simplify.py, shared borders "
                   "kept; label point added",
        "features": collection["features"]}
    with tempfile.NamedTemporaryFile("w", suffix=".geojson",
                                     encoding="utf-8") as whole:
        json.dump(collection, whole, ensure_ascii=False)
        whole.flush()
        subprocess.run([sys.executable, os.path.join(HERE, "simplify.py"),
                        whole.name,
                        os.path.join(HERE, "communes_odbl.geojson"),
                        LEAST_TRIANGLE], check=True)


def make_douars(source):
    shares = {"under15_pct": "under_15_percent",
              "age60p_pct": "over_60_percent",
              "dist_paved_km": "distance_paved_road_km",
              "dist_track_km": "distance_track_km",
              "dist_primary_km": "distance_primary_school_km",
              "dist_middle_km": "distance_middle_school_km",
              "dist_high_km": "distance_high_school_km",
              "dist_health_km": "distance_health_centre_km"}
    places = {row["douar_code"]: row
              for row in read(source, "berkane_douar_places.csv")}
    rows = []
    for row in read(source, "berkane_douars_2024.csv"):
        rows.append({
            "code": row["code"], "commune_code": row["commune_code"],
            "fraction_code": row["fraction_code"], "name_ar": row["name_ar"],
            "settlement": row["type"], "households_2024": row["households"],
            "population_2024": row["population"],
            **{ours: row[theirs] for theirs, ours in shares.items()}})
    rows.sort(key=lambda row: row["code"])
    write("douars.csv", list(rows[0]), rows)
    for licence, origin in (("odbl", "osm"), ("geonames", "geonames")):
        write(f"douar_places_{licence}.csv",
              ["code", "name_latin", "latitude", "longitude",
               "place_source", "place_source_id", "place_match"],
              [{"code": code, "name_latin": p["name_latin"],
                "latitude": p["lat"], "longitude": p["lon"],
                "place_source": p["source"],
                "place_source_id": p["source_id"],
                "place_match": p["match"]}
               for code, p in sorted(places.items())
               if p["source"] == origin])


def make_indicators(source, communes):
    arabic = dict(NAMES_AR, **{row["name_fr"]: row["name_ar"]
                               for row in communes})
    rows = []
    for row in read(source, "berkane_rgph2024_household_indicators.csv"):
        name = NAMES.get(row["name_fr"], row["name_fr"])
        rows.append({"area_key": f"{row['code'] or 'MA'}/{row['area']}",
                     **row, "name_fr": name, "name_ar": arabic[name]})
    columns = list(rows[0])
    columns.remove("name_ar")
    columns.insert(columns.index("name_fr") + 1, "name_ar")
    write("household_indicators.csv", columns, rows)


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: make.py SOURCE_FOLDER")
    communes = make_communes(sys.argv[1])
    make_polygons(sys.argv[1])
    make_douars(sys.argv[1])
    make_indicators(sys.argv[1], communes)


if __name__ == "__main__":
    main()
