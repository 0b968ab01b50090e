/* machine - is it an address of this machine? Asked of the kernel at each call, as interfaces come and go; not by bind(), which
 * takes any address where ip_nonlocal_bind is set.
 *
 * Thread  any.
 */
#ifndef TS_CONTROL_SIP_MACHINE_H
#define TS_CONTROL_SIP_MACHINE_H

#include <stdbool.h>

struct sockaddr;

/* Its port is not looked at. */
bool ts_sip_machine_has(const struct sockaddr *address);

#endif
