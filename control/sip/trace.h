/* trace - a SIP message as it may be shown: who called, what was offered, but no secret. Pure.
 *
 * Left out are the keys of a=crypto, a=key-mgmt, k=, ICE passwords, a pin= of a URI, the user part
 * that trunks are called by (trunk.h), bodies that say which keys were pressed, and the values of
 * Authorization and Proxy-Authorization that would help to find a password (RFC 3261 20.7, 20.28).
 * Bytes that are no text become dots.
 * Thread  none.
 * Full    a message is cut off at TS_SIP_TRACE_BYTES; of a trace the oldest are dropped beyond
 *         TS_SIP_TRACE_MESSAGES messages or TS_SIP_TRACE_ALL_BYTES of text.
 */
#ifndef TS_CONTROL_SIP_TRACE_H
#define TS_CONTROL_SIP_TRACE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_SIP_TRACE_BYTES = 4096, TS_SIP_TRACE_MESSAGES = 48, TS_SIP_TRACE_ALL_BYTES = 64 * 1024 };

/* Terminated; what it wrote, without the terminator. cap is 1 at least. */
size_t ts_sip_trace_text(char *out, size_t cap, const char *message, size_t len);

/* ---- the last messages of a call */

struct ts_sip_traced {
	bool sent; /* by us */
	int64_t at_unix_ms;
	size_t len;
	char text[]; /* terminated */
};

struct ts_sip_trace {
	GQueue messages; /* of struct ts_sip_traced, oldest first */
	size_t bytes;    /* of text */
};

void ts_sip_trace_init(struct ts_sip_trace *trace);
void ts_sip_trace_fini(struct ts_sip_trace *trace);
/* text is what ts_sip_trace_text wrote; copied. */
void ts_sip_trace_add(struct ts_sip_trace *trace, bool sent, int64_t at_unix_ms, const char *text,
	size_t len);

#endif
