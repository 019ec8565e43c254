/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs evidence. */
#include "harness/court.h"

#include "base/clock.h"
#include "base/harmless.h"
#include "base/quoted.h"
#include "base/scope.h"
#include "harness/compare.h"
#include "harness/derive.h"
#include "harness/words.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* In all that is told stand names and words of strangers. */
static void tidy(struct buf *text, size_t from)
{
	if (text->length > from)
		harmless(text->at + from, "");
}

void reason(struct court *c, const char *format, ...)
{
	size_t from = c->out->reasons.length;
	va_list args;
	va_start(args, format);
	buf_vprintf(&c->out->reasons, format, args);
	va_end(args);
	tidy(&c->out->reasons, from);
	buf_char(&c->out->reasons, '\n');
}

/* ---- what was injected ---- */

static void tell_touch(const struct touch *touch, struct buf *out)
{
	buf_printf(out, "%s%s", out->length ? "; " : "", touch->effect);
	if (touch->error)
		buf_printf(out, " %s", touch->error);
	buf_printf(out, " on %s:%s (%s", touch->volume, touch->path, touch->op);
	if (touch->count > 1)
		buf_printf(out, " x%" PRIu64, touch->count);
	if (touch->changed)
		buf_printf(out, ", %" PRIu64 " bytes", touch->changed);
	buf_char(out, ')');
}

/* Commands are often scripts that start the program in earnest: whose allocation it was is worth a word. */
static bool is_other_program(const struct court *c, const char *program)
{
	const char *command = subject_command(c->subject, c->spec->mode)->words.at[0];
	const char *slash = strrchr(command, '/');
	return program[0] && strcmp(program, slash ? slash + 1 : command) != 0;
}

#define TOUCHES_TOLD 3

static void tell_injected(struct court *c)
{
	struct buf *out = &c->out->injected;
	const struct evidence *e = c->evidence;
	for (size_t i = 0; i < e->touches.count && i < TOUCHES_TOLD; i++)
		tell_touch(&e->touches.at[i], out);
	if (e->touches.count > TOUCHES_TOLD)
		buf_printf(out, "; and %zu more", e->touches.count - TOUCHES_TOLD);
	if (e->found.allocations.fired) {
		const struct alloc_page_event *first = &e->found.allocations.events[0];
		buf_printf(out, "%s%" PRIu64 " of %" PRIu64 " allocations failed", out->length ? "; " : "",
			   e->found.allocations.fired, e->found.allocations.allocations);
		if (e->found.allocations.events_count)
			buf_printf(out, " (first: number %" PRIu64 "%s%s, %s of %" PRIu64 " bytes, called from %s+0x%" PRIx64 ")",
				   first->ordinal, is_other_program(c, first->program) ? " in " : "",
				   is_other_program(c, first->program) ? first->program : "",
				   schedule_function_name(first->function), first->size,
				   first->module[0] ? first->module : "?", first->offset);
	}
	if (!out->length)
		buf_text(out, "nothing");
	tidy(out, 0);
}

/* ---- outputs ---- */

static bool is_unstable(const struct baseline *clean, const char *path)
{
	for (size_t i = 0; i < clean->unstable.words.count; i++)
		if (strcmp(clean->unstable.words.at[i], path) == 0)
			return true;
	return false;
}

/* As much like the clean run's as clean runs are like each other, as far as can be seen from outside: in type, and in size where
 * that stays the same; else that it is not empty. */
static bool resembles_clean(const struct baseline *clean, const struct manifest_entry *entry, const struct manifest_entry *golden)
{
	const struct manifest_entry *second = manifest_find(&clean->evidence.again, golden->path);
	if (entry->type != golden->type)
		return false;
	if (second && second->size == golden->size)
		return entry->size == golden->size;
	return entry->size > 0 || golden->size == 0;
}

/* Different in bytes, but a comparator says that the content is equal. */
static bool is_alike(const struct court *c, const struct manifest_entry *entry, const struct manifest_entry *golden, bool again)
{
	return entry && golden && entry->type == golden->type && entry->mode == golden->mode &&
	       evidence_observation(c->evidence, OBSERVED_EQUAL, again, entry->path);
}

static bool equals_clean(const struct court *c, const struct manifest_entry *entry, const char *path, bool again)
{
	const struct manifest_entry *golden = manifest_find(&c->clean->evidence.outputs, path);
	if (is_alike(c, entry, golden, again))
		return true;
	if (entry && golden && is_unstable(c->clean, path))
		return resembles_clean(c->clean, entry, golden);
	return manifest_same(entry, golden);
}

