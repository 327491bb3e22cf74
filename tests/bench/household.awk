# SPDX-License-Identifier: MIT
# Household rows for the measurements: 22 columns, deterministic, skewed as a
# census is. -v rows=N -v seed=S -v first=K (number of the first row).
function draw(n) { # 0 .. n-1; products stay below 2^53
    state = (state * 1103515245 + 12345) % 2147483648
    return int(state / 65536) % n
}
function pick(list, n) { # the earlier ones more often
    split(list, choice, " ")
    return choice[1 + int(draw(n) * draw(1000) / 1000)]
}
BEGIN {
    OFS = ","
    state = seed + 12345
    print "code,commune_code,douar_code,latitude,longitude,members," \
        "children,rooms,dwelling,tenure,water_source,water_minutes," \
        "sanitation,electricity,cooking_fuel,waste,internet,computer," \
        "phones,monthly_data_cost,visited,note"
    split("021130109 021130101 021130125 021130107 021130311 021130519" \
          " 021130503 021130301", commune, " ")
    for (i = first; i < first + rows; i++) {
        c = 1 + int(draw(8) * draw(1000) / 1000)
        d = draw(40)
        members = 1 + draw(8)
        printf "HH-%06d,%s,%s%04d,", i, commune[c], commune[c], d
        printf "%.6f,%.6f,", 34.75 + c * 0.03 + d * 0.002 + draw(2000) / 1000000, \
            -2.55 + c * 0.05 + d * 0.003 + draw(2000) / 1000000
        print members, int(members * draw(100) / 180), 1 + draw(6), \
            pick("moroccan_house rural apartment villa basic", 5), \
            pick("owner tenant other", 3), \
            pick("piped_premises standpipe protected_well borehole tanker surface", 6), \
            draw(4) ? 0 : 5 * draw(12), \
            pick("sewer septic pit none", 4), draw(50) ? "true" : "false", \
            pick("gas firewood electricity charcoal", 4), \
            pick("bin truck open other", 4), draw(10) < 7 ? "true" : "false", \
            draw(3) ? "false" : "true", draw(5), 10 * draw(20), \
            sprintf("2026-%02d-%02d", 1 + draw(9), 1 + draw(28)), \
            draw(20) ? "" : "demonstration " draw(900)
    }
}
