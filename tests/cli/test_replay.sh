#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The line that a failure prints, fed to a shell in another directory, gives the same verdict, the same faults and the same status.
# shellcheck disable=SC2317 # functions are named, and called by others
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
mkdir "$WORK/home/sub" "$WORK/elsewhere" && cd "$WORK/home" || exit 99
elsewhere=$WORK/elsewhere

# ---- the instrument ----

# story FILE: what must be the same, a line a case.
story() {
	sed -n 's/.*"verdict":"\([a-z]*\)".*"injected":\(".*"\),"evidence".*"code":\([0-9]*\),"exit_status":\([-0-9]*\),"signal":\([0-9]*\).*/\1 \2 \3 \4 \5/p' "$1"
}

# line_of TEXT: what stands behind "repeat:" in a report of one case; it may have several lines.
line_of() {
	sed -n '/^    repeat:   /,$p' "$1" | sed -e '1s/^    repeat:   //' | head -n -2
}

# repeats LINE STORY STATUS
repeats() {
	looks=$((looks + 1))
	printf '%s -q -r "json:%s" -r "text:%s"\n' "$1" "$WORK/json.again" "$WORK/text.again" >"$WORK/script"
	(cd "$elsewhere" && PATH=$BUILD:$PATH && export PATH && timeout -k 5 "$DEADLINE" sh "$WORK/script") \
		>"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	got=$(story "$WORK/json.again" 2>/dev/null)
	[ "$status" = "$3" ] && [ "$got" = "$2" ] && [ "$(line_of "$WORK/text.again")" = "$1" ] && return
	fail "$1
      wanted: status $3, $2
      got:    status $status, $got, $(shown "$WORK/err")
              with the line $(line_of "$WORK/text.again" 2>/dev/null)"
}

# replays VERDICT OPTIONS AND COMMAND OF TRY...: a case that must fail, and its repetition.
replays() {
	wanted=$1
	shift
	run try -q -r "text:$WORK/text" -r "json:$WORK/json" --allow crashed "$@"
	if [ "$status" != 1 ] || [ "$(verdict "$WORK/json")" != "$wanted" ]; then
		wrong "ordeal try $*" "status 1, verdict $wanted, not $(cat "$WORK/json" 2>/dev/null)"
		return
	fi
	repeats "$(line_of "$WORK/text")" "$(story "$WORK/json")" 1
}

# A program that goes on in silence; what stands behind the two directories must be what it is told in WORDS.
cat >careless <<'END'
#!/bin/sh
in=$1 out=$2
shift 2
if [ "$#" -gt 0 ] && [ "$(printf '%s|' "$@" | cksum)" != "$WORDS" ]; then echo 'other words' >&2; exit 3; fi
for file in "$in"/*; do cat "$file" >"$out/${file##*/}" 2>/dev/null; done
exit 0
END
chmod 755 careless
# shellcheck disable=SC2016
loop='for f in "$1"/*; do cat "$f" >"$2/${f##*/}" 2>/dev/null || :; done; exit 0'

it 'the instrument notices another fault, another status, and other words'
WORDS=$(printf '%s|' one | cksum)
export WORDS
run try -q -r text:text -r json:json -c ct-tiny -p bad-sector -- ./careless '{in}' '{out}' one
is "$status" 1 'a careless program'
line=$(line_of text)
tale=$(story json)
is "$tale" 'wrong "fail EIO on in:slice_0002.png (read)" 0 0 0' 'its story'
noticed() {
	before=$failures
	repeats "$@" >/dev/null
	[ "$failures" -gt "$before" ] && before=$((before - 1)) && failures=$((before + 1)) && return
	fail "not noticed: $1"
}
together noticed "$line" "$(echo "$tale" | sed s/0002/0003/)" 1
together noticed "$line" "$tale" 0
together noticed "$(echo "$line" | sed 's/ one/ two/')" "$tale" 1
together noticed "$(echo "$line" | sed 's/bad-sector/eio-readdir/')" "$tale" 1
together repeats "$line" "$tale" 1
gather

