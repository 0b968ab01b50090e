/* depacketize_decode - drives one payload format, through the depacketizer, into the decoder, by
 * the bytes of a fuzzer. For fuzz_rtp_*.c only.
 *
 *   { u8 flags: 1 next timestamp, 2 marker, 4 gap | u16 length | payload }*
 */
#ifndef TS_TESTS_FUZZ_DEPACKETIZE_DECODE_H
#define TS_TESTS_FUZZ_DEPACKETIZE_DECODE_H

#include "base/bytes.h"
#include "codec/depacketize.h"
#include "codec/peek.h"
#include "codec/video.h"
#include <stdlib.h>
#include <string.h>

enum { FUZZ_NEXT = 1, FUZZ_MARKER = 2, FUZZ_GAP = 4 };

static inline void fuzz_pull(
	struct ts_depacketizer *depacketizer, struct ts_video_decoder *decoder, AVPacket *unit)
{
	struct ts_unit_info info;
	while (ts_depacketizer_pull(depacketizer, unit, &info) == 0) {
		AVFrame *picture;
		int err = ts_video_decode(decoder, unit, &picture); /* broken ones too */
		if (!err != (picture != NULL)) abort();
		if (picture &&
			(picture->format != AV_PIX_FMT_YUV420P ||
				picture->width > TS_PICTURE_SIDE_MAX ||
				picture->height > TS_PICTURE_SIDE_MAX ||
				picture->width < TS_PICTURE_MIN))
			abort();
		av_frame_free(&picture);
	}
}

static inline void fuzz_depacketize_decode(enum ts_codec codec, const uint8_t *data, size_t size)
{
	struct ts_rd r = ts_rd(data, size);
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *decoder;
	AVPacket *unit = av_packet_alloc();
	uint32_t timestamp = 0;
	if (!unit || ts_depacketizer_create(&depacketizer, codec) || ts_video_decoder_open(&decoder,
		codec)) abort();
	while (ts_rd_left(&r)) {
		uint8_t flags = ts_rd_u8(&r);
		struct ts_rd payload = ts_rd_sub(&r, ts_rd_u16(&r));
		if (r.bad) break;
		size_t len = ts_rd_left(&payload);
		uint8_t *exact = malloc(len ? len : 1); /* so that ASan sees a read past it */
		struct ts_packet *p = calloc(1, sizeof *p);
		if (!exact || !p) abort();
		memcpy(exact, payload.p, len);
		if (flags & FUZZ_NEXT) timestamp += 3000;
		p->payload = exact;
		p->payload_len = (uint32_t)len;
		p->timestamp_rtp = timestamp;
		p->marker = !!(flags & FUZZ_MARKER);
		p->gap = !!(flags & FUZZ_GAP);
		int w = 1, h = 1;
		if (ts_peek_size(codec, exact, len, &w, &h) && (w < 1 || h < 1)) abort();
		ts_depacketizer_push(depacketizer, p);
		free(p);
		free(exact);
		fuzz_pull(depacketizer, decoder, unit);
	}
	av_packet_free(&unit);
	ts_depacketizer_destroy(&depacketizer);
	ts_video_decoder_close(&decoder);
}

#endif
