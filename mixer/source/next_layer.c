#include "mixer/source/next_layer.h"

#include "base/error.h"

int ts_next_layer_push(struct ts_next_layer *next, const struct ts_packet *packet,
	const struct ts_parameter_sets *sets)
{
	const enum ts_codec codec = (enum ts_codec)packet->codec;
	if (next->depacketizer && (next->layer != packet->layer || next->codec != codec))
		ts_next_layer_drop(next);
	if (!next->depacketizer) {
		const int err = ts_depacketizer_create(&next->depacketizer, codec);
		if (err) return err;
		if (sets) ts_depacketizer_parameter_sets(next->depacketizer, sets);
		next->layer = packet->layer;
		next->codec = codec;
	}
	/* what is malformed is dropped and counted there */
	ts_depacketizer_push(next->depacketizer, packet);
	return 0;
}

void ts_next_layer_parameter_sets(struct ts_next_layer *next, const struct ts_parameter_sets *sets)
{
	if (next->depacketizer) ts_depacketizer_parameter_sets(next->depacketizer, sets);
}

int ts_next_layer_pull(struct ts_next_layer *next, AVPacket *unit, struct ts_unit_info *info)
{
	while (next->depacketizer && ts_depacketizer_pull(next->depacketizer, unit, info) == 0) {
		if (unit->flags & AV_PKT_FLAG_KEY) return 0;
		av_packet_unref(unit);
	}
	return TS_EAGAIN;
}

int ts_next_layer_try(const struct ts_next_layer *next, AVPacket *unit,
	struct ts_video_decoder **decoder, struct ts_decoded *decoded)
{
	const int err = ts_video_decoder_open(decoder, next->codec);
	if (!err) *decoded = ts_decoded_of(*decoder, unit);
	return err;
}

void ts_next_layer_move(struct ts_next_layer *next, struct ts_depacketizer **depacketizer)
{
	ts_depacketizer_destroy(depacketizer);
	*depacketizer = next->depacketizer;
	next->depacketizer = NULL;
}

void ts_next_layer_drop(struct ts_next_layer *next)
{
	ts_depacketizer_destroy(&next->depacketizer);
}
