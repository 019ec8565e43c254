#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A sweep finds each crime, and no other; it says how many there are of everything, and leaves nothing out in silence.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
victim=$BUILD/tests/cli/victim
cd "$HOME" || exit 99

# sweep AXES CRIME [OPTIONS...]: over the victim; the report is in $WORK/out.
sweep() {
	axes=$1 crime=$2
	shift 2
	run sweep -q -a "$axes" -c ct-tiny "$@" -- "$victim" "$crime" '{in}' '{out}'
}

# verdicts: those of the groups, each once.
verdicts() {
	sed -n 's/^[0-9]*\. \([a-z]*\): .*/\1/p' "$WORK/out" | sort -u | tr '\n' ' '
}

# row AXIS COLUMN: a number of the table (2 cases, 3 run, 4 passed, 5 failed, 6 not met, 7 left out).
row() {
	awk -v axis="$1" -v column="$2" '$1 == axis && NF == 7 { print $column; exit }' "$WORK/out"
}

# hides FILE PATTERN: no line has it.
hides() {
	if grep -q -e "$2" "$1"; then fail "$2 in $(shown "$1")"; fi
}

it 'who is careful passes, on every axis, and every point is met'
sweep op,alloc,cut,kill,space careful
is "$status" 0 "status; $(shown "$WORK/out")"
is "$(verdicts)" '' 'verdicts of groups'
for axis in alloc op cut kill space; do
	[ "$(row "$axis" 2)" -ge 1 ] || fail "hardly a case on the axis $axis: $(row "$axis" 2)"
	is "$(($(row "$axis" 3) + $(row "$axis" 7)))" "$(row "$axis" 2)" "cases of $axis that were run or left out"
	is "$(row "$axis" 4)" "$(row "$axis" 3)" "cases of $axis that passed"
done
holds "$WORK/out" '^left out: 3: an error of close, where'
[ "$(grep -c '^left out' "$WORK/out")" = 1 ] || fail "more was left out: $(shown "$WORK/out")"

# convicted AXES CRIME VERDICT: status 1, and no other verdict than this.
convicted() {
	it "$2 is $3 on the axes $1"
	sweep "$1" "$2"
	is "$status" 1 "status; $(shown "$WORK/out")"
	is "$(verdicts)" "$3 " 'verdicts of groups'
}
convicted alloc unchecked crashed
holds "$WORK/out" 'SIGSEGV .*get_room .*main \(victim.c'
holds "$WORK/out" '    stack:    get_room '
is "$(grep -c '^[0-9]*\. crashed' "$WORK/out")" 1 'groups of crashes at one place'
sed -n "s/^    repeat:   ordeal replay '\(.*\)'\$/\1/p" "$WORK/out" | head -n 1 >line
line=$(cat line)

it 'callers that nobody can tell apart are no reason to leave one out'
run sweep -q -a alloc -c ct-tiny -- "$BUILD/tests/cli/blind" '{in}/slice_0000.png' '{out}/a'
holds "$WORK/out" '^  [2-9] allocations have stacks that end in code without unwind tables'
is "$(verdicts)" 'crashed ' 'verdicts of groups'

convicted op silent wrong
convicted op litter leaked
convicted space inplace leaked
convicted cut inplace leaked

it 'only blocks that are read are struck'
run sweep -q -a range --block 512 -c ct-tiny -- dd bs=512 skip=4 count=1 status=none 'if={in}/slice_0000.png' 'of={out}/a'
is "$(row range 2)" 3 "cases; $(shown "$WORK/out")"
is "$(row range 6)" 0 'not met'

it 'a second fault reaches what the first one only opened'
sweep op twice
is "$status" 0 "one fault alone; $(shown "$WORK/out")"
sweep double twice
holds "$WORK/out" '^1\. crashed'
holds "$WORK/out" ', then .*: crashed$'

it 'who waits for ever where a file is missing is hung, beside others and alone'
sweep op stubborn --max 30 -d 300ms
is "$status" 1 "status; $(shown "$WORK/out")"
is "$(verdicts)" 'hung ' 'verdicts of groups'
holds "$WORK/out" 'still running after 1\.5'

it 'a finding replays'
run replay -q "$line"
is "$status" 1 'replay'
holds "$WORK/out" 'crashed'

it 'as many at once as there are files for'
(ulimit -n 64 && "$ordeal" sweep -q -j 64 -a range --block 1MiB -c ct-tiny -- cp '{in}/slice_0001.png' '{out}/a') >"$WORK/out" 2>"$WORK/err"
is "$(row range 3)" "$(row range 2)" "cases run; $(shown "$WORK/out")"
lacks "$WORK/out" 'interrupted'

it 'points that are not met are no pass'
sweep op moody --no-confirm
[ "$(row op 6)" -gt 0 ] || [ "$(row op 7)" -gt 0 ] || fail "every point of one that reads another file each time was met: $(shown "$WORK/out")"

it 'what is listed is what is run, and what is left out is told'
run sweep -a op -c ct-tiny --list -- "$victim" careful '{in}' '{out}'
is "$status" 0 'status'
all=$(sed -n 's/^\([0-9]*\) cases, .*/\1/p' "$WORK/out")
is "$(grep -c '^op ' "$WORK/out")" "$all" 'lines'
synced=$(grep -c ' left out: an error of close' "$WORK/out")
sweep op careful --max 20
is "$(row op 3)" 20 'cases run of --max 20'
is "$(row op 7)" "$((all - 20))" 'left out'
holds "$WORK/out" "^left out: $((all - 20 - synced)): beyond --max"
sweep op careful --sample 10% --seed 5
is "$(($(row op 3) + $(row op 7)))" "$all" 'run and left out'
[ "$(row op 3)" -gt 0 ] && [ "$(row op 3)" -lt "$((all / 3))" ] || fail "a sample of a tenth has $(row op 3) of $all"
sweep op careful --budget 1ms
is "$(row op 7)" "$all" 'left out of --budget 1ms'
is "$status" 4 'nothing was run'
run sweep -q -a file --budget 1ms -c ct-tiny -- cat '{files}'
is "$(row file 7)" "$(row file 2)" 'left out of --budget 1ms, with damage that was not prepared'
holds "$WORK/out" "^left out: $(row file 2): the time was up"

