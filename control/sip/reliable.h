/* reliable - provisional responses that are acknowledged (100rel): the numbers of RSeq and RAck,
 * and the order that they must come in. Pure.
 *
 *   1xx, RSeq: 7 ---------->   next: PRACK, RAck: 7 1 INVITE
 *   1xx, RSeq: 7 (again) -->   again: nothing
 *   1xx, RSeq: 9 ---------->   ahead: nothing, it is said again once 8 came
 *
 * Thread  none.   Source  RFC 3262 3, 4, 7.1, 7.2.
 */
#ifndef TS_CONTROL_SIP_RELIABLE_H
#define TS_CONTROL_SIP_RELIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_SIP_METHOD_MAX = 16 };

struct ts_sip_rack {
	uint32_t rseq, cseq;
	char method[TS_SIP_METHOD_MAX];
};

/* False: no number of 1 to 2^32-1. */
bool ts_sip_rseq_parse(uint32_t *rseq, const char *value, size_t n);
/* "776656 1 INVITE". False: malformed. */
bool ts_sip_rack_parse(struct ts_sip_rack *out, const char *value, size_t n);

enum ts_sip_reliable_order { TS_SIP_RELIABLE_NEXT, TS_SIP_RELIABLE_AGAIN, TS_SIP_RELIABLE_AHEAD };

/* last: of this dialog; 0: there was none. */
static inline enum ts_sip_reliable_order ts_sip_reliable_order(uint32_t last, uint32_t rseq)
{
	if (!last || rseq == last + 1) return TS_SIP_RELIABLE_NEXT;
	return rseq <= last ? TS_SIP_RELIABLE_AGAIN : TS_SIP_RELIABLE_AHEAD;
}

#endif
