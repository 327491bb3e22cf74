#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Simplify the polygons of neighbouring areas without parting them.

usage: simplify.py IN.geojson OUT.geojson AREA

AREA is in square metres: the smallest triangle (Visvalingam & Whyatt 1993)
that a vertex may make with its two neighbours and still be kept. Standard
library only.

How borders stay shared:
 1. Coordinates are rounded to 1e-5 degree (about a metre), so that equal
    vertices of two rings are equal numbers.
 2. A vertex is a junction when two rings that pass it don't come from and go
    to the same two neighbours. Rings are cut at junctions into arcs.
 3. An arc is stored once, whichever way each ring runs along it, and is
    simplified once. Junctions never move.
 4. A vertex is dropped only if the new segment crosses no other segment of
    any arc, so that no ring can touch itself or a neighbour.
 5. Rings are put together again from the arcs: what two areas shared, they
    still share, vertex by vertex. Holes are rings like the others.
"""
import heapq
import json
import math
import sys

DIGITS = 5            # decimals of a degree that are written
LEAST_CLOSED = 6      # vertices that a border without junction keeps at least
EARTH = 6371008.8     # metres, mean radius


class Segments:
    """The segments of all arcs on a coarse grid, to ask what crosses one."""

    CELL = 1000       # in 1e-5 degree: about a kilometre

    def __init__(self):
        self.cells = {}

    def _keys(self, a, b):
        x0, x1 = sorted((a[0] // self.CELL, b[0] // self.CELL))
        y0, y1 = sorted((a[1] // self.CELL, b[1] // self.CELL))
        return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]

    def add(self, a, b):
        for key in self._keys(a, b):
            self.cells.setdefault(key, set()).add((a, b))

    def remove(self, a, b):
        for key in self._keys(a, b):
            self.cells[key].discard((a, b))

    def meets(self, a, b, ignored):
        """Whether a-b touches a segment other than IGNORED beyond an end
        that both have in common."""
        for key in self._keys(a, b):
            for other in self.cells.get(key, ()):
                if other not in ignored and meet(a, b, *other):
                    return True
        return False


def side(a, b, c):
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def between(a, b, c):
    return (min(a[0], b[0]) <= c[0] <= max(a[0], b[0])
            and min(a[1], b[1]) <= c[1] <= max(a[1], b[1]))


def meet(a, b, c, d):
    """Whether segments a-b and c-d (whole numbers) touch elsewhere than at a
    common end."""
    common = {a, b} & {c, d}
    if len(common) == 2:
        return True
    if len(common) == 1:
        shared = common.pop()
        p = b if a == shared else a
        q = d if c == shared else c
        if side(shared, p, q):
            return False
        return between(shared, p, q) or between(shared, q, p)
    if (side(a, b, c) != side(a, b, d)) and (side(c, d, a) != side(c, d, b)):
        return True
    return ((side(a, b, c) == 0 and between(a, b, c))
            or (side(a, b, d) == 0 and between(a, b, d))
            or (side(c, d, a) == 0 and between(c, d, a))
            or (side(c, d, b) == 0 and between(c, d, b)))


def read_rings(collection):
    """Every ring as a list of (x, y) in 1e-5 degree, without the closing
    point, and for each feature the list of its polygons' ring numbers."""
    rings, features = [], []
    for feature in collection["features"]:
        geometry = feature["geometry"]
        polygons = (geometry["coordinates"]
                    if geometry["type"] == "MultiPolygon"
                    else [geometry["coordinates"]])
        numbers = []
        for polygon in polygons:
            numbers.append([])
            for ring in polygon:
                points = []
                for x, y in ring[:-1]:
                    point = (round(x * 10**DIGITS), round(y * 10**DIGITS))
                    if not points or points[-1] != point:
                        points.append(point)
                numbers[-1].append(len(rings))
                rings.append(points)
        features.append(numbers)
    return rings, features


def find_junctions(rings):
    neighbours, junctions = {}, set()
    for ring in rings:
        for i, point in enumerate(ring):
            pair = frozenset((ring[i - 1], ring[(i + 1) % len(ring)]))
            if neighbours.setdefault(point, pair) != pair:
                junctions.add(point)
    return junctions


