# SPDX-License-Identifier: MIT
# Demonstration rows for the layers household, water_point and street_light,
# within the census figures of data/places. The same rows on every machine.
#
#   cd data/places
#   LC_ALL=C awk -v table=household -f ../demo/generate.awk communes.csv \
#       communes_odbl.geojson household_indicators.csv douars.csv \
#       douar_places_geonames.csv douar_places_odbl.csv >household.csv
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

BEGIN {
    FS = ","
    households = 300; water_points = 120; street_lights = 150
    state = 1130001 + (table == "water_point") * 77 + \
        (table == "street_light") * 991
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
    next
}
FILENAME ~ /douar_places/ {
    known[$1] = 1
    place_x[$1] = $column["longitude"] + 0
    place_y[$1] = $column["latitude"] + 0
}

END {
    if (table == "household") make_households()
    else if (table == "water_point") make_water_points()
    else if (table == "street_light") make_street_lights()
    else {
        print "generate.awk: -v table=household, water_point or street_light" \
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

# ---- households -----------------------------------------------------------
function make_households(    i, weight, rows) {
    print "code,commune_code,douar_code,survey_date,visit_status,members," \
        "adults,water_source,water_on_premises,water_round_trip," \
        "water_available,toilet,toilet_shared,power_source,cooking_fuel," \
        "waste_disposal,internet_access,internet_type,internet_users," \
        "mobile_owners,demonstration,note,longitude,latitude"
    for (i = 1; i <= communes; i++) weight[i] = size[commune[i]]
    rows_by_commune(households, 8, weight, rows)
    for (i = 1; i <= communes; i++) household_commune(commune[i], rows[i])
}

# One visit in ten is still to be made and has no answers; quotas hold among
# the others.
function household_commune(code, n,    planned, answered, i, remote, picked) {
    planned = int(n / 10 + 0.5)
    answered = n - planned
    pick_douars(code, n, picked)
    shuffle(n, picked)
    for (i = 1; i <= n; i++) remote[i] = remoteness(picked[i])
    allot_answers(code, answered, remote)
    draw_members(code, answered)
    for (i = 1; i <= n; i++) print_household(code, picked[i], i > answered, i)
}
function shuffle(n, list,    i, k, kept) {
    for (i = n; i > 1; i--) {
        k = between(1, i)
        kept = list[i]; list[i] = list[k]; list[k] = kept
    }
}
function allot_answers(code, n, remote,    water, none, other, lack) {
    water = indicator(code, "running_water")
    lack = (100 - water) / 100
    allot(n, "piped " water " public_tap " 35 * lack \
        " borehole " 10 * lack " protected_well " 20 * lack \
        " protected_spring " 8 * lack " tanker " 7 * lack \
        " unprotected_well " 14 * lack " unprotected_spring " 6 * lack, \
        remote, water_source)
    none = 100 - indicator(code, "toilet")
    other = at_least_0(indicator(code, "ww_other") - none)
    allot(n, "flush_sewer " indicator(code, "ww_public_sewer") \
        " flush_septic " indicator(code, "ww_septic") \
        " pit_slab " 0.7 * other " pit_no_slab " 0.3 * other \
        " none " none, remote, toilet)
    none = 100 - indicator(code, "electricity")
    allot(n, "grid " 100 - none " solar " none / 2 " none " none / 2, \
        remote, power_source)
    allot(n, "gas " indicator(code, "fuel_gas") \
        " electricity " indicator(code, "fuel_electricity") \
        " charcoal " indicator(code, "fuel_charcoal") \
        " other " indicator(code, "fuel_other") \
        " firewood " indicator(code, "fuel_firewood"), remote, cooking_fuel)
    allot(n, "municipal_bin " indicator(code, "waste_municipal_bin") \
        " truck " indicator(code, "waste_truck") \
        " other " indicator(code, "waste_other") \
        " open " indicator(code, "waste_open"), remote, waste_disposal)
    # No census figure: invented, less with distance.
    allot(n, urban[code] ? "fixed_broadband 25 mobile_broadband 60 none 15" : \
        "fixed_broadband 8 mobile_broadband 58 satellite 1 none 33", \
        remote, internet_type)
}
# Sizes of 1 to 9 whose sum is that of the census's mean size.
function draw_members(code, n,    i, sum, target) {
    target = int(indicator(code, "avg_size") * n + 0.5)
    for (i = 1; i <= n; i++) {
        members[i] = 1 + between(0, 2) + between(0, 2) + between(0, 2)
        sum += members[i]
    }
    while (sum != target) {
        i = between(1, n)
        if (sum < target && members[i] < 9) { members[i]++; sum++ }
        else if (sum > target && members[i] > 1) { members[i]--; sum-- }
    }
}
function print_household(code, which, planned, i,    adults, piped, minutes,
        shared, users, owners, status, day, available, internet, line) {
    locate(code, which, 350)
    household++
    day = planned ? 160 + between(0, 20) : 60 + between(0, 85)
    printf "H-%04d,%s,%s,%s,", household, code, which, date(2026, day)
    if (planned) {
        printf "planned,,,,,,,,,,,,,,,,1,%s,%.5f,%.5f\n", NOTE, X, Y
        return
    }
    status = random() < 0.08 ? "to_check" : "completed"
    adults = 1 + int((members[i] - 1) * (0.4 + 0.5 * random()) + 0.5)
    piped = (water_source[i] == "piped")
    minutes = piped ? 0 : 5 * between(1, 3) + int(40 * remoteness(which) * \
        random())
    available = (random() < (piped ? 0.9 : 0.75))
    shared = toilet[i] == "none" ? "" : (random() < 0.04) + 0
    internet = internet_type[i] == "none" ? "" : internet_type[i]
    users = internet == "" ? between(0, 1) : between(1, adults)
    owners = adults - (adults > 1 && random() < 0.3)
    line = status "," members[i] "," adults "," water_source[i] "," piped \
        "," minutes "," available "," toilet[i] "," shared "," \
        power_source[i] "," cooking_fuel[i] "," waste_disposal[i] "," \
        (internet != "") "," internet "," users "," owners
    printf "%s,1,%s,%.5f,%.5f\n", line, NOTE, X, Y
}

# ---- water points ---------------------------------------------------------
function make_water_points(    i, k, n, weight, rows, picked, remote) {
    print "code,commune_code,douar_code,report_date,source,status_id," \
        "water_source,water_tech,facility_type,management,install_year," \
        "pay,fecal_coliform_presence,people_served," \
        "distance_paved_road_km,demonstration,note,longitude,latitude"
    for (i = 1; i <= communes; i++)
        weight[i] = urban[commune[i]] ? 0 : 400 + size[commune[i]] * \
            (100 - indicator(commune[i], "running_water")) / 100
    apportion(water_points, weight, communes, rows)
    for (i = 1; i <= communes; i++) {
        n = rows[i]
        if (!n) continue
        pick_douars(commune[i], n, picked)
        for (k in points) delete points[k]
        for (k = 1; k <= n; k++) {
            remote[k] = remoteness(picked[k])
            points[picked[k]]++
        }
        allot(n, "public_tap 28 borehole 18 protected_well 24 " \
            "protected_spring 10 unprotected_well 13 unprotected_spring 7", \
            remote, water_source)
        allot(n, "yes 72 unknown 8 no 20", remote, status)
        for (k = 1; k <= n; k++)
            print_water_point(commune[i], picked[k], k)
    }
}
# Who drinks there: the douar's people whom the census's share leaves without
# piped water, parted among its points.
function people_served(code, which) {
    return int(douar_population[which] * \
        (100 - indicator(code, "running_water")) / 100 / points[which] * \
        (0.6 + 0.4 * random()) + 0.5)
}
function print_water_point(code, which, k,    source, improved, technology,
        management, reported, installed, payment, coliform) {
    locate(code, which, 250)
    source = water_source[k]
    improved = source ~ /^unprotected/ ? "unimproved" : "improved"
    technology = source == "public_tap" ? "tap" : \
        source == "borehole" ? (random() < 0.5 ? "solar_pump" : \
            "electric_pump") : \
        source ~ /well$/ ? (random() < 0.45 && improved == "improved" ? \
            "hand_pump" : "rope_bucket") : "gravity"
    management = source == "public_tap" || source == "borehole" ? \
        (random() < 0.55 ? "association" : random() < 0.6 ? "operator" : \
            "commune") : random() < 0.4 ? "association" : "none"
    reported = date(2026, 45 + between(0, 110))
    installed = between(1978, 2024)
    payment = management == "operator" ? "by_volume" : \
        management == "none" ? "free" : random() < 0.5 ? "flat_fee" : "free"
    coliform = random() < 0.6 ? "not_tested" : \
        random() < (improved == "improved" ? 0.2 : 0.7) ? "present" : "absent"
    printf "W-%04d,%s,%s,%s,demonstration,%s,%s,%s,%s,%s,%d,%s,%s,%d,%s,1,", \
        ++water_point, code, which, reported, status[k], source, technology, \
        improved, management, installed, payment, coliform, \
        people_served(code, which), paved[which]
    printf "%s,%.5f,%.5f\n", NOTE, X, Y
}

# ---- street lights --------------------------------------------------------
# Lights stand in circuits of up to ten, a light every 35 metres of a street
# that runs one of eight ways from a place in the town or douar.
function make_street_lights(    i, weight, rows) {
    print "code,commune_code,douar_code,circuit,location_category,status," \
        "power_state,lamp_technology,power_rating,illuminance_level," \
        "lantern_height,date_last_lamp_change,date_last_inspection," \
        "demonstration,note,longitude,latitude"
    for (i = 1; i <= communes; i++)
        weight[i] = size[commune[i]] * (urban[commune[i]] ? 1 : 0.45) * \
            indicator(commune[i], "electricity") / 100
    rows_by_commune(street_lights, 3, weight, rows)
    for (i = 1; i <= communes; i++) light_commune(commune[i], rows[i])
}
function light_commune(code, n,    k, in_street, circuit, picked, which) {
    pick_douars(code, int((n + 9) / 10), picked)
    for (k = 0; k < n; k++) {
        if (k % 10 == 0) {
            which = picked[k / 10 + 1]
            lay_street(code, which, n - k < 10 ? n - k : 10)
            circuit = sprintf("%s-%02d", substr(code, 8), k / 10 + 1)
        }
        print_light(code, which, circuit, k % 10)
    }
}
function lay_street(code, which, n,    way, last_x, last_y, tries) {
    for (tries = 0; tries < 200; tries++) {
        locate(code, which, 150)
        way = between(0, 7)
        step_x = (way % 2 ? 32 : 14) * (way % 4 < 2 ? 1 : -1) * METRE / NARROW
        step_y = (way % 2 ? 14 : 32) * (way < 4 ? 1 : -1) * METRE
        last_x = X + (n - 1) * step_x; last_y = Y + (n - 1) * step_y
        if (inside(code, last_x, last_y) && \
            inside(code, (X + last_x) / 2, (Y + last_y) / 2)) break
    }
    street_x = X; street_y = Y
    technology = random() < 0.55 ? "LED" : random() < 0.85 ? "HPS" : "LPS"
    rating = technology == "LED" ? 10 * between(4, 9) : \
        technology == "HPS" ? 50 * between(2, 5) : 90
    category = urban[code] ? (random() < 0.6 ? "road" : random() < 0.5 ? \
        "sidewalk" : random() < 0.5 ? "centralIsland" : "park") : \
        random() < 0.8 ? "road" : "pedestrianPath"
}
function print_light(code, which, circuit, k,    x, y, status, power, level,
        height, changed, inspected) {
    x = street_x + k * step_x; y = street_y + k * step_y
    if (!inside(code, x, y)) { x = street_x; y = street_y }
    status = random() < 0.86 ? "ok" : random() < 0.6 ? "defectiveLamp" : \
        random() < 0.5 ? "brokenLantern" : "columnIssue"
    power = status != "ok" ? "off" : \
        technology == "LED" && random() < 0.3 ? "low" : "on"
    level = power == "off" ? "0" : power == "low" ? "0.5" : "1"
    height = category == "road" || category == "centralIsland" ? "8" : "4.5"
    changed = date(2019 + between(0, 6), between(0, 364))
    inspected = date(2026, 20 + between(0, 120))
    printf "L-%04d,%s,%s,%s,%s,%s,%s,%s,%d,%s,%s,%s,%s,1,%s,%.5f,%.5f\n", \
        ++light, code, which, circuit, category, status, power, technology, \
        rating, level, height, changed, inspected, NOTE, x, y
}
