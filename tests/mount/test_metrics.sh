#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the server counts, held against what was really done; in the format that Prometheus reads, over HTTP on the loopback interface.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/file" 100000
make_bytes "$tree/slow" 1000
make_bytes "$tree/hung" 1000
perl -MIO::Socket::INET -e 1 2>/dev/null || skip 'no perl to speak HTTP with'

# http PORT METHOD PATH: the status goes to $WORK/status, the head to $WORK/head, the body to stdout.
http() {
	# shellcheck disable=SC2016 # variables of perl
	timeout -k 1 20 perl -MIO::Socket::INET -e '
		my ($port, $method, $path, $work) = @ARGV;
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "connect: $!\n";
		print $s "$method $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
		local $/; my $all = <$s>;
		my ($head, $body) = split /\r\n\r\n/, $all, 2;
		open my $h, ">", "$work/head"; print $h $head; close $h;
		print $body;' "$1" "$2" "$3" "$WORK" || fail "no answer from port $1"
	head -n 1 "$WORK/head" | cut -d ' ' -f 2 >"$WORK/status"
}

mount_measured() {
	timeout -k 1 30 "$ordeal" mount "$@" --metrics-port 0 "$MNT" >"$WORK/said" 2>"$WORK/stderr"
	status=$?
	[ $status -ne 3 ] || skip "no mount here: $(cat "$WORK/stderr")"
	[ $status -eq 0 ] || fail "status $status: $(cat "$WORK/stderr")"
	SERVER=$(sed -n 's/.*process \([0-9]*\)).*/\1/p' "$WORK/said")
	PORT=$(sed -n 's,.*metrics at http://127.0.0.1:\([0-9]*\)/metrics$,\1,p' "$WORK/said")
	[ -n "$PORT" ] || fail "the port is not told: $(cat "$WORK/said")"
}

# Take the metrics into $WORK/metrics, and look whether they are what they claim to be.
measure() {
	http "$PORT" GET /metrics >"$WORK/metrics"
	expect 200 cat "$WORK/status"
	checked=$(awk -f "$here/prometheus.awk" "$WORK/metrics")
	case $checked in
	'ok '*) ;;
	*) fail "not in the format: $checked" ;;
	esac
	[ -z "$(tail -c 1 "$WORK/metrics")" ] || fail 'the last line has no end'
}

# expect_metric VALUE SERIES
expect_metric() {
	got=$(grep -F "$2 " "$WORK/metrics" | grep -vF '# ' | sed 's/.* //')
	[ "$got" = "$1" ] || fail "$2 is '$got', not $1"
}

it 'the parser finds what is wrong'
good='# HELP ordeal_a_total x
# TYPE ordeal_a_total counter
ordeal_a_total{op="r"} 1
'
parsed() {
	printf '%s' "$1" | awk -f "$here/prometheus.awk" | sed 's/^line [0-9]*: \([^:]*\):.*/\1/'
}
expect 'ok 1 1' parsed "$good"
expect 'a series twice' parsed "${good}ordeal_a_total{op=\"r\"} 2
"
expect 'a sample of another family' parsed "${good}ordeal_b 2
"
expect 'a family twice' parsed "$good$good"
expect 'labels that are none' parsed "${good}ordeal_a_total{op=\"a\"b\"} 2
"
expect 'no value, or more than one' parsed "${good}ordeal_a_total 2 3
"
expect 'a bucket that is smaller than the one before' parsed '# HELP ordeal_h x
# TYPE ordeal_h histogram
ordeal_h_bucket{le="1"} 2
ordeal_h_bucket{le="2"} 1
'
expect 'a count that is not that of +Inf' parsed '# HELP ordeal_h x
# TYPE ordeal_h histogram
ordeal_h_bucket{le="1"} 2
ordeal_h_bucket{le="+Inf"} 2
ordeal_h_count 3
'

