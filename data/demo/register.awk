# SPDX-License-Identifier: MIT
# What stands in the territory: answers to the forms of the registers.

# How the answers about a new thing begin.
function begin_new(of, code, which, id) {
    begin(of)
    put("commune_code", code)
    put("which", "new")
    put("douar_code", which)
    put("code", id)
    put("location", point())
}

# ---- water points ---------------------------------------------------------
function make_water_points(total,    i, k, n, weight, rows, picked, remote) {
    for (i = 1; i <= communes; i++)
        weight[i] = urban[commune[i]] ? 0 : 400 + size[commune[i]] * \
            (100 - indicator(commune[i], "running_water")) / 100
    apportion(total, weight, communes, rows)
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
        for (k = 1; k <= n; k++) put_water_point(commune[i], picked[k], k)
    }
}
# Who drinks there: the douar's people whom the census's share leaves without
# piped water, parted among its points.
function people_served(code, which) {
    return int(douar_population[which] * \
        (100 - indicator(code, "running_water")) / 100 / points[which] * \
        (0.6 + 0.4 * random()) + 0.5)
}
function put_water_point(code, which, k,    source, improved, management,
        coliform) {
    locate(code, which, 250)
    source = water_source[k]
    improved = source !~ /^unprotected/
    management = source == "public_tap" || source == "borehole" ? \
        draw("association 55 operator 27 commune 18") : \
        draw("association 40 none 60")
    coliform = draw("not_tested 60 present " (improved ? 8 : 28) " absent " \
        (improved ? 32 : 12))
    begin_new("water_point", code, which, sprintf("W-%04d", ++water_point))
    put("report_date", date(2026, 45 + between(0, 110)))
    put("status_id", status[k])
    put("breakdown", status[k] == "no" ? draw("dry 40 pump 30 power 15 pipe 15") : "")
    put("days_out", status[k] == "no" ? between(1, 400) : "")
    put("water_source", source)
    put("water_tech", source == "public_tap" ? "tap" : \
        source == "borehole" ? draw("solar_pump 1 electric_pump 1") : \
        source ~ /well$/ ? (improved ? draw("hand_pump 45 rope_bucket 55") : \
            "rope_bucket") : "gravity")
    put("source", "demonstration")
    put("management", management)
    put("install_year", between(1978, 2024))
    put("pay", management == "operator" ? "by_volume" : \
        management == "none" ? "free" : draw("flat_fee 1 free 1"))
    put("price", management == "operator" ? "7.5" : "")
    put("people_served", people_served(code, which))
    put("subjective_quality", status[k] == "yes" ? \
        draw("good 75 salty 12 taste 8 turbid 5") : "")
    put("fecal_coliform_presence", coliform)
    put("fecal_coliform_value", coliform == "present" ? between(1, 120) : "")
    put_end()
    finish()
}

