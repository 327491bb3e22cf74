#!/bin/sh
# SPDX-License-Identifier: MIT
# The open cases of other engines, where the folder shared/conformance stands
# beside the checkout: ours must agree but for the known differences.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
cases=${CONFORMANCE:-$TOP/../shared/conformance}
[ -f "$cases/xpath-cases.jsonl" ] || cases=$TOP/../../shared/conformance
[ -f "$cases/xpath-cases.jsonl" ] || skip_all "no folder shared/conformance"
command -v python3 >/dev/null || skip_all 'no python3'
exec python3 "$TOP/tests/form_conformance.py" "$TAWAM" "$cases"
