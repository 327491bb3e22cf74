# SPDX-License-Identifier: MIT
"""Interviews with the forms of data/forms; prints TAP.

Usage: data_forms.py TAWAM data/forms
"""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

TAWAM, FOLDER = sys.argv[1:3]
LANGUAGES = ("Français (fr)", "العربية (ar)", "English (en)")
FORMS = ("household", "public_building_energy", "road_stop",
         "school_connectivity", "street_light", "telecom_coverage",
         "waste_point", "water_point")
HERE = "34.92 -2.32 0 5"
# What the twin's layers would hold.
COMMUNES = [{"name": "c1", "label": "Zegzel", "code": "02.113.05.19"},
            {"name": "c2", "label": "Berkane", "code": "02.113.01.09"}]
DOUARS = [{"name": "d1", "label": "Jaarane", "code": "1130519001001",
           "commune_code": "02.113.05.19", "distance_paved_road_km": "1.25"},
          {"name": "d2", "label": "Taghjirt", "code": "1130519001002",
           "commune_code": "02.113.05.19", "distance_paved_road_km": "0.1"},
          {"name": "d3", "label": "Elsewhere", "code": "1130303001001",
           "commune_code": "02.113.03.03", "distance_paved_road_km": "7"}]

number = 0


def check(name, wrong):
    """Passes when WRONG is empty, else shows it."""
    global number
    number += 1
    print(("not ok" if wrong else "ok") + f" {number} - {name}")
    for line in (wrong if isinstance(wrong, list) else [wrong] if wrong else []):
        print("#", line)


def sheet(form, name):
    with open(os.path.join(FOLDER, form, name + ".csv"), encoding="utf-8",
              newline="") as file:
        return list(csv.DictReader(file))


class Form:
    def __init__(self, name):
        self.name = name
        self.survey, self.choices = sheet(name, "survey"), sheet(name, "choices")
        self.paths, self.rows, self.repeats, self.groups = {}, {}, {}, {}
        self.lists = {}
        for choice in self.choices:
            self.lists.setdefault(choice["list_name"], []).append(choice["name"])
        path = ["data"]
        for row in self.survey:
            kind = row["type"]
            if kind.startswith("end_"):
                path.pop()
                continue
            self.paths.setdefault(row["name"], []).append("/".join([""] + path + [row["name"]]))
            self.rows[row["name"]] = row
            if kind.startswith("begin_"):
                path.append(row["name"])
                self.groups[row["name"]] = row
                if kind == "begin_repeat":
                    self.repeats[row["name"]] = "/" + "/".join(path)

    def questions(self):
        """The names of what a person is asked or shown."""
        return [r["name"] for r in self.survey if r.get("label::" + LANGUAGES[0])
                and not r["type"].startswith(("begin", "end"))]

    def path(self, name, instances=()):
        path = self.paths[name][0]
        for repeat, index in instances:
            root = self.repeats[repeat]
            if path.startswith(root + "/"):
                path = f"{root}[{index}]" + path[len(root):]
        return path

    def is_asked(self, name):
        row = self.rows[name]
        kind = row["type"].split()[0]
        return row.get("label::" + LANGUAGES[0]) and kind != "note" and \
            not kind.startswith("begin") and row.get("read_only") != "yes"

    def own_list(self, name):
        return row_list(self.rows[name]["type"])

    def guess(self, name):
        """An answer that is often right."""
        kind = self.rows[name]["type"]
        if kind.startswith(("select_one_from_file", "select_one ${")):
            return None
        if kind.startswith("select_"):
            return self.lists[self.own_list(name)][0]
        return {"integer": "10", "decimal": "10", "text": "A", "date": "2026-05-01",
                "dateTime": "2026-05-01T10:00:00.000+01:00", "time": "08:00:00.000+01:00",
                "geopoint": HERE, "geotrace": "34.90 -2.30 0 0;34.91 -2.31 0 0",
                "range": "1"}.get(kind)


def row_list(kind):
    words = kind.split()
    return words[1] if len(words) > 1 else None


def write_lists(folder, lists):
    for name, rows in lists.items():
        columns = []
        for row in rows:
            columns += [c for c in row if c not in columns]
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8",
                  newline="") as file:
            writer = csv.DictWriter(file, columns or ["name", "label", "__version"])
            writer.writeheader()
            writer.writerows(rows)


