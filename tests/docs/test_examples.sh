#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every plan and corpus in the manual and the README is one that ordeal takes; every option of --help stands in the manual.
set -u
ordeal=$BUILD/ordeal
failures=0

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# Fenced blocks that begin with "version: 1", each into a file of its own.
plans_of() {
	awk -v to="$work/$(basename "$1")" '
		/^```/ { inside = !inside; fresh = inside; next }
		inside && fresh { fresh = 0; wanted = /^version: 1/; if (wanted) file = to "-" ++count ".yaml" }
		inside && wanted { print >file }
	' "$1"
}

for document in docs/ordeal-plan.5.scd README.md; do
	plans_of "$SOURCE/$document"
done
count=0
for plan in "$work"/*.yaml; do
	count=$((count + 1))
	if grep -q '^source:' "$plan"; then set -- corpus show "$plan"; else set -- plan check "$plan"; fi
	"$ordeal" "$@" >"$work/out" 2>&1 || fail "$(tail -n 3 "$work/out")"
done
[ "$count" -ge 5 ] || fail "only $count plans were found in the documents"

for command in mount umount try run replay corpus plan doctor; do
	"$ordeal" "$command" --help >"$work/help" || fail "$command --help: status $?"
	for option in $(sed -n 's/^ .*\(--[a-z-]*\) .*/\1/p' "$work/help"); do
		[ "$option" = --help ] || grep -q -- "$option" "$SOURCE/docs/ordeal.1.scd" ||
			fail "$command $option is not in ordeal(1)"
	done
done

for kind in deny fail missing delay hang short corrupt truncate space; do
	grep -q "^\*$kind\*:" "$SOURCE/docs/ordeal-plan.5.scd" || fail "kind $kind has no paragraph in ordeal-plan(5)"
done

# What links name is there.
for document in README.md docs/tour.md docs/contract.md docs/recovery.md; do
	for link in $(sed -n 's/.*](\([^)]*\)).*/\1/gp' "$SOURCE/$document" | grep -v '^http'); do
		[ -e "$(dirname "$SOURCE/$document")/${link%%#*}" ] || fail "$document links to $link, which is not there"
	done
done

[ "$failures" = 0 ]
