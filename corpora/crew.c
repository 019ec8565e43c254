/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A few threads that take numbers from a range. */
#include "corpora/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#define CREW_MAX 8

struct crew {
	void (*work)(void *of, uint64_t number);
	void *of;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t ordered;
	uint64_t next, end;
	bool over;
	unsigned wanted, begun;
	pthread_t threads[CREW_MAX];
};

struct crew *crew_new(void (*work)(void *of, uint64_t number), void *of)
{
	struct crew *crew = calloc(1, sizeof *crew);
	if (!crew)
		return NULL;
	int idle = get_nprocs() - 1;
	crew->work = work;
	crew->of = of;
	crew->wanted = idle < 1 ? 1 : idle > CREW_MAX ? CREW_MAX : (unsigned)idle;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->ordered, NULL);
	return crew;
}

static void *labour(void *self)
{
	struct crew *crew = self;
	pthread_mutex_lock(&crew->lock);
	while (!crew->over) {
		if (crew->next >= crew->end) {
			pthread_cond_wait(&crew->ordered, &crew->lock);
			continue;
		}
		uint64_t number = crew->next++;
		pthread_mutex_unlock(&crew->lock);
		crew->work(crew->of, number);
		pthread_mutex_lock(&crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* Signals are for the thread that began with them. The lock is held. */
static void begin(struct crew *crew)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (crew->begun < crew->wanted && pthread_create(&crew->threads[crew->begun], NULL, labour, crew) == 0)
		crew->begun++;
	crew->wanted = crew->begun;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void crew_order(struct crew *crew, uint64_t first, uint64_t end)
{
	pthread_mutex_lock(&crew->lock);
	if (crew->begun < crew->wanted)
		begin(crew);
	crew->next = first;
	crew->end = end;
	pthread_cond_broadcast(&crew->ordered);
	pthread_mutex_unlock(&crew->lock);
}

unsigned crew_size(const struct crew *crew)
{
	return crew->wanted;
}

void crew_end(struct crew *crew)
{
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->over = true;
	pthread_cond_broadcast(&crew->ordered);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->begun; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_mutex_destroy(&crew->lock);
	pthread_cond_destroy(&crew->ordered);
	free(crew);
}
