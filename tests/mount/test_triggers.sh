#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Triggers that go by more than a file's own requests: real processes meet them.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
for name in a b; do
	make_bytes "$tree/$name" 20000
done
# The same program under two names, and as a third name for a thread's.
cp "$poke" "$WORK/vips"
cp "$poke" "$WORK/convert"
vips() {
	timeout -k 1 20 "$WORK/vips" "$@"
}
convert() {
	timeout -k 1 20 "$WORK/convert" "$@"
}

# rule ON WHEN [EFFECT]: the tree with one rule.
rule() {
	serve_faulty "tree:$tree" <<END
- {name: r, path: "?", on: $1, when: {$2}, ${3:-fail: EIO}}
END
}

# ---- who ----

it 'a program by its name, each request anew'
rule read 'comm: "vi*"'
for _ in 1 2 3; do
	expect EIO vips read "$MNT/a" 0 10
	expect 10 convert read "$MNT/a" 0 10
done
expect_struck 3 '"rule":"r"'

it 'all threads of the program, and none of the others'"'"
expect 5 vips share 4 4096 "$MNT/a"
expect 0 convert share 4 4096 "$MNT/a"

it 'not by its name, and by one of several'
rule read 'not: {comm: vips}'
expect 10 vips read "$MNT/a" 0 10
expect EIO convert read "$MNT/a" 0 10
rule read 'comm: [nobody, convert]'
expect 10 vips read "$MNT/a" 0 10
expect EIO convert read "$MNT/a" 0 10

it 'a process that becomes another program by execve(2), and keeps its number and its file'
rule read 'comm: vips'
# shellcheck disable=SC2016 # the other shell's
expect EIO timeout 20 sh -c 'read -r line <"$1"; exec 3<"$1"; [ -n "$line" ] && exec "$2" read /proc/self/fd/3 0 10' sh "$MNT/a" "$WORK/vips"
# shellcheck disable=SC2016
expect 10 timeout 20 sh -c 'exec 3<"$1"; exec "$2" read /proc/self/fd/3 0 10' sh "$MNT/a" "$WORK/convert"

it 'a process by its number'
rule open "pid: $$"
expect ok poke open "$MNT/a" r
# This one opens by itself, without a process of its own.
{ true <"$MNT/a"; } 2>/dev/null && fail "process $$ can open the file"
rule open "not: {pid: $$}"
expect EIO poke open "$MNT/a" r
{ true <"$MNT/a"; } 2>/dev/null || fail "process $$ cannot open the file"

it 'a user and a group by their numbers'
rule open "uid: $(id -u)"
expect EIO poke open "$MNT/a" r
rule open "uid: [$(($(id -u) + 1)), 4294967294]"
expect ok poke open "$MNT/a" r
rule open "not: {uid: $(id -u)}"
expect ok poke open "$MNT/a" r
rule open "gid: $(id -g)"
expect EIO poke open "$MNT/a" r

if is_root; then
	it 'and those of others'
	serve_faulty "tree:$tree" --allow-other <<'END'
- {name: nobody, path: a, on: open, when: {uid: 65534}, fail: EIO}
- {name: group, path: b, on: open, when: {gid: 65534, not: {uid: 0}}, fail: EPERM}
END
	expect 'ok ok' poke open "$MNT/a" r , open "$MNT/b" r
	chmod 755 "$WORK"
	expect 'EIO EPERM' as_nobody timeout 20 "$WORK/vips" open "$MNT/a" r , open "$MNT/b" r
	expect EPERM setpriv --reuid=1 --regid=65534 --clear-groups -- timeout 20 "$WORK/vips" open "$MNT/b" r
	expect ok setpriv --reuid=1 --regid=1 --clear-groups -- timeout 20 "$WORK/vips" open "$MNT/a" r
fi

if is_root && unshare --pid --fork true 2>/dev/null; then
	it 'where /proc does not show processes, or by other numbers, a rule on them is refused'
	plan <<'END'
- {name: r, on: open, when: {not: {comm: vips}}, fail: EIO}
END
	unmount
	expect_status 2 "rule 'r' goes by processes, and /proc here does not show them (not mounted, of another pid namespace, or hidepid)" \
		unshare --pid --fork "$BUILD/ordealfs" --volume "in=tree:$tree" --plan "$PLAN" "$MNT"
fi

it 'what the kernel does by itself is nobody'"'"'s'
rule '[open, flush, release]' "uid: $(id -u)" 'delay: 1us'
expect 'ok ok' poke open "$MNT/a" r , close @
unmount
expect_struck 1 '"op":"open"'
expect_struck 1 '"op":"flush"'
expect_struck 0 '"op":"release"'
rule release 'times: 5' 'delay: 1us'
expect 'ok ok' poke open "$MNT/a" r , close @
unmount
expect_struck 1 '"op":"release"'

# ---- what happened before ----

