/* libre hands out its UDP sockets with the messages it has read; a helper on them sees datagrams before it does. */
#include "base/clock.h"
#include "control/sip/bad.h"
#include "control/sip/core.h"
#include <string.h>

enum { LAYER = 0, MENDED_MAX = 65536 };

static bool is_readable(const char *message, size_t len)
{
	struct mbuf *copy = mbuf_alloc(len);
	struct sip_msg *msg = NULL;
	bool readable = true; /* out of memory: libre will see */
	if (copy && !mbuf_write_mem(copy, (const uint8_t *)message, len)) {
		mbuf_set_pos(copy, 0);
		readable = !sip_msg_decode(&msg, copy);
	}
	mem_deref(msg);
	mem_deref(copy);
	return readable;
}

static bool mend(struct mbuf *mb, const struct sa *src)
{
	char *mended = g_malloc(MENDED_MAX), source[80];
	re_snprintf(source, sizeof(source), "%J", src);
	size_t pos = mb->pos,
	       n = ts_sip_mend_2543(mended, MENDED_MAX, (const char *)mbuf_buf(mb), mbuf_get_left(mb), source);
	bool good = n && is_readable(mended, n);
	if (good) {
		mb->end = pos;
		good = !mbuf_write_mem(mb, (const uint8_t *)mended, n);
		mbuf_set_pos(mb, pos);
	}
	g_free(mended);
	return good;
}

/* To the source: the Via may be what is damaged. */
static void answer(struct ts_sip_ua *ua, const struct sa *src, struct mbuf *mb)
{
	char text[TS_SIP_BAD_BYTES], address[TS_SIP_ADDR_MAX] = "";
	size_t n = ts_sip_bad_answer(text, (const char *)mbuf_buf(mb), mbuf_get_left(mb));
	struct mbuf *out = n ? mbuf_alloc(n) : NULL;
	sa_ntop(src, address, sizeof(address));
	if (out && !ts_throttle_take(ua->throttle, address, ts_now_ns()) && !mbuf_write_mem(out, (uint8_t *)text, n)) {
		mbuf_set_pos(out, 0);
		sip_send(ua->sip, NULL, SIP_TRANSP_UDP, src, out);
	}
	mem_deref(out);
}

/* Two line ends are a keep-alive. */
static bool on_datagram(struct sa *src, struct mbuf *mb, void *arg)
{
	struct ts_sip_ua *ua = arg;
	if (mbuf_get_left(mb) <= 4 || is_readable((const char *)mbuf_buf(mb), mbuf_get_left(mb)) || mend(mb, src))
		return false;
	answer(ua, src, mb);
	return true;
}

void ts_sip_watch_socket(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	if (msg->tp != SIP_TRANSP_UDP || !msg->sock) return;
	for (size_t i = 0; i < TS_SIP_LISTEN_MAX; i++) {
		if (ua->watched[i].sock == msg->sock) return;
		if (ua->watched[i].sock) continue;
		ua->watched[i].sock = msg->sock;
		if (udp_register_helper(&ua->watched[i].helper, msg->sock, LAYER, NULL, on_datagram, ua))
			ua->watched[i].helper = NULL;
		return;
	}
}

void ts_sip_unwatch_sockets(struct ts_sip_ua *ua)
{
	for (size_t i = 0; i < TS_SIP_LISTEN_MAX; i++) ua->watched[i].helper = mem_deref(ua->watched[i].helper);
}
