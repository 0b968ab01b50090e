/* a=candidate: the only place where candidates are text. Source: RFC 8839 5.1, 6544 4.5. */
#include "base/candidate.h"
#include "base/address.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include "control/sdp/words.h"
#include <stdio.h>

enum { VALUE_MAX = 199 };

static const char *const types[] = {
	[TS_CANDIDATE_HOST] = "host",
	[TS_CANDIDATE_SERVER_REFLEXIVE] = "srflx",
	[TS_CANDIDATE_PEER_REFLEXIVE] = "prflx",
	[TS_CANDIDATE_RELAYED] = "relay",
};
static const char *const tcp_types[] = {
	[TS_CANDIDATE_UDP] = "",
	[TS_CANDIDATE_TCP_ACTIVE] = "active",
	[TS_CANDIDATE_TCP_PASSIVE] = "passive",
	[TS_CANDIDATE_TCP_SO] = "so",
};

/* What may follow, in pairs of name and value. Of those that we do not know the values are long
 * (ufrag), and skipped. */
struct extensions {
	char raddr[INET6_ADDRSTRLEN], tcptype[8];
	uint32_t rport;
};

static void read_extensions(struct extensions *out, const char *value)
{
	char name[16];
	*out = (struct extensions){0};
	for (;;) {
		if (!take_word(&value, name, sizeof(name), "")) *name = '\0';
		value += strcspn(value, " \t"); /* where name was too long */
		value = skip_blanks(value);
		if (!*value) return;
		const char *at = value;
		if (!strcasecmp(name, "raddr")) take_word(&at, out->raddr, sizeof(out->raddr), "");
		if (!strcasecmp(name, "rport")) take_number(&at, UINT16_MAX, "", &out->rport);
		if (!strcasecmp(name, "tcptype"))
			take_word(&at, out->tcptype, sizeof(out->tcptype), "");
		value += strcspn(value, " \t");
	}
}

int ts_sdp_candidate_parse(struct ts_candidate *out, const char *value)
{
	char protocol[16], address[254], typ[8], type[8];
	uint32_t component, port;
	struct extensions more;
	memset(out, 0, sizeof(*out)); /* padding too: candidates may be compared byte by byte */
	if (strlen(value) > VALUE_MAX ||
		!take_word(&value, out->foundation, sizeof(out->foundation), "") ||
		!take_number(&value, 256, "", &component) ||
		!take_word(&value, protocol, sizeof(protocol), "") ||
		!take_number(&value, UINT32_MAX, "", &out->priority) ||
		!take_word(&value, address, sizeof(address), "") ||
		!take_number(&value, UINT16_MAX, "", &port) ||
		!take_word(&value, typ, sizeof(typ), "") || strcasecmp(typ, "typ") ||
		!take_word(&value, type, sizeof(type), ""))
		return TS_EBADMSG;
	read_extensions(&more, value);

	int of_types = index_of(type, types, sizeof(types) / sizeof(*types));
	int of_tcp = index_of(more.tcptype, tcp_types, sizeof(tcp_types) / sizeof(*tcp_types));
	if (!strcasecmp(protocol, "udp"))
		of_tcp = TS_CANDIDATE_UDP;
	else if (strcasecmp(protocol, "tcp") || of_tcp == TS_CANDIDATE_UDP)
		return TS_EUNSUPPORTED;
	if (of_types < 0 || of_tcp < 0 || !ts_address_parse(&out->address, address, (uint16_t)port))
		return TS_EUNSUPPORTED;
	out->type = (enum ts_candidate_type)of_types;
	out->transport = (enum ts_candidate_transport)of_tcp;
	out->component = (uint16_t)component;
	ts_address_parse(&out->related, more.raddr, (uint16_t)more.rport);
	return 0;
}

/* UDP and one component are all that the checks are made for. */
static bool is_usable(const struct ts_candidate *c)
{
	return c->component == 1 && c->transport == TS_CANDIDATE_UDP &&
		ts_address_port(&c->address);
}

size_t ts_sdp_candidates_read(
	struct ts_candidate *out, size_t n, size_t max, const struct ts_sdp_section *s)
{
	for (const struct ts_sdp_attr *a = NULL; n < max && (a = ts_sdp_find(s, "candidate", a));)
		if (!ts_sdp_candidate_parse(&out[n], a->value) && is_usable(&out[n])) n++;
	return n;
}

void ts_sdp_candidate_write(struct ts_wr *w, const struct ts_candidate *c)
{
	char address[INET6_ADDRSTRLEN], related[INET6_ADDRSTRLEN], raddr[80] = "", tcptype[20] = "";
	ts_address_text(address, &c->address);
	if (ts_address_text(related, &c->related))
		snprintf(raddr, sizeof(raddr), " raddr %s rport %u", related,
			ts_address_port(&c->related));
	if (c->transport != TS_CANDIDATE_UDP)
		snprintf(tcptype, sizeof(tcptype), " tcptype %s", tcp_types[c->transport]);
	ts_sdp_line(w, 'a', "candidate:%s %u %s %u %s %u typ %s%s%s", c->foundation, c->component,
		c->transport == TS_CANDIDATE_UDP ? "udp" : "tcp", c->priority, address,
		ts_address_port(&c->address), types[c->type], raddr, tcptype);
}
