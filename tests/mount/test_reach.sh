#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A rule that could never strike what is going to be mounted is an error: one line says why, and nothing is mounted.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree/dir"
make_bytes "$tree/file" 5000
make_bytes "$tree/dir/small" 10
new_scratch

# never WHY RULE SOURCE [OPTIONS]
never() {
	why=$1 rule=$2
	shift 2
	printf 'version: 1\nname: p\nrules: [{name: r, %s}]\n' "$rule" >"$PLAN"
	expect_status 2 "ordeal: plan p: rule 'r' can never strike: $why" "$ordeal" mount "$@" "$MNT" --plan "$PLAN"
	is_not_mounted "$MNT" || fail "$rule: mounted"
}

# may RULE SOURCE [OPTIONS]
may() {
	printf 'version: 1\nname: p\nrules: [{name: r, %s}]\n' "$1" >"$PLAN"
	shift
	serve "$@" --plan "$PLAN"
	unmount
}

it 'a volume that is not there: misspelt, or not on this mount'
never "no volume here is named 'inn', only in" 'volume: inn, on: read, fail: EIO' "tree:$tree"
never "no volume here is named 'inn', only in, out" 'volume: inn, on: read, fail: EIO' "tree:$tree" --scratch "$SCRATCH"
never "no volume here is named 'inn', only out" 'volume: inn, on: read, fail: EIO' "scratch:$SCRATCH"
never "no volume here is named 'out', only in" 'volume: out, space: 1MiB' "tree:$tree"
never "no volume here is named 'in', only out" 'volume: in, on: read, fail: EIO' "scratch:$SCRATCH"
never "no volume here is named 'lib', only in" 'volume: lib, missing: true' "tree:$tree"
expect_status 2 "ordeal: plan bad-sector: rule 'bad-sector' can never strike: no volume here is named 'in', only out" \
	"$ordeal" mount "scratch:$SCRATCH" "$MNT" --plan bad-sector
may 'volume: in, on: read, fail: EIO' "tree:$tree"
may 'volume: out, on: read, fail: EIO' "tree:$tree" --scratch "$SCRATCH"
may 'volume: out, space: 1MiB' "scratch:$SCRATCH"

it 'what cannot be done to a corpus'
never 'a corpus is read-only (on: write)' 'on: write, fail: EIO' "tree:$tree"
never 'a corpus is read-only (on: create, write)' 'on: [write, create], fail: EIO' ct-tiny
never 'a corpus is read-only (on: create, tmpfile, mknod, mkdir, symlink, write, fallocate, truncate)' 'space: 5' ct-tiny
may 'on: [write, read], fail: EIO' "tree:$tree"
may 'on: fsync, fail: EIO' "tree:$tree"
may 'on: write, fail: EIO' "tree:$tree" --scratch "$SCRATCH"
may 'space: 5' ct-tiny --scratch "$SCRATCH"

it 'a path that matches nothing'
never "no path of the corpus matches 'nothing*'" 'path: "nothing*", on: read, fail: EIO' "tree:$tree"
never "no path of the corpus matches 'nothing*'" 'path: "nothing*", volume: in, on: read, fail: EIO' ct-tiny --scratch "$SCRATCH"
may 'path: "nothing*", on: read, fail: EIO' "tree:$tree" --scratch "$SCRATCH"
may 'path: "nothing*", on: read, fail: EIO' "scratch:$SCRATCH"
may 'path: "dir/s*", on: read, fail: EIO' "tree:$tree"

it 'a path of a type that is never asked for it: a directory is not read, a file not listed'
never "'dir' is a directory, which is never asked for that (on: read; for all that it holds: 'dir/**')" 'path: dir, on: read, fail: EIO' "tree:$tree"
never "'dir/small' is a file, which is never asked for that (on: readdir; the directory that it is in: 'dir')" \
	'path: dir/small, on: readdir, fail: EIO' "tree:$tree"
