#include "tests/bench/crowd/light.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "tests/bench/crowd/light_inside.h"
#include "tests/peer/eyes.h"
#include "transport/rtp/rtcp.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_NS (20 * TS_NS_PER_MS)
#define REPORT_NS TS_NS_PER_S
enum { CLIP_SECONDS = 5, FRAMES_MAX = 900, APART_FRAMES = 367 };

/* ---- out */

static bool unlucky(struct ts_light *l)
{
	l->luck = l->luck * 1664525u + 1013904223u;
	return (l->luck >> 8) % 1000 < (uint32_t)l->spec.loss_permille;
}

static void send_rtp(struct ts_light *l, bool is_video, uint8_t *buf, size_t len)
{
	const bool apart = is_video && l->spec.sip[0];
	struct ts_srtp *srtp = apart ? l->video_srtp : l->srtp;
	if (srtp && ts_srtp_protect_rtp(srtp, buf, &len)) return;
	if (!l->spec.loss_permille || !unlucky(l))
		ts_crowd_commit(l->crowd, l->fd, apart ? &l->dial.media[1] : &l->server, len);
}

static void send_picture(struct ts_light *l, int64_t now_ns)
{
	const struct ts_au *au = l->unit[l->clip_frame];
	int64_t media_time = l->picture * TS_VIDEO_CLOCK_HZ / l->spec.fps;
	for (uint32_t i = 0; i < au->n; i++) {
		uint8_t *buf = ts_crowd_reserve(l->crowd);
		size_t head = ts_stream_header(
			&l->video_out, buf, media_time, i + 1 == au->n, 0, now_ns);
		memcpy(buf + head, ts_au_bytes(au, i), au->pay[i].len);
		ts_stream_sent(&l->video_out, au->pay[i].len);
		send_rtp(l, true, buf, head + au->pay[i].len);
	}
	if (!l->spec.file[0]) ts_eyes_sent((uint8_t)l->spec.who, (uint16_t)l->clip_frame, now_ns);
	l->clip_frame = (l->clip_frame + 1) % ts_clip_spec(l->clip)->frames;
	l->picture++;
	l->video_ns = l->start_ns + l->picture * TS_NS_PER_S / l->spec.fps;
}

static void send_frame(struct ts_light *l, int64_t now_ns)
{
	/* talkers are apart in what they say, or all would pause at once; PULSE says when it began,
	 * and is the same for all */
	int64_t apart = l->spec.voice == TS_VOICE_TALK ? APART_FRAMES * (int64_t)l->spec.who : 0;
	const struct ts_voice_frame *f = ts_voice_frame(l->voice, l->frame + apart);
	int64_t media_time = l->frame * ts_codec_clock_hz(l->spec.audio) / 50;
	uint8_t *buf = ts_crowd_reserve(l->crowd);
	size_t head = ts_stream_header(&l->audio_out, buf, media_time, false, f->level, now_ns);
	memcpy(buf + head, f->bytes, f->len);
	ts_stream_sent(&l->audio_out, f->len);
	send_rtp(l, false, buf, head + f->len);
	if (l->spec.voice == TS_VOICE_PULSE && f->began >= 0)
		ts_voice_began(now_ns + f->began * TS_NS_PER_S / TS_AUDIO_RATE_HZ);
	l->frame++;
	l->audio_ns = l->start_ns + l->frame * FRAME_NS;
}

/* One compound a second, as browsers send: a report about each stream that comes in, by the first
 * of ours. */
