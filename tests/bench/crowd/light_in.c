/* What a light participant looks at more closely: pictures until the first keyframe, or all of them
 * to record; and RTCP. */
#include "base/clock.h"
#include "tests/bench/crowd/light_inside.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"
#include <string.h>

enum { RECORD_FPS = 30 };

/* IVF: 32 bytes, then each unit behind 12; H.264 needs nothing around it. */
static void record(struct ts_light *l)
{
	const struct ts_light_spec *s = &l->spec;
	uint32_t size = (uint32_t)l->packet->size;
	if (s->receive_video == TS_CODEC_VP8) {
		const uint8_t head[32] = {'D', 'K', 'I', 'F', 0, 0, 32, 0, 'V', 'P', '8', '0', 0, 5,
			0xd0, 2, RECORD_FPS, 0, 0, 0, 1};
		uint8_t unit[12] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16)};
		if (ftell(l->record) == 0) fwrite(head, 1, sizeof head, l->record);
		fwrite(unit, 1, sizeof unit, l->record);
	}
	fwrite(l->packet->data, 1, size, l->record);
}

static void look(struct ts_light *l, int64_t arrival_ns)
{
	if (l->packet->flags & AV_PKT_FLAG_KEY && !l->first_key_ns) {
		l->first_key_ns = arrival_ns;
		l->inspects = l->record != NULL;
	}
	if (l->record && l->first_key_ns) record(l);
}

/* A copy of the datagram in the clear, good until the next call; NULL: it is none that we want. */
static struct ts_packet *open_copy(
	struct ts_light *l, bool is_video, const uint8_t *data, size_t len, int64_t arrival_ns)
{
	static struct ts_packet p; /* the crowd is one thread */
	if (len > TS_DATAGRAM_MAX) return NULL;
	p.data = p.buf;
	memcpy(p.buf, data, len);
	struct ts_srtp *srtp = is_video && l->video_srtp ? l->video_srtp : l->srtp;
	if (srtp && ts_srtp_unprotect_rtp(srtp, p.buf, &len)) return NULL;
	p.len = (uint32_t)len;
	p.arrival_ns = arrival_ns;
	return ts_rtp_parse(&p) || !p.payload_len ? NULL : &p;
}

void ts_light_inspect(struct ts_light *l, const uint8_t *data, size_t len, int64_t arrival_ns)
{
	struct ts_unit_info info;
	struct ts_packet *p = open_copy(l, true, data, len, arrival_ns);
	if (!p) return;
	p->codec = (uint8_t)l->spec.receive_video;
	p->ext_seq = l->ext_seq ? ts_seq_extend(l->ext_seq, p->seq) : p->seq + 65536;
	p->gap = l->ext_seq && p->ext_seq != l->ext_seq + 1;
	l->ext_seq = p->ext_seq;
	ts_depacketizer_push(l->depacketizer, p);
	while (ts_depacketizer_pull(l->depacketizer, l->packet, &info) == 0) {
		look(l, info.arrival_ns);
		av_packet_unref(l->packet);
	}
}

/* Both instants are those at which the sample would be heard if each packet were played as it came:
 * what lies between, the server adds. */
void ts_light_listen(struct ts_light *l, const uint8_t *data, size_t len, int64_t arrival_ns)
{
	int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
	struct ts_packet *p = open_copy(l, false, data, len, arrival_ns);
	if (!p ||
		ts_audio_decode(l->ear, p->payload, p->payload_len, pcm,
			TS_AUDIO_PACKET_MAX_SAMPLES) != TS_AUDIO_FRAME)
		return;
	int at = ts_onset_find(&l->onset, pcm);
	int64_t began_ns = ts_voice_last_began();
	if (at < 0 || !began_ns || l->n_delays == TS_LIGHT_DELAYS_MAX) return;
	l->delay_ns[l->n_delays++] = arrival_ns + at * TS_NS_PER_S / TS_AUDIO_RATE_HZ - began_ns;
}

static bool open_rtcp(struct ts_srtp *srtp, uint8_t *plain, const uint8_t *data, size_t *len)
{
	size_t n = *len;
	if (n > TS_DATAGRAM_MAX) return false;
	memcpy(plain, data, n);
	if (srtp && ts_srtp_unprotect_rtcp(srtp, plain, &n)) return false;
	*len = n;
	return true;
}

void ts_light_rtcp(struct ts_light *l, const uint8_t *data, size_t len)
{
	_Alignas(8) uint8_t plain[TS_DATAGRAM_MAX];
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	if (!open_rtcp(l->srtp, plain, data, &len) && !open_rtcp(l->video_srtp, plain, data, &len))
		return;
	if (ts_rtcp_begin(&it, plain, len)) return;
	while (ts_rtcp_next(&it, &item)) {
		if (item.type == TS_RTCP_PLI || item.type == TS_RTCP_FIR) {
			l->clip_frame = 0;
			l->keys_asked++;
		} else if (item.type == TS_RTCP_NACK) {
			l->nacks++;
		}
	}
}