# ---- street lights --------------------------------------------------------
# Lights stand in circuits of up to ten, a light every 35 metres of a street
# that runs one of eight ways from a place in the town or douar.
function make_street_lights(total,    i, weight, rows) {
    for (i = 1; i <= communes; i++)
        weight[i] = size[commune[i]] * (urban[commune[i]] ? 1 : 0.45) * \
            indicator(commune[i], "electricity") / 100
    rows_by_commune(total, 3, weight, rows)
    for (i = 1; i <= communes; i++) light_commune(commune[i], rows[i])
}
function light_commune(code, n,    k, circuit, picked, which) {
    pick_douars(code, int((n + 9) / 10), picked)
    for (k = 0; k < n; k++) {
        if (k % 10 == 0) {
            which = picked[k / 10 + 1]
            lay_street(code, which, n - k < 10 ? n - k : 10)
            circuit = sprintf("%s-%02d", substr(code, 8), k / 10 + 1)
        }
        put_light(code, which, circuit, k % 10)
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
    technology = draw("LED 55 HPS 38 LPS 7")
    rating = technology == "LED" ? 10 * between(4, 9) : \
        technology == "HPS" ? 50 * between(2, 5) : 90
    category = urban[code] ? draw("road 60 sidewalk 20 centralIsland 10 park 10") : \
        draw("road 80 pedestrianPath 20")
}
function put_light(code, which, circuit, k,    status, power, tall) {
    X = street_x + k * step_x; Y = street_y + k * step_y
    if (!inside(code, X, Y)) { X = street_x; Y = street_y }
    status = draw("ok 86 defectiveLamp 9 brokenLantern 3 columnIssue 2")
    power = status != "ok" ? "off" : \
        technology == "LED" && random() < 0.3 ? "low" : "on"
    tall = category == "road" || category == "centralIsland"
    begin_new("street_light", code, which, sprintf("L-%04d", ++light))
    put("circuit", circuit)
    put("location_category", category)
    put("date_last_inspection", date(2026, 20 + between(0, 120)))
    put("status", status)
    put("observed", "night")
    put("power_state", power)
    put("illuminance_level", power == "off" ? 0 : power == "low" ? 0.5 : 1)
    put("lamp_technology", technology)
    put("power_rating", rating)
    put("lantern_height", tall ? 8 : 4.5)
    put("date_last_lamp_change", date(2019 + between(0, 6), between(0, 364)))
    put_end()
    finish()
}

# ---- waste points ---------------------------------------------------------
function make_waste_points(total,    i, k, weight, rows, picked) {
    for (i = 1; i <= communes; i++)
        weight[i] = size[commune[i]] * \
            indicator(commune[i], "waste_municipal_bin") / 100
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++) {
        pick_douars(commune[i], rows[i], picked)
        for (k = 1; k <= rows[i]; k++) put_waste_point(commune[i], picked[k])
    }
}
function put_waste_point(code, which,    kind, has_bin, served, often) {
    locate(code, which, 500)
    kind = urban[code] ? draw("container 72 underground 10 masonry 8 dump 10") : \
        draw("container 55 masonry 15 dump 30")
    has_bin = kind != "dump"
    often = urban[code] ? draw("daily 60 several 35 weekly 5") : \
        draw("several 30 weekly 40 less 25 dont_know 5")
    begin_new("waste_point", code, which, sprintf("D-%04d", ++waste_point))
    put("kind", kind)
    put("report_date", date(2026, 40 + between(0, 100)))
    put("stored_waste_kind", has_bin ? draw("mixed 88 plastic 6 paper 6") : "")
    put("bin_capacity", kind == "underground" ? 3000 : has_bin ? \
        draw("770 60 1100 25 360 15") : "")
    put("fill_percent", has_bin ? 5 * between(0, 26) : "")
    put("status", has_bin ? draw("ok 78 lidOpen 12 vandalized 5 dropped 5") : "")
    put("area_m2", has_bin ? "" : 10 * between(2, 40))
    put("risk", has_bin ? "" : draw("burnt 30 animals 40 dwelling 20 water 10"))
    put("pickup_frequency", has_bin ? often : "")
    put("date_last_emptying", has_bin ? date(2026, 35 + between(0, 4)) : "")
    put("households_within_200m", has_bin ? between(10, 140) : "")
    put_end()
    finish()
}

# ---- schools --------------------------------------------------------------
# A rural one stands in a douar that has its primary school within a
# kilometre, as the census of douars says.
function make_schools(total,    i, k, weight, rows) {
    for (i = 1; i <= communes; i++) weight[i] = size[commune[i]]
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++)
        for (k = 1; k <= rows[i]; k++)
            put_school(commune[i], school_douar(commune[i]), k)
}
function school_douar(code,    tries, which) {
    if (!douars[code]) return ""
    for (tries = 0; tries < 60; tries++) {
        which = douar[code, between(1, douars[code])]
        if (school_km[which] != "" && school_km[which] < 1) break
    }
    return which
}
function put_school(code, which, k,    level, pupils, power, computers, online,
        type, speed) {
    locate(code, which, 300)
    level = urban[code] ? draw("primary 60 lower_secondary 25 " \
        "upper_secondary 15") : draw("primary 85 lower_secondary 15")
    pupils = urban[code] ? 10 * between(20, 90) : 10 * between(4, 28)
    power = random() < (urban[code] ? 1 : 0.93) ? "yes" : "no"
    computers = power == "no" ? 0 : urban[code] ? between(4, 30) : between(0, 12)
    online = power == "yes" && random() < (urban[code] ? 0.9 : 0.5) ? "yes" : "no"
    type = urban[code] ? draw("fiber 45 xdsl 30 cellular 25") : \
        draw("cellular 75 xdsl 15 satellite 10")
    speed = online == "yes" && random() < 0.7 ? "yes" : "no"
    begin_new("school_connectivity", code, which, sprintf("S-%04d", ++school))
    put("school_name", "École " k " de " name_of[code])
    put("report_date", date(2026, 90 + between(0, 60)))
    put("education_level", level)
    put("school_funding_type", "public")
    put("is_school_open", "yes")
    put("num_students", pupils)
    put("num_students_girls", int(pupils * (0.42 + 0.12 * random())))
    put("num_teachers", 1 + int(pupils / 26))
    put("num_classrooms", 2 + int(pupils / 34))
    put("electricity_availability", power)
    put("electricity_type", power == "no" ? "" : urban[code] ? "grid" : \
        draw("grid 90 solar 10"))
    put("water_availability", urban[code] ? "yes" : draw("yes 70 no 30"))
    put("num_latrines", 2 + int(pupils / 60))
    put("separate_latrines", draw("yes 80 no 20"))
    put("num_computers", computers)
    put("num_tablets", 0)
    put("pupils_use", computers ? draw("yes 60 no 40") : "")
    put("computer_lab", computers ? (computers > 9 ? "yes" : "no") : "")
    put("connectivity", online)
    put("connectivity_type", online == "yes" ? type : "")
    put("speed_measured", online == "yes" ? speed : "")
    put_speed(speed == "yes", type == "fiber" ? 30 : 6)
    put("cellular_coverage_type", urban[code] ? "4g" : draw("4g 70 3g 20 2g 10"))
    put("obstacles", online == "no" ? draw("cost 50 no_service 30 devices 20") : "")
    put_end()
    finish()
}
# A speed about MEAN Mbit/s, if it was measured.
function put_speed(measured, mean,    down, up) {
    down = mean * (0.3 + 1.4 * random())
    up = down * (0.2 + 0.3 * random())
    put("download_mbps", measured ? sprintf("%.1f", down) : "")
    put("upload_mbps", measured ? sprintf("%.1f", up) : "")
    put("latency_ms", measured ? int(400 / (1 + mean)) + between(15, 60) : "")
}

