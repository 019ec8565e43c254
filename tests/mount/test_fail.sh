#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fail and deny: each operation fails with just the errno that the rule says, does nothing, and is in the journal once.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/mount/ops.sh
. "$here/ops.sh"

rules() {
	each_op rule "$@"
}

rule() {
	printf -- '- {name: %s, path: "%s", on: %s, %s}\n' "$OP" "$OP" "$OP" "$EFFECT"
}

fails() {
	said=$ERROR
	# A listing that fails has delivered nothing.
	[ "$OP" != readdir ] || said="0 $ERROR"
	expect_op "$said"
	expect_struck 1 "\"op\":\"$OP\",.*\"path\":\"$OP\",.*\"rule\":\"$OP\",\"effect\":\"$KIND\",\"error\":\"$ERROR\""
	expect_struck 1 "\"rule\":\"$OP\""
}

works() {
	expect_op "$SAID"
}

no_effect() {
	KIND=${EFFECT%%:*}
	it "$EFFECT: each operation of a scratch"
	new_scratch
	op_material "$SCRATCH"
	cp -a "$SCRATCH" "$WORK/before"
	rules >"$WORK/rules"
	serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
	each_op fails
	expect_same_tree "$WORK/before" "$SCRATCH"
	expect "$(cd "$WORK/before" && stat -c '%n %f %Y' -- *)" sh -c "cd '$SCRATCH' && stat -c '%n %f %Y' -- *"
	rm -rf "$WORK/before"
}

EFFECT='fail: EDQUOT' ERROR=EDQUOT
no_effect
EFFECT='deny: EPERM' ERROR=EPERM
no_effect

it 'without the rules all of it works'
new_scratch
op_material "$SCRATCH"
serve "scratch:$SCRATCH"
each_op works

it 'and with rules on other names'
new_scratch
op_material "$SCRATCH"
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: others, path: "other*", on: all, fail: EIO}
END
each_op works
expect_struck 0 .

it 'each operation that a corpus has: a directory'
EFFECT='fail: ESTALE' ERROR=ESTALE KIND=fail
is_in_journal() {
	[ "$(struck "$1")" -gt 0 ]
}

fails_twice() {
	# ESTALE makes the kernel look again; what it asks again is struck again.
	said=$ERROR
	[ "$OP" != readdir ] || said="0 $ERROR"
	expect_op "$said"
	wait_for 5 is_in_journal "\"rule\":\"$OP\"" || fail "$OP is not in the journal"
}
mkdir "$WORK/tree"
op_material "$WORK/tree"
rules "$CORPUS_OPS" >"$WORK/rules"
serve_faulty "tree:$WORK/tree" <"$WORK/rules"
each_op fails_twice "$CORPUS_OPS"
serve "tree:$WORK/tree"
each_op works "$CORPUS_OPS"

for error in 1:EPERM 2:ENOENT 5:EIO 12:ENOMEM 13:EACCES 23:ENFILE 24:EMFILE 28:ENOSPC 30:EROFS 36:ENAMETOOLONG 40:ELOOP 53:EBADR \
	61:ENODATA 95:EOPNOTSUPP 103:ECONNABORTED 107:ENOTCONN 110:ETIMEDOUT 112:EHOSTDOWN 116:ESTALE 121:EREMOTEIO 122:EDQUOT \
	133:EHWPOISON EWOULDBLOCK:EAGAIN 400:errno-400 511:errno-511; do
	number=${error%:*} name=${error#*:}
	rulename=$(printf '%s' "$number" | tr '[:upper:]' '[:lower:]')
	it "$number is $name, at open and at read"
	serve_faulty "tree:$WORK/tree" <<END
- {name: opens-$rulename, path: open, on: open, fail: $number}
- {name: reads, path: read, on: read, fail: $number}
END
	expect "$name ok 5" poke open "$MNT/open" r , open "$MNT/read" r , fsize @
	expect "ok $name" poke open "$MNT/read" r , read @ 0 1
done

it 'deny knows three errnos, and without "on" means what access is asked for'
for error in EACCES EPERM EROFS; do
	new_scratch
	op_material "$SCRATCH"
	serve_faulty "scratch:$SCRATCH" <<END
- {name: closed, deny: $error}
END
	expect_pokes <<END
	$error  | open \$M/open r
	$error  | count \$M/opendir
	$error  | access \$M/access r
	$error  | create \$M/create
	$error  | unlink \$M/unlink
	$error  | truncate \$M/truncate 0
	$error  | rename \$M/rename \$M/x
	$error  | chmod \$M/chmod 0
	file    | stat \$M/open
	target  | readlink \$M/readlink
	255     | statfs \$M namemax
END
	expect_same "$SCRATCH/rename" "$SCRATCH/chmod"
done

it 'a close that fails has closed; what was written is there'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: late, path: f, on: flush, fail: ENOSPC}
END
expect 'ok 4 ENOSPC' poke open "$MNT/f" w,c , write @ 0 4 , close @
expect 4 poke size "$SCRATCH/f"
expect_status 1 "cp: failed to close '$MNT/f': No space left on device" cp "$SCRATCH/../plan.yaml" "$MNT/f"

