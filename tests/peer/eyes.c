#include "tests/peer/eyes.h"

#include "base/clock.h"
#include "base/error.h"
#include "tests/media/mark.h"
#include <stdlib.h>
#include <string.h>

static atomic_int_fast64_t sent_ns[256][1 << 12];

void ts_eyes_sent(uint8_t who, uint16_t frame, int64_t now_ns)
{
	atomic_store(&sent_ns[who][frame & 0xfff], now_ns);
}

int ts_eyes_init(struct ts_eyes *e, bool decode)
{
	*e = (struct ts_eyes){.decode = decode, .min_key_gap_ns = INT64_MAX};
	pthread_mutex_init(&e->lock, NULL);
	for (int i = 0; i < EYES_WHO_MAX; i++) e->last_mark[i] = -1;
	e->unit = av_packet_alloc();
	return e->unit ? 0 : TS_ENOMEM;
}

void ts_eyes_fini(struct ts_eyes *e)
{
	ts_depacketizer_destroy(&e->depacketizer);
	ts_video_decoder_close(&e->decoder);
	av_packet_free(&e->unit);
	av_frame_free(&e->last);
	if (e->film) fclose(e->film);
	pthread_mutex_destroy(&e->lock);
}

void ts_eyes_set_tiles(
	struct ts_eyes *e, const struct ts_eyes_tile *tiles, size_t n, int canvas_w, int canvas_h)
{
	pthread_mutex_lock(&e->lock);
	memcpy(e->tile, tiles, n * sizeof *tiles);
	e->n_tiles = n;
	e->canvas_w = canvas_w;
	e->canvas_h = canvas_h;
	pthread_mutex_unlock(&e->lock);
}

void ts_eyes_move(
	struct ts_eyes *e, const struct ts_eyes_tile *tiles, size_t n, int64_t answered_ns)
{
	pthread_mutex_lock(&e->lock);
	memcpy(e->old_tile, e->tile, e->n_tiles * sizeof *tiles);
	e->n_old_tiles = e->n_tiles;
	memcpy(e->tile, tiles, n * sizeof *tiles);
	e->n_tiles = n;
	if (e->n_moves < EYES_MOVES_MAX)
		e->move[e->n_moves++] = (struct ts_eyes_move){.answered_ns = answered_ns};
	pthread_mutex_unlock(&e->lock);
}

void ts_eyes_look_away(struct ts_eyes *e)
{
	pthread_mutex_lock(&e->lock);
	e->n_tiles = 0;
	pthread_mutex_unlock(&e->lock);
}

static struct ts_rect scaled(
	const struct ts_eyes *e, const struct ts_rect *r, const AVFrame *picture)
{
	return (struct ts_rect){r->x * picture->width / e->canvas_w & ~1,
		r->y * picture->height / e->canvas_h & ~1, r->w * picture->width / e->canvas_w & ~1,
		r->h * picture->height / e->canvas_h & ~1};
}

static void saw(struct ts_eyes *e, const struct ts_mark *mark, int64_t arrival_ns)
{
	int who = mark->who % EYES_WHO_MAX;
	e->marks[who]++;
	if (e->lips) ts_lips_saw(e->lips, mark->who, mark->frame, e->capture_ns);
	if (e->last_mark[who] == mark->frame) return;
	int64_t now_ns = e->last_picture_ns;
	if (e->mark_ns[who] && now_ns - e->mark_ns[who] > e->worst_still_ns[who])
		e->worst_still_ns[who] = now_ns - e->mark_ns[who];
	e->mark_ns[who] = now_ns;
	int64_t delay_ns = arrival_ns - atomic_load(&sent_ns[mark->who][mark->frame & 0xfff]);
	if (e->last_mark[who] >= 0 && delay_ns > 0 && delay_ns < 2 * TS_NS_PER_S &&
		e->n_delays < EYES_DELAYS_MAX)
		e->delay_us[e->n_delays++] = (int32_t)(delay_ns / TS_NS_PER_US);
	e->last_mark[who] = mark->frame;
}

/* each mark is the right one | none is wrong, some cannot be read | one is wrong */
enum fits { ALL, SOME, WRONG };

static enum fits compare(
	const struct ts_eyes *e, const AVFrame *picture, const struct ts_eyes_tile *tile, size_t n)
{
	enum fits fits = ALL;
	for (size_t i = 0; i < n && fits != WRONG; i++) {
		struct ts_rect rect = scaled(e, &tile[i].rect, picture);
		struct ts_mark mark;
		if (tile[i].who < 0) continue;
		if (ts_mark_read(&mark, picture, &rect))
			fits = SOME;
		else if (mark.who != tile[i].who)
			fits = WRONG;
	}
	return fits;
}

static void follow_move(struct ts_eyes *e, const AVFrame *picture, int64_t arrival_ns)
{
	struct ts_eyes_move *m = e->n_moves ? &e->move[e->n_moves - 1] : NULL;
	if (!m || !e->n_tiles) return;
	enum fits is_new = compare(e, picture, e->tile, e->n_tiles);
	enum fits is_old = compare(e, picture, e->old_tile, e->n_old_tiles);
	if (is_new == ALL && !m->arrived_ns) m->arrived_ns = arrival_ns;
	if (is_new == WRONG && is_old == ALL)
		m->old_again += m->arrived_ns != 0;
	else if (is_new == WRONG && is_old == WRONG)
		m->mixtures++;
	else if (is_new != ALL && is_old != ALL)
		m->unclear++;
}

