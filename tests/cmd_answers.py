# SPDX-License-Identifier: MIT
"""Wrong answers, each given in every way there is, and what each way says.

A case is a question of its own in one form. `no` is what every way must say;
`fill`, `run`, `csv`, `xml` say what that way does instead: a pattern of its
words, or the value that it takes, as ("takes", value), with the reason here.
A submission was judged by the tool that made it: it is kept as it is, and what
is wrong is listed.
"""
import csv
import json
import os
import re
import subprocess
import sys

TAWAM = sys.argv[1]


def takes(value):
    return ("takes", value)


def keeps(words):
    """Says it, and keeps the value."""
    return ("keeps", words)


NONE = r"no choice|none of its choices"
# ODK's engines take any choice and take it back when the list is shown
KEPT = {"run": keeps(NONE)}
WHOLE = r"is not a (whole )?number"
# type, more columns, what is typed, what is said, ways that differ
CASES = [
    # ---- types ----
    ("integer", {}, "abc", WHOLE, {}),
    ("integer", {}, "12.5", WHOLE, {}),
    ("integer", {}, "1234567890123456789", r"too long a number|is not a whole number", {}),
    ("decimal", {}, "1.2.3", r"is not a number", {}),
    ("decimal", {}, "0x10", r"is not a number", {}),
    # a person's comma: typed it is understood, in ODK's spelling it is none
    ("decimal", {}, "12,5", r"is not a number", {"fill": takes("12.5"), "csv": takes("12.5")}),
    ("date", {}, "2026-02-30", r"30/2/2026|is not a date", {}),
    ("date", {}, "soon", r"is not a date|not understood", {}),
    ("date", {}, "1/5/26", r"is not a date", {"fill": takes("2026-05-01"), "csv": takes("2026-05-01")}),
    ("time", {}, "25:00", r"is not a time", {}),
    ("time", {}, "12:75", r"is not a time", {}),
    ("time", {}, "2x:30", r"is not a time", {}),
    ("datetime", {}, "2026-05-01T99:00", r"is not a (date|time)", {}),
    ("geopoint", {}, "95 10", r"latitude|is not a place", {}),
    ("geopoint", {}, "10 195", r"latitude|is not a place", {}),
    ("geopoint", {}, "34.9", r"is not a place|neither a point", {}),
    ("geopoint", {}, "nan 3", r"is not a place|neither a point", {}),
    ("geotrace", {}, "34.9 -2.3; 95 10", r"latitude|line of places", {}),
    # walked point by point in an interview: kept, and what it lacks is said
    ("geotrace", {}, "34.9 -2.3", r"two points", {"fill": keeps("two points")}),
    ("geoshape", {}, "34 -2; 35 -2; 34 -2", r"three different", {"fill": keeps("three different")}),
    ("geoshape", {}, "34 -2; 35 -2; 35 -3", r"ends where it began",
     {"fill": takes(
         "34.0 -2.0 0.0 0.0; 35.0 -2.0 0.0 0.0; 35.0 -3.0 0.0 0.0; 34.0 -2.0 0.0 0.0")}),
    ("acknowledge", {}, "maybe", r"neither yes nor no|is not OK", {}),
    ("text", {}, "a\x01b", r"control characters", {"xml": keeps("not XML")}),
    ("barcode", {}, "12\x02", r"control characters", {"xml": keeps("not XML")}),
    # ---- what the question itself allows ----
    ("range", {"parameters": "start=1 end=5 step=1"}, "7", r"from 1 to 5", {}),
    ("range", {"parameters": "start=1 end=5 step=1"}, "0", r"from 1 to 5", {}),
    ("range", {"parameters": "start=0 end=10 step=2"}, "3", r"steps of 2", {}),
    ("range", {"parameters": "start=10 end=0 step=-5"}, "12", r"from 10 to 0", {}),
    ("range", {"parameters": "start=0 end=1 step=0.25"}, "0.3", r"steps of 0.25", {}),
    ("range", {"parameters": "start=0 end=1 step=0.25"}, "0.75", takes("0.75"), {}),
    # the form itself says that -88 is no answer
    ("range", {"parameters": "start=0 end=4 step=1", "body::tawam:missing": "dk=-88"}, "-88", takes("-88"),
     {"fill": takes("-88")}),
    ("select_one yn", {}, "perhaps", NONE, KEPT),
    ("select_multiple yn", {}, "yes perhaps", NONE, KEPT),
    ("rank yn", {}, "yes perhaps", NONE, KEPT),
    # ---- the form's rules ----
    ("integer", {"constraint": ". < 10", "constraint_message": "Under ten"}, "12", r"Under ten", {}),
    ("text", {"constraint": "string-length(.) = 3", "constraint_message": "Three"}, "abcd", r"Three", {}),
    ("text", {"readonly": "yes", "default": "as it is"}, "mine", r"read-only|takes no answer",
     {"fill": r"no question has", "xml": takes("mine")}),
]


class Ways:
    """What each way said of case N: (words, value)."""

    def __init__(self):
        self.fill, self.run, self.csv, self.xml = {}, {}, {}, {}


def tawam(*words, text=None):
    done = subprocess.run([TAWAM, *words], input=text, capture_output=True, text=True)
    return done.stdout, done.stderr


