#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tests' own instruments can fail: keeper finds what is left, and clears the innocent; the words of lib.sh notice.
. "$SOURCE/tests/cli/lib.sh"

it 'clears who leaves nothing'
kept -- sh -c 'exit 7'
is "$status" 0 'a command that leaves nothing'
holds "$WORK/kept" '^exit 7$'
lacks "$WORK/kept" '^left'

it 'finds a process, also one that hides in a session of its own, and kills it'
kept -g 1 -- sh -c 'setsid sh -c "sleep 1000 & sleep 1000" >/dev/null 2>&1 &'
is "$status" 1 'a command that leaves processes'
holds "$WORK/kept" '^left process sleep '

it 'finds a file'
kept -- mkdir "$TMPDIR/left-behind"
is "$status" 1 'a command that leaves a directory'
holds "$WORK/kept" '^left file .*/left-behind$'
rmdir "$TMPDIR/left-behind"

it 'finds a mount'
if is_root && unshare -m true 2>/dev/null; then
	kept -- sh -c "mkdir '$TMPDIR/m' && mount -t tmpfs keeper '$TMPDIR/m'"
	is "$status" 1 'a command that leaves a mount'
	holds "$WORK/kept" '^left mount .*/m$'
	rmdir "$TMPDIR/m"
fi

it 'ends who is late'
kept -t 1 -- sleep 1000
is "$status" 124 'a command that does not end'
holds "$WORK/kept" '^late$'

it 'strikes whom it is told to, and no one else'
kept -k sleep:KILL:sleep:20 -- sh -c 'sleep 1000; exit 3'
holds "$WORK/kept" '^struck sleep$'
holds "$WORK/kept" '^exit 3$'
kept -k nobody:KILL:sleep:0 -- sleep 0.1
holds "$WORK/kept" '^missed nobody$'
holds "$WORK/kept" '^exit 0$'
kept -k harness:TERM:harness:10 -- sleep 1000
holds "$WORK/kept" '^signal 15$'

it 'types on a terminal'
kept -p -i ready -- sh -c '[ -t 0 ] && echo ready && exec sleep 1000'
holds "$WORK/kept" '^signal 2$'

it 'the words notice'
before=$failures
{
	says 0 'no such words' frobnicate
	says_like 2 '*no such words*' frobnicate
	says 2 '' --version
	tells_like 0 '*nothing of the kind*' --version
	echo one >"$WORK/text"
	holds "$WORK/text" two
	lacks "$WORK/text" one
	is a b 'two letters'
} >"$WORK/noticed"
noticed=$((failures - before))
failures=$before
is "$noticed" 7 'failures noticed'
says 2 "ordeal: unknown command 'frobnicate' (see ordeal --help)" frobnicate
finish
