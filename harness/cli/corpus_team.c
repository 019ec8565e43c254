/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A window of names between the walk and the workers, a ring in the order of the walk:
 *
 *     delivered ... | done, being worked on, waiting ... | free ...
 *                   ^ tail       ^ next to be taken      ^ head
 */
#include "harness/cli/corpus_team.h"

#include "base/clock.h"
#include "base/scope.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/team_watch.h"
#include "harness/exits.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

/* Names that wait for one that takes long; a directory of small files keeps all busy with far fewer. */
#define WINDOW 4096

/* So long workers may take to end their block after a signal. */
#define GRACE_NS (5 * NS_PER_S)

#define PROGRESS_MS 250

struct slot {
	char *path;
	struct buf said;
	enum { SLOT_WAITS, SLOT_BUSY, SLOT_DONE } state;
};

struct team {
	const struct corpus *corpus;
	const struct team_job *job;
	pthread_mutex_t lock;
	pthread_cond_t room, work; /* the walk waits for the one, workers for the other */
	struct slot window[WINDOW];
	uint64_t tail, taken, head; /* see above; never beyond the next */
	bool walked;
	unsigned alive, workers; /* threads; of them workers */
	int rc;			 /* the first thing that went wrong */
	struct err err;
	int ended; /* eventfd: readable when no thread is alive */
};

/* ---- the window ---- */

static struct slot *slot_at(struct team *team, uint64_t number)
{
	return &team->window[number % WINDOW];
}

/* Everybody ends. The lock is held. */
static void stop(struct team *team)
{
	atomic_store(&team->job->state->stop, true);
	pthread_cond_broadcast(&team->room);
	pthread_cond_broadcast(&team->work);
}

/* The lock is held. */
static void fail(struct team *team, int rc, const struct err *err)
{
	if (!team->rc && !atomic_load(&team->job->state->stop)) {
		team->rc = rc == -EINTR ? -EIO : rc; /* there was no signal */
		team->err = *err;
	}
	stop(team);
}

/* Deliver what is done at the tail. The lock is held: so one delivers at a time, and in order. */
static void deliver(struct team *team)
{
	for (; team->tail < team->head && slot_at(team, team->tail)->state == SLOT_DONE; team->tail++) {
		struct slot *slot = slot_at(team, team->tail);
		if (slot->said.length && team->job->deliver)
			team->job->deliver(team->job->context, buf_string(&slot->said));
		buf_free(&slot->said);
		free(take_ptr(&slot->path));
	}
	if (team->taken < team->tail)
		team->taken = team->tail;
	pthread_cond_signal(&team->room);
}

/* Take over a path and what was said of it. 0 or -EINTR. */
static int put(struct team *team, char *path, struct buf *said, bool done)
{
	pthread_mutex_lock(&team->lock);
	while (team->head - team->tail == WINDOW && !atomic_load(&team->job->state->stop))
		pthread_cond_wait(&team->room, &team->lock);
	bool stopped = atomic_load(&team->job->state->stop);
	if (stopped) {
		free(path);
		buf_free(said);
	} else {
		*slot_at(team, team->head++) = (struct slot){path, *said, done ? SLOT_DONE : SLOT_WAITS};
		*said = (struct buf){0};
		if (done)
			deliver(team);
		else
			pthread_cond_signal(&team->work);
	}
	pthread_mutex_unlock(&team->lock);
	return stopped ? -EINTR : 0;
}

/* The next name that waits, or NULL: there will be none. The lock is held. */
static struct slot *take(struct team *team)
{
	for (;;) {
		while (team->taken < team->head && slot_at(team, team->taken)->state != SLOT_WAITS)
			team->taken++;
		if (atomic_load(&team->job->state->stop))
			return NULL;
		if (team->taken < team->head)
			return slot_at(team, team->taken++);
		if (team->walked)
			return NULL;
		pthread_cond_wait(&team->work, &team->lock);
	}
}

/* ---- the threads ---- */

/* The lock is held. */
static void leave(struct team *team)
{
	if (--team->alive == 0)
		eventfd_write(team->ended, 1);
}

