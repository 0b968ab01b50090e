#include "transport/ice/host.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/net/address.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int family_of(const char *address)
{
	uint8_t bytes[16];
	if (inet_pton(AF_INET, address, bytes) == 1) return AF_INET;
	if (inet_pton(AF_INET6, address, bytes) == 1) return AF_INET6;
	return AF_UNSPEC;
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strcmp(address, "::1");
}

/* ---- local addresses */

static bool bindable(const char *address)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	bool v4 = inet_pton(AF_INET, address, &in4.sin_addr) == 1;
	if (!v4 && inet_pton(AF_INET6, address, &in6.sin6_addr) != 1) return false;
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return false;
	int err = v4 ? bind(fd, (struct sockaddr *)&in4, sizeof(in4)) : bind(fd, (struct sockaddr *)&in6, sizeof(in6));
	close(fd);
	return !err;
}

static char **strings_copy(const char *const *from, size_t n)
{
	char **to = calloc(n ? n : 1, sizeof(*to));
	for (size_t i = 0; to && i < n; i++) {
		to[i] = strdup(from[i]);
		if (to[i]) continue;
		while (i) free(to[--i]);
		free(to);
		return NULL;
	}
	return to;
}

static void strings_free(char **strings, size_t n)
{
	for (size_t i = 0; strings && i < n; i++) free(strings[i]);
	free(strings);
}

int ts_ice_host_init(struct ts_ice_host *host, const struct ts_ice_host_config *config)
{
	memset(host, 0, sizeof(*host));
	for (size_t i = 0; i < config->n_addresses; i++) {
		if (bindable(config->addresses[i])) continue;
		ts_error("media address is not one of this machine", "address=%s", TS_LOG_STR(config->addresses[i]));
		return TS_EINVAL;
	}
	for (size_t i = 0; i < config->n_advertise; i++) {
		if (family_of(config->advertise[i]) != AF_UNSPEC) continue;
		ts_error("advertised address is not numeric", "address=%s", TS_LOG_STR(config->advertise[i]));
		return TS_EINVAL;
	}
	if (config->port_min > config->port_max) return TS_EINVAL;
	host->port_min = config->port_min;
	host->port_max = config->port_max;
	host->tcp = config->tcp;
	host->dscp = config->dscp;
	host->turn_account = config->turn_account;
	if (config->stun) host->stun = *config->stun;
	if (config->turn) host->turn = *config->turn;
	host->n_address = config->n_addresses;
	host->n_advertise = config->n_advertise;
	host->address = strings_copy(config->addresses, host->n_address);
	host->advertise = strings_copy(config->advertise, host->n_advertise);
	host->own = calloc(1, sizeof(*host->own));
	if (host->address && host->advertise && host->own) return TS_OK;
	ts_ice_host_fini(host);
	return TS_ENOMEM;
}

void ts_ice_host_fini(struct ts_ice_host *host)
{
	strings_free(host->address, host->n_address);
	strings_free(host->advertise, host->n_advertise);
	free(host->own);
	memset(host, 0, sizeof(*host));
}

/* An interface's address as text; false for those no candidate is made of: down, loopback, link-local. */
static bool usable(const struct ifaddrs *i, char text[INET6_ADDRSTRLEN])
{
	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
		(i->ifa_flags & IFF_LOOPBACK && i->ifa_addr->sa_family == AF_INET6))
		return false;
	if (i->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *in4 = (const void *)i->ifa_addr;
		inet_ntop(AF_INET, &in4->sin_addr, text, INET6_ADDRSTRLEN);
		return !is_loopback(text) && strncmp(text, "169.254.", 8) != 0;
	}
	if (i->ifa_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;
		inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
		return !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
	}
	return false;
}

size_t ts_ice_addresses(const struct ts_ice_host *host, struct ts_ice_address out[TS_ICE_ADDRESSES])
{
	size_t n = 0;
	if (host->n_address) {
		for (; n < host->n_address && n < TS_ICE_ADDRESSES; n++)
			snprintf(out[n].text, sizeof(out[n].text), "%s", host->address[n]);
		return n;
	}
	struct ifaddrs *list = NULL;
	if (getifaddrs(&list)) list = NULL;
	for (struct ifaddrs *i = list; i && n < TS_ICE_ADDRESSES - 1; i = i->ifa_next)
		if (usable(i, out[n].text)) n++;
	freeifaddrs(list);
	snprintf(out[n++].text, sizeof(out[0].text), "127.0.0.1");
	return n;
}

const char *ts_ice_advertised(const struct ts_ice_host *host, const char *address, size_t nth)
{
	const char *told = address;
	if (is_loopback(address)) return told;
	int family = family_of(address);
	size_t seen = 0;
	for (size_t i = 0; i < host->n_advertise && seen <= nth; i++) {
		if (family_of(host->advertise[i]) != family) continue;
		told = host->advertise[i];
		seen++;
	}
	return told;
}
