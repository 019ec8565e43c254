#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guard: when the server is killed, however it was mounted, no dead mount stays; nobody else's mount is touched; and of the guard
# itself nothing is to be noticed.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/plain" 10000

ways='fusermount'
if is_root; then ways='direct fusermount'; fi
command -v fusermount3 >/dev/null || ways=${ways%fusermount}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# The guard of $SERVER: $GUARD.
find_guard() {
	for GUARD in $(cat "/proc/$SERVER/task/$SERVER/children"); do
		if [ "$(cat "/proc/$GUARD/comm")" = ordealfs-guard ]; then return; fi
	done
	fail "the server $SERVER has no guard"
}

mounted_by() {
	serve "tree:$tree" --mount "$1"
	find_guard
	expect 10000 poke size "$MNT/plain"
}

# The server dies, and its guard has done what it had to.
killed() {
	kill -s KILL "$SERVER"
	wait_for 10 has_ended "$SERVER" || fail 'the server lives on'
	wait_for 10 is_gone "$GUARD" || fail 'the guard lives on'
	SERVER=''
}

# What is at the mount point does not go with the server.
take_away() {
	if is_root; then umount -l "$MNT"; else fusermount3 -uz "$MNT"; fi || fail 'cannot be unmounted'
}

for way in $ways; do
	it "$way: killed while it is used: nothing is mounted any more"
	mounted_by "$way"
	rm -f "$WORK/held"
	(cd "$MNT" && exec "$poke" open plain r , hold "$WORK/held") &
	holder=$!
	wait_for 10 test -e "$WORK/held" || fail 'nobody holds'
	killed
	is_not_mounted "$MNT" || fail 'a dead mount is left'
	expect '0 end' poke count "$MNT"
	kill $holder
	wait $holder 2>/dev/null

	it "$way: that is the guard's doing: without it the mount stays, as it always was"
	mounted_by "$way"
	kill -s KILL "$GUARD"
	expect 10000 poke size "$MNT/plain"
	expect directory stat -c %F "$MNT"
	kill -s KILL "$SERVER"
	wait_for 10 has_ended "$SERVER" || fail 'the server lives on'
	SERVER=''
	expect ENOTCONN poke open "$MNT/plain" r
	expect 'ok directory' stat -c 'ok %F' "$MNT" # from the kernel's memory
	expect_status 2 "ordeal: $MNT: a dead mount is here (Transport endpoint is not connected); remove it: ordeal umount $MNT" \
		"$ordeal" mount "tree:$tree" "$MNT"
	if [ "$GUARD_PRIVATE" = yes ]; then # where no mounts of others are concerned
		expect_status 0 '' "$ordeal" umount --all-stale
		is_not_mounted "$MNT" || fail 'a dead mount that the kernel remembers is not found'
		mounted_by "$way"
		kill -s KILL "$GUARD"
		kill -s KILL "$SERVER"
		wait_for 10 has_ended "$SERVER" || fail 'the server lives on'
		SERVER=''
	fi
	expect_status 0 '' "$ordeal" umount "$MNT"
	is_not_mounted "$MNT" || fail 'still mounted'
	mounted_by "$way"
	kill -s KILL "$GUARD"
	unmount

	it "$way: it holds nothing of its caller's, and hears no signals"
	# shellcheck disable=SC2094 # one descriptor to read, one to write
	mounted_by "$way" 7>"$WORK/fd" 8<"$WORK/fd"
	expect '/ ' sh -c "readlink /proc/$GUARD/cwd | tr '\n' ' '"
	expect '' sh -c "readlink /proc/$GUARD/fd/* | grep -vE '^(/dev/null|socket:.*|anon_inode:.*)$'"
	for signal in HUP INT TERM USR1 PIPE; do
		kill -s $signal "$GUARD"
	done
	unmount
	is_gone "$GUARD" || fail 'the guard is there when the server has ended'

	it "$way: signals have not made it forget"
	mounted_by "$way"
	kill -s USR1 "$GUARD"
	kill -s TERM "$GUARD"
	killed
	is_not_mounted "$MNT" || fail 'a dead mount is left'

	it "$way: what has come to the place of the mount is left alone"
	mounted_by "$way"
	first=$SERVER first_guard=$GUARD
	kill -s STOP "$SERVER"
	take_away
	mount_at "$MNT" "tree:$tree"
	second=$SERVER SERVER=$first GUARD=$first_guard
	killed
	SERVER=$second
	expect 10000 poke size "$MNT/plain"
	unmount
	if is_root && [ "$GUARD_PRIVATE" = yes ]; then
		mounted_by "$way"
		mount -t tmpfs over "$MNT" || fail 'no tmpfs'
		killed
		expect_status 0 '' mountpoint -q "$MNT"
		umount "$MNT"
		expect ENOTCONN poke open "$MNT/plain" r # below it; whoever covered it takes it away
		umount -l "$MNT"
	fi
done

# Run by the command of a captive run: kills the guard, the server, and with "all" the keeper, whose children they are.
cat >"$WORK/kill" <<'END'
for server in $(cat "/proc/$PPID/task/$PPID/children"); do
	[ "$(cat "/proc/$server/comm")" = ordealfs ] || continue
	# shellcheck disable=SC2046 # one word, or none
	kill -s KILL $(cat "/proc/$server/task/$server/children") "$server"
	if [ "$1" = all ]; then kill -s KILL "$PPID"; fi
done
END
for way in $ways; do
	for who in both all; do
		it "$way: a captive run whose server and guard are killed leaves no mount ($who)"
		timeout -k 1 60 "$ordeal" mount --mount "$way" "tree:$tree" "$MNT" -- sh "$WORK/kill" $who 2>"$WORK/stderr"
		status=$?
		[ $status = 125 ] || [ $who$status = all5 ] || fail "status $status: $(cat "$WORK/stderr")"
		is_not_mounted "$MNT" || fail 'a dead mount is left'
	done
done

it 'killed while fusermount3 is at work, which then mounts for nobody'
case $ways in
*fusermount)
	helper=$(command -v fusermount3)
	mkdir "$WORK/bin"
	cat >"$WORK/bin/fusermount3" <<END
#!/bin/sh
: >"$WORK/asked"
until [ -e "$WORK/go" ]; do sleep 0.02; done
"$helper" "\$@"
: >"$WORK/mounted"
END
	chmod 755 "$WORK/bin/fusermount3"
	PATH=$WORK/bin:$PATH "$ordeal" mount --mount fusermount "tree:$tree" "$MNT" >"$WORK/said" 2>&1 &
	front=$!
	wait_for 10 test -e "$WORK/asked" || fail 'fusermount3 is not asked'
	SERVER=$(cat "/proc/$front/task/$front/children")
	SERVER=${SERVER% }
	find_guard
	kill -s KILL "$SERVER"
	wait_for 10 is_gone "$SERVER" || fail 'the server lives on'
	is_gone "$GUARD" && fail 'the guard does not wait for who mounts'
	: >"$WORK/go"
	wait_for 10 test -e "$WORK/mounted" || fail 'fusermount3 does not end'
	wait_for 10 is_gone "$GUARD" || fail 'the guard lives on'
	is_not_mounted "$MNT" || fail 'a dead mount is left'
	wait $front
	SERVER=''
	;;
esac
