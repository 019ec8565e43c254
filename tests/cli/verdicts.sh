# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Words of the tests of verdicts: culprit commits the misdeed by whose name the struck file is called, and its verdict is held against a
# table. Behind lib.sh:
#
#     judge MANNER COMMAND-WORDS DOES <<'END'      lines NAME|VERDICT|EVIDENCE (ERE)[|FIELDS OF THE CASE]
#     judge_table MANNER COMMAND-WORDS DOES        the same, from the file MANNER.table
#     world=private                                where cases run (ordeal run --world)
world=private

# stage MANNER COMMAND-WORDS DOES: a subject, a suite, and a corpus and plans for each name in MANNER.table.
stage() {
	mkdir "$1" "$1/in"
	printf 'version: 1\nname: %s\ninput: names\ncommand: [%s]\ndoes: [%s]\n' "$1" "$2" "$3" >"$1/subject.yaml"
	printf 'version: 1\nname: s\ncorpora: {names: "tree:in"}\ncases:\n' >"$1/suite.yaml"
	while IFS='|' read -r name _ _ fields; do
		echo "$name" >"$1/in/$name"
		printf 'version: 1\nname: p\nrules: [{name: r, volume: in, path: "%s", on: open, fail: EIO}]\n' "$name" >"$1/$name.yaml"
		printf '  - {name: %s, plan: ./%s.yaml%s}\n' "$name" "$name" "${fields:+, $fields}" >>"$1/suite.yaml"
	done <"$1.table"
	run run "$1/suite.yaml" --world "$world" -s "$1/subject.yaml" -q -j 4 -r "json:$1/json" -r "text:$1/text"
	[ -s "$1/json" ] || wrong "the suite $1" 'a report'
	sed -n 's|^{"case":"s/\([^"]*\)".*"verdict":"\([a-z]*\)".*"injected":"\(.*\)","evidence":"\(.*\)","not_met".*|\1\|\2\|\3\|\4|p' \
		"$1/json" >"$1/found"
}

# weigh MANNER: what was found, against the table.
weigh() {
	while IFS='|' read -r name verdict evidence _; do
		looks=$((looks + 1))
		found=$(grep "^$name|" "$1/found") || found='|not judged||'
		case $found in
		"$name|$verdict|fail EIO on in:$name (open"*)
			printf '%s\n' "${found##*|}" | grep -qE -e "$evidence" && continue
			;;
		esac
		fail "$name: $found; expected: $verdict, $evidence"
	done <"$1.table"
}

judge() {
	cat >"$1.table"
	judge_table "$@"
}

judge_table() {
	stage "$@"
	weigh "$1"
	is "$(wc -l <"$1/found")" "$(wc -l <"$1.table")" 'cases judged'
}
