#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a sweep lets copies of a running program do comes out as it does in cases by themselves, point by point; and what cannot be had
# twice is not copied. The words on the line of the report say why.
#
#     test_sweep_fork.sh [all]     usually a part of it
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_private
[ "$(id -u)" = 0 ] || skip 'only root may give a copy its own mounts'
sharer=$BUILD/tests/cli/sharer
cd "$HOME" || exit 99
mkdir in audio
echo 'some bytes of input, to be read' >in/in.txt

# found FILE: verdict and words of each case of a checkpoint; what a run cost is left out, and what it says of its time.
found() {
	sed -e 's/,"ms":.*//' -e 's/; it said: .*","failures"/\\n","failures"/' -e 's/note: [^"\\]*\\n//g' -e 's/ of [0-9]* allocations failed/ of all failed/' "$1" | sort
}

# both WORDS...: the sweep with and without copies, the same in every case.
both() {
	rm -f fast slow
	run sweep -a alloc --no-confirm --checkpoint fast "$@"
	grep -e 'copies of the ' "$WORK/out" >copies || fail "no word about copies; $(shown "$WORK/out")"
	run sweep -a alloc --no-confirm --no-fork --checkpoint slow "$@"
	lacks "$WORK/out" 'copies of the '
	found fast >fast.found
	found slow >slow.found
	cmp -s fast.found slow.found || fail "they differ: $(diff fast.found slow.found | head -n 6)"
	[ "$(wc -l <fast.found)" -gt 8 ] || fail "hardly a case: $(cat fast.found)"
}

# done_by_copies LEAST
done_by_copies() {
	lacks copies 'given up'
	count=$(sed -n 's/^\([0-9]*\) allocations failed in copies.*/\1/p' copies)
	[ "${count:-0}" -ge "$1" ] || fail "$TRIED: only ${count:-none} by copies: $(cat copies)"
}

# shares WHAT LEAST [WHY]: points done by copies, and why others are not.
shares() {
	it "a program that holds: $1"
	both --exhaustive -c "tree:$HOME/in" -- "$sharer" "$1" '{in}/in.txt' '{out}/x'
	done_by_copies "$2"
	if [ -n "${3:-}" ]; then
		holds copies "$3"
	else
		lacks copies 'run by themselves'
	fi
}

for what in plain rewinds unflushed; do
	shares "$what" 24
done
shares threads 12 'beside other threads'
shares children 24 'beside child processes'

it 'a copy that reaches the program where nothing is kept apart: nothing of it counts'
both --exhaustive -j 1 -c "tree:$HOME/in" -- "$sharer" elsewhere '{in}/in.txt' '{out}/x'
holds copies 'given up: the program itself made other outputs'

it 'a reference core'
both --exhaustive -s audio -c audio-tiny
done_by_copies 20
[ "${1:-}" = all ] || finish

for what in appends reads says-twice folder number deleted locks-own; do
	shares "$what" 24
done
shares flocks 12 'with a lock held'
shares shares 12 'with shared memory'
shares on-time 12 'while a timer ran'

it 'a lock on a file that is not of the corpus'
both --exhaustive -c "tree:$HOME/in" -- "$sharer" locks "$HOME/in/in.txt" '{out}/x' '{in}'
done_by_copies 12
holds copies 'with a lock held'

it 'a program that is started by the command is not copied, and that is said'
both --exhaustive -c "tree:$HOME/in" -- sh -c "'$sharer' plain \"\$1\" \"\$2\"; exit \$?" sh '{in}/in.txt' '{out}/x'
holds copies 'in a program that the command starts'

it 'the other reference core'
both --exhaustive -s pyramid -c ct-tiny
done_by_copies 100

# Programs of others, where they are there.
if command -v sox >/dev/null && command -v flac >/dev/null; then
	sox -n -r 8000 -c 1 audio/a.wav synth 0.1 sine 440
	it 'sox'
	both --exhaustive -c "tree:$HOME/audio" -- sox '{in}/a.wav' -r 4000 '{out}/x.wav'
	done_by_copies 40
	it 'flac'
	both --exhaustive -c "tree:$HOME/audio" -- flac --silent -o '{out}/x.flac' '{in}/a.wav'
	done_by_copies 20
fi
if command -v bsdtar >/dev/null; then
	it 'bsdtar'
	bsdtar -czf in/a.tar.gz -C "$SOURCE" base
	both -c "tree:$HOME/in" -- bsdtar -xf '{in}/a.tar.gz' -C '{out}'
	done_by_copies 20
fi

finish
