/* The user agent as peers on loopback see it: what floods leave alone, and what is said again. Each
 * peer has an address of its own, as limits are per address. */
#include "base/loop.h"
#include "control/sip/ua.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 20000, TEXT_MAX = 65536 };

static const char sdp[] =
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
static struct ts_sip_config config = {.n_listen = 2,
	.advertise = "",
	.cert = "",
	.key = "",
	.ca = "",
	.proxy = "",
	.proxy_user = "",
	.proxy_password = "",
	.proxy_realm = "",
	.realm = "test",
	.target = {.local = true},
	.max_calls = 100,
	.max_calls_per_address = 10,
	.invites_per_second = 1000,
	.max_connections = 100,
	.software = "test",
	.timer = {.expires_s = 1800}};
static struct ts_loop *loop;
static struct ts_sip_ua *ua;
static pthread_t thread;
static uint16_t port;
static sem_t closed;
static atomic_int established, answered, ended;

/* ---- our side: every call is taken, every offer within one is refused */

static void on_event(void *arg, const struct ts_sip_event *event)
{
	struct ts_sip_command command = {
		.call = event->call, .sdp = sdp, .sdp_len = sizeof(sdp) - 1};
	(void)arg;
	if (event->type == TS_SIP_ESTABLISHED) atomic_fetch_add(&established, 1);
	if (event->type == TS_SIP_ANSWER) atomic_fetch_add(&answered, 1);
	if (event->type == TS_SIP_ENDED) atomic_fetch_add(&ended, 1);
	if (event->type == TS_SIP_INCOMING) {
		command.type = TS_SIP_DO_ACCEPT;
	} else if (event->type == TS_SIP_OFFER) {
		command.type = TS_SIP_DO_REJECT;
		command.code = 488;
		command.text = "Not Acceptable Here";
	} else {
		return;
	}
	assert_int_equal(ts_sip_ua_command(ua, &command), 0);
}

static void *run(void *arg)
{
	(void)arg;
	ts_loop_run(loop);
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	port = (uint16_t)(20000 + getpid() % 20000);
	for (int i = 0; i < 2; i++) {
		config.listen[i].protocol = i ? TS_SIP_TCP : TS_SIP_UDP;
		strcpy(config.listen[i].address, "127.0.0.1");
		config.listen[i].port = port;
	}
	sem_init(&closed, 0, 0);
	if (ts_loop_create(&loop, "control") ||
		ts_sip_ua_create(&ua, loop, &config, on_event, NULL))
		return -1;
	return pthread_create(&thread, NULL, run, NULL);
}

static void on_closed(void *arg)
{
	(void)arg;
	sem_post(&closed);
}

static void close_ua(void *arg)
{
	(void)arg;
	ts_sip_ua_close(ua, on_closed, NULL);
}

static int teardown(void **state)
{
	(void)state;
	ts_on_loop(loop, close_ua, NULL);
	while (sem_wait(&closed)) {}
	ts_loop_stop(loop);
	pthread_join(thread, NULL);
	ts_sip_ua_destroy(&ua);
	ts_loop_destroy(&loop);
	sem_destroy(&closed);
	return 0;
}

/* ---- a peer */

struct peer {
	int fd;
	bool tcp;
	const char *host;
	uint16_t port;
	char buf[2 * TEXT_MAX]; /* [n] that came over TCP */
	size_t n;
};

static struct peer *peer_open(int type, const char *host)
{
	struct sockaddr_in from = {.sin_family = AF_INET},
			   to = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(from);
	struct peer *p = calloc(1, sizeof(*p));
	p->tcp = type == SOCK_STREAM;
	p->host = host;
	inet_pton(AF_INET, host, &from.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	p->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->fd, (void *)&from, sizeof(from)), 0);
	assert_int_equal(connect(p->fd, (void *)&to, sizeof(to)), 0);
	assert_int_equal(getsockname(p->fd, (void *)&from, &len), 0);
	p->port = ntohs(from.sin_port);
	return p;
}

static void peer_close(struct peer *p)
{
	close(p->fd);
	free(p);
}

static void send_all(const struct peer *p, const char *text, size_t len)
{
	for (ssize_t n; len; text += n, len -= (size_t)n) {
		n = send(p->fd, text, len, MSG_NOSIGNAL);
		assert_true(n > 0);
	}
}

static ssize_t receive(const struct peer *p, char *buf, size_t cap)
{
	struct pollfd ready = {p->fd, POLLIN, 0};
	if (poll(&ready, 1, WAIT_MS) != 1) fail_msg("%s: nothing comes", p->host);
	return recv(p->fd, buf, cap, 0);
}