it 'a sweep that was stopped goes on'
sweep op silent --checkpoint cp --max 40
first=$(grep -c '"case"' cp)
[ "$first" -ge 40 ] || fail "only $first lines"
printf '{"case": "half a li' >>cp
sweep op silent --checkpoint cp
is "$status" 1 'status'
is "$(row op 3)" "$((all - synced))" 'cases in the sum'
[ "$(grep -c '"case"' cp)" -lt "$((all + first))" ] || fail 'all were run again'
cp "$WORK/out" once
sweep op silent --checkpoint cp
is "$(sed -n 's/, all cases.*//;/^op /p' "$WORK/out")" "$(sed -n '/^op /p' once)" 'the sum of one that was finished'
run sweep -q -a op -c ct-tiny --checkpoint cp -- "$victim" careful '{in}' '{out}'
is "$status" 2 'the checkpoint of another sweep'
holds "$WORK/err" 'cp: is the checkpoint of another sweep'
mkdir tree
for text in one two; do
	echo "$text" >tree/a
	run sweep -q -a range -c tree:tree --checkpoint changed --max 1 -- cp '{in}/a' '{out}'
done
is "$status" 2 'the checkpoint of a sweep over what the corpus was before'
holds "$WORK/err" 'changed: is the checkpoint of another sweep'
echo no >text
run sweep -q -a op -c ct-tiny --checkpoint text -- "$victim" careful '{in}' '{out}'
holds "$WORK/err" 'text: is no checkpoint'

it 'Ctrl-C while failures are run again takes no finding back'
cp "$(command -v sleep)" late
cat >twofaced <<END
#!/bin/sh
cat "\$1/slice_0000.png" >"\$2/o" 2>"\$TMPDIR/said" && exec rm "\$TMPDIR/said"
rm "\$TMPDIR/said"
[ -e "$HOME/mark" ] && "$HOME/late" 10
: >"$HOME/mark"
END
chmod +x twofaced
kept -k harness:INT:late:0 -- "$ordeal" sweep -q -j 1 -a range --block 1MiB -c ct-tiny -d 20s --checkpoint taken -- ./twofaced '{in}' '{out}'
is "$status" 0 "keeper: $(shown "$WORK/kept")"
holds "$WORK/kept" '^struck harness$'
holds "$WORK/kept" '^exit 130$'
is "$(row range 5)" 3 "failed; $(shown "$WORK/out")"
holds "$WORK/out" '^command: in:slice_0000.png 0\.\.[0-9]* EIO: wrong$'
is "$(grep -c '"passed":false' taken)" "$(grep -c '"passed"' taken)" 'failures in the checkpoint'

it 'bad input is told in a line'
says_like 2 "ordeal: *'opp' is no axis (did you mean 'op'?)" sweep -a opp -c ct-tiny -- cat '{in}'
says_like 2 'ordeal: sweep: --axis is missing*' sweep -c ct-tiny -- cat '{in}'
says_like 2 "ordeal: sweep: --max: '0' is no number of cases*" sweep -a op --max 0 -c ct-tiny -- cat '{in}'
says_like 2 'ordeal: no/file: cannot be opened: No such file*' sweep -a op --checkpoint no/file -c ct-tiny -- cat '{in}/slice_0000.png'
says_like 2 'ordeal: sweep: --corpus is missing*' sweep -a op -- cat '{in}'
says_like 2 'ordeal: sweep: the command has neither*' sweep -a op -c ct-tiny -- true
says_like 2 '*without any fault it fails already (exit status 1)*' sweep -a op -c ct-tiny -- sh -c 'echo no >&2; exit 1' '{in}'
says_like 2 '*cannot be executed*' sweep -a op -c ct-tiny -- ./not-there '{in}'
says_like 2 "ordeal: sweep: 'alloc' stands where the command begins: *--axis op,alloc" sweep -c ct-tiny -a op alloc -- cat '{in}'
says_like 2 "ordeal: sweep: --axis: 'op alloc': axes are separated by commas*" sweep -a 'op alloc' -c ct-tiny -- cat '{in}'
says_like 2 "ordeal: unknown corpus profile 'ct-tinny'*" sweep -a op -c ct-tinny -- cat '{in}'
says_like 4 '*nothing to make fail*' sweep -a space -c ct-tiny -- cat '{in}/slice_0000.png'

it 'reports for machines have every case that was run, and none that was left out, for whatever reason'
run sweep -q -a file -r text:text -r junit:junit -r json -c ct-tiny -- dd 'if={in}/slice_0000.png' 'of={out}/a' status=none
holds text '^left out: [0-9]*: damage that changes nothing in its file$'
cases=$(awk '$1 == "file" && NF == 7 { print $3 }' text)
is "$(grep -c '"verdict":"' "$WORK/out")" "$cases" 'verdicts in JSON'
is "$(grep -c . "$WORK/out")" "$cases" 'lines of JSON'
is "$(grep -c '<testcase' junit)" "$cases" 'cases in JUnit'
hides junit '<skipped'
finish
