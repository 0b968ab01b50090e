/* comfort - the noise of a room between its sentences.
 *
 *   loudest floor among those heard, -dBov --> [ level: up at once, kept 3 s, then down 10 dB/s ]
 *       --less what is heard of it now--> + sum
 *
 * A gate that closes takes the noise behind its voice with it; without a stand-in the background of
 * a call comes and goes with every sentence. What is between -75 and -42 dBov is taken for
 * background: below nobody hears it, above it is a sound of its own. The room never makes more than
 * -45. Three to six seconds after the last word it has faded, and silence is silence (and costs
 * nothing) again.
 * Thread  none: plain functions on one struct.
 */
#ifndef TS_MIXER_AUDIO_COMFORT_H
#define TS_MIXER_AUDIO_COMFORT_H

#include <stdbool.h>
#include <stdint.h>

struct ts_comfort {
	float level_dbov;  /* of the room; TS_COMFORT_NONE: none */
	int64_t heard_ns;  /* when somebody's noise was that loud */
	float rms, to_rms; /* of what is added: at the end of the frame before, of this one */
	uint32_t seed;
	float low;         /* state of the low pass: rooms hum, they do not hiss */
};

#define TS_COMFORT_NONE (-127.0f)

void ts_comfort_init(struct ts_comfort *comfort);
/* Once per 20 ms. present_dbov: the loudest noise in the sum (ts_voice_noise_dbov), or
 * TS_COMFORT_NONE. */
void ts_comfort_tick(struct ts_comfort *comfort, float present_dbov, int64_t now_ns);
/* Adds 20 ms to the sum; false: there was none. */
bool ts_comfort_add(struct ts_comfort *comfort, int32_t *sum);

#endif
