#include "control/http/client_address.h"
#include "base/address.h"
#include <glib.h>
#include <string.h>

bool ts_client_address_trusts(const struct in6_addr *address, const struct ts_strings *networks)
{
	for (size_t i = 0; i < networks->n; i++)
		if (ts_address_is_in(address, networks->item[i])) return true;
	return false;
}

/* "a.b.c.d", "2001:db8::1", and as some proxies write them: "a.b.c.d:port",
 * "[2001:db8::1]:port". */
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
	return ts_address_scan(out, name) > 0;
}

struct in6_addr ts_client_address(
	const struct in6_addr *peer, const char *forwarded, const struct ts_strings *trusted)
{
	struct in6_addr client = *peer, hop;
	const char *end = forwarded ? forwarded + strlen(forwarded) : NULL;
	while (end && ts_client_address_trusts(&client, trusted)) {
		const char *start = end;
		while (start > forwarded && start[-1] != ',') start--;
		if (!parse_hop(&hop, start, (size_t)(end - start))) break;
		client = hop;
		end = start > forwarded ? start - 1 : NULL;
	}
	return client;
}
