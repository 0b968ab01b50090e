/* rtp_make - packets, pools and seeded randomness for the tests of the RTP side. */
#ifndef TS_TESTS_UNIT_TRANSPORT_RTP_MAKE_H
#define TS_TESTS_UNIT_TRANSPORT_RTP_MAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/packet.h"
#include "transport/rtp/rtp.h"

#define TS_MS TS_NS_PER_MS
#define TS_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* xorshift32; the state must not be 0. */
static inline uint32_t ts_test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

/* A parsed packet: header h, then payload[len]. */
struct ts_packet *ts_test_packet(struct ts_packet_pool *pool, const struct ts_rtp_header *h,
	const void *payload, size_t len, int64_t arrival_ns);

#endif
