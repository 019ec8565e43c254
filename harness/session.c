/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Carries trials out: clean runs first, then the cases, several boxes at once. */
#include "base/clock.h"
#include "base/draw.h"
#include "base/scope.h"
#include "harness/coverage.h"
#include "harness/exits.h"
#include "harness/interrupts.h"
#include "harness/report.h"
#include "harness/session_work.h"
#include "harness/symbols.h"
#include "harness/words.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define JOBS_MAX 64

/* A clean run has so long; it sets the measure for the rest. */
#define CLEAN_DEADLINE_NS (120 * NS_PER_S)
/* The deadline of a case that names none: generous, because a false "hung" is worse than a slow one. */
#define DEADLINE_MIN_NS (10 * NS_PER_S)
#define DEADLINE_TIMES 20
/* Formats that store the time of day store it in seconds: only runs further apart show that. */
#define AGAIN_AFTER_NS (1100 * NS_PER_MS)

/* Of a case's directory among what is kept: NAME_MAX and a NUL. */
#define KEPT_NAME_SIZE 256

struct slot {
	bool busy, open;
	size_t index;
	const struct subject *subject; /* of all cases of its box */
	struct box box;
};

/* ---- several at once ---- */

static void close_slot(struct slot *slot)
{
	if (slot->open)
		box_close(&slot->box);
	slot->open = slot->busy = false;
}

static int start_in(struct session *session, const struct box_host *host, struct slot *slot, size_t index, struct err *err)
{
	struct box_request q;
	host->request(host->context, index, &q);
	if (slot->open && session->reuse && slot->box.idle && slot->subject == q.subject && box_may_repeat(&q))
		return box_repeat(&slot->box, index, err);
	close_slot(slot);
	slot->subject = q.subject;
	int rc = box_start(host, index, &slot->box, err);
	slot->open = !rc;
	return rc;
}

static bool is_late(const struct session *session)
{
	return session->until_ns && clock_now_ns() >= session->until_ns;
}

static void fill_slots(struct session *session, const struct work *work, const struct box_host *host, struct slot *slots, size_t *next)
{
	for (unsigned i = 0; i < session->jobs && *next < work->count; i++) {
		while (!slots[i].busy && *next < work->count && !is_late(session)) {
			struct err err = {0};
			size_t index = (*next)++;
			int rc = work->prepare ? work->prepare(session, index, &err) : 0;
			rc = rc ? rc : start_in(session, host, &slots[i], index, &err);
			if (rc < 0)
				work->trouble(session, index, &err);
			slots[i].busy = rc == 0;
			slots[i].index = index;
		}
	}
}

/* Wait until a case is done, one is overdue, or a signal comes. Returns false for the signal. */
static bool wait_any(const struct session *session, const struct slot *slots, int signal_fd)
{
	struct pollfd fds[JOBS_MAX + 1];
	int64_t until = INT64_MAX;
	for (unsigned i = 0; i < session->jobs; i++) {
		fds[i] = (struct pollfd){.fd = slots[i].busy ? slots[i].box.line : -1, .events = POLLIN};
		if (slots[i].busy && slots[i].box.until_ns < until)
			until = slots[i].box.until_ns;
	}
	fds[session->jobs] = (struct pollfd){.fd = signal_fd, .events = POLLIN};
	int count = poll(fds, session->jobs + 1, clock_until_ms(until));
	return count < 0 ? errno == EINTR : !fds[session->jobs].revents;
}

static bool is_done(const struct box *box)
{
	struct pollfd fd = {.fd = box->line, .events = POLLIN};
	return poll(&fd, 1, 0) == 1 || clock_now_ns() >= box->until_ns;
}

static void collect(struct session *session, const struct work *work, struct slot *slots)
{
	for (unsigned i = 0; i < session->jobs; i++) {
		if (!slots[i].busy || !is_done(&slots[i].box))
			continue;
		box_finish(&slots[i].box);
		work->finish(session, slots[i].index, &slots[i].box);
		slots[i].busy = false;
		if (!session->reuse)
			close_slot(&slots[i]);
	}
}

