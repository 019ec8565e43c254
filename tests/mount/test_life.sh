#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How a mount begins and ends: at once, and whoever uses it then is freed, whatever he is waiting for.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
for name in plain hung mapped stuck slow; do
	make_bytes "$tree/$name" 10000
done

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# A mount with clients that hold a file open, hang, cannot be killed, wait for an hour, map: $CLIENTS. Who maps has a file of his
# own: while a page of it is awaited, the kernel lets nobody open it (fuse_open() drops the cache).
busy() {
	serve_faulty "tree:$tree" "$@" <<'END'
- {name: hung, path: '{hung,mapped}', on: read, hang: true}
- {name: stuck, path: stuck, on: [read, open], hang: uninterruptible}
- {name: slow, path: slow, on: [read, flush], delay: 1h}
END
	CLIENTS=''
	rm -f "$WORK/holds"
	client open "$MNT/plain" r , hold "$WORK/holds"
	client open "$MNT/hung" r , read @ 0 10
	client open "$MNT/stuck" r
	client open "$MNT/slow" r , read @ 0 10
	client open "$MNT/slow" r , close @
	client crowd 20 "$MNT/slow"
	client touch "$MNT/mapped" private 0
	wait_for 10 has_struck 25 . || fail "only $(struck .) wait"
	wait_for 10 test -e "$WORK/holds" || fail 'nobody holds'
}

client() {
	"$poke" "$@" >"$WORK/client" 2>&1 &
	CLIENTS="$CLIENTS $!"
}

# All but the one that holds a file are free now.
clients_are_free() {
	# shellcheck disable=SC2086 # a list
	set -- $CLIENTS
	holder=$1
	shift
	for client in "$@"; do
		wait_for 5 is_gone "$client" || fail "client $client is not free: $(tr '\0' ' ' <"/proc/$client/cmdline")"
	done
	kill "$holder"
	# shellcheck disable=SC2086
	wait $CLIENTS 2>/dev/null
}

# ends_in MS: the server ends well, and nothing is mounted.
ends_in() {
	start=$(now_ms)
	wait_for 10 has_ended "$1" || fail 'the server lives on'
	took=$(($(now_ms) - start))
	[ $took -le "$2" ] || fail "the server took $took ms to end"
	expect "$1 exit 0" grep "^$1 " "$WORK/ends"
	wait_for 5 is_not_mounted "$MNT" || fail 'still mounted'
	expect '0 end' poke count "$MNT"
}

it 'a mount answers as soon as mount has said so'
for i in 1 2 3 4 5 6 7 8 9 10; do
	mount_at "$MNT" ct-tiny
	expect '8 end 8324 8324' poke count "$MNT" , size "$MNT/slice_0000.png" , read "$MNT/slice_000$((i % 8)).png" 0 10000
	expect "ct-tiny: mounted at $MNT (ordealfs, process $SERVER)" cat "$WORK/said"
	unmount
done

for signal in TERM INT HUP; do
	it "SIG$signal ends it within a second, whoever waits for it"
	busy
	kill -s $signal "$SERVER"
	ends_in "$SERVER" 1000
	clients_are_free
	SERVER=''
done

it 'ordeal umount likewise'
busy
start=$(now_ms)
expect_status 0 '' "$ordeal" umount "$MNT"
took=$(($(now_ms) - start))
[ $took -le 1500 ] || fail "umount took $took ms"
is_not_mounted "$MNT" || fail 'mounted when umount returns'
ends_in "$SERVER" 100
clients_are_free
SERVER=''
expect 25 struck .

it 'and when fusermount3 has mounted it'
if command -v fusermount3 >/dev/null; then
	busy --mount fusermount
	expect_status 0 '' "$ordeal" umount "$MNT"
	ends_in "$SERVER" 100
	clients_are_free
	SERVER=''
else
	echo 'it is not installed'
fi

