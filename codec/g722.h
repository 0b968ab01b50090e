/* g722 - the sub-band ADPCM of wideband telephones at 64 kbit/s: two samples at 16 kHz are one
 * byte. Bit-exact; private to codec/.
 *
 *   16 kHz --QMF--> low band  --6 bits--> byte --> low band  --QMF--> 16 kHz
 *              \--> high band --2 bits-->      --> high band
 *
 * Written out here, though libavcodec has it: the state is one flat block, so that an encoder can
 * be copied and a decoder can be led through a loss, and nothing is allocated for a packet.
 * Thread  none: plain functions on one struct.   Source  ITU-T G.722 (2012), blocks named as there.
 */
#ifndef TS_CODEC_G722_H
#define TS_CODEC_G722_H

#include <stddef.h>
#include <stdint.h>

struct ts_g722_band {
	int16_t s, sz;         /* predicted signal; the part of the zeros */
	int16_t r[3], p[3];    /* [1], [2]: one and two steps ago */
	int16_t a[3];          /* poles [1], [2] */
	int16_t d[7], b[7];    /* differences and zeros [1..6] */
	int16_t nb, det;       /* logarithm of the step size; step size */
};

struct ts_g722 {
	struct ts_g722_band low, high;
	int16_t qmf[24];
};

void ts_g722_init(struct ts_g722 *g722);
/* int16[2 * n] at 16 kHz to n bytes. */
void ts_g722_encode(struct ts_g722 *encoder, const int16_t *pcm, uint8_t *out, size_t n);
/* n bytes to int16[2 * n] at 16 kHz. */
void ts_g722_decode(struct ts_g722 *decoder, const uint8_t *data, int16_t *pcm, size_t n);
enum { TS_G722_BEFORE = 2, TS_G722_AHEAD = 22 }; /* the QMFs' delay is made up for */
/* The decoder goes on as if it had given 2 * n samples that were made up for a loss. pcm: int16[2 +
 * 2 * n + 22], the two before, those, and 22 that would have followed. */
void ts_g722_follow(struct ts_g722 *decoder, const int16_t *pcm, size_t n);

#endif
