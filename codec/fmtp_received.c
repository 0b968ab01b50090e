/* Parameters of the codecs that we receive alone: VP9 (RFC 9628 6), AV1 (its RTP payload format
 * 7.2), H.265 (RFC 7798 7.1). Profile and tier of an answer are those of the offer; the level is
 * that of what we take, and never above the offered one. */
#include "base/error.h"
#include "codec/fmtp.h"
#include "codec/fmtp_param.h"

enum {
	CAMERA_PX = 1920 * 1088,
	MACROBLOCK_PX = 256,
	MAX_FR = 60,
	VP9_HIGH = 2, /* profile 2: 4:2:0 with 10 or 12 bits */
	AV1_MAIN = 0,
	AV1_LEVEL = 5, /* 7.2: what silence means */
	AV1_LEVEL_MAX = 31,
	H265_MAIN = 1,
	H265_MAIN_10 = 2,
	H265_LEVEL = 93,
};

struct level {
	uint8_t level;
	uint32_t px; /* of the largest picture */
};

/* AV1 specification A.3, H.265 table A.8 */
static const struct level av1_levels[] = {
	{5, 1065024}, {8, 2359296}, {12, 8912896}, {16, 35651584}};
static const struct level h265_levels[] = {
	{93, 983040}, {120, 2228224}, {150, 8912896}, {180, 35651584}};
enum { N_LEVELS = 4 };

/* The lowest level that holds the largest picture we take, but none above the offered one. */
static uint8_t level_for(const struct level levels[N_LEVELS], const struct ts_fmtp_wish *wish,
	const struct ts_format *offered)
{
	uint64_t px = (uint64_t)ts_fmtp_largest_picture(wish) * MACROBLOCK_PX;
	if (!wish->slides && px > CAMERA_PX) px = CAMERA_PX;
	int i = 0;
	while (i < N_LEVELS - 1 && levels[i].px < px) i++;
	return levels[i].level < offered->level_idc ? levels[i].level : offered->level_idc;
}

/* ---- VP9 */

int ts_fmtp_parse_vp9(struct ts_format *out, const char *fmtp)
{
	uint32_t profile = 0;
	struct ts_param p;
	while (ts_param_next(&fmtp, &p))
		if (ts_param_is(&p, "profile-id")) profile = ts_param_number(&p, UINT32_MAX);
	/* the odd ones are 4:4:4 and such */
	if (profile != 0 && profile != VP9_HIGH) return TS_EUNSUPPORTED;
	*out = (struct ts_format){.codec = TS_CODEC_VP9, .profile_idc = (uint8_t)profile};
	return 0;
}

void ts_fmtp_write_vp9(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	snprintf(out, TS_FMTP_MAX, "profile-id=%u;max-fs=%u;max-fr=%d", offered->profile_idc,
		ts_fmtp_largest_picture(wish), MAX_FR);
	ts_fmtp_append_start_bitrate(out, wish->start_bitrate_kbps);
}

/* ---- AV1 */

int ts_fmtp_parse_av1(struct ts_format *out, const char *fmtp)
{
	uint32_t profile = AV1_MAIN, level = AV1_LEVEL, tier = 0;
	struct ts_param p;
	while (ts_param_next(&fmtp, &p)) {
		if (ts_param_is(&p, "profile")) profile = ts_param_number(&p, UINT32_MAX);
		if (ts_param_is(&p, "level-idx")) level = ts_param_number(&p, UINT32_MAX);
		if (ts_param_is(&p, "tier")) tier = ts_param_number(&p, UINT32_MAX);
	}
	if (profile != AV1_MAIN) return TS_EUNSUPPORTED;
	if (level > AV1_LEVEL_MAX || tier > 1) return TS_EBADMSG;
	*out = (struct ts_format){
		.codec = TS_CODEC_AV1, .level_idc = (uint8_t)level, .tier = (uint8_t)tier};
	return 0;
}

void ts_fmtp_write_av1(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	snprintf(out, TS_FMTP_MAX, "level-idx=%u;profile=%u;tier=%u",
		level_for(av1_levels, wish, offered), offered->profile_idc, offered->tier);
	ts_fmtp_append_start_bitrate(out, wish->start_bitrate_kbps);
}

/* ---- H.265 */

static bool is_word(const struct ts_param *p, const char *word)
{
	return p->value_len == strlen(word) && !strncasecmp(p->value, word, p->value_len);
}

int ts_fmtp_parse_h265(struct ts_format *out, const char *fmtp)
{
	uint32_t profile = H265_MAIN, level = H265_LEVEL, tier = 0;
	bool usable = true;
	struct ts_param p;
	while (ts_param_next(&fmtp, &p)) {
		if (ts_param_is(&p, "profile-id")) profile = ts_param_number(&p, UINT32_MAX);
		if (ts_param_is(&p, "level-id")) level = ts_param_number(&p, UINT32_MAX);
		if (ts_param_is(&p, "tier-flag")) tier = ts_param_number(&p, UINT32_MAX);
		if (ts_param_is(&p, "profile-space")) usable &= ts_param_number(&p, 1) == 0;
		/* NAL units out of order, with DONL fields; several streams */
		if (ts_param_is(&p, "sprop-max-don-diff")) usable &= ts_param_number(&p, 1) == 0;
		if (ts_param_is(&p, "tx-mode")) usable &= is_word(&p, "SRST");
	}
	if (!usable || (profile != H265_MAIN && profile != H265_MAIN_10)) return TS_EUNSUPPORTED;
	if (level > UINT8_MAX || tier > 1) return TS_EBADMSG;
	*out = (struct ts_format){.codec = TS_CODEC_H265,
		.profile_idc = (uint8_t)profile,
		.level_idc = (uint8_t)level,
		.tier = (uint8_t)tier};
	return 0;
}

void ts_fmtp_write_h265(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	snprintf(out, TS_FMTP_MAX, "profile-id=%u;tier-flag=%u;level-id=%u;tx-mode=SRST",
		offered->profile_idc, offered->tier, level_for(h265_levels, wish, offered));
	ts_fmtp_append_start_bitrate(out, wish->start_bitrate_kbps);
}