may 'path: "dir/**", on: read, fail: EIO' "tree:$tree"
may 'path: dir, on: [read, opendir], fail: EIO' "tree:$tree"
may 'path: dir, on: read, fail: EIO' "scratch:$SCRATCH"

it 'a limit that no file reaches is doubted, and mounted'
printf 'version: 1\nname: p\nrules: [{name: r, on: read, short: 200000}]\n' >"$PLAN"
expect_status 0 "ordeal: warning: plan p: rule 'r' will hardly strike: it lets 200000 bytes pass, and the largest file that it matches has 5000" \
	"$ordeal" mount -q "tree:$tree" "$MNT" --plan "$PLAN" -- true

it 'an offset behind the end of all that the rule matches'
never 'it begins at byte 5000, and the largest file that it matches has 5000' 'on: read, offset: 5000.., fail: EIO' "tree:$tree"
never 'it begins at byte 10, and the largest file that it matches has 10' 'path: "dir/*", corrupt: flip, offset: 10..20' "tree:$tree"
may 'on: read, offset: 4999.., fail: EIO' "tree:$tree"
may 'path: "dir/*", corrupt: flip, offset: 9..20' "tree:$tree"
may 'on: read, offset: 5000.., fail: EIO' "tree:$tree" --scratch "$SCRATCH"

it 'a rule that waits for one that can never strike'
printf '%s\n' 'version: 1' 'name: p' 'rules:' '- {name: r, path: file, on: read, when: {after_rule: first}, fail: EIO}' \
	'- {name: first, volume: in, path: nowhere, on: open, fail: EIO}' >"$PLAN"
expect_status 2 "ordeal: plan p: rule 'r' can never strike: it waits for 'first', which never does" \
	"$ordeal" mount "tree:$tree" "$MNT" --plan "$PLAN"
expect_status 2 "ordeal: plan p: on tree:$tree, 2 of 2 rules can never strike" "$ordeal" plan explain "$PLAN" --corpus "tree:$tree"

it 'a group that is off at first: a mount can be told to switch it on, a trial cannot'
printf '%s\n' 'version: 1' 'name: p' 'groups: {down: off}' 'rules: [{name: r, group: down, path: file, on: read, fail: EIO}]' >"$PLAN"
serve "tree:$tree" --plan "$PLAN"
expect 10 poke read "$MNT/file" 0 10
"$ordeal" ctl "$MNT" on down >"$WORK/said" 2>&1 || fail "ctl on down: $(cat "$WORK/said")"
expect EIO poke read "$MNT/file" 0 10
unmount
expect_status 2 "ordeal: plan p: rule 'r' can never strike: its group 'down' is off, and nobody switches it on here (on a mount, ordeal ctl can)" \
	"$ordeal" try --corpus "tree:$tree" --plan "$PLAN" -- cat {in}/file

it 'what cannot be listed is left out, and told: a dead process has directories of that kind'
mkfifo "$WORK/fifo"
sh -c 'cat "$1/fifo" >/dev/null & echo $! >"$1/dead"; exec sleep 60' sh "$WORK" &
parent=$!
wait_for 10 grep -qx sleep "/proc/$parent/comm" || fail 'no parent that looks after nobody'
: >"$WORK/fifo"
is_dead() {
	grep -q '^State:[[:space:]]*Z' "/proc/$(cat "$WORK/dead")/status"
}
wait_for 10 is_dead || fail 'no dead process'
dead=/proc/$(cat "$WORK/dead")
printf 'version: 1\nname: p\nrules: [{name: r, path: status, on: read, fail: EIO}]\n' >"$PLAN"
printf 'version: 1\nsource: tree:%s\ndamage: [{path: status, text: gone}]\n' "$dead" >"$WORK/spec.yaml"
expect_status 0 '' "$ordeal" plan explain "$PLAN" --corpus "tree:$dead"
cp "$WORK/stdout" "$WORK/explained"
serve "$WORK/spec.yaml"
expect '4' poke read "$MNT/status" 0 9
unmount
if ls "$dead/net" >"$WORK/ls" 2>&1; then
	echo 'this kernel lists all of a dead process'
