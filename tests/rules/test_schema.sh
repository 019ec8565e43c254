#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The published JSON Schema of plans knows what their reader knows: every key, kind, operation; and, where python3 has jsonschema and
# yaml, it takes every plan of ours and of the manual, and refuses what has no form.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"

# Keys that the tables of faults/ read (headers have rows that several tables share), and the kinds, which are keys of a rule.
keys_of_readers() {
	sed -n -E -e 's/^\tYAML_(FIELD|REQUIRED)\([^,]*, "([a-z_0-9]+)".*/\2/p' -e 's/^\t\{"([a-z_0-9]+)", [a-z_0-9]+,.*/\1/p' "$1"/faults/*.[ch]
	kinds_of "$1"
}

# Names in objects behind "properties".
keys_of_schema() {
	awk '
		{
			line = $0
			if (inside[depth] && match(line, /^\t*"[a-z_]+":/)) {
				key = substr(line, RSTART, RLENGTH)
				gsub(/[\t":]/, "", key)
				print key
			}
			opens = line ~ /"properties": \{$/
			depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
			if (opens) inside[depth] = 1
			for (d in inside) if (d + 0 > depth) delete inside[d]
		}' "$1"
}

differences() {
	keys_of_readers "$1" | sort -u >"$WORK/readers"
	keys_of_schema "$1/docs/plan.schema.json" | sort -u >"$WORK/schema"
	comm -3 "$WORK/readers" "$WORK/schema" | sed 's/^\t/only in the schema: /; t; s/^/only read: /'
}

it 'the look finds keys that only one of them has'
convict=$WORK/convict
mkdir -p "$convict/faults" "$convict/docs"
printf '#define KINDS(X) X(fail) X(vanish)\n' >"$convict/faults/kinds.h"
printf '\tYAML_FIELD(struct rule, "name", name, yaml_line),\n\t{"heal", read_heal, 0, false},\n\t{"flip", CORRUPT_FLIP},\n' >"$convict/faults/a.c"
printf '{\n\t"type": "object",\n\t"properties": {\n\t\t"name": {"type": "string"},\n\t\t"fail": {\n\t\t\t"properties": {\n\t\t\t\t"deep": {}\n\t\t\t}\n\t\t}\n\t},\n\t"title": {}\n}\n' \
	>"$convict/docs/plan.schema.json"
is "$(differences "$convict" | tr '\n' ';')" 'only in the schema: deep;only read: heal;only read: vanish;' 'differences'

it 'every key that is read is in docs/plan.schema.json, and no other'
is "$(differences "$SOURCE")" '' 'keys'
[ "$(wc -l <"$WORK/readers")" -ge 60 ] || fail "hardly any key was found: $(shown "$WORK/readers")"

it 'every kind is one of the effects of which a rule has one'
for kind in $(kinds_of "$SOURCE"); do
	holds "$SOURCE/docs/plan.schema.json" "\{\"required\": \[\"$kind\"\]\}"
done

it 'every operation and group'
sed -n 's/^[ \t]*X(\([a-z]*\),.*/\1/p' "$SOURCE/faults/ops.h" >"$WORK/operations"
for operation in $(cat "$WORK/operations") data metadata names opens listing writes all; do
	holds "$SOURCE/docs/plan.schema.json" "\"$operation\"[,]?"
done

cat >"$WORK/check.py" <<'END'
"""check.py SCHEMA PLAN...: a line "PLAN: why" for each that it refuses."""
import json, sys, yaml, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    # Scalars as texts, as ordeal sees them: YAML 1.1 would take the key "on" for a truth value.
    plan = yaml.load(open(path), Loader=yaml.BaseLoader)
    for error in validator.iter_errors(plan):
        print(f"{path}: {error.json_path}: {error.message[:200]}")
        break
END

if python3 -c 'import jsonschema, yaml; jsonschema.Draft202012Validator' 2>/dev/null; then
	it 'the schema takes every plan of ours, and those of the manual'
	mkdir "$WORK/plans"
	awk -v to="$WORK/plans/manual" '
		/^```/ { inside = !inside; fresh = inside; next }
		inside && fresh { fresh = 0; wanted = /^version: 1/; if (wanted) file = to "-" ++count ".yaml" }
		inside && wanted { print >file }' "$SOURCE/docs/ordeal-plan.5.scd"
	cp "$SOURCE"/faults/plans/*.yaml "$WORK/plans"
	python3 "$WORK/check.py" "$SOURCE/docs/plan.schema.json" "$WORK/plans"/*.yaml >"$WORK/refused" 2>&1
	is "$(cat "$WORK/refused")" '' 'plans that the schema refuses'

	it 'and refuses what has no form, as ordeal does'
	mkdir "$WORK/wrong"
	count=0
	while read -r rule; do
		count=$((count + 1))
		printf 'version: 1\nrules:\n- %s\n' "$rule" >"$WORK/wrong/$count.yaml"
		run plan check "$WORK/wrong/$count.yaml"
		# shellcheck disable=SC2154 # run() sets it
		is "$status" 2 "plan check: $rule"
	done <<'END'
{on: read, fial: EIO}
{on: read}
{on: opne, fail: EIO}
{on: read, fail: EIO, deny: true}
{on: read, fail: []}
{on: read, fail: {}}
{on: read, fail: {EIO: often}}
{on: read, fail: {eio: 3}}
{on: read, fail: EIO, when: {nth: 0..}}
{on: read, fail: EIO, when: {sequence: wyx}}
{on: read, fail: EIO, when: {sequence: wx, nth: 3}}
{on: read, fail: EIO, when: {per: 1s}}
{on: read, fail: EIO, when: {for: 1s, until: 2s}}
{on: read, fail: EIO, when: {bytes: many}}
{on: read, fail: EIO, when: {comm: [a-name-that-is-too-long]}}
{on: read, fail: EIO, when: {uid: root}}
{on: read, fail: EIO, when: {not: {}}}
{on: read, fail: EIO, when: {not: {nth: 3}}}
{on: read, fail: EIO, when: {after_rule: {hits: 3}}}
{on: read, fail: EIO, when: {trigger_file: relative/path}}
{on: read, fail: EIO, when: {every: 3}}
{on: read, delay: 5}
{on: read, delay: {jitter: 1ms}}
{rate: 10MB}
{rate: {burst: 1MB}}
{iops: {read: 5, per: client}}
{outage: firm}
{outage: {reconnect: never}}
{network: {}}
{network: {latency: 1ms, burst: 1kB}}
{network: {down: {until: 5s}}}
{device: {cache: 1MB}}
{device: {rate: 1MB/s, seek: {track: 1ms}}}
{path: /absolute, missing: true}
{volume: IN, missing: true}
END
	python3 "$WORK/check.py" "$SOURCE/docs/plan.schema.json" "$WORK/wrong"/*.yaml >"$WORK/refused" 2>&1
	for n in $(seq "$count"); do
		holds "$WORK/refused" "/$n\.yaml: "
	done
else
	it 'python3 has no jsonschema or no yaml here: names were compared, plans were not put to it'
fi
finish
