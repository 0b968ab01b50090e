#include "codec/fmtp.h"
#include "base/error.h"
#include "codec/fmtp_param.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- H.264 ---- */

enum {
	BASELINE = 66,
	MAIN = 77,
	EXTENDED = 88,
	HIGH = 100,
	SET0 = 0x80,
	SET1 = 0x40,
	SET3 = 0x10, /* level 1b when level_idc is 11 and the profile not above main */
	LEVEL_1B = 11,
	CAMERA_FS = 8192, /* 1920x1088; the lowest level that holds it at 30/s is 4.0 */
	CAMERA_FPS = 30,
	FS_MOST = 139264, /* of any level: more says nothing */
};

/* H.264 table A-1 */
struct level {
	uint8_t idc;
	uint32_t mbps, fs; /* macroblocks a second, macroblocks a picture */
	uint32_t br;       /* kbit/s of the NAL's payload, as max-br counts them */
};

/* clang-format off */
static const struct level levels[] = {
	{9, 1485, 99, 128},            {10, 1485, 99, 64},             {11, 3000, 396, 192},
	{12, 6000, 396, 384},          {13, 11880, 396, 768},          {20, 11880, 396, 2000},
	{21, 19800, 792, 4000},        {22, 20250, 1620, 4000},        {30, 40500, 1620, 10000},
	{31, 108000, 3600, 14000},     {32, 216000, 5120, 20000},      {40, 245760, 8192, 20000},
	{41, 245760, 8192, 50000},     {42, 522240, 8704, 50000},      {50, 589824, 22080, 135000},
	{51, 983040, 36864, 240000},   {52, 2073600, 36864, 240000},
	{60, 4177920, 139264, 240000},
	{61, 8355840, 139264, 480000}, {62, 16711680, 139264, 800000},
};
/* clang-format on */

bool ts_format_is_level_1b(const struct ts_format *f)
{
	return f->level_idc == LEVEL_1B && f->profile_idc <= EXTENDED && f->profile_iop & SET3;
}

static const struct level *level_of(const struct ts_format *f)
{
	const struct level *found = &levels[0];
	if (ts_format_is_level_1b(f)) return found;
	for (size_t i = 0; i < sizeof levels / sizeof *levels && levels[i].idc <= f->level_idc; i++)
		found = &levels[i];
	return found;
}

/* RFC 6184 table 5: what libavcodec decodes, and what constrained baseline is a subset of. Extended
 * counts only where its stream is a baseline one too. */
