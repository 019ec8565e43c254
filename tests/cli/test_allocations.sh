#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the preloaded shim does to a command: beside what the user preloads himself, under a sanitizer, and behind wrappers.
# shellcheck disable=SC2016 # what others expand
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
cd "$WORK/home" || exit 99
unset LD_PRELOAD ASAN_OPTIONS
shim=$BUILD/libordeal-alloc.so
log=$WORK/log
export log

# environments NAME OPTIONS...: the values, one a line, that the variable has in the runs of a case; "-" where it has none.
environments() {
	variable=$1
	shift
	: >"$log"
	run try -q -c ct-tiny "$@" -- sh -c 'eval "echo \${'"$variable"'--}" >>"$log"; cat "$1"/*' - '{in}'
	sort -u "$log"
}

it 'LD_PRELOAD'
is "$(environments LD_PRELOAD -a comm=nobody)" "$(printf '%s\n' - "$shim" | sort)" 'the shim alone'
is "$(LD_PRELOAD=libm.so.6 environments LD_PRELOAD -a comm=nobody)" "$(printf '%s\n' libm.so.6 "$shim:libm.so.6" | sort)" \
	'the shim in front'
is "$(LD_PRELOAD=libm.so.6 environments LD_PRELOAD -p bad-sector)" libm.so.6 'without allocation rules'
is "$(environments LD_PRELOAD -p bad-sector)" - 'without allocation rules, and none of its own'

it 'ASAN_OPTIONS'
is "$(environments ASAN_OPTIONS -a comm=nobody)" "$(printf '%s\n' - verify_asan_link_order=0 | sort)" 'none of its own'
is "$(ASAN_OPTIONS=detect_leaks=0 environments ASAN_OPTIONS -a comm=nobody)" \
	"$(printf '%s\n' detect_leaks=0 detect_leaks=0:verify_asan_link_order=0)" 'beside its own'
is "$(ASAN_OPTIONS=detect_leaks=0 environments ASAN_OPTIONS -p bad-sector)" detect_leaks=0 'without allocation rules'
# A shell may see only one of two that have the same name.
ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=libm.so.6 run try -q -k kept -c ct-tiny -a comm=nobody -- env
for name in ASAN_OPTIONS LD_PRELOAD ORDEAL_ALLOC_PAGE; do
	is "$(cat kept/*/stdout | grep -c "^$name=")" 1 "how often $name is in the environment"
done

it 'who allocated, behind a wrapper'
run try -q -c ct-tiny -a comm=nobody -- sh -c 'sort "$1"/*' - '{in}'
is "$status" 1 'a rule for no program'
holds "$WORK/out" 'it made [0-9]+ allocations in [0-9]+ processes: .*[0-9]+ by sort'
run try -q -c ct-tiny -a comm=sort,nth=1..2 -- sh -c 'sort "$1"/*' - '{in}'
holds "$WORK/out" 'injected: *[1-9][0-9]* of [0-9]+ allocations failed \(first: number 1 in sort,'

it 'the same allocation by its process, and by a stack that it has not'
run try -q -c ct-tiny -a program=sort,process=1,ordinal=1 -- sh -c 'sort "$1"/*' - '{in}'
holds "$WORK/out" 'injected: *1 of [0-9]+ allocations failed \(first: number 1 in sort,'
run try -q -c ct-tiny -a program=sort,process=2,ordinal=1 -- sh -c 'sort "$1"/*' - '{in}'
is "$status" 1 'there is no second'
run try -q -c ct-tiny -a program=sort,ordinal=1,stack=0123456789abcd40 -- sh -c 'sort "$1"/*' - '{in}'
is "$status" 1 'another stack'
holds "$WORK/out" 'it diverged from the run that the rule was made by: allocation 1 of sort has the stack [0-9a-f]{14}40 \('
stack=$(sed -n 's/.*allocation 1 of sort has the stack \([0-9a-f]*\) .*/\1/p' "$WORK/out" | head -n 1)
run try -q -c ct-tiny -a "program=sort,ordinal=1,stack=$stack" -- sh -c 'sort "$1"/*' - '{in}'
holds "$WORK/out" 'injected: *1 of [0-9]+ allocations failed \(first: number 1 in sort,'

finish