/* A directory that is not found takes all that is in it along. */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* Can this touch be why that output is not as it should be? */
static bool concerns(const struct court *c, const struct touch *touch, const char *output)
{
	if (!touch->costs)
		return false;
	if (strcmp(touch->volume, "in") != 0 || touch->listing)
		return true;
	bool any = derive_depends(c->subject->derive, output, touch->path, c->clean->inputs);
	for (char *const *input = c->clean->inputs; !any && *input; input++)
		any = is_below(*input, touch->path) && derive_depends(c->subject->derive, output, *input, c->clean->inputs);
	return any;
}

/* Is the output named as a file that was struck? Whatever else may go into it, then it is that which it suffered from first. */
static bool is_named_as(const struct court *c, const struct touch *touch, const char *output)
{
	return touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0 &&
	       derive_depends(DERIVE_STEM, output, touch->path, c->clean->inputs);
}

static bool has_namesake(const struct court *c, const char *output)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (is_named_as(c, &c->evidence->touches.at[i], output))
			return true;
	return false;
}

/* Of what may have spoilt an output: where files of its name were struck, those alone. */
static bool accounts_for(const struct court *c, const struct touch *touch, const char *output, bool namesake)
{
	bool of_input = strcmp(touch->volume, "in") == 0 && !touch->listing;
	return concerns(c, touch, output) && (!namesake || !of_input || is_named_as(c, touch, output));
}

/* Can it come of nothing but damage that no program could notice? */
static bool is_excused(const struct court *c, const char *output)
{
	bool namesake = has_namesake(c, output), unseen = false;
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (accounts_for(c, touch, output, namesake) && !touch->unseen)
			return false;
		unseen |= touch->unseen && accounts_for(c, touch, output, namesake);
	}
	return unseen;
}

/* Is there an honest word about this output, or about what it suffered from? */
static bool is_explained(const struct court *c, const char *output)
{
	const char *words = buf_string(&c->new_words);
	bool any_word = c->new_err.length > 0;
	if (c->evidence->found.allocations.fired && any_word)
		return true;
	bool concerned = false, namesake = has_namesake(c, output);
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (!accounts_for(c, touch, output, namesake))
			continue;
		concerned = true;
		bool whole = touch->listing || strcmp(touch->volume, "in") != 0;
		if (whole ? any_word : words_name(words, touch->path))
			return true;
	}
	return concerned && words_name(words, output);
}

/* A directory with something in it stands and falls with that. */
static bool is_empty(const struct manifest *manifest, const struct manifest_entry *directory)
{
	size_t length = strlen(directory->path);
	const struct manifest_entry *end = manifest->entries.at + manifest->entries.count;
	for (const struct manifest_entry *at = directory + 1; at < end && strncmp(at->path, directory->path, length) == 0; at++)
		if (is_below(at->path, directory->path))
			return false;
	return true;
}

/* " (samples differ by up to 3)", where somebody has looked; else "". */
static void tell_difference(const struct court *c, const char *path, char *out, size_t size)
{
	const struct observation *differs = evidence_observation(c->evidence, OBSERVED_DIFFERENT, false, path);
	snprintf(out, size, "%s%s%s", differs ? " (" : "", differs ? differs->said : "", differs ? ")" : "");
}

/* Was it kept from removing the file, or from finding it for that? */
static bool could_not_remove(const struct court *c, const char *path)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool removal = strcmp(touch->op, "unlink") == 0 || strcmp(touch->op, "rmdir") == 0 || strcmp(touch->op, "lookup") == 0;
		if (removal && touch->costs && touch->error && strcmp(touch->effect, "signal") != 0 && strcmp(touch->volume, "out") == 0 &&
		    (strcmp(touch->path, path) == 0 || strcmp(touch->path, ".") == 0))
			return true;
	}
	return false;
}

