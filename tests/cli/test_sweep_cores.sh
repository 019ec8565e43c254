#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Everything that the reference cores do fails once, and they come through: no finding at all. Then our own programs: whatever
# allocation or file operation of theirs fails, they neither crash nor hang, nor say that all is well where it is not. Slow.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
DEADLINE=900
cd "$HOME" || exit 99

# spotless SUBJECT CORPUS: no case fails, and each meets its point.
spotless() {
	it "$1 comes through all axes"
	run sweep -q -a all -s "$1" -c "$2"
	is "$status" 0 "status; $(shown "$WORK/out")"
	is "$(grep -c '^[0-9]*\. ' "$WORK/out")" 0 'groups of failures'
	[ "$(awk '$1 ~ /^(alloc|op|file|range|cut|kill|space)$/ && NF == 7 && $3 > 0' "$WORK/out" | wc -l)" -eq 7 ] ||
		fail "an axis without a case: $(shown "$WORK/out")"
}
spotless pyramid ct-tiny
spotless audio audio-tiny

# Of groups those that are no library's: libfyaml looks into what fy_input_create() could not get (fy_parse_input_append()).
own_crimes() {
	awk '/^[0-9]+\. / { head = $2; next } /note: SIG/ && /fy_parse_input_append/ { head = "" } /^$/ && head != "" { print head; head = "" }
		END { if (head != "") print head }' "$WORK/out" | grep -E "$1" | sort -u | tr '\n' ' '
}

# medicine CRIMES AXES CORPUS COMMAND...: of ours; it is found where it stands. CRIMES: a pattern of those that must not be.
medicine() {
	crimes=$1 axes=$2 corpus=$3
	shift 3
	it "$2 $3: whatever fails ($axes)"
	run sweep -q -a "$axes" -c "$corpus" -d 10s -- env "ORDEAL_DATA=$ORDEAL_DATA" "$@"
	[ "$status" = 0 ] || is "$status" 1 "status; $(shown "$WORK/err")"
	is "$(own_crimes "$crimes")" '' "crimes; $(shown "$WORK/out")"
	[ "$(awk '$1 == "alloc" { print $3 }' "$WORK/out")" -gt 20 ] || fail 'hardly an allocation'
}
mkdir plans stack made
printf 'version: 1\nname: p\nrules:\n  - {path: a.png, on: read, fail: EIO}\n' >plans/p.yaml
cp "$SOURCE/corpora/specs/ct-tiny.yaml" stack/c.yaml
"$ordeal" corpus make ct-tiny:slices=2 made/two >/dev/null || fail 'a corpus cannot be made'
all='crashed|hung|wrong|leaked'
medicine "$all" alloc,op "tree:$HOME/plans" "$ordeal" plan check '{in}/p.yaml'
medicine "$all" alloc,op "tree:$HOME/plans" "$ordeal" plan explain '{in}/p.yaml'
medicine "$all" alloc,op "tree:$HOME/made/two" "$ordeal" corpus check ct-tiny:slices=2 '{in}'
# What it has made so far stays, for --resume.
medicine 'crashed|hung|wrong' alloc,op,space "tree:$HOME/stack" "$ordeal" corpus make '{in}/c.yaml' '{out}/x'
finish
