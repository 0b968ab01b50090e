/* pictures - what is seen of a participant's pictures both ways, for mixer/output/picture_score.h;
 * pure. Thread  any. */
#ifndef TS_CONTROL_ROOMS_PICTURES_H
#define TS_CONTROL_ROOMS_PICTURES_H

#include "mixer/output/picture_score.h"
#include "mixer/room/room.h"

/* Of their camera, and of what they receive. False: there is none. */
bool ts_picture_sent(struct ts_picture_seen *out, const struct ts_participant_info *info,
	const struct ts_room_config *room);
bool ts_picture_received(struct ts_picture_seen *out, const struct ts_participant_info *info,
	const struct ts_room_config *room);

#endif
