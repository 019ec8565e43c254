#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What `meson install` puts somewhere is whole, also after it has been moved: programs, plans, corpora, suites, subjects, cores, pages.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"

DESTDIR=$WORK/staged meson install -C "$BUILD" --no-rebuild >"$WORK/install.log" 2>&1 || {
	cat "$WORK/install.log" >&2
	exit 1
}
bin=$(find "$WORK/staged" -path '*/bin/ordeal')
mv "${bin%/bin/ordeal}" "$WORK/moved" || exit 99
unset ORDEAL_DATA
# shellcheck disable=SC2034 # run() takes it
ordeal=$WORK/moved/bin/ordeal
cd / || exit 99

it 'what there is, is found'
tells_like 0 '*bad-sector*' plan list
tells_like 0 '*ct-tiny*' corpus list
tells_like 0 '*recovery*' run --list
tells_like 0 '*allocation*' plan explain alloc-prob

it 'cases run, over the cores that came along, with the shim'
run run recovery --case '*alloc-nth' --case '*enospc-mkdir' --report text
is "$status" 0 'status of the installed recovery suite'
holds "$WORK/out" '^4 passed'

it 'a build tree named as an installed folder is one'
mkdir "$WORK/bin"
cp -r "$BUILD/ordeal" "$BUILD/faults" "$WORK/bin/" 2>/dev/null
ordeal=$WORK/bin/ordeal
tells_like 0 '*bad-sector*' plan list

finish
