#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bad command lines: each is refused with its exit status (harness/exits.h) and one line that says what, which and why, before
# anything is run or mounted.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99
mkdir dir full
touch full/x
printf 'not an archive' >broken.zip
printf '#!/bin/sh\nexit 0\n' >closed
ln -s nowhere dangling

it 'unknown commands, with the nearest one'
says 2 "ordeal: unknown command 'mont' (did you mean 'mount'?) (see ordeal --help)" mont
says 2 "ordeal: unknown command 'frobnicate' (see ordeal --help)" frobnicate
says 2 "ordeal: unknown command '' (see ordeal --help)" ''
says 2 "ordeal: unknown command '-x' (see ordeal --help)" -x
says 2 "ordeal: unknown command '--versio' (see ordeal --help)" --versio

it 'unknown options, with the nearest one; also among several letters, and in any place'
for command in mount umount try run replay corpus plan stats trace doctor; do
	says 2 "ordeal: $command: unknown option '--frobnicate' (see ordeal $command --help)" "$command" --frobnicate
	says 2 "ordeal: $command: unknown option '-z' (see ordeal $command --help)" "$command" -z
done
says 2 "ordeal: mount: unknown option '--plam' (did you mean '--plan'?)" mount --plam x ct-tiny dir
says 2 "ordeal: mount: unknown option '--plam' (did you mean '--plan'?)" mount ct-tiny dir --plam=x
says 2 "ordeal: try: unknown option '--repot' (did you mean '--report'?)" try --repot x
says 2 "ordeal: try: unknown option '-z' (see ordeal try --help)" try -vqz
says 2 "ordeal: try: unknown option '-z' (see ordeal try --help)" try -zv
says 2 "ordeal: run: unknown option '--s' (see ordeal run --help)" run --s 1
says 2 "ordeal: try: '--quiet' takes no value (see ordeal try --help)" try --quiet=yes
says 2 "ordeal: umount: '--all-stale' takes no value (see ordeal umount --help)" umount --all-stale=1

it 'missing values'
while read -r command option; do
	says 2 "ordeal: $command: a value is missing behind '$option' (see ordeal $command --help)" "$command" "$option"
done <<'END'
mount --plan
mount -p
mount --seed
mount --scratch
mount --journal
mount -j
mount --mount
try --corpus
try -c
try --plan
try --alloc
try -a
try --subject
try --mode
try --before
try --seed
try --deadline
try -d
try --allow
try --report
try -r
try --jobs
try -j
try --keep
try -k
try --world
try --unavailable
run --subject
run -s
run --case
run --exclude
run -x
run --seed
run --report
replay --report
replay --world
plan --corpus
plan -c
mount --trace
mount --trace-size
mount --metrics-port
stats --format
trace --op
trace -o
trace --path
trace --pid
trace --top
END

it 'too few words, and too many'
usage='something is missing (usage: ordeal'
says 2 "ordeal: mount: $usage mount [OPTIONS] SOURCE MOUNTPOINT [-- COMMAND [ARGUMENTS]])" mount
says 2 "ordeal: mount: $usage mount [OPTIONS] SOURCE MOUNTPOINT [-- COMMAND [ARGUMENTS]])" mount ct-tiny
says 2 "ordeal: mount: too many words (a command goes behind '--': ordeal mount [OPTIONS] SOURCE MOUNTPOINT [-- COMMAND [ARGUMENTS]])" mount ct-tiny dir dir
says 2 'ordeal: umount: give either a MOUNTPOINT or --all-stale' umount
says 2 'ordeal: umount: give either a MOUNTPOINT or --all-stale' umount -a dir
says 2 'ordeal: umount: too many words (usage: ordeal umount MOUNTPOINT | --all-stale)' umount dir dir
says 2 "ordeal: replay: $usage replay [OPTIONS] 'CASE')" replay
says 2 "ordeal: replay: too many words (usage: ordeal replay [OPTIONS] 'CASE')" replay corpus=ct-tiny subject=pyramid
says 2 'ordeal: run: which suite? (ordeal run --list)' run
says 2 'ordeal: run: too many words (usage: ordeal run SUITE [OPTIONS])' run recovery recovery
says 2 'ordeal: doctor: too many words (usage: ordeal doctor)' doctor x
corpus_usage='ordeal corpus WORD [SOURCE [DIR | FILE]] [OPTIONS]'
says 2 "ordeal: corpus: something is missing (usage: $corpus_usage)" corpus
says 2 "ordeal: corpus: too many words (usage: $corpus_usage)" corpus make ct-tiny x x
says 2 "ordeal: corpus: unknown word 'lst' (did you mean 'list'?) (see ordeal corpus --help)" corpus lst
says 2 'ordeal: corpus list: too many words (usage: ordeal corpus list)' corpus list x
says 2 'ordeal: corpus show: something is missing (usage: ordeal corpus show SOURCE)' corpus show
says 2 'ordeal: corpus show: too many words (usage: ordeal corpus show SOURCE)' corpus show ct-tiny x
says 2 'ordeal: corpus make: something is missing (usage: ordeal corpus make SOURCE DIR)' corpus make ct-tiny
says 2 'ordeal: corpus thumbs: something is missing (usage: ordeal corpus thumbs SOURCE FILE)' corpus thumbs ct-tiny
says 2 'ordeal: corpus check: a directory is missing (usage: ordeal corpus check SOURCE DIR)' corpus check ct-tiny
says 2 'ordeal: corpus check: --sums is for SOURCE alone (for a directory: cd DIR && sha256sum -c FILE)' \
	corpus check ct-tiny dir --sums x
