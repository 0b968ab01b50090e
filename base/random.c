#include "base/random.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void ts_random_bytes(void *buf, size_t n)
{
	for (uint8_t *p = buf; n;) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0) {
			if (errno == EINTR) continue;
			abort(); /* going on with guessable session URLs and SSRCs would be worse */
		}
		p += got;
		n -= (size_t)got;
	}
}

uint32_t ts_random_u32(void)
{
	uint32_t v;
	ts_random_bytes(&v, sizeof(v));
	return v;
}

void ts_ulid(char out[TS_ULID_LEN + 1], int64_t unix_ms)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t bits[16]; /* 48 of time, 80 random, most significant first */
	for (int i = 0; i < 6; i++) bits[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
	ts_random_bytes(bits + 6, 10);

	/* 26 digits are 130 bits: the first carries two zeroes. */
	unsigned acc = 0, have = 2;
	const uint8_t *in = bits;
	for (int i = 0; i < TS_ULID_LEN; i++) {
		if (have < 5) {
			acc = acc << 8 | *in++;
			have += 8;
		}
		have -= 5;
		out[i] = digits[acc >> have & 31];
	}
	out[TS_ULID_LEN] = '\0';
}

void ts_secret(char out[TS_SECRET_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[TS_SECRET_LEN / 2];
	ts_random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[TS_SECRET_LEN] = '\0';
}