it 'commands with quotes, blanks, dollar signs, backslashes, newlines, nothing; in any bytes'
newline='
'
# shellcheck disable=SC1003,SC2016
words() {
	set -- "it's" '"so"' 'a b' ' ' '' '$HOME' '`id`' '$(id)' '*' '~' '\' 'a\ b' '\n' '"' "'" '--' '-q' 'key=value' '{nothing}' '{' \
		"two${newline}${newline}lines" "tab	here" '#x' ';' '&' '!' 'größer' '一' "$(printf '\377\376')"
	WORDS=$(printf '%s|' "$@" | cksum)
	replays wrong -c ct-tiny -p bad-sector -- ./careless '{in}' '{out}' "$@"
}
together words
together replays wrong -c ct-tiny -p bad-sector -- sh -c "$loop" - '{in}' '{out}'
# shellcheck disable=SC2016
odd='it'\''s a "dir" of $HOME, groß'
mkdir "$odd"
cp careless "$odd/do it"
in_odd_directory() {
	cd "$odd" && replays wrong -c ct-tiny -p bad-sector -- './do it' '{in}' '{out}'
}
together in_odd_directory

it 'plans, corpora and subjects by relative paths, with blanks'
cp "$SOURCE/faults/plans/bad-sector.yaml" 'sub/my plan.yaml'
printf '%s\n' 'version: 1' 'source: stack' 'slices: 4' >'sub/my spec.yaml'
mkdir sub/tree
for name in one slice_0002.png 'three four'; do head -c 10000 /dev/zero >"sub/tree/$name"; done
ln -s 'my spec.yaml' sub/link.yaml
cat >sub/mine.yaml <<END
version: 1
name: mine
input: stack
command: [$PWD/careless, "{in}", "{out}"]
modes: {abort: [sh, -c, 'cat "\$1"/* >"\$2/all" || exit 4', "-", "{in}", "{out}"]}
does: [listing, output]
END
together replays wrong -c 'tree:sub/tree' -p 'sub/my plan.yaml' -- ./careless '{in}' '{out}'
together replays wrong -c './sub/my spec.yaml' -p bad-sector -s sub/mine.yaml
together replays wrong -c 'sub/my spec.yaml:slices=6,seed=3' -p 'sub/../sub/my plan.yaml' -s sub/mine.yaml
below_sub() {
	cd sub && replays leaked -c 'link.yaml' -p 'my plan.yaml' -s mine.yaml --mode abort --no-again
}
together below_sub
if command -v tar >/dev/null; then
	tar -cf 'sub/an archive.tar' -C sub/tree .
	together replays wrong -c 'pack:sub/an archive.tar' -p 'sub/my plan.yaml' -- ./careless '{in}' '{out}'
fi

it 'seeds, probabilities, allocations, deadlines, outputs that were there, damage at rest, a shared world'
cat >chance.yaml <<'END'
version: 1
name: chance
seed: 99
rules:
  - {name: some, volume: in, path: "*", on: read, fail: EIO, when: {probability: 0.3}}
  - {name: others, volume: in, path: "*", on: read, corrupt: flip, when: {probability: 40%, draw: ordinal}}
END
for seed in 1 2 18446744073709551614; do
	together replays wrong -c ct-tiny -p chance.yaml --seed "$seed" -- ./careless '{in}' '{out}'
done
together replays wrong -c ct-tiny -p chance.yaml -- ./careless '{in}' '{out}'
together replays refused -c ct-tiny -a 'nth=2..,comm=rogue' -a 'size=1MiB..' -- "$rogue" copy 0 '{in}' '{out}'
together replays refused -c ct-tiny -a 'probability=0.5,comm=rogue' --seed 5 -- "$rogue" copy 0 '{in}' '{out}'
together replays hung -c ct-tiny -p net-hang -d 1500ms -- cat '{files}'
together replays wrong -c ct-tiny -p bad-sector --before run -- sh -c "rm -f \"\$2\"/*; $loop" - '{in}' '{out}'
# shellcheck disable=SC2016
together replays degraded -c ct-bad-first -- sh -c 'cp "$1"/* "$2"; cd "$2"; for f in *; do grep -q PNG "$f" || { echo "$f" >&2; rm "$f"; }; done' \
	- '{in}' '{out}'
together replays wrong --world shared -c ct-tiny -p bad-sector -- ./careless '{in}' '{out}'
gather

it 'other seeds strike elsewhere'
strikes() {
	run try -q -r json -c ct-tiny -p chance.yaml --no-again --seed "$1" -- ./careless '{in}' '{out}'
	story "$WORK/out" >"$elsewhere/seed-$1"
}
for seed in 1 2 3; do together strikes "$seed"; done
gather
is "$(cat "$elsewhere"/seed-? | sort -u | wc -l)" 3 'different stories of three seeds'

it 'the cases of a suite, with what it expects of them'
cat >sub/suite.yaml <<'END'
version: 1
name: mine
corpora: {stack: "./my spec.yaml"}
cases:
  - {name: "first and \"second\"", plan: my plan.yaml, allow: [complete, refused]}
  - {name: it's/another, plan: eio-readdir, seed: 4, allow: complete, code: 999}
  - {name: names, plan: bad-sector, corpus: "ct-tiny:slices=5", names: yes, allow: hung}
  - {name: memory, alloc: size=32KiB.., allow: hung, deadline: 20s}
  - {name: chance, plan: ../chance.yaml, corpus: "ct-tiny:slices=4", seed: 3, allow: hung, before: run}
END
run run sub/suite.yaml -s sub/mine.yaml -s pyramid -q -r text:text -r json:json
[ "$status" = 1 ] || wrong 'the suite' 'status 1'
story json >stories
sed -n 's/^    repeat:   //p' text >lines
is "$(wc -l <stories)" 10 'cases judged'
is "$(wc -l <lines)" 10 'lines to repeat'
while read -r tale && read -r line <&3; do
	together repeats "$line" "$tale" 1
done <stories 3<lines
gather
finish