says 2 'ordeal: corpus show: --digests does not go with it (see ordeal corpus --help)' corpus show ct-tiny --digests
says 2 'ordeal: corpus make: --max does not go with it (see ordeal corpus --help)' corpus make ct-tiny new --max 3
says 2 "ordeal: corpus: --jobs: '65' is no number from 1 to 64" corpus make ct-tiny new -j 65
says 2 "ordeal: corpus: --max: '0' is no number from 1 to 1000000" corpus thumbs ct-tiny new --max 0
plan_usage='ordeal plan list | show PLAN | check PLAN... | explain PLAN [-c SOURCE]'
says 2 "ordeal: plan: something is missing (usage: $plan_usage)" plan
for words in lst 'list x' show check explain 'explain bad-sector bit-rot'; do
	# shellcheck disable=SC2086
	says 2 "ordeal: plan: usage: $plan_usage" plan $words
done

trace_usage='ordeal trace show | stat | chrome FILE [OPTIONS]'
says 2 "ordeal: trace: something is missing (usage: $trace_usage)" trace
says 2 "ordeal: trace: something is missing (usage: $trace_usage)" trace show
says 2 "ordeal: trace: usage: $trace_usage" trace shw x
says 2 "ordeal: trace: too many words (usage: $trace_usage)" trace show x y
says 2 'ordeal: trace: --json is for show' trace stat x --json
says 2 "ordeal: trace: --op: 'red' is no operation, nor a group of them (ordeal-plan(5) lists them)" trace show x --op read,red
says 2 "ordeal: trace: --path: '{' without '}'" trace show x --path '{'
says 2 "ordeal: trace: --pid: 'x' is no process" trace show x --pid x
says 2 "ordeal: trace: --pid: '4294967296' is no process" trace show x --pid 4294967296
says 2 "ordeal: trace: --top: '10001' is no number from 0 to 10000" trace stat x --top 10001

