/* An RTMP peer of this machine that means harm. */
#include "container/stream.h"

#include "base/clock.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO = 1536, CHUNK = 4 << 20, MESSAGES = 190, TAKEN_MAX = 100 << 20 };

static size_t taken; /* by us, as far as the peer can tell */

static bool send_all(int fd, const void *bytes, size_t len)
{
	for (const char *at = bytes; len;) {
		const ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0) return false;
		at += n;
		taken += (size_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* The handshake, and then the first chunk of ever more messages of 16 MB, none of which ends. */
static void *flood(void *arg)
{
	static char hello[1 + 2 * HELLO] = {3}, chunk[CHUNK];
	static const unsigned char chunk_size[] = {
		2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, CHUNK >> 24, (CHUNK >> 16) & 0xff, 0, 0};
	const int fd = accept(*(const int *)arg, NULL, NULL);
	bool goes_on = recv(fd, hello, 1 + HELLO, MSG_WAITALL) == 1 + HELLO;
	memcpy(hello + 1 + HELLO, hello + 1, HELLO);
	memset(hello + 1, 0, HELLO);
	goes_on = goes_on && send_all(fd, hello, sizeof(hello)) &&
		recv(fd, hello, HELLO, MSG_WAITALL) == HELLO &&
		send_all(fd, chunk_size, sizeof(chunk_size));
	for (int i = 0; goes_on && i < MESSAGES; i++) {
		const unsigned char head[] = {
			0, (unsigned char)i, 0, 0, 0, 0xff, 0xff, 0xff, 9, 0, 0, 0, 0};
		goes_on = send_all(fd, head, sizeof(head)) && send_all(fd, chunk, sizeof(chunk));
	}
	close(fd);
	return NULL;
}

static bool may(void *arg, const struct sockaddr_storage *to, const struct ts_stream_url *url)
{
	(void)arg, (void)to, (void)url;
	return true;
}

static void a_peer_that_floods_is_left(void **state)
{
	atomic_bool stop = false;
	struct ts_stream_config config = {.may = may, .stop = &stop};
	struct ts_stream *stream;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	pthread_t peer;
	char url[64];
	(void)state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const void *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (void *)&at, &len), 0);
	snprintf(url, sizeof(url), "rtmp://127.0.0.1:%u/a/b", ntohs(at.sin_port));
	assert_null(ts_stream_url_parse(&config.url, url));
	assert_int_equal(pthread_create(&peer, NULL, flood, &fd), 0);
	assert_int_not_equal(ts_stream_open(&stream, &config), TS_STREAM_OK);
	pthread_join(peer, NULL);
	close(fd);
	if (taken > TAKEN_MAX) fail_msg("took %zu MB", taken >> 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_that_floods_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
