/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What stat(2) says of the files of any volume, and how long the kernel may remember it. */
#pragma once

#include "base/attr.h"
#include "fusefs/request.h"

#include <sys/stat.h>

/* 0 or a positive errno. */
int attributes_of(struct server *server, struct node *node, struct stat *out) MUST_USE;
int attributes_of_name(struct server *server, struct node *directory, const char *name, struct stat *out) MUST_USE;

/* Are these the attributes (with the inode number of the corpus) of the file that the node stands for? If not, others have put another one in
 * its place, and the node is `replaced` from now on. Always true where nobody can. */
bool attributes_are_of(struct node *node, const struct stat *st);

/* What the rules make of it: a file that ends early, a wrong mode, owner, size or time. Returns what they pretend that is not so: bits
 * of enum pretend, for request_pretended(). */
unsigned attributes_disguise(const struct verdict *verdict, struct stat *st);

/* The inode number that callers are told. Two files with the same one on one mount are one file to cp, cat, diff and tar:
 * volumes must not share theirs. */
uint64_t attributes_ino(const struct volume *volume, uint64_t ino);

/* Do others than we change what the volume holds? A tree, and the directory behind a scratch, belong to the user. */
bool attributes_change_by_themselves(const struct volume *volume);

/* Seconds the kernel may remember the name, and the attributes, of what rules on these operations watch. */
double attributes_name_timeout(const struct volume *volume, opset watched);
double attributes_timeout(const struct volume *volume, opset watched);
