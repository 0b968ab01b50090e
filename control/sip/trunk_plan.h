/* trunk_plan - what a registration does next: when to refresh, when to try again, when to give up.
 * Pure.
 *
 *   REGISTERING --2xx--> REGISTERED --at 80 % of the time granted--> REGISTERING
 *        |------error--> FAILED ----2 s, 4 s, ... 120 s, or Retry-After--> REGISTERING
 *        \--the password was wrong twice--> REFUSED: nothing more is sent, so that no account is
 *                                           locked; ends when the trunk is changed
 *
 * Every wait is shortened by up to a quarter, by chance: many trunks, or many servers, do not come
 * back at the same time. Retry-After is never shortened, but taken for an hour at most.
 * Thread  none.   Source  RFC 3261 10.2, 10.3 (423), 20.33 (Retry-After); after RFC 5626 4.5.
 */
#ifndef TS_CONTROL_SIP_TRUNK_PLAN_H
#define TS_CONTROL_SIP_TRUNK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum ts_trunk_state {
	TS_TRUNK_STATIC, /* it does not register */
	TS_TRUNK_REGISTERING,
	TS_TRUNK_REGISTERED,
	TS_TRUNK_FAILED,
	TS_TRUNK_REFUSED
};
const char *ts_trunk_state_name(enum ts_trunk_state state);

enum { TS_TRUNK_WRONG_MAX = 2, TS_TRUNK_EXPIRES_MAX_S = 86400 };

struct ts_trunk_plan {
	enum ts_trunk_state state;
	unsigned failures;   /* in a row */
	unsigned wrong;      /* answers to challenges that were refused, in a row */
	uint32_t expires_s;  /* asked for; 423 makes it more */
	bool lengthened;     /* by 423, since the last 2xx */
};

void ts_trunk_plan_init(struct ts_trunk_plan *plan, uint32_t expires_s);
/* A 2xx with so many seconds granted. Returns the ms until the refresh. */
uint32_t ts_trunk_plan_ok(struct ts_trunk_plan *plan, uint32_t granted_s, uint32_t random);
/* Any failure. Returns the ms until the next try. */
uint32_t ts_trunk_plan_failed(struct ts_trunk_plan *plan, uint32_t retry_after_s, uint32_t random);
/* Credentials were refused. True: try once more; false: REFUSED. */
bool ts_trunk_plan_wrong(struct ts_trunk_plan *plan);
/* 423 with Min-Expires. True: send it again at once, asking for more. */
bool ts_trunk_plan_too_brief(struct ts_trunk_plan *plan, uint32_t min_s);

#endif
