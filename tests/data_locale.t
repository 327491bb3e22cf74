#!/bin/sh
# SPDX-License-Identifier: MIT
# The French and Arabic words: catalogues that msgfmt finds correct (formats,
# plurals, header), nearly all words of the program in them, and a program
# that speaks them.

cd "${TOP:-$(dirname "$0")/..}" || exit 1
if ! command -v msgfmt >/dev/null 2>&1; then
    echo '1..0 # SKIP no msgfmt here (package gettext)'
    exit 0
fi
TAWAM=${TAWAM:-$PWD/build/tawam}
folder=$(mktemp -d "${TMPDIR:-/tmp}/tawam-locale.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
number=0
ok() { # NAME RESULT(0 is good)
    number=$((number + 1))
    if [ "$2" -eq 0 ]; then echo "ok $number - $1"
    else echo "not ok $number - $1"; fi
}
skip() { number=$((number + 1)); echo "ok $number - $1 # SKIP $2"; }

sh data/locale/update.sh "$folder/all.pot"
all=$(grep -c '^msgid "' "$folder/all.pot")
for language in fr ar; do
    msgfmt --check -o "$folder/$language.mo" "data/locale/$language.po" \
        2>"$folder/said"
    ok "$language: formats, plurals and header are correct" $?
    sed 's/^/# /' "$folder/said"

    msgmerge --quiet --no-fuzzy-matching -o "$folder/now.po" \
        "data/locale/$language.po" "$folder/all.pot"
    msgattrib --untranslated --no-obsolete --no-wrap -o "$folder/left.po" \
        "$folder/now.po"
    left=0
    [ ! -s "$folder/left.po" ] || left=$(sed '1,/^$/d' "$folder/left.po" |
        grep -c '^msgid "')
    echo "# $language: $left of $all not translated"
    [ "$left" -eq 0 ] || sed '1,/^$/d' "$folder/left.po" |
        grep '^msgid' | head -n 20 | sed 's/^/#   /'
    [ $((left * 20)) -le "$all" ]
    ok "$language: at most one word in twenty is missing" $?

    # One that must fail: a format that isn't the program's.
    printf 'msgid "%%d x"\nmsgstr "%%s x"\n' >"$folder/wrong.po"
    sed -i '1i #, c-format' "$folder/wrong.po"
    ! msgfmt --check-format -o /dev/null "$folder/wrong.po" 2>/dev/null
    ok "$language: a wrong format would be seen" $?
done

# What goes wrong is said in words that are in the catalogues: no bare text
# with a word in it is an error's message.
grep -nE 'error_(set|system)\([^"_]*"([^"%]|%[^"]*[ .])*[a-z]{3}' $(
    find src sync ui -name '*.c') >"$folder/bare"
[ ! -s "$folder/bare" ]
ok 'messages of errors are translated' $?
sed 's/^/# /' "$folder/bare"

for pair in fr:Verbes ar:الأوامر; do
    language=${pair%%:*}
    if [ ! -x "$TAWAM" ]; then
        skip "$language: the program speaks it" 'no program built'
        continue
    fi
    env -u LC_MESSAGES LC_ALL=C.UTF-8 LANGUAGE=$language \
        "$TAWAM" help >"$folder/help" 2>&1
    grep -q "${pair#*:}" "$folder/help"
    ok "$language: the program speaks it (LC_ALL=C.UTF-8, LANGUAGE=$language)" $?
done
echo "1..$number"
