#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every exit status and every signal gets the verdict that docs/contract.md says, also as a shell tells it.
# shellcheck disable=SC2028 # a table with backslashes
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cli/verdicts.sh
. "$SOURCE/tests/cli/verdicts.sh"
need_worlds
cd "$WORK/home" || exit 99

it 'exit statuses, signals, and what a shell makes of them'
crashes=' 4:ILL 5:TRAP 6:ABRT 7:BUS 8:FPE 11:SEGV 31:SYS '
{
	number=1
	while [ "$number" -lt 256 ]; do
		name=${crashes#* $((number - 128)):}
		if [ "$name" = "$crashes" ]; then
			echo "exit-$number|refused|^exit status $number, 0 outputs same.*it said: culprit: exit-$number: "
		else
			echo "exit-$number|crashed|^exit status $number: a process of it was ended by SIG${name%% *}\\\\\\\\n"
		fi
		number=$((number + 1))
	done
	echo 'exit-0|degraded|^exit status 0, 0 outputs same.*it said: culprit: exit-0: '
	number=1
	while [ "$number" -le 64 ]; do
		case $number in
		17 | 18 | 20 | 21 | 22 | 23 | 28) echo "signal-$number|refused|^exit status 77, " ;;
		19) echo 'signal-19|hung|^still running after [^ ]* s: culprit .pid [0-9]*. state T|deadline: 1s' ;;
		3[2-9] | [4-6]?) echo "signal-$number|crashed|^ended by signal $number \\(real-time\\)\\\\\\\\n" ;;
		*) echo "signal-$number|crashed|^ended by signal $number \\(SIG[A-Z0-9]*\\)\\\\\\\\n" ;;
		esac
		number=$((number + 1))
	done
	for number in 6 11; do echo "shell-$number|crashed|^exit status $((128 + number)): a process of it was ended by SIG"; done
	for number in 1 9 13 15; do echo "shell-$number|refused|^exit status $((128 + number)), "; done
	echo 'lies|wrong|^exit status 0, but it printed something else than without faults, and no word on stderr'
	echo 'guesses|complete|^exit status 0, all 0 outputs as without faults; it said: culprit: guesses: '
} >print.table
judge_table print "'$culprit', print, '{in}'" listing
finish
