/* floor - who may present in a room: one floor, who holds it, who waits for it. Pure.
 *
 *   request --free--> granted --release--> (gone) ; the next of those who wait is granted
 *      |   \--held, NEWEST--> granted, and who held it: revoked
 *      |   \--held, FIRST---> denied
 *      \------held, QUEUE---> accepted, waits by priority and in order --> granted
 *
 * Holders are those who ask by BFCP and those who just present (browsers), who are known by a name.
 * Every change is noted in the request that it happened to; who reads them all then calls
 * ts_floor_settle, which forgets those that ended.
 * Thread  one; plain data, reads no clock.
 * Source  RFC 8855 4.1, 13.
 * Full    TS_FLOOR_WAITING_MAX requests: denied.
 */
#ifndef TS_CONTROL_BFCP_FLOOR_H
#define TS_CONTROL_BFCP_FLOOR_H

#include "control/bfcp/message.h"

enum ts_floor_rule {
	TS_FLOOR_NEWEST, /* the newer presenter takes over */
	TS_FLOOR_FIRST,  /* is refused */
	TS_FLOOR_QUEUE   /* waits */
};

enum { TS_FLOOR_WAITING_MAX = 8, TS_FLOOR_REQUESTS_MAX = TS_FLOOR_WAITING_MAX + 2 };

struct ts_floor_request {
	uint16_t id;            /* 0: none here */
	uint16_t user;
	uint8_t priority;
	uint8_t queue;          /* place among those who wait, from 1; 0: does not */
	enum ts_bfcp_status status;
	bool changed;           /* since ts_floor_settle */
	bool silent;            /* holds it without BFCP: nobody is to be told */
	uint32_t order;
	int64_t since_ns;       /* granted */
};

struct ts_floor {
	enum ts_floor_rule rule;
	uint16_t next_id;
	uint32_t next_order;
	bool changed;           /* who reads the floor's status would see another */
	struct ts_floor_request request[TS_FLOOR_REQUESTS_MAX];
};

void ts_floor_init(struct ts_floor *floor, enum ts_floor_rule rule);

/* A request of that user, whose status tells what became of it, or NULL: they have one already that
 * they asked for.
 * priority 0..4, of which the highest is served first; within NEWEST it does not count. */
struct ts_floor_request *ts_floor_ask(struct ts_floor *floor, uint16_t user, uint8_t priority,
	int64_t now_ns);
/* They present without asking: by FIRST and QUEUE only where the floor is free. False: they do not
 * hold it. */
bool ts_floor_seize(struct ts_floor *floor, uint16_t user, int64_t now_ns);
/* Who holds it by that name has another from now on, of whom nobody asked: the first request of
 * that one is answered by it. False: `from` does not hold it, or `to` has a request. */
bool ts_floor_pass(struct ts_floor *floor, uint16_t from, uint16_t to);
/* Released, or cancelled where it was not granted yet. NULL: that user has no such request. */
struct ts_floor_request *ts_floor_release(struct ts_floor *floor, uint16_t user, uint16_t id,
	int64_t now_ns);
/* Theirs ends as `as` (REVOKED, RELEASED), where there is one: who left, or was silent for too
 * long. True: they had one. */
bool ts_floor_end(struct ts_floor *floor, uint16_t user, enum ts_bfcp_status as, int64_t now_ns);
/* Forgets what ended, and that anything changed. */
void ts_floor_settle(struct ts_floor *floor);

const struct ts_floor_request *ts_floor_holder(const struct ts_floor *floor); /* NULL: free */
/* What the user has, in whatever state; NULL */
const struct ts_floor_request *ts_floor_of(const struct ts_floor *floor, uint16_t user);
/* Granted, or waiting. */
static inline bool ts_floor_is_open(const struct ts_floor_request *r)
{
	return r->id && (r->status == TS_BFCP_GRANTED || r->status == TS_BFCP_ACCEPTED);
}

#endif
