#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every plan that we bring strikes, with each of its rules, somebody who does all that can be done to a filesystem.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# in: slices and tracks; lib: what a program loads; out: a scratch that holds what a former run left.
mkdir "$WORK/in" "$WORK/lib"
timeout 60 "$ordeal" corpus make ct-tiny "$WORK/ct" >/dev/null && timeout 60 "$ordeal" corpus make audio-tiny "$WORK/audio" >/dev/null ||
	fail 'ordeal corpus make'
cp "$WORK/ct"/*.png "$WORK/audio"/*.wav "$WORK/in"
touch "$WORK/lib/accel.so" "$WORK/lib/codec_png.so" "$WORK/lib/codec_wav.so"

new_out() {
	rm -rf "$WORK/out"
	mkdir -p "$WORK/out/1"
	cp "$WORK/in/slice_0001.png" "$WORK/out/1/000001.png"
	echo '{"tempo": 120}' >"$WORK/out/track_001.json"
}

make_bytes "$WORK/bytes" 9000

# What a program does, over and over, each thing in a process of its own: some get killed, some hang.
cat >"$WORK/all.sh" <<'END'
in=$1/in out=$1/out lib=$1/lib bytes=${0%/*}/bytes # no zeroes: to lose those is to lose nothing
# Bounded: a server that gives no answer any more must not hold up those who do not ask it.
try() {
	timeout -s KILL 5 "$@" >/dev/null 2>&1 &
}
while :; do
	for volume in "$in" "$lib" "$out" "$out/1"; do
		try ls -l "$volume"
		try stat -f "$volume"
		for file in $(ls "$volume" 2>/dev/null); do
			try dd if="$volume/$file" of=/dev/null bs=1000
			try cat "$volume/$file"
			try stat "$volume/$file"
		done
		wait
	done
	try sh -c 'date +%N >"$1/1/note"' sh "$out"
	try mkdir "$out/new" "$out/new/below" # not -p: it must not make a directory where the mount is gone
	wait
	for n in 1 2 3; do
		try dd if="$bytes" of="$out/new/file$n" bs=1000 count=9 conv=fsync
	done
	wait
	try flock -n -x "$out/state.db" true
	try mv "$out/new/file1" "$out/new/renamed"
	wait
	try rm "$out/new/renamed" "$out/new/file2"
	try rmdir "$out/new/below"
	wait
	rm -rf "$out/new" 2>/dev/null
done
END

# At a place of its own: what somebody of the last plan was about to do may still come, when his mount is gone.
serve_all() {
	MNT=$WORK/mounts/$(basename "$1" .yaml)
	mkdir -p "$MNT"
	: >"$JOURNAL"
	rm -f "$WORK/ready"
	mkfifo "$WORK/ready"
	"$BUILD/ordealfs" --volume "in=tree:$WORK/in" --volume "out=scratch:$WORK/out" --volume "lib=tree:$WORK/lib" --plan "$1" \
		--journal "$JOURNAL" --ready-fd 3 "$MNT" 3>"$WORK/ready" 2>"$WORK/stderr" &
	SERVER=$!
	[ "$(timeout 20 head -c 1 "$WORK/ready")" = '!' ] || fail "$1: no mount: $(cat "$WORK/stderr")"
}

# Rules by name, from the words that explain them; allocations are not of the filesystem.
rules_of() {
	timeout 20 "$ordeal" plan explain "$1" | grep -v ': allocations ' | sed -n 's/^  \([^ :]*\): .*/\1/p'
}

has_struck_all() {
	for rule in $rules; do
		grep -q "\"rule\":\"$rule\"" "$JOURNAL" || return 1
	done
}

struck_not() {
	for rule in $rules; do
		grep -q "\"rule\":\"$rule\"" "$JOURNAL" || echo "$rule"
	done
}

try_plan() {
	rules=$(rules_of "$1")
	[ -n "$rules" ] || return 0
	it "$(basename "$1")"
	new_out
	# Beside a copy of the plan, so that files can be made there that are to set it off.
	mkdir -p "$WORK/plans"
	cp "$1" "$WORK/plans"
	sed -n 's/.*{here}\/\([a-z.-]*\).*/\1/p' "$1" | while read -r name; do : >"$WORK/plans/$name"; done
	serve_all "$WORK/plans/$(basename "$1")"
	setsid sh "$WORK/all.sh" "$MNT" &
	doer=$!
	wait_for 30 has_struck_all || fail "rules that struck nothing: $(struck_not)"
	kill -KILL "-$doer"
	kill -TERM "$SERVER"
	wait "$SERVER" || fail "the server ended with status $?"
	wait "$doer" 2>/dev/null
}

need_fuse
[ "$(id -u)" = 0 ] || command -v fusermount3 >/dev/null || skip 'neither root nor fusermount3'
for plan in "$SOURCE"/faults/plans/*.yaml; do
	case $plan in
	*/storage-*) ;; # faster than who asks here: see test_rate.sh
	*) try_plan "$plan" ;;
	esac
done

it 'a plan whose rule nobody meets is noticed'
plan <<'END'
- {name: never, path: nowhere/*, on: read, fail: EIO}
END
rules=never
serve_all "$PLAN"
timeout 20 ls -l "$MNT/in" >/dev/null
has_struck_all && fail 'a rule that struck nothing passes'
kill -TERM "$SERVER"
wait "$SERVER"
