#include "control/rooms/network.h"
#include <arpa/inet.h>
#include <string.h>

bool ts_network_of(char out[TS_NETWORK_MAX], const char *address, size_t bytes)
{
	struct in6_addr six;
	*out = '\0';
	if (inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) return false;
	memset(six.s6_addr + bytes, 0, sizeof(six) - bytes);
	return inet_ntop(AF_INET6, &six, out, TS_NETWORK_MAX) != NULL;
}
