# SPDX-License-Identifier: MIT
# Answers to the shipped forms, for the demonstration, within the census
# figures of data/places. The same answers on every machine.
#
#   cd data/places
#   LC_ALL=C awk -v table=household -f ../demo/generate.awk \
#       -f ../demo/household.awk -f ../demo/register.awk communes.csv \
#       communes_odbl.geojson household_indicators.csv douars.csv \
#       douar_places_geonames.csv douar_places_odbl.csv >household.csv
#
# This file reads the places and gives chance, quotas and positions;
# household.awk and register.awk answer the forms. A table is a form, or a
# repeat of one (member, measurement): its columns are the names of questions,
# and what ties a repeat's row to its form's (code; KEY and PARENT_KEY).
#
# Invariants:
#  1. POSIX awk only, no srand, rand, sin or cos: mawk, gawk and busybox give
#     the same bytes. Randomness is Park and Miller's "minimal standard"
#     generator (CACM 1988): products stay under 2^46, exact in a double.
#  2. In each commune the answers follow the census by quota: of n households,
#     a choice of share s gets n*s of them, rounded by largest remainder.
#     Chance only says which household, and leans on how far its douar lies
#     from a paved road.
#  3. Every point lies inside its commune. A douar without a known coordinate
#     gets an invented one, the same for all its rows.
#  4. Every row says that it is demonstration data. No row holds a person's
#     name, telephone or identity number.
#  5. A repeat's rows come of the same run of chance as its form's, whichever
#     of the two is printed.

BEGIN {
    FS = ","
    form_of["member"] = "household"; form_of["measurement"] = "telecom_coverage"
    form = table in form_of ? form_of[table] : table
    n = split("household street_light water_point public_building_energy " \
        "road_stop waste_point telecom_coverage school_connectivity", \
        known_form, " ")
    for (i = 1; i <= n; i++) if (known_form[i] == form) state = 1130001 + i * 991
    NOTE = "données de démonstration"
    NARROW = 0.82          # cosine of 35 degrees north
    METRE = 0.000008993    # degrees of latitude
}

# ---- reading the places ---------------------------------------------------
FNR == 1 && FILENAME !~ /geojson$/ {
    for (field in column) delete column[field]
    for (i = 1; i <= NF; i++) column[$i] = i
    next
}
FILENAME ~ /communes\.csv$/ {
    code = $1
    commune[++communes] = code
    name_of[code] = $column["name_fr"]
    urban[code] = $column["type"] == "urban"
    size[code] = $column["households_2024"]
    next
}
FILENAME ~ /geojson$/ && /"Feature",/ { read_outline($0); next }
FILENAME ~ /household_indicators\.csv$/ && $column["level"] == "commune" {
    for (name in column) census[$column["code"], name] = $column[name]
    next
}
FILENAME ~ /douars\.csv$/ {
    code = $column["commune_code"]
    douar[code, ++douars[code]] = $1
    douar_households[$1] = $column["households_2024"]
    douar_population[$1] = $column["population_2024"]
    paved[$1] = $column["distance_paved_road_km"]
    school_km[$1] = $column["distance_primary_school_km"]
    next
}
FILENAME ~ /douar_places/ {
    latin[$1] = $2
    place_x[$1] = $column["longitude"] + 0
    place_y[$1] = $column["latitude"] + 0
}

END {
    if (form == "household") make_households(300)
    else if (form == "water_point") make_water_points(120)
    else if (form == "street_light") make_street_lights(150)
    else if (form == "public_building_energy") make_buildings(32)
    else if (form == "road_stop") { make_segments(30); make_stops(24) }
    else if (form == "waste_point") make_waste_points(48)
    else if (form == "telecom_coverage") make_measurements(20)
    else if (form == "school_connectivity") make_schools(40)
    else {
        print "generate.awk: -v table=FORM, member or measurement" \
            > "/dev/stderr"
        exit 2
    }
}

# ---- chance ---------------------------------------------------------------
function random() {        # 0 <= x < 1
    state = (state * 16807) % 2147483647
    return (state - 1) / 2147483646
}
function between(low, high) {      # a whole number, both ends included
    return low + int(random() * (high - low + 1))
}
# One choice of LIST ("name weight name weight …"), by chance.
function draw(list,    part, count, i, sum, at) {
    count = split(list, part, " ")
    for (i = 2; i <= count; i += 2) sum += part[i]
    at = random() * sum
    for (i = 2; i < count && at >= part[i]; i += 2) at -= part[i]
    return part[i - 1]
}

# Share N among COUNT weights by largest remainder: into share[1..COUNT].
function apportion(n, weight, count, share,    i, sum, left, best, rest) {
    for (i = 1; i <= count; i++) sum += weight[i]
    left = n
    for (i = 1; i <= count; i++) {
        share[i] = int(n * weight[i] / sum)
        rest[i] = n * weight[i] / sum - share[i]
        left -= share[i]
    }
    while (left > 0) {
        best = 1
        for (i = 2; i <= count; i++) if (rest[i] > rest[best]) best = i
        share[best]++
        rest[best] = -1
        left--
    }
}

# Give each of N rows one of the choices of LIST ("name weight name weight"),
# best first, by quota; rows of a high REMOTE tend to the last ones.
function allot(n, list, remote, result,    part, count, i, k, weight, share,
        name, score, order, row) {
    count = split(list, part, " ") / 2
    for (i = 1; i <= count; i++) {
        name[i] = part[2 * i - 1]
        weight[i] = part[2 * i] + 0
    }
    apportion(n, weight, count, share)
    for (i = 1; i <= n; i++) score[i] = remote[i] + 2 * random()
    sort_rows(n, score, order)
    row = 1
    for (i = 1; i <= count; i++)
        for (k = 0; k < share[i]; k++) result[order[row++]] = name[i]
}

