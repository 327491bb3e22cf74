#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes forms.dict anew, from a demonstration made for that.
#
# usage: update.sh [OUT [BYTES]]    BYTES 0: only say what OUT saves
# environment: TAWAM, MAKER, the programs (`make dictionary` sets them)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$here/../demo/make_demo.sh" "$work/demo" >/dev/null
"$MAKER" "$work/demo/hq-desk" "${2:-2048}" "${1:-$here/forms.dict}"
