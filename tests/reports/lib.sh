# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Words of the tests of the reports, beside those of tests/cli/lib.sh: a suite whose cases end in every way there is, and
# subjects that say what no reader likes.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
table=$SOURCE/tests/reports/table.pl

# a_subject NAME DOES, its script on stdin, with $in and $out
# shellcheck disable=SC2016 # the script expands them
a_subject() {
	{
		printf '%s\n' '#!/bin/sh' "rogue=$rogue" 'in=$1 out=$2'
		cat
	} >"$HOME/$1.sh"
	chmod +x "$HOME/$1.sh"
	cat >"$HOME/$1.yaml" <<-END
		version: 1
		name: "$1"
		input: stack
		command: ["$HOME/$1.sh", "{in}", "{out}"]
		does: [$2]
		derive: stem
	END
}

# table_of FORM FILE TABLE
table_of() {
	looks=$((looks + 1))
	perl "$table" "$1" "$2" >"$3" 2>"$WORK/why" || fail "$2 is no $1: $(shown "$WORK/why")"
}

# all_forms PREFIX: the reports $PREFIX.json, .tap and .xml are what they should be, and tell the same.
all_forms() {
	table_of json "$1.json" "$1.table"
	table_of tap "$1.tap" "$1.tap.table"
	looks=$((looks + 1))
	xmllint --noout --nonet "$1.xml" 2>"$WORK/why" || fail "$1.xml is not well-formed: $(shown "$WORK/why")"
	table_of junit "$1.xml" "$1.xml.table"
	sort "$1.table" >"$1.sorted"
	sort "$1.xml.table" | cmp -s "$1.sorted" - || fail "JUnit tells other things than JSON: $(shown "$1.xml.table")"
	cmp -s "$1.table" "$1.tap.table" || fail "TAP tells other things than JSON: $(shown "$1.tap.table")"
	totals_of "$1.xml"
}

# counted XPATH FILE
counted() {
	xmllint --xpath "$1" "$2" 2>/dev/null
}

# totals_of FILE: the attributes of a JUnit report are what is in it, for the whole and for each suite.
totals_of() {
	for each in /testsuites /testsuites/testsuite; do
		wrong=$(counted "count(${each}[@tests != count(.//testcase) or @failures != count(.//failure) or
			@errors != count(.//error) or @skipped != count(.//skipped)])" "$1")
		is "$wrong" 0 "$each in $1 whose totals are wrong"
	done
}

need prove perl xmllint
perl -MJSON::PP -MTAP::Parser -e 1 2>/dev/null || skip 'perl has no JSON::PP or no TAP::Parser'
