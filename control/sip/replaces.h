/* replaces - which call an INVITE is to take the place of, as the header says it. Pure.
 *
 *   98732@host;from-tag=r33th4x0r;to-tag=ff87ff;early-only
 *
 * The tags are as who receives the header sees them: to-tag is the receiver's own.
 * Thread  none.   Source  RFC 3891 6.1.
 */
#ifndef TS_CONTROL_SIP_REPLACES_H
#define TS_CONTROL_SIP_REPLACES_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_SIP_ID_MAX = 256 };

struct ts_sip_replaces {
	char call_id[TS_SIP_ID_MAX], to_tag[TS_SIP_ID_MAX], from_tag[TS_SIP_ID_MAX];
	bool early_only;
};

/* False: malformed, one of the three is missing or is there twice, or too long. */
bool ts_sip_replaces_parse(struct ts_sip_replaces *out, const char *value, size_t n);

#endif
