/* group - which sound each receiver is sent: by what the peer takes, and by what is known of the
 * way to it. Receivers with like needs share an encoder.
 *
 *   limits (fmtp, ptime) --+
 *   way (loss, bandwidth) -+--> profile: what the encoder makes  --join--> a group of the room
 *                          +--> delivery: how its packets travel (RED, pauses)
 *
 * On good ways all who take the usual profile are one group. Loss moves a receiver that takes RED
 * to another delivery of the same encoder, and one that does not to a profile with more in-band
 * FEC. A narrow way gets half the bits and no RED, which would only make it narrower; one in
 * between gets as many redundant frames as it carries: with one they cost 89 kbit/s, with two
 * 122, and 5/4 of that must be there.
 *
 *   loss     3 % in two reports about the same medium in a row: one redundant frame; 8 %: two
 *            30 s under 1 % (4 %): one less
 *   RED      as many as fit; one more where it has fitted for 10 s
 *   narrow   under 100 kbit/s twice, a second apart; until 150 kbit/s, and what is then to be sent,
 *            were there for 10 s
 *
 * Stereo is a wish that mono fulfils (RFC 7587 6.1): only in rooms of that mode (ts_audio_mode) who
 * wished for it gets two channels. Music is coded as such: three times the bits, no FEC, which
 * would make speech of it, and silence is no pause.
 * Thread  none: plain functions.
 * Source  RFC 7587 3.1.3, 6.1; RFC 2198; RFC 8866 6.4.
 * Full    at most TS_AUDIO_GROUPS_OPUS groups of Opus, of which three are kept for the usual
 *         bitrate and length, so that odd wishes cannot take all; who is one too many joins where
 *         least is lost, and that group becomes what all in it take.
 */
#ifndef TS_MIXER_AUDIO_GROUP_H
#define TS_MIXER_AUDIO_GROUP_H

#include "transport/rtp/media_config.h"
#include "transport/rtp/network.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the peer said about the sound that it gets. */
struct ts_audio_limits {
	enum ts_codec codec;             /* NONE: it gets none */
	uint32_t max_bps;                /* maxaveragebitrate; 0: any */
	uint16_t ptime_ms, maxptime_ms;  /* 0: not said */
	bool fec, dtx, red;              /* useinbandfec, usedtx, RED was agreed on */
	bool stereo;                     /* stereo=1 */
	enum ts_audio_mode mode;         /* the room's */
};
/* audio may be NULL: there is no such m-line. */
void ts_audio_limits_read(struct ts_audio_limits *out, const struct ts_media_config *audio);

enum { TS_AUDIO_WAY_MEDIA = 2 };
/* What is known of the way to one receiver. All zero: nothing, so it is taken for a good one. */
struct ts_audio_way {
	uint8_t loss;      /* 0: hardly any, 1: lossy, 2: very lossy */
	bool narrow;
	uint8_t no_red;    /* redundant frames, of TS_AUDIO_RED_MAX, that it does not carry */
	/* of video, of audio: reports in a row that reached the thresholds of 1 and 2; at most 2 */
	uint8_t above[TS_AUDIO_WAY_MEDIA][2];
	uint32_t reports, audio_reports; /* seen so far */
	int64_t calm_ns;   /* since when reports are under the lower threshold; 0: they are not */
	int64_t tight_ns;  /* first sign in a row that it is narrow; 0: none */
	int64_t wide_ns;   /* since when nothing says that it is; 0: something does */
	int64_t dear_ns;   /* since when it carries fewer redundant frames; 0: it does not */
	int64_t cheap_ns;  /* since when it carries more */
};
/* Takes in what is new; true: what is to be sent (ts_audio_choose) is another now. */
bool ts_audio_way_follow(struct ts_audio_way *way, const struct ts_audio_limits *limits,
	const struct ts_network *network, int64_t now_ns);

/* What an encoder makes. Codecs other than Opus have nothing to choose: all zero, but for G.729's
 * bitrate, which is not that of the telephone. */
struct ts_audio_profile {
	uint32_t bitrate_bps;
	uint8_t fec_percent;  /* of loss that in-band FEC is made for; 0: no FEC */
	uint8_t frame_ms;     /* 10, 20, 40, 60 */
	bool stereo, music;
};
/* How the packets of an encoder travel to one receiver. */
struct ts_audio_delivery {
	uint8_t red;  /* redundant frames in each packet: 0 .. TS_AUDIO_RED_MAX */
	bool dtx;     /* silence is a pause */
};
enum { TS_AUDIO_RED_MAX = 2 };

void ts_audio_choose(struct ts_audio_profile *profile, struct ts_audio_delivery *delivery,
	const struct ts_audio_limits *limits, const struct ts_audio_way *way);
static inline bool ts_audio_profile_equal(const struct ts_audio_profile *a,
	const struct ts_audio_profile *b)
{
	return a->bitrate_bps == b->bitrate_bps && a->fec_percent == b->fec_percent &&
		a->frame_ms == b->frame_ms && a->stereo == b->stereo && a->music == b->music;
}
/* What a receiver's sound takes of its way at most, headers included: not there for pictures. */
static inline uint32_t ts_audio_cost_bps(const struct ts_audio_profile *profile,
	const struct ts_audio_delivery *delivery)
{
	/* IP, UDP, RTP with extensions, SRTP; a block of RED has 4 bytes more */
	enum { HEADERS_BITS = (20 + 8 + 20 + 10) * 8, BLOCK_BITS = 32, TELEPHONE_BPS = 64000 };
	uint32_t ms = profile->frame_ms ? profile->frame_ms : 20,
		 bps = profile->bitrate_bps ? profile->bitrate_bps : TELEPHONE_BPS;
	return bps * (1u + delivery->red) + (HEADERS_BITS + BLOCK_BITS * delivery->red) * 1000 / ms;
}

enum { TS_AUDIO_GROUPS_OPUS = 6, TS_AUDIO_GROUPS = TS_AUDIO_GROUPS_OPUS + 4 };
struct ts_audio_groups {
	size_t n;
	struct { enum ts_codec codec; struct ts_audio_profile profile; } group[TS_AUDIO_GROUPS];
};
/* The index of the group for one more receiver; where the list is full that group changes so that
 * it suits them too. codec: one that we encode. */
size_t ts_audio_groups_join(struct ts_audio_groups *groups, enum ts_codec codec,
	const struct ts_audio_profile *profile);

#endif
