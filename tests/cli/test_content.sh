#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the looking commands say is so: corpus list, show, make; plan list, check, explain; run --list; doctor.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

# good [ARGUMENTS]: status 0 and a quiet stderr
good() {
	run "$@"
	# shellcheck disable=SC2154 # run() sets it
	if [ "$status" = 0 ] && [ ! -s "$WORK/err" ]; then return; fi
	wrong "ordeal $*" 'status 0, no word on stderr'
}

# names_of DIRECTORY: of its YAML files
names_of() {
	find "$1" -name '*.yaml' -exec basename {} .yaml \; | sort | tr '\n' ' '
}

it 'corpus list: every profile there is, each with a word'
good corpus list
is "$(cut -d ' ' -f 1 "$WORK/out" | sort | tr '\n' ' ')" "$(names_of "$SOURCE/corpora/specs")" 'the profiles listed'
lacks "$WORK/out" '^[^ ]+ *$'
holds "$WORK/out" '^ct-tiny +8 slices of 64x64, 16 bit, seed 1$'

it 'corpus show: names, sizes and damage, as corpus make writes them'
for corpus in ct-tiny ct-tiny:slices=3,seed=9 ct-bad-first ct-holes ct-zero-byte audio-tiny empty-dir; do
	good corpus show "$corpus"
	sed -n 's/^- *\([0-9]*\)  \([^ ]*\).*/\2 \1/p' "$WORK/out" >shown
	rm -rf made
	good corpus make "$corpus" made
	(cd made && find . -type f -printf '%P %s\n' | sort) >written
	cmp -s shown written || fail "corpus show $corpus tells $(shown shown), corpus make writes $(shown written)"
	holds "$WORK/out" "^made: $(wc -l <written) files, "
done
good corpus show ct-bad-first
holds "$WORK/out" '^- +21  slice_0000.png  damaged: text$'
lacks "$WORK/out" 'slice_0001.png .*damaged'
good corpus show ct-holes
holds "$WORK/out" '^ +slice_0004.png  removed$'
lacks "$WORK/out" '^-.*slice_0004.png'

it 'corpus make: the same twice, other bytes for another seed, nothing half-written, and nothing touched but the directory'
rm -rf made
mkdir -m 700 made
good corpus make ct-tiny made
is "$(stat -c %a made)" 700 'the mode of a directory that was there'
good corpus make ct-tiny again
good corpus make ct-tiny:seed=2 other
diff -r made again >/dev/null || fail 'two corpora of the same profile differ'
diff -rq made other | grep -c differ >"$WORK/count"
is "$(cat "$WORK/count")" 8 'files that differ for another seed'
is "$(find made -name '*.part')" '' 'files written aside'
good corpus make ct-bad-first bad
cmp -s bad/slice_0001.png made/slice_0001.png || fail 'damage has spread to another file'
(mkdir here && cd here && good corpus make ct-tiny . && [ -s slice_0000.png ]) || fail 'the current directory, when empty, is no place?'

it 'corpus make: trees and archives, with directories and links'
mkdir -p tree/below
printf one >tree/a
printf two >'tree/below/b c'
ln -s a tree/link
good corpus show tree:tree
holds "$WORK/out" '^- +3  a$'
holds "$WORK/out" '^d +[0-9]+  below$'
holds "$WORK/out" '^- +3  below/b c$'
holds "$WORK/out" '^l +1  link$'
good corpus make tree:tree copy
diff -r --no-dereference tree copy >/dev/null || fail "corpus make tree:tree made another tree: $(diff -rq tree copy)"
if command -v tar >/dev/null; then
	tar -cf tree.tar -C tree .
	good corpus make pack:tree.tar unpacked
	diff -r --no-dereference tree unpacked >/dev/null || fail "corpus make pack: made another tree: $(diff -rq tree unpacked)"
	head -c 100000 /dev/zero >tree/large
	tar -cf tree.tar -C tree .
	head -c 50000 tree.tar >cut.tar
	run corpus make pack:cut.tar cut
	[ "$status" = 2 ] || wrong 'corpus make of an archive that breaks off' 'status 2'
	[ -e cut ] && fail 'an archive that breaks off has made a directory'
fi

