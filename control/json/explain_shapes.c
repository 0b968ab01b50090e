#include "control/json/reasons.h"
#include "control/json/shapes.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SHAPE(shape, name, fields, text) const struct ts_shape shape = TS_SHAPE(name, fields, text)
#define PIXELS TS_F_INT, .min = 0, .max = 65535

static const char *const abouts[] = {
	"picture", "needs", "link", "keyframes", "shown", "heard", NULL};
_Static_assert(sizeof(abouts) / sizeof(*abouts) == TS_ABOUT_COUNT + 1, "those of reasons.h");

static const struct ts_field network_fields[] = {
	{"estimate_kbps", TS_F_INT, TS_F_NULL,
		.help = "What the way to them carries, by our own estimate; null: there is none"},
	{"peer_kbps", TS_F_INT, TS_F_NULL,
		.help = "What they say that they take (REMB, TMMBR); null: nothing"},
	{"sent_kbps", TS_F_INT, .help = "RTP of the last second, headers included"},
	{"app_limited", TS_F_BOOL,
		.help = "Less is sent than the way carries, so the estimate is what is known to "
			"pass"},
	{"loss", TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1,
		.help = "Of video, as they reported last, before repair; null: no report"},
	{"audio_loss", TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1,
		.help = "The same of sound: before RED and in-band FEC"},
	{"rtt_ms", TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1e7},
	{"queue_ms", TS_F_INT, .help = "How long what is sent waits on our side"},
};
static const struct ts_shape network = TS_SHAPE(
	NULL, network_fields, "The way to them, as measured last");

static const struct ts_field reason_fields[] = {
	{"about", TS_F_STRING, .choices = abouts},
	{"text", TS_F_STRING},
};
static const struct ts_shape reason = TS_SHAPE(NULL, reason_fields, NULL);

static const struct ts_field explain_fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"name", TS_F_STRING, TS_F_READ},
	{"receives", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &ts_shape_receives,
		.help = "null: no video"},
	{"needs_kbps", TS_F_INT, TS_F_READ | TS_F_NULL,
		.help = "What their way must carry for the next larger step; null: nothing "
			"of the way "
			"keeps it from them"},
	{"keyframe_requests", TS_F_INT, TS_F_READ, .help = "Of theirs, so far"},
	{"shown", TS_F_BOOL, TS_F_READ, .help = "They have a tile"},
	{"heard", TS_F_BOOL, TS_F_READ, .help = "What they say goes into the mix"},
	{"network", TS_F_OBJECT, TS_F_READ, .of = &network},
	{"reasons", TS_F_LIST, TS_F_READ, .of = &reason, .help = "In words, for people"},
};
SHAPE(ts_shape_explain, "Explain", explain_fields,
	"Why a participant receives what they receive, is shown or not, heard or not");

static const struct ts_field sound_fields[] = {
	{"mos", TS_F_NUMBER, .min = 1, .max = 4.5,
		.help = "Mean opinion score by the E-model (ITU-T G.107), on the scale of "
			"telephones: 4.4 is the best, 3.6 many are content, below 3.1 few. "
			"After RED and "
			"in-band FEC, with 80 ms for the other side"},
	{"r", TS_F_NUMBER, .min = 0, .max = 93.2, .help = "Its rating"},
	{"loss", TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1,
		.help = "Share of the packets, before RED and in-band FEC repair; null: not known"},
	{"delay_ms", TS_F_NUMBER, .min = 0, .max = 1e7,
		.help = "Between them and the mix, buffers included; the other side's comes on "
			"top"},
	{"codec", TS_F_STRING},
};
static const struct ts_shape sound = TS_SHAPE(NULL, sound_fields, NULL);

static const struct ts_field picture_fields[] = {
	{"score", TS_F_NUMBER, .min = 1, .max = 5,
		.help = "By size, rate and standing still; a rule of this server"},
	{"width", PIXELS},
	{"height", PIXELS},
	{"fps", TS_F_INT, .min = 0, .max = 1000},
};
static const struct ts_shape picture = TS_SHAPE(NULL, picture_fields, NULL);

static const struct ts_field quality_fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"name", TS_F_STRING, TS_F_READ},
	{"sound_in", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &sound,
		.help = "That they send; null: none, or nothing comes from them any more"},
	{"sound_out", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &sound,
		.help = "That they are sent; loss is as they report it of sound, else of pictures"},
	{"picture_in", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &picture},
	{"picture_out", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &picture},
	{"reasons", TS_F_LIST, TS_F_READ, .help = "What is wrong, in words; empty: nothing"},
};
SHAPE(ts_shape_quality, "Quality", quality_fields,
	"How good a participant's sound and picture are, both ways");
