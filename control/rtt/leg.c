#include "control/rtt/leg.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "control/rooms/throttle.h"
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OPEN_TRIES = 200, READS = 16 };

static const struct ts_throttle_config rate = {.period_ns = TS_NS_PER_S / TS_RTT_RATE, .burst = 60};
/* Letters, more than we say that we take: whoever sends faster is not read meanwhile. */
static const struct ts_throttle_config letters = {
	.period_ns = TS_NS_PER_S / (2 * TS_T140_CPS), .burst = 1000};
static const char bom[] = "\xef\xbb\xbf";

struct ts_rtt_leg {
	struct ts_loop *loop;
	struct ts_watch watch;
	struct ts_timer timer;
	uint16_t port;
	struct ts_typing_events events;
	struct ts_typing typing;
	struct ts_t140_in in;
	struct ts_t140_out out;
	struct ts_mix mix;
	struct ts_bucket reads, letters;
	struct ts_t140_format format;
	bool sends, receives;
	struct ts_srtp *srtp; /* NULL: in the clear */
	/* where the description says, where text came from; family 0: nowhere */
	struct sockaddr_storage told, from;
	struct in6_addr signals; /* unspecified: not proved */
	bool proved;
	int64_t sent_ns; /* the last packet */
};

/* ---- where to */

static bool same_host(const struct sockaddr_storage *a, const struct in6_addr *host)
{
	struct in6_addr at;
	return a->ss_family && ts_address_read(&at, (const struct sockaddr *)a) &&
		!memcmp(&at, host, sizeof(at));
}

static const struct sockaddr_storage *peer_of(const struct ts_rtt_leg *leg)
{
	if (leg->from.ss_family) return &leg->from;
	return leg->proved && same_host(&leg->told, &leg->signals) ? &leg->told : NULL;
}

static bool is_theirs(const struct ts_rtt_leg *leg, const struct sockaddr_storage *from)
{
	struct in6_addr told;
	if (leg->proved && same_host(from, &leg->signals)) return true;
	return leg->told.ss_family && ts_address_read(&told, (const struct sockaddr *)&leg->told) &&
		same_host(from, &told);
}

/* ---- sending */

static void send_packet(struct ts_rtt_leg *leg, uint8_t *packet, size_t len)
{
	const struct sockaddr_storage *to = peer_of(leg);
	if (!to || (leg->srtp && ts_srtp_protect_rtp(leg->srtp, packet, &len))) return;
	ts_count(sendto(leg->watch.fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const void *)to,
			 ts_address_len(to)) < 0
			? TS_C_RTT_PACKETS_FAILED
			: TS_C_RTT_PACKETS_OUT);
}

static void put(void *arg, const char *text)
{
	struct ts_rtt_leg *leg = arg;
	if (!ts_t140_out_write(&leg->out, text, strlen(text))) ts_count(TS_C_RTT_DROPPED);
}

static void schedule(struct ts_rtt_leg *leg, int64_t now_ns)
{
	int64_t due_ns = ts_t140_in_due_ns(&leg->in);
	if (leg->sends && peer_of(leg)) {
		const int64_t out_ns = ts_t140_out_due_ns(&leg->out),
			      alive_ns = leg->sent_ns + TS_RTT_ALIVE_NS;
		if (out_ns < due_ns) due_ns = out_ns;
		if (alive_ns < due_ns) due_ns = alive_ns;
		if (leg->mix.waiting.length && now_ns + TS_NS_PER_S / 4 < due_ns)
			due_ns = now_ns + TS_NS_PER_S / 4;
	}
	if (due_ns < INT64_MAX)
		ts_loop_timer_set(leg->loop, &leg->timer, due_ns < now_ns ? now_ns : due_ns);
	else
		ts_loop_timer_cancel(leg->loop, &leg->timer);
}

