#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A run that was interrupted reports all the same: what was done, what was at it, and what was not begun.
# shellcheck source=tests/reports/lib.sh
. "$SOURCE/tests/reports/lib.sh"
need_worlds
cd "$HOME" || exit 99

# Waits for ever under a name that keeper knows, once a file could not be read.
ln -s "$(command -v sleep)" waiter
a_subject waits listing <<END
"\$rogue" copy 0 "\$in" "\$out" 2>/dev/null || exec $HOME/waiter 1000
END
a_subject never listing <<END
exec $HOME/waiter 1000
END
cat >suite.yaml <<'END'
version: 1
name: suite
corpora: {stack: ct-tiny}
cases:
  - {name: first, plan: short-reads}
  - {name: other, needs: [count], plan: short-reads}
  - {name: stuck, plan: bad-sector, deadline: 100s}
  - {name: behind, plan: short-reads}
END

# interrupted SIGNAL SUBJECT PREFIX OPTIONS: struck when the waiter is there
interrupted() {
	signal=$1 subject=$2 prefix=$3
	shift 3
	kept -k "harness:$signal:waiter:20" -- "$ordeal" run suite.yaml -s "$subject.yaml" -q -r text -r "json:$prefix.json" -r "tap:$prefix.tap" \
		-r "junit:$prefix.xml" "$@"
	cp "$WORK/out" "$prefix.text"
	# shellcheck disable=SC2154 # kept() sets it
	is "$status" 0 "what is left after SIG$signal: $(shown "$WORK/kept"); keeper's status"
	holds "$WORK/kept" '^struck harness$'
	holds "$WORK/kept" '^exit 130$'
	is "$(cat "$WORK/err")" '' 'words on stderr'
	is "$(find . -name '*.tmp')" '' 'files written aside'
	all_forms "$prefix"
}

why_of() {
	perl -MJSON::PP -ne '$one = decode_json($_); print "$1: $one->{why}\n" if $one->{state} eq "not run" && $one->{case} =~ m,/(.*),' "$1"
}

for signal in INT TERM HUP; do
	it "SIG$signal while a case runs"
	interrupted "$signal" waits "$signal" -j 1
	is "$(tr '\n' ' ' <"$signal.table")" 'waits|first|passed waits|other|skipped waits|stuck|trouble waits|behind|trouble ' 'the table'
	is "$(why_of "$signal.json" | tr '\n' ';')" 'stuck: interrupted while it ran;behind: interrupted before it was run;' 'what was not run'
	holds "$signal.text" '^1 passed, 1 skipped, 2 not run in .* \(interrupted\)$'
	holds "$signal.text" '^ *stuck +not run$'
	holds "$signal.tap" '^Bail out! interrupted$'
	is "$(counted 'count(//error[@message="interrupted while it ran"])' "$signal.xml")" 1 'errors in JUnit'
done
looks=$((looks + 1))
if prove -e cat INT.tap >proved 2>&1; then fail "prove passes it: $(shown proved)"; fi
holds proved 'Bailout called.*interrupted'

it 'before any case has run'
interrupted INT never clean -j 4
is "$(cut -d '|' -f 3 clean.table | sort | uniq -c | tr -s ' \n' ' ')" ' 1 skipped 3 trouble ' 'outcomes'
is "$(why_of clean.json | cut -d : -f 2 | sort -u)" ' interrupted before it was run' 'why'
finish
