/* receiver - what somebody who watches takes, and the output of a scene that fits it.
 *
 *   codec, mode, need --> step of the ladder --> the output of that step: one that is there, a new
 *                                                one, or where there may be no more what fits best
 * Thread  control.
 */
#ifndef TS_MIXER_SCENE_RECEIVER_H
#define TS_MIXER_SCENE_RECEIVER_H

#include "mixer/scene/scene.h"

struct ts_receiver {
	enum ts_codec codec;    /* NONE: receives no video */
	int packetization_mode; /* H.264 */
	struct ts_need need;
	struct ts_output *output; /* with a reference; NULL: none */
};

/* Sets receiver->output by the rest of it, and lets go of the one before. TS_EUNSUPPORTED: no step
 * is small enough for the decoder; TS_ENOMEM. After an error the output is the one before, or none
 * where that is of another codec or rate. */
int ts_receiver_choose(struct ts_receiver *receiver, struct ts_scene *scene);

#endif
