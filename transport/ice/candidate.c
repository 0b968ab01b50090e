#include "transport/ice/candidate.h"
#include "base/error.h"
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_numeric(const char *address)
{
	uint8_t bytes[16];
	return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
}

/* The next word of *p, at most cap - 1 characters; false: none, or longer. */
static bool word(const char **p, char *out, size_t cap)
{
	*p += strspn(*p, " ");
	size_t n = strcspn(*p, " \r\n");
	if (n == 0 || n >= cap) return false;
	memcpy(out, *p, n);
	out[n] = 0;
	*p += n;
	return true;
}

static bool number(const char *text, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	if (!*text || strlen(text) > 10) return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9') return false;
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*out = (uint32_t)v;
	return v <= max;
}

int ts_ice_candidate_parse(struct ts_ice_candidate *out, const char *text)
{
	static const char *const types[] = {"host", "srflx", "prflx", "relay"};
	char component[4], transport[8], priority[12], address[256], port[8], typ[8];
	uint32_t component_id, port_number;

	memset(out, 0, sizeof(*out));
	if (!strncmp(text, "candidate:", 10)) text += 10;
	if (!word(&text, out->foundation, sizeof(out->foundation)) ||
		!word(&text, component, sizeof(component)) ||
		!word(&text, transport, sizeof(transport)) ||
		!word(&text, priority, sizeof(priority)) ||
		!word(&text, address, sizeof(address)) || !word(&text, port, sizeof(port)) ||
		!word(&text, typ, sizeof(typ)) || strcmp(typ, "typ") != 0 ||
		!word(&text, out->type, sizeof(out->type)) ||
		!number(component, 256, &component_id) ||
		!number(priority, UINT32_MAX, &out->priority) ||
		!number(port, UINT16_MAX, &port_number))
		return TS_EBADMSG;

	if (strcasecmp(transport, "udp") != 0 || component_id != 1 || port_number == 0)
		return TS_EUNSUPPORTED;
	if (!is_numeric(address) || strlen(address) >= sizeof(out->address)) return TS_EUNSUPPORTED;
	memcpy(out->address, address, strlen(address) + 1);
	out->port = (uint16_t)port_number;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], out->type)) return TS_OK;
	return TS_EUNSUPPORTED;
}

void ts_ice_candidate_print(char *out, size_t cap, const struct ts_ice_candidate *c)
{
	snprintf(out, cap, "%s 1 udp %u %s %u typ %s", c->foundation, c->priority, c->address,
		c->port, c->type);
}