it 'plan list: every plan there is, each with a title, and every kind'
good plan list
sed -n '/^Plans:/,/^$/s/^  \([^ ]*\) .*/\1/p' "$WORK/out" | sort | tr '\n' ' ' >listed
is "$(cat listed)" "$(names_of "$SOURCE/faults/plans")" 'the plans listed'
lacks "$WORK/out" '^  [^ ]+ *$'
for kind in $(kinds_of "$SOURCE"); do
	holds "$WORK/out" "^  $kind +[a-z]"
done

it 'plan check: each of ours, with its rules counted; one bad one among good ones is told, and the rest are'
# shellcheck disable=SC2046
good plan check $(names_of "$SOURCE/faults/plans")
is "$(wc -l <"$WORK/out")" "$(names_of "$SOURCE/faults/plans" | wc -w)" 'plans checked'
holds "$WORK/out" '^alloc-40: ok, 0 rules, 1 for allocations$'
run plan check bad-sector frobnicate bit-rot
is "$status" 2 'a bad plan among good ones'
is "$(wc -l <"$WORK/out")" 2 'good plans told'
is "$(cat "$WORK/err")" "ordeal: unknown plan 'frobnicate'" 'the bad one'

it 'plan explain: each rule in words, and what of a corpus it can touch'
good plan explain bad-sector
holds "$WORK/out" '^bad-sector: one file cannot be read from byte 2048 on \(seed 0\)$'
holds "$WORK/out" '^  bad-sector: in:\{slice_0002.png,track_001.wav\}: read, bytes from 2048 on: fail with EIO$'
lacks "$WORK/out" 'touch'
good plan explain bad-sector --corpus ct-tiny
holds "$WORK/out" '^    can touch 1 of its paths, first slice_0002.png$'
run plan explain bad-sector --corpus ct-tiny:slices=2
is "$status $(cat "$WORK/err")" '2 ordeal: plan bad-sector: on ct-tiny:slices=2, 1 of 1 rules can never strike' 'a plan that cannot strike'
holds "$WORK/out" '^    touches nothing of this corpus: the rule can never strike$'
run plan explain bad-sector --corpus ct-tiny:width=8,height=8
is "$status" 2 'a plan that begins behind the end'
holds "$WORK/out" '^    begins behind the end of all that it matches \([0-9]+ bytes\): the rule can never strike$'
cat >anywhere.yaml <<'END'
version: 1
name: anywhere
rules:
- {name: some, path: "*_0000.png", on: read, fail: EIO}
- {name: full, on: write, fail: ENOSPC}
END
good plan explain anywhere.yaml --corpus ct-tiny
is "$(sed -n 's/^    //p' "$WORK/out")" 'can touch 1 of its paths, first slice_0000.png
only changes what is there: it can strike on a scratch, and never on a corpus' 'rules without a volume'
echo '- {name: none, path: "*.tif", on: read, fail: EIO}' >>anywhere.yaml
run plan explain anywhere.yaml --corpus ct-tiny
is "$status $(cat "$WORK/err")" '2 ordeal: plan anywhere: on ct-tiny, 1 of 3 rules can never strike' 'one of them that touches nothing'
holds "$WORK/out" '^    touches nothing of this corpus: the rule can never strike here \(if it is for another volume: say which\)$'
mkdir -p deep/below && echo words >deep/below/text
cat >deep.yaml <<'END'
version: 1
name: deep
rules:
- {name: dir, path: deep, on: read, fail: EIO}
- {name: file, path: deep/below/text, on: readdir, fail: EIO}
- {name: all, path: "deep/**", on: read, fail: EIO}
- {name: long, path: "**/text", on: read, short: 200000}
- {name: out, volume: out, on: write, fail: ENOSPC}
END
run plan explain deep.yaml --corpus "tree:$PWD"
is "$status $(cat "$WORK/err")" "2 ordeal: plan deep: on tree:$PWD, 2 of 5 rules can never strike" 'directories that are read'
is "$(sed -n 's/^    //p' "$WORK/out")" "'deep' is a directory, which is never asked for that (on: read; for all that it holds: 'deep/**'): the rule can never strike here (if it is for another volume: say which)
'deep/below/text' is a file, which is never asked for that (on: readdir; the directory that it is in: 'deep/below'): the rule can never strike here (if it is for another volume: say which)
can touch 1 of its paths, first deep/below/text
can touch 1 of its paths, first deep/below/text
will hardly strike: it lets 200000 bytes pass, and the largest file that it matches has 6
is for volume 'out', of which nothing is known here: not weighed" 'what is told of each'
printf 'version: 1\nrules:\n- {name: door, path: "**", on: open, fail: EIO}\n- {name: late, path: "**", on: read, fail: EIO}\n' >late.yaml
run plan explain late.yaml --corpus ct-tiny
is "$status $(cat "$WORK/err")" \
	"0 ordeal: warning: late.yaml:4:3: rule 'late' will hardly strike: rule 'door' ends every open of what it is for" 'a rule behind another'
