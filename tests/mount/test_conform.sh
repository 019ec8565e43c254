#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A scratch is as good a filesystem as the one below it: each case of conform.cases says the same on a plain directory and on a
# mount, cached and not, and under rules that never strike. What may differ is told in docs/scratch.md.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

cases() {
	timeout -k 1 120 "$poke" cases "$here/conform.cases" "$1" >"$2" 2>&1 || fail "poke cases: status $?: $(tail -n 2 "$2")"
}

plain=$WORK/plain
mkdir "$plain"
chmod 755 "$WORK" "$plain"
cases "$plain" "$WORK/wanted"
[ "$(grep -c '^	' "$WORK/wanted")" -gt 80 ] || fail "hardly any case was run: $(tail -n 1 "$WORK/wanted")"

others=
if is_root; then
	others=--allow-other
fi

# The same as on the plain directory, but for where the kernel does not ask us.
same() {
	cases "$MNT" "$WORK/got"
	diff -U 1 "$WORK/wanted" "$WORK/got" >"$WORK/diff" || fail "$(cat "$WORK/diff")"
	expect '' ls -A "$MNT"
}

it "without rules: $(tail -n 1 "$WORK/wanted")"
new_scratch
# shellcheck disable=SC2086 # may be nothing
serve "$SERVED" $others
same

it 'with rules on all operations that never strike'
new_scratch
# shellcheck disable=SC2086
serve_faulty "$SERVED" $others <<'END'
- {name: none, path: "no such name", on: all, delay: 1us}
END
same
expect_struck 0 .
unmount
