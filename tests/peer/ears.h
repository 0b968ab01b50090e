/* ears - listens to one incoming Opus stream: which tones, when; clicks; an optional recording.
 *
 * Thread  one strand.
 */
#ifndef TS_TESTS_PEER_EARS_H
#define TS_TESTS_PEER_EARS_H

#include "base/packet.h"
#include "codec/audio.h"
#include "tests/media/tone.h"
#include "tests/peer/lips.h"
#include "transport/rtp/jitter.h"
#include <stdbool.h>
#include <stdio.h>

enum { EARS_FRAMES_MAX = 1 << 15 };

struct ts_ears {
	bool decode;
	/* decodes what comes as it comes, without a jitter buffer: nothing is made up */
	bool straight;
	struct ts_lips *lips;            /* told what comes, while straight; NULL: nobody's */
	struct ts_jitter *jitter;
	struct ts_audio_decoder *decoder;
	struct ts_click click;
	FILE *pcm;                       /* raw int16 mono 48 kHz; NULL: none */
	uint64_t packets, bytes, frames, concealed, heard[TS_TONE_PEOPLE];
	int64_t last_arrival_ns, max_gap_ns;
	uint64_t present[EARS_FRAMES_MAX]; /* bits of who was heard, frame by frame */
};

int ts_ears_init(struct ts_ears *ears, bool decode, bool straight, const char *pcm_path);
void ts_ears_fini(struct ts_ears *ears);
void ts_ears_packet(struct ts_ears *ears, struct ts_packet *packet /* [take] */);
void ts_ears_tick(struct ts_ears *ears, int64_t now_ns); /* every 20 ms */

#endif
