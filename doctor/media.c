/* media - do the libraries code what rooms need, and have the fonts the letters of names? */
#include "codec/registry.h"
#include "codec/video.h"
#include "doctor/doctor.h"
#include "layout/fonts.h"

static void check_encoder(struct ts_report *report, enum ts_codec codec, const char *name)
{
	const struct ts_video_encoder_config config = {.codec = codec,
		.width = 320,
		.height = 180,
		.fps = 15,
		.bitrate_bps = 200000,
		.packetization_mode = 1};
	struct ts_video_encoder *encoder = NULL;
	if (ts_video_encoder_open(&encoder, &config)) {
		ts_report_add(report, "codecs", TS_FINDING_BAD,
			"libavcodec lacks it: take Debian's packages (libavcodec-extra holds all)",
			"%s: the encoder cannot be opened", name);
		return;
	}
	ts_video_encoder_close(&encoder);
	ts_report_add(report, "codecs", TS_FINDING_GOOD, NULL, "%s: the encoder opens", name);
}

static void check_fonts(struct ts_report *report)
{
	static const struct {
		const char *script, *text, *mend;
	} rows[] = {
		{"Latin, Greek, Cyrillic", "Ann\xc3\xa9 \xce\xa9 \xd0\x96",
			"install fonts-dejavu-core or fonts-noto-core"},
		{"Chinese, Japanese, Korean", "\xe4\xbc\x9a\xe3\x81\x82\xed\x95\x9c",
			"install fonts-noto-cjk"},
		{"Arabic, Hebrew, Devanagari", "\xd8\xb9 \xd7\xa9 \xe0\xa4\x95",
			"install fonts-noto-core"},
		{"emoji", "\xf0\x9f\x98\x80", "install fonts-noto-color-emoji"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int missing = ts_fonts_missing(rows[i].text);
		if (missing)
			ts_report_add(report, "fonts",
				missing < 0 || !i ? TS_FINDING_BAD : TS_FINDING_WARNING,
				rows[i].mend, "%s: %s", rows[i].script,
				missing < 0 ? "there are no fonts at all"
					    : "names are shown as boxes");
		else
			ts_report_add(report, "fonts", TS_FINDING_GOOD, NULL, "%s: there are fonts",
				rows[i].script);
		if (missing < 0) return;
	}
}

void ts_doctor_media(struct ts_report *report, const struct ts_config *config)
{
	(void)config;
	check_encoder(report, TS_CODEC_H264, "H.264");
	check_encoder(report, TS_CODEC_VP8, "VP8");
	check_fonts(report);
}