/* Of the whole message at the beginning of buf; 0: it is not whole. */
static size_t message_len(const struct peer *p)
{
	const char *end = memmem(p->buf, p->n, "\r\n\r\n", 4);
	const char *length = end ? memmem(p->buf, p->n, "\r\nContent-Length:", 17) : NULL;
	if (!length) return 0;
	size_t whole = (size_t)(end - p->buf) + 4 + strtoul(length + 17, NULL, 10);
	return whole <= p->n ? whole : 0;
}

/* The next message, terminated. */
static void next_message(struct peer *p, char out[TEXT_MAX])
{
	ssize_t n;
	size_t whole;
	if (!p->tcp) {
		n = receive(p, out, TEXT_MAX - 1);
		assert_true(n > 0);
		out[n] = '\0';
		return;
	}
	while (!(whole = message_len(p))) {
		n = receive(p, p->buf + p->n, sizeof(p->buf) - p->n);
		if (n <= 0) fail_msg("%s: the connection has ended", p->host);
		p->n += (size_t)n;
	}
	assert_true(whole < TEXT_MAX);
	memcpy(out, p->buf, whole);
	out[whole] = '\0';
	memmove(p->buf, p->buf + whole, p->n -= whole);
}

/* ---- a call, as the peer knows it */

struct call {
	char id[64], from[300], to[300];
	unsigned cseq;
};

static void header(char *out, size_t cap, const char *message, const char *name)
{
	char mark[40];
	snprintf(mark, sizeof(mark), "\r\n%s: ", name);
	const char *at = strstr(message, mark);
	if (!at) fail_msg("no %s in %s", name, message);
	at += strlen(mark);
	snprintf(out, cap, "%.*s", (int)strcspn(at, "\r"), at);
}

static void request_as(const struct peer *p, const struct call *c, const char *method,
	const char *branch, unsigned cseq, const char *body)
{
	char text[4096];
	const char *transport = p->tcp ? "TCP" : "UDP";
	int n = snprintf(text, sizeof(text),
		"%s sip:room@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s %s:%u;branch=z9hG4bK%s;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Contact: <sip:peer@%s:%u;transport=%s>\r\n%s"
		"Content-Length: %zu\r\n\r\n%s",
		method, transport, p->host, p->port, branch, c->from, c->to, c->id, cseq, method,
		p->host, p->port, transport, *body ? "Content-Type: application/sdp\r\n" : "",
		strlen(body), body);
	send_all(p, text, (size_t)n);
}

static void request(const struct peer *p, struct call *c, const char *method, const char *body)
{
	char branch[80];
	snprintf(branch, sizeof(branch), "%.60s-%u", c->id, ++c->cseq);
	request_as(p, c, method, branch, c->cseq, body);
}

/* Status of the final answer to that request. What else comes is passed over. */
static int final_answer(
	struct peer *p, const struct call *c, const char *method, char text[TEXT_MAX])
{
	char wanted[40], cseq[40], id[64];
	snprintf(wanted, sizeof(wanted), "%u %s", c->cseq, method);
	for (;;) {
		next_message(p, text);
		if (strncmp(text, "SIP/2.0 ", 8) != 0 || atoi(text + 8) < 200 ||
			!strstr(text, "\r\nCall-ID:"))
			continue;
		header(cseq, sizeof(cseq), text, "CSeq");
		header(id, sizeof(id), text, "Call-ID");
		if (!strcmp(cseq, wanted) && !strcmp(id, c->id)) return atoi(text + 8);
	}
}

static void await(const atomic_int *value, int wanted)
{
	for (int i = 0; i < WAIT_MS && atomic_load(value) < wanted; i++) usleep(1000);
	assert_true(atomic_load(value) >= wanted);
}

static void call_in(struct peer *p, struct call *c, const char *id)
{
	char *text = malloc(TEXT_MAX);
	int before = atomic_load(&established);
	memset(c, 0, sizeof(*c));
	snprintf(c->id, sizeof(c->id), "%s-%u", id, p->port);
	snprintf(c->from, sizeof(c->from), "<sip:peer@%s>;tag=f", p->host);
	snprintf(c->to, sizeof(c->to), "<sip:room@127.0.0.1>");
	request(p, c, "INVITE", sdp);
	assert_int_equal(final_answer(p, c, "INVITE", text), 200);
	header(c->to, sizeof(c->to), text, "To");
	request_as(p, c, "ACK", "ack", c->cseq, "");
	await(&established, before + 1);
	free(text);
}

