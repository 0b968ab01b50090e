/* next_layer - the layer of simulcast that is to be decoded: its packets, until they make a
 * keyframe that a decoder of its own takes.
 *
 *   packets of that layer --push--> [ depacketizer ] --pull--> keyframe --try--> decoder, picture
 *                                                         \--> any other unit is dropped
 *
 * The layer before goes on being decoded beside it. Nothing may refer to that, so the decoder
 * begins anew as well. The source takes the decoder and the depacketizer (move) when it is content
 * with what came out; else the next keyframe is waited for.
 * Thread  the source's strand. Zeroed: not begun. Nothing is allocated before the first packet.
 * Errors  TS_ENOMEM leaves all as it was before.
 */
#ifndef TS_MIXER_SOURCE_NEXT_LAYER_H
#define TS_MIXER_SOURCE_NEXT_LAYER_H

#include "codec/depacketize.h"
#include "mixer/source/decoded.h"

struct ts_next_layer {
	struct ts_depacketizer *depacketizer; /* NULL: not begun */
	int layer;
	enum ts_codec codec;
};

/* A packet of the layer that is to be decoded; one of another layer or codec than the one before
 * begins anew. sets: what the description told, NULL: nothing. */
int ts_next_layer_push(struct ts_next_layer *next, const struct ts_packet *packet,
	const struct ts_parameter_sets *sets);
/* Told anew. */
void ts_next_layer_parameter_sets(struct ts_next_layer *next, const struct ts_parameter_sets *sets);
/* The next keyframe: unit as of ts_depacketizer_pull. TS_EAGAIN: there is none. */
int ts_next_layer_pull(struct ts_next_layer *next, AVPacket *unit, struct ts_unit_info *info);
/* Decodes the keyframe by a fresh decoder, which is [give], whatever comes out. */
int ts_next_layer_try(const struct ts_next_layer *next, AVPacket *unit,
	struct ts_video_decoder **decoder, struct ts_decoded *decoded);
/* Its depacketizer is the caller's, in place of theirs; it is not begun any more. */
void ts_next_layer_move(struct ts_next_layer *next, struct ts_depacketizer **depacketizer);
/* Called off. */
void ts_next_layer_drop(struct ts_next_layer *next);

#endif
