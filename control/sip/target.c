#include "control/sip/target.h"
#include "base/address.h"
#include "config/place.h"
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

enum { STREAM_FIRST = 5060, STREAM_LAST = 5099 };

/* IPv4 inside of IPv6 counts as what it is. Family 0: none that we know. */
static struct sockaddr_storage address_of(const struct sockaddr *to)
{
	struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
	if (to->sa_family == AF_INET)
		memcpy(&a, to, sizeof(struct sockaddr_in));
	else if (to->sa_family == AF_INET6)
		memcpy(&a, to, sizeof(struct sockaddr_in6));
	ts_address_unwrap(&a);
	return a;
}

static bool is_never(const struct sockaddr_storage *a)
{
	static const struct ts_network rows[] = {
		{AF_INET, {0}, 8},
		/* with the metadata of most clouds */
		{AF_INET, {169, 254}, 16},
		/* between us and ourselves, where each port is somebody's WebSocket (door.h) */
		{AF_INET, {127, 83, 73, 80}, 32},
		{AF_INET, {224}, 4},
		{AF_INET, {240}, 4},
		{AF_INET6, {0}, 128},
		{AF_INET6, {0xfe, 0x80}, 10},
		{AF_INET6, {0xff}, 8},
	};
	if (!a->ss_family || ts_address_is_metadata(a)) return true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_network_has(&rows[i], a)) return true;
	return false;
}

static bool is_loopback(const struct sockaddr_storage *a)
{
	return ts_address_kind(a) == TS_ADDRESS_LOOPBACK;
}

/* A call to it would come back to this machine (hairpinning). */
static bool is_mapped(const struct sockaddr_storage *a, const char *text)
{
	struct sockaddr_storage to;
	if (!text || !ts_address_parse(&to, text, 0)) return false;
	ts_address_unwrap(&to);
	return ts_address_same_host(&to, a);
}

static bool is_ours(const struct ts_sip_target_policy *policy, const struct sockaddr_storage *a)
{
	if (is_loopback(a) || is_mapped(a, policy->also_mapped)) return true;
	for (size_t i = 0; i < policy->n_mapped; i++)
		if (is_mapped(a, policy->mapped[i])) return true;
	return policy->is_ours && policy->is_ours((const struct sockaddr *)a);
}

bool ts_sip_target_never(const struct sockaddr *to)
{
	const struct sockaddr_storage a = address_of(to);
	return is_never(&a) || !ts_address_port(&a);
}

static bool port_ok(uint16_t port, enum ts_sip_protocol protocol)
{
	return protocol == TS_SIP_UDP || (port >= STREAM_FIRST && port <= STREAM_LAST);
}

static bool rule_fits(const struct ts_sip_target_policy *policy, const char *text,
	const struct sockaddr_storage *a, enum ts_sip_protocol protocol, const char *host)
{
	const uint16_t port = ts_address_port(a);
	struct ts_place rule;
	if (!ts_place_parse(&rule, TS_PLACES_DIAL, text)) return false;
	if (!(rule.last ? ts_place_has_ports(&rule, port, port) : port_ok(port, protocol)))
		return false;
	if (!*rule.host)
		return ts_place_has_address(&rule, a) && (rule.network.bits || !is_ours(policy, a));
	/* a name that leads to this machine is somebody's trick, unless it is the name of
	 * loopback */
	return host && ts_place_has_host(&rule, host) &&
		(!is_ours(policy, a) || (is_loopback(a) && !strcasecmp(host, "localhost")));
}

bool ts_sip_target_ok(const struct ts_sip_target_policy *policy, const struct sockaddr *to,
	enum ts_sip_protocol protocol, const char *host)
{
	const struct sockaddr_storage a = address_of(to);
	const uint16_t port = ts_address_port(&a);
	if (is_never(&a) || !port) return false;
	for (size_t i = 0; i < policy->n_rules; i++)
		if (rule_fits(policy, policy->rules[i], &a, protocol, host)) return true;
	if (policy->n_rules) return false;
	return port_ok(port, protocol) && (policy->local || !is_ours(policy, &a));
}