static void cancel_all(struct session *session, struct slot *slots)
{
	session->interrupted = true;
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			box_cancel(&slots[i].box);
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			box_finish(&slots[i].box);
}

static bool any_busy(const struct session *session, const struct slot *slots)
{
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			return true;
	return false;
}

static void do_work(struct session *session, const struct work *work, int signal_fd)
{
	struct slot slots[JOBS_MAX] = {0};
	const struct box_host host = {.world = session->world, .request = work->request, .context = session};
	size_t next = 0;
	if (session->interrupted)
		return;
	for (fill_slots(session, work, &host, slots, &next); any_busy(session, slots); fill_slots(session, work, &host, slots, &next)) {
		if (!wait_any(session, slots, signal_fd)) {
			cancel_all(session, slots);
			break;
		}
		collect(session, work, slots);
	}
	for (unsigned i = 0; i < session->jobs; i++)
		close_slot(&slots[i]);
}

/* ---- clean runs ---- */

/* Once is enough, also where cases come later. */
static int prepare_clean(struct session *session, size_t index, struct err *err)
{
	(void)err;
	return session->baselines.at[index]->usable;
}

static void clean_request(const void *context, size_t index, struct box_request *out)
{
	const struct session *session = context;
	const struct baseline_entry *entry = session->baselines.at[index];
	*out = (struct box_request){
		.spec = &entry->spec,
		.corpus = entry->spec.corpus,
		.subject = entry->subject,
		.preload = entry->preload,
		.files = entry->inputs.at,
		.env = session->coverage ? coverage_env(session->coverage, COVERAGE_CLEAN) : NULL,
		.deadline_ns = CLEAN_DEADLINE_NS,
		.again = true,
		.again_after_ns = AGAIN_AFTER_NS,
	};
}

static void clean_trouble(struct session *session, size_t index, const struct err *err)
{
	struct baseline_entry *entry = session->baselines.at[index];
	snprintf(entry->why, sizeof entry->why, "%s", err->text);
	entry->status = EXIT_ENVIRONMENT;
}

/* Outputs that differ between the two clean runs are not held against a faulty one. */
static bool find_unstable(struct baseline *baseline)
{
	const struct manifest *first = &baseline->evidence.outputs, *second = &baseline->evidence.again;
	bool all_there = first->entries.count == second->entries.count;
	for (size_t i = 0; i < first->entries.count; i++) {
		const struct manifest_entry *entry = &first->entries.at[i];
		const struct manifest_entry *other = manifest_find(second, entry->path);
		all_there &= other != NULL;
		bool equal = entry->type == 'f' && evidence_observation(&baseline->evidence, OBSERVED_EQUAL, true, entry->path);
		if (manifest_same(entry, other) || equal)
			continue;
		char **slot = vec_add(&baseline->unstable.words);
		if (slot)
			*slot = strdup(entry->path);
	}
	return all_there;
}

/* What stands against a clean run as a measure, or NULL. */
static void judge_clean(struct baseline_entry *entry)
{
	const struct box_findings *found = &entry->baseline.evidence.found;
	const struct process_outcome *run = &found->runs[RUN_MAIN];
	const struct observation *bad;
	char said[300];
	words_telling_line(buf_string(&entry->baseline.evidence.err), said, sizeof said);
	entry->status = EXIT_USAGE;
	if (!found->complete) {
		entry->status = found->status ? found->status : EXIT_INTERNAL;
		snprintf(entry->why, sizeof entry->why, "%s", found->trouble);
	} else if (run->timed_out) {
		snprintf(entry->why, sizeof entry->why, "without any fault it does not end: %s", run->stuck);
	} else if (run->signal || run->exit_code != 0) {
		snprintf(entry->why, sizeof entry->why, "without any fault it fails already (%s %d)%s%s",
			 run->signal ? "signal" : "exit status", run->signal ? run->signal : run->exit_code,
			 said[0] ? ": " : "", said);
	} else if ((bad = evidence_observation(&entry->baseline.evidence, OBSERVED_BAD, false, NULL))) {
		snprintf(entry->why, sizeof entry->why, "without any fault its check does not pass %s%s%s", bad->path[0] ? bad->path : "its outputs",
			 bad->said[0] ? ": " : "", bad->said);
	} else {
		entry->usable = true;
	}
}

