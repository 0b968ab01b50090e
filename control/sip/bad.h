/* bad - datagrams that libre cannot read and would drop without a word: mended where they are only
 * old, else answered. Pure.
 *
 * Thread  none.
 * Source  RFC 3261 8.2.6.2 (headers of a response), 17.2.3 (requests without a branch), 4475.
 */
#ifndef TS_CONTROL_SIP_BAD_H
#define TS_CONTROL_SIP_BAD_H

#include <stddef.h>

enum { TS_SIP_BAD_BYTES = 8192 };

/* status ("413 Request Entity Too Large") or NULL: 505 for another version, 405 for a method that
 * we never take, else 400; with the headers a response needs as they came. The length, not
 * terminated; 0: no answer, to responses, ACK, what names no Via, Call-ID or CSeq, and what does
 * not fit. */
size_t ts_sip_bad_answer(char out[TS_SIP_BAD_BYTES], const char *message, size_t len,
	const char *status);

/* A message of RFC 2543, whose topmost Via has no branch, with one that it, said again, and its ACK
 * and CANCEL have in common; with a tag in From, and a Contact, source ("192.0.2.1:5060"), where it
 * has none. The length; 0: that is not what it lacks, or does not fit. */
size_t ts_sip_mend_2543(char *out, size_t cap, const char *message, size_t len, const char *source);

#endif