static void *worker(void *context)
{
	struct team *team = context;
	pthread_mutex_lock(&team->lock);
	unsigned number = team->workers++;
	for (struct slot *slot; (slot = take(team));) {
		struct err err = {0};
		slot->state = SLOT_BUSY;
		pthread_mutex_unlock(&team->lock);
		int rc = team->job->work(team->job->context, number, slot->path, &slot->said, &err);
		if (!rc)
			atomic_fetch_add(&team->job->state->files, 1);
		pthread_mutex_lock(&team->lock);
		if (rc)
			fail(team, rc, &err);
		slot->state = SLOT_DONE;
		deliver(team);
	}
	leave(team);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

static int meet(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	(void)corpus;
	struct team *team = context;
	SCOPED(buf_free) struct buf said = {0};
	bool done = !S_ISREG(type);
	if (atomic_load(&team->job->state->stop))
		return -EINTR;
	int rc = team->job->meet(team->job->context, path, type, &done, &said, err);
	if (rc || (done && !said.length))
		return rc;
	char *copy = strdup(path);
	return copy ? put(team, copy, &said, done) : err_set(err, ENOMEM, "out of memory");
}

static void *walk(void *context)
{
	struct team *team = context;
	struct err err = {0};
	bool done;
	SCOPED(buf_free) struct buf said = {0};
	int rc = team->job->meet(team->job->context, ".", S_IFDIR, &done, &said, &err);
	char *root = !rc && said.length ? strdup(".") : NULL;
	if (root)
		rc = put(team, root, &said, true);
	if (!rc)
		rc = corpus_walk(team->corpus, ".", meet, team, &err);
	pthread_mutex_lock(&team->lock);
	if (rc)
		fail(team, rc, &err);
	team->walked = true;
	pthread_cond_broadcast(&team->work);
	leave(team);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

/* ---- whoever called ---- */

/* Wait until all threads have ended, or a deadline. Returns whether they have. */
static bool wait_end(struct team *team, int signals, int64_t deadline_ns, bool terminal)
{
	struct pollfd fds[2] = {{.fd = team->ended, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	const int64_t begun_ns = clock_now_ns();
	for (;;) {
		int left = clock_until_ms(deadline_ns);
		if (poll(fds, signals < 0 ? 1 : 2, terminal && (left < 0 || left > PROGRESS_MS) ? PROGRESS_MS : left) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents)
			return true;
		if ((signals >= 0 && fds[1].revents) || clock_until_ms(deadline_ns) == 0)
			return false;
		if (terminal)
			team_show(team->job, begun_ns);
	}
}

/* Have all threads end. One of them may hold the lock and hang itself, on a pipe that nobody reads. */
static void call_off(struct team *team)
{
	struct timespec until;
	atomic_store(&team->job->state->stop, true);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	if (pthread_mutex_timedlock(&team->lock, &until) == 0) {
		stop(team);
		pthread_mutex_unlock(&team->lock);
	}
}

static void end_now(int signal)
{
	(void)signal;
	_exit(EXIT_INTERRUPTED);
}

/* Threads hang on something that no signal ends: what they use cannot be freed, and what they print to cannot be waited for. */
static void abandon(const struct team_job *job)
{
	sigset_t set;
	signal(SIGALRM, end_now);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	alarm(1);
	_exit(job->interrupted(job->context));
}

/* 0 or -EINTR. */
static int oversee(struct team *team, int signals)
{
	const bool terminal = isatty(STDERR_FILENO);
	bool ended = wait_end(team, signals, INT64_MAX, terminal);
	if (terminal)
		fputs("\r\033[K", stderr);
	if (ended)
		return 0;
	call_off(team);
	if (!wait_end(team, -1, clock_now_ns() + GRACE_NS, false))
		abandon(team->job);
	return -EINTR;
}

/* Start a thread that is joined by nobody, but counted. The lock is held. */
static int start(struct team *team, void *(*function)(void *))
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, function, team);
	if (rc)
		return -rc;
	pthread_detach(thread);
	team->alive++;
	return 0;
}

static int start_all(struct team *team, unsigned workers)
{
	pthread_mutex_lock(&team->lock);
	int rc = start(team, walk);
	if (!rc)
		rc = start(team, worker);
	for (unsigned i = 1; !rc && i < workers && start(team, worker) == 0; i++)
		; /* fewer will do */
	if (rc) {
		const struct err err = {.code = -rc, .text = "no thread can be started"};
		fail(team, rc, &err);
		if (!team->alive)
			eventfd_write(team->ended, 1);
	}
	pthread_mutex_unlock(&team->lock);
	return rc;
}

static void discard(struct team *team)
{
	for (; team->tail < team->head; team->tail++) {
		buf_free(&slot_at(team, team->tail)->said);
		free(slot_at(team, team->tail)->path);
	}
	if (team->ended >= 0)
		close(team->ended);
	pthread_cond_destroy(&team->room);
	pthread_cond_destroy(&team->work);
	pthread_mutex_destroy(&team->lock);
	free(team);
}

int team_run(const struct corpus *corpus, const struct team_job *job, unsigned workers, struct err *err)
{
	struct team *team = calloc(1, sizeof *team);
	if (!team)
		return err_set(err, ENOMEM, "out of memory");
	team->corpus = corpus;
	team->job = job;
	team->ended = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->room, NULL);
	pthread_cond_init(&team->work, NULL);
	sigset_t set = team_signals(), before;
	pthread_sigmask(SIG_BLOCK, &set, &before);
	SCOPED_FD int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	int rc = team->ended < 0 || signals < 0 ? err_set(err, errno, "no descriptor is left: %s", strerror(errno)) : 0;
	if (!rc) {
		(void)start_all(team, workers); /* what went wrong is in the team, once those that did start have ended */
		rc = oversee(team, signals);
		pthread_mutex_lock(&team->lock); /* the last one has let it go */
		if (team->rc) {
			rc = team->rc;
			*err = team->err;
		}
		pthread_mutex_unlock(&team->lock);
	}
	if (signals >= 0)
		team_forget_signals(signals, &before);
	else
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	discard(team);
	return rc;
}

unsigned team_usual(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	return count < 1 ? 1 : count > 8 ? 8 : (unsigned)count;
}
