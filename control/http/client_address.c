#include "control/http/client_address.h"
#include <arpa/inet.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { V4_BITS = 32, V6_BITS = 128, CUSTOMER_BYTES = 8 };

static struct in6_addr mapped(const struct in_addr *four)
{
	struct in6_addr six = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(six.s6_addr + 12, four, sizeof(*four));
	return six;
}

bool ts_address_read(struct in6_addr *out, const struct sockaddr *from)
{
	if (from->sa_family == AF_INET)
		*out = mapped(&((const struct sockaddr_in *)(const void *)from)->sin_addr);
	else if (from->sa_family == AF_INET6)
		*out = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	else
		return false;
	return true;
}

/* The bits of the family, 0: it is no address. */
static int parse(struct in6_addr *out, const char *text)
{
	struct in_addr four;
	if (inet_pton(AF_INET6, text, out) == 1) return V6_BITS;
	if (inet_pton(AF_INET, text, &four) != 1) return 0;
	*out = mapped(&four);
	return V4_BITS;
}

static bool same_bits(const struct in6_addr *a, const struct in6_addr *b, int bits)
{
	int bytes = bits / 8, rest = bits % 8;
	if (memcmp(a, b, (size_t)bytes) != 0) return false;
	return !rest || !((a->s6_addr[bytes] ^ b->s6_addr[bytes]) >> (8 - rest));
}

static bool is_in(const struct in6_addr *address, const char *network)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")];
	struct in6_addr base;
	g_strlcpy(text, network, sizeof(text));
	char *slash = strchr(text, '/');
	if (slash) *slash = '\0';
	int family_bits = parse(&base, text), bits = slash ? atoi(slash + 1) : family_bits;
	if (bits < 0 || bits > family_bits) return false; /* no prefix: nobody is in it */
	return family_bits && same_bits(address, &base, V6_BITS - family_bits + bits);
}

bool ts_address_is_in(const struct in6_addr *address, const struct ts_strings *networks)
{
	for (size_t i = 0; i < networks->n; i++)
		if (is_in(address, networks->item[i])) return true;
	return false;
}

/* "a.b.c.d", "2001:db8::1", and as some proxies write them: "a.b.c.d:port", "[2001:db8::1]:port". */
static bool parse_hop(struct in6_addr *out, const char *from, size_t len)
{
	char text[INET6_ADDRSTRLEN + sizeof("[]:65535")], *name = text;
	while (len && g_ascii_isspace(*from)) from++, len--;
	while (len && g_ascii_isspace(from[len - 1])) len--;
	if (len >= sizeof(text)) return false;
	memcpy(text, from, len);
	text[len] = '\0';
	if (*name == '[') {
		name++;
		name[strcspn(name, "]")] = '\0';
	} else if (strchr(name, '.') && strchr(name, ':') == strrchr(name, ':')) {
		name[strcspn(name, ":")] = '\0';
	}
	return parse(out, name);
}

struct in6_addr ts_client_address(const struct in6_addr *peer, const char *forwarded, const struct ts_strings *trusted)
{
	struct in6_addr client = *peer, hop;
	const char *end = forwarded ? forwarded + strlen(forwarded) : NULL;
	while (end && ts_address_is_in(&client, trusted)) {
		const char *start = end;
		while (start > forwarded && start[-1] != ',') start--;
		if (!parse_hop(&hop, start, (size_t)(end - start))) break;
		client = hop;
		end = start > forwarded ? start - 1 : NULL;
	}
	return client;
}

void ts_address_print(char out[INET6_ADDRSTRLEN], const struct in6_addr *address)
{
	struct in6_addr network = *address;
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		inet_ntop(AF_INET, address->s6_addr + 12, out, INET6_ADDRSTRLEN);
		return;
	}
	memset(network.s6_addr + CUSTOMER_BYTES, 0, sizeof(network) - CUSTOMER_BYTES);
	inet_ntop(AF_INET6, &network, out, INET6_ADDRSTRLEN);
}
