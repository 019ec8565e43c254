#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Machines that lack something, and places that are full, closed or forbidden: a clear line, the right exit status, nothing left behind.
# shellcheck disable=SC2016,SC2317 # what others expand; functions that others call
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
cd "$WORK/home" || exit 99
mkdir d
program=$ordeal
export program
case_options='-q -c ct-tiny -p bad-sector'

# within [COMMAND...]: from now on the body from stdin is run, by COMMAND or sh, with ordeal and its arguments as its own.
within() {
	{
		echo 'set -- "$program" "$@"'
		cat
	} >"$WORK/body"
	printf '#!/bin/sh\nexec %s "$WORK/body" "$@"\n' "${*:-sh}" >"$WORK/within"
	chmod 755 "$WORK/within"
	ordeal=$WORK/within
}

# tries STATUS PATTERN OPTIONS...: a case that is not judged here, and why; and that nothing stays in TMPDIR.
tries() {
	wanted_status=$1 wanted=$2
	shift 2
	# shellcheck disable=SC2086
	run try $case_options "$@" -- cat '{files}'
	if [ "$status" = "$wanted_status" ] && matches "$WORK/out" "$wanted"; then
		[ "$(find "$WORK/tmp" -mindepth 1)" = '' ] || fail "left in TMPDIR: $(find "$WORK/tmp" -mindepth 1)"
		return
	fi
	wrong "ordeal try $*" "status $wanted_status, stdout like $wanted"
}

# All that needs no mount works.
looks_around() {
	for words in 'corpus list' 'corpus show ct-tiny' 'plan list' 'plan explain bad-sector' 'run --list' 'run recovery --list'; do
		# shellcheck disable=SC2086
		tells_like 0 '*?*' $words
	done
}

it 'the instrument: here a case is judged'
tries 0 '*refused*1 passed*'
tries 0 '*refused*1 passed*' --world shared

it 'a program that forks without end finds an end in a private world'
if grep -q '^ok  *private worlds' "$WORK/doctor" && uname -r | awk -F. '{ exit !($1 > 6 || ($1 == 6 && $2 >= 14)) }'; then
	run try -q -c ct-tiny -p bad-sector -- sh -c 'i=0; while [ $i -lt 2100 ]; do sleep 60 & i=$((i + 1)); done; cat "$@"' sh '{files}'
	is "$status" 2 'status'
	holds "$WORK/out" 'without any fault it fails already .*Cannot fork'
fi

it 'no /dev/fuse'
spaces='unshare -m'
is_root || spaces='unshare -rm'
if $spaces true 2>/dev/null; then
	mkdir "$WORK/dev"
	for name in null zero full random urandom tty; do : >"$WORK/dev/$name"; done
	within "$spaces" sh <<'END'
mount --make-rprivate / || exit 99
for name in null zero full random urandom tty; do mount --bind "/dev/$name" "$WORK/dev/$name" || exit 99; done
mount --rbind "$WORK/dev" /dev && exec "$@"
END
	why='/dev/fuse: cannot be opened: No such file or directory (ordeal doctor says more)'
	tries 3 "*trouble*$why*1 not judged*"
	tries 3 "*trouble*$why*" --world shared
	tries 77 '*skipped*1 skipped*' --unavailable 77
	says 3 "ordeal: $why" mount ct-tiny d
	says 3 "ordeal: $PWD/d: fusermount3: fuse device not found, try 'modprobe fuse' first (ordeal doctor says more)" \
		mount --mount fusermount ct-tiny d
	run run recovery -q --unavailable 77
	is "$status" 77 'a whole suite'
	run doctor
	is "$status" 3 'doctor'
	holds "$WORK/out" '^NO  /dev/fuse  .*No such file or directory \(modprobe fuse'
	holds "$WORK/out" '^NO  a real mount  '
	looks_around
fi

it 'no namespaces: a directory instead'
within unshare -Urm sh <<'END'
for kind in user mnt pid; do echo 0 >"/proc/sys/user/max_${kind}_namespaces" || exit 99; done
exec "$@"
END
if "$ordeal" --version >"$WORK/out" 2>&1; then
	run doctor
	holds "$WORK/out" '^--  private worlds  .*namespaces are refused: No space left on device; cases run in a directory instead'
	if [ "$status" = 0 ]; then
		tries 0 '*refused*ordeal-??????/m/in/slice_0002.png: Input/output error*1 passed*'
		tries 0 '*refused*ordeal-??????/m/in/slice_0002.png: Input/output error*1 passed*' --world private
	fi
fi

