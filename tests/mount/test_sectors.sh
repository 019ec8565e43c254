#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# heal: sectors that cannot be read until they are written; corrupt: stuck bits, bits that differ at each read, stale blocks.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

faulty() {
	new_scratch
	make_bytes "$SCRATCH/f" 20000
	make_bytes "$WORK/f" 20000
	serve_faulty "scratch:$SCRATCH"
}

it 'bad until it is written: sector by sector'
faulty <<'END'
- {path: f, on: read, offset: 4096..8192, fail: EIO, heal: write}
END
expect '4096 EIO EIO' poke read "$MNT/f" 0 8192 , read "$MNT/f" 4096 100 , read "$MNT/f" 8191 1
expect '512 512 EIO' poke write "$MNT/f" 4096 512 , read "$MNT/f" 4096 512 , read "$MNT/f" 4608 512
it '... the error stands at the first byte that is still bad'
expect '4608 EIO' poke read "$MNT/f" 0 20000 , read "$MNT/f" 4608 1
it '... a part of a sector heals nothing'
expect '511 EIO 513 EIO 511' poke write "$MNT/f" 4608 511 , read "$MNT/f" 4608 10 , write "$MNT/f" 5119 513 , read "$MNT/f" 4608 10 , \
	read "$MNT/f" 5120 511
it '... and in the middle of the range'
expect '512 512 EIO EIO' poke write "$MNT/f" 6144 512 , read "$MNT/f" 6144 512 , read "$MNT/f" 6143 1 , read "$MNT/f" 6656 1
expect_struck 3 '"op":"write",.*"effect":"heal"'
it '... what was healed is so under another name, too'
expect 'ok ok' poke rename "$MNT/f" "$MNT/g" , rename "$MNT/g" "$MNT/f"
expect '512 EIO' poke read "$MNT/f" 4096 512 , read "$MNT/f" 4608 1
it '... all of it'
expect '4096 20000' poke write "$MNT/f" 4096 4096 , read "$MNT/f" 0 20000
expect_same "$WORK/f" "$MNT/f"

it 'through the page cache: a page is bad until it is written'
faulty <<'END'
- {path: f, on: read, offset: 4096..8192, fail: EIO, heal: {on: write, sector: 4096}}
END
expect SIGBUS poke touch "$MNT/f" private 5000
expect '4095 EIO 4096 1' poke write "$MNT/f" 4096 4095 , read "$MNT/f" 5000 1 , write "$MNT/f" 4096 4096 , read "$MNT/f" 5000 1
expect 'ok' sh -c "timeout 20 '$BUILD/tests/mount/poke' touch '$MNT/f' private 5000 | tr -d '0-9' | sed 's/^\$/ok/'"

it 'heal goes with fail on read alone'
for rule in '{on: write, fail: EIO, heal: write}' '{on: [read, open], fail: EIO, heal: write}' '{on: read, delay: 1ms, heal: write}' \
	'{on: read, fail: EIO, heal: read}'; do
	printf '%s\n' 'version: 1' 'rules:' "- $rule" >"$PLAN"
	"$ordeal" plan check "$PLAN" >/dev/null 2>&1 && fail "taken: $rule"
done

it 'stuck bits: the same at each read, whatever was written'
faulty <<'END'
- {path: f, corrupt: stuck}
END
cat "$MNT/f" >"$WORK/1"
cat "$MNT/f" >"$WORK/2"
expect_same "$WORK/1" "$WORK/2"
# Five blocks with one stuck bit each: written all ones and all zeroes, each is wrong in one of both.
wrong() {
	tr '\0' "\\$1" </dev/zero | head -c 20000 >"$WORK/all"
	dd if="$WORK/all" of="$MNT/f" bs=20000 conv=notrunc 2>/dev/null
	cmp -l "$WORK/all" "$MNT/f" | wc -l
}
ones=$(wrong 377)
zeroes=$(wrong 000)
[ $((ones + zeroes)) -eq 5 ] || fail "$ones bits are stuck at 0 and $zeroes at 1, of 5"

it 'random flips: another bit at each read, and the file is whole'
faulty <<'END'
- {path: f, corrupt: random}
END
cat "$MNT/f" >"$WORK/1"
cat "$MNT/f" >"$WORK/2"
expect 5 sh -c "cmp -l '$WORK/f' '$WORK/1' | wc -l"
expect 5 sh -c "cmp -l '$WORK/f' '$WORK/2' | wc -l"
cmp -s "$WORK/1" "$WORK/2" && fail 'the same bits twice'
expect_same "$WORK/f" "$SCRATCH/f"

it 'stale: what the block held before it was last written'
faulty <<'END'
- {path: f, corrupt: stale}
END
expect 20000:same poke same "$MNT/f" "$WORK/f" 0 20000
printf 'AAAA' | dd of="$MNT/f" bs=4 seek=1250 conv=notrunc 2>/dev/null
expect_same "$WORK/f" "$MNT/f"
expect '[AAAA]' sh -c "printf '[%s]' \"\$(dd if='$SCRATCH/f' bs=4 skip=1250 count=1 2>/dev/null)\""
expect_struck 1 '"op":"read",.*"effect":"corrupt","changed":4'
it '... one write back, and not more'
printf 'BBBB' | dd of="$MNT/f" bs=4 seek=1250 conv=notrunc 2>/dev/null
expect '[AAAA]' sh -c "printf '[%s]' \"\$(dd if='$MNT/f' bs=4 skip=1250 count=1 2>/dev/null)\""
