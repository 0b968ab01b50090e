#include "transport/net/dscp.h"
#include <netinet/in.h>
#include <sys/socket.h>

enum { EF = 46, AF41 = 34, ECN_BITS = 2 };

int ts_dscp_tos(bool on, bool audio, bool video)
{
	if (!on) return 0;
	return (video ? AF41 : audio ? EF : 0) << ECN_BITS;
}

void ts_dscp_mark(int fd, int tos)
{
	int family = AF_UNSPEC;
	socklen_t len = sizeof(family);
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len)) return;
	if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	/* of IPv6 sockets for mapped addresses */
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}
