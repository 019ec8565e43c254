/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* In place of http.c where libmicrohttpd is missing. */
#include "fusefs/http.h"

#include <errno.h>

int http_open(struct server *server, uint16_t port, struct err *err)
{
	(void)server, (void)port;
	return err_set(err, EOPNOTSUPP, "--metrics-port: this ordealfs was built without HTTP (libmicrohttpd, meson option http)");
}

void http_serve(struct http *http)
{
	(void)http;
}

void http_close(struct http *http)
{
	(void)http;
}