def closed_arc(ring):
    """A ring without a junction, begun at its least vertex and run towards
    the lesser neighbour, so that both areas give the same arc."""
    start = ring.index(min(ring))
    turned = ring[start:] + ring[:start]
    if turned[1] > turned[-1]:
        turned = turned[:1] + turned[:0:-1]
    return tuple(turned + turned[:1])


def cut(rings, junctions):
    """(arcs, rings as lists of (arc number, reversed))."""
    arcs, numbers, cut_rings = [], {}, []

    def number(arc):
        if arc not in numbers:
            numbers[arc] = len(arcs)
            arcs.append(arc)
        return numbers[arc]

    for ring in rings:
        starts = [i for i, point in enumerate(ring) if point in junctions]
        pieces = []
        if not starts:
            arc = closed_arc(ring)
            i = ring.index(arc[0])
            pieces.append((number(arc), ring[(i + 1) % len(ring)] != arc[1]))
        for a, b in zip(starts, starts[1:] + starts[:1]):
            span = (b - a) % len(ring) or len(ring)
            points = tuple(ring[(a + k) % len(ring)] for k in range(span + 1))
            back = points[::-1] < points
            pieces.append((number(points[::-1] if back else points), back))
        cut_rings.append(pieces)
    return arcs, cut_rings


def triangle(a, b, c):
    """Area in square metres."""
    middle = math.radians((a[1] + b[1] + c[1]) / 3 / 10**DIGITS)
    unit = math.radians(1 / 10**DIGITS) * EARTH
    double = ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    return abs(double) / 2 * unit * unit * math.cos(middle)


def simplify_arc(arc, segments, least_area):
    """Drop the vertex of least area until all are above LEAST_AREA."""
    before = {i: i - 1 for i in range(1, len(arc))}
    after = {i: i + 1 for i in range(len(arc) - 1)}
    closed = arc[0] == arc[-1]
    left = len(arc)
    least = LEAST_CLOSED + 1 if closed else 2
    heap = [(triangle(arc[i - 1], arc[i], arc[i + 1]), i)
            for i in range(1, len(arc) - 1)]
    area = dict((i, value) for value, i in heap)
    heapq.heapify(heap)
    while heap and left > least:
        value, i = heapq.heappop(heap)
        if area.get(i) != value:
            continue
        if value >= least_area:
            break
        a, b = before[i], after[i]
        old = ((arc[a], arc[i]), (arc[i], arc[b]))
        if segments.meets(arc[a], arc[b], old):
            continue
        segments.remove(*old[0])
        segments.remove(*old[1])
        segments.add(arc[a], arc[b])
        after[a], before[b] = b, a
        del area[i]
        left -= 1
        for k in (a, b):
            if k in area:
                area[k] = max(value, triangle(arc[before[k]], arc[k],
                                              arc[after[k]]))
                heapq.heappush(heap, (area[k], k))
    kept, i = [0], 0
    while i in after:
        i = after[i]
        kept.append(i)
    return [arc[i] for i in kept]


def simplify(rings, least_area):
    arcs, cut_rings = cut(rings, find_junctions(rings))
    segments = Segments()
    for arc in arcs:
        for a, b in zip(arc, arc[1:]):
            segments.add(a, b)
    arcs = [simplify_arc(arc, segments, least_area) for arc in arcs]
    result = []
    for pieces in cut_rings:
        points = []
        for arc, back in pieces:
            line = arcs[arc][::-1] if back else arcs[arc]
            points += line if not points else line[1:]
        result.append(points)
    return result


def ring_area(ring):
    """Signed area in km² on the sphere's equal-area cylinder."""
    scale = math.radians(1 / 10**DIGITS)
    points = [(x * scale, math.sin(y * scale)) for x, y in ring]
    double = sum(a[0] * b[1] - b[0] * a[1]
                 for a, b in zip(points, points[1:] + points[:1]))
    return double / 2 * EARTH * EARTH / 1e6