it 'what was done is what is counted'
plan <<'END'
- {name: 'bad "one"', path: file, on: read, offset: 5000.., fail: EIO}
- {name: slow, path: slow, on: read, delay: 60ms}
- {name: stuck, path: hung, on: read, hang: true}
- {name: never, path: file, on: read, fail: ENXIO, when: {nth: 1000000}}
END
mount_measured "tree:$tree" --plan "$PLAN" --journal "$JOURNAL"
expect '5000 EIO 1000 EROFS' poke read "$MNT/file" 0 10000 , read "$MNT/file" 5000 10 , read "$MNT/slow" 0 4096 , mkdir "$MNT/new"
"$poke" read "$MNT/hung" 0 10 >"$WORK/hung" &
hung=$!
expect_struck 1 '"effect":"hang"'
measure
expect_metric 3 'ordeal_operations_total{op="read"}'
expect_metric 1 'ordeal_operations_total{op="mkdir"}'
expect_metric 1 'ordeal_errors_total{op="read",errno="EIO"}'
expect_metric 1 'ordeal_errors_total{op="mkdir",errno="EROFS"}'
expect_metric 6000 ordeal_read_bytes_total
expect_metric 0 ordeal_written_bytes_total
expect_metric 1 ordeal_requests_parked
expect_metric 1 ordeal_requests_parked_peak
expect_metric 1 'ordeal_faults_total{rule="slow",effect="delay"}'
expect_metric 1 'ordeal_faults_total{rule="stuck",effect="hang"}'
expect_metric 0 'ordeal_faults_total{rule="never",effect="fail"}'
grep -q '^ordeal_faults_total{rule="bad \\"one\\"",effect="fail"} 1$' "$WORK/metrics" || fail 'a quote in a name is lost'
grep -q '^ordeal_cuts_total{rule="bad \\"one\\"",effect="fail"} 1$' "$WORK/metrics" || fail 'the read that was cut short is not told'
expect_metric 0 'ordeal_cuts_total{rule="slow",effect="delay"}'
expect_metric 0 ordeal_journal_lost_lines_total
expect_metric "$(wc -l <"$JOURNAL")" ordeal_journal_lines_total
expect_metric 3 'ordeal_operation_duration_seconds_count{op="read"}'
expect_metric 2 'ordeal_operation_duration_seconds_bucket{op="read",le="0.033554432"}'
expect_metric 1 ordeal_handles_open # the hung one
awk '/^ordeal_operation_duration_seconds_sum{op="read"}/ { exit !($2 >= 0.06) }' "$WORK/metrics" || fail 'the delay is not in the time'
awk '/^ordeal_parked_seconds_total{op="read"}/ { found = $2 >= 0.05 } END { exit !found }' "$WORK/metrics" || fail 'the wait is not told'

it 'ordeal stats tells the same, in each of its forms'
"$ordeal" stats "$MNT" --format prometheus >"$WORK/again" || fail "status $?"
expect "$checked" awk -f "$here/prometheus.awk" "$WORK/again"
grep -v '^ordeal_start' "$WORK/metrics" >"$WORK/wanted" && grep -v '^ordeal_start' "$WORK/again" >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
"$ordeal" stats "$MNT" >"$WORK/text" || fail "status $?"
grep -qE '^read +3 +1 .* EIO 1$' "$WORK/text" || fail "$(cat "$WORK/text")"
grep -qE '^ +1 +0  delay +slow$' "$WORK/text" || fail "$(cat "$WORK/text")"
grep -qE '^ +1 +1  fail +"bad \\"one\\""$' "$WORK/text" || fail "$(cat "$WORK/text")"
"$ordeal" ctl "$MNT" rules >"$WORK/rules"
grep -q '1  "bad \\"one\\"": file: read,' "$WORK/rules" || fail "$(cat "$WORK/rules")"
grep -q '1  slow: slow: read' "$WORK/rules" || fail "$(cat "$WORK/rules")"
grep -q '^plan in force: yes; requests that wait: 1 (at most 1)$' "$WORK/text" || fail "$(cat "$WORK/text")"
"$ordeal" stats "$MNT/file" --format json >"$WORK/json" || fail "status $?"
grep -q '"read": *{"count":3,"failed":1,"errors":{"EIO":1},"seconds":0\.[0-9]*,"parked_s":0\.[0-9]*,' "$WORK/json" || fail "$(cat "$WORK/json")"
grep -qE '[0-9]\.[0-9]{13}' "$WORK/json" && fail "a number has more digits than it was given: $(cat "$WORK/json")"
grep -q '{"name":"stuck","effect":"hang","hits":1,"cuts":0}' "$WORK/json" || fail "$(cat "$WORK/json")"
expect_status 2 "ordeal: stats: $WORK: no mount of ordeal is there" "$ordeal" stats "$WORK"

