#include "control/stats/sums.h"
#include <string.h>

#define HOUR_MS INT64_C(3600000)

static const char *const refusals[] = {
#define X(id, name) name,
	TS_REFUSALS(X)
#undef X
};

const char *ts_refused_name(enum ts_refused why)
{
	return refusals[why];
}

enum ts_refused ts_refused_named(const char *name)
{
	for (int i = 0; i < TS_REFUSALS_COUNT; i++)
		if (!strcmp(refusals[i], name)) return (enum ts_refused)i;
	return TS_REFUSED_AS_OTHER;
}

size_t ts_bin_of(double value, size_t n)
{
	if (!(value > 1)) return 0;
	const size_t bin = (size_t)((value - 1) * 2);
	return bin < n ? bin : n - 1;
}

static size_t slot_of(int64_t begins_ms)
{
	return (size_t)(begins_ms / HOUR_MS % TS_SUMS_HOURS);
}

/* The sums of the hour that at_ms is in, emptied when it was that of a day before. */
static struct ts_sums *hour_at(struct ts_tally *tally, int64_t at_ms)
{
	const int64_t begins_ms = at_ms / HOUR_MS * HOUR_MS;
	const size_t i = slot_of(begins_ms);
	if (tally->hour[i].begins_ms != begins_ms) {
		memset(&tally->hour[i], 0, sizeof(tally->hour[i]));
		tally->hour[i].begins_ms = begins_ms;
	}
	return &tally->hour[i].sums;
}

static bool is_deserted(const struct ts_tally *tally)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (tally->here[kind]) return false;
	return true;
}

static uint32_t people(const struct ts_tally *tally)
{
	uint32_t n = 0;
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (ts_kind_is_person((enum ts_kind)kind)) n += tally->here[kind];
	return n;
}

static void note_peak(struct ts_sums *sums, uint32_t n)
{
	if (n > sums->peak) sums->peak = n;
}

static void add_time(struct ts_sums *sums, const struct ts_tally *tally, int64_t ms)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		sums->present_ms[kind] += tally->here[kind] * ms;
}

void ts_tally_init(struct ts_tally *tally, int64_t now_ms)
{
	memset(tally, 0, sizeof(*tally));
	tally->since_ms = tally->counted_ms = now_ms;
}

void ts_tally_run(struct ts_tally *tally, int64_t now_ms)
{
	const int64_t all_ms = now_ms - tally->counted_ms;
	if (all_ms <= 0 || is_deserted(tally)) {
		tally->counted_ms = now_ms; /* below 0: the clock was set */
		return;
	}
	add_time(&tally->all, tally, all_ms);
	/* hours that are forgotten anyhow are not walked */
	const int64_t oldest_ms = now_ms / HOUR_MS * HOUR_MS - (TS_SUMS_HOURS - 1) * HOUR_MS;
	int64_t at_ms = tally->counted_ms > oldest_ms ? tally->counted_ms : oldest_ms;
	while (at_ms < now_ms) {
		const int64_t next_ms = (at_ms / HOUR_MS + 1) * HOUR_MS,
			      end_ms = next_ms < now_ms ? next_ms : now_ms;
		struct ts_sums *hour = hour_at(tally, at_ms);
		add_time(hour, tally, end_ms - at_ms);
		note_peak(hour, people(tally));
		at_ms = end_ms;
	}
	tally->counted_ms = now_ms;
}

/* Both sums that something of now belongs to. */
#define ADD(tally, now_ms, field, n)                  \
	do {                                          \
		hour_at(tally, now_ms)->field += (n); \
		(tally)->all.field += (n);            \
	} while (0)

void ts_tally_came(struct ts_tally *tally, enum ts_kind kind, bool anew, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	tally->here[kind]++;
	if (anew) ADD(tally, now_ms, joined[kind], 1);
	note_peak(&tally->all, people(tally));
	note_peak(hour_at(tally, now_ms), people(tally));
}

void ts_tally_left(struct ts_tally *tally, enum ts_kind kind, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	if (tally->here[kind]) tally->here[kind]--;
}

void ts_tally_refused(struct ts_tally *tally, enum ts_refused why, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	ADD(tally, now_ms, refused[why], 1);
}

void ts_tally_call(struct ts_tally *tally, bool out, bool answered, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	if (out)
		ADD(tally, now_ms, calls_out, 1);
	else
		ADD(tally, now_ms, calls_in, 1);
	if (answered) ADD(tally, now_ms, calls_answered, 1);
}

void ts_tally_meeting(struct ts_tally *tally, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	ADD(tally, now_ms, meetings, 1);
}

static void add_media(struct ts_sums *sums, const struct ts_media_summary *m)
{
	sums->codec_in[m->in] += m->in != TS_CODEC_NONE;
	sums->codec_out[m->out] += m->out != TS_CODEC_NONE;
	sums->bytes_in += m->bytes_in;
	sums->bytes_out += m->bytes_out;
	if (m->mos_in > 0) sums->mos_in[ts_bin_of(m->mos_in, TS_MOS_BINS)]++;
	if (m->mos_out > 0) sums->mos_out[ts_bin_of(m->mos_out, TS_MOS_BINS)]++;
	if (m->score_in > 0) sums->picture_in[ts_bin_of(m->score_in, TS_PICTURE_BINS)]++;
	if (m->score_out > 0) sums->picture_out[ts_bin_of(m->score_out, TS_PICTURE_BINS)]++;
}

void ts_tally_media(struct ts_tally *tally, const struct ts_summary *media, int64_t now_ms)
{
	ts_tally_run(tally, now_ms);
	struct ts_sums *const both[] = {&tally->all, hour_at(tally, now_ms)};
	for (size_t i = 0; i < 2; i++) {
		add_media(both[i], &media->audio);
		add_media(both[i], &media->video);
	}
}

const struct ts_sums *ts_tally_hour(const struct ts_tally *tally, size_t ago, int64_t *begins_ms)
{
	*begins_ms = tally->counted_ms / HOUR_MS * HOUR_MS - (int64_t)ago * HOUR_MS;
	const size_t i = slot_of(*begins_ms);
	return tally->hour[i].begins_ms == *begins_ms ? &tally->hour[i].sums : NULL;
}
