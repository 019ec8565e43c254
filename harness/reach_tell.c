/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Says what keeps a rule from striking. */
#include "harness/reach.h"

#include "base/scope.h"
#include "faults/kinds.h"

#include <string.h>
#include <sys/stat.h>

static void tell_volume(const struct rule *rule, const struct reach_volume *volumes, size_t count, struct buf *out)
{
	buf_printf(out, "no volume here is named '%s', only ", rule->volume);
	for (size_t i = 0; i < count; i++)
		if (volumes[i].name)
			buf_printf(out, "%s%s", i ? ", " : "", volumes[i].name);
}

static const char *type_name(mode_t type)
{
	return S_ISDIR(type) ? "a directory" : S_ISREG(type) ? "a file" : S_ISLNK(type) ? "a symbolic link" : "a special file";
}

/* A path that names a directory is the commonest mistake of those who mean all that is in it. */
static void tell_type(const struct rule *rule, const struct reach *reach, struct buf *out)
{
	char ops[OPS_TEXT_SIZE];
	const char *pattern = rule->path ? glob_text(rule->path) : "**", *slash = strrchr(reach->other, '/');
	size_t length = strlen(pattern);
	buf_printf(out, "'%s' is %s, which is never asked for that (on: %s", reach->other, type_name(reach->other_type),
		   ops_summary(rule->on, ops));
	if (S_ISDIR(reach->other_type) && strcmp(pattern, ".") == 0)
		buf_text(out, "; for all that it holds: '**')");
	else if (S_ISDIR(reach->other_type) && (length < 2 || strcmp(pattern + length - 2, "**") != 0))
		buf_printf(out, "; for all that it holds: '%s/**')", pattern);
	else if (S_ISREG(reach->other_type) && rule->on & (OP_BIT(opendir) | OP_BIT(readdir) | OP_BIT(releasedir)))
		buf_printf(out, "; the directory that it is in: '%.*s')", slash ? (int)(slash - reach->other) : 1, slash ? reach->other : ".");
	else
		buf_char(out, ')');
}

void reach_tell_lack(const struct plan *plan, const struct rule *rule, const struct reach *reach,
		     const struct reach_volume *volumes, size_t count, struct buf *out)
{
	char ops[OPS_TEXT_SIZE];
	switch (reach->lack) {
	case REACH_NO_VOLUME:
		tell_volume(rule, volumes, count, out);
		break;
	case REACH_READ_ONLY:
		buf_printf(out, "a corpus is read-only (on: %s)", ops_text(rule->on, ops));
		break;
	case REACH_NO_PATH:
		buf_printf(out, "no path of the corpus matches '%s'", rule->path ? glob_text(rule->path) : "**");
		break;
	case REACH_NO_TYPE:
		tell_type(rule, reach, out);
		break;
	case REACH_OFF:
		buf_printf(out, "its group '%s' is off, and nobody switches it on here (on a mount, ordeal ctl can)",
			   plan->groups.at[rule->group].name);
		break;
	case REACH_WAITS:
		buf_printf(out, "it waits for '%s', which never does", rule->when.after_rule.name);
		break;
	case REACH_NO_BYTE:
		buf_printf(out, "it begins at byte %llu, and the largest file that it matches has %llu",
			   (unsigned long long)rule->range.first, (unsigned long long)reach->largest);
		break;
	case REACH_NOTHING_LACKS:
		break;
	}
}

uint64_t reach_limit(const struct rule *rule)
{
	if (rule->kind == &kind_truncate && rule->effect.truncate.at != UINT64_MAX)
		return rule->effect.truncate.at;
	bool reads = rule->kind == &kind_short && !(rule->on & ~OP_BIT(read));
	return reads && rule->effect.part.bytes != UINT64_MAX ? rule->effect.part.bytes : 0;
}

void reach_tell_doubt(const struct rule *rule, const struct reach *reach, struct buf *out)
{
	if (reach->lack == REACH_NOTHING_LACKS && reach->no_file_as_large)
		buf_printf(out, "it lets %llu bytes pass, and the largest file that it matches has %llu",
			   (unsigned long long)reach_limit(rule), (unsigned long long)reach->largest);
}
