#include "mixer/sink/cutter.h"

#include "base/error.h"
#include "container/fmp4.h"
#include "container/playlist.h"
#include "mixer/sink/aac.h"
#include "mixer/sink/keyframe.h"
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
/* 85 % of what a part may take (rfc8216bis 4.4.3.7): the first picture from then on ends it */
#define PART_MIN_NS (TS_PLAYLIST_PART_NS * 85 / 100)
/* No keyframe comes in a period, its budget was spent before: its segment begins anyhow */
#define PERIOD_LATE_NS (NS_PER_S * 6 / 10)
/* What still rounds to TS_PLAYLIST_TARGET_S, and where another picture might not fit any more */
#define SEGMENT_MOST_NS (TS_PLAYLIST_TARGET_S * NS_PER_S + 490000000)
#define SEGMENT_FULL_NS (TS_PLAYLIST_TARGET_S * NS_PER_S + 450000000)
#define GAP_NS NS_PER_S
/* Of pictures that come so rarely each is a segment. */
#define PICTURE_MOST_NS (TS_PLAYLIST_TARGET_S * NS_PER_S)
enum { SAMPLES = 256, AAC_TICKS = 1024, TICKS_PER_MS = TS_FMP4_AUDIO_HZ / 1000 };

/* What waits to be in a part, one behind the other. */
struct pending {
	uint8_t *bytes;
	size_t len, cap, n;
	struct ts_fmp4_sample sample[SAMPLES];
	int64_t tick[SAMPLES];
};

struct ts_cutter {
	void (*emit)(void *arg, struct ts_cut_part *part);
	void *arg;
	struct pending video, audio;
	bool stereo;
	struct ts_track track; /* of the pictures that wait */
	bool has_track;
	struct ts_blob *init; /* not told yet */
	char name[TS_AVCC_NAME_MAX];
	struct ts_tap_keys grid;
	int64_t zero_ns;                      /* the grid's, where ticks are counted from */
	int64_t period;                       /* of the segment */
	bool came;                            /* any picture */
	int64_t last_ns, last_duration_ns;    /* the newest picture */
	int64_t time_ns, part_ns, segment_ns; /* begin of the part: really, and as told */
	int64_t sound_end;                    /* tick behind the newest sound */
	bool begins, discontinuity, independent;
	uint32_t fragments;
};

void ts_cut_part_free(struct ts_cut_part *part)
{
	if (!part) return;
	ts_blob_unref(&part->bytes);
	ts_blob_unref(&part->init);
	free(part);
}

int ts_cutter_create(struct ts_cutter **out, const struct ts_tap_keys *grid, bool stereo,
	void (*emit)(void *arg, struct ts_cut_part *part), void *arg)
{
	struct ts_cutter *c = calloc(1, sizeof *c);
	if (!c) return TS_ENOMEM;
	c->emit = emit;
	c->arg = arg;
	c->begins = true;
	c->stereo = stereo;
	c->grid = *grid;
	c->zero_ns = grid->grid_ns;
	*out = c;
	return 0;
}

void ts_cutter_destroy(struct ts_cutter **cutter)
{
	struct ts_cutter *c = *cutter;
	*cutter = NULL;
	if (!c) return;
	ts_blob_unref(&c->init);
	free(c->video.bytes);
	free(c->audio.bytes);
	free(c);
}

/* ---- what waits */

/* Room for so many bytes more; NULL: out of memory. */
static uint8_t *room_for(struct pending *p, size_t len)
{
	if (p->len + len > p->cap) {
		const size_t cap = 2 * (p->len + len);
		uint8_t *bytes = realloc(p->bytes, cap);
		if (!bytes) return NULL;
		p->bytes = bytes;
		p->cap = cap;
	}
	return p->bytes + p->len;
}

static void add(struct pending *p, size_t len, bool key, int64_t tick)
{
	p->sample[p->n] = (struct ts_fmp4_sample){.len = (uint32_t)len, .key = key};
	p->tick[p->n++] = tick;
	p->len += len;
}

/* The first n are gone. */
static void shift(struct pending *p, size_t n)
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++) len += p->sample[i].len;
	p->n -= n;
	p->len -= len;
	if (p->len) memmove(p->bytes, p->bytes + len, p->len);
	memmove(p->sample, p->sample + n, p->n * sizeof p->sample[0]);
	memmove(p->tick, p->tick + n, p->n * sizeof p->tick[0]);
}

