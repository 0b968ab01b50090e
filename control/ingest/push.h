/* push - one publisher who pushes into a room: what its server, on a thread of its own, and control
 * share.
 *
 *   RTMP    target, pipe --push--> control: admission, input --answered--> goes on, or not
 *   SRT     target --ask--> control: admission, a look for a place --answered--> goes on, or not
 *           the first message, pipe --enter--> control: input
 *   both    pipe ended, when the publisher goes
 *           control: the input is gone --over--> closes, frees
 *
 * Thread  each field says whose it is; what both touch is atomic.
 * Life    the server's. Of push and enter control has it until `over`, which comes once, always,
 *         and last; of ask until `answered`.
 */
#ifndef TS_CONTROL_INGEST_PUSH_H
#define TS_CONTROL_INGEST_PUSH_H

#include "base/address.h"
#include "base/task.h"
#include "control/ingest/target.h"
#include "control/inputs/inputs.h"
#include <stdatomic.h>

struct ts_ingest;
struct ts_pipe;

enum ts_push_verdict {
	TS_PUSH_WAITS,
	TS_PUSH_ADMITTED,
	TS_PUSH_NEEDED, /* a PIN or token was not given */
	TS_PUSH_WRONG,  /* it is wrong, or too many were lately */
	TS_PUSH_LOCKED,
	TS_PUSH_FULL,   /* room, inputs, server, too many joins of the address, or overloaded */
	TS_PUSH_GIVEN_UP, /* by the server, in the place of WAITS: no answer is waited for */
};

struct ts_push {
	/* set by the server before it asks, constant from then on */
	struct ts_ingest *ingest;
	enum ts_push_protocol protocol;
	char address[INET6_ADDRSTRLEN];
	bool forgeable; /* datagrams say so: its guesses and joins are counted apart */
	struct ts_target target; /* control forgets its secret */
	struct ts_pipe *pipe; /* not of ask */
	void (*answered)(struct ts_push *push); /* on control; of push and ask */
	void (*over)(struct ts_push *push);     /* on control, which touches it no more */

	struct ts_task task; /* to control */
	const char *role;    /* control's: as which they were admitted, constant; NULL: not yet */
	atomic_int verdict;
	struct ts_push_counts counts; /* by the server, for control to read */
};

/* From the server's thread. TS_ECLOSED: control has stopped; neither answered nor over comes. */
int ts_ingest_push(struct ts_push *push);
/* Admission alone: nobody joins by it. */
int ts_ingest_ask(struct ts_push *push);
/* One whom ask admitted joins; there may be no place any more: then `over` comes at once. */
int ts_ingest_enter(struct ts_push *push);

#endif
