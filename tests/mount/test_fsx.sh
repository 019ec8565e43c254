#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Random operations on a scratch, held against a model: without rules, past the page cache, and with nothing cached at all.
# Five seconds each, or as many as are given; the seeds are always the same.
# shellcheck source=tests/mount/lib.sh
DEADLINE=$((3 * ${1:-5} + 120))
export DEADLINE
. "$(dirname "$0")/lib.sh"
seconds=${1:-5}

# holds SEED: the model's last line is told, all of it on a difference.
holds() {
	timeout -k 1 $((seconds + 60)) "$BUILD/tests/mount/fsx_model" "$MNT" "$1" "${seconds}s" >"$WORK/model" 2>&1 ||
		fail "fsx_model: status $?: $(cat "$WORK/model")"
	it "  $(cat "$WORK/model")"
}

it 'it finds a difference where there is one'
mkdir "$WORK/tree"
"$BUILD/tests/mount/fsx_model" "$WORK/tree" 1 500 >"$WORK/model" 2>&1 || fail "on a plain directory: $(tail -n 3 "$WORK/model")"
new_scratch
serve_faulty "$SERVED" <<'END'
- {name: rot, on: read, corrupt: flip, when: {probability: 1%}}
END
"$BUILD/tests/mount/fsx_model" "$MNT" 1 5000 >"$WORK/model" 2>&1 && fail 'corrupted reads were not noticed'
grep -q '^byte .* wanted' "$WORK/model" || fail "$(tail -n 3 "$WORK/model")"

it 'without rules'
new_scratch
serve "$SERVED"
holds 11

it 'rules on bytes'
new_scratch
serve_faulty "$SERVED" <<'END'
- {name: none, path: "no such name", on: [read, write], delay: 1us}
END
holds 12

it 'rules on everything'
new_scratch
serve_faulty "$SERVED" <<'END'
- {name: none, path: "no such name", on: all, delay: 1us}
END
holds 13
unmount