it 'what state it is in: paused, power off, outages with what is left of them'
expect_metric 0 ordeal_paused
grep -q '^ordeal_outage_remaining_seconds' "$WORK/metrics" && fail 'an outage is told that nobody made'
"$ordeal" ctl "$MNT" pause >/dev/null || fail "status $?"
measure
expect_metric 1 ordeal_paused
"$ordeal" stats "$MNT" >"$WORK/text"
grep -q '^plan in force: paused; ' "$WORK/text" || fail "$(cat "$WORK/text")"
"$ordeal" ctl "$MNT" status >"$WORK/text"
grep -q '^plan .*: paused, ' "$WORK/text" || fail "$(cat "$WORK/text")"
"$ordeal" ctl "$MNT" resume >/dev/null || fail "status $?"
"$ordeal" ctl "$MNT" outage 1000s path=nowhere >/dev/null || fail "status $?"
"$ordeal" ctl "$MNT" set '{name: ever, path: nowhere, outage: hard}' >/dev/null || fail "status $?"
measure
grep -qE '^ordeal_outage_remaining_seconds\{rule="outage-[0-9]+"\} (9[0-9]{2}|1000)\.' "$WORK/metrics" || fail "$(grep outage "$WORK/metrics")"
expect_metric +Inf 'ordeal_outage_remaining_seconds{rule="ever"}'
for word in stats 'ctl --json'; do
	# shellcheck disable=SC2086
	case $word in
	stats) "$ordeal" stats "$MNT" -f json ;;
	*) "$ordeal" ctl --json "$MNT" status ;;
	esac >"$WORK/json"
	grep -qE '"outages":\[\{"rule":"outage-[0-9]+","remaining_s":9?[0-9.]+\},\{"rule":"ever","remaining_s":null\}\]' "$WORK/json" ||
		fail "$word: $(cat "$WORK/json")"
done
for word in stats status; do
	case $word in
	stats) "$ordeal" stats "$MNT" ;;
	*) "$ordeal" ctl "$MNT" status ;;
	esac >"$WORK/text"
	grep -qE '^outage outage-[0-9]+: (9[0-9]{2}\.[0-9]|1000\.0) s to go$' "$WORK/text" || fail "$(cat "$WORK/text")"
	grep -q '^outage ever: until somebody ends it$' "$WORK/text" || fail "$(cat "$WORK/text")"
done
"$ordeal" ctl "$MNT" remove ever >/dev/null || fail "status $?"
measure
grep -q '^ordeal_outage_remaining_seconds{rule="ever"}' "$WORK/metrics" && fail 'a rule that is gone has an outage'

it 'where there is no rule there is no plan in force; what the trace has is records'
mkdir "$WORK/bare"
"$ordeal" mount "tree:$tree" "$WORK/bare" --trace "$WORK/trace" >/dev/null || fail "status $?"
expect 1000 poke read "$WORK/bare/slow" 0 4096
"$ordeal" stats "$WORK/bare" >"$WORK/text"
"$ordeal" ctl "$WORK/bare" set '{name: one, path: nowhere, on: read, fail: EIO}' >/dev/null
"$ordeal" stats "$WORK/bare" | head -n 1 >>"$WORK/text"
"$ordeal" umount "$WORK/bare"
grep -q '^no plan; requests that wait: 0 (at most 0)$' "$WORK/text" || fail "$(cat "$WORK/text")"
grep -qE '; trace: records [1-9][0-9]* \(names of callers among them\), overwritten 0$' "$WORK/text" || fail "$(cat "$WORK/text")"
grep -q '^plan in force: yes; requests that wait: 0 (at most 0)$' "$WORK/text" || fail "$(cat "$WORK/text")"

