#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Everything that the reference cores do fails once, and they come through: no finding at all. Slow. (Our own programs:
# test_medicine.sh.)
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
DEADLINE=900
cd "$HOME" || exit 99

# spotless SUBJECT CORPUS: no case fails, and each meets its point.
spotless() {
	it "$1 comes through all axes"
	run sweep -q -a all -s "$1" -c "$2"
	is "$status" 0 "status; $(shown "$WORK/out")"
	is "$(grep -c '^[0-9]*\. ' "$WORK/out")" 0 'groups of failures'
	[ "$(awk '$1 ~ /^(alloc|op|file|range|cut|kill|space)$/ && NF == 7 && $3 > 0' "$WORK/out" | wc -l)" -eq 7 ] ||
		fail "an axis without a case: $(shown "$WORK/out")"
}
spotless pyramid ct-tiny
spotless audio audio-tiny
finish