static void weigh_output(struct court *c, const struct manifest_entry *golden, const struct manifest_entry *entry)
{
	struct outcome *o = &c->outcome;
	const char *path = golden ? golden->path : entry->path;
	if (!golden) {
		if (could_not_remove(c, path))
			return;
		if (!o->extra++)
			snprintf(o->first_extra, sizeof o->first_extra, "%s", path);
		return;
	}
	bool equal = equals_clean(c, entry, path, false);
	if (golden->type == 'd' && (equal || !is_empty(&c->clean->evidence.outputs, golden)))
		return;
	if (equal) {
		o->same++;
		bool alike = is_alike(c, entry, golden, false);
		o->alike += alike && !manifest_same(entry, golden);
		o->blurred += !alike && is_unstable(c->clean, path);
		return;
	}
	if (entry && is_excused(c, path)) {
		o->excused++;
		return;
	}
	if (!entry && !o->missing++)
		snprintf(o->first_missing, sizeof o->first_missing, "%s", path);
	char how[COMPARE_SAID_MAX + 4];
	tell_difference(c, entry ? path : "", how, sizeof how);
	if (entry && !o->different++)
		snprintf(o->first_different, sizeof o->first_different, "%s%s", path, how);
	if (!is_explained(c, path) && !o->unexplained++)
		snprintf(o->first_unexplained, sizeof o->first_unexplained, "%s %s%s", path, entry ? "differs" : "is missing", how);
}

static void weigh_outputs(struct court *c)
{
	const struct manifest *golden = &c->clean->evidence.outputs, *now = &c->evidence->outputs;
	for (size_t i = 0; i < golden->entries.count; i++)
		if (!court_is_bystander(c->clean, golden->entries.at[i].path))
			weigh_output(c, &golden->entries.at[i], manifest_find(now, golden->entries.at[i].path));
	for (size_t i = 0; i < now->entries.count; i++)
		if (!manifest_find(golden, now->entries.at[i].path))
			weigh_output(c, NULL, &now->entries.at[i]);
}

/* Does a clean run make any file? */
static bool makes_files(const struct baseline *clean)
{
	const struct manifest *outputs = &clean->evidence.outputs;
	for (size_t i = 0; i < outputs->entries.count; i++)
		if (outputs->entries.at[i].type != 'd' && !court_is_bystander(clean, outputs->entries.at[i].path))
			return true;
	return false;
}

/* The first damaged file that was met and that nobody can tell from a whole one, or NULL. */
static const struct touch *first_unseen(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].unseen)
			return &c->evidence->touches.at[i];
	return NULL;
}

static bool met_only_unseen(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].costs && !c->evidence->touches.at[i].unseen)
			return false;
	return first_unseen(c);
}

/* Without output files the result of a program is what it prints. */
static bool prints_the_same(const struct court *c)
{
	if (makes_files(c->clean) || !c->clean->stdout_stable)
		return true;
	const struct process_outcome *usual = &c->clean->evidence.found.runs[RUN_MAIN];
	return strcmp(buf_string(&c->clean->evidence.out), buf_string(&c->evidence->out)) == 0 &&
	       usual->stdout_bytes == c->run->stdout_bytes && usual->stdout_digest == c->run->stdout_digest;
}

/* What a checker prints is about the files that it looks at: another word about one that is another is its work. */
static bool is_about_struck(const struct court *c)
{
	for (size_t i = 0; subject_does(c->subject, "check") && i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].costs && words_name(buf_string(&c->new_words), c->evidence->touches.at[i].path))
			return true;
	return false;
}

/* ---- crimes ---- */

static bool is_crash_signal(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGSYS ||
	       number == SIGABRT || number == SIGTRAP;
}

/* "file.c:12:3: runtime error: ...": without a place it is something that a program says of itself. */
static bool has_ubsan_report(struct court *c)
{
	const char *text = buf_string(&c->new_err);
	for (const char *at = text; (at = strstr(at, ": runtime error: ")); at++)
		if (at > text && isdigit((unsigned char)at[-1])) {
			reason(c, "its stderr has a report of 'runtime error'");
			return true;
		}
	return false;
}

/* SIGKILL and a power failure leave nobody who could tidy up. */
static bool is_struck_dead(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (strcmp(touch->effect, "power-cut") == 0 ||
		    (strcmp(touch->effect, "signal") == 0 && touch->error && strcmp(touch->error, "SIGKILL") == 0))
			return true;
	}
	return false;
}

/* Has a rule sent the signal that ended it? */
static bool is_signal_of_rule(const struct court *c, int number)
{
	const char *name = sigabbrev_np(number);
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (strcmp(touch->effect, "signal") == 0 && touch->error && name && strcmp(touch->error + strlen("SIG"), name) == 0)
			return true;
	}
	return number == SIGKILL && is_struck_dead(c);
}

/* Programs that end themselves where memory cannot be had do so by abort(3), and __builtin_trap() (GLib) is SIGTRAP. That is a refusal
 * where the case allows it and there is a word. */
