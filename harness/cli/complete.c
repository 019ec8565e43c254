/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes a case of what a command line says: its fields, its command, and paths that are good from anywhere. */
#include "base/scope.h"
#include "harness/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define TAKE_FIELD(field)                                                               \
	int cli_take_##field(void *into, const char *value, struct err *err)            \
	{                                                                               \
		return case_set(&((struct cli_case *)into)->spec, #field, value, err);  \
	}
CLI_CASE_FIELDS(TAKE_FIELD)

int cli_take_subject(void *into, const char *value, struct err *err)
{
	char whole[PATH_MAX];
	int rc = cli_whole_name(value, whole, err);
	return rc ? rc : case_set(&((struct cli_case *)into)->spec, "subject", whole, err);
}

static int copy_command(char **words, int count, struct case_spec *spec)
{
	spec->command = calloc((size_t)count + 1, sizeof *spec->command);
	for (int i = 0; spec->command && i < count; i++)
		if (!(spec->command[i] = strdup(words[i])))
			return -ENOMEM;
	return spec->command ? 0 : -ENOMEM;
}

/* A command that never learns where the corpus is would meet no fault of it. */
static int check_command(const char *who, const struct case_spec *spec, struct err *err)
{
	bool told = spec->alloc != NULL;
	for (char **word = spec->command; *word; word++)
		told |= strstr(*word, "{in}") || strcmp(*word, "{files}") == 0;
	return told ? 0 : err_set(err, EINVAL, "%s: the command has neither {in} nor {files}: it would not find the corpus", who);
}

int cli_complete_case(const char *who, struct case_spec *spec, int argc, char **argv, int operand, struct err *err)
{
	char cwd[PATH_MAX];
	if (!spec->corpus)
		return err_set(err, EINVAL, "%s: --corpus is missing", who);
	if ((spec->subject != NULL) == (operand < argc))
		return err_set(err, EINVAL, "%s: give either a COMMAND or --subject", who);
	int rc = cli_whole_paths(spec, err);
	if (rc || spec->subject)
		return rc;
	if (!getcwd(cwd, sizeof cwd))
		return err_set(err, errno, "%s: the current directory cannot be told: %s", who, strerror(errno));
	if (copy_command(argv + operand, argc - operand, spec) < 0)
		return err_set(err, ENOMEM, "out of memory");
	rc = check_command(who, spec, err);
	return rc ? rc : case_set(spec, "cwd", cwd, err);
}
