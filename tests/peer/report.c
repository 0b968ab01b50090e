#include "tests/peer/report.h"

#include "tests/media/melody.h"
#include <stdio.h>
#include <string.h>

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

static json_t *tones_of(const struct ts_ears *e)
{
	json_t *tones = json_object();
	char key[16];
	for (int who = 0; who < TS_TONE_PEOPLE; who++) {
		if (!e->heard[who]) continue;
		snprintf(key, sizeof key, "%d", who);
		json_object_set_new(
			tones, key, json_real((double)e->heard[who] / (double)e->frames));
	}
	return tones;
}

static json_t *marks_of(const struct ts_eyes *e)
{
	json_t *marks = json_object();
	char key[16];
	for (int who = 0; who < EYES_WHO_MAX; who++) {
		if (!e->marks[who]) continue;
		snprintf(key, sizeof key, "%d", who);
		json_object_set_new(marks, key,
			json_pack("{s:i, s:f}", "seen", (int)e->marks[who], "worst_still_ms",
				ms(e->worst_still_ns[who])));
	}
	return marks;
}

/* The mean colours of eight columns, taken from their middles in the middle of the newest
 * picture. */
static json_t *columns_of(const AVFrame *f)
{
	json_t *columns = json_array();
	for (int i = 0; f && i < 8; i++) {
		json_t *yuv = json_array();
		for (int p = 0; p < 3; p++) {
			int shift = p != 0, sum = 0;
			int x0 = (f->width * (2 * i + 1) / 16 - 16) >> shift,
			    y0 = (f->height / 2 - 16) >> shift, n = 32 >> shift;
			for (int y = y0; y < y0 + n; y++)
				for (int x = x0; x < x0 + n; x++)
					sum += f->data[p][y * f->linesize[p] + x];
			json_array_append_new(yuv, json_real((double)sum / (n * n)));
		}
		json_array_append_new(columns, yuv);
	}
	return columns;
}

/* [at, age] in ms. */
static json_t *ages_of(const struct ts_lips_age *age, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("[f, f]", ms(age[i].at_ns), ms(age[i].age_ns)));
	return list;
}

static json_t *lips_of(const struct ts_lips *l)
{
	if (l->who < 0) return json_null();
	return json_pack("{s:o, s:o}", "pictures", ages_of(l->picture, l->n_pictures), "sounds",
		ages_of(l->sound, l->n_sounds));
}

/* Times from the API's answer to the first picture of the layout, in ticks; -1: it never came. */
static json_t *moves_of(const struct ts_eyes *e)
{
	json_t *moves = json_array();
	for (size_t i = 0; i < e->n_moves; i++) {
		const struct ts_eyes_move *m = &e->move[i];
		double ticks = m->arrived_ns ? (double)(m->arrived_ns - m->answered_ns) * 30 / 1e9
					     : -1;
		json_array_append_new(moves,
			json_pack("{s:f, s:i, s:i, s:i}", "ticks", ticks, "mixtures", m->mixtures,
				"unclear", m->unclear, "old_again", m->old_again));
	}
	return moves;
}

/* Of each other one who sends a melody: how much of it was heard as it was sent. */
static json_t *melodies_of(
	const struct ts_scenario *sc, const struct ts_peer *listener, const struct ts_ears *e)
{
	json_t *melodies = json_object();
	const struct ts_peer_spec *me = ts_peer_spec(listener);
	for (size_t i = 0; i < sc->n; i++) {
		const struct ts_peer_spec *s = &sc->spec[i];
		if (!s->melody || s->who == me->who || strcmp(s->room, me->room)) continue;
		struct ts_melody_heard heard;
		ts_melody_judge(&heard, (unsigned)s->who, e->present,
			e->frames < EARS_FRAMES_MAX ? e->frames : EARS_FRAMES_MAX);
		char key[16];
		snprintf(key, sizeof key, "%d", s->who);
		json_object_set_new(melodies, key,
			json_pack("{s:i, s:i, s:i}", "frames", (int)heard.frames, "right",
				(int)heard.right, "moves", (int)heard.moves));
	}
	return melodies;
}

static json_t *relay_of(const struct ts_relay_stats *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f}",
		"up", (json_int_t)r->dir[TS_RELAY_UP].in, "up_lost",
		(json_int_t)r->dir[TS_RELAY_UP].lost, "down", (json_int_t)r->dir[TS_RELAY_DOWN].in,
		"down_lost", (json_int_t)r->dir[TS_RELAY_DOWN].lost, "no_room",
		(json_int_t)r->no_room, "latest_ms", ms(r->latest_ns), "up_bytes",
		(json_int_t)r->way[TS_RELAY_UP].bytes_sent, "down_bytes",
		(json_int_t)r->way[TS_RELAY_DOWN].bytes_sent, "up_full",
		(json_int_t)r->dir[TS_RELAY_UP].queue_full, "down_full",
		(json_int_t)r->dir[TS_RELAY_DOWN].queue_full, "up_waited_p95_ms",
		ms(r->way[TS_RELAY_UP].waited_p95_ns), "up_waited_max_ms",
		ms(r->way[TS_RELAY_UP].waited_max_ns), "down_waited_p95_ms",
		ms(r->way[TS_RELAY_DOWN].waited_p95_ns), "down_waited_max_ms",
		ms(r->way[TS_RELAY_DOWN].waited_max_ns));
}

