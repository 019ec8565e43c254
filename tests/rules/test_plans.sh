#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What we bring as data is whole: every fault kind has an example plan and a paragraph in the manual, every kind
# of damage an example profile; every plan, profile, subject and suite has a name that is its file's and a title of its own,
# and is installed.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
manual=$SOURCE/docs/ordeal-plan.5.scd

# Kinds that no plan has as the key of a rule.
without_example() {
	for kind in $(kinds_of "$1"); do
		grep -qE "^ +(- )?$kind:" "$1"/faults/plans/*.yaml || echo "$kind"
	done
}

value_of() {
	sed -n "s/^$1: *//p" "$2" | tr -d '"'
}

# Files of a directory whose title is missing, or another file's.
without_title() {
	for file in "$1"/*.yaml; do
		[ -n "$(value_of title "$file")" ] || basename "$file"
	done
	sed -n 's/^title: *//p' "$1"/*.yaml | sort | uniq -d
}

misnamed() {
	for file in "$1"/*.yaml; do
		name=$(value_of name "$file")
		[ -z "$name" ] || [ "$name" = "$(basename "$file" .yaml)" ] || basename "$file"
	done
}

# Files that the meson.build beside them does not name.
not_installed() {
	for file in "$1"/*.yaml; do
		grep -q "'$(basename "$file" .yaml)\(.yaml\)*'" "$1/meson.build" || basename "$file"
	done
}

# snippets_of PAGES TO: each block of YAML as a plan of its own, TO/PAGE-NUMBER.yaml; one that is no list of rules begins with its keys.
snippets_of() {
	mkdir -p "$2"
	for page in "$1"/*.md; do
		awk -v to="$2/$(basename "$page" .md)" '
			/^```yaml$/ { file = to "-" ++count ".yaml"; print "version: 1" >file; first = 1; next }
			/^```/ { if (file) close(file); file = "" }
			file { if (first && /^-/) print "rules:" >file; first = 0; print >file }' "$page"
	done
}

# Snippets that are no plan, and pages without any.
bad_snippets() {
	snippets_of "$1" "$2"
	for snippet in "$2"/*.yaml; do
		run plan check "$snippet"
		[ "$status" = 0 ] || basename "$snippet"
	done
	for page in "$1"/*.md; do
		page=$(basename "$page" .md)
		[ "$page" = README ] || [ -e "$2/$page-1.yaml" ] || echo "$page"
	done
}

it 'the looks find the guilty, and only them'
convict=$WORK/convict
mkdir -p "$convict/faults/plans"
printf '#define KINDS(X) X(fail) X(delay) X(vanish)\n' >"$convict/faults/kinds.h"
printf 'name: fine\ntitle: one\nrules:\n  - fail: EIO\n' >"$convict/faults/plans/fine.yaml"
printf 'name: fines\ntitle: one\nrules:\n  - name: vanish\n    delay: 1ms\n' >"$convict/faults/plans/twin.yaml"
printf 'name: bare\n# title: none\n' >"$convict/faults/plans/bare.yaml"
printf "names = ['fine', 'bare']\n" >"$convict/faults/plans/meson.build"
is "$(without_example "$convict")" vanish 'kinds without an example'
is "$(without_title "$convict/faults/plans" | tr '\n' ' ')" 'bare.yaml one ' 'titles missing, or there twice'
is "$(misnamed "$convict/faults/plans")" twin.yaml 'names that are not the file'\''s'
is "$(not_installed "$convict/faults/plans")" twin.yaml 'files that are not installed'

mkdir "$convict/kinds"
printf '```yaml\n- {on: read, hang: true}\n- {on: read, hang: killable}\n```\n' >"$convict/kinds/hang.md"
printf '```yaml\n- {on: read, hang: true}\n```\n\n```yaml\ngroups: {g: off}\nrules:\n- {group: g, on: read, hang: killable}\n```\n' >"$convict/kinds/fine.md"
echo 'nothing' >"$convict/kinds/bare.md"
is "$(bad_snippets "$convict/kinds" "$convict/snippets" | tr '\n' ' ')" 'hang-1.yaml bare ' 'snippets that are no plan, pages without'

it 'every snippet of the pages of fault kinds is a plan'
is "$(bad_snippets "$SOURCE/docs/kinds" "$WORK/snippets")" '' 'snippets that are no plan'

it 'every fault kind has an example plan, a paragraph and a line in plan list'
[ "$(kinds_of "$SOURCE" | wc -l)" -ge 9 ] || fail "only these kinds were found: $(kinds_of "$SOURCE")"
is "$(without_example "$SOURCE")" '' 'kinds without an example'
grep -qlE '^allocations:' "$SOURCE"/faults/plans/*.yaml || fail 'no plan makes allocations fail'
run plan list
for kind in $(kinds_of "$SOURCE"); do
	holds "$manual" "^\*$kind\*:"
	holds "$WORK/out" "^  $kind +[a-z]"
	[ -e "$SOURCE/faults/rule_$kind.c" ] || fail "faults/rule_$kind.c is not there"
done
is "$(sed -n '/^# A RULE: WHAT/,/^# ALLOC/s/^\*\([a-z_]*\)\*: .*/\1/p' "$manual" | sort | tr '\n' ' ')" "$(kinds_of "$SOURCE" | sort | tr '\n' ' ')" 'kinds in the manual'

it 'every kind of damage has an example profile'
damage=$(sed -n '/^#define DAMAGE_KINDS(X)/,/^$/p' "$SOURCE/corpora/damage_kinds.h" | grep -oE ' X\([a-z_]+|	X\([a-z_]+' | cut -c 4-)
[ -n "$damage" ] || fail 'no kind of damage was found'
for kind in $damage; do
	looks=$((looks + 1))
	grep -qE "[{,] *$kind: |^ +(- )?$kind: " "$SOURCE"/corpora/specs/*.yaml || fail "no profile has the damage $kind"
done

it 'every operation and group that a rule may name stands in the manual'
sed -n 's/^[ \t]*X(\([a-z]*\),.*/\1/p' "$SOURCE/faults/ops.h" >"$WORK/operations"
[ "$(wc -l <"$WORK/operations")" -gt 20 ] || fail 'hardly any operation was found in ops.h'
sed -n '/^\*on\*$/,/^\*offset\*$/p' "$manual" | tr -s ' \t;:.*' '\n' >"$WORK/words"
while read -r operation; do
	# It stands for a name in a listing, and is no request.
	[ "$operation" = listed ] || holds "$WORK/words" "^$operation$"
done <"$WORK/operations"

it 'the usual errnos of each operation stand in the page of fail, with their source'
sed -n 's,^\t\[OP_\([a-z]*\)\] = {\(.*\)}\,[ \t]*/\* \(.*\) \*/,| \1 | \2 | \3 |,p' "$SOURCE/faults/usual.c" | tr -d , >"$WORK/usual"
[ "$(wc -l <"$WORK/usual")" -ge 25 ] || fail 'hardly any operation was found in usual.c'
tr -d , <"$SOURCE/docs/kinds/fail.md" >"$WORK/page"
while read -r row; do
	looks=$((looks + 1))
	grep -qxF -e "$row" "$WORK/page" || fail "docs/kinds/fail.md lacks $row"
done <"$WORK/usual"

for directory in faults/plans corpora/specs harness/subjects harness/suites; do
	it "$directory: named, titled, installed"
	is "$(without_title "$SOURCE/$directory")" '' 'titles missing, or there twice'
	is "$(misnamed "$SOURCE/$directory")" '' 'names that are not the file'\''s'
	is "$(not_installed "$SOURCE/$directory")" '' 'files that are not installed'
done

it 'every plan is taken and explained'
for plan in "$SOURCE"/faults/plans/*.yaml; do
	name=$(basename "$plan" .yaml)
	run plan explain "$plan"
	# shellcheck disable=SC2154 # run() sets it
	is "$status $(cat "$WORK/err")" '0 ' "plan explain $plan"
	holds "$WORK/out" "^$name: $(value_of title "$plan" | sed 's/[][().*?+]/./g') \(seed [0-9]+\)$"
done
finish