static bool is_allowed_abort(struct court *c, int number)
{
	if ((number != SIGABRT && number != SIGTRAP) || c->oracles.abort != STANCE_ALLOW)
		return false;
	if (!c->new_err.length)
		reason(c, "aborted without a word on stderr");
	return c->new_err.length;
}

/* The signal that ended it, unless it is one that we have sent, or one of its processes as a shell says it; 0: none. */
static int signal_of(const struct court *c)
{
	const struct process_outcome *run = c->run;
	if (run->signal)
		return run->timed_out || is_signal_of_rule(c, run->signal) ? 0 : run->signal;
	return run->exit_code > 128 && is_crash_signal(run->exit_code - 128) ? run->exit_code - 128 : 0;
}

static bool has_crash_signal(struct court *c)
{
	int number = signal_of(c);
	const char *name = number ? sigabbrev_np(number) : NULL;
	if (!number || is_allowed_abort(c, number))
		return false;
	if (c->run->signal)
		reason(c, "ended by signal %d (%s%s)", number, name ? "SIG" : "real-time", name ? name : "");
	else
		reason(c, "exit status %d: a process of it was ended by SIG%s", c->run->exit_code, name);
	return true;
}

static bool is_crash(struct court *c)
{
	static const char *const reports[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
					      "Assertion `"};
	if (has_crash_signal(c))
		return true;
	for (size_t i = 0; i < COUNT_OF(reports); i++)
		if (strstr(buf_string(&c->new_err), reports[i])) {
			reason(c, "its stderr has a report of '%s'", reports[i]);
			return true;
		}
	return has_ubsan_report(c);
}

static bool is_hung(struct court *c)
{
	if (!c->run->timed_out)
		return false;
	reason(c, "still running after %.3g s: %s%s", (double)c->run->wall_ns / NS_PER_S, c->run->stuck,
	       c->run->aborted ? "; not even SIGKILL ended it until the filesystem was taken away" : "");
	if (c->evidence->stuck.length)
		reason(c, "it was in %s", buf_string(&c->evidence->stuck));
	return true;
}

/* Did the fault keep the checker from bytes, or give it wrong ones? Who is told nothing of a file's size, or of closing it, may have
 * looked at all of it. */
static bool concerns_content(const struct touch *touch)
{
	return touch->costs && !touch->unseen && !touch->listing &&
	       (touch->at_rest || strcmp(touch->op, "read") == 0 || strcmp(touch->op, "open") == 0);
}

/* A checker has one output: its judgement. It must not pass what was damaged. */
static bool passes_damage(struct court *c)
{
	if (!subject_does(c->subject, "check") || !court_ended_as_usual(c))
		return false;
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (concerns_content(touch) && !words_name(buf_string(&c->new_words), touch->path)) {
			reason(c, "it passed %s, which was struck by %s, without a word", touch->path, touch->effect);
			return true;
		}
	}
	return false;
}

/* close(2) and fsync(2) are where a disk says that what was written is not there after all. Who is told so and says that all
 * is well has not looked; that the bytes came through this time is luck. */
static bool ignores_late_errors(struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count && !c->new_err.length; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool late = strcmp(touch->op, "flush") == 0 || strcmp(touch->op, "fsync") == 0;
		if (late && touch->error && strcmp(touch->effect, "signal") != 0 && strcmp(touch->volume, "out") == 0) {
			reason(c, "exit status %d and no word, although %s of %s failed with %s: what it wrote may be lost",
			       c->run->exit_code, strcmp(touch->op, "flush") == 0 ? "close" : "fsync", touch->path,
			       touch->error);
			return true;
		}
	}
	return false;
}

static bool is_wrong(struct court *c)
{
	const struct outcome *o = &c->outcome;
	if (!court_ended_as_usual(c))
		return false;
	if (o->unexplained) {
		reason(c, "exit status %d, but %s and no word about it (%u same, %u different, %u missing)",
		       c->run->exit_code, o->first_unexplained, o->same, o->different, o->missing);
		return true;
	}
	if (!prints_the_same(c) && !c->new_err.length && !met_only_unseen(c) && !is_about_struck(c)) {
		reason(c, "exit status %d, but it printed something else than without faults, and no word on stderr",
		       c->run->exit_code);
		return true;
	}
	return passes_damage(c) || ignores_late_errors(c) || court_fails_check(c, false, false) || court_strays(c, false);
}

