# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Words of the mount tests. A test begins with
#
#     . "$(dirname "$0")/lib.sh"
#
# and is run again under guard, which gives it $WORK, ends it in time and clears up behind it. Then it mounts:
#
#     serve SOURCE [OPTIONS]               at $MNT, without faults
#     serve_faulty SOURCE [OPTIONS] <<END  at $MNT, with the rules of a plan from stdin (lines of a YAML list)
#
# and looks:
#
#     it 'a word on what is to be seen'    goes before the looks it is about, for whoever reads a failure
#     expect WANTED COMMAND...             the command's stdout is exactly this
#     expect_struck COUNT PATTERN          so many lines of the journal match (waits for them)
#
# poke is the command to look with: poke.c. Failing ends the test with status 1; 77 is "cannot be tried here".
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
SOURCE=${SOURCE:-$(cd "$here/../.." && pwd)}
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd) || exit 99
export SOURCE BUILD

# Less than the three minutes that meson gives us, so that we are the ones to clear up.
if [ -z "${GUARD_PRIVATE-}" ]; then
	exec "$BUILD/tests/mount/guard" "${DEADLINE:-170}" sh "$0" "$@"
fi

ordeal=$BUILD/ordeal
poke=$BUILD/tests/mount/poke
MNT=$WORK/mnt
export XDG_RUNTIME_DIR="$WORK" # where control sockets go
export XDG_CACHE_HOME="$WORK/cache"
PLAN=$WORK/plan.yaml
JOURNAL=$WORK/journal
SERVER='' # process of the last mount
mkdir "$MNT" || exit 99
# The server writes a sanitizer's report where guard finds it; memory that it did not free is one.
export ASAN_OPTIONS="log_path=$WORK/asan:detect_leaks=1:exitcode=99:${ASAN_OPTIONS-}"
export UBSAN_OPTIONS="log_path=$WORK/asan:print_stacktrace=1:${UBSAN_OPTIONS-}"
TRIED='(nothing yet)'

# ---- outcomes ----

it() {
	TRIED=$*
	printf '%s\n' "- $*"
}

fail() {
	printf '%s\n' "FAILED: $TRIED" "  $*" "  again: BUILD=$BUILD sh $0" >&2
	exit 1
}

skip() {
	printf '%s\n' "SKIPPED: $*" >&2
	exit 77
}

# No call may take for ever, whatever the filesystem does; what is killed here is hung.
poke() {
	timeout -k 1 20 "$poke" "$@"
}

# expect WANTED COMMAND...: stdout, exactly, and whatever the status.
expect() {
	wanted=$1
	shift
	got=$("$@")
	status=$?
	[ "$got" = "$wanted" ] || fail "$(printf '%s\n    wanted %s\n    got    %s (status %d)' "$*" "$wanted" "$got" "$status")"
}

