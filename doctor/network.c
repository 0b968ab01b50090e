/* network - at which addresses will peers find the media? */
#include "base/interfaces.h"
#include "doctor/doctor.h"
#include "transport/ice/server.h"
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

struct found {
	unsigned others, open; /* besides loopback; of them those that the internet can reach */
	char text[256];
};

/* RFC 1918, 3927, 4193, 6598. */
static bool is_private(const struct ts_interface *interface)
{
	const struct sockaddr *sa = (const struct sockaddr *)&interface->address;
	if (sa->sa_family == AF_INET6) {
		const uint8_t *six = ((const struct sockaddr_in6 *)sa)->sin6_addr.s6_addr;
		return interface->is_link_local || (six[0] & 0xfe) == 0xfc;
	}
	const uint32_t four = ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr);
	return four >> 24 == 10 || four >> 20 == 0xac1 || four >> 16 == 0xc0a8 ||
		four >> 16 == 0xa9fe || four >> 22 == 0x191;
}

static bool note(void *arg, const struct ts_interface *interface)
{
	struct found *found = arg;
	if (!interface->is_up || interface->is_loopback || interface->is_link_local) return true;
	found->others++;
	found->open += !is_private(interface);
	if (strlen(found->text) + strlen(interface->text) + 2 < sizeof(found->text)) {
		if (*found->text) g_strlcat(found->text, " ", sizeof(found->text));
		g_strlcat(found->text, interface->text, sizeof(found->text));
	}
	return true;
}

static void check_addresses(struct ts_report *report, const struct ts_config *config)
{
	struct found found = {.others = 0};
	char err[TS_CONFIG_ERR_MAX];
	struct ts_strings local = {0};
	ts_interfaces_each(note, &found);
	if (ts_config_local_addresses(config, &local, err, sizeof(err)))
		ts_report_add(report, "network", TS_FINDING_BAD,
			"`ip address` lists the interfaces; correct media.addresses", "%s", err);
	ts_strings_fini(&local);
	if (!found.others)
		ts_report_add(report, "network", TS_FINDING_WARNING,
			"of a container: give it a network, or the host's (--network=host)",
			"this machine has no address but loopback: nobody else can reach it");
	else if (found.open || config->media.advertise.n)
		ts_report_add(report, "network", TS_FINDING_GOOD, NULL, "addresses: %s%s",
			found.text, config->media.advertise.n ? ", others are advertised" : "");
	else if (config->ice.gather == TS_GATHER_ALL && (*config->ice.stun || *config->ice.turn))
		ts_report_add(report, "network", TS_FINDING_GOOD, NULL,
			"addresses: %s, all private; STUN or TURN finds the public one",
			found.text);
	else
		ts_report_add(report, "network", TS_FINDING_WARNING,
			"behind a NAT set media.advertise to the public address and forward "
			"media.ports; in a network of your own nothing is missing",
			"addresses: %s, all private: nobody outside can send media here",
			found.text);
}

static void check_server(struct ts_report *report, const char *key, const char *url)
{
	struct ts_ice_server server;
	if (!*url) return;
	if (ts_ice_server_parse(&server, url))
		ts_report_add(report, "network", TS_FINDING_BAD,
			"correct the name, or the DNS servers of this machine (/etc/resolv.conf)",
			"%s: %s has no address", key, url);
	else
		ts_report_add(report, "network", TS_FINDING_GOOD, NULL, "%s: %s is %s, port %u",
			key, url, server.address, server.port);
}

void ts_doctor_network(struct ts_report *report, const struct ts_config *config)
{
	check_addresses(report, config);
	check_server(report, "ice.stun", config->ice.stun);
	check_server(report, "ice.turn", config->ice.turn);
}