it 'a rule waits until another one has struck'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: made, path: READY, on: create, delay: 1us}
- {name: full, path: "f*", on: write, when: {after_rule: made}, fail: ENOSPC}
- {name: gone, path: "f*", on: unlink, when: {after_rule: {name: full, hits: 2}}, fail: EROFS}
END
expect 'ok 10 ok' poke open "$MNT/f" w,c , write @ -1 10 , unlink "$MNT/f"
expect ok poke create "$MNT/READY"
expect 'ok ENOSPC ok' poke open "$MNT/f" w,c , write @ -1 10 , unlink "$MNT/f"
expect 'ok ENOSPC EROFS' poke open "$MNT/f2" w,c , write @ -1 10 , unlink "$MNT/f2"
expect_struck 1 '"rule":"gone"'

it 'and for so long: then it is over'
serve_faulty "tree:$tree" <<'END'
- {name: first, path: a, on: open, when: {nth: 2}, fail: EIO}
- {name: after, path: b, on: open, when: {after_rule: {name: first, for: 1500ms}}, fail: EHOSTDOWN}
END
expect 'ok ok' poke open "$MNT/a" r , open "$MNT/b" r
expect 'EIO EHOSTDOWN' poke open "$MNT/a" r , open "$MNT/b" r
expect 'ok' wait_for 10 sh -c "[ \"\$('$poke' open '$MNT/b' r)\" = ok ] && echo ok"

# ---- a trigger file ----

it 'armed by a file beside the plan, for the very next request, as long as it is there'
rule open 'trigger_file: "{here}/go"'
expect ok poke open "$MNT/a" r
for _ in 1 2 3 4 5 6 7 8 9 10; do
	: >"$WORK/go"
	expect EIO poke open "$MNT/a" r
	rm "$WORK/go"
	expect ok poke open "$MNT/a" r
done

it 'by a whole path, and by a link that leads nowhere'
rule open "trigger_file: $WORK/gate"
expect ok poke open "$MNT/a" r
ln -s nowhere "$WORK/gate"
expect EIO poke open "$MNT/a" r

it 'not where its folder is not, and not in the mount itself, which would wait for itself'
plan <<END
- {name: r, on: open, when: {trigger_file: $WORK/nowhere/go}, fail: EIO}
END
unmount
expect_status 2 "ordeal: trigger_file $WORK/nowhere/go: its folder: No such file or directory" \
	"$ordeal" mount "tree:$tree" "$MNT" --plan "$PLAN"
plan <<END
- {name: r, on: open, when: {trigger_file: $MNT/go}, fail: EIO}
END
expect_status 2 "ordeal: trigger_file $MNT/go: lies in the mount, where nobody could make it (a file in the mount: see after_rule)" \
	"$ordeal" mount "tree:$tree" "$MNT" --plan "$PLAN"

# ---- sequences ----

it 'sequences, of each file by itself'
rule open 'sequence: wxxwX'
expect 'ok EIO EIO ok EIO EIO EIO' poke repeat 7 open "$MNT/a" r
expect 'ok EIO EIO ok EIO EIO EIO' poke repeat 7 open "$MNT/b" r
rule open 'sequence: (wwx)*'
expect 'ok ok EIO ok ok EIO ok' poke repeat 7 open "$MNT/a" r
rule read 'sequence: xw'
expect 'ok EIO 10 10 10' poke open "$MNT/a" r , repeat 4 read @ 0 10
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: moves, path: g, on: rename, when: {sequence: xxw}, fail: EBUSY}
END
: >"$SCRATCH/f"
expect 'EBUSY EBUSY ok' poke rename "$MNT/f" "$MNT/g" , rename "$MNT/f" "$MNT/g" , rename "$MNT/f" "$MNT/g"
expect g ls "$SCRATCH"

# ---- bytes ----

it 'an error after so many bytes, at just that byte, in whatever pieces they are asked for'
for block in 7 1000 4096 65536; do
	rule read 'bytes: 12345..'
	expect '12345 EIO' poke copy read $block "$MNT/a" -
done
head -c 12345 "$tree/a" >"$WORK/wanted"
poke copy read 4096 "$MNT/b" "$WORK/got" >/dev/null
expect_same "$WORK/wanted" "$WORK/got"

it 'from a page on where a program maps the file'
rule read 'bytes: 12345..'
expect '12288 SIGBUS' poke copy mmap 4096 "$MNT/a" -

it 'written ones: what came before is in the file'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: worn, path: "?", on: write, when: {bytes: 10000.., times: 1}, fail: EIO}
END
expect 'ok 4096 4096 1808 EIO 4096' poke open "$MNT/f" w,c , repeat 5 write @ -1 4096
expect 14096 stat -c %s "$SCRATCH/f"

it 'of all files together'
rule read 'total_bytes: 30000..'
expect '20000 end' poke copy read 4096 "$MNT/a" -
expect '10000 EIO' poke copy read 4096 "$MNT/b" -

# ---- how often in all ----

