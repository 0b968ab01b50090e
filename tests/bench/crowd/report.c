#include "tests/bench/crowd/report.h"

#include "base/clock.h"

enum { RTP_PER_PICTURE = TS_VIDEO_CLOCK_HZ / 30 };

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

static double since_offer(const struct ts_light_report *r, int64_t ns)
{
	return ns ? ms(ns - r->offer_ns) : -1;
}

/* ticks: mixed pictures that the timestamps of what came span. */
static json_t *stream_of(const struct ts_meter *m, bool video)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:f}", "packets", (json_int_t)m->packets,
		"bytes", (json_int_t)m->bytes, "lost", (json_int_t)m->lost, "units",
		(json_int_t)m->units, "ticks",
		(json_int_t)(video ? (m->span_rtp + RTP_PER_PICTURE / 2) / RTP_PER_PICTURE
				   : m->units),
		"max_gap_ms", ms(m->max_gap_ns));
}

static json_t *light_of(const struct ts_light *light)
{
	struct ts_light_report r;
	ts_light_report(light, &r);
	json_t *delays = json_array();
	for (size_t i = 0; i < r.n_delays; i++)
		json_array_append_new(delays, json_real(ms(r.delay_ns[i])));
	return json_pack(
		"{s:s, s:s, s:i, s:s?, s:b, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
		"name", r.spec->name, "room", r.spec->room, "status", (int)r.http_status, "failure",
		r.failure, "watch", r.spec->watch, "answer_ms", since_offer(&r, r.answer_ns),
		"connected_ms", since_offer(&r, r.connected_ns), "first_picture_ms",
		since_offer(&r, r.first_key_ns), "keys_asked", (json_int_t)r.keys_asked, "nacks",
		(json_int_t)r.nacks, "repairs", (json_int_t)r.repairs, "units_sent",
		(json_int_t)r.units_sent, "video", stream_of(r.video, true), "audio",
		stream_of(r.audio, false), "audio_delays_ms", delays);
}

static json_t *sample_of(struct ts_eyes *e)
{
	json_t *marks = json_object();
	char key[16];
	for (int who = 0; who < EYES_WHO_MAX; who++) {
		if (!e->marks[who]) continue;
		snprintf(key, sizeof key, "%d", who);
		json_object_set_new(marks, key, json_integer((json_int_t)e->marks[who]));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:f, s:o, s:{s:i, s:f, s:f, s:f}}", "units",
		(json_int_t)e->units, "pictures", (json_int_t)e->pictures, "lost",
		(json_int_t)e->lost, "wrong", (json_int_t)e->wrong, "max_gap_ms", ms(e->max_gap_ns),
		"marks", marks, "delay_ms", "n", (int)e->n_delays, "p50",
		ts_eyes_delay_us(e, 0.5) / 1e3, "p95", ts_eyes_delay_us(e, 0.95) / 1e3, "p99",
		ts_eyes_delay_us(e, 0.99) / 1e3);
}

json_t *ts_crowd_report(
	struct ts_crowd *crowd, struct ts_light *const *light, size_t n, struct ts_samples *samples)
{
	struct ts_crowd_stats s;
	json_t *people = json_array(), *looks = json_array();
	ts_crowd_stats(crowd, &s);
	for (size_t i = 0; i < n; i++)
		if (light[i]) json_array_append_new(people, light_of(light[i]));
	for (size_t i = 0; i < ts_samples_count(samples); i++)
		json_array_append_new(looks, sample_of(ts_samples_eyes(samples, i)));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "received",
		(json_int_t)s.received, "strays", (json_int_t)s.strays, "overflowed",
		(json_int_t)s.overflowed, "sent", (json_int_t)s.sent, "send_failed",
		(json_int_t)s.send_failed, "late_ticks", (json_int_t)s.late_ticks, "people", people,
		"samples", looks);
}
