#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Files that are wrong (plans, suites, subjects, corpus specs): each is refused with the place of the mistake, the line it stands on
# and a caret under it, and status 2, before anything runs.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

# reader KIND FILE: give the file to whoever reads that kind.
reader() {
	case $1 in
	plan) run plan check "$2" ;;
	suite) run run "$2" --list ;;
	subject) run try -c ct-tiny -p bad-sector -s "$2" ;;
	spec) run corpus show "$2" ;;
	esac
}

# points KIND 'LINE:COLUMN: MESSAGE': the file comes from stdin.
points() {
	cat >"$1.yaml"
	reader "$1" "$1.yaml"
	# A subject is named by its whole path.
	path=$1.yaml
	[ "$1" = subject ] && path=$PWD/$path
	line=${2%%:*}
	column=${2#*:}
	column=${column%%:*}
	{
		printf '%s\n' "ordeal: $path:$2"
		sed -n "${line}s/^/    /p" "$1.yaml"
		printf '%*s^\n' "$((column + 3))" ''
	} >wanted
	# As many ~ behind the caret as the thing is wide.
	sed '3s/~*$//' "$WORK/err" >got
	if [ "$status" = 2 ] && [ ! -s "$WORK/out" ] && cmp -s wanted got; then return; fi
	wrong "$(shown "$1.yaml")" "status 2, $(shown wanted)"
}

# rule MESSAGE TEXT: a plan of one rule, in one line; the mistake stands at TEXT's first @, or at the rule itself.
rule() {
	before=${2%%@*}
	[ "$before" = "$2" ] && before=
	column=$((5 + ${#before}))
	[ -n "$before" ] && column=$((column + 1))
	printf '%s\n' 'version: 1' 'rules:' "  - {$(printf %s "$2" | tr -d @)}" >rule.yaml
	points plan "3:$column: $1" <rule.yaml
}

it 'the instrument: a good file is taken, and a place is not just any place'
printf '%s\n' 'version: 1' 'rules:' '  - {on: read, fail: EIO}' >good.yaml
tells_like 0 'good.yaml: ok, 1 rule, 0 for allocations' plan check good.yaml
before_failures=$failures
no_errno="is no errno (a name such as EIO, or a number from 1 to 511)"
rule "'EIOO' $no_errno (did you mean 'EIO'?)" '@on: read, fail: EIOO' >noticed
[ "$failures" = "$before_failures" ] && fail 'a mistake in another place was not noticed'
failures=$before_failures

it 'YAML that is none, or more than is allowed'
points plan '1:1: a plan must be a mapping (key: value)' <<'END'
- version: 1
END
points plan "4:5: 'path' stands here twice (first on line 3)" <<'END'
version: 1
rules:
  - path: a
    path: b
END
points plan '3:1: only one document is allowed in a file' <<'END'
version: 1
rules: [{on: read, fail: EIO}]
---
END
points plan '2:13: anchors and tags are not allowed here' <<'END'
version: 1
name: &here x
END
points plan '2:13: anchors and tags are not allowed here' <<'END'
version: 1
name: !!str x
END
points plan '2:8: aliases are not allowed here (a text that begins with '\''*'\'' must be quoted: "*.bin")' <<'END'
version: 1
name: *here
END
for text in 'version: 1
rules: [' 'version: 1
	name: x' 'version: "1'; do
	printf '%s\n' "$text" >broken.yaml
	says_like 2 'ordeal: broken.yaml:[1-9]*:[1-9]*: *' plan check broken.yaml
done
: >empty.yaml
says 2 'ordeal: empty.yaml: is empty' plan check empty.yaml
printf 'version: 1\0' >nul.yaml
says 2 'ordeal: nul.yaml: holds NUL bytes: not a text file' plan check nul.yaml
head -c 5000000 /dev/zero | tr '\0' ' ' >large.yaml
says 2 'ordeal: large.yaml: cannot be read: File too large' plan check large.yaml
says_like 2 'ordeal: /proc/self/mem: cannot be read: *' plan check /proc/self/mem

it 'plans'
points plan "1:1: the plan has no 'version'" <<'END'
name: x
END
points plan "1:10: version '2' is not known here (only 1 is)" <<'END'
version: 2
END
points plan '1:1: the plan has neither rules nor allocations: it would inject nothing' <<'END'
version: 1
END
points plan "2:1: unknown key 'rule' in a plan (did you mean 'rules'?)" <<'END'
version: 1
rule: []
END
points plan "2:7: '1.5' is not a whole number" <<'END'
version: 1
seed: 1.5
END
points plan "4:5: two rules are named 'a'" <<'END'
version: 1
rules:
  - {name: a, on: read, fail: EIO}
  - {name: a, on: read, fail: EIO}
END
points plan "3:15: unknown key 'siz' in an allocation rule (did you mean 'size'?)" <<'END'
version: 1
allocations:
  - {name: a, siz: 1KiB..}
END
rule "unknown key 'pth' in a rule (did you mean 'path'?)" 'on: read, @pth: x'
rule "unknown operation 'raed' (did you mean 'read'?)" 'on: @raed, fail: EIO'
rule "'0' $no_errno" 'on: read, fail: @0'
rule "'512' $no_errno" 'on: read, fail: @512'
rule "'EIOO' $no_errno (did you mean 'EIO'?)" 'on: read, fail: @EIOO'
rule "'fail' needs 'on': which operations?" 'fail: EIO'
rule "a rule has one effect, this one has 'fail' and 'deny' (write two rules)" 'on: read, fail: EIO, deny: @true'
rule "'in/x' is no name of a volume (in, out, ...)" 'volume: @in/x, on: read, fail: EIO'
rule "bad path pattern: '[' without ']'" 'path: "@[a", on: read, fail: EIO'
rule "'64KB..x' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB" 'on: read, fail: EIO, offset: @64KB..x'
rule "'offset' goes with operations on bytes alone: read, write, fallocate, locks" 'on: open, fail: EIO, offset: 1..'
rule "'entries' counts names in a listing: it goes with 'on: readdir' alone" 'on: read, fail: EIO, entries: 1..'
rule "'offset' and 'entries' both limit the place: give one" 'on: read, fail: EIO, offset: 1.., entries: @1..'
rule 'this rule can never strike (times: 0)' 'on: read, fail: EIO, when: @{times: 0}'
rule 'this rule can never strike (probability: 0)' 'on: read, fail: EIO, when: @{probability: 0}'
rule 'this rule can never strike (its time window is empty)' 'on: read, fail: EIO, when: @{after: 2s, until: 1s}'
rule "'for' and 'until' both end the window: give one" 'on: read, fail: EIO, when: @{for: 1s, until: 2s}'
rule "'0' is not a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2" 'on: read, fail: EIO, when: {nth: @0}'
rule "'150%' is out of range for a probability, such as 0.05 or 5%" 'on: read, fail: EIO, when: {probability: @150%}'
rule "'draw' takes offset or ordinal, not 'lots'" 'on: read, fail: EIO, when: {draw: @lots}'
rule "'20' is not a duration with its unit, such as 50ms or 2s" 'on: read, delay: @20'
rule 'a delay of nothing: leave the rule out' 'on: read, delay: @0ms'
rule "deny takes true (EACCES), EACCES, EPERM or EROFS, not 'EIO' (see 'fail')" 'deny: @EIO'
rule "hang takes interruptible (or true), killable or uninterruptible, not 'never'" 'on: read, hang: @never'
rule "'missing: false' does nothing: leave the rule out" 'missing: @false'
rule "corrupt takes flip, stuck, random, zero, ones, garbage or stale, not 'flp' (did you mean 'flip'?)" 'corrupt: @flp'
rule "'space' has no effect on read, release (only on create, tmpfile, mknod, mkdir, symlink, write, fallocate, truncate)" \
	'on: [read, release], space: 10'
rule "'truncate' belongs to the file and not to a single request: no 'nth'" 'truncate: 10, when: {nth: 2}'

it 'suites'
points suite "1:1: the suite has no 'name'" <<'END'
version: 1
cases: []
END
points suite "1:1: the suite has no 'cases'" <<'END'
version: 1
name: mine
END
points suite "4:5: the case has no 'name'" <<'END'
version: 1
name: mine
cases:
  - plan: bad-sector
END
points suite "5:5: two cases are named 'a'" <<'END'
version: 1
name: mine
cases:
  - name: a
  - name: a
END
points suite "5:12: unknown key 'plann' in a case (did you mean 'plan'?)" <<'END'
version: 1
name: mine
cases:
  - name: a
    plann: bad-sector
END
points suite "6:12: 'refusd' is no verdict (did you mean 'refused'?)" <<'END'
version: 1
name: mine
cases:
  - name: a
    plan: bad-sector
    allow: refusd
END
points suite "5:15: deadline: 'soon' is no duration such as 3s" <<'END'
version: 1
name: mine
cases:
  - name: a
    deadline: soon
END
points suite "5:40: code: 'x' is no code" <<'END'
version: 1
name: mine
cases:
  - name: a
    audio: { corpus: audio-tiny, code: x }
END
points suite "5:12: there is no corpus for an input of 'audoi'" <<'END'
version: 1
name: mine
cases:
  - name: a
    audoi: { code: 102 }
END
points suite '4:5: a case must be a mapping (key: value)' <<'END'
version: 1
name: mine
cases:
  - a
END
points suite '3:10: corpora is a mapping: input: source' <<'END'
version: 1
name: mine
corpora: ct-tiny
cases: []
END

it 'subjects'
points subject "1:1: the subject has no 'name'" <<'END'
version: 1
END
points subject "1:1: the subject has no 'input'" <<'END'
version: 1
name: mine
END
points subject "1:1: the subject has no 'command'" <<'END'
version: 1
name: mine
input: stack
END
points subject "4:1: unknown key 'comand' in a subject (did you mean 'command'?)" <<'END'
version: 1
name: mine
input: stack
comand: [cat]
END
points subject '4:10: the list is empty' <<'END'
version: 1
name: mine
input: stack
command: []
END
points subject '5:9: bad regular expression: Unmatched ( or \(' <<'END'
version: 1
name: mine
input: stack
command: [cat]
codes: "("
END
points subject '5:9: the expression needs exactly one group, for the code' <<'END'
version: 1
name: mine
input: stack
command: [cat]
codes: "[0-9]+"
END
points subject "5:9: derive takes all, stem or pyramid, not 'some'" <<'END'
version: 1
name: mine
input: stack
command: [cat]
derive: some
END
points subject "5:16: the volumes 'in' and 'out' are there already" <<'END'
version: 1
name: mine
input: stack
command: [cat]
volumes: {in: "tree:/"}
END
points subject '5:8: a mapping (name: value) is wanted here' <<'END'
version: 1
name: mine
input: stack
command: [cat]
modes: fast
END

it 'specs'
points spec "1:1: the spec has no 'source' (stack, tone, landmarks, another profile, tree:DIR or pack:FILE), nor 'layers' or 'files'" <<'END'
version: 1
END
points spec "3:1: unknown key 'slice' in a stack (did you mean 'slices'?)" <<'END'
version: 1
source: stack
slice: 3
END
points spec "3:9: 'many' is not a whole number" <<'END'
version: 1
source: stack
slices: many
END
points spec "4:5: what is wrong with the file? Give it one of truncate empty garbage text zero ones flip insert delete swap trailing splice copy break remove" <<'END'
version: 1
source: ct-tiny
damage:
  - {path: "*.png"}
END
says 2 'ordeal: parameters:1:1: unknown key '"'slice'"' in a stack (did you mean '"'slices'"'?)
    slice=3
    ^~~~~' corpus show ct-tiny:slice=3
printf '%s\n' 'version: 1' 'source: ./spec.yaml' >spec.yaml
says_like 2 'ordeal: *more than * specs stand on each other (a circle?)' corpus show ./spec.yaml
printf '%s\n' 'version: 1' 'source: ct-tiny' 'damage: [{path: "*.jpg", empty: true}]' >spec.yaml
says_like 2 "ordeal: *spec.yaml: the damage of '*.jpg' changes no file of this corpus*" corpus show ./spec.yaml
finish