it 'a rule on flush is seen by readers of a corpus, too'
serve_faulty ct-tiny <<'END'
- {name: late, on: flush, fail: EIO}
END
expect 'ok EIO' poke open "$MNT/slice_0000.png" r , close @

it 'a rule on getattr meets who asks for attributes, and not who reads to the end'
for source in tree scratch; do
	new_scratch
	make_bytes "$SCRATCH/file" 100
	serve_faulty "$source:$SCRATCH" <<'END'
- {name: asked, path: file, on: getattr, fail: ENOMEM}
END
	expect 'ok 100 0 ENOMEM' poke open "$MNT/file" r , read @ 0 4096 , read @ 100 4096 , fsize @
done

it 'the root itself: listing, stat, a new name in it'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: root, path: ".", on: [opendir, getattr], fail: EIO}
END
expect 'EIO EIO ok' poke count "$MNT" , stat "$MNT" , create "$MNT/new"

it 'a rule of one volume leaves the other alone'
for only in in out; do
	new_scratch
	serve_faulty ct-tiny --scratch "$SCRATCH" <<END
- {name: one, volume: $only, on: opendir, fail: EIO}
END
	[ $only = in ] && a=EIO b='0 end' || a='8 end' b=EIO
	expect "$a $b" poke count "$MNT/in" , count "$MNT/out"
done

it 'the root of a volume as the mount shows it'
serve_faulty ct-tiny --scratch "$SCRATCH" <<'END'
- {name: gone, volume: in, path: ".", on: lookup, fail: EACCES}
END
expect 'EACCES dir' poke stat "$MNT/in" , stat "$MNT/out"

it 'the first rule that ends a request is the one that does'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: first, path: open, on: open, when: {times: 1}, fail: EIO}
- {name: second, path: open, on: open, fail: EACCES}
END
expect 'EIO EACCES EACCES' poke repeat 3 open "$MNT/open" r
expect_struck 1 '"rule":"first"'
expect_struck 2 '"rule":"second"'

it 'what cannot be injected is refused, and nothing is mounted'
refuse() {
	printf 'version: 1\nrules:\n  - {%s}\n' "$2" >"$PLAN"
	expect_status 2 "ordeal: $PLAN:3:$1" "$ordeal" mount "tree:$WORK/tree" "$MNT" --plan "$PLAN"
}
unmount
refuse "22: ENOSYS cannot be injected: the kernel remembers it and never asks again (EOPNOTSUPP says much the same)" \
	'on: open, fail: ENOSYS'
refuse "22: ENOSYS cannot be injected: the kernel remembers it and never asks again (EOPNOTSUPP says much the same)" \
	'on: open, fail: 38'
refuse "22: '512' is no errno (a name such as EIO, or a number from 1 to 511)" 'on: open, fail: 512'
refuse "22: '0' is no errno (a name such as EIO, or a number from 1 to 511)" 'on: open, fail: 0'
refuse "22: 'EI0' is no errno (a name such as EIO, or a number from 1 to 511) (did you mean 'EIO'?)" 'on: open, fail: EI0'
is_not_mounted "$MNT" || fail 'mounted nevertheless'
