#include "transport/ice/host.h"
#include "base/address.h"
#include "base/error.h"
#include "base/interfaces.h"
#include "base/log.h"
#include "transport/net/own_address.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int family_of(const char *address)
{
	struct sockaddr_storage parsed;
	ts_address_parse(&parsed, address, 0);
	return parsed.ss_family;
}

/* ---- local addresses */

static bool is_bindable(const char *text)
{
	struct sockaddr_storage address;
	if (!ts_address_parse(&address, text, 0)) return false;
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return false;
	int err = bind(fd, (const void *)&address, ts_address_len(&address));
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
		if (is_bindable(config->addresses[i])) continue;
		ts_error("media address is not one of this machine", "address=%s",
			TS_LOG_STR(config->addresses[i]));
		return TS_EINVAL;
	}
	for (size_t i = 0; i < config->n_advertise; i++) {
		if (family_of(config->advertise[i]) != AF_UNSPEC) continue;
		ts_error("advertised address is not numeric", "address=%s",
			TS_LOG_STR(config->advertise[i]));
		return TS_EINVAL;
	}
	if (config->port_min > config->port_max) return TS_EINVAL;
	host->port_min = config->port_min;
	host->port_max = config->port_max;
	host->port = config->port;
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

struct found {
	struct ts_ice_address *out;
	size_t n;
};

/* No candidate is made of those that are down, loopback or link-local. */
static bool add_usable(void *arg, const struct ts_interface *interface)
{
	struct found *found = arg;
	if (interface->is_up && !interface->is_link_local &&
		ts_address_kind(&interface->address) != TS_ADDRESS_LOOPBACK &&
		!(interface->is_loopback && interface->address.ss_family == AF_INET6))
		memcpy(found->out[found->n++].text, interface->text, sizeof interface->text);
	return found->n < TS_ICE_ADDRESSES - 1;
}

size_t ts_ice_addresses(const struct ts_ice_host *host, struct ts_ice_address out[TS_ICE_ADDRESSES])
{
	size_t n = 0;
	if (host->n_address) {
		for (; n < host->n_address && n < TS_ICE_ADDRESSES; n++)
			snprintf(out[n].text, sizeof(out[n].text), "%s", host->address[n]);
		return n;
	}
	struct found found = {.out = out};
	ts_interfaces_each(add_usable, &found);
	n = found.n;
	snprintf(out[n++].text, sizeof(out[0].text), "127.0.0.1");
	return n;
}

void ts_ice_advertise(const struct ts_ice_host *host, struct sockaddr_storage *address, size_t nth)
{
	if (ts_address_kind(address) == TS_ADDRESS_LOOPBACK) return;
	struct sockaddr_storage told;
	uint16_t port = ts_address_port(address);
	size_t seen = 0;
	for (size_t i = 0; i < host->n_advertise && seen <= nth; i++) {
		if (!ts_address_parse(&told, host->advertise[i], port) ||
			told.ss_family != address->ss_family)
			continue;
		*address = told;
		seen++;
	}
}