/* What its box was asked to keep of its outputs outlives it. */
static int keep_clean(struct baseline_entry *entry, const struct box *box)
{
	if (!oracles_merge(&entry->spec.oracles, &entry->subject->oracles).compare)
		return 0;
	entry->outputs.kept = fcntl(box->streams[STREAM_KEPT], F_DUPFD_CLOEXEC, 0);
	entry->outputs.kept_again = fcntl(box->streams[STREAM_KEPT_AGAIN], F_DUPFD_CLOEXEC, 0);
	return entry->outputs.kept < 0 || entry->outputs.kept_again < 0 ? -errno : 0;
}

static void finish_clean(struct session *session, size_t index, struct box *box)
{
	struct baseline_entry *entry = session->baselines.at[index];
	struct err err = {0};
	if (evidence_take(box, &entry->baseline.evidence, &err) < 0) {
		clean_trouble(session, index, &err);
		entry->status = EXIT_INTERNAL;
		return;
	}
	int outputs = box->streams[STREAM_OUTPUTS];
	if (lseek(outputs, 0, SEEK_SET) < 0 || buf_read_fd(&entry->golden, outputs, EVIDENCE_STREAM_MAX) < 0)
		buf_free(&entry->golden);
	if (keep_clean(entry, box) < 0) {
		clean_trouble(session, index, &(struct err){.text = "out of descriptors"});
		return;
	}
	judge_clean(entry);
	const struct process_outcome *runs = entry->baseline.evidence.found.runs;
	bool all_there = find_unstable(&entry->baseline);
	entry->baseline.repeats = all_there && runs[RUN_AGAIN].started && runs[RUN_AGAIN].exit_code == runs[RUN_MAIN].exit_code;
	entry->baseline.stdout_stable =
		strcmp(buf_string(&entry->baseline.evidence.out), buf_string(&entry->baseline.evidence.again_out)) == 0;
}

static const struct work *clean_work(const struct session *session)
{
	static struct work work = {.prepare = prepare_clean, .request = clean_request, .finish = finish_clean, .trouble = clean_trouble};
	work.count = session->baselines.count;
	return &work;
}

/* ---- cases ---- */

static int64_t deadline_of(const struct trial *trial, const struct baseline *clean)
{
	if (trial->spec.deadline_ns)
		return trial->spec.deadline_ns;
	if (trial->subject->deadline_ns)
		return trial->subject->deadline_ns;
	int64_t measured = DEADLINE_TIMES * clean->evidence.found.runs[RUN_MAIN].wall_ns;
	return measured > DEADLINE_MIN_NS ? measured : DEADLINE_MIN_NS;
}

static void set_trouble(struct session *session, struct trial *trial, int status, const char *why)
{
	bool skip = session->skip_unavailable && status == EXIT_ENVIRONMENT;
	trial->state = skip ? TRIAL_SKIPPED : TRIAL_TROUBLED;
	trial->status = status ? status : EXIT_INTERNAL;
	snprintf(trial->why, sizeof trial->why, "%s", why);
	if (skip && !session->unavailable)
		session->unavailable = trial->why;
	if (session->progress && !skip)
		session->progress(session, trial, session->context);
}

static bool is_damaged(const struct session *session, const struct trial *trial)
{
	return strcmp(session->baselines.at[trial->baseline]->spec.corpus, trial->corpus) != 0;
}

