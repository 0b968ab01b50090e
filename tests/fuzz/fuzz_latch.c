/* Who is the peer of a plain path: { u8 what, u8 time in 100 ms, u8 number }* with few hosts,
 * ports, SSRCs and numbers. Answers go to somebody who was told, signals or was heard, never to
 * others; who is the peer is always allowed. */
#include "base/address.h"
#include "base/clock.h"
#include "transport/net/latch.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 16 };

static struct sockaddr_storage place(unsigned i)
{
	struct sockaddr_storage out = {0};
	if (i & 8) {
		struct sockaddr_in6 *six = (void *)&out;
		six->sin6_family = AF_INET6;
		six->sin6_addr.s6_addr[15] = (uint8_t)(i >> 1 & 3);
		six->sin6_port = htons((uint16_t)(5000 + (i & 1)));
	} else {
		struct sockaddr_in *four = (void *)&out;
		four->sin_family = AF_INET;
		four->sin_addr.s_addr = htonl(0xc0000200 + (i >> 1 & 3));
		four->sin_port = htons((uint16_t)(5000 + (i & 1)));
	}
	return out;
}

static void must_be_known(const struct ts_latch *latch, const bool known[PLACES])
{
	const struct sockaddr_storage *to = ts_latch_to(latch);
	if (!to) return;
	for (unsigned k = 0; k < PLACES; k++) {
		struct sockaddr_storage other = place(k);
		if (known[k] && ts_address_same(to, &other)) return;
	}
	abort();
}

static void hear(
	struct ts_latch *latch, unsigned who, uint8_t number, int64_t now_ns, bool known[PLACES])
{
	struct sockaddr_storage from = place(who);
	struct ts_latch_packet packet = {.ssrc = number >> 6, .seq = number & 63};
	ts_latch_allows_rtcp(latch, &from);
	if (!ts_latch_allows(latch, &from, &packet, now_ns)) return;
	ts_latch_heard(latch, &from, &packet, now_ns);
	known[who] = true;
	struct sockaddr_storage peer = latch->peer;
	if (peer.ss_family && !ts_latch_allows(latch, &peer, &packet, now_ns)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_latch latch;
	bool known[PLACES] = {false};
	int64_t now_ns = TS_NS_PER_S;
	memset(&latch, 0, sizeof(latch));
	for (size_t i = 0; i + 2 < len; i += 3) {
		unsigned what = data[i] >> 4, who = data[i] % PLACES;
		struct sockaddr_storage from = place(who), nobody = {0};
		now_ns += data[i + 1] * 100 * TS_NS_PER_MS;
		if (what == 0) {
			latch.proves = who & 1;
			latch.same_host = who & 2;
		} else if (what == 1) {
			ts_latch_set_told(&latch, &nobody);
		} else if (what == 2) {
			ts_latch_set_told(&latch, &from);
			known[who] = true;
		} else if (what == 3) {
			latch.signal = from;
		} else if (what == 4) {
			ts_latch_alive(&latch, data[i + 2] >> 6, now_ns);
		} else {
			hear(&latch, who, data[i + 2], now_ns, known);
		}
		must_be_known(&latch, known);
	}
	return 0;
}
