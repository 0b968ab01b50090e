/* listener - how long the frames are that one gets who has not spoken for a while. Every packet
 * costs the same, whatever is in it: one of 60 ms in place of three of 20 ms is what makes large
 * rooms cheap, for the server and for its network, and who only listens does not notice 40 ms.
 *
 *   20 ms --nothing said for 10 s, and then a pause in the room--> as long as they take
 *         <-------------------- they speak, or may not any more ----/
 *
 * A pause, as their sound is late by the difference from then on: their jitter buffer stretches
 * silence, not a word. Without one it is done after 30 s all the same. Changes are for ticks in
 * which frames of every length begin (TS_LISTENER_TICKS); who speaks has a mix of their own at
 * once, which first sends what they have missed of the frame (coder.h).
 * Thread  none: plain functions, for the audio strand.
 * Source  RFC 7587 4.2 (frames of 60 ms), 6.1 (maxptime).
 */
#ifndef TS_MIXER_AUDIO_LISTENER_H
#define TS_MIXER_AUDIO_LISTENER_H

#include "mixer/audio/group.h"

enum { TS_LISTENER_TICKS = 6 }; /* of 20 ms: 40 and 60 ms fit into it */

struct ts_listener {
	int64_t spoke_ns; /* or came */
	uint8_t frame_ms; /* 0: as their profile says */
};

/* The longest frame for one with these limits and this way; 0: their profile's. most_ms: 20, 40, 60
 * as the room has it. Who says ptime gets that, and a way that loses gets short ones. */
uint8_t ts_listener_longest(
	const struct ts_audio_limits *limits, const struct ts_audio_way *way, uint8_t most_ms);

/* What is so in a tick of TS_LISTENER_TICKS. */
struct ts_listener_now {
	bool speaks;        /* is heard, or has a mix of their own */
	bool pause;         /* nobody is heard */
	uint8_t longest_ms; /* ts_listener_longest */
	int64_t now_ns;
};
/* True: frame_ms is another now. */
bool ts_listener_follow(struct ts_listener *listener, const struct ts_listener_now *now);

#endif
