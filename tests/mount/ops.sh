# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Every operation that a rule can name (faults/ops.h), with a call that makes the kernel ask for it, on a victim named as the
# operation. For tests that go through all of them; after lib.sh.

# Columns: operation | calls that go before | what they say | the call | what it says. $V is the victim.
op_lines() {
	cat <<'END'
lookup      |               |    | stat $V                   | file
getattr     | open $V r ,   | ok | fsize @                   | 5
access      |               |    | access $V r               | ok
readlink    |               |    | readlink $V               | target
open        |               |    | open $V r                 | ok
read        | open $V r ,   | ok | read @ 0 9                | 5
flush       | open $V r ,   | ok | close @                   | ok
opendir     |               |    | count $V                  | 1 end
readdir     |               |    | count $V                  | 1 end
statfs      |               |    | statfs $V namemax         | 255
getxattr    |               |    | getxattr $V user.x        | [y]
listxattr   |               |    | listxattr $V              | user.x
lseek       | open $V r ,   | ok | lseek @ data 0            | 0
create      |               |    | create $V                 | ok
tmpfile     |               |    | tmpfile $V rw             | ok
mknod       |               |    | mknod $V fifo             | ok
mkdir       |               |    | mkdir $V                  | ok
symlink     |               |    | symlink target $V         | ok
link        |               |    | link $V.from $V           | ok
rename      |               |    | rename $V $V.to           | ok
unlink      |               |    | unlink $V                 | ok
rmdir       |               |    | rmdir $V                  | ok
write       | open $V w ,   | ok | write @ 0 3               | 3
fallocate   | open $V w ,   | ok | fallocate @ grow 0 100    | ok
fsync       | open $V r ,   | ok | fsync @                   | ok
fsyncdir    | open $V r,D , | ok | fsync @                   | ok
truncate    |               |    | truncate $V 2             | ok
chmod       |               |    | chmod $V 0600             | ok
chown       |               |    | chown $V $(id -u) -1      | ok
utimens     |               |    | utimens $V 1000           | ok
setxattr    |               |    | setxattr $V user.z z      | ok
removexattr |               |    | removexattr $V user.x     | ok
getlk       | open $V rw ,  | ok | getlk @ wr 0 10           | free
setlk       | open $V rw ,  | ok | setlk @ wr 0 10           | ok
flock       | open $V r ,   | ok | flock @ ex,n              | ok
unlock      | open $V r ,   | ok | flock @ un                | ok
END
}

# What of it a corpus has.
CORPUS_OPS='lookup getattr access readlink open read flush opendir readdir statfs lseek getxattr listxattr flock unlock'

# op_material DIR: the victims, where there has to be one.
op_material() {
	for op in lookup getattr access open read flush statfs getxattr listxattr lseek link.from rename unlink write fallocate \
		fsync truncate chmod chown utimens setxattr removexattr getlk setlk flock unlock; do
		printf bytes >"$1/$op"
	done
	mkdir "$1/opendir" "$1/readdir" "$1/rmdir" "$1/fsyncdir" "$1/tmpfile"
	: >"$1/opendir/inner"
	: >"$1/readdir/inner"
	ln -s target "$1/readlink"
	XATTR=$("$poke" setxattr "$1/getxattr" user.x y , setxattr "$1/listxattr" user.x y , setxattr "$1/removexattr" user.x y)
}

trimmed() {
	set -f
	# shellcheck disable=SC2086 # the point
	set -- $1
	set +f
	printf '%s' "$*"
}

# each_op ACTION [OPERATIONS]: ACTION is called with $OP, $BEFORE, $BEFORE_SAID, $CALL, $SAID set for each in turn.
each_op() {
	only=${2-}
	op_lines >"$WORK/op-lines"
	while IFS='|' read -r op before before_said call said <&4; do
		OP=$(trimmed "$op") BEFORE=$(trimmed "$before") BEFORE_SAID=$(trimmed "$before_said")
		CALL=$(trimmed "$call") SAID=$(trimmed "$said")
		case " ${only:-$OP} " in *" $OP "*) ;; *) continue ;; esac
		case $OP,$XATTR in *xattr,*EOPNOTSUPP*) continue ;; esac
		"$1"
	done 4<"$WORK/op-lines"
}

# expect_op SAID [PREFIX...]: the call, perhaps by way of another one (took, interrupted ...), says this.
expect_op() {
	wanted=${BEFORE_SAID:+$BEFORE_SAID }$1
	shift
	# shellcheck disable=SC2034 # the lines use it
	V=$MNT/$OP
	eval "set -- $BEFORE $* $CALL"
	expect "$wanted" poke "$@"
}