static void send_due(struct ts_rtt_leg *leg, int64_t now_ns)
{
	uint8_t packet[TS_T140_PACKET_MAX + TS_SRTP_TRAILER];
	if (!leg->sends || !peer_of(leg)) return;
	ts_mix_run(&leg->mix, now_ns, put, leg);
	if (now_ns - leg->sent_ns >= TS_RTT_ALIVE_NS && ts_t140_out_due_ns(&leg->out) == INT64_MAX)
		put(leg, bom);
	const size_t len = ts_t140_out_packet(&leg->out, &leg->format, now_ns, packet);
	if (!len) return;
	leg->sent_ns = now_ns;
	send_packet(leg, packet, len);
}

/* ---- what comes */

static void on_text(void *arg, const char *text, size_t len)
{
	struct ts_rtt_leg *leg = arg;
	const int64_t now_ns = ts_now_ns();
	size_t n = 0;
	for (; n < len; n++) {
		const bool begins = ((unsigned char)text[n] & 0xc0) != 0x80;
		if (begins && ts_bucket_take(&leg->letters, &letters, now_ns)) break;
	}
	if (n < len) ts_count(TS_C_RTT_TOO_MANY);
	ts_typing_take(&leg->typing, text, n, &leg->events);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_rtt_leg *leg = ts_container_of(timer, struct ts_rtt_leg, timer);
	ts_t140_in_run(&leg->in, now_ns, on_text, leg);
	send_due(leg, now_ns);
	schedule(leg, now_ns);
}

static void take(struct ts_rtt_leg *leg, const struct sockaddr_storage *from, uint8_t *bytes,
	size_t len, int64_t now_ns)
{
	const uint64_t missing = leg->in.missing, repaired = leg->in.repaired;
	if (!is_theirs(leg, from)) {
		ts_count(TS_C_RTT_STRANGERS);
		return;
	}
	if (ts_bucket_take(&leg->reads, &rate, now_ns)) {
		ts_count(TS_C_RTT_TOO_MANY);
		return;
	}
	if (!leg->receives || (leg->srtp && ts_srtp_unprotect_rtp(leg->srtp, bytes, &len))) {
		ts_count(TS_C_RTT_MALFORMED);
		return;
	}
	const int err = ts_t140_in_packet(&leg->in, &leg->format, bytes, len, now_ns, on_text, leg);
	if (err == TS_EBADMSG) {
		ts_count(TS_C_RTT_MALFORMED);
		return;
	}
	ts_count(TS_C_RTT_PACKETS_IN);
	ts_count_add(TS_C_RTT_MISSING, (int64_t)(leg->in.missing - missing));
	ts_count_add(TS_C_RTT_REPAIRED, (int64_t)(leg->in.repaired - repaired));
	if (!err) leg->from = *from;
}

static void on_datagrams(struct ts_watch *watch, uint32_t events)
{
	struct ts_rtt_leg *leg = ts_container_of(watch, struct ts_rtt_leg, watch);
	const int64_t now_ns = ts_now_ns();
	(void)events;
	for (int i = 0; i < READS; i++) {
		struct sockaddr_storage from = {0};
		socklen_t len = sizeof(from);
		uint8_t bytes[TS_T140_TAKEN_MAX + TS_SRTP_TRAILER];
		const ssize_t n = recvfrom(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
			(struct sockaddr *)&from, &len);
		if (n < 0) break;
		take(leg, &from, bytes, (size_t)n, now_ns);
	}
	schedule(leg, now_ns);
}

/* ---- its port */

static int bound(const char *address, uint16_t number)
{
	struct sockaddr_storage at;
	if (!ts_address_parse(&at, address, number)) return -1;
	const int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !bind(fd, (const void *)&at, ts_address_len(&at))) return fd;
	if (fd >= 0) close(fd);
	return -1;
}

