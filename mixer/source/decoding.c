#include "mixer/source/parts.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/registry.h"
#include "mixer/sync/lipsync.h"
#include "transport/rtp/keystart.h"
#include <string.h>

enum {
	SMOOTH = 16,
	FOREIGN_MAX = 32, /* packets of another codec in a row */
};

#define FAIR_PERCENT 75 /* of the workers' time is shared out among decoders: encoders want some */
#define TOLD_NS (5 * TS_NS_PER_S)      /* "too demanding" is told for so long after the pause */
#define NO_MEMORY_NS (5 * TS_NS_PER_S) /* until it is tried again */

static void notify_error(struct ts_source *s, const struct ts_refusal *error)
{
	uint64_t bytes = 0;
	memcpy(&bytes, error, sizeof *error);
	s->told = error->kind != TS_REFUSED_NOT;
	if (atomic_exchange_explicit(&s->stat_error, bytes, memory_order_relaxed) != bytes && bytes)
		ts_count(TS_C_DECODE_REFUSED);
}

void ts_source_forget_error(struct ts_source *s)
{
	s->refused = false;
	notify_error(s, &(struct ts_refusal){0});
}

void ts_source_drop_decoder(struct ts_source *s)
{
	ts_video_decoder_close(&s->decoder);
	ts_depacketizer_destroy(&s->depacketizer);
	s->codec = TS_CODEC_NONE;
	s->waits_for_keyframe = true;
}

void ts_source_request_keyframe(struct ts_source *s)
{
	if (!s->waits_for_keyframe && s->depacketizer)
		ts_depacketizer_lose_references(s->depacketizer);
	s->waits_for_keyframe = true;
	atomic_store_explicit(&s->request_keyframe, !s->refused, memory_order_relaxed);
}

void ts_source_smooth(atomic_int_fast64_t *of, int64_t ns)
{
	int64_t was_ns = atomic_load_explicit(of, memory_order_relaxed);
	int64_t now_ns = was_ns ? was_ns + (ns - was_ns) / SMOOTH : ns;
	atomic_store_explicit(of, now_ns, memory_order_relaxed);
}

void ts_source_show(struct ts_source *s, AVFrame *frame, const struct ts_unit_info *info)
{
	atomic_store_explicit(&s->stat_width, frame->width, memory_order_relaxed);
	atomic_store_explicit(&s->stat_height, frame->height, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->stat_pictures, 1, memory_order_relaxed);
	struct ts_picture *picture = ts_picture_new(frame);
	if (!picture) return;
	picture->ready_ns = picture->due_ns = ts_now_ns();
	ts_source_smooth(&s->stat_decode_ns, picture->ready_ns - info->arrival_ns);
	picture->capture_ns = info->capture_ns;
	picture->rotation = info->rotation;
	atomic_store_explicit(&s->simulcast.turned, info->rotation % 180, memory_order_relaxed);
	int64_t wait_max_ns = ts_playout_wait_max_ns(&s->playout, picture->ready_ns);
	if (s->lipsync)
		picture->due_ns = ts_lipsync_picture(
			s->lipsync, picture->capture_ns, picture->ready_ns, wait_max_ns);
	picture->slack_ns = ts_playout_slack_ns(&s->playout, info->timestamp_rtp, picture->due_ns);
	ts_pictures_push(
		&s->pictures, picture, atomic_load_explicit(&s->shown, memory_order_relaxed));
}

/* ---- what is too much */

static int64_t fair_share_ns(const struct ts_source *s)
{
	const int64_t decoders = ts_codec_count_decoders();
	return ts_pool_threads(s->pool) * (TS_NS_PER_S / 100 * FAIR_PERCENT) /
		(decoders > 0 ? decoders : 1);
}

/* Of the layer that is taken nothing is decoded during the pause; behind it a keyframe is
 * requested. A smaller one may take its place at once. */
static void begin_pause(struct ts_source *s)
{
	struct ts_refusal error = {.kind = TS_REFUSED_DEMANDING,
		.width = (uint16_t)atomic_load_explicit(&s->stat_width, memory_order_relaxed),
		.height = (uint16_t)atomic_load_explicit(&s->stat_height, memory_order_relaxed),
		.detail = (uint16_t)(s->budget.rate < UINT16_MAX ? s->budget.rate : UINT16_MAX)};
	ts_count(TS_C_DECODE_BUDGET);
	s->told_ns = s->budget.until_ns + TOLD_NS;
	s->waits_for_keyframe = true;
	atomic_store_explicit(&s->request_keyframe, false, memory_order_relaxed);
	if (s->depacketizer) ts_depacketizer_lose_references(s->depacketizer);
	ts_simulcast_refuse_from(&s->simulcast, ts_simulcast_taken(&s->simulcast));
	notify_error(s, &error);
}

