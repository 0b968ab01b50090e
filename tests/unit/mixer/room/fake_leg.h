/* fake_leg - a leg without a peer or network: a test makes its events and sees what it is told.
 *
 * It stands in for ts_rtp_leg, and its senders for the transport's: mixer/leg/rtp.c, the fan-out
 * and the transport are not linked.
 * Thread  the test's.
 */
#ifndef TS_TESTS_UNIT_FAKE_LEG_H
#define TS_TESTS_UNIT_FAKE_LEG_H

#include "base/task.h"
#include "mixer/leg/leg.h"
#include "transport/handover.h"

enum { TS_FAKE_LEG_FPS = 30 }; /* of rooms that look at holes */

struct ts_sender {
	int refs;
	int units, keys;          /* that came by a fan-out, and went out */
	int64_t last_media_time;
	int holes, again;         /* a tick of the room was missing, or came twice */
	struct ts_handover handover;
	struct ts_fake_leg *leg;
};

struct ts_fake_leg {
	struct ts_leg leg;
	struct ts_leg_config config;
	struct ts_transport_config transport; /* as told last */
	struct ts_sender sender[TS_MEDIA_MAX];
	uint32_t receive_bps, wanted_bps;
	int trickles, restarts, answers, updates, proofs;
	bool closing, gone;
	struct ts_task switched_task; /* as the transport's: on control */
	uint32_t output;
	bool deaf; /* what comes of another output than that of now is lost on the way */
	struct ts_fake_leg *next;
};

struct ts_fake_legs {
	int alive, fanouts;
	int start_err, change_err; /* returned by the next calls */
	struct ts_fake_leg *last;  /* the one that was started last; ->next: the one before */
};
extern struct ts_fake_legs ts_fake_legs;

/* The leg has nothing more to say: after the room closed it. Its senders may still be held. */
void ts_fake_leg_gone(struct ts_fake_leg *leg);
/* The same for all that the room closed; returns how many. */
int ts_fake_legs_gone(void);
/* Frees all of them; their senders are held by nobody any more. */
void ts_fake_legs_reset(void);

#endif
