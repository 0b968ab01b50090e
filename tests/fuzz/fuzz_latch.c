/* Who is the peer of a plain path: { u8 what, u8 time in 100 ms }* with few hosts and ports. Answers go to somebody who was told or
 * heard, never to others, and who is heard first is not driven out within 3 s by a stranger in the clear. */
#include "base/clock.h"
#include "transport/latch.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_latch latch;
	bool known[PLACES] = {false};
	int64_t now_ns = TS_NS_PER_S;
	memset(&latch, 0, sizeof(latch));
	for (size_t i = 0; i + 1 < len; i += 2) {
		unsigned what = data[i] >> 4, who = data[i] % PLACES;
		struct sockaddr_storage from = place(who), nobody = {0};
		now_ns += data[i + 1] * 100 * TS_NS_PER_MS;
		if (what == 0) {
			latch.proves = who & 1;
			latch.same_host = who & 2;
		} else if (what == 1) {
			ts_latch_tell(&latch, &nobody);
		} else if (what == 2) {
			ts_latch_tell(&latch, &from);
			known[who] = true;
		} else if (ts_latch_allows(&latch, &from, now_ns)) {
			ts_latch_heard(&latch, &from, now_ns);
			known[who] = true;
			const struct sockaddr_storage *to = ts_latch_to(&latch);
			if (to && !ts_latch_allows(&latch, to, now_ns)) abort();
		}
		const struct sockaddr_storage *to = ts_latch_to(&latch);
		bool found = !to;
		for (unsigned k = 0; k < PLACES && !found; k++) {
			struct sockaddr_storage other = place(k);
			found = known[k] && ts_address_same(to, &other);
		}
		if (!found) abort();
	}
	return 0;
}
