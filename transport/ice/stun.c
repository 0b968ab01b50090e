#include "transport/ice/stun.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum {
	HEADER = 20,
	COOKIE = 0x2112A442,
	BINDING = 0x0001,
	CLASS_MASK = 0x0110,
	CLASS_REQUEST = 0x0000,
	CLASS_RESPONSE = 0x0100,
	MESSAGE_INTEGRITY = 0x0008,
	SHA1_LEN = 20,
	MESSAGE_MAX = 1500,
};

/* The attributes of a Binding message; bad: it is none. */
static struct ts_rd open_binding(const uint8_t *data, size_t len, unsigned *class)
{
	struct ts_rd r = ts_rd(data, len);
	uint16_t type = ts_rd_u16(&r), body = ts_rd_u16(&r);
	uint32_t cookie = ts_rd_u32(&r);
	ts_rd_bytes(&r, 12);
	*class = type & CLASS_MASK;
	if ((type & ~CLASS_MASK) != BINDING || cookie != COOKIE || body % 4 ||
		body != ts_rd_left(&r))
		r.bad = true;
	return r;
}

bool ts_stun_is_binding(const uint8_t *data, size_t len)
{
	unsigned class;
	return !open_binding(data, len, &class).bad;
}

/* MESSAGE-INTEGRITY; NULL: there is none. */
static const uint8_t *find_integrity(struct ts_rd *attributes)
{
	while (ts_rd_left(attributes) && !attributes->bad) {
		uint16_t type = ts_rd_u16(attributes), len = ts_rd_u16(attributes);
		const uint8_t *value = ts_rd_bytes(attributes, (len + 3u) & ~3u);
		if (type == MESSAGE_INTEGRITY) return len == SHA1_LEN ? value : NULL;
	}
	return NULL;
}

/* It covers what is before it, with a length in the header that ends with it. */
static bool is_proved(const uint8_t *data, const uint8_t *integrity, const char *pwd)
{
	uint8_t covered[MESSAGE_MAX], want[EVP_MAX_MD_SIZE];
	size_t n = (size_t)(integrity - 4 - data), end = n + 4 + SHA1_LEN - HEADER;
	unsigned want_len = 0;
	if (n > sizeof(covered)) return false;
	memcpy(covered, data, n);
	covered[2] = (uint8_t)(end >> 8);
	covered[3] = (uint8_t)end;
	return HMAC(EVP_sha1(), pwd, (int)strlen(pwd), covered, n, want, &want_len) &&
		!CRYPTO_memcmp(want, integrity, SHA1_LEN);
}

bool ts_stun_is_peers(const uint8_t *data, size_t len, const char *our_pwd, const char *their_pwd)
{
	unsigned class;
	struct ts_rd attributes = open_binding(data, len, &class);
	const uint8_t *integrity = attributes.bad ? NULL : find_integrity(&attributes);
	const char *pwd = class == CLASS_REQUEST ? our_pwd
		: class == CLASS_RESPONSE        ? their_pwd
						 : "";
	return integrity && *pwd && is_proved(data, integrity, pwd);
}