# order[1..n]: the rows by rising score (insertion: n is small).
function sort_rows(n, score, order,    i, k, row) {
    for (i = 1; i <= n; i++) {
        row = i
        for (k = i; k > 1 && score[order[k - 1]] > score[row]; k--)
            order[k] = order[k - 1]
        order[k] = row
    }
}

# ---- rows -----------------------------------------------------------------
# begin(TABLE), put(QUESTION, ANSWER) …, finish(): a row of that table; all its
# rows put the same questions. Printed if it is the table that is wanted.
function begin(of) { row_table = of; row = header = "" }
function put(question, answer) {
    header = header (header == "" ? "" : ",") question
    row = row (row == "" ? "" : ",") answer
}
function finish() {
    if (row_table != table) return
    if (!printed++) print header
    print row
}
# What all forms ask, at the beginning and at the end.
function put_place(code, which) {
    put("commune_code", code); put("douar_code", which)
}
function point() { return sprintf("%.5f %.5f 0 0", Y, X) }
function put_end() { put("demonstration", "yes"); put("note", NOTE) }

# ---- places ---------------------------------------------------------------
function value_after(line, key,    at) {
    at = index(line, "\"" key "\":")
    return substr(line, at + length(key) + 3)
}
function read_outline(line,    code, text, ring, count, i, number, k, n) {
    code = substr(value_after(line, "code"), 2, 12)
    label_x[code] = value_after(line, "label_longitude") + 0
    label_y[code] = value_after(line, "label_latitude") + 0
    text = value_after(line, "coordinates")
    gsub(/\]\],\[\[/, ";", text)
    gsub(/[^-0-9.,;]/, "", text)
    count = split(text, ring, ";")
    for (i = 1; i <= count; i++) {
        n = split(ring[i], number, ",")
        for (k = 1; k + 3 <= n; k += 2) {
            edges[code]++
            edge[code, edges[code], 1] = number[k] + 0
            edge[code, edges[code], 2] = number[k + 1] + 0
            edge[code, edges[code], 3] = number[k + 2] + 0
            edge[code, edges[code], 4] = number[k + 3] + 0
        }
    }
}
function inside(code, x, y,    i, odd, ay, by) {
    for (i = 1; i <= edges[code]; i++) {
        ay = edge[code, i, 2]; by = edge[code, i, 4]
        if ((ay > y) != (by > y) && x < edge[code, i, 1] + \
            (y - ay) * (edge[code, i, 3] - edge[code, i, 1]) / (by - ay))
            odd = !odd
    }
    return odd + 0
}

# X, Y: a point within METRES of a centre and inside the commune.
function scatter(code, centre_x, centre_y, metres,    tries) {
    for (tries = 0; tries < 60; tries++) {
        X = centre_x + (2 * random() - 1) * metres * METRE / NARROW
        Y = centre_y + (2 * random() - 1) * metres * METRE
        if (inside(code, X, Y)) return
    }
    X = label_x[code]; Y = label_y[code]
}
# place_x, place_y of a douar: known, or invented once.
function settle(code, which,    x0, x1, y0, y1, i) {
    if (which in place_x) return
    x0 = y0 = 999; x1 = y1 = -999
    for (i = 1; i <= edges[code]; i++) {
        if (edge[code, i, 1] < x0) x0 = edge[code, i, 1]
        if (edge[code, i, 1] > x1) x1 = edge[code, i, 1]
        if (edge[code, i, 2] < y0) y0 = edge[code, i, 2]
        if (edge[code, i, 2] > y1) y1 = edge[code, i, 2]
    }
    do {
        X = x0 + random() * (x1 - x0)
        Y = y0 + random() * (y1 - y0)
    } while (!inside(code, X, Y))
    place_x[which] = X; place_y[which] = Y
}
# Where a row stands: in a douar (within METRES), or in the town when WHICH
# is "".
function locate(code, which, metres) {
    if (which == "") {
        scatter(code, label_x[code], label_y[code], 900)
        return
    }
    settle(code, which)
    scatter(code, place_x[which], place_y[which], metres)
}

# picked[1..n]: douars of a commune, by their households; "" in a town.
function pick_douars(code, n, picked,    i, weight, share, k, row) {
    for (i = 1; i <= n; i++) picked[i] = ""
    if (!douars[code]) return
    for (i = 1; i <= douars[code]; i++)
        weight[i] = douar_households[douar[code, i]] + 3 * random()
    apportion(n, weight, douars[code], share)
    for (i = 1; i <= douars[code]; i++)
        for (k = 0; k < share[i]; k++) picked[++row] = douar[code, i]
}
function remoteness(which) {       # 0 to 1, by distance to a paved road
    if (which == "" || paved[which] == "") return 0.3
    return paved[which] > 3 ? 1 : paved[which] / 3
}

# ---- small matters --------------------------------------------------------
function indicator(code, name) { return census[code, name] + 0 }
function at_least_0(x) { return x > 0 ? x : 0 }
# The DAY'th day (from 0) after YEAR-01-01.
function date(year, day,    month, length_of, part) {
    split("31 28 31 30 31 30 31 31 30 31 30 31", part, " ")
    if (year % 4 == 0) part[2] = 29
    for (month = 1; day >= part[month]; month++) day -= part[month]
    return sprintf("%04d-%02d-%02d", year, month, day + 1)
}
# Rows a commune gets: LEAST for each, the others by weight.
function rows_by_commune(total, least, weight, rows,    i) {
    apportion(total - least * communes, weight, communes, rows)
    for (i = 1; i <= communes; i++) rows[i] += least
}
