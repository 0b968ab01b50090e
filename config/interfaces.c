#include "base/interfaces.h"
#include "base/error.h"
#include "config/config.h"
#include <errno.h>
#include <glib.h>
#include <string.h>

struct wanted {
	GPtrArray *list;
	const char *name;
};

/* A link-local address means nothing without its interface, and a candidate cannot name that. */
static bool add_of_interface(void *arg, const struct ts_interface *interface)
{
	struct wanted *wanted = arg;
	bool v6 = interface->address.ss_family == AF_INET6;
	if (!strcmp(interface->name, wanted->name) && !(v6 && interface->is_link_local))
		g_ptr_array_add(wanted->list, g_strdup(interface->text));
	return true;
}

/* Adds the addresses of an interface. */
static int add_interface(GPtrArray *list, const char *name, char *err, size_t cap)
{
	struct wanted wanted = {list, name};
	guint before = list->len;
	if (ts_interfaces_each(add_of_interface, &wanted)) {
		snprintf(err, cap, "media.addresses: the system does not list its interfaces: %s",
			g_strerror(errno));
		return TS_EIO;
	}
	if (list->len > before) return TS_OK;
	snprintf(err, cap, "media.addresses: there is no interface \"%s\" with an address", name);
	return TS_EINVAL;
}

int ts_config_local_addresses(
	const struct ts_config *config, struct ts_strings *out, char *err, size_t cap)
{
	const struct ts_strings *wanted = &config->media.addresses;
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	*out = (struct ts_strings){0};
	if (!wanted->n) return 0;
	for (size_t i = 0; i < wanted->n; i++) {
		int rc = 0;
		if (g_hostname_is_ip_address(wanted->item[i]))
			g_ptr_array_add(list, g_strdup(wanted->item[i]));
		else
			rc = add_interface(list, wanted->item[i], err, cap);
		if (rc) return rc;
	}
	out->n = list->len;
	g_ptr_array_add(list, NULL);
	out->item = (char **)g_ptr_array_steal(list, NULL);
	return 0;
}