static int open_port(struct ts_rtt_leg *leg, const struct ts_rtt_leg_config *c)
{
	const uint32_t n = (uint32_t)(c->last_port - c->first_port) + 1, from = ts_random_u32() % n;
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	leg->watch = (struct ts_watch){.fn = on_datagrams, .fd = -1};
	if (!ts_address_parse(&at, c->local, 0)) return TS_EINVAL;
	for (uint32_t i = 0; i < OPEN_TRIES && leg->watch.fd < 0; i++)
		leg->watch.fd = bound(
			c->local, c->first_port ? (uint16_t)(c->first_port + (from + i) % n) : 0);
	if (leg->watch.fd < 0 || getsockname(leg->watch.fd, (struct sockaddr *)&at, &len))
		return TS_EIO;
	leg->port = ts_address_port(&at);
	return ts_loop_watch(leg->loop, &leg->watch, EPOLLIN) ? TS_EIO : 0;
}

/* ---- life */

static void leg_free(struct ts_rtt_leg *leg)
{
	ts_loop_timer_cancel(leg->loop, &leg->timer);
	if (leg->watch.active) ts_loop_unwatch(leg->loop, &leg->watch);
	if (leg->watch.fd >= 0) close(leg->watch.fd);
	ts_srtp_destroy(&leg->srtp);
	ts_mix_fini(&leg->mix);
	g_free(leg);
}

int ts_rtt_leg_open(struct ts_rtt_leg **out, const struct ts_rtt_leg_config *config)
{
	struct ts_rtt_leg *leg = g_new0(struct ts_rtt_leg, 1);
	leg->loop = config->loop;
	leg->events = config->events;
	leg->timer.fn = on_timer;
	leg->out.ssrc = ts_random_u32();
	leg->out.seq = (uint16_t)ts_random_u32();
	ts_mix_init(&leg->mix);
	const int err = open_port(leg, config);
	if (err) {
		ts_warn("no port for text", "address=%s", TS_LOG_STR(config->local));
		leg_free(leg);
		return err;
	}
	put(leg, bom); /* T.140 8.1: what a session begins with */
	*out = leg;
	return 0;
}

void ts_rtt_leg_close(struct ts_rtt_leg **legp)
{
	struct ts_rtt_leg *leg = *legp;
	*legp = NULL;
	if (!leg) return;
	ts_typing_end(&leg->typing, &leg->events);
	leg_free(leg);
}

uint16_t ts_rtt_leg_port(const struct ts_rtt_leg *leg)
{
	return leg->port;
}

static int use_keys(struct ts_rtt_leg *leg, const struct ts_srtp_keys *keys)
{
	if (keys->profile == TS_SRTP_NONE) {
		ts_srtp_destroy(&leg->srtp);
		return 0;
	}
	return leg->srtp ? ts_srtp_rekey(leg->srtp, keys) : ts_srtp_create(&leg->srtp, keys);
}

int ts_rtt_leg_agree(struct ts_rtt_leg *leg, const struct ts_rtt_agreed *agreed)
{
	const struct sockaddr_storage before = leg->told;
	const int err = use_keys(leg, agreed->keys);
	if (err) return err;
	leg->format = agreed->format;
	leg->sends = agreed->sends;
	leg->receives = agreed->receives;
	leg->told = (struct sockaddr_storage){0};
	if (*agreed->address && agreed->port)
		ts_address_parse(&leg->told, agreed->address, agreed->port);
	/* another place is told: text comes from there from now on */
	if (memcmp(&before, &leg->told, sizeof(before)) != 0)
		leg->from = (struct sockaddr_storage){0};
	schedule(leg, ts_now_ns());
	return 0;
}

void ts_rtt_leg_set_host(struct ts_rtt_leg *leg, const char *signals)
{
	struct sockaddr_storage at;
	if (!ts_address_parse(&at, signals, 0)) return;
	leg->proved = ts_address_read(&leg->signals, (const struct sockaddr *)&at);
	schedule(leg, ts_now_ns());
}

void ts_rtt_leg_take(struct ts_rtt_leg *leg, const struct ts_mix_input *input, int64_t now_ns)
{
	ts_mix_take(&leg->mix, input, now_ns, put, leg);
	schedule(leg, now_ns);
}
