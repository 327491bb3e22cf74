#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A walk through the program itself: three replicas, a desk, HQ and a stick
do at random what people and other programs (the sqlite3 shell, QGIS, ogr2ogr)
do to a territory, and in the end all meet.

    merge_walk.py FOLDER SEED STEPS     TAWAM names the program

Beside what the simulator does (tests/merge/): more layers, one of them without
geometry; columns that come in two places with two types, are dropped, renamed;
tables that are dropped and made again; geometry of other types; the values of
VALUES; rows inserted again with their old fid or uuid. What comes out is for
merge_peer.py to judge; here it is checked that no command fails that may not,
that a record changes no row, and that all end in one state.

Prints the folders of the replicas, or what went wrong and exits with 1.
"""
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys

TAWAM = os.environ["TAWAM"]
LAYERS = ("well", "person", "Area")
# As SQL; and what a text column makes of them.
VALUES = ("NULL", "''", "'x'", "'X'", "0", "1", "1.0", "-0.0", "0.1", "'1'",
          "'01'", "' 7 '", "2.50", "9007199254740993", "9007199254740992.0",
          "9223372036854775807", "-9223372036854775808",
          "9223372036854775807.0", "'9223372036854775808'", "9e999",
          "-9e999", "1e-320", "123456789.123456789", "'1e5'", "'0x10'",
          "x''", "x'00ff'", "x'61'", "'a' || char(0) || 'b'", "char(0)",
          "'2026-11-27'", "'2026-11-27T00:00:00.000Z'", "'true'",
          "char(233)", "'e' || char(769)", "char(0x627,0x644,0x645)",
          "cast(x'c328' as text)", "'NULL'",
          "replace(hex(zeroblob(600)), '0', 'long ')")
KINDS = ("BOOLEAN", "INTEGER", "DOUBLE", "DATE", "DATETIME", "TEXT", "BLOB")
COLUMNS = ("name", "depth", "Extra", "other")


class Walk:
    def __init__(self, folder, seed):
        self.folder, self.dice = folder, random.Random(seed)
        self.trace, self.step = [], 0

    def path(self, name):
        return os.path.join(self.folder, name)

    # ---- running ----

    def tawam(self, replica, *words, fine=(0,)):
        command = [TAWAM] + (["-C", self.path(replica)] if replica else [])
        done = subprocess.run(command + list(words), cwd=self.folder,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.trace.append("%s: tawam %s -> %d" % (replica, " ".join(words),
                                                  done.returncode))
        if done.returncode not in fine:
            self.fail(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def fail(self, why):
        for line in self.trace[-25:]:
            print("# " + line, file=sys.stderr)
        print("# step %d: %s" % (self.step, why), file=sys.stderr)
        sys.exit(1)

    def sql(self, replica, *statements):
        """As another program does it: our triggers are there, our functions
        are its own."""
        db = sqlite3.connect(self.path(replica + "/twin.gpkg"))
        for name, place in (("ST_MinX", 0), ("ST_MaxX", 1), ("ST_MinY", 2),
                            ("ST_MaxY", 3)):
            db.create_function(name, 1, lambda b, i=place: box(b)[i])
        db.create_function("ST_IsEmpty", 1, lambda b: int(box(b) is None))
        for statement in statements:
            self.trace.append("%s: %s" % (replica, statement))
            try:
                db.execute(statement)
            except sqlite3.Error as error:
                self.trace.append("  " + str(error))
        db.commit()
        db.close()

    def rows(self, replica, layer):
        return [r[0] for r in self.ask(
            replica, "SELECT fid FROM \"%s\" ORDER BY uuid" % layer)]

    def ask(self, replica, statement):
        db = sqlite3.connect(self.path(replica + "/twin.gpkg"))
        db.text_factory = bytes
        try:
            return db.execute(statement).fetchall()
        except sqlite3.Error:
            return []
        finally:
            db.close()

    def columns(self, replica, layer):
        return [c[1].decode() for c in self.ask(
            replica, "PRAGMA table_info(\"%s\")" % layer)]

    # ---- what is done ----

    def begin(self):
        self.tawam(None, "init", "desk", "--device", "desk", "--author",
                   "Desk <d@x>", "--bare-remote", "hq.git")
        with open(self.path("well.csv"), "w") as file:
            file.write("code,name,depth,latitude,longitude\n"
                       "1,A,5,34,-2\n2,B,,34.5,-2.5\n")
        with open(self.path("person.csv"), "w") as file:
            file.write("code,name,depth\n1,Ali,3\n2,Zineb,4\n3,Omar,\n")
        for name in ("well", "person"):
            self.tawam("desk", "import", name + ".csv", "--layer", name,
                       "--types", "code=text,name=text")
        self.tawam("desk", "sync")
        if self.dice.random() < 0.4:
            self.write_main(4294967295 - self.dice.randrange(6))
        for name in "ab":
            self.tawam(None, "clone", "hq.git", name, "--device", name,
                       "--author", "%s <%s@x>" % (name, name))
        # a laptop of the same name as another
        self.tawam(None, "clone", "hq.git", "c", "--device", "b", "--author",
                   "c <c@x>")
        os.mkdir(self.path("stick"))
        self.replicas = ["desk", "a", "b", "c"]

    def write_main(self, date):
        """By plain git, on a machine whose clock is at the end of time: all
        that sees it has its logical time, and ids decide what is shown."""
        day = dict(os.environ, GIT_COMMITTER_DATE="@%d +0000" % date)
        for words in (("clone", "-q", "hq.git", "main"),
                      ("-C", "main", "-c", "user.name=g", "-c",
                       "user.email=g@x", "commit", "-q", "--allow-empty",
                       "-m", "By hand"),
                      ("-C", "main", "push", "-q")):
            subprocess.run(("git",) + words, cwd=self.folder, check=True,
                           env=day)
        self.trace.append("main has a commit of %d" % date)

    def pick(self, replica):
        layer = self.dice.choice(LAYERS)
        rows = self.rows(replica, layer)
        return layer, self.dice.choice(rows) if rows else None

    def edit(self, r):
        layer, fid = self.pick(r)
        value = self.dice.choice(VALUES)
        column = self.dice.choice(COLUMNS)
        if fid is not None and column in self.columns(r, layer):
            self.sql(r, "UPDATE \"%s\" SET \"%s\" = %s WHERE fid = %d" % (
                layer, column, value, fid))

    def set(self, r):
        layer, fid = self.pick(r)
        value = self.dice.choice(("", "x", "X", "1", "2", "2026-11-27"))
        if fid is not None:
            self.tawam(r, "set", layer, str(fid), "%s=%s" % (
                self.dice.choice(COLUMNS), value), fine=(0, 1, 2))

    def add(self, r):
        layer = self.dice.choice(LAYERS)
        self.tawam(r, "add", layer, "name=" + self.dice.choice("xy"),
                   fine=(0, 1, 2))

    def insert(self, r):
        layer, fid = self.pick(r)
        self.sql(r, "INSERT INTO \"%s\" (name) VALUES (%s)" % (
            layer, self.dice.choice(VALUES)))

    def insert_again(self, r):
        """A row that some other replica has, with its fid or its uuid."""
        layer, fid = self.pick(self.dice.choice(self.replicas))
        if fid is None:
            return
        uuid = self.ask(r, "SELECT uuid FROM \"%s\" WHERE fid = %d" % (
            layer, fid))
        self.sql(r, "DELETE FROM \"%s\" WHERE fid = %d" % (layer, fid))
        if self.dice.random() < 0.3:
            self.tawam(r, "commit", fine=(0, 1))
        if self.dice.random() < 0.5 or not uuid or not uuid[0][0]:
            self.sql(r, "INSERT INTO \"%s\" (fid, name) VALUES (%d, 'again')" %
                     (layer, fid))
        else:
            self.sql(r, "INSERT INTO \"%s\" (uuid, name) VALUES ('%s', "
                        "'again')" % (layer, uuid[0][0].decode()))

    def delete(self, r):
        layer, fid = self.pick(r)
        if fid is not None:
            self.sql(r, "DELETE FROM \"%s\" WHERE fid = %d" % (layer, fid))

    def place(self, r):
        layer, fid = self.pick(r)
        if fid is None or "geom" not in self.columns(r, layer):
            return
        wkt = self.dice.choice((
            "NULL", "POINT(-2 34)", "POINT(-2.5 34.25)", "POINT EMPTY",
            "LINESTRING(-2 34,-3 35)", "MULTIPOINT((-2 34),(-1 35))",
            "POLYGON((-2 34,-3 34,-3 35,-2 34))",
            "GEOMETRYCOLLECTION(POINT(-2 34),LINESTRING(-2 34,-3 35))"))
        self.tawam(r, "query", "--write",
                   "UPDATE \"%s\" SET geom = %s WHERE fid = %d" % (
                       layer, "NULL" if wkt == "NULL" else
                       "ST_GeomFromText('%s')" % wkt, fid), fine=(0, 1, 2))

    def column(self, r):
        layer = self.dice.choice(LAYERS)
        column = self.dice.choice(COLUMNS)
        there = [c for c in self.columns(r, layer)
                 if c.lower() == column.lower()]
        if self.dice.random() < 0.6 or not there:
            self.sql(r, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s" % (
                layer, column, self.dice.choice(KINDS)))
        elif self.dice.random() < 0.5:
            self.sql(r, "ALTER TABLE \"%s\" DROP COLUMN \"%s\"" % (
                layer, there[0]))
        else:
            self.sql(r, "ALTER TABLE \"%s\" RENAME COLUMN \"%s\" TO \"%s\"" % (
                layer, there[0], self.dice.choice(COLUMNS)))

    def retype(self, r):
        """An import with other types over the same rows."""
        layer = self.dice.choice(("well", "person"))
        kind = self.dice.choice(("integer", "decimal", "text", "date",
                                 "boolean"))
        value = {"date": "2026-11-27", "boolean": "true",
                 "decimal": "2.5"}.get(kind, "7")
        with open(self.path("in.csv"), "w") as file:
            file.write("code,%s\n%d,%s\n" % (
                self.dice.choice(COLUMNS[1:]), self.dice.randrange(1, 5),
                value))
        column = open(self.path("in.csv")).readline().strip().split(",")[1]
        self.tawam(r, "import", "in.csv", "--layer", layer, "--key", "code",
                   "--types", "code=text,%s=%s" % (column, kind),
                   fine=(0, 1, 2))

    def table(self, r):
        layer = self.dice.choice(LAYERS)
        what = self.dice.randrange(4)
        if what == 0:
            self.sql(r, "DROP TABLE IF EXISTS \"%s\"" % layer)
        elif what == 1:  # as ogr2ogr -overwrite
            self.sql(r, "DROP TABLE IF EXISTS \"%s\"" % layer,
                     "CREATE TABLE \"%s\" (id INTEGER PRIMARY KEY, uuid TEXT,"
                     " name %s, depth %s)" % (
                         layer, self.dice.choice(KINDS),
                         self.dice.choice(KINDS)),
                     "INSERT INTO \"%s\" (uuid, name) VALUES ('u', '1')" %
                     layer,
                     "INSERT INTO gpkg_contents (table_name, data_type,"
                     " identifier) SELECT '%s', 'attributes', '%s' WHERE NOT"
                     " EXISTS (SELECT 1 FROM gpkg_contents WHERE"
                     " lower(table_name) = lower('%s'))" % ((layer,) * 3))
        else:
            name = self.dice.choice(("Area", "AREA", "area"))
            kind = self.dice.choice(("Point", "Polygon", "None", "Any"))
            shape = {"Point": [2, 1], "Polygon": [[[0, 0], [1, 0], [1, 1],
                                                   [0, 0]]]}.get(kind)
            geometry = shape and {"type": kind, "coordinates": shape}
            with open(self.path("in.geojson"), "w") as file:
                json.dump({"type": "FeatureCollection", "features": [
                    {"type": "Feature", "geometry": geometry, "properties": {
                        "name": self.dice.choice("xy"),
                        "depth": self.dice.choice((1, 1.5, "x", None))}}]},
                    file)
            self.tawam(r, "import", "in.geojson", "--layer", name,
                       fine=(0, 1, 2))

    def settle(self, r):
        # 2: a table was dropped, and nothing was recorded since
        said = self.tawam(r, "conflicts", "--json", fine=(0, 2))
        found = json.loads(said) if said else []
        if not found:
            return
        c = self.dice.choice(found)
        how = self.dice.choice((["--take", "1"], ["--take", "2"], ["--keep"],
                                ["--delete"], ["--value", "settled"],
                                ["--value", ""]))
        self.tawam(r, "settle", c["id"], *how, fine=(0, 1, 2))

    def revert(self, r):
        log = [c for c in json.loads(self.tawam(r, "log", "--json"))
               if not c["published"]]
        if log:
            self.tawam(r, "revert", self.dice.choice(log[:8])["id"],
                       fine=(0, 1))

    def commit(self, r):
        """A record keeps what is shown."""
        before = {n: self.dump(r, n) for n in LAYERS}
        self.tawam(r, "commit", fine=(0, 1))
        for name in LAYERS:
            after = self.dump(r, name)
            if before[name] is not None and len(before[name]) != len(after):
                self.fail("a record of %s: %d rows, now %d of %s" % (
                    r, len(before[name]), len(after), name))
            again = self.dump(r, name)
            self.tawam(r, "commit", fine=(0, 1))
            if again != self.dump(r, name):
                self.fail("a second record changes %s" % name)

    def dump(self, r, layer):
        """Rows of a table that is there, None without one."""
        if not self.columns(r, layer):
            return None
        return sorted(map(repr, self.ask(r, "SELECT * FROM \"%s\"" % layer)))

    def sync(self, r):
        if self.dice.random() < 0.25:
            self.tawam(r, "sync", self.path("stick"))
        else:
            self.tawam(r, "sync")

    def save(self, r):
        shutil.rmtree(self.path(r + ".copy"), ignore_errors=True)
        shutil.copytree(self.path(r), self.path(r + ".copy"))
        self.trace.append("%s is copied" % r)

    def restore(self, r):
        if os.path.isdir(self.path(r + ".copy")):
            shutil.rmtree(self.path(r))
            shutil.copytree(self.path(r + ".copy"), self.path(r))
            self.trace.append("%s is the copy again" % r)

    def clone(self, r):
        if len(self.replicas) < 5:
            shutil.copytree(self.path(r), self.path("clone"))
            self.replicas.append("clone")
            self.trace.append("clone is a copy of %s" % r)

    def walk(self, steps):
        what = [self.edit] * 12 + [self.set] * 4 + [self.add] * 2 + \
            [self.insert] * 3 + [self.insert_again] * 3 + [self.delete] * 3 + \
            [self.place] * 4 + [self.column] * 4 + [self.retype] * 2 + \
            [self.table] * 3 + [self.settle] * 4 + [self.revert] * 3 + \
            [self.commit] * 4 + [self.sync] * 14 + [self.save, self.restore,
                                                    self.clone]
        self.begin()
        for self.step in range(steps):
            self.dice.choice(what)(self.dice.choice(self.replicas))

    # ---- the end ----

    def meet(self):
        for _ in range(3):
            for r in self.replicas:
                self.tawam(r, "sync")
                self.tawam(r, "sync", self.path("stick"))
        hashes = {self.tawam(r, "verify", "--hash") for r in self.replicas}
        if len(hashes) != 1:
            self.fail("the states differ: %r" % hashes)
        for r in self.replicas:
            self.tawam(r, "verify")
            out = self.tawam(r, "sync", "--json")
            if json.loads(out)["recorded"]:
                self.fail("%s has something to record after all met" % r)


def box(blob):
    """Minimum and maximum of X and of Y of one of our geometries."""
    if not blob or blob[3] & 16:
        return None
    if blob[3] >> 1 & 7:
        return struct.unpack("<dddd", blob[8:40])
    x, y = struct.unpack("<dd", blob[13:29])
    return (x, x, y, y) if x == x else None


def main():
    w = Walk(sys.argv[1], int(sys.argv[2]))
    w.walk(int(sys.argv[3]))
    w.meet()
    print("\n".join(w.path(r) for r in w.replicas))


if __name__ == "__main__":
    main()
