#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The control channel: found from any path in the mount, switches rules for the next operation of anybody, and is harmed by no
# client: slow, stalled, silent, gone, or speaking in tongues.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
talk=$BUILD/tests/mount/talk
SOCKETS=$XDG_RUNTIME_DIR/ordeal

ctl() {
	timeout -k 1 20 "$ordeal" ctl "$@"
}

talk() {
	timeout -k 1 60 "$talk" "$SOCKET" "$@"
}

# field NAME: of the status, as JSON has it.
field() {
	ctl "$MNT" status --json | sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p"
}

socket_of_mount() {
	SOCKET=$(echo "$SOCKETS"/*.sock)
	[ -S "$SOCKET" ] || fail "no socket is in $SOCKETS: $(ls -la "$SOCKETS" 2>&1)"
}

mkdir -p "$WORK/tree/sub"
make_bytes "$WORK/tree/a" 10000
make_bytes "$WORK/tree/sub/b" 10000
ln -s sub/b "$WORK/tree/link"
rules() {
	cat <<'END'
- {name: bad, path: "**", on: read, fail: EIO}
- {name: worse, path: "**", on: open, fail: EACCES, group: closed}
- {name: stuck, path: "sub/b", on: read, hang: interruptible, group: stuck}
END
}

# ---- where it is ----

it 'a private socket, named by the number of the mount'
rules >"$WORK/rules"
plan 'groups: {closed: off, stuck: off}' <"$WORK/rules"
serve "tree:$WORK/tree" --plan "$PLAN" --journal "$JOURNAL"
socket_of_mount
expect "$(printf '700\n600')" stat -c %a "$SOCKETS" "$SOCKET"
number=$(awk -v mnt="$MNT" '$5 == mnt { sub(":", "-", $3); print $3 }' /proc/self/mountinfo)
expect "$number.sock" basename "$SOCKET"

it 'found from the mount point, from any path in it, there or not, by links and from within'
ln -s "$MNT" "$WORK/way"
ln -s way/sub "$WORK/further"
for path in "$MNT" "$MNT/" "$MNT/sub/b" "$MNT/no/such/file" "$WORK/./tree/../mnt//a" "$WORK/way" "$WORK/way/sub" "$WORK/further/b"; do
	expect "$SERVER" sh -c "'$ordeal' ctl '$path' status --json | sed 's/.*\"pid\":\([0-9]*\).*/\1/'"
done
(cd "$MNT/sub" && ctl b status >"$WORK/said" && ctl . rules >>"$WORK/said" && ctl .. rules >>"$WORK/said") || fail 'not from within'
expect_status 2 "ordeal: ctl: $WORK/tree: no mount of ordeal is there" "$ordeal" ctl "$WORK/tree" status

it 'not for others'
if is_root && as_nobody test -x "$talk"; then
	chmod 755 "$WORK"
	as_nobody timeout 20 "$talk" "$SOCKET" line >"$WORK/said" 2>&1
	expect 3 echo $?
	# The server itself looks who comes, too: here the way is open to all.
	chmod 755 "$SOCKETS" && chmod 666 "$SOCKET"
	expect end as_nobody timeout 20 "$talk" "$SOCKET" send '{"do":"quit"}\n' end
	chmod 700 "$SOCKETS" && chmod 600 "$SOCKET"
fi

# ---- words ----

it 'rules and groups are switched for the next operation, on files open already'
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 10
expect 'ok EIO 0 1' poke open "$MNT/a" r , read @ 0 1 , run "'$ordeal' ctl '$MNT' off bad" , read @ 0 1
expect 'ok 1 0 EIO' poke open "$MNT/a" r , read @ 0 1 , run "'$ordeal' ctl '$MNT' on bad" , read @ 0 1
expect 'rules: 1' ctl "$MNT" off bad
expect 'rules: 1' ctl "$MNT" on closed
expect EACCES poke open "$MNT/a" r
expect 'rules: 1' ctl "$MNT" off closed
expect_struck 3 '"effect":"control","do":"off"'
expect_struck 1 '"do":"on","request":".*closed'

it 'all of them, or none'
expect_status 2 "ordeal: ctl: on: no rule or group is named 'closet' (did you mean 'closed'?)" "$ordeal" ctl "$MNT" on bad closet
expect 'ok 1' poke open "$MNT/a" r , read @ 0 1
expect 'rules: 3' ctl "$MNT" on '*'
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 1

it 'hits are told, and forgotten'
ctl "$MNT" rules >"$WORK/said"
grep -q '^on   *[1-9][0-9]*  bad: \*\*: read: fail with EIO$' "$WORK/said" || fail "$(cat "$WORK/said")"
grep -q '^off *0  worse: ' "$WORK/said" || [ "$(field hits)" -gt 0 ] || fail "$(cat "$WORK/said")"
expect '' ctl "$MNT" reset
expect 0 field hits

it 'nothing strikes while paused, and what is held stays'
ctl "$MNT" on stuck >"$WORK/said"
ctl "$MNT" off bad >"$WORK/said"
"$poke" open "$MNT/sub/b" r , read @ 0 5 >"$WORK/held" &
held=$!
wait_for 5 is_field parked 1 || fail "not held: $(field parked)"
ctl "$MNT" on bad >"$WORK/said"
expect '' ctl "$MNT" pause
expect true field paused
expect 'ok 5' poke open "$MNT/sub/b" r , read @ 0 5
expect 1 field parked
expect 'still_cached: 0' ctl "$MNT" resume
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 5
expect "$(printf 'outages: 0\nreleased: 1')" ctl "$MNT" heal
wait $held
expect 'ok 5' cat "$WORK/held"

it 'disarm lifts all, arm begins anew'
expect '' ctl "$MNT" disarm
expect 'ok 5' poke open "$MNT/a" r , read @ 0 5
expect '' ctl "$MNT" arm
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 5

# ---- the protocol ----

it 'ids come back; what is not understood is refused, and the next line is heard'
socket_of_mount
cat >"$WORK/wanted" <<'END'
{"ok":true,"id":7}
{"ok":true,"id":"x"}
{"ok":false,"id":8,"error":"unknown word 'stauts' (did you mean 'status'?) (the word 'words' lists them)"}
{"ok":false,"error":"'rules' takes no 'form' (did you mean 'from'?)"}
{"ok":false,"error":"'on' needs 'names'"}
{"ok":false,"error":"'names' takes a text or a list of texts"}
{"ok":false,"error":"'names' takes a text or a list of texts"}
{"ok":false,"error":"'limit' is from 1 to 1000"}
{"ok":false,"error":"'from' takes a whole number from 0"}
{"ok":false,"error":"a line must be an object with a text 'do'"}
{"ok":false,"error":"a line must be an object with a text 'do'"}
{"ok":false,"error":"'id' takes a text or a whole number"}
END
talk send '{"do":"pause","id":7}\n{"do":"resume","id":"x"}\n{"do":"stauts","id":8}\n{"do":"rules","form":1}\n{"do":"on"}\n' \
	send '{"do":"on","names":[]}\n{"do":"on","names":[1]}\n{"do":"rules","limit":0}\n{"do":"rules","from":-1}\n[]\n{}\n{"do":"status","id":[]}\n' \
	line line line line line line line line line line line line >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
talk send 'no json\n{"do":"resume"} {}\n{"do":"resume","do":"pause"}\n{"do":"resume"}\n' line line line line >"$WORK/got"
expect '3 of 4' sh -c "echo \$(grep -c '^{\"ok\":false,\"error\":\"this is no line of JSON: ' '$WORK/got') of \$(wc -l <'$WORK/got')"
expect '{"ok":true}' tail -n 1 "$WORK/got"

it 'a line in pieces, and answers behind the end of what is asked'
expect '{"ok":true}' talk send '{"do":' send '"resume"}' send '\n' line
expect '{"ok":true,"id":1}' talk send '{"do":"resume","id":1}\n' shut line
expect end talk send '{"do":"resume"' shut end
expect end talk send '{"do":"\0resume"}\n' end

it 'the words that the client (and, of stats, ordeal stats) knows are those that the server lists'
talk send '{"do":"words"}\n' line | grep -o '"word":"[a-z]*"' | cut -d '"' -f 4 | grep -vx -e words -e stats | sort >"$WORK/listed"
ctl "$MNT" 2>&1 | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u >"$WORK/known"
[ -s "$WORK/known" ] || fail 'no words'
expect_same "$WORK/listed" "$WORK/known"

# ---- clients without manners ----

it 'one that asks much and reads late gets all of it; one that never reads holds up nobody'
expect 3000 talk flood 3000
"$talk" "$SOCKET" stuff 100000 stay >"$WORK/stuffed" &
stuffed=$!
wait_for 10 grep -q stuffed "$WORK/stuffed" || fail 'not stuffed'
expect '{"ok":true}' talk send '{"do":"resume"}\n' line
expect "$SERVER" field pid
kill $stuffed

it 'half a line for ever, many who say nothing, and more than there is room for'
"$talk" "$SOCKET" send '{"do":"sta' stay &
half=$!
"$talk" "$SOCKET" crowd 200 stay &
crowd=$!
wait_for 10 is_field clients 64 || fail "$(field clients) clients"
expect "$SERVER" field pid
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 5
kill $half $crowd
wait_for 10 is_field clients 1 || fail "$(field clients) clients stay"

it 'a line of very many items is refused before a tree is made of it'
commas=$(printf '%20001s' '' | tr ' ' ',')
expect '{"ok":false,"error":"a line has at most 20000 items"}' talk send "[$commas]\n" line
expect '{"ok":false,"error":"a line must be an object with a text '"'do'"'"}' talk send "{\"a\":\"$commas\"}\n" line

it 'what a plan of very many values took goes back'
{ printf '[' && head -c 1000000 /dev/zero | sed 's/\x00/x,/g' && echo 'x]'; } >"$WORK/many.yaml"
memory=$(resident)
! "$ordeal" ctl "$MNT" plan "$WORK/many.yaml" >"$WORK/said" 2>&1 || fail 'it was taken'
grep -q 'a plan must be a mapping' "$WORK/said" || fail "$(cat "$WORK/said")"
grown=$(($(resident) - memory))
[ $grown -lt 50000 ] || fail "$grown kB more than before"

it 'garbage without an end is cut off'
head -c 12000000 /dev/zero | tr '\0' x >"$WORK/garbage"
timeout -k 1 20 "$ordeal" ctl --socket "$SOCKET" --json resume >"$WORK/said" || fail 'no answer'
if command -v python3 >/dev/null; then
	python3 - "$SOCKET" "$WORK/garbage" >"$WORK/got" 2>&1 <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
try:
    s.sendall(open(sys.argv[2], "rb").read())
    print(s.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print("cut off")
END
	grep -qE "cut off|^b''" "$WORK/got" || fail "$(cat "$WORK/got")"
fi
expect "$SERVER" field pid

it 'the example of the manual works'
if command -v python3 >/dev/null; then
	sed -n '/^import json/,/^```/p' "$SOURCE/docs/ordeal-control.5.scd" | sed '/^```/d' >"$WORK/example.py"
	[ -s "$WORK/example.py" ] || fail 'no example'
	expect 'True True' python3 "$WORK/example.py" "$SOCKET" bad
	expect 'ok 5' poke open "$MNT/a" r , read @ 0 5
fi

# ---- the end ----

it 'abort fails what is held, and unmounts; the socket goes with it'
ctl "$MNT" on stuck >"$WORK/said"
"$poke" open "$MNT/sub/b" r , read @ 0 5 >"$WORK/held" &
held=$!
wait_for 5 is_field parked 1 || fail 'not held'
expect 'released: 1' ctl "$MNT" abort
wait $held
expect 'ok ECONNABORTED' cat "$WORK/held"
wait_for 10 is_not_mounted "$MNT" || timeout 20 "$ordeal" umount "$MNT"
wait_for 10 has_ended "$SERVER" || fail 'lives on'
[ ! -e "$SOCKET" ] || fail 'the socket is left'
SERVER=''

it 'the socket of a dead server says so, and makes room for the next'
serve "tree:$WORK/tree"
socket_of_mount
kill -KILL "$SERVER"
wait_for 10 has_ended "$SERVER" || fail 'lives on'
wait_for 10 is_not_mounted "$MNT" || fail 'still mounted'
expect_status 3 "ordeal: ctl: $SOCKET: Connection refused" "$ordeal" ctl --socket "$SOCKET" status
SERVER=''
serve "tree:$WORK/tree"
expect 1 sh -c "ls '$SOCKETS' | wc -l"
expect "$SERVER" field pid

it 'a path of one own; not where somebody else is'
unmount
serve "tree:$WORK/tree" --control "$WORK/my socket"
expect_status 0 '' "$ordeal" ctl --socket "$WORK/my socket" status
mkdir "$WORK/mnt2"
expect_status 2 "ordeal: $WORK/my socket: the control socket cannot be made: Address already in use" \
	"$ordeal" mount "tree:$WORK/tree" "$WORK/mnt2" --control "$WORK/my socket"
wait_for 10 is_not_mounted "$WORK/mnt2" || timeout 20 "$ordeal" umount "$WORK/mnt2"
unmount
[ ! -e "$WORK/my socket" ] || fail 'the socket is left'
