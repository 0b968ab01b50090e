/* lipsync - one participant's sound and picture on one clock: whichever is early waits.
 *
 *   voice  --delay of what it plays-->  [ sound | picture ]  <--delay of what was decoded-- source
 *          <--how long it is to wait--                       --when it is due-->
 *
 * Delays are counted from the capture, as sender reports tell it (transport/rtp/timeline.h); what
 * has no capture time is played as it comes, and so is all when one of both is missing. The picture
 * waits for the sound, TS_LIPSYNC_WAIT_NS at most, and is due half a tick before it. Pictures as
 * many a second as ticks keep their place between two of those, so they are shown up to one tick
 * after they are due: what that comes to is seen where they are shown. The sound waits for what
 * most pictures of the last second need and for that, as long, and moves only for more than a few
 * ms, up only for what lasts 1.5 s; not at all for a picture that is over a second behind: that is
 * no delay but a lie. The picture does not wait for what the sound waits, or both would wait for
 * each other.
 * Thread  sound: the room's audio strand; picture: the source's strand; shown: one view's at a
 *         time; create, ref, unref, info: any.
 * Life    counted: voice, source and participant hold it.
 */
#ifndef TS_MIXER_SYNC_LIPSYNC_H
#define TS_MIXER_SYNC_LIPSYNC_H

#include "base/clock.h"
#include <stdbool.h>
#include <stdint.h>

#define TS_LIPSYNC_WAIT_NS (200 * TS_NS_PER_MS)
/* A picture is shown at the tick after it is due: on average half a period of 30/s later. */
#define TS_LIPSYNC_TICK_NS (TS_NS_PER_S / 60)

struct ts_lipsync;

int ts_lipsync_create(struct ts_lipsync **out);
struct ts_lipsync *ts_lipsync_ref(struct ts_lipsync *lipsync);
void ts_lipsync_unref(struct ts_lipsync **lipsync); /* also of NULL */

/* Sound is played delay_ns after its capture; own_ns after it, if it did not wait for the picture.
 * Returns how long it is to wait for that from now on. */
int64_t ts_lipsync_sound(struct ts_lipsync *lipsync, int64_t delay_ns, int64_t own_ns,
	int64_t now_ns);
/* A picture can be shown from ready_ns on. Returns when it is to be, at most wait_max_ns later. */
int64_t ts_lipsync_picture(struct ts_lipsync *lipsync, int64_t capture_ns, int64_t ready_ns,
	int64_t wait_max_ns);
/* One that was due then was shown at the tick of that time. */
void ts_lipsync_shown(
	struct ts_lipsync *lipsync, int64_t capture_ns, int64_t due_ns, int64_t tick_ns);

struct ts_lipsync_info {
	bool known;             /* both flow, and when they were captured is known */
	int64_t skew_ns;        /* by how much the picture is behind the sound; < 0: before it */
	int64_t sound_wait_ns;  /* the sound waits so long for the picture */
	/* from the capture to the mix and to the canvas; 0: not known */
	int64_t sound_ns, picture_ns;
};
void ts_lipsync_info(const struct ts_lipsync *lipsync, struct ts_lipsync_info *out, int64_t now_ns);

#endif
