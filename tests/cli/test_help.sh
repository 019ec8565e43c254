#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --help: on stdout, status 0, 80 columns; every option in it is accepted, every option accepted is in it.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
commands='mount umount ctl try run sweep replay corpus plan stats trace doctor'

# fits FILE WHAT
fits() {
	looks=$((looks + 1))
	wide=$(expand "$1" | awk 'length($0) > 80' | head -n 1)
	[ -z "$wide" ] || fail "$2 is wider than 80 columns: $wide"
	# shellcheck disable=SC2154 # run() sets it
	if [ "$status" = 0 ] && [ -s "$1" ] && [ ! -s "$WORK/err" ]; then return; fi
	fail "$2: status $status, stderr $(shown "$WORK/err")"
}

it 'the help of all, and of each'
for words in --help -h help; do
	run "$words"
	fits "$WORK/out" "ordeal $words"
done
for command in $commands; do
	holds "$WORK/out" "^  $command +[a-z]"
done
is "$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$WORK/out" | tr '\n' ' ')" "$commands " 'the commands listed'
for code in 0 1 2 3 4 5 130; do
	holds "$WORK/out" "(^|[ ,])$code [a-zA-Z]"
done
for command in $commands; do
	run "$command" --help
	fits "$WORK/out" "ordeal $command --help"
	holds "$WORK/out" "^usage: ordeal $command"
	holds "$WORK/out" '^  -h, --help '
	lacks "$WORK/out" '[ 	]$'
	cp "$WORK/out" "$WORK/help-$command"
	run "$command" -h
	cmp -s "$WORK/out" "$WORK/help-$command" || fail "ordeal $command -h is not --help"
	# Wherever it stands, nothing else is done.
	run "$command" frobnicate --help
	[ "$command" = try ] || [ "$command" = sweep ] || cmp -s "$WORK/out" "$WORK/help-$command" || fail "ordeal $command frobnicate --help is not --help"
done

it 'without a command: the help, and status 2'
run
is "$status" 2 'ordeal alone'

it 'the version'
tells_like 0 'ordeal [0-9]*.[0-9]*.[0-9]*' --version

# "LETTER NAME VALUE" of each option of a command, - for what is missing.
options_of() {
	sed -n -e 's/^  -\([a-zA-Z]\), --\([a-z-]*\) \([][A-Z:,]*\)  *.*/\1 \2 \3 -/p' -e 's/^      --\([a-z-]*\) \([][A-Z:,]*\)  *.*/- \1 \2 -/p' \
		"$WORK/help-$1" | awk '{ print $1, $2, $3 == "" ? "-" : $3 }'
}

# A value that such an option takes.
value_for() {
	case $1 in
	FORMAT*) echo text ;;
	N | STATUS) echo 3 ;;
	TIME) echo 3s ;;
	KIND) echo shared ;;
	VERDICTS) echo complete ;;
	STATE) echo run ;;
	STANCE) echo fail ;;
	LIMITS) echo time=3 ;;
	CACHING) echo uncached ;;
	AXES) echo op ;;
	PORTION) echo 10% ;;
	METHODS) echo pixels ;;
	COMMAND) echo 'cmp {}' ;;
	SIZE) echo 1MiB ;;
	NAMES) echo read ;;
	PID) echo 3 ;;
	RULE) echo nth=3 ;;
	HOW) echo direct ;;
	PATTERN) echo '*' ;;
	*) echo bad-sector ;;
	esac
}

# The option goes through if --help behind it is reached. One that takes a value takes what follows, one that does not leaves it.
accepts() {
	run "$1" "$2" --help
	case $3 in
	-) [ "$status" = 0 ] ;;
	*) [ "$status" != 0 ] && [ -s "$WORK/err" ] && run "$1" "$2" "$(value_for "$3")" --help && [ "$status" = 0 ] ;;
	esac
}

it 'every option in the help is accepted, with a value or without as it says'
count=0
for command in $commands; do
	options_of "$command" >"$WORK/options-$command"
	while read -r letter name value; do
		count=$((count + 1))
		accepts "$command" "--$name" "$value" || fail "ordeal $command --$name $value is not accepted: $(shown "$WORK/err")"
		[ "$letter" = - ] && continue
		accepts "$command" "-$letter" "$value" || fail "ordeal $command -$letter $value is not accepted: $(shown "$WORK/err")"
	done <"$WORK/options-$command"
done
[ "$count" -gt 40 ] || fail "only $count options were found in the help"
[ "$(wc -l <"$WORK/options-doctor")" = 1 ] || fail 'doctor has options?'

it 'every option accepted is in the help'
cat "$WORK"/options-* | cut -d ' ' -f 2 | sort -u >"$WORK/names"
# Names of options in the sources, whatever command they belong to.
sed -n 's/.*{\(0\|'"'.'"'\), "\([a-z-]*\)",.*/\2/p' "$SOURCE"/harness/cli/*.[ch] | sort -u >>"$WORK/names"
[ "$(wc -l <"$WORK/names")" -gt 40 ] || fail 'no names of options were found in the sources'
for command in $commands; do
	for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z A C D E F V 1 '?'; do
		run "$command" "-$letter" --help
		if grep -q "unknown option" "$WORK/err"; then continue; fi
		cut -d ' ' -f 1 "$WORK/options-$command" | grep -qxF -e "$letter" || fail "ordeal $command takes -$letter, which is not in its help"
	done
	while read -r name; do
		run "$command" "--$name" --help
		if grep -q "unknown option" "$WORK/err"; then continue; fi
		cut -d ' ' -f 2 "$WORK/options-$command" | grep -q "^$name" || fail "ordeal $command takes --$name, which is not in its help"
	done <"$WORK/names"
done
finish
