#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the documents name is there: targets of links, files of the tree, plans and profiles in examples; and the options of
# each command stand in its --help and in the manual, in both.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
manual=$SOURCE/docs/ordeal.1.scd
commands='mount umount ctl try run sweep replay corpus plan stats trace doctor'

# ---- links ----

documents_of() {
	find "$1" -name '*.md' ! -path '*/build*/*' ! -path '*/.git/*'
}

# "DOCUMENT TARGET" of what is not there: [text](target) and [text](target#heading), images too.
broken_links() {
	documents_of "$1" | while read -r document; do
		grep -oE '\]\([^) ]+' "$document" | cut -c 3- | grep -vE '^[a-z]+:' | while read -r link; do
			target=$(dirname "$document")/${link%%#*}
			[ -n "${link%%#*}" ] || target=$document
			if [ -e "$target" ] && has_heading "$target" "$link"; then continue; fi
			echo "$(basename "$document") $link"
		done
	done
}

# has_heading FILE LINK: the heading that it names behind #, as forges spell it, is there.
has_heading() {
	case $2 in
	*'#'*) ;;
	*) return 0 ;;
	esac
	sed -n 's/^##* *//p' "$1" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9_\n-' | grep -qxF -e "${2#*#}"
}

# Files of ours that a text names, and that are not there. Names in capitals (test_NAME.sh) stand for any.
dangling() {
	(cd "$1" && find README.md bootstrap meson.build base faults corpora fusefs harness tests docs -type f ! -path 'tests/rules/*' -exec \
		grep -HoIE '(^|[^A-Za-z0-9_/.-])(base|faults|corpora|fusefs|harness|tests|docs)/[A-Za-z0-9_/-]+\.[a-z0-9]+(\.scd)?' {} + 2>/dev/null) |
		sed -E 's,^([^:]*):[^a-z]?,\1 ,' | grep -vE '[A-Z][A-Z]+\.[a-z]+$' | sort -u | while read -r document file; do
		if [ -e "$1/$file" ] || [ -e "$BUILD/$file" ]; then continue; fi
		echo "$document $file"
	done
}

it 'the looks find the guilty, and only them'
convict=$WORK/convict
mkdir -p "$convict/docs" "$convict/base"
: >"$convict/base/err.h"
cat >"$convict/docs/a.md" <<'END'
# A Heading: of mine
[one](../base/err.h) [two](nothing.md) and [itself](#a-heading-of-mine), [not](a.md#no-heading) [web](https://example.org/x.md)
Files: base/err.h, base/gone.c, base/NAME.c. ![picture](gone.svg)
END
is "$(broken_links "$convict" | cut -d ' ' -f 2 | tr '\n' ' ')" 'nothing.md a.md#no-heading gone.svg ' 'links that lead nowhere'
is "$(dangling "$convict")" 'docs/a.md base/gone.c' 'files that are not there'

it 'links lead somewhere'
[ "$(documents_of "$SOURCE" | wc -l)" -ge 5 ] || fail 'hardly any document was found'
is "$(broken_links "$SOURCE")" '' 'links that lead nowhere'

it 'files of ours that texts and comments name are there'
is "$(dangling "$SOURCE")" '' 'files that are not there'

# ---- examples ----

# Words behind an option in command lines of the documents: words_behind -p|--plan
words_behind() {
	documents_of "$SOURCE" | cat - "$WORK/manual-name" | tr '\n' '\0' | xargs -0 cat | grep -E '(ordeal|build/ordeal) (try|run|mount|plan|replay)' |
		grep -oE "($1)[ =][A-Za-z0-9][^ ,'\`]*" | sed -E 's/^ [^ =]*[ =]//' | sort -u
}

it 'plans, profiles and subjects in examples are ours, or files'
echo "$manual" >"$WORK/manual-name"
seen=0
for plan in $(words_behind ' -p| --plan'); do
	case $plan in
	*.yaml | FILE | PLAN) continue ;;
	esac
	seen=$((seen + 1))
	[ -e "$SOURCE/faults/plans/$plan.yaml" ] || fail "an example names the plan $plan"
done
for corpus in $(words_behind ' -c| --corpus'); do
	case $corpus in
	tree:* | pack:* | SOURCE) continue ;;
	esac
	seen=$((seen + 1))
	[ -e "$SOURCE/corpora/specs/${corpus%%:*}.yaml" ] || fail "an example names the profile $corpus"
done
[ "$seen" -ge 4 ] || fail "only $seen examples were found"

# ---- options ----

# "LETTER NAME" of the options in a help text or in the manual's text of a command, - where it has no letter.
options_in() {
	tr -d '*_' <"$1" | grep -oE '(-[a-zA-Z], )?--[a-z][a-z-]*' | sed -E -e 's/^-(.), --/\1 /' -e 's/^--/- /' | sort -u
}