/* Each lasts until the next, the last of them until `end`. */
static struct ts_fmp4_run run_of(struct pending *p, size_t n, int64_t end)
{
	for (size_t i = 0; i < n; i++) {
		const int64_t until = i + 1 < n ? p->tick[i + 1] : end;
		p->sample[i].duration = (uint32_t)(until - p->tick[i]);
	}
	return (struct ts_fmp4_run){.time = n ? (uint64_t)p->tick[0] : 0,
		.sample = p->sample,
		.n = n,
		.bytes = p->bytes};
}

static int64_t video_tick(const struct ts_cutter *c, int64_t ns)
{
	return (ns - c->zero_ns) * 9 / 100000;
}

static int64_t audio_tick(const struct ts_cutter *c, int64_t ns)
{
	return ((ns - c->zero_ns) * 6 + 62500) / 125000;
}

/* ---- parts */

static void fill(
	struct ts_cutter *c, struct ts_cut_part *part, int64_t until_ns, int64_t told_ns, bool ends)
{
	part->begins = c->begins;
	part->period = c->period;
	part->ends = ends;
	part->discontinuity = c->discontinuity;
	part->independent = c->independent;
	part->time_ns = c->time_ns;
	part->duration_ns = until_ns - c->time_ns;
	part->told_ns = told_ns;
	if (!c->init) return;
	part->init = c->init;
	c->init = NULL;
	memcpy(part->video, c->name, sizeof part->video);
	part->width = c->track.width;
	part->height = c->track.height;
	part->fps = c->track.fps;
}

/* The first pictures that wait become a part that ends at `until`; with it its segment, or not.
 * False: out of memory. */
static bool cut_first(
	struct ts_cutter *c, size_t pictures, int64_t until_ns, int64_t told_ns, bool ends)
{
	const int64_t end = video_tick(c, until_ns), sound_end = audio_tick(c, until_ns);
	size_t n = 0;
	while (n < c->audio.n && c->audio.tick[n] < sound_end) n++;
	const struct ts_fmp4_run video = run_of(&c->video, pictures, end);
	const struct ts_fmp4_run audio = run_of(
		&c->audio, n, n ? c->audio.tick[n - 1] + AAC_TICKS : 0);
	struct ts_cut_part *part = calloc(1, sizeof *part);
	if (part) part->bytes = ts_fmp4_fragment(++c->fragments, &video, &audio);
	shift(&c->video, pictures);
	shift(&c->audio, n);
	if (!part || !part->bytes) {
		/* a part that is lost takes its segment with it */
		ts_cut_part_free(part);
		c->begins = c->discontinuity = true;
		c->part_ns = until_ns;
		return false;
	}
	fill(c, part, until_ns, told_ns, ends);
	c->part_ns += told_ns;
	c->begins = ends;
	c->discontinuity = false;
	c->emit(c->arg, part);
	return true;
}

/* All that waits. Where pictures did not come, or came late, more time is to be told at the end of
 * a segment than one part may take: the last pictures are parts of their own then. */
static void cut(struct ts_cutter *c, int64_t until_ns, bool ends)
{
	int64_t told_ns = until_ns - c->part_ns;
	size_t more = ends ? (size_t)((told_ns - 1) / TS_PLAYLIST_PART_NS) : 0;
	if (more >= c->video.n) more = c->video.n - 1;
	for (size_t pictures = c->video.n - more; more > 0; more--, pictures = 1) {
		const int64_t tick = c->video.tick[pictures];
		const bool key = c->video.sample[pictures].key;
		const int64_t next_ns = c->zero_ns + (tick * 100000 + 8) / 9;
		if (!cut_first(c, pictures, next_ns, TS_PLAYLIST_PART_NS, false)) {
			shift(&c->video, c->video.n); /* of a segment that is not there */
			return;
		}
		c->time_ns = next_ns;
		c->independent = key;
	}
	told_ns = until_ns - c->part_ns;
	if (told_ns > TS_PLAYLIST_PART_NS) told_ns = TS_PLAYLIST_PART_NS;
	cut_first(c, c->video.n, until_ns, told_ns, ends);
}

int64_t ts_cutter_gap_ns(const struct ts_cutter *c)
{
	return 3 * c->last_duration_ns > GAP_NS ? 3 * c->last_duration_ns : GAP_NS;
}

void ts_cutter_flush(struct ts_cutter *c)
{
	if (!c->video.n) return;
	cut(c, c->last_ns + c->last_duration_ns, true);
	c->discontinuity = true;
}