def write_form():
    names = ["type", "name", "label", "required", "constraint", "constraint_message", "readonly", "default",
             "parameters", "body::tawam:missing"]
    os.mkdir("f")
    with open("f/survey.csv", "w", newline="") as out:
        sheet = csv.DictWriter(out, names)
        sheet.writeheader()
        sheet.writerow({"type": "text", "name": "needed", "label": "Needed", "required": "yes"})
        for n, (kind, more, *_) in enumerate(CASES):
            sheet.writerow({"type": kind, "name": f"q{n}", "label": f"Question {n}.", **more})
    with open("f/choices.csv", "w") as out:
        out.write("list_name,name,label\nyn,yes,Yes\nyn,no,No\n")
    with open("f/settings.csv", "w") as out:
        out.write('form_title,form_id,version,namespaces\nAll,all,1,"tawam=""https://tawam.example/ns"""\n')


def value_in(xml, n):
    found = re.search(rf"<q{n}>(.*?)</q{n}>", xml, re.S)
    return found.group(1) if found else ""


def by_fill(ways):
    lines = ["here"]
    for n, (_, _, typed, _, _) in enumerate(CASES):
        lines += [f":go q{n}", typed]
    out, err = tawam("form", "fill", "f", "--out", "fill.xml", text="\n".join(lines) + "\n")
    with open("fill.xml") as file:
        xml = file.read()
    # What is said stands behind a question's label and the answer's echo. (The
    # list at the end has labels too, with more in their lines.)
    parts = re.split(r"^Question (\d+)\.$", out, flags=re.M)
    said = {}
    for n, words in zip(parts[1::2], parts[2::2]):
        said.setdefault(int(n), []).append(words)
    for n in range(len(CASES)):
        words = re.findall(r"^! (.*)$", "\n".join(said.get(n, [])), re.M)
        ways.fill[n] = (" ".join(words), value_in(xml, n))
    # A question that takes no answer is not asked, and named.
    return out + err


def by_run(ways):
    steps = []
    for n, (_, _, typed, _, _) in enumerate(CASES):
        ref = f"/data/q{n}"
        steps += [{"op": "answer", "ref": "/data/needed", "value": "x"}, {"op": "answer", "ref": ref, "value": typed},
                  {"op": "validate"}, {"op": "get", "ref": ref}, {"op": "answer", "ref": ref, "value": ""}]
    with open("steps.json", "w") as out:
        json.dump({"steps": steps}, out)
    out, err = tawam("form", "run", "f", "steps.json", "--dump", "end")
    answers = [json.loads(line) for line in out.splitlines()]
    for n in range(len(CASES)):
        _, answer, valid, get, _ = answers[5 * n:5 * n + 5]
        ways.run[n] = (" ".join(a.get("message", "") for a in (answer, valid)).strip(), get["value"] or "")
    return err


def by_csv(ways):
    with open("a.csv", "w", newline="") as out:
        sheet = csv.DictWriter(out, ["needed"] + [f"q{n}" for n in range(len(CASES))])
        sheet.writeheader()
        for n, (_, _, typed, _, _) in enumerate(CASES):
            sheet.writerow({"needed": f"case {n}", f"q{n}": typed})
    out, err = tawam("-C", "hq", "form", "import", "all", "a.csv", "--json")
    done = json.loads(out)
    for n in range(len(CASES)):
        words = [e["message"] for e in done["errors"] if e["row"] == n + 2 and e["column"] == f"q{n}"]
        ways.csv[n] = (" ".join(words), None)
    _, more = tawam("-C", "hq", "form", "export", "all", "--records", "--to", "csv", "out")
    for name in os.listdir("out") if os.path.isdir("out") else []:
        with open(f"out/{name}") as file:
            for row in csv.DictReader(file):
                n = int(row["needed"].split()[1])
                ways.csv[n] = (ways.csv[n][0], row.get(f"q{n}", ""))
    return err


def by_xml(ways):
    os.mkdir("x")
    for n, (_, _, typed, _, _) in enumerate(CASES):
        with open(f"x/{n}.xml", "w") as out:
            out.write(f'<data id="all" version="1"><needed>xml {n}</needed><q{n}>{typed}</q{n}>'
                      f"<meta><instanceID>uuid:00000000-0000-4000-8000-{n:012d}</instanceID></meta></data>")
    out, err = tawam("-C", "hq", "form", "import", "all", *[f"x/{n}.xml" for n in range(len(CASES))], "--json")
    for e in json.loads(out)["errors"]:
        n = int(re.search(r"(\d+)\.xml", e["file"]).group(1))
        ways.xml[n] = (ways.xml.get(n, ("", ""))[0] + " " + e["message"], None)
    return err


def agrees(want, got):
    words, value = got
    if isinstance(want, tuple) and want[0] == "keeps":
        return re.search(want[1], words) is not None
    if isinstance(want, tuple):
        return not words and (value is None or value == want[1])
    return re.search(want, words) is not None and (value is None or value == "" or value == "as it is")


def main():
    ways, number, failed = Ways(), 0, 0
    write_form()
    out, err = tawam("-C", "hq", "form", "publish", "f")
    if "all" not in out + err:
        print(f"Bail out! {err}")
        return 1
    told = {"fill": by_fill(ways), "run": by_run(ways), "csv": by_csv(ways), "xml": by_xml(ways)}
    for way in ("fill", "run", "csv", "xml"):
        for n, (kind, _, typed, want, other) in enumerate(CASES):
            want = other.get(way, want)
            if way == "xml" and isinstance(want, str):
                want = keeps(f"({want}).*; kept as it is")
            got = getattr(ways, way).get(n, ("", None))
            number += 1
            good = agrees(want, got)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {way}: {kind}: {typed!r}")
            if not good:
                print(f"# wanted {want!r}\n# got {got!r}")
    for way, words in told.items():
        if failed and not getattr(ways, way):
            print(f"# {way}: {words}")
    print(f"1..{number}")
    return failed != 0


sys.exit(main())
