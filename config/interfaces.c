#include "base/error.h"
#include "config/config.h"
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <string.h>

/* Adds the addresses of an interface; returns how many. */
static size_t add_interface(GPtrArray *list, const struct ifaddrs *all, const char *name)
{
	size_t n = 0;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		if (!a->ifa_addr || strcmp(a->ifa_name, name)) continue;
		sa_family_t family = a->ifa_addr->sa_family;
		if (family != AF_INET && family != AF_INET6) continue;
		/* a link-local address means nothing without its interface, and a candidate cannot name that */
		const struct sockaddr_in6 *six = (const void *)a->ifa_addr;
		if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)) continue;
		char text[INET6_ADDRSTRLEN];
		socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
		if (getnameinfo(a->ifa_addr, len, text, sizeof(text), NULL, 0, NI_NUMERICHOST)) continue;
		g_ptr_array_add(list, g_strdup(text));
		n++;
	}
	return n;
}

int ts_config_local_addresses(const struct ts_config *config, struct ts_strings *out, char *err, size_t cap)
{
	const struct ts_strings *wanted = &config->media.addresses;
	struct ifaddrs *all = NULL;
	*out = (struct ts_strings){0};
	if (!wanted->n) return 0;
	if (getifaddrs(&all)) {
		snprintf(err, cap, "media.addresses: the system does not list its interfaces: %s", g_strerror(errno));
		return TS_EIO;
	}
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	int rc = 0;
	for (size_t i = 0; i < wanted->n && !rc; i++) {
		if (g_hostname_is_ip_address(wanted->item[i])) {
			g_ptr_array_add(list, g_strdup(wanted->item[i]));
		} else if (!add_interface(list, all, wanted->item[i])) {
			snprintf(err, cap, "media.addresses: there is no interface \"%s\" with an address",
				wanted->item[i]);
			rc = TS_EINVAL;
		}
	}
	freeifaddrs(all);
	if (rc) return rc;
	out->n = list->len;
	g_ptr_array_add(list, NULL);
	out->item = (char **)g_ptr_array_steal(list, NULL);
	return 0;
}