static void hang_up(struct peer *p, struct call *c)
{
	char *text = malloc(TEXT_MAX);
	request(p, c, "BYE", "");
	assert_int_equal(final_answer(p, c, "BYE", text), 200);
	free(text);
}

static void dial(void *arg)
{
	const struct ts_sip_command command = {.type = TS_SIP_DO_DIAL,
		.call = ts_sip_ua_new_call(ua),
		.text = arg,
		.name = "",
		.sdp = sdp,
		.sdp_len = sizeof(sdp) - 1};
	assert_int_equal(ts_sip_ua_command(ua, &command), 0);
}

/* A call of ours, which the peer takes. */
static void call_out(struct peer *p, struct call *c)
{
	char uri[80], via[300], from[300], to[300], *text = malloc(TEXT_MAX), reply[4096];
	int before = atomic_load(&answered);
	snprintf(uri, sizeof(uri), "sip:peer@%s:%u", p->host, p->port);
	ts_on_loop(loop, dial, uri);
	do next_message(p, text);
	while (strncmp(text, "INVITE ", 7) != 0);
	memset(c, 0, sizeof(*c));
	header(via, sizeof(via), text, "Via");
	header(from, sizeof(from), text, "From");
	header(to, sizeof(to), text, "To");
	header(c->id, sizeof(c->id), text, "Call-ID");
	snprintf(c->to, sizeof(c->to), "%s", from);
	snprintf(c->from, sizeof(c->from), "%.200s;tag=p", to);
	char cseq[40];
	header(cseq, sizeof(cseq), text, "CSeq");
	int n = snprintf(reply, sizeof(reply),
		"SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		"Contact: <sip:peer@%s:%u>\r\nContent-Type: application/sdp\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		via, from, c->from, c->id, cseq, p->host, p->port, sizeof(sdp) - 1, sdp);
	send_all(p, reply, (size_t)n);
	await(&answered, before + 1);
	free(text);
}

/* ---- tests */

/* So many messages come from its address that most are dropped: a call ends all the same, and goes
 * on. */
static void calls_end_in_a_flood(void **state)
{
	enum { NOISE = 12000, ROUNDS = 5 };
	static const char noise[] = "OPTIONS sip:x@h:99999 SIP/2.0\r\nContent-Length: 0\r\n\r\n";
	const size_t len = sizeof(noise) - 1;
	char *flood = malloc(NOISE * len), *text = malloc(TEXT_MAX);
	struct peer *p = peer_open(SOCK_STREAM, "127.0.0.2");
	struct call c;
	(void)state;
	for (size_t i = 0; i < NOISE; i++) memcpy(flood + i * len, noise, len);
	call_in(p, &c, "flood");
	for (int i = 0; i < ROUNDS; i++) {
		send_all(p, flood, NOISE * len);
		request(p, &c, "OPTIONS", "");
		assert_int_equal(final_answer(p, &c, "OPTIONS", text), 200);
	}
	send_all(p, flood, NOISE * len);
	hang_up(p, &c);
	peer_close(p);
	free(flood);
	free(text);
}

/* By a connection, too, that is cut for what comes over it. */
static void calls_end_by_a_connection_that_is_cut(void **state)
{
	enum { NOISE = 12000, MORE = 100 };
	static const char noise[] = "OPTIONS sip:x@h:99999 SIP/2.0\r\nContent-Length: 0\r\n\r\n";
	const size_t len = sizeof(noise) - 1;
	char *flood = malloc(NOISE * len);
	struct peer *p = peer_open(SOCK_STREAM, "127.0.0.7"),
		    *q = peer_open(SOCK_STREAM, "127.0.0.7");
	struct peer *r = peer_open(SOCK_STREAM, "127.0.0.7");
	struct call c;
	(void)state;
	for (size_t i = 0; i < NOISE; i++) memcpy(flood + i * len, noise, len);
	call_in(p, &c, "cut");
	int before = atomic_load(&ended);
	while (send(r->fd, flood, NOISE * len, MSG_NOSIGNAL) > 0) {
	} /* until it is cut: the address has used up its share */
	send_all(p, flood, NOISE * len);
	request(q, &c, "BYE", "");
	if (send(q->fd, flood, MORE * len, MSG_NOSIGNAL) < 0) assert_int_equal(errno, ECONNRESET);
	await(&ended, before + 1);
	peer_close(p);
	peer_close(q);
	peer_close(r);
	free(flood);
}

