#!/bin/sh
# SPDX-License-Identifier: MIT
# The house stands (DESIGN, section 2): no file includes from a floor above or
# from another room on its own floor; only ui/ draws, only main, cmd and ui
# read the environment; files and functions stay small; each file has its
# licence line. Every rule is first seen to fail on a house built to break it.
TOP=${TOP:-$(cd "$(dirname "$0")/.." && pwd)}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0

check() { # STATUS NAME: one line of TAP
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"
    else echo "not ok $number - $2"; fi
}

sources() { # the C files of the house in $1
    (cd "$1" && find src sync ui -name '*.[ch]' 2>/dev/null | sort)
}

# Lines "FILE:LINE: what" for each include that leads up or sideways.
wrong_includes() {
    (cd "$1" && sources . | xargs -r awk '
        BEGIN {
            n = split("base:0 twin:1 form:2 insight:2 exchange:2 sync:2 " \
                      "work:3 ui:4 cmd:5 main:6", list, " ")
            for (i = 1; i <= n; i++) {
                split(list[i], pair, ":")
                floor[pair[1]] = pair[2]
            }
            allowed["exchange form"] = allowed["exchange insight"] = 1
        }
        function room(path) {
            sub(/^\.\//, "", path)
            sub(/^src\//, "", path)
            return path ~ /^main\.c$/ ? "main" : substr(path, 1, index(path, "/") - 1)
        }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            split($0, part, "\"")
            from = room(FILENAME)
            to = room(part[2])
            if (to == "" || from == to) next
            if (!(to in floor)) what = "no room of ours"
            else if (floor[to] > floor[from]) what = "a step up"
            else if (floor[to] == floor[from] && !((from " " to) in allowed))
                what = "a step sideways"
            else if (part[2] ~ /_internal\.h$/) what = "private to " to
            else next
            printf "%s:%d: includes %s: %s\n", FILENAME, FNR, part[2], what
        }')
}

# C text without comments and strings, lines kept: "FILE:LINE:text".
code_only() {
    awk '
        FNR == 1 { inside = 0 }
        {
            line = $0; out = ""
            while (line != "") {
                if (inside) {
                    at = index(line, "*/")
                    if (!at) { line = ""; break }
                    line = substr(line, at + 2); inside = 0
                } else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'\''([^'\''\\]|\\.)*'\''/)) {
                    found = substr(line, RSTART, 2)
                    out = out substr(line, 1, RSTART - 1)
                    if (found == "//") break
                    if (found == "/*") { inside = 1; line = substr(line, RSTART + 2) }
                    else { out = out "\"\""; line = substr(line, RSTART + RLENGTH) }
                } else { out = out line; line = "" }
            }
            print FILENAME ":" FNR ":" out
        }' "$@"
}

below_ui='base twin form insight exchange sync work'
files_below_ui() {
    for room in $below_ui; do
        (cd "$1" && find "src/$room" "$room" -name '*.[ch]' 2>/dev/null)
    done
}

prints_below_ui() {
    files=$(files_below_ui "$1")
    [ -n "$files" ] || return 0
    (cd "$1" && {
        grep -nE '#[ \t]*include[ \t]*<(n?curses[a-z]*|ncursesw/.*|term|panel|termios)\.h>' $files
        code_only $files | grep -E \
            '(^|[^A-Za-z0-9_>.])(printf|puts|putchar|vprintf|perror|getenv|secure_getenv|initscr)[ \t]*\('
        code_only $files | grep -E '(^|[^A-Za-z0-9_])(stdout|stderr|environ)([^A-Za-z0-9_]|$)'
    })
}

without_licence() {
    (cd "$1" && find src sync ui tests data -name '*.[ch]' -o -name '*.sh' \
        -o -name '*.py' -o -path 'tests/*.t' | while read -r file; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file: no SPDX line"
    done)
}

sizes_of() { # the C files whose sizes count: the tests' too
    (cd "$1" && sources . && find tests data -name '*.[ch]' 2>/dev/null | sort)
}

