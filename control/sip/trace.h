/* trace - a SIP message as it may be shown: who called, what was offered, but no secret. Pure.
 *
 * Left out are the keys of a=crypto, a=key-mgmt, k=, ICE passwords, a pin= of a URI, and the values of Authorization and
 * Proxy-Authorization that would help to find a password (RFC 3261 20.7, 20.28). Bytes that are no text become dots.
 * Thread  none.
 * Full    cut off at TS_SIP_TRACE_BYTES.
 */
#ifndef TS_CONTROL_SIP_TRACE_H
#define TS_CONTROL_SIP_TRACE_H

#include <stddef.h>

enum { TS_SIP_TRACE_BYTES = 4096, TS_SIP_TRACE_MESSAGES = 48 };

/* Terminated; what it wrote, without the terminator. cap is 1 at least. */
size_t ts_sip_trace_text(char *out, size_t cap, const char *message, size_t len);

#endif
