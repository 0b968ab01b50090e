#include "control/rooms/pictures.h"

enum { USUAL_FPS = 25 }; /* of a camera: more is no better seen in a tile */

bool ts_picture_sent(struct ts_picture_seen *out, const struct ts_participant_info *info,
	const struct ts_room_config *room)
{
	if (!info->camera.active) return false;
	*out = (struct ts_picture_seen){
		.height = info->camera.height,
		.full_height = info->tile_h,
		.fps = info->camera.fps,
		.full_fps = room->fps < USUAL_FPS ? room->fps : USUAL_FPS,
		.frozen = info->state == TS_P_STALLED || info->camera.frozen ? 1 : 0,
	};
	return true;
}

/* What is shown at the other end is not told to us; who keeps asking for keyframes sees little. */
bool ts_picture_received(struct ts_picture_seen *out, const struct ts_participant_info *info,
	const struct ts_room_config *room)
{
	if (!info->receives.width || info->state == TS_P_CONNECTING) return false;
	*out = (struct ts_picture_seen){
		.height = info->receives.height,
		.full_height = room->height,
		.fps = info->draws_every > 1 ? info->receives.fps / info->draws_every
					     : info->receives.fps,
		.full_fps = room->fps,
		.frozen = info->state == TS_P_STALLED ? 1
			: info->keyframe_owed         ? 0.4
			: info->keyframe_credit == 0  ? 0.2
						      : 0,
	};
	return true;
}
