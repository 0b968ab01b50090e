/* interfaces - the addresses of this machine, asked of the kernel at each call, as interfaces come
 * and go.
 *
 * Thread  any.
 */
#ifndef TS_BASE_INTERFACES_H
#define TS_BASE_INTERFACES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct ts_interface {
	const char *name;
	bool is_up, is_loopback;
	bool is_link_local; /* its address means nothing without the name */
	struct sockaddr_storage address;
	char text[INET6_ADDRSTRLEN];
};

/* Once for each IPv4 and IPv6 address; false: it has seen enough. */
typedef bool ts_interface_fn(void *arg, const struct ts_interface *interface);
/* TS_EIO: the system does not list them, errno says why. */
int ts_interfaces_each(ts_interface_fn *fn, void *arg);

/* Is it an address of this machine? Its port is not looked at. Where the system does not list them,
 * any may be (logged). Not told by bind(), which takes any address where ip_nonlocal_bind is
 * set. */
bool ts_interfaces_have(const struct sockaddr *address);

#endif
