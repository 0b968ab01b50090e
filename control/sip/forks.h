/* forks - which forks of a call of ours were ended (RFC 3261 13.2.2.4): each once, and not as many
 * as somebody invents. Pure.
 *
 * Thread  none.   Full  further ones are not ended: they give up by themselves without our ACK.
 */
#ifndef TS_CONTROL_SIP_FORKS_H
#define TS_CONTROL_SIP_FORKS_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_SIP_FORKS_MAX = 8 };

struct ts_sip_forks {
	char *tag[TS_SIP_FORKS_MAX]; /* [owned] */
	size_t n;
};

/* Is it one more, and not too many? Then it is remembered. */
bool ts_sip_forks_take(struct ts_sip_forks *forks, const char *tag, size_t len);
void ts_sip_forks_fini(struct ts_sip_forks *forks);

#endif