# ---- public buildings -----------------------------------------------------
# Each commune's own, and others by its size.
function make_buildings(total,    i, k, weight, rows) {
    for (i = 1; i <= communes; i++) weight[i] = size[commune[i]]
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++)
        for (k = 1; k <= rows[i]; k++) put_building(commune[i], k)
}
function put_building(code, k,    category, area, kwh, solar, peak) {
    scatter(code, label_x[code], label_y[code], 700)
    category = k == 1 ? "civic" : draw("health 30 culture 20 sports_hall 15 " \
        "market 15 mosque 20")
    area = 10 * between(15, urban[code] ? 220 : 70)
    kwh = area * between(25, 95)
    solar = draw("no 80 yes 20")
    peak = between(3, 20)
    begin_new("public_building_energy", code, "", sprintf("B-%04d", ++building))
    put("building_name", k == 1 ? "Siège de la commune de " name_of[code] : \
        "Bâtiment " k " de " name_of[code])
    put("category", category)
    put("floor_area_m2", area)
    put("build_year", between(1950, 2020))
    put("users", between(8, 150))
    put("hours_week", category == "civic" ? 40 : between(30, 90))
    put("energy_year", 2025)
    put("power_supply", area > 1500 ? "medium_voltage" : "low_voltage")
    put("smart_meter", draw("no 85 yes 15"))
    put("electricity_kwh", kwh)
    put("electricity_cost", int(kwh * 1.42 + 0.5))
    put("has_pv", solar)
    put("pv_kwp", solar == "yes" ? peak : "")
    put("pv_kwh", solar == "yes" ? peak * 1650 : "")
    put("diesel_l", draw("0 75 200 15 600 10"))
    put("lpg_kg", draw("0 50 60 30 180 20"))
    put("wood_kg", urban[code] ? 0 : draw("0 60 900 40"))
    put("led_percent", 10 * between(0, 10))
    put("works", "lighting insulation solar heating windows meter none")
    put_end()
    finish()
}

