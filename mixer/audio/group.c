#include "mixer/audio/group.h"

enum {
	IN_A_ROW = 2,
	USUAL_BPS = 32000,
	NARROW_BPS = 16000,
	NARROW_UNDER_BPS = 100000,
	WIDE_FROM_BPS = 150000,
	USUAL_FEC_PERCENT = 5,
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
}

/* ---- the way */

static void set_loss(struct ts_audio_way *way, uint8_t loss)
{
	way->loss = loss;
	way->above[0] = way->above[1] = 0;
	way->calm_ns = 0;
}

static void follow_loss(struct ts_audio_way *way, uint16_t permille, int64_t now_ns)
{
	for (int i = 0; i < 2; i++)
		way->above[i] = permille < enters[i] ? 0
			: way->above[i] < IN_A_ROW   ? (uint8_t)(way->above[i] + 1)
						     : IN_A_ROW;
	for (uint8_t loss = 2; loss > way->loss; loss--) {
		if (way->above[loss - 1] < IN_A_ROW) continue;
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

/* An estimate that could not show more says nothing; nor does a REMB, which never exceeds what was
 * sent by much, unless it is below that. */
static bool is_tight(const struct ts_network *n)
{
	bool estimate = n->estimate_bps && !n->app_limited && n->estimate_bps < NARROW_UNDER_BPS;
	return estimate ||
		(n->peer_bps && n->peer_bps < NARROW_UNDER_BPS && n->peer_bps < n->sent_bps);
}

static bool is_wide(const struct ts_network *n)
{
	bool estimate = !n->estimate_bps || n->app_limited || n->estimate_bps >= WIDE_FROM_BPS;
	return estimate &&
		(!n->peer_bps || n->peer_bps >= WIDE_FROM_BPS ||
			n->peer_bps - n->peer_bps / 5 >= n->sent_bps);
}

static void follow_bandwidth(struct ts_audio_way *way, const struct ts_network *n, int64_t now_ns)
{
	if (!is_tight(n))
		way->tight_ns = 0;
	else if (!way->tight_ns)
		way->tight_ns = now_ns;
	if (!is_wide(n))
		way->wide_ns = 0;
	else if (!way->wide_ns)
		way->wide_ns = now_ns;
	if (way->tight_ns && now_ns - way->tight_ns >= TIGHT_NS) way->narrow = true;
	if (way->wide_ns && now_ns - way->wide_ns >= WIDE_NS) way->narrow = false;
}

/* Picture and sound go the same way, and reports about pictures come more often: any counts. */
bool ts_audio_way_follow(struct ts_audio_way *way, const struct ts_network *n, int64_t now_ns)
{
	const uint8_t loss = way->loss;
	const bool narrow = way->narrow, video = n->reports != way->reports,
		   audio = n->audio_reports != way->audio_reports;
	uint16_t permille = video ? n->loss_permille : 0;
	if (audio && n->audio_loss_permille > permille) permille = n->audio_loss_permille;
	if (video || audio) follow_loss(way, permille, now_ns);
	way->reports = n->reports;
	way->audio_reports = n->audio_reports;
	follow_bandwidth(way, n, now_ns);
	return way->loss != loss || way->narrow != narrow;
}

/* ---- what is sent */

static uint32_t bitrate_of(const struct ts_audio_limits *limits, const struct ts_audio_way *way)
{
	/* few values, so that receivers share */
	static const uint32_t steps[] = {USUAL_BPS, 24000, NARROW_BPS, 12000, 8000, 6000};
	enum { LAST = sizeof steps / sizeof steps[0] - 1 };
	uint32_t most = way->narrow ? NARROW_BPS : USUAL_BPS;
	size_t i = 0;
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
	static const uint8_t fec_percent[] = {USUAL_FEC_PERCENT, 10, 25};
	const bool red = limits->red && !way->narrow;
	*profile = (struct ts_audio_profile){0};
	*delivery = (struct ts_audio_delivery){0};
	if (limits->codec != TS_CODEC_OPUS) return;
	profile->bitrate_bps = bitrate_of(limits, way);
	profile->frame_ms = frame_of(limits);
	if (limits->fec) profile->fec_percent = red ? USUAL_FEC_PERCENT : fec_percent[way->loss];
	delivery->red = red ? way->loss : 0;
	delivery->dtx = limits->dtx;
}

/* ---- groups */

/* Makes a what those of a and those of b take. */
static void meet(struct ts_audio_profile *a, const struct ts_audio_profile *b)
{
	if (b->bitrate_bps < a->bitrate_bps) a->bitrate_bps = b->bitrate_bps;
	if (b->frame_ms < a->frame_ms) a->frame_ms = b->frame_ms;
	if (!a->fec_percent || !b->fec_percent)
		a->fec_percent = 0;
	else if (b->fec_percent > a->fec_percent)
		a->fec_percent = b->fec_percent;
}

size_t ts_audio_groups_join(
	struct ts_audio_groups *groups, enum ts_codec codec, const struct ts_audio_profile *profile)
{
	size_t of_codec = 0, last = 0;
	for (size_t i = 0; i < groups->n; i++) {
		if (groups->group[i].codec != codec) continue;
		if (ts_audio_profile_equal(&groups->group[i].profile, profile)) return i;
		of_codec++;
		last = i;
	}
	const size_t most = codec == TS_CODEC_OPUS ? TS_AUDIO_GROUPS_OPUS : 1;
	if (of_codec == most || groups->n == TS_AUDIO_GROUPS) {
		meet(&groups->group[last].profile, profile);
		return last;
	}
	groups->group[groups->n].codec = codec;
	groups->group[groups->n].profile = *profile;
	return groups->n++;
}