static void send_report(struct ts_light *l, int64_t now_ns)
{
	uint8_t *buf = ts_crowd_reserve(l->crowd);
	struct ts_wr w = ts_wr(buf, TS_CROWD_SLOT_BYTES - TS_SRTP_TRAILER);
	struct ts_rtcp_report block[2];
	size_t n = 0;
	if (l->audio_ssrc)
		block[n++] = (struct ts_rtcp_report){
			.ssrc = l->audio_ssrc, .ext_seq = l->audio_in.seq};
	if (l->video_ssrc)
		block[n++] = (struct ts_rtcp_report){
			.ssrc = l->video_ssrc, .ext_seq = l->video_in.seq};
	const struct ts_stream *out[] = {l->audio_ns == INT64_MAX ? NULL : &l->audio_out,
		l->video_ns == INT64_MAX ? NULL : &l->video_out};
	size_t written = 0;
	for (int i = 0; i < 2; i++) {
		const struct ts_stream *s = out[i];
		if (!s || !s->packets) continue;
		int64_t since_us = (now_ns - s->last_ns) / TS_NS_PER_US;
		struct ts_rtcp_sr sr = {.ntp = ts_ntp_from_ns(now_ns),
			.timestamp_rtp = s->last_rtp +
				(uint32_t)(since_us *
					(int64_t)ts_codec_clock_hz(s->media->send_codec) / 1000000),
			.packets = (uint32_t)s->packets,
			.bytes = (uint32_t)s->bytes};
		ts_rtcp_write_sr(&w, s->media->send_ssrc, &sr, block, written++ ? 0 : n);
		ts_rtcp_write_sdes(&w, s->media->send_ssrc, "light");
	}
	if (!written) {
		ts_rtcp_write_rr(&w, l->describe.video_ssrc[0], block, n);
		ts_rtcp_write_sdes(&w, l->describe.video_ssrc[0], "light");
	}
	size_t len = ts_wr_len(&w);
	if (!w.bad && (!l->srtp || !ts_srtp_protect_rtcp(l->srtp, buf, &len)))
		ts_crowd_commit(l->crowd, l->fd, &l->server, len);
	l->report_ns = now_ns + REPORT_NS;
}

void ts_light_fail(struct ts_light *l, const char *why)
{
	l->failure = why;
	l->state = TS_LIGHT_OVER;
	atomic_store(&l->flows, true); /* nobody need wait for it */
}

static const struct ts_media_config *media_of(const struct ts_light *l, enum ts_media kind)
{
	for (size_t i = 0; i < l->config.n_media; i++)
		if (l->config.media[i].kind == kind && l->config.media[i].send)
			return &l->config.media[i];
	return NULL;
}

void ts_light_start_media(struct ts_light *l, int64_t now_ns)
{
	const struct ts_media_config *video = media_of(l, TS_VIDEO), *audio = media_of(l, TS_AUDIO);
	l->state = TS_LIGHT_FLOWS;
	l->connected_ns = now_ns;
	/* spread as people's clocks are */
	l->start_ns = now_ns + l->luck % (uint32_t)(40 * TS_NS_PER_MS);
	if (l->clip && video) {
		ts_stream_init(&l->video_out, video);
		l->video_ns = l->start_ns;
	}
	if (l->voice && audio) {
		ts_stream_init(&l->audio_out, audio);
		l->audio_ns = l->start_ns;
	}
	l->report_ns = l->spec.sip[0] ? INT64_MAX : now_ns + REPORT_NS / 2;
}

int64_t ts_light_due_ns(const struct ts_light *l)
{
	int64_t due_ns = l->video_ns < l->audio_ns ? l->video_ns : l->audio_ns;
	if (l->report_ns < due_ns) due_ns = l->report_ns;
	if (l->check_ns < due_ns) due_ns = l->check_ns;
	return l->state == TS_LIGHT_OVER ? INT64_MAX : l->dtls_ns < due_ns ? l->dtls_ns : due_ns;
}

int64_t ts_light_run(struct ts_light *l, int64_t now_ns)
{
	if (now_ns >= l->check_ns || now_ns >= l->dtls_ns) ts_light_way_run(l, now_ns);
	if (now_ns >= l->audio_ns) send_frame(l, now_ns);
	if (now_ns >= l->video_ns) send_picture(l, now_ns);
	if (now_ns >= l->report_ns) send_report(l, now_ns);
	return ts_light_due_ns(l);
}

/* ---- in */

