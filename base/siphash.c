#include "base/siphash.h"
#include "base/random.h"
#include <pthread.h>

static uint8_t own_key[16];
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static uint64_t read_le64(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++) v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t rotl(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
		v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
	}
}

static void mix(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t ts_siphash(const uint8_t key[16], const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t k0 = read_le64(key, 8), k1 = read_le64(key + 8, 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
	size_t left = len;
	for (; left >= 8; p += 8, left -= 8) mix(v, read_le64(p, 8));
	mix(v, read_le64(p, left) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void make_own_key(void)
{
	ts_random_bytes(own_key, sizeof(own_key));
}

uint64_t ts_siphash_own(const void *data, size_t len)
{
	pthread_once(&own_once, make_own_key);
	return ts_siphash(own_key, data, len);
}
