/* activity - from the levels of one voice: is it to be heard, and is it somebody who speaks? Pure:
 * levels and time are given.
 *
 *   level, V bit --> [ floor: least smoothed level of 3 s ] --> open at floor + 9 dB, held at
 *                |                             floor + 5, 600 ms longer (a click: 200) --> HEARD
 *                --> [ means of 100 ms, last second ] --> does it swing as speech does? --> SPEECH
 *
 * A fan, a hum, an office is steady: within 3 s it has become the floor, and is no longer heard.
 * Until then, and where it is so loud (-26 dBov) that it is heard whatever it is, it is no speech:
 * speech falls and rises by 7.5 dB and more within a second. The means overlap: syllables come up
 * to 6 times a second, and blocks side by side see nothing of one that lies across two. So
 *   heard     goes into the mix: whoever may be speaking, from the first frame on, so that no word
 *             lacks its beginning
 *   talking   heard, and not what the sender calls no voice: told to people (API, tile's mark)
 *   speech    talking that swings: alone moves pictures (layout/speakers.h)
 * The V bit (RFC 6464) of a sender who uses it - both values were seen - is believed: what it
 * denies opens nothing below -26 dBov and is no talking; what it affirms opens at floor + 5. Of one
 * who never sets it (some always send 0) it is believed until loud sound contradicts it for 200 ms.
 * Thread  none: plain functions on one struct.
 * Source  minimum statistics after R. Martin, IEEE Trans. SAP 9(5), 2001, on levels alone; RFC 6464
 *         section 3; RFC 3389 section 3.
 */
#ifndef TS_MIXER_AUDIO_ACTIVITY_H
#define TS_MIXER_AUDIO_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TS_ACTIVITY_OPEN_DBOV = -55,  /* nothing below it is heard */
	TS_ACTIVITY_FLOOR_DBOV = -75, /* the least floor: below it nobody hears a difference */
	TS_ACTIVITY_PARTS = 6,        /* of the 3 s that the floor looks back */
	TS_ACTIVITY_MEAN_FRAMES = 5,
	TS_ACTIVITY_MEANS = 46, /* of 100 ms each, one a frame: in a second */
};

enum ts_vad { TS_VAD_UNKNOWN, TS_VAD_NO, TS_VAD_YES }; /* what the sender says of a frame */

struct ts_activity {
	/* the frame of 20 ms that is being gathered */
	int samples;
	float level_db;
	/* floor */
	float smooth_db, least_db[TS_ACTIVITY_PARTS];
	int part_frames;
	/* frames and means of them since it rose, oldest first */
	float recent_db[TS_ACTIVITY_MEAN_FRAMES], mean_db[TS_ACTIVITY_MEANS];
	int n_recent, n_means, since_loud;
	/* V bit */
	bool said_yes, said_no, doubted;
	int contradicted; /* frames, in a row or nearly */

	bool heard, talking, speech;
	float speech_db; /* how loud the speech is, of its louder parts */
	int run; /* loud frames of late */
	int64_t heard_until_ns, talking_until_ns, speech_until_ns;
	bool new_loud, new_talk, new_speech; /* in what was told since the last tick */
};

void ts_activity_init(struct ts_activity *activity);
/* `samples` at 48 kHz of that level, played next. */
void ts_activity_update(struct ts_activity *activity, int level_dbov, enum ts_vad vad, int samples);
/* The sender's own word for the noise behind their voice (RFC 3389: the first byte of a CN payload,
 * as -dBov). */
void ts_activity_noise(struct ts_activity *activity, int level_dbov);
/* Once per 20 ms, after what is played in them was told: sets heard, talking and speech. */
void ts_activity_tick(struct ts_activity *activity, int64_t now_ns);
/* Would a frame of this level be loud now? */
bool ts_activity_is_loud(const struct ts_activity *activity, int level_dbov, enum ts_vad vad);
/* The noise behind the voice, TS_ACTIVITY_FLOOR_DBOV .. 0. */
float ts_activity_floor_dbov(const struct ts_activity *activity);

#endif
