#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second merge, written from sync/FORMAT.md ("Commits", "Merging", "State
hash", "Conflict ids") and src/twin/FORMAT.md ("Values") alone. It reads the
commits of a log.git with plain git and zstd (changeset_reader.py for what is
in the frame), compares every commit with every other one, and knows nothing
of chains, vectors, origins or registers.

    merge_peer.py REPLICA...    compares each with what its own log comes to:
                                state hash, rows, conflicts

One line a replica on standard output: "REPLICA HASH COMMITS ROWS CONFLICTS";
differences go to standard error. Exit status 1 where there is one.
"""
import copy
import hashlib
import json
import math
import os
import pickle
import sqlite3
import struct
import subprocess
import sys

import changeset_reader

BOOLEAN, INTEGER, DECIMAL, DATE, DATETIME, TEXT, BLOB, GEOMETRY = range(1, 9)
INSERT, UPDATE, DELETE, AFFIRM = range(4)
LAST_TIME = 4294967295
LARGEST = sys.float_info.max
MIDNIGHT = b"T00:00:00.000Z"
TAUGHT = changeset_reader.Letters()


# ---- values: None, int, float, str-like Text, bytes ----

class Text(bytes):
    """Text as its bytes; as a value it differs from a blob of the same."""

    def __eq__(self, other):
        return isinstance(other, Text) and bytes.__eq__(self, other)

    __hash__ = bytes.__hash__


def same(a, b):
    return type(a) is type(b) and a == b


def real(x):
    if x == 0 or x != x:
        return 0.0
    return max(-LARGEST, min(LARGEST, x))


def number_of(text):
    """The number a text is, None if it is none."""
    body = bytes(text).strip(b" \t\n\v\f\r")
    i = 1 if body[:1] in (b"+", b"-") else 0
    whole = i
    while body[i:i + 1].isdigit():
        i += 1
    digits = i - whole
    plain = i == len(body)
    if body[i:i + 1] == b".":
        point = i = i + 1
        while body[i:i + 1].isdigit():
            i += 1
        digits += i - point
    if digits == 0:
        return None
    if body[i:i + 1] in (b"e", b"E"):
        i += 1
        i += body[i:i + 1] in (b"+", b"-")
        power = i
        while body[i:i + 1].isdigit():
            i += 1
        if i == power:
            return None
    if i != len(body):
        return None
    if plain and -2 ** 63 <= int(body) < 2 ** 63:
        return int(body)
    return whole_or_real(float(body))


def whole_or_real(x):
    x = real(x)
    return int(x) if x == math.trunc(x) and abs(x) < 2.0 ** 63 else x


def numeric(v):
    if isinstance(v, float):
        return whole_or_real(v)
    if isinstance(v, Text):
        number = number_of(v)
        return v if number is None else number
    return v


def is_date(v):
    return len(v) == 10 and v[4:5] == v[7:8] == b"-" and \
        (v[:4] + v[5:7] + v[8:]).isdigit()


def shortest(x):
    """The least digits that read back the same, as C's %g writes them; 15
    where 15 do (a smaller number of %g's digits is printed as it is)."""
    if abs(x) < 2.0 ** 53 and x == math.trunc(x):
        return b"%d" % int(x)
    for digits in range(15 if abs(x) >= sys.float_info.min else 1, 18):
        out = "%.*g" % (digits, x)
        if float(out) == x:
            return out.encode()


def as_text(v):
    if isinstance(v, int):
        return Text(b"%d" % v if abs(v) < 2 ** 53 else shortest(float(v)))
    if isinstance(v, float):
        return Text(shortest(real(v)))
    if isinstance(v, Text) and v[10:] == MIDNIGHT and is_date(v[:10]):
        return Text(v[:10])
    return v


def convert(v, kind):
    if v is None:
        return None
    if kind in (BOOLEAN, INTEGER, DATE, GEOMETRY):
        return numeric(v)
    if kind == DECIMAL:
        v = numeric(v)
        return real(float(v)) if isinstance(v, int) else v
    if kind == DATETIME:
        if isinstance(v, Text) and is_date(v):
            return Text(v + MIDNIGHT)
        return numeric(v)
    v = as_text(v)
    return bytes(v) if kind == BLOB else v


def above(kind):
    """KIND and all types that can hold what it holds (twin/FORMAT.md)."""
    chain = {BOOLEAN: (BOOLEAN, INTEGER, DECIMAL, TEXT),
             INTEGER: (INTEGER, DECIMAL, TEXT), DECIMAL: (DECIMAL, TEXT),
             DATE: (DATE, DATETIME, TEXT), DATETIME: (DATETIME, TEXT),
             TEXT: (TEXT,), BLOB: (), GEOMETRY: (GEOMETRY,)}
    return chain[kind] + (BLOB,)


def join(kinds):
    """The least type above all of KINDS."""
    common = set.intersection(*(set(above(k)) for k in kinds))
    return [k for k in common if common <= set(above(k))][0]


# ---- git ----

class Commit:
    pass


class Log:
    def __init__(self, folder):
        self.folder = folder
        self.batch = subprocess.Popen(
            ["git", "-C", folder, "cat-file", "--batch"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.dictionaries = {}

    def read(self, name):
        self.batch.stdin.write(name.encode() + b"\n")
        self.batch.stdin.flush()
        head = self.batch.stdout.readline().split()
        if len(head) != 3:
            raise KeyError(name)
        data = self.batch.stdout.read(int(head[2]) + 1)[:-1]
        return head[0].decode(), head[1].decode(), data

    def tree(self, name):
        data, out = self.read(name)[2], {}
        while data:
            head, data = data.split(b"\0", 1)
            mode, entry = head.split(b" ", 1)
            out[entry.decode()] = (mode, data[:20].hex())
            data = data[20:]
        return out

    def commit(self, name):
        head, _, message = self.read(name)[2].partition(b"\n\n")
        c = Commit()
        c.id, c.parents, c.device = name, [], None
        for line in head.split(b"\n"):
            word, _, rest = line.partition(b" ")
            if word == b"tree":
                c.tree = rest.decode()
            elif word == b"parent":
                c.parents.append(rest.decode())
            elif word == b"author":
                c.author = rest.rsplit(b" ", 2)[0].decode()
                c.time = int(rest.split()[-2])
            elif word == b"committer":
                c.logical = max(0, min(LAST_TIME, int(rest.split()[-2])))
        for line in message.split(b"\n"):
            if line.startswith(b"Device: "):
                c.device = line[8:].decode()
        return c

    def changes(self, c):
        """Layers of COMMIT's changes.zst as changeset_reader gives them."""
        mode, name = self.tree(c.tree)["changes.zst"]
        if mode == b"40000":
            pieces = self.tree(name)
            data = b"".join(self.read(pieces[n][1])[2] for n in sorted(pieces))
        else:
            data = self.read(name)[2]
        return decode(data, self.dictionary)

    def dictionary(self, name):
        if name not in self.dictionaries:
            content = unpack(self.read(name)[2])
            known = changeset_reader.Reader(content, taught())
            known.read()
            self.dictionaries[name] = known
        return self.dictionaries[name]


def taught():
    return pickle.loads(pickle.dumps(TAUGHT))


def unpack(data):
    return subprocess.run(["zstd", "-dcq"], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


DECODED = {}


def decode(data, dictionary):
    if data not in DECODED:
        content = unpack(data)
        known = dictionary(content[4:12].hex()) if content[3] & 2 else None
        DECODED[data] = changeset_reader.Reader(content, taught(),
                                                known).read()
    return copy.deepcopy(DECODED[data])


def value_of(text):
    kind, _, rest = text.partition(" ")
    return {"null": lambda: None, "integer": lambda: int(rest),
            "real": lambda: struct.unpack(">d", bytes.fromhex(rest))[0],
            "text": lambda: Text(bytes.fromhex(rest)),
            "bytes": lambda: bytes.fromhex(rest)}[kind]()


# ---- the merge ----

class Layer:
    def __init__(self):
        self.geometries = set()
        self.kinds = {}     # of each column, those declared
        self.made = set()   # fids
        self.writes = {}    # fid: numbers of commits that wrote the row
        self.deletes = {}   # fid: those that deleted it
        self.cells = {}     # (fid, column): (number, kind, value) of each


def lower(name):
    return "".join(chr(ord(x) + 32) if "A" <= x <= "Z" else x
                   for x in name.decode())


class State:
    """What the accepted ones of IDS come to."""

    def __init__(self, log, ids, refused):
        self.log, self.commits, self.layers = log, [], {}
        self.order(ids)
        for number, c in enumerate(self.commits):
            if c.device is not None and c.id not in refused:
                self.take(number, log.changes(c))

    def order(self, ids):
        """Ancestors first; of each commit the set of all it has seen."""
        known, place, todo = {}, {}, [(i, False) for i in ids]
        while todo:
            name, done = todo.pop()
            if done:
                if name not in place:
                    place[name] = len(self.commits)
                    self.commits.append(known[name])
            elif name not in known:
                known[name] = self.log.commit(name)
                todo.append((name, True))
                todo += [(p, False) for p in known[name].parents]
        for number, c in enumerate(self.commits):
            c.seen = {number}
            for parent in c.parents:
                c.seen |= self.commits[place[parent]].seen

    def take(self, number, layers):
        for name, geometry, columns, rows in layers:
            layer = self.layers.setdefault(lower(name), Layer())
            layer.geometries.add(geometry)
            for column, kind in columns:
                layer.kinds.setdefault(lower(column), set()).add(kind)
            for fid, operation, cells in rows:
                if operation == DELETE:
                    layer.deletes.setdefault(fid, []).append(number)
                    continue
                layer.writes.setdefault(fid, []).append(number)
                if operation == INSERT:
                    layer.made.add(fid)
                for i, text in cells.items():
                    column, kind = columns[i]
                    layer.cells.setdefault((fid, lower(column)), []).append(
                        (number, kind, value_of(text)))

    def saw(self, a, b):
        return b in self.commits[a].seen

    def unseen(self, numbers, by):
        """Those of NUMBERS that nobody else among BY has seen."""
        return [n for n in numbers
                if not any(b != n and self.saw(b, n) for b in by)]

    def rank(self, number):
        return self.commits[number].logical, self.commits[number].id

    def kind(self, layer, column):
        return join(layer.kinds[column])

    def geometry(self, layer):
        some = layer.geometries - {0}
        return some.pop() if len(some) == 1 else 8 if some else 0

    def row(self, layer, fid):
        """None where it is not there, else standing deletes, if any, behind
        the latest write no delete has seen."""
        deletes = layer.deletes.get(fid, [])
        writes = layer.writes.get(fid, [])
        left = self.unseen(writes, [])
        left = [w for w in left if not any(self.saw(d, w) for d in deletes)]
        if fid not in layer.made or not left:
            return None
        standing = self.unseen(deletes, writes + deletes)
        latest = max(self.unseen(left, writes), key=self.rank)
        return [latest] + sorted(standing, key=self.rank, reverse=True)

    def cell(self, layer, fid, column):
        """Standing writes with their values, the shown one first."""
        kind = self.kind(layer, column)
        writes = layer.cells.get((fid, column), [])
        standing = self.unseen([w[0] for w in writes], [w[0] for w in writes])
        return [(n, convert(convert(v, k), kind)) for n, k, v in
                sorted(writes, key=lambda w: self.rank(w[0]), reverse=True)
                if n in standing]

    def rows(self, layer):
        return [fid for fid in sorted(set(layer.writes) | set(layer.deletes))
                if self.row(layer, fid)]

    def conflicts(self, layer):
        """(fid, column or "", standing writes)"""
        for fid in self.rows(layer):
            row = self.row(layer, fid)
            if len(row) > 1:
                yield fid, "", [(n, None) for n in row]
            for column in sorted(layer.kinds):
                list_ = self.cell(layer, fid, column)
                if any(not same(v, list_[0][1]) for _, v in list_):
                    yield fid, column, list_

    def hash(self):
        h = hashlib.sha256(b"tawam state 1\n")
        for name, layer in sorted(self.layers.items()):
            columns = sorted(layer.kinds)
            h.update(b"layer %s %d\n" % (name.encode(), self.geometry(layer)))
            for column in columns:
                h.update(b"column %s %d\n" % (column.encode(),
                                              self.kind(layer, column)))
            for fid in self.rows(layer):
                h.update(b"row " + struct.pack(">Q", fid))
                for column in columns:
                    h.update(packed(self.shown(layer, fid, column)))
            for fid, column, list_ in self.conflicts(layer):
                h.update(b"conflict %s 0\n" % column.encode() +
                         struct.pack(">Q", fid))
                for place, (n, value) in enumerate(list_):
                    mark = b"-" if column == "" and place else b"+"
                    h.update(self.commits[n].id.encode() + mark +
                             packed(value))
        return h.hexdigest()

    def shown(self, layer, fid, column):
        list_ = self.cell(layer, fid, column)
        return list_[0][1] if list_ else None


def packed(v):
    if v is None:
        return b"\0"
    if isinstance(v, int):
        return b"\1" + struct.pack(">q", v)
    if isinstance(v, float):
        return b"\2" + struct.pack(">d", v)
    mark = b"\3" if isinstance(v, Text) else b"\4"
    return mark + struct.pack(">Q", len(v)) + bytes(v)


# ---- compared with a replica ----

def quoted(name):
    return '"%s"' % name.replace('"', '""')


def held(v):
    return Text(v.encode("utf-8", "surrogateescape")) \
        if isinstance(v, str) else v


def compare_layer(say, db, state, name, layer):
    columns = sorted(layer.kinds)
    cursor = db.execute("SELECT fid, %s FROM %s ORDER BY fid" % (
        ", ".join(map(quoted, columns)), quoted(name)))
    there = {r[0]: [held(v) for v in r[1:]] for r in cursor}
    for fid in sorted(set(there) | set(state.rows(layer))):
        if fid not in there or not state.row(layer, fid):
            say("%s %d is %s" % (name, fid, "missing" if fid not in there
                                 else "there and should not be"))
            continue
        for column, value in zip(columns, there[fid]):
            wanted = state.shown(layer, fid, column)
            if not same(value, wanted):
                say("%s %d %s is %r, not %r" % (name, fid, column, value,
                                                wanted))


def conflict_id(kind, layer, fid, column):
    text = "%d %s %d %s" % (kind, layer, fid, column)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def listed_here(replica):
    """(id: [(commit, is a delete)...]) as `tawam conflicts` says."""
    out = subprocess.run(
        [os.environ.get("TAWAM", "tawam"), "-C", replica, "conflicts",
         "--json"], stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for c in json.loads(out):
        if c["kind"] in ("values", "delete", "deletion"):
            found[c["id"]] = c
    return found


def compare_conflicts(say, state, replica):
    found, count = listed_here(replica), 0
    for name, layer in sorted(state.layers.items()):
        for fid, column, list_ in state.conflicts(layer):
            count += 1
            key = conflict_id(1 if column else 2, name, fid, column)
            listed = found.pop(key, None)
            if listed is None:
                say("%s %d %s is in conflict and not listed" % (name, fid,
                                                                column))
                continue
            different = []
            for n, value in list_:
                if not column or not any(same(value, v)
                                         for _, v in different):
                    different.append((n, value))
            wanted = [(state.commits[n].id, state.commits[n].device,
                       state.commits[n].author) for n, _ in different]
            got = [(v["commit"], v["device"], v["author"])
                   for v in listed["values"]]
            if got != wanted:
                say("%s %d %s lists %r, not %r" % (name, fid, column, got,
                                                   wanted))
    for key in found:
        say("conflict %s is listed and is none" % key)
    return count


def compare(replica):
    wrong = []

    def say(text):
        wrong.append(text)
        if len(wrong) <= 10:
            print("# %s: %s" % (replica, text), file=sys.stderr)
    db = sqlite3.connect("file:%s/twin.gpkg?mode=ro" % replica, uri=True)
    db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
    applied = dict(db.execute("SELECT id, state FROM tawam_commit"))
    log = Log(os.path.join(replica, "log.git"))
    state = State(log, sorted(applied),
                  {i for i, s in applied.items() if s == 2})
    if len(state.commits) != len(applied):
        say("an ancestor of what is applied is not")
    for name, layer in sorted(state.layers.items()):
        compare_layer(say, db, state, name, layer)
    count = 0
    if "TAWAM" in os.environ:
        count = compare_conflicts(say, state, replica)
        said = subprocess.run(
            [os.environ["TAWAM"], "-C", replica, "verify", "--hash"],
            stdout=subprocess.PIPE).stdout.decode().strip()
        if said != state.hash():
            say("state hash %s, not %s" % (said, state.hash()))
    print(replica, state.hash(), len(applied),
          sum(len(state.rows(x)) for x in state.layers.values()), count)
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if all([compare(r) for r in sys.argv[1:]]) else 1)
