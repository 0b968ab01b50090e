/* reason - why a call ends, beside the status: the Reason of BYE, CANCEL and responses. Pure.
 *
 *   Reason: SIP;cause=408;text="No answer", Q.850;cause=16  <->  sip 408, q850 16, text
 *
 * Thread  none.   Source  RFC 3326 2; RFC 6432 (Q.850 in responses).
 */
#ifndef TS_CONTROL_SIP_REASON_H
#define TS_CONTROL_SIP_REASON_H

#include <stddef.h>

enum { TS_SIP_REASON_MAX = 128 };

struct ts_sip_reason {
	int sip, q850;                /* 0: not given */
	char text[TS_SIP_REASON_MAX]; /* of the first that has one; printable, "": none */
};

/* Values that are not understood are left out, and so is what comes after TS_SIP_REASON_MAX bytes
 * of a text. */
void ts_sip_reason_parse(struct ts_sip_reason *out, const char *value, size_t n);

/* Why we end a call, in our own words ("rtp-timeout"), as a line with its end; "": nothing to
 * say. */
const char *ts_sip_reason_line(const char *why);

#endif
