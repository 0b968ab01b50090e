#include "base/network.h"
#include <arpa/inet.h>
#include <string.h>

static bool parse_bits(unsigned *out, const char *text)
{
	const unsigned max = *out;
	*out = 0;
	if (!*text || strlen(text) > 3) return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9') return false;
		*out = *out * 10 + (unsigned)(*text - '0');
	}
	return *out <= max;
}

bool ts_network_parse(struct ts_network *out, const char *text)
{
	char base[INET6_ADDRSTRLEN];
	const size_t len = strcspn(text, "/");
	*out = (struct ts_network){.family = AF_UNSPEC};
	if (len >= sizeof(base)) return false;
	memcpy(base, text, len);
	base[len] = '\0';
	if (inet_pton(AF_INET, base, out->bytes) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, base, out->bytes) == 1)
		out->family = AF_INET6;
	else
		return false;
	out->bits = out->family == AF_INET ? 32 : 128;
	return !text[len] || parse_bits(&out->bits, text + len + 1);
}

/* Addresses are read and written as bytes: the same memory as two structs is no good C. */
static size_t place_of(int family)
{
	return family == AF_INET ? offsetof(struct sockaddr_in, sin_addr)
				 : offsetof(struct sockaddr_in6, sin6_addr);
}

bool ts_network_has(const struct ts_network *n, const struct sockaddr_storage *a)
{
	const unsigned whole = n->bits / 8, rest = n->bits % 8;
	if (n->family != a->ss_family || n->family == AF_UNSPEC) return false;
	const uint8_t *bytes = (const uint8_t *)a + place_of(n->family);
	if (memcmp(bytes, n->bytes, whole) != 0) return false;
	return !rest || (bytes[whole] ^ n->bytes[whole]) >> (8 - rest) == 0;
}

enum ts_address_kind ts_network_kind(const struct ts_network *n)
{
	struct sockaddr_storage base = {.ss_family = (sa_family_t)n->family};
	memcpy((uint8_t *)&base + place_of(n->family), n->bytes, n->family == AF_INET ? 4 : 16);
	return ts_address_kind(&base);
}
