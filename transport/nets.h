/* nets - the net threads of the process, and what their transports share: the DTLS certificate,
 * where ICE listens. Internal to transport/.
 */
#ifndef TS_TRANSPORT_NETS_H
#define TS_TRANSPORT_NETS_H

#include "transport/net/thread.h"
#include "transport/transport.h"

struct ts_nets {
	size_t n;
	struct ts_net *net; /* [n] */
	struct ts_dtls_cert *cert;
	struct ts_ice_host host;
};

/* The thread with the fewest transports, with one more counted on it: ts_net_leave. */
struct ts_net *ts_nets_place(struct ts_nets *nets);

#endif
