#!/bin/sh
# SPDX-License-Identifier: MIT
# What the keys are called on the screen, in each language; and that the keys
# of a form that matter most have room in 80 columns.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

must tawam init field --name Field --device f --author 'F <f@example.org>'
cp "$TOP/tests/ui_fill.md" kinds.md
must tawam -C field form publish kinds.md

# LANGUAGE STEP...: the steps on a screen of 80x24 in that language
screen() {
	language=$1
	shift
	printf '%s\n' "$@" >steps
	tawam -C field --lang "$language" --plain --size 80x24 --script steps
}
begin=':forms
<Enter>'

ok 'French: the keys of a form' screen fr "$begin" ':question name' \
	':assert Entrée suite F4 plan F9 langue F2 fin' ':assert Échap retour'
ok 'Arabic: the keys of a form' screen ar "$begin" ':question name' \
	':assert Enter' ':assert F9' ':assert F2' ':assert F8'
ok 'English: the keys of a form' screen en "$begin" ':question name' \
	':assert Enter next F4 outline F9 language F2 end F8 note'
ok 'French: help' screen fr "$begin" ':help' ':assert Maj-Tab ' \
	':assert Haut, k' ':assert PagePréc, ^B' ':assert Début, g'
ok 'Arabic: help' screen ar "$begin" ':help' ':assert Shift-Tab ' \
	':assert ﻰﻠﻋﺃ'
ok 'English: help' screen en "$begin" ':help' ':assert Shift-Tab ' \
	':assert Up, k' ':assert PageUp, ^B'
ok 'French: a key that does nothing' screen fr "$begin" '<Insert>' \
	':assert Inser ne fait rien'
ok 'French: what to do' screen fr "$begin" ':question name' '<Enter>' \
	':assert Entrée encore une fois'

# Marks of direction are no letters of a screen: it would show them as \u200f.
# Numbers of an example stand in the order in which they are typed.
screen ar "$begin" ':question satisfied' ':save-screen range' \
	':question place' ':save-screen place' ':question visited' \
	':save-screen date' >said 2>&1
cat range place date >shown
is "$(grep -c 'u200' shown)" 0 'Arabic: no mark of direction is shown'
like "$(cat place)" '34.92N 2.32W' 'Arabic: a point is shown as it is typed'
like "$(cat range)" '- .* \+ ' 'Arabic: + and - count'
done_testing