def run(form, steps, lists=None, now="2026-06-15T10:00:00.000+01:00"):
    """One line of JSON a step."""
    with tempfile.TemporaryDirectory() as folder:
        everything = {r: [] for r in ("household", "water_point", "street_light",
                                      "public_building", "road_segment", "stop",
                                      "waste_point", "school")}
        everything.update({"commune": COMMUNES, "douar": DOUARS})
        everything.update(lists or {})
        write_lists(folder, everything)
        with open(os.path.join(folder, "steps.json"), "w", encoding="utf-8") as file:
            json.dump({"steps": steps}, file)
        done = subprocess.run(
            [TAWAM, "form", "run", os.path.join(FOLDER, form.name),
             os.path.join(folder, "steps.json"), "--attach", folder,
             "--tz", "Africa/Casablanca", "--now", now, "--dump", "end"],
            capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode not in (0, 1) or len(lines) != len(steps):
            raise SystemExit(f"Bail out! {form.name}: {done.returncode} {done.stderr}")
        return lines


class Interview:
    """Answers everything, in the form's order: what is hidden stays hidden."""

    def __init__(self, form, answers, repeats=None, lists=None):
        self.form, self.wrong = form, []
        steps, asked = [], []
        repeats = repeats or {}
        for repeat, instances in repeats.items():
            steps += [{"op": "newRepeat", "ref": form.repeats[repeat]}] * (len(instances) - 1)
        for row in form.survey:
            if row["type"].startswith(("begin", "end_")) or not form.is_asked(row["name"]):
                continue
            name = row["name"]
            inside = [r for r in form.repeats if form.paths[name][0].startswith(form.repeats[r] + "/")]
            for index, own in enumerate(repeats.get(inside[0], [{}]) if inside else [answers], 1):
                value = own[name] if name in own else answers.get(name, form.guess(name))
                if value is None or (row.get("default") and name not in own and name not in answers):
                    continue
                if "known" not in answers.get("which", "") or not row.get("trigger") or name in own:
                    steps.append({"op": "answer", "value": value, "ref":
                                  form.path(name, [(inside[0], index)] if inside else [])})
                    asked.append((name, name in own))
        steps.append({"op": "finalize"})
        lines = run(form, steps, lists)
        self.lines, self.last = lines, lines[-1]
        if self.last["result"] != "ok":
            self.wrong.append(f"{self.last.get('ref')}: {self.last.get('message')}")
        self.xml = ElementTree.fromstring(self.last["xml"]) if "xml" in self.last else None
        added = len(lines) - 1 - len(asked)
        for (name, mine), line in zip(asked, lines[added:]):
            if mine and line["result"] != "ok" and self.values(name):
                self.wrong.append(f"{name}: {line['result']} {line.get('message')}")

    def values(self, name):
        return [e.text or "" for e in self.xml.iter() if e.tag.split("}")[-1] == name]

    def entities(self):
        return [(e.get("dataset"), e.get("id"), e.get("create"), e.get("update"),
                 "".join(e.itertext())) for e in self.xml.iter() if e.tag.split("}")[-1] == "entity"]


# ---- the sheets ----

def missing_languages(form):
    wrong = []
    for name, rows in (("survey", form.survey), ("choices", form.choices)):
        for at, row in enumerate(rows, 2):
            for text in ("label", "hint", "guidance_hint", "constraint_message", "required_message"):
                cells = [row.get(f"{text}::{language}") or "" for language in LANGUAGES]
                if any(cells) and not all(cells):
                    wrong.append(f"{name}.csv, row {at}: {text} lacks a language")
                if cells[1] and not re.search("[\u0621-\u064a]|^[0-9]G$|^LED$", cells[1]):
                    wrong.append(f"{name}.csv, row {at}: {cells[1]} is not Arabic")
            if row.get("constraint") and not row.get("constraint_message::" + LANGUAGES[0]):
                wrong.append(f"{name}.csv, row {at}: a constraint without a message")
            if row.get("required") and not row.get("required_message::" + LANGUAGES[0]):
                wrong.append(f"{name}.csv, row {at}: required without a message")
    return wrong


def lists_unused(form):
    used = {row_list(r["type"]) for r in form.survey if r["type"].startswith(("select_", "rank"))}
    return [f"the list {name} is used by no question" for name in form.lists if name not in used]


def without_source(form):
    """Each question says where it comes from, but for what is of all forms."""
    common = {"which", "code", "location", "known", "known_segment", "known_stop", "segment_code",
              "stop_code", "demonstration", "to_check", "note", "users"}
    return [f"{name}: no source" for name in form.questions()
            if name not in common and not form.rows[name].get("source")
            and form.rows[name]["type"] != "note"]


def commands_agree(form):
    folder = os.path.join(FOLDER, form.name)
    done = subprocess.run([TAWAM, "form", "check", folder], capture_output=True, text=True)
    if json.loads(done.stdout or "{}") != {"accept": True, "errors": [], "warnings": []}:
        return done.stdout + done.stderr
    done = subprocess.run([TAWAM, "form", "convert", folder, "--to", "xform"],
                          capture_output=True, text=True)
    try:
        ElementTree.fromstring(done.stdout)
    except ElementTree.ParseError as error:
        return str(error)
    return ""


FORM = {name: Form(name) for name in FORMS}
check("the eight forms", "" if sorted(os.listdir(FOLDER)) == sorted(FORMS + ("README.md",))
      else str(os.listdir(FOLDER)))
for form in FORM.values():
    check(f"{form.name}: accepted without a warning, and converted", commands_agree(form))
    check(f"{form.name}: three languages everywhere", missing_languages(form))
    check(f"{form.name}: every choice list is used", lists_unused(form))
    check(f"{form.name}: every question has its source", without_source(form))
    check(f"{form.name}: no name is used twice",
          [n for n, paths in form.paths.items() if len(paths) > 1])
    check(f"{form.name}: asks for no name, telephone or identity number of a person",
          [n for n in form.rows if re.search(r"^(nom|name|first_name|last_name|initials|phone|telephone|cin)$", n)])

# ---- the standards' own words ----

CODES = {
    ("street_light", "status"): "ok defectiveLamp columnIssue brokenLantern",
    ("street_light", "power_state"): "on off low bootingUp",
    ("street_light", "lamp"): "LED LPS HPS",
    ("street_light", "location_category"):
        "facade sidewalk pedestrianPath road playground park garden bridge tunnel parking centralIsland",
    ("waste_point", "status"): "ok lidOpen dropped moved vandalized burning unknown",
    ("waste_point", "waste"): "mixed organic inorganic glass oil plastic metal paper batteries "
                              "electronics hazardous other",
    ("water_point", "status"): "yes no unknown",
    ("water_point", "facility"): "improved unimproved no_facility",
    ("road_stop", "location_type"): "0 1",
    ("road_stop", "wheelchair"): "0 1 2",
    ("telecom_coverage", "technology"): "none 2g 3g 4g 5g",
    ("school_connectivity", "coverage"): "none 2g 3g 4g 5g unknown",
}
for (name, choices), words in CODES.items():
    check(f"{name}: {choices} are the standard's",
          "" if set(FORM[name].lists[choices]) == set(words.split()) else FORM[name].lists[choices])


def column(form, choices, name):
    return {c["name"]: c[name] for c in FORM[form].choices if c["list_name"] == choices}


check("household: water sources are numbered as in MICS6",
      "" if list(column("household", "water_source", "code").values()) ==
      "11 12 13 14 21 31 32 41 42 51 61 71 72 81 91 96".split() else "they are not")
check("household: toilets are numbered as in MICS6",
      "" if list(column("household", "toilet", "code").values()) ==
      "11 12 13 14 18 21 22 23 31 41 42 51 95 96".split() else "they are not")
check("telecom_coverage: operators by their E.212 codes",
      "" if column("telecom_coverage", "operator", "mcc_mnc") ==
      {"iam": "604-01", "orange": "604-00", "inwi": "604-02"} else "wrong")

# ---- ladders ----


def ladder(form, outcome, cases, before=(), repeat=None):
    """CASES: answers by name, and what OUTCOME then is, in one record."""
    steps = [{"op": "answer", "ref": form.path(n), "value": v} for n, v in before]
    gets = []
    for answers, expected in cases:
        for name, value in answers.items():
            steps.append({"op": "answer", "ref": form.path(name), "value": value})
        gets.append((len(steps), answers, expected))
        steps.append({"op": "get", "ref": form.path(outcome)})
    lines = run(form, steps)
    wrong = [f"{steps[i]}: {line}" for i, line in enumerate(lines) if line["result"] != "ok"]
    return wrong + [f"{answers}: {lines[at].get('value')}, expected {expected}"
                    for at, answers, expected in gets if lines[at].get("value") != expected]


BEGUN = [("commune_code", "02.113.05.19"), ("which", "new"), ("visit", "interview"), ("consent", "yes")]

def water(source, place="", trip="", available="yes", test="not_tested"):
    answers = {"water_source": source, "water_place": place, "water_round_trip": trip,
               "water_available": available, "water_test": test}
    return {n: v for n, v in answers.items()}


check("JMP drinking water ladder", ladder(FORM["household"], "water_service", [
    (water("piped_dwelling"), "basic"),
    (water("piped_dwelling", test="free"), "safely_managed"),
    (water("piped_dwelling", available="no", test="free"), "basic"),
    (water("piped_dwelling", available="dont_know", test="free"), "basic"),
    (water("piped_dwelling", test="contaminated"), "basic"),
    (water("piped_dwelling", test="dont_know"), "basic"),
    (water("piped_yard", test="free"), "safely_managed"),
    (water("piped_neighbour", trip="5", test="free"), "basic"),
    (water("public_tap", trip="30"), "basic"),
    (water("public_tap", trip="31"), "limited"),
    (water("public_tap", trip="0"), "basic"),
    (water("public_tap"), "unknown"),
    (water("borehole", "yard", test="free"), "safely_managed"),
    (water("borehole", "dwelling"), "basic"),
    (water("borehole", "elsewhere", "45"), "limited"),
    (water("protected_well", "elsewhere", "30", test="free"), "basic"),
    (water("protected_spring", "elsewhere", "90"), "limited"),
    (water("rainwater", "yard"), "basic"),
    (water("tanker", "dwelling", test="free"), "safely_managed"),
    (water("cart", "elsewhere", "10"), "basic"),
    (water("kiosk", "elsewhere", "60"), "limited"),
    (water("bottled", "dwelling"), "basic"),
    (water("unprotected_well", "yard", test="free"), "unimproved"),
    (water("unprotected_spring", "elsewhere", "5"), "unimproved"),
    (water("other", "elsewhere", "5"), "unimproved"),
    (water("surface", "elsewhere", "5", test="free"), "surface"),
], BEGUN))


def toilet(kind, shared="no", emptied="", to=""):
    return {"toilet": kind, "toilet_shared": shared, "toilet_emptied": emptied, "toilet_emptied_to": to}


check("JMP sanitation ladder", ladder(FORM["household"], "sanitation_service", [
    (toilet("flush_sewer"), "basic"),
    (toilet("flush_sewer", "yes"), "limited"),
    (toilet("flush_septic", emptied="never"), "safely_managed"),
    (toilet("flush_septic", emptied="dont_know"), "basic"),
    (toilet("flush_septic", "yes", "never"), "limited"),
    (toilet("flush_septic", emptied="yes", to="plant"), "safely_managed"),
    (toilet("flush_septic", emptied="yes", to="unknown_place"), "basic"),
    (toilet("flush_pit", emptied="yes", to="buried"), "safely_managed"),
    (toilet("flush_pit", emptied="yes", to="open"), "basic"),
    (toilet("flush_open"), "unimproved"),
    (toilet("flush_unknown"), "basic"),
    (toilet("pit_ventilated", emptied="never"), "safely_managed"),
    (toilet("pit_slab", emptied="dont_know"), "basic"),
    (toilet("pit_no_slab"), "unimproved"),
    (toilet("composting", emptied="yes", to="other"), "basic"),
    (toilet("bucket"), "unimproved"),
    (toilet("container"), "basic"),
    (toilet("hanging"), "unimproved"),
    (toilet("none"), "open_defecation"),
    (toilet("other"), "unimproved"),
], BEGUN))

check("JMP hygiene ladder", ladder(FORM["household"], "hygiene_service", [
    ({"handwashing": "fixed_dwelling", "handwashing_water": "yes", "handwashing_soap": "yes"}, "basic"),
    ({"handwashing_soap": "no"}, "limited"),
    ({"handwashing_soap": "yes", "handwashing_water": "no"}, "limited"),
    ({"handwashing": "mobile", "handwashing_water": "yes"}, "basic"),
    ({"handwashing": "none"}, "none"),
    ({"handwashing": "no_permission"}, "unknown"),
], BEGUN))

check("WaCT collection ladder", ladder(FORM["household"], "waste_service", [
    ({"waste_disposal": "truck", "waste_frequency": "weekly"}, "basic"),
    ({"waste_sorting": "two"}, "improved"),
    ({"waste_sorting": "three"}, "full"),
    ({"waste_frequency": "less"}, "limited"),
    ({"waste_frequency": "dont_know"}, "limited"),
    ({"waste_disposal": "municipal_bin", "waste_frequency": "daily", "waste_near": "no"}, "limited"),
    ({"waste_near": "yes", "waste_sorting": "none"}, "basic"),
    ({"waste_disposal": "burnt"}, "none"),
    ({"waste_disposal": "buried"}, "none"),
    ({"waste_disposal": "open"}, "none"),
], BEGUN))

check("clean cooking (SDG 7.1.2)", ladder(FORM["household"], "cooking_clean", [
    ({"cooking_fuel": fuel}, clean) for fuel, clean in
    column("household", "fuel", "clean").items() if clean] +
    [({"cooking_fuel": "gas"}, "yes"), ({"cooking_fuel": "firewood"}, "no")], BEGUN))

check("water points: facility type by the JMP's classes", ladder(FORM["water_point"], "facility_type", [
    ({"water_source": source}, "improved" if source not in
     ("unprotected_well", "unprotected_spring", "surface") else
     "no_facility" if source == "surface" else "unimproved")
    for source in FORM["water_point"].lists["water_source"]]))

check("rural access: condition and days closed", ladder(FORM["road_stop"], "counts_for_rai", [
    ({"condition": "good", "all_season": "yes"}, "yes"),
    ({"condition": "fair"}, "yes"),
    ({"condition": "poor"}, "no"),
    ({"condition": "very_poor"}, "no"),
    ({"condition": "good", "all_season": "no", "days_closed": "7"}, "yes"),
    ({"days_closed": "8"}, "no"),
], [("commune_code", "02.113.05.19"), ("object", "segment"), ("which", "new")]))

check("mobile coverage: by level, else by bars", ladder(FORM["telecom_coverage"], "signal_class", [
    ({"technology": "none"}, "none"),
    ({"technology": "4g"}, "unknown"),
    ({"signal_bars": "4"}, "good"), ({"signal_bars": "2"}, "fair"),
    ({"signal_bars": "1"}, "weak"), ({"signal_bars": "0"}, "none"),
    ({"signal_dbm": "-90"}, "good"), ({"signal_dbm": "-91"}, "fair"),
    ({"signal_dbm": "-105"}, "fair"), ({"signal_dbm": "-106"}, "weak"),
    ({"signal_dbm": "-115"}, "weak"), ({"signal_dbm": "-116"}, "none"),
]))

check("mobile network: what it is enough for", ladder(FORM["telecom_coverage"], "usable_for", [
    ({"technology": "4g", "speed_measured": "yes", "download_mbps": "20", "upload_mbps": "5", "latency_ms": "40"}, "video"),
    ({"latency_ms": "400"}, "web"), ({"latency_ms": "2000"}, "messages"),
    ({"latency_ms": "100", "download_mbps": "0.2"}, "messages"), ({"download_mbps": "0"}, "none"),
]))

check("school connection: 20 Mbit/s, a quarter of it", ladder(FORM["school_connectivity"], "connectivity_class", [
    ({"connectivity": "no"}, "none"), ({"connectivity": "dont_know"}, "unknown"),
    ({"connectivity": "yes", "speed_measured": "no"}, "unknown"),
    ({"speed_measured": "yes", "download_mbps": "20"}, "good"), ({"download_mbps": "19.9"}, "moderate"),
    ({"download_mbps": "5"}, "moderate"), ({"download_mbps": "4.9"}, "bad"), ({"download_mbps": "0"}, "bad"),
], [("is_school_open", "yes")]))

ENERGY = [("floor_area_m2", "500"), ("power_supply", "low_voltage"), ("electricity_kwh", "20000"),
          ("has_pv", "yes"), ("pv_kwp", "10"), ("pv_kwh", "15000"), ("diesel_l", "1000"),
          ("lpg_kg", "120"), ("wood_kg", "900")]
# 20000 + 15000 + 840*43/3.6 + 120*47.3/3.6 + 900*15.6/3.6
KWH = round(35000 + 840 * 43 / 3.6 + 120 * 47.3 / 3.6 + 900 * 15.6 / 3.6)
check("buildings: final energy, by area, solar share", [
    w for outcome, expected in (("energy_kwh", KWH), ("kwh_per_m2", round(KWH / 500, 1)),
                                ("gj_per_m2", round(KWH * .0036 / 500, 4)),
                                ("renewable_percent", round(1500000 / KWH, 1)))
    for w in ladder(FORM["public_building_energy"], outcome, [({}, f"{expected:g}" if expected < 1000 else str(expected))], ENERGY)])

# ---- interviews ----

PLACE = {"commune_code": "02.113.05.19", "douar_code": "1130519001002", "location": HERE}
TOWN = {"commune_code": "02.113.01.09", "douar_code": None}
HEAD = {"relation": "head", "sex": "female", "age": "34", "mobile_owner": "yes", "smartphone": "yes",
        "computer_used": "no", "internet_used": "yes", "internet_often": "daily"}
GRANDFATHER = {"relation": "parent", "sex": "male", "age": "120", "mobile_owner": "no",
               "computer_used": "dont_know", "internet_used": "no"}
BABY = {"relation": "child", "sex": "female", "age": "0"}
PRESENT = {"name": "e1", "label": "X", "__version": "3", "commune_code": "02.113.05.19",
           "douar_code": "1130519001002", "geometry": HERE}
YEAR = {"install_year": "1999", "rehab_year": "2004"}

INTERVIEWS = {
    "household": [
        dict(answers=dict(PLACE, which="new", code="H-0042", visit="interview", consent="yes",
                          water_source="bottled", water_other_use="public_tap", water_place="elsewhere",
                          water_round_trip="20", water_available="no", water_treated="yes",
                          toilet="flush_septic", toilet_shared="yes", toilet_households="3",
                          toilet_emptied="yes", handwashing="mobile", power_source="grid",
                          waste_disposal="municipal_bin", internet_access="yes",
                          respondent="1 · F · 34", unlimited="yes", network="4g", to_check="yes"),
             repeats={"member": [HEAD, GRANDFATHER, BABY]},
             expect=dict(members="3", adults="2", internet_users="1", mobile_owners="1",
                         visit_status="to_check", meaningful="yes", respondent_line="1")),
        dict(answers=dict(TOWN, which="new", code="H-123456", visit="interview", consent="yes",
                          water_source="piped_dwelling", water_treated="no", water_available="yes",
                          toilet="none", handwashing="none", power_source="none", waste_disposal="open",
                          internet_access="no", respondent="2 · M · 120"),
             repeats={"member": [BABY, GRANDFATHER]},
             expect=dict(members="2", adults="1", internet_users="0", visit_status="completed",
                         meaningful="no", water_service="basic")),
        dict(answers=dict(PLACE, which="new", code="H-0043", visit="interview", consent="yes",
                          water_source="surface", water_place="elsewhere", water_round_trip="600",
                          water_available="yes", toilet="pit_no_slab", toilet_shared="no",
                          toilet_emptied=None, handwashing="none", power_source="solar",
                          waste_disposal="truck", internet_access="dont_know"),
             repeats={"member": [BABY]}, expect=dict(adults="0", visit_status="completed")),
        dict(answers=dict(PLACE, which="new", code="H-0044", visit="interview", consent="no"),
             expect=dict(visit_status="refused")),
        dict(answers=dict(PLACE, which="new", code="H-0045", visit="planned", survey_date="2026-07-01"),
             expect=dict(visit_status="planned")),
        dict(answers=dict(PLACE, which="known", known="e1", visit="interview", consent="yes",
                          water_available="yes", water_place="yard", handwashing="no_permission",
                          respondent="1 · F · 34", waste_frequency="less"),
             repeats={"member": [HEAD]},
             lists={"household": [dict(PRESENT, code="H-0007", water_source="borehole", toilet="pit_slab",
                                       toilet_shared="no", power_source="battery", cooking_fuel="firewood",
                                       heating_fuel="firewood", waste_disposal="burnt", internet_access="yes",
                                       internet_type="satellite")]},
             expect=dict(code="H-0007", water_source="borehole", cooking_clean="no", internet_type="satellite")),
    ],
    "water_point": [
        dict(answers=dict(PLACE, **YEAR, which="new", code="W-0099", status_id="yes", fecal_coliform_presence="present",
                          fecal_coliform_value="40", water_source="borehole", pay="by_volume", price="7.5"),
             expect=dict(distance_paved_road_km="0.1", facility_type="improved", source="survey")),
        dict(answers=dict(TOWN, **YEAR, which="new", code="W-0100", status_id="no", breakdown="pump power",
                          fecal_coliform_presence="absent", water_source="surface", pay="free"),
             expect=dict(facility_type="no_facility", days_out="10")),
        dict(answers=dict(PLACE, which="known", known="e1", status_id="unknown", fecal_coliform_presence="not_tested"),
             lists={"water_point": [dict(PRESENT, code="W-0001", water_source="protected_well", water_tech="hand_pump",
                                         management="none", install_year="1990", pay="free", people_served="0")]},
             expect=dict(code="W-0001", management="none", people_served="0", water_tech="hand_pump")),
    ],
    "street_light": [
        dict(answers=dict(PLACE, which="new", code="L-0099", status="ok", observed="night", power_state="on",
                          power_rating="60", lantern_height="8", illuminance_level="1", lamp_technology="LED"),
             expect=dict(saving="low", date_last_lamp_change="2026-05-01")),
        dict(answers=dict(TOWN, which="new", code="L-0100", status="columnIssue", observed="day", power_rating="150",
                          lantern_height="4.5", lamp_technology="HPS"), expect=dict(saving="high")),
        dict(answers=dict(TOWN, which="new", code="L-0101", status="ok", observed="day", power_state="on",
                          power_rating="5", lantern_height="2", illuminance_level="0.5", lamp_technology="LPS"), expect={}),
        dict(answers=dict(PLACE, which="known", known="e1", status="defectiveLamp", observed="night",
                          power_state="bootingUp", changed="yes"),
             lists={"street_light": [dict(PRESENT, code="L-0001", circuit="C1", location_category="park", lamp_technology="LED",
                                          power_rating="40", lantern_height="5", date_last_lamp_change="2020-02-02")]},
             expect=dict(code="L-0001", circuit="C1", date_last_lamp_change="2026-06-15")),
        dict(answers=dict(PLACE, which="known", known="e1", status="ok", observed="night", power_state="off",
                          illuminance_level="0", changed="no"),
             lists={"street_light": [dict(PRESENT, code="L-0001", location_category="park", lamp_technology="LED",
                                          power_rating="40", date_last_lamp_change="2020-02-02")]},
             expect=dict(date_last_lamp_change="2020-02-02")),
    ],
    "public_building_energy": [
        dict(answers=dict(PLACE, which="new", code="B-0099", floor_area_m2="200", build_year="1975", energy_year="2025",
                          power_supply="low_voltage", electricity_kwh="1000", electricity_cost="1500",
                          has_pv="yes", pv_kwp="3", pv_kwh="4500", works="lighting solar none insulation windows heating meter"),
             expect=dict(energy_kwh="5500", kwh_per_m2="27.5", on_grid="yes")),
        dict(answers=dict(TOWN, which="new", code="B-0100", floor_area_m2="10", build_year="1850", energy_year="2025",
                          power_supply="none", has_pv="no", works="none lighting solar insulation windows heating meter"),
             expect=dict(energy_kwh="0", on_grid="no")),
        dict(answers=dict(PLACE, which="known", known="e1", energy_year="2024", electricity_kwh="9000",
                          electricity_cost="12000", works="none lighting solar insulation windows heating meter"),
             lists={"public_building": [dict(PRESENT, code="B-0001", building_name="Commune", category="civic",
                                             floor_area_m2="450", build_year="1980", users="30", hours_week="40",
                                             power_supply="medium_voltage", smart_meter="no", has_pv="no")]},
             expect=dict(building_name="Commune", kwh_per_m2="20")),
    ],
    "road_stop": [
        dict(answers=dict(PLACE, object="segment", which="new", segment_code="R-0099", all_season="no", days_closed="3",
                          maximum_allowed_speed="60", total_lane_number="2", width="6"),
             expect=dict(length_km="1.44", segment_commune="02.113.05.19", counts_for_rai="yes")),
        dict(answers=dict(PLACE, object="segment", which="known", known_segment="e1", all_season="yes"),
             lists={"road_segment": [dict(PRESENT, code="R-0001", road_name="RP6012", road_class="provincial", surface="asphalt",
                                          width="4", total_lane_number="1", geometry="34.9 -2.3 0 0;34.8 -2.3 0 0", all_season="no")]},
             expect=dict(segment_code="R-0001", road_name="RP6012", length_km="11.13", all_season="yes")),
        dict(answers=dict(TOWN, object="stop", which="new", stop_code="T-0099", modes="grand_taxi bus", headway_minutes="20",
                          last_departure="21:30:00.000+01:00"),
             expect=dict(frequent="yes", stop_commune="02.113.01.09")),
        dict(answers=dict(PLACE, object="stop", which="known", known_stop="e1", first_departure=""),
             lists={"stop": [dict(PRESENT, code="T-0001", stop_name="Souk", location_type="0", modes="coach",
                                  headway_minutes="240", wheelchair_boarding="2")]},
             expect=dict(stop_code="T-0001", frequent="no", wheelchair_boarding="2")),
    ],
    "school_connectivity": [
        dict(answers=dict(PLACE, which="new", code="S-0099", school_id_govt="06417A", num_students="240", num_students_girls="118",
                          num_computers="12", num_tablets="0", connectivity="yes", download_mbps="25"),
             expect=dict(connectivity_class="good", pupils_per_computer="20")),
        dict(answers=dict(TOWN, which="new", code="S-0100", school_id_govt="", num_students="0", num_students_girls="0",
                          num_computers="0", num_tablets="0", num_latrines="0", electricity_availability="no",
                          connectivity="no"), expect=dict(connectivity_class="none")),
        dict(answers=dict(PLACE, which="known", known="e1", is_school_open="no"),
             lists={"school": [dict(PRESENT, code="S-0001", school_name="Ecole", education_level="primary", school_funding_type="public")]},
             expect=dict(school_name="Ecole", code="S-0001")),
        dict(answers=dict(PLACE, which="known", known="e1", is_school_open="yes", speed_measured="no"),
             lists={"school": [dict(PRESENT, code="S-0001", school_name="Ecole", education_level="primary", school_funding_type="public",
                                    num_students="100", num_students_girls="50", num_teachers="4", num_classrooms="4",
                                    electricity_availability="yes", electricity_type="solar", water_availability="no", num_latrines="2",
                                    separate_latrines="no", num_computers="0", num_tablets="10", pupils_use="yes", connectivity="yes",
                                    connectivity_type="cellular", cellular_coverage_type="4g")]},
             expect=dict(connectivity_class="unknown", electricity_type="solar", pupils_per_computer="10")),
    ],
    "telecom_coverage": [
        dict(answers=dict(PLACE, site="market"), repeats={"measurement": [
                dict(operator="iam", technology="4g", signal_bars="3", signal_dbm="-97", speed_measured="yes", download_mbps="12.5",
                     upload_mbps="3", latency_ms="60"),
                dict(operator="inwi", technology="none"),
                dict(operator="iam", technology="2g", signal_bars="1", signal_dbm=None, speed_measured="no")]},
             expect=dict(signal_class="fair", usable_for="video", at_commune="02.113.05.19", at_site="market", at_place="34.92 -2.32 0.0 5.0")),
        dict(answers=dict(TOWN, location=HERE), repeats={"measurement": [dict(operator="orange", technology="5g", signal_dbm="-80", speed_measured="no")]},
             expect=dict(signal_class="good")),
        dict(answers=dict(PLACE), repeats={"measurement": [dict(operator="inwi", technology="none")]},
             expect=dict(signal_class="none")),
    ],
    "waste_point": [
        dict(answers=dict(PLACE, which="new", code="D-0099", kind="container", bin_capacity="770", fill_percent="150", status="burning"),
             expect=dict(filling_level="1", regular="yes")),
        dict(answers=dict(TOWN, which="new", code="D-0100", kind="dump", area_m2="60", risk="burnt animals"), expect={}),
        dict(answers=dict(TOWN, which="new", code="D-0101", kind="landfill", area_m2="60000", risk="none", pickup_frequency="never"),
             expect=dict(regular="no")),
        dict(answers=dict(PLACE, which="known", known="e1", fill_percent="0", status="ok"),
             lists={"waste_point": [dict(PRESENT, code="D-0001", kind="underground", stored_waste_kind="glass plastic", bin_capacity="3000",
                                         pickup_frequency="dont_know")]},
             expect=dict(filling_level="0", stored_waste_kind="glass plastic", regular="unknown")),
    ],
}
# Lists whose entity a form makes.
LISTS = {"household": ["household"], "water_point": ["water_point"], "street_light": ["street_light"],
         "public_building_energy": ["public_building"], "road_stop": ["road_segment", "stop"],
         "school_connectivity": ["school"], "telecom_coverage": ["telecom_measurement"], "waste_point": ["waste_point"]}


def entities_wrong(done, case):
    """New ones are made, known ones changed, and each has a label."""
    wrong = []
    rows = done.entities()
    for dataset, identity, create, update, label in rows:
        known = case["answers"].get("which") == "known"
        if not label:
            wrong.append(f"{dataset}: no label")
        if known and (identity, create, update) != ("e1", "false", "true"):
            wrong.append(f"{dataset}: {identity} create={create} update={update}")
        if not known and not (re.fullmatch("[0-9a-f-]{36}", identity or "") and create in ("1", "true")
                              and update in (None, "false")):
            wrong.append(f"{dataset}: {identity} create={create} update={update}")
    return wrong or ([] if rows else ["no entity"])


for name, cases in INTERVIEWS.items():
    form, seen, hidden, lists = FORM[name], set(), set(), set()
    for at, case in enumerate(cases, 1):
        done = Interview(form, case["answers"], case.get("repeats"), case.get("lists"))
        check(f"{name}: interview {at} is taken", done.wrong)
        if done.xml is None:
            continue
        check(f"{name}: interview {at} comes to what it should",
              [f"{n}: {done.values(n)}, expected {v}" for n, v in case["expect"].items()
               if v not in done.values(n)])
        check(f"{name}: interview {at} makes or changes its entity", entities_wrong(done, case))
        lists |= {e[0] for e in done.entities()}
        there = {e.tag.split("}")[-1] for e in done.xml.iter()}
        seen |= there
        hidden |= set(form.rows) - there
    check(f"{name}: its lists get entities", "" if sorted(lists) == LISTS[name] else str(lists))
    check(f"{name}: every question was reached", [n for n in form.rows if n not in seen and n not in ("audit",)])
    check(f"{name}: what has a condition was hidden too",
          [n for n, row in form.rows.items() if row.get("relevant") and n not in hidden])

# ---- what is refused ----

REFUSED = [
    ("household", "location", "48.85 2.35 0 0"), ("household", "location", "34.9 -2.3 0 500"),
    ("household", "code", "H42"), ("household", "age", "121"), ("household", "age", "-1"),
    ("household", "survey_date", "2026-06-16"), ("household", "water_round_trip", "601"),
    ("household", "toilet_households", "1"), ("household", "internet_activities", "none calls"),
    ("water_point", "install_year", "2027"), ("water_point", "breakdown", "dry dont_know"),
    ("water_point", "report_date", "2027-01-01"), ("water_point", "price", "0"),
    ("street_light", "power_rating", "4"), ("street_light", "illuminance_level", "0.3"),
    ("street_light", "lantern_height", "41"), ("waste_point", "fill_percent", "201"),
    ("waste_point", "stored_waste_kind", "mixed glass"), ("school_connectivity", "school_id_govt", "6417A"),
    ("school_connectivity", "num_students", "5001"), ("telecom_coverage", "signal_dbm", "97"),
    ("telecom_coverage", "measured_at", "2026-06-15T11:00:00.000+01:00"),
    ("public_building_energy", "floor_area_m2", "9"), ("road_stop", "line", "34.9 -2.3 0 0"),
    ("road_stop", "maximum_allowed_speed", "130"),
]
# What must be answered first, for a hidden question refuses nothing.
FIRST = {"household": dict(visit="interview", consent="yes", relation="head", sex="male", age="40", internet_used="yes",
                           internet_often="daily", respondent="1 · M · 40", water_source="public_tap", toilet="flush_pit", toilet_shared="yes"),
         "water_point": dict(status_id="no", pay="by_volume"), "street_light": dict(observed="night", status="ok", power_state="off"),
         "waste_point": dict(kind="container"), "school_connectivity": dict(is_school_open="yes"),
         "telecom_coverage": dict(technology="4g"), "road_stop": dict(object="segment")}
wrong = []
for form in FORM.values():
    first = [{"op": "answer", "ref": form.path(n), "value": v} for n, v in FIRST.get(form.name, {}).items()]
    mine = [(n, v) for f, n, v in REFUSED if f == form.name]
    lines = run(form, first + [{"op": "answer", "ref": form.path(n), "value": v} for n, v in mine])
    for (n, v), line in zip(mine, lines[len(first):]):
        if line["result"] == "ok":
            wrong.append(f"{form.name}: {n} took {v}")
        elif not line.get("message"):
            wrong.append(f"{form.name}: {n} refused {v} without a word")
check("answers out of bounds are refused, with a word", wrong)
wrong = []
form = FORM["water_point"]
lines = run(form, [{"op": "answer", "ref": form.path("commune_code"), "value": "02.113.05.19"},
                   {"op": "choices", "ref": form.path("douar_code")},
                   {"op": "answer", "ref": form.path("which"), "value": "new"},
                   {"op": "answer", "ref": form.path("code"), "value": "W-0001"}],
            {"water_point": [dict(PRESENT, code="W-0001")]})
check("the douars offered are the commune's",
      "" if lines[1].get("choices") == ["1130519001001", "1130519001002"] else str(lines[1]))
check("a code in use is refused", "" if lines[3]["result"] == "constraint" else str(lines[3]))
print(f"1..{number}")
