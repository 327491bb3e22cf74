#!/bin/sh
# SPDX-License-Identifier: MIT
# Every file of tests/corpus/NAME goes through tests/fuzz_NAME.c again: inputs
# that reached something new when fuzzed, and those that once failed. With
# `make test SANITIZE=1` under AddressSanitizer and UBSan; `make fuzz` begins
# with them too.
TOP=${TOP:-$(cd "$(dirname "$0")/.." && pwd)}
BUILD=${BUILD:-$TOP/build}
number=0
failed=0
say() { # RESULT NAME
	number=$((number + 1))
	[ "$1" -eq 0 ] || { printf 'not '; failed=1; }
	echo "ok $number - $2"
}
for source in "$TOP"/tests/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	folder=$TOP/tests/corpus/$name
	[ -n "$(ls "$folder" 2>/dev/null)" ]
	say $? "$name has a corpus"
	bad=
	for file in "$folder"/*; do
		timeout 20 "$BUILD/tests/fuzz_$name.replay" "$file" 2>"$BUILD/tests/$name.err" ||
			{ bad=$file; sed 's/^/# /' "$BUILD/tests/$name.err" | head -20; break; }
	done
	[ -z "$bad" ]
	say $? "$name: $(ls "$folder" | wc -l) inputs${bad:+; failed: $bad}"
done
echo "1..$number"
exit $failed
