#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each crime is found out, by its name and for what it is, and the same program without the crime is not accused.
# shellcheck source=tests/convict/lib.sh
. "$SOURCE/tests/convict/lib.sh"
plans=$SOURCE/tests/convict

silent='^exit status 0, but slice_0002.png is missing and no word about it'
convict ignore-errors wrong "$silent" --plan bad-sector
convict ignore-errors wrong '^exit status 0, but slice_[0-9]*.png is missing and no word about it' --corpus ct-bad-alternate
convict ignore-errors wrong '^exit status 0, but slice_0000.png is missing and no word about it' --plan eio-readdir
convict ignore-late-errors wrong 'although close of .* failed with ENOSPC: what it wrote may be lost$' --plan enospc-at-close
convict leave-temp leaked '^left 1 file that a clean run does not leave: slice_0002.png.tmp$' --plan bad-sector
convict leave-lock leaked '^left 1 file that a clean run does not leave: lock.tmp$' --plan bad-sector
convict leave-child leaked '^left running: naive \(pid [0-9]*\)$' --plan bad-sector
convict leak-descriptors leaked '^3 files failed while open, and as many more were open at once' --plan "$plans/many-bad.yaml"
convict write-in-place leaked '^failed, and left output that is not the right one under its final name: slice_0002.png$' --plan "$plans/no-room.yaml"
convict crash-on-oom crashed '^ended by signal 11 \(SIGSEGV\)$' --alloc size=4097,nth=3
accuse wait-for-ever hung '^(still running after|it was in)' --plan net-hang --deadline 2s
# The control does not wait for ever either, but it has no clock of its own: a signal ends it. Who has one passes.
accuse none hung '^(still running after|it was in)' --plan net-hang --deadline 2s
acquit own-clock --plan "$plans/one-hangs.yaml" --deadline 10s
accuse none hung '^(still running after|it was in)' --plan "$plans/one-hangs.yaml" --deadline 2s
# Nothing was injected, so nothing was shown: never a pass.
accuse none unexercised '^no rule struck' --plan enospc-mkdir
accuse ignore-errors unexercised '^no rule struck' --plan enospc-mkdir

# A rule that naive meets, and one that it does not: what each is marked with.
rules() {
	printf 'version: 1\nname: two\nrules:\n'
	printf -- '- {name: bad-sector, volume: in, path: slice_0002.png, on: read, fail: EIO, %s}\n' "$1"
	printf -- '- {name: no-room, volume: out, on: mkdir, fail: ENOSPC, %s}\n' "$2"
}

# Another rule did strike, and the one that must did not: no pass either, unless none must.
rules 'must_fire: true' 'must_fire: false' >"$work/struck.yaml"
rules 'must_fire: false' 'must_fire: false' >"$work/none-must.yaml"
rules 'must_fire: false' 'must_fire: true' >"$work/idle.yaml"
acquit none --plan "$work/struck.yaml"
acquit none --plan "$work/none-must.yaml"
accuse none unexercised '^(must_fire: no-room never struck: |no-room: out:\*\*: mkdir: fail with ENOSPC; must strike$|usual reasons: )' --plan "$work/idle.yaml"
accuse ignore-errors wrong "$silent" --plan "$work/idle.yaml"

settle