/* When each keyframe came, in ms of the monotonic clock. */
static json_t *key_times_of(const struct ts_eyes *e)
{
	json_t *times = json_array();
	for (size_t i = 0; i < e->keys && i < EYES_KEYS_MAX; i++)
		json_array_append_new(times, json_real(ms(e->key_at_ns[i])));
	return times;
}

/* How many pictures each second had, from the first one on; so that a phase can be judged alone. */
static json_t *seconds_of(const struct ts_eyes *e)
{
	json_t *seconds = json_array();
	for (size_t i = 0; i < e->n_seconds; i++)
		json_array_append_new(seconds,
			json_pack("{s:i, s:i, s:f}", "pictures", (int)e->second[i].pictures,
				"height", (int)e->second[i].height, "gap_ms",
				ms(e->second[i].gap_ns)));
	return seconds;
}

static json_t *video_of(struct ts_eyes *e)
{
	uint32_t ticks = e->units ? (e->last_rtp - e->first_rtp) / 3000 + 1 : 0; /* at 30 fps */
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:i, s:i, s:I, s:I, s:i, s:o, "
		"s:o, s:o, s:{s:i, s:f, s:f, s:f}}",
		"packets", (json_int_t)e->packets, "bytes", (json_int_t)e->bytes, "units",
		(json_int_t)e->units, "ticks", (json_int_t)ticks, "keys", (json_int_t)e->keys,
		"lost", (json_int_t)e->lost, "max_gap_ms", ms(e->max_gap_ns), "freeze_ms",
		ms(e->worst_freeze_ns), "min_key_gap_ms",
		e->min_key_gap_ns == INT64_MAX ? -1.0 : ms(e->min_key_gap_ns), "broken",
		(json_int_t)e->broken, "width", e->width, "height", e->height, "pictures",
		(json_int_t)e->pictures, "wrong", (json_int_t)e->wrong, "worst_wrong_run",
		e->worst_wrong_run, "marks", marks_of(e), "columns", columns_of(e->last), "moves",
		moves_of(e), "delay_ms", "n", (int)e->n_delays, "p50",
		ts_eyes_delay_us(e, 0.5) / 1e3, "p95", ts_eyes_delay_us(e, 0.95) / 1e3, "p99",
		ts_eyes_delay_us(e, 0.99) / 1e3);
}

json_t *ts_report_of(const struct ts_scenario *sc, struct ts_peer *peer)
{
	struct ts_peer_report r;
	ts_peer_report(peer, &r);
	int64_t first_ns = r.eyes->first_picture_ns ? r.eyes->first_picture_ns
						    : r.eyes->first_key_ns;
	json_t *report = json_pack(
		"{s:s, s:i, s:I, s:s?, s:f, s:f, s:f, s:I, s:o, s:{s:I, s:I, s:I, s:f, s:f, s:o, "
		"s:o}}",
		"name", ts_peer_spec(peer)->name, "who", ts_peer_spec(peer)->who, "status",
		(json_int_t)r.http_status, "failure", r.failure, "answer_ms",
		ms(r.answer_ns - r.offer_ns), "connected_ms",
		r.connected_ns ? ms(r.connected_ns - r.offer_ns) : -1.0, "first_picture_ms",
		first_ns ? ms(first_ns - r.offer_ns) : -1.0, "keys_asked_of_us",
		(json_int_t)r.keys_asked_of_us, "video", video_of(r.eyes), "audio", "packets",
		(json_int_t)r.ears->packets, "frames", (json_int_t)r.ears->frames, "concealed",
		(json_int_t)r.ears->concealed, "max_gap_ms", ms(r.ears->max_gap_ns), "click_dbfs",
		r.ears->click.loudest_dbfs, "tones", tones_of(r.ears), "melodies",
		melodies_of(sc, peer, r.ears));
	json_t *video = json_object_get(report, "video");
	json_object_set_new(video, "keys_at_ms", key_times_of(r.eyes));
	json_object_set_new(video, "seconds", seconds_of(r.eyes));
	json_object_set_new(report, "layer_keys_asked",
		json_pack("[I, I, I]", (json_int_t)r.layer_keys[0], (json_int_t)r.layer_keys[1],
			(json_int_t)r.layer_keys[2]));
	json_object_set_new(report, "media_at_ms", json_real(ms(r.media_ns)));
	json_object_set_new(report, "clip_at_ms", json_real(ms(r.clip_ns)));
	json_object_set_new(report, "lips", lips_of(r.lips));
	if (ts_peer_spec(peer)->relayed) json_object_set_new(report, "relay", relay_of(&r.relay));
	return report;
}

void ts_report_snapshot(const struct ts_scenario *sc, struct ts_peer *peer, json_t *out)
{
	struct ts_peer_report r;
	ts_peer_report(peer, &r);
	const AVFrame *f = r.eyes->last;
	FILE *file = f && sc->snapshot && !json_object_get(out, "snapshot")
		? fopen(sc->snapshot, "wb")
		: NULL;
	if (!file) return;
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? f->height / 2 : f->height); y++)
			fwrite(f->data[p] + y * f->linesize[p], 1,
				(size_t)(p ? f->width / 2 : f->width), file);
	fclose(file);
	json_object_set_new(
		out, "snapshot", json_pack("{s:i, s:i}", "width", f->width, "height", f->height));
}