/* By descriptor: the path may be hidden in a private world. */
static int open_keep(struct session *session, struct err *err)
{
	if (!session->keep)
		return 0;
	mkdir(session->keep, 0755);
	session->keep_fd = open(session->keep, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return session->keep_fd < 0 ? err_set(err, errno, "%s: cannot be written: %s", session->keep, strerror(errno)) : 0;
}

/* The directory for what a case makes, below that. */
static void name_kept(const struct trial *trial, char name[KEPT_NAME_SIZE])
{
	snprintf(name, KEPT_NAME_SIZE, "%s-%s", trial->subject->name, report_case_name(trial));
	for (char *at = name; *at; at++)
		if (*at == '/')
			*at = '_';
}

static int make_kept(const struct session *session, const struct trial *trial, struct err *err)
{
	char name[KEPT_NAME_SIZE];
	name_kept(trial, name);
	if (mkdirat(session->keep_fd, name, 0755) < 0 && errno != EEXIST)
		return err_set(err, errno, "%s: cannot be written: %s", session->keep, strerror(errno));
	return 0;
}

static int prepare_case(struct session *session, size_t index, struct err *err)
{
	struct trial *trial = session->trials.at[index];
	if (trial->state != TRIAL_WAITING)
		return 1;
	const struct baseline_entry *clean = session->baselines.at[trial->baseline];
	if (!clean->usable) {
		set_trouble(session, trial, clean->status, clean->why);
		return 1;
	}
	trial->wall_ns = -clock_now_ns();
	return session->keep ? make_kept(session, trial, err) : 0;
}

void session_case_request(const void *context, size_t index, struct box_request *out)
{
	const struct session *session = context;
	const struct trial *trial = session->trials.at[index];
	const struct baseline_entry *clean = session->baselines.at[trial->baseline];
	*out = (struct box_request){
		.spec = &trial->spec,
		.corpus = trial->corpus,
		.clean = &clean->outputs,
		.subject = trial->subject,
		.plan_path = trial->plan_path,
		.rules = trial->rules,
		.autopsy = session->autopsy || trial->autopsy,
		.allocations = trial->allocations.at,
		.allocations_count = trial->allocations.count,
		.preload = trial->allocations.count > 0,
		.files = clean->inputs.at,
		.env = session->coverage ? coverage_env(session->coverage, COVERAGE_FAULTS) : NULL,
		.deadline_ns = deadline_of(trial, &clean->baseline),
		/* Damage at rest does not heal. */
		.again = session->again && clean->baseline.repeats && !is_damaged(session, trial),
		.golden = session->frugal && clean->golden.length ? clean->golden.at : NULL,
	};
	char name[KEPT_NAME_SIZE];
	name_kept(trial, name);
	if (session->keep)
		snprintf(out->keep, sizeof out->keep, "/proc/self/fd/%d/%s/out", session->keep_fd, name);
}

static void case_trouble(struct session *session, size_t index, const struct err *err)
{
	session->trials.at[index]->wall_ns = 0;
	set_trouble(session, session->trials.at[index], EXIT_ENVIRONMENT, err->text);
}

static int keep_stream(int directory, const char *name, int stream)
{
	SCOPED(buf_free) struct buf bytes = {0};
	SCOPED_FD int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || lseek(stream, 0, SEEK_SET) < 0)
		return -errno;
	int rc = buf_read_fd(&bytes, stream, EVIDENCE_STREAM_MAX);
	return rc ? rc : buf_write_fd(&bytes, fd);
}

