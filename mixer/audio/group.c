#include "mixer/audio/group.h"

#include <limits.h>

enum {
	IN_A_ROW = 2,
	USUAL_BPS = 32000,
	WIDE_BPS = 64000, /* music, or voices in two channels */
	MUSIC_BPS = 96000,
	NARROW_BPS = 16000,
	NARROW_WIDE_BPS = 32000,
	NARROW_UNDER_BPS = 100000,
	WIDE_FROM_BPS = 150000,
	USUAL_FEC_PERCENT = 5,
	USUAL_FRAME_MS = 20,
	/* of the groups of Opus: for the usual bitrate and length, whatever others come with */
	USUAL_GROUPS = 3,
};
#define CALM_NS (30 * TS_NS_PER_S)
#define TIGHT_NS TS_NS_PER_S
#define WIDE_NS (10 * TS_NS_PER_S)

/* Per mille: at which loss a way becomes one worse, under which it becomes so again. */
static const uint16_t enters[] = {30, 80}, leaves[] = {10, 40};

void ts_audio_limits_read(struct ts_audio_limits *out, const struct ts_media_config *audio)
{
	*out = (struct ts_audio_limits){.codec = TS_CODEC_NONE};
	if (!audio || !audio->send) return;
	out->codec = audio->send_codec;
	out->max_bps = audio->max_audio_bps;
	out->ptime_ms = audio->ptime_ms;
	out->maxptime_ms = audio->maxptime_ms;
	out->fec = audio->peer_fec;
	out->dtx = audio->peer_dtx;
	out->red = audio->send_red_pt != 0;
	out->stereo = audio->peer_stereo;
}

/* ---- the way: loss */

static void set_loss(struct ts_audio_way *way, uint8_t loss)
{
	way->loss = loss;
	for (int medium = 0; medium < TS_AUDIO_WAY_MEDIA; medium++)
		way->above[medium][0] = way->above[medium][1] = 0;
	way->calm_ns = 0;
}

/* Each medium is counted by itself: one burst is in the reports of both, which is no second sign.
 * Picture and sound go the same way, so either may raise the loss, and both must be calm. */
static void follow_loss(struct ts_audio_way *way, int medium, uint16_t permille, int64_t now_ns)
{
	uint8_t *above = way->above[medium];
	for (int i = 0; i < 2; i++)
		above[i] = permille < enters[i] ? 0
			: above[i] < IN_A_ROW   ? (uint8_t)(above[i] + 1)
						: IN_A_ROW;
	for (uint8_t loss = 2; loss > way->loss; loss--) {
		if (above[loss - 1] < IN_A_ROW) continue;
		set_loss(way, loss);
		return;
	}
	if (!way->loss || permille >= leaves[way->loss - 1])
		way->calm_ns = 0;
	else if (!way->calm_ns)
		way->calm_ns = now_ns;
	else if (now_ns - way->calm_ns >= CALM_NS)
		set_loss(way, way->loss - 1);
}

/* ---- the way: bandwidth */

/* What it takes of all that is sent, where something says so. An estimate that could not show more
 * says nothing; nor does a REMB, which never exceeds what was sent by much, unless it is below
 * that. */
static uint32_t takes_bps(const struct ts_network *n)
{
	uint32_t bps = n->estimate_bps && !n->app_limited ? n->estimate_bps : UINT32_MAX;
	return n->peer_bps && n->peer_bps < n->sent_bps && n->peer_bps < bps ? n->peer_bps : bps;
}

/* With so many redundant frames, and a quarter more, as no estimate is exact. */
static uint32_t needs_bps(const struct ts_audio_limits *limits, uint8_t red)
{
	const struct ts_audio_way good = {0};
	struct ts_audio_profile profile;
	struct ts_audio_delivery delivery;
	ts_audio_choose(&profile, &delivery, limits, &good);
	delivery.red = red;
	return ts_audio_cost_bps(&profile, &delivery) / 4 * 5;
}

static uint8_t red_that_fits(const struct ts_audio_limits *limits, const struct ts_network *n)
{
	uint8_t red = TS_AUDIO_RED_MAX;
	while (red && needs_bps(limits, red) > takes_bps(n)) red--;
	return red;
}

/* For at least so long, or not at all: when it began. */
static bool lasts(int64_t *since_ns, bool is, int64_t at_least_ns, int64_t now_ns)
{
	if (!is)
		*since_ns = 0;
	else if (!*since_ns)
		*since_ns = now_ns;
	return is && now_ns - *since_ns >= at_least_ns;
}

/* Less at once where a copy more has just become due: what is lost by congestion must not bring
 * more of it. */