else
	grep -q '^  ([0-9]* directories of the corpus cannot be listed, first [a-z/]*: [A-Z]' "$WORK/explained" ||
		fail "the plan's note is missing: $(cat "$WORK/explained")"
	"$ordeal" corpus show "$WORK/spec.yaml" >"$WORK/shown" 2>&1
	grep -q '; [0-9]* directories cannot be listed' "$WORK/shown" || fail "the corpus's note is missing: $(cat "$WORK/shown")"
fi
kill $parent
wait $parent 2>/dev/null

it 'a rule that comes while it is mounted is taken, because files may come, and told where it can touch nothing'
mkdir "$WORK/other"
make_bytes "$WORK/other/c" 10
printf 'version: 1\nname: q\ngroups: {late: off}\nrules:\n- {name: r, path: file, on: read, group: late, fail: EIO}\n- {name: s, path: x, on: read, fail: EIO}\n' >"$PLAN"
# warned WHY ARGUMENTS...: ordeal ctl takes it, and says that one rule can touch nothing
warned() {
	why=$1
	shift
	expect_status 0 "${why:+ordeal: warning: rule $why}" "$ordeal" ctl "$MNT" "$@"
}
serve "tree:$tree"
warned '' set '{name: some, path: file, on: read, fail: EIO}'
warned "'none' can touch nothing of in (tree:$tree): no path of the corpus matches 'fiel'" set '{name: none, path: fiel, on: read, fail: EIO}'
warned "'some' can touch nothing of in (tree:$tree): 'dir' is a directory, which is never asked for that (on: read; for all that it holds: 'dir/**')" \
	set some path=dir
warned '' set some 'path=dir/*' # nothing is said of rules that were there
warned "'w' can touch nothing of in (tree:$tree): a corpus is read-only (on: write)" \
	set '[{path: file, on: [write, mkdir, read], fail: EIO}, {name: w, on: write, fail: EIO}]'
warned "'outage-1' can touch nothing of in (tree:$tree): no path of the corpus matches 'fiel'" outage 1000s path=fiel
warned '' outage 1000s path=file
warned '' heal
warned '' rules
warned "'s' can touch nothing of in (tree:$tree): no path of the corpus matches 'x'" plan "$PLAN"
is_now=$(timeout 20 "$ordeal" ctl --json "$MNT" set s path=y 2>"$WORK/warned")
[ "$is_now" = '{"ok":true,"rules":2,"still_cached":0}' ] || fail "--json: $is_now"
grep -q "'s' can touch nothing" "$WORK/warned" || fail "--json: $(cat "$WORK/warned")"
unmount
serve "tree:$tree" --scratch "$SCRATCH"
warned '' set '{name: none, path: fiel, on: read, fail: EIO}' # the scratch may come to hold it
warned "'none' can touch nothing of in (tree:$tree): no path of the corpus matches 'fiel'" set none volume=in
warned "'more' can touch nothing of more (tree:$WORK/other): no path of the corpus matches 'file'" \
	add more "tree:$WORK/other" 'rules={name: more, path: file, on: read, fail: EIO}'
unmount

it 'so that what is asked of a corpus and would change it gets the answer of a corpus, and no strike is told that changes nothing'
serve_faulty ct-tiny --scratch "$SCRATCH" <<'END'
- {name: all, on: [create, mkdir, unlink, open], fail: EIO}
END
expect 'EROFS EROFS EROFS EIO EIO EIO' poke create "$MNT/in/new" , mkdir "$MNT/in/new" , unlink "$MNT/in/slice_0000.png" , \
	open "$MNT/in/slice_0000.png" r , create "$MNT/out/new" , mkdir "$MNT/out/new"
expect_struck 3 .
expect_struck 1 '"volume":"in"'
unmount
