#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each misdeed gets the verdict that docs/contract.md says, with a true line of evidence; who does the same and owns up, or does no
# harm, is not accused. (What exit statuses and signals say: test_statuses.sh.)
# shellcheck disable=SC2016,SC2028,SC2317 # what others expand; a table with backslashes; functions that others call
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cli/verdicts.sh
. "$SOURCE/tests/cli/verdicts.sh"
need_worlds
cd "$WORK/home" || exit 99

it 'the instrument notices another verdict, another line of evidence, and a case that is missing'
judge tried "'$culprit', print, '{in}'" listing >told <<'END'
exit-3|refused|^exit status 3,
exit-4|degraded|^exit status 4,
exit-5|refused|^exit status 6,
END
cp tried.table kept && sed '2,3d' tried.table >>kept && echo 'exit-6|refused|^' >>kept && mv kept tried.table
failures=0
weigh tried >told
is "$failures" 3 "what was noticed ($(cat told))"
failures=$((failures - 3))

it 'outputs: missing and different ones, of every kind and name; words that name, and words that do not'
judge make "'$culprit', make, '{in}', '{out}'" 'listing, output' <<'END'
nobody|complete|^exit status 0, all 9 outputs as without faults; it said: culprit: nobody: Input/output error
silent|wrong|^exit status 0, but one is missing and no word about it .8 same, 0 different, 1 missing.
differs|wrong|^exit status 0, but one differs and no word about it .8 same, 1 different, 0 missing.
omits|degraded|^exit status 0, 8 outputs same, 0 different, 1 missing; it said: culprit: omits: Input/output error
omits-odd|wrong|^exit status 0, but odd ."name." 'of' .two..[?]lines .* is missing and no word about it
omits-stamp|wrong|^exit status 0, but stamp is missing and no word about it
empties-the-stamp|wrong|^exit status 0, but stamp differs and no word about it
turns-the-link|wrong|^exit status 0, but link differs and no word about it
fills-the-pipe|wrong|^exit status 0, but pipe differs and no word about it
changes-locked|wrong|^exit status 0, but locked differs and no word about it
mumbles|degraded|1 missing; it said: culprit: mumbles
binary|degraded|1 missing; it said: .*culprit: binary: Input/output error
aloud|degraded|1 missing; it said: left out: aloud
talks|degraded|1 missing; it said: [.]*
drowns|wrong|one is missing and no word about it .*note: what it said beyond 8 MiB was not looked at
names-the-output|degraded|1 missing; it said: culprit: one has been left out
names-another|wrong|^exit status 0, but one is missing and no word about it
says-something|wrong|^exit status 0, but one is missing and no word about it
gives-up|refused|^exit status 1, 0 outputs same, 0 different, 9 missing; it said: culprit: gives-up: 
half-writes|leaked|^failed, and left output that is not the right one under its final name: one
leaves-output|leaked|^left 1 file that a clean run does not leave: one.tmp
leaves-directory|leaked|^left 1 file that a clean run does not leave: unasked
leaves-temp|leaked|^left zz-left in TMPDIR
leaves-here|leaked|^left zz-here in TMPDIR
leaves-child|leaked|^left running: culprit .pid [0-9]*.
leaves-daemon|leaked|^left running: culprit .pid [0-9]*.
leaves-swarm|leaked|^left running: culprit .pid [0-9]*., culprit .pid [0-9]*., 
raises-family|complete|^exit status 0, all 9 outputs as without faults; it said: culprit: raises-family: 
mute|complete|^exit status 0, all 9 outputs as without faults.n
closes-stdout|complete|^exit status 0, all 9 outputs as without faults; it said: culprit: closes-stdout: 
goes-away|complete|^exit status 0, all 9 outputs as without faults; it said: culprit: goes-away: 
becomes-another|degraded|^exit status 5, 9 outputs same, 0 different, 0 missing; it said: culprit: becomes-another: 
asserts|crashed|^its stderr has a report of 'Assertion
sanitizes|crashed|^its stderr has a report of 'ERROR: AddressSanitizer'
waits|hung|^still running after [^ ]* s: culprit .pid [0-9]*. state S|deadline: 2s
deaf|hung|^still running after [^ ]* s: culprit .pid [0-9]*. state S|deadline: 2s
spins|hung|^still running after [^ ]* s: culprit .pid [0-9]*. state R, |deadline: 2s
END

it 'the same in a directory instead of namespaces'
cp make.table shared.table
world=shared
judge_table shared "'$culprit', make, '{in}', '{out}'" 'listing, output'
is "$(find "$TMPDIR" -mindepth 1)" '' 'what is left in TMPDIR'
world=private

it 'checkers: what they may not pass'
judge check "'$culprit', check, '{in}'" check <<'END'
passes|wrong|^it passed passes, which was struck by fail, without a word
objects|refused|^exit status 1, 0 outputs same
END