/* Files struck in the middle of being read, whose descriptors an error path may forget. */
static unsigned struck_while_open(const struct evidence *e)
{
	unsigned count = 0;
	for (size_t i = 0; i < e->touches.count; i++) {
		const struct touch *touch = &e->touches.at[i];
		count += touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0 && strcmp(touch->op, "read") == 0;
	}
	return count;
}

static bool leaks_handles(struct court *c)
{
	uint64_t now = c->evidence->found.server.handles_peak, usual = c->clean->evidence.found.server.handles_peak;
	unsigned struck = struck_while_open(c->evidence);
	if (struck < 2 || now < usual + struck)
		return false;
	reason(c, "%u files failed while open, and as many more were open at once (%" PRIu64 " against %" PRIu64 ")", struck,
	       now, usual);
	return true;
}

static bool spoils_the_next_run(struct court *c)
{
	const struct process_outcome *again = &c->evidence->found.runs[RUN_AGAIN];
	if (!again->started || !c->clean->repeats)
		return false;
	if (again->timed_out || again->exit_code != c->usual->exit_code) {
		reason(c, "run again without faults it %s", again->timed_out ? "hangs" : "fails: what was left behind spoils it");
		return true;
	}
	const struct manifest *golden = &c->clean->evidence.outputs;
	for (size_t i = 0; i < golden->entries.count; i++) {
		const char *path = golden->entries.at[i].path;
		if (golden->entries.at[i].type == 'd' || court_is_bystander(c->clean, path))
			continue;
		if (!equals_clean(c, manifest_find(&c->evidence->again, path), path, true)) {
			reason(c, "run again without faults it does not give the right %s: what was left behind spoils it", path);
			return true;
		}
	}
	return false;
}

/* Whoever was asked to end, and did so at once, may leave what the next run finds and clears away: a journal, say. */
static bool is_cleared_by_next(const struct court *c)
{
	const struct process_outcome *again = &c->evidence->found.runs[RUN_AGAIN];
	return c->run->signal && is_signal_of_rule(c, c->run->signal) && again->started && again->exit_code == c->usual->exit_code &&
	       !again->timed_out && !court_first_unusual(&c->evidence->again, &c->clean->evidence.outputs);
}

static bool is_leaked(struct court *c)
{
	const struct evidence *e = c->evidence;
	const struct outcome *o = &c->outcome;
	bool failed = !court_ended_as_usual(c);
	bool dead = is_struck_dead(c);
	bool unfinished = dead || is_cleared_by_next(c), extra = o->extra && !unfinished;
	bool running = e->found.leftovers > c->clean->evidence.found.leftovers; /* a daemon that it always starts is its job */
	if (running)
		reason(c, "left running: %s", e->found.leftover_names);
	bool objects = !dead && e->found.objects > c->clean->evidence.found.objects;
	if (objects)
		reason(c, "left behind: %s", e->found.object_names);
	if (extra)
		reason(c, "left %u file%s that a clean run does not leave: %s", o->extra, o->extra > 1 ? "s" : "",
		       o->first_extra);
	const char *tmp = dead ? NULL : court_first_unusual(&e->tmp, &c->clean->evidence.tmp);
	if (tmp)
		reason(c, "left %s in TMPDIR", tmp);
	bool robbed = failed && c->spec->before == BEFORE_RUN && o->missing;
	if (robbed)
		reason(c, "failed, and took away what was there before: %u files, first %s", o->missing, o->first_missing);
	/* What differs after a failure is half-written, unless the subject is one that goes on with less and says so. */
	bool partial = failed && o->different && (o->unexplained || !subject_does(c->subject, "degrade"));
	if (partial)
		reason(c, "failed, and left output that is not the right one under its final name: %s", o->first_different);
	bool handles = leaks_handles(c), spoilt = spoils_the_next_run(c), strays = failed && court_strays(c, dead);
	bool bad = failed && court_fails_check(c, false, unfinished), bad_again = court_fails_check(c, true, false);
	bool lost = court_loses_memory(c);
	return running || objects || extra || tmp || robbed || partial || handles || spoilt || strays || bad || bad_again || lost;
}

/* ---- grace ---- */

static void tell_comparison(struct court *c)
{
	if (c->outcome.alike)
		reason(c, "note: %u of them differ in bytes, and are equal in content", c->outcome.alike);
	if (c->outcome.blurred)
		reason(c, "note: %u of them differ between two runs without faults: only type and size were compared",
		       c->outcome.blurred);
}

