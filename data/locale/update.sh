#!/bin/sh
# SPDX-License-Identifier: MIT
# Bring the words of the program into data/locale/*.po: extracts every _(),
# N_() and ngettext() of the C files and merges them into each language, where
# new ones stand untranslated.
#
# usage: update.sh [POT]   with POT, only writes the words into that file
set -eu
cd "$(dirname "$0")/../.."
pot=${1:-$(mktemp)}
# shellcheck disable=SC2046  # names of ours, without spaces
LC_ALL=C.UTF-8 xgettext --language=C --from-code=UTF-8 --sort-output \
    --no-location --add-comments=TRANSLATORS: -k_ -kN_ -kngettext:1,2 \
    --package-name=tawam -o "$pot" $(find src sync ui -name '*.c' | sort)
[ $# -eq 0 ] || exit 0
for file in data/locale/*.po; do
    msgmerge --quiet --no-fuzzy-matching --no-wrap --no-location \
        --sort-output --update --backup=none "$file" "$pot"
    printf '%s: ' "${file##*/}"
    msgfmt --check --statistics -o /dev/null "$file" 2>&1
done
rm -f "$pot"