# The same on each of several lines "WANTED | ARGUMENTS OF POKE" from stdin; words as in the shell, $M is the mount.
expect_pokes() {
	# shellcheck disable=SC2034 # the lines use it
	M=$MNT
	while IFS='|' read -r wanted arguments; do
		[ -n "$arguments" ] || continue
		eval "set -- $arguments"
		wanted=${wanted#"${wanted%%[! 	]*}"}
		expect "${wanted%"${wanted##*[! 	]}"}" poke "$@"
	done
}

expect_same() {
	cmp "$1" "$2" >"$WORK/cmp" 2>&1 || fail "$(printf '%s and %s differ: %s' "$1" "$2" "$(head -n 1 "$WORK/cmp")")"
}

# Two trees hold the same: names, types, bytes, links.
expect_same_tree() {
	diff -r --no-dereference "$1" "$2" >"$WORK/diff" 2>&1 || fail "$1 and $2 differ: $(head -n 5 "$WORK/diff")"
}

# expect_status STATUS MESSAGE COMMAND...: exit status, and the first line on stderr.
expect_status() {
	wanted=$1 line=$2
	shift 2
	timeout -k 1 20 "$@" >"$WORK/stdout" 2>"$WORK/stderr"
	status=$?
	got=$(head -n 1 "$WORK/stderr")
	[ "$status $got" = "$wanted $line" ] ||
		fail "$(printf '%s\n    wanted %s %s\n    got    %s %s' "$*" "$wanted" "$line" "$status" "$got")"
}

# wait_for SECONDS COMMAND...: until it succeeds. For what other processes do; its end is looked for, not waited out.
wait_for() {
	tries=$(($1 * 50))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.02
	done
}

# ---- mounting ----

need_fuse() {
	[ -c /dev/fuse ] || skip '/dev/fuse is missing'
	(: <>/dev/fuse) 2>/dev/null || skip '/dev/fuse cannot be opened'
}

# mount_at MOUNTPOINT SOURCE [OPTIONS]: the server's process is then in $SERVER.
mount_at() {
	point=$1
	shift
	timeout -k 1 30 "$ordeal" mount "$@" "$point" >"$WORK/said" 2>"$WORK/stderr"
	status=$?
	[ $status -ne 3 ] || skip "no mount here: $(cat "$WORK/stderr")"
	[ $status -eq 0 ] || fail "ordeal mount $* $point: status $status: $(cat "$WORK/stderr")"
	SERVER=$(sed -n 's/.*process \([0-9]*\)).*/\1/p' "$WORK/said")
	[ -n "$SERVER" ] || fail "ordeal mount does not name the process: $(cat "$WORK/said")"
}

is_mounted() {
	escaped=$(printf '%s' "$1" | sed 's/\\/\\134/g; s/ /\\040/g')
	cut -d ' ' -f 2 /proc/self/mounts | grep -qxF -e "$escaped"
}

is_not_mounted() {
	! is_mounted "$1"
}

has_ended() {
	grep -q "^$1 " "$WORK/ends" 2>/dev/null
}

# Unmount, and wait for the server's end, so that its journal is whole.
unmount() {
	point=${1:-$MNT} server=$SERVER
	timeout -k 1 20 "$ordeal" umount "$point" || fail "ordeal umount $point: status $?"
	is_not_mounted "$point" || fail "$point is mounted after ordeal umount"
	[ "$point" != "$MNT" ] || SERVER=''
	[ "$point" != "$MNT" ] || [ -z "$server" ] || wait_for 10 has_ended "$server" || fail "the server $server lives on"
}

serve() {
	is_not_mounted "$MNT" || unmount
	mount_at "$MNT" "$@"
}

# The rules of a plan, from stdin; with further keys of the plan before them in $1.
plan() {
	{
		printf '%s\n' 'version: 1' "${1:-seed: 1}" 'rules:'
		sed 's/^/  /'
	} >"$PLAN"
}

serve_faulty() {
	plan
	is_not_mounted "$MNT" || unmount
	: >"$JOURNAL"
	mount_at "$MNT" "$@" --plan "$PLAN" --journal "$JOURNAL"
}

# An empty directory for scratch volumes: $SCRATCH.
# $SERVED is what to serve of it: itself, or, where VOLUME is over, a copy-on-write view that keeps its changes beside it.
new_scratch() {
	SCRATCH=$(mktemp -d "$WORK/scratch-XXXXXX") || exit 99
	chmod 755 "$SCRATCH"
	SERVED=scratch:$SCRATCH
	[ "${VOLUME-}" = over ] || return 0
	need_over "$SCRATCH"
	! is_on_overlay "$SCRATCH" || skip 'the work directory is on an overlay, which cannot keep the changes of another'
	mkdir "$SCRATCH-keep" || exit 99
	SERVED="over:$SCRATCH,keep=$SCRATCH-keep"
}

# As in a container.
is_on_overlay() {
	[ "$(stat -f -c %T "$1")" = overlayfs ]
}

# Copy-on-write views of a directory, or the reason why this machine has none.
need_over() {
	"$BUILD/ordealfs" --try --volume "out=over:$1" / >"$WORK/said" 2>&1
	[ $? != 3 ] || skip "$(cat "$WORK/said")"
}

# ---- the journal ----

struck() {
	grep -c -e "$1" "$JOURNAL"
}

has_struck() {
	[ "$(struck "$2")" -eq "$1" ]
}

# expect_struck COUNT PATTERN: a line is written soon after the call that it is about has returned.
expect_struck() {
	wait_for 5 has_struck "$1" "$2" ||
		fail "$(printf 'journal: %s lines match %s, wanted %s; it ends in\n%s' "$(struck "$2")" "$2" "$1" "$(tail -n 3 "$JOURNAL")")"
}

# What struck whom, without times, processes and order.
strikes() {
	sed -e 's/"t":[0-9.]*,"since_mount_s":[0-9.]*,//' -e 's/"pid":[0-9]*,//' -e 's/"comm":"[^"]*",//' "$JOURNAL" | sort
}

# ---- material ----

# make_bytes FILE SIZE: bytes as poke writes them.
make_bytes() {
	[ "$("$poke" open "$1" w,ct , write @ 0 "$2")" = "ok $2" ] || fail "$1 cannot be written"
}

# Run a command as somebody else, when we are root.
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# ---- the server ----

# ordeal ctl on the mount.
ctl() {
	timeout -k 1 20 "$ordeal" ctl "$MNT" "$@"
}

# A field of its state: numbers and words, as JSON has them.
field() {
	ctl status --json | sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p"
}

is_field() {
	[ "$(field "$1")" = "$2" ]
}

# The server's memory in kB. A sanitizer keeps what was freed: there it is always the same.
resident() {
	case $BUILD in
	*asan*) echo 1 ;;
	*) sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$SERVER/status" ;;
	esac
}

# How many descriptors the server has when it rests: the connection of who asked last goes a moment after its answer came.
descriptors() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ls "/proc/$SERVER/fd" | wc -l
	done | sort -n | head -n 1
}

need_fuse
