/* receiver - what somebody who watches takes, and the output of a scene that fits it.
 *
 *   codec, mode, need --> steps they may have --network, keyframe requests (tier.h)--> a step
 *       --> the output of that step: one that is there, a new one, or where there may be no more
 *           what fits best
 *
 * H.264 for whoever loses packets and cannot have them sent again is coded with intra refresh, one
 * output more a step at most (refresh.h); not while the server is overloaded.
 *
 * Who is sent one output already keeps it until the first keyframe of the next one is out: `output`
 * is what they are sent, `next` what they change to.
 * Thread  control.
 */
#ifndef TS_MIXER_SCENE_RECEIVER_H
#define TS_MIXER_SCENE_RECEIVER_H

#include "mixer/scene/refresh.h"
#include "mixer/scene/scene.h"
#include "mixer/scene/tier.h"

struct ts_receiver {
	enum ts_codec codec;    /* NONE: receives no video */
	int packetization_mode; /* H.264 */
	struct ts_need need;
	struct ts_tier tier;
	bool has_nack; /* what is lost is sent again */
	struct ts_refresh refresh;
	struct ts_output *output; /* with a reference; NULL: none */
	struct ts_output *next;   /* likewise; NULL: no change is under way */
	bool sent;                /* something of `output` went out to them */
	uint32_t sent_id;         /* the output that they were last sent something of; 0: none */
	bool crosses; /* `output` is of another scene than the one chosen from, and goes on there */
	bool shares;              /* there could be no output of the step that they should have */
};

/* Sets receiver->output by the rest of it, or receiver->next where they are sent something that may
 * go on until then. TS_EUNSUPPORTED: no step is small enough for the decoder; TS_ENOMEM. After an
 * error the output is the one before, or none where that is of another codec or rate. */
int ts_receiver_choose(struct ts_receiver *receiver, struct ts_scene *scene);
/* The steps that the tier chooses from. */
void ts_receiver_rates(const struct ts_receiver *receiver, const struct ts_scene *scene,
	struct ts_tier_rates *rates);
/* What others than them are sent of each of these; 0: nobody is. */
void ts_receiver_taken(const struct ts_receiver *receiver, const struct ts_scene *scene,
	uint32_t taken_bps[static TS_LADDER_MAX]);
/* What is sent comes of `next` from now on, whose id this is. False: of another one, which is none
 * of ours any more. */
bool ts_receiver_switched(struct ts_receiver *receiver, uint32_t output_id);
/* `next` came to nothing. */
void ts_receiver_give_up(struct ts_receiver *receiver);
/* `next` takes the place of `output` before a keyframe of it is there. */
void ts_receiver_cut_over(struct ts_receiver *receiver);
/* The ladder as so many renditions, `most` at most: its first step, its last one of the canvas's
 * shape, and those between at even distances; largest first, how many there are. Those that are
 * left out while the server is overloaded are here the next smaller one. */
enum { TS_SCENE_RENDITIONS = 4 };
size_t ts_scene_renditions(const struct ts_scene *scene, size_t most,
	struct ts_step out[TS_SCENE_RENDITIONS]);
/* For who takes one step whatever a network does (a recording): an output that is there and
 * received, else `now`, else a new one. With a reference; NULL: there can be none. */
struct ts_top_wish {
	enum ts_codec codec;
	struct ts_step step;   /* of ts_scene_rendition */
	bool any_codec;        /* of another codec too, where one is there */
	bool keep;             /* `now` for as long as it is of that step */
	struct ts_output *now; /* which they have; NULL: none */
};
struct ts_output *ts_scene_top_output(struct ts_scene *scene, const struct ts_top_wish *wish);
/* Receives nothing. */
void ts_receiver_release(struct ts_receiver *receiver);

#endif
