#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a case may ask of its judgement: each crime is found out where it is asked for, and only there; the same program without the
# crime is not accused. The rows of the table in docs/contract.md that are not in test_convicts.sh.
# shellcheck source=tests/convict/lib.sh
. "$SOURCE/tests/convict/lib.sh"
other='^failed, and left output that is not the right one under its final name: '

# Who aborts is a crash or, where the case allows it, a refusal; but not without a word.
oom=--alloc=size=4097,nth=3
aborted='^ended by signal 6 \(SIGABRT\)$'
convict abort-on-oom crashed "$aborted" "$oom"
acquit abort-on-oom "$oom" --abort allow
convict abort-in-silence crashed "$aborted|^aborted without a word on stderr$" "$oom" --abort allow
accuse crash-on-oom crashed '^ended by signal 11 \(SIGSEGV\)$' "$oom" --abort allow
# A handler of the program's own hides no crash, whatever status it ends with. (Where the machine forbids tracing, nobody sees it.) Who has one that
# is never called, or one for a signal that is sent to it, is no crash.
hidden='^SIGSEGV came to naive, and a handler of its own hid that; then: exit status'
cat >"$work/asked.yaml" <<-END
	version: 1
	name: asked
	rules:
	- {name: to-end, volume: in, path: slice_0002.png, on: read, signal: SIGTERM}
END
cat >"$work/sent.yaml" <<-END
	version: 1
	name: sent
	rules:
	- {name: a-signal, volume: in, path: slice_0002.png, on: read, signal: SIGSEGV}
END
if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -lt 2 ]; then
	accuse hide-crash crashed "$hidden 1$" "$oom"
	accuse hide-crash-in-silence crashed "$hidden 0$" "$oom" --abort allow
fi
acquit handle-in-vain "$oom"
acquit handle-in-vain --plan "$work/sent.yaml"
acquit end-on-term --plan "$work/asked.yaml"
# A failure without a word passes, unless the case minds.
acquit fail-in-silence --plan bad-sector
convict fail-in-silence refused '^a failure without a word does not pass \(mute: fail\)$' --plan bad-sector --mute fail
# Many times the work of a clean run is said, unless the case has a limit.
acquit retry-storm --plan bad-sector
convict retry-storm "$graceful" '^it made [0-9]* operations on files, .* the limit is 3 times$' --plan bad-sector --limits operations=3
# What is none of its own stays as it was.
convict overwrite-other leaked '^it changed bystander.txt, which stood in \{out\} before and is none of its own$' --plan bad-sector --before others
accuse overwrite-other leaked '^left 1 file that a clean run does not leave: bystander.txt$' --plan bad-sector
convict remove-input leaked '^it tried to change what is not to be changed, 1 times: ' --plan bad-sector
convict mark-home leaked '^it left .naive in HOME, where a clean run does not$' --plan bad-sector
# What is left need not be a process or a file. (Only a private world can tell whose it is.)
accuse leave-socket leaked '^left socket in TMPDIR$' --plan bad-sector
if grep -q '^ok *private worlds' "$work/doctor"; then
	accuse leave-segment leaked '^left behind: .*shared memory' --plan bad-sector
	accuse leave-shm leaked '^left behind: .*naive' --plan bad-sector
	accuse leave-queue leaked '^left behind: .*naive' --plan bad-sector
fi
# Lost memory is looked for where it is asked for, and where the library is there.
"$ordeal" try --quiet --unavailable 77 --corpus ct-tiny --plan bad-sector --leaks fail -- "$naive" none '{in}' '{out}' >"$work/lsan" 2>&1
if [ $? != 77 ]; then
	lost='^lost memory that a clean run does not lose: '
	convict lose-memory leaked "$lost" --plan bad-sector --leaks fail
	acquit lose-memory --plan bad-sector
	acquit lose-always --plan bad-sector --leaks fail
	acquit lose-memory --plan bad-sector --leaks allow
	accuse lose-memory leaked "$lost" --alloc size=4097,nth=3 --leaks fail
