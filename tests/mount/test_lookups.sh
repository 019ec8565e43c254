#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rules on lookups reach the program, also where the kernel asks for a name that it knows already, and would ask again after an error.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree/d/e"
for name in a b d/c d/e/f; do
	make_bytes "$tree/$name" 5000
done

# stats RULE TIMES [FILE [OPTIONS]]: what so many stats of a file say.
stats() {
	rule=$1 times=$2 file=${3:-a}
	shift 2
	[ $# -eq 0 ] || shift
	serve_faulty "tree:$tree" "$@" <<END
- {name: bad, path: "$file", on: lookup, $rule}
END
	poke repeat "$times" stat "$MNT/$file"
}

for caching in --live --uncached; do
	it "one strike is one failure of the program's ($caching)"
	for errno in EIO EACCES ENOENT ENOMEM ELOOP; do
		expect "$errno file file file" stats "fail: $errno, when: {nth: 1}" 4 a $caching
		expect "file file $errno file" stats "fail: $errno, when: {nth: 3}" 4 a $caching
	done
	expect_struck 1 '"rule": *"bad"'
	expect 'file file EIO file' stats 'fail: EIO, when: {nth: 3}' 4 d/e/f $caching

	it "as many as the rule says, and not one more: also of who tries again at once ($caching)"
	expect 'file EIO EIO file file' stats 'fail: EIO, when: {nth: 2..3}' 5 a $caching
	expect 'EIO EIO EIO file file' stats 'fail: EIO, when: {times: 3}' 5 a $caching
	expect 'file EIO file EIO file EIO' stats 'fail: EIO, when: {nth: 2..+2}' 6 a $caching
	expect 'file EIO EIO EIO EIO' stats 'fail: EIO, when: {nth: 2..}' 5 a $caching
done

it 'a directory on the way'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: d, on: lookup, fail: EACCES, when: {nth: 3}}
END
expect 'file file EACCES file file' poke repeat 5 stat "$MNT/d/e/f"

it 'the root of a volume'
new_scratch
serve_faulty "tree:$tree" --scratch "$SCRATCH" <<'END'
- {name: bad, path: ".", volume: in, on: lookup, fail: EACCES, when: {nth: 3}}
END
expect 'file file EACCES file file' poke repeat 5 stat "$MNT/in/a"

it 'open, create, rename and unlink of a name that the kernel knows'
new_scratch
serve_faulty "$SERVED" <<'END'
- {name: bad, path: "?", on: lookup, fail: EIO, when: {nth: 3}}
END
for name in o c r u; do
	make_bytes "$SCRATCH/$name" 100
done
expect 'file file EIO ok' poke stat "$MNT/o" , stat "$MNT/o" , open "$MNT/o" r , open "$MNT/o" r
expect 'file file EIO ok' poke stat "$MNT/c" , stat "$MNT/c" , open "$MNT/c" w,c , open "$MNT/c" w,c
expect 'file file EIO ok' poke stat "$MNT/r" , stat "$MNT/r" , rename "$MNT/r" "$MNT/new" , rename "$MNT/r" "$MNT/new"
expect 'file file EIO ok' poke stat "$MNT/u" , stat "$MNT/u" , unlink "$MNT/u" , unlink "$MNT/u"

it 'while it is open, and while others look it up'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: "?", on: lookup, fail: EIO, when: {nth: 3}}
END
expect 'ok file EIO file file' poke open "$MNT/a" r , stat "$MNT/a" , stat "$MNT/a" , stat "$MNT/a" , stat "$MNT/a"
expect 'file file file EIO file' poke stat "$MNT/b" , peer 1 stat "$MNT/b" , stat "$MNT/a" , stat "$MNT/b" , stat "$MNT/b"

it 'a rule that comes when the kernel knows the name'
serve "tree:$tree"
expect 'file file' poke repeat 2 stat "$MNT/a"
timeout 20 "$ordeal" ctl "$MNT" set '{name: bad, path: a, on: lookup, fail: EIO, when: {nth: 2}}' >"$WORK/said" 2>&1 ||
	fail "ctl: $(cat "$WORK/said")"
expect 'file EIO file file' poke repeat 4 stat "$MNT/a"
unmount
