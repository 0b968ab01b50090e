/* SIP messages through libre into our handlers, by UDP and TCP on loopback: messages that a line
 * "%%" parts. The first byte: 1 by TCP, 2 the call that comes of it is accepted, 4 refused, 8 hung
 * up by us. After them an OPTIONS of our own must be answered, so that neither a crash nor a thread
 * that hangs goes unseen. Each input comes from another address: limits are per address. */
#include "base/loop.h"
#include "control/sip/ua.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 4000, MESSAGES_MAX = 16, ADDRESSES = 65000 };

static const char answer_sdp[] =
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
static struct ts_loop *loop;
static struct ts_sip_ua *ua;
static atomic_int mode;
static uint16_t port;
static unsigned inputs;

static void tell(enum ts_sip_command_type type, uint64_t call, int code)
{
	struct ts_sip_command c = {.type = type, .call = call, .code = code, .text = "Busy Here"};
	if (type == TS_SIP_DO_ACCEPT) {
		c.sdp = answer_sdp;
		c.sdp_len = sizeof(answer_sdp) - 1;
	}
	ts_sip_ua_command(ua, &c);
}

static void on_event(void *arg, const struct ts_sip_event *e)
{
	(void)arg;
	int how = atomic_load(&mode);
	if (e->sdp && strnlen(e->sdp, e->sdp_len) > e->sdp_len) abort();
	if (e->type == TS_SIP_INCOMING || e->type == TS_SIP_OFFER) {
		if (e->type == TS_SIP_INCOMING && how & 1) tell(TS_SIP_DO_RING, e->call, 180);
		if (how & 2)
			tell(TS_SIP_DO_ACCEPT, e->call, 200);
		else
			tell(TS_SIP_DO_REJECT, e->call, 486);
		if (how & 8) tell(TS_SIP_DO_HANGUP, e->call, 0);
	} else if (e->type == TS_SIP_ESTABLISHED) {
		tell(TS_SIP_DO_KEYFRAME, e->call, 0);
		tell(TS_SIP_DO_HANGUP, e->call, 0);
	}
}

static void make(void)
{
	static struct ts_sip_config config = {.n_listen = 2,
		.advertise = "",
		.cert = "",
		.key = "",
		.ca = "",
		.proxy = "",
		.proxy_user = "",
		.proxy_password = "",
		.realm = "fuzz",
		.max_calls = 100000,
		.max_calls_per_address = 100000,
		.invites_per_second = 100000,
		.max_connections = 1000,
		.software = "fuzz"};
	config.timer = (struct ts_sip_timer_policy){.expires_s = 1800};
	port = (uint16_t)(20000 + getpid() % 20000);
	for (int i = 0; i < 2; i++) {
		config.listen[i].protocol = i ? TS_SIP_TCP : TS_SIP_UDP;
		strcpy(config.listen[i].address, "127.0.0.1");
		config.listen[i].port = port;
	}
	if (ts_loop_create(&loop, "fuzz") || ts_loop_start(loop)) abort();
	if (ts_sip_ua_create(&ua, loop, &config, on_event, NULL)) abort();
}

static int connect_from(int type, unsigned n)
{
	struct sockaddr_in from = {.sin_family = AF_INET},
			   to = {.sin_family = AF_INET, .sin_port = htons(port)};
	from.sin_addr.s_addr = htonl(0x7f010000 + n % ADDRESSES + 1);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0 || bind(fd, (void *)&from, sizeof(from)) || connect(fd, (void *)&to, sizeof(to)))
		abort();
	if (type == SOCK_STREAM) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void send_all(int fd, bool tcp, const char *text, size_t len)
{
	for (int i = 0; i < MESSAGES_MAX && len; i++) {
		const char *end = memmem(text, len, "\n%%\n", 4);
		size_t n = end ? (size_t)(end - text) + 1 : len;
		if (send(fd, text, n < 60000 ? n : 60000, MSG_NOSIGNAL | (tcp ? MSG_DONTWAIT : 0)) <
			0)
			return;
		if (!end) return;
		text += n + 3;
		len -= n + 3;
	}
}

static void ask_options(unsigned n)
{
	char text[600], buf[65536];
	int fd = connect_from(SOCK_DGRAM, n + ADDRESSES / 2), tries;
	int len = snprintf(text, sizeof(text),
		"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKf%u;rport\r\nMax-Forwards: 70\r\n"
		"From: <sip:f@127.0.0.1>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: fuzz-%u-%d\r\n"
		"CSeq: 1 OPTIONS\r\n"
		"Content-Length: 0\r\n\r\n",
		n, n, (int)getpid());
	struct pollfd p = {fd, POLLIN, 0};
	for (tries = 0; tries < 8; tries++) {
		if (send(fd, text, (size_t)len, 0) < 0) abort();
		if (poll(&p, 1, ANSWER_MS / 8) == 1 && recv(fd, buf, sizeof(buf), 0) > 0) break;
	}
	if (tries == 8) abort(); /* the SIP thread hangs */
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!ua) make();
	if (!size) return 0;
	struct linger now = {.l_onoff = 1};
	bool tcp = data[0] & 1;
	atomic_store(&mode, data[0]);
	int fd = connect_from(tcp ? SOCK_STREAM : SOCK_DGRAM, inputs);
	send_all(fd, tcp, (const char *)data + 1, size - 1);
	ask_options(inputs++);
	if (tcp) setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	return 0;
}
