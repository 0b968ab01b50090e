/* digits - a key of a telephone in the body of a SIP INFO. Pure.
 *
 *   application/dtmf-relay  "Signal=5" CRLF "Duration=160"      what Cisco and most others send
 *   application/dtmf        "5"
 *
 * Either is read in either type: there is no standard, and phones mix them. Signal may be in lower
 * case, have spaces around it, and be a number: 10 is *, 11 is #, 12 to 15 are A to D, as of RFC
 * 4733. How long the key was held does not matter here.
 * Thread  none.
 * Source  none that is normative; "Cisco SIP INFO method for DTMF tone generation".
 */
#ifndef TS_CONTROL_SIP_DIGITS_H
#define TS_CONTROL_SIP_DIGITS_H

#include <stddef.h>

#define TS_SIP_DTMF_RELAY "application/dtmf-relay"
#define TS_SIP_DTMF "application/dtmf"

enum { TS_SIP_DIGIT_BODY_MAX = 512 };

/* One of "0123456789*#ABCD"; 0: a signal that is no key (a flash hook, 16). TS_EINVAL: it says
 * nothing of that kind, or is longer than TS_SIP_DIGIT_BODY_MAX. */
int ts_sip_digit_read(char *out, const char *body, size_t n);

#endif