/* ---- what comes */

static bool take_track(struct ts_cutter *c, const struct ts_track *track)
{
	uint8_t record[TS_EXTRADATA_MAX + 16];
	const size_t len = ts_avcc_record(
		record, sizeof record, track->extradata, track->extradata_len);
	struct ts_track sound;
	ts_aac_track(&sound, c->stereo);
	const struct ts_fmp4_tracks tracks = {.width = track->width,
		.height = track->height,
		.avcc = record,
		.avcc_len = len,
		.aac = sound.extradata,
		.aac_len = sound.extradata_len};
	struct ts_blob *init = len ? ts_fmp4_init(&tracks) : NULL;
	if (!init) return false;
	ts_blob_unref(&c->init);
	c->init = init;
	ts_avcc_name(c->name, record);
	c->discontinuity = c->has_track;
	c->has_track = true;
	c->track = *track;
	return true;
}

/* Ends what cannot take a picture of that time any more. */
static void make_way(struct ts_cutter *c, int64_t time_ns, bool key)
{
	if (!c->video.n) return;
	const int64_t step_ns = time_ns - c->last_ns, segment_ns = time_ns - c->segment_ns;
	const int64_t next_ns = step_ns > c->last_duration_ns ? step_ns : c->last_duration_ns;
	const int64_t period = ts_tap_period(&c->grid, time_ns);
	const int64_t since_ns = time_ns - c->zero_ns - period * c->grid.every_ns;
	const bool due = period != c->period && (key || since_ns >= PERIOD_LATE_NS);
	if (step_ns >= ts_cutter_gap_ns(c) || segment_ns > SEGMENT_MOST_NS)
		ts_cutter_flush(c);
	else if (due || segment_ns + next_ns > SEGMENT_FULL_NS)
		cut(c, time_ns, true);
	else if (time_ns - c->part_ns >= PART_MIN_NS || c->video.n == SAMPLES)
		cut(c, time_ns, false);
}

static void begin_part(struct ts_cutter *c, int64_t time_ns, bool key)
{
	c->time_ns = time_ns;
	c->independent = key;
	if (!c->begins) return;
	c->part_ns = c->segment_ns = time_ns;
	c->period = ts_tap_period(&c->grid, time_ns);
	/* sound from before a long pause would begin far before the pictures */
	size_t n = 0;
	while (n < c->audio.n && c->audio.tick[n] < audio_tick(c, time_ns - GAP_NS)) n++;
	if (n) shift(&c->audio, n);
}

void ts_cutter_video(
	struct ts_cutter *c, const struct ts_cut_unit *unit, const struct ts_track *track)
{
	int64_t time_ns = unit->time_ns;
	if (time_ns < c->zero_ns && !c->came) return;
	if (!c->has_track || (unit->key && !ts_keyframe_same(&c->track, track))) {
		if (!unit->key) return;
		if (c->has_track) ts_cutter_flush(c);
		if (!take_track(c, track)) return;
	}
	c->came = true;
	/* of another output, whose clock is the same, but which took longer */
	if (time_ns <= c->last_ns) time_ns = c->last_ns + NS_PER_S / 10000;
	make_way(c, time_ns, unit->key);
	if (!c->video.n) begin_part(c, time_ns, unit->key);
	uint8_t *out = room_for(&c->video, ts_avcc_bound(unit->len));
	const size_t len = out ? ts_avcc_write(out, unit->bytes, unit->len) : 0;
	if (!len) return;
	add(&c->video, len, unit->key, video_tick(c, time_ns));
	c->last_ns = time_ns;
	c->last_duration_ns = unit->duration_ns < PICTURE_MOST_NS ? unit->duration_ns
								  : PICTURE_MOST_NS;
}

void ts_cutter_audio(struct ts_cutter *c, const struct ts_cut_unit *unit)
{
	if (!c->came || unit->time_ns < c->zero_ns) return;
	int64_t tick = audio_tick(c, unit->time_ns);
	/* times are of ns, and sound is counted in samples */
	if (llabs(tick - c->sound_end) <= TICKS_PER_MS) tick = c->sound_end;
	if (tick < c->sound_end) return;
	if (c->audio.n == SAMPLES) shift(&c->audio, 1);
	uint8_t *out = room_for(&c->audio, unit->len);
	if (!out) return;
	memcpy(out, unit->bytes, unit->len);
	add(&c->audio, unit->len, true, tick);
	c->sound_end = tick + AAC_TICKS;
}