it 'counters grow, and a wait that ends is an answer'
kill -9 $hung
wait $hung 2>/dev/null
is_answered() {
	measure
	grep -q '^ordeal_errors_total{op="read",errno="EINTR"} 1$' "$WORK/metrics"
}
wait_for 10 is_answered || fail 'the hung read is not told to have ended'
expect_metric 0 ordeal_requests_parked
expect_metric 1 ordeal_requests_parked_peak
expect_metric 4 'ordeal_operations_total{op="read"}'

it 'what was struck is not taken back: not by reset, nor by a rule that is changed or gone'
for word in reset arm 'set slow delay=1ms' 'set slow fail=ENXIO' 'remove slow'; do
	# shellcheck disable=SC2086
	"$ordeal" ctl "$MNT" $word >/dev/null || fail "status $?"
	measure
	expect_metric 1 'ordeal_faults_total{rule="slow",effect="delay"}'
done
expect_metric '' 'ordeal_faults_total{rule="slow",effect="fail"}' # it never struck, and is gone
"$ordeal" ctl "$MNT" struck >"$WORK/text" || fail "status $?"
grep -qx '         1  slow' "$WORK/text" || fail "$(cat "$WORK/text")"
"$ordeal" ctl "$MNT" set '{name: slow, path: slow, on: read, delay: 1ms}' >/dev/null || fail "status $?"
expect 1000 poke read "$MNT/slow" 0 4096
measure
expect_metric 2 'ordeal_faults_total{rule="slow",effect="delay"}'

it 'other paths, other methods'
http "$PORT" GET / >/dev/null
expect 404 cat "$WORK/status"
http "$PORT" POST /metrics >/dev/null
expect 405 cat "$WORK/status"

it 'clients that stall hold up neither the mount nor, in the end, each other'
# shellcheck disable=SC2016 # variables of perl
perl -MIO::Socket::INET -e '
	my @s;
	# More than are served at once, and no more than wait in the queue: TCP tries others again after seconds.
	for (1 .. 24) {
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or last;
		print $s $_ % 2 ? "GET /met" : "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" x 100;
		push @s, $s;
	}
	open my $f, ">", $ARGV[1]; close $f;
	sleep 600' "$PORT" "$WORK/stalls" &
stalled=$!
wait_for 10 test -e "$WORK/stalls" || fail 'the clients do not stall'
expect '100000 1000' poke size "$MNT/file" , read "$MNT/slow" 0 4096
measure # within the seconds that a stalled client is waited for
kill $stalled
wait $stalled 2>/dev/null

it 'only on the loopback interface, and where it is asked for'
grep -qi "$(printf ':%04X' "$PORT") " /proc/net/tcp || fail 'the port is not in the table: nothing was shown'
expect "0100007F:$(printf %04X "$PORT")" sh -c "awk -v port=$(printf :%04X "$PORT") '\$4 == \"0A\" && index(\$2, port) { print \$2 }' /proc/net/tcp"
mkdir "$WORK/mnt2"
expect_status 2 "ordeal: --metrics-port: 127.0.0.1:$PORT cannot be listened on: Address already in use" \
	"$ordeal" mount "tree:$tree" "$WORK/mnt2" --metrics-port "$PORT"
expect_status 2 "ordeal: --metrics-port: '65536' is no port from 0 to 65535" "$ordeal" mount "tree:$tree" "$WORK/mnt2" --metrics-port 65536
unmount
