#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# outage and network: no answer for a while, then one, or an error; what was open may be stale; links lose, delay and break off.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/f" 100000
echo other >"$tree/other"

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# since START LEAST: milliseconds
since() {
	took=$(($(now_ms) - $1))
	[ $took -ge "$2" ] || fail "$took ms, wanted $2 at least"
}

it 'hard: whoever asks waits for the end, and is served; others are not concerned'
start=$(now_ms)
serve_faulty "tree:$tree" <<'END'
- {name: away, path: f, outage: {for: 1500ms}}
END
expect 'other' cat "$MNT/other"
expect_same "$tree/f" "$MNT/f"
since "$start" 1500
wait_for 5 grep -q '"rule":"away","effect":"outage","delay_s":' "$JOURNAL" || fail 'nothing in the journal'
struck away >"$WORK/before"
expect_same "$tree/f" "$MNT/f"
expect "$(cat "$WORK/before")" struck away

it 'a signal with a handler does not end the wait, SIGKILL does'
serve_faulty "tree:$tree" <<'END'
- {name: away, on: read, outage: {for: 700ms}}
- {name: gone, on: open, path: other, outage: hard}
END
expect 'ok 9' poke open "$MNT/f" r , interrupted 50 read @ 0 9
"$poke" open "$MNT/other" r &
waiting=$!
wait_for 5 has_struck 1 '"rule":"gone"' || fail 'does not wait'
kill -s KILL $waiting
wait_for 5 sh -c "! kill -0 $waiting 2>/dev/null" || fail 'cannot be killed'
wait $waiting 2>/dev/null

it 'intr: any signal ends it; and none'
serve_faulty "tree:$tree" <<'END'
- {name: any, path: f, on: read, outage: {for: 1h, intr: true}}
- {name: none, path: other, on: read, outage: {for: 1s, intr: false}}
END
expect 'ok EINTR' poke open "$MNT/f" r , interrupted 50 read @ 0 9
expect 'ok 6' poke open "$MNT/other" r , interrupted 20 read @ 0 9

it 'soft: EIO after the timeouts, softerr: ETIMEDOUT, or as told'
serve_faulty "tree:$tree" <<'END'
- {name: soft, path: f, on: read, outage: {mount: soft, timeo: 50ms, retrans: 1}}
- {name: softerr, path: f, on: getattr, outage: {mount: softerr, timeo: 50ms, retrans: 1, backoff: linear}}
- {name: told, path: other, on: read, outage: {mount: soft, timeo: 1ms, retrans: 0, error: EHOSTDOWN}}
END
expect 'ok EIO in-time ETIMEDOUT in-time' poke open "$MNT/f" r , took 150 20000 read @ 0 9 , took 150 20000 fsize @
expect 'ok EHOSTDOWN' poke open "$MNT/other" r , read @ 0 9
expect_struck 1 '"rule":"soft","effect":"outage","error":"EIO","delay_s":0.150000'
expect SIGBUS poke touch "$MNT/f" private 0

it 'soft: goes on where the outage ends before that'
start=$(now_ms)
serve_faulty "tree:$tree" <<'END'
- {name: soft, on: read, outage: {for: 800ms, mount: soft, timeo: 1h}}
END
expect 9 poke read "$MNT/f" 0 9
since "$start" 800

it 'reconnect: stale: what was open is stale until it is opened anew'
serve_faulty "tree:$tree" <<'END'
- {name: restart, on: [read, write], outage: {for: 1s, reconnect: stale}}
END
expect 'ok ESTALE ESTALE ok 9' poke open "$MNT/f" r , read @ 0 9 , read @ 0 9 , open "$MNT/f" r , read @ 0 9

it 'and resume: it goes on'
serve_faulty "tree:$tree" <<'END'
- {name: restart, on: [read, write], outage: {for: 1s}}
END
expect 'ok 9 9' poke open "$MNT/f" r , read @ 0 9 , read @ 0 9

it 'windows come again'
serve_faulty "tree:$tree" <<'END'
- {name: flicker, on: read, outage: {at: 100ms, for: 100ms, every: 300ms}}
END
"$poke" open "$MNT/f" r , repeat 100000000 read @ 0 9 >/dev/null &
reader=$!
wait_for 20 sh -c "[ \$(grep -c flicker '$JOURNAL') -ge 3 ]" || fail 'it comes less than three times'
kill $reader
wait $reader 2>/dev/null

