# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Words of the tests of the command line, the reports and the rules. A test begins with
#
#     . "$SOURCE/tests/cli/lib.sh"
#
# and has $WORK (its own, empty, removed at the end; TMPDIR is below it), $ordeal, and
#
#     it 'a word on what is to be seen'            for whoever reads a failure
#     run [ARGUMENTS...]                           ordeal, within $DEADLINE seconds: $status, $WORK/out, $WORK/err
#     says STATUS MESSAGE [ARGUMENTS...]           exit status, stderr exactly this, stdout empty
#     says_like STATUS PATTERN [ARGUMENTS...]      the same, stderr as a pattern of sh
#     kept [KEEPER'S OPTIONS] -- COMMAND...        under keeper: $status is keeper's, findings in $WORK/kept
#     together WORD ARGUMENTS...                   a function of the test, beside others, with a $WORK of its own
#     gather                                       ... wait for these, tell and count what they found
#     fail WORDS...                                tells, counts, goes on
#     finish                                       the end: fails if anything did
#
# Alone: BUILD=build SOURCE=. sh tests/cli/test_NAME.sh. With KEEP set the work directory stays.
set -u
# Who began all with nohup has SIGHUP ignored by us and by what we start, and no shell can undo that.
if grep -q '^SigIgn:.*[13579bdf]$' "/proc/$$/status"; then
	exec env --default-signal=HUP sh "$0" "$@"
fi
umask 022
export LC_ALL=C
unset ORDEAL_KEEP COLUMNS NO_COLOR CLICOLOR_FORCE
SOURCE=$(cd "${SOURCE:-.}" && pwd -P)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd -P) || exit 99
ORDEAL_DATA=$BUILD
export SOURCE BUILD ORDEAL_DATA
ordeal=$BUILD/ordeal
keeper=$BUILD/tests/cli/keeper
# shellcheck disable=SC2034 # the tests use it
rogue=$BUILD/tests/cli/rogue
# shellcheck disable=SC2034
culprit=$BUILD/tests/cli/culprit
DEADLINE=${DEADLINE:-60}
failures=0
looks=0
TRIED='(nothing yet)'

WORK=$(mktemp -d "${TMPDIR:-/tmp}/ordeal-cli-XXXXXX") && WORK=$(cd "$WORK" && pwd -P) || exit 99
mkdir "$WORK/tmp" "$WORK/home" "$WORK/run" || exit 99
TMPDIR=$WORK/tmp
HOME=$WORK/home
XDG_RUNTIME_DIR=$WORK/run
XDG_CACHE_HOME=$WORK/cache
export WORK TMPDIR HOME XDG_RUNTIME_DIR XDG_CACHE_HOME ordeal

clean_up() {
	cd / || exit 99
	awk -v below="$WORK/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mounted; do
		fusermount3 -uzq -- "$mounted" 2>/dev/null || umount -l -- "$mounted" 2>/dev/null
	done
	if [ -n "${KEEP:-}" ]; then
		echo "kept: $WORK" >&2
	else
		rm -rf --one-file-system "$WORK"
	fi
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT HUP

# ---- outcomes ----

it() {
	TRIED=$*
	printf '%s\n' "- $*"
}

fail() {
	printf '%.4000s\n' "FAILED: $TRIED" "    $*"
	failures=$((failures + 1))
}

skip() {
	printf '%s\n' "SKIPPED: $*"
	exit 77
}

finish() {
	[ "$looks" -gt 0 ] || fail 'nothing was looked at'
	[ "$failures" = 0 ] && exit 0
	echo "$failures of $looks looks failed; again: BUILD=$BUILD SOURCE=$SOURCE sh $0"
	exit 1
}

# ---- running ----

run() {
	looks=$((looks + 1))
	timeout -k 5 "$DEADLINE" "$ordeal" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
}

# What was said, shown on one line.
shown() {
	tr '\n\t' '|>' <"$1" | cut -c 1-600 | tr -c '[:print:]' '?'
	echo
}

wrong() {
	fail "$(printf '%.300s' "$1")
      wanted: $2
      got:    status $status, stderr $(shown "$WORK/err")
              stdout $(shown "$WORK/out")"
}

says() {
	wanted_status=$1 wanted=$2
	shift 2
	run "$@"
	printf '%s\n' "$wanted" >"$WORK/wanted"
	if [ "$status" = "$wanted_status" ] && [ ! -s "$WORK/out" ] && cmp -s "$WORK/wanted" "$WORK/err"; then return; fi
	wrong "ordeal $*" "status $wanted_status, stderr $(shown "$WORK/wanted")"
}

matches() {
	# shellcheck disable=SC2254 # it is a pattern
	case $(cat "$1") in
	$2) return 0 ;;
	esac
	return 1
}