it 'by whatever path the mount point is named'
mkdir "$WORK/with blank" "$WORK/back\\slash" "$WORK/new
line" "$WORK/-dash" "$WORK/comma,colon:"
ln -s mnt "$WORK/tolink"
for name in 'with blank' 'back\slash' 'new
line' '-dash' 'comma,colon:' mnt tolink; do
	(cd "$WORK" && "$ordeal" mount "tree:$tree" "./$name" >"$WORK/said" 2>"$WORK/stderr") || fail "$name: $(cat "$WORK/stderr")"
	expect '10000' poke size "$WORK/$name/plain"
	(cd "$WORK" && "$ordeal" umount "./$name/" 2>"$WORK/stderr") || fail "umount $name: $(cat "$WORK/stderr")"
	expect 'ENOENT' poke stat "$WORK/$name/plain"
done

# in_front COMMAND...: ordeal mount -f in the background, and wait until it says that it is mounted: $SERVER, and $front, its parent.
in_front() {
	rm -f "$WORK/said"
	"$@" >"$WORK/said" 2>&1 &
	wait_for 10 grep -qs mounted "$WORK/said" || fail "$(cat "$WORK/said")"
	SERVER=$(sed -n 's/.*process \([0-9]*\)).*/\1/p' "$WORK/said")
	front=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$SERVER/status")
	expect '8 end' poke count "$MNT"
}

it 'in the foreground: Ctrl-C ends it, and when it has ended nothing is mounted'
for signal in INT TERM; do
	# A shell's background ignores SIGINT; setsid's does not.
	in_front setsid sh -c "trap - INT; exec '$ordeal' mount -f ct-tiny '$MNT'"
	kill -s $signal "$front"
	wait_for 5 is_gone "$front" || fail "SIG$signal does not end ordeal mount -f"
	is_not_mounted "$MNT" || fail 'mounted when ordeal mount -f has ended'
	is_gone "$SERVER" || fail 'the server lives on'
	wait
done

it 'in the foreground: killed, it leaves nothing'
in_front "$ordeal" mount -f ct-tiny "$MNT"
kill -s KILL "$front"
wait 2>/dev/null
ends_in "$SERVER" 2000

it 'in the foreground: it ends when somebody unmounts'
in_front "$ordeal" mount -f ct-tiny "$MNT"
expect_status 0 '' "$ordeal" umount "$MNT"
wait "$front"
expect 0 echo $?

it "umount(8) and fusermount3 by somebody else end the server"
for how in umount 'fusermount3 -u'; do
	[ "$how" != umount ] || is_root || continue
	serve ct-tiny
	$how "$MNT" || fail "$how"
	ends_in "$SERVER" 1000
done

it 'a busy mount is not unmounted by them, and lives on'
serve ct-tiny
"$poke" open "$MNT/slice_0000.png" r , hold "$WORK/busy" &
holder=$!
wait_for 5 test -e "$WORK/busy" || fail 'not held'
fusermount3 -u "$MNT" 2>/dev/null && fail 'unmounted although it is busy'
expect '8 end' poke count "$MNT"
it 'a lazy unmount ends the server when the last file is closed'
fusermount3 -uz "$MNT" || fail 'fusermount3 -uz'
is_not_mounted "$MNT" || fail 'mounted'
has_ended "$SERVER" && fail 'the server has ended although a file is open'
kill $holder
wait $holder 2>/dev/null
ends_in "$SERVER" 2000
SERVER=''

it 'somebody works inside it when it goes'
serve "tree:$tree" --live # what is passed through can be read on
(
	cd "$MNT" || exit 1
	exec 3<plain
	unmount
	expect ENOTCONN poke stat .
	expect ENOTCONN poke open plain r
	dd bs=1 count=1 <&3 >/dev/null 2>"$WORK/stderr" && fail 'reads on'
	grep -q 'not connected' "$WORK/stderr" || fail "$(cat "$WORK/stderr")"
) || exit 1
SERVER=''

it 'two mounts of one source, with plans of their own, side by side'
mkdir "$WORK/two"
serve_faulty "tree:$tree" <<'END'
- {name: one, path: plain, on: open, fail: EIO}
END
one=$SERVER
mount_at "$WORK/two" "tree:$tree"
[ "$one" != "$SERVER" ] || fail 'one server'
expect 'EIO ok 5' poke open "$MNT/plain" r , open "$WORK/two/plain" r , read @ 0 5
SERVER=$one
unmount
expect 'ok 5' poke open "$WORK/two/plain" r , read @ 0 5
unmount "$WORK/two"