it 'unknown names, with the nearest one'
says 2 "ordeal: unknown corpus profile 'ct-tiy' (did you mean 'ct-tiny'?)" mount ct-tiy dir
says 2 "ordeal: unknown corpus profile 'ct-tiy' (did you mean 'ct-tiny'?)" corpus show ct-tiy
says 2 "ordeal: unknown corpus profile 'frobnicate'" corpus make frobnicate new
says 2 "ordeal: unknown corpus profile 'ct-tiy' (did you mean 'ct-tiny'?)" try -c ct-tiy -p bad-sector -- cat '{in}'
says 2 "ordeal: unknown corpus profile 'ct-tiy' (did you mean 'ct-tiny'?)" plan explain bad-sector --corpus ct-tiy
says 2 "ordeal: unknown plan 'bad-sectr' (did you mean 'bad-sector'?)" mount -p bad-sectr ct-tiny dir
says 2 "ordeal: unknown plan 'bad-sectr' (did you mean 'bad-sector'?)" try -c ct-tiny -p bad-sectr -- cat '{in}'
says 2 "ordeal: unknown plan 'bad-sectr' (did you mean 'bad-sector'?)" plan check bad-sectr
says 2 "ordeal: unknown plan 'frobnicate'" plan explain frobnicate
printf 'version: 1\nrules: [{on: read, fail: EIO}]\n' | tee mf.yaml >t.yml
says 2 "ordeal: unknown plan 'mf' (for the file that stands here: ./mf.yaml)" mount -p mf ct-tiny dir
says 2 "ordeal: unknown plan 't' (for the file that stands here: ./t.yml)" plan check t
says 2 "ordeal: unknown suite 'mf' (for the file that stands here: ./mf.yaml)" run mf
says 2 "ordeal: unknown corpus profile 'mf' (for the file that stands here: ./mf.yaml)" corpus show mf
rm mf.yaml t.yml
mkdir photos
says 2 "ordeal: ./photos: cannot be read: Is a directory (for what it holds: tree:./photos)" corpus show ./photos
says 2 "ordeal: ./photos: cannot be read: Is a directory (for what it holds: tree:./photos)" plan explain bad-sector -c ./photos
says 2 "ordeal: $PWD/photos: cannot be read: Is a directory (for what it holds: tree:$PWD/photos)" mount ./photos dir
says 2 "ordeal: --scratch takes the directory itself, or over:BASE: --scratch ./photos" mount ct-tiny dir --scratch scratch:./photos
rmdir photos
says 2 'ordeal: mount: --trace-size is the size of a trace, and none is kept (--trace FILE)' mount ct-tiny dir --trace-size 1MiB
says 2 "ordeal: unknown suite 'recvery' (did you mean 'recovery'?)" run recvery
says 2 "ordeal: unknown suite 'recvery' (did you mean 'recovery'?)" run --list recvery
says 2 "ordeal: unknown subject 'pyrmid' (did you mean 'pyramid'?)" run recovery -s pyrmid
says 2 "ordeal: unknown subject 'pyrmid' (did you mean 'pyramid'?)" try -c ct-tiny -p bad-sector -s pyrmid
says 2 "ordeal: unknown subject ''" run recovery -s pyramid,
says 2 "ordeal: subject 'pyramid' has no mode 'frobnicate'" try -c ct-tiny -p bad-sector -s pyramid --mode frobnicate
says 2 "ordeal: subject 'command' has no mode 'fast'" try -c ct-tiny -p bad-sector --mode fast -- cat '{in}'
mkdir "$WORK/keep-used" "$WORK/keep-new"
: >"$WORK/keep-used/old"
says 2 "ordeal: try: --keep: $WORK/keep-used: is not empty (choose a new or empty directory)" \
	try --keep "$WORK/keep-used" -c ct-tiny -p bad-sector -- cat '{files}'
printf 'version: 1\nname: lost\ninput: stack\ncommand: [./nope]\npackage: nope-tools\n' >"$WORK/lost.yaml"
says 2 "ordeal: $WORK/nope: no such program" run recovery -s "$WORK/lost.yaml" --unavailable 77
says 4 "ordeal: no case of recovery is left by --case and --exclude" run recovery -c frobnicate
says 4 "ordeal: no case of recovery is left by --case and --exclude" run recovery --list -c frobnicate
says 4 "ordeal: no case of recovery is left by --case and --exclude" run recovery --list -x '*'

it 'values that make no sense'
try="try -c ct-tiny -p bad-sector"
refuses() {
	# shellcheck disable=SC2086
	says 2 "ordeal: try: --$1: $3" $try "--$1=$2" -- true '{in}'
}
refuses jobs 0 "'0' is no number from 1 to 64"
refuses jobs 65 "'65' is no number from 1 to 64"
refuses jobs many "'many' is no number from 1 to 64"
refuses seed -1 "seed: '-1' is no whole number"
refuses seed 1.5 "seed: '1.5' is no whole number"
refuses seed 99999999999999999999 "seed: '99999999999999999999' is no whole number"
refuses seed '' "seed: '' is no whole number"
refuses deadline soon "deadline: 'soon' is no duration such as 3s"
refuses deadline 0 "deadline: '0' is no duration such as 3s"
refuses deadline 0ms "deadline: '0ms' is no duration such as 3s"
refuses deadline -1s "deadline: '-1s' is no duration such as 3s"
refuses deadline 99999999999h "deadline: '99999999999h' is no duration such as 3s"
refuses allow '' "'' is no verdict"
refuses allow good "'good' is no verdict"
refuses allow refusd "'refusd' is no verdict (did you mean 'refused'?)"
refuses allow complete,,refused "'' is no verdict"
refuses allow complete,unexercised "'unexercised' can never pass: nothing was shown"
refuses before everything "before: 'everything' is none of nothing, others, run"
refuses world public "'public' is neither private nor shared"
refuses unavailable 256 "'256' is no exit status"
refuses unavailable ok "'ok' is no exit status"
refuses report html "unknown report 'html': text, tap, junit or json, then :FILE"
refuses report jsn:x "unknown report 'jsn:x': text, tap, junit or json, then :FILE"
refuses report json: "report 'json:' names no file"
# shellcheck disable=SC2086
says 2 'ordeal: try: --report: more than 8 reports' $try -r json:1 -r json:2 -r json:3 -r json:4 -r json:5 -r json:6 -r json:7 \
	-r json:8 -r json:9 -- true '{in}'
