#include "control/sip/machine.h"
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

static bool is_same(const struct sockaddr *a, const struct sockaddr *b)
{
	struct sockaddr_in a4, b4;
	struct sockaddr_in6 a6, b6;
	if (a->sa_family != b->sa_family) return false;
	if (a->sa_family == AF_INET) {
		memcpy(&a4, a, sizeof(a4));
		memcpy(&b4, b, sizeof(b4));
		return a4.sin_addr.s_addr == b4.sin_addr.s_addr;
	}
	if (a->sa_family != AF_INET6) return false;
	memcpy(&a6, a, sizeof(a6));
	memcpy(&b6, b, sizeof(b6));
	return !memcmp(&a6.sin6_addr, &b6.sin6_addr, sizeof(a6.sin6_addr));
}

bool ts_sip_machine_has(const struct sockaddr *address)
{
	struct ifaddrs *all = NULL;
	bool found = false;
	if (getifaddrs(&all)) return false;
	for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next)
		found = one->ifa_addr && is_same(one->ifa_addr, address);
	freeifaddrs(all);
	return found;
}