def inside(point, polygon):
    odd = False
    for ring in polygon:
        for a, b in zip(ring, ring[1:] + ring[:1]):
            if (a[1] > point[1]) != (b[1] > point[1]):
                x = a[0] + (point[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
                odd ^= x > point[0]
    return odd


def label_point(polygon):
    """A point inside, as far from the border as a search on three finer and
    finer grids finds it: where a name may stand."""
    xs, ys = zip(*polygon[0])
    narrow = math.cos(math.radians(sum(ys) / len(ys) / 10**DIGITS))
    flat = [[(x * narrow, y) for x, y in ring] for ring in polygon]

    def distance(point):
        place = (point[0] * narrow, point[1])
        best = min(segment_distance(place, a, b) for ring in flat
                   for a, b in zip(ring, ring[1:] + ring[:1]))
        return best if inside(place, flat) else -best

    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    best = None
    for _ in range(3):
        steps = 20
        for i in range(steps + 1):
            for k in range(steps + 1):
                point = (round(x0 + (x1 - x0) * i / steps),
                         round(y0 + (y1 - y0) * k / steps))
                candidate = (distance(point), point)
                if best is None or candidate > best:
                    best = candidate
        width, height = (x1 - x0) / steps, (y1 - y0) / steps
        (x, y) = best[1]
        x0, x1, y0, y1 = x - width, x + width, y - height, y + height
    return best[1]


def segment_distance(point, a, b):
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0
    if length:
        t = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length
        t = min(1, max(0, t))
    return math.hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy)


def degrees(value):
    return f"{value / 10**DIGITS:.{DIGITS}f}".rstrip("0").rstrip(".")


def ring_text(ring):
    if ring[0] != ring[-1]:
        ring = ring + ring[:1]
    return "[" + ",".join(f"[{degrees(x)},{degrees(y)}]"
                          for x, y in ring) + "]"


def write(collection, features, rings, path):
    """One feature a line: a change shows as a line in a diff, and awk can
    read it."""
    head = {key: value for key, value in collection.items()
            if key != "features"}
    lines = []
    for feature, polygons in zip(collection["features"], features):
        shapes = [[rings[n] for n in numbers] for numbers in polygons]
        largest = max(shapes, key=lambda shape: abs(ring_area(shape[0])))
        x, y = label_point(largest)
        properties = dict(feature["properties"],
                          label_longitude=x / 10**DIGITS,
                          label_latitude=y / 10**DIGITS)
        # RFC 7946: outer rings run anticlockwise, holes clockwise.
        shapes = [[ring if (ring_area(ring) > 0) == (place == 0)
                   else ring[::-1] for place, ring in enumerate(shape)]
                  for shape in shapes]
        texts = ["[" + ",".join(ring_text(r) for r in shape) + "]"
                 for shape in shapes]
        kind = "Polygon" if len(texts) == 1 else "MultiPolygon"
        body = texts[0] if len(texts) == 1 else "[" + ",".join(texts) + "]"
        lines.append('{"type":"Feature","properties":'
                     + json.dumps(properties, ensure_ascii=False,
                                  separators=(",", ":"))
                     + ',"geometry":{"type":"' + kind
                     + '","coordinates":' + body + "}}")
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2])
        out.write(',\n "features": [\n' + ",\n".join(lines) + "\n]}\n")


def report(collection, features, before, after):
    """Vertices and areas, before and after, on standard output."""
    def total(ring):
        return abs(ring_area(ring))

    print("code vertices_before vertices_after km2_before km2_after change_%")
    for feature, polygons in zip(collection["features"], features):
        numbers = [n for polygon in polygons for n in polygon]
        holes = {n for polygon in polygons for n in polygon[1:]}
        areas = [sum(total(rings[n]) * (-1 if n in holes else 1)
                     for n in numbers) for rings in (before, after)]
        print(feature["properties"]["code"],
              sum(len(before[n]) for n in numbers),
              sum(len(after[n]) - (after[n][0] == after[n][-1])
                  for n in numbers),
              f"{areas[0]:.3f} {areas[1]:.3f}",
              f"{100 * (areas[1] / areas[0] - 1):+.3f}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    with open(sys.argv[1], encoding="utf-8") as file:
        collection = json.load(file)
    before, features = read_rings(collection)
    after = simplify(before, float(sys.argv[3]))
    report(collection, features, before, after)
    write(collection, features, after, sys.argv[2])


if __name__ == "__main__":
    main()