static void follow_red(struct ts_audio_way *way, const struct ts_audio_limits *limits,
	const struct ts_network *n, bool loss_rose, int64_t now_ns)
{
	const uint8_t fits = red_that_fits(limits, n), has = TS_AUDIO_RED_MAX - way->no_red;
	const bool less = lasts(&way->dear_ns, fits < has, TIGHT_NS, now_ns),
		   more = lasts(&way->cheap_ns, fits > has, WIDE_NS, now_ns);
	if (less || (loss_rose && fits < has)) {
		way->no_red = TS_AUDIO_RED_MAX - fits;
		way->dear_ns = 0;
	} else if (more) {
		way->no_red--;
		way->cheap_ns = 0;
	}
}

/* Of an estimate that could not show more, what is known to pass counts. */
static bool is_wide(const struct ts_audio_way *way, const struct ts_audio_limits *limits,
	const struct ts_network *n)
{
	const uint8_t most = TS_AUDIO_RED_MAX - way->no_red;
	const uint32_t needs = needs_bps(limits, way->loss < most ? way->loss : most),
		       from = needs > WIDE_FROM_BPS ? needs : WIDE_FROM_BPS;
	const bool estimate = !n->estimate_bps || n->estimate_bps >= from ||
		(n->app_limited && n->estimate_bps >= needs / 5 * 4);
	return estimate &&
		(!n->peer_bps || n->peer_bps >= from ||
			n->peer_bps - n->peer_bps / 5 >= n->sent_bps);
}

static void follow_bandwidth(struct ts_audio_way *way, const struct ts_audio_limits *limits,
	const struct ts_network *n, int64_t now_ns)
{
	const uint32_t plain = needs_bps(limits, 0) / 5 * 4,
		       under = plain > NARROW_UNDER_BPS ? plain : NARROW_UNDER_BPS;
	const bool tight = takes_bps(n) < under, wide = is_wide(way, limits, n);
	if (lasts(&way->tight_ns, tight, TIGHT_NS, now_ns)) way->narrow = true;
	if (lasts(&way->wide_ns, wide, WIDE_NS, now_ns)) way->narrow = false;
}

bool ts_audio_way_follow(struct ts_audio_way *way, const struct ts_audio_limits *limits,
	const struct ts_network *n, int64_t now_ns)
{
	const uint8_t loss = way->loss;
	struct ts_audio_profile profile[2];
	struct ts_audio_delivery delivery[2];
	ts_audio_choose(&profile[0], &delivery[0], limits, way);
	if (n->reports != way->reports) follow_loss(way, 0, n->loss_permille, now_ns);
	if (n->audio_reports != way->audio_reports)
		follow_loss(way, 1, n->audio_loss_permille, now_ns);
	way->reports = n->reports;
	way->audio_reports = n->audio_reports;
	follow_red(way, limits, n, way->loss > loss, now_ns);
	follow_bandwidth(way, limits, n, now_ns);
	ts_audio_choose(&profile[1], &delivery[1], limits, way);
	return !ts_audio_profile_equal(&profile[0], &profile[1]) ||
		delivery[0].red != delivery[1].red;
}

/* ---- what is sent */

static uint32_t usual_bps(bool stereo, bool music)
{
	return stereo && music ? MUSIC_BPS : stereo || music ? WIDE_BPS : USUAL_BPS;
}

static bool is_stereo(const struct ts_audio_limits *limits)
{
	return limits->stereo && limits->mode != TS_AUDIO_VOICE;
}

static uint32_t bitrate_of(const struct ts_audio_limits *limits, const struct ts_audio_way *way)
{
	/* few values, so that receivers share */
	static const uint32_t steps[] = {
		MUSIC_BPS, WIDE_BPS, 48000, USUAL_BPS, 24000, NARROW_BPS, 12000, 8000, 6000};
	enum { LAST = sizeof steps / sizeof steps[0] - 1 };
	const bool wide = limits->mode == TS_AUDIO_MUSIC || is_stereo(limits);
	uint32_t most = wide ? NARROW_WIDE_BPS : NARROW_BPS;
	size_t i = 0;
	if (!way->narrow) most = usual_bps(is_stereo(limits), limits->mode == TS_AUDIO_MUSIC);
	if (limits->max_bps && limits->max_bps < most) most = limits->max_bps;
	while (i < LAST && steps[i] > most) i++;
	return steps[i]; /* Opus knows no less than the last */
}

/* As long as the peer wishes, if that is one of Opus's and not longer than it takes. */
static uint8_t frame_of(const struct ts_audio_limits *limits)
{
	static const uint8_t frames[] = {60, 40, 20, 10};
	enum { LAST = sizeof frames - 1 };
	const uint16_t most = limits->maxptime_ms ? limits->maxptime_ms : UINT16_MAX,
		       wish = limits->ptime_ms > 20 ? limits->ptime_ms : 20;
	size_t i = 0;
	while (i < LAST && (frames[i] > wish || frames[i] > most)) i++;
	return frames[i];
}

