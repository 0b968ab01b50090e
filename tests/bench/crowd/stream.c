#include "tests/bench/crowd/stream.h"

#include "base/clock.h"
#include "base/random.h"
#include "transport/rtp/hdrext.h"
#include "transport/rtp/rtp.h"
#include <string.h>

void ts_stream_init(struct ts_stream *s, const struct ts_media_config *media)
{
	/* Numbers begin below 2^15, so that nobody takes the rollover counter wrong. */
	*s = (struct ts_stream){.media = media,
		.offset_rtp = ts_random_u32(),
		.seq = (uint16_t)(ts_random_u32() & 0x7fff)};
}

static uint8_t *element(uint8_t *at, uint8_t id, const void *data, size_t len)
{
	*at++ = (uint8_t)(id << 4 | (len - 1));
	memcpy(at, data, len);
	return at + len;
}

static size_t put_extensions(uint8_t *out, const struct ts_stream *s, uint8_t level, int64_t now_ns)
{
	const struct ts_ext_ids *id = &s->media->ext;
	uint32_t abs_send_time = ts_abs_send_time(now_ns);
	uint8_t time[3] = {(uint8_t)(abs_send_time >> 16), (uint8_t)(abs_send_time >> 8),
		(uint8_t)abs_send_time},
		*at = out + 4;
	if (id->mid && now_ns - s->first_ns < 2 * TS_NS_PER_S)
		at = element(at, id->mid, s->media->mid, strlen(s->media->mid));
	if (id->audio_level) at = element(at, id->audio_level, &level, 1);
	if (id->abs_send_time) at = element(at, id->abs_send_time, time, sizeof time);
	while ((at - out) % 4) *at++ = 0;
	size_t words = (size_t)(at - out) / 4 - 1;
	const uint8_t head[4] = {0xbe, 0xde, (uint8_t)(words >> 8), (uint8_t)words};
	memcpy(out, head, sizeof head);
	return words ? 4 + 4 * words : 0;
}

size_t ts_stream_header(struct ts_stream *s, uint8_t *out, int64_t media_time, bool marker,
	uint8_t level, int64_t now_ns)
{
	if (!s->first_ns) s->first_ns = now_ns;
	s->last_ns = now_ns;
	s->last_rtp = s->offset_rtp + (uint32_t)media_time;
	struct ts_rtp_header h = {.pt = s->media->send_pt,
		.marker = marker,
		.seq = s->seq++,
		.timestamp_rtp = s->last_rtp,
		.ssrc = s->media->send_ssrc};
	size_t len = put_extensions(out + TS_RTP_HEADER_LEN, s, level, now_ns);
	ts_rtp_write(out, &h, len > 0);
	return TS_RTP_HEADER_LEN + len;
}