static const char *tell_end(const struct process_outcome *run, char *out, size_t size)
{
	const char *name = run->signal ? sigabbrev_np(run->signal) : NULL;
	if (run->signal)
		snprintf(out, size, "ended by %s%s", name ? "SIG" : "a signal", name ? name : "");
	else
		snprintf(out, size, "exit status %d", run->exit_code);
	return out;
}

static enum verdict_class graceful(struct court *c)
{
	const struct outcome *o = &c->outcome;
	bool as_usual = court_ended_as_usual(c);
	char said[200], end[40];
	words_telling_line(buf_string(c->new_err.length ? &c->new_err : &c->new_words), said, sizeof said);
	if (as_usual && !o->missing && !o->different && !o->excused && prints_the_same(c)) {
		reason(c, "exit status %d, all %u outputs as without faults%s%s", c->run->exit_code, o->same,
		       said[0] ? "; it said: " : "", said);
		tell_comparison(c);
		return VERDICT_COMPLETE;
	}
	if (c->run->signal && is_signal_of_rule(c, c->run->signal))
		reason(c, "ended by the signal that it was sent, SIG%s", sigabbrev_np(c->run->signal));
	reason(c, "%s, %u outputs same, %u different, %u missing%s%s", tell_end(c->run, end, sizeof end), o->same,
	       o->different + o->excused, o->missing, said[0] ? "; it said: " : "", said);
	tell_comparison(c);
	if (first_unseen(c))
		reason(c, "note: nothing guards what %s did to %s: nobody can notice it", first_unseen(c)->effect, first_unseen(c)->path);
	if (as_usual || (o->same + o->different + o->excused && !o->unexplained))
		return VERDICT_DEGRADED;
	return VERDICT_REFUSED;
}

/* Was nothing done to it at all? Then there is nothing to judge. What was only cut short can be taken for all there is. */
static bool is_untouched(const struct court *c)
{
	return !c->evidence->touches.count && !evidence_exercised(c->evidence, AXIS_ALLOCATIONS);
}

static bool nothing_struck(const struct court *c)
{
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++)
		if (evidence_exercised(c->evidence, axis))
			return false;
	return true;
}

/* "60 by convert.py (python3.11), 10 by sh (dash)": what rules call them, and the file where that is called otherwise. */
static void list_programs(const struct schedule_outcome *allocations, struct buf *out)
{
	size_t told = 0;
	for (; told < allocations->programs_count && told < COUNT_OF(allocations->programs); told++) {
		const struct schedule_program *program = &allocations->programs[told];
		buf_printf(out, "%s%" PRIu64 " by %s", told ? ", " : ": ", program->allocations, program->comm);
		if (strncmp(program->comm, program->program, sizeof program->comm - 1) != 0)
			buf_printf(out, " (%s)", program->program);
	}
	if (allocations->programs_count > told)
		buf_printf(out, ", and %zu more", allocations->programs_count - told);
}

/* The first that was to fail, and had come by another way. */
static void tell_divergence(struct court *c)
{
	const struct schedule_outcome *allocations = &c->evidence->found.allocations;
	const struct alloc_page_event *found = &allocations->divergences[0];
	SCOPED(buf_free) struct buf stack = {0};
	if (!allocations->divergences_count)
		return;
	schedule_event_stack(allocations, found, &stack);
	reason(c, "it diverged from the run that the rule was made by: allocation %" PRIu64 " of %s has the stack %016" PRIx64 " (%s)",
	       found->ordinal, found->program[0] ? found->program : "?", found->stack, buf_string(&stack));
}

/* Which allocations could have failed, where none did. */
static void tell_allocations(struct court *c)
{
	const struct schedule_outcome *allocations = &c->evidence->found.allocations;
	SCOPED(buf_free) struct buf programs = {0};
	if (!c->evidence->found.allocations_known)
		return;
	list_programs(allocations, &programs);
	if (allocations->processes)
		reason(c, "it made %" PRIu64 " allocations in %" PRIu64 " process%s%s", allocations->allocations,
		       allocations->processes, allocations->processes == 1 ? "" : "es", buf_string(&programs));
	else if (!allocations->own_malloc)
		reason(c, "no allocation was counted: a static or setuid program does not load the shim");
	if (allocations->own_malloc)
		reason(c, "%s brings a malloc of its own (a sanitizer's, say, that is linked into it): its allocations cannot be "
			  "made to fail", allocations->own_malloc_program);
	tell_divergence(c);
}

