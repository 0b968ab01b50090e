/* fault - what is wrong with a SIP message that libre would not notice: numbers that it cuts off to
 * 8, 16 or 32 bits, and headers said twice of which it takes the last. Pure.
 *
 *   5060 of "sip:a@h:70596", CSeq 4294967297 = 1, "rport=70000", status 4294967496 = 200, two
 *   Content-Length, two Call-ID
 *
 * Looked at are the status code, the ports of all URIs and of Via, rport, ttl, CSeq, Max-Forwards,
 * Content-Length, Expires, Min-Expires, Session-Expires, Min-SE, Retry-After and the expires of a
 * Contact; in compact forms, folded, and in lists too.
 * Thread  none.
 * Source  RFC 3261 7.3.1, 8.1.1.5, 20, 25.1; 3581; 4028; 4475 3.1.2.4, 3.1.2.5, 3.1.2.19, 3.3.8.
 */
#ifndef TS_CONTROL_SIP_FAULT_H
#define TS_CONTROL_SIP_FAULT_H

#include <stddef.h>

/* The reason of a 400, of which the length is at most 63; NULL: none was found. */
const char *ts_sip_fault(const char *message, size_t len);

#endif
