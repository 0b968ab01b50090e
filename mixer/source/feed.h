/* feed - what a participant shows: a source, and whether its packets flow.
 *
 *   flowing --nothing for 2.7 s--> off: its tile becomes a placeholder --a packet--> flowing
 *
 * Thread  control; `on` is read by the net thread as well, `source` and `media` are constant while
 *         packets may come.
 */
#ifndef TS_MIXER_SOURCE_FEED_H
#define TS_MIXER_SOURCE_FEED_H

#include "mixer/source/source.h"
#include <stdatomic.h>

struct ts_feed {
	struct ts_source *source; /* NULL: they have none */
	int media;                /* of the transport; -1: none */
	atomic_bool on;           /* pictures flow and have their tile */
	int64_t fps_seen_ns;      /* fps is counted since */
	uint64_t fps_seen_pictures;
	int fps;
	/* while the server is overloaded (mixer/overload). frozen: not decoded, its last picture
	 * stays; held: came on too late to be shown; shown: it once was, and is not held for coming
	 * back. was_frozen: before the last look at who is */
	bool frozen, was_frozen, held, shown;
};

/* Looks for packets, and counts pictures. stalled: nothing at all comes from the peer, so that the
 * last picture stays, dimmed, as long as they are waited for. True: `on` has changed. */
bool ts_feed_watch(struct ts_feed *feed, bool stalled, int64_t now_ns);
/* Why nothing is shown of it, if that is another reason than *told, which becomes it. */
bool ts_feed_new_error(const struct ts_feed *feed, struct ts_refusal *told);

#endif