/* What the case said, and what struck it, beside its outputs. */
static int keep_streams(const struct session *session, const struct trial *trial, const struct box *box, struct err *err)
{
	static const struct {
		const char *name;
		enum box_stream stream;
	} kept[] = {{"stdout", STREAM_STDOUT}, {"stderr", STREAM_STDERR}, {"journal.jsonl", STREAM_JOURNAL}};
	char name[KEPT_NAME_SIZE];
	name_kept(trial, name);
	SCOPED_FD int directory = openat(session->keep_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = directory < 0 ? err_set(err, errno, "%s: %s: %s", session->keep, name, strerror(errno)) : 0;
	for (size_t i = 0; !rc && i < COUNT_OF(kept); i++) {
		rc = keep_stream(directory, kept[i].name, box->streams[kept[i].stream]);
		if (rc)
			err_set(err, -rc, "%s: %s: cannot be kept: %s", session->keep, kept[i].name, strerror(-rc));
	}
	return rc;
}

/* The first rule that struck where another schedule may have let it strike elsewhere. */
static const char *bound_to_schedule(const struct plan *plan, const struct evidence *evidence)
{
	for (size_t i = 0; i < plan->rules.count; i++)
		if (when_is_bound_to_schedule(&plan->rules.at[i]->when) && evidence_struck(evidence, plan->rules.at[i]->name))
			return plan->rules.at[i]->name;
	return NULL;
}

/* Those without which the case shows nothing. */
static int find_idle(const struct plan *plan, struct evidence *evidence)
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (!rule->must_fire || evidence_struck(evidence, rule->name))
			continue;
		const struct rule **slot = vec_add(&evidence->idle);
		if (!slot)
			return -ENOMEM;
		*slot = rule;
	}
	return 0;
}

int session_add_to_evidence(const struct session *session, const struct trial *trial, struct evidence *evidence)
{
	evidence->asked[AXIS_RULES] = trial->plan && trial->plan->rules.count > 0;
	evidence->asked[AXIS_ALLOCATIONS] = trial->allocations.count > 0;
	evidence->asked[AXIS_DAMAGE] = is_damaged(session, trial);
	evidence->bound_to_schedule = trial->plan ? bound_to_schedule(trial->plan, evidence) : NULL;
	return trial->plan ? find_idle(trial->plan, evidence) : 0;
}

static uint64_t digest_of(int stream)
{
	SCOPED(buf_free) struct buf text = {0};
	bool read = lseek(stream, 0, SEEK_SET) == 0 && buf_read_fd(&text, stream, EVIDENCE_STREAM_MAX) == 0;
	return read ? draw_text(buf_string(&text)) : 0;
}

uint64_t session_words_of(const struct evidence *evidence)
{
	SCOPED(buf_free) struct buf words = {0};
	for (size_t i = 0; i < evidence->out.length; i++)
		if (!isdigit((unsigned char)evidence->out.at[i]))
			buf_char(&words, evidence->out.at[i]);
	return draw_text(buf_string(&words));
}

struct trial_run session_run_of(const struct evidence *evidence, const struct box *box)
{
	const struct box_findings *found = &evidence->found;
	const struct process_outcome *run = &found->runs[RUN_MAIN];
	return (struct trial_run){run->exit_code, run->signal, run->wall_ns, run->max_rss_kib, found->allocations.allocations,
				  digest_of(box->streams[STREAM_OUTPUTS]), run->stdout_digest, session_words_of(evidence)};
}

/* Where it crashed, and where it hangs. */
static void name_places(struct session *session, struct trial *trial)
{
	const struct process_outcome *run = &trial->evidence->found.runs[RUN_MAIN];
	struct symbols *symbols = run->autopsy.found || run->timed_out ? session_symbols(session) : NULL;
	SCOPED(buf_free) struct buf site = {0};
	if (!symbols)
		return;
	evidence_name_stacks(trial->evidence, symbols);
	if (!run->autopsy.found)
		return;
	symbols_crash_site(symbols, &run->autopsy.stack, &site);
	free(trial->crash_site);
	trial->crash_site = site.length && !site.failed ? strdup(buf_string(&site)) : NULL;
}

