#include "base/interfaces.h"
#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

static bool read_interface(struct ts_interface *out, const struct ifaddrs *from)
{
	if (!from->ifa_addr) return false;
	*out = (struct ts_interface){.name = from->ifa_name,
		.is_up = from->ifa_flags & IFF_UP,
		.is_loopback = from->ifa_flags & IFF_LOOPBACK};
	if (from->ifa_addr->sa_family == AF_INET) {
		struct sockaddr_in *four = (void *)&out->address;
		memcpy(four, from->ifa_addr, sizeof *four);
		inet_ntop(AF_INET, &four->sin_addr, out->text, sizeof out->text);
	} else if (from->ifa_addr->sa_family == AF_INET6) {
		struct sockaddr_in6 *six = (void *)&out->address;
		memcpy(six, from->ifa_addr, sizeof *six);
		inet_ntop(AF_INET6, &six->sin6_addr, out->text, sizeof out->text);
	} else {
		return false;
	}
	out->is_link_local = ts_address_kind(&out->address) == TS_ADDRESS_LINK_LOCAL;
	return true;
}

int ts_interfaces_each(ts_interface_fn *fn, void *arg)
{
	struct ifaddrs *all = NULL;
	struct ts_interface interface;
	bool more = true;
	if (getifaddrs(&all)) return TS_EIO;
	for (const struct ifaddrs *one = all; one && more; one = one->ifa_next)
		if (read_interface(&interface, one)) more = fn(arg, &interface);
	freeifaddrs(all);
	return TS_OK;
}

struct search {
	struct in6_addr host;
	bool found;
};

static bool compare(void *arg, const struct ts_interface *interface)
{
	struct search *search = arg;
	struct in6_addr host;
	search->found = ts_address_read(&host, (const void *)&interface->address) &&
		IN6_ARE_ADDR_EQUAL(&host, &search->host);
	return !search->found;
}

bool ts_interfaces_have(const struct sockaddr *address)
{
	struct search search = {.found = false};
	if (!ts_address_read(&search.host, address)) return false;
	if (!ts_interfaces_each(compare, &search)) return search.found;
	ts_log_limited(TS_LOG_WARN, "the system does not list its interfaces", "error=%s",
		strerror(errno));
	return true;
}