/* More than one call may ask, as they come by one proxy. */
static void calls_of_ours_by_one_proxy(void **state)
{
	enum { CALLS = 8, REQUESTS = 35 };
	struct peer *p = peer_open(SOCK_DGRAM, "127.0.0.3");
	struct call c[CALLS];
	char *text = malloc(TEXT_MAX);
	(void)state;
	for (int i = 0; i < CALLS; i++) call_out(p, &c[i]);
	for (int k = 0; k < REQUESTS; k++)
		for (int i = 0; i < CALLS; i++) {
			request(p, &c[i], "OPTIONS", "");
			if (final_answer(p, &c[i], "OPTIONS", text) != 200)
				fail_msg("request %d: %.20s", k, text);
		}
	int refused = 0; /* one alone is bounded */
	for (int k = 0; k < 2 * REQUESTS; k++) {
		request(p, &c[0], "OPTIONS", "");
		refused += final_answer(p, &c[0], "OPTIONS", text) == 503;
	}
	assert_true(refused > REQUESTS / 2);
	for (int i = 0; i < CALLS; i++) hang_up(p, &c[i]);
	peer_close(p);
	free(text);
}

/* Keep-alives by STUN, of whom we called as well. */
static void whom_we_called_has_an_echo(void **state)
{
	static const uint8_t binding[20] = {
		0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct peer *p = peer_open(SOCK_DGRAM, "127.0.0.4");
	char *text = malloc(TEXT_MAX);
	struct call c;
	(void)state;
	send_all(p, (const char *)binding, sizeof(binding)); /* nothing to a stranger */
	call_out(p, &c);
	for (;;) {
		send_all(p, (const char *)binding, sizeof(binding));
		ssize_t n = receive(p, text, TEXT_MAX);
		if (n >= 20 && text[0] == 1 && text[1] == 1) break; /* else our ACK */
	}
	hang_up(p, &c);
	peer_close(p);
	free(text);
}

/* libre makes a struct of each header, which a call keeps as long as its request. */
static void headers_are_not_too_many(void **state)
{
	enum { FEW = 300, MANY = 2000 };
	struct peer *p = peer_open(SOCK_STREAM, "127.0.0.6");
	char *text = malloc(TEXT_MAX), *more = malloc(TEXT_MAX);
	struct call c = {.from = "<sip:peer@127.0.0.6>;tag=f",
		.to = "<sip:room@127.0.0.1>",
		.id = "headers"};
	(void)state;
	for (int round = 0; round < 2; round++) {
		int n = 0;
		for (int i = 0; i < (round ? MANY : FEW); i++)
			n += snprintf(more + n, TEXT_MAX - (size_t)n, "X-Y: z\r\n");
		n = snprintf(text, TEXT_MAX,
			"OPTIONS sip:room@127.0.0.1 SIP/2.0\r\n"
			"Via: SIP/2.0/TCP 127.0.0.6:%u;branch=z9hG4bKh%d\r\n"
			"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u OPTIONS\r\n"
			"%sContent-Length: 0\r\n\r\n",
			p->port, round, c.from, c.to, c.id, ++c.cseq, more);
		send_all(p, text, (size_t)n);
		assert_int_equal(final_answer(p, &c, "OPTIONS", text), round ? 400 : 200);
	}
	peer_close(p);
	free(text);
	free(more);
}

/* Each ACK of a refused INVITE ends its transaction, over TCP at once; the others belong to
 * nothing. */
static void a_refusal_is_acknowledged_thrice(void **state)
{
	struct peer *p = peer_open(SOCK_STREAM, "127.0.0.5");
	char *text = malloc(TEXT_MAX), branch[80];
	struct call c;
	(void)state;
	call_in(p, &c, "thrice");
	for (int round = 0; round < 3; round++) {
		request(p, &c, "INVITE", sdp);
		assert_int_equal(final_answer(p, &c, "INVITE", text), 488);
		snprintf(branch, sizeof(branch), "%.60s-%u", c.id, c.cseq);
		for (int i = 0; i < 3; i++) request_as(p, &c, "ACK", branch, c.cseq, "");
		request(p, &c, "OPTIONS", "");
		assert_int_equal(final_answer(p, &c, "OPTIONS", text), 200);
	}
	hang_up(p, &c);
	peer_close(p);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(calls_end_in_a_flood),
		cmocka_unit_test(calls_end_by_a_connection_that_is_cut),
		cmocka_unit_test(calls_of_ours_by_one_proxy),
		cmocka_unit_test(whom_we_called_has_an_echo),
		cmocka_unit_test(headers_are_not_too_many),
		cmocka_unit_test(a_refusal_is_acknowledged_thrice)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
