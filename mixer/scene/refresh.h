/* refresh - does a receiver need a picture that renews itself?
 *
 *   losses in report blocks, keyframe requests --> on, for a minute after the last of them
 *
 * For whoever can ask for nothing again (no NACK: most room systems). Each packet that they lose
 * spoils the picture until the next keyframe, which is large and therefore soon damaged as well.
 * With intra refresh (codec/video.h) it is whole again within four seconds, and no keyframe goes to
 * those who share the step. Two reports in a row with 2 % of loss or more turn it on, or three
 * keyframe requests in 20 s, as many rooms report nothing.
 * Thread  control. Pure: no clock, no allocation.
 * Source  RFC 3550 6.4.1 (loss), 5104 3.5.1 (what a FIR costs).
 */
#ifndef TS_MIXER_SCENE_REFRESH_H
#define TS_MIXER_SCENE_REFRESH_H

#include "transport/rtp/network.h"

enum { TS_REFRESH_REQUESTS = 3 };

/* Zeroed to begin with. */
struct ts_refresh {
	bool on;
	uint32_t reports; /* taken so far */
	int bad_reports;  /* in a row */
	int64_t bad_ns;   /* the last time that something said on */
	int64_t request_ns[TS_REFRESH_REQUESTS]; /* the oldest first; 0: none */
};

/* At each network event, and every 250 ms or so. True: `on` has changed. */
bool ts_refresh_run(struct ts_refresh *refresh, const struct ts_network *network, int64_t now_ns);
/* The receiver requests a keyframe. Likewise. */
bool ts_refresh_keyframe_request(struct ts_refresh *refresh, int64_t now_ns);

#endif