it 'the unrelated is prompt while two hundred wait for an end that nobody knows; the mount can be ended'
serve_faulty "tree:$tree" <<'END'
- {name: away, path: f, on: read, outage: hard}
END
"$poke" crowd 200 "$MNT/f" >/dev/null 2>&1 &
crowd=$!
wait_for 10 has_struck 200 away || fail "only $(struck away) wait"
expect 'file 6' poke stat "$MNT/other" , read "$MNT/other" 0 10
unmount
wait_for 5 sh -c "! kill -0 $crowd 2>/dev/null" || fail 'they wait for a server that is gone'
wait $crowd 2>/dev/null

# ---- by hand ----

ctl() {
	timeout -k 1 20 "$ordeal" ctl "$MNT" "$@" >"$WORK/ctl" 2>&1 || fail "ctl $*: $(cat "$WORK/ctl")"
}

# freed_by RULE WORD...: reads of f wait for the rule, and the word frees them.
freed_by() {
	name=$1
	shift
	: >"$JOURNAL"
	"$poke" open "$MNT/f" r , read @ 0 9 >"$WORK/freed" 2>&1 &
	reader=$!
	wait_for 5 has_struck 1 "\"rule\":\"$name\"" || fail "$name does not strike"
	ctl "$@"
	wait_for 10 sh -c "! kill -0 $reader 2>/dev/null" || fail "$name is not freed by $*"
	wait $reader
	expect 'ok 9' cat "$WORK/freed"
}

it 'what waits goes on when its rule is switched off'
for effect in 'outage: hard' 'outage: {mount: soft, timeo: 1h}' 'outage: {for: 1h}' 'delay: 1h' 'hang: true' 'rate: 1B/s' 'iops: {operations: 1, burst: 1}' \
	'network: {latency: 1h}' 'network: {down: true}' 'device: {rate: 1B/s}'; do
	serve_faulty "tree:$tree" <<END
- {name: first, on: read, path: other, delay: 1ns}
- {name: away, path: f, on: read, $effect}
END
	[ "$effect" = 'iops: {operations: 1, burst: 1}' ] && expect 9 poke read "$MNT/f" 0 9
	freed_by away off away
done

it 'but not while another holds it'
serve_faulty "tree:$tree" <<'END'
- {name: slow, path: f, on: read, delay: 800ms}
- {name: never, path: f, on: read, hang: true}
END
start=$(now_ms)
"$poke" open "$MNT/f" r , read @ 0 9 >"$WORK/freed" 2>&1 &
reader=$!
wait_for 5 has_struck 1 '"rule":"never"' || fail 'does not strike'
ctl off slow
kill -0 $reader 2>/dev/null || fail 'it was let go'
ctl off never
wait_for 10 sh -c "! kill -0 $reader 2>/dev/null" || fail 'it is not let go'
wait $reader
expect 'ok 9' cat "$WORK/freed"

it 'a link keeps what is on its way while another rule is switched off'
for link in 'latency: 800ms' 'latency: 800ms, down: {at: 1h, for: 1s}'; do
	serve_faulty "tree:$tree" <<END
- {name: link, path: f, on: read, network: {$link}}
- {name: unrelated, path: other, on: read, delay: 1ns}
END
	start=$(now_ms)
	"$poke" open "$MNT/f" r , read @ 0 9 >"$WORK/freed" 2>&1 &
	reader=$!
	wait_for 5 has_struck 1 '"rule":"link"' || fail 'does not strike'
	ctl off unrelated
	wait $reader
	since "$start" 800
	expect 'ok 9' cat "$WORK/freed"
done

it 'heal ends an outage, until it is switched on again'
serve_faulty "tree:$tree" <<'END'
- {name: away, path: f, on: read, outage: hard}
END
freed_by away heal
expect "$(printf 'outages: 1\nreleased: 1')" cat "$WORK/ctl"
expect 9 poke read "$MNT/f" 0 9
ctl rules
grep -q '^on .* (healed until it is switched on again)$' "$WORK/ctl" || fail "$(cat "$WORK/ctl")"
ctl heal
expect "$(printf 'outages: 0\nreleased: 0')" cat "$WORK/ctl"
ctl off away
ctl on away
ctl rules
grep -q healed "$WORK/ctl" && fail "$(cat "$WORK/ctl")"
freed_by away heal
ctl set '{name: often, path: other, on: read, outage: {at: 0s, for: 1000s, every: 5000s}}'
ctl outage 1000s path=nowhere
ctl heal
grep -qx 'outages: 2' "$WORK/ctl" || fail "$(cat "$WORK/ctl")"
ctl rules
grep -qE '^on .* \(healed, the next in (49[0-9]{2}\.[0-9]|5000\.0) s\)$' "$WORK/ctl" || fail "$(cat "$WORK/ctl")"
expect 6 poke read "$MNT/other" 0 9