# shellcheck disable=SC2086
says 2 "ordeal: alloc: 'x' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)" $try -a x -- true
# shellcheck disable=SC2086
says 2 "ordeal: alloc: '' names no rule" $try -a '' -- true
says 2 "ordeal: mount: --seed: 'x' is no whole number" mount --seed x ct-tiny dir
says 2 "ordeal: --mount takes auto, direct or fusermount, not 'magic'" mount --mount magic ct-tiny dir
says 2 "ordeal: run: --case: '{' without '}'" run recovery -c '{a'
says 2 "ordeal: run: --case: '[' without ']'" run recovery -c '[a'
says 2 'ordeal: run: --case: the pattern is empty' run recovery -c ''

it 'what does not go together'
says 2 'ordeal: try: --corpus is missing' try
says 2 'ordeal: try: --corpus is missing' try -p bad-sector -- cat '{in}'
says 2 'ordeal: try: give either a COMMAND or --subject' try -c ct-tiny -p bad-sector
says 2 'ordeal: try: give either a COMMAND or --subject' try -c ct-tiny -p bad-sector -s pyramid -- cat '{in}'
says 2 'ordeal: the case injects nothing: give it a plan, allocation rules, or a damaged corpus' try -c ct-tiny -- cat '{in}'
says 2 'ordeal: the case injects nothing: give it a plan, allocation rules, or a damaged corpus' \
	replay 'corpus=ct-tiny subject=pyramid'
says 2 'ordeal: the case injects nothing: give it a plan, allocation rules, or a damaged corpus' \
	try -c ct-bad-first:damage=none -- cat '{in}'
says 2 'ordeal: mount: scratch:dir is a scratch already: --scratch is for corpora' mount --scratch dir scratch:dir dir
says_like 2 'ordeal: try: the command has neither {in}*' try -c ct-tiny -p bad-sector -- cat in

it 'plans that can never strike'
printf '%s\n' 'version: 1' 'name: nowhere' 'rules:' '  - {name: far, volume: in, path: "*.jpg", on: read, fail: EIO}' >never.yaml
message="ordeal: plan nowhere: rule 'far' can never strike: no path of the corpus matches '*.jpg'"
says 2 "$message" try -c ct-tiny -p never.yaml -- cat '{in}'
says 2 "$message" mount -p never.yaml ct-tiny dir
says 2 "$message" replay "corpus=ct-tiny plan=$PWD/never.yaml subject=pyramid"
says 2 "ordeal: $BUILD/faults/plans/alloc-40.yaml: has no rules for a filesystem (allocation rules work in try, run and replay)" \
	mount -p alloc-40 ct-tiny dir

it 'cases that are no cases'
says 2 'ordeal: the case names no corpus' replay ''
says 2 "ordeal: 'corpus' in the case is not key=value" replay corpus
says 2 "ordeal: unknown key 'plam' in a case (did you mean 'plan'?)" replay 'corpus=ct-tiny plam=x subject=pyramid'
says 2 "ordeal: unknown key '' in a case" replay 'corpus=ct-tiny =x subject=pyramid'
says 2 'ordeal: the case has neither subject=NAME nor -- COMMAND' replay 'corpus=ct-tiny plan=bad-sector'
says 2 'ordeal: the case has both a subject and a command' replay 'corpus=ct-tiny subject=pyramid -- cat'
says 2 "ordeal: no command stands behind '--'" replay 'corpus=ct-tiny plan=bad-sector --'
says 2 'ordeal: the case has a quote without its end' replay 'corpus=ct-tiny plan="bad sector'
# shellcheck disable=SC1003 # a backslash, and the end
says 2 'ordeal: the case ends with a backslash' replay 'corpus=ct-tiny plan=bad\'
says 2 "ordeal: code: 'x' is no code" replay 'corpus=ct-tiny plan=bad-sector code=x subject=pyramid'
says 2 "ordeal: names: 'maybe' is neither yes nor no" replay 'corpus=ct-tiny plan=bad-sector names=maybe subject=pyramid'
says 2 "ordeal: unknown plan ''" replay 'corpus=ct-tiny plan= subject=pyramid'