cat >grows.yaml <<'END'
version: 1
name: grows
rules:
- {name: all, path: "deep/**", on: [read, write], fail: EIO}
- {name: new, path: new, on: create, fail: ENOSPC}
END
mkdir -p kept
for source in "scratch:$PWD" "over:$PWD" "over:$PWD,keep=$PWD/kept" scratch:. over:.; do
	good plan explain grows.yaml --corpus "$source"
	is "$(sed -n 's/^    //p' "$WORK/out")" 'can touch 1 of its paths as they are now, first deep/below/text
touches nothing of what is there now; more may come' "what $source holds"
done
run plan explain bad-sector --corpus scratch:.
is "$status $(sed -n 's/^    //p' "$WORK/out")" "2 no volume here is named 'in', only out: the rule can never strike" 'a corpus is no scratch'
says 2 "ordeal: 'over:' needs a path behind the colon" plan explain grows.yaml -c over:
says 2 "ordeal: nowhere: cannot be opened: No such file or directory" plan explain grows.yaml -c scratch:nowhere
good plan explain slow-share --corpus ct-tiny
holds "$WORK/out" '^    can touch 9 of its paths, first \.$'
for plan in $(names_of "$SOURCE/faults/plans"); do
	good plan explain "$plan"
	[ "$(wc -l <"$WORK/out")" -ge 2 ] || fail "plan explain $plan says too little: $(shown "$WORK/out")"
done

it 'run --list: suites, and the cases of one, also some of them; a star stands for slashes too'
good run --list
is "$(cut -d ' ' -f 1 "$WORK/out" | tr '\n' ' ')" "$(names_of "$SOURCE/harness/suites")" 'the suites'
good run recovery --list
is "$(wc -l <"$WORK/out")" "$(grep -c '^  - name:' "$SOURCE/harness/suites/recovery.yaml")" 'cases listed'
lacks "$WORK/out" '^[^ ]+ *$'
good run recovery --list --case '*enospc*'
is "$(wc -l <"$WORK/out")" 4 'cases with enospc'
good run recovery --list --case 'test_os_error_opening_directory/first'
is "$(wc -l <"$WORK/out")" 1 'the case of this name'
good run recovery -l -c '*/{first,empty}'
is "$(wc -l <"$WORK/out")" 3 'cases of either name'

it 'names of strangers do not steer the terminal, nor begin a line'
mkdir "$WORK/hostile"
: >"$WORK/hostile/$(printf 'red\033[31m\nblank\302\233 .txt')"
run corpus show "tree:$WORK/hostile"
is "$(tail -n 1 "$WORK/out")" '-            0  red?[31m?blank?? .txt' 'the line of a hostile name'
is "$(wc -l <"$WORK/out")" 2 'lines of a corpus of one file'

it 'doctor: status and words agree'
run doctor
case $status in
0)
	lacks "$WORK/out" '^NO '
	holds "$WORK/out" '^Cases can be run here\.$'
	holds "$WORK/out" "^ok  ordealfs +$BUILD/ordealfs$"
	holds "$WORK/out" '^ok  a real mount +mounted, read 8324 bytes, unmounted in [0-9]+ ms$'
	;;
3)
	holds "$WORK/out" '^NO '
	holds "$WORK/out" '^Cases cannot be run here: see the lines marked NO\.$'
	;;
*) wrong 'ordeal doctor' 'status 0 or 3' ;;
esac
finish
