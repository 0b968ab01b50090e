/* mos - how good a line sounds, as people would say it, from 1 to 4.5: the E-model; pure.
 *
 *   delay --> Id ----+
 *   loss, codec ---> + --> R = 93.2 - Id - Ie,eff --> MOS       0 .. 93.2 --> 1 .. 4.41
 *            Ie,eff -+
 *
 * All else of the model is at its default, which is what 93.2 stands for: no noise, usual loudness,
 * no echo (that of delay alone is Idd).
 * The scale is that of telephones (300 to 3400 Hz): what Opus and G.722 have above it is not
 * counted, so a line of Opus without loss has the figure of G.711 without loss.
 *
 * Thread  any.
 * Source  ITU-T G.107 (06/2015) 7.4 (Idd), 7.5 (Ie,eff), B.2 (MOS); G.113 Appendix I: G.711 with
 *         concealment has Ie 0, Bpl 25.1. For Opus and G.722 there is none on this scale: they are
 *         counted like that.
 */
#ifndef TS_MIXER_AUDIO_MOS_H
#define TS_MIXER_AUDIO_MOS_H

#include "base/media.h"
#include <stdbool.h>

struct ts_mos_line {
	enum ts_codec codec;
	double loss;         /* 0 .. 1, of packets, before what follows repairs */
	unsigned copies;     /* of each frame in later packets (RED) */
	bool fec;            /* Opus: each packet has the frame before, in-band */
	double burst;        /* Markov's BurstR: 1 where losses are independent; below 1: as 1 */
	double delay_ms;     /* mouth to ear, one way: both legs of a conference */
};

struct ts_mos {
	double mos, r;       /* 1 .. 4.5 and 0 .. 93.2 */
	double for_delay, for_loss; /* what either took of r */
};

/* Out of range: the nearest that is in. */
void ts_mos_estimate(struct ts_mos *out, const struct ts_mos_line *line);

#endif