# Not for others: fusermount3 looks at the mount point as root, who is let into no mount of theirs.
if [ "$(id -u)" = 0 ]; then
	it 'a mount on a mount'
	serve "tree:$tree"
	one=$SERVER
	mkdir "$tree/inner"
	wait_for 5 test -d "$MNT/inner"
	mount_at "$MNT/inner" ct-tiny
	expect "8 end 6 end" poke count "$MNT/inner" , count "$MNT"
	unmount "$MNT/inner"
	expect '0 end' poke count "$MNT/inner"
	SERVER=$one
	unmount
fi

it 'a mount inside its own source, or a source inside the mount point, is refused; beside it is fine'
mkdir -p "$WORK/self/point/below" "$WORK/self/beside" "$WORK/selfish"
ln -s "$WORK/self" "$WORK/selflink"
self=$(cd "$WORK/self" && pwd -P)
for kind in tree scratch; do
	expect_status 2 "ordeal: mount: $self/beside lies in $self: the mount would show itself" \
		"$ordeal" mount "$kind:$WORK/self" "$WORK/self/beside"
	expect_status 2 "ordeal: mount: $self/beside lies in $self: the mount would show itself" \
		"$ordeal" mount "$kind:$WORK/selflink" "$WORK/selflink/beside"
	expect_status 2 "ordeal: mount: $self/point/below lies in the mount point $self/point, which would hide it" \
		"$ordeal" mount "$kind:$WORK/self/point/below" "$WORK/self/point"
	expect_status 2 "ordeal: mount: $self/beside is the mount point itself, which would hide it" \
		"$ordeal" mount "$kind:$WORK/selflink/beside" "$WORK/self/beside"
done
expect_status 2 "ordeal: mount: $self/beside is the mount point itself, which would hide it" \
	"$ordeal" mount ct-tiny --scratch "$WORK/self/beside" "$WORK/self/beside"
expect_status 2 "ordeal: mount: $self/beside lies in $self: the mount would show itself" \
	"$ordeal" mount ct-tiny --scratch "$WORK/self" "$WORK/self/beside"
printf 'version: 1\nsource: tree:self\n' >"$WORK/self.yaml"
expect_status 2 "ordeal: mount: $self/beside lies in $self: the mount would show itself" \
	"$ordeal" mount "$WORK/self.yaml" "$WORK/self/beside"
is_not_mounted "$self/beside" || fail 'mounted'
mount_at "$WORK/self/beside" "tree:$WORK/self/point"
expect '1 end' poke count "$WORK/self/beside"
unmount "$WORK/self/beside"
mount_at "$WORK/selfish" "tree:$WORK/self" # a name that begins alike
expect '2 end' poke count "$WORK/selfish"
unmount "$WORK/selfish"

it 'a mount of a mount; the lower one ends first, or hangs'
mkdir "$WORK/upper"
serve_faulty "tree:$tree" <<'END'
- {name: stuck, path: stuck, on: read, hang: uninterruptible}
END
one=$SERVER
mount_at "$WORK/upper" "tree:$MNT"
expect '5' poke read "$WORK/upper/plain" 0 5
"$poke" read "$WORK/upper/stuck" 0 5 >"$WORK/client" &
client=$!
wait_for 5 has_struck 1 stuck || fail 'does not hang'
SERVER=$one
unmount
wait_for 5 is_gone $client || fail 'is not free'
expect 'file' poke stat "$tree/plain"
unmount "$WORK/upper"

it 'it forgets the descriptors of whoever mounts: nobody waits for their end'
# shellcheck disable=SC2016 # words for the inner shell
expect 'said' timeout 10 sh -c 'got=$("$1" mount ct-tiny "$2" 7>&1 8>"$3" 9<"$3"); echo said' sh "$ordeal" "$MNT" "$WORK/fd"
SERVER=''
unmount

it 'journal and trace are made with the umask of who mounts'
before=$(umask)
umask 077
serve "tree:$tree" --journal "$WORK/own-journal" --trace "$WORK/own-trace"
umask "$before"
expect '-rw------- -rw-------' sh -c "echo \$(stat -c %A '$WORK/own-journal' '$WORK/own-trace')"
unmount
