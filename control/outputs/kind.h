/* kind - how one kind of outlet starts, is looked at and stops. Another kind is a file with these
 * three functions, and a row in outlets.c.
 *
 *   start --> look, twice a second --> stop --> ts_outlet_gone
 *
 * Thread  control: none of them waits for anything.
 * Ownership  `impl` is the kind's, until it called ts_outlet_gone.
 */
#ifndef TS_CONTROL_OUTPUTS_KIND_H
#define TS_CONTROL_OUTPUTS_KIND_H

#include "control/outputs/outlet.h"
#include "control/outputs/outlets.h"

/* What a kind gets, and may change of it: state, reason, counts, url, impl. */
struct ts_outlet_core {
	struct ts_outlet o; /* first */
	struct ts_outlets *all;
	struct ts_room *room; /* NULL: it takes nothing from one any more */
	void *impl;           /* NULL: nothing of it is left */
	/* outlets.c's */
	bool forget;
	int64_t seen_ns, seen_bytes;
};

struct ts_outlet_kind {
	const char *name; /* "type" in JSON */
	bool has_thread;  /* of its own, which outputs.max_running bounds */
	/* core->room is set. An error: it came to nothing, and wish->problem may say in words what
	 * is wrong; with impl set, ts_outlet_gone is still to come. TS_EINVAL: the wish is no good;
	 * TS_EAUTH: it may not go there; TS_ELIMIT, TS_ENOMEM. */
	int (*start)(struct ts_outlet_core *core, struct ts_outlet_wish *wish);
	/* Brings state, reason and counts up to date, but not bps. */
	void (*look)(struct ts_outlet_core *core);
	/* It is to take nothing from the room any more when this returns. State and reason are
	 * set. */
	void (*stop)(struct ts_outlet_core *core);
};

/* For kinds: */
const struct ts_config *ts_outlets_config(const struct ts_outlets *all);
struct ts_loop *ts_outlets_loop(const struct ts_outlets *all);
/* Something changed that others should know of: it is looked at, and they are told. It may have
 * FAILED by itself: it is stopped. */
void ts_outlet_changed(struct ts_outlet_core *core);
/* Nothing of it is left: impl is freed. core may be gone after it. */
void ts_outlet_gone(struct ts_outlet_core *core);

const struct ts_players *ts_outlets_players(const struct ts_outlets *all);

extern const struct ts_outlet_kind ts_outlet_url; /* url.c */
extern const struct ts_outlet_kind ts_outlet_hls; /* hls.c */
extern const struct ts_outlet_kind ts_outlet_flv; /* flv.c */

#endif
