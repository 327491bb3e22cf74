#!/bin/sh
# SPDX-License-Identifier: MIT
# One wrong answer, every way in: line mode, form run, form import of a CSV and
# of submissions all say no, and say the same. (Screens enter what was typed by
# the same call as line mode: fill_enter().)
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
must tawam init hq --name Berkane --device desk --author 'Hind <h@x>'
exec python3 "$TOP/tests/cmd_answers.py" "$TAWAM"
