/* Contacts of registrations; and what a trunk is set to: hosts, numbers, ways. */
#include "control/sip/bindings.h"
#include "control/sip/trunk.h"
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_binding_contact contact;
	char *value = g_memdup2(data, size); /* no byte behind it */
	if (ts_binding_contact_read(&contact, value, size)) {
		if (contact.q < 0 || contact.q > 1000 || contact.expires_s < -1 ||
			contact.expires_s > UINT32_MAX)
			abort();
		for (const char *c = contact.uri; *c; c++)
			if (!g_ascii_isgraph(*c) || strchr("<>\"", *c)) abort();
	}
	g_free(value);
	g_autofree char *text = g_strndup((const char *)data, size);
	char out[TS_TRUNK_TEXT_MAX];
	uint16_t port;
	if (ts_trunk_host_split(text, out, sizeof(out), &port) && !*out) abort();
	if (ts_trunk_number(text, out, sizeof(out)) && strspn(out, "+0123456789*#") != strlen(out))
		abort();
	ts_sip_way_free(ts_sip_way_to(text));
	return 0;
}