static void input_rtp(struct ts_light *l, const uint8_t *data, size_t len, int64_t arrival_ns)
{
	enum { PT_VIDEO = 96 };
	uint8_t pt = data[1] & 0x7f;
	bool is_video = pt >= PT_VIDEO && pt < PT_VIDEO + 12;
	uint32_t ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 |
		(uint32_t)data[10] << 8 | data[11];
	uint32_t *known = is_video ? &l->video_ssrc : &l->audio_ssrc;
	if (!*known) *known = ssrc;
	if (ssrc != *known) {
		l->repairs++;
		return;
	}
	ts_meter_packet(is_video ? &l->video_in : &l->audio_in, data, len, arrival_ns, is_video);
	if (is_video && l->inspects) ts_light_inspect(l, data, len, arrival_ns);
	if (!is_video && l->ear) ts_light_listen(l, data, len, arrival_ns);
	if (is_video ? l->first_key_ns != 0 : l->spec.receive_video == TS_CODEC_NONE)
		atomic_store_explicit(&l->flows, true, memory_order_relaxed);
}

void ts_light_input(struct ts_light *l, const uint8_t *data, size_t len, int64_t arrival_ns)
{
	if (atomic_load_explicit(&l->marked, memory_order_relaxed)) {
		atomic_store(&l->marked, false);
		ts_meter_mark(&l->video_in);
		ts_meter_mark(&l->audio_in);
		l->repairs = l->keys_asked = l->nacks = 0;
	}
	if (len < 2) return;
	if (data[0] < 4)
		ts_light_way_stun(l, data, len, arrival_ns);
	else if (data[0] >= 20 && data[0] <= 63)
		ts_light_way_dtls(l, data, len, arrival_ns);
	else if (data[0] >= 128 && data[0] <= 191 && data[1] >= 192 && data[1] <= 223)
		ts_light_rtcp(l, data, len);
	else if (data[0] >= 128 && data[0] <= 191 && len >= 12)
		input_rtp(l, data, len, arrival_ns);
}

/* ---- life */

static int make_clip(struct ts_light *l)
{
	const struct ts_light_spec *s = &l->spec;
	struct ts_clip_spec clip = {(uint8_t)s->who, s->send_video, s->width, s->height, s->fps,
		s->kbps, CLIP_SECONDS * s->fps, false};
	int err = s->file[0] ? ts_clip_load(&l->clip, s->file) : ts_clip_get(&l->clip, &clip);
	if (err) return err;
	int n = ts_clip_spec(l->clip)->frames;
	if (!(l->unit = calloc((size_t)n, sizeof(l->unit[0])))) return TS_ENOMEM;
	for (int i = 0; i < n; i++)
		if (!(l->unit[i] = ts_clip_unit(l->clip, i, 0, 0))) return TS_ENOMEM;
	return 0;
}

static void make_description(struct ts_light *l, uint16_t port)
{
	const struct ts_light_spec *s = &l->spec;
	l->describe = (struct ts_describe){
		.audio = true,
		.video = s->receive_video != TS_CODEC_NONE,
		.send_audio = s->audio && !s->watch,
		.send_video = s->send_video && !s->watch,
		.receive = true,
		.send_codec = s->send_video,
		.receive_codec = s->receive_video,
		.audio_ssrc = ts_random_u32() | 1,
		.layers = 1,
		.video_ssrc = {ts_random_u32() | 1},
		.video_rtx_ssrc = {ts_random_u32() | 1},
	};
	ts_describe_media(&l->describe, &l->config);
	l->config.media[0].send_codec = s->audio ? s->audio : TS_CODEC_OPUS;
	if (s->audio == TS_CODEC_PCMU) l->config.media[0].send_pt = 0;
	for (size_t i = 0; s->sip[0] && i < l->config.n_media; i++)
		l->config.media[i].ext = (struct ts_ext_ids){0};
	ts_random_bytes(&l->luck, sizeof l->luck);
	/* "Two hex numbers": characters that ICE allows, at least 4 and 22 of them. */
	snprintf(l->local.ice.ufrag, sizeof l->local.ice.ufrag, "%08x", ts_random_u32());
	snprintf(l->local.ice.pwd, sizeof l->local.ice.pwd, "%08x%08x%08x", ts_random_u32(),
		ts_random_u32(), ts_random_u32());
	l->local.ice.candidate[0] = (struct ts_candidate){
		.foundation = "1", .component = 1, .priority = 2130706431};
	ts_address_parse(&l->local.ice.candidate[0].address, "127.0.0.1", port);
	l->local.ice.n_candidates = 1;
}

