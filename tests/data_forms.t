#!/bin/sh
# SPDX-License-Identifier: MIT
# The shipped forms: accepted, whole in three languages, every question and
# both sides of every condition reached in interviews, ladders as the
# standards define them.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
exec python3 "$TOP/tests/data_forms.py" "$TAWAM" "$TOP/data/forms"
