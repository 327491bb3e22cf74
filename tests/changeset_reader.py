#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second reader of changes.zst, written from sync/FORMAT.md alone, so that
what the page says is enough and right. It is slow, trusts its input, and takes
the content (what is inside the zstd frame).

    changeset_reader.py FOLDER   compares NAME.content with NAME.dump for all,
                                 with NAME.dictionary (its content) if it is there
"""
import copy
import os
import re
import struct
import sys

M64 = (1 << 64) - 1


def uuid_of(fid):
    """src/twin/FORMAT.md, "uuid of a fid"."""
    def mix(z):
        z = z + 0x9E3779B97F4A7C15 & M64
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M64
        z = (z ^ z >> 27) * 0x94D049BB133111EB & M64
        return z ^ z >> 31
    a, b = mix(fid), mix(~fid & M64)
    digits = "%032x" % (a >> 16 << 80 | 8 << 76 | (a >> 4 & 0xFFF) << 64 |
                        2 << 62 | (a & 15) << 58 | b & (1 << 58) - 1)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20],
                     digits[20:]))


def known_strings():
    page = os.path.join(os.path.dirname(__file__), "..", "sync", "FORMAT.md")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    block = re.search(r"<!-- known -->\n```\n(.*?)```", text, re.S).group(1)
    return block.split()


S = [1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048,
     2550, 2994, 3349, 3608, 3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086,
     4090, 4092, 4094, 4095]


def squash(x):
    q, r = (x + 2048) >> 7, (x + 2048) & 127
    return (S[q] * (128 - r) + S[q + 1] * r + 64) >> 7


STRETCH = []
for _x in range(-2047, 2048):
    while len(STRETCH) <= squash(_x):
        STRETCH.append(_x)
STRETCH += [2047] * (4096 - len(STRETCH))


def towards_zero(a, b):
    return abs(a) // b * (1 if a >= 0 else -1)


class Models(dict):
    """Model sets by name; each model is [chance, count]."""

    def at(self, *name):
        if name not in self:
            self[name] = [1 << 21, 0]
        return self[name]


def learn(m, bit):
    rate = 131072 // (2 * m[1] + 3)
    if bit:
        m[0] += ((1 << 22) - 1 - m[0]) * rate >> 16
    else:
        m[0] -= m[0] * rate >> 16
    m[1] = min(m[1] + 1, 510)


def settled(m, most=100):
    return [m[0], min(m[1], most)]


def branch(models, *name):
    """Those of MODELS whose names begin so, by the rest of the name."""
    size = len(name)
    return {k[size:]: m for k, m in models.items() if k[:size] == name}


def widened(tree, bits, values):
    """TREE (models by node) of one bit more."""
    seen = min(values, 100) if bits == 0 else tree.get(1, [0, 0])[1]
    root = [1 << 21, 0]
    for _ in range(seen):
        learn(root, 0)
    out = {1: root}
    for node, m in tree.items():
        out[node + (1 << (node.bit_length() - 1))] = m
    return out


class KnownSequence:
    def __init__(self, way, context, base, step, entries, bits, count, own,
                 plain):
        self.way, self.context, self.base = way, context, base
        self.step, self.entries, self.bits = step, entries, bits
        self.own, self.plain = own, plain
        if way < 2:
            bits = bits.bit_length()
            tree = {k[0]: m for k, m in branch(own, "value", "length").items()}
            while bits < 7:
                tree, bits = widened(tree, bits, count), bits + 1
            for node, m in tree.items():
                own["value", "length", node] = m
            return
        contexts = {0: 1, 1: 1 << bits + 1, 2: 256}[context]
        self.wider = bits < 12 and contexts << bits + 1 <= 65536
        if self.wider:
            self.plain = widened(plain, bits, count)
            self.bits += 1
        self.old_bits = bits

    def models(self):
        if self.way < 2:
            return Models({k: settled(m) for k, m in self.own.items()})
        return KnownTrees(self)


class KnownTrees(dict):
    """Models of symbols that begin as the dictionary left them."""

    def __init__(self, known):
        self.known = known

    def at(self, what, context, node):
        assert what == "symbol"
        if (context, node) not in self:
            self[context, node] = self.begin(context, node)
        return self[context, node]

    def begin(self, context, node):
        k = self.known
        tree = {n[0]: m for n, m in
                branch(k.own, "symbol", context).items()}
        if k.wider:
            tree = widened(tree, k.old_bits, 0)
        m = tree.get(node)
        if m and m[1]:
            return settled(m)
        return settled(k.plain.get(node, [1 << 21, 0]), 20)


class Coder:
    def __init__(self, data):
        self.data, self.at = data, 0
        self.low, self.high, self.code = 0, 0xffffffff, 0
        for _ in range(4):
            self.code = self.code << 8 | self.next()

    def next(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def bit_of(self, p):
        middle = self.low + ((self.high - self.low) * p >> 22)
        bit = int(self.code <= middle)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & 0xffffffff
            self.high = (self.high << 8 | 255) & 0xffffffff
            self.code = (self.code << 8 | self.next()) & 0xffffffff
        return bit

    def bit(self, models, *name):
        m = models.at(*name)
        bit = self.bit_of(m[0])
        learn(m, bit)
        return bit

    def raw(self, k):
        v = 0
        for _ in range(k):
            v = v << 1 | self.bit_of(1 << 21)
        return v

    def tree(self, k, models, *name):
        node = 1
        for _ in range(k):
            node = node << 1 | self.bit(models, *name, node)
        return node - (1 << k)

    def number(self, w, models, *name):
        length = self.tree(w.bit_length(), models, *name, "length")
        if length == 0:
            return 0
        v, node, left = 1, 1, length - 1
        for _ in range(min(3, left)):
            b = self.bit(models, *name, length, node)
            node, v, left = node << 1 | b, v << 1 | b, left - 1
        return v << left | self.raw(left)

    def signed(self, w, models, *name):
        v = self.number(w, models, *name)
        return v >> 1 if v & 1 == 0 else -(v >> 1) - 1

    def is_finished(self):
        for b in range(5):
            below = (1 << (32 - 8 * b)) - 1
            value = (self.low + below) & ~below if b else 0
            if self.low <= value <= self.high:
                shifted = self.at - 4
                return shifted + b == len(self.data) and self.code == value
        return False


class Letters:
    def __init__(self):
        self.tables = [Models() for _ in range(6)]
        self.weights = [[19660] * 6 + [0] for _ in range(7)]
        self.history, self.s = 0, 0
        for word in known_strings():
            for letter in word.encode() + b"\0":
                self.letter(None, 0, letter)

    def mix(self, coder, at, known):
        inputs = [STRETCH[m[0] >> 10] for m in at] + [256]
        w = self.weights[sum(m[1] > 0 for m in at)]
        x = towards_zero(sum(a * b for a, b in zip(w, inputs)), 65536)
        chance = squash(max(-2047, min(2047, x)))
        bit = coder.bit_of(chance << 10) if coder else known
        for m in at:
            learn(m, bit)
        for k in range(7):
            new = w[k] + towards_zero(inputs[k] * (4096 * bit - chance), 1024)
            if abs(new) <= 4194304:
                w[k] = new
        return bit

    def letter(self, coder, kind, known=0):
        h = []
        for i in range(6):
            c = kind if i == 0 else 4 * self.s + kind if i == 5 else \
                self.history & ((1 << 8 * i) - 1)
            m = ((c + 1) * 0x9e3779b97f4a7c15 + i) & M64
            h.append((m * 0xbf58476d1ce4e5b9 & M64) >> 32)
        letter = 0
        for part in range(2):
            lines = [(((x + (16 + letter if part else 0) * 0x9e3779b1) &
                       0xffffffff) * 0x85ebca6b & 0xffffffff) >> 19 for x in h]
            node = 1
            for i in range(3, -1, -1):
                at = [t.at(line, node) for t, line in zip(self.tables, lines)]
                bit = self.mix(coder, at, known >> (4 - 4 * part + i) & 1)
                node = node << 1 | bit
            letter = letter << 4 | node & 15
        self.history = (self.history << 8 | letter) & M64
        self.s = (self.s + letter + 1) * 0x2545f4914f6cdd1d & M64 \
            if letter else 0
        return letter


def date_of(days):
    """YYYY-MM-DD of a proleptic Gregorian day, years 0 to 9999."""
    days += 719528
    year = days * 400 // 146097 + 1
    while start_of(year) > days:
        year -= 1
    days -= start_of(year)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    for month, size in enumerate([31, 29 if leap else 28, 31, 30, 31, 30, 31,
                                  31, 30, 31, 30, 31]):
        if days < size:
            return "%04d-%02d-%02d" % (year, month + 1, days + 1)
        days -= size


def start_of(year):
    y = year - 1
    return 365 * year + y // 4 - y // 100 + y // 400 + 1


class Reader:
    def __init__(self, content, taught, dictionary=None):
        assert content[:3] == b"TC\1"
        self.letters, at = None, 4
        self.dictionary, self.left = None, []
        if content[3] & 2:
            self.dictionary = dictionary
            at += 8
        if content[3] & 1:
            self.letters = taught
            if self.dictionary and self.dictionary.letters:
                self.letters = copy.deepcopy(self.dictionary.letters)
        else:
            length = shift = 0
            while True:
                length |= (content[at] & 127) << shift
                shift, at = shift + 7, at + 1
                if content[at - 1] < 128:
                    break
            self.text = content[at:at + length]
            at += length
        self.text_at = 0
        self.c, self.m = Coder(content[at:]), Models()
        if self.dictionary:
            self.m = Models({k: settled(m)
                             for k, m in self.dictionary.m.items()})

    def bytes(self, kind, length):
        if self.letters:
            return bytes(self.letters.letter(self.c, kind)
                         for _ in range(length))
        self.text_at += length
        return self.text[self.text_at - length:self.text_at]

    def string(self, kind):
        if not self.letters:
            end = self.text.index(b"\0", self.text_at)
            return self.bytes(kind, end + 1 - self.text_at)[:-1]
        out = bytearray()
        while True:
            letter = self.letters.letter(self.c, kind)
            if letter == 0:
                return bytes(out)
            out.append(letter)

    def read(self):
        layers = []
        for _ in range(self.c.number(16, self.m, "layers")):
            columns, which, before = [], 0, 1
            if self.dictionary:
                which = self.c.number(16, self.m, "layer")
            if which:
                known = self.dictionary.left[which - 1]
                name = known["name"]
                for column in known["columns"]:
                    before = self.c.bit(self.m, "declared", before)
                    if before:
                        columns.append(column)
            else:
                name = self.string(0)
            geometry = self.c.tree(4, self.m, "geometry")
            for _ in range(self.c.number(16, self.m, "columns")):
                column = self.string(0)
                columns.append((column, self.c.tree(4, self.m, "type")))
            layers.append((name, geometry, columns))
        out = [(n, g, cs, self.rows(n, cs)) for n, g, cs in layers]
        assert self.c.is_finished()
        assert self.letters or self.text_at == len(self.text)
        return out

    def known_layer(self, name):
        for layer in self.dictionary.left if self.dictionary else []:
            if layer["name"].lower() == name.lower():
                return layer
        return None

    def rows(self, name, columns):
        c, m, own = self.c, self.m, Models()
        left = {"name": name, "columns": columns, "own": own, "lanes": {}}
        self.left.append(left)
        self.known = self.known_layer(name)
        if self.known:
            there = [(n.lower(), t) for n, t in self.known["columns"]]
            for k, v in self.known["own"].items():
                if k[0] == "operation":
                    own[k] = settled(v)
                for i, (n, t) in enumerate(columns):
                    if k[0] == "bit" and (n.lower(), t) in there and \
                            there.index((n.lower(), t)) == k[2]:
                        own["bit", k[1], i, k[3]] = settled(v)
        count = c.number(64, m, "rows")
        cells = c.number(64, m, "cells")
        if count == 0:
            return []
        w = c.tree(7, m, "width", 15)
        rows, fid, before = [], 0, 0
        for _ in range(count):
            fid += 1 + c.number(w, own, "gap")
            before = c.tree(2, own, "operation", before)
            rows.append([fid, before, {}])
        kinds = {}
        for o in (0, 1, 3):
            if any(r[1] == o for r in rows):
                kinds[o] = [c.tree(2, m, "presence", o) for _ in columns]
        lists = c.bit(m, "lists")
        k = max([ks.count(2) for ks in kinds.values()] + [0])
        last = {}
        for row in rows:
            o = row[1]
            some = [i for i, kind in enumerate(kinds.get(o, [])) if kind == 2]
            present = [i for i, kind in enumerate(kinds.get(o, []))
                       if kind == 1]
            if lists:
                at = 0
                for _ in range(c.number(k.bit_length(), own, "list")):
                    at += c.number(k.bit_length(), own, "list")
                    present.append(some[at])
                    at += 1
            else:
                had = 0
                for i in some:
                    context = last.get(i, 0) if o == 0 else min(had, 3)
                    b = c.bit(own, "bit", o, i, context)
                    had += b
                    if o == 0:
                        last[i] = b
                    if b:
                        present.append(i)
            for i in sorted(present):
                row[2][i] = None
        assert sum(len(r[2]) for r in rows) == cells
        marks = {}
        for i, (_, kind) in enumerate(columns):
            lane = [r for r in rows if i in r[2]]
            if lane:
                left["lanes"][i] = self.lane(i, kind, lane, marks, columns)
        return rows

    def known_lane(self, column, columns):
        if not self.known:
            return None
        name, kind = columns[column]
        for i, (n, t) in enumerate(self.known["columns"]):
            if t == kind and n.lower() == name.lower():
                return self.known["lanes"].get(i)
        return None

    def lane(self, column, kind, rows, marks, columns):
        c, m, own = self.c, self.m, Models()
        there = self.known_lane(column, columns)
        if there and not c.bit(m, "lane known", kind):
            there = None
        self.there, self.columns = there, columns
        self.kept = {"beside": None, "sequences": {}}
        method = there["method"] if there else c.tree(4, m, "method", kind)
        self.kept["e"] = there["e"] if there else None
        if method == 13:
            method = (2, 10, 11)[c.tree(2, m, "exact")]
            self.kept["e"] = EXACT
        self.kept["method"] = method
        if there:
            for k, v in branch(there["own"], "class").items():
                own[("class",) + k] = settled(v)
        self.kept["own"] = own
        kept = self.kept
        classes, before = [0] * len(rows), 0
        if c.bit(m, "irregular", kind):
            for i in range(len(rows)):
                before = classes[i] = c.tree(3, own, "class", before)
        regular = [r for r, k in zip(rows, classes) if k == 0]
        values = self.regular(method, column, kind, regular, own, marks)
        for row, value in zip(regular, values):
            row[2][column] = value
        for row, k in zip(rows, classes):
            if k == 1:
                row[2][column] = "null"
            elif k == 2:
                row[2][column] = "integer %d" % c.signed(64, m, "exception")
            elif k == 3:
                row[2][column] = "real %016x" % c.raw(64)
            elif k >= 4:
                length = c.number(64, m, "length")
                row[2][column] = ("text " if k == 4 else "bytes ") + \
                    self.bytes(3, length).hex()
        return kept

    def first(self, role, column, kind, rows, marks):
        if not rows:
            return []
        other = None
        if self.there:
            if self.there["beside"]:
                n, t = self.there["beside"]
                same = [i for i, (a, b) in enumerate(self.columns)
                        if a.lower() == n.lower() and b == t]
                other = same[0] if same else None
            self.kept["beside"] = self.there["beside"]
        elif column > 0 and self.c.bit(self.m, "beside", kind):
            other = column - 1 - self.c.number(64, self.m, "column")
            self.kept["beside"] = self.columns[other]
        beside = [marks.get((r[0], other), 0) for r in rows]
        values, symbols = self.sequence(len(rows), role, beside, "first")
        for row, symbol in zip(rows, symbols):
            marks[row[0], column] = symbol + 1 if symbol < 255 else 0
        return values

    def header(self, role, own):
        """Way, context, base, step, entries, bits of a sequence."""
        c, m = self.c, self.m
        way = c.tree(2, m, "way", role)
        base = c.signed(64, m, "base")
        step = c.number(64, m, "step") + 1
        context, entries = 0, None
        if way == 3:
            entries = [0]
            size = c.number(64, m, "list") + 1
            w = c.tree(7, m, "width", 14)
            while len(entries) < size:
                entries.append(entries[-1] + 1 + c.number(w, own, "gap"))
            bits = (size - 1).bit_length()
        else:
            bits = c.tree(7, m, "width", role)
        if way >= 2:
            context = c.tree(2, m, "context", role)
        return way, context, base, step, entries, bits

    def known_header(self, k):
        c, m, base, entries = self.c, self.m, k.base, k.entries
        if k.way == 3:
            entries, last = list(entries), 0
            for _ in range(c.number(64, m, "list")):
                last = (last + c.signed(64, m, "more")) & M64
                entries.append(last)
        else:
            base += k.step * c.signed(64, m, "shift")
        return (k.way, k.context, base, k.step, entries,
                64 if k.way < 2 else k.bits)

    def sequence(self, count, role, beside=None, place=None):
        c, own, plain = self.c, Models(), Models()
        if count == 0:
            return [], []
        known = self.there and self.there["sequences"].get(place)
        if known and c.bit(self.m, "known", role):
            way, context, base, step, entries, bits = self.known_header(known)
            own = known.models()
        else:
            way, context, base, step, entries, bits = self.header(role, own)
        values, symbols, u, symbol = [], [], 0, 0
        for i in range(count):
            if way == 0:
                u = c.number(bits, own, "value")
            elif way == 1:
                u += c.signed(bits, own, "value")
            else:
                at = (0, symbol, beside[i] if beside else 0)[context]
                symbol = c.tree(bits, own, "symbol", at)
                node = 1
                for b in range(bits - 1, -1, -1):
                    learn(plain.at(node), symbol >> b & 1)
                    node = node << 1 | symbol >> b & 1
                symbols.append(symbol)
                u = entries[symbol] if way == 3 else symbol
            values.append(wrapped(base + step * u))
        if not self.dictionary:
            self.kept["sequences"][place] = KnownSequence(
                way, context, base, step, entries, bits, count, own,
                {k[0]: v for k, v in plain.items()})
        return values, symbols

    def regular(self, method, column, kind, rows, own, marks):
        c, m = self.c, self.m

        there, kept = self.there, self.kept

        def first(role):
            return self.first(role, column, kind, rows, marks)

        def exponent():
            if kept["e"] is None:
                kept["e"] = c.tree(4, m, "exponent")
            return kept["e"]
        if method == 0:
            assert not rows
            return []
        if method == 1:
            return ["integer %d" % v for v in first(0)]
        if method == 2:
            e = exponent()
            return [real(decimal(v, e)) for v in first(1)]
        if method == 3:
            return ["real %016x" % (c.tree(12, own, "upper") << 52 |
                                    c.raw(52)) for _ in rows]
        if method == 4:
            return [text(date_of(v).encode()) for v in first(2)]
        if method == 5:
            return [text(("%sT%02d:%02d:%02d.%03dZ" % (
                date_of(v // 86400000), v // 3600000 % 24, v // 60000 % 60,
                v // 1000 % 60, v % 1000)).encode()) for v in first(3)]
        if method == 6:
            return self.uuids(own, rows)
        if method == 7:
            words = (there["words"] if there else []) + [
                self.string(1) for _ in range(c.number(64, m, "words"))]
            kept["words"] = words
            return [text(words[v]) for v in first(4)]
        if method == 8:
            return [text(self.string(2)) for _ in rows]
        if method == 9:
            return self.fields(first)
        if method == 10:
            e = exponent()
            xs, _ = self.sequence(len(rows), 6, None, "first")
            ys, _ = self.sequence(len(rows), 7, None, "second")
            return ["bytes 4750000" "1e6100000" "0101000000" +
                    struct.pack("<dd", decimal(x, e), decimal(y, e)).hex()
                    for x, y in zip(xs, ys)]
        if method == 11:
            e = exponent()
            last = [0, 0]
            return [self.shape(own, e, last) for _ in rows]
        assert method == 12
        return ["bytes " + self.bytes(3, v).hex() for v in first(5)]

    def uuids(self, own, rows):
        c, out, last = self.c, [], None
        for fid, _, _ in rows:
            if c.bit(own, "derived"):
                out.append(text(uuid_of(fid).encode()))
                continue
            kind = c.tree(2, own, "kind")
            if kind == 0:
                last = uuid_of(fid // 32 * 32 + c.tree(5, own, "place"))
            elif kind == 2:
                last = uuid_of(c.raw(63))
            elif kind == 3:
                digits = ""
                for i in range(32):
                    nibble = c.tree(4, own, "nibble", i) if i in (12, 16) \
                        else c.raw(4)
                    digits += "%x" % nibble
                last = "-".join((digits[:8], digits[8:12], digits[12:16],
                                 digits[16:20], digits[20:]))
            out.append(text(last.encode()))
        return out

    def fields(self, first):
        if self.there:
            templates = self.there["words"]
        else:
            templates = [self.string(1)
                         for _ in range(self.c.number(64, self.m, "words"))]
        self.kept["words"] = templates
        which = first(4)
        columns = {}
        for t, template in enumerate(templates):
            size = sum(byte <= 19 for byte in template)
            columns[t] = [
                iter(self.sequence(which.count(t), 8, None, (t, i))[0])
                for i in range(size)]
        out = []
        for t in which:
            value, fields = b"", iter(columns[t])
            for byte in templates[t]:
                if byte > 19:
                    value += bytes([byte])
                else:
                    width = 0 if byte == 19 else byte
                    value += b"%0*d" % (width, next(next(fields)))
            out.append(text(value))
        return out

    def shape(self, own, e, last):
        points = []
        wkb = self.geometry(own, e, last, 0, points)
        if wkb[1] == 1:
            return "bytes 47500001e6100000" + wkb.hex()
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return "bytes 47500003e6100000" + struct.pack(
            "<dddd", min(xs), max(xs), min(ys), max(ys)).hex() + wkb.hex()

    def geometry(self, own, e, last, parent, points):
        kind = self.c.tree(3, own, "type", parent)
        out = struct.pack("<BI", 1, kind)
        if kind == 1:
            return out + self.point(own, e, last, points)
        count = self.c.number(32, own, "count")
        out += struct.pack("<I", count)
        if kind == 2:
            return out + b"".join(self.point(own, e, last, points)
                                  for _ in range(count))
        for _ in range(count):
            if kind == 3:
                size = self.c.number(32, own, "count")
                closed = size > 1 and self.c.bit(own, "closed")
                ring = [self.point(own, e, last, points)
                        for _ in range(size - closed)]
                if closed:
                    ring.append(ring[0])
                out += struct.pack("<I", size) + b"".join(ring)
            else:
                out += self.geometry(own, e, last, kind, points)
        return out

    def point(self, own, e, last, points):
        xy = []
        for axis in (0, 1):
            last[axis] = wrapped(last[axis] +
                                 self.c.signed(64, own, "step", axis))
            xy.append(decimal(last[axis], e))
        points.append(xy)
        return struct.pack("<dd", *xy)


EXACT = "exact"


def wrapped(v):
    v &= M64
    return v - (1 << 64) if v >> 63 else v


def decimal(v, e):
    if e != EXACT:
        return v / 10.0 ** e
    assert abs(v) < 0x7ff << 52
    value = struct.unpack(">d", struct.pack(">Q", abs(v)))[0]
    return -value if v < 0 else value


def real(value):
    return "real " + struct.pack(">d", value).hex()


def text(value):
    return "text " + value.hex()


def dump(content, taught, dictionary):
    out, known = [], None
    if dictionary:
        known = Reader(dictionary, copy.deepcopy(taught))
        known.read()
    for name, geometry, columns, rows in Reader(content, taught, known).read():
        out.append("layer %s %d" % (name.hex(), geometry))
        out += ["column %s %d" % (n.hex(), t) for n, t in columns]
        for fid, operation, cells in rows:
            out.append("row %d %d" % (fid, operation + 1))
            out += ["cell %d %s" % (i, cells[i]) for i in sorted(cells)]
    return "\n".join(out + [""])


def main():
    folder, wrong, right = sys.argv[1], 0, 0
    taught = Letters()
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".content"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        with open(os.path.join(folder, name[:-8] + ".dump")) as file:
            wanted = file.read()
        dictionary = None
        if os.path.exists(os.path.join(folder, name[:-8] + ".dictionary")):
            with open(os.path.join(folder, name[:-8] + ".dictionary"),
                      "rb") as file:
                dictionary = file.read()
        try:
            same = dump(content, copy.deepcopy(taught), dictionary) == wanted
        except Exception as error:  # any failure is a difference to report
            print("# %s: %r" % (name, error), file=sys.stderr)
            same = False
        if not same:
            print("# %s differs" % name, file=sys.stderr)
        wrong, right = wrong + (not same), right + same
    print("%d %d" % (right, wrong))


if __name__ == "__main__":
    main()
