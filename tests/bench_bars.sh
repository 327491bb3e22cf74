# SPDX-License-Identifier: MIT
# What the measurements of tests/bench are held against, one line a bar; read
# with `.`. Nothing fails on them: times are of a machine, not of the program.
bars_hold=0
bars_over=0

# bar WHAT VALUE BOUND UNIT: VALUE should be BOUND at most
bar() {
    if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a ~ /^[0-9]/ && a + 0 <= b + 0) }'; then
        said=holds
        bars_hold=$((bars_hold + 1))
    else
        said=OVER
        bars_over=$((bars_over + 1))
    fi
    printf '  bar: %-52s %9s <= %-6s %s %s\n' "$1" "$2" "$3" "$4" "$said"
}

# share A B: A / B, two decimals; 999 where B is nothing
share() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 999) }'
}

# bars_of FILE: a program said these
bars_of() {
    bars_hold=$((bars_hold + $(grep -c '^  bar: .* holds$' "$1" || :)))
    bars_over=$((bars_over + $(grep -c '^  bar: .* OVER$' "$1" || :)))
}

bars_end() {
    echo "bars: $bars_hold hold, $bars_over over"
}