# stale_after SAID WORD...: what a reader says whose first read waits until the word.
stale_after() {
	said=$1
	shift
	serve_faulty "tree:$tree" <<'END'
- {name: away, on: read, outage: {reconnect: stale}}
END
	"$poke" open "$MNT/f" r , read @ 0 9 , read @ 0 9 , open "$MNT/f" r , read @ 0 9 >"$WORK/freed" 2>&1 &
	reader=$!
	wait_for 5 has_struck 1 away || fail 'does not strike'
	ctl "$@"
	wait $reader
	expect "$said" cat "$WORK/freed"
}

it 'stale: also after one that was ended by hand; a rule that is off strikes nothing'
stale_after 'ok ESTALE ESTALE ok 9' heal
stale_after 'ok 9 9 ok 9' off away
stale_after 'ok 9 9 ok 9' disarm

# ---- network ----

it 'network: each request has its latency, a close only its own'
serve_faulty "tree:$tree" <<'END'
- {name: link, network: {latency: 30ms, slow_close: 60ms}}
END
expect 'ok in-time 9 in-time ok in-time' poke took 60 20000 open "$MNT/f" r , took 30 20000 read @ 0 9 , took 60 20000 close @
expect_struck 1 '"op":"open",.*"delay_s":0.030000'
expect_struck 1 '"op":"flush",.*"delay_s":0.060000'

it 'network: one rate for the whole link, reads and writes'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: link, network: {rate: 800kbit}}
END
expect 'ok 10000 in-time 10000 in-time' poke open "$MNT/f" rw,c , took 100 20000 write @ 0 10000 , took 100 20000 read @ 0 10000

it 'network: what is lost is asked again after a timeout; soft gives up'
serve_faulty "tree:$tree" <<'END'
- {name: never, path: other, on: read, network: {loss: 100%, timeo: 40ms, retrans: 1, mount: softerr}}
- {name: often, path: f, on: read, network: {loss: 50%, timeo: 1ms, retrans: 1, mount: soft}}
END
expect 'ok ETIMEDOUT in-time' poke open "$MNT/other" r , took 120 20000 read @ 0 9
poke open "$MNT/f" r , repeat 100 read @ 0 9 | tr ' ' '\n' | sort | uniq -c >"$WORK/counts"
awk '$2 == "EIO" { eio = $1 } $2 == 9 { good = $1 } END { exit !(eio + good == 100 && eio > 5 && eio < 60) }' "$WORK/counts" ||
	fail "of 100 reads: $(tr '\n' ' ' <"$WORK/counts")"

it 'network: the same are lost in the next run, and others with another seed'
lost() {
	serve_faulty "tree:$tree" --seed "$1" <<'END'
- {name: often, path: f, on: read, network: {loss: 50%, timeo: 1ms, retrans: 0, mount: soft}}
END
	poke open "$MNT/f" r , repeat 60 read @ 0 9
}
lost 1 >"$WORK/one"
lost 1 >"$WORK/again"
lost 2 >"$WORK/two"
expect_same "$WORK/one" "$WORK/again"
cmp -s "$WORK/one" "$WORK/two" && fail 'another seed loses the same'

it 'network: a reset at its byte; what comes before is delivered'
serve_faulty "tree:$tree" <<'END'
- {name: link, network: {reset_after: 10000}}
END
expect 'ok 4096 4096 1808 ECONNRESET 4096' poke open "$MNT/f" r , repeat 5 read @ 0 4096
expect_struck 1 '"result":1808,.*"rule":"link","effect":"cut"}'
expect_struck 1 '"effect":"network","error":"ECONNRESET"'
"$ordeal" ctl --json "$MNT" status >"$WORK/status"
grep -q '{"name":"link","hits":1,"cuts":1}' "$WORK/status" || fail "$(cat "$WORK/status")"
serve_faulty "tree:$tree" <<'END'
- {name: link, network: {reset_after: 10000, reconnect: stale}}
END
expect 'ok 10000 ECONNRESET ESTALE ok 100' poke open "$MNT/f" r , read @ 0 20000 , read @ 0 20000 , read @ 0 100 , open "$MNT/f" r , read @ 0 100

it 'network: down'
start=$(now_ms)
serve_faulty "tree:$tree" <<'END'
- {name: link, path: f, network: {latency: 1ms, down: {for: 1s}}}
- {name: dead, path: other, network: {mount: soft, timeo: 10ms, retrans: 0, down: true}}
END
expect 9 poke read "$MNT/f" 0 9
since "$start" 1000
expect EIO poke stat "$MNT/other"
