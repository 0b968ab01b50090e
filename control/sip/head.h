/* head - headers of a SIP message as they came, before libre has looked at them. Pure.
 *
 * Spans point into the message. Names are compared without case and know the compact forms of RFC
 * 3261 7.3.3.
 * Thread  none.   Source  RFC 3261 7.3.1 (folding, blanks around the colon), 25.1.
 */
#ifndef TS_CONTROL_SIP_HEAD_H
#define TS_CONTROL_SIP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct ts_sip_span {
	const char *p;
	size_t n;
};

/* The line at *at with those it is folded over, without blanks and line ends around; *at moves
 * behind it. n 0: the header has ended. */
struct ts_sip_span ts_sip_head_next(const char *message, size_t len, size_t *at);
/* "Name : value" in two. False: there is no colon. */
bool ts_sip_head_split(struct ts_sip_span header, struct ts_sip_span *name,
	struct ts_sip_span *value);
/* word is the long form, brief the compact one or NULL. */
bool ts_sip_head_is(struct ts_sip_span name, const char *word, const char *brief);
/* p NULL: there is none. */
struct ts_sip_span ts_sip_head_call_id(const char *message, size_t len);

bool ts_sip_span_is(struct ts_sip_span span, const char *word); /* without case */
struct ts_sip_span ts_sip_span_trim(const char *p, size_t n);
/* Digits alone, at least one, of at most max. */
bool ts_sip_span_is_number(struct ts_sip_span span, unsigned long long max);

#endif
