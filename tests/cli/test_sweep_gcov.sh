#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ordeal sweep --gcov: which lines only faults reach, which nothing reaches, and that nothing of the counting stays anywhere.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
need gcc gcov
cd "$HOME" || exit 99

cat >size.c <<'END_OF_C'
#include <stdio.h>
#include <stdlib.h>

static int nobody(int x)
{
	return x + 1;
}

static int measure(const char *directory)
{
	char name[4096];
	snprintf(name, sizeof name, "%s/slice_0000.png", directory);
	char *room = malloc(65536);
	if (!room)
		return perror("room"), 1;
	FILE *file = fopen(name, "r");
	if (!file) {
		perror("open"), free(room);
		return 1;
	}
	size_t got = fread(room, 1, 65536, file);
	if (ferror(file)) {
		perror("read"), fclose(file), free(room);
		return 1;
	}
	if (got == 12345)
		return nobody(1);
	printf("%zu\n", got), fclose(file), free(room);
	return 0;
}

int main(int argc, char **argv)
{
	return argc == 2 ? measure(argv[1]) : 2;
}
END_OF_C
gcc -O0 --coverage -o size size.c 2>gcc.err || skip "gcc cannot build with --coverage: $(cat gcc.err)"

# has TITLE LINE: is a line of the source in that part of what was told?
has() {
	looks=$((looks + 1))
	awk -v title="  $1:" -v line="    $2 " '/^  [^ ]/ { inside = $0 == title } inside && index($0, line) == 1 { found = 1 } END { exit !found }' \
		"$WORK/out" || fail "line $2 is not among those $1: $(sed -n '/^\//,$p' "$WORK/out" >told; shown told)"
}

clean() {
	is "$(ls "$TMPDIR")" '' "files left of $1"
	is "$(find . -name '*.gcda')" '' "counts beside the objects after $1"
}

it 'lines are told apart by who reached them'
run sweep -q -a alloc,op -c ct-tiny --gcov . -- ./size '{in}'
is "$status" 0 "status; $(shown "$WORK/out")"
holds "$WORK/out" '/size\.c: [0-9]+ of [0-9]+ lines reached, 5 by faults alone; 2 of 5 error branches never taken$'
has 'reached by faults alone' 15
has 'reached by faults alone' 18-19
has 'reached by faults alone' 23-24
has 'reached by nothing' 4-6
has 'reached by nothing' 27
has 'error branches never taken' 26
clean 'a sweep'

it 'what writes the counts is not the subject'
lacks "$WORK/out" 'crashed'
holds "$WORK/out" "^left out: [0-9]+: allocations of gcov's own part"

it 'what no fault leads to is reached by nothing: a control'
run sweep -q -a kill -c ct-tiny --gcov . -- ./size '{in}'
holds "$WORK/out" '/size\.c: .* lines reached, 0 by faults alone;'
has 'reached by nothing' 15

it 'what the user has set for gcov does not lead astray'
GCOV_PREFIX=/nowhere GCOV_PREFIX_STRIP=3 "$ordeal" sweep -q -a op -c ct-tiny --gcov . -- ./size '{in}' >"$WORK/out" 2>"$WORK/err"
has 'reached by faults alone' 23-24
clean 'such a sweep'

it 'beside a report for machines it is told on stderr'
run sweep -q -a op -c ct-tiny -r json --gcov . -- ./size '{in}'
is "$(grep -c '^{' "$WORK/out")" "$(grep -c . "$WORK/out")" 'lines of JSON'
holds "$WORK/err" '/size\.c: .* by faults alone'

it 'bad input is told in a line'
mkdir empty
says_like 2 'ordeal: empty: no .gcno files there*' sweep -a op -c ct-tiny --gcov empty -- ./size '{in}'
says_like 2 'ordeal: nowhere: No such file*' sweep -a op -c ct-tiny --gcov nowhere -- ./size '{in}'
run sweep -q -a op -c ct-tiny --max 1 --gcov . -- cat '{in}/slice_0000.png'
holds "$WORK/out" 'no run without faults has left counts'
clean 'bad input'

it 'Ctrl-C leaves nothing, neither while it counts nor while it runs cases'
cp "$(command -v sleep)" early && cp early late
cat >slow <<'END_OF_SH'
#!/bin/sh
./early 0.1
./size "$1" || ./late 10
END_OF_SH
chmod +x slow
for world in private shared; do
	for moment in early late; do
		kept -k "harness:INT:$moment:0" -- "$ordeal" sweep -q --world "$world" -a op -c ct-tiny -d 20s --gcov . -- ./slow '{in}'
		is "$status" 0 "keeper, $world, $moment: $(shown "$WORK/kept")"
		holds "$WORK/kept" '^struck harness$'
		holds "$WORK/kept" '^exit 130$'
		clean "SIGINT in a $world world, $moment"
	done
done
finish