it 'commands that are none'
refuses_command() {
	says 2 "ordeal: $2" try -q -c ct-tiny -p bad-sector -- "$1" '{in}'
}
refuses_command frobnicate-nowhere 'frobnicate-nowhere: no such program'
refuses_command ./nowhere './nowhere: no such program'
refuses_command /nowhere/at/all '/nowhere/at/all: no such program'
refuses_command '' ': no such program'
refuses_command ./dir './dir: is no program that can be executed'
refuses_command ./closed './closed: is no program that can be executed'
refuses_command ./dangling './dangling: no such program'
says 3 'ordeal: frobnicate-nowhere: no such program' replay 'corpus=ct-tiny plan=bad-sector -- frobnicate-nowhere {in}'

it 'sources and places that are none'
says 2 'ordeal: nowhere: No such file or directory' mount tree:nowhere dir
says 2 "ordeal: 'tree:' needs a path behind the colon" mount tree: dir
says 2 "ordeal: $PWD/broken.zip: cannot be opened: Not a directory" mount tree:broken.zip dir
says 2 "ordeal: $PWD/broken.zip: is no archive that can be read: Unrecognized archive format" mount pack:broken.zip dir
says 2 'ordeal: dir: is a directory, no archive (did you mean tree:dir?)' corpus show pack:dir
says 2 'ordeal: broken.zip: is no archive that can be read: Unrecognized archive format' corpus show pack:broken.zip
says_like 2 'ordeal: *broken.zip: is no archive that can be read: *' try -c pack:broken.zip -p bad-sector -- cat '{in}'
says 2 'ordeal: broken.zip: cannot be opened: Not a directory' corpus show tree:broken.zip
says 2 'ordeal: nowhere: No such file or directory (make it first: mkdir)' mount scratch:nowhere dir
says 2 "ordeal: $PWD/broken.zip: cannot be used for scratch: Not a directory" mount scratch:broken.zip dir
says 2 'ordeal: nowhere: No such file or directory (make it first: mkdir)' mount --scratch nowhere ct-tiny dir
says 2 'ordeal: nowhere/j: the journal cannot be written: No such file or directory' mount -j nowhere/j ct-tiny dir
says 2 'ordeal: nowhere: the mount point cannot be used: No such file or directory (make it first: mkdir)' mount ct-tiny nowhere
says 2 "ordeal: $PWD/closed: the mount point is not a directory" mount ct-tiny closed
says 2 "ordeal: $PWD/full: the mount point is not empty (it holds 'x'; choose or make an empty directory)" mount ct-tiny full
says 2 "ordeal: umount: $PWD/dir: no mount of ordeal is there" umount dir
says 2 "ordeal: umount: $PWD/nowhere: no mount of ordeal is there" umount nowhere
says 2 'ordeal: umount: nowhere/at: no such directory' umount nowhere/at
says 2 'ordeal: umount: /proc: no mount of ordeal is there' umount /proc
says 2 'ordeal: full: Directory not empty (choose a new or empty directory)' corpus make ct-tiny full
says 2 'ordeal: closed: Not a directory' corpus make ct-tiny closed
says 2 'ordeal: nowhere/new: cannot be made: No such file or directory' corpus make ct-tiny nowhere/new
[ -e new ] && fail 'a refused corpus make has made a directory'

says 2 'ordeal: nowhere: No such file or directory' trace show nowhere
says 2 'ordeal: dir: is no regular file, so no trace' trace stat dir
says 2 'ordeal: broken.zip: is no trace (made by ordeal mount --trace)' trace chrome broken.zip

it 'names with quotes, blanks, newlines, control characters; very long ones'
says 2 "ordeal: unknown plan 'it''s \"bad\"'" plan check "it''s \"bad\""
says 2 'ordeal: a b.yaml: cannot be read: No such file or directory' plan check 'a b.yaml'
says 2 "ordeal: unknown command 'two
lines' (see ordeal --help)" 'two
lines'
long=$(head -c 100000 /dev/zero | tr '\0' x)
says_like 2 "ordeal: unknown command 'xxx*xxx' (see ordeal --help)" "$long"
says_like 2 "ordeal: unknown plan 'xxx*" plan check "$long"
says_like 2 'ordeal: *xxx*' corpus show "tree:$long"
says_like 2 'ordeal: *xxx*' corpus show "ct-tiny:$long"
says_like 2 'ordeal: *xxx*' mount ct-tiny "/$long"
says_like 2 'ordeal: umount: *xxx*' umount "/$long"
says_like 2 'ordeal: *xxx*' try -c ct-tiny -p bad-sector -- "$long" '{in}'
says_like 2 'ordeal: try: unknown option*xxx*' try "--$long"
says_like 2 "ordeal: alloc: 'xxx*" try "--alloc=$long" -c ct-tiny -- true
says_like 2 'ordeal: *' replay "$long"
is "$(find dir full | sort | tr '\n' ' ')" 'dir full full/x ' 'what stood here'
finish
