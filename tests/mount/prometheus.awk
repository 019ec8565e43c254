# SPDX-License-Identifier: BSD-2-Clause
# Reads Prometheus text format 0.0.4 as strictly as its description allows, and says what is wrong with the first line that is:
# families in one piece with HELP and TYPE before them, names and labels well-formed, no series twice, counters that end in _total,
# buckets that grow to +Inf and agree with the count. Prints "ok FAMILIES SAMPLES".
function wrong(why) {
	print "line " NR ": " why ": " $0
	bad = 1
	exit
}

# Cut one label off the front of `rest`: its name and value. False where none begins there.
function label() {
	if (!match(rest, /^[a-zA-Z_][a-zA-Z0-9_]*="/)) return 0
	label_name = substr(rest, 1, RLENGTH - 2)
	rest = substr(rest, RLENGTH + 1)
	label_value = ""
	while (rest != "" && substr(rest, 1, 1) != "\"") {
		if (substr(rest, 1, 1) == "\\") {
			if (substr(rest, 2, 1) !~ /^[\\n"]$/) return 0
			label_value = label_value substr(rest, 1, 2)
			rest = substr(rest, 3)
		} else {
			label_value = label_value substr(rest, 1, 1)
			rest = substr(rest, 2)
		}
	}
	if (substr(rest, 1, 1) != "\"") return 0
	rest = substr(rest, 2)
	return 1
}

# All labels into `others` (but for le) and `le`.
function labels(name) {
	others = ""
	le = ""
	if (substr(rest, 1, 1) != "{") return 1
	rest = substr(rest, 2)
	while (substr(rest, 1, 1) != "}") {
		if (!label()) return 0
		if (label_name == "le" && name ~ /_bucket$/) le = label_value
		else others = others label_name "=" label_value ","
		if (substr(rest, 1, 1) == ",") rest = substr(rest, 2)
		else if (substr(rest, 1, 1) != "}") return 0
	}
	rest = substr(rest, 2)
	return 1
}

function end_histogram() {
	if (type == "histogram" && open_bucket != "") wrong("buckets without +Inf")
}

function bucket(value) {
	if (le == "") wrong("a bucket without le")
	if (others != open_bucket) { last_le = -1; last_value = 0; open_bucket = others }
	if (le != "+Inf" && le + 0 <= last_le) wrong("bounds that do not grow")
	if (value + 0 < last_value) wrong("a bucket that is smaller than the one before")
	last_le = le + 0
	last_value = value + 0
	if (le == "+Inf") { infinite[others] = value; open_bucket = "" }
}

/^# HELP / {
	end_histogram()
	family = $3
	if (family !~ /^ordeal_[a-z0-9_]+$/) wrong("a name that is none")
	if (family in helped) wrong("a family twice")
	if (NF < 4) wrong("help that says nothing")
	helped[family] = 1
	families++
	type = ""
	next
}
/^# TYPE / {
	if ($3 != family || type != "") wrong("a type that does not follow its help")
	if ($4 !~ /^(counter|gauge|histogram)$/ || NF != 4) wrong("no type")
	type = $4
	if (type == "counter" && family !~ /_total$/) wrong("a counter that does not end in _total")
	next
}
/^#/ || /^$/ { wrong("a line that is none") }
{
	rest = $0
	if (!match(rest, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) wrong("no name")
	name = substr(rest, 1, RLENGTH)
	rest = substr(rest, RLENGTH + 1)
	if (type == "") wrong("a sample without a type")
	if (type == "histogram" ? name !~ ("^" family "_(bucket|sum|count)$") : name != family) wrong("a sample of another family")
	if (!labels(name)) wrong("labels that are none")
	if (rest !~ /^ ([0-9]+(\.[0-9]+)?|\+Inf)$/) wrong("no value, or more than one")
	value = substr(rest, 2)
	if ((name, others, le) in seen) wrong("a series twice")
	seen[name, others, le] = 1
	if (name ~ /_bucket$/ && type == "histogram") bucket(value)
	if (name ~ /_count$/ && type == "histogram" && infinite[others] != value) wrong("a count that is not that of +Inf")
	samples++
}
END {
	if (!bad) print "ok", families, samples
}