says_like() {
	wanted_status=$1 wanted=$2
	shift 2
	run "$@"
	if [ "$status" = "$wanted_status" ] && [ ! -s "$WORK/out" ] && matches "$WORK/err" "$wanted"; then return; fi
	wrong "ordeal $*" "status $wanted_status, stderr like $wanted"
}

# tells_like STATUS PATTERN ARGUMENTS: stdout is like this, and nothing stands on stderr.
tells_like() {
	wanted_status=$1 wanted=$2
	shift 2
	run "$@"
	if [ "$status" = "$wanted_status" ] && [ ! -s "$WORK/err" ] && matches "$WORK/out" "$wanted"; then return; fi
	wrong "ordeal $*" "status $wanted_status, stdout like $wanted"
}

# holds FILE ERE: some line matches.
holds() {
	looks=$((looks + 1))
	grep -qE -e "$2" "$1" || fail "$1 holds no line like $2: $(shown "$1")"
}

lacks() {
	looks=$((looks + 1))
	if grep -qE -e "$2" "$1"; then fail "$1 holds a line like $2: $(grep -E -e "$2" "$1" | head -n 3)"; fi
}

# is GOT WANTED WHAT
is() {
	looks=$((looks + 1))
	[ "$1" = "$2" ] || fail "$3: wanted '$2', got '$1'"
}

kept() {
	looks=$((looks + 1))
	"$keeper" -o "$WORK/kept" -d "$TMPDIR" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
}

# The verdict in the last report as JSON lines in $WORK/out (or the file given); "trouble" where there is none.
verdict() {
	sed -n -e 's/.*"verdict":"\([a-z]*\)".*/\1/p' -e 's/.*"state":"\(trouble\|not run\|skipped\)".*/\1/p' "${1:-$WORK/out}"
}

# ---- several at once ----

# Most of a case is waiting: so many at once.
TOGETHER=8
begun=0

# In a process of its own.
apart() {
	WORK=$1
	shift
	mkdir "$WORK" || exit 99
	failures=0 looks=0
	"$@" >"$WORK/said" 2>&1
	echo "$failures $looks" >"$WORK/counts"
}

together() {
	begun=$((begun + 1))
	apart "$WORK/beside-$begun" "$@" &
	if [ "$begun" = "$TOGETHER" ]; then gather; fi
}

gather() {
	wait
	number=0
	while [ "$number" -lt "$begun" ]; do
		number=$((number + 1))
		cat "$WORK/beside-$number/said"
		if read -r its_failures its_looks <"$WORK/beside-$number/counts"; then
			failures=$((failures + its_failures)) looks=$((looks + its_looks))
		else
			fail 'one of several broke off'
		fi
		rm -rf "$WORK/beside-$number"
	done
	begun=0
}

# ---- what the machine can do ----

is_root() {
	[ "$(id -u)" = 0 ]
}

need_worlds() {
	"$ordeal" doctor >"$WORK/doctor" 2>&1 || skip "cases cannot be run here: $(grep '^NO' "$WORK/doctor" | head -n 1)"
}

# need_private: namespaces, and not only a directory.
need_private() {
	need_worlds
	grep -q '^ok  *private worlds' "$WORK/doctor" || skip "no private worlds: $(grep 'private worlds' "$WORK/doctor")"
}

# need COMMAND...: somebody else's programs.
need() {
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# Root's way to be somebody who may use FUSE: in a mount namespace whose /dev/fuse is open to all.
#     as_user COMMAND...
need_user() {
	is_root || skip 'only root can be somebody else'
	need setpriv unshare
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	mkdir -p "$WORK/dev" && chmod 755 "$WORK" && chmod 777 "$TMPDIR" "$HOME"
	{ mknod "$WORK/dev/fuse" c 10 229 && chmod 666 "$WORK/dev/fuse" && : <>"$WORK/dev/fuse"; } 2>/dev/null && return
	skip 'no device of our own can be made'
}

as_user() {
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount --make-rprivate / && mount --bind "$WORK/dev/fuse" /dev/fuse &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"' - "$@"
}

# Names of all fault kinds, as the table in the headers of a source tree has them.
kinds_of() {
	sed -n '/^#define KINDS(X)/,/[^\\]$/p' "$1/faults/kinds.h" | grep -oE 'X\([a-z_]+' | cut -c 3-
}