too_long_files() {
    (cd "$1" && sizes_of . | xargs -r wc -l |
        awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines" }')
}

# A function begins in the first column, with its name, and ends with the next
# "}" there; format-check sees to that.
too_long_functions() {
    (cd "$1" && sizes_of . | xargs -r awk '
        FNR == 1 { name = ""; open = 0 }
        !open && /^[A-Za-z_].*\(/ { name = $0; first = FNR }
        !open && name != "" && /^(\{|[A-Za-z_ ].*\) *\{$)/ { open = 1 }
        !open && /[;}]$/ { name = "" }
        /^\}/ {
            if (open && FNR - first + 1 > 80) {
                sub(/\(.*/, "", name)
                sub(/.*[ *]/, "", name)
                printf "%s:%d: %s() has %d lines\n", FILENAME, first, name, \
                    FNR - first + 1
            }
            name = ""; open = 0
        }')
}

# ---- a house that breaks each rule ----

bad=$scratch/bad
mkdir -p "$bad/src/base" "$bad/src/twin" "$bad/src/exchange" "$bad/src/form" \
    "$bad/sync" "$bad/ui" "$bad/src/cmd" "$bad/tests" "$bad/data"
write() { # FILE, text on standard input, after a licence line
    { echo '/* SPDX-License-Identifier: MIT */'; cat; } >"$bad/$1"
}
write src/base/up.c <<'X'
#include "twin/twin.h"
X
write sync/sideways.c <<'X'
#include "exchange/exchange.h"
X
write src/twin/private.c <<'X'
#include "base/text_internal.h"
X
write src/form/back.c <<'X'
  #  include "insight/insight.h"
X
write src/exchange/fine.c <<'X'
#include "form/form.h"
#include "insight/insight.h"
#include "exchange/exchange_internal.h"
#include "twin/twin.h"
#include <stdio.h>
/* printf("x"); getenv("HOME") */
static const char *text = "printf(";
void fine(void) { snprintf(b, 1, "puts("); w->puts(1); fprintf(out, "x"); }
X
write src/base/curses.c <<'X'
#include <curses.h>
X
write src/twin/prints.c <<'X'
/* one line */ void f(void) { printf("x"); }
X
write sync/reads.c <<'X'
void f(void) { g(getenv("HOME")); }
X
write src/base/errs.c <<'X'
void f(void) { fputs("x", stderr); }
X
write src/cmd/main_may.c <<'X'
#include "ui/ui.h"
void f(void) { printf("%s", getenv("HOME")); }
X
echo 'int x;' >"$bad/src/base/nolicence.c"
{ echo '/* SPDX-License-Identifier: MIT */'; yes '' | head -n 801; } >"$bad/ui/long.c"
lines() { printf '%s\n' "$@"; }
code() { yes '    if (a) {' | head -n "$1"; }
{
    lines '/* SPDX-License-Identifier: MIT */'
    lines 'int big(void)' '{'; code 79; lines '}' ''
    lines 'static int on_one_line(void) {'; code 79; lines '}' ''
    lines 'static const char *const *cut(int a,' \
        '                              int b)' '{'; code 79; lines '}' ''
    lines 'int fits(void)' '{'; code 77; lines '}' ''
    lines 'int declared(int);' '' 'struct list list[] = {'; code 90
    lines '};' '' 'int short_one(void)' '{' '    return declared(1);' '}'
} >"$bad/ui/function.c"

is() { # GOT WANTED NAME
    [ "$1" = "$2" ]
    result=$?
    check $result "$3"
    [ $result -eq 0 ] || printf '%s\n' "# got:" "$1" "# wanted:" "$2" | sed 's/^/# /'
}

is "$(wrong_includes "$bad" | sed 's/^\.\///')" \
'src/base/up.c:2: includes twin/twin.h: a step up
src/form/back.c:2: includes insight/insight.h: a step sideways
src/twin/private.c:2: includes base/text_internal.h: private to base
sync/sideways.c:2: includes exchange/exchange.h: a step sideways' \
    'a step up, one sideways and a private header are seen, nothing else'
is "$(prints_below_ui "$bad" | cut -d: -f1 | sort -u | xargs)" \
    'src/base/curses.c src/base/errs.c src/twin/prints.c sync/reads.c' \
    'curses, printing and the environment are seen below ui only'
is "$(without_licence "$bad")" 'src/base/nolicence.c: no SPDX line' \
    'a file without its licence is seen'
is "$(too_long_files "$bad")" 'ui/long.c: 802 lines' 'a long file is seen'
is "$(too_long_functions "$bad")" \
'ui/function.c:2: big() has 82 lines
ui/function.c:85: on_one_line() has 81 lines
ui/function.c:167: cut() has 83 lines' \
    'a long function is seen, one of 80 lines is not'

# ---- this house ----

holds() { # FAULTS NAME
    [ -z "$1" ]
    result=$?
    check $result "$2"
    [ $result -eq 0 ] || printf '%s\n' "$1" | sed 's/^/# /'
}
[ "$(sources "$TOP" | wc -l)" -gt 20 ]
check $? 'the sources are found'
holds "$(wrong_includes "$TOP")" 'no file includes from above or sideways'
holds "$(prints_below_ui "$TOP")" 'nothing below ui draws, prints or reads the environment'
holds "$(without_licence "$TOP")" 'each file has its licence line'
holds "$(too_long_files "$TOP")" 'no file is longer than 800 lines'
holds "$(too_long_functions "$TOP")" 'no function is longer than 80 lines'
echo "1..$number"
