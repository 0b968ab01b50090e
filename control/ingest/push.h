/* push - one publisher who pushes into a room: what its server, on a thread of its own, and control
 * share.
 *
 *   server: target, pipe --asked--> control: admission, input --answered--> server: goes on, or not
 *   server: pipe ended, when the publisher goes
 *   control: the input is gone ----------------------------------over-----> server: closes, frees
 *
 * Thread  each field says whose it is; what both touch is atomic.
 * Life    the server's, from `asked` until `over`, which comes once, always, and last.
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
	TS_PUSH_FULL,   /* room, inputs, server, or overloaded */
};

struct ts_push {
	/* set by the server before it asks, constant from then on */
	struct ts_ingest *ingest;
	enum ts_push_protocol protocol;
	char address[INET6_ADDRSTRLEN];
	struct ts_target target; /* control forgets its secret */
	struct ts_pipe *pipe;
	void (*answered)(struct ts_push *push); /* on control; `verdict` is set */
	void (*over)(struct ts_push *push);     /* on control, which touches it no more */

	struct ts_task ask_task; /* to control */
	atomic_int verdict;
	struct ts_push_counts counts; /* by the server, for control to read */
};

/* From the server's thread. TS_ECLOSED: control has stopped; neither answered nor over comes. */
int ts_ingest_ask(struct ts_push *push);

#endif
