/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal: puts programs through trial by failing storage. */
#include "base/nearest.h"
#include "harness/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cli_command cli_commands[] = {
	{"mount", "mount a corpus or a scratch directory, with faults", cmd_mount},
	{"umount", "unmount it, whatever hangs on it; clean up dead mounts", cmd_umount},
	{"ctl", "look at a mount, and change its faults while it runs", cmd_ctl},
	{"try", "put one command through one case, and judge it", cmd_try},
	{"run", "run a suite over subjects", cmd_run},
	{"sweep", "make everything that a program does fail once", cmd_sweep},
	{"replay", "repeat one case from its line", cmd_replay},
	{"corpus", "list corpora, look at them, write them to disk, compare", cmd_corpus},
	{"plan", "list, check and explain fault plans", cmd_plan},
	{"stats", "tell what a mount has counted", cmd_stats},
	{"trace", "look at the operations that a mount has traced", cmd_trace},
	{"doctor", "say what this machine can do, and what to change", cmd_doctor},
};
const size_t cli_commands_count = COUNT_OF(cli_commands);

static void print_help(void)
{
	puts("usage: ordeal COMMAND [ARGUMENTS]\n"
	     "\n"
	     "Puts a program through trial by failing storage: mounts corpora with faults,\n"
	     "makes allocations fail, runs the program and judges what it left behind.\n"
	     "\n"
	     "Commands (each has --help):");
	for (size_t i = 0; i < cli_commands_count; i++)
		printf("  %-8s %s\n", cli_commands[i].name, cli_commands[i].summary);
	puts("\n"
	     "Exit status: 0 as expected, 1 expectations not met, 2 usage or bad input,\n"
	     "3 this machine cannot do it, 4 nothing selected, 5 internal error, 130 Ctrl-C.\n"
	     "mount with a command ends as that does, or: 123 what must fire did not, 125 the\n"
	     "filesystem ended first, 126 not executable, 127 not found.\n"
	     "Manual: ordeal(1), plans: ordeal-plan(5). ordeal --version says which this is.");
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "--help";
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		print_help();
		return argc > 1 ? EXIT_AS_EXPECTED : EXIT_USAGE;
	}
	if (strcmp(word, "--version") == 0) {
		puts("ordeal " ORDEAL_VERSION);
		return EXIT_AS_EXPECTED;
	}
	const struct cli_command *command = named_in(cli_commands, cli_commands_count, sizeof *cli_commands, word);
	char hint[NEAREST_HINT_SIZE];
	if (command)
		return command->run(argc - 1, argv + 1);
	return cli_complain(EXIT_USAGE, "unknown command '%s'%s (see ordeal --help)", word,
			    nearest_hint(hint, nearest_in(cli_commands, cli_commands_count, sizeof *cli_commands, word)));
}

/* Descriptors 0 to 2 are open, so that no file of ours ever becomes somebody's stderr. */
static void open_standard_descriptors(void)
{
	struct stat st;
	for (int fd = 0; fd <= 2; fd++)
		if (fstat(fd, &st) < 0 && !freopen("/dev/null", fd ? "w" : "r", fd == 0 ? stdin : fd == 1 ? stdout : stderr))
			_exit(EXIT_INTERNAL);
}

int main(int argc, char **argv)
{
	open_standard_descriptors();
	signal(SIGCHLD, SIG_DFL); /* whoever starts us may ignore it: then no child could be waited for */
	int status = dispatch(argc, argv);
	/* A report that did not reach its reader was no success. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_complain(EXIT_INTERNAL, "stdout cannot be written: %s", strerror(errno));
	return status;
}
