#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the README shows can be typed as it stands: its plan is one, its commands are understood and do what they are shown for.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
cd "$WORK/home" || exit 99
readme=$SOURCE/README.md

# What its readers have: a build, a program, tests and data of their own.
ln -s "$BUILD" build
mkdir "$WORK/m" "$WORK/s" prepared
# shellcheck disable=SC2016 # the scripts expand it
printf '#!/bin/sh\ncp "$1"/*.png "$2"\n' >my-program
# shellcheck disable=SC2016
printf '#!/bin/sh\nls -l "$1" >/dev/null\n' >run-my-tests
chmod +x my-program run-my-tests
printf 'version: 1\nname: mine\ninput: stack\ncommand: [./my-program, "{in}", "{out}"]\ndoes: [output]\n' >my-subject.yaml
"$ordeal" corpus make ct-tiny testdata >/dev/null || fail 'no data'

# block NUMBER: what stands in this one of its blocks of YAML
block() {
	awk -v wanted="$1" '/^```yaml$/ { inside = ++count == wanted; next } /^```$/ { inside = 0 } inside' "$readme"
}

it 'its plan'
block 1 >plan.yaml
[ -s plan.yaml ] || fail 'there is none'
run plan check plan.yaml
[ "$status" -eq 0 ] || fail "plan check: $(cat "$WORK/err")"
run plan explain plan.yaml --corpus ct-tiny
[ "$status" -eq 0 ] || fail "plan explain: $(cat "$WORK/out" "$WORK/err")"

it 'its corpus'
block 2 >mine.yaml
run corpus show ./mine.yaml
[ "$status" -eq 0 ] || fail "corpus show: $(cat "$WORK/err")"
grep -q 'slice_0417.png  damaged: truncate' "$WORK/out" || fail "$(head -n 3 "$WORK/out")"

it 'a subject that does not say what it does is told why cases skip it'
sed '/^does:/d' my-subject.yaml >silent.yaml
run run recovery --subject ./silent.yaml --case '*enospc*'
[ "$status" -eq 4 ] || fail "status $status: $(cat "$WORK/err")"
grep -q "skipped: mine does no [a-z]* (its file has no 'does' that says what it can: ordeal-subject(5))" "$WORK/out" || fail "$(cat "$WORK/out")"

mounted() {
	grep -q " $WORK/m " /proc/self/mounts
}

# Suites are only listed, and sweeps cut short: to run them is what others do. A program that is judged may fail (1).
try_line() {
	case $1 in
	*' over:'*) "$ordeal" doctor | grep -q 'over:BASE works' || return 0 ;;
	esac
	case $1 in
	*'build/ordeal ctl'*) mounted || "$ordeal" mount ct-tiny "$WORK/m" >/dev/null ;;
	*'build/ordeal mount'*) mounted && "$ordeal" umount "$WORK/m" ;;
	esac
	case $1 in
	*'ordeal run '*) set -- "${1%%#*} --list" 1 ;;
	*'ordeal sweep '*) set -- "${1%% sweep *} sweep --max 20 ${1#* sweep }" 1 ;;
	*'ordeal try '* | *'ordeal replay '*) set -- "$1" 1 ;;
	*) set -- "$1" 0 ;;
	esac
	timeout -k 1 60 sh -c "$1" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	[ "$status" -le "$2" ] || fail "status $status: $1: $(cat "$WORK/err")"
}

it 'its commands'
sed -n 's/^    \(mkdir -p\|build\/ordeal\|\.\/run-my\)/\1/p' "$readme" | sed "s|/tmp/m\>|$WORK/m|g; s|/var/tmp/s\>|$WORK/s|g" >commands
[ "$(wc -l <commands)" -ge 12 ] || fail "only $(wc -l <commands) are found"
while IFS= read -r line <&3; do
	try_line "$line"
done 3<commands
mounted && "$ordeal" umount "$WORK/m"
finish
