#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Whatever hangs, in whatever way, whoever hangs on it can be freed: by SIGKILL where the hang is interruptible, and always by the
# end of the mount, which comes at once. Nobody is left waiting in the kernel.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/mount/ops.sh
. "$here/ops.sh"

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# client COMMAND...: in the background; $CLIENTS has them all.
client() {
	"$@" >>"$WORK/clients" 2>&1 &
	CLIENTS="$CLIENTS $!"
}

state_of() {
	sed -n 's/^State:[^A-Z]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null
}

# kill_clients: SIGKILL for all, and all are gone. kill_clients stuck: nobody goes.
kill_clients() {
	# shellcheck disable=SC2086 # a list
	kill -s KILL $CLIENTS
	[ -z "${1-}" ] || return 0
	gone_clients 'although it was killed'
}

gone_clients() {
	for pid in $CLIENTS; do
		wait_for 10 is_gone "$pid" || fail "$(tr '\0' ' ' <"/proc/$pid/cmdline") is in state $(state_of "$pid") $1"
	done
	# shellcheck disable=SC2086
	wait $CLIENTS 2>/dev/null
	CLIENTS=''
}

# The mount ends by itself, without having to be killed, and whoever hung on it is free.
end_mount() {
	server=$SERVER
	start=$(date +%s%N)
	expect_status 0 '' "$ordeal" umount "$MNT"
	echo "  umount took $((($(date +%s%N) - start) / 1000000)) ms"
	SERVER=''
	is_not_mounted "$MNT" || fail 'mounted after umount'
	wait_for 10 has_ended "$server" || fail 'the server lives on'
	expect "$server exit 0" grep "^$server " "$WORK/ends"
	gone_clients 'without a mount'
}

# Each victim has a directory of its own: who changes one holds its lock, and keeps others out.
rule() {
	printf -- '- {name: %s, path: "of-%s/%s", on: %s, hang: %s}\n' "$OP" "$OP" "$OP" "$OP" "$HOW"
}

material() {
	mkdir "$SCRATCH/of-$OP"
	op_material "$SCRATCH/of-$OP"
}

# One client hangs in this operation.
hang() {
	# shellcheck disable=SC2034 # the lines use it
	V=$MNT/of-$OP/$OP
	eval "set -- $BEFORE $CALL"
	client "$poke" "$@"
}

CLIENTS=''
mkdir "$WORK/probe"
op_material "$WORK/probe" # finds out about xattr
for HOW in true uninterruptible; do
	new_scratch
	each_op material
	each_op rule >"$WORK/rules"
	count=$(grep -c . "$WORK/rules")

	it "every operation hangs at once (hang: $HOW), each with somebody in it, and the mount ends"
	serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
	each_op hang
	wait_for 20 has_struck "$count" hang || fail "only $(struck hang) of $count hang"
	end_mount

	it "the same, when all have been killed before (hang: $HOW)"
	serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
	each_op hang
	wait_for 20 has_struck "$count" hang || fail "only $(struck hang) of $count hang"
	if [ "$HOW" = true ]; then kill_clients; else kill_clients stuck; fi
	end_mount
done

it 'fifty in one read, fifty in one open, fifty in one listing'
new_scratch
mkdir "$SCRATCH/dir"
make_bytes "$SCRATCH/read" 1000000
make_bytes "$SCRATCH/open" 10
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: read, path: read, on: read, hang: uninterruptible}
- {name: open, path: open, on: open, hang: uninterruptible}
- {name: dir, path: dir, on: [opendir, readdir], hang: uninterruptible}
END
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
	client "$poke" read "$MNT/open" 0 1
	client "$poke" count "$MNT/dir"
done
client "$poke" crowd 50 "$MNT/read"
wait_for 20 has_struck 100 hang || fail "only $(struck hang) hang"
expect 'dir' poke stat "$MNT"
kill_clients stuck
end_mount

it 'the page cache: pages that are read by mmap, sendfile and readahead'
new_scratch
for name in mmap private send ahead; do make_bytes "$SCRATCH/$name" 1000000; done
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: pages, on: read, hang: uninterruptible}
END
client "$poke" touch "$MNT/mmap" shared 8192
client "$poke" touch "$MNT/private" private 8192
client "$poke" copy sendfile 65536 "$MNT/send" -
client "$poke" copy read 4096 "$MNT/ahead" -
wait_for 20 has_struck 4 hang || fail "only $(struck hang) hang"
kill_clients stuck
end_mount

it 'pages that are written back from a shared mapping, and whoever waits for that'
new_scratch
make_bytes "$SCRATCH/mapped" 100000
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: back, path: mapped, on: write, hang: uninterruptible}
END
expect '100000' poke size "$MNT/mapped"
client "$poke" mwrite "$MNT/mapped" 0 100000
if wait_for 5 has_struck 1 hang; then
	client "$poke" open "$MNT/mapped" rw , fsync @
	client sync -f "$MNT"
	kill_clients stuck
	end_mount
else
	# Kernels before 6.6 have no shared mappings of files past the page cache.
	grep -qx ENODEV "$WORK/clients" || fail "nothing hangs: $(cat "$WORK/clients")"
	gone_clients 'although it could not map'
	unmount
fi

it 'a program that is killed with files open whose closing hangs'
new_scratch
make_bytes "$SCRATCH/file" 10
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: closing, path: file, on: flush, hang: uninterruptible}
END
for i in 1 2 3 4 5; do
	client "$poke" open "$MNT/file" rw , hold "$WORK/holds-$i"
done
for i in 1 2 3 4 5; do
	wait_for 10 test -e "$WORK/holds-$i" || fail 'nobody holds'
done
kill_clients stuck
end_mount

it 'the mount below another one hangs, and ends first'
mkdir "$WORK/upper"
new_scratch
make_bytes "$SCRATCH/file" 10
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: stuck, path: file, on: [read, open], hang: uninterruptible}
END
lower=$SERVER
mount_at "$WORK/upper" "tree:$MNT"
upper=$SERVER
client "$poke" read "$WORK/upper/file" 0 5
wait_for 10 has_struck 1 hang || fail 'does not hang'
# It cannot be asked, it hangs itself: but it can be ended, with its mount.
expect_status 0 '' timeout 15 "$ordeal" umount "$WORK/upper"
is_not_mounted "$WORK/upper" || fail 'the upper mount is there'
SERVER=$lower
end_mount
wait_for 10 has_ended "$upper" || fail 'the upper server is stuck'
