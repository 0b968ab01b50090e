/* timer - session timers: who refreshes a call, how often, and when it counts as dead. Pure.
 *
 *   request: Session-Expires, Min-SE, Supported --answer--> 422, or interval and refresher of our
 *                                                           2xx
 *   2xx to ours: Session-Expires -------------------take--> interval and refresher
 *
 * Thread  none.   Source  RFC 4028 7.1, 8, 9, 10.
 */
#ifndef TS_CONTROL_SIP_TIMER_H
#define TS_CONTROL_SIP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

enum ts_sip_refresher { TS_REFRESHER_NONE, TS_REFRESHER_UAC, TS_REFRESHER_UAS };

/* What a message says. */
struct ts_sip_timer_fields {
	bool supported, required;  /* "timer" stands in Supported, in Require */
	uint32_t expires_s, min_s; /* 0: not given */
	enum ts_sip_refresher refresher;
};

/* "1800;refresher=uac" (Session-Expires, Min-SE; refresher may be NULL). False: malformed. */
bool ts_sip_timer_parse(const char *value, uint32_t *seconds, enum ts_sip_refresher *refresher);

struct ts_sip_timer {
	uint32_t interval_s; /* 0: the call has no timer */
	enum ts_sip_refresher refresher;
	bool require; /* our 2xx says Require: timer */
};

struct ts_sip_timer_policy {
	uint32_t expires_s, min_s; /* expires_s 0: we ask for none, but go along with the peer's */
};

/* As the UAS of an INVITE or UPDATE. False: the interval is too small, answer 422 with Min-SE:
 * policy->min_s; out stays as it is. It is in effect once the 2xx has gone (RFC 4028 7.4): until
 * then the call keeps the one it has. */
bool ts_sip_timer_answer(struct ts_sip_timer *out, const struct ts_sip_timer_fields *request,
	const struct ts_sip_timer_policy *policy);
/* As the UAC, from a 2xx. What is below the least that we take from callers counts as that. */
void ts_sip_timer_read(struct ts_sip_timer *out, const struct ts_sip_timer_fields *response,
	const struct ts_sip_timer_policy *policy);

/* When to refresh, or if that is the peer's to do, when to give up, in ms after the last refresh.
 * 0: never. */
uint32_t ts_sip_timer_refresh_ms(const struct ts_sip_timer *timer);
uint32_t ts_sip_timer_expire_ms(const struct ts_sip_timer *timer);

#endif
