#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What ordeal ctl makes of the words of a command line: names of rules, plans and sources as people write them, and what it says.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

change() {
	ctl "$@" >"$WORK/changed" || fail "ctl $*: status $?"
}

# The second lines of a complaint show where; the first is what is said.
refused() {
	wanted=$1
	shift
	expect_status 2 "ordeal: ctl: $wanted" "$ordeal" ctl "$MNT" "$@"
}

mkdir "$WORK/tree" "$WORK/other" "$WORK/plans"
make_bytes "$WORK/tree/a.bin" 10000
make_bytes "$WORK/tree/b.bin" 10000
make_bytes "$WORK/other/c" 100
serve "tree:$WORK/tree"

it 'no rules are no plan'
expect 'no rules' ctl rules
expect 'no plan' sh -c "'$ordeal' ctl '$MNT' status | sed -n 2p"
change set '{name: late, path: a.bin, on: read, offset: 5000.., fail: EIO}'
expect 'no plan, but rules, seed 0: in force' sh -c "'$ordeal' ctl '$MNT' status | sed -n '2s/, [0-9.]* s$//p'"

it 'single keys of a rule: the others stay'
expect '10 EIO 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/a.bin" 5000 10 , read "$MNT/b.bin" 5000 10
change set late 'path=b.*' # no YAML: a pattern is a pattern
expect '10 10 10 EIO' poke read "$MNT/a.bin" 0 10 , read "$MNT/a.bin" 5000 10 , read "$MNT/b.bin" 0 10 , read "$MNT/b.bin" 5000 10
change set late fail=ENOSPC 'when={nth: 2}'
expect '10 ENOSPC 10' poke read "$MNT/b.bin" 5000 10 , read "$MNT/b.bin" 5000 10 , read "$MNT/b.bin" 5000 10
change set late 'path={a,c}.bin' 'on=[read, open]' when= offset= # a pattern again; a list as in a plan; keys that go
expect 'ENOSPC 10' poke open "$MNT/a.bin" r , read "$MNT/b.bin" 5000 10

it 'a new effect takes the place of the old one'
change set late on=read hang=interruptible
change set late 'truncate={at: 7, stat: short}' on=read
expect '7 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/b.bin" 0 10
expect 1 sh -c "'$ordeal' ctl '$MNT' rules | wc -l"

it 'and its place among the others'
change set '{name: first, path: b.bin, on: open, fail: EACCES}'
change set late position=last path=b.bin
expect 'first late ' sh -c "'$ordeal' ctl '$MNT' rules | sed 's/.*  \([a-z]*\):.*/\1/' | tr '\n' ' '"
change set late before=first
expect 'late first ' sh -c "'$ordeal' ctl '$MNT' rules | sed 's/.*  \([a-z]*\):.*/\1/' | tr '\n' ' '"

it 'what is no change'
refused "set: no rule is named 'lat' (did you mean 'late'?)" set lat fail=EIO
refused "set: 'EIO' is not KEY=VALUE (a whole rule goes without a name before it: '{name: ..., on: read, fail: EIO}')" set late EIO
refused "set: change:1:11: a rule keeps its name (remove it, and set another one)" set late name=x
change remove late first
refused 'set: rule:1:9: aliases are not allowed here (a text that begins with '\''*'\'' must be quoted: "*.bin")' set '{path: *.bin, on: read, fail: EIO}'

it 'a rule that makes no sense is shown, and not the file of the plan that it would come into'
cat >"$WORK/plans/whole.yaml" <<'END'
version: 1
name: whole
rules:
- {name: plain, path: b.bin, on: read, fail: EIO}
END
change plan "$WORK/plans/whole.yaml"
refused "set: rule late: 'EFOO' is no errno (a name such as EIO, or a number from 1 to 511)" set '{name: late, path: a.bin, on: read, fail: EFOO}'
refused "set: rule rule-2: unknown operation 'raed' (did you mean 'read'?)" set '{path: a.bin, on: raed, fail: EIO}'
refused "set: rule plain: 'EFOO' is no errno (a name such as EIO, or a number from 1 to 511)" set plain fail=EFOO
refused "set: rule \"an odd one\": the plan has no group 'g' (name it and its first state in 'groups': {NAME: on})" \
	set '{name: an odd one, path: a.bin, on: read, fail: EIO, group: g}'
refused "outage: rule outage-1: 'EFOO' is no errno (a name such as EIO, or a number from 1 to 511)" outage 1000s error=EFOO
"$ordeal" ctl "$MNT" set '{name: late, path: a.bin, on: read, fail: EFOO}' 2>"$WORK/stderr"
expect '    - {"name":"late","path":"a.bin","on":"read","fail":"EFOO"}' sed -n 2p "$WORK/stderr"
expect '                                                        ^~~~' sed -n 3p "$WORK/stderr"
refused "plan: $WORK/plans/wrong.yaml:4:46: 'EFOO' is no errno (a name such as EIO, or a number from 1 to 511)" plan "$(sed s/EIO/EFOO/ "$WORK/plans/whole.yaml" >"$WORK/plans/wrong.yaml" && echo "$WORK/plans/wrong.yaml")"
change remove plain

