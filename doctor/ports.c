/* ports - can what the settings listen on be listened on? */
#include "doctor/doctor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t address_of(struct sockaddr_storage *out, const char *addr, uint16_t port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, addr, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, addr, &six->sin6_addr) != 1) return 0;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	return sizeof(*six);
}

/* 0, or the errno of why not. */
static int try_bind(const char *addr, uint16_t port, int type)
{
	struct sockaddr_storage at;
	const int on = 1;
	const socklen_t len = address_of(&at, addr, port);
	int fd = len ? socket(at.ss_family, type | SOCK_CLOEXEC, 0) : -1, rc = 0;
	if (fd < 0) return len ? errno : EINVAL;
	if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&at, len)) rc = errno;
	if (!rc && type == SOCK_STREAM && listen(fd, 1)) rc = errno;
	close(fd);
	return rc;
}

static const char *mend_of(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "something listens there: this server already, or another one; `ss -lnp` "
		       "names it";
	case EACCES:
		return "ports below 1024 need CAP_NET_BIND_SERVICE: run it by the systemd unit, or "
		       "behind a proxy";
	case EADDRNOTAVAIL:
		return "this machine does not have that address: `ip address` lists those it has";
	default: return "`ip address` and the firewall of this machine may say more";
	}
}

static void check(struct ts_report *report, const char *key, const struct ts_endpoint *at, int type)
{
	const char *protocol = type == SOCK_DGRAM ? "UDP" : "TCP";
	const int err = try_bind(at->addr, at->port, type);
	if (err)
		ts_report_add(report, "ports", TS_FINDING_BAD, mend_of(err),
			"%s: %s port %u of %s: %s", key, protocol, at->port, at->addr,
			strerror(err));
	else
		ts_report_add(report, "ports", TS_FINDING_GOOD, NULL,
			"%s: %s port %u of %s is free", key, protocol, at->port, at->addr);
}

static void check_media(struct ts_report *report, const struct ts_port_range *ports)
{
	const unsigned n = (unsigned)(ports->last - ports->first) + 1;
	unsigned taken = 0;
	for (unsigned port = ports->first; port <= ports->last; port++)
		taken += try_bind("0.0.0.0", (uint16_t)port, SOCK_DGRAM) != 0;
	if (2 * taken > n)
		ts_report_add(report, "ports", TS_FINDING_BAD,
			"choose another range for media.ports", "media.ports: %u of %u are in use",
			taken, n);
	else
		ts_report_add(report, "ports", TS_FINDING_GOOD, NULL,
			"media.ports: %u of %u UDP ports are free", n - taken, n);
	if (n < 100)
		ts_report_add(report, "ports", TS_FINDING_WARNING,
			"widen media.ports, in the firewall too",
			"media.ports: only %u; each participant takes one for each local address",
			n);
}

/* Sockets of other programs get ports of that range by themselves. */
static void check_ephemeral(struct ts_report *report, const struct ts_port_range *ports)
{
	unsigned first, last;
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
	if (!file) return;
	if (fscanf(file, "%u %u", &first, &last) == 2 && ports->first <= last &&
		ports->last >= first)
		ts_report_add(report, "ports", TS_FINDING_WARNING,
			"choose media.ports below the range, or reserve them by "
			"net.ipv4.ip_local_reserved_ports",
			"media.ports overlaps %u-%u, of which the kernel gives ports to others",
			first, last);
	fclose(file);
}

void ts_doctor_ports(struct ts_report *report, const struct ts_config *config)
{
	const struct ts_endpoint *const ingest[] = {&config->ingest.rtmp_listen,
		&config->ingest.rtmps_listen, &config->ingest.srt_listen};
	for (size_t i = 0; i < config->http.listen.n; i++)
		check(report, "http.listen", &config->http.listen.item[i].at, SOCK_STREAM);
	for (size_t i = 0; i < config->sip.listen.n; i++)
		check(report, "sip.listen", &config->sip.listen.item[i].at,
			config->sip.listen.item[i].protocol == TS_SIP_UDP ? SOCK_DGRAM
									  : SOCK_STREAM);
	for (size_t i = 0; i < sizeof(ingest) / sizeof(ingest[0]); i++)
		if (*ingest[i]->addr)
			check(report, "ingest", ingest[i], i == 2 ? SOCK_DGRAM : SOCK_STREAM);
	check_media(report, &config->media.ports);
	check_ephemeral(report, &config->media.ports);
}