it 'a program that is not installed'
ordeal=$program
printf '%s\n' 'version: 1' 'name: absent' 'package: some-package' 'input: stack' 'command: [frobnicate-nowhere, "{in}"]' >absent.yaml
why='frobnicate-nowhere: no such program (install the package some-package)'
says 3 "ordeal: $why" try -c ct-tiny -p bad-sector -s absent.yaml
says 77 "ordeal: $why" try -c ct-tiny -p bad-sector -s absent.yaml --unavailable 77
says 3 "ordeal: subject absent is left out: $why
ordeal: no subject is installed" run recovery -s absent.yaml
says 77 "ordeal: subject absent is left out: $why
ordeal: no subject is installed" run recovery -s absent.yaml --unavailable=77

it 'a user who may not open the device'
if is_root && command -v setpriv >/dev/null && unshare -m true 2>/dev/null; then
	chmod 755 "$WORK" && chmod 777 "$TMPDIR" "$HOME" d
	mknod "$WORK/fuse" c 10 229 && chmod 600 "$WORK/fuse"
	nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --'
	# as_nobody WORDS...: what stands before the words of ordeal
	as_nobody() {
		within unshare -m sh <<END
mount --make-rprivate / && mount --bind "\$WORK/fuse" /dev/fuse && PATH=/usr/bin:/bin && exec $nobody $* "\$@"
END
	}
	as_nobody
	if "$ordeal" --version >"$WORK/out" 2>&1; then
		tries 3 '*trouble*Permission denied*'
		tries 77 '*skipped*1 skipped*' --unavailable 77
		says_like 3 'ordeal: *Permission denied (ordeal doctor says more)' mount ct-tiny d
		run doctor
		is "$status" 3 'doctor'
		holds "$WORK/out" '^NO  /dev/fuse  .*mode 0600: cannot be opened: Permission denied'
		looks_around
	fi
	it 'a user who may: with namespaces and without the helper on PATH'
	chmod 666 "$WORK/fuse"
	if "$ordeal" doctor >"$WORK/out" 2>&1; then
		tries 0 '*refused*1 passed*'
		as_nobody env PATH=/nowhere
		says 3 "ordeal: $PWD/d: fusermount3: No such file or directory (ordeal doctor says more)" mount ct-tiny d
		run doctor
		holds "$WORK/out" '^--  fusermount3  .*not installed'
		it 'a user without a place to write, and before a closed door'
		mkdir -m 0 closed
		touch closed.zip && chmod 0 closed.zip
		as_nobody
		says 2 "ordeal: closed: cannot be read: Permission denied" corpus show tree:closed
		says 2 "ordeal: closed.zip: cannot be opened: Permission denied" corpus show pack:closed.zip
		says 2 "ordeal: ./closed.zip: cannot be read: Permission denied" plan check ./closed.zip
		as_nobody env TMPDIR=/
		tries 3 '*trouble*/ordeal-*: cannot be made: Permission denied*' --world shared
	fi
fi

it 'TMPDIR and HOME: not set, empty, with blanks and quotes, relative, missing, no directory, far too long'
# with WORDS...: what env takes before a command
with() {
	within <<END
exec env $* "\$@"
END
}
mkdir "$WORK/home/a b's \"tmp\" \$x" relative
private=false
if "$ordeal" doctor | grep -q '^ok  private worlds'; then
	private=true
fi
with -u TMPDIR -u HOME
tries 0 '*refused*1 passed*'
tries 0 '*refused*1 passed*' --world shared
with TMPDIR= HOME=
tries 0 '*refused*1 passed*' --world shared
with '"TMPDIR=$WORK/home/a b'\''s \"tmp\" \$x"'
tries 0 '*refused*1 passed*' --world shared
with TMPDIR=relative
tries 0 '*refused*1 passed*' --world shared
is "$(find relative a* -mindepth 1)" '' 'what is left in the TMPDIRs'
with TMPDIR=/nowhere/at/all
tries 3 '*trouble*TMPDIR: /nowhere/at/all: No such file or directory*' --world shared
# A private world needs no TMPDIR.
if $private; then
	tries 0 '*refused*1 passed*'
fi
with TMPDIR=/dev/null
tries 3 '*trouble*/dev/null/ordeal-??????: cannot be made: Not a directory*' --world shared
long=$(head -c 200 /dev/zero | tr '\0' x)
mkdir -p "$long/$long"
with "TMPDIR=$long/$long"
tries 3 '*trouble*TMPDIR: *xxx: too long for the paths of a world*' --world shared

it 'a full disk: under scratch, TMPDIR, a corpus that is written, a report'
mkdir "$WORK/small"
if $spaces mount -t tmpfs small "$WORK/small" 2>/dev/null; then
	within "$spaces" sh <<'END'
mount --make-rprivate / && mount -t tmpfs -o size=100k small "$WORK/small" || exit 99
"$@"
status=$?
find "$WORK/small/new" -printf '%P\n' >"$WORK/left"
exit "$status"
END
	says_like 3 "ordeal: $WORK/small/new/slice_????.png: cannot be written: No space left on device (where there is room again, --resume goes on)" \
		corpus make ct-tiny:slices=100 "$WORK/small/new"
	holds "$WORK/left" '^slice_0000.png$'
	lacks "$WORK/left" 'part$'
	within "$spaces" sh <<'END'