static bool is_profile_known(const struct ts_format *f)
{
	switch (f->profile_idc) {
	case BASELINE:
	case MAIN:
	case HIGH: return true;
	case EXTENDED: return f->profile_iop & SET0;
	default: return false;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

static int parse_profile_level(struct ts_format *f, const struct ts_param *p)
{
	uint8_t *bytes[3] = {&f->profile_idc, &f->profile_iop, &f->level_idc};
	if (p->value_len != 6) return TS_EBADMSG;
	for (int i = 0; i < 3; i++) {
		int high = hex_digit(p->value[2 * i]), low = hex_digit(p->value[2 * i + 1]);
		if (high < 0 || low < 0) return TS_EBADMSG;
		*bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int ts_fmtp_parse_h264(struct ts_format *out, const char *fmtp)
{
	/* what RFC 6184 8.1 infers from silence: baseline, level 1, mode 0 */
	struct ts_format f = {.codec = TS_CODEC_H264, .profile_idc = BASELINE, .level_idc = 10};
	uint32_t mode = 0;
	struct ts_param p;
	while (ts_param_next(&fmtp, &p)) {
		if (ts_param_is(&p, "profile-level-id")) {
			int err = parse_profile_level(&f, &p);
			if (err) return err;
		} else if (ts_param_is(&p, "packetization-mode")) {
			mode = ts_param_number(&p, UINT32_MAX);
		} else if (ts_param_is(&p, "level-asymmetry-allowed")) {
			f.level_asymmetry = ts_param_number(&p, 0) == 1;
		} else if (ts_param_is(&p, "max-fs")) {
			f.max_fs = ts_param_number(&p, 0);
		} else if (ts_param_is(&p, "max-mbps")) {
			f.max_mbps = ts_param_number(&p, 0);
		} else if (ts_param_is(&p, "max-br")) {
			f.max_br = ts_param_number(&p, 0);
		}
	}
	if (mode > 1 || !is_profile_known(&f)) return TS_EUNSUPPORTED;
	f.packetization_mode = (uint8_t)mode;
	*out = f;
	return 0;
}

/* The lowest level that holds a picture of so many macroblocks, and so many of them in a second. */
static const struct level *level_for(uint32_t fs, uint32_t mbps)
{
	const struct level *last = &levels[sizeof levels / sizeof *levels - 1];
	const struct level *l = levels;
	while (l < last && (l->fs < fs || l->mbps < mbps)) l++;
	return l;
}

void ts_fmtp_write_h264(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	/* The profile and mode must be the offered ones. The level is that of what we take in if
	 * the offer lets the two directions differ, else one level holds for both and an answer may
	 * only lower it (RFC 6184 8.2.2); then max-fs and max-mbps say what we take in (8.1). They
	 * are never below those of the level written. */
	uint32_t fs = ts_fmtp_largest_picture(wish);
	if (!wish->slides && fs > CAMERA_FS) fs = CAMERA_FS;
	const struct level *ours = level_for(fs, wish->slides ? 0 : fs * CAMERA_FPS);
	struct ts_format f = *offered;
	if (f.level_asymmetry || f.level_idc > ours->idc) {
		if (ts_format_is_level_1b(&f)) f.profile_iop &= (uint8_t)~SET3;
		f.level_idc = ours->idc;
	}
	const struct level *written = level_of(&f);
	int n = snprintf(out, TS_FMTP_MAX, "%spacketization-mode=%u;profile-level-id=%02x%02x%02x",
		f.level_asymmetry ? "level-asymmetry-allowed=1;" : "", f.packetization_mode,
		f.profile_idc, f.profile_iop, f.level_idc);
	if (written->fs < fs || written->mbps < ours->mbps)
		snprintf(out + n, TS_FMTP_MAX - (size_t)n, ";max-fs=%u;max-mbps=%u",
			fs > written->fs ? fs : written->fs, ours->mbps);
	ts_fmtp_append_start_bitrate(out, wish->start_bitrate_kbps);
}

/* ---- VP8 ---- */

int ts_fmtp_parse_vp8(struct ts_format *out, const char *fmtp)
{
	struct ts_format f = {.codec = TS_CODEC_VP8};
	struct ts_param p;
	while (ts_param_next(&fmtp, &p)) {
		if (ts_param_is(&p, "max-fs")) f.vp8_max_fs = ts_param_number(&p, 0);
		if (ts_param_is(&p, "max-fr")) f.vp8_max_fr = ts_param_number(&p, 0);
	}
	*out = f;
	return 0;
}

void ts_fmtp_write_vp8(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	enum { MAX_FR = 60 };
	(void)offered;
	snprintf(out, TS_FMTP_MAX, "max-fs=%u;max-fr=%d", ts_fmtp_largest_picture(wish), MAX_FR);
	ts_fmtp_append_start_bitrate(out, wish->start_bitrate_kbps);
}

/* ---- Opus ---- */

int ts_fmtp_parse_opus(struct ts_format *out, const char *fmtp)
{
	struct ts_format f = {.codec = TS_CODEC_OPUS};
	struct ts_param p;
	while (ts_param_next(&fmtp, &p)) {
		if (ts_param_is(&p, "useinbandfec")) f.useinbandfec = ts_param_number(&p, 0) == 1;
		if (ts_param_is(&p, "usedtx")) f.usedtx = ts_param_number(&p, 0) == 1;
		if (ts_param_is(&p, "stereo")) f.stereo = ts_param_number(&p, 0) == 1;
		if (ts_param_is(&p, "maxaveragebitrate"))
			f.maxaveragebitrate = ts_param_number(&p, 0);
		if (ts_param_is(&p, "maxplaybackrate")) f.maxplaybackrate = ts_param_number(&p, 0);
	}
	*out = f;
	return 0;
}

void ts_fmtp_write_opus(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)offered;
	/* parameters of an answer are wishes about what we receive: FEC always helps, and 10 ms
	 * packets are decoded too; voices are placed here, and need one channel */
	static const char *const modes[] = {
		[TS_AUDIO_VOICE] = "",
		[TS_AUDIO_MUSIC] = ";stereo=1;sprop-stereo=1;maxaveragebitrate=96000;cbr=0",
		[TS_AUDIO_SPATIAL] = ";sprop-stereo=1",
	};
	const bool dtx = wish->dtx && wish->mode != TS_AUDIO_MUSIC;
	snprintf(out, TS_FMTP_MAX, "minptime=10;useinbandfec=1%s%s", dtx ? ";usedtx=1" : "",
		modes[wish->mode]);
}

/* ---- the telephone's ---- */

int ts_fmtp_parse_none(struct ts_format *out, const char *fmtp)
{
	(void)fmtp;
	*out = (struct ts_format){.codec = TS_CODEC_NONE};
	return 0;
}

void ts_fmtp_write_none(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)offered;
	(void)wish;
	out[0] = '\0';
}

/* RFC 4856 2.1.9, RFC 7261 3: Annex B is on unless one of the two says no. What comes is decoded
 * either way; what we send has no pauses. */
int ts_fmtp_parse_g729(struct ts_format *out, const char *fmtp)
{
	struct ts_format f = {.codec = TS_CODEC_G729, .annexb = true};
	struct ts_param p;
	while (ts_param_next(&fmtp, &p))
		if (ts_param_is(&p, "annexb"))
			f.annexb = p.value_len != 2 || strncasecmp(p.value, "no", 2) != 0;
	*out = f;
	return 0;
}

void ts_fmtp_write_g729(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)wish;
	snprintf(out, TS_FMTP_MAX, "annexb=%s", offered->annexb ? "yes" : "no");
}

/* The list of events that the peer may want to get does not matter: we send none. */
int ts_fmtp_parse_events(struct ts_format *out, const char *fmtp)
{
	(void)fmtp;
	*out = (struct ts_format){.codec = TS_CODEC_DTMF};
	return 0;
}

void ts_fmtp_write_events(
	char out[TS_FMTP_MAX], const struct ts_format *offered, const struct ts_fmtp_wish *wish)
{
	(void)offered;
	(void)wish;
	snprintf(out, TS_FMTP_MAX, "0-15");
}

/* ---- what the peer can decode ---- */

static uint32_t largest(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* A.3.1: neither side may exceed sqrt(8 * MaxFS) macroblocks. */
static uint32_t side_of(uint32_t fs)
{
	uint64_t side = 0;
	while ((side + 1) * (side + 1) <= 8ull * fs) side++;
	return (uint32_t)side;
}

void ts_format_limits(const struct ts_format *f, struct ts_format_limits *out)
{
	*out = (struct ts_format_limits){0};
	if (f->codec == TS_CODEC_VP8) {
		out->mb = f->vp8_max_fs;
		out->fps = f->vp8_max_fr;
	} else if (f->codec == TS_CODEC_H264) {
		const struct level *level = level_of(f);
		out->mb = largest(f->max_fs < FS_MOST ? f->max_fs : FS_MOST, level->fs);
		out->mb_per_s = largest(f->max_mbps, level->mbps);
		out->mb_side = side_of(out->mb);
		out->kbps = largest(f->max_br, level->br);
	} else if (ts_codec_has_sizes(f->codec)) {
		memcpy(out->mpi, f->h263_mpi, sizeof out->mpi);
		out->kbps = (f->h263_max_br + 9) / 10;
	}
}

int ts_h264_level(int width, int height, int fps, uint32_t bitrate_bps)
{
	const size_t n = sizeof levels / sizeof *levels;
	uint32_t mb_w = ((uint32_t)width + 15) / 16, mb_h = ((uint32_t)height + 15) / 16;
	for (size_t i = 1; i < n; i++) { /* but for 1b, which is no number */
		const struct level *l = &levels[i];
		if (mb_w * mb_h <= l->fs && largest(mb_w, mb_h) <= side_of(l->fs) &&
			(uint64_t)mb_w * mb_h * (uint32_t)fps <= l->mbps &&
			bitrate_bps <= l->br * UINT64_C(1000))
			return l->idc;
	}
	return levels[n - 1].idc;
}

bool ts_format_allows(const struct ts_format *f, int width, int height, int fps)
{
	struct ts_format_limits l;
	uint32_t mb_w = ((uint32_t)width + 15) / 16, mb_h = ((uint32_t)height + 15) / 16;
	ts_format_limits(f, &l);
	if (ts_codec_has_sizes(f->codec)) {
		const int size = ts_h263_size(width, height);
		return size >= 0 && fps <= ts_h263_fps(l.mpi[size]);
	}
	if (l.mb && mb_w * mb_h > l.mb) return false;
	if (l.mb_side && largest(mb_w, mb_h) > l.mb_side) return false;
	if (l.fps && (uint32_t)fps > l.fps) return false;
	return !l.mb_per_s || (uint64_t)mb_w * mb_h * (uint32_t)fps <= l.mb_per_s;
}