# tried VERDICT EVIDENCE (ERE) OPTIONS AND COMMAND OF TRY...
tried() {
	verdict=$1 evidence=$2
	shift 2
	run try -q -r json -c ct-tiny --allow complete,degraded,refused,wrong,leaked,hung,crashed "$@"
	[ "$(verdict "$WORK/out")" = "$verdict" ] && sed 's/.*"evidence":"//' "$WORK/out" | grep -qE -e "$evidence" && return
	wrong "ordeal try $*" "verdict $verdict, $evidence"
}

it 'commands: before=run, unstable words, many words, deadlines, directories, late and lost words'
copy='cp "$1"/* "$2"'
copying='for f in "$1"/*; do to=$2/${f##*/}; cat "$f" >"$to" 2>/dev/null || { rm "$to"; echo "$f: left out" >&2; }; done'
together tried degraded '^exit status 1, 8 outputs same' -p bad-sector --before run -- \
	sh -c "cat \"\$1\"/* >/dev/null || exit 1; $copy" - '{in}' '{out}'
together tried refused '^exit status 1, 0 outputs same' -p bad-sector -- sh -c "cat \"\$1\"/* >/dev/null || exit 1; $copy" - '{in}' '{out}'
together tried wrong '^exit status 0, but slice_0000.png is missing' -p eio-readdir --before run -- \
	sh -c "cd \"\$2\" && rm -f -- *; cp \"\$1\"/* . 2>/dev/null; exit 0" - '{in}' '{out}'
together tried complete '^exit status 0, all 0 outputs' -p bad-sector -- \
	sh -c 'cat "$1"/* 2>/dev/null | wc -l >/dev/null; date +%N' - '{in}'
together tried wrong 'it printed something else' -p bad-sector -- sh -c 'cat "$1"/* 2>/dev/null | wc -c' - '{in}'
together tried degraded 'it said: .*slice_0002.png: left out' -p bad-sector -- sh -c "seq 100000; $copying" - '{in}' '{out}'
together tried hung '^still running after' -p bad-sector -d 1ms -- sh -c "$copy; sleep 1" - '{in}' '{out}'
together tried refused '^exit status 1' -p bad-sector -d 1h -- sh -c "cat \"\$1\"/* >/dev/null; exit" - '{in}'
together tried complete '^exit status 0, all 8' -p slow-share -- sh -c 'cd "$2" && cp "$1"/* . && cd / && ls >/dev/null' - '{in}' '{out}'
gather

it 'who takes the short count before an error for the end of the file has lost the rest; who reads on meets the error'
each='for f in "$1"/*; do dd bs=1M count=1 if="$f" of="$2/${f##*/}"'
# counted INJECTED VERDICT SCRIPT
counted() {
	run try -q -r json -c ct-tiny -p bad-sector -- sh -c "$3" - '{in}' '{out}'
	holds "$WORK/out" "\"verdict\":\"$2\".*\"injected\":\"$1\""
}
together counted 'cut on in:slice_0002.png \(read\)' wrong "$each 2>/dev/null; done"
together counted 'fail EIO on in:slice_0002.png \(read\)' wrong "$each iflag=fullblock 2>/dev/null; done; exit 0"
together counted 'fail EIO on in:slice_0002.png \(read\)' degraded "$each iflag=fullblock || { rm \"\$2/\${f##*/}\"; exit 1; }; done"
gather

it 'files of two volumes are never one and the same'
together tried complete '^exit status 0, all 8' -p slow-share -- \
	sh -c "$copy; find \"\$1\" \"\$2\" -printf '%i\\n' | sort | uniq -d | grep . && exit 1; exit 0" - '{in}' '{out}'

it 'programs that do not load the shim: nothing was shown'
setuid=$WORK/setuid
if is_root && cp /bin/sh "$setuid" && chown 65533 "$setuid" && chmod 4755 "$setuid" && [ "$("$setuid" -p -c 'id -u')" = 65533 ]; then
	together tried unexercised 'no allocation was counted: a static or setuid program does not load the shim' -a nth=1.. -- "$setuid" -c :
fi
counts_others() {
	run try -q -r json -c ct-tiny -a nth=1.. -- /bin/sh -c :
	holds "$WORK/out" '"injected":"[0-9]+ of [0-9]+ allocations failed'
}
together counts_others
gather

it 'a program that fails without faults is not judged'
head -c 100 /dev/urandom >"$WORK/home/broken.png"
mkdir damaged && mv broken.png damaged/
says_like 2 '' try -q -r json:trouble -c tree:damaged -a nth=1.. -- sh -c 'echo "$1: no PNG" >&2; exit 6' - '{in}/broken.png'
holds trouble '"state":"trouble","why":"without any fault it fails already .exit status 6.: /.*/broken.png: no PNG"'
printf '#!/nowhere/sh\n' >script && chmod 755 script
says_like 2 '' try -q -r json:trouble -c tree:damaged -a nth=1.. -- ./script '{in}'
holds trouble '"state":"trouble","why":"./script: cannot be executed in /.*: No such file or directory"'
says_like 2 '' try -q -r json:trouble -c tree:damaged -a nth=1.. -- sh -c 'kill -KILL $$' - '{in}'
holds trouble '"state":"trouble","why":"without any fault it fails already .signal 9.'
finish
