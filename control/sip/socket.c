/* UDP sockets of libre, as they are made: a helper on them sees datagrams before libre does. */
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/sip/core.h"
#include <string.h>

enum {
	LAYER = 0,
	/* RFC 3261 18.1.1: messages of up to 65535 bytes, with the headers of IP and UDP */
	DATAGRAM_MAX = 65536,
	RECEIVE_BUFFER = 1 << 20,
	STUN_HEADER = 20,
};

/* RFC 8489 5: two zero bits and the cookie. */
static bool is_stun(const uint8_t *p, size_t n)
{
	return n >= STUN_HEADER && !(p[0] & 0xc0) && !memcmp(p + 4, "\x21\x12\xa4\x42", 4);
}

/* Theirs or ours. */
static bool has_call_with(const struct ts_sip_ua *ua, const struct sa *src)
{
	char address[TS_SIP_ADDR_MAX];
	ts_sip_print_address(src, address);
	return ts_sip_calls_of(ua, address, TS_SIP_PROVEN) ||
		ts_sip_calls_of(ua, address, TS_SIP_UNPROVEN) ||
		g_hash_table_contains(ua->dialled, address);
}

/* Line ends are a keep-alive, and so is STUN (RFC 5626 4.4), which is answered within a call alone:
 * no stranger shall have an echo. */
static bool on_datagram(struct sa *src, struct mbuf *mb, void *arg)
{
	struct ts_sip_ua *ua = arg;
	struct mbuf *answer;
	bool flood;
	ua->conn = 0;
	if (mbuf_get_left(mb) <= 4) return true;
	if (is_stun(mbuf_buf(mb), mbuf_get_left(mb))) {
		if (has_call_with(ua, src)) return false;
		ts_count(TS_C_SIP_REFUSED_STUN);
		return true;
	}
	if (ts_sip_front_accepts(ua, src, false, mb, &answer, &flood)) return false;
	/* to the source: the Via may be what is damaged */
	if (answer) sip_send(ua->sip, NULL, SIP_TRANSP_UDP, src, answer);
	mem_deref(answer);
	return true;
}

static bool on_send(int *err, struct sa *dst, struct mbuf *mb, void *ua)
{
	(void)err, (void)dst;
	ts_sip_explain_cancel(ua, mb);
	return false;
}

int ts_sip_watch_socket(struct ts_sip_ua *ua, struct udp_sock *sock)
{
	if (ua->n_sockets == TS_SIP_LISTEN_MAX) return TS_EFULL;
	udp_rxsz_set(sock, DATAGRAM_MAX);
	udp_sockbuf_set(sock, RECEIVE_BUFFER);
	return udp_register_helper(
		       &ua->sockets[ua->n_sockets++], sock, LAYER, on_send, on_datagram, ua)
		? TS_ENOMEM
		: 0;
}

void ts_sip_unwatch_sockets(struct ts_sip_ua *ua)
{
	while (ua->n_sockets) mem_deref(ua->sockets[--ua->n_sockets]);
}
