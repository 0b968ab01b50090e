/* tier - which step of the ladder one receiver gets on the network that they have.
 *
 *   estimate, REMB, loss --+
 *   keyframe requests -----+--> down at once, up with patience --> step, bitrate of that step
 *   time ------------------+
 *
 * With an estimate of our own: the largest step that fits it with 0.7 of its rate, or with what
 * others have of it already. Down when even 0.6 of the step's rate does not fit, at once where loss
 * or a queue says the same and else after 1 s, as an estimate may dip for less; in the first 2 s of
 * an estimate only where a probe or a queue on the way says the same; or when it is squeezed for
 * 5 s and others, who could have more, share it. Up when a larger one has fitted with a margin for
 * 3 s.
 * Without: down when the peer's limit is below 0.9 of what is sent for 1 s and loss is above 2 %
 * (for 5 s: without loss too), or loss is above 10 % in two reports. Up by trials of one step after
 * 10, 20, 40 s, and back at once on loss. The peer's limit (REMB) hardly ever exceeds 1.5 times
 * what it receives, so a still picture has a low one: it is compared with what is sent, never with
 * the rate of a step.
 * In either case: four keyframe requests in 2 s cost a step, and the next four the rest of them, so
 * that a receiver who goes on disturbs only its like.
 * Thread  control. Pure: no clock, no allocation.
 * Source  draft-alvestrand-rmcat-remb-03 (REMB), RFC 3550 6.4.1 (loss), 5104 4.2 (TMMBR).
 */
#ifndef TS_MIXER_SCENE_TIER_H
#define TS_MIXER_SCENE_TIER_H

#include "mixer/output/ladder.h"
#include "transport/rtp/network.h"

/* Why a receiver has less than the largest step that they may have. */
enum ts_tier_why { TS_TIER_FREE, TS_TIER_NETWORK, TS_TIER_KEYFRAMES };
enum ts_tier_change { TS_TIER_STAYS, TS_TIER_DOWN, TS_TIER_UP };

/* The steps that the receiver's decoder and wishes allow: their bitrates, largest first. */
struct ts_tier_rates {
	size_t n;
	uint32_t bps[TS_LADDER_MAX];
};

struct ts_tier_facts {
	const struct ts_network *network;
	const struct ts_tier_rates *rates;
	uint32_t audio_bps; /* what sound takes of the same way, headers included */
	bool moving;        /* a change of step is under way: what is measured is of the old one */
	bool shared;        /* others receive the same step */
	/* what its slowest other receiver takes, without headers; UINT32_MAX: not known, all of
	 * it */
	uint32_t others_bps;
	uint32_t taken_bps[TS_LADDER_MAX]; /* what others are sent of each step; 0: nobody is */
};

enum { TS_TIER_REQUESTS = 4 };

struct ts_tier {
	uint32_t limit_bps; /* the step is the largest of at most so much; UINT32_MAX: the first */
	enum ts_tier_why why;
	int64_t changed_ns;         /* of the step */
	bool went_up, was_trial;    /* the last change; a trial: without an estimate */
	uint32_t keyframe_requests; /* so far */
	/* what video may take now, without headers; UINT32_MAX: not known */
	uint32_t target_bps;
	int64_t trial_ns; /* the next step up is not tried before; INT64_MAX: none is left */

	/* evidence since the last change */
	int64_t settled_ns; /* reports before it are about the old step */
	uint32_t reports;
	int bad_reports;    /* in a row */
	uint16_t loss_permille;
	int64_t over_ns;    /* since when the peer's limit is below what is sent; 0: it is not */
	uint32_t peer_bps;  /* the limit, and since when it is the same */
	int64_t peer_ns;
	int64_t starved_ns, squeezed_ns, fits_ns; /* since when; 0: not */
	uint32_t fits_bps;            /* the least estimate since then */
	int64_t estimate_ns;          /* since when there is one; 0: there is none */
	int64_t request_ns[TS_TIER_REQUESTS];
	int64_t struck_ns; /* when keyframe requests cost a step last */

	/* patience */
	int64_t trial_every_ns, fits_for_ns;
	uint16_t trial_loss_permille; /* before the trial */
	bool on_trial;
};

void ts_tier_init(struct ts_tier *tier, int64_t now_ns);
/* At each network event, and every 250 ms or so. */
enum ts_tier_change ts_tier_run(struct ts_tier *tier, const struct ts_tier_facts *facts,
	int64_t now_ns);
/* The receiver requests a keyframe. */
enum ts_tier_change ts_tier_keyframe_request(struct ts_tier *tier,
	const struct ts_tier_facts *facts, int64_t now_ns);
/* Index in rates. */
size_t ts_tier_step(const struct ts_tier *tier, const struct ts_tier_rates *rates);
/* What the way must take of all that is sent before the next step up is taken, or for the first one
 * to stay. */
uint32_t ts_tier_next_bps(const struct ts_tier *tier, const struct ts_tier_facts *facts);
/* What it is asked to show by probes: that it takes the first step, so that nobody climbs the
 * ladder one step at a time. Whoever was sent down for requesting keyframes does, though. */
uint32_t ts_tier_wanted_bps(const struct ts_tier *tier, const struct ts_tier_facts *facts);

#endif