mount --make-rprivate / && mount -t tmpfs -o size=64k,nr_inodes=2 small "$WORK/small" || exit 99
TMPDIR=$WORK/small exec "$@"
END
	tries 0 '*refused*1 passed*'
	tries 3 '*trouble*No space left on device*' --world shared
	within "$spaces" sh <<'END'
mount --make-rprivate / && mount -t tmpfs -o size=64k small "$WORK/small" || exit 99
head -c 100000 /dev/zero >"$WORK/small/all" 2>/dev/null
exec "$@"
END
	run try -q -c ct-tiny -p slow-share -r "json:$WORK/small/report" -r "json:$WORK/report" -- cat '{files}'
	is "$status" 3 'a report on a full disk'
	holds "$WORK/err" "^ordeal: $WORK/small/report: the report cannot be written: No space left on device"
	holds "$WORK/report" '"verdict":"complete"'
	# A mount whose scratch is full says so to whoever writes, and goes on.
	within "$spaces" sh <<'END'
mount --make-rprivate / && mount -t tmpfs -o size=64k small "$WORK/small" || exit 99
"$@" || exit
head -c 200000 /dev/zero >d/out/large
echo "status $?"
rm d/out/large
# Room is there once the server has heard of the close, which nobody waits for.
tries=0
until echo small >d/out/next || [ "$tries" = 1000 ]; do tries=$((tries + 1)); done 2>/dev/null
cat d/out/next d/in/slice_0000.png | wc -c
"$1" umount d
END
	run mount --scratch "$WORK/small" ct-tiny d
	is "$status" 0 'a mount over a full scratch'
	holds "$WORK/err" 'No space left on device'
	is "$(sed 1d "$WORK/out" | tr '\n' ' ')" 'status 1 8330 ' 'what a program sees of it'
fi

it 'stdout, stdin and stderr: closed, or full'
for words in 'corpus list' 'corpus show ct-tiny' 'plan list' 'plan explain bad-sector' 'run --list' 'run recovery --list' doctor \
	--help --version 'try --help' 'try -q -c ct-tiny -p slow-share -- cat {files}'; do
	within <<END
exec "\$@" $words >/dev/full
END
	says 5 'ordeal: stdout cannot be written: No space left on device'
	within <<END
exec "\$@" $words >&- <&- 2>&-
END
	says_like 0 ''
	within <<END
exec "\$@" $words 2>/dev/full <&-
END
	tells_like 0 '*?*'
done
within <<'END'
exec "$@" 2>/dev/full
END
run frobnicate
is "$status" 2 'a complaint that nobody reads'

it 'reports that cannot be written do not cost the others'
ordeal=$program
mkdir taken
run try -q -c ct-tiny -p slow-share -r json:nowhere/x -r "json:taken" -r json:/dev/full -r json:good -r text -- cat '{files}'
is "$status" 3 'reports that cannot be written; the last one for want of room'
printf '%s\n' 'ordeal: nowhere/x: the report cannot be written: No such file or directory' \
	'ordeal: taken: the report cannot be written: Is a directory' \
	'ordeal: /dev/full: the report cannot be written: No space left on device' >wanted
cmp -s wanted "$WORK/err" || fail "the complaints are $(shown "$WORK/err")"
holds good '"verdict":"complete"'
holds "$WORK/out" '^1 passed'
is "$(find . -name '*.tmp*')" '' 'files written aside'

it 'a dead mount: told, refused as a mount point, and cleaned'
if is_root && unshare -m true 2>/dev/null; then
	within unshare -m sh <<'END'
mount --make-rprivate / || exit 99
"$1" mount --mount direct ct-tiny d || exit 98
for name in ordealfs-guard ordealfs; do
	for stat in /proc/[0-9]*; do
		tr '\0' '\n' <"$stat/cmdline" 2>/dev/null | tail -n 1 | grep -qxF "$PWD/d" && grep -qx "$name" "$stat/comm" || continue
		kill -KILL "${stat#/proc/}"
	done
done
tries=0
until ! [ -e d/slice_0000.png ] || [ "$tries" = 5000 ]; do tries=$((tries + 1)); done
"$1" mount ct-tiny d
echo "refused $?"
"$1" doctor
"$1" umount --all-stale
echo "cleaned $?"
ls -A d
END
	run
	holds "$WORK/err" "^ordeal: $PWD/d: a dead mount is here .*; remove it: ordeal umount $PWD/d"
	holds "$WORK/out" '^refused 2$'
	holds "$WORK/out" "^--  mount  .*$PWD/d is dead \\(ordeal umount $PWD/d\\)"
	holds "$WORK/out" '^cleaned 0$'
	is "$(sed '1,/^cleaned/d' "$WORK/out")" '' 'what is in the way afterwards'
fi
finish