static void look(struct ts_eyes *e, const AVFrame *picture, int64_t arrival_ns)
{
	pthread_mutex_lock(&e->lock);
	follow_move(e, picture, arrival_ns);
	for (size_t i = 0; i < e->n_tiles; i++) {
		struct ts_rect rect = scaled(e, &e->tile[i].rect, picture);
		struct ts_mark mark;
		if (ts_mark_read(&mark, picture, &rect)) continue;
		saw(e, &mark, arrival_ns);
		bool wrong = mark.who != e->tile[i].who;
		e->wrong += wrong;
		e->wrong_run[i] = wrong ? e->wrong_run[i] + 1 : 0;
		if (e->wrong_run[i] > e->worst_wrong_run) e->worst_wrong_run = e->wrong_run[i];
	}
	pthread_mutex_unlock(&e->lock);
}

static void note_second(struct ts_eyes *e, const AVFrame *picture, int64_t now_ns, int64_t gap_ns)
{
	const size_t i = (size_t)((now_ns - e->first_picture_ns) / TS_NS_PER_S);
	if (i >= EYES_SECONDS_MAX) return;
	if (i >= e->n_seconds) e->n_seconds = i + 1;
	struct ts_eyes_second *second = &e->second[i];
	second->pictures++;
	second->height = (uint16_t)picture->height;
	if (gap_ns > second->gap_ns) second->gap_ns = gap_ns;
}

static void decode(struct ts_eyes *e, const struct ts_unit_info *info)
{
	AVFrame *picture = NULL;
	int err = ts_video_decode(e->decoder, e->unit, &picture);
	if (err) {
		if (err != TS_EAGAIN) e->decode_errors++;
		e->wants_keyframe |= err != TS_EAGAIN;
		return;
	}
	int64_t now_ns = ts_now_ns();
	const int64_t gap_ns = e->pictures++ ? now_ns - e->last_picture_ns : 0;
	if (gap_ns > e->worst_freeze_ns) e->worst_freeze_ns = gap_ns;
	e->last_picture_ns = now_ns;
	e->width = picture->width;
	e->height = picture->height;
	if (!e->first_picture_ns) e->first_picture_ns = now_ns;
	note_second(e, picture, now_ns, gap_ns);
	e->capture_ns = info->capture_ns;
	look(e, picture, info->arrival_ns);
	ts_film_add(e->film, picture, info->arrival_ns, info->timestamp_rtp);
	av_frame_free(&e->last);
	e->last = picture;
}

static void unit(struct ts_eyes *e, const struct ts_unit_info *info)
{
	bool key = e->unit->flags & AV_PKT_FLAG_KEY;
	if (e->units++ == 0) e->first_rtp = info->timestamp_rtp;
	e->last_rtp = info->timestamp_rtp;
	if (e->last_arrival_ns && info->arrival_ns - e->last_arrival_ns > e->max_gap_ns)
		e->max_gap_ns = info->arrival_ns - e->last_arrival_ns;
	e->last_arrival_ns = info->arrival_ns;
	if (key) {
		if (e->keys < EYES_KEYS_MAX) e->key_at_ns[e->keys] = info->arrival_ns;
		e->keys++;
		if (!e->first_key_ns) e->first_key_ns = info->arrival_ns;
		/* by both clocks: neither what held up an encoder nor what held up this peer makes
		 * a gap shorter than it was meant */
		int64_t gap_ns = (uint32_t)(info->timestamp_rtp - e->last_key_rtp) * TS_NS_PER_S /
			90000;
		if (info->arrival_ns - e->last_key_ns > gap_ns)
			gap_ns = info->arrival_ns - e->last_key_ns;
		if (e->keys > 1 && gap_ns < e->min_key_gap_ns) e->min_key_gap_ns = gap_ns;
		e->last_key_rtp = info->timestamp_rtp;
		e->last_key_ns = info->arrival_ns;
	}
	if (key) {
		e->wants_keyframe = false;
	} else if (info->broken || e->wants_keyframe) {
		e->broken++;
		e->wants_keyframe = true;
		return;
	}
	if (e->decode) decode(e, info);
}

void ts_eyes_packet(struct ts_eyes *e, const struct ts_packet *p)
{
	e->packets++;
	e->bytes += p->len;
	e->lost += p->gap;
	if (p->codec != e->codec) {
		ts_depacketizer_destroy(&e->depacketizer);
		ts_video_decoder_close(&e->decoder);
		e->codec = p->codec;
		if (ts_depacketizer_create(&e->depacketizer, e->codec) ||
			ts_video_decoder_open(&e->decoder, e->codec))
			abort();
	}
	ts_depacketizer_push(e->depacketizer, p);
	struct ts_unit_info info;
	while (ts_depacketizer_pull(e->depacketizer, e->unit, &info) == 0) {
		unit(e, &info);
		av_packet_unref(e->unit);
	}
}

static int ascending(const void *a, const void *b)
{
	return (*(const int32_t *)a > *(const int32_t *)b) -
		(*(const int32_t *)a < *(const int32_t *)b);
}

int ts_eyes_delay_us(struct ts_eyes *e, double quantile)
{
	if (!e->n_delays) return -1;
	qsort(e->delay_us, e->n_delays, sizeof e->delay_us[0], ascending);
	return e->delay_us[(size_t)(quantile * (double)(e->n_delays - 1))];
}