it 'a rule, and a change, as JSON in the line itself'
ask() {
	printf '%s\n' "$1" | timeout 20 "$BUILD/tests/mount/talk" "$SOCKET" pass
}
SOCKET=$(echo "$WORK"/ordeal/*.sock)
expect '{"ok":true,"rules":1,"still_cached":0}' ask '{"do": "set", "rule": {"name": "line", "path": "a.bin", "on": ["read"], "when": {"nth": 2}, "fail": "EIO"}}'
expect '10 EIO 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/a.bin" 0 10 , read "$MNT/a.bin" 0 10
expect '{"ok":true,"rules":1,"still_cached":0}' ask '{"do": "set", "name": "line", "change": {"when": {"nth": 1}}}'
expect 'EIO 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/a.bin" 0 10
expect '{"ok":true,"count":1,"rules":[],"groups":{}}' ask '{"do": "rules", "from": 1}'
ask '{"do": "rules", "since": 0}' >"$WORK/written"
grep -q ',"serial":[0-9]*,"rule":"{.*"}\],"serial":[0-9]*,' "$WORK/written" || fail "rules as they are written: $(cat "$WORK/written")"
ask '{"do": "rules", "since": 1000}' | sed 's/l":[0-9]*/l":LAST/' >"$WORK/written"
expect '{"ok":true,"count":1,"rules":[],"serial":LAST,"groups":{}}' cat "$WORK/written"
sorry="'set' takes a 'rule', or a 'name' and the 'change'"
for line in '{"do":"set"}' '{"do":"set","name":"line"}' '{"do":"set","change":{}}' '{"do":"set","rule":"{}","name":"line","change":{}}'; do
	expect "{\"ok\":false,\"error\":\"$sorry\"}" ask "$line"
done
expect '{"ok":false,"error":"'\''rule'\'' takes a text, an object or a list"}' ask '{"do":"set","rule":7}'

it 'many operations are told by the few that are missing; outages are counted from 1'
change outage 1000s
expect 'on           0  outage-1: **: all but release, releasedir: fail with EIO' sh -c "'$ordeal' ctl '$MNT' rules | head -n 1"
change heal
change set '{name: outage-2, path: b.bin, on: read, fail: EACCES}'
expect 'name: "outage-3"' sh -c "'$ordeal' ctl '$MNT' outage 1000s | grep name"
change heal

it 'the error of an outage by its name or its number'
ask '{"do": "outage", "duration": "1000s", "error": 512}' >"$WORK/said"
grep -q "'512' is no errno" "$WORK/said" || fail "an error that is none: $(cat "$WORK/said")"
ask '{"do": "outage", "duration": "1000s", "error": []}' >"$WORK/said"
expect "{\"ok\":false,\"error\":\"'error' takes an errno: a text, or its number\"}" cat "$WORK/said"
ask '{"do": "outage", "duration": "1000s", "error": 112}' >"$WORK/said"
expect 'EHOSTDOWN' poke open "$MNT/a.bin" r
change heal

it 'a plan by its name, by its file, and a file beside it'
change plan bad-sector
expect 1 sh -c "'$ordeal' ctl '$MNT' rules | grep -c 'bad-sector: in:'"
cat >"$WORK/plans/armed.yml" <<'END'
version: 1
name: armed
rules:
- {name: armed, path: a.bin, on: read, fail: EIO, when: {trigger_file: "{here}/now"}}
END
(cd "$WORK/plans" && exec "$ordeal" ctl "$MNT" plan armed.yml) >"$WORK/changed" || fail "status $?"
expect 10 poke read "$MNT/a.bin" 0 10
: >"$WORK/plans/now"
expect EIO poke read "$MNT/a.bin" 0 10
change set armed fail=EACCES # the folder is still known
expect EACCES poke read "$MNT/a.bin" 0 10
expect '{"ok":true,"rules":1,"still_cached":0}' sh -c "sed 's/when.*\"}/must_fire: false/' '$WORK/plans/armed.yml' | '$ordeal' ctl --json '$MNT' plan -"
refused "plan: unknown plan 'bad-sectr' (did you mean 'bad-sector'?)" plan bad-sectr
refused "set: rule:1:1: this is a whole plan, and no rule ('plan' puts it in the place of the one that there is)" set "@$WORK/plans/armed.yml"
refused "set: bad-sector: no such file (behind '@' stands a file with a rule or a list of them; a whole plan goes with the word plan)" set @bad-sector

it 'sources lie where the caller is'
refused 'add: this mount shows one volume as itself, and has no directory for others (one that was mounted with --scratch has)' \
	add more "tree:$WORK/other"
unmount
new_scratch
serve "tree:$WORK/tree" --scratch "$SCRATCH"
(cd "$WORK" && exec "$ordeal" ctl "$MNT" add more tree:other) || fail "status $?"
expect 100 poke size "$MNT/more/c"
refused 'add: nowhere: No such file or directory' add less tree:nowhere
refused 'add: nowhere: No such file or directory (make it first: mkdir)' add less scratch:nowhere
unmount

it 'a plan of the current directory that ends in .yml'
cd "$WORK/plans" || exit 99
serve "tree:$WORK/tree" --plan armed.yml
expect 'EIO 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/b.bin" 0 10

it 'a mount over a mount is refused, and leaves no files'
expect_status 2 "ordeal: $MNT: a filesystem of ordeal is mounted there already (ordeal umount $MNT ends it)" \
	"$ordeal" mount "tree:$WORK/other" "$MNT" --journal "$WORK/new-journal" --trace "$WORK/new-trace"
[ ! -e "$WORK/new-journal" ] && [ ! -e "$WORK/new-trace" ] || fail 'a refused mount has left a journal or a trace'
echo kept >"$WORK/old-journal"
: >"$WORK/old-empty"
for journal in old-journal old-empty; do
	"$ordeal" mount "tree:$WORK/other" "$MNT" --journal "$WORK/$journal" 2>"$WORK/stderr" && fail 'mounted all the same'
	[ -e "$WORK/$journal" ] || fail "$journal is gone, which was there before"
done
expect 'EIO 10' poke read "$MNT/a.bin" 0 10 , read "$MNT/b.bin" 0 10