#define IDLE_TOLD 3

static void name_idle(const struct court *c, struct buf *out)
{
	size_t count = c->evidence->idle.count;
	buf_printf(out, "%smust_fire: ", out->length ? ", " : "");
	for (size_t i = 0; i < count && i < IDLE_TOLD; i++) {
		buf_text(out, i ? ", " : "");
		buf_name(out, c->evidence->idle.at[i]->name);
	}
	if (count > IDLE_TOLD)
		buf_printf(out, " and %zu more", count - IDLE_TOLD);
	buf_text(out, " never struck");
}

/* The rules that had to strike, so that each can be held against what the subject did. */
static void tell_idle(struct court *c)
{
	for (size_t i = 0; i < c->evidence->idle.count && i < IDLE_TOLD; i++) {
		SCOPED(buf_free) struct buf words = {0};
		plan_explain_rule(c->evidence->idle.at[i], &words);
		reason(c, "%s", buf_string(&words));
	}
	if (c->evidence->idle.count)
		reason(c, "usual reasons: the subject does not ask for that path, or does something else with it; 'offset' or 'when' never "
			  "came true; the group is off; a rule before it ended what it waits for");
}

/* Why a file that was touched does not count. */
static void tell_cut(struct court *c)
{
	const struct touch *cut = evidence_first_cut(c->evidence);
	if (cut)
		reason(c, "a %s of %s was cut short where %s would strike, and nobody asked for the rest", cut->op, cut->path, cut->rule);
}

/* Did anything that the case brings not strike? Then nobody knows how the subject stands up to that. */
static bool is_unexercised(struct court *c)
{
	const struct daemon_status *s = &c->evidence->found.server;
	static const char *const silent[] = {[AXIS_RULES] = "no rule struck", [AXIS_ALLOCATIONS] = "no allocation failed",
					     [AXIS_DAMAGE] = "no damaged file was met"};
	SCOPED(buf_free) struct buf idle = {0};
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++)
		if (c->evidence->asked[axis] && !evidence_exercised(c->evidence, axis))
			buf_printf(&idle, "%s%s", idle.length ? ", " : "", silent[axis]);
	if (c->evidence->idle.count)
		name_idle(c, &idle);
	if (!idle.length && !nothing_struck(c))
		return false;
	reason(c,
	       "%s: the subject made %" PRIu64 " lookups, %" PRIu64 " opens, %" PRIu64 " reads, %" PRIu64 " directory reads, %" PRIu64
	       " writes",
	       idle.length ? buf_string(&idle) : silent[AXIS_RULES], s->lookups, s->opens, s->reads, s->readdirs, s->writes);
	tell_cut(c);
	tell_idle(c);
	tell_allocations(c);
	return true;
}

static enum verdict_class name_verdict(struct court *c)
{
	if (is_crash(c))
		return VERDICT_CRASHED;
	if (is_hung(c))
		return VERDICT_HUNG;
	if (!is_untouched(c) && is_wrong(c))
		return VERDICT_WRONG;
	if (!is_untouched(c) && is_leaked(c))
		return VERDICT_LEAKED;
	if (is_unexercised(c))
		return VERDICT_UNEXERCISED;
	return graceful(c);
}

/* ---- what else was noticed ---- */

/* Whoever waits for the result should learn why there is none. */
static void note_mute(struct court *c)
{
	bool ended = c->out->verdict != VERDICT_HUNG && c->out->verdict != VERDICT_CRASHED && c->out->verdict != VERDICT_UNEXERCISED;
	c->out->mute = ended && !court_ended_as_usual(c) && !c->run->signal && !c->new_words.length;
	if (!c->out->mute)
		return;
	reason(c, "note: it failed without a word");
	if (c->oracles.mute == STANCE_FAIL)
		unmet(c, "a failure without a word does not pass (mute: fail)");
}

static void note_costs(struct court *c)
{
	const struct box_findings *now = &c->evidence->found;
	court_weigh_costs(c);
	if (c->evidence->died.length)
		reason(c, "note: %s", buf_string(&c->evidence->died));
	if (c->evidence->out.length >= PROCESS_OUTPUT_MAX || c->evidence->err.length >= PROCESS_OUTPUT_MAX)
		reason(c, "note: what it said beyond %u MiB was not looked at", PROCESS_OUTPUT_MAX >> 20);
	if (now->allocations.uncounted)
		reason(c, "note: %" PRIu64 " processes more went uncounted: allocations can fail in the first %d only",
		       now->allocations.uncounted, ALLOC_PAGE_PROCESSES);
	if (c->evidence->bound_to_schedule)
		reason(c, "note: what rule '%s' strikes depends on the schedule: another run may differ",
		       c->evidence->bound_to_schedule);
	if (now->server.journal_lost)
		reason(c, "note: %" PRIu64 " lines of the journal were lost", now->server.journal_lost);
}

