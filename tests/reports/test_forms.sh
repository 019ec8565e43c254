#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Reports in all forms, over cases that end in every way and subjects that say what no reader likes: each is what its readers
# take, all tell the same, and neither the number of jobs nor the kind of report changes anything.
# shellcheck source=tests/reports/lib.sh
. "$SOURCE/tests/reports/lib.sh"
need_worlds
cd "$HOME" || exit 99

it 'the readers refuse what is wrong'
refused() {
	looks=$((looks + 1))
	if perl "$table" "$1" "$2" >/dev/null 2>&1; then fail "table.pl takes as $1: $(shown "$2")"; fi
}
printf '{"case":"a/b"}\n' >bad
refused json bad
printf '{"case":"a/\377"}\n' >bad
refused json bad
printf 'TAP version 13\n1..2\nok 1 - a: b\n' >bad
refused tap bad
printf 'TAP version 13\n1..1\nok 1 - a: b\nwhat is this\n' >bad
refused tap bad
before=$failures
printf '<testsuites tests="2" failures="0" errors="0" skipped="0"><testsuite tests="1" failures="1" errors="0" skipped="0">
<testcase/></testsuite></testsuites>\n' >bad
totals_of bad >noticed
noticed=$((failures - before))
failures=$before
is "$noticed" 2 'wrong totals noticed'

a_subject honest listing <<'END'
exec "$rogue" copy 0 "$in" "$out"
END
a_subject 'loud <&> # ü' listing <<'END'
"$rogue" copy 0 "$in" "$out" 2>/dev/null && exit 0
# Control characters, the end of CDATA, bytes that are no UTF-8 or no characters of XML, and lines that TAP would believe.
printf 'bell \007 escape \033[31m ]]> <!-- & \r\302\205 bad \377\376 \355\240\200 \364\220\200\200\n' >&2
printf 'nul \000 \357\277\276 \357\277\277 \303\274 ok 7 - # SKIP\nnot ok 8\n1..9\nBail out!\n  ...\n' >&2
head -c 70000 /dev/zero | tr '\0' '\303' >&2
printf 'half of it' >"$out/slice_0002.png"
exit 1
END
a_subject broken listing <<'END'
echo 'I never work' >&2
exit 3
END
cat >all.yaml <<'END'
version: 1
name: all
title: 'every way to end, <with> "marks" & all'
corpora: {stack: ct-tiny}
cases:
  - name: plain
    plan: bad-sector
  - name: "<b> & 'c' \"d\" ]]> # e \\ \u00fc \u4e16 / f"
    plan: short-reads
  - name: silent
    plan: enospc-mkdir
  - name: not-for-them
    needs: [count]
    plan: bad-sector
END

# reports PREFIX OPTIONS...
reports() {
	prefix=$1
	shift
	run run all.yaml -q -r "json:$prefix.json" -r "tap:$prefix.tap" -r "junit:$prefix.xml" \
		-r text "$@"
	cp "$WORK/out" "$prefix.text"
}

it 'all forms at once'
reports four -j 4 -s "honest.yaml,loud <&> # ü.yaml,broken.yaml"
# shellcheck disable=SC2154 # run() sets it
is "$status" 2 'the exit status, where a subject does not work at all'
is "$(cat "$WORK/err")" '' 'words on stderr'
all_forms four
is "$(find . -name '*.tmp')" '' 'files written aside'

it 'what they tell'
cat >wanted <<'END'
honest|plain|passed
honest|<b> & 'c' "d" ]]> _ e \ ü 世 / f|passed
honest|silent|failed unexercised
honest|not-for-them|skipped
loud <&> _ ü|plain|failed leaked
loud <&> _ ü|<b> & 'c' "d" ]]> _ e \ ü 世 / f|passed
loud <&> _ ü|silent|failed unexercised
loud <&> _ ü|not-for-them|skipped
broken|plain|trouble
broken|<b> & 'c' "d" ]]> _ e \ ü 世 / f|trouble
broken|silent|trouble
broken|not-for-them|skipped
END
cmp -s four.table wanted || fail "the table: $(shown four.table)"
is "$(counted 'string(/testsuites/@name)' four.xml)" 'all: every way to end, <with> "marks" & all' 'the name of the suite in JUnit'
is "$(counted 'count(//testcase[contains(system-err, "]]> <!-- &") and contains(system-err, "ok 7 - # SKIP")])' four.xml)" 1 'stderr in JUnit'
holds four.text '^ *plain +(degraded|refused) +leaked ! +trouble !$'
holds four.text '^3 passed, 1 failed, 2 unexercised, 3 not judged, 3 skipped in '
for report in four.text four.tap; do
	lacks $report "$(printf '[\001-\010\013-\037\177]')"
