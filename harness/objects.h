/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a subject can leave that is neither process nor file of its world: shared memory, semaphores and message queues, those of System V
 * and those of POSIX. Only a private world has them for itself. */
#pragma once

#include "harness/world.h"

#include <stdbool.h>
#include <stddef.h>

/* In the box's process, once: see to it that what is made in /dev/shm is the world's own. What stands there already can be read. */
void objects_begin(const struct world *world);

/* How many there are, listed with commas. None where the world is shared. They stay: a world in which some are left is over. */
unsigned objects_left(const struct world *world, char *text, size_t size);