# ---- roads and stops ------------------------------------------------------
# A road is a line of three points about a kilometre apart from a douar on.
function make_segments(total,    i, k, weight, rows, picked) {
    for (i = 1; i <= communes; i++) weight[i] = urban[commune[i]] ? 1 : 4
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++) {
        pick_douars(commune[i], rows[i], picked)
        for (k = 1; k <= rows[i]; k++) put_segment(commune[i], picked[k], k)
    }
}
function road_line(code, which,    text, k, from_x, from_y) {
    locate(code, which, 300)
    text = point()
    for (k = 1; k <= 2; k++) {
        from_x = X; from_y = Y
        scatter(code, from_x, from_y, 1100)
        text = text ";" point()
    }
    return text
}
function begin_road(object, code) {
    begin("road_stop")
    put("commune_code", code)
    put("object", object)
    put("which", "new")
    put("report_date", date(2026, 30 + between(0, 110)))
}
# All questions of the form in one order, for both objects.
function put_segment(code, which, k,    remote, class, surface, season) {
    remote = remoteness(which)
    class = urban[code] ? "urban" : remote > 0.5 ? \
        draw("track 70 provincial 30") : draw("provincial 60 regional 30 national 10")
    surface = class == "track" ? draw("gravel 45 earth 55") : "asphalt"
    season = surface == "earth" ? draw("no 70 yes 30") : draw("yes 92 no 8")
    begin_road("segment", code)
    put("segment_code", sprintf("R-%04d", ++segment))
    put("road_name", class == "track" ? "Piste " k " de " name_of[code] : \
        class == "urban" ? "Avenue " k " de " name_of[code] : \
        "Route " k " de " name_of[code])
    put("road_class", class)
    put("line", road_line(code, which))
    put("surface", surface)
    put("width", class == "track" ? 4 : class == "urban" ? 9 : 6)
    put("total_lane_number", class == "track" ? 1 : 2)
    put("maximum_allowed_speed", class == "urban" ? 40 : class == "track" ? 40 : 60)
    put("condition", surface == "asphalt" ? draw("good 45 fair 35 poor 20") : \
        draw("fair 25 poor 45 very_poor 30"))
    put("defects", draw("potholes 40 edges 20 ruts 10 none 30"))
    put("all_season", season)
    put("days_closed", season == "no" ? between(2, 45) : "")
    put_stop_answers("", code)
    put_end()
    finish()
}
function put_stop_answers(name, code) {
    put("stop_code", name == "" ? "" : sprintf("T-%04d", ++stop))
    put("stop_name", name)
    put("location", name == "" ? "" : point())
    put("location_type", name == "" ? "" : draw("0 85 1 15"))
    put("modes", name == "" ? "" : urban[code] ? \
        draw("grand_taxi 60 petit_taxi 25 bus 15") : draw("grand_taxi 80 coach 20"))
    put("headway_minutes", name == "" ? "" : urban[code] ? \
        5 * between(1, 6) : 15 * between(1, 8))
    put("wheelchair_boarding", name == "" ? "" : draw("0 20 2 70 1 10"))
    put("shelter", name == "" ? "" : draw("yes 35 no 65"))
    put("bench", name == "" ? "" : draw("yes 25 no 75"))
    put("light", name == "" ? "" : draw("yes 50 no 50"))
    put("sign", name == "" ? "" : draw("yes 15 no 85"))
    put("people_waiting", name == "" ? "" : between(0, 25))
}
function make_stops(total,    i, k, weight, rows) {
    for (i = 1; i <= communes; i++) weight[i] = size[commune[i]]
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++)
        for (k = 1; k <= rows[i]; k++) put_stop(commune[i], k)
}
function put_stop(code, k,    n, question) {
    scatter(code, label_x[code], label_y[code], 900)
    begin_road("stop", code)
    n = split("segment_code road_name road_class line surface width " \
        "total_lane_number maximum_allowed_speed condition defects " \
        "all_season days_closed", question, " ")
    for (n = 1; n in question; n++) put(question[n], "")
    put_stop_answers("Arrêt " k " de " name_of[code], code)
    put_end()
    finish()
}

# ---- measurements ---------------------------------------------------------
# Places where three operators were measured; worse far from a paved road.
function make_measurements(total,    i, k, weight, rows, picked) {
    for (i = 1; i <= communes; i++) weight[i] = urban[commune[i]] ? 1 : 2
    rows_by_commune(total, 1, weight, rows)
    for (i = 1; i <= communes; i++) {
        pick_douars(commune[i], rows[i], picked)
        for (k = 1; k <= rows[i]; k++) put_visit(commune[i], picked[k])
    }
}
function put_visit(code, which,    remote, k, operator) {
    locate(code, which, 400)
    ++visit
    begin("telecom_coverage")
    put_place(code, which)
    put("site", urban[code] ? draw("administration 2 market 1") : \
        draw("dwelling 2 school 1 road 1"))
    put("surroundings", "outdoor")
    put("location", point())
    put("measured_at", sprintf("%sT%02d:%02d:00.000+01:00", \
        date(2026, 60 + between(0, 90)), between(9, 17), between(0, 59)))
    put("tool", "application")
    put_end()
    put("KEY", visit)
    finish()
    split("iam orange inwi", operator, " ")
    remote = remoteness(which)
    for (k = 1; k <= 3; k++) put_measurement(visit, operator[k], remote)
}
function put_measurement(of, operator, remote,    level, technology) {
    level = -72 - int(38 * remote + 14 * random() + \
        (operator != "iam") * 8 * remote)
    technology = level < -116 ? "none" : level < -109 ? "2g" : \
        level < -104 ? "3g" : "4g"
    begin("measurement")
    put("PARENT_KEY", of)
    put("operator", operator)
    put("technology", technology)
    put("signal_dbm", technology == "none" ? "" : level)
    put("call_works", technology == "none" ? "" : "yes")
    put("speed_measured", technology == "none" ? "" : \
        technology == "2g" ? "no" : "yes")
    put_speed(technology == "3g" || technology == "4g", \
        technology == "4g" ? 22 : 2.5)
    finish()
}