static void finish_case(struct session *session, size_t index, struct box *box)
{
	struct trial *trial = session->trials.at[index];
	struct err err = {0};
	trial->wall_ns += clock_now_ns();
	if (session->keep && keep_streams(session, trial, box, &err) < 0) {
		set_trouble(session, trial, EXIT_INTERNAL, err.text);
		return;
	}
	trial->evidence = calloc(1, sizeof *trial->evidence);
	if (!trial->evidence || evidence_take(box, trial->evidence, &err) < 0) {
		set_trouble(session, trial, EXIT_INTERNAL, err.text);
		return;
	}
	const struct box_findings *found = &trial->evidence->found;
	if (!found->complete) {
		set_trouble(session, trial, found->status, found->trouble);
		return;
	}
	if (found->server_lost) {
		set_trouble(session, trial, EXIT_INTERNAL, "the filesystem ended before the subject did");
		return;
	}
	if (session_add_to_evidence(session, trial, trial->evidence) < 0) {
		set_trouble(session, trial, EXIT_INTERNAL, "out of memory");
		return;
	}
	name_places(session, trial);
	judge(&trial->spec, trial->subject, &session->baselines.at[trial->baseline]->baseline, trial->evidence,
	      &trial->judgement);
	trial->run = session_run_of(trial->evidence, box);
	trial->state = TRIAL_JUDGED;
	if (session->progress)
		session->progress(session, trial, session->context);
	if (session->frugal)
		trial_forget_evidence(trial);
}

static const struct work *case_work(const struct session *session)
{
	static struct work work = {.prepare = prepare_case, .request = session_case_request, .finish = finish_case, .trouble = case_trouble};
	work.count = session->trials.count;
	return &work;
}

/* ---- the whole ---- */

static void tell_interrupted(struct session *session)
{
	for (size_t i = 0; i < session->trials.count; i++) {
		struct trial *trial = session->trials.at[i];
		if (trial->state != TRIAL_WAITING)
			continue;
		snprintf(trial->why, sizeof trial->why, "interrupted %s", trial->wall_ns ? "while it ran" : "before it was run");
		trial->wall_ns += trial->wall_ns ? clock_now_ns() : 0;
	}
}

int session_work(struct session *session, const struct work *work, struct err *err)
{
	struct interrupts interrupts;
	int rc = interrupts_begin(&interrupts, err);
	if (rc)
		return rc;
	if (session->jobs > JOBS_MAX)
		session->jobs = JOBS_MAX;
	rc = open_keep(session, err);
	if (rc) {
		interrupts_end(&interrupts);
		return rc;
	}
	session->wall_ns = -clock_now_ns();
	do_work(session, clean_work(session), interrupts.fd);
	do_work(session, work, interrupts.fd);
	session->wall_ns += clock_now_ns();
	if (session->keep)
		close(take_fd(&session->keep_fd));
	interrupts_end(&interrupts);
	return 0;
}

int session_run(struct session *session, struct err *err)
{
	int rc = session_work(session, case_work(session), err);
	if (!rc)
		tell_interrupted(session);
	return rc;
}

struct session_counts session_count(const struct session *session)
{
	struct session_counts counts = {0};
	for (size_t i = 0; i < session->trials.count; i++) {
		const struct trial *trial = session->trials.at[i];
		bool judged = trial->state == TRIAL_JUDGED;
		counts.skipped += trial->state == TRIAL_SKIPPED;
		counts.waiting += trial->state == TRIAL_WAITING;
		counts.passed += judged && trial->judgement.passed;
		counts.unexercised += judged && trial->judgement.verdict == VERDICT_UNEXERCISED;
		counts.failed += judged && !trial->judgement.passed && trial->judgement.verdict != VERDICT_UNEXERCISED;
		if (trial->state != TRIAL_TROUBLED)
			continue;
		counts.troubled++;
		if (trial->status > counts.worst_trouble)
			counts.worst_trouble = trial->status;
	}
	return counts;
}

int session_exit_status(const struct session *session)
{
	struct session_counts counts = session_count(session);
	if (session->interrupted)
		return EXIT_INTERRUPTED;
	if (counts.troubled)
		return counts.worst_trouble;
	if (counts.failed || counts.unexercised)
		return EXIT_FAILED;
	if (session->unavailable)
		return EXIT_ENVIRONMENT;
	return counts.passed ? EXIT_AS_EXPECTED : EXIT_NOTHING;
}
