/* The connection of a registration over TCP or TLS. Through a NAT or firewall calls to us come over
 * it alone, so that it must be known when it is gone: then we register anew at once.
 *
 *   2xx --begin--> [ watched ] --closed, or no pong--> REGISTER after 1 s; 2 s, 4 s ... 2 minutes
 *                                                      where the one before lived for a minute
 *                                                      at most
 *
 * A registrar that takes part in RFC 5626 (Flow-Timer) is sent its keep-alives and must answer
 * them; for others OPTIONS (trunk_ping.c) keep the NAT open.
 * Source  RFC 5626 4.4.1, 5923 (alias). */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "control/sip/trunk_core.h"
#include <string.h>

enum {
	NEVER_S = 86400, /* of keep-alives: a registration is refreshed long before */
	LEAST_S = 10,
	FIRST_MS = 1000,
	MOST_MS = 120000,
};
#define LIVED_NS (60 * TS_NS_PER_S)

static void on_timer(void *arg)
{
	struct ts_sip_trunk *t = arg;
	if (t->plan.state == TS_TRUNK_REGISTERED && !t->request) ts_trunk_begin(t);
}

static void on_ended(int err, void *arg)
{
	struct ts_sip_trunk *t = arg;
	const bool lived = ts_now_ns() - t->flow_ns > LIVED_NS;
	(void)err;
	t->flow = mem_deref(t->flow);
	if (t->leaving || t->plan.state != TS_TRUNK_REGISTERED) return;
	t->flow_ms = lived || !t->flow_ms ? FIRST_MS : MIN(2 * t->flow_ms, MOST_MS);
	ts_info("sip trunk connection ended", "trunk=%s again_ms=%u", t->config->name, t->flow_ms);
	tmr_start(&t->flow_timer, t->flow_ms + ts_random_u32() % 500, on_timer, t);
}

static uint32_t seconds_of(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_xhdr(msg, "Flow-Timer");
	const uint32_t s = header ? pl_u32(&header->val) : 0;
	return s ? MAX(MIN(s, NEVER_S), LEAST_S) : NEVER_S;
}

void ts_trunk_flow_begin(struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	const bool again = t->flow != NULL;
	t->flow = mem_deref(t->flow);
	if (msg->tp == SIP_TRANSP_UDP) return;
	if (!again) t->flow_ns = ts_now_ns();
	if (sip_keepalive_start(&t->flow, t->all->ua->sip, msg, seconds_of(msg), on_ended, t))
		t->flow = NULL;
}

void ts_trunk_flow_end(struct ts_sip_trunk *t)
{
	t->flow = mem_deref(t->flow);
	tmr_cancel(&t->flow_timer);
}

int ts_trunk_flow_alias(enum sip_transp tp, struct mbuf *mb)
{
	static const char mark[] = "\r\nVia: SIP/2.0/T";
	if (tp == SIP_TRANSP_UDP) return 0;
	const char *text = (const char *)mb->buf;
	const char *via = memmem(text, mb->end, mark, sizeof(mark) - 1);
	const char *end = via ? memmem(via + 2, mb->end - (size_t)(via + 2 - text), "\r\n", 2)
			      : NULL;
	if (!end) return 0;
	const size_t at = (size_t)(end - text), rest = mb->end - at;
	g_autofree char *copy = g_strndup(end, rest);
	mb->pos = at;
	return mbuf_write_str(mb, ";alias") | mbuf_write_mem(mb, (const uint8_t *)copy, rest);
}
