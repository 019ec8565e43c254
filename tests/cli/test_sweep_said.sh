#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a sweep says before it begins, and of what it had no time for: what its verdicts rest on.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
cd "$HOME" || exit 99

# hides FILE PATTERN: no line has it.
hides() {
	if grep -q -e "$2" "$1"; then fail "$2 in $(shown "$1")"; fi
}

it 'what cannot be compared is said once, before the cases, and in the report'
run sweep -a op --max 4 -c ct-tiny -- dd 'if={in}/slice_0000.png' of=/dev/null status=none
holds "$WORK/err" '^  nothing can be compared: without faults it writes no file into {out} and prints nothing\. '
holds "$WORK/err" '^4 cases of .* at once: '
is "$(grep -c '^  nothing can be compared' "$WORK/out")" 1 "the report; $(shown "$WORK/out")"
hides "$WORK/out" 'complete: .* run again alone'
cat >stamped <<END
#!/bin/sh
cat "\$1/slice_0000.png" >"\$2/whole" && date +%s%N >"\$2/stamp"
END
chmod +x stamped
run sweep -q -a cut --max 4 -c ct-tiny -- ./stamped '{in}' '{out}'
holds "$WORK/out" '^  1 of 2 outputs is not the same twice [(]stamp[)]: no case is judged by what it holds'
hides "$WORK/out" 'current directory'
printf '#!/bin/sh\necho >>"%s/times"\n[ $(wc -l <"%s/times") -lt 3 ] || { echo enough >&2; exit 3; }\ncat "$1"/* >"$2/o"\n' "$HOME" "$HOME" >tired
chmod +x tired
says_like 2 'ordeal: the third time without any fault it fails already (exit status 3): enough' sweep -q -a op -c ct-tiny -- ./tired '{in}' '{out}'

it 'who writes into the current directory is told so, and has it to himself while he runs'
mkdir -p here
cat >here/writer <<'END'
#!/bin/sh
cat "$1/slice_0000.png" >scratch.tmp && cat scratch.tmp >"$2/o"
END
chmod +x here/writer
(cd here && exec "$ordeal" sweep -q -a op -j 2 -c ct-tiny -- ./writer '{in}' '{out}' >../written 2>&1)
holds written '^  something in the current directory changes with each run [(]scratch.tmp[)]: '
hides written 'not repeatable'

it 'what hangs is not run again for longer than the budget, but for one'
printf '#!/bin/sh\ncat "$1"/* >"$2/o" || exec sleep 20\n' >waiter
chmod +x waiter
run sweep -q -a op -j 2 -d 300ms --budget 2500ms -c ct-tiny -- ./waiter '{in}' '{out}'
holds "$WORK/out" '; [0-9]* that hung were not run again alone, for there was no time [(]--budget[)]$'
is "$(grep -c '^[0-9]*\. hung: .* 1 run again alone$' "$WORK/out")" 1 "run again; $(shown "$WORK/out")"
finish
