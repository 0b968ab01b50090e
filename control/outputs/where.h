/* where - may a stream go to that address? The rules of outputs.allow, and what is never taken.
 *
 * Never: link-local addresses, which metadata services of clouds have, unspecified, broadcast and
 * reserved ones, and IPv6 addresses that hide one of those. This machine, private networks,
 * multicast and what an SRT listener listens on: only where a rule names the address (a name that
 * leads there proves nothing, but "localhost" for loopback). UDP and RTP, which nobody need answer,
 * only where a rule names address, network or host; RTP with the port behind its own, which RTCP
 * has. Without rules: every other address.
 * Thread  any: it reads what does not change.
 */
#ifndef TS_CONTROL_OUTPUTS_WHERE_H
#define TS_CONTROL_OUTPUTS_WHERE_H

#include "config/config.h"
#include "container/stream_url.h"

struct sockaddr_storage;

bool ts_where_ok(const struct ts_strings *rules, const struct sockaddr_storage *to,
	const struct ts_stream_url *url);
/* Before the name is looked up: could any address of it be taken? */
bool ts_where_could_be(const struct ts_strings *rules, const struct ts_stream_url *url);
/* Does a rule have its very host, or is it an address, which nothing looks up? Where libavformat
 * looks the name up again, and no certificate proves who is there, no other name will do. */
bool ts_where_is_named(const struct ts_strings *rules, const struct ts_stream_url *url);

#endif