it 'so many strikes over all files'
rule open 'total: 3'
expect 'EIO EIO EIO ok ok ok' poke repeat 3 open "$MNT/a" r , repeat 3 open "$MNT/b" r
rule open 'total: 3, times: 2'
expect 'EIO EIO ok EIO ok ok' poke repeat 3 open "$MNT/a" r , repeat 3 open "$MNT/b" r
rule open 'every: 1h'
expect 'EIO ok ok ok' poke repeat 2 open "$MNT/a" r , repeat 2 open "$MNT/b" r
rule open 'total: 2, per: 1h'
expect 'EIO ok EIO ok ok' poke open "$MNT/a" r , open "$tree/a" r , repeat 3 open "$MNT/b" r

# ---- how many have it open ----

# held FILE: open in another process, until let_go.
held() {
	rm -f "$WORK/held"
	"$poke" open "$1" r , hold "$WORK/held" >"$WORK/said" &
	holder=$!
	wait_for 10 [ -e "$WORK/held" ] || fail "$1 is not held: $(cat "$WORK/said")"
}

let_go() {
	kill "$holder"
	wait "$holder" 2>/dev/null
}

it 'the third process that wants the file at once'
rule open 'concurrent: 3..' 'fail: EMFILE'
held "$MNT/a"
one=$holder
expect ok poke open "$MNT/a" r
wait_for 10 sh -c "[ \"\$('$poke' open '$MNT/a' r)\" = ok ]" || fail 'one holds it and one comes'
held "$MNT/a"
expect EMFILE poke open "$MNT/a" r
expect 'ok ok EMFILE' poke open "$MNT/b" r , open "$MNT/b" r , open "$MNT/b" r
let_go
# The kernel tells of the end of a descriptor when it comes to it.
wait_for 10 sh -c "[ \"\$('$poke' open '$MNT/a' r)\" = ok ]" || fail 'EMFILE for ever'
holder=$one
let_go

it 'reads of a file that another process has open too, and any file when many are open'
serve_faulty "tree:$tree" <<'END'
- {name: contended, path: a, on: read, when: {concurrent: 2..}, fail: EIO}
- {name: busy, path: b, on: open, when: {total_concurrent: 3..}, fail: ENFILE}
END
expect 10 poke read "$MNT/a" 0 10
held "$MNT/a"
expect EIO poke read "$MNT/a" 0 10
expect 'ok ENFILE' poke open "$MNT/b" r , open "$MNT/b" r
expect 'ok ENFILE' poke open "$MNT/a" r , open "$MNT/b" r
let_go

# ---- errnos ----

it 'of several errnos one is drawn, the journal has it, and the same seed draws the same'
errnos() {
	rule open 'probability: 1' "fail: $1"
	poke repeat 40 open "$MNT/a" r
	unmount
}
errnos '{EIO: 3, EHOSTDOWN: 1}' >"$WORK/first"
said=$(tr ' ' '\n' <"$WORK/first" | sort | uniq -c | tr -s ' \n' ' ')
expect "$said" sh -c "sed 's/.*\"error\":\"\([A-Z]*\)\".*/\1/' '$JOURNAL' | sort | uniq -c | tr -s ' \n' ' '"
tr ' ' '\n' <"$WORK/first" | sort -u | tr '\n' ' ' | grep -qx 'EHOSTDOWN EIO ' || fail "not both: $said"
errnos '{EIO: 3, EHOSTDOWN: 1}' >"$WORK/second"
expect_same "$WORK/first" "$WORK/second"
errnos '[EIO, EHOSTDOWN]' >"$WORK/second"
cmp -s "$WORK/first" "$WORK/second" && fail 'other weights, the same errnos'

it 'and on any schedule: by one thread and by eight'
for threads in 1 8; do
	rule read 'probability: 40%, not: {uid: 4294967294}' 'fail: {EIO: 3, ETIMEDOUT: 1}'
	poke share $threads 512 "$MNT/a" "$MNT/b" >"$WORK/failed-$threads"
	unmount
	strikes >"$WORK/strikes-$threads"
done
expect_same "$WORK/strikes-1" "$WORK/strikes-8"
expect_same "$WORK/failed-1" "$WORK/failed-8"
grep -q ETIMEDOUT "$WORK/strikes-1" || fail 'no ETIMEDOUT among them'

it 'a stale handle: the kernel walks the path once more before it tells the program'
rule open 'nth: 1' 'fail: ESTALE'
expect 'ok ok' poke repeat 2 open "$MNT/a" r
expect_struck 1 '"error":"ESTALE"'
rule open 'nth: 1..2' 'fail: ESTALE'
expect 'ESTALE ok' poke repeat 2 open "$MNT/a" r
expect_struck 2 '"error":"ESTALE"'
rule read 'nth: 1' 'fail: ESTALE'
expect 'ESTALE' poke read "$MNT/a" 0 10

it 'usual errnos are those of open'
errnos usual | tr ' ' '\n' | sort -u | tr '\n' ' ' >"$WORK/usual"
grep -qx 'EACCES EMFILE ENFILE ENOENT ENOMEM EPERM ' "$WORK/usual" || fail "usual: $(cat "$WORK/usual")"
serve "tree:$tree"
expect ok poke open "$MNT/a" r
unmount