done

it 'prove takes it, and fails with it'
# proves STATUS FILE
proves() {
	looks=$((looks + 1))
	prove -e cat "$2" >proved 2>&1
	proof=$?
	[ "$proof" = "$1" ] || fail "prove ends with $proof: $(shown proved)"
	lacks proved 'Parse errors'
}
proves 1 four.tap
holds proved 'Failed 6/12 subtests'
holds proved '3 skipped'

it 'and passes where all passed'
reports fine -s honest.yaml -c '{plain,not*}'
is "$status" 0 'the exit status, where all passed'
all_forms fine
is "$(cut -d '|' -f 3 fine.table | tr '\n' ' ')" 'passed skipped ' 'outcomes'
proves 0 fine.tap

it 'each by itself, to stdout and to a file, says what it says among others'
for form in json tap junit; do
	run run all.yaml -q -s honest.yaml -c plain -r "$form" -r "$form:alone.$form"
	cmp -s "$WORK/out" "alone.$form" || fail "$form to stdout is not what it is to a file: $(shown "$WORK/out")"
	table_of "$form" "alone.$form" alone.table
	is "$(cat alone.table)" 'honest|plain|passed' "alone.$form"
done

it 'colour only where it is wanted: never in a file, never for machines, and never from the program under test'
escape=$(printf '\033')
control=$(printf '[\001-\010\013-\032\034-\037\177]')
CLICOLOR_FORCE=1
export CLICOLOR_FORCE
run run all.yaml -v -s "loud <&> # ü.yaml" -r text -r text:plain.text -r json:plain.json -r tap:plain.tap -r junit:plain.xml
for stream in out err; do
	holds "$WORK/$stream" "$escape\[[0-9]*m"
	lacks "$WORK/$stream" "$escape(\[31m \]|[^[])|$control"
done
for file in plain.*; do
	lacks "$file" "$escape|$control"
done
NO_COLOR=1 timeout 60 "$ordeal" run all.yaml -v -s "loud <&> # ü.yaml" -c plain >"$WORK/out" 2>"$WORK/err"
cat "$WORK/err" >>"$WORK/out"
holds "$WORK/out" leaked
lacks "$WORK/out" "$escape|$control"
unset CLICOLOR_FORCE

it 'one job or four: the same verdicts, the same words, the same order'
reports one -j 1 -s "honest.yaml,loud <&> # ü.yaml,broken.yaml"
all_forms one
# Times, and what of memory and processes is not the same twice.
steady() {
	sed -E -e 's/"(seconds|subject_s|max_rss_kib)":[0-9.]+/"\1":0/g' -e 's/time="[0-9.]+"/time=""/' -e 's/ in [0-9.]+ s$//' -e 's/pid [0-9]+/pid/g' "$1"
}
for form in json tap xml text; do
	steady "four.$form" >four.steady
	steady "one.$form" >one.steady
	looks=$((looks + 1))
	cmp -s four.steady one.steady || fail "-j 1 and -j 4 differ: $(diff -u four.steady one.steady | head -n 20)"
done
is "$(sed -n 's/.*"seconds":\([0-9.]*\).*/\1/p' one.json | grep -cv '^0\.0*$')" 6 'cases that took time'

it 'names and titles are one line without control characters'
for what in 'name: "b\u0007"' 'name: "two\nlines"' 'name: c, title: "\e[31m"'; do
	printf 'version: 1\nname: s\ncases: [{%s, plan: bad-sector}]\n' "$what" >bad.yaml
	says_like 2 '*bad.yaml:3:*one line*control characters*' run bad.yaml
	printf 'version: 1\n%s\ncases: [{name: c, plan: bad-sector}]\n' "$(printf %s "$what" | tr ',' '\n' | sed 's/^ //')" >bad.yaml
	says_like 2 '*bad.yaml:[23]:*one line*control characters*' run bad.yaml
done
finish