void ts_source_spend(struct ts_source *s, int64_t cpu_ns, int64_t whole_ns)
{
	int64_t now_ns = ts_now_ns();
	switch (ts_decode_budget_spend(
		&s->budget, now_ns, cpu_ns, now_ns - whole_ns, fair_share_ns(s))) {
	case TS_BUDGET_GO_ON: break;
	case TS_BUDGET_BEHIND:
		ts_count(TS_C_DECODE_BUDGET);
		ts_source_request_keyframe(s);
		break;
	case TS_BUDGET_EXCEEDED: begin_pause(s); break;
	}
}

/* The decoder will not have it. Requesting keyframes of the same kind is of no use: it is tried
 * again when one comes. */
static void be_refused(struct ts_source *s, const struct ts_refusal *why)
{
	s->refused = true;
	s->retry_ns = why->kind == TS_REFUSED_MEMORY ? ts_now_ns() + NO_MEMORY_NS : INT64_MAX;
	s->told_ns = 0;
	notify_error(s, why);
	if (why->kind != TS_REFUSED_MEMORY)
		ts_simulcast_refuse(&s->simulcast, ts_simulcast_taken(&s->simulcast));
	ts_source_request_keyframe(s);
}

/* While refused: a unit that is no keyframe may bring what changes that. */
static bool has_changed(struct ts_source *s, int64_t now_ns)
{
	return now_ns >= s->retry_ns || ts_video_decoder_would_take(s->decoder, s->unit);
}

/* ---- codecs */

static int open_codec(struct ts_source *s, enum ts_codec codec)
{
	const int64_t cpu_ns = ts_cpu_ns();
	ts_source_drop_decoder(s);
	s->foreign = 0;
	int err = ts_depacketizer_create(&s->depacketizer, codec);
	if (!err) err = ts_video_decoder_open(&s->decoder, codec);
	if (err) {
		ts_source_drop_decoder(s);
		return err;
	}
	s->codec = codec;
	if (s->sets) ts_depacketizer_parameter_sets(s->depacketizer, s->sets);
	/* it counts like a picture, or who changes back and forth would have it for nothing */
	ts_source_spend(s, ts_cpu_ns() - cpu_ns, ts_now_ns());
	return 0;
}

/* In mid-stream, where a keyframe begins. Some keyframes cannot be told by how they begin: then
 * where nothing else comes any more. */
static bool may_change_codec(struct ts_source *s, const struct ts_packet *p)
{
	if (!ts_codec_info(p->codec) || ts_codec_media(p->codec) != TS_VIDEO) return false;
	if (!ts_decode_budget_allows(&s->budget, ts_now_ns())) return false;
	if (ts_begins_keyframe(p->codec, p->payload, p->payload_len)) return true;
	return ++s->foreign >= FOREIGN_MAX;
}

int ts_source_follow_codec(struct ts_source *s, const struct ts_packet *packet)
{
	if (packet->codec == s->codec) {
		s->foreign = 0;
		return 0;
	}
	if (s->codec && !may_change_codec(s, packet)) return TS_EAGAIN;
	return open_codec(s, packet->codec);
}

/* ---- units */

void ts_source_note_keyframe(struct ts_source *s)
{
	s->waits_for_keyframe = false;
	atomic_store_explicit(&s->request_keyframe, false, memory_order_relaxed);
}

static bool is_decoded(struct ts_source *s, const struct ts_unit_info *info, int64_t now_ns)
{
	if (!ts_decode_budget_allows(&s->budget, now_ns)) {
		s->waits_for_keyframe = true;
		/* whatever this unit was, it is not decoded */
		ts_depacketizer_lose_references(s->depacketizer);
		return false;
	}
	if (s->unit->flags & AV_PKT_FLAG_KEY) {
		ts_source_note_keyframe(s);
		return true;
	}
	if (!info->broken && !s->waits_for_keyframe) return true;
	if (s->refused && has_changed(s, now_ns)) s->refused = false;
	ts_source_request_keyframe(s);
	return false;
}

void ts_source_finish(struct ts_source *s, const struct ts_decoded *o,
	const struct ts_unit_info *info, int64_t whole_ns)
{
	const struct ts_refusal *why = ts_video_decoder_refusal(s->decoder);
	/* one that fails serves no request: the next ones are to become rare */
	if (s->unit->flags & AV_PKT_FLAG_KEY && (!o->err || o->err == TS_EAGAIN))
		atomic_fetch_add_explicit(&s->stat_keyframes, 1, memory_order_relaxed);
	if (!o->err) {
		s->refused = false;
		if (s->told && o->began_ns > s->told_ns) ts_source_forget_error(s);
		ts_source_show(s, o->picture, info);
	} else if (o->err != TS_EAGAIN && why->kind) {
		be_refused(s, why);
	} else if (o->err != TS_EAGAIN) {
		ts_source_request_keyframe(s);
	}
	ts_source_spend(s, o->cpu_ns, whole_ns);
}

void ts_source_decode(struct ts_source *s, const struct ts_unit_info *info, int64_t whole_ns)
{
	if (!is_decoded(s, info, ts_now_ns())) return;
	const struct ts_decoded o = ts_decoded_of(s->decoder, s->unit);
	ts_source_finish(s, &o, info, whole_ns);
}
