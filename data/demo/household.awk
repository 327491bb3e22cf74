# SPDX-License-Identifier: MIT
# Households: answers to the form household, and to its repeat member.

function make_households(n,    i, weight, rows) {
    for (i = 1; i <= communes; i++) weight[i] = size[commune[i]]
    rows_by_commune(n, 8, weight, rows)
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
    for (i = 1; i <= n; i++) put_household(code, picked[i], i > answered, i)
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
    allot(n, "piped_dwelling " water " public_tap " 35 * lack \
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

function put_household(code, which, planned, i,    day, id) {
    locate(code, which, 350)
    id = sprintf("H-%04d", ++household)
    day = planned ? 160 + between(0, 20) : 60 + between(0, 85)
    if (!planned) put_members(id, members[i], internet_type[i] != "none")
    begin("household")
    put("commune_code", code)
    put("which", "new")
    put("douar_code", which)
    put("code", id)
    put("location", point())
    put("visit", planned ? "planned" : "interview")
    put("survey_date", date(2026, day))
    put("consent", planned ? "" : "yes")
    if (planned) blank = 1
    put_water(which, water_source[i])
    put_toilet(toilet[i])
    put_energy(code, power_source[i], cooking_fuel[i])
    put_waste(waste_disposal[i])
    put_equipment(code)
    put_internet(internet_type[i])
    blank = 0
    answer("to_check", planned ? "no" : draw("no 92 yes 8"))
    put_end()
    finish()
}
# An answer, unless the visit is still to be made.
function answer(question, value) { put(question, blank ? "" : value) }

# Members of one household: the head, adults, then children. The answers of
# the head, who answers for herself or himself, are kept.
function put_members(id, n, online,    adults, users, owners, line, age, sex) {
    adults = 1 + int((n - 1) * (0.4 + 0.5 * random()) + 0.5)
    users = online ? between(1, adults) : between(0, 1)
    owners = adults - (adults > 1 && random() < 0.3)
    head_line = 0
    for (line = 1; line <= n; line++) {
        age = line == 1 ? between(25, 75) : line <= adults ? \
            between(line == 2 ? 20 : 15, 70) : between(0, 14)
        sex = line == 1 ? draw("male 83 female 17") : line == 2 && adults > 1 ? \
            (head_sex == "male" ? "female" : "male") : draw("female 1 male 1")
        if (line == 1) { head_sex = sex; head_age = age }
        put_member(id, line, sex, age, line <= adults, line <= users, \
            line <= owners, head_age - age)
    }
    head_online = users > 0
}
function put_member(id, line, sex, age, is_adult, is_user, is_owner, younger,
        smart, often, relation, computer) {
    smart = draw("yes 78 no 22"); often = draw("daily 80 weekly 15 less 5")
    computer = draw("no 75 yes 25")
    relation = line == 1 ? "head" : line == 2 && is_adult ? "spouse" : \
        younger >= 45 ? "grandchild" : younger >= 15 ? "child" : "other_relative"
    begin("member")
    put("code", id)
    put("relation", relation)
    put("sex", sex)
    put("age", age)
    put("mobile_owner", is_adult ? (is_owner ? "yes" : "no") : "")
    put("smartphone", is_adult && is_owner ? smart : "")
    put("computer_used", is_adult ? (is_user ? computer : "no") : "")
    put("internet_used", is_adult ? (is_user ? "yes" : "no") : "")
    put("internet_often", is_adult && is_user ? often : "")
    finish()
}

function put_water(which, source,    minutes, available, piped, treated) {
    piped = source == "piped_dwelling"
    minutes = 5 * between(1, 4) + int(70 * remoteness(which) * random())
    available = random() < (piped ? 0.9 : 0.75) ? "yes" : "no"
    treated = random() < (source ~ /^unprotected/ ? 0.6 : 0.05) ? "yes" : "no"
    answer("water_source", source)
    answer("water_place", piped || source == "public_tap" ? "" : \
        source == "tanker" ? "yard" : "elsewhere")
    answer("water_round_trip", piped || source == "tanker" ? "" : minutes)
    answer("water_available", available)
    answer("water_lack", available == "yes" ? "" : \
        draw("source 70 access 10 cost 15 dont_know 5"))
    answer("water_test", "not_tested")
    answer("water_treated", treated)
    answer("water_treatment", treated == "yes" ? \
        draw("chlorine 70 boil 20 filter 10") : "")
}
function put_toilet(kind,    pit, emptied, place, soap) {
    pit = kind == "flush_septic" || kind == "pit_slab"
    emptied = draw("never 55 yes 30 dont_know 15")
    place = draw("unknown_place 50 plant 20 buried 10 open 20")
    soap = draw("fixed_dwelling 70 fixed_yard 15 mobile 15")
    answer("toilet", kind)
    answer("toilet_shared", kind == "none" ? "" : random() < 0.04 ? "yes" : "no")
    answer("toilet_emptied", pit ? emptied : "")
    answer("toilet_emptied_to", pit && emptied == "yes" ? place : "")
    answer("handwashing", kind == "none" ? "none" : soap)
    answer("handwashing_water", kind == "none" ? "" : draw("yes 92 no 8"))
    answer("handwashing_soap", kind == "none" ? "" : draw("yes 85 no 15"))
}
function put_energy(code, power, fuel) {
    answer("power_source", power)
    answer("power_hours", power == "none" ? "" : power == "grid" ? \
        24 - int(3 * random()) : between(5, 12))
    answer("power_cuts", power == "grid" ? int(3 * random()) : "")
    answer("cooking_fuel", fuel)
    answer("heating_fuel", urban[code] ? \
        draw("none 45 gas 25 electricity 20 firewood 10") : \
        draw("firewood 55 none 25 gas 12 charcoal 8"))
}
function put_waste(disposal,    collected) {
    collected = disposal == "municipal_bin" || disposal == "truck"
    answer("waste_disposal", disposal)
    answer("waste_frequency", collected ? \
        draw("daily 40 several 30 weekly 20 less 8 dont_know 2") : "")
    answer("waste_near", disposal == "municipal_bin" ? draw("yes 85 no 15") : "")
    answer("waste_sorting", collected ? "none" : "")
}
function put_equipment(code) {
    answer("radio", draw("yes 40 no 60"))
    answer("television", draw("yes 93 no 7"))
    answer("fixed_phone", urban[code] ? draw("yes 22 no 78") : draw("yes 6 no 94"))
    answer("mobile_phone", draw("yes 98 no 2"))
    answer("computer", urban[code] ? draw("yes 45 no 55") : draw("yes 18 no 82"))
}
# The last part is about who answers: the head.
function put_internet(type,    here) {
    here = type != "none"
    answer("internet_access", here ? "yes" : "no")
    answer("internet_type", here ? type : "")
    answer("internet_barriers", here ? "" : draw("service_cost 30 skills 25 " \
        "equipment_cost 15 not_needed 15 no_service 15"))
    answer("ict_spending", here ? 20 * between(2, 20) : 10 * between(1, 8))
    answer("respondent", "1 · " (head_sex == "female" ? "F" : "M") " · " head_age)
    answer("internet_where", head_online ? "home" : "")
    answer("internet_activities", head_online ? "calls " \
        draw("social 50 video 30 news 20") : "")
    answer("skills", head_online ? draw("none 40 attachment 35 copy_paste 15 " \
        "install 10") : "")
    answer("unlimited", head_online ? \
        (type == "fixed_broadband" ? "yes" : "no") : "")
    answer("network", head_online ? draw("4g 80 3g 15 2g 5") : "")
    answer("not_online_why", head_online ? "" : \
        draw("skills 50 not_needed 30 service_cost 20"))
}