/* ---- expectations of the case ---- */

void unmet(struct court *c, const char *format, ...)
{
	size_t from = c->out->failures.length;
	va_list args;
	va_start(args, format);
	buf_vprintf(&c->out->failures, format, args);
	va_end(args);
	tidy(&c->out->failures, from);
	buf_char(&c->out->failures, '\n');
}

static void check_names(struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool file = touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0;
		if (file && !words_name(buf_string(&c->new_words), touch->path))
			unmet(c, "%s was struck (%s) and is not named in its report", touch->path, touch->effect);
	}
}

/* A verdict that rests on comparing results is none where no result could be compared. */
static void check_comparison(struct court *c)
{
	const struct manifest *golden = &c->clean->evidence.outputs;
	unsigned files = 0;
	for (size_t i = 0; i < golden->entries.count; i++) {
		if (golden->entries.at[i].type == 'd' || court_is_bystander(c->clean, golden->entries.at[i].path))
			continue;
		files++;
		if (!is_unstable(c->clean, golden->entries.at[i].path))
			return;
	}
	if (subject_does(c->subject, "check") || (c->oracles.check && files))
		return;
	if (files)
		unmet(c, "nothing was compared: no output is the same in two runs without faults (fix its time stamps, seeds ...)");
	else if (!c->clean->evidence.out.length)
		unmet(c, "nothing was compared: without faults it writes no file into {out} and prints nothing");
	else if (!c->clean->stdout_stable)
		unmet(c, "nothing was compared: without faults it writes no file into {out}, and never prints the same twice");
}

static void check_expectations(struct court *c)
{
	const struct case_spec *spec = c->spec;
	if (!(spec->allow >> c->out->verdict & 1)) {
		SCOPED(buf_free) struct buf allowed = {0};
		verdict_set_print(spec->allow, &allowed);
		unmet(c, "verdict %s, allowed: %s", verdict_class_name(c->out->verdict), buf_string(&allowed));
	}
	if (c->subject->has_codes)
		c->out->code = words_code(buf_string(&c->new_words), &c->subject->codes);
	if (spec->code && c->subject->has_codes &&
	    !words_have_code(buf_string(&c->new_words), &c->subject->codes, spec->code))
		unmet(c, "error code %u expected, reported: %u", spec->code, c->out->code);
	if (spec->names && c->out->verdict <= VERDICT_REFUSED)
		check_names(c);
	if (c->out->verdict == VERDICT_COMPLETE || c->out->verdict == VERDICT_DEGRADED)
		check_comparison(c);
}

void judge(const struct case_spec *spec, const struct subject *subject, const struct baseline *clean,
	   const struct evidence *evidence, struct judgement *out)
{
	struct court c = {.spec = spec, .subject = subject, .clean = clean, .evidence = evidence,
			  .run = &evidence->found.runs[RUN_MAIN], .usual = &clean->evidence.found.runs[RUN_MAIN],
			  .oracles = oracles_merge(&spec->oracles, &subject->oracles), .out = out};
	*out = (struct judgement){0};
	words_new_lines(buf_string(&evidence->err), buf_string(&clean->evidence.err), buf_string(&clean->evidence.again_err),
			clean->inputs, &c.new_err);
	words_new_lines(buf_string(&evidence->out), buf_string(&clean->evidence.out), buf_string(&clean->evidence.again_out),
			clean->inputs, &c.new_words);
	buf_add(&c.new_words, buf_string(&c.new_err), c.new_err.length);
	tell_injected(&c);
	weigh_outputs(&c);
	out->verdict = name_verdict(&c);
	note_mute(&c);
	note_costs(&c);
	check_expectations(&c);
	out->passed = !out->failures.length;
	buf_free(&c.new_err);
	buf_free(&c.new_words);
}

void judgement_free(struct judgement *judgement)
{
	buf_free(&judgement->injected);
	buf_free(&judgement->reasons);
	buf_free(&judgement->failures);
}
