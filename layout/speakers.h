/* speakers - who spoke most recently, in an order calm enough to move pictures by. Pure: time and
 * talkers are given.
 *
 *   who talks now, every 100 ms or so
 *       --> an order of at most 64 people, the foremost being "the speaker"
 *
 * How much somebody talks is a leaky mean over 3/4 of the hold time. They come in after about 650
 * ms of talk (a click or a cough is less), and move past the one before them when they talk now,
 * have lately talked twice as much, and that one has had the place for the hold time. Who is more
 * than 12 dB below the loudest of late counts for less, 27 dB below for nothing: the voices in a
 * far corner of an office swing as speech does, and are none of the meeting's. What is loudest is
 * forgotten by 0.25 dB a second. So two people who talk at once or by turns of a second keep their
 * places, and after a monologue the next one to speak is there within the hold time; after a
 * silence within 700 ms.
 *
 * Thread  any; no allocation.
 * Full    64 people; who talks beyond that is not followed.
 */
#ifndef TS_LAYOUT_SPEAKERS_H
#define TS_LAYOUT_SPEAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_SPEAKERS_MAX = 64 };
#define TS_SPEAKER_HOLD_NS 2000000000LL

struct ts_speaker { uint64_t key; double activity; int64_t since_ns; bool ranked, present; };

struct ts_speakers {
	double loudest_dbov;
	int64_t hold_ns, last_ns;
	/* followed: the ranked ones in order, then those about to be */
	size_t n;
	struct ts_speaker speaker[TS_SPEAKERS_MAX];
};

/* level: of their speech; 0: unknown, as loud as any */
struct ts_talk { uint64_t key; bool talking; int level_dbov; };

void ts_speakers_init(struct ts_speakers *speakers, int64_t hold_ns);
/* talk: everybody who is in the room now, each once; who is not in it is forgotten. True when the
 * order changed. */
bool ts_speakers_update(struct ts_speakers *speakers, const struct ts_talk *talk, size_t n,
	int64_t now_ns);
/* The keys in order; returns how many. out: room for TS_SPEAKERS_MAX. */
size_t ts_speakers_order(const struct ts_speakers *speakers, uint64_t *out);

#endif