void ts_audio_choose(struct ts_audio_profile *profile, struct ts_audio_delivery *delivery,
	const struct ts_audio_limits *limits, const struct ts_audio_way *way)
{
	enum { G729_BPS = 8000 };
	static const uint8_t fec_percent[] = {USUAL_FEC_PERCENT, 10, 25};
	const uint8_t most = limits->red && !way->narrow ? TS_AUDIO_RED_MAX - way->no_red : 0,
		      red = way->loss < most ? way->loss : most;
	*profile = (struct ts_audio_profile){0};
	*delivery = (struct ts_audio_delivery){0};
	if (limits->codec == TS_CODEC_G729) profile->bitrate_bps = G729_BPS;
	if (limits->codec != TS_CODEC_OPUS) return;
	profile->bitrate_bps = bitrate_of(limits, way);
	profile->frame_ms = frame_of(limits);
	profile->stereo = is_stereo(limits);
	profile->music = limits->mode == TS_AUDIO_MUSIC;
	if (limits->fec && !profile->music)
		profile->fec_percent = fec_percent[way->loss - red]; /* for what is left */
	delivery->red = red;
	delivery->dtx = limits->dtx && !profile->music;
}

/* ---- groups */

/* Makes a what those of a and those of b take. */
static void meet(struct ts_audio_profile *a, const struct ts_audio_profile *b)
{
	if (b->bitrate_bps < a->bitrate_bps) a->bitrate_bps = b->bitrate_bps;
	if (b->frame_ms < a->frame_ms) a->frame_ms = b->frame_ms;
	a->stereo &= b->stereo;
	if (!a->fec_percent || !b->fec_percent)
		a->fec_percent = 0;
	else if (b->fec_percent > a->fec_percent)
		a->fec_percent = b->fec_percent;
}

/* What those of `from` lose by `to`, in points: a percent of the bits is one; shorter frames cost
 * headers, FEC that is gone costs sound where something is lost, and more FEC some bits. */
static unsigned lost_by(const struct ts_audio_profile *from, const struct ts_audio_profile *to)
{
	enum { FRAME_POINTS = 25, FEC_POINTS = 20, STEREO_POINTS = 100 };
	unsigned points = 100 - 100 * to->bitrate_bps / from->bitrate_bps;
	points += from->stereo && !to->stereo ? STEREO_POINTS : 0;
	points += FRAME_POINTS - FRAME_POINTS * to->frame_ms / from->frame_ms;
	if (to->fec_percent < from->fec_percent)
		points += FEC_POINTS + from->fec_percent;
	else if (from->fec_percent)
		points += to->fec_percent - from->fec_percent;
	return points;
}

static bool is_usual(const struct ts_audio_profile *profile)
{
	return profile->bitrate_bps == usual_bps(profile->stereo, profile->music) &&
		profile->frame_ms == USUAL_FRAME_MS;
}

/* For those who are there and for who comes. Odd wishes change no group of the usual kind while
 * there is another. */
static unsigned lost_together(
	const struct ts_audio_profile *there, const struct ts_audio_profile *profile)
{
	enum { KEEP_OUT_POINTS = 1000 };
	struct ts_audio_profile both = *there;
	meet(&both, profile);
	const bool spoils = is_usual(there) && !is_usual(profile) &&
		!ts_audio_profile_equal(&both, there);
	return lost_by(there, &both) + lost_by(profile, &both) + (spoils ? KEEP_OUT_POINTS : 0);
}

/* Where least is lost. */
static size_t nearest(const struct ts_audio_groups *groups, enum ts_codec codec,
	const struct ts_audio_profile *profile)
{
	size_t best = 0;
	unsigned least = UINT_MAX;
	for (size_t i = 0; i < groups->n; i++) {
		if (groups->group[i].codec != codec) continue;
		const unsigned lost = codec == TS_CODEC_OPUS
			? lost_together(&groups->group[i].profile, profile)
			: 0;
		if (lost >= least) continue;
		least = lost;
		best = i;
	}
	return best;
}

size_t ts_audio_groups_join(
	struct ts_audio_groups *groups, enum ts_codec codec, const struct ts_audio_profile *profile)
{
	size_t of_codec = 0, unusual = 0;
	for (size_t i = 0; i < groups->n; i++) {
		if (groups->group[i].codec != codec) continue;
		if (ts_audio_profile_equal(&groups->group[i].profile, profile)) return i;
		of_codec++;
		unusual += !is_usual(&groups->group[i].profile);
	}
	const size_t most = codec == TS_CODEC_OPUS ? TS_AUDIO_GROUPS_OPUS : 1;
	const bool reserved = codec == TS_CODEC_OPUS && !is_usual(profile) &&
		unusual == TS_AUDIO_GROUPS_OPUS - USUAL_GROUPS;
	if (of_codec == most || groups->n == TS_AUDIO_GROUPS || (reserved && of_codec)) {
		const size_t at = nearest(groups, codec, profile);
		meet(&groups->group[at].profile, profile);
		return at;
	}
	groups->group[groups->n].codec = codec;
	groups->group[groups->n].profile = *profile;
	return groups->n++;
}
