#include "container/icecast.h"

#include "base/address.h"
#include "container/bytes.h"
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4096, HEAD_MAX = 4096, SLICE_MS = 100, PORT_DEFAULT = 8000 };

struct ts_icecast {
	int fd;
	AVIOInterruptCB interrupt;
};

/* Until the socket is ready for that, or it is over. */
static int wait_for(struct ts_icecast *i, short events)
{
	struct pollfd p = {.fd = i->fd, .events = events};
	for (;;) {
		if (i->interrupt.callback(i->interrupt.opaque)) return AVERROR_EXIT;
		const int n = poll(&p, 1, SLICE_MS);
		if (n > 0) return 0;
		if (n < 0 && errno != EINTR) return AVERROR(errno);
	}
}

static int send_all(struct ts_icecast *i, const void *bytes, size_t len)
{
	const char *at = bytes;
	while (len) {
		int err = wait_for(i, POLLOUT);
		if (err) return err;
		const ssize_t n = send(i->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
		if (n < 0) return AVERROR(errno);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_bytes(void *opaque, ts_written *bytes, int len)
{
	const int err = send_all(opaque, bytes, (size_t)len);
	return err ? err : len;
}

static int connect_to(struct ts_icecast *i, const char *address, uint16_t port)
{
	struct sockaddr_storage to;
	int err = 0;
	socklen_t len = sizeof err;
	if (!ts_address_parse(&to, address, port)) return AVERROR(EINVAL);
	i->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (i->fd < 0) return AVERROR(errno);
	if (!connect(i->fd, (const void *)&to, ts_address_len(&to))) return 0;
	if (errno != EINPROGRESS) return AVERROR(errno);
	err = wait_for(i, POLLOUT);
	if (err) return err;
	if (getsockopt(i->fd, SOL_SOCKET, SO_ERROR, &err, &len)) err = errno;
	return AVERROR(err);
}

/* ---- the request */

static int hex(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void put_unescaped(char **at, const char *text)
{
	for (; *text; text++) {
		const bool escaped = *text == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0;
		*(*at)++ = escaped ? (char)(hex(text[1]) << 4 | hex(text[2])) : *text;
		if (escaped) text += 2;
	}
}

/* [give] g_free */
static char *account_of(const struct ts_stream_url *u)
{
	char plain[2 * TS_STREAM_VALUE_MAX + 16], *at = plain;
	put_unescaped(&at, *u->user ? u->user : "source");
	*at++ = ':';
	put_unescaped(&at, u->password);
	char *account = g_base64_encode((const guchar *)plain, (gsize)(at - plain));
	explicit_bzero(plain, sizeof plain);
	return account;
}

static int ask(struct ts_icecast *i, const struct ts_stream_url *u)
{
	char port[8] = "", *account = account_of(u);
	char head[3 * TS_STREAM_VALUE_MAX + TS_STREAM_URL_MAX + TS_STREAM_HOST_MAX + 300];
	if (u->port != PORT_DEFAULT) snprintf(port, sizeof port, ":%u", u->port);
	const bool is_v6 = strchr(u->host, ':');
	const int len = snprintf(head, sizeof head,
		"PUT /%s HTTP/1.1\r\nHost: %s%s%s%s\r\nAuthorization: Basic %s\r\n"
		"User-Agent: tessera\r\nContent-Type: audio/ogg\r\nExpect: 100-continue\r\n\r\n",
		u->path, is_v6 ? "[" : "", u->host, is_v6 ? "]" : "", port, account);
	const int err = len > 0 && (size_t)len < sizeof head ? send_all(i, head, (size_t)len)
							     : AVERROR(EINVAL);
	explicit_bzero(account, strlen(account));
	g_free(account);
	explicit_bzero(head, sizeof head);
	return err;
}

/* Byte for byte: what follows the head, if anything does, is nothing to us. */
static int read_answer(struct ts_icecast *i)
{
	char head[HEAD_MAX + 1];
	size_t n = 0;
	while (n < HEAD_MAX) {
		int err = wait_for(i, POLLIN);
		if (err) return err;
		const ssize_t got = recv(i->fd, head + n, HEAD_MAX - n, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
		if (got < 0) return AVERROR(errno);
		if (!got) return AVERROR_EOF;
		n += (size_t)got;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n")) return ts_icecast_answer(head);
	}
	return AVERROR_INVALIDDATA;
}

/* ---- life */

int ts_icecast_open(struct ts_icecast **out, AVIOContext **pb,
	const struct ts_stream_config *config, const char *address,
	const AVIOInterruptCB *interrupt)
{
	struct ts_icecast *i = calloc(1, sizeof *i);
	if (i) i->fd = -1; /* close may come before there is one */
	uint8_t *buffer = av_malloc(BUFFER_BYTES);
	*out = i;
	if (i && buffer)
		*pb = avio_alloc_context(buffer, BUFFER_BYTES, 1, i, NULL, write_bytes, NULL);
	if (!*pb) {
		av_free(buffer);
		return AVERROR(ENOMEM);
	}
	i->interrupt = *interrupt;
	int err = connect_to(i, address, config->url.port);
	if (!err) err = ask(i, &config->url);
	return err ? err : read_answer(i);
}

void ts_icecast_close(struct ts_icecast **icecast, AVIOContext **pb)
{
	struct ts_icecast *i = *icecast;
	*icecast = NULL;
	if (*pb) av_freep(&(*pb)->buffer);
	avio_context_free(pb);
	if (i && i->fd >= 0) close(i->fd);
	free(i);
}
