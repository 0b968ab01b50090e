/* plc - makes up speech that was lost: the last pitch period again and again, fading. Private to
 * codec/.
 *
 *   good --> past (50 ms) --> loss: pitch by correlation --> one period, its ends made to meet
 *        --> repeated --> faded to nothing
 *   the first good samples after a loss are blended in over 5 ms
 *
 * Full volume for 10 ms, nothing after 60 ms: longer repetition sounds like a machine.
 * Thread  none: plain functions on one struct.
 * Source  the idea of ITU-T G.711 Appendix I, without its delay.
 */
#ifndef TS_CODEC_PLC_H
#define TS_CODEC_PLC_H

#include <stddef.h>
#include <stdint.h>

enum {
	TS_PLC_RATE_MAX_HZ = 16000,
	TS_PLC_PAST = TS_PLC_RATE_MAX_HZ / 20,
	TS_PLC_PERIOD_MAX = TS_PLC_RATE_MAX_HZ * 3 / 200
};

struct ts_plc {
	int rate_hz;
	int16_t past[TS_PLC_PAST]; /* [rate / 20] */
	int16_t cycle[TS_PLC_PERIOD_MAX];
	int period, at;            /* samples; where in the cycle we are */
	int made;                  /* made up since the last good one; 0: no loss */
	/* between the last good sample and the cycle's first: fades out */
	float step;
};

void ts_plc_init(struct ts_plc *plc, int rate_hz); /* 8000 or 16000 */
/* Takes note of int16[n] that came, and blends its beginning with what was made up before. */
void ts_plc_good(struct ts_plc *plc, int16_t *pcm, size_t n);
void ts_plc_lost(struct ts_plc *plc, int16_t *pcm, size_t n);

#endif