# The manual's paragraph of a command, and the one of the options that three have in common.
manual_of() {
	awk -v command="$1" '
		/^# / { inside = 0; section = $0 }
		section == "# COMMANDS" && /^\*/ { inside = index($0, "*" command "*") == 1 }
		section == "# COMMANDS" && /^Options of/ { common = index($0, "*" command "*") > 0; inside = 0; shared = 1 }
		shared && section == "# COMMANDS" { if (common) print; next }
		inside { print }' "$manual" | grep -v '^Options of'
}

it 'the options of each command stand in its help and in the manual'
count=0
for command in $commands; do
	run "$command" --help
	sed '1,/^Options:/d' "$WORK/out" >"$WORK/text"
	options_in "$WORK/text" | grep -v '^h help$' >"$WORK/in-help"
	manual_of "$command" >"$WORK/text"
	[ -s "$WORK/text" ] || fail "the manual has no paragraph of $command"
	options_in "$WORK/text" >"$WORK/in-manual"
	is "$(comm -23 "$WORK/in-help" "$WORK/in-manual" | tr '\n' ';')" '' "options of $command --help that are not in the manual"
	# The text may name an option once more, without its letter.
	cut -d ' ' -f 2 "$WORK/in-help" | sort -u >"$WORK/names"
	is "$(cut -d ' ' -f 2 "$WORK/in-manual" | sort -u | comm -13 "$WORK/names" - | tr '\n' ';')" '' "options of $command in the manual that are not in its help"
	count=$((count + $(wc -l <"$WORK/in-help")))
done
[ "$count" -gt 30 ] || fail "only $count options were found in the help"

# ---- manual pages ----

it 'every manual page is built, and those that it names are there'
for page in "$SOURCE"/docs/*.scd; do
	name=$(basename "$page" .scd)
	grep -qF "'$name'" "$SOURCE/docs/meson.build" || fail "docs/meson.build does not build $name"
	for other in $(grep -oE '\*ordeal[a-z-]*\*\([0-9]\)' "$page" | tr -d '*)' | tr '(' . | sort -u); do
		looks=$((looks + 1))
		[ -e "$SOURCE/docs/$other.scd" ] || fail "$name names $other, which is not there"
	done
done

# keys_in FILE...: that a file of such a kind may have
keys_in() {
	(cd "$SOURCE" && sed -n -E -e 's/^\tYAML_(FIELD|REQUIRED)\([^,]*, "([a-z_0-9]+)".*/\2/p' -e 's/^\t\{"([a-z_0-9]+)", [a-z_]+.*/\1/p' \
		-e 's/^\tSYNTH_FIELDS\("([a-z]+)"\).*/\1/p' "$@") | sort -u
	(cd "$SOURCE" && sed -n '/^static const struct field fields/,/^}/p' "$@") | grep -oE '\(([a-z]+),' | tr -d '(,'
}

it 'every key of a file stands in the manual page of its kind'
while read -r page at_least sources; do
	[ -e "$SOURCE/docs/$page.5.scd" ] || continue
	# shellcheck disable=SC2086 # several
	keys_in $sources >"$WORK/keys"
	[ "$(wc -l <"$WORK/keys")" -ge "$at_least" ] || fail "only these keys were found for $page: $(shown "$WORK/keys")"
	while read -r key; do
		holds "$SOURCE/docs/$page.5.scd" "(^|[^a-z])\*?$key\*?([^a-z]|\$)"
	done <"$WORK/keys"
done <<'END'
ordeal-plan 35 faults/plan_read.c faults/plan_rules.c faults/when_read.c faults/alloc_read.c
ordeal-subject 10 harness/subject.c
ordeal-suite 15 harness/suite.c harness/case.c
ordeal-corpus 12 corpora/spec.c corpora/synth_stack.c corpora/synth_tone.c corpora/synth_landmarks.c corpora/files_read.c corpora/damage.c corpora/damage_kinds.c
END

it 'exit statuses are those of exits.h, in the manual and in the help'
run --help
sed -n 's/^\tEXIT_[A-Z_]* = \([0-9]*\).*/\1/p' "$SOURCE/harness/exits.h" | sort -n >"$WORK/statuses"
[ "$(wc -l <"$WORK/statuses")" -ge 7 ] || fail 'exits.h names hardly any status'
is "$(sed -n '/^# EXIT STATUS/,/^# ENV/s/^|[[ ]* \([0-9]*\)$/\1/p' "$manual" | sort -n | tr '\n' ' ')" "$(tr '\n' ' ' <"$WORK/statuses")" \
	'statuses in the manual'
while read -r number; do
	holds "$WORK/out" "(^|[ ,])$number [a-zA-Z]"
done <"$WORK/statuses"

it 'verdicts are those of case.h, in the manual, the README and the contract'
for verdict in $(sed -n 's/^\tVERDICT_\([A-Z]*\),.*/\1/p' "$SOURCE/harness/case.h" | grep -vx CLASSES | tr '[:upper:]' '[:lower:]'); do
	seen=$((seen + 1))
	holds "$manual" "^\*.*\b$verdict\*"
	holds "$SOURCE/README.md" "\*\*$verdict\*\*"
	holds "$SOURCE/docs/contract.md" "\b$verdict\b"
done
finish