int ts_light_create(struct ts_light **out, struct ts_crowd *crowd, struct ts_dtls_cert *cert,
	const struct ts_light_spec *spec)
{
	struct ts_light *l = *out = calloc(1, sizeof *l);
	int err = 0;
	if (!l) return TS_ENOMEM;
	l->spec = *spec;
	l->crowd = crowd;
	l->cert = cert;
	l->check_ns = l->dtls_ns = l->report_ns = l->video_ns = l->audio_ns = INT64_MAX;
	l->dial.fd = -1;
	struct sockaddr_in here;
	l->fd = spec->own_socket ? ts_crowd_socket_open(&here) : ts_crowd_socket(crowd, &here);
	if (l->fd < 0) return TS_EIO;
	make_description(l, ntohs(here.sin_port));
	if (l->describe.send_video) err = make_clip(l);
	if (!err && l->describe.send_audio) err = ts_voice_get(&l->voice, spec->voice, spec->audio);
	if (!err && !spec->sip[0] && !spec->sink)
		err = ts_stun_create(&l->stun, l->local.ice.ufrag, l->local.ice.pwd);
	if (!err && l->describe.video)
		err = ts_depacketizer_create(&l->depacketizer, spec->receive_video);
	if (!err && !(l->packet = av_packet_alloc())) err = TS_ENOMEM;
	if (!err && spec->record[0] && !(l->record = fopen(spec->record, "wb"))) err = TS_EIO;
	if (!err && spec->listens) err = ts_audio_decoder_open(&l->ear, TS_CODEC_OPUS);
	l->inspects = l->describe.video;
	return err;
}

void ts_light_free(struct ts_light **light)
{
	struct ts_light *l = *light;
	*light = NULL;
	for (int i = 0; l->unit && i < ts_clip_spec(l->clip)->frames; i++) ts_au_unref(&l->unit[i]);
	free(l->unit);
	ts_stun_destroy(&l->stun);
	if (l->dtls) ts_dtls_destroy(&l->dtls);
	if (l->srtp) ts_srtp_destroy(&l->srtp);
	if (l->video_srtp) ts_srtp_destroy(&l->video_srtp);
	if (l->depacketizer) ts_depacketizer_destroy(&l->depacketizer);
	av_packet_free(&l->packet);
	if (l->record) fclose(l->record);
	ts_audio_decoder_close(&l->ear);
	if (l->spec.own_socket && l->fd >= 0) close(l->fd);
	free(l);
}

void ts_light_mark(struct ts_light *l)
{
	atomic_store(&l->marked, true);
}

bool ts_light_flows(const struct ts_light *l)
{
	return l->spec.sink || atomic_load(&l->flows);
}

int ts_light_fd(const struct ts_light *l)
{
	return l->fd;
}

struct ts_light *ts_light_next(const struct ts_light *l)
{
	return l->next;
}

void ts_light_set_next(struct ts_light *l, struct ts_light *next)
{
	l->next = next;
}

void ts_light_server_ports(const struct ts_light *l, uint16_t *port)
{
	port[0] = ntohs(l->server.sin_port);
	port[1] = ntohs(l->dial.media[1].sin_port);
}

void ts_light_report(const struct ts_light *l, struct ts_light_report *out)
{
	*out = (struct ts_light_report){
		.spec = &l->spec,
		.failure = l->failure,
		.http_status = l->http_status,
		.offer_ns = l->offer_ns,
		.answer_ns = l->answer_ns,
		.connected_ns = l->connected_ns,
		.first_key_ns = l->first_key_ns,
		.video = &l->video_in,
		.audio = &l->audio_in,
		.repairs = l->repairs,
		.keys_asked = l->keys_asked,
		.nacks = l->nacks,
		.units_sent = (uint64_t)l->picture,
		.delay_ns = l->delay_ns,
		.n_delays = l->n_delays,
	};
}