fi
# The run with the faults lifted is as a clean one: what a failure has left must not keep it from that.
accuse trust-old-log leaked '^run again without faults it fails: what was left behind spoils it$' --plan bad-sector
acquit mistrust-old-log --plan bad-sector
# What comes after a failure in the same process is right: blur spoils it. What differs in bytes is another output, unless somebody looks into it.
accuse recompress leaked "$other" --plan bad-sector
acquit recompress --plan bad-sector --compare pixels
acquit recompress --plan bad-sector --compare '*.png=command:cat {clean} {now}'
convict recompress leaked "$other" --plan bad-sector --compare '*.jpg=pixels'
convict recompress leaked "$other" --plan bad-sector --compare '*.png=command:cmp -s {clean} {now}'
convict blur leaked "$other" --plan bad-sector
convict blur leaked "$other" --plan bad-sector --compare pixels
acquit blur --plan bad-sector --compare '*.png=pixels:1'
# What is another each time can only be checked.
check='sh -c "case {} in */log) grep -q honest {} ;; esac"'
bad='^its check does not pass '
acquit spoil-log --plan bad-sector
accuse spoil-log leaked "$bad" --plan bad-sector --check "$check"
acquit keep-log --plan bad-sector --check "$check"
accuse spoil-log leaked "$bad" --plan bad-sector --check 'sh -c "grep -q honest {out}/log"'
acquit keep-log --plan bad-sector --check 'sh -c "grep -q honest {out}/log"'
# A subject's file says it as well, and the case goes before it.
for word in recompress spoil-log; do
	cat >"$work/$word.yaml" <<-END
		version: 1
		name: $word
		input: stack
		command: [$naive, $word, "{in}", "{out}"]
		compare: {"*.jpg": pixels, "*.png": [cat, "{clean}", "{now}"]}
		check: [sh, -c, "case {} in */log) grep -q honest {} ;; esac"]
		limits: {time: 100, operations: 10}
		mute: fail
		abort: allow
	END
done
acquit subject --plan bad-sector --subject "$work/recompress.yaml"
accuse subject leaked "$other" --plan bad-sector --subject "$work/recompress.yaml" --compare bytes
accuse subject leaked "$bad" --plan bad-sector --subject "$work/spoil-log.yaml"
acquit subject --plan bad-sector --subject "$work/spoil-log.yaml" --check 'true {}'
# Who is a checker must not pass what was struck.
for word in check-nothing check-all; do
	cat >"$work/$word.yaml" <<-END
		version: 1
		name: $word
		input: stack
		command: [$naive, $word, "{in}", "{out}"]
		does: [check]
	END
done
accuse subject wrong '^it passed slice_0002.png, which was struck by fail, without a word$' --plan bad-sector --subject "$work/check-nothing.yaml"
acquit subject --plan bad-sector --subject "$work/check-all.yaml"
# What is never the same cannot be compared, and does not pass.
convict never-the-same degraded '^nothing was compared: no output is the same in two runs without faults' --plan bad-sector
# Neither does what fails one time and not the next: a sweep runs it again. The control fails both times.
# repeats CRIME YES|NO
repeats() {
	mine=$work/repeats-$1
	mkdir "$mine.state"
	NAIVE_STATE=$mine.state "$ordeal" sweep -q -a op --max 12 -c ct-tiny:slices=2 -- "$naive" "$1" '{in}' '{out}' >"$mine" 2>&1
	status=$?
	answer=YES
	grep -qE '^[0-9]+\. .*not repeatable' "$mine" && answer=NO
	[ "$status $answer" = "1 $2" ] && grep -q '^ *not met: *verdict' "$mine" && return
	{
		echo "FAIL: a sweep of $1: status $status, repeatable: $answer; expected 1, $2"
		cat "$mine"
	} >"$mine.failed"
}
repeats come-and-go NO &
repeats ignore-errors YES &
# A report of a sanitizer is a crash, whatever status it ends with, if a clean run has none.
sanitized=$BUILD/tests/convict/naive_sanitized
if [ -x "$sanitized" ]; then
	export ASAN_OPTIONS=detect_leaks=0
	program=$sanitized
	convict overrun-on-error crashed "^its stderr has a report of 'ERROR: AddressSanitizer'$" --plan bad-sector
	convict overflow-on-error crashed "^its stderr has a report of 'runtime error'$" --plan bad-sector
	acquit overflow-always --plan bad-sector
	# LeakSanitizer does not work everywhere: where somebody traces already, say.
	export ASAN_OPTIONS=detect_leaks=1
	if "$ordeal" try --quiet --corpus ct-tiny --plan bad-sector -- "$sanitized" none '{in}' '{out}' >"$work/lsan" 2>&1; then
		accuse lose-memory crashed "^its stderr has a report of 'ERROR: LeakSanitizer'$" --plan bad-sector
	fi
	unset ASAN_OPTIONS
	program=$naive
	acquit overrun-on-error --plan bad-sector
	acquit overflow-on-error --plan bad-sector
fi

settle
