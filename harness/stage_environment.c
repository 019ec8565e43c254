/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The environment that a subject runs in. */
#include "harness/stage_parts.h"

#include "base/buf.h"
#include "base/scope.h"
#include "harness/leaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_env(struct subject_words *env, const char *name, const char *value, const char *below)
{
	char *text = NULL;
	char **slot = value && asprintf(&text, "%s=%s%s", name, value, below) >= 0 ? vec_add(&env->words) : NULL;
	if (slot)
		*slot = text;
	else
		free(text);
}

/* Both parts, or the one that is there. */
static void add_joined(struct subject_words *env, const char *name, const char *first, const char *second)
{
	SCOPED_FREE char *both = NULL;
	if ((*first || *second) && asprintf(&both, "%s%s%s", first, *first && *second ? ":" : "", second) >= 0)
		add_env(env, name, both, "");
}

/* What the user has set for his command. */
static const char *users_own(const struct stage *s, const char *name)
{
	const char *value = s->q->spec->command ? getenv(name) : NULL;
	return value ? value : "";
}

/* What the user preloads stays, behind the shim, which must be the first to be asked. A sanitizer's runtime insists on being
 * first; it works behind the shim too. */
static void add_preloads(const struct stage *s, bool shimmed, bool watched, struct subject_words *env)
{
	SCOPED(buf_free) struct buf preloads = {0}, options = {0};
	char directory[300];
	stage_place(s, "leaks", directory);
	leaks_options(directory, &options);
	if (shimmed)
		buf_text(&preloads, s->shim);
	if (watched)
		buf_printf(&preloads, "%s%s", shimmed ? ":" : "", s->lsan);
	add_joined(env, "LD_PRELOAD", buf_string(&preloads), users_own(s, "LD_PRELOAD"));
	add_joined(env, "ASAN_OPTIONS", users_own(s, "ASAN_OPTIONS"), shimmed ? "verify_asan_link_order=0" : "");
	add_joined(env, "LSAN_OPTIONS", users_own(s, "LSAN_OPTIONS"), watched ? buf_string(&options) : "");
	if (shimmed)
		add_env(env, ALLOC_PAGE_ENV, strchr(s->page_env, '=') + 1, "");
	/* There also without a map: what is in the environment some programs allocate for. */
	if (shimmed)
		add_env(env, ALLOC_MAP_ENV, s->q->mapped ? s->world->base : "", s->q->mapped ? "/alloc.map" : "");
}

static bool is_same_variable(const char *a, const char *b)
{
	size_t length = b ? strcspn(b, "=") + 1 : 0;
	return b && strncmp(a, b, length) == 0;
}

void stage_environment(const struct stage *s, bool faulty, struct subject_words *env)
{
	static const char *const replaced[] = {"TMPDIR=", "HOME=", "LC_ALL=", "LD_PRELOAD=", "ASAN_OPTIONS=", "LSAN_OPTIONS=",
					       ALLOC_PAGE_ENV "=", ALLOC_MAP_ENV "="};
	bool own_command = s->q->spec->command != NULL;
	for (char **variable = environ; own_command && *variable; variable++) {
		bool ours = is_same_variable(*variable, s->q->env);
		for (size_t i = 0; i < COUNT_OF(replaced); i++)
			ours |= is_same_variable(*variable, replaced[i]);
		char **slot = ours ? NULL : vec_add(&env->words);
		if (slot)
			*slot = strdup(*variable);
	}
	if (!own_command)
		add_env(env, "PATH", getenv("PATH"), "");
	add_env(env, "TMPDIR", s->world->base, "/tmp");
	add_env(env, "HOME", s->world->base, "/home");
	add_env(env, "LC_ALL", "C", "");
	char **slot = s->q->env ? vec_add(&env->words) : NULL;
	if (slot)
		*slot = strdup(s->q->env);
	add_preloads(s, faulty && s->page_env, faulty && s->lsan, env);
	vec_add(&env->words);
}
