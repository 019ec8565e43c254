/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A client of the control channel without manners. talk SOCKET DEED...:
 *
 *   send TEXT       these bytes; \n, \0 and \\ are understood
 *   line            wait for a line, and print it
 *   end             wait until the other side closes; prints "end", or how many bytes came
 *   shut            send no more
 *   crowd N         so many further clients, which say nothing and stay
 *   flood N         the line {"do":"words"} so often without reading; then read all answers: prints how many came
 *   stuff N         the same without ever reading: prints "stuffed" when the socket takes no more, or all was sent
 *   pass            the lines of stdin, each when the one before is answered; prints the answers
 *   stay            until a signal ends us
 *
 * Each wait is ten seconds at the most. Status 1: it took longer, 2: usage, 3: nobody listens. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE_MS 10000
#define FLOOD "{\"do\":\"words\"}\n"

static int link_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof address.sun_path)
		exit(2);
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(3);
	}
	return fd;
}

static bool ready(int fd, short events, int wait_ms)
{
	struct pollfd waiting = {.fd = fd, .events = events};
	return poll(&waiting, 1, wait_ms) == 1;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "talk: %s: in vain\n", what);
	exit(1);
}

static void send_text(int fd, const char *text)
{
	for (; *text; text++) {
		char c = *text;
		if (c == '\\' && text[1])
			c = *++text == 'n' ? '\n' : *text == '0' ? '\0' : *text;
		must(ready(fd, POLLOUT, DEADLINE_MS), "send");
		if (send(fd, &c, 1, MSG_NOSIGNAL) < 0)
			return; /* the other side has had enough */
	}
}

static char next_byte(int fd, bool *ended)
{
	char c = '\0';
	must(ready(fd, POLLIN, DEADLINE_MS), "read");
	*ended = recv(fd, &c, 1, 0) <= 0;
	return c;
}

static void print_line(int fd)
{
	bool ended = false;
	for (char c = '\0'; !ended && c != '\n';) {
		c = next_byte(fd, &ended);
		if (!ended)
			putchar(c);
	}
	if (ended)
		puts("end");
}

static void await_end(int fd)
{
	bool ended = false;
	unsigned long bytes = 0;
	for (; !ended; bytes += !ended)
		next_byte(fd, &ended);
	if (bytes)
		printf("%lu bytes\n", bytes);
	else
		puts("end");
}

static void flood(int fd, unsigned long count)
{
	char bytes[65536];
	unsigned long lines = 0;
	pid_t child = fork();
	if (child == 0) {
		/* Sends while the parent does not read yet; the parent reads while this still sends. */
		for (unsigned long i = 0; i < count; i++)
			if (send(fd, FLOOD, strlen(FLOOD), MSG_NOSIGNAL) < 0)
				_exit(1);
		_exit(0);
	}
	while (lines < count) {
		must(ready(fd, POLLIN, DEADLINE_MS), "flood");
		ssize_t got = recv(fd, bytes, sizeof bytes, 0);
		must(got > 0, "flood");
		for (ssize_t i = 0; i < got; i++)
			lines += bytes[i] == '\n';
	}
	printf("%lu\n", lines);
}

static void stuff(int fd, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		if (send(fd, FLOOD, strlen(FLOOD), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	puts("stuffed");
	fflush(stdout);
}

static void pass(int fd)
{
	char line[65536];
	while (fgets(line, sizeof line, stdin)) {
		must(send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line), "pass");
		print_line(fd);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int fd = link_to(argv[1]);
	for (int i = 2; i < argc; i++) {
		const char *deed = argv[i], *value = argv[i + 1] ? argv[i + 1] : "";
		if (strcmp(deed, "send") == 0)
			send_text(fd, value), i++;
		else if (strcmp(deed, "line") == 0)
			print_line(fd);
		else if (strcmp(deed, "end") == 0)
			await_end(fd);
		else if (strcmp(deed, "shut") == 0)
			shutdown(fd, SHUT_WR);
		else if (strcmp(deed, "flood") == 0)
			flood(fd, strtoul(value, NULL, 10)), i++;
		else if (strcmp(deed, "stuff") == 0)
			stuff(fd, strtoul(value, NULL, 10)), i++;
		else if (strcmp(deed, "pass") == 0)
			pass(fd);
		else if (strcmp(deed, "crowd") == 0)
			for (unsigned long n = strtoul(argv[++i], NULL, 10); n; n--)
				link_to(argv[1]);
		else if (strcmp(deed, "stay") == 0)
			pause();
		else
			return 2;
		fflush(stdout);
	}
	return 0;
}
