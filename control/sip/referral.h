/* referral - the texts of a transfer: whom Refer-To names, what a NOTIFY says became of it. Pure.
 *
 *   Refer-To: Bob <sip:bob@host;method=INVITE?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db>
 *       -> uri sip:bob@host, replaces 1@h;to-tag=a;from-tag=b
 *   SIP/2.0 180 Ringing -> 180
 *   terminated;reason=noresource -> over
 *
 * Thread  none.
 * Source  RFC 3515 2.1, 2.4.5; RFC 3420 (sipfrag); RFC 3261 19.1.1 (headers in URIs); RFC 6665
 *         8.2.3 (Subscription-State).
 */
#ifndef TS_CONTROL_SIP_REFERRAL_H
#define TS_CONTROL_SIP_REFERRAL_H

#include <stdbool.h>
#include <stddef.h>

enum { TS_SIP_REFER_MAX = 256, TS_SIP_REPLACES_MAX = 800 };

struct ts_sip_referral {
	char uri[TS_SIP_REFER_MAX];           /* without method and headers */
	char replaces[TS_SIP_REPLACES_MAX];   /* the value of that header, unescaped; "": none */
};

enum ts_sip_referral_verdict {
	TS_SIP_REFERRAL_OK,
	TS_SIP_REFERRAL_BAD,     /* 400 */
	TS_SIP_REFERRAL_FOREIGN, /* neither sip: nor sips:, or another method than INVITE */
};

/* A value of Refer-To. Other headers in the URI than Replaces are left out: what we send is ours to
 * say. */
enum ts_sip_referral_verdict ts_sip_referral_parse(
	struct ts_sip_referral *out, const char *value, size_t n);

/* The status of a message/sipfrag; 0: it is none. */
int ts_sip_sipfrag_code(const char *body, size_t n);

/* A value of Subscription-State: is it over? Malformed ones are, too. */
bool ts_sip_subscription_over(const char *value, size_t n);

#endif
