/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Carries trials out: clean runs first, then the cases, several boxes at once. */
#include "base/clock.h"
#include "base/draw.h"
#include "base/scope.h"
#include "base/shortfall.h"
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
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The deadline of a case that names none: generous, because a false "hung" is worse than a slow one. */
#define DEADLINE_MIN_NS (10 * NS_PER_S)
#define DEADLINE_TIMES 20
/* Of a case's directory among what is kept: NAME_MAX and a NUL. */
#define KEPT_NAME_SIZE 256

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
	trial_say(trial, why);
	if (skip && !session->unavailable)
		session->unavailable = trial_why(trial);
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
		.autopsy = session->autopsy || trial->autopsy || clean->watched,
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
	if (!session->keep)
		return;
	char name[KEPT_NAME_SIZE];
	name_kept(trial, name);
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

/* A verdict for which something was left out would be none. */
static int pass_judgement(struct session *session, struct trial *trial, const struct box *box)
{
	uint64_t before = shortfalls();
	name_places(session, trial);
	judge(&trial->spec, trial->subject, &session->baselines.at[trial->baseline]->baseline, trial->evidence,
	      &trial->judgement);
	trial->run = session_run_of(trial->evidence, box);
	if (shortfalls() == before)
		return 0;
	judgement_free(&trial->judgement);
	return -ENOMEM;
}

static void finish_case(struct session *session, size_t index, struct box *box)
{
	struct trial *trial = session->trials.at[index];
	struct err err = {.text = "out of memory"};
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
	if (trial_read_plan(trial, &err) < 0 || session_add_to_evidence(session, trial, trial->evidence) < 0 ||
	    pass_judgement(session, trial, box) < 0) {
		set_trouble(session, trial, EXIT_INTERNAL, "out of memory");
		return;
	}
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
		trial_say(trial, trial->wall_ns ? "interrupted while it ran" : "interrupted before it was run");
		trial->wall_ns += trial->wall_ns ? clock_now_ns() : 0;
	}
}

/* Each box has files of its own, and what is in a box needs some more. */
#define FILES_OF_BOX (STREAMS + 4)
#define FILES_BESIDE 40

static void limit_jobs(struct session *session)
{
	struct rlimit files;
	uint64_t room = SESSION_JOBS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_BESIDE + FILES_OF_BOX * SESSION_JOBS_MAX)
		room = files.rlim_cur > FILES_BESIDE + FILES_OF_BOX ? (files.rlim_cur - FILES_BESIDE) / FILES_OF_BOX : 1;
	if (session->jobs > room)
		session->jobs = (unsigned)room;
}

int session_work(struct session *session, const struct work *work, struct err *err)
{
	struct interrupts interrupts;
	int rc = interrupts_begin(&interrupts, err);
	if (rc)
		return rc;
	limit_jobs(session);
	rc = open_keep(session, err);
	if (rc) {
		interrupts_end(&interrupts);
		return rc;
	}
	session->wall_ns = -clock_now_ns();
	session_do_work(session, session_clean_work(session), interrupts.fd);
	session_do_work(session, session_watch_work(session), interrupts.fd);
	session_do_work(session, work, interrupts.fd);
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
